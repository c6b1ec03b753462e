/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story.h"

#include "checker/why/story_check.h"
#include "checker/why/story_fault.h"

static void tell_finding(struct story *s, struct judged *j, const struct finding *f)
{
	story_headline(s, STORY_FINDING, "the allocator is damaged: %s in %.96s",
		       finding_info(f->id)->id, f->cache_name ? f->cache_name : "no cache");
	s->finding = f;
	if (f->diagnosis)
		s->opinions = *f->diagnosis;
	if (!(f->has & FINDING_HAS_OBJECT))
		return;
	story_about(s, j, f->object);
	if (f->has & FINDING_HAS_BYTES) {
		s->object.first = f->bytes.first;
		s->object.last = f->bytes.last;
	} else if (f->diagnosis && f->diagnosis->has_extent) {
		s->object.first = f->diagnosis->extent_first;
		s->object.last = f->diagnosis->extent_last;
	} else if (f->has & FINDING_HAS_SLOT) {
		story_mark(s, f->slot, 8);
	}
}

void story_find(struct story *s, struct judged *j, const struct finding *finding,
		const struct complaints *complaints, uint64_t corrupt, bool unseen)
{
	*s = (struct story){ .allocator_innocent = !corrupt && !unseen };
	death_find(&s->death, j);
	if (finding)
		tell_finding(s, j, finding);
	else if (!s->death.found)
		story_headline(s, STORY_NO_EXCEPTION,
			       "no exception of the kernel is in the dump: it was stopped, or "
			       "called panic() itself");
	else if (s->death.fault.kind == TRAP_BUG)
		story_of_check(s, j,
			       complaints && complaints->known
				       ? said_at_death(complaints, &s->death)
				       : NULL);
	else
		story_of_fault(s, j);
	if (!finding)
		diagnosis_rank(&s->opinions);
	if (s->has_object)
		object_card_extent(&s->object, j);
}

void object_card_extent(struct object_card *card, struct judged *j)
{
	if (!card->cache || !card->look)
		return;
	extent_find(&card->extent, j, &card->at, card->first, card->last);
	if (!card->extent.known)
		return;
	card->first = card->extent.first;
	card->last = card->extent.last;
}

static bool about_of(const struct object_card *card, struct said_about *about)
{
	if (!card->cache)
		return false;
	*about = (struct said_about){ .start = card->at.addr - card->at.offset,
				      .size = card->cache->size,
				      .page = card->at.page,
				      .cache = card->cache->addr,
				      .name = card->cache->name };
	return true;
}

void story_hear(struct story *s, const struct complaints *complaints)
{
	struct said_about about;
	bool known;

	if (!complaints->known)
		return;
	known = s->has_object && about_of(&s->object, &about);
	said_find(&s->said, complaints, known ? &about : NULL, &s->death);
	said_weigh(&s->said, &s->opinions);
}

void object_card_hear(struct object_card *card, const struct complaints *complaints)
{
	struct said_about about;

	if (complaints->known && about_of(card, &about))
		said_find(&card->said, complaints, &about, NULL);
}
