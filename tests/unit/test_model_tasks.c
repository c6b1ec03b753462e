/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens while an operation is under way: interrupts, other CPUs, locks, migration.
 *
 * A task that ran n steps stands before its n-th store or compare-and-exchange. The fast paths read
 * freelist and tid in the first step and exchange in the second.
 */
#include <stdlib.h>

#include "tests/unit/rig.h"

/* Of the machines here, so that tids say whose they are. */
#define TID_STEP 8

/* An operation for a task. */
struct job {
	struct rig *r;
	unsigned int cpu;
	uint64_t object;
	uint64_t freed;
	enum model_end end;
};

static void run_alloc(struct model *m, void *ctx)
{
	struct job *j = ctx;

	j->end = model_alloc(m, j->cpu, j->r->s, model_gfp_kernel(m), MODEL_ANY_NODE, &j->object);
}

static void run_free(struct model *m, void *ctx)
{
	struct job *j = ctx;

	j->end = model_free_object(m, j->cpu, j->r->s, j->object);
}

static void run_flush(struct model *m, void *ctx)
{
	struct job *j = ctx;

	j->end = model_cache_flush(m, j->cpu, j->r->s);
}

static struct model_task *start(struct job *j, void (*run)(struct model *m, void *ctx))
{
	struct model_task *task = model_task_new(j->r->m, j->cpu, run, j);

	unit_check(task != NULL, "no memory");
	return task;
}

/* Let it go on to its end, which it must reach. */
static void finish(struct job *j, struct model_task *task)
{
	enum model_task_state state = model_task_run(task, UINT64_MAX);

	rig_is(j->r, state == MODEL_TASK_ENDED && j->end == MODEL_DONE, "the task does not end");
	model_task_end(task);
}

/* Run it until a word of memory has one of the bits; false: it ended without. */
static bool run_until(struct rig *r, struct model_task *task, uint64_t addr, uint64_t bits)
{
	while (!(get64(r->m, addr) & bits))
		if (model_task_run(task, 1) == MODEL_TASK_ENDED)
			return false;
	return true;
}

static struct rig *machine(enum model_era era, uint64_t tid_step)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .tid_step = tid_step });

	rig_cache(r, (struct model_cache_args){ .size = 64, .flags = RIG_PLAIN });
	return r;
}

/* A freelist of the CPU: @objects are the next to be allocated, in order. */
static void freelist_make(struct rig *r, unsigned int cpu, unsigned int nr, uint64_t *objects)
{
	rig_alloc_many(r, cpu, nr, objects);
	for (unsigned int i = nr; i--;)
		rig_free(r, cpu, objects[i]);
	rig_eq(r, rig_cpu_freelist(r, cpu), objects[0], "head of the freelist");
}

/*
 * The ABA problem: between reading and exchanging, an interrupt takes two objects and gives the
 * first back. The head is the same, what it leads to is not; tid tells.
 */
EACH_CPU_SLAB_ERA(alloc_interrupted)
{
	struct rig *r = machine(era, TID_STEP);
	struct job j = { .r = r };
	struct model_task *task;
	uint64_t o[3], tid;

	freelist_make(r, 0, 3, o);
	tid = rig_cpu_tid(r, 0);
	task = start(&j, run_alloc);
	model_task_run(task, 1);
	rig_is(r, model_task_interruptible(task), "the fast path keeps interrupts out");
	rig_eq(r, rig_alloc(r, 0), o[0], "the interrupt's first object");
	rig_eq(r, rig_alloc(r, 0), o[1], "the interrupt's second object");
	rig_free(r, 0, o[0]);
	rig_eq(r, rig_cpu_freelist(r, 0), o[0], "the head is what it was");
	finish(&j, task);
	rig_eq(r, j.object, o[0], "object of the task");
	rig_eq(r, rig_cpu_freelist(r, 0), o[2], "the freelist behind it");
	rig_eq(r, rig_cpu_tid(r, 0), tid + 4 * TID_STEP, "tid after four operations");
	rig_end(r);
}

/* A free that links its object to a head which is not the head any more has to do so again. */
EACH_CPU_SLAB_ERA(free_interrupted)
{
	struct rig *r = machine(era, TID_STEP);
	struct job j = { .r = r };
	struct model_task *task;
	uint64_t o[3];

	freelist_make(r, 0, 3, o);
	j.object = rig_alloc(r, 0);
	task = start(&j, run_free);
	/* Reading is a step, and so is storing the link; then the exchange. From 5.3 to 6.7
	 * slab_free_freelist_hook() stores a link before. */
	model_task_run(task, era == MODEL_ERA_5_10 || era == MODEL_ERA_6_1 ? 3 : 2);
	rig_eq(r, get_freepointer(r->m, r->s, j.object), o[1], "link before the exchange");
	rig_eq(r, rig_cpu_freelist(r, 0), o[1], "head before the exchange");
	rig_eq(r, rig_alloc(r, 0), o[1], "the interrupt's object");
	finish(&j, task);
	rig_eq(r, rig_cpu_freelist(r, 0), o[0], "head");
	rig_eq(r, get_freepointer(r->m, r->s, o[0]), o[2], "link");
	rig_end(r);
}

/* Whoever was moved to another CPU between reading and exchanging starts again there. */
EACH_CPU_SLAB_ERA(alloc_migrated)
{
	struct rig *r = machine(era, TID_STEP);
	struct job j = { .r = r };
	struct model_task *task;
	uint64_t here[3], there[3], tid;

	freelist_make(r, 0, 3, here);
	freelist_make(r, 1, 3, there);
	tid = rig_cpu_tid(r, 0);
	task = start(&j, run_alloc);
	model_task_run(task, 1);
	rig_is(r, model_task_migrate(task, 1), "a kernel with preemption moves it");
	finish(&j, task);
	rig_eq(r, j.object, there[0], "object");
	rig_eq(r, rig_cpu_freelist(r, 0), here[0], "freelist of the CPU that it left");
	rig_eq(r, rig_cpu_tid(r, 0), tid, "tid of the CPU that it left");
	rig_eq(r, rig_cpu_freelist(r, 1), there[1], "freelist of the CPU that it came to");
	rig_end(r);
}

/* TID_STEP is 1 where a task cannot be preempted in the kernel. */
EACH_CPU_SLAB_ERA(alloc_not_migrated)
{
	struct rig *r = machine(era, 1);
	struct job j = { .r = r };
	struct model_task *task = start(&j, run_alloc);

	model_task_run(task, 1);
	rig_is(r, !model_task_migrate(task, 1), "a kernel without preemption moves it");
	finish(&j, task);
	rig_end(r);
}

/* Two CPUs free to the same slab: who comes second exchanges again. */
EACH_MODEL_ERA(remote_frees_race)
{
	struct rig *r = machine(era, TID_STEP);
	struct job j = { .r = r, .cpu = 1 };
	struct model_task *task;
	uint64_t *o = rig_slabs(r, 0, 2), slab = rig_slab(r, o[0]);
	unsigned int n = rig_objects(r), steps = 0;

	rig_free(r, 1, o[0]); /* the slab was full: it has a place now */
	j.object = o[1];
	task = start(&j, run_free);
	/* Up to where its object leads to the head. */
	do
		model_task_run(task, 1);
	while (get_freepointer(r->m, r->s, o[1]) != o[0] && ++steps < 8);
	rig_eq(r, slab_freelist(r->m, slab), o[0], "head before the exchange");
	rig_free(r, 0, o[2]);
	finish(&j, task);
	rig_eq(r, slab_freelist(r->m, slab), o[1], "head");
	rig_eq(r, get_freepointer(r->m, r->s, o[1]), o[2], "link of the second");
	rig_eq(r, get_freepointer(r->m, r->s, o[2]), o[0], "link of the first");
	rig_eq(r, rig_inuse(r, slab), n - 3, "inuse");
	free(o);
	rig_end(r);
}

/* list_lock of the node. */
static uint64_t list_lock(struct rig *r)
{
	return AT(r->m, get_node(r->m, r->s, 0), node_list_lock);
}

static bool is_locked(struct rig *r)
{
	uint32_t word = get32(r->m, list_lock(r));

	/* Until 4.1 a pair of tickets. */
	return r->era == MODEL_ERA_3_13 ? (word & 0xffff) != word >> 16 : word != 0;
}

/* A partial slab on the node's list, and no CPU that has any. */
static void node_partial_make(struct rig *r)
{
	uint64_t *o = rig_slabs(r, 0, 1);

	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[1]);
	ck_assert_int_eq(model_cache_flush(r->m, 0, r->s), MODEL_DONE);
	rig_eq(r, rig_nr_partial(r, 0), 1, "partial slabs of the node");
	free(o);
}

/*
 * get_partial_node() holds list_lock, with interrupts off: nobody else on that CPU comes between,
 * and another CPU waits.
 */
EACH_MODEL_ERA(list_lock_held)
{
	struct rig *r = machine(era, TID_STEP);
	struct job first = { .r = r }, second = { .r = r, .cpu = 1 };
	struct model_task *a, *b;
	unsigned int steps = 0;

	node_partial_make(r);
	a = start(&first, run_alloc);
	while (!is_locked(r))
		rig_is(r, model_task_run(a, 1) == MODEL_TASK_READY, "list_lock is not taken");
	rig_is(r, !model_task_interruptible(a), "interrupts are on under list_lock");
	b = start(&second, run_alloc);
	while (model_task_run(b, 1) == MODEL_TASK_READY)
		rig_is(r, ++steps < 1000, "the other CPU does not wait");
	rig_eq(r, model_task_run(b, 100), MODEL_TASK_WAITING, "the other CPU waits");
	finish(&first, a);
	finish(&second, b);
	rig_is(r, first.object != second.object && first.object && second.object,
	       "they got %#llx and %#llx", (unsigned long long)first.object,
	       (unsigned long long)second.object);
	rig_end(r);
}

/* What nobody would ever release is not waited for. */
EACH_MODEL_ERA(list_lock_lost)
{
	struct rig *r = machine(era, TID_STEP);
	struct job first = { .r = r };
	struct model_task *a;
	uint64_t object;

	node_partial_make(r);
	a = start(&first, run_alloc);
	while (!is_locked(r))
		rig_is(r, model_task_run(a, 1) == MODEL_TASK_READY, "list_lock is not taken");
	rig_eq(r, model_alloc(r->m, 1, r->s, model_gfp_kernel(r->m), MODEL_ANY_NODE, &object),
	       MODEL_STUCK, "how the other allocation ended");
	finish(&first, a);
	rig_end(r);
}

/*
 * slab_lock(): until 6.0 freeing to a cache with consistency checks holds PG_locked of the slab, and
 * so does every exchange of the two words of such a slab, in all eras.
 */
EACH_MODEL_ERA(slab_lock_held)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	struct job first = { .r = r }, second = { .r = r, .cpu = 1 };
	struct model_task *a, *b;
	uint64_t o[2], flags;
	bool locks = era < MODEL_ERA_6_1;

	rig_cache(r,
		  (struct model_cache_args){ .size = 64, .flags = RIG_PLAIN | MODEL_CACHE_CHECKS });
	rig_alloc_many(r, 0, 2, o);
	flags = AT(r->m, rig_slab(r, o[0]), slab_flags);
	first.object = o[0];
	second.object = o[1];
	a = start(&first, run_free);
	rig_eq(r, run_until(r, a, flags, r->m->shape.pg_locked), locks, "PG_locked is taken");
	if (locks) {
		rig_is(r, !model_task_interruptible(a), "interrupts are on under slab_lock()");
		b = start(&second, run_free);
		while (model_task_run(b, 1) == MODEL_TASK_READY)
			;
		rig_eq(r, model_task_run(b, 100), MODEL_TASK_WAITING, "the other free");
		finish(&first, a);
		finish(&second, b);
	} else {
		finish(&first, a);
		rig_free(r, 1, o[1]);
	}
	rig_end(r);
}

/*
 * Flushing waits for a CPU that cannot be told: until 5.14 one with interrupts off, as it gets an
 * IPI; since, one whose task cannot be preempted, as it gets a work item.
 */
EACH_CPU_SLAB_ERA(flush_waits)
{
	struct rig *r = machine(era, TID_STEP);
	struct job first = { .r = r, .cpu = 1 }, second = { .r = r };
	struct model_task *a, *b;
	unsigned int steps = 0;

	node_partial_make(r);
	do
		rig_alloc(r, 1);
	while (rig_cpu_freelist(r, 1)); /* it has a slab without free objects */
	a = start(&first, run_alloc);
	while (model_task_interruptible(a))
		rig_is(r, model_task_run(a, 1) == MODEL_TASK_READY, "interrupts stay on");
	b = start(&second, run_flush);
	while (model_task_run(b, 1) == MODEL_TASK_READY)
		rig_is(r, ++steps < 1000, "the flush does not wait");
	finish(&first, a);
	finish(&second, b);
	rig_eq(r, rig_cpu_slab(r, 1), 0, "slab of the CPU that was flushed");
	rig_end(r);
}

/* All of an interrupt's handler runs with interrupts off. */
EACH_MODEL_ERA(interrupt_not_interrupted)
{
	struct rig *r = machine(era, TID_STEP);
	struct job j = { .r = r };
	struct model_task *task = start(&j, run_alloc);

	model_task_is_interrupt(task);
	rig_is(r, !model_task_interruptible(task), "before its first step");
	model_task_run(task, 1);
	rig_is(r, !model_task_interruptible(task), "after its first step");
	finish(&j, task);
	task = start(&j, run_free);
	rig_is(r, model_task_interruptible(task), "interrupts stay off behind it");
	finish(&j, task);
	rig_end(r);
}

Suite *suite_model_tasks(void)
{
	Suite *suite = suite_create("model_tasks");
	TCase *races = tcase_create("races"), *locks = tcase_create("locks");

	tcase_set_timeout(races, RIG_TIMEOUT);
	tcase_add_test(races, alloc_interrupted);
	tcase_add_test(races, free_interrupted);
	tcase_add_test(races, alloc_migrated);
	tcase_add_test(races, alloc_not_migrated);
	tcase_add_test(races, remote_frees_race);
	tcase_add_test(races, interrupt_not_interrupted);
	suite_add_tcase(suite, races);
	tcase_set_timeout(locks, RIG_TIMEOUT);
	tcase_add_test(locks, list_lock_held);
	tcase_add_test(locks, list_lock_lost);
	tcase_add_test(locks, slab_lock_held);
	tcase_add_test(locks, flush_waits);
	suite_add_tcase(suite, locks);
	return suite;
}
