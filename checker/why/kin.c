/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/kin.h"

#include <string.h>

#include "checker/image/symbol.h"

#define NEIGHBOURS_MAX 64u
#define BYTES_MAX 1024u /* of an object that are compared */

/* The allocated objects of a slab. */
struct neighbours {
	uint64_t except;
	uint64_t addr[NEIGHBOURS_MAX];
	uint32_t nr;
};

static void object_take(void *ctx, const struct object_view *object)
{
	struct neighbours *n = ctx;

	if (object->state == OBJECT_ALLOCATED && object->addr != n->except &&
	    n->nr < NEIGHBOURS_MAX)
		n->addr[n->nr++] = object->addr;
}

/* The word that most of them hold there, if it is most of them; by pairing off what differs. */
static uint64_t majority(const uint64_t *words, uint32_t nr, uint32_t *count)
{
	uint64_t best = 0;
	uint32_t ahead = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if (!ahead)
			best = words[i];
		ahead += words[i] == best ? 1 : -1u;
	}
	*count = 0;
	for (uint32_t i = 0; i < nr; i++)
		*count += words[i] == best;
	return best;
}

/* Whether a word is the address of something with a name, in the kernel or a module. */
static bool is_named(struct judged *j, uint64_t value, char text[KIN_TEXT_MAX])
{
	const struct allocator *a = j->allocator;
	struct target_symbol symbol;

	if (!(value >> 63) || a->ops->locate(a, value).kind != LOCATION_MAPPED)
		return false;
	symbol = symbol_of(a->memory, value);
	if (!symbol_is_near(&symbol))
		return false;
	symbol_text(&symbol, text, KIN_TEXT_MAX);
	return true;
}

/* Rows that more neighbours share come first; of equals the one that lies nearer to the start. */
static void row_keep(struct kin *kin, const struct kin_row *row)
{
	size_t i = kin->nr;

	if (i == KIN_ROWS_MAX && kin->rows[i - 1].nr >= row->nr)
		return;
	if (i < KIN_ROWS_MAX)
		kin->nr++;
	else
		i--;
	for (; i && kin->rows[i - 1].nr < row->nr; i--)
		kin->rows[i] = kin->rows[i - 1];
	kin->rows[i] = *row;
}

static void offset_ask(struct kin *kin, struct judged *j, const struct neighbours *n,
		       uint32_t offset)
{
	struct memory *memory = j->allocator->memory;
	struct kin_row row = { .offset = offset };
	uint64_t words[NEIGHBOURS_MAX], own;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < n->nr; i++)
		if (memory_value(memory, n->addr[i] + offset, 8, &words[nr]) == TARGET_OK)
			nr++;
	if (!nr)
		return;
	row.value = majority(words, nr, &row.nr);
	if (row.nr < 2 || 2 * row.nr < nr || !is_named(j, row.value, row.text))
		return;
	row.known = memory_value(memory, n->except + offset, 8, &own) == TARGET_OK;
	row.here = row.known && own == row.value;
	row_keep(kin, &row);
}

void kin_find(struct kin *kin, struct judged *j, const struct location *at)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	struct neighbours n = { .except = at->addr - at->offset };
	const struct objects_visit visit = { .object = object_take, .ctx = &n };
	uint64_t end;

	*kin = (struct kin){ 0 };
	if (!owner || at->index < 0 ||
	    !j->allocator->ops->slab_objects(j->allocator, owner, at->page, &visit))
		return;
	kin->allocated = n.nr;
	end = owner->cache.object_size < BYTES_MAX ? owner->cache.object_size : BYTES_MAX;
	for (uint32_t offset = 0; offset + 8 <= end; offset += 8)
		offset_ask(kin, j, &n, offset);
}
