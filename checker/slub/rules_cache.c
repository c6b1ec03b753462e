/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on a kmem_cache, the list of them, and a kmem_cache_cpu by itself. */
#include "checker/slub/rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/escape.h"
#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "decoders/slab.h"

static void cache_link_judge(const struct rules *rules, const struct list_fault *fault)
{
	struct finding f =
		finding_new(rules, status_id(fault->status, FINDING_CACHE_LIST_LINK), PLACE_CACHE);

	if (!fault->in_head)
		f.cache = fault->holder - rules->layout->cache.list.offset;
	set_slot(&f, fault->slot, fault->next ? "list.next" : "list.prev", fault->raw);
	if (fault->expected)
		set_expected(&f, fault->expected);
	if (fault->status == TARGET_ABSENT)
		finding_message(&f, "the next cache is not in the dump");
	else if (fault->status != TARGET_OK)
		finding_message(&f,
				"slab_caches points to 0x%" PRIx64 ", which cannot be a "
				"kmem_cache",
				fault->raw);
	else
		finding_message(&f, "the neighbours on slab_caches do not agree");
	set_rest(&f, fault->slot, 8, fault->raw);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_CACHES, .rules = rules, .link = fault }));
	emit(rules, &f, NULL);
}

void rules_caches(const struct rules *rules, const struct cache_list *list)
{
	for (size_t i = 0; i < list->nr_faults; i++)
		cache_link_judge(rules, &list->faults[i]);
}

static void cache_name_judge(const struct rules *rules)
{
	const struct cache *cache = rules->cache;
	const char *why = cache_name_why(cache->name_is);
	struct finding f = finding_new(rules, FINDING_CACHE_NAME, PLACE_CACHE);

	if (!why)
		return;
	set_slot(&f, cache->addr + rules->layout->cache.name.offset, "name", cache->name_addr);
	if (cache->name_is == CACHE_NAME_ABSENT) {
		f.id = FINDING_MEMORY_ABSENT;
		f.severity = SEVERITY_NOTE;
	}
	finding_message(&f, "%s", why);
	emit(rules, &f, NULL);
}

/* A kernel that makes a slab, or with SLAB_TYPESAFE_BY_RCU reuses one, calls it. */
static void cache_ctor_judge(const struct rules *rules)
{
	const struct cache *cache = rules->cache;
	struct finding f = finding_new(rules, FINDING_CACHE_CTOR, PLACE_CACHE);
	bool code = kernel_may_be_text(&rules->layout->kernel, cache->ctor);

	/* Nobody makes slabs of a cache that was destroyed. */
	if (!cache->ctor || !cache->refcount || (code && !(cache->defects & CACHE_DEFECT_CTOR)))
		return;
	set_slot(&f, cache->addr + rules->layout->cache.ctor.offset, "ctor", cache->ctor);
	finding_message(&f, "the constructor 0x%" PRIx64 " is %s", cache->ctor,
			code ? "in unmapped memory, where the code of a module was"
			     : "not an address of code");
	emit(rules, &f, NULL);
}

/* What is left, as text: a number, and where the first of them are. */
static void remains_text(const struct remains *r, char *buf, size_t len)
{
	int n = snprintf(buf, len, "%" PRIu64 " object%s left in %" PRIu64 " slab%s", r->objects,
			 r->objects == 1 ? " is" : "s are", r->slabs, r->slabs == 1 ? "" : "s");

	for (uint64_t i = 0; i < r->objects && i < REMAINS_SHOWN && n >= 0 && (size_t)n < len; i++)
		n += snprintf(buf + n, len - (size_t)n, "%s0x%" PRIx64, i ? ", " : ": ",
			      r->shown[i]);
	if (r->objects > REMAINS_SHOWN && n >= 0 && (size_t)n < len)
		snprintf(buf + n, len - (size_t)n, ", ...");
}

void rules_destroyed(const struct rules *rules, const struct remains *r)
{
	const struct cache *cache = rules->cache;
	struct finding f = finding_new(rules, FINDING_CACHE_DESTROYED, PLACE_CACHE);
	char left[FINDING_MESSAGE_MAX] = "objects are left", name[4 * CACHE_NAME_MAX];

	set_slot(&f, cache->addr + rules->layout->cache.refcount.offset, "refcount", 0);
	if (r)
		remains_text(r, left, sizeof(left));
	if (r && r->objects) {
		set_slab(&f, r->page, r->base);
		f.object = r->shown[0];
		f.object_index = r->index;
		f.has |= FINDING_HAS_OBJECT;
	}
	finding_message(&f, "%.48s has refcount 0, and %s%s",
			text_escape(cache->name, name, sizeof(name)), left,
			cache->defects & CACHE_DEFECT_CTOR ? "; its constructor is gone" : "");
	emit(rules, &f, NULL);
}

void rules_cache(const struct rules *rules)
{
	const struct cache *cache = rules->cache;
	struct finding f;

	if (cache->status != TARGET_OK) {
		f = finding_new(rules, status_id(cache->status, FINDING_CACHE_UNREADABLE),
				PLACE_CACHE);
		finding_message(&f, cache->status == TARGET_ABSENT
					    ? "this kmem_cache is not in the dump"
					    : "this kmem_cache is in unmapped memory");
		emit(rules, &f, NULL);
		return;
	}
	cache_name_judge(rules);
	cache_ctor_judge(rules);
	if (!cache->geometry_why)
		return;
	f = finding_new(rules, FINDING_CACHE_GEOMETRY, PLACE_CACHE);
	finding_message(&f,
			"%s: size %" PRIu64 ", object_size %" PRIu64 ", inuse %" PRIu64 ", "
			"offset %" PRIu64 ", align %" PRIu64 ", oo 0x%" PRIx64 ", min "
			"0x%" PRIx64,
			cache->geometry_why, cache->size, cache->object_size, cache->inuse,
			cache->offset, cache->align, cache->oo, cache->min);
	emit(rules, &f, NULL);
}

static struct finding cpu_finding(const struct rules *rules, enum finding_id id,
				  const struct cpu_state *cpu)
{
	struct finding f = finding_new(rules, id, PLACE_CPU);

	f.cpu = cpu->cpu;
	return f;
}

static void tid_judge(const struct rules *rules, const struct cpu_state *cpu)
{
	uint64_t slot = cpu->addr + rules->layout->cpu.tid.offset;
	struct finding f;

	/* init_tid() starts at the CPU and next_tid() adds TID_STEP: at all times
	 * tid % TID_STEP == cpu. With TID_STEP 1 (no preemption) this says nothing. */
	if (rules->tid_step <= 1 || tid_cpu(cpu->tid, rules->tid_step) == (uint64_t)cpu->cpu)
		return;
	f = cpu_finding(rules, FINDING_CPU_TID, cpu);
	set_slot(&f, slot, "tid", cpu->tid);
	finding_message(&f, "tid 0x%" PRIx64 " modulo %" PRIu64 " is %" PRIu64 ", not CPU %d",
			cpu->tid, rules->tid_step, tid_cpu(cpu->tid, rules->tid_step), cpu->cpu);
	emit(rules, &f, NULL);
}

static void stray_judge(const struct rules *rules, const struct cpu_state *cpu,
			const struct location *stray)
{
	struct finding f;

	if (!cpu->freelist || cpu->slab)
		return;
	f = cpu_finding(rules, FINDING_CPU_FREELIST_STRAY, cpu);
	if (stray && location_untold(stray) &&
	    (!stray->cache || stray->cache == rules->cache->addr))
		f = cpu_finding(rules, FINDING_MEMORY_ABSENT, cpu);
	set_slot(&f, cpu->addr + rules->layout->cpu.freelist.offset, "c->freelist", cpu->freelist);
	if (f.id != FINDING_MEMORY_ABSENT)
		set_expected(&f, 0);
	finding_message(&f, "CPU %d has a freelist but no slab%s", cpu->cpu,
			f.id == FINDING_MEMORY_ABSENT
				? "; the dump lacks the page that says whose objects these are"
				: "");
	if (stray)
		excuse(&f, excuse_find(&(struct excuse_case){
				   .breach = BREACH_STRAY, .rules = rules, .stray = stray }));
	emit(rules, &f, NULL);
}

void rules_cpu(const struct rules *rules, const struct cpu_state *cpu, const struct location *stray)
{
	struct finding f;

	if (cpu->status != TARGET_OK) {
		f = cpu_finding(rules, status_id(cpu->status, FINDING_CACHE_PERCPU), cpu);
		set_slot(&f, rules->cache->addr + rules->layout->cache.cpu_slab.offset, "cpu_slab",
			 rules->cache->cpu_slab);
		finding_message(&f, "the kmem_cache_cpu of CPU %d at 0x%" PRIx64 " %s", cpu->cpu,
				cpu->addr,
				cpu->status == TARGET_ABSENT ? "is not in the dump"
							     : "is in unmapped memory");
		emit(rules, &f, NULL);
		return;
	}
	tid_judge(rules, cpu);
	stray_judge(rules, cpu, stray);
	if (cpu->online || (!cpu->slab && !cpu->freelist && !cpu->partial))
		return;
	f = cpu_finding(rules, FINDING_CPU_OFFLINE, cpu);
	finding_message(&f, "CPU %d is offline but still holds a slab", cpu->cpu);
	rest_offline(&f, &rules->layout->kernel);
	set_rest(&f, cpu->addr + rules->layout->cpu.slab.offset, 8, cpu->slab);
	if (member_exists(rules->layout->cpu.partial))
		set_rest(&f, cpu->addr + rules->layout->cpu.partial.offset, 8, cpu->partial);
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_OFFLINE, .rules = rules }));
	emit(rules, &f, NULL);
}

void rules_random(const struct rules *rules, uint64_t found, uint64_t expected, unsigned int lists)
{
	struct finding f = finding_new(rules, FINDING_CACHE_RANDOM, PLACE_CACHE);

	set_slot(&f, rules->cache->addr + rules->layout->cache.random.offset, "random", found);
	set_rest(&f, f.slot, 8, found);
	set_expected(&f, expected);
	finding_message(&f,
			"s->random decodes none of the cache's freelists; 0x%" PRIx64 " decodes "
			"%u of them to their ends",
			expected, lists);
	emit(rules, &f, NULL);
}
