/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/team.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

/* Of what the caller may allocate a worker may this part: the table of the slabs of one cache has to
 * fit, the scan's table is the caller's. */
#define LIMIT_PART 4

/* A worker with its own door to the image. */
static bool worker_init(struct team *team, struct worker *w, const struct team_caller *caller)
{
	arena_init(&w->own_arena, caller->arena->limit / LIMIT_PART);
	w->team = team;
	w->arena = &w->own_arena;
	w->memory = &w->own_memory;
	w->target = team->image->ops->share(team->image);
	return w->target && memory_init(w->memory, w->target, w->arena) &&
	       caller->state_init(caller->ctx, w);
}

static void worker_free(struct team *team, struct worker *w)
{
	if (w->target)
		team->image->ops->unshare(w->target);
	w->target = NULL;
	arena_free(&w->own_arena);
}

static void team_alone(struct team *team, const struct team_caller *caller)
{
	team->nr = 1;
	team->workers[0].team = team;
	team->workers[0].state = caller->state;
	team->workers[0].memory = caller->memory;
	team->workers[0].arena = caller->arena;
}

bool team_init(struct team *team, const struct team_caller *caller, unsigned int threads)
{
	struct target *image = caller->memory->target;

	memset(team, 0, sizeof(*team));
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->changed, NULL);
	team->image = image;
	if (!threads || !image->ops->share)
		threads = 1;
	if (threads > TEAM_MAX)
		threads = TEAM_MAX;
	team->workers = arena_array(caller->arena, threads, sizeof(*team->workers));
	if (!team->workers)
		return false;
	while (threads > 1 && team->nr < threads) {
		struct worker *w = &team->workers[team->nr];

		if (!worker_init(team, w, caller)) {
			worker_free(team, w);
			break;
		}
		team->nr++;
	}
	/* The caller's door is free for questions about symbols and types then. */
	if (team->nr > 1)
		return true;
	team_free(team);
	memset(team->workers, 0, sizeof(*team->workers));
	team_alone(team, caller);
	return true;
}

/* The offer with the fewest helpers. */
static struct ahead *offer_choose(struct team *team)
{
	struct ahead *best = NULL;

	for (unsigned int i = 0; i < team->nr; i++) {
		struct ahead *offer = team->workers[i].offer;

		if (offer && (!best || offer->helpers < best->helpers))
			best = offer;
	}
	return best;
}

/* Until all jobs are done. */
static void others_help(struct team *team, struct worker *w)
{
	pthread_mutex_lock(&team->lock);
	while (atomic_load(&team->done) < team->nr_jobs) {
		struct ahead *offer = offer_choose(team);

		if (!offer) {
			pthread_cond_wait(&team->changed, &team->lock);
			continue;
		}
		offer->helpers++;
		pthread_mutex_unlock(&team->lock);
		ahead_help(offer, w);
		pthread_mutex_lock(&team->lock);
		offer->helpers--;
		pthread_cond_broadcast(&team->changed);
	}
	pthread_mutex_unlock(&team->lock);
}

struct ahead *team_plan(struct worker *w, ahead_work work, void *ctx)
{
	if (w->team->nr == 1)
		return NULL;
	if (!w->plan)
		w->plan = arena_alloc(w->arena, sizeof(*w->plan));
	if (!w->plan_bytes)
		w->plan_bytes = arena_array(w->arena, AHEAD_STOPS, AHEAD_BYTES);
	if (!w->plan || !w->plan_bytes)
		return NULL;
	ahead_init(w->plan, w->plan_bytes, w->memory->page_size, work, ctx);
	return w->plan;
}

void team_offer(struct worker *w, struct ahead *ahead)
{
	pthread_mutex_lock(&w->team->lock);
	w->offer = ahead;
	pthread_cond_broadcast(&w->team->changed);
	pthread_mutex_unlock(&w->team->lock);
}

void team_withdraw(struct worker *w)
{
	struct ahead *offer = w->offer;

	pthread_mutex_lock(&w->team->lock);
	w->offer = NULL;
	ahead_close(offer);
	while (offer->helpers)
		pthread_cond_wait(&w->team->changed, &w->team->lock);
	pthread_mutex_unlock(&w->team->lock);
}

/* Those who wait for something to do learn that there will be nothing. */
static void job_done(struct team *team)
{
	if (atomic_fetch_add(&team->done, 1) + 1 < team->nr_jobs || team->nr == 1)
		return;
	pthread_mutex_lock(&team->lock);
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
}

static void *worker_run(void *ctx)
{
	struct worker *w = ctx;
	struct team *team = w->team;
	size_t index;

	while ((index = atomic_fetch_add(&team->next, 1)) < team->nr_jobs) {
		team->job(team->ctx, w, index);
		job_done(team);
	}
	if (team->nr > 1)
		others_help(team, w);
	return NULL;
}

void team_run(struct team *team, size_t nr_jobs, team_job job, void *ctx)
{
	pthread_t threads[TEAM_MAX];
	unsigned int started = 1;
	sigset_t all, before;

	team->job = job;
	team->ctx = ctx;
	team->nr_jobs = nr_jobs;
	atomic_store(&team->next, 0);
	atomic_store(&team->done, 0);
	/* Signals are for the thread that can wait for the others. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	/* Those without a job help the others. */
	while (nr_jobs && started < team->nr &&
	       !pthread_create(&threads[started], NULL, worker_run, &team->workers[started]))
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker_run(&team->workers[0]);
	while (--started)
		pthread_join(threads[started], NULL);
}

size_t team_done(struct team *team)
{
	return atomic_load(&team->done);
}

uint64_t team_slabs(struct team *team)
{
	uint64_t slabs = 0;

	for (unsigned int i = 0; i < team->nr; i++)
		slabs += atomic_load_explicit(&team->workers[i].slabs, memory_order_relaxed);
	return slabs;
}

void team_cost(const struct team *team, uint64_t *reads, uint64_t *bytes)
{
	for (unsigned int i = 0; i < team->nr; i++) {
		*reads += team->workers[i].own_memory.reads;
		*bytes += team->workers[i].own_memory.bytes;
	}
}

void team_free(struct team *team)
{
	for (unsigned int i = 0; i < team->nr; i++)
		worker_free(team, &team->workers[i]);
	team->nr = 0;
}
