/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits for a grace period. */
#include "model/machine/machine.h"

void call_rcu(struct model *m, uint64_t head, const char *func)
{
	put64(m, AT(m, head, rcu_head_func), kernel_symbol(m, func));
	put64(m, head, 0);
	/* A full queue ends a grace period early: nobody can tell. */
	if (m->nr_rcu == sizeof(m->rcu_queue) / sizeof(m->rcu_queue[0]))
		rcu_run(m);
	m->rcu_queue[m->nr_rcu++] = head;
}

void rcu_run(struct model *m)
{
	/* Callbacks may queue more. */
	while (m->nr_rcu) {
		uint64_t head = m->rcu_queue[0];

		m->nr_rcu--;
		memmove(m->rcu_queue, m->rcu_queue + 1, m->nr_rcu * sizeof(m->rcu_queue[0]));
		m->rcu_call(m, get64(m, AT(m, head, rcu_head_func)), head);
	}
}

enum model_end model_grace_period(struct model *m, unsigned int cpu)
{
	OPERATION(m, cpu, rcu_run(m));
}
