/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of slabs: what describes them, their free objects, their lists. */
#include "model/slab/fault_parts.h"

static bool is_old(const struct planting *p)
{
	return slab_has(p->m, BUFCTL);
}

static bool has_free(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)c;
	return s->nr_free > 0;
}

static bool has_two_free(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)c;
	return s->nr_free > 1;
}

static bool is_used(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)c;
	return s->used > 0;
}

/* What a use count takes with it: the objects that are free by it, the counters, the list. */
static bool used_wrong(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, is_used, &c);
	static const char *const ids[] = { "node-free-objects", "freelist-count",
					   "slab-list",		"freelist-cycle",
					   "freelist-wild",	"slab-inuse",
					   "slab-layout",	"freelist-host",
					   "array-on-freelist" };

	if (!s)
		return false;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		must(p, ids[i]);
	may(p, "redzone-left");
	may(p, "redzone-right");
	may(p, "poison-overwritten");
	may(p, "init-on-free");
	may(p, "track-invalid");
	may(p, "freelist-orphans");
	may(p, "slab-lost");
	/* One that is thought to be free then may be the management of a slab. */
	may(p, "mgmt-object");
	return plant_word(p, AT(p->m, s->slab, slab_active),
			  plant_below(p, 2) && s->used < c->num ? s->used + 1 : s->used - 1, 4);
}

static bool used_high(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	must(p, "slab-inuse");
	may(p, "node-free-objects");
	may(p, "slab-list");
	may(p, "freelist-count");
	return s && plant_word(p, AT(p->m, s->slab, slab_active),
			       c->num + 1 + (plant_random(p) & 0xffff), 4);
}

/* Where its objects are thought to be, those in arrays are not. */
static void objects_moved(struct planting *p)
{
	may(p, "array-misaligned");
	may(p, "array-wild");
	may(p, "mgmt-object");
	may(p, "freelist-host");
	may(p, "redzone-left");
	may(p, "redzone-right");
	may(p, "poison-overwritten");
	may(p, "init-on-free");
	may(p, "track-invalid");
	may(p, "freelist-orphans");
}

static bool s_mem(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	must(p, "slab-layout");
	objects_moved(p);
	return s && plant_word(p, AT(p->m, s->slab, slab_s_mem),
			       s->s_mem + 8 * (1 + plant_below(p, 7)), 8);
}

static bool s_mem_wild(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	must(p, "slab-layout");
	must(p, "partial-link"); /* of a struct slab that leads to no page */
	objects_moved(p);
	may(p, "slab-lost");
	may(p, "slab-pages");
	may(p, "slab-page");
	return s && plant_word(p, AT(p->m, s->slab, slab_s_mem), NO_MEMORY, 8);
}

static bool colouroff(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	must(p, "slab-layout");
	/* The pages begin elsewhere by it. */
	must(p, "slab-page");
	must(p, "slab-pages");
	must(p, "slab-cache");
	objects_moved(p);
	return s && plant_word(p, AT(p->m, s->slab, slab_colouroff), s->colouroff + 64, 8);
}

static bool has_freelist(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)c;
	return s->freelist != 0;
}

static bool freelist(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_freelist, &c);

	must(p, "slab-layout");
	must(p, "mgmt-object");
	must(p, "freelist-host");
	may(p, "freelist-wild");
	may(p, "freelist-cycle");
	may(p, "array-on-freelist");
	may(p, "poison-overwritten");
	may(p, "init-on-free");
	may(p, "redzone-left");
	may(p, "redzone-right");
	may(p, "freelist-orphans");
	may(p, "track-invalid");
	return s && plant_word(p, AT(p->m, s->slab, slab_freelist),
			       plant_below(p, 2) ? NO_MEMORY : s->freelist + 4, 8);
}

/* Where the index of the n-th free object is stored. */
static uint64_t free_at(struct planting *p, const struct slab_census_cache *c,
			const struct slab_census_slab *s, uint32_t n)
{
	if (is_old(p))
		return slab_census_index_at(p->census, c, s, s->order_of[n]);
	return slab_census_index_at(p->census, c, s, s->used + n);
}

/* What a chain or array that breaks off no longer tells. */
static void free_lost(struct planting *p)
{
	may(p, "freelist-count");
	may(p, "freelist-host");
	may(p, "freelist-orphans");
	may(p, "bufctl-state");
	may(p, "poison-overwritten");
	may(p, "init-on-free");
	may(p, "array-on-freelist");
	may(p, "redzone-left");
	may(p, "redzone-right");
	may(p, "track-invalid");
}

static bool has_room_for_wild(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	return s->nr_free && (c->index_bytes > 1 || c->num < 255);
}

static bool index_wild(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_room_for_wild, &c);
	uint64_t most;

	if (!s)
		return false;
	most = c->index_bytes == 1 ? 255 : 0xffff;
	must(p, "freelist-wild");
	free_lost(p);
	return plant_word(p, free_at(p, c, s, (uint32_t)plant_below(p, s->nr_free)),
			  c->num + plant_below(p, most - c->num + 1), c->index_bytes);
}

static bool index_twice(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_two_free, &c);
	uint32_t i, from;

	if (!s)
		return false;
	i = (uint32_t)plant_below(p, s->nr_free);
	/* A bufctl leads on: back to an object that was there before it. */
	from = is_old(p) ? (uint32_t)plant_below(p, i + 1)
			 : (i + 1 + (uint32_t)plant_below(p, s->nr_free - 1)) % s->nr_free;
	must(p, "freelist-cycle");
	free_lost(p);
	return plant_word(p, free_at(p, c, s, i), s->order_of[from], c->index_bytes);
}

static bool chain_cut(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_two_free, &c);

	must(p, "freelist-count");
	free_lost(p);
	return s && plant_word(p, free_at(p, c, s, (uint32_t)plant_below(p, s->nr_free - 1)),
			       BUFCTL_END, 4);
}

static bool free_wild(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_free, &c);

	must(p, "freelist-wild");
	free_lost(p);
	return s && plant_word(p, AT(p->m, s->slab, slab_free), c->num + plant_below(p, 1000), 4);
}

static bool hosts_two(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	return c->management == SLAB_IN_OBJECT && s->nr_free > 1;
}

/* The last index and one before it change places. */
static bool host_wrong(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, hosts_two, &c);
	uint32_t i;

	if (!s)
		return false;
	i = (uint32_t)plant_below(p, s->nr_free - 1);
	must(p, "freelist-host");
	free_lost(p);
	return plant_word(p, free_at(p, c, s, s->nr_free - 1), s->order_of[i], c->index_bytes) &&
	       plant_word(p, free_at(p, c, s, i), s->order_of[s->nr_free - 1], c->index_bytes);
}

static bool hosts(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	return c->management == SLAB_IN_OBJECT && s->nr_free > 1 && c->num <= 'a';
}

static bool host_text(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, hosts, &c);
	uint32_t at;

	if (!s)
		return false;
	must(p, "freelist-wild");
	free_lost(p);
	at = c->num - 1 - (uint32_t)plant_below(p, s->nr_free);
	for (uint32_t i = at; i < c->num && i < at + 6; i++)
		if (!plant_word(p, s->freelist + i, 'a' + plant_below(p, 26), 1))
			return false;
	return true;
}

/* A broken list hides slabs, and what is counted by it. */
static void list_broken(struct planting *p)
{
	must(p, "partial-link");
	may(p, "slab-lost");
	may(p, "node-free-objects");
	may(p, "node-slab-count");
}

static bool list_next(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	list_broken(p);
	p->truth->slab = 0;
	return s && plant_word(p, AT(p->m, s->slab, slab_link), NO_MEMORY, 8);
}

static bool list_prev(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	list_broken(p);
	p->truth->slab = 0;
	return s && plant_word(p, AT(p->m, s->slab, slab_link) + 8, NO_MEMORY, 8);
}

/* Out of its list, with both neighbours told. */
static bool unlink_slab(struct planting *p, const struct slab_census_slab *s)
{
	uint64_t link = AT(p->m, s->slab, slab_link), words[2];

	return model_peek(p->m, link, words, 16) && plant_word(p, words[1], words[0], 8) &&
	       plant_word(p, words[0] + 8, words[1], 8);
}

static bool list_wrong(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);
	uint64_t n, head, first, link;

	if (!s || !unlink_slab(p, s))
		return false;
	n = c->nodes[s->node].n;
	head = s->list == SLAB_LIST_FULL ? AT(p->m, n, l3_partial) : AT(p->m, n, l3_full);
	link = AT(p->m, s->slab, slab_link);
	must(p, "slab-list");
	may(p, "node-free-objects");
	may(p, "node-slab-count");
	return model_peek(p->m, head, &first, 8) && plant_word(p, link, first, 8) &&
	       plant_word(p, link + 8, head, 8) && plant_word(p, first + 8, link, 8) &&
	       plant_word(p, head, link, 8);
}

static bool slab_cut_out(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, is_used, &c);

	must(p, "slab-lost");
	may(p, "node-free-objects");
	may(p, "node-slab-count");
	/* Where no note says where CPUs were, it may be on its way between two lists. */
	p->truth->near = true;
	return s && unlink_slab(p, s);
}

static uint64_t owner_at(struct planting *p, uint64_t page)
{
	return is_old(p) ? AT(p->m, page, page_lru) : AT(p->m, page, slab_cache);
}

static bool slab_cache(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);
	uint64_t other = NO_MEMORY;

	if (!s)
		return false;
	if (plant_below(p, 2))
		other = p->census->caches[plant_below(p, p->census->nr_caches)].cache;
	if (other == c->cache)
		other = NO_MEMORY;
	must(p, "slab-cache");
	may(p, "slab-lost");
	may(p, "slab-pages");
	may(p, "partial-link");
	may(p, "array-wild");
	may(p, "array-foreign-cache");
	may(p, "mgmt-object");
	may(p, "node-free-objects");
	may(p, "slab-inuse");
	may(p, "slab-layout");
	p->truth->cache = 0;
	return plant_word(p, owner_at(p, s->page), other, 8);
}

static bool page_mark(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);
	uint64_t flags;

	must(p, "slab-page");
	may(p, "array-wild");
	may(p, "mgmt-object");
	may(p, "slab-pages");
	may(p, "node-free-objects");
	if (!s || !model_peek(p->m, AT(p->m, s->page, slab_flags), &flags, 8))
		return false;
	return plant_word(p, AT(p->m, s->page, slab_flags), flags & ~p->m->shape.pg_slab, 8);
}

static bool has_pages(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)s;
	return c->order > 0;
}

static bool page_slab(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, has_pages, &c);
	uint64_t page;

	if (!s)
		return false;
	page = s->page + p->m->shape.page_bytes * (1 + plant_below(p, (1u << c->order) - 1));
	must(p, "slab-pages");
	may(p, "array-wild");
	may(p, "slab-lost");
	may(p, "slab-cache");
	return plant_word(p, AT(p->m, page, page_lru) + 8, NO_MEMORY, 8);
}

static bool nodeid(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, NULL, &c);

	must(p, "slab-node");
	may(p, "array-node");
	return s && plant_word(p, AT(p->m, s->slab, slab_nodeid), (uint64_t)s->node + 1, 2);
}

slab_planter slab_faults_planter(enum slab_fault fault)
{
	static const slab_planter planters[SLAB_FAULT_COUNT] = {
		[SLAB_FAULT_USED_WRONG] = used_wrong, [SLAB_FAULT_USED_HIGH] = used_high,
		[SLAB_FAULT_S_MEM] = s_mem,	      [SLAB_FAULT_S_MEM_WILD] = s_mem_wild,
		[SLAB_FAULT_COLOUROFF] = colouroff,   [SLAB_FAULT_FREELIST] = freelist,
		[SLAB_FAULT_INDEX_WILD] = index_wild, [SLAB_FAULT_INDEX_TWICE] = index_twice,
		[SLAB_FAULT_CHAIN_CUT] = chain_cut,   [SLAB_FAULT_FREE_WILD] = free_wild,
		[SLAB_FAULT_HOST_WRONG] = host_wrong, [SLAB_FAULT_HOST_TEXT] = host_text,
		[SLAB_FAULT_LIST_NEXT] = list_next,   [SLAB_FAULT_LIST_PREV] = list_prev,
		[SLAB_FAULT_LIST_WRONG] = list_wrong, [SLAB_FAULT_SLAB_CUT_OUT] = slab_cut_out,
		[SLAB_FAULT_SLAB_CACHE] = slab_cache, [SLAB_FAULT_PAGE_MARK] = page_mark,
		[SLAB_FAULT_PAGE_SLAB] = page_slab,   [SLAB_FAULT_NODEID] = nodeid,
	};

	return planters[fault];
}
