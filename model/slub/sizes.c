/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the objects of a cache lie in its slabs, and how many slabs are kept for later. */
#include "model/slub/cache.h"

#define SLUB_MAX_ORDER 3u /* PAGE_ALLOC_COSTLY_ORDER */

uint32_t calculate_alignment(struct model *m, uint64_t flags, uint32_t align, uint32_t size)
{
	/* A whole cache line for objects that fill more than half of one. */
	if (flags & m->era->flags->hwcache_align) {
		uint32_t line = CACHE_LINE;

		while (size && size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	return (uint32_t)round_up(align ? align : 1, 8);
}

static unsigned int objects_of(unsigned int order, uint32_t size, uint32_t reserved)
{
	return (unsigned int)(((uint64_t)MODEL_PAGE << order) - reserved) / size;
}

/* Whether the waste at the end of a slab is small enough. */
static bool order_fits(unsigned int order, uint32_t size, unsigned int fraction, uint32_t reserved)
{
	uint64_t slab = (uint64_t)MODEL_PAGE << order;

	return (slab - reserved) % size <= slab / fraction;
}

/* slab_order(), calc_slab_order() until 6.7: the first good order, or more than @max. */
static unsigned int slab_order(uint32_t size, unsigned int min_objects, unsigned int max,
			       unsigned int fraction, uint32_t reserved)
{
	uint64_t needed = (uint64_t)min_objects * size + reserved;
	unsigned int order;

	if (objects_of(0, size, reserved) > SLAB_MAX_OBJECTS)
		return get_order((uint64_t)size * SLAB_MAX_OBJECTS) - 1;
	for (order = get_order(needed); order <= max; order++)
		if (order_fits(order, size, fraction, reserved))
			break;
	return order;
}

/* Until 6.7: rather fewer objects in a slab than more waste. Return: -1 when it is too large. */
static int order_by_objects(uint32_t size, unsigned int min_objects, uint32_t reserved)
{
	unsigned int order;

	for (; min_objects > 1; min_objects--) {
		for (unsigned int fraction = 16; fraction >= 4; fraction /= 2) {
			order = slab_order(size, min_objects, SLUB_MAX_ORDER, fraction, reserved);
			if (order <= SLUB_MAX_ORDER)
				return (int)order;
		}
	}
	order = slab_order(size, 1, SLUB_MAX_ORDER, 1, reserved);
	if (order > SLUB_MAX_ORDER)
		order = slab_order(size, 1, PAGE_ORDER_MAX + 1, 1, reserved);
	return order <= PAGE_ORDER_MAX ? (int)order : -1;
}

/* 6.8 (0fe2735d5e2e): the smallest order that holds enough; more waste rather than fewer objects. */
static int order_by_waste(uint32_t size, unsigned int min_objects)
{
	unsigned int order, min = get_order((uint64_t)min_objects * size);

	if (objects_of(min, size, 0) > SLAB_MAX_OBJECTS)
		return (int)get_order((uint64_t)size * SLAB_MAX_OBJECTS) - 1;
	for (unsigned int fraction = 16; fraction > 1; fraction /= 2)
		for (order = min; order <= SLUB_MAX_ORDER; order++)
			if (order_fits(order, size, fraction, 0))
				return (int)order;
	order = get_order(size);
	return order <= PAGE_ORDER_MAX ? (int)order : -1;
}

/* The more CPUs, the more objects are to fit into a slab. */
static int calculate_order(struct model *m, uint32_t size, uint32_t reserved)
{
	unsigned int wanted = 4 * (log2_of(m->nr_cpus) + 1 + 1);
	unsigned int most = objects_of(SLUB_MAX_ORDER, size, reserved);

	if (!has(m, UNFROZEN_PARTIAL))
		return order_by_objects(size, wanted < most ? wanted : most, reserved);
	if (!most)
		most = 1;
	return order_by_waste(size, wanted < most ? wanted : most);
}

static uint64_t oo_make(struct model *m, unsigned int order, uint32_t size, uint32_t reserved)
{
	(void)m;
	return (uint64_t)order << 16 | objects_of(order, size, reserved);
}

/* Until 4.17 the rcu_head of a slab took bytes from its end where page->lru could not hold it. */
static uint32_t reserved_bytes(struct model *m, uint64_t flags)
{
	if (!has(m, RESERVED) || !(flags & m->era->flags->typesafe_by_rcu))
		return 0;
	return m->shape.page_lru.size < 16 ? 16 : 0;
}

/* struct reciprocal_value: multiplier, two shifts (5.9). */
static uint64_t reciprocal_value(uint32_t d)
{
	unsigned int l = d > 1 ? log2_of(d - 1) + 1 : 0;
	uint64_t multiplier = ((UINT64_C(1) << 32) * ((UINT64_C(1) << l) - d)) / d + 1;
	uint64_t shift1 = l > 0, shift2 = l > 1 ? l - 1 : 0;

	return (multiplier & 0xffffffff) | shift1 << 32 | shift2 << 40;
}

/* Whether the freepointer lies behind the object, as it must not touch what is in there. */
static bool pointer_is_outside(struct model *m, uint64_t flags, const struct cache_spec *spec)
{
	const struct model_flags *f = m->era->flags;

	if (flags & (f->typesafe_by_rcu | f->poison) || spec->ctor)
		return true;
	/* 74c1d3e08153, 5.13: the red zone of a small object is where its freepointer would be. */
	if (!has(m, SLOT_MIDDLE) || !(flags & f->red_zone))
		return false;
	/* 6.3 and later: nor may it lie in the red zone of what kmalloc() was asked for. */
	return spec->object_size < 8 ||
	       (has(m, FREEPTR_OFFSET) && flags & f->kmalloc && flags & f->store_user);
}

static uint32_t place_pointer(struct model *m, uint64_t s, uint64_t flags, uint32_t size,
			      const struct cache_spec *spec)
{
	if (pointer_is_outside(m, flags, spec)) {
		put(m, s, cache_offset, size);
		return size + 8;
	}
	/* 3202fa62fb43, 5.7: as far from the neighbours as can be. */
	put(m, s, cache_offset, has(m, SLOT_MIDDLE) ? spec->object_size / 2 & ~7u : 0);
	return size;
}

/* What debugging adds. */
static uint32_t add_debugging(struct model *m, uint64_t s, uint64_t flags, uint32_t size,
			      uint32_t align)
{
	size += debug_bytes(m, flags);
	if (flags & m->era->flags->red_zone) {
		size += 8;
		/* d86bd1bece6f, 4.6: the one before the object. */
		if (has(m, RED_LEFT_PAD)) {
			uint32_t pad = (uint32_t)round_up(8, align);

			put(m, s, cache_red_left_pad, pad);
			size += pad;
		}
	}
	return size;
}

/* 7.0: what the alignment leaves of an object's place can keep who owns it, unless other caches come
 * to share it. */
static uint32_t align_stride(struct model *m, uint64_t s, uint32_t size,
			     const struct cache_spec *spec)
{
	uint32_t aligned = (uint32_t)round_up(size, spec->align);

	if (has(m, SHEAVES_ALL) && cache_args_unmergeable(m, spec) && aligned - size >= OWNER_BYTES)
		put(m, s, cache_flags, cache_flags(m, s) | m->era->flags->obj_ext_in_obj);
	return aligned;
}

static void set_order(struct model *m, uint64_t s, unsigned int order, uint32_t size,
		      uint32_t reserved)
{
	uint64_t oo = oo_make(m, order, size, reserved);

	put(m, s, cache_oo, oo);
	put(m, s, cache_min, oo_make(m, get_order(size), size, reserved));
	if (has(m, MAX_OO) && oo_objects(oo) > oo_objects(get(m, s, cache_max)))
		put(m, s, cache_max, oo);
}

static uint32_t allocflags(struct model *m, uint64_t flags, unsigned int order)
{
	const struct model_gfp *g = m->era->gfp;
	const struct model_flags *f = m->era->flags;
	/* 6.10: always, as order 0 takes no notice. */
	uint32_t gfp = order || has(m, PAGE_TYPE) ? g->comp : 0;

	if (flags & f->cache_dma)
		gfp |= g->dma;
	if (flags & f->reclaim_account)
		gfp |= g->reclaimable;
	return gfp;
}

bool calculate_sizes(struct model *m, uint64_t s, const struct cache_spec *spec)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = cache_flags(m, s);
	uint32_t reserved = reserved_bytes(m, flags);
	uint32_t size = (uint32_t)round_up(spec->object_size, 8);
	int order;

	flags &= ~f->object_poison;
	if (flags & f->poison && !(flags & f->typesafe_by_rcu) && !spec->ctor)
		flags |= f->object_poison;
	put(m, s, cache_flags, flags);
	if (flags & f->red_zone && size == spec->object_size)
		size += 8;
	put(m, s, cache_inuse, size);
	size = place_pointer(m, s, flags, size, spec);
	size = add_debugging(m, s, flags, size, spec->align);
	size = align_stride(m, s, size, spec);
	put(m, s, cache_size, size);
	if (has(m, RECIPROCAL))
		put(m, s, cache_reciprocal_size, reciprocal_value(size));
	order = calculate_order(m, size, reserved);
	if (order < 0)
		return false;
	put(m, s, cache_allocflags, allocflags(m, flags, (unsigned int)order));
	if (has(m, SHEAVES) && !(flags & f->kmalloc))
		put(m, s, cache_sheaf_capacity,
		    calculate_sheaf_capacity(m, s, spec->sheaf_capacity));
	if (has(m, RESERVED))
		put(m, s, cache_reserved, reserved);
	set_order(m, s, (unsigned int)order, size, reserved);
	return oo_objects(cache_oo(m, s)) != 0;
}

/* Slabs (since 5.16) or free objects that a CPU keeps: b47291ef02b0 also made them four times as
 * many. */
static void set_cpu_partial(struct model *m, uint64_t s, uint32_t size)
{
	static const unsigned int old[] = { 2, 6, 13, 30 }, new[] = { 6, 24, 52, 120 };
	unsigned int i = size >= MODEL_PAGE ? 0 : size >= 1024 ? 1 : size >= 256 ? 2 : 3;
	unsigned int nr = has(m, PARTIAL_SLABS) ? new[i] : old[i];
	unsigned int objects = oo_objects(cache_oo(m, s));

	if (!kmem_cache_has_cpu_partial(m, s))
		nr = 0;
	put(m, s, cache_cpu_partial, nr);
	if (has(m, PARTIAL_SLABS))
		put(m, s, cache_cpu_partial_slabs, (nr * 2 + objects - 1) / objects);
}

void set_partial_limits(struct model *m, uint64_t s)
{
	uint32_t size = cache_size(m, s);
	unsigned int min = log2_of(size) / 2;

	min = min < MIN_PARTIAL ? MIN_PARTIAL : min > MAX_PARTIAL ? MAX_PARTIAL : min;
	put(m, s, cache_min_partial, min);
	if (has(m, CPU_PARTIAL))
		set_cpu_partial(m, s, size);
}
