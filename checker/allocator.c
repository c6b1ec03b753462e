/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/allocator.h"

const char *structure_kind_name(enum structure_kind kind)
{
	static const char *const names[STRUCTURE_KINDS] = {
		[STRUCTURE_NONE] = "none",
		[STRUCTURE_CACHE] = "kmem_cache",
		[STRUCTURE_CPU] = "kmem_cache_cpu",
		[STRUCTURE_CPU_SHEAVES] = "slub_percpu_sheaves",
		[STRUCTURE_NODE] = "kmem_cache_node",
		[STRUCTURE_BARN] = "node_barn",
		[STRUCTURE_SHEAF] = "slab_sheaf",
		[STRUCTURE_ARRAY] = "array_cache",
		[STRUCTURE_PAGE] = "page",
		[STRUCTURE_PER_CPU] = "per-cpu",
		[STRUCTURE_STACK] = "stack",
		[STRUCTURE_IMAGE] = "image",
		[STRUCTURE_VMALLOC] = "vmalloc",
	};

	return names[kind];
}

bool result_count(struct cache_result *result, const struct severities *severities,
		  struct finding *finding)
{
	if (!severities_apply(severities, finding)) {
		result->silenced++;
		return false;
	}
	result->changed += (finding->has & FINDING_HAS_DEFAULT) != 0;
	switch (finding->severity) {
	case SEVERITY_CORRUPT:
		result->corrupt++;
		break;
	case SEVERITY_TRANSIENT:
		result->transient++;
		break;
	case SEVERITY_NOTE:
		result->notes++;
		break;
	}
	return true;
}

const char *allocator_next(const struct allocator *a, enum finding_id id, enum finding_cause cause)
{
	/* What is said about a cause is how to boot the next time. */
	return cause == CAUSE_UNKNOWN || !a->has_boot_options ? finding_info(id)->next
							      : cause_next(cause);
}

bool allocator_has_cache(const struct allocator *a, uint64_t addr)
{
	for (size_t i = 0; i < a->nr_caches; i++)
		if (a->caches[i] == addr)
			return true;
	return false;
}
