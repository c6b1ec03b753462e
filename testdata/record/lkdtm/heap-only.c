// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * Linked into lkdtm.ko beside the kernel's own core.c and heap.c. core.c names
 * every category of tests; those that are no heap tests are empty here, since
 * some of them use functions that are not exported to modules.
 */
#include "lkdtm.h"

#include <linux/init.h>

struct crashtype_category bugs_crashtypes;
struct crashtype_category perms_crashtypes;
struct crashtype_category refcount_crashtypes;
struct crashtype_category usercopy_crashtypes;
struct crashtype_category stackleak_crashtypes;
struct crashtype_category cfi_crashtypes;
struct crashtype_category fortify_crashtypes;

void __init lkdtm_bugs_init(int *recur_param)
{
}

void __init lkdtm_perms_init(void)
{
}

void __init lkdtm_usercopy_init(void)
{
}

void __exit lkdtm_usercopy_exit(void)
{
}
