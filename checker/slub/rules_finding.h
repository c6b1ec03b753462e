/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_RULES_FINDING_H
#define SLUBCHECK_CHECKER_SLUB_RULES_FINDING_H
/*
 * How rules make findings. For the rules_*.c and judge.c only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/rules.h"
#include "decoders/slab.h"

/* A finding about @rules->cache with everything else unset. */
static inline struct finding finding_new(const struct rules *rules, enum finding_id id,
					 enum finding_place place)
{
	struct finding f = { .id = id, .severity = finding_info(id)->severity, .place = place };

	f.cpu = f.node = f.object_index = f.previous_index = -1;
	if (rules->cache) {
		f.cache = rules->cache->addr;
		f.cache_name = rules->cache->name;
	}
	return f;
}

static inline void emit(const struct rules *rules, struct finding *f, const struct slab_state *slab)
{
	rules->emit(rules->ctx, f, slab);
}

/* What an operation passes through is not corrupt. What is a note stays one. */
static inline void excuse(struct finding *f, const struct excuse *excuse)
{
	if (!excuse || f->severity == SEVERITY_NOTE)
		return;
	f->severity = SEVERITY_TRANSIENT;
	if (!f->excuse)
		f->excuse = excuse;
}

static inline void set_slot(struct finding *f, uint64_t slot, const char *name, uint64_t raw)
{
	f->slot = slot;
	f->slot_name = name;
	f->raw = raw;
	f->has |= FINDING_HAS_SLOT | FINDING_HAS_RAW;
}

static inline void set_expected(struct finding *f, uint64_t expected)
{
	f->expected = expected;
	f->has |= FINDING_HAS_EXPECTED;
}

/* What the finding rests on beside its slab. */
static inline void set_rest(struct finding *f, uint64_t addr, size_t size, uint64_t value)
{
	if (f->nr_rests < FINDING_RESTS_MAX)
		f->rests[f->nr_rests++] = (struct finding_rest){ addr, value, (uint32_t)size };
}

/* An object is in a sheaf as long as what leads to the sheaf, its size and the entry are as they are. */
static inline void rest_entry(struct finding *f, const struct layout *layout,
			      const struct sheaves *s, const struct sheaf_entry *e)
{
	const struct sheaf *sheaf = &s->sheaves[e->sheaf];
	const struct layout_sheaf *m = &layout->sheaf;
	bool listed = sheaf->role == SHEAF_FULL || sheaf->role == SHEAF_EMPTY;

	set_rest(f, sheaf->slot, 8, sheaf->addr + (listed ? m->list.offset : 0));
	set_rest(f, sheaf->addr + m->size.offset, m->size.size, sheaf->size);
	set_rest(f, sheaf->addr + m->objects + 8 * (uint64_t)e->entry, 8, e->object);
}

/* It holds only as long as the CPU is offline. */
static inline void rest_offline(struct finding *f, const struct kernel *kernel)
{
	const struct cpu_mask *masks[] = { &kernel->online_mask, &kernel->active_mask };

	for (unsigned int i = 0; i < 2 && f->cpu >= 0; i++)
		if (masks[i]->addr)
			set_rest(f, masks[i]->addr + (uint64_t)f->cpu / 64 * 8, 8,
				 masks[i]->words[f->cpu / 64]);
}

static inline void set_slab(struct finding *f, uint64_t page, uint64_t base)
{
	f->slab = page;
	f->slab_base = base;
	f->has |= FINDING_HAS_SLAB;
}

static inline enum finding_place role_place(enum slab_role role)
{
	static const enum finding_place places[] = {
		[ROLE_CPU] = PLACE_CPU_SLAB,
		[ROLE_CPU_PARTIAL] = PLACE_CPU_PARTIAL,
		[ROLE_NODE_PARTIAL] = PLACE_NODE_PARTIAL,
		[ROLE_NO_LIST] = PLACE_NO_LIST,
	};

	return places[role];
}

static inline struct finding slab_finding(const struct rules *rules, enum finding_id id,
					  const struct slab_state *slab)
{
	struct finding f = finding_new(rules, id, role_place(slab->role));

	set_slab(&f, slab->page, slab->base);
	f.cpu = slab->cpu;
	f.node = slab->node;
	return f;
}

/* The slot is the word of slab->counters. */
static inline void set_counters(struct finding *f, const struct rules *rules,
				const struct slab_state *slab)
{
	set_slot(f, slab->page + rules->layout->slab.counters.offset, "counters", slab->counters);
}

/* That word as it should be: what is not one of the fields stays. */
static inline void expect_counters(struct finding *f, const struct slab_state *slab,
				   uint16_t objects, uint16_t inuse, bool frozen)
{
	const struct slab_counters c = { .inuse = inuse, .objects = objects, .frozen = frozen };

	set_expected(f, slab_counters_replace(slab->counters, c));
}

/* Memory that the dump lacks, or that no address leads to. */
static inline enum finding_id status_id(enum target_status status, enum finding_id otherwise)
{
	return status == TARGET_ABSENT ? FINDING_MEMORY_ABSENT : otherwise;
}

/*
 * Whether slabs of this cache are frozen for one reason alone: where no CPU owns slabs, a slab that
 * failed a check of slub_debug is frozen and never used again (6.12, and backported to 6.1).
 */
static inline bool frozen_for_good(const struct rules *rules)
{
	const struct layout *layout = rules->layout;

	return !layout->has_cpu_slabs ||
	       (layout->debug_under_lock && cache_is_debug(rules->cache, layout));
}

/* What rules_contents() would report of a slab. */
struct contents_count {
	unsigned int damaged; /* findings of severity corrupt */
	bool free_objects; /* some are on no list and look as only free ones do */
};

/** contents_count() - Judge contents and report nothing. */
struct contents_count contents_count(const struct rules *rules, const struct slab_state *slab,
				     const struct node_state *node);

/** freelists_judge() - Judge the freelists of a slab that was walked. @node may be NULL. */
void freelists_judge(const struct rules *rules, const struct slab_state *slab,
		     const struct node_state *node);

#endif
