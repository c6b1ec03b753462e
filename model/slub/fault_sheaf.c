/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores to sheaves and barns, and frees of what they hold. Since 6.18. */
#include "model/slub/fault_plant.h"

/* A sheaf and where it is. */
struct sheaf_ref {
	const struct census_cache *s;
	const struct census_sheaf *sheaf;
};

typedef bool (*sheaf_fits)(struct planting *p, const struct sheaf_ref *ref);

static bool sheaf_choose(struct planting *p, sheaf_fits fits, struct sheaf_ref *chosen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++) {
		const struct census_cache *s = &p->census->caches[i];

		/* The empty one of caches that have none is nobody's. */
		for (size_t j = 0; s->sheaf_capacity && j < s->nr_sheaves; j++) {
			struct sheaf_ref ref = { s, &s->sheaves[j] };

			if (ref.sheaf->place != CENSUS_SHEAF_WAITS && cache_is_wanted(p, s) &&
			    fits(p, &ref) && fault_takes(p, &n))
				*chosen = ref;
		}
	}
	return n > 0;
}

static const char *place_of(enum census_sheaf_place place)
{
	switch (place) {
	case CENSUS_SHEAF_MAIN:
		return "sheaf-main";
	case CENSUS_SHEAF_SPARE:
		return "sheaf-spare";
	case CENSUS_SHEAF_RCU_FREE:
		return "sheaf-rcu-free";
	case CENSUS_SHEAF_BARN_FULL:
		return "barn-full";
	default:
		return "barn-empty";
	}
}

static void sheaf_is(struct planting *p, const struct sheaf_ref *ref)
{
	fault_of_cache(p, ref->s, place_of(ref->sheaf->place), ref->sheaf->cpu, ref->sheaf->node);
	p->truth->sheaf = ref->sheaf->sheaf;
	/* A slab whose objects are in sheaves more often than it has any in use. */
	MAY(p, "slab-inuse");
}

static uint64_t entry_slot(const struct planting *p, uint64_t sheaf, uint64_t i)
{
	return AT(p->m, sheaf, sheaf_objects) + 8 * i;
}

static bool fits_entries(struct planting *p, const struct sheaf_ref *ref)
{
	(void)p;
	return ref->sheaf->nr > 0;
}

static bool fits_two_entries(struct planting *p, const struct sheaf_ref *ref)
{
	(void)p;
	return ref->sheaf->nr > 1;
}

/* How often sheaves that the kernel reaches hold an object; of this one the first @size words. */
static unsigned int times_held(const struct planting *p, const struct sheaf_ref *ref, uint32_t size,
			       uint64_t object)
{
	unsigned int times = 0;

	for (uint32_t i = 0; i < size; i++)
		times += fault_word(p, entry_slot(p, ref->sheaf->sheaf, i), 8) == object;
	for (size_t j = 0; j < ref->s->nr_sheaves; j++) {
		const struct census_sheaf *other = &ref->s->sheaves[j];

		if (other == ref->sheaf || other->place == CENSUS_SHEAF_WAITS)
			continue;
		for (unsigned int i = 0; i < other->nr; i++)
			times += other->objects[i] == object;
	}
	return times;
}

/* What is wrong with a word among the first @size of a sheaf; NULL: nothing. */
static const char *entry_wrong(const struct planting *p, const struct sheaf_ref *ref, uint32_t size,
			       uint64_t value, enum lead *lead)
{
	const struct census_slab *slab;
	int index;

	*lead = lead_of(p, ref->s, NULL, value, &index);
	switch (*lead) {
	case LEAD_OBJECT:
		slab = census_slab_of(p->census, value);
		if (slab->on[index] & (CENSUS_ON_SLAB | CENSUS_ON_CPU))
			return "sheaf-on-freelist";
		return times_held(p, ref, size, value) > 1 ? "sheaf-duplicate" : NULL;
	case LEAD_MISALIGNED:
	case LEAD_SLACK:
		return "sheaf-misaligned";
	case LEAD_OTHER_CACHE:
	case LEAD_INTO_OTHER_CACHE:
		return "sheaf-foreign-cache";
	default:
		return "sheaf-wild";
	}
}

/* One word was changed. */
static bool expect_entry(struct planting *p, const struct sheaf_ref *ref, uint64_t slot,
			 uint64_t value)
{
	enum lead lead;
	const char *id = entry_wrong(p, ref, ref->sheaf->nr, value, &lead);

	sheaf_is(p, ref);
	/* What somebody uses was not cleared, as an object in a sheaf was. */
	MAY(p, "init-on-free");
	if (!id)
		return fault_invisible(p, "objects in sheaves count as used, and this one is");
	if (lead == LEAD_OBJECT) {
		/* It is in two places, and which of them the finding is about is open. */
		p->truth->sheaf = 0;
		fault_must(p, id);
		if (times_held(p, ref, ref->sheaf->nr, value) > 1)
			MAY(p, "sheaf-duplicate");
		return true;
	}
	p->truth->slot = slot;
	if (lead == LEAD_SLACK)
		ANY(p, "sheaf-misaligned", "sheaf-wild");
	else if (lead == LEAD_INTO_OTHER_CACHE)
		ANY(p, "sheaf-foreign-cache", "sheaf-misaligned", "sheaf-wild");
	else
		fault_must(p, id);
	return true;
}

/* An object of the cache that is on a freelist. */
static bool free_choose(struct planting *p, const struct census_cache *s, uint64_t *object)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->nr_slabs; i++) {
		const struct census_slab *slab = &s->slabs[i];
		bool listed = slab->place == CENSUS_NODE_PARTIAL ||
			      slab->place == CENSUS_CPU_PARTIAL || slab->place == CENSUS_CPU_SLAB;

		for (unsigned int j = 0; listed && !slab->busy && j < slab->own.nr; j++)
			if (fault_takes(p, &n))
				*object = census_object(s, slab, slab->own.objects[j]);
	}
	return n > 0;
}

/* An entry of another sheaf than this. */
static bool held_elsewhere(struct planting *p, const struct sheaf_ref *ref, uint64_t *object)
{
	uint64_t n = 0;

	for (size_t j = 0; j < ref->s->nr_sheaves; j++) {
		const struct census_sheaf *other = &ref->s->sheaves[j];

		for (unsigned int i = 0; i < other->nr; i++)
			if (other != ref->sheaf && other->place != CENSUS_SHEAF_WAITS &&
			    fault_takes(p, &n))
				*object = other->objects[i];
	}
	return n > 0;
}

static bool value_choose(struct planting *p, const struct sheaf_ref *ref, uint64_t before,
			 uint64_t *value)
{
	*value = 0;
	switch (p->fault) {
	case MODEL_FAULT_SHEAF_TWICE:
		*value = ref->sheaf->objects[fault_below(p, ref->sheaf->nr)];
		return true;
	case MODEL_FAULT_SHEAF_TWO:
		return held_elsewhere(p, ref, value);
	case MODEL_FAULT_SHEAF_FREE:
		return free_choose(p, ref->s, value);
	case MODEL_FAULT_SHEAF_IN_USE:
		return choose_in_use(p, ref->s, true, NULL, value);
	case MODEL_FAULT_SHEAF_FOREIGN:
		return choose_in_use(p, ref->s, false, NULL, value);
	case MODEL_FAULT_SHEAF_INSIDE:
		*value = before + 1 + fault_below(p, ref->s->size - 1);
		return true;
	case MODEL_FAULT_SHEAF_NULL:
		return true;
	case MODEL_FAULT_SHEAF_GARBAGE:
		*value = fault_garbage(p);
		return true;
	default:
		*value = before ^ UINT64_C(1) << fault_below(p, 64);
		return true;
	}
}

bool fault_sheaf_entry(struct planting *p)
{
	bool twice = p->fault == MODEL_FAULT_SHEAF_TWICE;
	struct sheaf_ref ref;
	uint64_t slot, value;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!sheaf_choose(p, twice ? fits_two_entries : fits_entries, &ref))
			return false;
		slot = entry_slot(p, ref.sheaf->sheaf, fault_below(p, ref.sheaf->nr));
		if (value_choose(p, &ref, fault_word(p, slot, 8), &value) &&
		    fault_store(p, slot, 8, value))
			return expect_entry(p, &ref, slot, value);
	}
	return false;
}

/* A CPU to whose main sheaf a free of a slab's object goes, and which has room; -1: none. */
static int freeing_cpu(struct planting *p, const struct census_cache *s, uint64_t object)
{
	const struct census_slab *slab = census_slab_of(p->census, object);
	uint64_t n = 0;
	int chosen = -1;

	if (!slab || WORD(p, slab->slab, slab_flags) & p->m->shape.pg_pfmemalloc)
		return -1;
	for (unsigned int cpu = 0; cpu < p->census->nr_cpus; cpu++)
		if (cpu_node(p->m, cpu) == (unsigned int)slab->node && s->cpus[cpu].main &&
		    WORD(p, s->cpus[cpu].main, sheaf_size) < s->sheaf_capacity &&
		    fault_takes(p, &n))
			chosen = (int)cpu;
	return chosen;
}

bool fault_sheaf_double_free(struct planting *p)
{
	struct sheaf_ref ref;
	uint64_t object, slot;
	bool listed;
	int cpu;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!sheaf_choose(p, fits_entries, &ref))
			return false;
		/* Clearing a free object would break its list, which is another fault. */
		listed = fault_below(p, 2) && !p->m->init_on_free;
		object = ref.sheaf->objects[fault_below(p, ref.sheaf->nr)];
		if (listed && !free_choose(p, ref.s, &object))
			continue;
		cpu = freeing_cpu(p, ref.s, object);
		if (cpu < 0)
			continue;
		slot = ref.s->cpus[cpu].main;
		slot = entry_slot(p, slot, WORD(p, slot, sheaf_size));
		if (model_free_object(p->m, (unsigned int)cpu, ref.s->cache, object) != MODEL_DONE)
			return false;
		fault_of_cache(p, ref.s, "sheaf-main", cpu, -1);
		p->truth->written = slot;
		p->truth->now = fault_word(p, slot, 8);
		p->truth->width = 8;
		fault_must(p, listed ? "sheaf-on-freelist" : "sheaf-duplicate");
		return true;
	}
	return false;
}

/* Sizes. */

static bool fits_size(struct planting *p, const struct sheaf_ref *ref)
{
	switch (p->fault) {
	case MODEL_FAULT_BARN_FULL_IS_EMPTY:
		return ref->sheaf->place == CENSUS_SHEAF_BARN_FULL;
	case MODEL_FAULT_BARN_EMPTY_IS_FULL:
		return ref->sheaf->place == CENSUS_SHEAF_BARN_EMPTY;
	case MODEL_FAULT_SHEAF_SIZE_WITHIN:
		return ref->sheaf->place != CENSUS_SHEAF_BARN_EMPTY && ref->s->sheaf_capacity > 2;
	default:
		return true;
	}
}

static uint32_t size_choose(struct planting *p, const struct sheaf_ref *ref)
{
	uint32_t capacity = ref->s->sheaf_capacity;

	switch (p->fault) {
	case MODEL_FAULT_BARN_FULL_IS_EMPTY:
		return 0;
	case MODEL_FAULT_BARN_EMPTY_IS_FULL:
		return 1 + (uint32_t)fault_below(p, capacity);
	case MODEL_FAULT_SHEAF_SIZE_WITHIN:
		/* rcu_free is handed on when it is full, and not there when it is empty. */
		return 1 + (uint32_t)fault_below(p, capacity - 1);
	default:
		return fault_below(p, 2) ? capacity + 1 + (uint32_t)fault_below(p, 64)
					 : (uint32_t)fault_random(p) | UINT32_C(0x80000000);
	}
}

/* Several objects of a slab that was given to another cache look as if its owner was overwritten. */
static void expect_first(struct planting *p, const char *id)
{
	if (strcmp(id, "sheaf-foreign-cache"))
		fault_must(p, id);
	else
		ANY(p, "sheaf-foreign-cache", "slab-cache");
}

/* All that a sheaf holds with another size: what earlier times left behind its end counts now. */
static void expect_size(struct planting *p, const struct sheaf_ref *ref, uint32_t size)
{
	enum lead lead;
	bool any = false;

	for (uint32_t i = 0; i < size; i++) {
		uint64_t value = fault_word(p, entry_slot(p, ref->sheaf->sheaf, i), 8);
		const char *id = entry_wrong(p, ref, size, value, &lead);

		if (id && !any && lead != LEAD_SLACK && lead != LEAD_INTO_OTHER_CACHE)
			expect_first(p, id);
		any |= id != NULL;
	}
	p->truth->sheaf = 0;
	fault_may_sheaves(p);
	if (any && !p->truth->must[0])
		ANY(p, "sheaf-wild", "sheaf-misaligned", "sheaf-foreign-cache");
	if (!any)
		fault_invisible(p, "what it holds is used by nobody who can be known");
	/* Stale entries can be of a slab that another cache has by now. */
	MAY(p, "slab-cache");
}

bool fault_sheaf_size(struct planting *p)
{
	struct sheaf_ref ref;
	uint32_t size;

	if (!sheaf_choose(p, fits_size, &ref))
		return false;
	size = size_choose(p, &ref);
	if (!STORE(p, ref.sheaf->sheaf, sheaf_size, size))
		return false;
	sheaf_is(p, &ref);
	if (p->fault == MODEL_FAULT_SHEAF_SIZE_WITHIN) {
		expect_size(p, &ref, size);
		return true;
	}
	fault_must(p, p->fault == MODEL_FAULT_SHEAF_SIZE ? "sheaf-size" : "barn-sheaf");
	MAY(p, "barn-sheaf");
	fault_may_sheaves(p);
	return true;
}

/* Pointers. */

static bool fits_any(struct planting *p, const struct sheaf_ref *ref)
{
	(void)p;
	(void)ref;
	return true;
}

bool fault_sheaf_cache(struct planting *p)
{
	const struct census_cache *other;
	struct sheaf_ref ref;
	uint64_t value;

	if (!sheaf_choose(p, fits_any, &ref))
		return false;
	other = choose_other_cache(p, ref.s);
	if (!other)
		return false;
	value = p->fault == MODEL_FAULT_SHEAF_CACHE ? other->cache : fault_garbage(p);
	if (!STORE(p, ref.sheaf->sheaf, sheaf_cache, value))
		return false;
	sheaf_is(p, &ref);
	fault_must(p, "sheaf-cache");
	return true;
}

static bool has_sheaves(struct planting *p, const struct census_cache *s)
{
	(void)p;
	return s->sheaf_capacity && s->cpus[0].pcs;
}

static const struct {
	const char *name;
	size_t offset; /* in struct model_shape */
} pointers[] = {
	{ "sheaf-main", offsetof(struct model_shape, sheaves_main) },
	{ "sheaf-spare", offsetof(struct model_shape, sheaves_spare) },
	{ "sheaf-rcu-free", offsetof(struct model_shape, sheaves_rcu_free) },
};

/* Any other sheaf of the cache that something leads to. */
static uint64_t sheaf_other(struct planting *p, const struct census_cache *s, uint64_t than)
{
	uint64_t chosen = 0, n = 0;

	for (size_t i = 0; i < s->nr_sheaves; i++)
		if (s->sheaves[i].sheaf != than && s->sheaves[i].place != CENSUS_SHEAF_WAITS &&
		    fault_takes(p, &n))
			chosen = s->sheaves[i].sheaf;
	return chosen;
}

bool fault_sheaf_pointer(struct planting *p)
{
	bool shared = p->fault == MODEL_FAULT_SHEAF_SHARED;
	const struct census_cache *s = choose_cache(p, has_sheaves);
	unsigned int which = (unsigned int)fault_below(p, 3);
	unsigned int cpu = (unsigned int)fault_below(p, p->census->nr_cpus);
	const struct target_member *member;
	uint64_t slot, value;

	if (!s)
		return false;
	member =
		(const struct target_member *)((const char *)&p->m->shape + pointers[which].offset);
	slot = s->cpus[cpu].pcs + member->offset;
	/* A CPU that has sheaves has a main one; the others may be missing. */
	value = !which && !fault_below(p, 3) ? 0 : fault_garbage(p);
	if (shared)
		value = sheaf_other(p, s, fault_word(p, slot, 8));
	if ((shared && !value) || !fault_store(p, slot, 8, value))
		return false;
	fault_of_cache(p, s, pointers[which].name, (int)cpu, -1);
	fault_must(p, shared ? "sheaf-shared" : "sheaf-pointer");
	if (shared)
		MAY(p, "sheaf-duplicate", "barn-sheaf");
	return true;
}

/* Barns. */

static bool has_barns(struct planting *p, const struct census_cache *s)
{
	bool any = false;

	for (unsigned int i = 0; i < p->census->nr_nodes; i++)
		any |= s->nodes[i].barn != 0;
	return any && s->sheaf_capacity;
}

static const struct census_node *barn_choose(struct planting *p, const struct census_cache **s,
					     unsigned int *node)
{
	*s = choose_cache(p, has_barns);
	if (!*s)
		return NULL;
	do
		*node = (unsigned int)fault_below(p, p->census->nr_nodes);
	while (!(*s)->nodes[*node].barn);
	return &(*s)->nodes[*node];
}

bool fault_barn_pointer(struct planting *p)
{
	const struct census_cache *s;
	const struct census_node *k;
	unsigned int node;
	uint64_t slot;

	k = barn_choose(p, &s, &node);
	if (!k)
		return false;
	if (has(p->m, PER_NODE))
		slot = AT(p->m,
			  AT(p->m, s->cache, cache_node) +
				  (uint64_t)node * p->m->shape.per_node_bytes,
			  per_node_barn);
	else
		slot = AT(p->m, k->n, node_barn);
	if (!fault_store(p, slot, 8, fault_garbage(p)))
		return false;
	fault_of_cache(p, s, "barn", -1, (int)node);
	fault_must(p, "barn-pointer");
	return true;
}

bool fault_barn_count(struct planting *p)
{
	bool full = p->fault == MODEL_FAULT_BARN_NR_FULL;
	const struct census_cache *s;
	const struct census_node *k;
	unsigned int node, nr, delta;

	k = barn_choose(p, &s, &node);
	if (!k)
		return false;
	nr = full ? k->nr_full : k->nr_empty;
	delta = 1 + (unsigned int)fault_below(p, 5);
	nr = nr >= delta && fault_below(p, 2) ? nr - delta : nr + delta;
	if (full ? !STORE(p, k->barn, barn_nr_full, nr) : !STORE(p, k->barn, barn_nr_empty, nr))
		return false;
	fault_of_cache(p, s, "barn", -1, (int)node);
	fault_must(p, "barn-count");
	return true;
}

static bool fits_barn(struct planting *p, const struct sheaf_ref *ref)
{
	(void)p;
	return ref->sheaf->place == CENSUS_SHEAF_BARN_FULL ||
	       ref->sheaf->place == CENSUS_SHEAF_BARN_EMPTY;
}

bool fault_barn_link(struct planting *p)
{
	struct sheaf_ref ref;
	uint64_t slot;

	if (!sheaf_choose(p, fits_barn, &ref))
		return false;
	slot = AT(p->m, ref.sheaf->sheaf, sheaf_list) + (p->fault == MODEL_FAULT_BARN_PREV ? 8 : 0);
	if (!fault_store(p, slot, 8, fault_garbage(p)))
		return false;
	sheaf_is(p, &ref);
	p->truth->slot = slot;
	fault_must(p, "barn-link");
	MAY(p, "barn-count");
	return true;
}
