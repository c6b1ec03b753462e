/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types out of BTF that libbpf wrote for the test, and out of what is left of it when it is damaged. */
#include "decoders/btf.h"

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* A block, and what belongs to it. */
struct block {
	struct btf_block b;
	void *data;
	uint32_t *at;
};

/*
 * struct list_head { struct list_head *next, *prev; };
 * struct work { unsigned long data; struct list_head entry; void (*func)(struct work *); };
 * struct dev {
 *	int id:4, kind:4;
 *	union { struct work work; const struct dev *up; };
 *	struct list_head lists[2];
 *	char tail[];
 * };
 */
struct made {
	struct btf *btf;
	int list, work, dev, proto, function, other;
};

static struct made btf_make(void)
{
	struct made m = { .btf = btf__new_empty() };
	struct btf *btf = m.btf;
	int word = btf__add_int(btf, "unsigned long", 8, 0);
	int number = btf__add_int(btf, "int", 4, 1);
	int byte = btf__add_int(btf, "char", 1, 1);
	int to_list, to_work, to_proto, either, lists, tail, up;

	to_list = btf__add_ptr(btf, 5);
	m.list = btf__add_struct(btf, "list_head", 16);
	btf__add_field(btf, "next", to_list, 0, 0);
	btf__add_field(btf, "prev", to_list, 64, 0);
	to_work = btf__add_ptr(btf, 9);
	m.proto = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "", to_work);
	to_proto = btf__add_ptr(btf, m.proto);
	m.work = btf__add_struct(btf, "work", 32);
	btf__add_field(btf, "data", word, 0, 0);
	btf__add_field(btf, "entry", m.list, 64, 0);
	btf__add_field(btf, "func", to_proto, 192, 0);
	up = btf__add_const(btf, 15);
	up = btf__add_ptr(btf, up);
	either = btf__add_union(btf, "", 32);
	btf__add_field(btf, "work", m.work, 0, 0);
	btf__add_field(btf, "up", up, 0, 0);
	lists = btf__add_array(btf, number, m.list, 2);
	tail = btf__add_array(btf, number, byte, 0);
	m.dev = btf__add_struct(btf, "dev", 72);
	btf__add_field(btf, "id", number, 0, 4);
	btf__add_field(btf, "kind", number, 4, 4);
	btf__add_field(btf, "", either, 64, 0);
	btf__add_field(btf, "lists", lists, 320, 0);
	btf__add_field(btf, "tail", tail, 576, 0);
	m.function = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "work", to_work);
	btf__add_func(btf, "dev_work", BTF_FUNC_STATIC, m.function);
	m.other = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "work", to_work);
	return m;
}

static bool block_open(struct block *block, const void *data, uint32_t size,
		       const struct btf_block *base)
{
	block->at = NULL;
	block->data = malloc(size ? size : 1);
	ck_assert_ptr_nonnull(block->data);
	memcpy(block->data, data, size);
	if (!btf_open(&block->b, block->data, size, base))
		return false;
	block->at = calloc(block->b.nr, sizeof(*block->at));
	ck_assert_ptr_nonnull(block->at);
	btf_index(&block->b, block->at);
	return true;
}

static void block_close(struct block *block)
{
	free(block->at);
	free(block->data);
}

struct seen {
	const struct btf_block *b;
	char text[512];
};

static bool leaf_see(void *ctx, const struct btf_leaf *leaf)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s:%s+%u/%u:%s+%u ", leaf->path,
		 btf_name(seen->b, leaf->type), leaf->within, leaf->size,
		 btf_name(seen->b, leaf->parent), leaf->parent_offset);
	return false;
}

static void lies_at(const struct btf_block *b, uint32_t id, uint32_t offset, const char *text)
{
	struct seen seen = { .b = b };

	btf_leaves(b, id, offset, leaf_see, &seen);
	unit_check(!strcmp(seen.text, text), "at %u: %s, not %s", offset, seen.text, text);
}

START_TEST(types)
{
	struct made m = btf_make();
	struct block block;
	uint32_t size, id = 0;
	const void *data = btf__raw_data(m.btf, &size);
	bool is_const;

	unit_check(block_open(&block, data, size, NULL), "refused");
	ck_assert_uint_eq(block.b.nr, btf__type_cnt(m.btf) - 1);
	for (uint32_t i = 1; i < btf__type_cnt(m.btf); i++) {
		const struct btf_type *t = btf__type_by_id(m.btf, i);

		ck_assert_int_eq((int)btf_kind_of(&block.b, i), btf_kind(t));
		ck_assert_str_eq(btf_name(&block.b, i), btf__name_by_offset(m.btf, t->name_off));
		if (btf_kind(t) != BTF_KIND_FUNC && btf_kind(t) != BTF_KIND_FUNC_PROTO)
			unit_check(btf_size(&block.b, i) == (uint32_t)btf__resolve_size(m.btf, i),
				   "type %u has %u bytes", i, btf_size(&block.b, i));
		if (btf_kind(t) == BTF_KIND_CONST)
			id = i;
	}
	ck_assert_uint_eq(btf_strip(&block.b, id, &is_const), (uint32_t)m.dev);
	unit_check(is_const, "const was lost");
	unit_check(btf_is_open_ended(&block.b, (uint32_t)m.dev), "dev ends");
	unit_check(!btf_is_open_ended(&block.b, (uint32_t)m.work), "work has no end");
	unit_check(btf_same_proto(&block.b, (uint32_t)m.proto, (uint32_t)m.function), "differ");
	unit_check(!btf_same_proto(&block.b, (uint32_t)m.proto, (uint32_t)m.other), "are the same");
	unit_check(!btf_same_proto(&block.b, (uint32_t)m.proto, (uint32_t)m.dev), "no function");
	ck_assert_int_eq((int)btf_kind_of(&block.b, block.b.nr + 1), BTF_VOID);
	block_close(&block);
	btf__free(m.btf);
}
END_TEST

START_TEST(leaves)
{
	struct made m = btf_make();
	struct block block;
	uint32_t size, dev = (uint32_t)m.dev;
	const void *data = btf__raw_data(m.btf, &size);

	unit_check(block_open(&block, data, size, NULL), "refused");
	lies_at(&block.b, dev, 8, "work.data:unsigned long+0/8:work+0 up:+0/8:dev+8 ");
	lies_at(&block.b, dev, 12, "work.data:unsigned long+4/8:work+4 up:+4/8:dev+12 ");
	lies_at(&block.b, dev, 24, "work.entry.prev:+0/8:list_head+8 ");
	lies_at(&block.b, dev, 32, "work.func:+0/8:work+24 ");
	lies_at(&block.b, dev, 56, "lists.next:+0/8:list_head+0 ");
	lies_at(&block.b, dev, 64, "lists.prev:+0/8:list_head+8 ");
	lies_at(&block.b, dev, 4, "");
	lies_at(&block.b, dev, 72, "");
	unit_check(btf_begins(&block.b, dev, 0, "dev"), "dev is not dev");
	unit_check(btf_begins(&block.b, dev, 8, "work"), "no work");
	unit_check(btf_begins(&block.b, dev, 16, "list_head"), "no entry");
	unit_check(btf_begins(&block.b, dev, 56, "list_head"), "no second list");
	unit_check(!btf_begins(&block.b, dev, 24, "list_head"), "a list in the middle");
	unit_check(!btf_begins(&block.b, dev, 0, "work"), "work at the start");
	block_close(&block);
	btf__free(m.btf);
}
END_TEST

/* A module's goes on where the kernel's ends. */
START_TEST(module_goes_on)
{
	struct made m = btf_make();
	struct btf *split = btf__new_empty_split(m.btf);
	struct block kernel, module;
	uint32_t size, id;
	const void *data = btf__raw_data(m.btf, &size);

	unit_check(block_open(&kernel, data, size, NULL), "refused");
	id = (uint32_t)btf__add_struct(split, "card", 72);
	btf__add_field(split, "number", 1, 0, 0);
	btf__add_field(split, "list", m.list, 64, 0);
	data = btf__raw_data(split, &size);
	unit_check(block_open(&module, data, size, &kernel.b), "the module's was refused");
	ck_assert_uint_eq(module.b.first, kernel.b.nr + 1);
	ck_assert_str_eq(btf_name(&module.b, id), "card");
	lies_at(&module.b, id, 8, "list.next:+0/8:list_head+0 ");
	lies_at(&module.b, (uint32_t)m.dev, 32, "work.func:+0/8:work+24 ");
	ck_assert_int_eq((int)btf_kind_of(&kernel.b, id), BTF_VOID);
	block_close(&module);
	block_close(&kernel);
	btf__free(split);
	btf__free(m.btf);
}
END_TEST

/* Asks everything about everything. */
static void all_ask(const struct btf_block *b)
{
	for (uint32_t id = 0; id <= b->nr + 1; id++) {
		struct seen seen = { .b = b };

		btf_name(b, id);
		btf_size(b, id);
		btf_is_open_ended(b, id);
		btf_same_proto(b, id, 1);
		btf_begins(b, id, 8, "work");
		for (uint32_t offset = 0; offset < 80; offset += 4)
			btf_leaves(b, id, offset, leaf_see, &seen);
	}
}

/* Each byte wrong, and each length: nothing outside of the block is read (under ASan), and all of it ends. */
START_TEST(damaged)
{
	struct made m = btf_make();
	uint32_t size;
	const uint8_t *data = btf__raw_data(m.btf, &size);
	uint8_t *copy = malloc(size);

	ck_assert_ptr_nonnull(copy);
	for (uint32_t i = 0; i < size; i++) {
		static const uint8_t values[] = { 0, 1, 0x0c, 0x84, 0xff };
		struct block block;

		if (block_open(&block, data, i, NULL))
			all_ask(&block.b);
		block_close(&block);
		for (size_t k = 0; k < sizeof(values); k++) {
			memcpy(copy, data, size);
			copy[i] = values[k];
			if (block_open(&block, copy, size, NULL))
				all_ask(&block.b);
			block_close(&block);
		}
	}
	free(copy);
	btf__free(m.btf);
}
END_TEST

Suite *suite_decoders_btf(void)
{
	Suite *suite = suite_create("decoders_btf");
	TCase *tcase = tcase_create("btf");

	tcase_add_test(tcase, types);
	tcase_add_test(tcase, leaves);
	tcase_add_test(tcase, module_goes_on);
	tcase_add_test(tcase, damaged);
	suite_add_tcase(suite, tcase);
	return suite;
}
