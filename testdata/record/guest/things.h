/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * things: a cache with objects of one type that know each other, for the rows by which the kernel
 * dies while the allocator is healthy.
 */
#ifndef THINGS_H
#define THINGS_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/timer.h>

#include "slubfault.h"

/* A function that the compiler neither inlines nor fits to its callers. */
#define STEP static noinline __attribute__((noipa))

struct thing;

struct thing_ops {
	const char *name;
	u64 (*count)(struct thing *thing);
};

/* The third line lies where the allocator keeps its freepointer: in the middle. */
struct thing {
	struct list_head all;
	const struct thing_ops *ops;
	struct thing *peer;
	refcount_t users;
	u32 flags;
	u64 count;
	char name[16];
	union {
		struct list_head siblings;
		struct thing *held;
		u64 (*done)(struct thing *thing);
		struct rcu_head rcu;
		struct timer_list timer;
	};
	u64 counts[3];
};

#define NR_THINGS 96
#define VICTIM 41
#define BEFORE (VICTIM - 1)
#define BEHIND (VICTIM + 1)

extern struct thing *things[NR_THINGS];
extern const struct thing_ops thing_ops;
extern struct list_head siblings;
/* So that nothing that is read is for nothing. */
extern u64 sink;

int things_make(struct spot *spot, slab_flags_t flags);
struct thing *thing_alloc(struct kmem_cache *s);
void thing_free(struct spot *spot, struct thing *thing);

/* The victim and two others are freed; nobody tells who knows them. */
struct thing *victim_free(struct spot *spot);

/* The last words: of which object, which word of it, and what has become of it. */
int tell(const char *fault, struct spot *spot, struct truth *t, void *object, void *word,
	 const char *state);

#endif
