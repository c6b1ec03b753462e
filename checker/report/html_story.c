/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a page begins with: the verdict, and why the kernel died. */
#include "checker/report/html_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report/text.h"

/* The lines of the verdict as text has them; the caller frees it. NULL: no memory. */
static char *verdict_text(const struct report_totals *totals)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	text_verdict_line(stream, totals);
	if (!fclose(stream))
		return text;
	free(text);
	return NULL;
}

/* "CORRUPT: 1 finding ..." as a heading and a sentence; a line before it says that it was interrupted. */
static void verdict_lines(FILE *out, char *text)
{
	char *last = text, *line, *rest;

	for (line = text; (rest = strchr(line, '\n')) && rest[1]; line = rest + 1)
		last = rest + 1;
	if (last > text) {
		last[-1] = '\0';
		fputs("<p>", out);
		html_prose(out, text);
		fputs("</p>\n", out);
	}
	last[strcspn(last, "\n")] = '\0';
	rest = strchr(last, ':');
	fputs("<h1 id=\"verdict-word\">", out);
	html_format(out, "%.*s", rest ? (int)(rest - last) : (int)strlen(last), last);
	fputs("</h1>\n<p class=\"verdict-text\">", out);
	html_prose(out, rest ? rest + 2 : "");
	fputs("</p>\n", out);
}

static void figure(FILE *out, unsigned long long number, const char *what)
{
	fputs("<div><dd>", out);
	html_number(out, number);
	fprintf(out, "</dd><dt>%s</dt></div>\n", what);
}

static void figures_write(FILE *out, const struct report_totals *t)
{
	const struct coverage *c = &t->coverage;

	fputs("<dl class=\"figures\">\n", out);
	figure(out, t->corrupt, t->corrupt == 1 ? "finding" : "findings");
	figure(out, t->caches_checked, t->caches_checked == 1 ? "cache" : "caches");
	figure(out, c->slabs, c->slabs == 1 ? "slab" : "slabs");
	figure(out, c->objects, c->objects == 1 ? "object" : "objects");
	if (c->objects)
		fprintf(out, "<div><dd>%.4g%%</dd><dt>of objects verified</dt></div>\n",
			100.0 * (double)c->objects_verified / (double)c->objects);
	fputs("</dl>\n", out);
}

void html_verdict(const struct report *report, const struct report_totals *totals)
{
	const struct report_kept *kept = report->kept;
	FILE *out = report->out;
	char *text = verdict_text(totals);

	fprintf(out,
		"<section id=\"verdict\" class=\"verdict %s\" aria-labelledby=\"verdict-word\">\n",
		verdict_name(totals->verdict));
	if (text)
		verdict_lines(out, text);
	free(text);
	for (const struct html_message *m = kept ? kept->messages : NULL; m; m = m->next) {
		fputs("<p>", out);
		html_prose(out, m->text);
		if (m->name) {
			fputs(": ", out);
			html_text(out, m->name);
		}
		fputs("</p>\n", out);
	}
	figures_write(out, totals);
	fputs("</section>\n", out);
}

static void panic_rows(const struct report *report, const struct panic *panic)
{
	report_text.panic(report, panic);
}

static void object_write(const struct report *report, const struct object_card *card)
{
	FILE *out = report->out;
	uint64_t start, end;

	if (!object_card_known(card))
		return;
	fputs("<h3>The object</h3>\n", out);
	html_rows(report, text_object_rows, card);
	if (!card->cache || !card->look)
		return;
	text_object_range(card, &start, &end);
	html_hex(report, start, end, card->first, card->last);
}

/* The finding has the causes with all that speaks for them. */
static void cause_brief(FILE *out, const struct story *s)
{
	const struct opinion *o = &s->opinions.opinions[0];

	fputs("<p><span class=\"label\">Cause:</span> <strong>", out);
	html_text(out, cause_title(o->cause));
	fprintf(out, "</strong> <span class=\"tag %s\">%s</span> ", certainty_name(o->certainty),
		certainty_name(o->certainty));
	fprintf(out, "<a href=\"#cache-%" PRIx64 "\">evidence</a></p>\n", s->finding->cache);
}

static void told_write(const struct report *report, const struct story *s)
{
	FILE *out = report->out;

	html_rows(report, text_story_rows, s);
	if (s->has_object)
		object_write(report, &s->object);
	if (s->finding && s->opinions.nr)
		cause_brief(out, s);
	else
		html_causes(out, &s->opinions);
	if (s->settle[0]) {
		fputs("<p><span class=\"label\">To settle it:</span> ", out);
		html_prose(out, s->settle);
		fputs("</p>\n", out);
	}
}

void html_story(const struct report *report)
{
	const struct report_kept *kept = report->kept;
	FILE *out = report->out;

	if (!kept || (!kept->story && !kept->panic))
		return;
	fputs("<section id=\"story\" aria-labelledby=\"story-title\">\n"
	      "<h2 id=\"story-title\">Why the kernel died</h2>\n",
	      out);
	if (kept->story) {
		fputs("<p class=\"headline\">", out);
		html_prose(out, kept->story->headline);
		fputs("</p>\n", out);
		told_write(report, kept->story);
	}
	if (kept->panic) {
		fputs("<h3>The exception and the finding</h3>\n", out);
		html_rows(report, panic_rows, kept->panic);
	}
	fputs("</section>\n", out);
}
