/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches with slub_debug options: where their slabs are, what their objects look like, the checks. */
#include <stdlib.h>

#include "tests/unit/rig.h"

#define RED_FREE 0xbb
#define RED_USED 0xcc
#define POISON_FREE_BYTE 0x6b
#define POISON_LAST_BYTE 0xa5
#define PADDING_BYTE 0x5a

static struct rig *machine(enum model_era era, unsigned int flags, uint32_t size)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });

	rig_cache(r, (struct model_cache_args){ .size = size, .flags = RIG_PLAIN | flags });
	return r;
}

static void no_cpu_slabs(struct rig *r)
{
	if (r->era >= MODEL_ERA_7_2)
		return;
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		rig_is(r,
		       !rig_cpu_slab(r, cpu) && !rig_cpu_freelist(r, cpu) &&
			       !rig_cpu_partial(r, cpu),
		       "CPU %u has a slab", cpu);
}

/* Whether a slab is on the node's list of full ones. */
static bool on_full(struct rig *r, uint64_t slab)
{
	uint64_t head = AT(r->m, get_node(r->m, r->s, 0), node_full);

	for (uint64_t at = get64(r->m, head); at != head; at = get64(r->m, at))
		if (at == AT(r->m, slab, slab_list))
			return true;
	return false;
}

/*
 * CPUs keep no slab: until 6.0 they give it back after each allocation, since then they never have
 * one. Full slabs are on a list only where owners are tracked.
 */
static void lists(enum model_era era, unsigned int flags)
{
	struct rig *r = machine(era, flags, 256);
	unsigned int n = rig_objects(r);
	uint64_t *o = calloc(n, sizeof(*o)), slab;

	o[0] = rig_alloc(r, 0);
	slab = rig_slab(r, o[0]);
	no_cpu_slabs(r);
	for (unsigned int i = 1; i < n; i++) {
		rig_eq(r, rig_on_node(r, 0, slab), 0, "place of the slab, %u objects used", i);
		rig_eq(r, rig_inuse(r, slab), i, "inuse");
		rig_is(r, !rig_frozen(r, slab), "it is frozen");
		o[i] = rig_alloc(r, i % 2);
		rig_eq(r, rig_slab(r, o[i]), slab, "slab of object %u", i);
	}
	rig_eq(r, rig_nr_partial(r, 0), 0, "partial slabs when it is full");
	rig_eq(r, on_full(r, slab), (flags & MODEL_CACHE_STORE_USER) != 0,
	       "it is on the list of full slabs");
	rig_free(r, 1, o[0]);
	no_cpu_slabs(r);
	rig_eq(r, rig_on_node(r, 0, slab), 0, "place of the slab after a free");
	rig_is(r, !on_full(r, slab), "it is on the list of full slabs after a free");
	rig_is(r, !rig_frozen(r, slab), "it is frozen after a free");
	rig_set(r, cache_min_partial, 0);
	rig_free_many(r, 1, n - 1, o + 1);
	/* Of one partial slab there are more than min_partial. */
	rig_is(r, !rig_is_slab(r, slab), "the empty slab was not freed");
	rig_eq(r, rig_nr_slabs(r, 0), 0, "nr_slabs");
	free(o);
	rig_end(r);
}

EACH_MODEL_ERA(lists_checks)
{
	lists(era, MODEL_CACHE_CHECKS);
}

EACH_MODEL_ERA(lists_red_zone)
{
	lists(era, MODEL_CACHE_RED_ZONE);
}

EACH_MODEL_ERA(lists_poison)
{
	lists(era, MODEL_CACHE_POISON);
}

EACH_MODEL_ERA(lists_store_user)
{
	lists(era, MODEL_CACHE_STORE_USER);
}

static void bytes_are(struct rig *r, uint64_t from, uint64_t to, uint8_t byte, const char *what)
{
	uint8_t there;

	for (; from < to; from++) {
		model_peek(r->m, from, &there, 1);
		rig_is(r, there == byte, "%s: byte %#x, not %#x", what, there, byte);
	}
}

#define OBJECT_SIZE 20u /* so that there are bytes between it and the next word */

/* Two struct track: with the stack itself until 5.18 (16 frames), with a handle since 5.19. */
static uint32_t tracks_bytes(enum model_era era)
{
	return era < MODEL_ERA_6_1 ? 2 * (8 + 16 * 8 + 4 + 4 + 8) : 2 * 32;
}

static void object_is_free(struct rig *r, uint64_t object, uint32_t pad)
{
	bytes_are(r, object - pad, object, RED_FREE, "left red zone of a free object");
	bytes_are(r, object, object + OBJECT_SIZE - 1, POISON_FREE_BYTE, "a free object");
	bytes_are(r, object + OBJECT_SIZE - 1, object + OBJECT_SIZE, POISON_LAST_BYTE,
		  "the last byte of a free object");
	bytes_are(r, object + OBJECT_SIZE, object + 24, RED_FREE, "red zone of a free object");
}

/*
 * With all options an object is: left red zone (4.6), object, red zone up to the word, link, two
 * tracks, a word of padding.
 */
EACH_MODEL_ERA(layout)
{
	struct rig *r = machine(era, MODEL_CACHE_DEBUG, OBJECT_SIZE);
	uint32_t pad = era < MODEL_ERA_4_19 ? 0 : 8, tracks = tracks_bytes(era);
	uint32_t end = 24 + 8 + tracks;
	uint64_t o[2];

	rig_eq(r, get(r->m, r->s, cache_inuse), 24, "inuse of the cache");
	rig_eq(r, get(r->m, r->s, cache_offset), 24, "offset of the link");
	rig_eq(r, cache_size(r->m, r->s), pad + end + 8, "size");
	rig_alloc_many(r, 1, 2, o);
	rig_eq(r, (o[0] - slab_base(r->m, rig_slab(r, o[0]))) % cache_size(r->m, r->s), pad,
	       "place of an object in its stride");
	bytes_are(r, o[0] - pad, o[0], RED_USED, "left red zone of an object");
	bytes_are(r, o[0] + OBJECT_SIZE, o[0] + 24, RED_USED, "red zone of an object");
	bytes_are(r, o[0] + end, o[0] + end + 8, PADDING_BYTE, "padding");
	rig_is(r, get64(r->m, o[0] + 32) != 0, "nobody is noted as the owner");
	rig_eq(r, get64(r->m, o[0] + 32 + tracks / 2), 0, "who freed a new object");
	rig_free(r, 0, o[0]);
	object_is_free(r, o[0], pad);
	rig_is(r, get64(r->m, o[0] + 32 + tracks / 2) != 0, "nobody is noted as who freed");
	rig_eq(r, get(r->m, o[0] + 32, track_cpu), 1, "CPU of the allocation");
	rig_eq(r, get(r->m, o[0] + 32 + tracks / 2, track_cpu), 0, "CPU of the free");
	rig_end(r);
}

/* orig_size, 6.1: how much kmalloc() was asked for. 7.0 and 6.12.75 made a long of it. */
EACH_MODEL_ERA(orig_size)
{
	struct rig *r = machine(era, MODEL_CACHE_STORE_USER | MODEL_CACHE_KMALLOC, 64);
	uint32_t bytes = era < MODEL_ERA_6_1 ? 0 : 8; /* of an int four remain as padding */
	uint64_t object = rig_alloc(r, 0), at = object + 64 + tracks_bytes(era);

	rig_eq(r, cache_size(r->m, r->s), 64 + tracks_bytes(era) + bytes, "size");
	if (bytes)
		rig_eq(r, get32(r->m, at), 64, "what was asked for");
	if (era >= MODEL_ERA_6_12)
		rig_eq(r, get64(r->m, at), 64, "what was asked for, as a long");
	rig_end(r);
}

static void poke(struct rig *r, uint64_t addr)
{
	uint8_t byte = 0x41;

	model_poke(r->m, addr, &byte, 1);
}

/* A red zone that was overwritten is seen when the object is freed, which then stays allocated. */
EACH_MODEL_ERA(red_zone_checked)
{
	struct rig *r = machine(era, MODEL_CACHE_RED_ZONE | MODEL_CACHE_CHECKS, OBJECT_SIZE);
	uint64_t o[2], slab;

	rig_alloc_many(r, 0, 2, o);
	slab = rig_slab(r, o[0]);
	poke(r, o[0] + OBJECT_SIZE);
	rig_free(r, 0, o[0]);
	rig_eq(r, model_reports(r->m, MODEL_REPORT_SLAB_ERROR), 1, "reports");
	rig_eq(r, rig_inuse(r, slab), 2, "inuse");
	rig_free(r, 0, o[1]);
	rig_eq(r, model_reports(r->m, MODEL_REPORT_SLAB_ERROR), 1, "reports of a good object");
	rig_eq(r, rig_inuse(r, slab), 1, "inuse after the good object");
	rig_end(r);
}

/* Without consistency checks nobody looks. */
EACH_MODEL_ERA(red_zone_not_checked)
{
	struct rig *r = machine(era, MODEL_CACHE_RED_ZONE, OBJECT_SIZE);
	uint64_t o[2];

	rig_alloc_many(r, 0, 2, o);
	poke(r, o[0] + OBJECT_SIZE);
	rig_free(r, 0, o[0]);
	rig_eq(r, model_reports(r->m, MODEL_REPORT_SLAB_ERROR), 0, "reports");
	rig_eq(r, rig_inuse(r, rig_slab(r, o[0])), 1, "inuse");
	rig_end(r);
}

/*
 * A second free is seen. From 5.3 to 6.7 slab_free_freelist_hook() has stored to the link before
 * that, and so has cut the list off behind the object.
 */
EACH_MODEL_ERA(double_free_seen)
{
	struct rig *r = machine(era, MODEL_CACHE_CHECKS, 64);
	unsigned int n = rig_objects(r);
	uint64_t o[3], slab;
	bool cut = era == MODEL_ERA_5_10 || era == MODEL_ERA_6_1;

	rig_alloc_many(r, 0, 3, o);
	slab = rig_slab(r, o[0]);
	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[1]);
	rig_free(r, 0, o[0]);
	rig_eq(r, model_reports(r->m, MODEL_REPORT_SLAB_ERROR), 1, "reports");
	rig_eq(r, rig_inuse(r, slab), 1, "inuse");
	rig_eq(r, slab_freelist(r->m, slab), o[1], "head of the freelist");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, slab)), cut ? 2 : n - 1, "its length");
	model_free(r->m);
	free(r);
}

/*
 * Poison that was overwritten is seen when the object is allocated: its slab is given up. All of its
 * objects count as used, no list leads to it, and since 6.12 (6.1.192 has it) it is frozen for ever.
 * Until 6.0 it stays the CPU's until there is another: a new one makes the CPU give it back.
 */
EACH_MODEL_ERA(bad_slab)
{
	struct rig *r = machine(era, MODEL_CACHE_DEBUG, 256);
	uint64_t object = rig_alloc(r, 0), slab = rig_slab(r, object), other;
	unsigned int n = rig_objects(r);

	rig_free(r, 0, object);
	poke(r, object + 8);
	other = rig_alloc(r, 0);
	rig_is(r, rig_slab(r, other) != slab, "an object of the bad slab");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_SLAB_ERROR), 1, "reports");
	rig_eq(r, rig_inuse(r, slab), n, "inuse");
	rig_eq(r, slab_freelist(r->m, slab), 0, "freelist");
	rig_eq(r, rig_on_node(r, 0, slab), -1, "place on the node's list");
	rig_eq(r, rig_frozen(r, slab), era >= MODEL_ERA_6_1, "frozen");
	rig_eq(r, on_full(r, slab), era < MODEL_ERA_6_1, "it is on the list of full slabs");
	rig_eq(r, rig_nr_slabs(r, 0), 2, "nr_slabs");
	model_free(r->m);
	free(r);
}

Suite *suite_model_debug(void)
{
	Suite *suite = suite_create("model_debug");
	TCase *heap = tcase_create("heap"), *checks = tcase_create("checks");

	tcase_set_timeout(heap, RIG_TIMEOUT);
	tcase_add_test(heap, lists_checks);
	tcase_add_test(heap, lists_red_zone);
	tcase_add_test(heap, lists_poison);
	tcase_add_test(heap, lists_store_user);
	tcase_add_test(heap, layout);
	tcase_add_test(heap, orig_size);
	suite_add_tcase(suite, heap);
	tcase_set_timeout(checks, RIG_TIMEOUT);
	tcase_add_test(checks, red_zone_checked);
	tcase_add_test(checks, red_zone_not_checked);
	tcase_add_test(checks, double_free_seen);
	tcase_add_test(checks, bad_slab);
	suite_add_tcase(suite, checks);
	return suite;
}
