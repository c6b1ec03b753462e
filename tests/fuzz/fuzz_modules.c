/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of modules' symbols, under any memory: it ends, inside of the image, and says the same
 * when it is asked again.
 *
 * Input: memory at BASE, which begins with the head of the list of modules.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "triage/modules.h"

/* Few bytes that are not zero: pointers are easily made. */
#define BASE UINT64_C(0x10000)

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
		return TARGET_ABSENT;
	memcpy(buf, image->bytes + at, len);
	return TARGET_OK;
}

static bool image_symbol(struct target *t, const char *name, uint64_t *value)
{
	(void)t;
	*value = BASE;
	return !strcmp(name, "modules");
}

static bool image_type_size(struct target *t, const char *type, size_t *size)
{
	(void)t;
	*size = 16;
	return !strcmp(type, "module_memory");
}

static bool image_member(struct target *t, const char *type, const char *member,
			 struct target_member *out)
{
	static const struct {
		const char *type, *member;
		struct target_member m;
	} rows[] = {
		{ "module", "list", { 0, 16 } },	 { "module", "name", { 16, 16 } },
		{ "module", "mem", { 32, 32 } },	 { "module", "kallsyms", { 64, 8 } },
		{ "module_memory", "base", { 0, 8 } },	 { "module_memory", "size", { 8, 4 } },
		{ "mod_kallsyms", "symtab", { 0, 8 } },	 { "mod_kallsyms", "num_symtab", { 8, 4 } },
		{ "mod_kallsyms", "strtab", { 16, 8 } },
	};

	(void)t;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].type, type) || strcmp(rows[i].member, member))
			continue;
		*out = rows[i].m;
		return true;
	}
	return false;
}

static const struct target_ops image_ops = {
	.read = image_read,
	.symbol = image_symbol,
	.type_size = image_type_size,
	.member = image_member,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .target = { .ops = &image_ops, .page_shift = 12 },
			       .bytes = data,
			       .size = size };
	struct modules *modules = modules_new();

	HOLDS(modules);
	for (uint64_t addr = BASE; addr < BASE + 0x400; addr += 0x20) {
		struct target_symbol first = { 0 }, again = { 0 };

		if (!modules_symbol_at(modules, &image.target, addr, &first))
			continue;
		HOLDS(*first.name && strlen(first.name) < 256 && strlen(first.module) < 64);
		HOLDS(first.offset <= addr);
		HOLDS(modules_symbol_at(modules, &image.target, addr, &again));
		HOLDS(again.name == first.name && again.offset == first.offset);
	}
	modules_free(modules);
	return 0;
}
