/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/report.h"

#include <inttypes.h>
#include <stdarg.h>

void report_init(struct report *report, const struct check_options *options, struct arena *arena)
{
	static const struct report_ops *const outputs[] = {
		[CHECK_TEXT] = &report_text,
		[CHECK_JSON] = &report_json,
		[CHECK_HTML] = &report_html,
		[CHECK_CALLBACK] = &report_callback,
	};

	*report = (struct report){
		.options = options,
		.ops = outputs[options->format],
		.out = options->out,
	};
	if (report->ops->begin && arena)
		report->ops->begin(report, arena);
}

void report_message(const struct report *report, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	report_say(report, message, message, NULL);
}

static void filter_note(const struct report *report, uint64_t absent)
{
	if (!absent || !report_explains_absent(report))
		return;
	report_message(report,
		       "makedumpfile -d %u left out %" PRIu64 " part%s of the heap; -d %u keeps "
		       "them",
		       report->dump_level, absent, absent == 1 ? "" : "s",
		       report->dump_level & ~DUMP_LEVEL_USER);
}

void report_end(const struct report *report, const struct report_totals *totals)
{
	filter_note(report, totals->coverage.absent);
	report_say(report, summary, totals);
	if (report->out)
		fflush(report->out);
}
