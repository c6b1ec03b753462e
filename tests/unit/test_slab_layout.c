/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The layout of kernels with SLAB: of the ten eras, from the debug information of compiled structures, held
 * against what their compiler says of them; and of kernels that people ran, from the types that are listed of them
 * (tests/fixtures/layouts/).
 */
#include <string.h>

#include "tests/fixtures/eras/slab_fixture.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/unit.h"

/* Everything that types decide. M: a struct target_member; N: a number or a truth. */
/* clang-format off */
#define SLAB_FIELDS(M, N) \
	M(cache.cpu_cache) M(cache.array) M(cache.limit) M(cache.batchcount) M(cache.shared) \
	M(cache.size) M(cache.reciprocal) M(cache.object_size) M(cache.flags) M(cache.num) \
	M(cache.order) M(cache.colour) M(cache.colour_off) M(cache.management) \
	M(cache.management_cache) M(cache.ctor) M(cache.name) M(cache.list) M(cache.refcount) \
	M(cache.obj_offset) M(cache.random_seq) M(cache.nodes) \
	M(array.avail) M(array.limit) M(array.batchcount) M(array.touched) N(array.entries) \
	N(array.in_alien) M(array.alien_locked) \
	M(node.partial) M(node.full) M(node.free) M(node.num_slabs) M(node.total_slabs) \
	M(node.free_slabs) M(node.free_objects) M(node.colour_next) M(node.shared) M(node.alien) \
	M(node.locked) N(node.size) \
	M(slab.list) M(slab.s_mem) M(slab.used) M(slab.colouroff) M(slab.free) M(slab.nodeid) \
	M(slab.freelist) M(slab.cache) M(slab.page_slab) N(slab.size) \
	N(has_bufctl) N(nodes_pointer) N(every_page) N(debug_slab) N(pg_slab)
/* clang-format on */

static void member_equal(const char *era, const char *name, struct target_member a,
			 struct target_member b)
{
	unit_check(a.offset == b.offset && a.size == b.size,
		   "%s: %s is at %u, %u bytes; it should be at %u, %u bytes", era, name, a.offset,
		   a.size, b.offset, b.size);
}

static void number_equal(const char *era, const char *name, uint64_t a, uint64_t b)
{
	unit_check(a == b, "%s: %s is %#llx; it should be %#llx", era, name, (unsigned long long)a,
		   (unsigned long long)b);
}

static const struct row {
	const char *file;
	const struct slab_fixture *fixture;
} rows[] = {
#define X(name) { "slab_" #name, &slab_fixture_##name },
	SLAB_FIXTURES(X)
#undef X
};

START_TEST(types)
{
	const struct row *row = &rows[_i];
	const struct slab_layout *b = &row->fixture->layout;
	struct fixture_target *t = fixture_target_new(row->file);
	struct slab_layout layout = { .kernel.lock = lock_layout_find(&t->target) };
	const struct slab_layout *a = &layout;
	char error[KERNEL_ERROR_MAX] = "";

	unit_check(slab_layout_types(&layout, &t->target, error), "%s: %s", row->file, error);
#define M(field) member_equal(row->fixture->name, #field, a->field, b->field);
#define N(field) number_equal(row->fixture->name, #field, (uint64_t)a->field, (uint64_t)b->field);
	SLAB_FIELDS(M, N)
#undef M
#undef N
	fixture_target_free(t);
}
END_TEST

/* What is listed of a kernel is less than its debug information has. */
static const struct listed {
	const char *file;
	uint32_t nodes, array, size, list;
	const char *node; /* type of a node that is listed; NULL: none is */
} listed[] = {
	{ "centos-6.8-x86_64", 32872, 0, 32780, 32856, NULL },
	{ "rhel-6.7-x86_64", 32872, 0, 32780, 32856, NULL },
	{ "opensuse-13.1-x86_64", 120, 128, 12, 88, NULL },
	{ "sles-12-sp5-x86_64", 224, 0, 20, 96, "kmem_cache_node" },
	{ "5.10-slab-ppc64", 136, 0, 20, 96, "kmem_cache_node" },
};

static uint32_t offset_of(struct target *t, const char *type, const char *name, const char *older)
{
	struct target_member m;

	unit_check(t->ops->member(t, type, name, &m) || t->ops->member(t, type, older, &m),
		   "no %s.%s", type, name);
	return m.offset;
}

START_TEST(kernels)
{
	const struct listed *l = &listed[_i];
	char path[256], error[KERNEL_ERROR_MAX];
	struct fixture_target *t;
	json_error_t wrong;
	json_t *json;

	snprintf(path, sizeof(path), LISTED_TYPES "/%s.json", l->file);
	json = json_load_file(path, 0, &wrong);
	unit_check(json != NULL, "%s: %s", path, wrong.text);
	t = fixture_target_listed(json);
	unit_check(slab_layout_recognise(&t->target, error), "%s: %s", l->file, error);
	ck_assert_uint_eq(offset_of(&t->target, "kmem_cache", "node", "nodelists"), l->nodes);
	ck_assert_uint_eq(offset_of(&t->target, "kmem_cache", "size", "buffer_size"), l->size);
	ck_assert_uint_eq(offset_of(&t->target, "kmem_cache", "list", "next"), l->list);
	if (l->array)
		ck_assert_uint_eq(offset_of(&t->target, "kmem_cache", "array", "array"), l->array);
	/* The rest cannot be read: array_cache is not among what is listed. */
	struct slab_layout layout = { 0 };

	unit_check(!slab_layout_types(&layout, &t->target, error), "%s", l->file);
	if (l->list != 88 && strcmp(l->file, "rhel-6.7-x86_64"))
		unit_check(strstr(error, "array_cache") != NULL, "%s: %s", l->file, error);
	unit_check(!l->node || offset_of(&t->target, l->node, "slabs_partial", "") == 8, "%s",
		   l->file);
	fixture_target_free(t);
}
END_TEST

/* SLUB is not taken for it, nor the other way round. */
START_TEST(not_slub)
{
	struct fixture_target *t = fixture_target_new("v6_12_75");
	char error[KERNEL_ERROR_MAX];

	unit_check(!slab_layout_recognise(&t->target, error), "SLUB is taken for SLAB");
	fixture_target_free(t);
	t = fixture_target_new("slob_6_1");
	unit_check(!slab_layout_recognise(&t->target, error), "SLOB is taken for SLAB");
	fixture_target_free(t);
}
END_TEST

Suite *suite_slab_layout(void)
{
	Suite *suite = suite_create("slab_layout");
	TCase *tcase = tcase_create("types");

	tcase_add_loop_test(tcase, types, 0, UNIT_COUNT(rows));
	tcase_add_loop_test(tcase, kernels, 0, UNIT_COUNT(listed));
	tcase_add_test(tcase, not_slub);
	suite_add_tcase(suite, tcase);
	return suite;
}
