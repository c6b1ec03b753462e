/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "checker/image/arch_x86_64.h"
#include "checker/slub/functions.h"
#include "decoders/operand.h"
#include "decoders/trap_insn.h"
#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))

#define WARNING 1

static void entry_put(struct dead_kernel *d, const char *member, uint64_t entry, uint64_t to,
		      bool address)
{
	uint64_t slot = image_field(d->image, entry, "bug_entry", member);
	bool from_member = address || !d->from_entry;

	image_put(d->image, slot, (uint32_t)(to - (from_member ? slot : entry)), 4);
}

static void bug_add(struct dead_kernel *d, uint64_t ip, const char *file, unsigned int line,
		    unsigned int flags)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	uint64_t entry = d->table + d->nr_bugs++ * (d->image->era == ERA_7_2 ? 16 : 12);
	uint64_t text = image_data(d->image, 64) + 8;

	dead_code_set(d, ip, ud2, sizeof(ud2));
	image_text(d->image, text, file);
	entry_put(d, "bug_addr_disp", entry, ip, true);
	entry_put(d, "file_disp", entry, text, false);
	image_store(d->image, entry, "bug_entry", "line", line);
	image_store(d->image, entry, "bug_entry", "flags", flags);
}

static void table_end(struct dead_kernel *d)
{
	size_t size = d->image->era == ERA_7_2 ? 16 : 12;

	image_symbol(d->image, "__start___bug_table", d->table, 1);
	image_symbol(d->image, "__stop___bug_table", d->table + d->nr_bugs * size, 1);
}

static void bug_at(struct dead_kernel *d, uint64_t ip, const char *file, unsigned int line)
{
	bug_add(d, FREE_AT + 0x100, "mm/page_alloc.c", 77, 0);
	bug_add(d, ip, file, line, 0);
	table_end(d);
	dead_frame_make(d, ip);
}

/* The death of a free of an object that is the head of the CPU's freelist, or linked to itself. */
static struct dead_kernel refused_free(enum image_era era, bool from_entry, uint64_t *object)
{
	struct dead_kernel d = dead_new(era);

	d.from_entry = from_entry;
	*object = image_object(d.w->cpu0, 5);
	bug_at(&d, FREE_AT + AT, "mm/slub.c", 305);
	dead_reg_set(&d, X86_64_BX, *object);
	if (!image_has_cpu_slabs(d.image))
		dead_reg_set(&d, X86_64_AX, *object);
	dead_reg_set(&d, X86_64_BP, d.w->alpha->addr);
	return d;
}

static void verdict_is(struct dead_kernel *d, struct run_options options,
		       enum check_verdict verdict)
{
	struct run *run = run_check(d->image, options);

	run_verdict(run, verdict);
	if (verdict == VERDICT_CLEAN)
		ck_assert_uint_eq(run_count(run, "corrupt"), 0);
	run_free(run);
}

EACH_ERA_AND_SCAN(double_free)
{
	uint64_t object;
	struct dead_kernel d = refused_free((enum image_era)(turn % ERAS), turn >= ERAS, &object);
	struct run *run = run_check(d.image, (struct run_options){ 0 });

	run_expect(run,
		   "id=allocator-trap severity=corrupt cache=alpha cache_address=0x%llx place=cpu "
		   "cpu=0 object=0x%llx index=5 slab=0x%llx trap=bug pid=4711 comm=mount "
		   "function=kmem_cache_free function_offset=%d file=mm/slub.c line=305 "
		   "frame=0x%llx ip=0x%llx instruction=0f0b registers/rbx=0x%llx "
		   "registers/rbp=0x%llx registers/rcx=- cause=double-free left=- "
		   "signature=allocator-trap/alpha/cpu/bug/kmem_cache_free/double-free",
		   H(d.w->alpha->addr), H(object), H(d.w->cpu0->page), AT, H(d.frame),
		   H(FREE_AT + AT), H(object), H(d.w->alpha->addr));
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	dead_free(&d);
}

/* The free had cleared the freepointer: what was behind the object is on no list. */
EACH_CPU_ERA(double_free_orphans)
{
	uint64_t object;
	struct dead_kernel d = refused_free((enum image_era)turn, false, &object);
	uint64_t slot = image_slot(d.w->cpu0, 5), key = image_data(d.image, 16);
	struct run *run;

	image_symbol(d.image, "init_on_alloc", key, 16);
	image_put(d.image, key, 1, 4);
	image_set(d.image, slot, image_encode(d.w->alpha, slot, 0));
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(run, "id=allocator-trap object=0x%llx cause=double-free", H(object));
	if (turn != ERA_3_13) /* plain links of other data are not evidence */
		unit_check(strstr(run_line(run, "id=freelist-orphans severity=transient"),
				  "They were behind object"),
			   "%s", run->text);
	run_free(run);
	dead_free(&d);
}

START_TEST(text)
{
	static const char *const words[] = { "alpha: corrupt, 1 finding",
					     "kernel BUG at mm/slub.c:305 in kmem_cache_free+0x35",
					     "CPU 0, task mount (4711)",
					     "0f 0b (ud2)",
					     "object 5 of alpha",
					     "the kmem_cache alpha",
					     "Object 5 is the head of this CPU's freelist",
					     "CORRUPT: 1 finding in 1 of" };
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);
	struct run *run = run_check(d.image, (struct run_options){ .text = true, .terse = true });

	run_unfold(run);
	for (int i = 0; i < UNIT_COUNT(words); i++)
		unit_check(strstr(run->text, words[i]) != NULL, "no %s in:\n%s", words[i],
			   run->text);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The same stack, and one thing that makes it no proof. */
START_TEST(not_dead)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);

	/* die() was never called: a panic by sysrq, or no panic at all. */
	for (unsigned int i = 0; i < d.image->nr_symbols; i++)
		if (!strcmp(d.image->symbols[i].name, "die_counter"))
			image_put(d.image, d.image->symbols[i].value, 0, 4);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(warning)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);

	image_store(d.image, d.table + 12, "bug_entry", "flags", WARNING);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(not_where_hardware_pushes)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);

	dead_reg_set(&d, X86_64_SP, d.frame + FRAME_SIZE + 0x40);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(in_module)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);

	for (unsigned int i = 0; i < d.image->nr_symbols; i++)
		if (d.image->symbols[i].value == FREE_AT)
			d.image->symbols[i].module = "zfs";
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

/* A BUG() of somebody else's, that was inlined into nothing of the allocator's. */
START_TEST(other_file)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	bug_at(&d, OTHER_AT + AT, "mm/list_lru.c", 12);
	dead_reg_set(&d, X86_64_BX, image_object(d.w->cpu0, 5));
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

/* A check of mm/slub.c is the allocator's in whatever function it is. */
START_TEST(inlined)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	struct run *run;

	bug_at(&d, OTHER_AT + AT, "/build/linux/mm/slub.c", 99);
	run = run_check(d.image, (struct run_options){ .text = true, .terse = true });
	unit_check(strstr(run->text, "kernel: corrupt") != NULL, "%s", run->text);
	unit_check(strstr(run->text, "CORRUPT: 1 finding in how the kernel died") != NULL, "%s",
		   run->text);
	run_free(run);
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(run, "id=allocator-trap severity=corrupt function=list_lru_del line=99 "
			"cause=unknown cache_address=-");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	/* Who asks for one cache is told of that one. */
	verdict_is(&d, (struct run_options){ .names = { "alpha" } }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(asked_for)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);

	verdict_is(&d, (struct run_options){ .names = { "alpha" } }, VERDICT_CORRUPT);
	verdict_is(&d, (struct run_options){ .names = { "beta" } }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(without_table)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);
	uint64_t trap_nr = image_field(d.image, d.task, "task_struct", "thread") + 16;

	d.image->lacks[0] = "__start___bug_table";
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	image_set(d.image, trap_nr, 6);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CORRUPT);
	dead_free(&d);
}
END_TEST

/* call of a function; returns the return address. */
static uint64_t call_put(struct dead_kernel *d, uint64_t at, uint64_t function)
{
	uint64_t back = at + 5;

	image_put(d->image, at, 0xe8, 1);
	image_put(d->image, at + 1, (uint32_t)(function - back), 4);
	return back;
}

static struct dead_kernel list_check(uint64_t caller)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	bug_at(&d, LIST_AT + AT, "lib/list_debug.c", 55);
	dead_reg_set(&d, X86_64_R12, image_slab_field(d.w->node0[0], "slab_list"));
	/* A return address that is left of an older call, and the one that counts. */
	image_set(d.image, d.frame + FRAME_SIZE, call_put(&d, PARTIAL_AT + 0x40, FREE_AT));
	image_set(d.image, d.frame + FRAME_SIZE + 16, call_put(&d, caller + 0x80, LIST_AT));
	return d;
}

START_TEST(list_del)
{
	struct dead_kernel d = list_check(PARTIAL_AT);
	struct run *run = run_check(d.image, (struct run_options){ 0 });

	run_expect(run,
		   "id=allocator-trap severity=corrupt cache=alpha slab=0x%llx "
		   "function=__list_del_entry_valid caller=get_partial_node.isra.0",
		   H(d.w->node0[0]->page));
	run_nothing_else(run, "corrupt");
	run_free(run);
	/* A slab tells the cache, too; slabs of two do not. */
	dead_reg_set(&d, X86_64_R12, d.w->node0[1]->page);
	verdict_is(&d, (struct run_options){ .names = { "alpha" } }, VERDICT_CORRUPT);
	dead_reg_set(&d, X86_64_R13, d.w->big_node->page);
	verdict_is(&d, (struct run_options){ .names = { "alpha" } }, VERDICT_CLEAN);
	dead_free(&d);
	d = list_check(OTHER_AT);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

START_TEST(usercopy)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t object = image_object(d.w->cpu0, 20);
	struct run *run;

	bug_at(&d, COPY_AT + AT, "mm/usercopy.c", 101);
	image_set(d.image, d.frame + FRAME_SIZE + 8, call_put(&d, CHECK_AT + 0x40, COPY_AT));
	dead_reg_set(&d, X86_64_R13, object + 72);
	dead_reg_set(&d, X86_64_BX, object);
	dead_reg_set(&d, X86_64_BP, 72);
	run = run_check(d.image, (struct run_options){ 0 });
	run_expect(run,
		   "id=allocator-trap severity=corrupt cache=alpha object=0x%llx "
		   "function=usercopy_abort caller=__check_heap_object cause=unknown",
		   H(object));
	run_free(run);
	/* Of a stack, say. */
	image_set(d.image, d.frame + FRAME_SIZE + 8, call_put(&d, OTHER_AT + 0x40, COPY_AT));
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

/* mov 0x20(%rax),%rbx: the freepointer of what a freelist led to. */
static const uint8_t load[] = { 0x48, 0x8b, 0x1c, 0x08 };

static struct dead_kernel fault_at(uint64_t ip, uint64_t object)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	dead_frame_make(&d, ip);
	dead_code_set(&d, ip, load, sizeof(load));
	dead_reg_set(&d, X86_64_AX, object);
	dead_reg_set(&d, X86_64_CX, d.w->alpha->offset);
	dead_reg_set(&d, X86_64_R15, d.w->alpha->addr);
	return d;
}

START_TEST(wild_freelist)
{
	struct dead_kernel d = fault_at(ALLOC_AT + AT, 0x5a5a1234deadbeef);
	struct run *run = run_check(d.image, (struct run_options){ 0 });

	run_expect(run,
		   "id=allocator-trap severity=corrupt cache=alpha trap=general-protection "
		   "function=kmem_cache_alloc fault_address=0x%llx file=-",
		   H(0x5a5a1234deadbeef + d.w->alpha->offset));
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The caller's pointer proves nothing. */
START_TEST(wild_free)
{
	struct dead_kernel d = fault_at(FREE_AT + AT, 0x5a5a1234deadbeef);
	struct run *run = run_check(d.image, (struct run_options){ 0 });

	run_expect(run, "id=allocator-trap severity=note trap=general-protection "
			"function=kmem_cache_free");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* An allocation from a cache that is not one: the caller's pointer, too. */
START_TEST(wild_cache)
{
	struct dead_kernel d = fault_at(ALLOC_AT + AT, 0x5a5a1234deadbeef);

	dead_reg_set(&d, X86_64_R15, 0);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	dead_free(&d);
}
END_TEST

/* An interrupt in the middle of an allocation that would have gone on. */
START_TEST(interrupt)
{
	struct dead_kernel d = fault_at(ALLOC_AT + AT, 0);
	struct run *run;

	dead_reg_set(&d, X86_64_AX, image_object(d.w->cpu0, 5));
	run = run_check(d.image, (struct run_options){ 0 });
	ck_assert_ptr_null(run_line(run, "id=allocator-trap"));
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	dead_free(&d);
}
END_TEST

START_TEST(irq_stack)
{
	uint64_t object;
	struct dead_kernel d = refused_free(ERA_6_1, false, &object);
	uint64_t end = IMAGE_VMALLOC + 0x14000;

	d.stack = end - 16384;
	for (uint64_t at = d.stack; at < end; at += IMAGE_PAGE)
		image_set(d.image, at, 0);
	image_symbol(d.image, "hardirq_stack_ptr", 0xb080, 8);
	image_set(d.image, d.image->percpu + 0xb080, end - 8);
	/* Nothing of it is left on the task's. */
	dead_reg_set(&d, X86_64_CS, 0x33);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CLEAN);
	d.frame = end - 0x800 - FRAME_SIZE % 16;
	dead_frame_make(&d, FREE_AT + AT);
	dead_reg_set(&d, X86_64_BX, object);
	dead_reg_set(&d, X86_64_BP, d.w->alpha->addr);
	verdict_is(&d, (struct run_options){ 0 }, VERDICT_CORRUPT);
	dead_free(&d);
}
END_TEST

START_TEST(functions)
{
	ck_assert_int_eq(slub_job("kmem_cache_free"), JOB_FREE);
	ck_assert_int_eq(slub_job("__slab_free.isra.0.cold"), JOB_FREE);
	ck_assert_int_eq(slub_job("__kmalloc_cache_noprof"), JOB_ALLOCATE);
	ck_assert_int_eq(slub_job("get_partial_node.part.0"), JOB_ALLOCATE);
	ck_assert_int_eq(slub_job("kmem_cache_alloc_noprof_not"), JOB_NONE);
	ck_assert_int_eq(slub_job("kmem_cache_fre"), JOB_NONE);
	ck_assert_int_eq(slub_job("_noprof"), JOB_NONE);
	ck_assert_int_eq(slub_job(""), JOB_NONE);
}
END_TEST

/* As an assembler makes them; the register with number n holds 0x1000 * (n + 1). */
static const struct {
	uint8_t code[12];
	unsigned int len;
	uint64_t address; /* 0: none */
} operands[] = {
	{ { 0x48, 0x8b, 0x00 }, 3, 0x1000 }, /* mov (%rax),%rax */
	{ { 0x48, 0x8b, 0x50, 0x08 }, 4, 0x1008 }, /* mov 8(%rax),%rdx */
	{ { 0x48, 0x8b, 0x1c, 0x08 }, 4, 0x3000 }, /* mov (%rax,%rcx),%rbx */
	{ { 0x49, 0x8b, 0x44, 0xd5, 0x10 }, 5, 0x26010 }, /* mov 16(%r13,%rdx,8),%rax */
	{ { 0x48, 0x8b, 0x05, 0x10, 0, 0, 0 }, 7, 0x100017 }, /* mov 16(%rip),%rax */
	{ { 0x48, 0x83, 0x3d, 0x10, 0, 0, 0, 1 }, 8, 0x100018 }, /* cmpq $1,16(%rip) */
	{ { 0x48, 0x8b, 0x83, 0xf8, 0xff, 0xff, 0xff }, 7, 0x3ff8 }, /* mov -8(%rbx),%rax */
	{ { 0xf0, 0x48, 0x0f, 0xc7, 0x4d, 0x20 }, 6, 0x6020 }, /* lock cmpxchg16b 32(%rbp) */
	{ { 0x0f, 0xb7, 0x42, 0x2a }, 4, 0x302a }, /* movzwl 42(%rdx),%eax */
	{ { 0x48, 0x8b, 0x04, 0x25, 0x00, 0x10, 0, 0 }, 8, 0x1000 }, /* mov 0x1000,%rax */
	{ { 0x66, 0xc7, 0x05, 0x10, 0, 0, 0, 1, 0 }, 9, 0x100019 }, /* movw $1,16(%rip) */
	{ { 0x48, 0x89, 0xc3 }, 3, 0 }, /* mov %rax,%rbx */
	{ { 0x48, 0x8d, 0x40, 0x08 }, 4, 0 }, /* lea 8(%rax),%rax */
	{ { 0x0f, 0x18, 0x08 }, 3, 0 }, /* prefetcht0 (%rax) */
	{ { 0x0f, 0x0d, 0x08 }, 3, 0 }, /* prefetchw (%rax) */
	{ { 0x65, 0x48, 0x8b, 0x00 }, 4, 0 }, /* mov %gs:(%rax),%rax */
	{ { 0x0f, 0x0b }, 2, 0 }, /* ud2 */
	{ { 0x48, 0x8b, 0x83, 0xf8 }, 4, 0 }, /* cut off */
	{ { 0x90 }, 1, 0 },
};

START_TEST(operand)
{
	uint64_t regs[16], address;

	for (unsigned int i = 0; i < 16; i++)
		regs[i] = 0x1000 * (i + 1);
	for (int i = 0; i < UNIT_COUNT(operands); i++) {
		bool found =
			insn_address(operands[i].code, operands[i].len, 0x100000, regs, &address);

		unit_check(found == (operands[i].address != 0), "operand %d", i);
		if (found)
			unit_check(address == operands[i].address, "operand %d: %llx", i,
				   H(address));
	}
}
END_TEST

START_TEST(undefined)
{
	static const uint8_t ud1[] = { 0x67, 0x48, 0x0f, 0xb9, 0x3a }, ud2[] = { 0x0f, 0x0b };

	ck_assert(insn_is_ud1(ud1, sizeof(ud1)));
	ck_assert(insn_is_ud1(ud1 + 2, 2));
	ck_assert(!insn_is_ud1(ud1, 3));
	ck_assert(!insn_is_ud1(ud2, sizeof(ud2)));
	ck_assert(insn_is_ud2(ud2, sizeof(ud2)));
	ck_assert(!insn_is_ud2(ud1, sizeof(ud1)));
	ck_assert(!insn_is_ud1(ud1, 0));
}
END_TEST

/* A copy of a string has two addresses. */
START_TEST(two_operands)
{
	static const uint8_t movsq[] = { 0xf3, 0x48, 0xa5 }, stosb[] = { 0xaa };
	uint64_t regs[16] = { [6] = 0x1000, [7] = 0x2000 }, address;

	ck_assert(insn_address(movsq, sizeof(movsq), 0, regs, &address) && address == 0x1000);
	ck_assert(insn_second_address(movsq, sizeof(movsq), regs, &address) && address == 0x2000);
	ck_assert(insn_address(stosb, sizeof(stosb), 0, regs, &address) && address == 0x2000);
	ck_assert(!insn_second_address(stosb, sizeof(stosb), regs, &address));
}
END_TEST

Suite *suite_checker_trap(void)
{
	Suite *suite = suite_create("checker_trap");
	TCase *bugs = tcase_create("bugs"), *faults = tcase_create("faults");

	tcase_add_test(bugs, double_free);
	tcase_add_test(bugs, double_free_orphans);
	tcase_add_test(bugs, text);
	tcase_add_test(bugs, not_dead);
	tcase_add_test(bugs, warning);
	tcase_add_test(bugs, not_where_hardware_pushes);
	tcase_add_test(bugs, in_module);
	tcase_add_test(bugs, other_file);
	tcase_add_test(bugs, inlined);
	tcase_add_test(bugs, asked_for);
	tcase_add_test(bugs, without_table);
	tcase_add_test(bugs, list_del);
	tcase_add_test(bugs, usercopy);
	tcase_add_test(bugs, irq_stack);
	tcase_set_timeout(bugs, RUN_TIMEOUT);
	suite_add_tcase(suite, bugs);
	tcase_add_test(faults, wild_freelist);
	tcase_add_test(faults, wild_free);
	tcase_add_test(faults, wild_cache);
	tcase_add_test(faults, interrupt);
	tcase_add_test(faults, functions);
	tcase_add_test(faults, operand);
	tcase_add_test(faults, undefined);
	tcase_add_test(faults, two_operands);
	tcase_set_timeout(faults, RUN_TIMEOUT);
	suite_add_tcase(suite, faults);
	return suite;
}
