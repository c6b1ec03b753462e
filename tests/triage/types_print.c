/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which types the checker takes objects for whose type is known, for check-types.
 *
 * Some objects of each cache with a type of its own, taken for objects of the class of kmalloc() that has their size.
 * A line for each: "CACHE TYPE SIZE STATE RANK OF_SIZE FITTING OFFSETS NAMES BECAUSE", where RANK is the place of the true
 * type among the names that are told, 0: it is not among them, -: nothing is told.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "checker/run.h"
#include "checker/why/candidates.h"
#include "triage/file_target.h"

#define SAMPLES 3 /* of a cache, of each state, each in another slab */

struct sample {
	uint64_t addr, slab;
};

struct samples {
	struct sample list[2][SAMPLES];
	unsigned int nr[2];
};

/* The last one of a slab: the neighbours are before it, as good as any. */
static void sample_take(void *ctx, const struct object_view *object)
{
	struct samples *s = ctx;
	bool free = object->state == OBJECT_FREE;
	unsigned int *nr = &s->nr[free];

	if (!free && object->state != OBJECT_ALLOCATED)
		return;
	if (*nr && s->list[free][*nr - 1].slab == object->slab->page)
		--*nr;
	if (*nr == SAMPLES)
		return;
	s->list[free][(*nr)++] = (struct sample){ object->addr, object->slab->page };
}

/* The class of kmalloc() for a size: the bytes behind the next smaller one, and its own. */
static void class_of(uint64_t size, uint64_t *least, uint64_t *most)
{
	static const uint32_t classes[] = { 8,	 16,  32,   64,	  96,	128, 192,
					    256, 512, 1024, 2048, 4096, 8192 };

	*least = 1;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		*most = classes[i];
		if (size <= *most)
			return;
		*least = *most + 1;
	}
}

static bool type_size(void *ctx, const char *name, uint64_t *size)
{
	const struct btf_block *block;
	uint32_t id = kernel_types_struct(ctx, name, &block);

	if (id)
		*size = btf_size(block, id);
	return id;
}

static void ask(struct judged *j, const struct cache_view *cache, const char *type, bool free,
		uint64_t addr)
{
	struct location at = j->allocator->ops->locate(j->allocator, addr);
	struct candidates c;
	struct kin kin;
	uint64_t least, most;
	char rank[24] = "-";

	class_of(cache->object_size, &least, &most);
	kin_find(&kin, j, &at);
	candidates_find(&c, j, judged_types(j), &at, &kin, least, most);
	if (c.nr)
		snprintf(rank, sizeof(rank), "0");
	for (size_t i = 0; i < c.nr; i++)
		if (!strcmp(c.list[i].name, type))
			snprintf(rank, sizeof(rank), "%zu", i + 1);
	printf("%s %s %" PRIu64 " %s %s %u %u %u ", cache->name, type, cache->object_size,
	       free ? "free" : "allocated", rank, c.of_size, c.fitting, c.offsets);
	for (size_t i = 0; i < c.nr; i++)
		printf("%s%s:%d", i ? "," : "", c.list[i].name, c.list[i].score);
	printf(" %s\n", c.because);
}

/* Caches that were merged have objects of several types. */
static bool is_merged(struct memory *memory, uint64_t cache)
{
	struct target_member refcount;
	uint64_t users;

	return !target_find(memory->target, "kmem_cache", "refcount", &refcount) ||
	       memory_member(memory, cache, refcount, &users) != TARGET_OK || users > 1;
}

static void cache_ask(struct judged *j, const struct cache_result *result)
{
	struct samples samples = { 0 }, *s = &samples;
	const struct objects_visit visit = { .object = sample_take, .ctx = s };
	struct objects_count count = { 0 };
	char type[OBJECT_TYPE_MAX];

	if (is_merged(j->allocator->memory, result->cache.addr) ||
	    !object_type_by_name(&result->cache, type_size, (void *)judged_types(j), type) ||
	    !j->allocator->ops->objects(j->allocator, result, &visit, &count))
		return;
	for (int free = 0; free < 2; free++)
		for (unsigned int i = 0; i < s->nr[free]; i++)
			ask(j, &result->cache, type, free, s->list[free][i].addr);
}

static bool all_ask(struct target *target, struct arena *arena)
{
	const struct check_options options = { .out = stderr, .scan = true, .threads = 1 };
	struct run *run = run_new(target, arena, &options);
	struct judged judged;

	if (!run || !run_prepare(run, 1) || !run_names(run))
		return false;
	run_scan(run);
	run_judge_caches(run);
	run_judge_unlisted(run);
	judged = run_judged(run);
	if (!judged_types(&judged))
		return false;
	for (size_t i = 0; i < run->nr_results; i++)
		cache_ask(&judged, run->results[i]);
	return true;
}

int main(int argc, char **argv)
{
	const struct kernel_info_options options = { .vmlinux = argc > 2 ? argv[2] : NULL };
	const char *paths[] = { argc > 1 ? argv[1] : "" };
	struct file_target target;
	struct error error = { 0 };
	struct arena arena;
	bool done;

	if (!file_target_open(&target, paths, 1, &options, &error)) {
		fprintf(stderr, "%s: cannot be opened\n", paths[0]);
		return EXIT_FAILURE;
	}
	arena_init(&arena, CHECK_ARENA_LIMIT);
	done = all_ask(&target.target, &arena);
	arena_free(&arena);
	file_target_close(&target);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
