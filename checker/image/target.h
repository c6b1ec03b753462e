/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_TARGET_H
#define SLUBCHECK_CHECKER_IMAGE_TARGET_H
/*
 * What a memory image can be asked.
 *
 * This is the only door through which the checker sees memory, symbols and types. A crash
 * session, a dump file and the reference model each fill in a struct target_ops; the checker
 * does not know which of them it talks to.
 *
 * No operation prints, and none of them leaves by longjmp: an implementation on top of a
 * library that does either has to contain it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decoders/features.h"

struct target;

/* How a read ended. The difference between the last three is the difference between
 * "unknown" and "corrupt" in the report. */
enum target_status {
	TARGET_OK = 0,
	/* The address is valid, but the image does not hold its page: filtered by
	 * makedumpfile, or the file is truncated. Never evidence of corruption. */
	TARGET_ABSENT,
	/* No memory is or can be mapped at the address. */
	TARGET_UNMAPPED,
};

/* Where a member lies in its structure. */
struct target_member {
	uint32_t offset; /* bytes from the start of the structure */
	uint32_t size; /* bytes; of the whole array when the member is one */
};

/* The symbol that covers an address. */
struct target_symbol {
	const char *name; /* NULL: none is known */
	const char *module; /* that it is of; NULL: of the kernel itself */
	uint64_t offset; /* distance of the address from it, in bytes */
};

/* Bytes of the largest note of a CPU's registers that is taken. */
#define TARGET_NOTE_MAX 1024

/**
 * struct target_cpu - A CPU, as dumps count them.
 * @cpu:    its number
 * @nth:    how many online CPUs have smaller numbers
 * @nr_online: how many CPUs are online
 * @online: whether it is
 *
 * A hypervisor's dump has a note for each CPU, that of kdump one for each that was online.
 */
struct target_cpu {
	unsigned int cpu, nth, nr_online;
	bool online;
};

struct target_ops {
	/**
	 * read() - Copy kernel memory out of the image.
	 * @t:	  the target
	 * @addr: kernel virtual address
	 * @buf:  at least @len bytes, owned by the caller; undefined unless TARGET_OK is returned
	 * @len:  bytes; may span pages
	 *
	 * Return: TARGET_OK when all of @len was copied, else why the first page that could not
	 * be read could not.
	 */
	enum target_status (*read)(struct target *t, uint64_t addr, void *buf, size_t len);

	/**
	 * symbol() - Look a kernel symbol up.
	 * @value: set to its address (per-CPU symbols: the offset within the per-CPU area)
	 *
	 * Return: false when the image has no such symbol; @value is untouched then.
	 */
	bool (*symbol)(struct target *t, const char *name, uint64_t *value);

	/**
	 * symbol_at() - Name the text or data symbol that covers an address, of modules too.
	 * @out: names in it are owned by the target and valid as long as it is
	 *
	 * Return: false when no symbol covers @addr; @out is untouched then.
	 */
	bool (*symbol_at)(struct target *t, uint64_t addr, struct target_symbol *out);

	/**
	 * per_cpu_symbol_at() - Name the per-CPU variable of an offset as symbol() has it, of modules too.
	 * May be NULL: none is ever known.
	 * @out: as symbol_at()
	 *
	 * Return: false when no variable covers @offset; @out is untouched then.
	 */
	bool (*per_cpu_symbol_at)(struct target *t, uint64_t offset, struct target_symbol *out);

	/**
	 * type_size() - Size of a structure in bytes.
	 * @type: name without the word struct, as "kmem_cache"
	 *
	 * Return: false when the image knows no complete type of that name.
	 */
	bool (*type_size)(struct target *t, const char *type, size_t *size);

	/**
	 * member() - Find a member, also inside of anonymous structures and unions.
	 * @type:   name without the word struct
	 * @member: plain name of the member
	 *
	 * Return: false when the type or the member does not exist.
	 */
	bool (*member)(struct target *t, const char *type, const char *member,
		       struct target_member *out);

	/**
	 * enumerator() - Value of an enumeration constant of any enumeration.
	 *
	 * Return: false when there is none of that name.
	 */
	bool (*enumerator)(struct target *t, const char *name, int64_t *value);

	/**
	 * page_to_virt() - Direct-map address of the page frame that a struct page describes.
	 * @page: address of a struct page (or of the struct slab that overlays it)
	 *
	 * Return: false when @page is not the address of a struct page of this machine's memory:
	 * outside the memmap, not on an element's boundary, or beyond the last page frame.
	 */
	bool (*page_to_virt)(struct target *t, uint64_t page, uint64_t *virt);

	/**
	 * virt_to_page() - struct page of a direct-map address.
	 *
	 * Return: false when @virt is not in the direct map of this machine's memory.
	 */
	bool (*virt_to_page)(struct target *t, uint64_t virt, uint64_t *page);

	/**
	 * frame_to_page() - struct page of a page frame, for passes over the memmap.
	 * @frame: page frame number, below nr_pages
	 *
	 * Return: false when the machine has no such frame.
	 */
	bool (*frame_to_page)(struct target *t, uint64_t frame, uint64_t *page);

	/**
	 * translate() - Physical address behind a kernel virtual one, by the page tables. May be NULL:
	 * only the direct map is known.
	 * @phys: set to the address; its frame may be one that frame_to_page() refuses
	 *
	 * Return: as read(), of the tables.
	 */
	enum target_status (*translate)(struct target *t, uint64_t virt, uint64_t *phys);

	/**
	 * dump_level() - What makedumpfile was told to leave out of the dump: its option -d. May be
	 * NULL: that is never known.
	 * @level: set to the number
	 *
	 * Return: false when the dump does not say.
	 */
	bool (*dump_level)(struct target *t, unsigned int *level);

	/**
	 * cpu_regs() - The note of a CPU's registers, NT_PRSTATUS. May be NULL: there are none.
	 * @note: receives its descriptor, a struct elf_prstatus in the machine's order of bytes
	 * @len:  set to its bytes
	 *
	 * Return: false when the image has none of that CPU, or a longer one.
	 */
	bool (*cpu_regs)(struct target *t, const struct target_cpu *cpu,
			 uint8_t note[TARGET_NOTE_MAX], size_t *len);

	/**
	 * cancelled() - Whether the user asked to stop. Called often, so it must be cheap. May be
	 * NULL: never.
	 */
	bool (*cancelled)(struct target *t);

	/**
	 * share() - Another door to the same image, for one more thread. May be NULL: the image can
	 * only be asked by one thread at a time.
	 *
	 * While doors are shared, none but they may be used. All that is const about the image is
	 * the same in each.
	 *
	 * Return: NULL when there is none to be had. The caller gives it back with unshare() before
	 * @t ends.
	 */
	struct target *(*share)(struct target *t);

	/** unshare() - Give back what share() returned. NULL where share() is. */
	void (*unshare)(struct target *shared);

	/**
	 * again() - Let some time pass in a kernel that runs, and look anew at what can have changed about
	 * it: the size of its memory. NULL: the memory never changes.
	 * @ms: milliseconds
	 *
	 * Return: false when the kernel cannot be read any more, or the user wants to stop.
	 */
	bool (*again)(struct target *t, unsigned int ms);
};

/* The machine that the kernel runs on. */
enum target_machine {
	TARGET_MACHINE_UNKNOWN,
	TARGET_X86_64,
	TARGET_ARM64,
	TARGET_RISCV64,
	TARGET_PPC64LE,
	TARGET_S390X,
	TARGET_MACHINES
};

/**
 * struct target - An image and what is constant about it.
 * @ops:	what it can be asked
 * @page_shift:	log2 of the page size
 * @nr_pages:	page frames, counted from frame 0; the bound of every page scan
 * @machine:	what the image is of
 * @live:	the memory is that of a running kernel, or was copied from one: it changes, or did,
 *		while it is read, so that two words of it need never have been true together
 * @runs:	it runs still, so that what was read can be read again; @live is set too
 *
 * Implementations embed it as their first member.
 */
struct target {
	const struct target_ops *ops;
	unsigned int page_shift;
	uint64_t nr_pages;
	enum target_machine machine;
	bool live;
	bool runs;
};

/** target_runs() - Whether the kernel runs while it is asked. A copy of such a kernel's memory does not. */
static inline bool target_runs(const struct target *t)
{
	return t->runs && t->ops->again;
}

/* No machine has more physical memory than these bits can address. */
#define TARGET_PHYS_BITS 52

/* A member that this kernel does not have has size 0. */
static inline bool member_exists(struct target_member m)
{
	return m.size != 0;
}

/** target_find() - Where a member lies; false, and size 0, when this kernel does not have it. */
static inline bool target_find(struct target *t, const char *type, const char *name,
			       struct target_member *m)
{
	if (t->ops->member(t, type, name, m) && m->size)
		return true;
	*m = (struct target_member){ 0, 0 };
	return false;
}

/** target_names() - features_ask() of a target. */
static inline bool target_names(void *ctx, enum name_kind kind, const char *type, const char *name,
				uint32_t *offset)
{
	struct target *t = ctx;
	struct target_member member;
	uint64_t address;
	int64_t value;
	size_t size;

	switch (kind) {
	case NAME_MEMBER:
		if (!target_find(t, type, name, &member))
			return false;
		*offset = member.offset;
		return true;
	case NAME_TYPE:
		return t->ops->type_size(t, name, &size);
	case NAME_ENUMERATOR:
		return t->ops->enumerator(t, name, &value);
	case NAME_SYMBOL:
		return t->ops->symbol(t, name, &address);
	}
	return false;
}

/** target_features() - Which of some features of SLUB this kernel's names show. */
static inline feature_set target_features(struct target *t, feature_set wanted)
{
	return features_find(wanted, target_names, t);
}

/** target_bit() - The mask of the bit whose number an enumerator is; 0: no such enumerator, or bit. */
static inline uint64_t target_bit(struct target *t, const char *name)
{
	int64_t bit;

	return t->ops->enumerator(t, name, &bit) && bit >= 0 && bit < 64 ? UINT64_C(1) << bit : 0;
}

static inline size_t target_page_size(const struct target *t)
{
	return (size_t)1 << t->page_shift;
}

#endif
