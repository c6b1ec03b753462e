/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/operand.h"

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

/* An instruction that is being read. */
struct insn {
	const uint8_t *code;
	size_t len, at;
	uint8_t rex;
	bool wide; /* an immediate of 16 bits (66) */
};

static bool byte_next(struct insn *insn, uint8_t *byte)
{
	if (insn->at >= insn->len || insn->at >= INSN_MAX)
		return false;
	*byte = insn->code[insn->at++];
	return true;
}

/* A signed displacement of 1 or 4 bytes. */
static bool displacement(struct insn *insn, size_t bytes, uint64_t *value)
{
	uint32_t raw = 0;
	uint8_t byte;

	for (size_t i = 0; i < bytes; i++) {
		if (!byte_next(insn, &byte))
			return false;
		raw |= (uint32_t)byte << 8 * i;
	}
	if (bytes == 1)
		*value = (uint64_t)(int64_t)(int8_t)raw;
	else
		*value = (uint64_t)(int64_t)(int32_t)raw;
	return true;
}

/* The opcode without prefixes; false for those that put a segment into the address. */
static bool opcode(struct insn *insn, uint8_t *op)
{
	while (byte_next(insn, op)) {
		switch (*op) {
		case 0x26: /* es, cs, ss and ds mean nothing in 64-bit mode */
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0xf0: /* lock */
		case 0xf2:
		case 0xf3:
			break;
		case 0x66:
			insn->wide = true;
			break;
		case 0x64: /* fs, gs: their bases are not among the registers */
		case 0x65:
		case 0x67:
			return false;
		default:
			if ((*op & 0xf0) != 0x40)
				return true;
			insn->rex = *op & 0xf;
			return byte_next(insn, op);
		}
	}
	return false;
}

/* What follows the operand of a one-byte opcode, in bytes; -1: it is not known here. */
static int immediate(const struct insn *insn, uint8_t op, uint8_t reg)
{
	int word = insn->wide ? 2 : 4;

	if (op < 0x40)
		return (op & 7) < 4 ? 0 : -1; /* add, or, ... cmp */
	switch (op) {
	case 0x63: /* movsxd */
	case 0x84: /* test */
	case 0x85:
	case 0x86: /* xchg */
	case 0x87:
	case 0x88: /* mov */
	case 0x89:
	case 0x8a:
	case 0x8b:
	case 0xd1: /* shifts by one or cl */
	case 0xd3:
	case 0xfe: /* inc, dec */
	case 0xff: /* call, jmp and push, too */
		return 0;
	case 0x6b: /* imul */
	case 0x80:
	case 0x83:
	case 0xc0:
	case 0xc1:
	case 0xc6:
		return 1;
	case 0x69:
	case 0x81:
	case 0xc7:
		return word;
	case 0xf6: /* test has an immediate; not, neg, mul and div do not */
		return reg < 2 ? 1 : 0;
	case 0xf7:
		return reg < 2 ? word : 0;
	}
	return -1;
}

/* The same of an opcode after 0f. Prefetches (0d, 18) and long nops (1f) access nothing. */
static int immediate_0f(uint8_t op)
{
	if ((op & 0xf0) == 0x40 || (op & 0xf0) == 0x90)
		return 0; /* cmov, set */
	switch (op) {
	case 0x10: /* moves of vector registers */
	case 0x11:
	case 0x28:
	case 0x29:
	case 0x6f:
	case 0x7f:
	case 0xa3: /* bt, bts, btr, btc */
	case 0xab:
	case 0xaf: /* imul */
	case 0xb0: /* cmpxchg */
	case 0xb1:
	case 0xb3:
	case 0xb6: /* movzx */
	case 0xb7:
	case 0xbb:
	case 0xbc: /* bsf, bsr */
	case 0xbd:
	case 0xbe: /* movsx */
	case 0xbf:
	case 0xc0: /* xadd */
	case 0xc1:
	case 0xc7: /* cmpxchg8b, cmpxchg16b */
		return 0;
	case 0xba:
		return 1;
	}
	return -1;
}

/* Scale, index and base. */
static bool sib(struct insn *insn, uint8_t mod, const uint64_t regs[16], uint64_t *address)
{
	uint8_t byte, index, base;

	if (!byte_next(insn, &byte))
		return false;
	index = (uint8_t)((byte >> 3 & 7) | (insn->rex & REX_X ? 8 : 0));
	base = (uint8_t)((byte & 7) | (insn->rex & REX_B ? 8 : 0));
	*address = index == 4 ? 0 : regs[index] << (byte >> 6);
	if ((byte & 7) == 5 && !mod) {
		uint64_t disp;

		if (!displacement(insn, 4, &disp))
			return false;
		*address += disp;
	} else {
		*address += regs[base];
	}
	return true;
}

static bool modrm_address(struct insn *insn, uint8_t modrm, int imm, uint64_t ip,
			  const uint64_t regs[16], uint64_t *address)
{
	uint8_t mod = modrm >> 6, rm = modrm & 7;
	uint64_t disp = 0;

	if (mod == 3)
		return false;
	if (rm == 4) {
		if (!sib(insn, mod, regs, address))
			return false;
	} else if (rm == 5 && !mod) { /* from the end of the instruction */
		if (!displacement(insn, 4, &disp))
			return false;
		*address = ip + insn->at + (unsigned int)imm + disp;
		return true;
	} else {
		*address = regs[rm | (insn->rex & REX_B ? 8 : 0)];
	}
	if (mod && !displacement(insn, mod == 1 ? 1 : 4, &disp))
		return false;
	*address += disp;
	return true;
}

bool insn_is_ud2(const uint8_t *code, size_t len)
{
	return len >= 2 && code[0] == 0x0f && code[1] == 0x0b;
}

bool insn_address(const uint8_t *code, size_t len, uint64_t ip, const uint64_t regs[16],
		  uint64_t *address)
{
	struct insn insn = { .code = code, .len = len };
	bool two = false;
	uint8_t op, modrm;
	int imm;

	if (!opcode(&insn, &op))
		return false;
	if (op == 0x0f) {
		two = true;
		if (!byte_next(&insn, &op))
			return false;
	}
	if (!byte_next(&insn, &modrm))
		return false;
	imm = two ? immediate_0f(op) : immediate(&insn, op, modrm >> 3 & 7);
	return imm >= 0 && modrm_address(&insn, modrm, imm, ip, regs, address);
}
