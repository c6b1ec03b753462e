/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/run.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/clock.h"
#include "checker/image/escape.h"
#include "checker/slab/slab.h"
#include "checker/slub/slub.h"
#include "checker/why/trap.h"

/* Each knows from the types alone whether it is the kernel's. */
static const struct allocator_ops *const allocators[] = { &slab_allocator, &slub_allocator };

/* Of what a user types for a cache; longer names do not exist. */
#define NAME_TYPED_MAX 256

/* At most ten times a second. Of several threads one does it. */
static void progress(struct run *run)
{
	/* With a scan all caches are gone through once more, after the lists of all. */
	size_t passes = run->allocator->scanned ? 2 : 1;

	if (!run->options->progress || !run->nr_wanted || atomic_flag_test_and_set(&run->telling))
		return;
	if (clock_seconds_since(&run->shown) >= 0.1) {
		run->shown = clock_now();
		run->options->progress(run->options->progress_ctx,
				       (run->nr_results + team_done(&run->team)) / passes,
				       run->nr_wanted, team_slabs(&run->team));
	}
	atomic_flag_clear(&run->telling);
}

/* struct allocator.tick; its context is the run. */
static void tick(void *ctx, struct worker *w)
{
	(void)w;
	progress(ctx);
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
	report_init(&run->report, options, arena);
	if (!memory_init(&run->memory, target, arena))
		return NULL;
	run->report.memory = &run->memory;
	run->totals.live = target->live;
	if (target->ops->dump_level)
		target->ops->dump_level(target, &run->report.dump_level);
	return run;
}

static struct allocator *allocator_find(struct run *run)
{
	for (size_t i = 0; i < sizeof(allocators) / sizeof(allocators[0]); i++) {
		if (!allocators[i]->recognise(run->memory.target, run->error))
			continue;
		/* Why it is none of those before is nobody's concern now. */
		run->error[0] = '\0';
		return allocators[i]->prepare(&run->memory, run->arena, run->error);
	}
	return NULL;
}

static bool worker_state(void *ctx, struct worker *w)
{
	struct run *run = ctx;

	return run->allocator->ops->worker_init(run->allocator, w);
}

static bool workers_hire(struct run *run, unsigned int threads)
{
	struct team_caller caller = { .memory = &run->memory, .arena = run->arena };
	struct worker self = { .memory = &run->memory, .arena = run->arena };

	if (!worker_state(run, &self))
		return false;
	caller.state = self.state;
	caller.state_init = worker_state;
	caller.ctx = run;
	return team_init(&run->team, &caller, threads);
}

/* Everything up to the first cache. */
bool run_prepare(struct run *run, unsigned int threads)
{
	struct allocator *a = allocator_find(run);

	if (!a)
		return false;
	if (!a->nr_caches)
		return kernel_error(run->error, "slab_caches is empty or not in the dump");
	run->allocator = a;
	run->report.allocator = a;
	a->severities = run->options->severities;
	if (a->settles && run->suspects) {
		a->suspects = run->suspects;
		run->totals.runs = true;
		run->totals.live = false;
	}
	a->tick = tick;
	a->tick_ctx = run;
	if (a->caches_missing) {
		report_message(&run->report,
			       "slab_caches is too long: not all caches were checked");
		run->unseen = true;
	}
	run->totals.caches = a->nr_caches;
	return workers_hire(run, threads) || kernel_error(run->error, "out of memory");
}

/* Caches are merged: say so, or the report seems to be about something else. */
static void alias_note(struct run *run, const char *typed, uint64_t addr)
{
	char name[4 * CACHE_NAME_MAX];
	struct cache_view cache;

	run->allocator->ops->view(run->allocator, addr, &cache);
	report_message(&run->report, "%.200s is merged into %s", typed,
		       text_escape(cache.name, name, sizeof(name)));
}

/* Once; there is room for all caches, and one more for each name. */
static void wanted_add(struct run *run, uint64_t *wanted, uint64_t addr)
{
	for (size_t i = 0; i < run->nr_wanted; i++)
		if (wanted[i] == addr)
			return;
	wanted[run->nr_wanted++] = addr;
}

/* Adds the cache of a name, if there is one. */
static bool name_exact(struct run *run, const char *name, uint64_t *wanted)
{
	bool merged;
	uint64_t addr = run->allocator->ops->find_cache(run->allocator, name, &merged);

	if (!addr)
		return false;
	if (merged)
		alias_note(run, name, addr);
	wanted_add(run, wanted, addr);
	return true;
}

/* Adds the caches that a pattern as "kmalloc-*" fits. */
static bool name_pattern(struct run *run, const char *pattern, uint64_t *wanted)
{
	const struct allocator *a = run->allocator;
	bool found = false;

	for (size_t i = 0; strpbrk(pattern, "*?[") && i < a->nr_caches; i++) {
		struct cache_view cache;

		a->ops->view(run->allocator, a->caches[i], &cache);
		if (cache.status != TARGET_OK || fnmatch(pattern, cache.name, 0))
			continue;
		wanted_add(run, wanted, a->caches[i]);
		found = true;
	}
	return found;
}

static void name_refuse(struct run *run, const char *name)
{
	report_say(&run->report, message, "no such cache", name);
	run->totals.unresolved++;
}

/* What was typed is a name, whatever characters it has; or a pattern; or several of them, with commas. */
static void name_resolve(struct run *run, const char *typed, uint64_t *wanted)
{
	if (!*typed)
		name_refuse(run, typed);
	while (*typed && !name_exact(run, typed, wanted)) {
		size_t length = strcspn(typed, ",");
		char name[NAME_TYPED_MAX];

		snprintf(name, sizeof(name), "%.*s", (int)length, typed);
		if (!name_exact(run, name, wanted) && !name_pattern(run, name, wanted))
			name_refuse(run, name);
		if (!typed[length])
			return;
		typed += length + 1;
	}
}

/* At most that many caches, each once. */
static size_t names_room(const struct run *run)
{
	size_t room = run->allocator->nr_caches;

	for (size_t i = 0; i < run->options->nr_names; i++) {
		room++;
		for (const char *at = run->options->names[i]; *at; at++)
			room += *at == ',';
	}
	return room;
}

bool run_names(struct run *run)
{
	const struct check_options *o = run->options;
	uint64_t *wanted;

	run->wanted = run->allocator->caches;
	run->nr_wanted = run->allocator->nr_caches;
	if (!o->nr_names)
		return true;
	run->wanted = wanted = arena_array(run->arena, names_room(run), sizeof(*wanted));
	run->nr_wanted = 0;
	for (size_t i = 0; wanted && i < o->nr_names; i++)
		name_resolve(run, o->names[i], wanted);
	return run->nr_wanted != 0;
}

void run_total(struct run *run, const struct cache_result *result, bool is_cache)
{
	struct report_totals *t = &run->totals;
	const struct coverage *c = &result->coverage;

	t->corrupt += result->corrupt;
	t->transient += result->transient;
	t->notes += result->notes;
	t->dropped += result->findings.dropped;
	t->silenced += result->silenced;
	t->changed += result->changed;
	t->coverage.slabs += c->slabs;
	t->coverage.objects += c->objects;
	t->coverage.objects_verified += c->objects_verified;
	t->coverage.objects_unknown += c->objects_unknown;
	t->coverage.objects_free += c->objects_free;
	t->coverage.busy += c->busy;
	t->coverage.objects_busy += c->objects_busy;
	t->coverage.retries += c->retries;
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

static void cache_job(void *ctx, struct worker *w, size_t index)
{
	struct run *run = ctx;

	if (memory_cancelled(w->memory))
		return;
	run->results[index] = run->allocator->ops->judge(run->allocator, w, run->wanted[index]);
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
	if (run->nr_results < run->nr_wanted && !memory_cancelled(&run->memory))
		report_message(&run->report, "out of memory");
}

static void unlisted_job(void *ctx, struct worker *w, size_t index)
{
	struct run *run = ctx;

	run->allocator->ops->judge_unlisted(run->allocator, w, run->results[index]);
}

void run_judge_unlisted(struct run *run)
{
	if (run->allocator->scanned)
		team_run(&run->team, run->nr_results, unlisted_job, run);
}

void run_scan(struct run *run)
{
	struct scan_outcome scan = run->allocator->ops->scan(run->allocator, &run->team);

	if (!scan.done)
		report_message(&run->report, "the memmap of this machine cannot be scanned");
	run->totals.scanned = scan.done && !scan.absent_bytes && !scan.incomplete;
	run->unseen |= !run->totals.scanned && !run->options->scan_optional;
	if (scan.absent_bytes)
		report_message(&run->report, "parts of the memmap are not in the dump");
}

struct cache_result *run_judge_list(struct run *run)
{
	struct cache_result *result = run->allocator->ops->judge_list(run->allocator);

	run->unseen |= !result;
	return result;
}

struct cache_result *run_result(const struct run *run, uint64_t cache)
{
	for (size_t i = 0; i < run->nr_results; i++)
		if (cache && run->results[i]->cache.addr == cache)
			return run->results[i];
	return NULL;
}

struct judged run_judged(const struct run *run)
{
	return (struct judged){ .allocator = run->allocator,
				.results = (const struct cache_result *const *)run->results,
				.nr = run->nr_results };
}

static void trap_add(struct run *run, struct cache_result *result, struct trap *trap,
		     struct finding *f)
{
	if (result != &run->no_cache) {
		f->cache_name = result->cache.name;
		for (struct finding_node *n = result->findings.first; n; n = n->next)
			trap_explains(trap, f, run->allocator, result, &n->finding);
	}
	if (result_count(result, run->options->severities, f))
		findings_add(&result->findings, run->arena, f, &trap->opinion);
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
		corrupt |= run->results[i]->corrupt || run->results[i]->changed;
	run->panicked =
		corrupt && !run->memory.target->live &&
		panic_find(&run->panic, run->allocator,
			   (const struct cache_result *const *)run->results, run->nr_results);
	if (run->memory.target->live || !trap || !trap_find(trap, &f, run->allocator))
		return;
	if (run->panicked && run->panic.frame == trap->fault.frame && trap->fault.kind != TRAP_BUG)
		return;
	result = run_result(run, f.cache);
	/* Who asked for some caches did not ask for what is of none of them. */
	if (!result && !run->options->nr_names)
		result = &run->no_cache;
	if (result)
		trap_add(run, result, trap, &f);
}

void run_judge_all(struct run *run)
{
	run_scan(run);
	run_judge_caches(run);
	run_judge_unlisted(run);
	run_judge_death(run);
}

bool run_visit(struct run *run, bool (*visit)(void *ctx, const struct cache_result *result),
	       void *ctx)
{
	bool whole = true;

	for (size_t i = 0; i < run->nr_results; i++) {
		run_total(run, run->results[i], true);
		whole = whole && run->allocator->scanned && !memory_cancelled(&run->memory) &&
			visit(ctx, run->results[i]);
	}
	run_total(run, &run->no_cache, false);
	return whole;
}

void run_read_log(struct run *run)
{
	const struct cache_result *const no_cache = &run->no_cache;

	if (!complaints_find(&run->complaints, &run->memory, run->arena))
		return;
	complaints_tie(&run->complaints, run->allocator,
		       (const struct cache_result *const *)run->results, run->nr_results);
	complaints_tie(&run->complaints, run->allocator, &no_cache, 1);
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

void run_totals_finish(struct run *run)
{
	struct report_totals *t = &run->totals;

	t->interrupted = run->memory.target && memory_cancelled(&run->memory);
	t->caches_asked = run->nr_wanted;
	t->verdict = run_verdict(run);
}

struct check_result run_end(struct run *run, bool failed)
{
	struct report_totals *t = &run->totals;

	run_totals_finish(run);
	t->seconds = clock_seconds_since(&run->started);
	t->reads += run->memory.reads;
	t->bytes += run->memory.bytes;
	team_cost(&run->team, &t->reads, &t->bytes);
	report_end(&run->report, t);
	team_free(&run->team);
	return (struct check_result){ .verdict = t->verdict,
				      .interrupted = t->interrupted,
				      .failed = failed,
				      .findings = t->corrupt,
				      .objects = t->coverage.objects,
				      .verified = t->coverage.objects_verified,
				      .passes = t->passes,
				      .retries = t->coverage.retries };
}

struct check_result run_out_of_memory(const struct check_options *options)
{
	struct report_totals totals = { .verdict = VERDICT_UNKNOWN };
	struct report report;

	report_init(&report, options, NULL);
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
