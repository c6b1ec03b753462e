/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/check.h"

#include "checker/live.h"
#include "checker/run.h"
#include "checker/why/story.h"

/* What the verdict is made of. Returns the result of slab_caches itself; NULL: it was not judged. */
static struct cache_result *totals_count(struct run *run)
{
	struct cache_result *list = run->list_result;

	for (size_t i = 0; i < run->nr_results; i++)
		run_total(run, run->results[i], true);
	if (list)
		run_total(run, list, false);
	run_total(run, &run->no_cache, false);
	run->totals.trapped = run->no_cache.corrupt != 0;
	run->totals.telling = run->complaints.telling;
	run_totals_finish(run);
	return list;
}

static void all_report(struct run *run)
{
	const struct cache_result *list = totals_count(run);

	report_say(&run->report, verdict, &run->totals);
	report_say(&run->report, caches_begin);
	for (size_t i = 0; i < run->nr_results; i++)
		report_say(&run->report, cache, run->results[i]);
	if (list)
		report_say(&run->report, list, list);
	report_say(&run->report, kernel, &run->no_cache);
	if (run->panicked)
		report_say(&run->report, panic, &run->panic);
	/* Of a kernel that is well, warnings and hangs are not the question, unless it is why it died. */
	if (run->totals.corrupt || run->complaints.telling || run->options->why)
		report_say(&run->report, complaints, &run->complaints);
}

/* The finding whose damage the kernel died of; NULL: none. */
static const struct finding *death_finding(const struct run *run)
{
	if (run->panicked)
		return run->panic.finding;
	findings_for_each (node, &run->no_cache.findings)
		if (node->finding.trap && node->finding.severity == SEVERITY_CORRUPT)
			return &node->finding;
	for (size_t i = 0; i < run->nr_results; i++)
		findings_for_each (node, &run->results[i]->findings)
			if (node->finding.trap && node->finding.severity == SEVERITY_CORRUPT)
				return &node->finding;
	return NULL;
}

/* Behind all caches, and before the summary: -w. */
static void why_report(struct run *run)
{
	struct story *story = arena_alloc(run->arena, sizeof(*story));
	struct judged *judged = arena_alloc(run->arena, sizeof(*judged));
	const struct report_totals *t = &run->totals;
	const struct story_judgement judgement = {
		.corrupt = t->corrupt,
		.unseen = run->unseen || t->coverage.absent || t->caches_unknown || !t->scanned ||
			  run->nr_results < run->allocator->nr_caches,
		.checked = { t->caches_checked, t->coverage.slabs, t->coverage.objects_verified },
	};

	if (!run->options->why || !story || !judged)
		return;
	*judged = run_judged(run);
	story_find(story, judged, death_finding(run), &run->complaints, &judgement);
	story_hear(story, &run->complaints);
	report_say(&run->report, why, story);
}

bool check_knows_cache(struct target *target, struct arena *arena, const char *name)
{
	const struct check_options quiet = { .format = CHECK_CALLBACK };
	struct run *run = run_new(target, arena, &quiet);
	bool merged, known = false;

	if (!run || !run_prepare(run, 1))
		return false;
	known = run->allocator->ops->find_cache(run->allocator, name, &merged);
	team_free(&run->team);
	return known;
}

/* All of a run but its report. A kernel that runs is judged by one thread: it has other work. */
static struct run *run_judge(struct run *run, bool *failed)
{
	const struct check_options *options = run->options;

	*failed = !run_prepare(run, run->suspects ? 1 : options->threads) || !run_names(run);
	if (*failed)
		return run;
	if (options->scan)
		run_scan(run);
	run_judge_caches(run);
	run_judge_unlisted(run);
	/* Its result is reported by list_report(); here it is seen before another pass is made. */
	if (!options->nr_names)
		run->list_result = run_judge_list(run);
	run_judge_death(run);
	return run;
}

struct check_result check_run(struct target *target, struct arena *arena,
			      const struct check_options *options)
{
	struct run *run;
	bool failed = false;

	if (target_runs(target)) {
		run = live_judge(target, arena, options, run_judge, &failed);
	} else {
		run = run_new(target, arena, options);
		if (run)
			run_judge(run, &failed);
	}
	if (!run)
		return run_out_of_memory(options);
	if (failed)
		return run_failed(run);
	if (run->report.ops->complaints || options->why)
		run_read_log(run);
	all_report(run);
	why_report(run);
	if (run->suspects)
		live_report(run);
	return run_end(run, false);
}

/* What -o is in the middle of. */
struct listing {
	struct run *run;
	const struct cache_view *cache;
	struct report_objects sum;
};

static void listed_slab(void *ctx, const struct slab_view *slab)
{
	const struct listing *l = ctx;

	report_say(&l->run->report, objects_slab, slab);
}

static void listed_object(void *ctx, const struct object_view *object)
{
	const struct listing *l = ctx;

	report_say(&l->run->report, object, l->cache, object);
}

static void count_add(struct objects_count *sum, const struct objects_count *c)
{
	sum->slabs += c->slabs;
	sum->allocated += c->allocated;
	sum->free += c->free;
	sum->lost += c->lost;
	sum->unknown += c->unknown;
}

/* Returns false when the list ends early. */
static bool objects_list(void *ctx, const struct cache_result *result)
{
	struct listing *l = ctx;
	struct run *run = l->run;
	const struct objects_visit visit = { listed_slab, listed_object, l };
	struct report_objects objects = { .cache = &result->cache,
					  .walkable = result->cache.walkable };

	l->cache = &result->cache;
	report_say(&run->report, objects_begin, result);
	if (!run->allocator->ops->objects(run->allocator, result, &visit, &objects.count))
		return false;
	/* Slabs whose pages do not say that they are slabs cannot be listed. */
	objects.count.unknown += result->coverage.objects_unknown;
	report_say(&run->report, objects_end, &objects);
	count_add(&l->sum.count, &objects.count);
	return true;
}

struct check_result check_objects(struct target *target, struct arena *arena,
				  const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct listing listing = { .run = run, .sum = { .walkable = true } };
	bool whole;

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !run_names(run))
		return run_failed(run);
	/* What is damaged decides what is known: all is judged before the first object is listed. */
	run_judge_all(run);
	whole = run_visit(run, objects_list, &listing);
	run->unseen |= !whole;
	if (whole && run->nr_results > 1)
		report_say(&run->report, objects_end, &listing.sum);
	return run_end(run, false);
}
