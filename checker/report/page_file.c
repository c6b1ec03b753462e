/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of earlier processes that ended in the middle are passed over. */
#define TRIES 100

/* Where a name leads: behind links, when something is there. The caller frees it. */
static char *target_of(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : strdup(path);
}

static bool is_other(const char *path)
{
	struct stat stat_buf;

	return !stat(path, &stat_buf) && !S_ISREG(stat_buf.st_mode);
}

/* A file of its own beside the one that it becomes; -1: errno says why. */
static int temporary_open(struct page_file *file)
{
	size_t length = strlen(file->path) + 48;
	int fd = -1;

	file->temporary = malloc(length);
	for (int i = 0; file->temporary && fd < 0 && i < TRIES; i++) {
		snprintf(file->temporary, length, "%s.%ld-%d.part", file->path, (long)getpid(), i);
		fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd;
}

static void page_file_free(struct page_file *file)
{
	free(file->path);
	free(file->temporary);
	free(file->text);
	*file = (struct page_file){ .size = file->size, .fd = -1 };
}

/* Closes it, and takes back what is not whole. Keeps errno. */
static void give_up(struct page_file *file)
{
	int error = errno;

	if (file->fd >= 0)
		close(file->fd);
	if (file->fd >= 0 && file->temporary)
		unlink(file->temporary);
	page_file_free(file);
	errno = error;
}

bool page_file_begin(struct page_file *file, const char *path)
{
	*file = (struct page_file){ .path = target_of(path), .fd = -1 };
	if (file->path)
		file->fd = is_other(file->path) ? open(file->path, O_WRONLY | O_CLOEXEC)
						: temporary_open(file);
	if (file->fd >= 0)
		file->stream = open_memstream(&file->text, &file->size);
	if (!file->stream)
		give_up(file);
	return file->stream;
}

static bool all_written(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		text += written;
		size -= (size_t)written;
	}
	return true;
}

/* A full disk may show as late as that. */
static bool close_whole(struct page_file *file)
{
	int fd = file->fd;

	if (file->temporary && fsync(fd))
		return false;
	file->fd = -1;
	return !close(fd);
}

bool page_file_end(struct page_file *file)
{
	bool good = !fclose(file->stream);

	file->stream = NULL;
	good = good && all_written(file->fd, file->text, file->size) && close_whole(file) &&
	       (!file->temporary || !rename(file->temporary, file->path));
	if (!good) {
		int error = errno;

		if (file->temporary)
			unlink(file->temporary);
		errno = error;
		give_up(file);
		return false;
	}
	page_file_free(file);
	return true;
}

void page_file_abandon(struct page_file *file)
{
	if (!file->stream)
		return;
	fclose(file->stream);
	file->stream = NULL;
	give_up(file);
}
