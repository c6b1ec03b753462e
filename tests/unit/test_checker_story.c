/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each story of -w, and when it is not told: why/story_fault, story_check, death, fault, origin, damage. */
#include <string.h>

#include "checker/image/arch_x86_64.h"
#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

/* Of node0[0]: 4 6 8 are free. */
#define FREE_INDEX 4
#define USED_INDEX 30

#define MEMBER 0x18
#define GARBAGE UINT64_C(0x00db000000001234)
/* Where modules are; the dump has no page there. */
#define UNMAPPED UINT64_C(0xffffffffc0414d20)
#define CACHE_COPY 0x180

#define H(value) ((unsigned long long)(value))

static const uint8_t nop = 0x90;
/* mov 0x18(%rdi),%rbx, and mov 0x30(%rbx),%rax at AT. */
static const uint8_t load[] = { 0x48, 0x8b, 0x5f, MEMBER };
static const uint8_t follow[] = { 0x48, 0x8b, 0x43, 0x30 };
/* call *0x18(%rdi) */
static const uint8_t call[] = { 0xff, 0x57, MEMBER };
static const uint8_t ud2[] = { 0x0f, 0x0b };

static uint64_t used(const struct dead_kernel *d)
{
	return image_object(d->w->node0[0], USED_INDEX);
}

static uint64_t freed(const struct dead_kernel *d)
{
	return image_object(d->w->node0[0], FREE_INDEX);
}

static uint64_t freepointer(const struct dead_kernel *d)
{
	return image_word(d->image, image_slot(d->w->node0[0], FREE_INDEX));
}

/* A function of nops that follows rbx; no register leads to an object. */
static struct dead_kernel followed(uint64_t pointer)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	for (uint64_t at = OTHER_AT; at < OTHER_AT + AT; at++)
		dead_code_set(&d, at, &nop, 1);
	dead_code_set(&d, OTHER_AT + AT, follow, sizeof(follow));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, pointer);
	return d;
}

/* The same: the pointer was loaded from a member of an object. */
static struct dead_kernel loaded(uint64_t (*which)(const struct dead_kernel *d), uint64_t pointer)
{
	struct dead_kernel d = followed(pointer);
	uint64_t object = which(&d);

	dead_code_set(&d, OTHER_AT + AT - sizeof(load), load, sizeof(load));
	image_set(d.image, object + MEMBER, pointer);
	dead_reg_set(&d, X86_64_DI, object);
	return d;
}

static struct dead_kernel checked(void)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	dead_code_set(&d, OTHER_AT + AT, ud2, sizeof(ud2));
	dead_frame_make(&d, OTHER_AT + AT);
	image_set(d.image, image_field(d.image, d.task, "task_struct", "thread") + 16, 6);
	return d;
}

/* The end of the report of a check. */
static void report_end(struct dead_kernel *d)
{
	dead_log(d, "[   20.000000] kernel BUG at lib/list_debug.c:53!");
	dead_log(d, "[   20.000000] RIP: 0010:list_lru_del+0x%x/0x200", AT);
}

#define tells(d, ...)                                                                             \
	do {                                                                                      \
		struct run *run =                                                                 \
			run_check((d)->image, (struct run_options){ .scan = true, .why = true }); \
                                                                                                  \
		run_expect_type(run, "why", __VA_ARGS__);                                         \
		run_free(run);                                                                    \
		dead_free(d);                                                                     \
	} while (0)

/* --- Where the pointer came from --- */

START_TEST(loaded_from_allocated)
{
	struct dead_kernel d = loaded(used, GARBAGE);

	tells(&d,
	      "story=object-damaged cause=unknown death/loaded_from=0x%llx object/address=0x%llx "
	      "object/state=allocated object/wrong_first=0x%llx",
	      H(used(&d) + MEMBER), H(used(&d)), H(used(&d) + MEMBER));
}
END_TEST

START_TEST(loaded_from_free)
{
	struct dead_kernel d = loaded(freed, GARBAGE);

	tells(&d,
	      "story=freed-object-used cause=use-after-free certainty=likely "
	      "object/address=0x%llx object/state=free object/wrong_first=0x%llx",
	      H(freed(&d)), H(freed(&d) + MEMBER));
}
END_TEST

/* The word holds something else by now: then the instructions tell nothing. */
START_TEST(word_has_changed)
{
	struct dead_kernel d = loaded(used, GARBAGE);

	image_set(d.image, used(&d) + MEMBER, 1);
	tells(&d, "story=bad-pointer cause=unknown death/loaded_from=- object=-");
}
END_TEST

/* Something may have changed the register, or the function is not known. */
START_TEST(not_a_load)
{
	static const uint8_t add[] = { 0x48, 0x83, 0xc3, 0x00 };
	struct dead_kernel d = loaded(used, GARBAGE);

	dead_code_set(&d, OTHER_AT + AT - sizeof(add), add, sizeof(add));
	dead_code_set(&d, OTHER_AT + AT - sizeof(add) - sizeof(load), load, sizeof(load));
	/* The same word is in the object of a register: that is told, but not by the instructions. */
	tells(&d, "story=object-damaged death/loaded_from=- object/address=0x%llx", H(used(&d)));
}
END_TEST

/* --- NULL --- */

START_TEST(null_of_allocated)
{
	struct dead_kernel d = loaded(used, 0);

	/* What another register is left with is not the cause. */
	dead_reg_set(&d, X86_64_R12, freed(&d));
	tells(&d,
	      "story=null-pointer cause=unknown death/accessed_kind=null-offset "
	      "object/address=0x%llx object/state=allocated",
	      H(used(&d)));
}
END_TEST

START_TEST(null_of_free)
{
	struct dead_kernel d = loaded(freed, 0);

	tells(&d,
	      "story=freed-object-used cause=use-after-free object/address=0x%llx "
	      "object/state=free",
	      H(freed(&d)));
}
END_TEST

/* Nobody knows where it came from, and a register has a free object. */
START_TEST(null_beside_free)
{
	struct dead_kernel d = followed(0);

	dead_reg_set(&d, X86_64_R12, freed(&d));
	tells(&d, "story=freed-object-used cause=use-after-free object/address=0x%llx",
	      H(freed(&d)));
}
END_TEST

START_TEST(null_alone)
{
	struct dead_kernel d = followed(0);

	tells(&d, "story=null-pointer cause=unknown object=-");
}
END_TEST

START_TEST(error_code)
{
	struct dead_kernel d = followed((uint64_t)-12);

	tells(&d, "story=bad-pointer cause=unknown object=-");
}
END_TEST

/* --- Freepointers --- */

/* No register leads to the object any more. */
START_TEST(link_in_heap)
{
	struct dead_kernel d = followed(0);

	/* A member's offset beside it, as container_of() makes it. */
	dead_reg_set(&d, X86_64_BX, freepointer(&d) - (_i ? 0x40 : 0));
	tells(&d,
	      "story=freed-object-used cause=use-after-free certainty=certain "
	      "object/address=0x%llx object/state=free object/wrong_first=0x%llx",
	      H(freed(&d)), H(image_slot(d.w->node0[0], FREE_INDEX)));
}
END_TEST

START_TEST(link_far_off)
{
	struct dead_kernel d = followed(0);

	dead_reg_set(&d, X86_64_BX, freepointer(&d) - 0x4000);
	tells(&d, "story=bad-pointer cause=unknown object=-");
}
END_TEST

/* One that was not followed is left over from the free. */
START_TEST(link_not_followed)
{
	struct dead_kernel d = loaded(used, 0);

	dead_reg_set(&d, X86_64_R8, freepointer(&d));
	tells(&d, "story=null-pointer cause=unknown object/address=0x%llx", H(used(&d)));
}
END_TEST

/* An object in a sheaf holds what its last owner left there. */
START_TEST(not_a_link_in_a_sheaf)
{
	struct dead_kernel d = dead_new(ERA_7_2);
	uint64_t object = image_object(d.w->full0, 21);

	dead_code_set(&d, OTHER_AT + AT, follow, sizeof(follow));
	dead_frame_make(&d, OTHER_AT + AT);
	image_set(d.image, image_slot(d.w->full0, 21), GARBAGE);
	dead_reg_set(&d, X86_64_BX, GARBAGE);
	if (_i)
		dead_reg_set(&d, X86_64_R12, object);
	if (_i)
		tells(&d, "story=freed-object-used certainty=likely object/address=0x%llx",
		      H(object));
	else
		tells(&d, "story=bad-pointer object=-");
}
END_TEST

/* --- Patterns --- */

START_TEST(poison)
{
	struct dead_kernel d = loaded(_i ? used : freed, UINT64_C(0x6b6b6b6b6b6b6b6b));

	if (_i)
		tells(&d, "story=object-damaged cause=unknown object/state=allocated");
	else
		tells(&d, "story=freed-object-used cause=use-after-free object/state=free");
}
END_TEST

START_TEST(list_poison)
{
	struct dead_kernel d = loaded(_i ? used : freed, UINT64_C(0xdead000000000100));

	if (_i)
		tells(&d, "story=deleted-entry-used certainty=possible object/state=allocated");
	else
		tells(&d, "story=freed-object-used certainty=likely object/state=free");
}
END_TEST

START_TEST(flipped_bit)
{
	struct dead_kernel d = loaded(used, 0);
	uint64_t other = image_object(d.w->node0[0], USED_INDEX + 1);

	image_set(d.image, used(&d) + MEMBER, other ^ UINT64_C(1) << 58);
	dead_reg_set(&d, X86_64_BX, other ^ UINT64_C(1) << 58);
	tells(&d,
	      "story=bad-pointer cause=bit-flip certainty=likely object/address=0x%llx "
	      "object/wrong_first=0x%llx",
	      H(used(&d)), H(used(&d) + MEMBER));
}
END_TEST

/* --- What overwrote the pointer --- */

START_TEST(text_from_before)
{
	struct dead_kernel d = loaded(used, 0);

	for (uint64_t at = used(&d) - 8; at < used(&d) + MEMBER + 8; at++)
		image_put(d.image, at, 'q', 1);
	image_set(d.image, used(&d) + MEMBER, UINT64_C(0x7473657220656874));
	dead_reg_set(&d, X86_64_BX, UINT64_C(0x7473657220656874));
	tells(&d, "story=object-damaged cause=overflow certainty=likely object/address=0x%llx",
	      H(used(&d)));
}
END_TEST

START_TEST(text_of_its_own)
{
	struct dead_kernel d = loaded(used, UINT64_C(0x7473657220656874));

	tells(&d, "story=object-damaged cause=use-after-free certainty=possible");
}
END_TEST

START_TEST(upper_half)
{
	struct dead_kernel d = loaded(used, 0);
	uint64_t word = (image_object(d.w->node0[0], USED_INDEX + 1) & UINT32_MAX) | UINT64_C(1234)
											     << 32;

	image_set(d.image, used(&d) + MEMBER, word);
	dead_reg_set(&d, X86_64_BX, word);
	tells(&d, "story=object-damaged cause=short-store certainty=likely");
}
END_TEST

/* --- Calls --- */

/* The function lay in an object; nothing else is known of the caller's registers. */
static struct dead_kernel called(uint64_t function)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t back = OTHER_AT + AT;

	for (uint64_t at = OTHER_AT; at < back; at++)
		dead_code_set(&d, at, &nop, 1);
	dead_code_set(&d, back - sizeof(call), call, sizeof(call));
	dead_frame_make(&d, function);
	image_set(d.image, d.frame + FRAME_SIZE, back);
	image_set(d.image, used(&d) + MEMBER, function);
	dead_reg_set(&d, X86_64_DI, used(&d));
	return d;
}

START_TEST(call_of_null)
{
	struct dead_kernel d = called(0);

	tells(&d,
	      "story=null-pointer death/symbol=list_lru_del death/loaded_from=0x%llx "
	      "object/address=0x%llx",
	      H(used(&d) + MEMBER), H(used(&d)));
}
END_TEST

START_TEST(call_of_garbage)
{
	struct dead_kernel d = called(GARBAGE);

	tells(&d,
	      "story=object-damaged death/loaded_from=0x%llx object/address=0x%llx "
	      "object/wrong_first=0x%llx",
	      H(used(&d) + MEMBER), H(used(&d)), H(used(&d) + MEMBER));
}
END_TEST

/* A frame whose instruction pointer is not the kernel's, and that is not where hardware pushes, is not one. */
START_TEST(call_not_exact)
{
	struct dead_kernel d = called(GARBAGE);

	dead_reg_set(&d, X86_64_SP, d.frame + FRAME_SIZE + 64);
	tells(&d, "story=no-exception death=-");
}
END_TEST

/* A function of what is gone, by a register that points into a slab of a cache that was destroyed. */
static struct dead_kernel remains(uint64_t *object)
{
	/* call *%rax */
	static const uint8_t call_rax[] = { 0xff, 0xd0 };
	struct dead_kernel d = called(UNMAPPED);
	struct image_slab *slab = d.w->full0;
	uint64_t cache = image_data(d.image, CACHE_COPY), list, node;

	for (uint64_t at = 0; at < CACHE_COPY; at += 8)
		image_set(d.image, cache + at, image_word(d.image, d.w->alpha->addr + at));
	image_store(d.image, cache, "kmem_cache", "refcount", 0);
	list = image_field(d.image, cache, "kmem_cache", "list");
	image_set(d.image, list, UINT64_C(0xdead000000000100));
	image_set(d.image, list + 8, UINT64_C(0xdead000000000122));
	image_slab_store(slab, "slab_cache", cache);
	node = d.w->alpha->node[0];
	image_store(d.image, node, "kmem_cache_node", "nr_slabs",
		    image_word(d.image, image_field(d.image, node, "kmem_cache_node", "nr_slabs")) -
			    1);
	image_store(d.image, node, "kmem_cache_node", "total_objects",
		    image_word(d.image,
			       image_field(d.image, node, "kmem_cache_node", "total_objects")) -
			    slab->objects);
	dead_code_set(&d, OTHER_AT + AT - sizeof(call), &nop, 1);
	dead_code_set(&d, OTHER_AT + AT - sizeof(call_rax), call_rax, sizeof(call_rax));
	image_set(d.image, used(&d) + MEMBER, 0);
	*object = image_object(slab, 3);
	image_set(d.image, *object + MEMBER, UNMAPPED);
	dead_reg_set(&d, X86_64_AX, UNMAPPED);
	dead_reg_set(&d, X86_64_DI, *object);
	return d;
}

START_TEST(call_from_destroyed)
{
	uint64_t object;
	struct dead_kernel d = remains(&object);
	struct run *run = run_check(d.image, (struct run_options){ .scan = true, .why = true });
	const char *line;

	run_expect(run, "id=cache-destroyed severity=note cache=alpha");
	run_expect_type(run, "why",
			"story=bad-pointer death/symbol=list_lru_del cause=unknown "
			"object/address=0x%llx object/state=allocated object/cache=alpha",
			H(object));
	line = run_line(run, "type=why");
	unit_check(line && strstr(line, "from +0x18 in object 3 of alpha (destroyed)"), "%s",
		   line ? line : "no story");
	run_free(run);
	dead_free(&d);
}
END_TEST

/* --- Interrupts, and copies --- */

START_TEST(interrupt)
{
	struct dead_kernel d = followed(0);

	dead_code_set(&d, OTHER_AT + AT, &nop, 1);
	tells(&d, "story=no-exception death=-");
}
END_TEST

/* rep movsb: where it reads is there, where it writes is not, or the other way round. */
START_TEST(copy)
{
	static const uint8_t rep_movsb[] = { 0xf3, 0xa4 };
	struct dead_kernel d = followed(0);

	dead_code_set(&d, OTHER_AT + AT, rep_movsb, sizeof(rep_movsb));
	dead_reg_set(&d, _i ? X86_64_SI : X86_64_DI, GARBAGE);
	dead_reg_set(&d, _i ? X86_64_DI : X86_64_SI, used(&d));
	tells(&d, "story=bad-pointer death/base=%s death/accessed=0x%llx", _i ? "rsi" : "rdi",
	      H(GARBAGE));
}
END_TEST

/* --- Checks --- */

START_TEST(check_read_freepointer)
{
	struct dead_kernel d = checked();
	uint64_t raw = freepointer(&d);

	dead_log(
		&d,
		"[   20.000000] list_del corruption. prev->next should be %016llx, but was %016llx",
		H(used(&d)), H(raw));
	report_end(&d);
	tells(&d,
	      "story=freed-object-used cause=use-after-free certainty=certain "
	      "object/address=0x%llx object/state=free",
	      H(freed(&d)));
}
END_TEST

START_TEST(check_names_free_object)
{
	struct dead_kernel d = checked();

	dead_log(&d, "[   20.000000] list_del corruption, %016llx->next is NULL",
		 H(freed(&d) + 16));
	report_end(&d);
	tells(&d,
	      "story=freed-object-used cause=use-after-free certainty=likely "
	      "object/address=0x%llx object/state=free",
	      H(freed(&d)));
}
END_TEST

/* The kernel names a cache alone: the object of that cache that a register has. */
START_TEST(check_names_cache)
{
	struct dead_kernel d = checked();

	dead_reg_set(&d, X86_64_BX, used(&d));
	dead_reg_set(&d, X86_64_R12, image_object(d.w->big_node, 1));
	dead_log(&d, "[   20.000000] cache_from_obj: Wrong slab cache. %s but object is from alpha",
		 "gamma");
	report_end(&d);
	tells(&d, "story=check-failed object/address=0x%llx object/cache=alpha", H(used(&d)));
}
END_TEST

/* Without a word of the kernel's a free object in a register is all there is. */
START_TEST(check_without_log)
{
	struct dead_kernel d = checked();

	dead_reg_set(&d, X86_64_R12, freed(&d) + 8);
	tells(&d, "story=freed-object-used object/address=0x%llx", H(freed(&d)));
}
END_TEST

START_TEST(check_alone)
{
	struct dead_kernel d = checked();

	tells(&d, "story=check-failed cause=unknown object=-");
}
END_TEST

/* KFENCE reports, and the kernel panics of that: there is no exception. */
START_TEST(report_of_a_tool)
{
	struct dead_kernel d = dead_new(ERA_6_1);

	dead_log(&d, "[   20.000000] BUG: KFENCE: %s in list_lru_del+0x%x/0x200",
		 _i ? "out-of-bounds read" : "use-after-free read", AT);
	if (_i)
		tells(&d, "story=no-exception cause=unknown death=-");
	else
		tells(&d, "story=freed-object-used cause=use-after-free certainty=likely death=-");
}
END_TEST

Suite *suite_checker_story(void)
{
	Suite *suite = suite_create("checker_story");
	TCase *faults = tcase_create("faults"), *checks = tcase_create("checks");

	tcase_add_test(faults, loaded_from_allocated);
	tcase_add_test(faults, loaded_from_free);
	tcase_add_test(faults, word_has_changed);
	tcase_add_test(faults, not_a_load);
	tcase_add_test(faults, null_of_allocated);
	tcase_add_test(faults, null_of_free);
	tcase_add_test(faults, null_beside_free);
	tcase_add_test(faults, null_alone);
	tcase_add_test(faults, error_code);
	tcase_add_loop_test(faults, link_in_heap, 0, 2);
	tcase_add_test(faults, link_far_off);
	tcase_add_test(faults, link_not_followed);
	tcase_add_loop_test(faults, not_a_link_in_a_sheaf, 0, 2);
	tcase_add_loop_test(faults, poison, 0, 2);
	tcase_add_loop_test(faults, list_poison, 0, 2);
	tcase_add_test(faults, flipped_bit);
	tcase_add_test(faults, text_from_before);
	tcase_add_test(faults, text_of_its_own);
	tcase_add_test(faults, upper_half);
	tcase_add_test(faults, call_of_null);
	tcase_add_test(faults, call_of_garbage);
	tcase_add_test(faults, call_not_exact);
	tcase_add_test(faults, call_from_destroyed);
	tcase_add_test(faults, interrupt);
	tcase_add_loop_test(faults, copy, 0, 2);
	tcase_set_timeout(faults, RUN_TIMEOUT);
	suite_add_tcase(suite, faults);
	tcase_add_test(checks, check_read_freepointer);
	tcase_add_test(checks, check_names_free_object);
	tcase_add_test(checks, check_names_cache);
	tcase_add_test(checks, check_without_log);
	tcase_add_test(checks, check_alone);
	tcase_add_loop_test(checks, report_of_a_tool, 0, 2);
	tcase_set_timeout(checks, RUN_TIMEOUT);
	suite_add_tcase(suite, checks);
	return suite;
}
