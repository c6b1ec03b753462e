/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_AHEAD_H
#define SLUBCHECK_CHECKER_IMAGE_AHEAD_H
/*
 * Pages that idle threads read before the one that needs them gets there.
 *
 * One cache can be most of a machine, and its list is walked by one thread. Most of that time is spent on
 * reading pages: of a compressed dump, on unpacking them. The owner of a walk says which stops lie
 * before it (struct slab addresses, in the order of the list). Helpers take stops from the end of what
 * is planned and read what a walk would read there; the owner goes on from the front. Where both meet
 * the next half of the plan begins.
 *
 * Nothing waits for a helper, and nothing depends on one: a page that was not read ahead is read by the
 * owner, and a page holds the same bytes whoever has read it. So a run says the same with and without.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;

#define AHEAD_HALF 32 /* stops */
#define AHEAD_STOPS (2 * AHEAD_HALF)
#define AHEAD_BYTES (32u << 10) /* for the pages of a stop */
#define AHEAD_PAGES 8

/* A stop of the walk, and what was read for it. */
struct ahead_stop {
	uint64_t key;
	bool taken; /* by a helper, or by the owner */
	bool busy; /* a helper is at it */
	bool ready; /* its pages can be used */
	unsigned int nr;
	uint64_t pages[AHEAD_PAGES]; /* addresses, as the owner will ask for them */
	uint8_t *bytes;
};

/* What a helper does for a stop: read, and give what was read to ahead_put(). */
typedef void (*ahead_work)(void *ctx, struct worker *helper, struct ahead_stop *stop);

/**
 * struct ahead - A plan.
 * @first, @planned: numbers of the stop where the owner is, and of the first one that is not planned
 * @current: that the owner is at, and whose pages are ready; or NULL. The owner's alone
 * @helpers: at it now; the team's
 */
struct ahead {
	pthread_mutex_t lock;
	pthread_cond_t more;
	ahead_work work;
	void *ctx;
	size_t page_size;
	struct ahead_stop stops[AHEAD_STOPS];
	uint64_t first, planned;
	bool closed;
	const struct ahead_stop *current;
	unsigned int helpers;
};

/**
 * ahead_init() - An empty plan.
 * @bytes: AHEAD_STOPS * AHEAD_BYTES, the caller's
 */
void ahead_init(struct ahead *a, uint8_t *bytes, size_t page_size, ahead_work work, void *ctx);

/** ahead_wants() - Whether at least half of the plan is empty. For the owner. */
bool ahead_wants(struct ahead *a);

/**
 * ahead_plan() - Add stops behind the last one.
 *
 * Return: how many of the @nr there was room for.
 */
size_t ahead_plan(struct ahead *a, const uint64_t *keys, size_t nr);

/**
 * ahead_reach() - The owner is at this stop now: the first or the next one of the plan.
 *
 * Return: false when it is not: the walk goes where the plan does not.
 */
bool ahead_reach(struct ahead *a, uint64_t key);

/** ahead_copy() - Copy what was read ahead for the present stop; false: not all of it was. */
bool ahead_copy(const struct ahead *a, uint64_t addr, void *buf, size_t len);

/** ahead_put() - Of a helper: keep a page for the owner, if there is room. */
void ahead_put(const struct ahead *a, struct ahead_stop *stop, uint64_t addr, const void *page);

/** ahead_help() - Read ahead until the plan is closed. */
void ahead_help(struct ahead *a, struct worker *helper);

/** ahead_close() - Send the helpers away; they may need a moment. */
void ahead_close(struct ahead *a);

/** ahead_free() - When the last helper is gone. */
void ahead_free(struct ahead *a);

#endif
