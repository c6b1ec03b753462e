/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kcore.h"

#include <elf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "triage/live.h"

/* A machine with thousands of ranges of memory has that many segments. */
#define SEGMENTS_MAX 65536

/* So long a reader that is too fast sleeps at a time, at least. */
#define SLEEP_SECONDS_MIN 0.001

bool kcore_is(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC && live_is(fd);
}

static bool all_read(int fd, void *buf, size_t len, uint64_t offset)
{
	return pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

static int segment_order(const void *a, const void *b)
{
	const struct kcore_segment *x = a, *y = b;

	return (x->virt > y->virt) - (x->virt < y->virt);
}

bool kcore_learn(struct kcore *k, int fd)
{
	Elf64_Ehdr header;
	Elf64_Phdr program;
	struct kcore_segment *segments;
	size_t nr = 0;

	if (!all_read(fd, &header, sizeof(header), 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(program) ||
	    !header.e_phnum)
		return false;
	segments = calloc(header.e_phnum, sizeof(*segments));
	for (size_t i = 0; segments && i < header.e_phnum; i++) {
		if (!all_read(fd, &program, sizeof(program), header.e_phoff + i * sizeof(program)))
			break;
		if (program.p_type == PT_LOAD && program.p_filesz)
			segments[nr++] = (struct kcore_segment){ program.p_vaddr, program.p_filesz,
								 program.p_offset };
	}
	if (!nr) {
		free(segments);
		return false;
	}
	qsort(segments, nr, sizeof(*segments), segment_order);
	free(k->segments);
	k->fd = fd;
	k->segments = segments;
	k->nr = nr;
	return true;
}

/* The segment of an address, or NULL. */
static const struct kcore_segment *segment_of(const struct kcore *k, uint64_t virt)
{
	size_t low = 0, high = k->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (k->segments[middle].virt > virt)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low || virt - k->segments[low - 1].virt >= k->segments[low - 1].size)
		return NULL;
	return &k->segments[low - 1];
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sleep until no more was read than may be. */
static void rate_keep(struct kcore *k, size_t len)
{
	double ahead;

	if (!k->read)
		k->since = now();
	k->read += len;
	if (!k->rate)
		return;
	ahead = (double)k->read / (double)k->rate - (now() - k->since);
	if (ahead >= SLEEP_SECONDS_MIN) {
		struct timespec t = { .tv_sec = (time_t)ahead };

		t.tv_nsec = (long)((ahead - (double)t.tv_sec) * 1e9);
		nanosleep(&t, NULL);
	}
}

enum target_status kcore_read(struct kcore *k, uint64_t virt, void *buf, size_t len)
{
	char *to = buf;

	rate_keep(k, len);
	while (len) {
		const struct kcore_segment *s = segment_of(k, virt);
		uint64_t at = s ? virt - s->virt : 0;
		size_t part = len;

		if (!s)
			return TARGET_UNMAPPED;
		if (part > s->size - at)
			part = (size_t)(s->size - at);
		if (!all_read(k->fd, to, part, s->offset + at))
			return TARGET_ABSENT;
		virt += part;
		to += part;
		len -= part;
	}
	return TARGET_OK;
}

void kcore_yield(unsigned int nice)
{
	/* Who may not call it runs as nice as before. */
	if (getpriority(PRIO_PROCESS, 0) < (int)nice)
		setpriority(PRIO_PROCESS, 0, (int)nice);
}

void kcore_free(struct kcore *k)
{
	free(k->segments);
	*k = (struct kcore){ 0 };
}

/* Lockdown forbids it in its mode "confidentiality", which the file shows in brackets. */
static bool locked_down(void)
{
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char modes[64] = "";
	bool locked;

	if (!file)
		return false;
	locked = fgets(modes, sizeof(modes), file) && strstr(modes, "[confidentiality]");
	fclose(file);
	return locked;
}

bool kcore_refused(int why, struct error *error)
{
	switch (why) {
	case EACCES:
		return error_set(error, "only root can read it");
	case EPERM:
		if (locked_down())
			return error_set(error,
					 "kernel lockdown forbids it (mode confidentiality)");
		return error_set(error, "the capability CAP_SYS_RAWIO is needed");
	case ENOENT:
		return error_set(error, "this kernel was built without it (CONFIG_PROC_KCORE)");
	default:
		return error_set(error, "%s", strerror(why));
	}
}
