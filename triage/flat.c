/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/flat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIGNATURE "makedumpfile"
/* The header: signature, type and version, and nothing up to where the records begin. */
#define TYPE_OFFSET 16
#define VERSION_OFFSET 24
#define HEADER_SIZE 4096
#define KNOWN 1 /* type and version: nobody wrote another one yet */
/* A record: where its bytes belong, how many they are, and the bytes. */
#define RECORD_SIZE 16
#define RECORD_LAST (-1)
#define BUFFER_SIZE ((size_t)1 << 20)
/* A byte far from all others takes a block of the disk. Those who write such files collect some
 * kilobytes for a record, but for headers. */
#define RECORDS_FREE 65536
#define RECORD_BYTES_MEAN 256

struct spool {
	int from, to;
	uint8_t *bytes; /* BUFFER_SIZE */
	size_t start, end; /* what was read and not taken */
	uint64_t taken, records, written;
	int read_error;
	struct error *error;
};

bool flat_is(const void *start)
{
	char whole[FLAT_SIGNATURE_SIZE] = SIGNATURE;

	return !memcmp(start, whole, sizeof(whole));
}

static bool more(struct spool *s)
{
	ssize_t got;

	if (s->start < s->end)
		return true;
	if (s->read_error)
		return false;
	got = read(s->from, s->bytes, BUFFER_SIZE);
	if (got < 0)
		s->read_error = errno;
	s->start = 0;
	s->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* Fewer than wanted only where the input ends, or cannot be read. */
static size_t take(struct spool *s, void *to, size_t wanted)
{
	size_t done = 0;

	while (done < wanted && more(s)) {
		size_t part = s->end - s->start;

		if (part > wanted - done)
			part = wanted - done;
		memcpy((char *)to + done, s->bytes + s->start, part);
		s->start += part;
		done += part;
	}
	s->taken += done;
	return done;
}

static bool put(struct spool *s, const uint8_t *bytes, size_t size, int64_t offset)
{
	while (size) {
		ssize_t done = pwrite(s->to, bytes, size, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return error_errno(s->error,
					   "cannot write the dump into a temporary file (TMPDIR)",
					   done ? errno : ENOSPC);
		bytes += done;
		offset += done;
		size -= (size_t)done;
		s->written += (uint64_t)done;
	}
	return true;
}

/* @size bytes of the input go to @offset; @left receives how many of them were not there. */
static bool copy(struct spool *s, int64_t offset, int64_t size, int64_t *left)
{
	for (*left = size; *left && more(s);) {
		size_t part = s->end - s->start;

		if ((int64_t)part > *left)
			part = (size_t)*left;
		if (!put(s, s->bytes + s->start, part, offset))
			return false;
		s->start += part;
		s->taken += part;
		offset += (int64_t)part;
		*left -= (int64_t)part;
	}
	return true;
}

static int64_t number(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

/* What cannot be is damage, and nobody knows where the next record would begin. */
static bool record_check(struct spool *s, int64_t offset, int64_t size)
{
	s->records++;
	if (offset >= 0 && size > 0 && size <= INT64_MAX - offset &&
	    (s->records < RECORDS_FREE || s->written / s->records >= RECORD_BYTES_MEAN))
		return true;
	return error_set(s->error, "flattened by makedumpfile, but damaged at byte %llu",
			 (unsigned long long)(s->taken - RECORD_SIZE));
}

static bool records_copy(struct spool *s, bool *cut)
{
	uint8_t record[RECORD_SIZE];

	while (take(s, record, sizeof(record)) == sizeof(record)) {
		int64_t offset = number(record), size = number(record + 8), left;

		if (offset == RECORD_LAST && size == RECORD_LAST)
			return true;
		if (!record_check(s, offset, size) || !copy(s, offset, size, &left))
			return false;
		if (left)
			break;
	}
	*cut = true;
	if (s->read_error)
		return error_errno(s->error, NULL, s->read_error);
	return s->written || error_set(s->error, "flattened by makedumpfile, but nothing "
						 "follows");
}

static bool flat_copy(struct spool *s, bool *cut, const uint8_t *start)
{
	uint8_t header[HEADER_SIZE];
	size_t rest = sizeof(header) - FLAT_SIGNATURE_SIZE;

	memcpy(header, start, FLAT_SIGNATURE_SIZE);
	if (take(s, header + FLAT_SIGNATURE_SIZE, rest) != rest)
		return error_set(s->error, "flattened by makedumpfile, but nothing follows");
	if (number(header + TYPE_OFFSET) != KNOWN || number(header + VERSION_OFFSET) != KNOWN)
		return error_set(s->error, "flattened in an unknown way; try `makedumpfile -R`");
	return records_copy(s, cut);
}

static bool plain_copy(struct spool *s, const uint8_t *start, size_t size)
{
	int64_t left;

	if (!put(s, start, size, 0) || !copy(s, (int64_t)size, INT64_MAX - (int64_t)size, &left))
		return false;
	return !s->read_error || error_errno(s->error, NULL, s->read_error);
}

static bool spool(struct spool *s, bool *cut)
{
	uint8_t start[FLAT_SIGNATURE_SIZE];
	size_t got = take(s, start, sizeof(start));

	if (got == sizeof(start) && flat_is(start))
		return flat_copy(s, cut, start);
	return plain_copy(s, start, got);
}

static int file_make(struct spool *s)
{
	const char *directory = getenv("TMPDIR");
	char path[4096];
	int n, fd;

	if (!directory || !*directory)
		directory = "/var/tmp";
	n = snprintf(path, sizeof(path), "%s/slubcheck-XXXXXX", directory);
	fd = n < (int)sizeof(path) ? mkstemp(path) : -1;
	if (fd < 0) {
		error_errno(s->error, "cannot make a temporary file (TMPDIR)", errno);
		return -1;
	}
	unlink(path);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

int flat_spool(int from, bool *cut, struct error *error)
{
	struct spool s = { .from = from, .to = -1, .error = error };
	bool good = false;

	*cut = false;
	s.bytes = malloc(BUFFER_SIZE);
	if (!s.bytes) {
		error_no_memory(error);
		return -1;
	}
	s.to = file_make(&s);
	if (s.to >= 0)
		good = spool(&s, cut);
	free(s.bytes);
	if (good)
		return s.to;
	if (s.to >= 0)
		close(s.to);
	return -1;
}
