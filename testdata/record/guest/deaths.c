// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * deaths: bugs of users of the allocator by which the kernel dies while all lists are healthy.
 *
 * Each function here does to one of the things what real bugs do, tells the truth, and lets the
 * kernel follow what is left.
 */
#include <linux/err.h>
#ifdef CONFIG_KFENCE
#include <linux/kfence.h>
#endif
#include <linux/list.h>
#include <linux/random.h>
#include <linux/refcount.h>
#include <linux/vmalloc.h>

#include "things.h"

STEP u64 held_count(struct thing *thing)
{
	return READ_ONCE(thing->held->count);
}

STEP u64 peer_count(struct thing *thing)
{
	return READ_ONCE(thing->peer->count);
}

STEP u64 ops_count(struct thing *thing)
{
	return thing->ops->count(thing);
}

STEP u64 thing_done(struct thing *thing)
{
	return thing->done(thing);
}

STEP void sibling_del(struct thing *thing)
{
	list_del(&thing->siblings);
}

/* A pointer of a freed object is followed, where its freepointer is now. */
PLANT(death_freed_link)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-freed-link", spot, t, thing, &thing->held, "free");
	sink += held_count(thing);
	return err;
}

/* A pointer of a freed object is followed; what it led to was freed with the object. */
PLANT(death_freed_member)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	things[VICTIM]->peer = vmalloc(PAGE_SIZE);
	if (!things[VICTIM]->peer)
		return -ENOMEM;
	vfree(things[VICTIM]->peer);
	thing = victim_free(spot);
	err = tell("death-freed-member", spot, t, thing, &thing->peer, "free");
	sink += peer_count(thing);
	return err;
}

/* The same, and whoever freed it has cleared the pointer before. */
PLANT(death_freed_null)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	things[VICTIM]->peer = NULL;
	thing = victim_free(spot);
	err = tell("death-freed-null", spot, t, thing, &thing->peer, "free");
	sink += peer_count(thing);
	return err;
}

/* A function of a freed object is called, where its freepointer is now. */
PLANT(death_freed_call)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-freed-call", spot, t, thing, &thing->done, "free");
	sink += thing_done(thing);
	return err;
}

/* A freed object has another owner by now, who keeps a text in it. */
PLANT(death_reused_call)
{
	static const char text[] = "eth0: transmit queue 3 timed out";
	int err = things_make(spot, 0);
	unsigned int i;
	char *now;

	if (err)
		return err;
	kmem_cache_free(spot->s, things[VICTIM]);
	for (i = 0; i < 4 * NR_THINGS; i++) {
		now = (char *)thing_alloc(spot->s);
		if (!now)
			return -ENOMEM;
		memcpy(now, text, sizeof(text));
		if (now == (char *)things[VICTIM])
			break;
	}
	if (now != (char *)things[VICTIM])
		return -EAGAIN;
	err = tell("death-reused-call", spot, t, now, &things[VICTIM]->ops, "allocated");
	sink += ops_count(things[VICTIM]);
	return err;
}

/* The entry before it on a list was freed, and not deleted: the check of list_del() stops. */
PLANT(death_list_del_beside)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	t->other = things[BEHIND];
	t->holder = &things[BEHIND]->siblings.prev;
	err = tell("death-list-del-beside", spot, t, thing, &thing->siblings.next, "free");
	sibling_del(things[BEHIND]);
	return err;
}

/* A freed object is deleted from a list: its next is a freepointer. */
PLANT(death_list_del_freed)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-list-del-freed", spot, t, thing, &thing->siblings.next, "free");
	sibling_del(thing);
	return err;
}

/* A new entry is added behind a freed one. */
PLANT(death_list_add_freed)
{
	int err = things_make(spot, 0);
	static struct list_head entry;
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-list-add-freed", spot, t, thing, &thing->siblings.next, "free");
	list_add(&entry, &thing->siblings);
	return err;
}

STEP u64 siblings_count(void)
{
	struct thing *thing;
	u64 count = 0;

	list_for_each_entry(thing, &siblings, siblings) count += thing->count;
	return count;
}

/* A list has a freed entry still, and somebody walks it: no register has the entry any more. */
PLANT(death_list_walk)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	t->holder = &things[BEFORE]->siblings.next;
	err = tell("death-list-walk", spot, t, thing, &thing->siblings.next, "free");
	sink += siblings_count();
	return err;
}

/* An entry that is in use is deleted twice. */
PLANT(death_list_del_twice)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	sibling_del(thing);
	err = tell("death-list-del-twice", spot, t, thing, &thing->siblings.next, "allocated");
	sibling_del(thing);
	return err;
}

STEP u64 next_count(struct thing *thing)
{
	return list_next_entry(thing, all)->count;
}

/* An entry was deleted and freed, and somebody who was at it goes on. */
PLANT(death_list_poison_freed)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	list_del(&things[VICTIM]->all);
	thing = victim_free(spot);
	err = tell("death-list-poison-freed", spot, t, thing, &thing->all.next, "free");
	sink += next_count(thing);
	return err;
}

/* The same with an entry that was deleted, and is in use. */
PLANT(death_list_poison_live)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	list_del(&thing->all);
	err = tell("death-list-poison-live", spot, t, thing, &thing->all.next, "allocated");
	sink += next_count(thing);
	return err;
}

/* One bit of a pointer in an object flips. */
PLANT(death_bit_flip)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	t->other = thing->peer;
	thing->peer = (void *)((unsigned long)thing->peer ^ 1ul << param_bit);
	err = tell("death-bit-flip", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

STEP void thing_put(struct spot *spot, struct thing *thing)
{
	if (refcount_dec_and_test(&thing->users))
		thing_free(spot, thing);
}

/* A reference too many is dropped: the kernel warns. Then the object is used. */
PLANT(death_refcount)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	thing_put(spot, thing);
	thing_put(spot, thing);
	err = tell("death-refcount", spot, t, thing, &thing->held, "free");
	sink += held_count(thing);
	return err;
}

/* The same on a machine that panics of warnings. */
PLANT(death_refcount_warn)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	thing_put(spot, thing);
	err = tell("death-refcount-warn", spot, t, thing, NULL, "free");
	thing_put(spot, thing);
	return err;
}

/* A pointer was never set. */
PLANT(death_null_member)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	thing->peer = NULL;
	err = tell("death-null-member", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

/* A thing with another one before it in the same slab, which is set. */
static struct thing *thing_behind(struct spot *spot, struct thing **before)
{
	unsigned int i, k;

	for (i = 0; i < NR_THINGS; i++) {
		for (k = 0; k < NR_THINGS; k++) {
			if ((void *)things[i] + spot->s->size != (void *)things[k] ||
			    slab_of(things[i]) != slab_of(things[k]))
				continue;
			*before = things[i];
			return things[k];
		}
	}
	return NULL;
}

/* The owner of the object before it writes a text that is too long. */
PLANT(death_text_over)
{
	static const char text[] =
		"a line of a configuration file that is longer than anybody thought it could be, "
		"with a list of names, numbers and paths";
	int err = things_make(spot, 0);
	struct thing *before, *thing;

	if (err)
		return err;
	thing = thing_behind(spot, &before);
	if (!thing)
		return -EAGAIN;
	t->other = before;
	truth_wrote(t, before->name, sizeof(text) - 1);
	memcpy((u8 *)before + offsetof(struct thing, name), text, sizeof(text) - 1);
	err = tell("death-text-over", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

/* The owner of the object before it stores a number of 32 bits beyond the end of its array. */
PLANT(death_counter_over)
{
	int err = things_make(spot, 0);
	struct thing *before, *thing;
	u32 *counter;

	if (err)
		return err;
	thing = thing_behind(spot, &before);
	if (!thing)
		return -EAGAIN;
	t->other = before;
	counter = (u32 *)&thing->peer + 1;
	truth_wrote(t, counter, sizeof(*counter));
	WRITE_ONCE(*counter, 1234);
	err = tell("death-counter-over", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

/* A device writes to a page that is a slab's by now. */
PLANT(death_dma)
{
	int err = things_make(spot, 0);
	struct thing *thing;
	void *page;

	if (err)
		return err;
	thing = things[VICTIM];
	page = (void *)((unsigned long)thing & PAGE_MASK);
	get_random_bytes(page, PAGE_SIZE);
	thing->peer = (void *)((unsigned long)thing->peer & ~(1ul << 62) & ~(1ul << 50));
	truth_wrote(t, page, PAGE_SIZE);
	err = tell("death-dma", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

/* The same as death-freed-link in a cache with poison. */
PLANT(death_poison)
{
	int err = things_make(spot, debug_flags());
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-poison", spot, t, thing, &thing->peer, "free");
	sink += peer_count(thing);
	return err;
}

PLANT(death_poison_call)
{
	int err = things_make(spot, debug_flags());
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-poison-call", spot, t, thing, &thing->done, "free");
	sink += thing_done(thing);
	return err;
}

/* A new object of a cache with poison, of which a member was not set: nobody has freed it. */
PLANT(death_poison_unset)
{
	int err = things_make(spot, debug_flags());
	struct thing *thing;

	if (err)
		return err;
	thing = thing_alloc(spot->s);
	if (!thing)
		return -ENOMEM;
	thing->ops = &thing_ops;
	thing->count = NR_THINGS;
	err = tell("death-poison-unset", spot, t, thing, &thing->peer, "allocated");
	sink += peer_count(thing);
	return err;
}

STEP u64 count_of(struct thing *thing)
{
	return READ_ONCE(thing->count);
}

/* A pointer on the stack that nobody has set. */
PLANT(death_stack_garbage)
{
	int err = things_make(spot, 0);

	if (err)
		return err;
	spot->slab = NULL;
	err = tell("death-stack-garbage", spot, t, NULL, NULL, NULL);
	sink += count_of((void *)GARBAGE);
	return err;
}

STEP struct thing *thing_find(unsigned int i)
{
	return i < NR_THINGS ? things[i] : ERR_PTR(-ENOENT);
}

/* Nobody looks whether the function failed. */
PLANT(death_err_ptr)
{
	int err = things_make(spot, 0);

	if (err)
		return err;
	spot->slab = NULL;
	err = tell("death-err-ptr", spot, t, NULL, NULL, NULL);
	sink += count_of(thing_find(NR_THINGS));
	return err;
}

/* The pointer to a function was overwritten with one to data. */
PLANT(death_call_data)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = things[VICTIM];
	t->other = things[BEFORE];
	thing->done = (void *)things[BEFORE];
	err = tell("death-call-data", spot, t, thing, &thing->done, "allocated");
	sink += thing_done(thing);
	return err;
}

/* A pointer to a text in a freed object is where its freepointer is now, and the text is copied. */
STEP void held_copy(u8 *to, struct thing *thing)
{
	memcpy(to, thing->held, 64);
}

PLANT(death_freed_copy)
{
	static u8 copy[64];
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-freed-copy", spot, t, thing, &thing->held, "free");
	held_copy(copy, thing);
	sink += copy[0];
	return err;
}

STEP u64 string_length(const struct thing *thing)
{
	return strlen((const char *)thing->held);
}

/* The same, and the length of the text is asked for. */
PLANT(death_freed_string)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	err = tell("death-freed-string", spot, t, thing, &thing->held, "free");
	sink += string_length(thing);
	return err;
}

static const struct thing_ops no_ops = { "nothing", NULL };

/* An object has operations without the function that is called. */
PLANT(death_null_call)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	thing->ops = &no_ops;
	err = tell("death-null-call", spot, t, thing, NULL, "allocated");
	sink += ops_count(thing);
	return err;
}

/* A member that lies far behind a pointer. */
struct far_thing {
	u8 before[3 * PAGE_SIZE + 0x128];
	u64 count;
};

STEP u64 far_count(struct thing *thing)
{
	return READ_ONCE(((struct far_thing *)thing->peer)->count);
}

PLANT(death_null_far)
{
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	thing->peer = NULL;
	err = tell("death-null-far", spot, t, thing, &thing->peer, "allocated");
	sink += far_count(thing);
	return err;
}

/* A freed object with poison loses a reference, and a pointer in it is followed. */
PLANT(death_poison_counter)
{
	int err = things_make(spot, debug_flags());
	struct thing *thing;

	if (err)
		return err;
	thing = victim_free(spot);
	thing->flags--;
	t->bad_first = (u8 *)&thing->flags;
	t->bad_last = t->bad_first;
	err = tell("death-poison-counter", spot, t, thing, &thing->peer, "free");
	sink += peer_count(thing);
	return err;
}

/* An object is freed to another cache, of which the kernel warns and panics. */
PLANT(death_wrong_cache)
{
	struct kmem_cache *other = spot->other->s;
	int err = things_make(spot, 0);
	struct thing *thing = things[VICTIM];

	if (err)
		return err;
	t->other = other;
	err = tell("death-wrong-cache", spot, t, thing, NULL, "allocated");
	kmem_cache_free(other, thing);
	return err;
}

#define KFENCE_TRIES 4000000

/* A freed object that KFENCE has: it reports the access, and the kernel panics of the warning. */
PLANT(death_kfence)
{
	int err = things_make(spot, 0);
#ifdef CONFIG_KFENCE
	struct thing *thing = NULL;
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < KFENCE_TRIES; i++) {
		thing = kmem_cache_alloc(spot->s, GFP_KERNEL);
		if (is_kfence_address(thing))
			break;
		kmem_cache_free(spot->s, thing);
		cond_resched();
	}
	if (i == KFENCE_TRIES)
		return -EAGAIN;
	thing->peer = things[BEFORE];
	kmem_cache_free(spot->s, thing);
	spot->slab = NULL;
	t->object = thing;
	t->state = "free";
	truth_print("death-kfence", spot, t);
	sink += peer_count(thing);
	return -ECANCELED;
#else
	return err ? err : -EOPNOTSUPP;
#endif
}
