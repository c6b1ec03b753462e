/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/debug/stack.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/symbol.h"

#define POOL_ORDER 2u
#define RECORD_SHIFT 4u /* records are aligned to 16 bytes */

void stack_layout_find(struct stack_layout *stack, struct target *t)
{
	static const char type[] = "stack_record";
	struct target_member m;
	uint64_t pools;
	size_t size;

	*stack = (struct stack_layout){ 0 };
	/* stack_slabs until 6.2. */
	if ((!t->ops->symbol(t, "stack_pools", &pools) &&
	     !t->ops->symbol(t, "stack_slabs", &pools)) ||
	    !target_find(t, type, "handle", &stack->handle) ||
	    !target_find(t, type, "size", &stack->size) || !t->ops->type_size(t, type, &size))
		return;
	/* Its array may have no size, as that of a sheaf. */
	stack->entries = t->ops->member(t, type, "entries", &m) ? m.offset : (uint32_t)size;
	stack->pools = pools;
}

/* The lower bits of a handle: which pool, and where in it. */
struct handle_form {
	unsigned int pool_bits;
	unsigned int first_pool; /* number of the first one */
};

static const struct handle_form forms[] = {
	{ 17, 1 }, /* 6.9: no bit says any more that a handle is one */
	{ 17, 0 }, /* 6.8 */
	{ 16, 0 }, /* 6.1: five bits are the user's */
	{ 21, 0 },
};

/* Return addresses at @addr, up to @nr or the first that is none. */
static unsigned int frames_read(struct memory *memory, uint64_t addr, uint64_t nr,
				uint64_t frames[STACK_FRAMES_MAX])
{
	unsigned int read = 0;

	while (read < nr && read < STACK_FRAMES_MAX &&
	       memory_value(memory, addr + 8 * read, 8, &frames[read]) == TARGET_OK && frames[read])
		read++;
	return read;
}

/* Where the record of a handle would be; 0: nowhere. */
static uint64_t record_place(struct memory *memory, const struct handle_form *form, uint64_t pools,
			     uint32_t handle)
{
	unsigned int page_shift = memory->target->page_shift;
	unsigned int offset_bits = POOL_ORDER + page_shift - RECORD_SHIFT;
	uint32_t pool = handle & ((1u << form->pool_bits) - 1);
	uint32_t offset = handle >> form->pool_bits & ((1u << offset_bits) - 1);
	uint64_t base;

	if (pool < form->first_pool ||
	    memory_value(memory, pools + 8 * (uint64_t)(pool - form->first_pool), 8, &base) !=
		    TARGET_OK ||
	    !base || base % 8)
		return 0;
	return base + ((uint64_t)offset << RECORD_SHIFT);
}

static bool record_is_of(struct memory *memory, const struct stack_layout *stack, uint64_t record,
			 uint32_t handle)
{
	uint64_t own;

	return record && memory_member(memory, record, stack->handle, &own) == TARGET_OK &&
	       own == handle;
}

static uint64_t record_find(struct memory *memory, const struct stack_layout *stack,
			    uint32_t handle)
{
	uint64_t pools = 0, record;

	/* stack_pools is an array, as in 6.12, or a pointer to one, as in 7.2. */
	if (memory_value(memory, stack->pools, 8, &pools) != TARGET_OK)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		record = record_place(memory, &forms[i], stack->pools, handle);
		if (record_is_of(memory, stack, record, handle))
			return record;
		record = record_place(memory, &forms[i], pools, handle);
		if (record_is_of(memory, stack, record, handle))
			return record;
	}
	return 0;
}

unsigned int stack_read(struct memory *memory, const struct stack_layout *stack,
			const struct track_layout *layout, const struct track *track,
			uint64_t frames[STACK_FRAMES_MAX])
{
	uint64_t record, nr;

	if (member_exists(layout->addrs))
		return frames_read(memory, track->at + layout->addrs.offset, layout->addrs.size / 8,
				   frames);
	if (!track->handle || !stack->pools)
		return 0;
	record = record_find(memory, stack, track->handle);
	if (!record || memory_member(memory, record, stack->size, &nr) != TARGET_OK)
		return 0;
	return frames_read(memory, record + stack->entries, nr, frames);
}

char *frame_describe(struct memory *memory, uint64_t frame, char buf[FRAME_TEXT_MAX])
{
	if (!symbol_describe(memory, frame, buf, FRAME_TEXT_MAX))
		snprintf(buf, FRAME_TEXT_MAX, "0x%" PRIx64, frame);
	return buf;
}
