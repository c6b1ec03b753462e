/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_JSON_H
#define SLUBCHECK_CHECKER_REPORT_JSON_H
/*
 * The report as JSON lines; see report.h, whose functions call these.
 */

#include "checker/report/answer.h"

void json_report_cache(const struct report *report, const struct cache_result *result);
void json_report_list(const struct report *report, const struct cache_result *result);
void json_report_panic(const struct report *report, const struct panic *panic);
void json_report_address(const struct report *report, const struct report_address *address);
void json_report_object(const struct report *report, const struct cache *cache,
			const struct object *object);
void json_report_objects_end(const struct report *report, const struct report_objects *objects);
void json_report_finding(const struct report *report, const struct finding *finding);
void json_report_message(const struct report *report, const char *message, const char *name);
void json_report_summary(const struct report *report, const struct report_totals *totals);
void json_report_usage(const struct report *report, const struct report_usage *usage);

#endif
