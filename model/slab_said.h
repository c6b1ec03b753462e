/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_SAID_H
#define SLUBCHECK_MODEL_SLAB_SAID_H
/* What a finding about SLAB says, held against the heap before the fault and now. */

#include <stddef.h>

#include "checker/findings/findings.h"
#include "model/slab/fault.h"

/**
 * slab_said_holds() - Whether the words, places and objects of a finding are so.
 * @m:	    the heap as it is now, with a journal that began before the fault
 * @census: as it was before
 * @why:    receives what is not so
 */
bool slab_said_holds(struct model *m, const struct slab_census *census, enum slab_fault fault,
		     const struct finding *f, char *why, size_t len);

#endif
