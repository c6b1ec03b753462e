/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has the memory (--top), for programs. */
#include "checker/report/json_parts.h"

static void tag_write(struct json *json, const struct object_owner *tag)
{
	json_text(json, "file", tag->file);
	json_uint(json, "line", tag->line);
	json_text(json, "symbol", tag->function);
	if (tag->module[0])
		json_text(json, "module", tag->module);
}

static void site_write(const struct report *report, const struct top_site *s)
{
	char text[TOP_SITE_MAX];
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "site");
	json_text(&json, "cache", s->cache->name);
	json_hex(&json, "cache_address", s->cache->addr);
	json_text(&json, "by", s->tag ? "tag" : "track");
	json_text(&json, "site", top_site_text(s, text, sizeof(text)));
	json_hex(&json, "address", s->addr);
	if (s->tag)
		tag_write(&json, s->tag);
	else
		json_symbol(&json, &s->symbol);
	json_uint(&json, "objects", s->objects);
	json_uint(&json, "bytes", s->bytes);
	json_end(&json);
}

static void cgroup_write(const struct report *report, const struct top_cgroup *c)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "cgroup");
	json_hex(&json, "address", c->owner->memcg_addr);
	if (c->owner->path[0])
		json_text(&json, "path", c->owner->path);
	json_bool(&json, "removed", c->owner->removed);
	json_uint(&json, "objects", c->objects);
	json_uint(&json, "bytes", c->bytes);
	json_end(&json);
}

void json_top(const struct report *report, const struct report_top *top)
{
	struct json json;

	for (size_t i = 0; i < top->nr_sites; i++)
		site_write(report, &top->sites[i]);
	for (size_t i = 0; i < top->nr_cgroups; i++)
		cgroup_write(report, &top->cgroups[i]);
	json_begin(&json, report->out);
	json_text(&json, "type", "top");
	json_bool(&json, "tags", top->tags);
	json_bool(&json, "tracks", top->tracks);
	json_bool(&json, "charges", top->charges);
	json_uint(&json, "objects", top->objects);
	json_uint(&json, "bytes", top->bytes);
	json_uint(&json, "sited", top->sited);
	json_uint(&json, "charged", top->charged);
	json_uint(&json, "untold", top->untold);
	json_end(&json);
}
