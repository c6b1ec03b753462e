/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on lists of slabs, on slabs that are on none, and on the counts of a node. */
#include "checker/slub/rules.h"

#include <inttypes.h>

#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "decoders/slab.h"

void rules_cpu_partial_link(const struct rules *rules, const struct cpu_state *cpu,
			    const struct link_fault *fault)
{
	struct finding f = finding_new(
		rules, status_id(fault->link.status, FINDING_CPU_PARTIAL_LINK), PLACE_CPU_PARTIAL);

	f.cpu = cpu->cpu;
	if (fault->holder)
		set_slab(&f, fault->holder, 0);
	set_slot(&f, fault->link.slot, fault->slot_name, fault->link.raw);
	if (fault->link.status == TARGET_ABSENT)
		finding_message(&f, "the next partial slab of CPU %d is not in the dump", cpu->cpu);
	else if (fault->lost)
		finding_message(&f,
				"points to 0x%" PRIx64 ", which is not a slab; %" PRIu64
				" more should follow",
				fault->link.raw, fault->lost);
	else
		finding_message(&f, "points to 0x%" PRIx64 ", which is not a slab",
				fault->link.raw);
	emit(rules, &f, NULL);
}

void rules_cpu_partial_count(const struct rules *rules, const struct slab_state *slab,
			     uint64_t expected)
{
	struct finding f = slab_finding(rules, FINDING_CPU_PARTIAL_COUNT, slab);

	set_slot(&f, slab->page + rules->layout->slab.slabs.offset, "slab->slabs", slab->slabs);
	set_expected(&f, expected);
	finding_message(&f,
			"the slab says that %" PRIu64 " slabs start with it, but there are "
			"%" PRIu64,
			slab->slabs, expected);
	emit(rules, &f, slab);
}

void rules_node_link(const struct rules *rules, const struct node_state *node,
		     const struct link_fault *fault)
{
	const struct list_fault *link = &fault->link;
	struct finding f =
		finding_new(rules, status_id(link->status, FINDING_PARTIAL_LINK), PLACE_NODE);

	f.node = node->node;
	if (fault->holder)
		set_slab(&f, fault->holder, 0);
	set_slot(&f, link->slot, fault->slot_name, link->raw);
	if (link->expected)
		set_expected(&f, link->expected);
	if (link->status == TARGET_ABSENT)
		finding_message(&f, "the next partial slab of node %d is not in the dump",
				node->node);
	else if (link->well_formed)
		finding_message(&f, "the neighbours on the list do not agree");
	else
		finding_message(&f, "points to 0x%" PRIx64 ", which is not a slab of this cache",
				link->raw);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_LINK, .link = link, .locked = node->locked }));
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
				node->status == TARGET_OK	? "is not a kmem_cache_node"
				: node->status == TARGET_ABSENT ? "is not in the dump"
								: "is in unmapped memory");
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
	finding_message(&f, "nr_partial is %" PRIu64 ", but %" PRIu64 " slabs are on the list",
			node->nr_partial, node->counted);
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_COUNTER,
						      .locked = node->locked }));
	emit(rules, &f, NULL);
}

/*
 * alloc_debug_processing() marks all objects of a slab that fails a check as used, and its caller takes
 * no more from it. The mark that it did so is the frozen bit since 6.12 (dbc16915279a, and backported to
 * 6.1), where slabs of debug caches are not frozen otherwise. Before 6.1 the slab stays frozen as its CPU
 * had it, and looks like one that a CPU is just taking; from 6.1 on without that mark it looks full, but
 * holds objects that look free. In both the kernel's taint says that it did complain.
 */
static bool is_disabled(const struct rules *rules, const struct slab_state *slab,
			const struct node_state *node)
{
	const struct layout *layout = rules->layout;

	if (!cache_is_debug(rules->cache, layout) || slab->freelist ||
	    slab->count.inuse != slab->count.objects || layout->kernel.complained == COMPLAINT_NO)
		return false;
	if (slab->count.frozen && layout->debug_under_lock)
		return true;
	if (layout->kernel.complained != COMPLAINT_YES || (node && node->locked))
		return false;
	return slab->count.frozen || contents_count(rules, slab, node).free_objects;
}

static void disabled_judge(const struct rules *rules, const struct slab_state *slab,
			   const struct node_state *node)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_DISABLED, slab);
	struct rules after = *rules;
	unsigned int damaged;

	after.disabled = true;
	damaged = contents_count(&after, slab, node).damaged;
	set_counters(&f, rules, slab);
	if (damaged)
		finding_message(&f,
				"the kernel marked all %u objects as used after a failed check; "
				"%u check%s now (see below)",
				slab->count.objects, damaged, damaged == 1 ? " fails" : "s fail");
	else
		finding_message(&f,
				"the kernel marked all %u objects as used after a failed check; no "
				"check fails now, since the kernel restores the bytes: see its log",
				slab->count.objects);
	emit(rules, &f, slab);
	rules_contents(&after, slab, node);
}

bool rules_no_list(const struct rules *rules, const struct slab_state *slab,
		   const struct node_state *node)
{
	bool full = !slab->freelist && slab->count.inuse == slab->count.objects;
	const struct excuse *on_way;
	struct finding f;

	if (is_disabled(rules, slab, node)) {
		disabled_judge(rules, slab, node);
		return false;
	}
	if (full && (!slab->count.frozen || frozen_for_good(rules))) {
		/* Full slabs are on no list, and that is all there is to judge. */
		rules_slab(rules, slab, NULL, node);
		return false;
	}
	on_way = excuse_find(&(struct excuse_case){
		.breach = BREACH_NO_LIST, .rules = rules, .slab = slab, .node = node });
	if (on_way) {
		f = slab_finding(rules, FINDING_SLAB_INFLIGHT, slab);
		excuse(&f, on_way);
		finding_message(&f, "%u of %u in use, %sfrozen, on no list", slab->count.inuse,
				slab->count.objects, slab->count.frozen ? "" : "not ");
		emit(rules, &f, slab);
		return true;
	}
	f = slab_finding(rules, FINDING_SLAB_LOST, slab);
	finding_message(&f, "%u of %u objects are in use, but no list leads to the slab%s",
			slab->count.inuse, slab->count.objects,
			rules->broken ? ": a list of the cache breaks off" : "");
	if (rules->broken)
		f.severity = SEVERITY_NOTE;
	emit(rules, &f, slab);
	rules_slab(rules, slab, NULL, node);
	return false;
}

void rules_unknown_cache(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (!slab->cache) {
		f = slab_finding(rules, FINDING_SLAB_INFLIGHT, slab);
		finding_message(&f, "a slab page without a cache, on no list");
	} else {
		f = slab_finding(rules, FINDING_SLAB_CACHE, slab);
		set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache",
			 slab->cache);
		finding_message(&f, "slab_cache 0x%" PRIx64 " is not a cache on slab_caches",
				slab->cache);
	}
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_OWNER, .rules = rules, .slab = slab }));
	emit(rules, &f, slab);
}

/* One of the two counters, for all nodes, and what it counts. */
struct total {
	enum finding_id id;
	const char *name;
	uint64_t slot;
	struct excuse_total of;
	uint64_t in_flight;
};

static void total_message(struct finding *f, const struct total *t, bool agree)
{
	uint64_t low =
		t->of.counted - (t->in_flight < t->of.counted ? t->in_flight : t->of.counted);
	uint64_t high = t->of.counted + t->of.hidden;

	if (low == high)
		finding_message(f, "%s%s is %" PRIu64 ", but memory holds %" PRIu64 "%s", t->name,
				f->node < 0 ? " of all nodes" : "", t->of.said, t->of.counted,
				agree ? ": the other counter agrees with it, so slab pages were "
					"overwritten or freed past the allocator"
				      : "");
	else
		finding_message(f,
				"%s%s is %" PRIu64 ", but memory holds %" PRIu64 " to "
				"%" PRIu64 ": slabs were damaged or in flight",
				t->name, f->node < 0 ? " of all nodes" : "", t->of.said, low, high);
}

/* @agree: the other counter is off by just as many slabs. */
static void total_judge(const struct rules *rules, int node, const struct total *t, bool agree)
{
	struct finding f;

	/* Told already: those slabs are damaged, and the counter is right. */
	if (t->of.said >= t->of.counted && t->of.said - t->of.counted <= t->of.hidden)
		return;
	f = finding_new(rules, t->id, PLACE_NODE);
	f.node = node;
	/* The sum over several nodes is the word of none of them. */
	if (node >= 0)
		set_slot(&f, t->slot, t->name, t->of.said);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_TOTAL, .rules = rules, .total = &t->of }));
	if (!f.excuse && node >= 0 && !t->of.hidden && !t->in_flight && !agree)
		set_expected(&f, t->of.counted);
	total_message(&f, t, agree && t->of.said > t->of.counted && f.severity == SEVERITY_CORRUPT);
	emit(rules, &f, NULL);
}

void rules_totals(const struct rules *rules, const struct scan_totals *t)
{
	/* For an instruction or two a new slab looks full: no more of those than CPUs. */
	uint64_t slabs = t->in_flight + rules->layout->kernel.nr_cpus;
	uint64_t each = oo_objects(rules->cache->max);
	/* Below 0 they wrap, and so does what they are compared with. */
	uint64_t missing = t->said_slabs - t->slabs;
	uint64_t gone = t->said_objects - t->objects;
	const struct total nr_slabs = {
		.id = FINDING_NODE_SLABS,
		.name = "nr_slabs",
		.slot = t->slot_slabs,
		.of = { t->said_slabs, t->slabs, t->hidden, slabs },
		.in_flight = t->in_flight,
	};
	const struct total total_objects = {
		.id = FINDING_NODE_OBJECTS,
		.name = "total_objects",
		.slot = t->slot_objects,
		.of = { t->said_objects, t->objects, t->hidden * each, slabs * each },
		.in_flight = t->in_flight * each,
	};
	bool agree = missing && (gone == missing * oo_objects(rules->cache->oo) ||
				 gone == missing * oo_objects(rules->cache->min));

	total_judge(rules, t->node, &nr_slabs, agree);
	total_judge(rules, t->node, &total_objects, agree);
}
