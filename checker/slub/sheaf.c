/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/sheaf.h"

#include <stdlib.h>
#include <string.h>

#include "checker/debug/kfence.h"
#include "checker/slub/locate.h"
#include "decoders/slab.h"

/* More than any cache asks for: maple_tree, the largest user, wants 32. It bounds what is read at
 * the word of a kmem_cache that may have been overwritten. */
#define ENTRIES_MAX 16384u

/* The smallest object of a kmalloc cache that a list_head and the rest of a sheaf's head fit into. */
#define SHEAF_SIZE_MIN 32

/* The gathering of one cache. */
struct gather {
	struct sheaves *s;
	struct heap *heap;
	const struct cache *cache;
	const struct layout_sheaf *m;
	/* The kmalloc cache that the last sheaf came from, and what its objects have room for. */
	uint64_t owner;
	uint32_t owner_room;
	struct witness *words; /* of a kernel that runs: what is gathered now rests on; else NULL */
	uint64_t last; /* the list entry that was visited last */
};

/* Reading a sheaf. */

static uint32_t room_of(struct gather *g, uint64_t owner)
{
	struct cache cache;
	uint64_t room = UINT32_MAX;

	if (owner == g->owner)
		return g->owner_room;
	cache_read(&cache, g->heap->memory, g->heap->layout, owner, FREEPTR_PLAIN);
	if (cache_walkable(&cache)) {
		room = cache.object_size > g->m->objects ? (cache.object_size - g->m->objects) / 8
							 : 0;
		room = room < ENTRIES_MAX ? room : ENTRIES_MAX;
	}
	g->owner = owner;
	g->owner_room = (uint32_t)room;
	return g->owner_room;
}

/*
 * Whether sheaves and barns can be at an address: they are objects of kmalloc caches, or pages of
 * kmalloc() when they are very large, or they came from KFENCE. So far as the dump tells.
 */
static bool can_be_kmalloced(const struct location *at)
{
	switch (at->kind) {
	case LOCATION_OBJECT:
	case LOCATION_PAGE:
	case LOCATION_KFENCE:
	case LOCATION_SLAB: /* whose slab_cache was overwritten */
		return true;
	default:
		return location_untold(at);
	}
}

/* The bootstrap sheaf is a static variable. */
static bool can_be_sheaf(const struct location *at)
{
	return at->kind == LOCATION_MAPPED || can_be_kmalloced(at);
}

static enum sheaf_kind kind_of(const struct gather *g, const struct sheaf *sheaf,
			       const struct location *at)
{
	if (sheaf->cache == g->cache->addr)
		return SHEAF_OWN;
	if (at->kind == LOCATION_MAPPED && sheaf->role == SHEAF_MAIN && !sheaf->cache &&
	    !sheaf->size)
		return SHEAF_BOOTSTRAP;
	return at->kind == LOCATION_OBJECT || location_untold(at) ? SHEAF_FOREIGN : SHEAF_NONE;
}

static void sheaf_read(struct gather *g, struct sheaf *sheaf)
{
	const struct memory_wanted wanted[] = {
		{ g->m->cache, &sheaf->cache },
		{ g->m->size, &sheaf->size },
	};
	struct location at = locate(g->heap->memory, g->heap->layout, g->heap->caches, sheaf->addr);

	sheaf->kind = SHEAF_NONE;
	sheaf->room = UINT32_MAX;
	sheaf->status = at.kind == LOCATION_ABSENT ? TARGET_ABSENT : TARGET_UNMAPPED;
	if (at.kind <= LOCATION_UNMAPPED || at.kind == LOCATION_ABSENT || sheaf->addr % 8)
		return;
	sheaf->status = memory_members(g->heap->memory, sheaf->addr, wanted, 2);
	if (g->words && sheaf->status == TARGET_OK) {
		witness_member(g->words, sheaf->addr, g->m->cache, sheaf->cache);
		witness_member(g->words, sheaf->addr, g->m->size, sheaf->size);
	}
	sheaf->cache = memory_untag(g->heap->memory, sheaf->cache);
	if (sheaf->status != TARGET_OK || !can_be_sheaf(&at))
		return;
	sheaf->kind = kind_of(g, sheaf, &at);
	if (at.kind == LOCATION_OBJECT)
		sheaf->room = room_of(g, at.cache);
}

static void entries_add(const struct gather *g, struct sheaf *sheaf, uint32_t index, uint32_t nr)
{
	struct sheaves *s = g->s;

	if (!sheaves_reserve(s, (void **)&s->entries, &s->entries_room, s->nr_entries + nr,
			     sizeof(*s->entries)))
		return;
	for (uint32_t i = 0; i < nr; i++)
		witness_note(g->words, sheaf->addr + g->m->objects + 8 * (uint64_t)i, 8,
			     value_get(g->heap->memory->arch, &s->words[i], 8));
	for (uint32_t i = 0; i < nr; i++)
		s->entries[s->nr_entries++] = (struct sheaf_entry){
			.object = memory_untag(g->heap->memory,
					       value_get(g->heap->memory->arch, &s->words[i], 8)),
			.sheaf = index,
			.entry = (uint16_t)i
		};
	sheaf->nr = nr;
}

/* Entries from size on are what was there before; of a sheaf whose size makes no sense all are. */
static void entries_read(const struct gather *g, struct sheaf *sheaf, uint32_t index)
{
	struct sheaves *s = g->s;
	uint64_t limit = sheaf->room != UINT32_MAX ? sheaf->room : g->cache->sheaf_capacity;
	uint64_t at = sheaf->addr + g->m->objects;
	size_t len = (size_t)sheaf->size * 8;

	if (sheaf->kind != SHEAF_OWN || sheaf->before != SHEAF_FIRST || !sheaf->size ||
	    sheaf->size > limit || sheaf->size > ENTRIES_MAX)
		return;
	if (!sheaves_reserve(s, (void **)&s->words, &s->words_room, (size_t)sheaf->size, 8))
		return;
	/* Small ones share pages. */
	sheaf->objects_status = len < g->heap->memory->page_size
					? memory_read(g->heap->memory, at, s->words, len)
					: memory_bulk(g->heap->memory, at, s->words, len);
	if (sheaf->objects_status == TARGET_OK)
		entries_add(g, sheaf, index, (uint32_t)sheaf->size);
}

/* Keep a sheaf that was read, and what it holds unless it was met before. */
static bool sheaf_add(const struct gather *g, const struct sheaf *sheaf)
{
	struct sheaf *kept = sheaves_add(g->s, sheaf);

	if (kept)
		entries_read(g, kept, (uint32_t)(g->s->nr_sheaves - 1));
	return kept;
}

/* CPUs */

static void cpu_sheaf(struct gather *g, const struct sheaf *place, enum sheaf_role role,
		      uint64_t slot, uint64_t addr)
{
	struct sheaf sheaf = *place;

	if (!addr && role != SHEAF_MAIN)
		return;
	sheaf.role = role;
	sheaf.slot = slot;
	sheaf.addr = memory_untag(g->heap->memory, addr);
	sheaf_read(g, &sheaf);
	sheaf_add(g, &sheaf);
}

/* Returns false when no CPU's can be read. */
static bool cpu_gather(struct gather *g, unsigned int cpu)
{
	const struct layout *layout = g->heap->layout;
	const struct layout_sheaf *m = g->m;
	uint64_t base = g->cache->cpu_sheaves + layout->kernel.cpu_offset[cpu];
	uint64_t main = 0, spare = 0, rcu_free = 0, locked = 1;
	const struct memory_wanted wanted[] = {
		{ m->main, &main },
		{ m->spare, &spare },
		{ m->rcu_free, &rcu_free },
		{ m->cpu_locked, &locked },
	};
	struct sheaf place = { .cpu = (int)cpu, .node = -1 };
	enum target_status status = memory_members(g->heap->memory, base, wanted, 4);

	if (status != TARGET_OK) {
		g->s->cpu_faults[g->s->nr_cpu_faults++] =
			(struct sheaf_cpu_fault){ (int)cpu, base, status, false };
		return status == TARGET_ABSENT;
	}
	if (g->words) {
		witness_member(g->words, base, m->main, main);
		witness_member(g->words, base, m->spare, spare);
		witness_member(g->words, base, m->rcu_free, rcu_free);
		witness_member(g->words, base, m->cpu_locked, locked);
	}
	place.locked = locked != 0;
	place.dying = !layout->kernel.cpu_online[cpu] && layout->kernel.hotplug_busy;
	cpu_sheaf(g, &place, SHEAF_MAIN, base + m->main.offset, main);
	cpu_sheaf(g, &place, SHEAF_SPARE, base + m->spare.offset, spare);
	cpu_sheaf(g, &place, SHEAF_RCU_FREE, base + m->rcu_free.offset, rcu_free);
	return true;
}

/* The same of a kernel that runs, until the CPU holds still; else its sheaves are left out. */
static bool cpu_settle(struct gather *g, unsigned int cpu)
{
	const struct sheaves_mark mark = sheaves_mark(g->s);
	size_t first = g->s->cpu_words->nr;

	g->words = g->s->cpu_words;
	for (unsigned int i = 0; i < HEAP_TRIES && !heap_cancelled(g->heap); i++) {
		bool more = cpu_gather(g, cpu);

		if (witness_holds(g->words, first, g->words->nr))
			return more;
		sheaves_back(g->s, &mark);
		witness_back(g->words, first);
		g->heap->retries++;
	}
	g->s->unsettled = true;
	return true;
}

/* When no CPU of several has a main sheaf, all of them are looked for in the wrong place. */
static bool cpus_lead_nowhere(const struct sheaves *s)
{
	size_t mains = 0;

	for (size_t i = 0; i < s->nr_sheaves; i++) {
		const struct sheaf *sheaf = &s->sheaves[i];

		if (sheaf->kind == SHEAF_OWN || sheaf->kind == SHEAF_BOOTSTRAP ||
		    sheaf->status == TARGET_ABSENT)
			return false;
		mains += sheaf->role == SHEAF_MAIN;
	}
	return mains > 1;
}

static void cpus_gather(struct gather *g)
{
	const struct layout *layout = g->heap->layout;
	struct sheaves *s = g->s;

	/* Until 6.19 a cache without sheaves has none of these either. */
	if (!g->cache->cpu_sheaves && !g->cache->sheaf_capacity)
		return;
	for (unsigned int cpu = 0; cpu < layout->kernel.nr_cpus; cpu++) {
		if (!layout->kernel.cpu_possible[cpu])
			continue;
		if (!g->cache->cpu_sheaves ||
		    !(s->cpu_words ? cpu_settle(g, cpu) : cpu_gather(g, cpu)))
			break;
	}
	if (g->cache->cpu_sheaves && !cpus_lead_nowhere(s))
		return;
	sheaves_clear(s);
	s->cpu_faults[s->nr_cpu_faults++] = (struct sheaf_cpu_fault){
		.cpu = -1, .addr = g->cache->cpu_sheaves, .status = TARGET_UNMAPPED, .all = true
	};
}

/* Barns */

/* The walk over a list of a barn. */
struct barn_walk {
	struct gather *g;
	const struct barn_state *barn;
	enum sheaf_role role;
};

static uint64_t entry_sheaf(const struct barn_walk *b, uint64_t entry)
{
	return entry - b->g->m->list.offset;
}

static bool on_this_list(const struct barn_walk *b, uint32_t index)
{
	const struct sheaf *sheaf = &b->g->s->sheaves[index];

	return sheaf->role == b->role && sheaf->node == b->barn->node;
}

/* struct list_walk_ops.possible: a sheaf of the cache. */
static bool barn_possible(void *ctx, uint64_t entry)
{
	const struct barn_walk *b = ctx;
	struct sheaf sheaf = { .addr = entry_sheaf(b, entry), .role = b->role };

	sheaf_read(b->g, &sheaf);
	return sheaf.status == TARGET_ABSENT ||
	       (sheaf.status == TARGET_OK && sheaf.kind == SHEAF_OWN);
}

/* struct list_walk_ops.visit */
static enum list_verdict barn_visit(void *ctx, struct list_step *step)
{
	const struct barn_walk *b = ctx;
	struct gather *g = b->g;
	struct sheaf sheaf = {
		.addr = entry_sheaf(b, step->entry),
		.slot = step->from + (step->backwards ? LIST_PREV : LIST_NEXT),
		.role = b->role,
		.cpu = -1,
		.node = b->barn->node,
	};
	uint32_t known;

	witness_note(g->words, sheaf.slot, 8, step->entry);
	sheaf_read(g, &sheaf);
	step->status = sheaf.status;
	if (sheaf.kind != SHEAF_NONE)
		sheaf.status = list_step_back(g->heap->memory, step);
	if (sheaf.kind != SHEAF_NONE && sheaf.status == TARGET_OK)
		witness_note(g->words, step->entry + (step->backwards ? LIST_NEXT : LIST_PREV), 8,
			     step->back);
	g->last = step->entry;
	known = sheaves_met(g->s, sheaf.addr);
	if (known != SHEAF_FIRST && on_this_list(b, known))
		return LIST_MET;
	/* What names another cache is a sheaf only when the list agrees that it is there. */
	if (sheaf.kind == SHEAF_NONE || sheaf.status != TARGET_OK ||
	    (sheaf.kind == SHEAF_FOREIGN && step->back != step->from))
		return LIST_BROKEN;
	return sheaf_add(g, &sheaf) ? LIST_ENTRY : LIST_END;
}

/* struct list_walk_ops.fault */
static void barn_fault(void *ctx, const struct list_fault *fault)
{
	const struct barn_walk *b = ctx;
	struct sheaves *s = b->g->s;

	if (s->nr_faults == BARN_FAULTS_MAX)
		return;
	s->faults[s->nr_faults++] = (struct barn_fault){
		.link = *fault,
		.sheaf = fault->in_head ? 0 : entry_sheaf(b, fault->holder),
		.role = b->role,
		.node = b->barn->node,
		.locked = b->barn->locked,
	};
}

/* struct list_walk_ops.stopped */
static bool barn_stopped(void *ctx)
{
	const struct barn_walk *b = ctx;

	return !(b->g->s->nr_sheaves & 0xff) && heap_cancelled(b->g->heap);
}

static void barn_list_gather(struct gather *g, const struct barn_state *barn, enum sheaf_role role,
			     struct barn_list *list)
{
	static const struct list_walk_ops ops = { barn_visit, barn_possible, barn_fault,
						  barn_stopped };
	struct target_member m = role == SHEAF_FULL ? g->m->full : g->m->empty;
	struct barn_walk b = { g, barn, role };
	struct list_walk walk = {
		.memory = g->heap->memory,
		.ops = &ops,
		.ctx = &b,
		.head = barn->addr + m.offset,
		/* Each sheaf has a list_head and is an object of a kmalloc cache. */
		.limit = g->heap->page_limit * (g->heap->memory->page_size / SHEAF_SIZE_MIN),
	};

	g->last = walk.head;
	list_walk(&walk);
	list->counted = walk.counted;
	list->complete = walk.complete;
	/* The walk does not show the link that ends it. */
	if (list->complete && !g->s->nr_faults)
		witness_note(g->words, g->last + LIST_NEXT, 8, walk.head);
}

/* Where the pointer to a node's barn lies; 0 when that is not known. */
static uint64_t barn_slot(const struct gather *g, unsigned int node)
{
	const struct layout_cache *m = &g->heap->layout->cache;
	uint64_t addr = 0;

	if (g->m->barn_in_pair)
		return g->cache->addr + m->node.offset + (uint64_t)m->node_stride * node +
		       g->m->barn.offset;
	if (cache_node_addr(g->cache, g->heap->memory, g->heap->layout, node, &addr) != TARGET_OK ||
	    (addr && !heap_node_genuine(g->heap, addr)))
		g->s->barns_unknown = true;
	else if (addr)
		return addr + g->m->barn.offset;
	return 0;
}

/* A barn is an object of a kmalloc cache, or of KFENCE's pages. */
static enum target_status barn_read(const struct gather *g, struct barn_state *barn)
{
	uint64_t locked = 0;
	const struct memory_wanted wanted[] = {
		{ g->m->nr_full, &barn->full.said },
		{ g->m->nr_empty, &barn->empty.said },
		{ g->m->barn_locked, &locked },
	};
	struct location at = locate(g->heap->memory, g->heap->layout, g->heap->caches, barn->addr);
	enum target_status status;

	if (at.kind == LOCATION_ABSENT)
		return TARGET_ABSENT;
	if (barn->addr % 8 || !can_be_kmalloced(&at))
		return TARGET_UNMAPPED;
	status = memory_members(g->heap->memory, barn->addr, wanted, 3);
	if (g->words && status == TARGET_OK) {
		witness_member(g->words, barn->addr, g->m->nr_full, barn->full.said);
		witness_member(g->words, barn->addr, g->m->nr_empty, barn->empty.said);
		witness_member(g->words, barn->addr, g->m->barn_locked, locked);
	}
	barn->locked =
		lock_state(&g->heap->layout->kernel.lock, g->m->barn_locked, locked) != LOCK_FREE;
	return status;
}

static void barn_gather(struct gather *g, unsigned int node)
{
	struct barn_state barn = { .node = (int)node, .slot = barn_slot(g, node) };

	if (!barn.slot)
		return;
	/* The rest of a kmem_cache_node or of a pair that cannot be read is reported as that. */
	if (memory_pointer(g->heap->memory, barn.slot, &barn.addr) != TARGET_OK)
		g->s->barns_unknown = true;
	witness_note(g->words, barn.slot, 8, barn.addr);
	/* A node without a barn is legal: one without CPUs, or a cache without sheaves. */
	if (!barn.addr)
		return;
	barn.status = barn_read(g, &barn);
	if (barn.status == TARGET_OK) {
		barn_list_gather(g, &barn, SHEAF_FULL, &barn.full);
		barn_list_gather(g, &barn, SHEAF_EMPTY, &barn.empty);
	}
	g->s->barns[g->s->nr_barns++] = barn;
}

/* The same of a kernel that runs, as cpu_settle(); nobody may hold the barn's lock. */
static void barn_settle(struct gather *g, unsigned int node)
{
	const struct sheaves_mark mark = sheaves_mark(g->s);
	struct sheaves *s = g->s;
	size_t first = s->barn_words->nr;

	g->words = s->barn_words;
	for (unsigned int i = 0; i < HEAP_TRIES && !heap_cancelled(g->heap); i++) {
		bool locked;

		barn_gather(g, node);
		locked = s->nr_barns > mark.nr_barns && s->barns[s->nr_barns - 1].locked;
		if (!locked && witness_holds(g->words, first, g->words->nr))
			return;
		sheaves_back(s, &mark);
		witness_back(g->words, first);
		g->heap->retries++;
	}
	s->unsettled = true;
}

/* Objects */

static int entry_compare(const void *a, const void *b)
{
	const struct sheaf_entry *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->sheaf != y->sheaf)
		return x->sheaf < y->sheaf ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* The page that an entry leads into, and how much of memory it stands for. */
struct page_look {
	struct slab_state slab;
	uint64_t end;
	uint32_t objects;
	enum entry_kind kind;
};

static bool page_look(const struct gather *g, uint64_t object, struct page_look *look)
{
	struct memory *memory = g->heap->memory;
	const struct layout *layout = g->heap->layout;
	uint64_t page, head;
	unsigned int order;
	enum target_status status;

	if (!memory->target->ops->virt_to_page(memory->target, object, &page))
		return false;
	status = page_head(memory, &layout->kernel.page, page, &head);
	heap_descriptor(g->heap, head, &look->slab);
	if (status != TARGET_OK)
		look->slab.status = status;
	order = oo_order(g->cache->oo);
	if (look->slab.status == TARGET_ABSENT)
		look->kind = ENTRY_ABSENT;
	else if (look->slab.status != TARGET_OK || !look->slab.is_slab)
		look->kind = ENTRY_NO_SLAB;
	else
		look->kind = look->slab.cache == g->cache->addr ? ENTRY_OBJECT : ENTRY_FOREIGN;
	if (look->slab.order_known && look->kind == ENTRY_FOREIGN)
		order = look->slab.order;
	else if (look->slab.order_known && cache_order_legal(g->cache, look->slab.order))
		order = look->slab.order;
	if (look->kind == ENTRY_NO_SLAB || look->kind == ENTRY_ABSENT || order > SLAB_MAX_ORDER)
		order = 0;
	look->objects = order_objects(order, g->cache->size, memory->page_size, g->cache->reserved);
	look->end = look->slab.base + (memory->page_size << order);
	return true;
}

static enum entry_kind entry_kind(const struct gather *g, const struct page_look *look,
				  uint64_t object)
{
	struct object_position pos;

	if (look->kind != ENTRY_OBJECT)
		return look->kind;
	pos = object_locate(look->slab.base + g->cache->first, g->cache->size, look->objects,
			    object);
	return pos.index >= 0 && !pos.offset ? ENTRY_OBJECT : ENTRY_MISALIGNED;
}

static bool slab_begin(const struct gather *g, const struct page_look *look, size_t first)
{
	struct sheaves *s = g->s;

	if (!sheaves_reserve(s, (void **)&s->slabs, &s->slabs_room, s->nr_slabs + 1,
			     sizeof(*s->slabs)))
		return false;
	s->slabs[s->nr_slabs++] = (struct sheaf_slab){
		.page = look->slab.page,
		.base = look->slab.base,
		.cache = look->slab.cache,
		.freelist = look->slab.freelist,
		.inuse = look->slab.count.inuse,
		.objects = look->slab.count.objects,
		.kind = (uint8_t)look->kind,
		.first = first,
	};
	return true;
}

/* Sort the entries, and look at each page that they lead into once. */
static void entries_look(const struct gather *g)
{
	const struct layout *layout = g->heap->layout;
	struct sheaves *s = g->s;
	struct page_look look = { .end = 0 };
	bool known = false;

	if (s->nr_entries)
		qsort(s->entries, s->nr_entries, sizeof(*s->entries), entry_compare);
	for (size_t i = 0; i < s->nr_entries; i++) {
		struct sheaf_entry *e = &s->entries[i];

		if (kfence_has(&layout->debug.kfence, e->object)) {
			e->kind = ENTRY_KFENCE;
			continue;
		}
		if (!known || e->object < look.slab.base || e->object >= look.end) {
			known = page_look(g, e->object, &look);
			if (known && !slab_begin(g, &look, i)) {
				s->nr_entries = i;
				return;
			}
		}
		e->kind = (uint8_t)(known ? entry_kind(g, &look, e->object) : ENTRY_WILD);
		if (known)
			s->slabs[s->nr_slabs - 1].nr = i + 1 - s->slabs[s->nr_slabs - 1].first;
	}
}

void sheaves_gather(struct sheaves *s, struct heap *heap, const struct cache *cache)
{
	struct gather g = { .s = s, .heap = heap, .cache = cache, .m = &heap->layout->sheaf };

	sheaves_clear(s);
	cpus_gather(&g);
	for (unsigned int node = 0; heap->layout->has_barns && node < heap->layout->nr_nodes;
	     node++) {
		if (s->barn_words)
			barn_settle(&g, node);
		else
			barn_gather(&g, node);
	}
	g.words = NULL;
	entries_look(&g);
}
