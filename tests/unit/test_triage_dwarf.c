/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types and symbols of ELF files. */
#include "triage/dwarf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fixtures/dwarf/types.h"
#include "tests/unit/unit.h"
#include "triage/names.h"

/* One source as several compilers of several years describe it: fixtures/dwarf/types-*.o. */
static const char *const variants[] = { "2",	  "3",		"4",	  "5",
					"strict", "compressed", "inline", "clang" };

static struct dwarf_file *open_path(const char *path)
{
	struct error error = { 0 };
	struct dwarf_file *f = dwarf_file_open(path, &error);

	unit_check(f != NULL, "%s: %s", path, error.text);
	return f;
}

/* NULL: this machine has no such compiler. */
static struct dwarf_file *open_variant(const char *variant)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/dwarf/types-%s.o", FIXTURES, variant);
	if (!strcmp(variant, "clang") && access(path, R_OK))
		return NULL;
	return open_path(path);
}

static void member_check(struct dwarf_file *f, const char *variant, const char *type,
			 const char *member, size_t offset, size_t size)
{
	struct target_member m = { 0 };
	enum dwarf_file_status status = dwarf_file_member(f, type, member, &m);

	unit_check(status == DWARF_FILE_FOUND, "%s: %s.%s: %s", variant, type, member,
		   dwarf_file_status_text(status));
	unit_check(m.offset == offset && m.size == size,
		   "%s: %s.%s is at %u, %u bytes, not at %zu, %zu bytes", variant, type, member,
		   m.offset, m.size, offset, size);
}

#define IS(type, member)                                                        \
	member_check(f, variant, #type, #member, offsetof(struct type, member), \
		     sizeof(((struct type *)0)->member))

static void no_member(struct dwarf_file *f, const char *variant, const char *type,
		      const char *member)
{
	struct target_member m = { 12345, 67 };
	enum dwarf_file_status status = dwarf_file_member(f, type, member, &m);

	unit_check(status == DWARF_FILE_NONE, "%s: %s.%s: %s", variant, type, member,
		   dwarf_file_status_text(status));
	unit_check(m.offset == 12345 && m.size == 67, "%s: an answer without one", variant);
}

START_TEST(members)
{
	const char *variant = variants[_i];
	struct dwarf_file *f = open_variant(variant);

	if (!f)
		return;
	IS(everything, letter);
	IS(everything, qualified);
	IS(everything, pointer);
	IS(everything, function);
	IS(everything, matrix);
	IS(everything, table);
	IS(everything, inside);
	IS(everything, freelist);
	IS(everything, counters);
	IS(everything, choice);
	IS(everything, all);
	IS(everything, has_name);
	IS(everything, nothing);
	IS(everything, last);
	member_check(f, variant, "everything", "flexible", offsetof(struct everything, flexible),
		     0);
	IS(inner, first);
	IS(inner, deep);
	IS(inner, deeper);
	IS(inner, deepest);
	IS(tagged, counters);
	IS(node, next);
	member_check(f, variant, "named_by_typedef", "number", offsetof(named_by_typedef, number),
		     8);
	member_check(f, variant, "named_twice", "letters", 0, 5);
	member_check(f, variant, "either", "d", 0, 16);
	dwarf_file_close(f);
}
END_TEST

/* The word that the bits are in. */
START_TEST(bit_fields)
{
	const char *variant = variants[_i];
	struct dwarf_file *f = open_variant(variant);
	size_t all = offsetof(struct everything, all);

	if (!f)
		return;
	member_check(f, variant, "everything", "low", all, 4);
	member_check(f, variant, "everything", "middle", all, 4);
	member_check(f, variant, "everything", "high", all, 4);
	member_check(f, variant, "everything", "wide", (all + 4 + 7) / 8 * 8, 8);
	member_check(f, variant, "everything", "rest", (all + 4 + 7) / 8 * 8, 8);
	member_check(f, variant, "everything", "odd", (all + 4 + 7) / 8 * 8 + 8, 1);
	dwarf_file_close(f);
}
END_TEST

START_TEST(no_members)
{
	const char *variant = variants[_i];
	struct dwarf_file *f = open_variant(variant);

	if (!f)
		return;
	no_member(f, variant, "everything", "member"); /* of a member with a name */
	no_member(f, variant, "everything", "deep");
	no_member(f, variant, "everything", "lett");
	no_member(f, variant, "everything", "letters");
	no_member(f, variant, "everything", "SMALL");
	no_member(f, variant, "everything", "");
	no_member(f, variant, "numbers", "NUMBER_BYTE");
	no_member(f, variant, "word", "number");
	no_member(f, variant, "only_declared", "first");
	no_member(f, variant, "not_even_a_string_of_the_file", "first");
	no_member(f, variant, "", "");
	no_member(f, variant, "everythin", "letter");
	no_member(f, variant, "verything", "letter");
	dwarf_file_close(f);
}
END_TEST

static void size_check(struct dwarf_file *f, const char *variant, const char *type, size_t right)
{
	size_t size = 0;
	enum dwarf_file_status status = dwarf_file_type_size(f, type, &size);

	unit_check(status == DWARF_FILE_FOUND && size == right, "%s: %s: %s, %zu bytes", variant,
		   type, dwarf_file_status_text(status), size);
}

START_TEST(sizes)
{
	static const char *const none[] = {
		"only_declared",      "numbers", "word",	 "SMALL", "letter", "int",
		"fixture_everything", "",	 "no such thing"
	};
	const char *variant = variants[_i];
	struct dwarf_file *f = open_variant(variant);
	size_t size = 7;

	if (!f)
		return;
	size_check(f, variant, "everything", sizeof(struct everything));
	size_check(f, variant, "inner", sizeof(struct inner));
	size_check(f, variant, "either", sizeof(union either));
	size_check(f, variant, "named_by_typedef", sizeof(named_by_typedef));
	size_check(f, variant, "named_twice", sizeof(named_twice));
	for (int i = 0; i < UNIT_COUNT(none); i++)
		unit_check(dwarf_file_type_size(f, none[i], &size) == DWARF_FILE_NONE && size == 7,
			   "%s: %s has a size", variant, none[i]);
	dwarf_file_close(f);
}
END_TEST

START_TEST(enumerators)
{
	static const struct {
		const char *name;
		int64_t value;
	} right[] = {
#define X(name) { #name, name }
		X(NUMBER_MINUS_ONE), X(NUMBER_MINUS_LARGE), X(NUMBER_BYTE),  X(NUMBER_WORD),
		X(NUMBER_INT),	     X(NUMBER_LONG),	    X(UNSIGNED_TOP), { "NUMBER", 0 },
		{ "UMBER_BYTE", 0 }, { "everything", 0 },
#undef X
	};
	const char *variant = variants[_i];
	struct dwarf_file *f = open_variant(variant);

	if (!f)
		return;
	for (int i = 0; i < UNIT_COUNT(right); i++) {
		int64_t value = 4711;
		enum dwarf_file_status status = dwarf_file_enumerator(f, right[i].name, &value);

		unit_check(status == (right[i].value ? DWARF_FILE_FOUND : DWARF_FILE_NONE),
			   "%s: %s: %s", variant, right[i].name, dwarf_file_status_text(status));
		unit_check_eq(value, right[i].value ? right[i].value : 4711);
	}
	dwarf_file_close(f);
}
END_TEST

/* This program itself: an executable that was linked from many units. */
#define PROGRAM FIXTURES "/../../unit"

START_TEST(symbols)
{
	struct dwarf_file *f = open_path(PROGRAM);
	uint64_t main_at = 0, table_at = 0, suite_at = 0, offset = 0;
	const char *name = "";

	ck_assert_int_eq(dwarf_file_symbol(f, "main", &main_at), DWARF_FILE_FOUND);
	ck_assert_int_eq(dwarf_file_symbol(f, "variants", &table_at), DWARF_FILE_FOUND);
	ck_assert_int_eq(dwarf_file_symbol(f, "suite_triage_dwarf", &suite_at), DWARF_FILE_FOUND);
	/* Where it was loaded is another matter, but distances stay. */
	unit_check_eq(table_at - suite_at, (uintptr_t)variants - (uintptr_t)suite_triage_dwarf);
	ck_assert_int_eq(dwarf_file_symbol_at(f, main_at + 1, &name, &offset), DWARF_FILE_FOUND);
	ck_assert_str_eq(name, "main");
	ck_assert_uint_eq(offset, 1);
	ck_assert_int_eq(dwarf_file_symbol_at(f, table_at + 8, &name, &offset), DWARF_FILE_FOUND);
	ck_assert_str_eq(name, "variants");
	ck_assert_uint_eq(offset, 8);
	ck_assert_int_eq(dwarf_file_symbol_at(f, UINT64_MAX, &name, &offset), DWARF_FILE_NONE);
	ck_assert_int_eq(dwarf_file_symbol_at(f, 0, &name, &offset), DWARF_FILE_NONE);
	ck_assert_int_eq(dwarf_file_symbol(f, "no such symbol", &main_at), DWARF_FILE_NONE);
	ck_assert_int_eq(dwarf_file_symbol(f, "", &main_at), DWARF_FILE_NONE);
	dwarf_file_close(f);
}
END_TEST

START_TEST(build_id)
{
	struct dwarf_file *f = open_path(PROGRAM);
	const uint8_t *id = NULL;

	ck_assert_uint_eq(dwarf_file_build_id(f, &id), 20);
	ck_assert_ptr_nonnull(id);
	dwarf_file_close(f);
	f = open_variant("5");
	ck_assert_uint_eq(dwarf_file_build_id(f, &id), 0);
	dwarf_file_close(f);
}
END_TEST

/* Of many units, and of fixtures that declare the same names in different ways. */
START_TEST(many_units)
{
	struct dwarf_file *f = open_path(PROGRAM);
	/* clang tells of types alone that something is of. */
	const struct everything one = { .letter = 'e' };
	struct target_member m;
	int64_t value;
	size_t size;

	ck_assert_int_eq(one.letter, 'e');
	ck_assert_int_eq(dwarf_file_type_size(f, "names", &size), DWARF_FILE_FOUND);
	ck_assert_uint_eq(size, sizeof(struct names));
	ck_assert_int_eq(dwarf_file_member(f, "target", "page_shift", &m), DWARF_FILE_FOUND);
	ck_assert_uint_eq(m.offset, offsetof(struct target, page_shift));
	ck_assert_int_eq(dwarf_file_enumerator(f, "DWARF_FILE_DAMAGED", &value), DWARF_FILE_FOUND);
	ck_assert_int_eq(value, DWARF_FILE_DAMAGED);
	ck_assert_int_eq(dwarf_file_member(f, "everything", "letter", &m), DWARF_FILE_FOUND);
	ck_assert_int_eq(dwarf_file_enumerator(f, "DWARF_FILE", &value), DWARF_FILE_NONE);
	ck_assert_int_eq(dwarf_file_type_size(f, "no_such_type", &size), DWARF_FILE_NONE);
	dwarf_file_close(f);
}
END_TEST

/* What a name means does not depend on what was asked before. */
START_TEST(order_of_questions)
{
	static const char *const others[] = { "checker_usage", "model", "arena",     "slab",
					      "folio",	       "mutex", "everything" };
	struct target_member a, b = { 0 };
	struct dwarf_file *f = open_path(PROGRAM);
	size_t size;

	ck_assert_int_eq(dwarf_file_member(f, "kmem_cache", "name", &a), DWARF_FILE_FOUND);
	dwarf_file_close(f);
	f = open_path(PROGRAM);
	for (int i = 0; i < UNIT_COUNT(others); i++)
		dwarf_file_type_size(f, others[i], &size);
	ck_assert_int_eq(dwarf_file_member(f, "kmem_cache", "name", &b), DWARF_FILE_FOUND);
	ck_assert_uint_eq(a.offset, b.offset);
	dwarf_file_close(f);
}
END_TEST

START_TEST(no_file)
{
	struct error error;

	error.text[0] = '\0';
	ck_assert_ptr_null(dwarf_file_open("/nonexistent/file", &error));
	ck_assert_str_ne(error.text, "");
	error.text[0] = '\0';
	ck_assert_ptr_null(dwarf_file_open("/dev/null", &error));
	ck_assert_str_ne(error.text, "");
	error.text[0] = '\0';
	ck_assert_ptr_null(dwarf_file_open(FIXTURES, &error));
	ck_assert_str_ne(error.text, "");
	dwarf_file_close(NULL);
}
END_TEST

START_TEST(no_debug_information)
{
	struct dwarf_file *f = open_variant("none");
	const char *name;
	uint64_t value;
	int64_t number;
	size_t size;

	ck_assert_int_eq(dwarf_file_type_size(f, "everything", &size), DWARF_FILE_NO_TABLE);
	ck_assert_int_eq(dwarf_file_enumerator(f, "NUMBER_INT", &number), DWARF_FILE_NO_TABLE);
	ck_assert_int_eq(dwarf_file_symbol(f, "fixture_everything", &value), DWARF_FILE_FOUND);
	ck_assert_int_eq(dwarf_file_symbol_at(f, value, &name, &value), DWARF_FILE_FOUND);
	ck_assert_str_eq(name, "fixture_everything");
	dwarf_file_close(f);
}
END_TEST

/* Ask a file whatever there is to be asked; what it answers does not matter. */
static void ask_all(const char *path)
{
	struct error error;
	struct dwarf_file *f = dwarf_file_open(path, &error);
	struct target_member m;
	const uint8_t *id;
	const char *name;
	uint64_t value;
	int64_t number;
	size_t size;

	if (!f)
		return;
	dwarf_file_member(f, "everything", "last", &m);
	dwarf_file_member(f, "named_twice", "letters", &m);
	dwarf_file_enumerator(f, "NUMBER_LONG", &number);
	dwarf_file_type_size(f, "nothing_of_that_name", &size);
	dwarf_file_symbol(f, "fixture_everything", &value);
	dwarf_file_symbol_at(f, 0x1000, &name, &value);
	dwarf_file_build_id(f, &id);
	dwarf_file_close(f);
}

/* A file that ends too early. */
START_TEST(truncated)
{
	char path[] = "/tmp/slubcheck-unit-XXXXXX", whole[1024];
	int fd = mkstemp(path);
	uint8_t bytes[65536];
	size_t size;
	FILE *in;

	ck_assert_int_ge(fd, 0);
	snprintf(whole, sizeof(whole), "%s/dwarf/types-5.o", FIXTURES);
	in = fopen(whole, "r");
	ck_assert_ptr_nonnull(in);
	size = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	ck_assert_uint_lt(size, sizeof(bytes));
	for (size_t length = 0; length < size; length += 1 + size / 200) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(pwrite(fd, bytes, length, 0), (ssize_t)length);
		ask_all(path);
	}
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(names)
{
	static char texts[20000][12];
	struct names table = { 0 };
	uint64_t value = 1;

	unit_check(!names_find(&table, "a", &value) && value == 1, "found in nothing");
	for (int i = 0; i < UNIT_COUNT(texts); i++) {
		snprintf(texts[i], sizeof(texts[i]), "name%d", i);
		unit_check(names_add(&table, texts[i], (uint64_t)i), "no memory");
		unit_check(names_add(&table, texts[i], 77), "no memory");
	}
	unit_check_eq(table.nr, UNIT_COUNT(texts));
	for (int i = 0; i < UNIT_COUNT(texts); i++) {
		char copy[12];

		memcpy(copy, texts[i], sizeof(copy));
		unit_check(names_find(&table, copy, &value), "no %s", copy);
		unit_check_eq(value, i);
	}
	unit_check(!names_find(&table, "name", &value), "found what is not there");
	names_free(&table);
	unit_check(!names_find(&table, "name1", &value), "found in nothing");
}
END_TEST

Suite *suite_triage_dwarf(void)
{
	Suite *suite = suite_create("triage_dwarf");
	TCase *tcase = tcase_create("dwarf");

	tcase_add_loop_test(tcase, members, 0, UNIT_COUNT(variants));
	tcase_add_loop_test(tcase, bit_fields, 0, UNIT_COUNT(variants));
	tcase_add_loop_test(tcase, no_members, 0, UNIT_COUNT(variants));
	tcase_add_loop_test(tcase, sizes, 0, UNIT_COUNT(variants));
	tcase_add_loop_test(tcase, enumerators, 0, UNIT_COUNT(variants));
	tcase_add_test(tcase, symbols);
	tcase_add_test(tcase, build_id);
	tcase_add_test(tcase, many_units);
	tcase_add_test(tcase, order_of_questions);
	tcase_add_test(tcase, no_file);
	tcase_add_test(tcase, no_debug_information);
	tcase_add_test(tcase, truncated);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return suite;
}
