/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as a page of its own: what a run says, in the order in which one wants to read it. */
#include "checker/report/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "checker/findings/severity.h"

static void html_start(struct report *report, struct arena *arena)
{
	struct report_kept *kept = arena_alloc(arena, sizeof(*kept));

	if (!kept)
		return;
	kept->arena = arena;
	kept->caches_end = &kept->caches;
	kept->messages_end = &kept->messages;
	report->kept = kept;
}

/* --- What is kept --- */

static void html_cache(const struct report *report, const struct cache_result *result)
{
	struct report_kept *kept = report->kept;
	struct html_cache *cache = kept ? arena_alloc(kept->arena, sizeof(*cache)) : NULL;

	if (!cache)
		return;
	cache->result = result;
	*kept->caches_end = cache;
	kept->caches_end = &cache->next;
	kept->nr_caches++;
}

static void html_list(const struct report *report, const struct cache_result *result)
{
	if (report->kept)
		report->kept->list = result;
}

static void html_kernel(const struct report *report, const struct cache_result *result)
{
	if (report->kept)
		report->kept->kernel = result;
}

static void html_panic(const struct report *report, const struct panic *panic)
{
	if (report->kept)
		report->kept->panic = panic;
}

static void html_complaints(const struct report *report, const struct complaints *complaints)
{
	if (report->kept)
		report->kept->complaints = complaints;
}

static void html_why(const struct report *report, const struct story *story)
{
	if (report->kept)
		report->kept->story = story;
}

static void html_message(const struct report *report, const char *text, const char *name)
{
	struct report_kept *kept = report->kept;
	size_t length = strlen(text) + 1;
	struct html_message *message =
		kept ? arena_alloc(kept->arena, sizeof(*message) + length) : NULL;

	if (!message)
		return;
	memcpy(message->text, text, length);
	message->name = name ? arena_strdup(kept->arena, name) : NULL;
	*kept->messages_end = message;
	kept->messages_end = &message->next;
}

/* --- The page --- */

/* What the page is of: the name of the file without its folders, and the kernel's release. */
static const char *fact_of(const struct report *report, const char *label)
{
	const struct check_options *o = report->options;

	for (size_t i = 0; i < o->nr_facts; i++)
		if (!strcmp(o->facts[i].label, label))
			return o->facts[i].text;
	return NULL;
}

static void head_write(const struct report *report, const struct report_totals *totals)
{
	const char *dump = report->options->nr_facts ? report->options->facts[0].text : "a dump";
	const char *slash = strrchr(dump, '/'), *release = fact_of(report, "kernel");
	char title[256];
	FILE *out = report->out;

	snprintf(title, sizeof(title), "%s: %.120s - slubcheck", verdict_name(totals->verdict),
		 slash && slash[1] ? slash + 1 : dump);
	html_begin(out, title);
	fputs("<a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n"
	      "<header>\n<p class=\"brand\">slubcheck</p>\n<p class=\"of\">",
	      out);
	html_text(out, dump);
	if (release) {
		fputs(" <span class=\"dim\">", out);
		html_text(out, release);
		fputs("</span>", out);
	}
	fputs("</p>\n</header>\n", out);
}

static bool findings_are_any(const struct report_kept *kept)
{
	if ((kept->list && kept->list->findings.nr) || (kept->kernel && kept->kernel->findings.nr))
		return true;
	for (const struct html_cache *c = kept->caches; c; c = c->next)
		if (c->result->findings.nr)
			return true;
	return false;
}

static void nav_write(const struct report *report)
{
	const struct report_kept *kept = report->kept;
	FILE *out = report->out;

	fputs("<nav aria-label=\"Sections\"><ul>\n<li><a href=\"#verdict\">Verdict</a></li>\n",
	      out);
	if (kept && (kept->story || kept->panic))
		fputs("<li><a href=\"#story\">Why</a></li>\n", out);
	if (kept && findings_are_any(kept))
		fputs("<li><a href=\"#findings\">Findings</a></li>\n", out);
	if (kept && kept->complaints)
		fputs("<li><a href=\"#log\">Log</a></li>\n", out);
	if (kept && kept->nr_caches)
		fputs("<li><a href=\"#caches\">Caches</a></li>\n", out);
	fputs("<li><a href=\"#coverage\">Coverage</a></li>\n"
	      "<li><a href=\"#made\">How it was made</a></li>\n</ul></nav>\n",
	      out);
}

/* The findings of a cache below its name. */
static void group_write(const struct report *report, const struct cache_result *result,
			const char *name)
{
	FILE *out = report->out;
	char option[BOOT_OPTION_MAX];

	if (!result || !result->findings.nr)
		return;
	fprintf(out, "<section id=\"cache-%" PRIx64 "\" class=\"group\">\n<h2>",
		result->cache.addr);
	html_text(out, name);
	fprintf(out, " <span class=\"tag %s\">%s</span></h2>\n",
		verdict_name(cache_verdict(result)), verdict_name(cache_verdict(result)));
	if (result->coverage.objects) {
		fputs("<p class=\"dim\">Verified: ", out);
		html_number(out, result->coverage.objects_verified);
		fputs(" of ", out);
		html_count(out, result->coverage.objects, "object");
		fputs(".</p>\n", out);
	}
	html_findings(report, result);
	if (cache_boot_option(report, result, option)) {
		fputs("<p>To catch the writer next time, boot with <code>", out);
		html_text(out, option);
		fputs("</code>.</p>\n", out);
	}
	fputs("</section>\n", out);
}

static void findings_write(const struct report *report)
{
	const struct report_kept *kept = report->kept;
	char name[CACHE_NAME_MAX + 32];

	if (!kept || !findings_are_any(kept))
		return;
	fputs("<section id=\"findings\" aria-label=\"Findings\">\n", report->out);
	/* Damage first, whatever the order of caches is. */
	for (int turn = 0; turn < 2; turn++)
		for (const struct html_cache *c = kept->caches; c; c = c->next)
			if ((c->result->corrupt == 0) == turn)
				group_write(report, c->result,
					    html_cache_name(&c->result->cache, name));
	if (kept->list)
		group_write(report, kept->list, "slab_caches");
	if (kept->kernel)
		group_write(report, kept->kernel, "kernel");
	fputs("</section>\n", report->out);
}

static void partly_write(FILE *out, const char *label, uint64_t part, uint64_t whole)
{
	if (whole)
		html_fact(out, label, "%" PRIu64 " of %" PRIu64 " (%.4g%%)", part, whole,
			  100.0 * (double)part / (double)whole);
}

static void reading_write(const struct report *report)
{
	struct reading r;

	report->allocator->ops->reading(report->allocator, &r);
	for (size_t i = 0; i < r.nr_lines; i++)
		html_fact(report->out, i ? "" : "reading", "%s", r.lines[i]);
}

static void lists_fact(FILE *out, const struct report_totals *t)
{
	const struct coverage *c = &t->coverage;

	if (t->scanned)
		html_fact(out, "memmap", "read: full slabs and slabs on no list were checked");
	else if (c->said && c->said_slabs > c->slabs)
		html_fact(out, "memmap",
			  "not read: %" PRIu64 " slabs on no list (full, or lost) were not checked",
			  c->said_slabs - c->slabs);
	else
		html_fact(out, "memmap", "not read: caches were checked by their lists");
}

static void rest_facts(FILE *out, const struct report_totals *t)
{
	const struct coverage *c = &t->coverage;

	if (c->sheaved)
		html_fact(out, "sheaves", "%" PRIu64 ", which hold %" PRIu64 " of the objects",
			  c->sheaves, c->sheaf_objects);
	if (c->absent)
		html_fact(out, "absent", "%" PRIu64 " parts of the heap are not in the dump",
			  c->absent);
	if (t->transient)
		html_fact(out, "transient", "%" PRIu64 " states %s", t->transient,
			  t->live ? "seen on a running kernel"
				  : "of CPUs in the middle of an operation");
	if (t->silenced)
		html_fact(out, "silenced", "%" PRIu64 " findings (--severity)", t->silenced);
	if (t->changed)
		html_fact(out, "severity", "%" PRIu64 " findings have another than by default",
			  t->changed);
	if (t->dropped)
		html_fact(out, "not kept", "%" PRIu64 " findings", t->dropped);
}

static void coverage_write(const struct report *report, const struct report_totals *t)
{
	FILE *out = report->out;

	fputs("<section id=\"coverage\" aria-labelledby=\"coverage-title\">\n"
	      "<h2 id=\"coverage-title\">Coverage</h2>\n<dl class=\"facts\">\n",
	      out);
	partly_write(out, "caches", t->caches_checked, t->caches_asked);
	if (t->caches_unknown)
		html_fact(out, "incomplete", "%zu caches could not be checked completely",
			  t->caches_unknown);
	html_fact(out, "slabs", "%" PRIu64, t->coverage.slabs);
	partly_write(out, "objects verified", t->coverage.objects_verified, t->coverage.objects);
	lists_fact(out, t);
	rest_facts(out, t);
	if (report->allocator)
		reading_write(report);
	fputs("</dl>\n</section>\n", out);
}

static void made_write(const struct report *report, const struct report_totals *t)
{
	const struct check_options *o = report->options;
	FILE *out = report->out;
	char text[SEVERITIES_TEXT_MAX];

	fputs("<section id=\"made\" aria-labelledby=\"made-title\">\n"
	      "<h2 id=\"made-title\">How it was made</h2>\n<dl class=\"facts\">\n",
	      out);
	html_fact(out, "slubcheck", "%s", SLUBCHECK_VERSION_TEXT);
	for (size_t i = 0; i < o->nr_facts; i++)
		html_fact(out, o->facts[i].label, "%s", o->facts[i].text);
	if (report->allocator)
		html_fact(out, "allocator", "%s", report->allocator->ops->name);
	if (report->dump_level)
		html_fact(out, "filter", "makedumpfile -d %u", report->dump_level);
	if (o->severities)
		html_fact(out, "severities", "%s", severities_text(o->severities, text));
	html_fact(out, "cost", "%.2f s, %" PRIu64 " reads of %" PRIu64 " KiB together", t->seconds,
		  t->reads, t->bytes >> 10);
	fputs("</dl>\n</section>\n", out);
}

static void html_summary(const struct report *report, const struct report_totals *totals)
{
	head_write(report, totals);
	nav_write(report);
	fputs("<main>\n", report->out);
	html_verdict(report, totals);
	html_story(report);
	findings_write(report);
	html_log(report);
	html_caches(report);
	coverage_write(report, totals);
	made_write(report, totals);
	fputs("</main>\n", report->out);
	html_end(report->out);
}

const struct report_ops report_html = {
	.begin = html_start,
	.cache = html_cache,
	.list = html_list,
	.kernel = html_kernel,
	.panic = html_panic,
	.complaints = html_complaints,
	.why = html_why,
	.message = html_message,
	.summary = html_summary,
};
