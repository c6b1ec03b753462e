/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DEBUG_DEBUG_LAYOUT_H
#define SLUBCHECK_CHECKER_DEBUG_DEBUG_LAYOUT_H
/*
 * The shapes of what debugging options keep of objects. Each is found out by the file of its name.
 */

#include <stdint.h>

#include "checker/image/kernel.h"
#include "checker/image/target.h"

/* struct track, of caches with SLAB_STORE_USER. */
struct track_layout {
	const struct arch *arch; /* for the order of bytes */
	struct target_member addr, cpu, pid, when;
	struct target_member addrs; /* a stack, until 5.18 */
	struct target_member handle; /* of one in the stack depot, 5.19 */
	uint32_t size; /* 0: unknown */
};

/* struct stack_record of the stack depot. */
struct stack_layout {
	struct target_member handle, size;
	uint32_t entries; /* where its array begins */
	uint64_t pools; /* address of what leads to the pools; 0: unknown */
};

/* KFENCE: its pool, and struct kfence_metadata, one for each object. */
struct kfence_layout {
	struct address_range pool; /* empty: there is none */
	uint64_t metadata; /* the first of them; 0: unknown */
	uint32_t stride;
	struct target_member addr, size, cache, state;
	struct target_member
		tracks[2]; /* who allocated and who freed; of size 0 when the types do not tell */
	struct target_member pid, cpu, when, nr_frames, frames; /* of struct kfence_track */
};

/* What debugging options keep. */
struct debug_layout {
	struct track_layout track;
	struct stack_layout stack;
	struct kfence_layout kfence;
};

#endif
