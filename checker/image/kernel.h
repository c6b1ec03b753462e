/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_KERNEL_H
#define SLUBCHECK_CHECKER_IMAGE_KERNEL_H
/*
 * What is known about a kernel whatever its allocator is: its CPUs, its code, the time of the dump.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/lock.h"
#include "checker/image/memory.h"
#include "checker/image/page.h"
#include "checker/image/target.h"

/* Addresses from @start up to @end; what is not known is empty. */
struct address_range {
	uint64_t start, end;
};

static inline bool range_has(const struct address_range *range, uint64_t addr)
{
	return addr - range->start < range->end - range->start;
}

/* Where code can be, and where it cannot be. */
struct kernel_text {
	struct address_range text, init, kernel, direct_map;
};

/* Whether the kernel is tainted with TAINT_BAD_PAGE. */
enum complained {
	COMPLAINT_UNKNOWN,
	COMPLAINT_NO,
	COMPLAINT_YES,
};

/* A mask of CPUs as it was read: its words, and where they are; 0: there is none. */
struct cpu_mask {
	uint64_t addr;
	uint64_t *words;
};

/**
 * struct kernel - See above.
 * @nr_cpus:	  ids of CPUs are below this
 * @online_mask, @active_mask: what @cpu_online was made of
 * @cpu_offset:	  per-CPU offset of each CPU
 * @cpu_possible, @cpu_online: whether a CPU can be there; whether it was, or was until a panic stopped it
 * @hotplug_busy: a CPU is on its way up or down
 * @complained:	  the allocator or the page allocator reported damage to the log
 * @jiffies:	  when the dump was taken; 0: unknown
 * @hz:		  jiffies a second; 0: unknown
 */
struct kernel {
	unsigned int nr_cpus;
	struct cpu_mask online_mask, active_mask;
	const uint64_t *cpu_offset;
	const bool *cpu_possible, *cpu_online;
	struct page_layout page;
	struct lock_layout lock;
	struct kernel_text text;
	bool hotplug_busy;
	enum complained complained;
	uint64_t jiffies;
	uint32_t hz;
};

#define KERNEL_ERROR_MAX 200

/**
 * kernel_read() - Find out. What @kernel refers to is the arena's.
 * @error: receives one clause on why, when the return value is false
 *
 * Return: false when the image does not tell how many CPUs there are, or what a page is.
 */
bool kernel_read(struct kernel *kernel, struct memory *memory, struct arena *arena,
		 char error[KERNEL_ERROR_MAX]);

/** kernel_error() - Write the clause, printf-like. Returns false, for the caller to return. */
__attribute__((format(printf, 2, 3))) bool kernel_error(char error[KERNEL_ERROR_MAX],
							const char *format, ...);

/** kernel_key() - Whether a static key is on; false when there is none of that name, or it is not in
 * the dump. */
bool kernel_key(struct memory *memory, const char *name, bool *on);

/**
 * kernel_may_be_text() - Whether code can be at an address.
 *
 * Modules and what BPF compiles lie outside of the kernel, and may be gone by now. What is certain
 * is that code is in the upper half but not in the direct map, and of the kernel only its text is.
 */
bool kernel_may_be_text(const struct kernel *kernel, uint64_t addr);

#endif
