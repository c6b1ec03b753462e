/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_BOOT_H
#define SLUBCHECK_MODEL_SLAB_BOOT_H
/* What the files of boot share. */

#include "model/slab/slab.h"

/** boot_array() - An array of one entry: a variable as long as nothing can be allocated. */
uint64_t boot_array(struct model *m);
/** boot_setup() - Arrays and nodes of a cache whose members are set; it joins the list. */
void boot_setup(struct model *m, uint64_t s);

#endif
