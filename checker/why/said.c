/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/said.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- Which of them is the death --- */

/* Whether a report is of the task that died; what it does not say may be so. */
static bool is_of_task(const struct complaint *c, const struct death *d)
{
	return (c->cpu < 0 || d->fault.cpu < 0 || c->cpu == d->fault.cpu) &&
	       (c->pid < 0 || (uint64_t)c->pid == d->fault.pid);
}

static bool is_at(const struct complaint *c, const struct death *d)
{
	char at[COMPLAINT_NAME_MAX];

	if (!d->symbol.name || !c->function[0])
		return false;
	snprintf(at, sizeof(at), "%s+0x%" PRIx64 "/", d->symbol.name, d->symbol.offset);
	return !strncmp(c->function, at, strlen(at));
}

/* The panic that an exception leads to is not another death. */
static bool is_sequel(const struct complaint *c)
{
	return strstr(c->line->text, "Fatal exception") != NULL;
}

/* The report of the last death in the log. */
static size_t last_death(const struct complaints *all)
{
	size_t last = all->nr;

	for (size_t i = all->nr; i > 0; i--) {
		if (all->list[i - 1].pattern->kind != COMPLAINT_DEATH)
			continue;
		if (last < all->nr && !is_sequel(&all->list[last]))
			break;
		last = i - 1;
	}
	return last;
}

/* The report of an exception: by its place in the code, or else by the task that died. */
static size_t exception_index(const struct complaints *all, const struct death *d)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (is_of_task(&all->list[i], d) && is_at(&all->list[i], d))
			return i;
	for (i = 0; i < all->nr; i++)
		if (all->list[i].pattern->kind == COMPLAINT_DEATH && is_of_task(&all->list[i], d))
			return i;
	return all->nr;
}

/* Where the report of the death is; behind all where none is. */
static size_t death_index(const struct complaints *all, const struct death *d)
{
	size_t i = d && d->found ? exception_index(all, d) : all->nr;

	return i < all->nr ? i : last_death(all);
}

const struct complaint *said_at_death(const struct complaints *all, const struct death *d)
{
	size_t i = d->found ? exception_index(all, d) : all->nr;

	return i < all->nr ? &all->list[i] : NULL;
}

/* --- What they are about --- */

/* Warnings and hangs may be about anything. */
static bool is_of_memory(const struct complaint *c)
{
	const unsigned int kinds = 1u << COMPLAINT_SLAB | 1u << COMPLAINT_TOOL |
				   1u << COMPLAINT_CHECK | 1u << COMPLAINT_HARDWARE |
				   1u << COMPLAINT_DEATH;

	return kinds >> c->pattern->kind & 1;
}

static bool names_cache(const struct complaint *c, const struct said_about *about)
{
	const char *name = about->name;

	if (name && *name && (!strcmp(c->cache, name) || !strcmp(c->other_cache, name)))
		return true;
	for (unsigned int i = 0; i < c->nr_addresses; i++)
		if (about->cache && c->addresses[i] == about->cache)
			return true;
	return false;
}

/* How a complaint is about the object; a text that names it precedes a register that holds it. */
static enum complaint_tie tie_of(const struct complaint *c, const struct said_about *about,
				 const char **reg)
{
	bool slab = c->at.kind != LOCATION_NULL && c->at.page == about->page, object = false;

	*reg = NULL;
	for (unsigned int i = 0; i < c->nr_addresses; i++) {
		slab |= c->addresses[i] == about->page;
		if (c->addresses[i] - about->start >= about->size)
			continue;
		if (!object || !c->regs[i])
			*reg = c->regs[i];
		object = true;
	}
	if (object)
		return TIE_OBJECT;
	if (slab)
		return TIE_SLAB;
	return is_of_memory(c) && names_cache(c, about) ? TIE_CACHE : TIE_NONE;
}

static void time_set(struct said *s, const struct complaint *died)
{
	const struct log_line *line = s->complaint->line;

	if (!died || !line->timed || !died->line->timed || died->line->ns < line->ns)
		return;
	s->timed = true;
	s->before_ns = died->line->ns - line->ns;
}

static bool is_hardware(const struct complaint *c)
{
	return c->pattern->kind == COMPLAINT_HARDWARE;
}

/* What is said of a cache is said once, however often the kernel said it. */
static bool is_told(const struct said_list *said, const struct said *s)
{
	for (size_t i = 0; i < said->nr; i++)
		if (s->tie == TIE_CACHE && said->list[i].tie == TIE_CACHE &&
		    said->list[i].complaint->pattern == s->complaint->pattern)
			return true;
	return false;
}

void said_find(struct said_list *said, const struct complaints *all, const struct said_about *about,
	       const struct death *death)
{
	size_t died = death_index(all, death), first = 0, broken = 0;

	*said = (struct said_list){ .nr = 0 };
	while (first < died && !is_of_memory(&all->list[first]))
		first++;
	while (broken < died && !is_hardware(&all->list[broken]))
		broken++;
	for (size_t i = 0; i <= died && i < all->nr && said->nr < SAID_MAX; i++) {
		const struct complaint *c = &all->list[i];
		struct said s = { .complaint = c, .at_death = i == died };

		if (about)
			s.tie = tie_of(c, about, &s.reg);
		/* The report of a death has told of the registers; what its text names counts. */
		if (i == died ? s.tie != TIE_OBJECT || c->pattern->kind == COMPLAINT_DEATH
			      : s.tie == TIE_NONE && i != first && i != broken)
			continue;
		if (is_told(said, &s))
			continue;
		time_set(&s, died < all->nr ? &all->list[died] : NULL);
		said->list[said->nr++] = s;
	}
}

/* --- What they mean --- */

/* What the kernel's words say was done to an object. */
struct meaning {
	const char *id, *word;
	enum finding_cause cause;
	unsigned int weight;
};

static const struct meaning meanings[] = {
	{ "slub-object-free", "", CAUSE_DOUBLE_FREE, 85 },
	{ "slub-poison", "", CAUSE_USE_AFTER_FREE, 80 },
	{ "slub-redzone", "", CAUSE_OVERFLOW, 80 },
	{ "slab-wrong-cache", "", CAUSE_WRONG_CACHE_FREE, 85 },
	{ "kasan", "double-free", CAUSE_DOUBLE_FREE, 88 },
	{ "kasan", "use-after-free", CAUSE_USE_AFTER_FREE, 88 },
	{ "kasan", "out-of-bounds", CAUSE_OVERFLOW, 85 },
	{ "kfence", "use-after-free", CAUSE_USE_AFTER_FREE, 88 },
	{ "kfence", "out-of-bounds", CAUSE_OVERFLOW, 85 },
	{ "kfence", "memory corruption", CAUSE_OVERFLOW, 70 },
	{ "refcount", "use-after-free", CAUSE_USE_AFTER_FREE, 75 },
};

/* A register may hold the object by accident. */
#define WEIGHT_IN_REGISTER 20u

static const struct meaning *meaning_of(const struct complaint *c)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (!strcmp(c->pattern->id, meanings[i].id) &&
		    strstr(c->line->text, meanings[i].word))
			return &meanings[i];
	return NULL;
}

/* What is certain needs no other cause beside it. */
static bool has_room(const struct diagnosis *d, enum finding_cause cause)
{
	return !d->nr || d->opinions[0].certainty != CERTAINTY_CERTAIN ||
	       d->opinions[0].cause == cause;
}

/* "As it died", "2.068 s before it died", "Earlier" */
static const char *when_text(const struct said *s, char buf[48])
{
	snprintf(buf, 48, "%s", s->at_death ? "As it died" : "Earlier");
	if (!s->at_death && s->timed)
		snprintf(buf, 48, "%" PRIu64 ".%03" PRIu64 " s before it died",
			 s->before_ns / 1000000000, s->before_ns / 1000000 % 1000);
	return buf;
}

/* Hardware that is known to fail makes a flipped bit more likely, where one is thought of. */
#define WEIGHT_OF_HARDWARE 85

static bool hardware_weigh(const struct said *s, struct diagnosis *d)
{
	char when[48];

	if (!is_hardware(s->complaint) || diagnosis_cause(d) != CAUSE_BIT_FLIP)
		return false;
	opine(d, CAUSE_BIT_FLIP, WEIGHT_OF_HARDWARE, false,
	      "%s, the kernel reported an error of the hardware.", when_text(s, when));
	return true;
}

void said_weigh(const struct said_list *said, struct diagnosis *opinions)
{
	bool heard = false;
	char when[48];

	for (size_t i = 0; i < said->nr; i++) {
		const struct said *s = &said->list[i];
		const struct meaning *m = meaning_of(s->complaint);

		heard |= hardware_weigh(s, opinions);
		if (s->tie != TIE_OBJECT || !m || !has_room(opinions, m->cause))
			continue;
		opine(opinions, m->cause, m->weight - (s->reg ? WEIGHT_IN_REGISTER : 0), false,
		      "%s, the kernel itself reported such an error%s%s.", when_text(s, when),
		      s->reg ? ", with this object in " : "", s->reg ? s->reg : "");
		heard = true;
	}
	if (heard)
		diagnosis_rank(opinions);
}

char *said_describe(const struct said *s, char buf[SAID_TEXT_MAX])
{
	static const char *const whats[] = {
		[TIE_CACHE] = "the kernel said of this cache",
		[TIE_SLAB] = "the kernel said of this slab",
		[TIE_OBJECT] = "the kernel said of this object",
	};
	char text[COMPLAINT_TEXT_MAX], when[48], what[48];
	size_t len;

	if (s->reg)
		snprintf(what, sizeof(what), "the kernel said, with this object in %s", s->reg);
	else
		snprintf(what, sizeof(what), "%s",
			 s->tie != TIE_NONE	     ? whats[s->tie]
			 : is_hardware(s->complaint) ? "the kernel said of the machine"
						     : "the first complaint of the kernel was");
	complaint_text(s->complaint, text);
	/* The sentence that it becomes part of ends with a full stop of its own. */
	len = strlen(text);
	if (len && text[len - 1] == '.')
		text[len - 1] = '\0';
	snprintf(buf, SAID_TEXT_MAX, "%s, %s: %s", when_text(s, when), what, text);
	return buf;
}
