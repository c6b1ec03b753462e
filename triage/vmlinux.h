/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_VMLINUX_H
#define SLUBCHECK_TRIAGE_VMLINUX_H
/* The vmlinux of a dump: where distributions put it, and whether a file is it. */

#include <stdbool.h>

#define VMLINUX_PATH_MAX 4096
#define BUILD_ID_HEX_MAX 129

/**
 * vmlinux_build_id() - The GNU build-id of a file, in hexadecimal.
 *
 * Return: false when the file cannot be read or has none.
 */
bool vmlinux_build_id(const char *path, char id[BUILD_ID_HEX_MAX]);

/** vmlinux_is() - Whether a file is a kernel or part of one, and so no dump: ELF, and not a core. */
bool vmlinux_is(const char *path);

/**
 * vmlinux_find() - Look for the file with a build-id.
 * @build_id:	in hexadecimal
 * @release:	as uname -r says, or ""
 * @debuginfod: ask servers too, by the program debuginfod-find
 *
 * Return: false when none of the usual places has it.
 */
bool vmlinux_find(const char *build_id, const char *release, bool debuginfod,
		  char path[VMLINUX_PATH_MAX]);

#endif
