/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_IMAGE_H
#define SLUBCHECK_TESTS_UNIT_IMAGE_H
/*
 * A memory image that a test builds: a target whose memory, symbols and types it decides.
 *
 * First caches and slabs are made, which only gives them their addresses; image_seal() then writes
 * the heap as a kernel at rest would have it, with every link and counter right. What comes after
 * that is the fault that the test plants, word by word.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "checker/image/target.h"
#include "decoders/freeptr.h"

/* What a test or a fuzz harness that uses images has to get right. Check sees the abort. */
#define IMAGE_NEED(condition)                                                                     \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

/* Kernels whose allocators differ in shape. A row of image_types.c names those it is true for. */
enum image_era {
	ERA_3_13, /* struct page, plain links, first_page, no red_left_pad */
	ERA_5_10, /* struct page, hardened, compound_head, compound_order */
	ERA_6_1, /* struct slab */
	ERA_6_12, /* partial slabs of CPUs not frozen, page types, enumerated flags */
	ERA_6_18, /* sheaves for caches that ask for them */
	ERA_7_2, /* sheaves for nearly all caches; CPUs own no slabs; per_node[]; compound_info */
	ERAS
};

#define IMAGE_CPUS_MAX 16
#define IMAGE_NODES_MAX 2
#define IMAGE_CACHES_MAX 24
#define IMAGE_SLABS_MAX 128
#define IMAGE_SHEAVES_MAX 64
#define IMAGE_SHEAF_ROOM 12 /* entries: the sheaves of an image are objects of 128 bytes */
#define IMAGE_MEMMAP UINT64_C(0xffffea0000000000)
#define IMAGE_DATA UINT64_C(0xffffffff82000000) /* kernel data */
#define IMAGE_TEXT UINT64_C(0xffffffff81000000)
#define IMAGE_VMALLOC UINT64_C(0xffffc90000000000) /* only what a test puts there */
#define IMAGE_PAGE 4096u
#define IMAGE_PERCPU_SIZE UINT64_C(0x40000)

/* Cache flags, as bits of any era: image_flags() gives the era's own. */
enum image_cache_flags {
	IMAGE_RED_ZONE = 1,
	IMAGE_POISON = 2,
	IMAGE_STORE_USER = 4,
	IMAGE_RCU = 8,
};

/* What a cache is made of. Members that are 0 get what the kernel would choose. */
struct image_spec {
	const char *name;
	uint32_t size;
	uint32_t object_size; /* 0: size */
	uint32_t order;
	uint32_t red_left_pad;
	unsigned int flags; /* enum image_cache_flags */
	bool outside; /* the link lies behind the object, as with a constructor */
	bool sheaves; /* asks for sheaves; from 7.0 on that need not be */
};

struct image_slab;
struct image_sheaf;

struct image_cache {
	struct image *image;
	char name[32];
	uint64_t addr; /* the kmem_cache */
	uint32_t size, object_size, inuse, offset, order, objects, red_left_pad;
	unsigned int flags;
	uint64_t random, ctor;
	uint64_t cpu_slab; /* per-CPU offset of its kmem_cache_cpu */
	uint64_t node[IMAGE_NODES_MAX]; /* its kmem_cache_nodes */
	uint32_t sheaf_capacity; /* 0: it has no sheaves */
	uint64_t cpu_sheaves; /* per-CPU offset of its slub_percpu_sheaves, or 0 */
	uint64_t barn[IMAGE_NODES_MAX]; /* its node_barns, or 0 */
	struct image_sheaf *sheaves[IMAGE_SHEAVES_MAX];
	unsigned int nr_sheaves;
	struct image_slab *slabs[IMAGE_SLABS_MAX];
	unsigned int nr_slabs;
};

enum image_place {
	ON_CPU,
	ON_CPU_PARTIAL,
	ON_NODE_PARTIAL,
	ON_NO_LIST,
};

#define IMAGE_OBJECTS_MAX 512

struct image_slab {
	struct image_cache *cache;
	uint64_t page; /* its struct page */
	uint64_t base; /* its memory */
	uint32_t objects;
	enum image_place place;
	int where; /* the CPU or, for the last two places, the node */
	bool moved; /* would be a CPU's if CPUs owned slabs */
	int own[IMAGE_OBJECTS_MAX], on_cpu[IMAGE_OBJECTS_MAX]; /* the two freelists */
	uint32_t nr_own, nr_on_cpu;
};

enum image_sheaf_place {
	IN_MAIN,
	IN_SPARE,
	IN_RCU_FREE,
	IN_FULL, /* on the list of full sheaves of a node's barn */
	IN_EMPTY,
};

struct image_sheaf {
	struct image_cache *cache;
	uint64_t addr;
	enum image_sheaf_place place;
	int where; /* the CPU or the node */
	uint64_t objects[IMAGE_SHEAF_ROOM];
	uint32_t size;
};

struct image_symbol {
	const char *name, *module;
	uint64_t value, size;
};

struct image_page {
	uint64_t addr;
	uint8_t *bytes;
	bool absent;
};

#define IMAGE_TABLE 4096
#define IMAGE_SYMBOLS_MAX 32

struct image {
	struct target target;
	enum image_era era;
	/* May be changed until image_seal(): */
	enum freeptr_encoding encoding;
	uint64_t tid_step;
	uint32_t nr_cpus, nr_nodes;
	uint64_t percpu; /* per-CPU area of CPU 0 */
	uint64_t next_frame, next_percpu; /* where the next slab or per-CPU word goes */
	/* May be changed at any time: */
	const char *lacks[8]; /* "type.member", "type" or a symbol that this kernel does not have */
	unsigned int dump_level; /* of makedumpfile; 0: the dump does not say */
	uint64_t cancel_at; /* cancelled() is true from this call on; 0: never */
	uint64_t reads, cancel_calls, names_asked;
	uint64_t read_limit; /* abort the test beyond; 0: no limit */

	uint64_t direct_map, next_data, seed;
	uint64_t slab_caches, bootstrap_sheaf;
	struct image_symbol symbols[IMAGE_SYMBOLS_MAX];
	unsigned int nr_symbols;
	struct image_cache *caches[IMAGE_CACHES_MAX];
	unsigned int nr_caches;
	struct image_cache *kmalloc; /* where sheaves and barns lie; NULL before there were any */
	struct image_page table[IMAGE_TABLE];
	unsigned int nr_table;
};

/* What a machine is like beside its era; image_new() has defaults. */
struct image_machine {
	uint64_t direct_map, frames, first_frame, percpu;
	uint32_t nr_cpus;
};

/** image_new() - A machine with 4 CPUs, 2 nodes and 16 MiB, and the two caches of the allocator. */
struct image *image_new(enum image_era era);
struct image *image_new_machine(enum image_era era, const struct image_machine *machine);
void image_free(struct image *image);

/** image_cache() - Add a cache to slab_caches. */
struct image_cache *image_cache(struct image *image, struct image_spec spec);

/** image_cache_named() - A cache by name. */
struct image_cache *image_cache_named(const struct image *image, const char *name);

/* A freelist: indexes of objects in list order. */
#define LIST(...) ((const int[]){ __VA_ARGS__, -1 })
#define NONE ((const int[]){ -1 })

/**
 * image_slab() - Add a slab to a cache, at the end of the list it is on.
 * @where:  the CPU, or the node
 * @own:    LIST() of its own free objects
 * @on_cpu: LIST() of those on the CPU's freelist, NULL unless ON_CPU
 *
 * Where CPUs own no slabs, theirs are on the list of the node that they would belong to, or full on
 * none; and what would be on the CPU's freelist is in its main sheaf.
 */
struct image_slab *image_slab(struct image_cache *cache, enum image_place place, int where,
			      const int *own, const int *on_cpu);

/**
 * image_sheaf() - Add a sheaf to a cache that has some; each CPU has a main sheaf already.
 * @where: the CPU, or the node
 */
struct image_sheaf *image_sheaf(struct image_cache *cache, enum image_sheaf_place place, int where);

/** image_sheaf_of() - The first sheaf in a place, NULL when there is none. */
struct image_sheaf *image_sheaf_of(const struct image_cache *cache, enum image_sheaf_place place,
				   int where);

/** image_sheaf_put() - Put the LIST() of a slab's objects into a sheaf, before image_seal(). */
void image_sheaf_put(struct image_sheaf *sheaf, const struct image_slab *slab, const int *objects);

/** image_sheaf_slot() - Address of an entry of a sheaf. */
uint64_t image_sheaf_slot(const struct image_sheaf *sheaf, uint32_t entry);

/** image_sheaves_cpu() - Address of a CPU's slub_percpu_sheaves. */
uint64_t image_sheaves_cpu(const struct image_cache *cache, int cpu);

/** image_has_sheaves() - Whether kernels of the image's era have sheaves. */
bool image_has_sheaves(const struct image *image);
/** image_has_cpu_slabs() - Whether CPUs own slabs in the image's era. */
bool image_has_cpu_slabs(const struct image *image);
/** image_node_slot() - Where a cache keeps the pointer to its kmem_cache_node of a node. */
uint64_t image_node_slot(const struct image_cache *cache, unsigned int node);
/** image_barn_slot() - And the one to its barn. */
uint64_t image_barn_slot(const struct image_cache *cache, unsigned int node);

/** image_object_take() - Allocate an object of a cache's first slab, before image_seal(). */
uint64_t image_object_take(struct image_cache *cache);

/** image_seal() - Write the heap. */
void image_seal(struct image *image);

/* Memory, a little-endian number at a time. Pages that were never written are zero in RAM. */
uint64_t image_get(const struct image *image, uint64_t addr, unsigned int size);
void image_put(struct image *image, uint64_t addr, uint64_t value, unsigned int size);
static inline uint64_t image_word(const struct image *image, uint64_t addr)
{
	return image_get(image, addr, 8);
}
static inline void image_set(struct image *image, uint64_t addr, uint64_t word)
{
	image_put(image, addr, word, 8);
}
void image_text(struct image *image, uint64_t addr, const char *text);
/** image_absent() - Take the page of an address out of the dump. */
void image_absent(struct image *image, uint64_t addr);
/** image_page_at() - The page of an address, made when there is none. */
struct image_page *image_page_at(struct image *image, uint64_t addr);

/** image_symbol() - Give an address a name. */
void image_symbol(struct image *image, const char *name, uint64_t value, uint64_t size);

/** image_data() - Room in the kernel's data. */
uint64_t image_data(struct image *image, uint64_t size);

/** image_field() - Address of a member of the structure at @base. */
uint64_t image_field(const struct image *image, uint64_t base, const char *type,
		     const char *member);
/** image_store() - Set a member of the structure at @base. */
void image_store(struct image *image, uint64_t base, const char *type, const char *member,
		 uint64_t value);
uint64_t image_load(const struct image *image, uint64_t base, const char *type, const char *member);

/** image_slab_field() - Address of a slab's "next", "slabs", "slab_cache", ... in any era. */
uint64_t image_slab_field(const struct image_slab *slab, const char *member);
void image_slab_store(struct image_slab *slab, const char *member, uint64_t value);

/** image_slab_unlink() - Take a slab off its node's partial list, as the kernel does. */
void image_slab_unlink(struct image_slab *slab);

/** image_cpu_field() - Address of a member of a CPU's kmem_cache_cpu; "slab" in any era. */
uint64_t image_cpu_field(const struct image_cache *cache, int cpu, const char *member);
/** image_cpu() - Address of a CPU's kmem_cache_cpu. */
uint64_t image_cpu(const struct image_cache *cache, int cpu);

uint64_t image_object(const struct image_slab *slab, int index);
/** image_slot() - Where object @index keeps its link. */
uint64_t image_slot(const struct image_slab *slab, int index);
/** image_encode() - The word that links to @object when it is stored at @slot. */
uint64_t image_encode(const struct image_cache *cache, uint64_t slot, uint64_t object);
/** image_link() - Make the link of object @from lead to the object @to; -1: to NULL. */
void image_link(struct image_slab *slab, int from, int to);
/** image_counters() - The word of slab->counters, with what the era keeps in its upper half. */
uint64_t image_counters(const struct image *image, unsigned int inuse, unsigned int objects,
			bool frozen);
/** image_page_of() - struct page of a direct-map address. */
uint64_t image_page_of(const struct image *image, uint64_t addr);
/** image_mark_slab() - Make a page look as if it were a slab's, or no longer so. */
void image_mark_slab(struct image *image, uint64_t page, bool is_slab);
/** image_frozen_partial() - Whether partial slabs of CPUs are frozen in this era. */
bool image_frozen_partial(const struct image *image);

#endif
