/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/panic.h"

#include <stdio.h>
#include <string.h>

#include "checker/symbol.h"
#include "decoders/slab.h"

#define STACK_MAX ((size_t)64 << 10)

/* struct pt_regs of x86-64 in memory order; the five last are what the hardware pushes. */
static const char *const reg_names[] = { "r15", "r14",	   "r13", "r12", "rbp",	   "rbx", "r11",
					 "r10", "r9",	   "r8",  "rax", "rcx",	   "rdx", "rsi",
					 "rdi", "orig_ax", "rip", "cs",	 "eflags", "rsp", "ss" };

enum { REG_IP = 16, REG_CS = 17, REG_FLAGS = 18, REG_SP = 19, REG_SS = 20, REG_COUNT = 21 };

#define KERNEL_CS 0x10
#define KERNEL_SS 0x18

struct stack {
	uint64_t base;
	size_t len;
	uint8_t *bytes;
};

/* A frame that an exception in kernel mode pushed: no sequence of five other words looks so. */
static bool is_frame(const struct stack *stack, const uint64_t *regs)
{
	return (regs[REG_CS] & 0xffff) == KERNEL_CS &&
	       (regs[REG_SS] == KERNEL_SS || !regs[REG_SS]) && (regs[REG_FLAGS] & 2) &&
	       regs[REG_FLAGS] < (UINT64_C(1) << 22) && regs[REG_IP] >> 63 &&
	       regs[REG_SP] >= stack->base && regs[REG_SP] <= stack->base + stack->len;
}

static bool is_head(const struct finding *f)
{
	return f->has & FINDING_HAS_RAW && f->id >= FINDING_FREELIST_WILD &&
	       f->id <= FINDING_FREELIST_MISALIGNED;
}

/* What a value is to a finding, or NULL. */
static const char *meaning(const struct finding *f, const struct layout *layout,
			   const struct cache_result *result, uint64_t value)
{
	bool link = f->has & FINDING_HAS_DECODED;

	if (!value)
		return NULL;
	if (link && value == f->decoded)
		return "what the damaged link decodes to";
	if (link && value == f->decoded + result->cache.offset)
		return "the freepointer in what it leads to";
	if (f->has & FINDING_HAS_OBJECT && value == f->object)
		return link ? "the object with the damaged link" : "the object";
	if (f->has & FINDING_HAS_ENTRY && value == f->raw)
		return "what the sheaf holds";
	if (f->has & FINDING_HAS_SHEAF && value == f->sheaf)
		return "the sheaf";
	if (f->has & FINDING_HAS_RAW && value == f->raw && value >> 12)
		return link ? "the damaged word as stored" : "what the damaged head leads to";
	if (!link && is_head(f) && value == f->raw + result->cache.offset)
		return "the freepointer in what it leads to";
	if (value == f->cache)
		return "the kmem_cache";
	if (layout->has_cpu_slabs && f->cpu >= 0 && (unsigned int)f->cpu < layout->nr_cpus &&
	    value == result->cache.cpu_slab + layout->cpu_offset[f->cpu])
		return "the kmem_cache_cpu of that CPU";
	if (layout->has_sheaves && f->cpu >= 0 && (unsigned int)f->cpu < layout->nr_cpus &&
	    value == result->cache.cpu_sheaves + layout->cpu_offset[f->cpu])
		return "the sheaves of that CPU";
	if (f->has & FINDING_HAS_SLAB && value == f->slab)
		return "the slab";
	return NULL;
}

/* The cache or its kmem_cache_cpu alone are in the registers of every allocation from it; only a
 * value of the damage itself ties the exception to it. */
static bool frame_match(struct panic *panic, const struct finding *f, const struct layout *layout,
			const struct cache_result *result, const uint64_t *regs)
{
	bool damage = false;

	panic->nr_matches = 0;
	for (unsigned int i = 0; i < REG_IP; i++) {
		const char *what = meaning(f, layout, result, regs[i]);

		if (!what || panic->nr_matches == PANIC_MATCHES_MAX)
			continue;
		panic->matches[panic->nr_matches++] =
			(struct panic_match){ reg_names[i], regs[i], what };
		damage |=
			(f->has & FINDING_HAS_DECODED &&
			 (regs[i] == f->decoded || regs[i] == f->decoded + result->cache.offset)) ||
			(f->has & FINDING_HAS_RAW && regs[i] == f->raw && regs[i] >> 12) ||
			(f->has & FINDING_HAS_OBJECT && regs[i] == f->object);
	}
	panic->finding = f;
	return damage;
}

static bool frame_judge(struct panic *panic, const struct layout *layout, const uint64_t *regs,
			const struct cache_result *const *results, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		findings_for_each (node, &results[i]->findings)
			if (node->finding.severity == SEVERITY_CORRUPT &&
			    frame_match(panic, &node->finding, layout, results[i], regs))
				return true;
	return false;
}

/* The oldest frame is the one that struck: later ones are the kernel's own report. */
static bool stack_search(struct panic *panic, struct memory *memory, const struct layout *layout,
			 const struct stack *stack, const struct cache_result *const *results,
			 size_t nr)
{
	uint64_t regs[REG_COUNT];

	if (stack->len < sizeof(regs))
		return false;
	for (size_t at = stack->len - sizeof(regs) + 8; at >= 8;) {
		at -= 8;
		for (unsigned int i = 0; i < REG_COUNT; i++)
			regs[i] = value_get(stack->bytes + at + 8 * i, 8);
		if (!is_frame(stack, regs) || !frame_judge(panic, layout, regs, results, nr))
			continue;
		panic->frame = stack->base + at;
		panic->ip = regs[REG_IP];
		panic->symbol = symbol_of(memory, panic->ip);
		return true;
	}
	return false;
}

/* Members of the task that a CPU was running. */
struct task_layout {
	struct target_member stack, pid, comm;
	uint64_t current; /* per-CPU offset of the pointer to it */
	size_t stack_size;
};

static bool task_layout(struct task_layout *l, struct memory *memory)
{
	struct target *t = memory->target;
	struct target_member m;
	size_t stack_size;

	if (!t->ops->member(t, "task_struct", "stack", &l->stack) ||
	    !t->ops->member(t, "task_struct", "pid", &l->pid) ||
	    !t->ops->member(t, "task_struct", "comm", &l->comm))
		return false;
	/* current_task moved into pcpu_hot in 6.2 and out again in 6.15. */
	if (!t->ops->symbol(t, "current_task", &l->current)) {
		if (!t->ops->symbol(t, "pcpu_hot", &l->current) ||
		    !t->ops->member(t, "pcpu_hot", "current_task", &m))
			return false;
		l->current += m.offset;
	}
	if (!t->ops->type_size(t, "thread_union", &stack_size) || stack_size > STACK_MAX)
		stack_size = 16384; /* x86-64 since 3.15 (6538b8ea886e) */
	l->stack_size = stack_size;
	return true;
}

static bool cpu_search(struct panic *panic, struct memory *memory, const struct layout *layout,
		       const struct task_layout *tasks, struct stack *stack, unsigned int cpu,
		       const struct cache_result *const *results, size_t nr)
{
	uint64_t task;

	if (memory_value(memory, layout->cpu_offset[cpu] + tasks->current, 8, &task) != TARGET_OK ||
	    memory_member(memory, task, tasks->stack, &stack->base) != TARGET_OK ||
	    memory_bulk(memory, stack->base, stack->bytes, tasks->stack_size) != TARGET_OK)
		return false;
	stack->len = tasks->stack_size;
	if (!stack_search(panic, memory, layout, stack, results, nr))
		return false;
	panic->cpu = (int)cpu;
	memory_member(memory, task, tasks->pid, &panic->pid);
	memory_string(memory, task + tasks->comm.offset, panic->comm, sizeof(panic->comm));
	return true;
}

bool panic_find(struct panic *panic, struct memory *memory, const struct layout *layout,
		struct arena *arena, const struct cache_result *const *results, size_t nr)
{
	struct task_layout tasks;
	struct stack stack;
	struct arena_mark mark = arena_mark(arena);

	memset(panic, 0, sizeof(*panic));
	if (!task_layout(&tasks, memory))
		return false;
	stack.bytes = arena_alloc(arena, STACK_MAX);
	if (!stack.bytes)
		return false;
	for (unsigned int cpu = 0; cpu < layout->nr_cpus; cpu++) {
		if (!layout->cpu_online[cpu])
			continue;
		if (cpu_search(panic, memory, layout, &tasks, &stack, cpu, results, nr))
			return true;
	}
	arena_release(arena, mark);
	return false;
}
