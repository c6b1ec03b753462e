// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * deaths_later: the same bugs, of which the kernel dies later and elsewhere: in a work, a timer, a
 * callback of RCU, or when the module is gone.
 */
#include <linux/workqueue.h>

#include "things.h"

static struct thing_ops gone_ops __initdata = { "gone", NULL };

static void gone_call(struct work_struct *work)
{
	sink += things[VICTIM]->ops->count(things[VICTIM]);
}

static DECLARE_DELAYED_WORK(gone_work, gone_call);

/* An object has the operations of a module's initialisation, whose memory is gone by then. */
int __ref plant_death_init_gone(struct spot *spot, struct truth *t)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = things[VICTIM];
	thing->ops = &gone_ops;
	tell("death-init-gone", spot, t, thing, &thing->ops, "allocated");
	schedule_delayed_work(&gone_work, HZ);
	return 0;
}

static void thing_reclaim(struct rcu_head *rcu)
{
	sink += container_of(rcu, struct thing, rcu)->count;
}

/*
 * An object waits for RCU when somebody else frees it: the way to the next callback is a freepointer.
 * Two things come behind it, so that RCU stores nothing in it any more.
 */
PLANT(death_rcu_freed)
{
	int err = things_make(spot, 0);
	struct thing *thing;
	unsigned int i;

	if (err)
		return err;
	thing = things[VICTIM];
	local_bh_disable();
	for (i = 0; i < 3; i++)
		call_rcu(&things[VICTIM + i]->rcu, thing_reclaim);
	kmem_cache_free(spot->s, thing);
	local_bh_enable();
#ifdef HAS_kmem_cache__cpu_sheaves
	kmem_cache_shrink(spot->s);
#endif
	tell("death-rcu-freed", spot, t, thing, &thing->rcu.next, "free");
	return 0;
}

static void thing_late(struct timer_list *timer)
{
	sink += container_of(timer, struct thing, timer)->count;
}

/* An object is freed while its timer is pending. */
PLANT(death_timer_freed)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = things[VICTIM];
	timer_setup(&thing->timer, thing_late, 0);
	mod_timer(&thing->timer, jiffies + HZ);
	thing_free(spot, thing);
	tell("death-timer-freed", spot, t, thing, &thing->timer.entry.next, "free");
	return 0;
}

/* The module is unloaded, and forgets its objects and a timer of one of them. */
static struct kmem_cache *left_behind;

PLANT(death_module_gone)
{
	int err = things_make(spot, 0);
	struct thing *thing;

	if (err)
		return err;
	thing = things[VICTIM];
	timer_setup(&thing->timer, thing_late, 0);
	left_behind = spot->s;
	tell("death-module-gone", spot, t, thing, &thing->timer.function, "allocated");
	return 0;
}

void deaths_leave(void)
{
	if (!left_behind)
		return;
	kmem_cache_destroy(left_behind);
	mod_timer(&things[VICTIM]->timer, jiffies + 2 * HZ);
}
