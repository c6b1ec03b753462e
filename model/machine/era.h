/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_ERA_H
#define SLUBCHECK_MODEL_MACHINE_ERA_H
/*
 * What distinguishes the allocator of one kernel from that of another.
 *
 * An era is a set of features, one row of a table; no code asks which era it runs in. A kernel
 * that nobody listed is described the same way, by the features that its types show.
 */

#include <stdbool.h>
#include <stdint.h>

#include "decoders/features.h"

typedef feature_set model_features;

#define MODEL_HAS(name) FEATURE(name)

#define MODEL_MAX_NODES 64 /* MAX_NUMNODES: CONFIG_NODES_SHIFT 6 */

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

struct model;
struct model_shape;
struct type_table;

/**
 * struct model_allocator - What a machine needs of its allocator.
 * @types:   its structures, and those of the kernel that it lives in
 * @missing: what no such allocator does without and a kernel lacks, as "struct kmem_cache"; NULL: nothing
 * @boot:    kmem_cache_init(), and the variables of the kernel that tell of it
 */
struct model_allocator {
	const struct type_table *(*types)(void);
	const char *(*missing)(const struct model_shape *shape);
	void (*boot)(struct model *m);
};

/**
 * struct era - One kernel's allocator.
 * @name:     version that it is the allocator of, as "6.1"
 * @allocator: which one that is
 * @features: what it has
 * @own:      features that only its allocator tells apart; 0: it has no others
 * @direct_map: virtual address of frame 0 without KASLR
 * @gfp, @flags: values of its flags
 */
struct era {
	const char *name;
	const struct model_allocator *allocator;
	model_features features, own;
	uint64_t direct_map;
	const struct model_gfp *gfp;
	const struct model_flags *flags;
};

#endif
