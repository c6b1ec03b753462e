/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/era.h"

#include <stddef.h>

/*
 * Values that moved. Read in gfp.h, gfp_types.h and slab.h of the versions that are named, for a
 * kernel without LOCKDEP, KASAN, DEBUG_OBJECTS and FAILSLAB, and with MEMCG, KFENCE and
 * SLAB_OBJ_EXT where there are any, as distributions build it.
 */

/* 3.13: __GFP_REPEAT is what RETRY_MAYFAIL became in 4.13; kswapd is woken unless
 * __GFP_NO_KSWAPD; all kmem caches of a memory cgroup are accounted. */
static const struct model_gfp gfp_3_13 = {
	.dma = 0x1,
	.highmem = 0x2,
	.dma32 = 0x4,
	.direct_reclaim = 0x10,
	.high = 0x20,
	.io = 0x40,
	.fs = 0x80,
	.nowarn = 0x200,
	.retry_mayfail = 0x400,
	.nofail = 0x800,
	.noretry = 0x1000,
	.memalloc = 0x2000,
	.comp = 0x4000,
	.zero = 0x8000,
	.nomemalloc = 0x10000,
	.hardwall = 0x20000,
	.thisnode = 0x40000,
	.reclaimable = 0x80000,
	.bits = (1u << 25) - 1,
};

static const struct model_gfp gfp_4_19 = {
	.dma = 0x1,
	.highmem = 0x2,
	.dma32 = 0x4,
	.reclaimable = 0x10,
	.high = 0x20,
	.io = 0x40,
	.fs = 0x80,
	.nowarn = 0x200,
	.retry_mayfail = 0x400,
	.nofail = 0x800,
	.noretry = 0x1000,
	.memalloc = 0x2000,
	.comp = 0x4000,
	.zero = 0x8000,
	.nomemalloc = 0x10000,
	.hardwall = 0x20000,
	.thisnode = 0x40000,
	.atomic = 0x80000,
	.account = 0x100000,
	.direct_reclaim = 0x200000,
	.kswapd_reclaim = 0x400000,
	.bits = (1u << 23) - 1,
};

/* The order of 5.1 (d71e53cee71f), which the enumeration of 6.9 kept. */
#define GFP_SINCE_5_1                                                                            \
	.dma = 0x1, .highmem = 0x2, .dma32 = 0x4, .reclaimable = 0x10, .high = 0x20, .io = 0x40, \
	.fs = 0x80, .zero = 0x100, .direct_reclaim = 0x400, .kswapd_reclaim = 0x800,             \
	.nowarn = 0x2000, .retry_mayfail = 0x4000, .nofail = 0x8000, .noretry = 0x10000,         \
	.memalloc = 0x20000, .comp = 0x40000, .nomemalloc = 0x80000, .hardwall = 0x100000,       \
	.thisnode = 0x200000, .account = 0x400000

static const struct model_gfp gfp_5_10 = {
	GFP_SINCE_5_1,
	.atomic = 0x200,
	.bits = (1u << 23) - 1,
};

/* Room for the bits of KASAN_HW_TAGS, whether there is any or not. */
static const struct model_gfp gfp_6_1 = {
	GFP_SINCE_5_1,
	.atomic = 0x200,
	.bits = (1u << 27) - 1,
};

/* __GFP_ATOMIC went in 6.3 (2973d8229b78). The last of 25 bits is __GFP_NO_OBJ_EXT. */
static const struct model_gfp gfp_6_12 = {
	GFP_SINCE_5_1,
	.bits = (1u << 25) - 1,
};

#define FLAGS_UNTIL_6_8                                                                           \
	.consistency_checks = 0x100, .red_zone = 0x400, .poison = 0x800, .hwcache_align = 0x2000, \
	.cache_dma = 0x4000, .store_user = 0x10000, .reclaim_account = 0x20000, .panic = 0x40000, \
	.typesafe_by_rcu = 0x80000, .mem_spread = 0x100000, .trace = 0x200000,                    \
	.noleaktrace = 0x800000, .object_poison = 0x80000000, .cmpxchg_double = 0x40000000

static const struct model_flags flags_3_13 = { FLAGS_UNTIL_6_8 };

static const struct model_flags flags_4_19 = { FLAGS_UNTIL_6_8, .account = 0x4000000 };

static const struct model_flags flags_6_1 = {
	FLAGS_UNTIL_6_8,	   .account = 0x4000000,
	.kmalloc = 0x1000,	   .no_user_flags = 0x10000000,
	.skip_kfence = 0x20000000,
};

/* Positions in enum _slab_flag_bits; SLAB_MEM_SPREAD went in the same release, 6.9. */
#define FLAGS_ENUM                                                                                 \
	.consistency_checks = 1u << 0, .red_zone = 1u << 1, .poison = 1u << 2, .kmalloc = 1u << 3, \
	.hwcache_align = 1u << 4, .cache_dma = 1u << 5, .store_user = 1u << 7, .panic = 1u << 8,   \
	.typesafe_by_rcu = 1u << 9, .trace = 1u << 10, .noleaktrace = 1u << 11,                    \
	.no_merge = 1u << 12, .account = 1u << 13, .no_user_flags = 1u << 14,                      \
	.skip_kfence = 1u << 15, .reclaim_account = 1u << 16, .object_poison = 1u << 17,           \
	.cmpxchg_double = 1u << 18, .no_obj_ext = 1u << 19

static const struct model_flags flags_6_12 = { FLAGS_ENUM };

static const struct model_flags flags_7_2 = { FLAGS_ENUM, .obj_ext_in_obj = 1u << 20, /* 7.0 */
					      .no_sheaves = 1u << 21 };

/* What never went away again since it came, added up by era. */
#define SINCE_4_19                                                                  \
	(MODEL_HAS(PAGE_REWORK) | MODEL_HAS(COMPOUND_HEAD) | MODEL_HAS(INT_SIZES) | \
	 MODEL_HAS(RED_LEFT_PAD) | MODEL_HAS(RANDOM_SEQ) | MODEL_HAS(HARDENED) |    \
	 MODEL_HAS(SHRINK_PROMOTES) | MODEL_HAS(BAD_GFP_WARNS) | MODEL_HAS(DIRECT_RECLAIM))

#define SINCE_5_10                                                                       \
	(SINCE_4_19 | MODEL_HAS(RECIPROCAL) | MODEL_HAS(SWAB) | MODEL_HAS(SLOT_MIDDLE) | \
	 MODEL_HAS(MEMCG_VECTOR) | MODEL_HAS(KMALLOC_2D) | MODEL_HAS(KMALLOC_ALIGNED) |  \
	 MODEL_HAS(ZERO_0X100))

#define SINCE_6_1                                                                               \
	(SINCE_5_10 | MODEL_HAS(STRUCT_SLAB) | MODEL_HAS(TRACK_HANDLE) | MODEL_HAS(ORIG_SIZE) | \
	 MODEL_HAS(KMALLOC_CGROUP) | MODEL_HAS(DEBUG_UNDER_LOCK) | MODEL_HAS(NEW_UNFROZEN) |    \
	 MODEL_HAS(FROZEN_IS_BAD))

#define SINCE_6_12                                                                     \
	(SINCE_6_1 | MODEL_HAS(SLAB_CACHE_FIRST) | MODEL_HAS(ORDER_IN_FLAGS_1) |       \
	 MODEL_HAS(PAGE_TYPE) | MODEL_HAS(FLAG_ENUM) | MODEL_HAS(GFP_ENUM) |           \
	 MODEL_HAS(FREEPTR_OFFSET) | MODEL_HAS(ORIG_SIZE_LONG) | MODEL_HAS(OBJ_EXTS) | \
	 MODEL_HAS(KMALLOC_RANDOM) | MODEL_HAS(UNFROZEN_PARTIAL) | MODEL_HAS(DESTROY_UNLINKS))

/* Slabs of CPUs, in all eras that have them. */
#define CPU_SLABS (MODEL_HAS(CPU_SLAB) | MODEL_HAS(CPU_PARTIAL))

/*
 * The versions that were read: 3.13.10, 4.19.44, 5.10.262, 6.1.192, 6.12.117, 7.2.13. Stable
 * releases backport, so 5.10 has TID_ON_DEACTIVATE, 6.1 FROZEN_IS_BAD and 6.12 ORIG_SIZE_LONG.
 */
static const struct era eras[MODEL_ERAS] = {
	[MODEL_ERA_3_13] = {
		.name = "3.13",
		.allocator = &slub_model,
		.features = CPU_SLABS | MODEL_HAS(ORDER_IN_LRU) | MODEL_HAS(MAX_OO) |
			    MODEL_HAS(RESERVED) | MODEL_HAS(MEMCG_CLONES) |
			    MODEL_HAS(FREE_ABOVE_MIN) | MODEL_HAS(DRAIN_ONE_BY_ONE) |
			    MODEL_HAS(DESTROY_RELISTS) | MODEL_HAS(LIST_POISON_OLD) | MODEL_HAS(TICKET_LOCKS),
		.direct_map = UINT64_C(0xffff880000000000),
		.gfp = &gfp_3_13,
		.flags = &flags_3_13,
	},
	[MODEL_ERA_4_19] = {
		.name = "4.19",
		.allocator = &slub_model,
		.features = SINCE_4_19 | CPU_SLABS | MODEL_HAS(MAX_OO) |
			    MODEL_HAS(MEMCG_CLONES) | MODEL_HAS(MEMCG_EMBEDDED) |
			    MODEL_HAS(DRAIN_ONE_BY_ONE),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_4_19,
		.flags = &flags_4_19,
	},
	[MODEL_ERA_5_10] = {
		.name = "5.10",
		.allocator = &slub_model,
		.features = SINCE_5_10 | CPU_SLABS | MODEL_HAS(MAX_OO) |
			    MODEL_HAS(DRAIN_ONE_BY_ONE) | MODEL_HAS(TID_ON_DEACTIVATE),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_5_10,
		.flags = &flags_4_19,
	},
	[MODEL_ERA_6_1] = {
		.name = "6.1",
		.allocator = &slub_model,
		.features = SINCE_6_1 | CPU_SLABS | MODEL_HAS(PARTIAL_SLABS) |
			    MODEL_HAS(ORDER_IN_FOLIO) |
			    MODEL_HAS(CLEARS_FIRST) | MODEL_HAS(TID_ON_DEACTIVATE),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_6_1,
		.flags = &flags_6_1,
	},
	[MODEL_ERA_6_12] = {
		.name = "6.12",
		.allocator = &slub_model,
		.features = SINCE_6_12 | CPU_SLABS | MODEL_HAS(PARTIAL_SLABS) |
			    MODEL_HAS(FREELIST_TID) |
			    MODEL_HAS(CLEARS_FIRST) | MODEL_HAS(TID_ON_DEACTIVATE),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_6_12,
		.flags = &flags_6_12,
	},
	[MODEL_ERA_7_2] = {
		.name = "7.2",
		.allocator = &slub_model,
		.features = SINCE_6_12 | MODEL_HAS(COMPOUND_INFO) | MODEL_HAS(SHEAVES) |
			    MODEL_HAS(SHEAVES_ALL) | MODEL_HAS(PER_NODE) |
			    MODEL_HAS(CYCLE_CHECK) | MODEL_HAS(LAZY_LIST),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_6_12,
		.flags = &flags_7_2,
	},
};

const struct era *model_era(enum model_era era)
{
	return &eras[era];
}
