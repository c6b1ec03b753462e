/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/diff_html.h"

#include <inttypes.h>
#include <string.h>

#include "checker/report/html_writer.h"
#include "triage/result.h"

/* Rows of a table, so that a browser opens it: as many of what grew most as of what shrank most. */
#define ROWS_MAX 2000
#define FINDINGS_MAX 200

static void head_write(const struct diff *d, FILE *out)
{
	html_begin(out, "What changed - slubcheck");
	fputs("<a class=\"skip\" href=\"#verdict\">Skip to what changed</a>\n<header>\n"
	      "<p class=\"brand\">slubcheck</p>\n<p class=\"of\">",
	      out);
	html_text(out, d->a->file);
	fputs(" <span class=\"dim\">and then</span> ", out);
	html_text(out, d->b->file);
	fputs("</p>\n</header>\n<nav aria-label=\"Sections\"><ul>\n"
	      "<li><a href=\"#verdict\">Summary</a></li>\n"
	      "<li><a href=\"#findings\">Findings</a></li>\n"
	      "<li><a href=\"#caches\">Caches</a></li>\n",
	      out);
	if (d->sited)
		fputs("<li><a href=\"#sites\">Callers</a></li>\n", out);
	fputs("<li><a href=\"#made\">How it was made</a></li>\n</ul></nav>\n<main>\n", out);
}

static int64_t bytes_sum(const struct diff *d)
{
	int64_t sum = 0;

	for (size_t i = 0; i < d->nr_caches; i++)
		sum += d->caches[i].bytes;
	return sum;
}

static void change_write(FILE *out, int64_t change)
{
	fputs(change < 0 ? "&#8722;" : change ? "+" : "", out);
	html_number(out, (unsigned long long)(change < 0 ? -change : change));
}

static void side_fact(FILE *out, const char *label, const struct diff_side *s)
{
	html_fact(out, label, "%s: %s%s%s", s->file, s->verdict ? s->verdict : "not checked",
		  s->release ? ", " : "", s->release ? s->release : "");
}

static void summary_write(const struct diff *d, FILE *out)
{
	size_t new = json_array_size(d->new);

	fprintf(out, "<section id=\"verdict\" class=\"verdict %s\">\n<h1>",
		new						   ? "corrupt"
		: d->b->verdict && !strcmp(d->b->verdict, "clean") ? "clean"
								   : "unknown");
	if (new)
		html_count(out, new, "new finding");
	else
		fputs("No new finding", out);
	fputs("</h1>\n<dl class=\"figures\">\n", out);
	html_figure(out, "new", new);
	html_figure(out, "gone", json_array_size(d->gone));
	html_figure(out, "in both", d->same);
	fputs("<div><dt>slabs (KiB)</dt><dd>", out);
	change_write(out, bytes_sum(d) / 1024);
	fputs("</dd></div>\n</dl>\n<dl class=\"facts\">\n", out);
	side_fact(out, "before", d->a);
	side_fact(out, "after", d->b);
	fputs("</dl>\n</section>\n", out);
}

static void findings_list(const char *title, const char *class, const json_t *findings, FILE *out)
{
	size_t nr = json_array_size(findings);

	if (!nr)
		return;
	fprintf(out, "<h3>%s</h3>\n", title);
	for (size_t i = 0; i < nr && i < FINDINGS_MAX; i++) {
		const json_t *f = json_array_get(findings, i);

		fprintf(out, "<article class=\"card %s\">\n<h3><code>", class);
		html_text(out, json_string_or(f, "id", "?"));
		fputs("</code> in ", out);
		html_text(out, json_string_or(f, "cache", "no cache"));
		fputs("</h3>\n<p>", out);
		html_prose(out, json_string_or(f, "message", "?"));
		fputs("</p>\n<p class=\"dim\">Signature: <code>", out);
		html_text(out, json_string_or(f, "signature", "?"));
		fputs("</code></p>\n</article>\n", out);
	}
	if (nr > FINDINGS_MAX)
		fprintf(out, "<p class=\"dim\">%zu more are not shown.</p>\n", nr - FINDINGS_MAX);
}

static void findings_write(const struct diff *d, FILE *out)
{
	fputs("<section id=\"findings\" aria-labelledby=\"findings-title\">\n"
	      "<h2 id=\"findings-title\">Findings</h2>\n"
	      "<p class=\"dim\">By signature, which is the same for the same bug.</p>\n",
	      out);
	findings_list("New", "corrupt", d->new, out);
	findings_list("Gone", "gone", d->gone, out);
	if (d->same) {
		fputs("<p>In both: ", out);
		html_count(out, d->same, "finding");
		fputs(".</p>\n", out);
	}
	if (!json_array_size(d->new) && !json_array_size(d->gone) && !d->same)
		fputs("<p>None in either.</p>\n", out);
	fputs("</section>\n", out);
}

static void change_cell(FILE *out, int64_t change, int64_t unit)
{
	fprintf(out, "<td data-v=\"%" PRId64 "\">", change);
	change_write(out, change / unit);
	fputs("</td>", out);
}

static void number_cell(FILE *out, int64_t number, int64_t unit)
{
	fprintf(out, "<td data-v=\"%" PRId64 "\">", number);
	html_number(out, (unsigned long long)(number < 0 ? 0 : number / unit));
	fputs("</td>", out);
}

static void growth_row(const struct diff_growth *g, bool slabs, FILE *out)
{
	fputs("<tr><th scope=\"row\" class=\"wide\">", out);
	html_text(out, g->name);
	fputs("</th>", out);
	change_cell(out, g->bytes, 1024);
	number_cell(out, g->bytes_before, 1024);
	change_cell(out, g->allocated, 1);
	number_cell(out, g->allocated_before, 1);
	if (slabs)
		change_cell(out, g->slabs, 1);
	fputs("</tr>\n", out);
}

static void growth_table(const struct diff_growth *rows, size_t nr, bool slabs, const char *what,
			 FILE *out)
{
	fprintf(out,
		"<div class=\"scroll\"><table class=\"sortable numbers\">\n<caption>%s that differ, by "
		"growth of their memory</caption>\n<thead><tr><th scope=\"col\">%s</th>"
		"<th scope=\"col\" class=\"n\">KiB more</th><th scope=\"col\" class=\"n\">KiB "
		"before</th><th scope=\"col\" class=\"n\">Objects more</th>"
		"<th scope=\"col\" class=\"n\">Objects before</th>%s</tr></thead>\n<tbody>\n",
		what, slabs ? "Cache" : "Allocated by",
		slabs ? "<th scope=\"col\" class=\"n\">Slabs more</th>" : "");
	for (size_t i = 0; i < nr; i++)
		if (nr <= ROWS_MAX || i < ROWS_MAX / 2 || nr - i <= ROWS_MAX / 2)
			growth_row(&rows[i], slabs, out);
	fputs("</tbody>\n</table></div>\n", out);
	if (nr > ROWS_MAX)
		fprintf(out, "<p class=\"dim\">%zu more differ less.</p>\n", nr - ROWS_MAX);
}

static void growth_write(const char *id, const char *title, const struct diff_growth *rows,
			 size_t nr, bool slabs, FILE *out)
{
	fprintf(out,
		"<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n",
		id, id, id, title);
	if (nr)
		growth_table(rows, nr, slabs, title, out);
	else
		fputs("<p>None differs.</p>\n", out);
	fputs("</section>\n", out);
}

void diff_html(const struct diff *d, const char *version, const char *command, FILE *out)
{
	head_write(d, out);
	summary_write(d, out);
	findings_write(d, out);
	growth_write("caches", "Caches", d->caches, d->nr_caches, true, out);
	if (d->sited)
		growth_write("sites", "Callers", d->sites, d->nr_sites, false, out);
	fputs("<section id=\"made\" aria-labelledby=\"made-title\">\n"
	      "<h2 id=\"made-title\">How it was made</h2>\n<dl class=\"facts\">\n",
	      out);
	html_fact(out, "slubcheck", "%s", version);
	html_fact(out, "arguments", "%s", command);
	fputs("</dl>\n</section>\n</main>\n", out);
	html_end(out);
}
