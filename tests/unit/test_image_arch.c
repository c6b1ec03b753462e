/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Machines: their tables, the order of bytes, and an arm64 kernel that died.
 */
#include <string.h>

#include "checker/image/arch_arm64.h"
#include "checker/image/memory.h"
#include "decoders/operand_arm64.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))

/* A register's name and place are said once, and the indexes of each table are within it. */
START_TEST(tables)
{
	struct target t = { .machine = (enum target_machine)_i };
	const struct arch *arch = arch_of(&t);

	ck_assert_uint_le(arch->nr_regs, ARCH_REGS_MAX);
	ck_assert_uint_le(arch->nr_general, arch->nr_regs);
	ck_assert_uint_le(arch->insn_max, ARCH_INSN_MAX);
	ck_assert_uint_le(arch->call_size, ARCH_INSN_MAX);
	for (unsigned int i = 0; i < arch->nr_regs; i++) {
		const struct arch_reg *a = &arch->regs[i];

		unit_check(a->name && a->member, "%s: register %u has no name", arch->name, i);
		for (unsigned int j = 0; j < i; j++) {
			const struct arch_reg *b = &arch->regs[j];

			unit_check(strcmp(a->name, b->name) && a->at != b->at &&
					   (a->note < 0 || a->note != b->note),
				   "%s: %s and %s are the same", arch->name, a->name, b->name);
		}
		if (arch->frame)
			unit_check((size_t)a->at + 8 <= arch->frame->size,
				   "%s: %s lies outside of the frame", arch->name, a->name);
	}
	if (arch->nr_regs)
		unit_check(arch->ip >= 0 && arch->sp >= 0 && arch->flags >= 0 &&
				   arch->ip < (int)arch->nr_regs && arch->sp < (int)arch->nr_regs &&
				   arch->flags < (int)arch->nr_regs,
			   "%s: no ip, sp or flags", arch->name);
}
END_TEST

static const struct {
	enum target_machine machine;
	const char *ip, *sp;
	bool big_endian;
	uint64_t legal, illegal; /* addresses; equal: all are legal */
} known[] = {
	{ TARGET_X86_64, "rip", "rsp", false, 0xff11000000000000, 0xf5ff888000000000 },
	{ TARGET_ARM64, "pc", "sp", false, 0xffff000000000000, 0xf5ff000000000000 },
	{ TARGET_RISCV64, "epc", "sp", false, 0xff60000000000000, 0xf060000000000000 },
	{ TARGET_PPC64LE, "nip", "r1", false, 0xc00c000000000000, 0xb00c000000000000 },
	{ TARGET_S390X, "psw.addr", "r15", true, 0x8000000000000000, 0x8000000000000000 },
};

START_TEST(machines)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct target t = { .machine = known[_i].machine };
	const struct arch *arch = arch_of(&t);

	ck_assert_str_eq(arch->regs[arch->ip].name, known[_i].ip);
	ck_assert_str_eq(arch->regs[arch->sp].name, known[_i].sp);
	ck_assert_uint_eq(value_get(arch, bytes, 8),
			  known[_i].big_endian ? 0x0102030405060708 : 0x0807060504030201);
	ck_assert_uint_eq(value_get(arch, bytes, 2), known[_i].big_endian ? 0x0102 : 0x0201);
	ck_assert(arch_is_canonical(arch, known[_i].legal));
	if (known[_i].legal != known[_i].illegal)
		ck_assert(!arch_is_canonical(arch, known[_i].illegal));
}
END_TEST

/* What reads memory reads it in the machine's order. */
START_TEST(big_endian_memory)
{
	struct image *image = image_new(ERA_6_1);
	struct arena arena;
	struct memory memory;
	uint64_t at = image_data(image, 16), value = 0;

	image_set(image, at, 0x0807060504030201);
	image_symbol(image, "variable", at, 8);
	image->target.machine = TARGET_S390X;
	arena_init(&arena, 64 << 20);
	ck_assert(memory_init(&memory, &image->target, &arena));
	ck_assert_int_eq(memory_value(&memory, at, 8, &value), TARGET_OK);
	ck_assert_uint_eq(value, 0x0102030405060708);
	ck_assert_int_eq(memory_value(&memory, at, 4, &value), TARGET_OK);
	ck_assert_uint_eq(value, 0x01020304);
	ck_assert(target_variable(&image->target, "variable", &value));
	ck_assert_uint_eq(value, 0x0102030405060708);
	arena_free(&arena);
	image_free(image);
}
END_TEST

/* xN holds N << 12, the stack pointer 0xffff0000; the instruction is at 0x10000. */
static const struct {
	uint32_t insn;
	bool known;
	uint64_t address;
} operands[] = {
	{ 0xf9400420, true, 0x1008 }, /* ldr x0, [x1, #8] */
	{ 0xb9000462, true, 0x3004 }, /* str w2, [x3, #4] */
	{ 0x39400c20, true, 0x1003 }, /* ldrb w0, [x1, #3] */
	{ 0xf94007e0, true, 0xffff0008 }, /* ldr x0, [sp, #8] */
	{ 0xf8626820, true, 0x3000 }, /* ldr x0, [x1, x2] */
	{ 0xf8627820, true, 0x11000 }, /* ldr x0, [x1, x2, lsl #3] */
	{ 0xf862d820, true, 0x11000 }, /* ldr x0, [x1, w2, sxtw #3] */
	{ 0xf8408420, true, 0x1000 }, /* ldr x0, [x1], #8 */
	{ 0xf8408c20, true, 0x1008 }, /* ldr x0, [x1, #8]! */
	{ 0xf85f8020, true, 0xff8 }, /* ldur x0, [x1, #-8] */
	{ 0xa9bf7bfd, true, 0xfffefff0 }, /* stp x29, x30, [sp, #-16]! */
	{ 0xa8c17bfd, true, 0xffff0000 }, /* ldp x29, x30, [sp], #16 */
	{ 0xa9410440, true, 0x2010 }, /* ldp x0, x1, [x2, #16] */
	{ 0xc85f7c20, true, 0x1000 }, /* ldxr x0, [x1] */
	{ 0xc8e0fc41, true, 0x2000 }, /* casal x0, x1, [x2] */
	{ 0xf8200041, true, 0x2000 }, /* ldadd x0, x1, [x2] */
	{ 0x58000040, true, 0x10008 }, /* ldr x0, .+8 */
	{ 0xd50b7422, true, 0x2000 }, /* dc zva, x2 */
	{ 0xf9800000, false, 0 }, /* prfm pldl1keep, [x0] */
	{ 0x8b020020, false, 0 }, /* add x0, x1, x2 */
	{ 0xd503201f, false, 0 }, /* nop */
	{ 0xd4210000, false, 0 }, /* brk #0x800 */
};

START_TEST(operand_of_arm64)
{
	uint64_t x[31], address;
	bool found;

	for (unsigned int i = 0; i < 31; i++)
		x[i] = (uint64_t)i << 12;
	found = arm64_address(operands[_i].insn, 0x10000, x, 0xffff0000, &address);
	unit_check(found == operands[_i].known, "%08x", operands[_i].insn);
	if (found)
		unit_check(address == operands[_i].address, "%08x: %llx", operands[_i].insn,
			   H(address));
}
END_TEST

/* --- An arm64 kernel that died --- */

#define RUNQUEUES 0xb040
#define IRQ_STACK_PTR 0xb000
#define FUNCTION (IMAGE_TEXT + 0x1000)
#define DIED (FUNCTION + 0x34)
#define FRAME_SIZE UINT64_C(336)
#define STACK_SIZE 16384
#define EL0T UINT64_C(0x60001000)
#define EL1H UINT64_C(0x604000c5)
#define EL2H UINT64_C(0x604000c9)

struct death {
	struct world *w;
	struct image *image;
	uint64_t frame;
};

static struct death death_new(bool irq)
{
	struct death d = { .w = world_new(ERA_6_12) };
	struct image *image = d.image = d.w->image;
	uint64_t task = image_data(image, 0x600), stack = image->direct_map + 0xf00000;
	uint64_t irq_stack = image->direct_map + 0xf10000;

	image->target.machine = TARGET_ARM64;
	image_symbol(image, "runqueues", RUNQUEUES, 0x1000);
	image_set(image, image->percpu + RUNQUEUES + 0x900, task);
	image_symbol(image, "irq_stack_ptr", IRQ_STACK_PTR, 8);
	image_set(image, image->percpu + IRQ_STACK_PTR, irq_stack);
	image_store(image, task, "task_struct", "stack", stack);
	image_store(image, task, "task_struct", "pid", 4711);
	image_text(image, image_field(image, task, "task_struct", "comm"), "mount");
	image_symbol(image, "kmem_cache_free", FUNCTION, 0x200);
	image_symbol(image, "kmem_cache_alloc_noprof", FUNCTION + 0x1000, 0x200);
	d.frame = (irq ? irq_stack : stack) + STACK_SIZE - 0x400;
	/* The stacks are in the dump. */
	for (uint64_t at = 0; at < STACK_SIZE; at += 8) {
		image_set(image, stack + at, 0);
		image_set(image, irq_stack + at, 0);
	}
	return d;
}

static void reg_set(struct death *d, unsigned int reg, uint64_t value)
{
	image_set(d->image, d->frame + 8 * (uint64_t)reg, value);
}

static void frame_make(struct death *d, uint64_t pc, uint32_t insn, uint64_t pstate)
{
	for (unsigned int i = ARM64_X0; i <= ARM64_LR; i++)
		reg_set(d, i, 0x100 + i);
	reg_set(d, ARM64_SP, d->frame + FRAME_SIZE);
	reg_set(d, ARM64_PC, pc);
	reg_set(d, ARM64_PSTATE, pstate);
	image_put(d->image, pc, insn, 4);
}

static void table_make(struct death *d)
{
	uint64_t entry = image_data(d->image, 64), file = image_data(d->image, 64) + 8;
	uint64_t slot = image_field(d->image, entry, "bug_entry", "bug_addr_disp");

	image_put(d->image, slot, (uint32_t)(DIED - slot), 4);
	slot = image_field(d->image, entry, "bug_entry", "file_disp");
	image_put(d->image, slot, (uint32_t)(file - slot), 4);
	image_text(d->image, file, "mm/slub.c");
	image_store(d->image, entry, "bug_entry", "line", 546);
	image_symbol(d->image, "__start___bug_table", entry, 1);
	image_symbol(d->image, "__stop___bug_table", entry + 12, 1);
}

/* set_freepointer() refuses a double free: brk #0x800, on the stack of a task or of an interrupt. */
START_TEST(bug_of_arm64)
{
	struct death d = death_new(_i);
	uint64_t object = image_object(d.w->cpu0, 5);
	struct run *run;

	frame_make(&d, DIED, 0xd4210000, _i ? EL2H : EL1H);
	table_make(&d);
	reg_set(&d, 19, object);
	reg_set(&d, 20, d.w->alpha->addr);
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(
		run,
		"id=allocator-trap severity=corrupt cache=alpha place=cpu cpu=0 object=0x%llx "
		"index=5 trap=bug pid=4711 comm=mount function=kmem_cache_free function_offset=52 "
		"file=mm/slub.c line=546 frame=0x%llx instruction=000021d4 registers/x19=0x%llx "
		"registers/x20=0x%llx cause=double-free",
		H(object), H(d.frame), H(object), H(d.w->alpha->addr));
	run_free(run);
	world_free(d.w);
}
END_TEST

/* Neither registers of user space, nor words that do not lie where exceptions push them, are it. */
START_TEST(other_frames_of_arm64)
{
	struct death d = death_new(false);
	struct run *run;

	frame_make(&d, DIED, 0xd4210000, _i ? EL1H : EL0T);
	table_make(&d);
	if (_i)
		reg_set(&d, ARM64_SP, d.frame + FRAME_SIZE + 16);
	reg_set(&d, 19, image_object(d.w->cpu0, 5));
	run = run_check(d.image, (struct run_options){ 0 });
	ck_assert_ptr_null(run_line(run, "id=allocator-trap"));
	run_free(run);
	world_free(d.w);
}
END_TEST

/* A freelist led nowhere: the load that faulted, and the finding that its registers are. */
START_TEST(panic_of_arm64)
{
	const uint64_t bad = UINT64_C(0xffff15e30021bde0), pc = FUNCTION + 0x1040;
	struct death d = death_new(false);
	struct run *run;

	image_set(d.image, image_cpu_field(d.w->alpha, 0, "freelist"), bad);
	frame_make(&d, pc, 0xf8656860, EL1H); /* ldr x0, [x3, x5] */
	reg_set(&d, 3, bad);
	reg_set(&d, 5, d.w->alpha->offset);
	reg_set(&d, 22, d.w->alpha->addr);
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=0 cache=alpha");
	run_expect_type(
		run, "panic",
		"cpu=0 pid=4711 comm=mount symbol=kmem_cache_alloc_noprof offset=64 "
		"finding=freelist-wild cache=alpha registers/x3=0x%llx registers/x22=0x%llx",
		H(bad), H(d.w->alpha->addr));
	run_free(run);
	/* Of a machine whose frames are not known nothing is said. */
	d.image->target.machine = TARGET_RISCV64;
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=0 cache=alpha");
	ck_assert_ptr_null(run_line(run, "type=panic"));
	run_free(run);
	world_free(d.w);
}
END_TEST

/* --- Calls of what is not code --- */

#define MEMBER 0x18

/* Behind the call; the word that was called lies in a member of an object. */
#define BACK (FUNCTION + 0x34)

static struct death called(uint64_t function, uint64_t *object)
{
	static const uint32_t code[] = { 0xf9400c08, 0xd63f0100 }; /* ldr x8, [x0, #24]; blr x8 */
	struct death d = death_new(false);

	*object = image_object(d.w->node0[0], 30);
	frame_make(&d, BACK, 0xd503201f, EL1H);
	for (uint64_t at = FUNCTION; at < BACK - sizeof(code); at += 4)
		image_put(d.image, at, 0xd503201f, 4); /* nop */
	image_put(d.image, BACK - 8, code[0], 4);
	image_put(d.image, BACK - 4, code[1], 4);
	reg_set(&d, ARM64_X0, *object);
	reg_set(&d, 8, function);
	reg_set(&d, ARM64_LR, BACK);
	reg_set(&d, ARM64_PC, function);
	image_set(d.image, *object + MEMBER, function);
	return d;
}

static void call_is(struct death *d, const char *story, uint64_t object)
{
	struct run *run = run_check(d->image, (struct run_options){ .scan = true, .why = true });

	run_expect_type(run, "why",
			"story=%s death/symbol=kmem_cache_free death/loaded_from=0x%llx "
			"object/address=0x%llx",
			story, H(object + MEMBER), H(object));
	run_free(run);
	world_free(d->w);
}

/* NULL, an address of user space, one that is not canonical, one that is odd. */
static const struct {
	uint64_t function;
	const char *story;
} calls[] = {
	{ 0, "null-pointer" },
	{ UINT64_C(0x0000db0000001234), "object-damaged" },
	{ UINT64_C(0x00db000000001235), "object-damaged" },
	{ UINT64_C(0xdb00000000001237), "object-damaged" },
};

START_TEST(call_on_arm64)
{
	uint64_t object;
	struct death d = called(calls[_i].function, &object);

	call_is(&d, calls[_i].story, object);
}
END_TEST

/* Neither words that do not lie where exceptions push them, nor where lr is not an address of code. */
START_TEST(not_a_call_on_arm64)
{
	uint64_t object;
	struct death d = called(calls[1].function, &object);
	struct run *run;

	if (_i)
		reg_set(&d, ARM64_LR, 0x1234);
	else
		reg_set(&d, ARM64_SP, d.frame + FRAME_SIZE + 16);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true });
	run_expect_type(run, "why", "story=no-exception death=-");
	run_free(run);
	world_free(d.w);
}
END_TEST

/* ret has gone where lr leads: nobody knows who called. */
START_TEST(return_on_arm64)
{
	uint64_t object;
	struct death d = called(calls[1].function, &object);
	struct run *run;

	image_set(d.image, object + MEMBER, 0);
	reg_set(&d, ARM64_LR, calls[1].function);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true });
	run_expect_type(run, "why", "story=bad-pointer death/loaded_from=-");
	run_free(run);
	world_free(d.w);
}
END_TEST

Suite *suite_image_arch(void)
{
	Suite *suite = suite_create("image_arch");
	TCase *tcase = tcase_create("arch");

	tcase_add_loop_test(tcase, tables, 0, TARGET_MACHINES);
	tcase_add_loop_test(tcase, machines, 0, UNIT_COUNT(known));
	tcase_add_test(tcase, big_endian_memory);
	tcase_add_loop_test(tcase, operand_of_arm64, 0, UNIT_COUNT(operands));
	tcase_add_loop_test(tcase, bug_of_arm64, 0, 2);
	tcase_add_loop_test(tcase, other_frames_of_arm64, 0, 2);
	tcase_add_test(tcase, panic_of_arm64);
	tcase_add_loop_test(tcase, call_on_arm64, 0, UNIT_COUNT(calls));
	tcase_add_loop_test(tcase, not_a_call_on_arm64, 0, 2);
	tcase_add_test(tcase, return_on_arm64);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
