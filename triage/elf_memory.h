/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_ELF_MEMORY_H
#define SLUBCHECK_TRIAGE_ELF_MEMORY_H
/*
 * Physical memory in an ELF dump, read from where it lies in the file.
 *
 * libkdumpfile (0.5.1) reads it too. But it either maps up to 128 windows of 4 MiB, which count as
 * memory of the process, or copies through a cache, which takes four times as long. And in the page
 * before each segment it reads zeros, which would end freelists, where the file has nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of physical memory, and where they are in the file. */
struct elf_memory_segment {
	uint64_t phys, size, offset;
};

/* All zero: nothing is known, and nothing is read. */
struct elf_memory {
	int fd; /* the caller's */
	struct elf_memory_segment *segments; /* in order, disjoint */
	size_t nr;
};

/**
 * elf_memory_learn() - Find the segments of an ELF file; of memory that the headers promise and the
 * file does not have, reads fail.
 *
 * What is not an ELF file with memory leaves @m all zero.
 */
void elf_memory_learn(struct elf_memory *m, int fd);

/** elf_memory_read() - Copy memory; false unless all of it is in the file. */
bool elf_memory_read(const struct elf_memory *m, uint64_t phys, void *buf, size_t len);

/** elf_memory_free() - @m is all zero afterwards. */
void elf_memory_free(struct elf_memory *m);

#endif
