/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_RULES_EXCUSE_H
#define SLUBCHECK_CHECKER_SLUB_RULES_EXCUSE_H
/*
 * The states of half-done operations.
 *
 * A dump stops CPUs between any two instructions. Each row is a state that breaks a rule and that an
 * operation of the allocator passes through, by the order in which the kernel's source changes words.
 * What is excused is transient, never corrupt; where nothing can be told of such a state, nothing is.
 *
 * To add an excuse, write a row, its predicate in rules_excuse.c, a row in docs/findings.md, and the two
 * tests in tests/unit/test_checker_excuses.c without which that does not compile.
 */

#include <stdbool.h>

#include "checker/slub/rules.h"

/* What breaks a rule. A row may excuse several. */
enum breach {
	BREACH_FROZEN = 1 << 0, /* the frozen bit does not fit the list */
	BREACH_CPU_PAGE = 1 << 1, /* a CPU's slab is not one of this cache */
	BREACH_FULL = 1 << 2, /* a slab without a free object is on a partial list */
	BREACH_COUNT = 1 << 3, /* the freelist is not as long as the counters say */
	BREACH_CPU_COUNT = 1 << 4, /* the CPU's freelist holds more than the slab has in use */
	BREACH_SHARED = 1 << 5, /* objects are on the CPU's freelist and on the slab's */
	BREACH_SEEN = 1 << 6, /* a slab is in two places */
	BREACH_NO_LIST = 1 << 7, /* a slab with free objects is on no list */
	BREACH_MARK = 1 << 8, /* the mark of being on a node's list does not fit */
	BREACH_LINK = 1 << 9, /* the links of a list do not agree */
	BREACH_CACHES = 1 << 10, /* those of slab_caches do not */
	BREACH_NODE = 1 << 11, /* a cache lacks the kmem_cache_node of a node */
	BREACH_COUNTER = 1 << 12, /* a list is not as long as its counter says */
	BREACH_TOTAL = 1 << 13, /* memory holds other slabs than the nodes count */
	BREACH_OWNER = 1 << 14, /* a slab's cache is not on slab_caches */
	BREACH_STRAY = 1 << 15, /* a CPU has a freelist and no slab */
	BREACH_OFFLINE = 1 << 16, /* an offline CPU holds slabs or sheaves */
	BREACH_CONTENTS = 1 << 17, /* what a slab holds is not what it says it is */
	BREACH_OBJECT = 1 << 18, /* an object of a debug cache is neither free nor in use */
	BREACH_LOOKS_FREE = 1 << 19, /* an object on no list looks as only free ones do */
	BREACH_CHAIN = 1 << 20, /* objects on no list are linked to each other */
	BREACH_SHEAF =
		1
		<< 21, /* a place leads to what is not a sheaf of the cache, or to an impossible one */
	BREACH_SHEAF_SEEN = 1 << 22, /* a sheaf is in two places */
	BREACH_ENTRY =
		1
		<< 23, /* an entry of a sheaf leads to no object, or to one that is elsewhere too */
	BREACH_SHEAF_CLEAR = 1 << 24, /* with init_on_free an object in a sheaf is not clear */
	BREACH_CONTENTS_SEEN =
		1 << 25, /* a slab in two places holds what only one of them explains */
	BREACH_WIPED = 1 << 26, /* nobody asked kmalloc() for any byte of an object in use */
};

/*
 * X(ID, "id", breaches, "since when", "functions", "what is excused")
 * The functions are those of mm/slub.c that pass through the state. The first row that applies is the
 * excuse. The predicate of a row is is_ID() in rules_excuse.c.
 */
#define EXCUSES(X)                                                                                       \
	X(acquire_slab, "acquire-slab", BREACH_FROZEN | BREACH_FULL, "to 6.7 (8cd3fa428b56)",            \
	  "acquire_slab()",                                                                              \
	  "under list_lock, a slab that was taken by compare-and-exchange is still on the list")         \
	X(deactivate_unfrozen, "deactivate-unfrozen", BREACH_FROZEN, "to 5.14",                          \
	  "deactivate_slab()", "the slab is not frozen any more, and c->page still leads to it")         \
	X(empty_unfrozen, "empty-unfrozen", BREACH_FROZEN, "to 6.19", "get_freelist()",                  \
	  "a slab that ran empty is not frozen any more, and c->slab still leads to it")                 \
	X(not_yet_frozen, "not-yet-frozen", BREACH_FROZEN, "6.8 (8cd3fa428b56) to 6.19",                 \
	  "___slab_alloc()", "c->slab leads to a slab that get_freelist() is about to freeze")           \
	X(deactivate_freed, "deactivate-freed", BREACH_CPU_PAGE, "to 5.14",                              \
	  "deactivate_slab(), discard_slab()",                                                           \
	  "an empty slab is a free page or somebody else's, and c->page still leads to it")              \
	X(changed_on_list, "changed-on-list", BREACH_FULL | BREACH_COUNT,                                \
	  "6.1 (c7323a5ad078) on for debug caches, 7.0 on for all",                                      \
	  "alloc_single_from_partial(), free_to_partial_list(), get_from_partial_node()",                \
	  "freelist, inuse and the list change one after the other under list_lock")                     \
	X(slab_lock, "slab-lock", BREACH_COUNT, "all, where there is no cmpxchg16b",                     \
	  "__cmpxchg_double_slab(), __slab_update_freelist()",                                           \
	  "freelist and counters change one after the other under slab_lock()")                          \
	X(deactivate_absent, "deactivate-absent", BREACH_CPU_COUNT, "to 5.14",                           \
	  "deactivate_slab()",                                                                           \
	  "objects that are handed back are on both freelists, and the dump lacks the slab's; not "      \
	  "judged")                                                                                      \
	X(deactivate_shared, "deactivate-shared", BREACH_SHARED, "to 5.14", "deactivate_slab()",         \
	  "objects that are handed back are on both freelists, all or all but the first")                \
	X(deactivate_listed, "deactivate-listed", BREACH_SEEN, "to 5.14", "deactivate_slab()",           \
	  "the slab is on the node's list, and c->page still leads to it")                               \
	X(deactivate_taken, "deactivate-taken", BREACH_SEEN, "to 5.14",                                  \
	  "deactivate_slab(), acquire_slab()",                                                           \
	  "another CPU has taken the slab, and c->page still leads to it")                               \
	X(passed_on, "passed-on", BREACH_SEEN, "to 6.19", "___slab_alloc(), get_freelist()",             \
	  "a CPU without a freelist has the head of its chain as c->slab, or lets go of an empty slab "  \
	  "that others have taken")                                                                      \
	X(unlinked_marked, "unlinked-marked", BREACH_NO_LIST, "6.8 (8a399e2f6003) on",                   \
	  "remove_partial(), get_partial_node_bulk(), __refill_objects_node()",                          \
	  "under list_lock, the list and the mark change one after the other")                           \
	X(debug_new_slab, "debug-new-slab", BREACH_NO_LIST, "6.1 (c7323a5ad078) on",                     \
	  "alloc_single_from_new_slab(), free_to_partial_list()",                                        \
	  "a slab of a debug cache was just made or is about to be freed")                               \
	X(debug_moved, "debug-moved", BREACH_NO_LIST, "6.1 (c7323a5ad078) on",                           \
	  "alloc_single_from_partial(), free_to_partial_list()",                                         \
	  "under list_lock, a slab of a debug cache is about to be put on a list")                       \
	X(frozen_on_way, "frozen-on-way", BREACH_NO_LIST, "to 6.7 (8cd3fa428b56)",                       \
	  "put_cpu_partial(), deactivate_slab(), get_partial_node()",                                    \
	  "a frozen slab is on its way between a CPU and a node")                                        \
	X(unfrozen_on_way, "unfrozen-on-way", BREACH_NO_LIST, "6.8 (8cd3fa428b56) on",                   \
	  "put_cpu_partial(), get_partial_node(), __refill_objects_node(), alloc_from_new_slab()",       \
	  "a slab that is not frozen is on its way between a CPU and a node")                            \
	X(empty_slab, "empty-slab", BREACH_NO_LIST, "to 6.7 (8cd3fa428b56)",                             \
	  "new_slab(), discard_slab()",                                                                  \
	  "a slab without an object in use was just made or is about to be freed")                       \
	X(moved_on_list, "moved-on-list", BREACH_NO_LIST, "to 6.7 (8cd3fa428b56)",                       \
	  "__unfreeze_partials(), __slab_free(), __kmem_cache_do_shrink()",                              \
	  "under list_lock, the slab is about to be put on the list")                                    \
	X(mark_change, "mark-change", BREACH_MARK, "6.8 (8a399e2f6003) on",                              \
	  "__add_partial(), remove_partial(), get_partial_node_bulk()",                                  \
	  "under list_lock, the list and the mark change one after the other")                           \
	X(list_change, "list-change", BREACH_LINK, "all", "list_add(), list_del(), list_move()",         \
	  "under the list's lock, an entry is linked on one side only")                                  \
	X(list_on_stack, "list-on-stack", BREACH_LINK, "all",                                            \
	  "__kmem_cache_do_shrink(), barn_shrink()",                                                     \
	  "under the list's lock, entries are on a list whose head is on a stack")                       \
	X(list_add_behind, "list-add-behind", BREACH_LINK, "all", "list_add()",                          \
	  "under the list's lock, the entry behind leads to one that still holds what was there before") \
	X(caches_change, "caches-change", BREACH_CACHES, "all",                                          \
	  "kmem_cache_create(), kmem_cache_destroy()",                                                   \
	  "under slab_mutex, a cache is linked on one side only")                                        \
	X(node_onlining, "node-onlining", BREACH_NODE, "all", "slab_mem_going_online_callback()",        \
	  "under slab_mutex, one cache after the other gets a kmem_cache_node; not judged")              \
	X(counted_later, "counted-later", BREACH_COUNTER, "all",                                         \
	  "__add_partial(), remove_partial(), __kmem_cache_do_shrink(), barn_put_full_sheaf()",          \
	  "under the list's lock, the list and its counter change one after the other")                  \
	X(total_behind, "total-behind", BREACH_TOTAL, "all",                                             \
	  "inc_slabs_node(), discard_slab(), free_slab()",                                               \
	  "slabs in flight are in memory and not counted")                                               \
	X(total_ahead, "total-ahead", BREACH_TOTAL, "to 4.1", "new_slab()",                              \
	  "slabs are counted before their pages are marked")                                             \
	X(cache_unlisted, "cache-unlisted", BREACH_OWNER, "to 3.18", "kmem_cache_destroy()",             \
	  "under slab_mutex, a cache has left slab_caches before its slabs are freed")                   \
	X(rcu_emptied, "rcu-emptied", BREACH_OWNER, "all", "kmem_cache_destroy(), free_slab()",          \
	  "empty slabs of a SLAB_TYPESAFE_BY_RCU cache wait for a grace period, and the cache has left " \
	  "slab_caches")                                                                                 \
	X(slab_unowned, "slab-unowned", BREACH_OWNER, "all", "allocate_slab(), __free_slab()",           \
	  "the page is marked before slab_cache is set, and until it was cleared")                       \
	X(flush_slab, "flush-slab", BREACH_STRAY, "to 6.19", "flush_slab()",                             \
	  "c->slab is cleared, and c->freelist still leads into it")                                     \
	X(flush_freed, "flush-freed", BREACH_STRAY, "to 5.14", "flush_slab(), deactivate_slab()",        \
	  "c->page is cleared, and c->freelist still leads to where the slab was")                       \
	X(cpu_dying, "cpu-dying", BREACH_OFFLINE, "all", "slub_cpu_dead(), __pcs_flush_all_cpu()",       \
	  "hotplug has taken the CPU out of the masks and not yet flushed it")                           \
	X(contents_made, "contents-made", BREACH_CONTENTS, "all", "allocate_slab(), free_slab()",        \
	  "a slab on no list that is not full is being filled, or is about to be somebody else's; not "  \
	  "judged")                                                                                      \
	X(contents_freed, "contents-freed", BREACH_CONTENTS, "to 5.14",                                  \
	  "deactivate_slab(), discard_slab()",                                                           \
	  "c->page still leads to a slab that was given back; not judged")                               \
	X(contents_moved, "contents-moved", BREACH_CONTENTS_SEEN, "all",                                 \
	  "deactivate_slab(), ___slab_alloc(), get_freelist()",                                          \
	  "a slab in two places may have an owner who writes to what is free by the other place")        \
	X(debug_object, "debug-object", BREACH_OBJECT, "6.1 (c7323a5ad078) on",                          \
	  "alloc_single_from_partial(), free_debug_processing()",                                        \
	  "under list_lock, init_object() writes the object's areas one after the other")                \
	X(debug_first_object, "debug-first-object", BREACH_OBJECT, "6.1 (c7323a5ad078) on",              \
	  "alloc_single_from_new_slab()", "init_object() fills the first object of a new slab")          \
	X(debug_frozen, "debug-frozen", BREACH_OBJECT, "to 6.0", "alloc_debug_processing()",             \
	  "init_object() fills an object of a CPU's slab, which is frozen")                              \
	X(debug_slab_lock, "debug-slab-lock", BREACH_OBJECT, "to 6.0", "free_debug_processing()",        \
	  "under slab_lock(), init_object() fills an object that is freed")                              \
	X(debug_in_between, "debug-in-between", BREACH_LOOKS_FREE, "all",                                \
	  "alloc_debug_processing(), free_debug_processing()",                                           \
	  "an object has left its freelist and is not filled yet, or is filled and on none yet")         \
	X(debug_wiped, "debug-wiped", BREACH_WIPED, "6.2 (946fa0dbf2d8) on", "slab_free_hook()",         \
	  "init_on_free has cleared the object, its tracks and orig_size, and it is not free yet")       \
	X(alloc_bulk, "alloc-bulk", BREACH_CHAIN, "all",                                                 \
	  "kmem_cache_alloc_bulk(), slab_alloc_node()",                                                  \
	  "objects were taken off the freelist and not cleared yet")                                     \
	X(sheaf_flushed, "sheaf-flushed", BREACH_SHEAF | BREACH_SHEAF_SEEN | BREACH_ENTRY,               \
	  "6.18 (2d517aa09bbc) on", "__pcs_flush_all_cpu()",                                             \
	  "objects and sheaves of a dead CPU are freed before size and pointers are cleared")            \
	X(sheaf_replaced, "sheaf-replaced", BREACH_SHEAF, "6.18 (2d517aa09bbc) on",                      \
	  "__pcs_replace_empty_main(), __pcs_replace_full_main(), alloc_from_pcs_bulk(), "               \
	  "free_to_pcs_bulk()",                                                                          \
	  "under the CPU's lock, the barn has a sheaf that main or spare still leads to")                \
	X(sheaf_swapped, "sheaf-swapped", BREACH_SHEAF_SEEN, "6.18 (2d517aa09bbc) on",                   \
	  "__pcs_install_empty_sheaf(), __kfree_rcu_sheaf(), barn_replace_empty_sheaf()",                \
	  "under the CPU's lock, sheaves are moved by one pointer after the other")                      \
	X(size_first, "size-first", BREACH_ENTRY, "6.18 (2d517aa09bbc) on",                              \
	  "free_to_pcs(), __kfree_rcu_sheaf()",                                                          \
	  "under the CPU's lock, size was raised before the last entry was stored")                      \
	X(sheaf_clearing, "sheaf-clearing", BREACH_SHEAF_CLEAR, "6.18 (2d517aa09bbc) on",                \
	  "__rcu_free_sheaf_prepare()",                                                                  \
	  "a sheaf is changed, so what it holds may not be cleared yet; not judged")

enum excuse_id {
#define X(id, text, breaches, since, functions, what) EXCUSE_##id,
	EXCUSES(X)
#undef X
		EXCUSE_COUNT
};

/* One of two numbers that the nodes count, and what memory holds. */
struct excuse_total {
	uint64_t said, counted;
	uint64_t hidden; /* may be there beside what was counted */
	uint64_t tolerance; /* how many may be in flight */
};

/**
 * struct excuse_case - A state that breaks a rule: what its excuses look at. Others are NULL.
 * @breach: of enum breach, one
 * @locked: the lock of the list is held, for BREACH_LINK and BREACH_COUNTER
 * @entry:  place in @sheaf, for BREACH_ENTRY
 * @other:  the place where @sheaf was met before, for BREACH_SHEAF_SEEN
 * @finding: about a slab that is in two places, for BREACH_CONTENTS_SEEN
 * @stray:  what the CPU's freelist leads to, for BREACH_STRAY
 */
struct excuse_case {
	enum breach breach;
	const struct rules *rules;
	const struct slab_state *slab;
	const struct cpu_state *cpu;
	const struct node_state *node;
	const struct slab_seen *before, *now;
	const struct list_fault *link;
	const struct excuse_total *total;
	const struct sheaf *sheaf, *other;
	const struct location *stray;
	const struct finding *finding;
	uint32_t entry;
	bool locked;
};

/** excuse_find() - The first excuse that applies, or NULL. */
const struct excuse *excuse_find(const struct excuse_case *c);

/** excuse_of() - The row of an excuse. */
const struct excuse *excuse_of(enum excuse_id id);

/** excuse_breach() - What a row excuses, of enum breach. */
unsigned int excuse_breach(enum excuse_id id);

#endif
