/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/debug/track.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/debug/contents.h"
#include "checker/image/symbol.h"

#define PID_MAX_LIMIT (4 * 1024 * 1024)
#define TRACK_BYTES_MAX 256 /* 16 frames until 5.18 make 152 */

static uint64_t track_word(const struct layout_track *t, const uint8_t *bytes,
			   struct target_member m)
{
	return member_exists(m) && m.size <= 8 && m.offset + m.size <= t->size
		       ? value_get(bytes + m.offset, m.size)
		       : 0;
}

struct track track_decode(const struct layout *layout, const uint8_t *bytes)
{
	const struct layout_track *t = &layout->track;

	return (struct track){
		.addr = track_word(t, bytes, t->addr),
		.cpu = (int32_t)track_word(t, bytes, t->cpu),
		.pid = (int32_t)track_word(t, bytes, t->pid),
		.when = track_word(t, bytes, t->when),
		.handle = (uint32_t)track_word(t, bytes, t->handle),
	};
}

static bool is_within(const struct layout_range *range, uint64_t addr)
{
	return addr - range->start < range->end - range->start;
}

/*
 * Modules and what BPF compiles lie outside of the kernel, and may be gone by now. What is certain
 * is that code is in the upper half but not in the direct map, and of the kernel only its text is.
 */
static bool may_be_text(const struct layout *layout, uint64_t addr)
{
	const struct layout_text *text = &layout->text;

	if (is_within(&text->text, addr) || is_within(&text->init, addr))
		return true;
	return addr >> 56 == 0xff && !is_within(&text->kernel, addr) &&
	       !is_within(&text->direct_map, addr);
}

enum track_wrong track_wrong(const struct layout *layout, const struct track *track)
{
	if (track->addr && !may_be_text(layout, track->addr))
		return TRACK_WRONG_ADDR;
	if (track->cpu < 0 || (uint32_t)track->cpu >= layout->nr_cpus ||
	    !layout->cpu_possible[track->cpu])
		return TRACK_WRONG_CPU;
	if (track->pid < 0 || track->pid > PID_MAX_LIMIT)
		return TRACK_WRONG_PID;
	return TRACK_GOOD;
}

static void track_name(struct memory *memory, const struct layout *layout, struct track *track)
{
	if (!track->addr)
		return;
	if (may_be_text(layout, track->addr))
		track->symbol = symbol_of(memory, track->addr);
	track->dated = layout->jiffies && layout->jiffies >= track->when;
	track->age = layout->jiffies - track->when;
	track->hz = layout->hz;
}

bool tracks_read(struct memory *memory, const struct layout *layout, const struct cache *cache,
		 uint64_t object, struct track tracks[TRACKS])
{
	struct contents c = contents_of(cache, layout);
	uint8_t bytes[2 * TRACK_BYTES_MAX];
	uint32_t size = layout->track.size;

	if (!c.tracks || size > TRACK_BYTES_MAX ||
	    memory_read(memory, object + c.tracks, bytes, 2 * (size_t)size) != TARGET_OK)
		return false;
	for (unsigned int i = 0; i < TRACKS; i++) {
		tracks[i] = track_decode(layout, bytes + i * size);
		tracks[i].at = object + c.tracks + i * size;
		track_name(memory, layout, &tracks[i]);
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
