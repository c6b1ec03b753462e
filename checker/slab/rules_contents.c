/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules on what slabs hold: the red zones, the poison and the last user of CONFIG_DEBUG_SLAB, and the zeros of
 * init_on_free.
 *
 * A slot with all of them, its addresses rising:
 *
 *   padding | red zone | object, at obj_offset | slack that nobody fills | red zone | last user
 */
#include <inttypes.h>
#include <string.h>

#include "checker/debug/contents.h"
#include "checker/slab/finding.h"

/* Words of 8 bytes, since 2.6.22 (b46b8f19c9cd). */
#define ZONE_INACTIVE UINT64_C(0x09F911029D74E35B)
#define ZONE_ACTIVE UINT64_C(0xD84156C5635688C0)

/* An object and what of it is looked at. */
struct object {
	const struct slab_rules *rules;
	const struct slab_found *slab;
	const uint8_t *slot; /* its bytes */
	uint32_t index;
	bool is_free;
	const struct slab_entry *entry; /* of an array, that holds it; or NULL */
};

static bool cleared(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;

	return rules->layout->init_on_free && !c->ctor && !(c->flags & (SLAB_BY_RCU | SLAB_POISON));
}

bool slab_rules_contents_known(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;
	uint64_t flags = rules->layout->debug_slab
				 ? c->flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
				 : 0;

	/* Where the size is in doubt nobody knows where the objects begin. */
	return slab_cache_walkable(c) && !(c->defects & SLAB_DEFECT_RECIPROCAL) &&
	       (flags || cleared(rules));
}

static uint64_t word_at(const struct object *o, uint64_t offset)
{
	return value_get(o->rules->heap->memory->arch, o->slot + offset, 8);
}

static struct finding object_finding(const struct object *o, enum finding_id id)
{
	struct finding f = slab_finding(o->rules, id, o->slab);

	set_object(&f, o->rules, o->slab, o->index);
	return f;
}

/* The first and the last of @len bytes at @offset of the slot that differ. */
static void set_bytes(struct finding *f, const struct object *o, uint64_t first, uint64_t last,
		      uint8_t expected)
{
	const struct slab_cache *c = o->rules->cache;
	uint64_t slot = slab_slot(c, o->slab, o->index);
	struct finding_bytes *b = &f->bytes;

	b->first = slot + first;
	b->last = slot + last;
	b->nr = last - first + 1;
	b->from_start = (int64_t)first - (int64_t)c->obj_offset;
	b->from_end = b->from_start - (int64_t)c->object_size;
	b->expected = b->expected_or = expected;
	b->nr_excerpt = b->nr < sizeof(b->excerpt) ? (unsigned int)b->nr : sizeof(b->excerpt);
	memcpy(b->excerpt, o->slot + first, b->nr_excerpt);
	f->has |= FINDING_HAS_BYTES;
}

/* Whether all wrong bytes are where fixup_objfreelist_debug() has to fill: indexes, or the link of a chain. */
static bool at_start(const struct finding *f, const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;
	uint64_t end = c->management > 8 ? c->management : 8;

	return f->has & FINDING_HAS_BYTES &&
	       f->bytes.from_start + (int64_t)f->bytes.nr <= (int64_t)end;
}

static void filling_excuse(struct finding *f, const struct object *o)
{
	struct slab_breach_case c = { .breach = SLAB_BREACH_POISON,
				      .locked = node_locked(o->rules, o->slab->node),
				      .next = o->slab->own.hop[o->index] == 1,
				      .start = at_start(f, o),
				      .cpu_at = SLAB_CPU_ELSEWHERE };

	if (o->entry) {
		c.array = &o->rules->heap->arrays.arrays[o->entry->array];
		c.position = o->entry->position;
		if (c.array->kind == SLAB_ARRAY_CPU)
			c.cpu_at = slab_busy_cpu(o->rules->busy, c.array->cpu);
	}
	excuse(f, o->rules, c);
}

/* The bytes from @from to @end that are not @fill, nor, at the last one, @last. */
static bool bytes_judge(const struct object *o, struct finding *f, uint64_t from, uint64_t end,
			uint8_t fill, uint8_t last)
{
	uint64_t first = end, behind = end;

	for (uint64_t i = from; i < end; i++) {
		if (o->slot[i] == (i + 1 == end ? last : fill))
			continue;
		if (first == end)
			first = i;
		behind = i;
	}
	if (first == end)
		return true;
	set_bytes(f, o, first, behind, first + 1 == end ? last : fill);
	return false;
}

/* --- Red zones --- */

static uint64_t right_zone(const struct slab_cache *c)
{
	return c->size - (c->flags & SLAB_STORE_USER ? 16 : 8);
}

static bool zone_is(uint64_t word)
{
	return word == ZONE_ACTIVE || word == ZONE_INACTIVE;
}

static void zone_judge(const struct object *o, enum finding_id id, uint64_t offset)
{
	uint64_t word = word_at(o, offset), wanted = o->is_free ? ZONE_INACTIVE : ZONE_ACTIVE;
	struct finding f = object_finding(o, id);

	if (word == ZONE_INACTIVE || (!o->is_free && zone_is(word)))
		return;
	set_slot(&f, slab_slot(o->rules->cache, o->slab, o->index) + offset, "red zone", word);
	set_expected(&f, wanted);
	finding_message(&f, "the object is %s; %s", o->is_free ? "free" : "in use",
			word == ZONE_ACTIVE ? "its red zone is that of an object in use"
					    : "the word is neither of the two red zones");
	if (o->is_free && zone_is(word))
		filling_excuse(&f, o);
	emit(o->rules, &f, o->slab);
}

/* Both zones of an object in use say that it is free, or one of them: it is on its way. */
static void handed_judge(const struct object *o, uint64_t left, uint64_t right)
{
	struct finding f;

	if (o->is_free || !zone_is(left) || !zone_is(right) ||
	    (left == ZONE_ACTIVE && right == ZONE_ACTIVE))
		return;
	f = object_finding(o, FINDING_FREELIST_ORPHANS);
	finding_message(&f,
			"object %u is neither free in its slab nor in an array, and %s red zone%s "
			"that it is free",
			o->index, left == right ? "both" : "one",
			left == right ? "s say" : " says");
	excuse(&f, o->rules, (struct slab_breach_case){ .breach = SLAB_BREACH_STATE });
	emit(o->rules, &f, o->slab);
}

static void zones_judge(const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;
	uint64_t left = c->obj_offset - 8, right = right_zone(c);

	if (!(c->flags & SLAB_RED_ZONE) || c->obj_offset < 8 || c->size < 32)
		return;
	zone_judge(o, FINDING_REDZONE_LEFT, left);
	zone_judge(o, FINDING_REDZONE_RIGHT, right);
	handed_judge(o, word_at(o, left), word_at(o, right));
}

/* --- Poison, zeros, and the last user --- */

/* Bytes at the start of the object that hold the indexes of the slab's free objects. */
static uint64_t host_bytes(const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;

	if (slab_cache_placement(c, o->rules->layout) != SLAB_MANAGED_OBJECT ||
	    o->slab->freelist != slab_slot(c, o->slab, o->index) + c->obj_offset)
		return 0;
	return c->management;
}

/* CONFIG_DEBUG_PAGEALLOC unmaps such objects, until 4.5 instead of filling them (40b44137971c). */
static bool is_unmapped(const struct slab_rules *rules)
{
	const struct slab_cache *c = rules->cache;

	return rules->layout->unmaps && c->size % rules->heap->memory->page_size == 0 &&
	       c->flags & SLAB_OFF;
}

static void poison_judge(const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;
	uint64_t from = c->obj_offset + host_bytes(o), end = c->obj_offset + c->object_size;
	struct finding f = object_finding(o, FINDING_POISON_OVERWRITTEN);

	if (!o->is_free || !(c->flags & SLAB_POISON) || is_unmapped(o->rules) ||
	    bytes_judge(o, &f, from, end, POISON_FREE, POISON_END))
		return;
	finding_message(&f, "object %u is free%s, and not filled with its poison", o->index,
			o->entry ? ", in an array" : " in its slab");
	filling_excuse(&f, o);
	emit(o->rules, &f, o->slab);
}

static void zeros_judge(const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;
	struct finding f = object_finding(o, FINDING_INIT_ON_FREE);

	if (!o->is_free || !cleared(o->rules) ||
	    bytes_judge(o, &f, c->obj_offset, c->obj_offset + c->object_size, 0, 0))
		return;
	finding_message(&f, "object %u is free%s, and not zero", o->index,
			o->entry ? ", in an array" : " in its slab");
	filling_excuse(&f, o);
	emit(o->rules, &f, o->slab);
}

static void user_judge(const struct object *o)
{
	const struct slab_cache *c = o->rules->cache;
	uint64_t user = word_at(o, c->size - 8);
	struct finding f;

	if (!(c->flags & SLAB_STORE_USER) || !user ||
	    kernel_may_be_text(&o->rules->layout->kernel, user))
		return;
	f = object_finding(o, FINDING_TRACK_INVALID);
	set_slot(&f, slab_slot(c, o->slab, o->index) + c->size - 8, "last user", user);
	finding_message(&f, "the last user of object %u, 0x%" PRIx64 ", is not code", o->index,
			user);
	emit(o->rules, &f, o->slab);
}

static void object_judge(struct object *o)
{
	if (o->rules->layout->debug_slab) {
		zones_judge(o);
		poison_judge(o);
		user_judge(o);
	}
	zeros_judge(o);
}

void slab_rules_contents(const struct slab_rules *rules, struct slab_found *slab)
{
	const struct slab_cache *c = rules->cache;

	/* Where the list of free objects is damaged nobody knows which are free. */
	if (slab->own.end != SLAB_WALK_END || slab->misplaced)
		return;
	slab_heap_contents(rules->heap, c, slab);
	for (uint32_t i = 0; slab->bytes && i < c->num; i++) {
		struct object o = { .rules = rules,
				    .slab = slab,
				    .slot = slab->bytes + (slab->s_mem - slab->base) + i * c->size,
				    .index = i };

		o.entry = slab_entry_find(rules->heap, c, slab, i);
		o.is_free = o.entry || slab->own.hop[i];
		object_judge(&o);
	}
}
