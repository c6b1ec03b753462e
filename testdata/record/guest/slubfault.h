/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * slubfault: plants exactly one fault into the SLUB allocator of this guest
 * and tells the truth about it on the console.
 */
#ifndef SLUBFAULT_H
#define SLUBFAULT_H

#include <linux/percpu.h>

#include "slub.h"

#if !defined(CONFIG_SLUB_CPU_PARTIAL) && !defined(HAS_kmem_cache__cpu_sheaves)
#error "slubfault arranges cpu partial slabs: it needs CONFIG_SLUB_CPU_PARTIAL"
#endif

/* The lists on which a slab with free objects can be found, and sheaves of them. */
enum place {
	NOWHERE,
	CPU,
	CPU_PARTIAL,
	NODE_PARTIAL,
	SHEAF_MAIN,
	SHEAF_SPARE,
	BARN_FULL,
	FULL, /* a slab without free objects, on no list that leads to allocations */
	NR_PLACES,
};

#define IN(place) (1u << (place))
/* The caches have flags of slub_debug: no CPU keeps slabs or sheaves of them. */
#define DEBUG_CACHE IN(NR_PLACES)
#ifdef HAS_kmem_cache__cpu_sheaves
#define IN_ANY IN(NODE_PARTIAL)
#define IN_SHEAVES (IN(SHEAF_MAIN) | IN(SHEAF_SPARE) | IN(BARN_FULL))
#else
#define IN_ANY (IN(CPU) | IN(CPU_PARTIAL) | IN(NODE_PARTIAL))
#endif

/* A slab of a module cache; objects[i] is NULL once object i was freed. */
struct bed_slab {
	struct slab *slab;
	void **objects;
};

/* A cache of the module's own, with slabs in all states. */
struct bed {
	const char *name;
	struct kmem_cache *s;
	bool debug;
	unsigned int per_slab;
	unsigned int nr_slabs;
	struct bed_slab *slabs;
};

/* Where the fault goes: a slab in the wanted place and its freelist. */
struct spot {
	enum place place;
	struct bed *bed;
	struct bed *other;
	int cpu;
	int node;
	struct kmem_cache *s;
	struct kmem_cache_cpu *c;
	struct slub_percpu_sheaves *pcs;
	struct node_barn *barn;
	struct slab_sheaf *sheaf;
	struct kmem_cache_node *n;
	struct slab *slab;
	void **head; /* &c->freelist or &slab->freelist */
	unsigned int length; /* of the chain behind head */
};

/*
 * A word that is no address of any kind. It is even: in the second word of a
 * struct slab, bit 0 would make the page a tail page.
 */
#define GARBAGE 0x7a5c3e18d2b4f096ull

/* What was done; report.c completes it from memory. */
struct truth {
	void *slot; /* the damaged word */
	unsigned int width; /* its bytes: 8 or 4 */
	u64 before;
	u64 now;
	bool predicted; /* now is what the panic will leave behind */
	u8 *bad_first, *bad_last; /* bytes that do not hold what they should, if that is so */
	void *object; /* the object that holds the slot, if one does */
	int index; /* its place in the chain, 0 is the head, -1 none */
	void *other; /* the other cache, slab or object of the fault */
	void *repair; /* what the damaged link has to lead to, if that is known */
	int orphans; /* free objects that the damage cuts off, -1: not known */
	const u8 *wrote, *wrote_last; /* all that was written, if that is more than the word */
	const char *state; /* what the object is when the kernel dies: "free", "allocated" */
	const void *holder; /* a word that points to the object though it is free */
	const char *leads; /* where the damaged link leads: "inside" its slab or "outside" */
};

/* Module parameters, main.c. */
extern unsigned int param_bit;
extern unsigned int param_size;
extern int param_index;
extern char *param_debug;
extern bool param_account;

/* Of a cache with flags of slub_debug. */
#define DEBUG_SLABS 8u

/* arrange.c or arrange_sheaves.c */
unsigned int bed_slabs_wanted(struct bed *bed);
int bed_arrange(struct bed *bed);
int spot_find(struct spot *spot);

/* bed.c */
int bed_make(struct bed *bed, const char *name, unsigned int size, bool debug);
int bed_alloc(struct bed *bed, unsigned int count);
void bed_free_some(struct bed *bed, struct bed_slab *b, unsigned int count);
unsigned int bed_owned(struct bed *bed, const struct bed_slab *b);
struct bed_slab *bed_slab_of(struct bed *bed, const struct slab *slab);
void *bed_allocated(struct bed *bed, const struct slab *slab);
struct slab *bed_full_slab(struct bed *bed);
void bed_stamp(struct bed *bed, void *object);
void *bed_take(struct bed *bed, const struct slab *slab);

/* chain.c */
struct slab *slab_of(const void *object);
void *chain_slot(struct kmem_cache *s, void *object);
void *chain_encode(struct kmem_cache *s, void *slot, void *next);
void *chain_next(struct kmem_cache *s, void *object);
void *chain_at(struct kmem_cache *s, void *head, unsigned int index);
unsigned int chain_length(struct kmem_cache *s, void *head);

/* report.c: truth_word() and truth_object() note a slot before it is damaged. */
void truth_word(struct truth *t, void *word);
void truth_object(struct truth *t, struct kmem_cache *s, void *object, int index);
void truth_print(const char *fault, struct spot *spot, struct truth *t);

/* freelist.c */
unsigned int victim_index(struct spot *spot);
void victim_take(struct spot *spot, struct truth *t, unsigned int index);

/* uses.c */
void truth_wrote(struct truth *t, const void *first, unsigned int count);
bool link_is_told(struct spot *spot, struct truth *t);

/* The faults: each plants one and fills in the truth. */
typedef int (*plant_fn)(struct spot *spot, struct truth *t);

#define PLANT(name) int plant_##name(struct spot *spot, struct truth *t)

/* freelist.c: a freepointer */
PLANT(wild_unreadable);
PLANT(wild_readable);
PLANT(byte_zeroed);
PLANT(bit_flip);
PLANT(ascii);
PLANT(user_pointer);
PLANT(other_slab);
PLANT(other_cache);
PLANT(misaligned);
PLANT(self_loop);
PLANT(allocated_linked);
PLANT(cut_short);
PLANT(head_wild);
PLANT(head_misaligned);
PLANT(page_encoded);

/* misuse.c: what a buggy user of the allocator does */
PLANT(overflow);
PLANT(uaf_write);
PLANT(wrong_cache_free);
PLANT(wrong_cache_free_natural);
PLANT(overflow_zeros);
PLANT(overflow_pattern);
PLANT(overflow_copy);
PLANT(dma_random);
PLANT(dma_pattern);

/* frees.c: what is freed that must not be */
PLANT(double_free);
PLANT(double_free_abca);
PLANT(double_free_late);
PLANT(double_free_flushed);
PLANT(double_free_refused);
PLANT(double_free_reuse);
PLANT(handed_out_zero);
PLANT(handed_out_live);
PLANT(handed_out_head);
PLANT(handed_out_flushed);
PLANT(inner_free);
PLANT(inner_free_head);

/* uses.c: what the former owner of an object writes */
PLANT(counter_inc);
PLANT(counter_add);
PLANT(counter_dec);
PLANT(refcount_saturated);
PLANT(refcount_dec);
PLANT(flag_set);
PLANT(flag_clear);
PLANT(unlock);
PLANT(list_del_beside);
PLANT(hlist_del_beside);
PLANT(list_poison);
PLANT(list_poison_2);
PLANT(init_list_head);
PLANT(rcu_queued);
PLANT(work_init);
PLANT(timer_init);
PLANT(jiffies_stored);
PLANT(err_ptr);
PLANT(text);
PLANT(memset_00);
PLANT(memset_ff);
PLANT(pattern_55);

/* contents.c: caches with flags of slub_debug, and what slabs are filled with */
slab_flags_t debug_flags(void);
int debug_bed_arrange(struct bed *bed);
int debug_spot_find(struct spot *spot);
PLANT(redzone_right);
PLANT(redzone_right_free);
PLANT(redzone_left);
PLANT(redzone_kmalloc);
PLANT(poison);
PLANT(poison_end);
PLANT(padding_object);
PLANT(padding_slab);
PLANT(track_address);
PLANT(track_overflow);
PLANT(init_on_free);

/* slab.c: struct slab and the lists of slabs */
void partial_add(struct kmem_cache_node *n, struct slab *slab);
PLANT(inuse);
PLANT(inuse_high);
PLANT(objects);
PLANT(frozen);
PLANT(partial_flag);
PLANT(slab_freed);
PLANT(slab_cache);
PLANT(slab_cache_garbage);
PLANT(nr_partial);
PLANT(lost_slab);
PLANT(full_on_partial);
PLANT(list_next);
PLANT(list_prev);

/* cpu.c: what a CPU has */
PLANT(tid);
PLANT(cpu_stray);
PLANT(cpu_slab_page);
PLANT(offline_leftover);
PLANT(cache_cpu_slab);
PLANT(cpu_partial_next);
PLANT(cpu_partial_count);
PLANT(two_places);
PLANT(two_lists);
PLANT(two_lists_reverse);

/* sheaf.c: the same where that is sheaves (and offline_leftover, too) */
PLANT(cache_cpu_sheaves);
PLANT(sheaf_twice);
PLANT(sheaf_two);
PLANT(sheaf_free);
PLANT(sheaf_double_free);
PLANT(sheaf_foreign);
PLANT(sheaf_inside);
PLANT(sheaf_null);
PLANT(sheaf_garbage);
PLANT(sheaf_bit_flip);
PLANT(sheaf_size);
PLANT(sheaf_cache);
PLANT(sheaf_cache_garbage);
PLANT(sheaf_pointer);
PLANT(sheaf_shared);
PLANT(barn_pointer);
PLANT(barn_nr_full);
PLANT(barn_nr_empty);
PLANT(barn_next);
PLANT(barn_prev);
PLANT(barn_full_empty);

/* cache.c: struct kmem_cache */
int word_set(struct truth *t, void *word, u64 now);
PLANT(cache_random);
PLANT(cache_name);
PLANT(cache_size);
PLANT(cache_size_huge);
PLANT(cache_node);
PLANT(cache_list);

/* disabled.c: the kernel finds it and takes the slab out of use */
PLANT(disabled);
PLANT(disabled_damaged);

/* panic.c: these do not return */
PLANT(panic_kmalloc_32);
PLANT(panic_kmalloc_64);

/* trap.c: neither do these */
PLANT(trap_double_free);
PLANT(trap_usercopy);
PLANT(trap_list_del);
PLANT(trap_kfree_wild);

/* holders.c: who points to a free object */
PLANT(holders);

/* deaths.c: nor do these, and the allocator is healthy */
PLANT(death_freed_link);
PLANT(death_freed_member);
PLANT(death_freed_null);
PLANT(death_freed_call);
PLANT(death_reused_call);
PLANT(death_list_del_beside);
PLANT(death_list_del_freed);
PLANT(death_list_add_freed);
PLANT(death_list_walk);
PLANT(death_list_del_twice);
PLANT(death_list_poison_freed);
PLANT(death_list_poison_live);
PLANT(death_bit_flip);
PLANT(death_refcount);
PLANT(death_refcount_warn);
PLANT(death_null_member);
PLANT(death_text_over);
PLANT(death_counter_over);
PLANT(death_dma);
PLANT(death_poison);
PLANT(death_poison_call);
PLANT(death_poison_unset);
PLANT(death_stack_garbage);
PLANT(death_err_ptr);
PLANT(death_call_data);
PLANT(death_kfence);
PLANT(death_freed_copy);
PLANT(death_freed_string);
PLANT(death_null_call);
PLANT(death_null_far);
PLANT(death_poison_counter);
PLANT(death_wrong_cache);

/* deaths_later.c: and these die elsewhere */
PLANT(death_init_gone);
PLANT(death_rcu_freed);
PLANT(death_timer_freed);
PLANT(death_module_gone);
/* When the module goes. */
void deaths_leave(void);

/* load.c */
PLANT(load);

#endif
