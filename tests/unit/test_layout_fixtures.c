/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The layout of kernels that nobody packages any more, and of distributions' mixtures: from the
 * debug information of compiled structures, held against what their compiler says of them.
 */
#include <string.h>

#include "checker/slub/layout.h"
#include "model/machine/shape.h"
#include "tests/fixtures/eras/fixture.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/layout_fields.h"
#include "tests/unit/unit.h"

struct fixture_row {
	const char *file;
	const struct fixture *fixture;
};

static const struct fixture_row fixtures[] = {
#define X(name) { #name, &fixture_##name },
	FIXTURES_LIST(X)
#undef X
};

#define H(value) ((unsigned long long)(value))

static void member_equal(const char *era, const char *name, struct target_member a,
			 struct target_member b)
{
	unit_check(a.offset == b.offset && a.size == b.size,
		   "%s: %s is at %u, %u bytes; it should be at %u, %u bytes", era, name, a.offset,
		   a.size, b.offset, b.size);
}

static void number_equal(const char *era, const char *name, uint64_t a, uint64_t b)
{
	unit_check(a == b, "%s: %s is %#llx; it should be %#llx", era, name, H(a), H(b));
}

static void layout_equal(const char *era, const struct layout *a, const struct layout *b)
{
#define M(field) member_equal(era, #field, a->field, b->field);
#define N(field) number_equal(era, #field, (uint64_t)a->field, (uint64_t)b->field);
	LAYOUT_FIELDS(M, N)
#undef M
#undef N
}

/* A layout and what it was made in. */
struct found {
	struct arena arena;
	struct memory memory;
	struct layout layout;
	char error[LAYOUT_ERROR_MAX];
	bool ok;
};

static void find(struct found *found, struct target *target)
{
	arena_init(&found->arena, (size_t)64 << 20);
	unit_check(memory_init(&found->memory, target, &found->arena), "no memory");
	found->ok = layout_init(&found->layout, &found->memory, &found->arena, found->error);
}

static size_t end_of(size_t end, struct target_member m)
{
	return m.size && end < m.offset + m.size ? m.offset + m.size : end;
}

/* As many bytes of a descriptor are read as its members need. */
static void read_size_check(const char *era, const struct layout *layout)
{
	const struct layout_slab *s = &layout->slab;
	size_t end = 0;

	end = end_of(end, s->flags);
	end = end_of(end, s->cache);
	end = end_of(end, s->list);
	end = end_of(end, s->freelist);
	end = end_of(end, s->counters);
	end = end_of(end, s->next);
	end = end_of(end, s->slabs);
	end = end_of(end, s->page_type);
	end = end_of(end, s->exts);
	unit_check(s->read_size >= end && s->read_size <= layout->kernel.page.struct_size,
		   "%s: %zu bytes are read of a descriptor", era, s->read_size);
}

START_TEST(types)
{
	const struct fixture_row *row = &fixtures[_i];
	const struct fixture *fixture = row->fixture;
	struct fixture_target *t = fixture_target_new(row->file);
	struct found found;

	find(&found, &t->target);
	if (fixture->refused) {
		unit_check(!found.ok && strstr(found.error, fixture->refused),
			   "%s: not refused: %s", fixture->name, found.ok ? "" : found.error);
	} else {
		unit_check(found.ok, "%s: %s", fixture->name, found.error);
		layout_equal(fixture->name, &found.layout, &fixture->layout);
		read_size_check(fixture->name, &found.layout);
		number_equal(fixture->name, "nr_nodes", found.layout.nr_nodes, 2);
		number_equal(fixture->name, "nr_cpus", found.layout.kernel.nr_cpus, 4);
		number_equal(fixture->name, "slab_caches", found.layout.slab_caches,
			     fixture_variable("slab_caches"));
	}
	arena_free(&found.arena);
	fixture_target_free(t);
}
END_TEST

/* Locks and keys: what the words in them say. */

struct word {
	const char *variable;
	struct target_member member;
	uint64_t rest, taken;
};

static struct layout layout_with(struct fixture_target *t, const char *era, const struct word *word,
				 uint64_t value)
{
	struct found found;

	fixture_put(t, fixture_variable(word->variable) + word->member.offset, value,
		    word->member.size);
	find(&found, &t->target);
	unit_check(found.ok, "%s: %s", era, found.error);
	arena_free(&found.arena);
	/* What it points to is gone. */
	return found.layout;
}

/* A word makes a truth of the layout true, and only when it is set. */
static void word_check(struct fixture_target *t, const char *era, const struct word *word,
		       size_t truth)
{
	struct layout rest, taken;

	if (!word->member.size)
		return;
	rest = layout_with(t, era, word, word->rest);
	taken = layout_with(t, era, word, word->taken);
	layout_with(t, era, word, word->rest);
	unit_check(!*((bool *)&rest + truth), "%s: %s at rest", era, word->variable);
	unit_check(*((bool *)&taken + truth), "%s: %s taken", era, word->variable);
}

START_TEST(words)
{
	const struct fixture_row *row = &fixtures[_i];
	const struct fixture *f = row->fixture;
	struct fixture_target *t;
	const struct word count = { "slab_mutex", f->mutex_count, 1, 0 };
	const struct word waited = { "slab_mutex", f->mutex_count, 1, UINT32_MAX };
	const struct word owner = { "slab_mutex", f->mutex_owner, 0, UINT64_C(0xffff888012345640) };
	const struct word hotplug = { "cpu_hotplug_lock", f->hotplug, 0, 1 };
	const struct word init = { "init_on_alloc", f->init_key, 0, 1 };

	if (f->refused)
		return;
	t = fixture_target_new(row->file);
	word_check(t, f->name, &count, offsetof(struct layout, caches_locked));
	word_check(t, f->name, &waited, offsetof(struct layout, caches_locked));
	word_check(t, f->name, &owner, offsetof(struct layout, caches_locked));
	word_check(t, f->name, &hotplug, offsetof(struct layout, kernel.hotplug_busy));
	word_check(t, f->name, &init, offsetof(struct layout, init_on_alloc));
	fixture_target_free(t);
}
END_TEST

/* The model's types, where it has the same kernel. */

/* Of a struct kmem_cache, beside those that the model's shape has. */
static const char *const further[] = { "kobj", "kobj_remove_work", "max_attr_size", "memcg_kset" };

static void further_equal(const char *era, struct target *a, struct target *b)
{
	for (int i = 0; i < UNIT_COUNT(further); i++) {
		struct target_member x = { 0 }, y = { 0 };

		a->ops->member(a, "kmem_cache", further[i], &x);
		b->ops->member(b, "kmem_cache", further[i], &y);
		member_equal(era, further[i], x, y);
	}
}

static void shapes_equal(const char *file, enum model_era model_era_of_it)
{
	const struct era *era = model_era(model_era_of_it);
	struct fixture_target *model = fixture_target_model(era->features);
	struct fixture_target *t = fixture_target_new(file);
	struct model_shape a, b;
	const char *missing;

	model_shape_init(&a, &t->target);
	missing = slub_model.missing(&a);
	unit_check(!missing, "%s: no %s", era->name, missing);
	model_shape_init(&b, &model->target);
	unit_check(!slub_model.missing(&b), "%s: not even the model", era->name);
#define X(member, types, members) member_equal(era->name, #member, a.member, b.member);
	MODEL_MEMBERS(X)
#undef X
	further_equal(era->name, &t->target, &model->target);
	number_equal(era->name, "sizeof page", a.page_bytes, b.page_bytes);
	number_equal(era->name, "sizeof kmem_cache_cpu", a.cpu_bytes, b.cpu_bytes);
	number_equal(era->name, "sizeof kmem_cache_node", a.node_bytes, b.node_bytes);
	number_equal(era->name, "sizeof track", a.track_bytes, b.track_bytes);
	number_equal(era->name, "PG_slab", a.pg_slab, b.pg_slab);
	number_equal(era->name, "PG_head", a.pg_head, b.pg_head);
	number_equal(era->name, "PG_tail", a.pg_tail, b.pg_tail);
	number_equal(era->name, "PG_active", a.pg_pfmemalloc, b.pg_pfmemalloc);
	fixture_target_free(model);
	fixture_target_free(t);
}

START_TEST(model_3_13)
{
	shapes_equal("v3_13", MODEL_ERA_3_13);
}
END_TEST

START_TEST(model_4_19)
{
	shapes_equal("v4_19", MODEL_ERA_4_19);
}
END_TEST

Suite *suite_layout_fixtures(void)
{
	Suite *suite = suite_create("layout_fixtures");
	TCase *tcase = tcase_create("fixtures");

	tcase_add_loop_test(tcase, types, 0, UNIT_COUNT(fixtures));
	tcase_add_loop_test(tcase, words, 0, UNIT_COUNT(fixtures));
	tcase_add_test(tcase, model_3_13);
	tcase_add_test(tcase, model_4_19);
	suite_add_tcase(suite, tcase);
	return suite;
}
