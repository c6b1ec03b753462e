// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_steps: runs a script. A thread on each CPU does the steps of its CPU
 * and hands over to the thread of the next step's, so that one runs at a time.
 */
#include <linux/cpumask.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "slubscript.h"

/* get_any_partial() lets 1,024 tickets out of 1,024 pass, or none. */
#define REMOTE_ALWAYS 1024
#define REMOTE_NEVER 0

static struct runner {
	wait_queue_head_t wait;
	bool go;
} runners[MAX_CPUS];

/* The one script that runs. */
static struct {
	struct script *script;
	struct recording *recording;
	struct kmem_cache *s;
	void **objects;
	unsigned int nr_objects;
	void **batch; /* the objects of one step */
	unsigned int at; /* the step */
	bool rcu; /* objects were freed after a grace period */
	struct completion done;
} run;

static int step_alloc(struct step *step)
{
	void *object;

	slabs_watch_begin();
	object = kmem_cache_alloc_node(run.s, GFP_KERNEL, step->node);
	slabs_watch_end(run.recording, run.s);
	if (!object)
		return -ENOMEM;
	log_object(run.recording, object);
	run.objects[run.nr_objects++] = object;
	return 0;
}

static int step_alloc_bulk(struct step *step)
{
	bool done;
	int i;

	slabs_watch_begin();
	done = kmem_cache_alloc_bulk(run.s, GFP_KERNEL, step->count, &run.objects[run.nr_objects]);
	slabs_watch_end(run.recording, run.s);
	if (!done)
		return -ENOMEM;
	for (i = 0; i < step->count; i++)
		log_object(run.recording, run.objects[run.nr_objects++]);
	return 0;
}

static int object_take(unsigned int number, void **object)
{
	*object = run.objects[number];
	run.objects[number] = NULL;
	return *object ? 0 : -EINVAL;
}

static int step_free(struct step *step)
{
	void *object;
	int err = object_take(run.script->numbers[step->first], &object);

	if (!err)
		kmem_cache_free(run.s, object);
	return err;
}

/* It sorts the array that it is given. */
static int step_free_bulk(struct step *step)
{
	int err = 0;
	int i;

	for (i = 0; i < step->count && !err; i++)
		err = object_take(run.script->numbers[step->first + i], &run.batch[i]);
	if (!err)
		kmem_cache_free_bulk(run.s, step->count, run.batch);
	return err;
}

/*
 * The sheaf that collects such objects goes where it has to go when a grace period
 * has ended: before the next step.
 */
static int step_free_rcu(struct step *step)
{
#ifdef HAS_kmem_cache__cpu_sheaves
	void *object;
	int err = object_take(run.script->numbers[step->first], &object);

	if (err)
		return err;
	/* Others are freed at any time. */
	if (!run.s->sheaf_capacity || page_to_nid(virt_to_page(object)) != numa_mem_id())
		return -EINVAL;
	kfree_rcu_mightsleep(object);
	run.rcu = true;
	rcu_barrier();
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

static void flush_end(void)
{
	flush_order_end();
	if (run.rcu)
		rcu_barrier();
}

static int step_shrink(struct step *step)
{
	flush_order_begin(run.s);
	kmem_cache_shrink(run.s);
	flush_end();
	return 0;
}

/* As min_partial_store() does. */
static int step_set_min(struct step *step)
{
	run.s->min_partial = step->count;
	return 0;
}

#ifndef HAS_kmem_cache__cpu_sheaves
static int sysfs_write(const char *name, unsigned int value)
{
	char text[128];
	loff_t at = 0;
	struct file *file;
	ssize_t written;

	snprintf(text, sizeof(text), "/sys/kernel/slab/%s/%s", run.s->name, name);
	file = filp_open(text, O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	snprintf(text, sizeof(text), "%u", value);
	written = kernel_write(file, text, strlen(text), &at);
	filp_close(file, NULL);
	return written < 0 ? written : 0;
}
#endif

/*
 * A change of cpu_partial flushes all CPUs and, unlike a shrink, does no more. Where
 * there are sheaves, nothing that can be asked for does just that.
 */
static int step_flush(struct step *step)
{
	int err = 0;

	flush_order_begin(run.s);
#ifdef HAS_kmem_cache__cpu_sheaves
	flush_all_cpus(run.s);
#else
	err = sysfs_write("cpu_partial", step->count);
#endif
	flush_end();
	return err;
}

static int step_do(struct step *step)
{
	switch (step->what) {
	case 'a':
		return step_alloc(step);
	case 'A':
		return step_alloc_bulk(step);
	case 'f':
		return step_free(step);
	case 'F':
		return step_free_bulk(step);
	case 'r':
		return step_free_rcu(step);
	case 's':
		return step_shrink(step);
	case 'm':
		return step_set_min(step);
	case 'g':
		return step_flush(step);
	default:
		return -EINVAL;
	}
}

static int steps_hand_over(unsigned int cpu)
{
	smp_store_release(&runners[cpu].go, true);
	wake_up(&runners[cpu].wait);
	return 0;
}

/* The last one asks for a flush (script_flush.c). */
static unsigned int step_cpu(const struct step *step)
{
	return step->cpu == ABSENT ? cpumask_last(cpu_online_mask) : step->cpu;
}

/* Those of this CPU that come next; then it is another's turn. */
static int steps_do(unsigned int cpu)
{
	struct script *script = run.script;
	int err = 0;

	while (run.at < script->nr_steps && !err) {
		struct step *step = &script->steps[run.at];

		if (step_cpu(step) != cpu)
			return steps_hand_over(step_cpu(step));
		err = WARN_ON(raw_smp_processor_id() != cpu) ? -EXDEV : step_do(step);
		run.at++;
		cond_resched();
	}
	if (!err)
		complete(&run.done);
	return err;
}

static int runner_thread(void *data)
{
	struct runner *me = data;
	int err = 0;

	while (!err) {
		wait_event_idle(me->wait, smp_load_acquire(&me->go));
		me->go = false;
		err = steps_do(me - runners);
	}
	pr_err("slubscript: failed: %s: step %u: %d\n", run.script->name, run.at, err);
	return 0;
}

int steps_prepare(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		struct task_struct *task;

		if (cpu >= MAX_CPUS)
			return -E2BIG;
		init_waitqueue_head(&runners[cpu].wait);
		task = kthread_create(runner_thread, &runners[cpu], "slubscript/%u", cpu);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		wake_up_process(task);
	}
	return 0;
}

static void ctor(void *object)
{
	memset(object, 0x33, run.script->size);
}

/* The header's cpu_partial_slabs are half full where the kernel counts objects. */
static void cpu_partial_set(struct kmem_cache *s, struct script *script)
{
#ifdef HAS_kmem_cache__cpu_partial
	unsigned int per_slab = s->oo.x & 0xffff;

	if (script->cpu_partial != ABSENT)
		s->cpu_partial = script->cpu_partial;
#ifdef HAS_kmem_cache__cpu_partial_slabs
	if (script->cpu_partial != ABSENT)
		s->cpu_partial_slabs = DIV_ROUND_UP(2 * script->cpu_partial, per_slab);
	if (script->cpu_partial_slabs != ABSENT)
		s->cpu_partial_slabs = script->cpu_partial_slabs;
#else
	if (script->cpu_partial_slabs != ABSENT)
		s->cpu_partial = script->cpu_partial_slabs * per_slab / 2;
#endif
#endif
}

/*
 * A usercopy region keeps a cache from being merged and leaves its layout as it
 * is: kmem_cache_create_usercopy() looks for an alias only when usersize is 0.
 */
static struct kmem_cache *cache_make(struct script *script)
{
	struct kmem_cache *s;

	s = kmem_cache_create_usercopy(script->name, script->size, script->align, script->flags, 0,
				       script->size, script->ctor ? ctor : NULL);
	if (!s)
		return NULL;
	if (script->min_partial != ABSENT)
		s->min_partial = script->min_partial;
	cpu_partial_set(s, script);
#ifdef CONFIG_NUMA
	s->remote_node_defrag_ratio = script->remote ? REMOTE_ALWAYS : REMOTE_NEVER;
#endif
	return s;
}

static int steps_run(void)
{
	if (!run.script->nr_steps)
		return 0;
	init_completion(&run.done);
	steps_hand_over(step_cpu(run.script->steps));
	wait_for_completion(&run.done);
	return log_is_full(run.recording) ? -ENOSPC : 0;
}

int script_run(struct script *script, struct recording *recording)
{
	int err = -ENOMEM;

	memset(&run, 0, sizeof(run));
	run.script = script;
	run.recording = recording;
	run.objects = kvcalloc(script->nr_objects + 1, sizeof(*run.objects), GFP_KERNEL);
	run.batch = kvcalloc(script->nr_numbers + 1, sizeof(*run.batch), GFP_KERNEL);
	run.s = cache_make(script);
	if (run.objects && run.batch && run.s)
		err = log_begin(recording, run.s, script->nr_objects);
	if (!err)
		err = steps_run();
	kvfree(run.objects);
	kvfree(run.batch);
	return err;
}
