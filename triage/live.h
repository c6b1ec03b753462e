/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_LIVE_H
#define SLUBCHECK_TRIAGE_LIVE_H
/*
 * Whether the memory in a file is that of a kernel that ran while it was read.
 */

#include <stdbool.h>

/**
 * live_is() - Whether @fd is /proc/kcore, or an ELF core that was copied from one.
 *
 * A copy was not made in one moment either, so its words contradict each other in the same way. A
 * dump that was taken of a stopped machine (kdump, a hypervisor) is neither.
 */
bool live_is(int fd);

#endif
