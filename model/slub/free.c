/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back: to the CPU's freelist, to the slab, to the lists, to the page allocator. */
#include "model/slub/cache.h"
#include "model/slub/freepointer.h"

bool slab_want_init_on_free(struct model *m, uint64_t s)
{
	/* Objects with a constructor or read without a lock keep their contents. */
	return m->init_on_free && !get(m, s, cache_ctor) &&
	       !(cache_flags(m, s) & (m->era->flags->typesafe_by_rcu | m->era->flags->poison));
}

void object_prepare(struct model *m, uint64_t s, uint32_t gfp, uint64_t object, uint32_t orig_size)
{
	uint32_t size = cache_object_size(m, s);

	/* maybe_wipe_obj_freeptr(), 5.3: nothing of the link is left in a cleared object. */
	if (slab_want_init_on_free(m, s) && get(m, s, cache_offset) < get(m, s, cache_inuse))
		put64(m, object + get(m, s, cache_offset), 0);
	if (gfp & model_gfp(m)->zero)
		/* 9ce67395f5a0, 6.2: the red zone of kmalloc() is spared. */
		model_fill(m, object, 0, redzones_kmalloc(m, s) ? orig_size : size);
	memcg_charge(m, s, object, gfp);
}

/* 6.12: the freepointer is spared, and what kmalloc() was asked for comes back. */
static void retire_late(struct model *m, uint64_t s, uint64_t object, uint64_t end)
{
	uint64_t inuse = get(m, s, cache_inuse);
	uint32_t orig_size = get_orig_size(m, s, object);

	if (get(m, s, cache_offset) >= inuse)
		inuse += 8;
	model_fill(m, object, 0, orig_size);
	if (end > inuse)
		model_fill(m, object + inuse, 0, end - inuse);
	set_orig_size(m, s, object, orig_size);
}

void object_retire(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t inuse = get(m, s, cache_inuse), end = cache_size(m, s);

	if (!slab_want_init_on_free(m, s))
		return;
	if (has(m, RED_LEFT_PAD))
		end -= get(m, s, cache_red_left_pad);
	if (has(m, UNFROZEN_PARTIAL)) {
		retire_late(m, s, object, end);
		return;
	}
	model_fill(m, object, 0, cache_object_size(m, s));
	if (end > inuse)
		model_fill(m, object + inuse, 0, end - inuse);
}

/* What a free to a slab that no CPU owns has to do, beside changing its two words. */
struct slow_free {
	bool locked, was_frozen, frozen, on_node, was_full, empty;
};

/* Prepare the words; takes list_lock when the slab will have to be moved. */
static struct slab_words slow_words(struct model *m, uint64_t s, uint64_t slab, uint64_t n,
				    struct slab_words old, unsigned int count, struct slow_free *f)
{
	bool chains = has(m, CPU_SLAB) && kmem_cache_has_cpu_partial(m, s);
	unsigned int inuse = counters_inuse(old.counters) - count;
	struct slab_words new = old;

	f->was_frozen = has(m, CPU_SLAB) && counters_frozen(old.counters);
	f->was_full = !old.freelist;
	f->empty = !(inuse & 0xffff);
	f->frozen = f->was_frozen;
	new.counters = counters_make(old.counters, inuse, counters_objects(old.counters),
				     counters_frozen(old.counters));
	if ((!f->empty && old.freelist) || f->was_frozen)
		return new;
	if (chains && f->was_full) {
		/* It goes to this CPU's partial list; until 6.7 frozen. */
		f->frozen = true;
		if (!has(m, UNFROZEN_PARTIAL))
			new.counters |= UINT64_C(1) << 31;
		return new;
	}
	f->locked = true;
	irq_save(m);
	lock_take(m, AT(m, n, node_list_lock));
	f->on_node = !has(m, UNFROZEN_PARTIAL) || get(m, slab, slab_flags) & m->shape.pg_partial;
	return new;
}

static void slow_unlock(struct model *m, uint64_t n, struct slow_free *f)
{
	lock_drop(m, AT(m, n, node_list_lock));
	irq_restore(m);
	f->locked = false;
}

/* The slab's words are changed: now its place. */
static void slow_place(struct model *m, uint64_t s, uint64_t slab, uint64_t n, struct slow_free *f)
{
	bool chains = has(m, CPU_SLAB) && kmem_cache_has_cpu_partial(m, s);

	/* Some CPU has it, on a list or in its hands. */
	if (!f->was_full && !f->on_node) {
		slow_unlock(m, n, f);
		return;
	}
	if (f->empty && node_is_rich(m, s, n)) {
		if (!f->was_full)
			remove_partial(m, n, slab);
		else if (!has(m, UNFROZEN_PARTIAL))
			remove_full(m, s, n, slab);
		slow_unlock(m, n, f);
		discard_slab(m, s, slab);
		return;
	}
	if (f->was_full && !chains) {
		if (!has(m, UNFROZEN_PARTIAL) && kmem_cache_debug(m, s))
			remove_full(m, s, n, slab);
		add_partial(m, n, slab, true);
	}
	slow_unlock(m, n, f);
}

void slab_free_slow(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
		    unsigned int count)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab));
	struct slow_free f = { 0 };
	struct slab_words old, new;

	if (kmem_cache_debug(m, s)) {
		if (has(m, DEBUG_UNDER_LOCK)) {
			free_to_partial_list(m, s, slab, head, tail, count);
			return;
		}
		if (!free_debug_processing(m, s, slab, head, tail, &count))
			return;
	}
	do {
		if (f.locked)
			slow_unlock(m, n, &f);
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		freepointer_store(m, s, tail, old.freelist);
		new = slow_words(m, s, slab, n, old, count, &f);
		new.freelist = head;
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	if (f.locked)
		slow_place(m, s, slab, n, &f);
	else if (f.frozen && !f.was_frozen)
		put_cpu_partial(m, s, slab, true);
}

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

/* build_detached_freelist(): the objects of one slab, from the end of the array, as a list. */
struct detached {
	uint64_t slab, head, tail;
	unsigned int count;
};

static size_t detach(struct model *m, uint64_t s, size_t nr, uint64_t *objects, struct detached *d)
{
	unsigned int lookahead = 3;
	uint64_t object = objects[--nr];
	size_t same = nr;

	*d = (struct detached){ head_page(m, object), object, object, 1 };
	freepointer_store(m, s, object, 0);
	while (nr) {
		object = objects[--nr];
		if (head_page(m, object) == d->slab) {
			freepointer_store(m, s, object, d->head);
			d->head = object;
			d->count++;
			same--;
			if (nr != same) {
				objects[nr] = objects[same];
				objects[same] = object;
			}
			continue;
		}
		if (!--lookahead)
			break;
	}
	return same;
}

/* Until 5.19 entries that were taken are NULL, and the search goes on behind the first skipped. */
static size_t detach_holes(struct model *m, uint64_t s, size_t nr, uint64_t *objects,
			   struct detached *d)
{
	size_t first_skipped = 0;
	unsigned int lookahead = 3;
	uint64_t object;

	do
		object = objects[--nr];
	while (!object && nr);
	*d = (struct detached){ 0, object, object, 1 };
	if (!object)
		return 0;
	d->slab = head_page(m, object);
	freepointer_store(m, s, object, 0);
	objects[nr] = 0;
	while (nr) {
		object = objects[--nr];
		if (!object)
			continue;
		if (head_page(m, object) == d->slab) {
			freepointer_store(m, s, object, d->head);
			d->head = object;
			d->count++;
			objects[nr] = 0;
			continue;
		}
		if (!--lookahead)
			break;
		if (!first_skipped)
			first_skipped = nr + 1;
	}
	return first_skipped;
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
		nr = has(m, TRACK_HANDLE) ? detach(m, s, nr, objects, &d)
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
