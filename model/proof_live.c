/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker over a kernel that goes on while it is read.
 *
 * The target is the model's; but between any two reads, and between the parts of a long one, CPUs go on
 * with what they do. How often they do is drawn for each history, so that there are those of which
 * little stays as it was read, and those that change now and then.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/random.h"
#include "model/proof_parts.h"

#define LOOKS 3
#define TURNS_A_PAUSE 40
/* Words that a read takes at a time, at most. */
#define PART_WORDS 64

/* A door to a model that runs. */
struct running_target {
	struct target target;
	struct target *image;
	struct history *h;
	uint64_t seed;
	uint64_t rarity; /* CPUs go on before one part of so many */
	uint64_t turns;
	bool stands; /* nothing goes on */
	/* What is taken back when so many pauses were made; -1: nothing. */
	int repair_after;
	uint64_t repair_at, repair_value;
};

static struct running_target *running(struct target *t)
{
	return (struct running_target *)t;
}

static uint64_t draw(struct running_target *r, uint64_t n)
{
	return random_brief(&r->seed) % n;
}

static void go_on(struct running_target *r, unsigned int turns)
{
	for (unsigned int i = 0; i < turns && !r->stands; i++) {
		history_turn(r->h);
		r->turns++;
	}
}

/* target_ops.read: aligned words are read at once, and nothing more. */
static enum target_status running_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct running_target *r = running(t);
	uint8_t *to = buf;

	while (len) {
		size_t n = 8 * (1 + (size_t)draw(r, PART_WORDS)) - addr % 8;
		enum target_status status;

		if (n > len)
			n = len;
		if (!draw(r, r->rarity))
			go_on(r, 1 + (unsigned int)draw(r, 3));
		status = r->image->ops->read(r->image, addr, to, n);
		if (status != TARGET_OK)
			return status;
		addr += n;
		to += n;
		len -= n;
	}
	return TARGET_OK;
}

/* All else is asked of the model. */

static struct target *image_of(struct target *t)
{
	return running(t)->image;
}

static bool running_symbol(struct target *t, const char *name, uint64_t *value)
{
	return image_of(t)->ops->symbol(image_of(t), name, value);
}

static bool running_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	return image_of(t)->ops->symbol_at(image_of(t), addr, out);
}

static bool running_type_size(struct target *t, const char *type, size_t *size)
{
	return image_of(t)->ops->type_size(image_of(t), type, size);
}

static bool running_member(struct target *t, const char *type, const char *member,
			   struct target_member *out)
{
	return image_of(t)->ops->member(image_of(t), type, member, out);
}

static bool running_enumerator(struct target *t, const char *name, int64_t *value)
{
	return image_of(t)->ops->enumerator(image_of(t), name, value);
}

static bool running_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	return image_of(t)->ops->page_to_virt(image_of(t), page, virt);
}

static bool running_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	return image_of(t)->ops->virt_to_page(image_of(t), virt, page);
}

static bool running_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	return image_of(t)->ops->frame_to_page(image_of(t), frame, page);
}

static bool running_again(struct target *t, unsigned int ms)
{
	struct running_target *r = running(t);

	(void)ms;
	if (r->repair_after >= 0 && !r->repair_after--)
		model_poke(history_model(r->h), r->repair_at, &r->repair_value, 8);
	go_on(r, TURNS_A_PAUSE);
	return true;
}

static void running_open(struct running_target *r, struct history *h, uint64_t seed)
{
	static const struct target_ops ops = {
		.read = running_read,
		.symbol = running_symbol,
		.symbol_at = running_symbol_at,
		.type_size = running_type_size,
		.member = running_member,
		.enumerator = running_enumerator,
		.page_to_virt = running_page_to_virt,
		.virt_to_page = running_virt_to_page,
		.frame_to_page = running_frame_to_page,
		.again = running_again,
	};
	static const uint64_t rarities[] = { 1, 4, 16, 64, 400, 4000 };

	memset(r, 0, sizeof(*r));
	r->h = h;
	r->image = model_target(history_model(h));
	r->target = *r->image;
	r->target.ops = &ops;
	r->target.live = r->target.runs = true;
	r->seed = seed;
	r->rarity = rarities[draw(r, sizeof(rarities) / sizeof(rarities[0]))];
	r->repair_after = -1;
}

static void look_count(struct proof_live *live, const struct verdict *v)
{
	live->looks++;
	live->passes += v->result.passes;
	live->retries += v->result.retries;
	live->objects += v->result.objects;
	live->verified += v->result.verified;
}

/* What only legal operations made is clean. */
static void legal_look(struct proof *proof, const struct proof_round *round,
		       struct running_target *r, uint64_t seed, struct verdict *v)
{
	struct proof_era *era = &proof->eras[round->era];
	const char *name = model_era(round->era)->name;

	proof_look(proof, &r->target, v);
	look_count(&era->live, v);
	if (!v->nr_corrupt && !v->failed)
		return;
	era->false_alarms++;
	if (v->failed)
		proof_why(proof, "era %s, seed %" PRIu64 ", live: the checker gives up", name,
			  seed);
	else
		proof_why(proof, "era %s, seed %" PRIu64 ", live: %s in %s: %s", name, seed,
			  finding_info(v->findings[0].id)->id, v->findings[0].cache_name,
			  v->findings[0].message);
}

/* Any fault of the era in a cache that the history made, which nobody uses from then on. */
static bool fault_choose(struct trial *trial, struct running_target *r, uint64_t cache)
{
	model_features features = model_era(trial->round->era)->features;
	const struct fault_aim aim = { .cache = cache };
	unsigned int first = (unsigned int)draw(r, MODEL_FAULT_COUNT);

	for (unsigned int i = 0; i < MODEL_FAULT_COUNT; i++) {
		trial->fault = trial->round->fault >= 0
				       ? (enum model_fault)trial->round->fault
				       : (enum model_fault)((first + i) % MODEL_FAULT_COUNT);
		if (!model_fault_applies(features, trial->fault))
			continue;
		if (model_fault_plant(trial->m, trial->census, trial->fault, &aim, trial->seed,
				      &trial->planted[0]))
			return true;
		/* What was tried in vain may have left something. */
		return false;
	}
	return false;
}

/* Whether one word is all that a fault changed. */
static bool is_one_word(const struct trial *trial, struct running_target *r, struct verdict *v)
{
	const struct model_truth *t = &trial->planted[0];
	bool one;

	if (t->invisible || t->width != 8 || !t->written || !t->must[0])
		return false;
	r->stands = true;
	model_poke(trial->m, t->written, &t->before, 8);
	proof_look(trial->proof, &r->target, v);
	one = !v->nr_corrupt;
	model_poke(trial->m, t->written, &t->now, 8);
	r->stands = false;
	return one;
}

/* The kernel takes a fault back while it is looked at: that is not corrupt. */
static void repair_look(const struct trial *trial, struct running_target *r, struct verdict *v)
{
	const struct model_truth *t = &trial->planted[0];
	struct proof_live *live = &trial->proof->eras[trial->round->era].live;

	if (!is_one_word(trial, r, v))
		return;
	r->repair_at = t->written;
	r->repair_value = t->before;
	r->repair_after = (int)draw(r, 2);
	proof_look(trial->proof, &r->target, v);
	look_count(live, v);
	live->repaired++;
	live->seen_once += !v->nr_corrupt;
	if (v->nr_corrupt)
		proof_why(trial->proof,
			  "era %s, seed %" PRIu64 ", live: %s was taken back, and is reported",
			  model_era(trial->round->era)->name, trial->seed, t->fault);
}

/* What lies in another cache is a slab of it as long as that one wants: then it is something else. */
static bool leads_elsewhere(const struct model_truth *t)
{
	return is_listed(t->must, MODEL_TRUTH_MUST, "freelist-foreign-cache") ||
	       is_listed(t->must, MODEL_TRUTH_MUST, "sheaf-foreign-cache");
}

static void fault_look(struct trial *trial, struct running_target *r, struct verdict *v)
{
	uint64_t cache = history_cache(r->h, (size_t)draw(r, 3));

	history_spare(r->h, cache);
	if (!cache || !fault_choose(trial, r, cache))
		return;
	trial->truth = &trial->planted[0];
	if (leads_elsewhere(trial->truth))
		return;
	go_on(r, TURNS_A_PAUSE);
	proof_look(trial->proof, &r->target, v);
	look_count(&trial->proof->eras[trial->round->era].live, v);
	trial->verdict = v;
	trial_judge(trial);
	if (trial->round->verbose)
		trial_show(trial);
	/* The memory that a page has is another's by then. */
	if (!history_failed(r->h))
		repair_look(trial, r, v);
}

/* Legal looks, and then a fault, which is planted while the CPUs stand still. */
static void history_look(struct proof *proof, const struct proof_round *round,
			 struct running_target *r, uint64_t seed, struct verdict *v)
{
	struct trial trial = { .proof = proof,
			       .round = round,
			       .m = history_model(r->h),
			       .seed = seed,
			       .mode = PROOF_REST };
	struct census *census;

	for (unsigned int i = 0; i < LOOKS && !history_failed(r->h); i++)
		if (round->fault < 0)
			legal_look(proof, round, r, seed, v);
	if (!round->faults || !history_rest(r->h))
		return;
	census = census_take(trial.m, 0);
	trial.census = census;
	if (census)
		fault_look(&trial, r, v);
	census_free(census);
}

bool live_prove(struct proof *proof, const struct proof_round *round, uint64_t seed)
{
	struct history_config config = { .era = model_era(round->era),
					 .seed = seed,
					 .operations = 1 + (unsigned int)(seed * 2654435761u %
									  round->operations),
					 .concurrent = true };
	struct history *h = proof->history = history_run(&config);
	struct verdict *v = malloc(sizeof(*v));
	struct proof_era *era = &proof->eras[round->era];
	struct running_target r;
	bool good = h && v;

	if (good) {
		running_open(&r, h, seed);
		era->histories++;
		history_look(proof, round, &r, seed, v);
		era->live.turns += r.turns;
	}
	if (good && history_failed(h)) {
		era->model_defects++;
		proof_why(proof, "era %s, seed %" PRIu64 ", live: %s", model_era(round->era)->name,
			  seed, history_failed(h));
	}
	free(v);
	history_free(h);
	proof->history = NULL;
	return good;
}
