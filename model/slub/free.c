/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back begins: to a sheaf, to the CPU's freelist, or to the slab (free_slow.c). */
#include "model/slub/cache.h"
#include "model/slub/detached.h"

static void slab_free_cpu(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			  unsigned int count)
{
	uint64_t c, now, tid, freelist;

	while (true) {
		step(m);
		c = this_cpu(m, get64(m, AT(m, s, cache_cpu_slab)));
		tid = get64(m, AT(m, c, cpu_tid));
		if (get64(m, AT(m, c, cpu_slab)) != slab) {
			slab_free_slow(m, s, slab, head, tail, count);
			return;
		}
		freelist = get64(m, AT(m, c, cpu_freelist));
		freepointer_store(m, s, tail, freelist);
		step(m);
		now = this_cpu(m, get64(m, AT(m, s, cache_cpu_slab)));
		if (get64(m, AT(m, now, cpu_freelist)) != freelist ||
		    get64(m, AT(m, now, cpu_tid)) != tid)
			continue;
		put64_now(m, AT(m, now, cpu_freelist), head);
		put64_now(m, AT(m, now, cpu_tid), tid + m->tid_step);
		return;
	}
}

void slab_free(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
	       unsigned int count)
{
	if (has(m, CPU_SLAB))
		slab_free_cpu(m, s, slab, head, tail, count);
	else
		slab_free_slow(m, s, slab, head, tail, count);
}

/*
 * slab_free_freelist_hook(), of all kernels since init_on_free (6471384af2a6, 5.3): each object's
 * hook, and since it takes the list apart for that, the list is in reverse order afterwards.
 */
static void freelist_hook(struct model *m, uint64_t s, uint64_t *head, uint64_t *tail)
{
	uint64_t object, next = *head, last = *tail, list = 0;

	*tail = *head;
	do {
		object = next;
		next = freepointer_load(m, s, object);
		object_retire(m, s, object);
		freepointer_store(m, s, object, list);
		list = object;
	} while (object != last);
	*head = list;
}

static void slab_free_list(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			   unsigned int count)
{
	/* Before, nothing of the kind was compiled without debugging options. */
	if (has(m, ZERO_0X100))
		freelist_hook(m, s, &head, &tail);
	slab_free(m, s, slab, head, tail, count);
}

/*
 * cache_from_obj(): the slab knows better. Until 6.19 the object is freed there, since 7.0 not at
 * all. Nobody looks before 5.3 (598a0717a816), nor in kernels that are not hardened.
 */
static uint64_t cache_from_object(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t own = get(m, slab, slab_cache);
	/* The clone of a memory cgroup is found by its slab alone. */
	bool clone = own && has(m, MEMCG_CLONES) && memcg_root_cache(m, own) == s;
	bool looks = (has(m, HARDENED) && has(m, ZERO_0X100)) ||
		     cache_flags(m, s) & m->era->flags->consistency_checks;

	if (own == s || clone)
		return own;
	if (!own || !looks)
		return s;
	model_report(m, MODEL_REPORT_WRONG_CACHE, "Wrong slab cache");
	return has(m, SHEAVES_ALL) ? 0 : own;
}

void cache_free_object(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	memcg_uncharge(m, s, slab, object);
	/* 782f8906f805, 6.8: one object needs no list. */
	if (!has(m, UNFROZEN_PARTIAL)) {
		slab_free_list(m, s, slab, object, object, 1);
		return;
	}
	object_retire(m, s, object);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s) && free_to_pcs(m, s, object))
		return;
	slab_free(m, s, slab, object, object, 1);
}

static void kmem_cache_free(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t slab = head_page(m, object);

	s = cache_from_object(m, s, slab);
	if (s)
		cache_free_object(m, s, slab, object);
}

static void uncharge_all(struct model *m, uint64_t s, size_t nr, const uint64_t *objects)
{
	for (size_t i = 0; i < nr; i++)
		memcg_uncharge(m, s, head_page(m, objects[i]), objects[i]);
}

/* Objects of several clones can come in one array. */
static uint64_t bulk_cache(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t own;

	if (!has(m, MEMCG_CLONES))
		return s;
	own = get(m, slab, slab_cache);
	return memcg_root_cache(m, own) == s ? own : s;
}

void free_bulk(struct model *m, uint64_t s, size_t nr, uint64_t *objects)
{
	struct detached d;

	uncharge_all(m, s, nr, objects);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s)) {
		free_to_pcs_bulk(m, s, nr, objects);
		return;
	}
	while (nr) {
		/* d1ca263d0d5a, 5.19-rc */
		nr = has(m, TRACK_HANDLE)
			     ? detach(m, s, nr, (struct objects){ .host = objects }, &d)
			     : detach_holes(m, s, nr, objects, &d);
		if (d.slab)
			slab_free_list(m, bulk_cache(m, s, d.slab), d.slab, d.head, d.tail,
				       d.count);
	}
}

enum model_end model_free_object(struct model *m, unsigned int cpu, uint64_t cache, uint64_t object)
{
	OPERATION(m, cpu, kmem_cache_free(m, cache, object));
}

enum model_end model_free_bulk(struct model *m, unsigned int cpu, uint64_t cache, size_t nr,
			       uint64_t *objects)
{
	OPERATION(m, cpu, free_bulk(m, cache, nr, objects));
}

static void free_after_grace_period(struct model *m, uint64_t object)
{
	uint64_t s = get(m, head_page(m, object), slab_cache);

	if (has(m, SHEAVES) && cache_has_sheaves(m, s) && kfree_rcu_sheaf(m, s, object))
		return;
	/* Without sheaves kfree_rcu() keeps a list of its own until then; here it ends at once. */
	rcu_run(m);
	kmem_cache_free(m, s, object);
}

enum model_end model_free_rcu(struct model *m, unsigned int cpu, uint64_t object)
{
	OPERATION(m, cpu, free_after_grace_period(m, object));
}
