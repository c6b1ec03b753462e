/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pages that the dump lacks: what hangs from them is unknown, and nothing is corrupt.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)((i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define H(value) ((unsigned long long)(value))

static struct run *unknown(struct world *w, bool scan)
{
	struct run *run = run_check(w->image, (struct run_options){ .scan = scan });

	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "transient");
	run_verdict(run, VERDICT_UNKNOWN);
	return run;
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

/* A kmem_cache; those of the other caches may share its page. */
EACH_ERA_AND_SCAN(absent_caches)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->alpha->addr);
	run = unknown(w, SCAN(turn));
	done(w, run);
}

/* One kmem_cache alone: it lies in a page of its own. */
EACH_ERA_AND_SCAN(absent_cache)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_cache *c;
	struct run *run;

	while (image_object_take(w->image->caches[1]) % IMAGE_PAGE < IMAGE_PAGE - 256)
		;
	c = image_cache(w->image, (struct image_spec){ .name = "lonely", .size = 64 });
	image_slab(c, ON_CPU, 0, LIST(2), LIST(1));
	image_slab(c, ON_NODE_PARTIAL, 0, LIST(2, 3), NULL);
	image_slab(c, ON_NO_LIST, 0, NONE, NULL);
	image_seal(w->image);
	image_absent(w->image, c->addr);
	run = unknown(w, SCAN(turn));
	run_expect(run, "id=memory-absent severity=note");
	/* All the others are judged. */
	run_expect_type(run, "summary", "caches_checked=%u", w->image->nr_caches - 1);
	done(w, run);
}

/* The end of a kmem_cache with its node pointers lies on the next page. */
EACH_CPU_ERA_AND_SCAN(absent_node_pointers)
{
	struct world *w = world_new(ERA(turn));
	uint64_t at = image_field(w->image, 0, "kmem_cache", "node");
	uint64_t list = image_field(w->image, 0, "kmem_cache", "list");
	uint64_t cache = IMAGE_VMALLOC + IMAGE_PAGE - at;
	uint64_t last = image_word(w->image, w->image->slab_caches + 8);
	struct run *run;

	/* A copy of gamma, with its CPUs' slabs only. */
	for (uint64_t i = 0; i < at; i += 8)
		image_set(w->image, cache + i, image_word(w->image, w->gamma->addr + i));
	image_store(w->image, cache, "kmem_cache", "cpu_slab", 0x30000);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		image_set(w->image, w->image->percpu + IMAGE_PERCPU_SIZE * cpu + 0x30008,
			  cpu + 8192 * 7);
	image_absent(w->image, IMAGE_VMALLOC + IMAGE_PAGE);
	image_set(w->image, last, cache + list);
	image_set(w->image, cache + list, w->image->slab_caches);
	image_set(w->image, cache + list + 8, last);
	image_set(w->image, w->image->slab_caches + 8, cache + list);
	run = unknown(w, SCAN(turn));
	run_expect(run, "id=memory-absent severity=note cache_address=0x%llx", H(cache));
	done(w, run);
}

EACH_ERA_AND_SCAN(absent_name)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_field(w->image, w->alpha->addr, "kmem_cache", "name");
	struct run *run;

	image_set(w->image, slot, IMAGE_VMALLOC + 16);
	image_absent(w->image, IMAGE_VMALLOC);
	run = unknown(w, SCAN(turn));
	run_expect(run,
		   "id=memory-absent severity=note place=cache cache_address=0x%llx "
		   "slot=0x%llx",
		   H(w->alpha->addr), H(slot));
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(absent_cpu)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, image_cpu(w->alpha, 3));
	run = unknown(w, SCAN(turn));
	run_expect(run, "id=memory-absent severity=note place=cpu cpu=3 cache=alpha");
	run_expect(run, "id=memory-absent severity=note place=cpu cpu=3 cache=gamma");
	done(w, run);
}

/* Without CPU 1 its slabs are on no list that can be read. */
EACH_CPU_ERA_AND_SCAN(absent_cpu_with_slabs)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, image_cpu(w->alpha, 1));
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_UNKNOWN);
	run_expect(run, "id=memory-absent severity=note place=cpu cpu=1 cache=alpha");
	done(w, run);
}

/* 64 descriptors are one page: those of the image's slabs lie on one or two. */
EACH_ERA_AND_SCAN(absent_descriptors)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->node0[1]->page);
	run = unknown(w, SCAN(turn));
	done(w, run);
}

/* Only the descriptor of a slab in the middle of a list. */
EACH_ERA(absent_descriptor)
{
	struct world *w = world_unsealed((enum image_era)turn);
	struct image_slab *slab;
	struct run *run;

	w->image->next_frame = 1024;
	slab = image_slab(w->alpha, ON_NODE_PARTIAL, 0, LIST(1, 2), NULL);
	w->image->next_frame = 2048;
	image_slab(w->alpha, ON_NODE_PARTIAL, 0, LIST(3), NULL);
	image_seal(w->image);
	image_absent(w->image, slab->page);
	run = unknown(w, false);
	run_expect(run, "id=memory-absent severity=note place=node node=0 cache=alpha");
	done(w, run);
}

EACH_CPU_ERA(absent_descriptor_of_chain)
{
	struct world *w = world_unsealed((enum image_era)turn);
	struct image_slab *slab;
	struct run *run;

	w->image->next_frame = 1024;
	slab = image_slab(w->gamma, ON_CPU_PARTIAL, 1, LIST(1, 2), NULL);
	w->image->next_frame = 2048;
	image_slab(w->gamma, ON_CPU_PARTIAL, 1, LIST(3), NULL);
	image_seal(w->image);
	image_absent(w->image, slab->page);
	run = unknown(w, false);
	run_expect(run, "id=memory-absent severity=note place=cpu-partial cpu=1 cache=gamma");
	done(w, run);
}

/* The chain 3 30 12 goes over pages 0, 7 and 3 of the slab. */
EACH_ERA_AND_SCAN(absent_contents)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;
	char text[64];

	image_absent(w->image, w->big_node->base + 7 * IMAGE_PAGE);
	run = unknown(w, SCAN(turn));
	run_expect(run,
		   "id=memory-absent severity=note place=node-partial node=0 cache=beta "
		   "slab=0x%llx",
		   H(w->big_node->page));
	run_expect_type(run, "cache", "cache=beta verdict=unknown objects=64 objects_verified=32");
	run_expect_type(run, "summary", "caches_unknown=1");
	run_free(run);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn), .text = true });
	snprintf(text, sizeof(text), "%llx is not in the dump", H(image_slot(w->big_node, 30)));
	unit_check(strstr(run->text, text) != NULL, "no %s in:\n%s", text, run->text);
	done(w, run);
}

/* What no list leads over is not missed. */
EACH_ERA_AND_SCAN(absent_contents_unused)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->full0->base);
	image_absent(w->image, w->big_node->base + 5 * IMAGE_PAGE);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	done(w, run);
}

/* All nodes of all caches are on this page. */
EACH_ERA_AND_SCAN(absent_nodes)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->alpha->node[0]);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_UNKNOWN);
	run_expect(run, "id=memory-absent severity=note place=node node=0 cache=alpha");
	done(w, run);
}

/* A kmem_cache_node can be read, and what says that its page is a slab cannot. */
EACH_ERA_AND_SCAN(absent_descriptor_of_nodes)
{
	struct world *w;
	struct run *run;
	uint64_t page;

	w = world_new(ERA(turn));
	page = w->image->caches[0]->slabs[0]->page;
	image_absent(w->image, page);
	run = unknown(w, SCAN(turn));
	done(w, run);
}

/* A part of the memmap that no list leads to: full slabs may be described there. */
EACH_ERA(absent_memmap)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_absent(w->image, IMAGE_MEMMAP + 2048 * 64);
	run = run_check(w->image, (struct run_options){ 0 });
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	run = unknown(w, true);
	done(w, run);
}

EACH_ERA(absent_full_slabs)
{
	struct world *w = world_unsealed((enum image_era)turn);
	struct image_slab *slab;
	struct run *run;

	w->image->next_frame = 1024;
	slab = image_slab(w->alpha, ON_NO_LIST, 0, NONE, NULL);
	image_seal(w->image);
	image_absent(w->image, slab->page);
	run = unknown(w, true);
	done(w, run);
}

/* flush_slab() has cleared c->slab and not yet c->freelist: whose objects these are, the descriptor of
 * their page would say. */
EACH_CPU_ERA_AND_SCAN(absent_descriptor_of_flushed_slab)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_slab *slab;
	struct run *run;

	w->image->next_frame = 1024;
	slab = image_slab(w->gamma, ON_NO_LIST, 0, NONE, NULL);
	image_seal(w->image);
	image_set(w->image, image_cpu_field(w->gamma, 3, "freelist"), image_object(slab, 3));
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=cpu-freelist-stray severity=transient cpu=3");
	run_nothing_else(run, "corrupt");
	run_free(run);
	image_absent(w->image, slab->page);
	run = unknown(w, SCAN(turn));
	run_expect(run, "id=memory-absent severity=note place=cpu cpu=3 cache=gamma slot=0x%llx",
		   H(image_cpu_field(w->gamma, 3, "freelist")));
	done(w, run);
}

/* A damaged freelist stays what it is; only where it leads is not known. */
EACH_ERA(absent_descriptor_behind_damage)
{
	struct world *w = world_unsealed((enum image_era)turn);
	struct image_slab *slab;
	struct run *run;

	w->image->next_frame = 1024;
	slab = image_slab(w->gamma, ON_NO_LIST, 0, NONE, NULL);
	image_seal(w->image);
	image_set(w->image, image_slot(w->wide_node, 1),
		  image_encode(w->gamma, image_slot(w->wide_node, 1), image_object(slab, 3)));
	image_absent(w->image, slab->page);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild severity=corrupt slab=0x%llx", H(w->wide_node->page));
	unit_check(
		strstr(run->text,
		       "the dump lacks the page that says whether it is an object of another slab") !=
			NULL,
		"%s", run->text);
	run_verdict(run, VERDICT_CORRUPT);
	done(w, run);
}

/* Whatever page is missing, of a healthy heap in the middle of some operations. */
EACH_ERA_AND_SCAN(absent_any_page)
{
	struct world *w = world_new(ERA(turn));

	if (image_has_cpu_slabs(w->image))
		image_set(w->image, image_cpu_field(w->alpha, 3, "freelist"),
			  image_object(w->full0, 3));
	for (unsigned int i = 0; i < IMAGE_TABLE; i++) {
		struct image_page *page = &w->image->table[i];
		struct run *run;

		if (!page->bytes || page->absent)
			continue;
		page->absent = true;
		run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
		unit_check(!run_count(run, "corrupt"), "without %#llx: %s", H(page->addr),
			   run->text);
		run_free(run);
		page->absent = false;
	}
	world_free(w);
}

static size_t times_in(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void filter_expect(struct world *w, bool scan, unsigned int level, bool explained)
{
	struct run *run;

	w->image->dump_level = level;
	run = unknown(w, scan);
	/* Two pages: all that is known of them is in the JSON. */
	run_expect(run, "id=memory-absent severity=note");
	run_expect(run, "id=memory-absent severity=note");
	run_expect_type(run, "summary", "dump_level=%u", level);
	unit_check(times_in(run->text, "makedumpfile") == explained, "%s", run->text);
	run_free(run);
	run = run_check(w->image,
			(struct run_options){ .scan = scan, .text = true, .terse = true });
	unit_check(times_in(run->text, "makedumpfile -d 31 left out 2 parts") == explained, "%s",
		   run->text);
	unit_check(times_in(run->text, "-d 23 keeps them") == explained, "%s", run->text);
	unit_check(times_in(run->text, "memory-absent") == (explained ? 0 : 2), "%s", run->text);
	unit_check(strstr(run->text, "alpha: unknown, verified ") != NULL, "%s", run->text);
	unit_check(strstr(run->text, "UNKNOWN: ") != NULL, "%s", run->text);
	run_free(run);
}

/* One note says that the filter did it, when it can have: not at -d 23. */
EACH_ERA_AND_SCAN(filtered)
{
	struct world *w = world_new(ERA(turn));

	image_absent(w->image, w->node0[0]->base);
	image_absent(w->image, w->node0[1]->base);
	filter_expect(w, SCAN(turn), 31, true);
	filter_expect(w, SCAN(turn), 23, false);
	world_free(w);
}

/* What is there is judged as ever, and a dump that lacks nothing is not talked about. */
EACH_ERA_AND_SCAN(filtered_and_damaged)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	w->image->dump_level = 31;
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	unit_check(strstr(run->text, "makedumpfile") == NULL, "%s", run->text);
	run_free(run);
	image_absent(w->image, w->node0[0]->base);
	image_set(w->image, image_slot(w->node0[2], 20), 0x4141414141414141);
	run = run_check(w->image, (struct run_options){ .scan = SCAN(turn) });
	run_expect(run, "id=freelist-wild severity=corrupt slab=0x%llx object=0x%llx",
		   H(w->node0[2]->page), H(image_object(w->node0[2], 20)));
	run_expect_type(run, "message", "name=-");
	run_verdict(run, VERDICT_CORRUPT);
	done(w, run);
}

Suite *suite_checker_absent(void)
{
	Suite *suite = suite_create("checker_absent");
	TCase *tcase = tcase_create("absent");

	tcase_add_test(tcase, absent_caches);
	tcase_add_test(tcase, absent_cache);
	tcase_add_test(tcase, absent_node_pointers);
	tcase_add_test(tcase, absent_name);
	tcase_add_test(tcase, absent_cpu);
	tcase_add_test(tcase, absent_cpu_with_slabs);
	tcase_add_test(tcase, absent_descriptors);
	tcase_add_test(tcase, absent_descriptor);
	tcase_add_test(tcase, absent_descriptor_of_chain);
	tcase_add_test(tcase, absent_contents);
	tcase_add_test(tcase, absent_contents_unused);
	tcase_add_test(tcase, absent_nodes);
	tcase_add_test(tcase, absent_descriptor_of_nodes);
	tcase_add_test(tcase, absent_descriptor_of_flushed_slab);
	tcase_add_test(tcase, absent_descriptor_behind_damage);
	tcase_add_test(tcase, absent_any_page);
	tcase_add_test(tcase, absent_memmap);
	tcase_add_test(tcase, absent_full_slabs);
	tcase_add_test(tcase, filtered);
	tcase_add_test(tcase, filtered_and_damaged);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
