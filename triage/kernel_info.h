/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KERNEL_INFO_H
#define SLUBCHECK_TRIAGE_KERNEL_INFO_H
/*
 * The symbols and types of a dump's kernel, wherever they come from.
 *
 * In this order: a vmlinux that was named; one with the dump's build-id in a folder that was named, or in
 * the places where distributions put it; the kernel's own kallsyms and BTF in the dump. Of a vmlinux the section
 * .BTF is preferred to its DWARF, which is a hundred times as large.
 *
 * Every answer is remembered, and kept in a file for the next dump of the same kernel: a run asks
 * some two hundred questions. The sources are opened by the first question that has no answer yet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/error.h"

struct kernel_info;
struct vmlinux_dir;

/**
 * struct kernel_info_options - Where to look.
 * @vmlinux:	the only file to take symbols and types from, packed or not; NULL: look for one
 * @directory:	kernels of a fleet, which are looked at before the usual places; NULL: there are none
 * @debuginfod: ask the servers that DEBUGINFOD_URLS names for one
 * @no_vmlinux: take them from the dump alone
 * @no_cache:	neither read nor write answers of former runs
 */
struct kernel_info_options {
	const char *vmlinux;
	const struct vmlinux_dir *directory;
	bool debuginfod;
	bool no_vmlinux;
	bool no_cache;
};

/**
 * kernel_info_open() - Find out which kernel it is, and what is known about it.
 * @t:	   memory of the dump; only read() is called. It has to outlive the kernel
 * @info:  VMCOREINFO, which has to outlive it as well
 * @error: receives the reason when the return value is NULL
 *
 * Return: NULL when there is no source of symbols and types. The caller closes it.
 */
struct kernel_info *kernel_info_open(struct target *t, const char *info,
				     const struct kernel_info_options *options,
				     struct error *error);

/** kernel_info_close() - Keep the answers for the next run. @f may be NULL. */
void kernel_info_close(struct kernel_info *f);

/* The questions of checker/target.h. Several threads may ask: one waits for the other. The target
 * that the dump's own tables are read from has to be used by nobody else meanwhile. */
bool kernel_info_symbol(struct kernel_info *f, const char *name, uint64_t *value);
bool kernel_info_symbol_at(struct kernel_info *f, uint64_t addr, struct target_symbol *out);
bool kernel_info_per_cpu_at(struct kernel_info *f, uint64_t offset, struct target_symbol *out);
bool kernel_info_type_size(struct kernel_info *f, const char *type, size_t *size);
bool kernel_info_member(struct kernel_info *f, const char *type, const char *member,
			struct target_member *out);
bool kernel_info_enumerator(struct kernel_info *f, const char *name, int64_t *value);

/** kernel_info_release() - As uname -r says; "" when VMCOREINFO does not. */
const char *kernel_info_release(const struct kernel_info *f);

/** kernel_info_build_id() - In hexadecimal; "" when VMCOREINFO does not say (until 5.8). */
const char *kernel_info_build_id(const struct kernel_info *f);

/** kernel_info_source() - Where symbols and types are from: "BTF and kallsyms in the dump", ... */
const char *kernel_info_source(const struct kernel_info *f);

#endif
