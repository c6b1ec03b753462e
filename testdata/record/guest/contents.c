// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * contents: caches with flags of slub_debug, and writes to what the allocator fills slabs
 * with: red zones, poison, padding, tracks, and the zeros of init_on_free.
 *
 * Of such a cache no CPU keeps slabs or sheaves, so its slabs are on the node's partial
 * list, or full.
 */
#include "slubfault.h"

#define PARTIAL_SLABS 3u

slab_flags_t debug_flags(void)
{
	slab_flags_t flags = 0;
	const char *letter;

	for (letter = param_debug; *letter; letter++) {
		flags |= *letter == 'F' ? SLAB_CONSISTENCY_CHECKS : 0;
		flags |= *letter == 'Z' ? SLAB_RED_ZONE : 0;
		flags |= *letter == 'P' ? SLAB_POISON : 0;
		flags |= *letter == 'U' ? SLAB_STORE_USER : 0;
	}
	return flags;
}

int debug_bed_arrange(struct bed *bed)
{
	unsigned int some = min(5u, bed->per_slab / 2);
	unsigned int i;
	int err;

	/* A cache that does not have the flags would be arranged by its CPU. */
	if ((bed->s->flags & debug_flags()) != debug_flags())
		return -EOPNOTSUPP;
	err = bed_alloc(bed, (bed->nr_slabs - 2) * bed->per_slab);
	for (i = 0; !err && i < PARTIAL_SLABS; i++)
		bed_free_some(bed, &bed->slabs[i], some);
	return err;
}

int debug_spot_find(struct spot *spot)
{
	spot->cpu = raw_smp_processor_id();
	spot->node = numa_mem_id();
	spot->s = spot->bed->s;
	spot->n = node_of(spot->s, spot->node);
	if (spot->place == NODE_PARTIAL)
		spot->slab = spot->bed->slabs[1].slab;
	else if (spot->place == FULL)
		spot->slab = bed_full_slab(spot->bed);
	else
		return 0;
	if (!spot->slab)
		return -ENOENT;
	spot->head = &spot->slab->freelist;
	spot->length = chain_length(spot->s, *spot->head);
	if (spot->place == FULL)
		return spot->length ? -EBUSY : 0;
	return spot->length >= 4 ? 0 : -ENOENT;
}

/* Where the allocator's own data begins, behind the object: get_info_end(). */
static u8 *info_end(struct kmem_cache *s, void *object)
{
	return object + s->inuse + (s->offset >= s->inuse ? sizeof(void *) : 0);
}

/* Writes to bytes that are known to hold something else, and notes the word of the first. */
static int bytes_write(struct truth *t, void *object, u8 *at, const u8 *bytes, unsigned int count)
{
	unsigned int i;

	t->object = object;
	truth_word(t, (void *)((unsigned long)at & ~7ul));
	for (i = 0; i < count; i++) {
		if (at[i] == bytes[i])
			return -EINVAL;
	}
	memcpy(at, bytes, count);
	t->bad_first = at;
	t->bad_last = at + count - 1;
	return 0;
}

static int letters_write(struct truth *t, void *object, u8 *at, unsigned int count)
{
	return bytes_write(t, object, at, (const u8 *)"ABCDEFGH", count);
}

static bool has_flags(struct spot *spot, slab_flags_t flags)
{
	return (spot->s->flags & flags) == flags;
}

/* The owner's loop runs three bytes too far. */
PLANT(redzone_right)
{
	void *object = bed_allocated(spot->bed, spot->slab);

	if (!has_flags(spot, SLAB_RED_ZONE))
		return -EOPNOTSUPP;
	return object ? letters_write(t, object, object + spot->s->object_size, 3) : -ENOENT;
}

PLANT(redzone_right_free)
{
	void *object = chain_at(spot->s, *spot->head, 1);

	if (!has_flags(spot, SLAB_RED_ZONE))
		return -EOPNOTSUPP;
	t->index = 1;
	return letters_write(t, object, object + spot->s->object_size, 3);
}

/* An index of -1 into an array of shorts. */
PLANT(redzone_left)
{
	void *object = bed_allocated(spot->bed, spot->slab);

	if (!has_flags(spot, SLAB_RED_ZONE))
		return -EOPNOTSUPP;
	return object ? letters_write(t, object, object - 2, 2) : -ENOENT;
}

PLANT(poison)
{
	void *object = chain_at(spot->s, *spot->head, 2);

	if (!has_flags(spot, SLAB_POISON))
		return -EOPNOTSUPP;
	t->index = 2;
	return letters_write(t, object, object + spot->s->object_size / 2, 4);
}

PLANT(poison_end)
{
	void *object = chain_at(spot->s, *spot->head, 2);

	if (!has_flags(spot, SLAB_POISON))
		return -EOPNOTSUPP;
	t->index = 2;
	return letters_write(t, object, object + spot->s->object_size - 1, 1);
}

/* The last byte before the next object, or before its left red zone. */
PLANT(padding_object)
{
	void *object = bed_allocated(spot->bed, spot->slab);
	u8 *end = object + spot->s->size - spot->s->red_left_pad;

	if (!object)
		return -ENOENT;
	if (!has_flags(spot, SLAB_POISON | SLAB_RED_ZONE))
		return -EOPNOTSUPP;
	if (end - 2 < info_end(spot->s, object) + 2 * TRACK_SIZE)
		return -ERANGE;
	return letters_write(t, object, end - 2, 1);
}

/* Behind the last object. */
PLANT(padding_slab)
{
	unsigned long bytes = page_size((struct page *)spot->slab);
	u8 *base = slab_address(spot->slab);
	unsigned int objects = bytes / spot->s->size;
	void *last = base + spot->s->red_left_pad + (objects - 1) * spot->s->size;

	if (!has_flags(spot, SLAB_POISON))
		return -EOPNOTSUPP;
	if (bytes % spot->s->size < 8)
		return -ERANGE;
	return letters_write(t, last, base + bytes - 6, 2);
}

/* Somebody links the object into a list by a word that lies behind it. */
PLANT(track_address)
{
	void *object = bed_allocated(spot->bed, spot->slab);

	if (!object)
		return -ENOENT;
	if (!has_flags(spot, SLAB_STORE_USER))
		return -EOPNOTSUPP;
	t->object = object;
	return word_set(t, info_end(spot->s, object), (u64)object);
}

/* All that lies between the object and the next one, by a string that is too long. */
PLANT(track_overflow)
{
	void *object = bed_allocated(spot->bed, spot->slab);
	u8 *at = object + spot->s->object_size;
	u8 *end = object + spot->s->size - spot->s->red_left_pad;

	if (!object)
		return -ENOENT;
	if (!has_flags(spot, SLAB_STORE_USER | SLAB_RED_ZONE))
		return -EOPNOTSUPP;
	t->object = object;
	truth_word(t, (void *)((unsigned long)at & ~7ul));
	memset(at, 'A', end - at);
	t->bad_first = at;
	t->bad_last = object + spot->s->inuse - 1;
	return 0;
}

/* What kmalloc() was asked for ends before the object does. */
#define ASKED 70
#define KMALLOC_OBJECTS 64u

/* Caches of kmalloc() for reclaimable objects are hardly used by anybody else. */
PLANT(redzone_kmalloc)
{
	static void *objects[KMALLOC_OBJECTS];
	unsigned int i;
	void *object;

	for (i = 0; i < KMALLOC_OBJECTS; i++) {
		objects[i] = kmalloc(ASKED, GFP_KERNEL | __GFP_RECLAIMABLE);
		if (!objects[i])
			return -ENOMEM;
		memset(objects[i], 0, ASKED);
	}
	/* An object in the middle, whose slab gets onto the partial list. */
	object = objects[KMALLOC_OBJECTS / 2];
	spot->slab = slab_of(object);
	spot->s = spot->slab->slab_cache;
	spot->bed = NULL;
	spot->place = NODE_PARTIAL;
	if ((spot->s->flags & debug_flags()) != debug_flags())
		return -EOPNOTSUPP;
	for (i = KMALLOC_OBJECTS / 2 + 1; i < KMALLOC_OBJECTS; i++) {
		if (slab_of(objects[i]) != spot->slab)
			continue;
		kfree(objects[i]);
		return letters_write(t, object, object + ASKED + 1, 2);
	}
	return -ENOENT;
}

/* The former owner of an object writes to it. */
PLANT(init_on_free)
{
	void *object;

#ifdef HAS_kmem_cache__cpu_sheaves
	if (spot->sheaf) {
		object = (&spot->sheaf->objects)[1];
		spot->slab = slab_of(object);
		return letters_write(t, object, object + 8, 4);
	}
#endif
	object = chain_at(spot->s, *spot->head, 1);
	t->index = 1;
	return letters_write(t, object, object + 8, 4);
}
