// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * panic: damage on this CPU's freelist of a kmalloc cache, and then allocations
 * until the kernel dies of it, as in the incident this project exists for.
 */
#include <linux/irqflags.h>

#include "slubfault.h"

#define WARM_UP 16
#define SAFE_CHAIN 6

/* Leaves a few free objects on this CPU's freelist of kmalloc(size). */
static void freelist_warm(size_t size)
{
	void *objects[WARM_UP];
	int i;

	for (i = 0; i < WARM_UP; i++)
		objects[i] = kmalloc(size, GFP_KERNEL);
	for (i = 0; i < WARM_UP; i++)
		kfree(objects[i]);
}

/*
 * Returns with interrupts off, which keeps everybody else away from this CPU's
 * freelist until the end.
 */
static int spot_find_kmalloc(struct spot *spot, unsigned int shift)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		freelist_warm(1u << shift);
		local_irq_disable();
		spot->bed = NULL;
		spot->place = CPU;
		spot->cpu = raw_smp_processor_id();
		spot->node = numa_mem_id();
		spot->s = kmalloc_caches[KMALLOC_NORMAL][shift];
		spot->c = per_cpu_ptr(spot->s->cpu_slab, spot->cpu);
		spot->slab = spot->c->slab;
		spot->head = (void **)&spot->c->freelist;
		spot->length = chain_length(spot->s, *spot->head);
		if (spot->length >= SAFE_CHAIN)
			return 0;
		local_irq_enable();
	}
	return -EAGAIN;
}

/*
 * When slab_alloc_node() takes the object that holds the bad word, it makes
 * the decoded word the head of the cpu freelist and wipes the object
 * (init_on_alloc). The next allocation dies in get_freepointer(). So the dump
 * has the decoded word in c->freelist and no trace of the word itself.
 */
static void predict(struct spot *spot, struct truth *t, void *holder)
{
	t->other = holder;
	truth_word(t, spot->head);
	t->now = (u64)chain_next(spot->s, holder);
	t->predicted = true;
}

static int provoke(const char *fault, struct spot *spot, struct truth *t, size_t size)
{
	int i;

	truth_print(fault, spot, t);
	for (i = 0; i < SAFE_CHAIN; i++)
		WRITE_ONCE(t->object, kmalloc(size, GFP_ATOMIC));
	local_irq_enable();
	return -ECANCELED; /* still alive */
}

PLANT(panic_kmalloc_32)
{
	int err = spot_find_kmalloc(spot, 5);
	void *holder;
	int i;

	if (err)
		return err;
	for (i = 0; i < SAFE_CHAIN - 2; i++) {
		u8 *byte;

		holder = chain_at(spot->s, *spot->head, i);
		byte = (u8 *)chain_slot(spot->s, holder) + 5;
		if (!*byte)
			continue;
		*byte = 0;
		predict(spot, t, holder);
		return provoke("panic-kmalloc-32", spot, t, 32);
	}
	local_irq_enable();
	return -ENOENT;
}

PLANT(panic_kmalloc_64)
{
	int err = spot_find_kmalloc(spot, 6);
	void *object, *next;

	if (err)
		return err;
	for (object = *spot->head; object; object = next) {
		next = chain_next(spot->s, object);
		memset(chain_slot(spot->s, object), 'A', sizeof(void *));
	}
	predict(spot, t, *spot->head);
	return provoke("panic-kmalloc-64", spot, t, 64);
}
