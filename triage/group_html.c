/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report/html_writer.h"
#include "triage/page_link.h"

/* So that a browser opens the page at once, whatever the fleet has: rows, bugs with all that is known of
 * them, kernels, bugs that are new or gone. */
#define ROWS_MAX 2000
#define CARDS_MAX 300
#define KERNELS_MAX 300
#define NEWS_MAX 50

#define CHART_WIDTH 600
#define CHART_HEIGHT 120
#define SPARK_WIDTH 90
#define SPARK_HEIGHT 14

/* A page that is being written. */
struct page {
	const struct group_said *said;
	const struct groups *groups;
	const struct group_options *options;
	size_t cards;
	FILE *out;
};

static void number_cell(FILE *out, size_t number)
{
	fprintf(out, "<td data-v=\"%zu\">", number);
	html_number(out, number);
	fputs("</td>", out);
}

static void date_cell(FILE *out, uint64_t date)
{
	char text[GROUP_DATE_MAX];

	if (date)
		fprintf(out, "<td data-v=\"%" PRIu64 "\">%.10s</td>", date, group_date(date, text));
	else
		fputs("<td data-v=\"-1\">&#8211;</td>", out);
}

/* --- What comes first --- */

static const char *worst_of(const struct groups *groups)
{
	if (groups->corrupt)
		return "corrupt";
	return groups->unknown || !groups->nr_entries ? "unknown" : "clean";
}

static void title_write(const struct page *p)
{
	html_count(p->out, p->said->nr, "group");
	fputs(" in ", p->out);
	html_count(p->out, p->groups->nr_entries, "dump");
}

static void head_write(const struct page *p)
{
	char title[128];

	snprintf(title, sizeof(title), "%zu group%s in %zu dump%s - slubcheck", p->said->nr,
		 p->said->nr == 1 ? "" : "s", p->groups->nr_entries,
		 p->groups->nr_entries == 1 ? "" : "s");
	html_begin(p->out, title);
	fputs("<a class=\"skip\" href=\"#bugs\">Skip to the bugs</a>\n<header>\n"
	      "<p class=\"brand\">slubcheck</p>\n<p class=\"of\">A fleet's results</p>\n"
	      "</header>\n<nav aria-label=\"Sections\"><ul>\n"
	      "<li><a href=\"#verdict\">Summary</a></li>\n",
	      p->out);
	if (p->said->since)
		fputs("<li><a href=\"#since\">What is new</a></li>\n", p->out);
	fputs("<li><a href=\"#bugs\">Bugs</a></li>\n", p->out);
	if (p->said->times->nr)
		fputs("<li><a href=\"#when\">When</a></li>\n", p->out);
	fputs("<li><a href=\"#kernels\">Kernels</a></li>\n"
	      "<li><a href=\"#made\">How it was made</a></li>\n</ul></nav>\n<main>\n",
	      p->out);
}

static void summary_write(const struct page *p)
{
	const struct groups *g = p->groups;

	fprintf(p->out, "<section id=\"verdict\" class=\"verdict %s\">\n<h1>", worst_of(g));
	title_write(p);
	fputs("</h1>\n<p class=\"verdict-text\">A group is all dumps with one signature, which is "
	      "the same for the same bug.</p>\n<dl class=\"figures\">\n",
	      p->out);
	html_figure(p->out, "corrupt", g->corrupt);
	html_figure(p->out, "unknown", g->unknown);
	html_figure(p->out, "clean", g->clean);
	if (g->lists_only)
		html_figure(p->out, "clean by lists only", g->lists_only);
	if (p->said->since) {
		html_figure(p->out, "groups that are new", g->new);
		html_figure(p->out, "groups that are gone", g->gone);
	}
	fputs("</dl>\n</section>\n", p->out);
}

/* --- What is new --- */

static bool is_new(const struct group_bug *bug)
{
	return bug->dumps && !bug->before;
}

static bool is_gone(const struct group_bug *bug)
{
	return !bug->dumps;
}

/* Bugs of one kind, by name; those with a card are linked to it. */
static void news_list(const struct page *p, const char *title,
		      bool (*wanted)(const struct group_bug *), size_t nr)
{
	size_t shown = 0;

	if (!nr)
		return;
	fprintf(p->out, "<h3>%s</h3>\n<ul class=\"lines\">\n", title);
	for (size_t i = 0; i < p->said->nr_order && shown < NEWS_MAX; i++) {
		const struct group_bug *bug = &p->groups->bugs[p->said->order[i]];

		if (!wanted(bug))
			continue;
		shown++;
		fputs("<li>", p->out);
		if (i < p->cards)
			fprintf(p->out, "<a href=\"#bug-%zu\">", i);
		fputs("<code>", p->out);
		html_text(p->out, bug->signature);
		fputs(i < p->cards ? "</code></a>: " : "</code>: ", p->out);
		html_count(p->out, bug->dumps ? bug->dumps : bug->before, "dump");
		fputs("</li>\n", p->out);
	}
	fputs("</ul>\n", p->out);
	if (nr > shown) {
		fputs("<p class=\"dim\">And ", p->out);
		html_count(p->out, nr - shown, "group");
		fputs(" more.</p>\n", p->out);
	}
}

static void since_write(const struct page *p)
{
	const struct groups *g = p->groups;

	if (!p->said->since)
		return;
	fputs("<section id=\"since\" aria-labelledby=\"since-title\">\n"
	      "<h2 id=\"since-title\">What is new</h2>\n<p class=\"dim\">Compared with the results "
	      "of ",
	      p->out);
	html_text(p->out, p->said->since);
	fputs(".</p>\n", p->out);
	if (!g->new && !g->gone)
		fputs("<p>The same groups as before.</p>\n", p->out);
	news_list(p, "New", is_new, g->new);
	news_list(p, "Gone", is_gone, g->gone);
	fputs("</section>\n", p->out);
}

/* --- Counts over time --- */

static uint32_t most_of(const uint32_t *counts, size_t nr)
{
	uint32_t most = 1;

	for (size_t i = 0; i < nr; i++)
		most = counts[i] > most ? counts[i] : most;
	return most;
}

/* Small, in a row of the table: as a shape. */
static void spark_write(const struct page *p, uint32_t place)
{
	const struct group_times *times = p->said->times;
	const uint32_t *counts = times->bugs + place * times->nr;
	uint32_t most = most_of(counts, times->nr);
	double width = (double)SPARK_WIDTH / (double)times->nr;

	fprintf(p->out,
		"<svg class=\"bar\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
		"aria-hidden=\"true\"><path class=\"part\" d=\"",
		SPARK_WIDTH, SPARK_HEIGHT, SPARK_WIDTH, SPARK_HEIGHT);
	for (size_t i = 0; i < times->nr; i++) {
		double height = (SPARK_HEIGHT - 1.5) * counts[i] / most + 1.5;

		if (counts[i])
			fprintf(p->out, "M%.1f %dv-%.1fh%.1fv%.1fz", (double)i * width,
				SPARK_HEIGHT, height, width > 2 ? width - 0.5 : width, height);
	}
	fputs("\"/></svg>", p->out);
}

/* Parts of a bar that lie on each other, from below: their classes and numbers. */
struct stack {
	const char *name;
	const uint32_t *counts;
	size_t step; /* from one period's number to the next one's */
};

static uint32_t stack_sum(const struct stack *stacks, size_t nr, size_t period)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += stacks[i].counts[period * stacks[i].step];
	return sum;
}

static void bar_write(const struct page *p, const struct stack *stacks, size_t nr, size_t period,
		      uint32_t most)
{
	const struct group_times *times = p->said->times;
	double width = (double)CHART_WIDTH / (double)times->nr, y = CHART_HEIGHT;
	char text[GROUP_PERIOD_MAX];

	fprintf(p->out, "<g><title>%s %s: ",
		times->unit == GROUP_DAY ? "day" : group_unit_name(times->unit),
		group_period(times, period, text));
	for (size_t i = 0; i < nr; i++)
		fprintf(p->out, "%s%" PRIu32 "%s%s", i ? ", " : "",
			stacks[i].counts[period * stacks[i].step], nr > 1 ? " " : "",
			nr > 1 ? stacks[i].name : "");
	fputs("</title>", p->out);
	for (size_t i = 0; i < nr; i++) {
		double height =
			(double)CHART_HEIGHT * stacks[i].counts[period * stacks[i].step] / most;

		if (height <= 0)
			continue;
		y -= height;
		fprintf(p->out,
			"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
			nr > 1 ? stacks[i].name : "part", (double)period * width, y,
			width > 3 ? width - 1 : width, height);
	}
	fputs("</g>", p->out);
}

/* Bars over time; what they say is in the table below, for who cannot see them. */
static void chart_write(const struct page *p, const char *label, const struct stack *stacks,
			size_t nr)
{
	const struct group_times *times = p->said->times;
	char text[GROUP_PERIOD_MAX];
	uint32_t most = 1;

	for (size_t i = 0; i < times->nr; i++)
		most = stack_sum(stacks, nr, i) > most ? stack_sum(stacks, nr, i) : most;
	fprintf(p->out,
		"<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s: at "
		"most %" PRIu32 "\">",
		CHART_WIDTH, CHART_HEIGHT, label, group_unit_name(times->unit), most);
	for (size_t i = 0; i < times->nr; i++)
		bar_write(p, stacks, nr, i, most);
	fprintf(p->out, "</svg>\n<p class=\"axis\"><span>%s</span>", group_period(times, 0, text));
	fprintf(p->out, "<span>by %s, at most ", group_unit_name(times->unit));
	html_number(p->out, most);
	fprintf(p->out, "</span><span>%s</span></p>\n", group_period(times, times->nr - 1, text));
}

static void periods_table(const struct page *p)
{
	const struct group_times *times = p->said->times;
	char text[GROUP_PERIOD_MAX];

	fprintf(p->out,
		"<details><summary>As numbers</summary>\n<div class=\"scroll\"><table "
		"class=\"plain\">\n<caption>Dumps by %s, of the first day of each</caption>\n"
		"<thead><tr><th scope=\"col\">From</th><th scope=\"col\">Corrupt</th>"
		"<th scope=\"col\">Unknown</th><th scope=\"col\">Clean</th></tr></thead>\n<tbody>\n",
		group_unit_name(times->unit));
	for (size_t i = 0; i < times->nr; i++) {
		fprintf(p->out, "<tr><th scope=\"row\">%s</th>", group_period(times, i, text));
		number_cell(p->out, times->verdicts[i][STATUS_CORRUPT]);
		number_cell(p->out, times->verdicts[i][STATUS_UNKNOWN]);
		number_cell(p->out, times->verdicts[i][STATUS_CLEAN]);
		fputs("</tr>\n", p->out);
	}
	fputs("</tbody>\n</table></div></details>\n", p->out);
}

static void when_write(const struct page *p)
{
	const struct group_times *times = p->said->times;
	const struct stack stacks[] = {
		{ "corrupt", &times->verdicts[0][STATUS_CORRUPT], STATUS_UNKNOWN + 1 },
		{ "unknown", &times->verdicts[0][STATUS_UNKNOWN], STATUS_UNKNOWN + 1 },
		{ "clean", &times->verdicts[0][STATUS_CLEAN], STATUS_UNKNOWN + 1 },
	};

	if (!times->nr)
		return;
	fputs("<section id=\"when\" aria-labelledby=\"when-title\">\n"
	      "<h2 id=\"when-title\">When</h2>\n"
	      "<p class=\"legend\"><span><span class=\"key corrupt\"></span> corrupt</span> "
	      "<span><span class=\"key unknown\"></span> unknown</span> "
	      "<span><span class=\"key clean\"></span> clean</span></p>\n",
	      p->out);
	chart_write(p, "dumps", stacks, sizeof(stacks) / sizeof(*stacks));
	if (times->undated) {
		fputs("<p class=\"dim\">Without a date: ", p->out);
		html_count(p->out, times->undated, "dump");
		fputs(".</p>\n", p->out);
	}
	periods_table(p);
	fputs("</section>\n", p->out);
}

/* --- Bugs --- */

static void bug_row(const struct page *p, size_t i)
{
	uint32_t place = p->said->order[i];
	const struct group_bug *bug = &p->groups->bugs[place];
	FILE *out = p->out;

	fputs("<tr><th scope=\"row\" class=\"wide\">", out);
	if (i < p->cards)
		fprintf(out, "<a href=\"#bug-%zu\">", i);
	html_text(out, bug->signature);
	if (i < p->cards)
		fputs("</a>", out);
	if (p->said->since && is_new(bug))
		fputs(" <span class=\"tag corrupt\">new</span>", out);
	/* The id of the finding is what a signature begins with. */
	fputs("</th><td>", out);
	html_format(out, "%.*s", (int)strcspn(bug->signature, "/"), bug->signature);
	fputs("</td>", out);
	number_cell(out, bug->dumps);
	if (p->said->since)
		number_cell(out, bug->before);
	if (p->said->times->nr) {
		fputs("<td data-v=\"0\">", out);
		spark_write(p, place);
		fputs("</td>", out);
	}
	date_cell(out, bug->first);
	date_cell(out, bug->last);
	number_cell(out, bug->nr_releases);
	fputs("</tr>\n", out);
}

static void head_cell(FILE *out, const char *text, bool number)
{
	fprintf(out, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "", text);
}

static void bugs_table(const struct page *p)
{
	FILE *out = p->out;

	fputs("<div class=\"scroll\"><table class=\"sortable bugs\">\n"
	      "<caption>Groups, the most frequent first</caption>\n<thead><tr>",
	      out);
	head_cell(out, "Signature", false);
	head_cell(out, "Finding", false);
	head_cell(out, "Dumps", true);
	if (p->said->since)
		head_cell(out, "Before", true);
	if (p->said->times->nr)
		fputs("<th scope=\"col\" class=\"still\">Over time</th>", out);
	head_cell(out, "First", true);
	head_cell(out, "Last", true);
	head_cell(out, "Kernels", true);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < p->said->nr && i < ROWS_MAX; i++)
		bug_row(p, i);
	fputs("</tbody>\n</table></div>\n", out);
	if (p->said->nr > ROWS_MAX) {
		fputs("<p class=\"dim\">Not in the table: ", out);
		html_count(out, p->said->nr - ROWS_MAX, "group");
		fputs(" with as few dumps or fewer. <code>--group</code> prints all.</p>\n", out);
	}
}

static void module_write(void *to, const char *module)
{
	FILE *out = to;

	fputs("<li><code>", out);
	html_text(out, module);
	fputs("</code></li>\n", out);
}

static void module_note(void *to, const char *module)
{
	(void)module;
	*(bool *)to = true;
}

static void modules_write(const struct page *p, const struct group_bug *bug)
{
	bool any = false;

	group_modules(p->groups, bug, &any, module_note);
	if (!any)
		return;
	fputs("<h4>Modules that all of these dumps have, and not all of the fleet</h4>\n"
	      "<ul class=\"words\">\n",
	      p->out);
	group_modules(p->groups, bug, p->out, module_write);
	fputs("</ul>\n", p->out);
}

static void releases_write(const struct page *p, const struct group_bug *bug)
{
	size_t others = group_other_releases(bug);

	fputs("<h4>Kernels</h4>\n<ul class=\"words\">\n", p->out);
	for (size_t i = 0; i < bug->nr_releases && i < GROUP_RELEASES_SHOWN; i++) {
		fputs("<li><code>", p->out);
		html_text(p->out, group_release(p->groups, bug, i));
		fputs("</code> (", p->out);
		html_number(p->out, bug->releases[i].dumps);
		fputs(")</li>\n", p->out);
	}
	if (others)
		fprintf(p->out, "<li>others (%zu)</li>\n", others);
	fputs("</ul>\n", p->out);
}

static void example_write(void *to, const char *file)
{
	const struct page *p = to;
	char *link = page_link(p->options->html, file);

	fputs("<li><code>", p->out);
	html_text(p->out, file);
	fputs("</code>", p->out);
	if (link) {
		fputs(" <a href=\"", p->out);
		html_text(p->out, link);
		fputs("\">its page</a>", p->out);
	}
	fputs("</li>\n", p->out);
	free(link);
}

static void card_write(struct page *p, size_t i)
{
	uint32_t place = p->said->order[i];
	const struct group_bug *bug = &p->groups->bugs[place];
	const struct group_times *times = p->said->times;
	const struct stack stack = { "part", times->bugs + place * times->nr, 1 };

	fprintf(p->out, "<article id=\"bug-%zu\" class=\"card\">\n<h3><code>", i);
	html_text(p->out, bug->signature);
	fputs("</code></h3>\n<p>", p->out);
	html_prose(p->out, bug->message);
	fputs("</p>\n<p class=\"dim\">", p->out);
	html_count(p->out, bug->dumps, "dump");
	if (p->said->since && bug->before)
		fprintf(p->out, ", %zu before", bug->before);
	fputs(p->said->since && is_new(bug) ? ", new</p>\n" : "</p>\n", p->out);
	if (times->nr)
		chart_write(p, "dumps of this group", &stack, 1);
	releases_write(p, bug);
	modules_write(p, bug);
	fputs("<h4>For example</h4>\n<ul class=\"lines\">\n", p->out);
	group_examples(p->groups, place, p, example_write);
	fputs("</ul>\n</article>\n", p->out);
}

static void bugs_write(struct page *p)
{
	fputs("<section id=\"bugs\" aria-labelledby=\"bugs-title\">\n"
	      "<h2 id=\"bugs-title\">Bugs</h2>\n",
	      p->out);
	if (p->said->nr)
		bugs_table(p);
	else
		fputs("<p>No dump is corrupt or unknown.</p>\n", p->out);
	for (size_t i = 0; i < p->cards; i++)
		card_write(p, i);
	if (p->said->nr > p->cards) {
		fputs("<p class=\"dim\">Without a card of their own: ", p->out);
		html_count(p->out, p->said->nr - p->cards, "group");
		fputs(".</p>\n", p->out);
	}
	fputs("</section>\n", p->out);
}

/* --- Kernels --- */

struct kernel_row {
	const char *release;
	size_t verdicts[STATUS_UNKNOWN + 1], dumps;
};

static int kernels_order(const void *left, const void *right)
{
	const struct kernel_row *a = left, *b = right;

	if (a->dumps != b->dumps)
		return a->dumps > b->dumps ? -1 : 1;
	return strcmp(a->release, b->release);
}

static void kernel_write(const struct kernel_row *row, FILE *out)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, row->release);
	fputs("</th>", out);
	number_cell(out, row->dumps);
	number_cell(out, row->verdicts[STATUS_CORRUPT]);
	number_cell(out, row->verdicts[STATUS_UNKNOWN]);
	number_cell(out, row->verdicts[STATUS_CLEAN]);
	fprintf(out, "<td data-v=\"%.4f\">%.3g%%</td></tr>\n",
		(double)row->verdicts[STATUS_CORRUPT] / (double)row->dumps,
		100.0 * (double)row->verdicts[STATUS_CORRUPT] / (double)row->dumps);
}

static void kernels_table(const struct page *p, struct kernel_row *rows)
{
	const struct groups *g = p->groups;
	size_t nr = g->releases.nr;

	for (size_t i = 0; i < nr; i++)
		rows[i].release = g->releases.list[i];
	for (size_t i = 0; i < g->nr_entries; i++) {
		struct kernel_row *row = &rows[g->entries[i].release];

		row->dumps++;
		row->verdicts[g->entries[i].status]++;
	}
	qsort(rows, nr, sizeof(*rows), kernels_order);
	for (size_t i = 0; i < nr && i < KERNELS_MAX && rows[i].dumps; i++)
		kernel_write(&rows[i], p->out);
}

static void kernels_write(const struct page *p)
{
	struct kernel_row *rows = calloc(p->groups->releases.nr + 1, sizeof(*rows));
	FILE *out = p->out;

	fputs("<section id=\"kernels\" aria-labelledby=\"kernels-title\">\n"
	      "<h2 id=\"kernels-title\">Kernels</h2>\n<div class=\"scroll\">"
	      "<table class=\"sortable numbers\">\n<caption>Kernels, the most frequent first</caption>\n"
	      "<thead><tr>",
	      out);
	head_cell(out, "Kernel", false);
	head_cell(out, "Dumps", true);
	head_cell(out, "Corrupt", true);
	head_cell(out, "Unknown", true);
	head_cell(out, "Clean", true);
	head_cell(out, "Of them corrupt", true);
	fputs("</tr></thead>\n<tbody>\n", out);
	if (rows)
		kernels_table(p, rows);
	fputs("</tbody>\n</table></div>\n", out);
	if (p->groups->releases.nr > KERNELS_MAX) {
		fputs("<p class=\"dim\">Not in the table: ", out);
		html_count(out, p->groups->releases.nr - KERNELS_MAX, "kernel");
		fputs(" with as few dumps or fewer.</p>\n", out);
	}
	fputs("</section>\n", out);
	free(rows);
}

static void made_write(const struct page *p)
{
	fputs("<section id=\"made\" aria-labelledby=\"made-title\">\n"
	      "<h2 id=\"made-title\">How it was made</h2>\n<dl class=\"facts\">\n",
	      p->out);
	html_fact(p->out, "slubcheck", "%s", p->options->version);
	html_fact(p->out, "arguments", "%s", p->options->command);
	fputs("</dl>\n</section>\n", p->out);
}

void group_html(const struct group_said *said, const struct group_options *options, FILE *out)
{
	struct page page = { .said = said,
			     .groups = said->groups,
			     .options = options,
			     .cards = said->nr < CARDS_MAX ? said->nr : CARDS_MAX,
			     .out = out };

	head_write(&page);
	summary_write(&page);
	since_write(&page);
	bugs_write(&page);
	when_write(&page);
	kernels_write(&page);
	made_write(&page);
	fputs("</main>\n", out);
	html_end(out);
}
