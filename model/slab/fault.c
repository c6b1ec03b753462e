/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/fault.h"

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
