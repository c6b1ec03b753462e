/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CPU that is stopped in the middle of an operation, with the others at rest. */
#include <stdlib.h>

#include "model/machine/machine.h"
#include "model/machine/random.h"
#include "model/proof_modes.h"

#define STOP_BULK 12u
#define STOP_STEPS 80u
#define STOP_TRIES 4u

/* What the CPU does. */
struct stop {
	struct model_task *task;
	uint64_t cache, objects[STOP_BULK];
	size_t nr;
	unsigned int cpu, kind;
	bool ready;
};

static void stop_run(struct model *m, void *ctx)
{
	struct stop *stop = ctx;
	uint64_t freed;
	size_t got;

	switch (stop->kind) {
	case 0:
		model_free_object(m, stop->cpu, stop->cache, stop->objects[0]);
		break;
	case 1:
		model_free_bulk(m, stop->cpu, stop->cache, stop->nr, stop->objects);
		break;
	case 2:
		model_alloc(m, stop->cpu, stop->cache, model_gfp_atomic(m), MODEL_ANY_NODE,
			    &stop->objects[0]);
		break;
	case 3:
		model_alloc_bulk(m, stop->cpu, stop->cache, model_gfp_kernel(m), STOP_BULK,
				 stop->objects, &got);
		break;
	default:
		model_cache_shrink(m, stop->cpu, stop->cache, &freed);
		break;
	}
}

/* Objects that somebody owns, of one cache. */
static bool objects_choose(struct stop *stop, const struct history *h, uint64_t *seed)
{
	uint64_t cache, object;
	size_t nr = 0;

	while (history_allocated(h, nr, &cache, &object))
		nr++;
	if (!nr)
		return false;
	for (size_t i = random_brief(seed) % nr; stop->nr < STOP_BULK; i++) {
		if (!history_allocated(h, i, &cache, &object))
			break;
		/* What kmalloc() gave goes back another way. */
		if (!cache || (stop->nr && cache != stop->cache))
			continue;
		stop->cache = cache;
		stop->objects[stop->nr++] = object;
	}
	return stop->nr > 0;
}

struct stop *stop_begin(struct model *m, const struct history *h, uint64_t seed)
{
	struct stop *stop;
	uint64_t steps;

	for (unsigned int i = 0; i < STOP_TRIES; i++) {
		stop = calloc(1, sizeof(*stop));
		if (!stop || !objects_choose(stop, h, &seed)) {
			free(stop);
			return NULL;
		}
		stop->cpu = (unsigned int)(random_brief(&seed) % m->nr_cpus);
		stop->kind = (unsigned int)(random_brief(&seed) % 5);
		stop->task = model_task_new(m, stop->cpu, stop_run, stop);
		steps = 1 + (random_brief(&seed) % STOP_STEPS >> random_brief(&seed) % 5);
		if (stop->task && model_task_run(stop->task, steps) == MODEL_TASK_READY)
			return stop;
		/* It came to its end. */
		if (!model_journal_undo(m)) {
			stop_end(stop);
			return NULL;
		}
		stop_end(stop);
	}
	return NULL;
}

void stop_end(struct stop *stop)
{
	if (!stop)
		return;
	model_task_end(stop->task);
	free(stop);
}

bool stop_holds_lock(struct model *m, const struct census *census, uint64_t cache)
{
	const struct census_cache *s = census_cache(census, cache);

	if (!s)
		return false;
	for (unsigned int i = 0; i < census->nr_nodes; i++)
		if (s->nodes[i].n && lock_is_held(m, AT(m, s->nodes[i].n, node_list_lock)))
			return true;
	return false;
}
