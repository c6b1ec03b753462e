/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/machine/random.h"

/* Dying and printing. */

_Noreturn void model_oops_at(struct model *m, enum model_oops_kind kind, uint64_t address,
			     const char *what)
{
	m->oops = (struct model_oops){
		.kind = kind,
		.cpu = m->run->cpu,
		.address = address,
		.what = what ? what : "accesses memory",
	};
	m->run->end = MODEL_OOPS;
	longjmp(*m->run->out, 1);
}

void model_report(struct model *m, enum model_report_kind kind, const char *format, ...)
{
	va_list args;

	m->reports[kind]++;
	va_start(args, format);
	vsnprintf(m->last_report, sizeof(m->last_report), format, args);
	va_end(args);
}

uint64_t model_reports(const struct model *m, enum model_report_kind kind)
{
	return m->reports[kind];
}

const char *model_last_report(const struct model *m)
{
	return m->last_report;
}

const struct model_oops *model_oops(const struct model *m)
{
	return &m->oops;
}

void model_oops_clear(struct model *m)
{
	m->oops = (struct model_oops){ .kind = MODEL_OOPS_NONE };
}

const char *model_note_verb(enum model_note note)
{
	static const char *const verbs[] = {
#define X(name, verb, what) verb,
		MODEL_NOTES(X)
#undef X
	};

	return verbs[note];
}

const char *model_note_what(enum model_note note)
{
	static const char *const whats[] = {
#define X(name, verb, what) what,
		MODEL_NOTES(X)
#undef X
	};

	return whats[note];
}

void model_watch(struct model *m,
		 void (*fn)(void *ctx, enum model_note note, uint64_t address, uint64_t value),
		 void *ctx)
{
	m->watch = fn;
	m->watch_ctx = ctx;
}

uint64_t model_random(struct model *m)
{
	return random_next(&m->seed);
}

uint64_t model_below(struct model *m, uint64_t n)
{
	return model_random(m) % n;
}

/* Memory. */

static const struct window *window_of(const struct model *m, uint64_t addr)
{
	for (unsigned int i = 0; i < m->nr_windows; i++)
		if (addr - m->windows[i].base < m->windows[i].size)
			return &m->windows[i];
	return NULL;
}

static size_t overlay_slot(const struct model *m, uint64_t page)
{
	size_t i = (size_t)(page / MODEL_PAGE * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
		   (m->overlay_room - 1);

	while (m->overlay[i].addr && m->overlay[i].addr != page)
		i = (i + 1) & (m->overlay_room - 1);
	return i;
}

/* The page of the dump that holds @addr. */
static uint8_t *overlay_page(struct model *m, uint64_t addr, bool oops)
{
	uint64_t page = addr & ~(uint64_t)(MODEL_PAGE - 1);
	enum target_status status;
	uint8_t *bytes;
	size_t i;

	i = overlay_slot(m, page);
	if (m->overlay[i].addr)
		return m->overlay[i].bytes;
	bytes = m->nr_overlay < OVERLAY_ROOM / 2 ? malloc(MODEL_PAGE) : NULL;
	status = bytes ? m->under->ops->read(m->under, page, bytes, MODEL_PAGE) : TARGET_ABSENT;
	if (status == TARGET_OK) {
		m->overlay[i] = (struct overlay_page){ page, bytes };
		m->nr_overlay++;
		return bytes;
	}
	free(bytes);
	if (oops)
		model_oops_at(m, status == TARGET_ABSENT ? MODEL_OOPS_ABSENT : MODEL_OOPS_FAULT,
			      addr, m->doing);
	return NULL;
}

/* Host address of one piece of memory, and how much of it is in one place; NULL: none. */
static uint8_t *piece(struct model *m, uint64_t addr, uint64_t len, uint64_t *there, bool oops)
{
	const struct window *w = window_of(m, addr);
	uint64_t off;
	uint8_t *bytes;

	if (w) {
		off = addr - w->base;
		*there = len < w->size - off ? len : w->size - off;
		return w->bytes + off;
	}
	if (!m->under)
		return NULL;
	off = addr % MODEL_PAGE;
	*there = len < MODEL_PAGE - off ? len : MODEL_PAGE - off;
	bytes = overlay_page(m, addr, oops);
	return bytes ? bytes + off : NULL;
}

/* Runs over [addr, addr + len): copies out of the image, into it, or fills it. */
static bool move(struct model *m, uint64_t addr, uint64_t len, void *out, const void *in, int fill,
		 bool oops)
{
	uint64_t done = 0, there = 0;

	while (done < len) {
		uint8_t *at = piece(m, addr + done, len - done, &there, oops);

		if (!at && oops) /* a dump says itself why not */
			model_oops_at(m, MODEL_OOPS_FAULT, addr, m->doing);
		if (!at)
			return false;
		if (!out)
			model_keep(m, addr + done, at, there);
		if (out)
			memcpy((uint8_t *)out + done, at, there);
		else if (in)
			memcpy(at, (const uint8_t *)in + done, there);
		else
			memset(at, fill, there);
		done += there;
	}
	return true;
}

/* In a damaged heap a list can have no end; then the real CPU would not come back either. */
static void access_count(struct model *m)
{
	if (!m->under || m->accesses_left--)
		return;
	m->run->end = MODEL_STUCK;
	longjmp(*m->run->out, 1);
}

void model_load_slow(struct model *m, uint64_t addr, void *buf, uint32_t size)
{
	access_count(m);
	move(m, addr, size, buf, NULL, 0, true);
}

void model_store_slow(struct model *m, uint64_t addr, const void *buf, uint32_t size)
{
	access_count(m);
	move(m, addr, size, NULL, buf, 0, true);
}

uint64_t model_get_odd(struct model *m, uint64_t addr, uint32_t size)
{
	uint64_t value = 0;

	model_load_slow(m, addr, &value, size > 8 ? 8 : size);
	return value;
}

void model_put(struct model *m, uint64_t addr, uint32_t size, uint64_t value)
{
	step(m);
	if (size)
		model_store_slow(m, addr, &value, size > 8 ? 8 : size);
}

void model_fill(struct model *m, uint64_t addr, uint8_t byte, uint64_t len)
{
	step(m);
	move(m, addr, len, NULL, NULL, byte, true);
}

void model_copy_in(struct model *m, uint64_t addr, const void *bytes, uint64_t len)
{
	step(m);
	move(m, addr, len, NULL, bytes, 0, true);
}

void model_text(struct model *m, uint64_t addr, char *buf, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++) {
		buf[i] = (char)model_get(m, addr + i, 1);
		if (!buf[i])
			return;
	}
	buf[size - 1] = '\0';
}

bool model_peek(struct model *m, uint64_t addr, void *buf, size_t len)
{
	return move(m, addr, len, buf, NULL, 0, false);
}

bool model_poke(struct model *m, uint64_t addr, const void *buf, size_t len)
{
	return move(m, addr, len, NULL, buf, 0, false);
}

void model_absent(struct model *m, uint64_t addr)
{
	struct window *w = (struct window *)window_of(m, addr);

	if (!w)
		return;
	if (!w->absent)
		w->absent = calloc(1, w->size / MODEL_PAGE + 1);
	if (!w->absent)
		return;
	w->absent[(addr - w->base) / MODEL_PAGE] = 1;
	m->nr_absent++;
}

void model_absent_none(struct model *m)
{
	for (unsigned int i = 0; i < m->nr_windows; i++) {
		free(m->windows[i].absent);
		m->windows[i].absent = NULL;
	}
	m->nr_absent = 0;
}

/* Variables of the kernel. */

void symbol_add(struct model *m, const char *name, uint64_t value, uint64_t size)
{
	struct symbol *s = &m->symbols[m->nr_symbols];

	if (m->nr_symbols == MODEL_SYMBOLS_MAX)
		return;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->value = value;
	s->size = size;
	m->nr_symbols++;
}

uint64_t data_get(struct model *m, const char *name, uint32_t bytes)
{
	uint64_t at = (m->next_data + 15) & ~UINT64_C(15);

	BUG_IF(m, at + bytes > MODEL_DATA + MODEL_DATA_BYTES);
	m->next_data = at + bytes;
	if (name)
		symbol_add(m, name, at, bytes);
	return at;
}

void mutex_make(struct model *m, const char *name)
{
	struct target_member owner, count;

	m->slab_mutex = data_get(m, name, 40);
	if (m->target.ops->member(&m->target, "mutex", "count", &count)) {
		m->slab_mutex += count.offset;
		m->mutex_counts = true;
		put32(m, m->slab_mutex, 1);
	} else if (m->target.ops->member(&m->target, "mutex", "owner", &owner)) {
		m->slab_mutex += owner.offset;
	}
}

/* A hole of just that size; all that is in it is zero again. */
static uint64_t percpu_hole(struct model *m, uint32_t bytes, uint32_t align)
{
	for (unsigned int i = 0; i < m->nr_percpu_holes; i++) {
		struct percpu_hole hole = m->percpu_holes[i];

		if (hole.bytes != bytes || hole.at % align)
			continue;
		m->percpu_holes[i] = m->percpu_holes[--m->nr_percpu_holes];
		for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
			model_fill(m, m->cpu_offset[cpu] + hole.at, 0, bytes);
		return hole.at;
	}
	return 0;
}

uint64_t percpu_get(struct model *m, uint32_t bytes, uint32_t align)
{
	uint64_t at = percpu_hole(m, bytes, align);

	if (at)
		return at;
	at = (m->next_percpu + align - 1) / align * align;
	if (at + bytes > m->percpu_bytes)
		return 0;
	m->next_percpu = at + bytes;
	return at;
}

void percpu_put(struct model *m, uint64_t at, uint32_t bytes)
{
	if (m->nr_percpu_holes < PERCPU_HOLES)
		m->percpu_holes[m->nr_percpu_holes++] = (struct percpu_hole){ (uint32_t)at, bytes };
}

/* Who runs. */

void entry_begin(struct model *m, unsigned int cpu, struct entry *entry)
{
	entry->run = m->run;
	if (!m->task) {
		m->run = &m->direct;
		m->run->cpu = cpu;
		m->steps_left = UINT64_MAX;
		m->accesses_left = ACCESSES_MAX;
	}
	entry->before = m->run->out;
	entry->cpu = m->run->cpu;
	entry->irqs_off = m->run->irqs_off;
	entry->preempt_off = m->run->preempt_off;
	m->run->out = &entry->out;
	m->run->end = MODEL_DONE;
}

enum model_end entry_end(struct model *m, struct entry *entry)
{
	enum model_end end = m->run->end;

	m->run->out = entry->before;
	/* A CPU that died in the middle, perhaps in another's place. */
	if (m->borrower[m->run->cpu] == m->run && end != MODEL_DONE)
		m->borrower[m->run->cpu] = NULL;
	m->irqs_off[m->run->cpu] -= m->run->irqs_off - entry->irqs_off;
	m->preempt_off[m->run->cpu] -= m->run->preempt_off - entry->preempt_off;
	m->run->irqs_off = entry->irqs_off;
	m->run->preempt_off = entry->preempt_off;
	if (end != MODEL_DONE)
		m->run->cpu = entry->cpu;
	m->run = entry->run;
	return end;
}

void cpu_borrow(struct model *m, unsigned int cpu, bool work_item)
{
	if (cpu != m->run->cpu) {
		step(m);
		while (m->irqs_off[cpu] || (work_item && m->preempt_off[cpu]) || m->borrower[cpu]) {
			spin(m, m->cpu_offset[cpu]);
			step(m);
		}
		m->run->waits_for = 0;
	}
	m->borrower[cpu] = m->run;
	m->run->cpu = cpu;
}

void cpu_return(struct model *m, unsigned int home)
{
	m->borrower[m->run->cpu] = NULL;
	m->run->cpu = home;
	/* Somebody else may be at work in this CPU's place. */
	while (m->borrower[home] && m->borrower[home] != m->run) {
		spin(m, m->cpu_offset[home]);
		step(m);
	}
	m->run->waits_for = 0;
}

void model_set_atomic(struct model *m, unsigned int cpu, bool atomic)
{
	m->atomic[cpu] = atomic;
}

void model_fail_slab(struct model *m, uint64_t nth)
{
	m->fail_slab = nth;
}

void model_fail_pages(struct model *m, int order)
{
	m->fail_order = order;
}

void model_places(struct model *m, const uint64_t *frames, size_t nr)
{
	m->places = frames;
	m->nr_places = nr;
}

void model_pfmemalloc(struct model *m, bool on)
{
	m->reserves = on;
}

void model_freelist_starts(struct model *m, const uint32_t *positions, size_t nr)
{
	m->freelist_starts = positions;
	m->nr_freelist_starts = positions ? nr : 0;
}

const struct era *model_era_of(const struct model *m)
{
	return m->era;
}

bool model_has(const struct model *m, enum feature feature)
{
	return m->features >> feature & 1;
}

uint64_t model_pages_reclaimable(const struct model *m)
{
	return m->pages_reclaimable;
}

uint64_t model_pages_unreclaimable(const struct model *m)
{
	return m->pages_unreclaimable;
}

uint64_t model_pages_free(const struct model *m)
{
	return m->frames_free;
}

/*
 * Locks. Until 4.1 a spinlock on x86 was a pair of tickets: the lock is held while they differ,
 * and at rest they are as large as it was often taken.
 */

/* 3ca0ff571b09, 4.10: a mutex has an owner; before, it counts down from 1. */
static bool is_count(const struct model *m, uint64_t addr)
{
	return addr == m->slab_mutex && m->mutex_counts;
}

bool lock_is_held(struct model *m, uint64_t addr)
{
	uint32_t word = get32(m, addr);

	if (is_count(m, addr))
		return word != 1;
	if (has(m, TICKET_LOCKS))
		return (word & 0xffff) != word >> 16;
	return word != 0;
}

static void lock_mark(struct model *m, uint64_t addr, bool held)
{
	uint32_t word = get32(m, addr);

	if (is_count(m, addr))
		word = !held;
	else if (!has(m, TICKET_LOCKS))
		word = held;
	else if (held)
		word += 0x10000; /* tail */
	else
		word = (word & 0xffff0000) | ((word + 1) & 0xffff); /* head */
	put32_now(m, addr, word);
}

bool lock_try(struct model *m, uint64_t addr)
{
	step(m);
	if (lock_is_held(m, addr))
		return false;
	lock_mark(m, addr, true);
	return true;
}

void spin(struct model *m, uint64_t addr)
{
	m->run->waits_for = addr;
	if (!m->task) {
		/* Nobody else runs, so nobody will ever change it. */
		m->run->end = MODEL_STUCK;
		longjmp(*m->run->out, 1);
	}
	m->steps_left = 0;
}

void lock_take(struct model *m, uint64_t addr)
{
	m->doing = "takes a lock";
	while (!lock_try(m, addr))
		spin(m, addr);
	m->run->waits_for = 0;
}

void lock_drop(struct model *m, uint64_t addr)
{
	step(m);
	lock_mark(m, addr, false);
}

/* Lists. */

void list_init(struct model *m, uint64_t head)
{
	put64(m, head, head);
	put64(m, head + 8, head);
}

/* __list_add(): the order of the four stores is the same in all eras. */
static void list_insert(struct model *m, uint64_t entry, uint64_t prev, uint64_t next)
{
	put64(m, next + 8, entry);
	put64(m, entry, next);
	put64(m, entry + 8, prev);
	put64(m, prev, entry);
}

void list_add(struct model *m, uint64_t entry, uint64_t head)
{
	list_insert(m, entry, head, get64(m, head));
}

void list_add_tail(struct model *m, uint64_t entry, uint64_t head)
{
	list_insert(m, entry, get64(m, head + 8), head);
}

void list_unlink(struct model *m, uint64_t entry)
{
	uint64_t next = get64(m, entry), prev = get64(m, entry + 8);

	put64(m, next + 8, prev);
	put64(m, prev, next);
}

void list_del(struct model *m, uint64_t entry)
{
	bool old = has(m, LIST_POISON_OLD);

	list_unlink(m, entry);
	/* LIST_POISON1 and 2 with POISON_POINTER_DELTA: smaller since 4.3 (8a5e5e02fc83), 2 once
	 * more since 5.2. */
	put64(m, entry, UINT64_C(0xdead000000000000) + (old ? 0x100100 : 0x100));
	put64(m, entry + 8,
	      UINT64_C(0xdead000000000000) + (old		   ? 0x200200
					      : has(m, ZERO_0X100) ? 0x122
								   : 0x200));
}

uint64_t kernel_symbol(struct model *m, const char *name)
{
	uint64_t value;

	return m->target.ops->symbol(&m->target, name, &value) ? value : 0;
}
