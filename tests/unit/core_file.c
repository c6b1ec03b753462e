/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/core_file.h"

#include <bpf/btf.h>
#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/image_types.h"
#include "tests/unit/unit.h"

#define PAGE UINT64_C(4096)
#define MEMORY_SIZE (CORE_FRAMES * PAGE)
/* In the file: headers and notes are before it. */
#define MEMORY_OFFSET UINT64_C(0x4000)
#define NOTES_OFFSET UINT64_C(0x1000)
/* Physical addresses: what is not at CORE_TEXT or in the direct map, and the first page table. */
#define OTHERS UINT64_C(0x2800000)
#define ROOT UINT64_C(0x2600000)
#define KALLSYMS UINT64_C(0x2400000)
/* mem_section: a page of pointers, of which one leads to a page of sections. */
#define SECTION_ROOTS UINT64_C(0x2700000)
#define SECTIONS_PAGE UINT64_C(0x2701000)
#define SECTION_SIZE_BYTES 16
#define SECTION_HAS_MEMMAP 2u

#define ENTRY_PRESENT 3u
#define ENTRY_LARGE 0x80u
#define ENTRY_FRAME UINT64_C(0x000ffffffffff000)

static void need(bool condition, const char *what)
{
	unit_check(condition, "core_file: %s", what);
}

/* Memory. */

static uint64_t frame_take(struct core *c)
{
	need(c->next_frame < CORE_FRAMES, "no frames left");
	return c->next_frame++ * PAGE;
}

static uint64_t *entry_of(struct core *c, uint64_t table, uint64_t virt, unsigned int shift)
{
	return (uint64_t *)(c->ram + table + 8 * (virt >> shift & 511));
}

static uint64_t table_below(struct core *c, uint64_t table, uint64_t virt, unsigned int shift)
{
	uint64_t *entry = entry_of(c, table, virt, shift);

	if (!*entry)
		*entry = frame_take(c) | ENTRY_PRESENT;
	return *entry & ENTRY_FRAME;
}

static void page_map(struct core *c, uint64_t virt, uint64_t phys)
{
	uint64_t table = c->root;

	for (unsigned int shift = 39; shift > 12; shift -= 9)
		table = table_below(c, table, virt, shift);
	*entry_of(c, table, virt, 12) = phys | ENTRY_PRESENT;
}

/* All of memory in one page of 1 GiB. */
static void direct_map(struct core *c)
{
	uint64_t virt = c->image->direct_map;
	uint64_t table = table_below(c, c->root, virt, 39);

	*entry_of(c, table, virt, 30) = ENTRY_PRESENT | ENTRY_LARGE;
}

/* The physical address of a page of the kernel's address space, mapped when it was not. */
static uint64_t page_place(struct core *c, uint64_t virt)
{
	uint64_t phys;

	if (virt - c->image->direct_map < MEMORY_SIZE)
		return virt - c->image->direct_map;
	phys = virt >= CORE_TEXT ? virt - CORE_TEXT : frame_take(c);
	need(phys < MEMORY_SIZE, "an address that there is no room for");
	page_map(c, virt, phys);
	return phys;
}

static bool is_memmap(uint64_t virt)
{
	return virt - IMAGE_MEMMAP < CORE_FRAMES * 64;
}

static void memory_fill(struct core *c)
{
	const struct image *image = c->image;

	c->root = ROOT;
	c->next_frame = OTHERS / PAGE;
	direct_map(c);
	for (uint64_t at = 0; at < CORE_FRAMES * 64; at += PAGE) {
		const struct image_page *page = image_page_at(c->image, IMAGE_MEMMAP + at);

		memcpy(c->ram + page_place(c, page->addr), page->bytes, PAGE);
	}
	for (size_t i = 0; i < IMAGE_TABLE; i++)
		if (image->table[i].addr && !is_memmap(image->table[i].addr))
			memcpy(c->ram + page_place(c, image->table[i].addr), image->table[i].bytes,
			       PAGE);
	for (uint64_t at = 0; at < 16 * PAGE; at += PAGE)
		page_map(c, CORE_TEXT + ROOT + at, ROOT + at);
}

/* Types. */

static int type_of_size(struct btf *btf, int byte, uint32_t size)
{
	return btf__add_array(btf, byte, byte, size);
}

static void struct_add(struct btf *btf, enum image_era era, const char *type, int byte)
{
	const struct image_type_member *m;
	size_t size = 0, i = 0;
	int arrays[64];
	unsigned int nr = 0;

	image_types_size(era, type, &size);
	for (i = 0; (m = image_types_next(era, &i));) {
		if (strcmp(m->type, type))
			continue;
		need(nr < 64, "too many members");
		if (size < m->place.offset + m->place.size)
			size = m->place.offset + m->place.size;
		arrays[nr++] = type_of_size(btf, byte, m->place.size);
	}
	need(btf__add_struct(btf, type, (uint32_t)size) > 0, "no struct");
	for (i = 0, nr = 0; (m = image_types_next(era, &i));)
		if (!strcmp(m->type, type))
			need(!btf__add_field(btf, m->member, arrays[nr++], 8 * m->place.offset, 0),
			     "no member");
}

/* The raw bytes live as long as the BTF. */
static struct btf *btf_make(enum image_era era)
{
	struct btf *btf = btf__new_empty();
	int byte = btf__add_int(btf, "unsigned char", 1, 0), word;
	const struct image_type_member *m;
	const char *name;
	int64_t value;

	for (size_t i = 0; (name = image_types_next_type(era, &i));)
		struct_add(btf, era, name, byte);
	for (size_t i = 0; (m = image_types_next(era, &i));)
		if (btf__find_by_name(btf, m->type) < 0)
			struct_add(btf, era, m->type, byte);
	word = type_of_size(btf, byte, 8);
	need(btf__add_struct(btf, "mem_section", SECTION_SIZE_BYTES) > 0 &&
		     !btf__add_field(btf, "section_mem_map", word, 0, 0),
	     "no struct");
	btf__add_enum(btf, "constants", 4);
	for (size_t i = 0; (name = image_types_next_enumerator(era, &i, &value));)
		btf__add_enum_value(btf, name, value);
	return btf;
}

/* The kernel's own tables in memory, for those who have no vmlinux. */

struct out {
	struct core *c;
	uint64_t phys;
};

static uint64_t put(struct out *out, const void *bytes, size_t size)
{
	uint64_t virt = CORE_TEXT + out->phys;

	memcpy(out->c->ram + out->phys, bytes, size);
	out->phys += size;
	return virt;
}

static void align(struct out *out)
{
	out->phys = (out->phys + 7) & ~UINT64_C(7);
}

struct symbol {
	const char *name;
	uint64_t value;
};

/* Those of the kernel's image, and where its BTF is. The first one is where the image begins, the last
 * one where it ends. */
static size_t symbols_list(const struct core *c, struct symbol *list, uint64_t btf, uint64_t size)
{
	size_t nr = 0;

	list[nr++] = (struct symbol){ "_stext", IMAGE_TEXT };
	for (unsigned int i = 0; i < c->image->nr_symbols; i++)
		if (c->image->symbols[i].value >= CORE_TEXT && !c->image->symbols[i].module)
			list[nr++] = (struct symbol){ c->image->symbols[i].name,
						      c->image->symbols[i].value };
	if (size) {
		list[nr++] = (struct symbol){ "__start_BTF", btf };
		list[nr++] = (struct symbol){ "__stop_BTF", btf + size };
	}
	list[nr++] = (struct symbol){ "_end", CORE_TEXT + MEMORY_SIZE };
	return nr;
}

static void info_add(struct core *c, const char *name, uint64_t value)
{
	size_t length = strlen(c->info);

	snprintf(c->info + length, sizeof(c->info) - length, "SYMBOL(%s)=%llx\n", name,
		 (unsigned long long)value);
}

static void names_put(struct out *out, const struct symbol *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint8_t length = (uint8_t)(1 + strlen(list[i].name));

		put(out, &length, 1);
		put(out, "D", 1);
		put(out, list[i].name, strlen(list[i].name));
	}
	align(out);
}

/* Every byte stands for itself (scripts/kallsyms.c). */
static void tokens_put(struct out *out)
{
	uint16_t index[256];
	uint64_t table = CORE_TEXT + out->phys;

	for (unsigned int i = 0; i < 256; i++) {
		const char token[2] = { (char)i, '\0' };

		index[i] = (uint16_t)(2 * i);
		put(out, token, 2);
	}
	info_add(out->c, "kallsyms_token_table", table);
	info_add(out->c, "kallsyms_token_index", put(out, index, sizeof(index)));
}

static void kallsyms_put(struct core *c, const struct core_spec *spec)
{
	struct btf *btf = btf_make(c->image->era);
	struct out out = { c, KALLSYMS };
	uint64_t at = 0, base = IMAGE_TEXT;
	struct symbol list[IMAGE_SYMBOLS_MAX + 4];
	const void *bytes;
	uint32_t size, nr;

	bytes = btf__raw_data(btf, &size);
	if (!spec->no_types)
		at = put(&out, bytes, size);
	btf__free(btf);
	align(&out);
	nr = (uint32_t)symbols_list(c, list, at, at ? size : 0);
	info_add(c, "kallsyms_offsets", CORE_TEXT + out.phys);
	/* Relative to the base, none of them per-CPU: below 0, and one less (4.6). */
	for (size_t i = 0; i < nr; i++) {
		int32_t word = (int32_t)(base - 1 - list[i].value);

		put(&out, &word, 4);
	}
	align(&out);
	info_add(c, "kallsyms_relative_base", put(&out, &base, 8));
	info_add(c, "kallsyms_num_syms", put(&out, &nr, 4));
	align(&out);
	info_add(c, "kallsyms_names", CORE_TEXT + out.phys);
	names_put(&out, list, nr);
	tokens_put(&out);
	need(out.phys < ROOT, "kallsyms is too large");
	for (uint64_t page = KALLSYMS; page < out.phys; page += PAGE)
		page_map(c, CORE_TEXT + page, page);
}

/* The dump. */

/* SPARSEMEM_EXTREME: the first sections have no memory, as those before a machine's have. */
static void sections_put(struct core *c)
{
	uint64_t roots = c->image->direct_map + SECTION_ROOTS;
	uint64_t sections = c->image->direct_map + SECTIONS_PAGE;
	uint64_t word = IMAGE_MEMMAP | SECTION_HAS_MEMMAP;

	memcpy(c->ram + SECTION_ROOTS + 8, &sections, 8);
	memcpy(c->ram + SECTIONS_PAGE + 3 * SECTION_SIZE_BYTES, &word, 8);
	info_add(c, "mem_section", roots);
}

static void info_make(struct core *c, const struct core_spec *spec)
{
	snprintf(c->info, sizeof(c->info),
		 "OSRELEASE=" CORE_RELEASE "\n%sPAGESIZE=4096\n"
		 "NUMBER(phys_base)=0\n"
		 "KERNELOFFSET=0\n"
		 "NUMBER(pgtable_l5_enabled)=0\n",
		 spec->no_build_id ? "" : "BUILD-ID=" CORE_BUILD_ID "\n");
	info_add(c, "_stext", spec->stext ? spec->stext : IMAGE_TEXT);
	if (!spec->no_tables)
		info_add(c, "init_top_pgt", CORE_TEXT + ROOT);
	sections_put(c);
	kallsyms_put(c, spec);
}

static size_t note_put(uint8_t *to, const char *name, uint32_t type, const void *bytes, size_t size)
{
	Elf64_Nhdr header = { .n_namesz = (uint32_t)strlen(name) + 1,
			      .n_descsz = (uint32_t)size,
			      .n_type = type };
	size_t start = sizeof(header) + ((header.n_namesz + 3) & ~3u);

	memset(to, 0, start);
	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), name, header.n_namesz);
	memcpy(to + start, bytes, size);
	return (start + size + 3) & ~(size_t)3;
}

static size_t notes_make(const struct core *c, const struct core_spec *spec, uint8_t *notes)
{
	/* struct elf_prpsinfo: the name of the process is at 40. */
	char process[136] = "", status[336] = "";
	size_t size = note_put(notes, "CORE", NT_PRSTATUS, status, sizeof(status));

	memcpy(process + 40, "vmlinux", sizeof("vmlinux"));
	if (spec->live)
		size += note_put(notes + size, "CORE", NT_PRPSINFO, process, sizeof(process));
	if (!spec->no_info)
		size += note_put(notes + size, "VMCOREINFO", 0, c->info, strlen(c->info));
	return size;
}

static Elf64_Phdr segment_make(uint64_t frame, uint64_t end)
{
	return (Elf64_Phdr){ .p_type = PT_LOAD,
			     .p_offset = MEMORY_OFFSET + frame * PAGE,
			     .p_paddr = frame * PAGE,
			     .p_filesz = (end - frame) * PAGE,
			     .p_memsz = (end - frame) * PAGE };
}

static void headers_put(int fd, const struct core_spec *spec, size_t notes)
{
	Elf64_Phdr segments[CORE_ABSENT_MAX + 2] = {
		{ .p_type = PT_NOTE, .p_offset = NOTES_OFFSET, .p_filesz = notes }
	};
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = spec->machine ? spec->machine : EM_X86_64,
			      .e_version = EV_CURRENT,
			      .e_phoff = sizeof(header),
			      .e_ehsize = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr) };
	uint64_t frame = 0;

	header.e_phnum = 1;
	for (size_t i = 0; i < CORE_ABSENT_MAX && spec->absent[i]; i++) {
		if (frame < spec->absent[i])
			segments[header.e_phnum++] = segment_make(frame, spec->absent[i]);
		frame = spec->absent[i] + 1;
	}
	segments[header.e_phnum++] = segment_make(frame, CORE_FRAMES);
	need(pwrite(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
		     pwrite(fd, segments, sizeof(segments), sizeof(header)) ==
			     (ssize_t)sizeof(segments),
	     "headers are not written");
}

/* Memory is a file of its own that has no name, and is mostly holes. */
static void ram_fill(struct core *c, const struct core_spec *spec)
{
	memset(c->ram, 0, MEMORY_SIZE);
	c->info[0] = '\0';
	memory_fill(c);
	info_make(c, spec);
}

static bool is_zero(const uint8_t *page)
{
	return !*page && !memcmp(page, page + 1, PAGE - 1);
}

static void ram_write(const struct core *c, int fd)
{
	for (uint64_t at = 0; at < MEMORY_SIZE; at += PAGE)
		if (!is_zero(c->ram + at))
			need(pwrite(fd, c->ram + at, PAGE, (off_t)(MEMORY_OFFSET + at)) ==
				     (ssize_t)PAGE,
			     "memory is not written");
	need(!ftruncate(fd, (off_t)(MEMORY_OFFSET + MEMORY_SIZE)), "not extended");
}

static int file_make(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	need(fd >= 0, path);
	return fd;
}

void core_write(struct core *c, const struct core_spec *spec)
{
	uint8_t notes[8192];
	size_t size;
	int fd = file_make(c->path);

	ram_fill(c, spec);
	size = notes_make(c, spec, notes);
	headers_put(fd, spec, size);
	need(pwrite(fd, notes, size, (off_t)NOTES_OFFSET) == (ssize_t)size, "no notes");
	ram_write(c, fd);
	close(fd);
}

/* Makedumpfile's format, without compression. */

#define BITMAP_BLOCKS 2 /* of a page each: CORE_FRAMES bits are 1536 bytes */
#define PAGES_BLOCK (2 + BITMAP_BLOCKS)

struct kdump_page {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

static void number_at(uint8_t *block, size_t at, uint64_t value, size_t size)
{
	memcpy(block + at, &value, size);
}

static void kdump_headers(const struct core *c, const struct core_kdump *k, int fd, uint64_t block)
{
	uint8_t head[4096] = "KDUMP   ", sub[4096] = { 0 }, notes[8192];
	uint64_t info = (PAGES_BLOCK + 256) * block, notes_at = info + sizeof(c->info);
	size_t size = notes_make(c, &(struct core_spec){ 0 }, notes);

	number_at(head, 8, 6, 4); /* version */
	snprintf((char *)head + 12, 65, "%s", *k->release ? "Linux" : "");
	snprintf((char *)head + 12 + 130, 65, "%s", k->release);
	snprintf((char *)head + 12 + 260, 65, "%s", k->machine);
	number_at(head, 424, 0, 4); /* status: not compressed */
	number_at(head, 428, block, 4);
	number_at(head, 432, 1, 4); /* sub header blocks */
	number_at(head, 436, BITMAP_BLOCKS, 4);
	number_at(head, 440, CORE_FRAMES, 4);
	number_at(head, 460, 1, 4); /* CPUs */
	number_at(sub, 8, (uint64_t)k->level, 4);
	number_at(sub, 32, info, 8);
	number_at(sub, 40, strlen(c->info), 8);
	number_at(sub, 48, notes_at, 8);
	number_at(sub, 56, size, 8);
	number_at(sub, 96, CORE_FRAMES, 8);
	need(pwrite(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		     pwrite(fd, sub, sizeof(sub), (off_t)block) == (ssize_t)sizeof(sub) &&
		     pwrite(fd, c->info, strlen(c->info), (off_t)info) == (ssize_t)strlen(c->info),
	     "headers are not written");
}

void core_write_kdump(struct core *c, const struct core_kdump *k)
{
	uint64_t block = k->block ? (uint64_t)k->block : PAGE, nr = 0;
	uint64_t data = (PAGES_BLOCK + 512) * block;
	uint8_t bitmap[4096] = { 0 };
	int fd = file_make(c->path);

	ram_fill(c, &(struct core_spec){ 0 });
	for (uint64_t at = 0; at + block <= MEMORY_SIZE; at += block) {
		struct kdump_page page = { .offset = data + nr * block, .size = (uint32_t)block };
		off_t where = (off_t)(PAGES_BLOCK * block + nr * sizeof(page));

		if (is_zero(c->ram + at))
			continue;
		bitmap[at / block / 8] |= (uint8_t)(1 << at / block % 8);
		need(pwrite(fd, &page, sizeof(page), where) == (ssize_t)sizeof(page) &&
			     pwrite(fd, c->ram + at, block, (off_t)page.offset) == (ssize_t)block,
		     "a page is not written");
		nr++;
	}
	for (uint64_t i = 0; i < BITMAP_BLOCKS; i++)
		need(pwrite(fd, bitmap, sizeof(bitmap), (off_t)((2 + i) * block)) ==
			     (ssize_t)sizeof(bitmap),
		     "no bitmap");
	kdump_headers(c, k, fd, block);
	close(fd);
}

/* The kernel's file. */

enum { SECTION_NONE, SECTION_BTF, SECTION_SYMBOLS, SECTION_STRINGS, SECTION_NOTE, SECTIONS };

struct section {
	const char *name;
	Elf64_Shdr header;
	uint8_t bytes[65536];
};

static void section_add(struct section *s, const void *bytes, size_t size)
{
	need(s->header.sh_size + size <= sizeof(s->bytes), "a section is too large");
	memcpy(s->bytes + s->header.sh_size, bytes, size);
	s->header.sh_size += size;
}

static void symbol_add(struct section *sections, const char *name, uint64_t value, uint64_t size)
{
	struct section *strings = &sections[SECTION_STRINGS];
	Elf64_Sym symbol = { .st_name = (uint32_t)strings->header.sh_size,
			     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			     .st_shndx = SECTION_BTF,
			     .st_value = value,
			     .st_size = size };

	section_add(strings, name, strlen(name) + 1);
	section_add(&sections[SECTION_SYMBOLS], &symbol, sizeof(symbol));
}

static void symbols_add(const struct core *c, struct section *sections)
{
	const Elf64_Sym none = { 0 };

	section_add(&sections[SECTION_STRINGS], "", 1);
	section_add(&sections[SECTION_SYMBOLS], &none, sizeof(none));
	symbol_add(sections, "_stext", IMAGE_TEXT, 1);
	for (unsigned int i = 0; i < c->image->nr_symbols; i++)
		if (!c->image->symbols[i].module)
			symbol_add(sections, c->image->symbols[i].name, c->image->symbols[i].value,
				   c->image->symbols[i].size);
	sections[SECTION_SYMBOLS].header.sh_link = SECTION_STRINGS;
	sections[SECTION_SYMBOLS].header.sh_entsize = sizeof(none);
	sections[SECTION_SYMBOLS].header.sh_type = SHT_SYMTAB;
	sections[SECTION_STRINGS].header.sh_type = SHT_STRTAB;
}

static void types_add(const struct core *c, struct section *sections)
{
	struct btf *btf = btf_make(c->image->era);
	const void *bytes;
	uint32_t size;

	bytes = btf__raw_data(btf, &size);
	section_add(&sections[SECTION_BTF], bytes, size);
	sections[SECTION_BTF].header.sh_type = SHT_PROGBITS;
	btf__free(btf);
}

static void build_id_add(struct section *note, const char *build_id)
{
	uint8_t bytes[64], id[32];
	size_t nr = strlen(build_id) / 2;

	note->header.sh_type = SHT_NOTE;
	note->header.sh_addralign = 4;
	for (size_t i = 0; i < nr; i++) {
		unsigned int byte;

		need(sscanf(build_id + 2 * i, "%2x", &byte) == 1, "not a build-id");
		id[i] = (uint8_t)byte;
	}
	if (nr)
		section_add(note, bytes, note_put(bytes, "GNU", NT_GNU_BUILD_ID, id, nr));
}

static void sections_write(const char *path, struct section *sections)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_EXEC,
			      .e_machine = EM_X86_64,
			      .e_version = EV_CURRENT,
			      .e_ehsize = sizeof(header),
			      .e_shoff = sizeof(header),
			      .e_shentsize = sizeof(Elf64_Shdr),
			      .e_shnum = SECTIONS,
			      .e_shstrndx = SECTION_STRINGS };
	uint64_t at = sizeof(header) + SECTIONS * sizeof(Elf64_Shdr);
	int fd = file_make(path);

	for (size_t i = 1; i < SECTIONS; i++) {
		Elf64_Shdr *h = &sections[i].header;

		h->sh_name = (uint32_t)sections[SECTION_STRINGS].header.sh_size;
		section_add(&sections[SECTION_STRINGS], sections[i].name,
			    strlen(sections[i].name) + 1);
	}
	for (size_t i = 0; i < SECTIONS; i++) {
		Elf64_Shdr *h = &sections[i].header;

		at = (at + 7) & ~UINT64_C(7);
		h->sh_offset = i ? at : 0;
		need(pwrite(fd, h, sizeof(*h), (off_t)(sizeof(header) + i * sizeof(*h))) ==
				     (ssize_t)sizeof(*h) &&
			     pwrite(fd, sections[i].bytes, h->sh_size, (off_t)at) ==
				     (ssize_t)h->sh_size,
		     "a section is not written");
		at += h->sh_size;
	}
	need(pwrite(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header), "no header");
	close(fd);
}

void core_write_vmlinux(struct core *c, const char *build_id)
{
	struct section *sections = calloc(SECTIONS, sizeof(*sections));

	need(sections != NULL, "no memory");
	sections[SECTION_BTF].name = ".BTF";
	sections[SECTION_SYMBOLS].name = ".symtab";
	sections[SECTION_STRINGS].name = ".strtab";
	sections[SECTION_NOTE].name = ".note.gnu.build-id";
	types_add(c, sections);
	symbols_add(c, sections);
	build_id_add(&sections[SECTION_NOTE], build_id);
	sections_write(c->vmlinux, sections);
	free(sections);
}

/* The folder. */

struct core *core_new(struct image *image)
{
	struct core *c = calloc(1, sizeof(*c));
	char cache[CORE_PATH_MAX];

	need(c != NULL, "no memory");
	snprintf(c->folder, sizeof(c->folder), "/tmp/slubcheck-unit-XXXXXX");
	need(mkdtemp(c->folder) != NULL, "no folder");
	snprintf(c->path, sizeof(c->path), "%s/vmcore", c->folder);
	snprintf(c->vmlinux, sizeof(c->vmlinux), "%s/vmlinux", c->folder);
	snprintf(cache, sizeof(cache), "%s/cache", c->folder);
	need(!mkdir(cache, 0700) && !setenv("XDG_CACHE_HOME", cache, 1), "no cache");
	c->image = image;
	if (!image)
		return c;
	c->ram =
		mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(c->ram != MAP_FAILED, "no memory");
	return c;
}

static int entry_remove(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void core_free(struct core *c)
{
	if (!c)
		return;
	nftw(c->folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
	if (c->ram)
		munmap(c->ram, MEMORY_SIZE);
	free(c);
}

const char *core_file(struct core *c, const char *name, const void *bytes, size_t size)
{
	static char path[CORE_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%.32s", c->folder, name);
	fd = file_make(path);
	need(write(fd, bytes, size) == (ssize_t)size, path);
	close(fd);
	return path;
}

struct image *core_image(enum image_era era)
{
	struct image *image = image_new(era);
	struct image_cache *cache =
		image_cache(image, (struct image_spec){ .name = "victim", .size = 64 });

	image_slab(cache, ON_CPU, 0, LIST(7, 3), LIST(1, 4, 5));
	image_slab(cache, ON_NODE_PARTIAL, 0, LIST(2, 9, 11), NULL);
	cache = image_cache(image, (struct image_spec){ .name = "other", .size = 256 });
	image_slab(cache, ON_CPU, 1, NONE, LIST(0, 2));
	image_seal(image);
	return image;
}
