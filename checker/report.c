/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report.h"

#include <string.h>

#include "checker/report_json.h"
#include "checker/report_text.h"

const char *verdict_name(enum check_verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_CORRUPT] = "corrupt",
		[VERDICT_UNKNOWN] = "unknown",
	};

	return names[verdict];
}

enum check_verdict cache_verdict(const struct cache_result *result)
{
	const struct coverage *c = &result->coverage;

	if (result->corrupt)
		return VERDICT_CORRUPT;
	if (!result->finished || c->absent || c->objects_verified < c->objects)
		return VERDICT_UNKNOWN;
	return VERDICT_CLEAN;
}

const char *address_state(const struct report_address *a)
{
	if (a->at.index < 0)
		return "padding";
	if (!a->walked)
		return "unknown";
	return neighbour_name(a->near[1]);
}

const char *slab_place_name(const struct report_address *a)
{
	switch (a->slab.role) {
	case ROLE_CPU:
		return finding_place_name(PLACE_CPU_SLAB);
	case ROLE_CPU_PARTIAL:
		return finding_place_name(PLACE_CPU_PARTIAL);
	case ROLE_NODE_PARTIAL:
		return finding_place_name(PLACE_NODE_PARTIAL);
	case ROLE_NO_LIST:
		break;
	}
	return finding_place_name(PLACE_NO_LIST);
}

static bool is_json(const struct report *report)
{
	return report->options->format == CHECK_JSON;
}

void report_cache(const struct report *report, const struct cache_result *result)
{
	if (is_json(report))
		json_report_cache(report, result);
	else
		text_report_cache(report, result);
}

void report_list(const struct report *report, const struct cache_result *result)
{
	if (is_json(report))
		json_report_list(report, result);
	else
		text_report_list(report, result);
}

void report_panic(const struct report *report, const struct panic *panic)
{
	if (is_json(report))
		json_report_panic(report, panic);
	else
		text_report_panic(report, panic);
}

void report_message(const struct report *report, const char *message, const char *name)
{
	if (is_json(report))
		json_report_message(report, message, name);
	else
		text_report_message(report, message, name);
}

void report_summary(const struct report *report, const struct report_totals *totals)
{
	if (is_json(report))
		json_report_summary(report, totals);
	else
		text_report_summary(report, totals);
	fflush(report->out);
}

void report_address(const struct report *report, const struct report_address *address)
{
	if (is_json(report))
		json_report_address(report, address);
	else
		text_report_address(report, address);
}

void report_finding(const struct report *report, const struct finding *finding)
{
	if (is_json(report))
		json_report_finding(report, finding);
	else
		text_report_finding(report, finding);
}
