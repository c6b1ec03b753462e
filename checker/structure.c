/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structures of any allocator, and the parts of the kernel's memory that are none's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/allocator.h"
#include "checker/image/escape.h"
#include "checker/image/task.h"

static bool lies_in(uint64_t addr, uint64_t start, uint64_t size)
{
	return addr - start < size;
}

/* The first chunk of per-CPU memory, where static variables are; others are vmalloc space. */
static bool per_cpu_find(struct structure *s, const struct allocator *a, uint64_t addr)
{
	const struct kernel *k = a->kernel;
	struct target *t = a->memory->target;
	uint64_t start, unit = 0, at;

	if (!t->ops->symbol(t, "__per_cpu_start", &start) ||
	    !t->ops->symbol(t, "pcpu_unit_size", &at) ||
	    memory_value(a->memory, at, 4, &unit) != TARGET_OK)
		return false;
	for (unsigned int cpu = 0; cpu < k->nr_cpus; cpu++) {
		if (!k->cpu_possible[cpu] || !lies_in(addr, start + k->cpu_offset[cpu], unit))
			continue;
		s->kind = STRUCTURE_PER_CPU;
		s->start = start + k->cpu_offset[cpu];
		s->size = unit;
		s->cpu = (int)cpu;
		return true;
	}
	return false;
}

static bool stack_find(struct structure *s, const struct allocator *a, uint64_t addr)
{
	struct task task;

	if (!task_of_stack(&task, a->memory, addr))
		return false;
	s->kind = STRUCTURE_STACK;
	s->start = task.stack;
	s->size = task.stack_size;
	s->pid = task.pid;
	memcpy(s->comm, task.comm, sizeof(s->comm));
	return true;
}

/* Where x86-64 has put vmalloc space (4.9); it ends before the memmap. */
static bool is_vmalloc(struct target *t, uint64_t addr)
{
	uint64_t start, end;

	return target_variable(t, "vmalloc_base", &start) &&
	       target_variable(t, "vmemmap_base", &end) && addr >= start && addr < end;
}

static void range_find(struct structure *s, const struct allocator *a, uint64_t addr)
{
	const struct address_range *image = &a->kernel->text.kernel;

	if (image->end > image->start && lies_in(addr, image->start, image->end - image->start)) {
		s->kind = STRUCTURE_IMAGE;
		s->start = image->start;
		s->size = image->end - image->start;
	} else if (is_vmalloc(a->memory->target, addr)) {
		s->kind = STRUCTURE_VMALLOC;
		s->start = addr;
	}
}

void structure_of(struct allocator *a, uint64_t addr, struct structure *s)
{
	a->ops->structure(a, addr, s);
	if (s->kind == STRUCTURE_NONE && !per_cpu_find(s, a, addr) && !stack_find(s, a, addr))
		range_find(s, a, addr);
}

char *structure_text(const struct allocator *a, const struct structure *s, char *buf, size_t len)
{
	char comm[4 * sizeof(s->comm)];

	switch (s->kind) {
	case STRUCTURE_NONE:
	case STRUCTURE_KINDS:
		snprintf(buf, len, "not a known structure");
		break;
	case STRUCTURE_PER_CPU:
		snprintf(buf, len, "the per-CPU area of CPU %d", s->cpu);
		break;
	case STRUCTURE_STACK:
		snprintf(buf, len, "the kernel stack of task %s (%" PRIu64 ")",
			 text_escape(s->comm, comm, sizeof(comm)), s->pid);
		break;
	case STRUCTURE_IMAGE:
		snprintf(buf, len, "the kernel's image");
		break;
	case STRUCTURE_VMALLOC:
		snprintf(buf, len, "vmalloc space");
		break;
	default:
		return a->ops->describe_structure(a, s, buf, len);
	}
	return buf;
}
