/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How right the causes are that a report names. */
#include <inttypes.h>
#include <string.h>

#include "checker/report/json_writer.h"
#include "checker/findings/diagnosis.h"
#include "model/proof_parts.h"

/* What must hold over all faults, in percent. */
#define FIRST_PERCENT 90
#define CERTAIN_PERCENT 99

/* What a finding says. */

static const char *first_cause(const struct finding *f)
{
	return cause_id(diagnosis_cause(f->diagnosis));
}

static bool is_certain(const struct finding *f)
{
	return f->diagnosis && f->diagnosis->nr &&
	       f->diagnosis->opinions[0].certainty == CERTAINTY_CERTAIN;
}

/* Whether one of the real causes is named at all. */
static bool names_real(const struct finding *f, const struct model_truth *t)
{
	const struct diagnosis *d = f->diagnosis;

	for (unsigned int i = 0; d && i < d->nr; i++)
		if (is_listed(t->causes, t->nr_real, cause_id(d->opinions[i].cause)))
			return true;
	return false;
}

/* The finding that is the fault; the truth's own ids go before those that are open. */
static const struct finding *main_finding(const struct verdict *v, const struct model_truth *t)
{
	const char *const *lists[] = { t->must, t->any };

	for (unsigned int n = 0; n < 2; n++)
		for (unsigned int i = 0; i < MODEL_TRUTH_MUST && lists[n][i]; i++)
			for (size_t k = 0; k < verdict_nr(v); k++)
				if (is_fault(&v->findings[k], t, lists[n][i]))
					return &v->findings[k];
	return NULL;
}

static void example(uint64_t *seed, char said[24], const struct trial *trial, const char *cause)
{
	if (said[0])
		return;
	*seed = trial->seed;
	snprintf(said, 24, "%s", cause);
}

static void first_score(const struct trial *trial, struct proof_causes *causes)
{
	const struct model_truth *t = trial->truth;
	const struct finding *f = main_finding(trial->verdict, t);
	const char *cause = f ? first_cause(f) : NULL;

	if (!f)
		return;
	if (is_listed(t->causes, MODEL_TRUTH_CAUSES, cause)) {
		causes->right++;
	} else if (!strcmp(cause, "unknown")) {
		causes->silent++;
	} else if (names_real(f, t)) {
		causes->listed++;
	} else {
		causes->wrong++;
		example(&causes->wrong_seed, causes->wrong_said, trial, cause);
	}
}

/* What is called certain has to be what was really done, in whatever finding it is said. */
static void certain_score(const struct trial *trial, struct proof_causes *causes)
{
	const struct model_truth *t = trial->truth;

	for (size_t i = 0; i < verdict_nr(trial->verdict); i++) {
		const struct finding *f = &trial->verdict->findings[i];

		if (!is_certain(f))
			continue;
		if (is_listed(t->causes, t->nr_real, first_cause(f))) {
			causes->certain_right++;
			continue;
		}
		causes->certain_wrong++;
		example(&causes->certain_seed, causes->certain_said, trial, first_cause(f));
	}
}

void causes_score(const struct trial *trial)
{
	struct proof_era *era = &trial->proof->eras[trial->round->era];
	struct proof_causes *causes = &era->cells[trial->fault].causes;

	if (!trial->truth->invisible)
		first_score(trial, causes);
	certain_score(trial, causes);
}

/* The table. */

void causes_add(struct proof_causes *sum, const struct proof_causes *c)
{
	sum->right += c->right;
	sum->listed += c->listed;
	sum->wrong += c->wrong;
	sum->silent += c->silent;
	sum->certain_right += c->certain_right;
	sum->certain_wrong += c->certain_wrong;
}

static uint64_t causes_scored(const struct proof_causes *c)
{
	return c->right + c->listed + c->wrong + c->silent;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

void causes_row(FILE *out, const char *fault, const char *era, const struct proof_causes *c)
{
	fprintf(out,
		"%-20s %-5s %7" PRIu64 " %7" PRIu64 " %6" PRIu64 " %6" PRIu64 " %8" PRIu64
		" %6" PRIu64,
		fault, era, c->right, c->listed, c->wrong, c->silent, c->certain_right,
		c->certain_wrong);
	if (c->certain_wrong)
		fprintf(out, "  certain %s: -s %" PRIu64, c->certain_said, c->certain_seed);
	else if (c->wrong)
		fprintf(out, "  %s: -s %" PRIu64, c->wrong_said, c->wrong_seed);
	fputc('\n', out);
}

static void counts_json(struct json *json, const struct proof_causes *c)
{
	json_uint(json, "right", c->right);
	json_uint(json, "listed", c->listed);
	json_uint(json, "wrong", c->wrong);
	json_uint(json, "silent", c->silent);
	json_uint(json, "certain_right", c->certain_right);
	json_uint(json, "certain_wrong", c->certain_wrong);
}

static void row_json(FILE *out, const char *fault, const char *era, const struct proof_causes *c)
{
	struct json json;

	json_begin(&json, out);
	json_text(&json, "type", "cause");
	json_text(&json, "fault", fault);
	json_text(&json, "era", era);
	counts_json(&json, c);
	if (c->wrong) {
		json_text(&json, "wrong_said", c->wrong_said);
		json_uint(&json, "wrong_seed", c->wrong_seed);
	}
	if (c->certain_wrong) {
		json_text(&json, "certain_said", c->certain_said);
		json_uint(&json, "certain_seed", c->certain_seed);
	}
	json_end(&json);
}

static void rows(const struct proof *proof, FILE *out, bool json, struct proof_causes *sum)
{
	for (int f = 0; f < MODEL_FAULT_COUNT; f++) {
		for (int i = 0; i < MODEL_ERAS; i++) {
			const struct proof_causes *c = &proof->eras[i].cells[f].causes;

			if (!causes_scored(c) && !c->certain_right && !c->certain_wrong)
				continue;
			causes_add(sum, c);
			(json ? row_json : causes_row)(out, model_fault_name((enum model_fault)f),
						       model_era((enum model_era)i)->name, c);
		}
	}
}

bool causes_hold(const struct proof_causes *sum, double *first, double *certain)
{
	*first = percent(sum->right, causes_scored(sum));
	*certain = percent(sum->certain_right, sum->certain_right + sum->certain_wrong);
	return *first >= FIRST_PERCENT && *certain >= CERTAIN_PERCENT;
}

void causes_head(FILE *out)
{
	fprintf(out, "%-20s %-5s %7s %7s %6s %6s %8s %6s  %s\n", "FAULT", "ERA", "RIGHT", "LISTED",
		"WRONG", "SILENT", "CERTAIN", "BUT", "EXAMPLE");
}

bool proof_causes_table(const struct proof *proof, FILE *out, bool json)
{
	struct proof_causes sum = { 0 };
	struct json line;
	double first, certain;
	bool holds;

	if (!json)
		causes_head(out);
	rows(proof, out, json, &sum);
	holds = causes_hold(&sum, &first, &certain);
	if (!json)
		causes_row(out, "all", "", &sum);
	json_begin(&line, out);
	json_text(&line, "type", "causes");
	json_uint(&line, "faults", causes_scored(&sum));
	counts_json(&line, &sum);
	json_seconds(&line, "first_percent", first);
	json_seconds(&line, "certain_percent", certain);
	json_bool(&line, "holds", holds);
	json_end(&line);
	return holds;
}
