/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of a slab: an object a cell, its state by colour and by letter. */
#include "checker/report/html_parts.h"

#include <inttypes.h>

#include "checker/report/object_map.h"

/* Of a page. */
#define MAPS_MAX 48u
#define CELLS_MAX 24576u

/* What the legend says of a state; its class of page.css is its name. */
static const char *const whats[MAP_STATES] = {
	[MAP_ALLOCATED] = "allocated",
	[MAP_FREE] = "free, on the freelist of the slab",
	[MAP_FREE_CPU] = "free, on the freelist of a CPU",
	[MAP_FREE_ARRAY] = "free, in a sheaf or an array",
	[MAP_UNKNOWN] = "unknown",
	[MAP_LOST] = "lost: free, but nothing leads to it",
};

/* A map that is being drawn. */
struct map {
	const struct report *report;
	const struct cache_result *result;
	uint64_t page;
	unsigned int columns, nr;
	bool seen[MAP_STATES], bad;
};

/* Whether a finding says that something of the object is damaged. */
static const struct finding *damage_of(const struct map *map, const struct object_view *o)
{
	findings_for_each (node, &map->result->findings) {
		const struct finding *f = &node->finding;

		if (f->severity != SEVERITY_CORRUPT)
			continue;
		if (f->has & FINDING_HAS_OBJECT && f->object == o->addr)
			return f;
		/* A link's place is in the object that holds it. */
		if (f->has & FINDING_HAS_SLOT && f->slot >= o->addr &&
		    f->slot - o->addr < map->result->cache.size)
			return f;
	}
	return NULL;
}

/* "allocated by sock_alloc+0x1d, CPU 1, pid 123", where the kernel noted it. */
static void track_write(const struct map *map, const struct object_view *o)
{
	const struct allocator *a = map->report->allocator;
	enum track_of of = o->state == OBJECT_ALLOCATED ? TRACK_ALLOC : TRACK_FREE;
	char text[TRACK_TEXT_MAX];
	struct track tracks[TRACKS];

	if (!map->result->cache.debugged || !a->ops->tracks(a, map->result, o->addr, tracks) ||
	    !tracks[of].addr)
		return;
	html_format(map->report->out, "; %s by %s", of == TRACK_ALLOC ? "allocated" : "freed",
		    track_describe(&tracks[of], text));
}

static void cell_write(void *ctx, const struct object_view *o)
{
	struct map *map = ctx;
	FILE *out = map->report->out;
	enum map_state state = map_state_of(o);
	const struct finding *damage = damage_of(map, o);
	char holder[HOLDER_TEXT_MAX] = "";

	if (map->nr % map->columns == 0)
		fprintf(out, "%s<tr><th scope=\"row\">%" PRIx64 "</th>", map->nr ? "</tr>\n" : "",
			o->addr);
	map->nr++;
	map->seen[state] = true;
	map->bad |= damage != NULL;
	fprintf(out, "<td class=\"%s%s\" title=\"object %d, %" PRIx64 ": ", map_state_name(state),
		damage ? " bad" : "", o->index, o->addr);
	if (o->holder.kind == HOLDER_NONE)
		html_text(out, object_state_name(o->state));
	else
		html_format(out, "free, %s", holder_describe(&o->holder, holder, sizeof(holder)));
	track_write(map, o);
	if (damage)
		html_format(out, "; damaged: %s", finding_info(damage->id)->id);
	fprintf(out, "\">%c%s</td>", map_state_letter(state), damage ? "!" : "");
}

static void legend_write(const struct map *map)
{
	FILE *out = map->report->out;

	fputs("<p class=\"legend\">", out);
	for (unsigned int i = 0; i < MAP_STATES; i++)
		if (map->seen[i])
			fprintf(out, "<span><span class=\"cell %s\">%c</span> %s</span> ",
				map_state_name(i), map_state_letter(i), whats[i]);
	if (map->bad)
		fputs("<span><span class=\"cell bad\">!</span> damaged</span>", out);
	fputs("</p>\n", out);
}

/* Whether there is room for it on the page. */
static bool budget_take(struct html_budget *budget, uint64_t objects)
{
	if (budget->maps >= MAPS_MAX || budget->cells + objects > CELLS_MAX)
		return false;
	budget->maps++;
	budget->cells += objects;
	return true;
}

/* Whether a finding before this one has drawn the slab. */
static const struct finding *drawn_by(const struct cache_result *result, const struct finding *f)
{
	findings_for_each (node, &result->findings) {
		if (&node->finding == f)
			return NULL;
		if (node->finding.has & FINDING_HAS_SLAB && node->finding.slab == f->slab &&
		    node->finding.severity == SEVERITY_CORRUPT)
			return &node->finding;
	}
	return NULL;
}

static void caption_write(const struct map *map, const struct finding *f)
{
	FILE *out = map->report->out;
	char name[CACHE_NAME_MAX + 32];

	fprintf(out,
		"<div class=\"scroll\"><table class=\"map\" id=\"slab-%" PRIx64
		"\">\n<caption>Slab <code>%" PRIx64 "</code>",
		f->slab, f->slab);
	if (f->slab_base)
		fprintf(out, " at <code>%" PRIx64 "</code>", f->slab_base);
	fputs(" of ", out);
	html_text(out, html_cache_name(&map->result->cache, name));
	fputs(", an object a cell</caption>\n<tbody>\n", out);
}

void html_map(const struct report *report, const struct cache_result *result,
	      const struct finding *f)
{
	const struct allocator *a = report->allocator;
	struct map map = { report, result, f->slab, 16, 0, { false }, false };
	const struct objects_visit visit = { NULL, cell_write, &map };
	unsigned int objects = result->cache.objects_per_slab;
	FILE *out = report->out;

	if (!(f->has & FINDING_HAS_SLAB) || f->severity != SEVERITY_CORRUPT || !a ||
	    !result->cache.walkable)
		return;
	fputs("<h4>Slab</h4>\n", out);
	if (drawn_by(result, f)) {
		fprintf(out,
			"<p><a href=\"#slab-%" PRIx64 "\">The map of this slab</a> is above.</p>\n",
			f->slab);
		return;
	}
	if (!budget_take(&report->kept->budget, objects)) {
		fputs("<p class=\"dim\">The page has no room for this map.</p>\n", out);
		return;
	}
	map.columns = objects > 64 ? 32 : 16;
	caption_write(&map, f);
	if (!a->ops->slab_objects((struct allocator *)a, result, f->slab, &visit) || !map.nr)
		fputs("<tr><td>Its objects cannot be told apart.</td>", out);
	fputs("</tr>\n</tbody>\n</table></div>\n", out);
	fputs("<p class=\"told\" aria-live=\"polite\"></p>\n", out);
	legend_write(&map);
}
