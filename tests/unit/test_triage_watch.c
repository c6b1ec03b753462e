/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --every: a running kernel, looked at again and again. The kernel is an image that stays as it is. */
#include "triage/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define WILD UINT64_C(0x4141414141414141)

static struct world *world;
static struct target_ops ops;
static unsigned int looks; /* at the kernel, as it says again() */
static unsigned int damage_at; /* damaged before this one; 0: never */
static unsigned int repair_at; /* and as it was before this one */
static uint64_t good_word;
static char *text; /* what was printed */
static char folder[32];

/* struct target_ops.again */
static bool again(struct target *t, unsigned int ms)
{
	(void)ms;
	if (++looks == damage_at) {
		good_word = image_get(world->image, image_slot(world->node0[0], 4), 8);
		image_set(world->image, image_slot(world->node0[0], 4), WILD);
	}
	if (looks == repair_at)
		image_set(world->image, image_slot(world->node0[0], 4), good_word);
	return t == &world->image->target;
}

static bool never(void)
{
	return false;
}

static bool always(void)
{
	return true;
}

static void setup(void)
{
	world = world_new(ERA_6_1);
	ops = *world->image->target.ops;
	ops.again = again;
	world->image->target.ops = &ops;
	world->image->target.live = world->image->target.runs = true;
	looks = damage_at = repair_at = 0;
	snprintf(folder, sizeof(folder), "/tmp/slubcheck-watch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void file_remove(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void teardown(void)
{
	file_remove("log");
	file_remove("said");
	file_remove("metrics");
	ck_assert_int_eq(rmdir(folder), 0);
	world_free(world);
	free(text);
	text = NULL;
}

static const char *path_of(const char *name)
{
	static char paths[4][64];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static enum program_status watch(struct options *o, bool (*cancelled)(void), struct error *error)
{
	enum program_status status;
	size_t length;
	FILE *out;

	free(text);
	out = open_memstream(&text, &length);
	ck_assert_ptr_nonnull(out);
	*error = (struct error){ 0 };
	o->check.scan = o->check.scan_optional = true;
	status = watch_kernel(o, &world->image->target, cancelled, out, error);
	fclose(out);
	return status;
}

static char *file_text(const char *name)
{
	FILE *file = fopen(path_of(name), "re");
	char *buf = calloc(1, 1 << 20);

	unit_check(file && buf, "no %s", name);
	buf[fread(buf, 1, (1 << 20) - 1, file)] = '\0';
	fclose(file);
	return buf;
}

static unsigned int times(const char *line, const char *what)
{
	unsigned int nr = 0;

	for (const char *at = line; (at = strstr(at, what)); at += strlen(what))
		nr++;
	return nr;
}

START_TEST(clean)
{
	struct options o = { .count = 3, .json_log = path_of("log") };
	struct error error;
	char *log;

	ck_assert_int_eq(watch(&o, never, &error), STATUS_CLEAN);
	ck_assert_str_eq(error.text, "");
	ck_assert_uint_eq(times(text, ": clean, "), 3);
	ck_assert_uint_eq(looks, 2);
	log = file_text("log");
	ck_assert_uint_eq(times(log, "\"type\":\"pass\""), 3);
	ck_assert_uint_eq(times(log, "\"pass\":3"), 1);
	ck_assert_uint_eq(times(log, "\"cpu_seconds\":"), 3);
	ck_assert_uint_eq(times(log, "\"finding\""), 0);
	free(log);
}
END_TEST

/* Without --on-corrupt the watch ends with what it found, which it says once. */
START_TEST(ends_when_corrupt)
{
	struct options o = { .count = 9, .json_log = path_of("log") };
	struct error error;
	char *log;

	damage_at = 1;
	ck_assert_int_eq(watch(&o, never, &error), STATUS_CORRUPT);
	ck_assert_uint_eq(times(text, ": clean, "), 1);
	ck_assert_uint_eq(times(text, ": corrupt, "), 1);
	ck_assert_uint_eq(times(text, ": freelist-wild in alpha: "), 1);
	log = file_text("log");
	ck_assert_uint_eq(times(log, "\"id\":\"freelist-wild\""), 1);
	ck_assert_uint_eq(times(log, "\"type\":\"pass\""), 2);
	free(log);
}
END_TEST

/* With it the watch goes on, and the same finding is not new again. */
START_TEST(command)
{
	char line[160];
	struct options o = { .count = 3, .on_corrupt = line };
	struct error error;
	char *said;

	snprintf(line, sizeof(line), "echo \"$SLUBCHECK_FINDING\" >>%s", path_of("said"));
	damage_at = 1;
	ck_assert_int_eq(watch(&o, never, &error), STATUS_CORRUPT);
	ck_assert_uint_eq(times(text, ": corrupt, "), 2);
	said = file_text("said");
	ck_assert_uint_eq(times(said, "\n"), 1);
	ck_assert_uint_eq(times(said, "\"id\":\"freelist-wild\""), 1);
	free(said);
}
END_TEST

/* What the kernel repairs is said to be gone, once; the passes after that are clean. */
START_TEST(repaired)
{
	struct options o = { .count = 5, .on_corrupt = "true", .json_log = path_of("log") };
	struct error error;
	char *log;

	/* A pass that sees damage looks again until four have seen it. */
	damage_at = 1;
	repair_at = 8;
	ck_assert_int_eq(watch(&o, never, &error), STATUS_CORRUPT);
	ck_assert_uint_eq(times(text, ": freelist-wild in alpha: "), 2);
	ck_assert_uint_eq(times(text, ": not seen any more: freelist-wild in alpha: "), 1);
	ck_assert_uint_eq(times(strstr(text, "not seen any more"), ": corrupt, "), 0);
	ck_assert_uint_ge(times(strstr(text, "not seen any more"), ": clean, "), 2);
	log = file_text("log");
	ck_assert_uint_eq(times(log, "\"type\":\"finding\""), 1);
	ck_assert_uint_eq(times(log, "\"type\":\"gone\""), 1);
	free(log);
}
END_TEST

/* What the kernel repairs before it is confirmed is not reported at all. */
START_TEST(repaired_at_once)
{
	struct options o = { .count = 3 };
	struct error error;

	damage_at = 1;
	repair_at = 2;
	ck_assert_int_eq(watch(&o, never, &error), STATUS_CLEAN);
	ck_assert_uint_eq(times(text, "freelist-wild"), 0);
	ck_assert_uint_eq(times(text, ": clean, "), 3);
}
END_TEST

/* A full slab that says it is another cache's: by the totals of both caches, as in a dump. */
START_TEST(full_slab_of_another)
{
	struct options o = { .count = 1, .json_log = path_of("log") };
	struct error error;
	struct run *run;
	char *log;

	image_slab_store(world->full0, "slab_cache", world->gamma->addr);
	ck_assert_int_eq(watch(&o, never, &error), STATUS_CORRUPT);
	world->image->target.live = world->image->target.runs = false;
	run = run_check(world->image, (struct run_options){ .scan = true });
	log = file_text("log");
	ck_assert_uint_gt(run_count(run, "corrupt"), 1);
	ck_assert_uint_eq(times(log, "\"type\":\"finding\""), run_count(run, "corrupt"));
	free(log);
	run_free(run);
}
END_TEST

START_TEST(textfile)
{
	struct options o = { .count = 2, .textfile = path_of("metrics") };
	struct error error;
	char *metrics;

	ck_assert_int_eq(watch(&o, never, &error), STATUS_CLEAN);
	metrics = file_text("metrics");
	unit_check(strstr(metrics, "slubcheck_passes_total 2\n") != NULL, "%s", metrics);
	unit_check(strstr(metrics, "cache=\"alpha\"") != NULL, "%s", metrics);
	free(metrics);
}
END_TEST

/* What cannot be written ends the watch: nobody would know that nothing is watched. */
START_TEST(full)
{
	struct options log = { .count = 2, .json_log = "/dev/full" };
	struct options nowhere = { .count = 2, .json_log = path_of("no/such/log") };
	struct options metrics = { .count = 2, .textfile = path_of("no/such/metrics") };
	struct error error;

	ck_assert_int_eq(watch(&log, never, &error), STATUS_UNKNOWN);
	unit_check(strstr(error.text, "/dev/full") != NULL, "%s", error.text);
	ck_assert_int_eq(watch(&nowhere, never, &error), STATUS_UNKNOWN);
	unit_check(strstr(error.text, "no/such/log") != NULL, "%s", error.text);
	ck_assert_int_eq(watch(&metrics, never, &error), STATUS_UNKNOWN);
	unit_check(error.text[0] != '\0', "no error");
}
END_TEST

START_TEST(stopped)
{
	struct options o = { .every = 3600 };
	struct error error;

	ck_assert_int_eq(watch(&o, always, &error), STATUS_CLEAN);
	ck_assert_str_eq(text, "");
	ck_assert_str_eq(error.text, "");
}
END_TEST

START_TEST(not_running)
{
	struct options o = { .count = 1 };
	struct error error;

	world->image->target.runs = false;
	ck_assert_int_eq(watch(&o, never, &error), STATUS_UNKNOWN);
	unit_check(strstr(error.text, "not the memory of a kernel that runs") != NULL, "%s",
		   error.text);
}
END_TEST

Suite *suite_triage_watch(void)
{
	Suite *s = suite_create("triage_watch");
	TCase *tc = tcase_create("watch");

	tcase_set_timeout(tc, UNIT_TIMEOUT);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, clean);
	tcase_add_test(tc, ends_when_corrupt);
	tcase_add_test(tc, command);
	tcase_add_test(tc, repaired);
	tcase_add_test(tc, repaired_at_once);
	tcase_add_test(tc, full_slab_of_another);
	tcase_add_test(tc, textfile);
	tcase_add_test(tc, full);
	tcase_add_test(tc, stopped);
	tcase_add_test(tc, not_running);
	suite_add_tcase(s, tc);
	return s;
}
