/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/kernel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CPUS_MAX 8192 /* the largest CONFIG_NR_CPUS of any distribution */

bool kernel_error(char error[KERNEL_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, KERNEL_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

/* Where the words of a CPU mask are. Until 4.4 (5aec01b834fd) it was a bitmap of another name, and the mask
 * a constant pointer to it. */
static bool mask_find(struct memory *memory, const char *what, uint64_t *addr)
{
	char name[32];

	snprintf(name, sizeof(name), "__cpu_%s_mask", what);
	if (memory->target->ops->symbol(memory->target, name, addr))
		return true;
	snprintf(name, sizeof(name), "cpu_%s_bits", what);
	if (memory->target->ops->symbol(memory->target, name, addr))
		return true;
	snprintf(name, sizeof(name), "cpu_%s_mask", what);
	return memory->target->ops->symbol(memory->target, name, addr) &&
	       memory_value(memory, *addr, 8, addr) == TARGET_OK;
}

/* A CPU mask as an array of bool; false when the mask is not in the image. @mask may be NULL. */
static bool mask_read(struct memory *memory, const char *what, bool *bits, unsigned int n,
		      struct cpu_mask *mask)
{
	uint64_t addr, word;

	if (!mask_find(memory, what, &addr))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		if (i % 64 == 0 && memory_value(memory, addr + i / 8, 8, &word) != TARGET_OK)
			return false;
		if (mask && mask->words)
			mask->words[i / 64] = word;
		bits[i] = word >> (i % 64) & 1;
	}
	if (mask && mask->words)
		mask->addr = addr;
	return true;
}

/* How many CPUs there can be, from the mask of those that can: with CONFIG_FORCE_NR_CPUS (6.1) nr_cpu_ids is
 * a macro for NR_CPUS, which is how many bits a mask has. */
static bool cpus_of_mask(struct memory *memory, uint64_t *n)
{
	uint64_t addr, word;
	size_t bytes;

	if (!memory->target->ops->type_size(memory->target, "cpumask", &bytes) ||
	    !mask_find(memory, "possible", &addr))
		return false;
	*n = 0;
	for (uint64_t at = 0; at + 8 <= bytes && 8 * at < CPUS_MAX; at += 8) {
		if (memory_value(memory, addr + at, 8, &word) != TARGET_OK)
			return false;
		if (word)
			*n = 8 * at + 64 - (uint64_t)__builtin_clzll(word);
	}
	return *n;
}

static bool cpus_count(struct memory *memory, uint64_t *n, char *error)
{
	uint64_t addr;

	*n = 1;
	if (memory->target->ops->symbol(memory->target, "nr_cpu_ids", &addr)) {
		if (memory_value(memory, addr, 4, n) == TARGET_OK && *n && *n <= CPUS_MAX)
			return true;
		return kernel_error(error, "nr_cpu_ids cannot be read");
	}
	/* A kernel without SMP has one CPU, and no offsets. */
	if (!memory->target->ops->symbol(memory->target, "__per_cpu_offset", &addr) ||
	    cpus_of_mask(memory, n))
		return true;
	return kernel_error(error,
			    "cannot tell how many CPUs there are: no nr_cpu_ids, and no mask of "
			    "possible CPUs can be read");
}

static bool cpus_read(struct kernel *kernel, struct memory *memory, struct arena *arena,
		      char *error)
{
	uint64_t addr, n;
	uint64_t *offset;
	bool *possible, *online, *active;

	if (!cpus_count(memory, &n, error))
		return false;
	kernel->nr_cpus = (unsigned int)n;
	offset = arena_array(arena, n, sizeof(*offset));
	possible = arena_array(arena, n, sizeof(*possible));
	online = arena_array(arena, n, sizeof(*online));
	active = arena_array(arena, n, sizeof(*active));
	kernel->online_mask.words = arena_array(arena, n / 64 + 1, sizeof(uint64_t));
	kernel->active_mask.words = arena_array(arena, n / 64 + 1, sizeof(uint64_t));
	if (!offset || !possible || !online || !active)
		return kernel_error(error, "out of memory");
	if (memory->target->ops->symbol(memory->target, "__per_cpu_offset", &addr))
		for (unsigned int i = 0; i < n; i++)
			if (memory_value(memory, addr + 8 * i, 8, &offset[i]) != TARGET_OK)
				return kernel_error(error, "__per_cpu_offset cannot be read");
	if (!mask_read(memory, "possible", possible, kernel->nr_cpus, NULL))
		memset(possible, true, n);
	if (!mask_read(memory, "online", online, kernel->nr_cpus, &kernel->online_mask))
		memcpy(online, possible, n);
	/* A panic takes the other CPUs off the online mask without flushing anything
	 * (stop_this_cpu()); hotplug clears the active mask first. */
	if (mask_read(memory, "active", active, kernel->nr_cpus, &kernel->active_mask))
		for (unsigned int i = 0; i < n; i++)
			online[i] |= active[i];
	kernel->cpu_offset = offset;
	kernel->cpu_possible = possible;
	kernel->cpu_online = online;
	return true;
}

bool kernel_key(struct memory *memory, const char *name, bool *on)
{
	struct target_member key = { 0 };
	uint64_t addr, value;

	if (!memory->target->ops->symbol(memory->target, name, &addr))
		return false;
	/* struct static_key starts with an atomic_t; key is its place in the _true/_false type. */
	target_find(memory->target, "static_key_false", "key", &key);
	if (memory_value(memory, addr + key.offset, 4, &value) != TARGET_OK)
		return false;
	*on = value != 0;
	return true;
}

/*
 * Whether the hotplug lock is held for writing: percpu_rw_semaphore.block, readers_block to 5.6. Until 4.12
 * (fc8dffd379ca) it was in a structure without a name, whose first word is the task that holds it.
 */
static bool hotplug_busy(struct memory *memory)
{
	struct target_member block;
	uint64_t lock, value;

	if (memory->target->ops->symbol(memory->target, "cpu_hotplug", &lock))
		return memory_value(memory, lock, 8, &value) == TARGET_OK && value;
	if (!memory->target->ops->symbol(memory->target, "cpu_hotplug_lock", &lock) ||
	    (!target_find(memory->target, "percpu_rw_semaphore", "block", &block) &&
	     !target_find(memory->target, "percpu_rw_semaphore", "readers_block", &block)))
		return false;
	return memory_member(memory, lock, block, &value) == TARGET_OK && value;
}

/* slab_bug(), __slab_err() and bad_page() call add_taint(TAINT_BAD_PAGE), whose bit is 5 ("B"). */
#define TAINT_BAD_PAGE 5

static enum complained complained(struct memory *memory)
{
	struct target *t = memory->target;
	uint64_t addr, mask;

	if (!t->ops->symbol(t, "tainted_mask", &addr) ||
	    memory_value(memory, addr, 8, &mask) != TARGET_OK)
		return COMPLAINT_UNKNOWN;
	return mask >> TAINT_BAD_PAGE & 1 ? COMPLAINT_YES : COMPLAINT_NO;
}

static void range_find(struct address_range *range, struct target *t, const char *start,
		       const char *end)
{
	struct address_range found;

	if (t->ops->symbol(t, start, &found.start) && t->ops->symbol(t, end, &found.end) &&
	    found.start < found.end)
		*range = found;
}

static void text_find(struct kernel_text *text, struct target *t)
{
	uint64_t page, virt;

	range_find(&text->text, t, "_stext", "_etext");
	range_find(&text->init, t, "_sinittext", "_einittext");
	range_find(&text->kernel, t, "_text", "_end");
	if (t->ops->frame_to_page(t, 0, &page) && t->ops->page_to_virt(t, page, &virt))
		text->direct_map =
			(struct address_range){ virt, virt + (t->nr_pages << t->page_shift) };
}

/* The length of a tick; 0: unknown. tick_nsec is a constant in 7.2: what is left is the clock source
 * that counts ticks. */
static uint64_t tick_ns(struct memory *memory)
{
	struct target *t = memory->target;
	struct target_member mult, shift;
	uint64_t addr, ns = 0, by = 0;

	if (t->ops->symbol(t, "tick_nsec", &addr))
		return memory_value(memory, addr, 8, &ns) == TARGET_OK ? ns : 0;
	if (!t->ops->symbol(t, "clocksource_jiffies", &addr) ||
	    !target_find(t, "clocksource", "mult", &mult) ||
	    !target_find(t, "clocksource", "shift", &shift) ||
	    memory_member(memory, addr, mult, &ns) != TARGET_OK ||
	    memory_member(memory, addr, shift, &by) != TARGET_OK || by > 31)
		return 0;
	return ns >> by;
}

/* How long ago something was: HZ is a constant that only the length of a tick gives away. */
static void time_read(struct kernel *kernel, struct memory *memory)
{
	uint64_t addr, ns = tick_ns(memory);

	if (memory->target->ops->symbol(memory->target, "jiffies", &addr) &&
	    memory_value(memory, addr, 8, &kernel->jiffies) != TARGET_OK)
		kernel->jiffies = 0;
	if (ns < 100000 || ns > 20000000)
		return;
	/* NTP and odd clocks make it a little more or less. */
	kernel->hz = (uint32_t)((1000000000 + ns / 2) / ns);
}

bool kernel_read(struct kernel *kernel, struct memory *memory, struct arena *arena,
		 char error[KERNEL_ERROR_MAX])
{
	struct target *t = memory->target;

	memset(kernel, 0, sizeof(*kernel));
	if (!page_layout_find(&kernel->page, t))
		return kernel_error(error, "no debug information for struct page");
	kernel->lock = lock_layout_find(t);
	text_find(&kernel->text, t);
	time_read(kernel, memory);
	kernel->complained = complained(memory);
	kernel->hotplug_busy = hotplug_busy(memory);
	return cpus_read(kernel, memory, arena, error);
}

bool kernel_may_be_text(const struct kernel *kernel, uint64_t addr)
{
	const struct kernel_text *text = &kernel->text;

	if (range_has(&text->text, addr) || range_has(&text->init, addr))
		return true;
	return addr >> 56 == 0xff && !range_has(&text->kernel, addr) &&
	       !range_has(&text->direct_map, addr);
}
