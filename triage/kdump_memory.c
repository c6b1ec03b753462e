/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a page is found, read and unpacked
 * ======================================
 *
 * What all threads share (struct kdump_memory) is made once and never changes: the headers, the
 * bitmap of pages that are there, and how many bits are set before each 512 of them. A page's
 * descriptor has the number of set bits before its own, so it is found by counting at most 512
 * bits. What a thread writes to (struct kdump_reader) is its own: no locks, no reference counts.
 *
 *   page frame -> file (by range of frames) -> descriptor -> bytes in the file -> page
 *
 * A reader has three caches, and none of them grows:
 *
 * - Descriptors, in blocks of 128 as they lie in the file, each block in the one slot that its number
 *   says. Neighbouring frames have neighbouring descriptors.
 * - The file's bytes, in chunks of 32 KiB, about 30 pages each, again in the slot that the number says.
 *   Pages lie in the order of their frames, and slabs of one list are mostly near to each other, in any
 *   order. A chunk is read when it is needed for the second time, or when the next page is wanted too:
 *   a page among others that nobody asks for costs no more than its own bytes.
 * - Unpacked pages, 512 KiB of them. Only requests for parts of a page go through this cache. Whole
 *   pages are unpacked where the caller wants them: who asks for them keeps them (checker/image/memory.h),
 *   and does not ask twice.
 *
 * The file is read with pread(), not mapped. Mapped pages count as memory of the process, and a file
 * that is cut off while it is read ends the process with SIGBUS.
 *
 * Nothing in the file is believed. A descriptor has to lie in the file, the bytes that it names have
 * to lie in the file behind the descriptors, they are at most a page, and they have to unpack to a
 * page exactly. Otherwise the page is absent, as one is that makedumpfile left out.
 */
#include "triage/kdump_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/unpack.h"

#define BLOCK_SHIFT_MIN 12
#define BLOCK_SHIFT_MAX 16

#define DESCRIPTORS 128 /* in a block */
#define DESCRIPTOR_BLOCKS 64
#define CHUNK_SIZE (32u << 10)
#define CHUNKS 16
#define CACHE_SIZE (512u << 10)

struct descriptor_block {
	const struct kdump_file *file; /* NULL: none */
	uint64_t number; /* of its first descriptor */
	struct kdump_page pages[DESCRIPTORS];
};

struct chunk {
	const struct kdump_file *file; /* NULL: none */
	uint64_t number;
	size_t len; /* 0: it was needed once */
	uint8_t bytes[CHUNK_SIZE];
};

struct slot {
	uint64_t frame; /* UINT64_MAX: none */
	enum kdump_got got;
};

struct kdump_reader {
	const struct kdump_memory *memory;
	struct unpack *unpack;
	struct descriptor_block blocks[DESCRIPTOR_BLOCKS];
	struct chunk chunks[CHUNKS];
	uint8_t bytes[1u << BLOCK_SHIFT_MAX]; /* of a page that is not in one chunk */
	size_t nr_slots;
	struct slot slots[CACHE_SIZE >> BLOCK_SHIFT_MIN];
	uint8_t cache[CACHE_SIZE];
};

static int file_order(const void *a, const void *b)
{
	const struct kdump_file *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static bool file_add(struct kdump_memory *m, int fd)
{
	struct kdump_file *k = &m->files[m->nr];
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !kdump_file_open(k, fd, (uint64_t)st.st_size))
		return false;
	m->nr++;
	/* Of more frames than there are bits libkdumpfile says that they are too many. */
	return unpack_knows(k->flags) && kdump_file_bits(k) && k->block == m->files[0].block &&
	       k->frames <= 8 * (k->pages - k->bitmaps);
}

static bool shift_find(struct kdump_memory *m)
{
	m->shift = BLOCK_SHIFT_MIN;
	while (m->shift < BLOCK_SHIFT_MAX && 1ull << m->shift < m->files[0].block)
		m->shift++;
	return 1ull << m->shift == m->files[0].block;
}

/* Of which part a page is taken would be a matter of chance. */
static const char *files_mixed(struct kdump_memory *m)
{
	qsort(m->files, m->nr, sizeof(*m->files), file_order);
	for (size_t i = 1; i < m->nr; i++) {
		const struct kdump_file *a = &m->files[i - 1], *b = &m->files[i];

		if (a->machine != b->machine || a->frames != b->frames || a->split != b->split ||
		    (a->moment && b->moment && a->moment != b->moment))
			return "these are parts of different dumps";
		if (b->first < a->end)
			return "these are parts of different dumps, or one part twice";
	}
	return NULL;
}

const char *kdump_memory_learn(struct kdump_memory *m, const int *fds, size_t nr)
{
	const char *mixed = NULL;
	bool good;

	*m = (struct kdump_memory){ 0 };
	m->files = calloc(nr, sizeof(*m->files));
	good = m->files && nr;
	for (size_t i = 0; i < nr && good; i++)
		good = file_add(m, fds[i]);
	if (good)
		mixed = files_mixed(m);
	if (!good || mixed || !shift_find(m))
		kdump_memory_free(m);
	return mixed;
}

void kdump_memory_free(struct kdump_memory *m)
{
	for (size_t i = 0; i < m->nr; i++)
		kdump_file_free(&m->files[i]);
	free(m->files);
	*m = (struct kdump_memory){ 0 };
}

struct kdump_reader *kdump_reader_new(const struct kdump_memory *m)
{
	struct kdump_reader *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	/* The rest is written before it is read, and most of it never in a short run. */
	r->memory = m;
	r->nr_slots = CACHE_SIZE >> m->shift;
	for (size_t i = 0; i < r->nr_slots; i++)
		r->slots[i].frame = UINT64_MAX;
	for (size_t i = 0; i < DESCRIPTOR_BLOCKS; i++)
		r->blocks[i].file = NULL;
	for (size_t i = 0; i < CHUNKS; i++)
		r->chunks[i].file = NULL;
	r->unpack = unpack_new();
	if (r->unpack)
		return r;
	free(r);
	return NULL;
}

void kdump_reader_free(struct kdump_reader *r)
{
	if (!r)
		return;
	unpack_free(r->unpack);
	free(r);
}

/* The file that a frame would be in. */
static const struct kdump_file *file_of(const struct kdump_memory *m, uint64_t frame)
{
	size_t low = 0, high = m->nr;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (m->files[middle].first > frame)
			high = middle;
		else
			low = middle;
	}
	return &m->files[low];
}

static const struct kdump_page *descriptor_get(struct kdump_reader *r,
					       const struct kdump_file *file, uint64_t number)
{
	struct descriptor_block *b = &r->blocks[number / DESCRIPTORS % DESCRIPTOR_BLOCKS];
	uint64_t within = number % DESCRIPTORS;

	if (b->file != file || b->number != number - within) {
		b->file = file;
		b->number = number - within;
		kdump_file_pages(file, b->number, b->pages, DESCRIPTORS);
	}
	return &b->pages[within];
}

static bool page_sane(const struct kdump_file *file, const struct kdump_page *page)
{
	return page->size <= file->block && !kdump_page_lost(file, page) &&
	       page->offset >= file->pages + file->set * sizeof(*page);
}

/* A chunk of the file, to its end or the file's; NULL: it is better not read. */
static const struct chunk *chunk_get(struct kdump_reader *r, const struct kdump_file *file,
				     uint64_t number, bool read)
{
	struct chunk *c = &r->chunks[number % CHUNKS];
	ssize_t got;

	if (c->file != file || c->number != number) {
		c->file = file;
		c->number = number;
		c->len = 0;
	} else if (c->len) {
		return c;
	} else {
		read = true;
	}
	if (!read)
		return NULL;
	got = pread(file->fd, c->bytes, CHUNK_SIZE, (off_t)(number * CHUNK_SIZE));
	c->len = got > 0 ? (size_t)got : 0;
	return c;
}

/* Bytes that lie in one chunk, or in two; NULL: they are better read alone. */
static const uint8_t *chunk_bytes(struct kdump_reader *r, const struct kdump_file *file,
				  const struct kdump_page *page, bool read)
{
	uint64_t first = page->offset / CHUNK_SIZE, from = page->offset % CHUNK_SIZE;
	const struct chunk *c = chunk_get(r, file, first, read);
	size_t part;

	if (c && from + page->size <= c->len)
		return c->bytes + from;
	if (!c || c->len < CHUNK_SIZE || from + page->size > 2 * CHUNK_SIZE)
		return NULL;
	part = (size_t)(CHUNK_SIZE - from);
	memcpy(r->bytes, c->bytes + from, part);
	c = chunk_get(r, file, first + 1, read);
	if (!c || page->size - part > c->len)
		return NULL;
	memcpy(r->bytes + part, c->bytes, page->size - part);
	return r->bytes;
}

/* The bytes of a page as they are in the file; NULL: they cannot be read. */
static const uint8_t *page_bytes(struct kdump_reader *r, const struct kdump_file *file,
				 const struct kdump_page *page, bool read)
{
	const uint8_t *bytes = chunk_bytes(r, file, page, read);

	if (bytes)
		return bytes;
	return pread(file->fd, r->bytes, page->size, (off_t)page->offset) == (ssize_t)page->size
		       ? r->bytes
		       : NULL;
}

/* Unpack a page; @more: the one behind it is wanted too. */
static enum kdump_got page_get(struct kdump_reader *r, uint64_t frame, bool more, void *to)
{
	const struct kdump_file *file = file_of(r->memory, frame);
	const struct kdump_page *page;
	const uint8_t *bytes;

	if (!kdump_file_has(file, frame))
		return KDUMP_ABSENT;
	page = descriptor_get(r, file, kdump_file_rank(file, frame));
	if (!page_sane(file, page))
		return KDUMP_ABSENT;
	bytes = page_bytes(r, file, page, more);
	if (!bytes)
		return KDUMP_ABSENT;
	switch (unpack_page(r->unpack, page->flags, bytes, page->size, to, (size_t)file->block)) {
	case UNPACK_DONE:
		return KDUMP_GOT;
	case UNPACK_UNKNOWN:
		return KDUMP_FOREIGN;
	default:
		return KDUMP_ABSENT;
	}
}

static enum kdump_got part_get(struct kdump_reader *r, uint64_t phys, void *to, size_t len)
{
	uint64_t frame = phys >> r->memory->shift, size = 1ull << r->memory->shift;
	struct slot *slot = &r->slots[frame % r->nr_slots];
	uint8_t *page = r->cache + (frame % r->nr_slots << r->memory->shift);

	if (slot->frame != frame) {
		slot->frame = frame;
		slot->got = page_get(r, frame, false, page);
	}
	if (slot->got == KDUMP_GOT)
		memcpy(to, page + (phys & (size - 1)), len);
	return slot->got;
}

enum kdump_got kdump_reader_read(struct kdump_reader *r, uint64_t phys, void *buf, size_t len)
{
	uint64_t size = 1ull << r->memory->shift;
	uint8_t *to = buf;

	while (len) {
		uint64_t part = size - (phys & (size - 1));
		enum kdump_got got;

		if (part > len)
			part = len;
		if (part == size)
			got = page_get(r, phys >> r->memory->shift, len > size, to);
		else
			got = part_get(r, phys, to, (size_t)part);
		if (got != KDUMP_GOT)
			return got;
		phys += part;
		to += part;
		len -= part;
	}
	return KDUMP_GOT;
}
