/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/slub/alias.h"
#include "checker/image/clock.h"
#include "checker/slub/diagnose.h"
#include "checker/slub/elect.h"
#include "checker/image/escape.h"
#include "checker/slub/heap.h"
#include "checker/slub/judge.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"
#include "checker/slub/objects.h"
#include "checker/why/panic.h"
#include "checker/report/report.h"
#include "checker/run.h"
#include "checker/why/trap.h"
#include "decoders/slab.h"

/* At most ten times a second. Of several threads one does it. */
static void progress(struct run *run)
{
	/* With a scan all caches are gone through once more, after the lists of all. */
	size_t passes = run->judge.scan ? 2 : 1;

	if (!run->options->progress || atomic_flag_test_and_set(&run->telling))
		return;
	if (clock_seconds_since(&run->shown) >= 0.1) {
		run->shown = clock_now();
		run->options->progress(run->options->progress_ctx,
				       (run->nr_results + team_done(&run->team)) / passes,
				       run->nr_wanted, team_slabs(&run->team));
	}
	atomic_flag_clear(&run->telling);
}

/* struct judge.tick; the context of all jobs that judge is the run. */
static void tick(void *ctx)
{
	struct worker *w = ctx;

	atomic_store_explicit(&w->slabs, w->heap->slabs, memory_order_relaxed);
	progress(w->team->ctx);
}

struct run *run_new(struct target *target, struct arena *arena, const struct check_options *options)
{
	struct run *run = arena_alloc(arena, sizeof(*run));

	if (!run)
		return NULL;
	run->options = options;
	run->arena = arena;
	run->started = run->shown = clock_now();
	atomic_flag_clear(&run->telling);
	report_init(&run->report, options);
	if (!memory_init(&run->memory, target, arena))
		return NULL;
	run->report.memory = &run->memory;
	run->totals.live = target->live;
	if (target->ops->dump_level)
		target->ops->dump_level(target, &run->report.dump_level);
	return run;
}

/* Everything up to the first cache. */
bool run_prepare(struct run *run, unsigned int threads)
{
	if (!layout_init(&run->layout, &run->memory, run->arena, run->error))
		return false;
	run->report.layout = &run->layout;
	if (!cache_list_read(&run->caches, &run->memory, &run->layout, run->arena) ||
	    !heap_init(&run->heap, &run->memory, &run->layout, &run->caches, run->arena)) {
		snprintf(run->error, sizeof(run->error), "out of memory");
		return false;
	}
	if (!run->caches.nr) {
		snprintf(run->error, sizeof(run->error), "slab_caches is empty or not in the dump");
		return false;
	}
	run->report.caches = &run->caches;
	if (run->caches.full) {
		report_message(&run->report,
			       "slab_caches is too long: not all caches were checked");
		run->unseen = true;
	}
	elect(&run->election, &run->heap, &run->caches);
	run->report.election = &run->election;
	run->judge = (struct judge){
		.heap = &run->heap,
		.election = &run->election,
		.arena = run->arena,
	};
	run->totals.caches = run->caches.nr;
	if (team_init(&run->team, &run->heap, threads))
		return true;
	snprintf(run->error, sizeof(run->error), "out of memory");
	return false;
}

static void totals_add(struct run *run, const struct cache_result *result, bool is_cache)
{
	struct report_totals *t = &run->totals;
	const struct coverage *c = &result->coverage;

	t->corrupt += result->corrupt;
	t->transient += result->transient;
	t->notes += result->notes;
	t->dropped += result->findings.dropped;
	t->coverage.slabs += c->slabs;
	t->coverage.objects += c->objects;
	t->coverage.objects_verified += c->objects_verified;
	t->coverage.objects_unknown += c->objects_unknown;
	t->coverage.objects_free += c->objects_free;
	t->coverage.absent += c->absent;
	t->coverage.said |= c->said;
	t->coverage.said_slabs += c->said_slabs;
	t->coverage.said_objects += c->said_objects;
	t->coverage.sheaved |= c->sheaved;
	t->coverage.sheaves += c->sheaves;
	t->coverage.sheaf_objects += c->sheaf_objects;
	if (!is_cache)
		return;
	t->caches_checked++;
	t->caches_corrupt += cache_verdict(result) == VERDICT_CORRUPT;
	t->caches_unknown += cache_verdict(result) == VERDICT_UNKNOWN;
}

/* Caches are merged: say so, or the report seems to be about something else. */
static void alias_note(struct run *run, const char *typed, uint64_t addr)
{
	char name[4 * CACHE_NAME_MAX];
	struct cache cache;

	cache_read(&cache, &run->memory, &run->layout, addr, FREEPTR_PLAIN);
	if (!strcmp(cache.name, typed) || cache_by_address(&run->caches, typed) == addr)
		return;
	report_message(&run->report, "%.200s is merged into %s", typed,
		       text_escape(cache.name, name, sizeof(name)));
}

/* The caches that the arguments name; all when there are none. False: there is nothing to do. */
static bool names_resolve(struct run *run)
{
	const struct check_options *o = run->options;

	run->wanted = run->caches.addrs;
	run->nr_wanted = run->caches.nr;
	if (!o->nr_names)
		return true;
	run->wanted = arena_array(run->arena, o->nr_names, sizeof(*run->wanted));
	if (!run->wanted)
		return false;
	run->nr_wanted = 0;
	for (size_t i = 0; i < o->nr_names; i++) {
		uint64_t addr =
			cache_by_name(&run->memory, &run->layout, &run->caches, o->names[i]);
		bool twice = false;

		if (!addr) {
			report_say(&run->report, message, "no such cache", o->names[i]);
			run->totals.unresolved++;
			continue;
		}
		alias_note(run, o->names[i], addr);
		for (size_t j = 0; j < run->nr_wanted; j++)
			twice |= run->wanted[j] == addr;
		if (!twice)
			run->wanted[run->nr_wanted++] = addr;
	}
	return run->nr_wanted != 0;
}

/* The judge that a worker's walks are of. */
struct judge run_worker_judge(const struct run *run, struct worker *w)
{
	struct judge judge = run->judge;

	judge.heap = w->heap;
	judge.arena = w->arena;
	judge.tick = tick;
	judge.tick_ctx = w;
	return judge;
}

static void cache_job(void *ctx, struct worker *w, size_t index)
{
	struct run *run = ctx;
	struct judge judge = run_worker_judge(run, w);
	struct cache_result *result;

	if (heap_cancelled(w->heap))
		return;
	result = arena_alloc(w->arena, sizeof(*result));
	if (!result)
		return;
	judge_cache(&judge, run->wanted[index], result);
	run->results[index] = result;
	progress(run);
}

/* Fills results[] with what could be judged, in the order in which it is wanted. */
void run_judge_caches(struct run *run)
{
	run->results = arena_array(run->arena, run->nr_wanted, sizeof(struct cache_result *));
	if (run->results)
		team_run(&run->team, run->nr_wanted, cache_job, run);
	for (size_t i = 0; run->results && i < run->nr_wanted; i++)
		if (run->results[i])
			run->results[run->nr_results++] = run->results[i];
	if (run->nr_results < run->nr_wanted && !heap_cancelled(&run->heap))
		report_message(&run->report, "out of memory");
}

static void unlisted_job(void *ctx, struct worker *w, size_t index)
{
	struct run *run = ctx;
	struct judge judge = run_worker_judge(run, w);
	size_t cache = cache_list_index(&run->caches, run->results[index]->cache.addr);

	if (cache != SIZE_MAX)
		judge_unlisted(&judge, cache, run->results[index]);
}

void run_judge_unlisted(struct run *run)
{
	if (run->judge.scan)
		team_run(&run->team, run->nr_results, unlisted_job, run);
}

void run_scan(struct run *run)
{
	if (scan_run(&run->scan, &run->heap, &run->team))
		run->judge.scan = &run->scan;
	else
		report_message(&run->report, "the memmap of this machine cannot be scanned");
	run->totals.scanned = run->judge.scan && !run->scan.absent_bytes && !run->scan.incomplete;
	if (run->judge.scan)
		elect_again(&run->election, &run->heap, run->judge.scan);
	run->unseen |= !run->totals.scanned && !run->options->scan_optional;
	if (run->scan.absent_bytes)
		report_message(&run->report, "parts of the memmap are not in the dump");
}

struct cache_result *run_judge_list(struct run *run)
{
	struct cache_result *result = arena_alloc(run->arena, sizeof(*result));

	if (result)
		judge_list(&run->judge, &run->caches, result);
	else
		run->unseen = true;
	return result;
}

static void list_report(struct run *run)
{
	struct cache_result *result;

	if (run->options->nr_names)
		return;
	result = run_judge_list(run);
	if (!result)
		return;
	report_say(&run->report, list, result);
	totals_add(run, result, false);
}

/* Where a finding belongs: to the cache that it is about, or to none; NULL: nobody asked for it. */
static struct cache_result *result_of(struct run *run, uint64_t cache)
{
	for (size_t i = 0; i < run->nr_results; i++)
		if (cache && run->results[i]->cache.addr == cache)
			return run->results[i];
	return run->options->nr_names ? NULL : &run->no_cache;
}

static void trap_add(struct run *run, struct cache_result *result, struct trap *trap,
		     struct finding *f)
{
	if (result != &run->no_cache) {
		f->cache_name = result->cache.name;
		for (struct finding_node *n = result->findings.first; n; n = n->next)
			trap_explains(trap, f, &run->memory, &result->cache, &n->finding);
	}
	findings_add(&result->findings, run->arena, f, &trap->opinion);
	result->corrupt += f->severity == SEVERITY_CORRUPT;
	result->notes += f->severity == SEVERITY_NOTE;
}

/* What the machine died of, if that has to do with the allocator. A failed check is a finding of its
 * own; so is a fault that no other finding explains. */
void run_judge_death(struct run *run)
{
	struct trap *trap = arena_alloc(run->arena, sizeof(*trap));
	struct cache_result *result;
	struct finding f;
	bool corrupt = false;

	findings_init(&run->no_cache.findings);
	run->no_cache.finished = true;
	for (size_t i = 0; i < run->nr_results; i++)
		corrupt |= run->results[i]->corrupt != 0;
	run->panicked = corrupt && panic_find(&run->panic, &run->memory, &run->layout, run->arena,
					      (const struct cache_result *const *)run->results,
					      run->nr_results);
	if (run->totals.live || !trap ||
	    !trap_find(trap, &f, &run->memory, &run->layout, &run->caches, run->arena))
		return;
	if (run->panicked && run->panic.frame == trap->frame && trap->kind != TRAP_BUG)
		return;
	result = result_of(run, f.cache);
	if (result)
		trap_add(run, result, trap, &f);
}

static void all_report(struct run *run)
{
	report_say(&run->report, caches_begin);
	for (size_t i = 0; i < run->nr_results; i++) {
		report_say(&run->report, cache, run->results[i]);
		totals_add(run, run->results[i], true);
	}
	list_report(run);
	report_say(&run->report, kernel, &run->no_cache);
	totals_add(run, &run->no_cache, false);
	run->totals.trapped = run->no_cache.corrupt != 0;
	if (run->panicked)
		report_say(&run->report, panic, &run->panic);
}

static enum check_verdict run_verdict(const struct run *run)
{
	const struct report_totals *t = &run->totals;

	if (t->live)
		return VERDICT_UNKNOWN;
	if (t->corrupt)
		return VERDICT_CORRUPT;
	if (t->address)
		return t->interrupted || run->unseen ? VERDICT_UNKNOWN : VERDICT_CLEAN;
	if (t->interrupted || run->unseen || t->caches_checked < run->nr_wanted ||
	    t->caches_unknown || t->unresolved || t->coverage.absent || !t->caches_checked)
		return VERDICT_UNKNOWN;
	return VERDICT_CLEAN;
}

struct check_result run_end(struct run *run, bool failed)
{
	struct report_totals *t = &run->totals;

	t->interrupted = run->heap.memory && heap_cancelled(&run->heap);
	t->caches_asked = run->nr_wanted;
	t->verdict = run_verdict(run);
	t->seconds = clock_seconds_since(&run->started);
	t->reads = run->memory.reads;
	t->bytes = run->memory.bytes;
	team_cost(&run->team, &t->reads, &t->bytes);
	report_end(&run->report, t);
	team_free(&run->team);
	return (struct check_result){ t->verdict, t->interrupted, failed, t->corrupt };
}

struct check_result run_out_of_memory(const struct check_options *options)
{
	struct report_totals totals = { .verdict = VERDICT_UNKNOWN };
	struct report report;

	report_init(&report, options);
	report_message(&report, "out of memory");
	report_end(&report, &totals);
	return (struct check_result){ .verdict = VERDICT_UNKNOWN, .failed = true };
}

struct check_result run_failed(struct run *run)
{
	if (run->error[0])
		report_message(&run->report, "%s", run->error);
	return run_end(run, true);
}

struct check_result check_run(struct target *target, struct arena *arena,
			      const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !names_resolve(run))
		return run_failed(run);
	if (options->scan)
		run_scan(run);
	run_judge_caches(run);
	run_judge_unlisted(run);
	run_judge_death(run);
	all_report(run);
	return run_end(run, false);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static struct report_usage usage_of(const struct run *run, const struct cache_result *result)
{
	const struct coverage *c = &result->coverage;
	struct report_usage u = { .cache = &result->cache, .known = c->said };

	u.slabs = c->said_slabs;
	u.objects = c->said_objects;
	u.active = minus(c->said_objects, c->objects_spare);
	u.allocated = minus(c->said_objects, c->objects_free + c->sheaf_objects);
	u.pages = c->said_slabs << (oo_order(result->cache.oo) & 31);
	if (result->cache.flags & run->layout.flags.reclaim_account)
		u.reclaimable = u.pages;
	return u;
}

static void usage_add(struct report_usage *sum, const struct report_usage *u)
{
	sum->slabs += u->slabs;
	sum->objects += u->objects;
	sum->active += u->active;
	sum->allocated += u->allocated;
	sum->pages += u->pages;
	sum->reclaimable += u->reclaimable;
	sum->known |= u->known;
}

struct check_result check_usage(struct target *target, struct arena *arena,
				const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct report_usage sum = { 0 };

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !names_resolve(run))
		return run_failed(run);
	run_judge_caches(run);
	run_judge_death(run);
	if (run->nr_results)
		report_say(&run->report, usage_begin);
	for (size_t i = 0; i < run->nr_results; i++) {
		struct report_usage u = usage_of(run, run->results[i]);

		report_say(&run->report, usage, &u);
		usage_add(&sum, &u);
		totals_add(run, run->results[i], true);
	}
	totals_add(run, &run->no_cache, false);
	if (run->nr_results > 1)
		report_say(&run->report, usage, &sum);
	return run_end(run, false);
}

static void object_slab(void *ctx, const struct cache *cache, const struct slab_state *slab,
			bool waits)
{
	const struct run *run = ctx;

	(void)cache;
	report_say(&run->report, objects_slab, slab, waits);
}

static void object_object(void *ctx, const struct cache *cache, const struct object *object)
{
	const struct run *run = ctx;

	report_say(&run->report, object, cache, object);
}

static void count_add(struct objects_count *sum, const struct objects_count *c)
{
	sum->slabs += c->slabs;
	sum->allocated += c->allocated;
	sum->free += c->free;
	sum->unknown += c->unknown;
}

/* Returns false when the list ends early. */
static bool objects_list(struct run *run, const struct cache_result *result,
			 struct report_objects *sum)
{
	const struct objects_visit visit = { object_slab, object_object, run };
	struct report_objects objects = { .cache = &result->cache,
					  .walkable = cache_walkable(&result->cache) };

	report_say(&run->report, objects_begin, result);
	if (!objects_walk(&run->heap, run->judge.scan, &result->cache, &visit, &objects.count))
		return false;
	/* Slabs whose pages do not say that they are slabs cannot be listed. */
	objects.count.unknown += result->coverage.objects_unknown;
	report_say(&run->report, objects_end, &objects);
	count_add(&sum->count, &objects.count);
	return true;
}

struct check_result check_objects(struct target *target, struct arena *arena,
				  const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct report_objects sum = { .walkable = true };
	bool whole = true;

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !names_resolve(run))
		return run_failed(run);
	run_scan(run);
	/* What is damaged decides what is known: all is judged before the first object is listed. */
	run_judge_caches(run);
	run_judge_unlisted(run);
	run_judge_death(run);
	for (size_t i = 0; i < run->nr_results; i++) {
		totals_add(run, run->results[i], true);
		whole = whole && run->judge.scan && !heap_cancelled(&run->heap) &&
			objects_list(run, run->results[i], &sum);
	}
	totals_add(run, &run->no_cache, false);
	run->unseen |= !whole;
	if (whole && run->nr_results > 1)
		report_say(&run->report, objects_end, &sum);
	return run_end(run, false);
}
