// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * slab: faults in struct slab and in the lists of slabs. Nobody else uses these
 * caches, so plain stores do what the kernel does under its locks.
 */
#include <linux/list.h>
#include <linux/page_ref.h>

#include "slubfault.h"

static void counters_note(struct spot *spot, struct truth *t)
{
	truth_word(t, &spot->slab->counters);
}

PLANT(inuse)
{
	counters_note(spot, t);
	spot->slab->inuse -= 2;
	return 0;
}

PLANT(inuse_high)
{
	counters_note(spot, t);
	spot->slab->inuse = spot->slab->objects + 3;
	return 0;
}

PLANT(objects)
{
	counters_note(spot, t);
	spot->slab->objects += 3;
	return 0;
}

PLANT(frozen)
{
	counters_note(spot, t);
	spot->slab->frozen = !spot->slab->frozen;
	return 0;
}

/* put_page() of somebody who never took the reference. A page with this mark is not given back. */
PLANT(slab_freed)
{
	struct page *page = (struct page *)spot->slab;

	t->slot = &page->_refcount;
	t->width = sizeof(page->_refcount);
	t->before = page_ref_count(page);
	return page_ref_dec_and_test(page) ? 0 : -EOPNOTSUPP;
}

PLANT(slab_cache)
{
	truth_word(t, &spot->slab->slab_cache);
	spot->slab->slab_cache = spot->other->s;
	t->other = spot->other->s;
	return 0;
}

PLANT(slab_cache_garbage)
{
	truth_word(t, &spot->slab->slab_cache);
	spot->slab->slab_cache = (struct kmem_cache *)GARBAGE;
	return 0;
}

PLANT(nr_partial)
{
	truth_word(t, &spot->n->nr_partial);
	spot->n->nr_partial += 3;
	return 0;
}

/* As set_node_partial_state() and clear_node_partial_state() do. */
static void partial_mark(struct slab *slab, bool on)
{
#ifdef PG_partial
	if (on)
		set_bit(PG_partial, &slab->flags);
	else
		clear_bit(PG_partial, &slab->flags);
#endif
}

void partial_add(struct kmem_cache_node *n, struct slab *slab)
{
	list_add(&slab->slab_list, &n->partial);
	partial_mark(slab, true);
	n->nr_partial++;
}

/* A mark is lost, or one is there that should not be. */
PLANT(partial_flag)
{
#ifdef PG_partial
	truth_word(t, &spot->slab->flags);
	partial_mark(spot->slab, spot->place != NODE_PARTIAL);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

/* Unlinked as remove_partial() does, and then forgotten. */
PLANT(lost_slab)
{
	truth_word(t, &spot->slab->slab_list);
	list_del(&spot->slab->slab_list);
	partial_mark(spot->slab, false);
	spot->n->nr_partial--;
	return 0;
}

/* As add_partial() does, with a slab that has nothing to give. */
PLANT(full_on_partial)
{
	struct slab *full = bed_full_slab(spot->bed);

	if (!full)
		return -ENOENT;
	truth_word(t, &full->slab_list);
	spot->slab = full;
	partial_add(spot->n, full);
	return 0;
}

PLANT(list_next)
{
	truth_word(t, &spot->slab->slab_list.next);
	spot->slab->slab_list.next = (struct list_head *)GARBAGE;
	return 0;
}

PLANT(list_prev)
{
	truth_word(t, &spot->slab->slab_list.prev);
	spot->slab->slab_list.prev = (struct list_head *)GARBAGE;
	return 0;
}
