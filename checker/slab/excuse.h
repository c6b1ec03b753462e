/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_EXCUSE_H
#define SLUBCHECK_CHECKER_SLAB_EXCUSE_H
/*
 * The states of half-done operations of mm/slab.c.
 *
 * Each row is a state that breaks a rule and that an operation passes through, by the order in which the
 * kernel's source changes words. Lists and their counters have a lock, which tells. The array of a CPU has
 * none: it is changed with interrupts off. So its states are excused only where the CPU may have been in the
 * allocator, by its registers and stack (busy.h), and only at the entries that the operation moves.
 *
 * To add an excuse, write a row, its predicate in excuse.c, a row in docs/findings.md, and its two tests in
 * tests/unit/test_slab_excuses.c.
 */

#include "checker/slab/heap.h"

/* What breaks a rule. A row may excuse several. */
enum slab_breach {
	SLAB_BREACH_ENTRY = 1 << 0, /* an entry leads to no object of the cache */
	SLAB_BREACH_TWICE = 1 << 1, /* an object is in two entries, or also free in its slab */
	SLAB_BREACH_HEADER =
		1 << 2, /* an array is not of the size that its cache says, or is missing */
	SLAB_BREACH_LIST = 1 << 3, /* a slab is not on the list of its use count */
	SLAB_BREACH_FREE =
		1
		<< 4, /* its free objects are not as many as its use count says, or one is twice */
	SLAB_BREACH_HOST = 1 << 5, /* the place of the indexes does not fit its use count */
	SLAB_BREACH_LINK = 1 << 6, /* the links of a node's list do not agree */
	SLAB_BREACH_COUNTER = 1 << 7, /* a node's counter is wrong */
	SLAB_BREACH_CACHES = 1 << 8, /* the links of the list of caches do not agree */
	SLAB_BREACH_NO_LIST = 1 << 9, /* a slab is on no list */
	SLAB_BREACH_OFFLINE = 1 << 10, /* an offline CPU has objects */
	SLAB_BREACH_POISON = 1 << 11, /* a free object is not filled as free ones are */
	SLAB_BREACH_STATE =
		1 << 12, /* an object on no list is neither filled as free nor as in use */
	SLAB_BREACH_OWNER = 1 << 13, /* a slab's cache is not on the list */
	SLAB_BREACH_USED = 1 << 14, /* a slab has more objects in arrays than in use */
};

/*
 * X(ID, "id", breaches, "since when", "functions", "what is excused")
 * The first row that applies is the excuse. The predicate of a row is is_ID() in excuse.c.
 */
#define SLAB_EXCUSES(X)                                                                            \
	X(array_push, "array-push", SLAB_BREACH_ENTRY | SLAB_BREACH_TWICE | SLAB_BREACH_POISON,    \
	  "to 6.7", "___cache_free(), cache_alloc_refill()",                                       \
	  "a CPU has raised avail, and its last entry is not stored yet")                          \
	X(array_flush, "array-flush",                                                              \
	  SLAB_BREACH_ENTRY | SLAB_BREACH_TWICE | SLAB_BREACH_USED | SLAB_BREACH_POISON, "to 6.7", \
	  "cache_flusharray(), drain_array(), do_drain()",                                         \
	  "a CPU has given its oldest entries back, and they are not removed from its array yet")  \
	X(array_transfer, "array-transfer",                                                        \
	  SLAB_BREACH_ENTRY | SLAB_BREACH_TWICE | SLAB_BREACH_USED, "to 6.7",                      \
	  "transfer_objects(), __drain_alien_cache(), drain_array()",                              \
	  "under list_lock or the lock of an alien array, objects are moved from one array to "    \
	  "another, or to their slabs")                                                            \
	X(arrays_replaced, "arrays-replaced", SLAB_BREACH_HEADER, "to 6.7",                        \
	  "do_tune_cpucache(), setup_kmem_cache_node(), cpuup_prepare()",                          \
	  "under slab_mutex, the arrays of a cache are replaced one after the other")              \
	X(slab_moving, "slab-moving", SLAB_BREACH_LIST | SLAB_BREACH_LINK, "to 6.7",               \
	  "cache_alloc_refill(), free_block(), cache_grow_end()",                                  \
	  "under list_lock, a slab is moved from list to list")                                    \
	X(object_moving, "object-moving",                                                          \
	  SLAB_BREACH_FREE | SLAB_BREACH_HOST | SLAB_BREACH_POISON, "to 6.7",                      \
	  "slab_get_obj(), slab_put_obj(), fixup_slab_list()",                                     \
	  "under list_lock, the use count and the free objects change one after the other; of "    \
	  "contents: the next free index is that of an object in use until it is stored")          \
	X(slab_counted, "slab-counted", SLAB_BREACH_COUNTER, "to 6.7",                             \
	  "cache_alloc_refill(), free_block(), drain_freelist()",                                  \
	  "under list_lock, lists and counters change one after the other")                        \
	X(slab_destroyed, "slab-destroyed", SLAB_BREACH_NO_LIST, "to 6.7",                         \
	  "drain_freelist(), free_block(), slabs_destroy()",                                       \
	  "a slab without an object in use has left its list and is about to be freed")            \
	X(slab_waiting, "slab-waiting", SLAB_BREACH_NO_LIST | SLAB_BREACH_OWNER, "to 6.7",         \
	  "slab_destroy()", "a slab of a SLAB_TYPESAFE_BY_RCU cache waits for a grace period")     \
	X(slab_grown, "slab-grown", SLAB_BREACH_NO_LIST, "to 6.7",                                 \
	  "cache_grow(), cache_grow_begin(), cache_alloc_refill()",                                \
	  "a new slab is not on a list yet, or under list_lock on none between two lists")         \
	X(slab_pages_set, "slab-pages-set", SLAB_BREACH_OWNER, "to 6.7",                           \
	  "cache_grow(), cache_grow_begin(), kmem_freepages()",                                    \
	  "a page is marked before it leads to its cache, or until its mark is cleared")           \
	X(caches_changing, "caches-changing", SLAB_BREACH_CACHES | SLAB_BREACH_OWNER, "to 6.7",    \
	  "kmem_cache_create(), kmem_cache_destroy()",                                             \
	  "under slab_mutex, a cache is linked on one side only, or has left the list before its " \
	  "slabs are freed")                                                                       \
	X(cpu_going, "cpu-going", SLAB_BREACH_OFFLINE, "to 6.7",                                   \
	  "cpuup_canceled(), slab_dead_cpu()",                                                     \
	  "hotplug has taken the CPU out of the masks and not yet emptied its arrays")             \
	X(host_filled, "host-filled", SLAB_BREACH_POISON, "4.6 (b03a017bebc4) to 6.7",             \
	  "fixup_objfreelist_debug()",                                                             \
	  "the object that held the indexes is in the array of its CPU, and its start is filled "  \
	  "again after list_lock was released")                                                    \
	X(object_handed, "object-handed", SLAB_BREACH_STATE, "to 6.7",                             \
	  "cache_alloc_debugcheck_after(), cache_free_debugcheck()",                               \
	  "an object has left its array or is on its way there, and is filled by and by")

enum slab_excuse_id {
#define X(id, text, breaches, since, functions, what) SLAB_EXCUSE_##id,
	SLAB_EXCUSES(X)
#undef X
		SLAB_EXCUSE_COUNT
};

/* Whether a CPU may have been in the allocator when it stopped. */
enum slab_cpu_at {
	SLAB_CPU_ELSEWHERE, /* it was not */
	SLAB_CPU_INSIDE, /* its registers or its stack say so */
	SLAB_CPU_UNTOLD, /* nothing tells */
};

/**
 * struct slab_breach_case - A state that breaks a rule: what its excuses look at. Others are NULL.
 * @array, @position: of an entry; @array also of SLAB_BREACH_HEADER
 * @cpu_at: of the CPU whose array it is; for SLAB_BREACH_NO_LIST, the most that is known of any
 * @locked: the lock of the node's lists is held
 * @next:   of SLAB_BREACH_POISON: the object is the next of its slab to be handed out
 * @start:  of SLAB_BREACH_POISON: only bytes at the start of the object are wrong, where indexes may lie
 */
struct slab_breach_case {
	enum slab_breach breach;
	const struct slab_layout *layout;
	const struct slab_cache *cache;
	const struct slab_array *array;
	const struct slab_found *slab;
	const struct list_fault *link;
	uint32_t position;
	enum slab_cpu_at cpu_at;
	bool locked, next, start;
};

/** slab_excuse_find() - The first excuse that applies, or NULL. */
const struct excuse *slab_excuse_find(const struct slab_breach_case *c);

/** slab_excuse_of() - The row of an excuse. */
const struct excuse *slab_excuse_of(enum slab_excuse_id id);

#endif
