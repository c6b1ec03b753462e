/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/cpu_regs.h"

#include <string.h>

#include "checker/image/exception.h"

/* struct elf_prstatus of all 64-bit machines: elf_siginfo, signals, ids, four times, the registers. */
#define NOTE_PID 32
#define NOTE_REGS 112

bool cpu_regs_of_note(struct cpu_regs *regs, const struct arch *arch, const uint8_t *note,
		      size_t len)
{
	*regs = (struct cpu_regs){ .source = CPU_REGS_NONE };
	for (unsigned int i = 0; i < arch->nr_regs; i++) {
		int at = arch->regs[i].note;

		if (at < 0)
			continue;
		if (len < NOTE_REGS + (size_t)at + 8)
			return false;
		regs->regs[i] = value_get(arch, note + NOTE_REGS + at, 8);
		regs->known |= UINT64_C(1) << i;
	}
	if (!regs->known)
		return false;
	regs->pid = value_get(arch, note + NOTE_PID, 4);
	regs->source = CPU_REGS_NOTE;
	return true;
}

static bool note_read(struct cpu_regs *regs, struct memory *memory, const struct kernel *kernel,
		      unsigned int cpu)
{
	struct target *t = memory->target;
	struct target_cpu which = { .cpu = cpu };
	uint8_t note[TARGET_NOTE_MAX];
	size_t len;

	if (!t->ops->cpu_regs)
		return false;
	for (unsigned int i = 0; i < kernel->nr_cpus; i++) {
		which.nr_online += kernel->cpu_online[i];
		which.nth += i < cpu && kernel->cpu_online[i];
	}
	which.online = kernel->cpu_online[cpu];
	return t->ops->cpu_regs(t, &which, note, &len) &&
	       cpu_regs_of_note(regs, memory->arch, note, len);
}

/* The first that is where exceptions push it is the oldest. */
static bool frame_visit(void *ctx, const struct exception *e)
{
	struct cpu_regs *regs = ctx;

	if (!e->exact)
		return false;
	memcpy(regs->regs, e->regs, sizeof(regs->regs));
	regs->known = (UINT64_C(1) << e->arch->nr_regs) - 1;
	regs->frame = e->frame;
	regs->pid = e->pid;
	regs->source = CPU_REGS_FRAME;
	return true;
}

bool cpu_regs_read(struct cpu_regs *regs, struct memory *memory, const struct kernel *kernel,
		   struct arena *arena, unsigned int cpu)
{
	if (note_read(regs, memory, kernel, cpu))
		return true;
	*regs = (struct cpu_regs){ .source = CPU_REGS_NONE };
	return exceptions_visit_cpu(memory, kernel, arena, cpu, frame_visit, regs);
}
