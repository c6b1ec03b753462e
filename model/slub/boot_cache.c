/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What boot creates caches with, before there is anything to create them by. */
#include "model/slub/cache.h"

/* SLAB had states of its own in between, until it went in 6.8. */
static int state_up(const struct model *m)
{
	if (has(m, FLAG_ENUM))
		return 2;
	return has(m, COMPOUND_HEAD) ? 3 : 4;
}

static void rcu_call(struct model *m, uint64_t func, uint64_t head)
{
	if (func == kernel_symbol(m, "rcu_free_slab"))
		rcu_free_slab(m, head);
	else
		rcu_free_sheaf(m, head);
}

void rcu_init(struct model *m)
{
	m->rcu_call = rcu_call;
}

void set_slab_state(struct model *m, int state)
{
	uint64_t variable = kernel_symbol(m, "slab_state");

	m->slab_state = state;
	if (state >= SLAB_UP)
		state += state_up(m) - SLAB_UP;
	put32(m, variable, (uint32_t)state);
}

/* Powers of two are aligned to their size: all of them since 5.4 (59bb47985c1d), since 6.11 those
 * of kmalloc(), and other sizes of it to their largest power of two. */
static uint32_t boot_align(const struct model *m, uint64_t flags, uint32_t size)
{
	uint32_t align = 8, divisor = size & -size;

	if (!has(m, KMALLOC_ALIGNED))
		return align;
	if (has(m, FREEPTR_OFFSET) ? !(flags & m->era->flags->kmalloc) : divisor != size)
		return align;
	return divisor > align ? divisor : align;
}

void create_boot_cache(struct model *m, uint64_t s, uint64_t name, uint32_t size, uint64_t flags,
		       uint32_t usersize)
{
	struct cache_spec spec = {
		.name = name,
		.object_size = size,
		.align = calculate_alignment(m, flags, boot_align(m, flags, size), size),
		.flags = flags,
		.usersize = usersize,
	};
	bool done;

	if (has(m, MEMCG_CLONES))
		memcg_init_params(m, s);
	done = cache_open(m, s, &spec);
	BUG_IF(m, !done);
	cache_set_refcount(m, s, -1);
}
