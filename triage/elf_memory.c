/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/elf_memory.h"

#include <gelf.h>
#include <stdlib.h>
#include <unistd.h>

static int segment_order(const void *a, const void *b)
{
	const struct elf_memory_segment *x = a, *y = b;

	return (x->phys > y->phys) - (x->phys < y->phys);
}

/* /proc/vmcore has the kernel's image in a segment of its own, and once more as part of memory. */
static void overlaps_drop(struct elf_memory *m)
{
	uint64_t end = 0;
	size_t nr = 0;

	for (size_t i = 0; i < m->nr; i++) {
		struct elf_memory_segment s = m->segments[i];
		uint64_t over = end > s.phys ? end - s.phys : 0;

		if (over >= s.size)
			continue;
		s.phys += over;
		s.offset += over;
		s.size -= over;
		end = s.phys + s.size;
		m->segments[nr++] = s;
	}
	m->nr = nr;
}

static bool segments_read(struct elf_memory *m, Elf *elf)
{
	size_t nr;

	if (!elf || elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &nr) || !nr)
		return false;
	m->segments = calloc(nr, sizeof(*m->segments));
	if (!m->segments)
		return false;
	for (size_t i = 0; i < nr; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header))
			return false;
		/* Those without an address in physical memory are not part of it. */
		if (header.p_type != PT_LOAD || !header.p_filesz || header.p_paddr == UINT64_MAX)
			continue;
		m->segments[m->nr++] = (struct elf_memory_segment){ header.p_paddr, header.p_filesz,
								    header.p_offset };
	}
	if (!m->nr)
		return false;
	qsort(m->segments, m->nr, sizeof(*m->segments), segment_order);
	overlaps_drop(m);
	return true;
}

void elf_memory_learn(struct elf_memory *m, int fd)
{
	Elf *elf;

	*m = (struct elf_memory){ .fd = fd };
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!segments_read(m, elf))
		elf_memory_free(m);
	elf_end(elf);
}

/* The number of segments that begin at or before an address. */
static size_t nr_before(const struct elf_memory *m, uint64_t phys)
{
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->segments[middle].phys > phys)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool elf_memory_read(const struct elf_memory *m, uint64_t phys, void *buf, size_t len)
{
	char *to = buf;

	for (size_t i = nr_before(m, phys); len; i++) {
		const struct elf_memory_segment *s = i ? &m->segments[i - 1] : NULL;
		uint64_t at = s ? phys - s->phys : 0;
		size_t part = len;

		/* The next segment has to go on where this one ends. */
		if (!s || i > m->nr || s->phys > phys || at >= s->size)
			return false;
		if (part > s->size - at)
			part = (size_t)(s->size - at);
		if (pread(m->fd, to, part, (off_t)(s->offset + at)) != (ssize_t)part)
			return false;
		phys += part;
		to += part;
		len -= part;
	}
	return true;
}

void elf_memory_free(struct elf_memory *m)
{
	free(m->segments);
	*m = (struct elf_memory){ 0 };
}
