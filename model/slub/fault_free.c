/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frees that should not have been: twice, of what is inside an object, and what comes of them. */
#include "model/slub/fault_plant.h"
#include "model/slub/sheaf.h"
#include "model/slub/slub.h"

static bool is_checked(const struct planting *p, const struct list_ref *ref)
{
	return ref->s->flags & p->m->era->flags->consistency_checks;
}

/* kfree(object + n): what is linked is that address, and the link lies in it as in an object. */
static bool fits_inner(struct planting *p, const struct list_ref *ref)
{
	return takes_frees(p, ref) && !cache_is_debugged(p, ref->s) && ref->s->object_size > 8;
}

bool fault_inner_free(struct planting *p)
{
	uint64_t object, delta, slot, before;
	unsigned int index = 0, cpu;
	struct list_ref ref;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_OF_SLABS, fits_inner, &ref))
			return false;
		/* What it clears and stores may reach into the object behind. */
		if (!owned_choose(p, &ref, &index) || index + 1 >= ref.slab->room ||
		    object_is_internal(p, ref.s, ref.slab, index + 1))
			continue;
		object = census_object(ref.s, ref.slab, index);
		delta = 8 * (1 + fault_below(p, (ref.s->object_size - 1) / 8));
		slot = object + delta + ref.s->offset;
		before = fault_word(p, slot, 8);
		cpu = (unsigned int)fault_below(p, p->census->nr_cpus);
		if (free_to_slab(p->m, cpu, ref.s->cache, object + delta) != MODEL_DONE)
			return false;
		truth_word(p, slot, before);
		p->truth->culprit = object;
		/* The CPU whose slab it is puts it on its own list. */
		if (ref.kind == LIST_CPU_SLAB && ref.slab->cpu == (int)cpu)
			ref.kind = LIST_CPU;
		fault_may_contents(p);
		/* The object behind may be on a list, and its link in what was cleared. */
		fault_may_chains(p);
		return expect_list(p, &ref);
	}
	return false;
}

/* A, A: a hardened kernel stops at that. */
static bool fits_in_a_row(struct planting *p, const struct list_ref *ref)
{
	if (ref->kind == LIST_CPU_SLAB && p->census->nr_cpus < 2)
		return false;
	return ref->chain->nr && takes_frees(p, ref);
}

static unsigned int pushing_cpu(struct planting *p, const struct list_ref *ref)
{
	if (ref->kind == LIST_CPU)
		return (unsigned int)ref->slab->cpu;
	if (ref->kind == LIST_CPU_SLAB)
		return fault_other_cpu(p, (unsigned int)ref->slab->cpu);
	return (unsigned int)fault_below(p, p->census->nr_cpus);
}

static enum model_end free_again(struct model *m, unsigned int cpu, uint64_t s, uint64_t object)
{
	return has(m, SHEAVES) ? free_to_slab(m, cpu, s, object)
			       : model_free_object(m, cpu, s, object);
}

/*
 * The object at the head is freed again. Hardened kernels (ce6fa91b9363, 4.14) die of it in
 * set_freepointer(), and from 5.3 to 6.7 slab_free_freelist_hook() has stored NULL in it by then.
 */
bool fault_free_in_a_row(struct planting *p)
{
	uint64_t object, slot, before;
	struct list_ref ref;
	bool dies = has(p->m, HARDENED);
	enum model_end end;

	if ((dies && (!has(p->m, ZERO_0X100) || has(p->m, UNFROZEN_PARTIAL))) ||
	    !choose_list(p, LISTS_ALL, fits_in_a_row, &ref))
		return false;
	object = census_object(ref.s, ref.slab, ref.chain->objects[0]);
	slot = object + ref.s->offset;
	before = fault_word(p, slot, 8);
	end = free_again(p->m, pushing_cpu(p, &ref), ref.s->cache, object);
	if (end != (dies ? MODEL_OOPS : MODEL_DONE) || !truth_word(p, slot, before))
		return false;
	p->truth->culprit = object;
	fault_may_contents(p);
	if (!dies || !cache_is_debugged(p, ref.s) || !has(p->m, DEBUG_UNDER_LOCK))
		return expect_list(p, &ref);
	expect_list(p, &ref);
	return fault_invisible(p, "the CPU died with list_lock held, under which lists change");
}

/*
 * Caches that check frees refuse the second one. From 5.3 to 6.7 slab_free_freelist_hook() comes
 * first, and has stored NULL.
 */
static bool fits_refused(struct planting *p, const struct list_ref *ref)
{
	return ref->chain->nr > 1 && is_checked(p, ref);
}

bool fault_free_refused(struct planting *p)
{
	uint64_t object, slot, before;
	struct list_ref ref;
	unsigned int cpu;

	if (!choose_list(p, LISTS_ALL, fits_refused, &ref))
		return false;
	object = census_object(ref.s, ref.slab,
			       ref.chain->objects[fault_below(p, ref.chain->nr - 1)]);
	slot = object + ref.s->offset;
	before = fault_word(p, slot, 8);
	cpu = (unsigned int)fault_below(p, p->census->nr_cpus);
	if (model_free_object(p->m, cpu, ref.s->cache, object) != MODEL_DONE)
		return false;
	list_of_slab(p, &ref);
	if (!truth_word(p, slot, before))
		return fault_invisible(p, "the kernel refused it, and nothing is damaged");
	p->truth->culprit = object;
	fault_may_contents(p);
	return expect_list(p, &ref);
}

/* What others freed to a CPU's slab, the CPU itself frees again: onto its own list. */
static bool fits_on_cpu(struct planting *p, const struct list_ref *ref)
{
	return ref->chain->nr && ref->slab->cpus.nr && takes_frees(p, ref);
}

bool fault_free_on_cpu(struct planting *p)
{
	uint64_t object, slot, before;
	struct list_ref ref;

	if (!choose_list(p, 1u << LIST_CPU_SLAB, fits_on_cpu, &ref))
		return false;
	object = census_object(ref.s, ref.slab, ref.chain->objects[fault_below(p, ref.chain->nr)]);
	slot = object + ref.s->offset;
	before = fault_word(p, slot, 8);
	if (free_to_slab(p->m, (unsigned int)ref.slab->cpu, ref.s->cache, object) != MODEL_DONE ||
	    !truth_word(p, slot, before))
		return false;
	p->truth->culprit = object;
	return expect_list(p, &ref);
}

/* Freed twice, allocated once, and in use while it still is on the list. */
static bool fits_reuse(struct planting *p, const struct list_ref *ref)
{
	return ref->chain->nr > 1 && takes_frees(p, ref) && !cache_is_debugged(p, ref->s);
}

static void owner_writes(struct planting *p, const struct list_ref *ref, uint64_t object)
{
	bool zero = fault_below(p, 2);
	uint64_t word;

	for (uint32_t at = 0; at + 8 <= ref->s->object_size; at += 8) {
		word = zero ? 0 : fault_below(p, 2) ? object + at : fault_below(p, 4096);
		model_poke(p->m, object + at, &word, 8);
	}
}

bool fault_handed_out_twice(struct planting *p)
{
	uint64_t object, got, slot, before;
	struct list_ref ref;
	unsigned int cpu;

	if (!choose_list(p, 1u << LIST_CPU, fits_reuse, &ref))
		return false;
	cpu = (unsigned int)ref.slab->cpu;
	object = census_object(ref.s, ref.slab,
			       ref.chain->objects[1 + fault_below(p, ref.chain->nr - 1)]);
	slot = object + ref.s->offset;
	before = fault_word(p, slot, 8);
	if (free_to_slab(p->m, cpu, ref.s->cache, object) != MODEL_DONE ||
	    model_alloc(p->m, cpu, ref.s->cache, model_gfp_atomic(p->m), MODEL_ANY_NODE, &got) !=
		    MODEL_DONE ||
	    got != object)
		return false;
	owner_writes(p, &ref, object);
	if (!truth_word(p, slot, before))
		return false;
	p->truth->culprit = object;
	fault_may_contents(p);
	return expect_list(p, &ref);
}

/*
 * An object that a sheaf holds twice is flushed to its slab twice in one batch, with another one of
 * the slab in between (7.0): the list that is made of them loses that one, and the counters lose three.
 */
static bool fits_flushed(struct planting *p, const struct list_ref *ref)
{
	return ref->chain->nr && takes_frees(p, ref) && ref->slab->inuse > 4;
}

static enum model_end flush(struct model *m, unsigned int cpu, uint64_t s, uint64_t *objects,
			    size_t nr)
{
	/* They were cleared when they came into the sheaf. */
	OPERATION(m, cpu, {
		object_retire(m, s, objects[0]);
		object_retire(m, s, objects[1]);
		free_to_slabs(m, s, nr, (struct objects){ .host = objects });
	});
}

bool fault_flushed_twice(struct planting *p)
{
	unsigned int index[2] = { 0, 0 };
	uint64_t objects[3], slot, before;
	struct list_ref ref;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_OF_SLABS, fits_flushed, &ref))
			return false;
		if (!owned_choose(p, &ref, &index[0]) || !owned_choose(p, &ref, &index[1]) ||
		    index[0] == index[1])
			continue;
		objects[0] = objects[2] = census_object(ref.s, ref.slab, index[0]);
		objects[1] = census_object(ref.s, ref.slab, index[1]);
		slot = objects[0] + ref.s->offset;
		before = fault_word(p, slot, 8);
		if (flush(p->m, (unsigned int)fault_below(p, p->census->nr_cpus), ref.s->cache,
			  objects, 3) != MODEL_DONE)
			return false;
		truth_word(p, slot, before);
		p->truth->culprit = objects[0];
		fault_may_contents(p);
		return expect_list(p, &ref);
	}
	return false;
}
