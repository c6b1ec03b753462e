/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_LIST_WALK_H
#define SLUBCHECK_CHECKER_IMAGE_LIST_WALK_H
/*
 * A doubly linked list of an image (struct list_head), walked from both ends.
 *
 * The walk follows next from the head. Where that breaks off it follows prev from the head, which
 * finds what lies behind the break. When both directions end at the same gap, the link that should
 * bridge it is known: it has to lead to the other end of the gap.
 *
 * The caller decides what an entry is and what to do with it: visit() reads it. Only wrong links are
 * reported. A link to memory that the dump lacks ends the walk and is reported as absent, never as wrong.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/memory.h"

/* Offsets in a struct list_head. */
#define LIST_NEXT 0
#define LIST_PREV 8

/* What visit() makes of where a link leads. */
enum list_verdict {
	LIST_ENTRY, /* an entry: the walk goes on behind it */
	LIST_MET, /* an entry that this walk has visited: a cycle, or where both directions meet */
	LIST_BROKEN, /* not an entry: list_step.status says what is there */
	LIST_END, /* not to be followed; visit() has reported what is wrong */
};

/**
 * struct list_step - One link, and what it leads to.
 * @from:      the list_head that holds the link: the last entry, or the list's head
 * @entry:     the list_head that it leads to
 * @backwards: it is a prev link
 * @back:      set by visit() for LIST_ENTRY: the link of @entry that should lead to @from
 * @status:    set by visit() unless TARGET_OK: how reading @entry ended
 */
struct list_step {
	uint64_t from;
	uint64_t entry;
	bool backwards;
	uint64_t back;
	enum target_status status;
};

/**
 * struct list_fault - A link that is wrong.
 * @slot:	 address of the word
 * @raw:	 what it holds
 * @expected:	 what it should hold; 0 when that is not known
 * @holder:	 the list_head that it is part of
 * @in_head:	 that is the list's head
 * @next:	 it is a next link; else a prev link
 * @status:	 of what @raw leads to
 * @well_formed: @raw leads to something that can be on the list, as far as the dump tells, or to its head
 * @to_head:	 it leads to the head of another list, as on the stack of a function that moves entries
 * @behind:	 it is in an entry that was met from behind
 */
struct list_fault {
	uint64_t slot;
	uint64_t raw;
	uint64_t expected;
	uint64_t holder;
	bool in_head;
	bool next;
	enum target_status status;
	bool well_formed;
	bool to_head;
	bool behind;
};

/**
 * struct list_walk_ops - What a list consists of.
 * @visit:    read the entry that a link leads to, and judge it
 * @possible: whether an entry of the list can be at an address; what the dump lacks can. NULL: unknown
 * @fault:    a link is wrong. Links that do not lead back are reported when they are met, breaks when
 *	      the walk is over
 * @stopped:  whether the user wants the walk to stop, asked before each step; may be NULL
 */
struct list_walk_ops {
	enum list_verdict (*visit)(void *ctx, struct list_step *step);
	bool (*possible)(void *ctx, uint64_t entry);
	void (*fault)(void *ctx, const struct list_fault *fault);
	bool (*stopped)(void *ctx);
};

/**
 * struct list_walk - A walk and what came of it.
 * @head:     address of the list's struct list_head
 * @limit:    entries that a list can have at most; more are not visited
 * @tail_too: also walk from behind when the list looks whole, but the head's prev link does not lead
 *	      to the last entry
 * @counted:  entries that were visited
 * @complete: the whole list was visited: it came back to the head, or the only gap is bridged
 * @absent:   a link or an entry is not in the dump
 * @halted:   stopped() ended the walk
 */
struct list_walk {
	struct memory *memory;
	const struct list_walk_ops *ops;
	void *ctx;
	uint64_t head;
	uint64_t limit;
	bool tail_too;

	uint64_t counted;
	bool complete;
	bool absent;
	bool halted;
};

/** list_walk() - Walk the list. The first six members are set by the caller, the others are zero. */
void list_walk(struct list_walk *walk);

/** list_step_back() - For visit(): read the link that should lead back; sets @back and @status. */
enum target_status list_step_back(struct memory *memory, struct list_step *step);

#endif
