// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * uses: what the former owner of an object does to a member of it that lies where the allocator
 * keeps the freepointer: counters, flags, locks, links of lists, callbacks, text.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "slubfault.h"

void truth_wrote(struct truth *t, const void *first, unsigned int count)
{
	t->wrote = first;
	t->wrote_last = first + count - 1;
}

/*
 * Whether the damaged link leads to an address that tells which finding is owed: into the slab but
 * to no object, or to no memory at all.
 */
bool link_is_told(struct spot *spot, struct truth *t)
{
	void *base = slab_address(spot->slab);
	void *to = chain_next(spot->s, t->object);
	unsigned long bytes = page_size((struct page *)spot->slab);

	if (to >= base && to < base + bytes) {
		t->leads = "inside";
		return (to - base) % spot->s->size != 0;
	}
	t->leads = "outside";
	return to && !virt_addr_valid(to);
}

/* One use of a free object; false when it does not do what it should to this one. */
typedef bool (*use_fn)(struct spot *spot, struct truth *t);

#define LARGEST 256

static int use(struct spot *spot, struct truth *t, use_fn fn)
{
	static u8 kept[LARGEST];
	unsigned int size = spot->s->object_size;
	unsigned int i;

	if (size > sizeof(kept))
		return -ERANGE;
	for (i = 0; i < spot->length - 1; i++) {
		unsigned int index = (victim_index(spot) + i) % (spot->length - 1);

		victim_take(spot, t, index);
		t->repair = chain_next(spot->s, t->object);
		t->orphans = spot->length - 1 - index;
		memcpy(kept, t->object, size);
		if (fn(spot, t) && link_is_told(spot, t))
			return 0;
		memcpy(t->object, kept, size);
	}
	/* The high bits of all words here are alike. After another boot they are others. */
	return -EAGAIN;
}

#define USE(name)                                                   \
	static bool use_##name(struct spot *spot, struct truth *t); \
	PLANT(name)                                                 \
	{                                                           \
		return use(spot, t, use_##name);                    \
	}                                                           \
	static bool use_##name(struct spot *spot, struct truth *t)

USE(counter_inc)
{
	truth_wrote(t, t->slot, sizeof(atomic_t));
	atomic_inc(t->slot);
	return true;
}

USE(counter_add)
{
	truth_wrote(t, t->slot, sizeof(atomic_t));
	atomic_add(2, t->slot);
	return true;
}

USE(counter_dec)
{
	truth_wrote(t, t->slot, sizeof(atomic_t));
	atomic_dec(t->slot);
	return true;
}

/* What is there is negative as a count, which refcount_inc() warns of and saturates. */
USE(refcount_saturated)
{
	refcount_t *r = t->slot;

	if (atomic_read(&r->refs) >= 0)
		return false;
	truth_wrote(t, t->slot, sizeof(*r));
	refcount_inc(r);
	return true;
}

/* A count that is far from zero: nobody takes notice. */
USE(refcount_dec)
{
	refcount_t *r = t->slot;

	if (atomic_read(&r->refs) <= 1)
		return false;
	truth_wrote(t, t->slot, sizeof(*r));
	return !refcount_dec_and_test(r);
}

/* The first flag that is not as it will be; the lowest bits are alike in all words of a slab. */
#define FIRST_FLAG 3
#define LAST_FLAG 31

USE(flag_set)
{
	unsigned int flag = FIRST_FLAG;

	while (flag < LAST_FLAG && test_bit(flag, t->slot))
		flag++;
	truth_wrote(t, t->slot + flag / 8, 1);
	return !test_and_set_bit(flag, t->slot);
}

USE(flag_clear)
{
	unsigned int flag = FIRST_FLAG;

	while (flag < LAST_FLAG && !test_bit(flag, t->slot))
		flag++;
	truth_wrote(t, t->slot + flag / 8, 1);
	return test_and_clear_bit(flag, t->slot);
}

/* A spinlock that is let go. */
USE(unlock)
{
	if (!*(u8 *)t->slot)
		return false;
	truth_wrote(t, t->slot, 1);
	preempt_disable();
	spin_unlock((spinlock_t *)t->slot);
	return true;
}

/* An object that is in use, of another cache. */
static void *live_object(struct spot *spot)
{
	struct slab *full = bed_full_slab(spot->other);

	return full ? bed_allocated(spot->other, full) : NULL;
}

/* The object is on a list still, and the entry behind it goes away. */
USE(list_del_beside)
{
	t->other = live_object(spot);
	if (!t->other)
		return false;
	truth_wrote(t, t->slot, sizeof(void *));
	/* Without the checks of list_del(): some kernels' find the damage and refuse. */
	__list_del(t->slot, t->other);
	return true;
}

/* The same on a hlist, which nobody checks; the entry behind it is the last one. */
USE(hlist_del_beside)
{
	struct hlist_node last = { .pprev = t->slot };

	truth_wrote(t, t->slot, sizeof(void *));
	hlist_del(&last);
	return true;
}

/* What list_del() leaves in the entry itself. */
static void poison_write(struct truth *t, struct list_head *entry)
{
	truth_wrote(t, entry, sizeof(*entry));
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}

USE(list_poison)
{
	poison_write(t, t->slot);
	return true;
}

USE(list_poison_2)
{
	poison_write(t, t->slot - sizeof(void *));
	return true;
}

USE(init_list_head)
{
	truth_wrote(t, t->slot, sizeof(struct list_head));
	INIT_LIST_HEAD(t->slot);
	return !virt_addr_valid(chain_next(spot->s, t->object));
}

static void nothing_rcu(struct rcu_head *head)
{
}

static void nothing_work(struct work_struct *work)
{
}

static void nothing_timer(struct timer_list *timer)
{
}

/* What call_rcu() leaves as long as the callback waits, and is not the last that does. */
USE(rcu_queued)
{
	struct rcu_head *head = t->slot;

	t->other = live_object(spot);
	if (!t->other)
		return false;
	truth_wrote(t, head, sizeof(*head));
	head->next = t->other;
	head->func = nothing_rcu;
	return true;
}

USE(work_init)
{
	struct work_struct *work = t->slot;

	truth_wrote(t, work, sizeof(*work));
	INIT_WORK(work, nothing_work);
	return true;
}

/* A timer whose entry.pprev is there: NULL says that it does not run. */
USE(timer_init)
{
	struct timer_list *timer = t->slot - offsetof(struct timer_list, entry.pprev);

	truth_wrote(t, t->slot, (u8 *)(timer + 1) - (u8 *)t->slot);
	timer_setup(timer, nothing_timer, 0);
	return true;
}

USE(jiffies_stored)
{
	truth_wrote(t, t->slot, sizeof(unsigned long));
	WRITE_ONCE(*(unsigned long *)t->slot, jiffies);
	return true;
}

USE(err_ptr)
{
	truth_wrote(t, t->slot, sizeof(void *));
	WRITE_ONCE(*(void **)t->slot, ERR_PTR(-ENOMEM));
	return true;
}

USE(text)
{
	static const char text[] = "eth0: transmit queue 3 timed out 5120 ms, 17 descriptors "
				   "pending, resetting the adapter";

	if (sizeof(text) < spot->s->offset + sizeof(void *) || sizeof(text) > spot->s->object_size)
		return false;
	truth_wrote(t, t->object, sizeof(text));
	memcpy(t->object, text, sizeof(text));
	return true;
}

USE(memset_00)
{
	truth_wrote(t, t->object, spot->s->object_size);
	memset(t->object, 0, spot->s->object_size);
	return true;
}

USE(memset_ff)
{
	truth_wrote(t, t->object, spot->s->object_size);
	memset(t->object, 0xff, spot->s->object_size);
	return true;
}

USE(pattern_55)
{
	truth_wrote(t, t->slot, sizeof(u64));
	WRITE_ONCE(*(u64 *)t->slot, 0x5555555555555555ull);
	return true;
}
