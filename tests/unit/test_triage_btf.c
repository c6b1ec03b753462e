/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types out of BTF that libbpf wrote for the test. */
#include "triage/btf.h"

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/*
 * struct inner { unsigned long deep; unsigned int low:16, mid:15, high:1; };	(anonymous)
 * struct slab { unsigned long flags; union { void *lru; struct inner; }; int tail[]; };
 */
static struct btf *btf_make(void)
{
	struct btf *btf = btf__new_empty();
	int size, array, inner, either, alias;
	int word = btf__add_int(btf, "unsigned long", 8, 0);
	int small = btf__add_int(btf, "unsigned int", 4, 0);
	int pointer = btf__add_ptr(btf, 0);

	inner = btf__add_struct(btf, "", 16);
	btf__add_field(btf, "deep", word, 0, 0);
	btf__add_field(btf, "low", small, 64, 16);
	btf__add_field(btf, "mid", small, 80, 15);
	btf__add_field(btf, "high", small, 95, 1);
	either = btf__add_union(btf, "", 16);
	btf__add_field(btf, "lru", pointer, 0, 0);
	btf__add_field(btf, "", inner, 0, 0);
	array = btf__add_array(btf, small, small, 0);
	/* The tag of 6.14, and a qualifier, are passed over. */
	alias = btf__add_const(btf, either);
	btf__add_struct(btf, "slab", 24);
	btf__add_field(btf, "flags", word, 0, 0);
	btf__add_field(btf, "", alias, 64, 0);
	btf__add_field(btf, "tail", array, 192, 0);
	btf__add_fwd(btf, "declared", BTF_FWD_STRUCT);
	size = btf__add_struct(btf, "", 12);
	btf__add_typedef(btf, "node_t", size);
	btf__add_enum(btf, "flag_bits", 4);
	btf__add_enum_value(btf, "_SLAB_POISON", 1);
	btf__add_enum_value(btf, "_SLAB_LARGE", 0x80000000);
	btf__add_enum(btf, "signed", 4);
	btf__add_enum_value(btf, "MINUS", -2);
	btf__add_enum64(btf, "wide", 8, false);
	btf__add_enum64_value(btf, "WIDE", 0x123456789ull);
	return btf;
}

static struct btf_types *types_make(void)
{
	struct error error = { 0 };
	struct btf *btf = btf_make();
	struct btf_types *types;
	const void *bytes;
	uint32_t size;

	bytes = btf__raw_data(btf, &size);
	types = btf_types_read(bytes, size, &error);
	unit_check(types != NULL, "%s", error.text);
	/* A watch ends with what is said here. */
	ck_assert_str_eq(error.text, "");
	btf__free(btf);
	return types;
}

static void member_is(const struct btf_types *types, const char *member, uint32_t offset,
		      uint32_t size)
{
	struct target_member m = { 0 };

	unit_check(btf_types_member(types, "slab", member, &m), "no %s", member);
	unit_check(m.offset == offset && m.size == size, "%s is at %u, %u bytes", member, m.offset,
		   m.size);
}

START_TEST(members)
{
	struct btf_types *types = types_make();
	struct target_member m;

	member_is(types, "flags", 0, 8);
	member_is(types, "lru", 8, 8);
	member_is(types, "deep", 8, 8);
	member_is(types, "low", 16, 4);
	member_is(types, "mid", 16, 4);
	member_is(types, "high", 16, 4);
	member_is(types, "tail", 24, 0);
	unit_check(!btf_types_member(types, "slab", "none", &m), "found what is not there");
	unit_check(!btf_types_member(types, "declared", "x", &m), "found in a declaration");
	btf_types_free(types);
}
END_TEST

START_TEST(sizes)
{
	struct btf_types *types = types_make();
	size_t size = 0;

	unit_check(btf_types_size(types, "slab", &size), "no slab");
	unit_check_eq(size, 24);
	unit_check(btf_types_size(types, "node_t", &size), "not by its typedef");
	unit_check_eq(size, 12);
	unit_check(!btf_types_size(types, "declared", &size), "a declaration has no size");
	unit_check(!btf_types_size(types, "unsigned long", &size), "no structure");
	btf_types_free(types);
}
END_TEST

START_TEST(enumerators)
{
	struct btf_types *types = types_make();
	int64_t value = 0;

	unit_check(btf_types_enumerator(types, "_SLAB_POISON", &value), "none");
	unit_check_eq(value, 1);
	unit_check(btf_types_enumerator(types, "WIDE", &value), "none of 64 bits");
	unit_check_eq(value, 0x123456789);
	unit_check(btf_types_enumerator(types, "MINUS", &value), "none below zero");
	unit_check(value == -2, "%lld", (long long)value);
	unit_check(!btf_types_enumerator(types, "NONE", &value), "found what is not there");
	btf_types_free(types);
}
END_TEST

START_TEST(damaged)
{
	struct btf *btf = btf_make();
	struct error error;
	struct btf_types *types;
	const void *bytes;
	uint32_t size;

	bytes = btf__raw_data(btf, &size);
	for (uint32_t i = 0; i < size; i++) {
		uint8_t *copy = malloc(size);
		struct target_member m;

		memcpy(copy, bytes, size);
		copy[i] ^= 0xff;
		types = btf_types_read(copy, size, &error);
		if (types)
			btf_types_member(types, "slab", "high", &m);
		btf_types_free(types);
		types = btf_types_read(bytes, i, &error);
		unit_check(!types, "believed the first %u of %u bytes", i, size);
		free(copy);
	}
	btf__free(btf);
}
END_TEST

/* Each of twenty structures has two of the next without a name: a million ways down. */
START_TEST(nested)
{
	struct btf *btf = btf__new_empty();
	struct error error = { 0 };
	struct target_member m;
	struct btf_types *types;
	const void *bytes;
	uint32_t size;

	for (int i = 1; i <= 20; i++) {
		btf__add_struct(btf, i == 1 ? "top" : "", 8);
		btf__add_field(btf, "", i + 1, 0, 0);
		btf__add_field(btf, "", i == 20 ? 1 : i + 1, 0, 0);
	}
	btf__add_struct(btf, "", 8);
	bytes = btf__raw_data(btf, &size);
	types = btf_types_read(bytes, size, &error);
	unit_check(types != NULL, "%s", error.text);
	unit_check(!btf_types_member(types, "top", "x", &m), "found what is not there");
	btf_types_free(types);
	btf__free(btf);
}
END_TEST

Suite *suite_triage_btf(void)
{
	Suite *suite = suite_create("triage_btf");
	TCase *tcase = tcase_create("btf");

	tcase_add_test(tcase, members);
	tcase_add_test(tcase, sizes);
	tcase_add_test(tcase, enumerators);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, nested);
	suite_add_tcase(suite, tcase);
	return suite;
}
