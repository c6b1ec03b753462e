/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel says of itself, and what it belongs to. The lines are those of guests, and where none was made
 * to say it, as the source of the kernel has them.
 */
#include <stdio.h>
#include <string.h>

#include "checker/findings/diagnosis.h"
#include "checker/why/complaints.h"
#include "tests/unit/log_image.h"
#include "tests/unit/unit.h"

/* Each row of the table has to be here. */
static const struct {
	const char *id, *text, *cache;
} samples[] = {
	{ "report", "------------[ cut here ]------------", "" },
	{ "slub-object-free",
	  "BUG slubfault_victim (Tainted: G           OE      ): Object already free",
	  "slubfault_victim" },
	{ "slub-redzone", "BUG kmalloc-64 (Not tainted): Redzone overwritten", "kmalloc-64" },
	{ "slub-redzone", "BUG kmalloc-64 (Not tainted): Right Redzone overwritten", "kmalloc-64" },
	{ "slub-poison", "BUG kmalloc-64 (Tainted: G    B  ): Poison overwritten", "kmalloc-64" },
	{ "slub-padding", "BUG a cache (Not tainted): Object padding overwritten", "a cache" },
	{ "slub-freelist", "BUG dentry (Not tainted): Freechain corrupt", "dentry" },
	{ "slub-freelist", "BUG dentry (Not tainted): Freepointer corrupt", "dentry" },
	{ "slub-remaining",
	  "BUG ext4_inode_cache (Tainted: G  O ): Objects remaining in ext4_inode_cache on "
	  "__kmem_cache_shutdown()",
	  "ext4_inode_cache" },
	{ "slab-in-use",
	  "kmem_cache_destroy ext4_inode_cache: Slab cache still has objects when called from "
	  "ext4_exit+0x12/0x40 [ext4]",
	  "ext4_inode_cache" },
	{ "slub-metadata",
	  "BUG kmalloc-8 (Tainted: G    B ): Slab disabled since SLUB metadata consistency check "
	  "failed",
	  "kmalloc-8" },
	{ "slub-wrong-slab",
	  "BUG kmalloc-8 (Not tainted): Attempt to free object(0x000000005a) outside of slab",
	  "kmalloc-8" },
	{ "slub-pointer", "BUG kmalloc-8 (Not tainted): Invalid object pointer 0x00000000aa",
	  "kmalloc-8" },
	{ "slub-bug",
	  "BUG kmalloc-8 (Not tainted): Wrong object count. Counter is 3 but counted were 4",
	  "kmalloc-8" },
	{ "slub-fix", "FIX slubfault_victim: Object at 0xffff8f3d46343780 not freed",
	  "slubfault_victim" },
	{ "slab-wrong-cache",
	  "cache_from_obj: Wrong slab cache. slubfault_other but object is from slubfault_victim",
	  "slubfault_other" },
	{ "slab-wrong-cache",
	  "kmem_cache_free(slubfault_other, 0000000062404b20): object belongs to different cache "
	  "slubfault_things",
	  "slubfault_other" },
	{ "slub-pointer",
	  "kmem_cache_free(slubfault_other, 0000000062404b20): object is not in a slab page",
	  "slubfault_other" },
	{ "kasan", "BUG: KASAN: slab-use-after-free in f+0x10/0x20 [m]", "" },
	{ "kfence", "BUG: KFENCE: use-after-free read in f+0x10/0x20", "" },
	{ "ubsan", "UBSAN: array-index-out-of-bounds in net/core/x.c:10:2", "" },
	{ "refcount", "refcount_t: saturated; leaking memory.", "" },
	{ "refcount", "refcount_t: underflow; use-after-free.", "" },
	{ "list-corruption",
	  "list_del corruption. prev->next should be ffff888100002000, but was dead000000000100",
	  "" },
	{ "list-corruption", "list_add corruption. next->prev should be prev (ffff888100002000)",
	  "" },
	{ "usercopy",
	  "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset "
	  "10, size 128)!",
	  "kmalloc-64" },
	{ "usercopy",
	  "usercopy: kernel memory overwrite attempt detected to ffff888100002000 (kmalloc-64) (128 "
	  "bytes)",
	  "" },
	{ "bad-page", "BUG: Bad page state in process busybox  pfn:05ad2", "" },
	{ "page-fault", "BUG: unable to handle page fault for address: ffffc474c2d64d90", "" },
	{ "page-fault",
	  "BUG: unable to handle kernel NULL pointer dereference, address: 0000000000000008", "" },
	{ "page-fault", "BUG: unable to handle kernel paging request at ffffc474c2d64d90", "" },
	{ "page-fault",
	  "Unable to handle kernel paging request at virtual address ffff800000001000", "" },
	{ "general-protection",
	  "general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b6b: 0000 "
	  "[#1] SMP",
	  "" },
	{ "general-protection",
	  "Oops: general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b6b: "
	  "0000 [#1] SMP",
	  "" },
	{ "general-protection", "general protection fault: 0000 [#1] SMP", "" },
	{ "general-protection", "Oops: general protection fault: 0000 [#1] SMP", "" },
	{ "kernel-bug", "kernel BUG at mm/slub.c:379!", "" },
	{ "oops", "Oops: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "oops", "Internal error: Oops: 96000004 [#1] SMP", "" },
	{ "divide-error", "divide error: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "divide-error", "Oops: divide error: 0000 [#1] SMP", "" },
	{ "divide-error", "divide_error: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "divide-error", "Oops: divide_error: 0000 [#1] SMP", "" },
	{ "breakpoint", "int3: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "breakpoint", "Oops: int3: 0000 [#1] SMP", "" },
	{ "arithmetic", "overflow: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "arithmetic", "Oops: overflow: 0000 [#1] SMP", "" },
	{ "arithmetic", "bounds: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "arithmetic", "Oops: bounds: 0000 [#1] SMP", "" },
	{ "invalid-opcode", "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "invalid-opcode", "Oops: invalid opcode: 0000 [#1] SMP", "" },
	{ "fpu", "coprocessor segment overrun: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "fpu", "Oops: coprocessor segment overrun: 0000 [#1] SMP", "" },
	{ "fpu", "device not available: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "fpu", "Oops: device not available: 0000 [#1] SMP", "" },
	{ "fpu", "unexpected #NM exception: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "fpu", "Oops: unexpected #NM exception: 0000 [#1] SMP", "" },
	{ "fpu", "fpu exception: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "fpu", "Oops: fpu exception: 0000 [#1] SMP", "" },
	{ "fpu", "simd exception: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "fpu", "Oops: simd exception: 0000 [#1] SMP", "" },
	{ "segment", "invalid TSS: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "segment", "Oops: invalid TSS: 0000 [#1] SMP", "" },
	{ "segment", "segment not present: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "segment", "Oops: segment not present: 0000 [#1] SMP", "" },
	{ "segment", "iret exception: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "segment", "Oops: iret exception: 0000 [#1] SMP", "" },
	{ "stack-segment", "stack segment: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "stack-segment", "Oops: stack segment: 0000 [#1] SMP", "" },
	{ "alignment", "alignment check: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "alignment", "Oops: alignment check: 0000 [#1] SMP", "" },
	{ "page-table", "Bad pagetable: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "page-table", "Oops: Bad pagetable: 0000 [#1] SMP", "" },
	{ "double-fault", "double fault: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "double-fault", "Oops: double fault: 0000 [#1] SMP", "" },
	{ "stack-overflow", "kernel stack overflow (double-fault): 0000 [#1] PREEMPT SMP NOPTI",
	  "" },
	{ "stack-overflow", "Oops: kernel stack overflow (double-fault): 0000 [#1] SMP", "" },
	{ "stack-overflow", "kernel stack overflow (page fault): 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "stack-overflow", "Oops: kernel stack overflow (page fault): 0000 [#1] SMP", "" },
	{ "stack-overflow", "stack guard page: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "stack-overflow", "Oops: stack guard page: 0000 [#1] SMP", "" },
	{ "control-flow", "control protection fault: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "control-flow", "Oops: control protection fault: 0000 [#1] SMP", "" },
	{ "other", "invalid or fatal FRED event: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "other", "Oops: invalid or fatal FRED event: 0000 [#1] SMP", "" },
	{ "other", "Invalid or fatal FRED event: 0000 [#1] PREEMPT SMP NOPTI", "" },
	{ "other", "Oops: Invalid or fatal FRED event: 0000 [#1] SMP", "" },
	{ "control-flow", "Internal error: Oops - BTI: 00000000f2000800 [#1] SMP", "" },
	{ "control-flow", "Internal error: Oops - FPAC: 00000000f2000800 [#1] SMP", "" },
	{ "control-flow", "Internal error: Oops - GCS: 00000000f2000800 [#1] SMP", "" },
	{ "control-flow", "Internal error: Oops - CFI: 00000000f2000800 [#1] SMP", "" },
	{ "sanitizer", "Internal error: Oops - KASAN: 00000000f2000800 [#1] SMP", "" },
	{ "sanitizer", "Internal error: UBSAN: 00000000f2000800 [#1] SMP", "" },
	{ "invalid-opcode",
	  "Internal error: Oops - Undefined instruction: 00000000f2000800 [#1] SMP", "" },
	{ "invalid-opcode",
	  "Internal error: Oops - undefined instruction: 00000000f2000800 [#1] SMP", "" },
	{ "breakpoint", "Internal error: Oops - BRK: 00000000f2000800 [#1] SMP", "" },
	{ "breakpoint", "Internal error: BRK handler: 00000000f2000800 [#1] SMP", "" },
	{ "other", "Internal error: Oops - bad mode: 00000000f2000800 [#1] SMP", "" },
	{ "alignment", "Internal error: SP/PC alignment exception: 00000000f2000800 [#1] SMP", "" },
	{ "alignment", "Internal error: sp/pc alignment exception: 00000000f2000800 [#1] SMP", "" },
	{ "bus-error", "Internal error: synchronous external abort: 00000000f2000800 [#1] SMP",
	  "" },
	{ "bus-error", "Internal error: synchronous parity or ECC error: 00000000f2000800 [#1] SMP",
	  "" },
	{ "bus-error", "Internal error: Synchronous external abort: 00000000f2000800 [#1] SMP",
	  "" },
	{ "alignment", "Split lock detected", "" },
	{ "alignment", "Oops: Split lock detected", "" },
	{ "page-table", "busybox: Corrupted page table at address 7f1234567000", "" },
	{ "double-fault", "traps: PANIC: double fault, error_code: 0x0", "" },
	{ "stack-overflow", "BUG: stack guard page was hit at 00000000c6f3d8f9 (stack is 0..1)",
	  "" },
	{ "stack-overflow", "BUG: IRQ stack guard page was hit at 00000000c6f3d8f9 (stack is 0..1)",
	  "" },
	{ "control-flow",
	  "CFI failure at bed_call+0x1/0x2 [bed] (target: x+0x0/0x8; expected type: 0x1)", "" },
	{ "control-flow", "traps: Missing ENDBR: bed_call+0x0/0x10 [bed]", "" },
	{ "bus-error", "SError Interrupt on CPU1, code 0x00000000be000000 -- SError", "" },
	{ "stack-overflow", "Insufficient stack space to handle exception!", "" },
	{ "panic", "Kernel panic - not syncing: Fatal exception", "" },
	{ "machine-check", "mce: [Hardware Error]: Machine check events logged", "" },
	{ "machine-check",
	  "{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source", "" },
	{ "machine-check", "mce: Uncorrected hardware memory error in user-access at 5a000", "" },
	{ "edac", "EDAC MC0: 1 CE memory read error on CPU_SrcID#0", "" },
	{ "edac", "EDAC sbridge MC1: 3 UE memory scrubbing error", "" },
	{ "edac", "EDAC sbridge MC1: 3 CE memory scrubbing error", "" },
	{ "edac", "EDAC MC0: 1 UE memory read error on CPU_SrcID#0", "" },
	{ "memory-failure",
	  "Memory failure: 0x5a000: recovery action for dirty LRU page: Recovered", "" },
	{ "lockup", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [busybox:91]", "" },
	{ "lockup", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1", "" },
	{ "stall", "rcu: INFO: rcu_preempt self-detected stall on CPU", "" },
	{ "hung-task", "INFO: task busybox:91 blocked for more than 120 seconds.", "" },
	{ "warning",
	  "WARNING: CPU: 1 PID: 82 at lib/refcount.c:22 refcount_warn_saturate+0x51/0x110", "" },
	{ "warning", "WARNING: at lib/list_debug.c:53 __list_del_entry+0x63/0xd0()", "" },
	{ "warning", "WARNING: mm/slub.c:1239 at object_err+0x1f1/0x200, CPU#1: busybox/108", "" },
};

/* Lines of healthy kernels. */
static const char *const innocent[] = {
	"",
	"Spectre V1 : Mitigation: usercopy/swapgs barriers and __user pointer sanitization",
	"EDAC MC: Ver: 3.0.0",
	"EDAC MC0: Giving out device to module i7core_edac.c",
	"mce: CPU0: Thermal monitoring enabled (TM1)",
	"traps: busybox[91] general protection fault ip:47fbe9 sp:7ffc error:0 in busybox[400000]",
	"SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1",
	"Warning: unable to open an initial console.",
	"busybox: BUG kmalloc-64 (is what a user wrote)",
	"Freeing unused kernel image (initmem) memory: 2400K",
	"Machine keyring initialized",
	"BUG",
	"WARNING:",
};

START_TEST(rows)
{
	struct pattern_captures captures;

	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const struct complaint_pattern *p =
			complaint_pattern_find(samples[i].text, &captures);

		unit_check(p && !strcmp(p->id, samples[i].id), "\"%s\" is %s", samples[i].text,
			   p ? p->id : "nothing");
		ck_assert_str_eq(captures.nr_names ? captures.names[0] : "", samples[i].cache);
	}
	for (size_t i = 0; i < sizeof(innocent) / sizeof(*innocent); i++)
		unit_check(!complaint_pattern_find(innocent[i], &captures), "\"%s\" matches",
			   innocent[i]);
}
END_TEST

START_TEST(rows_have_samples)
{
	struct pattern_captures captures;

	for (size_t k = 0; k < nr_complaint_patterns; k++) {
		const struct complaint_pattern *p = &complaint_patterns[k];
		bool found = false;

		for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
			found |= complaint_pattern_find(samples[i].text, &captures) == p;
		unit_check(found, "no sample of \"%s\"", p->text);
		ck_assert(*p->since);
	}
}
END_TEST

static struct log_image image;
static struct arena arena;
static struct memory memory;
static struct complaints complaints;

static void setup(void)
{
	arena_init(&arena, (size_t)256 << 20);
	log_image_init(&image, KERNEL_LOG_RINGBUFFER, 6, 15);
}

static void teardown(void)
{
	arena_free(&arena);
}

/* By a task; the second is a tenth after the first. */
static void say(uint32_t caller, const char *text)
{
	log_image_add(&image, 4, caller, text);
	image.ns -= 900000000;
}

static void find(size_t nr)
{
	ck_assert(memory_init(&memory, &image.target, &arena));
	ck_assert(complaints_find(&complaints, &memory, &arena));
	ck_assert(complaints.known);
	unit_check_eq(complaints.nr, nr);
}

/* 7.2: a report of SLUB, the WARN() in it, and what was done about it behind its end. */
static void slub_report(uint32_t caller)
{
	static const char *const lines[] = {
		"=============================================================================",
		"BUG victim (Tainted: G           OE      ): Object already free",
		"-----------------------------------------------------------------------------",
		"Allocated in bed_alloc+0x35/0x170 [slubfault] age=0 cpu=1 pid=108",
		"Slab 0xfffff9624018d0c0 objects=21 used=16 fp=0xffff8f3d46343b40 flags=0xfffffc0000200",
		"Object 0xffff8f3d46343780 @offset=1920 fp=0x0000000000000000",
		"Object   ffff8f3d463437a0: 04 00 10 00 01 00 ab 51 05 00 10 00 01 00 ab 51",
		"Disabling lock debugging due to kernel taint",
		"------------[ cut here ]------------",
		"WARNING: mm/slub.c:1239 at object_err+0x1f1/0x200, CPU#1: busybox/108",
		"CPU: 1 UID: 0 PID: 108 Comm: busybox Tainted: G    B      OE       7.2.12 #1",
		"RIP: 0010:object_err+0x1f1/0x200",
		"Call Trace:",
		" ? plant+0x91/0xc0 ffff8f3d46340000",
		"---[ end trace 0000000000000000 ]---",
		"FIX victim: Object at 0xffff8f3d46343780 not freed",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		say(caller, lines[i]);
}

START_TEST(one_report)
{
	char text[COMPLAINT_TEXT_MAX];
	const struct complaint *c;

	say(1, "Run /init as init process");
	slub_report(108);
	find(1);
	c = &complaints.list[0];
	ck_assert_str_eq(c->pattern->id, "slub-object-free");
	ck_assert_str_eq(c->cache, "victim");
	ck_assert_str_eq(c->comm, "busybox");
	ck_assert_str_eq(c->function, "object_err+0x1f1/0x200");
	ck_assert_str_eq(c->taint, "GOE");
	ck_assert_int_eq(c->cpu, 1);
	ck_assert_int_eq(c->pid, 108);
	unit_check_eq(c->nr_addresses, 3);
	unit_check_eq(c->addresses[0], 0xffff8f3d46343780);
	unit_check_eq(c->addresses[1], 0xfffff9624018d0c0);
	ck_assert(complaints.telling);
	ck_assert_str_eq(
		complaint_describe(c, text),
		"[    1.200000] BUG victim (Tainted: G           OE      ): Object already free");
	ck_assert_str_eq(complaint_where(c, text),
			 "CPU 1, task busybox (108), in object_err+0x1f1/0x200");
}
END_TEST

/* Two reports of one task, without an end between them, and two CPUs at a time. */
START_TEST(two_reports)
{
	slub_report(108);
	say(108, "=============================================================================");
	say(108, "BUG other (Tainted: G    B      OE      ): Poison overwritten");
	say(0x80000001, "BUG: unable to handle page fault for address: ffffc474c2d64d90");
	say(108, "FIX other: Restoring Poison 0xffff8f3d46343780-0xffff8f3d46343787=0x6b");
	say(0x80000001, "Oops: 0000 [#1] PREEMPT SMP NOPTI");
	say(0x80000001, "CPU: 0 PID: 7 Comm: a task Tainted: G    B      OE      6.1.0 #1");
	say(108, "CPU: 1 PID: 108 Comm: busybox Tainted: G    B      OE      6.1.0 #1");
	say(0x80000001, "---[ end trace 0000000000000000 ]---");
	say(0x80000001, "Kernel panic - not syncing: Fatal exception");
	find(4);
	ck_assert_str_eq(complaints.list[0].cache, "victim");
	ck_assert_str_eq(complaints.list[1].cache, "other");
	ck_assert_int_eq(complaints.list[1].pid, 108);
	ck_assert_str_eq(complaints.list[2].pattern->id, "page-fault");
	ck_assert_str_eq(complaints.list[2].comm, "a task");
	ck_assert_int_eq(complaints.list[2].pid, 7);
	unit_check_eq(complaints.list[2].nr_lines, 4);
	ck_assert_str_eq(complaints.list[3].pattern->id, "panic");
}
END_TEST

/* What a WARN() says comes before the line with its place. */
START_TEST(warnings)
{
	static const char *const texts[] = { "refcount_t: underflow; use-after-free.",
					     "the driver says something", NULL };
	static const char *const where =
		"WARNING: CPU: 1 PID: 82 at lib/refcount.c:28 refcount_warn_saturate+0x51/0x110";
	const struct complaint *c = complaints.list;

	say(82, "------------[ cut here ]------------");
	if (texts[_i])
		say(82, texts[_i]);
	say(82, where);
	say(82, "---[ end trace c7917e81403469d6 ]---");
	say(82, "and life goes on");
	find(1);
	c = &complaints.list[0];
	ck_assert_str_eq(c->pattern->id, _i ? "warning" : "refcount");
	ck_assert_str_eq(c->line->text, texts[_i] ? texts[_i] : where);
	ck_assert_str_eq(c->function, "refcount_warn_saturate+0x51/0x110");
	unit_check_eq(c->nr_lines, texts[_i] ? 4 : 3);
	unit_check_eq(complaints.telling, _i == 0);
}
END_TEST

/* Which register of a report an address is in; none of it where the text names it. */
START_TEST(registers)
{
	static const struct {
		enum target_machine machine;
		const char *text, *regs[3];
	} cases[] = {
		{ TARGET_X86_64,
		  "R10: 0000000000000003 R11: ffffffff856d2328 R12: ffff8cad42af8f00",
		  { "r11", "r12" } },
		{ TARGET_X86_64,
		  "RSP: 0018:ffffd2db00403c00 EFLAGS: 00000282 RBX: ffffd2db00403c28",
		  { NULL, "rbx" } },
		{ TARGET_X86_64,
		  "FS: ffff8cad47500000(0000) GS:ffff8cad47500008(0000)",
		  { NULL, NULL } },
		{ TARGET_ARM64,
		  "x29: ffff80008001ba50 x2 : ffff0000c1b3a000 x1 : ffff0000c1b3a080",
		  { "x29", "x2", "x1" } },
		{ TARGET_X86_64,
		  "is ffff8cad42af8f00, but rdx is: ffff8cad42af8f08",
		  { NULL, NULL } },
	};
	const struct complaint *c;

	image.target.machine = cases[_i].machine;
	say(82, "refcount_t: underflow; use-after-free.");
	say(82, cases[_i].text);
	find(1);
	c = complaints.list;
	for (unsigned int i = 0; i < c->nr_addresses; i++) {
		const char *reg = cases[_i].regs[i];

		unit_check(reg ? c->regs[i] && !strcmp(c->regs[i], reg) : !c->regs[i],
			   "%s: %u is in %s", cases[_i].text, i, c->regs[i] ? c->regs[i] : "none");
	}
	ck_assert_uint_eq(c->nr_addresses, cases[_i].regs[2] ? 3 : 2);
}
END_TEST

/* BUG() after the check that led to it is not another complaint. */
START_TEST(check_with_bug)
{
	say(9,
	    "list_del corruption. prev->next should be ffff888100002000, but was dead000000000100");
	say(9, "------------[ cut here ]------------");
	say(9, "kernel BUG at lib/list_debug.c:61!");
	say(9, "Oops: invalid opcode: 0000 [#1] SMP");
	say(9, "Pid: 9, comm: old Not tainted 2.6.32");
	say(9, "---[ end trace c7917e81403469d6 ]---");
	find(1);
	ck_assert_str_eq(complaints.list[0].pattern->id, "list-corruption");
	unit_check_eq(complaints.list[0].addresses[0], 0xffff888100002000);
	unit_check_eq(complaints.list[0].nr_lines, 6);
	ck_assert_str_eq(complaints.list[0].comm, "old");
}
END_TEST

/* The first ones are kept, and the last. */
START_TEST(too_many)
{
	char text[128];

	log_image_init(&image, KERNEL_LOG_TEXT, 6, 15);
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "FIX cache%u: done", i);
		log_image_add(&image, 4, 0, "==========");
		log_image_add(&image, 4, 0, text);
	}
	find(COMPLAINTS_KEPT_MAX);
	unit_check_eq(complaints.dropped, 200 - COMPLAINTS_KEPT_MAX);
	ck_assert_str_eq(complaints.list[0].cache, "cache0");
	ck_assert_str_eq(complaints.list[COMPLAINTS_KEPT_MAX - 1].cache, "cache199");
}
END_TEST

START_TEST(escaped)
{
	char text[COMPLAINT_TEXT_MAX];

	say(1, "Kernel panic - not syncing: \x1b[31m\xff");
	find(1);
	ck_assert_str_eq(complaint_describe(&complaints.list[0], text),
			 "[    1.000000] Kernel panic - not syncing: \\x1b[31m\\xff");
	ck_assert_str_eq(complaint_where(&complaints.list[0], text), "");
}
END_TEST

/* An allocator with one slab. */
#define SLAB UINT64_C(0xfffff9624018d0c0)
#define CACHE UINT64_C(0xffff8f3d4536a000)

static struct location one_slab_locate(const struct allocator *a, uint64_t addr)
{
	struct location at = { .addr = addr, .kind = LOCATION_MAPPED };

	(void)a;
	if (addr >> 12 != 0xffff8f3d46343)
		return at;
	at.kind = addr & 63 ? LOCATION_INSIDE : LOCATION_OBJECT;
	at.page = SLAB;
	at.cache = CACHE;
	at.offset = addr & 63;
	at.index = (int32_t)(addr >> 6 & 63);
	return at;
}

static uint64_t one_slab_find_cache(struct allocator *a, const char *text, bool *merged)
{
	(void)a;
	*merged = false;
	return strcmp(text, "victim") ? 0 : CACHE;
}

static const struct allocator_ops one_slab = {
	.locate = one_slab_locate,
	.find_cache = one_slab_find_cache,
};

START_TEST(ties)
{
	static const struct {
		uint64_t cache, slab, object;
		enum finding_severity severity;
		enum complaint_tie tie;
	} cases[] = {
		{ CACHE, SLAB, 0xffff8f3d46343780, SEVERITY_CORRUPT, TIE_OBJECT },
		{ CACHE, SLAB, 0xffff8f3d46343000, SEVERITY_CORRUPT, TIE_SLAB },
		{ CACHE, 1, 0xffff8f3d46344000, SEVERITY_CORRUPT, TIE_CACHE },
		{ 1, 1, 0xffff8f3d46344000, SEVERITY_CORRUPT, TIE_NONE },
		{ 0xffff8f3d46343b40, 1, 0xffff8f3d46344000, SEVERITY_CORRUPT, TIE_CACHE },
		{ CACHE, SLAB, 0xffff8f3d46343780, SEVERITY_TRANSIENT, TIE_NONE },
	};
	struct allocator allocator = { .ops = &one_slab };
	struct cache_result result = { 0 };
	const struct cache_result *const results = &result;
	const struct diagnosis none = { 0 };
	struct finding f = { .severity = cases[_i].severity,
			     .has = FINDING_HAS_SLAB | FINDING_HAS_OBJECT,
			     .cache = cases[_i].cache,
			     .slab = cases[_i].slab,
			     .object = cases[_i].object };

	slub_report(108);
	find(1);
	findings_init(&result.findings);
	ck_assert(findings_add(&result.findings, &arena, &f, &none));
	complaints_tie(&complaints, &allocator, &results, 1);
	unit_check_eq(complaints.list[0].at.index, 0x780 / 64);
	unit_check_eq(complaints.list[0].tie, cases[_i].tie);
	unit_check_eq(complaints.list[0].finding != NULL, cases[_i].tie != TIE_NONE);
}
END_TEST

Suite *suite_complaints(void)
{
	Suite *s = suite_create("complaints");
	TCase *tc = tcase_create("complaints");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rows);
	tcase_add_test(tc, rows_have_samples);
	tcase_add_test(tc, one_report);
	tcase_add_test(tc, two_reports);
	tcase_add_loop_test(tc, warnings, 0, 3);
	tcase_add_loop_test(tc, registers, 0, 5);
	tcase_add_test(tc, check_with_bug);
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, escaped);
	tcase_add_loop_test(tc, ties, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}
