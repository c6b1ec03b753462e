/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_SLAB_H
#define SLUBCHECK_CHECKER_SLAB_SLAB_H
/*
 * mm/slab.c behind the contract of allocator.h.
 */

#include "checker/allocator.h"
#include "checker/slab/judge.h"

/* SLAB in an image. A worker's state is a struct slab_walker of its own. */
struct slab {
	struct allocator common;
	struct slab_layout layout;
	struct cache_list caches;
	struct slab_walker walker;
	struct slab_scan scan;
	struct slab_judge judge;
	int *cpu_node;
};

extern const struct allocator_ops slab_allocator;

/** slab_of() - What @a begins. */
static inline struct slab *slab_of(const struct allocator *a)
{
	return (struct slab *)a;
}

/* look.c: what is known of one slab, and of all objects; see allocator_ops. */
void slab_look_at(struct allocator *a, const struct cache_result *owner, const struct location *at,
		  struct slab_look *out);
bool slab_objects_of(struct allocator *a, const struct cache_result *result,
		     const struct objects_visit *visit, struct objects_count *count);
bool slab_objects_in(struct allocator *a, const struct cache_result *result, uint64_t page,
		     const struct objects_visit *visit);

/* words.c: what registers hold, and which structure an address is of; see allocator_ops. */
unsigned int slab_values_of(const struct allocator *a, const struct cache_result *result,
			    const struct finding *f, struct named_value values[NAMED_VALUES_MAX]);
const char *slab_word_of(const struct allocator *a, uint64_t value, struct location *at);
bool slab_entry_of_list(const struct allocator *a, uint64_t value, struct location *at);
const char *slab_head_of(const struct allocator *a, int cpu, const struct location *object);
void slab_structure(struct allocator *a, uint64_t addr, struct structure *s);
char *slab_describe_structure(const struct allocator *a, const struct structure *s, char *buf,
			      size_t len);

#endif
