/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rig.h"

#include <stdlib.h>

struct rig *rig_new(enum model_era era, struct model_config config)
{
	struct rig *r = calloc(1, sizeof(*r));

	unit_check(r != NULL, "no memory");
	config.era = model_era(era);
	if (!config.seed)
		config.seed = 7;
	r->m = model_new(&config);
	r->era = era;
	r->name = config.era->name;
	rig_is(r, r->m != NULL, "the machine does not boot");
	return r;
}

void rig_census(struct rig *r)
{
	struct census *census = census_take(r->m, 0);
	const char *wrong;

	rig_is(r, census != NULL, "no census");
	wrong = census_check(census);
	rig_is(r, !wrong, "%s", wrong);
	census_free(census);
}

void rig_end(struct rig *r)
{
	rig_census(r);
	model_free(r->m);
	free(r);
}

uint64_t rig_cache(struct rig *r, struct model_cache_args args)
{
	enum model_end end;

	if (!args.name)
		args.name = "rig";
	end = model_cache_create(r->m, 0, &args, &r->s);
	rig_is(r, end == MODEL_DONE && r->s, "the cache %s cannot be created", args.name);
	return r->s;
}

static void must(struct rig *r, enum model_end end, const char *what)
{
	const struct model_oops *oops = model_oops(r->m);

	rig_is(r, end == MODEL_DONE, "%s: %s at %#llx", what,
	       end == MODEL_STUCK ? "waits for ever" : oops->what,
	       (unsigned long long)oops->address);
}

uint64_t rig_alloc(struct rig *r, unsigned int cpu)
{
	uint64_t object;

	must(r, model_alloc(r->m, cpu, r->s, model_gfp_kernel(r->m), MODEL_ANY_NODE, &object),
	     "allocates");
	rig_is(r, object != 0, "no memory for an object");
	return object;
}

void rig_free(struct rig *r, unsigned int cpu, uint64_t object)
{
	must(r, model_free_object(r->m, cpu, r->s, object), "frees");
}

void rig_alloc_many(struct rig *r, unsigned int cpu, unsigned int nr, uint64_t *objects)
{
	for (unsigned int i = 0; i < nr; i++)
		objects[i] = rig_alloc(r, cpu);
}

void rig_free_many(struct rig *r, unsigned int cpu, unsigned int nr, const uint64_t *objects)
{
	for (unsigned int i = 0; i < nr; i++)
		rig_free(r, cpu, objects[i]);
}

uint64_t *rig_slabs(struct rig *r, unsigned int cpu, unsigned int nr)
{
	unsigned int n = rig_objects(r);
	uint64_t *objects = calloc((size_t)nr * n, sizeof(*objects));

	unit_check(objects != NULL, "no memory");
	rig_alloc_many(r, cpu, nr * n, objects);
	for (unsigned int i = 0; i < nr * n; i++)
		rig_is(r, rig_slab(r, objects[i]) == rig_slab(r, objects[i - i % n]),
		       "object %u is not of slab %u", i, i / n);
	return objects;
}

unsigned int rig_chain(struct rig *r, uint64_t head)
{
	unsigned int n = 0;

	for (; head; head = get_freepointer(r->m, r->s, head))
		rig_is(r, ++n < 65536, "a freelist has no end");
	return n;
}

int rig_on_node(struct rig *r, unsigned int node, uint64_t slab)
{
	uint64_t head = AT(r->m, get_node(r->m, r->s, node), node_partial);
	int position = 0;

	for (uint64_t at = get64(r->m, head); at != head; at = get64(r->m, at), position++)
		if (at == AT(r->m, slab, slab_list))
			return position;
	return -1;
}

int rig_on_cpu(struct rig *r, unsigned int cpu, uint64_t slab)
{
	int position = 0;

	for (uint64_t at = rig_cpu_partial(r, cpu); at; at = get(r->m, at, slab_next), position++)
		if (at == slab)
			return position;
	return -1;
}

unsigned int rig_nr_on_cpu(struct rig *r, unsigned int cpu)
{
	unsigned int n = 0;

	for (uint64_t at = rig_cpu_partial(r, cpu); at; at = get(r->m, at, slab_next))
		n++;
	return n;
}

bool rig_is_slab(struct rig *r, uint64_t slab)
{
	/* PGTY_slab in the top byte since 6.12, PG_slab before. */
	if (r->era >= MODEL_ERA_6_12)
		return get(r->m, slab, page_type) >> 24 == 0xf5;
	return get(r->m, slab, slab_flags) & r->m->shape.pg_slab;
}

uint64_t rig_pcs(struct rig *r, unsigned int cpu)
{
	return get64(r->m, AT(r->m, r->s, cache_cpu_sheaves)) + r->m->cpu_offset[cpu];
}
