/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/link_search.h"

struct search {
	struct judged *j;
	const struct cache_result *owner;
	struct link_found *found;
	uint64_t value, reach;
	unsigned int nr;
};

static void object_ask(void *ctx, const struct object_view *object)
{
	struct search *s = ctx;
	struct allocator *a = s->j->allocator;
	struct link_view link;

	/* What is in a sheaf holds what its last owner left there. */
	if (object->state != OBJECT_FREE || object->holder.kind == HOLDER_ARRAY ||
	    !a->ops->link(a, s->owner, object->addr, &link) || !link.encoded ||
	    (link.raw - s->value > s->reach && s->value - link.raw > s->reach))
		return;
	*s->found = (struct link_found){ object->addr, link.slot, link.raw };
	s->nr++;
}

bool link_search(struct link_found *found, struct judged *j, uint64_t value, uint64_t reach)
{
	struct search s = { .j = j, .found = found, .value = value, .reach = reach };
	const struct objects_visit visit = { .object = object_ask, .ctx = &s };
	struct objects_count count = { 0 };

	/* Without a scan nobody knows where the objects are. */
	for (size_t i = 0; j->allocator->scanned && i < j->nr; i++) {
		s.owner = j->results[i];
		if (s.owner->coverage.objects_free)
			j->allocator->ops->objects(j->allocator, s.owner, &visit, &count);
	}
	return s.nr == 1;
}
