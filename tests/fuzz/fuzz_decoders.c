/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decoders under any input, held against what must be true of every answer.
 *
 * The input is a row of 64-bit words. The truths are computed another way than the decoders do it:
 * by bytes where they shift, by multiplication where they divide.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/freeptr.h"
#include "decoders/overwrite.h"
#include "decoders/slab.h"
#include "tests/fuzz/fuzz.h"

#define WORDS 4

static void bytes_of(uint64_t word, uint8_t bytes[8])
{
	int n;

	for (n = 0; n < 8; n++) {
		bytes[n] = (uint8_t)word;
		word /= 256;
	}
}

static void check_freeptr(const uint64_t w[WORDS])
{
	uint8_t raw[8], object[8], random[8], slot[8];
	int encoding, n;

	bytes_of(w[0], raw);
	bytes_of(w[1], random);
	bytes_of(w[2], slot);
	for (encoding = 0; encoding <= FREEPTR_ENCODINGS; encoding++) {
		enum freeptr_encoding e = (enum freeptr_encoding)encoding;
		uint64_t decoded = freeptr_decode(e, w[0], w[1], w[2]);

		HOLDS(freeptr_encode(e, decoded, w[1], w[2]) == w[0]);
		HOLDS(freeptr_encoding_name(e)[0]);
		bytes_of(decoded, object);
		for (n = 0; n < 8 && e == FREEPTR_XOR; n++)
			HOLDS((object[n] ^ raw[n] ^ random[n] ^ slot[n]) == 0);
		for (n = 0; n < 8 && e == FREEPTR_XOR_SWAB; n++)
			HOLDS((object[n] ^ raw[n] ^ random[n] ^ slot[7 - n]) == 0);
	}
}

static void check_counters(uint64_t word)
{
	struct slab_counters c = slab_counters_decode(word);

	HOLDS(c.objects <= SLAB_MAX_OBJECTS);
	HOLDS(slab_counters_encode(c) == (uint32_t)word);
	HOLDS(oo_order((uint32_t)word) * UINT64_C(65536) + oo_objects(word) == (uint32_t)word);
}

static void check_order_objects(const uint64_t w[WORDS])
{
	unsigned int order = (unsigned int)w[0];
	unsigned int n = order_objects(order, w[1], w[2], w[3]);
	uint64_t bytes, left;

	HOLDS(n <= SLAB_MAX_OBJECTS);
	if (!n)
		return;
	HOLDS(order <= SLAB_MAX_ORDER);
	HOLDS(!__builtin_mul_overflow(w[2], UINT64_C(1) << order, &bytes));
	HOLDS(w[3] <= bytes);
	/* They fit, and one more does not. */
	HOLDS(!__builtin_mul_overflow(w[1], n, &left));
	HOLDS(left <= bytes - w[3]);
	HOLDS(n == SLAB_MAX_OBJECTS || bytes - w[3] - left < w[1]);
}

static void check_locate(const uint64_t w[WORDS])
{
	uint32_t objects = (uint32_t)w[2];
	struct object_position at = object_locate(w[0], w[1], objects, w[3]);

	HOLDS(at.index >= -1);
	if (at.index < 0) {
		HOLDS(!at.offset);
		return;
	}
	HOLDS((uint32_t)at.index < objects);
	HOLDS(at.offset < w[1]);
	HOLDS(w[0] + (uint64_t)at.index * w[1] + at.offset == w[3]);
}

static void check_tid(uint64_t tid, uint64_t random)
{
	uint64_t step = UINT64_C(1) << random % 64;

	HOLDS(tid_cpu(tid, step) < step);
	HOLDS(tid_event(tid, step) * step + tid_cpu(tid, step) == tid);
}

static void check_classes(uint64_t word)
{
	enum overwrite_class class = overwrite_classify(word);
	char shown[9];

	HOLDS((unsigned int)class < OVERWRITE_CLASS_COUNT);
	HOLDS(overwrite_class_id(class)[0] && overwrite_class_text(class)[0]);
	HOLDS((word == 0) == (class == OVERWRITE_ZERO));
	if (class == OVERWRITE_KERNEL_POINTER)
		HOLDS(word >= UINT64_C(0xff00000000000000));
	if (class == OVERWRITE_USER_POINTER)
		HOLDS(word > UINT32_MAX && word < UINT64_C(0x0100000000000000));
	HOLDS(ascii_show(word, shown) == shown);
	HOLDS(strlen(shown) == 8);
	if (class == OVERWRITE_ASCII)
		HOLDS(!memcmp(shown, &word, 4));
}

/* The pieces of a difference put the damaged word together again. */
static void check_diff(uint64_t damaged, uint64_t intended)
{
	struct word_diff diff = word_compare(damaged, intended);
	uint8_t d[8], i[8];
	unsigned int n, bytes = 0;

	bytes_of(damaged, d);
	bytes_of(intended, i);
	for (n = 0; n < 8; n++) {
		HOLDS((d[n] != i[n]) == (diff.byte_mask >> n & 1));
		bytes += d[n] != i[n];
		if (diff.zeroed && d[n] != i[n])
			HOLDS(d[n] == 0);
		if (diff.shift > 0 && n < 8 - (unsigned int)diff.shift)
			HOLDS(d[n] == i[n + (unsigned int)diff.shift]);
		if (diff.shift < 0 && n >= (unsigned int)-diff.shift)
			HOLDS(d[n] == i[n - (unsigned int)-diff.shift]);
	}
	HOLDS(diff.bytes == bytes);
	HOLDS(diff.bits >= bytes && diff.bits <= 8 * bytes);
	HOLDS(diff.shift >= -4 && diff.shift <= 4);
	HOLDS((diff.bit >= 0) == (diff.bits == 1));
	if (diff.bit >= 0)
		HOLDS((damaged ^ intended) == UINT64_C(1) << diff.bit);
	HOLDS((diff.first_byte < 0) == (damaged == intended));
	HOLDS(!diff.low_bytes || (diff.contiguous && diff.first_byte == 0));
}

/* Any difference is described in a buffer of any size. */
static void check_describe(const struct word_diff *diff, size_t len)
{
	/* Of the very size, for AddressSanitizer to guard its end. */
	char *text = malloc(len);

	if (!text)
		return;
	memset(text, '#', len);
	HOLDS(word_diff_describe(diff, text, len) == text);
	HOLDS(memchr(text, '\0', len));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t w[WORDS] = { 0 };
	struct word_diff diff;

	memcpy(w, data, size < sizeof(w) ? size : sizeof(w));
	check_freeptr(w);
	check_counters(w[0]);
	check_order_objects(w);
	check_locate(w);
	check_tid(w[0], w[1]);
	check_classes(w[0]);
	check_diff(w[0], w[1]);
	check_diff(w[0], w[0] ^ w[2]);
	diff = word_compare(w[0], w[1]);
	check_describe(&diff, 1 + w[3] % 80);
	return 0;
}
