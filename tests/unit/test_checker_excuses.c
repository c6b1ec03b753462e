/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each excuse on its own: a state that it explains, and the same state with the one word changed without
 * which it explains nothing. A row of EXCUSES that lacks one of the two does not compile.
 *
 * What a whole image looks like in the middle of an operation is in test_checker_transient.c and
 * test_checker_sheaf.c.
 */
#include "checker/slub/rules_excuse.h"
#include "tests/unit/unit.h"

#define RED_ZONE 0x400u
#define CACHE UINT64_C(0xffff888000100000)
#define OBJECTS 64u

/* A state of an ordinary cache of 6.1, at rest: nothing about it is excused. */
struct scene {
	struct layout layout;
	struct cache cache;
	struct rules rules;
	struct slab_state slab;
	struct cpu_state cpu;
	struct node_state node;
	struct slab_seen before, now;
	struct list_fault link;
	struct excuse_total total;
	struct sheaf sheaf, other;
	struct location stray;
	struct finding finding;
	uint16_t own[OBJECTS], on_cpu[OBJECTS];
	struct excuse_case c;
};

static void scene_slab(struct slab_state *slab, struct scene *s)
{
	slab->role = ROLE_NODE_PARTIAL;
	slab->page = UINT64_C(0xffffea0000004000);
	slab->base = UINT64_C(0xffff888000200000);
	slab->arch = &arch_x86_64;
	slab->page_size = 4096;
	slab->cache = CACHE;
	slab->objects = OBJECTS;
	slab->freelist = slab->base + 64;
	slab->count.objects = OBJECTS;
	slab->count.inuse = 60;
	slab->own.length = 4;
	slab->own.hop = s->own;
	slab->cpu_list.hop = s->on_cpu;
	slab->cpu_list.length = 3;
	slab->first_shared = -1;
}

static void scene_init(struct scene *s)
{
	*s = (struct scene){
		.layout = { .has_cpu_slabs = true, .cpu_partial_frozen = true },
		.cache = { .addr = CACHE, .size = 64, .oo = OBJECTS },
		.cpu = { .freelist = UINT64_C(0xffff888000300000) },
		.before = { .role = ROLE_CPU_PARTIAL },
		.now = { .role = ROLE_NODE_PARTIAL },
		.total = { .said = 10, .counted = 20, .tolerance = 4 },
		.sheaf = { .role = SHEAF_FULL, .size = 8 },
		.other = { .role = SHEAF_FULL, .size = 8 },
		.stray = { .kind = LOCATION_UNMAPPED },
		.link = { .status = TARGET_OK },
		.finding = { .id = FINDING_SLAB_FROZEN },
	};
	s->layout.flags.red_zone = RED_ZONE;
	scene_slab(&s->slab, s);
	s->finding.slab = s->slab.page;
	s->rules = (struct rules){ .layout = &s->layout, .cache = &s->cache, .disabled = true };
	s->c = (struct excuse_case){
		.rules = &s->rules,
		.slab = &s->slab,
		.cpu = &s->cpu,
		.node = &s->node,
		.before = &s->before,
		.now = &s->now,
		.link = &s->link,
		.total = &s->total,
		.sheaf = &s->sheaf,
		.other = &s->other,
		.stray = &s->stray,
		.finding = &s->finding,
	};
}

/* WITH() makes a scene one that the excuse explains; WITHOUT() then takes what it hangs on away. */
#define WITH(id) static void with_##id(struct scene *s)
#define WITHOUT(id) static void without_##id(struct scene *s)

static void is_debug(struct scene *s)
{
	s->cache.flags = RED_ZONE;
	s->layout.debug_under_lock = true;
}

static void to_5_14(struct scene *s)
{
	s->layout.deactivates_in_place = true;
}

static void is_cpu_slab(struct scene *s)
{
	s->slab.role = ROLE_CPU;
	s->slab.count.frozen = true;
}

WITH(acquire_slab)
{
	s->slab.count.frozen = true;
	s->node.locked = true;
}
WITHOUT(acquire_slab)
{
	s->node.locked = false;
}

/* All of the CPU's objects are on the slab's list. */
WITH(deactivate_unfrozen)
{
	to_5_14(s);
	is_cpu_slab(s);
	s->slab.count.frozen = false;
	s->slab.shared = s->slab.cpu_list.length;
}
WITHOUT(deactivate_unfrozen)
{
	s->slab.shared--;
}

WITH(empty_unfrozen)
{
	is_cpu_slab(s);
	s->slab.count.frozen = false;
	s->cpu.freelist = s->slab.freelist = 0;
}
WITHOUT(empty_unfrozen)
{
	s->slab.freelist = s->slab.base;
}

WITH(not_yet_frozen)
{
	is_cpu_slab(s);
	s->layout.cpu_partial_frozen = false;
	s->slab.count.frozen = false;
	s->cpu.freelist = 0;
}
WITHOUT(not_yet_frozen)
{
	s->cpu.freelist = s->slab.base;
}

WITH(deactivate_freed)
{
	to_5_14(s);
	is_cpu_slab(s);
	s->cpu.freelist = s->slab.base + 128;
}
WITHOUT(deactivate_freed)
{
	s->cpu.freelist = s->slab.base + s->slab.page_size;
}

WITH(changed_on_list)
{
	is_debug(s);
	s->node.locked = true;
}
WITHOUT(changed_on_list)
{
	s->cache.flags = 0;
}

WITH(slab_lock)
{
	s->slab.locked = true;
}
WITHOUT(slab_lock)
{
	s->slab.locked = false;
}

WITH(deactivate_absent)
{
	to_5_14(s);
	is_cpu_slab(s);
	s->slab.own.end = WALK_ABSENT;
}
WITHOUT(deactivate_absent)
{
	s->slab.own.end = WALK_END;
}

/* The first of the CPU's objects is linked to the slab's list, and not its head yet. */
WITH(deactivate_shared)
{
	to_5_14(s);
	is_cpu_slab(s);
	s->slab.shared = s->slab.cpu_list.length - 1;
	s->slab.first_shared = 7;
	s->on_cpu[7] = 2;
}
WITHOUT(deactivate_shared)
{
	s->on_cpu[7] = 3;
}

WITH(deactivate_listed)
{
	to_5_14(s);
	s->before.role = ROLE_CPU;
	s->slab.count.frozen = true;
	s->node.locked = true;
}
WITHOUT(deactivate_listed)
{
	s->node.locked = false;
}

WITH(deactivate_taken)
{
	to_5_14(s);
	s->before.role = ROLE_CPU;
	s->now.role = ROLE_CPU_PARTIAL;
	s->now.cpu = 1;
}
WITHOUT(deactivate_taken)
{
	s->now.cpu = 0;
}

WITH(passed_on)
{
	s->before = (struct slab_seen){ .role = ROLE_CPU, .idle = true };
	s->now.role = ROLE_CPU_PARTIAL;
}
WITHOUT(passed_on)
{
	s->before.idle = false;
}

WITH(unlinked_marked)
{
	s->slab.partial = true;
	s->node.locked = true;
}
WITHOUT(unlinked_marked)
{
	s->node.locked = false;
}

WITH(debug_new_slab)
{
	is_debug(s);
	s->slab.count.inuse = 1;
}
WITHOUT(debug_new_slab)
{
	s->slab.count.inuse = 2;
}

WITH(debug_moved)
{
	is_debug(s);
	s->node.locked = true;
}
WITHOUT(debug_moved)
{
	s->node.locked = false;
}

WITH(frozen_on_way)
{
	s->slab.count.frozen = true;
}
WITHOUT(frozen_on_way)
{
	s->slab.count.frozen = false;
}

WITH(unfrozen_on_way)
{
	s->layout.cpu_partial_frozen = false;
}
WITHOUT(unfrozen_on_way)
{
	s->slab.partial = true;
}

WITH(empty_slab)
{
	s->slab.count.inuse = 0;
}
WITHOUT(empty_slab)
{
	s->slab.count.inuse = 1;
}

WITH(moved_on_list)
{
	s->node.locked = true;
}
WITHOUT(moved_on_list)
{
	s->node.locked = false;
}

WITH(mark_change)
{
	s->node.locked = true;
}
WITHOUT(mark_change)
{
	s->node.locked = false;
}

WITH(list_change)
{
	s->c.locked = s->link.well_formed = true;
}
WITHOUT(list_change)
{
	s->link.well_formed = false;
}

WITH(list_on_stack)
{
	s->c.locked = s->link.to_head = true;
}
WITHOUT(list_on_stack)
{
	s->c.locked = false;
}

WITH(list_add_behind)
{
	s->c.locked = s->link.behind = true;
}
WITHOUT(list_add_behind)
{
	s->link.behind = false;
}

WITH(caches_change)
{
	s->layout.caches_locked = true;
}
WITHOUT(caches_change)
{
	s->link.status = TARGET_UNMAPPED;
}

WITH(node_onlining)
{
	s->layout.caches_locked = true;
}
WITHOUT(node_onlining)
{
	s->layout.caches_locked = false;
}

WITH(counted_later)
{
	s->c.locked = true;
}
WITHOUT(counted_later)
{
	s->c.locked = false;
}

WITH(total_behind)
{
	s->total.counted = s->total.said + s->total.tolerance;
}
WITHOUT(total_behind)
{
	s->total.counted++;
}

WITH(total_ahead)
{
	s->layout.kernel.page.first_page.size = 8;
	s->total = (struct excuse_total){ .said = 20, .counted = 14, .hidden = 2, .tolerance = 4 };
}
WITHOUT(total_ahead)
{
	s->total.said++;
}

WITH(cache_unlisted)
{
	s->layout.caches_locked = true;
}
WITHOUT(cache_unlisted)
{
	s->layout.caches_locked = false;
}

WITH(rcu_emptied)
{
	s->slab.count.inuse = 0;
}
WITHOUT(rcu_emptied)
{
	s->slab.count.inuse = 1;
}

WITH(slab_unowned)
{
	s->slab.cache = 0;
}
WITHOUT(slab_unowned)
{
	s->slab.cache = CACHE + 64;
}

WITH(flush_slab)
{
	s->stray = (struct location){ .kind = LOCATION_OBJECT, .cache = CACHE };
}
WITHOUT(flush_slab)
{
	s->stray.cache = CACHE + 64;
}

WITH(flush_freed)
{
	to_5_14(s);
	s->stray = (struct location){ .kind = LOCATION_INSIDE, .cache = CACHE + 64 };
}
WITHOUT(flush_freed)
{
	s->stray.cache = CACHE;
}

WITH(cpu_dying)
{
	s->c.sheaf = NULL;
	s->layout.kernel.hotplug_busy = true;
}
WITHOUT(cpu_dying)
{
	s->layout.kernel.hotplug_busy = false;
}

WITH(contents_made)
{
	s->slab.role = ROLE_NO_LIST;
}
WITHOUT(contents_made)
{
	s->slab.freelist = 0;
	s->slab.count.inuse = OBJECTS;
}

WITH(contents_freed)
{
	to_5_14(s);
	s->slab.role = ROLE_CPU;
}
WITHOUT(contents_freed)
{
	s->slab.count.frozen = true;
}

WITH(contents_moved)
{
	s->finding.id = FINDING_POISON_OVERWRITTEN;
}
WITHOUT(contents_moved)
{
	s->finding.slab += 64;
}

WITH(debug_object)
{
	is_debug(s);
	s->node.locked = true;
}
WITHOUT(debug_object)
{
	s->node.locked = false;
}

WITH(debug_first_object)
{
	is_debug(s);
	s->slab.role = ROLE_NO_LIST;
	s->slab.count.inuse = 1;
}
WITHOUT(debug_first_object)
{
	s->slab.count.inuse = 2;
}

WITH(debug_frozen)
{
	s->slab.count.frozen = true;
}
WITHOUT(debug_frozen)
{
	s->layout.debug_under_lock = true;
}

WITH(debug_slab_lock)
{
	s->slab.locked = true;
}
WITHOUT(debug_slab_lock)
{
	s->layout.debug_under_lock = true;
}

WITH(debug_wiped)
{
	s->layout.init_on_free = true;
}
WITHOUT(debug_wiped)
{
	s->layout.init_on_free = false;
}

WITH(debug_in_between)
{
	s->rules.disabled = false;
}
WITHOUT(debug_in_between)
{
	s->rules.disabled = true;
}

WITH(alloc_bulk)
{
	s->slab.role = ROLE_CPU;
}
WITHOUT(alloc_bulk)
{
	s->slab.role = ROLE_NO_LIST;
}

WITH(sheaf_flushed)
{
	s->sheaf.dying = true;
}
WITHOUT(sheaf_flushed)
{
	s->sheaf.dying = false;
}

WITH(sheaf_replaced)
{
	s->sheaf.locked = true;
	s->sheaf.role = SHEAF_SPARE;
}
WITHOUT(sheaf_replaced)
{
	s->sheaf.role = SHEAF_RCU_FREE;
}

WITH(sheaf_swapped)
{
	s->other.locked = true;
}
WITHOUT(sheaf_swapped)
{
	s->other.locked = false;
}

WITH(size_first)
{
	s->sheaf.locked = true;
	s->sheaf.role = SHEAF_MAIN;
	s->c.entry = 7;
}
WITHOUT(size_first)
{
	s->c.entry = 6;
}

WITH(sheaf_clearing)
{
	s->sheaf.role = SHEAF_RCU_FREE;
}
WITHOUT(sheaf_clearing)
{
	s->sheaf.role = SHEAF_MAIN;
}

#define BREACHES 32

static const char *found_id(const struct scene *s)
{
	const struct excuse *found = excuse_find(&s->c);

	return found ? found->id : "none";
}

static void check(enum excuse_id id, void (*with)(struct scene *s),
		  void (*without)(struct scene *s))
{
	for (unsigned int bit = 0; bit < BREACHES; bit++) {
		struct scene s;

		if (!(excuse_breach(id) >> bit & 1))
			continue;
		scene_init(&s);
		s.c.breach = (enum breach)(1u << bit);
		unit_check(!excuse_find(&s.c), "%s: %s at rest", excuse_of(id)->id, found_id(&s));
		with(&s);
		unit_check(excuse_find(&s.c) == excuse_of(id), "%s: %s instead", excuse_of(id)->id,
			   found_id(&s));
		without(&s);
		unit_check(!excuse_find(&s.c), "%s: %s without it", excuse_of(id)->id,
			   found_id(&s));
	}
}

START_TEST(with_and_without)
{
#define X(id, text, breaches, since, functions, what) check(EXCUSE_##id, with_##id, without_##id);
	EXCUSES(X)
#undef X
}
END_TEST

/* Each breach has an excuse, each excuse a breach, and no two excuses one id. */
START_TEST(rows)
{
	unsigned int all = 0;

	for (int i = 0; i < EXCUSE_COUNT; i++) {
		const struct excuse *excuse = excuse_of((enum excuse_id)i);

		unit_check(excuse_breach((enum excuse_id)i), "%s excuses nothing", excuse->id);
		all |= excuse_breach((enum excuse_id)i);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(excuse->id, excuse_of((enum excuse_id)j)->id);
	}
	ck_assert_uint_eq(all, BREACH_WIPED * 2u - 1);
}
END_TEST

Suite *suite_checker_excuses(void)
{
	Suite *suite = suite_create("checker_excuses");
	TCase *tcase = tcase_create("checker_excuses");

	tcase_add_test(tcase, with_and_without);
	tcase_add_test(tcase, rows);
	suite_add_tcase(suite, tcase);
	return suite;
}
