/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/fault.h"

#include <string.h>

#include "model/slab/fault_parts.h"

static const struct {
	const char *id, *text;
} faults[SLAB_FAULT_COUNT] = {
#define X(name, id, text) [SLAB_FAULT_##name] = { id, text },
	SLAB_FAULTS(X)
#undef X
};

const char *slab_fault_name(enum slab_fault fault)
{
	return faults[fault].id;
}

const char *slab_fault_text(enum slab_fault fault)
{
	return faults[fault].text;
}

/* The value of a word: nobody can tell who wrote it. */
#define METADATA "metadata-write", "wild-write"
/* Who counts, or moves a slab from list to list, without the lock. */
#define COUNTED METADATA, "lost-update", "double-free"
/* What indices can be overwritten by depends on where they lie: see causes_index(). */
#define INDEXES "use-after-free", "overflow", METADATA

/* Of stray stores also what leaves the same memory. */
static const char *const causes[SLAB_FAULT_COUNT][SLAB_CAUSES_MAX] = {
	[SLAB_FAULT_ENTRY_TWICE] = { "double-free", METADATA },
	[SLAB_FAULT_ENTRY_TWO_ARRAYS] = { "double-free", METADATA },
	[SLAB_FAULT_ENTRY_FREE] = { "double-free", METADATA },
	[SLAB_FAULT_ENTRY_WILD] = { METADATA },
	[SLAB_FAULT_ENTRY_USER] = { METADATA },
	[SLAB_FAULT_ENTRY_NULL] = { METADATA },
	[SLAB_FAULT_ENTRY_FOREIGN] = { "wrong-cache-free", METADATA },
	[SLAB_FAULT_ENTRY_INSIDE] = { "inner-free", METADATA },
	[SLAB_FAULT_ENTRY_NODE] = { METADATA },
	[SLAB_FAULT_AVAIL_HIGH] = { METADATA },
	[SLAB_FAULT_ARRAY_LIMIT] = { METADATA },
	[SLAB_FAULT_ARRAY_BATCHCOUNT] = { METADATA },
	[SLAB_FAULT_ARRAY_TOUCHED] = { METADATA },
	[SLAB_FAULT_ARRAY_POINTER] = { METADATA },
	[SLAB_FAULT_DOUBLE_FREE] = { "double-free" },
	[SLAB_FAULT_WRONG_CACHE] = { "wrong-cache-free" },
	[SLAB_FAULT_USED_WRONG] = { COUNTED },
	[SLAB_FAULT_USED_HIGH] = { COUNTED },
	[SLAB_FAULT_S_MEM] = { METADATA },
	[SLAB_FAULT_S_MEM_WILD] = { METADATA },
	[SLAB_FAULT_COLOUROFF] = { METADATA },
	[SLAB_FAULT_FREELIST] = { METADATA },
	[SLAB_FAULT_INDEX_WILD] = { INDEXES },
	[SLAB_FAULT_INDEX_TWICE] = { "double-free", INDEXES },
	[SLAB_FAULT_CHAIN_CUT] = { "double-free", INDEXES },
	[SLAB_FAULT_FREE_WILD] = { METADATA, "overflow" },
	[SLAB_FAULT_HOST_WRONG] = { INDEXES },
	[SLAB_FAULT_HOST_TEXT] = { "use-after-free" },
	[SLAB_FAULT_LIST_NEXT] = { COUNTED },
	[SLAB_FAULT_LIST_PREV] = { COUNTED },
	[SLAB_FAULT_LIST_WRONG] = { COUNTED },
	[SLAB_FAULT_SLAB_CUT_OUT] = { COUNTED },
	[SLAB_FAULT_SLAB_CACHE] = { METADATA },
	[SLAB_FAULT_PAGE_MARK] = { METADATA },
	[SLAB_FAULT_PAGE_SLAB] = { METADATA },
	[SLAB_FAULT_NODEID] = { METADATA },
	[SLAB_FAULT_FREE_OBJECTS] = { COUNTED },
	[SLAB_FAULT_TOTAL_SLABS] = { COUNTED },
	[SLAB_FAULT_FREE_SLABS] = { COUNTED },
	[SLAB_FAULT_CACHE_SIZE] = { METADATA },
	[SLAB_FAULT_CACHE_NUM] = { METADATA },
	[SLAB_FAULT_RECIPROCAL] = { METADATA },
	[SLAB_FAULT_CACHE_NODE] = { METADATA },
	[SLAB_FAULT_CACHE_LIST] = { METADATA },
	/* A module that is gone is in the evidence: it is not one of the causes. */
	[SLAB_FAULT_CACHE_ORPHAN] = { "unknown" },
	[SLAB_FAULT_MGMT_FREED] = { "double-free", METADATA },
	[SLAB_FAULT_REDZONE_LEFT] = { "overflow", METADATA },
	[SLAB_FAULT_REDZONE_RIGHT] = { "overflow", METADATA },
	[SLAB_FAULT_POISON] = { "use-after-free" },
	[SLAB_FAULT_INIT_ON_FREE] = { "use-after-free" },
};

bool slab_fault_is_cause(enum slab_fault fault, const char *cause)
{
	for (int i = 0; i < SLAB_CAUSES_MAX && causes[fault][i]; i++)
		if (!strcmp(causes[fault][i], cause))
			return true;
	return false;
}

bool slab_fault_applies(model_features own, enum slab_fault fault)
{
	bool bufctl = own & SLAB_HAS(BUFCTL), late = own & SLAB_HAS(ARRAY_AT_END);

	switch (fault) {
	case SLAB_FAULT_COLOUROFF:
	case SLAB_FAULT_CHAIN_CUT:
	case SLAB_FAULT_FREE_WILD:
	case SLAB_FAULT_PAGE_SLAB:
	case SLAB_FAULT_NODEID:
		return bufctl;
	case SLAB_FAULT_FREELIST:
		return !bufctl;
	case SLAB_FAULT_HOST_WRONG:
	case SLAB_FAULT_HOST_TEXT:
		return late;
	case SLAB_FAULT_TOTAL_SLABS:
	case SLAB_FAULT_FREE_SLABS:
		return own & SLAB_HAS(SLAB_COUNTS);
	case SLAB_FAULT_INIT_ON_FREE:
		return own & SLAB_HAS(KMALLOC_ALIGNED);
	default:
		return true;
	}
}

bool slab_fault_plant(struct slab_census *census, enum slab_fault fault, uint64_t seed,
		      struct slab_truth *truth)
{
	struct planting p = { census, census->model, seed, truth };
	slab_planter plant = array_planter(fault);

	*truth = (struct slab_truth){ 0 };
	if (!plant)
		plant = slab_faults_planter(fault);
	if (!plant)
		plant = cache_planter(fault);
	return plant && plant(&p);
}
