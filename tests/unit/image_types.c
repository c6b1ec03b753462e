/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/image_types.h"

#include <string.h>

/* Sets of eras. */
#define IN(era) (1u << (era))
#define OLD IN(ERA_3_13)
#define V510 IN(ERA_5_10)
#define V61 IN(ERA_6_1)
#define V612 IN(ERA_6_12)
#define V618 IN(ERA_6_18)
#define V72 IN(ERA_7_2)
#define SHEAVES (V618 | V72)
#define TYPED (V612 | SHEAVES) /* pages have types, and flags of caches are enumerated */
#define PAGES (OLD | V510) /* the descriptor of a slab is its struct page */
#define SLABS (V61 | TYPED) /* it is a struct slab */
#define MODERN (V510 | V61 | TYPED)
#define ALL (OLD | MODERN)
#define CPUS (ALL & ~V72) /* CPUs own slabs */

struct size_row {
	unsigned int eras;
	const char *type;
	size_t size;
};

struct member_row {
	unsigned int eras;
	const char *type, *member;
	uint32_t offset, size;
};

struct enumerator_row {
	unsigned int eras;
	const char *name;
	int64_t value;
};

static const struct size_row sizes[] = {
	{ OLD, "kmem_cache", 0x2c8 },
	{ MODERN & ~V72, "kmem_cache", 0xd8 + 8 * 64 },
	{ V72, "kmem_cache", 0xd8 + 16 * 64 },
	{ V72, "kmem_cache_per_node_ptrs", 16 },
	{ CPUS, "kmem_cache_cpu", 32 },
	{ CPUS & (V61 | TYPED), "partial_context", 24 },
	{ ALL, "kmem_cache_node", 64 },
	{ SHEAVES, "slub_percpu_sheaves", 32 },
	{ SHEAVES, "slab_sheaf", 32 },
	{ SHEAVES, "node_barn", 48 },
	{ SLABS, "kfence_metadata", 192 }, /* abridged */
	{ ALL, "page", 64 },
	{ ALL, "cpumask", 8 },
	{ SLABS, "slab", 64 },
	{ OLD, "thread_union", 8192 },
	{ MODERN, "thread_union", 16384 }, /* 6538b8ea886e */
	{ ALL & ~V72, "bug_entry", 12 },
	{ V72, "bug_entry", 16 },
	{ V612, "slabobj_ext", 8 },
	/* Whose objects those of caches of images are. */
	{ ALL, "alpha", 72 },
	{ ALL, "alpha_struct", 64 },
	{ ALL, "beta", 1024 },
	{ ALL, "gamma", 64 },
	{ SHEAVES, "slabobj_ext", 16 }, /* CONFIG_MEM_ALLOC_PROFILING */
};

static const struct member_row members[] = {
	/* 3.13 as in the disassembly of the incident: flags and oo are unsigned long. */
	{ CPUS, "kmem_cache", "cpu_slab", 0, 8 },
	{ V618, "kmem_cache", "cpu_sheaves", 0x10, 8 },
	{ V72, "kmem_cache", "cpu_sheaves", 0, 8 },
	{ SHEAVES, "kmem_cache", "sheaf_capacity", 0x30, 4 },
	{ OLD, "kmem_cache", "flags", 8, 8 },
	{ MODERN, "kmem_cache", "flags", 8, 4 },
	{ ALL, "kmem_cache", "size", 0x18, 4 },
	{ ALL, "kmem_cache", "object_size", 0x1c, 4 },
	{ OLD, "kmem_cache", "offset", 0x20, 4 },
	{ MODERN, "kmem_cache", "offset", 0x28, 4 },
	{ OLD, "kmem_cache", "oo", 0x28, 8 },
	{ MODERN, "kmem_cache", "oo", 0x34, 4 },
	{ OLD, "kmem_cache", "max", 0x30, 8 },
	{ V510, "kmem_cache", "max", 0x3c, 4 },
	{ OLD, "kmem_cache", "min", 0x38, 8 },
	{ MODERN, "kmem_cache", "min", 0x38, 4 },
	{ OLD, "kmem_cache", "refcount", 0x44, 4 },
	{ MODERN, "kmem_cache", "refcount", 0x40, 4 },
	{ ALL, "kmem_cache", "ctor", 0x48, 8 },
	{ ALL, "kmem_cache", "inuse", 0x50, 4 },
	{ ALL, "kmem_cache", "align", 0x54, 4 },
	{ OLD, "kmem_cache", "reserved", 0x58, 4 },
	{ MODERN, "kmem_cache", "red_left_pad", 0x58, 4 },
	{ ALL, "kmem_cache", "name", 0x60, 8 },
	{ ALL, "kmem_cache", "list", 0x68, 16 },
	{ ALL, "kmem_cache", "kobj", 0x78, 64 },
	{ MODERN, "kmem_cache", "random", 0xb8, 8 },
	{ OLD, "kmem_cache", "node", 0xc8, 8 * 64 },
	{ MODERN & ~V72, "kmem_cache", "node", 0xd8, 8 * 64 },
	{ V72, "kmem_cache", "per_node", 0xd8, 16 * 64 },
	{ V72, "kmem_cache_per_node_ptrs", "barn", 0, 8 },
	{ V72, "kmem_cache_per_node_ptrs", "node", 8, 8 },

	{ CPUS, "kmem_cache_cpu", "freelist", 0, 8 },
	{ CPUS, "kmem_cache_cpu", "tid", 8, 8 },
	{ PAGES, "kmem_cache_cpu", "page", 16, 8 },
	{ SLABS & CPUS, "kmem_cache_cpu", "slab", 16, 8 },
	{ CPUS, "kmem_cache_cpu", "partial", 24, 8 },

	{ SHEAVES, "slub_percpu_sheaves", "lock", 0, 1 },
	{ SHEAVES, "slub_percpu_sheaves", "main", 8, 8 },
	{ SHEAVES, "slub_percpu_sheaves", "spare", 16, 8 },
	{ SHEAVES, "slub_percpu_sheaves", "rcu_free", 24, 8 },
	{ SHEAVES, "slab_sheaf", "barn_list", 0, 16 },
	{ SHEAVES, "slab_sheaf", "capacity", 0, 4 },
	{ SHEAVES, "slab_sheaf", "cache", 16, 8 },
	{ SHEAVES, "slab_sheaf", "size", 24, 4 },
	{ SHEAVES, "slab_sheaf", "node", 28, 4 },
	{ SHEAVES, "node_barn", "lock", 0, 4 },
	{ SHEAVES, "node_barn", "sheaves_full", 8, 16 },
	{ SHEAVES, "node_barn", "sheaves_empty", 24, 16 },
	{ SHEAVES, "node_barn", "nr_full", 40, 4 },
	{ SHEAVES, "node_barn", "nr_empty", 44, 4 },

	{ ALL, "kmem_cache_node", "list_lock", 0, 4 },
	{ OLD, "__raw_tickets", "head", 0, 2 },
	{ MODERN, "qspinlock", "val", 0, 4 },
	{ ALL, "kmem_cache_node", "nr_partial", 8, 8 },
	{ ALL, "kmem_cache_node", "partial", 16, 16 },
	{ ALL, "kmem_cache_node", "nr_slabs", 32, 8 },
	{ ALL, "kmem_cache_node", "total_objects", 40, 8 },
	{ V618, "kmem_cache_node", "barn", 48, 8 },

	{ ALL, "page", "flags", 0, 8 },
	{ OLD, "page", "freelist", 16, 8 },
	{ OLD, "page", "counters", 24, 8 },
	{ OLD, "page", "lru", 32, 16 },
	{ OLD, "page", "next", 32, 8 },
	{ OLD, "page", "pages", 40, 4 },
	{ OLD, "page", "slab_cache", 48, 8 },
	{ OLD, "page", "first_page", 48, 8 },
	{ MODERN & ~V72, "page", "compound_head", 8, 8 },
	{ V72, "page", "compound_info", 8, 8 },
	{ MODERN, "page", "lru", 8, 16 },
	{ V510, "page", "slab_list", 8, 16 },
	{ V510, "page", "next", 8, 8 },
	{ V510, "page", "pages", 16, 4 },
	{ V510, "page", "slab_cache", 24, 8 },
	{ V510, "page", "freelist", 32, 8 },
	{ V510, "page", "counters", 40, 8 },
	{ V510, "page", "compound_order", 17, 1 },
	{ TYPED, "page", "page_type", 48, 4 },
	{ OLD, "page", "_count", 28, 4 },
	{ MODERN, "page", "_refcount", 52, 4 },

	{ V61 | V612, "slab", "__page_flags", 0, 8 },
	{ SHEAVES, "slab", "flags", 0, 8 },
	{ V61, "slab", "slab_list", 8, 16 },
	{ V61, "slab", "next", 8, 8 },
	{ V61, "slab", "slabs", 16, 4 },
	{ V61, "slab", "slab_cache", 24, 8 },
	{ TYPED, "slab", "slab_cache", 8, 8 },
	{ TYPED, "slab", "slab_list", 16, 16 },
	{ TYPED & CPUS, "slab", "next", 16, 8 },
	{ TYPED & CPUS, "slab", "slabs", 24, 4 },
	{ SLABS, "slab", "freelist", 32, 8 },
	{ SLABS, "slab", "counters", 40, 8 },
	{ V61, "folio", "_folio_order", 81, 1 },
	{ V61, "folio", "_flags_1", 64, 8 },
	{ TYPED, "folio", "_flags_1", 64, 8 },
	{ TYPED & CPUS, "partial_context", "object", 16, 8 },

	{ OLD, "kmem_cache", "memcg_params", 0xc0, 8 },
	{ OLD, "memcg_cache_params", "is_root_cache", 0, 1 },
	{ OLD, "memcg_cache_params", "memcg", 8, 8 },
	{ V510, "page", "obj_cgroups", 56, 8 },
	{ V61, "slab", "memcg_data", 56, 8 },
	{ TYPED, "slab", "obj_exts", 56, 8 },
	{ V72, "slab", "stride", 44, 4 },
	{ TYPED, "slabobj_ext", "objcg", 0, 8 },
	{ SHEAVES, "slabobj_ext", "ref", 8, 8 },
	{ MODERN, "obj_cgroup", "memcg", 16, 8 },
	{ ALL, "mem_cgroup", "css", 8, 208 },
	{ ALL, "cgroup_subsys_state", "cgroup", 0, 8 },
	{ MODERN, "cgroup_subsys_state", "flags", 16, 4 },
	{ MODERN, "cgroup", "kn", 32, 8 },
	{ SHEAVES, "codetag", "lineno", 4, 4 },
	{ SHEAVES, "codetag", "modname", 8, 8 },
	{ SHEAVES, "codetag", "function", 16, 8 },
	{ SHEAVES, "codetag", "filename", 24, 8 },

	{ SLABS, "kfence_metadata", "state", 36, 4 },
	{ SLABS, "kfence_metadata", "addr", 40, 8 },
	{ SLABS, "kfence_metadata", "size", 48, 8 },
	{ SLABS, "kfence_metadata", "cache", 56, 8 },
	{ SLABS, "kfence_metadata", "alloc_track", 64, 64 },
	{ SLABS, "kfence_metadata", "free_track", 128, 64 },
	{ SLABS, "kfence_track", "pid", 0, 4 },
	{ SLABS, "kfence_track", "cpu", 4, 4 },
	{ SLABS, "kfence_track", "ts_nsec", 8, 8 },
	{ SLABS, "kfence_track", "num_stack_entries", 16, 4 },
	{ SLABS, "kfence_track", "stack_entries", 24, 40 },

	{ ALL, "task_struct", "stack", 24, 8 },
	{ ALL, "task_struct", "pid", 0x400, 4 },
	{ ALL, "task_struct", "comm", 0x500, 16 },
	{ ALL, "task_struct", "thread", 0x540, 64 },
	{ ALL, "rq", "curr", 0x900, 8 },
	{ ALL, "thread_struct", "trap_nr", 16, 8 },

	{ MODERN, "cea_exception_stacks", "DF_stack", 0x1000, 0x2000 }, /* 5.2 */
	{ MODERN, "cea_exception_stacks", "NMI_stack_guard", 0x3000, 0x1000 },

	{ MODERN, "module", "num_bugs", 0x100, 4 },
	{ MODERN, "module", "bug_list", 0x108, 16 },
	{ MODERN, "module", "bug_table", 0x118, 8 },

	{ ALL, "bug_entry", "bug_addr_disp", 0, 4 },
	{ ALL & ~V72, "bug_entry", "file_disp", 4, 4 },
	{ ALL & ~V72, "bug_entry", "line", 8, 2 },
	{ ALL & ~V72, "bug_entry", "flags", 10, 2 },
	{ V72, "bug_entry", "format_disp", 4, 4 }, /* 6.19 */
	{ V72, "bug_entry", "file_disp", 8, 4 },
	{ V72, "bug_entry", "line", 12, 2 },
	{ V72, "bug_entry", "flags", 14, 2 },

	{ MODERN, "percpu_rw_semaphore", "block", 40, 4 },
	{ ALL, "kobject", "sd", 48, 8 },
	{ ALL, "kset", "kobj", 24, 64 },
	{ MODERN & ~V72, "kernfs_node", "parent", 8, 8 },
	{ V72, "kernfs_node", "__parent", 8, 8 }, /* 6.15 */
	{ MODERN, "kernfs_node", "name", 16, 8 },
	{ MODERN, "kernfs_node", "rb", 24, 24 },
	{ MODERN, "kernfs_node", "dir", 64, 32 },
	{ MODERN, "kernfs_node", "symlink", 64, 8 },
	{ MODERN, "kernfs_node", "priv", 96, 8 },
	{ MODERN, "kernfs_node", "flags", 112, 2 },
	{ MODERN, "kernfs_elem_dir", "children", 8, 8 },
	{ MODERN, "kernfs_elem_symlink", "target_kn", 0, 8 },
};

static const struct enumerator_row enumerators[] = {
	{ ALL, "PG_locked", 0 },
	{ MODERN, "CSS_DYING", 16 },
	{ OLD, "PG_slab", 7 },
	{ V510 | V61, "PG_slab", 9 },
	{ TYPED, "PGTY_slab", 0xf5 },
	{ OLD, "PG_head", 14 },
	{ OLD, "PG_tail", 15 },
	{ V510 | V61, "PG_head", 16 },
	{ TYPED, "PG_head", 6 },
	{ TYPED, "PG_workingset", 9 },
	{ SHEAVES, "SL_partial", 9 },
	{ TYPED, "_SLAB_CONSISTENCY_CHECKS", 0 },
	{ TYPED, "_SLAB_RED_ZONE", 1 },
	{ TYPED, "_SLAB_POISON", 2 },
	{ TYPED, "_SLAB_STORE_USER", 7 },
	{ TYPED, "_SLAB_TYPESAFE_BY_RCU", 9 },
	{ TYPED, "_SLAB_TRACE", 10 },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

bool image_types_size(enum image_era era, const char *type, size_t *size)
{
	for (size_t i = 0; i < ROWS(sizes); i++) {
		if (!(sizes[i].eras & IN(era)) || strcmp(sizes[i].type, type))
			continue;
		*size = sizes[i].size;
		return true;
	}
	return false;
}

bool image_types_member(enum image_era era, const char *type, const char *member,
			struct target_member *out)
{
	for (size_t i = 0; i < ROWS(members); i++) {
		const struct member_row *row = &members[i];

		if (!(row->eras & IN(era)) || strcmp(row->type, type) ||
		    strcmp(row->member, member))
			continue;
		out->offset = row->offset;
		out->size = row->size;
		return true;
	}
	return false;
}

bool image_types_enumerator(enum image_era era, const char *name, int64_t *value)
{
	for (size_t i = 0; i < ROWS(enumerators); i++) {
		if (!(enumerators[i].eras & IN(era)) || strcmp(enumerators[i].name, name))
			continue;
		*value = enumerators[i].value;
		return true;
	}
	return false;
}

const struct image_type_member *image_types_next(enum image_era era, size_t *at)
{
	static struct image_type_member found;

	while (*at < ROWS(members)) {
		const struct member_row *row = &members[(*at)++];

		if (!(row->eras & IN(era)))
			continue;
		found = (struct image_type_member){ row->type,
						    row->member,
						    { row->offset, row->size } };
		return &found;
	}
	return NULL;
}

const char *image_types_next_type(enum image_era era, size_t *at)
{
	while (*at < ROWS(sizes)) {
		const struct size_row *row = &sizes[(*at)++];

		if (row->eras & IN(era))
			return row->type;
	}
	return NULL;
}

const char *image_types_next_enumerator(enum image_era era, size_t *at, int64_t *value)
{
	while (*at < ROWS(enumerators)) {
		const struct enumerator_row *row = &enumerators[(*at)++];

		if (!(row->eras & IN(era)))
			continue;
		*value = row->value;
		return row->name;
	}
	return NULL;
}
