/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dumps and kernels that are packed with the usual programs, and folders of kernels. */
#include "triage/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/file_target.h"
#include "triage/vmlinux_dir.h"

extern char **environ;

static const struct {
	const char *program, *suffix;
	bool always; /* every machine has it */
} programs[] = {
	{ "gzip", ".gz", true },
	{ "xz", ".xz", false },
	{ "zstd", ".zst", false },
	{ "bzip2", ".bz2", false },
};

static struct image *image;
static struct core *core;
static struct file_target ft;
static struct error error;

static void setup(void)
{
	image = core_image(ERA_6_1);
	core = core_new(image);
	error = (struct error){ 0 };
}

static void teardown(void)
{
	core_free(core);
	image_free(image);
}

/* @from is replaced by @packed; false when the machine lacks the program. */
static bool pack(const char *program, const char *suffix, const char *from,
		 char packed[CORE_PATH_MAX])
{
	char *const argv[] = { (char *)program, (char *)"-qf", (char *)from, NULL };
	int status;
	pid_t child;

	snprintf(packed, CORE_PATH_MAX, "%s%s", from, suffix);
	if (posix_spawnp(&child, program, NULL, NULL, argv, environ))
		return false;
	unit_check(waitpid(child, &status, 0) == child && !status, "%s fails", program);
	/* zstd keeps what it packs. */
	unlink(from);
	return true;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	unit_check(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

START_TEST(every_program)
{
	static char text[200000], got[sizeof(text)];
	char path[CORE_PATH_MAX], packed[CORE_PATH_MAX];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 2654435761u >> 13);
	for (size_t i = 0; i < UNIT_COUNT(programs); i++) {
		bool cut = false;
		struct stat st;
		int fd, out;

		snprintf(path, sizeof(path), "%s", core_file(core, "text", text, sizeof(text)));
		if (!pack(programs[i].program, programs[i].suffix, path, packed)) {
			unit_check(!programs[i].always, "no %s", programs[i].program);
			continue;
		}
		fd = open_file(packed);
		unit_check(!strcmp(packed_program_of(fd), programs[i].program), "%s", packed);
		out = packed_open(fd, programs[i].program, &cut, &error);
		unit_check(out >= 0 && !cut, "%s: %s", packed, error.text);
		unit_check(!fstat(out, &st) && !st.st_nlink, "the file has a name");
		unit_check_eq(st.st_size, sizeof(text));
		unit_check(pread(out, got, sizeof(got), 0) == (ssize_t)sizeof(got) &&
				   !memcmp(got, text, sizeof(got)),
			   "other bytes");
		close(out);
		close(fd);
		/* Cut: what was there is there, or nothing is. */
		fstat(fd = open(packed, O_RDWR), &st);
		unit_check(!ftruncate(fd, st.st_size - 100), "not cut");
		out = packed_open(fd, programs[i].program, &cut, &error);
		unit_check(out < 0 || cut, "%s: not noticed", packed);
		unit_check(out < 0 || (!fstat(out, &st) && st.st_size < (off_t)sizeof(text) &&
				       pread(out, got, sizeof(got), 0) == st.st_size &&
				       !memcmp(got, text, (size_t)st.st_size)),
			   "other bytes");
		close(out);
		close(fd);
	}
}
END_TEST

START_TEST(not_packed)
{
	char path[CORE_PATH_MAX];
	bool cut;
	int fd;

	unit_check(!packed_program("KDUMP   ", 8) && !packed_program("\x1f", 1), "packed");
	unit_check(!packed_program("", 0), "packed");
	snprintf(path, sizeof(path), "%s", core_file(core, "bad", "\x1f\x8b and more", 11));
	fd = open_file(path);
	unit_check(packed_open(fd, "gzip", &cut, &error) < 0, "unpacked");
	unit_check(!strcmp(error.text, "gzip cannot unpack it"), "%s", error.text);
	unit_check(packed_open(fd, "slubcheck-no-such", &cut, &error) < 0, "unpacked");
	unit_check(strstr(error.text,
			  "compressed with slubcheck-no-such, and that program cannot be "
			  "started: No such file") != NULL,
		   "%s", error.text);
	close(fd);
}
END_TEST

static bool target_open(const struct kernel_info_options *options, const char *path)
{
	return file_target_open(&ft, &path, 1, options, &error);
}

START_TEST(packed_dump)
{
	const struct kernel_info_options options = { .no_vmlinux = true, .no_cache = true };
	char packed[CORE_PATH_MAX];
	struct stat st;
	int fd;

	core_write(core, &(struct core_spec){ 0 });
	unit_check(pack("gzip", ".gz", core->path, packed), "no gzip");
	unit_check(target_open(&options, packed), "%s", error.text);
	unit_check(!*dump_remark(ft.dump), "%s", dump_remark(ft.dump));
	/* The file that it is in has the date of today. */
	unit_check(!*dump_date(ft.dump)->text, "%s", dump_date(ft.dump)->text);
	unit_check_eq(ft.target.nr_pages, CORE_FRAMES);
	file_target_close(&ft);
	/* Cut in its second half. */
	fd = open(packed, O_RDWR);
	unit_check(!fstat(fd, &st) && !ftruncate(fd, st.st_size - 16), "not cut");
	close(fd);
	if (target_open(&options, packed)) {
		unit_check(strstr(dump_remark(ft.dump), "cut short") != NULL, "%s",
			   dump_remark(ft.dump));
		file_target_close(&ft);
	} else {
		unit_check(strstr(error.text, "cut short") != NULL, "%s", error.text);
	}
}
END_TEST

/* Where the programs are not found. */
static char path_saved[4096];

static void programs_hide(void)
{
	snprintf(path_saved, sizeof(path_saved), "%s", getenv("PATH"));
	setenv("PATH", "/nonexistent", 1);
}

static void programs_show(void)
{
	setenv("PATH", path_saved, 1);
}

static void opens(const struct kernel_info_options *options, const char *source)
{
	unit_check(target_open(options, core->path), "%s", error.text);
	unit_check(strstr(kernel_info_source(ft.info), source) != NULL, "%s",
		   kernel_info_source(ft.info));
	file_target_close(&ft);
}

static void refused(const struct kernel_info_options *options, const char *why)
{
	unit_check(!target_open(options, core->path), "opened");
	unit_check(strstr(error.text, why) != NULL, "%s", error.text);
}

/* It is unpacked once for each file; one that was changed meanwhile is another one. */
START_TEST(packed_vmlinux)
{
	char packed[CORE_PATH_MAX];
	const struct kernel_info_options options = { .vmlinux = packed };
	const struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

	core_write(core, &(struct core_spec){ .no_types = true });
	core_write_vmlinux(core, CORE_BUILD_ID);
	unit_check(pack("gzip", ".gz", core->vmlinux, packed), "no gzip");
	opens(&options, packed);
	programs_hide();
	opens(&options, packed);
	unit_check(!utimensat(AT_FDCWD, packed, times, 0), "not touched");
	refused(&options, "compressed with gzip, and that program cannot be started");
	programs_show();
	opens(&options, packed);
	/* That of another kernel. */
	core_write_vmlinux(core, "ffffffffffffffff");
	unit_check(pack("gzip", ".gz", core->vmlinux, packed), "no gzip");
	refused(&options, "its build-id is ffffffffffffffff");
	/* One that is cut is not half a kernel. */
	core_write_vmlinux(core, CORE_BUILD_ID);
	unit_check(pack("gzip", ".gz", core->vmlinux, packed), "no gzip");
	unit_check(!truncate(packed, 300), "not cut");
	unit_check(!target_open(&options, core->path), "opened");
	unit_check(strstr(error.text, packed) != NULL, "%s", error.text);
}
END_TEST

static bool never(void)
{
	return false;
}

static bool always(void)
{
	return true;
}

/* A vmlinux at this place below the folder "kernels". */
static void kernel_at(const char *place, const char *build_id)
{
	char path[2 * CORE_PATH_MAX];

	core_write_vmlinux(core, build_id);
	snprintf(path, sizeof(path), "%s/kernels", core->folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/kernels/%.*s", core->folder, (int)strcspn(place, "/"),
		 place);
	if (strchr(place, '/'))
		mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/kernels/%s", core->folder, place);
	unit_check(!rename(core->vmlinux, path), "%s", path);
}

static struct vmlinux_dir *kernels(void)
{
	char path[2 * CORE_PATH_MAX];
	struct vmlinux_dir *dir;

	snprintf(path, sizeof(path), "%s/kernels", core->folder);
	dir = vmlinux_dir_read(path, never, &error);
	unit_check(dir != NULL, "%s", error.text);
	return dir;
}

START_TEST(folder_of_kernels)
{
	struct kernel_info_options options = { .no_cache = true };
	struct vmlinux_dir *dir;

	core_write(core, &(struct core_spec){ .no_types = true });
	kernel_at("vmlinux-" CORE_RELEASE, "eeeeeeeeeeeeeeee");
	kernel_at("a/vmlinux", "ffffffffffffffff");
	dir = kernels();
	options.directory = dir;
	refused(&options, "a vmlinux of this kernel (" CORE_RELEASE ") is needed");
	vmlinux_dir_free(dir);
	kernel_at("b/other-name.debug", CORE_BUILD_ID);
	dir = kernels();
	options.directory = dir;
	opens(&options, "/kernels/b/other-name.debug");
	vmlinux_dir_free(dir);
}
END_TEST

/* A packed one is found by the release in its path, and is what it is, whatever it is called. */
START_TEST(folder_of_packed_kernels)
{
	struct kernel_info_options options = { .directory = NULL };
	char from[2 * CORE_PATH_MAX], packed[CORE_PATH_MAX];
	struct vmlinux_dir *dir;

	core_write(core, &(struct core_spec){ .no_types = true });
	kernel_at("vmlinux-" CORE_RELEASE, "ffffffffffffffff");
	snprintf(from, sizeof(from), "%s/kernels/vmlinux-" CORE_RELEASE, core->folder);
	unit_check(pack("gzip", ".gz", from, packed), "no gzip");
	kernel_at(CORE_RELEASE "/vmlinux", CORE_BUILD_ID);
	snprintf(from, sizeof(from), "%s/kernels/" CORE_RELEASE "/vmlinux", core->folder);
	unit_check(pack("gzip", ".gz", from, packed), "no gzip");
	dir = kernels();
	options.directory = dir;
	opens(&options, packed);
	/* The next dump of that kernel needs nothing unpacked but the one that does not fit. */
	opens(&options, packed);
	vmlinux_dir_free(dir);
}
END_TEST

static void finds(const char *path, const char *release, bool found)
{
	struct vmlinux_dir *dir;
	size_t from = 0;

	kernel_at(path, "");
	dir = kernels();
	unit_check((vmlinux_dir_find(dir, "", release, &from) != NULL) == found, "%s in %s",
		   release, path);
	vmlinux_dir_free(dir);
	snprintf(error.text, sizeof(error.text), "%s/kernels/%s", core->folder, path);
	unlink(error.text);
}

/* Of a dump without a build-id the release alone tells, and not one that is longer. */
START_TEST(releases_in_paths)
{
	finds("vmlinux-5.4.0", "5.4.0", true);
	finds("5.4.0/vmlinux", "5.4.0", true);
	finds("vmlinux-5.4.0.debug", "5.4.0", true);
	finds("vmlinux-5.4.0-rt", "5.4.0", false);
	finds("vmlinux-15.4.0", "5.4.0", false);
	finds("vmlinux-5.4.0-5.4.0", "5.4.0", true);
	finds("vmlinux-5.4.01", "5.4.0", false);
	finds("vmlinux", "", false);
}
END_TEST

START_TEST(no_folder)
{
	unit_check(!vmlinux_dir_read("/nonexistent", never, &error), "read");
	unit_check(!strcmp(error.text, "/nonexistent: No such file or directory"), "%s",
		   error.text);
	unit_check(!vmlinux_dir_read("/dev/null", never, &error), "read");
	unit_check(!strcmp(error.text, "/dev/null: Not a directory"), "%s", error.text);
	unit_check(!vmlinux_dir_read(core->folder, always, &error), "read");
	unit_check(strstr(error.text, "interrupted") != NULL, "%s", error.text);
}
END_TEST

Suite *suite_triage_packed(void)
{
	Suite *suite = suite_create("triage_packed");
	TCase *tcase = tcase_create("packed");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_program);
	tcase_add_test(tcase, not_packed);
	tcase_add_test(tcase, packed_dump);
	tcase_add_test(tcase, packed_vmlinux);
	tcase_add_test(tcase, folder_of_kernels);
	tcase_add_test(tcase, folder_of_packed_kernels);
	tcase_add_test(tcase, releases_in_paths);
	tcase_add_test(tcase, no_folder);
	suite_add_tcase(suite, tcase);
	return suite;
}
