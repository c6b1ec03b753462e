/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on a slab's descriptor, on the list that it was found on. */
#include "checker/slub/rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "decoders/slab.h"

/* Whether something beside the pointer that led here says that the page is a slab of the cache. */
static bool page_is_vouched_for(const struct rules *rules, const struct slab_state *slab,
				const struct cpu_state *cpu)
{
	uint64_t bytes = slab->page_size << oo_order(rules->cache->oo);

	if (slab->cache == rules->cache->addr)
		return true;
	if (slab->role == ROLE_CPU && cpu && cpu->freelist && cache_walkable(rules->cache))
		return cpu->freelist - slab->base < bytes;
	/* Its other link leads to where the one that led here lies. */
	return slab->role == ROLE_NODE_PARTIAL && slab->slot &&
	       (slab->list_prev == slab->slot || slab->list_next == slab->slot - 8);
}

static const struct excuse *page_excuse(const struct rules *rules, const struct slab_state *slab,
					const struct cpu_state *cpu)
{
	return excuse_find(&(struct excuse_case){
		.breach = BREACH_CPU_PAGE, .rules = rules, .slab = slab, .cpu = cpu });
}

enum page_state rules_page(const struct rules *rules, const struct slab_state *slab,
			   const struct cpu_state *cpu)
{
	if (slab->status == TARGET_ABSENT)
		return PAGE_ABSENT;
	if (slab->status != TARGET_OK)
		return PAGE_POINTER;
	if (slab->is_slab)
		return PAGE_SLAB;
	if (page_excuse(rules, slab, cpu))
		return PAGE_FREED;
	if (page_is_vouched_for(rules, slab, cpu))
		return PAGE_UNMARKED;
	return slab->tail ? PAGE_POINTER : PAGE_EITHER;
}

/* The word that should say that the page is a slab. */
static void set_mark(struct finding *f, const struct rules *rules, const struct slab_state *slab)
{
	const struct layout *layout = rules->layout;
	const struct layout_slab *m = &layout->slab;

	if (layout->slab_test == SLAB_TEST_FLAG) {
		set_slot(f, slab->page + m->flags.offset, "flags", slab->flags);
		return;
	}
	set_slot(f, slab->page + m->page_type.offset, "page_type", slab->type);
	/* Of a slab the other 24 bits are 0. */
	if (layout->slab_test == SLAB_TEST_TYPE_BYTE)
		set_expected(f, layout->slab_test_value << 24);
}

static void mark_describe(const struct rules *rules, const struct slab_state *slab, char *buf,
			  size_t len)
{
	bool flag = rules->layout->slab_test == SLAB_TEST_FLAG;

	if (slab->tail)
		snprintf(buf, len, "it is a tail page");
	else
		snprintf(buf, len,
			 flag ? "flags 0x%" PRIx64 " do not mark it as a slab"
			      : "page_type 0x%" PRIx64 " does not mark it as a slab",
			 flag ? slab->flags : slab->type);
}

/* The pointer that led here: a list leads to the entry in the descriptor. */
static void set_pointer(struct finding *f, const struct rules *rules, const struct slab_state *slab)
{
	uint64_t to = slab->page;

	if (slab->role == ROLE_NODE_PARTIAL)
		to += rules->layout->slab.list.offset;
	set_slot(f, slab->slot, slab->role == ROLE_CPU ? "c->slab" : "slab pointer", to);
}

/* The pointer that led here is not that of a slab, or what it leads to is not in the dump. */
static void page_judge(const struct rules *rules, const struct slab_state *slab,
		       const struct cpu_state *cpu)
{
	struct finding f = slab_finding(rules, status_id(slab->status, FINDING_SLAB_PAGE), slab);
	enum page_state state = rules_page(rules, slab, cpu);
	char why[80];

	if (state == PAGE_UNMARKED && !slab->tail)
		set_mark(&f, rules, slab);
	else if (slab->slot)
		set_pointer(&f, rules, slab);
	mark_describe(rules, slab, why, sizeof(why));
	switch (state) {
	case PAGE_SLAB:
	case PAGE_ABSENT:
		finding_message(&f, "the descriptor of this slab is not in the dump");
		break;
	case PAGE_FREED:
		finding_message(&f, "not a slab page: %s", why);
		excuse(&f, page_excuse(rules, slab, cpu));
		break;
	case PAGE_UNMARKED:
		finding_message(&f, "not a slab page any more: %s; the pointer to it is right",
				why);
		break;
	case PAGE_POINTER:
		finding_message(&f, "0x%" PRIx64 " is not the address of a slab%s%s", slab->page,
				slab->status == TARGET_OK ? ": " : "",
				slab->status == TARGET_OK ? why : "'s struct page");
		break;
	case PAGE_EITHER:
		finding_message(&f,
				"not a slab page: %s; either its mark or the pointer was "
				"overwritten",
				why);
		break;
	}
	emit(rules, &f, slab);
}

/* A CPU's slab was freed and has a new owner, whose lists are not those of this cache. */
static const struct excuse *reuse_excuse(const struct rules *rules, const struct slab_state *slab,
					 const struct cpu_state *cpu)
{
	return slab->walked && slab_lists_end(slab) ? NULL : page_excuse(rules, slab, cpu);
}

static bool owner_judge(const struct rules *rules, const struct slab_state *slab,
			const struct cpu_state *cpu)
{
	struct finding f;

	if (slab->cache == rules->cache->addr)
		return true;
	f = slab_finding(rules, FINDING_SLAB_CACHE, slab);
	set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache", slab->cache);
	set_expected(&f, rules->cache->addr);
	finding_message(&f, "slab_cache is 0x%" PRIx64 ", not this cache", slab->cache);
	excuse(&f, reuse_excuse(rules, slab, cpu));
	emit(rules, &f, slab);
	return false;
}

/* Of a slab on no list either its counters or its slab_cache may be what is wrong. */
static bool owner_in_doubt(const struct slab_state *slab)
{
	return slab->role == ROLE_NO_LIST && slab->count.objects != slab->objects;
}

static void counters_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (slab->order_known && !cache_order_legal(rules->cache, slab->order)) {
		f = slab_finding(rules, FINDING_SLAB_ORDER, slab);
		if (oo_order(rules->cache->max) != oo_order(rules->cache->oo))
			finding_message(&f,
					"the order is %u, but the cache allocated orders %u "
					"to %u",
					slab->order, oo_order(rules->cache->min),
					oo_order(rules->cache->max));
		else
			finding_message(&f,
					"the order is %u, but the cache allocates order %u "
					"or %u",
					slab->order, oo_order(rules->cache->oo),
					oo_order(rules->cache->min));
		emit(rules, &f, slab);
	}
	if (slab->count.objects != slab->objects) {
		f = slab_finding(rules, FINDING_SLAB_OBJECTS, slab);
		set_counters(&f, rules, slab);
		if (!owner_in_doubt(slab))
			expect_counters(&f, slab, (uint16_t)slab->objects, slab->count.inuse,
					slab->count.frozen);
		finding_message(&f, "the slab says that it holds %u objects, but %u fit",
				slab->count.objects, slab->objects);
		emit(rules, &f, slab);
	}
	if (slab->count.inuse > slab->objects && !owner_in_doubt(slab)) {
		f = slab_finding(rules, FINDING_SLAB_INUSE, slab);
		set_counters(&f, rules, slab);
		if (slab->own.end == WALK_END)
			expect_counters(&f, slab, slab->count.objects,
					(uint16_t)(slab->objects - slab->own.length),
					slab->count.frozen);
		finding_message(&f, "%u of %u objects are in use", slab->count.inuse,
				slab->objects);
		emit(rules, &f, slab);
	}
}

/* Why a frozen slab is not one that the kernel took out of use. */
static const char *frozen_why_not(const struct rules *rules)
{
	if (!cache_is_debug(rules->cache, rules->layout))
		return "this cache has no such checks";
	if (rules->layout->kernel.complained == COMPLAINT_NO)
		return "no check has failed";
	return "such slabs have no free object and are on no list";
}

static const char *role_slabs(enum slab_role role)
{
	switch (role) {
	case ROLE_CPU:
		return "cpu slabs";
	case ROLE_CPU_PARTIAL:
		return "slabs on a cpu partial list";
	case ROLE_NODE_PARTIAL:
		return "slabs on a node partial list";
	default:
		return "slabs on no list";
	}
}

static void frozen_judge(const struct rules *rules, const struct slab_state *slab,
			 const struct cpu_state *cpu, const struct node_state *node)
{
	bool expected = slab->role == ROLE_CPU ||
			(slab->role == ROLE_CPU_PARTIAL && rules->layout->cpu_partial_frozen);
	struct finding f;

	if (slab->count.frozen == expected)
		return;
	f = slab_finding(rules, FINDING_SLAB_FROZEN, slab);
	set_counters(&f, rules, slab);
	expect_counters(&f, slab, slab->count.objects, slab->count.inuse, expected);
	if (slab->count.frozen && frozen_for_good(rules))
		finding_message(&f,
				"the slab is frozen; the kernel freezes only slabs that failed a "
				"check of slub_debug, and %s",
				frozen_why_not(rules));
	else
		finding_message(&f,
				slab->count.frozen ? "the slab is frozen; %s never are"
						   : "the slab is not frozen; %s always are",
				role_slabs(slab->role));
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_FROZEN,
						      .rules = rules,
						      .slab = slab,
						      .cpu = cpu,
						      .node = node }));
	emit(rules, &f, slab);
}

static void partial_flag_judge(const struct rules *rules, const struct slab_state *slab,
			       const struct node_state *node)
{
	uint64_t mask = rules->layout->slab_partial_mask;
	bool expected = slab->role == ROLE_NODE_PARTIAL;
	struct finding f;

	if (!mask || slab->partial == expected)
		return;
	/* Told already: a slab with free objects that is marked and on no list is lost, and a full one
	 * has no business on a list, marked or not. */
	if (slab->freelist ? slab->role == ROLE_NO_LIST
			   : expected && slab->count.inuse >= slab->objects)
		return;
	f = slab_finding(rules, FINDING_SLAB_PARTIAL_FLAG, slab);
	set_slot(&f, slab->page + rules->layout->slab.flags.offset, "flags", slab->flags);
	set_expected(&f, slab->flags ^ mask);
	finding_message(&f, "the partial flag says that the slab is %son a node partial list",
			slab->partial ? "" : "not ");
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_MARK, .node = node }));
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
	finding_message(&f, "the slab has no free object: %u of %u are in use", slab->count.inuse,
			slab->objects);
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_FULL, .rules = rules, .slab = slab, .node = node }));
	emit(rules, &f, slab);
}

/*
 * __free_slab() takes the mark away before it gives the page back, and a page has its reference before it is
 * marked: nothing passes through this.
 */
static void held_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (!rules->pages_held || slab->refcount)
		return;
	f = slab_finding(rules, FINDING_SLAB_FREED, slab);
	set_slot(&f, slab->page + rules->layout->slab.refcount.offset, "_refcount", 0);
	set_rest(&f, f.slot, rules->layout->slab.refcount.size, 0);
	set_expected(&f, 1);
	finding_message(&f,
			"the page has no reference, as a free page, and is marked as a slab: the "
			"page allocator may give it to somebody else");
	emit(rules, &f, slab);
}

/* add_partial() is given the node that the page says it is of. */
static void nid_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (slab->role != ROLE_NODE_PARTIAL || !rules->nid_proven || slab->nid < 0 ||
	    slab->nid == slab->node || (unsigned int)slab->nid >= rules->layout->nr_nodes)
		return;
	f = slab_finding(rules, FINDING_SLAB_NODE, slab);
	set_slot(&f, slab->page + rules->layout->slab.flags.offset, "flags", slab->flags);
	finding_message(&f,
			"the page is of node %d by its flags, but it is on the partial list of "
			"node %d",
			slab->nid, slab->node);
	emit(rules, &f, slab);
}

void rules_slab(const struct rules *rules, const struct slab_state *slab,
		const struct cpu_state *cpu, const struct node_state *node)
{
	bool owned;

	if (slab->status != TARGET_OK || !slab->is_slab) {
		page_judge(rules, slab, cpu);
		return;
	}
	held_judge(rules, slab);
	owned = owner_judge(rules, slab, cpu);
	if (!slab->walked || (!owned && reuse_excuse(rules, slab, cpu)))
		return;
	/* A slab of another cache says the rest about itself; one that only lost its slab_cache
	 * still has lists that run. */
	if (!owned && !slab_lists_end(slab))
		return;
	counters_judge(rules, slab);
	if (owner_in_doubt(slab))
		return;
	frozen_judge(rules, slab, cpu, node);
	partial_flag_judge(rules, slab, node);
	nid_judge(rules, slab);
	full_judge(rules, slab, node);
	freelists_judge(rules, slab, node);
	rules_contents(rules, slab, node);
}

static const char *role_text(const struct slab_seen *t, char *buf, size_t len)
{
	switch (t->role) {
	case ROLE_CPU:
		snprintf(buf, len, "the slab of CPU %d", t->cpu);
		break;
	case ROLE_CPU_PARTIAL:
		snprintf(buf, len, "on the partial list of CPU %d", t->cpu);
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

bool rules_slab_seen(const struct rules *rules, const struct slab_state *slab,
		     const struct slab_seen *before, const struct slab_seen *now,
		     const struct node_state *node)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_DUPLICATE, slab);
	char here[64], there[64];

	if (slab->slot)
		set_pointer(&f, rules, slab);
	if (before->slot)
		set_rest(&f, before->slot, 8,
			 slab->page + (before->role == ROLE_NODE_PARTIAL
					       ? rules->layout->slab.list.offset
					       : 0));
	finding_message(&f, "the slab is %s and also %s", role_text(before, there, sizeof(there)),
			role_text(now, here, sizeof(here)));
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_SEEN,
						      .rules = rules,
						      .slab = slab,
						      .node = node,
						      .before = before,
						      .now = now }));
	emit(rules, &f, slab);
	return f.excuse;
}
