/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SLUB_H
#define SLUBCHECK_CHECKER_SLUB_SLUB_H
/*
 * SLUB behind the contract of allocator.h.
 */

#include "checker/allocator.h"
#include "checker/slub/cache.h"
#include "checker/slub/elect.h"
#include "checker/slub/heap.h"
#include "checker/slub/judge.h"
#include "checker/slub/layout.h"
#include "checker/slub/scan.h"

/* SLUB in an image. A worker's state is a heap of its own. */
struct slub {
	struct allocator common;
	struct layout layout;
	struct cache_list caches;
	struct heap heap;
	struct election election;
	struct scan scan;
	struct judge judge;
};

extern const struct allocator_ops slub_allocator;

/** slub_of() - What @a begins. */
static inline struct slub *slub_of(const struct allocator *a)
{
	return (struct slub *)a;
}

/* slub_look.c: what is known of one slab, and of all objects; see allocator_ops. */
void slub_look(struct allocator *a, const struct cache_result *owner, const struct location *at,
	       struct slab_look *out);
bool slub_objects(struct allocator *a, const struct cache_result *result,
		  const struct objects_visit *visit, struct objects_count *count);

bool slub_slab_objects(struct allocator *a, const struct cache_result *result, uint64_t page,
		       const struct objects_visit *visit);

/* owner.c: see allocator_ops. */
enum target_status slub_owner_slots(const struct allocator *a, const struct cache_view *cache,
				    const struct location *at, struct owner_slots *slots);

/* slub_words.c: what registers hold; see allocator_ops. */
unsigned int slub_values_of(const struct allocator *a, const struct cache_result *result,
			    const struct finding *f, struct named_value values[NAMED_VALUES_MAX]);
const char *slub_word_of(const struct allocator *a, uint64_t value, struct location *at);
bool slub_listed_slab(const struct allocator *a, uint64_t value, struct location *at);
const char *slub_head_of(const struct allocator *a, int cpu, const struct location *object);
uint64_t slub_linked_object(const struct allocator *a, uint64_t cache, uint64_t slot);
bool slub_link(const struct allocator *a, const struct cache_result *result, uint64_t object,
	       struct link_view *link);
bool slub_link_is_end(const struct allocator *a, const struct cache_result *result,
		      uint64_t object);

#endif
