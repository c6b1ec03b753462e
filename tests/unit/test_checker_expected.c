/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The word that a finding expects is the word that was there: in each era, of each kind of word that
 * rules know the right value of.
 */
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))

/* A word of the heap and what damages it. */
struct word {
	const char *id; /* the finding that has to expect what was there; NULL: not in this era */
	uint64_t slot;
	unsigned int size; /* bytes */
	uint64_t flip; /* bits that change */
	bool scan;
};

#define COUNTERS_FROZEN (UINT64_C(1) << 31)
#define COUNTERS_OBJECTS (UINT64_C(3) << 16)
#define COUNTERS_INUSE UINT64_C(0x80)

static struct word counters_word(const struct image_slab *slab, const char *id, uint64_t flip)
{
	return (struct word){ id, image_slab_field(slab, "counters"), 8, flip, false };
}

static struct word slab_word_of(const struct image_slab *slab, const char *member, const char *id,
				uint64_t flip)
{
	return (struct word){ id, image_slab_field(slab, member), 8, flip, false };
}

static struct word node_word(const struct image_cache *c, const char *member, const char *id,
			     uint64_t flip)
{
	uint64_t slot = image_field(c->image, c->node[0], "kmem_cache_node", member);

	return (struct word){ id, slot, 8, flip, true };
}

/* Words of CPUs, which later eras do not have. */
static unsigned int cpu_words(const struct world *w, struct word *words)
{
	unsigned int nr = 0;

	if (!image_has_cpu_slabs(w->image))
		return 0;
	words[nr++] = counters_word(w->cpu0, "slab-frozen", COUNTERS_FROZEN);
	words[nr++] = counters_word(w->cpu0, "slab-objects", COUNTERS_OBJECTS);
	words[nr++] = counters_word(w->cpu0, "slab-inuse", COUNTERS_INUSE);
	words[nr++] = counters_word(w->chain[1], "slab-frozen", COUNTERS_FROZEN);
	words[nr++] = counters_word(w->chain[1], "slab-objects", COUNTERS_OBJECTS);
	words[nr] = slab_word_of(w->chain[1], "slabs", "cpu-partial-count", 4);
	words[nr++].size = 4;
	return nr;
}

static unsigned int sheaf_words(const struct world *w, struct word *words)
{
	unsigned int nr = 0;
	uint64_t barn = w->alpha->barn[0];

	if (!image_has_sheaves(w->image))
		return 0;
	words[nr++] =
		(struct word){ "barn-count", image_field(w->image, barn, "node_barn", "nr_full"), 4,
			       4, false };
	words[nr++] =
		(struct word){ "sheaf-cache",
			       image_field(w->image, w->barn0[0]->addr, "slab_sheaf", "cache"), 8,
			       0x100, false };
	return nr;
}

static unsigned int words_of(const struct world *w, struct word *words)
{
	unsigned int nr = 0;
	uint64_t list = image_field(w->image, w->beta->addr, "kmem_cache", "list");

	words[nr++] = counters_word(w->node0[1], "slab-frozen", COUNTERS_FROZEN);
	words[nr++] = counters_word(w->node0[1], "slab-objects", COUNTERS_OBJECTS);
	words[nr++] = counters_word(w->node0[1], "slab-inuse", COUNTERS_INUSE);
	words[nr++] = counters_word(w->big_node, "slab-objects", COUNTERS_OBJECTS);
	words[nr++] = slab_word_of(w->node0[1], "slab_cache", "slab-cache", 0x40);
	words[nr] = slab_word_of(w->node0[1], "slab_list", "partial-link", 0x1000000000);
	words[nr++].slot += 8;
	words[nr++] = node_word(w->alpha, "nr_partial", "partial-count", 8);
	words[nr++] = (struct word){ "cache-list-link", list + 8, 8, 0x10000000000, false };
	if (w->image->era >= ERA_6_12)
		words[nr++] =
			(struct word){ "slab-partial-flag",
				       image_field(w->image, w->node0[1]->page, "page", "flags"), 8,
				       1 << 9, false };
	nr += cpu_words(w, words + nr);
	return nr + sheaf_words(w, words + nr);
}

static uint64_t slab_page_of(const struct image *image, const struct word *word)
{
	uint64_t page = word->slot & ~UINT64_C(63);

	return page >= IMAGE_MEMMAP && page - IMAGE_MEMMAP < image->target.nr_pages * 64 ? page : 0;
}

static void word_damage(struct image *image, const struct word *word)
{
	uint64_t good = image_get(image, word->slot, word->size);
	uint64_t page = slab_page_of(image, word);
	struct run *run;

	image_put(image, word->slot, good ^ word->flip, word->size);
	run = run_check(image, (struct run_options){ .scan = word->scan });
	if (page)
		run_expect(run, "id=%s slab=0x%llx slot=0x%llx raw=0x%llx expected=0x%llx",
			   word->id, H(page), H(word->slot), H(good ^ word->flip), H(good));
	else
		run_expect(run, "id=%s slot=0x%llx raw=0x%llx expected=0x%llx", word->id,
			   H(word->slot), H(good ^ word->flip), H(good));
	run_free(run);
	image_put(image, word->slot, good, word->size);
}

EACH_ERA(expected_is_truth)
{
	struct world *w = world_new((enum image_era)turn);
	struct word words[32];
	unsigned int nr = words_of(w, words);

	ck_assert_uint_le(nr, (unsigned int)UNIT_COUNT(words));
	for (unsigned int i = 0; i < nr; i++)
		word_damage(w->image, &words[i]);
	world_free(w);
}

/* A machine of one node, with three slabs of the cache. */
static struct image_cache *one_node(enum image_era era, struct image_slab *slabs[3])
{
	struct image *image = image_new(era);
	struct image_cache *c;

	image->nr_nodes = 1;
	c = image_cache(image, (struct image_spec){ .name = "only", .size = 64 });
	for (int i = 0; i < 2; i++)
		slabs[i] = image_slab(c, ON_NODE_PARTIAL, 0, LIST(4, 6, 8), NULL);
	slabs[2] = image_slab(c, ON_NO_LIST, 0, NONE, NULL);
	image_seal(image);
	return c;
}

/* What a node counts is the word of one node only where there is one. */
EACH_ERA(node_counters)
{
	struct image_slab *slabs[3];
	struct image_cache *c = one_node((enum image_era)turn, slabs);
	const struct word words[] = {
		node_word(c, "nr_slabs", "node-slabs", 0x80),
		node_word(c, "total_objects", "node-objects", 0x8000),
		node_word(c, "total_objects", "node-objects", 0x4000),
	};

	for (int i = 0; i < UNIT_COUNT(words); i++)
		word_damage(c->image, &words[i]);
	image_free(c->image);
}

/* A full slab whose page lost its mark: both counters know of it, so neither is to be "corrected". */
EACH_ERA(node_counters_are_right)
{
	struct image_slab *slabs[3];
	struct image_cache *c = one_node((enum image_era)turn, slabs);
	const char *severity = turn == ERA_3_13 ? "transient" : "corrupt";
	struct run *run;

	image_mark_slab(c->image, slabs[2]->page, false);
	run = run_check(c->image, (struct run_options){ .scan = true });
	/* Up to 4.1 a new slab is counted before it can be seen. */
	run_expect(run, "id=node-slabs severity=%s raw=0x3 expected=-", severity);
	run_expect(run, "id=node-objects severity=%s raw=0xc0 expected=-", severity);
	run_nothing_else(run, "corrupt");
	run_free(run);
	/* One on the list: the page is told of, and nothing else is wrong. */
	image_mark_slab(c->image, slabs[2]->page, true);
	image_mark_slab(c->image, slabs[0]->page, false);
	run = run_check(c->image, (struct run_options){ .scan = true });
	run_expect(run, "id=slab-page severity=corrupt slab=0x%llx", H(slabs[0]->page));
	run_nothing_else(run, "corrupt");
	run_free(run);
	image_free(c->image);
}

Suite *suite_checker_expected(void)
{
	Suite *suite = suite_create("checker_expected");
	TCase *tcase = tcase_create("expected");

	tcase_add_test(tcase, expected_is_truth);
	tcase_add_test(tcase, node_counters);
	tcase_add_test(tcase, node_counters_are_right);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
