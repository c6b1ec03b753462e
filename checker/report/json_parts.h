/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_JSON_PARTS_H
#define SLUBCHECK_CHECKER_REPORT_JSON_PARTS_H
/*
 * The report for programs, in parts. For json*.c only.
 */

#include "checker/report/json_writer.h"
#include "checker/report/report.h"

/** json_symbol() - The members "symbol", "module" and "offset", as far as they are known. */
void json_symbol(struct json *json, const struct target_symbol *symbol);

/** json_tracks() - The members "allocated" and "freed", as far as they are known. */
void json_tracks(struct json *json, const struct report *report, const struct track tracks[TRACKS]);

/** json_opinion() - A cause, as an item of a list. */
void json_opinion(struct json *json, const struct opinion *o);

/* json_why.c: see struct report_ops. */
void json_why(const struct report *report, const struct story *story);
void json_card(const struct report *report, const struct object_card *card);

/* json_map.c: likewise. */
void json_map(const struct report *report, const struct object_map *map);

/* json_top.c: likewise. */
void json_top(const struct report *report, const struct report_top *top);

/* json_log.c: likewise. */
void json_complaints(const struct report *report, const struct complaints *complaints);

#endif
