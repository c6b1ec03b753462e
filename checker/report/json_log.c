/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel said, as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "checker/report/json_parts.h"

static void complaint_who_write(struct json *json, const struct complaint *c)
{
	if (c->cpu >= 0)
		json_int(json, "cpu", c->cpu);
	if (c->pid >= 0)
		json_int(json, "pid", c->pid);
	if (c->comm[0])
		json_text(json, "comm", c->comm);
	if (c->function[0])
		json_text(json, "function", c->function);
	if (c->taint[0])
		json_text(json, "taint", c->taint);
}

static void complaint_object_write(struct json *json, const struct complaint *c)
{
	char text[24];

	if (c->nr_addresses) {
		json_list_open(json, "addresses");
		for (unsigned int i = 0; i < c->nr_addresses; i++) {
			snprintf(text, sizeof(text), "0x%" PRIx64, c->addresses[i]);
			json_item(json, text);
		}
		json_list_close(json);
	}
	if (c->at.kind == LOCATION_NULL)
		return;
	json_hex(json, "slab", c->at.page);
	if (c->at.index >= 0) {
		json_hex(json, "object", c->at.addr - c->at.offset);
		json_int(json, "index", c->at.index);
	}
}

static void complaint_write(const struct report *report, const struct complaint *c)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "complaint");
	json_text(&json, "id", c->pattern->id);
	json_text(&json, "kind", complaint_kind_name(c->pattern->kind));
	if (c->line->timed)
		json_uint(&json, "microseconds", c->line->ns / 1000);
	json_text(&json, "text", c->line->text);
	json_uint(&json, "lines", c->nr_lines);
	complaint_who_write(&json, c);
	json_text(&json, "cache", c->cache[0] ? c->cache : NULL);
	if (c->other_cache[0])
		json_text(&json, "other_cache", c->other_cache);
	complaint_object_write(&json, c);
	if (c->finding) {
		json_text(&json, "finding", finding_info(c->finding->id)->id);
		json_text(&json, "finding_cache", c->finding->cache_name);
		json_text(&json, "same", complaint_tie_name(c->tie));
	}
	json_end(&json);
}

void json_complaints(const struct report *report, const struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->nr; i++)
		complaint_write(report, &complaints->list[i]);
}
