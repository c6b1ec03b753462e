/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A damaged slab costs as many steps as it has objects, whatever its links look like. Steps are
 * counted, for seconds depend on who else is busy.
 */
#include <stdlib.h>

#include "checker/slub/heap.h"
#include "tests/unit/rig.h"

#define OBJECT_BYTES 8u
#define ORDER 5u
#define OBJECTS ((MODEL_PAGE << ORDER) / OBJECT_BYTES) /* 16,384 */

/* What the links of objects on no list lead to: an index, or none. */

/* All of the first half lead to one chain of the others. */
static int many_heads(unsigned int i)
{
	return i < OBJECTS / 2 ? (int)OBJECTS / 2 : i + 1 < OBJECTS ? (int)i + 1 : -1;
}

/* One chain, whose head is the last object. */
static int backwards(unsigned int i)
{
	return (int)i - 1;
}

/* One cycle of all. */
static int one_cycle(unsigned int i)
{
	return (int)((i + 1) % OBJECTS);
}

/* A cycle of a half, and all others lead into it. */
static int into_cycle(unsigned int i)
{
	return (int)(i < OBJECTS / 2 ? (i + 1) % (OBJECTS / 2) : i - OBJECTS / 2);
}

/* Each to itself. */
static int selves(unsigned int i)
{
	return (int)i;
}

/* Chains of two. */
static int pairs(unsigned int i)
{
	return i % 2 ? -1 : (int)i + 1;
}

static const struct {
	const char *name;
	int (*next)(unsigned int i);
} shapes[] = {
	{ "many heads", many_heads },	{ "backwards", backwards }, { "one cycle", one_cycle },
	{ "into a cycle", into_cycle }, { "selves", selves },	    { "pairs", pairs },
};

/* The checker's view of the rig. */
struct view {
	struct arena arena;
	struct memory memory;
	struct layout layout;
	struct cache_list caches;
	struct heap heap;
	struct cache cache;
};

static struct view *view_open(struct rig *r)
{
	struct view *v = calloc(1, sizeof(*v));
	char error[LAYOUT_ERROR_MAX] = "no memory";
	bool good;

	ck_assert_ptr_nonnull(v);
	arena_init(&v->arena, (size_t)64 << 20);
	good = memory_init(&v->memory, model_target(r->m), &v->arena) &&
	       layout_init(&v->layout, &v->memory, &v->arena, error) &&
	       cache_list_read(&v->caches, &v->memory, v->layout.slab_caches,
			       v->layout.cache.list.offset, &v->arena) &&
	       heap_init(&v->heap, &v->memory, &v->layout, &v->caches, &v->arena);
	unit_check(good, "%s: %s", r->name, error);
	cache_read(&v->cache, &v->memory, &v->layout, r->s, r->m->encoding);
	return v;
}

static void view_close(struct view *v)
{
	arena_free(&v->arena);
	free(v);
}

/* A CPU's slab of OBJECTS objects, of which one is in use. */
static uint64_t slab_make(struct rig *r)
{
	uint64_t oo = (uint64_t)ORDER << 16 | OBJECTS;

	rig_cache(r, (struct model_cache_args){ .size = OBJECT_BYTES, .flags = RIG_PLAIN });
	model_poke(r->m, AT(r->m, r->s, cache_oo), &oo, r->m->shape.cache_oo.size);
	return rig_slab(r, rig_alloc(r, 0));
}

static void links_store(struct rig *r, uint64_t slab, int (*next)(unsigned int i))
{
	uint64_t base = slab_base(r->m, slab), offset = get(r->m, r->s, cache_offset);
	uint64_t random = get(r->m, r->s, cache_random);

	for (unsigned int i = 0; i < OBJECTS; i++) {
		uint64_t slot = base + (uint64_t)i * OBJECT_BYTES + offset;
		uint64_t to = next(i) < 0 ? 0 : base + (uint64_t)next(i) * OBJECT_BYTES;

		to = freeptr_encode(r->m->encoding, to, random, slot);
		model_poke(r->m, slot, &to, 8);
	}
}

START_TEST(linear)
{
	struct rig *r =
		rig_new(MODEL_ERA_6_1, (struct model_config){ .without = MODEL_HAS(RANDOM_SEQ) });
	uint64_t page = slab_make(r), wild = UINT64_C(0xdead4ead00000001);
	uint64_t c = get(r->m, r->s, cache_cpu_slab) + r->m->cpu_offset[0];

	/* The list that led to them is gone. */
	model_poke(r->m, AT(r->m, c, cpu_freelist), &wild, 8);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct slab_place place = { page, 0, ROLE_CPU, 0, -1 };
		struct view *v = view_open(r);
		struct cpu_state cpu;
		struct slab_state slab;

		links_store(r, page, shapes[i].next);
		heap_cpu(&v->heap, &v->cache, 0, &cpu);
		heap_slab(&v->heap, &v->cache, place, &cpu, &slab);
		unit_check(slab.objects == OBJECTS && slab.orphans.nr >= OBJECTS / 2,
			   "%s: %u orphans of %u objects", shapes[i].name, slab.orphans.nr,
			   slab.objects);
		unit_check(v->heap.links_followed <= 2 * OBJECTS, "%s: %llu links are followed",
			   shapes[i].name, (unsigned long long)v->heap.links_followed);
		view_close(v);
	}
	model_free(r->m);
	free(r);
}
END_TEST

Suite *suite_model_linear(void)
{
	Suite *suite = suite_create("model_linear");
	TCase *tc = tcase_create("orphans");

	tcase_set_timeout(tc, RIG_TIMEOUT);
	tcase_add_test(tc, linear);
	suite_add_tcase(suite, tc);
	return suite;
}
