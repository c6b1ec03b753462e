/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_LAYOUT_FIELDS_H
#define SLUBCHECK_TESTS_UNIT_LAYOUT_FIELDS_H
/*
 * The fields of struct layout that a kernel's types decide.
 */

/* Everything that types decide. M: a struct target_member; N: a number or a truth. */
/* clang-format off */
#define LAYOUT_FIELDS(M, N) \
	M(cache.cpu_slab) M(cache.flags) M(cache.size) M(cache.object_size) \
	M(cache.offset) M(cache.oo) M(cache.min) M(cache.inuse) M(cache.align) \
	M(cache.refcount) M(cache.ctor) M(cache.name) M(cache.list) M(cache.kobj) \
	M(cache.node) N(cache.node_stride) N(cache.node_at) M(cache.reserved) \
	M(cache.red_left_pad) M(cache.random) M(cache.cpu_sheaves) \
	M(cache.sheaf_capacity) M(cpu.freelist) M(cpu.tid) M(cpu.slab) M(cpu.partial) \
	M(slab.flags) M(slab.cache) M(slab.list) M(slab.freelist) M(slab.counters) \
	M(slab.next) M(slab.slabs) M(slab.page_type) M(slab.exts) M(node.nr_partial) \
	M(node.partial) M(node.nr_slabs) M(node.total_objects) M(node.locked) \
	M(sheaf.main) M(sheaf.spare) M(sheaf.rcu_free) M(sheaf.cpu_locked) M(sheaf.cache) \
	M(sheaf.size) M(sheaf.list) N(sheaf.objects) M(sheaf.barn) N(sheaf.barn_in_pair) \
	M(sheaf.barn_locked) M(sheaf.full) M(sheaf.empty) M(sheaf.nr_full) \
	M(sheaf.nr_empty) N(sheaf.barn_size) N(flags.red_zone) N(flags.poison) \
	N(flags.store_user) N(flags.typesafe_by_rcu) N(flags.consistency_checks) \
	N(flags.trace) N(flags.kmalloc) N(flags.reclaim_account) N(kernel.page.struct_size) M(kernel.page.flags) \
	N(slab_test) N(slab_test_mask) N(slab_test_value) N(kernel.page.head_mask) \
	N(kernel.page.tail_mask) N(kernel.page.lock_mask) N(kernel.lock.form) N(kernel.lock.ticket_size) N(slab_partial_mask) \
	M(kernel.page.compound_head) M(kernel.page.first_page) N(kernel.page.order_store) N(kernel.page.order_offset) N(kernel.page.order_size) \
	N(hardened) N(has_cpu_slabs) N(has_sheaves) N(has_barns) N(cpu_partial_frozen) \
	N(deactivates_in_place) N(debug_under_lock) M(cache.kasan_alloc) \
	M(cache.kasan_free) M(debug.track.addr) M(debug.track.cpu) M(debug.track.pid) M(debug.track.when) \
	M(debug.track.handle) M(debug.track.addrs) N(debug.track.size) N(kasan.present) N(kasan.alloc_size) \
	N(kasan.free_size) N(kmalloc_zones) N(slabobj_ext_size)
/* clang-format on */

#endif
