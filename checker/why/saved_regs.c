/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/saved_regs.h"

#include "checker/image/exception.h"

static bool frame_visit(void *ctx, const struct exception *e)
{
	struct saved_regs *saved = ctx;

	if (e->exact && saved->nr < SAVED_FRAMES_MAX)
		saved->list[saved->nr++] =
			(struct saved_frame){ e->cpu, e->frame, e->regs[e->arch->ip] };
	return false;
}

void saved_regs_find(struct saved_regs *saved, const struct allocator *a)
{
	*saved = (struct saved_regs){ .nr = 0 };
	saved->size = arch_offsets(a->memory->target, saved->offsets);
	if (saved->size)
		exceptions_visit(a->memory, a->kernel, a->arena, frame_visit, saved);
}

const struct saved_frame *saved_regs_at(const struct saved_regs *saved, const struct arch *arch,
					uint64_t addr, const char **reg)
{
	for (size_t i = 0; i < saved->nr; i++) {
		uint64_t at = addr - saved->list[i].at;

		if (at >= saved->size)
			continue;
		for (unsigned int r = 0; r < arch->nr_general; r++)
			if (saved->offsets[r] == at) {
				*reg = arch->regs[r].name;
				return &saved->list[i];
			}
	}
	return NULL;
}
