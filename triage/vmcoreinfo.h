/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_VMCOREINFO_H
#define SLUBCHECK_TRIAGE_VMCOREINFO_H
/*
 * VMCOREINFO: lines of KEY=VALUE that the kernel leaves in every dump (kernel/vmcore_info.c; until
 * 6.8 kernel/crash_core.c). The text is never changed or copied.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * vmcoreinfo_line() - Find the value of a key, as "OSRELEASE" or "SYMBOL(_stext)".
 * @value: receives it with a NUL, cut when it does not fit; untouched when there is none
 *
 * Return: false when no line has the key.
 */
bool vmcoreinfo_line(const char *info, const char *key, char *value, size_t size);

/** vmcoreinfo_symbol() - SYMBOL(@name): the address of a variable, or what a pointer holds. */
bool vmcoreinfo_symbol(const char *info, const char *name, uint64_t *value);

/** vmcoreinfo_number() - NUMBER(@name), decimal or with 0x. */
bool vmcoreinfo_number(const char *info, const char *name, uint64_t *value);

/**
 * vmcoreinfo_moved() - How far the kernel lies from where it was linked to (KERNELOFFSET).
 *
 * Return: false when it does not say; kernels that cannot move do not.
 */
bool vmcoreinfo_moved(const char *info, uint64_t *distance);

#endif
