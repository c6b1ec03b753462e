/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has the memory (--top). */
#include <inttypes.h>

#include "checker/image/escape.h"
#include "checker/report/layout.h"
#include "checker/report/text.h"

/* Rows of each list, unless -v is given. */
#define ROWS_MAX 30
/* Where the last column begins. */
#define WHO_COLUMN 28

static void heading(FILE *out, const char *who)
{
	fprintf(out, "%9s %9s %6s  %s\n", "OBJECTS", "KIB", "%", who);
}

static void numbers(FILE *out, uint64_t objects, uint64_t bytes, uint64_t all)
{
	fprintf(out, "%9" PRIu64 " %9" PRIu64 " %6.2f  ", objects, (bytes + 512) >> 10,
		all ? 100.0 * (double)bytes / (double)all : 0.0);
}

static size_t shown(const struct report *report, size_t nr)
{
	return report->options->verbose || nr <= ROWS_MAX ? nr : ROWS_MAX;
}

static void rest(FILE *out, size_t nr, size_t of, const char *what)
{
	if (nr < of)
		fprintf(out, "%zu more %s have less (-v)\n", of - nr, what);
}

static void sites_write(const struct report *report, const struct report_top *top)
{
	size_t nr = shown(report, top->nr_sites);
	char site[TOP_SITE_MAX], name[4 * CACHE_NAME_MAX], text[TOP_SITE_MAX + sizeof(name) + 8];

	if (!top->nr_sites)
		return;
	heading(report->out, "ALLOCATED BY");
	for (size_t i = 0; i < nr; i++) {
		const struct top_site *s = &top->sites[i];

		numbers(report->out, s->objects, s->bytes, top->bytes);
		snprintf(text, sizeof(text), "%s in %s", top_site_text(s, site, sizeof(site)),
			 text_escape(s->cache->name, name, sizeof(name)));
		text_wrap(report->out, text, WHO_COLUMN);
	}
	rest(report->out, nr, top->nr_sites, "sites");
}

static void cgroups_write(const struct report *report, const struct report_top *top)
{
	size_t nr = shown(report, top->nr_cgroups);
	char path[4 * OWNER_PATH_MAX], text[4 * OWNER_PATH_MAX + 32];

	if (!top->nr_cgroups)
		return;
	heading(report->out, "CHARGED TO");
	for (size_t i = 0; i < nr; i++) {
		const struct object_owner *o = top->cgroups[i].owner;

		numbers(report->out, top->cgroups[i].objects, top->cgroups[i].bytes, top->bytes);
		if (o->path[0])
			text_escape(o->path, path, sizeof(path));
		else
			snprintf(path, sizeof(path), "mem_cgroup %" PRIx64, o->memcg_addr);
		snprintf(text, sizeof(text), "%s%s", path, o->removed ? " (removed)" : "");
		text_wrap(report->out, text, WHO_COLUMN);
	}
	rest(report->out, nr, top->nr_cgroups, "memory cgroups");
}

/* What would tell more, when nothing does. */
static void advice_write(const struct report *report, const struct report_top *top)
{
	FILE *out = report->out;

	if (top->tags || top->tracks)
		return;
	fprintf(out, "this kernel does not note who allocated an object;%c%cthat takes ",
		LAYOUT_BREAK, LAYOUT_COLUMN + 4);
	if (report->allocator->has_boot_options)
		fputs("slub_debug=U or ", out);
	fputs("CONFIG_MEM_ALLOC_PROFILING (6.10)\n", out);
}

void text_top(const struct report *report, const struct report_top *top)
{
	FILE *out = report->out;

	sites_write(report, top);
	cgroups_write(report, top);
	fprintf(out, "%" PRIu64 " objects are allocated, %" PRIu64 " KiB", top->objects,
		(top->bytes + 512) >> 10);
	if (top->tags || top->tracks)
		fprintf(out, ";%c%cwho allocated them is known of %" PRIu64, LAYOUT_BREAK,
			LAYOUT_COLUMN + 4, top->sited);
	if (top->charges)
		fprintf(out, ";%c%c%" PRIu64 " are charged to a memory cgroup", LAYOUT_BREAK,
			LAYOUT_COLUMN + 4, top->charged);
	if (top->untold)
		fprintf(out, ";%c%cnot known of %" PRIu64, LAYOUT_BREAK, LAYOUT_COLUMN + 4,
			top->untold);
	fputc('\n', out);
	advice_write(report, top);
}
