/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab_said.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/machine/journal.h"
#include "model/machine/machine.h"

static uint64_t now(struct model *m, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;

	return model_peek(m, addr, &value, size) ? value : 0;
}

static uint64_t before(struct model *m, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;

	return model_before(m, addr, &value, size) ? value : 0;
}

/* A word of which the finding does not say how long it is. */
static bool is_word(struct model *m, uint64_t addr, uint64_t value,
		    uint64_t (*word)(struct model *m, uint64_t addr, unsigned int size))
{
	for (unsigned int size = 8; size; size /= 2)
		if (word(m, addr, size) == value)
			return true;
	return false;
}

/* Operations change more than the word that is wrong, and some faults more than one. */
static bool is_one_store(enum slab_fault fault)
{
	switch (fault) {
	case SLAB_FAULT_DOUBLE_FREE:
	case SLAB_FAULT_WRONG_CACHE:
	case SLAB_FAULT_MGMT_FREED:
	case SLAB_FAULT_CACHE_ORPHAN:
	case SLAB_FAULT_LIST_WRONG:
	case SLAB_FAULT_SLAB_CUT_OUT:
	case SLAB_FAULT_HOST_WRONG:
	case SLAB_FAULT_HOST_TEXT:
		return false;
	default:
		return true;
	}
}

static bool is_contents(enum slab_fault fault)
{
	return fault == SLAB_FAULT_POISON || fault == SLAB_FAULT_INIT_ON_FREE ||
	       fault == SLAB_FAULT_REDZONE_LEFT || fault == SLAB_FAULT_REDZONE_RIGHT;
}

static bool word_holds(struct model *m, enum slab_fault fault, const struct finding *f, char *why,
		       size_t len)
{
	if (!(f->has & FINDING_HAS_SLOT) || !(f->has & FINDING_HAS_RAW))
		return true;
	if (!is_word(m, f->slot, f->raw, now)) {
		snprintf(why, len, "0x%" PRIx64 " does not hold 0x%" PRIx64, f->slot, f->raw);
		return false;
	}
	/* The word that was overwritten, and not another one that disagrees with it. */
	if (!(f->has & FINDING_HAS_EXPECTED) || !is_one_store(fault) ||
	    now(m, f->slot, 8) == before(m, f->slot, 8) || is_word(m, f->slot, f->expected, before))
		return true;
	snprintf(why, len, "0x%" PRIx64 " never held 0x%" PRIx64, f->slot, f->expected);
	return false;
}

/* An object is where its index says, by the words of its slab and cache as they are now. */
static bool object_holds(struct model *m, const struct finding *f, char *why, size_t len)
{
	uint64_t s_mem, size, offset = 0, object;

	if (!(f->has & FINDING_HAS_OBJECT) || !(f->has & FINDING_HAS_SLAB) || !f->cache ||
	    f->object_index < 0)
		return true;
	s_mem = now(m, AT(m, f->slab, slab_s_mem), 8);
	size = now(m, AT(m, f->cache, cache_stride), 4);
	if (has_member(m, cache_obj_offset))
		offset = now(m, AT(m, f->cache, cache_obj_offset), 4);
	object = s_mem + size * (uint64_t)f->object_index + offset;
	if (object == f->object)
		return true;
	snprintf(why, len, "object %" PRId64 " is at 0x%" PRIx64 " and not at 0x%" PRIx64,
		 (int64_t)f->object_index, object, f->object);
	return false;
}

static bool entry_holds(struct model *m, const struct finding *f, char *why, size_t len)
{
	uint64_t at = f->sheaf + m->shape.array_bytes + 8 * (uint64_t)f->entry;

	if (!(f->has & FINDING_HAS_ENTRY) || !(f->has & FINDING_HAS_SLOT) || at == f->slot)
		return true;
	snprintf(why, len, "entry %" PRIu64 " is at 0x%" PRIx64 " and not at 0x%" PRIx64,
		 (uint64_t)f->entry, at, f->slot);
	return false;
}

/* Of a fault that moves no object the states are those of before. */
static bool state_holds(const struct slab_census_cache *c, const struct slab_census_slab *s,
			int64_t index, enum object_state said)
{
	if (said == OBJECT_UNKNOWN)
		return true;
	if (index < 0 || index >= (int64_t)c->num)
		return said == OBJECT_NONE;
	return said == (s->where[index] ? OBJECT_FREE : OBJECT_ALLOCATED);
}

static bool neighbours_hold(const struct slab_census *census, const struct finding *f, char *why,
			    size_t len)
{
	struct slab_census_cache *c;
	struct slab_census_slab *s;

	if (!(f->has & FINDING_HAS_OBJECT) || f->object_index < 0)
		return true;
	s = slab_census_find(census, f->object, &c);
	if (!s || (state_holds(c, s, (int64_t)f->object_index - 1, f->left) &&
		   state_holds(c, s, (int64_t)f->object_index + 1, f->right)))
		return true;
	snprintf(why, len, "a neighbour of object %" PRId64 " is in another state",
		 (int64_t)f->object_index);
	return false;
}

bool slab_said_holds(struct model *m, const struct slab_census *census, enum slab_fault fault,
		     const struct finding *f, char *why, size_t len)
{
	return word_holds(m, fault, f, why, len) && object_holds(m, f, why, len) &&
	       entry_holds(m, f, why, len) &&
	       (!is_contents(fault) || neighbours_hold(census, f, why, len));
}
