/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/task.h"

#include <string.h>

#define TASKS_MAX (UINT32_C(1) << 22) /* PID_MAX_LIMIT */
#define STACK_MAX ((size_t)64 << 10)
#define STACK_DEFAULT 16384 /* x86-64 since 3.15 (6538b8ea886e) */

/* Where members of task_struct are. */
struct task_members {
	struct target_member tasks, stack, pid, comm;
	struct target_member signal, thread_node, thread_head; /* of size 0: not known */
	uint64_t init_task;
	size_t stack_size;
};

static bool members_find(struct task_members *m, struct target *t)
{
	static const char type[] = "task_struct";

	memset(m, 0, sizeof(*m));
	if (!t->ops->symbol(t, "init_task", &m->init_task) ||
	    !t->ops->member(t, type, "tasks", &m->tasks) ||
	    !t->ops->member(t, type, "stack", &m->stack) ||
	    !t->ops->member(t, type, "pid", &m->pid) || !t->ops->member(t, type, "comm", &m->comm))
		return false;
	/* The threads of a process (3.14). */
	if (!t->ops->member(t, type, "signal", &m->signal) ||
	    !t->ops->member(t, type, "thread_node", &m->thread_node) ||
	    !t->ops->member(t, "signal_struct", "thread_head", &m->thread_head))
		m->thread_node.size = 0;
	if (!t->ops->type_size(t, "thread_union", &m->stack_size) || m->stack_size > STACK_MAX)
		m->stack_size = STACK_DEFAULT;
	return true;
}

static bool has_stack(struct task *task, struct memory *memory, const struct task_members *m,
		      uint64_t addr)
{
	if (memory_member(memory, task->addr, m->stack, &task->stack) != TARGET_OK ||
	    addr - task->stack >= m->stack_size)
		return false;
	task->stack_size = m->stack_size;
	task->pid = 0;
	memory_member(memory, task->addr, m->pid, &task->pid);
	memory_string(memory, task->addr + m->comm.offset, task->comm, sizeof(task->comm));
	return true;
}

/* The list of a process's threads begins in its signal_struct, and has its first one too. */
static bool thread_find(struct task *task, struct memory *memory, const struct task_members *m,
			uint64_t addr, uint32_t *left)
{
	uint64_t signal, head, entry;

	if (!m->thread_node.size ||
	    memory_member(memory, task->addr, m->signal, &signal) != TARGET_OK)
		return has_stack(task, memory, m, addr);
	head = signal + m->thread_head.offset;
	for (entry = head; memory_value(memory, entry, 8, &entry) == TARGET_OK && entry != head;) {
		if (!*left || !--*left)
			return false;
		task->addr = entry - m->thread_node.offset;
		if (has_stack(task, memory, m, addr))
			return true;
	}
	return false;
}

bool task_of_stack(struct task *task, struct memory *memory, uint64_t addr)
{
	struct task_members m;
	uint32_t left = TASKS_MAX;
	uint64_t entry, head;

	if (!members_find(&m, memory->target))
		return false;
	memset(task, 0, sizeof(*task));
	task->addr = m.init_task;
	if (has_stack(task, memory, &m, addr))
		return true;
	head = m.init_task + m.tasks.offset;
	for (entry = head; memory_value(memory, entry, 8, &entry) == TARGET_OK && entry != head;) {
		if (!left || !--left)
			return false;
		task->addr = entry - m.tasks.offset;
		if (thread_find(task, memory, &m, addr, &left))
			return true;
	}
	return false;
}
