/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches with slub_debug options: red zones, poison, tracks, and the checks of them. */
#include "model/slub/cache.h"
#include "model/slub/freepointer.h"

static bool flag(struct model *m, uint64_t s, uint64_t bits)
{
	return cache_flags(m, s) & bits;
}

uint32_t debug_bytes(struct model *m, uint64_t flags)
{
	uint32_t bytes = 0;

	if (flags & m->era->flags->store_user) {
		bytes += 2 * m->shape.track_bytes;
		if (has(m, ORIG_SIZE) && flags & m->era->flags->kmalloc)
			bytes += has(m, ORIG_SIZE_LONG) ? 8 : 4;
	}
	return bytes;
}

/* get_info_end(): where the tracks start. Until 5.6 any link but the first word was outside. */
static uint64_t info_end(struct model *m, uint64_t s)
{
	uint64_t inuse = get(m, s, cache_inuse), offset = get(m, s, cache_offset);

	if (!has(m, SLOT_MIDDLE))
		return offset ? offset + 8 : inuse;
	return offset >= inuse ? inuse + 8 : inuse;
}

uint64_t metadata_end(struct model *m, uint64_t s)
{
	return info_end(m, s) + debug_bytes(m, cache_flags(m, s));
}

static uint64_t track_at(struct model *m, uint64_t s, uint64_t object, bool alloc)
{
	return object + info_end(m, s) + (alloc ? 0 : m->shape.track_bytes);
}

/* The stack of who allocates or frees: the caller, and whoever called that. */
static void frames_put(struct model *m, uint64_t at, bool alloc)
{
	put64(m, at, (alloc ? TEXT_ALLOCATES : TEXT_FREES) + 0x1d);
	put64(m, at + 8, TEXT_OUTER + (alloc ? 0x2a : 0x4c));
	put64(m, at + 16, 0);
}

/* A record for each of the two stacks in the first pool. 5.10 has a stack in each track. */
#define RECORD_ALLOC 0x40u
#define RECORD_FREE 0x80u

/*
 * A handle has the number of a pool in its lower bits, counted from 1 since 6.9, above them where in
 * the pool the record lies, in units of 16 bytes, and until 6.7 a bit that is always set.
 */
static uint32_t handle_of(struct model *m, uint32_t record)
{
	return has(m, UNFROZEN_PARTIAL) ? record / 16 << 17 | 1 : record / 16 << 16 | 1u << 26;
}

static void record_make(struct model *m, uint64_t pool, bool alloc)
{
	uint32_t place = alloc ? RECORD_ALLOC : RECORD_FREE;
	uint64_t record = pool + place;

	put(m, record, stack_size, 2);
	put(m, record, stack_handle, handle_of(m, place));
	frames_put(m, record + m->shape.stack_entries.offset, alloc);
	m->handles[alloc] = handle_of(m, place);
}

/* 6.3 renamed it. */
static const char *stack_pools_name(struct model *m)
{
	return has(m, UNFROZEN_PARTIAL) ? "stack_pools" : "stack_slabs";
}

void stack_depot_init(struct model *m)
{
	uint64_t pool, pools;

	if (!has(m, TRACK_HANDLE))
		return;
	pool = data_get(m, NULL, 0x100);
	record_make(m, pool, true);
	record_make(m, pool, false);
	/* 7.2 allocates the array at boot. */
	pools = data_get(m, has(m, SHEAVES_ALL) ? NULL : stack_pools_name(m), 8);
	put64(m, pools, pool);
	if (has(m, SHEAVES_ALL))
		put64(m, data_get(m, stack_pools_name(m), 8), pools);
}

void set_track(struct model *m, uint64_t s, uint64_t object, bool alloc)
{
	uint64_t t = track_at(m, s, object, alloc);

	if (has_member(m, track_handle))
		put(m, t, track_handle, m->handles[alloc]);
	else
		frames_put(m, t + m->shape.track_addrs.offset, alloc);
	put(m, t, track_addr, (alloc ? TEXT_ALLOCATES : TEXT_FREES) + 0x1d);
	put(m, t, track_cpu, m->run->cpu);
	put(m, t, track_pid, 100 + m->run->cpu);
	put(m, t, track_when, MODEL_JIFFIES - (m->seed & 0xffff));
}

/* slub_debug_orig_size() */
static bool keeps_orig_size(struct model *m, uint64_t s)
{
	const struct model_flags *f = m->era->flags;

	return has(m, ORIG_SIZE) && flag(m, s, f->store_user) && flag(m, s, f->kmalloc);
}

/* orig_size lies behind the two tracks. */
static uint64_t orig_size_at(struct model *m, uint64_t s, uint64_t object)
{
	return object + info_end(m, s) + 2 * m->shape.track_bytes;
}

void set_orig_size(struct model *m, uint64_t s, uint64_t object, uint32_t size)
{
	if (keeps_orig_size(m, s))
		model_put(m, orig_size_at(m, s, object), has(m, ORIG_SIZE_LONG) ? 8 : 4, size);
}

uint32_t get_orig_size(struct model *m, uint64_t s, uint64_t object)
{
	if (!keeps_orig_size(m, s))
		return (uint32_t)get(m, s, cache_object_size);
	return get32(m, orig_size_at(m, s, object));
}

bool redzones_kmalloc(struct model *m, uint64_t s)
{
	return has(m, SLAB_CACHE_FIRST) && keeps_orig_size(m, s);
}

void setup_slab_debug(struct model *m, uint64_t s, uint64_t base, unsigned int order)
{
	if (flag(m, s, m->era->flags->poison))
		model_fill(m, base, POISON_INUSE, (uint64_t)MODEL_PAGE << order);
}

static void init_object(struct model *m, uint64_t s, uint64_t object, uint8_t red)
{
	uint64_t size = get(m, s, cache_object_size), inuse = get(m, s, cache_inuse);
	uint64_t pad = has(m, RED_LEFT_PAD) ? get(m, s, cache_red_left_pad) : 0;
	bool zones = flag(m, s, m->era->flags->red_zone);

	if (zones && red == SLUB_RED_ACTIVE && redzones_kmalloc(m, s))
		size = get_orig_size(m, s, object);
	if (zones && pad)
		model_fill(m, object - pad, red, pad);
	if (flag(m, s, m->era->flags->object_poison)) {
		model_fill(m, object, POISON_FREE, size - 1);
		model_fill(m, object + size - 1, POISON_END, 1);
	}
	if (zones && inuse > size)
		model_fill(m, object + size, red, inuse - size);
}

void setup_object_debug(struct model *m, uint64_t s, uint64_t object)
{
	const struct model_flags *f = m->era->flags;

	if (!flag(m, s, f->store_user | f->red_zone | f->object_poison))
		return;
	init_object(m, s, object, SLUB_RED_INACTIVE);
	if (flag(m, s, f->store_user))
		model_fill(m, track_at(m, s, object, true), 0, 2 * (uint64_t)m->shape.track_bytes);
}

/* The checks. They report and say no; what the kernel then repairs, it repairs for its own sake. */

static bool bytes_are(struct model *m, uint64_t addr, uint8_t byte, uint64_t len, const char *what)
{
	for (uint64_t i = 0; i < len; i++) {
		if (model_get(m, addr + i, 1) == byte)
			continue;
		model_report(m, MODEL_REPORT_SLAB_ERROR, "%s overwritten", what);
		return false;
	}
	return true;
}

static bool check_object(struct model *m, uint64_t s, uint64_t object, uint8_t red)
{
	uint64_t size = get(m, s, cache_object_size), inuse = get(m, s, cache_inuse);
	uint64_t pad = has(m, RED_LEFT_PAD) ? get(m, s, cache_red_left_pad) : 0;
	uint64_t slot = get(m, s, cache_offset);
	bool zones = flag(m, s, m->era->flags->red_zone);

	if (zones && (!bytes_are(m, object - pad, red, pad, "Left Redzone") ||
		      !bytes_are(m, object + size, red, inuse - size, "Right Redzone")))
		return false;
	if (zones && red == SLUB_RED_ACTIVE && redzones_kmalloc(m, s)) {
		uint64_t asked = get_orig_size(m, s, object);

		if (asked < size &&
		    !bytes_are(m, object + asked, red, size - asked, "kmalloc Redzone"))
			return false;
	}
	if (red == SLUB_RED_ACTIVE || !flag(m, s, m->era->flags->object_poison))
		return true;
	/* With poison the link lies outside, so all of the object can be compared. */
	return (slot < size || bytes_are(m, object, POISON_FREE, size - 1, "Poison")) &&
	       bytes_are(m, object + size - 1, POISON_END, 1, "End Poison");
}

static bool valid_pointer(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	uint64_t first = fixup_red_left(m, s, slab_base(m, slab)), size = cache_size(m, s);

	return object >= first && (object - first) % size == 0 &&
	       (object - first) / size < slab_objects(m, slab);
}

static bool on_freelist(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	uint64_t fp = slab_freelist(m, slab);
	unsigned int limit = slab_objects(m, slab);

	for (unsigned int i = 0; fp && i <= limit; i++) {
		if (fp == object)
			return true;
		if (!valid_pointer(m, s, slab, fp))
			return false;
		fp = freepointer_load(m, s, fp);
	}
	return false;
}

static bool slab_error(struct model *m, const char *what)
{
	model_report(m, MODEL_REPORT_SLAB_ERROR, "%s", what);
	return false;
}

static bool alloc_checks(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	if (!valid_pointer(m, s, slab, object))
		return slab_error(m, "Freelist Pointer check fails");
	return check_object(m, s, object, SLUB_RED_INACTIVE);
}

static bool free_checks(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	if (!valid_pointer(m, s, slab, object))
		return slab_error(m, "Invalid object pointer");
	if (on_freelist(m, s, slab, object))
		return slab_error(m, "Object already free");
	return check_object(m, s, object, SLUB_RED_ACTIVE);
}

bool alloc_debug_processing(struct model *m, uint64_t s, uint64_t slab, uint64_t object,
			    uint32_t orig_size)
{
	uint64_t counters;

	if (flag(m, s, m->era->flags->consistency_checks) && !alloc_checks(m, s, slab, object)) {
		/* "Marking all objects used": the slab is lost to the allocator. */
		counters = slab_counters(m, slab);
		put(m, slab, slab_counters,
		    counters_make(counters, counters_objects(counters), counters_objects(counters),
				  has(m, FROZEN_IS_BAD) || counters_frozen(counters)));
		put(m, slab, slab_freelist, 0);
		return false;
	}
	/* Since 6.1 the track is set when list_lock has been dropped. */
	if (!has(m, DEBUG_UNDER_LOCK) && flag(m, s, m->era->flags->store_user))
		set_track(m, s, object, true);
	set_orig_size(m, s, object, orig_size);
	init_object(m, s, object, SLUB_RED_ACTIVE);
	return true;
}

/* One after the other, from head to tail; none is freed if one is bad. */
static bool free_each(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
		      unsigned int *count)
{
	bool checks = flag(m, s, m->era->flags->consistency_checks);
	unsigned int n = 0;

	for (uint64_t object = head;; object = freepointer_load(m, s, object)) {
		if (++n > *count)
			break;
		if (checks && !free_checks(m, s, slab, object))
			return false;
		if (flag(m, s, m->era->flags->store_user))
			set_track(m, s, object, false);
		init_object(m, s, object, SLUB_RED_INACTIVE);
		if (object == tail)
			break;
	}
	return true;
}

bool free_debug_processing(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			   unsigned int *count)
{
	bool early = !has(m, DEBUG_UNDER_LOCK), done;
	uint64_t n = get_node(m, s, slab_nid(m, slab));

	if (!early && counters_inuse(slab_counters(m, slab)) < *count)
		return slab_error(m, "Slab has fewer allocated objects than are to be freed");
	if (!early)
		return free_each(m, s, slab, head, tail, count);
	/* Until 6.0 it takes the locks itself. */
	node_lock(m, n);
	slab_lock(m, slab);
	done = free_each(m, s, slab, head, tail, count);
	slab_unlock(m, slab);
	node_unlock(m, n);
	return done;
}

void free_slab_debug(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t object;

	if (!flag(m, s, m->era->flags->consistency_checks))
		return;
	object = fixup_red_left(m, s, slab_base(m, slab));
	for (unsigned int i = slab_objects(m, slab); i--; object += cache_size(m, s))
		check_object(m, s, object, SLUB_RED_INACTIVE);
}
