/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules on what slabs hold: red zones, poison, padding, tracks, and the zeros of init_on_free.
 *
 * Free is what a freelist holds: the contents of an object are complete before it gets onto one, and
 * change after it left it. Of the others some may be on their way (init_object() writes the left red
 * zone, the poison, and the right red zone), so their red zones say what they are. Bytes that neither a
 * free object has there nor one in use are never written by the allocator.
 */
#include "checker/slub/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/slub/cache_contents.h"
#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "checker/slub/sheaf_set.h"
#include "decoders/freeptr.h"

/* An object under judgement. */
struct view {
	const struct rules *rules;
	const struct slab_state *slab;
	const struct node_state *node;
	const struct contents *contents;
	bool kmalloc_zones; /* this slab's objects have them */
	int32_t index;
	uint64_t object;
	bool free; /* a freelist holds it */
	bool sheaved; /* or a sheaf, in which it is free as well: debug caches have none */
};

/* Bytes that should all have one value; offsets from the object. */
struct area {
	int64_t from, to;
	uint8_t expected;
	uint8_t expected_or; /* or this; the same: nothing else */
};

static struct area area_of(int64_t from, int64_t to, uint8_t expected)
{
	return (struct area){ from, to, expected, expected };
}

/* What an object's red zones hold. */
enum {
	ZONE_FREE = 1 << 0,
	ZONE_USED = 1 << 1,
	ZONE_OTHER = 1 << 2,
};

static bool all_are(const uint8_t *bytes, size_t len, uint8_t value)
{
	return !len || (bytes[0] == value && !memcmp(bytes, bytes + 1, len - 1));
}

static void damage_add(struct finding_bytes *found, uint64_t addr, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == found->expected)
			continue;
		if (!found->nr++)
			found->first = addr + i;
		found->last = addr + i;
	}
}

/* Look for bytes of an area that are not as they should be; false: there are none, or nobody knows. */
static bool damage_find(const struct view *v, struct area area, struct finding_bytes *found)
{
	uint64_t start = v->object + (uint64_t)area.from;
	const uint8_t *bytes;

	*found = (struct finding_bytes){
		.expected = area.expected,
		.expected_or = area.expected_or,
	};
	if (area.from >= area.to)
		return false;
	bytes = slab_memory(v->slab, start, (uint64_t)(area.to - area.from));
	if (!bytes || all_are(bytes, (size_t)(area.to - area.from), area.expected))
		return false;
	damage_add(found, start, bytes, (size_t)(area.to - area.from));
	return true;
}

static void damage_join(struct finding_bytes *all, const struct finding_bytes *more)
{
	if (!all->nr)
		all->first = more->first;
	if (more->nr)
		all->last = more->last;
	all->nr += more->nr;
}

/* The same of a free object, whose freepointer may lie in the area. */
static bool damage_find_free(const struct view *v, struct area area, struct finding_bytes *found)
{
	int64_t slot = (int64_t)v->rules->cache->offset;
	struct area before = area, behind = area;
	struct finding_bytes more;

	if (slot >= area.to || slot + 8 <= area.from)
		return damage_find(v, area, found);
	before.to = slot;
	behind.from = slot + 8;
	damage_find(v, before, found);
	damage_find(v, behind, &more);
	damage_join(found, &more);
	return found->nr;
}

static bool area_find(const struct view *v, struct area area, struct finding_bytes *found)
{
	return v->free || v->sheaved ? damage_find_free(v, area, found)
				     : damage_find(v, area, found);
}

/* Findings. */

static struct finding object_finding(const struct view *v, enum finding_id id)
{
	struct finding f = slab_finding(v->rules, id, v->slab);
	const struct slab_state *slab = v->slab;

	f.object = v->object;
	f.object_index = v->index;
	f.has |= FINDING_HAS_OBJECT;
	if (v->free) {
		f.hop = slab->own.hop[v->index] ? slab->own.hop[v->index] - 1u
						: slab->cpu_list.hop[v->index] - 1u;
		f.has |= FINDING_HAS_HOP;
	}
	return f;
}

static void bytes_set(const struct view *v, struct finding *f, const struct finding_bytes *found)
{
	uint64_t len = found->last - found->first + 1;
	struct finding_bytes *b = &f->bytes;
	const uint8_t *bytes;

	*b = *found;
	b->from_start = (int64_t)(found->first - v->object);
	b->from_end = b->from_start - (int64_t)v->rules->cache->object_size;
	b->nr_excerpt = len < sizeof(b->excerpt) ? (unsigned int)len : sizeof(b->excerpt);
	bytes = slab_memory(v->slab, found->first, b->nr_excerpt);
	if (bytes)
		memcpy(b->excerpt, bytes, b->nr_excerpt);
	f->has |= FINDING_HAS_BYTES;
}

#define HEX_SHOWN 8u

/* "41 41 00 instead of cc". */
static char *bytes_text(const struct finding_bytes *b, char *buf, size_t len)
{
	size_t used = 0;

	for (unsigned int i = 0; i < b->nr_excerpt && i < HEX_SHOWN; i++)
		used += (size_t)snprintf(buf + used, len - used, "%02x ", b->excerpt[i]);
	used += (size_t)snprintf(buf + used, len - used, "%sinstead of %02x",
				 b->nr_excerpt > HEX_SHOWN ? "... " : "", b->expected);
	if (b->expected_or != b->expected)
		snprintf(buf + used, len - used, " or %02x", b->expected_or);
	return buf;
}

static void where_text(struct finding *f, const struct view *v)
{
	const struct finding_bytes *b = &f->bytes;
	uint64_t size = v->rules->cache->object_size;
	char bytes[64];

	bytes_text(b, bytes, sizeof(bytes));
	if (b->from_start < 0)
		finding_message(f, "%" PRId64 " byte%s left of the object: %s", -b->from_start,
				b->from_start == -1 ? "" : "s", bytes);
	else if (b->from_end < 0)
		finding_message(
			f, "at offset %" PRId64 " of %s object (object_size %" PRIu64 "): %s",
			b->from_start, v->free || v->sheaved ? "a free" : "the", size, bytes);
	else if (b->from_end)
		finding_message(
			f, "%" PRId64 " byte%s right of the object (object_size %" PRIu64 "): %s",
			b->from_end, b->from_end == 1 ? "" : "s", size, bytes);
	else
		finding_message(f, "right behind the object (object_size %" PRIu64 "): %s", size,
				bytes);
}

/* Judge an area; returns whether it is damaged. */
static bool area_judge(const struct view *v, enum finding_id id, struct area area)
{
	struct finding_bytes found;
	struct finding f;

	if (!area_find(v, area, &found))
		return false;
	f = object_finding(v, id);
	bytes_set(v, &f, &found);
	where_text(&f, v);
	emit(v->rules, &f, v->slab);
	return true;
}

/* Red zones. */

static struct area zone_left(const struct view *v, uint8_t expected)
{
	return area_of(-(int64_t)v->contents->left, 0, expected);
}

static struct area zone_right(const struct view *v, uint8_t expected)
{
	const struct cache *cache = v->rules->cache;

	return area_of((int64_t)cache->object_size, (int64_t)cache->inuse, expected);
}

static unsigned int zone_holds(const struct view *v, struct area area)
{
	const uint8_t *bytes = slab_memory(v->slab, v->object + (uint64_t)area.from,
					   (uint64_t)(area.to - area.from));
	int64_t slot = (int64_t)v->rules->cache->offset;
	unsigned int held = 0;

	for (int64_t at = area.from; bytes && at < area.to; at++, bytes++) {
		/* Until 5.13 the freepointer of a small object lies there (74c1d3e08153). */
		if (v->free && at >= slot && at < slot + 8)
			continue;
		held |= *bytes == RED_INACTIVE ? ZONE_FREE
			: *bytes == RED_ACTIVE ? ZONE_USED
					       : ZONE_OTHER;
	}
	return held;
}

static const struct excuse *object_excuse(const struct view *v)
{
	return excuse_find(&(struct excuse_case){
		.breach = BREACH_OBJECT, .rules = v->rules, .slab = v->slab, .node = v->node });
}

/* Both zones are wrong as a whole: that is not a stray write. */
static void state_emit(const struct view *v, const struct excuse *excused, const char *what)
{
	struct area left = zone_left(v, v->free ? RED_INACTIVE : RED_ACTIVE);
	struct area right = zone_right(v, left.expected);
	struct finding_bytes found;
	bool is_left = area_find(v, left, &found);
	struct finding f;

	if (!is_left && !area_find(v, right, &found))
		return;
	f = object_finding(v, is_left ? FINDING_REDZONE_LEFT : FINDING_REDZONE_RIGHT);
	excuse(&f, excused);
	bytes_set(v, &f, &found);
	finding_message(&f, "%s", what);
	emit(v->rules, &f, v->slab);
}

/* The zones hold @expected, or, where it is not known what the object is, perhaps @expected_or. */
static void zones_damaged(const struct view *v, uint8_t expected, uint8_t expected_or)
{
	struct area left = zone_left(v, expected), right = zone_right(v, expected);

	left.expected_or = right.expected_or = expected_or;
	area_judge(v, FINDING_REDZONE_LEFT, left);
	area_judge(v, FINDING_REDZONE_RIGHT, right);
}

/* How many bytes of a zone hold a value. */
static unsigned int zone_count(const struct view *v, struct area area)
{
	const uint8_t *bytes = slab_memory(v->slab, v->object + (uint64_t)area.from,
					   (uint64_t)(area.to - area.from));
	unsigned int nr = 0;

	for (int64_t at = area.from; bytes && at < area.to; at++)
		nr += *bytes++ == area.expected;
	return nr;
}

/*
 * Nothing, or a byte that may be there by chance, of the zones of an object that no list holds is left:
 * lists say what it is, if they can.
 */
static void zones_gone(const struct view *v)
{
	bool is_lost;

	if (!orphans_lost(v->slab, v->index, &is_lost))
		zones_damaged(v, RED_ACTIVE, RED_INACTIVE);
	else if (is_lost)
		zones_damaged(v, RED_INACTIVE, RED_INACTIVE);
	else
		zones_damaged(v, RED_ACTIVE, RED_ACTIVE);
}

/* Judge the red zones. Returns what they say the object is: ZONE_FREE, ZONE_USED, or 0. */
static unsigned int zones_judge(const struct view *v)
{
	unsigned int held = zone_holds(v, zone_left(v, 0)) | zone_holds(v, zone_right(v, 0));
	unsigned int mostly = held & (ZONE_FREE | ZONE_USED);

	if (held == ZONE_FREE)
		return ZONE_FREE;
	if (held == ZONE_USED && !v->free)
		return ZONE_USED;
	if (held == ZONE_USED) {
		state_emit(v, NULL,
			   "the object is on a freelist, but its red zones are those of an object "
			   "in use");
		return ZONE_USED;
	}
	if (v->free) {
		zones_damaged(v, RED_INACTIVE, RED_INACTIVE);
		return ZONE_FREE;
	}
	if (held & ZONE_OTHER) {
		/* One byte may be what it should by chance. */
		if (zone_count(v, zone_left(v, RED_INACTIVE)) +
			    zone_count(v, zone_right(v, RED_INACTIVE)) +
			    zone_count(v, zone_left(v, RED_ACTIVE)) +
			    zone_count(v, zone_right(v, RED_ACTIVE)) <
		    2) {
			zones_gone(v);
			return 0;
		}
		if (mostly == ZONE_FREE)
			zones_damaged(v, RED_INACTIVE, RED_INACTIVE);
		else if (mostly == ZONE_USED)
			zones_damaged(v, RED_ACTIVE, RED_ACTIVE);
		else
			zones_gone(v);
		return mostly == ZONE_FREE || mostly == ZONE_USED ? mostly : 0;
	}
	if (held)
		state_emit(v, object_excuse(v),
			   "the red zones are partly those of an object in use and partly those "
			   "of a free object");
	return 0;
}

/* The red zone in the object, behind what kmalloc() was asked for. */

static bool orig_size_get(const struct view *v, uint32_t *orig_size)
{
	const uint8_t *bytes = slab_memory(v->slab, v->object + v->contents->orig_size, 4);

	if (bytes)
		*orig_size = (uint32_t)value_get(v->slab->arch, bytes, 4);
	return bytes;
}

/* alloc_single_from_partial() makes the object's link the head of the list, and then fills it. */
static bool was_taken_last(const struct view *v)
{
	const struct cache *cache = v->rules->cache;
	uint64_t slot = v->object + cache->offset, raw;

	return slab_word(v->slab, slot, &raw) && cache_link(cache, raw, slot) == v->slab->freelist;
}

/* Nobody has ever got it: its track comes last. */
static bool is_untouched(const struct view *v)
{
	uint64_t addr;

	return slab_word(v->slab,
			 v->object + v->contents->tracks +
				 v->rules->layout->debug.track.addr.offset,
			 &addr) &&
	       !addr;
}

/*
 * One memset() fills both red zones behind the object, and some begin with its end. Until it is done
 * the first one holds what it did before.
 */
static const struct excuse *fill_excuse(const struct view *v, const struct finding_bytes *b)
{
	if (!was_taken_last(v) || (v->slab->role == ROLE_NO_LIST && !is_untouched(v)))
		return NULL;
	for (unsigned int i = 0; i < b->nr_excerpt && v->contents->poison; i++)
		if (b->excerpt[i] != POISON_FREE && b->excerpt[i] != POISON_END &&
		    b->excerpt[i] != RED_ACTIVE)
			return NULL;
	return object_excuse(v);
}

/* kmalloc(0) gets no object, so a size of zero was never asked for. */
static const struct excuse *wiped_excuse(const struct view *v, uint32_t orig_size)
{
	if (orig_size || !is_untouched(v))
		return NULL;
	return excuse_find(&(struct excuse_case){
		.breach = BREACH_WIPED, .rules = v->rules, .slab = v->slab, .node = v->node });
}

static void orig_size_wrong(const struct view *v, uint32_t orig_size)
{
	struct finding f = object_finding(v, FINDING_TRACK_INVALID);

	set_slot(&f, v->object + v->contents->orig_size, "orig_size", orig_size);
	finding_message(&f,
			"the track says that kmalloc() was asked for %" PRIu32 " bytes, but the "
			"object has %" PRIu64,
			orig_size, v->rules->cache->object_size);
	emit(v->rules, &f, v->slab);
}

static void kmalloc_judge(const struct view *v)
{
	struct area area = area_of(0, (int64_t)v->rules->cache->object_size, RED_ACTIVE);
	struct finding_bytes found;
	struct finding f;
	uint32_t orig_size;
	char bytes[64];

	if (!v->contents->orig_size || !orig_size_get(v, &orig_size))
		return;
	if (orig_size > v->rules->cache->object_size) {
		orig_size_wrong(v, orig_size);
		return;
	}
	area.from = orig_size;
	if (!v->kmalloc_zones || !damage_find(v, area, &found))
		return;
	f = object_finding(v, FINDING_REDZONE_KMALLOC);
	bytes_set(v, &f, &found);
	finding_message(&f,
			"kmalloc() was asked for %" PRIu32 " bytes of %" PRIu64
			", and at offset %" PRId64 ": %s",
			orig_size, v->rules->cache->object_size, f.bytes.from_start,
			bytes_text(&f.bytes, bytes, sizeof(bytes)));
	excuse(&f, fill_excuse(v, &f.bytes));
	excuse(&f, wiped_excuse(v, orig_size));
	emit(v->rules, &f, v->slab);
}

/* What a free object is filled with. */

static bool poison_judge(const struct view *v)
{
	int64_t size = (int64_t)v->rules->cache->object_size, from = v->contents->kasan;
	struct area end = area_of(size - 1, size, POISON_END);

	/* Before the last byte is looked at, those before it: one finding says enough. */
	if (area_judge(v, FINDING_POISON_OVERWRITTEN, area_of(from, size - 1, POISON_FREE)))
		return false;
	return from >= size || !area_judge(v, FINDING_POISON_OVERWRITTEN, end);
}

static void clear_judge(const struct view *v)
{
	area_judge(v, FINDING_INIT_ON_FREE, area_of(0, (int64_t)v->rules->cache->object_size, 0));
}

/* Padding, and what is noted of owners: the same whether the object is free or not. */

/* Since 7.0 the owners' vector of a slab may be spread over the padding of its objects. */
static uint32_t pad_start(const struct view *v)
{
	uint64_t ext = v->slab->exts - v->slab->first;
	uint32_t pad = v->contents->pad;

	if (v->slab->exts && ext < v->contents->end &&
	    ext + v->rules->layout->slabobj_ext_size > pad)
		pad = (uint32_t)ext + v->rules->layout->slabobj_ext_size;
	return pad;
}

static void padding_judge(const struct view *v)
{
	const struct contents *c = v->contents;
	const struct cache *cache = v->rules->cache;
	struct area area = area_of(pad_start(v), c->end, POISON_INUSE);
	const uint8_t *upper;

	if (!c->red_zone)
		area_judge(
			v, FINDING_PADDING_OBJECT,
			area_of((int64_t)cache->object_size, (int64_t)cache->inuse, POISON_INUSE));
	/* The upper half of an orig_size that is a long; no type tells. */
	upper = c->orig_size && c->pad == c->orig_size + 4
			? slab_memory(v->slab, v->object + c->pad, 4)
			: NULL;
	if (upper && all_are(upper, 4, 0) && area.from == c->pad)
		area.from += 4;
	area_judge(v, FINDING_PADDING_OBJECT, area);
}

static void track_emit(const struct view *v, enum track_of which, const struct track *track,
		       enum track_wrong wrong)
{
	const struct track_layout *m = &v->rules->layout->debug.track;
	uint64_t at = v->object + v->contents->tracks + which * m->size;
	struct finding f = object_finding(v, FINDING_TRACK_INVALID);
	const char *of = which == TRACK_ALLOC ? "allocated" : "freed";

	switch (wrong) {
	case TRACK_GOOD:
		return;
	case TRACK_WRONG_ADDR:
		set_slot(&f, at + m->addr.offset, "track->addr", track->addr);
		finding_message(&f,
				"the track says that the object was %s from 0x%" PRIx64 ", "
				"which is not code",
				of, track->addr);
		break;
	case TRACK_WRONG_CPU:
		set_slot(&f, at + m->cpu.offset, "track->cpu", (uint32_t)track->cpu);
		finding_message(&f,
				"the track says that the object was %s on CPU %" PRId32 ", "
				"but there are %u CPUs",
				of, track->cpu, v->rules->layout->kernel.nr_cpus);
		break;
	case TRACK_WRONG_PID:
		set_slot(&f, at + m->pid.offset, "track->pid", (uint32_t)track->pid);
		finding_message(&f, "the track says that the object was %s by task %" PRId32, of,
				track->pid);
		break;
	}
	emit(v->rules, &f, v->slab);
}

static void tracks_judge(const struct view *v)
{
	const struct layout *layout = v->rules->layout;

	for (unsigned int i = 0; i < TRACKS; i++) {
		const uint8_t *bytes = slab_memory(
			v->slab, v->object + v->contents->tracks + i * layout->debug.track.size,
			layout->debug.track.size);
		enum track_wrong wrong;
		struct track track;

		if (!bytes)
			continue;
		track = track_decode(&layout->debug.track, bytes);
		wrong = track_wrong(&layout->kernel, &track);
		if (wrong != TRACK_GOOD)
			track_emit(v, (enum track_of)i, &track, wrong);
	}
}

/* Judge an object; returns whether it is on no list and looks as if it were free. */
static bool object_judge(const struct view *v)
{
	const struct contents *c = v->contents;
	unsigned int state = v->free ? ZONE_FREE : 0;
	bool whole = true;

	if (c->red_zone)
		state = zones_judge(v);
	if (c->poison && state == ZONE_FREE)
		whole = poison_judge(v);
	if (c->cleared && (v->free || v->sheaved))
		clear_judge(v);
	if (state == ZONE_USED && !v->free)
		kmalloc_judge(v);
	if (c->padded)
		padding_judge(v);
	if (c->tracks)
		tracks_judge(v);
	return c->red_zone && state == ZONE_FREE && !v->free && whole;
}

/*
 * No type tells for certain whether there are red zones behind what kmalloc() was asked for, so the
 * objects of the slab have a say.
 */
static bool kmalloc_zones_kept(const struct view *slab)
{
	int64_t size = (int64_t)slab->rules->cache->object_size;
	uint32_t asked = 0, kept = 0, orig_size;
	struct finding_bytes found;
	struct view v = *slab;

	if (!v.contents->kmalloc_zone)
		return false;
	for (uint32_t i = 0; i < v.slab->objects; i++) {
		v.object = slab_object(v.rules->cache, v.slab, (int32_t)i);
		if (slab_listed(v.slab, i) || !orig_size_get(&v, &orig_size) || orig_size >= size ||
		    zone_holds(&v, zone_right(&v, 0)) != ZONE_USED)
			continue;
		asked++;
		kept += !damage_find(&v, area_of(orig_size, size, RED_ACTIVE), &found);
	}
	return asked < 2 || 2 * kept >= asked;
}

/* What is left of the slab behind its objects, and since 7.0 behind the vector of their owners. */
static void slab_padding_judge(struct view *v)
{
	const struct slab_state *slab = v->slab;
	const struct cache *cache = v->rules->cache;
	uint64_t length = slab->bytes_len - cache->reserved, start = length - length % cache->size;
	uint64_t exts = slab->exts - slab->base;
	struct finding_bytes found;
	struct finding f;
	char bytes[64];

	if (slab->exts && exts < length && slab->exts - slab->first >= v->contents->end)
		start = exts + (uint64_t)v->rules->layout->slabobj_ext_size * slab->objects;
	v->index = (int32_t)slab->objects - 1;
	v->object = slab_object(cache, slab, v->index);
	v->free = slab_listed(slab, (uint32_t)v->index);
	if (start >= length ||
	    !damage_find(v,
			 area_of((int64_t)(start - (v->object - slab->base)),
				 (int64_t)(length - (v->object - slab->base)), POISON_INUSE),
			 &found))
		return;
	f = object_finding(v, FINDING_PADDING_SLAB);
	bytes_set(v, &f, &found);
	finding_message(&f,
			"%" PRId64 " bytes right of the last object, at offset 0x%" PRIx64
			" of the slab: %s",
			f.bytes.from_end, found.first - slab->base,
			bytes_text(&f.bytes, bytes, sizeof(bytes)));
	emit(v->rules, &f, slab);
}

static void look_free_emit(const struct view *v, int32_t first, uint32_t nr)
{
	struct finding f = slab_finding(v->rules, FINDING_FREELIST_ORPHANS, v->slab);

	f.object = slab_object(v->rules->cache, v->slab, first);
	f.object_index = first;
	f.has |= FINDING_HAS_OBJECT;
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_LOOKS_FREE,
						      .rules = v->rules }));
	finding_message(&f, "%u object%s free, but %s on no list", nr,
			nr == 1 ? " looks" : "s look", nr == 1 ? "is" : "are");
	emit(v->rules, &f, v->slab);
}

/*
 * free_to_pcs() gets what slab_free_hook() has cleared, and refill_objects() takes what lies on a
 * freelist.
 */
static bool is_in_sheaf(const struct slab_state *slab, uint64_t object)
{
	const struct sheaf_entry *e = sheaves_find(slab->sheaves, object);
	const struct sheaf *sheaf = e ? &slab->sheaves->sheaves[e->sheaf] : NULL;

	/* One that is in two places may be rcu_free, which holds what is not cleared yet. */
	return sheaf && sheaf->kind == SHEAF_OWN && sheaf->role != SHEAF_EMPTY && !sheaf->again &&
	       !excuse_find(&(struct excuse_case){ .breach = BREACH_SHEAF_CLEAR, .sheaf = sheaf });
}

/* struct rules.emit: keeps nothing. */
static void finding_count(void *ctx, struct finding *f, const struct slab_state *slab)
{
	struct contents_count *count = ctx;

	(void)slab;
	count->damaged += f->severity == SEVERITY_CORRUPT;
	count->free_objects |= f->id == FINDING_FREELIST_ORPHANS;
}

struct contents_count contents_count(const struct rules *rules, const struct slab_state *slab,
				     const struct node_state *node)
{
	struct contents_count count = { 0 };
	struct rules quiet = *rules;

	quiet.emit = finding_count;
	quiet.ctx = &count;
	rules_contents(&quiet, slab, node);
	return count;
}

void rules_contents(const struct rules *rules, const struct slab_state *slab,
		    const struct node_state *node)
{
	struct contents contents = cache_contents(rules->cache, rules->layout);
	struct view v = { .rules = rules, .slab = slab, .node = node, .contents = &contents };
	uint32_t look_free = 0;
	int32_t first = -1;

	if (!slab->walked || !slab->bytes || slab->cache != rules->cache->addr ||
	    excuse_find(&(struct excuse_case){
		    .breach = BREACH_CONTENTS, .rules = rules, .slab = slab }))
		return;
	v.kmalloc_zones = kmalloc_zones_kept(&v);
	for (uint32_t i = 0; i < slab->objects; i++) {
		v.index = (int32_t)i;
		v.object = slab_object(rules->cache, slab, v.index);
		v.free = slab_listed(slab, i);
		v.sheaved = contents.cleared && !v.free && is_in_sheaf(slab, v.object);
		if (object_judge(&v) && !look_free++)
			first = v.index;
	}
	if (contents.padded)
		slab_padding_judge(&v);
	if (look_free && !rules->disabled)
		look_free_emit(&v, first, look_free);
}
