/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DEBUG_CONTENTS_H
#define SLUBCHECK_CHECKER_DEBUG_CONTENTS_H
/*
 * What the allocator itself writes into slabs: red zones, poison, padding and the tracks of owners
 * (slub_debug), and the zeros of init_on_free.
 *
 * An object of a cache with all options, its addresses rising:
 *
 *   left red zone (4.6) | object | right red zone | freepointer | two tracks | orig_size (6.1) |
 *   metadata of KASAN | slabobj_ext (7.0) | padding
 *
 * Without red zones what is left of the object's last word is padding too, and without poison the
 * freepointer mostly lies in the object.
 */

#include <stdbool.h>
#include <stdint.h>

#define RED_INACTIVE 0xbb
#define RED_ACTIVE 0xcc
#define POISON_FREE 0x6b
#define POISON_END 0xa5
#define POISON_INUSE 0x5a

/**
 * struct contents - Where the slabs of a cache hold bytes that are known. Offsets from an object.
 * @red_zone:  [-@left, 0) and [object_size, inuse) say whether the object is free
 * @poison:    a free object is POISON_FREE from @kasan on, and ends with POISON_END
 * @cleared:   a free object is 0, but for its freepointer
 * @padded:    what nobody uses is POISON_INUSE
 * @kmalloc_zone: the right red zone of an object in use begins at its orig_size
 * @left:      bytes of the left red zone
 * @kasan:     bytes at its start that a free object may have of KASAN
 * @tracks:    of the allocation's track, which that of the free follows; 0: there are none
 * @orig_size: of the size that kmalloc() was asked for; 0: it is not kept
 * @pad, @end: what is padding
 */
struct contents {
	bool red_zone, poison, cleared, padded, kmalloc_zone;
	uint32_t left, kasan;
	uint32_t tracks, orig_size;
	uint32_t pad, end;
};

/** contents_known() - Whether anything in a slab is known, also when none of its objects is free. */
static inline bool contents_known(const struct contents *c)
{
	return c->red_zone || c->poison || c->padded || c->tracks;
}

#endif
