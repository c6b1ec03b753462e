/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPUs in the middle of an operation: what the kernel's own code leaves for a moment is transient,
 * and the same picture without that excuse is damage.
 */
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)((i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define H(value) ((unsigned long long)(value))
#define SAFE(severity) (severity ? "transient" : "corrupt")

static void counters_set(struct image_slab *slab, unsigned int inuse, bool frozen)
{
	image_slab_store(slab, "counters",
			 image_counters(slab->cache->image, inuse, slab->objects, frozen));
}

static void lock_node(struct image_cache *c, int node, bool locked)
{
	image_store(c->image, c->node[node], "kmem_cache_node", "list_lock", locked);
}

static void cpu_set(struct image_cache *c, int cpu, const char *member, uint64_t value)
{
	image_set(c->image, image_cpu_field(c, cpu, member), value);
}

/* Expect the finding with the severity, and nothing else that is corrupt. */
static void expect_only(struct world *w, bool scan, bool excused, const char *id,
			const struct image_slab *slab)
{
	struct run *run = run_check(w->image, (struct run_options){ .scan = scan });

	if (slab)
		run_expect(run, "id=%s severity=%s slab=0x%llx", id, SAFE(excused), H(slab->page));
	else
		run_expect(run, "id=%s severity=%s", id, SAFE(excused));
	run_nothing_else(run, "corrupt");
	run_verdict(run, excused ? VERDICT_CLEAN : VERDICT_CORRUPT);
	run_free(run);
}

/* list_add() has stored next->prev and not yet prev->next, or the other way around. */
EACH_ERA_AND_SCAN(list_change)
{
	struct world *w = world_new(ERA(turn));

	/* node0[1] is on its way in between: its neighbour knows it not yet. */
	image_set(w->image, image_slab_field(w->node0[1], "slab_list") + 8,
		  image_slab_field(w->node0[2], "slab_list"));
	lock_node(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "partial-link", w->node0[1]);
	lock_node(w->alpha, 0, false);
	expect_only(w, SCAN(turn), false, "partial-link", w->node0[1]);
	world_free(w);
}

/* No store of the kernel ever makes one of these, lock or not. */
EACH_ERA_AND_SCAN(list_damage)
{
	struct world *w = world_new(ERA(turn));
	uint64_t first = image_slab_field(w->node0[0], "slab_list");
	uint64_t field = first - w->node0[0]->page;
	uint64_t slot = image_slab_field(w->node0[1], "slab_list") + 8;
	const uint64_t damaged[] = {
		first ^ 0xff00000000,
		first ^ UINT64_C(1) << 58, /* a frame, when the arithmetic wraps around */
		first + 8, /* between two list_heads */
		image_page_of(w->image, w->image->direct_map + 300 * IMAGE_PAGE) + field,
		image_slab_field(w->big_node, "slab_list"), /* another cache's */
		w->alpha->addr + 8, /* memory, but not a list */
		UINT64_C(0xdead000000000122), /* LIST_POISON2 */
		0,
	};

	lock_node(w->alpha, 0, true);
	for (int i = 0; i < UNIT_COUNT(damaged); i++) {
		image_set(w->image, slot, damaged[i]);
		expect_only(w, SCAN(turn), false, "partial-link", w->node0[1]);
	}
	world_free(w);
}

EACH_ERA_AND_SCAN(nr_partial_change)
{
	struct world *w = world_new(ERA(turn));

	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "nr_partial", 9);
	lock_node(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "partial-count", NULL);
	lock_node(w->alpha, 0, false);
	expect_only(w, SCAN(turn), false, "partial-count", NULL);
	/* The lock of another node is not an excuse. */
	lock_node(w->alpha, 1, true);
	expect_only(w, SCAN(turn), false, "partial-count", NULL);
	world_free(w);
}

/* acquire_slab(): frozen, its objects all taken, and still linked; under list_lock, until 6.7. */
EACH_CPU_ERA_AND_SCAN(acquire_slab)
{
	struct world *w;

	if (ERA(turn) >= ERA_6_12)
		return;
	w = world_new(ERA(turn));
	counters_set(w->node0[1], 64, true);
	image_slab_store(w->node0[1], "freelist", 0);
	lock_node(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "slab-frozen", w->node0[1]);
	expect_only(w, SCAN(turn), true, "slab-full", w->node0[1]);
	world_free(w);
}

EACH_ERA_AND_SCAN(acquire_slab_unlocked)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	counters_set(w->node0[1], 64, true);
	image_slab_store(w->node0[1], "freelist", 0);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=slab-frozen severity=corrupt slab=0x%llx", H(w->node0[1]->page));
	run_expect(run, "id=slab-full severity=corrupt slab=0x%llx", H(w->node0[1]->page));
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* get_freelist() has let go of a slab that ran empty; c->slab is cleared next. */
EACH_CPU_ERA_AND_SCAN(get_freelist)
{
	struct world *w = world_new(ERA(turn));

	counters_set(w->cpu1, 64, false);
	/* Up to 5.14 the CPU may have given it back, and others have taken all objects. */
	expect_only(w, SCAN(turn), ERA(turn) < ERA_6_1, "slab-frozen", w->cpu1);
	cpu_set(w->alpha, 1, "freelist", 0);
	expect_only(w, SCAN(turn), true, "slab-frozen", w->cpu1);
	world_free(w);
}

/* CPU 2 gets the chain of CPU 1 and is to take its head as its slab. */
static void chain_head_make(struct world *w)
{
	cpu_set(w->alpha, 2, "partial",
		image_word(w->image, image_cpu_field(w->alpha, 1, "partial")));
	cpu_set(w->alpha, 1, "partial", 0);
	cpu_set(w->alpha, 2, "slab", w->chain[0]->page);
	/* Until 6.7 it was frozen before, too; since, the chain's slabs are not. */
	counters_set(w->chain[0], 61, image_frozen_partial(w->image));
}

/*
 * ___slab_alloc() has stored the head of the chain to c->slab and has not yet advanced the chain, which
 * is whole: c->partial still leads to the head, and its next to the rest. From 6.8 on the order of the
 * two stores is the other one (8cd3fa428b56), but nothing keeps a compiler from changing it.
 */
EACH_CPU_ERA_AND_SCAN(chain_head)
{
	struct world *w = world_new(ERA(turn));

	chain_head_make(w);
	expect_only(w, SCAN(turn), true, "slab-duplicate", w->chain[0]);
	/* With a freelist of its own the CPU is through with that. */
	counters_set(w->chain[0], 61, true);
	cpu_set(w->alpha, 2, "freelist", image_object(w->chain[0], 30));
	image_link(w->chain[0], 30, -1);
	expect_only(w, SCAN(turn), false, "slab-duplicate", w->chain[0]);
	world_free(w);
}

/* A damaged link behind that head is damage, and what a scan finds behind it is not lost. */
EACH_CPU_ERA_AND_SCAN(chain_behind_head)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	chain_head_make(w);
	image_set(w->image, image_slot(w->chain[2], 63), UINT64_C(0x4141deadbeef4141));
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=slab-duplicate severity=transient slab=0x%llx", H(w->chain[0]->page));
	run_expect(run, "id=freelist-wild severity=corrupt place=cpu-partial slab=0x%llx",
		   H(w->chain[2]->page));
	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "note");
	run_free(run);
	image_link(w->chain[2], 63, 62);
	/* The link of the head itself. */
	image_slab_store(w->chain[0], "next", UINT64_C(0x4141deadbeef4141));
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=cpu-partial-link severity=corrupt slot=0x%llx",
		   H(image_slab_field(w->chain[0], "next")));
	run_nothing_else(run, "corrupt");
	run_free(run);
	/* A cycle, through the head: seen, and left. */
	image_slab_store(w->chain[0], "next", w->chain[0]->page);
	expect_only(w, SCAN(turn), false, "slab-duplicate", w->chain[0]);
	world_free(w);
}

/*
 * Up to 5.14 deactivate_slab() lets go of list_lock before c->page and c->freelist are cleared: another CPU
 * may have taken the slab from the node's list by then, as its own or onto its chain.
 */
static bool taken_meanwhile(int turn)
{
	return ERA(turn) < ERA_6_1;
}

/* Whether something explains that a slab is in two places or not, what its link leads to is looked at. */
EACH_CPU_ERA_AND_SCAN(chain_behind_duplicate)
{
	const char *severity = taken_meanwhile(turn) ? "transient" : "corrupt";
	struct world *w = world_new(ERA(turn));
	struct run *run;

	cpu_set(w->alpha, 2, "slab", w->chain[1]->page);
	counters_set(w->chain[1], 63, true);
	cpu_set(w->alpha, 2, "freelist", image_object(w->chain[1], 30));
	image_link(w->chain[1], 30, -1);
	image_set(w->image, image_slot(w->chain[2], 63), UINT64_C(0x4141deadbeef4141));
	/* CPU 2 is walked after the chain of CPU 1; CPU 0 before. */
	for (int cpu = 2; cpu >= 0; cpu -= 2) {
		run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
		run_expect(run, "id=slab-duplicate severity=%s slab=0x%llx", severity,
			   H(w->chain[1]->page));
		run_expect(run, "id=freelist-wild severity=corrupt slab=0x%llx",
			   H(w->chain[2]->page));
		run_nothing_else(run, "note");
		run_free(run);
		cpu_set(w->alpha, 2, "slab", 0);
		cpu_set(w->alpha, 2, "freelist", 0);
		cpu_set(w->alpha, 0, "slab", w->chain[1]->page);
		cpu_set(w->alpha, 0, "freelist", image_object(w->chain[1], 30));
		image_link(w->chain[1], 30, -1);
	}
	world_free(w);
}

/* The excuse is the CPU's own chain: a slab of one CPU on the chain of another one that happens
 * to have no freelist is in two places. */
EACH_CPU_ERA_AND_SCAN(chain_of_other_cpu)
{
	struct world *w = world_new(ERA(turn));

	if (!image_frozen_partial(w->image))
		counters_set(w->cpu0, 62, true);
	cpu_set(w->alpha, 2, "partial", w->cpu0->page);
	image_slab_store(w->cpu0, "next", 0);
	image_slab_store(w->cpu0, "slabs", 1);
	expect_only(w, SCAN(turn), taken_meanwhile(turn), "slab-duplicate", w->cpu0);
	world_free(w);
}

/* get_freelist() has let go of a slab, and another CPU that freed to it has it on its chain; its own
 * freelist is that of another slab. Both orders of the CPUs. Until 6.7 that froze the slab again. */
EACH_CPU_ERA_AND_SCAN(chain_of_freeing_cpu)
{
	struct world *w;

	if (ERA(turn) >= ERA_6_12)
		return;
	w = world_new(ERA(turn));
	/* CPU 1's slab gave its object 1 to somebody; CPU 0 freed 7. */
	cpu_set(w->alpha, 1, "freelist", 0);
	cpu_set(w->alpha, 1, "partial", 0);
	image_link(w->cpu1, 7, -1);
	image_slab_store(w->cpu1, "freelist", image_object(w->cpu1, 7));
	counters_set(w->cpu1, 63, true);
	image_slab_store(w->cpu1, "next", 0);
	image_slab_store(w->cpu1, "slabs", 1);
	cpu_set(w->alpha, 0, "partial", w->cpu1->page);
	expect_only(w, SCAN(turn), true, "slab-duplicate", w->cpu1);
	cpu_set(w->alpha, 0, "partial", 0);
	cpu_set(w->alpha, 3, "partial", w->cpu1->page);
	expect_only(w, SCAN(turn), true, "slab-duplicate", w->cpu1);
	world_free(w);
}

/* The same, and the other CPU has made it its own. Both orders of the CPUs. */
EACH_CPU_ERA_AND_SCAN(slab_of_freeing_cpu)
{
	struct world *w = world_new(ERA(turn));
	uint64_t freelist = image_word(w->image, image_cpu_field(w->alpha, 0, "freelist"));

	cpu_set(w->alpha, 2, "slab", w->cpu0->page);
	expect_only(w, SCAN(turn), true, "slab-duplicate", w->cpu0);
	cpu_set(w->alpha, 2, "freelist", freelist);
	cpu_set(w->alpha, 0, "freelist", 0);
	expect_only(w, SCAN(turn), true, "slab-duplicate", w->cpu0);
	/* With freelists of their own both have it. */
	cpu_set(w->alpha, 0, "freelist", image_object(w->cpu0, 30));
	image_link(w->cpu0, 30, -1);
	expect_only(w, SCAN(turn), taken_meanwhile(turn), "slab-duplicate", w->cpu0);
	world_free(w);
}

/* flush_slab(): c->slab is NULL already, c->freelist not yet. */
EACH_CPU_ERA_AND_SCAN(flush_slab)
{
	struct world *w = world_new(ERA(turn));

	cpu_set(w->alpha, 3, "freelist", image_object(w->node1, 20));
	expect_only(w, SCAN(turn), true, "cpu-freelist-stray", NULL);
	cpu_set(w->alpha, 3, "freelist", image_object(w->node1, 20) + 8);
	expect_only(w, SCAN(turn), false, "cpu-freelist-stray", NULL);
	world_free(w);
}

/* slab_lock() makes up for a missing cmpxchg16b: freelist and counters change one by one. */
EACH_ERA_AND_SCAN(slab_lock)
{
	struct world *w = world_new(ERA(turn));
	uint64_t flags = image_load(w->image, w->node0[0]->page, "page", "flags");

	counters_set(w->node0[0], 62, false);
	image_store(w->image, w->node0[0]->page, "page", "flags", flags | 1);
	expect_only(w, SCAN(turn), true, "freelist-count", w->node0[0]);
	image_store(w->image, w->node0[0]->page, "page", "flags", flags);
	expect_only(w, SCAN(turn), false, "freelist-count", w->node0[0]);
	world_free(w);
}

/* Set or clear the mark of slabs on a node's list, where there is one. */
static void mark_partial(struct image_slab *slab, bool partial)
{
	struct image *image = slab->cache->image;
	uint64_t flags = image_load(image, slab->page, "page", "flags"), mark = 1u << 9;

	if (image->era >= ERA_6_12)
		image_store(image, slab->page, "page", "flags",
			    partial ? flags | mark : flags & ~mark);
}

static void unlink_slab(struct image_slab *slab)
{
	image_slab_unlink(slab);
	mark_partial(slab, false);
}

/* A slab that a CPU carries from one list to another is on none. */
EACH_ERA(frozen_on_no_list)
{
	struct world *w = world_new((enum image_era)turn);

	unlink_slab(w->node0[1]);
	if (image_has_cpu_slabs(w->image)) {
		counters_set(w->node0[1], 63, true);
		expect_only(w, true, true, "slab-inflight", w->node0[1]);
		counters_set(w->node0[1], 63, false);
	}
	/* From 6.8 on slabs travel unfrozen and without a lock: __slab_free() before
	 * put_cpu_partial(), get_partial_node() before freeze_slab(), __put_partials(); from 7.0 on
	 * __refill_objects_node(). But not with the mark of those on a list. */
	if (image_frozen_partial(w->image)) {
		expect_only(w, true, false, "slab-lost", w->node0[1]);
	} else {
		expect_only(w, true, true, "slab-inflight", w->node0[1]);
		mark_partial(w->node0[1], true);
		expect_only(w, true, false, "slab-lost", w->node0[1]);
	}
	lock_node(w->alpha, 0, true);
	expect_only(w, true, true, "slab-inflight", w->node0[1]);
	world_free(w);
}

/* __add_partial() links, then marks; get_partial_node_bulk() clears all marks, then unlinks. */
EACH_ERA(mark_change)
{
	struct world *w = world_new((enum image_era)turn);

	if ((enum image_era)turn < ERA_6_12) {
		world_free(w);
		return;
	}
	mark_partial(w->node0[1], false);
	lock_node(w->alpha, 0, true);
	expect_only(w, true, true, "slab-partial-flag", w->node0[1]);
	lock_node(w->alpha, 0, false);
	expect_only(w, true, false, "slab-partial-flag", w->node0[1]);
	/* remove_partial() of a slab that has become full: the mark goes last. */
	mark_partial(w->node0[1], true);
	mark_partial(w->full0, true);
	lock_node(w->alpha, 0, true);
	expect_only(w, true, true, "slab-partial-flag", w->full0);
	world_free(w);
}

/* get_from_partial_node() takes the last object, then unlinks the slab (7.0). */
EACH_ERA(last_object_of_partial)
{
	struct world *w = world_new((enum image_era)turn);

	if (image_has_cpu_slabs(w->image)) {
		world_free(w);
		return;
	}
	image_slab_store(w->node0[1], "freelist", 0);
	counters_set(w->node0[1], 64, false);
	lock_node(w->alpha, 0, true);
	expect_only(w, true, true, "slab-full", w->node0[1]);
	lock_node(w->alpha, 0, false);
	expect_only(w, true, false, "slab-full", w->node0[1]);
	world_free(w);
}

/* acquire_slab(mode 0): the second slab that get_partial_node() takes keeps its freelist. */
EACH_CPU_ERA(acquire_second_slab)
{
	struct world *w = world_new((enum image_era)turn);

	counters_set(w->node0[1], 63, true);
	lock_node(w->alpha, 0, true);
	expect_only(w, true, true, "slab-frozen", w->node0[1]);
	lock_node(w->alpha, 0, false);
	expect_only(w, true, false, "slab-frozen", w->node0[1]);
	world_free(w);
}

/* Since 6.1 caches with slub_debug options have no CPU slabs: alloc_single_from_partial() takes an
 * object off the freelist, then raises inuse. */
EACH_ERA(debug_allocation)
{
	struct world *w = world_new((enum image_era)turn);

	if (!w->debug_node) {
		world_free(w);
		return;
	}
	image_slab_store(w->debug_node, "freelist", image_object(w->debug_node, 5));
	lock_node(w->delta, 0, true);
	expect_only(w, true, true, "freelist-count", w->debug_node);
	lock_node(w->delta, 0, false);
	expect_only(w, true, false, "freelist-count", w->debug_node);
	world_free(w);
}

/* The last object is taken before the slab leaves the partial list. */
EACH_ERA(debug_last_object)
{
	struct world *w = world_new((enum image_era)turn);

	if (!w->debug_node) {
		world_free(w);
		return;
	}
	image_slab_store(w->debug_node, "freelist", 0);
	counters_set(w->debug_node, w->debug_node->objects, false);
	lock_node(w->delta, 0, true);
	expect_only(w, true, true, "slab-full", w->debug_node);
	lock_node(w->delta, 0, false);
	expect_only(w, true, false, "slab-full", w->debug_node);
	world_free(w);
}

/* alloc_single_from_new_slab() takes the first object before it takes list_lock. */
EACH_ERA(debug_new_slab)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_slab *slab = w->debug_node;
	int last = slab ? (int)slab->objects - 1 : 0;

	if (!slab) {
		world_free(w);
		return;
	}
	unlink_slab(slab);
	for (int i = 1; i <= last; i++)
		image_link(slab, i, i < last ? i + 1 : -1);
	image_slab_store(slab, "freelist", image_object(slab, 1));
	counters_set(slab, 1, false);
	/* Until 6.0 it went through deactivate_slab() like any other. */
	expect_only(w, true, turn >= ERA_6_1, turn >= ERA_6_1 ? "slab-inflight" : "slab-lost",
		    slab);
	world_free(w);
}

/* Up to 5.14 deactivate_slab() is through with the slab before c->page and c->freelist are
 * cleared, so that the slab and its objects are seen twice. */
EACH_CPU_ERA(deactivate_in_place)
{
	struct world *w = world_new((enum image_era)turn);
	enum image_era era = (enum image_era)turn;
	struct run *run;

	if (era >= ERA_6_1) {
		world_free(w);
		return;
	}
	cpu_set(w->alpha, 0, "slab", w->node0[0]->page);
	cpu_set(w->alpha, 0, "freelist", image_object(w->node0[0], 4));
	run = run_check(w->image, (struct run_options){ 0 });
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

/* ___slab_alloc() has stored inuse of a new slab and not yet frozen: it looks full, and its node
 * has not counted it. */
EACH_ERA(new_slab_looks_full)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t node = w->alpha->node[0];

	image_store(w->image, node, "kmem_cache_node", "nr_slabs",
		    image_load(w->image, node, "kmem_cache_node", "nr_slabs") - 1);
	image_store(w->image, node, "kmem_cache_node", "total_objects",
		    image_load(w->image, node, "kmem_cache_node", "total_objects") - 64);
	expect_only(w, true, true, "node-slabs", NULL);
	/* The other way around new_slab() did it, until 4.1. */
	image_store(w->image, node, "kmem_cache_node", "nr_slabs",
		    image_load(w->image, node, "kmem_cache_node", "nr_slabs") + 2);
	expect_only(w, true, turn == ERA_3_13, "node-slabs", NULL);
	world_free(w);
}

/* __kmem_cache_do_shrink() splices its list in: for a moment its last slab leads to the list's
 * head on the stack. */
EACH_ERA(shrink_splice)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t entry = image_slab_field(w->node0[1], "slab_list");
	uint64_t head = image_data(w->image, 16);

	image_set(w->image, entry, head);
	image_set(w->image, head, image_slab_field(w->node0[0], "slab_list"));
	image_set(w->image, head + 8, entry);
	lock_node(w->alpha, 0, true);
	expect_only(w, false, true, "partial-link", w->node0[1]);
	lock_node(w->alpha, 0, false);
	expect_only(w, false, false, "partial-link", w->node0[1]);
	/* Memory that leads elsewhere is not the head of that list. */
	image_set(w->image, head + 8, entry + 8);
	lock_node(w->alpha, 0, true);
	expect_only(w, false, false, "partial-link", w->node0[1]);
	world_free(w);
}

/* allocate_slab() is through and nobody has taken an object: since 6.1 not frozen. */
EACH_ERA(new_slab)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_slab *slab = w->node0[1];

	unlink_slab(slab);
	for (int i = 0; i < 64; i++)
		image_link(slab, i, i < 63 ? i + 1 : -1);
	image_slab_store(slab, "freelist", image_object(slab, 0));
	counters_set(slab, 0, false);
	expect_only(w, true, true, "slab-inflight", slab);
	/* And until inc_slabs_node() its node has not counted it. */
	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "nr_slabs",
		    image_load(w->image, w->alpha->node[0], "kmem_cache_node", "nr_slabs") - 1);
	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "total_objects",
		    image_load(w->image, w->alpha->node[0], "kmem_cache_node", "total_objects") -
			    64);
	expect_only(w, true, true, "node-slabs", NULL);
	expect_only(w, true, true, "node-objects", NULL);
	world_free(w);
}

/* __free_slab() has cleared slab_cache and not yet the mark; allocate_slab() does the reverse. */
EACH_ERA(slab_without_cache)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t page = image_page_of(w->image, w->image->direct_map + 300 * IMAGE_PAGE);
	struct run *run;

	image_mark_slab(w->image, page, true);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=slab-inflight severity=transient slab=0x%llx", H(page));
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

/* A slab of an RCU cache that waits for its grace period is marked, but counted no longer; the
 * rcu_head lies over its list entry. */
EACH_ERA(rcu_slab)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_symbol(w->image, "rcu_free_slab", IMAGE_TEXT + 0x4000, 64);
	unlink_slab(w->node0[1]);
	image_set(w->image, image_slab_field(w->node0[1], "slab_list"), 0);
	image_set(w->image, image_slab_field(w->node0[1], "slab_list") + 8, IMAGE_TEXT + 0x4000);
	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "nr_slabs",
		    image_load(w->image, w->alpha->node[0], "kmem_cache_node", "nr_slabs") - 1);
	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "total_objects",
		    image_load(w->image, w->alpha->node[0], "kmem_cache_node", "total_objects") -
			    64);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

/* Pages of KFENCE are marked as slabs of the caches they stand in for. */
EACH_ERA(kfence)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t pool = w->image->direct_map + 3000 * IMAGE_PAGE;
	uint64_t page = image_page_of(w->image, pool + 3 * IMAGE_PAGE);
	uint64_t symbol = image_data(w->image, 8);
	struct image_slab fake = *w->full0;
	struct run *run;

	fake.page = page;
	image_mark_slab(w->image, page, true);
	image_slab_store(&fake, "slab_cache", w->alpha->addr);
	image_symbol(w->image, "__kfence_pool", symbol, 8);
	image_set(w->image, symbol, pool);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_free(run);
	/* Without the pool it is a slab that no node has counted. */
	image_set(w->image, symbol, 0);
	run = run_check(w->image, (struct run_options){ .scan = true });
	ck_assert_uint_ne(run_count(run, NULL), 0);
	run_free(run);
	world_free(w);
}

/* kmem_cache_alloc_bulk() has taken objects and not yet cleared them: free links that lead from
 * one to the next, on no list. It looks like a cut chain, so it is told, as no damage. */
EACH_CPU_ERA_AND_SCAN(bulk_allocation)
{
	struct world *w;
	struct run *run;
	uint64_t key;

	if (ERA(turn) == ERA_3_13)
		return; /* no init_on_alloc: any object may carry an old link */
	w = world_new(ERA(turn));
	key = image_data(w->image, 8);
	image_symbol(w->image, "init_on_alloc", key, 16);
	image_put(w->image, key, 1, 4);
	image_link(w->cpu0, 40, 41);
	image_link(w->cpu0, 41, 42);
	image_link(w->cpu0, 42, -1);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run,
		   "id=freelist-orphans severity=transient place=cpu-slab cpu=0 slab=0x%llx "
		   "object=0x%llx index=40",
		   H(w->cpu0->page), H(image_object(w->cpu0, 40)));
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

Suite *suite_checker_transient(void)
{
	Suite *suite = suite_create("checker_transient");
	TCase *tcase = tcase_create("transient");

	tcase_add_test(tcase, list_change);
	tcase_add_test(tcase, list_damage);
	tcase_add_test(tcase, nr_partial_change);
	tcase_add_test(tcase, acquire_slab);
	tcase_add_test(tcase, acquire_slab_unlocked);
	tcase_add_test(tcase, get_freelist);
	tcase_add_test(tcase, chain_head);
	tcase_add_test(tcase, chain_behind_head);
	tcase_add_test(tcase, chain_behind_duplicate);
	tcase_add_test(tcase, chain_of_other_cpu);
	tcase_add_test(tcase, chain_of_freeing_cpu);
	tcase_add_test(tcase, slab_of_freeing_cpu);
	tcase_add_test(tcase, flush_slab);
	tcase_add_test(tcase, slab_lock);
	tcase_add_test(tcase, frozen_on_no_list);
	tcase_add_test(tcase, mark_change);
	tcase_add_test(tcase, last_object_of_partial);
	tcase_add_test(tcase, acquire_second_slab);
	tcase_add_test(tcase, debug_allocation);
	tcase_add_test(tcase, debug_last_object);
	tcase_add_test(tcase, debug_new_slab);
	tcase_add_test(tcase, deactivate_in_place);
	tcase_add_test(tcase, new_slab_looks_full);
	tcase_add_test(tcase, shrink_splice);
	tcase_add_test(tcase, new_slab);
	tcase_add_test(tcase, slab_without_cache);
	tcase_add_test(tcase, rcu_slab);
	tcase_add_test(tcase, kfence);
	tcase_add_test(tcase, bulk_allocation);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
