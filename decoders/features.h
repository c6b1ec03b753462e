/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_FEATURES_H
#define SLUBCHECK_DECODERS_FEATURES_H
/*
 * What distinguishes the SLUB of one kernel from that of another: the one table that checker and model
 * share. An era of the model is a set of these features; the layout that the checker finds, and a model
 * that goes on in a dump, ask by which names a kernel shows them.
 *
 * No code compares versions, since distributions backport: the releases are for readers.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * X(NAME, "first release", "last release", "what", "how names tell it").
 *
 * Releases are those of mainline; "" is none. The last column is an expression of what the kernel has:
 * "type.member", "struct TYPE", "enumerator NAME", "symbol NAME", "type.a < type.b" (both are there, in
 * that order), or another feature by its name. "!" is not; "&" binds before "|". Where it is empty no name
 * tells: it is elected from the data (SWAB, see elect.h), or nobody asks.
 *
 * The first group decides how structures are laid out, the second what the allocator does. A change
 * that altered no name is told by a relative: partial_context got a member object in the series that
 * stopped freezing slabs on CPUs' chains (8cd3fa428b56), and came with the debug path under list_lock
 * (6edf2576a6cc, c7323a5ad078); slub_flush_work came with CPUs that clear c->page first (5a836bf6b09f).
 */
#define FEATURES(X)                                                                                \
	X(STRUCT_SLAB, "5.17", "", "struct slab instead of struct page", "slab.slab_cache")        \
	X(SLAB_CACHE_FIRST, "6.2", "", "slab_cache before the list in struct slab",                \
	  "slab.slab_cache < slab.slab_list")                                                      \
	X(PAGE_REWORK, "4.18", "", "counters no longer share a word with the reference count", "") \
	X(COMPOUND_HEAD, "4.4", "", "tail pages point to their head with bit 0 set",               \
	  "!page.first_page")                                                                      \
	X(COMPOUND_INFO, "7.1", "", "compound_head is named compound_info", "")                    \
	X(ORDER_IN_LRU, "", "3.19", "page[1].lru.prev holds the order",                            \
	  "!page.compound_order & !folio._folio_order & !folio._flags_1")                          \
	X(ORDER_IN_FOLIO, "6.1", "6.5", "folio._folio_order", "folio._folio_order")                \
	X(ORDER_IN_FLAGS_1, "6.6", "", "the low byte of folio._flags_1",                           \
	  "!folio._folio_order & folio._flags_1")                                                  \
	X(PAGE_TYPE, "6.12", "", "page_type says that a page is a slab's", "enumerator PGTY_slab") \
	X(FLAG_ENUM, "6.9", "", "the bits of the flags of a cache are an enumeration",             \
	  "enumerator _SLAB_RED_ZONE")                                                             \
	X(INT_SIZES, "4.17", "", "oo is an unsigned int, flags are 32 bits (since 4.15)", "")      \
	X(MAX_OO, "", "5.18", "kmem_cache.max", "")                                                \
	X(RESERVED, "", "4.17", "bytes at the end of a slab stay free", "")                        \
	X(RED_LEFT_PAD, "4.6", "", "a red zone before the object, too", "kmem_cache.red_left_pad") \
	X(RECIPROCAL, "5.9", "", "kmem_cache.reciprocal_size", "")                                 \
	X(RANDOM_SEQ, "4.8", "", "new freelists are in random order", "kmem_cache.random_seq")     \
	X(HARDENED, "4.14", "", "freepointers are encoded", "kmem_cache.random")                   \
	X(SWAB, "5.7", "", "freepointers are encoded with the bytes of their address reversed",    \
	  "")                                                                                      \
	X(SLOT_MIDDLE, "5.7", "", "freepointers in the middle of objects",                         \
	  "STRUCT_SLAB | kmem_cache.reciprocal_size | symbol slab_nodes")                          \
	X(FREEPTR_OFFSET, "6.12", "",                                                              \
	  "a cache of type-safe objects may say where the freepointer lies", "")                   \
	X(CPU_SLAB, "", "6.19", "CPUs own slabs, kmem_cache_cpu",                                  \
	  "kmem_cache.cpu_slab & kmem_cache_cpu.freelist & kmem_cache_cpu.tid")                    \
	X(CPU_PARTIAL, "3.2", "6.19", "CPUs own lists of partial slabs",                           \
	  "CPU_SLAB & kmem_cache_cpu.partial")                                                     \
	X(PARTIAL_SLABS, "5.16", "6.19",                                                           \
	  "partial slabs of CPUs are bounded by slabs, not by objects",                            \
	  "kmem_cache.cpu_partial_slabs")                                                          \
	X(FREELIST_TID, "6.5", "6.19", "freelist and tid are a union with a 16-byte word", "")     \
	X(SHEAVES, "6.18", "", "sheaves for caches that ask, barns", "kmem_cache.cpu_sheaves")     \
	X(SHEAVES_ALL, "7.0", "", "sheaves for all", "SHEAVES & !CPU_SLAB")                        \
	X(PER_NODE, "7.1", "", "per_node[] of pairs instead of node[]",                            \
	  "struct kmem_cache_per_node_ptrs")                                                       \
	X(TRACK_HANDLE, "5.19", "", "the stack of a track lies in the stack depot",                \
	  "track.handle")                                                                          \
	X(ORIG_SIZE, "6.1", "", "debug caches of kmalloc() know the size that was asked for", "")  \
	X(ORIG_SIZE_LONG, "7.0", "",                                                               \
	  "the size that was asked for is an unsigned long, backported", "")                       \
	X(MEMCG_CLONES, "3.8", "5.8", "a clone of the cache for each memory cgroup", "")           \
	X(MEMCG_EMBEDDED, "4.0", "5.8", "memcg_params is not a pointer", "")                       \
	X(MEMCG_VECTOR, "5.9", "", "a vector of owners for each slab", "")                         \
	X(OBJ_EXTS, "6.10", "", "the vector of owners is slab->obj_exts", "")                      \
	X(KMALLOC_2D, "4.20", "", "kmalloc_caches[type][index]", "")                               \
	X(KMALLOC_CGROUP, "5.14", "", "kmalloc-cg-*", "")                                          \
	X(KMALLOC_RANDOM, "6.6", "", "16 copies of each, chosen by the caller", "")                \
	X(KMALLOC_ALIGNED, "5.4", "", "powers of two are aligned to their size", "")               \
	X(FREE_ABOVE_MIN, "", "3.15", "empty slabs are freed above min_partial, not at it",        \
	  "!COMPOUND_HEAD")                                                                        \
	X(UNFROZEN_PARTIAL, "6.8", "",                                                             \
	  "partial slabs of CPUs are not frozen, PG_workingset marks a node's",                    \
	  "partial_context.object | !CPU_SLAB")                                                    \
	X(DRAIN_ONE_BY_ONE, "", "5.10", "deactivate_slab() moves objects singly",                  \
	  "CPU_SLAB & !CLEARS_FIRST")                                                              \
	X(CLEARS_FIRST, "5.15", "6.19", "c->page is cleared before the slab is given back",        \
	  "CPU_SLAB & STRUCT_SLAB | CPU_SLAB & struct slub_flush_work")                            \
	X(TID_ON_DEACTIVATE, "5.19", "6.19", "giving a slab back counts, backported",              \
	  "CPU_SLAB & STRUCT_SLAB | CPU_SLAB & kmem_cache.reciprocal_size")                        \
	X(DEBUG_UNDER_LOCK, "6.1", "", "debug caches never have slabs on CPUs",                    \
	  "!CPU_SLAB | struct partial_context")                                                    \
	X(NEW_UNFROZEN, "6.1", "", "a new slab is frozen when it becomes a CPU's",                 \
	  "DEBUG_UNDER_LOCK")                                                                      \
	X(SHRINK_PROMOTES, "4.0", "", "shrinking sorts only slabs with few free objects", "")      \
	X(DESTROY_RELISTS, "3.10", "3.18", "a cache that cannot be destroyed returns to the list", \
	  "")                                                                                      \
	X(DESTROY_UNLINKS, "6.12", "",                                                             \
	  "a cache that cannot be destroyed has left the list for good", "")                       \
	X(FROZEN_IS_BAD, "6.12", "", "a slab that failed a check is frozen for ever, backported",  \
	  "")                                                                                      \
	X(BAD_GFP_WARNS, "4.8", "", "GFP flags that SLUB does not know are masked with a warning", \
	  "")                                                                                      \
	X(DIRECT_RECLAIM, "4.4", "", "__GFP_DIRECT_RECLAIM instead of __GFP_WAIT", "")             \
	X(GFP_ENUM, "6.9", "", "GFP bits are an enumeration", "")                                  \
	X(ZERO_0X100, "5.1", "", "__GFP_ZERO is 0x100",                                            \
	  "STRUCT_SLAB | kmem_cache.reciprocal_size")                                              \
	X(CYCLE_CHECK, "6.17", "", "debug checks see cycles", "")                                  \
	X(LAZY_LIST, "7.2", "", "the freelist of a new slab is made for what is left of it",       \
	  "SHEAVES_ALL & PER_NODE")                                                                \
	X(LIST_POISON_OLD, "", "4.2", "LIST_POISON is 0x100100", "")                               \
	X(TICKET_LOCKS, "", "4.1", "a spinlock at rest may be any pair of equal tickets",          \
	  "!COMPOUND_HEAD")

enum feature {
#define X(name, since, until, text, told) FEATURE_##name,
	FEATURES(X)
#undef X
		FEATURE_COUNT
};

typedef uint64_t feature_set; /* bit n: enum feature n */

_Static_assert(FEATURE_COUNT <= 64, "features are bits of one word");

#define FEATURE(name) (UINT64_C(1) << FEATURE_##name)

/**
 * struct feature_info - A row of the table.
 * @name:  as "STRUCT_SLAB"
 * @since, @until: first and last release; "" is none
 * @text:  what it is
 * @told:  how names tell it; "": they do not
 */
struct feature_info {
	const char *name, *since, *until, *text, *told;
};

const struct feature_info *feature_info(enum feature feature);

/* What a kernel can be asked for. */
enum name_kind { NAME_MEMBER, NAME_TYPE, NAME_ENUMERATOR, NAME_SYMBOL };

/**
 * typedef features_ask - Whether a kernel has something of a name.
 * @type:   of NAME_MEMBER, whose member is @name
 * @offset: receives where a member lies
 */
typedef bool (*features_ask)(void *ctx, enum name_kind kind, const char *type, const char *name,
			     uint32_t *offset);

/** features_told() - The features that names tell at all. */
feature_set features_told(void);

/**
 * features_find() - Which features a kernel shows by its names.
 * @wanted: no others are asked for: to look for what does not exist takes some targets long
 * @find:   whether there is such a name, with @ctx
 */
feature_set features_find(feature_set wanted, features_ask find, void *ctx);

#endif
