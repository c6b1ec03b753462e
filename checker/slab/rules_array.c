/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on arrays of free objects: of CPUs, shared, alien. */
#include <inttypes.h>

#include "checker/slab/finding.h"
#include "checker/slab/locate.h"

/* What arrays have as batchcount that nobody refills or flushes by. */
#define NO_BATCHCOUNT UINT64_C(0xbaadf00d)
#define ALIEN_LIMIT 12u

static struct finding array_finding(const struct slab_rules *rules, enum finding_id id,
				    const struct slab_array *a)
{
	struct finding f = finding_new(rules, id, array_place(a));

	set_array(&f, a);
	return f;
}

static enum slab_cpu_at cpu_at(const struct slab_rules *rules, const struct slab_array *a)
{
	return a->kind == SLAB_ARRAY_CPU ? slab_busy_cpu(rules->busy, a->cpu) : SLAB_CPU_ELSEWHERE;
}

/* --- Headers --- */

static void pointer_judge(const struct slab_rules *rules, const struct slab_array *a)
{
	enum finding_id id =
		a->kind == SLAB_ARRAY_CPU ? FINDING_CACHE_PERCPU : FINDING_ARRAY_POINTER;
	struct finding f = array_finding(rules, status_id(a->status, id), a);

	/* alien[] leads to what the array lies in. */
	if (a->slot)
		set_slot(&f, a->slot, a->kind == SLAB_ARRAY_CPU ? "array" : "array pointer",
			 a->kind == SLAB_ARRAY_ALIEN && a->addr
				 ? a->addr - rules->layout->array.in_alien
				 : a->addr);
	else
		set_slot(&f, rules->cache->addr + rules->layout->cache.cpu_cache.offset,
			 "cpu_cache", rules->cache->cpu_cache);
	finding_message(&f, "the array at 0x%" PRIx64 " %s", a->addr,
			!a->addr		     ? "is missing"
			: a->status == TARGET_ABSENT ? "is not in the dump"
						     : "is in unmapped memory");
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_HEADER, .array = a });
	emit(rules, &f, NULL);
}

/* What the allocator sets limit and batchcount to. */
static void header_expected(const struct slab_rules *rules, const struct slab_array *a,
			    uint64_t *limit, uint64_t *batchcount)
{
	const struct slab_cache *c = rules->cache;

	*limit = a->limit;
	*batchcount = NO_BATCHCOUNT;
	switch (a->kind) {
	case SLAB_ARRAY_CPU:
		*limit = c->limit;
		*batchcount = c->batchcount;
		break;
	case SLAB_ARRAY_SHARED:
		*limit = c->shared * c->batchcount;
		break;
	case SLAB_ARRAY_ALIEN:
		*limit = a->limit == 1 ? 1 : ALIEN_LIMIT;
		break;
	}
}

static void word_judge(const struct slab_rules *rules, const struct slab_array *a,
		       struct target_member m, const char *name, uint64_t raw, uint64_t expected)
{
	struct finding f;

	if (raw == expected)
		return;
	f = array_finding(rules, FINDING_ARRAY_HEADER, a);
	set_slot(&f, a->addr + m.offset, name, raw);
	set_expected(&f, expected);
	finding_message(
		&f, "%s is %" PRIu64 " (0x%" PRIx64 "); it should be %" PRIu64 " (0x%" PRIx64 ")",
		name, raw, raw, expected, expected);
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_HEADER, .array = a });
	emit(rules, &f, NULL);
}

/* A word that has one of two values, of which nobody knows which. */
static void either_judge(const struct slab_rules *rules, const struct slab_array *a,
			 struct target_member m, const char *name, uint64_t raw,
			 const uint64_t values[2])
{
	struct finding f;

	if (raw == values[0] || raw == values[1])
		return;
	f = array_finding(rules, FINDING_ARRAY_HEADER, a);
	set_slot(&f, a->addr + m.offset, name, raw);
	finding_message(&f,
			"%s is %" PRIu64 " (0x%" PRIx64 "); it should be %" PRIu64 " or %" PRIu64,
			name, raw, raw, values[0], values[1]);
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_HEADER, .array = a });
	emit(rules, &f, NULL);
}

static void size_judge(const struct slab_rules *rules, const struct slab_array *a, uint64_t limit)
{
	struct finding f;

	if (a->avail <= a->limit || a->avail <= limit)
		return;
	f = array_finding(rules, FINDING_ARRAY_SIZE, a);
	set_slot(&f, a->addr + rules->layout->array.avail.offset, "avail", a->avail);
	finding_message(&f, "avail is %" PRIu64 ", but the array has room for %" PRIu64, a->avail,
			a->limit < limit ? limit : a->limit);
	emit(rules, &f, NULL);
}

static void offline_judge(const struct slab_rules *rules, const struct slab_array *a)
{
	struct finding f;

	if (a->kind != SLAB_ARRAY_CPU || a->online || !a->avail)
		return;
	f = array_finding(rules, FINDING_CPU_OFFLINE, a);
	set_slot(&f, a->addr + rules->layout->array.avail.offset, "avail", a->avail);
	set_expected(&f, 0);
	finding_message(&f, "CPU %d is offline, and its array still holds %" PRIu64 " objects",
			a->cpu, a->avail);
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_OFFLINE, .array = a });
	emit(rules, &f, NULL);
}

static void array_judge(const struct slab_rules *rules, const struct slab_array *a)
{
	const struct slab_array_members *m = &rules->layout->array;
	/* 1 where the limit of the cache was 1 when the array was made. */
	static const uint64_t flag[2] = { 0, 1 }, alien[2] = { ALIEN_LIMIT, 1 };
	uint64_t limit, batchcount;

	/* Until 3.15 a CPU that is offline has no array. */
	if (!a->addr && a->status == TARGET_OK && (a->kind != SLAB_ARRAY_CPU || !a->online))
		return;
	if (!a->addr || a->status != TARGET_OK) {
		pointer_judge(rules, a);
		return;
	}
	header_expected(rules, a, &limit, &batchcount);
	if (a->kind == SLAB_ARRAY_ALIEN)
		either_judge(rules, a, m->limit, "limit", a->limit, alien);
	else
		word_judge(rules, a, m->limit, "limit", a->limit, limit);
	word_judge(rules, a, m->batchcount, "batchcount", a->batchcount, batchcount);
	either_judge(rules, a, m->touched, "touched", a->touched, flag);
	size_judge(rules, a, limit);
	offline_judge(rules, a);
}

void slab_rules_arrays(const struct slab_rules *rules)
{
	const struct slab_arrays *all = &rules->heap->arrays;

	for (size_t i = 0; i < all->nr; i++) {
		array_judge(rules, &all->arrays[i]);
		/* All CPUs share the pointer that leads nowhere. */
		if (all->arrays[i].status == TARGET_UNMAPPED && !all->arrays[i].slot)
			return;
	}
}

/* --- Entries --- */

static struct finding entry_finding(const struct slab_rules *rules, enum finding_id id,
				    const struct slab_entry *e)
{
	const struct slab_array *a = &rules->heap->arrays.arrays[e->array];
	struct finding f = array_finding(rules, id, a);

	f.entry = e->position;
	f.has |= FINDING_HAS_ENTRY;
	set_slot(&f, a->addr + rules->layout->array.entries + 8 * (uint64_t)e->position, "entry",
		 e->object);
	return f;
}

static void entry_emit(const struct slab_rules *rules, struct finding *f,
		       const struct slab_entry *e, enum slab_breach breach,
		       const struct slab_found *slab)
{
	const struct slab_array *a = &rules->heap->arrays.arrays[e->array];

	excuse(f, rules,
	       (struct slab_breach_case){ .breach = breach,
					  .array = a,
					  .position = e->position,
					  .cpu_at = cpu_at(rules, a) });
	emit(rules, f, slab);
}

/* The object that an entry leads to, when it leads to one. */
static void object_find(const struct slab_rules *rules, struct finding *f, uint64_t object)
{
	struct location at =
		slab_locate_addr(rules->heap->memory, rules->layout, rules->heap->caches, object);

	if (at.kind != LOCATION_OBJECT)
		return;
	f->object = object;
	f->object_index = at.index;
	f->slab = at.page;
	f->slab_base = at.base;
	f->has |= FINDING_HAS_OBJECT | FINDING_HAS_SLAB;
}

static void twice_judge(const struct slab_rules *rules, const struct slab_entry *first,
			const struct slab_entry *second)
{
	const struct slab_array *arrays = rules->heap->arrays.arrays;
	struct finding f = entry_finding(rules, FINDING_ARRAY_DUPLICATE, second);
	char one[80];

	object_find(rules, &f, second->object + rules->cache->obj_offset);
	finding_message(&f, "0x%" PRIx64 " is also entry %u of %s", second->object, first->position,
			array_text(&arrays[first->array], one, sizeof(one)));
	excuse(&f, rules,
	       (struct slab_breach_case){ .breach = SLAB_BREACH_TWICE,
					  .array = &arrays[first->array],
					  .position = first->position,
					  .cpu_at = cpu_at(rules, &arrays[first->array]) });
	entry_emit(rules, &f, second, SLAB_BREACH_TWICE, NULL);
}

/* An entry that is not an object of a slab that a list led to. */
static void stray_judge(const struct slab_rules *rules, const struct slab_entry *e)
{
	/* Entries lead to slots; what is located is the object in one. */
	struct location at =
		slab_locate_addr(rules->heap->memory, rules->layout, rules->heap->caches,
				 e->object + rules->cache->obj_offset);
	bool own = at.cache == rules->cache->addr;
	enum finding_id id = FINDING_ARRAY_WILD;
	char text[160];
	struct finding f;

	if (location_untold(&at))
		id = FINDING_MEMORY_ABSENT;
	/* Its slab is on no list, and that is told of the slab. */
	else if (own && at.kind == LOCATION_OBJECT)
		return;
	else if (own && at.kind == LOCATION_INSIDE)
		id = FINDING_ARRAY_MISALIGNED;
	else if (at.cache && (at.kind == LOCATION_OBJECT || at.kind == LOCATION_INSIDE))
		id = FINDING_ARRAY_FOREIGN_CACHE;
	f = entry_finding(rules, id, e);
	finding_message(&f, "0x%" PRIx64 " is %s", e->object,
			slab_location_describe(rules->heap->memory, rules->layout, &at, text,
					       sizeof(text)));
	entry_emit(rules, &f, e, SLAB_BREACH_ENTRY, NULL);
}

void slab_rules_entries(const struct slab_rules *rules)
{
	const struct slab_arrays *all = &rules->heap->arrays;

	for (size_t i = 0; i < all->nr_entries; i++) {
		const struct slab_entry *e = &all->entries[i];

		if (!e->placed)
			stray_judge(rules, e);
		if (i && e->object == e[-1].object)
			twice_judge(rules, &e[-1], e);
	}
}

static void on_freelist_judge(const struct slab_rules *rules, const struct slab_found *slab,
			      const struct slab_entry *e, uint32_t index)
{
	struct finding f = entry_finding(rules, FINDING_ARRAY_ON_FREELIST, e);

	f.slab = slab->addr;
	f.slab_base = slab->base;
	f.has |= FINDING_HAS_SLAB;
	set_object(&f, rules, slab, index);
	finding_message(&f, "object %u is also number %u of its slab's free objects", index,
			slab->own.hop[index] - 1);
	if (node_locked(rules, slab->node)) {
		const struct slab_array held = { .kind = SLAB_ARRAY_SHARED, .locked = true };

		excuse(&f, rules,
		       (struct slab_breach_case){ .breach = SLAB_BREACH_TWICE, .array = &held });
	}
	entry_emit(rules, &f, e, SLAB_BREACH_TWICE, slab);
}

/* The node that the objects of an array are of; -1: it is not known. */
static int array_node(const struct slab_rules *rules, const struct slab_array *a)
{
	if (!rules->cpu_node)
		return -1;
	if (a->kind == SLAB_ARRAY_CPU)
		return rules->cpu_node[a->cpu];
	return a->kind == SLAB_ARRAY_ALIEN ? a->of : a->node;
}

static void node_judge(const struct slab_rules *rules, const struct slab_found *slab,
		       const struct slab_entry *e, uint32_t index)
{
	const struct slab_array *a = &rules->heap->arrays.arrays[e->array];
	int node = array_node(rules, a);
	struct finding f;

	if (node < 0 || slab->node < 0 || node == slab->node)
		return;
	f = entry_finding(rules, FINDING_ARRAY_NODE, e);
	f.slab = slab->addr;
	f.slab_base = slab->base;
	f.has |= FINDING_HAS_SLAB;
	set_object(&f, rules, slab, index);
	finding_message(&f, "object %u is of node %d; the array is for objects of node %d", index,
			slab->node, node);
	entry_emit(rules, &f, e, SLAB_BREACH_ENTRY, slab);
}

void slab_rules_cached(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_entry *entries = rules->heap->arrays.entries + slab->first_entry;

	for (size_t i = 0; i < slab->entries; i++) {
		uint64_t at = entries[i].object - slab->s_mem;
		uint32_t index = (uint32_t)(at / rules->cache->size);

		if (at % rules->cache->size)
			continue;
		if (slab->own.hop && slab->own.hop[index])
			on_freelist_judge(rules, slab, &entries[i], index);
		node_judge(rules, slab, &entries[i], index);
	}
}
