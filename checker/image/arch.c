/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/arch.h"

/* Five-level paging of x86-64 has 57 bits; with four levels the rest is unmapped anyway. arm64 has at most 52
 * (LVA); what lies above is the half, or with TBI a tag. */
static const struct arch machines[] = {
	[TARGET_MACHINE_UNKNOWN] = { "unknown", 57, 0 },
	[TARGET_X86_64] = { "x86-64", 57, 0 },
	[TARGET_ARM64] = { "arm64", 53, UINT64_C(0xff) << 56 },
};

const struct arch *arch_of(const struct target *t)
{
	return &machines[t->machine <= TARGET_ARM64 ? t->machine : TARGET_MACHINE_UNKNOWN];
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
