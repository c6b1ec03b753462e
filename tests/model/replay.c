/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs scripts that a real kernel ran (testdata/record/SCRIPTS.md) in the model, and compares what
 * came of them, object by object and slab by slab.
 *
 *   replay [-v] ERA DIR [NAME...]
 *
 * DIR is an unpacked testdata/replayed/ directory. Exit status 0: they agree in everything.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/slub/census.h"
#include "model/slub/slub.h"

#define LINE_MAX_BYTES 65536
#define OBJECTS_MAX 200000
#define SLABS_MAX 60000
#define CPUS 4

/* Facts of one kind: how many, and how many are the same. */
struct tally {
	const char *what;
	uint64_t all, same;
};

enum fact {
	FACT_CACHE,
	FACT_ALLOC,
	FACT_CPU,
	FACT_CHAIN,
	FACT_SHEAVES,
	FACT_BARN,
	FACT_NODE,
	FACT_SLAB,
	FACTS
};

static const char *const fact_names[FACTS] = { "members of kmem_cache",	 "objects allocated",
					       "kmem_cache_cpu",	 "partial lists of CPUs",
					       "sheaves of CPUs",	 "barns",
					       "kmem_cache_node, lists", "slabs" };

struct totals {
	struct tally facts[FACTS];
	unsigned int scripts, scripts_same;
	uint64_t steps;
	bool verbose;
};

/* The lines of a file. */
struct lines {
	char *text;
	char **line;
	size_t nr;
};

struct replay {
	struct model *m;
	struct lines script, observed;
	size_t at; /* in observed: the next line to be compared */
	uint64_t cache;
	uint64_t *objects; /* by number */
	size_t nr_objects;
	uint64_t *slabs; /* by number: the latest slab of that address */
	size_t nr_slabs;
	size_t nr_told; /* of the slabs: those that were compared */
	uint32_t *starts; /* by number of the slab: where in random_seq it begins */
	uint32_t *firsts; /* the index that is there */
	size_t nr_starts;
	struct totals *totals;
	const char *name;
	bool differs;
};

static _Noreturn void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void *need(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

static struct lines lines_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct lines l = { 0 };
	size_t size, nr = 0;
	char *end;

	if (!file)
		die("cannot open %s", path);
	fseek(file, 0, SEEK_END);
	size = (size_t)ftell(file);
	rewind(file);
	l.text = need(malloc(size + 1));
	if (fread(l.text, 1, size, file) != size)
		die("cannot read %s", path);
	fclose(file);
	l.text[size] = '\0';
	for (const char *p = l.text; *p; p++)
		nr += *p == '\n';
	l.line = need(calloc(nr + 1, sizeof(*l.line)));
	for (char *p = l.text; *p; p = end + 1) {
		end = strchr(p, '\n');
		if (!end)
			break;
		*end = '\0';
		l.line[l.nr++] = p;
	}
	return l;
}

static void lines_free(struct lines *l)
{
	free(l->text);
	free(l->line);
}

/* The rest of the first line that starts with a word, or NULL. */
static const char *line_of(const struct lines *l, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < l->nr; i++)
		if (!strncmp(l->line[i], word, n) && (l->line[i][n] == ' ' || !l->line[i][n]))
			return l->line[i] + n;
	return NULL;
}

static uint64_t number_of(const struct lines *l, const char *word)
{
	const char *rest = line_of(l, word);

	return rest ? strtoull(rest, NULL, 0) : 0;
}

/* Comparing. */

__attribute__((format(printf, 3, 4))) static void compare(struct replay *r, enum fact fact,
							  const char *format, ...)
{
	const char *seen = r->at < r->observed.nr ? r->observed.line[r->at] : "nothing";
	static char line[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	r->at++;
	r->totals->facts[fact].all++;
	if (!strcmp(seen, line)) {
		r->totals->facts[fact].same++;
		return;
	}
	if (!r->differs || r->totals->verbose)
		printf("%s: the kernel: %s\n%*s  the model: %s\n", r->name, seen,
		       (int)strlen(r->name), "", line);
	r->differs = true;
}

/* A line that is made piece by piece. */
struct builder {
	char text[LINE_MAX_BYTES];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct builder *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	b->len += (size_t)vsnprintf(b->text + b->len, sizeof(b->text) - b->len, format, args);
	va_end(args);
	if (b->len >= sizeof(b->text))
		die("a line is too long");
}

static void compare_built(struct replay *r, enum fact fact, const struct builder *b)
{
	compare(r, fact, "%s", b->text);
}

static bool has_sheaves(const struct replay *r)
{
	return has_member(r->m, cache_cpu_sheaves);
}

/* Slabs are numbered as they come. */

static void on_note(void *ctx, enum model_note note, uint64_t address, uint64_t value)
{
	struct replay *r = ctx;
	bool ours;

	(void)value;
	if (note != MODEL_NOTE_NEW_SLAB)
		return;
	ours = get(r->m, address, slab_cache) == r->cache;
	/* Sheaves come from slabs that the kernel did not tell of. */
	if (has_sheaves(r))
		model_freelist_starts(r->m, &r->starts[r->nr_slabs],
				      ours && r->nr_slabs < r->nr_starts);
	if (!ours)
		return;
	if (r->nr_slabs == SLABS_MAX)
		die("too many slabs");
	r->slabs[r->nr_slabs++] = address;
}

static size_t slab_number(const struct replay *r, uint64_t slab)
{
	for (size_t i = r->nr_slabs; i--;)
		if (r->slabs[i] == slab)
			return i;
	return SIZE_MAX;
}

static unsigned int object_index(struct replay *r, uint64_t slab, uint64_t object)
{
	uint64_t base = slab_base(r->m, slab) + get(r->m, r->cache, cache_red_left_pad);

	return (unsigned int)((object - base) / cache_size(r->m, r->cache));
}

/* The machine and the cache. */

static unsigned int flags_of(const char *words, bool *ctor)
{
	static const struct {
		const char *word;
		unsigned int flag;
	} known[] = {
		{ "hwcache-align", MODEL_CACHE_HWCACHE_ALIGN },
		{ "rcu", MODEL_CACHE_RCU },
		{ "reclaim", MODEL_CACHE_RECLAIM },
		{ "red-zone", MODEL_CACHE_RED_ZONE },
		{ "poison", MODEL_CACHE_POISON },
		{ "store-user", MODEL_CACHE_STORE_USER },
		{ "checks", MODEL_CACHE_CHECKS },
	};
	unsigned int flags = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(words, known[i].word))
			flags |= known[i].flag;
	*ctor = strstr(words, "ctor") != NULL;
	return flags;
}

/* What the kernel drew: the order of objects, and where in it each slab starts. */
static void randomness_copy(struct replay *r)
{
	const char *order = line_of(&r->observed, "random_seq");
	uint64_t seq = get(r->m, r->cache, cache_random_seq);
	uint32_t size = cache_size(r->m, r->cache), place[32768], offset;
	unsigned int nr = 0, slab, index, object;
	const char *first;
	char *end;

	while (order && *order) {
		index = (unsigned int)strtoul(order, &end, 10);
		if (end == order)
			break;
		offset = index * size;
		if (!seq || !model_poke(r->m, seq + 4 * nr, &offset, 4))
			die("%s: no random_seq in the model", r->name);
		place[index] = nr++;
		order = end;
	}
	if (!nr)
		return;
	for (size_t i = 0; i < r->observed.nr; i++) {
		if (strncmp(r->observed.line[i], "new ", 4))
			continue;
		first = strstr(r->observed.line[i], " first ");
		if (first)
			index = (unsigned int)strtoul(first + 7, NULL, 10);
		else if (sscanf(r->observed.line[i + 1], "alloc %u %u %u", &object, &slab,
				&index) != 3)
			die("%s: no alloc behind new", r->name);
		r->firsts[r->nr_starts] = index;
		r->starts[r->nr_starts++] = place[index];
	}
	if (!has_sheaves(r))
		model_freelist_starts(r->m, r->starts, r->nr_starts);
}

static void partial_set(struct replay *r, uint64_t objects)
{
	uint64_t per_slab = oo_objects(cache_oo(r->m, r->cache));

	if (has_member(r->m, cache_cpu_partial))
		put(r->m, r->cache, cache_cpu_partial, objects);
	if (has_member(r->m, cache_cpu_partial_slabs))
		put(r->m, r->cache, cache_cpu_partial_slabs,
		    (2 * objects + per_slab - 1) / per_slab);
}

/* Slabs that are half full, where the kernel counts objects. */
static void partial_slabs_set(struct replay *r, uint64_t slabs)
{
	uint64_t per_slab = oo_objects(cache_oo(r->m, r->cache));

	if (has_member(r->m, cache_cpu_partial_slabs))
		put(r->m, r->cache, cache_cpu_partial_slabs, slabs);
	else if (has_member(r->m, cache_cpu_partial))
		put(r->m, r->cache, cache_cpu_partial, slabs * per_slab / 2);
}

static void header_apply(struct replay *r)
{
	const char *remote = line_of(&r->script, "remote");

	if (line_of(&r->script, "min_partial"))
		put(r->m, r->cache, cache_min_partial, number_of(&r->script, "min_partial"));
	if (line_of(&r->script, "cpu_partial"))
		partial_set(r, number_of(&r->script, "cpu_partial"));
	if (line_of(&r->script, "cpu_partial_slabs"))
		partial_slabs_set(r, number_of(&r->script, "cpu_partial_slabs"));
	put(r->m, r->cache, cache_defrag_ratio, remote && strstr(remote, "always") ? 1024 : 0);
}

static void cache_make(struct replay *r)
{
	const char *line = line_of(&r->script, "cache");
	struct model_cache_args args = { .name = r->name };
	int used = 0;

	if (!line || sscanf(line, "%u %u%n", &args.size, &args.align, &used) != 2)
		die("%s: no cache line", r->name);
	args.flags = flags_of(line + used, &args.ctor);
	args.usersize = args.size;
	if (model_cache_create(r->m, 0, &args, &r->cache) != MODEL_DONE || !r->cache)
		die("%s: the cache cannot be made", r->name);
	header_apply(r);
	randomness_copy(r);
	model_watch(r->m, on_note, r);
}

/* The members are observed at the end, but in the first lines. */
static void cache_compare(struct replay *r)
{
	static const char *const words[] = { "size",   "object_size", "inuse",
					     "offset", "align",	      "red_left_pad" };
	struct model *m = r->m;
	const uint64_t values[] = {
		get(m, r->cache, cache_size),  get(m, r->cache, cache_object_size),
		get(m, r->cache, cache_inuse), get(m, r->cache, cache_offset),
		get(m, r->cache, cache_align), get(m, r->cache, cache_red_left_pad)
	};
	uint64_t oo = cache_oo(m, r->cache), min = get(m, r->cache, cache_min);

	r->at = 0;
	compare(r, FACT_CACHE, "cache %s", r->name);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		compare(r, FACT_CACHE, "%s %" PRIu64, words[i], values[i]);
	compare(r, FACT_CACHE, "oo %u %u", oo_order(oo), oo_objects(oo));
	compare(r, FACT_CACHE, "min %u %u", oo_order(min), oo_objects(min));
	compare(r, FACT_CACHE, "flags 0x%" PRIx64, cache_flags(m, r->cache));
	compare(r, FACT_CACHE, "min_partial %" PRIu64, get(m, r->cache, cache_min_partial));
	if (has_member(m, cache_cpu_partial))
		compare(r, FACT_CACHE, "cpu_partial %" PRIu64, get(m, r->cache, cache_cpu_partial));
	if (has_member(m, cache_cpu_partial_slabs))
		compare(r, FACT_CACHE, "cpu_partial_slabs %" PRIu64,
			get(m, r->cache, cache_cpu_partial_slabs));
	if (has_sheaves(r))
		compare(r, FACT_CACHE, "sheaf_capacity %" PRIu64,
			get(m, r->cache, cache_sheaf_capacity));
	compare(r, FACT_CACHE, "refcount %d", (int)get(m, r->cache, cache_refcount));
	compare(r, FACT_CACHE, "remote_node_defrag_ratio %" PRIu64,
		get(m, r->cache, cache_defrag_ratio));
}

/* Steps. */

static void done(struct replay *r, enum model_end end, const char *line)
{
	if (end != MODEL_DONE)
		die("%s: the model dies of \"%s\": %s", r->name, line, model_oops(r->m)->what);
}

static void object_add(struct replay *r, uint64_t object)
{
	uint64_t slab = object ? head_page(r->m, object) : 0;
	size_t number = slab_number(r, slab);

	if (r->nr_objects == OBJECTS_MAX)
		die("too many objects");
	if (!has_sheaves(r) && r->at < r->observed.nr &&
	    !strncmp(r->observed.line[r->at], "new ", 4))
		compare(r, FACT_ALLOC, "new %zu node %u objects %u", number, page_node(r->m, slab),
			slab_objects(r->m, slab));
	compare(r, FACT_ALLOC, "alloc %zu %zu %u", r->nr_objects, number,
		object_index(r, slab, object));
	r->objects[r->nr_objects++] = object;
}

/* Where there are sheaves, all slabs of a step come before its objects. */
static void slabs_tell(struct replay *r)
{
	if (!has_sheaves(r))
		return;
	for (; r->nr_told < r->nr_slabs; r->nr_told++) {
		uint64_t slab = r->slabs[r->nr_told];

		compare(r, FACT_ALLOC, "new %zu node %u objects %u first %u", r->nr_told,
			page_node(r->m, slab), slab_objects(r->m, slab), r->firsts[r->nr_told]);
	}
}

static void step_alloc_bulk(struct replay *r, unsigned int cpu, size_t nr, const char *line)
{
	uint64_t *objects = need(calloc(nr, sizeof(*objects)));
	size_t got;

	done(r, model_alloc_bulk(r->m, cpu, r->cache, model_gfp_kernel(r->m), nr, objects, &got),
	     line);
	slabs_tell(r);
	for (size_t i = 0; i < got; i++)
		object_add(r, objects[i]);
	free(objects);
}

static void step_free_bulk(struct replay *r, unsigned int cpu, const char *numbers,
			   const char *line)
{
	uint64_t objects[4096];
	size_t nr = 0;
	char *end;

	while (nr < sizeof(objects) / sizeof(objects[0])) {
		unsigned long n = strtoul(numbers, &end, 10);

		if (end == numbers)
			break;
		objects[nr++] = r->objects[n];
		numbers = end;
	}
	done(r, model_free_bulk(r->m, cpu, r->cache, nr, objects), line);
}

static void step_alloc(struct replay *r, unsigned int cpu, const char *args, const char *line)
{
	uint64_t object;
	int node = 0;

	sscanf(args, "%d", &node);
	done(r, model_alloc(r->m, cpu, r->cache, model_gfp_kernel(r->m), node, &object), line);
	slabs_tell(r);
	object_add(r, object);
}

/* A step about objects: @args are its arguments behind the CPU. False: it is none. */
static bool object_step_run(struct replay *r, unsigned int cpu, const char *args, const char *line)
{
	unsigned long n = strtoul(args, NULL, 10);

	switch (line[0]) {
	case 'a':
		step_alloc(r, cpu, args, line);
		return true;
	case 'f':
		done(r, model_free_object(r->m, cpu, r->cache, r->objects[n]), line);
		return true;
	case 'r':
		done(r, model_free_rcu(r->m, cpu, r->objects[n]), line);
		return true;
	case 'A':
		step_alloc_bulk(r, cpu, n, line);
		return true;
	case 'F':
		step_free_bulk(r, cpu, args, line);
		return true;
	default:
		return false;
	}
}

/* One about the whole cache; @number stands where others have a CPU. */
static void cache_step_run(struct replay *r, unsigned int number, const char *line)
{
	uint64_t freed;

	switch (line[0]) {
	case 's':
		done(r, model_cache_shrink(r->m, 0, r->cache, &freed), line);
		break;
	case 'g':
		partial_set(r, number);
		done(r, model_cache_flush(r->m, 0, r->cache), line);
		break;
	case 'm':
		put(r->m, r->cache, cache_min_partial, number);
		break;
	default:
		die("%s: no step: %s", r->name, line);
	}
}

static void step_run(struct replay *r, const char *line)
{
	unsigned int cpu = 0;
	int used = 0;

	if (line[0] != 's')
		sscanf(line + 1, "%u%n", &cpu, &used);
	if (!object_step_run(r, cpu, line + 1 + used, line))
		cache_step_run(r, cpu, line);
	/* The kernel waited after these. */
	if (has_sheaves(r) && strchr("rsg", line[0]))
		done(r, model_grace_period(r->m, 0), line);
}

static bool is_step(const char *line)
{
	return line[0] && strchr("afrAFsgm", line[0]) && (line[1] == ' ' || !line[1]);
}

/* The end. */

static void add_chain(struct builder *b, const struct census_chain *chain)
{
	for (unsigned int i = 0; i < chain->nr; i++)
		add(b, " %u", chain->objects[i]);
}

static const struct census_slab *slab_in(const struct census_cache *c, enum census_place place,
					 int owner, unsigned int position)
{
	for (size_t i = 0; i < c->nr_slabs; i++) {
		const struct census_slab *s = &c->slabs[i];
		bool by_cpu = place == CENSUS_CPU_PARTIAL || place == CENSUS_CPU_SLAB;

		if (s->place == place && (by_cpu ? s->cpu : s->node) == owner &&
		    s->position == position)
			return s;
	}
	return NULL;
}

static void add_list(struct replay *r, struct builder *b, const struct census_cache *c,
		     enum census_place place, int owner)
{
	const struct census_slab *s;

	for (unsigned int i = 0; (s = slab_in(c, place, owner, i)); i++)
		add(b, " %zu", slab_number(r, s->slab));
}

static void cpu_compare(struct replay *r, const struct census_cache *c, int cpu)
{
	const struct census_cpu *state = &c->cpus[cpu];
	const struct census_slab *first = slab_in(c, CENSUS_CPU_PARTIAL, cpu, 0);
	static struct builder b;

	b.len = 0;
	add(&b, "cpu %d tid %" PRIu64 " slab ", cpu, state->events);
	if (state->slab)
		add(&b, "%zu", slab_number(r, state->slab));
	else
		add(&b, "-");
	add(&b, " freelist");
	if (state->slab && slab_in(c, CENSUS_CPU_SLAB, cpu, 0))
		add_chain(&b, &slab_in(c, CENSUS_CPU_SLAB, cpu, 0)->cpus);
	compare_built(r, FACT_CPU, &b);
	b.len = 0;
	add(&b, "cpu_partial %d slabs %u", cpu, first ? first->chained : 0);
	if (has_member(r->m, slab_pobjects))
		add(&b, " objects %" PRIu64, first ? get(r->m, first->slab, slab_pobjects) : 0);
	add(&b, " list");
	add_list(r, &b, c, CENSUS_CPU_PARTIAL, cpu);
	compare_built(r, FACT_CHAIN, &b);
}

static void add_sheaf(struct replay *r, struct builder *b, const struct census_sheaf *sheaf)
{
	if (!sheaf) {
		add(b, " -");
		return;
	}
	add(b, " %u", sheaf->size);
	for (unsigned int i = 0; i < sheaf->nr; i++) {
		uint64_t slab = head_page(r->m, sheaf->objects[i]);

		add(b, " %zu:%u", slab_number(r, slab), object_index(r, slab, sheaf->objects[i]));
	}
}

static const struct census_sheaf *sheaf_in(const struct census_cache *c,
					   enum census_sheaf_place place, int owner,
					   unsigned int position)
{
	for (size_t i = 0; i < c->nr_sheaves; i++) {
		const struct census_sheaf *s = &c->sheaves[i];
		bool of_node = place == CENSUS_SHEAF_BARN_FULL || place == CENSUS_SHEAF_BARN_EMPTY;

		if (s->place == place && (of_node ? s->node : s->cpu) == owner &&
		    s->position == position)
			return s;
	}
	return NULL;
}

static void sheaves_compare(struct replay *r, const struct census_cache *c, int cpu)
{
	static const struct {
		const char *word;
		enum census_sheaf_place place;
	} known[] = { { "main", CENSUS_SHEAF_MAIN },
		      { "spare", CENSUS_SHEAF_SPARE },
		      { "rcu_free", CENSUS_SHEAF_RCU_FREE } };
	static struct builder b;

	b.len = 0;
	add(&b, "sheaves %d", cpu);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct census_sheaf *sheaf = sheaf_in(c, known[i].place, cpu, 0);

		add(&b, " %s", known[i].word);
		/* A cache without sheaves has one that is always empty. */
		if (!sheaf && !i && !c->sheaf_capacity)
			add(&b, " 0");
		else
			add_sheaf(r, &b, sheaf);
	}
	compare_built(r, FACT_SHEAVES, &b);
}

static void barn_compare(struct replay *r, const struct census_cache *c, int node)
{
	const struct census_node *state = &c->nodes[node];
	const struct census_sheaf *sheaf;
	static struct builder b;

	if (!state->barn) {
		compare(r, FACT_BARN, "barn %d -", node);
		return;
	}
	compare(r, FACT_BARN, "barn %d full %u empty %u", node, state->nr_full, state->nr_empty);
	for (unsigned int i = 0; (sheaf = sheaf_in(c, CENSUS_SHEAF_BARN_FULL, node, i)); i++) {
		b.len = 0;
		add(&b, "barn_full %d %u", node, i);
		add_sheaf(r, &b, sheaf);
		compare_built(r, FACT_BARN, &b);
	}
}

static void node_compare(struct replay *r, const struct census_cache *c, int node)
{
	const struct census_node *state = &c->nodes[node];
	static struct builder b;

	b.len = 0;
	add(&b,
	    "node %d nr_partial %" PRIu64 " nr_slabs %" PRIu64 " total_objects %" PRIu64 " list",
	    node, state->nr_partial, state->nr_slabs, state->total_objects);
	add_list(r, &b, c, CENSUS_NODE_PARTIAL, node);
	add(&b, " full");
	add_list(r, &b, c, CENSUS_NODE_FULL, node);
	compare_built(r, FACT_NODE, &b);
}

static void add_role(struct builder *b, const struct census_slab *s)
{
	switch (s->place) {
	case CENSUS_CPU_SLAB:
		add(b, "cpu%d", s->cpu);
		break;
	case CENSUS_CPU_PARTIAL:
		add(b, "cpu_partial%d", s->cpu);
		break;
	case CENSUS_NODE_PARTIAL:
		add(b, "node%d", s->node);
		break;
	case CENSUS_NODE_FULL:
		add(b, "full%d", s->node);
		break;
	default:
		add(b, "full");
		break;
	}
}

static void slab_compare(struct replay *r, const struct census_slab *s, size_t number)
{
	static struct builder b;

	b.len = 0;
	add(&b, "slab %zu ", number);
	add_role(&b, s);
	add(&b, " node %d inuse %u objects %u frozen %d slabs %u freelist", s->node, s->inuse,
	    s->objects, s->frozen, s->place == CENSUS_CPU_PARTIAL ? s->chained : 0);
	add_chain(&b, &s->own);
	compare_built(r, FACT_SLAB, &b);
}

static void state_compare(struct replay *r)
{
	struct census *census = need(census_take(r->m, r->cache));
	const struct census_cache *c = &census->caches[0];
	const char *wrong = census_check(census);

	if (wrong)
		die("%s: the model's heap: %s", r->name, wrong);
	for (int cpu = 0; cpu < CPUS; cpu++) {
		if (has_sheaves(r))
			sheaves_compare(r, c, cpu);
		else
			cpu_compare(r, c, cpu);
	}
	for (int node = 0; has_sheaves(r) && node < (int)r->m->nr_nodes; node++)
		barn_compare(r, c, node);
	for (int node = 0; node < (int)r->m->nr_nodes; node++)
		node_compare(r, c, node);
	for (size_t i = 0; i < r->nr_slabs; i++) {
		const struct census_slab *s = census_slab_at(census, r->slabs[i]);

		if (s && s->cache == r->cache && slab_number(r, s->slab) == i)
			slab_compare(r, s, i);
	}
	compare(r, FACT_SLAB, "end");
	census_free(census);
}

static void steps_run(struct replay *r)
{
	while (r->at < r->observed.nr && strncmp(r->observed.line[r->at], "new ", 4) &&
	       strncmp(r->observed.line[r->at], "cpu ", 4) &&
	       strncmp(r->observed.line[r->at], "sheaves ", 8))
		r->at++;
	for (size_t i = 0; i < r->script.nr; i++) {
		if (!is_step(r->script.line[i]))
			continue;
		r->totals->steps++;
		step_run(r, r->script.line[i]);
	}
}

static void script_replay(struct totals *totals, const struct era *era, const char *dir,
			  const char *name)
{
	static const unsigned int nodes[CPUS] = { 0, 0, 1, 1 };
	const struct model_config config = { .era = era,
					     .nr_cpus = CPUS,
					     .nr_nodes = 2,
					     .cpu_nodes = nodes,
					     .frames = 65536,
					     .tid_step = 8192,
					     .seed = 1 };
	struct replay r = { .totals = totals, .name = name };
	char path[4096];

	snprintf(path, sizeof(path), "%s/scripts/%s.script", dir, name);
	r.script = lines_read(path);
	snprintf(path, sizeof(path), "%s/observed/%s.observed", dir, name);
	r.observed = lines_read(path);
	r.objects = need(calloc(OBJECTS_MAX, sizeof(*r.objects)));
	r.slabs = need(calloc(SLABS_MAX, sizeof(*r.slabs)));
	r.starts = need(calloc(SLABS_MAX, sizeof(*r.starts)));
	r.firsts = need(calloc(SLABS_MAX, sizeof(*r.firsts)));
	r.m = need(model_new(&config));
	cache_make(&r);
	steps_run(&r);
	/* rcu_barrier() ended the recorded runs. */
	done(&r, model_grace_period(r.m, 0), "grace period");
	state_compare(&r);
	cache_compare(&r);
	totals->scripts++;
	totals->scripts_same += !r.differs;
	model_free(r.m);
	free(r.objects);
	free(r.slabs);
	free(r.starts);
	free(r.firsts);
	lines_free(&r.script);
	lines_free(&r.observed);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All of a directory's scripts. */
static size_t names_read(const char *dir, char ***names)
{
	char path[4096], *dot;
	struct dirent *entry;
	size_t nr = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/scripts", dir);
	d = opendir(path);
	if (!d)
		die("cannot open %s", path);
	*names = NULL;
	while ((entry = readdir(d))) {
		dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".script"))
			continue;
		*names = need(realloc(*names, (nr + 1) * sizeof(**names)));
		(*names)[nr] = need(calloc(1, strlen(entry->d_name) + 1));
		memcpy((*names)[nr++], entry->d_name, (size_t)(dot - entry->d_name));
	}
	closedir(d);
	qsort(*names, nr, sizeof(**names), by_name);
	return nr;
}

static const struct era *era_of(const char *name)
{
	for (int i = 0; i < MODEL_ERAS; i++)
		if (!strcmp(model_era((enum model_era)i)->name, name))
			return model_era((enum model_era)i);
	die("no era %s", name);
}

static bool totals_print(const struct totals *t)
{
	bool same = t->scripts == t->scripts_same && t->scripts;

	printf("%u of %u scripts with %" PRIu64 " steps agree in everything\n", t->scripts_same,
	       t->scripts, t->steps);
	for (int i = 0; i < FACTS; i++)
		if (t->facts[i].all)
			printf("  %-24s %8" PRIu64 " of %8" PRIu64 " agree\n", fact_names[i],
			       t->facts[i].same, t->facts[i].all);
	return same;
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };
	const struct era *era;
	char **names;
	size_t nr;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		totals.verbose = true;
		argv++;
		argc--;
	}
	if (argc < 3)
		die("usage: replay [-v] ERA DIR [NAME...]");
	era = era_of(argv[1]);
	nr = argc > 3 ? (size_t)(argc - 3) : names_read(argv[2], &names);
	for (size_t i = 0; i < nr; i++)
		script_replay(&totals, era, argv[2], argc > 3 ? argv[3 + i] : names[i]);
	return totals_print(&totals) ? 0 : 1;
}
