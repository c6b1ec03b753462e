/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What objects are filled with: CONFIG_DEBUG_SLAB, and init_on_free. */
#include "model/slab/slab.h"

bool slab_want_init_on_free(struct model *m, uint64_t flags, bool ctor)
{
	const struct model_flags *f = m->era->flags;

	return m->init_on_free && !ctor && !(flags & (f->typesafe_by_rcu | f->poison));
}

static void poison(struct model *m, uint64_t s, uint64_t slot, uint8_t byte)
{
	uint64_t object = slot + slab_offset(m, s);
	uint32_t size = slab_user_size(m, s);

	model_fill(m, object, byte, size);
	model_fill(m, object + size - 1, SLAB_POISON_END, 1);
}

/* Where the red zone behind the object lies: before the last user, if there is one. */
static uint64_t redzone_2(struct model *m, uint64_t s, uint64_t slot)
{
	bool user = slab_flags_of(m, s) & m->era->flags->store_user;

	return slot + slab_stride(m, s) - (user ? 16 : 8);
}

static void redzones(struct model *m, uint64_t s, uint64_t slot, uint64_t value)
{
	if (!(slab_flags_of(m, s) & m->era->flags->red_zone))
		return;
	put64(m, slot + slab_offset(m, s) - 8, value);
	put64(m, redzone_2(m, s, slot), value);
}

static void last_user(struct model *m, uint64_t s, uint64_t slot, uint64_t caller)
{
	if (slab_flags_of(m, s) & m->era->flags->store_user)
		put64(m, slot + slab_stride(m, s) - 8, caller);
}

void debug_init_object(struct model *m, uint64_t s, uint64_t slot)
{
	if (!slab_has(m, DEBUG_SLAB))
		return;
	last_user(m, s, slot, 0);
	redzones(m, s, slot, SLAB_RED_INACTIVE);
	if (slab_flags_of(m, s) & m->era->flags->poison)
		poison(m, s, slot, SLAB_POISON_FREE);
}

void debug_fixup_hosts(struct model *m, uint64_t s, uint64_t hosts)
{
	while (hosts) {
		uint64_t next = get64(m, hosts);

		poison(m, s, hosts - slab_offset(m, s), SLAB_POISON_FREE);
		hosts = next;
	}
}

void debug_after_alloc(struct model *m, uint64_t s, uint64_t slot)
{
	if (!slab_has(m, DEBUG_SLAB))
		return;
	if (slab_flags_of(m, s) & m->era->flags->poison)
		poison(m, s, slot, SLAB_POISON_INUSE);
	last_user(m, s, slot, SLAB_TEXT_ALLOCATES + 0x10);
	redzones(m, s, slot, SLAB_RED_ACTIVE);
}

/* cache_free_debugcheck(), verify_redzone_free() */
static void redzones_check(struct model *m, uint64_t s, uint64_t slot)
{
	uint64_t a, b;

	if (!(slab_flags_of(m, s) & m->era->flags->red_zone))
		return;
	a = get64(m, slot + slab_offset(m, s) - 8);
	b = get64(m, redzone_2(m, s, slot));
	if (a == SLAB_RED_ACTIVE && b == SLAB_RED_ACTIVE)
		return;
	model_report(m, MODEL_REPORT_SLAB_ERROR, "slab error in verify_redzone_free(): %s",
		     a == SLAB_RED_INACTIVE && b == SLAB_RED_INACTIVE
			     ? "double free detected"
			     : "memory outside object was overwritten");
}

void debug_before_free(struct model *m, uint64_t s, uint64_t slot)
{
	bool ctor = get(m, s, cache_ctor) != 0;

	if (slab_has(m, DEBUG_SLAB)) {
		redzones_check(m, s, slot);
		redzones(m, s, slot, SLAB_RED_INACTIVE);
		last_user(m, s, slot, SLAB_TEXT_FREES + 0x10);
		if (slab_flags_of(m, s) & m->era->flags->poison)
			poison(m, s, slot, SLAB_POISON_FREE);
	}
	/* slab_want_init_on_free(): since 5.3. */
	if (slab_want_init_on_free(m, slab_flags_of(m, s), ctor))
		model_fill(m, slot + slab_offset(m, s), 0, slab_user_size(m, s));
}
