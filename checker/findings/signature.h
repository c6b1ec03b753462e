/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_SIGNATURE_H
#define SLUBCHECK_CHECKER_FINDINGS_SIGNATURE_H
/*
 * What two dumps of the same bug have in common.
 *
 * A signature has no address, no CPU and no count in it, nothing that another boot of the same
 * kernel would have elsewhere. It is the finding's id, the cache, the kind of list, where in the
 * object the damaged word lies, and what was done to it, with slashes between them:
 *
 *	freelist-wild/kmalloc-64/cpu-freelist/+0x20/short-store/byte-5
 */

#include <stddef.h>

#include "checker/findings/findings.h"

#define SIGNATURE_MAX 256

/** finding_signature() - Write the signature of a finding; cut when a cache's name is very long. */
void finding_signature(const struct finding *finding, char signature[SIGNATURE_MAX]);

#endif
