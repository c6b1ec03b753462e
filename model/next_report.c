/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/next_report.h"

#include <inttypes.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/report/json_writer.h"
#include "checker/slab/slab_basis.h"
#include "checker/slub/image_basis.h"
#include "model/slab/model.h"

struct answer {
	const struct next_question *question;
	uint64_t cache;
	char cache_name[CACHE_NAME_MAX];
	unsigned int nr_cpus;
	struct next next;
	struct next_seen seen[NEXT_SEEN_ROOM];
	FILE *out;
};

/* Text, in the columns of the other reports. */

static void text_line(const struct answer *a, const char *verb, uint64_t address, const char *what)
{
	fprintf(a->out, "    %-15s %016" PRIx64 "%s%s\n", verb, address, *what ? ", " : "", what);
}

/* A link: where it is, what it says, where that leads. */
static void text_link(const struct answer *a, const struct next_allocation *n, unsigned int i)
{
	const struct next_step *load = &n->steps[i];
	const struct next_step *next = i + 1 < n->nr_steps ? load + 1 : NULL;
	char what[64];

	if (next && next->note == MODEL_NOTE_NEXT)
		snprintf(what, sizeof(what), "%s: %016" PRIx64, model_note_what(load->note),
			 next->value);
	else
		snprintf(what, sizeof(what), "%s: %s", model_note_what(load->note),
			 n->oops.kind == MODEL_OOPS_ABSENT ? "not in the dump"
							   : "no memory is mapped there");
	text_line(a, model_note_verb(load->note), load->address, what);
}

/* A refill takes many objects; the first steps and the last tell enough. */
#define STEPS_SHOWN 10

static void text_steps(const struct answer *a, const struct next_allocation *n)
{
	unsigned int hidden = n->nr_steps > STEPS_SHOWN ? n->nr_steps - STEPS_SHOWN : 0;
	unsigned int from = STEPS_SHOWN / 2;

	for (unsigned int i = 0; i < n->nr_steps; i++) {
		const struct next_step *step = &n->steps[i];

		if (hidden && i == from)
			fprintf(a->out, "    %-15s %u steps\n", "...", hidden);
		if (hidden && i >= from && i < from + hidden)
			continue;
		if (step->note == MODEL_NOTE_LOAD_LINK)
			text_link(a, n, i);
		else
			text_line(a, model_note_verb(step->note), step->address,
				  model_note_what(step->note));
	}
}

static void text_oops(const struct answer *a, const struct model_oops *oops)
{
	if (oops->kind == MODEL_OOPS_ABSENT)
		text_line(a, "unknown", oops->address, "which the dump does not hold");
	else if (oops->kind == MODEL_OOPS_BUG)
		fprintf(a->out, "    %-15s of a BUG() in the allocator\n", "dies");
	else
		fprintf(a->out, "    %-15s of a %s in the allocator\n", "dies", next_death(oops));
}

static void text_end(const struct answer *a, const struct next_allocation *n)
{
	char what[64];

	if (n->end == MODEL_OOPS) {
		text_oops(a, &n->oops);
	} else if (n->end == MODEL_STUCK) {
		fprintf(a->out, "    %-15s for a lock that is held, or in a cycle\n", "waits");
	} else if (n->wants_pages || !n->object) {
		fprintf(a->out, "    %-15s the page allocator for a new slab\n", "asks");
	} else {
		if (n->same_as)
			snprintf(what, sizeof(what), "which allocation %" PRIu64 " got already",
				 n->same_as);
		else if (n->index >= 0)
			snprintf(what, sizeof(what), "object %" PRId64 " of slab %016" PRIx64,
				 n->index, n->slab);
		else
			snprintf(what, sizeof(what), "which is not an object of this cache");
		text_line(a, "returns", n->object, what);
	}
}

static void text_answer(const struct answer *a)
{
	char name[4 * CACHE_NAME_MAX], ordinal[32];
	const struct next *next = &a->next;

	fprintf(a->out, "The next allocation from %s on CPU %u\n",
		text_escape(a->cache_name, name, sizeof(name)), a->question->cpu);
	text_steps(a, &next->first);
	text_end(a, &next->first);
	if (!next_is_good(&next->first))
		return;
	if (next->bounded) {
		fprintf(a->out, "And %" PRIu64 " more succeed.\n", next->good - 1);
		return;
	}
	if (next->good > 1)
		fprintf(a->out, "%" PRIu64 " more succeed. Then %s one\n", next->good - 1,
			next_ordinal(next->good + 1, ordinal));
	else
		fprintf(a->out, "Then %s one\n", next_ordinal(next->good + 1, ordinal));
	text_steps(a, &next->last);
	text_end(a, &next->last);
}

/* JSON: an object of type "next". */

static const char *end_name(const struct next_allocation *n)
{
	if (n->end == MODEL_STUCK)
		return "stuck";
	if (n->end == MODEL_OOPS)
		return n->oops.kind == MODEL_OOPS_ABSENT ? "absent"
		       : n->oops.kind == MODEL_OOPS_BUG	 ? "bug"
							 : "fault";
	if (n->same_as)
		return "again";
	return n->wants_pages || !n->object ? "new-slab"
	       : n->index < 0		    ? "not-an-object"
					    : "returns";
}

static void json_allocation(struct json *json, const char *key, const struct next_allocation *n)
{
	json_open(json, key);
	json_text(json, "end", end_name(n));
	if (n->object) {
		json_hex(json, "object", n->object);
		json_hex(json, "slab", n->slab);
		json_int(json, "index", n->index);
	}
	if (n->same_as)
		json_uint(json, "same_as", n->same_as);
	if (n->end == MODEL_OOPS) {
		json_hex(json, "address", n->oops.address);
		json_text(json, "what", n->oops.what);
		json_text(json, "death", next_death(&n->oops));
	}
	json_close(json);
}

static void json_answer(const struct answer *a)
{
	struct json json;

	json_begin(&json, a->out);
	json_text(&json, "type", "next");
	json_uint(&json, "cpu", a->question->cpu);
	json_hex(&json, "cache", a->cache);
	json_text(&json, "cache_name", a->cache_name);
	json_allocation(&json, "first", &a->next.first);
	json_uint(&json, "good", a->next.good);
	if (!a->next.bounded)
		json_allocation(&json, "last", &a->next.last);
	json_end(&json);
}

static bool refuse(const struct next_question *q, const char *why)
{
	struct json json;

	if (!q->json) {
		fprintf(q->out, "slubcheck: %s\n", why);
		return false;
	}
	json_begin(&json, q->out);
	json_text(&json, "type", "message");
	json_text(&json, "message", why);
	json_end(&json);
	return false;
}

/* What the question is about, and a model in the dump. */

static bool missing_say(const char *why, char error[LAYOUT_ERROR_MAX])
{
	snprintf(error, LAYOUT_ERROR_MAX, "the debug information does not tell enough: %s", why);
	return false;
}

static bool slub_open(struct answer *a, struct target *target, struct arena *arena,
		      char error[LAYOUT_ERROR_MAX])
{
	struct image_basis *basis = arena_alloc(arena, sizeof(*basis));
	const char *why = "out of memory";

	if (!basis)
		return missing_say(why, error);
	if (!image_basis_find(basis, target, arena, a->question->cache, error))
		return false;
	a->cache = basis->cache.addr;
	a->nr_cpus = basis->nr_cpus;
	memcpy(a->cache_name, basis->cache.name, sizeof(a->cache_name));
	*a->question->model = model_attach(target, basis->encoding, basis->tid_step, &why);
	return *a->question->model || missing_say(why, error);
}

static bool slab_open(struct answer *a, struct target *target, struct arena *arena,
		      char error[LAYOUT_ERROR_MAX])
{
	struct slab_basis *basis = arena_alloc(arena, sizeof(*basis));
	const char *why = "out of memory";
	struct slab_found_out known;

	if (!basis)
		return missing_say(why, error);
	if (!slab_basis_find(basis, target, arena, a->question->cache, error))
		return false;
	known = (struct slab_found_out){ .nodes_pointer = basis->nodes_pointer,
					 .at_end = basis->at_end,
					 .index_bytes = basis->cache.index_bytes };
	a->cache = basis->cache.addr;
	a->nr_cpus = basis->nr_cpus;
	memcpy(a->cache_name, basis->cache.name, sizeof(a->cache_name));
	*a->question->model = slab_attach(target, &known, &why);
	return *a->question->model || missing_say(why, error);
}

bool next_report(const struct next_question *question, struct target *target, struct arena *arena)
{
	struct answer *a = arena_alloc(arena, sizeof(*a));
	char error[LAYOUT_ERROR_MAX], ignored[LAYOUT_ERROR_MAX];
	bool known;

	if (!a)
		return refuse(question, "out of memory");
	a->question = question;
	a->out = question->out;
	known = slab_layout_recognise(target, ignored) ? slab_open(a, target, arena, error)
						       : slub_open(a, target, arena, error);
	if (!known)
		return refuse(question, error);
	if (question->cpu < a->nr_cpus)
		next_find(*question->model, question->cpu, a->cache, &a->next, a->seen);
	model_free(*question->model);
	*question->model = NULL;
	if (question->cpu >= a->nr_cpus)
		return refuse(question, "there is no such CPU");
	if (question->json)
		json_answer(a);
	else
		text_answer(a);
	return true;
}
