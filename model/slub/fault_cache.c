/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores to caches, and to what their CPUs and nodes have. */
#include "model/slub/fault_plant.h"

/* Nodes. */

static bool node_choose(struct planting *p, const struct census_cache **s, unsigned int *node)
{
	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		*s = choose_cache(p, NULL);
		*node = (unsigned int)fault_below(p, p->census->nr_nodes);
		if (*s && (*s)->nodes[*node].n)
			return true;
	}
	return false;
}

/*
 * How far a counter has to be off: slabs are counted a moment after or before they can be seen, so
 * each CPU may explain one, and one more that it has seen full.
 */
static uint64_t too_far(struct planting *p, uint64_t now, uint64_t each)
{
	uint64_t delta = (2 * p->census->nr_cpus + 1 + fault_below(p, 8)) * each;

	return fault_below(p, 2) && now >= delta ? now - delta : now + delta;
}

static bool counter_store(struct planting *p, const struct census_cache *s,
			  const struct census_node *k)
{
	uint64_t nr = k->nr_partial, delta = 1 + fault_below(p, 5);

	switch (p->fault) {
	case MODEL_FAULT_NR_PARTIAL:
		fault_must(p, "partial-count");
		nr = fault_below(p, 2) && nr >= delta ? nr - delta : nr + delta;
		return STORE(p, k->n, node_nr_partial, nr);
	case MODEL_FAULT_NODE_SLABS:
		fault_must(p, "node-slabs");
		p->truth->needs_scan = true;
		return STORE(p, k->n, node_nr_slabs, too_far(p, k->nr_slabs, 1));
	default:
		fault_must(p, "node-objects");
		p->truth->needs_scan = true;
		return STORE(p, k->n, node_total_objects,
			     too_far(p, k->total_objects, s->oo & 0xffff));
	}
}

bool fault_node_counter(struct planting *p)
{
	const struct census_cache *s;
	unsigned int node;

	if (!node_choose(p, &s, &node))
		return false;
	fault_of_cache(p, s, "node", -1, (int)node);
	return counter_store(p, s, &s->nodes[node]);
}

bool fault_cache_node(struct planting *p)
{
	const struct census_cache *s;
	unsigned int node;
	uint64_t slot;

	if (!node_choose(p, &s, &node))
		return false;
	slot = AT(p->m, s->cache, cache_node);
	if (has(p->m, PER_NODE))
		slot = AT(p->m, slot + (uint64_t)node * p->m->shape.per_node_bytes, per_node_node);
	else
		slot += 8 * (uint64_t)node;
	if (!fault_store(p, slot, 8, fault_garbage(p)))
		return false;
	fault_of_cache(p, s, "cache", -1, (int)node);
	fault_must(p, "cache-node");
	fault_may_sweep(p);
	return true;
}

/* CPUs. */

static const struct census_cpu *cpu_choose(struct planting *p, const struct census_cache **s,
					   unsigned int *cpu)
{
	*s = choose_cache(p, NULL);
	*cpu = (unsigned int)fault_below(p, p->census->nr_cpus);
	return *s ? &(*s)->cpus[*cpu] : NULL;
}

/* Nothing in a dump says what TID_STEP is but the tids that were ever advanced. */
#define TIDS_THAT_TELL 12
#define TIDS_THAT_TELL_WELL 28

static unsigned int tids_that_moved(const struct census *census)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < census->nr_caches; i++)
		for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
			nr += census->caches[i].cpus[cpu].tid != cpu;
	return nr;
}

bool fault_tid(struct planting *p)
{
	uint64_t step = p->m->tid_step, other;
	const struct census_cache *s;
	const struct census_cpu *k;
	unsigned int cpu, moved;

	k = cpu_choose(p, &s, &cpu);
	if (!k)
		return false;
	moved = tids_that_moved(p->census) + (k->tid == cpu); /* this one moves now */
	other = step > 1 ? (cpu + 1 + fault_below(p, step - 1)) % step : cpu + 1;
	if (!STORE(p, k->c, cpu_tid, k->tid - cpu + other))
		return false;
	fault_of_cache(p, s, "cpu", (int)cpu, -1);
	MAY(p, "cpu-tid");
	if (step < 2)
		return fault_invisible(p, "without preemption a tid names no CPU");
	if (moved < TIDS_THAT_TELL)
		return fault_invisible(p, "too few tids have moved to tell TID_STEP by them");
	if (moved < TIDS_THAT_TELL_WELL && other % (step / 2) == cpu % (step / 2))
		return fault_invisible(p, "with half of TID_STEP every tid is its CPU's");
	fault_must(p, "cpu-tid");
	p->truth->slot = p->truth->written;
	return true;
}

static bool is_foreign_page(const struct planting *p, uint64_t page)
{
	struct target *t = model_target(p->m);
	uint64_t virt;

	return t->ops->page_to_virt(t, page, &virt) && !census_slab_of(p->census, virt);
}

/* A page that belongs to no slab at all. */
static uint64_t page_choose(struct planting *p)
{
	struct target *t = model_target(p->m);
	uint64_t frames = p->census->nr_frames - p->m->first_frame, page;

	for (unsigned int i = 0; i < FAULT_TRIES; i++)
		if (t->ops->frame_to_page(t, p->m->first_frame + fault_below(p, frames), &page) &&
		    is_foreign_page(p, page))
			return page;
	return 0;
}

static bool stray(struct planting *p)
{
	struct list_ref ref;

	if (!choose_list(p, 1u << LIST_CPU, fits_nonempty, &ref) ||
	    !STORE(p, ref.s->cpus[ref.slab->cpu].c, cpu_slab, 0))
		return false;
	fault_of_cache(p, ref.s, "cpu", ref.slab->cpu, -1);
	MAY(p, "cpu-freelist-stray", "freelist-orphans", "slab-frozen", "slab-partial-flag");
	fault_may_sweep(p);
	return fault_invisible(p, "a CPU that gives its slab up clears it before the freelist");
}

bool fault_cpu_slab(struct planting *p)
{
	const struct census_cache *s;
	const struct census_cpu *k;
	unsigned int cpu;
	uint64_t page;

	if (p->fault == MODEL_FAULT_CPU_STRAY)
		return stray(p);
	k = cpu_choose(p, &s, &cpu);
	page = page_choose(p);
	if (!k || !page || !STORE(p, k->c, cpu_slab, page))
		return false;
	fault_of_cache(p, s, "cpu-slab", (int)cpu, -1);
	if (!has(p->m, CLEARS_FIRST) && !k->freelist)
		return fault_invisible(p, "deactivate_slab() frees an empty slab before c->page "
					  "is cleared");
	fault_must(p, "slab-page");
	fault_may_sweep(p);
	MAY(p, "cpu-freelist-stray", "freelist-foreign-slab", "freelist-wild", "freelist-orphans",
	    "slab-cache", "slab-frozen", "slab-objects");
	return true;
}

static bool cpu_holds(const struct census_cache *s, unsigned int cpu)
{
	if (s->cpus[cpu].slab || s->cpus[cpu].partial)
		return true;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		if (s->sheaves[i].cpu == (int)cpu && s->sheaves[i].nr &&
		    s->sheaves[i].place != CENSUS_SHEAF_RCU_FREE)
			return true;
	return false;
}

static bool mask_clear(struct planting *p, const char *name, unsigned int cpu, bool first)
{
	struct target *t = model_target(p->m);
	uint64_t addr, mask;

	if (!t->ops->symbol(t, name, &addr))
		return false;
	addr += 8 * (uint64_t)(cpu / 64);
	mask = fault_word(p, addr, 8) & ~(UINT64_C(1) << cpu % 64);
	if (first)
		return fault_store(p, addr, 8, mask);
	fault_also(p, addr, 8, mask);
	return true;
}

/* It is in neither mask: a panic stops CPUs by taking them out of the first alone. */
bool fault_offline(struct planting *p)
{
	unsigned int cpu = (unsigned int)fault_below(p, p->census->nr_cpus);
	const struct census_cache *chosen = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++)
		if (cpu_holds(&p->census->caches[i], cpu) &&
		    cache_is_wanted(p, &p->census->caches[i]) && fault_takes(p, &n))
			chosen = &p->census->caches[i];
	if (p->census->nr_cpus < 2 || !chosen || !mask_clear(p, "__cpu_online_mask", cpu, true))
		return false;
	mask_clear(p, "__cpu_active_mask", cpu, false);
	fault_of_cache(p, chosen, "cpu", (int)cpu, -1);
	fault_must(p, "cpu-offline");
	return true;
}

/* Caches. */

/* What speaks for a key: links of lists, which all end with NULL under the right one. */
struct evidence {
	uint64_t lists, links, longest;
};

static void evidence_add(struct evidence *e, unsigned int nr)
{
	e->lists += nr > 0;
	e->links += nr;
	if (e->longest < nr)
		e->longest = nr;
}

static struct evidence evidence_of(const struct census_cache *s)
{
	struct evidence e = { 0 };

	for (size_t i = 0; i < s->nr_slabs; i++) {
		enum census_place place = s->slabs[i].place;

		if (place == CENSUS_WAITS || place == CENSUS_NO_LIST || place == CENSUS_NODE_FULL)
			continue;
		evidence_add(&e, s->slabs[i].own.nr);
		evidence_add(&e, s->slabs[i].cpus.nr);
	}
	return e;
}

static bool has_evidence(struct planting *p, const struct census_cache *s)
{
	(void)p;
	return evidence_of(s).links > 0;
}

bool fault_random_key(struct planting *p)
{
	const struct census_cache *s = choose_cache(p, fault_below(p, 8) ? has_evidence : NULL);
	struct evidence e;

	if (!s || !STORE(p, s->cache, cache_random, fault_random(p)))
		return false;
	fault_of_cache(p, s, "cache", -1, -1);
	e = evidence_of(s);
	fault_may_chains(p);
	MAY(p, "cache-random");
	if (!e.links)
		return fault_invisible(p, "no object is on a list, so nothing is decoded with it");
	/* One link can be anybody's: with a key of one's choice it leads to NULL. */
	if (e.longest >= 3 || (e.lists > 1 && e.links >= 3))
		fault_must(p, "cache-random");
	else
		ANY(p, "cache-random", "freelist-wild");
	return true;
}

static bool has_cpu_sheaves(struct planting *p, const struct census_cache *s)
{
	return WORD(p, s->cache, cache_cpu_sheaves) != 0;
}

/* A per-CPU pointer that leads nowhere on any CPU. */
static uint64_t percpu_garbage(struct planting *p)
{
	bool good;
	uint64_t word;

	do {
		word = fault_random(p);
		good = true;
		for (unsigned int i = 0; i < p->census->nr_cpus; i++)
			good &= !fault_readable(p, word + p->m->cpu_offset[i]) &&
				!fault_readable(p, word + p->m->cpu_offset[i] + 0x40);
	} while (!good);
	return word;
}

static bool size_store(struct planting *p, const struct census_cache *s, uint64_t size)
{
	fault_must(p, "cache-geometry");
	fault_may_chains(p);
	fault_may_sweep(p);
	fault_may_sheaves(p);
	MAY(p, "slab-objects", "slab-order");
	return STORE(p, s->cache, cache_size, size);
}

bool fault_cache_member(struct planting *p)
{
	bool sheaves = p->fault == MODEL_FAULT_CACHE_CPU_SHEAVES;
	const struct census_cache *s = choose_cache(p, sheaves ? has_cpu_sheaves : NULL);

	if (!s)
		return false;
	fault_of_cache(p, s, "cache", -1, -1);
	switch (p->fault) {
	case MODEL_FAULT_CACHE_NAME:
		fault_must(p, "cache-name");
		MAY(p, "cache-unreadable");
		return STORE(p, s->cache, cache_name, fault_garbage(p));
	case MODEL_FAULT_CACHE_SIZE:
		return size_store(p, s, 0);
	case MODEL_FAULT_CACHE_SIZE_HUGE:
		return size_store(p, s, 0x7fffff00);
	case MODEL_FAULT_CACHE_CPU_SLAB:
		fault_must(p, "cache-percpu");
		fault_may_sweep(p);
		return STORE(p, s->cache, cache_cpu_slab, percpu_garbage(p));
	case MODEL_FAULT_CACHE_CPU_SHEAVES:
		fault_must(p, "cache-percpu");
		MAY(p, "sheaf-pointer");
		return STORE(p, s->cache, cache_cpu_sheaves, percpu_garbage(p));
	default:
		/* It is a link between caches: of which of them the finding is, is open. */
		p->truth->cache = 0;
		fault_must(p, "cache-list-link");
		MAY(p, "cache-unreadable");
		return fault_store(p, AT(p->m, s->cache, cache_list), 8, fault_garbage(p));
	}
}

bool fault_orphan(struct planting *p)
{
	const struct census_cache *s = choose_cache(p, NULL);
	uint64_t before;

	if (!s)
		return false;
	before = WORD(p, s->cache, cache_name);
	if (model_cache_orphan(p->m, 0, s->cache) != MODEL_DONE)
		return false;
	fault_of_cache(p, s, "cache", -1, -1);
	p->truth->written = AT(p->m, s->cache, cache_name);
	p->truth->before = before;
	p->truth->now = WORD(p, s->cache, cache_name);
	p->truth->width = 8;
	fault_must(p, "cache-name");
	return true;
}
