/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/ahead.h"

#include <string.h>

void ahead_init(struct ahead *a, uint8_t *bytes, size_t page_size, ahead_work work, void *ctx)
{
	memset(a, 0, sizeof(*a));
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, NULL);
	a->work = work;
	a->ctx = ctx;
	a->page_size = page_size;
	for (size_t i = 0; i < AHEAD_STOPS; i++)
		a->stops[i].bytes = bytes + i * AHEAD_BYTES;
}

static struct ahead_stop *stop_of(struct ahead *a, uint64_t number)
{
	return &a->stops[number % AHEAD_STOPS];
}

bool ahead_wants(struct ahead *a)
{
	bool wants;

	pthread_mutex_lock(&a->lock);
	wants = a->planned - a->first <= AHEAD_HALF;
	pthread_mutex_unlock(&a->lock);
	return wants;
}

size_t ahead_plan(struct ahead *a, const uint64_t *keys, size_t nr)
{
	size_t n = 0;

	pthread_mutex_lock(&a->lock);
	/* Who was overtaken by the owner may still be at the stop that had this place before. */
	while (n < nr && a->planned - a->first < AHEAD_STOPS && !stop_of(a, a->planned)->busy) {
		struct ahead_stop *stop = stop_of(a, a->planned++);

		stop->key = keys[n++];
		stop->taken = stop->ready = false;
		stop->nr = 0;
	}
	pthread_cond_broadcast(&a->more);
	pthread_mutex_unlock(&a->lock);
	return n;
}

bool ahead_reach(struct ahead *a, uint64_t key)
{
	struct ahead_stop *stop;
	bool found;

	pthread_mutex_lock(&a->lock);
	/* The stop that the owner was at is done with. */
	if (a->first < a->planned && stop_of(a, a->first)->key != key)
		a->first++;
	stop = stop_of(a, a->first);
	found = a->first < a->planned && stop->key == key;
	a->current = found && stop->ready ? stop : NULL;
	if (found)
		stop->taken = true;
	pthread_mutex_unlock(&a->lock);
	return found;
}

static const uint8_t *page_find(const struct ahead *a, const struct ahead_stop *stop, uint64_t addr)
{
	for (unsigned int i = 0; i < stop->nr; i++)
		if (stop->pages[i] == addr)
			return stop->bytes + i * a->page_size;
	return NULL;
}

bool ahead_copy(const struct ahead *a, uint64_t addr, void *buf, size_t len)
{
	uint8_t *to = buf;

	if (!a->current || len % a->page_size)
		return false;
	for (size_t at = 0; at < len; at += a->page_size) {
		const uint8_t *page = page_find(a, a->current, addr + at);

		if (!page)
			return false;
		memcpy(to + at, page, a->page_size);
	}
	return true;
}

void ahead_put(const struct ahead *a, struct ahead_stop *stop, uint64_t addr, const void *page)
{
	if (stop->nr == AHEAD_PAGES || (stop->nr + 1) * a->page_size > AHEAD_BYTES)
		return;
	memcpy(stop->bytes + stop->nr * a->page_size, page, a->page_size);
	stop->pages[stop->nr++] = addr;
}

/* The last stop of the half of the plan where the owner is, or else of the other half. */
static struct ahead_stop *stop_take(struct ahead *a)
{
	uint64_t middle = (a->first / AHEAD_HALF + 1) * AHEAD_HALF;
	uint64_t ends[] = { middle < a->planned ? middle : a->planned, a->planned };
	uint64_t starts[] = { a->first + 1, middle };

	for (int half = 0; half < 2; half++)
		for (uint64_t i = ends[half]; i-- > starts[half];) {
			struct ahead_stop *stop = stop_of(a, i);

			if (stop->taken)
				continue;
			stop->taken = stop->busy = true;
			return stop;
		}
	return NULL;
}

void ahead_help(struct ahead *a, struct worker *helper)
{
	pthread_mutex_lock(&a->lock);
	while (!a->closed) {
		struct ahead_stop *stop = stop_take(a);

		if (!stop) {
			pthread_cond_wait(&a->more, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		a->work(a->ctx, helper, stop);
		pthread_mutex_lock(&a->lock);
		stop->busy = false;
		stop->ready = true;
	}
	pthread_mutex_unlock(&a->lock);
}

void ahead_close(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->closed = true;
	pthread_cond_broadcast(&a->more);
	pthread_mutex_unlock(&a->lock);
}

void ahead_free(struct ahead *a)
{
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
}
