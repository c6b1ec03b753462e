/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_ERA_H
#define SLUBCHECK_MODEL_SLAB_ERA_H
/* The kernels whose SLAB (mm/slab.c) the model has. */

#include "model/machine/era.h"

/*
 * X(NAME, "first release", "last release", "what").
 *
 * Releases are between which sampled sources differ, as mainline numbers them; "" is none. The last group is
 * of options of a build.
 */
#define SLAB_FEATURES(X)                                                                      \
	X(SLAB, "", "6.7", "every one has it: a set is never empty")                          \
	X(BUFCTL, "", "3.12", "struct slab, a chain of bufctls, every page leads to both")    \
	X(CACHE_CHAIN, "", "3.5",                                                             \
	  "cache_chain, malloc_sizes, names are the caller's, BUG() for "                     \
	  "bad arguments")                                                                    \
	X(LIST3, "", "3.9", "kmem_list3")                                                     \
	X(NODES_LAST, "", "3.1", "nodelists[] is the end of a kmem_cache")                    \
	X(RECEIVER_TOUCHED, "", "3.1", "transfer_objects() marks who gets the objects")       \
	X(ARRAYS, "", "3.17", "array[] of pointers to arrays, a lock in each array")          \
	X(NODE_POINTER, "3.2", "3.17", "node points behind array[nr_cpu_ids]")                \
	X(ONE_ITERATION, "", "4.7",                                                           \
	  "slabs are listed before objects are taken; emptied slabs "                         \
	  "are freed one by one")                                                             \
	X(DESTROY_RELISTS, "", "3.17", "a cache that cannot be destroyed becomes the first")  \
	X(RECIPROCAL_PAIR, "3.14", "", "reciprocal_buffer_size is a struct")                  \
	X(MERGES, "3.18", "", "caches that are alike are one")                                \
	X(BYTE_INDEX, "3.15", "", "freelist_idx_t")                                           \
	X(ARRAY_AT_END, "4.6", "", "indices behind the objects, or in a free one")            \
	X(SLAB_COUNTS, "4.14", "", "total_slabs and free_slabs")                              \
	X(RCU_LATER, "4.14", "", "slab_caches_to_rcu_destroy")                                \
	X(USERCOPY, "4.16", "", "useroffset and usersize")                                    \
	X(AVAIL_FIRST_DROPPED, "5.10", "", "avail is lowered before emptied slabs are freed") \
	X(KMALLOC_ALIGNED, "5.4", "", "powers of two are aligned to their size")              \
	X(NO_FREELIST_CACHE, "6.1", "", "off-slab indices are kmalloc()'s")                   \
	X(SMALL_KMALLOC, "6.1", "", "caches of kmalloc() end at two pages")                   \
	X(RANDOM_SEQ, "4.8", "", "CONFIG_SLAB_FREELIST_RANDOM")                               \
	X(HARDENED, "5.4", "",                                                                \
	  "CONFIG_SLAB_FREELIST_HARDENED: the same object twice in a row, "                   \
	  "objects of other caches")                                                          \
	X(DEBUG_SLAB, "", "", "CONFIG_DEBUG_SLAB")                                            \
	X(AVAIL_LATE, "", "", "the compiler stores an entry before it counts it")

enum slab_feature {
#define X(name, since, until, text) SLAB_FEATURE_##name,
	SLAB_FEATURES(X)
#undef X
		SLAB_FEATURE_COUNT
};

_Static_assert(SLAB_FEATURE_COUNT <= 64, "features are bits of one word");

#define SLAB_HAS(name) (UINT64_C(1) << SLAB_FEATURE_##name)

enum slab_era {
	SLAB_ERA_2_6_32, /* struct slab, bufctls, kmem_list3, array[] first */
	SLAB_ERA_3_14, /* struct page, indices of four bytes before the objects */
	SLAB_ERA_4_14, /* per-CPU arrays, indices in objects, alien_cache */
	SLAB_ERA_6_1, /* struct slab over struct page */
	SLAB_ERAS
};

/** slab_era() - The table's row. */
const struct era *slab_era(enum slab_era era);

/* SLAB, as a machine needs it. */
extern const struct model_allocator slab_model;

#endif
