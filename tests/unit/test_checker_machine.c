/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What machines and configurations differ in beside the allocator: locks, CPUs, nodes.
 */
#include <string.h>

#include "checker/slub/cache.h"
#include "checker/image/arch.h"
#include "checker/image/location.h"
#include "checker/image/lock.h"
#include "checker/slub/scan.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

struct lock_row {
	const char *fixture;
	uint64_t rest[3], held[3];
};

/* Locks at rest after many turns, and taken. */
static const struct lock_row locks[] = {
	{ "v3_2", { 0, 0x0101, 0xffff }, { 0x0100, 0x0201, 0x00ff } },
	{ "v3_13", { 0, 0x12341234, 0xffffffff }, { 0x10000, 0x12351234, 0x0000ffff } },
	{ "v4_14_arm64", { 0, 0x12341234, 0xffffffff }, { 0x10000, 0x12361234, 0x0000ffff } },
	{ "v4_14", { 0, 0, 0 }, { 1, 0x101, 0x40001 } },
	{ "v5_15_rt", { 0, 0, 0 }, { UINT64_C(0xffff888001234560), 1, 3 } },
};

static struct target_member list_lock(struct target *t)
{
	struct target_member m = { 0 };

	unit_check(t->ops->member(t, "kmem_cache_node", "list_lock", &m), "no list_lock");
	return m;
}

START_TEST(lock_states)
{
	const struct lock_row *row = &locks[_i];
	struct fixture_target *t = fixture_target_new(row->fixture);
	struct lock_layout layout = lock_layout_find(&t->target);
	struct target_member word = lock_word(&layout, &t->target, list_lock(&t->target));

	for (int i = 0; i < 3; i++) {
		unit_check(lock_state(&layout, word, row->rest[i]) == LOCK_FREE, "%s: %d is held",
			   row->fixture, i);
		unit_check(lock_state(&layout, word, row->held[i]) == LOCK_HELD, "%s: %d is free",
			   row->fixture, i);
	}
	fixture_target_free(t);
}
END_TEST

START_TEST(lock_odd)
{
	struct fixture_target *t = fixture_target_new("v4_14_odd");
	struct lock_layout layout = lock_layout_find(&t->target);
	struct target_member word = lock_word(&layout, &t->target, list_lock(&t->target));
	struct target_member none = { 0 };

	ck_assert_int_eq(lock_state(&layout, word, 0), LOCK_DOUBTFUL);
	ck_assert_int_eq(lock_state(&layout, word, 1), LOCK_DOUBTFUL);
	/* Without SMP there is no word. */
	none = lock_word(&layout, &t->target, none);
	ck_assert_int_eq(lock_state(&layout, none, 0), LOCK_FREE);
	fixture_target_free(t);
}
END_TEST

/* The lowest bit of a ticket of CONFIG_PARAVIRT_SPINLOCKS may stay. */
START_TEST(lock_slowpath)
{
	const struct lock_layout layout = { LOCK_FORM_TICKETS, 2, 1 };
	const struct target_member word = { 0, 4 };

	ck_assert_int_eq(lock_state(&layout, word, 0x00060007), LOCK_FREE);
	ck_assert_int_eq(lock_state(&layout, word, 0x00080006), LOCK_HELD);
}
END_TEST

/* A count that a held list_lock explains is neither damage nor clean when nobody knows about the lock. */
EACH(lock_unknown_count, ERAS - 1)
{
	struct world *w = world_new((enum image_era)(1 + turn));
	struct run *run;

	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 77);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count severity=corrupt doubt=-");
	run_free(run);
	w->image->lacks[0] = "qspinlock";
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count severity=transient");
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(run->text, "it is not known whether the lock is held"));
	run_free(run);
	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 1);
	world_free(w);
}

/* CONFIG_FORCE_NR_CPUS: nr_cpu_ids is a macro. Damage on CPU 1 is seen all the same. */
EACH_CPU_ERA(cpus_of_mask)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 1, "freelist"), UINT64_C(0x4141414141414141));
	w->image->lacks[0] = "nr_cpu_ids";
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=1");
	run_free(run);
	/* Nothing tells: one CPU would be a guess. */
	w->image->lacks[1] = "cpumask";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(run->result.failed);
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(run->text, "cannot tell how many CPUs there are"));
	run_free(run);
	/* Without SMP there is one. */
	w->image->lacks[2] = "__per_cpu_offset";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(!run->result.failed);
	run_free(run);
	world_free(w);
}

/* Masks until 4.4: a bitmap, and a constant pointer to it. CPU 1 does not exist. */
EACH(masks_of_old, 2)
{
	struct world *w = world_new(ERA_3_13);
	uint64_t bits = image_data(w->image, 8), pointer = image_data(w->image, 8);
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 1, "freelist"), UINT64_C(0x4141414141414141));
	w->image->lacks[0] = "__cpu_possible_mask";
	image_set(w->image, bits, 0xd);
	image_set(w->image, pointer, bits);
	image_symbol(w->image, turn ? "cpu_possible_mask" : "cpu_possible_bits",
		     turn ? pointer : bits, 8);
	run = run_check(w->image, (struct run_options){ 0 });
	run_nothing_else(run, "corrupt");
	run_free(run);
	image_set(w->image, bits, 0xf);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=1");
	run_free(run);
	world_free(w);
}

/* Until 4.12 the lock of CPU hotplug was a structure without a name, that began with its owner. */
START_TEST(hotplug_of_old)
{
	struct world *w = world_new(ERA_3_13);
	uint64_t lock = image_data(w->image, 64), online;
	struct run *run;

	ck_assert(w->image->target.ops->symbol(&w->image->target, "__cpu_online_mask", &online));
	image_set(w->image, online, 0xd);
	image_symbol(w->image, "cpu_hotplug", lock, 64);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=cpu-offline severity=corrupt cpu=1");
	run_free(run);
	image_set(w->image, lock, UINT64_C(0xffff880012345640));
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=cpu-offline severity=transient cpu=1");
	run_free(run);
	world_free(w);
}
END_TEST

/* nr_node_ids is a macro where there is one node; else the cache of kmem_caches knows. */
EACH_ERA(nodes_of_cache)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_cache *caches = image_cache_named(w->image, "kmem_cache");
	uint64_t pointer = image_data(w->image, 8);
	struct run *run;

	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 77);
	w->image->lacks[0] = "nr_node_ids";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(run->result.failed);
	ck_assert_ptr_nonnull(strstr(run->text, "cannot tell how many nodes there are"));
	run_free(run);
	image_set(w->image, pointer, caches->addr);
	image_symbol(w->image, "kmem_cache", pointer, 8);
	image_store(w->image, caches->addr, "kmem_cache", "object_size",
		    image_node_slot(caches, 2) - image_node_slot(caches, 0) +
			    (image_field(w->image, 0, "kmem_cache",
					 turn == ERA_7_2 ? "per_node" : "node")));
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count node=1");
	run_free(run);
	world_free(w);
}

/* A tag as KASAN draws one, different from word to word, in place of the 0xff of an untagged pointer. */
static uint64_t tag_of(uint64_t at)
{
	return (0x0f ^ at / 8 % 14) << 56;
}

/* What an allocator with tags leaves: all pointers to what it handed out have one. */
static void image_tag(struct image *image)
{
	uint64_t ram = image->target.nr_pages * IMAGE_PAGE, offsets;

	ck_assert(image->target.ops->symbol(&image->target, "__per_cpu_offset", &offsets));
	for (int i = 0; i < IMAGE_TABLE; i++)
		for (uint64_t at = 0; image->table[i].addr && at < IMAGE_PAGE; at += 8) {
			uint64_t addr = image->table[i].addr + at, word = image_word(image, addr);

			if (word - image->direct_map < ram && addr - offsets >= 8 * IMAGE_CPUS_MAX)
				image_set(image, addr, word ^ tag_of(addr));
		}
}

/* What is encoded keeps its tag: it is mixed in, not hidden. */
static void links_tag(struct image_slab *slab, const int *list, uint32_t nr)
{
	struct image *image = slab->cache->image;

	for (uint32_t i = 0; i + 1 < nr; i++) {
		uint64_t slot = image_slot(slab, list[i]);

		image_set(image, slot, image_word(image, slot) ^ tag_of(slot));
	}
}

static struct world *tagged(enum image_era era)
{
	struct world *w = world_new(era);
	struct image *image = w->image;

	image->target.machine = TARGET_ARM64;
	image_tag(image);
	for (unsigned int i = 0; i < image->nr_caches; i++)
		for (unsigned int j = 0; j < image->caches[i]->nr_slabs; j++) {
			struct image_slab *slab = image->caches[i]->slabs[j];

			links_tag(slab, slab->own, slab->nr_own);
			links_tag(slab, slab->on_cpu, slab->nr_on_cpu);
		}
	return w;
}

EACH(pointers_with_tags, 2 * (ERAS - 1))
{
	static const char *const symbols[] = { "kasan_init_sw_tags", "kasan_init_hw_tags" };
	struct world *w = tagged((enum image_era)(1 + turn / 2));
	struct run *run = run_check(w->image, (struct run_options){ .scan = true });

	/* The same bits are damage where nobody keeps tags in them. */
	ck_assert(run->result.verdict != VERDICT_CLEAN);
	run_free(run);
	image_symbol(w->image, symbols[turn % 2], IMAGE_TEXT, 64);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_expect_type(run, "summary", "encoding=xor-swab encoding_proven=true");
	run_free(run);
	/* A wrong address below the tag is still one. */
	image_set(w->image, image_slot(w->node0[0], 4),
		  image_word(w->image, image_slot(w->node0[0], 4)) ^ (UINT64_C(1) << 44));
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=freelist-wild cache=alpha");
	run_free(run);
	/* And x86-64 has no tags, whatever its symbols. */
	w->image->target.machine = TARGET_X86_64;
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(run->result.verdict != VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

START_TEST(addresses)
{
	struct target t = { .machine = TARGET_ARM64 };
	const struct arch *arm = arch_of(&t), *x86;

	t.machine = TARGET_X86_64;
	x86 = arch_of(&t);
	ck_assert(arch_is_canonical(x86, UINT64_C(0xff11000000000000)));
	ck_assert(!arch_is_canonical(x86, UINT64_C(0xf5ff888000000000)));
	ck_assert(arch_is_canonical(arm, UINT64_C(0xffff000000000000)));
	ck_assert(arch_is_canonical(arm, UINT64_C(0xfff0000000000000)));
	ck_assert(!arch_is_canonical(arm, UINT64_C(0xf5ff000000000000)));
	ck_assert(!arch_is_canonical(arm, UINT64_C(0x0041414141414141)));
	ck_assert_uint_eq(arch_untag(arm->tag_mask, UINT64_C(0xf3ff000012345678)),
			  UINT64_C(0xffff000012345678));
	ck_assert_uint_eq(arch_untag(arm->tag_mask, UINT64_C(0x4141414141414141)),
			  UINT64_C(0x4141414141414141));
	ck_assert_uint_eq(arch_untag(arm->tag_mask, 0), 0);
	ck_assert_uint_eq(arch_untag(0, UINT64_C(0xf3ff000012345678)),
			  UINT64_C(0xf3ff000012345678));
}
END_TEST

/* Memory beyond 16 TiB: frames have more than 32 bits. */
START_TEST(frames_of_many_bits)
{
	const uint64_t frame = (UINT64_C(5) << 32) + 7;
	struct scan_slab slabs[3] = { { .frame_low = 7 },
				      { .frame_low = 7, .frame_high = 5 },
				      { .frame_low = 8, .frame_high = 5 } };
	struct layout layout = { .kernel.page.struct_size = 64 };
	struct scan scan = { .slabs = slabs, .nr = 3, .memmap = IMAGE_MEMMAP };

	ck_assert_uint_eq(sizeof(struct scan_slab), 16);
	ck_assert_uint_eq(scan_frame(&slabs[1]), frame);
	ck_assert_uint_eq(scan_page(&scan, &layout, &slabs[1]), IMAGE_MEMMAP + frame * 64);
	scan_mark(&scan, &layout, IMAGE_MEMMAP + frame * 64, 0);
	ck_assert_uint_eq(slabs[0].listed, 0);
	ck_assert_uint_eq(slabs[1].listed, SCAN_BY_OWNER);
	ck_assert_uint_eq(slabs[2].listed, 0);
}
END_TEST

/* A kernel of which no more is known than two variables and one page of memory. */
struct levels {
	struct target target;
	uint64_t pgdir_shift, page_offset_base; /* 0: there is no such symbol */
};

#define LEVELS_PAGE UINT64_C(0xff2000000000a000)

static enum target_status levels_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct levels *levels = (struct levels *)t;

	memset(buf, 0, len);
	if (addr - LEVELS_PAGE < IMAGE_PAGE)
		return TARGET_OK;
	if (addr != IMAGE_DATA && addr != IMAGE_DATA + 8)
		return TARGET_UNMAPPED;
	memcpy(buf, addr == IMAGE_DATA ? &levels->pgdir_shift : &levels->page_offset_base, len);
	return TARGET_OK;
}

static bool levels_symbol(struct target *t, const char *name, uint64_t *value)
{
	const struct levels *levels = (struct levels *)t;

	*value = strcmp(name, "pgdir_shift") ? IMAGE_DATA + 8 : IMAGE_DATA;
	return (!strcmp(name, "pgdir_shift") && levels->pgdir_shift) ||
	       (!strcmp(name, "page_offset_base") && levels->page_offset_base);
}

static bool levels_no_symbol(struct target *t, uint64_t addr, struct target_symbol *out)
{
	(void)t;
	(void)addr;
	(void)out;
	return false;
}

static bool levels_no_page(struct target *t, uint64_t virt, uint64_t *page)
{
	(void)t;
	(void)virt;
	(void)page;
	return false;
}

static const struct {
	uint64_t pgdir_shift, page_offset_base, addr;
	const char *text;
} levels_known[] = {
	{ 39, 0, 0x00db000000001234, "a non-canonical address" },
	{ 48, 0, 0x00db000000001234, "user space" },
	{ 0, 0xffff888000000000, 0x00db000000001234, "a non-canonical address" },
	{ 0, 0xff11000000000000, 0x00db000000001234, "user space" },
	{ 39, 0, 0xff20000000009000, "a non-canonical address" },
	{ 48, 0, 0xff20000000009000, "unmapped memory" },
	/* Nothing tells, or what could is damaged. */
	{ 0, 0, 0x00db000000001234,
	  "user space with 5 levels of page tables, and a non-canonical address with 4: the dump does not "
	  "tell which" },
	{ 7, 0x1234, 0xff20000000009000,
	  "unmapped memory with 5 levels of page tables, and a non-canonical address with 4: the dump does "
	  "not tell which" },
	{ 0, 0, LEVELS_PAGE + 8, "mapped memory outside of the direct map" },
	{ 0, 0, 0x00007f0000001234, "user space" },
	{ 0, 0, 0x6b6b6b6b6b6b6b6b, "a non-canonical address" },
	{ 0, 0, 0xffff888000001234, "unmapped memory" },
};

START_TEST(levels_of_page_tables)
{
	static const struct target_ops ops = { .read = levels_read,
					       .symbol = levels_symbol,
					       .symbol_at = levels_no_symbol,
					       .virt_to_page = levels_no_page };
	struct levels levels = { { .ops = &ops, .page_shift = 12, .machine = TARGET_X86_64 },
				 levels_known[_i].pgdir_shift,
				 levels_known[_i].page_offset_base };
	struct location at;
	struct memory memory;
	struct arena arena;
	char text[160];

	arena_init(&arena, (size_t)64 << 20);
	unit_check(memory_init(&memory, &levels.target, &arena), "no memory");
	unit_check(location_begin(&at, &memory, levels_known[_i].addr), "it has a page");
	location_describe_plain(&memory, &at, text, sizeof(text));
	unit_check(!strcmp(text, levels_known[_i].text), "%d: %s", _i, text);
	arena_free(&arena);
}
END_TEST

/* A list of so many caches that only their list entries exist, 64 bytes apart. */
#define FIRST_CACHE UINT64_C(0xffff888000000000)

struct many {
	struct target target;
	uint64_t nr;
};

static uint64_t many_entry(const struct many *many, uint64_t i)
{
	return i % (many->nr + 1) ? FIRST_CACHE + 64 * (i % (many->nr + 1)) : IMAGE_DATA;
}

static enum target_status many_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct many *many = (struct many *)t;
	uint64_t *words = buf;

	for (size_t n = 0; n < len / 8; n++) {
		uint64_t at = addr + 8 * n, head = at - IMAGE_DATA < 64;
		uint64_t i = head ? 0 : (at - FIRST_CACHE) / 64;

		words[n] = at % 64 ? many_entry(many, i + many->nr) : many_entry(many, i + 1);
	}
	return TARGET_OK;
}

static bool many_symbol(struct target *t, const char *name, uint64_t *value)
{
	(void)t;
	(void)name;
	(void)value;
	return false;
}

START_TEST(caches_by_the_thousand)
{
	static const struct target_ops ops = { .read = many_read, .symbol = many_symbol };
	const struct layout layout = { .slab_caches = IMAGE_DATA };
	static const uint64_t numbers[] = { 3, 65536, 65537, 200000, CACHES_MAX, CACHES_MAX + 1 };

	for (int i = 0; i < UNIT_COUNT(numbers); i++) {
		struct many many = { { .ops = &ops, .page_shift = 12 }, numbers[i] };
		struct cache_list list;
		struct memory memory;
		struct arena arena;

		arena_init(&arena, (size_t)256 << 20);
		unit_check(memory_init(&memory, &many.target, &arena), "no memory");
		unit_check(cache_list_read(&list, &memory, layout.slab_caches,
					   layout.cache.list.offset, &arena),
			   "no memory");
		unit_check(list.cut == (numbers[i] > CACHES_MAX), "%llu: cut is %d",
			   (unsigned long long)numbers[i], list.cut);
		unit_check(list.cut || list.nr == numbers[i], "%llu: %zu caches",
			   (unsigned long long)numbers[i], list.nr);
		unit_check(!list.nr_faults, "%llu: faults", (unsigned long long)numbers[i]);
		arena_free(&arena);
	}
}
END_TEST

Suite *suite_checker_machine(void)
{
	Suite *suite = suite_create("checker_machine");
	TCase *tcase = tcase_create("machine");

	tcase_add_loop_test(tcase, lock_states, 0, UNIT_COUNT(locks));
	tcase_add_test(tcase, lock_odd);
	tcase_add_test(tcase, lock_slowpath);
	tcase_add_test(tcase, lock_unknown_count);
	tcase_add_test(tcase, cpus_of_mask);
	tcase_add_test(tcase, masks_of_old);
	tcase_add_test(tcase, hotplug_of_old);
	tcase_add_test(tcase, nodes_of_cache);
	tcase_add_test(tcase, pointers_with_tags);
	tcase_add_test(tcase, addresses);
	tcase_add_loop_test(tcase, levels_of_page_tables, 0, UNIT_COUNT(levels_known));
	tcase_add_test(tcase, frames_of_many_bits);
	tcase_add_test(tcase, caches_by_the_thousand);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
