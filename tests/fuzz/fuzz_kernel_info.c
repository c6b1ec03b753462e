/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the program reads out of a dump before it knows anything: VMCOREINFO, kallsyms and BTF, under
 * any input.
 *
 * Input: a byte that chooses the reader. VMCOREINFO and BTF are the rest. For kallsyms the rest is
 * memory at BASE; the reader is told by PLACE_NUMBERS numbers of 16 bits where the parts of the
 * table are, and the search by nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "triage/btf.h"
#include "triage/kallsyms.h"
#include "triage/vmcoreinfo.h"

#define BASE 0xffffffff81000000ull
#define PLACE_NUMBERS 7

static const char *const words[] = { "_stext",	  "slab_caches", "kmem_cache", "slab", "freelist",
				     "OSRELEASE", "BUILD-ID",	 "a",	       "" };
#define WORDS (sizeof(words) / sizeof(*words))

struct image {
	struct target target;
	const uint8_t *bytes;
	size_t size;
};

static enum target_status image_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct image *image = (const struct image *)t;
	uint64_t at = addr - BASE;

	if (at > image->size || len > image->size - at)
		return TARGET_UNMAPPED;
	memcpy(buf, image->bytes + at, len);
	return TARGET_OK;
}

static const struct target_ops image_ops = { .read = image_read };

static void vmcoreinfo_try(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), value[24];
	uint64_t number;

	HOLDS(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < WORDS; i++) {
		if (vmcoreinfo_line(text, words[i], value, sizeof(value)))
			HOLDS(strlen(value) < sizeof(value) && !strchr(value, '\n'));
		vmcoreinfo_symbol(text, words[i], &number);
		vmcoreinfo_number(text, words[i], &number);
	}
	vmcoreinfo_moved(text, &number);
	free(text);
}

/* What is found by name is found at its address too. */
static void table_try(struct kallsyms *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < WORDS; i++) {
		uint64_t value, offset;
		const char *name;

		if (!kallsyms_symbol(k, words[i], &value))
			continue;
		if (kallsyms_symbol_at(k, value, &name, &offset))
			HOLDS(!offset && strlen(name));
	}
	kallsyms_free(k);
}

static uint64_t place_number(const uint8_t *data, unsigned int i)
{
	unsigned int number = data[2 * i] | (unsigned int)data[2 * i + 1] << 8;

	/* 0 stands for: there is none. */
	return number ? BASE + number - 1 : 0;
}

static void kallsyms_try(const uint8_t *data, size_t size)
{
	struct error error;
	struct image image = { .target = { .ops = &image_ops, .page_shift = 12 } };
	struct kallsyms_place p;

	if (size < 2 * PLACE_NUMBERS)
		return;
	p = (struct kallsyms_place){
		.names = place_number(data, 0),
		.nr_symbols = place_number(data, 1),
		.token_table = place_number(data, 2),
		.token_index = place_number(data, 3),
		.offsets = place_number(data, 4),
		.addresses = place_number(data, 5),
		.base = place_number(data, 6),
	};
	image.bytes = data + 2 * PLACE_NUMBERS;
	image.size = size - 2 * PLACE_NUMBERS;
	table_try(kallsyms_read(&image.target, &p, &error));
}

static void search_try(const uint8_t *data, size_t size)
{
	struct error error;
	struct image image = { .target = { .ops = &image_ops, .page_shift = 12 },
			       .bytes = data,
			       .size = size };
	struct kallsyms_place p;
	struct kallsyms *k;

	if (!kallsyms_search(&image.target, BASE, &p))
		return;
	/* It is believed only when it can be read. */
	k = kallsyms_read(&image.target, &p, &error);
	HOLDS(k);
	table_try(k);
}

static void btf_try(const uint8_t *data, size_t size)
{
	struct error error;
	struct btf_types *types = btf_types_read(data, size, &error);
	struct target_member m;
	size_t bytes;
	int64_t value;

	if (!types)
		return;
	for (size_t i = 0; i < WORDS; i++) {
		btf_types_size(types, words[i], &bytes);
		btf_types_enumerator(types, words[i], &value);
		for (size_t j = 0; j < WORDS; j++)
			btf_types_member(types, words[i], words[j], &m);
	}
	btf_types_free(types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const uint8_t *, size_t) = { vmcoreinfo_try, kallsyms_try,
								    search_try, btf_try };

	if (size)
		readers[*data % 4](data + 1, size - 1);
	return 0;
}
