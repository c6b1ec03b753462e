/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/rules_excuse.h"

#include "checker/slub/rules_finding.h"

static bool is_locked(const struct node_state *node)
{
	return node && node->locked;
}

/*
 * Caches with slub_debug options: alloc_single_from_partial() and free_to_partial_list() change
 * freelist, inuse and the list one after the other under list_lock (6.1, c7323a5ad078). With
 * SLUB_TINY that is so for all caches. Without CPU slabs get_from_partial_node() takes the last
 * object of a slab before it unlinks it (7.0).
 */
static bool changed_on_list(const struct rules *rules, const struct node_state *node)
{
	return is_locked(node) &&
	       (!rules->layout->has_cpu_slabs || cache_is_debug(rules->cache, rules->layout));
}

/*
 * acquire_slab() takes a slab with one compare-and-exchange and unlinks it afterwards, all under
 * list_lock (to 6.7). The first slab that get_partial_node() takes loses its freelist at once, the
 * others keep it.
 */
static bool being_acquired(const struct rules *rules, const struct slab_state *slab,
			   const struct node_state *node)
{
	return is_locked(node) && slab->count.frozen && rules->layout->has_cpu_slabs;
}

/* Whether one of the lists leads on to what the dump lacks. */
static bool list_absent(const struct slab_state *slab)
{
	return slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT;
}

bool excuse_frozen(const struct rules *rules, const struct slab_state *slab,
		   const struct cpu_state *cpu, const struct node_state *node)
{
	const struct layout *layout = rules->layout;

	if (slab->role == ROLE_NODE_PARTIAL)
		return being_acquired(rules, slab, node);
	if (slab->role != ROLE_CPU || !cpu)
		return false;
	/* deactivate_slab() has unfrozen it, and c->page is still to be cleared. Its objects are on
	 * its list, or others have taken all of them already; what the dump lacks may be either. */
	if (layout->deactivates_in_place &&
	    (slab->shared == slab->cpu_list.length || !slab->freelist || list_absent(slab)))
		return true;
	/* get_freelist() unfreezes a slab that has run empty before c->slab is cleared. From 6.8 on
	 * slabs come from the chain unfrozen, and c->slab is set before get_freelist() freezes. */
	return !cpu->freelist && (!slab->freelist || !layout->cpu_partial_frozen);
}

bool excuse_cpu_page(const struct rules *rules, const struct slab_state *slab,
		     const struct cpu_state *cpu)
{
	uint64_t bytes;

	/* deactivate_slab() has given an empty slab back to the page allocator, and c->page is still
	 * to be cleared; c->freelist leads where the slab was. */
	if (!rules->layout->deactivates_in_place || slab->role != ROLE_CPU || !cpu)
		return false;
	bytes = slab->page_size << oo_order(rules->cache->oo);
	return !cpu->freelist || cpu->freelist - slab->base < bytes;
}

bool excuse_full(const struct rules *rules, const struct slab_state *slab,
		 const struct node_state *node)
{
	return being_acquired(rules, slab, node) || changed_on_list(rules, node);
}

bool excuse_count(const struct rules *rules, const struct slab_state *slab,
		  const struct node_state *node)
{
	/* Without a 16-byte compare-and-exchange the two words change one after the other, under
	 * slab_lock(). */
	return slab->locked || changed_on_list(rules, node);
}

/*
 * deactivate_slab() moves the CPU's objects to the slab's freelist one by one (to 5.10) or at once
 * (to 5.14), and c->freelist still leads into them: then all of that list is shared. Each object is
 * linked to that freelist before it becomes its head: then all but this one, which is the first
 * that c->freelist leads to.
 */
bool excuse_shared(const struct rules *rules, const struct slab_state *slab)
{
	uint32_t length = slab->cpu_list.length;

	/* Each step of it sets freelist and counters together. */
	if (!rules->layout->deactivates_in_place ||
	    (slab->own.end == WALK_END && slab->own.length + slab->count.inuse != slab->objects))
		return false;
	return slab->shared == length ||
	       (slab->shared + 1 == length && slab->cpu_list.hop[slab->first_shared] == 2);
}

/*
 * ___slab_alloc() moves the head of the chain to c->slab before it advances the chain, and takes
 * its freelist later. get_freelist() lets go of an empty slab, which others may free to and take
 * at once, onto their chain and then as their own slab, before c->slab is cleared. In both the CPU
 * of c->slab has no freelist.
 */
static bool being_passed_on(const struct slab_twice *a, const struct slab_twice *b)
{
	return a->role == ROLE_CPU && a->idle &&
	       (b->role == ROLE_CPU_PARTIAL || b->role == ROLE_CPU);
}

/*
 * deactivate_slab() (to 5.14) lets go of list_lock before c->page and c->freelist are cleared. By then
 * another CPU may have taken the slab from the node's list, as its own (acquire_slab()) or onto its
 * partial list (get_partial_node()).
 */
static bool taken_meanwhile(const struct slab_twice *a, const struct slab_twice *b)
{
	bool gives = a->role == ROLE_CPU || b->role == ROLE_CPU;
	bool both = (a->role == ROLE_CPU || a->role == ROLE_CPU_PARTIAL) &&
		    (b->role == ROLE_CPU || b->role == ROLE_CPU_PARTIAL);

	return gives && both && a->cpu != b->cpu;
}

bool excuse_twice(const struct rules *rules, const struct slab_state *slab,
		  const struct slab_twice *a, const struct slab_twice *b,
		  const struct node_state *node)
{
	/* deactivate_slab() puts it on the node's list while it still is frozen, under list_lock. Once
	 * that is dropped it is not frozen, and c->page is still to be cleared. */
	if (rules->layout->deactivates_in_place && a->role == ROLE_CPU &&
	    b->role == ROLE_NODE_PARTIAL)
		return is_locked(node) || !slab->count.frozen;
	if (rules->layout->deactivates_in_place && taken_meanwhile(a, b))
		return true;
	/* CPUs are walked before nodes, but not in the order in which slabs pass between them. */
	return being_passed_on(a, b) || being_passed_on(b, a);
}

bool excuse_no_list(const struct rules *rules, const struct slab_state *slab,
		    const struct node_state *node)
{
	/* Since 6.8 the list and the mark of being on it change together under list_lock
	 * (remove_partial(), get_partial_node_bulk(), __refill_objects_node()). */
	if (slab->partial)
		return is_locked(node);
	if (slab->count.frozen && frozen_for_good(rules))
		return false;
	/* Slabs of debug caches are changed under list_lock, and just made or about to be freed
	 * otherwise. alloc_single_from_new_slab() takes an object first. */
	if (rules->layout->debug_under_lock && cache_is_debug(rules->cache, rules->layout))
		return slab->count.inuse <= 1 || is_locked(node);
	/* On its way between a CPU and a node slabs are frozen (put_cpu_partial(),
	 * deactivate_slab(), get_partial_node()). From 6.8 on they are not (8cd3fa428b56), and no
	 * lock is held. Without CPU slabs __refill_objects_node() has them on a list on its stack,
	 * and alloc_from_new_slab() has made them (7.0). What is not marked is on its way. */
	if (slab->count.frozen || !rules->layout->cpu_partial_frozen)
		return true;
	/* Just made, or about to be freed. */
	return !slab->count.inuse || is_locked(node);
}

bool excuse_partial_flag(const struct node_state *node)
{
	/* __add_partial() links, then marks; remove_partial() unlinks, then clears the mark; and
	 * get_partial_node_bulk() clears the marks first. All of that under list_lock. */
	return is_locked(node);
}

bool excuse_link(bool locked, const struct list_fault *fault)
{
	/* Adding and removing takes several stores under the lock, and for a moment the list of
	 * __kmem_cache_do_shrink() or barn_shrink() ends in a head on its stack. A link that leads to
	 * anything else was never stored by any of them. Who comes from behind may meet an entry that
	 * list_add() has only told the one behind it of: what it holds is what was there before,
	 * LIST_POISON or another member of the union. */
	return locked && (fault->well_formed || fault->to_head || fault->behind);
}

bool excuse_contents(const struct rules *rules, const struct slab_state *slab)
{
	/* Slabs that are on no list and not full are just being made (allocate_slab() fills them), or
	 * freed and about to be somebody else's. */
	if (slab->role == ROLE_NO_LIST)
		return slab->freelist || slab->count.inuse != slab->objects;
	/* deactivate_slab() has given it back, and c->page is still to be cleared: by now it may be
	 * anybody's. */
	return rules->layout->deactivates_in_place && slab->role == ROLE_CPU && !slab->count.frozen;
}

bool excuse_object(const struct rules *rules, const struct slab_state *slab,
		   const struct node_state *node)
{
	/* Since 6.1 init_object() is called under list_lock (alloc_single_from_partial(),
	 * free_debug_processing()), or for the first object of a slab that nobody else knows
	 * (alloc_single_from_new_slab()). */
	if (rules->layout->debug_under_lock)
		return is_locked(node) || (slab->role == ROLE_NO_LIST && slab->count.inuse <= 1);
	/* Before, alloc_debug_processing() fills an object of the CPU's slab, which is frozen;
	 * free_debug_processing() holds slab_lock(). */
	return slab->count.frozen || slab->locked;
}

/*
 * Sheaves change under the lock of their CPU, which interrupts do not wait for, and those of a dead CPU
 * under none: __pcs_flush_all_cpu() frees objects and sheaves before it clears size and pointers.
 *
 * barn_replace_empty_sheaf(), barn_replace_full_sheaf() and barn_put_empty_sheaf() give a sheaf to
 * the barn before pcs->main or pcs->spare leads to another one (__pcs_replace_empty_main(),
 * __pcs_replace_full_main(), alloc_from_pcs_bulk(), free_to_pcs_bulk()). By then others may have
 * taken it from the barn, and even freed it.
 */
static bool may_be_stale(const struct sheaf *sheaf)
{
	return sheaf->dying ||
	       (sheaf->locked && (sheaf->role == SHEAF_MAIN || sheaf->role == SHEAF_SPARE));
}

bool excuse_sheaf(const struct sheaf *sheaf)
{
	/* Also a stale pointer leads to memory. */
	return may_be_stale(sheaf) && sheaf->status == TARGET_OK;
}

bool excuse_sheaf_twice(const struct sheaf *a, const struct sheaf *b)
{
	/* Within a CPU main and spare are swapped, main becomes spare and spare rcu_free, by one
	 * pointer after the other (__pcs_install_empty_sheaf(), __kfree_rcu_sheaf()). */
	return a->locked || b->locked || a->dying || b->dying;
}

bool excuse_entry(const struct sheaf *sheaf, uint32_t entry)
{
	/* free_to_pcs() and __kfree_rcu_sheaf() raise size and store the object in one expression, so
	 * that a compiler may do the former first: the last entry is then what was there before. */
	return sheaf->dying ||
	       (sheaf->locked && (sheaf->role == SHEAF_MAIN || sheaf->role == SHEAF_RCU_FREE) &&
		entry + 1 == sheaf->size);
}
