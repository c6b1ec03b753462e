/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/arch.h"

#define REG_SIZE 8 /* also where the member is smaller, as cs is since 6.9 (FRED) */
#define FRAME_MAX 1024

/* It may be any, so it has as many address bits as the one with the most. */
static const struct arch arch_unknown = {
	.name = "unknown",
	.va_bits = 57,
	.ip = ARCH_NONE,
	.sp = ARCH_NONE,
	.flags = ARCH_NONE,
	.link = ARCH_NONE,
	.bug_trap_nr = ARCH_NONE,
};

static const struct arch *const machines[TARGET_MACHINES] = {
	[TARGET_MACHINE_UNKNOWN] = &arch_unknown,
	[TARGET_X86_64] = &arch_x86_64,
	[TARGET_ARM64] = &arch_arm64,
	[TARGET_RISCV64] = &arch_riscv64,
	[TARGET_PPC64LE] = &arch_ppc64le,
	[TARGET_S390X] = &arch_s390x,
};

const struct arch *arch_of(const struct target *t)
{
	return t->machine < TARGET_MACHINES ? machines[t->machine] : &arch_unknown;
}

uint64_t arch_tags(struct target *t)
{
	/* kasan_init_tags() until 5.10, kasan_init_sw_tags() since; with MTE kasan_init_hw_tags(). None of
	 * them is there without tags; whether they are used is said on the command line. */
	static const char *const symbols[] = { "kasan_init_sw_tags", "kasan_init_hw_tags",
					       "kasan_init_tags" };
	uint64_t mask = arch_of(t)->tag_mask, unused;

	for (unsigned int i = 0; mask && i < sizeof(symbols) / sizeof(*symbols); i++)
		if (t->ops->symbol(t, symbols[i], &unused))
			return mask;
	return 0;
}

bool target_variable(struct target *t, const char *name, uint64_t *value)
{
	uint8_t bytes[8];
	uint64_t addr;

	if (!t->ops->symbol(t, name, &addr) ||
	    t->ops->read(t, addr, bytes, sizeof(bytes)) != TARGET_OK)
		return false;
	*value = value_get(arch_of(t), bytes, sizeof(bytes));
	return true;
}

/* All by the kernel's types, or none: a mixture would be neither. */
static bool offsets_of_types(struct target *t, const struct arch *arch, size_t size,
			     uint32_t offsets[ARCH_REGS_MAX])
{
	for (unsigned int i = 0; i < arch->nr_regs; i++) {
		const struct arch_reg *reg = &arch->regs[i];
		struct target_member m;

		if (!target_find(t, "pt_regs", reg->member, &m))
			return false;
		offsets[i] = m.offset + REG_SIZE * (uint32_t)reg->element;
		if (offsets[i] + REG_SIZE > size)
			return false;
	}
	return true;
}

size_t arch_offsets(struct target *t, uint32_t offsets[ARCH_REGS_MAX])
{
	const struct arch *arch = arch_of(t);
	size_t size;

	if (!arch->frame)
		return 0;
	if (t->ops->type_size(t, "pt_regs", &size) && size && size <= FRAME_MAX && !(size % 8) &&
	    offsets_of_types(t, arch, size, offsets))
		return size;
	for (unsigned int i = 0; i < arch->nr_regs; i++)
		offsets[i] = (uint32_t)arch->regs[i].at;
	return arch->frame->size;
}
