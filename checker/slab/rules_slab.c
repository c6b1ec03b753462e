/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on one slab: its descriptor, its list, its free objects. */
#include <inttypes.h>

#include "checker/slab/finding.h"
#include "checker/slab/locate.h"

/* Marks in the place of an index, of objects that are not on the chain (CONFIG_DEBUG_SLAB, to 3.12). */
#define BUFCTL_FREE UINT32_C(0xfffffffe)
#define BUFCTL_ACTIVE UINT32_C(0xfffffffd)

static const char *const list_names[] = { "partial list", "full list", "free list", "no list" };

static struct slab_breach_case slab_case(const struct slab_rules *rules,
					 const struct slab_found *slab, enum slab_breach breach)
{
	return (struct slab_breach_case){ .breach = breach,
					  .slab = slab,
					  .locked = node_locked(rules, slab->node) };
}

static void slab_emit(const struct slab_rules *rules, struct finding *f,
		      const struct slab_found *slab, enum slab_breach breach)
{
	if (breach)
		excuse(f, rules, slab_case(rules, slab, breach));
	emit(rules, f, slab);
}

/* --- The descriptor --- */

/* Whether it is a slab of the cache at all; what is not is not judged further. */
static bool page_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;
	struct finding f;

	if (slab->status == TARGET_ABSENT || !slab->page) {
		f = slab_finding(rules,
				 slab->status == TARGET_ABSENT ? FINDING_MEMORY_ABSENT
							       : FINDING_SLAB_LAYOUT,
				 slab);
		if (!slab->page && slab->status != TARGET_ABSENT)
			set_slot(&f, slab_member(slab, m->s_mem), "s_mem", slab->s_mem);
		finding_message(&f, slab->status == TARGET_ABSENT
					    ? "the descriptor of the slab is not in the dump"
					    : "the objects are not in the memory of the machine");
		emit(rules, &f, slab);
		return false;
	}
	if (!slab->marked) {
		f = slab_finding(rules, FINDING_SLAB_PAGE, slab);
		set_slot(&f, slab->page + rules->layout->kernel.page.flags.offset, "flags",
			 slab->flags);
		finding_message(
			&f, "the %s leads to 0x%" PRIx64 ", whose page is not marked as a slab's",
			list_names[slab->list], slab->addr);
		emit(rules, &f, slab);
		return false;
	}
	if (slab->owner == rules->cache->addr)
		return true;
	f = slab_finding(rules, FINDING_SLAB_CACHE, slab);
	set_slot(&f, slab->page + m->cache.offset,
		 rules->layout->has_bufctl ? "cache of the page" : "slab_cache", slab->owner);
	set_expected(&f, rules->cache->addr);
	finding_message(&f, "the page says that the slab is of the cache at 0x%" PRIx64,
			slab->owner);
	emit(rules, &f, slab);
	return true;
}

/* To 3.12 each page of a slab is marked, and leads to its cache and to its slab. */
static void pages_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;
	uint64_t flags = 0, owner = 0, to = 0, page;
	const struct memory_wanted wanted[] = { { rules->layout->kernel.page.flags, &flags },
						{ m->cache, &owner },
						{ m->page_slab, &to } };
	struct finding f;

	for (uint64_t i = 0; i >> rules->cache->order == 0; i++) {
		page = slab->page + i * rules->layout->kernel.page.struct_size;
		if (memory_members(rules->heap->memory, page, wanted, 3) != TARGET_OK)
			return;
		if (flags & rules->layout->pg_slab && owner == slab->owner && to == slab->addr)
			continue;
		f = slab_finding(rules, FINDING_SLAB_PAGES, slab);
		set_slot(&f, page + m->page_slab.offset, "slab of the page", to);
		set_expected(&f, slab->addr);
		finding_message(&f, "page %" PRIu64 " of the slab %s", i,
				!(flags & rules->layout->pg_slab) ? "is not marked as a slab's"
				: owner != slab->owner		  ? "leads to another cache"
								  : "leads to another slab");
		emit(rules, &f, slab);
		return;
	}
}

static void layout_finding(const struct slab_rules *rules, const struct slab_found *slab,
			   struct target_member m, const char *name, uint64_t raw, const char *why)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_LAYOUT, slab);

	set_slot(&f, slab_member(slab, m), name, raw);
	finding_message(&f, "%s", why);
	slab_emit(rules, &f, slab, SLAB_BREACH_HOST);
}

/* What a slab whose objects begin elsewhere has in arrays, and what they hold, is not judged. */
static bool colour_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;

	if (!slab->misplaced)
		return true;
	layout_finding(rules, slab, m->s_mem, "s_mem", slab->s_mem,
		       "s_mem is not the start of the slab plus one of its colours");
	return false;
}

static void colouroff_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;
	struct finding f;

	if (slab->page_slab == slab->addr || !rules->layout->every_page)
		return;
	f = slab_finding(rules, FINDING_SLAB_PAGES, slab);
	set_slot(&f, slab->page + m->page_slab.offset, "slab of the page", slab->page_slab);
	set_expected(&f, slab->addr);
	finding_message(&f, "the page of its objects leads to another slab");
	emit(rules, &f, slab);
}

/* Nobody else has the management of a slab on a list, so it is not free. */
static void management_judge(const struct slab_rules *rules, const struct slab_found *slab,
			     const struct location *at)
{
	struct slab_management_state state =
		slab_management_look(rules->management, rules->heap, at);
	struct slab_breach_case c = { .breach = SLAB_BREACH_FREE, .locked = state.moving };
	struct finding f;
	char text[80];

	if (!state.is_free)
		return;
	f = slab_finding(rules, FINDING_MGMT_OBJECT, slab);
	if (!rules->layout->has_bufctl)
		set_slot(&f, slab_member(slab, rules->layout->slab.freelist), "freelist",
			 slab->freelist);
	finding_message(&f, "its management at 0x%" PRIx64 " is an object that is free, in %s",
			at->addr,
			state.array ? array_text(state.array, text, sizeof(text)) : "its slab");
	if (state.array)
		c = (struct slab_breach_case){
			.breach = SLAB_BREACH_TWICE,
			.array = state.array,
			.position = state.position,
			.cpu_at = state.array->kind == SLAB_ARRAY_CPU
					  ? slab_busy_cpu(rules->busy, state.array->cpu)
					  : SLAB_CPU_ELSEWHERE,
		};
	excuse(&f, rules, c);
	emit(rules, &f, slab);
}

/* The management of an off-slab slab is an object of another cache. */
static void off_slab_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;
	uint64_t at = rules->layout->has_bufctl ? slab->addr : slab->freelist;
	struct location there =
		slab_locate_addr(rules->heap->memory, rules->layout, rules->heap->caches, at);
	char text[160];
	struct finding f;

	if (location_untold(&there))
		return;
	if (there.kind == LOCATION_OBJECT &&
	    (!rules->cache->management_cache || there.cache == rules->cache->management_cache)) {
		management_judge(rules, slab, &there);
		return;
	}
	f = slab_finding(rules, FINDING_MGMT_OBJECT, slab);
	if (!rules->layout->has_bufctl)
		set_slot(&f, slab_member(slab, m->freelist), "freelist", slab->freelist);
	finding_message(&f, "its management at 0x%" PRIx64 " is %s", at,
			slab_location_describe(rules->heap->memory, rules->layout, &there, text,
					       sizeof(text)));
	slab_emit(rules, &f, slab, SLAB_BREACH_HOST);
}

static void on_slab_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_cache *c = rules->cache;
	const struct slab_members *m = &rules->layout->slab;
	uint64_t wanted;
	struct finding f;

	if (rules->layout->at_end)
		wanted = slab->base + slab_cache_bytes(c, rules->heap->memory) - c->management;
	else
		wanted = slab->s_mem - c->management;
	if ((rules->layout->has_bufctl ? slab->addr : slab->freelist) == wanted)
		return;
	f = slab_finding(rules, FINDING_SLAB_LAYOUT, slab);
	if (!rules->layout->has_bufctl) {
		set_slot(&f, slab_member(slab, m->freelist), "freelist", slab->freelist);
		set_expected(&f, wanted);
	}
	finding_message(&f, "the management of the slab is not where it should be, at 0x%" PRIx64,
			wanted);
	emit(rules, &f, slab);
}

/* The free object that the indexes lie in is the last to be handed out, so the last index is its number. */
static void host_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_cache *c = rules->cache;
	const struct slab_members *m = &rules->layout->slab;
	uint64_t at = slab->freelist - c->obj_offset - slab->s_mem, index, last;
	struct finding f;

	if (slab->used == c->num) {
		if (slab->freelist)
			layout_finding(rules, slab, m->freelist, "freelist", slab->freelist,
				       "the slab is full, and its freelist is not NULL");
		return;
	}
	if (at % c->size || at / c->size >= c->num) {
		layout_finding(rules, slab, m->freelist, "freelist", slab->freelist,
			       "the freelist does not lie in an object of the slab");
		return;
	}
	index = at / c->size;
	if (slab->own.end != SLAB_WALK_END ||
	    memory_value(rules->heap->memory, slab->freelist + (c->num - 1) * c->index_bytes,
			 c->index_bytes, &last) != TARGET_OK ||
	    last == index)
		return;
	f = slab_finding(rules, FINDING_FREELIST_HOST, slab);
	set_slot(&f, slab->freelist + (c->num - 1) * c->index_bytes, "last index", last);
	set_expected(&f, index);
	set_object(&f, rules, slab, (uint32_t)index);
	finding_message(&f, "the indexes lie in object %" PRIu64 ", and the last one is %" PRIu64,
			index, last);
	slab_emit(rules, &f, slab, SLAB_BREACH_FREE);
}

static void layout_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_members *m = &rules->layout->slab;
	struct finding f;

	if (!colour_judge(rules, slab))
		return;
	if (rules->layout->has_bufctl && slab->nodeid != (uint64_t)slab->node && slab->node >= 0) {
		f = slab_finding(rules, FINDING_SLAB_NODE, slab);
		set_slot(&f, slab_member(slab, m->nodeid), "nodeid", slab->nodeid);
		set_expected(&f, (uint64_t)slab->node);
		finding_message(&f, "nodeid is %" PRIu64 ", but a list of node %d holds the slab",
				slab->nodeid, slab->node);
		emit(rules, &f, slab);
	}
	switch (slab_cache_placement(rules->cache, rules->layout)) {
	case SLAB_MANAGED_ON:
		on_slab_judge(rules, slab);
		break;
	case SLAB_MANAGED_OFF:
		off_slab_judge(rules, slab);
		break;
	case SLAB_MANAGED_OBJECT:
		host_judge(rules, slab);
		break;
	}
}

/* --- The use count --- */

static struct finding used_finding(const struct slab_rules *rules, enum finding_id id,
				   const struct slab_found *slab)
{
	struct finding f = slab_finding(rules, id, slab);

	set_slot(&f, slab_member(slab, rules->layout->slab.used),
		 rules->layout->has_bufctl ? "inuse" : "active", slab->used);
	return f;
}

/* Objects that are in arrays and not also free in the slab: these count as in use. */
static uint32_t cached_only(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_entry *e = rules->heap->arrays.entries + slab->first_entry;
	uint32_t both = 0;
	uint64_t before = 0;

	for (size_t i = 0; i < slab->entries; i++) {
		uint64_t at = e[i].object - slab->s_mem;

		if (at % rules->cache->size || e[i].object == before)
			continue;
		before = e[i].object;
		both += slab->own.hop && slab->own.hop[at / rules->cache->size] != 0;
	}
	return slab->cached - both;
}

static bool used_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_cache *c = rules->cache;
	uint32_t cached = cached_only(rules, slab);
	struct finding f;

	if (slab->used <= c->num && cached <= slab->used)
		return true;
	f = used_finding(rules, FINDING_SLAB_INUSE, slab);
	if (slab->used > c->num)
		finding_message(&f, "%" PRIu64 " objects are in use, but the slab has %" PRIu64,
				slab->used, c->num);
	else
		finding_message(&f,
				"%" PRIu64 " objects are in use, but arrays hold %u of its objects",
				slab->used, cached);
	slab_emit(rules, &f, slab, slab->used > c->num ? 0 : SLAB_BREACH_FREE);
	return slab->used <= c->num;
}

static void list_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	enum slab_list wanted = !slab->used			  ? SLAB_FREE
				: slab->used == rules->cache->num ? SLAB_FULL
								  : SLAB_PARTIAL;
	struct finding f;

	if (slab->list == SLAB_ON_NONE || slab->list == wanted)
		return;
	f = used_finding(rules, FINDING_SLAB_LIST, slab);
	finding_message(&f,
			"%" PRIu64 " of %" PRIu64 " objects are in use; such a slab is on the "
			"%s",
			slab->used, rules->cache->num, list_names[wanted]);
	slab_emit(rules, &f, slab, SLAB_BREACH_LIST);
}

/* --- Its free objects --- */

static struct finding free_finding(const struct slab_rules *rules, enum finding_id id,
				   const struct slab_found *slab)
{
	const struct slab_free *own = &slab->own;
	struct finding f = slab_finding(rules, id, slab);

	set_slot(&f, own->at, rules->layout->has_bufctl ? "bufctl" : "index", own->value);
	if (id == FINDING_FREELIST_WILD)
		f.title = "index of a free object is not one of its slab";
	else if (id == FINDING_FREELIST_CYCLE)
		f.title = "object is free twice in its slab";
	f.hop = own->position;
	f.has |= FINDING_HAS_HOP;
	return f;
}

/* slab_get_obj() with CONFIG_DEBUG_SLAB marks the object that it takes before slab->free leads to the next. */
static bool first_is_taken(const struct slab_rules *rules, const struct slab_free *own)
{
	return rules->layout->has_bufctl && rules->layout->debug_slab && own->length <= 1 &&
	       own->value == BUFCTL_FREE;
}

static void walk_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	const struct slab_free *own = &slab->own;
	const char *what = rules->layout->has_bufctl ? "bufctl" : "index";
	struct finding f;

	switch (own->end) {
	case SLAB_WALK_ABSENT:
		f = free_finding(rules, FINDING_MEMORY_ABSENT, slab);
		finding_message(&f, "the indexes of its free objects are not in the dump");
		break;
	case SLAB_WALK_UNMAPPED:
	case SLAB_WALK_WILD:
		f = free_finding(rules, FINDING_FREELIST_WILD, slab);
		if (own->end == SLAB_WALK_UNMAPPED)
			finding_message(&f,
					"the indexes of its free objects are in unmapped memory");
		else
			finding_message(&f,
					"%s %" PRIu64 " is not one of an object: the slab has "
					"%" PRIu64 "%s",
					what, own->value, rules->cache->num,
					own->wrong > 1 ? "; others are wrong as well" : "");
		break;
	case SLAB_WALK_CYCLE:
		f = free_finding(rules, FINDING_FREELIST_CYCLE, slab);
		set_object(&f, rules, slab, (uint32_t)own->value);
		finding_message(&f, "object %" PRIu64 " is free twice: it is number %u as well%s",
				own->value, own->hop[own->value] - 1,
				own->wrong > 1 ? "; others are wrong as well" : "");
		break;
	default:
		return;
	}
	/* No other store on the way writes an index that no object has. */
	slab_emit(rules, &f, slab,
		  own->end == SLAB_WALK_CYCLE || first_is_taken(rules, own) ? SLAB_BREACH_FREE : 0);
}

static void count_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	uint64_t spare = rules->cache->num - slab->used;
	struct finding f;

	if (slab->own.end != SLAB_WALK_END || slab->own.length == spare)
		return;
	f = used_finding(rules, FINDING_FREELIST_COUNT, slab);
	f.title = "number of free objects contradicts the use count";
	finding_message(&f, "%u objects are on its list of free ones; there should be %" PRIu64,
			slab->own.length, spare);
	slab_emit(rules, &f, slab, SLAB_BREACH_FREE);
}

/* With CONFIG_DEBUG_SLAB the bufctl of an object that was taken off the chain is a mark, BUFCTL_FREE or
 * BUFCTL_ACTIVE. */
static void bufctls_judge(const struct slab_rules *rules, const struct slab_found *slab)
{
	uint64_t value, at;
	struct finding f;

	if (!rules->layout->debug_slab || !rules->layout->has_bufctl ||
	    slab->own.end != SLAB_WALK_END)
		return;
	for (uint32_t i = 0; i < rules->cache->num; i++) {
		at = slab->own.array + 4 * (uint64_t)i;
		if (slab->own.hop[i] ||
		    memory_value(rules->heap->memory, at, 4, &value) != TARGET_OK ||
		    value == BUFCTL_FREE || value == BUFCTL_ACTIVE)
			continue;
		f = slab_finding(rules, FINDING_BUFCTL_STATE, slab);
		set_slot(&f, at, "bufctl", value);
		set_object(&f, rules, slab, i);
		finding_message(&f,
				"the bufctl of object %u, which is not on the chain, is 0x%" PRIx64,
				i, value);
		slab_emit(rules, &f, slab, SLAB_BREACH_FREE);
		return;
	}
}

void slab_rules_slab(const struct slab_rules *rules, const struct slab_found *slab)
{
	if (!page_judge(rules, slab))
		return;
	if (rules->layout->every_page) {
		colouroff_judge(rules, slab);
		pages_judge(rules, slab);
	}
	if (!slab_cache_walkable(rules->cache) || rules->cache->defects & SLAB_DEFECT_MANAGEMENT)
		return;
	if (used_judge(rules, slab)) {
		list_judge(rules, slab);
		layout_judge(rules, slab);
	}
	if (slab->own.end == SLAB_WALK_NOT_DONE)
		return;
	walk_judge(rules, slab);
	count_judge(rules, slab);
	bufctls_judge(rules, slab);
	slab_rules_cached(rules, slab);
}

void slab_rules_twice(const struct slab_rules *rules, const struct slab_found *slab,
		      enum slab_list before, int node_before)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_DUPLICATE, slab);

	finding_message(&f, "it is also on the %s of node %d", list_names[before], node_before);
	slab_emit(rules, &f, slab, SLAB_BREACH_LIST);
}

bool slab_rules_lost(const struct slab_rules *rules, const struct slab_found *slab)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_LOST, slab);
	struct slab_breach_case c = { .breach = SLAB_BREACH_NO_LIST, .slab = slab };

	c.cpu_at = slab_busy_any(rules->busy);
	for (unsigned int i = 0; i < rules->layout->nr_nodes; i++)
		c.locked |= rules->nodes[i].locked;
	finding_message(&f,
			"%" PRIu64 " of %" PRIu64 " objects are in use, and no list leads to it%s",
			slab->used, rules->cache->num,
			rules->broken ? "; a list of the cache is broken" : "");
	/* A list that breaks off explains it, and no operation has to. */
	if (!rules->broken)
		excuse(&f, rules, c);
	if (f.severity == SEVERITY_TRANSIENT)
		f.id = FINDING_SLAB_INFLIGHT;
	emit(rules, &f, slab);
	return f.severity == SEVERITY_TRANSIENT;
}

void slab_rules_unowned(const struct slab_rules *rules, const struct slab_found *slab)
{
	struct finding f = slab_finding(rules, FINDING_SLAB_CACHE, slab);

	set_slot(&f, slab->page + rules->layout->slab.cache.offset, "slab_cache", slab->owner);
	finding_message(&f, "its cache at 0x%" PRIx64 " is not on the list of caches", slab->owner);
	excuse(&f, rules, (struct slab_breach_case){ .breach = SLAB_BREACH_OWNER, .slab = slab });
	emit(rules, &f, slab);
}
