/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/exception.h"

#define STACK_MAX ((size_t)64 << 10)
#define IRQ_STACK_SIZE ((uint64_t)16384)

#define KERNEL_CS 0x10
#define KERNEL_SS 0x18

struct stack {
	uint64_t base;
	size_t len;
	uint8_t *bytes;
};

/* Members of the task that a CPU was running, and where a CPU keeps its stacks. */
struct stacks_layout {
	struct target_member stack, pid, comm, thread, trap_nr;
	uint64_t current; /* per-CPU offset of the pointer to it */
	size_t stack_size;
	bool has_irq_stack;
	uint64_t irq_stack; /* per-CPU offset of the pointer to its end */
};

struct visit {
	bool (*fn)(void *ctx, const struct exception *e);
	void *ctx;
};

const char *exception_reg_name(enum exception_reg reg)
{
	static const char *const names[REG_COUNT] = {
		"r15", "r14", "r13", "r12", "rbp",     "rbx", "r11", "r10",    "r9",  "r8", "rax",
		"rcx", "rdx", "rsi", "rdi", "orig_ax", "rip", "cs",  "eflags", "rsp", "ss"
	};

	return names[reg];
}

void exception_machine_regs(const struct exception *e, uint64_t regs[16])
{
	static const enum exception_reg order[16] = { REG_AX,  REG_CX,	REG_DX,	 REG_BX,
						      REG_SP,  REG_BP,	REG_SI,	 REG_DI,
						      REG_R8,  REG_R9,	REG_R10, REG_R11,
						      REG_R12, REG_R13, REG_R14, REG_R15 };

	for (unsigned int i = 0; i < 16; i++)
		regs[i] = e->regs[order[i]];
}

/* A frame that an exception in kernel mode pushed: no sequence of five other words looks so. */
static bool is_frame(const struct stack *stack, const uint64_t *regs)
{
	return (regs[REG_CS] & 0xffff) == KERNEL_CS &&
	       (regs[REG_SS] == KERNEL_SS || !regs[REG_SS]) && (regs[REG_FLAGS] & 2) &&
	       regs[REG_FLAGS] < (UINT64_C(1) << 22) && regs[REG_IP] >> 63 &&
	       regs[REG_SP] >= stack->base && regs[REG_SP] <= stack->base + stack->len;
}

static bool stack_visit(struct exception *e, const struct stack *stack, const struct visit *visit)
{
	if (stack->len < sizeof(e->regs))
		return false;
	for (size_t at = stack->len - sizeof(e->regs) + 8; at >= 8;) {
		at -= 8;
		for (unsigned int i = 0; i < REG_COUNT; i++)
			e->regs[i] = value_get(stack->bytes + at + 8 * i, 8);
		if (!is_frame(stack, e->regs))
			continue;
		e->frame = stack->base + at;
		/* The hardware aligns the stack before it pushes. */
		e->exact = e->frame + sizeof(e->regs) == (e->regs[REG_SP] & ~UINT64_C(15));
		e->above = stack->bytes + (e->regs[REG_SP] - stack->base);
		e->nr_above = stack->len - (size_t)(e->regs[REG_SP] - stack->base);
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

static bool stacks_layout(struct stacks_layout *l, struct memory *memory)
{
	struct target *t = memory->target;

	if (!t->ops->member(t, "task_struct", "stack", &l->stack) ||
	    !t->ops->member(t, "task_struct", "pid", &l->pid) ||
	    !t->ops->member(t, "task_struct", "comm", &l->comm) ||
	    !hot_variable(t, "current_task", "current_task", &l->current))
		return false;
	if (!t->ops->type_size(t, "thread_union", &l->stack_size) || l->stack_size > STACK_MAX)
		l->stack_size = 16384; /* x86-64 since 3.15 (6538b8ea886e) */
	/* Since 5.2 (758a2e312228); before, interrupts had a stack in the per-CPU area. */
	l->has_irq_stack = hot_variable(t, "hardirq_stack_ptr", "hardirq_stack_ptr", &l->irq_stack);
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

/* The stack for interrupts, which is mapped page by page: the pointer is to its end, or, since
 * 5.13, to the last word of it. */
static bool irq_stack_visit(struct exception *e, struct memory *memory, struct stack *stack,
			    const struct visit *visit, uint64_t slot)
{
	uint64_t end, page = memory->page_size - 1;

	if (memory_value(memory, slot, 8, &end) != TARGET_OK || !(end >> 63))
		return false;
	stack->base = ((end + page) & ~page) - IRQ_STACK_SIZE;
	stack->len = IRQ_STACK_SIZE;
	return memory_bulk(memory, stack->base, stack->bytes, stack->len) == TARGET_OK &&
	       stack_visit(e, stack, visit);
}

static bool cpu_visit(struct memory *memory, const struct stacks_layout *l, uint64_t percpu,
		      int cpu, struct stack *stack, const struct visit *visit)
{
	struct exception e = { .cpu = cpu, .trap_nr = -1 };

	if (memory_value(memory, percpu + l->current, 8, &e.task) != TARGET_OK)
		return false;
	task_read(&e, memory, l);
	if (memory_member(memory, e.task, l->stack, &stack->base) == TARGET_OK &&
	    memory_bulk(memory, stack->base, stack->bytes, l->stack_size) == TARGET_OK) {
		stack->len = l->stack_size;
		if (stack_visit(&e, stack, visit))
			return true;
	}
	return l->has_irq_stack && irq_stack_visit(&e, memory, stack, visit, percpu + l->irq_stack);
}

bool exceptions_visit(struct memory *memory, const struct kernel *kernel, struct arena *arena,
		      bool (*visit)(void *ctx, const struct exception *e), void *ctx)
{
	struct arena_mark mark = arena_mark(arena);
	const struct visit v = { visit, ctx };
	struct stacks_layout l;
	struct stack stack;
	bool done = false;

	if (!stacks_layout(&l, memory))
		return false;
	stack.bytes = arena_alloc(arena, STACK_MAX);
	for (unsigned int cpu = 0; stack.bytes && cpu < kernel->nr_cpus && !done; cpu++)
		if (kernel->cpu_online[cpu])
			done = cpu_visit(memory, &l, kernel->cpu_offset[cpu], (int)cpu, &stack, &v);
	arena_release(arena, mark);
	return done;
}

bool exceptions_died(struct memory *memory)
{
	uint64_t addr, count;

	return !memory->target->ops->symbol(memory->target, "die_counter", &addr) ||
	       memory_value(memory, addr, 4, &count) != TARGET_OK || count;
}
