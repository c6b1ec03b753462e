/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/trap_kind.h"

const char *trap_kind_id(enum trap_kind kind)
{
	static const char *const ids[TRAP_KIND_COUNT] = {
#define X(id, name, text) name,
		TRAP_KINDS(X)
#undef X
	};

	return ids[kind];
}

const char *trap_kind_text(enum trap_kind kind)
{
	static const char *const texts[TRAP_KIND_COUNT] = {
#define X(id, name, text) text,
		TRAP_KINDS(X)
#undef X
	};

	return texts[kind];
}
