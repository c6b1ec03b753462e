/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches that were destroyed while objects were in use, and constructors that are gone. On machines of the model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/slub/cache.h"
#include "tests/unit/rig.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

#define H(x) ((unsigned long long)(x))
#define NOWHERE UINT64_C(0xffffffffc0123450)

/* Two slabs, of which so many objects are in use when the cache is destroyed. */
static struct rig *destroyed_new(enum model_era era, unsigned int flags, unsigned int left,
				 uint64_t *o)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	bool error;

	rig_cache(r, (struct model_cache_args){
			     .name = "victim", .size = 640, .flags = RIG_PLAIN | flags });
	rig_alloc_many(r, 0, 8, o);
	rig_free_many(r, 1, 8 - left, o + left);
	rig_is(r, model_cache_destroy(r->m, 0, r->s, &error) == MODEL_DONE && error,
	       "nobody minds the objects");
	return r;
}

static void rig_done(struct rig *r)
{
	model_free(r->m);
	free(r);
}

static struct run *check(struct rig *r, bool scan)
{
	return run_check_target(model_target(r->m), r->name, (struct run_options){ .scan = scan });
}

static bool is_shown(const struct run *run, uint64_t object)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", H(object));
	return strstr(run_line(run, "id=cache-destroyed"), text);
}

/* On slab_caches or on no list: one note, with the objects, and all else is as it should be. */
EACH_MODEL_ERA(left)
{
	uint64_t o[8];
	struct rig *r = destroyed_new(era, 0, 3, o);
	struct run *run = check(r, true);

	run_expect(run,
		   "id=cache-destroyed severity=note place=cache cache_address=0x%llx "
		   "cache=victim slot_name=refcount raw=0x0",
		   H(r->s));
	for (int i = 0; i < 3; i++)
		rig_is(r, is_shown(run, o[i]), "object %d is not named", i);
	rig_is(r, !is_shown(run, o[3]), "a free object is named");
	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "transient");
	run_nothing_else(run, "note");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	rig_done(r);
}

/* Without a scan only those on slab_caches can be seen, and not what is left of them. */
EACH_MODEL_ERA(left_unseen)
{
	uint64_t o[8];
	struct rig *r = destroyed_new(era, 0, 1, o);
	struct run *run = check(r, false);

	if (era < MODEL_ERA_6_12) {
		run_expect(run, "id=cache-destroyed severity=note cache=victim");
		rig_is(r, !is_shown(run, o[0]), "an object is named");
	}
	run_nothing_else(run, "note");
	run_nothing_else(run, "corrupt");
	run_free(run);
	rig_done(r);
}

/* What slab_caches lacks is no destroyed cache when its refcount or its list entry says otherwise. */
EACH_MODEL_ERA(unlisted)
{
	uint64_t o[8], list;
	struct rig *r;
	struct run *run;

	if (era < MODEL_ERA_6_12)
		return;
	r = destroyed_new(era, 0, 2, o);
	put(r->m, r->s, cache_refcount, 1);
	run = check(r, true);
	run_expect(run, "id=slab-cache severity=corrupt slab=0x%llx", H(rig_slab(r, o[0])));
	run_free(run);
	put(r->m, r->s, cache_refcount, 0);
	list = AT(r->m, r->s, cache_list);
	rig_is(r, model_poke(r->m, list, &list, 8), "no memory");
	run = check(r, true);
	run_expect(run, "id=slab-cache severity=corrupt slab=0x%llx", H(rig_slab(r, o[0])));
	run_free(run);
	rig_done(r);
}

/* The freelist of such a slab is damaged: what is in use nobody knows. */
EACH_MODEL_ERA(damaged)
{
	uint64_t o[8], junk = UINT64_C(0x4141deadbeef4141);
	struct rig *r = destroyed_new(era, 0, 2, o);
	struct run *run;

	rig_is(r, model_poke(r->m, AT(r->m, rig_slab(r, o[0]), slab_freelist), &junk, 8),
	       "no memory");
	run = check(r, true);
	run_expect(run, "id=cache-destroyed severity=note cache=victim");
	run_expect(run, "id=freelist-wild severity=corrupt cache=victim");
	run_nothing_else(run, "corrupt");
	run_free(run);
	rig_done(r);
}

/* What an address in such a slab is, with the name that is left, on slab_caches or not. */
EACH_MODEL_ERA(address)
{
	uint64_t o[8];
	struct rig *r = destroyed_new(era, 0, 3, o);
	struct run_options options = { .text = true, .is_address = true, .address = o[1] + 8 };
	struct run *run;

	options.scan = true;
	run = run_check_target(model_target(r->m), r->name, options);
	run_unfold(run);
	rig_is(r,
	       strstr(run->text, "of victim (destroyed)") ||
		       strstr(run->text, "victim (destroyed) object"),
	       "no destroyed cache in %s", run->text);
	run_free(run);
	/* Somebody is at work on the list, or the memory is another's by now. */
	put(r->m, r->s, cache_refcount, 1);
	run = run_check_target(model_target(r->m), r->name, options);
	rig_is(r, !strstr(run->text, "destroyed"), "%s", run->text);
	run_free(run);
	rig_done(r);
}

/* Code of a module that is gone, an address that is not code, and code of the kernel. */
EACH_MODEL_ERA(ctor)
{
	uint64_t o[2];
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	struct run *run;

	rig_cache(r, (struct model_cache_args){
			     .name = "made", .size = 640, .flags = RIG_PLAIN, .ctor = true });
	rig_alloc_many(r, 0, 2, o);
	run = check(r, true);
	run_nothing_else(run, "corrupt");
	run_free(run);
	put(r->m, r->s, cache_ctor, NOWHERE);
	run = check(r, true);
	run_expect(run,
		   "id=cache-ctor severity=corrupt place=cache cache=made slot=0x%llx "
		   "slot_name=ctor raw=0x%llx cause=metadata-write",
		   H(AT(r->m, r->s, cache_ctor)), H(NOWHERE));
	run_nothing_else(run, "corrupt");
	run_free(run);
	put(r->m, r->s, cache_ctor, o[0]);
	run = check(r, true);
	run_expect(run, "id=cache-ctor severity=corrupt cache=made raw=0x%llx", H(o[0]));
	run_nothing_else(run, "corrupt");
	run_free(run);
	/* Nobody makes objects of a destroyed one. */
	put(r->m, r->s, cache_refcount, 0);
	run = check(r, true);
	run_expect(run, "id=cache-destroyed severity=note cache=made");
	run_nothing_else(run, "corrupt");
	run_free(run);
	rig_done(r);
}

Suite *suite_checker_destroyed(void)
{
	Suite *suite = suite_create("checker_destroyed");
	TCase *tcase = tcase_create("destroyed");

	tcase_add_test(tcase, left);
	tcase_add_test(tcase, left_unseen);
	tcase_add_test(tcase, unlisted);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, address);
	tcase_add_test(tcase, ctor);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
