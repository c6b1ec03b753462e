/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/answer.h"

#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"

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
	if (!result->finished || result->doubted || c->absent || c->objects_verified < c->objects)
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

/* "kmalloc-64" of that, or of one of its copies; NULL: of another cache. */
static const char *kmalloc_size(const char *name, const char *copies)
{
	static const char plain[] = "kmalloc-";
	const char *size = NULL;

	if (!strncmp(name, copies, strlen(copies)))
		size = strrchr(name, '-') + 1;
	else if (!strncmp(name, plain, strlen(plain)))
		size = name + strlen(plain);
	return size && *size >= '0' && *size <= '9' ? size : NULL;
}

bool cache_boot_option(const struct report *report, const struct cache_result *result,
		       char option[BOOT_OPTION_MAX])
{
	char name[4 * CACHE_NAME_MAX];
	const char *size = NULL;

	if (!report->layout || !slabs_are_damaged(result) ||
	    cache_is_debug(&result->cache, report->layout))
		return false;
	/* slab_debug= since 6.9, where the older word is understood as well. Names may end in an
	 * asterisk, and nowhere else have one. */
	if (report->layout->kmalloc_copies)
		size = kmalloc_size(result->cache.name, report->layout->kmalloc_copies);
	if (size) {
		snprintf(option, BOOT_OPTION_MAX, "slub_debug=FZPU,kmalloc-%s,%s*",
			 text_escape(size, name, sizeof(name)), report->layout->kmalloc_copies);
		return true;
	}
	snprintf(option, BOOT_OPTION_MAX, "slub_debug=FZPU,%s",
		 text_escape(result->cache.name, name, sizeof(name)));
	return true;
}

const char *address_state(const struct report_address *a)
{
	if (a->at.index < 0)
		return a->at.unsure ? "unknown" : "padding";
	if (!a->walked)
		return "unknown";
	return neighbour_name(a->near[1]);
}

char *address_describe(const struct report *report, const struct report_address *a, char *buf,
		       size_t len)
{
	char where[256];
	bool has_name = a->at.kind == LOCATION_MAPPED && symbol_of(report->memory, a->asked).name;

	location_describe(report->memory, report->layout, &a->at, where, sizeof(where));
	if (a->structure.kind == STRUCTURE_PAGE) {
		char page[STRUCTURE_TEXT_MAX];

		structure_describe(&a->structure, report->memory, report->layout, page,
				   sizeof(page));
		snprintf(buf, len, "%s, which is %s", page, where);
	} else if (a->cache || a->structure.kind == STRUCTURE_NONE ||
		   (has_name && a->structure.kind >= STRUCTURE_IMAGE)) {
		snprintf(buf, len, "%s", where);
	} else {
		structure_describe(&a->structure, report->memory, report->layout, buf, len);
	}
	return buf;
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

const char *sheaf_place_name(enum sheaf_role role)
{
	return finding_place_name(sheaf_finding_place(role));
}
