// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * cache: faults in struct kmem_cache.
 */
#include "slubfault.h"

/* Canonical and in no region that x86-64 maps: a hole above the modules. */
#define UNMAPPED 0xffffffffff3c5000ull

int word_set(struct truth *t, void *word, u64 now)
{
	truth_word(t, word);
	WRITE_ONCE(*(u64 *)word, now);
	return 0;
}

static int half_set(struct truth *t, void *word, u32 now)
{
	t->slot = word;
	t->width = sizeof(now);
	t->before = *(u32 *)word;
	WRITE_ONCE(*(u32 *)word, now);
	return 0;
}

PLANT(cache_random)
{
#ifdef CONFIG_SLAB_FREELIST_HARDENED
	return word_set(t, &spot->s->random, 0x4242424242424242ull);
#else
	return -EOPNOTSUPP;
#endif
}

PLANT(cache_name)
{
	return word_set(t, &spot->s->name, UNMAPPED);
}

PLANT(cache_size)
{
	return half_set(t, &spot->s->size, 0);
}

PLANT(cache_size_huge)
{
	return half_set(t, &spot->s->size, 0x7fffff00);
}

PLANT(cache_node)
{
	return word_set(t, node_slot(spot->s, spot->node), UNMAPPED);
}

PLANT(cache_list)
{
	return word_set(t, &spot->s->list.next, GARBAGE);
}
