/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * -i against the model: its own /proc/slabinfo, and who has which object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "model/slab/census.h"
#include "model/slab/history.h"
#include "model/slub/census.h"
#include "model/slub/history.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define HEAPS 25
#define ARENA_BYTES ((size_t)64 << 20)

/* The record of type "usage" of a cache, as text. */
static const char *row_of(char *text, uint64_t cache, char *buf, size_t size)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"cache_address\":\"%#llx\"", (unsigned long long)cache);
	for (char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t len = strcspn(line, "\n");

		snprintf(buf, size, "%.*s", (int)len, line);
		if (strstr(buf, wanted) && strstr(buf, "\"type\":\"usage\""))
			return buf;
	}
	return NULL;
}

static uint64_t number_of(const char *row, const char *key)
{
	char wanted[64];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\"%s\":", key);
	at = strstr(row, wanted);
	unit_check(at != NULL, "no %s in %s", key, row);
	return strtoull(at + strlen(wanted), NULL, 10);
}

/* Objects that are on no freelist and in no sheaf that can be found. */
static uint64_t owned(const struct census_cache *c)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < c->nr_slabs; i++) {
		const struct census_slab *s = &c->slabs[i];

		if (s->place == CENSUS_WAITS)
			continue;
		for (unsigned int j = 0; j < s->room; j++)
			nr += !s->on[j];
	}
	/* Nothing leads to a sheaf that waits for a grace period, so its objects seem to be owned. */
	for (size_t i = 0; i < c->nr_sheaves; i++)
		if (c->sheaves[i].place == CENSUS_SHEAF_WAITS)
			nr += c->sheaves[i].nr;
	return nr;
}

static void cache_compare(struct model *m, const struct census_cache *c, char *text,
			  const char *era)
{
	struct model_slabinfo info;
	char row[1024];

	unit_check(row_of(text, c->cache, row, sizeof(row)) != NULL, "%s: no row of %s", era,
		   c->name);
	unit_check(model_slabinfo(m, c->cache, &info), "%s: no slabinfo of %s", era, c->name);
	unit_check(number_of(row, "objects") == info.num_objs, "%s %s: objects", era, c->name);
	unit_check(number_of(row, "slabs") == info.num_slabs, "%s %s: slabs", era, c->name);
	unit_check(number_of(row, "active") == info.active_objs, "%s %s: active %llu, not %llu",
		   era, c->name, (unsigned long long)number_of(row, "active"),
		   (unsigned long long)info.active_objs);
	unit_check(number_of(row, "allocated") == owned(c), "%s %s: allocated %llu, not %llu", era,
		   c->name, (unsigned long long)number_of(row, "allocated"),
		   (unsigned long long)owned(c));
}

static char *usage_of(struct model *m)
{
	struct arena arena;
	size_t size;
	char *text;
	struct check_options options = { .format = CHECK_JSON,
					 .out = open_memstream(&text, &size) };

	arena_init(&arena, ARENA_BYTES);
	check_usage(model_target(m), &arena, &options);
	arena_free(&arena);
	fclose(options.out);
	return text;
}

static void heap_compare(const struct era *era, uint64_t seed)
{
	const struct history_config config = { .era = era, .seed = seed, .operations = 500 };
	struct history *h = history_run(&config);
	struct census *census;
	char *text;

	unit_check(h != NULL && !history_failed(h), "%s: no heap", era->name);
	census = census_take(history_model(h), 0);
	text = usage_of(history_model(h));
	unit_check(census != NULL && text != NULL, "%s: no memory", era->name);
	for (size_t i = 0; i < census->nr_caches; i++)
		cache_compare(history_model(h), &census->caches[i], text, era->name);
	census_free(census);
	free(text);
	history_free(h);
}

START_TEST(slabinfo)
{
	for (int era = 0; era < MODEL_ERAS; era++)
		for (uint64_t seed = 1; seed <= HEAPS; seed++)
			heap_compare(model_era((enum model_era)era), seed);
}
END_TEST

/* SLAB: also the sizes of arrays, and what is in those that the CPUs of a node share. */
static uint64_t slab_cache_compare(struct model *m, const struct slab_census_cache *c, char *text,
				   const char *era)
{
	struct slab_line line;
	uint64_t allocated = 0;
	char row[1024];

	for (size_t i = 0; i < c->nr_slabs; i++)
		allocated += c->slabs[i].used - c->slabs[i].cached;
	unit_check(row_of(text, c->cache, row, sizeof(row)) != NULL, "%s: no row of %s", era,
		   c->name);
	unit_check(slab_info(m, c->cache, &line), "%s: no slabinfo of %s", era, c->name);
	const struct {
		const char *key;
		uint64_t value;
	} wanted[] = { { "objects", line.num_objs },
		       { "slabs", line.num_slabs },
		       { "active", line.active_objs },
		       { "limit", line.limit },
		       { "batchcount", line.batchcount },
		       { "shared", line.shared },
		       { "shared_available", line.shared_avail },
		       { "allocated", allocated } };

	for (size_t i = 0; i < UNIT_COUNT(wanted); i++)
		unit_check(number_of(row, wanted[i].key) == wanted[i].value,
			   "%s %s: %s %llu, not %llu", era, c->name, wanted[i].key,
			   (unsigned long long)number_of(row, wanted[i].key),
			   (unsigned long long)wanted[i].value);
	return line.shared_avail;
}

START_TEST(slab_slabinfo)
{
	for (int era = 0; era < SLAB_ERAS; era++) {
		const char *name = slab_era((enum slab_era)era)->name;
		uint64_t shared = 0;

		for (uint64_t seed = 1; seed <= HEAPS; seed++) {
			const struct slab_history_config config = {
				.era = slab_era((enum slab_era)era), .seed = seed, .operations = 500
			};
			struct slab_history *h = slab_history_run(&config);
			struct slab_census *census;
			char *text;

			unit_check(h != NULL && !slab_history_failed(h), "%s: no heap", name);
			census = slab_census_take(slab_history_model(h));
			text = usage_of(slab_history_model(h));
			unit_check(census != NULL && text != NULL, "%s: no memory", name);
			for (size_t i = 0; i < census->nr_caches; i++)
				shared += slab_cache_compare(slab_history_model(h),
							     &census->caches[i], text, name);
			slab_census_free(census);
			free(text);
			slab_history_free(h);
		}
		unit_check(shared > 0, "%s: no shared array held an object", name);
	}
}
END_TEST

/* --- What takes the memory (--sort) --- */

/* The values of a column of the table, behind its heading: "?" and "-" are -1. */
static size_t column(const char *text, int number, char names[][32], long values[], size_t room)
{
	size_t nr = 0;

	for (const char *line = strchr(text, '\n'); line && nr < room; line = strchr(line, '\n')) {
		char words[7][32];

		if (sscanf(++line, "%31s %31s %31s %31s %31s %31s %31s", words[0], words[1],
			   words[2], words[3], words[4], words[5], words[6]) != 7 ||
		    line[0] == ' ' || !strncmp(line, "all ", 4))
			break;
		snprintf(names[nr], 32, "%s", words[0]);
		values[nr++] =
			strchr("?-", words[number][0]) ? -1 : strtol(words[number], NULL, 10);
	}
	return nr;
}

#define ROWS_MAX 64

START_TEST(sorted)
{
	static const struct {
		enum check_sort sort;
		int column;
	} orders[] = { { SORT_SIZE, 1 }, { SORT_OBJECTS, 4 }, { SORT_WASTE, 3 }, { SORT_NAME, 0 } };

	for (int i = 0; i < (int)UNIT_COUNT(orders) * ERAS; i++) {
		struct world *w = world_new((enum image_era)(i % ERAS));
		struct run *run =
			run_check(w->image, (struct run_options){ .usage = true,
								  .text = true,
								  .sort = orders[i / ERAS].sort });
		char names[ROWS_MAX][32];
		long values[ROWS_MAX];
		size_t nr = column(run->text, orders[i / ERAS].column, names, values, ROWS_MAX);

		unit_check(nr >= 3, "%s: %zu rows of %s", run->era, nr, run->text);
		for (size_t j = 1; j < nr; j++)
			unit_check(orders[i / ERAS].column ? values[j - 1] >= values[j]
							   : strcmp(names[j - 1], names[j]) < 0,
				   "%s: row %zu of %s", run->era, j, run->text);
		run_free(run);
		world_free(w);
	}
}
END_TEST

/* Memory of alpha: a page a slab; objects of 64 bytes. What nobody has of it is wasted. */
START_TEST(wasted)
{
	for (int era = 0; era < ERAS; era++) {
		struct world *w = world_new((enum image_era)era);
		struct run *run = run_check(w->image, (struct run_options){ .usage = true });
		const char *row = run_line(run, "type=usage cache=alpha");

		ck_assert_ptr_nonnull(row);
		unit_check(number_of(row, "bytes") == number_of(row, "slabs") * IMAGE_PAGE &&
				   number_of(row, "object_size") == 64 &&
				   number_of(row, "allocated") > 0 &&
				   number_of(row, "waste") ==
					   number_of(row, "bytes") -
						   64 * number_of(row, "allocated"),
			   "%s: %s", run->era, row);
		run_free(run);
		world_free(w);
	}
}
END_TEST

/* Rows are as long as the terminal is wide, at most; aliases go on in the next line. */
START_TEST(widths)
{
	static const int columns[] = { 80, 120, 200 };
	struct world *w = world_new(ERA_6_1);

	for (size_t i = 0; i < UNIT_COUNT(columns); i++) {
		struct run *run = run_check(w->image, (struct run_options){ .usage = true,
									    .text = true,
									    .columns = columns[i],
									    .sort = SORT_SIZE });
		size_t len;

		for (const char *line = run->text; *line; line += len + 1) {
			len = strcspn(line, "\n");
			unit_check(len < (size_t)columns[i], "%d columns: %.*s", columns[i],
				   (int)len, line);
		}
		run_free(run);
	}
	world_free(w);
}
END_TEST

Suite *suite_checker_usage(void)
{
	Suite *suite = suite_create("checker_usage");
	TCase *tcase = tcase_create("usage");

	tcase_add_test(tcase, slabinfo);
	tcase_add_test(tcase, slab_slabinfo);
	tcase_add_test(tcase, sorted);
	tcase_add_test(tcase, wasted);
	tcase_add_test(tcase, widths);
	suite_add_tcase(suite, tcase);
	return suite;
}
