/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_TEXT_H
#define SLUBCHECK_CHECKER_REPORT_TEXT_H
/*
 * The report as text; see report.h, whose functions call these.
 */

#include "checker/report/answer.h"

void text_report_cache(const struct report *report, const struct cache_result *result);
void text_report_list(const struct report *report, const struct cache_result *result);
void text_report_kernel(const struct report *report, const struct cache_result *result);
void text_report_panic(const struct report *report, const struct panic *panic);
void text_report_address(const struct report *report, const struct report_address *address);
void text_report_objects_begin(const struct report *report, const struct cache_result *result);
void text_report_objects_slab(const struct report *report, const struct slab_state *slab,
			      bool waits);
void text_report_object(const struct report *report, const struct object *object);
void text_report_objects_end(const struct report *report, const struct report_objects *objects);
void text_report_finding(const struct report *report, const struct finding *finding);
void text_report_message(const struct report *report, const char *message, const char *name);
void text_report_summary(const struct report *report, const struct report_totals *totals);
void text_report_usage(const struct report *report, const struct report_usage *usage, bool first);

#endif
