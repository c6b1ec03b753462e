/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story.h"

#include <string.h>

#include "checker/why/story_check.h"
#include "checker/why/story_fault.h"
#include "checker/why/story_trap.h"

static void finding_headline(struct story *s, const struct finding *f)
{
	const struct finding_info *info = finding_info(f->id);

	if (f->trap)
		story_headline(s, STORY_FINDING, "%s", f->message);
	else
		story_headline(s, STORY_FINDING, "the allocator is damaged: %s in %.64s (%s)",
			       finding_title(f), f->cache_name ? f->cache_name : "no cache",
			       info->id);
}

static void tell_finding(struct story *s, struct judged *j, const struct finding *f)
{
	finding_headline(s, f);
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

/* What would settle a story of which nothing more special is known. */
static void settle_by_story(struct story *s, const struct allocator *a)
{
	static const char *const nexts[STORY_KINDS] = {
		[STORY_FREED_OBJECT] = "find who still holds a pointer to the object: slubcheck "
				       "--refs, or a boot with KASAN or KFENCE, which name the "
				       "access and the free",
		[STORY_DAMAGED_OBJECT] =
			"compare the word with the same member in other objects of the cache; KASAN "
			"names who writes there",
		[STORY_DELETED_ENTRY] =
			"look for the two paths that delete the entry, and for the lock that both "
			"should hold",
		[STORY_NULL_POINTER] =
			"look at who sets the member, and at who clears it before it is used",
		[STORY_BAD_POINTER] =
			"find the member that the pointer was loaded from, and compare "
			"it with the same member in other objects",
		[STORY_CHECK_FAILED] =
			"read the check: it says which state the kernel refuses; the "
			"log says which values it met",
		[STORY_TRAP] =
			"read the instruction in the function's disassembly (crash: dis -l), "
			"and where the values that it works on come from",
		[STORY_NO_EXCEPTION] = "read the end of the log (crash: log): it says who called "
				       "panic(), or that the machine was stopped from outside",
	};
	const struct finding *f = s->finding;
	enum finding_cause cause = diagnosis_cause(&s->opinions);

	if (f && f->trap &&
	    a->ops->job(f->trap->caller.name ? f->trap->caller.name : f->trap->symbol.name) ==
		    JOB_COPY)
		story_settle(
			s,
			"compare the offset and size of the copy (log) with the object's size; the "
			"backtrace (crash: bt) names the caller that chose them");
	else if (f)
		story_settle(s, "%s", allocator_next(a, f->id, cause));
	else if (s->kind == STORY_CHECK_FAILED && s->death.fault.bug.file[0])
		story_settle(s,
			     "read the check in %.128s, line %u: it says which state the kernel "
			     "refuses",
			     s->death.fault.bug.file, s->death.fault.bug.line);
	else if (nexts[s->kind])
		story_settle(s, "%s", nexts[s->kind]);
}

/* KFENCE names the object by its number, when the addresses are hashed: "Use-after-free read at ... (in kfence-#16):". */
static void about_kfence(struct story *s, const struct allocator *a,
			 const struct complaints *complaints, const struct complaint *c)
{
	const struct log_line *end = complaints->log.lines + complaints->log.nr;
	struct pattern_captures got;

	if (!a->debug || !a->debug->kfence.metadata)
		return;
	for (const struct log_line *line = c->first;
	     line < end && line < c->first + c->nr_lines && !s->has_object; line++) {
		if (!pattern_match("*kfence-#%d", line->text, &got) || got.numbers[0] >> 16)
			continue;
		s->has_object = object_card_kfence(
			&s->object, a,
			kfence_object_addr(a->memory, &a->debug->kfence, got.numbers[0]));
	}
	if (s->has_object && s->object.kfence.page == KFENCE_PAGE_OBJECT)
		s->object.at = a->ops->locate(a, s->object.kfence.object.addr);
}

/* KFENCE and KASAN report an access, and the kernel goes on or panics: there is no exception. */
static bool tells_of_tool(struct story *s, struct judged *j, const struct complaints *complaints)
{
	const struct complaint *c = NULL;

	for (size_t i = 0; complaints && complaints->known && i < complaints->nr; i++)
		if (complaints->list[i].pattern->kind == COMPLAINT_TOOL)
			c = &complaints->list[i];
	if (!c || !strstr(c->line->text, "use-after-free"))
		return false;
	about_kfence(s, j->allocator, complaints, c);
	for (unsigned int i = 0; i < c->nr_addresses && !s->has_object; i++)
		if (!c->regs[i])
			story_about(s, j, c->addresses[i]);
	story_headline(s, STORY_FREED_OBJECT,
		       "a freed object was used, as the kernel's own detector reports: see its "
		       "report in the log");
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, 88, false,
	      "The detector knew of the access when it happened.");
	story_settle(s, "the report names who accessed, allocated and freed the object");
	return true;
}

static void tell_no_exception(struct story *s, struct judged *j,
			      const struct complaints *complaints)
{
	if (!tells_of_tool(s, j, complaints))
		story_headline(s, STORY_NO_EXCEPTION,
			       "no exception of the kernel is in the dump: it was stopped, or "
			       "called panic() itself");
}

void story_find(struct story *s, struct judged *j, const struct finding *finding,
		const struct complaints *complaints, const struct story_judgement *judgement)
{
	*s = (struct story){ .allocator_innocent = !judgement->corrupt && !judgement->unseen,
			     .allocator_unseen = !judgement->corrupt && judgement->unseen,
			     .checked = judgement->checked };
	death_find(&s->death, j, complaints);
	if (finding)
		tell_finding(s, j, finding);
	else if (!s->death.found)
		tell_no_exception(s, j, complaints);
	else if (s->death.fault.kind == TRAP_BUG)
		story_of_check(s, j,
			       complaints && complaints->known
				       ? said_at_death(complaints, &s->death)
				       : NULL);
	else if (s->death.fault.accessed)
		story_of_fault(s, j);
	else
		story_of_trap(s);
	if (!finding)
		diagnosis_rank(&s->opinions);
	if (!s->settle[0])
		settle_by_story(s, j->allocator);
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
	if (card->in_kfence && card->kfence.page == KFENCE_PAGE_OBJECT) {
		*about = (struct said_about){ .start = card->kfence.object.addr,
					      .size = card->kfence.object.size,
					      .cache = card->kfence.object.cache,
					      .name = card->kfence_cache };
		return true;
	}
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
	/* The check that failed is known; what the kernel reported says more of who is to be looked for. */
	if (s->kind == STORY_CHECK_FAILED && !s->finding &&
	    cause_next(diagnosis_cause(&s->opinions)))
		story_settle(s, "%s", cause_next(diagnosis_cause(&s->opinions)));
}

void object_card_hear(struct object_card *card, const struct complaints *complaints)
{
	struct said_about about;

	if (complaints->known && about_of(card, &about))
		said_find(&card->said, complaints, &about, NULL);
}
