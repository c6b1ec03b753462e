/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARCH_H
#define SLUBCHECK_CHECKER_IMAGE_ARCH_H
/*
 * Machines: all that differs between them is one struct arch each.
 *
 * A new machine is a file arch_NAME.c with its table, a row in arch.c, and a value of enum
 * target_machine. The table has to have @name, @va_bits or @is_canonical, and @big_endian. All else is
 * optional. Without @frame, no frame of an exception is known, and so no panic and no
 * allocator-trap; without @is_bug and @operand, no allocator-trap. Registers without a frame are read
 * from the notes of a dump (cpu_regs.h). What is not known for certain is left out.
 *
 * Not part of the table: that the kernel's addresses are the upper half (s390x: they are not), and the
 * bit fields of slab->counters, which lie in another order on big-endian machines.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "checker/image/trap_kind.h"

#define ARCH_REGS_MAX 48
#define ARCH_INSN_MAX 15 /* bytes of the longest instruction of any machine */
#define ARCH_NONE (-1)

/**
 * struct arch_reg - A register.
 * @name:   as the kernel's reports have it
 * @member: of struct pt_regs that holds it
 * @element: which one, where that is an array
 * @at:     offset in struct pt_regs of kernels whose types do not tell; bytes
 * @note:   offset in the registers of an NT_PRSTATUS note; ARCH_NONE: they lack it
 */
struct arch_reg {
	const char *name, *member;
	uint8_t element;
	int16_t at, note;
};

/* A stack that a frame was found on. */
struct arch_stack {
	uint64_t base;
	size_t len;
};

/**
 * struct arch_frame - What exceptions in kernel mode leave on stacks.
 * @size:  of struct pt_regs where no type tells; bytes
 * @is:	   whether words that lie like a struct pt_regs at @frame are one of kernel mode. No other words
 *	   may look so, unless the instruction pointer is not one of the kernel's
 * @exact: whether the stack pointer in it is where the stack was when @frame was pushed there
 */
struct arch_frame {
	size_t size;
	bool (*is)(const uint64_t *regs, const struct arch_stack *stack);
	bool (*exact)(const uint64_t *regs, uint64_t frame, size_t size);
};

/* Where a stack lies that a per-CPU variable points to. */
enum arch_stack_end {
	ARCH_STACK_BASE, /* the pointer is to its lowest byte */
	ARCH_STACK_END, /* to its end, or to the last word of it */
};

/**
 * struct arch_word - A word of memory by a register.
 * @reg: its index; ARCH_NONE: the start of the function
 * @displacement: bytes from what it holds
 */
struct arch_word {
	int reg;
	int64_t displacement;
};

/**
 * struct arch_call - A call of what a register or a word holds.
 * @at:  its byte of the function
 * @reg: the register; ARCH_NONE: it is @word
 */
struct arch_call {
	size_t at;
	int reg;
	struct arch_word word;
};

/**
 * struct arch_fault_stack - Where the processor puts the frame of a double fault: at the end of a stack of its own.
 * @symbol: the per-CPU variable that points to the structure with such stacks
 * @type, @member: that, and the stack in it
 * @next: the member behind the stack
 * @nr:	  thread.trap_nr of a task that died of it
 */
struct arch_fault_stack {
	const char *symbol, *type, *member, *next;
	int nr;
};

/**
 * struct arch_trap - An exception that an instruction raises by itself, whatever memory holds.
 * @kind:   which
 * @nr:	    thread.trap_nr of a task that died of it; ARCH_NONE: the kernel does not note it
 * @behind: bytes of the instruction that the saved instruction pointer is behind already
 * @sure:   nothing goes on behind the instruction, so that no interrupt leaves such a frame; else only
 *	    @nr tells them apart
 * @is:     whether an instruction raises it with these registers
 * @since:  the releases whose kernels die of it
 */
struct arch_trap {
	enum trap_kind kind;
	int nr;
	unsigned int behind;
	bool sure;
	bool (*is)(const uint8_t *code, size_t len, const uint64_t *regs);
	const char *since;
};

/**
 * struct arch - A machine.
 * @name:	for reports
 * @va_bits:	number of significant address bits; the bits above repeat the highest of them
 * @va_bits_least: where kernels of this machine differ: of the one with the fewest levels of page tables; 0: they
 *		do not
 * @va_bits_find: which it is; 0: not known. NULL with @va_bits_least 0
 * @is_canonical: of machines whose addresses are not extended that way; NULL otherwise
 * @tag_mask:	bits of a kernel pointer that can hold a tag of KASAN; 0: none
 * @big_endian:	the order of bytes
 * @regs:	the registers, the general ones first; @nr_regs of them
 * @nr_general: those that a program computes with
 * @ip, @sp, @flags: their indexes
 * @link:	index of the register that holds a return address; ARCH_NONE: there is none
 * @frame:	NULL: no frames are known
 * @current, @current_member: the per-CPU variable that points to the running task, and the member of
 *		pcpu_hot that it was from 6.2 to 6.14. NULL: runqueues.curr does
 * @thread_size: of a task's stack where thread_union does not tell; bytes
 * @irq_stack:	the per-CPU variable that points to the stack of interrupts, in pcpu_hot too. NULL: none known
 * @irq_stack_size: 0: that of a task's stack
 * @irq_stack_end: what it points to
 * @fault_stack: NULL: none known
 * @is_bug:	whether bytes begin with the instruction that BUG() and WARN() are
 * @bug_size:	of that instruction
 * @bug_entry:	the entry of the table that the instruction names; false when it names none. NULL: never
 * @bug_trap_nr: thread.trap_nr of a task that died of it; ARCH_NONE: the machine keeps none
 * @traps:	other exceptions of instructions, and @nr_traps of them
 * @insn_max:	bytes of the longest instruction
 * @operand:	the address that an instruction accesses, from the registers before it; false when it
 *		accesses no memory, or is not known
 * @second_operand: the other address of one that has two, as a copy of a string; NULL: there are none
 * @fault_kind:	what a fault is, by thread.trap_nr, the address and the register that it was computed from
 *		(ARCH_NONE: none); NULL: always that of a page table
 * @call_size:	bytes of a call before the address that it returns to
 * @callee:	the function that the call at @code calls; false when it is not a direct call
 * @load_find:	the word that register @reg was loaded from before the instruction at byte @at of a function;
 *		false when that is not sure. NULL: never
 * @call_find:	likewise, what the call before the return address at byte @end of a function called
 */
struct arch {
	const char *name;
	unsigned int va_bits, va_bits_least;
	unsigned int (*va_bits_find)(struct target *t);
	bool (*is_canonical)(uint64_t addr);
	uint64_t tag_mask;
	bool big_endian;

	const struct arch_reg *regs;
	unsigned int nr_regs, nr_general;
	int ip, sp, flags, link;

	const struct arch_frame *frame;
	const char *current, *current_member;
	size_t thread_size;
	const char *irq_stack;
	size_t irq_stack_size;
	enum arch_stack_end irq_stack_end;
	const struct arch_fault_stack *fault_stack;

	bool (*is_bug)(const uint8_t *code, size_t len);
	unsigned int bug_size;
	bool (*bug_entry)(const uint8_t *code, size_t len, const uint64_t *regs, uint64_t *entry);
	int bug_trap_nr;
	const struct arch_trap *traps;
	unsigned int nr_traps;
	unsigned int insn_max;
	bool (*operand)(const uint8_t *code, size_t len, const uint64_t *regs, uint64_t *address);
	bool (*second_operand)(const uint8_t *code, size_t len, const uint64_t *regs,
			       uint64_t *address);
	enum trap_kind (*fault_kind)(int trap_nr, uint64_t address, int base);
	unsigned int call_size;
	bool (*callee)(const uint8_t *code, uint64_t back, uint64_t *function);
	bool (*load_find)(const uint8_t *code, size_t at, int reg, struct arch_word *word);
	bool (*call_find)(const uint8_t *code, size_t end, struct arch_call *call);
};

extern const struct arch arch_x86_64, arch_arm64, arch_riscv64, arch_ppc64le, arch_s390x;

/** arch_of() - The machine of an image; an unknown machine is like the most permissive one. */
const struct arch *arch_of(const struct target *t);

/**
 * arch_tags() - The bits that hold tags in pointers of this kernel; 0: none.
 *
 * CONFIG_KASAN_SW_TAGS (arm64, 5.0) and CONFIG_KASAN_HW_TAGS (5.11, with MTE) tag what objects are
 * handed out as, so that heads, links, list entries and pointers to kmem_caches have tags. Without them
 * the same bits are part of the address, and a change of them is damage.
 */
uint64_t arch_tags(struct target *t);

/**
 * value_get() - The unsigned number of @size bytes at @bytes, in the machine's order of bytes. No other
 * function of checker/ knows the order.
 */
static inline uint64_t value_get(const struct arch *arch, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	uint64_t value = 0;

	if (arch->big_endian)
		for (size_t i = 0; i < size; i++)
			value = value << 8 | byte[i];
	else
		while (size--)
			value = value << 8 | byte[size];
	return value;
}

/**
 * target_variable() - The value of a kernel variable of eight bytes.
 *
 * Return: false when there is none of that name, or it cannot be read.
 */
bool target_variable(struct target *t, const char *name, uint64_t *value);

/** bits_are_canonical() - Whether the bits of an address above the significant ones repeat the highest of those. */
static inline bool bits_are_canonical(uint64_t addr, unsigned int va_bits)
{
	int64_t above = (int64_t)addr >> (va_bits - 1);

	return !above || above == -1;
}

/** arch_is_canonical() - Whether an address is one that the machine can translate, with the most levels. */
static inline bool arch_is_canonical(const struct arch *arch, uint64_t addr)
{
	return arch->is_canonical ? arch->is_canonical(addr)
				  : bits_are_canonical(addr, arch->va_bits);
}

/**
 * arch_untag() - A pointer without its tag, as the kernel's own address of the same memory.
 * @tags: as arch_tags() says
 *
 * Bit 55 tells the halves of the address space apart; user space is left alone.
 */
static inline uint64_t arch_untag(uint64_t tags, uint64_t pointer)
{
	return pointer >> 55 & 1 ? pointer | tags : pointer;
}

/**
 * arch_offsets() - Where the registers lie in this kernel's struct pt_regs.
 * @offsets: receives arch->nr_regs of them: as its types say, or all as the table does
 *
 * Return: the size of struct pt_regs in bytes; 0: no frames are known.
 */
size_t arch_offsets(struct target *t, uint32_t offsets[ARCH_REGS_MAX]);

#endif
