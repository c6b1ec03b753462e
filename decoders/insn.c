/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/insn.h"

#include <string.h>

#define LONGEST 15
#define ALL_REGS UINT16_C(0xffff)
/* What a function may change that it does not have to restore: rax, rcx, rdx, rsi, rdi, r8 to r11. */
#define CALL_WRITES UINT16_C(0x0fc7)
#define RAX UINT16_C(1)
#define RDX UINT16_C(4)

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };

/* What follows an opcode, and what the instruction writes. */
enum {
	MODRM = 1 << 0,
	IMM_8 = 1 << 1,
	IMM_Z = 1 << 2, /* of the size of the operand, and at most of 4 bytes */
	IMM_V = 1 << 3, /* of the size of the operand */
	IMM_16 = 1 << 4,
	MOFFS = 1 << 5, /* an address */
	TO_REG = 1 << 6, /* writes the register of the ModRM byte */
	TO_RM = 1 << 7, /* writes the other operand */
	TO_OP = 1 << 8, /* writes the register that is part of the opcode */
	TO_RAX = 1 << 9,
	TO_RDX = 1 << 10,
	TO_NONE = 1 << 11, /* writes none */
	KNOWN = 1 << 12,
};

struct reader {
	const uint8_t *code;
	size_t len, at;
	uint8_t rex;
	bool narrow; /* operands of 16 bits */
	bool segment, short_address;
};

static bool next(struct reader *r, uint8_t *byte)
{
	if (r->at >= r->len || r->at >= LONGEST)
		return false;
	*byte = r->code[r->at++];
	return true;
}

static bool number(struct reader *r, size_t bytes, int64_t *value)
{
	uint64_t raw = 0;

	if (bytes > r->len - r->at || r->at + bytes > LONGEST)
		return false;
	for (size_t i = 0; i < bytes; i++)
		raw |= (uint64_t)r->code[r->at++] << 8 * i;
	if (bytes && bytes < 8 && raw >> (8 * bytes - 1))
		raw |= ~UINT64_C(0) << 8 * bytes;
	*value = (int64_t)raw;
	return true;
}

/* Prefixes; fs and gs have a part in the address, and 67 makes it short. */
static bool prefixes_read(struct reader *r, uint8_t *op)
{
	while (next(r, op)) {
		if ((*op & 0xf0) == 0x40) {
			r->rex = *op & 0xf;
			return next(r, op);
		}
		if (*op == 0x64 || *op == 0x65)
			r->segment = true;
		else if (*op == 0x66)
			r->narrow = true;
		else if (*op == 0x67)
			r->short_address = true;
		else if (*op != 0x26 && *op != 0x2e && *op != 0x36 && *op != 0x3e && *op != 0xf0 &&
			 *op != 0xf2 && *op != 0xf3)
			return true;
	}
	return false;
}

/* The rows of the tables, short. */
#define M MODRM
#define B IMM_8
#define Z IMM_Z
#define V IMM_V
#define W IMM_16
#define F MOFFS
#define R TO_REG
#define E TO_RM
#define O TO_OP
#define A TO_RAX
#define D TO_RDX
#define N TO_NONE
#define K KNOWN

/* Opcodes that are not known are 0, and so are prefixes. After 0f it is the other table. */
/* clang-format off */
static const uint16_t one_byte[256] = {
	/* 00 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 08 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 10 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 18 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 20 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 28 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 30 */ M|E,    M|E,    M|R,    M|R,    B|A,    Z|A,    0,      0,
	/* 38 */ M|N,    M|N,    M|N,    M|N,    B|N,    Z|N,    0,      0,
	/* 40 */ N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,
	/* 48 */ N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,
	/* 50 */ N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    N|K,
	/* 58 */ O|K,    O|K,    O|K,    O|K,    O|K,    O|K,    O|K,    O|K,
	/* 60 */ 0,      0,      0,      M|R,    0,      0,      0,      0,
	/* 68 */ Z|N,    M|Z|R,  B|N,    M|B|R,  K,      K,      K,      K,
	/* 70 */ B|N,    B|N,    B|N,    B|N,    B|N,    B|N,    B|N,    B|N,
	/* 78 */ B|N,    B|N,    B|N,    B|N,    B|N,    B|N,    B|N,    B|N,
	/* 80 */ M|B|E,  M|Z|E,  0,      M|B|E,  M|N,    M|N,    M|R|E,  M|R|E,
	/* 88 */ M|E,    M|E,    M|R,    M|R,    M|E,    M|R,    M|N,    M|E,
	/* 90 */ N|K,    O|A|K,  O|A|K,  O|A|K,  O|A|K,  O|A|K,  O|A|K,  O|A|K,
	/* 98 */ A|K,    D|K,    0,      N|K,    N|K,    N|K,    N|K,    A|K,
	/* a0 */ F|A,    F|A,    F|N,    F|N,    K,      K,      K,      K,
	/* a8 */ B|N,    Z|N,    K,      K,      K,      K,      K,      K,
	/* b0 */ B|O,    B|O,    B|O,    B|O,    B|O,    B|O,    B|O,    B|O,
	/* b8 */ V|O,    V|O,    V|O,    V|O,    V|O,    V|O,    V|O,    V|O,
	/* c0 */ M|B|E,  M|B|E,  W|N,    N|K,    0,      0,      M|B|E,  M|Z|E,
	/* c8 */ 0,      K,      0,      N|K,    N|K,    0,      0,      N|K,
	/* d0 */ M|E,    M|E,    M|E,    M|E,    0,      0,      0,      0,
	/* d8 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* e0 */ B,      B,      B,      B|N,    B|A,    B|A,    B|N,    B|N,
	/* e8 */ Z|N,    Z|N,    0,      B|N,    A|K,    A|K,    N|K,    N|K,
	/* f0 */ 0,      0,      0,      0,      N|K,    N|K,    M|E|A,  M|E|A|D,
	/* f8 */ N|K,    N|K,    N|K,    N|K,    N|K,    N|K,    M|E,    M|E,
};

static const uint16_t two_bytes[256] = {
	/* 00 */ M,      M,      M,      M,      0,      K,      K,      K,
	/* 08 */ K,      K,      0,      N|K,    0,      M|N,    0,      0,
	/* 10 */ M|N,    M|N,    M,      M,      M,      M,      M,      M,
	/* 18 */ M|N,    M|N,    M|N,    M|N,    M|N,    M|N,    M|N,    M|N,
	/* 20 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 28 */ M|N,    M|N,    M,      M,      M,      M,      M,      M,
	/* 30 */ N|K,    K,      K,      K,      K,      K,      M,      M,
	/* 38 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 40 */ M|R,    M|R,    M|R,    M|R,    M|R,    M|R,    M|R,    M|R,
	/* 48 */ M|R,    M|R,    M|R,    M|R,    M|R,    M|R,    M|R,    M|R,
	/* 50 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 58 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 60 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 68 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 70 */ M|B,    M|B,    M|B,    M|B,    M,      M,      M,      K,
	/* 78 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* 80 */ Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,
	/* 88 */ Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,    Z|N,
	/* 90 */ M|E,    M|E,    M|E,    M|E,    M|E,    M|E,    M|E,    M|E,
	/* 98 */ M|E,    M|E,    M|E,    M|E,    M|E,    M|E,    M|E,    M|E,
	/* a0 */ K,      K,      K,      M|N,    M|B|E,  M|E,    M,      M,
	/* a8 */ K,      K,      K,      M|E,    M|B|E,  M|E,    M,      M|R,
	/* b0 */ M|E|A,  M|E|A,  M,      M|E,    M,      M,      M|R,    M|R,
	/* b8 */ M|R,    M|N,    M|B|E,  M|E,    M|R,    M|R,    M|R,    M|R,
	/* c0 */ M|R|E,  M|R|E,  M|B,    M|N,    M|B,    M|B,    M|B,    M,
	/* c8 */ O|K,    O|K,    O|K,    O|K,    O|K,    O|K,    O|K,    O|K,
	/* d0 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* d8 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* e0 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* e8 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* f0 */ M,      M,      M,      M,      M,      M,      M,      M,
	/* f8 */ M,      M,      M,      M,      M,      M,      M,      M|N,
};
/* clang-format on */
#undef M
#undef B
#undef Z
#undef V
#undef W
#undef F
#undef R
#undef E
#undef O
#undef A
#undef D
#undef N
#undef K

/* The operand in memory. */
static bool memory_read_operand(struct reader *r, uint8_t modrm, struct insn_memory *memory)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	bool indexed = false;
	uint8_t sib = 0;
	int64_t disp = 0;

	if (rm == 4) {
		if (!next(r, &sib))
			return false;
		indexed = (sib & 0x38) != 0x20 || r->rex & REX_X;
		rm = sib & 7;
	}
	memory->base = rm | (r->rex & REX_B ? 8 : 0);
	if (!mod && rm == 5) {
		memory->base = (modrm & 7) == 4 ? INSN_NO_REG : INSN_IP;
		mod = 2;
	}
	if (mod && !number(r, mod == 1 ? 1 : 4, &disp))
		return false;
	memory->displacement = disp;
	if (indexed || r->segment || r->short_address)
		memory->base = INSN_NO_REG;
	return true;
}

static size_t immediate_bytes(const struct reader *r, unsigned int what)
{
	size_t z = r->narrow && !(r->rex & REX_W) ? 2 : 4;

	if (what & IMM_8)
		return 1;
	if (what & IMM_16)
		return 2;
	if (what & IMM_Z)
		return z;
	if (what & IMM_V)
		return r->rex & REX_W ? 8 : z;
	return what & MOFFS ? (r->short_address ? 4 : 8) : 0;
}

static uint16_t bit(unsigned int reg)
{
	return (uint16_t)(1u << reg);
}

/* Without a word on it an instruction writes anything. */
static uint16_t writes_of(const struct reader *r, unsigned int what, uint8_t op, uint8_t modrm)
{
	uint16_t writes = 0;

	if (!(what & (TO_REG | TO_RM | TO_OP | TO_RAX | TO_RDX | TO_NONE)))
		return ALL_REGS;
	if (what & TO_REG)
		writes |= bit((modrm >> 3 & 7u) | (r->rex & REX_R ? 8 : 0));
	if (what & TO_RM && modrm >> 6 == 3)
		writes |= bit((modrm & 7u) | (r->rex & REX_B ? 8 : 0));
	if (what & TO_OP)
		writes |= bit((op & 7u) | (r->rex & REX_B ? 8 : 0));
	return writes | (what & TO_RAX ? RAX : 0) | (what & TO_RDX ? RDX : 0);
}

/* Calls and jumps by a register or by memory: ff. */
static void group_5(const struct reader *r, struct insn *insn, uint8_t modrm)
{
	unsigned int which = modrm >> 3 & 7;

	if (which < 2)
		return;
	insn->writes = which == 2 || which == 3 ? CALL_WRITES : 0;
	if (which == 2 || which == 3)
		insn->flow = INSN_CALL;
	else if (which == 4 || which == 5)
		insn->flow = INSN_LEAVES;
	if (which == 2 && modrm >> 6 == 3)
		insn->calls = (modrm & 7u) | (r->rex & REX_B ? 8 : 0);
}

static void flow_find(const struct reader *r, struct insn *insn, uint8_t op, uint8_t modrm,
		      int64_t immediate)
{
	bool branch = (op & 0xf0) == 0x70 || (op >= 0xe0 && op <= 0xe3);

	if (branch)
		insn->flow = INSN_BRANCH;
	else if (op == 0xe9 || op == 0xeb || op == 0xc2 || op == 0xc3 || op == 0xcb || op == 0xcc ||
		 op == 0xcf || op == 0xf4)
		insn->flow = INSN_LEAVES;
	else if (op == 0xe8)
		insn->flow = INSN_CALL;
	else if (op == 0xff)
		group_5(r, insn, modrm);
	if (op == 0xe8)
		insn->writes = CALL_WRITES;
	if (branch || op == 0xe8 || op == 0xe9 || op == 0xeb)
		insn->target = (int64_t)insn->length + immediate;
}

static void flow_find_0f(struct insn *insn, uint8_t op, int64_t immediate)
{
	if ((op & 0xf0) == 0x80) {
		insn->flow = INSN_BRANCH;
		insn->target = (int64_t)insn->length + immediate;
	} else if (op == 0x0b) {
		insn->flow = INSN_LEAVES;
	}
}

/* The opcode after the prefixes, and what follows it; 0: not known. @map is 1 or 2. */
static unsigned int opcode_read(struct reader *r, uint8_t *op, unsigned int *map)
{
	uint8_t third;

	*map = 1;
	if (!prefixes_read(r, op))
		return 0;
	if (*op != 0x0f)
		return one_byte[*op];
	*map = 2;
	if (!next(r, op))
		return 0;
	if (*op != 0x38 && *op != 0x3a)
		return two_bytes[*op];
	*map = 3;
	if (!next(r, &third))
		return 0;
	return MODRM | (*op == 0x3a ? IMM_8 : 0);
}

/* Opcodes that the ModRM byte extends: cmp and test write nothing, and test has an immediate. */
static unsigned int group_adjust(unsigned int what, uint8_t op, unsigned int which)
{
	bool cmp = (op == 0x80 || op == 0x81 || op == 0x83) && which == 7;
	bool test = (op == 0xf6 || op == 0xf7) && which < 2;

	if (cmp || test)
		what = (what & ~(unsigned int)(TO_RM | TO_RAX | TO_RDX)) | TO_NONE;
	return test ? what | (op == 0xf6 ? IMM_8 : IMM_Z) : what;
}

/* mov and movq of eight bytes. */
static bool is_load(const struct reader *r, unsigned int map, uint8_t op)
{
	return map == 1 && op == 0x8b && r->rex & REX_W;
}

bool insn_read(struct insn *insn, const uint8_t *code, size_t len)
{
	struct reader r = { .code = code, .len = len };
	unsigned int map, what;
	uint8_t op, modrm = 0;
	int64_t immediate = 0;

	*insn = (struct insn){ .loads = INSN_NO_REG,
			       .calls = INSN_NO_REG,
			       .memory = { .base = INSN_NO_REG } };
	what = opcode_read(&r, &op, &map);
	if (!what || (what & MODRM && !next(&r, &modrm)))
		return false;
	if (what & MODRM && modrm >> 6 != 3 && !memory_read_operand(&r, modrm, &insn->memory))
		return false;
	if (map == 1)
		what = group_adjust(what, op, modrm >> 3 & 7);
	if (!number(&r, immediate_bytes(&r, what), &immediate))
		return false;
	insn->length = r.at;
	insn->writes = writes_of(&r, what, op, modrm);
	if (is_load(&r, map, op) && insn->memory.base != INSN_NO_REG)
		insn->loads = (modrm >> 3 & 7u) | (r.rex & REX_R ? 8 : 0);
	if (map == 1)
		flow_find(&r, insn, op, modrm, immediate);
	else if (map == 2)
		flow_find_0f(insn, op, immediate);
	return true;
}

/* What is known of a register on the way through a function. */
struct track {
	unsigned int reg;
	bool loaded;
	size_t from; /* the end of the load */
	struct insn_memory memory;
};

static void track_step(struct track *t, const struct insn *insn, size_t at)
{
	if (insn->loads == t->reg) {
		t->loaded = insn->memory.base != t->reg;
		t->from = at + insn->length;
		t->memory = insn->memory;
		if (t->memory.base == INSN_IP)
			t->memory.displacement += (int64_t)t->from;
		return;
	}
	if (insn->writes & bit(t->reg) || insn->flow == INSN_LEAVES ||
	    (t->loaded && t->memory.base < INSN_REGS && insn->writes & bit(t->memory.base)))
		t->loaded = false;
}

/* Whether a branch of the function leads between the load and the instruction, around the load. */
static bool is_joined(const uint8_t *code, size_t from, size_t at)
{
	struct insn insn;

	for (size_t i = 0; i < at && insn_read(&insn, code + i, at - i); i += insn.length) {
		int64_t target = (int64_t)i + insn.target;

		if (insn.target && insn.flow != INSN_CALL && target >= (int64_t)from &&
		    target <= (int64_t)at && i < from)
			return true;
	}
	return false;
}

bool insn_load_find(const uint8_t *code, size_t at, unsigned int reg, struct insn_memory *memory)
{
	struct track t = { .reg = reg };
	struct insn insn;
	size_t i;

	for (i = 0; i < at; i += insn.length) {
		if (!insn_read(&insn, code + i, at - i))
			return false;
		track_step(&t, &insn, i);
	}
	if (i != at || !t.loaded || is_joined(code, t.from, at))
		return false;
	*memory = t.memory;
	return true;
}

bool insn_call_find(const uint8_t *code, size_t end, size_t *at, struct insn *call)
{
	size_t i;

	for (i = 0; i < end; i += call->length) {
		if (!insn_read(call, code + i, end - i))
			return false;
		*at = i;
	}
	return i == end && end && call->flow == INSN_CALL &&
	       (call->calls != INSN_NO_REG || call->memory.base != INSN_NO_REG);
}
