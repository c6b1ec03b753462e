/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMCOREINFO and kallsyms: tables of all forms, made as scripts/kallsyms.c makes them. */
#include "triage/kallsyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "triage/vmcoreinfo.h"

#define SYMBOL_SIZE 64 /* a name with its type and its end */
#define BASE 0xffffffff81000000ull
#define ROOM (64u << 10)
/* Where the table begins, and the symbols. */
#define TABLE 0x3008u
#define NR_SYMBOLS 700u
#define STEXT BASE
/* A token that stands for more than its letter. */
#define TOKEN_SLAB 1

enum form { FORM_ADDRESSES, FORM_BASE, FORM_BASE_PERCPU, FORM_PLACE };

struct image {
	struct target target;
	uint8_t bytes[ROOM];
	size_t end;
	struct kallsyms_place place;
};

static enum target_status image_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct image *image = (const struct image *)t;

	if (addr < BASE || addr - BASE > ROOM || len > ROOM - (addr - BASE))
		return TARGET_UNMAPPED;
	memcpy(buf, image->bytes + (addr - BASE), len);
	return TARGET_OK;
}

static const struct target_ops image_ops = { .read = image_read };

static uint64_t put(struct image *image, const void *bytes, size_t size)
{
	uint64_t at = BASE + image->end;

	memcpy(image->bytes + image->end, bytes, size);
	image->end += size;
	return at;
}

static void align(struct image *image)
{
	image->end = (image->end + 7) & ~(size_t)7;
}

/* Symbol 0 is _stext, 1 a per-CPU variable, 2 and 3 share a name and 4 and 5 an address. */
static void symbol_make(unsigned int i, char name[SYMBOL_SIZE], uint64_t *addr)
{
	*addr = STEXT + 0x100 * i;
	snprintf(name, SYMBOL_SIZE, "tsymbol_%u", i);
	switch (i) {
	case 0:
		snprintf(name, SYMBOL_SIZE, "T_stext");
		break;
	case 1:
		snprintf(name, SYMBOL_SIZE, "Acpu_number");
		*addr = 0x1f0;
		break;
	case 2:
		snprintf(name, SYMBOL_SIZE, "tsame");
		break;
	case 3:
		snprintf(name, SYMBOL_SIZE, "Tsame");
		break;
	case 4:
		snprintf(name, SYMBOL_SIZE, "tlocal_alias");
		break;
	case 5:
		snprintf(name, SYMBOL_SIZE, "Dslab_caches");
		*addr = STEXT + 0x400;
		break;
	}
}

/* "slab_" is one byte. */
static size_t name_compress(const char *name, uint8_t *out)
{
	size_t n = 0;

	while (*name) {
		if (!strncmp(name, "slab_", 5)) {
			out[n++] = TOKEN_SLAB;
			name += 5;
		} else {
			out[n++] = (uint8_t)*name++;
		}
	}
	return n;
}

static void offsets_put(struct image *image, enum form form)
{
	for (unsigned int i = 0; i < NR_SYMBOLS; i++) {
		uint64_t at = BASE + image->end, addr;
		uint32_t word;
		char name[SYMBOL_SIZE];

		symbol_make(i, name, &addr);
		if (form == FORM_ADDRESSES) {
			put(image, &addr, 8);
			continue;
		}
		word = (uint32_t)(addr - STEXT);
		if (form == FORM_PLACE)
			word = (uint32_t)(addr - at);
		else if (form == FORM_BASE_PERCPU)
			word = addr < STEXT ? (uint32_t)addr : (uint32_t)(STEXT - 1 - addr);
		put(image, &word, 4);
	}
}

static void names_put(struct image *image, uint32_t *markers)
{
	uint64_t start = BASE + image->end, addr;

	for (unsigned int i = 0; i < NR_SYMBOLS; i++) {
		uint8_t bytes[65];
		char name[SYMBOL_SIZE];

		if (!(i % 256))
			markers[i / 256] = (uint32_t)(BASE + image->end - start);
		symbol_make(i, name, &addr);
		bytes[0] = (uint8_t)name_compress(name, bytes + 1);
		put(image, bytes, 1 + bytes[0]);
	}
}

static void tokens_put(struct image *image)
{
	uint16_t index[256];
	uint64_t start = BASE + image->end;

	for (unsigned int i = 0; i < 256; i++) {
		char token[16];

		index[i] = (uint16_t)(BASE + image->end - start);
		if (i == TOKEN_SLAB)
			snprintf(token, sizeof(token), "slab_");
		else if (i > ' ' && i < 127)
			snprintf(token, sizeof(token), "%c", (int)i);
		else
			snprintf(token, sizeof(token), "unused%u", i);
		put(image, token, strlen(token) + 1);
	}
	align(image);
	image->place.token_table = start;
	image->place.token_index = put(image, index, sizeof(index));
}

static struct image *image_new(enum form form)
{
	struct image *image = calloc(1, sizeof(*image));
	uint32_t markers[NR_SYMBOLS / 256 + 1];
	uint64_t base = STEXT, number = NR_SYMBOLS;
	struct kallsyms_place *p = &image->place;

	image->target.ops = &image_ops;
	image->target.page_shift = 12;
	/* Something else before it, with small numbers too. */
	for (size_t i = 0; i < TABLE; i++)
		image->bytes[i] = (uint8_t)(i % 7 ? 0 : i);
	image->end = TABLE;
	if (form == FORM_ADDRESSES)
		p->addresses = BASE + image->end;
	else
		p->offsets = BASE + image->end;
	offsets_put(image, form);
	align(image);
	if (form == FORM_BASE || form == FORM_BASE_PERCPU)
		p->base = put(image, &base, 8);
	p->nr_symbols = put(image, &number, 8);
	p->names = BASE + image->end;
	names_put(image, markers);
	align(image);
	put(image, markers, sizeof(markers));
	align(image);
	tokens_put(image);
	return image;
}

static struct kallsyms *read_table(struct image *image, const struct kallsyms_place *place)
{
	struct error error = { 0 };
	struct kallsyms *k = kallsyms_read(&image->target, place, &error);

	unit_check(k != NULL, "%s", error.text);
	return k;
}

START_TEST(every_form)
{
	struct image *image = image_new((enum form)_i);
	struct kallsyms *k = read_table(image, &image->place);

	unit_check_eq(kallsyms_number(k), NR_SYMBOLS);
	for (unsigned int i = 6; i < NR_SYMBOLS; i++) {
		uint64_t expected, value = 0;
		char name[SYMBOL_SIZE];

		symbol_make(i, name, &expected);
		unit_check(kallsyms_symbol(k, name + 1, &value), "no %s", name);
		unit_check_eq(value, expected);
	}
	kallsyms_free(k);
	free(image);
}
END_TEST

START_TEST(names_and_kinds)
{
	struct image *image = image_new(FORM_BASE_PERCPU);
	struct kallsyms *k = read_table(image, &image->place);
	uint64_t value = 0;

	unit_check(kallsyms_symbol(k, "slab_caches", &value), "a token is not unfolded");
	unit_check_eq(value, STEXT + 0x400);
	unit_check(kallsyms_symbol(k, "cpu_number", &value), "no per-CPU variable");
	unit_check_eq(value, 0x1f0);
	unit_check(kallsyms_symbol(k, "same", &value), "no symbol of two");
	unit_check_eq(value, STEXT + 0x300);
	unit_check(!kallsyms_symbol(k, "nothing", &value), "found what is not there");
	kallsyms_free(k);
	free(image);
}
END_TEST

START_TEST(symbol_at)
{
	struct image *image = image_new(FORM_BASE_PERCPU);
	struct kallsyms *k = read_table(image, &image->place);
	uint64_t offset = 0;
	const char *name;

	unit_check(kallsyms_symbol_at(k, STEXT + 0x412, &name, &offset), "nothing there");
	unit_check(!strcmp(name, "slab_caches"), "a local name was preferred: %s", name);
	unit_check_eq(offset, 0x12);
	unit_check(kallsyms_symbol_at(k, STEXT, &name, &offset), "not the first");
	unit_check(!strcmp(name, "_stext") && !offset, "%s", name);
	unit_check(!kallsyms_symbol_at(k, STEXT - 1, &name, &offset), "before the image");
	unit_check(!kallsyms_symbol_at(k, 0x1f0, &name, &offset), "a per-CPU offset");
	unit_check(!kallsyms_symbol_at(k, STEXT + 0x10000000, &name, &offset), "behind the image");
	kallsyms_free(k);
	free(image);
}
END_TEST

START_TEST(searched)
{
	static const enum form forms[] = { FORM_ADDRESSES, FORM_BASE, FORM_BASE_PERCPU };
	struct image *image = image_new(forms[_i]);
	struct kallsyms_place place;

	unit_check(kallsyms_search(&image->target, STEXT, &place), "not found");
	unit_check(!memcmp(&place, &image->place, sizeof(place)), "found elsewhere");
	free(image);
}
END_TEST

START_TEST(searched_in_vain)
{
	struct image *image = image_new(FORM_BASE);
	struct kallsyms_place place;

	unit_check(!kallsyms_search(&image->target, STEXT + 0x100, &place),
		   "believed though the table does not know _stext there");
	image->bytes[image->place.names - BASE]++;
	unit_check(!kallsyms_search(&image->target, STEXT, &place), "believed damaged names");
	free(image);
}
END_TEST

START_TEST(damaged)
{
	struct error error;

	/* A byte of the table at a time: whatever is read, it ends, and inside of the image. */
	for (size_t i = TABLE; i < TABLE + 0x3000; i += 13) {
		struct image *image = image_new(FORM_BASE);
		struct kallsyms *k;

		image->bytes[i] ^= 0xff;
		k = kallsyms_read(&image->target, &image->place, &error);
		kallsyms_free(k);
		free(image);
	}
}
END_TEST

START_TEST(too_many)
{
	struct image *image = image_new(FORM_BASE);
	struct error error = { 0 };

	memset(image->bytes + (image->place.nr_symbols - BASE), 0xff, 4);
	unit_check(!kallsyms_read(&image->target, &image->place, &error), "read");
	unit_check(strstr(error.text, "number") != NULL, "%s", error.text);
	free(image);
}
END_TEST

START_TEST(vmcoreinfo)
{
	static const char info[] = "OSRELEASE=6.1.0-test\n"
				   "SYMBOL(_stext)=ffffffffa6a00000\n"
				   "NUMBER(phys_base)=-12\n"
				   "NUMBER(VA_BITS)=48\n"
				   "NUMBER(bad)=12x\n"
				   "KERNELOFFSET=25a00000\n"
				   "SYMBOL(last)=10";
	uint64_t value = 7;
	char text[8];

	unit_check(vmcoreinfo_symbol(info, "_stext", &value), "no symbol");
	unit_check_eq(value, 0xffffffffa6a00000);
	unit_check(vmcoreinfo_symbol(info, "last", &value), "not without a line's end");
	unit_check_eq(value, 0x10);
	unit_check(vmcoreinfo_number(info, "VA_BITS", &value), "no number");
	unit_check_eq(value, 48);
	unit_check(vmcoreinfo_number(info, "phys_base", &value), "no negative number");
	unit_check_eq(value, (uint64_t)-12);
	unit_check(!vmcoreinfo_number(info, "bad", &value), "believed letters");
	unit_check(!vmcoreinfo_symbol(info, "_s", &value), "a part of a name is not a name");
	unit_check(!vmcoreinfo_symbol("", "x", &value), "found in nothing");
	unit_check(vmcoreinfo_moved(info, &value), "no offset");
	unit_check_eq(value, 0x25a00000);
	unit_check(vmcoreinfo_line(info, "OSRELEASE", text, sizeof(text)), "no line");
	unit_check(!strcmp(text, "6.1.0-t"), "not cut: %s", text);
}
END_TEST

START_TEST(places)
{
	static const char both[] = "SYMBOL(kallsyms_names)=1\nSYMBOL(kallsyms_num_syms)=2\n"
				   "SYMBOL(kallsyms_token_table)=3\n"
				   "SYMBOL(kallsyms_token_index)=4\nSYMBOL(kallsyms_offsets)=5\n";
	struct kallsyms_place p;
	char text[512];

	unit_check(kallsyms_place(both, &p), "7.0's form");
	unit_check(p.offsets == 5 && !p.base && !p.addresses, "7.0's form");
	snprintf(text, sizeof(text), "%sSYMBOL(kallsyms_relative_base)=6\n", both);
	unit_check(kallsyms_place(text, &p) && p.base == 6, "6.0's form");
	unit_check(!kallsyms_place("SYMBOL(_stext)=1\n", &p), "5.10 does not say");
}
END_TEST

Suite *suite_triage_kallsyms(void)
{
	Suite *suite = suite_create("triage_kallsyms");
	TCase *tcase = tcase_create("kallsyms");

	tcase_add_loop_test(tcase, every_form, 0, 4);
	tcase_add_test(tcase, names_and_kinds);
	tcase_add_test(tcase, symbol_at);
	tcase_add_loop_test(tcase, searched, 0, 3);
	tcase_add_test(tcase, searched_in_vain);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, too_many);
	tcase_add_test(tcase, vmcoreinfo);
	tcase_add_test(tcase, places);
	suite_add_tcase(suite, tcase);
	return suite;
}
