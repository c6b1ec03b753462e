/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sheaves and barns: each fault and its finding, each state of a CPU in the middle of an operation
 * with its excuse and without, and words that no sheaf ever holds.
 */
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* Eras that have sheaves, each without and with a scan. */
#define EACH_SHEAF_ERA(name) EACH(name, 2 * (ERAS - ERA_6_18))
#define ERA(i) ((enum image_era)(ERA_6_18 + (i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define H(value) ((unsigned long long)(value))
#define SAFE(severity) (severity ? "transient" : "corrupt")

#define NOWHERE UINT64_C(0xffffc90123456780)
#define NONSENSE UINT64_C(0x4141deadbeef4141)

static struct run *judge(struct world *w, bool scan)
{
	return run_check(w->image, (struct run_options){ .scan = scan });
}

static void finish(struct run *run)
{
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
}

static void done(struct world *w, struct run *run)
{
	finish(run);
	world_free(w);
}

static uint64_t pcs_slot(const struct image_cache *c, int cpu, const char *member)
{
	return image_field(c->image, image_sheaves_cpu(c, cpu), "slub_percpu_sheaves", member);
}

static uint64_t sheaf_field(const struct image_sheaf *sheaf, const char *member)
{
	return image_field(sheaf->cache->image, sheaf->addr, "slab_sheaf", member);
}

static uint64_t barn_field(const struct image_cache *c, int node, const char *member)
{
	return image_field(c->image, c->barn[node], "node_barn", member);
}

static void entry_set(const struct image_sheaf *sheaf, uint32_t entry, uint64_t value)
{
	image_set(sheaf->cache->image, image_sheaf_slot(sheaf, entry), value);
}

static void size_set(const struct image_sheaf *sheaf, uint32_t size)
{
	image_put(sheaf->cache->image, sheaf_field(sheaf, "size"), size, 4);
}

static void lock_cpu(struct image_cache *c, int cpu, bool locked)
{
	image_put(c->image, pcs_slot(c, cpu, "lock"), locked, 1);
}

static void lock_barn(struct image_cache *c, int node, bool locked)
{
	image_put(c->image, barn_field(c, node, "lock"), locked, 4);
}

/* Take CPU 1 down, between its death and slub_cpu_dead(). */
static void kill_cpu(struct image *image, bool flushing)
{
	uint64_t lock = image_data(image, 64);

	for (unsigned int i = 0; i < image->nr_symbols; i++)
		if (!strcmp(image->symbols[i].name, "__cpu_online_mask"))
			image_set(image, image->symbols[i].value, 0xd);
	image_symbol(image, "cpu_hotplug_lock", lock, 64);
	image_put(image, image_field(image, lock, "percpu_rw_semaphore", "block"), flushing, 4);
}

/* Expect the finding with the severity, and nothing else that is corrupt. */
static void expect_only(struct world *w, bool scan, bool excused, const char *id)
{
	struct run *run = judge(w, scan);

	run_expect(run, "id=%s severity=%s", id, SAFE(excused));
	run_nothing_else(run, "corrupt");
	run_verdict(run, excused ? VERDICT_CLEAN : VERDICT_CORRUPT);
	run_free(run);
}

/* Coverage */

EACH_SHEAF_ERA(counted)
{
	struct world *w = world_new(ERA(turn));
	struct run *run =
		run_check(w->image, (struct run_options){ .scan = SCAN(turn), .all_caches = true });
	/* Those that would be on CPUs' freelists are in sheaves where CPUs have none. */
	int more = image_has_cpu_slabs(w->image) ? 0 : 4;

	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_expect_type(run, "cache", "cache=alpha sheaves=11 objects_in_sheaves=%d", 33 + more);
	run_expect_type(run, "cache", "cache=kmem_cache sheaves=0 objects_in_sheaves=0");
	run_free(run);
	world_free(w);
}

/* Kernels before have none, and nothing is said of them. */
EACH(not_counted, ERA_6_18)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .all_caches = true });

	run_expect_type(run, "cache", "cache=alpha sheaves=- objects_in_sheaves=-");
	run_expect_type(run, "summary", "sheaves=-");
	run_free(run);
	world_free(w);
}

/* -s of objects in sheaves. */
static void address_expect(struct world *w, uint64_t addr, const struct image_sheaf *sheaf,
			   const char *place, const char *where, int number, unsigned int entry)
{
	struct run_options o = { .is_address = true, .address = addr + 7 };
	struct run *run = run_check(w->image, o);

	run_expect_type(run, "address",
			"cache=alpha state=free freelist=- sheaf=0x%llx sheaf_place=%s %s=%d "
			"entry=%u",
			H(sheaf->addr), place, where, number, entry);
	run_nothing_else(run, NULL);
	run_free(run);
	o.text = true;
	run = run_check(w->image, o);
	unit_check(strstr(run->text, "free: entry") != NULL, "%s", run->text);
	run_free(run);
}

EACH_SHEAF_ERA(addresses)
{
	struct world *w = world_new(ERA(turn));
	unsigned int below = image_has_cpu_slabs(w->image) ? 0 : 3;
	struct run *run;

	address_expect(w, image_object(w->full0, 21), w->main0, "sheaf-main", "sheaf_cpu", 0,
		       below + 1);
	address_expect(w, image_object(w->full0, 34), w->spare0, "sheaf-spare", "sheaf_cpu", 0, 11);
	address_expect(w, image_object(w->full0, 35), w->rcu1, "sheaf-rcu-free", "sheaf_cpu", 1, 0);
	address_expect(w, image_object(w->full0, 53), w->barn0[1], "barn-full", "sheaf_node", 0, 1);
	/* A neighbour in a sheaf is free, too. */
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.text = true,
							.address = image_object(w->full0, 19) });
	unit_check(strstr(run->text, "allocated") && strstr(run->text, " free\n"), "%s", run->text);
	run_free(run);
	world_free(w);
}

/* Pointers of CPUs */

EACH_SHEAF_ERA(pointer)
{
	static const char *const members[] = { "main", "spare", "rcu_free" };
	static const char *const places[] = { "sheaf-main", "sheaf-spare", "sheaf-rcu-free" };
	struct world *w = world_new(ERA(turn));
	const uint64_t garbage[] = { NOWHERE,
				     NONSENSE,
				     0x1234,
				     image_object(w->full0, 3) + 8,
				     w->barn0[0]->addr + 4,
				     IMAGE_MEMMAP + 64 * 7 };

	for (int i = 0; i < 3 * UNIT_COUNT(garbage); i++) {
		uint64_t slot = pcs_slot(w->alpha, 3, members[i % 3]);
		uint64_t good = image_word(w->image, slot);
		struct run *run;

		image_set(w->image, slot, garbage[i / 3]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=sheaf-pointer severity=corrupt cache=alpha place=%s cpu=3 "
			   "sheaf=- slot=0x%llx slot_name=pcs->%s raw=0x%llx cause=metadata-write",
			   places[i % 3], H(slot), members[i % 3], H(garbage[i / 3]));
		finish(run);
		image_set(w->image, slot, good);
	}
	world_free(w);
}

EACH_SHEAF_ERA(no_main)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, pcs_slot(w->alpha, 2, "main"), 0);
	/* Never, lock or not. */
	lock_cpu(w->alpha, 2, true);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=sheaf-pointer severity=corrupt place=sheaf-main cpu=2 raw=0x0");
	done(w, run);
}

/* One word of the kmem_cache, and not what each CPU has. */
EACH_SHEAF_ERA(percpu)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_field(w->image, w->alpha->addr, "kmem_cache", "cpu_sheaves");
	const uint64_t garbage[] = { 0, NONSENSE, 0x20000, w->image->kmalloc->cpu_sheaves };

	for (int i = 0; i < UNIT_COUNT(garbage); i++) {
		struct run *run;

		image_set(w->image, slot, garbage[i]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=cache-percpu severity=corrupt cache=alpha place=cpu slot=0x%llx "
			   "slot_name=cpu_sheaves raw=0x%llx",
			   H(slot), H(garbage[i]));
		finish(run);
	}
	world_free(w);
}

EACH_SHEAF_ERA(capacity)
{
	static const uint32_t wild[] = { 13, 1000, 0xffffffff, 2, 0 };
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_field(w->image, w->alpha->addr, "kmem_cache", "sheaf_capacity");

	for (int i = 0; i < UNIT_COUNT(wild); i++) {
		struct run *run;

		image_put(w->image, slot, wild[i], 4);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=cache-geometry severity=corrupt cache=alpha place=cache slot=0x%llx "
			   "slot_name=sheaf_capacity raw=0x%llx",
			   H(slot), H(wild[i]));
		finish(run);
	}
	world_free(w);
}

/* A cache without sheaves that says it has some. */
EACH_SHEAF_ERA(capacity_of_none)
{
	struct world *w = world_new(ERA(turn));
	struct image_cache *c = w->image->caches[0];
	struct run *run;

	image_store(w->image, c->addr, "kmem_cache", "sheaf_capacity", 12);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=%s severity=corrupt cache=kmem_cache_node",
		   image_has_cpu_slabs(w->image) ? "cache-percpu" : "cache-geometry");
	done(w, run);
}

EACH_SHEAF_ERA(offline)
{
	struct world *w = world_unsealed(ERA(turn));
	struct run *run;

	/* Nothing on the CPU but sheaves. */
	w->cpu1->nr_on_cpu = 0;
	for (int i = 0; i < 3; i++)
		w->chain[i]->place = ON_NODE_PARTIAL;
	for (int i = 0; i < 3; i++)
		w->chain[i]->where = 1;
	w->cpu1->place = ON_NO_LIST;
	w->main1->size = 0;
	image_seal(w->image);
	kill_cpu(w->image, false);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=cpu-offline severity=corrupt place=sheaf-rcu-free cpu=1 sheaf=0x%llx",
		   H(w->rcu1->addr));
	finish(run);
	/* An empty main sheaf is what a flush leaves. */
	image_set(w->image, pcs_slot(w->alpha, 1, "rcu_free"), 0);
	run = judge(w, SCAN(turn));
	run_nothing_else(run, NULL);
	run_free(run);
	world_free(w);
}

/* Sheaves */

EACH_SHEAF_ERA(owner)
{
	struct world *w = world_new(ERA(turn));
	struct image_sheaf *sheaves[] = { w->main0, w->spare0, w->rcu1, w->barn0[1], w->empty1 };
	static const char *const places[] = { "sheaf-main", "sheaf-spare", "sheaf-rcu-free",
					      "barn-full", "barn-empty" };
	const uint64_t garbage[] = { 0, NONSENSE, w->beta->addr };

	for (int i = 0; i < 3 * UNIT_COUNT(sheaves); i++) {
		const struct image_sheaf *sheaf = sheaves[i / 3];
		uint64_t slot = sheaf_field(sheaf, "cache");
		struct run *run;

		image_set(w->image, slot, garbage[i % 3]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=sheaf-cache severity=corrupt cache=alpha place=%s sheaf=0x%llx "
			   "slot=0x%llx slot_name=sheaf->cache raw=0x%llx expected=0x%llx",
			   places[i / 3], H(sheaf->addr), H(slot), H(garbage[i % 3]),
			   H(w->alpha->addr));
		finish(run);
		image_set(w->image, slot, w->alpha->addr);
	}
	world_free(w);
}

EACH_SHEAF_ERA(wild_size)
{
	static const uint32_t wild[] = { 13, 0x7fffffff, 0xffffffff };
	struct world *w = world_new(ERA(turn));
	struct image_sheaf *sheaves[] = { w->main0, w->spare0, w->rcu1, w->barn0[1] };

	for (int i = 0; i < 3 * UNIT_COUNT(sheaves); i++) {
		const struct image_sheaf *sheaf = sheaves[i / 3];
		struct run *run;

		size_set(sheaf, wild[i % 3]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=sheaf-size severity=corrupt cache=alpha sheaf=0x%llx slot=0x%llx "
			   "slot_name=sheaf->size raw=0x%llx cause=metadata-write",
			   H(sheaf->addr), H(sheaf_field(sheaf, "size")), H(wild[i % 3]));
		finish(run);
		size_set(sheaf, sheaf->size);
	}
	world_free(w);
}

EACH_SHEAF_ERA(shared)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = pcs_slot(w->alpha, 3, "spare");
	struct run *run;

	/* In two CPUs, and of the second a CPU's and a barn's. */
	image_set(w->image, slot, w->spare0->addr);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=sheaf-shared severity=corrupt place=sheaf-spare cpu=3 sheaf=0x%llx "
		   "slot=0x%llx cause=lost-update",
		   H(w->spare0->addr), H(slot));
	finish(run);
	image_set(w->image, slot, w->barn0[1]->addr);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=sheaf-shared severity=corrupt place=barn-full node=0 sheaf=0x%llx",
		   H(w->barn0[1]->addr));
	done(w, run);
}

/* Entries */

/* Damage the entry that no in-flight state can excuse: the first. */
static void entry_expect(struct world *w, bool scan, const struct image_sheaf *sheaf,
			 uint64_t value, const char *id, const char *more)
{
	uint64_t good = image_word(w->image, image_sheaf_slot(sheaf, 0));
	struct run *run;

	entry_set(sheaf, 0, value);
	run = judge(w, scan);
	run_expect(run,
		   "id=%s severity=corrupt cache=alpha sheaf=0x%llx entry=0 slot=0x%llx "
		   "slot_name=sheaf->objects raw=0x%llx %s",
		   id, H(sheaf->addr), H(image_sheaf_slot(sheaf, 0)), H(value), more);
	finish(run);
	entry_set(sheaf, 0, good);
}

EACH_SHEAF_ERA(wild)
{
	struct world *w = world_new(ERA(turn));
	struct image_sheaf *sheaves[] = { w->main0, w->spare0, w->rcu1, w->barn0[0], w->barn0[2] };
	const uint64_t garbage[] = { 0,
				     8,
				     NOWHERE,
				     NONSENSE,
				     UINT64_MAX,
				     IMAGE_TEXT + 64,
				     w->image->direct_map + 900 * IMAGE_PAGE };

	for (int i = 0; i < UNIT_COUNT(garbage); i++)
		entry_expect(w, SCAN(turn), sheaves[i % UNIT_COUNT(sheaves)], garbage[i],
			     "sheaf-wild", "cause=metadata-write");
	world_free(w);
}

EACH_SHEAF_ERA(misaligned)
{
	struct world *w = world_new(ERA(turn));

	entry_expect(w, SCAN(turn), w->spare0, image_object(w->full0, 23) + 8, "sheaf-misaligned",
		     "place=sheaf-spare cpu=0 cause=inner-free certainty=likely");
	entry_expect(w, SCAN(turn), w->barn0[1], image_object(w->full1, 23) + 1, "sheaf-misaligned",
		     "place=barn-full node=0");
	world_free(w);
}

EACH_SHEAF_ERA(foreign_cache)
{
	struct world *w = world_new(ERA(turn));

	entry_expect(w, SCAN(turn), w->main0, image_object(w->big_node, 11), "sheaf-foreign-cache",
		     "place=sheaf-main cpu=0 cause=wrong-cache-free");
	world_free(w);
}

/* Many objects of one slab are no accident: it is the slab that says the wrong thing. */
EACH_SHEAF_ERA(foreign_slab)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slab_field(w->full0, "slab_cache");
	struct run *run;

	image_set(w->image, slot, w->gamma->addr);
	run = judge(w, false);
	run_expect(run,
		   "id=slab-cache severity=corrupt cache=alpha place=no-list slab=0x%llx "
		   "slot=0x%llx raw=0x%llx expected=0x%llx",
		   H(w->full0->page), H(slot), H(w->gamma->addr), H(w->alpha->addr));
	finish(run);
	/* The memmap tells of slabs that belong to nobody, once. */
	image_set(w->image, slot, NONSENSE);
	run = judge(w, true);
	run_expect(run, "id=slab-cache severity=corrupt slab=0x%llx", H(w->full0->page));
	/* The node's counters are right to count it. */
	done(w, run);
}

/* The page went to somebody else: one finding for all that lies there. */
EACH_SHEAF_ERA(page_gone)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_mark_slab(w->image, w->full0->page, false);
	run = judge(w, false);
	run_expect(run, "id=sheaf-wild severity=corrupt cache=alpha");
	done(w, run);
}

EACH_SHEAF_ERA(duplicate)
{
	struct world *w = world_new(ERA(turn));

	/* In another sheaf, in its own, and in one of a barn. */
	entry_expect(w, SCAN(turn), w->barn0[1], image_object(w->full0, 24), "sheaf-duplicate",
		     "place=barn-full node=0 cause=double-free");
	entry_expect(w, SCAN(turn), w->barn0[2], image_object(w->full0, 35), "sheaf-duplicate",
		     "place=barn-full");
	world_free(w);
}

EACH_SHEAF_ERA(duplicate_within)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	entry_set(w->spare0, 5, image_object(w->full0, 23));
	run = judge(w, SCAN(turn));
	run_expect(run, "id=sheaf-duplicate severity=corrupt sheaf=0x%llx entry=5 raw=0x%llx",
		   H(w->spare0->addr), H(image_object(w->full0, 23)));
	done(w, run);
}

EACH_SHEAF_ERA(on_freelist)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	entry_set(w->spare0, 0, image_object(w->node0[0], 6));
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=sheaf-on-freelist severity=corrupt place=sheaf-spare cpu=0 sheaf=0x%llx "
		   "entry=0 slab=0x%llx object=0x%llx index=6 hop=1 cause=double-free",
		   H(w->spare0->addr), H(w->node0[0]->page), H(image_object(w->node0[0], 6)));
	done(w, run);
}

EACH(on_cpu_freelist, 2)
{
	struct world *w = world_new(ERA_6_18);
	struct run *run;

	entry_set(w->barn0[1], 0, image_object(w->cpu0, 3));
	run = judge(w, turn == 1);
	run_expect(
		run,
		"id=sheaf-on-freelist severity=corrupt place=barn-full slab=0x%llx index=3 hop=1",
		H(w->cpu0->page));
	done(w, run);
}

static void take_off_list(struct image_slab *slab)
{
	struct image *image = slab->cache->image;
	uint64_t entry = image_slab_field(slab, "slab_list");
	uint64_t next = image_word(image, entry), prev = image_word(image, entry + 8);
	uint64_t node = slab->cache->node[slab->where];
	uint64_t flags = image_load(image, slab->page, "page", "flags");

	image_set(image, prev, next);
	image_set(image, next + 8, prev);
	image_store(image, node, "kmem_cache_node", "nr_partial",
		    image_load(image, node, "kmem_cache_node", "nr_partial") - 1);
	image_store(image, slab->page, "page", "flags", flags & ~UINT64_C(0x200));
}

/* The slab is in the hands of a refill; its freelist is looked at all the same. */
EACH_SHEAF_ERA(on_freelist_in_flight)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	take_off_list(w->node0[0]);
	run = judge(w, SCAN(turn));
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	entry_set(w->spare0, 0, image_object(w->node0[0], 8));
	run = judge(w, SCAN(turn));
	run_expect(run, "id=sheaf-on-freelist severity=corrupt slab=0x%llx index=8 hop=2",
		   H(w->node0[0]->page));
	done(w, run);
}

/* 33 objects of it are in sheaves. */
EACH_SHEAF_ERA(inuse)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_slab_store(w->full0, "counters", image_counters(w->image, 32, 64, false));
	run = judge(w, false);
	run_expect(run, "id=slab-inuse severity=corrupt place=no-list slab=0x%llx",
		   H(w->full0->page));
	finish(run);
	image_slab_store(w->full0, "counters", image_counters(w->image, 33, 64, false));
	run = judge(w, false);
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* kfree_rcu() takes objects of KFENCE too, and their slabs say that they are the cache's. */
EACH_SHEAF_ERA(kfence)
{
	struct world *w = world_new(ERA(turn));
	uint64_t pool = w->image->direct_map + 3000 * IMAGE_PAGE;
	uint64_t symbol = image_data(w->image, 8);
	struct run *run;

	image_symbol(w->image, "__kfence_pool", symbol, 8);
	image_set(w->image, symbol, pool);
	entry_set(w->rcu1, 0, pool + 4 * IMAGE_PAGE - 72);
	run = judge(w, SCAN(turn));
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

/* Barns */

EACH_SHEAF_ERA(barn_pointer)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_barn_slot(w->alpha, 1);
	const uint64_t garbage[] = { NOWHERE, NONSENSE, 1, w->barn0[0]->addr + 8, IMAGE_DATA };
	struct run *run;

	for (int i = 0; i < UNIT_COUNT(garbage); i++) {
		image_set(w->image, slot, garbage[i]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=barn-pointer severity=corrupt cache=alpha place=barn node=1 "
			   "slot=0x%llx slot_name=barn raw=0x%llx",
			   H(slot), H(garbage[i]));
		finish(run);
	}
	/* A node without one is legal. */
	image_set(w->image, slot, 0);
	run = judge(w, SCAN(turn));
	run_nothing_else(run, NULL);
	run_free(run);
	world_free(w);
}

EACH_SHEAF_ERA(barn_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = sheaf_field(w->barn0[0], "barn_list");
	uint64_t good = image_word(w->image, slot);
	const uint64_t garbage[] = { NOWHERE,
				     NONSENSE,
				     0,
				     UINT64_C(0xdead000000000100),
				     image_object(w->full1, 3),
				     w->barn0[1]->addr + 8 };

	for (int i = 0; i < UNIT_COUNT(garbage); i++) {
		struct run *run;

		image_set(w->image, slot, garbage[i]);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=barn-link severity=corrupt cache=alpha place=barn-full node=0 "
			   "sheaf=0x%llx slot=0x%llx slot_name=barn_list.next raw=0x%llx "
			   "expected=0x%llx",
			   H(w->barn0[0]->addr), H(slot), H(garbage[i]), H(good));
		/* What lies behind is met from the other end. */
		run_expect_type(run, "cache", "cache=alpha sheaves=11");
		finish(run);
	}
	world_free(w);
}

EACH_SHEAF_ERA(barn_back_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = sheaf_field(w->barn0[1], "barn_list") + 8;
	uint64_t good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, NONSENSE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=barn-link severity=corrupt place=barn-full node=0 sheaf=0x%llx slot=0x%llx "
		   "slot_name=barn_list.prev raw=0x%llx expected=0x%llx",
		   H(w->barn0[1]->addr), H(slot), H(NONSENSE), H(good));
	done(w, run);
}

EACH_SHEAF_ERA(barn_head)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = barn_field(w->alpha, 1, "sheaves_empty");
	uint64_t good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, NOWHERE);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=barn-link severity=corrupt place=barn-empty node=1 sheaf=- slot=0x%llx "
		   "raw=0x%llx expected=0x%llx",
		   H(slot), H(NOWHERE), H(good));
	done(w, run);
}

EACH_SHEAF_ERA(barn_count)
{
	struct world *w = world_new(ERA(turn));
	uint64_t full = barn_field(w->alpha, 0, "nr_full");
	uint64_t empty = barn_field(w->alpha, 1, "nr_empty");
	struct run *run;

	image_put(w->image, full, 0xffffffff, 4);
	image_put(w->image, empty, 0, 4);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=barn-count severity=corrupt place=barn-full node=0 slot=0x%llx "
		   "slot_name=nr_full raw=0xffffffff expected=0x3",
		   H(full));
	run_expect(run,
		   "id=barn-count severity=corrupt place=barn-empty node=1 slot=0x%llx "
		   "slot_name=nr_empty raw=0x0 expected=0x1",
		   H(empty));
	done(w, run);
}

EACH_SHEAF_ERA(barn_sheaf)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	size_set(w->barn0[2], 0);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=barn-sheaf severity=corrupt place=barn-full node=0 sheaf=0x%llx slot=0x%llx "
		   "raw=0x0",
		   H(w->barn0[2]->addr), H(sheaf_field(w->barn0[2], "size")));
	finish(run);
	size_set(w->barn0[2], 1);
	size_set(w->empty1, 1);
	entry_set(w->empty1, 0, image_object(w->full1, 3));
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=barn-sheaf severity=corrupt place=barn-empty node=1 sheaf=0x%llx raw=0x1",
		   H(w->empty1->addr));
	done(w, run);
}

/* In flight */

/* free_to_pcs(), __kfree_rcu_sheaf(): size is one more, and the entry is what was there before. */
EACH_SHEAF_ERA(size_before_object)
{
	struct world *w = world_new(ERA(turn));
	const uint64_t stale[] = { 0, image_object(w->full0, 24), image_object(w->node0[0], 6),
				   image_object(w->big_node, 2),
				   w->image->direct_map + 900 * IMAGE_PAGE };
	static const char *const ids[] = { "sheaf-wild", "sheaf-duplicate", "sheaf-on-freelist",
					   "sheaf-foreign-cache", "sheaf-wild" };
	struct image_sheaf *sheaves[] = { w->main1, w->rcu1 };

	for (int i = 0; i < 2 * UNIT_COUNT(stale); i++) {
		struct image_sheaf *sheaf = sheaves[i % 2];

		size_set(sheaf, sheaf->size + 1);
		entry_set(sheaf, sheaf->size, stale[i / 2]);
		lock_cpu(w->alpha, 1, true);
		expect_only(w, SCAN(turn), true, ids[i / 2]);
		lock_cpu(w->alpha, 1, false);
		expect_only(w, SCAN(turn), false, ids[i / 2]);
		/* The lock of another CPU says nothing. */
		lock_cpu(w->alpha, 0, true);
		expect_only(w, SCAN(turn), false, ids[i / 2]);
		lock_cpu(w->alpha, 0, false);
		size_set(sheaf, sheaf->size);
	}
	world_free(w);
}

/* Nothing leaves other entries, or those of a spare sheaf, like that. */
EACH_SHEAF_ERA(not_the_last_entry)
{
	struct world *w = world_new(ERA(turn));

	lock_cpu(w->alpha, 0, true);
	entry_set(w->main0, 0, NOWHERE);
	expect_only(w, SCAN(turn), false, "sheaf-wild");
	entry_set(w->main0, 0, w->main0->objects[0]);
	entry_set(w->spare0, 11, NOWHERE);
	expect_only(w, SCAN(turn), false, "sheaf-wild");
	world_free(w);
}

/* Where no type tells about the lock, it may be held: that is not damage, and nothing is clean. */
EACH_SHEAF_ERA(lock_unknown)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	w->image->lacks[0] = "slub_percpu_sheaves.lock";
	size_set(w->main1, w->main1->size + 1);
	entry_set(w->main1, w->main1->size, NOWHERE);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=sheaf-wild severity=transient");
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(run->text, "it is not known whether the lock is held"));
	run_free(run);
	world_free(w);
}

/* swap(), __pcs_install_empty_sheaf(), __kfree_rcu_sheaf(): a CPU has it twice. */
EACH_SHEAF_ERA(moved_within_cpu)
{
	static const char *const members[] = { "main", "spare", "rcu_free" };
	struct world *w = world_new(ERA(turn));
	uint64_t main0 = pcs_slot(w->alpha, 0, "main");

	for (int i = 1; i < 3; i++) {
		uint64_t slot = pcs_slot(w->alpha, 0, members[i]);
		uint64_t good = image_word(w->image, slot);

		image_set(w->image, slot, image_word(w->image, main0));
		lock_cpu(w->alpha, 0, true);
		expect_only(w, SCAN(turn), true, "sheaf-shared");
		lock_cpu(w->alpha, 0, false);
		expect_only(w, SCAN(turn), false, "sheaf-shared");
		image_set(w->image, slot, good);
	}
	world_free(w);
}

/* barn_replace_full_sheaf() has put main into the barn; pcs->main is stored next. And another CPU may
 * have taken it from there. */
EACH_SHEAF_ERA(moved_to_barn)
{
	struct world *w = world_new(ERA(turn));
	uint64_t main3 = pcs_slot(w->alpha, 3, "main"), own = image_word(w->image, main3);

	image_set(w->image, main3, w->barn0[0]->addr);
	lock_cpu(w->alpha, 3, true);
	expect_only(w, SCAN(turn), true, "sheaf-shared");
	lock_cpu(w->alpha, 3, false);
	expect_only(w, SCAN(turn), false, "sheaf-shared");
	image_set(w->image, main3, w->spare0->addr);
	lock_cpu(w->alpha, 3, true);
	expect_only(w, SCAN(turn), true, "sheaf-shared");
	lock_cpu(w->alpha, 3, false);
	expect_only(w, SCAN(turn), false, "sheaf-shared");
	image_set(w->image, main3, own);
	world_free(w);
}

/* And even have freed it, so that anything lies there; but memory does. */
EACH_SHEAF_ERA(stale_main)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = pcs_slot(w->alpha, 3, "main");

	image_set(w->image, slot, image_object(w->full1, 3));
	lock_cpu(w->alpha, 3, true);
	expect_only(w, SCAN(turn), true, "sheaf-cache");
	lock_cpu(w->alpha, 3, false);
	expect_only(w, SCAN(turn), false, "sheaf-cache");
	image_set(w->image, slot, image_object(w->full1, 3) + 8);
	lock_cpu(w->alpha, 3, true);
	expect_only(w, SCAN(turn), true, "sheaf-pointer");
	image_set(w->image, slot, NOWHERE);
	expect_only(w, SCAN(turn), false, "sheaf-pointer");
	world_free(w);
}

/* list_add() and list_del() in a barn, and the count that follows. */
EACH_SHEAF_ERA(barn_change)
{
	struct world *w = world_new(ERA(turn));
	uint64_t back = sheaf_field(w->barn0[1], "barn_list") + 8;
	uint64_t good = image_word(w->image, back);

	image_set(w->image, back, sheaf_field(w->barn0[2], "barn_list"));
	lock_barn(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "barn-link");
	lock_barn(w->alpha, 0, false);
	expect_only(w, SCAN(turn), false, "barn-link");
	/* No store of the kernel makes that. */
	lock_barn(w->alpha, 0, true);
	image_set(w->image, back, good ^ UINT64_C(1) << 58);
	expect_only(w, SCAN(turn), false, "barn-link");
	image_set(w->image, back, good + 8);
	expect_only(w, SCAN(turn), false, "barn-link");
	image_set(w->image, back, good);
	image_put(w->image, barn_field(w->alpha, 0, "nr_full"), 4, 4);
	lock_barn(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "barn-count");
	lock_barn(w->alpha, 0, false);
	lock_barn(w->alpha, 1, true);
	expect_only(w, SCAN(turn), false, "barn-count");
	world_free(w);
}

/* barn_shrink(): the last sheaf of the list leads to a head on the stack. */
EACH_SHEAF_ERA(barn_splice)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = sheaf_field(w->barn0[2], "barn_list"), head = image_data(w->image, 16);

	image_set(w->image, slot, head);
	image_set(w->image, head, sheaf_field(w->barn0[0], "barn_list"));
	image_set(w->image, head + 8, slot);
	lock_barn(w->alpha, 0, true);
	expect_only(w, SCAN(turn), true, "barn-link");
	lock_barn(w->alpha, 0, false);
	expect_only(w, SCAN(turn), false, "barn-link");
	lock_barn(w->alpha, 0, true);
	image_set(w->image, slot, NOWHERE);
	expect_only(w, SCAN(turn), false, "barn-link");
	/* Memory that leads elsewhere is not the head of that list. */
	image_set(w->image, slot, w->alpha->addr);
	expect_only(w, SCAN(turn), false, "barn-link");
	world_free(w);
}

/* __pcs_flush_all_cpu(): objects are back on freelists, and the spare sheaf is freed. */
EACH_SHEAF_ERA(flush_of_dead_cpu)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_sheaf *spare = image_sheaf(w->alpha, IN_SPARE, 1);
	struct run *run;

	image_sheaf_put(spare, w->full1, LIST(7));
	image_seal(w->image);
	entry_set(w->rcu1, 0, image_object(w->node0[0], 4));
	image_set(w->image, sheaf_field(spare, "cache"), 0);
	kill_cpu(w->image, true);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=sheaf-on-freelist severity=transient place=sheaf-rcu-free cpu=1");
	run_expect(run, "id=sheaf-cache severity=transient place=sheaf-spare cpu=1");
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

/* Refilled objects carry the links that they had on a freelist: no cut chain. */
EACH_SHEAF_ERA(refilled)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->full0, 23, 24);
	image_link(w->full0, 24, 25);
	image_link(w->full0, 25, -1);
	entry_set(w->spare0, 0, image_object(w->node0[0], 30));
	entry_set(w->spare0, 1, image_object(w->node0[0], 31));
	image_link(w->node0[0], 30, 31);
	image_link(w->node0[0], 31, -1);
	/* And a chain that was cut beside them is the one that fits: 4 6 8. */
	image_link(w->node0[0], 4, -1);
	run = judge(w, SCAN(turn));
	run_expect(run,
		   "id=freelist-count severity=corrupt slab=0x%llx repair=0x%llx cause=cut-chain",
		   H(w->node0[0]->page), H(image_object(w->node0[0], 6)));
	done(w, run);
}

/* Hostile */

EACH_SHEAF_ERA(cycles)
{
	struct world *w = world_new(ERA(turn));
	uint64_t lists[3];

	for (int i = 0; i < 3; i++)
		lists[i] = sheaf_field(w->barn0[i], "barn_list");
	w->image->read_limit = 5000;
	/* The last leads back to each; then the cycle closes, as if it had been cut out whole. */
	for (int i = 0; i < 6; i++) {
		uint64_t good = image_word(w->image, lists[i % 3] + 8);
		struct run *run;

		image_set(w->image, lists[2], lists[i % 3]);
		if (i >= 3)
			image_set(w->image, lists[i % 3] + 8, lists[2]);
		run = judge(w, SCAN(turn));
		run_expect(run, "id=barn-link severity=corrupt place=barn-full node=0");
		run_verdict(run, VERDICT_CORRUPT);
		unit_check(run->nr_lines < 12, "%zu lines", run->nr_lines);
		run_free(run);
		image_set(w->image, lists[i % 3] + 8, good);
	}
	world_free(w);
}

/* A list that runs on into the other one, and both barns in one place. */
EACH_SHEAF_ERA(tangled_barns)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	w->image->read_limit = 5000;
	image_set(w->image, sheaf_field(w->barn0[2], "barn_list"),
		  sheaf_field(w->empty1, "barn_list"));
	run = judge(w, SCAN(turn));
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	image_set(w->image, image_barn_slot(w->alpha, 1), w->alpha->barn[0]);
	run = judge(w, SCAN(turn));
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	world_free(w);
}

/* Any word of what sheaves hang from may hold anything. */
EACH_SHEAF_ERA(wild_words)
{
	static const uint64_t values[] = { 0,	       1,	 0x7fffffff,
					   UINT64_MAX, NONSENSE, UINT64_C(0xffff888000044008) };
	struct world *w = world_new(ERA(turn));
	const uint64_t bases[] = { w->main0->addr,    w->spare0->addr,
				   w->barn0[1]->addr, w->empty1->addr,
				   w->alpha->barn[0], image_sheaves_cpu(w->alpha, 0) };
	int n = turn;

	w->image->read_limit = 100000;
	for (uint64_t at = 0; at < 48; at += 4)
		for (int i = 0; i < UNIT_COUNT(bases); i++, n++) {
			uint64_t addr = bases[i] + at;
			unsigned int size = n % 2 ? 4 : 8;
			uint64_t good = image_get(w->image, addr, size);

			image_put(w->image, addr, values[n % UNIT_COUNT(values)], size);
			run_free(run_check(w->image, (struct run_options){ .scan = SCAN(turn),
									   .text = n % 3 == 0 }));
			image_put(w->image, addr, good, size);
		}
	world_free(w);
}

/* Absent */

static void unknown(struct world *w, bool scan)
{
	struct run *run = judge(w, scan);

	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "transient");
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
}

EACH_SHEAF_ERA(absent)
{
	struct world *w = world_new(ERA(turn));

	/* All sheaves and barns lie in a few pages. */
	image_absent(w->image, w->barn0[1]->addr);
	unknown(w, SCAN(turn));
	world_free(w);
	w = world_new(ERA(turn));
	image_absent(w->image, image_sheaves_cpu(w->alpha, 3));
	unknown(w, SCAN(turn));
	world_free(w);
}

/* The descriptor of a slab whose objects are in sheaves. */
EACH_SHEAF_ERA(absent_descriptor)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_slab *slab;

	w->image->next_frame = 1024;
	slab = image_slab(w->alpha, ON_NO_LIST, 0, NONE, NULL);
	image_sheaf_put(w->main1, slab, LIST(3, 4));
	image_seal(w->image);
	image_absent(w->image, slab->page);
	unknown(w, SCAN(turn));
	world_free(w);
}

Suite *suite_checker_sheaf(void)
{
	Suite *suite = suite_create("checker_sheaf");
	TCase *counts = tcase_create("counts"), *cpus = tcase_create("cpus");
	TCase *entries = tcase_create("entries"), *barns = tcase_create("barns");
	TCase *flight = tcase_create("flight"), *hostile = tcase_create("hostile");

	tcase_add_test(counts, counted);
	tcase_add_test(counts, not_counted);
	tcase_add_test(counts, addresses);
	tcase_set_timeout(counts, RUN_TIMEOUT);
	suite_add_tcase(suite, counts);
	tcase_add_test(cpus, pointer);
	tcase_add_test(cpus, no_main);
	tcase_add_test(cpus, percpu);
	tcase_add_test(cpus, capacity);
	tcase_add_test(cpus, capacity_of_none);
	tcase_add_test(cpus, offline);
	tcase_add_test(cpus, owner);
	tcase_add_test(cpus, wild_size);
	tcase_add_test(cpus, shared);
	tcase_set_timeout(cpus, RUN_TIMEOUT);
	suite_add_tcase(suite, cpus);
	tcase_add_test(entries, wild);
	tcase_add_test(entries, misaligned);
	tcase_add_test(entries, foreign_cache);
	tcase_add_test(entries, foreign_slab);
	tcase_add_test(entries, page_gone);
	tcase_add_test(entries, duplicate);
	tcase_add_test(entries, duplicate_within);
	tcase_add_test(entries, on_freelist);
	tcase_add_test(entries, on_cpu_freelist);
	tcase_add_test(entries, on_freelist_in_flight);
	tcase_add_test(entries, inuse);
	tcase_add_test(entries, kfence);
	tcase_set_timeout(entries, RUN_TIMEOUT);
	suite_add_tcase(suite, entries);
	tcase_add_test(barns, barn_pointer);
	tcase_add_test(barns, barn_link);
	tcase_add_test(barns, barn_back_link);
	tcase_add_test(barns, barn_head);
	tcase_add_test(barns, barn_count);
	tcase_add_test(barns, barn_sheaf);
	tcase_set_timeout(barns, RUN_TIMEOUT);
	suite_add_tcase(suite, barns);
	tcase_add_test(flight, size_before_object);
	tcase_add_test(flight, not_the_last_entry);
	tcase_add_test(flight, lock_unknown);
	tcase_add_test(flight, moved_within_cpu);
	tcase_add_test(flight, moved_to_barn);
	tcase_add_test(flight, stale_main);
	tcase_add_test(flight, barn_change);
	tcase_add_test(flight, barn_splice);
	tcase_add_test(flight, flush_of_dead_cpu);
	tcase_add_test(flight, refilled);
	tcase_set_timeout(flight, RUN_TIMEOUT);
	suite_add_tcase(suite, flight);
	tcase_add_test(hostile, cycles);
	tcase_add_test(hostile, tangled_barns);
	tcase_add_test(hostile, wild_words);
	tcase_add_test(hostile, absent);
	tcase_add_test(hostile, absent_descriptor);
	tcase_set_timeout(hostile, RUN_TIMEOUT);
	suite_add_tcase(suite, hostile);
	return suite;
}
