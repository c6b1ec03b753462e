/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/operand_arm64.h"

#define PREFETCH 3u /* the size, together with opc 2 */

static uint32_t bits(uint32_t insn, unsigned int low, unsigned int n)
{
	return insn >> low & ((1u << n) - 1);
}

static uint64_t sign(uint64_t value, unsigned int n)
{
	return (value ^ UINT64_C(1) << (n - 1)) - (UINT64_C(1) << (n - 1));
}

static bool is_vector(uint32_t insn)
{
	return insn >> 26 & 1;
}

static uint64_t base(uint32_t insn, const uint64_t *x, uint64_t sp)
{
	uint32_t n = bits(insn, 5, 5);

	return n == 31 ? sp : x[n];
}

static bool is_prefetch(uint32_t insn)
{
	return !is_vector(insn) && bits(insn, 30, 2) == PREFETCH && bits(insn, 22, 2) == 2;
}

/* log2 of the bytes that a load or store of one register accesses. */
static unsigned int scale(uint32_t insn)
{
	return is_vector(insn) && bits(insn, 23, 1) ? 4 : bits(insn, 30, 2);
}

/* Xm or Wm, extended and shifted; false for an extension that does not exist. */
static bool index_add(uint32_t insn, const uint64_t *x, uint64_t *address)
{
	uint32_t m = bits(insn, 16, 5);
	uint64_t value = m == 31 ? 0 : x[m];

	switch (bits(insn, 13, 3)) {
	case 2: /* uxtw */
		value &= UINT32_MAX;
		break;
	case 6: /* sxtw */
		value = sign(value & UINT32_MAX, 32);
		break;
	case 3: /* lsl */
	case 7: /* sxtx */
		break;
	default:
		return false;
	}
	*address += bits(insn, 12, 1) ? value << scale(insn) : value;
	return true;
}

/* A register, with an offset of 9 bits, of another register, or, of atomics, with none. */
static bool register_address(uint32_t insn, const uint64_t *x, uint64_t *address)
{
	uint32_t form = bits(insn, 10, 2);

	if (!bits(insn, 21, 1)) {
		if (form != 1) /* else the offset is added after the access */
			*address += sign(bits(insn, 12, 9), 9);
		return form || !is_prefetch(insn);
	}
	if (form == 2)
		return !is_prefetch(insn) && index_add(insn, x, address);
	return !form && !is_vector(insn); /* atomics of LSE; not those that check a signature */
}

static bool pair_address(uint32_t insn, uint64_t *address)
{
	uint32_t opc = bits(insn, 30, 2);
	unsigned int shift = is_vector(insn) ? 2 + opc : 2 + (opc >> 1);

	if (opc == 3 || (opc == 1 && !is_vector(insn) && !bits(insn, 22, 1)))
		return false; /* stgp */
	if (bits(insn, 23, 2) != 1) /* else the offset is added after the access */
		*address += sign(bits(insn, 15, 7), 7) << shift;
	return true;
}

static bool literal_address(uint32_t insn, uint64_t pc, uint64_t *address)
{
	*address = pc + (sign(bits(insn, 5, 19), 19) << 2);
	return bits(insn, 30, 2) != 3; /* prfm */
}

bool arm64_address(uint32_t insn, uint64_t pc, const uint64_t x[31], uint64_t sp, uint64_t *address)
{
	*address = base(insn, x, sp);
	if ((insn & 0x3b000000) == 0x39000000) { /* an offset of 12 bits */
		*address += (uint64_t)bits(insn, 10, 12) << scale(insn);
		return !is_prefetch(insn);
	}
	if ((insn & 0x3b000000) == 0x38000000)
		return register_address(insn, x, address);
	if ((insn & 0x3a000000) == 0x28000000)
		return pair_address(insn, address);
	if ((insn & 0x3b000000) == 0x18000000)
		return literal_address(insn, pc, address);
	if ((insn & 0x3f000000) == 0x08000000) /* exclusive, ordered, compare and swap */
		return true;
	if ((insn & 0x3f200c00) == 0x19000000) { /* ordered, with an offset */
		*address += sign(bits(insn, 12, 9), 9);
		return true;
	}
	if ((insn & ~0x1fu) == 0xd50b7420) { /* dc zva, which clear_page() uses */
		*address = bits(insn, 0, 5) == 31 ? 0 : x[bits(insn, 0, 5)];
		return true;
	}
	return false;
}
