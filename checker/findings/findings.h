/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_FINDINGS_H
#define SLUBCHECK_CHECKER_FINDINGS_FINDINGS_H
/*
 * The one list of what slubcheck can find.
 *
 * An id never changes its meaning and is never reused: scripts and recorded truths depend on it.
 * docs/findings.md documents each; tests/lint-findings holds the two together.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/debug/track.h"
#include "decoders/overwrite.h"

struct trap;

enum finding_severity {
	/* A state that no legal history of the allocator produces. */
	SEVERITY_CORRUPT,
	/* A state that a CPU passes through in the middle of an operation; not damage. */
	SEVERITY_TRANSIENT,
	/* Worth knowing, but not damage: something could not be read, or is unusual. */
	SEVERITY_NOTE,
};

/*
 * Which question a diagnosis of a finding has to answer. An allocator has one function for each
 * (slub/diagnose.c).
 */
enum diagnosis_kind {
	DIAGNOSE_NONE, /* nothing is damaged */
	DIAGNOSE_LINK, /* a word that should point to an object, but does not */
	DIAGNOSE_CYCLE, /* a freelist with a cycle */
	DIAGNOSE_COUNT, /* a freelist whose length contradicts the counters */
	DIAGNOSE_SHARED, /* an object on two freelists */
	DIAGNOSE_CONTENTS, /* bytes that do not hold what the allocator filled them with */
	DIAGNOSE_ENTRY_TWICE, /* an object that is in sheaves twice, or also on a freelist */
	DIAGNOSE_ENTRY_FOREIGN, /* a sheaf that holds an object of another cache */
	DIAGNOSE_ENTRY_MISALIGNED, /* a sheaf that holds an address inside an object */
	DIAGNOSE_ENTRY_WILD, /* a sheaf that holds an address that is not an object */
	DIAGNOSE_PAGE_FREED, /* a slab whose page nobody holds */
	DIAGNOSE_OWNED, /* a free object that has an owner */
	DIAGNOSE_LOST, /* something that is on two lists, or on none */
	DIAGNOSE_METADATA, /* a word of the allocator's own structures */
	DIAGNOSE_DISABLED, /* a slab that the kernel disabled */
	DIAGNOSE_COUNTER, /* a counter that contradicts what it counts */
	DIAGNOSE_OFFLINE, /* what an offline CPU still holds */
	DIAGNOSE_TRACK, /* an invalid track */
	DIAGNOSE_TRAP, /* an exception in the allocator: why/trap.c diagnoses it */
};

/*
 * X(ID, "id", severity, diagnosis, "title", "what it means", "what to do next")
 * A rule may report a finding at a milder severity than the one given here, never at a harder one.
 */
#define FINDINGS(X)                                                                                \
	X(CACHE_LIST_LINK, "cache-list-link", CORRUPT, METADATA, "broken link in slab_caches",     \
	  "the list of all caches is broken, so the caches behind the break cannot be seen",       \
	  "find what overwrote struct kmem_cache.list: look at the object before it in the "       \
	  "cache kmem_cache")                                                                      \
	X(CACHE_UNREADABLE, "cache-unreadable", CORRUPT, METADATA, "kmem_cache cannot be read",    \
	  "an entry of slab_caches points to unmapped memory",                                     \
	  "look at the neighbours on slab_caches for what overwrote the link")                     \
	X(CACHE_NAME, "cache-name", CORRUPT, METADATA, "cache name is not readable text",          \
	  "the name pointer points to unmapped memory or to bytes that are not text, for "         \
	  "example because a module went away without destroying its cache",                       \
	  "find the owner: sym on ctor, or the type of the objects; check which module was "       \
	  "unloaded")                                                                              \
	X(CACHE_CTOR, "cache-ctor", CORRUPT, METADATA, "constructor of the cache is gone",         \
	  "the function that fills new objects is not code any more: the kernel dies when it "     \
	  "makes the next slab",                                                                   \
	  "find the module that made the cache and was unloaded without destroying it (log, "      \
	  "mod -t)")                                                                               \
	X(CACHE_DESTROYED, "cache-destroyed", NOTE, NONE, "destroyed cache has objects left",      \
	  "kmem_cache_destroy() found objects in use, so the cache stays, with nobody to whom "    \
	  "they belong: a module was unloaded, and what it allocated was not freed",               \
	  "see who points to these objects (slubcheck --refs ADDRESS), and what they are "         \
	  "(slubcheck -w ADDRESS); the log has the stack of kmem_cache_destroy()")                 \
	X(CACHE_GEOMETRY, "cache-geometry", CORRUPT, METADATA,                                     \
	  "cache's sizes contradict each other",                                                   \
	  "struct kmem_cache itself was overwritten, so its objects cannot be walked",             \
	  "compare with the same cache of a healthy dump of this kernel; look at the "             \
	  "object before it in the cache kmem_cache")                                              \
	X(CACHE_PERCPU, "cache-percpu", CORRUPT, METADATA,                                         \
	  "per-CPU pointer is not a per-CPU address",                                              \
	  "cpu_slab or cpu_sheaves of the cache is not a per-CPU address",                         \
	  "struct kmem_cache was overwritten; look at the object before it in the cache "          \
	  "kmem_cache")                                                                            \
	X(CACHE_NODE, "cache-node", CORRUPT, METADATA,                                             \
	  "node pointer does not point to a kmem_cache_node",                                      \
	  "the lists of this node cannot be reached",                                              \
	  "struct kmem_cache was overwritten; look at the object before it in the cache "          \
	  "kmem_cache")                                                                            \
	X(CACHE_RANDOM, "cache-random", CORRUPT, METADATA, "freelist key of the cache is wrong",   \
	  "all free objects of the cache are encoded with another s->random: the key was "         \
	  "overwritten after they were freed",                                                     \
	  "struct kmem_cache was overwritten; the expected key is given, and the lists are "       \
	  "checked with it")                                                                       \
	X(CPU_TID, "cpu-tid", CORRUPT, METADATA, "transaction id does not belong to its CPU",      \
	  "tid modulo TID_STEP is always the CPU's number; this kmem_cache_cpu was "               \
	  "overwritten",                                                                           \
	  "look at what is before it in the per-CPU area")                                         \
	X(CPU_FREELIST_STRAY, "cpu-freelist-stray", CORRUPT, METADATA,                             \
	  "CPU freelist without a slab",                                                           \
	  "kmem_cache_cpu.freelist is set, but the CPU has no slab",                               \
	  "the kmem_cache_cpu was overwritten, or an update of it was lost")                       \
	X(CPU_OFFLINE, "cpu-offline", CORRUPT, OFFLINE, "offline CPU holds slabs or sheaves",      \
	  "a CPU is flushed when it goes offline, so it must have no slab and no object in "       \
	  "a sheaf",                                                                               \
	  "check CPU hotplug: the flush was skipped, or the word was overwritten "                 \
	  "afterwards")                                                                            \
	X(CPU_PARTIAL_LINK, "cpu-partial-link", CORRUPT, METADATA,                                 \
	  "broken link in a cpu partial list",                                                     \
	  "the next pointer does not point to a slab, so the CPU has lost the slabs behind "       \
	  "it",                                                                                    \
	  "a struct page was overwritten: suspect a wild write or a use after free of a "          \
	  "page")                                                                                  \
	X(CPU_PARTIAL_COUNT, "cpu-partial-count", CORRUPT, METADATA,                               \
	  "wrong count on a cpu partial list",                                                     \
	  "each slab of the list records how many slabs follow; this count contradicts the "       \
	  "list",                                                                                  \
	  "the list lost or gained slabs, or the struct page was overwritten")                     \
	X(SLAB_PAGE, "slab-page", CORRUPT, METADATA, "not a slab page",                            \
	  "a pointer of the allocator does not point to the first page of a slab",                 \
	  "see who owns the page now (kmem -p): it may have been freed while the allocator "       \
	  "used it")                                                                               \
	X(SLAB_CACHE, "slab-cache", CORRUPT, METADATA, "slab belongs to another cache",            \
	  "slab_cache of the slab is not the cache whose list holds the slab",                     \
	  "a struct page was overwritten, or an object was freed to the wrong cache")              \
	X(SLAB_ORDER, "slab-order", CORRUPT, METADATA, "slab has an impossible order",             \
	  "the cache does not allocate slabs of this page order",                                  \
	  "a struct page was overwritten, or the page changed hands")                              \
	X(SLAB_OBJECTS, "slab-objects", CORRUPT, METADATA, "wrong number of objects",              \
	  "the slab's number of objects is not the number that fits into it",                      \
	  "the counters in the struct page were overwritten")                                      \
	X(SLAB_INUSE, "slab-inuse", CORRUPT, METADATA, "impossible use count",                     \
	  "more objects are in use than the slab has, or fewer than its objects in sheaves",       \
	  "the counters were overwritten, or objects were freed twice")                            \
	X(SLAB_FROZEN, "slab-frozen", CORRUPT, METADATA, "frozen bit contradicts the list",        \
	  "the frozen bit says on which lists a slab may be; this slab is on another list",        \
	  "the counters were overwritten, or a slab was moved without its lock")                   \
	X(SLAB_DISABLED, "slab-disabled", CORRUPT, DISABLED, "slab disabled by the kernel",        \
	  "a check of slub_debug failed, so the kernel marked all objects of the slab as "         \
	  "used and never allocates from it again",                                                \
	  "read the kernel log (log): the first \"BUG <cache>\" names the object and the "         \
	  "bytes, and has the tracks of its owners; the kernel may have repaired the bytes "       \
	  "since")                                                                                 \
	X(SLAB_PARTIAL_FLAG, "slab-partial-flag", CORRUPT, METADATA,                               \
	  "partial flag contradicts the list",                                                     \
	  "a flag of the page says whether the slab is on a node's partial list, and frees "       \
	  "rely on it",                                                                            \
	  "the flags of the struct page were overwritten, or a list lost or gained the "           \
	  "slab")                                                                                  \
	X(SLAB_NODE, "slab-node", CORRUPT, LOST, "slab is on the list of another node",            \
	  "the page belongs to another node than the one whose partial list holds the slab",       \
	  "see what the flags of the neighbouring pages say: they tell whether the list or the "   \
	  "flags of this struct page are wrong")                                                   \
	X(SLAB_FREED, "slab-freed", CORRUPT, PAGE_FREED, "slab page is free",                      \
	  "nobody holds a reference to the page of the slab, so the page allocator takes it for "  \
	  "its own",                                                                               \
	  "a reference that somebody took for granted was dropped: look for a put_page() or "      \
	  "free_page() of an address in the slab (kmem -p)")                                       \
	X(SLAB_FULL, "slab-full", CORRUPT, METADATA, "full slab on a partial list",                \
	  "the slab has no free object, but it is on a list of slabs with free objects",           \
	  "its freelist head was zeroed, or objects were taken past the allocator")                \
	X(SLAB_DUPLICATE, "slab-duplicate", CORRUPT, LOST, "slab is in two places",                \
	  "two owners will hand out the same objects",                                             \
	  "look for a lost update: which of the two places has the matching state")                \
	X(SLAB_LOST, "slab-lost", CORRUPT, LOST, "slab on no list",                                \
	  "the slab has free objects, but no list leads to it",                                    \
	  "an overwritten list unlinked it, or it was never put back")                             \
	X(SLAB_INFLIGHT, "slab-inflight", TRANSIENT, NONE, "slab in flight",                       \
	  "a CPU is just taking, giving back or freeing this slab",                                \
	  "nothing: a running allocator looks like this")                                          \
	X(FREELIST_WILD, "freelist-wild", CORRUPT, LINK,                                           \
	  "freepointer does not point to an object",                                               \
	  "the link of the freelist was overwritten; an allocation that reaches it hands "         \
	  "out this address, and the kernel dies then or at the next allocation",                  \
	  "find who wrote the slot: a use after free of the object, or an overflow of the "        \
	  "object before it")                                                                      \
	X(FREELIST_FOREIGN_SLAB, "freelist-foreign-slab", CORRUPT, LINK,                           \
	  "freepointer points into another slab of the cache",                                     \
	  "the link is well encoded, but it puts an object of another slab on this list",          \
	  "suspect a double free across slabs or a corrupted head")                                \
	X(FREELIST_FOREIGN_CACHE, "freelist-foreign-cache", CORRUPT, LINK,                         \
	  "freepointer points into another cache",                                                 \
	  "allocations from this cache will hand out an object of the other cache",                \
	  "suspect an object freed to the wrong cache, or a forged freepointer")                   \
	X(FREELIST_MISALIGNED, "freelist-misaligned", CORRUPT, LINK,                               \
	  "freepointer points into the middle of an object",                                       \
	  "the address is in the slab, but no object starts there",                                \
	  "suspect a free of an address inside an object, or a short store or bit flip in "        \
	  "the slot")                                                                              \
	X(FREELIST_CYCLE, "freelist-cycle", CORRUPT, CYCLE, "freelist has a cycle",                \
	  "an object is on the list twice, so two allocations will get the same memory",           \
	  "double free: find the two frees of the object (boot with slub_debug=U, or "             \
	  "KASAN)")                                                                                \
	X(FREELIST_SHARED, "freelist-shared", CORRUPT, SHARED, "object on two freelists",          \
	  "the CPU's freelist and its slab's freelist hold the same object",                       \
	  "double free: one free on this CPU and one from another CPU")                            \
	X(FREELIST_COUNT, "freelist-count", CORRUPT, COUNT,                                        \
	  "freelist length contradicts the counters",                                              \
	  "the freelist must hold exactly the objects that are not in use",                        \
	  "too short: the chain was cut; too long: an allocated object is on it, or the "          \
	  "counter is wrong")                                                                      \
	X(FREELIST_ORPHANS, "freelist-orphans", TRANSIENT, NONE, "free objects on no list",        \
	  "objects on no list hold well-encoded freepointers, or the red zones of free "           \
	  "objects: a chain was cut, or they were being allocated or freed",                       \
	  "look for other evidence first: nothing else contradicts this state")                    \
	X(FREELIST_OWNED, "freelist-owned", CORRUPT, OWNED, "object on a freelist has an owner",   \
	  "the object is charged to a memory cgroup, as only objects in use are, so the next "     \
	  "allocation hands out what somebody else has",                                           \
	  "double free: find the two frees of the object (boot with slub_debug=U, or KASAN)")      \
	X(REDZONE_LEFT, "redzone-left", CORRUPT, CONTENTS, "left red zone overwritten",            \
	  "bytes before the object that belong to no object were written to, or they do "          \
	  "not match the object's state",                                                          \
	  "look at who owns the object (its tracks) and at the object before it")                  \
	X(REDZONE_RIGHT, "redzone-right", CORRUPT, CONTENTS, "right red zone overwritten",         \
	  "bytes behind the object that belong to no object were written to, or they do "          \
	  "not match the object's state",                                                          \
	  "look for an overflow in the code that allocated the object (its tracks), or "           \
	  "that freed it if it is free")                                                           \
	X(REDZONE_KMALLOC, "redzone-kmalloc", CORRUPT, CONTENTS, "kmalloc red zone overwritten",   \
	  "more was written to the object than kmalloc() was asked for; without debugging "        \
	  "these bytes exist and nobody notices",                                                  \
	  "compare the size that its owner (the track) asked for with what it writes")             \
	X(POISON_OVERWRITTEN, "poison-overwritten", CORRUPT, CONTENTS,                             \
	  "free object was written to",                                                            \
	  "a free object must hold the poison that it was filled with when it was freed",          \
	  "use after free: look at who freed it (its tracks), and who else knows its "             \
	  "address")                                                                               \
	X(INIT_ON_FREE, "init-on-free", CORRUPT, CONTENTS, "free object is not zeroed",            \
	  "with init_on_free an object is zeroed when it is freed, so a byte that is not "         \
	  "zero was written later",                                                                \
	  "use after free: boot with slub_debug=FPU for this cache, or KASAN, to see who")         \
	X(PADDING_OBJECT, "padding-object", CORRUPT, CONTENTS, "object padding overwritten",       \
	  "bytes next to the object that nobody ever writes to were written to",                   \
	  "look at the object before them, and at the object behind them")                         \
	X(PADDING_SLAB, "padding-slab", CORRUPT, CONTENTS, "slab padding overwritten",             \
	  "bytes behind the last object of the slab, where nobody writes, were written to",        \
	  "look at the last object, and at who has the page behind the slab (kmem -p)")            \
	X(TRACK_INVALID, "track-invalid", CORRUPT, TRACK, "invalid alloc/free track",              \
	  "slub_debug cannot have recorded this track of an allocation or a free",                 \
	  "look at what is before it: suspect an overflow of the object")                          \
	X(SHEAF_POINTER, "sheaf-pointer", CORRUPT, METADATA,                                       \
	  "sheaf pointer does not point to a sheaf",                                               \
	  "the CPU will allocate from this memory and free to it, whatever it is",                 \
	  "the per-CPU sheaves were overwritten; look at what is before them in the "              \
	  "per-CPU area")                                                                          \
	X(SHEAF_CACHE, "sheaf-cache", CORRUPT, METADATA, "sheaf belongs to another cache",         \
	  "the sheaf names another cache than the one whose CPU or barn holds it",                 \
	  "the sheaf is an object of kmalloc: suspect an overflow of the object before it, "       \
	  "or a use after free")                                                                   \
	X(SHEAF_SIZE, "sheaf-size", CORRUPT, METADATA, "sheaf size exceeds its capacity",          \
	  "frees to it write behind its end, and allocations read from there",                     \
	  "the sheaf is an object of kmalloc: suspect an overflow of the object before it, "       \
	  "or a use after free")                                                                   \
	X(SHEAF_SHARED, "sheaf-shared", CORRUPT, LOST, "sheaf is in two places",                   \
	  "two CPUs will hand out the same objects",                                               \
	  "look for a lost update: a sheaf that was moved and is still in its old place")          \
	X(SHEAF_WILD, "sheaf-wild", CORRUPT, ENTRY_WILD,                                           \
	  "sheaf holds an address that is not an object",                                          \
	  "an allocation that reaches it hands out this address",                                  \
	  "find who wrote the sheaf, an object of kmalloc: an overflow of the object "             \
	  "before it, or a use after free")                                                        \
	X(SHEAF_FOREIGN_CACHE, "sheaf-foreign-cache", CORRUPT, ENTRY_FOREIGN,                      \
	  "sheaf holds an object of another cache",                                                \
	  "allocations from this cache will hand out an object of the other cache",                \
	  "suspect an object freed to the wrong cache, or a page that was freed while it "         \
	  "was in use")                                                                            \
	X(SHEAF_MISALIGNED, "sheaf-misaligned", CORRUPT, ENTRY_MISALIGNED,                         \
	  "sheaf holds an address inside an object",                                               \
	  "the address is in a slab of the cache, but no object starts there",                     \
	  "suspect a free of an address inside an object, or a short store or bit flip in "        \
	  "the sheaf")                                                                             \
	X(SHEAF_DUPLICATE, "sheaf-duplicate", CORRUPT, ENTRY_TWICE, "object is in sheaves twice",  \
	  "two allocations will get the same memory",                                              \
	  "double free: find the two frees of the object (boot with slab_debug=U, or "             \
	  "KASAN)")                                                                                \
	X(SHEAF_ON_FREELIST, "sheaf-on-freelist", CORRUPT, ENTRY_TWICE,                            \
	  "object in a sheaf and on a freelist", "two allocations will get the same memory",       \
	  "double free: one free to the CPU's sheaf and one to the slab")                          \
	X(BARN_POINTER, "barn-pointer", CORRUPT, METADATA,                                         \
	  "barn pointer does not point to a node_barn",                                            \
	  "the sheaves that the node keeps cannot be reached",                                     \
	  "the memory that holds the pointer was overwritten; look at the object before it")       \
	X(BARN_LINK, "barn-link", CORRUPT, METADATA, "broken link in a barn's list",               \
	  "next and prev of the list contradict each other or do not point to a sheaf",            \
	  "a sheaf or the barn was overwritten, both objects of kmalloc: suspect the "             \
	  "object before it, or a use after free")                                                 \
	X(BARN_COUNT, "barn-count", CORRUPT, COUNTER, "nr_full or nr_empty is wrong",              \
	  "the barn's counter contradicts the length of its list",                                 \
	  "the list lost or gained sheaves, or the barn was overwritten")                          \
	X(BARN_SHEAF, "barn-sheaf", CORRUPT, METADATA, "sheaf is on the wrong list of its barn",   \
	  "the full list holds an empty sheaf, or the empty list holds a sheaf with "              \
	  "objects",                                                                               \
	  "the sheaf's size was overwritten, or objects were put there past the allocator")        \
	X(PARTIAL_LINK, "partial-link", CORRUPT, METADATA,                                         \
	  "broken link in a node's list of slabs",                                                 \
	  "next and prev of the list contradict each other or do not point to a slab",             \
	  "a struct page or kmem_cache_node was overwritten: suspect a use after free of a "       \
	  "page")                                                                                  \
	X(PARTIAL_COUNT, "partial-count", CORRUPT, COUNTER, "nr_partial is wrong",                 \
	  "the node's counter contradicts the length of its partial list",                         \
	  "the list lost or gained slabs, or the kmem_cache_node was overwritten")                 \
	X(NODE_SLABS, "node-slabs", CORRUPT, COUNTER, "nr_slabs is wrong",                         \
	  "the node's counter contradicts the number of slabs in memory",                          \
	  "slab pages were freed or taken past the allocator, or the counter was "                 \
	  "overwritten")                                                                           \
	X(NODE_OBJECTS, "node-objects", CORRUPT, COUNTER, "total_objects is wrong",                \
	  "the node's counter contradicts the number of objects in its slabs",                     \
	  "slab pages were freed or taken past the allocator, or the counter was "                 \
	  "overwritten")                                                                           \
	X(CACHE_LEFT_BEHIND, "cache-left-behind", CORRUPT, METADATA,                               \
	  "cache was left behind by its module",                                                   \
	  "the cache is still on the list, but its constructor is in memory that is gone, or "     \
	  "kmem_cache_destroy() failed since objects were left",                                   \
	  "find the module that made the cache (its objects, its size, the log); it has to "       \
	  "free all objects and to destroy the cache before it goes")                              \
	X(ARRAY_POINTER, "array-pointer", CORRUPT, METADATA,                                       \
	  "array pointer does not point to an array_cache",                                        \
	  "the free objects of a CPU or a node cannot be reached",                                 \
	  "the memory that holds the pointer was overwritten; look at the object before it")       \
	X(ARRAY_HEADER, "array-header", CORRUPT, METADATA, "header of an array_cache is wrong",    \
	  "limit, batchcount or touched is not what the allocator sets",                           \
	  "the array was overwritten; look at the object before it, or at what is before it in "   \
	  "the per-CPU area")                                                                      \
	X(ARRAY_SIZE, "array-size", CORRUPT, METADATA, "array of free objects exceeds its limit",  \
	  "avail is above the limit: allocations read behind the end of the array, and frees "     \
	  "write there",                                                                           \
	  "the array was overwritten; look at the object before it, or at what is before it in "   \
	  "the per-CPU area")                                                                      \
	X(ARRAY_WILD, "array-wild", CORRUPT, ENTRY_WILD,                                           \
	  "array holds an address that is not an object",                                          \
	  "an allocation that reaches it hands out this address; a flush takes it for an object "  \
	  "and writes to the slab that it seems to be of",                                         \
	  "find who wrote the array, or who freed this address")                                   \
	X(ARRAY_FOREIGN_CACHE, "array-foreign-cache", CORRUPT, ENTRY_FOREIGN,                      \
	  "array holds an object of another cache",                                                \
	  "allocations from this cache will hand out an object of the other cache, and a flush "   \
	  "writes a wrong index into the other cache's slab",                                      \
	  "suspect an object freed to the wrong cache, or a page that was freed while it was in "  \
	  "use")                                                                                   \
	X(ARRAY_MISALIGNED, "array-misaligned", CORRUPT, ENTRY_MISALIGNED,                         \
	  "array holds an address inside an object",                                               \
	  "the address is in a slab of the cache, but no object starts there",                     \
	  "suspect a free of an address inside an object, or a short store or bit flip in the "    \
	  "array")                                                                                 \
	X(ARRAY_NODE, "array-node", CORRUPT, METADATA, "array holds an object of another node",    \
	  "arrays hold objects of one node; frees on other nodes go to alien arrays",              \
	  "suspect an overwritten array, or an overwritten node number of the slab")               \
	X(ARRAY_DUPLICATE, "array-duplicate", CORRUPT, ENTRY_TWICE, "object is in arrays twice",   \
	  "two allocations will get the same memory",                                              \
	  "double free: find the two frees of the object (CONFIG_DEBUG_SLAB, or KASAN)")           \
	X(ARRAY_ON_FREELIST, "array-on-freelist", CORRUPT, ENTRY_TWICE,                            \
	  "object in an array is also free in its slab",                                           \
	  "two allocations will get the same memory",                                              \
	  "double free: the first free was flushed to the slab before the second one")             \
	X(SLAB_LIST, "slab-list", CORRUPT, METADATA, "use count contradicts the list of the slab", \
	  "the node's lists are for slabs that are partly used, full and free; the slab is on "    \
	  "another one than its use count says",                                                   \
	  "the counter was overwritten, objects were freed twice, or the slab was moved without "  \
	  "its lock")                                                                              \
	X(SLAB_LAYOUT, "slab-layout", CORRUPT, METADATA,                                           \
	  "slab's pointers contradict its geometry",                                               \
	  "s_mem, the colour or the place of the slab's management cannot be what the cache "      \
	  "gives its slabs",                                                                       \
	  "the descriptor of the slab was overwritten: suspect the object before it, or a use "    \
	  "after free of a page")                                                                  \
	X(SLAB_PAGES, "slab-pages", CORRUPT, METADATA, "pages of a slab disagree",                 \
	  "each page of a slab leads to its cache and its slab, and one of these does not",        \
	  "a struct page was overwritten, or a page of the slab was given back on its own")        \
	X(FREELIST_HOST, "freelist-host", CORRUPT, METADATA,                                       \
	  "last free object is not the one that holds the indexes",                                \
	  "the indexes of the free objects lie in a free object of the slab, which is always "     \
	  "the last one to be handed out",                                                         \
	  "use after free of that object, or of the one before it; or the indexes were changed "   \
	  "by a double free")                                                                      \
	X(BUFCTL_STATE, "bufctl-state", CORRUPT, METADATA,                                         \
	  "bufctl of an object in use says that it is free",                                       \
	  "with CONFIG_DEBUG_SLAB the bufctl of an object that was taken off the chain is a "      \
	  "mark; this one is an index",                                                            \
	  "the struct slab was overwritten, or the chain was cut")                                 \
	X(MGMT_OBJECT, "mgmt-object", CORRUPT, METADATA,                                           \
	  "management of a slab is not an object of its cache",                                    \
	  "the slab's management lies outside of the slab, in an object of another cache; the "    \
	  "pointer to it does not point to such an object",                                        \
	  "the descriptor of the slab was overwritten, or the management was freed")               \
	X(NODE_FREE_OBJECTS, "node-free-objects", CORRUPT, COUNTER, "free_objects is wrong",       \
	  "the node's counter contradicts the number of free objects in its slabs",                \
	  "objects were freed twice or lost, or the counter was overwritten")                      \
	X(NODE_SLAB_COUNT, "node-slab-count", CORRUPT, COUNTER,                                    \
	  "a node's count of slabs is wrong",                                                      \
	  "num_slabs, total_slabs or free_slabs contradicts the length of the node's lists",       \
	  "the lists lost or gained slabs, or the counter was overwritten")                        \
	X(ALLOCATOR_TRAP, "allocator-trap", CORRUPT, TRAP, "kernel died in the allocator",         \
	  "a check of the allocator failed, or one of its pointers led to unmapped memory, "       \
	  "which stopped the kernel; a note when the pointer may have been a caller's",            \
	  "look at the object that the registers hold, and who freed it; the task on the "         \
	  "CPU made the last free or allocation, which need not be the wrong one")                 \
	X(MEMORY_ABSENT, "memory-absent", NOTE, NONE, "memory is not in the dump",                 \
	  "this could not be checked, and nothing follows from it",                                \
	  "record the dump with a lower makedumpfile level, or all of it")

enum finding_id {
#define X(id, text, severity, diagnosis, title, meaning, next) FINDING_##id,
	FINDINGS(X)
#undef X
		FINDING_COUNT
};

/* What is constant about a finding id. */
struct finding_info {
	const char *id;
	enum finding_severity severity;
	enum diagnosis_kind diagnosis;
	const char *title;
	const char *meaning;
	const char *next;
};

/** finding_info() - The list's entry for @id. */
const struct finding_info *finding_info(enum finding_id id);

/** finding_severity_name() - "corrupt", "transient" or "note". */
const char *finding_severity_name(enum finding_severity severity);

/* Which list or place a finding is about. */
enum finding_place {
	PLACE_CACHE, /* struct kmem_cache itself */
	PLACE_CPU, /* a kmem_cache_cpu */
	PLACE_CPU_FREELIST, /* kmem_cache_cpu.freelist and the chain from it */
	PLACE_CPU_SLAB, /* a CPU's slab: its descriptor, or its own freelist */
	PLACE_CPU_PARTIAL, /* a slab on a cpu partial list */
	PLACE_NODE, /* a kmem_cache_node and its partial list as a list */
	PLACE_NODE_PARTIAL, /* a slab on a node's partial list */
	PLACE_NO_LIST, /* a slab that the memmap scan found on no list */
	PLACE_SHEAF_MAIN, /* a CPU's main sheaf, and the pointer to it */
	PLACE_SHEAF_SPARE, /* likewise */
	PLACE_SHEAF_RCU_FREE, /* likewise */
	PLACE_BARN, /* a node_barn by itself */
	PLACE_BARN_FULL, /* its list of sheaves with objects, and a sheaf on it */
	PLACE_BARN_EMPTY, /* its list of sheaves without */
	PLACE_NODE_FULL, /* SLAB: a slab on a node's list of full slabs, and that list */
	PLACE_NODE_FREE, /* likewise of free slabs */
	PLACE_ARRAY_CPU, /* SLAB: a CPU's array of free objects */
	PLACE_ARRAY_SHARED, /* the array that the CPUs of a node share */
	PLACE_ARRAY_ALIEN, /* a node's array of objects of another node */
};

/** finding_place_is_array() - Whether a place is an array of SLAB's. */
static inline bool finding_place_is_array(enum finding_place place)
{
	return place >= PLACE_ARRAY_CPU && place <= PLACE_ARRAY_ALIEN;
}

/** finding_place_name() - Stable name for programs: "cpu-freelist", "node-partial", ... */
const char *finding_place_name(enum finding_place place);

/** finding_place_text() - Name an array of free objects, as "the main sheaf of CPU 3". Returns @buf. */
char *finding_place_text(enum finding_place place, int cpu, int node, char *buf, size_t len);

/* Which of a finding's optional fields are set. */
enum {
	FINDING_HAS_SLAB = 1 << 0,
	FINDING_HAS_OBJECT = 1 << 1,
	FINDING_HAS_SLOT = 1 << 2,
	FINDING_HAS_RAW = 1 << 3,
	FINDING_HAS_DECODED = 1 << 4,
	FINDING_HAS_EXPECTED = 1 << 5,
	FINDING_HAS_PREVIOUS = 1 << 6,
	FINDING_HAS_HOP = 1 << 7,
	FINDING_HAS_SHEAF = 1 << 9,
	FINDING_HAS_ENTRY = 1 << 10,
	FINDING_HAS_BYTES = 1 << 11,
	FINDING_HAS_TRACKS = 1 << 12,
	FINDING_HAS_DEFAULT = 1 << 13,
};

/* What is known of an object of a slab. */
enum object_state {
	OBJECT_NONE, /* the slab has no object of that index */
	OBJECT_FREE, /* on a freelist */
	OBJECT_LOST, /* free, but the damaged list no longer leads to it */
	OBJECT_ALLOCATED,
	OBJECT_UNKNOWN, /* on no list that the dump holds */
};

/** object_state_name() - "none", "free", "lost", "allocated" or "unknown". */
const char *object_state_name(enum object_state state);

/**
 * struct finding_bytes - Bytes that do not hold what the allocator filled them with.
 * @first, @last: addresses of the first and the last byte
 * @nr:		  how many there are from @first to @last
 * @from_start:	  bytes from the object's start to @first, below 0 before it
 * @from_end:	  bytes from the object's end to @first: 0 is the first byte behind it
 * @expected:	  what all of these bytes should be
 * @expected_or:  or this, where it is not known whether the object is free; the same where it is
 * @excerpt, @nr_excerpt: the first bytes from @first on
 */
struct finding_bytes {
	uint64_t first, last;
	uint64_t nr;
	int64_t from_start, from_end;
	uint8_t expected, expected_or;
	uint8_t excerpt[16];
	unsigned int nr_excerpt;
};

#define FINDING_MESSAGE_MAX 192
#define FINDING_RESTS_MAX 12

/* A number that a finding would not hold without: of a kernel that runs it is read again. */
struct finding_rest {
	uint64_t addr, value;
	uint32_t size; /* bytes */
};

/**
 * struct excuse - Why a state that breaks a rule is not damage: an operation passes through it.
 * @id:	       stable name, as "list-change"
 * @since:     the releases that it is true for, and the commit that made or ended it
 * @functions: of the kernel, that pass through the state
 * @what:      what is excused, a clause
 */
struct excuse {
	const char *id;
	const char *since;
	const char *functions;
	const char *what;
};

struct diagnosis;

/**
 * struct finding - One thing that is wrong, with its evidence.
 *
 * @has says which of the optional fields are set.
 *
 * @id:		   what
 * @severity:	   its severity; at most the id's own, or what the user set (severity.h)
 * @severity_default: its severity without the user
 * @place:	   on which kind of list or structure
 * @has:	   FINDING_HAS_*
 * @cache:	   address of the kmem_cache
 * @cache_name:	   its name, raw bytes of the dump: escape before printing
 * @cpu, @node:	   which, -1 where it does not apply
 * @slab:	   address of the struct slab or page
 * @slab_base:	   address of the slab's memory; 0 when it has none
 * @object:	   object that holds the slot; when the slot is a list head, none
 * @object_index:  its index in the slab
 * @sheaf:	   address of the sheaf, or of the array of free objects
 * @entry:	   place in it, from 0
 * @slot:	   address of the word that is wrong
 * @slot_name:	   what the word is, as "freepointer" or "slab->freelist"
 * @raw:	   the word as it is in memory
 * @decoded:	   what it means under the encoding the cache's healthy chains elected
 * @expected:	   what should be there, encoded like @raw
 * @previous:	   object before @object in the chain (the last good object)
 * @previous_index: its index in the slab
 * @hop:	   position of @object in the chain, 0 is the first; the number of good links followed
 * @random:	   key that decoded it, 0 on plain kernels
 * @encoding:	   enum freeptr_encoding that decoded it
 * @votes_for, @votes: links of this cache that this encoding explains, of all that were followed
 * @bytes:	   where a slab's contents are wrong
 * @tracks:	   who allocated @object, and who freed it last
 * @title:	   what is wrong in the words of its allocator; NULL: as the list of ids has it
 * @doubt:	   why its severity is lower than its rule says, a clause; NULL: it is not
 * @excuse:	   why it is transient; NULL unless an operation of the allocator explains it
 * @message:	   one clause on what is wrong here
 * @rests, @nr_rests: words that it rests on beside those of its slab and of the list that led there
 * @left, @right: the objects before and behind @object in memory
 * @diagnosis:	   an opinion on the cause (diagnosis.h); NULL: none
 * @trap:	   of allocator-trap: the exception (trap_evidence.h); NULL otherwise
 */
struct finding {
	enum finding_id id;
	enum finding_severity severity;
	enum finding_severity severity_default;
	enum finding_place place;
	uint32_t has;

	uint64_t cache;
	const char *cache_name;
	int cpu;
	int node;
	uint64_t slab;
	uint64_t slab_base;
	uint64_t object;
	int32_t object_index;
	uint64_t sheaf;
	uint32_t entry;

	uint64_t slot;
	const char *slot_name;
	uint64_t raw;
	uint64_t decoded;
	uint64_t expected;
	uint64_t previous;
	int32_t previous_index;
	uint32_t hop;

	uint64_t random;
	unsigned int encoding;
	uint64_t votes_for;
	uint64_t votes;

	struct finding_bytes bytes;
	struct track tracks[TRACKS];

	const char *title;
	const char *doubt;
	const struct excuse *excuse;
	char message[FINDING_MESSAGE_MAX];
	struct finding_rest rests[FINDING_RESTS_MAX];
	unsigned int nr_rests;

	enum object_state left, right;
	const struct diagnosis *diagnosis;
	const struct trap *trap;
};

/** finding_title() - What is wrong, as a heading. */
static inline const char *finding_title(const struct finding *f)
{
	return f->title ? f->title : finding_info(f->id)->title;
}

/** finding_is_contents() - Whether an id is about what a slab holds, apart from links. */
static inline bool finding_is_contents(enum finding_id id)
{
	return id >= FINDING_REDZONE_LEFT && id <= FINDING_TRACK_INVALID;
}

/** finding_is_sheaf() - Whether an id is about a sheaf or what it holds. */
static inline bool finding_is_sheaf(enum finding_id id)
{
	return id >= FINDING_SHEAF_POINTER && id <= FINDING_SHEAF_ON_FREELIST;
}

/**
 * finding_is_head() - Whether a finding has a word that should lead to an object: the head of a freelist,
 * or the freepointer of an object, which has a decoded value as well.
 */
static inline bool finding_is_head(const struct finding *f)
{
	return f->has & FINDING_HAS_RAW && f->id >= FINDING_FREELIST_WILD &&
	       f->id <= FINDING_FREELIST_MISALIGNED;
}

/** finding_needs_decoding() - Whether a finding holds only if freepointers are decoded rightly. */
static inline bool finding_needs_decoding(const struct finding *f)
{
	if (f->id >= FINDING_FREELIST_WILD && f->id <= FINDING_FREELIST_CYCLE)
		return f->has & FINDING_HAS_DECODED;
	return f->id == FINDING_CACHE_RANDOM || f->id == FINDING_FREELIST_SHARED ||
	       f->id == FINDING_FREELIST_COUNT || f->id == FINDING_FREELIST_ORPHANS ||
	       f->id == FINDING_FREELIST_OWNED;
}

/** finding_message() - Set the message, printf-like; what is too long is cut. */
__attribute__((format(printf, 2, 3))) void finding_message(struct finding *finding,
							   const char *format, ...);

#endif
