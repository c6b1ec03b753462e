/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pass FILE [THREADS]: reads a file once, in pieces as --refs reads an ELF dump, and does nothing with
 * it. What --refs takes beyond that is its own doing.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)
#define THREADS_MAX 64

static int fd;
static atomic_uint_fast64_t next;
static uint64_t size;

static void *pieces_read(void *ctx)
{
	char *buf = malloc(PIECE);
	uint64_t at;

	(void)ctx;
	while (buf && (at = atomic_fetch_add(&next, PIECE)) < size)
		if (pread(fd, buf, PIECE, (off_t)at) <= 0)
			break;
	free(buf);
	return NULL;
}

int main(int argc, char **argv)
{
	int nr = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;
	pthread_t threads[THREADS_MAX];
	struct stat st;

	fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0 || fstat(fd, &st) || nr < 1 || nr > THREADS_MAX) {
		fputs("usage: pass FILE [THREADS]\n", stderr);
		return 1;
	}
	size = (uint64_t)st.st_size;
	for (int i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, pieces_read, NULL))
			return 1;
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
