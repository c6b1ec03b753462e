/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_H
#define SLUBCHECK_CHECKER_WHY_STORY_H
/*
 * Why the kernel died, and what the slab allocator has to do with it.
 */

#include "checker/why/complaints.h"
#include "checker/why/story_parts.h"

/**
 * struct story_judgement - How the judgement of the allocator ended.
 * @corrupt: findings that are damage
 * @unseen:  parts could not be judged
 * @checked: what was
 */
struct story_judgement {
	uint64_t corrupt;
	bool unseen;
	struct story_checked checked;
};

/**
 * story_find() - Tell it.
 * @finding: a finding that explains the exception, as panic_find() and trap_find() have it, or NULL
 * @complaints: what the kernel said; may be NULL
 */
void story_find(struct story *story, struct judged *j, const struct finding *finding,
		const struct complaints *complaints, const struct story_judgement *judgement);

/** story_hear() - After that: what the kernel had said, which may change the causes. */
void story_hear(struct story *story, const struct complaints *complaints);

/** object_card_extent() - How far what is wrong with the object reaches, beside @first and @last. */
void object_card_extent(struct object_card *card, struct judged *j);

/** object_card_hear() - What the kernel had said of the object of a card. */
void object_card_hear(struct object_card *card, const struct complaints *complaints);

#endif
