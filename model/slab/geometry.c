/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How objects and their management lie in a slab: calculate_slab_order() and what it is asked for. */
#include "model/slab/slab.h"

/*
 * slab_max_order (slab_break_gfp_order until 3.5) is 1 on machines with more than 32 MiB. The model's memory
 * is scaled down, the kernel on it is not.
 */
#define SLAB_MAX_ORDER 1u

unsigned int slab_index_bytes(const struct model *m)
{
	return slab_has(m, BYTE_INDEX) ? 1 : 4;
}

uint64_t slab_reciprocal(const struct model *m, uint32_t d)
{
	unsigned int l = d > 1 ? 32 - (unsigned int)__builtin_clz(d - 1) : 0;
	uint64_t multiplier = ((UINT64_C(1) << 32) * ((UINT64_C(1) << l) - d)) / d + 1;

	if (!slab_has(m, RECIPROCAL_PAIR))
		return ((UINT64_C(1) << 32) + d - 1) / d;
	return (multiplier & 0xffffffff) | (uint64_t)(l < 1 ? l : 1) << 32 |
	       (uint64_t)(l > 1 ? l - 1 : 0) << 40;
}

uint32_t slab_alignment(struct model *m, uint64_t flags, uint32_t align, uint32_t size)
{
	if (flags & m->era->flags->hwcache_align) {
		uint32_t line = SLAB_LINE;

		while (size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	return (uint32_t)round_up(align < 8 ? 8 : align, 8);
}

/* One try of an order: how many objects, and what is left. */
struct estimate {
	uint32_t num, left;
};

/* Bytes of management in front of the objects: to 4.5. */
static uint32_t management(const struct model *m, uint32_t num, uint32_t align)
{
	uint32_t bytes = num * slab_index_bytes(m);

	if (slab_has(m, BUFCTL))
		bytes += BUFCTL_SLAB_BYTES;
	return (uint32_t)round_up(bytes, align);
}

static struct estimate estimate(const struct model *m, unsigned int order, uint64_t flags,
				const struct slab_geometry *g)
{
	uint32_t slab = MODEL_PAGE << order, fixed = slab_has(m, BUFCTL) ? BUFCTL_SLAB_BYTES : 0;
	uint32_t one = g->size + slab_index_bytes(m);
	struct estimate e;

	if (flags & (CFLGS_OFF_SLAB | CFLGS_OBJFREELIST_SLAB)) {
		e.num = slab / g->size;
		e.left = slab % g->size;
		return e;
	}
	e.num = slab < fixed ? 0 : (slab - fixed) / one;
	if (slab_has(m, ARRAY_AT_END)) {
		e.left = slab % one;
		return e;
	}
	if (e.num && management(m, e.num, g->align) + e.num * g->size > slab)
		e.num--;
	e.left = slab - e.num * g->size - management(m, e.num, g->align);
	return e;
}

/* Whether the management of a slab can be an object of another cache. */
static bool fits_off_slab(struct model *m, const struct slab_geometry *g, uint32_t num)
{
	uint32_t bytes = num * slab_index_bytes(m);
	uint64_t of;

	if (!slab_has(m, ARRAY_AT_END)) {
		uint32_t fixed = slab_has(m, BUFCTL) ? BUFCTL_SLAB_BYTES : 0;

		return num <= (g->size - fixed) / slab_index_bytes(m);
	}
	of = slab_kmalloc_find(m, bytes, 0);
	return of && !off_slab(m, of) && slab_stride(m, of) <= g->size / 2;
}

/* calculate_slab_order(): bytes that are left over; @g->num is 0 when nothing fits. */
static uint32_t calculate_slab_order(struct model *m, struct slab_geometry *g, uint64_t flags)
{
	uint32_t most = slab_index_bytes(m) == 1 ? 255 : SLAB_LIMIT, left = 0;

	g->num = 0;
	for (unsigned int order = 0; order <= SLAB_ORDER_LAST; order++) {
		struct estimate e = estimate(m, order, flags, g);

		if (!e.num)
			continue;
		if (e.num > most)
			break;
		if (flags & CFLGS_OFF_SLAB && !fits_off_slab(m, g, e.num)) {
			/* 4.6: a larger slab has a larger array, which may find a cache. */
			if (!slab_has(m, ARRAY_AT_END))
				break;
			continue;
		}
		g->num = e.num;
		g->order = order;
		left = e.left;
		if (flags & m->era->flags->reclaim_account || order >= SLAB_MAX_ORDER ||
		    left * 8 <= MODEL_PAGE << order)
			break;
	}
	return left;
}

/* 4.6: in a free object, else in another cache's, else at the end. Each may not be possible. */
static bool place_late(struct model *m, struct slab_geometry *g)
{
	const struct model_flags *f = m->era->flags;
	uint32_t left = 0;

	g->num = 0;
	if (!g->ctor && !(g->flags & f->typesafe_by_rcu) &&
	    !slab_want_init_on_free(m, g->flags, g->ctor)) {
		left = calculate_slab_order(m, g, g->flags | CFLGS_OBJFREELIST_SLAB);
		if (g->num && g->num * slab_index_bytes(m) <= g->object_size)
			g->flags |= CFLGS_OBJFREELIST_SLAB;
		else
			g->num = 0;
	}
	if (!g->num && !(g->flags & f->noleaktrace)) {
		left = calculate_slab_order(m, g, g->flags | CFLGS_OFF_SLAB);
		if (g->num && left < g->num * slab_index_bytes(m))
			g->flags |= CFLGS_OFF_SLAB;
		else
			g->num = 0;
	}
	if (!g->num)
		left = calculate_slab_order(m, g, g->flags);
	g->freelist_size = g->num * slab_index_bytes(m);
	g->colour = left / g->colour_off;
	return g->num != 0;
}

/* Until 4.5: large objects have it in another cache's, unless there is room after all. */
static bool place_early(struct model *m, struct slab_geometry *g, uint32_t size)
{
	uint32_t left;

	if (size >= MODEL_PAGE / 8 && m->slab_state >= SLAB_EARLY &&
	    (slab_has(m, BUFCTL) || !(g->flags & m->era->flags->noleaktrace)))
		g->flags |= CFLGS_OFF_SLAB;
	left = calculate_slab_order(m, g, g->flags);
	if (!g->num)
		return false;
	g->freelist_size = management(m, g->num, g->align);
	if (g->flags & CFLGS_OFF_SLAB && left >= g->freelist_size) {
		g->flags &= ~CFLGS_OFF_SLAB;
		left -= g->freelist_size;
	}
	if (g->flags & CFLGS_OFF_SLAB)
		g->freelist_size = management(m, g->num, 1);
	g->colour = left / g->colour_off;
	return true;
}

/* Flags of CONFIG_DEBUG_SLAB: small objects have red zones, and all but type-safe ones are poisoned. */
static void debug_flags_of(struct model *m, struct slab_geometry *g)
{
	const struct model_flags *f = m->era->flags;
	uint32_t size = g->object_size, with = size - 1 + 24;

	if (!slab_has(m, DEBUG_SLAB)) {
		g->flags &= ~(f->red_zone | f->poison | f->store_user);
		return;
	}
	if (size < 4096 || log2_of(size - 1) == log2_of(with))
		g->flags |= f->red_zone | f->store_user;
	if (!(g->flags & f->typesafe_by_rcu))
		g->flags |= f->poison;
}

/* What the alignment is, and that red zones do without a larger one. Until 3.9 they overrule the cache line. */
static void align(struct model *m, struct slab_geometry *g)
{
	const struct model_flags *f = m->era->flags;
	uint32_t wanted = g->align;

	if (slab_has(m, CACHE_CHAIN) && g->flags & (f->red_zone | f->store_user))
		g->align = wanted < 8 ? 8 : wanted;
	else
		g->align = slab_alignment(m, g->flags, wanted, g->object_size);
	if (g->align > 8)
		g->flags &= ~(f->red_zone | f->store_user);
}

bool slab_geometry(struct model *m, struct slab_geometry *g)
{
	const struct model_flags *f = m->era->flags;
	uint32_t size;

	debug_flags_of(m, g);
	size = (uint32_t)round_up(g->object_size, 8);
	/* 2.6.32 kept the rounded one. */
	if (slab_has(m, CACHE_CHAIN))
		g->object_size = size;
	align(m, g);
	if (g->flags & f->red_zone) {
		g->obj_offset = 8;
		size += 16;
	}
	if (g->flags & f->store_user)
		size += 8;
	g->colour_off = g->align > SLAB_LINE ? g->align : SLAB_LINE;
	g->size = (uint32_t)round_up(size, g->align);
	if (slab_has(m, BYTE_INDEX) && g->size < SLAB_OBJ_MIN_SIZE)
		g->size = (uint32_t)round_up(SLAB_OBJ_MIN_SIZE, g->align);
	return slab_has(m, ARRAY_AT_END) ? place_late(m, g) : place_early(m, g, size);
}
