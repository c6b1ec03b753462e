/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * slabfault: what mm/slab.c keeps to itself, declared anew for 5.10 and 6.1, where a slab is a struct page and a
 * struct slab of the same shape.
 */
#ifndef SLUBFAULT_SLABFAULT_H
#define SLUBFAULT_SLABFAULT_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <asm/pgtable.h>

struct slab {
	unsigned long flags;
	struct list_head slab_list;
	struct kmem_cache *slab_cache;
	void *freelist;
	void *s_mem;
	unsigned int active;
};

#define slab_address(slab) page_address((struct page *)(slab))
#include <linux/slab_def.h>

struct array_cache {
	unsigned int avail, limit, batchcount, touched;
	void *entry[];
};

struct alien_cache {
	spinlock_t lock;
	struct array_cache ac;
};

struct kmem_cache_node {
	spinlock_t list_lock;
	struct list_head slabs_partial, slabs_full, slabs_free;
	unsigned long total_slabs, free_slabs, free_objects;
	unsigned int free_limit, colour_next;
	struct array_cache *shared;
	struct alien_cache **alien;
	unsigned long next_reap;
	int free_touched;
};

#define BED_OBJECTS 1024u

/* A cache, and the objects of it that have an owner. */
struct bed {
	struct kmem_cache *s;
	void *objects[BED_OBJECTS];
	unsigned int nr;
};

/* What was done; the rest is read when the truth is told. */
struct slab_truth {
	struct kmem_cache *cache;
	struct slab *slab;
	void *object;
	void *slot; /* the damaged word */
	unsigned int width; /* its bytes */
	u64 before;
	int node, cpu;
};

/* A word that is no address of any kind. */
#define GARBAGE 0x7a5c3e18d2b4f096ull

/**
 * struct slab_fault - A fault.
 * @size: of the objects of the damaged cache
 * @ctor: it has a constructor, so that no indexes lie in its objects
 * @still: the reaper has to be stopped before
 * @leaves: the fault is there when the module is gone, and init says so
 */
struct slab_fault {
	const char *name;
	int (*plant)(struct bed *bed, struct bed *other, struct slab_truth *t);
	unsigned int size;
	bool ctor, still, leaves;
};

const struct slab_fault *slab_fault_find(const char *name);

struct array_cache *bed_array(struct bed *bed);
struct kmem_cache_node *bed_node(struct bed *bed);
struct slab *bed_partial(struct bed *bed);
void *bed_owned(struct bed *bed, unsigned int nth);
void truth_slot(struct slab_truth *t, void *slot, unsigned int width);

static inline struct slab *slab_of(const void *object)
{
	return (struct slab *)virt_to_head_page(object);
}

/* load.c */
int plant_load(struct bed *bed, struct bed *other, struct slab_truth *t);

#endif
