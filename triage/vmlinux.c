/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/vmlinux.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool id_of(Elf *elf, char id[BUILD_ID_HEX_MAX])
{
	const void *bytes;
	ssize_t length = dwelf_elf_gnu_build_id(elf, &bytes);

	if (length <= 0 || 2 * length >= BUILD_ID_HEX_MAX)
		return false;
	for (ssize_t i = 0; i < length; i++)
		snprintf(id + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
	return true;
}

bool vmlinux_is(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	Elf64_Ehdr header;
	bool is;

	if (fd < 0)
		return false;
	/* Of the other byte order the type is none of these. */
	is = pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
	     !memcmp(header.e_ident, ELFMAG, SELFMAG) &&
	     (header.e_type == ET_EXEC || header.e_type == ET_DYN || header.e_type == ET_REL);
	close(fd);
	return is;
}

bool vmlinux_build_id(const char *path, char id[BUILD_ID_HEX_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool found = false;
	struct stat st;
	Elf *elf;

	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = fstat(fd, &st) || !S_ISREG(st.st_mode) ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf) {
		found = id_of(elf, id);
		elf_end(elf);
	}
	close(fd);
	return found;
}

static bool path_fits(const char *path, const char *build_id)
{
	char id[BUILD_ID_HEX_MAX];

	return vmlinux_build_id(path, id) && !strcmp(id, build_id);
}

/* What debuginfod-find prints is the path of the file that it fetched. */
static bool line_of(char *const argv[], char *line, size_t size)
{
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	bool started = false;
	ssize_t got = 0, n;
	pid_t child;

	if (pipe(ends))
		return false;
	if (!posix_spawn_file_actions_init(&actions)) {
		posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		posix_spawn_file_actions_addclose(&actions, ends[0]);
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
		started = !posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	while (started && (size_t)got < size - 1 &&
	       (n = read(ends[0], line + got, size - 1 - (size_t)got)) > 0)
		got += n;
	close(ends[0]);
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return started && waitpid(child, &status, 0) == child && !status && got;
}

static bool ask_servers(const char *build_id, char path[VMLINUX_PATH_MAX])
{
	char id[BUILD_ID_HEX_MAX];
	char *argv[] = { "debuginfod-find", "debuginfo", id, NULL };

	snprintf(id, sizeof(id), "%s", build_id);
	return line_of(argv, path, VMLINUX_PATH_MAX) && path_fits(path, build_id);
}

bool vmlinux_find(const char *build_id, const char *release, bool debuginfod,
		  char path[VMLINUX_PATH_MAX])
{
	static const char *const places[] = {
		"/usr/lib/debug/boot/vmlinux-%s",
		"/usr/lib/debug/lib/modules/%s/vmlinux",
		"/usr/lib/debug/usr/lib/modules/%s/vmlinux",
		"/boot/vmlinux-%s",
		"/lib/modules/%s/vmlinux",
		"/lib/modules/%s/build/vmlinux",
	};

	if (strlen(build_id) < 4 || strspn(build_id, "0123456789abcdef") != strlen(build_id))
		return false;
	snprintf(path, VMLINUX_PATH_MAX, "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id,
		 build_id + 2);
	if (path_fits(path, build_id))
		return true;
	/* It comes from the dump: a name, not a path. */
	if (*release && !strchr(release, '/')) {
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			const char *mark = strstr(places[i], "%s");

			snprintf(path, VMLINUX_PATH_MAX, "%.*s%s%s", (int)(mark - places[i]),
				 places[i], release, mark + 2);
			if (path_fits(path, build_id))
				return true;
		}
	}
	return debuginfod && ask_servers(build_id, path);
}
