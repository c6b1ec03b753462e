/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/dead_kernel.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/unit/unit.h"

struct dead_kernel dead_new(enum image_era era)
{
	struct dead_kernel d = { .w = world_new(era) };
	struct image *image = d.image = d.w->image;

	d.task = image_data(image, 0x800 * image->nr_cpus);
	d.stack = image->direct_map + 0xf00000;
	d.frame = d.stack + STACK_SIZE - 0x400 - FRAME_SIZE % 16;
	d.table = image_data(image, 256);
	image_symbol(image, "die_counter", image_data(image, 8), 4);
	image_put(image, image->symbols[image->nr_symbols - 1].value, 1, 4);
	image_symbol(image, "current_task", CURRENT_TASK, 8);
	image_set(image, image->percpu + CURRENT_TASK, d.task);
	image_store(image, d.task, "task_struct", "stack", d.stack);
	image_store(image, d.task, "task_struct", "pid", 4711);
	image_text(image, image_field(image, d.task, "task_struct", "comm"), "mount");
	image_symbol(image, "kmem_cache_free", FREE_AT, 0x200);
	image_symbol(image, "kmem_cache_alloc", ALLOC_AT, 0x200);
	image_symbol(image, "__list_del_entry_valid", LIST_AT, 0x200);
	image_symbol(image, "get_partial_node.isra.0", PARTIAL_AT, 0x200);
	image_symbol(image, "list_lru_del", OTHER_AT, 0x200);
	image_symbol(image, "usercopy_abort", COPY_AT, 0x100);
	image_symbol(image, "__check_heap_object", CHECK_AT, 0x100);
	return d;
}

void dead_free(struct dead_kernel *d)
{
	world_free(d->w);
}

void dead_reg_set(struct dead_kernel *d, enum x86_64_reg reg, uint64_t value)
{
	image_set(d->image, d->frame + 8 * (uint64_t)reg, value);
}

static void frame_fill(struct image *image, uint64_t frame, uint64_t ip)
{
	for (unsigned int i = 0; i < X86_64_ORIG_AX; i++)
		image_set(image, frame + 8 * i, 0x100 + i);
	image_set(image, frame + 8 * X86_64_ORIG_AX, UINT64_MAX);
	image_set(image, frame + 8 * X86_64_IP, ip);
	image_set(image, frame + 8 * X86_64_CS, 0x10);
	image_set(image, frame + 8 * X86_64_FLAGS, 0x10282);
	image_set(image, frame + 8 * X86_64_SP, frame + FRAME_SIZE);
	image_set(image, frame + 8 * X86_64_SS, 0x18);
}

void dead_frame_make(struct dead_kernel *d, uint64_t ip)
{
	frame_fill(d->image, d->frame, ip);
}

uint64_t dead_other_cpu(struct dead_kernel *d, unsigned int cpu, uint64_t ip)
{
	uint64_t task = d->task + 0x800 * cpu, stack = d->stack + cpu * UINT64_C(0x10000);
	uint64_t frame = stack + (d->frame - d->stack);

	image_set(d->image, d->image->percpu + cpu * IMAGE_PERCPU_SIZE + CURRENT_TASK, task);
	image_store(d->image, task, "task_struct", "stack", stack);
	image_store(d->image, task, "task_struct", "pid", 100 + cpu);
	image_text(d->image, image_field(d->image, task, "task_struct", "comm"), "other");
	frame_fill(d->image, frame, ip);
	return frame;
}

void dead_code_set(struct dead_kernel *d, uint64_t at, const uint8_t *code, size_t len)
{
	for (size_t i = 0; i < len; i++)
		image_put(d->image, at + i, code[i], 1);
}

#define LOG_SIZE 4096u

void dead_log(struct dead_kernel *d, const char *format, ...)
{
	struct image *image = d->image;
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!d->log) {
		d->log = image_data(image, LOG_SIZE);
		d->log_words = image_data(image, 32);
		image_symbol(image, "log_buf", d->log_words, 8);
		image_symbol(image, "log_buf_len", d->log_words + 8, 4);
		image_symbol(image, "log_end", d->log_words + 12, 4);
		image_symbol(image, "logged_chars", d->log_words + 16, 4);
		image_put(image, d->log_words, d->log, 8);
		image_put(image, d->log_words + 8, LOG_SIZE, 4);
	}
	for (const char *c = line; *c; c++)
		image_put(image, d->log + d->log_used++, (uint8_t)*c, 1);
	image_put(image, d->log + d->log_used++, '\n', 1);
	ck_assert_uint_lt(d->log_used, LOG_SIZE);
	image_put(image, d->log_words + 12, d->log_used, 4);
	image_put(image, d->log_words + 16, d->log_used, 4);
}
