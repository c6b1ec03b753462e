/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From where a register was loaded, and by which register was called: arm64. */
#include "decoders/insn_arm64.h"
#include "tests/unit/unit.h"

#define INSNS_MAX 4

#define LDR_X8 0xf9400c08 /* ldr x8, [x0, #0x18] */
#define NOP 0xd503201f

/* As llvm-mc assembles them. Where a register was loaded from is asked behind the last instruction. */
static const struct {
	const char *what;
	uint32_t insns[INSNS_MAX];
	unsigned int nr, reg;
	bool found;
	unsigned int base;
	int64_t displacement;
} loads[] = {
	{ "ldr x8, [x0, #0x18]", { LDR_X8 }, 1, 8, true, 0, 0x18 },
	{ "ldur x8, [x0, #-8]", { 0xf85f8008 }, 1, 8, true, 0, -8 },
	{ "ldr x8, [sp, #32]", { 0xf94013e8 }, 1, 8, true, ARM64_INSN_SP, 32 },
	{ "nop; ldr x8, .+8", { NOP, 0x58000048 }, 2, 8, true, ARM64_INSN_START, 12 },
	{ "ldp x8, x9, [x0, #16]", { 0xa9412408 }, 1, 8, true, 0, 16 },
	{ "ldp x9, x8, [x0, #16]", { 0xa9412009 }, 1, 8, true, 0, 24 },
	{ "ldar x8, [x0]", { 0xc8dffc08 }, 1, 8, true, 0, 0 },
	{ "ldapr x8, [x0]", { 0xf8bfc008 }, 1, 8, true, 0, 0 },
	/* The address is lost, or is not one register's. */
	{ "ldr x8, [x8, #0x18]", { 0xf9400d08 }, 1, 8, false, 0, 0 },
	{ "ldp x8, x0, [x0, #16]", { 0xa9410008 }, 1, 8, false, 0, 0 },
	{ "ldr x8, [x0, #8]!", { 0xf8408c08 }, 1, 8, false, 0, 0 },
	{ "ldr x8, [x0], #8", { 0xf8408408 }, 1, 8, false, 0, 0 },
	{ "ldr x8, [x0, x1]", { 0xf8616808 }, 1, 8, false, 0, 0 },
	{ "ldr w8, [x0, #0x18]", { 0xb9401808 }, 1, 8, false, 0, 0 },
	{ "ldrsw x8, [x0, #4]", { 0xb9800408 }, 1, 8, false, 0, 0 },
	{ "nothing", { NOP }, 1, 8, false, 0, 0 },
	/* What keeps the register and the base. */
	{ "mov x1, x2", { LDR_X8, 0xaa0203e1 }, 2, 8, true, 0, 0x18 },
	{ "str x8, [x0, #0x18]", { LDR_X8, 0xf9000c08 }, 2, 8, true, 0, 0x18 },
	{ "cmp x8, #0", { LDR_X8, 0xf100011f }, 2, 8, true, 0, 0x18 },
	{ "autiasp", { LDR_X8, 0xd50323bf }, 2, 8, true, 0, 0x18 },
	{ "msr daif, x0", { LDR_X8, 0xd51b4220 }, 2, 8, true, 0, 0x18 },
	{ "dsb sy; isb", { LDR_X8, 0xd5033f9f, 0xd5033fdf }, 3, 8, true, 0, 0x18 },
	{ "brk #0x800", { LDR_X8, 0xd4210000 }, 2, 8, true, 0, 0x18 },
	{ "casal x2, x9, [x1]", { LDR_X8, 0xc8e2fc29 }, 2, 8, true, 0, 0x18 },
	{ "cbz x1, .+8; b.ne .+8; tbz x1, #3, .+8",
	  { LDR_X8, 0xb4000041, 0x54000041, 0x36180041 },
	  4,
	  8,
	  true,
	  0,
	  0x18 },
	{ "a call keeps x19 and x20", { 0xf9401674, 0x94000010 }, 2, 20, true, 19, 0x28 },
	{ "sub sp, sp, #32 is not of x0", { LDR_X8, 0xd10083ff }, 2, 8, true, 0, 0x18 },
	/* What changes the register. */
	{ "add x8, x8, #8", { LDR_X8, 0x91002108 }, 2, 8, false, 0, 0 },
	{ "movk x8, #1", { LDR_X8, 0xf2800028 }, 2, 8, false, 0, 0 },
	{ "adrp x8", { LDR_X8, 0x90000008 }, 2, 8, false, 0, 0 },
	{ "csel x8, x1, x2, eq", { LDR_X8, 0x9a820028 }, 2, 8, false, 0, 0 },
	{ "mrs x8, sp_el0", { LDR_X8, 0xd5384108 }, 2, 8, false, 0, 0 },
	{ "casal x8, x9, [x1]", { LDR_X8, 0xc8e8fc29 }, 2, 8, false, 0, 0 },
	{ "ldxr x8, [x1]", { LDR_X8, 0xc85f7c28 }, 2, 8, false, 0, 0 },
	{ "stxr w8, x2, [x1]", { LDR_X8, 0xc8087c22 }, 2, 8, false, 0, 0 },
	{ "ldadd x1, x8, [x2]", { LDR_X8, 0xf8210048 }, 2, 8, false, 0, 0 },
	{ "fmov x8, d0", { LDR_X8, 0x9e660008 }, 2, 8, false, 0, 0 },
	{ "ldr w8, [x0, #0x18]", { LDR_X8, 0xb9401808 }, 2, 8, false, 0, 0 },
	{ "bl", { LDR_X8, 0x94000010 }, 2, 8, false, 0, 0 },
	{ "blr x20", { LDR_X8, 0xd63f0280 }, 2, 8, false, 0, 0 },
	{ "what is not known: ptrue p0.b", { LDR_X8, 0x2518e3e0 }, 2, 8, false, 0, 0 },
	/* What changes the base. */
	{ "add x0, x0, #8", { LDR_X8, 0x91002000 }, 2, 8, false, 0, 0 },
	{ "str x1, [x0], #8", { LDR_X8, 0xf8008401 }, 2, 8, false, 0, 0 },
	{ "ldp q0, q1, [x0], #32", { LDR_X8, 0xacc10400 }, 2, 8, false, 0, 0 },
	{ "ld1 { v0.16b }, [x0], #16", { LDR_X8, 0x4cdf7000 }, 2, 8, false, 0, 0 },
	{ "sub sp, sp, #32", { 0xf94013e8, 0xd10083ff }, 2, 8, false, 0, 0 },
	/* What does not go on. */
	{ "b .+8", { LDR_X8, 0x14000002 }, 2, 8, false, 0, 0 },
	{ "ret", { LDR_X8, 0xd65f03c0 }, 2, 8, false, 0, 0 },
	{ "br x8", { LDR_X8, 0xd61f0100 }, 2, 8, false, 0, 0 },
	{ "eret", { LDR_X8, 0xd69f03e0 }, 2, 8, false, 0, 0 },
	{ "udf #0", { LDR_X8, 0 }, 2, 8, false, 0, 0 },
	/* A branch leads around the load. */
	{ "cbz x1, .+8", { 0xb4000041, LDR_X8 }, 2, 8, false, 0, 0 },
	{ "b.ne .+8", { 0x54000041, LDR_X8, NOP }, 3, 8, false, 0, 0 },
	{ "tbz x1, #3, .+8", { 0x36180041, LDR_X8 }, 2, 8, false, 0, 0 },
};

static void code_make(uint8_t *code, const uint32_t *insns, unsigned int nr)
{
	for (unsigned int i = 0; i < nr * ARM64_INSN_SIZE; i++)
		code[i] = (uint8_t)(insns[i / ARM64_INSN_SIZE] >> 8 * (i % ARM64_INSN_SIZE));
}

START_TEST(load)
{
	uint8_t code[INSNS_MAX * ARM64_INSN_SIZE];
	struct arm64_word word;
	bool found;

	code_make(code, loads[_i].insns, loads[_i].nr);
	found = arm64_load_find(code, loads[_i].nr * ARM64_INSN_SIZE, loads[_i].reg, &word);
	unit_check(found == loads[_i].found, "%s", loads[_i].what);
	if (found)
		unit_check(
			word.base == loads[_i].base && word.displacement == loads[_i].displacement,
			"%s: %u + %lld", loads[_i].what, word.base, (long long)word.displacement);
}
END_TEST

START_TEST(not_a_load)
{
	uint8_t code[ARM64_INSN_SIZE];
	struct arm64_word word;

	code_make(code, loads[0].insns, 1);
	ck_assert(!arm64_load_find(code, 0, 8, &word));
	ck_assert(!arm64_load_find(code, 3, 8, &word));
	ck_assert(!arm64_load_find(code, 4, 31, &word));
}
END_TEST

/* blr x8 is one, bl and br are not, nor is blr where no instruction ends. */
START_TEST(call)
{
	static const uint32_t insns[INSNS_MAX] = { NOP, 0xd63f0100, 0x94000010, 0xd61f0100 };
	uint8_t code[INSNS_MAX * ARM64_INSN_SIZE];
	unsigned int reg;
	size_t at;

	code_make(code, insns, INSNS_MAX);
	ck_assert(arm64_call_find(code, 8, &at, &reg));
	ck_assert_uint_eq(at, 4);
	ck_assert_uint_eq(reg, 8);
	ck_assert(!arm64_call_find(code, 0, &at, &reg));
	ck_assert(!arm64_call_find(code, 4, &at, &reg));
	ck_assert(!arm64_call_find(code, 10, &at, &reg));
	ck_assert(!arm64_call_find(code, 12, &at, &reg));
	ck_assert(!arm64_call_find(code, 16, &at, &reg));
}
END_TEST

Suite *suite_decoders_insn_arm64(void)
{
	Suite *suite = suite_create("decoders_insn_arm64");
	TCase *tcase = tcase_create("insn_arm64");

	tcase_add_loop_test(tcase, load, 0, UNIT_COUNT(loads));
	tcase_add_test(tcase, not_a_load);
	tcase_add_test(tcase, call);
	suite_add_tcase(suite, tcase);
	return suite;
}
