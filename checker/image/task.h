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
 * @sp:    stack pointer of a task that does not run; 0: it runs, or it is not known
 * @comm:  its name, raw bytes of the dump, NUL-terminated
 */
struct task {
	uint64_t addr, stack, stack_size, sp, pid;
	char comm[17];
};

/**
 * task_of_stack() - Find the task, or the thread of one, whose kernel stack an address lies in.
 *
 * Return: false when there is none on the list of all tasks as far as the dump has it.
 */
bool task_of_stack(struct task *task, struct memory *memory, uint64_t addr);

/**
 * tasks_visit() - Call @visit with each task and each thread of one that has a stack, the idle task of
 * the first CPU first.
 * @visit: returns true to end the visits
 *
 * Return: false when the list of all tasks is not known, or the dump lacks part of it.
 */
bool tasks_visit(struct memory *memory, bool (*visit)(void *ctx, const struct task *task),
		 void *ctx);

#endif
