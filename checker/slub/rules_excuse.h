/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_RULES_EXCUSE_H
#define SLUBCHECK_CHECKER_SLUB_RULES_EXCUSE_H
/*
 * The states of half-done operations. For the rules_*.c only.
 *
 * A dump stops CPUs between any two instructions. Each function says whether a state that breaks a
 * rule is one that an operation of the allocator passes through, by the order in which the kernel's
 * source changes words. What is excused is transient, and never corrupt.
 */

#include <stdbool.h>

#include "checker/slub/rules.h"

/** excuse_frozen() - The frozen bit does not fit the list. */
bool excuse_frozen(const struct rules *rules, const struct slab_state *slab,
		   const struct cpu_state *cpu, const struct node_state *node);

/** excuse_full() - A slab without a free object is on a partial list. */
bool excuse_full(const struct rules *rules, const struct slab_state *slab,
		 const struct node_state *node);

/** excuse_count() - The freelist is not as long as the counters say. */
bool excuse_count(const struct rules *rules, const struct slab_state *slab,
		  const struct node_state *node);

/** excuse_shared() - Objects are on the CPU's freelist and on the slab's. */
bool excuse_shared(const struct rules *rules, const struct slab_state *slab);

/** excuse_cpu_page() - A CPU's slab is none of this cache. @cpu may be NULL. */
bool excuse_cpu_page(const struct rules *rules, const struct slab_state *slab,
		     const struct cpu_state *cpu);

/** excuse_twice() - A slab is in two places: first @a was met, then @b. @node may be NULL. */
bool excuse_twice(const struct rules *rules, const struct slab_state *slab,
		  const struct slab_twice *a, const struct slab_twice *b,
		  const struct node_state *node);

/** excuse_no_list() - A slab with free objects is on no list. @node may be NULL. */
bool excuse_no_list(const struct rules *rules, const struct slab_state *slab,
		    const struct node_state *node);

/** excuse_partial_flag() - The mark of being on a node's list does not fit. @node may be NULL. */
bool excuse_partial_flag(const struct node_state *node);

/** excuse_link() - The links of a list do not agree. @locked: the lock of the list is held. */
bool excuse_link(bool locked, const struct list_fault *fault);

/** excuse_contents() - What a slab holds is not what it says it is: it is being made, or gone. */
bool excuse_contents(const struct rules *rules, const struct slab_state *slab);

/** excuse_object() - An object of a debug cache on no list is neither free nor in use. */
bool excuse_object(const struct rules *rules, const struct slab_state *slab,
		   const struct node_state *node);

/** excuse_sheaf() - A place of a CPU leads to what is no sheaf of the cache, or to an impossible one. */
bool excuse_sheaf(const struct sheaf *sheaf);

/** excuse_sheaf_twice() - A sheaf is in two places. */
bool excuse_sheaf_twice(const struct sheaf *a, const struct sheaf *b);

/** excuse_entry() - An entry of a sheaf leads to no object, or to one that is elsewhere too. */
bool excuse_entry(const struct sheaf *sheaf, uint32_t entry);

#endif
