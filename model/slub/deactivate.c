/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CPU gives its slab back, until 6.19. */
#include "model/slub/cpu_slab.h"

/* 5.10 and later stop at a link that leads out of the slab, when consistency checks are on. */
static bool freelist_corrupted(struct model *m, uint64_t s, uint64_t slab, uint64_t next)
{
	uint64_t base = slab_base(m, slab), size = cache_size(m, s), first;

	if (!(cache_flags(m, s) & m->era->flags->consistency_checks) || !next)
		return false;
	first = fixup_red_left(m, s, base);
	if (next >= first && (next - first) % size == 0 &&
	    (next - first) / size < slab_objects(m, slab))
		return false;
	model_report(m, MODEL_REPORT_SLAB_ERROR, "Freechain corrupt");
	return true;
}

static uint64_t drain_one_by_one(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	struct slab_words old, new;
	uint64_t next;

	while (freelist && (next = freepointer_load(m, s, freelist))) {
		if (has(m, SLOT_MIDDLE) && freelist_corrupted(m, s, slab, next))
			return 0;
		do {
			old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
			freepointer_store(m, s, freelist, old.freelist);
			new = (struct slab_words){ freelist, old.counters - 1 };
			BUG_IF(m, !counters_frozen(old.counters));
		} while (!cmpxchg_double_slab(m, s, slab, old, new));
		freelist = next;
	}
	return freelist;
}

enum mode { M_NONE, M_PARTIAL, M_FULL, M_FREE };

/* What becomes of a slab with these words once no CPU owns it. */
static enum mode mode_of(struct model *m, uint64_t s, uint64_t n, struct slab_words words)
{
	if (!counters_inuse(words.counters) && node_is_rich(m, s, n))
		return M_FREE;
	return words.freelist ? M_PARTIAL : M_FULL;
}

static bool mode_needs_lock(struct model *m, uint64_t s, enum mode mode)
{
	return mode == M_PARTIAL ||
	       (mode == M_FULL &&
		(has(m, SLOT_MIDDLE) ? cache_flags(m, s) & m->era->flags->store_user
				     : kmem_cache_debug(m, s)));
}

/* The words of a slab that gets its last object back, which is still the CPU's, and is unfrozen. */
static struct slab_words early_words(struct model *m, uint64_t s, struct slab_words old,
				     uint64_t freelist)
{
	struct slab_words new = old;

	BUG_IF(m, !counters_frozen(old.counters));
	if (freelist) {
		new.counters--;
		freepointer_store(m, s, freelist, old.freelist);
		new.freelist = freelist;
	}
	new.counters &= ~(UINT64_C(1) << 31);
	return new;
}

/* The list that the last attempt chose is left for the one that this attempt chooses. */
static void early_relist(struct model *m, uint64_t s, uint64_t slab, uint64_t n, enum mode before,
			 enum mode mode, bool tail)
{
	if (before == mode)
		return;
	if (before == M_PARTIAL)
		remove_partial(m, n, slab);
	else if (before == M_FULL)
		remove_full(m, s, n, slab);
	if (mode == M_PARTIAL)
		add_partial(m, n, slab, tail);
	else if (mode == M_FULL)
		add_full(m, s, n, slab);
}

static void deactivate_early(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab));
	bool tail = slab_freelist(m, slab) != 0, locked = false;
	enum mode mode = M_NONE, before;
	struct slab_words old, new;

	freelist = drain_one_by_one(m, s, slab, freelist);
	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		new = early_words(m, s, old, freelist);
		before = mode;
		mode = mode_of(m, s, n, new);
		if (!locked && mode_needs_lock(m, s, mode)) {
			locked = true;
			lock_take(m, AT(m, n, node_list_lock));
		}
		early_relist(m, s, slab, n, before, mode, tail);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	if (locked)
		lock_drop(m, AT(m, n, node_list_lock));
	if (mode == M_FREE)
		discard_slab(m, s, slab);
}

/* Since 5.11 the whole list is linked in front of what others freed. */
struct handback {
	uint64_t s, slab, n;
	uint64_t head, tail; /* of the CPU's list; 0: it had none */
	unsigned int count; /* of its objects */
	bool to_tail; /* of the node's list, where others will free to the slab again */
};

static struct handback handback_of(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	struct handback h = { .s = s, .slab = slab, .head = freelist };
	uint64_t next;

	h.n = get_node(m, s, slab_nid(m, slab));
	h.to_tail = slab_freelist(m, slab) != 0;
	for (uint64_t object = freelist; object; object = next) {
		next = freepointer_load(m, s, object);
		if (freelist_corrupted(m, s, slab, next))
			break;
		h.tail = object;
		h.count++;
		/* A cycle has no end: the real CPU would be in it for ever. */
		if (h.count > 0x8000) {
			m->run->end = MODEL_STUCK;
			longjmp(*m->run->out, 1);
		}
	}
	return h;
}

static struct slab_words handback_words(struct model *m, const struct handback *h,
					struct slab_words old)
{
	struct slab_words new = old;

	BUG_IF(m, !counters_frozen(old.counters));
	if (h->tail) {
		new.counters -= h->count;
		freepointer_store(m, h->s, h->tail, old.freelist);
		new.freelist = h->head;
	}
	new.counters &= ~(UINT64_C(1) << 31);
	return new;
}

/* 6.8: no lock while unfreezing, since nobody looks for the slab on a list then. */
static void deactivate_unfrozen(struct model *m, const struct handback *h)
{
	struct slab_words old, new;

	do {
		old = (struct slab_words){ slab_freelist(m, h->slab), slab_counters(m, h->slab) };
		new = handback_words(m, h, old);
	} while (!cmpxchg_double_slab(m, h->s, h->slab, old, new));
	switch (mode_of(m, h->s, h->n, new)) {
	case M_FREE:
		discard_slab(m, h->s, h->slab);
		break;
	case M_PARTIAL:
		node_lock(m, h->n);
		add_partial(m, h->n, h->slab, h->to_tail);
		node_unlock(m, h->n);
		break;
	default:
		break;
	}
}

/* One attempt of 5.15 to 6.7; M_NONE: somebody freed meanwhile. */
static enum mode deactivate_try(struct model *m, const struct handback *h)
{
	struct slab_words old = { slab_freelist(m, h->slab), slab_counters(m, h->slab) };
	struct slab_words new = handback_words(m, h, old);
	enum mode mode = mode_of(m, h->s, h->n, new);
	bool locked = mode_needs_lock(m, h->s, mode), done;

	if (locked)
		node_lock(m, h->n);
	done = cmpxchg_double_slab(m, h->s, h->slab, old, new);
	if (done && mode == M_PARTIAL)
		add_partial(m, h->n, h->slab, h->to_tail);
	else if (done && locked)
		add_full(m, h->s, h->n, h->slab);
	if (locked)
		node_unlock(m, h->n);
	return done ? mode : M_NONE;
}

static void deactivate_late(struct model *m, const struct handback *h)
{
	enum mode mode;

	do
		mode = deactivate_try(m, h);
	while (mode == M_NONE);
	if (mode == M_FREE)
		discard_slab(m, h->s, h->slab);
}

void deactivate_slab(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	struct handback h;

	note(m, MODEL_NOTE_DEACTIVATE, slab, freelist);
	if (has(m, DRAIN_ONE_BY_ONE)) {
		deactivate_early(m, s, slab, freelist);
		return;
	}
	h = handback_of(m, s, slab, freelist);
	if (has(m, UNFROZEN_PARTIAL))
		deactivate_unfrozen(m, &h);
	else
		deactivate_late(m, &h);
}

/* The CPU lets go of its slab. Until 5.14 that comes after giving it back. */
void cpu_clear(struct model *m, uint64_t c)
{
	put64(m, AT(m, c, cpu_slab), 0);
	put64(m, AT(m, c, cpu_freelist), 0);
}

void cpu_slab_give(struct model *m, uint64_t s, uint64_t c)
{
	uint64_t slab = get64(m, AT(m, c, cpu_slab)), freelist = get64(m, AT(m, c, cpu_freelist));

	if (has(m, CLEARS_FIRST)) {
		irq_save(m);
		cpu_clear(m, c);
		tid_advance(m, c);
		irq_restore(m);
		deactivate_slab(m, s, slab, freelist);
		return;
	}
	deactivate_slab(m, s, slab, freelist);
	cpu_clear(m, c);
	if (has(m, TID_ON_DEACTIVATE))
		tid_advance(m, c);
}

/* flush_slab(). It counted before giving back counted everywhere. */
void flush_slab(struct model *m, uint64_t s, uint64_t c)
{
	bool early = !has(m, CLEARS_FIRST) && !has(m, TID_ON_DEACTIVATE);
	bool clears_after = !has(m, COMPOUND_HEAD);

	if (!early) {
		cpu_slab_give(m, s, c);
		return;
	}
	deactivate_slab(m, s, get64(m, AT(m, c, cpu_slab)), get64(m, AT(m, c, cpu_freelist)));
	/* d4ff6d35f3d8, 4.16: deactivate_slab() clears, so tid comes last. */
	if (!clears_after)
		cpu_clear(m, c);
	tid_advance(m, c);
	if (clears_after)
		cpu_clear(m, c);
}

void flush_cpu(struct model *m, uint64_t s)
{
	uint64_t c = cpu_of(m, s);
	bool irqs = !has(m, CLEARS_FIRST); /* an IPI until 5.14, a work item since */

	if (irqs)
		irq_save(m);
	if (get64(m, AT(m, c, cpu_slab)))
		flush_slab(m, s, c);
	if (has_member(m, cpu_partial))
		unfreeze_partials(m, s);
	if (irqs)
		irq_restore(m);
}
