/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/freepointer.h"

uint64_t get_freepointer(struct model *m, uint64_t s, uint64_t object)
{
	return freepointer_load(m, s, object);
}

void set_freepointer(struct model *m, uint64_t s, uint64_t object, uint64_t next)
{
	freepointer_store(m, s, object, next);
}

uint64_t fixup_red_left(struct model *m, uint64_t s, uint64_t base)
{
	if (has(m, RED_LEFT_PAD) && cache_flags(m, s) & m->era->flags->red_zone)
		base += get(m, s, cache_red_left_pad);
	return base;
}
