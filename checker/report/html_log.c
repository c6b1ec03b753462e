/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel said, on a line of time. */
#include "checker/report/html_parts.h"

#include <inttypes.h>

#include "checker/image/escape.h"

/* "1.2 ms later": how long after the complaint before. */
static void gap_write(FILE *out, uint64_t ns)
{
	if (ns >= 60000000000u)
		fprintf(out, "%.1f min later", (double)ns / 6e10);
	else if (ns >= 1000000000u)
		fprintf(out, "%.1f s later", (double)ns / 1e9);
	else if (ns >= 1000000u)
		fprintf(out, "%.1f ms later", (double)ns / 1e6);
	else
		fprintf(out, "%" PRIu64 " &#181;s later", ns / 1000);
}

static void complaint_facts(const struct report *report, const struct complaint *c)
{
	const struct allocator *a = report->allocator;
	char text[COMPLAINT_TEXT_MAX];
	FILE *out = report->out;

	fputs("<dl class=\"facts\">\n", out);
	if (*complaint_where(c, text))
		html_fact(out, "where", "%s", text);
	if (a && c->at.kind != LOCATION_NULL)
		html_fact(out, "object", "%" PRIx64 " is %s", c->at.addr,
			  a->ops->describe(a, &c->at, text, sizeof(text)));
	if (c->finding)
		html_fact(out, "finding", "%s in %s (the same %s)",
			  finding_info(c->finding->id)->id,
			  c->finding->cache_name ? c->finding->cache_name : "no cache",
			  complaint_tie_name(c->tie));
	if (c->taint[0])
		html_fact(out, "taint", "%s", c->taint);
	fputs("</dl>\n", out);
}

static void complaint_write(const struct report *report, const struct complaint *c,
			    const struct complaint *before)
{
	char text[COMPLAINT_TEXT_MAX];
	FILE *out = report->out;

	fprintf(out, "<li class=\"%s\"><div class=\"when\">",
		complaint_kind_name(c->pattern->kind));
	if (c->line->timed)
		fprintf(out, "<time>%" PRIu64 ".%06" PRIu64 "</time>", c->line->ns / 1000000000u,
			c->line->ns / 1000 % 1000000u);
	if (before && before->line->timed && c->line->timed && c->line->ns >= before->line->ns) {
		fputs("<span class=\"dim\">", out);
		gap_write(out, c->line->ns - before->line->ns);
		fputs("</span>", out);
	}
	fputs("</div><div class=\"said\"><p>", out);
	html_prose(out, complaint_text(c, text));
	fprintf(out, " <span class=\"tag\">%s</span></p>\n", complaint_kind_name(c->pattern->kind));
	complaint_facts(report, c);
	fputs("</div></li>\n", out);
}

static void missing_write(FILE *out, const struct complaints *c)
{
	if (c->dropped) {
		fputs("<p class=\"dim\">", out);
		html_count(out, c->dropped, "complaint");
		fputs(" before the last one not shown.</p>\n", out);
	}
	if (c->log.absent) {
		fputs("<p class=\"dim\">Not in the dump: ", out);
		html_count(out, c->log.absent, "record");
		fputs(" of the log.</p>\n", out);
	}
	if (c->log.damaged) {
		fputs("<p class=\"dim\">Damaged: ", out);
		html_count(out, c->log.damaged, "record");
		fputs(" of the log.</p>\n", out);
	}
	if (c->log.cut)
		fputs("<p class=\"dim\">The log was not read to its end.</p>\n", out);
}

void html_log(const struct report *report)
{
	const struct complaints *c = report->kept ? report->kept->complaints : NULL;
	FILE *out = report->out;

	if (!c)
		return;
	fputs("<section id=\"log\" aria-labelledby=\"log-title\">\n"
	      "<h2 id=\"log-title\">What the kernel said</h2>\n",
	      out);
	if (!c->known)
		fputs("<p>The kernel's log is not in the dump, or cannot be read.</p>\n", out);
	else if (!c->nr)
		fputs("<p>The kernel's log has no complaint.</p>\n", out);
	else
		fputs("<p class=\"dim\">Complaints in the kernel's log, the earliest first; times "
		      "are seconds since boot.</p>\n<ol class=\"timeline\">\n",
		      out);
	for (size_t i = 0; i < c->nr; i++)
		complaint_write(report, &c->list[i], i ? &c->list[i - 1] : NULL);
	if (c->nr)
		fputs("</ol>\n", out);
	missing_write(out, c);
	fputs("</section>\n", out);
}
