/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --map: slabs as pictures. What is drawn is what -o lists, and it fits the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report/object_map.h"
#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))
#define ESCAPE '\033'

static struct run *map_of(struct world *w, struct run_options o)
{
	o.map = true;
	if (!o.names[0])
		o.names[0] = "alpha";
	return run_check(w->image, o);
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

static void expect(struct run *run, const struct image_slab *slab, const char *words)
{
	run_expect_type(run, "slab-map", "slab=0x%llx base=0x%llx %s", H(slab->page), H(slab->base),
			words);
}

/* How often @text is in a line. */
static unsigned int times(const char *line, const char *text)
{
	unsigned int nr = 0;

	for (const char *at = line; (at = strstr(at, text)); at += strlen(text))
		nr++;
	return nr;
}

/* The record of a slab. */
static const char *line_of(const struct run *run, const struct image_slab *slab)
{
	char base[32];

	snprintf(base, sizeof(base), "\"base\":\"0x%llx\"", H(slab->base));
	for (size_t i = 0; i < run->nr_lines; i++)
		if (strstr(run->lines[i], base))
			return run->lines[i];
	ck_abort_msg("%s: no record with %s", run->era, base);
}

/* CPU's freelist 5 3 9, its own 10 2. */
EACH_CPU_ERA(states)
{
	struct world *w = world_new(ERA(turn));
	struct run *run = map_of(w, (struct run_options){ .map_order = true });
	const char *line = line_of(run, w->cpu0);

	run_verdict(run, VERDICT_CLEAN);
	expect(run, w->cpu0, "cache=alpha place=cpu-slab cpu=0");
	unit_check(times(line, "{\"state\":\"free-cpu\",\"nr\":1}") == 3, "%s: %s", run->era, line);
	unit_check(strstr(line,
			  "\"objects\":[{\"state\":\"allocated\",\"nr\":2},"
			  "{\"state\":\"free\",\"nr\":1},{\"state\":\"free-cpu\",\"nr\":1},") !=
			   NULL,
		   "%s: %s", run->era, line);
	unit_check(strstr(line, "\"order\":[-1,-1,1,1,-1,0,-1,-1,-1,2,0,-1,") != NULL, "%s: %s",
		   run->era, line);
	unit_check(strstr(line, "\"damaged\":[]") != NULL, "%s: %s", run->era, line);
	unit_check(strstr(line_of(run, w->full1), "[{\"state\":\"allocated\",\"nr\":64}]") != NULL,
		   "%s: a full slab", run->era);
	done(w, run);
}

/* What a finding names is marked, and what it hides is unknown. */
EACH_ERA(damaged)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slot(w->node0[0], 6), 0x4141414141414141);
	run = map_of(w, (struct run_options){ 0 });
	run_verdict(run, VERDICT_CORRUPT);
	unit_check(strstr(line_of(run, w->node0[0]), "\"damaged\":[6]") != NULL, "%s: %s", run->era,
		   line_of(run, w->node0[0]));
	unit_check(strstr(line_of(run, w->node0[0]), "unknown") != NULL, "%s", run->era);
	unit_check(strstr(line_of(run, w->node0[1]), "\"damaged\":[]") != NULL, "%s", run->era);
	done(w, run);
}

/* Of an address in the middle of an object: its slab alone. A struct page means its page. */
EACH_ERA(of_an_address)
{
	struct world *w = world_new(ERA(turn));
	uint64_t addresses[] = { image_object(w->node0[0], 6) + 5, w->node0[0]->page };

	for (size_t i = 0; i < 2; i++) {
		struct run *run = map_of(
			w, (struct run_options){ .map_address = addresses[i], .names = { "zzz" } });

		expect(run, w->node0[0], "cache=alpha");
		unit_check(run->nr_lines == 2, "%s: %zu lines", run->era, run->nr_lines);
		run_verdict(run, VERDICT_CLEAN);
		run_free(run);
	}
	world_free(w);
}

EACH_ERA(of_no_slab)
{
	struct world *w = world_new(ERA(turn));
	struct run *run = map_of(
		w, (struct run_options){ .map_address = 0x4141414141414141, .names = { "zzz" } });

	unit_check(strstr(run->lines[0], "4141414141414141 is not an address of a slab") != NULL,
		   "%s: %s", run->era, run->lines[0]);
	run_verdict(run, VERDICT_UNKNOWN);
	/* And nothing of what was tried on the way. */
	unit_check(run->nr_lines == 2, "%s: %zu lines", run->era, run->nr_lines);
	done(w, run);
}

/* A cache's own address means the cache. */
EACH_ERA(of_a_cache)
{
	struct world *w = world_new(ERA(turn));
	char name[32];
	struct run *run;

	snprintf(name, sizeof(name), "0x%llx", H(w->alpha->addr));
	run = map_of(w, (struct run_options){ .map_address = w->alpha->addr, .names = { name } });
	unit_check(run->nr_lines == 12, "%s: %zu lines", run->era, run->nr_lines);
	done(w, run);
}

/* Columns that a line takes, without colours; characters of UTF-8 take one. */
static unsigned int width(const char *line, size_t len)
{
	unsigned int columns = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == ESCAPE)
			while (i < len && line[i] != 'm')
				i++;
		else if (((unsigned char)line[i] & 0xc0) != 0x80)
			columns++;
	}
	return columns;
}

static void widths_check(const char *text, unsigned int columns)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		unsigned int wide = width(text, len);

		unit_check(wide < columns, "%u of %u columns: %.*s", wide, columns, (int)len, text);
		unit_check(!len || text[len - 1] != ' ', "blanks at the end: %.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

START_TEST(widths)
{
	static const unsigned int columns[] = { 80, 120, 200 };

	for (size_t i = 0; i < 6; i++) {
		struct world *w = world_new(ERA_6_1);
		struct run *run = map_of(w, (struct run_options){ .text = true,
								  .map_order = i % 2,
								  .map_columns = columns[i / 2] });

		widths_check(run->text, columns[i / 2]);
		/* A wider terminal is of use. */
		unit_check(i % 2 || (strstr(run->text, "2 objects a cell") != NULL) == !i, "%u: %s",
			   columns[i / 2], run->text);
		done(w, run);
	}
}
END_TEST

/* The same with colours and blocks, which bytes_check() of other runs does not let pass. */
START_TEST(colours)
{
	struct world *w = world_new(ERA_6_1);
	char *names[] = { "alpha" }, *text;
	struct check_options o = { .names = names,
				   .nr_names = 1,
				   .map_colour = true,
				   .map_utf8 = true,
				   .map_columns = 200 };
	struct arena arena;
	size_t size;

	image_set(w->image, image_slot(w->node0[0], 6), 0x4141414141414141);
	o.out = open_memstream(&text, &size);
	arena_init(&arena, (size_t)64 << 20);
	check_map(&w->image->target, &arena, 0, &o);
	arena_free(&arena);
	fclose(o.out);
	widths_check(text, 200);
	unit_check(strstr(text, "\033[1;31m!\033[0m") != NULL, "no mark: %s", text);
	unit_check(strstr(text, "\u2588\u2588") != NULL, "no blocks: %s", text);
	unit_check(strstr(text, "\033[36mc\033[0m") != NULL, "no colour: %s", text);
	free(text);
	world_free(w);
}
END_TEST

/* Where a cell has several objects nothing that is damaged is hidden by others. */
START_TEST(worst_of_a_cell)
{
	struct world *w = world_new(ERA_6_1);
	struct run *run;

	image_set(w->image, image_slot(w->node0[0], 6), 0x4141414141414141);
	run = map_of(w, (struct run_options){ .text = true, .map_columns = 60 });
	unit_check(strstr(run->text, "objects a cell)") != NULL, "%s", run->text);
	unit_check(times(run->text, "!") == 3, "the slab, its object, and the legend: %s",
		   run->text);
	done(w, run);
}
END_TEST

/* A slab a row, each object in one cell: 64 cells. */
START_TEST(a_cell_each)
{
	struct world *w = world_new(ERA_6_1);
	struct run *run = map_of(w, (struct run_options){ .text = true, .map_columns = 200 });

	unit_check(strstr(run->text, " CPU 0   59/64 ##.c#c###c.#####") != NULL, "%s", run->text);
	unit_check(strstr(run->text, "a cell") == NULL, "%s", run->text);
	done(w, run);
}
END_TEST

Suite *suite_checker_map(void)
{
	Suite *s = suite_create("checker_map");
	TCase *tc = tcase_create("map");

	tcase_set_timeout(tc, UNIT_TIMEOUT);
	tcase_add_test(tc, states);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, of_an_address);
	tcase_add_test(tc, of_no_slab);
	tcase_add_test(tc, of_a_cache);
	tcase_add_test(tc, widths);
	tcase_add_test(tc, colours);
	tcase_add_test(tc, worst_of_a_cell);
	tcase_add_test(tc, a_cell_each);
	suite_add_tcase(s, tc);
	return s;
}
