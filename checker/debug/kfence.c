/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/debug/kfence.h"

#include <string.h>

#define OBJECTS_DEFAULT 255u
#define OBJECTS_MAX 65535u /* of CONFIG_KFENCE_NUM_OBJECTS */

/* Two pages come first; then each object has one, and one behind it that guards it. */
static uint64_t object_page(const struct kfence_layout *kfence, size_t page_size, uint64_t index)
{
	return kfence->pool.start + 2 * page_size * (index + 1);
}

/* metadata_to_pageaddr(): the page of an object never changes, used or not. */
static bool metadata_is(const struct kfence_layout *kfence, struct memory *memory,
			uint64_t metadata, uint64_t index)
{
	uint64_t addr;

	return memory_member(memory, metadata + index * kfence->stride, kfence->addr, &addr) ==
		       TARGET_OK &&
	       (addr & ~(uint64_t)(memory->page_size - 1)) ==
		       object_page(kfence, memory->page_size, index);
}

/* kfence_metadata is an array until 6.5, and since then a pointer to one. */
static uint64_t metadata_find(const struct kfence_layout *kfence, struct memory *memory)
{
	struct target *t = memory->target;
	uint64_t symbol, pointer;

	if (!member_exists(kfence->addr) || !t->ops->symbol(t, "kfence_metadata", &symbol))
		return 0;
	if (metadata_is(kfence, memory, symbol, 0))
		return symbol;
	if (memory_value(memory, symbol, 8, &pointer) == TARGET_OK && pointer &&
	    metadata_is(kfence, memory, pointer, 0))
		return pointer;
	return 0;
}

/* How many objects there are, a constant of the configuration: all of them say where they are. */
static uint64_t objects_count(const struct kfence_layout *kfence, struct memory *memory)
{
	uint64_t known = 1, unknown = 2;

	while (unknown <= OBJECTS_MAX &&
	       metadata_is(kfence, memory, kfence->metadata, unknown - 1)) {
		known = unknown;
		unknown *= 2;
	}
	while (unknown - known > 1) {
		uint64_t middle = known + (unknown - known) / 2;

		if (middle <= OBJECTS_MAX &&
		    metadata_is(kfence, memory, kfence->metadata, middle - 1))
			known = middle;
		else
			unknown = middle;
	}
	return known;
}

static void metadata_layout(struct kfence_layout *kfence, struct target *t)
{
	static const char type[] = "kfence_metadata";
	size_t size;

	if (!t->ops->type_size(t, type, &size) || size > UINT32_MAX ||
	    !t->ops->member(t, type, "addr", &kfence->addr) ||
	    !t->ops->member(t, type, "size", &kfence->size) ||
	    !t->ops->member(t, type, "cache", &kfence->cache) ||
	    !t->ops->member(t, type, "state", &kfence->state)) {
		kfence->addr.size = 0;
		return;
	}
	kfence->stride = (uint32_t)size;
}

/* All of them, or none. */
static void tracks_layout(struct kfence_layout *kfence, struct target *t)
{
	if (!target_find(t, "kfence_metadata", "alloc_track", &kfence->tracks[0]) ||
	    !target_find(t, "kfence_metadata", "free_track", &kfence->tracks[1]) ||
	    !target_find(t, "kfence_track", "pid", &kfence->pid) ||
	    !target_find(t, "kfence_track", "num_stack_entries", &kfence->nr_frames) ||
	    !target_find(t, "kfence_track", "stack_entries", &kfence->frames)) {
		kfence->tracks[0].size = 0;
		return;
	}
	/* Since 5.17 (4bbf04aa9aa8). */
	target_find(t, "kfence_track", "cpu", &kfence->cpu);
	target_find(t, "kfence_track", "ts_nsec", &kfence->when);
}

void kfence_layout_find(struct kfence_layout *kfence, struct memory *memory)
{
	struct target *t = memory->target;
	uint64_t addr, pool, objects = OBJECTS_DEFAULT;

	memset(kfence, 0, sizeof(*kfence));
	if (!t->ops->symbol(t, "__kfence_pool", &addr) ||
	    memory_value(memory, addr, 8, &pool) != TARGET_OK || !pool)
		return;
	kfence->pool.start = pool;
	metadata_layout(kfence, t);
	tracks_layout(kfence, t);
	kfence->metadata = metadata_find(kfence, memory);
	if (kfence->metadata)
		objects = objects_count(kfence, memory);
	kfence->pool.end = pool + 2 * (objects + 1) * memory->page_size;
}

enum target_status kfence_find(struct memory *memory, const struct kfence_layout *kfence,
			       uint64_t addr, struct kfence_object *object)
{
	uint64_t page = (addr - kfence->pool.start) / memory->page_size;
	const struct memory_wanted wanted[] = {
		{ kfence->addr, &object->addr },
		{ kfence->size, &object->size },
		{ kfence->cache, &object->cache },
		{ kfence->state, &object->state },
	};

	if (!kfence_has(kfence, addr))
		return TARGET_UNMAPPED;
	if (!kfence->metadata)
		return TARGET_ABSENT;
	if (page < 2 || page % 2)
		return TARGET_UNMAPPED;
	return memory_members(memory, kfence->metadata + (page / 2 - 1) * kfence->stride, wanted,
			      4);
}

uint64_t kfence_object_addr(const struct memory *memory, const struct kfence_layout *kfence,
			    uint64_t index)
{
	return object_page(kfence, memory->page_size, index);
}

const char *kfence_page_id(enum kfence_page page)
{
	static const char *const ids[] = { "object", "unused", "guard", "unknown" };

	return ids[page];
}

static void track_read(struct kfence_track *track, struct memory *memory,
		       const struct kfence_layout *kfence, uint64_t at)
{
	uint64_t pid = 0, cpu = UINT32_MAX, nr = 0;
	const struct memory_wanted wanted[] = {
		{ kfence->pid, &pid },
		{ kfence->cpu, &cpu },
		{ kfence->when, &track->when },
		{ kfence->nr_frames, &nr },
	};

	track->when = 0;
	if (memory_members(memory, at, wanted, 4) != TARGET_OK)
		return;
	track->pid = (int32_t)pid;
	track->cpu = kfence->cpu.size ? (int32_t)cpu : -1;
	at += kfence->frames.offset;
	while (track->nr_frames < KFENCE_FRAMES_MAX && track->nr_frames < nr &&
	       memory_value(memory, at + 8 * (uint64_t)track->nr_frames, 8,
			    &track->frames[track->nr_frames]) == TARGET_OK)
		track->nr_frames++;
	track->known = track->nr_frames > 0;
}

/* The free track is that of the free before as long as the object is in use. */
static void tracks_fill(struct kfence_card *card, struct memory *memory,
			const struct kfence_layout *kfence)
{
	if (!kfence->tracks[0].size)
		return;
	track_read(&card->tracks[0], memory, kfence, card->metadata + kfence->tracks[0].offset);
	if (card->object.state != KFENCE_IN_USE)
		track_read(&card->tracks[1], memory, kfence,
			   card->metadata + kfence->tracks[1].offset);
}

bool kfence_card_read(struct kfence_card *card, struct memory *memory,
		      const struct kfence_layout *kfence, uint64_t addr)
{
	uint64_t page = (addr - kfence->pool.start) / memory->page_size;
	enum target_status status;

	*card = (struct kfence_card){ .page = KFENCE_PAGE_UNKNOWN, .index = -1 };
	if (!kfence_has(kfence, addr))
		return false;
	card->index = page < 2 ? -1 : (int64_t)(page / 2 - 1);
	card->last = addr + memory->page_size >= kfence->pool.end;
	status = kfence_find(memory, kfence, addr, &card->object);
	if (page < 2 || page % 2) {
		card->page = KFENCE_PAGE_GUARD;
		return true;
	}
	if (status != TARGET_OK)
		return true;
	card->page = card->object.state ? KFENCE_PAGE_OBJECT : KFENCE_PAGE_UNUSED;
	card->metadata = kfence->metadata + (uint64_t)card->index * kfence->stride;
	if (card->page == KFENCE_PAGE_OBJECT)
		tracks_fill(card, memory, kfence);
	return true;
}
