/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each exception that a kernel can die of: those that an instruction tells, a row of arch->traps each, and those
 * that only the kernel's own report tells.
 */
#include <string.h>

#include "checker/image/arch_arm64.h"
#include "checker/image/arch_x86_64.h"
#include "checker/image/trap_kind.h"
#include "decoders/trap_insn.h"
#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

#define H(value) ((unsigned long long)(value))

#define NOBODYS (IMAGE_TEXT + 0x800000) /* no symbol covers it */
#define WARNING 1

/* --- The rows of the machines' tables --- */

/* The register with number n holds 0x1000 * (n + 1), but for rcx, which is 0. */
struct row_sample {
	enum trap_kind kind;
	bool sure;
	uint8_t code[8];
	unsigned int len;
};

static const struct row_sample x86_64_samples[] = {
	{ TRAP_DIVIDE, true, { 0x48, 0xf7, 0xf1 }, 3 }, /* div %rcx */
	{ TRAP_DIVIDE, true, { 0xf7, 0xf9 }, 2 }, /* idiv %ecx */
	{ TRAP_DIVIDE,
	  true,
	  { 0x66, 0xf7, 0xf3 },
	  3 }, /* div %bx, of which the lower half is 0x4000 */
	{ TRAP_DIVIDE, true, { 0xf6, 0xf0 }, 2 }, /* div %al */
	{ TRAP_BREAKPOINT, true, { 0xcc, 0xcc, 0xcc }, 3 },
	{ TRAP_BREAKPOINT, false, { 0xcc, 0x90 }, 2 },
	{ TRAP_SANITIZER, true, { 0x67, 0x0f, 0xb9, 0x40, 0x0a }, 5 }, /* ud1 10(%eax),%eax */
	{ TRAP_CONTROL_FLOW, true, { 0xd6 }, 1 }, /* udb */
	{ TRAP_CONTROL_FLOW, true, { 0xf0, 0x75, 0xf9 }, 3 }, /* lock jne */
	{ TRAP_CONTROL_FLOW, true, { 0xea, 0x90 }, 2 },
	{ TRAP_INVALID_OPCODE, false, { 0x0f, 0xff, 0xc0 }, 3 }, /* ud0 */
	{ TRAP_INVALID_OPCODE, false, { 0x0f, 0x0b }, 2 }, /* ud2 */
	{ TRAP_INVALID_OPCODE, false, { 0x27 }, 1 }, /* decimal adjust */
};

static const struct row_sample arm64_samples[] = {
	{ TRAP_SANITIZER, true, { 0x00, 0x20, 0x21, 0xd4 }, 4 }, /* brk #0x900 */
	{ TRAP_SANITIZER, true, { 0x40, 0xa2, 0x2a, 0xd4 }, 4 }, /* brk #0x5512 */
	{ TRAP_CONTROL_FLOW, true, { 0x20, 0x46, 0x30, 0xd4 }, 4 }, /* brk #0x8231 */
	{ TRAP_BREAKPOINT, true, { 0x00, 0x20, 0x20, 0xd4 }, 4 }, /* brk #0x100 */
	{ TRAP_BREAKPOINT, true, { 0x20, 0x00, 0x20, 0xd4 }, 4 }, /* brk #1 */
	{ TRAP_INVALID_OPCODE, true, { 0, 0, 0, 0 }, 4 }, /* udf #0 */
};

/* Behind these a kernel goes on, or they are told of elsewhere. */
static const struct row_sample x86_64_others[] = {
	{ TRAP_OTHER, false, { 0x48, 0xf7, 0xf3 }, 3 }, /* div %rbx */
	{ TRAP_OTHER, false, { 0xf7, 0xd1 }, 2 }, /* not %ecx */
	{ TRAP_OTHER, false, { 0xf7, 0x31 }, 2 }, /* divl (%rcx) */
	{ TRAP_OTHER, false, { 0xf6, 0xf4 }, 2 }, /* div %ah */
	{ TRAP_OTHER, false, { 0x90, 0xcc }, 2 },
	{ TRAP_OTHER, false, { 0xc3 }, 1 },
	{ TRAP_OTHER, false, { 0xf0, 0x48, 0xff, 0x00 }, 4 },
	{ TRAP_OTHER, false, { 0 }, 0 },
};

static const struct row_sample arm64_others[] = {
	{ TRAP_OTHER, false, { 0x00, 0x00, 0x21, 0xd4 }, 4 }, /* brk #0x800: BUG() */
	{ TRAP_OTHER, false, { 0x80, 0x00, 0x20, 0xd4 }, 4 }, /* brk #4: kprobes */
	{ TRAP_OTHER, false, { 0x20, 0x80, 0x20, 0xd4 }, 4 }, /* brk #0x401: kgdb */
	{ TRAP_OTHER, false, { 0x1f, 0x20, 0x03, 0xd5 }, 4 }, /* nop */
	{ TRAP_OTHER, false, { 0, 0 }, 2 },
};

static void regs_fill(uint64_t regs[ARCH_REGS_MAX], const struct arch *arch)
{
	for (unsigned int i = 0; i < ARCH_REGS_MAX; i++)
		regs[i] = 0x1000 * (i + 1);
	if (arch == &arch_x86_64) {
		regs[X86_64_CX] = 0;
		regs[X86_64_BX] = 0x40000;
		regs[X86_64_AX] = 0x100;
	}
}

/* The first row that an instruction is of; NULL: none. */
static const struct arch_trap *row_of(const struct arch *arch, const struct row_sample *s)
{
	uint64_t regs[ARCH_REGS_MAX];

	regs_fill(regs, arch);
	for (unsigned int i = 0; i < arch->nr_traps; i++)
		if (arch->traps[i].is(s->code, s->len, regs))
			return &arch->traps[i];
	return NULL;
}

static void rows_check(const struct arch *arch, const struct row_sample *samples, int nr,
		       const struct row_sample *others, int nr_others)
{
	bool seen[16] = { false };

	for (int i = 0; i < nr; i++) {
		const struct arch_trap *row = row_of(arch, &samples[i]);

		unit_check(row && row->kind == samples[i].kind && row->sure == samples[i].sure,
			   "%s: %d is %s", arch->name, i,
			   row ? trap_kind_id(row->kind) : "nothing");
		seen[row - arch->traps] = true;
	}
	for (int i = 0; i < nr_others; i++)
		unit_check(!row_of(arch, &others[i]), "%s: other %d", arch->name, i);
	for (unsigned int i = 0; i < arch->nr_traps; i++) {
		unit_check(seen[i], "%s: no sample of row %u", arch->name, i);
		ck_assert_str_ne(arch->traps[i].since, "");
	}
}

START_TEST(rows)
{
	rows_check(&arch_x86_64, x86_64_samples, UNIT_COUNT(x86_64_samples), x86_64_others,
		   UNIT_COUNT(x86_64_others));
	rows_check(&arch_arm64, arm64_samples, UNIT_COUNT(arm64_samples), arm64_others,
		   UNIT_COUNT(arm64_others));
}
END_TEST

START_TEST(kinds)
{
	for (int i = 0; i < TRAP_KIND_COUNT; i++) {
		ck_assert_str_ne(trap_kind_text((enum trap_kind)i), "");
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(trap_kind_id((enum trap_kind)i),
					 trap_kind_id((enum trap_kind)k));
	}
}
END_TEST

/* A fault is one of the stack's segment, of protection, or of a page table. */
START_TEST(fault_kinds)
{
	const uint64_t odd = UINT64_C(0x6b6b6b6b6b6b6b6b), plain = UINT64_C(0xffff800000000000);

	ck_assert_int_eq(arch_x86_64.fault_kind(-1, odd, X86_64_AX), TRAP_GENERAL_PROTECTION);
	ck_assert_int_eq(arch_x86_64.fault_kind(14, odd, X86_64_AX), TRAP_PAGE_FAULT);
	ck_assert_int_eq(arch_x86_64.fault_kind(13, plain, X86_64_AX), TRAP_GENERAL_PROTECTION);
	ck_assert_int_eq(arch_x86_64.fault_kind(-1, plain, X86_64_AX), TRAP_PAGE_FAULT);
	ck_assert_int_eq(arch_x86_64.fault_kind(12, odd, X86_64_BP), TRAP_STACK_SEGMENT);
	ck_assert_int_eq(arch_x86_64.fault_kind(12, odd, X86_64_AX), TRAP_GENERAL_PROTECTION);
	ck_assert_ptr_null(arch_arm64.fault_kind);
}
END_TEST

/* --- Kernels that died --- */

static void trap_nr_set(struct dead_kernel *d, uint64_t nr)
{
	image_set(d->image, image_field(d->image, d->task, "task_struct", "thread") + 16, nr);
}

#define story_is(d, ...)                                                                          \
	do {                                                                                      \
		struct run *run =                                                                 \
			run_check((d)->image, (struct run_options){ .scan = true, .why = true }); \
                                                                                                  \
		run_expect_type(run, "why", __VA_ARGS__);                                         \
		run_free(run);                                                                    \
		dead_free(d);                                                                     \
	} while (0)

START_TEST(divided)
{
	static const uint8_t code[] = { 0x48, 0xf7, 0xf1 };
	struct dead_kernel d = dead_new(ERA_6_12);

	dead_code_set(&d, OTHER_AT + AT, code, sizeof(code));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_CX, 0);
	story_is(&d, "story=trap death/exception=divide-error death/symbol=list_lru_del "
		     "death/accessed=- cause=unknown");
}
END_TEST

/* The divisor was something: it is where an interrupt came. */
START_TEST(not_divided)
{
	static const uint8_t code[] = { 0x48, 0xf7, 0xf1 };
	struct dead_kernel d = dead_new(ERA_6_12);

	dead_code_set(&d, OTHER_AT + AT, code, sizeof(code));
	dead_frame_make(&d, OTHER_AT + AT);
	story_is(&d, "story=no-exception");
}
END_TEST

/* The frame of int3: what the hardware pushed lies above a gap of six words that repeat it. */
static void int3_frame(struct dead_kernel *d, uint64_t ip)
{
	static const enum x86_64_reg pushed[] = { X86_64_IP, X86_64_CS, X86_64_FLAGS, X86_64_SP,
						  X86_64_SS };
	uint64_t above = d->frame, sp = d->frame + FRAME_SIZE;

	dead_frame_make(d, ip);
	d->frame -= 48;
	dead_frame_make(d, ip);
	dead_reg_set(d, X86_64_SP, sp);
	for (int i = 0; i < UNIT_COUNT(pushed); i++)
		image_set(d->image, above + 8 * (uint64_t)pushed[i],
			  image_word(d->image, d->frame + 8 * (uint64_t)pushed[i]));
}

static void int3s_put(struct dead_kernel *d, uint64_t at)
{
	static const uint8_t int3s[] = { 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
					 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc };

	dead_code_set(d, at, int3s, sizeof(int3s));
}

/* A call of text that was freed: int3 is all that is left of it (6.13). */
START_TEST(freed_text)
{
	struct dead_kernel d = dead_new(ERA_7_2);
	uint64_t object = image_object(d.w->node0[0], 30);

	int3s_put(&d, NOBODYS);
	int3_frame(&d, NOBODYS + 1);
	dead_reg_set(&d, X86_64_BX, NOBODYS);
	dead_reg_set(&d, X86_64_DI, object);
	image_set(d.image, d.frame + FRAME_SIZE + 48, OTHER_AT + AT);
	image_set(d.image, object + 0x18, NOBODYS);
	story_is(&d,
		 "story=bad-pointer death/exception=breakpoint death/frame=0x%llx death/ip=0x%llx "
		 "death/accessed=0x%llx death/base=rbx death/instruction=cccccccccccccccc "
		 "death/symbol=list_lru_del object/address=0x%llx",
		 H(d.frame), H(NOBODYS + 1), H(NOBODYS), H(object));
}
END_TEST

/* In the middle of a function only the number of the trap tells int3 from what ends the function before. */
START_TEST(int3_in_function)
{
	static const uint8_t code[] = { 0xcc, 0x90, 0x90 };

	for (int noted = 0; noted < 2; noted++) {
		struct dead_kernel d = dead_new(ERA_3_13);

		dead_code_set(&d, OTHER_AT + AT, code, sizeof(code));
		dead_frame_make(&d, OTHER_AT + AT + 1);
		trap_nr_set(&d, noted ? 3 : 14);
		story_is(&d, noted ? "story=trap death/exception=breakpoint death/accessed=- "
				     "death/offset=54"
				   : "story=no-exception");
	}
}
END_TEST

START_TEST(undefined)
{
	static const uint8_t code[] = { 0x0f, 0xff, 0xc0 };

	for (int noted = 0; noted < 2; noted++) {
		struct dead_kernel d = dead_new(ERA_6_1);

		dead_code_set(&d, OTHER_AT + AT, code, sizeof(code));
		dead_frame_make(&d, OTHER_AT + AT);
		trap_nr_set(&d, noted ? 6 : 14);
		story_is(&d, noted ? "story=trap death/exception=invalid-opcode"
				   : "story=no-exception");
	}
}
END_TEST

/* An indirect call that kCFI checks: its ud2 is in a list of its own, and in no table of BUG(). */
START_TEST(kcfi)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	struct dead_kernel d = dead_new(ERA_6_12);
	uint64_t traps = image_data(d.image, 16);

	image_symbol(d.image, "__start___bug_table", d.table, 1);
	image_symbol(d.image, "__stop___bug_table", d.table + 12, 1);
	image_symbol(d.image, "__start___kcfi_traps", traps, 1);
	image_symbol(d.image, "__stop___kcfi_traps", traps + 8, 1);
	image_put(d.image, traps, (uint32_t)(FREE_AT - traps), 4);
	image_put(d.image, traps + 4, (uint32_t)(OTHER_AT + AT - traps - 4), 4);
	dead_code_set(&d, OTHER_AT + AT, ud2, sizeof(ud2));
	dead_frame_make(&d, OTHER_AT + AT);
	story_is(&d, "story=trap death/exception=control-flow death/symbol=list_lru_del");
}
END_TEST

/* --- Checks of modules, and warnings that name their entry --- */

static uint64_t entry_make(struct dead_kernel *d, uint64_t ip, const char *file, unsigned int flags)
{
	uint64_t entry = image_data(d->image, 64), text = image_data(d->image, 64) + 8;
	uint64_t slot = image_field(d->image, entry, "bug_entry", "bug_addr_disp");

	image_put(d->image, slot, (uint32_t)(ip - slot), 4);
	slot = image_field(d->image, entry, "bug_entry", "file_disp");
	image_text(d->image, text, file);
	image_put(d->image, slot, (uint32_t)(text - slot), 4);
	image_store(d->image, entry, "bug_entry", "line", 77);
	image_store(d->image, entry, "bug_entry", "flags", flags);
	return entry;
}

/* Entries of the kernel's own table; by their paths it is known how distances are meant. */
static void kernel_table_make(struct dead_kernel *d)
{
	uint64_t entry = entry_make(d, FREE_AT + 0x100, "mm/page_alloc.c", 0);
	size_t size = d->image->era == ERA_7_2 ? 16 : 12;

	image_symbol(d->image, "__start___bug_table", entry, 1);
	image_symbol(d->image, "__stop___bug_table", entry + size, 1);
}

START_TEST(bug_of_module)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	struct dead_kernel d = dead_new(ERA_6_12);
	uint64_t module = image_data(d.image, 0x200), head = image_data(d.image, 16);
	uint64_t list = image_field(d.image, module, "module", "bug_list");
	uint64_t entry = entry_make(&d, NOBODYS + AT, "drivers/bed/bed.c", 0);

	kernel_table_make(&d);
	image_symbol(d.image, "module_bug_list", head, 16);
	image_set(d.image, head, list);
	image_set(d.image, list, head);
	image_store(d.image, module, "module", "bug_table", entry);
	image_store(d.image, module, "module", "num_bugs", 1);
	dead_code_set(&d, NOBODYS + AT, ud2, sizeof(ud2));
	dead_frame_make(&d, NOBODYS + AT);
	story_is(
		&d,
		"story=check-failed death/exception=bug death/file=drivers/bed/bed.c death/line=77");
}
END_TEST

/* ud1 (%edx), %rdi: rdi has the entry, whose address is that of an instruction before it (6.19). */
START_TEST(warning_with_text)
{
	static const uint8_t ud1[] = { 0x67, 0x48, 0x0f, 0xb9, 0x3a };

	for (int near = 0; near < 2; near++) {
		struct dead_kernel d = dead_new(ERA_7_2);
		uint64_t cpu = image_data(d.image, 8);
		uint64_t entry =
			entry_make(&d, near ? OTHER_AT + AT - 10 : FREE_AT, "mm/slub.c", WARNING);

		kernel_table_make(&d);
		image_symbol(d.image, "panic_cpu", cpu, 4);
		dead_code_set(&d, OTHER_AT + AT, ud1, sizeof(ud1));
		dead_frame_make(&d, OTHER_AT + AT);
		dead_reg_set(&d, X86_64_DI, entry);
		story_is(&d, near ? "story=check-failed death/file=mm/slub.c death/line=77 "
				    "death/symbol=list_lru_del death/offset=43"
				  : "story=no-exception");
	}
}
END_TEST

/* --- What only the report tells --- */

static const struct {
	const char *line, *kind;
} reports[] = {
	{ "alignment check: 0000 [#1] SMP", "alignment" },
	{ "Oops: Split lock detected", "alignment" },
	{ "Oops: stack segment: 0000 [#1] SMP NOPTI", "stack-segment" },
	{ "segment not present: 0038 [#1] SMP", "segment" },
	{ "invalid TSS: 0000 [#1] SMP", "segment" },
	{ "Oops: int3: 0000 [#1] SMP NOPTI", "breakpoint" },
	{ "divide error: 0000 [#1] SMP", "divide-error" },
	{ "double fault: 0000 [#1] SMP", "double-fault" },
	{ "BUG: TASK stack guard page was hit at 00000000c6f3d8f9", "stack-overflow" },
	{ "busybox: Corrupted page table at address 7f1234567000", "page-table" },
	{ "simd exception: 0000 [#1] SMP", "fpu" },
	{ "bounds: 0000 [#1] SMP", "arithmetic" },
	{ "BUG: unable to handle page fault for address: ffffffff82000000", "page-fault" },
	{ "general protection fault, maybe for address 0x0: 0000 [#1] SMP", "general-protection" },
};

START_TEST(reported)
{
	static const uint8_t nop[] = { 0x90 };
	struct dead_kernel d = dead_new(ERA_6_1);

	dead_code_set(&d, OTHER_AT + AT, nop, sizeof(nop));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_log(&d, "[   20.000000] %s", reports[_i].line);
	dead_log(&d, "[   20.000001] RIP: 0010:list_lru_del+0x%x/0x200", AT);
	dead_log(&d, "[   20.000002] RSP: 0018:%016llx EFLAGS: 00010282", H(d.frame + FRAME_SIZE));
	story_is(&d, "story=trap death/exception=%s death/frame=0x%llx death/accessed=-",
		 reports[_i].kind, H(d.frame));
}
END_TEST

/* A store to memory that is there, but read-only. */
START_TEST(reported_store)
{
	static const uint8_t store[] = { 0x48, 0x89, 0x03 };
	struct dead_kernel d = dead_new(ERA_6_12);
	uint64_t at = image_data(d.image, 8);

	dead_code_set(&d, OTHER_AT + AT, store, sizeof(store));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, at);
	dead_log(&d, "[   20.000000] BUG: unable to handle page fault for address: %016llx", H(at));
	dead_log(&d, "[   20.000002] RSP: 0018:%016llx EFLAGS: 00010282", H(d.frame + FRAME_SIZE));
	story_is(&d, "story=bad-pointer death/exception=page-fault death/accessed=0x%llx", H(at));
}
END_TEST

/* The frame is that of an interrupt, or the line is of user mode. */
START_TEST(reported_elsewhere)
{
	static const uint8_t nop[] = { 0x90 };

	for (int user = 0; user < 2; user++) {
		struct dead_kernel d = dead_new(ERA_6_1);

		dead_code_set(&d, OTHER_AT + AT, nop, sizeof(nop));
		dead_frame_make(&d, OTHER_AT + AT);
		dead_log(&d, "[   20.000000] alignment check: 0000 [#1] SMP");
		if (user)
			dead_log(&d, "[   20.000002] RSP: 002b:00007f0123456780 EFLAGS: 00010282");
		else
			dead_log(&d, "[   20.000002] RSP: 0018:%016llx EFLAGS: 00010282",
				 H(d.frame + FRAME_SIZE + 0x100));
		story_is(&d, "story=no-exception");
	}
}
END_TEST

/* --- Double faults --- */

#define STACKS 0xb100
#define STACKS_AT (IMAGE_VMALLOC + 0x20000)

static struct dead_kernel doubly_faulted(uint64_t sp_of_stack)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t sp = d.stack + sp_of_stack;

	image_symbol(d.image, "cea_exception_stacks", STACKS, 8);
	image_set(d.image, d.image->percpu + STACKS, STACKS_AT);
	d.frame = image_field(d.image, STACKS_AT, "cea_exception_stacks", "NMI_stack_guard") -
		  FRAME_SIZE;
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_SP, sp);
	trap_nr_set(&d, 8);
	return d;
}

START_TEST(double_fault)
{
	struct dead_kernel d = doubly_faulted(0x1000);

	story_is(&d, "story=trap death/exception=double-fault death/symbol=list_lru_del");
}
END_TEST

START_TEST(stack_overflow)
{
	struct dead_kernel d = doubly_faulted(0x10);

	story_is(&d, "story=trap death/exception=stack-overflow");
	d = doubly_faulted((uint64_t)-0x20);
	story_is(&d, "story=trap death/exception=stack-overflow");
}
END_TEST

/* What is left over on the stack from before. */
START_TEST(no_double_fault)
{
	struct dead_kernel d = doubly_faulted(0x1000);

	trap_nr_set(&d, 14);
	story_is(&d, "story=no-exception");
}
END_TEST

Suite *suite_checker_traps(void)
{
	Suite *suite = suite_create("checker_traps");
	TCase *tcase = tcase_create("traps");

	tcase_add_test(tcase, rows);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, fault_kinds);
	tcase_add_test(tcase, divided);
	tcase_add_test(tcase, not_divided);
	tcase_add_test(tcase, freed_text);
	tcase_add_test(tcase, int3_in_function);
	tcase_add_test(tcase, undefined);
	tcase_add_test(tcase, kcfi);
	tcase_add_test(tcase, bug_of_module);
	tcase_add_test(tcase, warning_with_text);
	tcase_add_loop_test(tcase, reported, 0, UNIT_COUNT(reports));
	tcase_add_test(tcase, reported_store);
	tcase_add_test(tcase, reported_elsewhere);
	tcase_add_test(tcase, double_fault);
	tcase_add_test(tcase, stack_overflow);
	tcase_add_test(tcase, no_double_fault);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
