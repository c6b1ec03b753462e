/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/trap_insn.h"

#include <string.h>

enum { REX_B = 1, REX_R = 4, REX_W = 8 };

#define SHORT_ADDRESS 0x67
#define SHORT_OPERAND 0x66

/* What is in front of an opcode, and what follows it. */
struct front {
	const uint8_t *op;
	size_t len; /* bytes from there on */
	uint8_t rex;
	bool short_address, narrow;
};

/* Steps over prefixes that do not change what an opcode is. */
static struct front front_of(const uint8_t *code, size_t len)
{
	struct front f = { .op = code, .len = len };

	while (f.len && (*f.op == SHORT_ADDRESS || *f.op == SHORT_OPERAND)) {
		f.short_address |= *f.op == SHORT_ADDRESS;
		f.narrow |= *f.op == SHORT_OPERAND;
		f.op++;
		f.len--;
	}
	if (f.len && (*f.op & 0xf0) == 0x40) {
		f.rex = *f.op & 0xf;
		f.op++;
		f.len--;
	}
	return f;
}

static bool is_0f(const struct front *f, uint8_t op)
{
	return f->len >= 2 && f->op[0] == 0x0f && f->op[1] == op;
}

bool insn_is_ud2(const uint8_t *code, size_t len)
{
	return len >= 2 && code[0] == 0x0f && code[1] == 0x0b;
}

bool insn_is_ud1(const uint8_t *code, size_t len)
{
	struct front f = front_of(code, len);

	return is_0f(&f, 0xb9);
}

bool insn_warn_reg(const uint8_t *code, size_t len, unsigned int *reg)
{
	struct front f = front_of(code, len);

	/* (%edx) */
	if (!is_0f(&f, 0xb9) || f.len < 3 || !f.short_address || (f.op[2] & 0xc7) != 2 ||
	    f.rex & REX_B)
		return false;
	*reg = (f.op[2] >> 3 & 7u) | (f.rex & REX_R ? 8 : 0);
	return true;
}

bool insn_is_ubsan(const uint8_t *code, size_t len)
{
	struct front f = front_of(code, len);

	return is_0f(&f, 0xb9) && f.len >= 3 && f.short_address && !f.rex && !(f.op[2] & 0x3f) &&
	       f.op[2] >> 6 != 3;
}

bool insn_is_fineibt(const uint8_t *code, size_t len)
{
	if (!len)
		return false;
	return code[0] == 0xd6 || code[0] == 0xea ||
	       (len >= 2 && code[0] == 0xf0 && code[1] == 0x75);
}

bool insn_is_undefined(const uint8_t *code, size_t len)
{
	/* push and pop of segments, bcd, bound, far calls, into, salc */
	static const uint8_t gone[] = {
		0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37,
		0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea
	};
	struct front f = front_of(code, len);

	if (!f.len)
		return false;
	return memchr(gone, f.op[0], sizeof(gone)) || is_0f(&f, 0x0b) || is_0f(&f, 0xb9) ||
	       is_0f(&f, 0xff);
}

/* As far as the operand reaches. */
static uint64_t narrowed(const struct front *f, uint64_t value)
{
	if (f->rex & REX_W)
		return value;
	return value & (f->narrow ? UINT16_MAX : UINT32_MAX);
}

/* Without a REX prefix the numbers from 4 to 7 are the second bytes of the first four registers. */
static uint64_t byte_of(const struct front *f, unsigned int reg, const uint64_t regs[16])
{
	if (!f->rex && reg >= 4)
		return regs[reg - 4] >> 8 & UINT8_MAX;
	return regs[reg] & UINT8_MAX;
}

bool insn_divides_by_zero(const uint8_t *code, size_t len, const uint64_t regs[16])
{
	struct front f = front_of(code, len);
	unsigned int reg;

	/* div and idiv are the last two of the group, of a register when the upper two bits are set. */
	if (f.len < 2 || (f.op[0] & 0xfe) != 0xf6 || f.op[1] < 0xf0)
		return false;
	reg = (f.op[1] & 7u) | (f.rex & REX_B ? 8 : 0);
	if (f.op[0] == 0xf6)
		return !byte_of(&f, reg, regs);
	return !narrowed(&f, regs[reg]);
}
