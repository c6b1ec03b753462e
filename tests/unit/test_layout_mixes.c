/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions mix: a kernel of one era has changes of later ones. The layout is decided by what is
 * there and by no version, so it must be right for any mixture that somebody could build; and a
 * machine of the model that is built like that must be judged clean.
 */
#include <string.h>

#include "checker/check.h"
#include "checker/findings/findings.h"
#include "checker/slub/layout.h"
#include "model/slub/history.h"
#include "model/slub/types.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/unit.h"

#define MIXES 120 /* of each pair of eras */
#define MACHINES 6 /* of them run, too */
#define OPERATIONS 160

#define F(name) MODEL_HAS(name)

/*
 * What goes together. A mixture that has all of @has and none of @hasnt also has @need and nothing
 * of @lack.
 */
static const struct rule {
	model_features has, hasnt, need, lack;
} rules[] = {
	/* One commit brought both (4.18, 4.2), or the model knows them together only. */
	{ F(PAGE_REWORK), 0, F(COMPOUND_HEAD), F(ORDER_IN_LRU) },
	{ 0, F(PAGE_REWORK), F(ORDER_IN_LRU), F(COMPOUND_HEAD) },
	{ F(COMPOUND_HEAD), 0, F(PAGE_REWORK), F(ORDER_IN_LRU) | F(TICKET_LOCKS) },
	{ F(STRUCT_SLAB), 0, F(PAGE_REWORK) | F(RECIPROCAL), 0 },
	{ F(STRUCT_SLAB) | F(CPU_SLAB), 0, F(CLEARS_FIRST), 0 },
	{ F(STRUCT_SLAB), F(ORDER_IN_FOLIO), F(ORDER_IN_FLAGS_1), 0 },
	{ F(ORDER_IN_FOLIO), 0, F(STRUCT_SLAB), F(ORDER_IN_FLAGS_1) },
	{ F(ORDER_IN_FLAGS_1), 0, F(STRUCT_SLAB), 0 },
	{ F(SLAB_CACHE_FIRST), 0, F(STRUCT_SLAB), 0 },
	{ F(COMPOUND_INFO), 0, F(PAGE_TYPE), 0 },
	{ F(PAGE_TYPE), 0, F(STRUCT_SLAB) | F(FLAG_ENUM) | F(RECIPROCAL), 0 },
	{ F(FLAG_ENUM), 0, F(GFP_ENUM) | F(PAGE_TYPE) | F(KMALLOC_2D) | F(ORIG_SIZE), 0 },
	{ F(GFP_ENUM), 0, F(FLAG_ENUM), 0 },
	{ F(SWAB), 0, F(HARDENED), 0 },
	{ F(RECIPROCAL), 0, F(PAGE_REWORK), 0 },
	{ F(FREEPTR_OFFSET), 0, F(SLOT_MIDDLE) | F(FLAG_ENUM), 0 },
	/* Owners of objects: clones of caches, then vectors of slabs. */
	{ F(MEMCG_EMBEDDED), 0, F(MEMCG_CLONES), 0 },
	{ F(MEMCG_VECTOR), 0, F(PAGE_REWORK), F(MEMCG_CLONES) },
	{ 0, F(MEMCG_VECTOR), F(MEMCG_CLONES), F(KMALLOC_CGROUP) | F(OBJ_EXTS) | F(STRUCT_SLAB) },
	{ F(OBJ_EXTS), 0, F(MEMCG_VECTOR) | F(STRUCT_SLAB), 0 },
	/* kmalloc(). */
	{ F(KMALLOC_CGROUP), 0, F(KMALLOC_2D), 0 },
	{ F(KMALLOC_RANDOM), 0, F(KMALLOC_CGROUP), 0 },
	{ F(ORIG_SIZE), 0, F(TRACK_HANDLE), 0 },
	{ F(ORIG_SIZE_LONG), 0, F(ORIG_SIZE), 0 },
	/* Slabs of CPUs. */
	{ F(CPU_PARTIAL), 0, F(CPU_SLAB), 0 },
	{ F(PARTIAL_SLABS), 0, F(CPU_PARTIAL) | F(STRUCT_SLAB), 0 },
	{ F(FREELIST_TID), 0, F(CPU_SLAB) | F(STRUCT_SLAB), 0 },
	{ F(CPU_SLAB), 0, F(CPU_PARTIAL), F(SHEAVES_ALL) },
	{ 0, F(CPU_SLAB), F(SHEAVES_ALL), F(CLEARS_FIRST) | F(TID_ON_DEACTIVATE) },
	{ F(CLEARS_FIRST), 0, 0, F(DRAIN_ONE_BY_ONE) },
	{ F(DEBUG_UNDER_LOCK), 0, F(NEW_UNFROZEN) | F(STRUCT_SLAB), 0 },
	{ F(NEW_UNFROZEN), 0, F(DEBUG_UNDER_LOCK), 0 },
	{ F(UNFROZEN_PARTIAL), 0, F(DEBUG_UNDER_LOCK), 0 },
	{ F(UNFROZEN_PARTIAL) | F(CPU_SLAB), 0, F(PARTIAL_SLABS), 0 },
	{ F(FROZEN_IS_BAD), 0, F(DEBUG_UNDER_LOCK), 0 },
	/* Sheaves, of which the model has those of 7.0 and later. */
	{ F(SHEAVES), 0, F(SHEAVES_ALL) | F(OBJ_EXTS) | F(CYCLE_CHECK) | F(UNFROZEN_PARTIAL), 0 },
	{ F(SHEAVES_ALL), 0, F(SHEAVES), F(CPU_SLAB) },
	{ F(PER_NODE), 0, F(SHEAVES), 0 },
	{ F(LAZY_LIST), 0, F(SHEAVES_ALL), 0 },
	{ F(CYCLE_CHECK), 0, F(PAGE_TYPE), 0 },
	/* What becomes of a cache that cannot be destroyed. */
	{ F(DESTROY_RELISTS), 0, 0, F(DESTROY_UNLINKS) },
};

/* The numbers of GFP flags are one table, which these come with. */
#define GFP_FEATURES (F(DIRECT_RECLAIM) | F(ZERO_0X100) | F(GFP_ENUM) | F(BAD_GFP_WARNS))

/* What the model's machines need beyond: their slow path with a local lock is that of 6.1, and
 * without COMPOUND_HEAD they name the first row of kmalloc_caches only. */
static const struct rule machine_rules[] = {
	{ F(CLEARS_FIRST), 0, F(DEBUG_UNDER_LOCK), 0 },
	{ F(DEBUG_UNDER_LOCK) | F(CPU_SLAB), 0, F(CLEARS_FIRST), 0 },
	{ F(KMALLOC_2D), 0, F(COMPOUND_HEAD), 0 },
};

static bool obeys(model_features f, const struct rule *all, int nr)
{
	for (int i = 0; i < nr; i++) {
		const struct rule *r = &all[i];

		if ((f & r->has) == r->has && !(f & r->hasnt) &&
		    ((f & r->need) != r->need || f & r->lack))
			return false;
	}
	return true;
}

static bool is_sensible(model_features f)
{
	return obeys(f, rules, UNIT_COUNT(rules));
}

static bool can_run(model_features f)
{
	return obeys(f, machine_rules, UNIT_COUNT(machine_rules));
}

/* Follow the rules by giving and taking. It need not come to an end: rules may quarrel. */
static model_features settle(model_features f)
{
	for (int turn = 0; turn < 8; turn++)
		for (int i = 0; i < UNIT_COUNT(rules); i++) {
			const struct rule *r = &rules[i];

			if ((f & r->has) == r->has && !(f & r->hasnt))
				f = (f | r->need) & ~r->lack;
		}
	return f;
}

/* Bits that are set with a chance of one in two, or, as often, of one in four. */
static model_features some(uint64_t *seed)
{
	model_features chosen = unit_random(seed);

	return unit_random(seed) & 1 << 20 ? chosen & unit_random(seed) : chosen;
}

/* The constants or enumerators that these features have for the flags of a cache. SLAB_KMALLOC came
 * with orig_size (6edf2576a6cc). */
static const struct model_flags *flags_of(model_features f, const struct era *base)
{
	if (f & F(FLAG_ENUM))
		return model_era(f & F(LAZY_LIST) ? MODEL_ERA_7_2 : MODEL_ERA_6_12)->flags;
	if (f & F(ORIG_SIZE))
		return model_era(MODEL_ERA_6_1)->flags;
	return base->flags->kmalloc ? model_era(MODEL_ERA_5_10)->flags : base->flags;
}

/* Era @a with some of what is different in @b. */
static struct era era_mix(const struct era *a, const struct era *b, uint64_t *seed)
{
	const struct era *gfp = unit_random(seed) & 1 << 20 ? a : b;
	struct era mix = *a;
	model_features f;

	do {
		f = settle(a->features ^ ((a->features ^ b->features) & some(seed)));
		f = (f & ~GFP_FEATURES) | (gfp->features & GFP_FEATURES);
	} while (!is_sensible(f));
	mix.name = "a mixture";
	mix.features = f;
	mix.gfp = gfp->gfp;
	mix.flags = flags_of(f, a);
	return mix;
}

/* What a mixture is, for who has to look into it. */
static const char *mix_text(const struct era *mix, const struct era *base)
{
	static char text[2048];
	size_t length = 0;

	length += (size_t)snprintf(text, sizeof(text), "%s", base->name);
	for (int i = 0; i < FEATURE_COUNT && length < sizeof(text) - 64; i++)
		if ((mix->features ^ base->features) >> i & 1)
			length += (size_t)snprintf(text + length, sizeof(text) - length, " %c%s",
						   mix->features >> i & 1 ? '+' : '-',
						   feature_info((enum feature)i)->name);
	return text;
}

#define fails(mix, base, what, ...) \
	ck_abort_msg("%s: " what, mix_text((mix), (base)), ##__VA_ARGS__)

/* The layout of a mixture. */

struct place {
	const char *name;
	size_t at; /* in struct layout */
	const char *type, *members; /* "a|b": the first that there is */
};

#define PLACE(field, type, members)                                   \
	{                                                             \
#field, offsetof(struct layout, field), type, members \
	}
#define SLAB_TYPE "slab|page"

static const struct place places[] = {
	PLACE(cache.cpu_slab, "kmem_cache", "cpu_slab"),
	PLACE(cache.flags, "kmem_cache", "flags"),
	PLACE(cache.size, "kmem_cache", "size"),
	PLACE(cache.object_size, "kmem_cache", "object_size"),
	PLACE(cache.offset, "kmem_cache", "offset"),
	PLACE(cache.oo, "kmem_cache", "oo"),
	PLACE(cache.min, "kmem_cache", "min"),
	PLACE(cache.max, "kmem_cache", "max"),
	PLACE(cache.inuse, "kmem_cache", "inuse"),
	PLACE(cache.align, "kmem_cache", "align"),
	PLACE(cache.refcount, "kmem_cache", "refcount"),
	PLACE(cache.ctor, "kmem_cache", "ctor"),
	PLACE(cache.name, "kmem_cache", "name"),
	PLACE(cache.list, "kmem_cache", "list"),
	PLACE(cache.kobj, "kmem_cache", "kobj"),
	PLACE(cache.node, "kmem_cache", "node|per_node"),
	PLACE(cache.reserved, "kmem_cache", "reserved"),
	PLACE(cache.red_left_pad, "kmem_cache", "red_left_pad"),
	PLACE(cache.random, "kmem_cache", "random"),
	PLACE(cache.cpu_sheaves, "kmem_cache", "cpu_sheaves"),
	PLACE(cache.sheaf_capacity, "kmem_cache", "sheaf_capacity"),
	PLACE(cpu.freelist, "kmem_cache_cpu", "freelist"),
	PLACE(cpu.tid, "kmem_cache_cpu", "tid"),
	PLACE(cpu.slab, "kmem_cache_cpu", "slab|page"),
	PLACE(cpu.partial, "kmem_cache_cpu", "partial"),
	PLACE(slab.flags, "page", "flags"),
	PLACE(slab.cache, SLAB_TYPE, "slab_cache"),
	PLACE(slab.list, SLAB_TYPE, "slab_list|lru"),
	PLACE(slab.freelist, SLAB_TYPE, "freelist"),
	PLACE(slab.counters, SLAB_TYPE, "counters"),
	PLACE(slab.next, SLAB_TYPE, "next"),
	PLACE(slab.slabs, SLAB_TYPE, "slabs|pages"),
	PLACE(slab.page_type, "page", "page_type"),
	PLACE(slab.exts, SLAB_TYPE, "obj_exts"),
	PLACE(debug.track.addr, "track", "addr"),
	PLACE(debug.track.cpu, "track", "cpu"),
	PLACE(debug.track.pid, "track", "pid"),
	PLACE(debug.track.when, "track", "when"),
	PLACE(debug.track.handle, "track", "handle"),
	PLACE(debug.track.addrs, "track", "addrs"),
	PLACE(node.nr_partial, "kmem_cache_node", "nr_partial"),
	PLACE(node.partial, "kmem_cache_node", "partial"),
	PLACE(node.nr_slabs, "kmem_cache_node", "nr_slabs"),
	PLACE(node.total_objects, "kmem_cache_node", "total_objects"),
	PLACE(sheaf.main, "slub_percpu_sheaves", "main"),
	PLACE(sheaf.spare, "slub_percpu_sheaves", "spare"),
	PLACE(sheaf.rcu_free, "slub_percpu_sheaves", "rcu_free"),
	PLACE(sheaf.cache, "slab_sheaf", "cache"),
	PLACE(sheaf.size, "slab_sheaf", "size"),
	PLACE(sheaf.list, "slab_sheaf", "barn_list"),
	PLACE(sheaf.barn, "kmem_cache_per_node_ptrs|kmem_cache_node", "barn"),
	PLACE(sheaf.full, "node_barn", "sheaves_full"),
	PLACE(sheaf.empty, "node_barn", "sheaves_empty"),
	PLACE(sheaf.nr_full, "node_barn", "nr_full"),
	PLACE(sheaf.nr_empty, "node_barn", "nr_empty"),
	PLACE(kernel.page.compound_head, "page", "compound_head|compound_info"),
};

/* Take the first of "a|b|c" off; false when there is no more. */
static bool first_of(const char **names, char name[32])
{
	size_t length = strcspn(*names, "|");

	if (!length)
		return false;
	snprintf(name, 32, "%.*s", (int)length, *names);
	*names += length + ((*names)[length] == '|');
	return true;
}

/* Where the model has it: in the first of the types that there is. */
static struct target_member where(model_features f, const struct place *place)
{
	struct target_member m = { 0 };
	const char *types = place->type, *members = place->members;
	char type[32], member[32];
	size_t size;

	while (first_of(&types, type))
		if (model_type_size(f, type, &size))
			break;
	while (first_of(&members, member))
		if (model_type_member(f, type, member, &m))
			break;
	return m;
}

static void places_check(const struct layout *layout, const struct era *mix, const struct era *base)
{
	for (int i = 0; i < UNIT_COUNT(places); i++) {
		const struct target_member *found =
			(const void *)((const char *)layout + places[i].at);
		struct target_member m = where(mix->features, &places[i]);

		if (found->offset != m.offset || found->size != m.size)
			fails(mix, base, "%s is at %u, %u bytes; it should be at %u, %u bytes",
			      places[i].name, found->offset, found->size, m.offset, m.size);
	}
}

static enum order_store order_store(model_features f)
{
	if (f & F(ORDER_IN_LRU))
		return ORDER_IN_LRU_PREV;
	if (f & F(ORDER_IN_FOLIO))
		return ORDER_IN_FOLIO;
	return f & F(ORDER_IN_FLAGS_1) ? ORDER_IN_FLAGS_1 : ORDER_IN_PAGE;
}

static void truths_check(const struct layout *l, const struct era *mix, const struct era *base)
{
	model_features f = mix->features;
	bool cpu_slabs = f & F(CPU_SLAB);
	const struct {
		const char *name;
		uint64_t found, right;
	} truths[] = {
		{ "hardened", l->hardened, !!(f & F(HARDENED)) },
		{ "has_cpu_slabs", l->has_cpu_slabs, cpu_slabs },
		{ "has_sheaves", l->has_sheaves, !!(f & F(SHEAVES)) },
		{ "has_barns", l->has_barns, !!(f & F(SHEAVES)) },
		{ "barn_in_pair", l->sheaf.barn_in_pair, !!(f & F(PER_NODE)) },
		{ "node_stride", l->cache.node_stride, f & F(PER_NODE) ? 16 : 8 },
		{ "cpu_partial_frozen", l->cpu_partial_frozen,
		  cpu_slabs && !(f & F(UNFROZEN_PARTIAL)) },
		{ "a flag for partial slabs", l->slab_partial_mask != 0,
		  !!(f & F(UNFROZEN_PARTIAL)) },
		{ "deactivates_in_place", l->deactivates_in_place,
		  cpu_slabs && !(f & F(CLEARS_FIRST)) },
		{ "debug_under_lock", l->debug_under_lock, !cpu_slabs || f & F(DEBUG_UNDER_LOCK) },
		{ "ticket_size", l->kernel.lock.ticket_size, f & F(TICKET_LOCKS) ? 2 : 0 },
		{ "slab_test", l->slab_test,
		  f & F(PAGE_TYPE) ? SLAB_TEST_TYPE_BYTE : SLAB_TEST_FLAG },
		{ "order_store", l->kernel.page.order_store, order_store(f) },
		{ "first_page", l->kernel.page.first_page.size != 0, !(f & F(COMPOUND_HEAD)) },
		{ "red_zone", l->flags.red_zone, f & F(FLAG_ENUM) ? 0x2 : 0x400 },
		{ "kmalloc", l->flags.kmalloc, f & F(FLAG_ENUM) ? 0x8 : 0x1000 },
		{ "kmalloc_zones", l->kmalloc_zones, !!(f & F(SLAB_CACHE_FIRST)) },
		{ "page_struct_size", l->kernel.page.struct_size, 64 },
	};

	for (int i = 0; i < UNIT_COUNT(truths); i++)
		if (truths[i].found != truths[i].right)
			fails(mix, base, "%s is %llu, not %llu", truths[i].name,
			      (unsigned long long)truths[i].found,
			      (unsigned long long)truths[i].right);
}

static void layout_check(struct target *target, const struct era *mix, const struct era *base)
{
	char error[LAYOUT_ERROR_MAX];
	struct layout layout;
	struct memory memory;
	struct arena arena;

	arena_init(&arena, (size_t)64 << 20);
	if (!memory_init(&memory, target, &arena))
		ck_abort_msg("no memory");
	if (!layout_init(&layout, &memory, &arena, error))
		fails(mix, base, "%s", error);
	places_check(&layout, mix, base);
	truths_check(&layout, mix, base);
	arena_free(&arena);
}

/* Machines. */

static void finding_take(void *ctx, const struct finding *finding)
{
	char *text = ctx;

	if (finding->severity == SEVERITY_CORRUPT && !*text)
		snprintf(text, 512, "%s in %s: %s", finding_info(finding->id)->id,
			 finding->cache_name ? finding->cache_name : "no cache", finding->message);
}

static void target_check(struct target *target, const struct era *mix, const struct era *base,
			 uint64_t seed)
{
	char text[512] = "";
	struct check_options options = {
		.format = CHECK_CALLBACK, .scan = true, .finding = finding_take, .finding_ctx = text
	};
	struct check_result result;
	struct arena arena;

	arena_init(&arena, (size_t)256 << 20);
	result = check_run(target, &arena, &options);
	arena_free(&arena);
	if (*text || result.failed || result.verdict == VERDICT_CORRUPT)
		fails(mix, base, "seed %llu: %s", (unsigned long long)seed, text);
}

static void machine_check(const struct era *mix, const struct era *base, uint64_t seed,
			  bool concurrent)
{
	struct history_config config = {
		.era = mix, .seed = seed, .operations = OPERATIONS, .concurrent = concurrent
	};
	struct history *history = history_run(&config);

	if (!history)
		fails(mix, base, "the machine does not boot");
	if (history_failed(history))
		fails(mix, base, "seed %llu: %s", (unsigned long long)seed,
		      history_failed(history));
	target_check(model_target(history_model(history)), mix, base, seed);
	history_free(history);
}

static void mix_check(const struct era *mix, const struct era *base)
{
	struct fixture_target *t = fixture_target_model(mix->features);

	layout_check(&t->target, mix, base);
	fixture_target_free(t);
}

static void machines_check(const struct era *mix, const struct era *base, uint64_t seed)
{
	machine_check(mix, base, seed, false);
	machine_check(mix, base, seed, true);
}

static void pair_check(const struct era *a, const struct era *b, uint64_t seed)
{
	int machines = 0;

	for (int turn = 0; turn < MIXES; turn++) {
		struct era mix = era_mix(a, b, &seed);

		mix_check(&mix, a);
		if (machines == MACHINES || !can_run(mix.features))
			continue;
		machines++;
		machines_check(&mix, a, seed);
	}
	unit_check(machines == MACHINES, "%s and %s: %d machines", a->name, b->name, machines);
}

/* Each era with those around it: 3.13 with 4.19 and 5.10, ... */
START_TEST(random_mixes)
{
	for (int other = _i - 2; other <= _i + 2; other++)
		if (other != _i && other >= 0 && other < MODEL_ERAS)
			pair_check(model_era((enum model_era)_i), model_era((enum model_era)other),
				   (uint64_t)(10 * _i + other));
}
END_TEST

/* The rules have to allow what there is. */
START_TEST(eras_are_sensible)
{
	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct era *era = model_era((enum model_era)i);

		unit_check(is_sensible(era->features), "no sensible mixture: %s", era->name);
		unit_check(can_run(era->features), "no machine: %s", era->name);
		mix_check(era, era);
	}
}
END_TEST

/* Mixtures that were shipped. */
static const struct shipped {
	const char *name;
	enum model_era era;
	model_features with, without;
} shipped[] = {
	{ "RHEL 7", MODEL_ERA_3_13, F(RED_LEFT_PAD), 0 },
	{ "4.4", MODEL_ERA_3_13, F(SHRINK_PROMOTES) | F(MEMCG_EMBEDDED),
	  F(FREE_ABOVE_MIN) | F(DESTROY_RELISTS) | F(LIST_POISON_OLD) | F(TICKET_LOCKS) },
	{ "4.14", MODEL_ERA_3_13,
	  F(SHRINK_PROMOTES) | F(MEMCG_EMBEDDED) | F(RED_LEFT_PAD) | F(RANDOM_SEQ) | F(HARDENED),
	  F(FREE_ABOVE_MIN) | F(DESTROY_RELISTS) | F(LIST_POISON_OLD) | F(TICKET_LOCKS) },
	{ "4.14.177", MODEL_ERA_3_13,
	  F(SHRINK_PROMOTES) | F(MEMCG_EMBEDDED) | F(RED_LEFT_PAD) | F(RANDOM_SEQ) | F(HARDENED) |
		  F(SWAB),
	  F(FREE_ABOVE_MIN) | F(DESTROY_RELISTS) | F(LIST_POISON_OLD) | F(TICKET_LOCKS) },
	{ "RHEL 8.1", MODEL_ERA_4_19, F(KMALLOC_2D), 0 },
	{ "RHEL 8.6", MODEL_ERA_4_19, F(KMALLOC_2D) | F(SWAB), 0 },
	{ "4.19.124", MODEL_ERA_4_19, F(SWAB), 0 },
	{ "5.4", MODEL_ERA_4_19, F(KMALLOC_2D) | F(KMALLOC_ALIGNED), 0 },
	{ "5.4.38", MODEL_ERA_4_19, F(KMALLOC_2D) | F(KMALLOC_ALIGNED) | F(SWAB), 0 },
	{ "5.10.0", MODEL_ERA_5_10, 0, F(TID_ON_DEACTIVATE) },
	{ "5.15", MODEL_ERA_5_10, F(CLEARS_FIRST) | F(KMALLOC_CGROUP),
	  F(DRAIN_ONE_BY_ONE) | F(TID_ON_DEACTIVATE) },
	{ "6.2", MODEL_ERA_6_1, F(SLAB_CACHE_FIRST), F(FROZEN_IS_BAD) },
	{ "6.6", MODEL_ERA_6_1,
	  F(SLAB_CACHE_FIRST) | F(ORDER_IN_FLAGS_1) | F(FREELIST_TID) | F(KMALLOC_RANDOM),
	  F(ORDER_IN_FOLIO) },
	{ "6.12.0", MODEL_ERA_6_12, 0, F(ORIG_SIZE_LONG) },
	{ "7.0", MODEL_ERA_7_2, 0, F(PER_NODE) | F(COMPOUND_INFO) | F(LAZY_LIST) },
	{ "7.1", MODEL_ERA_7_2, 0, F(LAZY_LIST) },
	{ "without a key", MODEL_ERA_6_12, 0, F(HARDENED) | F(SWAB) },
	{ "without random freelists", MODEL_ERA_5_10, 0, F(RANDOM_SEQ) },
};

START_TEST(shipped_mixes)
{
	const struct shipped *s = &shipped[_i];
	const struct era *base = model_era(s->era);
	struct era mix = *base;

	mix.name = s->name;
	mix.features = (base->features | s->with) & ~s->without;
	mix.flags = flags_of(mix.features, base);
	unit_check(is_sensible(mix.features), "no sensible mixture: %s", s->name);
	mix_check(&mix, base);
	for (uint64_t seed = 1; seed <= MACHINES && can_run(mix.features); seed++)
		machines_check(&mix, base, seed);
}
END_TEST

Suite *suite_layout_mixes(void)
{
	Suite *suite = suite_create("layout_mixes");
	TCase *tcase = tcase_create("mixes");

	tcase_add_test(tcase, eras_are_sensible);
	tcase_add_loop_test(tcase, shipped_mixes, 0, UNIT_COUNT(shipped));
	tcase_add_loop_test(tcase, random_mixes, 0, MODEL_ERAS);
	suite_add_tcase(suite, tcase);
	return suite;
}
