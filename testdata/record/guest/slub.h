/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * slub: what mm/slub.c keeps to itself, declared anew.
 */
#ifndef SLUBFAULT_SLUB_H
#define SLUBFAULT_SLUB_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/version.h>

/*
 * From 5.17 (commit d122019bf061, "mm: Split slab into its own type") to 6.7
 * struct slab and struct kmem_cache_node are private to mm/ while struct
 * kmem_cache is not, and linux/slub_def.h does not compile without the former.
 * 6.2 moved slab_cache in front of the list.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#error "the guest modules know the struct slab of 5.17 to 6.1"
#endif

struct slab {
	unsigned long flags;
	union {
		struct list_head slab_list;
		struct {
			struct slab *next; /* on a cpu partial list */
			int slabs;
		};
	};
	struct kmem_cache *slab_cache;
	void *freelist;
	union {
		unsigned long counters;
		struct {
			unsigned int inuse : 16;
			unsigned int objects : 15;
			unsigned int frozen : 1;
		};
	};
};

static inline void *slab_address(const struct slab *slab)
{
	return page_address((struct page *)slab);
}

#include <linux/slub_def.h>

static_assert(offsetof(struct slab, slab_list) == offsetof(struct page, lru));

struct kmem_cache_node {
	spinlock_t list_lock;
	unsigned long nr_partial;
	struct list_head partial;
#ifdef CONFIG_SLUB_DEBUG
	atomic_long_t nr_slabs;
	atomic_long_t total_objects;
	struct list_head full;
#endif
};

#ifdef CONFIG_PREEMPTION
#define TID_STEP roundup_pow_of_two(CONFIG_NR_CPUS)
#else
#define TID_STEP 1
#endif

#endif
