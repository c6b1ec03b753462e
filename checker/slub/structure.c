/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/structure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/task.h"
#include "checker/slub/sheaf.h"

/* Members of a structure, and what they are called. */
struct named {
	const char *name;
	struct target_member member;
	bool list; /* a list_head */
};

static bool lies_in(uint64_t addr, uint64_t start, uint64_t size)
{
	return addr - start < size;
}

/* Members can share a place: all of them are named. */
static void member_find(struct structure *s, const struct named *named, size_t n, uint64_t addr)
{
	uint64_t offset = addr - s->start;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		struct target_member m = named[i].member;
		uint64_t size = named[i].list ? 16 : m.size;

		if (!member_exists(m) || !lies_in(offset, m.offset, size) ||
		    used >= sizeof(s->member))
			continue;
		used += (size_t)snprintf(s->member + used, sizeof(s->member) - used, "%s%s%s",
					 used ? " or " : "", named[i].name,
					 !named[i].list		 ? ""
					 : offset - m.offset < 8 ? ".next"
								 : ".prev");
	}
}

static void cache_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_cache *m = &layout->cache;
	const struct named named[] = {
		{ "cpu_slab", m->cpu_slab, false },
		{ "cpu_sheaves", m->cpu_sheaves, false },
		{ "sheaf_capacity", m->sheaf_capacity, false },
		{ "flags", m->flags, false },
		{ "size", m->size, false },
		{ "object_size", m->object_size, false },
		{ "offset", m->offset, false },
		{ "oo", m->oo, false },
		{ "min", m->min, false },
		{ "inuse", m->inuse, false },
		{ "align", m->align, false },
		{ "reserved", m->reserved, false },
		{ "red_left_pad", m->red_left_pad, false },
		{ "random", m->random, false },
		{ "refcount", m->refcount, false },
		{ "ctor", m->ctor, false },
		{ "name", m->name, false },
		{ "list", m->list, true },
		{ "kobj", m->kobj, false },
	};
	uint64_t at = addr - s->start - m->node.offset;

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
	if (!member_exists(m->node) || !m->node_stride ||
	    !lies_in(at, 0, (uint64_t)m->node_stride * layout->nr_nodes))
		return;
	s->node = (int)(at / m->node_stride);
	snprintf(s->member, sizeof(s->member), "%s of node %d",
		 at % m->node_stride - m->node_at < 8 ? "node" : "barn", s->node);
}

/* No longer than the nodes of this machine ask for. */
static uint64_t cache_size(const struct layout *layout, struct target *t)
{
	const struct layout_cache *m = &layout->cache;
	uint64_t end = m->node.offset + (uint64_t)m->node_stride * layout->nr_nodes;
	size_t size;

	if (!t->ops->type_size(t, "kmem_cache", &size))
		size = (size_t)end;
	/* node[] is the last member (3.2). */
	return member_exists(m->node) && end < size ? end : size;
}

/* The last kmem_cache that does not lie behind the address. */
static bool cache_find(struct structure *s, const struct heap *heap, uint64_t addr)
{
	const struct cache_list *list = heap->caches;
	size_t low = 0, high = list->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->sorted[middle] <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	s->start = s->cache = list->sorted[low - 1];
	s->size = cache_size(heap->layout, heap->memory->target);
	if (!lies_in(addr, s->start, s->size))
		return false;
	s->kind = STRUCTURE_CACHE;
	cache_member(s, heap->layout, addr);
	return true;
}

/* How long the structures are that caches lead to; 0: the kernel has none. */
struct sizes {
	size_t cpu, sheaves, node, barn, sheaf;
};

static struct sizes sizes_of(struct target *t, const struct layout *layout)
{
	struct sizes z = { 0 };

	if (layout->has_cpu_slabs)
		t->ops->type_size(t, "kmem_cache_cpu", &z.cpu);
	if (layout->has_sheaves) {
		t->ops->type_size(t, "slub_percpu_sheaves", &z.sheaves);
		z.sheaf = layout->sheaf.objects;
	}
	t->ops->type_size(t, "kmem_cache_node", &z.node);
	if (layout->has_barns)
		z.barn = layout->sheaf.barn_size;
	return z;
}

static void cpu_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_cpu *m = &layout->cpu;
	const struct named named[] = {
		{ "freelist", m->freelist, false },
		{ "tid", m->tid, false },
		{ "slab", m->slab, false },
		{ "partial", m->partial, false },
	};

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

static void sheaves_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_sheaf *m = &layout->sheaf;
	const struct named named[] = {
		{ "main", m->main, false },
		{ "spare", m->spare, false },
		{ "rcu_free", m->rcu_free, false },
		{ "lock", m->cpu_locked, false },
	};

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

static void node_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_node *m = &layout->node;
	const struct target_member none = { 0 };
	const struct named named[] = {
		{ "list_lock", m->locked, false },
		{ "nr_partial", m->nr_partial, false },
		{ "partial", m->partial, true },
		{ "nr_slabs", m->nr_slabs, false },
		{ "total_objects", m->total_objects, false },
		{ "barn", layout->sheaf.barn_in_pair ? none : layout->sheaf.barn, false },
	};

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

static void barn_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_sheaf *m = &layout->sheaf;
	const struct named named[] = {
		{ "lock", m->barn_locked, false },   { "sheaves_full", m->full, true },
		{ "sheaves_empty", m->empty, true }, { "nr_full", m->nr_full, false },
		{ "nr_empty", m->nr_empty, false },
	};

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

static void sheaf_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_sheaf *m = &layout->sheaf;
	const struct named named[] = {
		{ "cache", m->cache, false },
		{ "size", m->size, false },
		{ "barn_list", m->list, true },
	};
	uint64_t offset = addr - s->start;

	if (offset >= m->objects)
		snprintf(s->member, sizeof(s->member), "objects[%" PRIu64 "]",
			 (offset - m->objects) / 8);
	else
		member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

static void page_member(struct structure *s, const struct layout *layout, uint64_t addr)
{
	const struct layout_slab *m = &layout->slab;
	const struct named named[] = {
		{ "flags", m->flags, false },	    { "slab_cache", m->cache, false },
		{ "slab_list", m->list, true },	    { "next", m->next, false },
		{ "slabs", m->slabs, false },	    { "freelist", m->freelist, false },
		{ "counters", m->counters, false }, { "page_type", m->page_type, false },
	};

	member_find(s, named, sizeof(named) / sizeof(named[0]), addr);
}

/* A structure that a CPU has for a cache, at a per-CPU pointer. */
static bool on_cpu(struct structure *s, const struct layout *layout, uint64_t pointer, size_t size,
		   uint64_t addr)
{
	if (!pointer || !size)
		return false;
	for (unsigned int cpu = 0; cpu < layout->kernel.nr_cpus; cpu++) {
		if (!layout->kernel.cpu_possible[cpu] ||
		    !lies_in(addr, pointer + layout->kernel.cpu_offset[cpu], size))
			continue;
		s->start = pointer + layout->kernel.cpu_offset[cpu];
		s->size = size;
		s->cpu = (int)cpu;
		return true;
	}
	return false;
}

/* The barn of a node, whose pointer lies in the kmem_cache_node or beside the pointer to that. */
static uint64_t barn_of(const struct heap *heap, const struct cache *cache, unsigned int node,
			uint64_t node_addr)
{
	const struct layout_sheaf *m = &heap->layout->sheaf;
	uint64_t slot = node_addr + m->barn.offset, barn = 0;

	if (m->barn_in_pair)
		slot = cache_node_slot(cache, heap->layout, node) - heap->layout->cache.node_at +
		       m->barn.offset;
	return memory_value(heap->memory, slot, 8, &barn) == TARGET_OK ? barn : 0;
}

static bool on_node(struct structure *s, struct heap *heap, const struct cache *cache,
		    const struct sizes *z, uint64_t addr)
{
	const struct layout *layout = heap->layout;

	for (unsigned int node = 0; node < layout->nr_nodes; node++) {
		uint64_t at = 0, barn = 0;

		if (cache_node_addr(cache, heap->memory, layout, node, &at) != TARGET_OK || !at)
			continue;
		if (z->barn)
			barn = barn_of(heap, cache, node, at);
		if (!lies_in(addr, at, z->node) && !(barn && lies_in(addr, barn, z->barn)))
			continue;
		s->node = (int)node;
		s->kind = lies_in(addr, at, z->node) ? STRUCTURE_NODE : STRUCTURE_BARN;
		s->start = s->kind == STRUCTURE_NODE ? at : barn;
		s->size = s->kind == STRUCTURE_NODE ? z->node : z->barn;
		if (s->kind == STRUCTURE_NODE)
			node_member(s, layout, addr);
		else
			barn_member(s, layout, addr);
		return true;
	}
	return false;
}

static bool of_cache(struct structure *s, struct heap *heap, const struct cache *cache,
		     const struct sizes *z, uint64_t addr)
{
	if (on_cpu(s, heap->layout, cache->cpu_slab, z->cpu, addr)) {
		s->kind = STRUCTURE_CPU;
		cpu_member(s, heap->layout, addr);
	} else if (on_cpu(s, heap->layout, cache->cpu_sheaves, z->sheaves, addr)) {
		s->kind = STRUCTURE_CPU_SHEAVES;
		sheaves_member(s, heap->layout, addr);
	} else if (!on_node(s, heap, cache, z, addr)) {
		return false;
	}
	s->cache = cache->addr;
	return true;
}

/* A sheaf of a cache, at the start of the object or of the page of the address. */
static bool sheaf_of(struct structure *s, struct heap *heap, const struct cache *cache,
		     uint64_t start, uint64_t addr)
{
	const struct sheaves *sheaves = heap->sheaves;

	if (!cache_walkable(cache))
		return false;
	sheaves_gather(heap->sheaves, heap, cache);
	for (size_t i = 0; i < sheaves->nr_sheaves; i++) {
		const struct sheaf *sheaf = &sheaves->sheaves[i];

		if (sheaf->addr != start || sheaf->kind == SHEAF_NONE ||
		    sheaf->kind == SHEAF_BOOTSTRAP)
			continue;
		s->kind = STRUCTURE_SHEAF;
		s->start = start;
		s->size = heap->layout->sheaf.objects +
			  8 * (sheaf->room != UINT32_MAX ? sheaf->room : cache->sheaf_capacity);
		s->cache = cache->addr;
		s->cpu = sheaf->cpu;
		s->node = sheaf->node;
		s->place = sheaf_finding_place(sheaf->role);
		sheaf_member(s, heap->layout, addr);
		return lies_in(addr, s->start, s->size);
	}
	return false;
}

/* Sheaves are what kmalloc() returned, so only such an address can lie in one. */
static uint64_t sheaf_start(struct heap *heap, uint64_t addr)
{
	struct location at = locate(heap->memory, heap->layout, heap->caches, addr);

	if (!heap->sheaves)
		return 0;
	if (at.index >= 0)
		return addr - at.offset;
	return at.kind == LOCATION_PAGE ? at.base : 0;
}

/* The cache that a sheaf names is asked first; it may be the damaged word. */
static bool sheaf_find(struct structure *s, struct heap *heap, uint64_t addr)
{
	uint64_t start = sheaf_start(heap, addr), named = 0;
	struct cache cache;

	if (!start)
		return false;
	memory_member(heap->memory, start, heap->layout->sheaf.cache, &named);
	if (cache_list_has(heap->caches, named)) {
		cache_read(&cache, heap->memory, heap->layout, named, FREEPTR_PLAIN);
		if (sheaf_of(s, heap, &cache, start, addr))
			return true;
	}
	for (size_t i = 0; i < heap->caches->nr && !heap_cancelled(heap); i++) {
		cache_read(&cache, heap->memory, heap->layout, heap->caches->addrs[i],
			   FREEPTR_PLAIN);
		if (cache.status == TARGET_OK && cache.addr != named &&
		    sheaf_of(s, heap, &cache, start, addr))
			return true;
	}
	*s = (struct structure){ .cpu = -1, .node = -1 };
	return false;
}

static bool caches_find(struct structure *s, struct heap *heap, uint64_t addr)
{
	struct sizes z = sizes_of(heap->memory->target, heap->layout);
	struct cache cache;

	for (size_t i = 0; i < heap->caches->nr && !heap_cancelled(heap); i++) {
		cache_read(&cache, heap->memory, heap->layout, heap->caches->addrs[i],
			   FREEPTR_PLAIN);
		if (cache.status == TARGET_OK && of_cache(s, heap, &cache, &z, addr))
			return true;
	}
	return z.sheaf && sheaf_find(s, heap, addr);
}

static bool page_find(struct structure *s, const struct heap *heap, uint64_t addr)
{
	struct target *t = heap->memory->target;
	size_t size = heap->layout->kernel.page.struct_size;
	uint64_t first;

	if (!size || !t->ops->frame_to_page(t, 0, &first) || addr < first)
		return false;
	s->start = addr - (addr - first) % size;
	s->size = size;
	if (!t->ops->page_to_virt(t, s->start, &s->describes))
		return false;
	s->kind = STRUCTURE_PAGE;
	page_member(s, heap->layout, addr);
	return true;
}

void structure_find(struct structure *s, struct heap *heap, uint64_t addr)
{
	const struct structure none = { .cpu = -1, .node = -1 };

	*s = none;
	if (page_find(s, heap, addr))
		return;
	*s = none;
	if (cache_find(s, heap, addr))
		return;
	*s = none;
	if (!caches_find(s, heap, addr))
		*s = none;
}

static void describe_of_cache(const struct structure *s, struct memory *memory,
			      const struct layout *layout, const char *member, char *buf,
			      size_t len)
{
	char name[4 * CACHE_NAME_MAX], place[64];
	struct cache cache;

	cache_read(&cache, memory, layout, s->cache, FREEPTR_PLAIN);
	text_escape(cache.name, name, sizeof(name));
	if (s->kind == STRUCTURE_SHEAF) {
		snprintf(buf, len, "%s%s, of %s", member,
			 finding_place_text(s->place, s->cpu, s->node, place, sizeof(place)), name);
	} else if (s->kind == STRUCTURE_CACHE) {
		snprintf(buf, len, "%sthe kmem_cache of %s", member, name);
	} else {
		snprintf(buf, len, "%sthe %s of %s, %s %d", member, structure_kind_name(s->kind),
			 name, s->cpu >= 0 ? "CPU" : "node", s->cpu >= 0 ? s->cpu : s->node);
	}
}

char *structure_describe(const struct structure *s, struct memory *memory,
			 const struct layout *layout, char *buf, size_t len)
{
	char member[sizeof(s->member) + 8];

	snprintf(member, sizeof(member), "%s%s", s->member, s->member[0] ? " of " : "");
	if (s->kind == STRUCTURE_PAGE)
		snprintf(buf, len, "%sthe struct page of %" PRIx64, member, s->describes);
	else
		describe_of_cache(s, memory, layout, member, buf, len);
	return buf;
}
