/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/diagnose.h"

#include <inttypes.h>
#include <string.h>

#include "checker/contents.h"
#include "checker/escape.h"
#include "decoders/freeptr.h"
#include "decoders/overwrite.h"
#include "decoders/slab.h"

/* What a diagnosis works with. */
struct patient {
	struct heap *heap;
	const struct cache *cache;
	const struct slab_state *slab;
	struct finding *f;
};

/* The word that would lead to an object; heads of lists are plain. */
static uint64_t word_for(const struct patient *p, uint64_t object)
{
	if (!(p->f->has & FINDING_HAS_OBJECT))
		return object;
	return freeptr_encode(p->cache->encoding, object, p->cache->random, p->f->slot);
}

/* The one unlisted object whose link would differ from the damaged word in one byte alone. */
static int32_t nearest_object(const struct patient *p)
{
	const struct cache *c = p->cache;
	int32_t found = -1;

	for (uint32_t i = 0; i < p->slab->objects; i++) {
		uint64_t object = slab_object(c, p->slab, (int32_t)i);

		if (slab_listed(p->slab, i) || slab_sheaved(p->slab, object))
			continue;
		if (word_compare(p->f->raw, word_for(p, object)).bytes != 1)
			continue;
		if (found >= 0)
			return -1;
		found = (int32_t)i;
	}
	return found;
}

/* Objects from one on to the end of a list, by way of such that are on none; 0: there is no end. */
static uint32_t rest_length(const struct patient *p, int32_t index)
{
	const int32_t *links = p->slab->orphans.links;
	uint32_t n = 0;

	for (int32_t i = index; links && i >= 0; i = links[i]) {
		if (slab_listed(p->slab, (uint32_t)i))
			break;
		if (links[i] == ORPHAN_NONE || ++n > p->slab->objects)
			return 0;
	}
	return n;
}

/* Whether that is what the list lost; nobody counts what is on that of a CPU. */
static bool rest_fits(const struct patient *p, uint32_t length)
{
	const struct slab_state *slab = p->slab;

	if (p->f->place == PLACE_CPU_FREELIST)
		return length != 0;
	return length && slab->count.inuse + slab->own.length + length == slab->objects;
}

/*
 * Where the link led before. Best witness: the rest of the chain still lies in the slab and has
 * the length that the counters miss. Next best: one object is one byte away, which settles it when a
 * chain starts there.
 */
static bool repair_find(struct patient *p, bool *by_chain)
{
	int32_t index = p->slab->orphans.fits;
	bool near = index < 0;
	uint32_t length;

	if (near)
		index = nearest_object(p);
	if (index < 0)
		return false;
	length = rest_length(p, index);
	*by_chain = !near || rest_fits(p, length);
	p->f->repair = slab_object(p->cache, p->slab, index);
	p->f->has |= FINDING_HAS_REPAIR;
	if (!*by_chain)
		finding_why(p->f, "Free object %d (0x%" PRIx64 ") is one byte away. ", index,
			    p->f->repair);
	else
		finding_why(p->f,
			    "Object %d (0x%" PRIx64
			    ") is %son no list and starts a chain of %u: what "
			    "this list lost. ",
			    index, p->f->repair, near ? "one byte away, " : "", length);
	return true;
}

/* Compare the damaged word with the one that belongs there. A link that still leads to an object
 * was written as a whole, so there only a single bit tells anything. */
static void repair_compare(struct patient *p, bool by_chain, bool leads_to_object)
{
	struct finding *f = p->f;
	uint64_t word = freeptr_encode(p->cache->encoding, f->repair, p->cache->random, f->slot);
	struct word_diff diff = word_compare(f->raw, word);
	char how[96];

	if (leads_to_object && diff.bit < 0)
		return;
	f->expected = word;
	f->has |= FINDING_HAS_EXPECTED;
	if (!diff.bytes || diff.bytes > 4)
		return;
	finding_why(f, "Against the word that belongs there %s. ",
		    word_diff_describe(&diff, how, sizeof(how)));
	if (diff.bit >= 0)
		f->cause = CAUSE_BIT_FLIP;
	else if (diff.contiguous)
		f->cause = CAUSE_SHORT_STORE;
	f->confident = by_chain && f->cause != CAUSE_UNKNOWN;
}

/* A freepointer that another cache's key decodes was stored by a free to that cache. */
static bool other_key(struct patient *p)
{
	const struct cache_list *list = p->heap->caches;
	struct finding *f = p->f;
	struct cache other;
	char name[4 * CACHE_NAME_MAX];

	if (p->cache->encoding == FREEPTR_PLAIN)
		return false;
	for (size_t i = 0; i < list->nr; i++) {
		struct object_position pos;
		uint64_t next;

		if (list->addrs[i] == p->cache->addr)
			continue;
		cache_read(&other, p->heap->memory, p->heap->layout, list->addrs[i],
			   p->cache->encoding);
		if (other.status != TARGET_OK || other.random == p->cache->random)
			continue;
		next = freeptr_decode(other.encoding, f->raw, other.random, f->slot);
		pos = object_locate(p->slab->first, p->cache->size, p->slab->objects, next);
		if (next && (pos.index < 0 || pos.offset))
			continue;
		f->cause = CAUSE_WRONG_CACHE_FREE;
		f->confident = true;
		finding_why(f, "With the key of %s the word decodes to 0x%" PRIx64 ": %s. ",
			    text_escape(other.name, name, sizeof(name)), next,
			    next ? "an object of this slab" : "the end of the list");
		return true;
	}
	return false;
}

/*
 * A pattern that one writer leaves: text, or bytes that grow by the same step (0: one byte
 * repeated, 1: a counter).
 */
struct pattern {
	bool text;
	uint8_t step;
};

static bool pattern_find(const uint8_t *word, enum overwrite_class class, struct pattern *pattern)
{
	pattern->text = class == OVERWRITE_ASCII;
	pattern->step = (uint8_t)(word[1] - word[0]);
	for (unsigned int i = 1; i < 8 && !pattern->text; i++)
		if ((uint8_t)(word[i] - word[i - 1]) != pattern->step)
			return false;
	return true;
}

static bool pattern_goes_on(const struct pattern *pattern, const uint8_t *left)
{
	if (pattern->text)
		return left[0] >= 0x20 && left[0] < 0x7f && left[1] >= 0x20 && left[1] < 0x7f;
	return (uint8_t)(left[1] - left[0]) == pattern->step;
}

/* How far the pattern of the slot reaches beyond it, to both sides; false when it has none. */
static bool run_measure(const struct patient *p, uint64_t *start, uint64_t *end)
{
	const struct slab_state *slab = p->slab;
	size_t low = p->f->slot - slab->base, high = low + 8;
	struct pattern pattern;

	/* Zeros are what fresh memory holds. */
	if (!p->f->raw || !pattern_find(slab->bytes + low, p->f->raw_class, &pattern))
		return false;
	while (low && pattern_goes_on(&pattern, slab->bytes + low - 1))
		low--;
	while (high < slab->bytes_len && pattern_goes_on(&pattern, slab->bytes + high - 1))
		high++;
	*start = slab->base + low;
	*end = slab->base + high;
	return true;
}

/*
 * A copy that ran over repeats what its owner holds: from its start through the slot the object
 * reads as the bytes one period before, which begin in the object before it. The size of the
 * objects is no period: neighbours may well hold the same.
 */
static uint32_t repeats_left(const struct patient *p)
{
	const struct slab_state *slab = p->slab;
	size_t object = p->f->object - slab->base, len = p->cache->offset + 8;

	for (uint32_t period = 8; period <= 256; period += 8) {
		const uint8_t *bytes = slab->bytes + object;

		if (period == p->cache->size || period > object)
			continue;
		if (!memcmp(bytes, bytes - period, len))
			return period;
	}
	return 0;
}

static void run_judge(struct patient *p)
{
	struct finding *f = p->f;
	uint64_t start, end, object = f->object, stop = f->object + p->cache->size;
	uint32_t period = f->raw ? repeats_left(p) : 0;

	if (period) {
		f->cause = CAUSE_OVERFLOW;
		f->confident = true;
		finding_why(f,
			    "The object's first %" PRIu64
			    " bytes repeat those %u bytes before, which "
			    "begin in the object before it. ",
			    p->cache->offset + 8, period);
		return;
	}
	if (!run_measure(p, &start, &end) || end - start < 16)
		return;
	/* A byte or two before the object may fit by chance. */
	if (start + 8 <= object) {
		f->cause = CAUSE_OVERFLOW;
		f->confident = true;
		finding_why(f,
			    "One pattern runs from 0x%" PRIx64 ", %" PRIu64
			    " bytes before this object, through %" PRIu64 " of its own. ",
			    start, object - start, (end < stop ? end : stop) - object);
		return;
	}
	/* Within the object it may be its former owner's or the end of a neighbour's overflow;
	 * only where it fills the object and stops is the owner the better guess. */
	if (start == object && end <= stop && end - start >= p->cache->object_size)
		f->cause = CAUSE_USE_AFTER_FREE;
	finding_why(f,
		    "One pattern fills %" PRIu64 " bytes of the object from offset %" PRIu64 ". ",
		    (end < stop ? end : stop) - start, start - object);
}

/* What an address in the slot says about its writer. */
static void pointer_judge(struct patient *p)
{
	struct finding *f = p->f;
	struct location at = locate(p->heap->memory, p->heap->layout, p->heap->caches, f->raw);
	char where[160];

	location_describe(p->heap->memory, p->heap->layout, &at, where, sizeof(where));
	/* INIT_LIST_HEAD() and list_del_init() leave next and prev leading to the entry. */
	if (f->raw == f->slot || f->raw == f->slot - 8) {
		f->cause = CAUSE_USE_AFTER_FREE;
		f->confident = true;
		finding_why(f, "The word is the address of the slot itself, as in an empty "
			       "list_head: the object's former owner still uses it. ");
		return;
	}
	finding_why(f, "The word is a kernel address (%s). ", where);
	if (f->cause == CAUSE_UNKNOWN && at.kind != LOCATION_UNMAPPED &&
	    at.kind != LOCATION_INVALID)
		f->cause = CAUSE_USE_AFTER_FREE;
}

/* Name what was written, and whether the stored or the decoded value is what the writer meant. */
static void value_judge(struct patient *p)
{
	struct finding *f = p->f;
	enum overwrite_class decoded = overwrite_classify(f->decoded);
	struct location at;
	char where[160];

	if (f->raw_class == OVERWRITE_OTHER && p->cache->encoding != FREEPTR_PLAIN &&
	    (decoded == OVERWRITE_USER_POINTER || decoded == OVERWRITE_KERNEL_POINTER)) {
		at = locate(p->heap->memory, p->heap->layout, p->heap->caches, f->decoded);
		finding_why(f,
			    "Decoded it is %s (%s): the writer knew the key, as the allocator "
			    "does. ",
			    overwrite_class_text(decoded),
			    location_describe(p->heap->memory, p->heap->layout, &at, where,
					      sizeof(where)));
	} else if (f->raw_class == OVERWRITE_KERNEL_POINTER) {
		pointer_judge(p);
	} else if (f->raw_class != OVERWRITE_OTHER) {
		finding_why(f, "The word is %s. ", overwrite_class_text(f->raw_class));
	}
}

/* A link that was overwritten with something that leads to no object. */
static void wild_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	bool by_chain;

	f->raw_class = overwrite_classify(f->raw);
	if (p->slab->bytes)
		run_judge(p);
	if (f->cause == CAUSE_UNKNOWN && other_key(p))
		return;
	if (repair_find(p, &by_chain) && f->cause == CAUSE_UNKNOWN)
		repair_compare(p, by_chain, false);
	if (f->cause == CAUSE_BIT_FLIP || f->cause == CAUSE_SHORT_STORE)
		return;
	value_judge(p);
	if (f->cause == CAUSE_UNKNOWN)
		finding_why(
			f, "%s",
			f->left == NEIGHBOUR_ALLOCATED
				? "Suspects: whoever freed this object, and the owner of the object "
				  "before it. "
				: "Suspect: whoever freed this object. ");
}

static void cycle_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	bool by_chain, hardened = p->cache->encoding != FREEPTR_PLAIN;

	f->raw_class = overwrite_classify(f->raw);
	if (repair_find(p, &by_chain))
		repair_compare(p, by_chain, true);
	if (f->cause == CAUSE_BIT_FLIP)
		return;
	if (f->decoded == f->object && hardened) {
		/* set_freepointer() has BUG_ON(object == fp) on hardened kernels (ce6fa91b9363). */
		finding_why(f, "A free that links an object to itself stops a hardened kernel, so "
			       "this was not written by the allocator. ");
		f->cause = CAUSE_WILD_WRITE;
		return;
	}
	f->cause = CAUSE_DOUBLE_FREE;
	f->confident = hardened;
	finding_why(f, "%sThe object was on the list when it was freed again. ",
		    hardened ? "The link is well encoded, so a free wrote it. " : "");
}

/* A link to another slab's object: it is one, so it was most likely stored as one. */
static void foreign_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	bool by_chain;

	f->raw_class = overwrite_classify(f->raw);
	if (repair_find(p, &by_chain))
		repair_compare(p, by_chain, true);
	if (f->cause != CAUSE_UNKNOWN || p->cache->encoding == FREEPTR_PLAIN)
		return;
	finding_why(f, "The link is well encoded: it was stored by the allocator, or by a writer "
		       "that knows the key. ");
}

static void misaligned_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	bool by_chain;

	f->raw_class = overwrite_classify(f->raw);
	/* On a kernel that does not encode, an empty list_head leads into the slab. */
	if (f->raw == f->slot || f->raw == f->slot - 8) {
		pointer_judge(p);
		return;
	}
	if (repair_find(p, &by_chain))
		repair_compare(p, by_chain, false);
	/* kfree(object + n) links object + n, which may look like one flipped bit. */
	if (f->has & FINDING_HAS_REPAIR && f->decoded > f->repair &&
	    f->decoded - f->repair < p->cache->object_size) {
		f->confident = false;
		finding_why(f,
			    "A free of an address %" PRIu64
			    " bytes into that object does the same. ",
			    f->decoded - f->repair);
	}
}

static void count_diagnose(struct patient *p)
{
	const struct slab_state *slab = p->slab;
	struct finding *f = p->f;
	uint32_t free = slab->objects - slab->count.inuse;
	bool by_chain;

	if (f->place == PLACE_CPU_FREELIST)
		return;
	if (slab->own.length > free) {
		finding_why(f,
			    "Either the use count is wrong by %u, or %u object%s in use %s on the "
			    "list. ",
			    slab->own.length - free, slab->own.length - free,
			    slab->own.length - free == 1 ? "" : "s",
			    slab->own.length - free == 1 ? "is" : "are");
		return;
	}
	if (slab->orphans.fits < 0 || slab->own.from < 0) {
		finding_why(f,
			    "No free object is left over, so the use count is the likelier liar. ");
		f->cause = CAUSE_METADATA_WRITE;
		return;
	}
	/* The last object of what is left is where the chain was cut. */
	f->slot = slab->own.slot;
	f->slot_name = "freepointer";
	f->raw = slab->own.raw;
	f->decoded = slab->own.next;
	f->random = p->cache->random;
	f->encoding = p->cache->encoding;
	f->has |= FINDING_HAS_DECODED;
	f->cause = CAUSE_CUT_CHAIN;
	if (repair_find(p, &by_chain)) {
		f->expected =
			freeptr_encode(p->cache->encoding, f->repair, p->cache->random, f->slot);
		f->has |= FINDING_HAS_EXPECTED;
		f->confident = true;
	}
}

/* Words of the allocator's own structures: all that can be said is how they changed. */
static void metadata_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	struct word_diff diff;
	char how[96];

	f->raw_class = overwrite_classify(f->raw);
	f->cause = CAUSE_METADATA_WRITE;
	if (!(f->has & FINDING_HAS_EXPECTED))
		return;
	diff = word_compare(f->raw, f->expected);
	if (diff.bytes && diff.bytes <= 4)
		finding_why(f, "Against what belongs there %s. ",
			    word_diff_describe(&diff, how, sizeof(how)));
}

static bool has_contents(const struct patient *p)
{
	return p->slab && p->slab->walked && p->cache;
}

/* The object that was handed out last may still hold the link that became the head. */
static int32_t head_source(const struct patient *p)
{
	const struct cache *c = p->cache;

	for (uint32_t i = 0; i < p->slab->objects; i++) {
		uint64_t slot = slab_object(c, p->slab, (int32_t)i) + c->offset, raw;

		if (!slab_listed(p->slab, i) && slab_word(p->slab, slot, &raw) &&
		    freeptr_decode(c->encoding, raw, c->random, slot) == p->f->raw)
			return (int32_t)i;
	}
	return -1;
}

/*
 * A head that leads nowhere. The CPU's comes out of the freepointer of the object that was handed
 * out last, so most often that word was damaged and not this one.
 */
static void head_diagnose(struct patient *p)
{
	struct finding *f = p->f;
	struct word_diff diff;
	bool by_chain;
	char how[96];

	f->raw_class = overwrite_classify(f->raw);
	if (f->place == PLACE_CPU_FREELIST) {
		int32_t source = head_source(p);

		if (source >= 0)
			finding_why(f,
				    "It is what the freepointer of object %d (0x%" PRIx64
				    ") says, which was handed out: that word was damaged. ",
				    source, slab_object(p->cache, p->slab, source));
		else
			finding_why(f,
				    "It was loaded from the freepointer of the object handed out "
				    "last: that word was damaged, unless this one was. ");
	} else {
		f->cause = CAUSE_METADATA_WRITE;
	}
	if (!repair_find(p, &by_chain))
		return;
	f->expected = f->repair;
	f->has |= FINDING_HAS_EXPECTED;
	diff = word_compare(f->raw, f->expected);
	if (!diff.contiguous || diff.bytes > 4)
		return;
	finding_why(f, "Against it %s. ", word_diff_describe(&diff, how, sizeof(how)));
	if (f->place == PLACE_CPU_FREELIST)
		f->cause = diff.bit >= 0 ? CAUSE_BIT_FLIP : CAUSE_SHORT_STORE;
}

/* Objects that two owners have. */
static void twice_diagnose(struct patient *p)
{
	p->f->cause = CAUSE_DOUBLE_FREE;
	finding_why(p->f, "Both places were written by the allocator, so it was freed twice. ");
}

/* kfree() of an address within an object puts just that into the sheaf. */
static void misaligned_entry_diagnose(struct patient *p)
{
	struct finding *f = p->f;

	f->raw_class = overwrite_classify(f->raw);
	finding_why(f, "A free of an address within an object puts it there. ");
	if (f->raw & 7)
		finding_why(
			f,
			"So does a write to the sheaf, and no object starts at an odd address. ");
}

static void foreign_entry_diagnose(struct patient *p)
{
	p->f->raw_class = overwrite_classify(p->f->raw);
	p->f->cause = CAUSE_WRONG_CACHE_FREE;
	finding_why(p->f,
		    "kmem_cache_free() with this cache puts it there where the kernel does not "
		    "check; so does a page that changed hands while the object was free. ");
}

/* What slabs hold beside links. */

static bool is_one_bit(const struct finding_bytes *b)
{
	unsigned int diff = b->excerpt[0] ^ b->expected;

	return b->nr == 1 && b->nr_excerpt && diff && !(diff & (diff - 1));
}

static bool all_excerpt(const struct finding_bytes *b, uint8_t byte)
{
	for (unsigned int i = 0; i < b->nr_excerpt; i++)
		if (b->excerpt[i] != byte)
			return false;
	return b->nr_excerpt;
}

/* Whether the byte right before the object's place, or before the object, is not as it was filled. */
static bool is_damaged_before(const struct patient *p, uint64_t addr, uint8_t filled)
{
	const uint8_t *byte = slab_memory(p->slab, addr - 1, 1);

	return byte && *byte != filled;
}

static void cause_set(struct finding *f, enum finding_cause cause, bool confident, const char *why)
{
	f->cause = cause;
	f->confident = confident;
	finding_why(f, "%s", why);
}

static void right_diagnose(struct finding *f, bool free)
{
	const struct finding_bytes *b = &f->bytes;
	bool in_one_piece = b->nr == b->last - b->first + 1;

	if (free)
		cause_set(f, CAUSE_USE_AFTER_FREE, false,
			  "The object is free: who wrote past its end knows it from before. ");
	else if (!b->from_end)
		cause_set(f, CAUSE_OVERFLOW, in_one_piece,
			  "It begins where the object ends: its owner wrote too much. ");
	else
		cause_set(f, CAUSE_WILD_WRITE, false,
			  "It does not begin where the object ends: an index that is too large, or "
			  "a write that has nothing to do with the object. ");
}

static void left_diagnose(struct patient *p, const struct contents *c)
{
	struct finding *f = p->f;

	if (f->bytes.first == f->object - c->left && c->padded && f->object_index > 0 &&
	    is_damaged_before(p, f->bytes.first, POISON_INUSE))
		cause_set(f, CAUSE_OVERFLOW, true,
			  "The end of the object before it was overwritten, too. ");
	else if (f->bytes.last + 1 == f->object)
		cause_set(
			f, CAUSE_WILD_WRITE, false,
			"It ends where the object begins: written with a negative index or offset, "
			"most likely by who has the object. ");
	else
		f->cause = CAUSE_WILD_WRITE;
}

static void kmalloc_diagnose(struct patient *p, const struct contents *c)
{
	const uint8_t *asked = slab_memory(p->slab, p->f->object + c->orig_size, 4);

	p->f->cause = CAUSE_OVERFLOW;
	p->f->confident = asked && (int64_t)value_get(asked, 4) == p->f->bytes.from_start;
	if (p->f->confident)
		finding_why(p->f, "It begins where the memory ends that was asked for. ");
}

/* A write to a free object is its former owner's, unless it comes from the object before it. */
static void stale_diagnose(struct patient *p, const struct contents *c)
{
	struct finding *f = p->f;
	bool at_start = !f->bytes.from_start;

	if (c->left && at_start && is_damaged_before(p, f->object, RED_INACTIVE)) {
		cause_set(f, CAUSE_OVERFLOW, true,
			  "The red zone before the object was overwritten, too. ");
		return;
	}
	cause_set(f, CAUSE_USE_AFTER_FREE, c->left || !at_start, "");
	if (f->confident)
		return;
	finding_why(f, "%s",
		    f->left == NEIGHBOUR_ALLOCATED
			    ? "It begins where the object does: the owner of the object before it "
			      "may have written too much instead. "
			    : "");
}

static void padding_diagnose(struct patient *p, const struct contents *c)
{
	struct finding *f = p->f;
	uint64_t end = f->object + p->cache->object_size;
	const uint8_t *zone = c->red_zone ? slab_memory(p->slab, end, 1) : NULL;

	if (zone && *zone != RED_ACTIVE && *zone != RED_INACTIVE)
		cause_set(f, CAUSE_OVERFLOW, false,
			  "The red zone at the end of the object was overwritten, too. ");
	else if (!c->red_zone && f->bytes.first == end)
		cause_set(f, CAUSE_OVERFLOW, false, "It begins where the object ends. ");
	else
		f->cause = CAUSE_WILD_WRITE;
}

static void contents_diagnose(struct patient *p)
{
	struct contents c = contents_of(p->cache, p->heap->layout);
	struct finding *f = p->f;
	bool red = f->id == FINDING_REDZONE_LEFT || f->id == FINDING_REDZONE_RIGHT;
	bool free = slab_listed(p->slab, (uint32_t)f->object_index);

	if (is_one_bit(&f->bytes)) {
		cause_set(f, CAUSE_BIT_FLIP, false, "One bit of one byte differs. ");
		return;
	}
	if (red && all_excerpt(&f->bytes, free ? RED_ACTIVE : RED_INACTIVE)) {
		finding_why(f, "%s",
			    free ? "It was linked into the list without having been freed. "
				 : "It was taken from the list and not yet handed out, or somebody "
				   "freed it past the allocator. ");
		return;
	}
	if (f->id == FINDING_REDZONE_RIGHT)
		right_diagnose(f, free);
	else if (f->id == FINDING_REDZONE_LEFT)
		left_diagnose(p, &c);
	else if (f->id == FINDING_REDZONE_KMALLOC)
		kmalloc_diagnose(p, &c);
	else if (f->id == FINDING_POISON_OVERWRITTEN || f->id == FINDING_INIT_ON_FREE)
		stale_diagnose(p, &c);
	else
		padding_diagnose(p, &c);
}

enum neighbour neighbour_of(const struct cache *cache, const struct slab_state *slab, int32_t index)
{
	if (index < 0 || (uint32_t)index >= slab->objects)
		return NEIGHBOUR_NONE;
	if (slab_listed(slab, (uint32_t)index) ||
	    slab_sheaved(slab, slab->first + (uint64_t)index * cache->size))
		return NEIGHBOUR_FREE;
	if (slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT)
		return NEIGHBOUR_UNKNOWN;
	return slab_lost(slab, (uint32_t)index) ? NEIGHBOUR_LOST : NEIGHBOUR_ALLOCATED;
}

static void finding_diagnose(struct patient *p, bool in_object)
{
	struct finding *finding = p->f;

	switch (finding->id) {
	case FINDING_FREELIST_WILD:
		if (in_object)
			wild_diagnose(p);
		else if (has_contents(p))
			head_diagnose(p);
		break;
	case FINDING_FREELIST_MISALIGNED:
		if (in_object)
			misaligned_diagnose(p);
		else if (has_contents(p))
			head_diagnose(p);
		break;
	case FINDING_FREELIST_FOREIGN_SLAB:
	case FINDING_FREELIST_FOREIGN_CACHE:
		if (in_object)
			foreign_diagnose(p);
		else if (has_contents(p))
			head_diagnose(p);
		break;
	case FINDING_FREELIST_CYCLE:
		if (in_object)
			cycle_diagnose(p);
		break;
	case FINDING_FREELIST_COUNT:
		if (has_contents(p))
			count_diagnose(p);
		break;
	case FINDING_FREELIST_SHARED:
		finding->cause = CAUSE_DOUBLE_FREE;
		break;
	case FINDING_REDZONE_LEFT:
	case FINDING_REDZONE_RIGHT:
	case FINDING_REDZONE_KMALLOC:
	case FINDING_POISON_OVERWRITTEN:
	case FINDING_INIT_ON_FREE:
	case FINDING_PADDING_OBJECT:
	case FINDING_PADDING_SLAB:
		if (in_object)
			contents_diagnose(p);
		break;
	case FINDING_SHEAF_DUPLICATE:
	case FINDING_SHEAF_ON_FREELIST:
		twice_diagnose(p);
		break;
	case FINDING_SHEAF_FOREIGN_CACHE:
		foreign_entry_diagnose(p);
		break;
	case FINDING_SHEAF_MISALIGNED:
		misaligned_entry_diagnose(p);
		break;
	case FINDING_SLAB_LOST:
	case FINDING_SLAB_DUPLICATE:
	case FINDING_SHEAF_SHARED:
		finding->cause = CAUSE_LOST_UPDATE;
		break;
	case FINDING_MEMORY_ABSENT:
	case FINDING_SLAB_INFLIGHT:
	case FINDING_FREELIST_ORPHANS:
	case FINDING_PARTIAL_COUNT:
	case FINDING_BARN_COUNT:
	case FINDING_NODE_SLABS:
	case FINDING_NODE_OBJECTS:
	case FINDING_CPU_OFFLINE:
		break;
	default:
		if (finding->has & FINDING_HAS_RAW)
			metadata_diagnose(p);
		break;
	}
}

/* Each sentence ends with a space for the next one. */
static void why_end(struct finding *finding)
{
	size_t length = strlen(finding->why);

	if (length && finding->why[length - 1] == ' ')
		finding->why[length - 1] = '\0';
}

void diagnose(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
	      struct finding *finding)
{
	struct patient p = { heap, cache, slab, finding };
	bool in_object = finding->has & FINDING_HAS_OBJECT && has_contents(&p);

	if (in_object) {
		finding->left = neighbour_of(cache, slab, finding->object_index - 1);
		finding->right = neighbour_of(cache, slab, finding->object_index + 1);
		if (tracks_read(heap->memory, heap->layout, cache, finding->object,
				finding->tracks))
			finding->has |= FINDING_HAS_TRACKS;
	}
	finding_diagnose(&p, in_object);
	why_end(finding);
}
