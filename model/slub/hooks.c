/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes after taking an object, and before giving it back. */
#include "model/slub/cache.h"

static bool slab_want_init_on_free(struct model *m, uint64_t s)
{
	/* Objects with a constructor or read without a lock keep their contents. */
	return m->init_on_free && !get(m, s, cache_ctor) &&
	       !(cache_flags(m, s) & (m->era->flags->typesafe_by_rcu | m->era->flags->poison));
}

void object_prepare(struct model *m, uint64_t s, uint32_t gfp, uint64_t object, uint32_t orig_size)
{
	uint32_t size = cache_object_size(m, s);

	/* maybe_wipe_obj_freeptr(), 5.3: nothing of the link is left in a cleared object. */
	if (slab_want_init_on_free(m, s) && get(m, s, cache_offset) < get(m, s, cache_inuse))
		put64(m, object + get(m, s, cache_offset), 0);
	if (gfp & model_gfp(m)->zero)
		/* 9ce67395f5a0, 6.2: the red zone of kmalloc() is spared. */
		model_fill(m, object, 0, redzones_kmalloc(m, s) ? orig_size : size);
	memcg_charge(m, s, object, gfp);
}

/* 6.12: the freepointer is spared, and what kmalloc() was asked for comes back. */
static void retire_late(struct model *m, uint64_t s, uint64_t object, uint64_t end)
{
	uint64_t inuse = get(m, s, cache_inuse);
	uint32_t orig_size = get_orig_size(m, s, object);

	if (get(m, s, cache_offset) >= inuse)
		inuse += 8;
	model_fill(m, object, 0, orig_size);
	if (end > inuse)
		model_fill(m, object + inuse, 0, end - inuse);
	set_orig_size(m, s, object, orig_size);
}

void object_retire(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t inuse = get(m, s, cache_inuse), end = cache_size(m, s);

	if (!slab_want_init_on_free(m, s))
		return;
	if (has(m, RED_LEFT_PAD))
		end -= get(m, s, cache_red_left_pad);
	if (has(m, UNFROZEN_PARTIAL)) {
		retire_late(m, s, object, end);
		return;
	}
	model_fill(m, object, 0, cache_object_size(m, s));
	if (end > inuse)
		model_fill(m, object + inuse, 0, end - inuse);
}

void maybe_wipe_obj_freeptr(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t offset = get(m, s, cache_offset);

	if (slab_want_init_on_free(m, s) && object && offset < get(m, s, cache_inuse))
		put64(m, object + offset, 0);
}
