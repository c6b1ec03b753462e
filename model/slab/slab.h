/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_SLAB_H
#define SLUBCHECK_MODEL_SLAB_SLAB_H
/*
 * The functions of mm/slab.c among each other, named as there wherever SLUB has no function of that name.
 *
 * A cache, a node's lists (kmem_list3, kmem_cache_node), an array are addresses in the image. A slab is the
 * address of what describes it: a struct slab to 3.12, a struct page or what lies over it later.
 */

#include "model/machine/machine.h"
#include "model/slab/model.h"

#define slab_has(m, feature) (((m)->own & SLAB_HAS(feature)) != 0)

#define BUFCTL_END 0xffffffffu
#define BUFCTL_FREE 0xfffffffeu
#define SLAB_LIMIT 0xfffffffcu
#define BUFCTL_SLAB_BYTES 48u /* sizeof(struct slab) with bufctls behind it */

#define CFLGS_OFF_SLAB UINT64_C(0x80000000)
#define CFLGS_OBJFREELIST_SLAB UINT64_C(0x40000000)

#define NO_BATCHCOUNT 0xbaadf00du /* of arrays that are not a CPU's */
#define BATCHREFILL_LIMIT 16u
#define ALIEN_LIMIT 12u
#define BOOT_CPUCACHE_ENTRIES 1u
#define SLAB_OBJ_MIN_SIZE 16u
#define REAPTIMEOUT_LIST3 UINT64_C(1000) /* 4 seconds of 250 ticks */
#define SLAB_LINE 64u /* of a CPU's cache */
#define SLAB_ORDER_LAST 10u /* KMALLOC_MAX_ORDER */
#define SLAB_SIZE_MAX (UINT64_C(1) << 22) /* KMALLOC_MAX_SIZE */
#define SLAB_NAME_ROOM 64u

#define SLAB_RED_INACTIVE UINT64_C(0x09f911029d74e35b)
#define SLAB_RED_ACTIVE UINT64_C(0xd84156c5635688c0)
#define SLAB_POISON_INUSE 0x5a
#define SLAB_POISON_FREE 0x6b
#define SLAB_POISON_END 0xa5

/* Text symbols. */
#define SLAB_TEXT_ALLOCATES (MODEL_TEXT + 0x10000)
#define SLAB_TEXT_FREES (MODEL_TEXT + 0x20000)
#define SLAB_TEXT_ALLOCATOR (MODEL_TEXT + 0x200000)
#define SLAB_TEXT_RCU_FREE (MODEL_TEXT + 0x201000)
#define SLAB_TEXT_CTOR (MODEL_TEXT + 0x202000)
/* Where modules lie: nothing is mapped there. */
#define SLAB_MODULES UINT64_C(0xffffffffa0000000)

/* States of m->slab_state: g_cpucache_up and slab_state. */
enum { SLAB_NONE, SLAB_PARTIAL_NODE, SLAB_EARLY, SLAB_READY };

/* Words of caches. */
static inline uint64_t slab_flags_of(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_flags));
}

static inline uint32_t slab_stride(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_stride));
}

static inline uint32_t slab_num(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_num));
}

static inline unsigned int slab_order_of(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_gfporder));
}

static inline uint32_t slab_offset(struct model *m, uint64_t s)
{
	return has_member(m, cache_obj_offset) ? get32(m, AT(m, s, cache_obj_offset)) : 0;
}

/** slab_user_size() - Bytes that the owner of an object has of it. */
uint32_t slab_user_size(struct model *m, uint64_t s);

static inline bool off_slab(struct model *m, uint64_t s)
{
	return slab_flags_of(m, s) & CFLGS_OFF_SLAB;
}

static inline bool objfreelist_slab(struct model *m, uint64_t s)
{
	return slab_has(m, ARRAY_AT_END) && slab_flags_of(m, s) & CFLGS_OBJFREELIST_SLAB;
}

/* geometry.c */
/** struct slab_geometry - What kmem_cache_create() finds out of the size of an object. */
struct slab_geometry {
	uint64_t flags;
	uint32_t size, align, object_size, obj_offset; /* bytes */
	uint32_t num, order, colour, colour_off, freelist_size;
	bool ctor;
};

/**
 * slab_geometry() - From flags, size, align, object_size and ctor the rest.
 * @align: what the caller wants, or 0
 *
 * Return: false: no order of pages has room for an object.
 */
bool slab_geometry(struct model *m, struct slab_geometry *g);
/** slab_index_bytes() - Of an index of a free object, or of a bufctl. */
unsigned int slab_index_bytes(const struct model *m);
/** slab_reciprocal() - reciprocal_value() of a size @d, as the era keeps it. */
uint64_t slab_reciprocal(const struct model *m, uint32_t d);
/** slab_alignment() - calculate_alignment(). */
uint32_t slab_alignment(struct model *m, uint64_t flags, uint32_t align, uint32_t size);

/* node.c: what a cache has on each node, and for each CPU. */
uint64_t slab_get_node(struct model *m, uint64_t s, unsigned int node);
void slab_set_node(struct model *m, uint64_t s, unsigned int node, uint64_t n);
/** slab_node_slot() - Where the pointer to it lies. */
uint64_t slab_node_slot(struct model *m, uint64_t s, unsigned int node);
/** slab_cpu_array() - The array of a CPU; 0: it has none. */
uint64_t slab_cpu_array(struct model *m, uint64_t s, unsigned int cpu);
/** slab_entry_at() - Where an entry of an array lies. */
static inline uint64_t slab_entry_at(const struct model *m, uint64_t ac, uint64_t i)
{
	return ac + m->shape.array_bytes + 8 * i;
}

static inline uint32_t slab_avail(struct model *m, uint64_t ac)
{
	return get32(m, AT(m, ac, ac_avail));
}

/** slab_alien_array() - The array_cache of what alien[] leads to. */
static inline uint64_t slab_alien_array(const struct model *m, uint64_t alien)
{
	return alien + m->shape.alien_ac.offset;
}

static inline void l3_lock(struct model *m, uint64_t n)
{
	irq_save(m);
	lock_take(m, AT(m, n, l3_lock));
}

static inline void l3_unlock(struct model *m, uint64_t n)
{
	lock_drop(m, AT(m, n, l3_lock));
	irq_restore(m);
}

/** slab_node_init() - kmem_list3_init(), kmem_cache_node_init(). */
void slab_node_init(struct model *m, uint64_t s, uint64_t n);
/** array_init() - init_arraycache(). */
void array_init(struct model *m, uint64_t ac, uint32_t limit, uint32_t batchcount);
/** array_push() - ac->entry[ac->avail++] = objp, in the order in which the compiler made it. */
void array_push(struct model *m, uint64_t ac, uint64_t object);
uint64_t array_pop(struct model *m, uint64_t ac);
/** array_drop() - The first entries are gone: avail goes down, the rest moves. */
void array_drop_count(struct model *m, uint64_t ac, uint32_t nr);
void array_drop_move(struct model *m, uint64_t ac, uint32_t nr);
uint32_t transfer_objects(struct model *m, uint64_t to, uint64_t from, uint32_t max);

/* object.c: a slab and its free objects. */
uint64_t slab_of_object(struct model *m, uint64_t object);
uint64_t cache_of_slab_object(struct model *m, uint64_t object);
unsigned int slab_node_of(struct model *m, uint64_t slab);
/** slab_page_of() - The first page of a slab. */
uint64_t slab_page_of(struct model *m, uint64_t s, uint64_t slab);
static inline uint32_t slab_used(struct model *m, uint64_t slab)
{
	return get32(m, AT(m, slab, slab_active));
}
static inline uint64_t slab_s_mem(struct model *m, uint64_t slab)
{
	return get64(m, AT(m, slab, slab_s_mem));
}
/** slab_index_at() - Where an index, or a bufctl, of a slab lies. */
uint64_t slab_index_at(struct model *m, uint64_t slab, uint32_t i);
uint32_t slab_index_get(struct model *m, uint64_t slab, uint32_t i);
void slab_index_set(struct model *m, uint64_t slab, uint32_t i, uint32_t value);
uint32_t obj_to_index_of(struct model *m, uint64_t s, uint64_t slab, uint64_t object);
/** slab_get_obj() - Take the next free object. */
uint64_t slab_get_obj(struct model *m, uint64_t s, uint64_t slab);
void slab_put_obj(struct model *m, uint64_t s, uint64_t slab, uint64_t object);
/** slab_is_full() - As the era asks: no free object is left. */
bool slab_is_full(struct model *m, uint64_t s, uint64_t slab);

/* slabs.c: slabs come from the page allocator and go back there. */
/** slab_make() - New pages become a slab; 0: none. @offset: its colour, in bytes. */
uint64_t slab_pages_make(struct model *m, uint64_t s, uint32_t gfp, int node);
uint64_t slab_make(struct model *m, uint64_t s, uint64_t page, uint32_t offset, uint32_t gfp,
		   unsigned int node);
/** slab_destroy() - Its pages go back, now or after a grace period. */
void slab_destroy(struct model *m, uint64_t s, uint64_t slab);
/** slabs_destroy() - All of a list that @head begins. */
void slabs_destroy(struct model *m, uint64_t s, uint64_t head);
void slab_rcu_free(struct model *m, uint64_t func, uint64_t head);
/** slab_pages_put() - kmem_freepages(). */
void slab_pages_put(struct model *m, uint64_t s, uint64_t page);
/** slab_list_head() - A list head on the stack of the running CPU, empty. */
uint64_t slab_list_head(struct model *m);

/* lists.c */
/** free_block() - Objects go back to their slabs. @list: receives slabs to be destroyed, since 3.18. */
void free_block(struct model *m, uint64_t s, uint64_t entries, uint32_t nr, unsigned int node,
		uint64_t list);
/** first_slab() - The slab to take objects from; 0: none. */
uint64_t first_slab(struct model *m, uint64_t n);
/**
 * fixup_slab_list() - To the list where it belongs now.
 * @hosts: begins a chain of objects that held the indices of slabs that are full now, for debug_fixup_hosts()
 */
void fixup_slab_list(struct model *m, uint64_t s, uint64_t n, uint64_t slab, uint64_t *hosts);
/** drain_freelist() - Destroy up to so many slabs that are free. */
void drain_freelist(struct model *m, uint64_t s, uint64_t n, uint64_t tofree);

/* alloc.c, free.c: the doors; the allocator also allocates from itself. */
uint64_t slab_alloc_object(struct model *m, uint64_t s, uint32_t gfp, int node);
void slab_free_object(struct model *m, uint64_t s, uint64_t object);
/** slab_free_checked() - __cache_free(): without the checks that come before. */
void drain_alien(struct model *m, uint64_t s, uint64_t ac, unsigned int node, uint64_t list);

/* debug.c: CONFIG_DEBUG_SLAB, and init_on_free. */
void debug_init_object(struct model *m, uint64_t s, uint64_t slot);
/** debug_fixup_hosts() - fixup_objfreelist_debug(): fill them as free ones, after list_lock. */
void debug_fixup_hosts(struct model *m, uint64_t s, uint64_t hosts);
void debug_after_alloc(struct model *m, uint64_t s, uint64_t slot);
void debug_before_free(struct model *m, uint64_t s, uint64_t slot);
bool slab_want_init_on_free(struct model *m, uint64_t flags, bool ctor);

/* kmalloc.c */
uint64_t slab_kmalloc_find(struct model *m, uint64_t size, uint32_t gfp);
uint64_t slab_kmalloc_node(struct model *m, uint64_t size, uint32_t gfp, int node);
void slab_kfree_object(struct model *m, uint64_t object);
uint64_t slab_ksize_of(struct model *m, uint64_t object);
/** slab_kmalloc_tables() - The tables of its caches, empty. */
void slab_kmalloc_tables(struct model *m);
/** slab_kmalloc_sizes() - Make its caches: only that which serves a size, or all that are missing. */
void slab_kmalloc_sizes(struct model *m, uint32_t only);

/* tune.c */
/** enable_cpucache() - Give a cache the arrays that go with its size. */
bool enable_cpucache(struct model *m, uint64_t s);
bool slab_tune_cpucache(struct model *m, uint64_t s, uint32_t limit, uint32_t batchcount,
			uint32_t shared);
void slab_free_arrays(struct model *m, uint64_t s);

/* create.c */
struct slab_spec {
	uint64_t name, flags, ctor;
	uint32_t size, align;
	uint32_t useroffset, usersize;
};
/** slab_cache_open() - __kmem_cache_create(): all but its arrays and nodes. */
bool slab_cache_open(struct model *m, uint64_t s, const struct slab_spec *spec);
bool slab_random_seq(struct model *m, uint64_t s);
uint64_t slab_text(struct model *m, const char *text);
uint64_t slab_literal(struct model *m, const char *text);
void slab_cache_release(struct model *m, uint64_t s);
uint32_t slab_cache_bytes(const struct model *m);
/** slab_boot_cache() - A cache that boot makes, whose arrays are those of the moment. */
uint64_t slab_boot_cache(struct model *m, const struct slab_spec *spec);
static inline uint64_t slab_cache_of_link(const struct model *m, uint64_t entry)
{
	return entry - m->shape.cache_link.offset;
}

/* merge.c */
/** slab_alias() - A cache that the new one can share, whose user it becomes; 0: none. */
uint64_t slab_alias(struct model *m, const struct slab_spec *spec);

/* shrink.c */
/** slab_cache_shrink() - drain_cpu_caches() and what follows; 1: slabs are left. */
int slab_cache_shrink(struct model *m, uint64_t s);
void drain_array(struct model *m, uint64_t s, uint64_t n, uint64_t ac, bool force,
		 unsigned int node);

const struct type_table *slab_types(void);

#endif
