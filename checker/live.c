/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/live.h"

#include "checker/image/escape.h"

/* Between two passes, in milliseconds. It differs, so that no timer of the kernel keeps step. */
static unsigned int pause_before(unsigned int pass)
{
	return 5 + pass * 7919 % 23;
}

/* What was said at the start of the first pass need not be said again. */
static void silence(struct run *run)
{
	static const struct report_ops nobody = { 0 };

	run->report.ops = &nobody;
}

/* Of the passes before. */
struct live_cost {
	struct timespec started;
	uint64_t reads, bytes, retries;
};

static void cost_add(struct live_cost *cost, const struct run *run)
{
	cost->started = run->started;
	cost->reads = run->totals.reads + run->memory.reads;
	cost->bytes = run->totals.bytes + run->memory.bytes;
	cost->retries = run->totals.coverage.retries;
	for (size_t i = 0; i < run->nr_results; i++)
		cost->retries += run->results[i]->coverage.retries;
}

static void cost_carry(struct run *run, const struct live_cost *cost)
{
	run->started = cost->started;
	run->totals.reads = cost->reads;
	run->totals.bytes = cost->bytes;
	run->totals.coverage.retries = cost->retries;
}

static bool goes_on(struct run *run, bool failed)
{
	const struct suspects *s = run->suspects;

	return !failed && run->totals.runs && suspects_open(s) && s->pass < LIVE_PASSES_MAX &&
	       run->memory.target->ops->again(run->memory.target, pause_before(s->pass)) &&
	       !memory_cancelled(&run->memory);
}

struct run *live_judge(struct target *target, struct arena *arena,
		       const struct check_options *options,
		       struct run *(*judge)(struct run *run, bool *failed), bool *failed)
{
	struct suspects *suspects = arena_alloc(arena, sizeof(*suspects));
	const struct report_ops *ops = NULL;
	struct run *run;
	struct live_cost before = { 0 };
	struct arena_mark mark = arena_mark(arena);

	for (;;) {
		run = suspects ? run_new(target, arena, options) : NULL;
		if (!run)
			return NULL;
		suspects_pass(suspects);
		run->suspects = suspects;
		if (ops) {
			cost_carry(run, &before);
			silence(run);
		} else {
			ops = run->report.ops;
		}
		judge(run, failed);
		if (!goes_on(run, *failed))
			break;
		cost_add(&before, run);
		team_free(&run->team);
		arena_release(arena, mark);
	}
	run->report.ops = ops;
	run->totals.passes = suspects->pass;
	return run;
}

void live_report(const struct run *run)
{
	const struct suspects *s = run->suspects;
	char cache[4 * SUSPECT_CACHE_MAX];

	for (size_t i = 0; i < s->nr && run->options->verbose; i++)
		if (suspect_vanished(s, &s->list[i]))
			report_message(&run->report, "seen once: %s in %s: %s",
				       finding_info(s->list[i].id)->id,
				       text_escape(s->list[i].cache, cache, sizeof(cache)),
				       s->list[i].message);
}
