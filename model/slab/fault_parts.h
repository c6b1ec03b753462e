/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_FAULT_PARTS_H
#define SLUBCHECK_MODEL_SLAB_FAULT_PARTS_H
/* What the files of faults share. */

#include "model/slab/fault.h"
#include "model/slab/slab.h"

/* One that is being planted. */
struct planting {
	struct slab_census *census;
	struct model *m;
	uint64_t seed;
	struct slab_truth *truth;
};

#define NO_MEMORY UINT64_C(0xffffa00000001000) /* a kernel address where nothing is */

uint64_t plant_random(struct planting *p);
uint64_t plant_below(struct planting *p, uint64_t n);
bool plant_word(struct planting *p, uint64_t addr, uint64_t value, uint32_t size);
void must(struct planting *p, const char *id);
void may(struct planting *p, const char *id);

/* A place, from anywhere on; NULL: there is none. */
struct slab_census_cache *any_cache(struct planting *p,
				    bool (*fits)(const struct planting *p,
						 const struct slab_census_cache *c));
/** any_slab() - @cache: set to its cache. What is told of it is in the truth. */
struct slab_census_slab *any_slab(struct planting *p,
				  bool (*fits)(const struct slab_census_cache *c,
					       const struct slab_census_slab *s),
				  struct slab_census_cache **cache);
struct census_array *any_array(struct planting *p, uint32_t at_least,
			       struct slab_census_cache **cache);
/** any_object() - An object in a state (IS_*; 0: somebody has it) of a cache; its slot, or 0. */
uint64_t any_object(struct planting *p, const struct slab_census_cache *cache, uint8_t state,
		    int node, struct slab_census_slab **slab);

/* fault_array.c, fault_slab.c, fault_cache.c: each a table of its own. False: no place for it. */
typedef bool (*slab_planter)(struct planting *p);
slab_planter array_planter(enum slab_fault fault);
slab_planter slab_faults_planter(enum slab_fault fault);
slab_planter cache_planter(enum slab_fault fault);

#endif
