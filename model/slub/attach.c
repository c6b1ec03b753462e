/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model in the memory of a dump: the same functions go on from the state that the kernel died
 * in. What era it is of is found out by what its types have.
 */
#include <stdlib.h>

#include "model/slub/cache.h"

static bool target_has(struct target *t, const char *type, const char *member)
{
	struct target_member m;

	return t->ops->member(t, type, member, &m);
}

static bool target_has_type(struct target *t, const char *type)
{
	size_t size;

	return t->ops->type_size(t, type, &size);
}

static bool target_has_enumerator(struct target *t, const char *name)
{
	int64_t value;

	return t->ops->enumerator(t, name, &value);
}

/* What structures tell of themselves. */
static model_features features_of_layout(const struct model_shape *s, struct target *t)
{
	bool cpu_slab = s->cpu_freelist.size != 0;
	model_features f = 0;

	if (target_has(t, "slab", "slab_cache"))
		f |= MODEL_HAS(STRUCT_SLAB);
	if (s->page_order.size == 0 && s->folio_order.size == 0 && s->folio_flags_1.size == 0)
		f |= MODEL_HAS(ORDER_IN_LRU);
	if (s->folio_order.size)
		f |= MODEL_HAS(ORDER_IN_FOLIO);
	else if (s->folio_flags_1.size)
		f |= MODEL_HAS(ORDER_IN_FLAGS_1);
	if (!target_has(t, "page", "first_page"))
		f |= MODEL_HAS(COMPOUND_HEAD);
	if (target_has_enumerator(t, "PGTY_slab"))
		f |= MODEL_HAS(PAGE_TYPE);
	if (target_has_enumerator(t, "_SLAB_RED_ZONE"))
		f |= MODEL_HAS(FLAG_ENUM);
	f |= s->cache_red_left_pad.size ? MODEL_HAS(RED_LEFT_PAD) : 0;
	f |= s->cache_random_seq.size ? MODEL_HAS(RANDOM_SEQ) : 0;
	f |= s->cache_random.size ? MODEL_HAS(HARDENED) : 0;
	f |= cpu_slab ? MODEL_HAS(CPU_SLAB) : 0;
	f |= cpu_slab && s->cpu_partial.size ? MODEL_HAS(CPU_PARTIAL) : 0;
	f |= s->cache_cpu_partial_slabs.size ? MODEL_HAS(PARTIAL_SLABS) : 0;
	f |= s->cache_cpu_sheaves.size ? MODEL_HAS(SHEAVES) : 0;
	f |= s->cache_cpu_sheaves.size && !cpu_slab ? MODEL_HAS(SHEAVES_ALL) : 0;
	f |= target_has_type(t, "kmem_cache_per_node_ptrs") ? MODEL_HAS(PER_NODE) : 0;
	f |= s->track_handle.size ? MODEL_HAS(TRACK_HANDLE) : 0;
	f |= s->cache_cpu_sheaves.size && !cpu_slab && f & MODEL_HAS(PER_NODE)
		     ? MODEL_HAS(LAZY_LIST)
		     : 0;
	return f;
}

/*
 * What the allocator does, told by a relative of the change. Each is the presence test of the
 * checker's own layout, or one that the release came with.
 */
static model_features features_of_behaviour(struct target *t, model_features f)
{
	model_features g = 0;
	uint64_t symbol;

	/* kmem_cache.max went in 5.19, and nothing tells that from the debug path of 6.1. */
	if (f & MODEL_HAS(STRUCT_SLAB) && !target_has(t, "kmem_cache", "max"))
		g |= MODEL_HAS(DEBUG_UNDER_LOCK) | MODEL_HAS(NEW_UNFROZEN);
	if (target_has(t, "partial_context", "object") || !(f & MODEL_HAS(CPU_SLAB)))
		g |= MODEL_HAS(UNFROZEN_PARTIAL);
	if (f & MODEL_HAS(STRUCT_SLAB) || target_has_type(t, "slub_flush_work"))
		g |= MODEL_HAS(CLEARS_FIRST);
	if (f & MODEL_HAS(STRUCT_SLAB) || target_has(t, "kmem_cache", "reciprocal_size"))
		g |= MODEL_HAS(SLOT_MIDDLE) | MODEL_HAS(TID_ON_DEACTIVATE) | MODEL_HAS(ZERO_0X100);
	if (!(g & MODEL_HAS(CLEARS_FIRST)))
		g |= MODEL_HAS(DRAIN_ONE_BY_ONE);
	if (f & MODEL_HAS(PAGE_TYPE))
		g |= MODEL_HAS(FROZEN_IS_BAD);
	if (!(f & MODEL_HAS(COMPOUND_HEAD)))
		g |= MODEL_HAS(TICKET_LOCKS) | MODEL_HAS(FREE_ABOVE_MIN);
	if (t->ops->symbol(t, "slab_nodes", &symbol))
		g |= MODEL_HAS(SLOT_MIDDLE);
	return g;
}

/* What the functions above look for: in everything else a dump would differ from all rows. */
#define FOUND                                                                                  \
	(MODEL_HAS(STRUCT_SLAB) | MODEL_HAS(ORDER_IN_LRU) | MODEL_HAS(ORDER_IN_FOLIO) |        \
	 MODEL_HAS(ORDER_IN_FLAGS_1) | MODEL_HAS(COMPOUND_HEAD) | MODEL_HAS(PAGE_TYPE) |       \
	 MODEL_HAS(FLAG_ENUM) | MODEL_HAS(RED_LEFT_PAD) | MODEL_HAS(RANDOM_SEQ) |              \
	 MODEL_HAS(HARDENED) | MODEL_HAS(CPU_SLAB) | MODEL_HAS(CPU_PARTIAL) |                  \
	 MODEL_HAS(PARTIAL_SLABS) | MODEL_HAS(SHEAVES) | MODEL_HAS(SHEAVES_ALL) |              \
	 MODEL_HAS(PER_NODE) | MODEL_HAS(TRACK_HANDLE) | MODEL_HAS(LAZY_LIST) |                \
	 MODEL_HAS(DEBUG_UNDER_LOCK) | MODEL_HAS(NEW_UNFROZEN) | MODEL_HAS(UNFROZEN_PARTIAL) | \
	 MODEL_HAS(CLEARS_FIRST) | MODEL_HAS(SLOT_MIDDLE) | MODEL_HAS(TID_ON_DEACTIVATE) |     \
	 MODEL_HAS(ZERO_0X100) | MODEL_HAS(DRAIN_ONE_BY_ONE) | MODEL_HAS(TICKET_LOCKS) |       \
	 MODEL_HAS(FREE_ABOVE_MIN))

/* The row of the table that is most like it, for the values of its flags. */
static const struct era *era_nearest(model_features features)
{
	const struct era *best = model_era(0);
	int least = 65;

	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct era *era = model_era((enum model_era)i);
		int differ = __builtin_popcountll((era->features ^ features) & FOUND);

		if (differ < least) {
			least = differ;
			best = era;
		}
	}
	return best;
}

static bool word_read(struct model *m, const char *symbol, unsigned int size, uint64_t *value)
{
	uint64_t addr;

	*value = 0;
	return m->under->ops->symbol(m->under, symbol, &addr) && model_peek(m, addr, value, size);
}

static const char *cpus_read(struct model *m)
{
	uint64_t nr, offsets, home;
	uint32_t node;

	/* With CONFIG_FORCE_NR_CPUS (6.1) it is a constant, which no type tells. */
	if (!word_read(m, "nr_cpu_ids", 4, &nr) &&
	    m->under->ops->symbol(m->under, "__per_cpu_offset", &offsets))
		return "nr_cpu_ids";
	m->nr_cpus = nr ? (unsigned int)nr : 1;
	m->nr_nodes = word_read(m, "nr_node_ids", 4, &nr) ? (unsigned int)nr : 1;
	if (m->nr_cpus > MODEL_CPUS_MAX)
		m->nr_cpus = MODEL_CPUS_MAX;
	if (!m->under->ops->symbol(m->under, "__per_cpu_offset", &offsets))
		return m->nr_cpus == 1 ? NULL : "__per_cpu_offset";
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		if (!model_peek(m, offsets + 8 * i, &m->cpu_offset[i], 8))
			return "__per_cpu_offset";
		/* numa_node_id(); a per-CPU variable since 2.6.35 (7281201922a0). */
		if (m->nr_nodes > 1 && m->under->ops->symbol(m->under, "numa_node", &home) &&
		    model_peek(m, m->cpu_offset[i] + home, &node, 4) && node < m->nr_nodes)
			m->cpu_home[i] = node;
	}
	return NULL;
}

/* The target's answers about addresses are the model's. */
static bool under_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->page_to_virt(under, page, virt);
}

static bool under_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->virt_to_page(under, virt, page);
}

static bool under_symbol(struct target *t, const char *name, uint64_t *value)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->symbol(under, name, value);
}

static const struct target_ops under_ops = {
	.page_to_virt = under_page_to_virt,
	.virt_to_page = under_virt_to_page,
	.symbol = under_symbol,
};

struct model *model_attach(struct target *target, enum freeptr_encoding encoding, uint64_t tid_step,
			   const char **error)
{
	struct model *m = calloc(1, sizeof(*m));

	*error = "out of memory";
	if (!m)
		return NULL;
	m->under = target;
	m->target = *target;
	m->target.ops = &under_ops;
	m->encoding = encoding;
	m->tid_step = tid_step ? tid_step : 1;
	m->fail_order = -1;
	m->slab_state = SLAB_UP;
	rcu_init(m);
	m->overlay_room = OVERLAY_ROOM;
	m->overlay = calloc(OVERLAY_ROOM, sizeof(*m->overlay));
	if (m->overlay)
		*error = model_shape_init(&m->shape, target);
	if (!*error) {
		m->features = features_of_layout(&m->shape, target);
		m->features |= features_of_behaviour(target, m->features);
		m->era = era_nearest(m->features);
		*error = cpus_read(m);
	}
	if (!*error)
		return m;
	model_free(m);
	return NULL;
}
