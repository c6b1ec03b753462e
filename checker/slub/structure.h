/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_STRUCTURE_H
#define SLUBCHECK_CHECKER_SLUB_STRUCTURE_H
/*
 * Which structure of the allocator an address lies in, and which other part of the kernel's memory.
 *
 * Where lists lead to a structure, they are followed: nothing is recognised by what it looks like.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/slub/heap.h"
#include "checker/slub/locate.h"

enum structure_kind {
	STRUCTURE_NONE,
	STRUCTURE_CACHE, /* struct kmem_cache */
	STRUCTURE_CPU, /* struct kmem_cache_cpu */
	STRUCTURE_CPU_SHEAVES, /* struct slub_percpu_sheaves */
	STRUCTURE_NODE, /* struct kmem_cache_node */
	STRUCTURE_BARN, /* struct node_barn */
	STRUCTURE_SHEAF, /* struct slab_sheaf */
	STRUCTURE_PAGE, /* struct page, or the struct slab over it */
	STRUCTURE_PER_CPU, /* the per-CPU area of a CPU */
	STRUCTURE_STACK, /* the kernel stack of a task */
	STRUCTURE_IMAGE, /* the kernel's image */
	STRUCTURE_VMALLOC, /* vmalloc space */
	STRUCTURE_KINDS,
};

#define STRUCTURE_TEXT_MAX 192

/**
 * struct structure - A structure that an address lies in.
 * @kind:   STRUCTURE_NONE: none that is known
 * @start, @size: where it is; @size is 0 for STRUCTURE_VMALLOC
 * @cache:  whose it is, for those of the allocator but STRUCTURE_PAGE; else 0
 * @cpu, @node: whose; -1 where that does not apply
 * @role:   of a sheaf
 * @member: names of the members at the address; empty when none is known
 * @describes: of a struct page: address of the page
 * @pid, @comm: of the task whose stack it is; raw bytes of the dump: escape before printing
 */
struct structure {
	enum structure_kind kind;
	uint64_t start, size;
	uint64_t cache;
	int cpu, node;
	int role;
	char member[64];
	uint64_t describes;
	uint64_t pid;
	char comm[17];
};

/**
 * structure_find() - Find the structure of an address.
 * @heap: what it gathered of a cache's sheaves is replaced
 */
void structure_find(struct structure *s, struct heap *heap, uint64_t addr);

/** structure_kind_name() - Stable name for programs: "kmem_cache_cpu", "stack", ... */
const char *structure_kind_name(enum structure_kind kind);

/** structure_describe() - As "tid of the kmem_cache_cpu of kmalloc-64, CPU 1". Returns @buf. */
char *structure_describe(const struct structure *s, struct memory *memory,
			 const struct layout *layout, char *buf, size_t len);

#endif
