/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/layout.h"

#include <stdio.h>
#include <string.h>

#include "checker/debug/kfence.h"
#include "checker/debug/stack.h"
#include "checker/debug/track.h"

#define NODES_MAX 1024

static uint64_t enumerator_or(struct target *t, const char *name, uint64_t otherwise)
{
	int64_t value;

	return t->ops->enumerator(t, name, &value) ? (uint64_t)value : otherwise;
}

/* Tell SLUB from its predecessors by what struct kmem_cache is made of. */
bool layout_recognise(struct target *t, char error[LAYOUT_ERROR_MAX])
{
	struct target_member m;
	size_t size;

	if (!t->ops->type_size(t, "kmem_cache", &size))
		return kernel_error(error, "no debug information for struct kmem_cache");
	if (target_find(t, "kmem_cache", "oo", &m) && target_find(t, "kmem_cache", "offset", &m))
		return true;
	if (target_find(t, "kmem_cache", "num", &m) || target_find(t, "kmem_cache", "gfporder", &m))
		return kernel_error(error,
				    "this kernel uses SLAB (CONFIG_SLAB); this is known of SLUB "
				    "only");
	return kernel_error(error,
			    "this kernel uses SLOB or no slab allocator; slubcheck checks SLUB "
			    "only");
}

/* node[] became per_node[] in 7.1, whose entries are a barn and a kmem_cache_node. */
static bool cache_nodes_layout(struct layout_cache *c, struct target *t)
{
	static const char pair[] = "kmem_cache_per_node_ptrs";
	struct target_member m;
	size_t size;

	c->node_stride = 8;
	if (target_find(t, "kmem_cache", "node", &c->node))
		return true;
	if (!target_find(t, "kmem_cache", "per_node", &c->node) ||
	    !target_find(t, pair, "node", &m) || !t->ops->type_size(t, pair, &size) ||
	    size < m.offset + 8 || size > 256)
		return false;
	c->node_stride = (uint32_t)size;
	c->node_at = m.offset;
	return true;
}

/* kasan_info is embedded. */
static void kasan_members(struct layout_cache *c, struct target *t)
{
	struct target_member info;

	if (!target_find(t, "kmem_cache", "kasan_info", &info))
		return;
	if (target_find(t, "kasan_cache", "alloc_meta_offset", &c->kasan_alloc))
		c->kasan_alloc.offset += info.offset;
	if (target_find(t, "kasan_cache", "free_meta_offset", &c->kasan_free))
		c->kasan_free.offset += info.offset;
}

static bool cache_layout(struct layout_cache *c, struct target *t, char *error)
{
	static const char type[] = "kmem_cache";

	target_find(t, type, "cpu_slab", &c->cpu_slab);
	target_find(t, type, "cpu_sheaves", &c->cpu_sheaves);
	target_find(t, type, "sheaf_capacity", &c->sheaf_capacity);
	target_find(t, type, "max", &c->max);
	target_find(t, type, "reserved", &c->reserved);
	target_find(t, type, "red_left_pad", &c->red_left_pad);
	target_find(t, type, "random", &c->random);
	target_find(t, type, "refcount", &c->refcount);
	target_find(t, type, "ctor", &c->ctor);
	target_find(t, type, "kobj", &c->kobj);
	kasan_members(c, t);
	/* objsize became object_size in 3.6. */
	if (!target_find(t, type, "object_size", &c->object_size))
		target_find(t, type, "objsize", &c->object_size);
	if (!target_find(t, type, "flags", &c->flags) || !target_find(t, type, "size", &c->size) ||
	    !target_find(t, type, "offset", &c->offset) || !target_find(t, type, "oo", &c->oo) ||
	    !target_find(t, type, "min", &c->min) || !target_find(t, type, "inuse", &c->inuse) ||
	    !target_find(t, type, "align", &c->align) || !target_find(t, type, "name", &c->name) ||
	    !target_find(t, type, "list", &c->list) || !member_exists(c->object_size))
		return kernel_error(error, "struct kmem_cache lacks members that every SLUB has");
	if (!cache_nodes_layout(c, t))
		return kernel_error(error, "struct kmem_cache has neither node[] nor per_node[]");
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
	if (!target_find(t, type, "slab", &cpu->slab))
		target_find(t, type, "page", &cpu->slab);
	target_find(t, type, "partial", &cpu->partial);
	layout->has_cpu_slabs = target_find(t, type, "freelist", &cpu->freelist) &&
				target_find(t, type, "tid", &cpu->tid) && member_exists(cpu->slab);
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
	bool own = target_find(t, "slab", "slab_cache", &s->cache);
	const char *type = own ? "slab" : "page";

	/* 3.6 has both page.slab and page.slab_cache, and SLUB uses the former. */
	if (!own && !target_find(t, type, "slab", &s->cache))
		target_find(t, type, "slab_cache", &s->cache);
	/* slab_list is lru under its own name, 4.18 (4da1984edbbe). */
	if (!target_find(t, type, "slab_list", &s->list))
		target_find(t, type, "lru", &s->list);
	/* __page_flags until 6.16. Anything else still is page.flags at the same place. */
	if (!own || !target_find(t, type, "__page_flags", &s->flags))
		target_find(t, "page", "flags", &s->flags);
	target_find(t, type, "next", &s->next);
	/* slabs since 5.16, pages before (b47291ef02b0). */
	if (!target_find(t, type, "slabs", &s->slabs))
		target_find(t, type, "pages", &s->slabs);
	target_find(t, "page", "page_type", &s->page_type);
	target_find(t, type, "obj_exts", &s->exts);
	if (!target_find(t, "page", "_refcount", &s->refcount))
		target_find(t, "page", "_count", &s->refcount);
	if (!target_find(t, type, "freelist", &s->freelist) ||
	    !target_find(t, type, "counters", &s->counters) || !member_exists(s->cache) ||
	    !member_exists(s->list) || !member_exists(s->flags))
		return kernel_error(error, "struct %s lacks the members of a slab descriptor",
				    type);
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
	extend_to(&s->read_size, s->refcount);
	return true;
}

static bool node_layout(struct layout *layout, struct target *t, char *error)
{
	static const char type[] = "kmem_cache_node";
	struct layout_node *n = &layout->node;
	struct target_member lock;

	target_find(t, type, "list_lock", &lock);
	n->locked = lock_word(&layout->kernel.lock, t, lock);
	target_find(t, type, "nr_slabs", &n->nr_slabs);
	target_find(t, type, "total_objects", &n->total_objects);
	if (!target_find(t, type, "nr_partial", &n->nr_partial) ||
	    !target_find(t, type, "partial", &n->partial))
		return kernel_error(error, "struct kmem_cache_node has no partial list");
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
	if (target_find(t, "local_trylock", "acquired", &acquired))
		return (struct target_member){ lock.offset + acquired.offset, acquired.size };
	word = lock_word(&layout->kernel.lock, t, lock);
	if (word.size != 8)
		word.size = 0;
	return word;
}

static void barn_layout(struct layout *layout, struct target *t)
{
	static const char type[] = "node_barn";
	struct layout_sheaf *s = &layout->sheaf;
	struct target_member lock;

	s->barn_in_pair = target_find(t, "kmem_cache_per_node_ptrs", "barn", &s->barn);
	if (!s->barn_in_pair && !target_find(t, "kmem_cache_node", "barn", &s->barn))
		return;
	target_find(t, type, "lock", &lock);
	s->barn_locked = lock_word(&layout->kernel.lock, t, lock);
	layout->has_barns = target_find(t, type, "sheaves_full", &s->full) &&
			    target_find(t, type, "sheaves_empty", &s->empty) &&
			    target_find(t, type, "nr_full", &s->nr_full) &&
			    target_find(t, type, "nr_empty", &s->nr_empty) &&
			    target_find(t, "slab_sheaf", "barn_list", &s->list) &&
			    t->ops->type_size(t, type, &s->barn_size);
}

static void sheaf_layout(struct layout *layout, struct target *t)
{
	static const char cpu[] = "slub_percpu_sheaves", type[] = "slab_sheaf";
	struct layout_sheaf *s = &layout->sheaf;
	struct target_member m;
	size_t size;

	if (!member_exists(layout->cache.cpu_sheaves) ||
	    !member_exists(layout->cache.sheaf_capacity) ||
	    !target_find(t, cpu, "main", &s->main) || !target_find(t, cpu, "spare", &s->spare) ||
	    !target_find(t, type, "cache", &s->cache) || !target_find(t, type, "size", &s->size) ||
	    !t->ops->type_size(t, type, &size))
		return;
	layout->has_sheaves = true;
	/* The array has no size, so a target may not know it; but nothing lies behind it. */
	s->objects = t->ops->member(t, type, "objects", &m) ? m.offset : (uint32_t)size;
	target_find(t, cpu, "rcu_free", &s->rcu_free);
	if (target_find(t, cpu, "lock", &m))
		s->cpu_locked = trylock_word(layout, t, m);
	barn_layout(layout, t);
}

static bool flag_bit(struct target *t, const char *enumerator, uint64_t *flag)
{
	uint64_t bit = target_bit(t, enumerator);

	if (bit)
		*flag = bit;
	return bit != 0;
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

/*
 * For some weeks before 6.10 the bits of page_type were macros (46df8e73a4a3, until ff202303c398): the
 * flags of pages are known then, and none of them marks a slab.
 */
static bool pg_slab_is_macro(struct target *t)
{
	int64_t value;

	return t->ops->enumerator(t, "PG_locked", &value) &&
	       !t->ops->enumerator(t, "PGTY_slab", &value);
}

static bool slab_test_layout(struct layout *layout, struct target *t, char *error)
{
	bool typed = member_exists(layout->slab.page_type);
	uint64_t pg_slab = enumerator_or(t, "PG_slab", UINT64_MAX), pgty_slab;

	if (pg_slab < 64) {
		layout->slab_test = SLAB_TEST_FLAG;
		layout->slab_test_mask = UINT64_C(1) << pg_slab;
	} else if (typed && (pg_slab != UINT64_MAX || pg_slab_is_macro(t))) {
		/* 6.10: base 0xf0000000, bit 0x1000; 6.11: base 0x80000000, bit 0x02000000. */
		layout->slab_test = SLAB_TEST_TYPE_BIT;
		if (pg_slab == UINT64_MAX)
			pg_slab = 0x1000;
		layout->slab_test_value = pg_slab == 0x1000 ? 0xf0000000u : 0x80000000u;
		layout->slab_test_mask = layout->slab_test_value | pg_slab;
	} else {
		pgty_slab = enumerator_or(t, "PGTY_slab", UINT64_MAX);
		if (pgty_slab == UINT64_MAX || !typed)
			return kernel_error(error, "cannot tell how this kernel marks a slab page");
		layout->slab_test = SLAB_TEST_TYPE_BYTE;
		layout->slab_test_value = pgty_slab & 0xff;
	}
	return true;
}

/* How many nodes there can be, from the cache that kmem_caches come from: its objects have room for the
 * pointers to so many. */
static bool nodes_of_cache(const struct layout *layout, struct memory *memory, uint64_t *n)
{
	const struct layout_cache *c = &layout->cache;
	uint64_t addr, cache, size, room;

	if (!memory->target->ops->symbol(memory->target, "kmem_cache", &addr) ||
	    memory_value(memory, addr, 8, &cache) != TARGET_OK ||
	    memory_member(memory, cache, c->object_size, &size) != TARGET_OK ||
	    size < c->node.offset || (size - c->node.offset) % c->node_stride)
		return false;
	room = size - c->node.offset;
	*n = room / c->node_stride;
	return *n && room <= c->node.size;
}

/* NODES_SHIFT: with a virtual memmap nothing lies above the node in the flags of a page. */
static unsigned int node_bits(uint64_t most)
{
	unsigned int bits = 0;

	while (most >> bits > 1)
		bits++;
	return most == UINT64_C(1) << bits ? bits : 0;
}

static bool nodes_layout(struct layout *layout, struct memory *memory, char *error)
{
	uint64_t addr, n = 1;
	uint64_t most = layout->cache.node.size / layout->cache.node_stride;

	if (memory->target->ops->symbol(memory->target, "nr_node_ids", &addr)) {
		if (memory_value(memory, addr, 4, &n) != TARGET_OK || !n || n > NODES_MAX)
			return kernel_error(error, "nr_node_ids cannot be read");
	} else if (most > 1 && !nodes_of_cache(layout, memory, &n)) {
		/* It is a macro for 1 where MAX_NUMNODES is 1, and then there is one pointer. */
		return kernel_error(error, "cannot tell how many nodes there are: no nr_node_ids");
	}
	layout->nr_nodes = (unsigned int)(n < most ? n : most);
	layout->node_bits = node_bits(most);
	return true;
}

/* Whether somebody holds slab_mutex. Before 4.10 (3ca0ff571b09) a mutex had a count, 1 at rest, and
 * owner was no part of the lock. */
static bool caches_locked(struct memory *memory)
{
	struct target_member owner, count;
	uint64_t mutex, value;

	if (!memory->target->ops->symbol(memory->target, "slab_mutex", &mutex))
		return false;
	if (target_find(memory->target, "mutex", "count", &count))
		return memory_value(memory, mutex + count.offset, 4, &value) == TARGET_OK &&
		       value != 1;
	if (!target_find(memory->target, "mutex", "owner", &owner))
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
	uint64_t bit = 64;

	if (target_find(t, "partial_context", "object", &m))
		bit = enumerator_or(t, "PG_workingset", 64);
	else if (!layout->has_cpu_slabs)
		bit = enumerator_or(t, "SL_partial", 64);
	layout->cpu_partial_frozen = layout->has_cpu_slabs && !layout_has(layout, UNFROZEN_PARTIAL);
	layout->slab_partial_mask = bit < 64 ? UINT64_C(1) << bit : 0;
}

static void kasan_layout(struct layout *layout, struct target *t)
{
	struct target_member info;
	size_t size;

	layout->kasan.present = target_find(t, "kmem_cache", "kasan_info", &info);
	if (!layout->kasan.present)
		return;
	/* Of tags (CONFIG_KASAN_SW_TAGS, _HW_TAGS) there may be no such structures. */
	if (t->ops->type_size(t, "kasan_alloc_meta", &size))
		layout->kasan.alloc_size = (uint32_t)size;
	if (t->ops->type_size(t, "kasan_free_meta", &size))
		layout->kasan.free_size = (uint32_t)size;
}

/* What debugging options fill slabs with. */
static void contents_layout(struct layout *layout, struct memory *memory)
{
	struct target *t = memory->target;
	size_t size;

	track_layout_find(&layout->debug.track, t);
	if (member_exists(layout->debug.track.handle))
		stack_layout_find(&layout->debug.stack, t);
	kfence_layout_find(&layout->debug.kfence, memory);
	kasan_layout(layout, t);
	if (member_exists(layout->slab.exts) && t->ops->type_size(t, "slabobj_ext", &size))
		layout->slabobj_ext_size = (uint32_t)size;
	/* 946fa0dbf2d8 changed no type. In the same release, 6.2, slab_cache moved before the list in
	 * struct slab (130d4df57390). */
	layout->kmalloc_zones = layout_has(layout, SLAB_CACHE_FIRST);
}

/* kmalloc() has 16 copies of each cache (6.6), one of them of the old name. Which of them serves a caller
 * is drawn anew at each boot. 7.2 calls them parts. */
static const char *kmalloc_copies(struct target *t)
{
	uint64_t addr;
	int64_t value;

	if (!t->ops->symbol(t, "random_kmalloc_seed", &addr))
		return NULL;
	return t->ops->enumerator(t, "KMALLOC_PARTITION_START", &value) ? "kmalloc-part-"
									: "kmalloc-rnd-";
}

/* What of the table of features the rules ask for. */
#define FEATURES_OF_RULES                                                        \
	(FEATURE(HARDENED) | FEATURE(UNFROZEN_PARTIAL) | FEATURE(CLEARS_FIRST) | \
	 FEATURE(DEBUG_UNDER_LOCK) | FEATURE(SLAB_CACHE_FIRST))

static void features(struct layout *layout, struct memory *memory)
{
	struct target *t = memory->target;
	uint64_t addr;
	bool debug;

	layout->features = target_features(t, FEATURES_OF_RULES);
	layout->hardened = layout_has(layout, HARDENED);
	partial_layout(layout, t);
	layout->deactivates_in_place = layout->has_cpu_slabs && !layout_has(layout, CLEARS_FIRST);
	layout->debug_under_lock = layout_has(layout, DEBUG_UNDER_LOCK);
	layout->caches_locked = caches_locked(memory);
	kernel_key(memory, "init_on_alloc", &layout->init_on_alloc); /* 5.3, as the next one */
	kernel_key(memory, "init_on_free", &layout->init_on_free);
	layout->debug_off = kernel_key(memory, "slub_debug_enabled", &debug) && !debug;
	layout->kmalloc_copies = kmalloc_copies(t);
	layout->has_kfree_nolock = t->ops->symbol(t, "kfree_nolock", &addr);
	if (t->ops->symbol(t, "rcu_free_slab", &addr))
		layout->rcu_free_slab = addr;
	contents_layout(layout, memory);
}

bool layout_init(struct layout *layout, struct memory *memory, struct arena *arena,
		 char error[LAYOUT_ERROR_MAX])
{
	struct target *t = memory->target;

	memset(layout, 0, sizeof(*layout));
	if (!layout_recognise(t, error) || !cache_layout(&layout->cache, t, error) ||
	    !slab_layout(&layout->slab, t, error) ||
	    !kernel_read(&layout->kernel, memory, arena, error) || !node_layout(layout, t, error) ||
	    !slab_test_layout(layout, t, error) || !nodes_layout(layout, memory, error))
		return false;
	cpu_layout(layout, t);
	sheaf_layout(layout, t);
	flags_layout(&layout->flags, t);
	owner_layout_find(&layout->owner, t);
	features(layout, memory);
	if (!t->ops->symbol(t, "slab_caches", &layout->slab_caches))
		return kernel_error(error, "no symbol slab_caches");
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
