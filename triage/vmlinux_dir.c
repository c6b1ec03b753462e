/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/vmlinux_dir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/packed.h"

struct kernel_file {
	char *path;
	char build_id[BUILD_ID_HEX_MAX]; /* "": packed, or it has none */
};

struct vmlinux_dir {
	struct kernel_file *list;
	size_t nr, room;
};

static bool is_packed(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool packed;

	if (fd < 0)
		return false;
	packed = packed_program_of(fd) != NULL;
	close(fd);
	return packed;
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && !strcmp(name + length - tail, end);
}

static bool is_kernel_name(const char *name)
{
	return strstr(name, "vmlinux") || (ends_with(name, ".debug") && !strstr(name, ".ko."));
}

static bool file_add(struct vmlinux_dir *dir, const char *path, struct error *error)
{
	struct kernel_file file = { .build_id = "" };

	if (!vmlinux_build_id(path, file.build_id) && !vmlinux_is(path) && !is_packed(path))
		return true;
	if (dir->nr == dir->room) {
		size_t room = dir->room ? 2 * dir->room : 64;
		struct kernel_file *more = realloc(dir->list, room * sizeof(*more));

		if (!more)
			return error_no_memory(error);
		dir->list = more;
		dir->room = room;
	}
	file.path = strdup(path);
	if (!file.path)
		return error_no_memory(error);
	dir->list[dir->nr++] = file;
	return true;
}

static int entries_order(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool tree_read(struct vmlinux_dir *dir, FTS *tree, bool (*cancelled)(void),
		      struct error *error)
{
	FTSENT *entry;

	while ((entry = fts_read(tree))) {
		if (cancelled && cancelled())
			return error_set(error, "interrupted");
		/* The folder itself is what has to be there. */
		if (entry->fts_level == FTS_ROOTLEVEL && entry->fts_info != FTS_D &&
		    entry->fts_info != FTS_DP)
			return error_errno(error, NULL,
					   entry->fts_errno ? entry->fts_errno : ENOTDIR);
		if (entry->fts_info == FTS_F && is_kernel_name(entry->fts_name) &&
		    !file_add(dir, entry->fts_path, error))
			return false;
	}
	return true;
}

struct vmlinux_dir *vmlinux_dir_read(const char *path, bool (*cancelled)(void), struct error *error)
{
	char *const roots[] = { (char *)path, NULL };
	struct vmlinux_dir *dir = calloc(1, sizeof(*dir));
	FTS *tree = dir ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, entries_order) : NULL;
	bool good = false;

	if (tree)
		good = tree_read(dir, tree, cancelled, error);
	else
		error_no_memory(error);
	if (tree)
		fts_close(tree);
	if (good)
		return dir;
	error_context(error, "%s", path);
	vmlinux_dir_free(dir);
	return NULL;
}

/* Whether a path has a release in it, and not only one that begins with it: "vmlinux-6.1.0.xz" has
 * 6.1.0, "vmlinux-6.1.0-rt" does not. */
static bool has_release(const char *path, const char *release)
{
	static const char *const ends[] = { "",	   "/",	   ".xz",    ".zst",
					    ".gz", ".bz2", ".debug", ".vmlinux" };
	size_t length = strlen(release);

	if (!length)
		return false;
	for (const char *at = strstr(path, release); at; at = strstr(at + 1, release)) {
		const char *rest = at + length;

		if (at > path && isalnum((unsigned char)at[-1]))
			continue;
		if (!*rest)
			return true;
		for (size_t i = 1; i < sizeof(ends) / sizeof(*ends); i++)
			if (!strncmp(rest, ends[i], strlen(ends[i])))
				return true;
	}
	return false;
}

const char *vmlinux_dir_find(const struct vmlinux_dir *dir, const char *build_id,
			     const char *release, size_t *from)
{
	/* Twice over the list: what is certain first. */
	for (; *from < 2 * dir->nr; ++*from) {
		const struct kernel_file *file = &dir->list[*from % dir->nr];
		bool second = *from >= dir->nr;
		bool fits = second ? (!*build_id || !*file->build_id) &&
					     has_release(file->path, release)
				   : *build_id && !strcmp(file->build_id, build_id);

		if (fits) {
			++*from;
			return file->path;
		}
	}
	return NULL;
}

void vmlinux_dir_free(struct vmlinux_dir *dir)
{
	for (size_t i = 0; dir && i < dir->nr; i++)
		free(dir->list[i].path);
	if (dir)
		free(dir->list);
	free(dir);
}
