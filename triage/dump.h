/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DUMP_H
#define SLUBCHECK_TRIAGE_DUMP_H
/*
 * A dump file: physical memory, the kernel's page tables, and VMCOREINFO.
 *
 * libkdumpfile reads the formats and walks the page tables; this is what we ask of it. A file that
 * it does not understand is refused with the reason, and with what would help where we know that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/dump_date.h"
#include "triage/error.h"
#include "triage/kcore.h"

struct dump;

/**
 * dump_open() - Open a dump.
 * @paths: the files of the dump: one, or all the parts of one that was split; "-" is standard input,
 *	   which may be a pipe
 * @nr:	   their number
 * @error: receives the reason when the return value is NULL
 *
 * Return: NULL when it is not a regular file, or not of a 64-bit little-endian Linux kernel. The
 * caller closes it.
 */
struct dump *dump_open(const char *const *paths, size_t nr, struct error *error);

/**
 * dump_share() - The same dump once more, for another thread.
 *
 * Return: NULL when there is no memory. The caller closes it, before the one it came from.
 */
struct dump *dump_share(const struct dump *from);

/** dump_close() - @dump may be NULL. */
void dump_close(struct dump *dump);

/**
 * dump_read() - Copy physical memory.
 *
 * Return: TARGET_ABSENT when the file does not hold all of it.
 */
enum target_status dump_read(struct dump *dump, uint64_t phys, void *buf, size_t len);

/** dump_library_read() - The same through libkdumpfile alone: what the other readers are held against. */
enum target_status dump_library_read(struct dump *dump, uint64_t phys, void *buf, size_t len);

/** dump_by_library() - Whether dump_read() asks libkdumpfile: of a format that nothing here reads. */
bool dump_by_library(const struct dump *dump);

/**
 * dump_translate() - Find the physical address behind a virtual one by the kernel's page tables.
 *
 * Return: TARGET_ABSENT when a table on the way is not in the file; TARGET_UNMAPPED when none leads
 * there.
 */
enum target_status dump_translate(struct dump *dump, uint64_t virt, uint64_t *phys);

/** dump_info() - The text of VMCOREINFO, "" when there is none; lives as long as the dump. */
const char *dump_info(const struct dump *dump);

/** dump_format() - What the file is, as "ELF64 dump"; lives as long as the dump. */
const char *dump_format(const struct dump *dump);

/** dump_date() - When the kernel crashed, as far as it is known. */
const struct dump_date *dump_date(const struct dump *dump);

/** dump_remark() - What has to be known of the file itself, "" when nothing: that it was cut short. */
const char *dump_remark(const struct dump *dump);

/** dump_error_remark() - Add to an error what the file itself has to do with it: cut short, noise. */
void dump_error_remark(struct dump *dump, struct error *error);

/**
 * dump_level() - What makedumpfile was told to leave out (its -d).
 *
 * Return: false when the file does not say: only makedumpfile's own format does.
 */
bool dump_level(const struct dump *dump, unsigned int *level);

/**
 * dump_cpu_note() - The note NT_PRSTATUS of a CPU: see target_ops.cpu_regs().
 *
 * Return: false when the file has none of it.
 */
bool dump_cpu_note(struct dump *dump, const struct target_cpu *cpu, uint8_t note[TARGET_NOTE_MAX],
		   size_t *len);

/** dump_live() - Whether the kernel ran while its memory was read: /proc/kcore, or a copy of it. */
bool dump_live(const struct dump *dump);

/** dump_kcore() - Whether it is /proc/kcore itself; @kcore is learnt then, and the caller's. */
bool dump_kcore(const struct dump *dump, struct kcore *kcore);

/** dump_arch() - "x86_64", "aarch64", ... */
const char *dump_arch(const struct dump *dump);

/** dump_page_shift() - log2 of the page size. */
unsigned int dump_page_shift(const struct dump *dump);

/** dump_frames() - One more than the number of the last page frame that is in the file. */
uint64_t dump_frames(const struct dump *dump);

#endif
