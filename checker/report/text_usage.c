/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many objects caches have (-i), and what they take of the memory (--sort). */
#include <inttypes.h>

#include "checker/image/escape.h"
#include "checker/report/layout.h"
#include "checker/report/text.h"

#define ALIASES_INDENT 4

static uint64_t kib(uint64_t bytes)
{
	return (bytes + 512) >> 10;
}

/* In the order of /proc/slabinfo, and what it does not know; sorted: what takes the memory. */
void text_usage_begin(const struct report *report)
{
	if (report->options->sort != SORT_LISTED)
		fprintf(report->out, "%-24s %9s %5s %9s %9s %7s %7s\n", "NAME", "KIB", "FILL",
			"WASTE_KIB", "ALLOCATED", "SIZE", "SLABS");
	else
		fprintf(report->out, "%-24s %9s %9s %7s %4s %5s %7s %9s%s\n", "NAME", "ACTIVE",
			"OBJECTS", "SIZE", "PER", "PAGES", "SLABS", "ALLOCATED",
			report->allocator->has_arrays ? "    SHARED" : "");
}

static void sum_write(FILE *out, const struct cache_usage *u)
{
	fprintf(out, "%-24s %9" PRIu64 " %9" PRIu64 " %26" PRIu64 " %9" PRIu64 "\n", "all",
		u->active, u->objects, u->slabs, u->allocated);
}

static void pages_write(FILE *out, const struct cache_usage *u)
{
	fprintf(out, "%" PRIu64 " pages, %" PRIu64 " of them reclaimable\n", u->pages,
		u->reclaimable);
}

/* Names that a user of the cache would look for. */
static void aliases_write(FILE *out, const struct report_usage *u)
{
	char name[4 * CACHE_NAME_MAX];

	if (!u->nr_aliases)
		return;
	fprintf(out, "%*salso", ALIASES_INDENT, "");
	for (size_t i = 0; i < u->nr_aliases; i++)
		fprintf(out, "%c%c%s%s", LAYOUT_BREAK, LAYOUT_COLUMN + 2 * ALIASES_INDENT,
			text_escape(u->aliases[i].name, name, sizeof(name)),
			i + 1 < u->nr_aliases ? "," : "");
	fputc('\n', out);
}

/* A row of the memory that a cache takes. */
static void memory_row(const struct report *report, const struct report_usage *u, const char *name)
{
	char fill[16] = "?", waste[24] = "?", size[24] = "";
	int percent = usage_fill(u);

	if (percent >= 0)
		snprintf(fill, sizeof(fill), "%d%%", percent);
	else if (!u->usage.objects)
		snprintf(fill, sizeof(fill), "-");
	if (u->wasted)
		snprintf(waste, sizeof(waste), "%" PRIu64, kib(u->waste));
	if (u->cache)
		snprintf(size, sizeof(size), "%" PRIu64, u->cache->size);
	fprintf(report->out, "%-24.24s %9" PRIu64 " %5s %9s %9" PRIu64 " %7s %7" PRIu64 "\n", name,
		kib(u->bytes), fill, waste, u->usage.allocated, size, u->usage.slabs);
	aliases_write(report->out, u);
}

static void count_row(const struct report *report, const struct report_usage *row, const char *name)
{
	const struct cache_view *cache = row->cache;
	const struct cache_usage *u = &row->usage;
	FILE *out = report->out;

	fprintf(out,
		"%-24.24s %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %4u %5u %7" PRIu64 " %9" PRIu64,
		name, u->active, u->objects, cache->size, cache->objects_per_slab,
		cache->pages_per_slab, u->slabs, u->allocated);
	/* sharedavail, which is not in the arrays of the CPUs. */
	if (report->allocator->has_arrays)
		fprintf(out, " %9" PRIu64, u->shared_avail);
	fputc('\n', out);
}

void text_usage(const struct report *report, const struct report_usage *u)
{
	bool sorted = report->options->sort != SORT_LISTED;
	char name[4 * CACHE_NAME_MAX];

	if (!u->cache) {
		if (sorted)
			memory_row(report, u, "all");
		else
			sum_write(report->out, &u->usage);
		pages_write(report->out, &u->usage);
		return;
	}
	text_escape(u->cache->name, name, sizeof(name));
	if (!u->usage.known)
		fprintf(report->out, "%-24.24s the kernel does not count its slabs\n", name);
	else if (sorted)
		memory_row(report, u, name);
	else
		count_row(report, u, name);
}
