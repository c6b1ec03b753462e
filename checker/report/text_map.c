/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs as pictures: a slab a row, an object a cell. */
#include <inttypes.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/report/text.h"

/* A cache with more slabs is folded, unless -v is given: those that are alike are one row. */
#define ROWS_MAX 48
#define COLUMNS 80
#define CELLS_MIN 16
#define PLACE_MAX 48
/* How full slabs are, in steps, for those that are folded. */
#define FILLS 5
#define FOLDED_WIDTH 13 /* "80 % and more" */

/* What stands for each state where the terminal can. The letters are kept where they mean more. */
static const char *const blocks[MAP_STATES] = {
	[MAP_ALLOCATED] = "\u2588", [MAP_FREE] = "\u00b7", [MAP_FREE_CPU] = "c",
	[MAP_FREE_ARRAY] = "a",	    [MAP_UNKNOWN] = "?",   [MAP_LOST] = "x",
};

static const char *const colours[MAP_STATES] = {
	[MAP_ALLOCATED] = "",	       [MAP_FREE] = "\033[32m",	   [MAP_FREE_CPU] = "\033[36m",
	[MAP_FREE_ARRAY] = "\033[34m", [MAP_UNKNOWN] = "\033[33m", [MAP_LOST] = "\033[35m",
};

#define DAMAGED_COLOUR "\033[1;31m"
#define COLOUR_END "\033[0m"

static void cell_text(const struct report *report, const char *text, const char *colour)
{
	if (report->options->map_colour && *colour)
		fprintf(report->out, "%s%s" COLOUR_END, colour, text);
	else
		fputs(text, report->out);
}

/* One object, or several of which the worst is shown. */
static void cell(const struct report *report, const struct map_object *objects, uint32_t nr)
{
	enum map_state worst = MAP_ALLOCATED, least = MAP_STATES;
	char letter[2] = "";

	for (uint32_t i = 0; i < nr; i++) {
		if (objects[i].damaged) {
			letter[0] = MAP_DAMAGED;
			cell_text(report, letter, DAMAGED_COLOUR);
			return;
		}
		if (objects[i].state > worst)
			worst = objects[i].state;
		if (objects[i].state < least)
			least = objects[i].state;
	}
	letter[0] = map_state_letter(worst);
	if (worst < MAP_UNKNOWN && least != worst) {
		letter[0] = MAP_MIXED;
		cell_text(report, letter, "");
	} else {
		cell_text(report, report->options->map_utf8 ? blocks[worst] : letter,
			  colours[worst]);
	}
}

/* How a picture is laid out. */
struct picture {
	const struct report *report;
	int columns, place_width, used_width;
	uint32_t step; /* objects that share a cell */
	bool fold;
};

static uint32_t number_of(const struct map_slab *s, enum map_state state)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->nr; i++)
		nr += s->objects[i].state == state;
	return nr;
}

/* How many objects somebody has, of how many. */
static int used_text(const struct map_slab *s, char text[24])
{
	if (number_of(s, MAP_UNKNOWN))
		return snprintf(text, 24, "?/%" PRIu32, s->nr);
	return snprintf(text, 24, "%" PRIu32 "/%" PRIu32, number_of(s, MAP_ALLOCATED), s->nr);
}

static void row_begin(const struct picture *p, const struct map_slab *s)
{
	char place[PLACE_MAX], used[24];

	used_text(s, used);
	cell_text(p->report, s->damaged ? "! " : "  ", DAMAGED_COLOUR);
	fprintf(p->report->out, "%-16" PRIx64 " %-*s %*s", s->slab.base, p->place_width,
		map_place(&s->slab, place, sizeof(place)), p->used_width, used);
}

static void row(const struct picture *p, const struct map_slab *s)
{
	row_begin(p, s);
	fputc(' ', p->report->out);
	for (uint32_t i = 0; i < s->nr; i += p->step)
		cell(p->report, &s->objects[i], s->nr - i < p->step ? s->nr - i : p->step);
	fputc('\n', p->report->out);
}

/* With the place of each free object on its list, as "c3": number 3 of a CPU's. */
static void row_ordered(const struct picture *p, const struct map_slab *s)
{
	const struct report *report = p->report;
	int room = p->columns - 1, at = room, width = 2, pad = 0;
	char text[16];

	for (uint32_t nr = s->nr; nr >= 10; nr /= 10)
		width++;
	row_begin(p, s);
	for (uint32_t i = 0; i < s->nr; i++) {
		const struct map_object *o = &s->objects[i];
		bool free = o->state == MAP_FREE || o->state == MAP_FREE_CPU;
		char letter = o->damaged ? MAP_DAMAGED : map_state_letter(o->state);

		if (at + width > room) {
			at = fprintf(report->out, "\n    ") - 1;
			pad = 0;
		}
		fprintf(report->out, "%*s", pad, "");
		snprintf(text, sizeof(text), free ? "%c%" PRIu32 : "%c", letter, o->position);
		cell_text(report, text, o->damaged ? DAMAGED_COLOUR : colours[o->state]);
		pad = width + 1 - (int)strlen(text);
		at += width + 1;
	}
	fputc('\n', report->out);
}

/* Slabs that are alike: of nobody's CPU, about as full, with nothing to be seen in them. */
static bool folds(const struct map_slab *s)
{
	if (s->damaged || s->slab.status != TARGET_OK || s->slab.place == PLACE_CPU_SLAB ||
	    s->slab.waits || s->slab.inuse > s->nr || !s->nr)
		return false;
	for (uint32_t i = 0; i < s->nr; i++)
		if (s->objects[i].state >= MAP_UNKNOWN)
			return false;
	return true;
}

/* 0: empty; FILLS + 1: full. */
static unsigned int fill_of(const struct map_slab *s)
{
	if (!s->slab.inuse)
		return 0;
	return s->slab.inuse == s->nr ? FILLS + 1 : 1 + s->slab.inuse * FILLS / s->nr;
}

static const char *slabs_text(uint64_t nr, char text[32])
{
	snprintf(text, 32, "%" PRIu64 " slab%s", nr, nr == 1 ? "" : "s");
	return text;
}

static void folded_rows(const struct picture *p, const struct object_map *map)
{
	static const char *const names[FILLS + 2] = { "empty",	    "up to 20 %", "20 to 40 %",
						      "40 to 60 %", "60 to 80 %", "80 % and more",
						      "full" };
	struct {
		uint64_t slabs, used, objects;
	} groups[FILLS + 2] = { 0 };
	char text[32];

	for (size_t i = 0; i < map->nr; i++) {
		const struct map_slab *s = &map->slabs[i];

		if (!folds(s))
			continue;
		groups[fill_of(s)].slabs++;
		groups[fill_of(s)].used += number_of(s, MAP_ALLOCATED);
		groups[fill_of(s)].objects += s->nr;
	}
	for (unsigned int i = 0; i < FILLS + 2; i++)
		if (groups[i].slabs)
			fprintf(p->report->out, "  %-16s %-*s %" PRIu64 "/%" PRIu64 "\n",
				slabs_text(groups[i].slabs, text), p->place_width, names[i],
				groups[i].used, groups[i].objects);
}

static void legend(const struct report *report, uint32_t step)
{
	static const char *const texts[MAP_STATES] = {
		[MAP_ALLOCATED] = "allocated",	  [MAP_FREE] = "free",
		[MAP_FREE_CPU] = "free on a CPU", [MAP_FREE_ARRAY] = "free in an array",
		[MAP_UNKNOWN] = "unknown",	  [MAP_LOST] = "lost",
	};
	char letter[2] = "";

	for (unsigned int i = 0; i < MAP_STATES; i++) {
		letter[0] = map_state_letter(i);
		fputs("  ", report->out);
		cell_text(report, report->options->map_utf8 ? blocks[i] : letter, colours[i]);
		fprintf(report->out, " %s", texts[i]);
	}
	fputs("\n  ", report->out);
	letter[0] = MAP_DAMAGED;
	cell_text(report, letter, DAMAGED_COLOUR);
	fputs(" named by a finding", report->out);
	if (step > 1)
		fprintf(report->out, "  + some allocated, some free  (%" PRIu32 " objects a cell)",
			step);
	fputc('\n', report->out);
}

static void heading(const struct report *report, const struct object_map *map)
{
	const struct cache_view *cache = &map->result->cache;
	char name[4 * CACHE_NAME_MAX];

	fprintf(report->out,
		"%s %" PRIx64 ": %s, %zu slab%s of %u objects, %" PRIu64 " bytes each\n",
		text_escape(cache->name, name, sizeof(name)), cache->addr,
		verdict_name(cache_verdict(map->result)), map->nr, map->nr == 1 ? "" : "s",
		cache->objects_per_slab, cache->size);
}

/* Objects share a cell so that the largest slab is a row. */
static struct picture picture_of(const struct report *report, const struct object_map *map)
{
	struct picture p = { .report = report,
			     .columns = (int)report->options->map_columns,
			     .fold = map->nr > ROWS_MAX && !report->options->verbose };
	char text[PLACE_MAX];
	uint32_t most = 1;
	int cells;

	if (!p.columns)
		p.columns = COLUMNS;
	for (size_t i = 0; i < map->nr; i++) {
		const struct map_slab *s = &map->slabs[i];
		int place = (int)strlen(map_place(&s->slab, text, sizeof(text)));
		int used = used_text(s, text);

		p.place_width = place > p.place_width ? place : p.place_width;
		p.used_width = used > p.used_width ? used : p.used_width;
		most = s->nr > most ? s->nr : most;
	}
	if (p.fold && p.place_width < FOLDED_WIDTH)
		p.place_width = FOLDED_WIDTH;
	cells = p.columns - 1 - (2 + 16 + 1 + p.place_width + 1 + p.used_width + 1);
	if (cells < CELLS_MIN)
		cells = CELLS_MIN;
	p.step = report->options->map_order ? 1 : (most + (uint32_t)cells - 1) / (uint32_t)cells;
	return p;
}

void text_map(const struct report *report, const struct object_map *map)
{
	struct picture p = picture_of(report, map);

	heading(report, map);
	if (!map->nr)
		return;
	legend(report, p.step);
	fprintf(report->out, "  %-16s %-*s %*s objects\n", "slab", p.place_width, "", p.used_width,
		"used");
	for (size_t i = 0; i < map->nr; i++) {
		if (p.fold && folds(&map->slabs[i]))
			continue;
		if (report->options->map_order)
			row_ordered(&p, &map->slabs[i]);
		else
			row(&p, &map->slabs[i]);
	}
	if (p.fold)
		folded_rows(&p, map);
}
