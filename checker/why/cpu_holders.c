/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/cpu_holders.h"

#include <string.h>

#include "checker/image/exception.h"
#include "checker/image/symbol.h"

/*
 * What a CPU was at has two places. Its note has the registers as it was stopped: kdump's NMI leaves those of
 * whatever it ran; a CPU that a panic stops by an interrupt has been waiting in a loop since, and the
 * frame of that interrupt has what it ran.
 */
struct search {
	struct cpu_holders *holders;
	const struct allocator *a;
	uint64_t start, size; /* of the object before the one that is asked about, and of each */
	struct cpu_regs regs; /* of @cpu, as it was stopped */
	unsigned int cpu;
};

static bool is_kernel(uint64_t addr)
{
	return addr >> 63;
}

static void holder_add(struct search *s, const struct cpu_regs *regs, unsigned int reg,
		       uint64_t value)
{
	struct cpu_holders *out = s->holders;
	struct memory *memory = s->a->memory;
	struct cpu_holder *h;
	struct cpu_task task;

	if (out->nr == CPU_HOLDERS_MAX) {
		out->dropped++;
		return;
	}
	h = &out->list[out->nr++];
	*h = (struct cpu_holder){ .cpu = (int)s->cpu,
				  .source = regs->source,
				  .reg = memory->arch->regs[reg].name,
				  .value = value,
				  .which = (int)((value - s->start) / s->size) - 1,
				  .offset = (value - s->start) % s->size };
	if (cpu_regs_known(regs, memory->arch->ip))
		h->symbol = symbol_of(memory, regs->regs[memory->arch->ip]);
	h->task_known = cpu_task_read(&task, memory, s->a->kernel, s->cpu);
	if (!h->task_known)
		return;
	h->pid = task.pid;
	memcpy(h->comm, task.comm, sizeof(h->comm));
}

static void regs_look(struct search *s, const struct cpu_regs *regs)
{
	struct memory *memory = s->a->memory;

	for (unsigned int i = 0; i < memory->arch->nr_general; i++) {
		uint64_t value = memory_untag(memory, regs->regs[i]);

		if (cpu_regs_known(regs, (int)i) && value - s->start < 3 * s->size)
			holder_add(s, regs, i, value);
	}
}

/* Frames below the stack pointer of a CPU are left over, if it was stopped on that stack. */
static bool is_left_over(const struct search *s, const struct exception *e)
{
	uint64_t sp = s->regs.regs[e->arch->sp], stack = ~(uint64_t)(e->arch->thread_size - 1);

	return cpu_regs_known(&s->regs, e->arch->sp) && (sp & stack) == (e->frame & stack) &&
	       e->frame < sp;
}

/* The oldest frame of a CPU that has a note: what it did when it was interrupted. */
static bool frame_visit(void *ctx, const struct exception *e)
{
	struct search *s = ctx;
	struct cpu_regs regs = { .source = CPU_REGS_FRAME };

	if (!e->exact || is_left_over(s, e))
		return false;
	memcpy(regs.regs, e->regs, sizeof(regs.regs));
	regs.known = (UINT64_C(1) << e->arch->nr_regs) - 1;
	regs_look(s, &regs);
	return true;
}

static void cpu_look(struct search *s)
{
	const struct allocator *a = s->a;
	int ip = a->memory->arch->ip;

	s->holders->asked++;
	if (!cpu_regs_read(&s->regs, a->memory, a->kernel, a->arena, s->cpu)) {
		s->holders->unknown++;
		return;
	}
	/* Registers of a program have nothing to do with memory of the kernel. */
	if (!cpu_regs_known(&s->regs, ip) || is_kernel(s->regs.regs[ip]))
		regs_look(s, &s->regs);
	if (s->regs.source == CPU_REGS_NOTE)
		exceptions_visit_cpu(a->memory, a->kernel, a->arena, s->cpu, frame_visit, s);
}

void cpu_holders_find(struct cpu_holders *holders, struct judged *j, const struct location *at,
		      int without)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	struct search *s = arena_alloc(j->allocator->arena, sizeof(*s));
	const struct kernel *kernel = j->allocator->kernel;

	*holders = (struct cpu_holders){ .nr = 0 };
	if (!s || !owner || at->index < 0 || !owner->cache.size)
		return;
	s->holders = holders;
	s->a = j->allocator;
	s->size = owner->cache.size;
	s->start = at->addr - at->offset - s->size;
	for (s->cpu = 0; s->cpu < kernel->nr_cpus; s->cpu++)
		if (kernel->cpu_online[s->cpu] && (int)s->cpu != without)
			cpu_look(s);
}
