/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheaves of CPUs: where most allocations and frees begin, and end. */
#include "model/slub/sheaf.h"

bool cache_has_sheaves(struct model *m, uint64_t s)
{
	return has(m, SHEAVES) && cache_sheaf_capacity(m, s) != 0;
}

bool cache_has_pcs(struct model *m, uint64_t s)
{
	if (!has(m, SHEAVES))
		return false;
	/* 7.0: all caches have, some of them an empty one for ever. */
	return has(m, SHEAVES_ALL) || get64(m, AT(m, s, cache_cpu_sheaves)) != 0;
}

uint64_t this_pcs(struct model *m, uint64_t s)
{
	return this_cpu(m, get64(m, AT(m, s, cache_cpu_sheaves)));
}

/*
 * The lock is a byte that says that it is taken, as only interrupts come between, and padding. A
 * kernel with lockdep has more in there: then nothing comes between at all.
 */
static bool pcs_has_lock(const struct model *m)
{
	return m->shape.sheaves_lock.size >= 1 && m->shape.sheaves_lock.size <= 4;
}

static uint64_t pcs_lock_word(struct model *m, uint64_t s)
{
	return AT(m, this_pcs(m, s), sheaves_lock);
}

bool pcs_trylock(struct model *m, uint64_t s)
{
	preempt_disable(m);
	if (!pcs_has_lock(m)) {
		irq_save(m);
		return true;
	}
	if (lock_try(m, pcs_lock_word(m, s)))
		return true;
	preempt_enable(m);
	return false;
}

void pcs_lock(struct model *m, uint64_t s)
{
	preempt_disable(m);
	if (pcs_has_lock(m))
		lock_take(m, pcs_lock_word(m, s));
	else
		irq_save(m);
}

void pcs_unlock(struct model *m, uint64_t s)
{
	if (pcs_has_lock(m))
		lock_drop(m, pcs_lock_word(m, s));
	else
		irq_restore(m);
	preempt_enable(m);
}

uint64_t sheaf_new(struct model *m, uint64_t s, uint32_t gfp, uint32_t capacity)
{
	uint64_t sheaf;

	if (cache_flags(m, s) & m->era->flags->kmalloc)
		gfp |= GFP_NO_RECURSE;
	sheaf = kmalloc_node(m, m->shape.sheaf_objects.offset + 8 * (size_t)capacity,
			     gfp | m->era->gfp->zero, MODEL_ANY_NODE, SHEAF_CALLER);
	if (sheaf)
		put64(m, AT(m, sheaf, sheaf_cache), s);
	else if (m->under) /* whose kmalloc() is not followed */
		m->wanted_pages = true;
	return sheaf;
}

uint64_t alloc_empty_sheaf(struct model *m, uint64_t s, uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;

	if (gfp & GFP_NO_RECURSE)
		return 0;
	gfp &= ~(g->dma | g->reclaimable | g->account | g->nofail | g->thisnode | g->comp);
	return sheaf_new(m, s, gfp, cache_sheaf_capacity(m, s));
}

void free_empty_sheaf(struct model *m, uint64_t sheaf)
{
	kfree_object(m, sheaf);
}

/* Fill it; false: there is not enough memory for all of it. */
static bool refill_sheaf(struct model *m, uint64_t s, uint64_t sheaf, uint32_t gfp)
{
	uint32_t size = sheaf_size(m, sheaf);
	uint32_t to_fill = cache_sheaf_capacity(m, s) - size;
	size_t filled;

	if (!to_fill)
		return true;
	note(m, MODEL_NOTE_SHEAF_REFILL, sheaf, to_fill);
	filled = refill_objects(m, s, objects_from(sheaf_array(m, sheaf), size), gfp, to_fill,
				to_fill);
	sheaf_set_size(m, sheaf, sheaf_size(m, sheaf) + (uint32_t)filled);
	return filled == to_fill;
}

/* Called with the lock held, which it drops. Return: how many are left. */
static uint32_t flush_main_batch(struct model *m, uint64_t s)
{
	uint64_t sheaf = pcs_main(m, this_pcs(m, s)), objects[PCS_BATCH_MAX];
	uint32_t size = sheaf_size(m, sheaf);
	uint32_t batch = size < PCS_BATCH_MAX ? size : PCS_BATCH_MAX;

	size -= batch;
	sheaf_set_size(m, sheaf, size);
	for (uint32_t i = 0; i < batch; i++)
		objects[i] = get64(m, sheaf_slot(m, sheaf, size + i));
	pcs_unlock(m, s);
	free_to_slabs(m, s, batch, (struct objects){ .host = objects });
	return size;
}

void sheaf_flush_main(struct model *m, uint64_t s)
{
	do {
		pcs_lock(m, s);
	} while (flush_main_batch(m, s));
}

static bool sheaf_try_flush_main(struct model *m, uint64_t s)
{
	bool any = false;

	do {
		if (!pcs_trylock(m, s))
			return any;
		any = true;
	} while (flush_main_batch(m, s));
	return true;
}

void sheaf_flush_unused(struct model *m, uint64_t s, uint64_t sheaf)
{
	uint32_t size = sheaf_size(m, sheaf);

	if (!size)
		return;
	free_to_slabs(m, s, size, sheaf_array(m, sheaf));
	sheaf_set_size(m, sheaf, 0);
}

/*
 * Put a sheaf that was filled without the lock where it fits. Return: the running CPU's sheaves,
 * locked, or 0 when this interrupts who works on them.
 */
static uint64_t install_full(struct model *m, uint64_t s, uint64_t full, uint64_t barn)
{
	uint64_t pcs = 0, main, spare;

	if (!pcs_trylock(m, s)) {
		barn_put_full_sheaf(m, barn, full);
		return 0;
	}
	pcs = this_pcs(m, s);
	main = pcs_main(m, pcs);
	spare = pcs_spare(m, pcs);
	if (!sheaf_size(m, main)) {
		if (!spare)
			pcs_set_spare(m, pcs, main);
		else
			barn_put_empty_sheaf(m, barn, main);
		pcs_set_main(m, pcs, full);
	} else if (!spare) {
		pcs_set_spare(m, pcs, full);
	} else if (!sheaf_size(m, spare)) {
		barn_put_empty_sheaf(m, barn, spare);
		pcs_set_spare(m, pcs, full);
	} else {
		/* It was filled by others, or this is another CPU by now. */
		barn_put_full_sheaf(m, barn, full);
	}
	return pcs;
}

/* With an empty sheaf of nobody, or 0; unlocked. As install_full(). */
static uint64_t refill_main(struct model *m, uint64_t s, uint64_t empty, uint64_t barn,
			    uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;

	if (!empty)
		empty = alloc_empty_sheaf(m, s, gfp);
	if (!empty)
		return 0;
	gfp &= ~GFP_NO_RECURSE;
	if (!refill_sheaf(m, s, empty, gfp | g->nomemalloc | g->nowarn)) {
		sheaf_flush_unused(m, s, empty);
		free_empty_sheaf(m, empty);
		return 0;
	}
	return install_full(m, s, empty, barn);
}

/* __pcs_replace_empty_main(): the lock is held; 0: it is not any more, and there is no object. */
static uint64_t replace_empty_main(struct model *m, uint64_t s, uint64_t pcs, uint32_t gfp)
{
	uint64_t spare = pcs_spare(m, pcs), barn, full, empty = 0;
	bool may_refill;

	barn = cache_has_sheaves(m, s) ? get_barn(m, s) : 0;
	if (cache_has_sheaves(m, s) && spare && sheaf_size(m, spare)) {
		note(m, MODEL_NOTE_SHEAF_SWAP, pcs, spare);
		pcs_swap(m, pcs);
		return pcs;
	}
	full = barn ? barn_replace_empty_sheaf(m, barn, pcs_main(m, pcs)) : 0;
	if (full) {
		pcs_set_main(m, pcs, full);
		return pcs;
	}
	/* Until 6.19 only those who may sleep fill sheaves. */
	may_refill = barn && (has(m, SHEAVES_ALL) || gfp_may_block(m, gfp));
	if (may_refill && spare) {
		empty = spare;
		pcs_set_spare(m, pcs, 0);
	} else if (may_refill) {
		empty = barn_get_empty_sheaf(m, barn);
	}
	pcs_unlock(m, s);
	return may_refill ? refill_main(m, s, empty, barn, gfp) : 0;
}

static unsigned int object_node(struct model *m, uint64_t object)
{
	uint64_t page;

	if (!page_of_virt(m, object, &page))
		model_oops_at(m, MODEL_OOPS_FAULT, object, "looks for the node of an object");
	return page_node(m, page);
}

uint64_t alloc_from_pcs(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	uint64_t pcs, main, object;
	uint32_t size;

	if (!cache_has_pcs(m, s))
		return 0;
	if (node != MODEL_ANY_NODE && (unsigned int)node != numa_node(m))
		return 0;
	if (!pcs_trylock(m, s))
		return 0;
	pcs = this_pcs(m, s);
	if (!sheaf_size(m, pcs_main(m, pcs))) {
		pcs = replace_empty_main(m, s, pcs, gfp);
		if (!pcs)
			return 0;
	}
	main = pcs_main(m, pcs);
	size = sheaf_size(m, main);
	m->doing = "takes the last object of its main sheaf";
	object = get64(m, sheaf_slot(m, main, size - 1));
	/* Frees by others may have brought objects of other nodes here. */
	if (node != MODEL_ANY_NODE && object_node(m, object) != (unsigned int)node) {
		pcs_unlock(m, s);
		return 0;
	}
	note(m, MODEL_NOTE_SHEAF, main, object);
	sheaf_set_size(m, main, size - 1);
	pcs_unlock(m, s);
	return object;
}

/* __pcs_install_empty_sheaf(): the lock is held. */
static void install_empty(struct model *m, uint64_t s, uint64_t pcs, uint64_t empty, uint64_t barn)
{
	uint64_t main = pcs_main(m, pcs), spare = pcs_spare(m, pcs);
	uint32_t capacity = cache_sheaf_capacity(m, s);

	if (!spare) {
		pcs_set_spare(m, pcs, main);
		pcs_set_main(m, pcs, empty);
	} else if (sheaf_size(m, main) < capacity) {
		barn_put_empty_sheaf(m, barn, empty);
	} else if (sheaf_size(m, spare) < capacity) {
		pcs_swap(m, pcs);
		barn_put_empty_sheaf(m, barn, empty);
	} else {
		barn_put_full_sheaf(m, barn, main);
		pcs_set_main(m, pcs, empty);
	}
}

/*
 * With the lock held: find room for one object in what there is. Return: the CPU's sheaves; 0:
 * none, and the lock is not held any more. @empty: then a sheaf, or 0.
 */
static uint64_t replace_full_locked(struct model *m, uint64_t s, uint64_t pcs, uint64_t barn,
				    uint64_t *empty)
{
	uint64_t main = pcs_main(m, pcs), spare = pcs_spare(m, pcs);
	bool too_many = false;

	if (!spare) {
		*empty = barn_get_empty_sheaf(m, barn);
		if (*empty)
			pcs_set_spare(m, pcs, main);
	} else if (sheaf_size(m, spare) < cache_sheaf_capacity(m, s)) {
		pcs_swap(m, pcs);
		return pcs;
	} else {
		*empty = barn_replace_full_sheaf(m, barn, main, &too_many);
	}
	if (*empty) {
		pcs_set_main(m, pcs, *empty);
		return pcs;
	}
	if (too_many)
		pcs_set_spare(m, pcs, 0);
	pcs_unlock(m, s);
	if (too_many) {
		sheaf_flush_unused(m, s, spare);
		*empty = spare;
	}
	return 0;
}

/* __pcs_replace_full_main(): the lock is held; 0: it is not any more, and there is no room. */
static uint64_t replace_full_main(struct model *m, uint64_t s, uint64_t pcs)
{
	uint64_t barn, done;

	do {
		uint64_t empty = 0;

		barn = cache_has_sheaves(m, s) ? get_barn(m, s) : 0;
		if (!barn) {
			pcs_unlock(m, s);
			return 0;
		}
		done = replace_full_locked(m, s, pcs, barn, &empty);
		if (done)
			return done;
		if (!empty)
			empty = alloc_empty_sheaf(m, s, m->era->gfp->nowarn);
		if (empty && !pcs_trylock(m, s)) {
			barn_put_empty_sheaf(m, barn, empty);
			return 0;
		}
		if (empty) {
			pcs = this_pcs(m, s);
			install_empty(m, s, pcs, empty, barn);
			return pcs;
		}
		if (!sheaf_try_flush_main(m, s) || !pcs_trylock(m, s))
			return 0;
		pcs = this_pcs(m, s);
	} while (sheaf_size(m, pcs_main(m, pcs)) == cache_sheaf_capacity(m, s));
	return pcs;
}

bool can_free_to_pcs(struct model *m, uint64_t slab)
{
	return page_node(m, slab) == numa_node(m) &&
	       !(get(m, slab, slab_flags) & m->shape.pg_pfmemalloc);
}

bool free_to_pcs(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t pcs, main;
	uint32_t size;

	if (!cache_has_pcs(m, s) || !can_free_to_pcs(m, head_page(m, object)) || !pcs_trylock(m, s))
		return false;
	pcs = this_pcs(m, s);
	if (sheaf_size(m, pcs_main(m, pcs)) == cache_sheaf_capacity(m, s)) {
		pcs = replace_full_main(m, s, pcs);
		if (!pcs)
			return false;
	}
	main = pcs_main(m, pcs);
	size = sheaf_size(m, main);
	/* Compilers store the incremented size before what goes to the old one. */
	sheaf_set_size(m, main, size + 1);
	put64(m, sheaf_slot(m, main, size), object);
	pcs_unlock(m, s);
	return true;
}
