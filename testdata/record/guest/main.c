// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * main: arranges two caches, plants the fault that the parameters name, tells
 * the truth and stays loaded, unless the guest is told to unload it.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "slubfault.h"

static char *param_fault = "none";
static char *param_where = "";
unsigned int param_bit = 44;
unsigned int param_size = 128;
int param_index = -1;
char *param_debug = "FZPU";
bool param_account;

module_param_named(fault, param_fault, charp, 0444);
MODULE_PARM_DESC(fault, "what to plant");
module_param_named(where, param_where, charp, 0444);
MODULE_PARM_DESC(where, "which list, or which sheaf");
module_param_named(bit, param_bit, uint, 0444);
MODULE_PARM_DESC(bit, "which bit bit-flip flips");
module_param_named(size, param_size, uint, 0444);
MODULE_PARM_DESC(size, "object size of the damaged cache");
module_param_named(index, param_index, int, 0444);
MODULE_PARM_DESC(index, "which object of the chain, -1: the middle");

module_param_named(debug, param_debug, charp, 0444);
MODULE_PARM_DESC(debug, "flags of a debug cache, as slub_debug has them");
module_param_named(account, param_account, bool, 0444);
MODULE_PARM_DESC(account, "charge objects to the memory cgroup of insmod");

struct fault {
	const char *name;
	plant_fn plant;
	unsigned int places; /* 0: no place to choose */
};

/* Where a cache of which no CPU keeps anything has slabs. */
#define IN_DEBUG (IN(NODE_PARTIAL) | IN(FULL) | DEBUG_CACHE)

static const struct fault faults[] = {
	{ "wild-unreadable", plant_wild_unreadable, IN_ANY },
	{ "wild-readable", plant_wild_readable, IN_ANY },
	{ "byte-zeroed", plant_byte_zeroed, IN_ANY },
	{ "bit-flip", plant_bit_flip, IN_ANY },
	{ "bit-flip-low", plant_bit_flip, IN_ANY },
	{ "ascii", plant_ascii, IN_ANY },
	{ "user-pointer", plant_user_pointer, IN_ANY },
	{ "other-slab", plant_other_slab, IN_ANY },
	{ "other-cache", plant_other_cache, IN_ANY },
	{ "misaligned", plant_misaligned, IN_ANY },
	{ "self-loop", plant_self_loop, IN_ANY },
	{ "allocated-linked", plant_allocated_linked, IN_ANY },
	{ "cut-short", plant_cut_short, IN_ANY },
	{ "head-wild", plant_head_wild, IN_ANY },
	{ "head-misaligned", plant_head_misaligned, IN_ANY },
	{ "overflow-8", plant_overflow, IN_ANY },
	{ "overflow-64", plant_overflow, IN_ANY },
	{ "uaf-write", plant_uaf_write, IN_ANY },
	{ "page-encoded", plant_page_encoded, IN_ANY },
	{ "overflow-33", plant_overflow_zeros, IN_ANY },
	{ "overflow-73", plant_overflow_pattern, IN_ANY },
	{ "overflow-copy", plant_overflow_copy, IN_ANY },
	{ "dma-random", plant_dma_random, IN_ANY },
	{ "dma-pattern", plant_dma_pattern, IN_ANY },
	{ "double-free", plant_double_free, IN_ANY },
	{ "double-free-abca", plant_double_free_abca, IN_ANY },
	{ "double-free-late", plant_double_free_late, IN_ANY },
	{ "double-free-refused", plant_double_free_refused, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "inner-free", plant_inner_free, IN_ANY },
	{ "inner-free-head", plant_inner_free_head, IN_ANY },
	{ "counter-inc", plant_counter_inc, IN_ANY },
	{ "counter-add", plant_counter_add, IN_ANY },
	{ "counter-dec", plant_counter_dec, IN_ANY },
	{ "refcount-saturated", plant_refcount_saturated, IN_ANY },
	{ "refcount-dec", plant_refcount_dec, IN_ANY },
	{ "flag-set", plant_flag_set, IN_ANY },
	{ "flag-clear", plant_flag_clear, IN_ANY },
	{ "unlock", plant_unlock, IN_ANY },
	{ "list-del-beside", plant_list_del_beside, IN_ANY },
	{ "hlist-del-beside", plant_hlist_del_beside, IN_ANY },
	{ "list-poison", plant_list_poison, IN_ANY },
	{ "list-poison-2", plant_list_poison_2, IN_ANY },
	{ "init-list-head", plant_init_list_head, IN_ANY },
	{ "rcu-head", plant_rcu_queued, IN_ANY },
	{ "work-init", plant_work_init, IN_ANY },
	{ "timer-init", plant_timer_init, IN_ANY },
	{ "jiffies", plant_jiffies_stored, IN_ANY },
	{ "err-ptr", plant_err_ptr, IN_ANY },
	{ "text", plant_text, IN_ANY },
	{ "memset-00", plant_memset_00, IN_ANY },
	{ "memset-ff", plant_memset_ff, IN_ANY },
	{ "pattern-55", plant_pattern_55, IN_ANY },
	{ "wrong-cache-free", plant_wrong_cache_free, IN_ANY },
	{ "wrong-cache-free-natural", plant_wrong_cache_free_natural, IN_ANY },
	{ "redzone-right", plant_redzone_right, IN_DEBUG },
	{ "redzone-right-free", plant_redzone_right_free, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "redzone-left", plant_redzone_left, IN_DEBUG },
	{ "redzone-kmalloc", plant_redzone_kmalloc, 0 },
	{ "poison", plant_poison, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "poison-end", plant_poison_end, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "padding-object", plant_padding_object, IN_DEBUG },
	{ "padding-slab", plant_padding_slab, IN_DEBUG },
	{ "track-address", plant_track_address, IN_DEBUG },
	{ "track-overflow", plant_track_overflow, IN_DEBUG },
#ifdef HAS_kmem_cache__cpu_sheaves
	{ "init-on-free", plant_init_on_free, IN_ANY | IN_SHEAVES },
#else
	{ "init-on-free", plant_init_on_free, IN_ANY },
#endif
	{ "disabled", plant_disabled, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "disabled-damaged", plant_disabled_damaged, IN(NODE_PARTIAL) | DEBUG_CACHE },
	{ "debug-clean", NULL, DEBUG_CACHE },
	{ "inuse", plant_inuse, IN_ANY },
	{ "inuse-high", plant_inuse_high, IN_ANY },
	{ "objects", plant_objects, IN_ANY },
	{ "frozen", plant_frozen, IN_ANY },
	{ "partial-flag", plant_partial_flag, IN_ANY },
	{ "slab-freed", plant_slab_freed, IN_ANY },
	{ "slab-cache", plant_slab_cache, IN_ANY },
	{ "slab-cache-garbage", plant_slab_cache_garbage, IN_ANY },
	{ "nr-partial", plant_nr_partial, IN(NODE_PARTIAL) },
	{ "lost-slab", plant_lost_slab, IN(NODE_PARTIAL) },
	{ "full-on-partial", plant_full_on_partial, IN(NODE_PARTIAL) },
	{ "list-next", plant_list_next, IN(NODE_PARTIAL) },
	{ "list-prev", plant_list_prev, IN(NODE_PARTIAL) },
	{ "cache-random", plant_cache_random, 0 },
	{ "cache-name", plant_cache_name, 0 },
	{ "cache-size", plant_cache_size, 0 },
	{ "cache-size-huge", plant_cache_size_huge, 0 },
	{ "cache-node", plant_cache_node, 0 },
	{ "cache-list", plant_cache_list, 0 },
#ifdef HAS_kmem_cache__cpu_sheaves
	{ "offline-leftover", plant_offline_leftover, IN(SHEAF_SPARE) },
	{ "double-free-flushed", plant_double_free_flushed, IN(NODE_PARTIAL) },
	{ "double-free-reuse-flushed", plant_double_free_reuse, IN(NODE_PARTIAL) },
	{ "handed-out-flushed", plant_handed_out_flushed, IN(NODE_PARTIAL) },
	{ "cache-cpu-sheaves", plant_cache_cpu_sheaves, 0 },
	{ "sheaf-twice", plant_sheaf_twice, IN_SHEAVES },
	{ "sheaf-two", plant_sheaf_two, IN_SHEAVES },
	{ "sheaf-free", plant_sheaf_free, IN_SHEAVES },
	{ "sheaf-double-free", plant_sheaf_double_free, 0 },
	{ "sheaf-foreign", plant_sheaf_foreign, IN_SHEAVES },
	{ "sheaf-inside", plant_sheaf_inside, IN_SHEAVES },
	{ "sheaf-null", plant_sheaf_null, IN_SHEAVES },
	{ "sheaf-garbage", plant_sheaf_garbage, IN_SHEAVES },
	{ "sheaf-bit-flip", plant_sheaf_bit_flip, IN_SHEAVES },
	{ "sheaf-size", plant_sheaf_size, IN_SHEAVES },
	{ "sheaf-cache", plant_sheaf_cache, IN_SHEAVES },
	{ "sheaf-cache-garbage", plant_sheaf_cache_garbage, IN_SHEAVES },
	{ "sheaf-pointer", plant_sheaf_pointer, IN(SHEAF_MAIN) | IN(SHEAF_SPARE) },
	{ "sheaf-shared", plant_sheaf_shared, 0 },
	{ "barn-pointer", plant_barn_pointer, 0 },
	{ "barn-nr-full", plant_barn_nr_full, 0 },
	{ "barn-nr-empty", plant_barn_nr_empty, 0 },
	{ "barn-next", plant_barn_next, IN(BARN_FULL) },
	{ "barn-prev", plant_barn_prev, IN(BARN_FULL) },
	{ "barn-full-empty", plant_barn_full_empty, IN(BARN_FULL) },
#else
	{ "double-free-reuse", plant_double_free_reuse, IN(CPU) },
	{ "handed-out-zero", plant_handed_out_zero, IN(CPU) },
	{ "handed-out-live", plant_handed_out_live, IN(CPU) },
	{ "handed-out-owned", plant_handed_out_live, IN(CPU) },
	{ "handed-out-head", plant_handed_out_head, IN(CPU) },
	{ "two-lists", plant_two_lists, IN(CPU) },
	{ "two-lists-reverse", plant_two_lists_reverse, IN(CPU) },
	{ "cpu-partial-next", plant_cpu_partial_next, IN(CPU_PARTIAL) },
	{ "cpu-partial-count", plant_cpu_partial_count, IN(CPU_PARTIAL) },
	{ "two-places", plant_two_places, IN(CPU) },
	{ "tid", plant_tid, IN(CPU) },
	{ "cpu-stray", plant_cpu_stray, IN(CPU) },
	{ "cpu-slab-page", plant_cpu_slab_page, IN(CPU) },
	{ "offline-leftover", plant_offline_leftover, IN(CPU) },
	{ "cache-cpu-slab", plant_cache_cpu_slab, 0 },
	{ "panic-kmalloc-32", plant_panic_kmalloc_32, 0 },
	{ "panic-kmalloc-64", plant_panic_kmalloc_64, 0 },
#endif
#ifdef HAS_kmem_cache__cpu_sheaves
	{ "trap-double-free", plant_trap_double_free, 0 },
#else
	{ "trap-double-free", plant_trap_double_free, IN_ANY },
#endif
	{ "trap-usercopy", plant_trap_usercopy, 0 },
	{ "trap-list-del", plant_trap_list_del, IN(NODE_PARTIAL) },
	{ "trap-kfree-wild", plant_trap_kfree_wild, 0 },
	{ "holders", plant_holders, IN(NODE_PARTIAL) },
	{ "death-freed-link", plant_death_freed_link, 0 },
	{ "death-freed-member", plant_death_freed_member, 0 },
	{ "death-freed-null", plant_death_freed_null, 0 },
	{ "death-freed-call", plant_death_freed_call, 0 },
	{ "death-reused-call", plant_death_reused_call, 0 },
	{ "death-list-del-beside", plant_death_list_del_beside, 0 },
	{ "death-list-del-freed", plant_death_list_del_freed, 0 },
	{ "death-list-add-freed", plant_death_list_add_freed, 0 },
	{ "death-list-walk", plant_death_list_walk, 0 },
	{ "death-list-del-twice", plant_death_list_del_twice, 0 },
	{ "death-list-poison-freed", plant_death_list_poison_freed, 0 },
	{ "death-list-poison-live", plant_death_list_poison_live, 0 },
	{ "death-bit-flip", plant_death_bit_flip, 0 },
	{ "death-refcount", plant_death_refcount, 0 },
	{ "death-refcount-warn", plant_death_refcount_warn, 0 },
	{ "death-null-member", plant_death_null_member, 0 },
	{ "death-text-over", plant_death_text_over, 0 },
	{ "death-counter-over", plant_death_counter_over, 0 },
	{ "death-dma", plant_death_dma, 0 },
	{ "death-poison", plant_death_poison, 0 },
	{ "death-poison-call", plant_death_poison_call, 0 },
	{ "death-poison-unset", plant_death_poison_unset, 0 },
	{ "death-init-gone", plant_death_init_gone, 0 },
	{ "death-stack-garbage", plant_death_stack_garbage, 0 },
	{ "death-err-ptr", plant_death_err_ptr, 0 },
	{ "death-call-data", plant_death_call_data, 0 },
	{ "death-kfence", plant_death_kfence, 0 },
	{ "death-freed-copy", plant_death_freed_copy, 0 },
	{ "death-freed-string", plant_death_freed_string, 0 },
	{ "death-null-call", plant_death_null_call, 0 },
	{ "death-null-far", plant_death_null_far, 0 },
	{ "death-poison-counter", plant_death_poison_counter, 0 },
	{ "death-wrong-cache", plant_death_wrong_cache, 0 },
	{ "death-rcu-freed", plant_death_rcu_freed, 0 },
	{ "death-timer-freed", plant_death_timer_freed, 0 },
	{ "death-module-gone", plant_death_module_gone, 0 },
	{ "load", plant_load, 0 },
	{ "none", NULL, 0 },
};

static const struct fault *fault_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(faults[i].name, name))
			return &faults[i];
	}
	return NULL;
}

/* The place that was asked for, or the only one there is. */
static int place_choose(const struct fault *fault)
{
	static const char *const names[NR_PLACES] = {
		"",	      "cpu",	     "cpu-partial", "node-partial",
		"sheaf-main", "sheaf-spare", "barn-full",   "full"
	};
	unsigned int places = fault->places & ~DEBUG_CACHE;
	int place;

	for (place = CPU; place < NR_PLACES; place++) {
		if (!strcmp(names[place], param_where))
			return fault->places & IN(place) ? place : -EINVAL;
	}
	if (*param_where)
		return -EINVAL;
	for (place = CPU; place < NR_PLACES; place++) {
		if (places == IN(place))
			return place;
	}
	return places ? -EINVAL : NOWHERE;
}

static int fault_plant(const struct fault *fault)
{
	static struct bed victim, other;
	struct spot spot = { .bed = &victim, .other = &other };
	struct truth t = { .width = sizeof(u64), .index = -1, .orphans = -1 };
	bool debug = fault->places & DEBUG_CACHE;
	int place = place_choose(fault);
	int err;

	if (place < 0)
		return place;
	spot.place = place;
	err = bed_make(&other, "slubfault_other", param_size, debug);
	if (!err)
		err = bed_make(&victim, "slubfault_victim", param_size, debug);
	if (!err)
		err = debug ? debug_spot_find(&spot) : spot_find(&spot);
	if (!err && fault->plant)
		err = fault->plant(&spot, &t);
	if (!err)
		truth_print(fault->name, &spot, &t);
	return err;
}

/*
 * Everything happens on one CPU, so that its cpu slab and its partial list are
 * the ones that the module fills. The last one, as the first has the most to
 * do besides.
 */
static int __init slubfault_init(void)
{
	const struct fault *fault = fault_find(param_fault);
	int err = -EINVAL;

	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	if (fault)
		err = fault_plant(fault);
	if (err)
		pr_err("slubfault: failed: %d\n", err);
	else
		pr_info("slubfault: ready\n");
	return 0;
}

static void __exit slubfault_exit(void)
{
	deaths_leave();
}

module_init(slubfault_init);
module_exit(slubfault_exit);
MODULE_DESCRIPTION("plants one fault into the SLUB allocator");
MODULE_LICENSE("GPL");
