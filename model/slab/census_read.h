/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_CENSUS_READ_H
#define SLUBCHECK_MODEL_SLAB_CENSUS_READ_H
/* What taking and checking a census share. */

#include "model/slab/census.h"

/** census_trouble() - Note what makes no sense; the first text stays. */
__attribute__((format(printf, 2, 3))) void census_trouble(struct slab_census *c, const char *format,
							  ...);

#endif
