/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_alloc(): from the CPU's array, which is refilled from the shared one, from slabs, from new slabs. */
#include "model/slab/slab.h"

static uint64_t this_array(struct model *m, uint64_t s)
{
	return slab_cpu_array(m, s, m->run->cpu);
}

static unsigned int this_node(const struct model *m)
{
	return cpu_node(m, m->run->cpu);
}

/* GFP_SLAB_BUG_MASK until 4.6; a warning later. And the cache and the caller agree on DMA, until 4.6. */
static uint32_t gfp_check(struct model *m, uint64_t s, uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;
	uint32_t bad = gfp & (g->dma32 | g->highmem | ~g->bits);

	if (!has(m, BAD_GFP_WARNS)) {
		bool dma = get(m, s, cache_gfp) & g->dma;

		BUG_IF(m, bad);
		BUG_IF(m, dma != !!(gfp & g->dma));
		return gfp;
	}
	if (bad)
		model_report(m, MODEL_REPORT_BAD_GFP, "Unexpected gfp: %#x. Fixing up to gfp: %#x.",
			     bad, gfp & ~bad);
	return gfp & ~bad;
}

/* Interrupts are on while somebody who may sleep gets pages. */
static void irqs_let(struct model *m, uint32_t gfp)
{
	if (gfp_may_block(m, gfp))
		irq_restore(m);
}

static void irqs_hold(struct model *m, uint32_t gfp)
{
	if (gfp_may_block(m, gfp))
		irq_save(m);
}

/* Bytes by which the next slab begins later. Until 4.7 that of the counter, then it is advanced. */
static uint32_t colour_take(struct model *m, uint64_t s, uint64_t n)
{
	uint64_t at = AT(m, n, l3_colour_next), colours = get64(m, AT(m, s, cache_colour));
	uint32_t offset = get32(m, at);

	put32(m, at, get32(m, at) + 1);
	if (get32(m, at) >= colours)
		put32(m, at, 0);
	if (!slab_has(m, ONE_ITERATION))
		offset = get32(m, at);
	if (offset >= colours)
		offset = 0;
	return offset * get32(m, AT(m, s, cache_colour_off));
}

/*
 * cache_grow(), to 4.7: a new slab is listed as free, and then looked for there.
 * @page: pages that are a slab's already, or 0
 */
static bool cache_grow(struct model *m, uint64_t s, uint32_t gfp, unsigned int node, uint64_t page)
{
	uint64_t n = slab_get_node(m, s, node), slab;
	uint32_t offset;

	gfp = gfp_check(m, s, gfp);
	l3_lock(m, n);
	offset = colour_take(m, s, n);
	l3_unlock(m, n);
	irqs_let(m, gfp);
	if (!page)
		page = slab_pages_make(m, s, gfp, (int)node);
	slab = page ? slab_make(m, s, page, offset, gfp, node) : 0;
	irqs_hold(m, gfp);
	if (!slab)
		return false;
	l3_lock(m, n);
	list_add_tail(m, AT(m, slab, slab_link), AT(m, n, l3_free));
	put64(m, AT(m, n, l3_free_objects), get64(m, AT(m, n, l3_free_objects)) + slab_num(m, s));
	l3_unlock(m, n);
	return true;
}

/* cache_grow_begin(), 4.8 (76b342bdc71b): the slab is on no list yet. @node: a wish or, with THISNODE, more. */
static uint64_t grow_begin(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	uint64_t page, slab = 0;
	unsigned int home;
	uint32_t offset;

	gfp = gfp_check(m, s, gfp);
	irqs_let(m, gfp);
	page = slab_pages_make(m, s, gfp, node);
	if (page) {
		home = page_node(m, page);
		offset = colour_take(m, s, slab_get_node(m, s, home));
		slab = slab_make(m, s, page, offset, gfp & ~m->era->gfp->thisnode, home);
	}
	irqs_hold(m, gfp);
	return slab;
}

static void grow_end(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t n, objects, hosts = 0;

	if (!slab)
		return;
	list_init(m, AT(m, slab, slab_link));
	n = slab_get_node(m, s, slab_node_of(m, slab));
	l3_lock(m, n);
	if (has_member(m, l3_total_slabs))
		put64(m, AT(m, n, l3_total_slabs), get64(m, AT(m, n, l3_total_slabs)) + 1);
	if (!slab_used(m, slab)) {
		list_add_tail(m, AT(m, slab, slab_link), AT(m, n, l3_free));
		if (has_member(m, l3_free_slabs))
			put64(m, AT(m, n, l3_free_slabs), get64(m, AT(m, n, l3_free_slabs)) + 1);
	} else {
		fixup_slab_list(m, s, n, slab, &hosts);
	}
	objects = get64(m, AT(m, n, l3_free_objects)) + slab_num(m, s) - slab_used(m, slab);
	put64(m, AT(m, n, l3_free_objects), objects);
	l3_unlock(m, n);
	debug_fixup_hosts(m, s, hosts);
}

/* alloc_block(): objects of a slab into the array; returns how many are still wanted. */
static uint32_t alloc_block(struct model *m, uint64_t s, uint64_t ac, uint64_t slab,
			    uint32_t wanted)
{
	uint32_t num = slab_num(m, s);

	BUG_IF(m, slab_used(m, slab) >= num);
	while (slab_used(m, slab) < num && wanted) {
		array_push(m, ac, slab_get_obj(m, s, slab));
		wanted--;
	}
	return wanted;
}

/* From the node's shared array, else from its slabs. */
static void refill_locked(struct model *m, uint64_t s, uint64_t n, uint64_t ac, uint32_t wanted,
			  uint64_t *hosts)
{
	uint64_t shared = get(m, n, l3_shared), slab;

	if (shared && transfer_objects(m, ac, shared, wanted)) {
		note(m, MODEL_NOTE_SHARED, shared, 0);
		if (!slab_has(m, RECEIVER_TOUCHED))
			put(m, shared, ac_touched, 1);
		return;
	}
	while (wanted) {
		slab = first_slab(m, n);
		if (!slab)
			break;
		wanted = alloc_block(m, s, ac, slab, wanted);
		fixup_slab_list(m, s, n, slab, hosts);
	}
	put64(m, AT(m, n, l3_free_objects),
	      get64(m, AT(m, n, l3_free_objects)) - slab_avail(m, ac));
}

static void refill_from_node(struct model *m, uint64_t s, uint64_t n, uint64_t ac, uint32_t wanted)
{
	uint64_t hosts = 0;

	l3_lock(m, n);
	refill_locked(m, s, n, ac, wanted, &hosts);
	l3_unlock(m, n);
	debug_fixup_hosts(m, s, hosts);
}

static uint32_t wanted_of(struct model *m, uint64_t ac)
{
	uint32_t batchcount = get32(m, AT(m, ac, ac_batchcount));

	/* Little was wanted lately: it need not be much now. */
	if (!get32(m, AT(m, ac, ac_touched)) && batchcount > BATCHREFILL_LIMIT)
		return BATCHREFILL_LIMIT;
	return batchcount;
}

/* cache_alloc_refill() to 4.7. Growing may sleep, so that the task comes back to another array. */
static uint64_t refill_and_retry(struct model *m, uint64_t s, uint32_t gfp)
{
	for (;;) {
		uint64_t ac = this_array(m, s), n = slab_get_node(m, s, this_node(m));
		bool grown;

		BUG_IF(m, slab_avail(m, ac) || !n);
		refill_from_node(m, s, n, ac, wanted_of(m, ac));
		if (slab_avail(m, ac))
			return ac;
		grown = cache_grow(m, s, gfp | m->era->gfp->thisnode, this_node(m), 0);
		ac = this_array(m, s);
		if (slab_avail(m, ac))
			return ac;
		if (!grown)
			return 0;
	}
}

/* The same since 4.8: what the new slab has comes into the array before the slab is listed. */
static uint64_t refill_and_grow(struct model *m, uint64_t s, uint32_t gfp)
{
	unsigned int node = this_node(m);
	uint64_t ac = this_array(m, s), n = slab_get_node(m, s, node), shared, slab;
	uint32_t wanted = wanted_of(m, ac), had;

	BUG_IF(m, slab_avail(m, ac) || !n);
	shared = get(m, n, l3_shared);
	if (get64(m, AT(m, n, l3_free_objects)) || (shared && slab_avail(m, shared)))
		refill_from_node(m, s, n, ac, wanted);
	if (slab_avail(m, ac))
		return ac;
	slab = grow_begin(m, s, gfp | m->era->gfp->thisnode, (int)node);
	ac = this_array(m, s);
	had = slab_avail(m, ac);
	if (!had && slab)
		alloc_block(m, s, ac, slab, wanted);
	grow_end(m, s, slab);
	return slab_avail(m, ac) ? ac : 0;
}

/* ____cache_alloc() */
static uint64_t alloc_here(struct model *m, uint64_t s, uint32_t gfp)
{
	uint64_t ac = this_array(m, s);

	m->doing = "takes an object of the CPU's array";
	if (!slab_avail(m, ac)) {
		ac = slab_has(m, ONE_ITERATION) ? refill_and_retry(m, s, gfp)
						: refill_and_grow(m, s, gfp);
		if (!ac)
			return 0;
	}
	put(m, ac, ac_touched, 1);
	note(m, MODEL_NOTE_ARRAY, slab_entry_at(m, ac, slab_avail(m, ac) - 1), 0);
	return array_pop(m, ac);
}

/* One object from the lists of a node, past all arrays. */
static uint64_t take_from_node(struct model *m, uint64_t s, uint64_t n)
{
	uint64_t slab, object = 0, hosts = 0;

	l3_lock(m, n);
	slab = first_slab(m, n);
	if (slab) {
		BUG_IF(m, slab_used(m, slab) == slab_num(m, s));
		object = slab_get_obj(m, s, slab);
		put64(m, AT(m, n, l3_free_objects), get64(m, AT(m, n, l3_free_objects)) - 1);
		fixup_slab_list(m, s, n, slab, &hosts);
	}
	l3_unlock(m, n);
	debug_fixup_hosts(m, s, hosts);
	return object;
}

/* ____cache_alloc_node() without its last resort. */
static uint64_t alloc_on(struct model *m, uint64_t s, uint32_t gfp, unsigned int node)
{
	uint64_t n = slab_get_node(m, s, node), object, slab;

	BUG_IF(m, !n);
	gfp |= m->era->gfp->thisnode;
	for (;;) {
		object = take_from_node(m, s, n);
		if (object)
			return object;
		if (!slab_has(m, ONE_ITERATION))
			break;
		if (!cache_grow(m, s, gfp, node, 0))
			return 0;
	}
	slab = grow_begin(m, s, gfp, (int)node);
	if (slab)
		object = slab_get_obj(m, s, slab);
	grow_end(m, s, slab);
	return object;
}

/* fallback_alloc(): what any node has, then pages of any node. */
static uint64_t alloc_anywhere(struct model *m, uint64_t s, uint32_t gfp)
{
	uint64_t object = 0, n, page, slab;

	if (gfp & m->era->gfp->thisnode)
		return 0;
	for (unsigned int node = 0; !object && node < m->nr_nodes; node++) {
		n = slab_get_node(m, s, node);
		if (n && get64(m, AT(m, n, l3_free_objects)))
			object = alloc_on(m, s, gfp, node);
	}
	if (object)
		return object;
	if (!slab_has(m, ONE_ITERATION)) {
		slab = grow_begin(m, s, gfp, MODEL_ANY_NODE);
		grow_end(m, s, slab);
		return slab ? alloc_on(m, s, gfp, slab_node_of(m, slab)) : 0;
	}
	irqs_let(m, gfp);
	page = slab_pages_make(m, s, gfp, MODEL_ANY_NODE);
	irqs_hold(m, gfp);
	if (!page || !cache_grow(m, s, gfp, page_node(m, page), page))
		return 0;
	return alloc_on(m, s, gfp, page_node(m, page));
}

uint64_t slab_alloc_object(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	uint64_t slot = 0;
	unsigned int at = node == MODEL_ANY_NODE ? this_node(m) : (unsigned int)node;

	if (m->atomic[m->run->cpu] && gfp_may_block(m, gfp))
		model_report(m, MODEL_REPORT_SLEEPING,
			     "BUG: sleeping function called from invalid context: gfp %#x",
			     gfp & m->era->gfp->bits);
	if (m->fail_slab && s != m->cache_cache && !(gfp & m->era->gfp->nofail) && !--m->fail_slab)
		return 0;
	irq_save(m);
	if (at == this_node(m))
		slot = alloc_here(m, s, gfp);
	if (!slot)
		slot = alloc_on(m, s, gfp, at);
	if (!slot)
		slot = alloc_anywhere(m, s, gfp);
	irq_restore(m);
	if (!slot)
		return 0;
	debug_after_alloc(m, s, slot);
	if (gfp & m->era->gfp->zero)
		model_fill(m, slot + slab_offset(m, s), 0, slab_user_size(m, s));
	return slot + slab_offset(m, s);
}
