/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct finding_info infos[FINDING_COUNT] = {
#define X(id, text, severity, diagnosis, title, meaning, next) \
	{ text, SEVERITY_##severity, DIAGNOSE_##diagnosis, title, meaning, next },
	FINDINGS(X)
#undef X
};

const struct finding_info *finding_info(enum finding_id id)
{
	return &infos[id];
}

const char *finding_severity_name(enum finding_severity severity)
{
	static const char *const names[] = { "corrupt", "transient", "note" };

	return names[severity];
}

const char *finding_place_name(enum finding_place place)
{
	static const char *const names[] = {
		[PLACE_CACHE] = "cache",
		[PLACE_CPU] = "cpu",
		[PLACE_CPU_FREELIST] = "cpu-freelist",
		[PLACE_CPU_SLAB] = "cpu-slab",
		[PLACE_CPU_PARTIAL] = "cpu-partial",
		[PLACE_NODE] = "node",
		[PLACE_NODE_PARTIAL] = "node-partial",
		[PLACE_NO_LIST] = "no-list",
		[PLACE_SHEAF_MAIN] = "sheaf-main",
		[PLACE_SHEAF_SPARE] = "sheaf-spare",
		[PLACE_SHEAF_RCU_FREE] = "sheaf-rcu-free",
		[PLACE_BARN] = "barn",
		[PLACE_BARN_FULL] = "barn-full",
		[PLACE_BARN_EMPTY] = "barn-empty",
		[PLACE_NODE_FULL] = "node-full",
		[PLACE_NODE_FREE] = "node-free",
		[PLACE_ARRAY_CPU] = "array-cpu",
		[PLACE_ARRAY_SHARED] = "array-shared",
		[PLACE_ARRAY_ALIEN] = "array-alien",
	};

	return names[place];
}

char *finding_place_text(enum finding_place place, int cpu, int node, char *buf, size_t len)
{
	switch (place) {
	case PLACE_SHEAF_MAIN:
		snprintf(buf, len, "the main sheaf of CPU %d", cpu);
		break;
	case PLACE_SHEAF_SPARE:
		snprintf(buf, len, "the spare sheaf of CPU %d", cpu);
		break;
	case PLACE_SHEAF_RCU_FREE:
		snprintf(buf, len, "the rcu_free sheaf of CPU %d", cpu);
		break;
	case PLACE_BARN_FULL:
		snprintf(buf, len, "a full sheaf of node %d's barn", node);
		break;
	case PLACE_BARN_EMPTY:
		snprintf(buf, len, "an empty sheaf of node %d's barn", node);
		break;
	case PLACE_ARRAY_CPU:
		snprintf(buf, len, "the array of CPU %d", cpu);
		break;
	case PLACE_ARRAY_SHARED:
		snprintf(buf, len, "the shared array of node %d", node);
		break;
	case PLACE_ARRAY_ALIEN:
		snprintf(buf, len, "an alien array of node %d", node);
		break;
	default:
		snprintf(buf, len, "%s", finding_place_name(place));
		break;
	}
	return buf;
}

const char *object_state_name(enum object_state state)
{
	static const char *const names[] = { "none", "free", "lost", "allocated", "unknown" };

	return names[state];
}

void finding_message(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->message, sizeof(finding->message), format, args);
	va_end(args);
}
