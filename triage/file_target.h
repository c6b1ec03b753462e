/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_FILE_TARGET_H
#define SLUBCHECK_TRIAGE_FILE_TARGET_H
/* A dump file as a target. */

#include <stdbool.h>

#include "checker/image/target.h"
#include "triage/dump.h"
#include "triage/error.h"
#include "triage/kcore.h"
#include "triage/kernel_info.h"
#include "triage/map.h"
#include "triage/modules.h"

struct file_target {
	struct target target;
	struct map map;
	struct dump *dump;
	struct kcore kcore; /* of a kernel that runs here: what is read is read from there */
	struct kernel_info *info;
	struct modules *modules;
	bool (*cancelled)(void); /* NULL: never */
};

/**
 * file_target_open() - Open a dump and find out about its kernel.
 * @paths, @nr: see dump_open()
 * @error:	receives the reason when the return value is false, and is empty otherwise
 *
 * Return: false when nothing can be asked of it. The caller closes it otherwise.
 */
bool file_target_open(struct file_target *ft, const char *const *paths, size_t nr,
		      const struct kernel_info_options *options, struct error *error);

/** file_target_close() - Give up what file_target_open() opened. */
void file_target_close(struct file_target *ft);

#endif
