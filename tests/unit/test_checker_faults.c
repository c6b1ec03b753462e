/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One planted fault, one finding: every id of the checker, with its evidence, and no other damage
 * reported beside it.
 *
 * Unless a test says otherwise it runs in each era without and with a scan of the memmap.
 */
#include <string.h>

#include "decoders/freeptr.h"
#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)((i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define H(value) ((unsigned long long)(value))

/* An address of the vmalloc area where nothing is, and one that no 64-bit machine has. */
#define NOWHERE UINT64_C(0xffffc90123456780)
#define NONSENSE UINT64_C(0x4141deadbeef4141)

static struct run *judge(struct world *w, bool scan)
{
	return run_check(w->image, (struct run_options){ .scan = scan });
}

/* The planted fault has been met; there must be no other. */
static void done(struct world *w, struct run *run)
{
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	world_free(w);
}

static uint64_t cache_field(const struct image_cache *c, const char *member)
{
	return image_field(c->image, c->addr, "kmem_cache", member);
}

static uint64_t node_field(const struct image_cache *c, int node, const char *member)
{
	return image_field(c->image, c->node[node], "kmem_cache_node", member);
}

/* slab_caches */

EACH_ERA_AND_SCAN(cache_list_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = cache_field(w->alpha, "list");
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cache-list-link severity=corrupt place=cache cache_address=0x%llx "
		   "slot=0x%llx slot_name=list.next raw=0x%llx",
		   H(w->alpha->addr), H(slot), H(NOWHERE));
	/* What lies behind the break is reached from the other end. */
	run_expect_type(run, "summary", "caches_checked=%u", w->image->nr_caches);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

EACH_ERA_AND_SCAN(cache_list_back_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = cache_field(w->beta, "list") + 8;
	uint64_t raw = cache_field(w->gamma, "list");
	struct run *run;

	image_set(w->image, slot, raw);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cache-list-link cache_address=0x%llx slot=0x%llx slot_name=list.prev "
		   "raw=0x%llx expected=0x%llx",
		   H(w->beta->addr), H(slot), H(raw), H(cache_field(w->alpha, "list")));
	run_expect_type(run, "summary", "caches_checked=%u verdict=corrupt", w->image->nr_caches);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* A kmem_cache that straddles the edge of what is mapped, so that its list entry can be read. */
EACH_ERA_AND_SCAN(cache_unreadable)
{
	struct world *w = world_new(ERA(turn));
	uint64_t list = image_field(w->image, 0, "kmem_cache", "list");
	uint64_t cache = IMAGE_VMALLOC + 2 * IMAGE_PAGE - (list & ~UINT64_C(15));
	uint64_t last = image_word(w->image, w->image->slab_caches + 8);
	struct run *run;

	image_set(w->image, last, cache + list);
	image_set(w->image, cache + list, w->image->slab_caches);
	image_set(w->image, cache + list + 8, last);
	image_set(w->image, w->image->slab_caches + 8, cache + list);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=cache-unreadable severity=corrupt place=cache cache_address=0x%llx",
		   H(cache));
	done(w, run);
}

/* struct kmem_cache */

EACH_ERA_AND_SCAN(cache_name)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = cache_field(w->alpha, "name");
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cache-name severity=corrupt place=cache cache_address=0x%llx "
		   "slot=0x%llx slot_name=name raw=0x%llx",
		   H(w->alpha->addr), H(slot), H(NOWHERE));
	done(w, run);
}

EACH_ERA_AND_SCAN(cache_name_text)
{
	struct world *w = world_new(ERA(turn));
	uint64_t name = image_word(w->image, cache_field(w->alpha, "name"));
	struct run *run;

	image_text(w->image, name, "al\033[2Jpha\x80\xff");
	run = judge(w, SCAN(turn));
	run_expect(run, "id=cache-name cache=al\\u001b[2Jpha\\u0080\\u00ff raw=0x%llx", H(name));
	done(w, run);
}

/* calculate_sizes() never gives any of these. */
static const struct {
	const char *member;
	uint64_t value;
} geometries[] = {
	{ "size", 0 },
	{ "size", 65 },
	{ "size", 0x7fffffff },
	{ "size", 0xffffffc0 },
	{ "object_size", 0 },
	{ "object_size", 65 },
	{ "inuse", 63 },
	{ "inuse", 128 },
	{ "offset", 60 },
	{ "offset", 0x80000000 },
	{ "align", 48 },
	{ "oo", 0 },
	{ "oo", 65 },
	{ "oo", 31u << 16 | 64 },
	{ "oo", 0xffffffff },
	{ "min", 0 },
	{ "min", 1u << 16 | 128 },
};

EACH_ERA_AND_SCAN(cache_geometry)
{
	for (int i = 0; i < UNIT_COUNT(geometries); i++) {
		struct world *w = world_new(ERA(turn));
		struct run *run;

		image_store(w->image, w->alpha->addr, "kmem_cache", geometries[i].member,
			    geometries[i].value);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=cache-geometry severity=corrupt place=cache cache=alpha "
			   "cache_address=0x%llx",
			   H(w->alpha->addr));
		done(w, run);
	}
}

/* The nodes of all caches are objects of this one; that it cannot be walked damages none. */
EACH_ERA_AND_SCAN(cache_geometry_of_nodes)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_store(w->image, w->image->caches[0]->addr, "kmem_cache", "size", 0);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=cache-geometry cache=kmem_cache_node");
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(cache_percpu)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = cache_field(w->gamma, "cpu_slab");
	struct run *run;

	image_set(w->image, slot, NONSENSE);
	run = judge(w, false);
	run_expect(run,
		   "id=cache-percpu severity=corrupt place=cpu cache=gamma slot=0x%llx "
		   "slot_name=cpu_slab raw=0x%llx",
		   H(slot), H(NONSENSE));
	done(w, run);
}

EACH_ERA_AND_SCAN(cache_node)
{
	struct world *w = world_new(ERA(turn));
	const uint64_t garbage[] = { NOWHERE, NONSENSE, image_object(w->full0, 3),
				     image_slot(w->full0, 3), IMAGE_DATA };
	uint64_t slot = image_node_slot(w->gamma, 0);

	for (int i = 0; i < UNIT_COUNT(garbage); i++) {
		struct run *run;

		image_set(w->image, slot, garbage[i]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=cache-node severity=corrupt place=node node=0 cache=gamma "
			   "slot=0x%llx slot_name=node raw=0x%llx",
			   H(slot), H(garbage[i]));
		run_nothing_else(run, "corrupt");
		run_free(run);
	}
	world_free(w);
}

EACH_ERA_AND_SCAN(cache_random)
{
	struct world *w;
	struct run *run;
	uint64_t bad;

	if (ERA(turn) == ERA_3_13)
		return;
	w = world_new(ERA(turn));
	bad = w->alpha->random ^ 0xff00;
	image_set(w->image, cache_field(w->alpha, "random"), bad);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cache-random severity=corrupt place=cache cache=alpha slot=0x%llx "
		   "raw=0x%llx expected=0x%llx",
		   H(cache_field(w->alpha, "random")), H(bad), H(w->alpha->random));
	done(w, run);
}

/* struct kmem_cache_cpu */

EACH_CPU_ERA_AND_SCAN(cpu_tid)
{
	struct world *w = world_unsealed(ERA(turn));
	struct run *run;
	uint64_t slot, raw;

	w->image->tid_step = 8192;
	image_seal(w->image);
	slot = image_cpu_field(w->alpha, 2, "tid");
	raw = image_word(w->image, slot) + 1;
	image_set(w->image, slot, raw);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cpu-tid severity=corrupt place=cpu cpu=2 cache=alpha slot=0x%llx "
		   "slot_name=tid raw=0x%llx",
		   H(slot), H(raw));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(cpu_freelist_stray)
{
	struct world *w = world_new(ERA(turn));
	/* Of another cache: no flush leaves that, but up to 5.14 the page may have a new owner. */
	const uint64_t strays[] = { NOWHERE, image_object(w->big_node, 3), 8 };
	uint64_t slot = image_cpu_field(w->alpha, 3, "freelist");

	for (int i = 0; i < UNIT_COUNT(strays); i++) {
		struct run *run;

		if (i == 1 && ERA(turn) < ERA_6_1)
			continue;
		image_set(w->image, slot, strays[i]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=cpu-freelist-stray severity=corrupt place=cpu cpu=3 "
			   "cache=alpha slot=0x%llx slot_name=c->freelist raw=0x%llx "
			   "expected=0x0",
			   H(slot), H(strays[i]));
		run_nothing_else(run, "corrupt");
		run_free(run);
	}
	world_free(w);
}

EACH_CPU_ERA_AND_SCAN(cpu_offline)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;
	uint64_t mask = 0;

	for (unsigned int i = 0; i < w->image->nr_symbols; i++)
		if (!strcmp(w->image->symbols[i].name, "__cpu_online_mask"))
			mask = w->image->symbols[i].value;
	image_set(w->image, mask, 0xd);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=cpu-offline severity=corrupt place=cpu cpu=1 cache=alpha");
	if (image_has_sheaves(w->image))
		run_expect(run, "id=cpu-offline severity=corrupt place=sheaf-rcu-free cpu=1");
	done(w, run);
}

/* Partial slabs of a CPU. Those behind a break are on no list any more, so without a scan. */

EACH_CPU_ERA(cpu_partial_link)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_slab_field(w->chain[0], "next");
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, false);
	run_expect(run,
		   "id=cpu-partial-link severity=corrupt place=cpu-partial cpu=1 cache=alpha "
		   "slab=0x%llx slot=0x%llx slot_name=slab->next raw=0x%llx",
		   H(w->chain[0]->page), H(slot), H(NOWHERE));
	done(w, run);
}

EACH_CPU_ERA(cpu_partial_head)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_cpu_field(w->alpha, 1, "partial");
	struct run *run;

	/* Within the memmap, but no struct page begins there. */
	image_set(w->image, slot, w->chain[0]->page + 8);
	run = judge(w, false);
	run_expect(run,
		   "id=cpu-partial-link place=cpu-partial cpu=1 slab=- slot=0x%llx "
		   "slot_name=c->partial raw=0x%llx",
		   H(slot), H(w->chain[0]->page + 8));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(cpu_partial_count)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_slab_store(w->chain[1], "slabs", 7);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=cpu-partial-count severity=corrupt place=cpu-partial cpu=1 "
		   "slab=0x%llx slot=0x%llx raw=0x7 expected=0x2",
		   H(w->chain[1]->page), H(image_slab_field(w->chain[1], "slabs")));
	done(w, run);
}

/* Descriptors */

/* The word that marks a page as a slab's. */
struct mark {
	uint64_t slot;
	unsigned int size;
	const char *name, *expected;
};

static struct mark mark_of(const struct image *image, uint64_t page)
{
	if (image->era < ERA_6_12)
		return (struct mark){ image_field(image, page, "page", "flags"), 8, "flags", "-" };
	return (struct mark){ image_field(image, page, "page", "page_type"), 4, "page_type",
			      "0xf5000000" };
}

/* A number of the summary. */
static uint64_t summary_number(const struct run *run, const char *key)
{
	const char *at;
	char name[64];

	snprintf(name, sizeof(name), "\"%s\":", key);
	at = strstr(run->lines[run->nr_lines - 1], name);
	ck_assert_ptr_nonnull(at);
	return strtoull(at + strlen(name), NULL, 10);
}

/* All but one of alpha's slabs were judged whole. */
static void one_slab_unverified(const struct run *run)
{
	ck_assert_uint_eq(summary_number(run, "objects_verified") + 64,
			  summary_number(run, "objects"));
}

EACH_ERA_AND_SCAN(slab_page)
{
	struct world *w = world_new(ERA(turn));
	struct mark mark = mark_of(w->image, w->node0[1]->page);
	struct run *run;

	image_mark_slab(w->image, w->node0[1]->page, false);
	run = judge(w, SCAN(turn));
	/* Its neighbours on the list and its slab_cache agree, so it is the page that was damaged. */
	run_expect(run,
		   "id=slab-page severity=corrupt place=node-partial node=0 cache=alpha "
		   "slab=0x%llx slab_base=0x%llx slot=0x%llx slot_name=%s raw=0x%llx expected=%s",
		   H(w->node0[1]->page), H(w->node0[1]->base), H(mark.slot), mark.name,
		   H(image_get(w->image, mark.slot, mark.size)), mark.expected);
	/* The list goes on behind it, and what it has counts, but nothing is known of it. */
	one_slab_unverified(run);
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	run = run_check(w->image, (struct run_options){ .objects = true });
	run_expect_type(run, "objects", "cache=alpha unknown=64");
	run_free(run);
	world_free(w);
}

/* Where nothing but the pointer says that the page is a slab, either may be damaged. */
EACH_CPU_ERA(slab_page_or_pointer)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_mark_slab(w->image, w->cpu0->page, false);
	image_slab_store(w->cpu0, "slab_cache", 0);
	image_set(w->image, image_cpu_field(w->alpha, 0, "freelist"), 0);
	run = judge(w, true);
	if (turn <= ERA_5_10)
		run_expect(run, "id=slab-page severity=transient place=cpu-slab slab=0x%llx",
			   H(w->cpu0->page));
	else
		run_expect(run,
			   "id=slab-page severity=corrupt place=cpu-slab slab=0x%llx slot=0x%llx "
			   "slot_name=c->slab",
			   H(w->cpu0->page), H(image_cpu_field(w->alpha, 0, "slab")));
	run_free(run);
	world_free(w);
}

/* A slab of a CPU's chain lost its mark: the chain goes on, and a second fault behind it is seen. */
EACH_CPU_ERA_AND_SCAN(slab_page_on_chain)
{
	struct world *w = world_new(ERA(turn));
	struct mark mark = mark_of(w->image, w->chain[1]->page);
	struct run *run;

	image_mark_slab(w->image, w->chain[1]->page, false);
	image_set(w->image, image_slot(w->chain[2], 63), NONSENSE);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=slab-page place=cpu-partial slab=0x%llx slot=0x%llx",
		   H(w->chain[1]->page), H(mark.slot));
	run_expect(run, "id=freelist-wild place=cpu-partial slab=0x%llx", H(w->chain[2]->page));
	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "note");
	done(w, run);
}

/* What c->freelist leads into is what c->slab has to be. */
EACH_CPU_ERA(slab_page_under_freelist)
{
	struct world *w = world_new((enum image_era)turn);
	struct mark mark = mark_of(w->image, w->cpu0->page);
	struct run *run;

	image_mark_slab(w->image, w->cpu0->page, false);
	image_slab_store(w->cpu0, "slab_cache", 0);
	run = judge(w, turn > ERA_5_10);
	/* Up to 5.14 a CPU gives a slab back before it forgets it. */
	if (turn > ERA_5_10)
		run_expect(run,
			   "id=slab-page severity=corrupt place=cpu-slab slot=0x%llx slot_name=%s",
			   H(mark.slot), mark.name);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

EACH_CPU_ERA(slab_page_of_cpu)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_cpu_field(w->alpha, 0, "slab");
	const uint64_t pages[] = { NOWHERE, NONSENSE, w->cpu0->page + 32, IMAGE_MEMMAP,
				   w->big_node->page + 64 };

	for (int i = 0; i < UNIT_COUNT(pages); i++) {
		struct run *run;

		image_set(w->image, slot, pages[i]);
		run = judge(w, false);
		run_expect(run,
			   "id=slab-page severity=corrupt place=cpu-slab cpu=0 slab=0x%llx "
			   "slot=0x%llx slot_name=c->slab raw=0x%llx",
			   H(pages[i]), H(slot), H(pages[i]));
		run_nothing_else(run, "corrupt");
		run_free(run);
	}
	world_free(w);
}

EACH_ERA_AND_SCAN(slab_cache)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_slab_store(w->node0[1], "slab_cache", w->beta->addr);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-cache severity=corrupt place=node-partial node=0 cache=alpha "
		   "slab=0x%llx slot=0x%llx slot_name=slab_cache raw=0x%llx expected=0x%llx",
		   H(w->node0[1]->page), H(image_slab_field(w->node0[1], "slab_cache")),
		   H(w->beta->addr), H(w->alpha->addr));
	done(w, run);
}

/* A full slab is on no list; only the memmap shows to whom it says it belongs. */
EACH_ERA(slab_cache_unknown)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_slab_field(w->full1, "slab_cache");
	struct run *run;

	image_set(w->image, slot, NONSENSE);
	run = judge(w, true);
	run_expect(run,
		   "id=slab-cache severity=corrupt place=no-list slab=0x%llx slot=0x%llx "
		   "raw=0x%llx",
		   H(w->full1->page), H(slot), H(NONSENSE));
	/* Its node counts it, and is right. Of its objects nothing is known. */
	one_slab_unverified(run);
	done(w, run);
}

EACH_ERA_AND_SCAN(slab_order)
{
	struct world *w = world_new(ERA(turn));
	uint64_t page = w->big_node->page;
	struct run *run;

	switch (ERA(turn)) {
	case ERA_3_13:
		image_set(w->image, image_field(w->image, page + 64, "page", "lru") + 8, 5);
		break;
	case ERA_5_10:
		image_store(w->image, page + 64, "page", "compound_order", 5);
		break;
	case ERA_6_1:
		image_store(w->image, page, "folio", "_folio_order", 5);
		break;
	default:
		image_put(w->image, image_field(w->image, page, "folio", "_flags_1"), 5, 1);
		break;
	}
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-order severity=corrupt place=node-partial node=0 cache=beta "
		   "slab=0x%llx",
		   H(page));
	done(w, run);
}

/* /sys/kernel/slab/beta/order was written, up to 5.8: max knows of slabs of the old order. */
EACH_ERA_AND_SCAN(slab_order_changed)
{
	struct world *w = world_new(ERA(turn));
	uint64_t member = ERA(turn) <= ERA_5_10 ? cache_field(w->beta, "max") : 0;
	unsigned int size = ERA(turn) == ERA_3_13 ? 8 : 4;
	struct run *run;

	image_store(w->image, w->beta->addr, "kmem_cache", "oo", 1 << 16 | 8);
	run = judge(w, SCAN(turn));
	if (member) {
		run_nothing_else(run, "corrupt");
		run_free(run);
		/* And slabs of an order between. */
		image_store(w->image, w->beta->addr, "kmem_cache", "oo", 0 << 16 | 4);
		image_put(w->image, member, 5 << 16 | 128, size);
		run = judge(w, SCAN(turn));
		run_nothing_else(run, "corrupt");
		run_free(run);
		/* The largest one was smaller: these cannot be. */
		image_put(w->image, member, 2 << 16 | 16, size);
		run = judge(w, SCAN(turn));
	}
	run_expect(run, "id=slab-order severity=corrupt cache=beta slab=0x%llx",
		   H(w->big_node->page));
	run_free(run);
	world_free(w);
}

static void counters_set(struct image_slab *slab, unsigned int inuse, unsigned int objects,
			 bool frozen)
{
	image_slab_store(slab, "counters",
			 image_counters(slab->cache->image, inuse, objects, frozen));
}

static uint64_t counters_get(const struct image_slab *slab)
{
	return image_word(slab->cache->image, image_slab_field(slab, "counters"));
}

EACH_ERA(slab_objects)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t good = counters_get(w->node0[1]);
	struct run *run;

	counters_set(w->node0[1], 63, 63, false);
	run = judge(w, false);
	run_expect(run,
		   "id=slab-objects severity=corrupt place=node-partial node=0 slab=0x%llx "
		   "slot=0x%llx slot_name=counters raw=0x%llx expected=0x%llx",
		   H(w->node0[1]->page), H(image_slab_field(w->node0[1], "counters")),
		   H(counters_get(w->node0[1])), H(good));
	done(w, run);
}

EACH_ERA_AND_SCAN(slab_inuse)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->node0[1], 65, 64, false);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-inuse severity=corrupt place=node-partial slab=0x%llx slot=0x%llx "
		   "raw=0x%llx",
		   H(w->node0[1]->page), H(image_slab_field(w->node0[1], "counters")),
		   H(counters_get(w->node0[1])));
	done(w, run);
}

EACH_ERA_AND_SCAN(slab_frozen)
{
	struct world *w = world_new(ERA(turn));
	uint64_t good = counters_get(w->node0[1]);
	struct run *run;

	counters_set(w->node0[1], 63, 64, true);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-frozen severity=corrupt place=node-partial node=0 slab=0x%llx "
		   "slot=0x%llx raw=0x%llx expected=0x%llx",
		   H(w->node0[1]->page), H(image_slab_field(w->node0[1], "counters")),
		   H(counters_get(w->node0[1])), H(good));
	done(w, run);
}

/* A slab of a CPU that is not frozen, while the CPU still allocates from it. */
EACH_CPU_ERA_AND_SCAN(slab_not_frozen)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->cpu0, 62, 64, false);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=slab-frozen severity=corrupt place=cpu-slab cpu=0 slab=0x%llx",
		   H(w->cpu0->page));
	done(w, run);
}

/* Whether partial slabs of CPUs are frozen is what 6.8 changed. */
EACH_CPU_ERA_AND_SCAN(slab_frozen_on_chain)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->chain[1], 63, 64, !image_frozen_partial(w->image));
	run = judge(w, SCAN(turn));
	run_expect(run, "id=slab-frozen severity=corrupt place=cpu-partial cpu=1 slab=0x%llx",
		   H(w->chain[1]->page));
	done(w, run);
}

EACH_ERA_AND_SCAN(slab_full)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->node0[1], 64, 64, false);
	image_slab_store(w->node0[1], "freelist", 0);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-full severity=corrupt place=node-partial node=0 slab=0x%llx "
		   "slot=0x%llx raw=0x0",
		   H(w->node0[1]->page), H(image_slab_field(w->node0[1], "freelist")));
	done(w, run);
}

/* The flag that marks slabs of a node's list, since 6.8: not set on the list, set on none. */
EACH_ERA(slab_partial_flag)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_slab *slabs[] = { w->node0[1], w->full0, w->cpu0 };

	for (int i = 0; i < UNIT_COUNT(slabs) && (enum image_era)turn >= ERA_6_12; i++) {
		uint64_t slot = image_field(w->image, slabs[i]->page, "page", "flags");
		uint64_t good = image_word(w->image, slot);
		struct run *run;

		image_set(w->image, slot, good ^ 1u << 9);
		run = judge(w, true);
		run_expect(run,
			   "id=slab-partial-flag severity=corrupt cache=alpha slab=0x%llx "
			   "slot=0x%llx slot_name=flags raw=0x%llx expected=0x%llx "
			   "cause=metadata-write",
			   H(slabs[i]->page), H(slot), H(good ^ 1u << 9), H(good));
		run_nothing_else(run, "corrupt");
		run_free(run);
		image_set(w->image, slot, good);
	}
	world_free(w);
}

/* Where no CPU owns slabs, only a failed check of slub_debug freezes one. */
EACH_ERA(slab_given_up)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	if (image_has_cpu_slabs(w->image)) {
		world_free(w);
		return;
	}
	counters_set(w->full0, 64, 64, true);
	run = judge(w, true);
	run_expect(run, "id=slab-frozen severity=corrupt place=no-list cache=alpha slab=0x%llx",
		   H(w->full0->page));
	done(w, run);
}

/* Up to 5.14 a CPU that gives its slab up may still have it: chain_of_other_cpu, slab_of_freeing_cpu. */
EACH_CPU_ERA_AND_SCAN(slab_duplicate)
{
	struct world *w;
	struct run *run;
	uint64_t slot;

	if (ERA(turn) < ERA_6_1)
		return;
	w = world_new(ERA(turn));
	slot = image_cpu_field(w->alpha, 2, "slab");
	image_set(w->image, slot, w->cpu0->page);
	/* A CPU without a freelist may just have let go of it. */
	image_set(w->image, image_cpu_field(w->alpha, 2, "freelist"), image_object(w->cpu0, 30));
	image_link(w->cpu0, 30, -1);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=slab-duplicate severity=corrupt place=cpu-slab cpu=2 slab=0x%llx "
		   "slot=0x%llx raw=0x%llx cause=lost-update",
		   H(w->cpu0->page), H(slot), H(w->cpu0->page));
	done(w, run);
}

/* The node is named by the six topmost bits: there can be 64 of them. */
EACH_ERA_AND_SCAN(slab_node)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[1];
	uint64_t slot = image_field(w->image, slab->page, "page", "flags");
	uint64_t raw = image_word(w->image, slot) ^ UINT64_C(1) << 58;
	struct run *run;

	image_set(w->image, slot, raw);
	run = judge(w, SCAN(turn));
	run_expect(
		run,
		"id=slab-node severity=corrupt place=node-partial node=0 cache=alpha slab=0x%llx "
		"slot=0x%llx slot_name=flags raw=0x%llx",
		H(slab->page), H(slot), H(raw));
	done(w, run);
}

/* A node that there is not: the flags are damaged, and nothing says that the list is not the slab's. */
EACH_ERA(slab_node_impossible)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_field(w->image, w->node0[1]->page, "page", "flags");
	struct run *run;

	image_set(w->image, slot, image_word(w->image, slot) | UINT64_C(1) << 62);
	run = judge(w, true);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* Where pages do not say which node they are of, or all say the same, nothing can be held against them. */
EACH_ERA(slab_node_unproven)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	for (unsigned int c = 0; c < w->image->nr_caches; c++) {
		for (unsigned int i = 0; i < w->image->caches[c]->nr_slabs; i++) {
			uint64_t slot = image_field(w->image, w->image->caches[c]->slabs[i]->page,
						    "page", "flags");

			image_set(w->image, slot,
				  image_word(w->image, slot) & ~(UINT64_C(63) << 58));
		}
	}
	run = judge(w, true);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* Of slabs on lists, and of full ones, which only a scan finds. */
EACH_ERA(slab_freed)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_slab *slabs[] = { w->node0[1], w->full0 };
	bool counted = !image_has_sheaves(w->image);
	const char *member = (enum image_era)turn == ERA_3_13 ? "_count" : "_refcount";
	struct run *run;

	for (size_t i = 0; i < 2; i++) {
		uint64_t slot = image_field(w->image, slabs[i]->page, "page", member);

		image_put(w->image, slot, 0, 4);
		run = judge(w, true);
		if (counted)
			run_expect(run,
				   "id=slab-freed severity=corrupt cache=alpha slab=0x%llx "
				   "slot=0x%llx raw=0x0 expected=0x1 cause=metadata-write",
				   H(slabs[i]->page), H(slot));
		run_nothing_else(run, "corrupt");
		run_verdict(run, counted ? VERDICT_CORRUPT : VERDICT_CLEAN);
		run_free(run);
		image_put(w->image, slot, 1, 4);
	}
	world_free(w);
}

EACH_ERA(slab_lost)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	/* From 6.8 on its mark says that it was on the list; see frozen_on_no_list. */
	image_slab_unlink(w->node0[1]);
	run = judge(w, true);
	run_expect(run,
		   "id=slab-lost severity=corrupt place=no-list cache=alpha slab=0x%llx "
		   "slab_base=0x%llx cause=lost-update",
		   H(w->node0[1]->page), H(w->node0[1]->base));
	done(w, run);
}

/* Freelists. The CPU's list of cpu0 is 5 3 9: the link of 3 is hop 1, after 5. */

static uint64_t decoded(const struct image_slab *slab, int index, uint64_t raw)
{
	return freeptr_decode(slab->cache->image->encoding, raw, slab->cache->random,
			      image_slot(slab, index));
}

static void cpu_link_expect(struct world *w, struct run *run, const char *id)
{
	uint64_t slot = image_slot(w->cpu0, 3), raw = image_word(w->image, slot);

	run_expect(run,
		   "id=%s severity=corrupt place=cpu-freelist cpu=0 cache=alpha slab=0x%llx "
		   "slab_base=0x%llx object=0x%llx index=3 hop=1 previous=0x%llx "
		   "previous_index=5 slot=0x%llx slot_name=freepointer raw=0x%llx "
		   "decoded=0x%llx",
		   id, H(w->cpu0->page), H(w->cpu0->base), H(image_object(w->cpu0, 3)),
		   H(image_object(w->cpu0, 5)), H(slot), H(raw), H(decoded(w->cpu0, 3, raw)));
}

/* Make the link of object 3 decode to an address. */
static void cpu_link_to(struct world *w, uint64_t object)
{
	uint64_t slot = image_slot(w->cpu0, 3);

	image_set(w->image, slot, image_encode(w->alpha, slot, object));
}

EACH_CPU_ERA_AND_SCAN(freelist_wild)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slot(w->cpu0, 3), NONSENSE);
	run = judge(w, SCAN(turn));
	cpu_link_expect(w, run, "freelist-wild");
	done(w, run);
}

EACH_ERA_AND_SCAN(freelist_wild_first)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slot(w->node0[0], 4), NONSENSE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-wild place=node-partial node=0 slab=0x%llx object=0x%llx "
		   "index=4 hop=0 previous=- raw=0x%llx",
		   H(w->node0[0]->page), H(image_object(w->node0[0], 4)), H(NONSENSE));
	done(w, run);
}

/* Heads are never encoded. */
EACH_CPU_ERA_AND_SCAN(freelist_wild_head)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slab_field(w->chain[1], "freelist");
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-wild place=cpu-partial cpu=1 slab=0x%llx object=- hop=- "
		   "slot=0x%llx slot_name=slab->freelist raw=0x%llx",
		   H(w->chain[1]->page), H(slot), H(NOWHERE));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_wild_cpu_head)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_cpu_field(w->alpha, 0, "freelist");
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-wild place=cpu-freelist cpu=0 slab=0x%llx object=- "
		   "slot=0x%llx slot_name=c->freelist raw=0x%llx",
		   H(w->cpu0->page), H(slot), H(NOWHERE));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_foreign_slab)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	cpu_link_to(w, image_object(w->full0, 7));
	run = judge(w, SCAN(turn));
	cpu_link_expect(w, run, "freelist-foreign-slab");
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_foreign_cache)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	/* On the third page of a slab of several. */
	cpu_link_to(w, image_object(w->big_node, 11));
	run = judge(w, SCAN(turn));
	cpu_link_expect(w, run, "freelist-foreign-cache");
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_misaligned)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	cpu_link_to(w, image_object(w->cpu0, 9) + 8);
	run = judge(w, SCAN(turn));
	cpu_link_expect(w, run, "freelist-misaligned");
	done(w, run);
}

/* 42 objects of 96 bytes leave 64 bytes of a page. */
EACH_ERA_AND_SCAN(freelist_into_padding)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->wide_node, 1), padding = w->wide_node->base + 42 * 96;
	struct run *run;

	image_set(w->image, slot, image_encode(w->gamma, slot, padding));
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-misaligned place=node-partial node=1 cache=gamma index=1 "
		   "hop=1 previous_index=40 slot=0x%llx decoded=0x%llx",
		   H(slot), H(padding));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_cycle)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->cpu0, 3, 5);
	run = judge(w, SCAN(turn));
	cpu_link_expect(w, run, "freelist-cycle");
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(freelist_shared)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	/* Object 9, the last on the CPU's list, is freed from elsewhere: now 9 10 2. */
	image_link(w->cpu0, 9, 10);
	image_slab_store(w->cpu0, "freelist", image_object(w->cpu0, 9));
	counters_set(w->cpu0, 61, 64, true);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-shared severity=corrupt place=cpu-slab cpu=0 slab=0x%llx "
		   "object=0x%llx index=9 hop=2 cause=double-free",
		   H(w->cpu0->page), H(image_object(w->cpu0, 9)));
	done(w, run);
}

EACH_ERA_AND_SCAN(freelist_count)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	/* 4 6 8 becomes 4 6. */
	image_link(w->node0[0], 6, -1);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-count severity=corrupt place=node-partial node=0 cache=alpha "
		   "slab=0x%llx object=0x%llx index=6 hop=1",
		   H(w->node0[0]->page), H(image_object(w->node0[0], 6)));
	done(w, run);
}

/* More on the CPU's freelist than the slab has in use: they count as such. */
EACH_CPU_ERA_AND_SCAN(freelist_count_of_cpu)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->big_cpu, 2, 32, true);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-count severity=corrupt place=cpu-freelist cpu=2 cache=beta "
		   "slab=0x%llx",
		   H(w->big_cpu->page));
	/* And the slab's own list is too short for it. */
	run_expect(run, "id=freelist-count severity=corrupt place=cpu-slab cpu=2");
	done(w, run);
}

/* struct kmem_cache_node */

EACH_ERA_AND_SCAN(partial_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slab_field(w->node0[0], "slab_list");
	uint64_t good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	/* The list is whole from the other end, which names the link that is missing. */
	run_expect(run,
		   "id=partial-link severity=corrupt place=node node=0 cache=alpha "
		   "slab=0x%llx slot=0x%llx slot_name=slab_list.next raw=0x%llx "
		   "expected=0x%llx",
		   H(w->node0[0]->page), H(slot), H(NOWHERE), H(good));
	done(w, run);
}

EACH_ERA_AND_SCAN(partial_back_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slab_field(w->node0[1], "slab_list") + 8;
	uint64_t good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, NONSENSE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=partial-link severity=corrupt place=node node=0 slab=0x%llx "
		   "slot=0x%llx slot_name=slab_list.prev raw=0x%llx expected=0x%llx",
		   H(w->node0[1]->page), H(slot), H(NONSENSE), H(good));
	done(w, run);
}

EACH_ERA_AND_SCAN(partial_head)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = node_field(w->alpha, 0, "partial");
	uint64_t good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, NONSENSE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=partial-link place=node node=0 slot=0x%llx slot_name=partial.next "
		   "raw=0x%llx expected=0x%llx",
		   H(slot), H(NONSENSE), H(good));
	done(w, run);
}

EACH_ERA_AND_SCAN(partial_count)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = node_field(w->alpha, 0, "nr_partial"), raw;
	struct run *run;

	raw = image_word(w->image, slot) + 1;
	image_set(w->image, slot, raw);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=partial-count severity=corrupt place=node node=0 cache=alpha "
		   "slot=0x%llx slot_name=nr_partial raw=0x%llx expected=0x%llx",
		   H(slot), H(raw), H(raw - 1));
	done(w, run);
}

EACH_ERA(node_slabs)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = node_field(w->alpha, 1, "nr_slabs");
	struct run *run;

	/* Alpha has 11 slabs; the nodes say together more than CPUs could be making. */
	image_set(w->image, slot, image_word(w->image, slot) + 32);
	run = judge(w, true);
	run_expect(run, "id=node-slabs severity=corrupt place=node cache=alpha slot=- raw=- "
			"expected=-");
	done(w, run);
}

EACH_ERA(node_pointer_null)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = image_node_slot(w->alpha, 0);
	struct run *run;

	image_set(w->image, slot, 0);
	run = judge(w, false);
	run_expect(run, "id=cache-node severity=corrupt place=node cache=alpha slot=0x%llx raw=0x0",
		   H(slot));
	done(w, run);
}

EACH_ERA(node_objects)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t slot = node_field(w->beta, 0, "total_objects");
	struct run *run;

	/* More than there are: a slab is counted after it can be seen. */
	image_set(w->image, slot, image_word(w->image, slot) + 32 * 32);
	run = judge(w, true);
	run_expect(run, "id=node-objects severity=corrupt place=node cache=beta slot=- raw=- "
			"expected=-");
	done(w, run);
}

Suite *suite_checker_faults(void)
{
	Suite *suite = suite_create("checker_faults");
	TCase *caches = tcase_create("caches"), *cpus = tcase_create("cpus");
	TCase *slabs = tcase_create("slabs"), *lists = tcase_create("freelists");
	TCase *nodes = tcase_create("nodes");

	tcase_add_test(caches, cache_list_link);
	tcase_add_test(caches, cache_list_back_link);
	tcase_add_test(caches, cache_unreadable);
	tcase_add_test(caches, cache_name);
	tcase_add_test(caches, cache_name_text);
	tcase_add_test(caches, cache_geometry);
	tcase_add_test(caches, cache_geometry_of_nodes);
	tcase_add_test(caches, cache_percpu);
	tcase_add_test(caches, cache_node);
	tcase_add_test(caches, cache_random);
	tcase_set_timeout(caches, RUN_TIMEOUT);
	suite_add_tcase(suite, caches);
	tcase_add_test(cpus, cpu_tid);
	tcase_add_test(cpus, cpu_freelist_stray);
	tcase_add_test(cpus, cpu_offline);
	tcase_add_test(cpus, cpu_partial_link);
	tcase_add_test(cpus, cpu_partial_head);
	tcase_add_test(cpus, cpu_partial_count);
	tcase_set_timeout(cpus, RUN_TIMEOUT);
	suite_add_tcase(suite, cpus);
	tcase_add_test(slabs, slab_page);
	tcase_add_test(slabs, slab_page_of_cpu);
	tcase_add_test(slabs, slab_page_or_pointer);
	tcase_add_test(slabs, slab_page_under_freelist);
	tcase_add_test(slabs, slab_page_on_chain);
	tcase_add_test(slabs, slab_order_changed);
	tcase_add_test(slabs, slab_cache);
	tcase_add_test(slabs, slab_cache_unknown);
	tcase_add_test(slabs, slab_order);
	tcase_add_test(slabs, slab_objects);
	tcase_add_test(slabs, slab_inuse);
	tcase_add_test(slabs, slab_frozen);
	tcase_add_test(slabs, slab_not_frozen);
	tcase_add_test(slabs, slab_frozen_on_chain);
	tcase_add_test(slabs, slab_full);
	tcase_add_test(slabs, slab_partial_flag);
	tcase_add_test(slabs, slab_given_up);
	tcase_add_test(slabs, slab_duplicate);
	tcase_add_test(slabs, slab_node);
	tcase_add_test(slabs, slab_node_impossible);
	tcase_add_test(slabs, slab_node_unproven);
	tcase_add_test(slabs, slab_freed);
	tcase_add_test(slabs, slab_lost);
	tcase_set_timeout(slabs, RUN_TIMEOUT);
	suite_add_tcase(suite, slabs);
	tcase_add_test(lists, freelist_wild);
	tcase_add_test(lists, freelist_wild_first);
	tcase_add_test(lists, freelist_wild_head);
	tcase_add_test(lists, freelist_wild_cpu_head);
	tcase_add_test(lists, freelist_foreign_slab);
	tcase_add_test(lists, freelist_foreign_cache);
	tcase_add_test(lists, freelist_misaligned);
	tcase_add_test(lists, freelist_into_padding);
	tcase_add_test(lists, freelist_cycle);
	tcase_add_test(lists, freelist_shared);
	tcase_add_test(lists, freelist_count);
	tcase_add_test(lists, freelist_count_of_cpu);
	tcase_set_timeout(lists, RUN_TIMEOUT);
	suite_add_tcase(suite, lists);
	tcase_add_test(nodes, partial_link);
	tcase_add_test(nodes, partial_back_link);
	tcase_add_test(nodes, partial_head);
	tcase_add_test(nodes, partial_count);
	tcase_add_test(nodes, node_slabs);
	tcase_add_test(nodes, node_pointer_null);
	tcase_add_test(nodes, node_objects);
	tcase_set_timeout(nodes, RUN_TIMEOUT);
	suite_add_tcase(suite, nodes);
	return suite;
}
