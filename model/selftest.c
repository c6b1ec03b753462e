/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/selftest.h"

#include <inttypes.h>

#include "checker/image/clock.h"
#include "checker/report/json_writer.h"

static struct proof_cell era_sum(const struct proof_era *era)
{
	struct proof_cell sum = { 0 };

	for (int i = 0; i < MODEL_FAULT_COUNT; i++) {
		sum.planted += era->cells[i].planted;
		sum.found += era->cells[i].found;
		sum.excused += era->cells[i].excused;
		sum.missed += era->cells[i].missed;
		sum.other += era->cells[i].other;
		sum.invisible += era->cells[i].invisible;
	}
	return sum;
}

static void table_eras(const struct proof *proof, FILE *out)
{
	fprintf(out, "%-6s %9s %8s %6s %8s %8s %7s %6s %7s\n", "ERA", "HISTORIES", "STOPPED",
		"FALSE", "FAULTS", "FOUND", "MISSED", "OTHER", "UNSEEN");
	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct proof_era *era = &proof->eras[i];
		struct proof_cell sum = era_sum(era);

		if (!era->histories && !sum.planted)
			continue;
		fprintf(out,
			"%-6s %9" PRIu64 " %8" PRIu64 " %6" PRIu64 " %8" PRIu64 " %8" PRIu64
			" %7" PRIu64 " %6" PRIu64 " %7" PRIu64 "\n",
			model_era((enum model_era)i)->name, era->histories, era->concurrent,
			era->false_alarms, sum.planted, sum.found, sum.missed, sum.other,
			sum.invisible);
	}
}

/* found/planted, and how many of the rest could not be seen. */
static void table_cell(FILE *out, const struct proof_cell *c)
{
	char text[48];

	if (!c->planted && !c->invisible)
		snprintf(text, sizeof(text), "-");
	else if (c->invisible)
		snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64 "+%" PRIu64, c->found,
			 c->planted, c->invisible);
	else
		snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, c->found, c->planted);
	fprintf(out, " %12s", text);
}

static void table_faults(const struct proof *proof, FILE *out)
{
	fprintf(out, "%-22s", "FAULT");
	for (int i = 0; i < MODEL_ERAS; i++)
		fprintf(out, " %12s", model_era((enum model_era)i)->name);
	fputc('\n', out);
	for (int f = 0; f < MODEL_FAULT_COUNT; f++) {
		fprintf(out, "%-22s", model_fault_name((enum model_fault)f));
		for (int i = 0; i < MODEL_ERAS; i++)
			table_cell(out, &proof->eras[i].cells[f]);
		fputc('\n', out);
	}
}

/* Of all eras. */
static void table_modes(const struct proof *proof, FILE *out)
{
	fprintf(out, "\n%-8s %8s %8s %8s %7s %6s %7s\n", "AROUND", "FAULTS", "FOUND", "EXCUSED",
		"MISSED", "OTHER", "UNSEEN");
	for (int mode = 0; mode < PROOF_MODE_COUNT; mode++) {
		struct proof_tally sum = { 0 };

		for (int i = 0; i < MODEL_ERAS; i++) {
			const struct proof_tally *t = &proof->eras[i].modes[mode];

			sum.faults += t->faults;
			sum.found += t->found;
			sum.excused += t->excused;
			sum.missed += t->missed;
			sum.other += t->other;
			sum.unseen += t->unseen;
		}
		fprintf(out,
			"%-8s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %7" PRIu64 " %6" PRIu64
			" %7" PRIu64 "\n",
			proof_mode_name((enum proof_mode)mode), sum.faults, sum.found, sum.excused,
			sum.missed, sum.other, sum.unseen);
	}
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* Of histories that went on while they were looked at. False: there are none. */
static bool table_live(const struct proof *proof, FILE *out)
{
	bool any = false;

	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct proof_era *era = &proof->eras[i];
		const struct proof_live *l = &era->live;
		struct proof_cell sum = era_sum(era);

		if (!l->looks)
			continue;
		if (!any)
			fprintf(out, "%-6s %9s %7s %8s %10s %9s %9s %6s %8s %8s %7s %6s %9s %9s\n",
				"ERA", "HISTORIES", "LOOKS", "PASSES", "TURNS", "RETRIES",
				"VERIFIED", "FALSE", "FAULTS", "FOUND", "MISSED", "OTHER",
				"REPAIRED", "SEEN-ONCE");
		any = true;
		fprintf(out,
			"%-6s %9" PRIu64 " %7" PRIu64 " %8" PRIu64 " %10" PRIu64 " %9" PRIu64
			" %8.2f%% %6" PRIu64 " %8" PRIu64 " %8" PRIu64 " %7" PRIu64 " %6" PRIu64
			" %9" PRIu64 " %9" PRIu64 "\n",
			model_era((enum model_era)i)->name, era->histories, l->looks, l->passes,
			l->turns, l->retries, percent(l->verified, l->objects), era->false_alarms,
			sum.planted, sum.found, sum.missed, sum.other, l->repaired, l->seen_once);
	}
	return any;
}

void selftest_table(const struct proof *proof, FILE *out, bool faults)
{
	if (!table_live(proof, out)) {
		table_eras(proof, out);
		table_modes(proof, out);
	}
	if (!faults)
		return;
	fprintf(out, "\nFound of planted, + those that nothing in memory contradicts:\n");
	table_faults(proof, out);
}

static void json_era(struct json *json, const struct proof_era *era, const char *name)
{
	struct proof_cell sum = era_sum(era);

	json_open(json, name);
	json_uint(json, "histories", era->histories);
	json_uint(json, "stopped", era->concurrent);
	json_uint(json, "false_alarms", era->false_alarms);
	json_uint(json, "faults", sum.planted);
	json_uint(json, "found", sum.found);
	json_uint(json, "excused", sum.excused);
	json_uint(json, "missed", sum.missed);
	json_uint(json, "other", sum.other);
	json_uint(json, "unseen", sum.invisible);
	json_close(json);
}

static void json_slab_era(struct json *json, const struct slab_proof_era *era, const char *name)
{
	struct slab_proof_cell sum = slab_proof_sum(era);

	json_open(json, name);
	json_uint(json, "histories", era->histories);
	json_uint(json, "stopped", era->concurrent);
	json_uint(json, "false_alarms", era->false_alarms);
	json_uint(json, "faults", sum.planted);
	json_uint(json, "found", sum.found);
	json_uint(json, "excused", sum.excused);
	json_uint(json, "missed", sum.missed);
	json_uint(json, "other", sum.other);
	json_uint(json, "unseen", sum.hidden);
	json_close(json);
}

static void report_json(const struct selftest *test, const struct selftest_proofs *proofs,
			double seconds, bool stopped)
{
	const struct proof *proof = &proofs->slub;
	struct json json;

	json_begin(&json, test->out);
	json_text(&json, "type", "selftest");
	json_bool(&json, "holds", proof_holds(proof));
	json_bool(&json, "interrupted", stopped);
	for (int i = 0; i < MODEL_ERAS; i++)
		json_era(&json, &proof->eras[i], model_era((enum model_era)i)->name);
	for (int i = 0; i < SLAB_ERAS; i++)
		json_slab_era(&json, &proofs->slab.eras[i], slab_era((enum slab_era)i)->name);
	if (!proof_holds(proof))
		json_text(&json, "why", proof->why);
	json_seconds(&json, "seconds", seconds);
	json_end(&json);
}

static void report_text(const struct selftest *test, const struct selftest_proofs *proofs,
			double seconds, bool stopped)
{
	const struct proof *proof = &proofs->slub;

	selftest_table(proof, test->out, false);
	fputc('\n', test->out);
	slab_proof_table(&proofs->slab, test->out, false);
	if (!proof_holds(proof))
		fprintf(test->out, "THE CHECKS DO NOT HOLD. First: %s\n", proof->why);
	else if (stopped)
		fprintf(test->out,
			"Interrupted: the checks held so far: %" PRIu64
			" heaps checked in %.1f s.\n",
			proof->runs, seconds);
	else
		fprintf(test->out, "The checks hold: %" PRIu64 " heaps checked in %.1f s.\n",
			proof->runs, seconds);
}

static bool is_cancelled(const struct selftest *test)
{
	return test->cancelled && test->cancelled(test->ctx);
}

/* All eras once. False: there is no memory for it. */
static bool round_run(const struct selftest *test, struct selftest_proofs *proofs, uint64_t seed,
		      bool *stopped)
{
	bool more = true;

	for (int i = 0; more && i < MODEL_ERAS && !*stopped; i++) {
		const struct proof_round round = { .era = (enum model_era)i,
						   .seed = seed,
						   .histories = 3,
						   .operations = 400,
						   .faults = 4,
						   .fault = -1,
						   .mode = -1 };

		more = proof_run(&proofs->slub, &round);
		*stopped = is_cancelled(test);
	}
	for (int i = 0; more && i < SLAB_ERAS && !*stopped; i++) {
		const struct slab_proof_round round = { .era = (enum slab_era)i,
							.seed = seed,
							.histories = 3,
							.operations = 400,
							.faults = 3,
							.fault = -1 };

		more = slab_proof_run(&proofs->slab, &round);
		*stopped = is_cancelled(test);
	}
	return more;
}

void selftest_abandon(struct selftest_proofs *proofs)
{
	slab_proof_abandon(&proofs->slab);
	proof_abandon(&proofs->slub);
}

enum selftest_end selftest_run(const struct selftest *test, struct selftest_proofs *proofs)
{
	struct timespec start = clock_now();
	bool stopped = false, more = true;

	proofs->slab.common = &proofs->slub;
	for (uint64_t n = 0; more && !stopped; n++) {
		more = round_run(test, proofs, test->seed + 3 * n, &stopped);
		more = more && clock_seconds_since(&start) < test->seconds;
	}
	if (test->json)
		report_json(test, proofs, clock_seconds_since(&start), stopped);
	else
		report_text(test, proofs, clock_seconds_since(&start), stopped);
	if (!proof_holds(&proofs->slub))
		return SELFTEST_BROKEN;
	return stopped ? SELFTEST_STOPPED : SELFTEST_HOLDS;
}
