/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a damaged word to who did it, and to the word that belongs there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/json_read.h"
#include "checker/findings/findings.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))

static bool is_hardened(const struct world *w)
{
	return w->image->encoding != FREEPTR_PLAIN;
}

/* The one damage of the image, as these words say. */
__attribute__((format(printf, 2, 3))) static struct run *expect_one(struct world *w,
								    const char *format, ...)
{
	struct run *run = run_check(w->image, (struct run_options){ 0 });
	char words[512];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	run_expect(run, "%s", words);
	run_nothing_else(run, "corrupt");
	return run;
}

/* The sentences that give the reasons have to hold a text. */
static void why_expect(const struct run *run, const char *id, const char *text)
{
	const char *line = run_line(run, "type=finding id=%s", id);
	char evidence[512], causes[1536];

	ck_assert_ptr_nonnull(line);
	json_member(line, "evidence", evidence, sizeof(evidence));
	json_member(line, "causes", causes, sizeof(causes));
	unit_check(strstr(evidence, text) || strstr(causes, text), "no \"%s\" in: %s", text, line);
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

/* The CPU's list 5 3 9 of cpu0: damage the link of 3, which led to 9. */
static struct run *link_damaged(struct world *w, uint64_t raw, const char *cause)
{
	uint64_t slot = image_slot(w->cpu0, 3), good = image_word(w->image, slot);

	image_set(w->image, slot, raw);
	return expect_one(w,
			  "place=cpu-freelist index=3 raw=0x%llx expected=0x%llx repair=0x%llx "
			  "cause=%s",
			  H(raw), H(good), H(image_object(w->cpu0, 9)), cause);
}

EACH_CPU_ERA(byte_zeroed)
{
	struct world *w = world_new(ERA(turn));
	uint64_t good = image_word(w->image, image_slot(w->cpu0, 3));
	int byte = 5;
	struct run *run;
	char text[32];

	/* A hardened word may have a zero there by chance. */
	while (!(good >> 8 * byte & 0xff))
		byte--;
	run = link_damaged(w, good & ~(UINT64_C(0xff) << 8 * byte), "short-store");
	snprintf(text, sizeof(text), "byte %d was zeroed", byte);
	why_expect(run, "freelist-wild", text);
	done(w, run);
}

/* Each bit of a link that takes it out of the slab. */
EACH_CPU_ERA(bit_flip)
{
	for (unsigned int bit = 14; bit < 64; bit += 7) {
		struct world *w = world_new(ERA(turn));
		uint64_t good = image_word(w->image, image_slot(w->cpu0, 3));
		struct run *run = link_damaged(w, good ^ UINT64_C(1) << bit, "bit-flip");
		char text[32];

		snprintf(text, sizeof(text), "bit %u flipped", bit);
		why_expect(run,
			   strstr(run->text, "\"freelist-wild\"")	    ? "freelist-wild"
			   : strstr(run->text, "\"freelist-foreign-slab\"") ? "freelist-foreign-"
									      "slab"
									    : "freelist-foreign-"
									      "cache",
			   text);
		done(w, run);
	}
}

/* Heads are plain in every era. */
EACH_ERA(head_damaged)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slab_field(w->node0[0], "freelist");
	uint64_t good = image_word(w->image, slot), raw = good & ~(UINT64_C(0xff) << 40);
	struct run *run;

	image_set(w->image, slot, raw);
	run = expect_one(w,
			 "id=freelist-wild place=node-partial slot=0x%llx raw=0x%llx "
			 "expected=0x%llx repair=0x%llx",
			 H(slot), H(raw), H(good), H(good));
	why_expect(run, "freelist-wild", "byte 5 was zeroed");
	done(w, run);
}

static void fill(struct world *w, uint64_t from, uint64_t to, char c)
{
	for (; from < to; from++)
		image_put(w->image, from, (uint8_t)c, 1);
}

/* Text that begins in the allocated object 5 and runs over the link of 6. */
EACH_ERA(overflow)
{
	struct world *w = world_new(ERA(turn));
	uint64_t start = image_object(w->node0[0], 5) + 16, slot = image_slot(w->node0[0], 6);
	struct run *run;

	fill(w, start, slot + 8, 'A');
	run = expect_one(w, "id=freelist-wild place=node-partial index=6 raw=0x4141414141414141 "
			    "raw_class=repeated cause=overflow certainty=certain");
	done(w, run);
}

/* The same text in object 6 alone: its former owner wrote it. */
EACH_ERA(use_after_free)
{
	struct world *w = world_new(ERA(turn));
	uint64_t object = image_object(w->node0[0], 6);
	struct run *run;

	fill(w, object, object + 64, 'A');
	run = expect_one(w, "id=freelist-wild index=6 raw=0x4141414141414141 raw_class=repeated "
			    "cause=use-after-free");
	done(w, run);
}

/* list_del_init() in the freed object leaves a list_head that leads to itself. */
EACH_ERA(empty_list_head)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->wide_node, 1);
	struct run *run;

	image_set(w->image, slot, slot);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "cache=gamma index=1 raw=0x%llx cause=use-after-free certainty=likely",
		   H(slot));
	run_nothing_else(run, "corrupt");
	done(w, run);
}

/* kmem_cache_free() of another cache encodes with that cache's key. */
EACH_CPU_ERA(wrong_cache_free)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->cpu0, 3),
		 word = image_encode(w->beta, slot, image_object(w->cpu0, 9));
	struct run *run;

	if (is_hardened(w)) {
		image_set(w->image, slot, word);
		run = expect_one(w,
				 "id=freelist-wild index=3 raw=0x%llx cause=wrong-cache-free "
				 "certainty=certain",
				 H(word));
		why_expect(run, "freelist-wild", "key of beta");
		run_free(run);
	}
	world_free(w);
}

/* 4 6 8 becomes 4: the rest lies there still, and the counters miss it. */
EACH_ERA(cut_chain)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->node0[0], 4), good = image_word(w->image, slot);
	struct run *run;

	image_link(w->node0[0], 4, -1);
	run = expect_one(w,
			 "id=freelist-count index=4 slot=0x%llx expected=0x%llx repair=0x%llx "
			 "cause=cut-chain certainty=likely",
			 H(slot), H(good), H(image_object(w->node0[0], 6)));
	done(w, run);
}

/* The freelist is whole, so it is the use count that was written. */
EACH_ERA(counters_written)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_slab_store(w->node0[0], "counters", image_counters(w->image, 60, 64, false));
	run = expect_one(w, "id=freelist-count place=node-partial cause=metadata-write repair=-");
	done(w, run);
}

/* 5 3 9 and 5 is freed again: 5 3 9 with 5 in front, so that 5 leads to... itself when it is the
 * head; kernels before hardening write even that. */
EACH_CPU_ERA(double_free)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->cpu0, 3, 5);
	run = expect_one(w, "id=freelist-cycle index=3 cause=double-free certainty=%s",
			 is_hardened(w) ? "certain" : "likely");
	done(w, run);
}

/* set_freepointer() has a BUG_ON for that where links are encoded. */
EACH_CPU_ERA(self_link)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->cpu0, 3, 3);
	run = expect_one(w, "id=freelist-cycle index=3 cause=%s",
			 is_hardened(w) ? "wild-write" : "double-free");
	done(w, run);
}

/*
 * The incident: Ubuntu 3.13.0-45, kmalloc-32 of CPU 14. The addresses are those of the dump.
 */

#define INCIDENT_CACHE UINT64_C(0xffff880fff403c00)
#define INCIDENT_CPU UINT64_C(0xffff88203f896240)
#define INCIDENT_GOOD UINT64_C(0xffff88088fec6500)
#define INCIDENT_BAD UINT64_C(0xffff00088fec6500)
#define INCIDENT_GOOD2 UINT64_C(0xffff8808569645a0)
#define INCIDENT_BAD2 UINT64_C(0xffff0008569645a0)

struct incident {
	struct image *image;
	struct image_cache *cache;
	struct image_slab *cpu, *partial;
};

static struct incident *incident_new(void)
{
	const struct image_machine machine = {
		.direct_map = UINT64_C(0xffff880000000000),
		.frames = 0x2040000,
		.first_frame = 0xfff401,
		.percpu = UINT64_C(0xffff88203f500000),
		.nr_cpus = 16,
	};
	static struct incident incident;
	struct image *image = image_new_machine(ERA_3_13, &machine);

	image->next_percpu = 0x16240;
	while (image_object_take(image->caches[1]) < INCIDENT_CACHE - 256)
		;
	incident.image = image;
	incident.cache =
		image_cache(image, (struct image_spec){ .name = "kmalloc-32", .size = 32 });
	ck_assert_uint_eq(incident.cache->addr, INCIDENT_CACHE);
	ck_assert_uint_eq(image_cpu(incident.cache, 14), INCIDENT_CPU);
	image->next_frame = 0x88fec6;
	incident.cpu = image_slab(incident.cache, ON_CPU, 14, LIST(1, 127), LIST(9, 77, 40, 3));
	ck_assert_uint_eq(image_object(incident.cpu, 40), INCIDENT_GOOD);
	image->next_frame = 0x856964;
	incident.partial = image_slab(incident.cache, ON_NODE_PARTIAL, 1, LIST(20, 45, 8), NULL);
	ck_assert_uint_eq(image_object(incident.partial, 45), INCIDENT_GOOD2);
	image_seal(image);
	return &incident;
}

/* The exception's registers on the stack of the task that ran on CPU 14. */
static void incident_panic(struct image *image)
{
	uint64_t stack = image->direct_map + 0x5000000, task = image_data(image, 0x600);
	uint64_t frame = stack + 8192 - 0x400;
	const uint64_t regs[] = {
		INCIDENT_CACHE /* r15 */,
		0x80d0,
		INCIDENT_BAD /* r13 */,
		INCIDENT_CACHE /* r12 */,
		frame + 0x100 /* rbp */,
		0x1234,
		0x55,
		0x66,
		0x77,
		INCIDENT_CPU /* r8 */,
		0 /* rax */,
		0xb735a1 /* rcx */,
		0xb735a0 /* rdx */,
		0x80d0,
		0x16240 /* rdi */,
		UINT64_MAX,
		IMAGE_TEXT + 0x19a7c0 + 0x7c /* rip */,
		0x10,
		0x10282,
		frame + 0xb0,
		0x18,
	};

	for (int i = 0; i < UNIT_COUNT(regs); i++)
		image_set(image, frame + 8 * (unsigned int)i, regs[i]);
	image_symbol(image, "kmem_cache_alloc_trace", IMAGE_TEXT + 0x19a7c0, 0x150);
	image_symbol(image, "current_task", 0xb040, 8);
	image_set(image, image->percpu + 14 * IMAGE_PERCPU_SIZE + 0xb040, task);
	image_store(image, task, "task_struct", "stack", stack);
	image_store(image, task, "task_struct", "pid", 47656);
	image_text(image, image_field(image, task, "task_struct", "comm"), "make");
}

static void incident_panic_expect(struct run *run)
{
	run_expect_type(run, "panic",
			"cpu=14 pid=47656 comm=make symbol=kmem_cache_alloc_trace offset=124 "
			"finding=freelist-wild cache=kmalloc-32 registers/r13=0x%llx "
			"registers/r12=0x%llx registers/r15=0x%llx registers/r8=0x%llx "
			"registers/rdi=-",
			H(INCIDENT_BAD), H(INCIDENT_CACHE), H(INCIDENT_CACHE), H(INCIDENT_CPU));
}

START_TEST(incident)
{
	struct incident *i = incident_new();
	uint64_t slot = image_slot(i->cpu, 77), slot2 = image_slot(i->partial, 20);
	struct run *run;

	image_set(i->image, slot, INCIDENT_BAD);
	image_set(i->image, slot2, INCIDENT_BAD2);
	incident_panic(i->image);
	run = run_check(i->image, (struct run_options){ 0 });
	run_expect(run,
		   "id=freelist-wild place=cpu-freelist cpu=14 cache=kmalloc-32 "
		   "cache_address=0x%llx slab_base=0xffff88088fec6000 slot=0x%llx "
		   "object=0x%llx index=77 hop=1 previous=0x%llx previous_index=9 raw=0x%llx "
		   "expected=0x%llx repair=0x%llx cause=short-store certainty=certain",
		   H(INCIDENT_CACHE), H(slot), H(image_object(i->cpu, 77)),
		   H(image_object(i->cpu, 9)), H(INCIDENT_BAD), H(INCIDENT_GOOD), H(INCIDENT_GOOD));
	run_expect(run,
		   "id=freelist-wild place=node-partial node=1 cache=kmalloc-32 slot=0x%llx "
		   "raw=0x%llx repair=0x%llx",
		   H(slot2), H(INCIDENT_BAD2), H(INCIDENT_GOOD2));
	run_nothing_else(run, "corrupt");
	why_expect(run, "freelist-wild", "byte 5 was zeroed");
	incident_panic_expect(run);
	run_free(run);
	image_free(i->image);
}
END_TEST

/* Code of modules is named as the kernel's reports do. */
START_TEST(incident_in_module)
{
	struct incident *i = incident_new();
	struct run *run;

	image_set(i->image, image_slot(i->cpu, 77), INCIDENT_BAD);
	incident_panic(i->image);
	i->image->symbols[i->image->nr_symbols - 2].module = "zfs\n";
	run = run_check(i->image, (struct run_options){ 0 });
	run_expect_type(run, "panic", "symbol=kmem_cache_alloc_trace module=zfs\\u000a offset=124");
	run_free(run);
	run = run_check(i->image, (struct run_options){ .text = true });
	unit_check(strstr(run->text, "at kmem_cache_alloc_trace+0x7c [zfs\\x0a]\n"), "%s",
		   run->text);
	run_free(run);
	image_free(i->image);
}
END_TEST

/* At the moment of the exception the bad link had become the CPU's list already. */
START_TEST(incident_head)
{
	struct incident *i = incident_new();
	uint64_t slot = image_cpu_field(i->cache, 14, "freelist");
	struct run *run;

	image_set(i->image, slot, INCIDENT_BAD);
	incident_panic(i->image);
	run = run_check(i->image, (struct run_options){ 0 });
	run_expect(run,
		   "id=freelist-wild place=cpu-freelist cpu=14 cache=kmalloc-32 slot=0x%llx "
		   "slot_name=c->freelist raw=0x%llx",
		   H(slot), H(INCIDENT_BAD));
	run_nothing_else(run, "corrupt");
	incident_panic_expect(run);
	run_free(run);
	image_free(i->image);
}
END_TEST

START_TEST(incident_text)
{
	static const char *const words[] = { "kmalloc-32",	  "ffff00088fec6500",
					     "ffff88088fec6500",  "byte 5 was zeroed",
					     "object 77",	  "after object 9",
					     "CPU 14, task make", "kmem_cache_alloc_trace+0x7c" };
	struct incident *i = incident_new();
	struct run *run;

	image_set(i->image, image_slot(i->cpu, 77), INCIDENT_BAD);
	incident_panic(i->image);
	run = run_check(i->image, (struct run_options){ .text = true, .terse = true });
	run_unfold(run);
	for (int n = 0; n < UNIT_COUNT(words); n++)
		unit_check(strstr(run->text, words[n]) != NULL, "no %s in:\n%s", words[n],
			   run->text);
	run_free(run);
	image_free(i->image);
}
END_TEST

/* An exception that has nothing to do with the damage is not tied to it, even when the cache is in
 * its registers: it is in those of every allocation. */
START_TEST(other_panic)
{
	struct incident *i = incident_new();
	uint64_t frame;
	struct run *run;

	image_set(i->image, image_slot(i->cpu, 77), INCIDENT_BAD);
	incident_panic(i->image);
	frame = i->image->direct_map + 0x5000000 + 8192 - 0x400;
	image_set(i->image, frame + 16, INCIDENT_GOOD + 0x1000);
	run = run_check(i->image, (struct run_options){ 0 });
	ck_assert_ptr_null(run_line(run, "type=panic"));
	run_free(run);
	image_free(i->image);
}
END_TEST

/* User registers on the stack are no exception in the kernel. */
START_TEST(user_frame)
{
	struct incident *i = incident_new();
	uint64_t frame;
	struct run *run;

	image_set(i->image, image_slot(i->cpu, 77), INCIDENT_BAD);
	incident_panic(i->image);
	frame = i->image->direct_map + 0x5000000 + 8192 - 0x400;
	image_set(i->image, frame + 17 * 8, 0x33);
	run = run_check(i->image, (struct run_options){ 0 });
	ck_assert_ptr_null(run_line(run, "type=panic"));
	run_free(run);
	image_free(i->image);
}
END_TEST

START_TEST(column)
{
	for (unsigned int id = 0; id < FINDING_COUNT; id++) {
		const struct finding_info *info = finding_info((enum finding_id)id);

		unit_check((info->severity == SEVERITY_CORRUPT) ==
				   (info->diagnosis != DIAGNOSE_NONE),
			   "%s", info->id);
	}
}
END_TEST

Suite *suite_checker_diagnose(void)
{
	Suite *suite = suite_create("checker_diagnose");
	TCase *causes = tcase_create("causes"), *one = tcase_create("incident");

	tcase_add_test(causes, column);
	tcase_add_test(causes, byte_zeroed);
	tcase_add_test(causes, bit_flip);
	tcase_add_test(causes, head_damaged);
	tcase_add_test(causes, overflow);
	tcase_add_test(causes, use_after_free);
	tcase_add_test(causes, empty_list_head);
	tcase_add_test(causes, wrong_cache_free);
	tcase_add_test(causes, cut_chain);
	tcase_add_test(causes, counters_written);
	tcase_add_test(causes, double_free);
	tcase_add_test(causes, self_link);
	tcase_set_timeout(causes, RUN_TIMEOUT);
	suite_add_tcase(suite, causes);
	tcase_add_test(one, incident);
	tcase_add_test(one, incident_in_module);
	tcase_add_test(one, incident_head);
	tcase_add_test(one, incident_text);
	tcase_add_test(one, other_panic);
	tcase_add_test(one, user_frame);
	tcase_set_timeout(one, RUN_TIMEOUT);
	suite_add_tcase(suite, one);
	return suite;
}
