/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why the kernel died, for people. */
#include <inttypes.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"
#include "checker/report/text.h"

/* --- The object --- */

#define ROW_BYTES 16u
#define ROWS_SHOWN 12u /* of an object, without -v */

/* A row of 16 bytes as KASAN prints it; '>' before those that are about what is wrong. */
static void hex_row(const struct report *report, uint64_t at, const struct object_card *card)
{
	uint8_t bytes[ROW_BYTES];
	char hex[3 * ROW_BYTES + 1] = "";
	bool marked = card->last >= at && card->first < at + ROW_BYTES && card->first;

	if (memory_read(report->memory, at, bytes, sizeof(bytes)) != TARGET_OK) {
		fprintf(report->out, "   %016" PRIx64 ": not in the dump\n", at);
		return;
	}
	for (unsigned int i = 0; i < ROW_BYTES; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, " %02x", bytes[i]);
	fprintf(report->out, "  %c%016" PRIx64 ":%s\n", marked ? '>' : ' ', at, hex);
}

/* Under the bytes from @first to @last, as far as they are in the row. */
static void marker_row(FILE *out, uint64_t at, const struct object_card *card)
{
	char line[3 * ROW_BYTES + 1];

	if (!card->first || card->last < at || card->first >= at + ROW_BYTES)
		return;
	/* Of a row that is wrong as a whole its sign says enough. */
	if (card->first <= at && card->last >= at + ROW_BYTES - 1)
		return;
	memset(line, ' ', sizeof(line));
	line[3 * ROW_BYTES] = '\0';
	for (unsigned int i = 0; i < ROW_BYTES; i++)
		if (at + i >= card->first && at + i <= card->last)
			line[3 * i + 1] = line[3 * i + 2] = '^';
	for (size_t n = strlen(line); n && line[n - 1] == ' '; n--)
		line[n - 1] = '\0';
	fprintf(out, "   %16s %s\n", "", line);
}

#define ROWS_AROUND 4u

/* The object, and of what is wrong some rows before and behind it. */
void text_object_range(const struct object_card *card, uint64_t *start, uint64_t *end)
{
	const uint64_t around = ROWS_AROUND * ROW_BYTES;
	uint64_t object = card->at.addr - card->at.offset;
	uint64_t first = card->first & ~(uint64_t)(ROW_BYTES - 1);

	*start = object & ~(uint64_t)(ROW_BYTES - 1);
	*end = object + card->cache->object_size;
	if (!card->first)
		return;
	if (first < *start)
		*start = *start - first < around ? first : *start - around;
	if (card->last >= *end)
		*end = card->last - *end < around ? card->last + 1 : *end + around;
}

static void hex_rows(const struct report *report, const struct object_card *card)
{
	uint64_t rows = report->options->verbose ? 256 : ROWS_SHOWN;
	uint64_t start, end;

	text_object_range(card, &start, &end);
	/* The rows around what is wrong, where there is more than what is shown. */
	if (card->first && end - start > rows * ROW_BYTES &&
	    card->first > start + rows / 2 * ROW_BYTES)
		start = (card->first & ~UINT64_C(15)) - rows / 2 * ROW_BYTES;
	for (uint64_t at = start; at < end && at < start + rows * ROW_BYTES; at += ROW_BYTES) {
		hex_row(report, at, card);
		marker_row(report->out, at, card);
	}
	if (end > start + rows * ROW_BYTES)
		fprintf(report->out, "   %" PRIu64 " more bytes (-v shows them)\n",
			end - start - rows * ROW_BYTES);
}

static void kin_lines(FILE *out, const struct kin *kin)
{
	for (size_t i = 0; i < kin->nr; i++) {
		const struct kin_row *r = &kin->rows[i];

		text_line(out, i ? "" : "neighbours",
			  "%u of %u allocated objects of this slab hold %s at +0x%x%s", r->nr,
			  kin->allocated, r->text, r->offset,
			  r->here    ? "; so does this one"
			  : r->known ? "; this one does not"
				     : "");
	}
}

static char *extent_end_text(const struct extent_end *end, char buf[48])
{
	if (end->index < 0)
		snprintf(buf, 48, "slab + 0x%" PRIx64, end->offset);
	else
		snprintf(buf, 48, "object %d + 0x%" PRIx64, end->index, end->offset);
	return buf;
}

/* What the bytes look like, as "; text \"...\"". */
static char *looks_text(const struct extent *e, char buf[6 * EXTENT_SHOWN + 32])
{
	char raw[EXTENT_SHOWN + 1] = "", text[4 * EXTENT_SHOWN + 1];
	bool cut = e->last - e->first >= e->nr_shown;

	buf[0] = '\0';
	if (e->kind == STRETCH_BYTE)
		snprintf(buf, 64, "; all of them are %02x", e->shown[0]);
	else if (e->kind == STRETCH_STEPS)
		snprintf(buf, 64, "; they count up from %02x by %u", e->shown[0],
			 (uint8_t)(e->shown[1] - e->shown[0]));
	if (e->kind != STRETCH_TEXT)
		return buf;
	memcpy(raw, e->shown, e->nr_shown);
	snprintf(buf, 6 * EXTENT_SHOWN + 32, "; text \"%s\"%s",
		 text_escape(raw, text, sizeof(text)), cut ? " ..." : "");
	return buf;
}

static void extent_line(FILE *out, const struct extent *e)
{
	char from[48], to[48], looks[6 * EXTENT_SHOWN + 32];

	if (!e->known)
		return;
	text_line(out, "extent", "%" PRIu64 " bytes from %" PRIx64 " to %" PRIx64 ": %s to %s%s%s",
		  e->last - e->first + 1, e->first, e->last, extent_end_text(&e->from, from),
		  extent_end_text(&e->to, to), e->page_start ? ", from the start of a page" : "",
		  looks_text(e, looks));
}

static void type_line(FILE *out, const struct object_card *card)
{
	char type[4 * OBJECT_TYPE_MAX];

	if (card->type[0])
		text_line(out, "type",
			  "likely struct %s: it is named as the cache, and has the %" PRIu64
			  " bytes of its objects",
			  text_escape(card->type, type, sizeof(type)), card->cache->object_size);
}

/* "struct A, struct B" */
static char *candidates_text(const struct candidates *c, char *buf, size_t len)
{
	char name[4 * CANDIDATE_NAME_MAX];
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < c->nr && used < len; i++)
		used += (size_t)snprintf(buf + used, len - used, "%sstruct %s", i ? " or " : "",
					 text_escape(c->list[i].name, name, sizeof(name)));
	return buf;
}

static void candidates_line(FILE *out, const struct candidates *c)
{
	char names[CANDIDATES_MAX * 5 * CANDIDATE_NAME_MAX], because[4 * CANDIDATE_BECAUSE_MAX];
	char whose[64];

	if (!c->nr)
		return;
	if (c->objects == 1)
		snprintf(whose, sizeof(whose), "what %s object holds",
			 c->itself ? "this" : "another");
	else
		snprintf(whose, sizeof(whose), "what %u %s hold", c->objects,
			 c->itself ? "objects of this slab" : "other objects of this slab");
	text_line(out, "type",
		  "possibly %s: %s best %s, as %s. Of %u types of %" PRIu64 " to %" PRIu64
		  " bytes, %u are not ruled out",
		  candidates_text(c, names, sizeof(names)), c->nr == 1 ? "it fits" : "they fit",
		  whose, text_escape(c->because, because, sizeof(because)), c->of_size, c->least,
		  c->most, c->fitting);
}

static void owner_lines(const struct report *report, const struct object_owner *o)
{
	char file[4 * sizeof(o->file)], function[4 * sizeof(o->function)],
		module[4 * sizeof(o->module)], path[OWNER_PATH_MAX];
	const char *end = o->removed ? ", which was removed" : "";

	if (o->memcg == OWNER_KNOWN && o->path[0])
		text_line(report->out, "memory cgroup", "%s%s",
			  text_escape(o->path, path, sizeof(path)), end);
	else if (o->memcg == OWNER_KNOWN)
		text_line(report->out, "memory cgroup", "%" PRIx64 "%s", o->memcg_addr, end);
	else if (report->options->verbose && o->memcg != OWNER_NOT_KEPT)
		text_line(report->out, "memory cgroup", "%s",
			  o->memcg == OWNER_NOBODY ? "none: it is not charged to any"
						   : "the dump does not tell");
	if (o->tag == OWNER_KNOWN)
		text_line(report->out, "allocated at", "%s:%u, %s%s%s%s",
			  text_escape(o->file, file, sizeof(file)), o->line,
			  text_escape(o->function, function, sizeof(function)),
			  o->module[0] ? " [" : "", text_escape(o->module, module, sizeof(module)),
			  o->module[0] ? "]" : "");
	else if (report->options->verbose && o->tag == OWNER_UNKNOWN)
		text_line(report->out, "allocated at", "the dump does not tell");
}

static void cpu_lines(FILE *out, const struct cpu_holders *holders)
{
	static const char *const whats[] = { "the object before", "this object",
					     "the object after" };
	char label[16], comm[4 * sizeof(holders->list[0].comm)], task[96], where[160];

	for (size_t i = 0; i < holders->nr; i++) {
		const struct cpu_holder *h = &holders->list[i];

		snprintf(label, sizeof(label), "CPU %d", h->cpu);
		task[0] = where[0] = '\0';
		if (h->task_known)
			snprintf(task, sizeof(task), ", task %s (%" PRIu64 ")",
				 text_escape(h->comm, comm, sizeof(comm)), h->pid);
		if (h->symbol.name)
			symbol_text(&h->symbol, where, sizeof(where));
		text_line(out, label, "%s points to %s + 0x%" PRIx64 "%s%s%s%s", h->reg,
			  whats[h->which + 1], h->offset, task,
			  h->source == CPU_REGS_FRAME ? ", interrupted" : "", *where ? " in " : "",
			  where);
	}
	if (holders->dropped)
		text_line(out, "", "%u more registers of CPUs", holders->dropped);
}

static void object_line(const struct report *report, const struct object_card *card)
{
	char name[4 * CACHE_NAME_MAX], holder[HOLDER_TEXT_MAX];

	text_line(report->out, "object",
		  "%" PRIx64 ", object %d of %s (%" PRIu64 " bytes), slab %" PRIx64,
		  card->at.addr - card->at.offset, card->at.index,
		  text_escape(card->cache->name, name, sizeof(name)), card->cache->object_size,
		  card->at.page);
	if (card->look->holder.kind != HOLDER_NONE)
		text_line(report->out, "state", "free: %s",
			  holder_describe(&card->look->holder, holder, sizeof(holder)));
	else
		text_line(report->out, "state", "%s", object_state_name(card->look->near[1]));
}

/* All that is known of its contents but the bytes. */
static void contents_rows(const struct report *report, const struct object_card *card)
{
	type_line(report->out, card);
	candidates_line(report->out, &card->candidates);
	owner_lines(report, &card->owner);
	cpu_lines(report->out, &card->cpus);
	if (report->options->verbose && card->cpus.unknown)
		text_line(report->out, "", "registers of %u of %u other CPUs are not in the dump",
			  card->cpus.unknown, card->cpus.asked);
	kin_lines(report->out, &card->kin);
	extent_line(report->out, &card->extent);
}

/* --- KFENCE --- */

#define KFENCE_FRAMES_SHOWN 5u

/* Frames of KFENCE and of the allocator come first, and say nothing; -v shows them. */
static unsigned int own_frames(const struct report *report, const struct kfence_track *track)
{
	unsigned int n = 0;

	for (; !report->options->verbose && n + 1 < track->nr_frames; n++) {
		struct target_symbol symbol = symbol_of(report->memory, track->frames[n]);

		if (!symbol.name || (!strstr(symbol.name, "kfence_") &&
				     report->allocator->ops->job(symbol.name) == JOB_NONE))
			break;
	}
	return n;
}

static void kfence_track_lines(const struct report *report, const char *label,
			       const struct kfence_track *track)
{
	unsigned int shown = report->options->verbose ? KFENCE_FRAMES_MAX : KFENCE_FRAMES_SHOWN;
	char where[160], cpu[24] = "", when[48] = "";
	unsigned int first = own_frames(report, track);

	if (!track->known)
		return;
	if (track->cpu >= 0)
		snprintf(cpu, sizeof(cpu), ", CPU %d", track->cpu);
	if (track->when)
		snprintf(when, sizeof(when), ", %" PRIu64 ".%06" PRIu64 " s after boot",
			 track->when / 1000000000, track->when % 1000000000 / 1000);
	text_line(report->out, label, "by pid %d%s%s", track->pid, cpu, when);
	for (unsigned int i = first; i < track->nr_frames && i - first < shown; i++) {
		snprintf(where, sizeof(where), "%" PRIx64, track->frames[i]);
		symbol_describe(report->memory, track->frames[i], where, sizeof(where));
		text_line(report->out, "", "%s", where);
	}
}

static void kfence_guard_line(FILE *out, const struct kfence_card *k)
{
	if (k->index < 0)
		text_line(out, "KFENCE", "a guard page before the first object of the pool");
	else
		text_line(out, "KFENCE", "the guard page behind the page of kfence-#%" PRId64 "%s",
			  k->index, k->last ? ", at the end of the pool" : "");
}

static void kfence_object_lines(const struct report *report, const struct object_card *card)
{
	const struct kfence_object *o = &card->kfence.object;
	char name[4 * CACHE_NAME_MAX] = "a cache that is gone";

	if (card->kfence_cache[0])
		text_escape(card->kfence_cache, name, sizeof(name));
	text_line(report->out, "KFENCE",
		  "kfence-#%" PRId64 ": %" PRIx64 " to %" PRIx64 ", %" PRIu64
		  " bytes of %s, metadata at %" PRIx64,
		  card->kfence.index, o->addr, o->addr + o->size - 1, o->size, name,
		  card->kfence.metadata);
	text_line(report->out, "state", "%s", o->state == KFENCE_IN_USE ? "allocated" : "free");
	kfence_track_lines(report, "allocated", &card->kfence.tracks[0]);
	kfence_track_lines(report, "freed", &card->kfence.tracks[1]);
}

static void kfence_lines(const struct report *report, const struct object_card *card)
{
	switch (card->kfence.page) {
	case KFENCE_PAGE_GUARD:
		kfence_guard_line(report->out, &card->kfence);
		break;
	case KFENCE_PAGE_OBJECT:
		kfence_object_lines(report, card);
		break;
	case KFENCE_PAGE_UNUSED:
		text_line(report->out, "KFENCE", "kfence-#%" PRId64 ": it was never handed out",
			  card->kfence.index);
		break;
	case KFENCE_PAGE_UNKNOWN:
		text_line(report->out, "KFENCE", "the dump does not tell what the page holds");
		break;
	}
}

/* --- What the kernel had said --- */

static void said_lines(FILE *out, const struct said_list *said)
{
	char text[SAID_TEXT_MAX], where[COMPLAINT_TEXT_MAX];

	for (size_t i = 0; i < said->nr; i++) {
		const struct said *s = &said->list[i];
		bool is_told = *complaint_where(s->complaint, where) != '\0';

		text_line(out, i ? "" : "log", "%.300s%s%.160s%s", said_describe(s, text),
			  is_told ? " (" : "", where, is_told ? ")" : "");
	}
}

/* Behind the answer to -s, which has said where the object is. */
void text_card(const struct report *report, const struct object_card *card)
{
	if (!object_card_known(card))
		return;
	said_lines(report->out, &card->said);
	if (card->in_kfence) {
		kfence_lines(report, card);
		return;
	}
	contents_rows(report, card);
	hex_rows(report, card);
	if (card->look->near[1] == OBJECT_FREE || card->look->near[1] == OBJECT_LOST)
		text_line(report->out, "pointers",
			  "slubcheck --refs %" PRIx64 " lists who still points to it",
			  card->at.addr - card->at.offset);
}

void text_object_rows(const struct report *report, const struct object_card *card)
{
	if (card->in_kfence)
		kfence_lines(report, card);
	if (!card->cache || !card->look)
		return;
	object_line(report, card);
	if (card->tracked)
		text_tracks(report, card->tracks);
	contents_rows(report, card);
}

static void object_lines(const struct report *report, const struct object_card *card)
{
	text_object_rows(report, card);
	if (card->cache && card->look)
		hex_rows(report, card);
}

/* --- The exception --- */

static void died_line(FILE *out, const struct death *d)
{
	char comm[4 * sizeof(d->fault.comm)], where[160] = "an unknown function", file[128] = "";

	if (d->symbol.name)
		symbol_text(&d->symbol, where, sizeof(where));
	if (d->fault.bug.file[0])
		snprintf(file, sizeof(file), " (%s:%u)", d->fault.bug.file, d->fault.bug.line);
	text_line(out, "died", "CPU %d, task %s (%" PRIu64 "), %s in %s%s", d->fault.cpu,
		  text_escape(d->fault.comm, comm, sizeof(comm)), d->fault.pid,
		  d->fault.warned ? "warning" : trap_kind_text(d->fault.kind), where, file);
}

static void access_line(FILE *out, const struct death *d)
{
	char from[48] = "";

	if (!d->fault.accessed)
		return;
	if (d->fault.base >= 0)
		snprintf(from, sizeof(from), " = %s %c 0x%" PRIx64, d->regs[d->fault.base].name,
			 d->fault.displacement < 0 ? '-' : '+',
			 (uint64_t)(d->fault.displacement < 0 ? -d->fault.displacement
							      : d->fault.displacement));
	text_line(out, "accessed", "%" PRIx64 "%s: %s", d->target.value, from, d->target.text);
}

/* The word that the pointer lay in, where the instructions tell. */
static void source_line(FILE *out, const struct death *d)
{
	const struct death_source *source = &d->source;
	char by[32] = "";

	if (!source->loaded)
		return;
	if (source->reg)
		snprintf(by, sizeof(by), " by %s", source->reg);
	text_line(out, "loaded from", "%016" PRIx64 "%s: %s", source->address, by,
		  source->what.text);
}

/* What says nothing of how the kernel died. */
static bool is_plain(const struct word *w)
{
	return w->kind == WORD_ZERO || w->kind == WORD_NUMBER || w->kind == WORD_NULL_OFFSET ||
	       w->kind == WORD_ERROR || w->kind == WORD_ABSENT;
}

static void register_rows(const struct report *report, const struct death *d)
{
	for (size_t i = 0; i < d->nr_regs; i++) {
		const struct death_reg *r = &d->regs[i];
		char from[64] = "";

		if (is_plain(&r->word) && !report->options->verbose)
			continue;
		if (r->from)
			snprintf(from, sizeof(from), "; also at +0x%x of the object in %s",
				 r->offset, r->from);
		text_line(report->out, r->name, "%016" PRIx64 " %s%s", r->word.value, r->word.text,
			  from);
	}
}

/* What was checked where nothing is damaged, for who has to look elsewhere. */
static void allocator_line(FILE *out, const struct story *s)
{
	const struct story_checked *c = &s->checked;

	if (s->kind == STORY_FINDING || (!s->allocator_innocent && !s->allocator_unseen))
		return;
	text_line(out, "allocator",
		  "%s: the lists, freelists and counters of %zu caches, and %" PRIu64
		  " objects in %" PRIu64 " slabs, were checked",
		  s->allocator_innocent ? "nothing in it is damaged"
					: "no damage was seen, but not all of it could be checked",
		  c->caches, c->objects, c->slabs);
}

void text_story_rows(const struct report *report, const struct story *s)
{
	FILE *out = report->out;

	said_lines(out, &s->said);
	if (!s->death.found)
		return;
	died_line(out, &s->death);
	access_line(out, &s->death);
	source_line(out, &s->death);
	register_rows(report, &s->death);
}

/* The finding above has said why. */
static void cause_lines(FILE *out, const struct story *s)
{
	for (unsigned int i = 0; i < s->opinions.nr; i++) {
		const struct opinion *o = &s->opinions.opinions[i];

		if (s->finding)
			text_line(out, i ? "or" : "cause", "%s (%s): see %s above",
				  cause_title(o->cause), certainty_name(o->certainty),
				  finding_info(s->finding->id)->id);
		else
			text_opinion(out, i ? "or" : "cause", o);
	}
}

void text_why(const struct report *report, const struct story *s)
{
	FILE *out = report->out;

	fprintf(out, "why: ");
	text_wrap(out, s->headline, 5);
	text_story_rows(report, s);
	if (s->has_object)
		object_lines(report, &s->object);
	cause_lines(out, s);
	if (s->settle[0])
		text_line(out, "to settle it", "%s", s->settle);
	allocator_line(out, s);
}
