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

/* Enough for the grace periods after which the kernel frees what was removed. */
#define SETTLE_SECONDS 5

static int directory_enter(const char *top, long number, int make)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%06ld", top, number);
	return (make && mkdir(path, 0755)) || chdir(path);
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

static int files_make(const char *top, long count)
{
	for (long i = 0; i < count; i++) {
		if (!(i % PER_DIRECTORY) && directory_enter(top, i / PER_DIRECTORY, 1))
			return 1;
		if (file_make(i))
			return 1;
	}
	return 0;
}

/* After all are made: a hole that is left earlier would be filled by the next file. */
static int files_thin(const char *top, long count)
{
	for (long i = 0; i < count; i += 5) {
		if (!(i % PER_DIRECTORY) && directory_enter(top, i / PER_DIRECTORY, 0))
			return 1;
		if (unlink(file_name(i)))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	long count;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	if (files_make(argv[1], count) || files_thin(argv[1], count))
		return 1;
	sleep(SETTLE_SECONDS);
	return 0;
}
