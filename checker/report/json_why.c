/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why the kernel died, for programs. */
#include <stdio.h>

#include "checker/image/symbol.h"
#include "checker/report/json_parts.h"

static void register_write(struct json *json, const struct death_reg *r)
{
	json_item_open(json);
	json_text(json, "name", r->name);
	json_hex(json, "value", r->word.value);
	json_text(json, "kind", word_kind_id(r->word.kind));
	json_text(json, "text", r->word.text);
	if (r->word.kind == WORD_OBJECT) {
		json_hex(json, "object", r->word.at.addr - r->word.at.offset);
		json_text(json, "state", object_state_name(r->word.state));
	}
	if (r->word.kind == WORD_LINK)
		json_hex(json, "object", r->word.object);
	if (r->from) {
		json_text(json, "from", r->from);
		json_hex(json, "holder", r->holder);
		json_uint(json, "holder_offset", r->offset);
	}
	json_close(json);
}

static void death_write(struct json *json, const struct death *d)
{
	char hex[2 * FAULT_CODE_MAX + 1] = "";

	json_open(json, "death");
	json_text(json, "exception", trap_kind_id(d->fault.kind));
	json_int(json, "cpu", d->fault.cpu);
	json_uint(json, "pid", d->fault.pid);
	json_text(json, "comm", d->fault.comm);
	json_hex(json, "frame", d->fault.frame);
	json_hex(json, "ip", d->fault.ip);
	json_symbol(json, &d->symbol);
	if (d->fault.bug.file[0]) {
		json_text(json, "file", d->fault.bug.file);
		json_uint(json, "line", d->fault.bug.line);
	}
	for (unsigned int i = 0; i < d->fault.nr_code; i++)
		snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", d->fault.code[i]);
	json_text(json, "instruction", hex);
	if (d->fault.accessed) {
		json_hex(json, "accessed", d->target.value);
		json_text(json, "accessed_kind", word_kind_id(d->target.kind));
		if (d->fault.base >= 0) {
			json_text(json, "base", d->regs[d->fault.base].name);
			json_int(json, "displacement", d->fault.displacement);
		}
		if (d->source.loaded) {
			json_hex(json, "loaded_from", d->source.address);
			json_text(json, "loaded_from_what", d->source.what.text);
		}
	}
	json_list_open(json, "registers");
	for (size_t i = 0; i < d->nr_regs; i++)
		register_write(json, &d->regs[i]);
	json_list_close(json);
	json_close(json);
}

static void said_write(struct json *json, const struct said_list *said)
{
	if (!said->nr)
		return;
	json_list_open(json, "said");
	for (size_t i = 0; i < said->nr; i++) {
		const struct said *s = &said->list[i];

		json_item_open(json);
		json_text(json, "id", s->complaint->pattern->id);
		json_text(json, "text", s->complaint->line->text);
		if (s->tie != TIE_NONE)
			json_text(json, "same", complaint_tie_name(s->tie));
		if (s->reg)
			json_text(json, "register", s->reg);
		if (s->timed)
			json_uint(json, "microseconds_before", s->before_ns / 1000);
		json_bool(json, "at_death", s->at_death);
		json_close(json);
	}
	json_list_close(json);
}

static void kin_write(struct json *json, const struct kin *kin)
{
	json_uint(json, "neighbours", kin->allocated);
	if (!kin->nr)
		return;
	json_list_open(json, "neighbours_hold");
	for (size_t i = 0; i < kin->nr; i++) {
		json_item_open(json);
		json_uint(json, "at", kin->rows[i].offset);
		json_uint(json, "count", kin->rows[i].nr);
		json_hex(json, "value", kin->rows[i].value);
		json_text(json, "what", kin->rows[i].text);
		json_bool(json, "here", kin->rows[i].here);
		json_close(json);
	}
	json_list_close(json);
}

static void extent_write(struct json *json, const struct extent *e)
{
	if (!e->known)
		return;
	json_open(json, "extent");
	json_hex(json, "first", e->first);
	json_hex(json, "last", e->last);
	if (e->from.index >= 0)
		json_int(json, "first_index", e->from.index);
	json_uint(json, "first_offset", e->from.offset);
	if (e->to.index >= 0)
		json_int(json, "last_index", e->to.index);
	json_uint(json, "last_offset", e->to.offset);
	json_text(json, "pattern", stretch_name(e->kind));
	json_bool(json, "page_start", e->page_start);
	json_uint(json, "findings", e->findings);
	json_close(json);
}

static const char *known_name(enum owner_known known)
{
	static const char *const names[] = { "not-kept", "nobody", "known", "unknown" };

	return names[known];
}

static void owner_write(struct json *json, const struct object_owner *o)
{
	if (o->memcg != OWNER_NOT_KEPT) {
		json_open(json, "memory_cgroup");
		json_text(json, "known", known_name(o->memcg));
		if (o->memcg == OWNER_KNOWN) {
			json_hex(json, "address", o->memcg_addr);
			if (o->path[0])
				json_text(json, "path", o->path);
			json_bool(json, "removed", o->removed);
		}
		json_close(json);
	}
	if (o->tag == OWNER_NOT_KEPT)
		return;
	json_open(json, "allocated_at");
	json_text(json, "known", known_name(o->tag));
	if (o->tag == OWNER_KNOWN) {
		json_text(json, "file", o->file);
		json_uint(json, "line", o->line);
		json_text(json, "function", o->function);
		if (o->module[0])
			json_text(json, "module", o->module);
	}
	json_close(json);
}

static void cpus_write(struct json *json, const struct cpu_holders *holders)
{
	static const char *const whats[] = { "before", "this", "after" };

	json_uint(json, "cpus_asked", holders->asked);
	json_uint(json, "cpus_unknown", holders->unknown);
	if (!holders->nr)
		return;
	json_list_open(json, "cpus");
	for (size_t i = 0; i < holders->nr; i++) {
		const struct cpu_holder *h = &holders->list[i];

		json_item_open(json);
		json_int(json, "cpu", h->cpu);
		json_text(json, "source", h->source == CPU_REGS_FRAME ? "frame" : "note");
		if (h->task_known) {
			json_uint(json, "pid", h->pid);
			json_text(json, "comm", h->comm);
		}
		json_text(json, "register", h->reg);
		json_hex(json, "value", h->value);
		json_text(json, "object", whats[h->which + 1]);
		json_uint(json, "at", h->offset);
		json_symbol(json, &h->symbol);
		json_close(json);
	}
	json_list_close(json);
}

static void candidates_write(struct json *json, const struct candidates *c)
{
	if (!c->nr)
		return;
	json_open(json, "type_candidates");
	json_uint(json, "least_bytes", c->least);
	json_uint(json, "most_bytes", c->most);
	json_uint(json, "of_size", c->of_size);
	json_uint(json, "fitting", c->fitting);
	json_uint(json, "objects", c->objects);
	json_bool(json, "itself", c->itself);
	json_uint(json, "offsets", c->offsets);
	json_text(json, "because", c->because);
	json_list_open(json, "best");
	for (size_t i = 0; i < c->nr; i++) {
		json_item_open(json);
		json_text(json, "name", c->list[i].name);
		json_uint(json, "size", c->list[i].size);
		json_uint(json, "fits", c->list[i].fits);
		json_close(json);
	}
	json_list_close(json);
	json_close(json);
}

static void kfence_track_write(struct json *json, const struct report *report, const char *key,
			       const struct kfence_track *track)
{
	char where[160];

	if (!track->known)
		return;
	json_open(json, key);
	json_int(json, "pid", track->pid);
	if (track->cpu >= 0)
		json_int(json, "cpu", track->cpu);
	if (track->when)
		json_uint(json, "microseconds", track->when / 1000);
	json_list_open(json, "stack");
	for (unsigned int i = 0; i < track->nr_frames; i++) {
		snprintf(where, sizeof(where), "0x%llx", (unsigned long long)track->frames[i]);
		symbol_describe(report->memory, track->frames[i], where, sizeof(where));
		json_item(json, where);
	}
	json_list_close(json);
	json_close(json);
}

static void kfence_write(struct json *json, const struct report *report,
			 const struct object_card *card)
{
	const struct kfence_card *k = &card->kfence;

	json_open(json, "kfence");
	json_text(json, "page", kfence_page_id(k->page));
	if (k->index >= 0)
		json_int(json, "index", k->index);
	if (k->metadata)
		json_hex(json, "metadata", k->metadata);
	kfence_track_write(json, report, "allocated", &k->tracks[0]);
	kfence_track_write(json, report, "freed", &k->tracks[1]);
	json_close(json);
}

/* What KFENCE has handed out has no place in a slab. */
static void kfence_card_write(struct json *json, const struct report *report,
			      const struct object_card *card)
{
	const struct kfence_object *o = &card->kfence.object;

	json_open(json, "object");
	if (card->kfence.page == KFENCE_PAGE_OBJECT) {
		json_hex(json, "address", o->addr);
		if (card->kfence_cache[0])
			json_text(json, "cache", card->kfence_cache);
		json_hex(json, "cache_address", o->cache);
		json_uint(json, "size", o->size);
		json_text(json, "state",
			  object_state_name(o->state == KFENCE_IN_USE ? OBJECT_ALLOCATED
								      : OBJECT_FREE));
	} else {
		json_hex(json, "address", card->at.addr);
	}
	kfence_write(json, report, card);
	json_close(json);
}

static void card_write(struct json *json, const struct report *report,
		       const struct object_card *card)
{
	if (card->in_kfence) {
		kfence_card_write(json, report, card);
		return;
	}
	json_open(json, "object");
	json_hex(json, "address", card->at.addr - card->at.offset);
	json_text(json, "cache", card->cache->name);
	json_hex(json, "cache_address", card->cache->addr);
	json_hex(json, "slab", card->at.page);
	json_int(json, "index", card->at.index);
	json_uint(json, "size", card->cache->object_size);
	json_text(json, "state", object_state_name(card->look->near[1]));
	if (card->first) {
		json_hex(json, "wrong_first", card->first);
		json_hex(json, "wrong_last", card->last);
	}
	extent_write(json, &card->extent);
	if (card->tracked)
		json_tracks(json, report, card->tracks);
	kin_write(json, &card->kin);
	if (card->type[0])
		json_text(json, "type_likely", card->type);
	candidates_write(json, &card->candidates);
	owner_write(json, &card->owner);
	cpus_write(json, &card->cpus);
	json_close(json);
}

void json_card(const struct report *report, const struct object_card *card)
{
	struct json json;

	if (!object_card_known(card))
		return;
	json_begin(&json, report->out);
	json_text(&json, "type", "object-card");
	said_write(&json, &card->said);
	card_write(&json, report, card);
	json_end(&json);
}

void json_why(const struct report *report, const struct story *s)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "why");
	json_text(&json, "story", story_id(s->kind));
	json_text(&json, "headline", s->headline);
	if (s->finding)
		json_text(&json, "finding", finding_info(s->finding->id)->id);
	json_text(&json, "cause", cause_id(diagnosis_cause(&s->opinions)));
	if (s->opinions.nr) {
		json_text(&json, "certainty", certainty_name(s->opinions.opinions[0].certainty));
		json_list_open(&json, "causes");
		for (unsigned int i = 0; i < s->opinions.nr; i++)
			json_opinion(&json, &s->opinions.opinions[i]);
		json_list_close(&json);
	}
	if (s->settle[0])
		json_text(&json, "settle", s->settle);
	json_open(&json, "checked");
	json_uint(&json, "caches", s->checked.caches);
	json_uint(&json, "slabs", s->checked.slabs);
	json_uint(&json, "objects", s->checked.objects);
	json_close(&json);
	json_bool(&json, "allocator_innocent", s->allocator_innocent && s->kind != STORY_FINDING);
	said_write(&json, &s->said);
	if (s->death.found)
		death_write(&json, &s->death);
	if (s->has_object && object_card_known(&s->object))
		card_write(&json, report, &s->object);
	json_end(&json);
}
