/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a fault strikes: anywhere that it can, each place of a kind as likely as any other. */
#include <stdlib.h>
#include <string.h>

#include "model/slub/fault_plant.h"

bool cache_is_debugged(const struct planting *p, const struct census_cache *s)
{
	const struct model_flags *f = p->m->era->flags;

	return s->flags &
	       (f->consistency_checks | f->red_zone | f->poison | f->store_user | f->trace);
}

uint64_t fault_encode(const struct planting *p, const struct census_cache *s, uint64_t slot,
		      uint64_t object)
{
	return freeptr_encode(p->m->encoding, object, s->random, slot);
}

/* What a fault is to be about, where the caller wants more than any place. */

bool slab_is_wanted(const struct planting *p, const struct census_slab *slab)
{
	const struct fault_aim *aim = &p->aim;

	if (aim->slab)
		return slab->slab == aim->slab;
	return !slab->busy && (!aim->cache || (slab->cache == aim->cache) != aim->not_it);
}

bool cache_is_wanted(const struct planting *p, const struct census_cache *s)
{
	const struct fault_aim *aim = &p->aim;

	return !aim->slab && !s->busy && (!aim->cache || (s->cache == aim->cache) != aim->not_it);
}

/* Any cache but one, or NULL. */
const struct census_cache *choose_other_cache(struct planting *p, const struct census_cache *than)
{
	const struct census_cache *chosen = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++)
		if (&p->census->caches[i] != than && fault_takes(p, &n))
			chosen = &p->census->caches[i];
	return chosen;
}

/* Lists. */

static bool list_get(const struct census_cache *s, const struct census_slab *slab,
		     enum list_kind kind, struct list_ref *ref)
{
	static const enum census_place places[LIST_KINDS] = {
		[LIST_CPU] = CENSUS_CPU_SLAB,
		[LIST_CPU_SLAB] = CENSUS_CPU_SLAB,
		[LIST_CPU_PARTIAL] = CENSUS_CPU_PARTIAL,
		[LIST_NODE_PARTIAL] = CENSUS_NODE_PARTIAL,
	};

	*ref = (struct list_ref){ s, slab, kind == LIST_CPU ? &slab->cpus : &slab->own, kind };
	return slab->place == places[kind];
}

static bool choose_of_kind(struct planting *p, enum list_kind kind, list_fits fits,
			   struct list_ref *chosen)
{
	struct list_ref ref;
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++) {
		const struct census_cache *s = &p->census->caches[i];

		for (size_t j = 0; j < s->nr_slabs; j++)
			if (list_get(s, &s->slabs[j], kind, &ref) && slab_is_wanted(p, ref.slab) &&
			    (!fits || fits(p, &ref)) && fault_takes(p, &n))
				*chosen = ref;
	}
	return n > 0;
}

bool choose_list(struct planting *p, unsigned int kinds, list_fits fits, struct list_ref *ref)
{
	unsigned int start = (unsigned int)fault_below(p, LIST_KINDS);

	for (unsigned int i = 0; i < LIST_KINDS; i++) {
		unsigned int kind = (start + i) % LIST_KINDS;

		if (kinds >> kind & 1 && choose_of_kind(p, (enum list_kind)kind, fits, ref))
			return true;
	}
	return false;
}

bool fits_nonempty(struct planting *p, const struct list_ref *ref)
{
	(void)p;
	return ref->chain->nr > 0;
}

uint64_t list_head_slot(const struct planting *p, const struct list_ref *ref)
{
	if (ref->kind == LIST_CPU)
		return AT(p->m, ref->s->cpus[ref->slab->cpu].c, cpu_freelist);
	return AT(p->m, ref->slab->slab, slab_freelist);
}

void list_of_slab(struct planting *p, const struct list_ref *ref)
{
	static const char *const places[LIST_KINDS] = {
		[LIST_CPU] = "cpu-freelist",
		[LIST_CPU_SLAB] = "cpu-slab",
		[LIST_CPU_PARTIAL] = "cpu-partial",
		[LIST_NODE_PARTIAL] = "node-partial",
	};

	fault_of_cache(p, ref->s, places[ref->kind], ref->slab->cpu,
		       ref->kind == LIST_NODE_PARTIAL ? ref->slab->node : -1);
	p->truth->slab = ref->slab->slab;
}

/* Caches and objects. */

const struct census_cache *
choose_cache(struct planting *p, bool (*fits)(struct planting *p, const struct census_cache *s))
{
	const struct census_cache *chosen = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++) {
		const struct census_cache *s = &p->census->caches[i];

		if (cache_is_wanted(p, s) && (!fits || fits(p, s)) && fault_takes(p, &n))
			chosen = s;
	}
	return chosen;
}

static unsigned int used_of(const struct census_slab *slab)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < slab->room && i < slab->objects; i++)
		used += !slab->on[i];
	return used;
}

bool choose_in_use(struct planting *p, const struct census_cache *s, bool of_it,
		   const struct census_slab *not_slab, uint64_t *object)
{
	const struct census_slab *chosen = NULL;
	const struct census_cache *owner;
	uint64_t n = 0, nth;

	for (size_t i = 0; i < p->census->nr_slabs; i++) {
		const struct census_slab *slab = &p->census->slabs[i];

		if ((slab->cache == s->cache) != of_it || slab == not_slab || !slab->on ||
		    slab->place == CENSUS_WAITS || slab->busy || !used_of(slab))
			continue;
		if (fault_takes(p, &n))
			chosen = slab;
	}
	owner = chosen ? census_cache(p->census, chosen->cache) : NULL;
	if (!owner)
		return false;
	nth = fault_below(p, used_of(chosen));
	for (unsigned int i = 0; i < chosen->room; i++)
		if (!chosen->on[i] && !nth--) {
			*object = census_object(owner, chosen, i);
			return true;
		}
	return false;
}

/* What the allocator itself has in its caches: nobody's to free or to write to. */

static int address_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t internal_of_cache(const struct planting *p, const struct census_cache *s,
				uint64_t *out)
{
	size_t nr = 0;

	out[nr++] = s->cache;
	out[nr++] = WORD(p, s->cache, cache_name);
	out[nr++] = WORD(p, s->cache, cache_random_seq);
	/* A pointer in the eras in which it is not a structure itself, whose first words are. */
	for (uint32_t at = 0; at + 8 <= p->m->shape.cache_memcg_params.size; at += 8)
		out[nr++] = fault_word(p, AT(p->m, s->cache, cache_memcg_params) + at, 8);
	for (unsigned int node = 0; node < p->census->nr_nodes; node++) {
		out[nr++] = s->nodes[node].n;
		out[nr++] = s->nodes[node].barn;
	}
	for (size_t i = 0; i < s->nr_sheaves; i++)
		out[nr++] = s->sheaves[i].sheaf;
	return nr;
}

static void internal_make(struct planting *p)
{
	const struct census *c = p->census;
	size_t room = c->nr_slabs + 1, nr = 0;

	for (size_t i = 0; i < c->nr_caches; i++)
		room += 4 + p->m->shape.cache_memcg_params.size / 8 + 2 * c->nr_nodes +
			c->caches[i].nr_sheaves;
	p->internal = malloc(room * sizeof(*p->internal));
	if (!p->internal)
		return;
	for (size_t i = 0; i < c->nr_caches; i++)
		nr += internal_of_cache(p, &c->caches[i], p->internal + nr);
	/* Vectors of owners; the low bits are flags. */
	for (size_t i = 0; i < c->nr_slabs; i++)
		p->internal[nr++] = WORD(p, c->slabs[i].slab, slab_owners) & ~UINT64_C(7);
	qsort(p->internal, nr, sizeof(*p->internal), address_compare);
	p->nr_internal = nr;
}

bool object_is_internal(struct planting *p, const struct census_cache *s,
			const struct census_slab *slab, unsigned int index)
{
	uint64_t start = census_object(s, slab, index);
	size_t low = 0, high;

	if (!p->internal)
		internal_make(p);
	if (!p->internal)
		return true;
	high = p->nr_internal;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->internal[middle] < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nr_internal && p->internal[low] < start + s->size;
}

void fault_of_cache(struct planting *p, const struct census_cache *s, const char *place, int cpu,
		    int node)
{
	struct model_truth *t = p->truth;

	t->cache = s->cache;
	memcpy(t->cache_name, s->name, sizeof(t->cache_name));
	t->place = place;
	t->cpu = cpu;
	t->node = node;
}
