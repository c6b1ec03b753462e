// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * holders: nothing is wrong with the allocator, but pointers to one free object stay in every
 * kind of place that a pointer can be in.
 */
#include <asm/pgtable.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "slubfault.h"

/* Where the pointers lie in what holds them. */
#define IN_OBJECT 24
#define IN_PAGE 0x238
#define IN_AREA (PAGE_SIZE + 0x120)

void *slubfault_data = &slubfault_data;
static void *slubfault_bss;
static DEFINE_PER_CPU(void *, slubfault_per_cpu);

/* What one row of the truth needs beside the address. */
static void planted(const char *kind, void *word, const char *more)
{
	pr_info("slubfault: planted {\"kind\": \"%s\", \"address\": \"0x%llx\", \"phys\": \"0x%llx\", \"value\": \"0x%llx\"%s}\n",
		kind, (u64)word, (u64)slow_virt_to_phys(word), *(u64 *)word, more);
}

static void hold(const char *kind, void *word, const void *object, const char *more)
{
	*(const void **)word = object;
	planted(kind, word, more);
}

struct sleeper {
	const void *object;
	void *word; /* on its stack */
	bool ready;
};

/* The pointer has to be in this frame, and this function on the stack. */
static noinline void slubfault_sleep(struct sleeper *s)
{
	const void *volatile held[2] = { s->object, NULL };

	WRITE_ONCE(s->word, (void *)&held[0]);
	smp_store_release(&s->ready, true);
	while (!held[1]) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}

static int sleeper_run(void *data)
{
	struct sleeper *s = data;

	slubfault_sleep(s);
	return 0;
}

static int hold_stack(const void *object)
{
	/* The thread's own argument is the module's, so that nobody else has the pointer. */
	static struct sleeper s;
	static char more[80];
	struct task_struct *task;
	unsigned int tries = 1000;

	s.object = object;
	task = kthread_run(sleeper_run, &s, "slubfault_sleep");
	if (IS_ERR(task))
		return PTR_ERR(task);
	while (!smp_load_acquire(&s.ready) && --tries)
		schedule_timeout_uninterruptible(1);
	/* Until it is off its CPU. */
	schedule_timeout_uninterruptible(HZ / 5);
	s.object = NULL;
	if (!s.ready)
		return -ETIME;
	snprintf(more, sizeof(more), ", \"pid\": %d, \"function\": \"slubfault_sleep\"", task->pid);
	planted("stack", s.word, more);
	return 0;
}

static int hold_per_cpu(const void *object)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	void *__percpu *dynamic = alloc_percpu(void *);
	static char more[64];

	if (!dynamic)
		return -ENOMEM;
	snprintf(more, sizeof(more), ", \"cpu\": %u, \"symbol\": \"slubfault_per_cpu\"", cpu);
	hold("per-cpu", per_cpu_ptr(&slubfault_per_cpu, cpu), object, more);
	snprintf(more, sizeof(more), ", \"cpu\": %u", cpu);
	hold("per-cpu", per_cpu_ptr(dynamic, cpu), object, more);
	return 0;
}

/* init_uts_ns is the only data of the kernel that a module may write and nobody reads. */
static void hold_kernel(const void *object)
{
	char *end = init_uts_ns.name.domainname + sizeof(init_uts_ns.name.domainname);
	u64 word = ((u64)end - 8) & ~7ull;

	hold("kernel", (void *)word, object, ", \"symbol\": \"init_uts_ns\"");
}

static int hold_pages(const void *object)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *area = vmalloc(4 * PAGE_SIZE);

	if (!page || !area)
		return -ENOMEM;
	hold("page", page_address(page) + IN_PAGE, object, ", \"page\": \"kernel\"");
	hold("vmalloc", area + IN_AREA, object, "");
	return 0;
}

/* An allocated object, and a free one, which has no right to be believed. */
static int hold_objects(struct spot *spot, const void *object)
{
	u8 *holder = kmalloc(1024, GFP_KERNEL);
	void *own = bed_allocated(spot->other, bed_full_slab(spot->other));
	static char more[96];

	if (!holder || !own)
		return -ENOMEM;
	hold("object", own + IN_OBJECT, object,
	     ", \"cache\": \"slubfault_other\", \"offset\": 24, \"state\": \"allocated\"");
	snprintf(more, sizeof(more), ", \"offset\": %d, \"state\": \"allocated\"", 8 * IN_OBJECT);
	hold("object", holder + 8 * IN_OBJECT, object, more);
	return 0;
}

/* The second object of the chain: the first one's freepointer leads to it. */
int plant_holders(struct spot *spot, struct truth *t)
{
	void *object = chain_at(spot->s, *spot->head, 1);
	void *first = *spot->head;
	int err;

	t->object = object;
	t->index = 1;
	err = hold_stack(object);
	if (!err)
		err = hold_per_cpu(object);
	if (!err)
		err = hold_pages(object);
	if (!err)
		err = hold_objects(spot, object);
	if (err)
		return err;
	hold_kernel(object);
	hold("module", &slubfault_data, object, ", \"symbol\": \"slubfault_data\"");
	hold("module", &slubfault_bss, object, ", \"symbol\": \"slubfault_bss\"");
	pr_info("slubfault: planted {\"kind\": \"freepointer\", \"address\": \"0x%llx\", \"value\": \"0x%llx\"}\n",
		(u64)first, (u64)object);
	return 0;
}
