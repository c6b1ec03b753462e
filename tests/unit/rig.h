/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_RIG_H
#define SLUBCHECK_TESTS_UNIT_RIG_H
/*
 * A machine of the model under test, and words of its memory.
 *
 * What a test expects of an era is written down in the test, by the era, from the source of that
 * kernel: asking the model's own table of features would compare the model with itself. Whatever
 * was done to a machine that nobody misused, its census has to agree in the end: rig_end().
 */

#include <check.h>

#include "model/slub/census.h"
#include "model/slub/slub.h"
#include "tests/unit/unit.h"

/* A test that runs in every era, in one process. */
#define EACH_MODEL_ERA(name) EACH_MODEL_ERA_UNTIL(name, MODEL_ERAS)
/* In every era in which CPUs own slabs. */
#define EACH_CPU_SLAB_ERA(name) EACH_MODEL_ERA_UNTIL(name, MODEL_ERA_7_2)
#define EACH_MODEL_ERA_UNTIL(name, end)                    \
	static void name##_in(enum model_era era);         \
	START_TEST(name)                                   \
	{                                                  \
		for (int era = 0; era < (int)(end); era++) \
			name##_in((enum model_era)era);    \
	}                                                  \
	END_TEST                                           \
	static void name##_in(enum model_era era)

#define RIG_TIMEOUT UNIT_TIMEOUT

/* A cache whose CPUs have no sheaves in 7.2, and that is merged with no other. */
#define RIG_PLAIN MODEL_CACHE_NOLEAKTRACE

struct rig {
	struct model *m;
	enum model_era era;
	const char *name; /* of the era */
	uint64_t s; /* the latest cache */
};

/** rig_new() - Boot; @config's era is filled in. Fails the test when that cannot be done. */
struct rig *rig_new(enum model_era era, struct model_config config);
/** rig_end() - Take stock and switch it off. */
void rig_end(struct rig *r);
/** rig_census() - Take stock of a machine at rest: nothing may contradict itself. */
void rig_census(struct rig *r);

/** rig_cache() - A cache; without a name it is "rig". */
uint64_t rig_cache(struct rig *r, struct model_cache_args args);

/* Operations on the rig's cache with GFP_KERNEL, which must end well. */
uint64_t rig_alloc(struct rig *r, unsigned int cpu);
void rig_free(struct rig *r, unsigned int cpu, uint64_t object);
/** rig_alloc_many() - @nr times rig_alloc(). */
void rig_alloc_many(struct rig *r, unsigned int cpu, unsigned int nr, uint64_t *objects);
void rig_free_many(struct rig *r, unsigned int cpu, unsigned int nr, const uint64_t *objects);

/**
 * rig_slabs() - Take all objects of @nr new slabs, slab by slab: objects[i * n] are those of slab i
 * in the order in which they came, where n is rig_objects().
 */
uint64_t *rig_slabs(struct rig *r, unsigned int cpu, unsigned int nr);

/** rig_objects() - Objects of a slab of the usual order. */
static inline unsigned int rig_objects(struct rig *r)
{
	return oo_objects(cache_oo(r->m, r->s));
}

/** rig_slab() - The slab of an object. */
static inline uint64_t rig_slab(struct rig *r, uint64_t object)
{
	return head_page(r->m, object);
}

/* kmem_cache_cpu. */
static inline uint64_t rig_cpu(struct rig *r, unsigned int cpu)
{
	return get64(r->m, AT(r->m, r->s, cache_cpu_slab)) + r->m->cpu_offset[cpu];
}

#define RIG_CPU_WORD(member)                                                     \
	static inline uint64_t rig_cpu_##member(struct rig *r, unsigned int cpu) \
	{                                                                        \
		return get64(r->m, AT(r->m, rig_cpu(r, cpu), cpu_##member));     \
	}
RIG_CPU_WORD(freelist)
RIG_CPU_WORD(tid)
RIG_CPU_WORD(slab)
RIG_CPU_WORD(partial)

/* Words of a slab. */
static inline unsigned int rig_inuse(struct rig *r, uint64_t slab)
{
	return counters_inuse(slab_counters(r->m, slab));
}

static inline bool rig_frozen(struct rig *r, uint64_t slab)
{
	return counters_frozen(slab_counters(r->m, slab));
}

/** rig_chain() - How long the freelist from @head is; fails when it has no end. */
unsigned int rig_chain(struct rig *r, uint64_t head);

/** rig_on_node() - Position of a slab on the partial list of a node, -1: it is not on it. */
int rig_on_node(struct rig *r, unsigned int node, uint64_t slab);
/** rig_on_cpu() - The same of the partial list of a CPU. */
int rig_on_cpu(struct rig *r, unsigned int cpu, uint64_t slab);
unsigned int rig_nr_on_cpu(struct rig *r, unsigned int cpu);

/* Counters of a node. */
static inline uint64_t rig_nr_partial(struct rig *r, unsigned int node)
{
	return get(r->m, get_node(r->m, r->s, node), node_nr_partial);
}

static inline uint64_t rig_nr_slabs(struct rig *r, unsigned int node)
{
	return get(r->m, get_node(r->m, r->s, node), node_nr_slabs);
}

/** rig_is_slab() - Whether a page is marked as a slab's. */
bool rig_is_slab(struct rig *r, uint64_t slab);

/* Set a member of the cache, as /sys/kernel/slab does. */
#define rig_set(r, member, value) put((r)->m, (r)->s, member, (value))

/* Sheaves of a CPU, and barns. */
uint64_t rig_pcs(struct rig *r, unsigned int cpu);

/* Compare numbers; a failure tells the era and what they are. */
#define rig_eq(r, a, b, what, ...)                                                               \
	do {                                                                                     \
		uint64_t a_ = (uint64_t)(a), b_ = (uint64_t)(b);                                 \
		unit_check(a_ == b_, "%s: " what ": %#llx, not %#llx", (r)->name, ##__VA_ARGS__, \
			   (unsigned long long)a_, (unsigned long long)b_);                      \
	} while (0)

#define rig_is(r, condition, what, ...) unit_check(condition, "%s: " what, (r)->name, ##__VA_ARGS__)

#endif
