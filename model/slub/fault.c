/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/fault.h"

#include <stdlib.h>
#include <string.h>

#include "model/slub/fault_plant.h"

static bool (*const planters[MODEL_FAULT_COUNT])(struct planting *p) = {
	[MODEL_FAULT_WILD_UNREADABLE] = fault_link,
	[MODEL_FAULT_WILD_READABLE] = fault_link,
	[MODEL_FAULT_BYTE_ZEROED] = fault_link,
	[MODEL_FAULT_BIT_FLIP] = fault_link,
	[MODEL_FAULT_BIT_FLIP_LOW] = fault_link,
	[MODEL_FAULT_ASCII] = fault_link,
	[MODEL_FAULT_USER_POINTER] = fault_link,
	[MODEL_FAULT_OTHER_SLAB] = fault_link,
	[MODEL_FAULT_OTHER_CACHE] = fault_link,
	[MODEL_FAULT_MISALIGNED] = fault_link,
	[MODEL_FAULT_SELF_LOOP] = fault_link,
	[MODEL_FAULT_CUT_SHORT] = fault_link,
	[MODEL_FAULT_UAF_WRITE] = fault_link,
	[MODEL_FAULT_ALLOCATED_LINKED] = fault_allocated_linked,
	[MODEL_FAULT_HEAD_WILD] = fault_head,
	[MODEL_FAULT_HEAD_MISALIGNED] = fault_head,
	[MODEL_FAULT_OVERFLOW_8] = fault_overflow,
	[MODEL_FAULT_OVERFLOW_64] = fault_overflow,
	[MODEL_FAULT_DOUBLE_FREE] = fault_double_free,
	[MODEL_FAULT_TWO_LISTS] = fault_two_lists,
	[MODEL_FAULT_WRONG_CACHE_FREE] = fault_wrong_cache,
	[MODEL_FAULT_WRONG_CACHE_FREE_NATURAL] = fault_wrong_cache_natural,
	[MODEL_FAULT_INUSE] = fault_counters,
	[MODEL_FAULT_INUSE_HIGH] = fault_counters,
	[MODEL_FAULT_OBJECTS] = fault_counters,
	[MODEL_FAULT_FROZEN] = fault_frozen,
	[MODEL_FAULT_PARTIAL_FLAG] = fault_partial_flag,
	[MODEL_FAULT_SLAB_CACHE] = fault_slab_cache,
	[MODEL_FAULT_SLAB_CACHE_GARBAGE] = fault_slab_cache,
	[MODEL_FAULT_NR_PARTIAL] = fault_node_counter,
	[MODEL_FAULT_NODE_SLABS] = fault_node_counter,
	[MODEL_FAULT_NODE_OBJECTS] = fault_node_counter,
	[MODEL_FAULT_LOST_SLAB] = fault_lost_slab,
	[MODEL_FAULT_SLAB_NODE] = fault_slab_node,
	[MODEL_FAULT_SLAB_FREED] = fault_slab_freed,
	[MODEL_FAULT_OWNER_LEFT] = fault_owner_left,
	[MODEL_FAULT_FULL_ON_PARTIAL] = fault_onto_partial,
	[MODEL_FAULT_TWO_PLACES] = fault_onto_partial,
	[MODEL_FAULT_LIST_NEXT] = fault_slab_list,
	[MODEL_FAULT_LIST_PREV] = fault_slab_list,
	[MODEL_FAULT_CPU_PARTIAL_NEXT] = fault_cpu_partial,
	[MODEL_FAULT_CPU_PARTIAL_COUNT] = fault_cpu_partial,
	[MODEL_FAULT_TID] = fault_tid,
	[MODEL_FAULT_CPU_STRAY] = fault_cpu_slab,
	[MODEL_FAULT_CPU_SLAB_PAGE] = fault_cpu_slab,
	[MODEL_FAULT_OFFLINE_LEFTOVER] = fault_offline,
	[MODEL_FAULT_CACHE_RANDOM] = fault_random_key,
	[MODEL_FAULT_CACHE_NAME] = fault_cache_member,
	[MODEL_FAULT_CACHE_ORPHAN] = fault_orphan,
	[MODEL_FAULT_CACHE_SIZE] = fault_cache_member,
	[MODEL_FAULT_CACHE_SIZE_HUGE] = fault_cache_member,
	[MODEL_FAULT_CACHE_NODE] = fault_cache_node,
	[MODEL_FAULT_CACHE_CPU_SLAB] = fault_cache_member,
	[MODEL_FAULT_CACHE_CPU_SHEAVES] = fault_cache_member,
	[MODEL_FAULT_CACHE_LIST] = fault_cache_member,
	[MODEL_FAULT_SHEAF_TWICE] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_TWO] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_FREE] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_IN_USE] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_FOREIGN] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_INSIDE] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_NULL] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_GARBAGE] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_BIT_FLIP] = fault_sheaf_entry,
	[MODEL_FAULT_SHEAF_DOUBLE_FREE] = fault_sheaf_double_free,
	[MODEL_FAULT_SHEAF_SIZE] = fault_sheaf_size,
	[MODEL_FAULT_SHEAF_SIZE_WITHIN] = fault_sheaf_size,
	[MODEL_FAULT_BARN_FULL_IS_EMPTY] = fault_sheaf_size,
	[MODEL_FAULT_BARN_EMPTY_IS_FULL] = fault_sheaf_size,
	[MODEL_FAULT_SHEAF_CACHE] = fault_sheaf_cache,
	[MODEL_FAULT_SHEAF_CACHE_GARBAGE] = fault_sheaf_cache,
	[MODEL_FAULT_SHEAF_POINTER] = fault_sheaf_pointer,
	[MODEL_FAULT_SHEAF_SHARED] = fault_sheaf_pointer,
	[MODEL_FAULT_BARN_POINTER] = fault_barn_pointer,
	[MODEL_FAULT_BARN_NR_FULL] = fault_barn_count,
	[MODEL_FAULT_BARN_NR_EMPTY] = fault_barn_count,
	[MODEL_FAULT_BARN_NEXT] = fault_barn_link,
	[MODEL_FAULT_BARN_PREV] = fault_barn_link,
	[MODEL_FAULT_REDZONE_RIGHT] = fault_contents,
	[MODEL_FAULT_REDZONE_RIGHT_FAR] = fault_contents,
	[MODEL_FAULT_REDZONE_LEFT] = fault_contents,
	[MODEL_FAULT_REDZONE_KMALLOC] = fault_contents,
	[MODEL_FAULT_POISON] = fault_contents,
	[MODEL_FAULT_PADDING_OBJECT] = fault_contents,
	[MODEL_FAULT_PADDING_SLAB] = fault_contents,
	[MODEL_FAULT_TRACK] = fault_track,
	[MODEL_FAULT_INIT_ON_FREE] = fault_contents,
	[MODEL_FAULT_SHORT_STORE] = fault_link,
	[MODEL_FAULT_BIT_OBJECT] = fault_bit_object,
	[MODEL_FAULT_BIT_HEAD] = fault_bit_head,
	[MODEL_FAULT_OVERFLOW_SLOT] = fault_overflow_slot,
	[MODEL_FAULT_PAGE_OVERWRITE] = fault_page,
	[MODEL_FAULT_INNER_FREE] = fault_inner_free,
	[MODEL_FAULT_FREE_IN_A_ROW] = fault_free_in_a_row,
	[MODEL_FAULT_FREE_REFUSED] = fault_free_refused,
	[MODEL_FAULT_FREE_ON_CPU] = fault_free_on_cpu,
	[MODEL_FAULT_HANDED_OUT_TWICE] = fault_handed_out_twice,
	[MODEL_FAULT_FLUSHED_TWICE] = fault_flushed_twice,
	[MODEL_FAULT_COUNTER] = fault_writer,
	[MODEL_FAULT_REFCOUNT_SATURATED] = fault_writer,
	[MODEL_FAULT_FLAG] = fault_writer,
	[MODEL_FAULT_UNLOCK] = fault_writer,
	[MODEL_FAULT_LIST_DEL_BESIDE] = fault_writer,
	[MODEL_FAULT_LIST_POISON] = fault_writer,
	[MODEL_FAULT_LIST_SELF] = fault_writer,
	[MODEL_FAULT_RCU_HEAD] = fault_writer,
	[MODEL_FAULT_JIFFIES] = fault_writer,
	[MODEL_FAULT_ERR_PTR] = fault_writer,
	[MODEL_FAULT_TEXT] = fault_writer,
	[MODEL_FAULT_MEMSET_OBJECT] = fault_writer,
};

const char *model_fault_name(enum model_fault fault)
{
	static const char *const names[] = {
#define X(name, id, needs, text) id,
		MODEL_FAULTS(X)
#undef X
	};

	return names[fault];
}

const char *model_fault_description(enum model_fault fault)
{
	static const char *const texts[] = {
#define X(name, id, needs, text) text,
		MODEL_FAULTS(X)
#undef X
	};

	return texts[fault];
}

bool model_fault_find(const char *id, enum model_fault *fault)
{
	for (unsigned int i = 0; i < MODEL_FAULT_COUNT; i++) {
		if (strcmp(model_fault_name((enum model_fault)i), id))
			continue;
		*fault = (enum model_fault)i;
		return true;
	}
	return false;
}

bool model_fault_applies(model_features features, enum model_fault fault)
{
	static const model_features needs[] = {
#define X(name, id, needs_, text) (needs_),
		MODEL_FAULTS(X)
#undef X
	};
	/* Hardened kernels look since 5.3 (598a0717a816). */
	const model_features looks = MODEL_HAS(HARDENED) | MODEL_HAS(ZERO_0X100);

	if (fault == MODEL_FAULT_WRONG_CACHE_FREE_NATURAL)
		return (features & looks) == looks;
	return (features & needs[fault]) == needs[fault];
}

bool model_fault_plant(struct model *m, const struct census *census, enum model_fault fault,
		       const struct fault_aim *aim, uint64_t seed, struct model_truth *truth)
{
	struct planting p = { .m = m, .census = census, .fault = fault, .truth = truth };
	bool planted;

	if (aim)
		p.aim = *aim;
	/* Each fault chooses for itself, also where a caller counts seeds up. */
	p.seed = seed * UINT64_C(0xd1342543de82ef95) + fault;
	*truth = (struct model_truth){ .fault = model_fault_name(fault),
				       .place = "cache",
				       .object_index = -1,
				       .cpu = -1,
				       .node = -1 };
	planted = model_fault_applies(m->features, fault) && planters[fault](&p);
	if (planted)
		fault_causes(&p);
	free(p.internal);
	return planted;
}
