/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_DEAD_KERNEL_H
#define SLUBCHECK_TESTS_UNIT_DEAD_KERNEL_H
/*
 * A made-up heap whose kernel died: the frame of an exception on the stack of CPU 0.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arch_x86_64.h"
#include "tests/unit/world.h"

#define FREE_AT (IMAGE_TEXT + 0x1000)
#define ALLOC_AT (IMAGE_TEXT + 0x2000)
#define LIST_AT (IMAGE_TEXT + 0x3000)
#define PARTIAL_AT (IMAGE_TEXT + 0x4000)
#define OTHER_AT (IMAGE_TEXT + 0x5000)
#define COPY_AT (IMAGE_TEXT + 0x6000)
#define CHECK_AT (IMAGE_TEXT + 0x7000)
#define AT 0x35

#define CURRENT_TASK 0xb040
#define STACK_SIZE UINT64_C(8192)
#define FRAME_SIZE UINT64_C(168)

/* A world whose kernel died on CPU 0. */
struct dead_kernel {
	struct world *w;
	struct image *image;
	uint64_t task, stack, frame, table;
	unsigned int nr_bugs;
	uint64_t log, log_words; /* its text, and the variables that lead to it; 0: none yet */
	unsigned int log_used;
	bool from_entry; /* distances are from the entry, as up to 5.18 */
};

/** dead_new() - Such a world; the frame is still empty. */
struct dead_kernel dead_new(enum image_era era);
void dead_free(struct dead_kernel *d);

/** dead_frame_make() - Fill the frame in: registers hold small numbers. */
void dead_frame_make(struct dead_kernel *d, uint64_t ip);
void dead_reg_set(struct dead_kernel *d, enum x86_64_reg reg, uint64_t value);

/**
 * dead_other_cpu() - Leave the frame of an interrupt on the stack of another CPU.
 * @cpu: but 0, whose task died
 *
 * Return: address of the frame.
 */
uint64_t dead_other_cpu(struct dead_kernel *d, unsigned int cpu, uint64_t ip);

/** dead_code_set() - Put an instruction somewhere. */
void dead_code_set(struct dead_kernel *d, uint64_t at, const uint8_t *code, size_t len);

/** dead_log() - Add a line to the kernel's log: "[   12.345678] text". */
__attribute__((format(printf, 2, 3))) void dead_log(struct dead_kernel *d, const char *format, ...);

#endif
