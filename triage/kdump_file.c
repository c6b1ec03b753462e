/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kdump_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIGNATURE "KDUMP   "
#define SIGNATURE_SIZE 8
#define BLOCK_MAX (1 << 20)
#define VERSION_NOTES 4 /* of the format, that has them */
#define VERSION_FRAMES_64 6 /* of the format, that says the number of frames in 64 bits */
#define BITS_MAX (1ull << 30) /* bytes; the frames of 32 TiB in pages of 4 KiB */

/* So many frames share a rank: a line of the CPU's cache is looked at for each. */
#define GROUP_BYTES 64
#define GROUP_FRAMES (8 * GROUP_BYTES)

struct header {
	char signature[SIGNATURE_SIZE];
	int32_t version;
	char names[390]; /* struct new_utsname */
	char timestamp[22]; /* and what aligns it */
	uint32_t status;
	int32_t block_size, sub_blocks;
	uint32_t bitmap_blocks, frames;
};

struct sub_header {
	uint64_t phys_base;
	int32_t level, split;
	uint64_t first, end; /* frames of this file, when it is one of many */
	uint64_t info[2]; /* offset and size; version 3 */
	uint64_t notes[2]; /* since version 4 */
	uint64_t others[4];
	uint64_t frames; /* since version 6 */
};

/* FNV-1a, of 64 bits. */
#define DIGEST_START UINT64_C(0xcbf29ce484222325)

static uint64_t digest(uint64_t start, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++)
		start = (start ^ byte[i]) * UINT64_C(0x100000001b3);
	return start;
}

/* Notes are longer with more CPUs: 8,192 of them have 4 MiB. */
#define NOTES_MAX (UINT64_C(16) << 20)

/* makedumpfile writes what /proc/vmcore has into each part: a note per CPU, and VMCOREINFO with CRASHTIME. */
static uint64_t notes_digest(const struct kdump_file *k)
{
	uint64_t left = k->notes_size, at = k->notes, sum = DIGEST_START;
	uint8_t bytes[4096];

	if (!left || left > NOTES_MAX)
		return 0;
	while (left) {
		size_t part = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);

		if (at > k->size || pread(k->fd, bytes, part, (off_t)at) != (ssize_t)part)
			return 0;
		sum = digest(sum, bytes, part);
		at += part;
		left -= part;
	}
	return sum;
}

bool kdump_file_open(struct kdump_file *k, int fd, uint64_t size)
{
	struct sub_header sub;
	struct header h;

	*k = (struct kdump_file){ .fd = fd, .size = size };
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    memcmp(h.signature, SIGNATURE, SIGNATURE_SIZE) || h.block_size <= 0 ||
	    h.block_size > BLOCK_MAX || h.sub_blocks < 0 ||
	    pread(fd, &sub, sizeof(sub), h.block_size) != (ssize_t)sizeof(sub))
		return false;
	k->block = (uint64_t)h.block_size;
	k->bitmaps = (1 + (uint64_t)h.sub_blocks) * k->block;
	k->pages = k->bitmaps + h.bitmap_blocks * k->block;
	k->frames = h.version >= VERSION_FRAMES_64 && sub.frames ? sub.frames : h.frames;
	/* Parts need not have been written at the same time. */
	k->machine = digest(DIGEST_START, h.names, sizeof(h.names));
	k->flags = h.status & KDUMP_PAGE_COMPRESSED;
	k->split = sub.split;
	k->notes = sub.notes[0];
	k->notes_size = sub.notes[1];
	k->moment = h.version >= VERSION_NOTES ? notes_digest(k) : 0;
	k->first = sub.split ? sub.first : 0;
	k->end = sub.split ? sub.end : UINT64_MAX;
	return true;
}

static unsigned int bits_set(const uint8_t *bytes, size_t nr)
{
	unsigned int set = 0;
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= nr; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		set += (unsigned int)__builtin_popcountll(word);
	}
	for (; i < nr; i++)
		set += (unsigned int)__builtin_popcount(bytes[i]);
	return set;
}

/* Those of a byte that belong to frames that are not this file's. */
static void edges_clear(struct kdump_file *k, uint64_t bytes)
{
	uint64_t nr = k->end - k->bits_first;

	k->bits[0] &= (uint8_t)(0xff << k->first % 8);
	if (nr % 8 && nr / 8 < bytes)
		k->bits[nr / 8] &= (uint8_t)((1 << nr % 8) - 1);
}

static bool ranks_make(struct kdump_file *k, uint64_t groups)
{
	k->ranks = calloc(groups, sizeof(*k->ranks));
	if (!k->ranks)
		return false;
	for (uint64_t i = 0; i < groups; i++) {
		k->ranks[i] = k->set;
		k->set += bits_set(k->bits + i * GROUP_BYTES, GROUP_BYTES);
	}
	return true;
}

/* Of the two bitmaps the second says which pages are there. There is one only, and twice as long,
 * when it would be too short otherwise. */
static uint64_t bitmap_find(const struct kdump_file *k, uint64_t *bytes)
{
	uint64_t both = k->pages - k->bitmaps, half = both / 2 / k->block * k->block;

	*bytes = k->frames <= 8 * (both / 2) ? half : both;
	return k->frames <= 8 * (both / 2) ? k->bitmaps + half : k->bitmaps;
}

bool kdump_file_bits(struct kdump_file *k)
{
	uint64_t whole, at = bitmap_find(k, &whole), bytes, groups;

	if (!whole || at >= k->size || whole > k->size - at)
		return false;
	if (k->end > 8 * whole)
		k->end = 8 * whole;
	if (k->first >= k->end)
		return true;
	k->bits_first = k->first / 8 * 8;
	bytes = (k->end - k->bits_first + 7) / 8;
	groups = (bytes + GROUP_BYTES - 1) / GROUP_BYTES;
	if (bytes > BITS_MAX)
		return false;
	k->bits = calloc(groups, GROUP_BYTES);
	if (!k->bits ||
	    pread(k->fd, k->bits, bytes, (off_t)(at + k->bits_first / 8)) != (ssize_t)bytes)
		return false;
	edges_clear(k, bytes);
	return ranks_make(k, groups);
}

bool kdump_file_has(const struct kdump_file *k, uint64_t frame)
{
	uint64_t at = frame - k->bits_first;

	return frame >= k->first && frame < k->end && k->bits[at / 8] >> at % 8 & 1;
}

uint64_t kdump_file_rank(const struct kdump_file *k, uint64_t frame)
{
	uint64_t at = frame - k->bits_first, group = at / GROUP_FRAMES;
	unsigned int below = k->bits[at / 8] & ((1u << at % 8) - 1);

	return k->ranks[group] + (unsigned int)__builtin_popcount(below) +
	       bits_set(k->bits + group * GROUP_BYTES, (size_t)(at / 8 - group * GROUP_BYTES));
}

void kdump_file_pages(const struct kdump_file *k, uint64_t from, struct kdump_page *pages,
		      size_t nr)
{
	off_t at = (off_t)(k->pages + from * sizeof(*pages));
	ssize_t got = pread(k->fd, pages, nr * sizeof(*pages), at);
	size_t there = got > 0 ? (size_t)got / sizeof(*pages) : 0;

	memset(pages + there, 0, (nr - there) * sizeof(*pages));
}

bool kdump_page_lost(const struct kdump_file *k, const struct kdump_page *page)
{
	return !page->size || page->offset > k->size || page->size > k->size - page->offset;
}

void kdump_file_free(struct kdump_file *k)
{
	free(k->bits);
	free(k->ranks);
	k->bits = NULL;
	k->ranks = NULL;
}
