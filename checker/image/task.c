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
	struct target_member sp, on_cpu;
	uint64_t init_task;
	size_t stack_size;
};

/* In the thread_struct, on arm64 in a struct in that. */
static void stack_pointer_find(struct task_members *m, struct target *t)
{
	struct target_member thread, context;

	if (!t->ops->member(t, "task_struct", "on_cpu", &m->on_cpu))
		m->on_cpu.size = 0;
	m->sp.size = 0;
	if (!target_find(t, "task_struct", "thread", &thread))
		return;
	if (target_find(t, "thread_struct", "sp", &m->sp))
		m->sp.offset += thread.offset;
	else if (target_find(t, "thread_struct", "cpu_context", &context) &&
		 target_find(t, "cpu_context", "sp", &m->sp))
		m->sp.offset += thread.offset + context.offset;
}

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
	stack_pointer_find(m, t);
	if (!t->ops->type_size(t, "thread_union", &m->stack_size) || m->stack_size > STACK_MAX)
		m->stack_size = STACK_DEFAULT;
	return true;
}

/* Whom tasks are handed to. */
struct task_visit {
	struct memory *memory;
	struct task_members m;
	bool (*visit)(void *ctx, const struct task *task);
	void *ctx;
	uint32_t left; /* as many can there be */
	bool ended; /* @visit wants no more */
	bool whole; /* the lists could be followed to their ends */
};

/* Where the task will go on; what the thread_struct of one that runs holds is old. */
static uint64_t stack_pointer(struct memory *memory, const struct task_members *m,
			      const struct task *task)
{
	uint64_t runs = 0, sp = 0;

	if (!m->sp.size ||
	    (m->on_cpu.size && memory_member(memory, task->addr, m->on_cpu, &runs) != TARGET_OK) ||
	    runs || memory_member(memory, task->addr, m->sp, &sp) != TARGET_OK)
		return 0;
	return sp - task->stack < task->stack_size ? sp : 0;
}

/* Tasks that are dead have no stack any more (4.9). */
static void task_hand(struct task_visit *v, uint64_t addr)
{
	struct task task = { .addr = addr, .stack_size = v->m.stack_size };

	if (memory_member(v->memory, addr, v->m.stack, &task.stack) != TARGET_OK) {
		v->whole = false;
		return;
	}
	if (!task.stack)
		return;
	memory_member(v->memory, addr, v->m.pid, &task.pid);
	memory_string(v->memory, addr + v->m.comm.offset, task.comm, sizeof(task.comm));
	task.sp = stack_pointer(v->memory, &v->m, &task);
	v->ended = v->visit(v->ctx, &task);
}

/* Each entry of a list; false when it does not end. */
static bool list_visit(struct task_visit *v, uint64_t head, uint64_t offset,
		       void (*each)(struct task_visit *v, uint64_t task))
{
	uint64_t entry = head;

	while (memory_value(v->memory, entry, 8, &entry) == TARGET_OK && v->left) {
		if (entry == head)
			return true;
		v->left--;
		each(v, entry - offset);
		if (v->ended)
			return true;
	}
	return false;
}

/* The list of a process's threads begins in its signal_struct, and has its first one too. */
static void process_visit(struct task_visit *v, uint64_t addr)
{
	uint64_t signal;

	if (!v->m.thread_node.size ||
	    memory_member(v->memory, addr, v->m.signal, &signal) != TARGET_OK)
		task_hand(v, addr);
	else if (!list_visit(v, signal + v->m.thread_head.offset, v->m.thread_node.offset,
			     task_hand))
		v->whole = false;
}

bool tasks_visit(struct memory *memory, bool (*visit)(void *ctx, const struct task *task),
		 void *ctx)
{
	struct task_visit v = {
		.memory = memory, .visit = visit, .ctx = ctx, .left = TASKS_MAX, .whole = true
	};

	if (!members_find(&v.m, memory->target))
		return false;
	task_hand(&v, v.m.init_task);
	return v.ended ||
	       (list_visit(&v, v.m.init_task + v.m.tasks.offset, v.m.tasks.offset, process_visit) &&
		v.whole);
}

/* What task_of_stack() looks for. */
struct stack_search {
	uint64_t addr;
	struct task *found;
	bool has;
};

static bool has_stack(void *ctx, const struct task *task)
{
	struct stack_search *s = ctx;

	s->has = s->addr - task->stack < task->stack_size;
	if (s->has)
		*s->found = *task;
	return s->has;
}

bool task_of_stack(struct task *task, struct memory *memory, uint64_t addr)
{
	struct stack_search s = { .addr = addr, .found = task };

	tasks_visit(memory, has_stack, &s);
	return s.has;
}
