/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report for a caller who wants the findings and nothing printed. */
#include "checker/report/report.h"

static void callback_finding(const struct report *report, const struct finding *finding)
{
	report->options->finding(report->options->finding_ctx, finding);
}

static void callback_result(const struct report *report, const struct cache_result *result)
{
	findings_for_each (node, &result->findings)
		callback_finding(report, &node->finding);
}

const struct report_ops report_callback = {
	.cache = callback_result,
	.list = callback_result,
	.kernel = callback_result,
	.finding = callback_finding,
};
