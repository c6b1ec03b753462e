/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/elect.h"

#include <string.h>

#include "decoders/slab.h"

/* Enough that a few damaged caches cannot win, few enough that nobody waits. */
#define ENCODING_VOTERS 256
/* With fewer of them, slabs of partial lists vote as well. */
#define ENCODING_VOTERS_FEW 16
/* Slabs of a list that may. */
#define ENCODING_VOTERS_A_LIST 4
/* roundup_pow_of_two(CONFIG_NR_CPUS) of the largest configuration. */
#define TID_STEP_MAX 8192
#define TID_VOTERS_MIN 12
/* With so many a wrong step has nine in ten of them once in a million times. */
#define TID_VOTERS_MANY 28
/* Objects of a slab that may propose a key. */
#define KEYS_MAX 512

struct tally {
	uint64_t encoding[FREEPTR_ENCODINGS];
	uint64_t encoding_votes;
	/* per power of two up to TID_STEP_MAX: tids that fit it */
	uint64_t tid[14];
	uint64_t tid_votes;
	uint64_t tid_cpus; /* no step is less than there are CPUs */
};

static void tid_vote(struct tally *tally, const struct cpu_state *cpu)
{
	/* A tid that never moved fits every step. */
	if (cpu->tid == (uint64_t)cpu->cpu)
		return;
	tally->tid_votes++;
	for (unsigned int i = 0; i < 14; i++) {
		uint64_t step = UINT64_C(1) << i;

		tally->tid[i] += tid_cpu(cpu->tid, step) == tid_cpu((uint64_t)cpu->cpu, step);
	}
	if (tally->tid_cpus <= (uint64_t)cpu->cpu)
		tally->tid_cpus = (uint64_t)cpu->cpu + 1;
}

/* The first link of a freelist is a witness: it must lead to an object of its own slab. A NULL says
 * as much: only the right encoding makes one out of a random word. */
static void encoding_vote(struct heap *heap, struct tally *tally, const struct cache *cache,
			  uint64_t page, uint64_t freelist)
{
	struct target *t = heap->memory->target;
	uint64_t base, raw, slot = freelist + cache->offset;
	struct object_position head;
	uint32_t objects;

	if (!freelist || tally->encoding_votes >= ENCODING_VOTERS ||
	    !t->ops->page_to_virt(t, page, &base))
		return;
	objects = order_objects(oo_order(cache->oo), cache->size, heap->memory->page_size,
				cache->reserved);
	head = object_locate(base + cache->first, cache->size, objects, freelist);
	if (head.index < 0 || head.offset || memory_value(heap->memory, slot, 8, &raw) != TARGET_OK)
		return;
	tally->encoding_votes++;
	for (unsigned int e = 0; e < FREEPTR_ENCODINGS; e++) {
		uint64_t next = arch_untag(cache->tags, freeptr_decode((enum freeptr_encoding)e,
								       raw, cache->random, slot));
		struct object_position pos =
			object_locate(base + cache->first, cache->size, objects, next);

		tally->encoding[e] += !next || (pos.index >= 0 && !pos.offset);
	}
}

/* The own freelist of a slab. */
static void slab_vote(struct heap *heap, struct tally *tally, const struct cache *cache,
		      uint64_t page)
{
	uint64_t freelist;

	if (memory_pointer(heap->memory, page + heap->layout->slab.freelist.offset, &freelist) ==
	    TARGET_OK)
		encoding_vote(heap, tally, cache, page, freelist);
}

/* The first slabs of a node's list. A link that leads elsewhere leads to no page that votes. */
static void node_vote(struct heap *heap, struct tally *tally, const struct cache *cache,
		      uint64_t node)
{
	const struct layout *layout = heap->layout;
	uint64_t head = node + layout->node.partial.offset, entry = head;

	for (unsigned int i = 0; i < ENCODING_VOTERS_A_LIST; i++) {
		if (memory_pointer(heap->memory, entry, &entry) != TARGET_OK || entry == head)
			return;
		slab_vote(heap, tally, cache, entry - layout->slab.list.offset);
	}
}

static void nodes_vote(struct heap *heap, struct tally *tally, const struct cache *cache)
{
	uint64_t node;

	for (unsigned int i = 0; i < heap->layout->nr_nodes; i++) {
		node = 0;
		cache_node_addr(cache, heap->memory, heap->layout, i, &node);
		if (node)
			node_vote(heap, tally, cache, node);
	}
}

/* The first slab of each CPU's chain. */
static void chains_vote(struct heap *heap, struct tally *tally, const struct cache *cache)
{
	struct cpu_state cpu;

	for (unsigned int i = 0; i < heap->layout->kernel.nr_cpus; i++) {
		if (!heap->layout->kernel.cpu_possible[i])
			continue;
		heap_cpu(heap, cache, i, &cpu);
		if (cpu.status == TARGET_OK && cpu.partial)
			slab_vote(heap, tally, cache, cpu.partial);
	}
}

static void cpus_vote(struct heap *heap, struct tally *tally, const struct cache *cache)
{
	struct cpu_state cpu;

	for (unsigned int i = 0; i < heap->layout->kernel.nr_cpus; i++) {
		if (!heap->layout->kernel.cpu_possible[i])
			continue;
		heap_cpu(heap, cache, i, &cpu);
		if (cpu.status != TARGET_OK)
			continue;
		tid_vote(tally, &cpu);
		encoding_vote(heap, tally, cache, cpu.slab, cpu.freelist);
	}
}

static void cache_vote(struct heap *heap, struct tally *tally, uint64_t addr, bool of_cpus)
{
	struct cache cache;

	cache_read(&cache, heap->memory, heap->layout, addr, FREEPTR_PLAIN);
	if (!cache_walkable(&cache))
		return;
	if (of_cpus) {
		cpus_vote(heap, tally, &cache);
		return;
	}
	if (heap->layout->has_cpu_slabs)
		chains_vote(heap, tally, &cache);
	nodes_vote(heap, tally, &cache);
}

/* CPUs have no slabs since 7.0, and none of a cache with slub_debug options. */
static void caches_vote(struct heap *heap, struct tally *tally, const struct cache_list *caches)
{
	for (size_t i = 0; heap->layout->has_cpu_slabs && i < caches->nr && !heap_cancelled(heap);
	     i++)
		cache_vote(heap, tally, caches->addrs[i], true);
	if (tally->encoding_votes >= ENCODING_VOTERS_FEW)
		return;
	for (size_t i = 0; i < caches->nr && !heap_cancelled(heap); i++)
		cache_vote(heap, tally, caches->addrs[i], false);
}

static void encoding_elect(struct election *e, const struct tally *tally, bool hardened)
{
	uint64_t swabbed = tally->encoding[FREEPTR_XOR_SWAB], not = tally->encoding[FREEPTR_XOR];

	/* All kernels that are still maintained swab; without a witness that is the best guess. */
	e->encoding = !hardened ? FREEPTR_PLAIN : not > swabbed ? FREEPTR_XOR : FREEPTR_XOR_SWAB;
	e->encoding_votes = tally->encoding_votes;
	e->encoding_for = tally->encoding[e->encoding];
	/* No random word decodes to an object of its slab, so that one witness is a proof, unless
	 * another one says the opposite. */
	e->encoding_proven = !hardened || not != swabbed;
}

void elect_again(struct election *election, struct heap *heap, const struct scan *scan)
{
	struct tally tally = { 0 };
	struct cache cache;

	if (election->encoding_proven)
		return;
	for (size_t c = 0; c < heap->caches->nr && !heap_cancelled(heap); c++) {
		cache_read(&cache, heap->memory, heap->layout, heap->caches->sorted[c],
			   FREEPTR_PLAIN);
		for (size_t i = scan->first[c]; cache_walkable(&cache) && i < scan->first[c + 1];
		     i++) {
			const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

			if (!s->empty_list)
				slab_vote(heap, &tally, &cache, scan_page(scan, heap->layout, s));
		}
	}
	if (tally.encoding_votes)
		encoding_elect(election, &tally, true);
}

/*
 * The largest step that nearly all tids fit: with a smaller one than the real every tid fits too,
 * with a larger one half of them do not. Of few tids all but one may fit a larger one by chance; but
 * then that one fits half of it, which a tid that is wrong hardly does.
 */
static void tid_elect(struct election *e, const struct tally *tally)
{
	uint64_t votes = tally->tid_votes, tolerated = votes / 10 ? votes / 10 : 1;
	bool few = votes < TID_VOTERS_MANY;

	e->tid_step = 1;
	e->tid_votes = e->tid_for = votes;
	if (votes < TID_VOTERS_MIN)
		return;
	for (unsigned int i = 13; i > 0 && UINT64_C(1) << i >= tally->tid_cpus; i--) {
		if (tally->tid[i] + tolerated < votes || (few && tally->tid[i - 1] > tally->tid[i]))
			continue;
		e->tid_step = UINT64_C(1) << i;
		e->tid_for = tally->tid[i];
		return;
	}
}

/* A node that most caches have a kmem_cache_node for is one that all of them must have. */
static void nodes_elect(struct election *e, struct heap *heap, const struct cache_list *caches)
{
	unsigned int nr_nodes = heap->layout->nr_nodes;
	bool *present = arena_array(heap->arena, nr_nodes, sizeof(*present));

	e->node_present = present;
	for (unsigned int node = 0; present && node < nr_nodes; node++) {
		size_t have = 0;

		for (size_t i = 0; i < caches->nr; i++) {
			struct cache cache = { .addr = caches->addrs[i] };
			uint64_t addr = 0;

			cache_node_addr(&cache, heap->memory, heap->layout, node, &addr);
			have += addr != 0;
		}
		present[node] = have > caches->nr / 2;
	}
}

/* Whether first slabs of lists say which node they are of. */
struct nid_tally {
	unsigned int votes, agree;
	bool beyond; /* one of another node than the first agrees: so do not bits that are all zero */
};

static void nid_vote(struct heap *heap, struct nid_tally *tally, const struct cache *cache,
		     unsigned int node)
{
	const struct layout *layout = heap->layout;
	uint64_t addr = 0, entry = 0, head;
	struct slab_state slab;

	cache_node_addr(cache, heap->memory, layout, node, &addr);
	head = addr + layout->node.partial.offset;
	if (!addr || memory_value(heap->memory, head, 8, &entry) != TARGET_OK || entry == head)
		return;
	heap_descriptor(heap, memory_untag(heap->memory, entry) - layout->slab.list.offset, &slab);
	if (slab.status != TARGET_OK || !slab.is_slab || slab.cache != cache->addr)
		return;
	tally->votes++;
	tally->agree += slab.nid == (int)node;
	tally->beyond |= node && slab.nid == (int)node;
}

static void nids_elect(struct election *e, struct heap *heap, const struct cache_list *caches)
{
	struct nid_tally tally = { 0 };

	if (heap->layout->nr_nodes < 2 || !heap->layout->node_bits)
		return;
	for (size_t i = 0; i < caches->nr; i++) {
		struct cache cache = { .addr = caches->addrs[i] };

		for (unsigned int node = 0; node < heap->layout->nr_nodes; node++)
			nid_vote(heap, &tally, &cache, node);
	}
	e->nid_proven = tally.beyond && tally.agree >= tally.votes - tally.votes / 4;
}

void elect(struct election *election, struct heap *heap, const struct cache_list *caches)
{
	struct tally tally = { 0 };

	caches_vote(heap, &tally, caches);
	encoding_elect(election, &tally, heap->layout->hardened);
	tid_elect(election, &tally);
	nodes_elect(election, heap, caches);
	nids_elect(election, heap, caches);
}

/* What a slab's own freelist is worth under a key: it runs to its end, through as many links as the
 * counters say. */
static unsigned int own_score(const struct slab_state *slab)
{
	const struct freelist *list = &slab->own;

	if (!slab->walked || list->end != WALK_END || !list->length ||
	    slab->count.inuse > slab->objects || list->length != slab->objects - slab->count.inuse)
		return 0;
	return list->length >= 2 ? 2 : 1;
}

/* Nothing says how long a CPU's freelist is; but no wrong key makes an object out of a link and a
 * NULL out of another. */
static unsigned int cpu_score(const struct slab_state *slab)
{
	const struct freelist *list = &slab->cpu_list;

	return slab->walked && list->end == WALK_END && list->length >= 2 ? 2 : 0;
}

static void sample_gather(struct heap *heap, const struct cache *cache, struct slab_place place,
			  struct slab_state *slab)
{
	struct cpu_state cpu;

	if (place.role != ROLE_CPU) {
		place.role = ROLE_NO_LIST;
		place.slot = 0;
		heap_slab(heap, cache, place, NULL, slab);
		return;
	}
	heap_cpu(heap, cache, (unsigned int)place.cpu, &cpu);
	heap_slab(heap, cache, place, &cpu, slab);
}

static unsigned int key_score(struct heap *heap, struct cache *cache,
			      const struct slab_place *places, unsigned int nr, uint64_t random)
{
	struct slab_state slab;
	unsigned int score = 0;

	cache->random = random;
	for (unsigned int i = 0; i < nr; i++) {
		sample_gather(heap, cache, places[i], &slab);
		score += places[i].role == ROLE_CPU ? cpu_score(&slab) : own_score(&slab);
	}
	return score;
}

/* Keys that would make a word of one of the slab's objects the end of a chain. */
static uint32_t keys_propose(struct heap *heap, const struct cache *cache, struct slab_place place,
			     uint64_t keys[KEYS_MAX])
{
	struct slab_state slab;
	uint32_t nr = 0;

	sample_gather(heap, cache, place, &slab);
	for (uint32_t i = 0; i < slab.objects && nr < KEYS_MAX; i++) {
		uint64_t slot = slab_object(cache, &slab, (int32_t)i) + cache->offset, raw;

		if (slab_word(&slab, slot, &raw))
			keys[nr++] = freeptr_decode(cache->encoding, raw, 0, slot);
	}
	return nr;
}

unsigned int elect_random(struct heap *heap, const struct cache *cache,
			  const struct slab_place *places, unsigned int nr, uint64_t *random)
{
	struct cache trial = *cache;
	uint64_t keys[KEYS_MAX];
	unsigned int best = 0;

	if (cache->encoding == FREEPTR_PLAIN)
		return 0;
	/* A list of one object proposes no key that is worth anything: then the next one does. */
	for (unsigned int p = 0; p < nr && best < 2; p++) {
		uint32_t nr_keys = keys_propose(heap, cache, places[p], keys);

		for (uint32_t i = 0; i < nr_keys && !heap_cancelled(heap); i++) {
			unsigned int score;

			/* Most proposals fail at their own list already. */
			if (!key_score(heap, &trial, &places[p], 1, keys[i]))
				continue;
			score = key_score(heap, &trial, places, nr, keys[i]);
			if (score > best) {
				best = score;
				*random = keys[i];
			}
		}
	}
	return best >= 2 ? (best + 1) / 2 : 0;
}
