/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/walk.h"

/* A CPU that runs changes its list and its slab all the time: ask it until both are of one moment. */
static bool cpu_settle(struct walk *w, struct cpu_state *cpu, struct slab_state *slab)
{
	struct heap *heap = w->judge->heap;
	struct slab_place place = { 0, cpu->addr + heap->layout->cpu.slab.offset, ROLE_CPU,
				    cpu->cpu, -1 };

	for (unsigned int i = 0; i < HEAP_TRIES && !walk_stopped(w); i++) {
		if (cpu->status != TARGET_OK || !cpu->slab)
			return true;
		place.page = cpu->slab;
		heap_slab(heap, w->cache, place, cpu, slab);
		if (!slab->busy)
			return true;
		heap_cpu(heap, w->cache, (unsigned int)cpu->cpu, cpu);
	}
	return false;
}

/* @gathered: of a kernel that runs; else NULL. */
static void cpu_slab_take(struct walk *w, const struct cpu_state *cpu, struct slab_state *gathered)
{
	const struct layout *layout = w->judge->heap->layout;
	struct slab_place place = { cpu->slab, cpu->addr + layout->cpu.slab.offset, ROLE_CPU,
				    cpu->cpu, -1 };
	struct slab_state slab;

	if (!cpu->slab || !cache_walkable(w->cache))
		return;
	if (gathered)
		walk_slab_judge(w, place, cpu, NULL, gathered);
	else
		walk_slab_take(w, place, cpu, NULL, &slab);
}

/* Length of a CPU's partial chain as far as it holds together, by descriptors alone. */
static uint64_t chain_length(struct walk *w, const struct cpu_state *cpu, bool *whole)
{
	struct heap *heap = w->judge->heap;
	struct slab_state slab;
	uint64_t page = cpu->partial, n = 0, mark = page, moves = 1;

	*whole = false;
	while (page && n < heap->page_limit) {
		heap_descriptor(heap, page, &slab);
		if (slab.status != TARGET_OK || !slab.is_slab)
			return n;
		n++;
		page = slab.next;
		/* Brent: a mark that moves at powers of two is met again in any cycle. */
		if (page == mark)
			return n;
		if (n == moves) {
			mark = page;
			moves *= 2;
		}
	}
	*whole = !page;
	return n;
}

/* A list changed each time that it was gathered. */
void walk_list_busy(struct walk *w)
{
	w->result->unsettled = true;
	w->result->common.coverage.busy++;
}

/* Where a chain of partial slabs breaks. */
static void chain_broken(struct walk *w, const struct cpu_state *cpu, const struct slab_state *slab,
			 const struct slab_state *last)
{
	struct link_fault fault = {
		.link = { .slot = slab->slot, .raw = slab->page, .status = slab->status },
		.slot_name = last ? "slab->next" : "c->partial",
		.holder = last ? last->page : 0,
		.lost = last && last->slabs > 1 && last->slabs < 1000 ? last->slabs - 1 : 0,
	};

	w->result->broken = true;
	rules_cpu_partial_link(&w->rules, cpu, &fault);
}

/*
 * Whether the link of a slab that is not (or not only) on this chain can be the chain's: it ends the
 * chain, or leads to a slab of the cache that says that one slab less follows it.
 */
static bool chain_link_fits(struct walk *w, const struct slab_state *slab)
{
	struct heap *heap = w->judge->heap;
	bool counts = member_exists(heap->layout->slab.slabs);
	struct slab_state next;

	if (!slab->next)
		return !counts || slab->slabs == 1;
	heap_descriptor(heap, slab->next, &next);
	return next.status == TARGET_OK && next.is_slab && next.cache == w->cache->addr &&
	       (!counts || next.slabs + 1 == slab->slabs);
}

/*
 * Whether the chain goes on behind a slab. ___slab_alloc() makes the head of the chain the CPU's slab
 * before it advances the chain (to 6.7), and put_cpu_partial() links one that get_freelist() let go of:
 * the chain is whole behind both. Where nothing explains what is seen, the link has to prove itself.
 */
static bool chain_goes_on(struct walk *w, enum taken taken, const struct slab_state *slab)
{
	switch (taken) {
	case TAKEN:
	case TAKEN_BEFORE:
		return true;
	case TAKEN_TWICE:
	case TAKEN_NONE:
		if (chain_link_fits(w, slab))
			return true;
		break;
	case TAKEN_FOLLOWED:
		break;
	}
	w->result->broken = true;
	return false;
}

static void cpu_partial_take(struct walk *w, const struct cpu_state *cpu)
{
	struct heap *heap = w->judge->heap;
	const struct layout *layout = heap->layout;
	struct slab_place place = { cpu->partial, cpu->addr + layout->cpu.partial.offset,
				    ROLE_CPU_PARTIAL, cpu->cpu, -1 };
	struct slab_state slab, last = { 0 };
	bool whole, counted = false;
	uint64_t length = chain_length(w, cpu, &whole);

	for (uint64_t n = 0; place.page && n < heap->page_limit && !walk_stopped(w); n++) {
		heap_descriptor(heap, place.page, &slab);
		slab.slot = place.slot;
		if (slab.status != TARGET_OK) {
			chain_broken(w, cpu, &slab, n ? &last : NULL);
			return;
		}
		if (!chain_goes_on(w, walk_slab_take(w, place, cpu, NULL, &slab), &slab))
			return;
		if (whole && !counted && member_exists(layout->slab.slabs) &&
		    slab.slabs != length - n) {
			rules_cpu_partial_count(&w->rules, &slab, length - n);
			counted = true;
		}
		last = slab;
		place.slot = place.page + layout->slab.next.offset;
		place.page = slab.next;
	}
}

/* The same of a kernel that runs: the chain is gathered as a whole, and its slabs are judged then. */
static void cpu_partial_settle(struct walk *w, const struct cpu_state *cpu)
{
	const struct layout *layout = w->judge->heap->layout;
	struct settle *s = w->settle;
	bool settled = settle_chain(s, w->cache, cpu), counted = false;
	struct slab_state slab = { 0 }, end;

	for (size_t i = 0; i < s->nr && !walk_stopped(w); i++) {
		walk_slab_take(w, s->slabs[i].place, cpu, NULL, &slab);
		if (!settled || !s->complete || counted || !member_exists(layout->slab.slabs) ||
		    s->slabs[i].slabs == s->nr - i)
			continue;
		slab.slabs = s->slabs[i].slabs;
		w->evidence = &s->words;
		rules_cpu_partial_count(&w->rules, &slab, s->nr - i);
		w->evidence = NULL;
		counted = true;
	}
	w->result->broken |= !s->complete;
	if (!settled)
		walk_list_busy(w);
	if (!settled || s->broken == TARGET_OK)
		return;
	end = (struct slab_state){ .page = s->broken_page,
				   .slot = s->broken_slot,
				   .status = s->broken };
	w->evidence = &s->words;
	chain_broken(w, cpu, &end, s->nr ? &slab : NULL);
	w->evidence = NULL;
}

void walk_cpus(struct walk *w)
{
	struct heap *heap = w->judge->heap;
	const struct layout *layout = heap->layout;
	struct slab_state slab;
	struct location stray;
	struct cpu_state cpu;

	for (unsigned int i = 0; i < layout->kernel.nr_cpus && !walk_stopped(w); i++) {
		if (!layout->kernel.cpu_possible[i])
			continue;
		heap_cpu(heap, w->cache, i, &cpu);
		if (w->suspects && cache_walkable(w->cache) && !cpu_settle(w, &cpu, &slab)) {
			walk_list_busy(w);
			if (cpu.slab)
				walk_scan_note(w, cpu.slab);
			continue;
		}
		stray.kind = LOCATION_NULL;
		if (cpu.status == TARGET_OK && cpu.freelist && !cpu.slab)
			stray = locate(heap->memory, layout, heap->caches, cpu.freelist);
		rules_cpu(&w->rules, &cpu, &stray);
		/* All CPUs share the pointer that leads nowhere. */
		if (cpu.status == TARGET_UNMAPPED)
			return;
		if (cpu.status != TARGET_OK)
			continue;
		cpu_slab_take(w, &cpu, w->suspects ? &slab : NULL);
		if (!member_exists(layout->cpu.partial) || !cache_walkable(w->cache))
			continue;
		if (w->suspects)
			cpu_partial_settle(w, &cpu);
		else
			cpu_partial_take(w, &cpu);
	}
}
