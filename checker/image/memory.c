/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/memory.h"

#include <string.h>

/* Direct-mapped by page number: neighbours never displace each other, and a lookup is one
 * comparison. 1024 pages of 4 KiB hold the descriptors of 256 MiB of slabs at a time. What lies a
 * power of two apart, as the areas of CPUs, the memmap and the slabs of kmem_cache do, is spread by
 * the upper bits of the number. */
#define BLOCKS 1024
#define BLOCKS_SHIFT 10

struct memory_block {
	uint64_t addr; /* page-aligned; 1 when the block is empty */
	enum target_status status;
	uint8_t *bytes;
};

bool memory_init(struct memory *memory, struct target *target, struct arena *arena)
{
	uint8_t *bytes;

	memset(memory, 0, sizeof(*memory));
	memory->target = target;
	memory->arch = arch_of(target);
	memory->page_size = target_page_size(target);
	memory->tags = arch_tags(target);
	memory->va_bits = memory->arch->va_bits_find ? memory->arch->va_bits_find(target)
						     : memory->arch->va_bits;
	memory->runs = target_runs(target);
	if (memory->runs)
		return true;
	memory->blocks = arena_array(arena, BLOCKS, sizeof(*memory->blocks));
	bytes = arena_array(arena, BLOCKS, memory->page_size);
	if (!memory->blocks || !bytes)
		return false;
	for (size_t i = 0; i < BLOCKS; i++) {
		memory->blocks[i].addr = 1;
		memory->blocks[i].bytes = bytes + i * memory->page_size;
	}
	return true;
}

enum target_status memory_bulk(struct memory *memory, uint64_t addr, void *buf, size_t len)
{
	memory->reads++;
	memory->bytes += len;
	addr = memory_untag(memory, addr);
	if (memory->ahead && ahead_copy(memory->ahead, addr, buf, len))
		return TARGET_OK;
	return memory->target->ops->read(memory->target, addr, buf, len);
}

static size_t block_index(const struct memory *memory, uint64_t page)
{
	uint64_t number = page / memory->page_size;

	return (number ^ number >> BLOCKS_SHIFT ^ number >> 2 * BLOCKS_SHIFT) % BLOCKS;
}

static const struct memory_block *block_get(struct memory *memory, uint64_t page)
{
	struct memory_block *block = &memory->blocks[block_index(memory, page)];

	if (block->addr != page) {
		/* Invalid while it is filled: the target may be left by longjmp. */
		block->addr = 1;
		block->status = memory_bulk(memory, page, block->bytes, memory->page_size);
		block->addr = page;
	}
	return block;
}

void memory_window(struct memory *memory, uint64_t addr, size_t len)
{
	memory->window_len = 0;
	addr = memory_untag(memory, addr);
	if (!memory->runs || len > MEMORY_WINDOW ||
	    memory_bulk(memory, addr, memory->window, len) != TARGET_OK)
		return;
	memory->window_at = addr;
	memory->window_len = len;
}

static bool in_window(const struct memory *memory, uint64_t addr, size_t len)
{
	return memory->window_len && addr >= memory->window_at && len <= memory->window_len &&
	       addr - memory->window_at <= memory->window_len - len;
}

void memory_window_reach(struct memory *memory, uint64_t addr, size_t len)
{
	if (memory->runs && !in_window(memory, addr, len))
		memory_window(memory, addr, MEMORY_WINDOW);
}

enum target_status memory_read(struct memory *memory, uint64_t addr, void *buf, size_t len)
{
	uint8_t *out = buf;

	addr = memory_untag(memory, addr);
	if (len > UINT64_MAX - addr)
		return TARGET_UNMAPPED;
	if (in_window(memory, addr, len)) {
		memcpy(buf, memory->window + (addr - memory->window_at), len);
		return TARGET_OK;
	}
	if (memory->runs)
		return memory_bulk(memory, addr, buf, len);
	while (len) {
		uint64_t within = addr & (memory->page_size - 1);
		const struct memory_block *block = block_get(memory, addr - within);
		size_t n = memory->page_size - within;

		if (block->status != TARGET_OK)
			return block->status;
		if (n > len)
			n = len;
		memcpy(out, block->bytes + within, n);
		out += n;
		addr += n;
		len -= n;
	}
	return TARGET_OK;
}

enum target_status memory_value(struct memory *memory, uint64_t addr, size_t size, uint64_t *value)
{
	uint8_t bytes[8];
	enum target_status status;

	if (size > sizeof(bytes))
		size = sizeof(bytes);
	status = memory_read(memory, addr, bytes, size);
	if (status == TARGET_OK)
		*value = value_get(memory->arch, bytes, size);
	return status;
}

enum target_status memory_pointer(struct memory *memory, uint64_t addr, uint64_t *value)
{
	enum target_status status = memory_value(memory, addr, 8, value);

	if (status == TARGET_OK)
		*value = memory_untag(memory, *value);
	return status;
}

enum target_status memory_member(struct memory *memory, uint64_t base, struct target_member m,
				 uint64_t *value)
{
	return memory_value(memory, base + m.offset, m.size, value);
}

/* Have all of the members in the window, if it is large enough for them. */
static bool members_window(struct memory *memory, uint64_t base, const struct memory_wanted *wanted,
			   size_t n)
{
	uint64_t first = UINT64_MAX, end = 0;

	/* Who has opened one closes it. */
	if (!memory->runs || memory->window_len)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct target_member *m = &wanted[i].member;

		if (m->size && m->offset < first)
			first = m->offset;
		if (m->size && (uint64_t)m->offset + m->size > end)
			end = (uint64_t)m->offset + m->size;
	}
	if (first >= end || end - first > MEMORY_WINDOW)
		return false;
	memory_window(memory, base + first, (size_t)(end - first));
	return true;
}

static enum target_status members_read(struct memory *memory, uint64_t base,
				       const struct memory_wanted *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum target_status status;

		if (!wanted[i].member.size)
			continue;
		status = memory_member(memory, base, wanted[i].member, wanted[i].value);
		if (status != TARGET_OK)
			return status;
	}
	return TARGET_OK;
}

enum target_status memory_members(struct memory *memory, uint64_t base,
				  const struct memory_wanted *wanted, size_t n)
{
	bool opened = members_window(memory, base, wanted, n);
	enum target_status status = members_read(memory, base, wanted, n);

	if (opened)
		memory_window_end(memory);
	return status;
}

/* Up to the end of its page at once: what lies behind need not be there. */
static enum target_status string_read(struct memory *memory, uint64_t addr, char *buf, size_t len)
{
	size_t done = 0;

	while (done < len - 1) {
		size_t n = memory->page_size - ((addr + done) & (memory->page_size - 1));
		enum target_status status;

		if (n > len - 1 - done)
			n = len - 1 - done;
		status = memory_read(memory, addr + done, buf + done, n);
		buf[done + (status == TARGET_OK ? n : 0)] = '\0';
		if (status != TARGET_OK || strlen(buf + done) < n)
			return status;
		done += n;
	}
	return TARGET_OK;
}

enum target_status memory_string(struct memory *memory, uint64_t addr, char *buf, size_t len)
{
	if (memory->runs)
		return string_read(memory, addr, buf, len);
	for (size_t i = 0; i < len - 1; i++) {
		enum target_status status = memory_read(memory, addr + i, buf + i, 1);

		if (status != TARGET_OK) {
			buf[i] = '\0';
			return status;
		}
		if (!buf[i])
			return TARGET_OK;
	}
	buf[len - 1] = '\0';
	return TARGET_OK;
}
