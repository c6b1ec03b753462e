/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By the tables of the Arm Architecture Reference Manual (DDI 0487), chapter C4: the classes of bits 28 to
 * 25, and what each class writes.
 */
#include "decoders/insn_arm64.h"

#define ALL UINT32_MAX
#define SP_BIT (UINT32_C(1) << ARM64_INSN_SP)

/* x0 to x18 and lr: what a called function may change (AAPCS64). */
#define CALL_WRITES (UINT32_C(0x7ffff) | UINT32_C(1) << 30)

/* What pointer authentication by a hint may write: x17 and lr. */
#define HINT_WRITES (UINT32_C(1) << 17 | UINT32_C(1) << 30)

static uint32_t insn_at(const uint8_t *code, size_t at)
{
	return (uint32_t)code[at] | (uint32_t)code[at + 1] << 8 | (uint32_t)code[at + 2] << 16 |
	       (uint32_t)code[at + 3] << 24;
}

static uint32_t bits(uint32_t insn, unsigned int low, unsigned int n)
{
	return insn >> low & ((UINT32_C(1) << n) - 1);
}

static int64_t sign(uint32_t value, unsigned int n)
{
	return (int64_t)(value ^ UINT32_C(1) << (n - 1)) - (int64_t)(UINT32_C(1) << (n - 1));
}

/* The bit of the register whose number begins at bit @low; 31 is the stack pointer there. */
static uint32_t reg_bit(uint32_t insn, unsigned int low)
{
	return UINT32_C(1) << bits(insn, low, 5);
}

/* Likewise, where 31 is the register that is always zero. */
static uint32_t value_bit(uint32_t insn, unsigned int low)
{
	return reg_bit(insn, low) & ~SP_BIT;
}

static bool is_vector(uint32_t insn)
{
	return insn >> 26 & 1;
}

/* br, blr, ret, eret, and those that check a signature. */
static bool is_register_jump(uint32_t insn)
{
	return (insn & 0xfe000000) == 0xd6000000;
}

/* bl, blr and blraa. */
static bool calls(uint32_t insn)
{
	return (insn & 0xfc000000) == 0x94000000 ||
	       (is_register_jump(insn) && (bits(insn, 21, 4) & 7) == 1);
}

/* --- What an instruction writes --- */

/* With an immediate: the first register, which is the stack pointer unless flags are set. */
static uint32_t immediate_writes(uint32_t insn)
{
	if (bits(insn, 23, 6) == 0x27 && bits(insn, 29, 2) == 3)
		return ALL; /* authentication of lr (2022) */
	return bits(insn, 29, 1) ? value_bit(insn, 0) : reg_bit(insn, 0);
}

/* Jumps, exceptions and the system's registers. */
static uint32_t system_writes(uint32_t insn)
{
	if ((insn & 0x7c000000) == 0x14000000 || is_register_jump(insn))
		return calls(insn) ? CALL_WRITES : 0;
	if ((insn & 0xfe000000) == 0x54000000 || (insn & 0x7c000000) == 0x34000000)
		return 0; /* b.cond; cbz, cbnz, tbz, tbnz */
	if ((insn & 0xffe0001f) == 0xd4200000)
		return 0; /* brk */
	if ((insn & 0xfffff01f) == 0xd503201f)
		return HINT_WRITES;
	if ((insn & 0xffc00000) == 0xd5000000)
		return bits(insn, 21, 1) ? value_bit(insn, 0) : 0; /* mrs; msr, barriers */
	return ALL;
}

/* Exclusive, ordered, and those that compare and swap, pairs of registers, too. */
static uint32_t exclusive_writes(uint32_t insn)
{
	uint32_t status = value_bit(insn, 16), value = value_bit(insn, 0);

	return status | status << 1 | value | value << 1 | value_bit(insn, 10);
}

static uint32_t atomic_writes(uint32_t insn)
{
	/* Of those with the highest bit of the operation only swp and ldapr are known. */
	if (bits(insn, 15, 1) && bits(insn, 12, 3) != 0 && bits(insn, 12, 3) != 4)
		return ALL;
	return value_bit(insn, 0);
}

/* One register, by an address in another. */
static uint32_t register_writes(uint32_t insn)
{
	uint32_t form = bits(insn, 10, 2);
	uint32_t value = !is_vector(insn) && bits(insn, 22, 2) ? value_bit(insn, 0) : 0;

	if (bits(insn, 24, 1))
		return value;
	if (!bits(insn, 21, 1))
		return form & 1 ? value | reg_bit(insn, 5) : value;
	if (form == 2)
		return value;
	if (is_vector(insn))
		return ALL;
	return form ? value_bit(insn, 0) | reg_bit(insn, 5) : atomic_writes(insn);
}

static uint32_t pair_writes(uint32_t insn)
{
	uint32_t writes = bits(insn, 23, 1) ? reg_bit(insn, 5) : 0;

	if (!is_vector(insn) && bits(insn, 22, 1))
		writes |= value_bit(insn, 0) | value_bit(insn, 10);
	return writes;
}

static uint32_t memory_writes(uint32_t insn)
{
	if ((insn & 0x3a000000) == 0x38000000)
		return register_writes(insn);
	if ((insn & 0x3a000000) == 0x28000000)
		return pair_writes(insn);
	if ((insn & 0x3b000000) == 0x18000000)
		return is_vector(insn) ? 0 : value_bit(insn, 0);
	if ((insn & 0x3f000000) == 0x08000000)
		return exclusive_writes(insn);
	if ((insn & 0x3f200c00) == 0x19000000)
		return value_bit(insn, 0);
	if ((insn & 0xbe000000) == 0x0c000000)
		return reg_bit(insn, 5); /* structures of vectors */
	return ALL;
}

/* A bit for each register that an instruction may write; the highest is the stack pointer's. */
static uint32_t writes_of(uint32_t insn)
{
	switch (bits(insn, 25, 4)) {
	case 0x8:
	case 0x9:
		return immediate_writes(insn);
	case 0xa:
	case 0xb:
		return system_writes(insn);
	case 0x4:
	case 0x6:
	case 0xc:
	case 0xe:
		return memory_writes(insn);
	case 0x5:
	case 0xd: /* of registers */
	case 0x7:
	case 0xf: /* of vectors, which have moves to general registers */
		return reg_bit(insn, 0);
	default:
		return ALL;
	}
}

/* --- Where it goes --- */

/* Whether nothing goes on behind an instruction: b, br, ret, eret, and udf. */
static bool leaves(uint32_t insn)
{
	return (insn & 0xfc000000) == 0x14000000 || !(insn >> 16) ||
	       (is_register_jump(insn) && !calls(insn));
}

/* Where else it goes, in bytes from itself; 0: nowhere that is known. */
static int64_t target_of(uint32_t insn)
{
	if ((insn & 0xfc000000) == 0x14000000)
		return sign(bits(insn, 0, 26), 26) * 4;
	if ((insn & 0xfe000000) == 0x54000000 || (insn & 0x7e000000) == 0x34000000)
		return sign(bits(insn, 5, 19), 19) * 4;
	if ((insn & 0x7e000000) == 0x36000000)
		return sign(bits(insn, 5, 14), 14) * 4;
	return 0;
}

/* --- Loads of eight bytes --- */

static bool is_pair_load(uint32_t insn)
{
	return (insn & 0xffc00000) == 0xa9400000;
}

/* The word that an instruction loads into a register, and nothing else into it. */
static bool load_of(uint32_t insn, size_t at, unsigned int reg, struct arm64_word *word)
{
	*word = (struct arm64_word){ bits(insn, 5, 5), 0 };
	if (is_pair_load(insn)) {
		bool second = bits(insn, 10, 5) == reg;

		word->displacement = sign(bits(insn, 15, 7), 7) * 8 + (second ? 8 : 0);
		return second || bits(insn, 0, 5) == reg;
	}
	if (bits(insn, 0, 5) != reg)
		return false;
	if ((insn & 0xffc00000) == 0xf9400000) { /* ldr x, [x, #12 bits] */
		word->displacement = (int64_t)bits(insn, 10, 12) * 8;
		return true;
	}
	if ((insn & 0xffe00c00) == 0xf8400000) { /* ldur */
		word->displacement = sign(bits(insn, 12, 9), 9);
		return true;
	}
	if ((insn & 0xff000000) == 0x58000000) { /* ldr x, label */
		*word = (struct arm64_word){ ARM64_INSN_START,
					     (int64_t)at + sign(bits(insn, 5, 19), 19) * 4 };
		return true;
	}
	/* ldar and ldapr, by which rcu_dereference() reads with LTO (5.11). */
	return (insn & 0xfffffc00) == 0xc8dffc00 || (insn & 0xfffffc00) == 0xf8bfc000;
}

/* What is known of a register on the way through a function. */
struct track {
	unsigned int reg;
	bool loaded;
	size_t from; /* the end of the load */
	struct arm64_word word;
};

static void track_step(struct track *t, uint32_t insn, size_t at)
{
	uint32_t writes = writes_of(insn);
	struct arm64_word word;

	if (load_of(insn, at, t->reg, &word)) {
		t->word = word;
		t->from = at + ARM64_INSN_SIZE;
		/* An address that the load itself replaced is not known any more. */
		t->loaded = word.base == ARM64_INSN_START || !(writes >> word.base & 1);
		return;
	}
	if (writes >> t->reg & 1 || leaves(insn) ||
	    (t->word.base != ARM64_INSN_START && writes >> t->word.base & 1))
		t->loaded = false;
}

/* Whether a branch of the function leads between the load and the instruction, around the load. */
static bool is_joined(const uint8_t *code, size_t from, size_t at)
{
	for (size_t i = 0; i < from; i += ARM64_INSN_SIZE) {
		int64_t by = target_of(insn_at(code, i)), target = (int64_t)i + by;

		if (by && target >= (int64_t)from && target <= (int64_t)at)
			return true;
	}
	return false;
}

bool arm64_load_find(const uint8_t *code, size_t at, unsigned int reg, struct arm64_word *word)
{
	struct track t = { .reg = reg };

	if (at % ARM64_INSN_SIZE || reg >= ARM64_INSN_SP)
		return false;
	for (size_t i = 0; i < at; i += ARM64_INSN_SIZE)
		track_step(&t, insn_at(code, i), i);
	if (!t.loaded || is_joined(code, t.from, at))
		return false;
	*word = t.word;
	return true;
}

bool arm64_call_find(const uint8_t *code, size_t end, size_t *at, unsigned int *reg)
{
	uint32_t insn;

	if (end < ARM64_INSN_SIZE || end % ARM64_INSN_SIZE)
		return false;
	*at = end - ARM64_INSN_SIZE;
	insn = insn_at(code, *at);
	*reg = bits(insn, 5, 5);
	return (insn & 0xfffffc1f) == 0xd63f0000 && *reg < ARM64_INSN_SP;
}
