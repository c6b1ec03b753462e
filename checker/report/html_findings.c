/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings of a page: a card each, with the evidence, the memory and the slab. */
#include "checker/report/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "checker/findings/signature.h"
#include "checker/report/text.h"

/* Cards of one id and cache, and of a page; what is beyond has a line each. */
#define CARDS_OF_ID 8u
#define CARDS_MAX 200u
/* Lines of one cache. */
#define LINES_MAX 100u

static void cause_write(FILE *out, const struct opinion *o, bool first)
{
	fprintf(out, "<li%s><p><strong>", first ? " class=\"first\"" : "");
	html_text(out, cause_title(o->cause));
	fprintf(out, "</strong> <span class=\"tag %s\">%s</span></p>", certainty_name(o->certainty),
		certainty_name(o->certainty));
	if (o->speaks_for[0]) {
		fputs("<p>", out);
		html_prose(out, o->speaks_for);
		fputs("</p>", out);
	}
	if (o->speaks_against[0]) {
		fputs("<p><span class=\"label\">Against it:</span> ", out);
		html_prose(out, o->speaks_against);
		fputs("</p>", out);
	}
	fputs("</li>\n", out);
}

void html_causes(FILE *out, const struct diagnosis *d)
{
	if (!d || (!d->evidence[0] && !d->nr))
		return;
	fputs("<h4>Cause</h4>\n", out);
	if (d->evidence[0]) {
		fputs("<p>", out);
		html_prose(out, d->evidence);
		fputs("</p>\n", out);
	}
	if (!d->nr)
		return;
	fputs("<ol class=\"causes\">\n", out);
	for (unsigned int i = 0; i < d->nr; i++)
		cause_write(out, &d->opinions[i], i == 0);
	fputs("</ol>\n", out);
}

/* How many bytes behind the slot are shown, and before it. */
#define AROUND 32u

static void memory_write(const struct report *report, const struct cache_result *result,
			 const struct finding *f)
{
	uint64_t first = 0, last = 0, start, end;

	if (f->has & FINDING_HAS_BYTES) {
		first = f->bytes.first;
		last = f->bytes.last;
	} else if (f->has & FINDING_HAS_SLOT && f->has & FINDING_HAS_RAW) {
		first = f->slot;
		last = f->slot + 7;
	}
	if (!first)
		return;
	start = first - AROUND;
	end = last + 1 + AROUND;
	/* All of the object, where the bytes are in one. */
	if (f->has & FINDING_HAS_OBJECT && f->object <= first &&
	    first < f->object + result->cache.size) {
		start = f->object;
		if (end < f->object + result->cache.size)
			end = f->object + result->cache.size;
	}
	fputs("<h4>Memory</h4>\n", report->out);
	html_hex(report, start, end, first, last);
}

static void evidence_write(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;
	char signature[SIGNATURE_MAX];

	fputs("<details><summary>How it was read</summary>\n", out);
	html_rows(report, text_evidence_rows, f);
	finding_signature(f, signature);
	fputs("<dl class=\"facts\">\n<div><dt>signature</dt><dd><code>", out);
	html_text(out, signature);
	fputs("</code></dd></div>\n", out);
	html_fact(out, "severity", "%s", finding_severity_name(f->severity));
	fputs("</dl></details>\n", out);
}

static void title_write(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;

	fprintf(out, "<h3><code>%s</code> ", finding_info(f->id)->id);
	html_text(out, finding_title(f));
	fputs("</h3>\n", out);
}

static void card_write(const struct report *report, const struct cache_result *result,
		       const struct finding *f)
{
	FILE *out = report->out;

	fprintf(out, "<article class=\"card %s\">\n", finding_severity_name(f->severity));
	title_write(report, f);
	html_rows(report, text_finding_rows, f);
	fputs("<p class=\"meaning\">", out);
	html_prose(out, finding_info(f->id)->meaning);
	fputs(".</p>\n", out);
	html_causes(out, f->diagnosis);
	fputs("<p><span class=\"label\">Next:</span> ", out);
	html_prose(out, allocator_next(report->allocator, f->id, diagnosis_cause(f->diagnosis)));
	fputs(".</p>\n", out);
	memory_write(report, result, f);
	html_map(report, result, f);
	evidence_write(report, f);
	fputs("</article>\n", out);
}

static void line_write(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;

	fprintf(out, "<li><code>%s</code> ", finding_info(f->id)->id);
	html_prose(out, f->message);
	if (f->has & FINDING_HAS_SLAB)
		fprintf(out, ", slab <code>%" PRIx64 "</code>", f->slab);
	if (f->has & FINDING_HAS_OBJECT)
		fprintf(out, ", object <code>%" PRIx64 "</code>", f->object);
	if (f->excuse) {
		fputs(" (", out);
		html_prose(out, f->excuse->id);
		fputs(")", out);
	}
	fputs("</li>\n", out);
}

/* Whether it has a card: damage, and what could not be read, as text shows without -v. */
static bool is_card(const struct report *report, const struct finding *f)
{
	return f->severity != SEVERITY_TRANSIENT &&
	       !(f->id == FINDING_MEMORY_ABSENT && report_explains_absent(report));
}

/* What has no card. @lines: how many there are */
static void lines_write(const struct report *report, const struct cache_result *result,
			const bool *carded, size_t lines)
{
	FILE *out = report->out;
	size_t i = 0, written = 0;

	if (!lines && !result->findings.dropped)
		return;
	fputs("<details><summary>", out);
	html_number(out, lines + result->findings.dropped);
	fputs(" more, a line each</summary>\n<ul class=\"lines\">\n", out);
	findings_for_each (node, &result->findings)
		if (!carded[i++] && written++ < LINES_MAX)
			line_write(report, &node->finding);
	fputs("</ul>\n", out);
	if (written > LINES_MAX || result->findings.dropped) {
		fputs("<p class=\"dim\">", out);
		html_count(out,
			   (written > LINES_MAX ? written - LINES_MAX : 0) +
				   result->findings.dropped,
			   "other");
		fputs(" not listed here.</p>\n", out);
	}
	fputs("</details>\n", out);
}

void html_findings(const struct report *report, const struct cache_result *result)
{
	unsigned int of_id[FINDING_COUNT] = { 0 };
	bool carded[FINDINGS_KEPT_MAX + 1] = { false };
	struct html_budget *budget = &report->kept->budget;
	size_t i = 0, lines = 0;

	findings_for_each (node, &result->findings) {
		const struct finding *f = &node->finding;

		if (i > FINDINGS_KEPT_MAX)
			break;
		carded[i] = is_card(report, f) && of_id[f->id]++ < CARDS_OF_ID &&
			    budget->cards < CARDS_MAX;
		budget->cards += carded[i];
		lines += !carded[i];
		if (carded[i++])
			card_write(report, result, f);
	}
	lines_write(report, result, carded, lines);
}
