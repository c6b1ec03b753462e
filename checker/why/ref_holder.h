/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_REF_HOLDER_H
#define SLUBCHECK_CHECKER_WHY_REF_HOLDER_H
/*
 * Who holds a pointer, and what it points to.
 *
 * A hit of refs.h is a physical address. The kernel knows the place by another one where it is mapped
 * elsewhere too: the image, modules, vmalloc space. So the page tables are asked where the frames of the
 * hits are.
 *
 * The pointer is dangling when somebody who lives holds it and its target is a free object. What the
 * allocator itself keeps (freelists, sheaves) is no reference of anybody.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/symbol.h"
#include "checker/why/refs.h"

enum ref_kind {
	REF_REGISTER, /* of a CPU */
	REF_STACK, /* the kernel stack of a task */
	REF_PER_CPU, /* a per-CPU variable, or dynamic per-CPU memory */
	REF_KERNEL, /* data of the kernel's image */
	REF_MODULE, /* data of a module */
	REF_OBJECT, /* an object of a cache */
	REF_SLAB, /* elsewhere in a slab */
	REF_FREEPOINTER, /* the freepointer of a free object */
	REF_ALLOCATOR, /* a structure of the allocator: a sheaf, a struct page, ... */
	REF_VMALLOC, /* another area of vmalloc space */
	REF_PAGE, /* a page that is not a slab's */
	REF_KINDS,
};

/* Who has a page that is not a slab's, as its struct page says. */
enum page_use {
	PAGE_UNKNOWN,
	PAGE_FREE, /* the page allocator has it */
	PAGE_ANONYMOUS, /* memory of a process */
	PAGE_FILE, /* page cache */
	PAGE_KERNEL, /* none of these: somebody in the kernel */
};

/* Whether whoever holds a pointer may follow it. */
enum ref_life {
	REF_LIVE,
	REF_DEAD, /* a free object, below a stack pointer, a free page */
	REF_UNKNOWN, /* it is not known whether the object is free */
};

/**
 * struct ref_object - An object that holds a pointer, or that one points to.
 * @at:     where the address is
 * @cache:  its cache
 * @state:  as struct object_view
 * @holder: what leads to it when it is free
 * @link:   the object that its freepointer leads to; 0: it is on no freelist, or the last
 */
struct ref_object {
	struct location at;
	struct cache_view cache;
	enum object_state state;
	struct holder holder;
	uint64_t link;
};

/**
 * struct reference - A pointer that was found.
 * @kind:   where it is
 * @life:   of its holder
 * @dangling: a live holder, and the target is a free object
 * @addr:   its address as the kernel knows it; REF_REGISTER: where an exception saved it, or 0
 * @value:  the pointer
 * @target: where it points to
 * @symbol: REF_PER_CPU, REF_KERNEL, REF_MODULE: the variable; REF_VMALLOC: who allocated the area
 * @cpu:    REF_PER_CPU, REF_REGISTER: whose; -1: not known
 * @reg:    REF_REGISTER: its name
 * @pid, @comm: REF_STACK: the task; comm is raw bytes of the dump
 * @frame, @caller: REF_STACK: the function in whose frame it is, and that function's caller. REF_REGISTER that
 *	    was saved: @frame is the function that was interrupted
 * @below_sp: REF_STACK: below the stack pointer, so left over from older calls
 * @switched: REF_STACK: where a context switch saved the task's registers
 * @object: REF_OBJECT, REF_FREEPOINTER: the object that holds it
 * @structure: REF_ALLOCATOR
 * @start:  REF_VMALLOC: of the area
 * @page:   REF_PAGE: who has it
 */
struct reference {
	enum ref_kind kind;
	enum ref_life life;
	bool dangling;
	uint64_t addr, value;
	struct ref_object target;
	struct target_symbol symbol;
	int cpu;
	const char *reg;
	uint64_t pid;
	char comm[17];
	struct target_symbol frame, caller;
	bool below_sp, switched;
	struct ref_object object;
	struct structure structure;
	uint64_t start;
	enum page_use page;
};

/** ref_kind_name() - Stable name for programs: "stack", "per-cpu", "object", ... */
const char *ref_kind_name(enum ref_kind kind);

/** page_use_name() - "free", "anonymous", "file", "kernel" or "unknown". */
const char *page_use_name(enum page_use use);

struct ref_context;

/**
 * ref_context_new() - Learn where tasks' stacks, areas of vmalloc space and the frames of hits are.
 * @judged: asked for what was judged of a cache, which decodes its links; NULL: it cannot be judged
 * @ctx:    handed to it
 *
 * Return: NULL when there is no memory. All is the arena's of @allocator.
 */
struct ref_context *ref_context_new(struct allocator *allocator, const struct refs_found *found,
				    const struct cache_result *(*judged)(void *ctx, uint64_t cache),
				    void *ctx);

/** ref_describe() - Say who holds the pointer of a hit and what it points to. */
void ref_describe(struct ref_context *context, const struct refs_hit *hit, struct reference *ref);

/** ref_register() - The same of a register of a CPU that holds a pointer. */
void ref_register(struct ref_context *context, int cpu, const char *reg, uint64_t value,
		  struct reference *ref);

/** ref_saved() - The same of one that an exception saved on a stack at @addr, in the function at @ip. */
void ref_saved(struct ref_context *context, struct reference *ref, uint64_t addr, uint64_t ip);

/**
 * ref_object_of() - The object of an address and its state.
 *
 * Return: false when the address is not in an object of a cache.
 */
bool ref_object_of(struct ref_context *context, uint64_t addr, struct ref_object *object);

#endif
