/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_FACTS_H
#define SLUBCHECK_MODEL_PROOF_FACTS_H
/* What a finding may say: what is true of the heap, before the fault and now. */

#include "model/machine/journal.h"
#include "model/machine/machine.h"
#include "model/proof_parts.h"

/**
 * struct facts - A finding, and what it is held against.
 * @m:      the heap as it is now, with a journal that began before the fault
 * @census: as it was
 * @t, @f:  what was done, what is said
 * @s, @slab: that the finding is about; NULL: none, or not known
 * @random: key of the cache before the fault
 * @stopped: another CPU is stopped in the middle of an operation
 * @moved:  the fault changed what the slab says of itself: objects may have changed hands
 * @complaints, @complaint: how many, and the first
 */
struct facts {
	struct model *m;
	const struct census *census;
	const struct model_truth *t;
	const struct finding *f;
	const struct census_cache *s;
	const struct census_slab *slab;
	uint64_t random;
	bool stopped, moved;
	unsigned int complaints;
	char complaint[PROOF_UNTRUE_MAX - 32];
};

__attribute__((format(printf, 2, 3))) void facts_complain(struct facts *facts, const char *format,
							  ...);

/** facts_now(), facts_before() - A word of the image; 0 where there is none. */
uint64_t facts_now(const struct facts *facts, uint64_t addr, unsigned int size);
uint64_t facts_before(const struct facts *facts, uint64_t addr, unsigned int size);

/** facts_head() - Head of one of the slab's lists now. */
uint64_t facts_head(const struct facts *facts, bool cpus);

/** facts_walk() - Objects of a list of the slab as it is now, up to @room of them. */
unsigned int facts_walk(const struct facts *facts, uint64_t head, uint64_t *objects,
			unsigned int room);

/** facts_in_sheaf() - Whether a sheaf of the cache holds an object now. */
bool facts_in_sheaf(const struct facts *facts, uint64_t object);

/** facts_is_met() - Whether a walk met an object. */
bool facts_is_met(const uint64_t *objects, unsigned int nr, uint64_t object);

/** text_holds() - Every number and address of a sentence has to be a fact. */
void text_holds(struct facts *facts, const char *text);

#endif
