/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_HEAP_H
#define SLUBCHECK_CHECKER_SLUB_HEAP_H
/*
 * The walk: gathers the state of a cache from memory, once.
 *
 * This room reads and does not judge: what it gathers (a CPU, a slab with its freelists, a node)
 * is handed to the rules, which judge and do not read. The pages of a slab that its
 * freelists lead through are read, and the others when something about it is odd, each once, into a buffer
 * that the next slab reuses; per object there is a position on each freelist. So the cost is
 * linear in slabs and objects, and the memory is that of one slab.
 *
 * Nothing that is read is trusted: every loop is bounded by the objects of a slab or the pages of
 * the machine, and a list that breaks is walked from its other end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/list_walk.h"
#include "checker/slub/cache.h"
#include "checker/slub/layout.h"
#include "checker/slub/locate.h"
#include "checker/image/memory.h"
#include "checker/image/witness.h"
#include "checker/slub/sheaf_set.h"
#include "decoders/slab.h"

/* Which list led to a slab. */
enum slab_role {
	ROLE_CPU,
	ROLE_CPU_PARTIAL,
	ROLE_NODE_PARTIAL,
	ROLE_NO_LIST,
};

/**
 * struct slab_place - A pointer to a slab as found on a list; not trusted.
 * @page: address of the struct slab or page
 * @slot: address of the word that held @page, 0 when none did
 */
struct slab_place {
	uint64_t page;
	uint64_t slot;
	enum slab_role role;
	int cpu;
	int node;
};

/* How the walk of a freelist ended. */
enum walk_end {
	WALK_END, /* NULL, as it should */
	WALK_OUTSIDE, /* a link that leads out of the slab */
	WALK_MISALIGNED, /* a link into the slab, but not to an object */
	WALK_CYCLE, /* a link to an object that is on the list already */
	WALK_ABSENT, /* the page of the next link is not in the dump */
	WALK_NOT_DONE, /* not walked: the slab could not be checked that far */
};

/**
 * struct freelist - A freelist as far as it could be followed.
 * @head_slot:	address of the word that holds the head
 * @head:	the head; never encoded
 * @length:	distinct objects on it
 * @end:	how the walk ended
 * @from:	object whose link ended the walk; -1: the head did, or the list is empty
 * @before:	the object before @from on the list, or -1
 * @slot, @raw, @next: the word that ended the walk: where, as stored, decoded
 * @there:	what @next leads to, when @end is WALK_OUTSIDE
 * @hop:	per object of the slab: 1 + its position on the list, 0 when not on it
 */
struct freelist {
	uint64_t head_slot;
	uint64_t head;
	uint32_t length;
	enum walk_end end;
	int32_t from;
	int32_t before;
	uint64_t slot, raw, next;
	struct location there;
	uint16_t *hop;
};

/**
 * struct orphan_chain - The chain that starts at an orphan.
 * @end:    ORPHAN_LAST: the chain runs to NULL; an object: it joins a list there; ORPHAN_NONE: it
 *	    leads nowhere or into a cycle
 * @length: orphans from this one to the end; 0 with ORPHAN_NONE
 */
struct orphan_chain {
	int32_t end;
	uint32_t length;
};

/**
 * struct orphans - Objects on no list that hold a link as only free objects do.
 * @nr:	    how many
 * @others: objects on no list that hold no such link
 * @chains: chains that they form, each running to NULL or into a list
 * @head:   first object of the longest such chain, -1 when there is none
 * @length: its objects
 * @counted: the counters tell how many objects the slab's list lacks: @missing, which may be 0
 * @missing: objects that the counters miss on the slab's list; 0 when they cannot tell
 * @told:   an object in use cannot hold a link (orphans_tell()), so that all orphans are free
 * @fits:   first object of the only chain that has the length that the counters miss, or -1
 * @links:  per object: ORPHAN_NONE, or where its link leads when it is an orphan; NULL: nobody looked
 * @chain:  per object, as @links
 * @linked: per object, whether the link of an orphan leads to it; only with @nr
 */
struct orphans {
	uint32_t nr, others;
	uint32_t chains;
	int32_t head;
	uint32_t length;
	bool counted;
	uint32_t missing;
	bool told;
	int32_t fits;
	const int32_t *links;
	const struct orphan_chain *chain;
	const uint8_t *linked;
};

/* So many objects of a list that ends well are lost, and not only counted as free. */
#define ORPHANS_CUT_SURE 4

/* So many objects in use without an old link tell that owners overwrite it. */
#define ORPHANS_OTHERS_TELL 8

#define ORPHAN_UNSEEN (-3) /* only while chains are measured */
#define ORPHAN_NONE (-2)
#define ORPHAN_LAST (-1) /* the link is NULL */

/**
 * struct slab_state - A slab and what was found in it.
 * @page:	   address of its struct slab or page
 * @page_valid:	   @page is the address of a page descriptor at all
 * @status:	   how reading the descriptor ended; what follows is not valid otherwise
 * @base:	   address of its memory
 * @role, @cpu, @node, @slot: the list, and the word of it, that led here
 * @is_slab:	   flags or type say that this is the head page of a slab
 * @flags, @cache, @freelist, @count: the descriptor
 * @next, @slabs:  CPU partial chain
 * @list_next, @list_prev: the same words as a node's list entry
 * @exts:	   address of the slab's slabobj_exts, 0: it has none
 * @refcount:	   of the page, as an unsigned int; 1 where the kernel's types do not tell
 * @nid:	   node that the page is of, as its flags say; -1: not known
 * @type:	   its page_type, where it has one
 * @tail:	   the page says that it is a tail page
 * @locked:	   slab_lock() is held
 * @partial:	   the flag says that it is on a node's list; never set where there is no such flag
 * @order_known, @order: as the page says
 * @objects:	   by the geometry of the cache; what all walks are bounded by
 * @walked:	   the freelists were followed
 * @own, @cpu_list: the slab's freelist, and the CPU's for ROLE_CPU
 * @shared:	   objects on both; @first_shared is the one that comes first on the CPU's
 * @absent_pages:  pages of the slab that were asked for and that the dump lacks
 * @first:	   address of object 0
 * @bytes:	   the slab's memory, of @bytes_len, where it is known; absent pages are zero; NULL
 *		   when not needed. All of it has been read unless the slab's list is as long as
 *		   its counters say, and the cache fills its slabs with nothing that is known
 * @sheaves:	   of the slab's cache, as far as they were gathered; may be NULL
 * @busy:	   of a kernel that runs: it changed each time that it was read, so that nothing of it
 *		   is of one moment
 * @known_map:	   bit n: page n was read, and the dump has it
 * @absent_map:	   bit n: page n was asked for, and the dump lacks it
 */
struct slab_state {
	uint64_t page;
	bool page_valid;
	enum target_status status;
	uint64_t base;
	enum slab_role role;
	int cpu;
	int node;
	uint64_t slot;
	bool is_slab;
	bool tail;
	uint64_t flags, type, cache, freelist, counters;
	struct slab_counters count;
	uint64_t next, slabs;
	uint64_t list_next, list_prev;
	uint64_t exts;
	uint64_t refcount;
	int nid;
	bool locked;
	bool partial;
	bool order_known;
	unsigned int order;
	uint32_t objects;
	bool walked;
	struct freelist own, cpu_list;
	uint32_t shared;
	int32_t first_shared;
	uint32_t absent_pages;
	struct orphans orphans;
	uint64_t first;
	const uint8_t *bytes;
	size_t bytes_len;
	const struct arch *arch; /* for the order of bytes */
	size_t page_size;
	const struct sheaves *sheaves;
	bool busy;
	uint64_t known_map, absent_map;
};

/* A kmem_cache_cpu. */
struct cpu_state {
	int cpu;
	bool online;
	uint64_t addr;
	enum target_status status;
	uint64_t freelist, tid, slab, partial;
};

/* A kmem_cache_node. */
struct node_state {
	int node;
	uint64_t addr;
	uint64_t slot; /* where the pointer to it lies */
	enum target_status status;
	bool genuine; /* an object of the cache of kmem_cache_nodes */
	uint64_t nr_partial, nr_slabs, total_objects;
	bool locked; /* list_lock is or may be held: its list may be in the middle of a change */
	uint64_t lock_word; /* that says so */
	uint64_t counted; /* slabs that the walk found */
	bool complete; /* the walk saw the whole list */
};

/* A link that is wrong, of a chain of partial slabs or of a list. */
struct link_fault {
	struct list_fault link;
	const char *slot_name;
	uint64_t holder; /* slab (or sheaf) that holds the slot, 0 for the head */
	uint64_t lost; /* slabs that can no longer be reached; 0 when unknown */
};

/* Memory and buffers of the walk. One for a run. */
struct heap {
	struct memory *memory;
	const struct layout *layout;
	const struct cache_list *caches;
	struct arena *arena;
	uint64_t page_limit; /* pages of the machine: no list is longer */
	uint8_t *bytes;
	size_t bytes_room;
	uint16_t *hops[2];
	int32_t *links; /* scratch of the search for orphans: where each object's link leads */
	uint8_t *linked; /* and whether a link leads to it */
	struct orphan_chain *chains;
	int32_t *path; /* what a walk over orphans has passed */
	uint64_t links_followed; /* of orphans, to measure the cost */
	uint64_t links_good, links_bad; /* of the cache under the walk, for the election */
	uint64_t slabs; /* gathered so far */
	struct sheaves *sheaves; /* of the cache under the walk; NULL where there are none */
	struct witness
		*witness; /* of a kernel that runs: what was gathered last rests on; else NULL */
	size_t witness_cpu; /* words of a CPU, in front of those of its slab */
	size_t witness_guards; /* those and the slab's: what each change of it goes through */
	struct settle *settle; /* its lists (settle.h); NULL until one was gathered */
	uint64_t retries; /* slabs and lists that were gathered once more */
};

/* So often what changes while it is gathered is gathered again. A round takes some microseconds. */
#define HEAP_TRIES 24

/** heap_init() - Set up the buffers; false when there is no memory for them. */
bool heap_init(struct heap *heap, struct memory *memory, const struct layout *layout,
	       const struct cache_list *caches, struct arena *arena);

/** heap_cancelled() - Whether the user wants the walk to stop. */
bool heap_cancelled(const struct heap *heap);

/**
 * heap_cpu() - Gather a CPU's state for a cache.
 *
 * Of a kernel that runs its words are noted in heap->witness, which forgets all others.
 */
void heap_cpu(struct heap *heap, const struct cache *cache, unsigned int cpu,
	      struct cpu_state *out);

/** heap_node() - Gather a node's counters for a cache; @addr is the node pointer. */
void heap_node(struct heap *heap, uint64_t addr, unsigned int node, struct node_state *out);

/**
 * heap_node_genuine() - Whether @addr is an object of the cache that kmem_cache_nodes come from, as far
 * as the dump tells: true also when the dump lacks the page that would tell.
 */
bool heap_node_genuine(struct heap *heap, uint64_t addr);

/**
 * heap_witness() - Note in heap->witness, instead of what it holds, what each change of a slab goes through.
 *
 * Nothing is done unless the kernel runs.
 */
void heap_witness(struct heap *heap, const struct slab_place *place, const struct slab_state *slab);

/** heap_descriptor() - Gather a slab's descriptor only. */
void heap_descriptor(struct heap *heap, uint64_t page, struct slab_state *out);

/**
 * heap_slab() - Gather a slab and follow its freelists.
 * @cache: whose list led to it; its geometry is used
 * @place: where it was found
 * @cpu_state: for ROLE_CPU, else NULL
 * @out:   valid until the next call
 *
 * Of a kernel that runs a slab is gathered until the words that each change of it goes through are as they
 * were before, for HEAP_TRIES times; then it is busy. heap->witness holds these words and all links.
 */
void heap_slab(struct heap *heap, const struct cache *cache, struct slab_place place,
	       const struct cpu_state *cpu_state, struct slab_state *out);

/** slab_object() - Address of an object. */
static inline uint64_t slab_object(const struct cache *cache, const struct slab_state *slab,
				   int32_t index)
{
	return slab->first + (uint64_t)index * cache->size;
}

/** slab_lists_end() - Whether the freelists of a walked slab run to their ends. */
static inline bool slab_lists_end(const struct slab_state *slab)
{
	return slab->own.end == WALK_END &&
	       (slab->role != ROLE_CPU || slab->cpu_list.end == WALK_END);
}

/** slab_listed() - Whether a freelist of the slab holds an object. */
static inline bool slab_listed(const struct slab_state *slab, uint32_t index)
{
	return slab->walked && (slab->own.hop[index] || slab->cpu_list.hop[index]);
}

/**
 * slab_orphaned() - Whether an object is on no list but holds a link as free objects do, in a slab whose
 * lists are damaged. It may be lost, and it may be in use and still hold an old link.
 */
static inline bool slab_orphaned(const struct slab_state *slab, uint32_t index)
{
	return slab->orphans.links && slab->orphans.links[index] != ORPHAN_NONE;
}

/**
 * orphans_alone() - Whether one chain is all that holds links, while enough other objects on no list hold
 * none: objects in use did not leave it behind.
 */
bool orphans_alone(const struct slab_state *slab);

/** orphans_pass() - Whether the chain from an orphan passes another one. */
bool orphans_pass(const struct slab_state *slab, int32_t start, int32_t index);

/**
 * orphans_lost() - Whether an object is among those that damaged lists have lost.
 * @is_lost: that, when it is known
 *
 * Return: false: nothing singles out the lost objects.
 */
bool orphans_lost(const struct slab_state *slab, int32_t index, bool *is_lost);

/** orphans_chain_of() - First object of the only chain of that length; -1: there is none, or several. */
int32_t orphans_chain_of(const struct slab_state *slab, uint32_t length);

/** slab_sheaved() - Whether a sheaf holds an object of the slab. */
bool slab_sheaved(const struct slab_state *slab, uint64_t object);

/** slab_memory() - The slab's contents at @addr; NULL unless all @len bytes are in the dump. */
const uint8_t *slab_memory(const struct slab_state *slab, uint64_t addr, uint64_t len);

/** slab_word() - The word of a slab's contents at @addr; false when it is not in the dump. */
bool slab_word(const struct slab_state *slab, uint64_t addr, uint64_t *value);

#endif
