/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stores to bytes of which the allocator knows what they hold: red zones, poison, padding, tracks, and
 * objects that init_on_free cleared.
 */
#include <string.h>

#include "decoders/slab.h"
#include "model/slub/cache.h"
#include "model/slub/fault_plant.h"

#define STORE_MAX 64u

/* An object, and what may be written: [@from, @to), from its start. */
struct victim {
	const struct census_cache *s;
	const struct census_slab *slab;
	unsigned int index;
	uint64_t object;
	bool free;
	int64_t from, to;
};

static bool flag(const struct victim *v, uint64_t bits)
{
	return bits && v->s->flags & bits;
}

static uint32_t member_of(struct planting *p, const struct victim *v, uint64_t addr, uint32_t size)
{
	(void)v;
	return (uint32_t)fault_word(p, addr, size);
}

static uint32_t inuse_of(struct planting *p, const struct victim *v)
{
	return member_of(p, v, AT(p->m, v->s->cache, cache_inuse), p->m->shape.cache_inuse.size);
}

/* Where the tracks begin: behind the freepointer if that lies behind the object. */
static uint32_t tracks_of(struct planting *p, const struct victim *v)
{
	uint32_t inuse = inuse_of(p, v);

	return v->s->offset >= inuse ? inuse + 8 : inuse;
}

static bool keeps_orig_size(const struct planting *p, const struct victim *v)
{
	const struct model_flags *f = p->m->era->flags;

	return has(p->m, ORIG_SIZE) && flag(v, f->store_user) && flag(v, f->kmalloc);
}

static uint32_t orig_size_of(struct planting *p, const struct victim *v)
{
	uint64_t at = v->object + tracks_of(p, v) + 2 * p->m->shape.track_bytes;

	return member_of(p, v, at, 4);
}

/* Where the vector of a slab's owners begins if it lies in the slab; else 0. */
static uint64_t owners_inside(struct planting *p, const struct victim *v)
{
	uint64_t owners = has(p->m, SHEAVES_ALL) ? WORD(p, v->slab->slab, slab_owners) : 0;

	owners &= ~UINT64_C(7);
	return owners - v->slab->base < (uint64_t)MODEL_PAGE << v->slab->order ? owners : 0;
}

/* What belongs to somebody behind an object. */
static uint32_t reserved_end(struct planting *p, const struct victim *v)
{
	uint64_t owners = owners_inside(p, v), first = v->slab->base + v->s->pad;
	uint32_t end = tracks_of(p, v);

	if (owners && owners - v->slab->base < v->s->size)
		return (uint32_t)(owners - first) + OWNER_BYTES;

	if (flag(v, p->m->era->flags->store_user))
		end += 2 * p->m->shape.track_bytes;
	/* Of the upper half of a long nobody knows that it is not padding. */
	if (keeps_orig_size(p, v))
		end += 8;
	return end;
}

static bool is_kept(struct planting *p, const struct victim *v)
{
	return flag(v, p->m->era->flags->typesafe_by_rcu) || WORD(p, v->s->cache, cache_ctor);
}

static bool is_cleared(struct planting *p, const struct victim *v)
{
	/* kfree_nolock() does not clear what it frees (6.18). */
	bool kmalloc = has(p->m, SHEAVES) && flag(v, p->m->era->flags->kmalloc);

	return p->m->init_on_free && !cache_is_debugged(p, v->s) && !is_kept(p, v) && !kmalloc;
}

/* Bytes that an owner wrote are as good as others, so these are what nobody may write. */
static bool range_of(struct planting *p, struct victim *v)
{
	const struct model_flags *f = p->m->era->flags;
	uint32_t size = v->s->object_size, inuse = inuse_of(p, v);

	v->from = size;
	v->to = inuse;
	switch (p->fault) {
	case MODEL_FAULT_REDZONE_RIGHT:
	case MODEL_FAULT_REDZONE_RIGHT_FAR:
		return flag(v, f->red_zone) && inuse > size;
	case MODEL_FAULT_REDZONE_LEFT:
		v->from = -(int64_t)v->s->pad;
		v->to = 0;
		return flag(v, f->red_zone);
	case MODEL_FAULT_REDZONE_KMALLOC:
		if (v->free || !flag(v, f->red_zone) || !keeps_orig_size(p, v))
			return false;
		v->from = orig_size_of(p, v);
		v->to = size;
		return true;
	case MODEL_FAULT_POISON:
		v->from = 0;
		v->to = size;
		return v->free && flag(v, f->poison) && !is_kept(p, v);
	case MODEL_FAULT_PADDING_OBJECT:
		v->from = reserved_end(p, v);
		v->to = v->s->size - v->s->pad;
		return flag(v, f->poison);
	case MODEL_FAULT_INIT_ON_FREE:
		v->from = 0;
		v->to = size;
		return v->free && is_cleared(p, v);
	default:
		return false;
	}
}

/* Behind the last object; v->object is that. */
static bool range_of_slab(struct planting *p, struct victim *v)
{
	uint64_t behind = v->slab->base + (uint64_t)v->s->size * v->slab->objects;
	int64_t last = (int64_t)(v->object - v->slab->base);
	uint64_t owners = owners_inside(p, v);

	v->to = ((int64_t)MODEL_PAGE << v->slab->order) - v->s->reserved;
	v->from = v->to - v->to % v->s->size - last;
	if (owners >= behind)
		v->from = (int64_t)(owners + OWNER_BYTES * v->slab->objects - v->object);
	v->to -= last;
	return flag(v, p->m->era->flags->poison);
}

static bool victim_fits(struct planting *p, struct victim *v)
{
	unsigned int on = v->slab->on[v->index];

	if (on & CENSUS_IN_SHEAF)
		return false;
	v->object = census_object(v->s, v->slab, v->index);
	v->free = on & (CENSUS_ON_SLAB | CENSUS_ON_CPU);
	if (p->fault == MODEL_FAULT_TRACK)
		return flag(v, p->m->era->flags->store_user);
	if (p->fault == MODEL_FAULT_PADDING_SLAB)
		return v->index + 1 == v->slab->objects && range_of_slab(p, v) && v->from < v->to;
	return range_of(p, v) && v->from < v->to;
}

/* Each slab with such an object is as likely as any other. */
static bool victim_choose(struct planting *p, struct victim *chosen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_slabs; i++) {
		struct victim v = { .slab = &p->census->slabs[i] };

		v.s = census_cache(p->census, v.slab->cache);
		if (!v.s || !v.slab->on || !slab_is_wanted(p, v.slab) ||
		    v.slab->place == CENSUS_WAITS || !v.slab->objects)
			continue;
		v.index = p->fault == MODEL_FAULT_PADDING_SLAB
				  ? v.slab->objects - 1
				  : (unsigned int)fault_below(p, v.slab->objects);
		if (victim_fits(p, &v) && fault_takes(p, &n))
			*chosen = v;
	}
	return n > 0;
}

static void victim_truth(struct planting *p, const struct victim *v, const char *id)
{
	fault_of_cache(p, v->s, census_place_name(v->slab->place), v->slab->cpu, -1);
	p->truth->slab = v->slab->slab;
	p->truth->object = v->object;
	p->truth->object_index = (int)v->index;
	fault_must(p, id);
	fault_may_contents(p);
}

/* A byte that the allocator writes nowhere. */
static uint8_t stray_byte(struct planting *p)
{
	static const uint8_t known[] = { 0, 0x5a, 0x6b, 0xa5, 0xbb, 0xcc };
	uint8_t byte;

	do
		byte = (uint8_t)fault_random(p);
	while (memchr(known, byte, sizeof(known)));
	return byte;
}

static uint64_t minimum(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Where a store of how many bytes goes. */
static void store_choose(struct planting *p, const struct victim *v, int64_t *at, uint64_t *nr)
{
	uint64_t room = (uint64_t)(v->to - v->from);

	*nr = 1 + fault_below(p, minimum(room, 16));
	*at = v->from + (int64_t)fault_below(p, room - *nr + 1);
	if (p->fault == MODEL_FAULT_REDZONE_RIGHT) {
		/* It may go on into the next object. */
		uint64_t end = v->slab->base + ((uint64_t)MODEL_PAGE << v->slab->order);

		*at = v->from;
		/* What the allocator itself has there is another fault's. */
		if (v->index + 1 < v->slab->room &&
		    object_is_internal(p, v->s, v->slab, v->index + 1))
			end = v->object + v->s->size - v->s->pad;
		*nr = 1 + fault_below(p, minimum(STORE_MAX, end - v->object - (uint64_t)v->from));
	} else if (p->fault == MODEL_FAULT_REDZONE_RIGHT_FAR) {
		*at = v->to - 1;
		*nr = 1;
	} else if (p->fault == MODEL_FAULT_REDZONE_KMALLOC) {
		*at = v->from;
	}
}

static const char *id_of(const struct planting *p)
{
	switch (p->fault) {
	case MODEL_FAULT_REDZONE_LEFT:
		return "redzone-left";
	case MODEL_FAULT_REDZONE_KMALLOC:
		return "redzone-kmalloc";
	case MODEL_FAULT_POISON:
		return "poison-overwritten";
	case MODEL_FAULT_PADDING_OBJECT:
		return "padding-object";
	case MODEL_FAULT_PADDING_SLAB:
		return "padding-slab";
	case MODEL_FAULT_INIT_ON_FREE:
		return "init-on-free";
	default:
		return "redzone-right";
	}
}

bool fault_contents(struct planting *p)
{
	uint8_t bytes[STORE_MAX] = { 0 };
	struct victim v;
	uint64_t nr;
	int64_t at, slot;

	if (!victim_choose(p, &v))
		return false;
	store_choose(p, &v, &at, &nr);
	slot = (int64_t)v.s->offset;
	/* What hits a link is another fault. */
	if (p->fault == MODEL_FAULT_INIT_ON_FREE && at < slot + 8 && at + (int64_t)nr > slot) {
		if (slot + 8 >= v.to && !slot)
			return false;
		at = slot ? 0 : slot + 8;
		nr = 1;
	}
	for (uint64_t i = 0; i < nr; i++)
		bytes[i] = stray_byte(p);
	p->truth->written = v.object + (uint64_t)at;
	p->truth->before = fault_word(p, p->truth->written, 1);
	p->truth->now = bytes[0];
	p->truth->width = (unsigned int)nr;
	model_poke(p->m, p->truth->written, bytes, nr);
	victim_truth(p, &v, id_of(p));
	if (p->fault == MODEL_FAULT_REDZONE_RIGHT)
		fault_may_chains(p);
	return true;
}

bool fault_track(struct planting *p)
{
	const struct model_shape *shape = &p->m->shape;
	uint64_t track, words[] = { fault_random(p) >> 8 | UINT64_C(1) << 40,
				    UINT64_C(0x4141414141414141), p->m->direct_map + 0x1040 };
	struct victim v;
	uint64_t slot, word;
	uint32_t size = 4;

	if (!victim_choose(p, &v))
		return false;
	track = v.object + tracks_of(p, &v) + fault_below(p, 2) * shape->track_bytes;
	switch (fault_below(p, 3)) {
	case 0:
		slot = AT(p->m, track, track_addr);
		size = 8;
		word = words[fault_below(p, 3)];
		break;
	case 1:
		slot = AT(p->m, track, track_cpu);
		word = p->m->nr_cpus + fault_below(p, UINT64_C(1) << 31);
		break;
	default:
		slot = AT(p->m, track, track_pid);
		word = (UINT64_C(1) << 23) + fault_below(p, UINT64_C(1) << 30);
		break;
	}
	if (!fault_store(p, slot, size, word))
		return false;
	victim_truth(p, &v, "track-invalid");
	p->truth->slot = slot;
	return true;
}
