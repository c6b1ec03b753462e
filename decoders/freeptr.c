/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/freeptr.h"

/* The kernel's swab() of an unsigned long on a 64-bit machine. */
static uint64_t swab(uint64_t x)
{
	return __builtin_bswap64(x);
}

/*
 * What the kernel XORs a link with.
 *
 * XOR: 2482ddec670f (4.14) mixed the slot's address in. Neighbouring objects share most of its
 * bits, so 1ad53d9fa3f6 (5.7) byte-swapped it, which puts the bits that vary on top of those that
 * do not. Stable trees took that back as far as 4.14, so the release says nothing.
 */
static uint64_t link_mask(enum freeptr_encoding encoding, uint64_t random, uint64_t slot)
{
	switch (encoding) {
	case FREEPTR_XOR:
		return random ^ slot;
	case FREEPTR_XOR_SWAB:
		return random ^ swab(slot);
	case FREEPTR_PLAIN:
	case FREEPTR_ENCODINGS:
		break;
	}
	return 0;
}

uint64_t freeptr_decode(enum freeptr_encoding encoding, uint64_t raw, uint64_t random,
			uint64_t slot)
{
	return raw ^ link_mask(encoding, random, slot);
}

uint64_t freeptr_encode(enum freeptr_encoding encoding, uint64_t object, uint64_t random,
			uint64_t slot)
{
	return object ^ link_mask(encoding, random, slot);
}

const char *freeptr_encoding_name(enum freeptr_encoding encoding)
{
	switch (encoding) {
	case FREEPTR_PLAIN:
		return "plain";
	case FREEPTR_XOR:
		return "xor";
	case FREEPTR_XOR_SWAB:
		return "xor-swab";
	case FREEPTR_ENCODINGS:
		break;
	}
	return "unknown";
}
