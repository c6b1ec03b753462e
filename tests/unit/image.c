/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/slab.h"
#include "tests/unit/image_types.h"
#include "tests/unit/unit.h"

/* What an allocated object holds; no link of any encoding decodes from it. */
#define CONTENTS UINT64_C(0x0123456789abcdef)
/* Node, zone and such: set in page->flags of all pages, above the PG_ bits. */
#define FLAGS_ABOVE UINT64_C(0x0017ffff80000000)

/* Memory. */

static bool is_ram(const struct image *image, uint64_t addr)
{
	uint64_t frames = image->target.nr_pages;

	return addr - image->direct_map < frames * IMAGE_PAGE || addr - IMAGE_MEMMAP < frames * 64;
}

/* The page of an address, or the free place in the table where it belongs. */
static struct image_page *page_find(const struct image *image, uint64_t addr)
{
	uint64_t page = addr & ~(uint64_t)(IMAGE_PAGE - 1);
	size_t i = (size_t)(page / IMAGE_PAGE * UINT64_C(0x9e3779b97f4a7c15) >> 40) % IMAGE_TABLE;

	while (image->table[i].addr && image->table[i].addr != page)
		i = (i + 1) % IMAGE_TABLE;
	return (struct image_page *)&image->table[i];
}

struct image_page *image_page_at(struct image *image, uint64_t addr)
{
	struct image_page *page = page_find(image, addr);

	if (page->addr)
		return page;
	IMAGE_NEED(++image->nr_table < IMAGE_TABLE / 2);
	page->addr = addr & ~(uint64_t)(IMAGE_PAGE - 1);
	page->bytes = calloc(1, IMAGE_PAGE);
	IMAGE_NEED(page->bytes);
	return page;
}

void image_put(struct image *image, uint64_t addr, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		image_page_at(image, addr + i)->bytes[(addr + i) % IMAGE_PAGE] =
			(uint8_t)(value >> 8 * i);
}

uint64_t image_get(const struct image *image, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;

	while (size--) {
		const struct image_page *page = page_find(image, addr + size);

		value = value << 8 | (page->addr ? page->bytes[(addr + size) % IMAGE_PAGE] : 0);
	}
	return value;
}

void image_text(struct image *image, uint64_t addr, const char *text)
{
	do
		image_put(image, addr++, (uint8_t)*text, 1);
	while (*text++);
}

void image_absent(struct image *image, uint64_t addr)
{
	image_page_at(image, addr)->absent = true;
}

/* What the checker may ask. */

static struct image *image_of(struct target *t)
{
	return (struct image *)t;
}

static enum target_status op_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct image *image = image_of(t);
	uint8_t *out = buf;

	image->reads++;
	IMAGE_NEED(!image->read_limit || image->reads <= image->read_limit);
	while (len) {
		const struct image_page *page = page_find(image, addr);
		size_t n = IMAGE_PAGE - addr % IMAGE_PAGE;

		if (n > len)
			n = len;
		if (page->addr && page->absent)
			return TARGET_ABSENT;
		if (page->addr)
			memcpy(out, page->bytes + addr % IMAGE_PAGE, n);
		else if (is_ram(image, addr))
			memset(out, 0, n);
		else
			return TARGET_UNMAPPED;
		out += n;
		addr += n;
		len -= n;
	}
	return TARGET_OK;
}

static bool is_lacking(const struct image *image, const char *name, const char *member)
{
	char both[96];

	snprintf(both, sizeof(both), "%s%s%s", name, member ? "." : "", member ? member : "");
	for (size_t i = 0; i < sizeof(image->lacks) / sizeof(image->lacks[0]); i++)
		if (image->lacks[i] &&
		    (!strcmp(image->lacks[i], both) || !strcmp(image->lacks[i], name)))
			return true;
	return false;
}

static bool op_symbol(struct target *t, const char *name, uint64_t *value)
{
	const struct image *image = image_of(t);

	for (unsigned int i = 0; i < image->nr_symbols; i++) {
		if (strcmp(image->symbols[i].name, name) || is_lacking(image, name, NULL))
			continue;
		*value = image->symbols[i].value;
		return true;
	}
	return false;
}

static bool op_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	struct image *image = image_of(t);

	image->names_asked++;
	for (unsigned int i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];

		if (addr - s->value >= s->size)
			continue;
		*out = (struct target_symbol){ s->name, s->module, addr - s->value };
		return true;
	}
	return false;
}

static bool op_type_size(struct target *t, const char *type, size_t *size)
{
	return !is_lacking(image_of(t), type, NULL) &&
	       image_types_size(image_of(t)->era, type, size);
}

static bool op_member(struct target *t, const char *type, const char *member,
		      struct target_member *out)
{
	return !is_lacking(image_of(t), type, member) &&
	       image_types_member(image_of(t)->era, type, member, out);
}

static bool op_enumerator(struct target *t, const char *name, int64_t *value)
{
	return !is_lacking(image_of(t), name, NULL) &&
	       image_types_enumerator(image_of(t)->era, name, value);
}

static bool op_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	uint64_t frame = (page - IMAGE_MEMMAP) / 64;

	if (page < IMAGE_MEMMAP || page % 64 || frame >= t->nr_pages)
		return false;
	*virt = image_of(t)->direct_map + frame * IMAGE_PAGE;
	return true;
}

static bool op_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	uint64_t frame = (virt - image_of(t)->direct_map) / IMAGE_PAGE;

	if (virt < image_of(t)->direct_map || frame >= t->nr_pages)
		return false;
	*page = IMAGE_MEMMAP + frame * 64;
	return true;
}

static bool op_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	if (frame >= t->nr_pages)
		return false;
	*page = IMAGE_MEMMAP + frame * 64;
	return true;
}

static bool op_dump_level(struct target *t, unsigned int *level)
{
	*level = image_of(t)->dump_level;
	return *level != 0;
}

static bool op_cancelled(struct target *t)
{
	struct image *image = image_of(t);

	image->cancel_calls++;
	return image->cancel_at && image->cancel_calls >= image->cancel_at;
}

static const struct target_ops image_ops = {
	.read = op_read,
	.symbol = op_symbol,
	.symbol_at = op_symbol_at,
	.type_size = op_type_size,
	.member = op_member,
	.enumerator = op_enumerator,
	.page_to_virt = op_page_to_virt,
	.virt_to_page = op_virt_to_page,
	.frame_to_page = op_frame_to_page,
	.dump_level = op_dump_level,
	.cancelled = op_cancelled,
};

/* Structures. */

static struct target_member member_get(const struct image *image, const char *type,
				       const char *member)
{
	struct target_member m = { 0 };

	IMAGE_NEED(image_types_member(image->era, type, member, &m));
	return m;
}

static bool member_is(const struct image *image, const char *type, const char *member)
{
	struct target_member m;

	return image_types_member(image->era, type, member, &m);
}

static int64_t enumerator_or(const struct image *image, const char *name, int64_t otherwise)
{
	int64_t value = otherwise;

	image_types_enumerator(image->era, name, &value);
	return value;
}

uint64_t image_field(const struct image *image, uint64_t base, const char *type, const char *member)
{
	return base + member_get(image, type, member).offset;
}

void image_store(struct image *image, uint64_t base, const char *type, const char *member,
		 uint64_t value)
{
	struct target_member m = member_get(image, type, member);

	image_put(image, base + m.offset, value, m.size > 8 ? 8 : m.size);
}

uint64_t image_load(const struct image *image, uint64_t base, const char *type, const char *member)
{
	struct target_member m = member_get(image, type, member);

	return image_get(image, base + m.offset, m.size > 8 ? 8 : m.size);
}

/* The structure that describes a slab, and what a member of it was called then. */
static const char *descriptor(const struct image *image, const char **member)
{
	bool own = member_is(image, "slab", "slab_cache");

	if (!strcmp(*member, "slab_list") && !own && !member_is(image, "page", *member))
		*member = "lru";
	if (!strcmp(*member, "slabs") && !own)
		*member = "pages";
	return own ? "slab" : "page";
}

uint64_t image_slab_field(const struct image_slab *slab, const char *member)
{
	const char *type = descriptor(slab->cache->image, &member);

	return image_field(slab->cache->image, slab->page, type, member);
}

void image_slab_store(struct image_slab *slab, const char *member, uint64_t value)
{
	const char *type = descriptor(slab->cache->image, &member);

	image_store(slab->cache->image, slab->page, type, member, value);
}

void image_slab_unlink(struct image_slab *slab)
{
	struct image *image = slab->cache->image;
	uint64_t entry = image_slab_field(slab, "slab_list");
	uint64_t next = image_word(image, entry), prev = image_word(image, entry + 8);
	uint64_t node = slab->cache->node[slab->where];

	image_set(image, prev, next);
	image_set(image, next + 8, prev);
	image_store(image, node, "kmem_cache_node", "nr_partial",
		    image_load(image, node, "kmem_cache_node", "nr_partial") - 1);
}

uint64_t image_cpu(const struct image_cache *cache, int cpu)
{
	return cache->image->percpu + IMAGE_PERCPU_SIZE * (unsigned int)cpu + cache->cpu_slab;
}

uint64_t image_cpu_field(const struct image_cache *cache, int cpu, const char *member)
{
	if (!strcmp(member, "slab") && !member_is(cache->image, "kmem_cache_cpu", member))
		member = "page";
	return image_field(cache->image, image_cpu(cache, cpu), "kmem_cache_cpu", member);
}

uint64_t image_object(const struct image_slab *slab, int index)
{
	const struct image_cache *c = slab->cache;
	uint64_t first = c->flags & IMAGE_RED_ZONE ? c->red_left_pad : 0;

	return slab->base + first + (uint64_t)index * c->size;
}

uint64_t image_slot(const struct image_slab *slab, int index)
{
	return image_object(slab, index) + slab->cache->offset;
}

uint64_t image_encode(const struct image_cache *cache, uint64_t slot, uint64_t object)
{
	return freeptr_encode(cache->image->encoding, object, cache->random, slot);
}

void image_link(struct image_slab *slab, int from, int to)
{
	uint64_t slot = image_slot(slab, from);

	image_set(slab->cache->image, slot,
		  image_encode(slab->cache, slot, to < 0 ? 0 : image_object(slab, to)));
}

uint64_t image_counters(const struct image *image, unsigned int inuse, unsigned int objects,
			bool frozen)
{
	/* Until 4.17 page->_count is the upper half of the word; a page in use has 1. From 7.0 on it
	 * is the stride of the slabobj_exts: those of memory control groups have 16 bytes. */
	uint64_t upper = image->era == ERA_3_13 ? 1 : image->era == ERA_7_2 ? 16 : 0;

	return upper << 32 | inuse | objects << 16 | (uint64_t)frozen << 31;
}

uint64_t image_page_of(const struct image *image, uint64_t addr)
{
	return IMAGE_MEMMAP + (addr - image->direct_map) / IMAGE_PAGE * 64;
}

bool image_has_cpu_slabs(const struct image *image)
{
	return member_is(image, "kmem_cache", "cpu_slab");
}

bool image_has_sheaves(const struct image *image)
{
	return member_is(image, "kmem_cache", "cpu_sheaves");
}

bool image_frozen_partial(const struct image *image)
{
	return image_has_cpu_slabs(image) && !member_is(image, "partial_context", "object");
}

uint64_t image_node_slot(const struct image_cache *cache, unsigned int node)
{
	const struct image *image = cache->image;

	if (member_is(image, "kmem_cache", "node"))
		return image_field(image, cache->addr, "kmem_cache", "node") + 8 * node;
	return image_field(image,
			   image_field(image, cache->addr, "kmem_cache", "per_node") + 16 * node,
			   "kmem_cache_per_node_ptrs", "node");
}

uint64_t image_barn_slot(const struct image_cache *cache, unsigned int node)
{
	const struct image *image = cache->image;

	if (member_is(image, "kmem_cache_node", "barn"))
		return image_field(image, cache->node[node], "kmem_cache_node", "barn");
	return image_field(image,
			   image_field(image, cache->addr, "kmem_cache", "per_node") + 16 * node,
			   "kmem_cache_per_node_ptrs", "barn");
}

uint64_t image_sheaves_cpu(const struct image_cache *cache, int cpu)
{
	return cache->image->percpu + IMAGE_PERCPU_SIZE * (unsigned int)cpu + cache->cpu_sheaves;
}

uint64_t image_sheaf_slot(const struct image_sheaf *sheaf, uint32_t entry)
{
	size_t size = 0;

	IMAGE_NEED(image_types_size(sheaf->cache->image->era, "slab_sheaf", &size));
	return sheaf->addr + size + 8 * (uint64_t)entry;
}

void image_mark_slab(struct image *image, uint64_t page, bool is_slab)
{
	int64_t bit = enumerator_or(image, "PG_slab", -1);
	uint64_t flags = image_load(image, page, "page", "flags") | FLAGS_ABOVE;

	if (bit < 0)
		image_store(image, page, "page", "page_type",
			    is_slab ? (uint64_t)enumerator_or(image, "PGTY_slab", 0) << 24
				    : 0xffffffff);
	else if (is_slab)
		flags |= UINT64_C(1) << bit;
	else
		flags &= ~(UINT64_C(1) << bit);
	image_store(image, page, "page", "flags", flags);
}

/* Building. */

uint64_t image_data(struct image *image, uint64_t size)
{
	uint64_t addr = image->next_data;

	image->next_data += (size + 63) & ~UINT64_C(63);
	for (uint64_t at = 0; at < size; at += 8)
		image_set(image, addr + at, 0);
	return addr;
}

void image_symbol(struct image *image, const char *name, uint64_t value, uint64_t size)
{
	IMAGE_NEED(image->nr_symbols < IMAGE_SYMBOLS_MAX);
	image->symbols[image->nr_symbols++] = (struct image_symbol){ name, NULL, value, size };
}

static uint64_t frames_take(struct image *image, unsigned int order)
{
	uint64_t frames = UINT64_C(1) << order, frame;

	frame = (image->next_frame + frames - 1) & ~(frames - 1);
	image->next_frame = frame + frames;
	IMAGE_NEED(image->next_frame <= image->target.nr_pages);
	return frame;
}

/* calculate_sizes(): where the link goes. */
static uint32_t link_offset(const struct image *image, const struct image_cache *c, bool outside)
{
	if (outside || c->flags & (IMAGE_POISON | IMAGE_RCU))
		return c->inuse;
	if (image->era == ERA_3_13)
		return 0;
	/* In the middle since 5.7, where an overflow does not reach it. */
	return c->object_size / 2 & ~7u;
}

static struct image_cache *cache_make(struct image *image, struct image_spec spec)
{
	struct image_cache *c = calloc(1, sizeof(*c));

	IMAGE_NEED(c);
	IMAGE_NEED(image->nr_caches < IMAGE_CACHES_MAX);
	image->caches[image->nr_caches++] = c;
	c->image = image;
	snprintf(c->name, sizeof(c->name), "%s", spec.name);
	c->size = spec.size;
	c->object_size = spec.object_size ? spec.object_size : spec.size;
	c->inuse = (c->object_size + 7) & ~7u;
	c->order = spec.order;
	c->red_left_pad = spec.red_left_pad;
	c->flags = spec.flags;
	c->objects = (IMAGE_PAGE << c->order) / c->size;
	c->offset = link_offset(image, c, spec.outside);
	c->ctor = spec.outside ? IMAGE_TEXT + 0x1000 : 0;
	c->random = unit_random(&image->seed);
	c->cpu_slab = image->next_percpu;
	image->next_percpu += 64;
	c->cpu_sheaves = image->next_percpu;
	image->next_percpu += 64;
	return c;
}

struct image_sheaf *image_sheaf(struct image_cache *cache, enum image_sheaf_place place, int where)
{
	struct image_sheaf *sheaf = calloc(1, sizeof(*sheaf));

	IMAGE_NEED(sheaf);
	IMAGE_NEED(cache->sheaf_capacity && cache->nr_sheaves < IMAGE_SHEAVES_MAX);
	cache->sheaves[cache->nr_sheaves++] = sheaf;
	*sheaf = (struct image_sheaf){ .cache = cache, .place = place, .where = where };
	sheaf->addr = image_object_take(cache->image->kmalloc);
	return sheaf;
}

struct image_sheaf *image_sheaf_of(const struct image_cache *cache, enum image_sheaf_place place,
				   int where)
{
	for (unsigned int i = 0; i < cache->nr_sheaves; i++)
		if (cache->sheaves[i]->place == place && cache->sheaves[i]->where == where)
			return cache->sheaves[i];
	return NULL;
}

void image_sheaf_put(struct image_sheaf *sheaf, const struct image_slab *slab, const int *objects)
{
	for (; objects && *objects >= 0; objects++) {
		IMAGE_NEED(sheaf && sheaf->size < IMAGE_SHEAF_ROOM);
		sheaf->objects[sheaf->size++] = image_object(slab, *objects);
	}
}

/* calculate_sheaf_capacity(): debug caches and those that caches are made of have none. */
static void sheaves_make(struct image_cache *c, bool asked)
{
	struct image *image = c->image;

	if (!image->kmalloc || c->flags & (IMAGE_RED_ZONE | IMAGE_POISON | IMAGE_STORE_USER) ||
	    (!asked && image_has_cpu_slabs(image)))
		return;
	c->sheaf_capacity = IMAGE_SHEAF_ROOM;
	for (unsigned int cpu = 0; cpu < image->nr_cpus; cpu++)
		image_sheaf(c, IN_MAIN, (int)cpu);
	for (unsigned int n = 0; n < image->nr_nodes; n++)
		c->barn[n] = image_object_take(image->kmalloc);
}

struct image_cache *image_cache(struct image *image, struct image_spec spec)
{
	struct image_cache *c = cache_make(image, spec);

	c->addr = image_object_take(image->caches[1]);
	for (unsigned int n = 0; n < image->nr_nodes; n++)
		c->node[n] = image_object_take(image->caches[0]);
	sheaves_make(c, spec.sheaves);
	return c;
}

/* The cache that sheaves and barns come from; its own sheaves come last (bootstrap_kmalloc_sheaves()). */
static void kmalloc_make(struct image *image)
{
	int all[IMAGE_OBJECTS_MAX + 1];
	struct image_cache *c;

	if (!image_has_sheaves(image))
		return;
	image->bootstrap_sheaf = image_data(image, 32);
	image_symbol(image, "bootstrap_sheaf", image->bootstrap_sheaf, 32);
	c = image_cache(image,
			(struct image_spec){ .name = "kmalloc-128", .size = 128, .order = 3 });
	for (int n = 0; n < (int)c->objects; n++)
		all[n] = n;
	all[c->objects] = -1;
	image_slab(c, ON_NODE_PARTIAL, 0, all, NULL);
	image->kmalloc = c;
	sheaves_make(c, false);
}

struct image_cache *image_cache_named(const struct image *image, const char *name)
{
	for (unsigned int i = 0; i < image->nr_caches; i++)
		if (!strcmp(image->caches[i]->name, name))
			return image->caches[i];
	abort();
}

static uint32_t list_copy(int *to, const int *from, uint32_t objects)
{
	uint32_t n = 0;

	for (; from && from[n] >= 0; n++) {
		IMAGE_NEED((uint32_t)from[n] < objects);
		to[n] = from[n];
	}
	return n;
}

/* What a CPU would own. */
static void slab_move(struct image_slab *slab, const int *on_cpu)
{
	image_sheaf_put(image_sheaf_of(slab->cache, IN_MAIN, slab->where), slab, on_cpu);
	slab->place = slab->nr_own ? ON_NODE_PARTIAL : ON_NO_LIST;
	slab->where %= (int)slab->cache->image->nr_nodes;
	slab->moved = true;
}

struct image_slab *image_slab(struct image_cache *cache, enum image_place place, int where,
			      const int *own, const int *on_cpu)
{
	struct image_slab *slab = calloc(1, sizeof(*slab));
	uint64_t frame = frames_take(cache->image, cache->order);

	IMAGE_NEED(slab);
	IMAGE_NEED(cache->nr_slabs < IMAGE_SLABS_MAX);
	IMAGE_NEED(cache->objects <= IMAGE_OBJECTS_MAX);
	cache->slabs[cache->nr_slabs++] = slab;
	slab->cache = cache;
	slab->page = IMAGE_MEMMAP + frame * 64;
	slab->base = cache->image->direct_map + frame * IMAGE_PAGE;
	slab->objects = cache->objects;
	slab->place = place;
	slab->where = where;
	slab->nr_own = list_copy(slab->own, own, slab->objects);
	if (!image_has_cpu_slabs(cache->image) && (place == ON_CPU || place == ON_CPU_PARTIAL)) {
		slab_move(slab, on_cpu);
		return slab;
	}
	slab->nr_on_cpu = list_copy(slab->on_cpu, on_cpu, slab->objects);
	return slab;
}

uint64_t image_object_take(struct image_cache *cache)
{
	struct image_slab *slab = cache->slabs[0];
	int index = slab->own[0];

	IMAGE_NEED(slab->nr_own != 0);
	slab->nr_own--;
	memmove(slab->own, slab->own + 1, slab->nr_own * sizeof(slab->own[0]));
	return image_object(slab, index);
}

/* kmem_cache_init(): the caches that caches are made of hold themselves. */
static void boot_caches(struct image *image)
{
	uint32_t pairs = member_is(image, "kmem_cache", "per_node") ? 16 : 0;
	const struct image_spec specs[] = {
		{ .name = "kmem_cache_node", .size = 64 },
		{ .name = "kmem_cache", .size = 256, .object_size = 0xd8 + 16 + pairs, .order = 1 },
	};
	int all[IMAGE_OBJECTS_MAX + 1];

	for (int i = 0; i < 2; i++) {
		struct image_cache *c = cache_make(image, specs[i]);

		for (int n = 0; n < (int)c->objects; n++)
			all[n] = n;
		all[c->objects] = -1;
		image_slab(c, ON_NODE_PARTIAL, 0, all, NULL);
	}
	for (int i = 0; i < 2; i++) {
		image->caches[i]->addr = image_object_take(image->caches[1]);
		for (unsigned int n = 0; n < image->nr_nodes; n++)
			image->caches[i]->node[n] = image_object_take(image->caches[0]);
	}
}

static uint64_t data_symbol(struct image *image, const char *name, uint64_t size)
{
	uint64_t addr = image_data(image, size);

	image_symbol(image, name, addr, size);
	return addr;
}

static void machine_write(struct image *image)
{
	uint64_t addr = data_symbol(image, "nr_cpu_ids", 4);

	image_put(image, addr, image->nr_cpus, 4);
	image_put(image, data_symbol(image, "nr_node_ids", 4), image->nr_nodes, 4);
	addr = data_symbol(image, "__per_cpu_offset", 8 * IMAGE_CPUS_MAX);
	for (unsigned int i = 0; i < image->nr_cpus; i++)
		image_set(image, addr + 8 * i, image->percpu + IMAGE_PERCPU_SIZE * i);
	addr = data_symbol(image, "__cpu_possible_mask", 8);
	image_set(image, addr, (UINT64_C(1) << image->nr_cpus) - 1);
	addr = data_symbol(image, "__cpu_online_mask", 8);
	image_set(image, addr, (UINT64_C(1) << image->nr_cpus) - 1);
	image->slab_caches = data_symbol(image, "slab_caches", 16);
}

struct image *image_new_machine(enum image_era era, const struct image_machine *machine)
{
	struct image *image = calloc(1, sizeof(*image));

	IMAGE_NEED(image);
	image->target = (struct target){ .ops = &image_ops,
					 .page_shift = 12,
					 .machine = TARGET_X86_64,
					 .nr_pages = machine->frames };
	image->era = era;
	image->encoding =
		member_is(image, "kmem_cache", "random") ? FREEPTR_XOR_SWAB : FREEPTR_PLAIN;
	/* Server kernels of that time were not preemptible; distributions have NR_CPUS 8192. */
	image->tid_step = era == ERA_3_13 ? 1 : 8192;
	image->direct_map = machine->direct_map;
	image->nr_cpus = machine->nr_cpus;
	image->nr_nodes = 2;
	image->percpu = machine->percpu;
	image->next_percpu = 0x16000;
	image->next_frame = machine->first_frame;
	image->next_data = IMAGE_DATA;
	image->seed = 1;
	machine_write(image);
	boot_caches(image);
	kmalloc_make(image);
	return image;
}

struct image *image_new(enum image_era era)
{
	const struct image_machine machine = {
		.direct_map = UINT64_C(0xffff888000000000),
		.frames = 4096,
		.first_frame = 64,
		.percpu = UINT64_C(0xffff888000f00000),
		.nr_cpus = 4,
	};

	return image_new_machine(era, &machine);
}

void image_free(struct image *image)
{
	for (unsigned int i = 0; i < image->nr_caches; i++) {
		for (unsigned int j = 0; j < image->caches[i]->nr_slabs; j++)
			free(image->caches[i]->slabs[j]);
		for (unsigned int j = 0; j < image->caches[i]->nr_sheaves; j++)
			free(image->caches[i]->sheaves[j]);
		free(image->caches[i]);
	}
	for (size_t i = 0; i < IMAGE_TABLE; i++)
		free(image->table[i].bytes);
	free(image);
}

/* Writing the heap. */

static uint64_t flags_word(const struct image *image, unsigned int flags)
{
	static const struct {
		unsigned int flag;
		const char *name;
		uint64_t before; /* the value before they were enumerated in 6.9 */
	} known[] = {
		{ IMAGE_RED_ZONE, "_SLAB_RED_ZONE", 0x400 },
		{ IMAGE_POISON, "_SLAB_POISON", 0x800 },
		{ IMAGE_STORE_USER, "_SLAB_STORE_USER", 0x10000 },
		{ IMAGE_RCU, "_SLAB_TYPESAFE_BY_RCU", 0x80000 },
	};
	uint64_t word = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		int64_t bit = enumerator_or(image, known[i].name, -1);

		if (flags & known[i].flag)
			word |= bit < 0 ? known[i].before : UINT64_C(1) << bit;
	}
	return word;
}

static void list_add_tail(struct image *image, uint64_t head, uint64_t entry)
{
	uint64_t last = image_word(image, head + 8);

	image_set(image, entry, head);
	image_set(image, entry + 8, last);
	image_set(image, last, entry);
	image_set(image, head + 8, entry);
}

static void list_init(struct image *image, uint64_t head)
{
	image_set(image, head, head);
	image_set(image, head + 8, head);
}

/* Where CPUs own slabs, a cache without sheaves has no room for pointers to them either. */
static uint64_t sheaves_offset(const struct image_cache *c)
{
	return c->sheaf_capacity || !image_has_cpu_slabs(c->image) ? c->cpu_sheaves : 0;
}

static void cache_write(struct image_cache *c)
{
	struct image *image = c->image;
	uint64_t oo = c->objects | (uint64_t)c->order << 16, name = image_data(image, 32);
	unsigned int min_order = 0;
	const struct {
		const char *member;
		uint64_t value;
	} words[] = {
		{ "cpu_slab", c->cpu_slab },
		{ "cpu_sheaves", sheaves_offset(c) },
		{ "sheaf_capacity", c->sheaf_capacity },
		{ "flags", flags_word(image, c->flags) },
		{ "size", c->size },
		{ "object_size", c->object_size },
		{ "offset", c->offset },
		{ "oo", oo },
		{ "max", oo },
		{ "refcount", 1 },
		{ "ctor", c->ctor },
		{ "inuse", c->inuse },
		{ "align", 8 },
		{ "name", name },
		{ "random", c->random },
		{ "red_left_pad", c->red_left_pad },
	};

	for (uint64_t at = 0; at < image->caches[1]->object_size; at += 8)
		image_set(image, c->addr + at, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (member_is(image, "kmem_cache", words[i].member))
			image_store(image, c->addr, "kmem_cache", words[i].member, words[i].value);
	while ((IMAGE_PAGE << min_order) < c->size)
		min_order++;
	image_store(image, c->addr, "kmem_cache", "min",
		    (IMAGE_PAGE << min_order) / c->size | min_order << 16);
	image_text(image, name, c->name);
	for (unsigned int n = 0; n < image->nr_nodes; n++)
		image_set(image, image_node_slot(c, n), c->node[n]);
	list_add_tail(image, image->slab_caches, image_field(image, c->addr, "kmem_cache", "list"));
}

static void order_write(struct image *image, uint64_t page, unsigned int order)
{
	struct target_member m;

	if (image_types_member(image->era, "folio", "_folio_order", &m))
		image_put(image, page + m.offset, order, 1);
	else if (image_types_member(image->era, "folio", "_flags_1", &m))
		image_put(image, page + m.offset, FLAGS_ABOVE | order, 8);
	else if (image_types_member(image->era, "page", "compound_order", &m))
		image_put(image, page + 64 + m.offset, order, 1);
	else
		image_put(image, image_field(image, page + 64, "page", "lru") + 8, order, 8);
}

/* prep_compound_page() */
static void compound_write(struct image *image, uint64_t page, unsigned int order)
{
	uint64_t head = UINT64_C(1) << enumerator_or(image, "PG_head", 0);
	uint64_t tail = UINT64_C(1) << enumerator_or(image, "PG_tail", 0);

	if (!order)
		return;
	image_store(image, page, "page", "flags", image_load(image, page, "page", "flags") | head);
	for (unsigned int i = 1; i < 1u << order; i++) {
		uint64_t at = page + 64 * i;

		if (member_is(image, "page", "compound_info")) {
			/* A mask that makes the head's address of the tail's. */
			image_store(image, at, "page", "compound_info",
				    ~((UINT64_C(64) << order) - 1) | 1);
			continue;
		}
		if (member_is(image, "page", "compound_head")) {
			image_store(image, at, "page", "compound_head", page | 1);
			continue;
		}
		image_store(image, at, "page", "first_page", page);
		image_store(image, at, "page", "flags", FLAGS_ABOVE | tail);
	}
	order_write(image, page, order);
}

/* Link the objects of a list to each other; returns the head. */
static uint64_t freelist_write(struct image_slab *slab, const int *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		image_link(slab, list[i], i + 1 < n ? list[i + 1] : -1);
	return n ? image_object(slab, list[0]) : 0;
}

static uint64_t node_of(const struct image_slab *slab)
{
	bool by_cpu = slab->place == ON_CPU || slab->place == ON_CPU_PARTIAL;

	return (uint64_t)(by_cpu ? slab->where % (int)slab->cache->image->nr_nodes : slab->where);
}

/* Which node the page is of, and that it is in use: slabs are frozen pages since 6.14 (9aec2fb0fd5e). */
static void page_write(struct image *image, const struct image_slab *slab)
{
	bool frozen = image_has_sheaves(image);

	image_store(image, slab->page, "page", "flags",
		    image_load(image, slab->page, "page", "flags") | node_of(slab) << 58);
	if (member_is(image, "page", "_refcount"))
		image_store(image, slab->page, "page", "_refcount", frozen ? 0 : 1);
}

static void descriptor_write(struct image_slab *slab)
{
	struct image *image = slab->cache->image;
	bool frozen = slab->place == ON_CPU ||
		      (slab->place == ON_CPU_PARTIAL && image_frozen_partial(image));
	int64_t workingset = enumerator_or(image, "PG_workingset", -1);

	image_mark_slab(image, slab->page, true);
	page_write(image, slab);
	compound_write(image, slab->page, slab->cache->order);
	/* Slabs on a node's list are marked since 6.8 (8a399e2f6003). */
	if (slab->place == ON_NODE_PARTIAL && workingset >= 0)
		image_store(image, slab->page, "page", "flags",
			    image_load(image, slab->page, "page", "flags") | UINT64_C(1)
										     << workingset);
	image_slab_store(slab, "slab_cache", slab->cache->addr);
	image_slab_store(slab, "freelist", freelist_write(slab, slab->own, slab->nr_own));
	image_slab_store(
		slab, "counters",
		image_counters(image, slab->objects - slab->nr_own, slab->objects, frozen));
}

static void fill(struct image *image, uint64_t from, uint64_t to, uint8_t byte)
{
	for (; from < to; from++)
		image_put(image, from, byte, 1);
}

static bool is_free(const struct image_slab *slab, int index)
{
	for (uint32_t i = 0; i < slab->nr_own + slab->nr_on_cpu; i++)
		if (index == (i < slab->nr_own ? slab->own[i] : slab->on_cpu[i - slab->nr_own]))
			return true;
	return false;
}

/* init_object(), behind what setup_slab_debug() filled. */
static void debug_write(struct image_slab *slab)
{
	struct image_cache *c = slab->cache;

	for (int i = 0; i < (int)c->objects && c->flags & (IMAGE_RED_ZONE | IMAGE_POISON); i++) {
		uint64_t object = image_object(slab, i), end = object + c->object_size;
		bool free = is_free(slab, i);
		uint8_t red = free ? 0xbb : 0xcc;

		if (c->flags & IMAGE_POISON)
			fill(c->image, end, object + c->size - c->red_left_pad, 0x5a);
		if (c->flags & IMAGE_POISON && free) {
			fill(c->image, object, end - 1, 0x6b);
			fill(c->image, end - 1, end, 0xa5);
		}
		if (!(c->flags & IMAGE_RED_ZONE))
			continue;
		fill(c->image, object - c->red_left_pad, object, red);
		fill(c->image, end, object + c->inuse, red);
	}
}

static void contents_write(struct image_slab *slab)
{
	struct image_cache *c = slab->cache;

	for (uint64_t at = slab->base; at < slab->base + (IMAGE_PAGE << c->order); at += 8)
		image_set(c->image, at, CONTENTS);
	for (uint32_t i = 0; i < slab->nr_own + slab->nr_on_cpu; i++) {
		int index = i < slab->nr_own ? slab->own[i] : slab->on_cpu[i - slab->nr_own];

		for (uint64_t at = 0; at < c->object_size; at += 8)
			image_set(c->image, image_object(slab, index) + at, 0);
	}
	debug_write(slab);
}

/* The chain of a CPU: each slab knows how many it starts. */
static void cpu_partial_write(struct image_cache *c, int cpu)
{
	uint64_t next = 0, count = 0;

	for (unsigned int i = c->nr_slabs; i--;) {
		struct image_slab *slab = c->slabs[i];

		if (slab->place != ON_CPU_PARTIAL || slab->where != cpu)
			continue;
		image_slab_store(slab, "next", next);
		image_slab_store(slab, "slabs", ++count);
		next = slab->page;
	}
	image_set(c->image, image_cpu_field(c, cpu, "partial"), next);
}

static void cpu_write(struct image_cache *c, int cpu)
{
	struct image *image = c->image;
	/* init_tid() and some events after it. */
	uint64_t tid = (uint64_t)cpu + image->tid_step * (1 + unit_random(&image->seed) % 100000);

	if (!image_has_cpu_slabs(image))
		return;
	image_set(image, image_cpu_field(c, cpu, "tid"), tid);
	for (unsigned int i = 0; i < c->nr_slabs; i++) {
		struct image_slab *slab = c->slabs[i];

		if (slab->place != ON_CPU || slab->where != cpu)
			continue;
		image_set(image, image_cpu_field(c, cpu, "slab"), slab->page);
		image_set(image, image_cpu_field(c, cpu, "freelist"),
			  freelist_write(slab, slab->on_cpu, slab->nr_on_cpu));
	}
	cpu_partial_write(c, cpu);
}

/* Slabs that would be a CPU's come last. */
static uint64_t node_list_write(struct image_cache *c, unsigned int n, uint64_t head, bool moved)
{
	uint64_t partial = 0;

	for (unsigned int i = 0; i < c->nr_slabs; i++) {
		struct image_slab *slab = c->slabs[i];

		if (node_of(slab) != n || slab->place != ON_NODE_PARTIAL || slab->moved != moved)
			continue;
		partial++;
		list_add_tail(c->image, head, image_slab_field(slab, "slab_list"));
	}
	return partial;
}

static void node_write(struct image_cache *c, unsigned int n)
{
	struct image *image = c->image;
	uint64_t head = image_field(image, c->node[n], "kmem_cache_node", "partial");
	uint64_t partial, slabs = 0;

	list_init(image, head);
	for (unsigned int i = 0; i < c->nr_slabs; i++)
		slabs += node_of(c->slabs[i]) == n;
	partial = node_list_write(c, n, head, false);
	partial += node_list_write(c, n, head, true);
	/* A spinlock of tickets that was often taken, and is not held. */
	if (image->era == ERA_3_13)
		image_store(image, c->node[n], "kmem_cache_node", "list_lock", 0x00070007);
	image_store(image, c->node[n], "kmem_cache_node", "nr_partial", partial);
	image_store(image, c->node[n], "kmem_cache_node", "nr_slabs", slabs);
	image_store(image, c->node[n], "kmem_cache_node", "total_objects", slabs * c->objects);
}

static void barn_write(struct image_cache *c, unsigned int n)
{
	struct image *image = c->image;
	uint64_t barn = c->barn[n], nr[2] = { 0, 0 };
	uint64_t heads[2] = { image_field(image, barn, "node_barn", "sheaves_full"),
			      image_field(image, barn, "node_barn", "sheaves_empty") };

	image_set(image, image_barn_slot(c, n), barn);
	image_store(image, barn, "node_barn", "lock", 0);
	list_init(image, heads[0]);
	list_init(image, heads[1]);
	for (unsigned int i = 0; i < c->nr_sheaves; i++) {
		const struct image_sheaf *sheaf = c->sheaves[i];

		if (sheaf->place < IN_FULL || sheaf->where != (int)n)
			continue;
		list_add_tail(image, heads[sheaf->place == IN_EMPTY],
			      image_field(image, sheaf->addr, "slab_sheaf", "barn_list"));
		nr[sheaf->place == IN_EMPTY]++;
	}
	image_store(image, barn, "node_barn", "nr_full", nr[0]);
	image_store(image, barn, "node_barn", "nr_empty", nr[1]);
}

static void sheaf_write(const struct image_sheaf *sheaf)
{
	static const char *const members[] = { "main", "spare", "rcu_free" };
	struct image *image = sheaf->cache->image;
	uint64_t stale = sheaf->size ? sheaf->objects[0] : 0;

	image_store(image, sheaf->addr, "slab_sheaf", "cache", sheaf->cache->addr);
	image_store(image, sheaf->addr, "slab_sheaf", "size", sheaf->size);
	image_store(image, sheaf->addr, "slab_sheaf", "node", 0);
	/* Nobody clears the entries above size. */
	for (uint32_t i = 0; i < IMAGE_SHEAF_ROOM; i++)
		image_set(image, image_sheaf_slot(sheaf, i),
			  i < sheaf->size ? sheaf->objects[i] : stale);
	if (sheaf->place < IN_FULL)
		image_store(image, image_sheaves_cpu(sheaf->cache, sheaf->where),
			    "slub_percpu_sheaves", members[sheaf->place], sheaf->addr);
}

static void sheaves_write(struct image_cache *c)
{
	struct image *image = c->image;

	if (!sheaves_offset(c) || !image_has_sheaves(image))
		return;
	for (int cpu = 0; cpu < (int)image->nr_cpus; cpu++)
		image_store(image, image_sheaves_cpu(c, cpu), "slub_percpu_sheaves", "main",
			    image->bootstrap_sheaf);
	for (unsigned int i = 0; i < c->nr_sheaves; i++)
		sheaf_write(c->sheaves[i]);
	for (unsigned int n = 0; n < image->nr_nodes; n++)
		if (c->barn[n])
			barn_write(c, n);
}

void image_seal(struct image *image)
{
	/* Contents first: caches and nodes live in slabs themselves. */
	for (unsigned int i = 0; i < image->nr_caches; i++)
		for (unsigned int j = 0; j < image->caches[i]->nr_slabs; j++)
			contents_write(image->caches[i]->slabs[j]);
	list_init(image, image->slab_caches);
	for (unsigned int i = 0; i < image->nr_caches; i++) {
		struct image_cache *c = image->caches[i];

		for (unsigned int j = 0; j < c->nr_slabs; j++)
			descriptor_write(c->slabs[j]);
		cache_write(c);
		for (unsigned int cpu = 0; cpu < image->nr_cpus; cpu++)
			cpu_write(c, (int)cpu);
		for (unsigned int n = 0; n < image->nr_nodes; n++) {
			for (uint64_t at = 0; at < 64; at += 8)
				image_set(image, c->node[n] + at, 0);
			node_write(c, n);
		}
	}
	for (unsigned int i = 0; i < image->nr_caches; i++)
		sheaves_write(image->caches[i]);
}
