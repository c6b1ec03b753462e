/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/incident.h"

#include "model/slub/slub.h"

/*
 * The machine: two sockets with 16 threads each, 128 GiB, of which there are the pieces that the
 * addresses of the dump lie in.
 *
 * Where boot puts its first slabs and where the areas of CPUs begin is all that has to be said; the
 * rest follows, for a kmem_cache with two nodes has 0xd8 bytes and takes 256. The fifth of 32 in a
 * slab of two pages that starts at frame 0xfff402, counted as the first and then from the end (as
 * deactivate_slab() turned the list round), is the one that the dump has for kmalloc-32. And its
 * kmem_cache_cpu is the fifth of 32 bytes from 0x161c0 on.
 */
#define CPUS 32u
#define AREA_BYTES 0x20000u
#define AREAS_FRAME (0x203f880u - INCIDENT_CPU * (AREA_BYTES / MODEL_PAGE))
#define AREAS_FRAMES (CPUS * (AREA_BYTES / MODEL_PAGE))
#define NODE1_FRAMES 0x400u /* of node 1, before the areas */

static const struct model_range memory[] = {
	{ 0x856800, 0x200, 0 },
	{ 0x88fe00, 0x200, 0 },
	{ 0xfff200, 0x400, 0 },
	{ AREAS_FRAME - NODE1_FRAMES, NODE1_FRAMES + AREAS_FRAMES, 1 },
};

/* The first slabs of kmem_cache_node, one on each node, and that of kmem_cache. */
static const uint64_t boot_places[] = { 0xfff401, AREAS_FRAME - 1, 0xfff402 };
static const uint64_t slab_places[] = { 0x856964, 0x88fec6 };

/* Variables of the kernel in the area of each CPU. */
#define CURRENT_TASK 0xb040
#define NUMA_NODE 0xb0e0

#define ALLOC_TRACE (MODEL_TEXT + 0x19a7c0) /* kmem_cache_alloc_trace() */
#define ALLOC_TRACE_BYTES 0x150
#define ALLOC_TRACE_LOAD 0x7c /* mov 0x0(%r13,%rax,1),%rbx */

#define THREAD_BYTES 8192u /* until 3.15 */

#define SLAB_OBJECTS 128u
#define OBJECT_BYTES 32u
#define LIVE_MAX 8192u

/* @ok: everything went as it should, so far. */
struct events {
	struct model *m;
	bool ok;
	uint64_t live[LIVE_MAX]; /* of kmalloc() */
	size_t nr_live;
};

static void must(struct events *e, bool condition)
{
	e->ok = e->ok && condition;
}

static uint64_t word_at(struct events *e, uint64_t addr)
{
	uint64_t word = 0;

	must(e, model_peek(e->m, addr, &word, sizeof(word)));
	return word;
}

static void word_set(struct events *e, uint64_t addr, uint64_t word)
{
	must(e, model_poke(e->m, addr, &word, sizeof(word)));
}

static uint64_t take(struct events *e, unsigned int cpu)
{
	uint64_t object = 0;

	must(e, model_alloc(e->m, cpu, INCIDENT_CACHE, model_gfp_kernel(e->m), MODEL_ANY_NODE,
			    &object) == MODEL_DONE);
	must(e, object != 0);
	return object;
}

/* What owners do with what they get: nothing yet, clear it, or fill it. */
static void own(struct events *e, uint64_t object, size_t size)
{
	uint64_t kind = model_below(e->m, 4);

	for (size_t at = 0; at + 8 <= size && kind; at += 8)
		word_set(e, object + at, kind == 1 ? 0 : model_random(e->m) >> 20);
}

static uint64_t take_and_own(struct events *e, unsigned int cpu)
{
	uint64_t object = take(e, cpu);

	if (e->ok)
		own(e, object, OBJECT_BYTES);
	return object;
}

static void give(struct events *e, unsigned int cpu, uint64_t object)
{
	must(e, model_kfree(e->m, cpu, object) == MODEL_DONE);
}

static struct model *machine_new(void)
{
	struct model_config config = {
		.era = model_era(MODEL_ERA_3_13),
		.nr_cpus = CPUS,
		.nr_nodes = 2,
		.tid_step = 1,
		.seed = 3,
		.kmalloc = true,
		.ranges = memory,
		.nr_ranges = sizeof(memory) / sizeof(memory[0]),
		.percpu_bytes = AREA_BYTES,
		.percpu_static = 0x161c0,
		.places = boot_places,
		.nr_places = sizeof(boot_places) / sizeof(boot_places[0]),
	};
	unsigned int nodes[CPUS];

	for (unsigned int i = 0; i < CPUS; i++)
		nodes[i] = i / 8 % 2;
	config.cpu_nodes = nodes;
	return model_new(&config);
}

/* What boot has to have come to. */
static void machine_verify(struct events *e)
{
	struct model *m = e->m;

	must(e, model_cache_find(m, "kmalloc-32") == INCIDENT_CACHE);
	must(e, e->ok && get(m, INCIDENT_CACHE, cache_cpu_slab) == INCIDENT_CPU_SLAB);
	must(e, m->cpu_offset[INCIDENT_CPU] + INCIDENT_CPU_SLAB == INCIDENT_KMEM_CACHE_CPU);
}

/* All CPUs allocate and free, what they got themselves and what others did. */
static void live_on(struct events *e, unsigned int operations)
{
	static const uint16_t sizes[] = { 8, 16, 24, 32, 32, 30, 64, 96, 128, 192, 256, 512, 1024 };
	struct model *m = e->m;
	uint64_t object;

	for (unsigned int i = 0; i < operations && e->ok; i++) {
		unsigned int cpu = (unsigned int)model_below(m, CPUS);
		size_t size = sizes[model_below(m, sizeof(sizes) / sizeof(sizes[0]))];

		if (e->nr_live > LIVE_MAX / 2 || (e->nr_live && model_below(m, 5) < 2)) {
			size_t victim = model_below(m, e->nr_live);

			give(e, cpu, e->live[victim]);
			e->live[victim] = e->live[--e->nr_live];
			continue;
		}
		must(e, model_kmalloc(m, cpu, size, model_gfp_kernel(m), MODEL_ANY_NODE, 0,
				      &object) == MODEL_DONE);
		must(e, object != 0);
		own(e, object, size);
		e->live[e->nr_live++] = object;
	}
}

/* A CPU allocates until it gets a new slab, and then some objects of that. */
static void slab_open(struct events *e, unsigned int cpu, const uint64_t *place, uint64_t base,
		      unsigned int objects)
{
	uint64_t object = 0;

	model_places(e->m, place, 1);
	while (e->ok && e->m->nr_places)
		object = take_and_own(e, cpu);
	must(e, object == base);
	for (unsigned int i = 1; i < objects; i++)
		must(e, take_and_own(e, cpu) == base + i * OBJECT_BYTES);
}

/* Something zeroes byte 5 of a freepointer. */
static void byte_zero(struct events *e, uint64_t slot, uint64_t good, uint64_t bad)
{
	must(e, word_at(e, slot) == good);
	word_set(e, slot, bad);
}

/*
 * CPU 5 has half of its slab in use and has just freed three objects; its list is now
 * 8 -> 20 -> 45 -> 64 -> 65 -> ..., until it loses all from 45 on.
 */
static void other_slab(struct events *e)
{
	slab_open(e, INCIDENT_OTHER_CPU, &slab_places[0], INCIDENT_OTHER_BASE, SLAB_OBJECTS / 2);
	give(e, INCIDENT_OTHER_CPU, INCIDENT_OTHER_GOOD);
	give(e, INCIDENT_OTHER_CPU, INCIDENT_OTHER_SLOT);
	give(e, INCIDENT_OTHER_CPU, INCIDENT_OTHER_PREVIOUS);
	byte_zero(e, INCIDENT_OTHER_SLOT, INCIDENT_OTHER_GOOD, INCIDENT_OTHER_BAD);
}

/*
 * A full slab of which CPU 14 frees five objects comes to its partial list, and is its own when
 * the one before is used up: then its list is 9 -> 77 -> 40 -> 99 -> 12. The link of 77 is damaged
 * and 77 allocated; that allocation does not look at what it makes the head of the list, and whoever
 * has 77 now has not written to it yet.
 */
static void slab(struct events *e)
{
	static const unsigned int freed[] = { 12, 99, 40, 77, 9 };
	uint64_t c = INCIDENT_KMEM_CACHE_CPU;

	slab_open(e, 2, &slab_places[1], INCIDENT_BASE, SLAB_OBJECTS);
	take_and_own(e, 2);
	for (unsigned int i = 0; i < sizeof(freed) / sizeof(freed[0]); i++)
		give(e, INCIDENT_CPU, INCIDENT_BASE + freed[i] * OBJECT_BYTES);
	while (e->ok && take_and_own(e, INCIDENT_CPU) != INCIDENT_BASE + 9 * OBJECT_BYTES)
		;
	/* As many operations as that CPU had behind it, for which we do not wait. */
	word_set(e, AT(e->m, c, cpu_tid), INCIDENT_TID - 1);
	byte_zero(e, INCIDENT_PREVIOUS, INCIDENT_GOOD, INCIDENT_BAD);
	must(e, take(e, INCIDENT_CPU) == INCIDENT_PREVIOUS);
	must(e, word_at(e, AT(e->m, c, cpu_freelist)) == INCIDENT_BAD);
	must(e, word_at(e, AT(e->m, c, cpu_tid)) == INCIDENT_TID);
}

/* Variables that CPUs have of their own. */
static void cpus_make(struct events *e)
{
	struct model *m = e->m;

	symbol_add(m, "current_task", CURRENT_TASK, 8);
	symbol_add(m, "numa_node", NUMA_NODE, 4);
	symbol_add(m, "kmem_cache_alloc_trace", ALLOC_TRACE, ALLOC_TRACE_BYTES);
	for (unsigned int i = 0; i < m->nr_cpus; i++)
		word_set(e, m->cpu_offset[i] + NUMA_NODE, cpu_node(m, i));
}

static void member_set(struct events *e, uint64_t base, const char *type, const char *member,
		       const void *value)
{
	struct target *t = model_target(e->m);
	struct target_member at = { 0, 0 };

	must(e, t->ops->member(t, type, member, &at));
	must(e, model_poke(e->m, base + at.offset, value, at.size));
}

static enum model_end stack_alloc(struct events *e, uint64_t *page)
{
	OPERATION(e->m, INCIDENT_CPU, *page = pages_get(e->m, 1, 1, true));
}

/* The task that runs on CPU 14: `make`, in execve(). Returns its stack. */
static uint64_t task_make(struct events *e)
{
	struct model_cache_args args = { .name = "task_struct", .align = 16 };
	struct target *t = model_target(e->m);
	const uint32_t pid = INCIDENT_PID;
	const char comm[16] = "make";
	uint64_t cache = 0, task = 0, page = 0, stack = 0;
	size_t size = 0;

	must(e, t->ops->type_size(t, "task_struct", &size));
	args.size = (uint32_t)size;
	must(e, model_cache_create(e->m, 0, &args, &cache) == MODEL_DONE && cache);
	must(e, e->ok && model_alloc(e->m, INCIDENT_CPU, cache, model_gfp_kernel(e->m),
				     MODEL_ANY_NODE, &task) == MODEL_DONE);
	must(e, e->ok && stack_alloc(e, &page) == MODEL_DONE && page);
	must(e, e->ok && t->ops->page_to_virt(t, page, &stack));
	member_set(e, task, "task_struct", "stack", &stack);
	member_set(e, task, "task_struct", "pid", &pid);
	member_set(e, task, "task_struct", "tgid", &pid);
	member_set(e, task, "task_struct", "comm", comm);
	word_set(e, stack, task); /* thread_info.task */
	word_set(e, e->m->cpu_offset[INCIDENT_CPU] + CURRENT_TASK, task);
	return stack;
}

/* The next allocation on CPU 14 is AppArmor's, of a new file. */
static void panic(struct events *e, uint64_t stack)
{
	uint64_t frame = stack + THREAD_BYTES - 0x400, object;
	const uint64_t regs[] = {
		INCIDENT_CACHE, /* r15 */
		INCIDENT_GFP, /* r14 */
		INCIDENT_BAD, /* r13: the object */
		INCIDENT_CACHE, /* r12 */
		frame + 0x100, /* rbp */
		stack + 0x1f58, /* rbx */
		0, /* r11 */
		0, /* r10 */
		0, /* r9 */
		INCIDENT_KMEM_CACHE_CPU, /* r8 */
		0, /* rax: offset of the freepointer */
		INCIDENT_TID + 1, /* rcx: the next tid */
		INCIDENT_TID, /* rdx */
		INCIDENT_GFP, /* rsi */
		INCIDENT_CPU_SLAB, /* rdi */
		UINT64_MAX, /* orig_ax */
		ALLOC_TRACE + ALLOC_TRACE_LOAD, /* rip */
		0x10, /* cs */
		0x10282, /* eflags */
		frame + 0xb0, /* rsp */
		0x18, /* ss */
	};

	must(e, model_alloc(e->m, INCIDENT_CPU, INCIDENT_CACHE, INCIDENT_GFP, MODEL_ANY_NODE,
			    &object) == MODEL_OOPS);
	must(e, model_poke(e->m, frame, regs, sizeof(regs)));
}

struct model *incident_new(void)
{
	struct events e = { .m = machine_new(), .ok = true };

	if (!e.m)
		return NULL;
	machine_verify(&e);
	cpus_make(&e);
	live_on(&e, 12000);
	other_slab(&e);
	slab(&e);
	panic(&e, task_make(&e));
	if (e.ok)
		return e.m;
	model_free(e.m);
	return NULL;
}
