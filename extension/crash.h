/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_CRASH_H
#define SLUBCHECK_EXTENSION_CRASH_H
/*
 * crash's own header, which only this folder includes.
 *
 * crash 8.0.2, 8.0.6 and 9.0.2 must all load what was built against any of them, so from its
 * structures only members are used that lie at the same place in all three (pc: all; machdep: up
 * to machspec), and from its functions only those that all three export with the same signature:
 * dlopen() is called with RTLD_NOW, one missing symbol makes the whole `extend` fail.
 */

/* Both defines are the build's business in crash's own tree too. */
#if !defined(X86_64) && !defined(ARM64)
#error "define X86_64 or ARM64, as crash's extensions do"
#endif

#include <defs.h>

#endif
