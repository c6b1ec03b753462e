/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/debug/track.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/symbol.h"

#define PID_MAX_LIMIT (4 * 1024 * 1024)
#define TRACK_BYTES_MAX 256 /* 16 frames until 5.18 make 152 */

void track_layout_find(struct track_layout *track, struct target *t)
{
	static const char type[] = "track";
	size_t size;

	*track = (struct track_layout){ .arch = arch_of(t) };
	/* All kernels have the type, if only some use it. */
	if (!t->ops->type_size(t, type, &size) || size > UINT8_MAX ||
	    !target_find(t, type, "addr", &track->addr) ||
	    !target_find(t, type, "cpu", &track->cpu) ||
	    !target_find(t, type, "pid", &track->pid) ||
	    !target_find(t, type, "when", &track->when))
		return;
	if (!target_find(t, type, "handle", &track->handle))
		target_find(t, type, "addrs", &track->addrs);
	track->size = (uint32_t)size;
}

static uint64_t track_word(const struct track_layout *t, const uint8_t *bytes,
			   struct target_member m)
{
	return member_exists(m) && m.size <= 8 && m.offset + m.size <= t->size
		       ? value_get(t->arch, bytes + m.offset, m.size)
		       : 0;
}

struct track track_decode(const struct track_layout *t, const uint8_t *bytes)
{
	return (struct track){
		.addr = track_word(t, bytes, t->addr),
		.cpu = (int32_t)track_word(t, bytes, t->cpu),
		.pid = (int32_t)track_word(t, bytes, t->pid),
		.when = track_word(t, bytes, t->when),
		.handle = (uint32_t)track_word(t, bytes, t->handle),
	};
}

enum track_wrong track_wrong(const struct kernel *kernel, const struct track *track)
{
	if (track->addr && !kernel_may_be_text(kernel, track->addr))
		return TRACK_WRONG_ADDR;
	if (track->cpu < 0 || (uint32_t)track->cpu >= kernel->nr_cpus ||
	    !kernel->cpu_possible[track->cpu])
		return TRACK_WRONG_CPU;
	if (track->pid < 0 || track->pid > PID_MAX_LIMIT)
		return TRACK_WRONG_PID;
	return TRACK_GOOD;
}

static void track_name(struct memory *memory, const struct kernel *kernel, struct track *track)
{
	if (!track->addr)
		return;
	if (kernel_may_be_text(kernel, track->addr))
		track->symbol = symbol_of(memory, track->addr);
	track->dated = kernel->jiffies && kernel->jiffies >= track->when;
	track->age = kernel->jiffies - track->when;
	track->hz = kernel->hz;
}

bool tracks_read(struct memory *memory, const struct kernel *kernel,
		 const struct track_layout *layout, uint64_t at, struct track tracks[TRACKS])
{
	uint8_t bytes[2 * TRACK_BYTES_MAX];
	uint32_t size = layout->size;

	if (!size || size > TRACK_BYTES_MAX ||
	    memory_read(memory, at, bytes, 2 * (size_t)size) != TARGET_OK)
		return false;
	for (unsigned int i = 0; i < TRACKS; i++) {
		tracks[i] = track_decode(layout, bytes + i * size);
		tracks[i].at = at + i * size;
		track_name(memory, kernel, &tracks[i]);
	}
	return true;
}

static void age_describe(const struct track *track, char *buf, size_t len)
{
	if (!track->dated)
		snprintf(buf, len, "at jiffies %" PRIu64, track->when);
	else if (track->hz)
		snprintf(buf, len, "%" PRIu64 ".%02" PRIu64 " s before the dump",
			 track->age / track->hz, track->age % track->hz * 100 / track->hz);
	else
		snprintf(buf, len, "%" PRIu64 " jiffies before the dump", track->age);
}

char *track_describe(const struct track *track, char buf[TRACK_TEXT_MAX])
{
	char age[64], where[128];

	age_describe(track, age, sizeof(age));
	if (track->symbol.name)
		symbol_text(&track->symbol, where, sizeof(where));
	else
		snprintf(where, sizeof(where), "0x%" PRIx64, track->addr);
	snprintf(buf, TRACK_TEXT_MAX, "%s, CPU %d, pid %d, %s", where, track->cpu, track->pid, age);
	return buf;
}
