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

/*
 * What a word looks like. X(id, text): the text completes "the word looks like ...".
 *
 * Some words are of several classes. The most telling one wins, in this order:
 *
 *   ZERO
 *   POISON_FREE	6b eight times, or with the end of poison, a5, in the last byte
 *   POISON_INUSE	5a eight times
 *   RED_ZONE		bb or cc eight times
 *   LIST_POISON	an exact value of LIST_POISON1 or 2 of any release
 *   SMALL		below 1 MiB
 *   NEGATIVE		-4095 (MAX_ERRNO) to -1 as a 64-bit number, or as a 32-bit one below a zero
 *   REPEATED		any other byte, eight times: a memset(), also of a printable one ("AAAAAAAA")
 *   ASCII		printable bytes (20 to 7e) from the first on: eight, or at least four and then
 *			nothing but NULs
 *   TWO_WORDS		a 32-bit number below a zero; else an upper half of 1 to ffff or -1 and a
 *			lower half of 0 to ffff or -4095 to -1
 *   KERNEL_POINTER	ff00000000000000 and above: the kernel halves of x86-64 with 4 and 5 levels and
 *			of arm64, without memory tags
 *   USER_POINTER	from 4 GiB (below it is more often a number) to 2^56
 *   OTHER
 *
 * A link of CONFIG_SLAB_FREELIST_HARDENED looks random: one in 256 looks like a user-space address,
 * one in 256 like a kernel address. So classify a word that is known to be wrong, and not in order
 * to find out whether it is.
 */
#define OVERWRITE_CLASSES(X)                                       \
	X(ZERO, "zero")                                            \
	X(SMALL, "a small number")                                 \
	X(NEGATIVE, "a small negative number or error code")       \
	X(ASCII, "printable text")                                 \
	X(REPEATED, "one byte repeated")                           \
	X(POISON_FREE, "slab poison of a free object (6b)")        \
	X(POISON_INUSE, "slab poison of unused space (5a)")        \
	X(RED_ZONE, "a red zone (bb or cc)")                       \
	X(LIST_POISON, "LIST_POISON: a list entry after list_del") \
	X(USER_POINTER, "a user-space address")                    \
	X(KERNEL_POINTER, "a kernel address")                      \
	X(TWO_WORDS, "two 32-bit numbers")                         \
	X(OTHER, "nothing recognisable")

enum overwrite_class {
#define X(id, text) OVERWRITE_##id,
	OVERWRITE_CLASSES(X)
#undef X
		OVERWRITE_CLASS_COUNT
};

/** overwrite_classify() - The most telling class of a 64-bit word (x86-64 and arm64 ranges). */
enum overwrite_class overwrite_classify(uint64_t word);

/** overwrite_class_id() - Stable id for programs: the id above, as "user-pointer". */
const char *overwrite_class_id(enum overwrite_class class);

/** overwrite_class_text() - The text of the list above. */
const char *overwrite_class_text(enum overwrite_class class);

/* How one word differs from another. */
struct word_diff {
	unsigned int bits; /* bits that differ */
	unsigned int bytes; /* bytes that differ */
	uint8_t byte_mask; /* bit n: byte n (little-endian) differs */
	int first_byte; /* lowest byte that differs, -1 when equal */
	int bit; /* the bit when just one differs, else -1 */
	bool contiguous; /* there are differing bytes and they are neighbours */
	bool zeroed; /* there are differing bytes and all are 0 in the damaged word */
	bool low_bytes; /* contiguous from byte 0 on, but not all 8: a short store */
	int shift; /* damaged is intended >> 8*shift (<< when negative), 0 when not */
};

/**
 * word_compare() - Compare a damaged word with the one that belongs there.
 *
 * A shift is of one to four bytes. What a shift brings in at the open end may be anything: when a
 * word is copied from or to a misaligned address, it is a piece of its neighbour.
 */
struct word_diff word_compare(uint64_t damaged, uint64_t intended);

/**
 * word_diff_describe() - One clause on a difference, as "byte 5 was zeroed" or "bit 44 flipped".
 * @buf: receives a NUL-terminated string, cut at @len
 * @len: size of @buf in bytes, not 0; 64 hold every text
 *
 * What explains more goes first: equal, shifted, one bit, zeroed, short store, which bytes.
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
