/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who points there (--refs), and which free objects somebody still points to (--dangling). */
#include <stdlib.h>

#include "checker/check.h"
#include "checker/image/clock.h"
#include "checker/image/cpu_regs.h"
#include "checker/run.h"
#include "checker/why/ref_holder.h"
#include "checker/why/refs.h"
#include "checker/why/saved_regs.h"

/* Of each pass. */
#define LISTED_MAX ((size_t)1 << 14)

/* One pass and what is known of it. It lives in the arena. */
struct search {
	struct run *run;
	struct refs_query query;
	struct refs_range *ranges;
	size_t room;
	struct refs_found found;
	struct ref_context *context;
	struct saved_regs saved;
	struct report_refs totals;
	struct reference *refs; /* that are listed */
	size_t nr_refs;
	const struct cache_result **judged; /* caches of objects that were met */
	size_t nr_judged;
	bool only_dangling;
};

/* struct refs_query.tick; of several threads one tells, at most ten times a second. */
static void tick(void *ctx, uint64_t done, uint64_t all)
{
	struct run *run = ctx;

	if (!run->options->reading || atomic_flag_test_and_set(&run->telling))
		return;
	if (clock_seconds_since(&run->shown) >= 0.1) {
		run->shown = clock_now();
		run->options->reading(run->options->progress_ctx, done, all);
	}
	atomic_flag_clear(&run->telling);
}

/* A cache is judged when its first object is met: its links have to be decoded. */
static const struct cache_result *judged(void *ctx, uint64_t cache)
{
	struct search *s = ctx;
	struct allocator *a = s->run->allocator;
	const struct cache_result *result;

	for (size_t i = 0; i < s->nr_judged; i++)
		if (s->judged[i]->cache.addr == cache)
			return s->judged[i];
	if (!allocator_has_cache(a, cache) || s->nr_judged == a->nr_caches)
		return NULL;
	result = a->ops->judge(a, &s->run->team.workers[0], cache);
	if (result)
		s->judged[s->nr_judged++] = result;
	return result;
}

static struct search *search_new(struct run *run, size_t room)
{
	const struct check_options *o = run->options;
	struct search *s = arena_alloc(run->arena, sizeof(*s));

	if (!s)
		return NULL;
	s->run = run;
	s->room = room;
	s->ranges = arena_array(run->arena, room, sizeof(*s->ranges));
	s->refs = arena_array(run->arena, LISTED_MAX, sizeof(*s->refs));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what it holds */
	s->judged = arena_array(run->arena, run->allocator->nr_caches, sizeof(*s->judged));
	s->query = (struct refs_query){ .ranges = s->ranges,
					.unaligned = o->unaligned,
					.bytes_max = o->budget_bytes,
					.seconds_max = o->budget_seconds,
					.tick = tick,
					.ctx = run };
	return s->ranges && s->refs && s->judged ? s : NULL;
}

/* --- The pass and its answer --- */

/* Dangling ones first, then what lives, then the rest; each by address. */
static int reference_rank(const struct reference *r)
{
	return r->dangling ? 0 : r->kind == REF_ALLOCATOR ? 3 : r->life == REF_LIVE ? 1 : 2;
}

static int reference_compare(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;
	int rank = reference_rank(x) - reference_rank(y);

	return rank ? rank : (x->addr > y->addr) - (x->addr < y->addr);
}

/* A freepointer that is not encoded is found twice, and so is a register that is on a stack. */
static bool is_known(const struct search *s, const struct reference *ref)
{
	bool twice = ref->kind == REF_FREEPOINTER || (ref->kind == REF_REGISTER && ref->addr);

	for (size_t i = 0; twice && i < s->nr_refs; i++)
		if (s->refs[i].kind == ref->kind && s->refs[i].addr == ref->addr)
			return true;
	return false;
}

static void reference_add(struct search *s, const struct reference *ref)
{
	if (s->only_dangling && !ref->dangling)
		return;
	if (s->run->options->outside && refs_in(&s->query, ref->addr))
		return;
	if (is_known(s, ref))
		return;
	s->totals.found++;
	s->totals.dangling += ref->dangling;
	if (s->nr_refs < LISTED_MAX)
		s->refs[s->nr_refs++] = *ref;
	else
		s->totals.unlisted++;
}

/* A word of a stack that is a register which an exception saved; that of a task that goes on is live. */
static void saved_describe(struct search *s, struct reference *ref)
{
	const struct saved_frame *frame;
	uint64_t addr = ref->addr;
	const char *reg;

	if (ref->kind != REF_STACK && ref->kind != REF_VMALLOC && ref->kind != REF_PER_CPU &&
	    ref->kind != REF_PAGE)
		return;
	frame = saved_regs_at(&s->saved, s->run->memory.arch, addr, &reg);
	if (!frame)
		return;
	ref_register(s->context, frame->cpu, reg, ref->value, ref);
	ref_saved(s->context, ref, addr, frame->ip);
}

static void hits_describe(struct search *s)
{
	struct reference ref;

	saved_regs_find(&s->saved, s->run->allocator);
	for (size_t i = 0; i < s->found.nr; i++) {
		ref_describe(s->context, &s->found.hits[i], &ref);
		saved_describe(s, &ref);
		reference_add(s, &ref);
	}
}

/* Registers of all CPUs, as far as the dump tells them. */
static void registers_describe(struct search *s)
{
	struct run *run = s->run;
	const struct kernel *kernel = run->allocator->kernel;
	const struct arch *arch = arch_of(run->memory.target);
	uint32_t offsets[ARCH_REGS_MAX];
	struct cpu_regs regs;
	struct reference ref;

	arch_offsets(run->memory.target, offsets);
	for (unsigned int cpu = 0; cpu < kernel->nr_cpus; cpu++) {
		if (!kernel->cpu_possible[cpu] ||
		    !cpu_regs_read(&regs, &run->memory, kernel, run->arena, cpu))
			continue;
		for (int i = 0; i < (int)arch->nr_regs; i++) {
			uint64_t value = memory_untag(&run->memory, regs.regs[i]);

			if (!cpu_regs_known(&regs, i) || !refs_in(&s->query, value))
				continue;
			ref_register(s->context, (int)cpu, arch->regs[i].name, value, &ref);
			if (regs.source == CPU_REGS_FRAME)
				ref_saved(s->context, &ref, regs.frame + offsets[i],
					  regs.regs[arch->ip]);
			reference_add(s, &ref);
		}
	}
}

/* --- Freepointers --- */

/* A freepointer is encoded, so the pass does not see it; those of a slab lead to objects of it. */
struct links {
	struct search *s;
	const struct report_range *range;
	struct location at;
};

static void link_object(void *ctx, const struct object_view *o)
{
	const struct links *l = ctx;
	struct reference ref = { .kind = REF_FREEPOINTER,
				 .life = REF_DEAD,
				 .addr = o->addr,
				 .value = o->link,
				 .cpu = -1 };

	if (!o->link || o->link - l->range->start >= l->range->end - l->range->start)
		return;
	ref.object = l->range->object;
	ref.object.at = l->at;
	ref.object.at.addr = o->addr;
	ref.object.at.index = o->index;
	ref.object.state = o->state;
	ref.object.holder = o->holder;
	ref.target = l->range->object;
	reference_add(l->s, &ref);
}

static void freepointers_find(struct search *s, const struct report_range *range)
{
	struct allocator *a = s->run->allocator;
	struct links l = { .s = s, .range = range, .at = range->object.at };
	const struct objects_visit visit = { .object = link_object, .ctx = &l };
	const struct cache_result *result;

	if (!range->is_object || s->only_dangling)
		return;
	result = judged(s, l.at.cache);
	if (result)
		a->ops->slab_objects(a, result, l.at.page, &visit);
}

/* --- Both questions --- */

static bool search_run(struct search *s)
{
	struct run *run = s->run;

	s->query.nr = refs_sort(s->ranges, s->query.nr);
	s->totals.pass = &s->found;
	s->totals.all = run->memory.target->nr_pages << run->memory.target->page_shift;
	if (!s->query.nr)
		return true;
	if (!refs_find(&s->found, &s->query, &run->team, &run->memory))
		return false;
	s->context = ref_context_new(run->allocator, &s->found, judged, s);
	if (!s->context)
		return false;
	registers_describe(s);
	hits_describe(s);
	return true;
}

static struct check_result search_end(struct search *s)
{
	struct run *run = s->run;

	if (s->nr_refs)
		qsort(s->refs, s->nr_refs, sizeof(*s->refs), reference_compare);
	for (size_t i = 0; i < s->nr_refs; i++)
		report_say(&run->report, reference, &s->refs[i]);
	s->totals.unlisted += s->found.dropped;
	s->totals.found += s->found.dropped;
	report_say(&run->report, refs_end, &s->totals);
	run->unseen |= s->found.absent || s->found.stopped || s->found.dropped;
	run->totals.stopped = s->found.stopped;
	run->totals.elsewhere = true;
	return run_end(run, false);
}

static struct check_result search_failed(struct run *run)
{
	kernel_error(run->error, "out of memory");
	return run_failed(run);
}

/* One address of an object means the object: pointers lead to its start and into it. */
static void range_widen(struct run *run, const struct check_range *asked,
			struct report_range *range)
{
	struct location at;

	*range = (struct report_range){ .start = memory_untag(&run->memory, asked->start),
					.end = memory_untag(&run->memory, asked->end) };
	at = run->allocator->ops->locate(run->allocator, range->start);
	if (!at.cache || at.index < 0)
		return;
	range->is_object = true;
	range->object.at = at;
	run->allocator->ops->view(run->allocator, at.cache, &range->object.cache);
	if (range->end - range->start > 1)
		return;
	range->start -= at.offset;
	range->end = range->start + range->object.cache.size;
}

static void ranges_say(struct search *s, struct report_range *ranges, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct ref_object object;

		if (ranges[i].is_object && s->context &&
		    ref_object_of(s->context, ranges[i].object.at.addr, &object))
			ranges[i].object = object;
		report_say(&s->run->report, refs_begin, &ranges[i]);
		if (s->context)
			freepointers_find(s, &ranges[i]);
	}
}

struct check_result check_refs(struct target *target, struct arena *arena,
			       const struct check_range *ranges, size_t nr,
			       const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct report_range *asked = arena_array(arena, nr, sizeof(*asked));
	struct search *s;

	if (!run || !asked)
		return run_out_of_memory(options);
	run->totals.address = 1;
	if (!run_prepare(run, options->threads))
		return run_failed(run);
	s = search_new(run, nr);
	if (!s)
		return search_failed(run);
	for (size_t i = 0; i < nr; i++) {
		range_widen(run, &ranges[i], &asked[i]);
		s->ranges[s->query.nr++] = (struct refs_range){ asked[i].start, asked[i].end };
	}
	if (!search_run(s))
		return search_failed(run);
	ranges_say(s, asked, nr);
	return search_end(s);
}

/* --- Free objects that somebody points to --- */

/* The free objects of a cache, as ranges. */
struct free_objects {
	struct search *s;
	const struct cache_view *cache;
	bool cut; /* there is no room for all */
};

static void free_object(void *ctx, const struct object_view *o)
{
	struct free_objects *f = ctx;
	struct search *s = f->s;

	if (o->state != OBJECT_FREE)
		return;
	if (s->query.nr == s->room) {
		f->cut = true;
		return;
	}
	s->ranges[s->query.nr++] = (struct refs_range){ o->addr, o->addr + f->cache->object_size };
}

/* How many free objects there can be: all that are in slabs. */
static uint64_t objects_count(const struct run *run)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < run->nr_results; i++)
		nr += run->results[i]->coverage.objects + run->results[i]->coverage.said_objects;
	return nr + 1;
}

static bool free_gather(struct search *s)
{
	struct run *run = s->run;
	struct objects_count count = { 0 };

	for (size_t i = 0; i < run->nr_results; i++) {
		struct free_objects f = { .s = s, .cache = &run->results[i]->cache };
		const struct objects_visit visit = { .object = free_object, .ctx = &f };

		if (!run->allocator->ops->objects(run->allocator, run->results[i], &visit, &count))
			return false;
		run->unseen |= f.cut;
	}
	return true;
}

struct check_result check_dangling(struct target *target, struct arena *arena,
				   const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct search *s;

	if (!run)
		return run_out_of_memory(options);
	run->totals.address = 1;
	if (!run_prepare(run, options->threads) || !run_names(run))
		return run_failed(run);
	run_scan(run);
	run_judge_caches(run);
	run_judge_unlisted(run);
	s = search_new(run, objects_count(run));
	if (!s)
		return search_failed(run);
	s->only_dangling = true;
	for (size_t i = 0; i < run->nr_results; i++)
		s->judged[s->nr_judged++] = run->results[i];
	if (!free_gather(s) || !search_run(s))
		return search_failed(run);
	return search_end(s);
}
