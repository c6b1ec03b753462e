/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dump can stop the allocator between any two stores. Whatever it was doing, nothing was corrupt:
 * caches of all kinds live from their creation to their end one step at a time, and the checker
 * looks at each.
 */
#include <stdio.h>
#include <stdlib.h>

#include "checker/check.h"
#include "checker/findings/findings.h"
#include "tests/unit/rig.h"

#define OBJECTS_MAX 64
#define ARENA_BYTES ((size_t)16 << 20)

/* With a sanitizer a look takes much longer: then at few of the steps. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE_TIMES 11
#else
#define STRIDE_TIMES 1
#endif

/*
 * What a cache is like. @stride: every how many steps of an operation it is looked at, which begins
 * one step later each time; without, at each.
 */
struct kind {
	const char *name;
	unsigned int flags;
	unsigned int nr_nodes;
	uint32_t size;
	unsigned int stride;
};

/* The cache in the middle of its life, and what is happening to it. */
struct life {
	struct rig *r;
	const struct kind *kind;
	unsigned int cpu;
	int node;
	uint64_t object;
	size_t nr, got;
	uint64_t objects[OBJECTS_MAX];
	unsigned int nr_objects;
	uint64_t bulk[8];
	uint64_t freed;
	bool error;
	enum model_end end;
	const char *doing;
	unsigned int step, count; /* of this operation; operations */
};

static void found(void *ctx, const struct finding *f)
{
	const struct life *l = ctx;

	unit_check(f->severity != SEVERITY_CORRUPT,
		   "%s, %s cache: %s (operation %u), step %u: %s: %s (slab %#llx, slot %#llx)",
		   l->r->name, l->kind->name, l->doing, l->count, l->step, finding_info(f->id)->id,
		   f->message, (unsigned long long)f->slab, (unsigned long long)f->slot);
}

static void look(struct life *l)
{
	struct check_options options = {
		.format = CHECK_CALLBACK, .scan = true, .finding = found, .finding_ctx = l
	};
	struct check_result result;
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	result = check_run(model_target(l->r->m), &arena, &options);
	arena_free(&arena);
	unit_check(!result.failed, "%s, %s cache: %s (operation %u), step %u: cannot be checked",
		   l->r->name, l->kind->name, l->doing, l->count, l->step);
}

static void step_through(struct life *l, void (*run)(struct model *m, void *ctx), const char *doing)
{
	struct model_task *task = model_task_new(l->r->m, l->cpu, run, l);
	enum model_task_state state;

	unit_check(task != NULL, "no memory");
	l->doing = doing;
	l->count++;
	l->step = 0;
	do {
		state = model_task_run(task, 1);
		l->step++;
		if ((l->step + l->count) % (l->kind->stride * STRIDE_TIMES) == 0)
			look(l);
		unit_check(state != MODEL_TASK_WAITING, "%s, %s cache: %s waits for nobody",
			   l->r->name, l->kind->name, doing);
	} while (state != MODEL_TASK_ENDED);
	unit_check(l->end == MODEL_DONE, "%s, %s cache: %s died: %s", l->r->name, l->kind->name,
		   doing, model_oops(l->r->m)->what);
	model_task_end(task);
}

/* The operations. */

static void run_create(struct model *m, void *ctx)
{
	struct life *l = ctx;
	struct model_cache_args args = {
		.name = l->kind->name,
		.size = l->kind->size,
		.flags = l->kind->flags,
	};

	l->end = model_cache_create(m, l->cpu, &args, &l->r->s);
}

static void run_alloc(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_alloc(m, l->cpu, l->r->s, model_gfp_kernel(m), l->node, &l->object);
}

static void run_free(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_free_object(m, l->cpu, l->r->s, l->object);
}

static void run_alloc_bulk(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_alloc_bulk(m, l->cpu, l->r->s, model_gfp_kernel(m), l->nr, l->bulk, &l->got);
}

static void run_free_bulk(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_free_bulk(m, l->cpu, l->r->s, l->nr, l->bulk);
}

static void run_free_rcu(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_free_rcu(m, l->cpu, l->object);
}

static void run_grace_period(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_grace_period(m, l->cpu);
}

static void run_shrink(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_cache_shrink(m, l->cpu, l->r->s, &l->freed);
}

static void run_flush(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_cache_flush(m, l->cpu, l->r->s);
}

static void run_destroy(struct model *m, void *ctx)
{
	struct life *l = ctx;

	l->end = model_cache_destroy(m, l->cpu, l->r->s, &l->error);
}

/* Stages of a life. */

static void allocate(struct life *l, unsigned int cpu, unsigned int nr)
{
	l->cpu = cpu;
	while (nr--) {
		unit_check(l->nr_objects < OBJECTS_MAX, "too many objects");
		step_through(l, run_alloc, "allocates");
		unit_check(l->object != 0, "%s, %s cache: no memory", l->r->name, l->kind->name);
		l->objects[l->nr_objects++] = l->object;
	}
}

/* Every @stride-th of the objects from @first on. */
static void free_some(struct life *l, unsigned int cpu, unsigned int first, unsigned int stride)
{
	unsigned int kept = 0;

	l->cpu = cpu;
	for (unsigned int i = 0; i < l->nr_objects; i++) {
		l->object = l->objects[i];
		if (i >= first && (i - first) % stride == 0)
			step_through(l, run_free, "frees");
		else
			l->objects[kept++] = l->object;
	}
	l->nr_objects = kept;
}

/* Limits so low that all that CPUs and nodes do at theirs happens soon. */
static void limits_set(struct life *l)
{
	rig_set(l->r, cache_min_partial, 1);
	if (l->r->era >= MODEL_ERA_7_2 || l->kind->flags & MODEL_CACHE_DEBUG)
		return;
	rig_set(l->r, cache_cpu_partial, 2);
	if (l->r->era >= MODEL_ERA_6_1)
		rig_set(l->r, cache_cpu_partial_slabs, 1);
}

static void live(struct life *l)
{
	unsigned int n;

	step_through(l, run_create, "creates");
	limits_set(l);
	n = rig_objects(l->r);
	allocate(l, 0, 2 * n + 1);
	free_some(l, 1, 0, n); /* the first of each slab, which were full */
	allocate(l, 1, 2);
	free_some(l, 0, 0, 2);
	allocate(l, 1, n);
	l->node = (int)l->kind->nr_nodes - 1;
	allocate(l, 0, 2);
	l->node = MODEL_ANY_NODE;
	l->nr = 6;
	step_through(l, run_alloc_bulk, "allocates many");
	step_through(l, run_free_bulk, "frees many");
	l->object = l->objects[--l->nr_objects];
	step_through(l, run_free_rcu, "frees after a grace period");
	free_some(l, 1, 1, 2);
	step_through(l, run_shrink, "shrinks");
	allocate(l, 0, n + 1);
	step_through(l, run_flush, "flushes");
	free_some(l, 0, 0, 1);
	step_through(l, run_grace_period, "ends a grace period");
	l->cpu = 1;
	step_through(l, run_destroy, "destroys");
	unit_check(!l->error, "%s, %s cache: objects remain", l->r->name, l->kind->name);
}

static void live_in(enum model_era era, const struct kind *kind)
{
	struct life l = { .kind = kind, .node = MODEL_ANY_NODE };

	l.r = rig_new(era, (struct model_config){
				   .nr_cpus = 2,
				   .nr_nodes = kind->nr_nodes,
				   .frames = era >= MODEL_ERA_7_2 ? 448 : 256,
				   .tid_step = 64,
				   .without = MODEL_HAS(KMALLOC_RANDOM) | MODEL_HAS(KMALLOC_CGROUP),
			   });
	live(&l);
	rig_end(l.r);
}

/* A slab holds four objects, or three. */
#define KINDS(X)                                                                         \
	X(plain, MODEL_ERA_3_13, .flags = RIG_PLAIN)                                     \
	X(two_nodes, MODEL_ERA_3_13, .flags = RIG_PLAIN, .nr_nodes = 2, .stride = 2)     \
	X(rcu, MODEL_ERA_3_13, .flags = RIG_PLAIN | MODEL_CACHE_RCU, .stride = 2)        \
	X(checked, MODEL_ERA_3_13, .flags = RIG_PLAIN | MODEL_CACHE_CHECKS, .stride = 2) \
	X(debugged, MODEL_ERA_3_13, .flags = RIG_PLAIN | MODEL_CACHE_DEBUG, .stride = 5) \
	X(sheaves, MODEL_ERA_7_2, .flags = MODEL_CACHE_NO_MERGE)                         \
	X(rcu_sheaves, MODEL_ERA_7_2, .flags = MODEL_CACHE_NO_MERGE | MODEL_CACHE_RCU,   \
	  .stride = 2)                                                                   \
	X(small_sheaves, MODEL_ERA_7_2, .flags = MODEL_CACHE_NO_MERGE, .size = 3000, .stride = 2)

#define X(kind_, first, ...)                                        \
	START_TEST(kind_)                                           \
	{                                                           \
		struct kind kind = { .name = #kind_, __VA_ARGS__ }; \
                                                                    \
		kind.size += kind.size ? 0 : 8192;                  \
		kind.stride += !kind.stride;                        \
		kind.nr_nodes += !kind.nr_nodes;                    \
		for (int era = first; era < MODEL_ERAS; era++)      \
			live_in((enum model_era)era, &kind);        \
	}                                                           \
	END_TEST
KINDS(X)
#undef X

Suite *suite_model_steps(void)
{
	Suite *suite = suite_create("model_steps");
	TCase *steps = tcase_create("steps");

	tcase_set_timeout(steps, RIG_TIMEOUT);
#define X(kind, first, ...) tcase_add_test(steps, kind);
	KINDS(X)
#undef X
	suite_add_tcase(suite, steps);
	return suite;
}
