/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The structures of the kernel around its allocator: pages, locks, tasks. */
#include "model/machine/type_table.h"

#define SINCE(feature) .need = MODEL_HAS(feature)
#define UNTIL(feature) .lack = MODEL_HAS(feature)

/*
 * struct page until 4.17: the words of the slab allocator lie between those of others. rcu_head is
 * a macro for callback_head, and so a member rcu_head is called that, too.
 */
static const struct field page_old_fields[] = {
	{ "flags", LONG },
	{ "mapping", LONG },
	{ "s_mem", LONG, OVER("mapping") },
	{ "index", LONG },
	{ "freelist", LONG, OVER("index") },
	{ "pfmemalloc", BYTE, OVER("index") },
	{ "counters", LONG, AFTER_ALL },
	{ "_mapcount", INT, OVER("counters") },
	{ "_count", INT, UNTIL(COMPOUND_HEAD) },
	/* 4.6. */
	{ "_refcount", INT, SINCE(COMPOUND_HEAD) },
	{ "units", INT, OVER("counters") },
	{ "active", INT, OVER("counters") },
	{ "lru", LIST, AFTER_ALL },
	{ "next", LONG, OVER("lru") },
	{ "pages", INT },
	{ "pobjects", INT },
	{ "compound_head", LONG, OVER("lru"), SINCE(COMPOUND_HEAD) },
	{ "compound_dtor", INT, SINCE(COMPOUND_HEAD) },
	{ "compound_order", INT, SINCE(COMPOUND_HEAD) },
	{ "list", LIST, OVER("lru") },
	{ "slab_page", LONG, OVER("lru") },
	{ "callback_head", LIST, OVER("lru") },
	{ "pmd_huge_pte", LONG, OVER("lru") },
	{ "private", LONG, AFTER_ALL },
	{ "ptl", INT, OVER("private") },
	{ "slab_cache", LONG, OVER("private") },
	{ "first_page", LONG, OVER("private"), UNTIL(COMPOUND_HEAD) },
	{ "mem_cgroup", LONG, AFTER_ALL, SINCE(COMPOUND_HEAD) },
};

/* Since 4.18: five words, for the page cache, the slab allocator, tail pages and RCU. */
static const struct field page_fields[] = {
	{ "flags", LONG },
	{ "lru", LIST },
	{ "mapping", LONG },
	{ "index", LONG, UNTIL(COMPOUND_INFO) },
	{ "__folio_index", LONG, SINCE(COMPOUND_INFO) },
	{ "private", LONG },
	{ "slab_list", LIST, OVER("lru"), UNTIL(STRUCT_SLAB) },
	{ "slab_cache", LONG, UNTIL(STRUCT_SLAB) },
	{ "freelist", LONG, UNTIL(STRUCT_SLAB) },
	{ "counters", LONG, UNTIL(STRUCT_SLAB) },
	{ "s_mem", LONG, OVER("counters"), UNTIL(STRUCT_SLAB) },
	{ "next", LONG, OVER("lru"), UNTIL(STRUCT_SLAB) },
	{ "pages", INT, UNTIL(STRUCT_SLAB) },
	{ "pobjects", INT, UNTIL(STRUCT_SLAB) },
	{ "compound_head", LONG, OVER("lru"), UNTIL(COMPOUND_INFO) },
	{ "compound_info", LONG, OVER("lru"), SINCE(COMPOUND_INFO) },
	/* In page[1]. They moved to struct folio for good in 6.6. */
	{ "compound_dtor", BYTE, UNTIL(ORDER_IN_FLAGS_1) },
	{ "compound_order", BYTE, UNTIL(ORDER_IN_FLAGS_1) },
	{ "compound_mapcount", INT, UNTIL(ORDER_IN_FLAGS_1) },
	{ "callback_head", LIST, OVER("lru") },
	{ "page_type", INT, AFTER_ALL },
	{ "_mapcount", INT, OVER("page_type") },
	{ "_refcount", INT },
	{ "mem_cgroup", LONG, UNTIL(STRUCT_SLAB) },
	{ "obj_cgroups", LONG, OVER("mem_cgroup"), SINCE(MEMCG_VECTOR), UNTIL(STRUCT_SLAB) },
	{ "memcg_data", LONG, SINCE(STRUCT_SLAB) },
};

/* What there is of it beyond the first page's members is the order of a compound page. */
static const struct field folio_fields[] = {
	{ "page", LONGS(8) },
	{ "flags", LONG, OVER("page") },
	{ "_flags_1", LONG, AFTER_ALL },
	{ "__head", LONG, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_dtor", BYTE, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_order", BYTE, SINCE(ORDER_IN_FOLIO) },
	{ "_total_mapcount", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_pincount", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_nr_pages", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_private_1", LONG, SINCE(ORDER_IN_FOLIO) },
	{ "__page_1", LONGS(8), OVER("_flags_1"), SINCE(ORDER_IN_FLAGS_1) },
	{ "__page_2", LONGS(8), SINCE(ORDER_IN_FLAGS_1) },
	{ "__page_3", LONGS(8), SINCE(ORDER_IN_FLAGS_1) },
};

static const struct field callback_fields[] = {
	{ "next", LONG },
	{ "func", LONG },
};

static const struct field ticket_fields[] = {
	{ "head", HALF },
	{ "tail", HALF },
};

static const struct field queued_fields[] = {
	{ "val", INT },
};

static const struct field list_fields[] = {
	{ "next", LONG },
	{ "prev", LONG },
};

/* A mutex has an owner word since 4.10 (3ca0ff571b09): before, a count, and an owner for spinning.
 * Those that wait hang from the first of them in 7.2. */
static const struct field mutex_old_fields[] = {
	{ "count", INT },  { "wait_lock", INT },   { "wait_list", LIST },
	{ "owner", LONG }, { "spin_mlock", LONG },
};

static const struct field mutex_fields[] = {
	{ "owner", LONG },
	{ "wait_lock", INT },
	{ "osq", INT },
	{ "wait_list", LIST, UNTIL(LAZY_LIST) },
	{ "first_waiter", LONG, SINCE(LAZY_LIST) },
};

/* 4.19, and since 5.7; the one of 3.13 has no word that tells a writer. */
static const struct field rwsem_old_fields[] = {
	{ "rss", LONGS(8) }, { "read_count", LONG },   { "rw_sem", LONGS(5) },
	{ "writer", LONG },  { "readers_block", INT },
};

static const struct field rwsem_fields[] = {
	{ "rss", LONGS(6) },	 { "read_count", LONG }, { "writer", LONG },
	{ "waiters", LONGS(3) }, { "block", INT },
};

static const struct field key_fields[] = {
	{ "enabled", INT },
	{ "type", LONG },
	{ "entries", LONG, OVER("type") },
	{ "next", LONG, OVER("type") },
};

static const struct field key_false_fields[] = {
	{ "key", LONGS(2) },
};

/* 6.2 to 6.14: what a CPU accesses most. */
static const struct field hot_fields[] = {
	{ "current_task", LONG },
	{ "preempt_count", INT },
	{ "cpu_number", INT },
	{ "call_depth", LONG },
	{ "top_of_stack", LONG },
	{ "hardirq_stack_ptr", LONG },
	{ "softirq_pending", HALF },
	{ "hardirq_stack_inuse", BYTE },
	{ "pad", .size = 64, .align = 1, OVER("current_task") },
};

static const struct field stack_8k_fields[] = { { "stack", LONGS(1024) } };
static const struct field stack_16k_fields[] = { { "stack", LONGS(2048) } };

/* The beginning. All kernels have it; in 7.2 nothing else tells the length of a tick. */
static const struct field clock_fields[] = {
	{ "read", LONG },
	{ "mask", LONG },
	{ "mult", INT },
	{ "shift", INT },
};

/* Abridged: three members of some hundred, at places of our own. */
static const struct field task_fields[] = {
	{ "thread_info", LONGS(3) },	    { "stack", LONG }, { "pid", INT }, { "tgid", INT },
	{ "comm", .size = 16, .align = 1 },
};

static const struct type kernel_type_rows[] = {
	/* For the sake of a compare-and-exchange of two words. */
	{ "page", FIELDS(page_fields), .align = 16, SINCE(PAGE_REWORK) },
	{ "page", FIELDS(page_old_fields), .align = 16, UNTIL(PAGE_REWORK) },
	/* 5.16; nobody asks it for the order of a page before 6.1. */
	{ "folio", FIELDS(folio_fields), .align = 16, SINCE(STRUCT_SLAB) },
	{ "callback_head", FIELDS(callback_fields) },
	{ "list_head", FIELDS(list_fields) },
	{ "__raw_tickets", FIELDS(ticket_fields), SINCE(TICKET_LOCKS) },
	{ "qspinlock", FIELDS(queued_fields), UNTIL(TICKET_LOCKS) },
	{ "mutex", FIELDS(mutex_old_fields), UNTIL(PAGE_REWORK) },
	{ "mutex", FIELDS(mutex_fields), SINCE(PAGE_REWORK) },
	{ "percpu_rw_semaphore", FIELDS(rwsem_old_fields), SINCE(PAGE_REWORK), UNTIL(RECIPROCAL) },
	{ "percpu_rw_semaphore", FIELDS(rwsem_fields), SINCE(RECIPROCAL) },
	{ "static_key", FIELDS(key_fields), SINCE(PAGE_REWORK) },
	{ "static_key_false", FIELDS(key_false_fields), SINCE(PAGE_REWORK) },
	{ "pcpu_hot", FIELDS(hot_fields), SINCE(SLAB_CACHE_FIRST), UNTIL(SHEAVES) },
	/* Stacks of 16 KiB since 3.15 (6538b8ea886e). */
	{ "thread_union", FIELDS(stack_8k_fields), UNTIL(PAGE_REWORK) },
	{ "thread_union", FIELDS(stack_16k_fields), SINCE(PAGE_REWORK) },
	{ "task_struct", FIELDS(task_fields) },
	{ "clocksource", FIELDS(clock_fields), SINCE(LAZY_LIST) },
};

/* Bits of page->flags. 3.13, 4.19, 5.10 and 6.1, and what the reordering of 6.9 made. */
#define PG_3_13 .lack = MODEL_HAS(COMPOUND_HEAD)
#define PG_4_19 .need = MODEL_HAS(COMPOUND_HEAD), .lack = MODEL_HAS(RECIPROCAL)
#define PG_5_10 .need = MODEL_HAS(RECIPROCAL), .lack = MODEL_HAS(PAGE_TYPE)
#define PG_6_12 .need = MODEL_HAS(PAGE_TYPE)

static const struct constant kernel_constants[] = {
	{ "PG_locked", 0, 0, 0 },
	{ "PG_error", 1, PG_3_13 },
	{ "PG_referenced", 2, PG_3_13 },
	{ "PG_uptodate", 3, PG_3_13 },
	{ "PG_dirty", 4, PG_3_13 },
	{ "PG_lru", 5, PG_3_13 },
	{ "PG_active", 6, PG_3_13 },
	{ "PG_slab", 7, PG_3_13 },
	{ "PG_reserved", 10, PG_3_13 },
	{ "PG_private", 11, PG_3_13 },
	{ "PG_writeback", 13, PG_3_13 },
	{ "PG_head", 14, PG_3_13 },
	{ "PG_tail", 15, PG_3_13 },
	{ "PG_error", 1, PG_4_19 },
	{ "PG_referenced", 2, PG_4_19 },
	{ "PG_uptodate", 3, PG_4_19 },
	{ "PG_dirty", 4, PG_4_19 },
	{ "PG_lru", 5, PG_4_19 },
	{ "PG_active", 6, PG_4_19 },
	{ "PG_waiters", 7, PG_4_19 },
	{ "PG_slab", 8, PG_4_19 },
	{ "PG_reserved", 11, PG_4_19 },
	{ "PG_private", 12, PG_4_19 },
	{ "PG_writeback", 14, PG_4_19 },
	{ "PG_head", 15, PG_4_19 },
	{ "PG_referenced", 1, PG_5_10 },
	{ "PG_uptodate", 2, PG_5_10 },
	{ "PG_dirty", 3, PG_5_10 },
	{ "PG_lru", 4, PG_5_10 },
	{ "PG_active", 5, PG_5_10 },
	{ "PG_workingset", 6, PG_5_10 },
	{ "PG_waiters", 7, PG_5_10 },
	{ "PG_error", 8, PG_5_10 },
	{ "PG_slab", 9, PG_5_10 },
	{ "PG_reserved", 12, PG_5_10 },
	{ "PG_private", 13, PG_5_10 },
	{ "PG_writeback", 15, PG_5_10 },
	{ "PG_head", 16, PG_5_10 },
	{ "PG_writeback", 1, PG_6_12 },
	{ "PG_referenced", 2, PG_6_12 },
	{ "PG_uptodate", 3, PG_6_12 },
	{ "PG_dirty", 4, PG_6_12 },
	{ "PG_lru", 5, PG_6_12 },
	{ "PG_head", 6, PG_6_12 },
	{ "PG_waiters", 7, PG_6_12 },
	{ "PG_active", 8, PG_6_12 },
	{ "PG_workingset", 9, PG_6_12 },
	{ "PG_reserved", 13, PG_6_12 },
	{ "PG_private", 14, PG_6_12 },
	{ "PGTY_buddy", 0xf0, PG_6_12 },
	{ "PGTY_slab", 0xf5, PG_6_12 },
	/* 6.17. */
	{ "PGTY_large_kmalloc", 0xf8, SINCE(CYCLE_CHECK) },
	{ "SL_locked", 0, SINCE(CYCLE_CHECK) },
	{ "SL_partial", 9, SINCE(CYCLE_CHECK) },
	{ "SL_pfmemalloc", 8, SINCE(CYCLE_CHECK) },
};

const struct type_table kernel_types = { kernel_type_rows,
					 sizeof(kernel_type_rows) / sizeof(kernel_type_rows[0]),
					 kernel_constants,
					 sizeof(kernel_constants) / sizeof(kernel_constants[0]) };
