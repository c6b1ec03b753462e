/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_FINDING_LIST_H
#define SLUBCHECK_CHECKER_FINDINGS_FINDING_LIST_H
/*
 * Findings in the order in which they were made.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checker/findings/diagnosis.h"
#include "checker/findings/findings.h"
#include "checker/image/arena.h"

struct finding_node {
	struct finding_node *next;
	struct finding finding;
};

struct finding_list {
	struct finding_node *first, **end;
	size_t nr;
	size_t dropped; /* past FINDINGS_KEPT_MAX of one cache */
};

/* One damaged structure can break thousands of slabs; the first hundreds say enough. */
#define FINDINGS_KEPT_MAX 500

#define findings_for_each(node, list) \
	for (const struct finding_node *node = (list)->first; node; node = node->next)

/** findings_init() - An empty list. */
void findings_init(struct finding_list *list);

/** findings_add() - Append copies of @finding and its diagnosis; false when it was dropped. */
bool findings_add(struct finding_list *list, struct arena *arena, const struct finding *finding,
		  const struct diagnosis *diagnosis);

#endif
