/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/rules_excuse.h"

#include "checker/slub/rules_finding.h"

static bool node_locked(const struct excuse_case *c)
{
	return c->node && c->node->locked;
}

/* Debug caches since 6.1: no slab of theirs is a CPU's, and all changes are made under list_lock. */
static bool is_debug_under_lock(const struct excuse_case *c)
{
	return c->rules->layout->debug_under_lock &&
	       cache_is_debug(c->rules->cache, c->rules->layout);
}

/* Whether one of the lists leads on to what the dump lacks. */
static bool list_absent(const struct slab_state *slab)
{
	return slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT;
}

/* The first slab that get_partial_node() takes loses its freelist at once, the others keep it. */
static bool is_acquire_slab(const struct excuse_case *c)
{
	return c->slab->role == ROLE_NODE_PARTIAL && node_locked(c) && c->slab->count.frozen &&
	       c->rules->layout->has_cpu_slabs;
}

/* Its objects are on its list, or others have taken all of them already; what the dump lacks may be
 * either. */
static bool is_deactivate_unfrozen(const struct excuse_case *c)
{
	const struct slab_state *slab = c->slab;

	return slab->role == ROLE_CPU && c->cpu && c->rules->layout->deactivates_in_place &&
	       (slab->shared == slab->cpu_list.length || !slab->freelist || list_absent(slab));
}

static bool is_empty_unfrozen(const struct excuse_case *c)
{
	return c->slab->role == ROLE_CPU && c->cpu && !c->cpu->freelist && !c->slab->freelist;
}

/* Slabs come from the chain unfrozen, and c->slab is set before get_freelist() freezes. */
static bool is_not_yet_frozen(const struct excuse_case *c)
{
	return c->slab->role == ROLE_CPU && c->cpu && !c->cpu->freelist &&
	       !c->rules->layout->cpu_partial_frozen;
}

/* c->freelist leads where the slab was. */
static bool is_deactivate_freed(const struct excuse_case *c)
{
	uint64_t bytes;

	if (!c->rules->layout->deactivates_in_place || c->slab->role != ROLE_CPU || !c->cpu)
		return false;
	bytes = c->slab->page_size << oo_order(c->rules->cache->oo);
	return !c->cpu->freelist || c->cpu->freelist - c->slab->base < bytes;
}

/* With SLUB_TINY that is so for all caches. Without CPU slabs get_from_partial_node() takes the last object
 * of a slab before it unlinks it. */
static bool is_changed_on_list(const struct excuse_case *c)
{
	return node_locked(c) && (!c->rules->layout->has_cpu_slabs ||
				  cache_is_debug(c->rules->cache, c->rules->layout));
}

static bool is_slab_lock(const struct excuse_case *c)
{
	return c->slab->locked;
}

static bool is_deactivate_absent(const struct excuse_case *c)
{
	return c->rules->layout->deactivates_in_place && c->slab->own.end == WALK_ABSENT;
}

/*
 * deactivate_slab() moves the CPU's objects to the slab's freelist one by one (to 5.10) or at once
 * (to 5.14), and c->freelist still leads into them: then all of that list is shared. Each object is
 * linked to that freelist before it becomes its head: then all but this one, which is the first
 * that c->freelist leads to.
 */
static bool is_deactivate_shared(const struct excuse_case *c)
{
	const struct slab_state *slab = c->slab;
	uint32_t length = slab->cpu_list.length;

	/* Each step of it sets freelist and counters together. */
	if (!c->rules->layout->deactivates_in_place ||
	    (slab->own.end == WALK_END && slab->own.length + slab->count.inuse != slab->objects))
		return false;
	return slab->shared == length ||
	       (slab->shared + 1 == length && slab->cpu_list.hop[slab->first_shared] == 2);
}

/* It is frozen until list_lock is dropped. */
static bool is_deactivate_listed(const struct excuse_case *c)
{
	return c->rules->layout->deactivates_in_place && c->before->role == ROLE_CPU &&
	       c->now->role == ROLE_NODE_PARTIAL && (node_locked(c) || !c->slab->count.frozen);
}

static bool is_of_cpu(const struct slab_seen *seen)
{
	return seen->role == ROLE_CPU || seen->role == ROLE_CPU_PARTIAL;
}

/* list_lock is dropped before c->page and c->freelist are cleared: by then another CPU may have it as its
 * own (acquire_slab()) or on its partial list (get_partial_node()). */
static bool is_deactivate_taken(const struct excuse_case *c)
{
	return c->rules->layout->deactivates_in_place &&
	       (c->before->role == ROLE_CPU || c->now->role == ROLE_CPU) && is_of_cpu(c->before) &&
	       is_of_cpu(c->now) && c->before->cpu != c->now->cpu;
}

static bool passes_on(const struct slab_seen *a, const struct slab_seen *b)
{
	return a->role == ROLE_CPU && a->idle && is_of_cpu(b);
}

/*
 * ___slab_alloc() moves the head of the chain to c->slab before it advances the chain, and takes
 * its freelist later. get_freelist() lets go of an empty slab, which others may free to and take
 * at once, onto their chain and then as their own slab, before c->slab is cleared. CPUs are walked before
 * nodes, but not in the order in which slabs pass between them.
 */
static bool is_passed_on(const struct excuse_case *c)
{
	return passes_on(c->before, c->now) || passes_on(c->now, c->before);
}

static bool is_unlinked_marked(const struct excuse_case *c)
{
	return c->slab->partial && node_locked(c);
}

/* Neither marked nor out of use for good. */
static bool may_be_on_way(const struct excuse_case *c)
{
	return !c->slab->partial && !(c->slab->count.frozen && frozen_for_good(c->rules));
}

static bool debug_may_be_on_way(const struct excuse_case *c)
{
	return may_be_on_way(c) && is_debug_under_lock(c);
}

static bool plain_may_be_on_way(const struct excuse_case *c)
{
	return may_be_on_way(c) && !is_debug_under_lock(c);
}

/* alloc_single_from_new_slab() takes an object first. */
static bool is_debug_new_slab(const struct excuse_case *c)
{
	return debug_may_be_on_way(c) && c->slab->count.inuse <= 1;
}

static bool is_debug_moved(const struct excuse_case *c)
{
	return debug_may_be_on_way(c) && node_locked(c);
}

static bool is_frozen_on_way(const struct excuse_case *c)
{
	return plain_may_be_on_way(c) && c->slab->count.frozen;
}

/* No lock is held. Without CPU slabs __refill_objects_node() has them on a list on its stack, and
 * alloc_from_new_slab() has made them (7.0). */
static bool is_unfrozen_on_way(const struct excuse_case *c)
{
	return plain_may_be_on_way(c) && !c->rules->layout->cpu_partial_frozen;
}

static bool is_empty_slab(const struct excuse_case *c)
{
	return plain_may_be_on_way(c) && !c->slab->count.inuse;
}

static bool is_moved_on_list(const struct excuse_case *c)
{
	return plain_may_be_on_way(c) && node_locked(c);
}

/* __add_partial() links, then marks; remove_partial() unlinks, then clears the mark; and
 * get_partial_node_bulk() clears the marks first. */
static bool is_mark_change(const struct excuse_case *c)
{
	return node_locked(c);
}

/* Adding and removing takes several stores. A link that leads to anything else was never stored by any of
 * them, lock or not. */
static bool is_list_change(const struct excuse_case *c)
{
	return c->locked && c->link->well_formed;
}

static bool is_list_on_stack(const struct excuse_case *c)
{
	return c->locked && c->link->to_head;
}

/* What it holds is LIST_POISON or another member of the union. */
static bool is_list_add_behind(const struct excuse_case *c)
{
	return c->locked && c->link->behind;
}

static bool is_caches_change(const struct excuse_case *c)
{
	return c->link->status == TARGET_OK && c->rules->layout->caches_locked;
}

static bool is_node_onlining(const struct excuse_case *c)
{
	return c->rules->layout->caches_locked;
}

/* kmem_cache_shrink() even empties the list for a while. */
static bool is_counted_later(const struct excuse_case *c)
{
	return c->locked;
}

/* A slab is counted after it can be seen, and no longer before it is gone. */
static bool is_total_behind(const struct excuse_case *c)
{
	const struct excuse_total *t = c->total;

	return t->counted > t->said && t->counted - t->said <= t->tolerance;
}

static bool is_total_ahead(const struct excuse_case *c)
{
	const struct excuse_total *t = c->total;

	return t->counted <= t->said && t->said - t->counted - t->hidden <= t->tolerance &&
	       member_exists(c->rules->layout->kernel.page.first_page);
}

static bool is_cache_unlisted(const struct excuse_case *c)
{
	return c->slab->cache && c->rules->layout->caches_locked;
}

/* Each says that it waits for a grace period until __free_slab() clears page->mapping, which is part of
 * that. */
static bool is_rcu_emptied(const struct excuse_case *c)
{
	return c->slab->cache && !c->slab->count.inuse;
}

/* __free_slab() clears slab_cache (which is page->mapping) before it takes the mark away. */
static bool is_slab_unowned(const struct excuse_case *c)
{
	return !c->slab->cache;
}

static bool is_flush_slab(const struct excuse_case *c)
{
	return c->stray->kind == LOCATION_OBJECT && c->stray->cache == c->rules->cache->addr;
}

/* A page where a slab of the cache could have been, and is not any more. */
static bool is_flush_freed(const struct excuse_case *c)
{
	const struct location *at = c->stray;

	if (!c->rules->layout->deactivates_in_place)
		return false;
	if (at->kind == LOCATION_OBJECT || at->kind == LOCATION_INSIDE)
		return at->cache != c->rules->cache->addr;
	return at->kind == LOCATION_PAGE || at->kind == LOCATION_SLAB ||
	       at->kind == LOCATION_KFENCE;
}

static bool is_cpu_dying(const struct excuse_case *c)
{
	return c->sheaf ? c->sheaf->dying : c->rules->layout->kernel.hotplug_busy;
}

static bool is_contents_made(const struct excuse_case *c)
{
	return c->slab->role == ROLE_NO_LIST &&
	       (c->slab->freelist || c->slab->count.inuse != c->slab->objects);
}

static bool is_contents_freed(const struct excuse_case *c)
{
	return c->rules->layout->deactivates_in_place && c->slab->role == ROLE_CPU &&
	       !c->slab->count.frozen;
}

/* Who has it by the second place writes to objects that are free by what the first one says. */
static bool is_contents_moved(const struct excuse_case *c)
{
	return (finding_is_contents(c->finding->id) || c->finding->id == FINDING_FREELIST_OWNED) &&
	       c->finding->slab == c->slab->page;
}

static bool is_debug_object(const struct excuse_case *c)
{
	return c->rules->layout->debug_under_lock && node_locked(c);
}

static bool is_debug_first_object(const struct excuse_case *c)
{
	return c->rules->layout->debug_under_lock && c->slab->role == ROLE_NO_LIST &&
	       c->slab->count.inuse <= 1;
}

static bool is_debug_frozen(const struct excuse_case *c)
{
	return !c->rules->layout->debug_under_lock && c->slab->count.frozen;
}

static bool is_debug_slab_lock(const struct excuse_case *c)
{
	return !c->rules->layout->debug_under_lock && c->slab->locked;
}

static bool is_debug_wiped(const struct excuse_case *c)
{
	return c->rules->layout->init_on_free;
}

/* Nothing tells an object that is in between from a lost one. */
static bool is_debug_in_between(const struct excuse_case *c)
{
	return !c->rules->disabled;
}

/* Taking all objects and cutting a chain off leave the same picture, so alone it proves nothing. */
static bool is_alloc_bulk(const struct excuse_case *c)
{
	return c->slab->role == ROLE_CPU;
}

/*
 * Sheaves change under the lock of their CPU, which interrupts do not wait for, and those of a dead CPU
 * under none. Also a stale pointer leads to memory.
 */
static bool is_sheaf_flushed(const struct excuse_case *c)
{
	if (c->breach == BREACH_SHEAF && c->sheaf->status != TARGET_OK)
		return false;
	return c->sheaf->dying || (c->other && c->other->dying);
}

/*
 * barn_replace_empty_sheaf(), barn_replace_full_sheaf() and barn_put_empty_sheaf() give a sheaf to
 * the barn before pcs->main or pcs->spare leads to another one. By then others may have taken it from the
 * barn, and even freed it.
 */
static bool is_sheaf_replaced(const struct excuse_case *c)
{
	const struct sheaf *sheaf = c->sheaf;

	return sheaf->locked && (sheaf->role == SHEAF_MAIN || sheaf->role == SHEAF_SPARE) &&
	       sheaf->status == TARGET_OK;
}

/* Within a CPU main and spare are swapped, main becomes spare and spare rcu_free. */
static bool is_sheaf_swapped(const struct excuse_case *c)
{
	return c->sheaf->locked || c->other->locked;
}

/* size++ and the store are one expression, so that a compiler may do the former first: the last entry is
 * then what was there before. */
static bool is_size_first(const struct excuse_case *c)
{
	const struct sheaf *sheaf = c->sheaf;

	return sheaf->locked && (sheaf->role == SHEAF_MAIN || sheaf->role == SHEAF_RCU_FREE) &&
	       c->entry + 1 == sheaf->size;
}

/* Only kfree_rcu() collects what still is to be cleared. */
static bool is_sheaf_clearing(const struct excuse_case *c)
{
	return c->sheaf->locked || c->sheaf->dying || c->sheaf->role == SHEAF_RCU_FREE;
}

static const struct row {
	struct excuse excuse;
	unsigned int breaches;
	bool (*applies)(const struct excuse_case *c);
} rows[EXCUSE_COUNT] = {
#define X(id, text, breaches, since, functions, what) \
	{ { text, since, functions, what }, breaches, is_##id },
	EXCUSES(X)
#undef X
};

const struct excuse *excuse_find(const struct excuse_case *c)
{
	for (unsigned int i = 0; i < EXCUSE_COUNT; i++)
		if (rows[i].breaches & c->breach && rows[i].applies(c))
			return &rows[i].excuse;
	return NULL;
}

const struct excuse *excuse_of(enum excuse_id id)
{
	return &rows[id].excuse;
}

unsigned int excuse_breach(enum excuse_id id)
{
	return rows[id].breaches;
}
