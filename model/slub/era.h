/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_ERA_H
#define SLUBCHECK_MODEL_SLUB_ERA_H
/* The kernels whose SLUB the model has. */

#include "model/machine/era.h"

enum model_era {
	MODEL_ERA_3_13, /* plain freepointers in struct page */
	MODEL_ERA_4_19, /* hardened, without swab */
	MODEL_ERA_5_10, /* hardened with swab, in the middle of objects */
	MODEL_ERA_6_1, /* struct slab */
	MODEL_ERA_6_12, /* partial slabs of CPUs not frozen */
	MODEL_ERA_7_2, /* sheaves and barns, no kmem_cache_cpu */
	MODEL_ERAS
};

/* SLUB, as a machine needs it. */
extern const struct model_allocator slub_model;

/** model_era() - The table's row. */
const struct era *model_era(enum model_era era);

#endif
