/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_FAULT_PLANT_H
#define SLUBCHECK_MODEL_SLUB_FAULT_PLANT_H
/* Choosing where, storing, and working out what follows: what the files of faults share. */

#include "model/slub/fault.h"
#include "model/machine/machine.h"

/* A fault that is being planted. */
struct planting {
	struct model *m;
	const struct census *census;
	enum model_fault fault;
	struct model_truth *truth;
	struct fault_aim aim;
	uint64_t seed;
	uint64_t *internal; /* see object_is_internal(); made when it is asked for */
	size_t nr_internal;
};

/* Attempts to find a place or a value that is none that was there before. */
#define FAULT_TRIES 64

uint64_t fault_random(struct planting *p);
uint64_t fault_below(struct planting *p, uint64_t n);

/*
 * Chooses one of all candidates, each as likely as any other, while they pass by: the n-th replaces what
 * was chosen so far once in n times, and the first always. *n counts them and begins with 0.
 */
static inline bool fault_takes(struct planting *p, uint64_t *n)
{
	uint64_t drawn = fault_below(p, ++*n);

	return *n == 1 || !drawn;
}

/* Reading; 0 where there is no memory. */
uint64_t fault_word(const struct planting *p, uint64_t addr, uint32_t size);
bool fault_readable(const struct planting *p, uint64_t addr);
#define WORD(p, base, member) fault_word((p), AT((p)->m, base, member), (p)->m->shape.member.size)

/** fault_store() - The stray store: it goes into the truth. False: nothing would change. */
bool fault_store(struct planting *p, uint64_t addr, uint32_t size, uint64_t value);
#define STORE(p, base, member, value) \
	fault_store((p), AT((p)->m, base, member), (p)->m->shape.member.size, (value))

/** fault_also() - Another one of the same event, as the second word of a list_del(). */
void fault_also(struct planting *p, uint64_t addr, uint32_t size, uint64_t value);
#define ALSO(p, base, member, value) \
	fault_also((p), AT((p)->m, base, member), (p)->m->shape.member.size, (value))

/** fault_garbage() - A random word that is not an address of memory. */
uint64_t fault_garbage(struct planting *p);

/* Truths. Lists of ids end with NULL. */
void fault_must(struct planting *p, const char *id);
void fault_any(struct planting *p, const char *const *ids);
void fault_may(struct planting *p, const char *const *ids);
#define ANY(p, ...) fault_any((p), (const char *const[]){ __VA_ARGS__, NULL })
#define MAY(p, ...) fault_may((p), (const char *const[]){ __VA_ARGS__, NULL })
void fault_may_sweep(struct planting *p); /* what a scan sees when lists break off */
void fault_may_chains(struct planting *p); /* what chains look like that are decoded wrongly */
void fault_may_contents(
	struct planting *p); /* what else a store changes that is larger than a word */
void fault_may_sheaves(struct planting *p); /* what sheaves do when objects cannot be judged */
/** fault_invisible() - Always true, for callers that return it. */
bool fault_invisible(struct planting *p, const char *why);
void fault_of_cache(struct planting *p, const struct census_cache *s, const char *place, int cpu,
		    int node);

/* Lists of free objects that a slab is or has. */
enum list_kind {
	LIST_CPU, /* a CPU's freelist */
	LIST_CPU_SLAB, /* the own list of a CPU's slab */
	LIST_CPU_PARTIAL,
	LIST_NODE_PARTIAL,
	LIST_KINDS
};

#define LISTS_ALL ((1u << LIST_KINDS) - 1)
#define LISTS_OF_SLABS (LISTS_ALL & ~(1u << LIST_CPU))

struct list_ref {
	const struct census_cache *s;
	const struct census_slab *slab;
	const struct census_chain *chain;
	enum list_kind kind;
};

typedef bool (*list_fits)(struct planting *p, const struct list_ref *ref);

/** choose_list() - Any list of one of @kinds that fits; each kind that there is equally often. */
bool choose_list(struct planting *p, unsigned int kinds, list_fits fits, struct list_ref *ref);
/** list_of_slab() - Fill the truth's cache, slab and place. */
void list_of_slab(struct planting *p, const struct list_ref *ref);
/** list_head_slot() - Address of the word that starts it. */
uint64_t list_head_slot(const struct planting *p, const struct list_ref *ref);
/** fits_nonempty() - It has objects. */
bool fits_nonempty(struct planting *p, const struct list_ref *ref);

/** choose_cache() - Any cache for which @fits, NULL: any. NULL when there is none. */
const struct census_cache *
choose_cache(struct planting *p, bool (*fits)(struct planting *p, const struct census_cache *s));

/** slab_is_wanted(), cache_is_wanted() - Whether the fault may be about it: not what is busy. */
bool slab_is_wanted(const struct planting *p, const struct census_slab *slab);
bool cache_is_wanted(const struct planting *p, const struct census_cache *s);

/** choose_other_cache() - Any cache but @than, for what a word leads to; NULL: there is none. */
const struct census_cache *choose_other_cache(struct planting *p, const struct census_cache *than);

/** choose_in_use() - Any object that somebody owns, not of @not_slab: of the cache, or of others. */
bool choose_in_use(struct planting *p, const struct census_cache *s, bool of_it,
		   const struct census_slab *not_slab, uint64_t *object);

/** object_is_internal() - The allocator itself owns it, or the model does not know the owner. */
bool object_is_internal(struct planting *p, const struct census_cache *s,
			const struct census_slab *slab, unsigned int index);

bool cache_is_debugged(const struct planting *p, const struct census_cache *s);
uint64_t fault_encode(const struct planting *p, const struct census_cache *s, uint64_t slot,
		      uint64_t object);

/** expect_list() - Follow a list as memory has it now, and say what is wrong with it. */
bool expect_list(struct planting *p, const struct list_ref *ref);

/* Where a pointer leads that should be an object of @slab (NULL: of any slab of the cache). */
enum lead {
	LEAD_OBJECT,
	LEAD_MISALIGNED,
	LEAD_SLACK, /* in the slab's memory, where no object is */
	LEAD_OTHER_SLAB,
	LEAD_INTO_OTHER_SLAB, /* not to an object's start */
	LEAD_OTHER_CACHE,
	LEAD_INTO_OTHER_CACHE,
	LEAD_WILD,
};

enum lead lead_of(const struct planting *p, const struct census_cache *s,
		  const struct census_slab *slab, uint64_t addr, int *index);

/* A link of a list. */
struct link {
	struct list_ref list;
	unsigned int position, index;
	uint64_t object, slot, raw;
};

/** link_choose() - Any link of a list that @fits; @not_last: no object's that ends it. */
bool link_choose(struct planting *p, list_fits fits, bool not_last, struct link *l);
/** link_encode() - What leads to @object when it lies in the slot. */
uint64_t link_encode(const struct planting *p, const struct link *l, uint64_t object);
/** link_lead() - Where a word leads when it lies in the slot. */
enum lead link_lead(const struct planting *p, const struct link *l, uint64_t raw, uint64_t *to);
/** fits_inside() - It has objects, and their freepointers lie where their owners write. */
bool fits_inside(struct planting *p, const struct list_ref *ref);

/* Misuse. */
/** free_to_slab() - A free that passes by sheaves. */
enum model_end free_to_slab(struct model *m, unsigned int cpu, uint64_t s, uint64_t object);
/** takes_frees() - The kernel does not look what is freed, and the slab stays where it is. */
bool takes_frees(const struct planting *p, const struct list_ref *ref);
/** owned_choose() - Any object of a slab that somebody has who is not the allocator. */
bool owned_choose(struct planting *p, const struct list_ref *ref, unsigned int *index);
/** fault_other_cpu() - Any other one. */
unsigned int fault_other_cpu(struct planting *p, unsigned int cpu);
/** truth_word() - The truth's word is the one at @slot, which held @before; false: it still does. */
bool truth_word(struct planting *p, uint64_t slot, uint64_t before);

/** fault_causes() - What a diagnosis may say of the fault that was planted. */
void fault_causes(struct planting *p);

/* One function for each kind of fault; false: no place. */
bool fault_link(struct planting *p);
bool fault_writer(struct planting *p);
bool fault_bit_object(struct planting *p);
bool fault_bit_head(struct planting *p);
bool fault_overflow_slot(struct planting *p);
bool fault_page(struct planting *p);
bool fault_inner_free(struct planting *p);
bool fault_free_in_a_row(struct planting *p);
bool fault_free_refused(struct planting *p);
bool fault_free_on_cpu(struct planting *p);
bool fault_handed_out_twice(struct planting *p);
bool fault_flushed_twice(struct planting *p);
bool fault_allocated_linked(struct planting *p);
bool fault_head(struct planting *p);
bool fault_overflow(struct planting *p);
bool fault_double_free(struct planting *p);
bool fault_two_lists(struct planting *p);
bool fault_wrong_cache(struct planting *p);
bool fault_wrong_cache_natural(struct planting *p);
bool fault_counters(struct planting *p);
bool fault_frozen(struct planting *p);
bool fault_partial_flag(struct planting *p);
bool fault_slab_cache(struct planting *p);
bool fault_node_counter(struct planting *p);
bool fault_lost_slab(struct planting *p);
bool fault_slab_node(struct planting *p);
bool fault_slab_freed(struct planting *p);
bool fault_owner_left(struct planting *p);
bool fault_onto_partial(struct planting *p);
bool fault_slab_list(struct planting *p);
bool fault_cpu_partial(struct planting *p);
bool fault_tid(struct planting *p);
bool fault_cpu_slab(struct planting *p);
bool fault_offline(struct planting *p);
bool fault_random_key(struct planting *p);
bool fault_cache_member(struct planting *p);
bool fault_orphan(struct planting *p);
bool fault_cache_node(struct planting *p);
bool fault_sheaf_entry(struct planting *p);
bool fault_sheaf_double_free(struct planting *p);
bool fault_sheaf_size(struct planting *p);
bool fault_sheaf_cache(struct planting *p);
bool fault_sheaf_pointer(struct planting *p);
bool fault_barn_pointer(struct planting *p);
bool fault_barn_count(struct planting *p);
bool fault_barn_link(struct planting *p);
bool fault_contents(struct planting *p);
bool fault_track(struct planting *p);

#endif
