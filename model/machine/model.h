/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_MODEL_H
#define SLUBCHECK_MODEL_MACHINE_MODEL_H
/*
 * The reference allocator: SLUB, which allocates and frees as the kernel does, in a memory image
 * that is laid out as the kernel lays it out.
 *
 * A model is a machine: memory, CPUs, nodes, and the allocator of one era on it. Addresses are
 * those of the machine. Whatever the kernel keeps in memory is in the image and nowhere else, so
 * that a checker finds it, a fault can change it, and the allocator then does what the kernel's
 * would. What the kernel gets from elsewhere (pages, randomness, failures) the model decides, or
 * the caller does.
 *
 * Every operation says on which CPU it runs. It runs to its end, or, as a task, a step at a time:
 * a step ends before each store to the image and before each compare-and-exchange, which is how
 * finely a dump can cut it and others can come between.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "decoders/freeptr.h"
#include "model/machine/era.h"

struct model;
struct model_task;

#define MODEL_CPUS_MAX 64
#define MODEL_NODES_MAX 4
#define MODEL_RANGES_MAX 6
#define MODEL_ANY_NODE (-1) /* NUMA_NO_NODE */
#define MODEL_PAGE 4096u

/* How an operation ended. */
enum model_end {
	MODEL_DONE, /* it returned; an allocation may have returned NULL */
	MODEL_OOPS, /* the CPU died in it: model_oops() says of what */
	MODEL_STUCK, /* it waits for a lock that nobody will release */
};

/* Why a CPU died. */
enum model_oops_kind {
	MODEL_OOPS_NONE,
	MODEL_OOPS_FAULT, /* no memory at the address */
	MODEL_OOPS_ABSENT, /* the address's page is not in the dump that the model runs in */
	MODEL_OOPS_BUG, /* BUG_ON() */
};

struct model_oops {
	enum model_oops_kind kind;
	unsigned int cpu;
	uint64_t address; /* that was accessed */
	const char *what; /* what the kernel was doing, as "loads the freepointer of the object" */
};

/* What the kernel prints. */
enum model_report_kind {
	MODEL_REPORT_SLEEPING, /* BUG: sleeping function called from invalid context */
	MODEL_REPORT_BAD_GFP, /* flags that SLUB does not know */
	MODEL_REPORT_NO_MEMORY, /* SLUB: Unable to allocate memory */
	MODEL_REPORT_OBJECTS_REMAINING, /* a cache is destroyed that still has objects */
	MODEL_REPORT_SLAB_ERROR, /* a debug check failed */
	MODEL_REPORT_WRONG_CACHE, /* an object is freed to another cache than its own */
	MODEL_REPORT_CREATE_FAILED, /* kmem_cache_create() */
	MODEL_REPORT_LOST_NAME, /* the name of a cache leads to no memory */
	MODEL_REPORT_KINDS
};

/**
 * struct model_range - Page frames of a machine, without a hole.
 * @first:  number of the first
 * @frames: how many
 * @node:   that has them
 */
struct model_range {
	uint64_t first, frames;
	unsigned int node;
};

/**
 * struct model_config - A machine.
 * @era:       whose allocator
 * @without:   features that this build of the era does not have, as MODEL_HAS(HARDENED)
 * @without_own, @with_own: the same of what is the allocator's alone (era.own)
 * @nr_cpus:   1 to MODEL_CPUS_MAX, spread over the nodes in turn; 0: 4
 * @nr_nodes:  1 to MODEL_NODES_MAX; 0: 1
 * @cpu_nodes: the node of each CPU; NULL: the nodes in turn
 * @frames:    page frames of all nodes; 0: 1024
 * @tid_step:  CONFIG_NR_CPUS rounded up to a power of two if the kernel can be preempted, else 1;
 *	       0: 1
 * @seed:      of all that is random: keys, orders of freelists, addresses
 * @kaslr:     the direct map and the memmap start at random addresses
 * @init_on_free: the boot option of that name
 * @kmalloc_flags: MODEL_CACHE_* of slub_debug=...,kmalloc-*
 * @kmalloc:   boot makes the caches of kmalloc(), as the kernel does. Without, only those two that
 *	       the allocator itself needs, and (from 6.18) the ones that sheaves come from
 * @first_frame: number of the machine's first page frame
 * @ranges:    its memory instead of @frames from @first_frame on, in the order of the numbers
 * @nr_ranges: up to MODEL_RANGES_MAX
 * @percpu_bytes: of the area of each CPU; 0: 32 KiB
 * @percpu_static: of those, what the kernel's variables take before the allocator's; 0: 1 KiB
 * @places:    for boot, as model_places()
 */
struct model_config {
	const struct era *era;
	model_features without, without_own, with_own;
	unsigned int nr_cpus, nr_nodes;
	const unsigned int *cpu_nodes;
	uint64_t frames;
	uint64_t tid_step;
	uint64_t seed;
	bool kaslr;
	bool init_on_free;
	unsigned int kmalloc_flags;
	bool kmalloc;
	uint64_t first_frame;
	const struct model_range *ranges;
	size_t nr_ranges;
	uint32_t percpu_bytes, percpu_static;
	const uint64_t *places;
	size_t nr_places;
};

/** model_new() - Boot a machine; NULL when there is no memory for it. */
struct model *model_new(const struct model_config *config);

void model_free(struct model *m);

/** model_target() - The machine as a target: what a checker can ask. */
struct target *model_target(struct model *m);

const struct era *model_era_of(const struct model *m);
bool model_has(const struct model *m, enum feature feature);

/* Flags of kmem_cache_create(), the same for all eras and allocators. */
enum {
	MODEL_CACHE_HWCACHE_ALIGN = 1 << 0,
	MODEL_CACHE_DMA = 1 << 1,
	MODEL_CACHE_RECLAIM = 1 << 2, /* SLAB_RECLAIM_ACCOUNT */
	MODEL_CACHE_RCU = 1 << 3, /* SLAB_TYPESAFE_BY_RCU */
	MODEL_CACHE_CHECKS = 1 << 4, /* SLAB_CONSISTENCY_CHECKS, DEBUG_FREE before */
	MODEL_CACHE_RED_ZONE = 1 << 5,
	MODEL_CACHE_POISON = 1 << 6,
	MODEL_CACHE_STORE_USER = 1 << 7,
	MODEL_CACHE_ACCOUNT = 1 << 8,
	MODEL_CACHE_NO_MERGE = 1 << 9, /* before 6.5: by a usersize, as its users do */
	MODEL_CACHE_NOLEAKTRACE = 1 << 10,
	MODEL_CACHE_KMALLOC = 1 << 11, /* boot's own */
	MODEL_CACHE_FAILSLAB = 1 << 12,
	MODEL_CACHE_PANIC = 1 << 13,
};

#define MODEL_CACHE_DEBUG \
	(MODEL_CACHE_CHECKS | MODEL_CACHE_RED_ZONE | MODEL_CACHE_POISON | MODEL_CACHE_STORE_USER)

/**
 * struct model_cache_args - As the arguments of kmem_cache_create().
 * @ctor: the cache has a constructor (it sets nothing: its address alone matters)
 * @sheaf_capacity: 6.18 and later
 * @usersize: bytes that may be copied to user space, which forbids merging
 */
struct model_cache_args {
	const char *name;
	uint32_t size, align;
	unsigned int flags;
	bool ctor;
	uint32_t sheaf_capacity;
	uint32_t useroffset, usersize;
};

/* GFP flags of an era. */
const struct model_gfp *model_gfp(const struct model *m);
uint32_t model_gfp_kernel(const struct model *m);
uint32_t model_gfp_atomic(const struct model *m);
uint32_t model_gfp_noio(const struct model *m);

/** model_set_atomic() - The CPU is in a context that must not sleep, as under a spinlock. */
void model_set_atomic(struct model *m, unsigned int cpu, bool atomic);
/** model_fail_slab() - The @nth allocation from now on fails as CONFIG_FAILSLAB makes it; 0: none. */
void model_fail_slab(struct model *m, uint64_t nth);
/** model_fail_pages() - Orders from @order on cannot be had; 0: nothing can. -1: all can. */
void model_fail_pages(struct model *m, int order);
/**
 * model_places() - Frames that the next pages begin with; then any do again.
 * @frames: kept by the caller as long as they are used. An order for which the next one is not
 *	    aligned, or not free, cannot be had until smaller pages took it.
 */
void model_places(struct model *m, const uint64_t *frames, size_t nr);
/** model_pfmemalloc() - Pages come from the reserves from now on. */
void model_pfmemalloc(struct model *m, bool on);
/**
 * model_freelist_starts() - Where in random_seq the next new slabs start; then anywhere again.
 * @positions: kept by the caller as long as they are used; NULL: anywhere
 */
void model_freelist_starts(struct model *m, const uint32_t *positions, size_t nr);

/* What happened so far. */
uint64_t model_reports(const struct model *m, enum model_report_kind kind);
/** model_last_report() - What the kernel complained of last, "" when of nothing. */
const char *model_last_report(const struct model *m);
const struct model_oops *model_oops(const struct model *m);
/** model_oops_clear() - Let the CPU live on. */
void model_oops_clear(struct model *m);

/*
 * What an operation touches, for who wants to follow it. X(NAME, "verb", "what"): the CPU does that
 * with the address of the note.
 */
#define MODEL_NOTES(X)                                                    \
	X(FAST_PATH, "takes", "the head of its own freelist")             \
	X(CPU_SLAB, "looks into", "its slab, where others free to")       \
	X(CPU_SLAB_EMPTY, "lets go of", "its slab: no free object left")  \
	X(CPU_PARTIAL, "makes its own", "the first of its partial slabs") \
	X(NODE_PARTIAL, "looks into", "a partial slab of a node")         \
	X(NEW_SLAB, "gets", "a new slab from the page allocator")         \
	X(DEACTIVATE, "gives back", "its slab")                           \
	X(SHEAF, "takes", "the last object of its main sheaf")            \
	X(SHEAF_SWAP, "makes main", "its spare sheaf")                    \
	X(BARN, "gets", "a full sheaf from the barn")                     \
	X(SHEAF_REFILL, "fills", "an empty sheaf from slabs")             \
	X(ARRAY, "takes", "the last entry of its array")                  \
	X(SHARED, "refills from", "the shared array of its node")         \
	X(NODE_FREE, "looks into", "a free slab of a node")               \
	X(OBJECT, "takes", "the first of them")                           \
	X(LOAD_LINK, "loads", "the freepointer")                          \
	X(NEXT, "leads to", "")

enum model_note {
#define X(name, verb, what) MODEL_NOTE_##name,
	MODEL_NOTES(X)
#undef X
		MODEL_NOTE_COUNT
};

const char *model_note_verb(enum model_note note);
const char *model_note_what(enum model_note note);
/** model_watch() - Call @fn at each note, with the address that it is about; NULL: nobody. */
void model_watch(struct model *m,
		 void (*fn)(void *ctx, enum model_note note, uint64_t address, uint64_t value),
		 void *ctx);

/*
 * Tasks: operations that run a step at a time.
 */

/** model_task_new() - Start @run on a CPU; it calls the operations above. NULL: no memory. */
struct model_task *model_task_new(struct model *m, unsigned int cpu,
				  void (*run)(struct model *m, void *ctx), void *ctx);

enum model_task_state {
	MODEL_TASK_READY, /* stopped before a store */
	MODEL_TASK_WAITING, /* for a lock that somebody holds */
	MODEL_TASK_ENDED, /* @run returned, or the CPU died */
};

/** model_task_run() - Let it make at most @steps steps. */
enum model_task_state model_task_run(struct model_task *task, uint64_t steps);
/** model_task_interruptible() - Whether another task may run on its CPU now, to its end. */
bool model_task_interruptible(const struct model_task *task);
/** model_task_is_interrupt() - Of a new task: all of it runs with interrupts off. */
void model_task_is_interrupt(struct model_task *task);
/** model_task_migrate() - Move it to another CPU; false where the kernel could not. */
bool model_task_migrate(struct model_task *task, unsigned int cpu);
/** model_task_end() - Forget it, wherever it is. */
void model_task_end(struct model_task *task);

/* Words of the image. False where there is no memory. */
bool model_peek(struct model *m, uint64_t addr, void *buf, size_t len);
bool model_poke(struct model *m, uint64_t addr, const void *buf, size_t len);
/** model_cpu_note() - A note of the dump says where a CPU was when it stopped; @ip 0: there is none. */
void model_cpu_note(struct model *m, unsigned int cpu, uint64_t ip);
/** model_absent() - Take a page out of the dump. */
void model_absent(struct model *m, uint64_t addr);
/** model_absent_none() - All pages are in the dump again; before model_journal_undo(). */
void model_absent_none(struct model *m);

/** model_grace_period() - Everything that waits for one is freed. */
enum model_end model_grace_period(struct model *m, unsigned int cpu);

/* SReclaimable and SUnreclaim of /proc/meminfo, in pages; and pages that nobody has. */
uint64_t model_pages_reclaimable(const struct model *m);
uint64_t model_pages_unreclaimable(const struct model *m);
uint64_t model_pages_free(const struct model *m);

#endif
