/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extension/kernel_map.h"

#include <string.h>

#include "extension/crash.h"

bool kernel_map_read(uint64_t phys, void *buf, size_t len)
{
	/* With `set zero_excluded on` crash returns zeros for pages that the dump does not hold
	 * (read_diskdump(), read_netdump()): a freelist would seem to end there. */
	ulong zero_excluded = *diskdump_flags & ZERO_EXCLUDED;
	int ok;

	*diskdump_flags &= ~(ulong)ZERO_EXCLUDED;
	ok = readmem(phys, PHYSADDR, buf, (long)len, "slubcheck", RETURN_ON_ERROR | QUIET);
	*diskdump_flags |= zero_excluded;
	return ok;
}

static bool map_symbol(const char *name, uint64_t *value)
{
	struct syment *sp;

	/* symbol_search() walks all symbols for a name that does not exist. */
	if (!kernel_symbol_exists((char *)name))
		return false;
	sp = symbol_search((char *)name);
	if (!sp)
		return false;
	*value = sp->value;
	return true;
}

static struct map_leaf *leaf_slot(struct kernel_map *map, uint64_t virt)
{
	/* The memmap and most of the kernel are mapped by pages of 2 MiB. */
	return &map->leaves[(virt >> 21) % MAP_LEAVES];
}

#ifdef X86_64

#define ENTRY_PRESENT 0x1u
#define ENTRY_LARGE 0x80u
#define ENTRY_FRAME 0x000ffffffffff000ull
#define TABLE_BITS 9
#define LARGEST_PAGE_SHIFT 30

static enum target_status entry_read(const struct kernel_map *map, uint64_t table, uint64_t index,
				     uint64_t *entry)
{
	if (table >= linear_map_end(&map->linear))
		return TARGET_UNMAPPED;
	if (!kernel_map_read(table + index * sizeof(*entry), entry, sizeof(*entry)))
		return TARGET_ABSENT;
	return *entry & ENTRY_PRESENT ? TARGET_OK : TARGET_UNMAPPED;
}

static enum target_status tables_walk(const struct kernel_map *map, uint64_t virt,
				      struct map_leaf *leaf)
{
	unsigned int shift = map->linear.page_shift + TABLE_BITS * (map->levels - 1);
	uint64_t table = map->table;

	for (;;) {
		uint64_t index = virt >> shift & ((1u << TABLE_BITS) - 1);
		uint64_t entry;
		enum target_status status = entry_read(map, table, index, &entry);

		if (status != TARGET_OK)
			return status;
		table = entry & map->frame_mask;
		if (shift == map->linear.page_shift ||
		    (shift <= LARGEST_PAGE_SHIFT && entry & ENTRY_LARGE)) {
			leaf->size = 1ull << shift;
			/* Bit 12 of a large page's entry is PAT. */
			leaf->phys = table & ~(leaf->size - 1);
			leaf->virt = virt & ~(leaf->size - 1);
			return TARGET_OK;
		}
		shift -= TABLE_BITS;
	}
}

/* Whether all bits above those that the tables translate are set. */
static bool address_is_canonical(const struct kernel_map *map, uint64_t virt)
{
	unsigned int bits = map->linear.page_shift + TABLE_BITS * map->levels;

	return virt >> (bits - 1) == UINT64_MAX >> (bits - 1);
}

static enum target_status tables_translate(struct kernel_map *map, uint64_t virt, uint64_t *phys,
					   uint64_t *run)
{
	struct map_leaf *leaf = leaf_slot(map, virt);

	if (!address_is_canonical(map, virt))
		return TARGET_UNMAPPED;
	if (virt - leaf->virt >= leaf->size) {
		enum target_status status = tables_walk(map, virt, leaf);

		if (status != TARGET_OK)
			return status;
	}
	*phys = leaf->phys + (virt - leaf->virt);
	*run = leaf->size - (virt - leaf->virt);
	return TARGET_OK;
}

/* Bits of an address that say "encrypted" on AMD's SME and SEV. */
static uint64_t encryption_mask(void)
{
	uint64_t symbol, mask = 0;

	if (!map_symbol("sme_me_mask", &symbol) ||
	    !kernel_map_read(VTOP(symbol), &mask, sizeof(mask)))
		return 0;
	return mask;
}

static void tables_init(struct kernel_map *map)
{
	/* init_top_pgt since 4.13, init_level4_pgt before. */
	uint64_t root, phys, run;

	map->levels = 0;
	if (!map_symbol("init_top_pgt", &root) && !map_symbol("init_level4_pgt", &root))
		return;
	map->table = VTOP(root);
	map->frame_mask = ENTRY_FRAME & ~encryption_mask();
	/* With five levels the kernel's half begins at ff00000000000000. */
	map->levels = map->linear.direct < 0xffff800000000000ull ? 5 : 4;
	/* On a Xen PV guest the tables hold machine addresses: only crash translates those. */
	if (tables_translate(map, map->image, &phys, &run) != TARGET_OK || phys != VTOP(map->image))
		map->levels = 0;
	memset(map->leaves, 0, sizeof(map->leaves));
}

#else /* !X86_64 */

static enum target_status tables_translate(struct kernel_map *map, uint64_t virt, uint64_t *phys,
					   uint64_t *run)
{
	(void)map;
	(void)virt;
	(void)phys;
	(void)run;
	return TARGET_UNMAPPED;
}

static void tables_init(struct kernel_map *map)
{
	map->levels = 0;
}

#endif

static enum target_status crash_translate(struct kernel_map *map, uint64_t virt, uint64_t *phys,
					  uint64_t *run)
{
	uint64_t page = 1ull << map->linear.page_shift;
	struct map_leaf *leaf = leaf_slot(map, virt);
	physaddr_t found;

	if (virt - leaf->virt >= leaf->size) {
		if (!kvtop(NULL, virt, &found, 0))
			return TARGET_UNMAPPED;
		leaf->size = page;
		leaf->virt = virt & ~(page - 1);
		leaf->phys = found & ~(page - 1);
	}
	*phys = leaf->phys + (virt - leaf->virt);
	*run = page - (virt - leaf->virt);
	return TARGET_OK;
}

enum target_status kernel_map_translate(struct kernel_map *map, uint64_t virt, uint64_t *phys,
					uint64_t *run)
{
	enum target_status status;

	/* Without a number of frames every address is translated by page tables, which is right but
	 * slow. */
	if (map->limited && linear_map_phys(&map->linear, virt, phys)) {
		*run = linear_map_end(&map->linear) - *phys;
		return TARGET_OK;
	}
	if (virt >= map->image && virt < map->image_end) {
		*phys = VTOP(virt);
		*run = map->image_end - virt;
		status = TARGET_OK;
	} else if (map->levels) {
		status = tables_translate(map, virt, phys, run);
	} else {
		status = crash_translate(map, virt, phys, run);
	}
	if (status == TARGET_OK && *phys >= linear_map_end(&map->linear))
		return TARGET_UNMAPPED;
	return status;
}

void kernel_map_init(struct kernel_map *map, unsigned int page_shift)
{
	memset(map, 0, sizeof(*map));
	linear_map_init(&map->linear, page_shift);
	linear_map_direct(&map->linear, PTOV(0));
	if (!map_symbol("_text", &map->image) || !map_symbol("_end", &map->image_end))
		map->image = map->image_end = 0;
	tables_init(map);
}

void kernel_map_limit(struct kernel_map *map, uint64_t frames)
{
	linear_map_limit(&map->linear, frames);
	map->limited = true;
}
