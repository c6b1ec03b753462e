/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_FINDING_H
#define SLUBCHECK_CHECKER_SLAB_FINDING_H
/*
 * How rules make findings. For the rules_*.c only.
 */

#include "checker/slab/rules.h"

/* A finding about @rules->cache with everything else unset. */
static inline struct finding finding_new(const struct slab_rules *rules, enum finding_id id,
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

static inline void emit(const struct slab_rules *rules, struct finding *f,
			const struct slab_found *slab)
{
	rules->emit(rules->ctx, f, slab);
}

/* What an operation passes through is not corrupt. What is a note stays one. */
static inline void excuse(struct finding *f, const struct slab_rules *rules,
			  struct slab_breach_case c)
{
	const struct excuse *found;

	if (f->severity == SEVERITY_NOTE)
		return;
	c.layout = rules->layout;
	c.cache = rules->cache;
	found = slab_excuse_find(&c);
	if (!found)
		return;
	f->severity = SEVERITY_TRANSIENT;
	f->excuse = found;
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

static inline enum finding_place list_place(enum slab_list list)
{
	static const enum finding_place places[] = {
		[SLAB_PARTIAL] = PLACE_NODE_PARTIAL,
		[SLAB_FULL] = PLACE_NODE_FULL,
		[SLAB_FREE] = PLACE_NODE_FREE,
		[SLAB_ON_NONE] = PLACE_NO_LIST,
	};

	return places[list];
}

static inline struct finding slab_finding(const struct slab_rules *rules, enum finding_id id,
					  const struct slab_found *slab)
{
	struct finding f = finding_new(rules, id, list_place(slab->list));

	f.slab = slab->addr;
	f.slab_base = slab->base;
	f.has |= FINDING_HAS_SLAB;
	f.node = slab->node;
	return f;
}

/* An object of a slab, as its user sees it. */
static inline void set_object(struct finding *f, const struct slab_rules *rules,
			      const struct slab_found *slab, uint32_t index)
{
	f->object = slab_slot(rules->cache, slab, index) + rules->cache->obj_offset;
	f->object_index = (int32_t)index;
	f->has |= FINDING_HAS_OBJECT;
}

static inline void set_array(struct finding *f, const struct slab_array *a)
{
	f->sheaf = a->addr;
	f->cpu = a->cpu;
	f->node = a->node;
	f->has |= FINDING_HAS_SHEAF;
}

static inline enum finding_place array_place(const struct slab_array *a)
{
	static const enum finding_place places[] = {
		[SLAB_ARRAY_CPU] = PLACE_ARRAY_CPU,
		[SLAB_ARRAY_SHARED] = PLACE_ARRAY_SHARED,
		[SLAB_ARRAY_ALIEN] = PLACE_ARRAY_ALIEN,
	};

	return places[a->kind];
}

/* "the array of CPU 1" */
static inline const char *array_text(const struct slab_array *a, char *buf, size_t len)
{
	return finding_place_text(array_place(a), a->cpu, a->node, buf, len);
}

/* Memory that the dump lacks, or that no address leads to. */
static inline enum finding_id status_id(enum target_status status, enum finding_id otherwise)
{
	return status == TARGET_ABSENT ? FINDING_MEMORY_ABSENT : otherwise;
}

/* Whether the lock of the lists of the slab's node is held. */
static inline bool node_locked(const struct slab_rules *rules, int node)
{
	return node >= 0 && (unsigned int)node < rules->layout->nr_nodes && rules->nodes &&
	       rules->nodes[node].locked;
}

/* The address of a member of a slab's descriptor. */
static inline uint64_t slab_member(const struct slab_found *slab, struct target_member m)
{
	return slab->addr + m.offset;
}

#endif
