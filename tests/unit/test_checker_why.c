/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a kernel died (-w), also when all lists are healthy. */
#include <stdio.h>
#include <string.h>

#include "checker/image/arch_x86_64.h"
#include "checker/why/object_type.h"
#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

/* Of node0[0]: 4 6 8 are free. */
#define FREE_INDEX 4
#define USED_INDEX 30

#define H(value) ((unsigned long long)(value))

/* mov 0x30(%rbx),%rax, in a function that is not the allocator's. */
static const uint8_t load[] = { 0x48, 0x8b, 0x43, 0x30 };

static struct dead_kernel faulted(enum image_era era, uint64_t base)
{
	struct dead_kernel d = dead_new(era);

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, base);
	return d;
}

static struct run *asked(struct dead_kernel *d)
{
	return run_check(d->image, (struct run_options){ .scan = true, .why = true });
}

/* The task loaded the freepointer of a free object, and followed it: the lists are healthy. */
EACH_ERA(freepointer_followed)
{
	struct dead_kernel d = dead_new((enum image_era)turn);
	uint64_t object = image_object(d.w->node0[0], FREE_INDEX);
	uint64_t slot = image_slot(d.w->node0[0], FREE_INDEX);
	uint64_t raw = image_word(d.image, slot);
	struct run *run;

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, raw);
	dead_reg_set(&d, X86_64_DI, object);
	run = asked(&d);
	/* A plain link is an object's address, and that can be read. */
	if (turn != ERA_3_13) {
		run_expect_type(run, "why",
				"story=freed-object-used cause=use-after-free certainty=certain "
				"allocator_innocent=true death/base=rbx death/displacement=48 "
				"death/symbol=list_lru_del object/address=0x%llx "
				"object/state=free object/wrong_first=0x%llx",
				H(object), H(slot));
		run_verdict(run, VERDICT_CLEAN);
	}
	run_free(run);
	dead_free(&d);
}

START_TEST(null_pointer)
{
	struct dead_kernel d = faulted(ERA_6_1, 0);
	struct run *run = asked(&d);

	run_expect_type(
		run, "why",
		"story=null-pointer cause=unknown allocator_innocent=true "
		"death/exception=page-fault death/accessed=0x%x death/accessed_kind=null-offset",
		0x30);
	run_free(run);
	dead_free(&d);
}
END_TEST

START_TEST(poison)
{
	struct dead_kernel d = faulted(ERA_6_1, UINT64_C(0x6b6b6b6b6b6b6b6b));
	struct run *run = asked(&d);

	run_expect_type(run, "why",
			"story=freed-object-used cause=use-after-free certainty=likely "
			"death/exception=general-protection death/base=rbx");
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The bad pointer lies in an object that is allocated: something wrote there. */
START_TEST(word_of_an_object)
{
	struct dead_kernel d = faulted(ERA_6_1, UINT64_C(0x00db000000001234));
	int32_t index = USED_INDEX;
	uint64_t object = image_object(d.w->node0[0], index);
	struct run *run;

	image_set(d.image, object + 8, UINT64_C(0x00db000000001234));
	dead_reg_set(&d, X86_64_DI, object);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=object-damaged object/address=0x%llx object/state=allocated "
			"object/wrong_first=0x%llx",
			H(object), H(object + 8));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* A pointer to an object with one bit flipped. */
START_TEST(flipped_bit)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t object = image_object(d.w->node0[0], USED_INDEX);
	struct run *run;

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, object ^ UINT64_C(1) << 58);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=bad-pointer cause=bit-flip certainty=likely object/address=0x%llx",
			H(object));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* Slabs and objects that an image was made of. */
static void image_count(const struct image *image, unsigned int *slabs, unsigned int *objects)
{
	*slabs = *objects = 0;
	for (unsigned int i = 0; i < image->nr_caches; i++)
		for (unsigned int k = 0; k < image->caches[i]->nr_slabs; k++) {
			++*slabs;
			*objects += image->caches[i]->slabs[k]->objects;
		}
}

/* Each story says what would settle it, and what was checked where nothing is damaged. */
START_TEST(settled)
{
	struct dead_kernel d = faulted(ERA_6_1, 0);
	struct run *run = asked(&d);
	unsigned int slabs, objects;
	char text[160];

	image_count(d.image, &slabs, &objects);
	run_expect_type(run, "why",
			"story=null-pointer checked/caches=%u checked/slabs=%u checked/objects=%u "
			"allocator_innocent=true",
			d.image->nr_caches, slabs, objects);
	ck_assert_ptr_nonnull(strstr(run->text, "\"settle\":"));
	run_free(run);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true, .text = true });
	run_unfold(run);
	snprintf(text, sizeof(text),
		 "nothing in it is damaged: the lists, freelists and counters of %u caches, and %u "
		 "objects in %u slabs, were checked",
		 d.image->nr_caches, objects, slabs);
	unit_check(strstr(run->text, text), "%s", run->text);
	run_free(run);
	/* What the dump lacks was not checked. */
	image_absent(d.image, d.w->node0[1]->base);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true, .text = true });
	run_unfold(run);
	unit_check(strstr(run->text, "no damage was seen, but not all of it could be checked: "),
		   "%s", run->text);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* What a kernel without an exception says, and one whose damage is the allocator's. */
START_TEST(no_exception)
{
	struct world *w = world_new(ERA_6_1);
	struct run *run = run_check(w->image, (struct run_options){ .scan = true, .why = true });

	run_expect_type(run, "why", "story=no-exception cause=unknown death=-");
	ck_assert_ptr_nonnull(strstr(run->text, "\"settle\":\"read the end of the log"));
	run_free(run);
	world_free(w);
}
END_TEST

/* The task holds a free object in a register, and the kernel had said something before. */
static struct dead_kernel held_free(uint64_t *object)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	*object = image_object(d.w->node0[0], FREE_INDEX);
	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, UINT64_C(0x00db000000001234));
	dead_reg_set(&d, X86_64_BP, *object);
	return d;
}

static void death_said(struct dead_kernel *d)
{
	dead_log(d, "[   20.500000] general protection fault: 0000 [#1] SMP");
	dead_log(d, "[   20.500000] CPU: 0 PID: 4711 Comm: mount Not tainted 6.1.0 #1");
	dead_log(d, "[   20.500000] RIP: 0010:list_lru_del+0x%x/0x200", AT);
	dead_log(d, "[   20.500000] ---[ end trace 0000000000000000 ]---");
	dead_log(d, "[   20.600000] Kernel panic - not syncing: Fatal exception");
}

/* A warning had the object in a register: the cause is its, and it is said when that was. */
START_TEST(said_by_a_register)
{
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	struct run *run;

	dead_log(&d, "[   17.250000] refcount_t: underflow; use-after-free.");
	dead_log(&d, "[   17.250000] CPU: 1 PID: 12 Comm: culprit Not tainted 6.1.0 #1");
	dead_log(&d, "[   17.250000] R10: 0000000000000000 R11: 0000000000000000 R12: %016llx",
		 H(object + 8));
	dead_log(&d, "[   17.250000] ---[ end trace 0000000000000000 ]---");
	death_said(&d);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=freed-object-used cause=use-after-free object/address=0x%llx "
			"said/0/id=refcount said/0/same=object said/0/register=r12 "
			"said/0/microseconds_before=3250000 said/0/at_death=false said/1=-",
			H(object));
	run_free(run);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true, .text = true });
	run_unfold(run);
	unit_check(strstr(run->text, "3.250 s before it died, the kernel said, with this object in "
				     "r12: refcount_t: underflow; use-after-free"),
		   "%s", run->text);
	unit_check(strstr(run->text, "(CPU 1, task culprit (12))"), "%s", run->text);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* SLUB's own report names an object: which cause that speaks for, and which object it may be. */
START_TEST(said_of_objects)
{
	static const struct {
		const char *about; /* the same; NULL: not told */
		bool doubled; /* it speaks for a double free */
		int32_t index; /* -1: of another slab */
	} cases[] = {
		{ "object", true, FREE_INDEX },
		{ "slab", false, USED_INDEX },
		{ "cache", false, -1 },
	};
	uint64_t object, named;
	struct dead_kernel d = held_free(&object);
	struct run *run;

	named = cases[_i].index < 0 ? image_object(d.w->node0[1], USED_INDEX)
				    : image_object(d.w->node0[0], cases[_i].index);
	dead_log(&d, "[    3.000000] BUG alpha (Not tainted): Object already free");
	dead_log(&d, "[    3.000000] Object 0x%016llx @offset=0 fp=0x0000000000000000", H(named));
	dead_log(&d, "[    4.000000] ===================================================");
	death_said(&d);
	run = asked(&d);
	run_expect_type(run, "why",
			"object/address=0x%llx cause=%s said/0/id=slub-object-free said/0/same=%s "
			"said/0/register=- said/0/microseconds_before=17500000",
			H(object), cases[_i].doubled ? "double-free" : "use-after-free",
			cases[_i].about);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The first complaint is told whatever it is about; warnings and hangs are not. What came after the death is
 * not either. */
START_TEST(said_first)
{
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	struct run *run;

	dead_log(&d, "[    1.000000] INFO: task busybox:91 blocked for more than 120 seconds.");
	dead_log(&d, "[    5.000000] BUG: Bad page state in process busybox  pfn:05ad2");
	dead_log(&d, "[    6.000000] ---[ end trace 0000000000000000 ]---");
	dead_log(&d, "[    9.000000] BUG: Bad page state in process busybox  pfn:05ad3");
	dead_log(&d, "[    9.000000] ---[ end trace 0000000000000000 ]---");
	death_said(&d);
	dead_log(&d, "[   30.000000] BUG alpha (Not tainted): Object already free");
	dead_log(&d, "[   30.000000] Object 0x%016llx @offset=0 fp=0x0", H(object));
	run = asked(&d);
	run_expect_type(run, "why",
			"cause=use-after-free said/0/id=bad-page said/0/same=- "
			"said/0/microseconds_before=15500000 said/1=-");
	run_free(run);
	dead_free(&d);
}
END_TEST

/* Another CPU was at work on the object or on a neighbour of it; what is further away is not told. */
START_TEST(held_by_cpus)
{
	static const struct {
		int64_t from; /* the object */
		const char *what; /* NULL: not told */
		unsigned int at;
	} cases[] = {
		{ 8, "this", 8 },     { 0, "this", 0 },	    { 63, "this", 63 },
		{ -64, "before", 0 }, { -1, "before", 63 }, { 64, "after", 0 },
		{ 127, "after", 63 }, { -65, NULL, 0 },	    { 128, NULL, 0 },
	};
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	uint64_t frame = dead_other_cpu(&d, 2, ALLOC_AT + 8);
	struct run *run;

	image_set(d.image, frame + 8 * X86_64_R12, object + (uint64_t)cases[_i].from);
	run = asked(&d);
	/* Of CPU 0 the exception tells; 1 and 3 have left nothing. */
	run_expect_type(run, "why",
			"object/address=0x%llx object/cpus_asked=3 object/cpus_unknown=2 "
			"object/cpus/1=-",
			H(object));
	run_free(run);
	run = asked(&d);
	if (cases[_i].what)
		run_expect_type(
			run, "why",
			"object/cpus/0/cpu=2 object/cpus/0/pid=102 object/cpus/0/comm=other "
			"object/cpus/0/register=r12 object/cpus/0/value=0x%llx "
			"object/cpus/0/object=%s object/cpus/0/at=%u "
			"object/cpus/0/source=frame object/cpus/0/symbol=kmem_cache_alloc "
			"object/cpus/0/offset=8",
			H(object + (uint64_t)cases[_i].from), cases[_i].what, cases[_i].at);
	else
		run_expect_type(run, "why", "object/cpus=-");
	run_free(run);
	run = run_check(d.image, (struct run_options){ .scan = true, .why = true, .text = true });
	run_unfold(run);
	ck_assert_int_eq(strstr(run->text, "CPU 2 r12 points to") != NULL, cases[_i].what != NULL);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* A note of CPU 2: its stack pointer, and nothing else of interest. */
static uint64_t note_sp, note_ip, note_bx;

#define NOTE_REGS 112

static bool note_of(struct target *t, const struct target_cpu *cpu, uint8_t note[TARGET_NOTE_MAX],
		    size_t *len)
{
	const struct arch *arch = arch_of(t);

	memset(note, 0, TARGET_NOTE_MAX);
	memcpy(note + NOTE_REGS + arch->regs[arch->sp].note, &note_sp, 8);
	memcpy(note + NOTE_REGS + arch->regs[arch->ip].note, &note_ip, 8);
	memcpy(note + NOTE_REGS + arch->regs[X86_64_BX].note, &note_bx, 8);
	*len = 336;
	return cpu->cpu == 2;
}

/*
 * With a note the frame of an interrupt counts only when the CPU is above it, or was stopped on another stack.
 * The registers of a program are none of the kernel's.
 */
START_TEST(notes_and_frames)
{
	static const struct {
		int64_t sp; /* from the frame */
		bool user, framed;
	} cases[] = {
		{ -0x200, false, true }, /* it handles the interrupt */
		{ 0x80, false, false }, /* it has returned from it */
		{ 0x100000, false, true }, /* it was on another stack */
		{ -0x200, true, true },
	};
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	uint64_t frame = dead_other_cpu(&d, 2, ALLOC_AT + 8);
	struct target_ops ops = *d.image->target.ops;
	struct run *run;

	ops.cpu_regs = note_of;
	d.image->target.ops = &ops;
	note_sp = frame + (uint64_t)cases[_i].sp;
	note_ip = cases[_i].user ? 0x401000 : FREE_AT + 4;
	note_bx = object + 24;
	image_set(d.image, frame + 8 * X86_64_R12, object + 8);
	run = asked(&d);
	ck_assert_int_eq(
		run_line(run, "type=why object/cpus/0/source=note object/cpus/0/register=rbx "
			      "object/cpus/0/at=24 object/cpus/0/symbol=kmem_cache_free") != NULL,
		!cases[_i].user);
	ck_assert_int_eq(run_line(run,
				  "type=why object/cpus/%d/source=frame "
				  "object/cpus/%d/register=r12 object/cpus/%d/at=8",
				  !cases[_i].user, !cases[_i].user, !cases[_i].user) != NULL,
			 cases[_i].framed);
	run_free(run);
	dead_free(&d);
}
END_TEST

/* Of an address that is asked about, the CPU that died is one of them. */
START_TEST(held_by_the_dead)
{
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	struct run *run = run_check(
		d.image,
		(struct run_options){ .address = object, .is_address = true, .why = true });

	run_expect_type(run, "object-card",
			"object/cpus/0/cpu=0 object/cpus/0/pid=4711 object/cpus/0/register=rbp "
			"object/cpus/0/symbol=list_lru_del object/cpus/1=- object/cpus_asked=4");
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The type that a cache is named after, if it has the size of the objects. */
EACH_ERA(types)
{
	struct world *w = world_new((enum image_era)turn);
	const struct {
		struct image_slab *slab;
		const char *type;
	} cases[] = {
		{ w->node0[0], "alpha_struct" },
		{ w->big_node, "beta" },
		{ w->wide_node, "-" }, /* there is a struct gamma, of another size */
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct run *run = run_check(
			w->image, (struct run_options){ .address = image_object(cases[i].slab, 5),
							.is_address = true,
							.why = true });

		run_expect_type(run, "object-card", "object/type_likely=%s", cases[i].type);
		run_free(run);
	}
	world_free(w);
}

START_TEST(type_names)
{
	static const struct {
		const char *cache;
		uint64_t size;
		const char *type;
	} cases[] = {
		{ "alpha", 64, "alpha_struct" },
		{ "alpha", 72, "alpha" },
		{ "alpha_cache", 64, "alpha_struct" },
		{ "beta_cachep", 1024, "beta" },
		{ "beta(12:a group)", 1024, "beta" },
		{ "beta", 1032, "" },
		{ "kmalloc-64", 64, "" },
		{ "", 64, "" },
		{ "beta_cache_old", 1024, "" },
	};
	struct world *w = world_new(ERA_6_1);

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct cache_view cache = { .object_size = cases[i].size };
		char type[OBJECT_TYPE_MAX];

		snprintf(cache.name, sizeof(cache.name), "%s", cases[i].cache);
		ck_assert_int_eq(object_type_find(&w->image->target, &cache, type),
				 *cases[i].type != '\0');
		ck_assert_str_eq(type, cases[i].type);
	}
	world_free(w);
}
END_TEST

/* A check that failed has named the object that it met; a register of its report is not a name. */
START_TEST(check_names_the_object)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t object = image_object(d.w->node0[0], USED_INDEX);
	uint64_t other = image_object(d.w->node0[0], FREE_INDEX);
	struct run *run;

	dead_code_set(&d, OTHER_AT + AT, ud2, sizeof(ud2));
	dead_frame_make(&d, OTHER_AT + AT);
	image_set(d.image, image_field(d.image, d.task, "task_struct", "thread") + 16, 6);
	dead_log(&d, "[   20.000000] R12: %016llx", H(other));
	dead_log(&d, "[   20.000000] list_del corruption, %016llx->next is LIST_POISON1",
		 H(object + 16));
	dead_log(&d, "[   20.000000] kernel BUG at lib/list_debug.c:53!");
	dead_log(&d, "[   20.000000] RAX: %016llx", H(other));
	dead_log(&d, "[   20.000000] RIP: 0010:list_lru_del+0x%x/0x200", AT);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=deleted-entry-used object/address=0x%llx object/state=allocated "
			"said/0/id=list-corruption said/0/same=object said/0/at_death=true",
			H(object));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The same of an address that is asked about. */
START_TEST(said_of_address)
{
	uint64_t object;
	struct dead_kernel d = held_free(&object);
	struct run *run;

	dead_log(&d, "[   19.000000] BUG alpha (Not tainted): Poison overwritten");
	dead_log(&d, "[   19.000000] Object 0x%016llx @offset=0 fp=0x0", H(object));
	dead_log(&d, "[   19.000000] ===================================================");
	death_said(&d);
	run = run_check(d.image, (struct run_options){
					 .address = object + 3, .is_address = true, .why = true });
	run_expect_type(run, "object-card",
			"object/address=0x%llx said/0/id=slub-poison said/0/same=object "
			"said/0/microseconds_before=1500000",
			H(object));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The object of an address: its bytes, and what its allocated neighbours hold. */
START_TEST(card)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t object = image_object(w->node0[0], USED_INDEX);
	struct run *run = run_check(
		w->image,
		(struct run_options){ .address = object + 1, .is_address = true, .why = true });

	run_expect_type(run, "object-card",
			"object/address=0x%llx object/state=allocated object/cache=alpha",
			H(object));
	run_free(run);
	world_free(w);
}
END_TEST

Suite *suite_checker_why(void)
{
	Suite *suite = suite_create("checker_why");
	TCase *tcase = tcase_create("stories");

	tcase_add_test(tcase, freepointer_followed);
	tcase_add_test(tcase, null_pointer);
	tcase_add_test(tcase, poison);
	tcase_add_test(tcase, word_of_an_object);
	tcase_add_test(tcase, flipped_bit);
	tcase_add_test(tcase, settled);
	tcase_add_test(tcase, no_exception);
	tcase_add_test(tcase, card);
	tcase_add_test(tcase, said_by_a_register);
	tcase_add_loop_test(tcase, said_of_objects, 0, 3);
	tcase_add_test(tcase, said_first);
	tcase_add_test(tcase, types);
	tcase_add_test(tcase, type_names);
	tcase_add_test(tcase, check_names_the_object);
	tcase_add_loop_test(tcase, held_by_cpus, 0, 9);
	tcase_add_loop_test(tcase, notes_and_frames, 0, 4);
	tcase_add_test(tcase, held_by_the_dead);
	tcase_add_test(tcase, said_of_address);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
