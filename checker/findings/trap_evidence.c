/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/trap_evidence.h"

const char *trap_kind_id(enum trap_kind kind)
{
	static const char *const ids[] = { "bug", "page-fault", "general-protection" };

	return ids[kind];
}
