/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names in modules, in the three shapes that struct module has had, and from tables that are cut,
 * endless or absurd.
 */
#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "triage/modules.h"

#define BASE UINT64_C(0xffffffffc0000000)
#define BYTES 0x10000u
#define HEAD BASE /* of the list of modules */
#define MODULE(n) (BASE + 0x1000 + (n)*0x1000) /* its struct module */
#define TEXT(n) (BASE + 0x8000 + (n)*0x2000)
#define INIT(n) (TEXT(n) + 0x1000)

enum shape { MEMORY_ARRAY, LAYOUTS, PLAIN, SHAPES };

struct member_row {
	const char *type, *name;
	uint32_t offset, size;
};

static const struct member_row rows[SHAPES][12] = {
	[MEMORY_ARRAY] = { { "module", "list", 8, 16 },
			   { "module", "name", 24, 56 },
			   { "module", "mem", 0x100, 7 * 0x20 },
			   { "module_memory", "base", 0, 8 },
			   { "module_memory", "size", 12, 4 },
			   { "module", "kallsyms", 0x200, 8 },
			   { "mod_kallsyms", "symtab", 0, 8 },
			   { "mod_kallsyms", "num_symtab", 8, 4 },
			   { "mod_kallsyms", "strtab", 16, 8 } },
	[LAYOUTS] = { { "module", "list", 8, 16 },
		      { "module", "name", 24, 56 },
		      { "module", "core_layout", 0x100, 0x20 },
		      { "module", "init_layout", 0x120, 0x20 },
		      { "module_layout", "base", 0, 8 },
		      { "module_layout", "size", 8, 4 },
		      { "module", "kallsyms", 0x200, 8 },
		      { "mod_kallsyms", "symtab", 0, 8 },
		      { "mod_kallsyms", "num_symtab", 8, 4 },
		      { "mod_kallsyms", "strtab", 16, 8 } },
	[PLAIN] = { { "module", "list", 8, 16 },
		    { "module", "name", 24, 56 },
		    { "module", "module_core", 0x100, 8 },
		    { "module", "core_size", 0x108, 4 },
		    { "module", "symtab", 0x210, 8 },
		    { "module", "num_symtab", 0x218, 4 },
		    { "module", "strtab", 0x220, 8 } },
};

struct memory_of_modules {
	struct target target;
	enum shape shape;
	uint8_t bytes[BYTES];
	uint64_t unreadable; /* a page */
	bool nameless; /* the kernel has no symbol of the list */
};

static struct memory_of_modules *of(struct target *t)
{
	return (struct memory_of_modules *)t;
}

static enum target_status op_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	uint64_t at = addr - BASE, bad = of(t)->unreadable;

	if (at > BYTES || len > BYTES - at || (bad && addr < bad + 0x1000 && addr + len > bad))
		return TARGET_ABSENT;
	memcpy(buf, of(t)->bytes + at, len);
	return TARGET_OK;
}

static bool op_symbol(struct target *t, const char *name, uint64_t *value)
{
	*value = HEAD;
	return !of(t)->nameless && !strcmp(name, "modules");
}

static bool op_type_size(struct target *t, const char *type, size_t *size)
{
	*size = 0x20;
	return of(t)->shape == MEMORY_ARRAY ? !strcmp(type, "module_memory")
					    : !strcmp(type, "module_layout");
}

static bool op_member(struct target *t, const char *type, const char *name,
		      struct target_member *out)
{
	for (const struct member_row *row = rows[of(t)->shape]; row->type; row++) {
		if (strcmp(row->type, type) || strcmp(row->name, name))
			continue;
		*out = (struct target_member){ row->offset, row->size };
		return true;
	}
	return false;
}

static const struct target_ops ops = {
	.read = op_read,
	.symbol = op_symbol,
	.type_size = op_type_size,
	.member = op_member,
};

static void put(struct memory_of_modules *m, uint64_t addr, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		m->bytes[addr - BASE + i] = (uint8_t)(value >> 8 * i);
}

static void text_put(struct memory_of_modules *m, uint64_t addr, const char *text)
{
	memcpy(m->bytes + (addr - BASE), text, strlen(text) + 1);
}

static void range_put(struct memory_of_modules *m, unsigned int n, unsigned int part, uint64_t base,
		      uint32_t size)
{
	static const unsigned int size_at[SHAPES] = { 12, 8, 8 };
	uint64_t at = MODULE(n) + 0x100 + 0x20 * part;

	put(m, at, base, 8);
	put(m, at + size_at[m->shape], size, 4);
}

static void symbol_put(struct memory_of_modules *m, unsigned int n, unsigned int i,
		       const char *name, uint64_t value, uint16_t section)
{
	uint64_t symbol = MODULE(n) + 0x400 + i * sizeof(Elf64_Sym), text = 0x20 * (i + 1);

	put(m, symbol, text, 4);
	put(m, symbol + offsetof(Elf64_Sym, st_value), value, 8);
	put(m, symbol + offsetof(Elf64_Sym, st_shndx), section, 2);
	text_put(m, MODULE(n) + 0x800 + text, name);
}

/* Where the number of symbols is. */
static uint64_t number_at(const struct memory_of_modules *m, unsigned int n)
{
	return MODULE(n) + (m->shape == PLAIN ? 0x218 : 0x308);
}

static void module_put(struct memory_of_modules *m, unsigned int n, const char *name)
{
	uint64_t table = MODULE(n) + (m->shape == PLAIN ? 0x210 : 0x300);

	text_put(m, MODULE(n) + 24, name);
	range_put(m, n, 0, TEXT(n), 0x800);
	if (m->shape != PLAIN)
		range_put(m, n, 1, INIT(n), 0x100);
	put(m, MODULE(n) + 0x200, table, 8);
	put(m, table, MODULE(n) + 0x400, 8);
	put(m, table + 16, MODULE(n) + 0x800, 8);
	put(m, number_at(m, n), 7, 4);
	symbol_put(m, n, 1, "first", TEXT(n) + 0x10, 1);
	symbol_put(m, n, 2, "second", TEXT(n) + 0x200, 1);
	symbol_put(m, n, 3, "$x", TEXT(n) + 0x210, 1);
	symbol_put(m, n, 4, "undefined", TEXT(n) + 0x220, SHN_UNDEF);
	symbol_put(m, n, 5, "", TEXT(n) + 0x230, 1);
	symbol_put(m, n, 6, "begin", INIT(n), 1);
}

/* Two modules, "one" and "two". */
static struct memory_of_modules *memory_new(enum shape shape)
{
	struct memory_of_modules *m = calloc(1, sizeof(*m));

	ck_assert_ptr_nonnull(m);
	m->target = (struct target){ .ops = &ops, .page_shift = 12 };
	m->shape = shape;
	put(m, HEAD, MODULE(0) + 8, 8);
	put(m, MODULE(0) + 8, MODULE(1) + 8, 8);
	put(m, MODULE(1) + 8, HEAD, 8);
	module_put(m, 0, "one");
	module_put(m, 1, "two");
	return m;
}

/* "name+offset [module]", or "" when nobody knows. */
static const char *named(struct memory_of_modules *m, uint64_t addr)
{
	static char text[128];
	struct modules *modules = modules_new();
	struct target_symbol symbol = { 0 };

	ck_assert_ptr_nonnull(modules);
	*text = '\0';
	if (modules_symbol_at(modules, &m->target, addr, &symbol)) {
		struct target_symbol again;

		snprintf(text, sizeof(text), "%s+%#x [%s]", symbol.name,
			 (unsigned int)symbol.offset, symbol.module);
		/* What was read is kept. */
		unit_check(modules_symbol_at(modules, &m->target, addr, &again) &&
				   again.name == symbol.name,
			   "another answer the second time");
	}
	modules_free(modules);
	return text;
}

#define expect(m, addr, text) \
	unit_check(!strcmp(named(m, addr), text), "%#llx is '%s'", (unsigned long long)(addr), text)

START_TEST(found)
{
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		struct memory_of_modules *m = memory_new(shape);

		expect(m, TEXT(0) + 0x10, "first+0 [one]");
		expect(m, TEXT(0) + 0x1ff, "first+0x1ef [one]");
		expect(m, TEXT(1) + 0x200, "second+0 [two]");
		/* Over what marks, what is elsewhere, and what has no name. */
		expect(m, TEXT(1) + 0x7ff, "second+0x5ff [two]");
		expect(m, INIT(1) + 4, shape == PLAIN ? "" : "begin+0x4 [two]");
		/* Before the first symbol, behind the end, elsewhere. */
		expect(m, TEXT(0) + 0xf, "");
		expect(m, TEXT(0) + 0x800, "");
		expect(m, UINT64_C(0xffffffff81000000), "");
		expect(m, UINT64_C(0), "");
		free(m);
	}
}
END_TEST

/* What is cut off or makes no sense takes itself away, and nothing else. */
START_TEST(broken)
{
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		struct memory_of_modules *m = memory_new(shape);

		put(m, MODULE(1) + 8, MODULE(0) + 8, 8);
		expect(m, TEXT(1) + 0x10, "first+0 [two]");
		expect(m, UINT64_C(0xffffffff81000000), "");
		put(m, MODULE(1) + 8, 0xdead, 8);
		expect(m, TEXT(0) + 0x10, "first+0 [one]");
		put(m, number_at(m, 0), 0xffffffff, 4);
		expect(m, TEXT(0) + 0x10, "");
		expect(m, TEXT(1) + 0x10, "first+0 [two]");
		/* More symbols than there is memory behind the table. */
		put(m, number_at(m, 1), 0x7ffff, 4);
		expect(m, TEXT(1) + 0x10, "");
		put(m, number_at(m, 1), 0, 4);
		expect(m, TEXT(1) + 0x10, "");
		put(m, number_at(m, 1), 7, 4);
		m->unreadable = MODULE(0);
		expect(m, TEXT(0) + 0x10, "");
		m->unreadable = HEAD;
		expect(m, TEXT(1) + 0x10, "");
		m->unreadable = 0;
		/* A name that does not end. */
		memset(m->bytes + (MODULE(1) + 0x820 - BASE), 'a', 0x7e0);
		expect(m, TEXT(1) + 0x10, "");
		m->nameless = true;
		expect(m, TEXT(0) + 0x10, "");
		free(m);
	}
}
END_TEST

/* A kernel without one of the members. */
START_TEST(unknown_shape)
{
	struct memory_of_modules *m = memory_new(MEMORY_ARRAY);

	m->shape = SHAPES - 1;
	put(m, MODULE(0) + 0x108, 0, 4);
	put(m, MODULE(1) + 0x108, 0, 4);
	expect(m, TEXT(0) + 0x10, "");
	free(m);
}
END_TEST

Suite *suite_triage_modules(void)
{
	Suite *suite = suite_create("triage_modules");
	TCase *tcase = tcase_create("modules");

	tcase_add_test(tcase, found);
	tcase_add_test(tcase, broken);
	tcase_add_test(tcase, unknown_shape);
	suite_add_tcase(suite, tcase);
	return suite;
}
