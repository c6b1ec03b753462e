/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on a node: the links of its lists, and its counters. */
#include <inttypes.h>

#include "checker/slab/finding.h"

static const struct {
	const char *head_next, *head_prev;
} heads[] = {
	[SLAB_PARTIAL] = { "slabs_partial.next", "slabs_partial.prev" },
	[SLAB_FULL] = { "slabs_full.next", "slabs_full.prev" },
	[SLAB_FREE] = { "slabs_free.next", "slabs_free.prev" },
};

static const char *link_name(const struct slab_rules *rules, enum slab_list list,
			     const struct list_fault *fault)
{
	if (fault->in_head)
		return fault->next ? heads[list].head_next : heads[list].head_prev;
	if (rules->layout->has_bufctl)
		return fault->next ? "list.next" : "list.prev";
	return fault->next ? "slab_list.next" : "slab_list.prev";
}

void slab_rules_link(const struct slab_rules *rules, const struct slab_node *node,
		     enum slab_list list, const struct list_fault *fault)
{
	struct finding f = finding_new(rules, status_id(fault->status, FINDING_PARTIAL_LINK),
				       list == SLAB_PARTIAL ? PLACE_NODE : list_place(list));

	f.node = node->node;
	set_slot(&f, fault->slot, link_name(rules, list, fault), fault->raw);
	if (fault->expected)
		set_expected(&f, fault->expected);
	if (!fault->in_head) {
		f.slab = fault->holder - rules->layout->slab.list.offset;
		f.has |= FINDING_HAS_SLAB;
	}
	if (fault->status == TARGET_ABSENT)
		finding_message(&f, "the next slab is not in the dump");
	else if (fault->status != TARGET_OK || !fault->well_formed)
		finding_message(&f, "0x%" PRIx64 " is not a slab of the cache", fault->raw);
	else
		finding_message(&f, "the neighbours on the list do not agree");
	excuse(&f, rules,
	       (struct slab_breach_case){
		       .breach = SLAB_BREACH_LINK, .link = fault, .locked = node->locked });
	emit(rules, &f, NULL);
}

static void counter_judge(const struct slab_rules *rules, const struct slab_node *node,
			  struct target_member m, const char *name, uint64_t said, uint64_t counted)
{
	enum finding_id id = m.offset == rules->layout->node.free_objects.offset
				     ? FINDING_NODE_FREE_OBJECTS
				     : FINDING_NODE_SLAB_COUNT;
	struct finding f;

	if (!member_exists(m) || said == counted)
		return;
	f = finding_new(rules, id, PLACE_NODE);
	f.node = node->node;
	set_slot(&f, node->addr + m.offset, name, said);
	set_expected(&f, counted);
	finding_message(&f, "%s is %" PRIu64 ", the lists have %" PRIu64, name, said, counted);
	excuse(&f, rules,
	       (struct slab_breach_case){ .breach = SLAB_BREACH_COUNTER, .locked = node->locked });
	emit(rules, &f, NULL);
}

void slab_rules_node(const struct slab_rules *rules, const struct slab_node *node)
{
	const struct slab_node_members *m = &rules->layout->node;
	uint64_t all =
		node->counted[SLAB_PARTIAL] + node->counted[SLAB_FULL] + node->counted[SLAB_FREE];

	if (!node->complete || !slab_cache_walkable(rules->cache))
		return;
	counter_judge(rules, node, m->free_objects, "free_objects", node->free_objects,
		      node->spare);
	counter_judge(rules, node, m->total_slabs, "total_slabs", node->total_slabs, all);
	counter_judge(rules, node, m->num_slabs, "num_slabs", node->num_slabs, all);
	counter_judge(rules, node, m->free_slabs, "free_slabs", node->free_slabs,
		      node->counted[SLAB_FREE]);
}
