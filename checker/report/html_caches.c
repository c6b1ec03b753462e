/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The caches of a page, as a table. */
#include "checker/report/html_parts.h"

#include <inttypes.h>

/* A cell with a number, which the script sorts by. */
static void number_cell(FILE *out, uint64_t number)
{
	fprintf(out, "<td data-v=\"%" PRIu64 "\">", number);
	html_number(out, number);
	fputs("</td>", out);
}

static void missing_cell(FILE *out)
{
	fputs("<td data-v=\"-1\">&#8211;</td>", out);
}

static void bytes_cell(FILE *out, uint64_t bytes)
{
	fprintf(out, "<td data-v=\"%" PRIu64 "\">", bytes);
	html_number(out, (bytes + 512) >> 10);
	fputs("</td>", out);
}

/* Objects in use of all that there is room for, as a number and a bar. */
static void fill_cell(FILE *out, uint64_t used, uint64_t objects)
{
	double fill = (double)used / (double)objects;

	fprintf(out,
		"<td data-v=\"%.4f\">%.0f%%<svg class=\"bar\" viewBox=\"0 0 40 6\" width=\"40\" "
		"height=\"6\" aria-hidden=\"true\"><rect class=\"rest\" width=\"40\" height=\"6\"/>"
		"<rect class=\"part\" width=\"%.1f\" height=\"6\"/></svg></td>",
		fill, 100 * fill, 40 * fill);
}

static void usage_cells(const struct report *report, const struct cache_view *cache,
			const struct cache_usage *u)
{
	FILE *out = report->out;
	uint64_t memory = u->pages * report->memory->page_size;
	uint64_t used = u->allocated * cache->object_size;

	if (!u->known) {
		for (int i = 0; i < 6; i++)
			missing_cell(out);
		return;
	}
	number_cell(out, u->objects);
	number_cell(out, u->allocated);
	if (u->objects && u->allocated <= u->objects)
		fill_cell(out, u->allocated, u->objects);
	else
		missing_cell(out);
	number_cell(out, u->slabs);
	bytes_cell(out, memory);
	if (used <= memory)
		bytes_cell(out, memory - used);
	else
		missing_cell(out);
}

static void cache_row(const struct report *report, const struct cache_result *result)
{
	FILE *out = report->out;
	struct cache_usage usage = { .known = false };
	enum check_verdict verdict = cache_verdict(result);
	char name[CACHE_NAME_MAX + 32];

	report->allocator->ops->usage(report->allocator, result, &usage);
	fprintf(out, "<tr><th scope=\"row\" title=\"kmem_cache %" PRIx64 "\">", result->cache.addr);
	if (result->findings.nr)
		fprintf(out, "<a href=\"#cache-%" PRIx64 "\">", result->cache.addr);
	html_text(out, html_cache_name(&result->cache, name));
	if (result->findings.nr)
		fputs("</a>", out);
	fprintf(out, "</th><td data-v=\"%s\"><span class=\"tag %s\">%s</span></td>",
		verdict_name(verdict), verdict_name(verdict), verdict_name(verdict));
	number_cell(out, result->cache.object_size);
	usage_cells(report, &result->cache, &usage);
	fputs("</tr>\n", out);
}

void html_caches(const struct report *report)
{
	static const char *const heads[] = {
		"Object size (bytes)", "Objects",    "In use", "Fill", "Slabs",
		"Memory (KiB)",	       "Waste (KiB)"
	};
	static const enum check_verdict order[] = { VERDICT_CORRUPT, VERDICT_UNKNOWN,
						    VERDICT_CLEAN };
	const struct report_kept *kept = report->kept;
	FILE *out = report->out;

	if (!kept || !kept->nr_caches || !report->allocator)
		return;
	fputs("<section id=\"caches\" aria-labelledby=\"caches-title\">\n"
	      "<h2 id=\"caches-title\">Caches</h2>\n"
	      "<p class=\"dim\">In use: objects that somebody owns, neither on a freelist nor in a "
	      "sheaf or an array. Waste: memory of the slabs that no object in use has.</p>\n"
	      "<div class=\"scroll\"><table class=\"sortable\">\n"
	      "<caption>Caches that were checked</caption>\n<thead><tr>"
	      "<th scope=\"col\">Cache</th><th scope=\"col\">Verdict</th>",
	      out);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>", heads[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
	/* What is damaged first, then what is unknown. */
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		for (const struct html_cache *c = kept->caches; c; c = c->next)
			if (cache_verdict(c->result) == order[i])
				cache_row(report, c->result);
	fputs("</tbody>\n</table></div>\n</section>\n", out);
}
