/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is what its headers say, and memory that is noise. */
#include "triage/sanity.h"

#include <string.h>

#include "tests/unit/unit.h"

#define BASE 0xffffffff82000000ull
#define PAGE 4096
#define RELEASE "6.1.0-56-cloud-amd64"

/* Four pages: of the banner, of slab_caches, and of two caches. */
struct memory {
	struct target target;
	uint8_t bytes[4 * PAGE];
	bool symbols;
};

static struct memory memory;

static enum target_status memory_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct memory *m = (const struct memory *)t;

	if (addr - BASE > sizeof(m->bytes) || len > sizeof(m->bytes) - (addr - BASE))
		return TARGET_ABSENT;
	memcpy(buf, m->bytes + (addr - BASE), len);
	return TARGET_OK;
}

static bool memory_symbol(struct target *t, const char *name, uint64_t *value)
{
	*value = BASE + (strcmp(name, "linux_banner") ? PAGE : 0);
	return ((const struct memory *)t)->symbols;
}

static const struct target_ops memory_ops = { .read = memory_read, .symbol = memory_symbol };

static void setup(void)
{
	uint64_t ends[] = { BASE + 2 * PAGE + 0x68, BASE + 3 * PAGE + 0x168 };

	memset(&memory, 0, sizeof(memory));
	memory.target.ops = &memory_ops;
	memory.symbols = true;
	snprintf((char *)memory.bytes, sizeof(memory.bytes),
		 "Linux version %s (somebody@somewhere)", RELEASE);
	memcpy(memory.bytes + PAGE, ends, sizeof(ends));
}

static void noise(size_t at, size_t size)
{
	uint64_t state = 1;

	for (size_t i = 0; i < size; i++)
		memory.bytes[at + i] = (uint8_t)(unit_random(&state) >> 32);
}

static struct error error;

START_TEST(kernel)
{
	unit_check(sanity_kernel(&memory.target, RELEASE, &error), "%s", error.text);
	unit_check(sanity_kernel(&memory.target, "", &error), "nobody knows its name");
	unit_check(!sanity_kernel(&memory.target, "6.12.1", &error), "another kernel");
	unit_check(strstr(error.text, "\"Linux version 6.12.1\" at linux_banner") != NULL, "%s",
		   error.text);
	noise(0, PAGE);
	unit_check(!sanity_kernel(&memory.target, RELEASE, &error), "noise");
	unit_check(!sanity_kernel(&memory.target, "", &error), "noise, and nobody knows its name");
	memory.symbols = false;
	unit_check(sanity_kernel(&memory.target, RELEASE, &error), "nobody knows where it is");
}
END_TEST

START_TEST(caches)
{
	unit_check(sanity_caches(&memory.target, &error), "%s", error.text);
	noise(2 * PAGE, PAGE);
	unit_check(sanity_caches(&memory.target, &error), "one page can be overwritten");
	noise(3 * PAGE, PAGE);
	unit_check(!sanity_caches(&memory.target, &error), "both are noise");
	unit_check(strstr(error.text, "are noise") != NULL, "%s", error.text);
	/* What bugs write: text, patterns, pointers, a buffer with few zeros in half of the page. */
	memset(memory.bytes + 3 * PAGE, 'A', PAGE);
	unit_check(sanity_caches(&memory.target, &error), "text");
	for (size_t i = 0; i < PAGE; i += 8)
		memcpy(memory.bytes + 3 * PAGE + i, &(uint64_t){ 0xffff888003c41a00 + i }, 8);
	unit_check(sanity_caches(&memory.target, &error), "pointers");
	memset(memory.bytes + 3 * PAGE, 0, PAGE);
	noise(3 * PAGE, PAGE / 2);
	unit_check(sanity_caches(&memory.target, &error), "half a page");
	memory.bytes[PAGE + 15] = 0;
	unit_check(sanity_caches(&memory.target, &error), "the list leads out of memory");
}
END_TEST

Suite *suite_triage_sanity(void)
{
	Suite *suite = suite_create("triage_sanity");
	TCase *tcase = tcase_create("sanity");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, kernel);
	tcase_add_test(tcase, caches);
	suite_add_tcase(suite, tcase);
	return suite;
}
