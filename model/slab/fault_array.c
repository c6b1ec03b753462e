/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of arrays: their entries, their headers, what leads to them. */
#include "model/slab/fault_parts.h"

/* Of a CPU's array: an operation may leave the oldest entries in two places, and the newest unwritten. */
static void near_note(struct planting *p, const struct census_array *a, uint32_t i)
{
	p->truth->near = a->kind == SLAB_ARRAY_OF_CPU && (i < a->batchcount || i + 1 == a->avail);
}

static void contents_tell(struct planting *p)
{
	static const char *const ids[] = {
		"freelist-orphans", "poison-overwritten", "redzone-left",
		"redzone-right",    "init-on-free",	  "track-invalid"
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		may(p, ids[i]);
}

static bool entry_put(struct planting *p, const struct census_array *a, uint32_t i, uint64_t value)
{
	near_note(p, a, i);
	/* An object that was in the array is in use by nobody now, and another one is free that was not: with
	 * debugging their contents say so. */
	contents_tell(p);
	/* It may have been the management of a slab. */
	may(p, "mgmt-object");
	return plant_word(p, a->entries + 8 * (uint64_t)i, value, 8);
}

static bool entry_twice(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 2, &cache);
	uint32_t i, from;

	if (!a)
		return false;
	i = (uint32_t)plant_below(p, a->nr);
	from = (i + 1 + (uint32_t)plant_below(p, a->nr - 1)) % a->nr;
	must(p, "array-duplicate");
	if (!entry_put(p, a, i, a->objects[from]))
		return false;
	/* Either of the two may be the one that is left. */
	p->truth->near |=
		a->kind == SLAB_ARRAY_OF_CPU && (from < a->batchcount || from + 1 == a->avail);
	return true;
}

static bool entry_two_arrays(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);
	uint32_t i, from;
	bool near;

	for (size_t n = 0; a && n < cache->nr_arrays; n++) {
		struct census_array *other = &cache->arrays[n];

		if (other == a || !other->nr)
			continue;
		i = (uint32_t)plant_below(p, a->nr);
		from = (uint32_t)plant_below(p, other->nr);
		must(p, "array-duplicate");
		may(p, "array-node");
		near_note(p, other, from);
		near = p->truth->near;
		p->truth->array = 0;
		if (!entry_put(p, a, i, other->objects[from]))
			return false;
		p->truth->near |= near;
		return true;
	}
	return false;
}

static int node_of(const struct planting *p, const struct census_array *a)
{
	return a->kind == SLAB_ARRAY_OF_CPU	? (int)p->m->cpu_home[a->cpu]
	       : a->kind == SLAB_ARRAY_ALIEN_OF ? a->of
						: a->node;
}

static bool entry_free(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);
	uint64_t slot = a ? any_object(p, cache, IS_FREE, node_of(p, a), NULL) : 0;

	must(p, "array-on-freelist");
	return slot && entry_put(p, a, (uint32_t)plant_below(p, a->nr), slot);
}

static bool entry_becomes(struct planting *p, uint64_t value, const char *id)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);

	must(p, id);
	return a && entry_put(p, a, (uint32_t)plant_below(p, a->nr), value);
}

static bool entry_wild(struct planting *p)
{
	return entry_becomes(p, NO_MEMORY + (plant_random(p) & 0xffff8), "array-wild");
}

static bool entry_user(struct planting *p)
{
	return entry_becomes(p, 0x7f0000000000 + (plant_random(p) & 0xffffff8), "array-wild");
}

static bool entry_null(struct planting *p)
{
	return entry_becomes(p, 0, "array-wild");
}

static bool entry_foreign(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);
	size_t nr = p->census->nr_caches, first = plant_below(p, nr);
	uint64_t slot = 0;

	for (size_t i = 0; a && i < nr && !slot; i++) {
		const struct slab_census_cache *other = &p->census->caches[(first + i) % nr];

		if (other != cache && !other->busy)
			slot = any_object(p, other, 0, -1, NULL);
	}
	must(p, "array-foreign-cache");
	return slot && entry_put(p, a, (uint32_t)plant_below(p, a->nr), slot);
}

static bool entry_inside(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);
	uint32_t i;

	/* To 3.14 objects may be of one word, which has no other word inside. */
	if (!a || cache->size < 16)
		return false;
	i = (uint32_t)plant_below(p, a->nr);
	must(p, "array-misaligned");
	return entry_put(p, a, i, a->objects[i] + 8 * (1 + plant_below(p, cache->size / 8 - 1)));
}

static bool entry_node(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 1, &cache);
	uint64_t slot = 0;

	for (unsigned int node = 0; a && !slot && node < p->census->nr_nodes; node++)
		if ((int)node != node_of(p, a))
			slot = any_object(p, cache, 0, (int)node, NULL);
	must(p, "array-node");
	return slot && entry_put(p, a, (uint32_t)plant_below(p, a->nr), slot);
}

/* Entries above limit are not read, or are what lies behind the array. */
static bool avail_high(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 0, &cache);

	if (!a)
		return false;
	must(p, "array-size");
	may(p, "array-wild");
	may(p, "array-duplicate");
	may(p, "array-on-freelist");
	may(p, "array-misaligned");
	may(p, "array-foreign-cache");
	may(p, "array-node");
	may(p, "slab-inuse");
	contents_tell(p);
	return plant_word(p, AT(p->m, a->ac, ac_avail), a->limit + 1 + (plant_random(p) & 0xffffff),
			  4);
}

static bool header_change(struct planting *p, uint32_t offset, uint32_t was)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 0, &cache);
	uint32_t value;

	if (!a)
		return false;
	was = offset == p->m->shape.ac_limit.offset ? a->limit : was;
	was = offset == p->m->shape.ac_batchcount.offset ? a->batchcount : was;
	value = was + 2 + (uint32_t)(plant_random(p) & 0xff);
	must(p, "array-header");
	if (offset == p->m->shape.ac_limit.offset && a->kind == SLAB_ARRAY_ALIEN_OF && value == 12)
		value++;
	return plant_word(p, a->ac + offset, value, 4);
}

static bool array_limit(struct planting *p)
{
	return header_change(p, p->m->shape.ac_limit.offset, 0);
}

static bool array_batchcount(struct planting *p)
{
	return header_change(p, p->m->shape.ac_batchcount.offset, 0);
}

static bool array_touched(struct planting *p)
{
	return header_change(p, p->m->shape.ac_touched.offset, 1);
}

/* What it held is reached by nobody. */
static bool array_pointer(struct planting *p)
{
	struct slab_census_cache *cache;
	struct census_array *a = any_array(p, 0, &cache);
	uint64_t at;

	if (!a)
		return false;
	at = a->slot ? a->slot : cache->cache + p->m->shape.cache_cpu_cache.offset;
	must(p, a->kind == SLAB_ARRAY_OF_CPU ? "cache-percpu" : "array-pointer");
	may(p, "cache-percpu");
	may(p, "freelist-orphans");
	p->truth->array = 0;
	return plant_word(p, at, a->slot ? NO_MEMORY : UINT64_C(0x7ffff0000000), 8);
}

/* Of a cache whose objects the allocator itself does not have. */
static bool is_owners(const struct planting *p, const struct slab_census_cache *c)
{
	(void)p;
	return !memcmp(c->name, "cache-", 6);
}

/*
 * Free an object that somebody has, then another, then the first again. Both are of one node: an object of
 * another node goes to an alien array, and with CONFIG_SLAB_FREELIST_HARDENED the second free of the first is
 * then dropped, since it is the newest entry (dabc3e291d56, 5.9).
 */
static bool double_free(struct planting *p)
{
	struct slab_census_slab *s1, *s2;
	struct slab_census_cache *c = any_cache(p, is_owners);
	uint64_t a, b = 0;
	unsigned int cpu;

	a = c ? any_object(p, c, 0, -1, &s1) : 0;
	for (int i = 0; a && i < 20 && (!b || b == a); i++)
		b = any_object(p, c, 0, s1->node, &s2);
	if (!a || !b || a == b || slab_has(p->m, DEBUG_SLAB))
		return false;
	cpu = (unsigned int)plant_below(p, p->m->nr_cpus);
	p->truth->slab = 0;
	must(p, "array-duplicate");
	must(p, "array-on-freelist");
	must(p, "slab-inuse");
	must(p, "freelist-cycle");
	may(p, "freelist-count");
	may(p, "node-free-objects");
	p->truth->near = true;
	return slab_free_one(p->m, cpu, c->cache, a) == MODEL_DONE &&
	       slab_free_one(p->m, cpu, c->cache, b) == MODEL_DONE &&
	       slab_free_one(p->m, cpu, c->cache, a) == MODEL_DONE;
}

/* Nobody looks, unless the build checks it, and then nothing is wrong afterwards. */
static bool wrong_cache(struct planting *p)
{
	struct slab_census_cache *c = any_cache(p, NULL), *other;
	size_t nr = p->census->nr_caches, first = plant_below(p, nr);
	uint64_t slot = 0;

	if (!c || slab_has(p->m, HARDENED) || slab_has(p->m, DEBUG_SLAB))
		return false;
	for (size_t i = 0; i < nr && !slot; i++) {
		other = &p->census->caches[(first + i) % nr];
		if (other != c && !other->busy && is_owners(p, other))
			slot = any_object(p, other, 0, -1, NULL);
	}
	if (!slot)
		return false;
	must(p, "array-foreign-cache");
	p->truth->near = true;
	return slab_free_one(p->m, (unsigned int)plant_below(p, p->m->nr_cpus), c->cache, slot) ==
	       MODEL_DONE;
}

slab_planter array_planter(enum slab_fault fault)
{
	static const slab_planter planters[SLAB_FAULT_COUNT] = {
		[SLAB_FAULT_ENTRY_TWICE] = entry_twice,
		[SLAB_FAULT_ENTRY_TWO_ARRAYS] = entry_two_arrays,
		[SLAB_FAULT_ENTRY_FREE] = entry_free,
		[SLAB_FAULT_ENTRY_WILD] = entry_wild,
		[SLAB_FAULT_ENTRY_USER] = entry_user,
		[SLAB_FAULT_ENTRY_NULL] = entry_null,
		[SLAB_FAULT_ENTRY_FOREIGN] = entry_foreign,
		[SLAB_FAULT_ENTRY_INSIDE] = entry_inside,
		[SLAB_FAULT_ENTRY_NODE] = entry_node,
		[SLAB_FAULT_AVAIL_HIGH] = avail_high,
		[SLAB_FAULT_ARRAY_LIMIT] = array_limit,
		[SLAB_FAULT_ARRAY_BATCHCOUNT] = array_batchcount,
		[SLAB_FAULT_ARRAY_TOUCHED] = array_touched,
		[SLAB_FAULT_ARRAY_POINTER] = array_pointer,
		[SLAB_FAULT_DOUBLE_FREE] = double_free,
		[SLAB_FAULT_WRONG_CACHE] = wrong_cache,
	};

	return planters[fault];
}
