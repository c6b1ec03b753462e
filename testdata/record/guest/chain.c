// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * chain: the freepointers of a freelist, as mm/slub.c stores them.
 */
#include <linux/swab.h>

#include "slubfault.h"

struct slab *slab_of(const void *object)
{
	return (struct slab *)virt_to_head_page(object);
}

void *chain_slot(struct kmem_cache *s, void *object)
{
	return object + s->offset;
}

/* Its own inverse, like freelist_ptr() of 6.1. */
void *chain_encode(struct kmem_cache *s, void *slot, void *next)
{
#ifdef CONFIG_SLAB_FREELIST_HARDENED
	return (void *)((unsigned long)next ^ s->random ^ swab64((unsigned long)slot));
#else
	return next;
#endif
}

void *chain_next(struct kmem_cache *s, void *object)
{
	void *slot = chain_slot(s, object);

	return chain_encode(s, slot, READ_ONCE(*(void **)slot));
}

/* Only for chains that are known to be good. */
void *chain_at(struct kmem_cache *s, void *head, unsigned int index)
{
	while (head && index--)
		head = chain_next(s, head);
	return head;
}

unsigned int chain_length(struct kmem_cache *s, void *head)
{
	unsigned int length = 0;

	for (; head; head = chain_next(s, head))
		length++;
	return length;
}
