// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * things: their cache, and the truth about one of them.
 */
#ifdef CONFIG_KFENCE
#include <linux/kfence.h>
#endif

#include "things.h"

struct thing *things[NR_THINGS];
static LIST_HEAD(all_things);
LIST_HEAD(siblings);
u64 sink;

STEP u64 thing_count(struct thing *thing)
{
	return thing->count;
}

const struct thing_ops thing_ops = { "thing", thing_count };

static void thing_init(struct thing *thing, unsigned int i)
{
	BUILD_BUG_ON(sizeof(*thing) != 128);
	memset(thing, 0, sizeof(*thing));
	list_add_tail(&thing->all, &all_things);
	list_add_tail(&thing->siblings, &siblings);
	thing->ops = &thing_ops;
	thing->peer = things[i ? i - 1 : 0];
	refcount_set(&thing->users, 1);
	thing->flags = i;
	thing->count = 3 * i;
	snprintf(thing->name, sizeof(thing->name), "thing-%u", i);
}

/* What KFENCE serves once in a while lies in none of the cache's slabs: it is left alone. */
struct thing *thing_alloc(struct kmem_cache *s)
{
	struct thing *thing = kmem_cache_alloc(s, GFP_KERNEL);

#ifdef CONFIG_KFENCE
	while (thing && is_kfence_address(thing))
		thing = kmem_cache_alloc(s, GFP_KERNEL);
#endif
	return thing;
}

int things_make(struct spot *spot, slab_flags_t flags)
{
	unsigned int i;

#ifdef SLAB_NO_MERGE
	flags |= SLAB_NO_MERGE;
#endif
	spot->bed = NULL;
	spot->s = kmem_cache_create_usercopy("slubfault_things", sizeof(struct thing), 0, flags, 0,
					     sizeof(struct thing), NULL);
	if (!spot->s)
		return -ENOMEM;
	if (!flags && spot->s->offset != offsetof(struct thing, held))
		return -EOPNOTSUPP;
	if ((spot->s->flags & flags) != flags)
		return -EOPNOTSUPP;
	for (i = 0; i < NR_THINGS; i++) {
		things[i] = thing_alloc(spot->s);
		if (!things[i])
			return -ENOMEM;
		thing_init(things[i], i);
	}
	spot->slab = slab_of(things[VICTIM]);
	return 0;
}

/* Sheaves keep an object as it was: what is in them goes back to the slab. */
void thing_free(struct spot *spot, struct thing *thing)
{
	kmem_cache_free(spot->s, thing);
#ifdef HAS_kmem_cache__cpu_sheaves
	kmem_cache_shrink(spot->s);
#endif
}

struct thing *victim_free(struct spot *spot)
{
	thing_free(spot, things[VICTIM + 7]);
	thing_free(spot, things[VICTIM + 12]);
	thing_free(spot, things[VICTIM]);
	return things[VICTIM];
}

int tell(const char *fault, struct spot *spot, struct truth *t, void *object, void *word,
	 const char *state)
{
	t->object = object;
	t->state = state;
	if (object)
		spot->slab = slab_of(object);
	/* Nobody has told this array that the thing is gone. */
	if (state && !strcmp(state, "free") && object == things[VICTIM])
		t->holder = &things[VICTIM];
	if (word)
		truth_word(t, word);
	truth_print(fault, spot, t);
	return -ECANCELED; /* still alive */
}
