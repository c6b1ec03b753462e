/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine/workload.h"

#include <stdio.h>

#include "model/machine/machine.h"

void work_ended(struct workload *w, enum model_end end, const char *what)
{
	const struct model_oops *oops = model_oops(w->m);

	if (end == MODEL_DONE || w->failed[0])
		return;
	snprintf(w->failed, sizeof(w->failed), "%s: %s at 0x%llx", what,
		 end == MODEL_STUCK ? "waits for ever" : oops->what,
		 (unsigned long long)oops->address);
}

void live_add(struct workload *w, uint64_t cache, uint64_t object)
{
	if (w->nr_live < LIVE_MAX)
		w->live[w->nr_live++] = (struct live){ cache, object };
}

struct live live_take(struct workload *w)
{
	size_t i = work_below(w, w->nr_live);
	struct live taken = w->live[i];

	w->live[i] = w->live[--w->nr_live];
	return taken;
}

bool live_get(const struct workload *w, size_t n, uint64_t *cache, uint64_t *object)
{
	if (n >= w->nr_live)
		return false;
	*cache = w->live[n].cache;
	*object = w->live[n].object;
	return true;
}

void object_use(struct workload *w, uint64_t object, uint32_t size)
{
	uint64_t word = work_random(w);

	if (work_one_in(w, 4))
		return;
	for (uint32_t at = 0; at + 8 <= size; at += 8) {
		model_poke(w->m, object + at, &word, 8);
		word = word << 7 | word >> 57;
		if (work_one_in(w, 64))
			return;
	}
}

uint32_t work_size(struct workload *w, uint32_t least)
{
	static const uint16_t usual[] = { 8,   16,   24,   32,	 40,   48,   56,   64,	72,  96,
					  104, 128,  136,  192,	 200,  256,  320,  512, 576, 632,
					  704, 1024, 1088, 2048, 2176, 4096, 6144, 8192 };

	if (work_one_in(w, 3))
		return (uint32_t)(least + work_below(w, work_one_in(w, 4) ? 5000 : 300));
	return usual[work_below(w, sizeof(usual) / sizeof(usual[0]))];
}

/* Who runs. */

static void job_run(struct model *m, void *ctx)
{
	struct work_job *job = ctx;

	(void)m;
	job->work->operate(job->work->ctx, job->cpu, job->interrupt);
}

static bool task_start(struct workload *w, unsigned int cpu)
{
	struct work_slot *slot = &w->slots[cpu];
	unsigned int d = slot->depth;

	slot->jobs[d] = (struct work_job){ w, cpu, d > 0 };
	slot->tasks[d] = model_task_new(w->m, cpu, job_run, &slot->jobs[d]);
	if (slot->tasks[d] && d)
		model_task_is_interrupt(slot->tasks[d]);
	slot->depth += slot->tasks[d] != NULL;
	return slot->tasks[d] != NULL;
}

static void task_run(struct work_slot *slot, uint64_t steps)
{
	struct model_task *task = slot->tasks[slot->depth - 1];

	if (model_task_run(task, steps) != MODEL_TASK_ENDED)
		return;
	model_task_end(task);
	slot->depth--;
}

/* A CPU runs what came last; that may be interrupted once where the kernel can be. */
static void cpu_turn(struct workload *w, unsigned int cpu)
{
	struct work_slot *slot = &w->slots[cpu];
	struct model_task *task;

	if (!slot->depth && !task_start(w, cpu))
		return;
	task = slot->tasks[slot->depth - 1];
	if (slot->depth < WORK_DEPTH_MAX && work_one_in(w, 8) && model_task_interruptible(task) &&
	    !task_start(w, cpu))
		return;
	task_run(slot, work_one_in(w, 3) ? UINT64_MAX : 1 + work_below(w, 12));
}

void work_turn(struct workload *w)
{
	if (!w->failed[0])
		cpu_turn(w, (unsigned int)work_below(w, w->m->nr_cpus));
}

void work_run(struct workload *w, unsigned int operations, bool concurrent)
{
	for (unsigned int i = 0; concurrent && i < 2 * operations; i++)
		work_turn(w);
	for (unsigned int i = 0; !concurrent && i < operations && !w->failed[0]; i++)
		w->operate(w->ctx, (unsigned int)work_below(w, w->m->nr_cpus), false);
}

/* Each may wait for another one. */
bool work_rest(struct workload *w)
{
	for (unsigned int i = 0; i < 4 * MODEL_CPUS_MAX * WORK_DEPTH_MAX; i++) {
		bool busy = false;

		for (unsigned int cpu = 0; cpu < w->m->nr_cpus; cpu++) {
			if (!w->slots[cpu].depth)
				continue;
			task_run(&w->slots[cpu], UINT64_MAX);
			busy = true;
		}
		if (!busy)
			return !w->failed[0];
	}
	return false;
}

void work_free(struct workload *w)
{
	for (unsigned int cpu = 0; cpu < MODEL_CPUS_MAX; cpu++)
		for (unsigned int d = 0; d < w->slots[cpu].depth; d++)
			model_task_end(w->slots[cpu].tasks[d]);
	model_free(w->m);
}
