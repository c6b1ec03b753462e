/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of caches and their nodes, of management in other caches, and of contents. */
#include "model/slab/fault_parts.h"

static uint64_t any_node(struct planting *p, struct slab_census_cache **cache, unsigned int *node)
{
	*cache = any_cache(p, NULL);
	*node = (unsigned int)plant_below(p, p->census->nr_nodes);
	return *cache ? (*cache)->nodes[*node].n : 0;
}

static bool counter_change(struct planting *p, uint32_t offset, uint64_t was, uint64_t n)
{
	uint64_t value = plant_below(p, 2) && was ? was - 1 : was + 1 + (plant_random(p) & 7);

	return n && plant_word(p, n + offset, value, 8);
}

static bool free_objects(struct planting *p)
{
	struct slab_census_cache *c;
	unsigned int node;
	uint64_t n = any_node(p, &c, &node);

	must(p, "node-free-objects");
	return n && counter_change(p, p->m->shape.l3_free_objects.offset,
				   c->nodes[node].free_objects, n);
}

static bool total_slabs(struct planting *p)
{
	struct slab_census_cache *c;
	unsigned int node;
	uint64_t n = any_node(p, &c, &node);

	must(p, "node-slab-count");
	return n &&
	       counter_change(p, p->m->shape.l3_total_slabs.offset, c->nodes[node].total_slabs, n);
}

static bool free_slabs(struct planting *p)
{
	struct slab_census_cache *c;
	unsigned int node;
	uint64_t n = any_node(p, &c, &node);

	must(p, "node-slab-count");
	return n &&
	       counter_change(p, p->m->shape.l3_free_slabs.offset, c->nodes[node].free_slabs, n);
}

static void cache_doubted(struct planting *p)
{
	may(p, "array-wild");
	may(p, "array-misaligned");
	may(p, "slab-layout");
	may(p, "slab-list");
	may(p, "freelist-count");
	may(p, "freelist-wild");
	may(p, "slab-inuse");
	may(p, "slab-lost");
	may(p, "mgmt-object");
	may(p, "node-free-objects");
	may(p, "freelist-cycle");
	may(p, "freelist-host");
	may(p, "array-on-freelist");
	may(p, "poison-overwritten");
}

static bool cache_size(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, NULL);

	must(p, "cache-geometry");
	cache_doubted(p);
	return c && plant_word(p, AT(p->m, c->cache, cache_stride),
			       plant_below(p, 2) ? c->size * 2 : c->size + 8, 4);
}

static bool cache_num(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, NULL);
	uint64_t fit = c ? ((uint64_t)MODEL_PAGE << c->order) / c->size : 0;

	must(p, "cache-geometry");
	cache_doubted(p);
	return c && plant_word(p, AT(p->m, c->cache, cache_num), fit + 1 + plant_below(p, 1000), 4);
}

static bool reciprocal(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, NULL);

	must(p, "cache-geometry");
	return c && plant_word(p, AT(p->m, c->cache, cache_reciprocal),
			       (uint32_t)c->reciprocal ^ (1u << plant_below(p, 31)), 4);
}

static bool cache_node(struct planting *p)
{
	struct slab_census_cache *c;
	unsigned int node;
	uint64_t n = any_node(p, &c, &node);

	must(p, "cache-node");
	may(p, "slab-lost");
	may(p, "array-wild");
	may(p, "freelist-orphans");
	return n && plant_word(p, c->nodes[node].slot, NO_MEMORY, 8);
}

static bool cache_list(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, NULL);

	must(p, "cache-list-link");
	p->truth->cache = 0;
	return c && plant_word(p, AT(p->m, c->cache, cache_link) + (plant_below(p, 2) ? 8 : 0),
			       NO_MEMORY, 8);
}

static bool is_left(const struct planting *p, const struct slab_census_cache *c)
{
	uint64_t page;
	bool used = false;

	/* Boot's own have their names in the kernel. To 3.9 all names are a module's. */
	if (p->census->model->own & SLAB_HAS(CACHE_CHAIN)) {
		if (memcmp(c->name, "cache-", 6))
			return false;
	} else if (!page_of_virt(p->m, c->name_addr, &page) || !c->ctor) {
		return false;
	}
	for (size_t i = 0; i < c->nr_slabs; i++)
		used |= c->slabs[i].used > c->slabs[i].cached;
	return used;
}

/* As its module does on the way out: it destroys the cache, which cannot be, and is gone. */
static bool cache_orphan(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, is_left);
	bool error = false;

	if (!c)
		return false;
	must(p, "cache-name");
	must(p, "cache-left-behind");
	may(p, "cache-ctor");
	may(p, "cache-name");
	may(p, "cache-left-behind");
	return slab_destroy_cache(p->m, 0, c->cache, &error) == MODEL_DONE && error &&
	       slab_orphan(p->m, 0, c->cache) == MODEL_DONE;
}

static bool is_off(const struct slab_census_cache *c, const struct slab_census_slab *s)
{
	(void)s;
	return c->management == SLAB_OFF;
}

static bool mgmt_freed(struct planting *p)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s = any_slab(p, is_off, &c);
	bool old = slab_has(p->m, BUFCTL);

	if (!s || p->m->init_on_free || slab_has(p->m, DEBUG_SLAB))
		return false;
	must(p, "mgmt-object");
	/* It is in an array now, perhaps as the newest entry. */
	p->truth->near = true;
	return slab_kfree(p->m, 0, old ? s->slab : s->freelist) == MODEL_DONE;
}

/* Contents. */

static bool has_red_zone(const struct planting *p, const struct slab_census_cache *c)
{
	return c->flags & p->m->era->flags->red_zone;
}

static bool has_poison(const struct planting *p, const struct slab_census_cache *c)
{
	return c->flags & p->m->era->flags->poison;
}

static uint64_t free_slot(struct planting *p, const struct slab_census_cache *c)
{
	struct slab_census_slab *s;
	uint64_t slot = c ? any_object(p, c, IS_FREE, -1, &s) : 0;

	if (!slot)
		return 0;
	p->truth->slab = s->slab;
	/* Of the object that holds the indices nothing but red zones is known. */
	if (s->freelist == slot + c->obj_offset)
		return 0;
	return slot;
}

static bool redzone_left(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, has_red_zone);
	uint64_t slot = free_slot(p, c);

	must(p, "redzone-left");
	return slot && plant_word(p, slot + c->obj_offset - 8 + plant_below(p, 8), 0x42, 1);
}

static bool redzone_right(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, has_red_zone);
	uint64_t slot = free_slot(p, c);
	uint32_t back;

	if (!slot)
		return false;
	back = c->flags & p->m->era->flags->store_user ? 16 : 8;
	must(p, "redzone-right");
	return plant_word(p, slot + c->size - back + plant_below(p, 8), 0x42, 1);
}

static bool poison(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, has_poison);
	uint64_t slot = free_slot(p, c);

	must(p, "poison-overwritten");
	return slot &&
	       plant_word(p, slot + c->obj_offset + plant_below(p, c->object_size), 0x42, 1);
}

static bool is_cleared(const struct planting *p, const struct slab_census_cache *c)
{
	return slab_want_init_on_free(p->m, c->flags, c->ctor != 0);
}

/* An object that was freed, hence one in an array. */
static bool init_on_free(struct planting *p)
{
	struct slab_census_cache *c = p->m->init_on_free ? any_cache(p, is_cleared) : NULL;
	struct slab_census_slab *s;
	uint64_t slot = c ? any_object(p, c, IS_FREE, -1, &s) : 0, word = 0;

	if (!slot || !c->object_size)
		return false;
	p->truth->slab = s->slab;
	/* One that was never allocated need not be zero: as long as it is, its page was cleared. */
	if (!model_peek(p->m, slot, &word, 8) || word)
		return false;
	must(p, "init-on-free");
	return plant_word(p, slot + plant_below(p, c->object_size), 0x42, 1);
}

slab_planter cache_planter(enum slab_fault fault)
{
	static const slab_planter planters[SLAB_FAULT_COUNT] = {
		[SLAB_FAULT_FREE_OBJECTS] = free_objects,
		[SLAB_FAULT_TOTAL_SLABS] = total_slabs,
		[SLAB_FAULT_FREE_SLABS] = free_slabs,
		[SLAB_FAULT_CACHE_SIZE] = cache_size,
		[SLAB_FAULT_CACHE_NUM] = cache_num,
		[SLAB_FAULT_RECIPROCAL] = reciprocal,
		[SLAB_FAULT_CACHE_NODE] = cache_node,
		[SLAB_FAULT_CACHE_LIST] = cache_list,
		[SLAB_FAULT_CACHE_ORPHAN] = cache_orphan,
		[SLAB_FAULT_MGMT_FREED] = mgmt_freed,
		[SLAB_FAULT_REDZONE_LEFT] = redzone_left,
		[SLAB_FAULT_REDZONE_RIGHT] = redzone_right,
		[SLAB_FAULT_POISON] = poison,
		[SLAB_FAULT_INIT_ON_FREE] = init_on_free,
	};

	return planters[fault];
}
