/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_ERA_H
#define SLUBCHECK_MODEL_SLUB_ERA_H
/*
 * What distinguishes the SLUB of one kernel from that of another.
 *
 * An era is a set of features, one row of a table; no code asks which era it runs in. A kernel
 * that nobody listed is described the same way, by the features that its types show.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * X(NAME, "since or until when, and what"). The first group decides how structures are laid out,
 * the second what the allocator does.
 */
#define MODEL_FEATURES(X)                                                                        \
	X(STRUCT_SLAB, "5.17: struct slab instead of struct page")                               \
	X(SLAB_CACHE_FIRST, "6.2: slab_cache before the list in struct slab")                    \
	X(PAGE_REWORK, "4.18: counters no longer share a word with the reference count")         \
	X(COMPOUND_HEAD, "4.4: tail pages point to their head with bit 0 set")                   \
	X(COMPOUND_INFO, "7.1: compound_head is named compound_info")                            \
	X(ORDER_IN_LRU, "until 3.19: page[1].lru.prev holds the order")                          \
	X(ORDER_IN_FOLIO, "6.1: folio._folio_order")                                             \
	X(ORDER_IN_FLAGS_1, "6.6: the low byte of folio._flags_1")                               \
	X(PAGE_TYPE, "6.12: page_type says that a page is a slab's")                             \
	X(FLAG_ENUM, "6.9: the bits of the flags of a cache are an enumeration")                 \
	X(INT_SIZES, "4.17: oo is an unsigned int, flags are 32 bits (since 4.15)")              \
	X(MAX_OO, "until 5.18: kmem_cache.max")                                                  \
	X(RESERVED, "until 4.17: bytes at the end of a slab stay free")                          \
	X(RED_LEFT_PAD, "4.6: a red zone before the object, too")                                \
	X(RECIPROCAL, "5.9: kmem_cache.reciprocal_size")                                         \
	X(RANDOM_SEQ, "4.8: new freelists are in random order")                                  \
	X(HARDENED, "4.14: freepointers are encoded")                                            \
	X(SWAB, "5.7: with the bytes of their address reversed")                                 \
	X(SLOT_MIDDLE, "5.7: freepointers in the middle of objects")                             \
	X(FREEPTR_OFFSET, "6.12: a cache of type-safe objects may say where")                    \
	X(CPU_SLAB, "until 6.19: CPUs own slabs, kmem_cache_cpu")                                \
	X(CPU_PARTIAL, "3.2 to 6.19: CPUs own lists of partial slabs")                           \
	X(PARTIAL_SLABS, "5.16: which are bounded by slabs, not by objects")                     \
	X(FREELIST_TID, "6.5: freelist and tid are a union with a 16-byte word")                 \
	X(SHEAVES, "6.18: sheaves for caches that ask, barns")                                   \
	X(SHEAVES_ALL, "7.0: sheaves for all")                                                   \
	X(PER_NODE, "7.1: per_node[] of pairs instead of node[]")                                \
	X(TRACK_HANDLE, "5.19: the stack of a track lies in the stack depot")                    \
	X(ORIG_SIZE, "6.1: debug caches of kmalloc() know the size that was asked for")          \
	X(ORIG_SIZE_LONG, "7.0, backported: as an unsigned long")                                \
	X(MEMCG_CLONES, "3.8 to 5.8: a clone of the cache for each memory cgroup")               \
	X(MEMCG_EMBEDDED, "4.0 to 5.8: memcg_params is no pointer")                              \
	X(MEMCG_VECTOR, "5.9: a vector of owners for each slab")                                 \
	X(OBJ_EXTS, "6.10: which is slab->obj_exts")                                             \
	X(KMALLOC_2D, "4.20: kmalloc_caches[type][index]")                                       \
	X(KMALLOC_CGROUP, "5.14: kmalloc-cg-*")                                                  \
	X(KMALLOC_RANDOM, "6.6: 16 copies of each, chosen by the caller")                        \
	X(KMALLOC_ALIGNED, "5.4: powers of two are aligned to their size")                       \
                                                                                                 \
	X(FREE_ABOVE_MIN, "until 3.15: empty slabs are freed above min_partial, not at it")      \
	X(UNFROZEN_PARTIAL,                                                                      \
	  "6.8: partial slabs of CPUs are not frozen, PG_workingset marks a node's")             \
	X(DRAIN_ONE_BY_ONE, "until 5.10: deactivate_slab() moves objects singly")                \
	X(CLEARS_FIRST, "5.15: c->page is cleared before the slab is given back")                \
	X(TID_ON_DEACTIVATE, "5.19, backported: giving a slab back counts")                      \
	X(DEBUG_UNDER_LOCK, "6.1: debug caches never have slabs on CPUs")                        \
	X(NEW_UNFROZEN, "6.1: a new slab is frozen when it becomes a CPU's")                     \
	X(SHRINK_PROMOTES, "4.0: shrinking sorts only slabs with few free objects")              \
	X(DESTROY_RELISTS, "3.10 to 3.18: a cache that cannot be destroyed returns to the list") \
	X(DESTROY_UNLINKS, "6.12: it has left the list for good")                                \
	X(FROZEN_IS_BAD, "6.12, backported: a slab that failed a check is frozen for ever")      \
	X(BAD_GFP_WARNS, "4.8: GFP flags that SLUB does not know are masked with a warning")     \
	X(DIRECT_RECLAIM, "4.4: __GFP_DIRECT_RECLAIM instead of __GFP_WAIT")                     \
	X(GFP_ENUM, "6.9: GFP bits are an enumeration")                                          \
	X(ZERO_0X100, "5.1: __GFP_ZERO is 0x100")                                                \
	X(CYCLE_CHECK, "6.17: debug checks see circles")                                         \
	X(LAZY_LIST, "7.2: the freelist of a new slab is made for what is left of it")           \
	X(LIST_POISON_OLD, "until 4.2: LIST_POISON is 0x100100")                                 \
	X(TICKET_LOCKS, "until 4.1: a spinlock at rest may be any pair of equal tickets")

enum model_feature {
#define X(name, text) MODEL_##name,
	MODEL_FEATURES(X)
#undef X
		MODEL_FEATURE_COUNT
};

typedef uint64_t model_features; /* bit n: enum model_feature n */

_Static_assert(MODEL_FEATURE_COUNT <= 64, "features are bits of one word");

#define MODEL_HAS(name) (UINT64_C(1) << MODEL_##name)

/* Values of GFP flags, since they moved. 0: the era has none. */
struct model_gfp {
	uint32_t dma, highmem, dma32, reclaimable, high, io, fs, zero, atomic;
	uint32_t direct_reclaim; /* __GFP_WAIT before 4.4 */
	uint32_t kswapd_reclaim;
	uint32_t nowarn, retry_mayfail, nofail, noretry, memalloc, comp, nomemalloc, hardwall;
	uint32_t thisnode, account, nolockdep;
	uint32_t bits; /* __GFP_BITS_MASK */
};

/* Bits of kmem_cache.flags. 0: the era has none. */
struct model_flags {
	uint64_t consistency_checks, red_zone, poison, kmalloc, hwcache_align, cache_dma;
	uint64_t store_user, reclaim_account, panic, typesafe_by_rcu, mem_spread, trace;
	uint64_t noleaktrace, failslab, account, kasan, no_user_flags, skip_kfence;
	uint64_t object_poison, cmpxchg_double, no_merge, no_obj_ext, no_sheaves;
	uint64_t obj_ext_in_obj;
};

/**
 * struct era - One kernel's SLUB.
 * @name:     version that it is the SLUB of, as "6.1"
 * @features: what it has
 * @direct_map: virtual address of frame 0 without KASLR
 * @gfp, @flags: values of its flags
 */
struct era {
	const char *name;
	model_features features;
	uint64_t direct_map;
	const struct model_gfp *gfp;
	const struct model_flags *flags;
};

enum model_era {
	MODEL_ERA_3_13, /* plain freepointers in struct page */
	MODEL_ERA_4_19, /* hardened, without swab */
	MODEL_ERA_5_10, /* hardened with swab, in the middle of objects */
	MODEL_ERA_6_1, /* struct slab */
	MODEL_ERA_6_12, /* partial slabs of CPUs not frozen */
	MODEL_ERA_7_2, /* sheaves and barns, no kmem_cache_cpu */
	MODEL_ERAS
};

/** model_era() - The table's row. */
const struct era *model_era(enum model_era era);

/** model_feature_name() - "STRUCT_SLAB", ... */
const char *model_feature_name(enum model_feature feature);

/** model_feature_text() - Since or until when, and what. */
const char *model_feature_text(enum model_feature feature);

#endif
