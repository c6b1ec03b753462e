/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_LOST_H
#define SLUBCHECK_TRIAGE_LOST_H
/*
 * Memory that a dump's headers promise and that lies behind the end of its file, because the file
 * was cut short: a full disk, a broken transfer.
 *
 * libkdumpfile (0.5.1) reads zeros there. Zeros end freelists and lists, and empty page tables, so
 * they have to be told from what the kernel wrote.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Physical addresses. */
struct lost_range {
	uint64_t start, end;
};

/**
 * struct lost - What is missing.
 * @ranges, @nr, @room: of physical memory, in order and disjoint
 * @bytes:  in them
 * @parts:  files that say of themselves that they are one of many (makedumpfile --split)
 * @frames, @parts_frames: page frames of the whole dump, and of these parts together
 */
struct lost {
	struct lost_range *ranges;
	size_t nr, room;
	uint64_t bytes;
	size_t parts;
	uint64_t frames, parts_frames;
};

/**
 * struct lost_file - One file.
 * @mappable: an ELF file that has all it promises: none of its readers will touch what lies behind
 *	      its end
 * @empty:    one of many parts, and no page frame is its own
 * @broken:   NULL, or a clause on why nobody should read it: headers that no dump has, with which
 *	      libkdumpfile (0.5.1) reads outside of its buffers, or for hours
 */
struct lost_file {
	bool mappable, empty;
	const char *broken;
};

/**
 * lost_learn() - Add what one file of a dump lacks.
 * @lost: all zero before the first file; the caller gives it to lost_free()
 * @fd:	  the file
 * @file: receives what is known of this one
 *
 * Knows ELF and makedumpfile's compressed format, of 64-bit little-endian machines; of others it
 * learns nothing.
 *
 * Return: false without memory.
 */
bool lost_learn(struct lost *lost, int fd, struct lost_file *file);

/** lost_any() - Whether any of these bytes of physical memory is lost. */
bool lost_any(const struct lost *lost, uint64_t phys, uint64_t len);

/** lost_free() - Give up what lost_learn() allocated. */
void lost_free(struct lost *lost);

#endif
