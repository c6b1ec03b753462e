/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/json_parts.h"

#include <stdio.h>
#include <string.h>

#include "checker/report/json_writer.h"
#include "checker/findings/severity.h"
#include "checker/findings/signature.h"
#include "checker/debug/stack.h"
#include "checker/image/symbol.h"
#include "checker/findings/diagnosis.h"
#include "checker/findings/trap_evidence.h"
#include "decoders/freeptr.h"
#include "decoders/overwrite.h"
#include "decoders/slab.h"

void json_symbol(struct json *json, const struct target_symbol *symbol)
{
	if (!symbol->name)
		return;
	json_text(json, "symbol", symbol->name);
	if (symbol->module)
		json_text(json, "module", symbol->module);
	json_uint(json, "offset", symbol->offset);
}

static void hex_if(struct json *json, const struct finding *f, unsigned int has, const char *key,
		   uint64_t value)
{
	if (f->has & has)
		json_hex(json, key, value);
}

/* Every decode of the word and its inputs, so that a reader can do without this program. */
static void decodes_write(struct json *json, const struct finding *f)
{
	json_open(json, "decodes");
	for (unsigned int e = 0; e < FREEPTR_ENCODINGS; e++)
		json_hex(json, freeptr_encoding_name((enum freeptr_encoding)e),
			 freeptr_decode((enum freeptr_encoding)e, f->raw, f->random, f->slot));
	json_close(json);
	json_hex(json, "random", f->random);
	json_text(json, "elected", freeptr_encoding_name((enum freeptr_encoding)f->encoding));
	json_uint(json, "votes_for", f->votes_for);
	json_uint(json, "votes", f->votes);
}

static void place_write(struct json *json, const struct finding *f)
{
	json_text(json, "place", finding_place_name(f->place));
	if (f->cpu >= 0)
		json_int(json, "cpu", f->cpu);
	if (f->node >= 0)
		json_int(json, "node", f->node);
	hex_if(json, f, FINDING_HAS_SLAB, "slab", f->slab);
	if (f->has & FINDING_HAS_SLAB && f->slab_base)
		json_hex(json, "slab_base", f->slab_base);
	hex_if(json, f, FINDING_HAS_SHEAF, finding_place_is_array(f->place) ? "array" : "sheaf",
	       f->sheaf);
	if (f->has & FINDING_HAS_ENTRY)
		json_uint(json, "entry", f->entry);
	if (f->has & FINDING_HAS_OBJECT) {
		json_hex(json, "object", f->object);
		json_int(json, "index", f->object_index);
	}
	if (f->has & FINDING_HAS_HOP)
		json_uint(json, "hop", f->hop);
	if (f->has & FINDING_HAS_PREVIOUS) {
		json_hex(json, "previous", f->previous);
		json_int(json, "previous_index", f->previous_index);
	}
}

/* Bytes as hexadecimal digits, in the order of their addresses. */
static void excerpt_write(struct json *json, const struct finding_bytes *b)
{
	char hex[2 * sizeof(b->excerpt) + 1] = "";

	for (unsigned int i = 0; i < b->nr_excerpt; i++)
		snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", b->excerpt[i]);
	json_text(json, "bytes", hex);
}

static void bytes_write(struct json *json, const struct finding *f)
{
	const struct finding_bytes *b = &f->bytes;

	if (!(f->has & FINDING_HAS_BYTES))
		return;
	json_hex(json, "first_bad", b->first);
	json_hex(json, "last_bad", b->last);
	json_uint(json, "bad_bytes", b->nr);
	json_int(json, "from_start", b->from_start);
	json_int(json, "from_end", b->from_end);
	excerpt_write(json, b);
	json_hex(json, "expected_byte", b->expected);
	if (b->expected_or != b->expected)
		json_hex(json, "expected_byte_or", b->expected_or);
}

static void stack_write(struct json *json, const struct report *report, const struct track *track)
{
	uint64_t frames[STACK_FRAMES_MAX];
	unsigned int nr = stack_read(report->memory, &report->allocator->debug->stack,
				     &report->allocator->debug->track, track, frames);
	char text[FRAME_TEXT_MAX];

	if (!nr)
		return;
	json_list_open(json, "stack");
	for (unsigned int i = 0; i < nr; i++)
		json_item(json, frame_describe(report->memory, frames[i], text));
	json_list_close(json);
}

static void track_write(struct json *json, const struct report *report, const char *key,
			const struct track *track)
{
	if (!track->addr)
		return;
	json_open(json, key);
	json_bool(json, "valid", track_wrong(report->allocator->kernel, track) == TRACK_GOOD);
	json_hex(json, "address", track->addr);
	json_symbol(json, &track->symbol);
	json_int(json, "cpu", track->cpu);
	json_int(json, "pid", track->pid);
	json_hex(json, "when", track->when);
	if (track->dated && track->age >> 53 == 0)
		json_uint(json, "age", track->age);
	if (track->dated && track->hz)
		json_seconds(json, "age_seconds", (double)track->age / track->hz);
	if (track->handle)
		json_uint(json, "handle", track->handle);
	stack_write(json, report, track);
	json_close(json);
}

void json_tracks(struct json *json, const struct report *report, const struct track tracks[TRACKS])
{
	track_write(json, report, "allocated", &tracks[TRACK_ALLOC]);
	track_write(json, report, "freed", &tracks[TRACK_FREE]);
}

void json_opinion(struct json *json, const struct opinion *o)
{
	json_item_open(json);
	json_text(json, "cause", cause_id(o->cause));
	json_text(json, "certainty", certainty_name(o->certainty));
	if (o->object)
		json_hex(json, "object", o->object);
	if (o->speaks_for[0])
		json_text(json, "for", o->speaks_for);
	if (o->speaks_against[0])
		json_text(json, "against", o->speaks_against);
	json_close(json);
}

static void diagnosis_write(struct json *json, const struct diagnosis *d)
{
	if (d->evidence[0])
		json_text(json, "evidence", d->evidence);
	if (d->has_repair)
		json_hex(json, "repair", d->repair);
	if (d->has_extent) {
		json_hex(json, "extent_first", d->extent_first);
		json_hex(json, "extent_last", d->extent_last);
	}
	if (!d->nr)
		return;
	json_text(json, "certainty", certainty_name(d->opinions[0].certainty));
	json_list_open(json, "causes");
	for (unsigned int i = 0; i < d->nr; i++)
		json_opinion(json, &d->opinions[i]);
	json_list_close(json);
}

static void cause_write(struct json *json, const struct finding *f)
{
	json_text(json, "cause", cause_id(diagnosis_cause(f->diagnosis)));
	if (f->diagnosis)
		diagnosis_write(json, f->diagnosis);
	if (f->has & FINDING_HAS_OBJECT && !f->trap) {
		json_text(json, "left", object_state_name(f->left));
		json_text(json, "right", object_state_name(f->right));
	}
	if (f->has & FINDING_HAS_DECODED)
		json_text(json, "raw_class",
			  overwrite_class_id(f->diagnosis ? f->diagnosis->raw_class
							  : overwrite_classify(f->raw)));
}

static void function_write(struct json *json, const struct target_symbol *symbol)
{
	json_text(json, "function", symbol->name);
	json_uint(json, "function_offset", symbol->offset);
}

static void trap_words_write(struct json *json, const struct trap *trap)
{
	json_open(json, "registers");
	for (size_t i = 0; i < trap->nr_words; i++)
		json_hex(json, trap->words[i].reg, trap->words[i].value);
	json_close(json);
	json_open(json, "meanings");
	for (size_t i = 0; i < trap->nr_words; i++)
		json_text(json, trap->words[i].reg, trap->words[i].what);
	json_close(json);
}

static void trap_write(struct json *json, const struct trap *trap)
{
	char hex[2 * FAULT_CODE_MAX + 1] = "";

	if (!trap)
		return;
	json_text(json, "trap", trap_kind_id(trap->fault.kind));
	json_uint(json, "pid", trap->fault.pid);
	json_text(json, "comm", trap->fault.comm);
	function_write(json, &trap->symbol);
	if (trap->caller.name)
		json_text(json, "caller", trap->caller.name);
	if (trap->fault.accessed)
		json_hex(json, "fault_address", trap->fault.address);
	if (trap->fault.bug.file[0]) {
		json_text(json, "file", trap->fault.bug.file);
		json_uint(json, "line", trap->fault.bug.line);
	}
	json_hex(json, "frame", trap->fault.frame);
	json_hex(json, "ip", trap->fault.ip);
	for (unsigned int i = 0; i < trap->fault.nr_code; i++)
		snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", trap->fault.code[i]);
	json_text(json, "instruction", hex);
	trap_words_write(json, trap);
}

static void json_finding(const struct report *report, const struct finding *f)
{
	char signature[SIGNATURE_MAX];
	uint64_t expected;
	struct json json;

	finding_signature(f, signature);
	json_begin(&json, report->out);
	json_text(&json, "type", "finding");
	json_text(&json, "id", finding_info(f->id)->id);
	json_text(&json, "signature", signature);
	json_text(&json, "severity", finding_severity_name(f->severity));
	if (f->has & FINDING_HAS_DEFAULT)
		json_text(&json, "severity_default", finding_severity_name(f->severity_default));
	json_text(&json, "cache", f->cache_name);
	if (f->cache)
		json_hex(&json, "cache_address", f->cache);
	place_write(&json, f);
	if (f->has & FINDING_HAS_SLOT) {
		json_hex(&json, "slot", f->slot);
		json_text(&json, "slot_name", f->slot_name);
	}
	hex_if(&json, f, FINDING_HAS_RAW, "raw", f->raw);
	if (finding_expected(f, &expected))
		json_hex(&json, "expected", expected);
	if (f->has & FINDING_HAS_DECODED) {
		json_hex(&json, "decoded", f->decoded);
		decodes_write(&json, f);
	}
	bytes_write(&json, f);
	trap_write(&json, f->trap);
	if (f->has & FINDING_HAS_TRACKS)
		json_tracks(&json, report, f->tracks);
	json_text(&json, "message", f->message);
	if (f->doubt)
		json_text(&json, "doubt", f->doubt);
	if (f->excuse)
		json_text(&json, "excuse", f->excuse->id);
	cause_write(&json, f);
	json_end(&json);
}

/* @runs: the kernel runs. */
static void coverage_write(struct json *json, const struct coverage *c, bool runs)
{
	if (runs) {
		json_uint(json, "busy", c->busy);
		json_uint(json, "objects_busy", c->objects_busy);
		json_uint(json, "retries", c->retries);
	}
	json_uint(json, "slabs", c->slabs);
	json_uint(json, "objects", c->objects);
	json_uint(json, "objects_verified", c->objects_verified);
	json_uint(json, "objects_free", c->objects_free);
	json_uint(json, "absent", c->absent);
	if (c->said) {
		json_uint(json, "slabs_counted", c->said_slabs);
		json_uint(json, "objects_counted", c->said_objects);
	}
	if (c->sheaved) {
		json_uint(json, "sheaves", c->sheaves);
		json_uint(json, "objects_in_sheaves", c->sheaf_objects);
	}
}

static void json_cache(const struct report *report, const struct cache_result *result)
{
	char option[BOOT_OPTION_MAX];
	struct json json;

	findings_for_each (node, &result->findings)
		json_finding(report, &node->finding);
	if (!report->options->all_caches && cache_verdict(result) == VERDICT_CLEAN)
		return;
	json_begin(&json, report->out);
	json_text(&json, "type", "cache");
	json_text(&json, "cache", result->cache.name);
	json_hex(&json, "cache_address", result->cache.addr);
	json_text(&json, "verdict", verdict_name(cache_verdict(result)));
	json_uint(&json, "size", result->cache.size);
	json_uint(&json, "object_size", result->cache.object_size);
	json_uint(&json, "findings", result->findings.nr);
	json_uint(&json, "findings_dropped", result->findings.dropped);
	if (result->silenced)
		json_uint(&json, "silenced", result->silenced);
	if (cache_boot_option(report, result, option))
		json_text(&json, "boot", option);
	coverage_write(&json, &result->coverage, report->memory->runs);
	if (report->memory->runs && result->coverage.said)
		json_uint(&json, "bytes",
			  result->coverage.said_slabs * result->cache.pages_per_slab *
				  report->memory->page_size);
	json_end(&json);
}

static void json_list(const struct report *report, const struct cache_result *result)
{
	findings_for_each (node, &result->findings)
		json_finding(report, &node->finding);
}

static void json_panic(const struct report *report, const struct panic *panic)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "panic");
	json_int(&json, "cpu", panic->cpu);
	json_uint(&json, "pid", panic->pid);
	json_text(&json, "comm", panic->comm);
	json_hex(&json, "frame", panic->frame);
	json_hex(&json, "ip", panic->ip);
	json_symbol(&json, &panic->symbol);
	json_text(&json, "finding", finding_info(panic->finding->id)->id);
	json_text(&json, "cache", panic->finding->cache_name);
	json_open(&json, "registers");
	for (size_t i = 0; i < panic->nr_matches; i++)
		json_hex(&json, panic->matches[i].reg, panic->matches[i].value);
	json_close(&json);
	json_open(&json, "meanings");
	for (size_t i = 0; i < panic->nr_matches; i++)
		json_text(&json, panic->matches[i].reg, panic->matches[i].what);
	json_close(&json);
	json_end(&json);
}

/* What leads to a free object. */
static void holder_write(struct json *json, const struct holder *h)
{
	if (h->kind == HOLDER_CPU_LIST || h->kind == HOLDER_SLAB_LIST) {
		json_text(json, "freelist", h->kind == HOLDER_CPU_LIST ? "cpu" : "slab");
		json_uint(json, "hop", h->position);
	}
	if (h->kind != HOLDER_ARRAY)
		return;
	if (finding_place_is_array(h->place)) {
		json_hex(json, "array", h->array);
		json_text(json, "array_place", finding_place_name(h->place));
		json_int(json, h->cpu >= 0 ? "array_cpu" : "array_node",
			 h->cpu >= 0 ? h->cpu : h->node);
		json_uint(json, "entry", h->position);
		return;
	}
	json_hex(json, "sheaf", h->array);
	json_text(json, "sheaf_place", finding_place_name(h->place));
	if (h->cpu >= 0)
		json_int(json, "sheaf_cpu", h->cpu);
	else
		json_int(json, "sheaf_node", h->node);
	json_uint(json, "entry", h->position);
}

static void address_slab_write(struct json *json, const struct report *report,
			       const struct report_address *a)
{
	const struct slab_view *slab = &a->look.slab;

	json_hex(json, "slab", slab->page);
	json_hex(json, "slab_base", a->at.base);
	if (a->at.index >= 0) {
		json_hex(json, "object", a->addr - a->at.offset);
		json_int(json, "index", a->at.index);
	}
	json_uint(json, "offset", a->at.offset);
	json_text(json, "place", finding_place_name(slab->place));
	if (slab->cpu >= 0)
		json_int(json, "cpu", slab->cpu);
	if (slab->node >= 0)
		json_int(json, "node", slab->node);
	json_text(json, "state", address_state(a));
	holder_write(json, &a->look.holder);
	if (a->tracked)
		json_tracks(json, report, a->tracks);
	json_uint(json, "inuse", slab->inuse);
	json_uint(json, "objects", slab->objects);
}

static void structure_write(struct json *json, const struct report *report,
			    const struct structure *s)
{
	struct cache_view cache;

	json_open(json, "structure");
	json_text(json, "kind", structure_kind_name(s->kind));
	if (s->size) {
		json_hex(json, "start", s->start);
		json_uint(json, "size", s->size);
	}
	if (s->member[0])
		json_text(json, "member", s->member);
	if (s->cache) {
		report->allocator->ops->view(report->allocator, s->cache, &cache);
		json_text(json, "cache", cache.name);
		json_hex(json, "cache_address", s->cache);
	}
	if (s->kind == STRUCTURE_SHEAF || s->kind == STRUCTURE_ARRAY)
		json_text(json, "place", finding_place_name(s->place));
	if (s->cpu >= 0)
		json_int(json, "cpu", s->cpu);
	if (s->node >= 0)
		json_int(json, "node", s->node);
	if (s->kind == STRUCTURE_PAGE)
		json_hex(json, "describes", s->describes);
	if (s->kind == STRUCTURE_STACK) {
		json_uint(json, "pid", s->pid);
		json_text(json, "comm", s->comm);
	}
	json_close(json);
}

static void description_write(struct json *json, const struct report *report,
			      const struct report_address *a)
{
	char what[512];
	struct cache_view cache;

	json_text(json, "description", address_describe(report, a, what, sizeof(what)));
	if (a->structure.kind == STRUCTURE_CACHE) {
		report->allocator->ops->view(report->allocator, a->structure.cache, &cache);
		json_text(json, "kmem_cache_of", cache.name);
	}
	if (a->structure.kind != STRUCTURE_NONE)
		structure_write(json, report, &a->structure);
}

static void json_address(const struct report *report, const struct report_address *a)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "address");
	json_hex(&json, "address", a->asked);
	json_text(&json, "cache", a->cache ? a->cache->name : NULL);
	if (a->cache) {
		json_hex(&json, "cache_address", a->cache->addr);
		address_slab_write(&json, report, a);
	}
	if (report->allocator)
		description_write(&json, report, a);
	json_end(&json);
}

static void json_message(const struct report *report, const char *message, const char *name)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "message");
	json_text(&json, "message", message);
	if (name)
		json_text(&json, "name", name);
	json_end(&json);
}

static void reading_write(struct json *json, const struct allocator *a)
{
	struct reading r;

	a->ops->reading(a, &r);
	for (size_t i = 0; i < r.nr_facts; i++) {
		const struct reading_fact *f = &r.facts[i];

		if (f->kind == FACT_TEXT)
			json_text(json, f->key, f->text);
		else if (f->kind == FACT_BOOL)
			json_bool(json, f->key, f->number);
		else
			json_uint(json, f->key, f->number);
	}
}

static void severities_write(struct json *json, const struct report *report,
			     const struct report_totals *t)
{
	char text[SEVERITIES_TEXT_MAX];

	if (!report->options->severities)
		return;
	json_text(json, "severities", severities_text(report->options->severities, text));
	json_uint(json, "silenced", t->silenced);
	json_uint(json, "severities_changed", t->changed);
}

static void json_summary(const struct report *report, const struct report_totals *t)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "summary");
	json_text(&json, "version", SLUBCHECK_VERSION);
	json_uint(&json, "schema", JSON_SCHEMA_VERSION);
	json_text(&json, "verdict", verdict_name(t->verdict));
	json_bool(&json, "interrupted", t->interrupted);
	if (report->dump_level)
		json_uint(&json, "dump_level", report->dump_level);
	if (t->live)
		json_bool(&json, "live", true);
	if (t->runs) {
		json_bool(&json, "running", true);
		json_uint(&json, "passes", t->passes);
	}
	json_bool(&json, "memmap_scanned", t->scanned);
	json_uint(&json, "corrupt", t->corrupt);
	json_uint(&json, "transient", t->transient);
	json_uint(&json, "notes", t->notes);
	json_uint(&json, "findings_dropped", t->dropped);
	severities_write(&json, report, t);
	json_uint(&json, "caches", t->caches);
	json_uint(&json, "caches_checked", t->caches_checked);
	json_uint(&json, "caches_corrupt", t->caches_corrupt);
	json_uint(&json, "caches_unknown", t->caches_unknown);
	coverage_write(&json, &t->coverage, t->runs);
	if (report->allocator)
		reading_write(&json, report->allocator);
	json_uint(&json, "reads", t->reads);
	json_uint(&json, "bytes_read", t->bytes);
	json_seconds(&json, "seconds", t->seconds);
	json_end(&json);
}

static void aliases_write(struct json *json, const struct report_usage *u)
{
	json_list_open(json, "aliases");
	for (size_t i = 0; i < u->nr_aliases; i++)
		json_item(json, u->aliases[i].name);
	json_list_close(json);
}

/* What the allocator counts of a cache. */
static void counts_write(struct json *json, const struct report *report,
			 const struct report_usage *row)
{
	const struct cache_usage *u = &row->usage;

	json_uint(json, "active", u->active);
	json_uint(json, "objects", u->objects);
	json_uint(json, "slabs", u->slabs);
	json_uint(json, "allocated", u->allocated);
	json_uint(json, "pages", u->pages);
	json_uint(json, "reclaimable_pages", u->reclaimable);
	json_uint(json, "bytes", row->bytes);
	if (row->wasted)
		json_uint(json, "waste", row->waste);
	if (!report->allocator->has_arrays)
		return;
	json_uint(json, "limit", u->limit);
	json_uint(json, "batchcount", u->batchcount);
	json_uint(json, "shared", u->shared);
	json_uint(json, "shared_available", u->shared_avail);
}

static void json_usage(const struct report *report, const struct report_usage *u)
{
	const struct cache_view *cache = u->cache;
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "usage");
	json_text(&json, "cache", cache ? cache->name : NULL);
	if (cache) {
		json_hex(&json, "cache_address", cache->addr);
		json_uint(&json, "size", cache->size);
		json_uint(&json, "object_size", cache->object_size);
		json_uint(&json, "objects_per_slab", cache->objects_per_slab);
		json_uint(&json, "pages_per_slab", cache->pages_per_slab);
	}
	if (u->usage.known)
		counts_write(&json, report, u);
	if (cache && u->aliases_known)
		aliases_write(&json, u);
	json_end(&json);
}

static void json_object(const struct report *report, const struct cache_view *cache,
			const struct object_view *o)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "object");
	json_hex(&json, "object", o->addr);
	json_text(&json, "state", object_state_name(o->state));
	json_text(&json, "cache", cache->name);
	json_hex(&json, "cache_address", cache->addr);
	json_hex(&json, "slab", o->slab->page);
	json_int(&json, "index", o->index);
	holder_write(&json, &o->holder);
	if (o->holder.kind == HOLDER_CPU_LIST)
		json_int(&json, "cpu", o->holder.cpu);
	json_end(&json);
}

static void json_objects_end(const struct report *report, const struct report_objects *objects)
{
	const struct objects_count *c = &objects->count;
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "objects");
	json_text(&json, "cache", objects->cache ? objects->cache->name : NULL);
	if (objects->cache)
		json_hex(&json, "cache_address", objects->cache->addr);
	json_bool(&json, "listed", objects->walkable);
	json_uint(&json, "slabs", c->slabs);
	json_uint(&json, "allocated", c->allocated);
	json_uint(&json, "free", c->free);
	json_uint(&json, "lost", c->lost);
	json_uint(&json, "unknown", c->unknown);
	json_end(&json);
}

/* An object, as members of the object that is open. */
static void ref_object_write(struct json *json, const struct ref_object *o)
{
	json_text(json, "cache", o->cache.name);
	json_hex(json, "cache_address", o->at.cache);
	json_hex(json, "object", o->at.addr - o->at.offset);
	json_int(json, "index", o->at.index);
	json_uint(json, "offset", o->at.offset);
	json_text(json, "state", object_state_name(o->state));
	holder_write(json, &o->holder);
}

static void json_refs_begin(const struct report *report, const struct report_range *range)
{
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "range");
	json_hex(&json, "start", range->start);
	json_hex(&json, "end", range->end);
	if (range->is_object)
		ref_object_write(&json, &range->object);
	json_end(&json);
}

static void named_symbol_write(struct json *json, const char *name, const char *offset,
			       const struct target_symbol *symbol)
{
	if (!symbol->name)
		return;
	json_text(json, name, symbol->name);
	json_uint(json, offset, symbol->offset);
}

static void ref_stack_write(struct json *json, const struct reference *ref)
{
	json_uint(json, "pid", ref->pid);
	json_text(json, "comm", ref->comm);
	json_hex(json, "stack", ref->start);
	json_bool(json, "below_sp", ref->below_sp);
	named_symbol_write(json, "function", "function_offset", &ref->frame);
	named_symbol_write(json, "caller", "caller_offset", &ref->caller);
}

static void ref_holder_write(struct json *json, const struct report *report,
			     const struct reference *ref)
{
	if (ref->kind == REF_STACK)
		ref_stack_write(json, ref);
	if (ref->kind == REF_REGISTER)
		named_symbol_write(json, "function", "function_offset", &ref->frame);
	named_symbol_write(json, "symbol", "symbol_offset", &ref->symbol);
	if (ref->symbol.name && ref->symbol.module)
		json_text(json, "module", ref->symbol.module);
	if (ref->cpu >= 0)
		json_int(json, "cpu", ref->cpu);
	if (ref->reg)
		json_text(json, "register", ref->reg);
	if (ref->kind == REF_OBJECT || ref->kind == REF_FREEPOINTER)
		ref_object_write(json, &ref->object);
	if (ref->kind == REF_ALLOCATOR)
		structure_write(json, report, &ref->structure);
	if (ref->kind == REF_VMALLOC)
		json_hex(json, "area", ref->start);
	if (ref->kind == REF_PAGE)
		json_text(json, "page", page_use_name(ref->page));
}

static void json_reference(const struct report *report, const struct reference *ref)
{
	struct json json;
	char what[512];

	json_begin(&json, report->out);
	json_text(&json, "type", "reference");
	json_text(&json, "kind", ref_kind_name(ref->kind));
	json_text(&json, "life", reference_life(ref));
	json_bool(&json, "dangling", ref->dangling);
	if (ref->addr)
		json_hex(&json, "address", ref->addr);
	json_hex(&json, "value", ref->value);
	json_text(&json, "description", reference_describe(report, ref, what, sizeof(what)));
	json_open(&json, "holder");
	ref_holder_write(&json, report, ref);
	json_close(&json);
	if (ref->target.at.cache && ref->target.at.index >= 0) {
		json_open(&json, "target");
		ref_object_write(&json, &ref->target);
		json_close(&json);
	}
	json_end(&json);
}

static void json_refs_end(const struct report *report, const struct report_refs *refs)
{
	const struct refs_found *pass = refs->pass;
	struct json json;

	json_begin(&json, report->out);
	json_text(&json, "type", "references");
	json_uint(&json, "references", refs->found);
	json_uint(&json, "dangling", refs->dangling);
	json_uint(&json, "unlisted", refs->unlisted);
	json_uint(&json, "bytes", refs->all);
	json_uint(&json, "bytes_read", pass->bytes);
	json_uint(&json, "bytes_absent", pass->absent);
	json_bool(&json, "stopped", pass->stopped);
	json_seconds(&json, "seconds", pass->seconds);
	json_end(&json);
}

const struct report_ops report_json = {
	.cache = json_cache,
	.list = json_list,
	.kernel = json_list,
	.panic = json_panic,
	.complaints = json_complaints,
	.address = json_address,
	.why = json_why,
	.card = json_card,
	.finding = json_finding,
	.usage = json_usage,
	.object = json_object,
	.objects_end = json_objects_end,
	.top = json_top,
	.map = json_map,
	.refs_begin = json_refs_begin,
	.reference = json_reference,
	.refs_end = json_refs_end,
	.message = json_message,
	.summary = json_summary,
};
