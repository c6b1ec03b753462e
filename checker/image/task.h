/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_TASK_H
#define SLUBCHECK_CHECKER_IMAGE_TASK_H
/*
 * Tasks and their kernel stacks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/memory.h"

/**
 * struct task - A task.
 * @addr:  its task_struct
 * @stack, @stack_size: where its kernel stack is
 * @comm:  its name, raw bytes of the dump, NUL-terminated
 */
struct task {
	uint64_t addr, stack, stack_size, pid;
	char comm[17];
};

/**
 * task_of_stack() - Find the task, or the thread of one, whose kernel stack an address lies in.
 *
 * Return: false when there is none on the list of all tasks as far as the dump has it.
 */
bool task_of_stack(struct task *task, struct memory *memory, uint64_t addr);

#endif
