/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers about a kernel, and the file that keeps them. */
#include "triage/kernel_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define ID "0123456789abcdef"

static char directory[] = "/tmp/slubcheck-kernel-XXXXXX";

static void setup(void)
{
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	unit_check(mkdtemp(directory) != NULL, "no directory");
	setenv("XDG_CACHE_HOME", directory, 1);
}

static void teardown(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/slubcheck/layouts/" ID "-dump", directory);
	unlink(path);
	for (const char *const *below =
		     (const char *const[]){ "/slubcheck/layouts", "/slubcheck", "", NULL };
	     *below; below++) {
		snprintf(path, sizeof(path), "%s%s", directory, *below);
		rmdir(path);
	}
}

static void add(struct kernel_cache *c, const char *question, bool found, uint64_t value,
		uint64_t size)
{
	kernel_cache_add(c, &(struct answer){ (char *)question, found, value, size });
}

static void fill(struct kernel_cache *c)
{
	snprintf(c->source, sizeof(c->source), "BTF");
	add(c, "s slab_caches", true, 0xffffffff82000000, 0);
	add(c, "m slab freelist", true, 32, 8);
	add(c, "t node_barn", false, 0, 0);
}

START_TEST(kept)
{
	struct kernel_cache a = { 0 }, b = { 0 };
	const struct answer *answer;

	fill(&a);
	kernel_cache_save(&a, ID, "dump");
	unit_check(kernel_cache_load(&b, ID, "dump"), "not loaded");
	unit_check(!strcmp(b.source, "BTF"), "%s", b.source);
	answer = kernel_cache_find(&b, "m slab freelist");
	unit_check(answer && answer->found && answer->value == 32 && answer->size == 8, "wrong");
	answer = kernel_cache_find(&b, "t node_barn");
	unit_check(answer && !answer->found, "what does not exist is known too");
	unit_check(!kernel_cache_find(&b, "t nobody asked"), "found what is not there");
	unit_check(!b.changed, "nothing is new");
	unit_check(!kernel_cache_load(&b, ID, "vmlinux"), "another source");
	kernel_cache_free(&a);
	kernel_cache_free(&b);
}
END_TEST

START_TEST(first_counts)
{
	struct kernel_cache a = { 0 };

	fill(&a);
	add(&a, "m slab freelist", true, 1, 1);
	unit_check_eq(kernel_cache_find(&a, "m slab freelist")->value, 32);
	unit_check_eq(a.nr, 3);
	kernel_cache_free(&a);
}
END_TEST

static void file_write(const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/slubcheck/layouts/" ID "-dump", directory);
	file = fopen(path, "w");
	unit_check(file != NULL, "%s", path);
	fputs(text, file);
	fclose(file);
}

START_TEST(damaged)
{
	static const char *const texts[] = {
		"",
		"slubcheck kernel 0\nBTF\nt slab\t8 0\n",
		"slubcheck kernel 1\nBTF\nt slab\t8 0\n",
		"slubcheck kernel 2\n",
		"slubcheck kernel 2\nBTF\n",
		"slubcheck kernel 2\nBTF\n\nno tab\n",
	};
	struct kernel_cache a = { 0 };

	fill(&a);
	kernel_cache_save(&a, ID, "dump");
	kernel_cache_free(&a);
	for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
		file_write(texts[i]);
		unit_check(!kernel_cache_load(&a, ID, "dump"), "believed text %zu", i);
		kernel_cache_free(&a);
	}
	file_write("slubcheck kernel 2\nBTF\n/a file 1 2\nt slab\t18 0\nbroken");
	unit_check(kernel_cache_load(&a, ID, "dump"), "the first ones are good");
	unit_check_eq(kernel_cache_find(&a, "t slab")->value, 24);
	unit_check(!strcmp(a.from, "/a file 1 2") && !strcmp(a.source, "BTF"), "%s", a.from);
	kernel_cache_free(&a);
}
END_TEST

START_TEST(no_path)
{
	struct kernel_cache a = { 0 };

	fill(&a);
	kernel_cache_save(&a, "../../etc/x", "dump");
	unit_check(a.changed, "a build-id that is none was taken for a name");
	kernel_cache_save(&a, "", "dump");
	unit_check(a.changed, "no build-id was taken for a name");
	kernel_cache_free(&a);
}
END_TEST

Suite *suite_triage_kernel_cache(void)
{
	Suite *suite = suite_create("triage_kernel_cache");
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, first_counts);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, no_path);
	suite_add_tcase(suite, tcase);
	return suite;
}
