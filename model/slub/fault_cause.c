/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a diagnosis may say of a fault.
 *
 * A fault has causes that it really was: only they may be called certain. Beside them there are
 * some that memory cannot tell from it, and which are a right first answer, too.
 */
#include <string.h>

#include "model/slub/fault_plant.h"

#define REAL_MAX 3
#define FAIR_MAX 6

struct causes {
	const char *real[REAL_MAX], *fair[FAIR_MAX];
};

#define DAMAGED_WORD                                                          \
	{                                                                     \
		{ "metadata-write" },                                         \
		{                                                             \
			"wild-write", "use-after-free", "overflow", "unknown" \
		}                                                             \
	}
#define LOST_PLACE                                                \
	{                                                         \
		{ "lost-update" },                                \
		{                                                 \
			"metadata-write", "wild-write", "unknown" \
		}                                                 \
	}
#define STALE                            \
	{                                \
		{                        \
			"use-after-free" \
		}                        \
	}

static const struct causes table[MODEL_FAULT_COUNT] = {
	[MODEL_FAULT_WILD_UNREADABLE] = { { "wild-write" }, { "use-after-free", "unknown" } },
	[MODEL_FAULT_WILD_READABLE] = { { "encoded-store" } },
	[MODEL_FAULT_BYTE_ZEROED] = { { "short-store" }, { "use-after-free" } },
	[MODEL_FAULT_BIT_FLIP] = { { "bit-flip" } },
	[MODEL_FAULT_BIT_FLIP_LOW] = { { "bit-flip" } },
	[MODEL_FAULT_ASCII] = STALE,
	[MODEL_FAULT_USER_POINTER] = { { "wild-write", "use-after-free" }, { "unknown" } },
	[MODEL_FAULT_OTHER_SLAB] = { { "encoded-store" } },
	[MODEL_FAULT_OTHER_CACHE] = { { "encoded-store" }, { "wrong-cache-free" } },
	[MODEL_FAULT_MISALIGNED] = { { "encoded-store" }, { "inner-free" } },
	[MODEL_FAULT_SELF_LOOP] = { { "wild-write", "encoded-store" }, { "double-free" } },
	[MODEL_FAULT_ALLOCATED_LINKED] = { { "encoded-store" },
					   { "double-free", "use-after-free", "metadata-write",
					     "unknown" } },
	[MODEL_FAULT_CUT_SHORT] = { { "cut-chain", "encoded-store" } },
	[MODEL_FAULT_HEAD_WILD] = { { "metadata-write", "wild-write" },
				    { "use-after-free", "unknown" } },
	[MODEL_FAULT_HEAD_MISALIGNED] = { { "metadata-write" }, { "inner-free", "wild-write" } },
	[MODEL_FAULT_OVERFLOW_8] = { { "overflow" } },
	[MODEL_FAULT_OVERFLOW_64] = { { "overflow" } },
	[MODEL_FAULT_UAF_WRITE] = STALE,
	[MODEL_FAULT_DOUBLE_FREE] = { { "double-free" } },
	[MODEL_FAULT_TWO_LISTS] = { { "double-free" } },
	[MODEL_FAULT_WRONG_CACHE_FREE] = { { "wrong-cache-free" } },
	[MODEL_FAULT_WRONG_CACHE_FREE_NATURAL] = { { "wrong-cache-free" } },
	[MODEL_FAULT_INUSE] = DAMAGED_WORD,
	[MODEL_FAULT_INUSE_HIGH] = DAMAGED_WORD,
	[MODEL_FAULT_OBJECTS] = DAMAGED_WORD,
	[MODEL_FAULT_FROZEN] = { { "bit-flip", "metadata-write" }, { "lost-update" } },
	[MODEL_FAULT_PARTIAL_FLAG] = { { "bit-flip", "metadata-write" }, { "lost-update" } },
	[MODEL_FAULT_SLAB_CACHE] = DAMAGED_WORD,
	[MODEL_FAULT_SLAB_CACHE_GARBAGE] = DAMAGED_WORD,
	[MODEL_FAULT_NR_PARTIAL] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_NODE_SLABS] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_NODE_OBJECTS] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_LOST_SLAB] = LOST_PLACE,
	/* One of the two is wrong: the flags of the page, or the list. */
	[MODEL_FAULT_SLAB_NODE] = LOST_PLACE,
	[MODEL_FAULT_SLAB_FREED] = DAMAGED_WORD,
	/* That the object was not handed out nobody can see. */
	[MODEL_FAULT_OWNER_LEFT] = { { "metadata-write", "double-free" } },
	[MODEL_FAULT_FULL_ON_PARTIAL] = LOST_PLACE,
	[MODEL_FAULT_TWO_PLACES] = LOST_PLACE,
	[MODEL_FAULT_LIST_NEXT] = DAMAGED_WORD,
	[MODEL_FAULT_LIST_PREV] = DAMAGED_WORD,
	[MODEL_FAULT_CPU_PARTIAL_NEXT] = DAMAGED_WORD,
	[MODEL_FAULT_CPU_PARTIAL_COUNT] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_TID] = DAMAGED_WORD,
	[MODEL_FAULT_CPU_STRAY] = DAMAGED_WORD,
	[MODEL_FAULT_CPU_SLAB_PAGE] = DAMAGED_WORD,
	[MODEL_FAULT_OFFLINE_LEFTOVER] = LOST_PLACE,
	[MODEL_FAULT_CACHE_RANDOM] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_NAME] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_ORPHAN] = { { "use-after-free" }, { "metadata-write", "unknown" } },
	[MODEL_FAULT_CACHE_SIZE] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_SIZE_HUGE] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_NODE] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_CPU_SLAB] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_CPU_SHEAVES] = DAMAGED_WORD,
	[MODEL_FAULT_CACHE_LIST] = DAMAGED_WORD,
	/* The places are those of a double free; that it was a store nobody can see. */
	[MODEL_FAULT_SHEAF_TWICE] = { { "metadata-write", "double-free" } },
	[MODEL_FAULT_SHEAF_TWO] = { { "metadata-write", "double-free" } },
	[MODEL_FAULT_SHEAF_FREE] = { { "metadata-write", "double-free" } },
	[MODEL_FAULT_SHEAF_DOUBLE_FREE] = { { "double-free" } },
	[MODEL_FAULT_SHEAF_IN_USE] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_FOREIGN] = { { "metadata-write" },
					{ "wrong-cache-free", "wild-write", "unknown" } },
	[MODEL_FAULT_SHEAF_INSIDE] = { { "metadata-write", "inner-free" },
				       { "wild-write", "unknown" } },
	[MODEL_FAULT_SHEAF_NULL] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_GARBAGE] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_BIT_FLIP] = { { "bit-flip", "metadata-write" } },
	[MODEL_FAULT_SHEAF_SIZE] = DAMAGED_WORD,
	/* What the entries say that count now is what they said when they did. */
	[MODEL_FAULT_SHEAF_SIZE_WITHIN] = { { "metadata-write" }, { "double-free", "unknown" } },
	[MODEL_FAULT_SHEAF_CACHE] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_CACHE_GARBAGE] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_POINTER] = DAMAGED_WORD,
	[MODEL_FAULT_SHEAF_SHARED] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_BARN_POINTER] = DAMAGED_WORD,
	[MODEL_FAULT_BARN_NR_FULL] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_BARN_NR_EMPTY] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_BARN_NEXT] = DAMAGED_WORD,
	[MODEL_FAULT_BARN_PREV] = DAMAGED_WORD,
	[MODEL_FAULT_BARN_FULL_IS_EMPTY] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_BARN_EMPTY_IS_FULL] = { { "metadata-write" }, { "lost-update", "unknown" } },
	[MODEL_FAULT_REDZONE_RIGHT] = { { "overflow" } },
	[MODEL_FAULT_REDZONE_RIGHT_FAR] = { { "wild-write" }, { "overflow", "use-after-free" } },
	/* Any bytes before the object: the end of the object before it, or an index below 0. */
	[MODEL_FAULT_REDZONE_LEFT] = { { "wild-write" }, { "overflow" } },
	[MODEL_FAULT_REDZONE_KMALLOC] = { { "overflow" } },
	[MODEL_FAULT_POISON] = STALE,
	[MODEL_FAULT_PADDING_OBJECT] = { { "wild-write" }, { "overflow", "use-after-free" } },
	[MODEL_FAULT_PADDING_SLAB] = { { "wild-write" }, { "overflow" } },
	[MODEL_FAULT_TRACK] = DAMAGED_WORD,
	[MODEL_FAULT_INIT_ON_FREE] = STALE,
	[MODEL_FAULT_SHORT_STORE] = { { "short-store" }, { "use-after-free" } },
	[MODEL_FAULT_BIT_OBJECT] = { { "bit-flip" } },
	[MODEL_FAULT_BIT_HEAD] = { { "bit-flip", "metadata-write" } },
	[MODEL_FAULT_COUNTER] = STALE,
	[MODEL_FAULT_REFCOUNT_SATURATED] = STALE,
	[MODEL_FAULT_FLAG] = STALE,
	[MODEL_FAULT_UNLOCK] = STALE,
	[MODEL_FAULT_LIST_DEL_BESIDE] = STALE,
	[MODEL_FAULT_LIST_POISON] = STALE,
	[MODEL_FAULT_LIST_SELF] = STALE,
	[MODEL_FAULT_RCU_HEAD] = STALE,
	[MODEL_FAULT_JIFFIES] = STALE,
	[MODEL_FAULT_ERR_PTR] = STALE,
	[MODEL_FAULT_TEXT] = STALE,
	[MODEL_FAULT_MEMSET_OBJECT] = STALE,
	[MODEL_FAULT_OVERFLOW_SLOT] = { { "overflow" } },
	[MODEL_FAULT_PAGE_OVERWRITE] = { { "page-overwrite" } },
	[MODEL_FAULT_INNER_FREE] = { { "inner-free" } },
	[MODEL_FAULT_FREE_IN_A_ROW] = { { "double-free" } },
	[MODEL_FAULT_FREE_REFUSED] = { { "double-free" } },
	[MODEL_FAULT_FREE_ON_CPU] = { { "double-free" } },
	[MODEL_FAULT_HANDED_OUT_TWICE] = { { "double-free" } },
	[MODEL_FAULT_FLUSHED_TWICE] = { { "double-free" } },
};

static void add(struct model_truth *t, const char *id)
{
	for (unsigned int i = 0; i < MODEL_TRUTH_CAUSES; i++) {
		if (t->causes[i] && strcmp(t->causes[i], id))
			continue;
		t->causes[i] = id;
		return;
	}
}

static bool is_one_bit(uint64_t word)
{
	return word && !(word & (word - 1));
}

/* Bytes that differ, from the first to the last. */
static unsigned int bytes_between(uint64_t difference)
{
	unsigned int first = (unsigned int)__builtin_ctzll(difference) / 8;
	unsigned int last = 7 - (unsigned int)__builtin_clzll(difference) / 8;

	return last - first + 1;
}

/* A link that was stored to: what else leaves just this word. */
static void link_causes(struct planting *p)
{
	struct model_truth *t = p->truth;
	const struct census_cache *s = census_cache(p->census, t->cache);
	const struct census_slab *slab = census_slab_at(p->census, t->slab);
	uint64_t difference = t->before ^ t->now, next;
	bool is_link = s && slab && t->width == 8 && t->written >= slab->base;
	int index;

	if (!difference || !is_link)
		return;
	if (is_one_bit(difference))
		add(t, "bit-flip");
	if (bytes_between(difference) <= 4)
		add(t, "short-store");
	next = census_link(p->census, s, t->written, t->now);
	/* It is what a free stores, whoever stored it. */
	if (!next)
		add(t, "cut-chain");
	else if (lead_of(p, s, slab, next, &index) == LEAD_OBJECT)
		add(t, "double-free");
}

/* A store over less than all of a word: who does that is anybody, but what it is, is known. */
static bool is_stale_writer(const struct model_truth *t)
{
	return t->nr_real == 1 && !strcmp(t->causes[0], "use-after-free");
}

/* A flipped bit is what somebody leaves who sets a flag, or counts. */
static bool is_flip(const struct model_truth *t)
{
	return t->nr_real && !strcmp(t->causes[0], "bit-flip");
}

/* Bytes whose contents the allocator knows: who wrote them may have had a free object, too. */
static void bytes_causes(struct planting *p)
{
	struct model_truth *t = p->truth;
	const struct census_slab *slab = census_slab_at(p->census, t->slab);

	if (p->fault < MODEL_FAULT_REDZONE_RIGHT || p->fault > MODEL_FAULT_INIT_ON_FREE || !slab)
		return;
	if (t->width == 1 && is_one_bit(t->before ^ t->now))
		add(t, "bit-flip");
	if (t->object_index >= 0 && slab->on[t->object_index])
		add(t, "use-after-free");
}

void fault_causes(struct planting *p)
{
	const struct causes *causes = &table[p->fault];
	struct model_truth *t = p->truth;

	for (unsigned int i = 0; i < REAL_MAX && causes->real[i]; i++, t->nr_real++)
		add(t, causes->real[i]);
	for (unsigned int i = 0; i < FAIR_MAX && causes->fair[i]; i++)
		add(t, causes->fair[i]);
	if (is_flip(t))
		add(t, "use-after-free");
	link_causes(p);
	bytes_causes(p);
	/* Where links are plain, what a stale owner stores that is an address is as well encoded, and
	 * a link that was stored is what a stale owner stores. */
	if (p->m->encoding != FREEPTR_PLAIN)
		return;
	if (is_stale_writer(t)) {
		add(t, "encoded-store");
	} else if (t->nr_real && !strcmp(t->causes[0], "encoded-store")) {
		add(t, "use-after-free");
		add(t, "wild-write");
	}
}
