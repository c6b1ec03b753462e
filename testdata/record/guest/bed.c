// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * bed: a cache of the module's own, and who has which of its objects.
 */
#include <linux/err.h>
#ifdef CONFIG_KFENCE
#include <linux/kfence.h>
#endif
#include <linux/mm.h>

#include "slubfault.h"

/*
 * Content of an allocated object: a mark that no reader takes for a pointer,
 * so that a live object never looks like a free one.
 */
static void object_stamp(struct bed *bed, void *object, unsigned int slab, unsigned int index)
{
	u64 *word = object;
	unsigned int i;

	for (i = 0; i < bed->s->object_size / sizeof(*word); i++)
		word[i] = 0x51ab000000000000ull | (u64)slab << 32 | (u64)index << 16 | i;
}

void bed_stamp(struct bed *bed, void *object)
{
	object_stamp(bed, object, bed->nr_slabs, 0);
}

/* Notes an object that was allocated, with the others of its slab. */
static int object_keep(struct bed *bed, void *object)
{
	struct slab *slab = slab_of(object);
	struct bed_slab *b = bed_slab_of(bed, slab);
	unsigned int i;

	if (!b)
		b = bed_slab_of(bed, NULL);
	if (!b || slab->slab_cache != bed->s)
		return -EBUSY;
	b->slab = slab;
	for (i = 0; i < bed->per_slab; i++) {
		if (b->objects[i])
			continue;
		object_stamp(bed, object, b - bed->slabs, i);
		b->objects[i] = object;
		return 0;
	}
	return -EBUSY;
}

/* What KFENCE serves once in a while lies in none of the cache's slabs: it is left alone. */
static void *object_get(struct bed *bed)
{
	void *object = kmem_cache_alloc(bed->s, GFP_KERNEL);

#ifdef CONFIG_KFENCE
	while (object && is_kfence_address(object))
		object = kmem_cache_alloc(bed->s, GFP_KERNEL);
#endif
	return object;
}

int bed_alloc(struct bed *bed, unsigned int count)
{
	int err = 0;

	while (count-- && !err) {
		void *object = object_get(bed);

		err = object ? object_keep(bed, object) : -ENOMEM;
	}
	return err;
}

void bed_free_some(struct bed *bed, struct bed_slab *b, unsigned int count)
{
	unsigned int at = b - bed->slabs;

	while (count--) {
		at = (at + 5) % bed->per_slab;
		while (!b->objects[at])
			at = (at + 1) % bed->per_slab;
		kmem_cache_free(bed->s, b->objects[at]);
		b->objects[at] = NULL;
	}
}

unsigned int bed_owned(struct bed *bed, const struct bed_slab *b)
{
	unsigned int owned = 0;
	unsigned int i;

	for (i = 0; i < bed->per_slab; i++)
		owned += b->objects[i] != NULL;
	return owned;
}

static int slabs_make(struct bed *bed)
{
	unsigned int i;

	bed->slabs = kvcalloc(bed->nr_slabs, sizeof(*bed->slabs), GFP_KERNEL);
	for (i = 0; bed->slabs && i < bed->nr_slabs; i++) {
		void *objects = kvcalloc(bed->per_slab, sizeof(void *), GFP_KERNEL);

		if (!objects)
			return -ENOMEM;
		bed->slabs[i].objects = objects;
	}
	return bed->slabs ? 0 : -ENOMEM;
}

/*
 * A usercopy region keeps the cache from being merged (kmem_cache_create_
 * usercopy() looks for an alias only when usersize is 0) and, unlike a
 * constructor or a debug flag, leaves the freepointer where it is. Kernels
 * without HARDENED_USERCOPY take no notice of the region since 6.2; a flag says
 * the same since 6.5.
 */
int bed_make(struct bed *bed, const char *name, unsigned int size, bool debug)
{
	slab_flags_t flags = debug ? debug_flags() : 0;
	int err;

#ifdef SLAB_NO_MERGE
	flags |= SLAB_NO_MERGE;
#endif
	if (param_account)
		flags |= SLAB_ACCOUNT;
	bed->name = name;
	bed->debug = debug;
	bed->s = kmem_cache_create_usercopy(name, size, 0, flags, 0, size, NULL);
	if (!bed->s)
		return -ENOMEM;
	bed->per_slab = bed->s->oo.x & 0xffff;
	bed->nr_slabs = debug ? DEBUG_SLABS : bed_slabs_wanted(bed);
	err = slabs_make(bed);
	if (err)
		return err;
	return debug ? debug_bed_arrange(bed) : bed_arrange(bed);
}

struct bed_slab *bed_slab_of(struct bed *bed, const struct slab *slab)
{
	unsigned int i;

	for (i = 0; i < bed->nr_slabs; i++) {
		if (bed->slabs[i].slab == slab)
			return &bed->slabs[i];
	}
	return NULL;
}

/* An allocated object of the slab, from its middle. */
void *bed_allocated(struct bed *bed, const struct slab *slab)
{
	struct bed_slab *b = bed_slab_of(bed, slab);
	unsigned int i;

	for (i = 0; b && i < bed->per_slab; i++) {
		unsigned int at = (i + bed->per_slab / 2) % bed->per_slab;

		if (b->objects[at])
			return b->objects[at];
	}
	return NULL;
}

/* The same, and the bed forgets it: the caller frees it. */
void *bed_take(struct bed *bed, const struct slab *slab)
{
	struct bed_slab *b = bed_slab_of(bed, slab);
	void *object = bed_allocated(bed, slab);
	unsigned int i;

	for (i = 0; object && i < bed->per_slab; i++) {
		if (b->objects[i] == object)
			b->objects[i] = NULL;
	}
	return object;
}

/* A slab that gives nothing and is on no list. */
struct slab *bed_full_slab(struct bed *bed)
{
	unsigned int i = bed->nr_slabs;

	while (i--) {
		struct bed_slab *b = &bed->slabs[i];

		if (b->slab && !b->slab->freelist && !b->slab->frozen &&
		    bed_owned(bed, b) == bed->per_slab)
			return b->slab;
	}
	return NULL;
}
