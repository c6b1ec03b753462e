// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * fill DIRECTORY COUNT: makes a heap of a realistic size, with holes: COUNT
 * files, every fifth of which is removed again. Names of 40 bytes and more do
 * not fit into struct dentry, so that each costs a kmalloc object as well.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PER_DIRECTORY 2000

static int directory_make(const char *top, long number, char *path, size_t size)
{
	snprintf(path, size, "%s/%06ld", top, number);
	return mkdir(path, 0755) || chdir(path);
}

static const char *file_name(long i)
{
	static char name[96];

	snprintf(name, sizeof(name), "a-file-name-that-is-too-long-for-a-dentry-%012ld", i);
	return name;
}

static int file_make(long i)
{
	int fd = open(file_name(i), O_CREAT | O_WRONLY, 0644);

	return fd < 0 || close(fd);
}

static int directory_thin(long first, long last)
{
	for (; first < last; first += 5) {
		if (unlink(file_name(first)))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char path[4096];
	long count, i, end;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	for (i = 0; i < count; i = end) {
		long first = i;

		end = i + PER_DIRECTORY < count ? i + PER_DIRECTORY : count;
		if (directory_make(argv[1], i / PER_DIRECTORY, path, sizeof(path)))
			return 1;
		for (; i < end; i++) {
			if (file_make(i))
				return 1;
		}
		if (directory_thin(first, end))
			return 1;
	}
	return 0;
}
