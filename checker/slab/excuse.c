/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/excuse.h"

#include "decoders/overwrite.h"

static bool maybe_inside(const struct slab_breach_case *c)
{
	return c->cpu_at != SLAB_CPU_ELSEWHERE;
}

static bool is_cpu_array(const struct slab_breach_case *c)
{
	return c->array && c->array->kind == SLAB_ARRAY_CPU && c->array->online;
}

/* "entry[avail++] = object": a compiler may store avail first. The entry is then what was there before. */
static bool is_array_push(const struct slab_breach_case *c)
{
	return is_cpu_array(c) && maybe_inside(c) && c->position + 1 == c->array->avail;
}

/*
 * The oldest entries go to their slabs or to the shared array, and are then moved over. Until that is done they
 * are in two places, may be in use again, and to 5.4 (678ff6a7afcc) even lead to pages that were given back.
 */
static bool is_array_flush(const struct slab_breach_case *c)
{
	return is_cpu_array(c) && maybe_inside(c) && c->position < c->array->batchcount;
}

/* All of the other kinds are changed under a lock; a CPU's is moved to or from under that of its node. */
static bool is_array_transfer(const struct slab_breach_case *c)
{
	return c->array && c->array->kind != SLAB_ARRAY_CPU && c->array->locked;
}

static bool is_arrays_replaced(const struct slab_breach_case *c)
{
	return c->layout->caches_locked;
}

/*
 * A link that leads nowhere is not excused: no store on the way writes one, but list_del() its poison, which
 * list_add() replaces after its first store. That store makes the head lead back to a new slab, whose own links
 * are then what was there before.
 */
static bool is_slab_moving(const struct slab_breach_case *c)
{
	return c->locked && (!c->link || c->link->well_formed || c->link->to_head ||
			     (c->link->behind && !c->link->in_head) ||
			     overwrite_classify(c->link->raw) == OVERWRITE_LIST_POISON);
}

/*
 * Of contents: slab_put_obj() lowers the use count, and then stores the index of the object. Until then the
 * index there is that of an object that was handed out.
 */
static bool is_object_moving(const struct slab_breach_case *c)
{
	return c->locked &&
	       (c->breach != SLAB_BREACH_POISON || (c->next && !c->layout->has_bufctl));
}

static bool is_slab_counted(const struct slab_breach_case *c)
{
	return c->locked;
}

/* drain_freelist() frees without a lock and can be preempted, so no CPU has to be there. */
static bool is_slab_destroyed(const struct slab_breach_case *c)
{
	return !c->slab->used;
}

static bool is_slab_waiting(const struct slab_breach_case *c)
{
	return c->slab->waits;
}

static bool is_slab_grown(const struct slab_breach_case *c)
{
	return c->locked || maybe_inside(c);
}

/* The page leads to no cache, or to nothing yet. */
static bool is_slab_pages_set(const struct slab_breach_case *c)
{
	return !c->slab->owner;
}

static bool is_caches_changing(const struct slab_breach_case *c)
{
	return c->layout->caches_locked;
}

static bool is_cpu_going(const struct slab_breach_case *c)
{
	return c->layout->kernel.hotplug_busy;
}

/* The last object of a slab, which its CPU has taken into its array with interrupts off. */
static bool is_host_filled(const struct slab_breach_case *c)
{
	return slab_cache_placement(c->cache, c->layout) == SLAB_MANAGED_OBJECT && c->start &&
	       is_cpu_array(c) && maybe_inside(c);
}

/* After interrupts are on again, so that a task can be preempted there. */
static bool is_object_handed(const struct slab_breach_case *c)
{
	return c->layout->debug_slab;
}

static const struct row {
	struct excuse excuse;
	unsigned int breaches;
	bool (*applies)(const struct slab_breach_case *c);
} rows[SLAB_EXCUSE_COUNT] = {
#define X(id, text, breaches, since, functions, what) \
	{ { text, since, functions, what }, breaches, is_##id },
	SLAB_EXCUSES(X)
#undef X
};

const struct excuse *slab_excuse_find(const struct slab_breach_case *c)
{
	for (unsigned int i = 0; i < SLAB_EXCUSE_COUNT; i++)
		if (rows[i].breaches & c->breach && rows[i].applies(c))
			return &rows[i].excuse;
	return NULL;
}

const struct excuse *slab_excuse_of(enum slab_excuse_id id)
{
	return &rows[id].excuse;
}
