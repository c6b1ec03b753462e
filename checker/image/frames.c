/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/frames.h"

/* Words that are looked through in each direction. */
#define WORDS_MAX 512

/* The longest call of x86-64: a prefix, the opcode, ModRM and a displacement of four bytes. */
#define CALL_MAX 7

/* CALL rel32 is e8 and four bytes; CALL r/m64 is ff with a 2 in the middle bits of ModRM, whose mode
 * says how long the displacement is. */
static bool is_call_x86(const uint8_t *end)
{
	return end[-5] == 0xe8 || (end[-2] == 0xff && (end[-1] & 0xf8) == 0xd0) ||
	       (end[-2] == 0xff && (end[-1] & 0xf8) == 0x10) ||
	       (end[-3] == 0xff && (end[-2] & 0xf8) == 0x50) ||
	       (end[-6] == 0xff && ((end[-5] & 0xf8) == 0x90 || end[-5] == 0x15));
}

/* BL, and BLR of a register. */
static bool is_call_arm64(uint64_t word)
{
	return (word & 0xfc000000) == 0x94000000 || (word & 0xfffffc1f) == 0xd63f0000;
}

/* On machines whose calls are not known, any address of code may be one to return to. */
static bool follows_call(struct memory *memory, uint64_t addr)
{
	const struct arch *arch = arch_of(memory->target);
	uint8_t code[CALL_MAX];

	if (memory_read(memory, addr - CALL_MAX, code, sizeof(code)) != TARGET_OK)
		return false;
	if (arch == &arch_arm64)
		return is_call_arm64(value_get(arch, code + CALL_MAX - 4, 4));
	return arch != &arch_x86_64 || is_call_x86(code + CALL_MAX);
}

/* The function that a return address leads into: that of the call, which can be its last instruction. */
static bool return_address(struct memory *memory, const struct kernel *kernel, uint64_t slot,
			   struct target_symbol *out)
{
	uint64_t value;

	if (memory_value(memory, slot, 8, &value) != TARGET_OK || !(value >> 63) ||
	    !kernel_may_be_text(kernel, value) || !follows_call(memory, value))
		return false;
	*out = symbol_of(memory, value - 1);
	if (!out->name)
		return false;
	out->offset++;
	return true;
}

struct stack_frame frames_around(struct memory *memory, const struct kernel *kernel, uint64_t low,
				 uint64_t high, uint64_t addr)
{
	struct stack_frame around = { 0 };
	uint64_t slot = addr & ~(uint64_t)7;

	for (uint64_t i = 1; i <= WORDS_MAX && slot >= low + 8 * i; i++)
		if (return_address(memory, kernel, slot - 8 * i, &around.frame))
			break;
	for (uint64_t i = 1; i <= WORDS_MAX && slot + 8 * i + 8 <= high; i++)
		if (return_address(memory, kernel, slot + 8 * i, &around.caller))
			break;
	return around;
}
