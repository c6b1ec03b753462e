/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the time and the memory of a check grow with the heap, and with the machine.
 *
 *   scale [-m MIB] [-T] [OBJECTS...]
 *
 * The model makes a heap of that many objects of 32 bytes, in 16 caches, of which every fifth is free
 * again, so that nearly every slab is on a list and has a freelist of its own. It is checked as a dump would
 * be, with lists only and with the memmap. What is measured is CPU time and the most memory of a run, by
 * object; the slope is that of their logarithms: 1 is level.
 *
 * Then, unless -T is given, a small heap in a machine with a memmap for 1 TiB, whose other pages are free: what
 * that costs.
 *
 * A heap that needs more than MIB (or three quarters of what the machine has left) is not made, and that is
 * said.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checker/check.h"
#include "checker/image/arena.h"
#include "checker/image/clock.h"
#include "model/slub/model.h"

#define CACHES 16
#define OBJECT_BYTES 32
#define FREE_EACH 5
#define SIZES_MAX 8
#define ROUNDS 3
#define SLOPE_MAX 1.1
#define TIB (UINT64_C(1) << 40)

/* A heap behind a target of our own: one that several threads may ask, with a memmap of any size. */
struct scale_target {
	struct target target;
	struct target *model;
	uint64_t memmap, page_bytes, direct_map;
	uint64_t model_pages; /* those behind them are free, and all zeros */
	uint64_t read_zeros;
};

static struct scale_target *of(struct target *t)
{
	return (struct scale_target *)t;
}

static enum target_status op_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct scale_target *s = of(t);
	uint64_t end = s->memmap + s->model_pages * s->page_bytes;
	uint64_t most = s->memmap + t->nr_pages * s->page_bytes;

	if (addr < end || addr >= most) {
		size_t part = addr < end && len > end - addr && addr >= s->memmap
				      ? (size_t)(end - addr)
				      : len;
		enum target_status status = s->model->ops->read(s->model, addr, buf, part);

		if (status != TARGET_OK || part == len)
			return status;
		addr += part;
		buf = (char *)buf + part;
		len -= part;
	}
	memset(buf, 0, len);
	return TARGET_OK;
}

static bool op_symbol(struct target *t, const char *name, uint64_t *value)
{
	return of(t)->model->ops->symbol(of(t)->model, name, value);
}

static bool op_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	return of(t)->model->ops->symbol_at(of(t)->model, addr, out);
}

static bool op_type_size(struct target *t, const char *type, size_t *size)
{
	return of(t)->model->ops->type_size(of(t)->model, type, size);
}

static bool op_member(struct target *t, const char *type, const char *member,
		      struct target_member *out)
{
	return of(t)->model->ops->member(of(t)->model, type, member, out);
}

static bool op_enumerator(struct target *t, const char *name, int64_t *value)
{
	return of(t)->model->ops->enumerator(of(t)->model, name, value);
}

static bool op_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	const struct scale_target *s = of(t);
	uint64_t frame = (page - s->memmap) / s->page_bytes;

	if (page < s->memmap || (page - s->memmap) % s->page_bytes || frame >= t->nr_pages)
		return false;
	*virt = s->direct_map + frame * MODEL_PAGE;
	return true;
}

static bool op_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	const struct scale_target *s = of(t);
	uint64_t frame = (virt - s->direct_map) / MODEL_PAGE;

	if (virt < s->direct_map || frame >= t->nr_pages)
		return false;
	*page = s->memmap + frame * s->page_bytes;
	return true;
}

static bool op_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	if (frame >= t->nr_pages)
		return false;
	*page = of(t)->memmap + frame * of(t)->page_bytes;
	return true;
}

/* The model's memory does not change while it is checked. */
static struct target *op_share(struct target *t)
{
	struct scale_target *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	*s = *of(t);
	return &s->target;
}

static void op_unshare(struct target *t)
{
	free(of(t));
}

static const struct target_ops scale_ops = {
	.read = op_read,
	.symbol = op_symbol,
	.symbol_at = op_symbol_at,
	.type_size = op_type_size,
	.member = op_member,
	.enumerator = op_enumerator,
	.page_to_virt = op_page_to_virt,
	.virt_to_page = op_virt_to_page,
	.frame_to_page = op_frame_to_page,
	.share = op_share,
	.unshare = op_unshare,
};

/* @frames: of the machine; 0: those that the model has. */
static struct scale_target target_of(struct model *m, uint64_t frames)
{
	struct target *t = model_target(m);
	struct scale_target s = { .target = *t, .model = t, .model_pages = t->nr_pages };
	uint64_t second;

	s.target.ops = &scale_ops;
	if (!t->ops->frame_to_page(t, 0, &s.memmap) || !t->ops->frame_to_page(t, 1, &second) ||
	    !t->ops->page_to_virt(t, s.memmap, &s.direct_map))
		exit(2);
	s.page_bytes = second - s.memmap;
	if (frames)
		s.target.nr_pages = frames;
	return s;
}

/* --- Heaps --- */

static uint64_t frames_for(uint64_t objects)
{
	return objects * OBJECT_BYTES / MODEL_PAGE * 5 / 4 + 4096;
}

/* What the model takes: the pages, their descriptors and states, and the list of what is to be freed. */
static uint64_t bytes_for(uint64_t objects)
{
	return objects * OBJECT_BYTES + frames_for(objects) * 65 + objects / FREE_EACH * 8;
}

static uint64_t bytes_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

static struct model *heap_new(uint64_t objects)
{
	const struct model_config config = { .era = model_era(MODEL_ERA_6_1),
					     .seed = 1,
					     .tid_step = 8,
					     .nr_cpus = 8,
					     .nr_nodes = 2,
					     .frames = frames_for(objects) };
	struct model *m = model_new(&config);
	uint64_t caches[CACHES], object, *rest = calloc(objects / FREE_EACH + 1, sizeof(*rest));
	char name[32];
	size_t nr = 0;

	if (!m || !rest)
		exit(2);
	for (unsigned int i = 0; i < CACHES; i++) {
		const struct model_cache_args args = { .name = name,
						       .size = OBJECT_BYTES,
						       .flags = MODEL_CACHE_NO_MERGE };

		snprintf(name, sizeof(name), "scale-%u", i);
		if (model_cache_create(m, 0, &args, &caches[i]) != MODEL_DONE || !caches[i])
			exit(2);
	}
	for (uint64_t i = 0; i < objects; i++) {
		if (model_alloc(m, i % 8, caches[i % CACHES], model_gfp_kernel(m), MODEL_ANY_NODE,
				&object) != MODEL_DONE ||
		    !object)
			exit(2);
		if (i % FREE_EACH == 0)
			rest[nr++] = object;
	}
	for (size_t i = 0; i < nr; i++)
		if (model_free_object(m, i % 8, caches[i * FREE_EACH % CACHES], rest[i]) !=
		    MODEL_DONE)
			exit(2);
	free(rest);
	return m;
}

/* --- Runs --- */

struct cost {
	double cpu, wall;
	size_t memory;
	bool whole; /* everything was judged: all of it fitted into the limit */
};

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The best of some rounds: what else the machine does only adds. */
static struct cost check(struct scale_target *s, bool scan, unsigned int threads, size_t limit,
			 FILE *out)
{
	struct cost best = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		const struct check_options options = { .scan = scan,
						       .threads = threads,
						       .out = out };
		struct timespec start = clock_now();
		double cpu = cpu_seconds();
		struct check_result result;
		struct arena arena;

		rewind(out);
		arena_init(&arena, limit);
		result = check_run(&s->target, &arena, &options);
		cpu = cpu_seconds() - cpu;
		if (result.verdict == VERDICT_CORRUPT) {
			fprintf(stderr,
				"scale: a heap that only legal operations made is corrupt\n");
			exit(1);
		}
		if (!round || cpu < best.cpu)
			best = (struct cost){ cpu, clock_seconds_since(&start), arena.peak,
					      result.verdict == VERDICT_CLEAN };
		arena_free(&arena);
	}
	return best;
}

static double slope(double more, double less, double size_more, double size_less)
{
	return log(more / less) / log(size_more / size_less);
}

static const char *met(double value)
{
	return value <= SLOPE_MAX ? "met" : "MISSED";
}

static void row(const char *what, const struct cost *cost, const uint64_t *objects, size_t nr)
{
	const struct cost *last = &cost[nr - 1];
	double n = (double)objects[nr - 1], time, memory;

	printf("%-12s %11" PRIu64 " %9.3f s %8.1f ns %9.1f MiB %7.2f B", what, objects[nr - 1],
	       last->cpu, last->cpu * 1e9 / n, (double)last->memory / (1 << 20),
	       (double)last->memory / n);
	if (nr > 1) {
		time = slope(last->cpu, cost[0].cpu, n, (double)objects[0]);
		memory = slope((double)last->memory, (double)cost[0].memory, n, (double)objects[0]);
		printf("  %5.2f %s, %5.2f %s", time, met(time), memory, met(memory));
	}
	puts(last->whole ? "" : "  UNKNOWN: it does not fit into the limit of memory");
	fflush(stdout);
}

/* What the limit of a run is enough for, by what the last heap took more than the first. */
static void slabs_fit(const struct cost *scans, const uint64_t *objects, size_t nr)
{
	double slabs = (double)(objects[nr - 1] - objects[0]) * OBJECT_BYTES / MODEL_PAGE;
	double each = (double)(scans[nr - 1].memory - scans[0].memory) / slabs;

	printf("a slab takes %.0f bytes, so that %.1f million of them fit into the limit of %zu MiB\n",
	       each, (double)CHECK_ARENA_LIMIT / each / 1e6, CHECK_ARENA_LIMIT >> 20);
}

static void heaps(const uint64_t *objects, size_t nr, uint64_t limit, FILE *out)
{
	static struct cost lists[SIZES_MAX], scans[SIZES_MAX], two[SIZES_MAX];

	printf("%-12s %11s %11s %11s %13s %9s  slope of time, memory; goal <= %.1f\n", "heap",
	       "objects", "CPU", "an object", "memory", "an object", SLOPE_MAX);
	for (size_t i = 0; i < nr; i++) {
		struct scale_target s;
		struct model *m;
		double made;

		if (bytes_for(objects[i]) > limit) {
			printf("%-12s %11" PRIu64
			       " left out: the model needs %.1f GiB, %.1f GiB are to be "
			       "had\n",
			       "", objects[i], (double)bytes_for(objects[i]) / (1 << 30),
			       (double)limit / (1 << 30));
			return;
		}
		made = cpu_seconds();
		m = heap_new(objects[i]);
		made = cpu_seconds() - made;
		s = target_of(m, 0);
		lists[i] = check(&s, false, 1, CHECK_ARENA_LIMIT, out);
		row("-L", lists, objects, i + 1);
		scans[i] = check(&s, true, 1, CHECK_ARENA_LIMIT, out);
		row("-A", scans, objects, i + 1);
		two[i] = check(&s, true, 2, CHECK_ARENA_LIMIT, out);
		printf("  2 threads  %11" PRIu64
		       " %9.3f s of wall clock, %.2f times as fast as one; the model made the heap in "
		       "%.1f s\n",
		       objects[i], two[i].wall, scans[i].wall / two[i].wall, made);
		model_free(m);
	}
	if (nr > 1)
		slabs_fit(scans, objects, nr);
}

/* What the pages of a machine cost that has little in them, and what a limit of memory does. */
static void machine(FILE *out)
{
	struct model *m = heap_new(100000);
	struct scale_target small = target_of(m, 0), large = target_of(m, TIB / MODEL_PAGE);
	struct cost before = check(&small, true, 1, CHECK_ARENA_LIMIT, out);
	struct cost one = check(&large, true, 1, CHECK_ARENA_LIMIT, out);
	struct cost two = check(&large, true, 2, CHECK_ARENA_LIMIT, out);
	double gib = (double)(TIB >> 30),
	       read = (double)(TIB / MODEL_PAGE) * (double)large.page_bytes;

	printf("\na memmap of 1 TiB, sparse: %.1f GiB of descriptors\n", read / (1 << 30));
	printf("  -A  %8.3f s of CPU, %.2f ms a GiB of the machine, %.1f GB/s; %.1f MiB of memory "
	       "(%.1f MiB without it)\n",
	       one.cpu, (one.cpu - before.cpu) * 1e3 / gib, read / 1e9 / (one.cpu - before.cpu),
	       (double)one.memory / (1 << 20), (double)before.memory / (1 << 20));
	printf("  -A, 2 threads %8.3f s of wall clock, %.2f times as fast as one\n", two.wall,
	       one.wall / two.wall);
	model_free(m);
}

int main(int argc, char **argv)
{
	uint64_t objects[SIZES_MAX] = { 1000000, 10000000, 100000000 }, limit;
	FILE *out = fopen("/dev/null", "w");
	bool with_machine = true;
	size_t nr = 3;
	int option;

	limit = bytes_available() / 4 * 3;
	while ((option = getopt(argc, argv, "m:T")) != -1) {
		if (option == 'T')
			with_machine = false;
		else if (option == 'm')
			limit = strtoull(optarg, NULL, 10) << 20;
		else
			return 2;
	}
	if (optind < argc)
		nr = 0;
	while (optind < argc && nr < SIZES_MAX)
		objects[nr++] = strtoull(argv[optind++], NULL, 10);
	if (!out)
		return 2;
	printf("the model's heaps: objects of %d bytes in %d caches, every %dth is free; best of %d\n\n",
	       OBJECT_BYTES, CACHES, FREE_EACH, ROUNDS);
	heaps(objects, nr, limit, out);
	if (with_machine)
		machine(out);
	fclose(out);
	return 0;
}
