/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits for a grace period. */
#include "model/slub/slub.h"

void call_rcu(struct model *m, uint64_t head, const char *func)
{
	put64(m, AT(m, head, rcu_head_func), kernel_symbol(m, func));
	put64(m, head, 0);
	/* A full queue ends a grace period early: nobody can tell. */
	if (m->nr_rcu == sizeof(m->rcu_queue) / sizeof(m->rcu_queue[0]))
		rcu_run(m);
	m->rcu_queue[m->nr_rcu++] = head;
}

static void rcu_call(struct model *m, uint64_t head)
{
	uint64_t func = get64(m, AT(m, head, rcu_head_func));

	if (func == kernel_symbol(m, "rcu_free_slab"))
		m->rcu_free_slab(m, head);
	else
		m->rcu_free_sheaf(m, head);
}

void rcu_run(struct model *m)
{
	/* Callbacks may queue more. */
	while (m->nr_rcu) {
		uint64_t head = m->rcu_queue[0];

		m->nr_rcu--;
		memmove(m->rcu_queue, m->rcu_queue + 1, m->nr_rcu * sizeof(m->rcu_queue[0]));
		rcu_call(m, head);
	}
}

enum model_end model_grace_period(struct model *m, unsigned int cpu)
{
	OPERATION(m, cpu, rcu_run(m));
}
