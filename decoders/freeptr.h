/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_FREEPTR_H
#define SLUBCHECK_DECODERS_FREEPTR_H
/*
 * How a freelist link is stored in a free object.
 *
 * Only links inside of objects are encoded. The heads (slab->freelist, kmem_cache_cpu.freelist)
 * are plain addresses on every kernel. The end of a list is a link to NULL and is encoded like
 * any other.
 */

#include <stdint.h>

enum freeptr_encoding {
	/* The address itself: kernels without CONFIG_SLAB_FREELIST_HARDENED. */
	FREEPTR_PLAIN,
	/* ptr ^ s->random ^ slot: CONFIG_SLAB_FREELIST_HARDENED since 4.14 (2482ddec670f). */
	FREEPTR_XOR,
	/* ptr ^ s->random ^ swab(slot): since 5.7 (1ad53d9fa3f6), backported to stable trees. */
	FREEPTR_XOR_SWAB,
	FREEPTR_ENCODINGS /* how many there are */
};

/**
 * freeptr_decode() - The object a stored link leads to.
 * @encoding: how this kernel stores it
 * @raw:      the word as it lies in memory
 * @random:   s->random; ignored when plain
 * @slot:     address of the word: object + s->offset, without a KASAN tag (d36a63a943e3, 5.0)
 *
 * Total: any value gives one. Whether the answer makes sense is for the caller to judge.
 */
uint64_t freeptr_decode(enum freeptr_encoding encoding, uint64_t raw, uint64_t random,
			uint64_t slot);

/**
 * freeptr_encode() - The word that stores a link to @object; the inverse of freeptr_decode().
 */
uint64_t freeptr_encode(enum freeptr_encoding encoding, uint64_t object, uint64_t random,
			uint64_t slot);

/**
 * freeptr_encoding_name() - Short name for reports: "plain", "xor", "xor-swab".
 *
 * Return: "unknown" for a value that is not an encoding.
 */
const char *freeptr_encoding_name(enum freeptr_encoding encoding);

#endif
