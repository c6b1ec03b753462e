/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker on a heap in which the input overwrites words.
 *
 * Input: a byte that chooses the kernel and how to run, then records of RECORD bytes, each one
 * overwrite: where (a structure and an offset in it), how, and a value. Whatever they make of the
 * heap: the run ends, within a number of reads, its output is printable, and its last line is the
 * summary.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "checker/report/layout.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/image.h"
#include "tests/unit/json_read.h"
#include "tests/unit/world.h"

#define RECORD 8
#define RECORDS_MAX 24
#define PLACES_MAX 160
/* An honest run takes some hundred. Lists are bounded by the 4096 pages of the machine, and there
 * are not 20 of them. */
#define READS_MAX 400000

struct place {
	uint64_t addr;
	uint32_t len;
};

/* A heap, built once, and what of it can be overwritten. */
struct heap_image {
	struct world *world;
	struct place places[PLACES_MAX];
	unsigned int nr_places;
};

/* How to get back to the whole heap. */
struct undo {
	uint64_t addr, word;
	struct image_page *absent;
};

static void place_add(struct heap_image *h, uint64_t addr, uint32_t len)
{
	HOLDS(h->nr_places < PLACES_MAX);
	h->places[h->nr_places++] = (struct place){ addr, len };
}

static void sheaf_places_make(struct heap_image *h, const struct image_cache *c)
{
	if (!c->sheaf_capacity)
		return;
	for (int cpu = 0; cpu < 2; cpu++)
		place_add(h, image_sheaves_cpu(c, cpu), 32);
	place_add(h, c->barn[0], 48);
	for (unsigned int n = 0; n < c->nr_sheaves; n++)
		if (c->sheaves[n]->size || c->sheaves[n]->place != IN_MAIN)
			place_add(h, c->sheaves[n]->addr, 128);
}

static void places_make(struct heap_image *h)
{
	struct image *image = h->world->image;

	for (unsigned int i = 0; i < image->nr_caches; i++) {
		struct image_cache *c = image->caches[i];

		place_add(h, c->addr, 256);
		place_add(h, c->node[0], 64);
		place_add(h, c->node[1], 64);
		for (int cpu = 0; cpu < 2 && image_has_cpu_slabs(image); cpu++)
			place_add(h, image_cpu(c, cpu), 32);
		sheaf_places_make(h, c);
		for (unsigned int n = 0; n < c->nr_slabs; n++) {
			place_add(h, c->slabs[n]->page, 128);
			place_add(h, c->slabs[n]->base, IMAGE_PAGE << c->order);
		}
	}
	/* Counts, masks, offsets, the list's head, and names. */
	place_add(h, IMAGE_DATA, (uint32_t)(image->next_data - IMAGE_DATA));
}

/* A task on CPU 1 with registers on its stack, so that there is a panic to tie in. */
static void task_make(struct world *w)
{
	struct image *image = w->image;
	uint64_t task = image_data(image, 0x600), stack = image_data(image, 16384);
	uint64_t frame = stack + 8192 - 0x300;

	image_symbol(image, "current_task", 0xb040, 8);
	image_set(image, image->percpu + IMAGE_PERCPU_SIZE + 0xb040, task);
	image_store(image, task, "task_struct", "stack", stack);
	image_text(image, image_field(image, task, "task_struct", "comm"), "make");
	for (unsigned int i = 0; i < 16; i++)
		image_set(image, frame + 8 * i, image_object(w->cpu0, (int)i));
	image_set(image, frame + 16 * 8, IMAGE_TEXT + 0x1234);
	image_set(image, frame + 17 * 8, 0x10);
	image_set(image, frame + 18 * 8, 0x10282);
	image_set(image, frame + 19 * 8, frame);
	image_set(image, frame + 20 * 8, 0x18);
}

static struct heap_image *heap_get(unsigned int era)
{
	static struct heap_image heaps[ERAS];
	struct heap_image *h = &heaps[era % ERAS];

	if (!h->world) {
		h->world = world_unsealed((enum image_era)(era % ERAS));
		task_make(h->world);
		image_seal(h->world->image);
		places_make(h);
	}
	return h;
}

/* Addresses that no fuzzer guesses: where every structure begins, and what lies at odds with it. */
static uint64_t pointer_get(const struct heap_image *h, uint32_t value)
{
	static const int32_t shifts[] = { 0, 8, -8, 64, 1, 0x68, 32, 16 };

	return h->places[value % h->nr_places].addr + (uint64_t)(int64_t)shifts[value >> 8 & 7] +
	       (value >> 11) * 64;
}

/* The word that links the slot to an object of some slab, with the key of some cache. */
static uint64_t link_get(const struct heap_image *h, uint64_t slot, uint32_t value)
{
	const struct image *image = h->world->image;
	const struct image_cache *c = image->caches[value % image->nr_caches];
	const struct image_slab *slab = c->slabs[(value >> 3) % c->nr_slabs];
	uint32_t index = (value >> 8) % (slab->objects + 1);

	return image_encode(c, slot, index == slab->objects ? 0 : image_object(slab, (int)index));
}

enum { SET, SET_SMALL, FLIP, POINTER, LINK, LINK_IN_SLOT, COPY, ABSENT, OPERATIONS };

static uint64_t word_make(const struct heap_image *h, unsigned int operation, uint64_t slot,
			  uint64_t word, uint32_t value)
{
	switch (operation) {
	case SET:
		return (uint64_t)value << 32 | value;
	case SET_SMALL:
		return (word & ~UINT64_C(0xffff)) | (value & 0xffff);
	case FLIP:
		return word ^ UINT64_C(1) << value % 64;
	case POINTER:
		return pointer_get(h, value);
	case COPY:
		return image_word(h->world->image, pointer_get(h, value) & ~UINT64_C(7));
	default:
		return link_get(h, slot, value);
	}
}

/* Where a cache's objects keep their links, offsets at random hit nothing. */
static uint64_t slot_find(const struct heap_image *h, uint32_t offset, unsigned int where)
{
	const struct image *image = h->world->image;
	const struct image_cache *c = image->caches[where % image->nr_caches];
	const struct image_slab *slab = c->slabs[(where >> 3) % c->nr_slabs];

	return image_slot(slab, (int)(offset % slab->objects));
}

static void overwrite(struct heap_image *h, const uint8_t *record, struct undo *undo)
{
	struct image *image = h->world->image;
	const struct place *place = &h->places[record[0] % h->nr_places];
	unsigned int operation = record[1] % OPERATIONS;
	uint32_t offset = record[2] | (uint32_t)record[3] << 8, value;
	uint64_t addr = place->addr + offset % place->len;

	memcpy(&value, record + 4, sizeof(value));
	/* Most fields are 4 or 8 bytes; a few records in 32 are misaligned. */
	if (record[1] >> 3)
		addr &= ~UINT64_C(3);
	if (operation == LINK_IN_SLOT)
		addr = slot_find(h, offset, record[0]);
	undo->addr = addr;
	undo->word = image_word(image, addr);
	undo->absent = NULL;
	if (operation == ABSENT) {
		undo->absent = image_page_at(image, addr);
		if (undo->absent->absent)
			undo->absent = NULL;
		else
			undo->absent->absent = true;
		return;
	}
	image_set(image, addr, word_make(h, operation, addr, undo->word, value));
}

static void undo_all(struct image *image, const struct undo *undo, unsigned int n)
{
	while (n--) {
		image_set(image, undo[n].addr, undo[n].word);
		if (undo[n].absent)
			undo[n].absent->absent = false;
	}
}

static void output_check(char *text, size_t len, bool json)
{
	char *last;

	for (size_t i = 0; i < len; i++)
		HOLDS(text[i] == '\n' || (text[i] >= 0x20 && text[i] <= 0x7e) ||
		      (!json && text[i] == LAYOUT_BREAK));
	HOLDS(len && text[len - 1] == '\n');
	if (!json)
		return;
	last = text;
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		HOLDS(json_valid(line));
		last = line;
	}
	HOLDS(strstr(last, "\"type\":\"summary\""));
}

typedef struct check_result question(struct target *target, struct arena *arena,
				     const struct check_options *options);

static void run(struct heap_image *h, uint8_t how, uint32_t value, question *ask)
{
	struct image *image = h->world->image;
	struct check_options options = {
		.format = how & 4 ? CHECK_TEXT : CHECK_JSON,
		.scan = how & 8,
		.verbose = true,
		.all_caches = how & 16,
	};
	const uint64_t addrs[] = { pointer_get(h, value), pointer_get(h, ~value) };
	struct check_result result;
	struct arena arena;
	char *text = NULL;
	size_t len = 0;

	options.out = open_memstream(&text, &len);
	HOLDS(options.out);
	/* Now and then too little, past the buffers that are taken first. */
	arena_init(&arena, how >= 0xe0 ? ((size_t)5 << 20) + value % (1u << 19) : (size_t)64 << 20);
	image->reads = image->cancel_calls = 0;
	image->cancel_at = how >= 0xc0 && how < 0xe0 ? 1 + value % 256 : 0;
	result = how & 32 ? check_addresses(&image->target, &arena, addrs, 2, &options)
			  : ask(&image->target, &arena, &options);
	HOLDS(result.verdict == VERDICT_CORRUPT || !result.findings);
	HOLDS(image->reads <= READS_MAX);
	arena_free(&arena);
	fclose(options.out);
	output_check(text, len, !(how & 4));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct undo undo[RECORDS_MAX];
	struct heap_image *h;
	unsigned int n = 0;
	uint32_t value = 0;

	if (!size)
		return 0;
	h = heap_get(data[0]);
	for (size_t at = 1; at + RECORD <= size && n < RECORDS_MAX; at += RECORD) {
		overwrite(h, data + at, &undo[n++]);
		memcpy(&value, data + at + 4, sizeof(value));
	}
	run(h, data[0], value, check_run);
	/* And on some, who has which object. */
	if (data[0] & 64)
		run(h, data[0] & ~32, value, check_objects);
	undo_all(h->world->image, undo, n);
	return 0;
}
