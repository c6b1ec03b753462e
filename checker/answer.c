/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/answer.h"

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

const char *sheaf_place_name(enum sheaf_role role)
{
	return finding_place_name(sheaf_finding_place(role));
}
