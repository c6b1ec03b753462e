/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/diagnose.h"

#include <inttypes.h>
#include <string.h>

#include "checker/image/symbol.h"
#include "decoders/overwrite.h"

/* A finding under examination. */
struct exam {
	const struct slab_rules *rules;
	const struct slab_found *slab;
	struct finding *f;
	struct diagnosis *d;
};

enum object_state slab_object_state(const struct slab_heap *heap, const struct slab_cache *cache,
				    const struct slab_found *slab, int64_t index)
{
	if (index < 0 || (uint64_t)index >= cache->num)
		return OBJECT_NONE;
	if (!slab->own.hop)
		return OBJECT_UNKNOWN;
	if (slab->own.hop[index] || slab_entry_find(heap, cache, slab, (uint32_t)index))
		return OBJECT_FREE;
	/* What the damaged words no longer lead to may be free. */
	return slab->own.end == SLAB_WALK_END && !heap->arrays.failed ? OBJECT_ALLOCATED
								      : OBJECT_UNKNOWN;
}

/* --- Entries of arrays --- */

static void causes_twice(struct exam *e)
{
	opine(e->d, CAUSE_DOUBLE_FREE, 80, false,
	      "Each free puts the object into one place, and it is in two.");
	opine(e->d, CAUSE_METADATA_WRITE, 10, false, "One of the two may have been overwritten.");
}

static void causes_foreign(struct exam *e)
{
	opine(e->d, CAUSE_WRONG_CACHE_FREE, 70, false,
	      "A free stores the object in the array of the cache that it was told, and most "
	      "kernels do not check that.");
	opine(e->d, CAUSE_METADATA_WRITE, 15, false, "The entry may have been overwritten.");
}

/* The bits that a word differs in from the nearest entry of its array say little; its value says more. */
static void causes_value(struct exam *e)
{
	enum overwrite_class class = overwrite_classify(e->f->raw);

	e->d->raw_class = class;
	if (class == OVERWRITE_KERNEL_POINTER)
		opine(e->d, CAUSE_USE_AFTER_FREE, 30, false,
		      "The word is a kernel address: a page may have been freed while objects of "
		      "it were in the array, or the address was never an object.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "The word looks like %s.",
	      overwrite_class_text(class));
}

static void causes_misaligned(struct exam *e)
{
	opine(e->d, CAUSE_INNER_FREE, 50, false,
	      "A free of an address inside an object stores just that address.");
	opine(e->d, CAUSE_METADATA_WRITE, 30, false,
	      "A few bits or bytes of the entry may have been overwritten.");
}

/* --- Free objects of a slab --- */

static void causes_index(struct exam *e)
{
	const struct slab_cache *c = e->rules->cache;
	const char *what = e->rules->layout->has_bufctl ? "bufctls" : "indexes";

	switch (slab_cache_placement(c, e->rules->layout)) {
	case SLAB_MANAGED_OBJECT:
		opine(e->d, CAUSE_USE_AFTER_FREE, 60, false,
		      "The indexes lie in a free object of the slab: whoever had it wrote to it.");
		opine(e->d, CAUSE_OVERFLOW, 30, false,
		      "Or the object before that one was overrun.");
		break;
	case SLAB_MANAGED_OFF:
		opine(e->d, CAUSE_OVERFLOW, 45, false,
		      "The %s lie in an object of another cache: suspect the object before it.",
		      what);
		opine(e->d, CAUSE_METADATA_WRITE, 30, false, "The %s were overwritten.", what);
		break;
	case SLAB_MANAGED_ON:
		opine(e->d, CAUSE_OVERFLOW, 55, false, "The %s lie right behind %s.", what,
		      e->rules->layout->at_end ? "the last object of the slab"
					       : "the page before the slab");
		opine(e->d, CAUSE_METADATA_WRITE, 30, false, "The %s were overwritten.", what);
		break;
	}
}

static void causes_cycle(struct exam *e)
{
	opine(e->d, CAUSE_DOUBLE_FREE, 60, false,
	      "Each free of an object puts its number on the list once.");
	causes_index(e);
}

static void causes_count(struct exam *e)
{
	opine(e->d, CAUSE_DOUBLE_FREE, 40, false,
	      "A second free lowers the use count and loses objects of the chain.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false,
	      "The use count or the list may have been overwritten.");
}

/* --- Contents --- */

static void user_tell(struct exam *e)
{
	const struct slab_cache *c = e->rules->cache;
	uint64_t slot, user;
	char name[128];

	if (!e->rules->layout->debug_slab || !(c->flags & SLAB_STORE_USER) || !e->slab ||
	    e->f->object_index < 0)
		return;
	slot = slab_slot(c, e->slab, (uint32_t)e->f->object_index);
	if (memory_value(e->rules->heap->memory, slot + c->size - 8, 8, &user) != TARGET_OK ||
	    !user || !symbol_describe(e->rules->heap->memory, user, name, sizeof(name)))
		return;
	diagnosis_evidence(e->d, "Its last user, who allocated or freed it, is %s.", name);
}

static void causes_contents(struct exam *e)
{
	switch (e->f->id) {
	case FINDING_POISON_OVERWRITTEN:
	case FINDING_INIT_ON_FREE:
		opine(e->d, CAUSE_USE_AFTER_FREE, 60, false,
		      "The object is free, and bytes of it were written after its free.");
		opine(e->d, CAUSE_OVERFLOW, e->f->bytes.from_start ? 10 : 35, false,
		      "The object before it may have been overrun.");
		break;
	case FINDING_REDZONE_LEFT:
		opine(e->d, CAUSE_OVERFLOW, 50, false,
		      "The bytes before an object are reached from the object before it.");
		opine(e->d, CAUSE_METADATA_WRITE, 20, false,
		      "Or somebody wrote in front of this object.");
		break;
	default:
		opine(e->d, CAUSE_OVERFLOW, 60, false,
		      "The bytes behind an object are reached by whoever writes too much to it.");
		break;
	}
	user_tell(e);
}

/* --- Other words --- */

static void causes_metadata(struct exam *e)
{
	const struct slab_layout *layout = e->rules->layout;
	bool is_left = e->f->id == FINDING_CACHE_LEFT_BEHIND || e->f->id == FINDING_CACHE_NAME;

	if (!is_left) {
		opine(e->d, CAUSE_METADATA_WRITE, 50, false,
		      "Nothing that the allocator does leaves this word.");
		return;
	}
	/* kmem_cache_create() copies names since 3.9 (db265eca7700). */
	if (e->f->id == FINDING_CACHE_NAME && layout->has_bufctl)
		diagnosis_evidence(e->d,
				   "The name is the pointer that the caller of "
				   "kmem_cache_create() gave: it goes with the module that made "
				   "the cache. Who reads /proc/slabinfo reads it, and so does "
				   "the next kmem_cache_create().");
	if (e->f->id == FINDING_CACHE_LEFT_BEHIND)
		diagnosis_evidence(
			e->d,
			"The module has to free all objects and to destroy its cache before "
			"it is removed.%s",
			e->f->slot_name && !strcmp(e->f->slot_name, "ctor")
				? " The next slab of the cache calls the constructor, and "
				  "the kernel dies of it."
				: "");
}

static void causes_lost(struct exam *e)
{
	/* Nothing changes the node of a slab. */
	if (e->f->id == FINDING_SLAB_NODE) {
		causes_metadata(e);
		return;
	}
	opine(e->d, CAUSE_LOST_UPDATE, 40, false, "Slabs change lists under the node's lock only.");
	opine(e->d, CAUSE_METADATA_WRITE, 35, false,
	      "The links or the use count may have been overwritten.");
}

static void causes_counter(struct exam *e)
{
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "The counter may have been overwritten.");
	opine(e->d, CAUSE_DOUBLE_FREE, 30, false,
	      "A double free counts an object twice, or a damaged list has lost objects.");
}

static void causes_offline(struct exam *e)
{
	opine(e->d, CAUSE_LOST_UPDATE, 40, false,
	      "The arrays of a CPU are emptied when it goes offline.");
}

static void causes_track(struct exam *e)
{
	opine(e->d, CAUSE_OVERFLOW, 50, false, "The word lies behind the object and its red zone.");
}

typedef void (*causes_fn)(struct exam *e);

/* Who answers for SLAB; NULL: nobody has an opinion, or the finding is not one of SLAB's. */
static const causes_fn causes[] = {
	[DIAGNOSE_NONE] = NULL,
	[DIAGNOSE_LINK] = causes_index,
	[DIAGNOSE_CYCLE] = causes_cycle,
	[DIAGNOSE_COUNT] = causes_count,
	[DIAGNOSE_SHARED] = NULL,
	[DIAGNOSE_CONTENTS] = causes_contents,
	[DIAGNOSE_ENTRY_TWICE] = causes_twice,
	[DIAGNOSE_ENTRY_FOREIGN] = causes_foreign,
	[DIAGNOSE_ENTRY_MISALIGNED] = causes_misaligned,
	[DIAGNOSE_ENTRY_WILD] = causes_value,
	[DIAGNOSE_LOST] = causes_lost,
	[DIAGNOSE_METADATA] = causes_metadata,
	[DIAGNOSE_DISABLED] = NULL,
	[DIAGNOSE_COUNTER] = causes_counter,
	[DIAGNOSE_OFFLINE] = causes_offline,
	[DIAGNOSE_TRACK] = causes_track,
	[DIAGNOSE_TRAP] = NULL,
};

void slab_diagnose(const struct slab_rules *rules, const struct slab_found *slab, struct finding *f,
		   struct diagnosis *diagnosis)
{
	struct exam e = { .rules = rules, .slab = slab, .f = f, .d = diagnosis };
	causes_fn causes_of = causes[finding_info(f->id)->diagnosis];

	memset(diagnosis, 0, sizeof(*diagnosis));
	if (f->has & FINDING_HAS_OBJECT && slab && rules->cache && f->object_index >= 0) {
		f->left = slab_object_state(rules->heap, rules->cache, slab, f->object_index - 1);
		f->right = slab_object_state(rules->heap, rules->cache, slab, f->object_index + 1);
	}
	/* Nothing is damaged where a CPU was in the middle of an operation: nobody is to blame. */
	if (f->severity != SEVERITY_CORRUPT || !causes_of)
		return;
	causes_of(&e);
	diagnosis_rank(diagnosis);
}
