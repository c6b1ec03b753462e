/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/report.h"

#include <inttypes.h>

#include "checker/report/json.h"
#include "checker/report/text.h"

static bool is_json(const struct report *report)
{
	return report->options->format == CHECK_JSON;
}

static bool is_callback(const struct report *report)
{
	return report->options->format == CHECK_CALLBACK;
}

static void hand_over(const struct report *report, const struct cache_result *result)
{
	for (const struct finding_node *f = result->findings.first; f; f = f->next)
		report->options->finding(report->options->finding_ctx, &f->finding);
}

void report_cache(const struct report *report, const struct cache_result *result)
{
	if (is_callback(report))
		hand_over(report, result);
	else if (is_json(report))
		json_report_cache(report, result);
	else
		text_report_cache(report, result);
}

void report_list(const struct report *report, const struct cache_result *result)
{
	if (is_callback(report))
		hand_over(report, result);
	else if (is_json(report))
		json_report_list(report, result);
	else
		text_report_list(report, result);
}

void report_kernel(const struct report *report, const struct cache_result *result)
{
	if (is_callback(report))
		hand_over(report, result);
	else if (is_json(report))
		json_report_list(report, result);
	else
		text_report_kernel(report, result);
}

void report_panic(const struct report *report, const struct panic *panic)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_panic(report, panic);
	else
		text_report_panic(report, panic);
}

void report_message(const struct report *report, const char *message, const char *name)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_message(report, message, name);
	else
		text_report_message(report, message, name);
}

void report_filter(const struct report *report, const struct report_totals *totals)
{
	char note[256];

	if (!totals->coverage.absent || !report_explains_absent(report))
		return;
	snprintf(note, sizeof(note),
		 "makedumpfile -d %u left %" PRIu64 " part%s of the heap out; -d %u keeps them",
		 report->dump_level, totals->coverage.absent,
		 totals->coverage.absent == 1 ? "" : "s", report->dump_level & ~DUMP_LEVEL_USER);
	report_message(report, note, NULL);
}

void report_summary(const struct report *report, const struct report_totals *totals)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_summary(report, totals);
	else
		text_report_summary(report, totals);
	fflush(report->out);
}

void report_address(const struct report *report, const struct report_address *address)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_address(report, address);
	else
		text_report_address(report, address);
}

void report_usage(const struct report *report, const struct report_usage *usage, bool first)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_usage(report, usage);
	else
		text_report_usage(report, usage, first);
}

void report_finding(const struct report *report, const struct finding *finding)
{
	if (is_callback(report))
		report->options->finding(report->options->finding_ctx, finding);
	else if (is_json(report))
		json_report_finding(report, finding);
	else
		text_report_finding(report, finding);
}

/* In JSON each object says what is said here. */
void report_objects_begin(const struct report *report, const struct cache_result *result)
{
	if (!is_callback(report) && !is_json(report))
		text_report_objects_begin(report, result);
}

void report_objects_slab(const struct report *report, const struct slab_state *slab, bool waits)
{
	if (!is_callback(report) && !is_json(report))
		text_report_objects_slab(report, slab, waits);
}

void report_object(const struct report *report, const struct cache *cache,
		   const struct object *object)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_object(report, cache, object);
	else
		text_report_object(report, object);
}

void report_objects_end(const struct report *report, const struct report_objects *objects)
{
	if (is_callback(report))
		return;
	if (is_json(report))
		json_report_objects_end(report, objects);
	else
		text_report_objects_end(report, objects);
}
