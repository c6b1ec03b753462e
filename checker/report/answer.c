/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"

enum check_verdict cache_verdict(const struct cache_result *result)
{
	const struct coverage *c = &result->coverage;

	if (result->corrupt)
		return VERDICT_CORRUPT;
	if (!result->finished || result->doubted || c->absent ||
	    c->objects_verified + c->objects_busy < c->objects)
		return VERDICT_UNKNOWN;
	return VERDICT_CLEAN;
}

bool report_explains_absent(const struct report *report)
{
	return report->dump_level & DUMP_LEVEL_USER;
}

/* Damage inside of slabs, not of the structures that lead to them. */
static bool slabs_are_damaged(const struct cache_result *result)
{
	findings_for_each (node, &result->findings) {
		const struct finding *f = &node->finding;

		if (f->severity == SEVERITY_CORRUPT && f->has & FINDING_HAS_SLAB)
			return true;
	}
	return false;
}

bool cache_boot_option(const struct report *report, const struct cache_result *result,
		       char option[BOOT_OPTION_MAX])
{
	const struct allocator *a = report->allocator;

	return a && slabs_are_damaged(result) && a->ops->boot_option(a, &result->cache, option);
}

char *holder_describe(const struct holder *h, char *buf, size_t len)
{
	char place[64];

	buf[0] = '\0';
	if (h->kind == HOLDER_CPU_LIST)
		snprintf(buf, len, "number %u on the freelist of CPU %d", h->position + 1, h->cpu);
	else if (h->kind == HOLDER_SLAB_LIST)
		snprintf(buf, len, "number %u on the freelist of the slab", h->position + 1);
	else if (h->kind == HOLDER_ARRAY)
		snprintf(buf, len, "entry %u of %s", h->position,
			 finding_place_text(h->place, h->cpu, h->node, place, sizeof(place)));
	return buf;
}

const char *address_state(const struct report_address *a)
{
	if (a->at.index < 0)
		return a->at.unsure ? "unknown" : "padding";
	if (!a->look.walked)
		return "unknown";
	return object_state_name(a->look.near[1]);
}

char *address_describe(const struct report *report, const struct report_address *a, char *buf,
		       size_t len)
{
	const struct allocator *allocator = report->allocator;
	char where[256];
	bool has_name = a->at.kind == LOCATION_MAPPED && symbol_of(report->memory, a->asked).name;

	allocator->ops->describe(allocator, &a->at, where, sizeof(where));
	if (a->structure.kind == STRUCTURE_PAGE) {
		char page[STRUCTURE_TEXT_MAX];

		structure_text(allocator, &a->structure, page, sizeof(page));
		snprintf(buf, len, "%s, which is %s", page, where);
	} else if (a->cache || a->structure.kind == STRUCTURE_NONE ||
		   (has_name && a->structure.kind >= STRUCTURE_IMAGE)) {
		snprintf(buf, len, "%s", where);
	} else {
		structure_text(allocator, &a->structure, buf, len);
	}
	return buf;
}

int usage_fill(const struct report_usage *usage)
{
	const struct cache_usage *u = &usage->usage;

	if (!u->known || !u->objects || u->allocated > u->objects)
		return -1;
	return (int)((100.0 * (double)u->allocated) / (double)u->objects + 0.5);
}

char *top_site_text(const struct top_site *site, char *buf, size_t len)
{
	char file[4 * OWNER_NAME_MAX], function[4 * OWNER_NAME_MAX], module[4 * 64];
	const struct object_owner *tag = site->tag;

	if (!tag && site->symbol.name)
		return symbol_text(&site->symbol, buf, len);
	if (!tag) {
		snprintf(buf, len, "%" PRIx64, site->addr);
		return buf;
	}
	text_escape(tag->file, file, sizeof(file));
	text_escape(tag->function, function, sizeof(function));
	text_escape(tag->module, module, sizeof(module));
	snprintf(buf, len, "%s:%" PRIu32 " %s%s%s%s", file, tag->line, function,
		 *module ? " [" : "", module, *module ? "]" : "");
	return buf;
}
