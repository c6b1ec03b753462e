/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_detached_freelist(): the objects of one slab, from the end of an array, as a list. */
#include "model/slub/detached.h"

/*
 * Until three in a row of other slabs were seen. Objects that are skipped move to where others were
 * taken from, also in a sheaf.
 */
size_t detach(struct model *m, uint64_t s, size_t size, struct objects p, struct detached *d)
{
	uint64_t object = objects_get(m, p, --size), skipped;
	unsigned int lookahead = 3;
	size_t same = size;

	*d = (struct detached){ head_page(m, object), object, object, 1 };
	freepointer_store(m, s, object, 0);
	while (size) {
		object = objects_get(m, p, --size);
		if (head_page(m, object) != d->slab) {
			if (!--lookahead)
				break;
			continue;
		}
		freepointer_store(m, s, object, d->head);
		d->head = object;
		d->count++;
		same--;
		if (size != same) {
			skipped = objects_get(m, p, same);
			objects_set(m, p, size, skipped);
			objects_set(m, p, same, object);
		}
	}
	return same;
}

/* Until 5.19 entries that were taken are NULL, and the search goes on behind the first skipped. */
size_t detach_holes(struct model *m, uint64_t s, size_t nr, uint64_t *objects, struct detached *d)
{
	size_t first_skipped = 0;
	unsigned int lookahead = 3;
	uint64_t object;

	do
		object = objects[--nr];
	while (!object && nr);
	*d = (struct detached){ 0, object, object, 1 };
	if (!object)
		return 0;
	d->slab = head_page(m, object);
	freepointer_store(m, s, object, 0);
	objects[nr] = 0;
	while (nr) {
		object = objects[--nr];
		if (!object)
			continue;
		if (head_page(m, object) == d->slab) {
			freepointer_store(m, s, object, d->head);
			d->head = object;
			d->count++;
			objects[nr] = 0;
			continue;
		}
		if (!--lookahead)
			break;
		if (!first_skipped)
			first_skipped = nr + 1;
	}
	return first_skipped;
}

void free_to_slabs(struct model *m, uint64_t s, size_t size, struct objects p)
{
	struct detached d;

	while (size) {
		size = detach(m, s, size, p, &d);
		slab_free_slow(m, s, d.slab, d.head, d.tail, d.count);
	}
}
