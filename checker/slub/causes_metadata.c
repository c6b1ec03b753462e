/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of the allocator's own structures, and sheaves. */
#include "checker/slub/exam.h"

#include <inttypes.h>
#include <string.h>

/* An object in two places. Of a sheaf nobody counts what it should hold. */
void causes_entry_twice(struct exam *e)
{
	struct opinion *o;

	o = opine(e->d, CAUSE_DOUBLE_FREE, 70, false,
		  "A free puts the object there, so it was freed twice.");
	o->object = e->f->object ? e->f->object : e->f->raw;
	opinion_against(o, "An entry that was overwritten with the address of another object "
			   "looks the same.");
}

/* kfree() of an address within an object puts just that into the sheaf. */
void causes_entry_misaligned(struct exam *e)
{
	struct opinion *o;

	e->d->raw_class = overwrite_classify(e->f->raw);
	if (e->f->raw & 7) {
		opine(e->d, CAUSE_METADATA_WRITE, 60, false,
		      "The sheaf was overwritten: nobody frees an odd address.");
		opine(e->d, CAUSE_BIT_FLIP, 45, false, "A flipped bit leaves such an address.");
		return;
	}
	o = opine(e->d, CAUSE_INNER_FREE, 66, false,
		  "A free of an address inside an object puts it there.");
	opinion_against(o, "A write to the sheaf looks the same.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "The sheaf was overwritten.");
}

void causes_entry_foreign(struct exam *e)
{
	struct opinion *o;

	e->d->raw_class = overwrite_classify(e->f->raw);
	o = opine(e->d, CAUSE_WRONG_CACHE_FREE, 66, false,
		  "kmem_cache_free() with this cache puts it there if the kernel does not check.");
	opinion_against(o, "A page that changed hands while the object was free looks the same.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "The sheaf was overwritten.");
}

void causes_entry_wild(struct exam *e)
{
	e->d->raw_class = overwrite_classify(e->f->raw);
	opine(e->d, CAUSE_METADATA_WRITE, 70, false,
	      "The sheaf was overwritten: no free puts that address there.");
}

/* cpuhp callbacks flush a CPU that goes offline. */
void causes_offline(struct exam *e)
{
	opine(e->d, CAUSE_LOST_UPDATE, 55, false,
	      "The CPU was not flushed when it went offline, or it was given the slab "
	      "afterwards.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "The CPU's words were overwritten.");
}

/* The reference of a slab is the allocator's, and code that gets and puts pages writes to the count. */
void causes_page_freed(struct exam *e)
{
	opine(e->d, CAUSE_METADATA_WRITE, 60, false,
	      "A put_page() or free_page() by code without a reference does this.");
}

/* The owner is noted when an object is handed out, and taken away when it is freed. */
void causes_owned(struct exam *e)
{
	struct opinion *o;

	o = opine(e->d, CAUSE_DOUBLE_FREE, 60, false,
		  "The object was handed out while it was on the list, as after two frees of it.");
	o->object = e->f->object;
	opinion_against(o, "A vector of owners that was overwritten looks the same.");
	opine(e->d, CAUSE_METADATA_WRITE, 45, false, "The vector of owners was overwritten.");
}

void causes_lost(struct exam *e)
{
	opine(e->d, CAUSE_LOST_UPDATE, 60, false,
	      "One of two concurrent updates of a list was lost.");
	opine(e->d, CAUSE_METADATA_WRITE, 40, false, "A word of the list was overwritten.");
}

/* Nobody else leaves all the marks of it; the taint is that of the kernel's own report. */
void causes_disabled(struct exam *e)
{
	bool tainted = e->heap->layout->kernel.complained == COMPLAINT_YES;

	opine(e->d, CAUSE_KERNEL_DISABLED, 90, tainted, "%s",
	      tainted ? "The kernel is tainted by a failed check of its own."
		      : "The slab has all the marks of a failed check.");
}

/* A count that does not agree with what is counted. */
void causes_counter(struct exam *e)
{
	opine(e->d, CAUSE_METADATA_WRITE, 48, false, "The counter was overwritten.");
	opine(e->d, CAUSE_LOST_UPDATE, 40, false,
	      "Members were added or removed without being counted.");
}

/* Of a pointer or a key one bit means something; counters and flags are changed by little anyway. */
static bool is_pointer(const struct finding *f)
{
	return strcmp(f->slot_name, "counters") && strcmp(f->slot_name, "flags") && f->raw >> 32;
}

void causes_metadata(struct exam *e)
{
	struct finding *f = e->f;
	struct word_diff diff;
	char how[96];

	opine(e->d, CAUSE_METADATA_WRITE, 70, false, "Only the allocator writes there.");
	if (!(f->has & FINDING_HAS_RAW))
		return;
	e->d->raw_class = overwrite_classify(f->raw);
	if (!(f->has & FINDING_HAS_EXPECTED))
		return;
	diff = word_compare(f->raw, f->expected);
	if (diff.bytes && diff.bytes <= 4)
		diagnosis_evidence(e->d, "Compared with the expected value, %s.",
				   word_diff_describe(&diff, how, sizeof(how)));
	if (diff.bit >= 0 && is_pointer(f))
		opine(e->d, CAUSE_BIT_FLIP, 75, false,
		      "Only bit %d differs from the expected value.", diff.bit);
}
