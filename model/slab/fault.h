/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_FAULT_H
#define SLUBCHECK_MODEL_SLAB_FAULT_H
/*
 * Faults in a heap of SLAB, each with its truth. Most are one stray store; the others are operations that an
 * owner must not ask for.
 */

#include "model/slab/census.h"

/* X(NAME, "id", "what is done") */
#define SLAB_FAULTS(X)                                                                         \
	X(ENTRY_TWICE, "entry-twice", "an entry of an array is copied over another one")       \
	X(ENTRY_TWO_ARRAYS, "entry-two-arrays", "an entry is also in another array")           \
	X(ENTRY_FREE, "entry-free", "an entry becomes an object that is free in its slab")     \
	X(ENTRY_WILD, "entry-wild", "an entry leads to no memory")                             \
	X(ENTRY_USER, "entry-user", "an entry is an address of user space")                    \
	X(ENTRY_NULL, "entry-null", "an entry is NULL")                                        \
	X(ENTRY_FOREIGN, "entry-foreign", "an entry becomes an object of another cache")       \
	X(ENTRY_INSIDE, "entry-inside", "an entry leads into an object")                       \
	X(ENTRY_NODE, "entry-node", "an entry becomes an object of another node")              \
	X(AVAIL_HIGH, "avail-high", "avail is above limit")                                    \
	X(ARRAY_LIMIT, "array-limit", "limit of an array changes")                             \
	X(ARRAY_BATCHCOUNT, "array-batchcount", "batchcount of an array changes")              \
	X(ARRAY_TOUCHED, "array-touched", "touched of an array is neither 0 nor 1")            \
	X(ARRAY_POINTER, "array-pointer", "a pointer to an array leads to no memory")          \
	X(DOUBLE_FREE, "double-free", "an object is freed twice, with another one in between") \
	X(WRONG_CACHE, "wrong-cache", "an object is freed to another cache")                   \
	X(USED_WRONG, "used-wrong", "the use count of a slab is one off")                      \
	X(USED_HIGH, "used-high", "the use count of a slab is above num")                      \
	X(S_MEM, "s-mem", "s_mem of a slab is wrong")                                          \
	X(S_MEM_WILD, "s-mem-wild", "s_mem of a slab leads to no memory")                      \
	X(COLOUROFF, "colouroff", "colouroff of a struct slab is wrong")                       \
	X(FREELIST, "freelist", "the pointer to the indices of a slab is wrong")               \
	X(INDEX_WILD, "index-wild", "the index or bufctl of a free object is not below num")   \
	X(INDEX_TWICE, "index-twice", "an object is free in its slab twice")                   \
	X(CHAIN_CUT, "chain-cut", "a chain of bufctls ends early")                             \
	X(FREE_WILD, "free-wild", "free of a struct slab is not below num")                    \
	X(HOST_WRONG, "host-wrong", "the last free object is not the one that holds indices")  \
	X(HOST_TEXT, "host-text", "text is written to the free object that holds the indices") \
	X(LIST_NEXT, "list-next", "next of a slab leads to no memory")                         \
	X(LIST_PREV, "list-prev", "prev of a slab leads to no memory")                         \
	X(LIST_WRONG, "list-wrong", "a slab is moved to a list where it does not belong")      \
	X(SLAB_CUT_OUT, "slab-cut-out", "a slab in use is taken off its list")                 \
	X(SLAB_CACHE, "slab-cache", "the page of a slab leads to another cache")               \
	X(PAGE_MARK, "page-mark", "the page of a slab is not marked any more")                 \
	X(PAGE_SLAB, "page-slab", "a further page of a slab leads elsewhere")                  \
	X(NODEID, "nodeid", "nodeid of a struct slab is wrong")                                \
	X(FREE_OBJECTS, "free-objects", "free_objects of a node is wrong")                     \
	X(TOTAL_SLABS, "total-slabs", "total_slabs of a node is wrong")                        \
	X(FREE_SLABS, "free-slabs", "free_slabs of a node is wrong")                           \
	X(CACHE_SIZE, "cache-size", "the size of a cache is wrong")                            \
	X(CACHE_NUM, "cache-num", "num of a cache is larger than its slabs")                   \
	X(RECIPROCAL, "reciprocal", "the reciprocal of a cache's size is wrong")               \
	X(CACHE_NODE, "cache-node", "the pointer to a node leads to no memory")                \
	X(CACHE_LIST, "cache-list", "a link of the list of caches leads to no memory")         \
	X(CACHE_ORPHAN, "cache-orphan", "the module of a cache is gone, an object is out")     \
	X(MGMT_FREED, "mgmt-freed", "the management of a slab is freed")                       \
	X(REDZONE_LEFT, "redzone-left", "the red zone before a free object changes")           \
	X(REDZONE_RIGHT, "redzone-right", "the red zone behind a free object changes")         \
	X(POISON, "poison", "a free object is written to")                                     \
	X(INIT_ON_FREE, "init-on-free", "a free object is not zero")

enum slab_fault {
#define X(name, id, text) SLAB_FAULT_##name,
	SLAB_FAULTS(X)
#undef X
		SLAB_FAULT_COUNT
};

#define SLAB_TRUTH_IDS 16

/**
 * struct slab_truth - What a planted fault is.
 * @cache: address; 0: of none
 * @slab:  address of what describes it; 0: of none
 * @array: address of the array_cache; 0: of none
 * @must:  ids of which one has to be found in that cache (any cache when @cache is 0), and where @slab or
 *	   @array is set and the finding has one, there
 * @may:   ids that may be found beside
 * @hidden: nothing in memory contradicts it
 * @near:  of a CPU's array: the entry is one that an operation under way may leave twice
 */
struct slab_truth {
	uint64_t cache, slab, array;
	const char *must[SLAB_TRUTH_IDS], *may[SLAB_TRUTH_IDS];
	bool hidden, near;
};

const char *slab_fault_name(enum slab_fault fault);
const char *slab_fault_text(enum slab_fault fault);

#define SLAB_CAUSES_MAX 6

/** slab_fault_is_cause() - Whether a cause (its id) explains a fault: what was done, or what leaves the same. */
bool slab_fault_is_cause(enum slab_fault fault, const char *cause);

/** slab_fault_applies() - Whether an era can have it at all. */
bool slab_fault_applies(model_features own, enum slab_fault fault);

/**
 * slab_fault_plant() - Plant one where the census has a place for it that is not busy.
 * @seed: decides where
 *
 * Return: false: there is no such place.
 */
bool slab_fault_plant(struct slab_census *census, enum slab_fault fault, uint64_t seed,
		      struct slab_truth *truth);

#endif
