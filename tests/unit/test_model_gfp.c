/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the GFP flags of an allocation do. */
#include <stdlib.h>

#include "tests/unit/rig.h"

#define SIZE 100 /* of 104 bytes */

static struct rig *machine(enum model_era era)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	return r;
}

static enum model_end try(struct rig *r, unsigned int cpu, uint32_t gfp, uint64_t *object)
{
	return model_alloc(r->m, cpu, r->s, gfp, MODEL_ANY_NODE, object);
}

/* As the kernels print them: "gfp_mask=0xcc0(GFP_KERNEL)". */
EACH_MODEL_ERA(values)
{
	static const struct {
		uint32_t kernel, atomic, noio, zeroed;
	} known[MODEL_ERAS] = {
		{ 0xd0, 0x20, 0x10, 0x80d0 }, /* __GFP_WAIT */
		{ 0x6000c0, 0x480020, 0x600000, 0x6080c0 },
		{ 0xcc0, 0xa20, 0xc00, 0xdc0 },
		{ 0xcc0, 0xa20, 0xc00, 0xdc0 },
		{ 0xcc0, 0x820, 0xc00, 0xdc0 }, /* without __GFP_ATOMIC, 6.3 */
		{ 0xcc0, 0x820, 0xc00, 0xdc0 },
	};
	struct rig *r = machine(era);

	rig_eq(r, model_gfp_kernel(r->m), known[era].kernel, "GFP_KERNEL");
	rig_eq(r, model_gfp_atomic(r->m), known[era].atomic, "GFP_ATOMIC");
	rig_eq(r, model_gfp_noio(r->m), known[era].noio, "GFP_NOIO");
	rig_eq(r, model_gfp_kernel(r->m) | model_gfp(r->m)->zero, known[era].zeroed,
	       "GFP_KERNEL|__GFP_ZERO");
	rig_end(r);
}

/* Who may wait must be allowed to: GFP_NOIO may, whoever holds a spinlock is not. */
EACH_MODEL_ERA(sleeping)
{
	struct rig *r = machine(era);
	const uint32_t waits[] = { model_gfp_kernel(r->m), model_gfp_noio(r->m) };
	uint64_t object;

	for (int i = 0; i < 2; i++) {
		uint64_t before = model_reports(r->m, MODEL_REPORT_SLEEPING);

		ck_assert_int_eq(try(r, 0, waits[i], &object), MODEL_DONE);
		rig_eq(r, model_reports(r->m, MODEL_REPORT_SLEEPING), before,
		       "reports of %#x outside", waits[i]);
		model_set_atomic(r->m, 0, true);
		ck_assert_int_eq(try(r, 0, waits[i], &object), MODEL_DONE);
		rig_is(r, object != 0, "it gets nothing");
		rig_eq(r, model_reports(r->m, MODEL_REPORT_SLEEPING), before + 1,
		       "reports of %#x under a spinlock", waits[i]);
		ck_assert_int_eq(try(r, 0, model_gfp_atomic(r->m), &object), MODEL_DONE);
		ck_assert_int_eq(try(r, 1, waits[i], &object), MODEL_DONE);
		rig_eq(r, model_reports(r->m, MODEL_REPORT_SLEEPING), before + 1,
		       "reports of GFP_ATOMIC, and of another CPU");
		model_set_atomic(r->m, 0, false);
	}
	rig_end(r);
}

/* __GFP_ZERO clears the object, and nothing behind it. */
EACH_MODEL_ERA(zeroed)
{
	struct rig *r = machine(era);
	uint64_t object = rig_alloc(r, 0), again;
	uint8_t byte;

	for (unsigned int i = 0; i < 104; i++) {
		byte = 0x41;
		model_poke(r->m, object + i, &byte, 1);
	}
	rig_free(r, 0, object);
	ck_assert_int_eq(try(r, 0, model_gfp_kernel(r->m) | model_gfp(r->m)->zero, &again),
			 MODEL_DONE);
	rig_eq(r, again, object, "object");
	for (unsigned int i = 0; i < 104; i++) {
		model_peek(r->m, object + i, &byte, 1);
		rig_eq(r, byte, i < SIZE ? 0 : 0x41, "byte %u", i);
	}
	rig_end(r);
}

/*
 * Flags that SLUB does not know matter when a new slab is needed: a bug until 4.7, then a report
 * after which they are gone.
 */
EACH_MODEL_ERA(bad)
{
	struct rig *r = machine(era);
	uint32_t gfp = model_gfp_kernel(r->m) | model_gfp(r->m)->highmem;
	enum model_end end;
	uint64_t object;

	rig_alloc(r, 0);
	end = try(r, 0, gfp, &object);
	rig_eq(r, end, MODEL_DONE, "how the fast path ended");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_BAD_GFP), 0, "reports of the fast path");
	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	end = try(r, 0, gfp, &object);
	rig_eq(r, end, era < MODEL_ERA_4_19 ? MODEL_OOPS : MODEL_DONE, "how it ended");
	if (end == MODEL_OOPS) {
		rig_eq(r, model_oops(r->m)->kind, MODEL_OOPS_BUG, "kind of oops");
	} else {
		rig_eq(r, model_reports(r->m, MODEL_REPORT_BAD_GFP), 1, "reports");
		rig_is(r, object != 0, "it gets nothing");
	}
	model_free(r->m);
	free(r);
}

/* CONFIG_FAILSLAB: an allocation fails without any reason, except for who cannot cope with that. */
EACH_MODEL_ERA(injected)
{
	struct rig *r = machine(era);
	uint32_t gfp = model_gfp_kernel(r->m);
	uint64_t object;

	model_fail_slab(r->m, 3);
	for (int i = 1; i <= 5; i++) {
		ck_assert_int_eq(try(r, 0, gfp, &object), MODEL_DONE);
		rig_eq(r, object == 0, i == 3, "allocation %d fails", i);
	}
	model_fail_slab(r->m, 1);
	ck_assert_int_eq(try(r, 0, gfp | model_gfp(r->m)->nofail, &object), MODEL_DONE);
	rig_is(r, object != 0, "__GFP_NOFAIL fails");
	ck_assert_int_eq(try(r, 0, gfp, &object), MODEL_DONE);
	rig_eq(r, object, 0, "the next one");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_NO_MEMORY), 0, "reports");
	rig_end(r);
}

Suite *suite_model_gfp(void)
{
	Suite *suite = suite_create("model_gfp");
	TCase *flags = tcase_create("flags");

	tcase_set_timeout(flags, RIG_TIMEOUT);
	tcase_add_test(flags, values);
	tcase_add_test(flags, sleeping);
	tcase_add_test(flags, zeroed);
	tcase_add_test(flags, bad);
	tcase_add_test(flags, injected);
	suite_add_tcase(suite, flags);
	return suite;
}
