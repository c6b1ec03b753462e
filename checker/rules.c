/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decoders/slab.h"

/* A finding about @rules->cache with everything else unset. */
static struct finding finding_new(const struct rules *rules, enum finding_id id,
				  enum finding_place place)
{
	struct finding f = { .id = id, .severity = finding_info(id)->severity, .place = place };

	f.cpu = f.node = f.object_index = f.previous_index = -1;
	if (rules->cache) {
		f.cache = rules->cache->addr;
		f.cache_name = rules->cache->name;
	}
	return f;
}

static void emit(const struct rules *rules, struct finding *f, const struct slab_state *slab)
{
	rules->emit(rules->ctx, f, slab);
}

static void set_slot(struct finding *f, uint64_t slot, const char *name, uint64_t raw)
{
	f->slot = slot;
	f->slot_name = name;
	f->raw = raw;
	f->has |= FINDING_HAS_SLOT | FINDING_HAS_RAW;
}

static void set_expected(struct finding *f, uint64_t expected)
{
	f->expected = expected;
	f->has |= FINDING_HAS_EXPECTED;
}

static void set_slab(struct finding *f, uint64_t page, uint64_t base)
{
	f->slab = page;
	f->slab_base = base;
	f->has |= FINDING_HAS_SLAB;
}

static enum finding_place role_place(enum slab_role role)
{
	static const enum finding_place places[] = {
		[ROLE_CPU] = PLACE_CPU_SLAB,
		[ROLE_CPU_PARTIAL] = PLACE_CPU_PARTIAL,
		[ROLE_NODE_PARTIAL] = PLACE_NODE_PARTIAL,
		[ROLE_NO_LIST] = PLACE_NO_LIST,
	};

	return places[role];
}

static struct finding slab_finding(const struct rules *rules, enum finding_id id,
				   const struct slab_state *slab)
{
	struct finding f = finding_new(rules, id, role_place(slab->role));

	set_slab(&f, slab->page, slab->base);
	f.cpu = slab->cpu;
	f.node = slab->node;
	return f;
}

/* Memory that the dump lacks, or that no address leads to. */
static enum finding_id status_id(enum target_status status, enum finding_id otherwise)
{
	return status == TARGET_ABSENT ? FINDING_MEMORY_ABSENT : otherwise;
}

void rules_caches(const struct rules *rules, const struct cache_list *list)
{
	for (size_t i = 0; i < list->nr_faults; i++) {
		const struct cache_link_fault *fault = &list->faults[i];
		struct finding f = finding_new(
			rules, status_id(fault->status, FINDING_CACHE_LIST_LINK), PLACE_CACHE);

		f.severity = finding_info(f.id)->severity;
		f.cache = fault->cache;
		set_slot(&f, fault->slot, fault->forward ? "list.next" : "list.prev", fault->raw);
		if (fault->expected)
			set_expected(&f, fault->expected);
		if (fault->status == TARGET_ABSENT)
			finding_message(&f, "the next cache is not in the dump");
		else if (fault->status != TARGET_OK)
			finding_message(&f,
					"slab_caches leads to 0x%" PRIx64
					", where no kmem_cache can be",
					fault->raw);
		else
			finding_message(&f, "the neighbours on slab_caches do not agree");
		emit(rules, &f, NULL);
	}
}

static void cache_name_judge(const struct rules *rules)
{
	const struct cache *cache = rules->cache;
	struct finding f = finding_new(rules, FINDING_CACHE_NAME, PLACE_CACHE);

	set_slot(&f, cache->addr + rules->layout->cache.name.offset, "name", cache->name_addr);
	if (cache->defects & CACHE_DEFECT_NAME)
		finding_message(&f, "the name pointer leads to no memory");
	else if (cache->defects & CACHE_DEFECT_NAME_TEXT)
		finding_message(&f, "the name is not printable text");
	else if (cache->defects & CACHE_DEFECT_NAME_ABSENT) {
		f.id = FINDING_MEMORY_ABSENT;
		f.severity = SEVERITY_NOTE;
		finding_message(&f, "the name is not in the dump");
	} else {
		return;
	}
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
					    : "no memory at this kmem_cache");
		emit(rules, &f, NULL);
		return;
	}
	cache_name_judge(rules);
	if (!cache->geometry_why)
		return;
	f = finding_new(rules, FINDING_CACHE_GEOMETRY, PLACE_CACHE);
	finding_message(&f,
			"%s makes no sense: size %" PRIu64 ", object_size %" PRIu64
			", inuse %" PRIu64 ", offset %" PRIu64 ", align %" PRIu64 ", oo 0x%" PRIx64
			", min 0x%" PRIx64,
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
	set_slot(&f, cpu->addr + rules->layout->cpu.freelist.offset, "c->freelist", cpu->freelist);
	set_expected(&f, 0);
	finding_message(&f, "CPU %d has a freelist and no slab", cpu->cpu);
	/* flush_slab() clears c->slab, then c->freelist: a CPU stopped between the two still has
	 * a freelist of a slab that is its own. */
	if (stray && stray->kind == LOCATION_OBJECT && stray->cache == rules->cache->addr)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, NULL);
}

void rules_cpu(const struct rules *rules, const struct cpu_state *cpu, const struct location *stray)
{
	struct finding f;

	if (cpu->status != TARGET_OK) {
		f = cpu_finding(rules, status_id(cpu->status, FINDING_CACHE_PERCPU), cpu);
		set_slot(&f, rules->cache->addr + rules->layout->cache.cpu_slab.offset, "cpu_slab",
			 rules->cache->cpu_slab);
		finding_message(
			&f, "the kmem_cache_cpu of CPU %d at 0x%" PRIx64 " %s", cpu->cpu, cpu->addr,
			cpu->status == TARGET_ABSENT ? "is not in the dump" : "has no memory");
		emit(rules, &f, NULL);
		return;
	}
	tid_judge(rules, cpu);
	stray_judge(rules, cpu, stray);
	if (cpu->online || (!cpu->slab && !cpu->freelist && !cpu->partial))
		return;
	f = cpu_finding(rules, FINDING_CPU_OFFLINE, cpu);
	finding_message(&f, "CPU %d is offline and still holds a slab", cpu->cpu);
	emit(rules, &f, NULL);
}

/* The pointer that led here is no struct page, or that is not in the dump. */
static void page_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f = slab_finding(rules, status_id(slab->status, FINDING_SLAB_PAGE), slab);

	if (slab->slot)
		set_slot(&f, slab->slot, slab->role == ROLE_CPU ? "c->slab" : "slab pointer",
			 slab->page);
	if (slab->status == TARGET_ABSENT)
		finding_message(&f, "the descriptor of this slab is not in the dump");
	else if (slab->status != TARGET_OK)
		finding_message(&f, "0x%" PRIx64 " is not the address of a struct page",
				slab->page);
	else
		finding_message(&f, "flags 0x%" PRIx64 " are not those of a slab page",
				slab->flags);
	emit(rules, &f, slab);
}

static bool owner_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (slab->cache == rules->cache->addr)
		return true;
	f = slab_finding(rules, FINDING_SLAB_CACHE, slab);
	set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache", slab->cache);
	set_expected(&f, rules->cache->addr);
	finding_message(&f, "slab_cache is 0x%" PRIx64 ", not this cache", slab->cache);
	emit(rules, &f, slab);
	return false;
}

static void counters_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct slab_counters expected = slab->count;
	struct finding f;

	if (slab->order_known && !cache_order_legal(rules->cache, slab->order)) {
		f = slab_finding(rules, FINDING_SLAB_ORDER, slab);
		finding_message(&f, "order %u, and the cache allocates %u or %u", slab->order,
				oo_order(rules->cache->oo), oo_order(rules->cache->min));
		emit(rules, &f, slab);
	}
	if (slab->count.objects != slab->objects) {
		f = slab_finding(rules, FINDING_SLAB_OBJECTS, slab);
		set_slot(&f, slab->page + rules->layout->slab.counters.offset, "counters",
			 slab->counters);
		expected.objects = (uint16_t)slab->objects;
		set_expected(&f, slab_counters_encode(expected));
		finding_message(&f, "the slab says it holds %u objects, and %u fit",
				slab->count.objects, slab->objects);
		emit(rules, &f, slab);
	}
	if (slab->count.inuse > slab->objects) {
		f = slab_finding(rules, FINDING_SLAB_INUSE, slab);
		set_slot(&f, slab->page + rules->layout->slab.counters.offset, "counters",
			 slab->counters);
		finding_message(&f, "%u objects in use of %u", slab->count.inuse, slab->objects);
		emit(rules, &f, slab);
	}
}

/*
 * acquire_slab() takes a slab with one compare-and-exchange and unlinks it afterwards, all under
 * list_lock (until 6.7): a stopped CPU leaves it frozen, empty-listed and still linked.
 */
static bool being_acquired(const struct slab_state *slab, const struct node_state *node)
{
	return node && node->locked && slab->count.frozen && !slab->freelist &&
	       slab->count.inuse == slab->count.objects;
}

static void frozen_judge(const struct rules *rules, const struct slab_state *slab,
			 const struct cpu_state *cpu, const struct node_state *node)
{
	bool expected = slab->role == ROLE_CPU ||
			(slab->role == ROLE_CPU_PARTIAL && rules->layout->cpu_partial_frozen);
	struct slab_counters good = slab->count;
	struct finding f;

	if (slab->count.frozen == expected)
		return;
	f = slab_finding(rules, FINDING_SLAB_FROZEN, slab);
	good.frozen = expected;
	set_slot(&f, slab->page + rules->layout->slab.counters.offset, "counters", slab->counters);
	set_expected(&f, (slab->counters & ~UINT64_C(0xffffffff)) | slab_counters_encode(good));
	finding_message(&f, "the slab is %sfrozen, as no %s slab is",
			slab->count.frozen ? "" : "not ", finding_place_name(f.place));
	/* get_freelist() unfreezes a slab that has run empty before c->slab is cleared. */
	if (slab->role == ROLE_CPU && cpu && !cpu->freelist && !slab->freelist)
		f.severity = SEVERITY_TRANSIENT;
	if (being_acquired(slab, node))
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, slab);
}

static void full_judge(const struct rules *rules, const struct slab_state *slab,
		       const struct node_state *node)
{
	struct finding f;

	if (slab->freelist || slab->role == ROLE_CPU || slab->role == ROLE_NO_LIST)
		return;
	/* When the counters know of free objects it is the list that is wrong. */
	if (slab->count.inuse < slab->objects)
		return;
	f = slab_finding(rules, FINDING_SLAB_FULL, slab);
	set_slot(&f, slab->page + rules->layout->slab.freelist.offset, "slab->freelist", 0);
	finding_message(&f, "no free object, %u of %u in use", slab->count.inuse, slab->objects);
	if (being_acquired(slab, node))
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, slab);
}

/* Ids of a link that leads where it must not. */
static enum finding_id link_id(const struct rules *rules, const struct freelist *list)
{
	switch (list->end) {
	case WALK_CYCLE:
		return FINDING_FREELIST_CYCLE;
	case WALK_MISALIGNED:
		return FINDING_FREELIST_MISALIGNED;
	case WALK_ABSENT:
		return FINDING_MEMORY_ABSENT;
	default:
		break;
	}
	if (list->there.kind != LOCATION_OBJECT)
		return FINDING_FREELIST_WILD;
	return list->there.cache == rules->cache->addr ? FINDING_FREELIST_FOREIGN_SLAB
						       : FINDING_FREELIST_FOREIGN_CACHE;
}

static void link_message(struct finding *f, const struct rules *rules,
			 const struct slab_state *slab, const struct freelist *list)
{
	struct object_position pos;

	switch (f->id) {
	case FINDING_FREELIST_CYCLE:
		pos = object_locate(slab->first, rules->cache->size, slab->objects, list->next);
		if (pos.index == list->from)
			finding_message(f, "leads to the object itself");
		else
			finding_message(f, "leads back to object %d, a circle of %u", pos.index,
					list->length - list->hop[pos.index] + 1);
		break;
	case FINDING_FREELIST_MISALIGNED:
		pos = object_locate(slab->first, rules->cache->size, slab->objects, list->next);
		if (pos.index >= 0)
			finding_message(f, "leads to object %d + 0x%x of the slab", pos.index,
					pos.offset);
		else
			finding_message(f, "leads into the padding of the slab");
		break;
	case FINDING_FREELIST_FOREIGN_SLAB:
		finding_message(f, "leads to object %d of slab 0x%" PRIx64 " of this cache",
				list->there.index, list->there.page);
		break;
	case FINDING_FREELIST_FOREIGN_CACHE:
		finding_message(f, "leads to object %d of slab 0x%" PRIx64 " of cache 0x%" PRIx64,
				list->there.index, list->there.page, list->there.cache);
		break;
	case FINDING_MEMORY_ABSENT:
		finding_message(f, "the next object of the freelist is not in the dump");
		break;
	default:
		finding_message(f, "leads to 0x%" PRIx64 ", which is no object of this slab",
				list->next);
		break;
	}
}

/* The word that ended a walk, and how the walk came to it. */
static void link_evidence(struct finding *f, const struct rules *rules,
			  const struct slab_state *slab, const struct freelist *list)
{
	bool head = list->from < 0;

	set_slot(f, list->slot,
		 !head			   ? "freepointer"
		 : list == &slab->cpu_list ? "c->freelist"
					   : "slab->freelist",
		 list->raw);
	if (head)
		return;
	f->object = slab_object(rules->cache, slab, list->from);
	f->object_index = list->from;
	f->decoded = list->next;
	f->hop = list->hop[list->from] - 1u;
	f->random = rules->cache->random;
	f->encoding = rules->cache->encoding;
	f->has |= FINDING_HAS_OBJECT | FINDING_HAS_DECODED | FINDING_HAS_HOP;
	if (list->before >= 0) {
		f->previous = slab_object(rules->cache, slab, list->before);
		f->previous_index = list->before;
		f->has |= FINDING_HAS_PREVIOUS;
	}
}

static bool freelist_judge(const struct rules *rules, const struct slab_state *slab,
			   const struct freelist *list)
{
	struct finding f;

	if (list->end == WALK_END || list->end == WALK_NOT_DONE)
		return true;
	f = slab_finding(rules, link_id(rules, list), slab);
	if (list == &slab->cpu_list)
		f.place = PLACE_CPU_FREELIST;
	link_evidence(&f, rules, slab, list);
	link_message(&f, rules, slab, list);
	emit(rules, &f, slab);
	return false;
}

static void shared_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f = slab_finding(rules, FINDING_FREELIST_SHARED, slab);

	f.object = slab_object(rules->cache, slab, slab->first_shared);
	f.object_index = slab->first_shared;
	f.hop = slab->cpu_list.hop[slab->first_shared] - 1u;
	f.has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	finding_message(&f, "%u object%s on the CPU's freelist and on the slab's", slab->shared,
			slab->shared == 1 ? "" : "s");
	emit(rules, &f, slab);
}

static void count_judge(const struct rules *rules, const struct slab_state *slab)
{
	uint32_t free = slab->objects - slab->count.inuse;
	struct finding f;

	if (slab->own.length == free)
		return;
	f = slab_finding(rules, FINDING_FREELIST_COUNT, slab);
	set_slot(&f, slab->page + rules->layout->slab.counters.offset, "counters", slab->counters);
	finding_message(&f, "%u objects on the freelist, and %u of %u are not in use",
			slab->own.length, free, slab->objects);
	if (slab->own.from >= 0) {
		f.object = slab_object(rules->cache, slab, slab->own.from);
		f.object_index = slab->own.from;
		f.hop = slab->own.length - 1;
		f.has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	}
	/* Without a 16-byte compare-and-exchange the two words change one after the other, under
	 * slab_lock(). */
	if (slab->locked)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, slab);
}

/* All that the CPU's freelist holds counts as in use in the slab. */
static void cpu_count_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (slab->role != ROLE_CPU || slab->cpu_list.length <= slab->count.inuse)
		return;
	f = slab_finding(rules, FINDING_FREELIST_COUNT, slab);
	f.place = PLACE_CPU_FREELIST;
	set_slot(&f, slab->page + rules->layout->slab.counters.offset, "counters", slab->counters);
	finding_message(&f, "%u objects on the CPU's freelist, and the slab has %u in use",
			slab->cpu_list.length, slab->count.inuse);
	emit(rules, &f, slab);
}

/*
 * An object on no list with a link to a second one that is on no list either, and so on to NULL:
 * that is the rest of a chain. kmem_cache_alloc_bulk() leaves the same picture between taking
 * objects and clearing them, so alone it proves nothing.
 */
static void orphans_judge(const struct rules *rules, const struct slab_state *slab)
{
	const struct orphans *o = &slab->orphans;
	struct finding f;

	if (slab->role != ROLE_CPU || o->length < 2)
		return;
	f = slab_finding(rules, FINDING_FREELIST_ORPHANS, slab);
	f.object = slab_object(rules->cache, slab, o->head);
	f.object_index = o->head;
	f.has |= FINDING_HAS_OBJECT;
	finding_message(&f, "%u objects are chained to each other and on no list", o->length);
	emit(rules, &f, slab);
}

static void lists_judge(const struct rules *rules, const struct slab_state *slab)
{
	bool own, cpu;

	own = freelist_judge(rules, slab, &slab->own);
	cpu = slab->role != ROLE_CPU || freelist_judge(rules, slab, &slab->cpu_list);
	if (slab->shared) {
		shared_judge(rules, slab);
		return;
	}
	/* With an impossible use count there is nothing to compare with, and a list that could not
	 * be followed to its end has no length. */
	if (slab->count.inuse > slab->objects)
		return;
	if (own)
		count_judge(rules, slab);
	if (cpu)
		cpu_count_judge(rules, slab);
	if (own && cpu)
		orphans_judge(rules, slab);
}

static bool lists_healthy(const struct slab_state *slab)
{
	return slab->own.end == WALK_END &&
	       (slab->role != ROLE_CPU || slab->cpu_list.end == WALK_END);
}

void rules_slab(const struct rules *rules, const struct slab_state *slab,
		const struct cpu_state *cpu, const struct node_state *node)
{
	bool owned;

	if (slab->status != TARGET_OK || !slab->is_slab) {
		page_judge(rules, slab);
		return;
	}
	owned = owner_judge(rules, slab);
	if (!slab->walked)
		return;
	/* A slab of another cache says the rest about itself; one that only lost its slab_cache
	 * still has lists that run. */
	if (!owned && !lists_healthy(slab))
		return;
	counters_judge(rules, slab);
	frozen_judge(rules, slab, cpu, node);
	full_judge(rules, slab, node);
	lists_judge(rules, slab);
}

static const char *role_text(const struct slab_twice *t, char *buf, size_t len)
{
	switch (t->role) {
	case ROLE_CPU:
		snprintf(buf, len, "the slab of CPU %d", t->cpu);
		break;
	case ROLE_CPU_PARTIAL:
		snprintf(buf, len, "a partial slab of CPU %d", t->cpu);
		break;
	case ROLE_NODE_PARTIAL:
		snprintf(buf, len, "on the partial list of node %d", t->node);
		break;
	case ROLE_NO_LIST:
		snprintf(buf, len, "on no list");
		break;
	}
	return buf;
}

void rules_slab_twice(const struct rules *rules, const struct slab_state *slab,
		      const struct slab_twice *before, const struct cpu_state *cpu)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_DUPLICATE, slab);
	struct slab_twice now = { slab->role, slab->cpu, slab->node };
	char here[64], there[64];

	if (slab->slot)
		set_slot(&f, slab->slot, "slab pointer", slab->page);
	finding_message(&f, "the slab is %s and also %s", role_text(before, there, sizeof(there)),
			role_text(&now, here, sizeof(here)));
	/* ___slab_alloc() moves the head of the chain to c->slab before it advances the chain; its
	 * freelist is taken later. Likewise get_freelist() lets go of an empty slab, which others
	 * may free to, before c->slab is cleared. In both the CPU has no freelist. */
	if (before->role == ROLE_CPU && slab->role == ROLE_CPU_PARTIAL && cpu && !cpu->freelist)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, slab);
}

void rules_cpu_partial_link(const struct rules *rules, const struct cpu_state *cpu,
			    const struct link_fault *fault)
{
	struct finding f = finding_new(rules, status_id(fault->status, FINDING_CPU_PARTIAL_LINK),
				       PLACE_CPU_PARTIAL);

	f.cpu = cpu->cpu;
	if (fault->slab)
		set_slab(&f, fault->slab, 0);
	set_slot(&f, fault->slot, fault->slot_name, fault->raw);
	if (fault->status == TARGET_ABSENT)
		finding_message(&f, "the next partial slab of CPU %d is not in the dump", cpu->cpu);
	else if (fault->lost)
		finding_message(&f,
				"leads to 0x%" PRIx64 ", no slab; %" PRIu64 " more should follow",
				fault->raw, fault->lost);
	else
		finding_message(&f, "leads to 0x%" PRIx64 ", which is no slab", fault->raw);
	emit(rules, &f, NULL);
}

void rules_cpu_partial_count(const struct rules *rules, const struct slab_state *slab,
			     uint64_t expected)
{
	struct finding f = slab_finding(rules, FINDING_CPU_PARTIAL_COUNT, slab);

	set_slot(&f, slab->page + rules->layout->slab.slabs.offset, "slab->slabs", slab->slabs);
	set_expected(&f, expected);
	finding_message(&f,
			"the slab says that it starts %" PRIu64 " slabs, and there are %" PRIu64,
			slab->slabs, expected);
	emit(rules, &f, slab);
}

void rules_node_link(const struct rules *rules, const struct node_state *node,
		     const struct link_fault *fault)
{
	struct finding f =
		finding_new(rules, status_id(fault->status, FINDING_PARTIAL_LINK), PLACE_NODE);

	f.node = node->node;
	if (fault->slab)
		set_slab(&f, fault->slab, 0);
	set_slot(&f, fault->slot, fault->slot_name, fault->raw);
	if (fault->expected)
		set_expected(&f, fault->expected);
	if (fault->status == TARGET_ABSENT)
		finding_message(&f, "the next partial slab of node %d is not in the dump",
				node->node);
	else if (fault->well_formed)
		finding_message(&f, "the neighbours on the list do not agree");
	else
		finding_message(&f, "leads to 0x%" PRIx64 ", where no slab can be", fault->raw);
	/* Adding and removing takes several stores under list_lock. A link that leads to a slab
	 * may be one of them; one that leads nowhere never is. */
	if (fault->well_formed && node->locked)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, NULL);
}

void rules_node(const struct rules *rules, const struct node_state *node)
{
	struct finding f;

	if (node->status != TARGET_OK || !node->genuine) {
		f = finding_new(rules, status_id(node->status, FINDING_CACHE_NODE), PLACE_NODE);
		f.node = node->node;
		set_slot(&f, node->slot, "node", node->addr);
		finding_message(&f, "the kmem_cache_node of node %d at 0x%" PRIx64 " %s",
				node->node, node->addr,
				node->status == TARGET_OK	? "is none"
				: node->status == TARGET_ABSENT ? "is not in the dump"
								: "has no memory");
		emit(rules, &f, NULL);
		return;
	}
	if (!node->complete || node->counted == node->nr_partial)
		return;
	f = finding_new(rules, FINDING_PARTIAL_COUNT, PLACE_NODE);
	f.node = node->node;
	set_slot(&f, node->addr + rules->layout->node.nr_partial.offset, "nr_partial",
		 node->nr_partial);
	set_expected(&f, node->counted);
	finding_message(&f, "nr_partial is %" PRIu64 ", and %" PRIu64 " slabs are on the list",
			node->nr_partial, node->counted);
	/* The count and the list change one after the other; kmem_cache_shrink() even empties the
	 * list for a while. All of that under list_lock. */
	if (node->locked)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, NULL);
}

/*
 * States in which a slab is on no list though it is not full, because a CPU has it in hand:
 * frozen, on its way to or from a CPU (put_cpu_partial(), deactivate_slab(), get_partial_node());
 * without an object in use, just made or about to be freed; anything else only while list_lock
 * is held.
 */
static bool may_be_in_flight(const struct slab_state *slab, const struct node_state *node)
{
	return slab->count.frozen || !slab->count.inuse || (node && node->locked);
}

bool rules_no_list(const struct rules *rules, const struct slab_state *slab,
		   const struct node_state *node)
{
	bool full = !slab->freelist && slab->count.inuse == slab->count.objects;
	struct finding f;

	if (full && !slab->count.frozen) {
		/* Full slabs are on no list, and that is all there is to judge. */
		rules_slab(rules, slab, NULL, NULL);
		return false;
	}
	if (may_be_in_flight(slab, node)) {
		f = slab_finding(rules, FINDING_SLAB_INFLIGHT, slab);
		finding_message(&f, "%u of %u in use, %sfrozen, on no list", slab->count.inuse,
				slab->count.objects, slab->count.frozen ? "" : "not ");
		emit(rules, &f, slab);
		return true;
	}
	f = slab_finding(rules, FINDING_SLAB_LOST, slab);
	finding_message(&f, "%u of %u objects in use, and no list leads to the slab",
			slab->count.inuse, slab->count.objects);
	emit(rules, &f, slab);
	rules_slab(rules, slab, NULL, NULL);
	return false;
}

void rules_stranger(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	/* allocate_slab() marks the page before it sets slab_cache, and __free_slab() clears
	 * slab_cache (which is page->mapping) before it takes the mark away. */
	if (!slab->cache) {
		f = slab_finding(rules, FINDING_SLAB_INFLIGHT, slab);
		finding_message(&f, "a slab page without a cache, on no list");
	} else {
		f = slab_finding(rules, FINDING_SLAB_CACHE, slab);
		set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache",
			 slab->cache);
		finding_message(&f, "slab_cache 0x%" PRIx64 " is no cache on slab_caches",
				slab->cache);
	}
	emit(rules, &f, slab);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

static void total_judge(const struct rules *rules, const struct scan_totals *totals,
			enum finding_id id, const char *name, uint64_t slot, uint64_t said,
			uint64_t counted, uint64_t tolerance)
{
	struct finding f;

	if (said == counted)
		return;
	f = finding_new(rules, id, PLACE_NODE);
	f.node = totals->node;
	set_slot(&f, slot, name, said);
	set_expected(&f, counted);
	finding_message(&f, "%s is %" PRIu64 ", and memory holds %" PRIu64, name, said, counted);
	/* A slab in flight is counted before or after it can be seen. */
	if (distance(said, counted) <= tolerance)
		f.severity = SEVERITY_TRANSIENT;
	emit(rules, &f, NULL);
}

void rules_totals(const struct rules *rules, const struct scan_totals *t)
{
	total_judge(rules, t, FINDING_NODE_SLABS, "nr_slabs", t->slot_slabs, t->said_slabs,
		    t->slabs, t->in_flight);
	total_judge(rules, t, FINDING_NODE_OBJECTS, "total_objects", t->slot_objects,
		    t->said_objects, t->objects, t->in_flight_objects);
}

void rules_random(const struct rules *rules, uint64_t found, uint64_t expected, unsigned int lists)
{
	struct finding f = finding_new(rules, FINDING_CACHE_RANDOM, PLACE_CACHE);

	set_slot(&f, rules->cache->addr + rules->layout->cache.random.offset, "random", found);
	set_expected(&f, expected);
	finding_message(&f,
			"s->random decodes none of its freelists, 0x%" PRIx64
			" decodes %u of them whole",
			expected, lists);
	emit(rules, &f, NULL);
}
