/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_TEAM_H
#define SLUBCHECK_CHECKER_IMAGE_TEAM_H
/*
 * Threads that check one image together.
 *
 * Caches are judged one by one, and nothing that is found out about one is needed for another: each
 * is a job. What all of them read (layout, list of caches, election) is made before the first job
 * and stays as it is. What a walk writes to is a worker's own: its door to the image, the cache of
 * pages, the buffers, the arena. What is shared and written is the scan's marks, which are atomic
 * and do not depend on the order. So a run says the same, whatever the number of threads.
 *
 * A worker that finds no job left helps those that are still at one and have said what others can read
 * ahead for them (ahead.h).
 *
 * Where the image has one door only (crash), or one thread was asked for, the team is the caller.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/ahead.h"
#include "checker/image/arena.h"
#include "checker/image/memory.h"

#define TEAM_MAX 256

/**
 * struct worker - One thread and what is its own.
 * @state:  of who judges, made by team_init()'s @state_init; the caller's when there is one worker
 * @memory, @arena: its door to the image, and what it allocates from
 * @slabs:  gathered so far, for progress
 * @offer:  what others can do for it, or NULL; under the team's lock
 * @plan, @plan_bytes: of team_plan()
 * @target, @own_arena, @own_memory: of a worker that is not the caller
 */
struct worker {
	struct team *team;
	void *state;
	struct memory *memory;
	struct arena *arena;
	atomic_uint_fast64_t slabs;
	struct ahead *offer;
	struct ahead *plan;
	uint8_t *plan_bytes;
	struct target *target;
	struct arena own_arena;
	struct memory own_memory;
};

/* A job: @index is below the number that team_run() was given. */
typedef void (*team_job)(void *ctx, struct worker *worker, size_t index);

struct team {
	struct worker *workers;
	unsigned int nr;
	struct target *image; /* whose doors the workers have */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* an offer, a helper, or the end of the jobs */

	/* Of the jobs that are being done. */
	team_job job;
	void *ctx;
	size_t nr_jobs;
	atomic_size_t next, done;
};

/**
 * struct team_caller - Who makes a team, and is the one worker where there are no more.
 * @memory, @arena, @state: the caller's own
 * @state_init: makes the state of another worker, whose memory and arena are set; false: no memory
 */
struct team_caller {
	struct memory *memory;
	struct arena *arena;
	void *state;
	bool (*state_init)(void *ctx, struct worker *w);
	void *ctx;
};

/**
 * team_init() - Make workers over an image.
 * @team:    has to be freed with team_free(), also when this fails
 * @threads: at most; 0 and 1: the caller alone
 *
 * Without memory, or without doors, the team is smaller than asked for. Each worker may allocate
 * a quarter of what the caller may.
 *
 * Return: false when there is no memory for one worker.
 */
bool team_init(struct team *team, const struct team_caller *caller, unsigned int threads);

/**
 * team_run() - Do jobs 0 to @nr_jobs - 1, each by some worker; they are begun in this order.
 *
 * Returns when all are done. When there are no threads to be had, the caller does what is left.
 */
void team_run(struct team *team, size_t nr_jobs, team_job job, void *ctx);

/**
 * team_plan() - An empty plan of what others can read ahead; see ahead_init().
 *
 * Return: NULL when nobody can, or without memory. One at a time is a worker's; ahead_free() ends it.
 */
struct ahead *team_plan(struct worker *w, ahead_work work, void *ctx);

/**
 * team_offer() - Of a worker at a job: let those without one read ahead.
 * @ahead: the worker's own; stays valid until team_withdraw()
 */
void team_offer(struct worker *w, struct ahead *ahead);

/** team_withdraw() - Take the offer back; returns when nobody is at it any more. */
void team_withdraw(struct worker *w);

/** team_done() - How many jobs of the run in progress, or the last, are done. */
size_t team_done(struct team *team);

/** team_slabs() - How many slabs the workers said that they gathered, see worker.slabs. */
uint64_t team_slabs(struct team *team);

/** team_cost() - Add the workers' reads and bytes to the caller's; once, at the end. */
void team_cost(const struct team *team, uint64_t *reads, uint64_t *bytes);

/** team_free() - Everything that workers allocated goes with them. All zero is an empty team. */
void team_free(struct team *team);

#endif
