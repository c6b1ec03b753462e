/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many objects caches have, and what they take of the memory (-i). */
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "checker/run.h"

/* Other names of caches, sorted when all are there. */
struct aliases {
	struct arena *arena;
	struct cache_alias *list;
	size_t nr, room;
	bool failed; /* no memory */
};

static bool alias_add(void *ctx, uint64_t cache, const char *name)
{
	struct aliases *all = ctx;

	struct cache_alias *list =
		arena_more(all->arena, all->list, all->nr, &all->room, 64, sizeof(*list));

	all->failed |= !list;
	if (!list)
		return false;
	all->list = list;
	all->list[all->nr] = (struct cache_alias){ cache, arena_strdup(all->arena, name) };
	all->failed |= !all->list[all->nr].name;
	all->nr += !all->failed;
	return !all->failed;
}

static int alias_compare(const void *x, const void *y)
{
	const struct cache_alias *a = x, *b = y;

	if (a->cache != b->cache)
		return a->cache < b->cache ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Whether all of them are known. */
static bool aliases_find(struct aliases *all, struct run *run)
{
	bool whole;

	all->arena = run->arena;
	if (!run->allocator->ops->aliases)
		return false;
	whole = run->allocator->ops->aliases(run->allocator, alias_add, all) && !all->failed;
	if (all->nr)
		qsort(all->list, all->nr, sizeof(*all->list), alias_compare);
	return whole;
}

/* Those of a cache. Its own name is a link, too, where caches of its kind are merged: it is left out. */
static void aliases_take(struct report_usage *row, const struct aliases *all)
{
	size_t low = 0, high = all->nr, kept = 0;
	struct cache_alias *list;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all->list[middle].cache < row->cache->addr)
			low = middle + 1;
		else
			high = middle;
	}
	list = all->list + low;
	for (size_t i = low; i < all->nr && all->list[i].cache == row->cache->addr; i++)
		if (strcmp(all->list[i].name, row->cache->name))
			list[kept++] = all->list[i];
	row->aliases = list;
	row->nr_aliases = kept;
}

static void waste_count(struct report_usage *row)
{
	uint64_t used;

	row->wasted =
		row->usage.known &&
		!__builtin_mul_overflow(row->usage.allocated, row->cache->object_size, &used) &&
		used <= row->bytes;
	if (row->wasted)
		row->waste = row->bytes - used;
}

static void row_fill(struct report_usage *row, const struct run *run,
		     const struct cache_result *result, const struct aliases *all)
{
	row->cache = &result->cache;
	run->allocator->ops->usage(run->allocator, result, &row->usage);
	row->bytes = row->usage.pages * run->memory.page_size;
	waste_count(row);
	if (all->nr)
		aliases_take(row, all);
}

static void sum_add(struct report_usage *sum, const struct report_usage *row)
{
	struct cache_usage *s = &sum->usage;
	const struct cache_usage *u = &row->usage;

	s->slabs += u->slabs;
	s->objects += u->objects;
	s->active += u->active;
	s->allocated += u->allocated;
	s->pages += u->pages;
	s->reclaimable += u->reclaimable;
	s->known |= u->known;
	sum->bytes += row->bytes;
	sum->waste += row->waste;
	/* A part of it would be taken for the whole. */
	sum->wasted &= row->wasted || !u->known;
}

/* The largest first. */
static int descend(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

static int by_name(const struct report_usage *a, const struct report_usage *b)
{
	int order = strcmp(a->cache->name, b->cache->name);

	return order ? order : -descend(a->cache->addr, b->cache->addr);
}

/* What is not counted comes last. */
static int by(const void *x, const void *y, uint64_t (*what)(const struct report_usage *))
{
	const struct report_usage *a = x, *b = y;
	int order = (int)b->usage.known - (int)a->usage.known;

	if (!order)
		order = descend(what(a), what(b));
	return order ? order : by_name(a, b);
}

static uint64_t size_of(const struct report_usage *row)
{
	return row->bytes;
}

static uint64_t objects_of(const struct report_usage *row)
{
	return row->usage.allocated;
}

static uint64_t waste_of(const struct report_usage *row)
{
	return row->waste;
}

static int compare_size(const void *x, const void *y)
{
	return by(x, y, size_of);
}

static int compare_objects(const void *x, const void *y)
{
	return by(x, y, objects_of);
}

static int compare_waste(const void *x, const void *y)
{
	return by(x, y, waste_of);
}

static int compare_name(const void *x, const void *y)
{
	return by_name(x, y);
}

static void rows_sort(struct report_usage *rows, size_t nr, enum check_sort sort)
{
	static int (*const orders[])(const void *, const void *) = {
		[SORT_SIZE] = compare_size,
		[SORT_OBJECTS] = compare_objects,
		[SORT_WASTE] = compare_waste,
		[SORT_NAME] = compare_name,
	};

	if (orders[sort] && nr)
		qsort(rows, nr, sizeof(*rows), orders[sort]);
}

/* Returns false without memory. */
static bool rows_report(struct run *run)
{
	struct report_usage *rows = arena_array(run->arena, run->nr_results, sizeof(*rows));
	struct report_usage sum = { .wasted = true };
	struct aliases aliases = { 0 };
	bool known = aliases_find(&aliases, run);

	if (!rows)
		return false;
	report_say(&run->report, usage_begin);
	for (size_t i = 0; i < run->nr_results; i++) {
		rows[i] = (struct report_usage){ .aliases_known = known };
		row_fill(&rows[i], run, run->results[i], &aliases);
		sum_add(&sum, &rows[i]);
		run_total(run, run->results[i], true);
	}
	rows_sort(rows, run->nr_results, run->options->sort);
	for (size_t i = 0; i < run->nr_results; i++)
		report_say(&run->report, usage, &rows[i]);
	if (run->nr_results > 1)
		report_say(&run->report, usage, &sum);
	return true;
}

struct check_result check_usage(struct target *target, struct arena *arena,
				const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !run_names(run))
		return run_failed(run);
	run_judge_caches(run);
	run_judge_death(run);
	if (run->nr_results)
		run->unseen |= !rows_report(run);
	run_total(run, &run->no_cache, false);
	return run_end(run, false);
}
