/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds of a heap that only legal operations made, while no CPU is in one of them. */
#include <stdarg.h>
#include <stdio.h>

#include "decoders/slab.h"
#include "model/slub/census.h"
#include "model/machine/machine.h"

typedef unsigned long long ull;

__attribute__((format(printf, 2, 3))) static bool wrong(struct census *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->trouble, sizeof(c->trouble), format, args);
	va_end(args);
	return false;
}

static bool chain_check(struct census *c, const struct census_cache *s,
			const struct census_slab *slab, const struct census_chain *chain)
{
	if (!chain->end)
		return true;
	return wrong(c, "%s: slab 0x%llx: its freelist leads to 0x%llx after %u objects", s->name,
		     (ull)slab->slab, (ull)chain->end, chain->nr);
}

static bool is_debug(const struct census *c, const struct census_cache *s)
{
	const struct model_flags *f = c->model->era->flags;

	return s->flags &
	       (f->consistency_checks | f->red_zone | f->poison | f->store_user | f->trace);
}

/* A slab that failed a check gives nothing away any more: all of it counts as used. */
static bool is_given_up(const struct census *c, const struct census_cache *s,
			const struct census_slab *slab)
{
	return is_debug(c, s) && slab->place == CENSUS_NO_LIST && !slab->own.head &&
	       slab->inuse == slab->objects;
}

static bool frozen_should_be(const struct census *c, const struct census_slab *slab)
{
	switch (slab->place) {
	case CENSUS_CPU_SLAB:
		return true;
	case CENSUS_CPU_PARTIAL:
		return !model_has(c->model, FEATURE_UNFROZEN_PARTIAL);
	default:
		return false;
	}
}

static bool shape_check(struct census *c, const struct census_cache *s,
			const struct census_slab *slab)
{
	uint64_t oo = slab->order == oo_order(s->oo) ? s->oo : s->min;

	if (slab->order != oo_order(oo))
		return wrong(c, "%s: slab 0x%llx is of order %u", s->name, (ull)slab->slab,
			     slab->order);
	if (slab->objects != oo_objects(oo) || slab->objects > slab->room)
		return wrong(c, "%s: slab 0x%llx has %u objects, and %u fit", s->name,
			     (ull)slab->slab, slab->objects, slab->room);
	return true;
}

static bool counters_check(struct census *c, const struct census_cache *s,
			   const struct census_slab *slab)
{
	if (slab->inuse + slab->own.nr != slab->objects)
		return wrong(c, "%s: slab 0x%llx: %u of %u in use, %u on the freelist", s->name,
			     (ull)slab->slab, slab->inuse, slab->objects, slab->own.nr);
	if (slab->cpus.nr + slab->in_sheaves > slab->inuse)
		return wrong(c, "%s: slab 0x%llx: more free objects than it has", s->name,
			     (ull)slab->slab);
	for (unsigned int i = 0; i < slab->room; i++)
		if (slab->on[i] & (slab->on[i] - 1))
			return wrong(c, "%s: slab 0x%llx: object %u is on two lists", s->name,
				     (ull)slab->slab, i);
	return true;
}

static bool place_check(struct census *c, const struct census_cache *s,
			const struct census_slab *slab)
{
	bool listed = slab->place == CENSUS_CPU_PARTIAL || slab->place == CENSUS_NODE_PARTIAL;

	if (slab->place == CENSUS_WAITS || is_given_up(c, s, slab))
		return true;
	if (slab->frozen != frozen_should_be(c, slab))
		return wrong(c, "%s: slab 0x%llx (%s): frozen is %d", s->name, (ull)slab->slab,
			     census_place_name(slab->place), slab->frozen);
	if (model_has(c->model, FEATURE_UNFROZEN_PARTIAL) &&
	    slab->partial_flag != (slab->place == CENSUS_NODE_PARTIAL))
		return wrong(c, "%s: slab 0x%llx (%s): its mark says otherwise", s->name,
			     (ull)slab->slab, census_place_name(slab->place));
	if (listed && !slab->own.nr)
		return wrong(c, "%s: slab 0x%llx (%s) is full", s->name, (ull)slab->slab,
			     census_place_name(slab->place));
	if (slab->own.nr && (slab->place == CENSUS_NO_LIST || slab->place == CENSUS_NODE_FULL))
		return wrong(c, "%s: slab 0x%llx (%s) has %u free objects", s->name,
			     (ull)slab->slab, census_place_name(slab->place), slab->own.nr);
	if (slab->place == CENSUS_CPU_PARTIAL &&
	    slab->chained != s->cpus[slab->cpu].nr_partial - slab->position)
		return wrong(c, "%s: slab 0x%llx says that %u are chained", s->name,
			     (ull)slab->slab, slab->chained);
	return true;
}

static bool slab_check(struct census *c, const struct census_cache *s,
		       const struct census_slab *slab)
{
	return shape_check(c, s, slab) && chain_check(c, s, slab, &slab->own) &&
	       chain_check(c, s, slab, &slab->cpus) && counters_check(c, s, slab) &&
	       place_check(c, s, slab);
}

static bool cpu_check(struct census *c, const struct census_cache *s, unsigned int cpu)
{
	const struct census_cpu *k = &s->cpus[cpu];
	uint64_t step = c->model->tid_step;

	if (!k->c)
		return true;
	if (step > 1 && k->tid % step != cpu)
		return wrong(c, "%s: tid 0x%llx is not of CPU %u", s->name, (ull)k->tid, cpu);
	if (k->freelist && !k->slab)
		return wrong(c, "%s: CPU %u has a freelist and no slab", s->name, cpu);
	return true;
}

static bool node_check(struct census *c, const struct census_cache *s, unsigned int node)
{
	const struct census_node *k = &s->nodes[node];
	uint64_t slabs = 0, objects = 0;
	unsigned int full = 0, empty = 0;

	for (size_t i = 0; i < s->nr_slabs; i++) {
		if (s->slabs[i].node != (int)node || s->slabs[i].place == CENSUS_WAITS)
			continue;
		slabs++;
		objects += s->slabs[i].objects;
	}
	for (size_t i = 0; i < s->nr_sheaves; i++) {
		if (s->sheaves[i].node != (int)node)
			continue;
		full += s->sheaves[i].place == CENSUS_SHEAF_BARN_FULL;
		empty += s->sheaves[i].place == CENSUS_SHEAF_BARN_EMPTY;
	}
	if (k->nr_partial != k->listed)
		return wrong(c, "%s: nr_partial of node %u is %llu, %u are listed", s->name, node,
			     (ull)k->nr_partial, k->listed);
	if (k->nr_slabs != slabs || k->total_objects != objects)
		return wrong(c, "%s: node %u counts %llu slabs of %llu objects, not %llu of %llu",
			     s->name, node, (ull)k->nr_slabs, (ull)k->total_objects, (ull)slabs,
			     (ull)objects);
	if (k->nr_full != full || k->nr_empty != empty)
		return wrong(c, "%s: barn of node %u counts %u full and %u empty, not %u and %u",
			     s->name, node, k->nr_full, k->nr_empty, full, empty);
	return true;
}

static bool sheaf_check(struct census *c, const struct census_cache *s,
			const struct census_sheaf *sheaf)
{
	/* The one that is empty for ever belongs to no cache. */
	if (!s->sheaf_capacity && sheaf->place == CENSUS_SHEAF_MAIN)
		return !sheaf->size ||
		       wrong(c, "%s: no sheaves, and %u objects in one", s->name, sheaf->size);
	if (sheaf->cache != s->cache)
		return wrong(c, "%s: sheaf 0x%llx belongs to another cache", s->name,
			     (ull)sheaf->sheaf);
	if (sheaf->size > s->sheaf_capacity)
		return wrong(c, "%s: sheaf 0x%llx holds %u, more than it can", s->name,
			     (ull)sheaf->sheaf, sheaf->size);
	if ((sheaf->place == CENSUS_SHEAF_BARN_EMPTY && sheaf->size) ||
	    (sheaf->place == CENSUS_SHEAF_BARN_FULL && !sheaf->size))
		return wrong(c, "%s: a sheaf on the %s list holds %u", s->name,
			     census_sheaf_place_name(sheaf->place), sheaf->size);
	return true;
}

static bool cache_check(struct census *c, const struct census_cache *s)
{
	for (size_t i = 0; i < s->nr_slabs; i++)
		if (!slab_check(c, s, &s->slabs[i]))
			return false;
	for (unsigned int cpu = 0; cpu < c->nr_cpus; cpu++)
		if (!cpu_check(c, s, cpu))
			return false;
	for (unsigned int node = 0; node < c->nr_nodes; node++)
		if (!node_check(c, s, node))
			return false;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		if (!sheaf_check(c, s, &s->sheaves[i]))
			return false;
	return true;
}

const char *census_check(struct census *census)
{
	for (size_t i = 0; i < census->nr_caches && !census->trouble[0]; i++)
		cache_check(census, &census->caches[i]);
	return census->trouble[0] ? census->trouble : NULL;
}
