/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_LAYOUT_H
#define SLUBCHECK_CHECKER_SLUB_LAYOUT_H
/*
 * Which shape this kernel's allocator has.
 *
 * Decided by the presence of members, enumerators and symbols, never by a version number:
 * distributions backport. What no type tells (which encoding, TID_STEP) is elected from the data,
 * see elect.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/debug/debug_layout.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"
#include "checker/image/target.h"
#include "checker/slub/owner_vector.h"

struct layout_cache {
	struct target_member cpu_slab, flags, size, object_size, offset, oo, min, inuse, align;
	struct target_member refcount, ctor, name, list, kobj;
	struct target_member node; /* node[]; since 7.1 per_node[], of pairs */
	uint32_t node_stride; /* bytes from one node's entry to the next */
	uint32_t node_at; /* of the kmem_cache_node pointer in an entry */
	struct target_member max; /* the largest oo that it ever had; up to 5.17 */
	struct target_member reserved; /* up to 4.17 */
	struct target_member red_left_pad; /* 4.6, RHEL 7 */
	struct target_member random; /* CONFIG_SLAB_FREELIST_HARDENED, 4.14 */
	struct target_member cpu_sheaves, sheaf_capacity; /* 6.18 */
	struct target_member kasan_alloc, kasan_free; /* offsets that KASAN keeps there */
};

struct layout_cpu {
	struct target_member freelist, tid, slab;
	struct target_member partial; /* 3.2, CONFIG_SLUB_CPU_PARTIAL */
};

/* struct slab since 5.17, struct page before. */
struct layout_slab {
	struct target_member flags, cache, list, freelist, counters;
	struct target_member next, slabs; /* list of cpu partial slabs */
	struct target_member page_type; /* 6.10 */
	struct target_member exts; /* slabobj_exts, which may lie in the slab since 7.0 */
	struct target_member refcount; /* of the page; _count until 4.5 */
	size_t read_size; /* bytes that hold all of them */
};

struct layout_node {
	struct target_member nr_partial, partial;
	struct target_member nr_slabs, total_objects; /* CONFIG_SLUB_DEBUG */
	struct target_member locked; /* the word of list_lock that tells whether it is held */
};

/* Sheaves, arrays of objects that are free or will be, and the barns of nodes that keep them: 6.18. */
struct layout_sheaf {
	struct target_member main, spare, rcu_free; /* struct slub_percpu_sheaves */
	struct target_member
		cpu_locked; /* word that is not 0 while it is locked; of size 0: unknown */
	struct target_member cache, size, list; /* struct slab_sheaf */
	uint32_t objects; /* where its array begins */
	struct target_member barn; /* pointer to it, in kmem_cache_node or a pair of per_node[] */
	bool barn_in_pair; /* 7.1 */
	struct target_member barn_locked, full, empty, nr_full, nr_empty; /* struct node_barn */
	size_t barn_size;
};

/* What KASAN keeps with an object. */
struct layout_kasan {
	bool present;
	uint32_t alloc_size, free_size; /* of its structures */
};

/* How the head page of a slab is distinguished from other pages. */
enum slab_test {
	SLAB_TEST_FLAG, /* bit PG_slab of page->flags: up to 6.9 */
	SLAB_TEST_TYPE_BIT, /* a cleared bit of page_type: 6.10, 6.11 */
	SLAB_TEST_TYPE_BYTE, /* the top byte of page_type: 6.12 */
};

/* Flags of a cache that change where things lie. The bits are enumerators from 6.9 on. */
struct layout_flags {
	uint64_t red_zone, poison, store_user, typesafe_by_rcu;
	uint64_t consistency_checks, trace, reclaim_account;
	uint64_t kmalloc; /* 6.1 */
};

struct layout {
	struct kernel kernel;
	struct layout_cache cache;
	struct layout_cpu cpu;
	struct layout_slab slab;
	struct layout_node node;
	struct layout_sheaf sheaf;
	struct layout_flags flags;
	struct layout_kasan kasan;
	struct owner_layout owner;
	struct debug_layout debug;

	enum slab_test slab_test;
	uint64_t slab_test_mask, slab_test_value;
	uint64_t slab_partial_mask; /* SL_partial: the slab is on a node's list; 0 before 6.8 */

	uint64_t slab_caches; /* address of the list head */
	unsigned int nr_nodes;
	unsigned int
		node_bits; /* topmost bits of a page's flags that name its node; 0: not known */

	feature_set features; /* those of decoders/features.h that the rules ask for */
	bool hardened; /* freepointers are encoded */
	bool has_cpu_slabs; /* kmem_cache_cpu exists: until 6.19, and not with SLUB_TINY */
	bool has_sheaves, has_barns;
	bool cpu_partial_frozen; /* slabs on a CPU's partial chain are frozen: until 6.7 */
	bool deactivates_in_place; /* a CPU's slab is given back before c->page is cleared: to 5.14 */
	bool debug_under_lock; /* debug caches never have slabs on CPUs: since 6.1 */
	bool caches_locked; /* slab_mutex is held: slab_caches may be in the middle of a change */
	bool init_on_alloc; /* objects are cleared when they are handed out */
	bool init_on_free; /* or when they are freed */
	const char *
		kmalloc_copies; /* names of the caches that kmalloc() draws from at random; or NULL */
	bool debug_off; /* nobody obeys the flags of slub_debug that a cache may have: 5.9 to 5.12 */
	bool has_kfree_nolock; /* which does not clear them: 6.18 */
	bool kmalloc_zones; /* a red zone begins where what kmalloc() was asked for ends: 6.2 */
	uint32_t slabobj_ext_size;
	uint64_t rcu_free_slab; /* function that frees a slab after a grace period, or 0 */
};

/* Whether the kernel has one of its features. */
#define layout_has(layout, name) (((layout)->features & FEATURE(name)) != 0)

#define LAYOUT_ERROR_MAX KERNEL_ERROR_MAX

/** layout_recognise() - Whether this is a SLUB kernel, from its types alone; else @error says why not. */
bool layout_recognise(struct target *t, char error[LAYOUT_ERROR_MAX]);

/**
 * layout_init() - Find out the shape of the allocator in an image.
 * @error: receives one clause on why, when the return value is false
 *
 * Return: false when this is not a SLUB kernel or its types cannot be resolved.
 */
bool layout_init(struct layout *layout, struct memory *memory, struct arena *arena,
		 char error[LAYOUT_ERROR_MAX]);

/** layout_is_slab() - Whether a page's flags and type say that it is the head page of a slab. */
bool layout_is_slab(const struct layout *layout, uint64_t flags, uint64_t page_type);

#endif
