/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_WORKLOAD_H
#define SLUBCHECK_MODEL_MACHINE_WORKLOAD_H
/*
 * What a random history of any allocator has: a seed, the objects that somebody owns, and CPUs that do
 * something, one after the other or in the middle of each other. What they do is the allocator's
 * (slub/history.c, slab/history.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/machine/model.h"
#include "model/machine/random.h"

#define LIVE_MAX 6000
#define WORK_DEPTH_MAX 2 /* a task and one interrupt */

struct workload;

/* An object that somebody owns. */
struct live {
	uint64_t cache; /* 0: of kmalloc() */
	uint64_t object;
};

/* One operation that a task performs. */
struct work_job {
	struct workload *work;
	unsigned int cpu;
	bool interrupt;
};

/* What a CPU is in the middle of. */
struct work_slot {
	struct model_task *tasks[WORK_DEPTH_MAX];
	struct work_job jobs[WORK_DEPTH_MAX];
	unsigned int depth;
};

/**
 * struct workload - A machine at work.
 * @m:	     the machine
 * @seed:    of what happens, apart from the machine's own randomness
 * @operate: perform any operation that a task may do; those in interrupts must not sleep
 * @ctx:     for @operate
 * @growing: more is allocated than freed
 * @failed:  what the kernel would not have survived; empty: nothing
 */
struct workload {
	struct model *m;
	uint64_t seed;
	void (*operate)(void *ctx, unsigned int cpu, bool interrupt);
	void *ctx;
	struct live live[LIVE_MAX];
	size_t nr_live;
	bool growing;
	struct work_slot slots[MODEL_CPUS_MAX];
	char failed[160];
};

/** work_random() - The next random number of a history. */
static inline uint64_t work_random(struct workload *w)
{
	return random_next(&w->seed);
}

/** work_below() - A random number below @n. */
static inline uint64_t work_below(struct workload *w, uint64_t n)
{
	return work_random(w) % n;
}

/** work_one_in() - Whether it is this one of @n. */
static inline bool work_one_in(struct workload *w, uint64_t n)
{
	return !work_below(w, n);
}

/** work_ended() - How an operation ended; the first one that a kernel would not survive ends the history. */
void work_ended(struct workload *w, enum model_end end, const char *what);

/** live_add() - Somebody owns an object. */
void live_add(struct workload *w, uint64_t cache, uint64_t object);

/** live_take() - Any of the objects that somebody owns, who gives it up. There has to be one. */
struct live live_take(struct workload *w);

/** live_get() - The @n-th object that somebody owns, and its cache (0: kmalloc()); false: no more. */
bool live_get(const struct workload *w, size_t n, uint64_t *cache, uint64_t *object);

/** object_use() - Write to an object of @size bytes; most owners do, and some only here and there. */
void object_use(struct workload *w, uint64_t object, uint32_t size);

/** work_size() - Size of an object, of those that kernels ask for or of any; bytes, at least @least. */
uint32_t work_size(struct workload *w, uint32_t least);

/** work_turn() - Let any CPU go on with what it does, or begin something. */
void work_turn(struct workload *w);

/** work_run() - Let @operations happen. @concurrent: in the middle of each other, and not all end. */
void work_run(struct workload *w, unsigned int operations, bool concurrent);

/** work_rest() - Let all CPUs come to the end of what they do; false: they do not. */
bool work_rest(struct workload *w);

/** work_free() - Forget what CPUs are in the middle of, and the machine. */
void work_free(struct workload *w);

#endif
