/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_FRAMES_H
#define SLUBCHECK_CHECKER_IMAGE_FRAMES_H
/*
 * Which function a word of a stack belongs to, told by return addresses alone: no unwinding data is
 * needed, and none can be wrong.
 *
 * A call stores its return address between the frame of the caller, above it, and that of the callee. So
 * the nearest return address below a word leads into the function whose frame has the word, and the
 * nearest one above it into that function's caller. Return addresses of older calls that nobody has
 * overwritten can stand between them; so the answer is a hint.
 */

#include <stdint.h>

#include "checker/image/kernel.h"
#include "checker/image/memory.h"
#include "checker/image/symbol.h"

/* Functions around a word of a stack; names are NULL where none is known. */
struct stack_frame {
	struct target_symbol frame, caller;
};

/**
 * frames_around() - Find the functions around a word.
 * @low, @high: where the stack is in use: from the stack pointer, or from the lowest address when that
 *		is not known, up to its end
 */
struct stack_frame frames_around(struct memory *memory, const struct kernel *kernel, uint64_t low,
				 uint64_t high, uint64_t addr);

#endif
