/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/exception.h"

#define STACK_MAX ((size_t)64 << 10)

struct stack {
	struct arch_stack at;
	uint8_t *bytes;
};

/* Members of the task that a CPU was running, and where a CPU keeps its stacks. */
struct stacks_layout {
	struct target_member stack, pid, comm, thread, trap_nr;
	uint64_t current; /* per-CPU offset of the pointer to it */
	size_t stack_size;
	uint64_t irq_stack; /* per-CPU offset of the pointer to it; see arch.h */
	size_t irq_stack_size; /* 0: there is none, or it is not known where */
	enum arch_stack_end irq_stack_end;
	uint64_t
		fault_stacks; /* per-CPU offset of the pointer to the stacks of arch->fault_stack */
	uint64_t fault_stack_end; /* of that of double faults, in them; 0: not known */
	uint32_t offsets[ARCH_REGS_MAX]; /* of the registers in struct pt_regs */
	size_t frame_size;
};

struct visit {
	bool (*fn)(void *ctx, const struct exception *e);
	void *ctx;
};

static void regs_get(struct exception *e, const struct stacks_layout *l, const uint8_t *bytes)
{
	for (unsigned int i = 0; i < e->arch->nr_regs; i++)
		e->regs[i] = value_get(e->arch, bytes + l->offsets[i], 8);
}

static bool stack_visit(struct exception *e, const struct stacks_layout *l,
			const struct stack *stack, const struct visit *visit)
{
	const struct arch_frame *frame = e->arch->frame;

	if (stack->at.len < l->frame_size)
		return false;
	for (size_t at = stack->at.len - l->frame_size + 8; at >= 8;) {
		uint64_t sp;

		at -= 8;
		regs_get(e, l, stack->bytes + at);
		if (!frame->is(e->regs, &stack->at))
			continue;
		sp = e->regs[e->arch->sp];
		e->frame = stack->at.base + at;
		e->exact = frame->exact(e->regs, e->frame, l->frame_size);
		/* Of a call through a pointer that was overwritten; other words could look so. */
		if (!e->exact && !(e->regs[e->arch->ip] >> 63))
			continue;
		e->above = stack->bytes + (sp - stack->at.base);
		e->nr_above = stack->at.len - (size_t)(sp - stack->at.base);
		if (visit->fn(visit->ctx, e))
			return true;
	}
	return false;
}

/* A per-CPU variable that moved into pcpu_hot in 6.2 and out again in 6.15. */
static bool hot_variable(struct target *t, const char *name, const char *member, uint64_t *offset)
{
	struct target_member m;

	if (t->ops->symbol(t, name, offset))
		return true;
	if (!t->ops->symbol(t, "pcpu_hot", offset) || !t->ops->member(t, "pcpu_hot", member, &m))
		return false;
	*offset += m.offset;
	return true;
}

/* runqueues.curr is what every machine has; current is said by some in a variable of its own. */
static bool current_find(struct target *t, const struct arch *arch, uint64_t *offset)
{
	struct target_member m;

	if (arch->current)
		return hot_variable(t, arch->current, arch->current_member, offset);
	if (!t->ops->symbol(t, "runqueues", offset) || !target_find(t, "rq", "curr", &m))
		return false;
	*offset += m.offset;
	return true;
}

static void irq_stack_find(struct stacks_layout *l, struct target *t, const struct arch *arch)
{
	l->irq_stack_size = 0;
	l->irq_stack_end = arch->irq_stack_end;
	if (arch->irq_stack && hot_variable(t, arch->irq_stack, arch->irq_stack, &l->irq_stack))
		l->irq_stack_size = arch->irq_stack_size ? arch->irq_stack_size : l->stack_size;
}

static void fault_stack_find(struct stacks_layout *l, struct target *t, const struct arch *arch)
{
	const struct arch_fault_stack *f = arch->fault_stack;
	struct target_member m, next;

	l->fault_stack_end = 0;
	if (f && t->ops->symbol(t, f->symbol, &l->fault_stacks) &&
	    target_find(t, f->type, f->member, &m) && target_find(t, f->type, f->next, &next) &&
	    next.offset >= m.offset + l->frame_size)
		l->fault_stack_end = next.offset;
}

static bool stacks_layout(struct stacks_layout *l, struct memory *memory)
{
	const struct arch *arch = memory->arch;
	struct target *t = memory->target;

	l->frame_size = arch_offsets(t, l->offsets);
	if (!l->frame_size || !t->ops->member(t, "task_struct", "stack", &l->stack) ||
	    !t->ops->member(t, "task_struct", "pid", &l->pid) ||
	    !t->ops->member(t, "task_struct", "comm", &l->comm) ||
	    !current_find(t, arch, &l->current))
		return false;
	if (!t->ops->type_size(t, "thread_union", &l->stack_size) || l->stack_size > STACK_MAX)
		l->stack_size = arch->thread_size;
	irq_stack_find(l, t, arch);
	fault_stack_find(l, t, arch);
	if (!t->ops->member(t, "task_struct", "thread", &l->thread) ||
	    !t->ops->member(t, "thread_struct", "trap_nr", &l->trap_nr))
		l->trap_nr = (struct target_member){ 0 };
	return true;
}

static void task_read(struct exception *e, struct memory *memory, const struct stacks_layout *l)
{
	struct target_member trap_nr = l->trap_nr;
	uint64_t value;

	memory_member(memory, e->task, l->pid, &e->pid);
	memory_string(memory, e->task + l->comm.offset, e->comm, sizeof(e->comm));
	trap_nr.offset += l->thread.offset;
	if (member_exists(trap_nr) && memory_member(memory, e->task, trap_nr, &value) == TARGET_OK)
		e->trap_nr = value < 256 ? (int)value : -1;
}

/* Reads a stack and visits its frames; false also when it is not in the dump. */
static bool stack_read_visit(struct exception *e, struct memory *memory,
			     const struct stacks_layout *l, struct stack *stack,
			     const struct visit *visit)
{
	return memory_bulk(memory, stack->at.base, stack->bytes, stack->at.len) == TARGET_OK &&
	       stack_visit(e, l, stack, visit);
}

/* The stack for interrupts, which is mapped page by page. */
static bool irq_stack_visit(struct exception *e, struct memory *memory,
			    const struct stacks_layout *l, struct stack *stack,
			    const struct visit *visit, uint64_t percpu)
{
	uint64_t to, page = memory->page_size - 1;

	if (!l->irq_stack_size ||
	    memory_value(memory, percpu + l->irq_stack, 8, &to) != TARGET_OK || !(to >> 63))
		return false;
	stack->at.len = l->irq_stack_size;
	stack->at.base =
		l->irq_stack_end == ARCH_STACK_END ? ((to + page) & ~page) - l->irq_stack_size : to;
	return stack_read_visit(e, memory, l, stack, visit);
}

/* The one frame there is at the end of the stack; the stack pointer in it is that of another stack. */
static bool double_fault_visit(struct exception *e, struct memory *memory,
			       const struct stacks_layout *l, struct stack *stack,
			       const struct visit *visit, uint64_t percpu)
{
	uint64_t stacks;
	bool done;

	if (!l->fault_stack_end || e->trap_nr != e->arch->fault_stack->nr ||
	    memory_value(memory, percpu + l->fault_stacks, 8, &stacks) != TARGET_OK)
		return false;
	e->frame = stacks + l->fault_stack_end - l->frame_size;
	if (memory_bulk(memory, e->frame, stack->bytes, l->frame_size) != TARGET_OK)
		return false;
	regs_get(e, l, stack->bytes);
	/* It may be anywhere. */
	if (!e->arch->frame->is(e->regs, &(struct arch_stack){ 0, SIZE_MAX }))
		return false;
	e->exact = e->double_fault = true;
	e->nr_above = 0;
	done = visit->fn(visit->ctx, e);
	e->double_fault = false;
	return done;
}

static bool cpu_visit(struct memory *memory, const struct stacks_layout *l, uint64_t percpu,
		      int cpu, struct stack *stack, const struct visit *visit)
{
	struct exception e = { .cpu = cpu, .trap_nr = -1, .arch = memory->arch };

	if (memory_value(memory, percpu + l->current, 8, &e.task) != TARGET_OK)
		return false;
	task_read(&e, memory, l);
	if (memory_member(memory, e.task, l->stack, &e.stack) == TARGET_OK &&
	    double_fault_visit(&e, memory, l, stack, visit, percpu))
		return true;
	stack->at.len = l->stack_size;
	stack->at.base = e.stack;
	if (stack->at.base && stack_read_visit(&e, memory, l, stack, visit))
		return true;
	return irq_stack_visit(&e, memory, l, stack, visit, percpu);
}

/* The frames of online CPUs from @first to before @end. */
static bool cpus_visit(struct memory *memory, const struct kernel *kernel, struct arena *arena,
		       unsigned int first, unsigned int end, const struct visit *visit)
{
	struct arena_mark mark = arena_mark(arena);
	struct stacks_layout l;
	struct stack stack;
	bool done = false;

	if (!stacks_layout(&l, memory))
		return false;
	stack.bytes = arena_alloc(arena, STACK_MAX);
	for (unsigned int cpu = first; stack.bytes && cpu < end && !done; cpu++)
		if (kernel->cpu_online[cpu])
			done = cpu_visit(memory, &l, kernel->cpu_offset[cpu], (int)cpu, &stack,
					 visit);
	arena_release(arena, mark);
	return done;
}

bool exceptions_visit(struct memory *memory, const struct kernel *kernel, struct arena *arena,
		      bool (*visit)(void *ctx, const struct exception *e), void *ctx)
{
	const struct visit v = { visit, ctx };

	return cpus_visit(memory, kernel, arena, 0, kernel->nr_cpus, &v);
}

bool exceptions_visit_cpu(struct memory *memory, const struct kernel *kernel, struct arena *arena,
			  unsigned int cpu, bool (*visit)(void *ctx, const struct exception *e),
			  void *ctx)
{
	const struct visit v = { visit, ctx };

	return cpus_visit(memory, kernel, arena, cpu, cpu + 1, &v);
}

bool cpu_task_read(struct cpu_task *task, struct memory *memory, const struct kernel *kernel,
		   unsigned int cpu)
{
	struct target *t = memory->target;
	struct target_member pid, comm;
	uint64_t current;

	*task = (struct cpu_task){ .addr = 0 };
	return t->ops->member(t, "task_struct", "pid", &pid) &&
	       t->ops->member(t, "task_struct", "comm", &comm) &&
	       current_find(t, memory->arch, &current) &&
	       memory_value(memory, kernel->cpu_offset[cpu] + current, 8, &task->addr) ==
		       TARGET_OK &&
	       memory_member(memory, task->addr, pid, &task->pid) == TARGET_OK &&
	       memory_string(memory, task->addr + comm.offset, task->comm, sizeof(task->comm)) ==
		       TARGET_OK;
}

bool exceptions_died(struct memory *memory)
{
	uint64_t addr, count;

	return !memory->target->ops->symbol(memory->target, "die_counter", &addr) ||
	       memory_value(memory, addr, 4, &count) != TARGET_OK || count;
}
