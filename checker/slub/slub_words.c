/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What words in registers are to SLUB. */
#include "checker/slub/locate.h"
#include "checker/slub/slub.h"
#include "decoders/freeptr.h"

unsigned int slub_values_of(const struct allocator *a, const struct cache_result *result,
			    const struct finding *f, struct named_value values[NAMED_VALUES_MAX])
{
	static const char next[] = "the freepointer at that address";
	const struct layout *layout = &slub_of(a)->layout;
	const struct cache *cache = &slub_result_of(result)->cache;
	bool cpu = f->cpu >= 0 && (unsigned int)f->cpu < a->kernel->nr_cpus;
	uint64_t base = cpu ? a->kernel->cpu_offset[f->cpu] : 0;
	unsigned int nr = 0;

	if (f->has & FINDING_HAS_DECODED)
		values[nr++] = (struct named_value){ f->decoded + cache->offset, next, true };
	else if (finding_is_head(f))
		values[nr++] = (struct named_value){ f->raw + cache->offset, next, false };
	if (cpu && layout->has_cpu_slabs)
		values[nr++] = (struct named_value){ cache->cpu_slab + base,
						     "the kmem_cache_cpu of that CPU", false };
	if (cpu && layout->has_sheaves)
		values[nr++] = (struct named_value){ cache->cpu_sheaves + base,
						     "the sheaves of that CPU", false };
	return nr;
}

/* Where the slab is whose descriptor lies at an address; without a cache when there is none. */
static struct location slab_location(const struct allocator *a, uint64_t page)
{
	const struct slub *s = slub_of(a);
	struct target *t = a->memory->target;
	struct location at = { 0 };
	uint64_t virt;

	if (t->ops->page_to_virt(t, page, &virt))
		at = locate(a->memory, &s->layout, &s->caches, virt);
	if (at.page != page)
		at.cache = 0;
	return at;
}

bool slub_listed_slab(const struct allocator *a, uint64_t value, struct location *at)
{
	*at = slab_location(a, value - slub_of(a)->layout.slab.list.offset);
	return at->cache != 0;
}

const char *slub_word_of(const struct allocator *a, uint64_t value, struct location *at)
{
	if (cache_list_has(&slub_of(a)->caches, value)) {
		*at = (struct location){ .kind = LOCATION_NULL, .cache = value };
		return "the kmem_cache";
	}
	*at = slab_location(a, value);
	if (at->cache)
		return "a slab of";
	return slub_listed_slab(a, value, at) ? "slab_list of a slab of" : NULL;
}

const char *slub_head_of(const struct allocator *a, int cpu, const struct location *object)
{
	const struct layout *layout = &slub_of(a)->layout;
	struct cache cache;
	uint64_t head;

	if (memory_member(a->memory, object->page, layout->slab.freelist, &head) == TARGET_OK &&
	    head == object->addr)
		return "the head of its slab's freelist";
	cache_read(&cache, a->memory, layout, object->cache, FREEPTR_PLAIN);
	if (layout->has_cpu_slabs && cache.status == TARGET_OK &&
	    memory_member(a->memory, cache.cpu_slab + a->kernel->cpu_offset[cpu],
			  layout->cpu.freelist, &head) == TARGET_OK &&
	    head == object->addr)
		return "the head of this CPU's freelist";
	return NULL;
}

uint64_t slub_linked_object(const struct allocator *a, uint64_t cache_addr, uint64_t slot)
{
	struct cache cache;

	if (!cache_addr)
		return 0;
	cache_read(&cache, a->memory, &slub_of(a)->layout, cache_addr, FREEPTR_PLAIN);
	return cache_walkable(&cache) ? slot - cache.offset : 0;
}

bool slub_link(const struct allocator *a, const struct cache_result *result, uint64_t object,
	       struct link_view *link)
{
	const struct cache *cache = &slub_result_of(result)->cache;

	if (!cache_walkable(cache))
		return false;
	link->slot = object + cache->offset;
	link->encoded = cache->encoding != FREEPTR_PLAIN;
	if (memory_value(a->memory, link->slot, 8, &link->raw) != TARGET_OK)
		return false;
	link->decoded = cache_link(cache, link->raw, link->slot);
	return true;
}

bool slub_link_is_end(const struct allocator *a, const struct cache_result *result, uint64_t object)
{
	struct link_view link;

	return slub_link(a, result, object, &link) && !link.decoded;
}
