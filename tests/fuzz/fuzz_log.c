/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log of the kernel in each of its forms, under any damage: its reader ends, inside of the log, and what
 * it finds of the kernel's complaints is printable.
 *
 * Input: a byte: the form; then 11 bytes an overwrite of a log of some lines: two for where, one for how
 * many bytes of the value, eight for the value.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "checker/why/complaints.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/log_image.h"

#define OVERWRITE 11u
#define READS_MAX UINT64_C(8000000)

static const char *const lines[] = {
	"Linux version",
	"BUG kmalloc-64 (Not tainted): Poison overwritten",
	"Object 0xffff888100002000 @offset=0 fp=0x0000000000000000",
	"------------[ cut here ]------------",
	"refcount_t: underflow; use-after-free.",
	"WARNING: CPU: 1 PID: 82 at lib/refcount.c:28 refcount_warn_saturate+0x51/0x110",
	"CPU: 1 PID: 82 Comm: busybox Tainted: G           OE     5.10.0 #1",
	"---[ end trace ]---",
};

static void overwrites(struct log_image *image, const uint8_t *data, size_t size)
{
	for (; size >= OVERWRITE; data += OVERWRITE, size -= OVERWRITE) {
		size_t at = (data[0] | (size_t)data[1] << 8) % (sizeof(image->bytes) - 8);

		/* Half of them where the numbers are that lead to the rest. */
		if (data[2] & 0x80)
			at %= 0x200;
		memcpy(image->bytes + at, data + 3, 1u << (data[2] & 3));
	}
}

static void printable(const char *text)
{
	for (; *text; text++)
		HOLDS(isprint((unsigned char)*text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_image image;
	static const enum kernel_log_form forms[] = { KERNEL_LOG_RINGBUFFER, KERNEL_LOG_RECORDS,
						      KERNEL_LOG_TEXT };
	char text[COMPLAINT_TEXT_MAX];
	struct complaints complaints;
	struct memory memory;
	struct arena arena;

	if (!size)
		return 0;
	log_image_init(&image, forms[data[0] % 3], 5, 10);
	image.fills = data[0] & 0x80;
	for (unsigned int i = 0; i < 40; i++)
		log_image_add(&image, i % 8, i, lines[i % 8]);
	overwrites(&image, data + 1, size - 1);
	arena_init(&arena, (size_t)512 << 20);
	HOLDS(memory_init(&memory, &image.target, &arena));
	complaints_find(&complaints, &memory, &arena);
	HOLDS(memory.reads < READS_MAX);
	HOLDS(complaints.nr <= COMPLAINTS_KEPT_MAX);
	for (size_t i = 0; i < complaints.nr; i++) {
		printable(complaint_describe(&complaints.list[i], text));
		printable(complaint_where(&complaints.list[i], text));
	}
	arena_free(&arena);
	return 0;
}
