/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the program does with a dump's file before libkdumpfile sees it: flattened dumps are put in
 * order, and what is missing at a file's end is found out, under any input.
 *
 * Input: a byte that chooses, and the file. Of a flattened one the header is left out.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "triage/flat.h"
#include "triage/lost.h"

#define HEADER 4096
#define RECORD 16

static void flat_header(uint8_t header[HEADER])
{
	memset(header, 0, HEADER);
	memcpy(header, "makedumpfile", 12);
	header[23] = header[31] = 1;
}

static FILE *file_of(const uint8_t *data, size_t size, bool flat)
{
	uint8_t header[HEADER];
	FILE *file = tmpfile();

	HOLDS(file);
	flat_header(header);
	if (flat)
		HOLDS(fwrite(header, 1, sizeof(header), file) == sizeof(header));
	HOLDS(fwrite(data, 1, size, file) == size);
	HOLDS(!fflush(file));
	rewind(file);
	return file;
}

static int64_t number(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

/* The bytes of the last record are where it says: nothing was written over them. */
static void last_record_holds(int fd, const uint8_t *data, size_t size)
{
	const uint8_t *last = NULL, *end = data + size;
	uint8_t got[256];
	size_t length, from;

	for (const uint8_t *at = data; end - at >= RECORD && number(at) >= 0;) {
		last = at;
		if (number(at + 8) > end - at - RECORD)
			break;
		at += RECORD + number(at + 8);
	}
	if (!last)
		return;
	length = (size_t)number(last + 8);
	if (length > (size_t)(end - last - RECORD))
		length = (size_t)(end - last - RECORD);
	from = length > sizeof(got) ? length - sizeof(got) : 0;
	HOLDS(pread(fd, got, length - from, number(last) + (int64_t)from) ==
	      (ssize_t)(length - from));
	HOLDS(!memcmp(got, last + RECORD + from, length - from));
}

static void flat_try(const uint8_t *data, size_t size)
{
	FILE *file = file_of(data, size, true);
	struct error error = { 0 };
	bool cut;
	int fd = flat_spool(fileno(file), &cut, &error);

	fclose(file);
	if (fd < 0) {
		HOLDS(*error.text && strlen(error.text) < sizeof(error.text));
		return;
	}
	last_record_holds(fd, data, size);
	close(fd);
}

static void lost_try(const uint8_t *data, size_t size)
{
	FILE *file = file_of(data, size, false);
	struct lost lost = { 0 };
	struct lost_file about;
	uint64_t end = 0;

	HOLDS(lost_learn(&lost, fileno(file), &about));
	HOLDS(!about.mappable || !lost.nr);
	for (size_t i = 0; i < lost.nr; i++) {
		const struct lost_range *r = &lost.ranges[i];

		HOLDS(r->start < r->end && (!i || r->start > end));
		HOLDS(lost_any(&lost, r->start, 1) && lost_any(&lost, r->end - 1, 1));
		HOLDS(!r->start || lost_any(&lost, r->start - 1, 2));
		HOLDS(!lost_any(&lost, r->end, 1));
		end = r->end;
	}
	lost_free(&lost);
	fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (*data % 2)
		lost_try(data + 1, size - 1);
	else
		flat_try(data + 1, size - 1);
	return 0;
}
