/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/death_report.h"

#include <string.h>

/* Lines of a report up to the stack pointer: on arm64 the decoded syndrome is before it. */
#define LINES_MAX 64u

static bool kind_find(const struct complaint *c, enum trap_kind *kind)
{
	for (int k = 0; k < TRAP_KIND_COUNT; k++)
		if (!strcmp(c->pattern->id, trap_kind_id((enum trap_kind)k))) {
			*kind = (enum trap_kind)k;
			return true;
		}
	return false;
}

/* Of kernel mode: in user mode the stack segment is another one, and the address is of the lower half. */
static bool sp_of_line(const char *text, uint64_t *sp)
{
	struct pattern_captures got;

	if (pattern_match("RSP: %x:%x ", text, &got))
		*sp = got.numbers[1];
	else if (pattern_match("sp : %x", text, &got))
		*sp = got.numbers[0];
	else
		return false;
	return *sp >> 63;
}

static bool sp_find(const struct complaints *all, const struct complaint *c, uint64_t *sp)
{
	const struct log_line *end = all->log.lines + all->log.nr;

	for (unsigned int i = 0; i < LINES_MAX && c->first + i < end; i++)
		if (sp_of_line(c->first[i].text, sp))
			return true;
	return false;
}

bool death_report_read(struct death_report *report, const struct complaints *all)
{
	for (size_t i = all && all->known ? all->nr : 0; i > 0; i--) {
		const struct complaint *c = &all->list[i - 1];

		if (c->pattern->kind != COMPLAINT_DEATH || !kind_find(c, &report->kind))
			continue;
		report->cpu = c->cpu;
		return sp_find(all, c, &report->sp);
	}
	return false;
}
