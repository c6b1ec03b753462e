/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/finding_list.h"

#include <string.h>

void findings_init(struct finding_list *list)
{
	memset(list, 0, sizeof(*list));
	list->end = &list->first;
}

bool findings_add(struct finding_list *list, struct arena *arena, const struct finding *finding,
		  const struct diagnosis *diagnosis)
{
	struct finding_node *node = NULL;
	struct diagnosis *opinion = NULL;

	list->nr++;
	if (list->nr - list->dropped <= FINDINGS_KEPT_MAX)
		node = arena_alloc(arena, sizeof(*node));
	if (!node) {
		list->dropped++;
		return false;
	}
	node->finding = *finding;
	if (!diagnosis_is_empty(diagnosis))
		opinion = arena_alloc(arena, sizeof(*opinion));
	if (opinion)
		*opinion = *diagnosis;
	node->finding.diagnosis = opinion;
	*list->end = node;
	list->end = &node->next;
	return true;
}
