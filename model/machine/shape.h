/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_SHAPE_H
#define SLUBCHECK_MODEL_MACHINE_SHAPE_H
/*
 * Where everything lies: the structures of the allocator as one kernel has them.
 *
 * Found by asking a target for members, like anybody else; so the model can go on in the memory of
 * a dump, and its own images answer the same questions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "model/machine/era.h"

/* X(name, types, members): the first of "a|b" that exists. */
#define MODEL_MEMBERS(X)                                                \
	X(cache_cpu_slab, "kmem_cache", "cpu_slab")                     \
	X(cache_cpu_sheaves, "kmem_cache", "cpu_sheaves")               \
	X(cache_sheaf_capacity, "kmem_cache", "sheaf_capacity")         \
	X(cache_flags, "kmem_cache", "flags")                           \
	X(cache_min_partial, "kmem_cache", "min_partial")               \
	X(cache_size, "kmem_cache", "size")                             \
	X(cache_object_size, "kmem_cache", "object_size|objsize")       \
	X(cache_reciprocal_size, "kmem_cache", "reciprocal_size")       \
	X(cache_offset, "kmem_cache", "offset")                         \
	X(cache_cpu_partial, "kmem_cache", "cpu_partial")               \
	X(cache_cpu_partial_slabs, "kmem_cache", "cpu_partial_slabs")   \
	X(cache_oo, "kmem_cache", "oo")                                 \
	X(cache_max, "kmem_cache", "max")                               \
	X(cache_min, "kmem_cache", "min")                               \
	X(cache_allocflags, "kmem_cache", "allocflags")                 \
	X(cache_refcount, "kmem_cache", "refcount")                     \
	X(cache_ctor, "kmem_cache", "ctor")                             \
	X(cache_inuse, "kmem_cache", "inuse")                           \
	X(cache_align, "kmem_cache", "align")                           \
	X(cache_reserved, "kmem_cache", "reserved")                     \
	X(cache_red_left_pad, "kmem_cache", "red_left_pad")             \
	X(cache_name, "kmem_cache", "name")                             \
	X(cache_list, "kmem_cache", "list")                             \
	X(cache_random, "kmem_cache", "random")                         \
	X(cache_memcg_params, "kmem_cache", "memcg_params")             \
	X(cache_defrag_ratio, "kmem_cache", "remote_node_defrag_ratio") \
	X(cache_random_seq, "kmem_cache", "random_seq")                 \
	X(cache_useroffset, "kmem_cache", "useroffset")                 \
	X(cache_usersize, "kmem_cache", "usersize")                     \
	X(cache_node, "kmem_cache", "node|per_node")                    \
	X(cpu_freelist, "kmem_cache_cpu", "freelist")                   \
	X(cpu_tid, "kmem_cache_cpu", "tid")                             \
	X(cpu_slab, "kmem_cache_cpu", "slab|page")                      \
	X(cpu_partial, "kmem_cache_cpu", "partial")                     \
	X(node_list_lock, "kmem_cache_node", "list_lock")               \
	X(node_nr_partial, "kmem_cache_node", "nr_partial")             \
	X(node_partial, "kmem_cache_node", "partial")                   \
	X(node_nr_slabs, "kmem_cache_node", "nr_slabs")                 \
	X(node_total_objects, "kmem_cache_node", "total_objects")       \
	X(node_full, "kmem_cache_node", "full")                         \
	X(node_barn, "kmem_cache_node", "barn")                         \
	X(per_node_barn, "kmem_cache_per_node_ptrs", "barn")            \
	X(per_node_node, "kmem_cache_per_node_ptrs", "node")            \
	X(slab_flags, "page", "flags")                                  \
	X(slab_cache, "slab|page", "slab_cache|slab")                   \
	X(slab_list, "slab|page", "slab_list|lru")                      \
	X(slab_next, "slab|page", "next")                               \
	X(slab_slabs, "slab|page", "slabs|pages")                       \
	X(slab_pobjects, "page", "pobjects")                            \
	X(slab_freelist, "slab|page", "freelist")                       \
	X(slab_counters, "slab|page", "counters")                       \
	X(slab_stride, "slab", "stride")                                \
	X(slab_owners, "slab|page", "obj_exts|memcg_data|obj_cgroups")  \
	X(slab_rcu_head, "slab|page", "callback_head")                  \
	X(page_type, "page", "page_type")                               \
	X(page_refcount, "page", "_refcount|_count")                    \
	X(page_mapping, "page", "mapping")                              \
	X(page_lru, "page", "lru")                                      \
	X(page_head, "page", "compound_head|compound_info|first_page")  \
	X(page_order, "page", "compound_order")                         \
	X(folio_order, "folio", "_folio_order")                         \
	X(folio_flags_1, "folio", "_flags_1")                           \
	X(sheaves_lock, "slub_percpu_sheaves", "lock")                  \
	X(sheaves_main, "slub_percpu_sheaves", "main")                  \
	X(sheaves_spare, "slub_percpu_sheaves", "spare")                \
	X(sheaves_rcu_free, "slub_percpu_sheaves", "rcu_free")          \
	X(sheaf_list, "slab_sheaf", "barn_list")                        \
	X(sheaf_capacity, "slab_sheaf", "capacity")                     \
	X(sheaf_cache, "slab_sheaf", "cache")                           \
	X(sheaf_size, "slab_sheaf", "size")                             \
	X(sheaf_node, "slab_sheaf", "node")                             \
	X(sheaf_objects, "slab_sheaf", "objects")                       \
	X(barn_lock, "node_barn", "lock")                               \
	X(barn_full, "node_barn", "sheaves_full")                       \
	X(barn_empty, "node_barn", "sheaves_empty")                     \
	X(barn_nr_full, "node_barn", "nr_full")                         \
	X(barn_nr_empty, "node_barn", "nr_empty")                       \
	X(track_addr, "track", "addr")                                  \
	X(track_addrs, "track", "addrs")                                \
	X(track_handle, "track", "handle")                              \
	X(track_cpu, "track", "cpu")                                    \
	X(track_pid, "track", "pid")                                    \
	X(track_when, "track", "when")                                  \
	X(stack_size, "stack_record", "size")                           \
	X(stack_handle, "stack_record", "handle")                       \
	X(stack_entries, "stack_record", "entries")                     \
	X(clock_mult, "clocksource", "mult")                            \
	X(clock_shift, "clocksource", "shift")                          \
	X(rcu_head_func, "callback_head", "func")                       \
	X(partial_context_object, "partial_context", "object")

/* Of SLAB. */
#define MODEL_SLAB_MEMBERS(X)                                               \
	X(cache_array, "kmem_cache", "array")                               \
	X(cache_cpu_cache, "kmem_cache", "cpu_cache")                       \
	X(cache_batchcount, "kmem_cache", "batchcount")                     \
	X(cache_limit, "kmem_cache", "limit")                               \
	X(cache_shared, "kmem_cache", "shared")                             \
	X(cache_stride, "kmem_cache", "size|buffer_size")                   \
	X(cache_user_size, "kmem_cache", "object_size|obj_size")            \
	X(cache_reciprocal, "kmem_cache", "reciprocal_buffer_size")         \
	X(cache_num, "kmem_cache", "num")                                   \
	X(cache_gfporder, "kmem_cache", "gfporder")                         \
	X(cache_gfp, "kmem_cache", "allocflags|gfpflags")                   \
	X(cache_colour, "kmem_cache", "colour")                             \
	X(cache_colour_off, "kmem_cache", "colour_off")                     \
	X(cache_freelist_cache, "kmem_cache", "freelist_cache|slabp_cache") \
	X(cache_freelist_size, "kmem_cache", "freelist_size|slab_size")     \
	X(cache_link, "kmem_cache", "list|next")                            \
	X(cache_obj_offset, "kmem_cache", "obj_offset")                     \
	X(cache_nodes, "kmem_cache", "node|nodelists")                      \
	X(l3_lock, "kmem_cache_node|kmem_list3", "list_lock")               \
	X(l3_partial, "kmem_cache_node|kmem_list3", "slabs_partial")        \
	X(l3_full, "kmem_cache_node|kmem_list3", "slabs_full")              \
	X(l3_free, "kmem_cache_node|kmem_list3", "slabs_free")              \
	X(l3_total_slabs, "kmem_cache_node|kmem_list3", "total_slabs")      \
	X(l3_free_slabs, "kmem_cache_node|kmem_list3", "free_slabs")        \
	X(l3_free_objects, "kmem_cache_node|kmem_list3", "free_objects")    \
	X(l3_free_limit, "kmem_cache_node|kmem_list3", "free_limit")        \
	X(l3_colour_next, "kmem_cache_node|kmem_list3", "colour_next")      \
	X(l3_shared, "kmem_cache_node|kmem_list3", "shared")                \
	X(l3_alien, "kmem_cache_node|kmem_list3", "alien")                  \
	X(l3_next_reap, "kmem_cache_node|kmem_list3", "next_reap")          \
	X(l3_free_touched, "kmem_cache_node|kmem_list3", "free_touched")    \
	X(ac_avail, "array_cache", "avail")                                 \
	X(ac_limit, "array_cache", "limit")                                 \
	X(ac_batchcount, "array_cache", "batchcount")                       \
	X(ac_touched, "array_cache", "touched")                             \
	X(ac_lock, "array_cache", "lock")                                   \
	X(alien_lock, "alien_cache|array_cache", "lock")                    \
	X(alien_ac, "alien_cache", "ac")                                    \
	X(slab_link, "slab|page", "list|slab_list|lru")                     \
	X(slab_colouroff, "slab", "colouroff")                              \
	X(slab_free, "slab", "free")                                        \
	X(slab_nodeid, "slab", "nodeid")                                    \
	X(slab_s_mem, "slab|page", "s_mem")                                 \
	X(slab_active, "slab|page", "active|inuse")

/**
 * struct model_shape - Offsets and sizes; a member that the kernel lacks has size 0.
 * @cache_bytes: of a struct kmem_cache as it is allocated: up to the last node there is
 * @page_bytes, @cpu_bytes, @node_bytes, @sheaf_bytes, @barn_bytes, @sheaves_bytes, @track_bytes,
 * @per_node_bytes, @array_bytes, @list3_bytes, @slab_bytes: sizes of the structures; those of arrays at
 *	    their ends not counted
 * @pg_locked, @pg_slab, @pg_head, @pg_tail, @pg_partial, @pg_pfmemalloc: masks of page->flags
 * @page_is_slab: page_type of a slab's page, where the era has page types
 */
struct model_shape {
#define X(name, types, members) struct target_member name;
	MODEL_MEMBERS(X)
	MODEL_SLAB_MEMBERS(X)
#undef X
	uint32_t cache_bytes, page_bytes, cpu_bytes, node_bytes, per_node_bytes;
	uint32_t sheaf_bytes, barn_bytes, sheaves_bytes, track_bytes;
	uint32_t array_bytes, list3_bytes, slab_bytes;
	uint64_t pg_locked, pg_slab, pg_head, pg_tail, pg_partial, pg_pfmemalloc;
	uint32_t page_is_slab, page_no_type;
};

/** model_shape_init() - Ask a target where everything lies. */
void model_shape_init(struct model_shape *shape, struct target *target);

#endif
