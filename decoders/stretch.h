/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_STRETCH_H
#define SLUBCHECK_DECODERS_STRETCH_H
/*
 * How far bytes of one pattern reach.
 */

#include <stddef.h>
#include <stdint.h>

enum stretch_kind {
	STRETCH_NONE, /* no pattern that more than a few bytes have */
	STRETCH_BYTE, /* the same byte, but zero, which is everywhere */
	STRETCH_STEPS, /* each byte is greater than the one before by the same number */
	STRETCH_TEXT, /* printable characters, and a NUL at most behind them */
	STRETCH_KINDS
};

/** stretch_name() - "none", "byte", "steps" or "text". */
const char *stretch_name(enum stretch_kind kind);

/* Fewer bytes are of one pattern anywhere by chance. */
#define STRETCH_MIN 8u

/**
 * struct stretch - Bytes from @low up to @high, and what they have in common.
 */
struct stretch {
	enum stretch_kind kind;
	size_t low, high;
};

/**
 * stretch_find() - Find the pattern that all of some bytes have, and how far it reaches.
 * @bytes, @len: memory
 * @low, @high:  the bytes in it that are known to be of interest: @low < @high <= @len
 *
 * Return: those bytes as they are, and STRETCH_NONE, when they have none.
 */
struct stretch stretch_find(const uint8_t *bytes, size_t len, size_t low, size_t high);

#endif
