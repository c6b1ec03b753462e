/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/trap_evidence.h"

const char *trap_kind_id(enum trap_kind kind)
{
	static const char *const ids[] = { "bug", "page-fault", "general-protection" };

	return ids[kind];
}

const char *trap_kind_text(enum trap_kind kind)
{
	static const char *const texts[] = { "BUG", "page fault", "general protection fault" };

	return texts[kind];
}
