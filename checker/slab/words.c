/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What words in registers are to SLAB, and which of its structures an address lies in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/slab/finding.h"
#include "checker/slab/locate.h"
#include "checker/slab/slab.h"

unsigned int slab_values_of(const struct allocator *a, const struct cache_result *result,
			    const struct finding *f, struct named_value values[NAMED_VALUES_MAX])
{
	const struct slab *s = slab_of(a);
	const struct slab_cache *cache = &slab_result_of(result)->cache;
	unsigned int nr = 0;

	if (f->has & FINDING_HAS_ENTRY)
		values[nr++] = (struct named_value){ f->raw, "the wrong entry of the array", true };
	if (f->cpu >= 0 && (unsigned int)f->cpu < a->kernel->nr_cpus &&
	    member_exists(s->layout.cache.cpu_cache))
		values[nr++] =
			(struct named_value){ cache->cpu_cache + a->kernel->cpu_offset[f->cpu],
					      "the array of that CPU", false };
	return nr;
}

/* Where the slab is whose descriptor lies at an address; without a cache when there is none. */
static struct location slab_location(const struct allocator *a, uint64_t addr)
{
	const struct slab *s = slab_of(a);
	struct target *t = a->memory->target;
	struct location at = { 0 };
	uint64_t virt;

	if (s->layout.has_bufctl) {
		if (memory_member(a->memory, addr, s->layout.slab.s_mem, &virt) != TARGET_OK)
			return at;
	} else if (!t->ops->page_to_virt(t, addr, &virt)) {
		return at;
	}
	at = slab_locate_addr(a->memory, &s->layout, &s->caches, virt);
	if (at.page != addr)
		at.cache = 0;
	return at;
}

bool slab_entry_of_list(const struct allocator *a, uint64_t value, struct location *at)
{
	*at = slab_location(a, value - slab_of(a)->layout.slab.list.offset);
	return at->cache != 0;
}

const char *slab_word_of(const struct allocator *a, uint64_t value, struct location *at)
{
	if (cache_list_index(&slab_of(a)->caches, value) != SIZE_MAX) {
		*at = (struct location){ .kind = LOCATION_NULL, .cache = value };
		return "the kmem_cache";
	}
	*at = slab_location(a, value);
	if (at->cache)
		return "a slab of";
	return slab_entry_of_list(a, value, at) ? "the list entry of a slab of" : NULL;
}

/* The object that a CPU hands out next is the last entry of its array. */
const char *slab_head_of(const struct allocator *a, int cpu, const struct location *object)
{
	const struct slab_layout *layout = &slab_of(a)->layout;
	struct slab_cache cache;
	uint64_t array, avail, entry;

	slab_cache_read(&cache, a->memory, layout, object->cache);
	if (cache.status != TARGET_OK || cpu < 0 || (unsigned int)cpu >= a->kernel->nr_cpus)
		return NULL;
	array = cache.cpu_cache + a->kernel->cpu_offset[cpu];
	if (!member_exists(layout->cache.cpu_cache) &&
	    memory_pointer(a->memory, slab_array_slot(&cache, layout, (unsigned int)cpu), &array) !=
		    TARGET_OK)
		return NULL;
	if (memory_member(a->memory, array, layout->array.avail, &avail) != TARGET_OK || !avail ||
	    memory_pointer(a->memory, array + layout->array.entries + 8 * (avail - 1), &entry) !=
		    TARGET_OK)
		return NULL;
	return entry + cache.obj_offset == object->addr ? "the next entry of this CPU's array"
							: NULL;
}

/* --- Structures --- */

struct named {
	const char *name;
	struct target_member member;
};

static bool lies_in(uint64_t addr, uint64_t start, uint64_t size)
{
	return addr - start < size;
}

static void member_name(struct structure *s, const struct named *named, size_t n, uint64_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (member_exists(named[i].member) &&
		    lies_in(addr - s->start, named[i].member.offset, named[i].member.size))
			snprintf(s->member, sizeof(s->member), "%s", named[i].name);
}

static void cache_member(struct structure *s, const struct slab_layout *layout, uint64_t addr)
{
	const struct slab_cache_members *m = &layout->cache;
	const struct named named[] = {
		{ "cpu_cache", m->cpu_cache },
		{ "array", m->array },
		{ "limit", m->limit },
		{ "batchcount", m->batchcount },
		{ "shared", m->shared },
		{ "size", m->size },
		{ "reciprocal_buffer_size", m->reciprocal },
		{ "object_size", m->object_size },
		{ "flags", m->flags },
		{ "num", m->num },
		{ "gfporder", m->order },
		{ "colour", m->colour },
		{ "colour_off", m->colour_off },
		{ layout->has_bufctl ? "slab_size" : "freelist_size", m->management },
		{ layout->has_bufctl ? "slabp_cache" : "freelist_cache", m->management_cache },
		{ "ctor", m->ctor },
		{ "name", m->name },
		{ "list", m->list },
		{ "refcount", m->refcount },
		{ "obj_offset", m->obj_offset },
		{ "random_seq", m->random_seq },
		{ "node", m->nodes },
	};

	member_name(s, named, sizeof(named) / sizeof(named[0]), addr);
}

/* No longer than the nodes, or the CPUs, of this machine ask for. */
static uint64_t cache_size(const struct slab_layout *layout)
{
	const struct slab_cache_members *m = &layout->cache;

	if (!layout->nodes_pointer)
		return m->nodes.offset + 8 * (uint64_t)layout->nr_nodes;
	return m->array.offset + 8 * ((uint64_t)layout->kernel.nr_cpus + layout->nr_nodes);
}

static bool cache_find(struct structure *s, const struct slab *slab, uint64_t addr)
{
	for (size_t i = 0; i < slab->caches.nr; i++) {
		if (!lies_in(addr, slab->caches.addrs[i], cache_size(&slab->layout)))
			continue;
		s->kind = STRUCTURE_CACHE;
		s->start = s->cache = slab->caches.addrs[i];
		s->size = cache_size(&slab->layout);
		cache_member(s, &slab->layout, addr);
		return true;
	}
	return false;
}

static bool node_find(struct structure *s, const struct slab *slab, const struct slab_node *n,
		      uint64_t addr)
{
	const struct slab_node_members *m = &slab->layout.node;
	const struct named named[] = {
		{ "slabs_partial", m->partial },
		{ "slabs_full", m->full },
		{ "slabs_free", m->free },
		{ "num_slabs", m->num_slabs },
		{ "total_slabs", m->total_slabs },
		{ "free_slabs", m->free_slabs },
		{ "free_objects", m->free_objects },
		{ "colour_next", m->colour_next },
		{ "shared", m->shared },
		{ "alien", m->alien },
		{ "list_lock", m->locked },
	};

	if (!n->addr || !lies_in(addr, n->addr, m->size))
		return false;
	s->kind = STRUCTURE_NODE;
	s->start = n->addr;
	s->size = m->size;
	s->node = n->node;
	member_name(s, named, sizeof(named) / sizeof(named[0]), addr);
	return true;
}

static bool array_find(struct structure *s, const struct slab *slab, const struct slab_array *array,
		       uint64_t addr)
{
	const struct slab_array_members *m = &slab->layout.array;
	const struct named named[] = { { "avail", m->avail },
				       { "limit", m->limit },
				       { "batchcount", m->batchcount },
				       { "touched", m->touched } };
	uint64_t room = array->limit < SLAB_ENTRIES_MAX ? array->limit : SLAB_ENTRIES_MAX;

	if (!array->addr || !lies_in(addr, array->addr, m->entries + 8 * room))
		return false;
	s->kind = STRUCTURE_ARRAY;
	s->start = array->addr;
	s->size = m->entries + 8 * room;
	s->cpu = array->cpu;
	s->node = array->node;
	s->place = array_place(array);
	member_name(s, named, 4, addr);
	if (addr - array->addr >= m->entries)
		snprintf(s->member, sizeof(s->member), "entry %" PRIu64,
			 (addr - array->addr - m->entries) / 8);
	return true;
}

/* The nodes and the arrays of one cache. */
static bool cache_parts(struct structure *s, struct slab *slab, uint64_t cache_addr, uint64_t addr)
{
	struct slab_walker *w = &slab->walker;
	struct slab_cache cache;
	bool found = false;

	slab_cache_read(&cache, slab->common.memory, &slab->layout, cache_addr);
	if (cache.status != TARGET_OK)
		return false;
	for (unsigned int i = 0; i < slab->layout.nr_nodes && !found; i++) {
		slab_heap_node(&w->heap, &cache, i, &w->nodes[i]);
		found = w->nodes[i].status == TARGET_OK && node_find(s, slab, &w->nodes[i], addr);
	}
	if (!found)
		slab_heap_arrays(&w->heap, &cache, w->nodes);
	for (size_t i = 0; !found && i < w->heap.arrays.nr; i++)
		found = array_find(s, slab, &w->heap.arrays.arrays[i], addr);
	if (found)
		s->cache = cache_addr;
	return found;
}

static void page_find(struct structure *s, const struct slab *slab, uint64_t addr)
{
	struct target *t = slab->common.memory->target;
	uint64_t size = slab->layout.kernel.page.struct_size, first, page;

	if (!t->ops->frame_to_page(t, 0, &first) || !size)
		return;
	page = first + (addr - first) / size * size;
	if (addr < first || !t->ops->page_to_virt(t, page, &s->describes))
		return;
	s->kind = STRUCTURE_PAGE;
	s->start = page;
	s->size = size;
}

void slab_structure(struct allocator *a, uint64_t addr, struct structure *s)
{
	struct slab *slab = slab_of(a);

	*s = (struct structure){ .cpu = -1, .node = -1 };
	if (cache_find(s, slab, addr))
		return;
	for (size_t i = 0; i < slab->caches.nr; i++)
		if (cache_parts(s, slab, slab->caches.addrs[i], addr))
			return;
	page_find(s, slab, addr);
}

char *slab_describe_structure(const struct allocator *a, const struct structure *s, char *buf,
			      size_t len)
{
	struct slab_cache cache = { 0 };
	char name[4 * CACHE_NAME_MAX] = "", place[80], what[160];

	if (s->cache) {
		slab_cache_read(&cache, a->memory, &slab_of(a)->layout, s->cache);
		text_escape(cache.name, name, sizeof(name));
	}
	if (s->kind == STRUCTURE_ARRAY)
		snprintf(what, sizeof(what), "%s, for %.64s",
			 finding_place_text(s->place, s->cpu, s->node, place, sizeof(place)), name);
	else if (s->kind == STRUCTURE_NODE)
		snprintf(what, sizeof(what), "the kmem_cache_node of %.64s, node %d", name,
			 s->node);
	else if (s->kind == STRUCTURE_CACHE)
		snprintf(what, sizeof(what), "the kmem_cache of %.64s", name);
	else
		snprintf(what, sizeof(what), "the struct page of 0x%" PRIx64, s->describes);
	snprintf(buf, len, "%s%s%s", s->member, *s->member ? " of " : "", what);
	return buf;
}
