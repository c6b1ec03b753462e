/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One dump, many dumps, and what people see on a terminal. */
#include "triage/run.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/batch.h"
#include "triage/terminal.h"

static struct image *image;
static struct core *core;
static char *text; /* what was printed */
static size_t length;

static void setup(void)
{
	image = core_image(ERA_6_1);
	core = core_new(image);
	core_write(core, &(struct core_spec){ 0 });
}

static void teardown(void)
{
	core_free(core);
	image_free(image);
	free(text);
	text = NULL;
}

/* A freepointer of the cache "victim" leads out of the slab. */
static void corrupt(void)
{
	struct image_cache *cache = image_cache_named(image, "victim");
	struct image_slab *slab = cache->slabs[0];
	uint64_t slot = image_slot(slab, 4);

	image_set(image, slot, image_encode(cache, slot, UINT64_C(0x4141414141414141)));
	core_write(core, &(struct core_spec){ 0 });
}

static bool never(void)
{
	return false;
}

static bool always(void)
{
	return true;
}

/* The options of words that end with NULL; the dump is not among them. */
static void options_of(struct options *o, const char *const *words)
{
	static char *argv[12];
	struct error error;
	int argc = 1;

	argv[0] = (char *)"slubcheck";
	for (; *words; words++)
		argv[argc++] = (char *)*words;
	argv[argc++] = core->path;
	argv[argc] = NULL;
	unit_check(options_parse(o, argc, argv, &error), "%s", error.text);
	o->quiet = true;
	o->progress = false;
	/* The same on every machine. */
	o->jobs = 1;
}

static enum program_status run_to(FILE *out, const char *path, bool (*cancelled)(void),
				  const char *const *words)
{
	struct triage_dump dump = { .paths = &path, .nr_paths = 1, .cancelled = cancelled };
	enum program_status status;
	struct options o;

	options_of(&o, words);
	status =
		o.task == TASK_EXPECT ? triage_expect(&o, &dump, out) : triage_dump(&o, &dump, out);
	options_free(&o);
	return status;
}

static enum program_status run_on(const char *path, const char *const *words)
{
	enum program_status status;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &length);
	status = run_to(out, path, never, words);
	fclose(out);
	return status;
}

#define RUN(...) run_on(core->path, (const char *const[]){ __VA_ARGS__, NULL })

static void contains(const char *what)
{
	unit_check(strstr(text, what) != NULL, "no \"%s\" in: %s", what, text);
}

static size_t lines_of(const char *bytes)
{
	size_t nr = 0;

	for (; *bytes; bytes++)
		nr += *bytes == '\n';
	return nr;
}

START_TEST(clean)
{
	unit_check_eq(RUN("--color", "never"), STATUS_CLEAN);
	contains(": " CORE_RELEASE "\n  BTF and kallsyms in the dump\n");
	contains("\nCLEAN");
	unit_check_eq(RUN("-j"), STATUS_CLEAN);
	unit_check(!strncmp(text, "{\"type\":\"dump\",\"version\":\"", 26), "%s", text);
	contains("\"release\":\"" CORE_RELEASE "\",\"build_id\":\"" CORE_BUILD_ID "\"");
	contains("\"verdict\":\"clean\"");
	unit_check_eq(RUN("--summary"), STATUS_CLEAN);
	contains("CLEAN   ");
}
END_TEST

START_TEST(corrupt_dump)
{
	corrupt();
	unit_check_eq(RUN("--color", "always"), STATUS_CORRUPT);
	contains("\033[1;31mCORRUPT");
	contains("freelist-wild");
	unit_check_eq(RUN("--summary"), STATUS_CORRUPT);
	contains("CORRUPT ");
	contains(": freelist-wild/victim/");
	unit_check_eq(RUN("-c", "other"), STATUS_CLEAN);
}
END_TEST

START_TEST(questions)
{
	struct image_slab *slab = image_cache_named(image, "victim")->slabs[0];
	char address[32];

	snprintf(address, sizeof(address), "%llx", (unsigned long long)image_object(slab, 2));
	unit_check_eq(RUN("-s", address), STATUS_CLEAN);
	contains("victim");
	unit_check_eq(RUN("-s", "slab_caches+8"), STATUS_CLEAN);
	contains("slab_caches");
	unit_check_eq(RUN("-i", "-j"), STATUS_CLEAN);
	contains("\"type\":\"usage\"");
	unit_check_eq(RUN("--objects", "-c", "victim", "-j"), STATUS_CLEAN);
	contains("\"type\":\"object\"");
}
END_TEST

START_TEST(no_such_thing)
{
	static const char *const addresses[] = {
		"no_such_symbol", "slab_caches+", "slab_caches+zz",
		"slab_caches+8x", "+8",		  "ffffffffffffffffff"
	};

	for (size_t i = 0; i < UNIT_COUNT(addresses); i++)
		unit_check(RUN("-s", addresses[i]) == STATUS_USAGE, "%s", addresses[i]);
	unit_check_eq(RUN("-c", "nosuchcache"), STATUS_UNKNOWN);
	unit_check_eq(RUN("-n", "0", "-c", "nosuchcache"), STATUS_UNKNOWN);
}
END_TEST

START_TEST(refused)
{
	static const char *const json[] = { "-j", NULL }, *const line[] = { "--summary", NULL };

	unit_check_eq(run_on("/nonexistent/vmcore", json), STATUS_UNKNOWN);
	unit_check_eq(lines_of(text), 1);
	unit_check(!strncmp(text, "{\"type\":\"dump\",\"version\":\"", 26), "%s", text);
	contains("\"schema\":1,\"file\":\"/nonexistent/vmcore\","
		 "\"error\":\"No such file or directory\"}\n");
	unit_check_eq(run_on("/nonexistent/vmcore", line), STATUS_UNKNOWN);
	contains("UNKNOWN /nonexistent/vmcore: No such file or directory\n");
}
END_TEST

START_TEST(running_kernel)
{
	core_write(core, &(struct core_spec){ .live = true });
	unit_check_eq(RUN("-L"), STATUS_UNKNOWN);
	contains("  a running kernel changes while it is read\n");
	unit_check_eq(RUN("-j"), STATUS_UNKNOWN);
	contains("\"live\":true");
	unit_check_eq(RUN("-n", "0", "-c", "victim"), STATUS_UNKNOWN);
}
END_TEST

START_TEST(cut_short)
{
	unit_check(!truncate(core->path, 0x4000 + 47 * (1 << 20)), "not cut");
	RUN("-L");
	contains("\n  cut short: 1.0 MiB of the memory that it lists are missing\n");
	RUN("-L", "-j");
	contains("\"remark\":\"cut short: 1.0 MiB");
}
END_TEST

/* Who reads an exit status of 0 takes the report for whole. */
START_TEST(full_disk)
{
	static const char *const all[][3] = { { NULL }, { "-j" },	 { "--summary" },
					      { "-i" }, { "--objects" }, { "--color", "always" } };

	for (size_t i = 0; i < UNIT_COUNT(all); i++) {
		FILE *full = fopen("/dev/full", "w");

		unit_check(run_to(full, core->path, never, all[i]) == STATUS_UNKNOWN, "row %zu", i);
		fclose(full);
	}
}
END_TEST

START_TEST(interrupted)
{
	static const char *const json[] = { "-j", NULL };
	FILE *out = open_memstream(&text, &length);

	unit_check_eq(run_to(out, core->path, always, json), STATUS_UNKNOWN);
	fclose(out);
	contains("\"interrupted\":true");
}
END_TEST

START_TEST(expectations)
{
	static const char nothing[] = "{\"must\":[],\"may\":[]}";
	static const char wild[] = "{\"must\":[{\"id\":\"freelist-wild\",\"cache\":\"victim\"}],"
				   "\"may\":[\"slab-inuse\"]}";
	char path[CORE_PATH_MAX];

	snprintf(path, sizeof(path), "%s", core_file(core, "truth", nothing, strlen(nothing)));
	unit_check_eq(RUN("--expect", path), STATUS_CLEAN);
	unit_check(!*text, "%s", text);
	core_file(core, "truth", wild, strlen(wild));
	unit_check_eq(RUN("--expect", path), STATUS_CORRUPT);
	contains("missed: freelist-wild, cache victim\n");
	corrupt();
	unit_check_eq(RUN("--expect", path), STATUS_CLEAN);
}
END_TEST

/* Batches. */

static struct options batch_options;
static struct error error;
static char results[CORE_PATH_MAX];

/* What the next batches are, beside what batch_to() says. */
static bool retry;
static unsigned int time_limit = 1000;

/* @from and @to as in struct batch; what it prints is in @text. */
static enum program_status batch_to(const char *from, const char *to, bool (*cancelled)(void))
{
	struct batch batch = { .o = &batch_options,
			       .from = from,
			       .to = to,
			       .jobs = 2,
			       .time_limit = time_limit,
			       .memory_limit = UINT64_MAX,
			       .retry = retry,
			       .cancelled = cancelled };
	enum program_status status;

	options_of(&batch_options, (const char *const[]){ "-L", NULL });
	batch_options.task = TASK_BATCH;
	free(text);
	text = NULL;
	batch.out = open_memstream(&text, &length);
	status = batch_run(&batch, &error);
	fclose(batch.out);
	options_free(&batch_options);
	return status;
}

static enum program_status batch_on(const char *from)
{
	snprintf(results, sizeof(results), "%s/results", core->folder);
	return batch_to(from, results, never);
}

/* What is in the file of the results. */
static char *results_text(void)
{
	static char bytes[1 << 16];
	FILE *file = fopen(results, "r");
	size_t got;

	unit_check(file != NULL, "no results");
	got = fread(bytes, 1, sizeof(bytes) - 1, file);
	bytes[got] = '\0';
	fclose(file);
	return bytes;
}

static const char *list_make(const char *more)
{
	char list[1024];

	snprintf(list, sizeof(list), "# dumps\n%s\n\n%s", core->path, more);
	return core_file(core, "list", list, strlen(list));
}

static void batch_refused(const char *from, const char *to, const char *why)
{
	unit_check_eq(batch_to(from, to, never), STATUS_UNKNOWN);
	unit_check(strstr(error.text, why) != NULL, "\"%s\", not \"%s\"", error.text, why);
}

START_TEST(batch_resumed)
{
	char *whole;
	size_t size;

	unit_check_eq(batch_on(list_make("/nonexistent/vmcore\n")), STATUS_UNKNOWN);
	unit_check(!*error.text, "%s", error.text);
	contains("2 dumps: 1 clean, 0 corrupt, 1 unknown\n");
	contains("UNKNOWN /nonexistent/vmcore: No such file or directory\n");
	unit_check_eq(lines_of(results_text()), 2);
	/* Again, when there is nothing left to do; and when a line broke off. */
	whole = strdup(results_text());
	unit_check_eq(batch_on(list_make("/nonexistent/vmcore\n")), STATUS_UNKNOWN);
	unit_check(!strcmp(results_text(), whole), "done twice");
	contains("2 dumps: 1 clean, 0 corrupt, 1 unknown\n");
	size = strlen(whole) - 10;
	unit_check(!truncate(results, (off_t)size), "not cut");
	batch_on(list_make("/nonexistent/vmcore\n"));
	unit_check_eq(lines_of(results_text()), 2);
	unit_check(!strstr(results_text(), "}{"), "%s", results_text());
	free(whole);
}
END_TEST

/* What is unknown is tried again when the command asks otherwise, or is told to; the last line counts. */
START_TEST(batch_tries_again)
{
	char later[CORE_PATH_MAX], list[CORE_PATH_MAX + 2];

	snprintf(later, sizeof(later), "%s/later", core->folder);
	snprintf(list, sizeof(list), "%s\n", later);
	unit_check_eq(batch_on(list_make(list)), STATUS_UNKNOWN);
	unit_check(strstr(results_text(), "\"asked\":\"-L --time-limit 1000 --memory-limit ") !=
			   NULL,
		   "%s", results_text());
	/* Now it is there; the question is the same. */
	unit_check(!rename(core->path, later), "not moved");
	unit_check_eq(batch_on(list_make(list)), STATUS_UNKNOWN);
	unit_check_eq(lines_of(results_text()), 2);
	/* Another question: of the two dumps the one that is unknown. */
	time_limit = 999;
	unit_check_eq(batch_on(list_make(list)), STATUS_CLEAN);
	contains("CLEAN   ");
	contains("2 dumps: 2 clean, 0 corrupt, 0 unknown\n");
	unit_check_eq(lines_of(results_text()), 3);
	time_limit = 1000;
	unit_check_eq(batch_on(list_make(list)), STATUS_CLEAN);
	unit_check_eq(lines_of(results_text()), 3);
}
END_TEST

START_TEST(batch_told_to_try_again)
{
	const char *list = list_make("/nonexistent/vmcore\n");

	unit_check_eq(batch_on(list), STATUS_UNKNOWN);
	retry = true;
	unit_check_eq(batch_on(list), STATUS_UNKNOWN);
	retry = false;
	unit_check_eq(lines_of(results_text()), 3);
	contains("2 dumps: 1 clean, 0 corrupt, 1 unknown\n");
}
END_TEST

/* What was interrupted is unknown still, and as it was. */
START_TEST(batch_cancelled_while_it_tries_again)
{
	const char *list = list_make("/nonexistent/vmcore\n");

	unit_check_eq(batch_on(list), STATUS_UNKNOWN);
	retry = true;
	unit_check_eq(batch_to(list, results, always), STATUS_UNKNOWN);
	retry = false;
	unit_check(strstr(error.text, "interrupted") != NULL, "%s", error.text);
	unit_check_eq(lines_of(results_text()), 2);
}
END_TEST

/* A file that is something else stays as it is. */
START_TEST(batch_onto_another_file)
{
	static const char *const texts[] = { "a line\nbroken off", "broken off",
					     "{\"type\":\"dump\"}\n" };
	char list[CORE_PATH_MAX];

	snprintf(list, sizeof(list), "%s", list_make(""));
	for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
		core_file(core, "results", texts[i], strlen(texts[i]));
		unit_check_eq(batch_on(list), STATUS_UNKNOWN);
		unit_check(strstr(error.text, "results: it is not a file of results") != NULL, "%s",
			   error.text);
		unit_check(!strcmp(results_text(), texts[i]), "%s", results_text());
	}
}
END_TEST

/* A disk becomes full while a result is written: what was said to be written stays, and is not done
 * again. */
START_TEST(batch_while_the_disk_fills)
{
	struct rlimit all, little;
	char *whole;

	unit_check_eq(batch_on(list_make("")), STATUS_CLEAN);
	whole = strdup(results_text());
	getrlimit(RLIMIT_FSIZE, &all);
	little = all;
	little.rlim_cur = strlen(whole) + 100;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	unit_check_eq(batch_on(list_make("/nonexistent/vmcore\n")), STATUS_UNKNOWN);
	setrlimit(RLIMIT_FSIZE, &all);
	signal(SIGXFSZ, SIG_DFL);
	unit_check(strstr(error.text, "results: File too large") != NULL, "%s", error.text);
	unit_check(!strncmp(results_text(), whole, strlen(whole)), "lost: %s", results_text());
	/* What was not written whole is not said. */
	unit_check(!strstr(text, "nonexistent"), "%s", text);
	contains("1 dump: 1 clean, 0 corrupt, 0 unknown\n");
	unit_check_eq(batch_on(list_make("/nonexistent/vmcore\n")), STATUS_UNKNOWN);
	unit_check_eq(lines_of(results_text()), 2);
	free(whole);
}
END_TEST

/* A pipe that nobody reads any more, which the batch does not keep open by reading it itself. */
START_TEST(batch_into_a_closed_pipe)
{
	char path[32];
	int ends[2];

	unit_check(!pipe(ends), "no pipe");
	close(ends[0]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
	signal(SIGPIPE, SIG_IGN);
	batch_refused(list_make(""), path, ": Broken pipe");
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
	contains("0 dumps: 0 clean, 0 corrupt, 0 unknown\n");
}
END_TEST

START_TEST(batch_of_a_folder)
{
	corrupt();
	core_file(core, "vmcore-dmesg.txt", "no", 2);
	core_file(core, "x.kdump", "no dump", 7);
	core_file(core, "readme", "no", 2);
	unit_check_eq(batch_on(core->folder), STATUS_CORRUPT);
	contains("2 dumps: 0 clean, 1 corrupt, 1 unknown\n");
	contains("freelist-wild");
}
END_TEST

START_TEST(batch_to_output)
{
	unit_check_eq(batch_to(list_make(""), NULL, never), STATUS_CLEAN);
	unit_check_eq(lines_of(text), 1);
	contains("\"verdict\":\"clean\"");
}
END_TEST

START_TEST(batch_refused_)
{
	char empty[CORE_PATH_MAX], path[CORE_PATH_MAX];
	int fd;

	snprintf(empty, sizeof(empty), "%s", core_file(core, "empty", "", 0));
	snprintf(path, sizeof(path), "%s", list_make(""));
	batch_refused("/nonexistent/list", NULL, "/nonexistent/list: No such file");
	batch_refused(empty, NULL, "no dumps in it");
	batch_refused(path, "/nonexistent/results", "/nonexistent/results: No such file");
	batch_refused(path, core->folder, "Is a directory");
	/* Where nobody can make a file, not even root, and which a chroot has, too. */
	batch_refused(path, "/proc/results", "/proc/results: ");
	fd = open(empty, O_RDWR);
	unit_check(!flock(fd, LOCK_EX), "not locked");
	batch_refused(path, empty, "another batch is writing to it");
	close(fd);
}
END_TEST

/* It ends, says why, and starts none of the other dumps. */
START_TEST(batch_on_a_full_disk)
{
	char list[4096] = "", *end = list;

	for (int i = 0; i < 20; i++)
		end += snprintf(end, sizeof(list) - (size_t)(end - list), "/nonexistent/%d\n", i);
	core_file(core, "list", list, strlen(list));
	snprintf(list, sizeof(list), "%s/list", core->folder);
	batch_refused(list, "/dev/full", "/dev/full: No space left on device");
	contains("0 dumps: 0 clean, 0 corrupt, 0 unknown\n");
}
END_TEST

START_TEST(batch_cancelled)
{
	snprintf(results, sizeof(results), "%s/results", core->folder);
	unit_check_eq(batch_to(list_make(""), results, always), STATUS_UNKNOWN);
	unit_check(strstr(error.text, "interrupted: no dump was checked") != NULL, "%s",
		   error.text);
	unit_check(access(results, F_OK), "a result of what was interrupted");
}
END_TEST

/* Standard input is a pipe into which nobody writes: that dump takes for ever. */
START_TEST(batch_time_limit)
{
	struct batch batch = { .o = &batch_options,
			       .jobs = 1,
			       .time_limit = 1,
			       .memory_limit = UINT64_MAX,
			       .cancelled = never };
	int ends[2], saved = dup(STDIN_FILENO);

	unit_check(!pipe(ends), "no pipe");
	dup2(ends[0], STDIN_FILENO);
	options_of(&batch_options, (const char *const[]){ "-L", NULL });
	batch.from = core_file(core, "list", "-\n", 2);
	batch.out = open_memstream(&text, &length);
	unit_check_eq(batch_run(&batch, &error), STATUS_UNKNOWN);
	fclose(batch.out);
	contains("\"error\":\"the time limit was reached\"");
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	options_free(&batch_options);
}
END_TEST

/* The terminal. */

START_TEST(colours)
{
	static const char said[] =
		"CORRUPT: 1\nCLEAN\nUNKNOWN\n  freelist-wild: why\n  plain text\n";
	FILE *out = open_memstream(&text, &length);
	struct terminal t;

	unit_check(terminal_begin(&t, out, 0, true, false), "no memory");
	fputs(said, t.stream);
	for (int i = 0; i < 600; i++)
		fputc('x', t.stream);
	unit_check(terminal_end(&t), "not written");
	fclose(out);
	contains("\033[1;31mCORRUPT: 1\033[0m\n\033[1;32mCLEAN\033[0m\n\033[1;33mUNKNOWN\033[0m\n"
		 "\033[1m  freelist-wild: why\033[0m\n  plain text\nxxx");
	unit_check(length > 600 + strlen(said), "a long line is cut");
}
END_TEST

START_TEST(progress)
{
	FILE *out = open_memstream(&text, &length), *said = tmpfile();
	int saved = dup(STDERR_FILENO);
	char shown[512] = "";
	struct terminal t;

	unit_check(terminal_begin(&t, out, 0, false, true), "no memory");
	dup2(fileno(said), STDERR_FILENO);
	/* Nobody asks so early. */
	t.start.tv_sec += 1000;
	terminal_progress(&t, 1, 4, 10);
	t.start.tv_sec -= 2000;
	terminal_progress(&t, 2, 4, 20);
	fputs("report\n", t.stream);
	unit_check(terminal_end(&t), "not written");
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	unit_check(pread(fileno(said), shown, sizeof(shown) - 1, 0) > 0, "nothing is shown");
	fclose(said);
	fclose(out);
	unit_check(!strcmp(shown, "\r[###############               ] 2 of 4 caches, 20 slabs\033[K"
				  "\r\033[K"),
		   "%s", shown);
	unit_check(!strcmp(text, "report\n"), "%s", text);
}
END_TEST

Suite *suite_triage_run(void)
{
	Suite *suite = suite_create("triage_run");
	TCase *one = tcase_create("run"), *many = tcase_create("batch");

	tcase_add_checked_fixture(one, setup, teardown);
	tcase_add_test(one, clean);
	tcase_add_test(one, corrupt_dump);
	tcase_add_test(one, questions);
	tcase_add_test(one, no_such_thing);
	tcase_add_test(one, refused);
	tcase_add_test(one, running_kernel);
	tcase_add_test(one, cut_short);
	tcase_add_test(one, full_disk);
	tcase_add_test(one, interrupted);
	tcase_add_test(one, expectations);
	tcase_add_test(one, colours);
	tcase_add_test(one, progress);
	suite_add_tcase(suite, one);
	tcase_add_checked_fixture(many, setup, teardown);
	tcase_add_test(many, batch_resumed);
	tcase_add_test(many, batch_tries_again);
	tcase_add_test(many, batch_told_to_try_again);
	tcase_add_test(many, batch_cancelled_while_it_tries_again);
	tcase_add_test(many, batch_onto_another_file);
	tcase_add_test(many, batch_while_the_disk_fills);
	tcase_add_test(many, batch_into_a_closed_pipe);
	tcase_add_test(many, batch_of_a_folder);
	tcase_add_test(many, batch_to_output);
	tcase_add_test(many, batch_refused_);
	tcase_add_test(many, batch_on_a_full_disk);
	tcase_add_test(many, batch_cancelled);
	tcase_add_test(many, batch_time_limit);
	suite_add_tcase(suite, many);
	return suite;
}
