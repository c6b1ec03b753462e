/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/busy.h"

#include <string.h>

#include "checker/image/cpu_regs.h"
#include "checker/image/symbol.h"
#include "checker/slab/functions.h"

/* Words of a stack that are looked at: 16 KiB of it. */
#define STACK_WORDS 2048

bool slab_busy_init(struct slab_busy *busy, struct memory *memory, const struct kernel *kernel,
		    struct arena *arena)
{
	*busy = (struct slab_busy){ .memory = memory, .kernel = kernel, .arena = arena };
	busy->known = arena_array(arena, kernel->nr_cpus, sizeof(*busy->known));
	return busy->known != NULL;
}

static bool is_inside(struct memory *memory, uint64_t addr)
{
	struct target_symbol symbol = symbol_of(memory, addr);

	return symbol.name && !symbol.module && slab_job(symbol.name) != JOB_NONE;
}

/* A non-maskable interrupt has a stack of its own, and what it interrupted is not on it. */
static bool is_nmi(struct memory *memory, uint64_t addr)
{
	static const char *const names[] = {
		"exc_nmi",    "do_nmi", "default_do_nmi", "nmi_handle", "crash_nmi_callback",
		"asm_exc_nmi"
	};
	struct target_symbol symbol = symbol_of(memory, addr);

	for (size_t i = 0; symbol.name && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(symbol.name, names[i]))
			return true;
	return false;
}

/* What the return addresses on a stack say. */
static enum slab_cpu_at stack_look(struct slab_busy *busy, uint64_t sp)
{
	uint64_t word;

	for (unsigned int i = 0; i < STACK_WORDS; i++) {
		if (memory_value(busy->memory, sp + 8 * (uint64_t)i, 8, &word) != TARGET_OK)
			return i ? SLAB_CPU_ELSEWHERE : SLAB_CPU_UNTOLD;
		if (range_has(&busy->kernel->text.text, word)) {
			if (is_inside(busy->memory, word - 1))
				return SLAB_CPU_INSIDE;
			if (is_nmi(busy->memory, word - 1))
				return SLAB_CPU_UNTOLD;
		}
		/* Stacks are aligned to their size, which is at least this. */
		if (!((sp + 8 * (uint64_t)i + 8) & 0x3fff))
			break;
	}
	return SLAB_CPU_ELSEWHERE;
}

static enum slab_cpu_at cpu_look(struct slab_busy *busy, unsigned int cpu)
{
	const struct arch *arch = busy->memory->arch;
	struct cpu_regs regs;
	struct arena_mark mark = arena_mark(busy->arena);
	bool told = cpu_regs_read(&regs, busy->memory, busy->kernel, busy->arena, cpu);
	uint64_t ip, sp;

	arena_release(busy->arena, mark);
	if (!told || !cpu_regs_known(&regs, arch->ip) || !cpu_regs_known(&regs, arch->sp))
		return SLAB_CPU_UNTOLD;
	ip = regs.regs[arch->ip];
	sp = regs.regs[arch->sp];
	/* In user space. */
	if (!(ip >> 63))
		return SLAB_CPU_ELSEWHERE;
	return is_inside(busy->memory, ip) ? SLAB_CPU_INSIDE : stack_look(busy, sp);
}

enum slab_cpu_at slab_busy_cpu(struct slab_busy *busy, int cpu)
{
	if (cpu < 0 || (unsigned int)cpu >= busy->kernel->nr_cpus)
		return SLAB_CPU_UNTOLD;
	if (!busy->known[cpu])
		busy->known[cpu] = (uint8_t)(1 + cpu_look(busy, (unsigned int)cpu));
	return (enum slab_cpu_at)(busy->known[cpu] - 1);
}

enum slab_cpu_at slab_busy_any(struct slab_busy *busy)
{
	enum slab_cpu_at most = SLAB_CPU_ELSEWHERE;

	for (unsigned int i = 0; i < busy->kernel->nr_cpus; i++) {
		enum slab_cpu_at at;

		if (!busy->kernel->cpu_online[i])
			continue;
		at = slab_busy_cpu(busy, (int)i);
		if (at == SLAB_CPU_INSIDE)
			return at;
		if (at == SLAB_CPU_UNTOLD)
			most = at;
	}
	return most;
}
