/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The layout of kernels that people run: from the types that their BTF or headers list
 * (tests/fixtures/layouts/), held against what was found out of each when it was recorded.
 */
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/slub/layout.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/layout_fields.h"
#include "tests/unit/unit.h"

/* Fewer files than this were not found, or got lost. */
#define LISTED_MIN 19

/* Names of fields that the files have from an earlier house. */
static const struct {
	const char *field, *name;
} renamed[] = {
	{ "kernel.page.struct_size", "page_struct_size" },
	{ "kernel.page.head_mask", "page_head_mask" },
	{ "kernel.page.tail_mask", "page_tail_mask" },
	{ "kernel.page.lock_mask", "page_lock_mask" },
	{ "kernel.page.compound_head", "compound_head" },
	{ "kernel.page.first_page", "first_page" },
	{ "kernel.page.order_store", "order_store" },
	{ "kernel.page.order_offset", "order_offset" },
	{ "kernel.page.order_size", "order_size" },
	{ "kernel.lock.ticket_size", "ticket_size" },
	{ "debug.track.addr", "track.addr" },
	{ "debug.track.cpu", "track.cpu" },
	{ "debug.track.pid", "track.pid" },
	{ "debug.track.when", "track.when" },
	{ "debug.track.handle", "track.handle" },
	{ "debug.track.addrs", "track.addrs" },
	{ "debug.track.size", "track.size" },
};

/* They were not looked for when the files were made. */
static const char *const later[] = { "kernel.page.flags", "kernel.lock.form" };

struct check {
	const char *kernel;
	const json_t *expected;
	size_t held;
};

static const char *expected_of(struct check *c, const char *field)
{
	const char *name = field, *text;

	for (int i = 0; i < UNIT_COUNT(later); i++)
		if (!strcmp(later[i], field))
			return NULL;
	for (int i = 0; i < UNIT_COUNT(renamed); i++)
		if (!strcmp(renamed[i].field, field))
			name = renamed[i].name;
	text = json_string_value(json_object_get(c->expected, name));
	c->held += text != NULL;
	return text ? text : "";
}

static void member_held(struct check *c, const char *field, struct target_member m)
{
	const char *expected = expected_of(c, field);
	char text[32] = "";

	if (m.size)
		snprintf(text, sizeof(text), "%" PRIu32 "+%" PRIu32, m.offset, m.size);
	unit_check(!expected || !strcmp(text, expected),
		   "%s: %s is at \"%s\"; it should be at \"%s\"", c->kernel, field, text, expected);
}

static void number_held(struct check *c, const char *field, uint64_t number)
{
	const char *expected = expected_of(c, field);
	char text[32] = "";

	if (number)
		snprintf(text, sizeof(text), "0x%" PRIx64, number);
	unit_check(!expected || !strcmp(text, expected), "%s: %s is \"%s\"; it should be \"%s\"",
		   c->kernel, field, text, expected);
}

static void layout_held(const char *kernel, const json_t *expected, const struct layout *layout)
{
	struct check c = { kernel, expected, 0 };

#define M(field) member_held(&c, #field, layout->field);
#define N(field) number_held(&c, #field, (uint64_t)layout->field);
	LAYOUT_FIELDS(M, N)
#undef M
#undef N
	unit_check(c.held >= 40, "%s: %zu values", kernel, c.held);
}

static void kernel_check(const char *path)
{
	json_error_t error;
	json_t *listed = json_load_file(path, 0, &error);
	const char *name = json_string_value(json_object_get(listed, "name"));
	const json_t *expected = json_object_get(listed, "layout");
	const char *refused = json_string_value(json_object_get(expected, "refused"));
	struct fixture_target *t = fixture_target_listed(listed);
	char why[LAYOUT_ERROR_MAX] = "";
	struct layout layout;
	struct memory memory;
	struct arena arena;
	bool ok;

	unit_check(listed && name && expected, "%s: %s", path, error.text);
	arena_init(&arena, (size_t)64 << 20);
	unit_check(memory_init(&memory, &t->target, &arena), "no memory");
	ok = layout_init(&layout, &memory, &arena, why);
	if (refused)
		unit_check(!ok && strstr(why, refused), "%s: not refused: %s", name, why);
	else
		unit_check(ok, "%s: %s", name, why);
	if (!refused)
		layout_held(name, expected, &layout);
	arena_free(&arena);
	fixture_target_free(t);
}

START_TEST(kernels)
{
	glob_t files;

	unit_check(!glob(LISTED_TYPES "/*.json", 0, NULL, &files), "no files in %s", LISTED_TYPES);
	unit_check(files.gl_pathc >= LISTED_MIN, "%zu files", files.gl_pathc);
	for (size_t i = 0; i < files.gl_pathc; i++)
		kernel_check(files.gl_pathv[i]);
	globfree(&files);
}
END_TEST

Suite *suite_layout_listed(void)
{
	Suite *suite = suite_create("layout_listed");
	TCase *tcase = tcase_create("listed");

	tcase_add_test(tcase, kernels);
	suite_add_tcase(suite, tcase);
	return suite;
}
