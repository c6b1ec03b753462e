/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The registers of CPUs: from notes of each machine, and from frames where there are none.
 */
#include <string.h>

#include "checker/image/arch_x86_64.h"
#include "checker/image/cpu_regs.h"
#include "tests/unit/image.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define REGS 112
#define CURRENT_TASK 0xb040

/* A note whose words differ. */
static void note_make(const struct arch *arch, uint8_t note[TARGET_NOTE_MAX])
{
	memset(note, 0, TARGET_NOTE_MAX);
	for (unsigned int i = REGS; i < TARGET_NOTE_MAX; i++)
		note[i] = (uint8_t)(i * 7 + i / 8);
	note[arch->big_endian ? 35 : 32] = 47;
}

START_TEST(notes)
{
	struct target t = { .machine = (enum target_machine)(TARGET_X86_64 + _i) };
	const struct arch *arch = arch_of(&t);
	uint8_t note[TARGET_NOTE_MAX];
	struct cpu_regs regs;
	size_t len = 0;

	note_make(arch, note);
	for (unsigned int i = 0; i < arch->nr_regs; i++)
		if (arch->regs[i].note >= 0 && REGS + (size_t)arch->regs[i].note + 8 > len)
			len = REGS + (size_t)arch->regs[i].note + 8;
	ck_assert(!cpu_regs_of_note(&regs, arch, note, len - 1));
	ck_assert_int_eq(regs.source, CPU_REGS_NONE);
	ck_assert(cpu_regs_of_note(&regs, arch, note, len));
	ck_assert_int_eq(regs.source, CPU_REGS_NOTE);
	ck_assert_uint_eq(regs.pid, 47);
	for (unsigned int i = 0; i < arch->nr_regs; i++) {
		int at = arch->regs[i].note;

		ck_assert_int_eq(cpu_regs_known(&regs, (int)i), at >= 0);
		if (at >= 0)
			ck_assert_uint_eq(regs.regs[i], value_get(arch, note + REGS + at, 8));
	}
	ck_assert(!cpu_regs_known(&regs, ARCH_NONE));
}
END_TEST

START_TEST(notes_of_unknown)
{
	struct target t = { .machine = TARGET_MACHINE_UNKNOWN };
	uint8_t note[TARGET_NOTE_MAX] = { 0 };
	struct cpu_regs regs;

	ck_assert(!cpu_regs_of_note(&regs, arch_of(&t), note, sizeof(note)));
}
END_TEST

/* A world whose image may have notes. */
struct notes_image {
	struct world *w;
	struct target_ops ops;
	struct arena arena;
	struct memory memory;
	struct kernel kernel;
};

static struct target_cpu asked;

/* Of all CPUs but 2. The number of the CPU is in r15. */
static bool note_of(struct target *t, const struct target_cpu *cpu, uint8_t note[TARGET_NOTE_MAX],
		    size_t *len)
{
	(void)t;
	asked = *cpu;
	memset(note, 0, TARGET_NOTE_MAX);
	note[REGS] = (uint8_t)(0xa0 + cpu->cpu);
	*len = 336;
	return cpu->cpu != 2;
}

static uint64_t frame_make(struct image *image, unsigned int cpu)
{
	uint64_t task = image_data(image, 0x600), stack = image->direct_map + 0xf00000;
	uint64_t frame = stack + 16384 - 0x400 - 8;

	image_symbol(image, "current_task", CURRENT_TASK, 8);
	image_set(image, image->percpu + cpu * IMAGE_PERCPU_SIZE + CURRENT_TASK, task);
	image_store(image, task, "task_struct", "stack", stack);
	image_store(image, task, "task_struct", "pid", 4711);
	for (unsigned int i = 0; i < X86_64_REGS; i++)
		image_set(image, frame + 8 * i, 0x100 + i);
	image_set(image, frame + 8 * X86_64_IP, IMAGE_TEXT + 0x1000);
	image_set(image, frame + 8 * X86_64_CS, 0x10);
	image_set(image, frame + 8 * X86_64_FLAGS, 0x10282);
	image_set(image, frame + 8 * X86_64_SP, frame + 8 * X86_64_REGS);
	image_set(image, frame + 8 * X86_64_SS, 0x18);
	return frame;
}

/* The frame is of CPU 2. */
static uint64_t image_start(struct notes_image *n)
{
	uint64_t frame;
	char error[KERNEL_ERROR_MAX] = "";
	struct image *image;

	n->w = world_new(ERA_6_1);
	image = n->w->image;
	frame = frame_make(image, 2);
	n->ops = *image->target.ops;
	image->target.ops = &n->ops;
	arena_init(&n->arena, 64 << 20);
	ck_assert(memory_init(&n->memory, &image->target, &n->arena));
	unit_check(kernel_read(&n->kernel, &n->memory, &n->arena, error), "%s", error);
	return frame;
}

static void image_end(struct notes_image *n)
{
	arena_free(&n->arena);
	world_free(n->w);
}

/* CPU 2 has no note, but a frame; with notes for the others, and without any. */
START_TEST(notes_before_frames)
{
	struct notes_image n;
	struct cpu_regs regs = { 0 };
	uint64_t frame;

	frame = image_start(&n);
	n.ops.cpu_regs = _i ? note_of : NULL;
	ck_assert(cpu_regs_read(&regs, &n.memory, &n.kernel, &n.arena, 2));
	ck_assert_int_eq(regs.source, CPU_REGS_FRAME);
	ck_assert_uint_eq(regs.frame, frame);
	ck_assert_uint_eq(regs.pid, 4711);
	ck_assert_uint_eq(regs.regs[X86_64_R14], 0x101);
	ck_assert_uint_eq(regs.regs[X86_64_IP], IMAGE_TEXT + 0x1000);
	ck_assert(cpu_regs_known(&regs, X86_64_SS));
	ck_assert_int_eq(cpu_regs_read(&regs, &n.memory, &n.kernel, &n.arena, 3), _i);
	ck_assert_int_eq(regs.source, _i ? CPU_REGS_NOTE : CPU_REGS_NONE);
	if (_i) {
		ck_assert_uint_eq(regs.regs[X86_64_R15], 0xa3);
		ck_assert_uint_eq(asked.nth, 3);
		ck_assert_uint_eq(asked.nr_online, n.kernel.nr_cpus);
		ck_assert(asked.online);
	}
	image_end(&n);
}
END_TEST

Suite *suite_image_cpu_regs(void)
{
	Suite *suite = suite_create("image_cpu_regs");
	TCase *tcase = tcase_create("cpu_regs");

	tcase_add_loop_test(tcase, notes, 0, TARGET_MACHINES - TARGET_X86_64);
	tcase_add_test(tcase, notes_of_unknown);
	tcase_add_loop_test(tcase, notes_before_frames, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
