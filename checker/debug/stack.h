/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DEBUG_STACK_H
#define SLUBCHECK_CHECKER_DEBUG_STACK_H
/*
 * The stack of a track: in it until 5.18, in the stack depot since.
 *
 * A handle of the depot is a bit-field whose widths differ from release to release, and the pools
 * that it leads to are an array or a pointer to one. No type tells which; but each record holds its own
 * handle, so the way of reading that leads to a record with this handle is the right one.
 */

#include "checker/image/memory.h"
#include "checker/debug/debug_layout.h"
#include "checker/debug/track.h"

/** stack_layout_find() - Find out; without pools when the kernel has no stack depot that is known. */
void stack_layout_find(struct stack_layout *stack, struct target *t);

#define STACK_FRAMES_MAX 16 /* TRACK_ADDRS_COUNT */

/**
 * stack_read() - The return addresses of a track's stack, the innermost first.
 *
 * Return: how many there are; 0 when the kernel keeps none or they cannot be read.
 */
unsigned int stack_read(struct memory *memory, const struct stack_layout *stack,
			const struct track_layout *layout, const struct track *track,
			uint64_t frames[STACK_FRAMES_MAX]);

#define FRAME_TEXT_MAX 128

/** frame_describe() - As "sock_alloc+0x1d", or a number. Returns @buf. The name is escaped. */
char *frame_describe(struct memory *memory, uint64_t frame, char buf[FRAME_TEXT_MAX]);

#endif
