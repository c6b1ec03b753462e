/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KDUMP_FILE_H
#define SLUBCHECK_TRIAGE_KDUMP_FILE_H
/*
 * One file in makedumpfile's compressed format, as of a 64-bit little-endian machine: two headers of a
 * block each or more, two bitmaps with a bit a page frame, a descriptor for each bit that is set in
 * the second bitmap, and the pages.
 *
 * A header is not believed: what it says is held against the size of the file, and a descriptor is
 * looked at before its page is read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a page is compressed, in kdump_page.flags; none of them: it is not. */
#define KDUMP_PAGE_ZLIB 0x01u
#define KDUMP_PAGE_LZO 0x02u
#define KDUMP_PAGE_SNAPPY 0x04u
#define KDUMP_PAGE_ZSTD 0x20u
#define KDUMP_PAGE_COMPRESSED \
	(KDUMP_PAGE_ZLIB | KDUMP_PAGE_LZO | KDUMP_PAGE_SNAPPY | KDUMP_PAGE_ZSTD)

/* A descriptor, as it is in the file. */
struct kdump_page {
	uint64_t offset; /* of its bytes in the file */
	uint32_t size, flags;
	uint64_t page_flags;
};

/**
 * struct kdump_file - What the headers and the second bitmap say.
 * @fd:		the caller's
 * @size:	of the file, in bytes
 * @block:	bytes of a page
 * @bitmaps:	where the bitmaps begin
 * @pages:	where the descriptors begin
 * @machine:	a digest of what the header says of the machine and its kernel: the same in all parts of a dump
 * @flags:	how most of its pages are compressed, as in a descriptor; 0: it does not say
 * @split:	it is one of many (makedumpfile --split)
 * @notes, @notes_size: ELF notes
 * @moment:	a digest of the notes, where there are any, else 0: registers and the time of the crash are the same
 *		in all parts of a dump, and hardly in two dumps of one machine
 * @first, @end: frames of this file
 * @frames:	of all files of the dump
 * @bits:	of the frames from @bits_first on; NULL before kdump_file_bits()
 * @ranks:	how many bits are set before each group of frames
 * @set:	bits of this file's frames, and so descriptors
 */
struct kdump_file {
	int fd;
	uint64_t size;
	uint64_t block;
	uint64_t bitmaps, pages;
	uint64_t machine;
	uint32_t flags;
	bool split;
	uint64_t notes, notes_size;
	uint64_t moment;
	uint64_t first, end;
	uint64_t frames;
	uint8_t *bits;
	uint64_t bits_first;
	uint64_t *ranks;
	uint64_t set;
};

/**
 * kdump_file_open() - Read the headers.
 * @fd:	  stays the caller's
 * @size: of the file
 *
 * Return: false when it is not such a file, or its headers contradict themselves.
 */
bool kdump_file_open(struct kdump_file *k, int fd, uint64_t size);

/**
 * kdump_file_bits() - Read the part of the second bitmap that is about this file's frames.
 *
 * Return: false when the bitmap is not in the file, is larger than any machine needs, or there is no
 * memory for it. The caller gives @k to kdump_file_free() in any case.
 */
bool kdump_file_bits(struct kdump_file *k);

/** kdump_file_has() - Whether there is a descriptor for a page frame. */
bool kdump_file_has(const struct kdump_file *k, uint64_t frame);

/** kdump_file_rank() - The number of the descriptor of a page frame that kdump_file_has(). */
uint64_t kdump_file_rank(const struct kdump_file *k, uint64_t frame);

/** kdump_file_pages() - Read descriptors from number @from on; those that are not there are all zero. */
void kdump_file_pages(const struct kdump_file *k, uint64_t from, struct kdump_page *pages,
		      size_t nr);

/** kdump_page_lost() - Whether this descriptor, or its page, is not in the file. */
bool kdump_page_lost(const struct kdump_file *k, const struct kdump_page *page);

/** kdump_file_free() - Give up what kdump_file_bits() allocated. */
void kdump_file_free(struct kdump_file *k);

#endif
