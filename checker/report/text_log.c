/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel said, in text. */
#include "checker/report/text.h"

#include <inttypes.h>
#include <string.h>

#include "checker/image/escape.h"

/* As dmesg has it, wrapped behind the time. */
static void said_line(FILE *out, const char *text)
{
	const char *end = *text == '[' ? strstr(text, "] ") : NULL;
	int time = end ? (int)(end - text) + 2 : 0;

	fprintf(out, "  %.*s", time, text);
	text_wrap(out, text + time, 2 + time);
}

static void complaint_lines(const struct report *report, const struct complaint *c)
{
	const struct allocator *a = report->allocator;
	char text[COMPLAINT_TEXT_MAX], name[4 * CACHE_NAME_MAX];
	FILE *out = report->out;

	said_line(out, complaint_describe(c, text));
	if (*complaint_where(c, text))
		text_line(out, "where", "%s", text);
	if (c->at.kind != LOCATION_NULL)
		text_line(out, "object", "%" PRIx64 " is %s", c->at.addr,
			  a->ops->describe(a, &c->at, text, sizeof(text)));
	if (c->finding)
		text_line(out, "finding", "%s in %s (the same %s)",
			  finding_info(c->finding->id)->id,
			  c->finding->cache_name
				  ? text_escape(c->finding->cache_name, name, sizeof(name))
				  : "no cache",
			  complaint_tie_name(c->tie));
	if (report->options->verbose && c->taint[0])
		text_line(out, "taint", "%s", c->taint);
}

/* Complaints that are shown without -v: the first ones, and the last. */
#define COMPLAINTS_SHOWN 12u

static void log_missing_text(FILE *out, const struct kernel_log *log)
{
	if (log->absent)
		fprintf(out, "  %" PRIu64 " record%s of the log %s not in the dump\n", log->absent,
			log->absent == 1 ? "" : "s", log->absent == 1 ? "is" : "are");
	if (log->damaged)
		fprintf(out, "  %" PRIu64 " record%s of the log %s damaged\n", log->damaged,
			log->damaged == 1 ? "" : "s", log->damaged == 1 ? "is" : "are");
	if (log->cut)
		fputs("  the log was not read to its end\n", out);
}

void text_complaints(const struct report *report, const struct complaints *c)
{
	size_t hidden = report->options->verbose || c->nr <= COMPLAINTS_SHOWN
				? 0
				: c->nr - COMPLAINTS_SHOWN;
	FILE *out = report->out;

	if (!c->known || (!c->nr && !report->options->verbose))
		return;
	fprintf(out, "log: %zu complaint%s of the kernel%s\n", c->nr + c->dropped,
		c->nr + c->dropped == 1 ? "" : "s", c->nr > 1 ? ", the earliest first" : "");
	for (size_t i = 0; i < c->nr; i++) {
		if (i + 1 == c->nr && hidden + c->dropped)
			fprintf(out, "  ... %zu more%s\n", hidden + c->dropped,
				hidden ? " (-v lists them)" : "");
		if (i + 1 == c->nr || i + hidden + 1 < c->nr)
			complaint_lines(report, &c->list[i]);
	}
	log_missing_text(out, &c->log);
}
