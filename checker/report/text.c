/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/text.h"

#include <inttypes.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/debug/stack.h"
#include "checker/image/symbol.h"
#include "checker/findings/trap_evidence.h"
#include "checker/findings/diagnosis.h"
#include "decoders/freeptr.h"
#include "decoders/overwrite.h"
#include "decoders/slab.h"

/* Findings of one id and cache that are shown without -v; the rest is counted. */
#define SHOWN_MAX 8

static const char *cache_name(const struct cache_view *cache, char *buf, size_t len)
{
	if (cache->status != TARGET_OK || !cache->name[0])
		snprintf(buf, len, "cache %" PRIx64, cache->addr);
	else
		text_escape(cache->name, buf, len);
	return buf;
}

static const char *slab_where(const struct finding *f, char *buf, size_t len)
{
	if (!(f->has & FINDING_HAS_SLAB))
		buf[0] = '\0';
	else if (f->slab_base)
		snprintf(buf, len, "slab %" PRIx64 " at %" PRIx64, f->slab, f->slab_base);
	else
		snprintf(buf, len, "slab %" PRIx64, f->slab);
	return buf;
}

/* The task only made the free or the allocation that the kernel died in. */
static void trap_where(FILE *out, const struct trap *trap)
{
	char comm[4 * sizeof(trap->fault.comm)];

	text_line(out, "where", "CPU %d, task %s (%" PRIu64 ")", trap->fault.cpu,
		  text_escape(trap->fault.comm, comm, sizeof(comm)), trap->fault.pid);
}

/* The instruction, and what the registers hold. */
static void trap_lines(FILE *out, const struct finding *f)
{
	char hex[3 * FAULT_CODE_MAX + 1] = "", name[160];
	const struct trap *trap = f->trap;

	if (!trap)
		return;
	for (unsigned int i = 0; i < trap->fault.nr_code; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, " %02x", trap->fault.code[i]);
	text_row(out, "instruction", "%016" PRIx64 "%s%s", trap->fault.ip, hex,
		 trap->fault.kind == TRAP_BUG ? " (ud2)" : "");
	if (trap->caller.name)
		text_row(out, "called by", "%s", symbol_text(&trap->caller, name, sizeof(name)));
	for (size_t i = 0; i < trap->nr_words; i++)
		text_line(out, trap->words[i].reg, "%016" PRIx64 " %s", trap->words[i].value,
			  trap->words[i].what);
}

/* What a place is called, and whose number follows. */
struct where {
	const char *what;
	enum { WHERE_ALONE, WHERE_CPU, WHERE_NODE } of;
};

static const struct where wheres[] = {
	[PLACE_CACHE] = { "kmem_cache", WHERE_ALONE },
	[PLACE_CPU] = { "kmem_cache_cpu of CPU", WHERE_CPU },
	[PLACE_CPU_FREELIST] = { "freelist of CPU", WHERE_CPU },
	[PLACE_CPU_SLAB] = { "slab of CPU", WHERE_CPU },
	[PLACE_CPU_PARTIAL] = { "partial list of CPU", WHERE_CPU },
	[PLACE_NODE] = { "node", WHERE_NODE },
	[PLACE_NODE_PARTIAL] = { "partial list of node", WHERE_NODE },
	[PLACE_NO_LIST] = { "on no list", WHERE_ALONE },
	[PLACE_SHEAF_MAIN] = { "main sheaf of CPU", WHERE_CPU },
	[PLACE_SHEAF_SPARE] = { "spare sheaf of CPU", WHERE_CPU },
	[PLACE_SHEAF_RCU_FREE] = { "rcu_free sheaf of CPU", WHERE_CPU },
	[PLACE_BARN] = { "barn of node", WHERE_NODE },
	[PLACE_BARN_FULL] = { "full sheaves in the barn of node", WHERE_NODE },
	[PLACE_BARN_EMPTY] = { "empty sheaves in the barn of node", WHERE_NODE },
	[PLACE_NODE_FULL] = { "full list of node", WHERE_NODE },
	[PLACE_NODE_FREE] = { "free list of node", WHERE_NODE },
	[PLACE_ARRAY_CPU] = { "array of CPU", WHERE_CPU },
	[PLACE_ARRAY_SHARED] = { "shared array of node", WHERE_NODE },
	[PLACE_ARRAY_ALIEN] = { "alien array of node", WHERE_NODE },
};

static void where_line(FILE *out, const struct finding *f)
{
	const struct where *w = &wheres[f->place];
	int number = w->of == WHERE_CPU ? f->cpu : f->node;
	char slab[80], place[80];

	if (f->trap) {
		trap_where(out, f->trap);
		return;
	}
	if (f->place == PLACE_CACHE)
		snprintf(place, sizeof(place), "%s %" PRIx64, w->what, f->cache);
	else if (w->of == WHERE_ALONE)
		snprintf(place, sizeof(place), "%s", w->what);
	else if (number < 0)
		snprintf(place, sizeof(place), "all %s", w->of == WHERE_CPU ? "CPUs" : "nodes");
	else
		snprintf(place, sizeof(place), "%s %d", w->what, number);
	slab_where(f, slab, sizeof(slab));
	text_line(out, "where", "%s%s%s", place, *slab ? ", " : "", slab);
}

static void sheaf_line(FILE *out, const struct finding *f)
{
	const char *what = finding_place_is_array(f->place) ? "array" : "sheaf";

	if (f->has & FINDING_HAS_ENTRY)
		text_line(out, what, "%" PRIx64 ", entry %u", f->sheaf, f->entry);
	else if (f->has & FINDING_HAS_SHEAF)
		text_line(out, what, "%" PRIx64, f->sheaf);
}

static void object_line(FILE *out, const struct finding *f)
{
	char hop[64] = "";

	if (!(f->has & FINDING_HAS_OBJECT))
		return;
	if (f->has & FINDING_HAS_PREVIOUS)
		snprintf(hop, sizeof(hop), ", number %u on the list after object %d", f->hop + 1,
			 f->previous_index);
	else if (f->has & FINDING_HAS_HOP)
		snprintf(hop, sizeof(hop), ", number %u on the list", f->hop + 1);
	text_line(out, "object", "%" PRIx64 " (object %d)%s", f->object, f->object_index, hop);
}

static void slot_line(FILE *out, const struct finding *f)
{
	char bytes[9], text[32] = "";
	uint64_t expected;

	if (!(f->has & FINDING_HAS_SLOT))
		return;
	if (!(f->has & FINDING_HAS_RAW)) {
		text_line(out, f->slot_name, "%" PRIx64 " is not in the dump", f->slot);
		return;
	}
	if (f->diagnosis && f->diagnosis->raw_class == OVERWRITE_ASCII &&
	    f->has & FINDING_HAS_DECODED)
		snprintf(text, sizeof(text), " \"%s\"", ascii_show(f->raw, bytes));
	text_line(out, f->slot_name, "%" PRIx64 " holds %" PRIx64 "%s", f->slot, f->raw, text);
	if (f->has & FINDING_HAS_DECODED)
		text_line(out, "decoded", "%" PRIx64 " (%s)", f->decoded,
			  freeptr_encoding_name((enum freeptr_encoding)f->encoding));
	if (finding_expected(f, &expected))
		text_line(out, "expected", "%" PRIx64, expected);
}

static void bytes_line(FILE *out, const struct finding *f)
{
	const struct finding_bytes *b = &f->bytes;
	char hex[3 * sizeof(b->excerpt) + 1] = "";
	size_t used = 0;

	if (!(f->has & FINDING_HAS_BYTES))
		return;
	for (unsigned int i = 0; i < b->nr_excerpt; i++)
		used += (size_t)snprintf(hex + used, sizeof(hex) - used, " %02x", b->excerpt[i]);
	text_line(out, "bytes", "%" PRIx64 "-%" PRIx64 ", %" PRIu64 " of %" PRIu64 ":%s%s",
		  b->first, b->last, b->nr, b->last - b->first + 1, hex,
		  b->last - b->first >= sizeof(b->excerpt) ? " ..." : "");
}

/* Callers of who allocated or freed that are shown without -v. */
#define CALLERS_SHOWN 5u

/* The stack of a track from the caller of track->addr outwards. */
static void callers_line(const struct report *report, const struct track *track)
{
	char frame[FRAME_TEXT_MAX], text[700] = "";
	uint64_t frames[STACK_FRAMES_MAX];
	unsigned int nr = stack_read(report->memory, &report->allocator->debug->stack,
				     &report->allocator->debug->track, track, frames);
	unsigned int first = 0, end = nr;
	size_t used = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (frames[i] == track->addr)
			first = i + 1;
	if (!report->options->verbose && end > first + CALLERS_SHOWN)
		end = first + CALLERS_SHOWN;
	for (unsigned int i = first; i < end && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 i == first ? "called by " : ", ",
					 frame_describe(report->memory, frames[i], frame));
	if (end > first)
		text_line(report->out, "", "%s%s", text, end < nr ? ", ..." : "");
}

void text_tracks(const struct report *report, const struct track tracks[TRACKS])
{
	static const char *const labels[TRACKS] = { "allocated", "freed" };
	char text[TRACK_TEXT_MAX];

	for (unsigned int i = 0; i < TRACKS; i++) {
		if (!tracks[i].addr)
			continue;
		if (track_wrong(report->allocator->kernel, &tracks[i]) != TRACK_GOOD) {
			text_line(report->out, labels[i], "unknown: the track is damaged");
			continue;
		}
		text_line(report->out, labels[i], "%s", track_describe(&tracks[i], text));
		callers_line(report, &tracks[i]);
	}
}

void text_opinion(FILE *out, const char *label, const struct opinion *o)
{
	text_line(out, label, "%s (%s)", cause_title(o->cause), certainty_name(o->certainty));
	if (o->speaks_for[0])
		text_line(out, "", "%s", o->speaks_for);
	if (o->speaks_against[0])
		text_line(out, "", "Against it: %s", o->speaks_against);
}

static void cause_lines(FILE *out, const struct finding *f)
{
	const struct diagnosis *d = f->diagnosis;

	if (!d)
		return;
	if (d->evidence[0])
		text_line(out, "evidence", "%s", d->evidence);
	for (unsigned int i = 0; i < d->nr; i++)
		text_opinion(out, i ? "or" : "cause", &d->opinions[i]);
}

#define DUMP_ROW 8u
#define DUMP_ROWS 12u

static void dump_row(FILE *out, const char *label, uint64_t addr, const uint8_t *bytes)
{
	char hex[3 * DUMP_ROW + 1] = "", text[DUMP_ROW + 1] = "";

	for (unsigned int i = 0; i < DUMP_ROW; i++) {
		snprintf(hex + 3 * i, 4, "%02x ", bytes[i]);
		text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	}
	text_row(out, label, "%" PRIx64 " %s%s", addr, hex, text);
}

/* Memory around bytes that are not as they should be, with the row before and the row behind. */
static void dump_lines(const struct report *report, const struct finding *f)
{
	uint64_t at = (f->bytes.first & ~UINT64_C(7)) - DUMP_ROW, end = f->bytes.last + DUMP_ROW;
	uint8_t bytes[DUMP_ROW];

	if (!(f->has & FINDING_HAS_BYTES))
		return;
	for (unsigned int i = 0; i < DUMP_ROWS && at <= end; i++, at += DUMP_ROW)
		if (memory_read(report->memory, at, bytes, DUMP_ROW) == TARGET_OK)
			dump_row(report->out, i ? "" : "memory", at, bytes);
}

/* What -v adds: how the word was read. */
void text_evidence_rows(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;

	if (f->has & FINDING_HAS_DECODED) {
		for (unsigned int e = 0; e < FREEPTR_ENCODINGS; e++)
			text_row(out, e ? "" : "decodes", "%-8s %016" PRIx64 "%s",
				 freeptr_encoding_name((enum freeptr_encoding)e),
				 freeptr_decode((enum freeptr_encoding)e, f->raw, f->random,
						f->slot),
				 e == f->encoding ? " (elected)" : "");
		text_line(out, "inputs", "slot %" PRIx64 ", random %" PRIx64, f->slot, f->random);
		text_line(out, "elected", "by %" PRIu64 " of %" PRIu64 " links of this cache",
			  f->votes_for, f->votes);
	}
	if (f->has & FINDING_HAS_PREVIOUS)
		text_line(out, "previous", "%" PRIx64 " (object %d)", f->previous,
			  f->previous_index);
	if (f->has & FINDING_HAS_OBJECT && !f->trap)
		text_line(out, "neighbours", "left: %s, right: %s", object_state_name(f->left),
			  object_state_name(f->right));
	if (f->diagnosis && f->diagnosis->has_repair)
		text_line(out, "repair", "%" PRIx64, f->diagnosis->repair);
}

static void meaning_lines(const struct report *report, const struct finding *f)
{
	text_line(report->out, "meaning", "%s", finding_info(f->id)->meaning);
	text_line(report->out, "next", "%s",
		  allocator_next(report->allocator, f->id, diagnosis_cause(f->diagnosis)));
}

void text_finding_rows(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;

	text_line(out, "what", "%s", f->message);
	if (report->options->verbose && f->has & FINDING_HAS_DEFAULT)
		text_line(out, "severity", "%s; by default %s", finding_severity_name(f->severity),
			  finding_severity_name(f->severity_default));
	if (f->doubt)
		text_line(out, "doubt", "%s", f->doubt);
	if (f->excuse && report->options->verbose)
		text_line(out, "excuse", "%s: %s", f->excuse->id, f->excuse->functions);
	where_line(out, f);
	sheaf_line(out, f);
	object_line(out, f);
	slot_line(out, f);
	bytes_line(out, f);
	trap_lines(out, f);
	if (f->has & FINDING_HAS_TRACKS && (report->options->verbose || finding_is_contents(f->id)))
		text_tracks(report, f->tracks);
}

static void text_finding(const struct report *report, const struct finding *f)
{
	FILE *out = report->out;

	fprintf(out, "  %s%s: %s\n", finding_info(f->id)->id,
		f->severity != SEVERITY_TRANSIENT	   ? ""
		: report->memory->target->live && f->doubt ? " (seen on a running kernel)"
							   : " (transient)",
		finding_title(f));
	text_finding_rows(report, f);
	cause_lines(out, f);
	if (report->options->verbose) {
		dump_lines(report, f);
		text_evidence_rows(report, f);
		meaning_lines(report, f);
	}
}

/* Without -v: damage and what could not be read, not the traces of CPUs at work. */
static bool finding_shown(const struct report *report, const struct finding *f, size_t *of_id)
{
	if (report->options->verbose)
		return true;
	if (f->severity == SEVERITY_TRANSIENT)
		return false;
	/* One note for all of them: see report_filter(). */
	if (f->id == FINDING_MEMORY_ABSENT && report_explains_absent(report))
		return false;
	return of_id[f->id]++ < SHOWN_MAX;
}

static void findings_text(const struct report *report, const struct finding_list *list)
{
	size_t of_id[FINDING_COUNT] = { 0 };

	findings_for_each (node, list)
		if (finding_shown(report, &node->finding, of_id))
			text_finding(report, &node->finding);
	for (unsigned int id = 0; id < FINDING_COUNT; id++)
		if (of_id[id] > SHOWN_MAX)
			fprintf(report->out, "  %s: %zu more (-v lists them)\n",
				finding_info((enum finding_id)id)->id, of_id[id] - SHOWN_MAX);
	if (list->dropped)
		fprintf(report->out, "  and %zu more findings that were not kept\n", list->dropped);
}

static void coverage_text(FILE *out, const struct coverage *c)
{
	if (c->objects_verified < c->objects)
		fprintf(out, ", verified %" PRIu64 " of %" PRIu64 " objects", c->objects_verified,
			c->objects);
}

/* One line a cache, as wide as crash's own tables. */
static void cache_row(const struct report *report, const struct cache_result *result)
{
	const struct coverage *c = &result->coverage;
	char name[4 * CACHE_NAME_MAX];

	fprintf(report->out, "%016" PRIx64 " %-24.24s %6" PRIu64 " %7" PRIu64 " %9" PRIu64 " %s\n",
		result->cache.addr, cache_name(&result->cache, name, sizeof(name)),
		result->cache.object_size, c->slabs, c->objects,
		verdict_name(cache_verdict(result)));
}

static void cache_head(const struct report *report, const struct cache_result *result)
{
	char name[4 * CACHE_NAME_MAX];

	fprintf(report->out, "%s: %s", cache_name(&result->cache, name, sizeof(name)),
		verdict_name(cache_verdict(result)));
	if (result->corrupt)
		fprintf(report->out, ", %zu finding%s", result->corrupt,
			result->corrupt == 1 ? "" : "s");
	if (!result->finished)
		fprintf(report->out, ", interrupted");
	coverage_text(report->out, &result->coverage);
	fputc('\n', report->out);
}

static void text_caches_begin(const struct report *report)
{
	if (report->options->all_caches)
		fprintf(report->out, "%-16s %-24s %6s %7s %9s VERDICT\n", "CACHE", "NAME",
			"OBJSIZE", "SLABS", "OBJECTS");
}

static void text_cache(const struct report *report, const struct cache_result *result)
{
	/* After Ctrl-C the summary says how many were not finished; a line for each says no more. */
	bool cut_short = !result->finished && !result->findings.nr;
	/* Doubts are no more for everybody than the states that they may be. */
	bool doubts = !result->corrupt && result->doubted && !report->options->verbose;
	bool clean = cache_verdict(result) == VERDICT_CLEAN || cut_short || doubts;
	char option[BOOT_OPTION_MAX];

	if (report->options->all_caches)
		cache_row(report, result);
	else if (!clean || (report->options->verbose && result->transient))
		cache_head(report, result);
	findings_text(report, &result->findings);
	if (cache_boot_option(report, result, option))
		fprintf(report->out, "  to catch the writer next time, boot with %s\n", option);
}

static void text_list(const struct report *report, const struct cache_result *result)
{
	if (result->corrupt || result->notes)
		fprintf(report->out, "slab_caches: %s\n", verdict_name(cache_verdict(result)));
	findings_text(report, &result->findings);
}

static void text_kernel(const struct report *report, const struct cache_result *result)
{
	if (result->corrupt)
		fprintf(report->out, "kernel: %s\n", verdict_name(cache_verdict(result)));
	else if (result->notes)
		fprintf(report->out, "kernel:\n");
	findings_text(report, &result->findings);
}

static void text_panic(const struct report *report, const struct panic *panic)
{
	char comm[4 * sizeof(panic->comm)], name[4 * CACHE_NAME_MAX], where[256];
	FILE *out = report->out;

	fprintf(out, "panic: CPU %d, task %s (%" PRIu64 "), at ", panic->cpu,
		text_escape(panic->comm, comm, sizeof(comm)), panic->pid);
	if (panic->symbol.name)
		fprintf(out, "%s\n", symbol_text(&panic->symbol, where, sizeof(where)));
	else
		fprintf(out, "%" PRIx64 "\n", panic->ip);
	text_line(out, "what", "the exception is a consequence of %s in %s; registers that match:",
		  finding_info(panic->finding->id)->id,
		  text_escape(panic->finding->cache_name ? panic->finding->cache_name : "?", name,
			      sizeof(name)));
	for (size_t i = 0; i < panic->nr_matches; i++)
		text_line(out, panic->matches[i].reg, "%016" PRIx64 " %s", panic->matches[i].value,
			  panic->matches[i].what);
	text_line(out, "so",
		  "the panicking task was only the next to %s; look for the writer of the slot",
		  panic->symbol.name &&
				  report->allocator->ops->job(panic->symbol.name) == JOB_ALLOCATE
			  ? "allocate"
			  : "use the damaged word");
}

static void address_list_line(FILE *out, const struct slab_view *slab)
{
	switch (slab->place) {
	case PLACE_CPU_SLAB:
		text_line(out, "list", "slab of CPU %d", slab->cpu);
		break;
	case PLACE_CPU_PARTIAL:
		text_line(out, "list", "partial list of CPU %d", slab->cpu);
		break;
	case PLACE_NODE_PARTIAL:
		text_line(out, "list", "partial list of node %d", slab->node);
		break;
	case PLACE_NODE_FULL:
	case PLACE_NODE_FREE:
		text_line(out, "list", "%s %d", wheres[slab->place].what, slab->node);
		break;
	default:
		text_line(out, "list", "none%s",
			  slab->inuse == slab->objects ? ": the slab is full" : "");
		break;
	}
}

static void address_state_line(FILE *out, const struct report_address *a)
{
	const struct holder *h = &a->look.holder;
	char holder[HOLDER_TEXT_MAX], array[32] = "";

	if (h->kind == HOLDER_ARRAY)
		snprintf(array, sizeof(array), ", %" PRIx64, h->array);
	if (h->kind != HOLDER_NONE)
		text_line(out, "state", "free: %s%s", holder_describe(h, holder, sizeof(holder)),
			  array);
	else if (a->look.near[1] == OBJECT_LOST)
		text_line(out, "state",
			  "lost: it holds a freepointer, but the damaged freelist does not lead to "
			  "it");
	else
		text_line(out, "state", "%s%s", address_state(a),
			  a->look.broken && a->look.near[1] == OBJECT_UNKNOWN
				  ? ": the freelist of the slab cannot be followed to its end"
				  : "");
}

static void address_neighbours(FILE *out, const struct report_address *a)
{
	uint64_t object = a->addr - a->at.offset;

	if (!a->look.walked || a->at.index < 0)
		return;
	if (a->look.near[0])
		text_line(out, "before", "%" PRIx64 " %s", object - a->cache->size,
			  object_state_name(a->look.near[0]));
	if (a->look.near[2])
		text_line(out, "after", "%" PRIx64 " %s", object + a->cache->size,
			  object_state_name(a->look.near[2]));
}

static void text_address(const struct report *report, const struct report_address *a)
{
	const struct slab_view *slab = &a->look.slab;
	FILE *out = report->out;
	char what[512], name[4 * CACHE_NAME_MAX];

	address_describe(report, a, what, sizeof(what));
	if (!a->cache) {
		/* What is not known may be slab memory. */
		fprintf(out, "%" PRIx64 " is %s%s\n", a->asked,
			a->structure.cache || a->structure.kind == STRUCTURE_PAGE ||
					location_untold(&a->at)
				? ""
				: "not slab memory: ",
			what);
		return;
	}
	fprintf(out, "%" PRIx64 " is %s\n", a->asked, what);
	if (a->structure.cache)
		text_line(out, "structure", "%s",
			  structure_text(report->allocator, &a->structure, what, sizeof(what)));
	text_line(out, "cache", "%" PRIx64 " %s, objects of %" PRIu64 " bytes, %" PRIu64 " apart",
		  a->cache->addr, text_escape(a->cache->name, name, sizeof(name)),
		  a->cache->object_size, a->cache->size);
	if (a->at.index >= 0)
		text_line(out, "object", "%" PRIx64, a->addr - a->at.offset);
	address_state_line(out, a);
	text_line(out, "slab", "%" PRIx64 " at %" PRIx64 ", %u of %u in use%s", slab->page,
		  a->at.base, slab->inuse, slab->objects, slab->frozen ? ", frozen" : "");
	address_list_line(out, slab);
	address_neighbours(out, a);
	if (a->tracked)
		text_tracks(report, a->tracks);
}

static void text_message(const struct report *report, const char *message, const char *name)
{
	char escaped[256];

	if (name)
		fprintf(report->out, "slubcheck: %s: %s\n", message,
			text_escape(name, escaped, sizeof(escaped)));
	else
		fprintf(report->out, "slubcheck: %s\n", message);
}

static void corrupt_line(FILE *out, const struct report_totals *t)
{
	fprintf(out, "CORRUPT: %" PRIu64 " finding%s in ", t->corrupt, t->corrupt == 1 ? "" : "s");
	if (t->caches_corrupt)
		fprintf(out, "%zu of %zu caches\n", t->caches_corrupt, t->caches_checked);
	else
		fprintf(out, "%s; %zu caches were checked\n",
			t->trapped ? "how the kernel died" : "slab_caches", t->caches_checked);
}

static void unknown_line(FILE *out, const struct report_totals *t)
{
	if (t->live)
		fputs("UNKNOWN: a running kernel changes while it is read\n", out);
	else if (t->unresolved && !t->caches_checked)
		fprintf(out, "UNKNOWN: no cache of %s; nothing was checked\n",
			t->unresolved == 1 ? "that name" : "those names");
	else if (t->unresolved && !t->caches_unknown)
		fprintf(out,
			"UNKNOWN: no cache of %zu of the names; nothing corrupt in %zu others\n",
			t->unresolved, t->caches_checked);
	else if (!t->caches_checked)
		fputs("UNKNOWN: no cache was checked\n", out);
	else
		fprintf(out,
			"UNKNOWN: nothing corrupt was seen, but %zu of %zu caches could not be "
			"checked completely\n",
			t->caches_unknown, t->caches_checked);
}

static void clean_line(FILE *out, const struct report_totals *t)
{
	fprintf(out, "CLEAN%s%s: %zu cache%s\n", t->scanned ? "" : " (lists only)",
		t->silenced ? " (findings silenced)" : "", t->caches_checked,
		t->caches_checked == 1 ? "" : "s");
}

void text_verdict_line(FILE *out, const struct report_totals *t)
{
	if (t->interrupted)
		fprintf(out, "interrupted after %zu of %zu caches; results so far:\n",
			t->caches_checked, t->caches_asked);
	switch (t->verdict) {
	case VERDICT_CORRUPT:
		corrupt_line(out, t);
		break;
	case VERDICT_UNKNOWN:
		unknown_line(out, t);
		break;
	case VERDICT_CLEAN:
		clean_line(out, t);
		break;
	}
}

static void totals_line(FILE *out, const struct report_totals *t)
{
	const struct coverage *c = &t->coverage;

	fprintf(out, "%" PRIu64 " slabs, %" PRIu64 " of %" PRIu64 " objects verified", c->slabs,
		c->objects_verified, c->objects);
	/* Of nothing there is no part. */
	if (c->objects)
		fprintf(out, " (%.4g%%)", 100.0 * (double)c->objects_verified / (double)c->objects);
	fprintf(out, ", %.2f s\n", t->seconds);
	if (!t->scanned && c->said && c->said_slabs > c->slabs)
		fprintf(out,
			"%" PRIu64 " slabs on no list (full, or lost) were not checked: -A "
			"checks them\n",
			c->said_slabs - c->slabs);
	if (c->sheaved)
		fprintf(out, "%" PRIu64 " sheaves hold %" PRIu64 " of the objects\n", c->sheaves,
			c->sheaf_objects);
	if (t->runs)
		fprintf(out,
			"%u pass%s; %" PRIu64 " slabs or lists changed at each try, %" PRIu64
			" were gathered again\n",
			t->passes, t->passes == 1 ? "" : "es", c->busy, c->retries);
	if (t->transient)
		fprintf(out, "%" PRIu64 " state%s %s (-v shows them)\n", t->transient,
			t->transient == 1 ? "" : "s",
			t->live ? "seen on a running kernel"
				: "of CPUs in the middle of an operation");
}

/* How freelists and tids were read, and how sure that is. */
static void reading_lines(const struct report *report)
{
	struct reading r;

	report->allocator->ops->reading(report->allocator, &r);
	for (size_t i = 0; i < r.nr_lines && (report->options->verbose || !r.proven); i++)
		fprintf(report->out, "%s\n", r.lines[i]);
}

static void severities_lines(FILE *out, const struct report_totals *t)
{
	if (t->silenced)
		fprintf(out, "%" PRIu64 " finding%s silenced (--severity)\n", t->silenced,
			t->silenced == 1 ? " was" : "s were");
	if (t->changed)
		fprintf(out, "%" PRIu64 " finding%s another severity than by default (-v shows)\n",
			t->changed, t->changed == 1 ? " has" : "s have");
}

static void address_verdict(FILE *out, const struct report_totals *totals)
{
	if (totals->corrupt)
		fprintf(out, "CORRUPT: %" PRIu64 " finding%s about %s\n", totals->corrupt,
			totals->corrupt == 1 ? "" : "s",
			totals->address > 1 ? "these addresses" : "this address");
	else if (totals->verdict == VERDICT_UNKNOWN)
		fprintf(out, "UNKNOWN: %s\n",
			totals->interrupted ? "interrupted"
			: totals->stopped   ? "the pass was stopped by its budget"
			: totals->live	    ? "a running kernel changes while it is read"
					    : "the dump lacks memory that would tell more");
	else if (!totals->elsewhere)
		fprintf(out, "CLEAN%s: no finding about %s\n",
			totals->silenced ? " (findings silenced)" : "",
			totals->address > 1 ? "these addresses" : "this address");
}

/* Where more than the summary follows: who looks at the first screen of it sees what it comes to. */
static void text_verdict(const struct report *report, const struct report_totals *t)
{
	const struct check_options *o = report->options;

	if (t->corrupt || t->notes || t->telling || o->why || o->all_caches ||
	    (o->verbose && t->transient))
		text_verdict_line(report->out, t);
}

static void text_summary(const struct report *report, const struct report_totals *totals)
{
	if (totals->address && report->allocator) {
		address_verdict(report->out, totals);
		severities_lines(report->out, totals);
		return;
	}
	text_verdict_line(report->out, totals);
	if (totals->caches_checked)
		totals_line(report->out, totals);
	severities_lines(report->out, totals);
	if (report->allocator)
		reading_lines(report);
}

static void text_objects_begin(const struct report *report, const struct cache_result *result)
{
	const struct cache_view *cache = &result->cache;
	char name[4 * CACHE_NAME_MAX];

	fprintf(report->out,
		"%s %" PRIx64 ": %s, objects of %" PRIu64 " bytes, %" PRIu64 " apart\n",
		text_escape(cache->name, name, sizeof(name)), cache->addr,
		verdict_name(cache_verdict(result)), cache->object_size, cache->size);
}

static void text_objects_slab(const struct report *report, const struct slab_view *slab)
{
	fprintf(report->out, "slab %" PRIx64 " at %" PRIx64, slab->page, slab->base);
	if (slab->place == PLACE_CPU_SLAB)
		fprintf(report->out, ", of CPU %d", slab->cpu);
	if (slab->waits)
		fprintf(report->out, ", waits to be freed");
	fprintf(report->out, "\n");
}

static void text_object(const struct report *report, const struct cache_view *cache,
			const struct object_view *o)
{
	char holder[HOLDER_TEXT_MAX];

	(void)cache;
	if (o->holder.kind != HOLDER_NONE)
		fprintf(report->out, "  %" PRIx64 " free, %s\n", o->addr,
			holder_describe(&o->holder, holder, sizeof(holder)));
	else
		fprintf(report->out, "  %" PRIx64 " %s\n", o->addr, object_state_name(o->state));
}

static void text_objects_end(const struct report *report, const struct report_objects *objects)
{
	const struct objects_count *c = &objects->count;

	if (!objects->walkable) {
		fprintf(report->out, "its sizes do not tell where objects are\n");
		return;
	}
	fprintf(report->out,
		"%s%" PRIu64 " slabs: %" PRIu64 " allocated, %" PRIu64 " free, %" PRIu64
		" lost, %" PRIu64 " unknown\n",
		objects->cache ? "" : "all: ", c->slabs, c->allocated, c->free, c->lost,
		c->unknown);
}

static void text_refs_begin(const struct report *report, const struct report_range *range)
{
	FILE *out = report->out;
	char what[512];

	fprintf(out, "pointers to %" PRIx64, range->start);
	if (range->end - range->start > 1)
		fprintf(out, "..%" PRIx64, range->end);
	if (range->is_object)
		fprintf(out, ", %s, %s",
			report->allocator->ops->describe(report->allocator, &range->object.at, what,
							 sizeof(what)),
			object_state_name(range->object.state));
	fputs(":\n", out);
}

static void text_reference(const struct report *report, const struct reference *ref)
{
	char what[512];
	FILE *out = report->out;

	fprintf(out, "  %-9s ", reference_life(ref));
	if (ref->addr)
		fprintf(out, "%016" PRIx64 " holds %" PRIx64 "\n", ref->addr, ref->value);
	else
		fprintf(out, "%-16s holds %" PRIx64 "\n", ref->reg ? ref->reg : "", ref->value);
	fprintf(out, "%*s", 12, "");
	text_wrap(out, reference_describe(report, ref, what, sizeof(what)), 12);
	if (!ref->target.at.cache || ref->target.at.index < 0)
		return;
	fprintf(out, "%*sto %s, %s\n", 12, "",
		report->allocator->ops->describe(report->allocator, &ref->target.at, what,
						 sizeof(what)),
		object_state_name(ref->target.state));
}

static void text_refs_end(const struct report *report, const struct report_refs *refs)
{
	const struct refs_found *pass = refs->pass;
	FILE *out = report->out;

	fprintf(out, "%" PRIu64 " reference%s, %" PRIu64 " dangling", refs->found,
		refs->found == 1 ? "" : "s", refs->dangling);
	if (refs->unlisted)
		fprintf(out, "; %" PRIu64 " are not listed", refs->unlisted);
	fprintf(out, "\n%" PRIu64 " MiB were read in %.2f s", pass->bytes >> 20, pass->seconds);
	if (pass->absent)
		fprintf(out, ", %.1f MiB are not in the dump", (double)pass->absent / (1 << 20));
	fputc('\n', out);
}

const struct report_ops report_text = {
	.verdict = text_verdict,
	.caches_begin = text_caches_begin,
	.cache = text_cache,
	.list = text_list,
	.kernel = text_kernel,
	.panic = text_panic,
	.complaints = text_complaints,
	.address = text_address,
	.why = text_why,
	.card = text_card,
	.finding = text_finding,
	.usage_begin = text_usage_begin,
	.usage = text_usage,
	.objects_begin = text_objects_begin,
	.objects_slab = text_objects_slab,
	.object = text_object,
	.objects_end = text_objects_end,
	.top = text_top,
	.map = text_map,
	.refs_begin = text_refs_begin,
	.reference = text_reference,
	.refs_end = text_refs_end,
	.message = text_message,
	.summary = text_summary,
};
