/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What owners of objects do to their neighbours, and what they free that is not theirs. */
#include <string.h>

#include "model/slub/fault_plant.h"
#include "model/slub/slub.h"

/* Overflows. */

static uint32_t overflow_of(const struct planting *p)
{
	return p->fault == MODEL_FAULT_OVERFLOW_8 ? 8 : 64;
}

/* It reaches the freepointer of the next object, and not the object behind that. */
static bool fits_overflow(struct planting *p, const struct list_ref *ref)
{
	const struct census_cache *s = ref->s;
	uint32_t end = s->object_size + overflow_of(p);

	return fits_nonempty(p, ref) && end > s->size + s->offset && end <= 2 * s->size;
}

static bool has_owner_before(struct planting *p, const struct list_ref *ref, unsigned int index)
{
	/* The bytes are the victim's alone: whose they come from may be the allocator, too. */
	return index && !ref->slab->on[index - 1] &&
	       !object_is_internal(p, ref->s, ref->slab, index - 1);
}

static bool victim_choose(struct planting *p, const struct list_ref *ref, unsigned int *index)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < ref->chain->nr; i++)
		if (has_owner_before(p, ref, ref->chain->objects[i]) && fault_takes(p, &n))
			*index = ref->chain->objects[i];
	return n > 0;
}

static void pattern_make(struct planting *p, uint8_t *bytes, uint32_t nr)
{
	uint8_t first = (uint8_t)(0x20 + fault_below(p, 0x60));
	uint8_t each = (uint8_t)fault_below(p, 2);

	for (uint32_t i = 0; i < nr; i++)
		bytes[i] = (uint8_t)(first + each * i);
}

bool fault_overflow(struct planting *p)
{
	uint32_t nr = overflow_of(p);
	unsigned int index = 0;
	struct list_ref ref;
	uint8_t bytes[64];
	uint64_t end, slot, before;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_ALL, fits_overflow, &ref))
			return false;
		if (!victim_choose(p, &ref, &index))
			continue;
		end = census_object(ref.s, ref.slab, index - 1) + ref.s->object_size;
		slot = census_object(ref.s, ref.slab, index) + ref.s->offset;
		before = fault_word(p, slot, 8);
		pattern_make(p, bytes, nr);
		model_poke(p->m, end, bytes, nr);
		if (!truth_word(p, slot, before))
			continue;
		p->truth->culprit = census_object(ref.s, ref.slab, index - 1);
		fault_may_contents(p);
		return expect_list(p, &ref);
	}
	return false;
}

/* 1 to 96 bytes, of which the last ones end in the freepointer of the next object. */
#define SLOT_OVERFLOW_MAX 96u

static uint32_t slot_distance(const struct list_ref *ref)
{
	return ref->s->size + ref->s->offset - ref->s->object_size;
}

static bool fits_overflow_slot(struct planting *p, const struct list_ref *ref)
{
	return fits_nonempty(p, ref) && slot_distance(ref) < SLOT_OVERFLOW_MAX;
}

bool fault_overflow_slot(struct planting *p)
{
	unsigned int index = 0;
	struct list_ref ref;
	uint8_t bytes[SLOT_OVERFLOW_MAX];
	uint64_t slot, before;
	uint32_t nr;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_ALL, fits_overflow_slot, &ref))
			return false;
		if (!victim_choose(p, &ref, &index))
			continue;
		nr = SLOT_OVERFLOW_MAX - slot_distance(&ref);
		nr = slot_distance(&ref) + 1 + (uint32_t)fault_below(p, nr < 8 ? nr : 8);
		slot = census_object(ref.s, ref.slab, index) + ref.s->offset;
		before = fault_word(p, slot, 8);
		pattern_make(p, bytes, nr);
		if (fault_below(p, 2))
			for (uint32_t at = 0; at < nr; at++)
				bytes[at] = (uint8_t)fault_random(p);
		model_poke(p->m, slot - slot_distance(&ref), bytes, nr);
		if (!truth_word(p, slot, before))
			continue;
		p->truth->culprit = census_object(ref.s, ref.slab, index - 1);
		fault_may_contents(p);
		return expect_list(p, &ref);
	}
	return false;
}

/* Frees. */

/* A free that reaches the slab also where there are sheaves: they are passed by when the free
 * interrupts who works on them. */
enum model_end free_to_slab(struct model *m, unsigned int cpu, uint64_t s, uint64_t object)
{
	OPERATION(m, cpu, slab_free(m, s, head_page(m, object), object, object, 1));
}

/* Kernels that check objects that are freed refuse; the others must not move the slab. */
bool takes_frees(const struct planting *p, const struct list_ref *ref)
{
	bool stays = ref->slab->place == CENSUS_CPU_SLAB || ref->slab->own.nr;

	return stays && ref->slab->inuse > 1 &&
	       !(ref->s->flags & p->m->era->flags->consistency_checks);
}

static bool fits_double_free(struct planting *p, const struct list_ref *ref)
{
	/* The CPUs that own the slab push to their own list, all others to the slab's. */
	if (ref->kind == LIST_CPU_SLAB && p->census->nr_cpus < 2)
		return false;
	return ref->chain->nr > 1 && takes_frees(p, ref);
}

unsigned int fault_other_cpu(struct planting *p, unsigned int cpu)
{
	unsigned int n = p->census->nr_cpus;

	return (cpu + 1 + (unsigned int)fault_below(p, n - 1)) % n;
}

/* Who frees, so that it gets onto the list. */
static unsigned int freeing_cpu(struct planting *p, const struct list_ref *ref)
{
	switch (ref->kind) {
	case LIST_CPU:
		return (unsigned int)ref->slab->cpu;
	case LIST_CPU_SLAB:
		return fault_other_cpu(p, (unsigned int)ref->slab->cpu);
	default:
		return (unsigned int)fault_below(p, p->census->nr_cpus);
	}
}

/* The truth's word is the link of the object that is freed. */
static bool free_again(struct planting *p, const struct list_ref *ref, unsigned int cpu,
		       uint64_t cache, uint64_t object)
{
	uint64_t slot = object + ref->s->offset, before = fault_word(p, slot, 8);

	if (free_to_slab(p->m, cpu, cache, object) != MODEL_DONE)
		return false;
	truth_word(p, slot, before);
	p->truth->culprit = object;
	return true;
}

/*
 * Freed, another one freed, freed again: a hardened kernel stops at two frees in a row, and the
 * object that is at the head of the list would be that.
 */
bool fault_double_free(struct planting *p)
{
	struct list_ref ref;
	unsigned int position;
	uint64_t object;

	if (!choose_list(p, LISTS_ALL, fits_double_free, &ref))
		return false;
	position = 1 + (unsigned int)fault_below(p, ref.chain->nr - 1);
	object = census_object(ref.s, ref.slab, ref.chain->objects[position]);
	if (!free_again(p, &ref, freeing_cpu(p, &ref), ref.s->cache, object))
		return false;
	return expect_list(p, &ref);
}

static bool fits_two_lists(struct planting *p, const struct list_ref *ref)
{
	return fits_nonempty(p, ref) && p->census->nr_cpus > 1 && takes_frees(p, ref);
}

bool fault_two_lists(struct planting *p)
{
	struct list_ref ref;
	uint64_t object;

	if (!choose_list(p, 1u << LIST_CPU, fits_two_lists, &ref))
		return false;
	object = census_object(ref.s, ref.slab, ref.chain->objects[fault_below(p, ref.chain->nr)]);
	if (!free_again(p, &ref, fault_other_cpu(p, (unsigned int)ref.slab->cpu), ref.s->cache,
			object))
		return false;
	return expect_list(p, &ref);
}

/* What another cache's freepointer hits has to be the object's own. */
static const struct census_cache *wrong_cache_for(struct planting *p, const struct census_cache *s)
{
	const struct census_cache *other;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		other = choose_other_cache(p, s);
		if (other && !cache_is_debugged(p, other) && other->offset + 8 <= s->size)
			return other;
	}
	return NULL;
}

static bool fits_wrong_cache(struct planting *p, const struct list_ref *ref)
{
	return takes_frees(p, ref) && !cache_is_debugged(p, ref->s);
}

/* Nothing is done about it by kernels that are not hardened, nor by others before 5.3. */
bool fault_wrong_cache(struct planting *p)
{
	const struct census_cache *other;
	unsigned int index = 0;
	struct list_ref ref;
	uint64_t object;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_OF_SLABS, fits_wrong_cache, &ref))
			return false;
		other = wrong_cache_for(p, ref.s);
		if (!other || !owned_choose(p, &ref, &index))
			continue;
		object = census_object(ref.s, ref.slab, index);
		if (!free_again(p, &ref, (unsigned int)fault_below(p, p->census->nr_cpus),
				other->cache, object))
			return false;
		/* As much was cleared as the other cache's objects have. */
		fault_may_contents(p);
		expect_list(p, &ref);
		if (p->truth->invisible && other->offset == ref.s->offset)
			p->truth->why_invisible = "the caches encode links alike, so this is "
						  "what the right free leaves";
		return true;
	}
	return false;
}

/* The kernel warns, and frees to the right cache (or since 7.0 not at all). */
bool fault_wrong_cache_natural(struct planting *p)
{
	const struct census_cache *other;
	unsigned int index = 0;
	struct list_ref ref;
	uint64_t object;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!choose_list(p, LISTS_OF_SLABS, NULL, &ref))
			return false;
		other = wrong_cache_for(p, ref.s);
		if (!other || !owned_choose(p, &ref, &index))
			continue;
		object = census_object(ref.s, ref.slab, index);
		if (model_free_object(p->m, (unsigned int)fault_below(p, p->census->nr_cpus),
				      other->cache, object) != MODEL_DONE)
			return false;
		list_of_slab(p, &ref);
		return fault_invisible(p, "the kernel looks which cache the object is of");
	}
	return false;
}
