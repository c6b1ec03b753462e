/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model in the memory of another one: it finds out by itself of what era that is, and does next
 * what that one does.
 */
#include <stdlib.h>

#include "tests/unit/rig.h"

static struct model *attach(struct rig *r)
{
	const char *error = NULL;
	struct model *m = model_attach(model_target(r->m), r->m->encoding, r->m->tid_step, &error);

	rig_is(r, m != NULL, "cannot attach: %s", error);
	return m;
}

EACH_MODEL_ERA(features)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	struct model *m = attach(r);

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (features_told() >> i & 1)
			rig_eq(r, model_has(m, (enum feature)i), model_has(r->m, (enum feature)i),
			       "%s", feature_info((enum feature)i)->name);
	rig_is(r, model_era_of(m) == model_era(era), "taken for %s", model_era_of(m)->name);
	rig_eq(r, m->nr_cpus, 4, "CPUs");
	model_free(m);
	rig_end(r);
}

/* The nodes of CPUs are those of the machine. */
EACH_MODEL_ERA(nodes_of_cpus)
{
	static const unsigned int nodes[] = { 1, 1, 0, 2 };
	struct rig *r = rig_new(era, (struct model_config){ .nr_nodes = 3, .cpu_nodes = nodes });
	struct model *m = attach(r);

	rig_eq(r, m->nr_nodes, 3, "nodes");
	for (unsigned int i = 0; i < 4; i++)
		rig_eq(r, m->cpu_home[i], nodes[i], "node of CPU %u", i);
	model_free(m);
	rig_end(r);
}

/* What is stored in an attached model stays there. */
EACH_MODEL_ERA(nothing_written)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t o[4], object, word;
	struct model *m;

	rig_cache(r, (struct model_cache_args){ .size = 64, .flags = RIG_PLAIN });
	rig_alloc_many(r, 0, 4, o);
	rig_free_many(r, 0, 4, o);
	word = get64(r->m, o[3]);
	m = attach(r);
	for (int i = 3; i >= 0; i--) {
		ck_assert_int_eq(model_alloc(m, 0, r->s, model_gfp_kernel(m) | model_gfp(m)->zero,
					     MODEL_ANY_NODE, &object),
				 MODEL_DONE);
		rig_eq(r, object, o[i], "object of the attached model");
	}
	rig_eq(r, get64(m, o[3]), 0, "word that it cleared");
	rig_eq(r, get64(r->m, o[3]), word, "the same word of the machine");
	for (int i = 3; i >= 0; i--)
		rig_eq(r, rig_alloc(r, 0), o[i], "object of the machine");
	model_free(m);
	rig_end(r);
}

/* The next operation. */
struct operation {
	unsigned int cpu;
	bool alloc;
	int node;
	uint64_t object; /* to be freed */
};

static uint64_t perform(struct rig *r, struct model *m, const struct operation *op)
{
	uint64_t object = 0;
	enum model_end end;

	if (op->alloc)
		end = model_alloc(m, op->cpu, r->s, model_gfp_kernel(m), op->node, &object);
	else
		end = model_free_object(m, op->cpu, r->s, op->object);
	rig_eq(r, end, MODEL_DONE, "how an operation ended");
	return object;
}

#define OBJECTS 300
#define PREDICTED 1000

/* More is allocated, then more freed, and so on. */
static struct operation choose(struct rig *r, uint64_t *state, unsigned int nr, const uint64_t *o)
{
	uint64_t word = unit_random(state) >> 16;
	bool more = *state >> 63;

	if (nr == OBJECTS || (nr && word % 100 < (more ? 40 : 60)))
		return (struct operation){ .cpu = word / 128 % 3,
					   .object = o[word / 1024 % nr],
					   .node = MODEL_ANY_NODE };
	return (struct operation){
		.cpu = word / 128 % 3,
		.alloc = true,
		.node = word / 1024 % 8 ? MODEL_ANY_NODE : (int)(word / 8192 % r->m->nr_nodes),
	};
}

/*
 * Operations in both, until the attached one needs pages, which it cannot have; then another one is
 * attached. In the end so many were foretold.
 */
static void predict(enum model_era era, struct model_cache_args args, unsigned int nr_nodes)
{
	struct rig *r = rig_new(
		era, (struct model_config){
			     .nr_cpus = 3, .nr_nodes = nr_nodes, .frames = 4096, .tid_step = 4 });
	uint64_t o[OBJECTS], state = 1, guess, object;
	unsigned int nr = 0, right = 0, attached = 0;
	struct model *m = NULL;

	rig_cache(r, args);
	rig_set(r, cache_defrag_ratio, 0); /* other nodes are a matter of luck */
	while (right < PREDICTED) {
		struct operation op = choose(r, &state, nr, o);

		if (!m) {
			m = attach(r);
			rig_is(r, ++attached < PREDICTED, "it needs pages all the time");
		}
		guess = perform(r, m, &op);
		object = perform(r, r->m, &op);
		if (m->wanted_pages) {
			model_free(m);
			m = NULL;
		} else {
			rig_eq(r, guess, object, "object %u", right);
			right++;
		}
		if (op.alloc) {
			o[nr++] = object;
			continue;
		}
		for (unsigned int i = 0; i < nr; i++)
			if (o[i] == op.object)
				o[i--] = o[--nr];
	}
	model_free(m);
	rig_end(r);
}

EACH_MODEL_ERA(foretold)
{
	predict(era, (struct model_cache_args){ .size = 200, .flags = MODEL_CACHE_NO_MERGE }, 2);
}

EACH_MODEL_ERA(foretold_few)
{
	predict(era, (struct model_cache_args){ .size = 2000, .flags = RIG_PLAIN, .ctor = true },
		1);
}

EACH_MODEL_ERA(foretold_debug)
{
	predict(era,
		(struct model_cache_args){ .size = 100, .flags = RIG_PLAIN | MODEL_CACHE_DEBUG },
		1);
}

/* A page that the dump lacks is not memory that nobody has. */
EACH_MODEL_ERA(absent)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t o[2], object;
	struct model *m;
	uint8_t byte;

	rig_cache(r, (struct model_cache_args){ .size = 64, .flags = RIG_PLAIN });
	rig_alloc_many(r, 0, 2, o);
	rig_free_many(r, 0, 2, o);
	model_absent(r->m, o[1]);
	rig_eq(r, model_target(r->m)->ops->read(model_target(r->m), o[1], &byte, 1), TARGET_ABSENT,
	       "a read of the page");
	rig_eq(r,
	       model_target(r->m)->ops->read(model_target(r->m), UINT64_C(0xffff700000000000),
					     &byte, 1),
	       TARGET_UNMAPPED, "a read of no memory");
	m = attach(r);
	rig_eq(r, model_alloc(m, 0, r->s, model_gfp_kernel(m), MODEL_ANY_NODE, &object), MODEL_OOPS,
	       "how the allocation ended");
	rig_eq(r, model_oops(m)->kind, MODEL_OOPS_ABSENT, "kind of oops");
	model_free(m);
	rig_eq(r, rig_alloc(r, 0), o[1], "object of the machine, which has the page");
	rig_end(r);
}

Suite *suite_model_attach(void)
{
	Suite *suite = suite_create("model_attach");
	TCase *dump = tcase_create("dump"), *next = tcase_create("next");

	tcase_set_timeout(dump, RIG_TIMEOUT);
	tcase_add_test(dump, features);
	tcase_add_test(dump, nodes_of_cpus);
	tcase_add_test(dump, nothing_written);
	tcase_add_test(dump, absent);
	suite_add_tcase(suite, dump);
	tcase_set_timeout(next, RIG_TIMEOUT);
	tcase_add_test(next, foretold);
	tcase_add_test(next, foretold_few);
	tcase_add_test(next, foretold_debug);
	suite_add_tcase(suite, next);
	return suite;
}
