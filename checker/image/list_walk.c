/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/list_walk.h"

/* One direction of a walk. */
struct direction {
	struct list_walk *walk;
	uint64_t link, back; /* offset of the link that is followed, and of the other one */
	uint64_t entry; /* the last good one */
	struct list_fault fault; /* where it broke off */
	bool broken;
};

static bool is_backwards(const struct direction *d)
{
	return d->link == LIST_PREV;
}

/*
 * Whether a link can lead to a list head on some function's stack. Such a head leads back to the entry, or
 * it is still empty. What the dump lacks may do either.
 */
static bool leads_to_head(struct memory *memory, const struct list_fault *fault)
{
	uint64_t back;
	enum target_status status;

	if (fault->raw % 8)
		return false;
	status = memory_pointer(memory, fault->raw + (fault->next ? LIST_PREV : LIST_NEXT), &back);
	return status == TARGET_ABSENT ||
	       (status == TARGET_OK && (back == fault->holder || back == fault->raw));
}

/* The link at offset @link of the list_head @holder is wrong. */
static struct list_fault fault_make(const struct direction *d, uint64_t holder, uint64_t link,
				    uint64_t raw)
{
	struct list_fault fault = {
		.slot = holder + link,
		.raw = raw,
		.holder = holder,
		.in_head = holder == d->walk->head,
		.next = link == LIST_NEXT,
		.behind = is_backwards(d) && holder != d->walk->head,
	};

	fault.to_head = leads_to_head(d->walk->memory, &fault);
	return fault;
}

static void break_off(struct direction *d, const struct list_step *step, bool well_formed)
{
	d->fault = fault_make(d, d->entry, d->link, step->entry);
	d->fault.status = step->status;
	d->fault.well_formed = well_formed;
	d->broken = true;
	d->walk->absent |= step->status == TARGET_ABSENT;
}

static bool entry_is_possible(const struct list_walk *walk, uint64_t entry)
{
	return entry == walk->head ||
	       (walk->ops->possible && walk->ops->possible(walk->ctx, entry));
}

/* The entry's other link should lead to where the walk came from. */
static void back_check(const struct direction *d, const struct list_step *step)
{
	struct list_walk *walk = d->walk;
	struct list_fault fault;

	if (step->back == step->from)
		return;
	fault = fault_make(d, step->entry, d->back, step->back);
	fault.expected = step->from;
	fault.well_formed = entry_is_possible(walk, step->back);
	walk->ops->fault(walk->ctx, &fault);
}

/* One step; false at the end. */
static bool step_take(struct direction *d)
{
	struct list_walk *walk = d->walk;
	struct list_step step = { .from = d->entry, .backwards = is_backwards(d) };
	enum target_status status = memory_pointer(walk->memory, d->entry + d->link, &step.entry);

	if (status != TARGET_OK) {
		walk->absent |= status == TARGET_ABSENT;
		return false;
	}
	if (step.entry == walk->head) {
		walk->complete |= !step.backwards;
		return false;
	}
	if (walk->counted == walk->limit)
		return false;
	switch (walk->ops->visit(walk->ctx, &step)) {
	case LIST_ENTRY:
		break;
	case LIST_MET:
		/* From behind that is where the other direction broke off. */
		if (!step.backwards)
			break_off(d, &step, true);
		return false;
	case LIST_BROKEN:
		break_off(d, &step, false);
		return false;
	case LIST_END:
		return false;
	}
	back_check(d, &step);
	walk->counted++;
	d->entry = step.entry;
	return true;
}

static void follow(struct direction *d)
{
	struct list_walk *walk = d->walk;

	do {
		walk->halted = walk->ops->stopped && walk->ops->stopped(walk->ctx);
	} while (!walk->halted && step_take(d));
}

/* Whether the head's prev link leads to another entry than the last one. */
static bool tail_differs(const struct direction *forward)
{
	struct list_walk *walk = forward->walk;
	uint64_t tail;

	return memory_pointer(walk->memory, walk->head + LIST_PREV, &tail) == TARGET_OK &&
	       tail != forward->entry;
}

/* When both directions end at the same gap, the link that broke off has to lead to its other end. */
static void gap_bridge(struct direction *forward, const struct direction *backward)
{
	struct list_walk *walk = forward->walk;
	uint64_t prev;

	if (!forward->broken || backward->broken ||
	    memory_pointer(walk->memory, backward->entry + LIST_PREV, &prev) != TARGET_OK ||
	    prev != forward->entry)
		return;
	forward->fault.expected = backward->entry;
	walk->complete = true;
}

void list_walk(struct list_walk *walk)
{
	struct direction forward = { walk, LIST_NEXT, LIST_PREV, walk->head, { 0 }, false };
	struct direction backward = { walk, LIST_PREV, LIST_NEXT, walk->head, { 0 }, false };

	follow(&forward);
	if (!walk->halted && (!walk->complete || (walk->tail_too && tail_differs(&forward)))) {
		follow(&backward);
		gap_bridge(&forward, &backward);
	}
	if (forward.broken)
		walk->ops->fault(walk->ctx, &forward.fault);
	if (backward.broken)
		walk->ops->fault(walk->ctx, &backward.fault);
}

enum target_status list_step_back(struct memory *memory, struct list_step *step)
{
	step->status = memory_pointer(
		memory, step->entry + (step->backwards ? LIST_NEXT : LIST_PREV), &step->back);
	return step->status;
}
