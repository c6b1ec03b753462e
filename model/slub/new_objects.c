/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects of a new slab go to whoever wanted them, since 7.0. */
#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

/* 7.2: the objects that are wanted never were on a freelist. */
static void take_fresh(struct model *m, uint64_t s, uint64_t slab, struct objects p, size_t count)
{
	struct slab_iterator it;

	slab_iterator_begin(m, s, slab, &it);
	for (size_t i = 0; i < count; i++)
		objects_set(m, p, i, slab_iterator_next(m, s, &it));
	slab_set_inuse(m, slab, (unsigned int)count);
	build_slab_freelist(m, s, slab, slab_objects(m, slab) - (unsigned int)count, &it);
}

/* 7.0 and 7.1: the slab has a list of all of them. */
static void take_listed(struct model *m, uint64_t s, uint64_t slab, struct objects p, size_t count)
{
	uint64_t object = slab_freelist(m, slab), taken;

	for (size_t i = 0; object && i < count; i++) {
		taken = object;
		objects_set(m, p, i, taken);
		object = freepointer_load(m, s, taken);
		maybe_wipe_obj_freeptr(m, s, taken);
		slab_set_inuse(m, slab, (unsigned int)i + 1);
	}
	put(m, slab, slab_freelist, object);
}

size_t alloc_from_new_slab(struct model *m, uint64_t s, uint64_t slab, struct objects p,
			   size_t count)
{
	unsigned int objects = slab_objects(m, slab), node = slab_nid(m, slab);
	bool some_left = count < objects;

	if (!some_left)
		count = objects;
	if (has(m, LAZY_LIST))
		take_fresh(m, s, slab, p, count);
	else
		take_listed(m, s, slab, p, count);
	if (some_left) {
		uint64_t n = get_node(m, s, node);

		node_lock(m, n);
		add_partial(m, n, slab, false);
		node_unlock(m, n);
	}
	inc_slabs_node(m, s, node, objects);
	return count;
}
