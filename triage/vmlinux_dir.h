/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_VMLINUX_DIR_H
#define SLUBCHECK_TRIAGE_VMLINUX_DIR_H
/*
 * The kernels of a fleet: a folder with a vmlinux for each, packed or not, however it is arranged.
 *
 * It is read once, before the first dump. Of a file that is not packed the build-id is taken then; a packed
 * one is unpacked when a dump needs it, and found by the release in its path.
 */

#include <stdbool.h>

#include "triage/error.h"
#include "triage/vmlinux.h"

struct vmlinux_dir;

/**
 * vmlinux_dir_read() - Look at a folder and all below it.
 * @cancelled: whether the user asked to stop
 * @error:     receives the reason when the return value is NULL
 *
 * Files with "vmlinux" in their name, or with one that ends with ".debug", packed or not. The caller frees
 * it.
 */
struct vmlinux_dir *vmlinux_dir_read(const char *path, bool (*cancelled)(void),
				     struct error *error);

/**
 * vmlinux_dir_find() - The next vmlinux that may be that of a kernel.
 * @build_id: in hexadecimal; "": the dump does not say
 * @release:  as uname -r says, or ""
 * @from:     0; advanced with each call
 *
 * Those with the build-id come first, then packed ones with the release in their path. Without a build-id
 * all that have the release in their path.
 *
 * Return: NULL when there is no other one.
 */
const char *vmlinux_dir_find(const struct vmlinux_dir *dir, const char *build_id,
			     const char *release, size_t *from);

void vmlinux_dir_free(struct vmlinux_dir *dir);

#endif
