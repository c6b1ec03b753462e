/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/lost.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker/image/target.h"

#define PHYS_END (1ull << TARGET_PHYS_BITS)

/* makedumpfile's format, as of a 64-bit machine: two headers of a block each or more, two bitmaps
 * with a bit a page frame, a descriptor for each bit that is set in the second, and the pages. */
#define SIGNATURE_SIZE 8
#define BLOCK_MAX (1 << 20)
#define BITMAP_MISSING_MAX (64 << 20)
#define DESCRIPTORS 1024 /* read at once */
/* 400 MB of descriptors, of 64 GB of pages: who has more than that waits long enough. */
#define LOOKED_AT_MAX (1 << 24)

struct kdump_header {
	char signature[SIGNATURE_SIZE];
	char version_and_names[416];
	uint32_t status;
	int32_t block_size, sub_blocks;
	uint32_t bitmap_blocks, frames;
};

struct kdump_sub_header {
	uint64_t phys_base;
	int32_t level, split;
	uint64_t first, end; /* frames of this file, when it is one of many */
	uint64_t info[2]; /* offset and size; version 3 */
	uint64_t notes[2]; /* since version 4 */
	uint64_t others[4];
	uint64_t frames; /* since version 6 */
};

struct kdump_page {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

struct kdump {
	int fd;
	uint64_t size; /* of the file */
	uint64_t block;
	uint64_t bitmaps, pages; /* where they and the descriptors begin */
	uint8_t *bits;
	bool split;
	uint64_t notes, notes_size;
	uint64_t first, end; /* frames of this file */
	uint64_t frames; /* of all */
	uint64_t set; /* bits among them, and so descriptors */
};

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
	if (lost->nr == lost->room) {
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
	return header->p_type != PT_LOAD || range_add(lost, start + there, end);
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

static bool bit(const struct kdump *k, uint64_t frame)
{
	return k->bits[frame / 8] >> frame % 8 & 1;
}

/* Of the two bitmaps the second says which pages are there. There is one only, and twice as long,
 * when it would be too short otherwise. */
static bool bitmap_read(struct kdump *k)
{
	uint64_t at = k->bitmaps, bytes = k->pages - k->bitmaps;
	uint64_t half = bytes / 2 / k->block * k->block;

	if (k->frames <= 8 * bytes / 2) {
		at += half;
		bytes = half;
	}
	if (at >= k->size || bytes > k->size - at || !bytes)
		return false;
	k->bits = malloc(bytes);
	if (!k->bits || pread(k->fd, k->bits, bytes, (off_t)at) != (ssize_t)bytes)
		return false;
	if (k->end > 8 * bytes)
		k->end = 8 * bytes;
	for (uint64_t frame = k->first; frame < k->end; frame++) {
		uint8_t byte = k->bits[frame / 8];

		if (frame % 8 || k->end - frame < 8 || (byte && byte != 0xff)) {
			k->set += bit(k, frame);
			continue;
		}
		k->set += byte ? 8 : 0;
		frame += 7;
	}
	return true;
}

/* What does not make sense is for libkdumpfile to refuse. */
static bool kdump_open(struct kdump *k)
{
	struct kdump_sub_header sub;
	struct kdump_header h;

	if (pread(k->fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    memcmp(h.signature, "KDUMP   ", SIGNATURE_SIZE) || h.block_size <= 0 ||
	    h.block_size > BLOCK_MAX || h.sub_blocks < 0 ||
	    pread(k->fd, &sub, sizeof(sub), h.block_size) != (ssize_t)sizeof(sub))
		return false;
	k->block = (uint64_t)h.block_size;
	k->bitmaps = (1 + (uint64_t)h.sub_blocks) * k->block;
	k->pages = k->bitmaps + h.bitmap_blocks * k->block;
	k->frames = sub.frames ?: h.frames;
	k->split = sub.split;
	k->notes = sub.notes[0];
	k->notes_size = sub.notes[1];
	k->first = sub.split ? sub.first : 0;
	k->end = sub.split ? sub.end : UINT64_MAX;
	return true;
}

/* Descriptors from number @from on; those that are not there are all zero. */
static void pages_read(const struct kdump *k, uint64_t from, struct kdump_page *pages, size_t nr)
{
	off_t at = (off_t)(k->pages + from * sizeof(*pages));
	ssize_t got = pread(k->fd, pages, nr * sizeof(*pages), at);
	size_t there = got > 0 ? (size_t)got / sizeof(*pages) : 0;

	memset(pages + there, 0, (nr - there) * sizeof(*pages));
}

/* A page whose descriptor, or whose bytes, are not in the file. */
static bool page_is_lost(const struct kdump *k, const struct kdump_page *page)
{
	return !page->size || page->offset > k->size || page->size > k->size - page->offset;
}

/*
 * Pages lie in the order of their frames, but for those of zeros, which share one place at the
 * beginning. So of the last descriptors that lead to two places one is of the last page in the file,
 * and there is no need to look at millions of them.
 */
static bool kdump_is_whole(const struct kdump *k)
{
	struct kdump_page pages[DESCRIPTORS];
	uint64_t place = 0;

	for (uint64_t i = k->set; i; i--) {
		uint64_t from = (i - 1) / DESCRIPTORS * DESCRIPTORS;
		const struct kdump_page *page = &pages[i - 1 - from];

		if (i == k->set || !(i % DESCRIPTORS))
			pages_read(k, from, pages, (size_t)(i - from));
		if (page_is_lost(k, page))
			return false;
		if (i < k->set && page->offset != place)
			return true;
		place = page->offset;
	}
	return true;
}

/* A page that is larger than it may be overflows libkdumpfile's buffer (0.5.1). */
static bool pages_are_sane(const struct kdump *k)
{
	struct kdump_page pages[DESCRIPTORS];

	for (uint64_t from = 0; from < k->set && from < LOOKED_AT_MAX; from += DESCRIPTORS) {
		pages_read(k, from, pages, DESCRIPTORS);
		for (size_t i = 0; i < DESCRIPTORS && from + i < k->set; i++)
			if (pages[i].size > k->block)
				return false;
	}
	return true;
}

static bool pages_learn(struct lost *lost, const struct kdump *k)
{
	struct kdump_page pages[DESCRIPTORS];
	uint64_t number = 0;

	for (uint64_t frame = k->first; frame < k->end; frame++) {
		size_t i = number % DESCRIPTORS;

		if (!bit(k, frame))
			continue;
		if (!i)
			pages_read(k, number, pages, DESCRIPTORS);
		number++;
		if (page_is_lost(k, &pages[i]) &&
		    !range_add(lost, frame * k->block, (frame + 1) * k->block))
			return false;
	}
	return true;
}

static void part_learn(struct lost *lost, const struct kdump *k, struct lost_file *file)
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
static void kdump_check(const struct kdump *k, struct lost_file *file)
{
	if (k->notes > k->size || k->notes_size > k->size - k->notes)
		file->broken = "its notes are not in it";
	else if (k->pages > k->size && (!file->empty || k->pages - k->size > BITMAP_MISSING_MAX))
		file->broken = "its bitmaps are not in it";
}

static bool kdump_learn(struct lost *lost, int fd, uint64_t size, struct lost_file *file)
{
	struct kdump k = { .fd = fd, .size = size };
	bool good = true;

	if (!kdump_open(&k))
		return true;
	if (k.split)
		part_learn(lost, &k, file);
	kdump_check(&k, file);
	if (!file->broken && bitmap_read(&k)) {
		if (!pages_are_sane(&k))
			file->broken = "a page in it is larger than a page can be";
		else if (!kdump_is_whole(&k))
			good = pages_learn(lost, &k);
	}
	free(k.bits);
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
