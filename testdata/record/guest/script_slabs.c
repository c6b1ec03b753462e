// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_slabs: notes each slab that a step allocates, and where in the random
 * sequence it begins. Where there are sheaves, one step can fill several slabs, and
 * their objects come out of the sheaf later and in another order, so that the
 * objects do not tell.
 *
 * The page allocator says which pages the step gets. What is drawn next is the
 * beginning, if the page became a slab of this cache: shuffling comes next there.
 */
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "slubscript.h"

#ifdef HAS_kmem_cache__cpu_sheaves

#define MAX_PAGES 512

static struct {
	struct task_struct *task; /* whose step it is */
	unsigned int nr;
	struct {
		struct page *page;
		bool drawn;
		u32 start;
	} page[MAX_PAGES];
} seen;

static bool is_of_step(void)
{
	return in_task() && READ_ONCE(seen.task) == current;
}

/* Of the tracepoint mm_page_alloc. */
static void page_allocated(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			   int migratetype)
{
	if (!page || !is_of_step() || WARN_ON_ONCE(seen.nr == MAX_PAGES))
		return;
	seen.page[seen.nr].page = page;
	seen.page[seen.nr].drawn = false;
	seen.page[seen.nr].start = 0;
	seen.nr++;
}

static int drawn(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (is_of_step() && seen.nr && !seen.page[seen.nr - 1].drawn) {
		seen.page[seen.nr - 1].drawn = true;
		seen.page[seen.nr - 1].start = regs_return_value(regs);
	}
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "__get_random_u32_below",
	.handler = drawn,
	.maxactive = 4 * MAX_CPUS,
};

static void tracepoint_take(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "mm_page_alloc"))
		*(struct tracepoint **)found = tp;
}

int slabs_watch_init(void)
{
	struct tracepoint *tp = NULL;
	int err;

	for_each_kernel_tracepoint(tracepoint_take, &tp);
	if (!tp)
		return -ENOENT;
	err = tracepoint_probe_register(tp, page_allocated, NULL);
	return err ? err : register_kretprobe(&probe);
}

void slabs_watch_begin(void)
{
	seen.nr = 0;
	WRITE_ONCE(seen.task, current);
}

void slabs_watch_end(struct recording *recording, struct kmem_cache *s)
{
	unsigned int i;

	WRITE_ONCE(seen.task, NULL);
	for (i = 0; i < seen.nr; i++) {
		struct slab *slab = (struct slab *)seen.page[i].page;

		if (PageSlab(seen.page[i].page) && slab->slab_cache == s)
			log_slab(recording, slab, seen.page[i].start);
	}
}

#endif
