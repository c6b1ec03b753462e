/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions of x86-64, one after the other, as an assembler makes them. */
#include <stdlib.h>
#include <string.h>

#include "decoders/insn.h"
#include "tests/unit/unit.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

#define BIT(reg) (1u << (reg))
#define ANY 0xffffu
#define CALLED 0x0fc7u

static const struct {
	uint8_t code[12];
	size_t length;
	unsigned int writes;
	enum insn_flow flow;
	int64_t target;
} insns[] = {
	{ { 0x90 }, 1, 0, INSN_NEXT, 0 }, /* nop */
	{ { 0xf3, 0x0f, 0x1e, 0xfa }, 4, 0, INSN_NEXT, 0 }, /* endbr64 */
	{ { 0x0f, 0x1f, 0x44, 0, 0 }, 5, 0, INSN_NEXT, 0 }, /* nopl 0(%rax,%rax) */
	{ { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 }, 10, 0, INSN_NEXT, 0 }, /* nopw */
	{ { 0x55 }, 1, 0, INSN_NEXT, 0 }, /* push %rbp */
	{ { 0x41, 0x5c }, 2, BIT(R12), INSN_NEXT, 0 }, /* pop %r12 */
	{ { 0x48, 0x89, 0xe5 }, 3, BIT(RBP), INSN_NEXT, 0 }, /* mov %rsp,%rbp */
	{ { 0x48, 0x89, 0x43, 0x18 }, 4, 0, INSN_NEXT, 0 }, /* mov %rax,0x18(%rbx) */
	{ { 0x4c, 0x8b, 0x6f, 0x40 }, 4, BIT(R13), INSN_NEXT, 0 }, /* mov 0x40(%rdi),%r13 */
	{ { 0x48, 0x83, 0xc0, 0x08 }, 4, BIT(RAX), INSN_NEXT, 0 }, /* add $8,%rax */
	{ { 0x48, 0x83, 0xf8, 0x08 }, 4, 0, INSN_NEXT, 0 }, /* cmp $8,%rax */
	{ { 0x48, 0x85, 0xc0 }, 3, 0, INSN_NEXT, 0 }, /* test %rax,%rax */
	{ { 0xf6, 0x47, 0x08, 0x01 }, 4, 0, INSN_NEXT, 0 }, /* testb $1,8(%rdi) */
	{ { 0x48, 0xf7, 0xd8 }, 3, BIT(RAX) | BIT(RDX), INSN_NEXT, 0 }, /* neg %rax; mul, too */
	{ { 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 }, 10, BIT(RAX), INSN_NEXT, 0 }, /* movabs */
	{ { 0xb9, 1, 0, 0, 0 }, 5, BIT(RCX), INSN_NEXT, 0 }, /* mov $1,%ecx */
	{ { 0x66, 0xb9, 1, 0 }, 4, BIT(RCX), INSN_NEXT, 0 }, /* mov $1,%cx */
	{ { 0x0f, 0xb6, 0xc0 }, 3, BIT(RAX), INSN_NEXT, 0 }, /* movzbl %al,%eax */
	{ { 0x48, 0x0f, 0x44, 0xc2 }, 4, BIT(RAX), INSN_NEXT, 0 }, /* cmove %rdx,%rax */
	{ { 0x48, 0x87, 0x07 }, 3, BIT(RAX), INSN_NEXT, 0 }, /* xchg %rax,(%rdi) */
	{ { 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, 5, BIT(RAX), INSN_NEXT, 0 }, /* lock cmpxchg */
	{ { 0xf3, 0x48, 0xa5 }, 3, ANY, INSN_NEXT, 0 }, /* rep movsq */
	{ { 0x0f, 0xa2 }, 2, ANY, INSN_NEXT, 0 }, /* cpuid */
	{ { 0x74, 0x10 }, 2, 0, INSN_BRANCH, 0x12 }, /* je */
	{ { 0x0f, 0x84, 0, 1, 0, 0 }, 6, 0, INSN_BRANCH, 0x106 }, /* je */
	{ { 0xe8, 0xfb, 0xff, 0xff, 0xff }, 5, CALLED, INSN_CALL, 0 }, /* call itself */
	{ { 0xff, 0xd0 }, 2, CALLED, INSN_CALL, 0 }, /* call *%rax */
	{ { 0xff, 0x50, 0x08 }, 3, CALLED, INSN_CALL, 0 }, /* call *8(%rax) */
	{ { 0xeb, 0xfe }, 2, 0, INSN_LEAVES, 0 }, /* jmp itself */
	{ { 0xff, 0xe0 }, 2, 0, INSN_LEAVES, 0 }, /* jmp *%rax */
	{ { 0xc3 }, 1, 0, INSN_LEAVES, 0 }, /* ret */
	{ { 0x0f, 0x0b }, 2, 0, INSN_LEAVES, 0 }, /* ud2 */
	{ { 0xc5, 0xf8, 0x77 }, 0, 0, INSN_NEXT, 0 }, /* vzeroupper: not known */
	{ { 0x06 }, 0, 0, INSN_NEXT, 0 }, /* not one in 64-bit mode */
	{ { 0x48 }, 0, 0, INSN_NEXT, 0 }, /* a prefix alone */
};

START_TEST(insn)
{
	struct insn found = { 0 };
	size_t len = insns[_i].length ? insns[_i].length : sizeof(insns[_i].code);
	bool known;

	if (insns[_i].code[0] == 0x48 && !insns[_i].code[1])
		len = 1;
	known = insn_read(&found, insns[_i].code, len);
	unit_check(known == (insns[_i].length != 0), "insn %d", _i);
	if (!known)
		return;
	ck_assert_uint_eq(found.length, insns[_i].length);
	ck_assert_uint_eq(found.writes, insns[_i].writes);
	ck_assert_int_eq(found.flow, insns[_i].flow);
	ck_assert_int_eq(found.target, insns[_i].target);
	/* Cut off anywhere it is not known, and nothing behind its end is read. */
	for (size_t cut = 0; cut < insns[_i].length; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, insns[_i].code, cut);
		known = insn_read(&found, copy, cut);
		unit_check(!known || found.length <= cut, "insn %d cut at %zu", _i, cut);
		free(copy);
	}
}
END_TEST

static const struct {
	const char *what;
	uint8_t code[24];
	size_t at;
	unsigned int reg;
	bool found;
	unsigned int base;
	int64_t displacement;
} loads[] = {
	{ "mov 0x18(%rdi),%rax", { 0x48, 0x8b, 0x47, 0x18 }, 4, RAX, true, RDI, 0x18 },
	{ "mov 0x18(%rdi),%rax; test; je over",
	  { 0x48, 0x8b, 0x47, 0x18, 0x48, 0x85, 0xc0, 0x74, 0x10 },
	  9,
	  RAX,
	  true,
	  RDI,
	  0x18 },
	{ "mov 0x10(%rip),%rax", { 0x48, 0x8b, 0x05, 0x10, 0, 0, 0 }, 7, RAX, true, INSN_IP, 0x17 },
	{ "nothing", { 0x90 }, 1, RAX, false, 0, 0 },
	{ "the register is changed",
	  { 0x48, 0x8b, 0x47, 0x18, 0x48, 0x83, 0xc0, 0x08 },
	  8,
	  RAX,
	  false,
	  0,
	  0 },
	{ "the base is changed",
	  { 0x48, 0x8b, 0x47, 0x18, 0x48, 0x89, 0xf7 },
	  7,
	  RAX,
	  false,
	  0,
	  0 },
	{ "the base is itself: mov 0x18(%rax),%rax",
	  { 0x48, 0x8b, 0x40, 0x18 },
	  4,
	  RAX,
	  false,
	  0,
	  0 },
	{ "with an index: mov (%rdi,%rcx,8),%rax",
	  { 0x48, 0x8b, 0x04, 0xcf },
	  4,
	  RAX,
	  false,
	  0,
	  0 },
	{ "of a segment: mov %gs:0x18(%rdi),%rax",
	  { 0x65, 0x48, 0x8b, 0x47, 0x18 },
	  5,
	  RAX,
	  false,
	  0,
	  0 },
	{ "four bytes alone: mov 0x18(%rdi),%eax", { 0x8b, 0x47, 0x18 }, 3, RAX, false, 0, 0 },
	{ "a call between", { 0x48, 0x8b, 0x47, 0x18, 0xe8, 0, 0, 0, 0 }, 9, RAX, false, 0, 0 },
	{ "a call keeps rbx and r12: mov 0x18(%r12),%rbx; call",
	  { 0x49, 0x8b, 0x5c, 0x24, 0x18, 0xe8, 0, 0, 0, 0 },
	  10,
	  RBX,
	  true,
	  R12,
	  0x18 },
	{ "a jump leads around it: je over; mov 0x18(%rdi),%rax; over: nop",
	  { 0x74, 0x04, 0x48, 0x8b, 0x47, 0x18, 0x90 },
	  7,
	  RAX,
	  false,
	  0,
	  0 },
	{ "behind a return: mov 0x18(%rdi),%rax; ret; nop",
	  { 0x48, 0x8b, 0x47, 0x18, 0xc3, 0x90 },
	  6,
	  RAX,
	  false,
	  0,
	  0 },
	{ "the instruction does not begin there", { 0x48, 0x8b, 0x47, 0x18 }, 3, RAX, false, 0, 0 },
	{ "what is not known is between: vzeroupper",
	  { 0x48, 0x8b, 0x47, 0x18, 0xc5, 0xf8, 0x77 },
	  7,
	  RAX,
	  false,
	  0,
	  0 },
};

START_TEST(load)
{
	struct insn_memory memory;
	bool found = insn_load_find(loads[_i].code, loads[_i].at, loads[_i].reg, &memory);

	unit_check(found == loads[_i].found, "%s", loads[_i].what);
	if (found)
		unit_check(memory.base == loads[_i].base &&
				   memory.displacement == loads[_i].displacement,
			   "%s: %u + %lld", loads[_i].what, memory.base,
			   (long long)memory.displacement);
}
END_TEST

START_TEST(call)
{
	static const uint8_t code[] = { 0x90, 0xff, 0xd0, 0xff, 0x57, 0x10, 0xe8, 0, 0, 0, 0 };
	struct insn found = { 0 };
	size_t at;

	ck_assert(insn_call_find(code, 3, &at, &found));
	ck_assert_uint_eq(at, 1);
	ck_assert_uint_eq(found.calls, RAX);
	ck_assert(insn_call_find(code, 6, &at, &found));
	ck_assert_uint_eq(at, 3);
	ck_assert_uint_eq(found.calls, INSN_NO_REG);
	ck_assert_uint_eq(found.memory.base, RDI);
	ck_assert_int_eq(found.memory.displacement, 0x10);
	/* A direct call, no call, and not the end of an instruction. */
	ck_assert(!insn_call_find(code, 11, &at, &found));
	ck_assert(!insn_call_find(code, 1, &at, &found));
	ck_assert(!insn_call_find(code, 2, &at, &found));
	ck_assert(!insn_call_find(code, 0, &at, &found));
}
END_TEST

Suite *suite_decoders_insn(void)
{
	Suite *suite = suite_create("decoders_insn");
	TCase *tcase = tcase_create("insn");

	tcase_add_loop_test(tcase, insn, 0, UNIT_COUNT(insns));
	tcase_add_loop_test(tcase, load, 0, UNIT_COUNT(loads));
	tcase_add_test(tcase, call);
	suite_add_tcase(suite, tcase);
	return suite;
}
