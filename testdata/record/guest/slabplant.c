// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * slabplant: each fault of SLAB.
 */
#include "slabfault.h"

#include <linux/topology.h>

#define PLANT(name) \
	static int plant_##name(struct bed *bed, struct bed *other, struct slab_truth *t)

/* --- Arrays --- */

/* Interrupts are off where the allocator changes an array, so nobody comes between these two. */
static void entry_set(struct bed *bed, struct slab_truth *t, unsigned int from_top, void *value)
{
	struct array_cache *ac = bed_array(bed);
	void **entry = &ac->entry[ac->avail - 1 - from_top];

	truth_slot(t, entry, 8);
	WRITE_ONCE(*entry, value);
	t->cpu = smp_processor_id();
	t->node = -1;
}

PLANT(double_free)
{
	void *a = bed_owned(bed, 0), *b = bed_owned(bed, 1), *c = bed_owned(bed, 2);

	kmem_cache_free(bed->s, a);
	kmem_cache_free(bed->s, b);
	kmem_cache_free(bed->s, a);
	kmem_cache_free(bed->s, c);
	t->object = a;
	t->cpu = smp_processor_id();
	t->node = -1;
	return 0;
}

PLANT(double_free_flushed)
{
	void *a = bed_owned(bed, 0);

	kmem_cache_free(bed->s, a);
	kmem_cache_shrink(bed->s);
	kmem_cache_free(bed->s, a);
	kmem_cache_free(bed->s, bed_owned(bed, 1));
	t->object = a;
	t->slab = slab_of(a);
	t->cpu = smp_processor_id();
	t->node = -1;
	return 0;
}

PLANT(entry_garbage)
{
	entry_set(bed, t, 2, (void *)GARBAGE);
	return 0;
}

PLANT(entry_foreign)
{
	entry_set(bed, t, 2, bed_owned(other, 3));
	return 0;
}

PLANT(entry_inner)
{
	entry_set(bed, t, 2, bed_owned(bed, 5) + 16);
	return 0;
}

PLANT(avail)
{
	struct array_cache *ac = bed_array(bed);

	truth_slot(t, &ac->avail, 4);
	ac->avail = ac->limit + 40;
	t->cpu = smp_processor_id();
	t->node = -1;
	return 0;
}

PLANT(limit)
{
	struct array_cache *ac = bed_array(bed);

	truth_slot(t, &ac->limit, 4);
	ac->limit += 64;
	t->cpu = smp_processor_id();
	t->node = -1;
	return 0;
}

PLANT(shared_batchcount)
{
	struct array_cache *shared = bed_node(bed)->shared;

	if (!shared)
		return -ENOENT;
	truth_slot(t, &shared->batchcount, 4);
	shared->batchcount = 16;
	return 0;
}

PLANT(alien)
{
	struct kmem_cache_node *n = bed_node(bed);
	struct array_cache *ac;
	int node;

	for_each_online_node(node) if (n->alien && n->alien[node]) break;
	if (node >= MAX_NUMNODES)
		return -ENOENT;
	ac = &n->alien[node]->ac;
	ac->entry[0] = bed_owned(bed, 0);
	ac->avail = 1;
	truth_slot(t, &ac->entry[0], 8);
	WRITE_ONCE(ac->entry[0], (void *)GARBAGE);
	return 0;
}

/* --- Slabs --- */

static int slab_pick(struct bed *bed, struct slab_truth *t)
{
	t->slab = bed_partial(bed);
	return t->slab ? 0 : -ENOENT;
}

static unsigned int width_of(const struct kmem_cache *s)
{
	return s->freelist_size / s->num;
}

/* The indexes of a slab lie in its last free object: its former owner writes to it. */
PLANT(host_written)
{
	unsigned int width = width_of(bed->s);

	if (slab_pick(bed, t) || width != 1)
		return -ENOENT;
	t->object = t->slab->freelist;
	truth_slot(t, (u8 *)t->slab->freelist + t->slab->active, 1);
	memset(t->object, 0xee, bed->s->object_size);
	return 0;
}

PLANT(index_twice)
{
	u8 *list;

	if (slab_pick(bed, t) || width_of(bed->s) != 1 || t->slab->active + 2 >= bed->s->num)
		return -ENOENT;
	list = (u8 *)t->slab->freelist + t->slab->active;
	truth_slot(t, &list[1], 1);
	list[1] = list[0];
	return 0;
}

/* The owner of the last object of a slab writes too much: the indexes are next. */
PLANT(overflow)
{
	if (slab_pick(bed, t) || width_of(bed->s) != 1)
		return -ENOENT;
	truth_slot(t, (u8 *)t->slab->freelist + t->slab->active, 1);
	memset(t->slab->freelist, 0xf1, bed->s->num);
	return 0;
}

PLANT(active)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	truth_slot(t, &t->slab->active, 4);
	t->slab->active++;
	return 0;
}

PLANT(s_mem)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	truth_slot(t, &t->slab->s_mem, 8);
	t->slab->s_mem += 8;
	return 0;
}

PLANT(slab_cache)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	truth_slot(t, &t->slab->slab_cache, 8);
	t->slab->slab_cache = other->s;
	return 0;
}

PLANT(list_next)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	truth_slot(t, &t->slab->slab_list.next, 8);
	WRITE_ONCE(t->slab->slab_list.next, (void *)GARBAGE);
	return 0;
}

PLANT(lost)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	list_del(&t->slab->slab_list);
	return 0;
}

PLANT(wrong_list)
{
	if (slab_pick(bed, t))
		return -ENOENT;
	list_move(&t->slab->slab_list, &bed_node(bed)->slabs_full);
	return 0;
}

/* --- Nodes and caches --- */

PLANT(free_objects)
{
	truth_slot(t, &bed_node(bed)->free_objects, 8);
	bed_node(bed)->free_objects += 3;
	return 0;
}

PLANT(total_slabs)
{
	truth_slot(t, &bed_node(bed)->total_slabs, 8);
	bed_node(bed)->total_slabs++;
	return 0;
}

/* With init_on_free, or poison: the former owner of an object in an array writes to it. */
PLANT(freed_written)
{
	u32 *a = bed_owned(bed, 0);

	kmem_cache_free(bed->s, a);
	WRITE_ONCE(a[3], 0x5a17f00d);
	t->object = a;
	t->slab = slab_of(a);
	t->cpu = smp_processor_id();
	t->node = -1;
	return 0;
}

/* --- CONFIG_DEBUG_SLAB: a slot is a red zone, the object, a red zone and the last user --- */

#ifdef CONFIG_DEBUG_SLAB
static int object_pick(struct bed *bed, struct slab_truth *t)
{
	t->object = bed_owned(bed, 3);
	t->slab = slab_of(t->object);
	t->node = -1;
	return 0;
}

static u64 *user_of(const struct bed *bed, void *object)
{
	return object - bed->s->obj_offset + bed->s->size - sizeof(u64);
}

PLANT(redzone_right)
{
	object_pick(bed, t);
	*(u8 *)(user_of(bed, t->object) - 1) = 'A';
	return 0;
}

PLANT(redzone_left)
{
	object_pick(bed, t);
	*((u8 *)t->object - 1) = 0;
	return 0;
}

PLANT(last_user)
{
	object_pick(bed, t);
	*user_of(bed, t->object) = GARBAGE;
	return 0;
}
#endif

/* The module goes, and leaves its objects: init unloads it. */
PLANT(left_behind)
{
	t->node = -1;
	return 0;
}

static const struct slab_fault faults[] = {
	{ "none", NULL, 64, false, false },
	{ "load", plant_load, 64, false, false },
	{ "slab-double-free", plant_double_free, 64, false, true },
	{ "slab-double-free-flushed", plant_double_free_flushed, 64, false, true },
	{ "slab-entry-garbage", plant_entry_garbage, 64, false, true },
	{ "slab-entry-foreign", plant_entry_foreign, 64, false, true },
	{ "slab-entry-inner", plant_entry_inner, 64, false, true },
	{ "slab-avail", plant_avail, 64, false, true },
	{ "slab-limit", plant_limit, 64, false, true },
	{ "slab-shared-batchcount", plant_shared_batchcount, 64, false, true },
	{ "slab-alien", plant_alien, 64, false, true },
	{ "slab-host-written", plant_host_written, 64, false, true },
	{ "slab-index-twice", plant_index_twice, 64, false, true },
	{ "slab-overflow", plant_overflow, 100, true, true },
	{ "slab-off-written", plant_overflow, 128, true, true },
	{ "slab-active", plant_active, 64, false, true },
	{ "slab-s-mem", plant_s_mem, 64, false, true },
	{ "slab-owner", plant_slab_cache, 64, false, true },
	{ "slab-list-next", plant_list_next, 64, false, true },
	{ "slab-lost-partial", plant_lost, 64, false, true },
	{ "slab-wrong-list", plant_wrong_list, 64, false, true },
	{ "slab-free-objects", plant_free_objects, 64, false, true },
	{ "slab-total-slabs", plant_total_slabs, 64, false, true },
	{ "slab-freed-written", plant_freed_written, 64, false, true },
#ifdef CONFIG_DEBUG_SLAB
	{ "slab-redzone-right", plant_redzone_right, 64, false, true },
	{ "slab-redzone-left", plant_redzone_left, 64, false, true },
	{ "slab-poison", plant_freed_written, 64, false, true },
	{ "slab-last-user", plant_last_user, 64, false, true },
#endif
	{ "slab-left-behind", plant_left_behind, 256, true, true, true },
};

const struct slab_fault *slab_fault_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(faults[i].name, name))
			return &faults[i];
	return NULL;
}
