/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_OVERWRITE_H
#define SLUBCHECK_DECODERS_OVERWRITE_H
/*
 * What kind of value was written over a word, judged by its bits alone, and how a damaged word
 * differs from the one that belongs there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a word looks like. X(id, text): the text completes "the word looks like ...". */
#define OVERWRITE_CLASSES(X)                                                                      \
	X(ZERO, "zero")                                                                           \
	X(SMALL, "a small number")                                                                \
	X(NEGATIVE, "a small negative number or error code")                                     \
	X(ASCII, "printable text")                                                                \
	X(REPEATED, "one byte repeated")                                                          \
	X(POISON_FREE, "slab poison of a free object (6b)")                                       \
	X(POISON_INUSE, "slab poison of unused space (5a)")                                       \
	X(RED_ZONE, "a red zone (bb or cc)")                                                      \
	X(LIST_POISON, "LIST_POISON: a list entry after list_del")                               \
	X(USER_POINTER, "a user-space address")                                                   \
	X(KERNEL_POINTER, "a kernel address")                                                     \
	X(TWO_WORDS, "two 32-bit numbers")                                                        \
	X(OTHER, "nothing recognisable")

enum overwrite_class {
#define X(id, text) OVERWRITE_##id,
	OVERWRITE_CLASSES(X)
#undef X
	OVERWRITE_CLASS_COUNT
};

/** overwrite_classify() - The most telling class of a 64-bit word (x86-64 and arm64 ranges). */
enum overwrite_class overwrite_classify(uint64_t word);

/** overwrite_class_id() - Stable lower-case id for programs, as "user-pointer". */
const char *overwrite_class_id(enum overwrite_class class);

/** overwrite_class_text() - The text of the list above. */
const char *overwrite_class_text(enum overwrite_class class);

/* How one word differs from another. */
struct word_diff {
	unsigned int bits;	/* bits that differ */
	unsigned int bytes;	/* bytes that differ */
	uint8_t byte_mask;	/* bit n: byte n (little-endian) differs */
	int first_byte;		/* lowest byte that differs, -1 when equal */
	int bit;		/* the bit when just one differs, else -1 */
	bool contiguous;	/* the differing bytes are neighbours */
	bool zeroed;		/* every differing byte is 0 in the damaged word */
	bool low_bytes;		/* the difference starts at byte 0 and is contiguous: a short store */
	int shift;		/* damaged == intended >> 8*shift (or << when negative), 0 when not */
};

/**
 * word_compare() - Compare a damaged word with the one that belongs there.
 */
struct word_diff word_compare(uint64_t damaged, uint64_t intended);

/**
 * word_diff_describe() - One clause on a difference, as "byte 5 was zeroed" or "bit 44 flipped".
 * @buf: receives a NUL-terminated string, cut at @len
 * @len: size of @buf in bytes, not 0
 *
 * Return: @buf.
 */
char *word_diff_describe(const struct word_diff *diff, char *buf, size_t len);

/**
 * ascii_show() - Show a word's bytes in memory order, with '.' for what is not printable.
 * @buf: 9 bytes: eight characters and a NUL
 */
char *ascii_show(uint64_t word, char buf[9]);

#endif
