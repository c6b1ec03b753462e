/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/era.h"

/*
 * Values that moved. Read in gfp.h and slab.h of 2.6.32.2, 3.14.65, 4.14.177 and 6.1.192, for a kernel
 * without LOCKDEP, KASAN, DEBUG_OBJECTS and FAILSLAB.
 */

/* 2.6.32: __GFP_WAIT, __GFP_REPEAT; __GFP_NOFAIL and the rest as in 3.14. */
#define GFP_UNTIL_4_3                                                                     \
	.dma = 0x1, .highmem = 0x2, .dma32 = 0x4, .direct_reclaim = 0x10, .high = 0x20,   \
	.io = 0x40, .fs = 0x80, .nowarn = 0x200, .retry_mayfail = 0x400, .nofail = 0x800, \
	.noretry = 0x1000, .comp = 0x4000, .zero = 0x8000, .nomemalloc = 0x10000,         \
	.hardwall = 0x20000, .thisnode = 0x40000, .reclaimable = 0x80000

static const struct model_gfp gfp_2_6_32 = { GFP_UNTIL_4_3, .bits = (1u << 22) - 1 };

static const struct model_gfp gfp_3_14 = { GFP_UNTIL_4_3, .memalloc = 0x2000,
					   .bits = (1u << 25) - 1 };

static const struct model_gfp gfp_4_14 = {
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
	.direct_reclaim = 0x400000,
	.kswapd_reclaim = 0x1000000,
	.bits = (1u << 25) - 1,
};

static const struct model_gfp gfp_6_1 = {
	.dma = 0x1,
	.highmem = 0x2,
	.dma32 = 0x4,
	.reclaimable = 0x10,
	.high = 0x20,
	.io = 0x40,
	.fs = 0x80,
	.zero = 0x100,
	.atomic = 0x200,
	.direct_reclaim = 0x400,
	.kswapd_reclaim = 0x800,
	.nowarn = 0x2000,
	.retry_mayfail = 0x4000,
	.nofail = 0x8000,
	.noretry = 0x10000,
	.memalloc = 0x20000,
	.comp = 0x40000,
	.nomemalloc = 0x80000,
	.hardwall = 0x100000,
	.thisnode = 0x200000,
	.account = 0x400000,
	.bits = (1u << 27) - 1,
};

#define FLAGS_OF_ALL                                                                      \
	.red_zone = 0x400, .poison = 0x800, .hwcache_align = 0x2000, .cache_dma = 0x4000, \
	.store_user = 0x10000, .reclaim_account = 0x20000, .panic = 0x40000,              \
	.typesafe_by_rcu = 0x80000, .mem_spread = 0x100000, .trace = 0x200000,            \
	.noleaktrace = 0x800000

static const struct model_flags flags_old = { FLAGS_OF_ALL };
static const struct model_flags flags_4_14 = { FLAGS_OF_ALL, .account = 0x4000000 };
static const struct model_flags flags_6_1 = { FLAGS_OF_ALL, .account = 0x4000000,
					      .kmalloc = 0x1000 };

#define SINCE_4_14                                                                              \
	(SLAB_HAS(SLAB) | SLAB_HAS(RECIPROCAL_PAIR) | SLAB_HAS(MERGES) | SLAB_HAS(BYTE_INDEX) | \
	 SLAB_HAS(ARRAY_AT_END) | SLAB_HAS(SLAB_COUNTS) | SLAB_HAS(RCU_LATER) |                 \
	 SLAB_HAS(RANDOM_SEQ))

static const struct era eras[SLAB_ERAS] = {
	[SLAB_ERA_2_6_32] = {
		.name = "slab-2.6.32",
		.allocator = &slab_model,
		.features = MODEL_HAS(ORDER_IN_LRU) | MODEL_HAS(LIST_POISON_OLD) |
			    MODEL_HAS(TICKET_LOCKS),
		.own = SLAB_HAS(SLAB) | SLAB_HAS(BUFCTL) | SLAB_HAS(CACHE_CHAIN) |
		       SLAB_HAS(LIST3) | SLAB_HAS(NODES_LAST) | SLAB_HAS(RECEIVER_TOUCHED) |
		       SLAB_HAS(ARRAYS) | SLAB_HAS(ONE_ITERATION) | SLAB_HAS(DESTROY_RELISTS),
		.direct_map = UINT64_C(0xffff880000000000),
		.gfp = &gfp_2_6_32,
		.flags = &flags_old,
	},
	[SLAB_ERA_3_14] = {
		.name = "slab-3.14",
		.allocator = &slab_model,
		.features = MODEL_HAS(ORDER_IN_LRU) | MODEL_HAS(LIST_POISON_OLD) |
			    MODEL_HAS(TICKET_LOCKS),
		.own = SLAB_HAS(SLAB) | SLAB_HAS(ARRAYS) | SLAB_HAS(NODE_POINTER) |
		       SLAB_HAS(ONE_ITERATION) | SLAB_HAS(DESTROY_RELISTS) |
		       SLAB_HAS(RECIPROCAL_PAIR),
		.direct_map = UINT64_C(0xffff880000000000),
		.gfp = &gfp_3_14,
		.flags = &flags_old,
	},
	[SLAB_ERA_4_14] = {
		.name = "slab-4.14",
		.allocator = &slab_model,
		.features = MODEL_HAS(COMPOUND_HEAD) | MODEL_HAS(BAD_GFP_WARNS) |
			    MODEL_HAS(DIRECT_RECLAIM),
		.own = SINCE_4_14,
		.direct_map = UINT64_C(0xffff880000000000),
		.gfp = &gfp_4_14,
		.flags = &flags_4_14,
	},
	[SLAB_ERA_6_1] = {
		.name = "slab-6.1",
		.allocator = &slab_model,
		.features = MODEL_HAS(STRUCT_SLAB) | MODEL_HAS(PAGE_REWORK) |
			    MODEL_HAS(COMPOUND_HEAD) | MODEL_HAS(ORDER_IN_FOLIO) |
			    MODEL_HAS(RECIPROCAL) | MODEL_HAS(ZERO_0X100) |
			    MODEL_HAS(BAD_GFP_WARNS) | MODEL_HAS(DIRECT_RECLAIM),
		.own = SINCE_4_14 | SLAB_HAS(USERCOPY) | SLAB_HAS(AVAIL_FIRST_DROPPED) |
		       SLAB_HAS(KMALLOC_ALIGNED) | SLAB_HAS(NO_FREELIST_CACHE) |
		       SLAB_HAS(SMALL_KMALLOC) | SLAB_HAS(HARDENED),
		.direct_map = UINT64_C(0xffff888000000000),
		.gfp = &gfp_6_1,
		.flags = &flags_6_1,
	},
};

const struct era *slab_era(enum slab_era era)
{
	return &eras[era];
}
