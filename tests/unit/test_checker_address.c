/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is at an address (-s), and caches by the names that people know them by.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))

/* Ask in JSON and in text; the JSON has to have these members. */
__attribute__((format(printf, 3, 4))) static void address_expect(struct world *w, uint64_t addr,
								 const char *format, ...)
{
	struct run *run =
		run_check(w->image, (struct run_options){ .is_address = true, .address = addr });
	char words[512];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	run_expect_type(run, "address", "%s", words);
	run_nothing_else(run, NULL);
	run_free(run);
	run_free(run_check(w->image, (struct run_options){
					     .is_address = true, .address = addr, .text = true }));
}

EACH_CPU_ERA(free_objects)
{
	struct world *w = world_new(ERA(turn));

	address_expect(w, image_object(w->cpu0, 9),
		       "address=0x%llx cache=alpha cache_address=0x%llx slab=0x%llx "
		       "slab_base=0x%llx object=0x%llx index=9 offset=0 place=cpu-slab cpu=0 "
		       "state=free freelist=cpu hop=2 inuse=62 objects=64",
		       H(image_object(w->cpu0, 9)), H(w->alpha->addr), H(w->cpu0->page),
		       H(w->cpu0->base), H(image_object(w->cpu0, 9)));
	address_expect(w, image_object(w->cpu0, 2),
		       "cache=alpha index=2 place=cpu-slab state=free freelist=slab hop=1");
	address_expect(w, image_object(w->chain[0], 2),
		       "cache=alpha index=2 place=cpu-partial cpu=1 state=free freelist=slab "
		       "hop=2");
	address_expect(w, image_object(w->node1, 11),
		       "cache=alpha index=11 place=node-partial node=1 state=free freelist=slab "
		       "hop=0");
	world_free(w);
}

EACH_CPU_ERA(allocated_objects)
{
	struct world *w = world_new(ERA(turn));

	address_expect(w, image_object(w->cpu0, 4),
		       "cache=alpha index=4 place=cpu-slab cpu=0 state=allocated freelist=-");
	address_expect(w, image_object(w->full1, 63),
		       "cache=alpha slab=0x%llx index=63 place=no-list cpu=- node=- "
		       "state=allocated inuse=64 objects=64",
		       H(w->full1->page));
	/* On the sixth page of a slab. */
	address_expect(w, image_object(w->big_cpu, 22),
		       "cache=beta slab=0x%llx index=22 place=cpu-slab cpu=2 state=allocated",
		       H(w->big_cpu->page));
	world_free(w);
}

EACH_ERA(inside)
{
	struct world *w = world_new(ERA(turn));

	address_expect(w, image_object(w->big_node, 30) + 1000,
		       "cache=beta object=0x%llx index=30 offset=1000 state=free hop=1",
		       H(image_object(w->big_node, 30)));
	address_expect(w, image_object(w->full0, 5) + 63,
		       "cache=alpha index=5 offset=63 state=allocated");
	/* 42 objects of 96 bytes: what is left of the page is nobody's. */
	address_expect(w, w->wide_node->base + 42 * 96 + 1,
		       "cache=gamma object=- index=- state=padding");
	world_free(w);
}

/* A slab with red zones: the objects begin behind the first one. */
EACH_ERA(red_zone)
{
	struct world *w = world_new(ERA(turn));

	if (w->delta) {
		address_expect(w, w->debug_node->base + 64 + 5 * 256,
			       "cache=delta index=5 offset=0 state=free hop=1");
		address_expect(w, w->debug_node->base + 3, "cache=delta object=- state=padding");
	}
	world_free(w);
}

EACH_ERA(structures)
{
	struct world *w = world_new(ERA(turn));

	/* A descriptor stands for its page, also one that is not the first of its slab. */
	address_expect(w, w->full0->page, "cache=alpha slab=0x%llx index=0 state=allocated",
		       H(w->full0->page));
	address_expect(w, w->big_node->page + 64, "cache=beta slab=0x%llx index=4",
		       H(w->big_node->page));
	address_expect(w, w->alpha->addr,
		       "cache=kmem_cache state=allocated kmem_cache_of=alpha object=0x%llx",
		       H(w->alpha->addr));
	address_expect(w, w->alpha->node[1], "cache=kmem_cache_node state=allocated");
	world_free(w);
}

EACH_ERA(elsewhere)
{
	struct world *w = world_new(ERA(turn));
	const uint64_t addrs[] = { 0,
				   8,
				   0x7fff12345678,
				   UINT64_C(0x0000800000000000),
				   UINT64_C(0x4141414141414141),
				   w->image->direct_map + 900 * IMAGE_PAGE,
				   w->image->direct_map + (UINT64_C(1) << 40),
				   IMAGE_DATA + 8,
				   IMAGE_TEXT + 0x1234,
				   IMAGE_VMALLOC,
				   image_cpu(w->alpha, 1),
				   UINT64_MAX,
				   UINT64_MAX - 7 };

	for (int i = 0; i < UNIT_COUNT(addrs); i++)
		address_expect(w, addrs[i], "address=0x%llx cache=null slab=-", H(addrs[i]));
	world_free(w);
}

/* The address's slab is damaged: that is said too. Other slabs' damage is not. */
EACH_CPU_ERA(damaged)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->cpu0, 3, 5);
	image_link(w->node0[0], 4, -1);
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.address = image_object(w->cpu0, 3) });
	run_expect_type(run, "address", "cache=alpha index=3 state=free freelist=cpu hop=1");
	run_expect(run, "id=freelist-cycle slab=0x%llx", H(w->cpu0->page));
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
	world_free(w);
}

EACH_ERA(absent_slab)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->big_node->base + 7 * IMAGE_PAGE);
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.address = image_object(w->big_node, 12) });
	/* 3 30 12: the walk ended before it came to 12. */
	unit_check(!run_line(run, "type=address state=allocated"), "%s", run->text);
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	world_free(w);
}

/* Names */

/* A node of /sys/kernel/slab; its children make a red-black tree. */
static uint64_t kernfs_node(struct image *image, const char *name, unsigned int flags)
{
	uint64_t node = image_data(image, 128), text = image_data(image, 32);

	image_text(image, text, name);
	image_store(image, node, "kernfs_node", "name", text);
	image_store(image, node, "kernfs_node", "flags", flags);
	return node;
}

static uint64_t alias_make(struct image *image, const char *name, const struct image_cache *c)
{
	uint64_t link = kernfs_node(image, name, 0x4), target = kernfs_node(image, c->name, 0x1);

	image_store(image, target, "kernfs_node", "priv",
		    image_field(image, c->addr, "kmem_cache", "kobj"));
	image_store(image, link, "kernfs_node", "symlink", target);
	return link;
}

static void rb_children(struct image *image, uint64_t node, uint64_t left, uint64_t right)
{
	uint64_t rb = image_field(image, 0, "kernfs_node", "rb");

	image_set(image, node + rb + 8, right ? right + rb : 0);
	image_set(image, node + rb + 16, left ? left + rb : 0);
}

/* @cycle: the tree has one, and hides nothing. */
static void slab_directory(struct world *w, bool cycle)
{
	struct image *image = w->image;
	uint64_t a = alias_make(image, "files_cache", w->gamma);
	uint64_t b = alias_make(image, "pid", w->alpha);
	uint64_t c = alias_make(image, "skbuff", w->beta);
	uint64_t dir = kernfs_node(image, "slab", 0x1), kset = image_data(image, 128);
	uint64_t pointer = image_data(image, 8);

	rb_children(image, b, a, c);
	image_set(image,
		  image_field(image, dir, "kernfs_node", "dir") +
			  image_field(image, 0, "kernfs_elem_dir", "children"),
		  image_field(image, b, "kernfs_node", "rb"));
	image_set(image,
		  image_field(image, kset, "kset", "kobj") + image_field(image, 0, "kobject", "sd"),
		  dir);
	image_symbol(image, "slab_kset", pointer, 8);
	image_set(image, pointer, kset);
	if (cycle)
		rb_children(image, c, b, 0);
}

static void named_expect(struct world *w, const char *name, const struct image_cache *c)
{
	struct run *run =
		run_check(w->image, (struct run_options){ .names = { name }, .all_caches = true });

	if (c)
		run_expect_type(run, "cache", "cache_address=0x%llx", H(c->addr));
	else
		ck_assert_ptr_nonnull(run_line(run, "type=message"));
	run_expect_type(run, "summary", "caches_checked=%d", c ? 1 : 0);
	run_free(run);
}

EACH_ERA(aliases)
{
	struct world *w;

	if (ERA(turn) == ERA_3_13)
		return; /* sysfs had a tree of its own until 3.14 */
	w = world_new(ERA(turn));
	slab_directory(w, true);
	named_expect(w, "alpha", w->alpha);
	named_expect(w, "pid", w->alpha);
	named_expect(w, "skbuff", w->beta);
	named_expect(w, "files_cache", w->gamma);
	named_expect(w, "slab", NULL);
	named_expect(w, "", NULL);
	world_free(w);
}

static const char *usage_line(struct run *run, const struct image_cache *c)
{
	const char *line = run_line(run, "type=usage cache_address=0x%llx", H(c->addr));

	unit_check(line != NULL, "%s: no record of %s: %s", run->era, c->name, run->text);
	return line;
}

/* -i tells all names of a cache but its own; where not all could be read, none are told in JSON. */
EACH_ERA(usage_aliases)
{
	const struct run_options json = { .usage = true },
				 text = { .usage = true, .text = true, .sort = SORT_NAME };
	struct world *w = world_new(ERA(turn));
	bool kept = ERA(turn) != ERA_3_13;
	struct run *run;

	if (kept)
		slab_directory(w, false);
	run = run_check(w->image, json);
	unit_check(kept == (strstr(usage_line(run, w->alpha), "\"aliases\":[\"pid\"]") != NULL) &&
			   kept == (strstr(usage_line(run, w->beta), "\"aliases\":[\"skbuff\"]") !=
				    NULL),
		   "%s: %s", run->era, run->text);
	run_free(run);
	run = run_check(w->image, text);
	unit_check(kept == (strstr(run->text, "\n    also pid\n") != NULL), "%s: %s", run->era,
		   run->text);
	run_free(run);
	world_free(w);

	w = world_new(ERA(turn));
	if (kept)
		slab_directory(w, true);
	run = run_check(w->image, json);
	unit_check(!strstr(run->text, "aliases"), "%s: %s", run->era, run->text);
	run_free(run);
	world_free(w);
}

EACH_ERA(names_by_address)
{
	struct world *w = world_new(ERA(turn));
	char name[32];

	snprintf(name, sizeof(name), "%llx", H(w->beta->addr));
	named_expect(w, name, w->beta);
	snprintf(name, sizeof(name), "0x%llx", H(w->beta->addr));
	named_expect(w, name, w->beta);
	snprintf(name, sizeof(name), "%llx", H(w->beta->addr + 8));
	named_expect(w, name, NULL);
	snprintf(name, sizeof(name), "%llxx", H(w->beta->addr));
	named_expect(w, name, NULL);
	named_expect(w, "\033[31m\"", NULL);
	world_free(w);
}

/* Patterns, and several with commas; a name that is not there spoils none of the others. */
EACH_ERA(names_by_pattern)
{
	static const struct {
		const char *typed;
		unsigned int checked, unresolved;
	} rows[] = {
		{ "al?ha", 1, 0 },	  { "[ab]*a", 2, 0 },	      { "alpha,beta", 2, 0 },
		{ "alpha,no,be*", 2, 1 }, { "nothing*", 0, 1 },	      { "alpha,", 1, 0 },
		{ ",alpha", 1, 1 },	  { "alpha,alpha,a*", 1, 0 }, { "alpha*beta", 0, 1 },
	};
	struct world *w = world_new(ERA(turn));

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct run *run =
			run_check(w->image, (struct run_options){ .names = { rows[i].typed },
								  .all_caches = true });
		unsigned int messages = 0;

		for (size_t j = 0; j < run->nr_lines; j++)
			messages += strstr(run->lines[j], "\"no such cache\"") != NULL;
		run_expect_type(run, "summary", "caches_checked=%u", rows[i].checked);
		unit_check(messages == rows[i].unresolved, "%s: %u messages", rows[i].typed,
			   messages);
		run_free(run);
	}
	world_free(w);
}

/* Two addresses: each is answered, and a finding about both is counted once. */
EACH_CPU_ERA(several_addresses)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slot(w->cpu0, 9), UINT64_C(0x4141414141414141));
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.address = image_object(w->cpu0, 9),
							.another = image_object(w->full1, 3) });
	ck_assert_ptr_nonnull(run_line(run, "type=address index=9"));
	ck_assert_ptr_nonnull(run_line(run, "type=address index=3"));
	run_expect_type(run, "summary", "verdict=corrupt corrupt=1");
	run_free(run);
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.address = image_object(w->cpu0, 9),
							.another = image_object(w->cpu0, 9) + 1,
							.text = true });
	ck_assert_ptr_nonnull(strstr(run->text, "CORRUPT: 1 finding about these addresses\n"));
	run_free(run);
	world_free(w);
}

Suite *suite_checker_address(void)
{
	Suite *suite = suite_create("checker_address");
	TCase *addresses = tcase_create("addresses"), *names = tcase_create("names");

	tcase_add_test(addresses, free_objects);
	tcase_add_test(addresses, allocated_objects);
	tcase_add_test(addresses, inside);
	tcase_add_test(addresses, red_zone);
	tcase_add_test(addresses, structures);
	tcase_add_test(addresses, elsewhere);
	tcase_add_test(addresses, damaged);
	tcase_add_test(addresses, absent_slab);
	tcase_set_timeout(addresses, RUN_TIMEOUT);
	suite_add_tcase(suite, addresses);
	tcase_add_test(names, aliases);
	tcase_add_test(names, usage_aliases);
	tcase_add_test(names, names_by_address);
	tcase_add_test(names, names_by_pattern);
	tcase_add_test(addresses, several_addresses);
	tcase_set_timeout(names, RUN_TIMEOUT);
	suite_add_tcase(suite, names);
	return suite;
}
