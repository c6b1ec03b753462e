/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on the sheaves of CPUs, on barns, and on the objects in them. */
#include "checker/slub/rules.h"

#include <inttypes.h>

#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "decoders/slab.h"

static const char *pointer_name(enum sheaf_role role)
{
	static const char *const names[] = {
		[SHEAF_MAIN] = "pcs->main",	    [SHEAF_SPARE] = "pcs->spare",
		[SHEAF_RCU_FREE] = "pcs->rcu_free", [SHEAF_FULL] = "barn_list",
		[SHEAF_EMPTY] = "barn_list",
	};

	return names[role];
}

static struct finding sheaf_finding(const struct rules *rules, enum finding_id id,
				    const struct sheaf *sheaf)
{
	struct finding f = finding_new(rules, id, sheaf_finding_place(sheaf->role));

	f.cpu = sheaf->cpu;
	f.node = sheaf->node;
	f.sheaf = sheaf->addr;
	f.has |= FINDING_HAS_SHEAF;
	if (sheaf->cpu < 0)
		return f;
	set_rest(&f, sheaf->slot, 8, sheaf->addr);
	if (sheaf->kind != SHEAF_OWN && sheaf->kind != SHEAF_FOREIGN)
		return f;
	set_rest(&f, sheaf->addr + rules->layout->sheaf.cache.offset, 8, sheaf->cache);
	set_rest(&f, sheaf->addr + rules->layout->sheaf.size.offset, rules->layout->sheaf.size.size,
		 sheaf->size);
	return f;
}

static const struct excuse *sheaf_excuse(const struct sheaf *sheaf)
{
	return excuse_find(&(struct excuse_case){ .breach = BREACH_SHEAF, .sheaf = sheaf });
}

static const struct excuse *entry_excuse(const struct sheaf *sheaf, uint32_t entry)
{
	return excuse_find(
		&(struct excuse_case){ .breach = BREACH_ENTRY, .sheaf = sheaf, .entry = entry });
}

/* Sheaves by themselves */

static void pointer_judge(const struct rules *rules, const struct sheaf *sheaf)
{
	struct finding f =
		sheaf_finding(rules, status_id(sheaf->status, FINDING_SHEAF_POINTER), sheaf);
	char place[64];

	f.has &= ~(uint32_t)FINDING_HAS_SHEAF;
	set_slot(&f, sheaf->slot, pointer_name(sheaf->role), sheaf->addr);
	if (sheaf->status == TARGET_ABSENT)
		finding_message(&f, "%s is not in the dump",
				sheaf_place(sheaf, place, sizeof(place)));
	else if (!sheaf->addr)
		finding_message(&f, "CPU %d has no main sheaf", sheaf->cpu);
	else
		finding_message(&f, "points to 0x%" PRIx64 ", which is not a sheaf of this cache",
				sheaf->addr);
	excuse(&f, sheaf_excuse(sheaf));
	emit(rules, &f, NULL);
}

static void owner_judge(const struct rules *rules, const struct sheaf *sheaf)
{
	struct finding f = sheaf_finding(rules, FINDING_SHEAF_CACHE, sheaf);

	set_slot(&f, sheaf->addr + rules->layout->sheaf.cache.offset, "sheaf->cache", sheaf->cache);
	set_expected(&f, rules->cache->addr);
	finding_message(&f, "the sheaf names cache 0x%" PRIx64 ", not this cache", sheaf->cache);
	excuse(&f, sheaf_excuse(sheaf));
	emit(rules, &f, NULL);
}

static struct finding size_finding(const struct rules *rules, enum finding_id id,
				   const struct sheaf *sheaf)
{
	struct finding f = sheaf_finding(rules, id, sheaf);

	set_slot(&f, sheaf->addr + rules->layout->sheaf.size.offset, "sheaf->size", sheaf->size);
	return f;
}

static void size_judge(const struct rules *rules, const struct sheaf *sheaf, uint64_t capacity)
{
	struct finding f;

	if (sheaf->size <= capacity && sheaf->size <= sheaf->room)
		return;
	f = size_finding(rules, FINDING_SHEAF_SIZE, sheaf);
	finding_message(&f,
			"the sheaf says that it holds %" PRIu64 " objects, but it has room for "
			"%" PRIu64,
			sheaf->size, capacity < sheaf->room ? capacity : sheaf->room);
	excuse(&f, sheaf_excuse(sheaf));
	emit(rules, &f, NULL);
}

/* rcu_free_sheaf() keeps a sheaf as full that has lost some of its objects, so any may do there. */
static void list_judge(const struct rules *rules, const struct sheaf *sheaf)
{
	struct finding f;

	if (sheaf->role == SHEAF_FULL ? sheaf->size != 0
				      : sheaf->role != SHEAF_EMPTY || !sheaf->size)
		return;
	f = size_finding(rules, FINDING_BARN_SHEAF, sheaf);
	if (sheaf->role == SHEAF_FULL)
		finding_message(&f, "an empty sheaf is on the list of full sheaves");
	else
		finding_message(&f,
				"a sheaf with %" PRIu64 " objects is on the list of empty "
				"sheaves",
				sheaf->size);
	emit(rules, &f, NULL);
}

static void twice_judge(const struct rules *rules, const struct sheaf *before,
			const struct sheaf *sheaf)
{
	struct finding f = sheaf_finding(rules, FINDING_SHEAF_SHARED, sheaf);
	char here[64], there[64];

	set_slot(&f, sheaf->slot, pointer_name(sheaf->role), sheaf->addr);
	if (before->cpu >= 0)
		set_rest(&f, before->slot, 8, sheaf->addr);
	finding_message(&f, "the sheaf is %s and also %s",
			sheaf_place(before, there, sizeof(there)),
			sheaf_place(sheaf, here, sizeof(here)));
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_SHEAF_SEEN, .sheaf = sheaf, .other = before }));
	emit(rules, &f, NULL);
}

static void contents_judge(const struct rules *rules, const struct sheaf *sheaf)
{
	struct finding f;
	char place[64];

	if (sheaf->objects_status == TARGET_OK)
		return;
	f = sheaf_finding(rules, FINDING_MEMORY_ABSENT, sheaf);
	finding_message(&f, "the objects in %s are not in the dump",
			sheaf_place(sheaf, place, sizeof(place)));
	emit(rules, &f, NULL);
}

static void sheaf_judge(const struct rules *rules, const struct sheaves *s,
			const struct sheaf *sheaf, uint64_t capacity)
{
	switch (sheaf->kind) {
	case SHEAF_NONE:
		pointer_judge(rules, sheaf);
		return;
	case SHEAF_FOREIGN:
		owner_judge(rules, sheaf);
		return;
	case SHEAF_BOOTSTRAP:
		/* All CPUs have it, or none. */
		if (s->nr_mains)
			pointer_judge(rules, sheaf);
		return;
	case SHEAF_OWN:
		break;
	}
	if (sheaf->before != SHEAF_FIRST) {
		twice_judge(rules, &s->sheaves[sheaf->before], sheaf);
		return;
	}
	size_judge(rules, sheaf, capacity);
	list_judge(rules, sheaf);
	contents_judge(rules, sheaf);
}

/* __pcs_flush_all_cpu() leaves a dead CPU an empty main sheaf and nothing else. */
static void offline_judge(const struct rules *rules, const struct sheaf *sheaf, int *told)
{
	struct finding f;

	if (sheaf->cpu < 0 || sheaf->cpu == *told || rules->layout->kernel.cpu_online[sheaf->cpu] ||
	    sheaf->kind != SHEAF_OWN || (sheaf->role == SHEAF_MAIN && !sheaf->size))
		return;
	*told = sheaf->cpu;
	f = sheaf_finding(rules, FINDING_CPU_OFFLINE, sheaf);
	finding_message(&f, "CPU %d is offline but still holds sheaves", sheaf->cpu);
	rest_offline(&f, &rules->layout->kernel);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_OFFLINE, .rules = rules, .sheaf = sheaf }));
	emit(rules, &f, NULL);
}

/*
 * The capacity is a member of the kmem_cache, and what its sheaves hold and where they lie tell
 * whether it was overwritten. One sheaf against it is the sheaf's fault, several are not.
 */
static uint64_t capacity_judge(const struct rules *rules, const struct sheaves *s)
{
	uint64_t capacity = rules->cache->sheaf_capacity, room = UINT32_MAX;
	size_t larger = 0, bootstrap = 0;
	struct finding f;

	for (size_t i = 0; i < s->nr_sheaves; i++) {
		const struct sheaf *sheaf = &s->sheaves[i];

		bootstrap += sheaf->kind == SHEAF_BOOTSTRAP;
		if (sheaf->kind != SHEAF_OWN)
			continue;
		room = sheaf->room < room ? sheaf->room : room;
		larger += sheaf->size > capacity && sheaf->size <= sheaf->room;
	}
	if (capacity <= room && larger < 2 && (!bootstrap || !capacity || s->nr_mains))
		return capacity;
	f = finding_new(rules, FINDING_CACHE_GEOMETRY, PLACE_CACHE);
	set_slot(&f, rules->cache->addr + rules->layout->cache.sheaf_capacity.offset,
		 "sheaf_capacity", capacity);
	if (capacity > room)
		finding_message(&f,
				"sheaf_capacity is %" PRIu64 ", but a sheaf has room for "
				"%" PRIu64,
				capacity, room);
	else if (larger > 1)
		finding_message(&f, "sheaf_capacity is %" PRIu64 ", but %zu sheaves hold more",
				capacity, larger);
	else
		finding_message(&f,
				"sheaf_capacity is %" PRIu64 ", but the CPUs have no "
				"sheaves",
				capacity);
	emit(rules, &f, NULL);
	return room;
}

static void cpu_fault_judge(const struct rules *rules, const struct sheaf_cpu_fault *fault)
{
	struct finding f =
		finding_new(rules, status_id(fault->status, FINDING_CACHE_PERCPU), PLACE_CPU);

	f.cpu = fault->cpu;
	set_slot(&f, rules->cache->addr + rules->layout->cache.cpu_sheaves.offset, "cpu_sheaves",
		 rules->cache->cpu_sheaves);
	if (fault->all && !fault->addr)
		finding_message(&f, "the cache has sheaves, but no pointer to its CPUs' sheaves");
	else if (fault->all)
		finding_message(&f, "cpu_sheaves points to memory where no CPU has a sheaf of "
				    "this cache");
	else
		finding_message(&f, "the sheaves of CPU %d at 0x%" PRIx64 " %s", fault->cpu,
				fault->addr,
				fault->status == TARGET_ABSENT ? "are not in the dump"
							       : "are in unmapped memory");
	emit(rules, &f, NULL);
}

/* Barns */

static void barn_count_judge(const struct rules *rules, const struct barn_state *barn,
			     const struct barn_list *list, bool full)
{
	const struct layout_sheaf *m = &rules->layout->sheaf;
	struct finding f;

	if (!list->complete || list->said == list->counted)
		return;
	f = finding_new(rules, FINDING_BARN_COUNT, full ? PLACE_BARN_FULL : PLACE_BARN_EMPTY);
	f.node = barn->node;
	set_slot(&f, barn->addr + (full ? m->nr_full : m->nr_empty).offset,
		 full ? "nr_full" : "nr_empty", list->said);
	set_expected(&f, list->counted);
	finding_message(&f, "%s is %" PRIu64 ", but %" PRIu64 " sheaves are on the list",
			f.slot_name, list->said, list->counted);
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_COUNTER,
						      .locked = barn->locked }));
	emit(rules, &f, NULL);
}

static void barn_judge(const struct rules *rules, const struct barn_state *barn)
{
	struct finding f;

	if (barn->status == TARGET_OK) {
		barn_count_judge(rules, barn, &barn->full, true);
		barn_count_judge(rules, barn, &barn->empty, false);
		return;
	}
	f = finding_new(rules, status_id(barn->status, FINDING_BARN_POINTER), PLACE_BARN);
	f.node = barn->node;
	set_slot(&f, barn->slot, "barn", barn->addr);
	finding_message(&f, "the node_barn of node %d at 0x%" PRIx64 " %s", barn->node, barn->addr,
			barn->status == TARGET_ABSENT ? "is not in the dump"
						      : "is not a node_barn");
	emit(rules, &f, NULL);
}

static void barn_fault_judge(const struct rules *rules, const struct barn_fault *fault)
{
	const struct list_fault *link = &fault->link;
	struct finding f = finding_new(rules, status_id(link->status, FINDING_BARN_LINK),
				       sheaf_finding_place(fault->role));

	f.node = fault->node;
	if (fault->sheaf) {
		f.sheaf = fault->sheaf;
		f.has |= FINDING_HAS_SHEAF;
	}
	set_slot(&f, link->slot, link->next ? "barn_list.next" : "barn_list.prev", link->raw);
	if (link->expected)
		set_expected(&f, link->expected);
	if (link->status == TARGET_ABSENT)
		finding_message(&f, "the next sheaf of node %d's barn is not in the dump",
				fault->node);
	else if (link->well_formed)
		finding_message(&f, "the neighbours on the list do not agree");
	else
		finding_message(&f, "points to 0x%" PRIx64 ", which is not a sheaf of this cache",
				link->raw);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_LINK, .link = link, .locked = fault->locked }));
	emit(rules, &f, NULL);
}

/* Objects */

static struct finding entry_finding(const struct rules *rules, enum finding_id id,
				    const struct sheaves *s, const struct sheaf_entry *e)
{
	const struct sheaf *sheaf = &s->sheaves[e->sheaf];
	struct finding f = sheaf_finding(rules, id, sheaf);

	f.entry = e->entry;
	f.has |= FINDING_HAS_ENTRY;
	rest_entry(&f, rules->layout, s, e);
	set_slot(&f, sheaf->addr + rules->layout->sheaf.objects + 8 * (uint64_t)e->entry,
		 "sheaf->objects", e->object);
	excuse(&f, entry_excuse(sheaf, e->entry));
	return f;
}

static void wild_judge(const struct rules *rules, const struct sheaves *s,
		       const struct sheaf_entry *e)
{
	struct finding f = entry_finding(rules, FINDING_SHEAF_WILD, s, e);

	if (e->object)
		finding_message(&f, "0x%" PRIx64 " is not an object", e->object);
	else
		finding_message(&f, "the entry is NULL instead of an object");
	emit(rules, &f, NULL);
}

static void twice_in_sheaves_judge(const struct rules *rules, const struct sheaves *s,
				   const struct sheaf_entry *before, const struct sheaf_entry *e)
{
	const struct sheaf *there = &s->sheaves[before->sheaf];
	struct finding f = entry_finding(rules, FINDING_SHEAF_DUPLICATE, s, e);
	char place[64];

	finding_message(&f, "0x%" PRIx64 " is also entry %u of %s, 0x%" PRIx64, e->object,
			before->entry, sheaf_place(there, place, sizeof(place)), there->addr);
	rest_entry(&f, rules->layout, s, before);
	excuse(&f, entry_excuse(there, before->entry));
	emit(rules, &f, NULL);
}

static void misaligned_judge(const struct rules *rules, const struct sheaves *s,
			     const struct sheaf_slab *slab, const struct sheaf_entry *e)
{
	const struct cache *c = rules->cache;
	struct object_position pos =
		object_locate(slab->base + c->first, c->size, slab->objects, e->object);
	struct finding f = entry_finding(rules, FINDING_SHEAF_MISALIGNED, s, e);

	set_slab(&f, slab->page, slab->base);
	if (pos.index >= 0 && pos.offset)
		finding_message(&f, "0x%" PRIx64 " is object %d + 0x%x of the slab", e->object,
				pos.index, pos.offset);
	else
		finding_message(&f, "0x%" PRIx64 " is in the padding of the slab", e->object);
	emit(rules, &f, NULL);
}

/* Objects that would be this cache's if the page were: then the page's owner is more likely wrong. */
static size_t objects_if_ours(const struct rules *rules, const struct sheaves *s,
			      const struct sheaf_slab *slab)
{
	const struct cache *c = rules->cache;
	size_t n = 0;

	for (size_t i = slab->first; i < slab->first + slab->nr; i++) {
		struct object_position pos = object_locate(slab->base + c->first, c->size,
							   oo_objects(c->oo), s->entries[i].object);

		n += pos.index >= 0 && !pos.offset;
	}
	return n;
}

static void foreign_judge(const struct rules *rules, const struct sheaves *s,
			  const struct sheaf_slab *slab, const struct sheaf_entry *e)
{
	size_t ours = objects_if_ours(rules, s, slab);
	struct finding f;

	/* One of a chance's in each slab is a foreign object; several are no chance. */
	if (ours < 2 || ours < slab->nr || slab->objects != oo_objects(rules->cache->oo)) {
		f = entry_finding(rules, FINDING_SHEAF_FOREIGN_CACHE, s, e);
		finding_message(&f,
				"0x%" PRIx64 " is in a slab of cache 0x%" PRIx64 ", like %zu of "
				"the objects in sheaves",
				e->object, slab->cache, slab->nr);
	} else {
		f = finding_new(rules, FINDING_SLAB_CACHE, PLACE_NO_LIST);
		set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache",
			 slab->cache);
		set_expected(&f, rules->cache->addr);
		finding_message(&f,
				"slab_cache is 0x%" PRIx64 ", but sheaves of this cache hold "
				"%zu objects of the slab",
				slab->cache, ours);
	}
	set_slab(&f, slab->page, slab->base);
	emit(rules, &f, NULL);
}

/* Of the entries that lead into a page, the first one that nothing excuses. */
static const struct sheaf_entry *worst_entry(const struct sheaves *s, const struct sheaf_slab *slab)
{
	for (size_t i = slab->first; i < slab->first + slab->nr; i++)
		if (!entry_excuse(&s->sheaves[s->entries[i].sheaf], s->entries[i].entry))
			return &s->entries[i];
	return &s->entries[slab->first];
}

/* A page that no object of this cache can be in: one finding, however many entries lead there. */
static void page_judge(const struct rules *rules, const struct sheaves *s,
		       const struct sheaf_slab *slab)
{
	const struct sheaf_entry *e = worst_entry(s, slab);
	struct finding f;

	if (slab->kind == ENTRY_FOREIGN) {
		foreign_judge(rules, s, slab, e);
		return;
	}
	f = entry_finding(rules,
			  status_id(slab->kind == ENTRY_ABSENT ? TARGET_ABSENT : TARGET_OK,
				    FINDING_SHEAF_WILD),
			  s, e);
	if (slab->kind == ENTRY_ABSENT)
		finding_message(&f,
				"the descriptor of the slab of 0x%" PRIx64 " is not in the dump",
				e->object);
	else
		finding_message(&f,
				"0x%" PRIx64 " is in a page that is not a slab, like %zu of the "
				"objects in sheaves",
				e->object, slab->nr);
	emit(rules, &f, NULL);
}

/* Objects in sheaves count as in use. Of a slab that a list led to the freelist says as much. */
static void inuse_judge(const struct rules *rules, const struct sheaf_slab *slab, size_t distinct)
{
	struct finding f;

	if (slab->listed || distinct <= slab->inuse)
		return;
	f = finding_new(rules, FINDING_SLAB_INUSE, PLACE_NO_LIST);
	set_slab(&f, slab->page, slab->base);
	set_rest(&f, slab->page + rules->layout->slab.counters.offset, 4,
		 (uint32_t)(slab->inuse | (uint32_t)slab->objects << 16));
	finding_message(&f, "%zu objects of the slab are in sheaves, but only %u are in use",
			distinct, slab->inuse);
	emit(rules, &f, NULL);
}

static void slab_entries_judge(const struct rules *rules, const struct sheaves *s,
			       const struct sheaf_slab *slab)
{
	size_t distinct = 0;

	for (size_t i = slab->first; i < slab->first + slab->nr; i++) {
		const struct sheaf_entry *e = &s->entries[i];

		if (e->kind == ENTRY_MISALIGNED)
			misaligned_judge(rules, s, slab, e);
		if (e->kind != ENTRY_OBJECT)
			continue;
		if (i > slab->first && e[-1].object == e->object)
			twice_in_sheaves_judge(rules, s, &e[-1], e);
		else if (!entry_excuse(&s->sheaves[e->sheaf], e->entry))
			distinct++;
	}
	inuse_judge(rules, slab, distinct);
}

static void entries_judge(const struct rules *rules, const struct sheaves *s)
{
	for (size_t i = 0; i < s->nr_entries; i++)
		if (s->entries[i].kind == ENTRY_WILD)
			wild_judge(rules, s, &s->entries[i]);
	for (size_t i = 0; i < s->nr_slabs; i++) {
		const struct sheaf_slab *slab = &s->slabs[i];

		if (slab->kind == ENTRY_OBJECT)
			slab_entries_judge(rules, s, slab);
		else if (!slab->listed)
			page_judge(rules, s, slab);
	}
}

void rules_sheaves(const struct rules *rules, const struct sheaves *s)
{
	uint64_t capacity = capacity_judge(rules, s);
	int told = -1;

	for (size_t i = 0; i < s->nr_cpu_faults; i++)
		cpu_fault_judge(rules, &s->cpu_faults[i]);
	for (size_t i = 0; i < s->nr_sheaves; i++) {
		sheaf_judge(rules, s, &s->sheaves[i], capacity);
		offline_judge(rules, &s->sheaves[i], &told);
	}
	for (size_t i = 0; i < s->nr_barns; i++)
		barn_judge(rules, &s->barns[i]);
	for (size_t i = 0; i < s->nr_faults; i++)
		barn_fault_judge(rules, &s->faults[i]);
	entries_judge(rules, s);
}

static void on_freelist_judge(const struct rules *rules, const struct slab_state *slab,
			      const struct sheaf_entry *e, int32_t index)
{
	bool on_cpu = slab->cpu_list.hop[index] != 0;
	struct finding f = entry_finding(rules, FINDING_SHEAF_ON_FREELIST, slab->sheaves, e);
	char place[64];

	set_slab(&f, slab->page, slab->base);
	f.object = e->object;
	f.object_index = index;
	f.hop = (on_cpu ? slab->cpu_list.hop[index] : slab->own.hop[index]) - 1u;
	f.has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	finding_message(&f, "object %d is in %s and on the freelist of %s", index,
			sheaf_place(&slab->sheaves->sheaves[e->sheaf], place, sizeof(place)),
			on_cpu ? "a CPU" : "its slab");
	emit(rules, &f, slab);
}

void rules_sheaf_slab(const struct rules *rules, const struct slab_state *slab)
{
	const struct sheaves *s = slab->sheaves;

	if (!s || !s->nr_entries || !slab->walked)
		return;
	for (size_t i = sheaves_at(s, slab->first); i < s->nr_entries; i++) {
		const struct sheaf_entry *e = &s->entries[i];
		struct object_position pos =
			object_locate(slab->first, rules->cache->size, slab->objects, e->object);

		if (pos.index < 0)
			return;
		if (e->kind == ENTRY_OBJECT && !pos.offset &&
		    slab_listed(slab, (uint32_t)pos.index))
			on_freelist_judge(rules, slab, e, pos.index);
	}
}
