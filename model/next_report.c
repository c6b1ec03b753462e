/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/next_report.h"

#include <inttypes.h>
#include <string.h>

#include "checker/basis.h"
#include "checker/escape.h"
#include "checker/json.h"

/* More than the objects of any slab: then the CPU has gone through several and is fine. */
#define ALLOCATIONS_MAX 40000

struct answer {
	const struct next_question *question;
	struct basis basis;
	struct next next;
	FILE *out;
};

/* Text. */

static const char *step_name(const struct next_step *step)
{
	/* The two about links are told together, and with what they found. */
	return model_note_text(step->note);
}

static void text_step(const struct answer *a, const struct next_allocation *n,
		      const struct next_step *step, const struct next_step *after)
{
	bool loads = step->note == MODEL_NOTE_LOAD_LINK;

	fprintf(a->out, "  %-49s %016" PRIx64 "\n", step_name(step), step->address);
	if (!loads)
		return;
	if (after && after->note == MODEL_NOTE_NEXT) {
		fprintf(a->out, "    which is %016" PRIx64 " and leads to %23s %016" PRIx64 "\n",
			after->value, "", after->address);
		return;
	}
	if (n->end == MODEL_OOPS)
		fprintf(a->out, "    where %s\n",
			n->oops.kind == MODEL_OOPS_ABSENT ? "the dump holds no memory"
							  : "no memory is mapped");
}

static void text_steps(const struct answer *a, const struct next_allocation *n)
{
	for (unsigned int i = 0; i < n->nr_steps; i++)
		if (n->steps[i].note != MODEL_NOTE_NEXT)
			text_step(a, n, &n->steps[i],
				  i + 1 < n->nr_steps ? &n->steps[i + 1] : NULL);
}

static void text_end(const struct answer *a, const struct next_allocation *n)
{
	if (n->end == MODEL_STUCK) {
		fprintf(a->out,
			"  => waits for ever: for a lock, or in a freelist that is a circle\n");
	} else if (n->end == MODEL_OOPS && n->oops.kind == MODEL_OOPS_ABSENT) {
		fprintf(a->out, "  => unknown: %016" PRIx64 " is not in the dump\n",
			n->oops.address);
	} else if (n->end == MODEL_OOPS && n->oops.kind == MODEL_OOPS_BUG) {
		fprintf(a->out, "  => kernel BUG in the allocator\n");
	} else if (n->end == MODEL_OOPS) {
		fprintf(a->out, "  => %s in the allocator, at address %016" PRIx64 "\n",
			next_death(&n->oops), n->oops.address);
	} else if (n->wants_pages) {
		fprintf(a->out, "  => asks the page allocator for a new slab\n");
	} else {
		fprintf(a->out, "  => returns %016" PRIx64, n->object);
		if (n->index >= 0)
			fprintf(a->out, ", object %" PRId64 " of slab %016" PRIx64 "\n", n->index,
				n->slab);
		else
			fprintf(a->out, ", which is NO object of this cache\n");
	}
}

static bool is_good(const struct next_allocation *n)
{
	return n->end == MODEL_DONE && !n->wants_pages && n->object;
}

static void text_answer(const struct answer *a)
{
	char name[4 * CACHE_NAME_MAX], ordinal[32];
	const struct next *next = &a->next;

	fprintf(a->out, "The next allocation from %s on CPU %u:\n",
		text_escape(a->basis.cache.name, name, sizeof(name)), a->question->cpu);
	text_steps(a, &next->first);
	text_end(a, &next->first);
	if (!is_good(&next->first))
		return;
	if (next->bounded) {
		fprintf(a->out, "And %" PRIu64 " more succeed.\n", next->good - 1);
		return;
	}
	fprintf(a->out, "Then %" PRIu64 " more succeed, and %s one:\n", next->good - 1,
		next_ordinal(next->good + 1, ordinal));
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
	return n->wants_pages || !n->object ? "new-slab" : "returns";
}

static void json_allocation(struct json *json, const char *key, const struct next_allocation *n)
{
	json_open(json, key);
	json_string(json, "end", end_name(n));
	if (is_good(n)) {
		json_hex(json, "object", n->object);
		json_hex(json, "slab", n->slab);
		json_int(json, "index", n->index);
	}
	if (n->end == MODEL_OOPS) {
		json_hex(json, "address", n->oops.address);
		json_string(json, "what", n->oops.what);
		json_string(json, "death", next_death(&n->oops));
	}
	json_close(json);
}

static void json_answer(const struct answer *a)
{
	struct json json;

	json_begin(&json, a->out);
	json_string(&json, "type", "next");
	json_uint(&json, "cpu", a->question->cpu);
	json_hex(&json, "cache", a->basis.cache.addr);
	json_string(&json, "cache_name", a->basis.cache.name);
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
	json_string(&json, "type", "message");
	json_string(&json, "message", why);
	json_end(&json);
	return false;
}

bool next_report(const struct next_question *question, struct target *target, struct arena *arena)
{
	struct answer *a = arena_alloc(arena, sizeof(*a));
	char error[LAYOUT_ERROR_MAX];
	const char *why;

	if (!a)
		return refuse(question, "out of memory");
	a->question = question;
	a->out = question->out;
	if (!basis_find(&a->basis, target, arena, question->cache, error))
		return refuse(question, error);
	if (question->cpu >= a->basis.nr_cpus)
		return refuse(question, "there is no such CPU");
	*question->model = model_attach(target, a->basis.encoding, a->basis.tid_step, &why);
	if (!*question->model)
		return refuse(question, why);
	next_find(*question->model, question->cpu, a->basis.cache.addr, ALLOCATIONS_MAX, &a->next);
	model_free(*question->model);
	*question->model = NULL;
	if (question->json)
		json_answer(a);
	else
		text_answer(a);
	return true;
}
