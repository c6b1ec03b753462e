/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/flat.h"

static const struct {
	const char *bytes, *program;
} kinds[] = {
	{ "\xfd"
	  "7zXZ",
	  "xz" },
	{ "\x1f\x8b", "gzip" },
	{ "\x28\xb5\x2f\xfd", "zstd" },
	{ "BZh", "bzip2" },
};

const char *packed_program(const void *start, size_t size)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t length = strlen(kinds[i].bytes);

		if (size >= length && !memcmp(start, kinds[i].bytes, length))
			return kinds[i].program;
	}
	return NULL;
}

const char *packed_program_of(int fd)
{
	char start[PACKED_START];
	ssize_t got = pread(fd, start, sizeof(start), 0);

	return got > 0 ? packed_program(start, (size_t)got) : NULL;
}

/* It writes into the pipe @to. Returns an error number, 0: it runs. */
static int program_start(const char *program, int fd, int to, pid_t *child)
{
	char *const argv[] = { (char *)program, (char *)"-dc", NULL };
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(child, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static bool child_good(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_empty(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) != 1;
}

/* What comes out of the pipe goes into a file. */
static int pipe_spool(int from, pid_t child, const char *program, bool *cut, struct error *error)
{
	int to = flat_spool(from, cut, error);

	/* A child that we do not read from any more ends at its next write. */
	close(from);
	if (child_good(child) || to < 0)
		return to;
	*cut = true;
	if (!is_empty(to))
		return to;
	close(to);
	error_set(error, "%s cannot unpack it", program);
	return -1;
}

int packed_open(int fd, const char *program, bool *cut, struct error *error)
{
	pid_t child;
	int ends[2], number;

	if (pipe2(ends, O_CLOEXEC)) {
		error_errno(error, NULL, errno);
		return -1;
	}
	number = program_start(program, fd, ends[1], &child);
	close(ends[1]);
	if (!number)
		return pipe_spool(ends[0], child, program, cut, error);
	close(ends[0]);
	error_set(error, "compressed with %s, and that program cannot be started: %s", program,
		  strerror(number));
	return -1;
}
