/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_RULES_H
#define SLUBCHECK_CHECKER_SLUB_RULES_H
/*
 * The rules of the allocator, and what breaks them.
 *
 * A rule is a function of what was gathered (heap.h). It reads no memory, so a test or the
 * reference model can hand it any state. Where a CPU that stopped in the middle of an operation
 * can leave a state, the rule says so and reports at most a transient.
 */

#include "checker/slub/cache.h"
#include "checker/findings/findings.h"
#include "checker/slub/heap.h"
#include "checker/slub/sheaf_set.h"

/**
 * struct rules - What the rules know, and where findings go.
 * @layout:   the shape of the allocator
 * @cache:    the cache that is checked
 * @tid_step: TID_STEP as elected; 1: tids cannot be checked
 * @broken:   a list of the cache breaks off, so slabs may be on none because of that
 * @pages_held: the pages of slabs have a reference count that is not 0
 * @nid_proven: pages say which node they are of
 * @disabled: the kernel has marked the slab's free objects as used
 * @emit:     called with each finding, and with the slab it is about or NULL
 * @ctx:      handed to @emit
 */
struct rules {
	const struct layout *layout;
	const struct cache *cache;
	uint64_t tid_step;
	bool broken;
	bool pages_held, nid_proven;
	bool disabled;
	void (*emit)(void *ctx, struct finding *finding, const struct slab_state *slab);
	void *ctx;
};

/* A slab that was met before. */
struct slab_seen {
	enum slab_role role;
	int cpu, node;
	bool idle; /* ROLE_CPU: the CPU had no freelist */
	uint64_t slot; /* of the pointer that led to it */
};

/** rules_caches() - Judge the links of slab_caches; @rules->cache is NULL. */
void rules_caches(const struct rules *rules, const struct cache_list *list);

/** rules_cache() - Judge a kmem_cache by itself. */
void rules_cache(const struct rules *rules);

#define REMAINS_SHOWN 3

/**
 * struct remains - Objects of a destroyed cache that are in use.
 * @slabs, @objects: how many there are
 * @unknown: objects of slabs that do not tell which of them are in use; @known: those of the others
 * @shown: addresses of the first of them
 * @page, @base, @index: of the first one: struct page and memory of its slab, its number there
 */
struct remains {
	uint64_t slabs, objects, unknown, known;
	uint64_t shown[REMAINS_SHOWN];
	uint64_t page, base;
	int32_t index;
};

/** rules_destroyed() - Report a destroyed cache with what is left of it; NULL: nobody has looked. */
void rules_destroyed(const struct rules *rules, const struct remains *remains);

/** rules_cpu() - Judge a kmem_cache_cpu by itself. @stray is what its freelist leads to when the
 * CPU has no slab. */
void rules_cpu(const struct rules *rules, const struct cpu_state *cpu,
	       const struct location *stray);

/** rules_slab() - Judge a slab on the list it was found on.
 * @cpu:  the CPU for ROLE_CPU, else NULL
 * @node: the node for ROLE_NODE_PARTIAL, else NULL
 */
void rules_slab(const struct rules *rules, const struct slab_state *slab,
		const struct cpu_state *cpu, const struct node_state *node);

/* What can be said of the page of a slab that a list leads to. */
enum page_state {
	PAGE_SLAB, /* it is a slab */
	PAGE_ABSENT, /* the dump does not tell */
	PAGE_FREED, /* it was one, and a CPU has just given it back */
	PAGE_UNMARKED, /* it is not marked as one, and something beside the pointer says that it is */
	PAGE_POINTER, /* it cannot be one: the pointer was overwritten */
	PAGE_EITHER, /* it is not one: its mark was overwritten, or the pointer was */
};

/** rules_page() - Whether a list leads to a slab, and what is wrong when it does not. */
enum page_state rules_page(const struct rules *rules, const struct slab_state *slab,
			   const struct cpu_state *cpu);

/**
 * struct owned_free - Objects on freelists of a slab that have an owner.
 * @nr:	   how many; what follows is of the first
 * @index: its number in the slab
 * @slot, @objcg: where its owner is noted, and the owner: the address of a struct obj_cgroup
 */
struct owned_free {
	uint32_t nr;
	int32_t index;
	uint64_t slot, objcg;
};

/** rules_owned_free() - Judge what the vector of owners says of free objects. */
void rules_owned_free(const struct rules *rules, const struct slab_state *slab,
		      const struct owned_free *owned);

/** rules_contents() - Judge what a slab holds beside links, where that is known. @node may be NULL. */
void rules_contents(const struct rules *rules, const struct slab_state *slab,
		    const struct node_state *node);

/**
 * rules_slab_seen() - Judge a slab that a second list leads to.
 * @node: of @now, may be NULL
 *
 * Return: a CPU in the middle of an operation explains that.
 */
bool rules_slab_seen(const struct rules *rules, const struct slab_state *slab,
		     const struct slab_seen *before, const struct slab_seen *now,
		     const struct node_state *node);

/** rules_cpu_partial_link() - Judge a break in a CPU's chain of partial slabs. */
void rules_cpu_partial_link(const struct rules *rules, const struct cpu_state *cpu,
			    const struct link_fault *fault);

/** rules_cpu_partial_count() - Judge what a slab of that chain says about the rest of it. */
void rules_cpu_partial_count(const struct rules *rules, const struct slab_state *slab,
			     uint64_t expected);

/** rules_node_link() - Judge a link of a node's partial list. */
void rules_node_link(const struct rules *rules, const struct node_state *node,
		     const struct link_fault *fault);

/** rules_node() - Judge a kmem_cache_node after its list was walked. */
void rules_node(const struct rules *rules, const struct node_state *node);

/** rules_no_list() - Judge a slab that the memmap scan found and no list leads to.
 * @node: the node whose list it could be on, NULL when unknown
 *
 * Return: the slab counts as in flight.
 */
bool rules_no_list(const struct rules *rules, const struct slab_state *slab,
		   const struct node_state *node);

/** rules_sheaves() - Judge the sheaves and barns of a cache, and what they hold. */
void rules_sheaves(const struct rules *rules, const struct sheaves *sheaves);

/** rules_sheaf_slab() - Judge the freelists of a walked slab against the sheaves of its cache. */
void rules_sheaf_slab(const struct rules *rules, const struct slab_state *slab);

/** rules_unknown_cache() - Judge a slab whose slab_cache is not on the list of caches; @rules->cache is
 * NULL. */
void rules_unknown_cache(const struct rules *rules, const struct slab_state *slab);

/* The slabs of a cache in the memmap, and the counters of its nodes. */
struct scan_totals {
	uint64_t slabs, objects; /* in the memmap */
	uint64_t said_slabs, said_objects; /* by all nodes */
	uint64_t in_flight; /* slabs that may not be counted yet, or no longer */
	uint64_t
		hidden; /* slabs that are counted, and whose pages do not say that they are the cache's */
	uint64_t slot_slabs, slot_objects; /* addresses of the counters of the first node */
	int node; /* -1 when there are several */
};

/** rules_totals() - Judge nr_slabs and total_objects. */
void rules_totals(const struct rules *rules, const struct scan_totals *totals);

/** rules_random() - Report that the cache's key was overwritten. @lists: lists it explains. */
void rules_random(const struct rules *rules, uint64_t found, uint64_t expected, unsigned int lists);

#endif
