/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One look of the checker at a heap, and what is kept of it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/proof_parts.h"

static void finding_take(void *ctx, const struct finding *finding)
{
	struct verdict *v = ctx;

	if (finding->severity == SEVERITY_TRANSIENT)
		v->transients++;
	if (finding->severity != SEVERITY_CORRUPT)
		return;
	if (v->nr_corrupt < FINDINGS_MAX) {
		struct finding *kept = &v->findings[v->nr_corrupt];

		*kept = *finding;
		if (finding->diagnosis) {
			v->diagnoses[v->nr_corrupt] = *finding->diagnosis;
			kept->diagnosis = &v->diagnoses[v->nr_corrupt];
		}
		snprintf(v->names[v->nr_corrupt], sizeof(v->names[0]), "%s",
			 kept->cache_name ? kept->cache_name : "no cache");
		kept->cache_name = v->names[v->nr_corrupt];
	}
	v->nr_corrupt++;
}

static void look(struct proof *proof, struct target *target, uint64_t cache, struct verdict *v)
{
	char name[32];
	char *const names[] = { name };
	struct check_options options = { .format = CHECK_CALLBACK,
					 .scan = true,
					 .finding = finding_take,
					 .finding_ctx = v,
					 .names = names,
					 .nr_names = cache != 0 };
	struct check_result result;

	snprintf(name, sizeof(name), "0x%" PRIx64, cache);

	memset(v, 0, sizeof(*v));
	arena_init(&proof->arena, PROOF_ARENA_LIMIT);
	result = check_run(target, &proof->arena, &options);
	v->verdict = result.verdict;
	v->failed = result.failed;
	v->result = result;
	arena_free(&proof->arena);
	proof->runs++;
}

void proof_check(struct proof *proof, struct model *m, uint64_t cache, struct verdict *v)
{
	look(proof, model_target(m), cache, v);
}

void proof_look(struct proof *proof, struct target *target, struct verdict *v)
{
	look(proof, target, 0, v);
}

void proof_why(struct proof *proof, const char *format, ...)
{
	va_list args;

	if (proof->log) {
		va_start(args, format);
		vfprintf(proof->log, format, args);
		va_end(args);
		fputc('\n', proof->log);
	}
	if (proof->why_nr++)
		return;
	va_start(args, format);
	vsnprintf(proof->why, sizeof(proof->why), format, args);
	va_end(args);
}

bool proof_alarm(struct proof *proof, const char *era, uint64_t seed, const char *how,
		 const struct verdict *v)
{
	const struct finding *f = &v->findings[0];

	if (!v->nr_corrupt && !v->failed)
		return false;
	if (v->failed)
		proof_why(proof, "era %s, seed %" PRIu64 "%s: the checker gives up", era, seed,
			  how);
	else
		proof_why(proof, "era %s, seed %" PRIu64 "%s: %s in %s: %s", era, seed, how,
			  finding_info(f->id)->id, f->cache_name, f->message);
	return true;
}

const char *proof_mode_name(enum proof_mode mode)
{
	static const char *const names[] = {
#define X(name, id, text) id,
		PROOF_MODES(X)
#undef X
	};

	return names[mode];
}
