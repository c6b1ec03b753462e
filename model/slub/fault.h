/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_FAULT_H
#define SLUBCHECK_MODEL_SLUB_FAULT_H
/*
 * One thing that goes wrong in a heap, and what a checker owes for it.
 *
 * A fault is one stray store, or one call that the kernel takes from a caller who misuses it. What
 * has to be found follows from what was stored and from how the allocator uses the word; never from
 * what a program prints. Names are those of testdata/record/faults.py where a real kernel is given
 * the same fault.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/slub/census.h"

/*
 * X(NAME, "id", features without which there is no such thing, "what"). "Any" is where links of
 * freelists are: a CPU's freelist, its slab's own, slabs on a CPU's and on a node's partial list.
 */
#define MODEL_FAULTS(X)                                                                            \
	X(WILD_UNREADABLE, "wild-unreadable", 0,                                                   \
	  "a freepointer is garbage and leads to no memory")                                       \
	X(WILD_READABLE, "wild-readable", 0,                                                       \
	  "a well encoded freepointer leads to the kernel's data")                                 \
	X(BYTE_ZEROED, "byte-zeroed", 0, "byte 5 of a freepointer is zeroed")                      \
	X(BIT_FLIP, "bit-flip", 0, "any bit of a freepointer is flipped")                          \
	X(BIT_FLIP_LOW, "bit-flip-low", 0,                                                         \
	  "one of the three low bits of a freepointer is flipped")                                 \
	X(ASCII, "ascii", 0, "a free object is overwritten with the letter A")                     \
	X(USER_POINTER, "user-pointer", 0, "a user-space address is stored over a freepointer")    \
	X(OTHER_SLAB, "other-slab", 0,                                                             \
	  "a well encoded freepointer leads to an object in use in another slab")                  \
	X(OTHER_CACHE, "other-cache", 0,                                                           \
	  "a well encoded freepointer leads to an object in use of another cache")                 \
	X(MISALIGNED, "misaligned", 0,                                                             \
	  "a well encoded freepointer leads into an object of its slab")                           \
	X(SELF_LOOP, "self-loop", 0, "a freepointer leads to the object that holds it")            \
	X(ALLOCATED_LINKED, "allocated-linked", 0,                                                 \
	  "an object in use is linked into a list that is complete otherwise")                     \
	X(CUT_SHORT, "cut-short", 0, "a freepointer is an encoded NULL too early")                 \
	X(HEAD_WILD, "head-wild", 0, "the head of a freelist is garbage")                          \
	X(HEAD_MISALIGNED, "head-misaligned", 0, "the head of a freelist leads into an object")    \
	X(OVERFLOW_8, "overflow-8", 0,                                                             \
	  "the owner of an object writes 8 bytes too many, onto the next one's freepointer")       \
	X(OVERFLOW_64, "overflow-64", 0,                                                           \
	  "the owner of an object writes 64 bytes too many, onto the next one's freepointer")      \
	X(UAF_WRITE, "uaf-write", 0, "the former owner of a free object initialises it")           \
	X(DOUBLE_FREE, "double-free", 0, "an object is freed that is free, after another one")     \
	X(TWO_LISTS, "two-lists", MODEL_HAS(CPU_SLAB),                                             \
	  "an object on a CPU's freelist is freed by another CPU")                                 \
	X(WRONG_CACHE_FREE, "wrong-cache-free", 0,                                                 \
	  "an object is freed to another cache, and nobody looks")                                 \
	X(WRONG_CACHE_FREE_NATURAL, "wrong-cache-free-natural", 0,                                 \
	  "an object is freed to another cache by a kernel that looks")                            \
	X(INUSE, "inuse", 0, "slab->inuse is too low or too high by one to three")                 \
	X(INUSE_HIGH, "inuse-high", 0, "slab->inuse is three more than slab->objects")             \
	X(OBJECTS, "objects", 0, "slab->objects is not what the slab holds")                       \
	X(FROZEN, "frozen", 0, "slab->frozen is flipped")                                          \
	X(PARTIAL_FLAG, "partial-flag", MODEL_HAS(UNFROZEN_PARTIAL),                               \
	  "the mark of slabs on a node's list is flipped")                                         \
	X(SLAB_CACHE, "slab-cache", 0, "slab->slab_cache leads to another cache")                  \
	X(SLAB_CACHE_GARBAGE, "slab-cache-garbage", 0, "slab->slab_cache is garbage")              \
	X(NR_PARTIAL, "nr-partial", 0, "nr_partial of a node is wrong")                            \
	X(NODE_SLABS, "node-slabs", 0, "nr_slabs of a node is wrong")                              \
	X(NODE_OBJECTS, "node-objects", 0, "total_objects of a node is wrong")                     \
	X(LOST_SLAB, "lost-slab", 0,                                                               \
	  "a slab with free objects is taken off the node's list and kept nowhere")                \
	X(SLAB_NODE, "slab-node", 0, "the flags of a slab's page name another node")               \
	X(SLAB_FREED, "slab-freed", MODEL_HAS(CPU_SLAB),                                           \
	  "the last reference of a slab's page is dropped")                                        \
	X(FULL_ON_PARTIAL, "full-on-partial", 0, "a full slab is put on the node's partial list")  \
	X(TWO_PLACES, "two-places", MODEL_HAS(CPU_SLAB),                                           \
	  "the slab of a CPU is put on the node's partial list")                                   \
	X(LIST_NEXT, "list-next", 0, "slab_list.next of a slab on a node's list is garbage")       \
	X(LIST_PREV, "list-prev", 0, "slab_list.prev of a slab on a node's list is garbage")       \
	X(CPU_PARTIAL_NEXT, "cpu-partial-next", MODEL_HAS(CPU_PARTIAL),                            \
	  "next of a slab on a CPU's partial list is garbage")                                     \
	X(CPU_PARTIAL_COUNT, "cpu-partial-count", MODEL_HAS(CPU_PARTIAL),                          \
	  "a slab on a CPU's partial list counts three too many behind it")                        \
	X(TID, "tid", MODEL_HAS(CPU_SLAB), "the transaction id of a CPU belongs to another")       \
	X(CPU_STRAY, "cpu-stray", MODEL_HAS(CPU_SLAB),                                             \
	  "a CPU's slab is NULL while its freelist is not")                                        \
	X(CPU_SLAB_PAGE, "cpu-slab-page", MODEL_HAS(CPU_SLAB), "a CPU's slab is a page of others") \
	X(OFFLINE_LEFTOVER, "offline-leftover", 0, "a CPU went offline and was not flushed")       \
	X(CACHE_RANDOM, "cache-random", MODEL_HAS(HARDENED), "s->random is overwritten")           \
	X(CACHE_NAME, "cache-name", 0, "s->name leads to no memory")                               \
	X(CACHE_ORPHAN, "cache-orphan", 0, "the module that owned a cache and its name is gone")   \
	X(CACHE_SIZE, "cache-size", 0, "s->size is 0")                                             \
	X(CACHE_SIZE_HUGE, "cache-size-huge", 0, "s->size is 0x7fffff00")                          \
	X(CACHE_NODE, "cache-node", 0, "the pointer to a node's lists leads to no memory")         \
	X(CACHE_CPU_SLAB, "cache-cpu-slab", MODEL_HAS(CPU_SLAB), "s->cpu_slab is garbage")         \
	X(CACHE_CPU_SHEAVES, "cache-cpu-sheaves", MODEL_HAS(SHEAVES), "s->cpu_sheaves is garbage") \
	X(CACHE_LIST, "cache-list", 0, "s->list.next is garbage")                                  \
	X(SHEAF_TWICE, "sheaf-twice", MODEL_HAS(SHEAVES), "an object is in one sheaf twice")       \
	X(SHEAF_TWO, "sheaf-two", MODEL_HAS(SHEAVES), "an object is in two sheaves")               \
	X(SHEAF_FREE, "sheaf-free", MODEL_HAS(SHEAVES), "an object in a sheaf is on a freelist")   \
	X(SHEAF_DOUBLE_FREE, "sheaf-double-free", MODEL_HAS(SHEAVES),                              \
	  "an object is freed that a sheaf or a freelist holds")                                   \
	X(SHEAF_IN_USE, "sheaf-in-use", MODEL_HAS(SHEAVES), "an object in use is in a sheaf")      \
	X(SHEAF_FOREIGN, "sheaf-foreign", MODEL_HAS(SHEAVES),                                      \
	  "a sheaf holds another cache's object")                                                  \
	X(SHEAF_INSIDE, "sheaf-inside", MODEL_HAS(SHEAVES),                                        \
	  "an entry of a sheaf leads into an object")                                              \
	X(SHEAF_NULL, "sheaf-null", MODEL_HAS(SHEAVES), "an entry of a sheaf is NULL")             \
	X(SHEAF_GARBAGE, "sheaf-garbage", MODEL_HAS(SHEAVES), "an entry of a sheaf is garbage")    \
	X(SHEAF_BIT_FLIP, "sheaf-bit-flip", MODEL_HAS(SHEAVES),                                    \
	  "any bit of an entry of a sheaf is flipped")                                             \
	X(SHEAF_SIZE, "sheaf-size", MODEL_HAS(SHEAVES), "a sheaf holds more than it can")          \
	X(SHEAF_SIZE_WITHIN, "sheaf-size-within", MODEL_HAS(SHEAVES),                              \
	  "a sheaf's size is another one that it can have")                                        \
	X(SHEAF_CACHE, "sheaf-cache", MODEL_HAS(SHEAVES), "a sheaf names another cache")           \
	X(SHEAF_CACHE_GARBAGE, "sheaf-cache-garbage", MODEL_HAS(SHEAVES),                          \
	  "a sheaf's pointer to its cache is garbage")                                             \
	X(SHEAF_POINTER, "sheaf-pointer", MODEL_HAS(SHEAVES),                                      \
	  "a CPU's pointer to a sheaf is garbage")                                                 \
	X(SHEAF_SHARED, "sheaf-shared", MODEL_HAS(SHEAVES), "two pointers lead to one sheaf")      \
	X(BARN_POINTER, "barn-pointer", MODEL_HAS(SHEAVES), "the pointer to a barn is garbage")    \
	X(BARN_NR_FULL, "barn-nr-full", MODEL_HAS(SHEAVES), "nr_full of a barn is wrong")          \
	X(BARN_NR_EMPTY, "barn-nr-empty", MODEL_HAS(SHEAVES), "nr_empty of a barn is wrong")       \
	X(BARN_NEXT, "barn-next", MODEL_HAS(SHEAVES), "barn_list.next of a sheaf is garbage")      \
	X(BARN_PREV, "barn-prev", MODEL_HAS(SHEAVES), "barn_list.prev of a sheaf is garbage")      \
	X(BARN_FULL_IS_EMPTY, "barn-full-is-empty", MODEL_HAS(SHEAVES),                            \
	  "a sheaf on the list of full ones is empty")                                             \
	X(BARN_EMPTY_IS_FULL, "barn-empty-is-full", MODEL_HAS(SHEAVES),                            \
	  "a sheaf on the list of empty ones has objects")                                         \
	X(REDZONE_RIGHT, "redzone-right", 0,                                                       \
	  "1 to 64 bytes are written past the end of an object with red zones")                    \
	X(REDZONE_RIGHT_FAR, "redzone-right-far", 0,                                               \
	  "the last byte of a red zone behind an object is written to")                            \
	X(REDZONE_LEFT, "redzone-left", MODEL_HAS(RED_LEFT_PAD),                                   \
	  "bytes before an object with red zones are written to")                                  \
	X(REDZONE_KMALLOC, "redzone-kmalloc", MODEL_HAS(SLAB_CACHE_FIRST) | MODEL_HAS(ORIG_SIZE),  \
	  "the owner writes more than kmalloc() was asked for, within the object")                 \
	X(POISON, "poison", 0, "1 to 16 bytes of a free object with poison are written to")        \
	X(PADDING_OBJECT, "padding-object", 0,                                                     \
	  "bytes behind all that an object has are written to")                                    \
	X(PADDING_SLAB, "padding-slab", 0,                                                         \
	  "bytes behind the last object of a slab are written to")                                 \
	X(TRACK, "track", 0, "what was noted of an allocation or a free is overwritten")           \
	X(INIT_ON_FREE, "init-on-free", MODEL_HAS(ZERO_0X100),                                     \
	  "1 to 16 bytes of a free object are written to that init_on_free cleared")               \
	X(OWNER_LEFT, "owner-left", MODEL_HAS(MEMCG_VECTOR),                                       \
	  "the vector of owners says that a memory cgroup has a free object")                      \
	X(SHORT_STORE, "short-store", 0, "one, two or four bytes of a freepointer are stored to")  \
	X(BIT_OBJECT, "bit-flip-object", 0,                                                        \
	  "a bit of a freepointer is flipped, and it leads to another object of the slab")         \
	X(BIT_HEAD, "bit-flip-head", 0, "any bit of the head of a freelist is flipped")            \
	X(COUNTER, "counter", 0,                                                                   \
	  "a former owner counts up or down: half of a freepointer changes by 1 or 2")             \
	X(REFCOUNT_SATURATED, "refcount-saturated", 0,                                             \
	  "refcount_t of a free object: the low half of a freepointer is 0xc0000000")              \
	X(FLAG, "flag", 0, "a former owner sets or clears a flag in half of a freepointer")        \
	X(UNLOCK, "unlock", 0, "a former owner lets go of a lock: byte 0 of a freepointer")        \
	X(LIST_DEL_BESIDE, "list-del-beside", 0,                                                   \
	  "list_del() of a free object's neighbour: the address of another list_head")             \
	X(LIST_POISON, "list-poison", 0, "list_del() of a free object: LIST_POISON1 and 2")        \
	X(LIST_SELF, "list-self", 0, "INIT_LIST_HEAD() in a free object: its own address")         \
	X(RCU_HEAD, "rcu-head", 0, "call_rcu() of a free object: next and a function")             \
	X(JIFFIES, "jiffies", 0, "a former owner notes the time in jiffies")                       \
	X(ERR_PTR, "err-ptr", 0, "a former owner stores an error code as a pointer")               \
	X(TEXT, "text", 0, "a former owner writes a string")                                       \
	X(MEMSET_OBJECT, "memset-object", 0,                                                       \
	  "a former owner fills the object, and nothing else, with 0x41, 0x00 or 0xff")            \
	X(OVERFLOW_SLOT, "overflow-slot", 0,                                                       \
	  "the owner of an object writes 1 to 96 bytes too many, up to the next freepointer")      \
	X(PAGE_OVERWRITE, "page-overwrite", 0,                                                     \
	  "a page of a slab is overwritten from its start on, as by DMA")                          \
	X(INNER_FREE, "inner-free", 0, "an address inside an object in use is freed")              \
	X(FREE_IN_A_ROW, "free-in-a-row", 0,                                                       \
	  "an object is freed twice in a row; a hardened kernel stops at that")                    \
	X(FREE_REFUSED, "free-refused", 0,                                                         \
	  "a cache that checks frees refuses the second free of an object")                        \
	X(FREE_ON_CPU, "free-on-cpu", MODEL_HAS(CPU_SLAB),                                         \
	  "an object that another CPU freed is freed again by the CPU whose slab it is of")        \
	X(HANDED_OUT_TWICE, "handed-out-twice", MODEL_HAS(CPU_SLAB),                               \
	  "an object that was freed twice is in use while it is on the list")                      \
	X(FLUSHED_TWICE, "flushed-twice", MODEL_HAS(SHEAVES_ALL),                                  \
	  "an object that a sheaf held twice was flushed to its slab")

enum model_fault {
#define X(name, id, needs, text) MODEL_FAULT_##name,
	MODEL_FAULTS(X)
#undef X
		MODEL_FAULT_COUNT
};

#define MODEL_TRUTH_MUST 4
#define MODEL_TRUTH_MAY 48
#define MODEL_TRUTH_CAUSES 12

/**
 * struct model_truth - What was done, and what has to be found.
 *
 * A member that is 0 (-1 for numbers that may be 0) does not apply, or nothing says what a finding
 * would hold there.
 *
 * @fault:      its id
 * @cache, @cache_name: whose
 * @slab:       descriptor of the slab that findings of @must are about
 * @object, @object_index: object that holds @slot
 * @slot:       word that findings of @must are about; mostly that which was overwritten, but a link
 *		to an object in use goes unnoticed, and what lies in that object does not
 * @sheaf:      sheaf that they are about
 * @culprit:    object that was freed when it should not have been, or whose owner wrote too much
 * @place:      name of the place, as findings have it
 * @cpu, @node: whose
 * @written:    address of the word that the fault changed
 * @before, @now: what it holds
 * @width:      its bytes
 * @needs_scan: a pass over all slab pages is needed to see it
 * @must:       ids that have to be found, all of them
 * @any:        ids of which at least one has to be found: the rules leave it open which
 * @may:        ids that are consequences, and may be found or left out
 * @causes:     ids of causes that are a right first answer; first those that it really was
 * @nr_real:    how many of those; only they may be called certain
 * @invisible:  nothing in memory contradicts this state: nothing can be found
 * @why_invisible: since
 */
struct model_truth {
	const char *fault;
	uint64_t cache;
	char cache_name[64];
	uint64_t slab, object;
	int object_index;
	uint64_t slot, sheaf, culprit;
	const char *place;
	int cpu, node;
	uint64_t written, before, now;
	unsigned int width;
	bool needs_scan;
	const char *must[MODEL_TRUTH_MUST];
	const char *any[MODEL_TRUTH_MUST];
	const char *may[MODEL_TRUTH_MAY];
	const char *causes[MODEL_TRUTH_CAUSES];
	unsigned int nr_real;
	bool invisible;
	const char *why_invisible;
};

/**
 * struct fault_aim - What a fault has to be about.
 * @slab:   a slab of this descriptor, busy or not; 0: any
 * @cache:  a cache; 0: any
 * @not_it: any other cache than @cache
 */
struct fault_aim {
	uint64_t slab, cache;
	bool not_it;
};

/** model_fault_name() - Its id, as "double-free"; model_fault_description() - what is done. */
const char *model_fault_name(enum model_fault fault);
const char *model_fault_description(enum model_fault fault);

/** model_fault_find() - The fault of that id; false: there is none. */
bool model_fault_find(const char *id, enum model_fault *fault);

/** model_fault_applies() - Whether kernels with these features have what the fault is about. */
bool model_fault_applies(model_features features, enum model_fault fault);

/**
 * model_fault_plant() - Do it once, anywhere in the heap where it can be done.
 * @census: of all caches, taken since anything changed. It is out of date afterwards
 * @aim:    where; NULL: anywhere
 * @seed:   decides where
 * @truth:  filled
 *
 * CPUs may be stopped in the middle of operations, and something may be damaged already, if what is
 * touched by that is marked as busy in the census: the fault keeps out of it.
 *
 * Return: false, and nothing was changed, when the heap has no place for it.
 */
bool model_fault_plant(struct model *m, const struct census *census, enum model_fault fault,
		       const struct fault_aim *aim, uint64_t seed, struct model_truth *truth);

#endif
