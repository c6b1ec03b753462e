/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checker/debug/kfence.h"

#define CPUS_MAX 8192 /* the largest CONFIG_NR_CPUS of any distribution */
#define NODES_MAX 1024

static bool fail(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, LAYOUT_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

static bool member(struct target *t, const char *type, const char *name, struct target_member *m)
{
	if (t->ops->member(t, type, name, m) && m->size)
		return true;
	memset(m, 0, sizeof(*m));
	return false;
}

static bool symbol(struct target *t, const char *name, uint64_t *value)
{
	return t->ops->symbol(t, name, value);
}

static uint64_t enumerator_or(struct target *t, const char *name, uint64_t otherwise)
{
	int64_t value;

	return t->ops->enumerator(t, name, &value) ? (uint64_t)value : otherwise;
}

/* Tell SLUB from its predecessors by what struct kmem_cache is made of. */
static bool allocator_is_slub(struct target *t, char *error)
{
	struct target_member m;
	size_t size;

	if (!t->ops->type_size(t, "kmem_cache", &size))
		return fail(error, "no debug information for struct kmem_cache");
	if (member(t, "kmem_cache", "oo", &m) && member(t, "kmem_cache", "offset", &m))
		return true;
	if (member(t, "kmem_cache", "num", &m) || member(t, "kmem_cache", "gfporder", &m))
		return fail(error, "this kernel uses SLAB (CONFIG_SLAB); slubcheck judges SLUB");
	return fail(error, "this kernel uses SLOB or no slab allocator; slubcheck judges SLUB");
}

/* node[] became per_node[] in 7.1, whose entries are a barn and a kmem_cache_node. */
static bool cache_nodes_layout(struct layout_cache *c, struct target *t)
{
	static const char pair[] = "kmem_cache_per_node_ptrs";
	struct target_member m;
	size_t size;

	c->node_stride = 8;
	if (member(t, "kmem_cache", "node", &c->node))
		return true;
	if (!member(t, "kmem_cache", "per_node", &c->node) || !member(t, pair, "node", &m) ||
	    !t->ops->type_size(t, pair, &size) || size < m.offset + 8 || size > 256)
		return false;
	c->node_stride = (uint32_t)size;
	c->node_at = m.offset;
	return true;
}

/* kasan_info is embedded. */
static void kasan_members(struct layout_cache *c, struct target *t)
{
	struct target_member info;

	if (!member(t, "kmem_cache", "kasan_info", &info))
		return;
	if (member(t, "kasan_cache", "alloc_meta_offset", &c->kasan_alloc))
		c->kasan_alloc.offset += info.offset;
	if (member(t, "kasan_cache", "free_meta_offset", &c->kasan_free))
		c->kasan_free.offset += info.offset;
}

static bool cache_layout(struct layout_cache *c, struct target *t, char *error)
{
	static const char type[] = "kmem_cache";

	member(t, type, "cpu_slab", &c->cpu_slab);
	member(t, type, "cpu_sheaves", &c->cpu_sheaves);
	member(t, type, "sheaf_capacity", &c->sheaf_capacity);
	member(t, type, "max", &c->max);
	member(t, type, "reserved", &c->reserved);
	member(t, type, "red_left_pad", &c->red_left_pad);
	member(t, type, "random", &c->random);
	member(t, type, "refcount", &c->refcount);
	member(t, type, "ctor", &c->ctor);
	member(t, type, "kobj", &c->kobj);
	kasan_members(c, t);
	/* objsize became object_size in 3.6. */
	if (!member(t, type, "object_size", &c->object_size))
		member(t, type, "objsize", &c->object_size);
	if (!member(t, type, "flags", &c->flags) || !member(t, type, "size", &c->size) ||
	    !member(t, type, "offset", &c->offset) || !member(t, type, "oo", &c->oo) ||
	    !member(t, type, "min", &c->min) || !member(t, type, "inuse", &c->inuse) ||
	    !member(t, type, "align", &c->align) || !member(t, type, "name", &c->name) ||
	    !member(t, type, "list", &c->list) || !member_exists(c->object_size))
		return fail(error, "struct kmem_cache lacks members that every SLUB has");
	if (!cache_nodes_layout(c, t))
		return fail(error, "struct kmem_cache has neither node[] nor per_node[]");
	return true;
}

static void cpu_layout(struct layout *layout, struct target *t)
{
	static const char type[] = "kmem_cache_cpu";
	struct layout_cpu *cpu = &layout->cpu;

	/* The per-CPU slab went away in 7.0. */
	if (!member_exists(layout->cache.cpu_slab))
		return;
	/* 5.17 renamed page to slab. */
	if (!member(t, type, "slab", &cpu->slab))
		member(t, type, "page", &cpu->slab);
	member(t, type, "partial", &cpu->partial);
	layout->has_cpu_slabs = member(t, type, "freelist", &cpu->freelist) &&
				member(t, type, "tid", &cpu->tid) && member_exists(cpu->slab);
}

static void extend_to(size_t *size, struct target_member m)
{
	if (member_exists(m) && *size < m.offset + m.size)
		*size = m.offset + m.size;
}

static bool slab_layout(struct layout_slab *s, struct target *t, char *error)
{
	/* struct slab came in 5.17 (d122019bf061); SLAB had an unrelated one of that name until
	 * 3.12, which has no slab_cache. */
	bool own = member(t, "slab", "slab_cache", &s->cache);
	const char *type = own ? "slab" : "page";

	/* 3.6 has both page.slab and page.slab_cache, and SLUB uses the former. */
	if (!own && !member(t, type, "slab", &s->cache))
		member(t, type, "slab_cache", &s->cache);
	/* slab_list is lru under its own name, 4.18 (4da1984edbbe). */
	if (!member(t, type, "slab_list", &s->list))
		member(t, type, "lru", &s->list);
	/* __page_flags until 6.16. Anything else still is page.flags at the same place. */
	if (!own || !member(t, type, "__page_flags", &s->flags))
		member(t, "page", "flags", &s->flags);
	member(t, type, "next", &s->next);
	/* slabs since 5.16, pages before (b47291ef02b0). */
	if (!member(t, type, "slabs", &s->slabs))
		member(t, type, "pages", &s->slabs);
	member(t, "page", "page_type", &s->page_type);
	member(t, type, "obj_exts", &s->exts);
	if (!member(t, type, "freelist", &s->freelist) ||
	    !member(t, type, "counters", &s->counters) || !member_exists(s->cache) ||
	    !member_exists(s->list) || !member_exists(s->flags))
		return fail(error, "struct %s lacks the members of a slab descriptor", type);
	s->read_size = 0;
	extend_to(&s->read_size, s->flags);
	extend_to(&s->read_size, s->cache);
	extend_to(&s->read_size, s->list);
	extend_to(&s->read_size, s->freelist);
	extend_to(&s->read_size, s->counters);
	extend_to(&s->read_size, s->next);
	extend_to(&s->read_size, s->slabs);
	extend_to(&s->read_size, s->page_type);
	extend_to(&s->read_size, s->exts);
	return true;
}

static bool node_layout(struct layout *layout, struct target *t, char *error)
{
	static const char type[] = "kmem_cache_node";
	struct layout_node *n = &layout->node;
	struct target_member lock;

	member(t, type, "list_lock", &lock);
	layout->lock = lock_layout_find(t);
	n->locked = lock_word(&layout->lock, t, lock);
	member(t, type, "nr_slabs", &n->nr_slabs);
	member(t, type, "total_objects", &n->total_objects);
	if (!member(t, type, "nr_partial", &n->nr_partial) ||
	    !member(t, type, "partial", &n->partial))
		return fail(error, "struct kmem_cache_node has no partial list");
	return true;
}

/* The word of a local_trylock_t: its last byte, acquired, or with PREEMPT_RT a spinlock_t. */
static struct target_member trylock_word(const struct layout *layout, struct target *t,
					 struct target_member lock)
{
	struct target_member acquired, word;

	if (lock.size <= 4)
		return lock;
	/* Debugged locks begin with lockdep's map; until 7.1 their type has no name to ask for. */
	if (member(t, "local_trylock", "acquired", &acquired))
		return (struct target_member){ lock.offset + acquired.offset, acquired.size };
	word = lock_word(&layout->lock, t, lock);
	if (word.size != 8)
		word.size = 0;
	return word;
}

static void barn_layout(struct layout *layout, struct target *t)
{
	static const char type[] = "node_barn";
	struct layout_sheaf *s = &layout->sheaf;
	struct target_member lock;

	s->barn_in_pair = member(t, "kmem_cache_per_node_ptrs", "barn", &s->barn);
	if (!s->barn_in_pair && !member(t, "kmem_cache_node", "barn", &s->barn))
		return;
	member(t, type, "lock", &lock);
	s->barn_locked = lock_word(&layout->lock, t, lock);
	layout->has_barns = member(t, type, "sheaves_full", &s->full) &&
			    member(t, type, "sheaves_empty", &s->empty) &&
			    member(t, type, "nr_full", &s->nr_full) &&
			    member(t, type, "nr_empty", &s->nr_empty) &&
			    member(t, "slab_sheaf", "barn_list", &s->list) &&
			    t->ops->type_size(t, type, &s->barn_size);
}

static void sheaf_layout(struct layout *layout, struct target *t)
{
	static const char cpu[] = "slub_percpu_sheaves", type[] = "slab_sheaf";
	struct layout_sheaf *s = &layout->sheaf;
	struct target_member m;
	size_t size;

	if (!member_exists(layout->cache.cpu_sheaves) ||
	    !member_exists(layout->cache.sheaf_capacity) || !member(t, cpu, "main", &s->main) ||
	    !member(t, cpu, "spare", &s->spare) || !member(t, type, "cache", &s->cache) ||
	    !member(t, type, "size", &s->size) || !t->ops->type_size(t, type, &size))
		return;
	layout->has_sheaves = true;
	/* The array has no size, so a target may not know it; but nothing lies behind it. */
	s->objects = t->ops->member(t, type, "objects", &m) ? m.offset : (uint32_t)size;
	member(t, cpu, "rcu_free", &s->rcu_free);
	if (member(t, cpu, "lock", &m))
		s->cpu_locked = trylock_word(layout, t, m);
	barn_layout(layout, t);
}

static bool flag_bit(struct target *t, const char *enumerator, uint64_t *flag)
{
	int64_t bit;

	if (!t->ops->enumerator(t, enumerator, &bit) || bit < 0 || bit >= 64)
		return false;
	*flag = UINT64_C(1) << bit;
	return true;
}

/* The bits were constants until 6.8 and are positions in an enumeration since (cc61eb851917). */
static void flags_layout(struct layout_flags *f, struct target *t)
{
	*f = (struct layout_flags){
		.consistency_checks = 0x100,
		.red_zone = 0x400,
		.poison = 0x800,
		.store_user = 0x10000,
		.typesafe_by_rcu = 0x80000,
		.trace = 0x200000,
		.reclaim_account = 0x20000,
		.kmalloc = 0x1000, /* nobody's before it was this */
	};
	/* To look in vain for an enumerator costs gdb a search of all there are, so once is enough. */
	if (!flag_bit(t, "_SLAB_RED_ZONE", &f->red_zone))
		return;
	flag_bit(t, "_SLAB_CONSISTENCY_CHECKS", &f->consistency_checks);
	flag_bit(t, "_SLAB_POISON", &f->poison);
	flag_bit(t, "_SLAB_STORE_USER", &f->store_user);
	flag_bit(t, "_SLAB_TYPESAFE_BY_RCU", &f->typesafe_by_rcu);
	flag_bit(t, "_SLAB_TRACE", &f->trace);
	flag_bit(t, "_SLAB_RECLAIM_ACCOUNT", &f->reclaim_account);
	flag_bit(t, "_SLAB_KMALLOC", &f->kmalloc);
}

static bool slab_test_layout(struct layout *layout, struct target *t, char *error)
{
	bool typed = member_exists(layout->slab.page_type);
	uint64_t pg_slab = enumerator_or(t, "PG_slab", UINT64_MAX), pgty_slab;

	if (pg_slab < 64) {
		layout->slab_test = SLAB_TEST_FLAG;
		layout->slab_test_mask = UINT64_C(1) << pg_slab;
	} else if (pg_slab != UINT64_MAX && typed) {
		/* 6.10: base 0xf0000000, bit 0x1000; 6.11: base 0x80000000, bit 0x02000000. */
		layout->slab_test = SLAB_TEST_TYPE_BIT;
		layout->slab_test_value = pg_slab == 0x1000 ? 0xf0000000u : 0x80000000u;
		layout->slab_test_mask = layout->slab_test_value | pg_slab;
	} else {
		pgty_slab = enumerator_or(t, "PGTY_slab", UINT64_MAX);
		if (pgty_slab == UINT64_MAX || !typed)
			return fail(error, "cannot tell how this kernel marks a slab page");
		layout->slab_test = SLAB_TEST_TYPE_BYTE;
		layout->slab_test_value = pgty_slab & 0xff;
	}
	return true;
}

static void order_layout(struct layout *layout, struct target *t)
{
	struct target_member m;
	uint32_t next_page = (uint32_t)layout->page_struct_size;

	layout->order_size = 1;
	if (member(t, "folio", "_folio_order", &m)) {
		layout->order_store = ORDER_IN_FOLIO;
		layout->order_offset = m.offset;
	} else if (member(t, "folio", "_flags_1", &m)) {
		layout->order_store = ORDER_IN_FLAGS_1;
		layout->order_offset = m.offset;
	} else if (member(t, "page", "compound_order", &m)) {
		layout->order_store = ORDER_IN_PAGE;
		layout->order_offset = next_page + m.offset;
		layout->order_size = m.size;
	} else if (member(t, "page", "lru", &m)) {
		layout->order_store = ORDER_IN_LRU_PREV;
		layout->order_offset = next_page + m.offset + 8;
		layout->order_size = 8;
	} else {
		layout->order_store = ORDER_UNKNOWN;
	}
}

static bool page_layout(struct layout *layout, struct target *t, char *error)
{
	uint64_t bit;

	if (!t->ops->type_size(t, "page", &layout->page_struct_size))
		return fail(error, "no debug information for struct page");
	bit = enumerator_or(t, "PG_head", 64);
	layout->page_head_mask = bit < 64 ? UINT64_C(1) << bit : 0;
	bit = enumerator_or(t, "PG_locked", 0);
	layout->page_lock_mask = bit < 64 ? UINT64_C(1) << bit : 0;
	if (!member(t, "page", "compound_head", &layout->compound_head) &&
	    !member(t, "page", "compound_info", &layout->compound_head) &&
	    member(t, "page", "first_page", &layout->first_page)) {
		bit = enumerator_or(t, "PG_tail", 64);
		layout->page_tail_mask = bit < 64 ? UINT64_C(1) << bit : 0;
	}
	order_layout(layout, t);
	return slab_test_layout(layout, t, error);
}

/* Where the words of a CPU mask are. Until 4.4 (5aec01b834fd) it was a bitmap of another name, and the mask
 * a constant pointer to it. */
static bool mask_find(struct memory *memory, const char *what, uint64_t *addr)
{
	char name[32];

	snprintf(name, sizeof(name), "__cpu_%s_mask", what);
	if (symbol(memory->target, name, addr))
		return true;
	snprintf(name, sizeof(name), "cpu_%s_bits", what);
	if (symbol(memory->target, name, addr))
		return true;
	snprintf(name, sizeof(name), "cpu_%s_mask", what);
	return symbol(memory->target, name, addr) &&
	       memory_value(memory, *addr, 8, addr) == TARGET_OK;
}

/* A CPU mask as an array of bool; false when the mask is not in the image. */
static bool mask_read(struct memory *memory, const char *what, bool *bits, unsigned int n)
{
	uint64_t addr, word;

	if (!mask_find(memory, what, &addr))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		if (i % 64 == 0 && memory_value(memory, addr + i / 8, 8, &word) != TARGET_OK)
			return false;
		bits[i] = word >> (i % 64) & 1;
	}
	return true;
}

/* How many CPUs there can be, from the mask of those that can: with CONFIG_FORCE_NR_CPUS (6.1) nr_cpu_ids is
 * a macro for NR_CPUS, which is how many bits a mask has. */
static bool cpus_of_mask(struct memory *memory, uint64_t *n)
{
	uint64_t addr, word;
	size_t bytes;

	if (!memory->target->ops->type_size(memory->target, "cpumask", &bytes) ||
	    !mask_find(memory, "possible", &addr))
		return false;
	*n = 0;
	for (uint64_t at = 0; at + 8 <= bytes && 8 * at < CPUS_MAX; at += 8) {
		if (memory_value(memory, addr + at, 8, &word) != TARGET_OK)
			return false;
		if (word)
			*n = 8 * at + 64 - (uint64_t)__builtin_clzll(word);
	}
	return *n;
}

static bool cpus_count(struct memory *memory, uint64_t *n, char *error)
{
	uint64_t addr;

	*n = 1;
	if (symbol(memory->target, "nr_cpu_ids", &addr)) {
		if (memory_value(memory, addr, 4, n) == TARGET_OK && *n && *n <= CPUS_MAX)
			return true;
		return fail(error, "nr_cpu_ids cannot be read");
	}
	/* A kernel without SMP has one CPU, and no offsets. */
	if (!symbol(memory->target, "__per_cpu_offset", &addr) || cpus_of_mask(memory, n))
		return true;
	return fail(error, "cannot tell how many CPUs there are: no nr_cpu_ids, and no mask of "
			   "possible CPUs can be read");
}

static bool cpus_layout(struct layout *layout, struct memory *memory, struct arena *arena,
			char *error)
{
	uint64_t addr, n;
	uint64_t *offset;
	bool *possible, *online, *active;

	if (!cpus_count(memory, &n, error))
		return false;
	layout->nr_cpus = (unsigned int)n;
	offset = arena_array(arena, n, sizeof(*offset));
	possible = arena_array(arena, n, sizeof(*possible));
	online = arena_array(arena, n, sizeof(*online));
	active = arena_array(arena, n, sizeof(*active));
	if (!offset || !possible || !online || !active)
		return fail(error, "out of memory");
	if (symbol(memory->target, "__per_cpu_offset", &addr))
		for (unsigned int i = 0; i < n; i++)
			if (memory_value(memory, addr + 8 * i, 8, &offset[i]) != TARGET_OK)
				return fail(error, "__per_cpu_offset cannot be read");
	if (!mask_read(memory, "possible", possible, layout->nr_cpus))
		memset(possible, true, n);
	if (!mask_read(memory, "online", online, layout->nr_cpus))
		memcpy(online, possible, n);
	/* A panic takes the other CPUs off the online mask without flushing anything
	 * (stop_this_cpu()); hotplug clears the active mask first. */
	if (mask_read(memory, "active", active, layout->nr_cpus))
		for (unsigned int i = 0; i < n; i++)
			online[i] |= active[i];
	layout->cpu_offset = offset;
	layout->cpu_possible = possible;
	layout->cpu_online = online;
	return true;
}

/* How many nodes there can be, from the cache that kmem_caches come from: its objects have room for the
 * pointers to so many. */
static bool nodes_of_cache(const struct layout *layout, struct memory *memory, uint64_t *n)
{
	const struct layout_cache *c = &layout->cache;
	uint64_t addr, cache, size, room;

	if (!symbol(memory->target, "kmem_cache", &addr) ||
	    memory_value(memory, addr, 8, &cache) != TARGET_OK ||
	    memory_member(memory, cache, c->object_size, &size) != TARGET_OK ||
	    size < c->node.offset || (size - c->node.offset) % c->node_stride)
		return false;
	room = size - c->node.offset;
	*n = room / c->node_stride;
	return *n && room <= c->node.size;
}

static bool nodes_layout(struct layout *layout, struct memory *memory, char *error)
{
	uint64_t addr, n = 1;
	uint64_t most = layout->cache.node.size / layout->cache.node_stride;

	if (symbol(memory->target, "nr_node_ids", &addr)) {
		if (memory_value(memory, addr, 4, &n) != TARGET_OK || !n || n > NODES_MAX)
			return fail(error, "nr_node_ids cannot be read");
	} else if (most > 1 && !nodes_of_cache(layout, memory, &n)) {
		/* It is a macro for 1 where MAX_NUMNODES is 1, and then there is one pointer. */
		return fail(error, "cannot tell how many nodes there are: no nr_node_ids");
	}
	layout->nr_nodes = (unsigned int)(n < most ? n : most);
	return true;
}

/* Whether a static key is on; false when there is none of that name, or it is not in the dump. */
static bool key_read(struct memory *memory, const char *name, bool *on)
{
	struct target_member key = { 0 };
	uint64_t addr, value;

	if (!symbol(memory->target, name, &addr))
		return false;
	/* struct static_key starts with an atomic_t; key is its place in the _true/_false type. */
	member(memory->target, "static_key_false", "key", &key);
	if (memory_value(memory, addr + key.offset, 4, &value) != TARGET_OK)
		return false;
	*on = value != 0;
	return true;
}

/*
 * Whether the hotplug lock is held for writing: percpu_rw_semaphore.block, readers_block to 5.6. Until 4.12
 * (fc8dffd379ca) it was in a structure without a name, whose first word is the task that holds it.
 */
static bool hotplug_busy(struct memory *memory)
{
	struct target_member block;
	uint64_t lock, value;

	if (symbol(memory->target, "cpu_hotplug", &lock))
		return memory_value(memory, lock, 8, &value) == TARGET_OK && value;
	if (!symbol(memory->target, "cpu_hotplug_lock", &lock) ||
	    (!member(memory->target, "percpu_rw_semaphore", "block", &block) &&
	     !member(memory->target, "percpu_rw_semaphore", "readers_block", &block)))
		return false;
	return memory_member(memory, lock, block, &value) == TARGET_OK && value;
}

/* Whether somebody holds slab_mutex. Before 4.10 (3ca0ff571b09) a mutex had a count, 1 at rest, and
 * owner was no part of the lock. */
/* slab_bug(), __slab_err() and bad_page() call add_taint(TAINT_BAD_PAGE), whose bit is 5 ("B"). */
#define TAINT_BAD_PAGE 5

static enum complaint complained(struct memory *memory)
{
	struct target *t = memory->target;
	uint64_t addr, mask;

	if (!t->ops->symbol(t, "tainted_mask", &addr) ||
	    memory_value(memory, addr, 8, &mask) != TARGET_OK)
		return COMPLAINT_UNKNOWN;
	return mask >> TAINT_BAD_PAGE & 1 ? COMPLAINT_YES : COMPLAINT_NO;
}

static bool caches_locked(struct memory *memory)
{
	struct target_member owner, count;
	uint64_t mutex, value;

	if (!symbol(memory->target, "slab_mutex", &mutex))
		return false;
	if (member(memory->target, "mutex", "count", &count))
		return memory_value(memory, mutex + count.offset, 4, &value) == TARGET_OK &&
		       value != 1;
	if (!member(memory->target, "mutex", "owner", &owner))
		return false;
	return memory_member(memory, mutex, owner, &value) == TARGET_OK && value;
}

/*
 * Since 6.8 slabs on a CPU's chain are not frozen (8cd3fa428b56) and a flag marks those on a node's
 * list (8a399e2f6003), both without a change of struct slab. The same series gave partial_context
 * a member object; in later kernels the flag has a name of its own.
 */
static void partial_layout(struct layout *layout, struct target *t)
{
	struct target_member m;
	bool unfrozen = member(t, "partial_context", "object", &m);
	uint64_t bit = 64;

	if (unfrozen)
		bit = enumerator_or(t, "PG_workingset", 64);
	else if (!layout->has_cpu_slabs)
		bit = enumerator_or(t, "SL_partial", 64);
	layout->slab_partial_mask = bit < 64 ? UINT64_C(1) << bit : 0;
	layout->cpu_partial_frozen = layout->has_cpu_slabs && !unfrozen;
}

static void track_layout(struct layout_track *track, struct target *t)
{
	static const char type[] = "track";
	size_t size;

	/* All kernels have the type, if only some use it. */
	if (!t->ops->type_size(t, type, &size) || size > UINT8_MAX ||
	    !member(t, type, "addr", &track->addr) || !member(t, type, "cpu", &track->cpu) ||
	    !member(t, type, "pid", &track->pid) || !member(t, type, "when", &track->when))
		return;
	if (!member(t, type, "handle", &track->handle))
		member(t, type, "addrs", &track->addrs);
	track->size = (uint32_t)size;
}

static void stack_layout(struct layout_stack *stack, struct target *t)
{
	static const char type[] = "stack_record";
	struct target_member m;
	uint64_t pools;
	size_t size;

	/* stack_slabs until 6.2. */
	if ((!symbol(t, "stack_pools", &pools) && !symbol(t, "stack_slabs", &pools)) ||
	    !member(t, type, "handle", &stack->handle) || !member(t, type, "size", &stack->size) ||
	    !t->ops->type_size(t, type, &size))
		return;
	/* Its array may have no size, as that of a sheaf. */
	stack->entries = t->ops->member(t, type, "entries", &m) ? m.offset : (uint32_t)size;
	stack->pools = pools;
}

static void kasan_layout(struct layout *layout, struct target *t)
{
	struct target_member info;
	size_t size;

	layout->kasan.present = member(t, "kmem_cache", "kasan_info", &info);
	if (!layout->kasan.present)
		return;
	/* Of tags (CONFIG_KASAN_SW_TAGS, _HW_TAGS) there may be no such structures. */
	if (t->ops->type_size(t, "kasan_alloc_meta", &size))
		layout->kasan.alloc_size = (uint32_t)size;
	if (t->ops->type_size(t, "kasan_free_meta", &size))
		layout->kasan.free_size = (uint32_t)size;
}

static void range_find(struct layout_range *range, struct target *t, const char *start,
		       const char *end)
{
	struct layout_range found;

	if (symbol(t, start, &found.start) && symbol(t, end, &found.end) && found.start < found.end)
		*range = found;
}

static void text_layout(struct layout_text *text, struct target *t)
{
	uint64_t page, virt;

	range_find(&text->text, t, "_stext", "_etext");
	range_find(&text->init, t, "_sinittext", "_einittext");
	range_find(&text->kernel, t, "_text", "_end");
	if (t->ops->frame_to_page(t, 0, &page) && t->ops->page_to_virt(t, page, &virt))
		text->direct_map =
			(struct layout_range){ virt, virt + (t->nr_pages << t->page_shift) };
}

/* The length of a tick; 0: unknown. tick_nsec is a constant in 7.2: what is left is the clock source
 * that counts ticks. */
static uint64_t tick_ns(struct memory *memory)
{
	struct target *t = memory->target;
	struct target_member mult, shift;
	uint64_t addr, ns = 0, by = 0;

	if (symbol(t, "tick_nsec", &addr))
		return memory_value(memory, addr, 8, &ns) == TARGET_OK ? ns : 0;
	if (!symbol(t, "clocksource_jiffies", &addr) || !member(t, "clocksource", "mult", &mult) ||
	    !member(t, "clocksource", "shift", &shift) ||
	    memory_member(memory, addr, mult, &ns) != TARGET_OK ||
	    memory_member(memory, addr, shift, &by) != TARGET_OK || by > 31)
		return 0;
	return ns >> by;
}

/* How long ago something was: HZ is a constant that only the length of a tick gives away. */
static void time_layout(struct layout *layout, struct memory *memory)
{
	uint64_t addr, ns = tick_ns(memory);

	if (symbol(memory->target, "jiffies", &addr) &&
	    memory_value(memory, addr, 8, &layout->jiffies) != TARGET_OK)
		layout->jiffies = 0;
	if (ns < 100000 || ns > 20000000)
		return;
	/* NTP and odd clocks make it a little more or less. */
	layout->hz = (uint32_t)((1000000000 + ns / 2) / ns);
}

/* What debugging options fill slabs with. */
static void contents_layout(struct layout *layout, struct memory *memory)
{
	struct target *t = memory->target;
	size_t size;

	track_layout(&layout->track, t);
	if (member_exists(layout->track.handle))
		stack_layout(&layout->stack, t);
	kasan_layout(layout, t);
	text_layout(&layout->text, t);
	time_layout(layout, memory);
	if (member_exists(layout->slab.exts) && t->ops->type_size(t, "slabobj_ext", &size))
		layout->slabobj_ext_size = (uint32_t)size;
	/* 946fa0dbf2d8 changed no type. In the same release, 6.2, slab_cache moved before the list in
	 * struct slab (130d4df57390). */
	layout->kmalloc_zones = layout->slab.cache.offset < layout->slab.list.offset;
}

/* kmalloc() has 16 copies of each cache (6.6), one of them of the old name. Which of them serves a caller
 * is drawn anew at each boot. 7.2 calls them parts. */
static const char *kmalloc_copies(struct target *t)
{
	uint64_t addr;
	int64_t value;

	if (!symbol(t, "random_kmalloc_seed", &addr))
		return NULL;
	return t->ops->enumerator(t, "KMALLOC_PARTITION_START", &value) ? "kmalloc-part-"
									: "kmalloc-rnd-";
}

static void features(struct layout *layout, struct memory *memory)
{
	struct target *t = memory->target;
	struct target_member m;
	uint64_t addr;
	size_t size;
	bool debug;

	layout->hardened = member_exists(layout->cache.random);
	partial_layout(layout, t);
	/* 5.15 clears c->page before deactivate_slab() runs. The local_lock that came with it is an
	 * empty structure on most kernels, so a type of the same series tells (5a836bf6b09f), and from
	 * 5.17 on struct slab does. */
	layout->deactivates_in_place = layout->has_cpu_slabs &&
				       !member(t, "slab", "slab_cache", &m) &&
				       !t->ops->type_size(t, "slub_flush_work", &size);
	/* Debug caches take their objects under list_lock since 6.1 (c7323a5ad078); the arguments of
	 * that became struct partial_context. */
	layout->debug_under_lock =
		!layout->has_cpu_slabs || t->ops->type_size(t, "partial_context", &size);
	layout->complained = complained(memory);
	layout->caches_locked = caches_locked(memory);
	layout->hotplug_busy = hotplug_busy(memory);
	key_read(memory, "init_on_alloc", &layout->init_on_alloc); /* 5.3, as the next one */
	key_read(memory, "init_on_free", &layout->init_on_free);
	layout->debug_off = key_read(memory, "slub_debug_enabled", &debug) && !debug;
	layout->kmalloc_copies = kmalloc_copies(t);
	layout->has_kfree_nolock = symbol(t, "kfree_nolock", &addr);
	if (symbol(t, "rcu_free_slab", &addr))
		layout->rcu_free_slab = addr;
	kfence_layout(&layout->kfence, memory);
	contents_layout(layout, memory);
}

bool layout_init(struct layout *layout, struct memory *memory, struct arena *arena,
		 char error[LAYOUT_ERROR_MAX])
{
	struct target *t = memory->target;

	memset(layout, 0, sizeof(*layout));
	if (!allocator_is_slub(t, error) || !cache_layout(&layout->cache, t, error) ||
	    !slab_layout(&layout->slab, t, error) || !node_layout(layout, t, error) ||
	    !page_layout(layout, t, error) || !cpus_layout(layout, memory, arena, error) ||
	    !nodes_layout(layout, memory, error))
		return false;
	cpu_layout(layout, t);
	sheaf_layout(layout, t);
	flags_layout(&layout->flags, t);
	features(layout, memory);
	if (!symbol(t, "slab_caches", &layout->slab_caches))
		return fail(error, "no symbol slab_caches");
	return true;
}

bool layout_is_slab(const struct layout *layout, uint64_t flags, uint64_t page_type)
{
	switch (layout->slab_test) {
	case SLAB_TEST_FLAG:
		return flags & layout->slab_test_mask;
	case SLAB_TEST_TYPE_BIT:
		return (page_type & layout->slab_test_mask) == layout->slab_test_value;
	case SLAB_TEST_TYPE_BYTE:
		return (page_type >> 24 & 0xff) == layout->slab_test_value;
	}
	return false;
}
