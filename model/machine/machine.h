/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_MACHINE_H
#define SLUBCHECK_MODEL_MACHINE_MACHINE_H
/*
 * The machine under the allocator, for the files of the model: memory and how it is accessed, the
 * CPU that runs, locks, pages, and what becomes of a CPU that dies.
 *
 * All state of the kernel lies in windows of memory. An access outside of them, or outside of what
 * the dump under an attached model holds, is an oops: it leaves the operation by longjmp, as the
 * kernel never returns from one, and the operation ends with MODEL_OOPS.
 */

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "model/machine/model.h"
#include "model/machine/shape.h"

#define MODEL_WINDOWS_MAX 16
#define MODEL_SYMBOLS_MAX 64
#define PERCPU_HOLES 64
#define MODEL_MEMMAP UINT64_C(0xffffea0000000000)
#define MODEL_DATA UINT64_C(0xffffffff82000000) /* the kernel's variables */
#define MODEL_TEXT UINT64_C(0xffffffff81000000)
#define MODEL_TEXT_BYTES 0x800000u
#define MODEL_DATA_BYTES 0x8000u
#define MODEL_JIFFIES UINT64_C(0xfffc3a98)

struct window {
	uint64_t base, size;
	uint8_t *bytes;
	uint8_t *absent; /* not 0 for each page that the dump lacks; NULL: it lacks none */
};

struct symbol {
	char name[32];
	uint64_t value, size;
};

/* Of an attached dump, whose lists may be cycles: no operation that ends needs more. */
#define ACCESSES_MAX 2000000u

/* Of an attached dump: enough for any operation that ends, which walks a list and a slab. */
#define OVERLAY_ROOM 16384

/* A page of it that was touched; hash table, open addressing. */
struct overlay_page {
	uint64_t addr; /* 0: free */
	uint8_t *bytes;
};

/* What runs: a task, or an operation that is called directly. */
struct running {
	unsigned int cpu;
	unsigned int irqs_off, preempt_off; /* nesting */
	uint64_t waits_for; /* lock word */
	jmp_buf *out; /* where an oops goes */
	enum model_end end;
};

struct model {
	struct target target; /* first */
	const struct era *era;
	model_features features;
	model_features own, type_features; /* of the allocator alone; what its types depend on */
	struct model_shape shape;
	enum freeptr_encoding encoding;
	uint64_t tid_step;
	uint64_t seed; /* state of model_random() */

	struct window windows[MODEL_WINDOWS_MAX];
	unsigned int nr_windows;
	uint64_t direct_map, memmap, first_frame, frames;
	struct model_range ranges[MODEL_RANGES_MAX];
	unsigned int nr_ranges;
	uint64_t page_words; /* flags of all pages that nobody has */

	unsigned int nr_cpus, nr_nodes;
	uint64_t cpu_offset[MODEL_CPUS_MAX];
	unsigned int cpu_home[MODEL_CPUS_MAX]; /* node of its memory */
	bool atomic[MODEL_CPUS_MAX];
	/* What the tasks of each CPU have switched off, and who does something in a CPU's place. */
	unsigned int irqs_off[MODEL_CPUS_MAX], preempt_off[MODEL_CPUS_MAX];
	struct running *borrower[MODEL_CPUS_MAX];
	unsigned int memcg[MODEL_CPUS_MAX];
	uint64_t percpu_bytes, next_percpu, next_data;

	struct symbol symbols[MODEL_SYMBOLS_MAX];
	unsigned int nr_symbols;

	/* The page allocator: one byte a frame. */
	uint8_t *frame_state;
	uint64_t frames_free;
	int fail_order;
	const uint64_t *places;
	size_t nr_places;
	bool reserves;
	bool wanted_pages; /* an attached model, which has none to give */

	/* What CPUs can ask for. */
	uint64_t slab_caches, slab_mutex, bootstrap_sheaf, orphan_name;
	uint64_t cache_cache, node_cache, buckets_cache; /* kmem_cache, kmem_cache_node */
	uint64_t kmalloc_caches;
	uint64_t random_kmalloc_seed;
	int slab_state; /* SLAB_DOWN, ... */
	bool init_on_free;
	uint32_t handles[2]; /* of stacks: of who frees, and of who allocates */
	unsigned int kmalloc_flags;
	bool wants_kmalloc;
	const uint32_t *freelist_starts;
	size_t nr_freelist_starts;
	uint64_t fail_slab;
	uint64_t pages_reclaimable, pages_unreclaimable;
	uint64_t rcu_queue[4096]; /* rcu_heads whose grace period has not ended */
	unsigned int nr_rcu;
	/* What the function at an address does: the allocator knows. */
	void (*rcu_call)(struct model *m, uint64_t func, uint64_t head);
	bool mutex_counts; /* slab_mutex is the count of a mutex, 1 at rest (to 4.9), not its owner */
	/* Of the areas of CPUs: what was given back. */
	struct percpu_hole {
		uint32_t at, bytes;
	} percpu_holes[PERCPU_HOLES];
	unsigned int nr_percpu_holes;

	/* Attached to a dump. */
	struct target *under;
	uint32_t accesses_left; /* of the running operation */
	struct overlay_page *overlay;
	size_t nr_overlay, overlay_room;

	/* Who runs. */
	struct running *run;
	struct running direct;
	uint64_t steps_left; /* until the task stops; UINT64_MAX: never */
	struct model_task *task; /* NULL: not in a task */

	const char *doing; /* what an oops would be told to have been in the middle of */
	struct model_oops oops;
	uint64_t reports[MODEL_REPORT_KINDS];
	char last_report[160];
	void (*watch)(void *ctx, enum model_note note, uint64_t address, uint64_t value);
	void *watch_ctx;

	/* Before each store: @len bytes at @addr are about to change, which the host has @at. */
	struct model_journal *journal; /* NULL: none is kept */
	void (*journal_store)(struct model *m, uint64_t addr, const uint8_t *at, size_t len);

	uint64_t cpu_ip
		[MODEL_CPUS_MAX]; /* where a note in the dump says that it was; 0: there is none */
	size_t nr_absent; /* pages taken out of the dump */
};

#define has(m, feature) (((m)->features & MODEL_HAS(feature)) != 0)

/* Address of a member of the structure at @base. */
#define AT(m, base, member) ((base) + (m)->shape.member.offset)

/** model_oops_at() - The CPU dies. */
_Noreturn void model_oops_at(struct model *m, enum model_oops_kind kind, uint64_t address,
			     const char *what);

/** model_bug() - BUG_ON() was true. */
#define BUG_IF(m, condition)                                                           \
	do {                                                                           \
		if (__builtin_expect(!!(condition), 0))                                \
			model_oops_at(m, MODEL_OOPS_BUG, 0, "BUG_ON(" #condition ")"); \
	} while (0)

/*
 * Accesses outside of the machine's memory proper: other windows, the pages of a dump, nothing.
 * They may cross pages.
 */
void model_load_slow(struct model *m, uint64_t addr, void *buf, uint32_t size);
void model_store_slow(struct model *m, uint64_t addr, const void *buf, uint32_t size);

/** memory_fast() - Host address of memory in the first two windows, or NULL. */
static inline uint8_t *memory_fast(struct model *m, uint64_t addr, uint64_t size)
{
	const struct window *w = &m->windows[0]; /* RAM */
	uint64_t off = addr - w->base;

	if (__builtin_expect(off < w->size && size <= w->size - off, 1))
		return w->bytes + off;
	w++; /* memmap */
	off = addr - w->base;
	if (off < w->size && size <= w->size - off)
		return w->bytes + off;
	return NULL;
}

static inline uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static inline unsigned int log2_of(uint64_t n)
{
	return 63 - (unsigned int)__builtin_clzll(n);
}

/* Loads. The image is little-endian, and so is every host that this is built for. */
static inline uint64_t get64(struct model *m, uint64_t addr)
{
	const uint8_t *at = memory_fast(m, addr, 8);
	uint64_t value;

	if (__builtin_expect(at != NULL, 1))
		memcpy(&value, at, 8);
	else
		model_load_slow(m, addr, &value, 8);
	return value;
}

static inline uint32_t get32(struct model *m, uint64_t addr)
{
	const uint8_t *at = memory_fast(m, addr, 4);
	uint32_t value;

	if (__builtin_expect(at != NULL, 1))
		memcpy(&value, at, 4);
	else
		model_load_slow(m, addr, &value, 4);
	return value;
}

/** step_slow() - The task stops here if its steps are used up. */
void step_slow(struct model *m);

/** step() - A point where the running task can be stopped. */
static inline void step(struct model *m)
{
	if (__builtin_expect(m->task != NULL, 0))
		step_slow(m);
}

/** model_keep() - Bytes are about to change: into the journal with them, if there is one. */
static inline void model_keep(struct model *m, uint64_t addr, const uint8_t *at, size_t len)
{
	if (__builtin_expect(m->journal != NULL, 0))
		m->journal_store(m, addr, at, len);
}

/* Stores that belong to the step before: the second word of a compare-and-exchange. */
static inline void put64_now(struct model *m, uint64_t addr, uint64_t value)
{
	uint8_t *at = memory_fast(m, addr, 8);

	if (__builtin_expect(at != NULL, 1)) {
		model_keep(m, addr, at, 8);
		memcpy(at, &value, 8);
	} else {
		model_store_slow(m, addr, &value, 8);
	}
}

static inline void put32_now(struct model *m, uint64_t addr, uint32_t value)
{
	uint8_t *at = memory_fast(m, addr, 4);

	if (__builtin_expect(at != NULL, 1)) {
		model_keep(m, addr, at, 4);
		memcpy(at, &value, 4);
	} else {
		model_store_slow(m, addr, &value, 4);
	}
}

/* Stores; each is a step of its own. */
static inline void put64(struct model *m, uint64_t addr, uint64_t value)
{
	step(m);
	put64_now(m, addr, value);
}

static inline void put32(struct model *m, uint64_t addr, uint32_t value)
{
	step(m);
	put32_now(m, addr, value);
}

/** get(), put() - A member of any size. */
uint64_t model_get_odd(struct model *m, uint64_t addr, uint32_t size);
static inline uint64_t model_get(struct model *m, uint64_t addr, uint32_t size)
{
	if (size == 8)
		return get64(m, addr);
	if (size == 4)
		return get32(m, addr);
	return model_get_odd(m, addr, size);
}
void model_put(struct model *m, uint64_t addr, uint32_t size, uint64_t value);
#define get(m, base, member) model_get(m, AT(m, base, member), (m)->shape.member.size)
#define put(m, base, member, value) model_put(m, AT(m, base, member), (m)->shape.member.size, value)
#define has_member(m, member) ((m)->shape.member.size != 0)

/* Atomic operations: read and written in one step. */
static inline void atomic_add(struct model *m, uint64_t addr, uint64_t delta)
{
	step(m);
	put64_now(m, addr, get64(m, addr) + delta);
}

/** bits_change() - set_bit() and clear_bit() of a word of flags. */
static inline void bits_change(struct model *m, uint64_t addr, uint64_t set, uint64_t clear)
{
	step(m);
	put64_now(m, addr, (get64(m, addr) & ~clear) | set);
}

/** model_fill(), model_copy_in() - memset() and memcpy() to the image: one step. */
void model_fill(struct model *m, uint64_t addr, uint8_t byte, uint64_t len);
void model_copy_in(struct model *m, uint64_t addr, const void *bytes, uint64_t len);
/** model_text() - Read a string: cut at @size, always terminated. */
void model_text(struct model *m, uint64_t addr, char *buf, size_t size);

/** model_random() - 64 random bits; model_below() - a number below @n, not 0. */
uint64_t model_random(struct model *m);
uint64_t model_below(struct model *m, uint64_t n);

/** model_report() - printk(). */
__attribute__((format(printf, 3, 4))) void
model_report(struct model *m, enum model_report_kind kind, const char *format, ...);

static inline void note(struct model *m, enum model_note what, uint64_t address, uint64_t value)
{
	if (__builtin_expect(m->watch != NULL, 0))
		m->watch(m->watch_ctx, what, address, value);
}

/* Pages. */
static inline bool page_of_virt(struct model *m, uint64_t virt, uint64_t *page)
{
	return m->target.ops->virt_to_page(&m->target, virt, page);
}

/** slab_base() - page_address(); an oops when @slab is not a page. */
uint64_t slab_base(struct model *m, uint64_t slab);
/** head_page() - virt_to_head_page(); an oops when @addr has none. */
uint64_t head_page(struct model *m, uint64_t addr);
/** page_node() - page_to_nid(). */
unsigned int page_node(struct model *m, uint64_t page);
/** page_order() - compound_order(). */
unsigned int compound_order(struct model *m, uint64_t page);
/** pages_get() - alloc_pages(); 0 when there are none. */
uint64_t pages_get(struct model *m, int node, unsigned int order, bool compound);
void pages_put(struct model *m, uint64_t page, unsigned int order);
/** pages_init() - The memmap of a machine on which nobody has a page yet. */
void pages_init(struct model *m);
/** frames_reserve() - Frames that the kernel has before the allocator: their address. */
uint64_t frames_reserve(struct model *m, uint64_t n);
/** cpu_node() - cpu_to_node(). */
unsigned int cpu_node(const struct model *m, unsigned int cpu);

/** percpu_get() - alloc_percpu(): offset of zeroed bytes in each CPU's area. */
uint64_t percpu_get(struct model *m, uint32_t bytes, uint32_t align);
/** percpu_put() - free_percpu(): the next percpu_get() of as many bytes may have it. */
void percpu_put(struct model *m, uint64_t at, uint32_t bytes);
/** data_get() - Room for a variable of the kernel, with a symbol; NULL: without. */
uint64_t data_get(struct model *m, const char *name, uint32_t bytes);

/**
 * mutex_make() - The mutex of the list of caches, as m->slab_mutex: the word of it that says who has it,
 * its owner, or until 4.9 its count.
 */
void mutex_make(struct model *m, const char *name);
void symbol_add(struct model *m, const char *name, uint64_t value, uint64_t size);
/** kernel_symbol() - Its value, or 0. */
uint64_t kernel_symbol(struct model *m, const char *name);

/* rcu.c */
/** call_rcu() - @func: symbol whose address tells the callbacks apart. */
void call_rcu(struct model *m, uint64_t head, const char *func);
/** rcu_run() - A grace period ends: everything that was queued is called. */
void rcu_run(struct model *m);

/** era_flags() - MODEL_CACHE_* as the era numbers them. */
uint64_t era_flags(const struct model *m, unsigned int flags);
/** gfp_may_block() - Whether the caller may sleep. */
bool gfp_may_block(const struct model *m, uint32_t gfp);

/** spin() - Nothing goes on until somebody else changes the word at @addr. */
void spin(struct model *m, uint64_t addr);

/* Locks: a word that is not 0 while somebody holds it. */
void lock_take(struct model *m, uint64_t addr);
bool lock_try(struct model *m, uint64_t addr);
void lock_drop(struct model *m, uint64_t addr);
bool lock_is_held(struct model *m, uint64_t addr);

static inline void irq_save(struct model *m)
{
	m->run->irqs_off++;
	m->irqs_off[m->run->cpu]++;
}

static inline void irq_restore(struct model *m)
{
	m->run->irqs_off--;
	m->irqs_off[m->run->cpu]--;
}

/* get_cpu_ptr() and put_cpu_ptr(): the task stays on its CPU. */
static inline void preempt_disable(struct model *m)
{
	m->run->preempt_off++;
	m->preempt_off[m->run->cpu]++;
}

static inline void preempt_enable(struct model *m)
{
	m->run->preempt_off--;
	m->preempt_off[m->run->cpu]--;
}

/*
 * cpu_borrow() - Do what another CPU is told to do, when it can: an IPI comes when its interrupts
 * are on, a work item when its task can be preempted. It does nothing else until cpu_return().
 */
void cpu_borrow(struct model *m, unsigned int cpu, bool work_item);
void cpu_return(struct model *m, unsigned int home);

/** this_cpu() - Address of the running CPU's copy of a per-CPU variable. */
static inline uint64_t this_cpu(struct model *m, uint64_t offset)
{
	return offset + m->cpu_offset[m->run->cpu];
}

/*
 * Doubly linked lists, as list_head: each store is a step. list_add() puts an entry behind @head,
 * list_add_tail() before it.
 */
void list_init(struct model *m, uint64_t head);
void list_add(struct model *m, uint64_t entry, uint64_t head);
void list_add_tail(struct model *m, uint64_t entry, uint64_t head);
void list_del(struct model *m, uint64_t entry);
/** list_unlink() - __list_del_entry(): without the poison. */
void list_unlink(struct model *m, uint64_t entry);
static inline bool list_empty(struct model *m, uint64_t head)
{
	return get64(m, head) == head;
}

/*
 * An operation that is called from outside, whole or from a task: runs @call, which may leave by
 * an oops at any point, and returns how that went. On the stack of the caller there is nothing to
 * clean up then.
 */
struct entry {
	struct running *run; /* who ran before */
	jmp_buf *before;
	unsigned int irqs_off, preempt_off, cpu;
	jmp_buf out;
};

void entry_begin(struct model *m, unsigned int cpu, struct entry *entry);
enum model_end entry_end(struct model *m, struct entry *entry);

#define OPERATION(m, cpu, call)                   \
	do {                                      \
		struct entry entry_;              \
		entry_begin((m), (cpu), &entry_); \
		if (!setjmp(entry_.out))          \
			call;                     \
		return entry_end((m), &entry_);   \
	} while (0)

#endif
