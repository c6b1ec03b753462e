/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/lost.h"

#include <gelf.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "checker/image/target.h"
#include "triage/kdump_file.h"

#define PHYS_END (1ull << TARGET_PHYS_BITS)

#define BITMAP_MISSING_MAX (64 << 20)
#define DESCRIPTORS 1024 /* read at once */
/* 400 MB of descriptors, of 64 GB of pages: who has more than that waits long enough. */
#define LOOKED_AT_MAX (1 << 24)

static bool range_add(struct lost *lost, uint64_t start, uint64_t end)
{
	struct lost_range *last = lost->nr ? &lost->ranges[lost->nr - 1] : NULL;

	if (end <= start)
		return true;
	lost->bytes += end - start;
	if (last && last->end == start) {
		last->end = end;
		return true;
	}
	if (!lost->ranges || lost->nr >= lost->room) {
		size_t room = lost->room ? 2 * lost->room : 16;
		struct lost_range *larger = realloc(lost->ranges, room * sizeof(*larger));

		if (!larger)
			return false;
		lost->ranges = larger;
		lost->room = room;
	}
	lost->ranges[lost->nr++] = (struct lost_range){ start, end };
	return true;
}

static bool segment_learn(struct lost *lost, const GElf_Phdr *header, uint64_t size,
			  struct lost_file *file)
{
	uint64_t there = header->p_offset < size ? size - header->p_offset : 0;
	uint64_t start = header->p_paddr, end = start + header->p_filesz;

	if (header->p_type == PT_LOAD && header->p_filesz && start != UINT64_MAX &&
	    (header->p_filesz > PHYS_END || start > PHYS_END - header->p_filesz ||
	     header->p_memsz > PHYS_END || start > PHYS_END - header->p_memsz))
		file->broken = "a segment is where no memory can be";
	if (header->p_filesz <= there || file->broken)
		return true;
	file->mappable = false;
	if (header->p_type == PT_NOTE)
		file->broken = "its notes are not in it";
	/* One that does not say where it lies shows memory that another one has, too. */
	return header->p_type != PT_LOAD || start == UINT64_MAX ||
	       range_add(lost, start + there, end);
}

/* Tables as everybody makes them, and those of the sections inside of the file. */
static void elf_check(Elf *elf, uint64_t size, struct lost_file *file)
{
	GElf_Ehdr header;
	GElf_Shdr names;
	Elf_Scn *section;

	if (!gelf_getehdr(elf, &header) || header.e_phentsize != sizeof(Elf64_Phdr) ||
	    (header.e_shoff && header.e_shentsize != sizeof(Elf64_Shdr))) {
		file->broken = "not the headers of an ELF file";
		return;
	}
	if (!header.e_shoff)
		return;
	/* The first one is looked at also where the number of sections is 0: it may stand there. */
	file->mappable = header.e_shoff < size && size - header.e_shoff >= sizeof(Elf64_Shdr);
	if (!header.e_shnum || !file->mappable)
		return;
	section = elf_getscn(elf, header.e_shstrndx);
	file->mappable = header.e_shnum * sizeof(Elf64_Shdr) <= size - header.e_shoff && section &&
			 gelf_getshdr(section, &names) && names.sh_offset < size &&
			 names.sh_size <= size - names.sh_offset;
}

static bool elf_learn(struct lost *lost, int fd, uint64_t size, struct lost_file *file)
{
	bool good = true;
	size_t nr = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	/* What has the signature of an ELF file and not its headers; of other files it is told the kind. */
	if (!elf)
		file->broken = "not the headers of an ELF file";
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		file->mappable = true;
		elf_check(elf, size, file);
		if (elf_getphdrnum(elf, &nr) || !nr)
			file->broken = "not the headers of an ELF file";
	}
	for (size_t i = 0; i < nr && good && !file->broken; i++) {
		GElf_Phdr header;

		if (gelf_getphdr(elf, (int)i, &header))
			good = segment_learn(lost, &header, size, file);
		else
			file->broken = "not the headers of an ELF file";
	}
	elf_end(elf);
	return good;
}

/*
 * Pages lie in the order of their frames, but for those of zeros, which share one place at the
 * beginning. So of the last descriptors that lead to two places one is of the last page in the file,
 * and there is no need to look at millions of them.
 */
static bool kdump_is_whole(const struct kdump_file *k)
{
	struct kdump_page pages[DESCRIPTORS];
	uint64_t place = 0;

	for (uint64_t i = k->set; i; i--) {
		uint64_t from = (i - 1) / DESCRIPTORS * DESCRIPTORS;
		const struct kdump_page *page = &pages[i - 1 - from];

		if (i == k->set || !(i % DESCRIPTORS))
			kdump_file_pages(k, from, pages, (size_t)(i - from));
		if (kdump_page_lost(k, page))
			return false;
		if (i < k->set && page->offset != place)
			return true;
		place = page->offset;
	}
	return true;
}

/* A page that is larger than it may be overflows libkdumpfile's buffer (0.5.1). */
static bool pages_are_sane(const struct kdump_file *k)
{
	struct kdump_page pages[DESCRIPTORS];

	for (uint64_t from = 0; from < k->set && from < LOOKED_AT_MAX; from += DESCRIPTORS) {
		kdump_file_pages(k, from, pages, DESCRIPTORS);
		for (size_t i = 0; i < DESCRIPTORS && from + i < k->set; i++)
			if (pages[i].size > k->block)
				return false;
	}
	return true;
}

static bool pages_learn(struct lost *lost, const struct kdump_file *k)
{
	struct kdump_page pages[DESCRIPTORS];
	uint64_t number = 0;

	for (uint64_t frame = k->first; frame < k->end; frame++) {
		size_t i = number % DESCRIPTORS;

		if (!kdump_file_has(k, frame))
			continue;
		if (!i)
			kdump_file_pages(k, number, pages, DESCRIPTORS);
		number++;
		if (kdump_page_lost(k, &pages[i]) &&
		    !range_add(lost, frame * k->block, (frame + 1) * k->block))
			return false;
	}
	return true;
}

static void part_learn(struct lost *lost, const struct kdump_file *k, struct lost_file *file)
{
	lost->parts++;
	lost->frames = k->frames;
	if (k->end > k->first)
		lost->parts_frames += k->end - k->first;
	else
		file->empty = true;
}

/* libkdumpfile gets memory for as much as the headers say. Empty parts of a split dump end in the
 * middle of their bitmaps. */
static void kdump_check(const struct kdump_file *k, struct lost_file *file)
{
	if (k->notes > k->size || k->notes_size > k->size - k->notes)
		file->broken = "its notes are not in it";
	else if (k->pages > k->size && (!file->empty || k->pages - k->size > BITMAP_MISSING_MAX))
		file->broken = "its bitmaps are not in it";
}

static bool kdump_learn(struct lost *lost, int fd, uint64_t size, struct lost_file *file)
{
	struct kdump_file k;
	bool good = true;

	/* What does not make sense is for libkdumpfile to refuse. */
	if (!kdump_file_open(&k, fd, size))
		return true;
	if (k.split)
		part_learn(lost, &k, file);
	kdump_check(&k, file);
	if (!file->broken && kdump_file_bits(&k)) {
		if (!pages_are_sane(&k))
			file->broken = "a page in it is larger than a page can be";
		else if (!kdump_is_whole(&k))
			good = pages_learn(lost, &k);
	}
	kdump_file_free(&k);
	return good;
}

static int range_order(const void *a, const void *b)
{
	const struct lost_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* In order and disjoint, for lost_any(). */
static void ranges_merge(struct lost *lost)
{
	size_t nr = 0;

	if (!lost->nr)
		return;
	qsort(lost->ranges, lost->nr, sizeof(*lost->ranges), range_order);
	for (size_t i = 1; i < lost->nr; i++) {
		struct lost_range *last = &lost->ranges[nr], *next = &lost->ranges[i];

		if (next->start > last->end)
			lost->ranges[++nr] = *next;
		else if (next->end > last->end)
			last->end = next->end;
	}
	lost->nr = nr + 1;
}

bool lost_learn(struct lost *lost, int fd, struct lost_file *file)
{
	struct stat st;

	*file = (struct lost_file){ 0 };
	/* A device has no end that it tells. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return true;
	if (!elf_learn(lost, fd, (uint64_t)st.st_size, file) ||
	    !kdump_learn(lost, fd, (uint64_t)st.st_size, file))
		return false;
	ranges_merge(lost);
	return true;
}

bool lost_any(const struct lost *lost, uint64_t phys, uint64_t len)
{
	size_t low = 0, high = lost->nr;

	/* The first range that ends behind the first byte. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lost->ranges[middle].end > phys)
			high = middle;
		else
			low = middle + 1;
	}
	return low < lost->nr && len && lost->ranges[low].start <= phys + (len - 1);
}

void lost_free(struct lost *lost)
{
	free(lost->ranges);
	*lost = (struct lost){ 0 };
}
