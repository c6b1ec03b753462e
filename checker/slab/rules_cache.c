/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on a kmem_cache and on the list of them. */
#include <inttypes.h>

#include "checker/slab/finding.h"

static void link_judge(const struct slab_rules *rules, const struct list_fault *fault)
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
				"the list of caches leads to 0x%" PRIx64 ", which cannot be a "
				"kmem_cache",
				fault->raw);
	else
		finding_message(&f, "the neighbours on the list of caches do not agree");
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_CACHES, .link = fault });
	emit(rules, &f, NULL);
}

void slab_rules_caches(const struct slab_rules *rules, const struct cache_list *list)
{
	for (size_t i = 0; i < list->nr_faults; i++)
		link_judge(rules, &list->faults[i]);
}

static void name_judge(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;
	const char *why = cache_name_why(c->name_is);
	struct finding f = finding_new(rules, FINDING_CACHE_NAME, PLACE_CACHE);

	if (!why)
		return;
	set_slot(&f, c->addr + rules->layout->cache.name.offset, "name", c->name_addr);
	if (c->name_is == CACHE_NAME_ABSENT) {
		f.id = FINDING_MEMORY_ABSENT;
		f.severity = SEVERITY_NOTE;
	}
	finding_message(&f, "%s", why);
	emit(rules, &f, NULL);
}

static void geometry_finding(const struct slab_rules *rules, const char *why)
{
	const struct slab_cache *c = rules->cache;
	struct finding f = finding_new(rules, FINDING_CACHE_GEOMETRY, PLACE_CACHE);

	finding_message(&f,
			"%s: size %" PRIu64 ", num %" PRIu64 ", gfporder %" PRIu64 ", %s %" PRIu64
			", colour %" PRIu64 ", colour_off %" PRIu64,
			why, c->size, c->num, c->order,
			rules->layout->has_bufctl ? "slab_size" : "freelist_size", c->management,
			c->colour, c->colour_off);
	emit(rules, &f, NULL);
}

/* random_seq holds each object number once; 0 when it does, or that is not known. */
static void sequence_judge(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;
	uint32_t *hops;
	uint64_t index;

	if (!c->random_seq || !slab_cache_walkable(c) || !slab_heap_room(rules->heap, c))
		return;
	hops = rules->heap->hops;
	for (uint64_t i = 0; i < c->num; i++)
		hops[i] = 0;
	for (uint64_t i = 0; i < c->num; i++) {
		enum target_status status =
			memory_value(rules->heap->memory, c->random_seq + 4 * i, 4, &index);

		if (status == TARGET_ABSENT)
			return;
		if (status != TARGET_OK || index >= c->num || hops[index]++) {
			geometry_finding(rules,
					 "random_seq is not a permutation of the object numbers");
			return;
		}
	}
}

void slab_rules_cache(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;
	struct finding f;

	if (c->status != TARGET_OK) {
		f = finding_new(rules, status_id(c->status, FINDING_CACHE_UNREADABLE), PLACE_CACHE);
		finding_message(&f, c->status == TARGET_ABSENT
					    ? "this kmem_cache is not in the dump"
					    : "this kmem_cache is in unmapped memory");
		emit(rules, &f, NULL);
		return;
	}
	name_judge(rules);
	if (c->defects & SLAB_DEFECT_SIZES)
		geometry_finding(rules, "the objects do not fit into a slab");
	else if (c->defects & SLAB_DEFECT_RECIPROCAL)
		geometry_finding(rules, "reciprocal_buffer_size is not that of the size");
	else if (c->defects & SLAB_DEFECT_MANAGEMENT)
		geometry_finding(rules, "the management of a slab cannot be that long");
	else if (c->defects & SLAB_DEFECT_COLOUR)
		geometry_finding(rules, "the colours do not fit into a slab");
	sequence_judge(rules);
}

/*
 * A constructor in memory that is gone was that of a module, which has gone without destroying its cache, or
 * could not: the next slab of the cache calls it. A failed kmem_cache_destroy() leaves refcount at 0 (3.10).
 */
void slab_rules_left_behind(const struct slab_rules *rules, uint64_t slabs, uint64_t used)
{
	const struct slab_cache *c = rules->cache;
	struct finding f = finding_new(rules, FINDING_CACHE_LEFT_BEHIND, PLACE_CACHE);
	bool ctor_gone = c->ctor && c->ctor_status == TARGET_UNMAPPED;
	bool failed = member_exists(rules->layout->cache.refcount) && !c->refcount;

	if (c->status != TARGET_OK || (!ctor_gone && !failed))
		return;
	if (ctor_gone)
		set_slot(&f, c->addr + rules->layout->cache.ctor.offset, "ctor", c->ctor);
	else
		set_slot(&f, c->addr + rules->layout->cache.refcount.offset, "refcount",
			 (uint64_t)c->refcount);
	finding_message(
		&f, "%s; %" PRIu64 " objects in %" PRIu64 " slabs are left%s",
		ctor_gone ? "the constructor is in memory that is gone, as of a module that "
			    "was removed"
			  : "kmem_cache_destroy() has set refcount to 0 and the cache is "
			    "still there",
		used, slabs, ctor_gone && failed ? "; kmem_cache_destroy() had failed" : "");
	/* Nothing is damaged yet where it was destroyed in vain and nothing of it leads to freed memory. */
	if (!ctor_gone)
		f.severity = SEVERITY_NOTE;
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_CACHES });
	emit(rules, &f, NULL);
}

static void node_pointer_judge(const struct slab_rules *rules, const struct slab_node *n)
{
	struct finding f = finding_new(rules, status_id(n->status, FINDING_CACHE_NODE), PLACE_NODE);

	if (n->status == TARGET_OK)
		return;
	f.node = n->node;
	set_slot(&f, n->slot, "node", n->addr);
	finding_message(&f, "the node at 0x%" PRIx64 " %s", n->addr,
			n->status == TARGET_ABSENT ? "is not in the dump"
						   : "is in unmapped memory");
	emit(rules, &f, NULL);
}

void slab_rules_nodes(const struct slab_rules *rules)
{
	uint64_t wanted =
		slab_array_slot(rules->cache, rules->layout, rules->layout->kernel.nr_cpus);
	uint64_t nodes = wanted;
	bool any = false;
	struct finding f;

	for (unsigned int i = 0; i < rules->layout->nr_nodes; i++) {
		node_pointer_judge(rules, &rules->nodes[i]);
		any |= rules->nodes[i].addr || rules->nodes[i].status != TARGET_OK;
	}
	if (rules->layout->nodes_pointer)
		nodes = rules->nodes[0].slot;
	/* It points behind the last CPU's array, but in the first cache of all, which is static. */
	if (any && (nodes == wanted || !(nodes - rules->cache->addr < 1 << 20)))
		return;
	f = finding_new(rules, FINDING_CACHE_NODE, PLACE_NODE);
	set_slot(&f, rules->cache->addr + rules->layout->cache.nodes.offset, "node", nodes);
	if (rules->layout->nodes_pointer)
		set_expected(&f, wanted);
	finding_message(&f, any ? "the array of nodes does not lie behind the arrays of the CPUs"
				: "the cache has no node at all");
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_CACHES });
	emit(rules, &f, NULL);
}
