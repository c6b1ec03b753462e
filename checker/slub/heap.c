/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/heap.h"

#include <string.h>

#include "checker/slub/cache_contents.h"
#include "checker/debug/kfence.h"

/* Pages of a slab that a word has bits for: order 6. The largest slab that SLUB makes on its own
 * has order 3. */
#define MAP_PAGES 64

bool heap_init(struct heap *heap, struct memory *memory, const struct layout *layout,
	       const struct cache_list *caches, struct arena *arena)
{
	memset(heap, 0, sizeof(*heap));
	heap->memory = memory;
	heap->layout = layout;
	heap->caches = caches;
	heap->arena = arena;
	heap->page_limit = memory->target->nr_pages;
	heap->bytes_room = memory->page_size << 3; /* PAGE_ALLOC_COSTLY_ORDER: slub_max_order */
	heap->bytes = arena_alloc(arena, heap->bytes_room);
	heap->hops[0] = arena_array(arena, SLAB_MAX_OBJECTS + 1, sizeof(uint16_t));
	heap->hops[1] = arena_array(arena, SLAB_MAX_OBJECTS + 1, sizeof(uint16_t));
	heap->links = arena_array(arena, SLAB_MAX_OBJECTS + 1, sizeof(int32_t));
	heap->linked = arena_alloc(arena, SLAB_MAX_OBJECTS + 1);
	heap->chains = arena_array(arena, SLAB_MAX_OBJECTS + 1, sizeof(*heap->chains));
	heap->path = arena_array(arena, SLAB_MAX_OBJECTS + 1, sizeof(int32_t));
	if (memory->runs) {
		heap->witness = arena_alloc(arena, sizeof(*heap->witness));
		if (!heap->witness || !witness_init(heap->witness, memory, arena))
			return false;
	}
	if (layout->has_sheaves) {
		heap->sheaves = arena_alloc(arena, sizeof(*heap->sheaves));
		if (!heap->sheaves || !sheaves_init(heap->sheaves, layout, arena) ||
		    (memory->runs && !sheaves_watch(heap->sheaves, memory)))
			return false;
	}
	return heap->bytes && heap->hops[0] && heap->hops[1] && heap->links && heap->linked &&
	       heap->chains && heap->path;
}

bool heap_cancelled(const struct heap *heap)
{
	return memory_cancelled(heap->memory);
}

/* The transaction id makes the rest of them a snapshot: no two states of a CPU have the same. */
static void cpu_note(struct heap *heap, const struct cpu_state *cpu)
{
	const struct layout_cpu *m = &heap->layout->cpu;
	struct witness *w = heap->witness;

	witness_back(w, 0);
	if (cpu->status == TARGET_OK) {
		witness_member(w, cpu->addr, m->tid, cpu->tid);
		witness_member(w, cpu->addr, m->freelist, cpu->freelist);
		witness_member(w, cpu->addr, m->slab, cpu->slab);
	}
	heap->witness_cpu = w->nr;
}

void heap_cpu(struct heap *heap, const struct cache *cache, unsigned int cpu, struct cpu_state *out)
{
	const struct layout_cpu *m = &heap->layout->cpu;
	const struct memory_wanted wanted[] = {
		{ m->freelist, &out->freelist },
		{ m->tid, &out->tid },
		{ m->slab, &out->slab },
		{ m->partial, &out->partial },
	};

	memset(out, 0, sizeof(*out));
	out->cpu = (int)cpu;
	out->online = heap->layout->kernel.cpu_online[cpu];
	out->addr = cache->cpu_slab + heap->layout->kernel.cpu_offset[cpu];
	out->status = memory_members(heap->memory, out->addr, wanted, 4);
	out->freelist = memory_untag(heap->memory, out->freelist);
	if (heap->witness)
		cpu_note(heap, out);
}

void heap_node(struct heap *heap, uint64_t addr, unsigned int node, struct node_state *out)
{
	const struct layout_node *m = &heap->layout->node;
	uint64_t lock = 0;
	const struct memory_wanted wanted[] = {
		{ m->nr_partial, &out->nr_partial },
		{ m->nr_slabs, &out->nr_slabs },
		{ m->total_objects, &out->total_objects },
		{ m->locked, &lock },
	};

	memset(out, 0, sizeof(*out));
	out->node = (int)node;
	out->addr = addr;
	out->status = memory_members(heap->memory, addr, wanted, 4);
	out->lock_word = lock;
	out->locked = lock_state(&heap->layout->kernel.lock, m->locked, lock) != LOCK_FREE;
}

static bool is_node_cache(const struct cache *cache)
{
	return cache->name_is != CACHE_NAME_GOOD || !strcmp(cache->name, "kmem_cache_node");
}

/* KFENCE serves that cache like any other. */
static bool is_kfence_node(struct heap *heap, uint64_t addr)
{
	struct kfence_object object;
	struct cache cache;
	enum target_status status =
		kfence_find(heap->memory, &heap->layout->debug.kfence, addr, &object);

	if (status != TARGET_OK)
		return status == TARGET_ABSENT;
	if (object.addr != addr || object.state != KFENCE_IN_USE || !object.cache)
		return false;
	cache_read(&cache, heap->memory, heap->layout, object.cache, FREEPTR_PLAIN);
	return cache.status == TARGET_ABSENT || is_node_cache(&cache);
}

/* Boot made the first nodes by hand, from the slabs of the same cache. */
bool heap_node_genuine(struct heap *heap, uint64_t addr)
{
	struct location at = locate(heap->memory, heap->layout, heap->caches, addr);
	struct cache cache;

	if (at.kind == LOCATION_KFENCE)
		return is_kfence_node(heap, addr);
	if (!at.cache)
		return at.kind == LOCATION_NO_DESCRIPTOR || at.unsure;
	/* A cache whose sizes were overwritten does not tell where its objects start. */
	if (at.kind != LOCATION_OBJECT && !at.unsure)
		return false;
	cache_read(&cache, heap->memory, heap->layout, at.cache, FREEPTR_PLAIN);
	return cache.status == TARGET_ABSENT || is_node_cache(&cache);
}

static uint64_t descriptor_get(const struct slab_state *slab, const uint8_t *bytes,
			       struct target_member m)
{
	return member_exists(m) ? value_get(slab->arch, bytes + m.offset, m.size) : 0;
}

static void descriptor_read(struct heap *heap, struct slab_state *slab)
{
	const struct layout *layout = heap->layout;
	const struct layout_slab *m = &layout->slab;
	uint64_t head;
	uint8_t bytes[256];
	size_t len = m->read_size < sizeof(bytes) ? m->read_size : sizeof(bytes);

	/* The second struct page has the order of the first. */
	memory_window(heap->memory, slab->page, 2 * layout->kernel.page.struct_size);
	slab->arch = heap->memory->arch;
	slab->status = memory_read(heap->memory, slab->page, bytes, len);
	if (slab->status == TARGET_OK)
		slab->status = page_head(heap->memory, &layout->kernel.page, slab->page, &head);
	if (slab->status != TARGET_OK)
		return;
	slab->flags = descriptor_get(slab, bytes, m->flags);
	slab->cache = memory_untag(heap->memory, descriptor_get(slab, bytes, m->cache));
	slab->freelist = memory_untag(heap->memory, descriptor_get(slab, bytes, m->freelist));
	slab->counters = descriptor_get(slab, bytes, m->counters);
	slab->count = slab_counters_decode(slab->counters);
	slab->next = descriptor_get(slab, bytes, m->next);
	slab->slabs = descriptor_get(slab, bytes, m->slabs);
	slab->list_next =
		memory_untag(heap->memory, value_get(slab->arch, bytes + m->list.offset, 8));
	slab->list_prev =
		memory_untag(heap->memory, value_get(slab->arch, bytes + m->list.offset + 8, 8));
	slab->exts = descriptor_get(slab, bytes, m->exts) & ~UINT64_C(7); /* OBJEXTS_FLAGS_MASK */
	slab->refcount = member_exists(m->refcount) ? descriptor_get(slab, bytes, m->refcount) : 1;
	if (layout->nr_nodes > 1 && layout->node_bits)
		slab->nid = (int)(slab->flags >> (64 - layout->node_bits));
	slab->locked = slab->flags & layout->kernel.page.lock_mask;
	slab->partial = slab->flags & layout->slab_partial_mask;
	slab->type = descriptor_get(slab, bytes, m->page_type);
	slab->tail = head != slab->page;
	slab->is_slab = layout_is_slab(layout, slab->flags, slab->type) && !slab->tail;
	slab->order_known = page_order(heap->memory, &layout->kernel.page, slab->page, slab->flags,
				       &slab->order);
}

void heap_descriptor(struct heap *heap, uint64_t page, struct slab_state *out)
{
	struct target *t = heap->memory->target;

	memset(out, 0, sizeof(*out));
	out->page = page;
	out->cpu = out->node = out->nid = -1;
	out->first_shared = -1;
	out->own.end = out->cpu_list.end = WALK_NOT_DONE;
	out->own.from = out->own.before = out->cpu_list.from = out->cpu_list.before = -1;
	out->orphans.head = out->orphans.fits = -1;
	out->page_valid = t->ops->page_to_virt(t, page, &out->base);
	if (out->page_valid) {
		descriptor_read(heap, out);
		memory_window_end(heap->memory);
	} else
		out->status = TARGET_UNMAPPED;
}

static bool bytes_reserve(struct heap *heap, size_t len)
{
	uint8_t *bytes;

	if (len <= heap->bytes_room)
		return true;
	bytes = arena_alloc(heap->arena, len);
	if (!bytes)
		return false;
	heap->bytes = bytes;
	heap->bytes_room = len;
	return true;
}

static size_t slab_pages(const struct slab_state *slab)
{
	return slab->bytes_len / slab->page_size;
}

static bool contents_begin(struct heap *heap, struct slab_state *slab, unsigned int order)
{
	size_t len = slab->page_size << order;

	if (!bytes_reserve(heap, len))
		return false;
	slab->bytes = heap->bytes;
	slab->bytes_len = len;
	return true;
}

/* Absent pages cannot be told from zero pages by their bytes, so they are noted. */
static void page_read(struct heap *heap, struct slab_state *slab, size_t page)
{
	size_t at = page * slab->page_size;
	uint64_t bit = UINT64_C(1) << page;

	if ((slab->known_map | slab->absent_map) & bit)
		return;
	if (memory_bulk(heap->memory, slab->base + at, heap->bytes + at, slab->page_size) ==
	    TARGET_OK) {
		slab->known_map |= bit;
		return;
	}
	memset(heap->bytes + at, 0, slab->page_size);
	slab->absent_map |= bit;
	slab->absent_pages++;
}

/* Read what of the slab has not been read. */
static void contents_complete(struct heap *heap, struct slab_state *slab)
{
	size_t pages = slab_pages(slab);

	if (!slab->bytes)
		return;
	if (!slab->known_map && !slab->absent_map &&
	    memory_bulk(heap->memory, slab->base, heap->bytes, slab->bytes_len) == TARGET_OK) {
		slab->known_map = UINT64_MAX;
		return;
	}
	/* A slab that is too large for the maps is known as a whole or not at all. */
	if (pages > MAP_PAGES) {
		memset(heap->bytes, 0, slab->bytes_len);
		slab->absent_map = UINT64_MAX;
		slab->absent_pages = (uint32_t)pages;
		return;
	}
	for (size_t page = 0; page < pages; page++)
		page_read(heap, slab, page);
}

static bool page_is_known(const struct slab_state *slab, uint64_t at)
{
	return slab->known_map >> (at / slab->page_size % MAP_PAGES) & 1;
}

bool slab_sheaved(const struct slab_state *slab, uint64_t object)
{
	return sheaves_find(slab->sheaves, object) != NULL;
}

const uint8_t *slab_memory(const struct slab_state *slab, uint64_t addr, uint64_t len)
{
	uint64_t at = addr - slab->base;

	if (!slab->bytes || addr < slab->base || slab->bytes_len < len ||
	    at > slab->bytes_len - len)
		return NULL;
	for (uint64_t page = at / slab->page_size; page * slab->page_size < at + len; page++)
		if (!page_is_known(slab, page * slab->page_size))
			return NULL;
	return slab->bytes + at;
}

bool slab_word(const struct slab_state *slab, uint64_t addr, uint64_t *value)
{
	const uint8_t *bytes = slab_memory(slab, addr, 8);

	if (bytes)
		*value = value_get(slab->arch, bytes, 8);
	return bytes;
}

/* slab_word() that reads the page when nobody has. */
static bool word_read(struct heap *heap, struct slab_state *slab, uint64_t addr, uint64_t *value)
{
	uint64_t at = addr - slab->base;

	if (slab_word(slab, addr, value))
		return true;
	if (!slab->bytes || at > slab->bytes_len - 8 || slab_pages(slab) > MAP_PAGES)
		return false;
	page_read(heap, slab, at / slab->page_size);
	page_read(heap, slab, (at + 7) / slab->page_size);
	return slab_word(slab, addr, value);
}

/* Whether @addr is NULL or an object of the slab, which is what a link may be. */
static int32_t link_target(const struct cache *cache, const struct slab_state *slab, uint64_t addr)
{
	struct object_position pos;

	if (!addr)
		return ORPHAN_LAST;
	pos = object_locate(slab->first, cache->size, slab->objects, addr);
	return pos.index >= 0 && !pos.offset ? pos.index : ORPHAN_NONE;
}

static enum walk_end link_wrong(struct heap *heap, const struct slab_state *slab, uint64_t next,
				struct location *there)
{
	if (next >= slab->base && next - slab->base < slab->bytes_len)
		return WALK_MISALIGNED;
	*there = locate(heap->memory, heap->layout, heap->caches, next);
	return WALK_OUTSIDE;
}

/*
 * Follow a freelist through the slab. The bound is that no object can be on it twice: each step
 * marks one, and a marked one ends the walk.
 */
static void freelist_walk(struct heap *heap, const struct cache *cache, struct slab_state *slab,
			  struct freelist *list)
{
	int32_t index;

	list->end = WALK_END;
	list->slot = list->head_slot;
	list->raw = list->next = list->head;
	while ((index = link_target(cache, slab, list->next)) >= 0) {
		if (list->hop[index]) {
			list->end = WALK_CYCLE;
			return;
		}
		list->hop[index] = (uint16_t)++list->length;
		list->before = list->from;
		list->from = index;
		list->slot = list->next + cache->offset;
		if (!word_read(heap, slab, list->slot, &list->raw)) {
			list->end = WALK_ABSENT;
			return;
		}
		witness_note(heap->witness, list->slot, 8, list->raw);
		list->next = cache_link(cache, list->raw, list->slot);
		if (link_target(cache, slab, list->next) == ORPHAN_NONE)
			heap->links_bad++;
		else
			heap->links_good++;
	}
	if (index == ORPHAN_NONE)
		list->end = link_wrong(heap, slab, list->next, &list->there);
}

static void shared_find(struct slab_state *slab)
{
	uint32_t first = UINT32_MAX;

	for (uint32_t i = 0; i < slab->objects; i++) {
		if (!slab->own.hop[i] || !slab->cpu_list.hop[i])
			continue;
		slab->shared++;
		if (slab->cpu_list.hop[i] < first) {
			first = slab->cpu_list.hop[i];
			slab->first_shared = (int32_t)i;
		}
	}
}

/* Fill links[] for the objects that are on no list, and count those with a link and without. */
static void orphan_links(struct heap *heap, const struct cache *cache, struct slab_state *slab)
{
	struct orphans *o = &slab->orphans;

	for (uint32_t i = 0; i < slab->objects; i++) {
		uint64_t slot = slab_object(cache, slab, (int32_t)i) + cache->offset, raw;

		heap->links[i] = ORPHAN_NONE;
		/* What a refill took off a freelist and put into a sheaf still carries its link. */
		if (slab->own.hop[i] || slab->cpu_list.hop[i] ||
		    slab_sheaved(slab, slot - cache->offset) || !slab_word(slab, slot, &raw))
			continue;
		heap->links[i] = link_target(cache, slab, cache_link(cache, raw, slot));
		if (heap->links[i] == ORPHAN_NONE)
			o->others++;
		else
			o->nr++;
	}
}

/*
 * Where the chain from an orphan ends and how long it is, for each of them, each link once: a walk
 * ends at an orphan that is known already, and what it passed is then numbered from its end. A
 * chain ends with NULL, or where it joins a list again. One that leads out of the orphans wrongly,
 * or into a cycle, has no length.
 */
static void chains_measure(struct heap *heap, const struct slab_state *slab)
{
	struct orphan_chain *chains = heap->chains;

	for (uint32_t i = 0; i < slab->objects; i++)
		chains[i] = (struct orphan_chain){ ORPHAN_UNSEEN, 0 };
	for (uint32_t start = 0; start < slab->objects; start++) {
		struct orphan_chain end = { ORPHAN_NONE, 0 };
		int32_t i = (int32_t)start;
		uint32_t passed = 0;

		for (; i >= 0 && !slab_listed(slab, (uint32_t)i); i = heap->links[i]) {
			if (heap->links[i] == ORPHAN_NONE || chains[i].end != ORPHAN_UNSEEN)
				break;
			chains[i].end = ORPHAN_NONE; /* what a cycle comes back to */
			heap->path[passed++] = i;
			heap->links_followed++;
		}
		if (i < 0)
			end = (struct orphan_chain){ ORPHAN_LAST, 0 };
		else if (slab_listed(slab, (uint32_t)i))
			end = (struct orphan_chain){ i, 0 };
		else if (chains[i].length)
			end = chains[i];
		while (passed--) {
			end.length += end.end != ORPHAN_NONE;
			chains[heap->path[passed]] = end;
		}
	}
}

/* Each chain by its head, which is an orphan that no other orphan links to. */
static void chains_count(struct heap *heap, struct slab_state *slab)
{
	struct orphans *o = &slab->orphans;
	uint8_t *linked = heap->linked;

	memset(linked, 0, slab->objects);
	for (uint32_t i = 0; i < slab->objects; i++)
		if (heap->links[i] >= 0)
			linked[heap->links[i]] = 1;
	for (uint32_t i = 0; i < slab->objects; i++) {
		uint32_t length = heap->chains[i].length;

		if (linked[i] || heap->links[i] == ORPHAN_NONE || !length)
			continue;
		o->chains++;
		if (length > o->length) {
			o->length = length;
			o->head = (int32_t)i;
		}
	}
}

/* An allocated object may still lead to what was behind it, so that the head of the lost chain need
 * not be one that no orphan links to. */
int32_t orphans_chain_of(const struct slab_state *slab, uint32_t length)
{
	const struct orphans *o = &slab->orphans;
	int32_t found = -1;

	for (uint32_t i = 0; o->nr && length && i < slab->objects; i++) {
		if (o->links[i] == ORPHAN_NONE || o->chain[i].length != length)
			continue;
		if (found >= 0)
			return -1;
		found = (int32_t)i;
	}
	return found;
}

bool orphans_pass(const struct slab_state *slab, int32_t start, int32_t index)
{
	const struct orphans *o = &slab->orphans;
	uint32_t length = o->chain[start].length;

	for (uint32_t n = 0; n < length; n++, start = o->links[start])
		if (start == index)
			return true;
	return false;
}

bool orphans_alone(const struct slab_state *slab)
{
	const struct orphans *o = &slab->orphans;

	return o->chains == 1 && o->length == o->nr && o->others >= ORPHANS_OTHERS_TELL &&
	       o->others >= o->nr;
}

/*
 * The chain that was lost, as far as nothing else explains it: the only one of the length that the counters
 * miss, and not the end of a longer one; -1: it is not known.
 *
 * Where the list itself is whole, a use count that is too low by a few looks the same, by an old chain of
 * that length.
 */
static int32_t orphans_rest(const struct slab_state *slab)
{
	const struct orphans *o = &slab->orphans;
	bool enough = o->told || slab->own.end != WALK_END || o->missing >= ORPHANS_CUT_SURE ||
		      orphans_alone(slab);

	return o->fits >= 0 && !o->linked[o->fits] && enough ? o->fits : -1;
}

bool orphans_lost(const struct slab_state *slab, int32_t index, bool *is_lost)
{
	const struct orphans *o = &slab->orphans;
	bool cpu_broken = slab->role == ROLE_CPU && slab->cpu_list.end != WALK_END;
	bool own_whole = slab->own.end == WALK_END && !o->missing;
	int32_t rest;

	*is_lost = false;
	if (!o->links)
		return slab_lists_end(slab) && !slab->shared;
	if (o->told && o->links[index] != ORPHAN_NONE) {
		*is_lost = true;
		return true;
	}
	/* Nobody counts what the CPU's list has lost. */
	if (cpu_broken && own_whole && o->length > 1 && orphans_alone(slab)) {
		*is_lost = o->links[index] != ORPHAN_NONE;
		return true;
	}
	if (cpu_broken || !o->counted)
		return false;
	/* Where the list breaks at an object in use, to which a damaged link led, one is lost all the same. */
	if (!o->missing)
		return slab->own.end == WALK_END || o->links[index] == ORPHAN_NONE;
	rest = orphans_rest(slab);
	if (rest < 0)
		return false;
	*is_lost = orphans_pass(slab, rest, index);
	return true;
}

/* Only where an allocated object cannot still carry the link it had when it was free. */
static bool orphans_tell(const struct heap *heap, const struct cache *cache)
{
	const struct layout *l = heap->layout;

	return l->hardened && l->init_on_alloc && !cache->ctor &&
	       cache->offset + 8 <= cache->object_size &&
	       !(cache->flags & (l->flags.typesafe_by_rcu | l->flags.poison));
}

/* Look for what a cut chain left behind. @counted: the counters know how long the slab's list is. */
static void orphans_find(struct heap *heap, const struct cache *cache, struct slab_state *slab,
			 bool counted)
{
	struct orphans *o = &slab->orphans;
	uint32_t free = slab->objects - slab->count.inuse;

	o->told = orphans_tell(heap, cache);
	o->counted = counted && slab->count.inuse <= slab->objects && slab->own.length <= free;
	if (o->counted)
		o->missing = free - slab->own.length;
	orphan_links(heap, cache, slab);
	o->links = heap->links;
	o->chain = heap->chains;
	o->linked = heap->linked;
	chains_measure(heap, slab);
	if (!o->nr)
		return;
	chains_count(heap, slab);
	/* Without a count to go by, the only chain there is has to be it. */
	if (o->missing)
		o->fits = orphans_chain_of(slab, o->missing);
	else if (!o->counted && o->chains == 1)
		o->fits = o->head;
}

static void orphans_judge_need(struct heap *heap, const struct cache *cache,
			       struct slab_state *slab)
{
	uint32_t listed = slab->own.length;
	uint32_t free = slab->count.inuse <= slab->objects ? slab->objects - slab->count.inuse : 0;
	bool own_broken = slab->own.end != WALK_END;
	bool cpu_broken = slab->role == ROLE_CPU && slab->cpu_list.end != WALK_END;

	if (slab->absent_pages)
		return;
	if (own_broken || listed != free)
		orphans_find(heap, cache, slab, true);
	else if (cpu_broken || (slab->role == ROLE_CPU && orphans_tell(heap, cache)))
		orphans_find(heap, cache, slab, false);
}

/* Nobody asks for the rest of a slab whose list is as long as its counters say. */
static bool slab_is_plain(const struct heap *heap, const struct cache *cache,
			  const struct slab_state *slab)
{
	struct contents c = cache_contents(cache, heap->layout);

	return slab->role != ROLE_CPU && slab->own.end == WALK_END &&
	       slab->own.length + slab->count.inuse == slab->objects &&
	       slab->cache == cache->addr && !contents_known(&c) && !c.cleared;
}

static void lists_walk(struct heap *heap, const struct cache *cache, struct slab_state *slab)
{
	memset(heap->hops[0], 0, slab->objects * sizeof(uint16_t));
	memset(heap->hops[1], 0, slab->objects * sizeof(uint16_t));
	slab->own.hop = heap->hops[0];
	slab->cpu_list.hop = heap->hops[1];
	slab->own.head = slab->freelist;
	slab->own.head_slot = slab->page + heap->layout->slab.freelist.offset;
	freelist_walk(heap, cache, slab, &slab->own);
	if (slab->role == ROLE_CPU) {
		freelist_walk(heap, cache, slab, &slab->cpu_list);
		shared_find(slab);
	}
	slab->walked = true;
	if (!slab_is_plain(heap, cache, slab))
		contents_complete(heap, slab);
	orphans_judge_need(heap, cache, slab);
}

/* Objects in sheaves count as in use, and have been cleared when they were freed. */
static bool slab_has_sheaved(const struct slab_state *slab, unsigned int order)
{
	return sheaves_lead_into(slab->sheaves, slab->base,
				 slab->base + (slab->page_size << order));
}

/* The words that each change of a slab goes through: its freelist and counters change in one store, and
 * what led here is a link to it as long as it is on that list. */
static void slab_note(struct heap *heap, const struct slab_place *place,
		      const struct slab_state *slab)
{
	const struct layout_slab *m = &heap->layout->slab;
	struct witness *w = heap->witness;

	if (place->slot)
		witness_note(w, place->slot, 8,
			     slab->page + (place->role == ROLE_NODE_PARTIAL ? m->list.offset : 0));
	if (slab->status != TARGET_OK)
		return;
	witness_member(w, slab->page, m->freelist, slab->freelist);
	witness_member(w, slab->page, m->counters, slab->counters);
	witness_member(w, slab->page, m->cache, slab->cache);
	witness_member(w, slab->page, m->flags, slab->flags);
	witness_member(w, slab->page, m->page_type, slab->type);
}

void heap_witness(struct heap *heap, const struct slab_place *place, const struct slab_state *slab)
{
	if (!heap->witness)
		return;
	witness_back(heap->witness, 0);
	slab_note(heap, place, slab);
}

static void slab_gather(struct heap *heap, const struct cache *cache, struct slab_place place,
			const struct cpu_state *cpu_state, struct slab_state *out)
{
	struct contents contents;
	unsigned int order;

	heap_descriptor(heap, place.page, out);
	if (heap->witness) {
		slab_note(heap, &place, out);
		heap->witness_guards = heap->witness->nr;
	}
	out->role = place.role;
	out->cpu = place.cpu;
	out->node = place.node;
	out->slot = place.slot;
	out->page_size = heap->memory->page_size;
	out->sheaves = heap->sheaves;
	if (cpu_state) {
		out->cpu_list.head = cpu_state->freelist;
		out->cpu_list.head_slot = cpu_state->addr + heap->layout->cpu.freelist.offset;
	}
	if (out->status != TARGET_OK || !out->is_slab || !cache_walkable(cache))
		return;
	order = out->order_known && cache_order_legal(cache, out->order) ? out->order
									 : oo_order(cache->oo);
	out->objects = order_objects(order, cache->size, out->page_size, cache->reserved);
	out->first = out->base + cache->first;
	contents = cache_contents(cache, heap->layout);
	/* Nothing is free: mostly the contents would tell nothing. */
	if ((out->freelist || out->cpu_list.head || out->count.inuse != out->objects ||
	     contents_known(&contents) || (contents.cleared && slab_has_sheaved(out, order))) &&
	    !contents_begin(heap, out, order))
		return;
	if (slab_pages(out) > MAP_PAGES)
		contents_complete(heap, out);
	if (!out->bytes)
		out->bytes_len = out->page_size << order;
	lists_walk(heap, cache, out);
}

/* Gather until what each change goes through is as it was: the links were read in between. */
static void slab_settle(struct heap *heap, const struct cache *cache, struct slab_place place,
			const struct cpu_state *cpu_state, struct slab_state *out)
{
	struct witness *w = heap->witness;
	size_t first = cpu_state ? heap->witness_cpu : 0;

	for (unsigned int i = 0; i < HEAP_TRIES; i++) {
		witness_back(w, first);
		slab_gather(heap, cache, place, cpu_state, out);
		/* The links behind them cannot change without these. */
		if (witness_holds(w, 0, heap->witness_guards))
			return;
		heap->retries++;
		/* The CPU has moved on, so that the caller has to ask it again; or the slab has left the
		 * list. */
		if ((first && !witness_holds(w, 0, first)) ||
		    (place.slot && !witness_holds(w, first, first + 1)))
			break;
	}
	out->busy = true;
}

void heap_slab(struct heap *heap, const struct cache *cache, struct slab_place place,
	       const struct cpu_state *cpu_state, struct slab_state *out)
{
	heap->slabs++;
	if (heap->witness)
		slab_settle(heap, cache, place, cpu_state, out);
	else
		slab_gather(heap, cache, place, cpu_state, out);
}
