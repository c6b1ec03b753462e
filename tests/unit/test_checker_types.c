/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which types an object may be of, by the kernel's BTF and by what its neighbours hold: why/candidates, evidence. */
#include <bpf/btf.h>
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* Of wide_node: 40 1 2 are free. Its objects have 72 bytes, and gamma is no type of that size. */
#define USED_INDEX 30
#define FREE_INDEX 1
#define OBJECTS 42

#define FUNCTION (IMAGE_TEXT + 0x100)
#define STRANGE (IMAGE_TEXT + 0x200)

/* The offsets of what is stored. */
#define ENTRY 16
#define CALL 32
#define COUNT 40

static int head_add(struct btf *btf)
{
	int to_list = btf__add_ptr(btf, btf__type_cnt(btf) + 1);
	int list = btf__add_struct(btf, "list_head", 16);

	btf__add_field(btf, "next", to_list, 0, 0);
	btf__add_field(btf, "prev", to_list, 64, 0);
	return list;
}

/* A structure of so many bytes with an entry of a list, a function and a number. */
static void dev_add(struct btf *btf, const char *name, uint32_t size, int entry, int call,
		    int number)
{
	btf__add_struct(btf, name, size);
	btf__add_field(btf, "entry", entry, 8 * ENTRY, 0);
	btf__add_field(btf, "call", call, 8 * CALL, 0);
	btf__add_field(btf, "count", number, 8 * COUNT, 0);
}

/*
 * Of 72 bytes: three that fit, or not: by the parameters of a function, by the list, by a number in the place of a
 * pointer. One that would fit is too large, and some have nothing to do with it.
 */
static struct btf *btf_make(unsigned int same)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "unsigned long", 8, 0);
	int list = head_add(btf), proto, other, call, other_call;
	char name[24];

	proto = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "value", number);
	other = btf__add_func_proto(btf, number);
	call = btf__add_ptr(btf, proto);
	other_call = btf__add_ptr(btf, other);
	proto = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "", number);
	btf__add_func(btf, "gamma_call", BTF_FUNC_STATIC, proto);
	dev_add(btf, "right", 72, list, call, number);
	dev_add(btf, "other_call", 72, list, other_call, number);
	dev_add(btf, "no_list", 72, number, call, number);
	dev_add(btf, "pointer", 72, list, call, call);
	dev_add(btf, "too_large", 80, list, call, number);
	btf__add_struct(btf, "nothing", 72);
	for (unsigned int i = 1; i < same; i++) {
		snprintf(name, sizeof(name), "right_%u", i);
		dev_add(btf, name, 72, list, call, number);
	}
	return btf;
}

static void btf_store(struct image *image, struct btf *btf)
{
	uint32_t size;
	const uint8_t *data = btf__raw_data(btf, &size);
	uint64_t at = image_data(image, size);

	for (uint32_t i = 0; i < size; i++)
		image_put(image, at + i, data[i], 1);
	image_symbol(image, "__start_BTF", at, 0);
	image_symbol(image, "__stop_BTF", at + size, 0);
	btf__free(btf);
}

static void object_store(struct world *w, int index)
{
	uint64_t object = image_object(w->wide_node, index);

	image_set(w->image, object + ENTRY, object + ENTRY);
	image_set(w->image, object + ENTRY + 8, object + ENTRY);
	image_set(w->image, object + CALL, FUNCTION);
	image_set(w->image, object + COUNT, 7);
}

static struct world *world_make(enum image_era era, struct btf *btf)
{
	struct world *w = world_new(era);

	image_symbol(w->image, "_stext", IMAGE_TEXT, 0);
	image_symbol(w->image, "_etext", IMAGE_TEXT + 0x100000, 0);
	image_set(w->image, FUNCTION, 0);
	image_symbol(w->image, "gamma_call", FUNCTION, 0x20);
	image_symbol(w->image, "strange_call", STRANGE, 0x20);
	if (btf)
		btf_store(w->image, btf);
	for (int i = 3; i < OBJECTS; i++)
		if (i != 40)
			object_store(w, i);
	return w;
}

#define tells(w, index, ...)                                                                   \
	do {                                                                                   \
		struct world *told = (w);                                                      \
		struct run *run = run_check(                                                   \
			told->image,                                                           \
			(struct run_options){ .address = image_object(told->wide_node, index), \
					      .is_address = true,                              \
					      .why = true });                                  \
                                                                                               \
		run_expect_type(run, "object-card", "object/type_likely=- " __VA_ARGS__);      \
		run_free(run);                                                                 \
		world_free(told);                                                              \
	} while (0)

/* A number in the place of a list entry and what lies behind the end of a type are odd, but rule nothing out. */
EACH_ERA(in_use)
{
	struct world *w = world_make((enum image_era)turn, btf_make(1));

	tells(w, USED_INDEX,
	      "object/type_candidates/best/0/name=right object/type_candidates/best/1=- "
	      "object/type_candidates/of_size=6 object/type_candidates/fitting=2 "
	      "object/type_candidates/itself=true object/type_candidates/least_bytes=9 "
	      "object/type_candidates/most_bytes=72 object/type_candidates/objects=38");
}

/* A free object is empty: what it was is told by its neighbours. */
START_TEST(free_and_empty)
{
	struct world *w = world_make(ERA_6_1, btf_make(1));

	tells(w, FREE_INDEX,
	      "object/state=free object/type_candidates/best/0/name=right "
	      "object/type_candidates/itself=false object/type_candidates/objects=38");
}
END_TEST

/* An object in use without the word that its neighbours share is not of their type. */
START_TEST(another_in_use)
{
	struct world *w = world_make(ERA_6_1, btf_make(1));
	uint64_t object = image_object(w->wide_node, USED_INDEX);

	for (uint64_t at = 0; at < 72; at += 8)
		image_set(w->image, object + at, 0x1234);
	tells(w, USED_INDEX, "object/type_candidates=-");
}
END_TEST

/* More than three that are as good: nothing is told. */
START_TEST(not_narrowed)
{
	tells(world_make(ERA_6_1, btf_make(3)), USED_INDEX,
	      "object/type_candidates/best/2/name=right_2 object/type_candidates/fitting=4");
	tells(world_make(ERA_6_1, btf_make(4)), USED_INDEX, "object/type_candidates=-");
}
END_TEST

/* A function whose parameters nobody knows says less, and a list entry alone is too little. */
START_TEST(too_little)
{
	struct world *w = world_make(ERA_6_1, btf_make(1));

	for (int i = 3; i < OBJECTS; i++)
		if (i != 40)
			image_set(w->image, image_object(w->wide_node, i) + CALL, 0);
	tells(w, USED_INDEX, "object/type_candidates=-");
	w = world_make(ERA_6_1, btf_make(1));
	for (int i = 3; i < OBJECTS; i++)
		if (i != 40)
			image_set(w->image, image_object(w->wide_node, i) + CALL, STRANGE);
	/* With both words of the entry it is enough; other parameters rule nothing out then. */
	tells(w, USED_INDEX, "object/type_candidates/fitting=3");
}
END_TEST

START_TEST(no_types)
{
	struct btf *btf = btf_make(1);
	struct world *w;

	tells(world_make(ERA_6_1, NULL), USED_INDEX, "object/type_candidates=-");
	w = world_make(ERA_6_1, btf);
	for (unsigned int i = 0; i < w->image->nr_symbols; i++)
		if (!strcmp(w->image->symbols[i].name, "__start_BTF"))
			image_set(w->image, w->image->symbols[i].value, 0);
	tells(w, USED_INDEX, "object/type_candidates=-");
}
END_TEST

Suite *suite_checker_types(void)
{
	Suite *suite = suite_create("checker_types");
	TCase *tcase = tcase_create("types");

	tcase_add_test(tcase, in_use);
	tcase_add_test(tcase, free_and_empty);
	tcase_add_test(tcase, another_in_use);
	tcase_add_test(tcase, not_narrowed);
	tcase_add_test(tcase, too_little);
	tcase_add_test(tcase, no_types);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
