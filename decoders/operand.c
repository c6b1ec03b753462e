/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/operand.h"

#include <string.h>

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

/* An instruction that is being read. */
struct operand_reader {
	const uint8_t *code;
	size_t len, at;
	uint8_t rex;
	bool wide; /* an immediate of 16 bits (66) */
};

static bool byte_next(struct operand_reader *insn, uint8_t *byte)
{
	if (insn->at >= insn->len || insn->at >= INSN_MAX)
		return false;
	*byte = insn->code[insn->at++];
	return true;
}

/* A signed displacement of 1 or 4 bytes. */
static bool displacement(struct operand_reader *insn, size_t bytes, uint64_t *value)
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

/* Prefixes that leave the address as it is: es, cs, ss and ds, which mean nothing in 64-bit mode, lock,
 * repnz and repz, and that of 16-bit operands. */
static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf2, 0xf3, 0x66 };
/* fs and gs, whose bases are not among the registers, and 32-bit addresses. */
static const uint8_t address_prefixes[] = { 0x64, 0x65, 0x67 };

/* The opcode without prefixes; false for those that have a part in the address. */
static bool opcode(struct operand_reader *insn, uint8_t *op)
{
	while (byte_next(insn, op)) {
		if (memchr(address_prefixes, *op, sizeof(address_prefixes)))
			return false;
		if ((*op & 0xf0) == 0x40) {
			insn->rex = *op & 0xf;
			return byte_next(insn, op);
		}
		if (!memchr(prefixes, *op, sizeof(prefixes)))
			return true;
		insn->wide |= *op == 0x66;
	}
	return false;
}

/* What follows the operand of an opcode. */
enum immediate {
	IMM_UNKNOWN, /* the opcode is not one that is known here */
	IMM_NONE,
	IMM_BYTE,
	IMM_WORD, /* of the size of the operand, and at most of 4 bytes */
	IMM_TEST_BYTE, /* test has an immediate; not, neg, mul and div do not */
	IMM_TEST_WORD,
};

/* Opcodes of one byte, from 40 on. */
static const uint8_t immediates[256] = {
	[0x63] = IMM_NONE, /* movsxd */
	[0x69] = IMM_WORD, /* imul */
	[0x6b] = IMM_BYTE, [0x80] = IMM_BYTE, /* add, or, ... cmp */
	[0x81] = IMM_WORD, [0x83] = IMM_BYTE,	   [0x84] = IMM_NONE, /* test */
	[0x85] = IMM_NONE, [0x86] = IMM_NONE, /* xchg */
	[0x87] = IMM_NONE, [0x88] = IMM_NONE, /* mov */
	[0x89] = IMM_NONE, [0x8a] = IMM_NONE,	   [0x8b] = IMM_NONE,
	[0xc0] = IMM_BYTE, /* shifts by an immediate */
	[0xc1] = IMM_BYTE, [0xc6] = IMM_BYTE, /* mov */
	[0xc7] = IMM_WORD, [0xd1] = IMM_NONE, /* shifts by one or cl */
	[0xd3] = IMM_NONE, [0xf6] = IMM_TEST_BYTE, [0xf7] = IMM_TEST_WORD,
	[0xfe] = IMM_NONE, /* inc, dec */
	[0xff] = IMM_NONE, /* call, jmp and push, too */
};

/* Opcodes after 0f. Prefetches (0d, 18) and long nops (1f) access nothing. */
static const uint8_t immediates_0f[256] = {
	[0x10] = IMM_NONE, /* moves of vector registers */
	[0x11] = IMM_NONE, [0x28] = IMM_NONE, [0x29] = IMM_NONE,
	[0x6f] = IMM_NONE, [0x7f] = IMM_NONE, [0xa3] = IMM_NONE, /* bt, bts, btr, btc */
	[0xab] = IMM_NONE, [0xb3] = IMM_NONE, [0xba] = IMM_BYTE,
	[0xbb] = IMM_NONE, [0xaf] = IMM_NONE, /* imul */
	[0xb0] = IMM_NONE, /* cmpxchg */
	[0xb1] = IMM_NONE, [0xb6] = IMM_NONE, /* movzx */
	[0xb7] = IMM_NONE, [0xbc] = IMM_NONE, /* bsf, bsr */
	[0xbd] = IMM_NONE, [0xbe] = IMM_NONE, /* movsx */
	[0xbf] = IMM_NONE, [0xc0] = IMM_NONE, /* xadd */
	[0xc1] = IMM_NONE, [0xc7] = IMM_NONE, /* cmpxchg8b, cmpxchg16b */
};

static enum immediate immediate_kind(uint8_t op)
{
	if (op & 0xc0)
		return immediates[op];
	return (op & 7) < 4 ? IMM_NONE : IMM_UNKNOWN; /* add, or, ... cmp */
}

static enum immediate immediate_kind_0f(uint8_t op)
{
	if ((op & 0xf0) == 0x40 || (op & 0xf0) == 0x90)
		return IMM_NONE; /* cmov, set */
	return immediates_0f[op];
}

/* How many bytes follow the operand; -1: the instruction is not known here. */
static int immediate(const struct operand_reader *insn, enum immediate kind, uint8_t reg)
{
	int word = insn->wide ? 2 : 4;

	switch (kind) {
	case IMM_UNKNOWN:
		break;
	case IMM_NONE:
		return 0;
	case IMM_BYTE:
		return 1;
	case IMM_WORD:
		return word;
	case IMM_TEST_BYTE:
		return reg < 2 ? 1 : 0;
	case IMM_TEST_WORD:
		return reg < 2 ? word : 0;
	}
	return -1;
}

/* Scale, index and base. */
static bool sib(struct operand_reader *insn, uint8_t mod, const uint64_t regs[16],
		uint64_t *address)
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

static bool modrm_address(struct operand_reader *insn, uint8_t modrm, int imm, uint64_t ip,
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

/* Instructions on strings, by bytes and by words: movs and cmps read at rsi, and write or read at rdi. */
static const uint8_t two_strings[] = { 0xa4, 0xa5, 0xa6, 0xa7 };
static const uint8_t at_rsi[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xac, 0xad };
static const uint8_t at_rdi[] = { 0xaa, 0xab, 0xae, 0xaf };
enum { RSI = 6, RDI = 7 };

static bool string_address(uint8_t op, const uint64_t regs[16], uint64_t *address)
{
	if (memchr(at_rsi, op, sizeof(at_rsi)))
		*address = regs[RSI];
	else if (memchr(at_rdi, op, sizeof(at_rdi)))
		*address = regs[RDI];
	else
		return false;
	return true;
}

bool insn_second_address(const uint8_t *code, size_t len, const uint64_t regs[16],
			 uint64_t *address)
{
	struct operand_reader insn = { .code = code, .len = len };
	uint8_t op;

	if (!opcode(&insn, &op) || !memchr(two_strings, op, sizeof(two_strings)))
		return false;
	*address = regs[RDI];
	return true;
}

bool insn_address(const uint8_t *code, size_t len, uint64_t ip, const uint64_t regs[16],
		  uint64_t *address)
{
	struct operand_reader insn = { .code = code, .len = len };
	enum immediate (*kind_of)(uint8_t op) = immediate_kind;
	uint8_t op, modrm;
	int imm;

	if (!opcode(&insn, &op))
		return false;
	if (string_address(op, regs, address))
		return true;
	if (op == 0x0f) {
		kind_of = immediate_kind_0f;
		if (!byte_next(&insn, &op))
			return false;
	}
	if (!byte_next(&insn, &modrm))
		return false;
	imm = immediate(&insn, kind_of(op), modrm >> 3 & 7);
	return imm >= 0 && modrm_address(&insn, modrm, imm, ip, regs, address);
}
