/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What slabs hold: red zones, poison, padding, tracks, zeros. On machines of the model. */
#include <stdlib.h>
#include <string.h>

#include "model/slub/cache.h"
#include "model/slub/types.h"
#include "tests/unit/rig.h"
#include "tests/unit/run.h"

#define H(x) ((unsigned long long)(x))

#define SIZE 100u /* with four bytes of red zone behind it */
#define INUSE 104u

/* Bytes of the left red zone. */
static uint32_t left_of(enum model_era era)
{
	return era < MODEL_ERA_4_19 ? 0 : 8;
}

/* Two struct track. */
static uint32_t tracks_bytes(enum model_era era)
{
	return era < MODEL_ERA_6_1 ? 2 * (8 + 16 * 8 + 4 + 4 + 8) : 2 * 32;
}

struct heap_of {
	struct rig *r;
	uint64_t used[4], freed[2];
};

/* A cache with six objects that were allocated, of which two were freed. */
static struct heap_of heap_new(enum model_era era, struct model_config config,
			       struct model_cache_args args)
{
	struct heap_of h = { .r = NULL };

	config.nr_cpus = 2;
	h.r = rig_new(era, config);
	args.size += args.size ? 0 : SIZE;
	rig_cache(h.r, args);
	rig_alloc_many(h.r, 0, 4, h.used);
	rig_alloc_many(h.r, 1, 2, h.freed);
	rig_free_many(h.r, 1, 2, h.freed);
	return h;
}

static struct heap_of debug_heap(enum model_era era, unsigned int flags)
{
	return heap_new(era, (struct model_config){ 0 },
			(struct model_cache_args){ .flags = RIG_PLAIN | flags });
}

static void heap_end(struct heap_of *h)
{
	model_free(h->r->m);
	free(h->r);
}

static struct run *check_with(struct heap_of *h, struct run_options options)
{
	return run_check_target(model_target(h->r->m), h->r->name, options);
}

static struct run *check(struct heap_of *h)
{
	return check_with(h, (struct run_options){ .scan = true });
}

static void write_bytes(struct heap_of *h, uint64_t addr, uint8_t byte, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		rig_is(h->r, model_poke(h->r->m, addr + i, &byte, 1), "no memory at %#llx",
		       H(addr + i));
}

static void expect_text(struct run *run, const char *text)
{
	unit_check(strstr(run->text, text), "%s: no %s in:\n%s", run->era, text, run->text);
}

static void check_text(struct heap_of *h, const char *text)
{
	struct run *run = check_with(h, (struct run_options){ .text = true, .terse = true });

	expect_text(run, text);
	run_free(run);
}

/* The only finding of a run has these members. */
#define EXPECT_ONLY(h, ...)                    \
	do {                                   \
		struct run *run_ = check(h);   \
                                               \
		run_expect(run_, __VA_ARGS__); \
		run_nothing_else(run_, NULL);  \
		run_free(run_);                \
	} while (0)

static void expect_nothing(struct heap_of *h)
{
	struct run *run = check(h);

	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
}

/* Nothing is wrong. */

EACH_MODEL_ERA(clean)
{
	static const uint32_t sizes[] = { 8, 20, 64, SIZE, 1000, 5000 };

	for (unsigned int options = 0; options < 32; options++) {
		unsigned int flags = RIG_PLAIN | (options & 16 ? MODEL_CACHE_RCU : 0);

		flags |= options & 1 ? MODEL_CACHE_RED_ZONE : 0;
		flags |= options & 2 ? MODEL_CACHE_POISON : 0;
		flags |= options & 4 ? MODEL_CACHE_STORE_USER : 0;
		flags |= options & 8 ? MODEL_CACHE_CHECKS : 0;
		for (int i = 0; i < UNIT_COUNT(sizes); i++) {
			struct heap_of h = heap_new(
				era, (struct model_config){ .init_on_free = options % 3 == 0 },
				(struct model_cache_args){ .flags = flags,
							   .size = sizes[i],
							   .align = options & 1 ? 32 : 0,
							   .ctor = options % 5 == 4 });

			expect_nothing(&h);
			heap_end(&h);
		}
	}
}

/* Red zones. */

EACH_MODEL_ERA(right)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);

	write_bytes(&h, h.used[1] + SIZE, 0x41, 2);
	EXPECT_ONLY(&h,
		    "id=redzone-right severity=corrupt cache=rig object=0x%llx first_bad=0x%llx "
		    "last_bad=0x%llx bad_bytes=2 from_start=100 from_end=0 bytes=4141 "
		    "expected_byte=0xcc cause=overflow certainty=certain",
		    H(h.used[1]), H(h.used[1] + SIZE), H(h.used[1] + SIZE + 1));
	heap_end(&h);
}

/* What is not at the object's end is not its owner's for certain. */
EACH_MODEL_ERA(right_far)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);

	write_bytes(&h, h.used[1] + SIZE + 3, 0x41, 1);
	EXPECT_ONLY(&h,
		    "id=redzone-right object=0x%llx bad_bytes=1 from_end=3 cause=wild-write "
		    "certainty=likely",
		    H(h.used[1]));
	heap_end(&h);
}

EACH_MODEL_ERA(right_of_free)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);

	write_bytes(&h, h.freed[0] + SIZE, 0, 1);
	EXPECT_ONLY(&h,
		    "id=redzone-right object=0x%llx bytes=00 expected_byte=0xbb "
		    "cause=use-after-free",
		    H(h.freed[0]));
	heap_end(&h);
}

EACH_MODEL_ERA(left)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);

	if (left_of(era)) {
		write_bytes(&h, h.used[2] - 1, 0x41, 1);
		EXPECT_ONLY(
			&h,
			"id=redzone-left object=0x%llx bad_bytes=1 from_start=-1 cause=wild-write "
			"certainty=likely",
			H(h.used[2]));
	}
	heap_end(&h);
}

/* The second of two neighbours that are in use; false: there are none. */
static bool neighbour_find(const struct heap_of *h, uint64_t *object)
{
	for (unsigned int i = 0; i < 4; i++)
		for (unsigned int j = 0; j < 4; j++)
			if (h->used[i] + cache_size(h->r->m, h->r->s) == h->used[j]) {
				*object = h->used[j];
				return true;
			}
	return false;
}

EACH_MODEL_ERA(left_from_before)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE | MODEL_CACHE_POISON);
	uint64_t object;
	struct run *run;

	if (left_of(era) && neighbour_find(&h, &object)) {
		write_bytes(&h, object - left_of(era) - 2, 0x41, 4);
		run = check(&h);
		run_expect(run,
			   "id=redzone-left object=0x%llx from_start=-8 cause=overflow "
			   "certainty=certain",
			   H(object));
		run_expect(run, "id=padding-object");
		run_nothing_else(run, NULL);
		run_free(run);
	}
	heap_end(&h);
}

/* An object that is linked into a list without having been freed. */
EACH_MODEL_ERA(state)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);

	write_bytes(&h, h.freed[1] - left_of(era), 0xcc, left_of(era));
	write_bytes(&h, h.freed[1] + SIZE, 0xcc, INUSE - SIZE);
	EXPECT_ONLY(&h, "id=redzone-%s object=0x%llx severity=corrupt cause=unknown",
		    left_of(era) ? "left" : "right", H(h.freed[1]));
	heap_end(&h);
}

/* Poison. */

EACH_MODEL_ERA(poison)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);

	write_bytes(&h, h.freed[0] + 16, 0x41, 8);
	EXPECT_ONLY(&h,
		    "id=poison-overwritten object=0x%llx bad_bytes=8 from_start=16 "
		    "bytes=4141414141414141 expected_byte=0x6b cause=use-after-free "
		    "certainty=certain",
		    H(h.freed[0]));
	heap_end(&h);
}

EACH_MODEL_ERA(poison_end)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_POISON);

	write_bytes(&h, h.freed[0] + SIZE - 1, 0x6b, 1);
	EXPECT_ONLY(&h, "id=poison-overwritten object=0x%llx from_start=99 expected_byte=0xa5",
		    H(h.freed[0]));
	heap_end(&h);
}

EACH_MODEL_ERA(poison_bit)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_POISON);

	write_bytes(&h, h.freed[0] + 40, 0x6a, 1);
	EXPECT_ONLY(&h, "id=poison-overwritten object=0x%llx cause=use-after-free certainty=likely",
		    H(h.freed[0]));
	heap_end(&h);
}

/* With a constructor, or read without a lock, objects are not poisoned. */
EACH_MODEL_ERA(poison_kept)
{
	for (unsigned int ctor = 0; ctor < 2; ctor++) {
		struct heap_of h = heap_new(era, (struct model_config){ 0 },
					    (struct model_cache_args){
						    .flags = RIG_PLAIN | MODEL_CACHE_POISON |
							     (ctor ? 0 : MODEL_CACHE_RCU),
						    .ctor = ctor,
					    });

		write_bytes(&h, h.freed[0], 0x41, SIZE);
		expect_nothing(&h);
		heap_end(&h);
	}
}

/* Padding. */

EACH_MODEL_ERA(padding)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);
	uint32_t pad = INUSE + 8 + tracks_bytes(era);

	write_bytes(&h, h.used[0] + pad + 2, 0x41, 1);
	EXPECT_ONLY(&h, "id=padding-object object=0x%llx from_start=%u cause=wild-write",
		    H(h.used[0]), pad + 2);
	heap_end(&h);
}

/* Without red zones what is left of the last word is padding. */
EACH_MODEL_ERA(padding_of_word)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_POISON);

	write_bytes(&h, h.freed[0] + SIZE, 0x41, 4);
	EXPECT_ONLY(&h, "id=padding-object object=0x%llx from_end=0 bad_bytes=4 cause=overflow",
		    H(h.freed[0]));
	heap_end(&h);
}

EACH_MODEL_ERA(padding_of_slab)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);
	uint64_t slab = rig_slab(h.r, h.used[0]), base = slab_base(h.r->m, slab);
	uint32_t bytes = MODEL_PAGE << compound_order(h.r->m, slab);
	uint32_t rest = bytes % cache_size(h.r->m, h.r->s);

	rig_is(h.r, rest > 1, "nothing is left of the slab");
	write_bytes(&h, base + bytes - 1, 0x41, 1);
	EXPECT_ONLY(&h, "id=padding-slab slab=0x%llx first_bad=0x%llx bad_bytes=1", H(slab),
		    H(base + bytes - 1));
	write_bytes(&h, base + bytes - 1, 0x5a, 1);
	write_bytes(&h, base + bytes - rest, 0x41, 1);
	EXPECT_ONLY(&h, "id=padding-slab slab=0x%llx first_bad=0x%llx", H(slab),
		    H(base + bytes - rest));
	heap_end(&h);
}

/* Tracks. */

EACH_MODEL_ERA(tracks)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);
	struct run *run;

	write_bytes(&h, h.freed[1] + 8, 0x41, 3);
	run = check(&h);
	expect_text(run, "\"symbol\":\"owner_allocates\",\"offset\":29,\"cpu\":1,\"pid\":101");
	expect_text(run, "\"symbol\":\"owner_frees\",\"offset\":29,\"cpu\":1,\"pid\":101");
	expect_text(run, "\"age_seconds\":");
	expect_text(run, "\"stack\":[\"owner_allocates+0x1d\",\"owner_is_called+0x2a\"]");
	expect_text(run, "\"stack\":[\"owner_frees+0x1d\",\"owner_is_called+0x4c\"]");
	run_free(run);
	run = check_with(&h, (struct run_options){ .text = true, .terse = true });
	expect_text(run, "poison-overwritten: free object was written to");
	expect_text(run, "allocated       owner_allocates+0x1d, CPU 1, pid 101, ");
	expect_text(run, "freed           owner_frees+0x1d, CPU 1, pid 101, ");
	expect_text(run, "s before the");
	expect_text(run, "called by owner_is_called+0x2a\n");
	expect_text(run, "called by owner_is_called+0x4c\n");
	run_free(run);
	heap_end(&h);
}

/* A handle that leads to another record's place, and none at all. */
EACH_MODEL_ERA(stack_wrong)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_STORE_USER);
	struct target_member handle = h.r->m->shape.track_handle;
	uint64_t track = h.used[0] + INUSE;
	struct run_options options = { .is_address = true, .address = h.used[0] };
	const uint64_t values[] = { 0, 1, 0x2a0001, UINT32_MAX, h.r->m->handles[1] + (1u << 17) };

	for (int i = 0; i < UNIT_COUNT(values); i++) {
		struct run *run;

		if (handle.size)
			model_poke(h.r->m, track + handle.offset, &values[i], 4);
		else
			write_bytes(&h, track + h.r->m->shape.track_addrs.offset, 0, 8);
		run = check_with(&h, options);
		expect_text(run, "\"symbol\":\"owner_allocates\"");
		rig_is(h.r, !strstr(run->text, "stack"), "a stack of %#llx:\n%s", H(values[i]),
		       run->text);
		run_free(run);
	}
	heap_end(&h);
}

EACH_MODEL_ERA(tracks_of_address)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_STORE_USER);
	struct run *run = check_with(
		&h, (struct run_options){ .is_address = true, .address = h.freed[0] + 3 });

	expect_text(run, "\"allocated\":{\"valid\":true,\"address\":\"0xffffffff8101001d\"");
	expect_text(run, "\"freed\":{\"valid\":true,\"address\":\"0xffffffff8102001d\"");
	run_free(run);
	run = check_with(
		&h, (struct run_options){ .is_address = true, .address = h.used[0], .text = true });
	expect_text(run, "allocated       owner_allocates+0x1d, CPU 0, pid 100, ");
	rig_is(h.r, !strstr(run->text, "freed  "), "it was never freed:\n%s", run->text);
	run_free(run);
	heap_end(&h);
}

/* --top: four objects in use of one caller; who freed the other two has nothing. */
EACH_MODEL_ERA(tracks_on_top)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_STORE_USER);
	struct run *run = check_with(&h, (struct run_options){ .top = true });

	run_expect_type(run, "site",
			"by=track address=0xffffffff8101001d symbol=owner_allocates offset=29 "
			"objects=4");
	unit_check(run_line(run, "type=top tracks=true sited=4") != NULL, "%s: %s", run->era,
		   run->text);
	unit_check(!strstr(run->text, "0xffffffff8102001d"), "%s: %s", run->era, run->text);
	run_free(run);
	run = check_with(&h, (struct run_options){ .top = true, .text = true });
	expect_text(run, "owner_allocates+0x1d in ");
	expect_text(run, "who allocated them is known of 4");
	run_free(run);
	heap_end(&h);
	h = debug_heap(era, 0);
	run = check_with(&h, (struct run_options){ .top = true, .text = true });
	expect_text(run, "this kernel does not note who allocated an object");
	run_free(run);
	heap_end(&h);
}

EACH_MODEL_ERA(track_wrong)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_STORE_USER);
	const struct model_shape *shape = &h.r->m->shape;
	/* The link of a cache without poison lies in the object. */
	uint64_t track = h.used[0] + INUSE, slot;
	const struct {
		struct target_member member;
		uint64_t value;
		const char *name;
	} words[] = {
		{ shape->track_addr, 0x4141414141414141, "track->addr" },
		{ shape->track_addr, h.used[1], "track->addr" },
		{ shape->track_addr, MODEL_DATA + 8, "track->addr" },
		{ shape->track_cpu, 2, "track->cpu" },
		{ shape->track_cpu, 0xffffffff, "track->cpu" },
		{ shape->track_pid, 0x80000000, "track->pid" },
		{ shape->track_pid, 0x41414141, "track->pid" },
	};

	for (int i = 0; i < UNIT_COUNT(words); i++) {
		uint64_t before = 0;

		slot = track + words[i].member.offset + (uint64_t)(i & 1) * tracks_bytes(era) / 2;
		model_peek(h.r->m, slot, &before, words[i].member.size);
		model_poke(h.r->m, slot, &words[i].value, words[i].member.size);
		EXPECT_ONLY(&h,
			    "id=track-invalid object=0x%llx slot=0x%llx slot_name=%s raw=0x%llx "
			    "cause=metadata-write",
			    H(h.used[0]), H(slot), words[i].name, H(words[i].value));
		model_poke(h.r->m, slot, &before, words[i].member.size);
	}
	/* The record is shown as it is to programs, and to people as one that tells nothing. */
	slot = 0x4141414141414141;
	model_poke(h.r->m, track + shape->track_addr.offset, &slot, 8);
	check_text(&h, "allocated       unknown: the track is damaged");
	/* A module that is gone, and what was never set. */
	slot = UINT64_C(0xffffffffa0001000);
	model_poke(h.r->m, track + shape->track_addr.offset, &slot, 8);
	expect_nothing(&h);
	write_bytes(&h, track, 0, tracks_bytes(era));
	expect_nothing(&h);
	heap_end(&h);
}

/* What kmalloc() was asked for. */

static struct heap_of kmalloc_heap(enum model_era era, unsigned int flags, size_t size)
{
	struct heap_of h = { .r = NULL };

	h.r = rig_new(era, (struct model_config){
				   .nr_cpus = 2,
				   .kmalloc = true,
				   .kmalloc_flags = flags,
				   .without = MODEL_HAS(KMALLOC_RANDOM) | MODEL_HAS(KMALLOC_CGROUP),
			   });
	for (unsigned int i = 0; i < 4; i++)
		model_kmalloc(h.r->m, 0, size, model_gfp_kernel(h.r->m), MODEL_ANY_NODE, 0,
			      &h.used[i]);
	h.r->s = model_kmalloc_cache(h.r->m, size, model_gfp_kernel(h.r->m), 0);
	return h;
}

/* The red zone begins there since 6.2; 6.1 knew the size and did not use it. */
EACH_MODEL_ERA(kmalloc)
{
	static const unsigned int options[] = { MODEL_CACHE_RED_ZONE | MODEL_CACHE_STORE_USER,
						MODEL_CACHE_DEBUG };

	for (int i = 0; i < UNIT_COUNT(options); i++) {
		struct heap_of h = kmalloc_heap(era, options[i], 50);

		expect_nothing(&h);
		write_bytes(&h, h.used[2] + 50, 0, 1);
		if (era < MODEL_ERA_6_12)
			expect_nothing(&h);
		else
			EXPECT_ONLY(&h,
				    "id=redzone-kmalloc cache=kmalloc-64 object=0x%llx "
				    "from_start=50 from_end=-14 bytes=00 expected_byte=0xcc "
				    "cause=overflow certainty=certain",
				    H(h.used[2]));
		heap_end(&h);
	}
}

/*
 * What is said to boot with: by the next boot another copy of a kmalloc cache serves the same caller,
 * which may be the one that has no number.
 */
EACH_MODEL_ERA(boot_option_of_copies)
{
	const char *wanted = era < MODEL_ERA_6_12 ? "boot with slub_debug=FZPU,kmalloc-64\n"
			     : era < MODEL_ERA_7_2
				     ? "boot with slub_debug=FZPU,kmalloc-64,kmalloc-rnd-*\n"
				     : "boot with slub_debug=FZPU,kmalloc-64,kmalloc-part-*\n";

	for (uint64_t caller = 0; caller < 3; caller++) {
		struct heap_of h = { .r = rig_new(era, (struct model_config){ .nr_cpus = 2,
									      .kmalloc = true }) };
		uint32_t gfp = model_gfp_kernel(h.r->m);
		uint64_t page, slab;

		model_kmalloc(h.r->m, 0, 60, gfp, MODEL_ANY_NODE, MODEL_TEXT + caller, &h.used[0]);
		/* The slab's own count is impossible: damage in any era. */
		slab = head_page(h.r->m, h.used[0]);
		page = slab + h.r->m->shape.slab_counters.offset + 2;
		write_bytes(&h, page, 0x7f, 1);
		check_text(&h, wanted);
		heap_end(&h);
	}
}

/* Where the size that was asked for has only half of the word, the other half is padding. */
EACH_MODEL_ERA(orig_size)
{
	struct heap_of h = kmalloc_heap(era, MODEL_CACHE_DEBUG, 50);
	uint64_t at = h.used[1] + 72 + 8 + tracks_bytes(era);
	uint32_t large = 0x41414141;

	if (era >= MODEL_ERA_6_1) {
		write_bytes(&h, at + 4, 0x5a, 4);
		expect_nothing(&h);
		write_bytes(&h, at + 4, 0, 4);
		expect_nothing(&h);
		write_bytes(&h, at + 5, 1, 1);
		EXPECT_ONLY(&h, "id=padding-object object=0x%llx", H(h.used[1]));
		write_bytes(&h, at + 5, 0, 1);
		model_poke(h.r->m, at, &large, 4);
		EXPECT_ONLY(&h,
			    "id=track-invalid object=0x%llx slot=0x%llx slot_name=orig_size "
			    "raw=0x41414141",
			    H(h.used[1]), H(at));
	}
	heap_end(&h);
}

/* A kernel of the shape of 6.2 whose slabs say otherwise has no such red zones. */
EACH_MODEL_ERA(kmalloc_not_kept)
{
	struct heap_of h = kmalloc_heap(era, MODEL_CACHE_RED_ZONE | MODEL_CACHE_STORE_USER, 3000);

	for (unsigned int i = 0; i < 4; i++)
		write_bytes(&h, h.used[i] + 3000, 0x41, 14);
	expect_nothing(&h);
	heap_end(&h);
}

/* init_on_free */

static struct heap_of cleared_heap(enum model_era era, struct model_cache_args args)
{
	args.flags |= RIG_PLAIN;
	return heap_new(era, (struct model_config){ .init_on_free = true }, args);
}

/* 5.3 and later. */
EACH_MODEL_ERA(cleared)
{
	struct heap_of h = cleared_heap(era, (struct model_cache_args){ 0 });

	write_bytes(&h, h.used[0], 0x41, SIZE);
	expect_nothing(&h);
	write_bytes(&h, h.freed[0] + 90, 0x41, 2);
	if (era < MODEL_ERA_5_10)
		expect_nothing(&h);
	else
		EXPECT_ONLY(&h,
			    "id=init-on-free severity=corrupt object=0x%llx from_start=90 "
			    "bad_bytes=2 bytes=4141 expected_byte=0x0 cause=use-after-free "
			    "certainty=likely",
			    H(h.freed[0]));
	heap_end(&h);
}

static uint64_t sheaved_in_full_slab(struct heap_of *h, uint64_t sheaf)
{
	uint64_t size = get(h->r->m, sheaf, sheaf_size), object;

	for (uint64_t i = 0; i < size; i++) {
		object = get64(h->r->m, AT(h->r->m, sheaf, sheaf_objects) + 8 * i);
		if (!get(h->r->m, rig_slab(h->r, object), slab_freelist))
			return object;
	}
	rig_is(h->r, false, "no slab is full");
	return 0;
}

/* What a sheaf holds is free as well, and was cleared; not yet what kfree_rcu() has collected. */
START_TEST(cleared_in_sheaf)
{
	struct model_config config = { .init_on_free = true };
	struct model_cache_args args = { .flags = MODEL_CACHE_NO_MERGE };
	struct heap_of h = heap_new(MODEL_ERA_7_2, config, args);
	uint64_t pcs = rig_pcs(h.r, 1), link = h.freed[1] + get(h.r->m, h.r->s, cache_offset);
	uint64_t main = get64(h.r->m, AT(h.r->m, pcs, sheaves_main)), other, full;
	struct model_cache_args later = { .name = "later",
					  .size = 48,
					  .flags = MODEL_CACHE_NO_MERGE };
	struct run *run;

	rig_is(h.r, get(h.r->m, main, sheaf_size) >= 2, "no objects in the main sheaf");
	expect_nothing(&h);
	/* A link that was there before. */
	write_bytes(&h, link, 0x41, 8);
	expect_nothing(&h);
	write_bytes(&h, h.freed[0] + 90, 0x41, 2);
	EXPECT_ONLY(&h,
		    "id=init-on-free object=0x%llx hop=- from_start=90 bad_bytes=2 "
		    "cause=use-after-free",
		    H(h.freed[0]));
	write_bytes(&h, h.freed[0] + 90, 0, 2);
	/* In a full slab too, of a cache that is not the last that was looked at. */
	model_cache_create(h.r->m, 0, &later, &other);
	full = sheaved_in_full_slab(&h, main);
	write_bytes(&h, full, 0x41, 1);
	EXPECT_ONLY(&h, "id=init-on-free object=0x%llx place=no-list", H(full));
	/* While the CPU holds its lock, its sheaf may be changing. */
	model_put(h.r->m, AT(h.r->m, pcs, sheaves_lock), 1, 1);
	expect_nothing(&h);
	model_put(h.r->m, AT(h.r->m, pcs, sheaves_lock), 1, 0);
	/* Two pointers that change places. */
	put64(h.r->m, AT(h.r->m, pcs, sheaves_main),
	      get64(h.r->m, AT(h.r->m, pcs, sheaves_rcu_free)));
	put64(h.r->m, AT(h.r->m, pcs, sheaves_rcu_free), main);
	run = check(&h);
	rig_is(h.r, !strstr(run->text, "init-on-free"), "what waits for RCU is judged:\n%s",
	       run->text);
	run_free(run);
	heap_end(&h);
}
END_TEST

/* Not with the option off, nor in caches that keep their objects' contents. */
EACH_MODEL_ERA(not_cleared)
{
	const struct model_cache_args args[] = {
		{ .ctor = true },
		{ .flags = MODEL_CACHE_RCU },
		{ .flags = MODEL_CACHE_CHECKS },
		{ .flags = 0 },
	};

	for (int i = 0; i < UNIT_COUNT(args); i++) {
		struct heap_of h = i < 3 ? cleared_heap(era, args[i]) : debug_heap(era, 0);

		write_bytes(&h, h.freed[0] + 90, 0x41, 2);
		expect_nothing(&h);
		heap_end(&h);
	}
}

/* kfree_nolock() frees what it does not clear (6.18). */
EACH_MODEL_ERA(kmalloc_not_cleared)
{
	struct heap_of h =
		cleared_heap(era, (struct model_cache_args){ .flags = MODEL_CACHE_KMALLOC });
	struct run *run;

	write_bytes(&h, h.freed[0] + 90, 0x41, 2);
	run = check(&h);
	if (era >= MODEL_ERA_5_10 && era < MODEL_ERA_7_2)
		run_expect(run, "id=init-on-free");
	run_nothing_else(run, NULL);
	run_free(run);
	heap_end(&h);
}

/* In flight. */

/* What the kernel holds while it fills an object: list_lock since 6.1, slab_lock() before. */
static void lock_set(struct heap_of *h, uint64_t object, bool on)
{
	struct model *m = h->r->m;
	uint64_t slab = rig_slab(h->r, object);
	uint64_t flags = get(m, slab, slab_flags) & ~m->shape.pg_locked;

	if (h->r->era >= MODEL_ERA_6_1)
		put(m, get_node(m, h->r->s, 0), node_list_lock, on);
	else
		put(m, slab, slab_flags, flags | (on ? m->shape.pg_locked : 0));
}

/* The red zones of both: it is just being taken or given back, if there is somebody to do it. */
EACH_MODEL_ERA(half_filled)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);

	write_bytes(&h, h.used[0] + SIZE, 0xbb, 2);
	EXPECT_ONLY(&h, "id=redzone-right object=0x%llx severity=corrupt", H(h.used[0]));
	lock_set(&h, h.used[0], true);
	EXPECT_ONLY(&h, "id=redzone-right object=0x%llx severity=transient", H(h.used[0]));
	/* But no lock explains what the kernel never writes there, or that on a freelist. */
	write_bytes(&h, h.used[0] + SIZE, 0xba, 1);
	EXPECT_ONLY(&h, "id=redzone-right object=0x%llx severity=corrupt", H(h.used[0]));
	write_bytes(&h, h.used[0] + SIZE, 0xcc, 2);
	write_bytes(&h, h.freed[0] + SIZE, 0xcc, 2);
	EXPECT_ONLY(&h, "id=redzone-right object=0x%llx severity=corrupt", H(h.freed[0]));
	heap_end(&h);
}

/* Free by all that it holds, and on no list: it is about to be put there. */
EACH_MODEL_ERA(looks_free)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE | MODEL_CACHE_POISON);
	uint64_t object = h.used[3];

	write_bytes(&h, object - left_of(era), 0xbb, left_of(era));
	write_bytes(&h, object, 0x6b, SIZE - 1);
	write_bytes(&h, object + SIZE - 1, 0xa5, 1);
	write_bytes(&h, object + SIZE, 0xbb, INUSE - SIZE);
	EXPECT_ONLY(&h, "id=freelist-orphans severity=transient object=0x%llx", H(object));
	/* Then it must not be written to. */
	write_bytes(&h, object + 50, 0, 4);
	EXPECT_ONLY(&h, "id=poison-overwritten severity=corrupt object=0x%llx hop=-", H(object));
	heap_end(&h);
}

/* The zone behind what was asked for is filled last, from the object whose link is the head now. */
EACH_MODEL_ERA(kmalloc_half_filled)
{
	struct heap_of h = kmalloc_heap(era, MODEL_CACHE_DEBUG, 50);
	uint64_t last = h.used[3];

	if (era >= MODEL_ERA_6_12) {
		write_bytes(&h, last + 50, 0x6b, 13);
		EXPECT_ONLY(&h, "id=redzone-kmalloc severity=corrupt object=0x%llx", H(last));
		lock_set(&h, last, true);
		EXPECT_ONLY(&h, "id=redzone-kmalloc severity=transient object=0x%llx", H(last));
		write_bytes(&h, last + 50, 0x41, 1);
		EXPECT_ONLY(&h, "id=redzone-kmalloc severity=corrupt object=0x%llx", H(last));
		write_bytes(&h, last + 50, 0xcc, 14);
		write_bytes(&h, h.used[1] + 50, 0x6b, 13);
		EXPECT_ONLY(&h, "id=redzone-kmalloc severity=corrupt object=0x%llx", H(h.used[1]));
	}
	heap_end(&h);
}

/*
 * Until 5.14 c->page leads to a slab that the CPU has given back until it is cleared. By then others may
 * have what c->freelist shows as free.
 */
START_TEST(given_back)
{
	struct heap_of h = cleared_heap(MODEL_ERA_5_10, (struct model_cache_args){ .size = 512 });
	struct model *m = h.r->m;
	uint64_t slab = rig_slab(h.r, h.freed[0]), c = rig_cpu(h.r, 1), counters;

	write_bytes(&h, h.freed[0] + 300, 0x41, 1);
	/* As the CPU's: it counts. */
	EXPECT_ONLY(&h, "id=init-on-free severity=corrupt object=0x%llx", H(h.freed[0]));
	model_cache_flush(m, 0, h.r->s);
	rig_is(h.r, rig_on_node(h.r, 0, slab) >= 0, "the slab is not on the node's list");
	EXPECT_ONLY(&h, "id=init-on-free severity=corrupt place=node-partial object=0x%llx",
		    H(h.freed[0]));
	/* It has been put there, and is still named: nothing is certain of it. */
	put64(m, AT(m, c, cpu_slab), slab);
	put64(m, AT(m, c, cpu_freelist), slab_freelist(m, slab));
	counters = slab_counters(m, slab);
	rig_is(h.r, !counters_frozen(counters), "it is frozen");
	{
		struct run *run = check(&h);

		rig_is(h.r, !run_count(run, "corrupt"), "%s", run->text);
		run_free(run);
	}
	heap_end(&h);
}
END_TEST

/* A slab that is in two places may be another's: what it holds is doubtful. */
START_TEST(in_two_places)
{
	struct heap_of h = cleared_heap(MODEL_ERA_6_12, (struct model_cache_args){ .size = 512 });
	struct model *m = h.r->m;
	uint64_t slab;
	struct run *run;

	model_cache_flush(m, 0, h.r->s);
	slab = rig_slab(h.r, h.freed[0]);
	write_bytes(&h, h.freed[0] + 300, 0x41, 1);
	EXPECT_ONLY(&h, "id=init-on-free severity=corrupt object=0x%llx", H(h.freed[0]));
	put64(m, AT(m, rig_cpu(h.r, 0), cpu_slab), slab);
	run = check(&h);
	run_expect(run, "id=slab-duplicate severity=corrupt");
	run_expect(run, "id=init-on-free severity=transient object=0x%llx", H(h.freed[0]));
	run_free(run);
	heap_end(&h);
}
END_TEST

/* A slab that was given up after a failed check: all count as used, and free ones look free. */
EACH_MODEL_ERA(given_up)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_DEBUG);
	struct run *run;

	write_bytes(&h, h.freed[1] + 8, 0x41, 1);
	rig_alloc(h.r, 0);
	rig_is(h.r, model_reports(h.r->m, MODEL_REPORT_SLAB_ERROR) == 1, "the kernel saw nothing");
	run = check(&h);
	run_expect(run, "id=poison-overwritten severity=corrupt object=0x%llx", H(h.freed[1]));
	/* Since 6.1 (with stable updates) the frozen bit says so. Nobody knows whether this kernel is
	 * tainted, so before that nothing does. */
	if (era >= MODEL_ERA_6_1)
		run_expect(run, "id=slab-disabled severity=corrupt");
	else
		run_expect(run, "id=freelist-orphans severity=transient");
	run_nothing_else(run, "corrupt");
	run_free(run);
	heap_end(&h);
}

/* Full slabs are on no list. */
EACH_MODEL_ERA(full)
{
	struct heap_of h = debug_heap(era, MODEL_CACHE_RED_ZONE);
	struct run *run;

	for (unsigned int i = rig_objects(h.r); i--;)
		rig_alloc(h.r, i % 2);
	write_bytes(&h, h.used[0] + SIZE, 0x41, 1);
	EXPECT_ONLY(&h, "id=redzone-right place=no-list object=0x%llx", H(h.used[0]));
	run = check_with(&h, (struct run_options){ .scan = false });
	run_nothing_else(run, NULL);
	run_free(run);
	heap_end(&h);
}

/* What is not in the dump is not judged, and what lies around it is. */
EACH_MODEL_ERA(absent)
{
	struct heap_of h = heap_new(
		era, (struct model_config){ 0 },
		(struct model_cache_args){ .flags = RIG_PLAIN | MODEL_CACHE_DEBUG, .size = 3000 });
	uint64_t object = h.freed[0], there = (object + 3000) & ~UINT64_C(4095);
	struct run *run;

	write_bytes(&h, object + 1000, 0x41, 1);
	write_bytes(&h, object + 3000, 0x41, 1);
	if (there != (object & ~UINT64_C(4095))) {
		/* Of the poison a part is missing; the red zone is in the dump. */
		model_absent(h.r->m, object);
		run = check(&h);
		run_expect(run, "id=redzone-right object=0x%llx", H(object));
		rig_is(h.r, !strstr(run->text, "poison-overwritten"), "%s", run->text);
		run_free(run);
	}
	heap_end(&h);
}

/* Data of others in slabs. */

/* A cache whose objects are accounted. The first slab is of a time when nobody was. */
static struct heap_of accounted_heap(uint32_t size, unsigned int flags)
{
	struct heap_of h = heap_new(MODEL_ERA_7_2, (struct model_config){ 0 },
				    (struct model_cache_args){ .flags = RIG_PLAIN, .size = 64 });

	for (unsigned int cpu = 0; cpu < 2; cpu++)
		model_memcg(h.r->m, cpu, 1);
	rig_cache(h.r, (struct model_cache_args){ .name = "accounted",
						  .size = size,
						  .flags = flags | RIG_PLAIN | MODEL_CACHE_ACCOUNT |
							   MODEL_CACHE_DEBUG });
	rig_alloc_many(h.r, 0, 4, h.used);
	return h;
}

static uint64_t vector_of(struct heap_of *h, uint64_t slab)
{
	return get(h->r->m, slab, slab_owners) & ~UINT64_C(7);
}

/* Since 7.0 the vector of owners may lie behind the last object. */
START_TEST(owners_behind)
{
	struct heap_of h = accounted_heap(1500, 0);
	uint64_t slab = rig_slab(h.r, h.used[0]), base = slab_base(h.r->m, slab);
	uint32_t n = rig_objects(h.r), size = cache_size(h.r->m, h.r->s);
	uint64_t exts = vector_of(&h, slab);

	rig_eq(h.r, exts, base + (uint64_t)n * size, "vector");
	expect_nothing(&h);
	write_bytes(&h, exts + 8 * n, 0, 1);
	EXPECT_ONLY(&h, "id=padding-slab first_bad=0x%llx", H(exts + 8 * n));
	/* Were it elsewhere, this would be padding. */
	write_bytes(&h, exts + 8 * n, 0x5a, 1);
	put(h.r->m, slab, slab_owners, 0);
	EXPECT_ONLY(&h, "id=padding-slab first_bad=0x%llx", H(exts));
	heap_end(&h);
}
END_TEST

/* Or in the padding of the objects. */
START_TEST(owners_among)
{
	struct heap_of h = accounted_heap(SIZE, MODEL_CACHE_HWCACHE_ALIGN);
	uint64_t slab = rig_slab(h.r, h.used[0]), base = slab_base(h.r->m, slab);
	uint32_t pad = INUSE + 8 + tracks_bytes(MODEL_ERA_7_2);

	rig_eq(h.r, get(h.r->m, slab, slab_stride), cache_size(h.r->m, h.r->s), "stride");
	rig_eq(h.r, vector_of(&h, slab) - base, pad + get(h.r->m, h.r->s, cache_red_left_pad),
	       "vector");
	expect_nothing(&h);
	rig_free_many(h.r, 0, 4, h.used);
	rig_alloc_many(h.r, 0, 3, h.used);
	expect_nothing(&h);
	write_bytes(&h, h.used[1] + pad + 8, 0x41, 1);
	EXPECT_ONLY(&h, "id=padding-object object=0x%llx first_bad=0x%llx", H(h.used[1]),
		    H(h.used[1] + pad + 8));
	heap_end(&h);
}
END_TEST

static bool member_with_kasan(struct target *t, const char *type, const char *member,
			      struct target_member *out)
{
	const struct model *m = (struct model *)t;

	/* Two numbers that these caches do not use take its place. */
	if (!strcmp(member, "kasan_info"))
		*out = (struct target_member){ m->shape.cache_useroffset.offset, 8 };
	else if (!strcmp(member, "alloc_meta_offset"))
		*out = (struct target_member){ 0, 4 };
	else if (!strcmp(member, "free_meta_offset"))
		*out = (struct target_member){ 4, 4 };
	else
		return model_type_member(m->features, type, member, out);
	return true;
}

static bool type_size_with_kasan(struct target *t, const char *type, size_t *size)
{
	*size = 16;
	return !strncmp(type, "kasan_", 6) ||
	       model_type_size(((struct model *)t)->features, type, size);
}

/* KASAN writes to free objects, and behind the tracks. */
START_TEST(kasan)
{
	struct heap_of h = heap_new(
		MODEL_ERA_6_12, (struct model_config){ 0 },
		(struct model_cache_args){ .flags = RIG_PLAIN | MODEL_CACHE_DEBUG, .align = 64 });
	struct target_ops ops = *model_target(h.r->m)->ops;
	uint32_t pad = INUSE + 8 + tracks_bytes(MODEL_ERA_6_12);

	ops.member = member_with_kasan;
	ops.type_size = type_size_with_kasan;
	write_bytes(&h, h.used[0] + pad, 0x41, 16);
	write_bytes(&h, h.freed[0], 0x41, 16);
	{
		struct run *run = check(&h);

		run_expect(run, "id=padding-object");
		run_expect(run, "id=poison-overwritten");
		run_nothing_else(run, NULL);
		run_free(run);
	}
	put(h.r->m, h.r->s, cache_useroffset, pad);
	model_target(h.r->m)->ops = &ops;
	expect_nothing(&h);
	write_bytes(&h, h.freed[0] + 16, 0x41, 1);
	EXPECT_ONLY(&h, "id=poison-overwritten from_start=16");
	heap_end(&h);
}
END_TEST

/* 5.9 to 5.12: a cache that was made with such flags is none of debugging, unless the kernel is. */
START_TEST(flags_idle)
{
	struct rig *r = rig_new(MODEL_ERA_5_10, (struct model_config){ .init_on_free = true });
	struct heap_of h = { .r = r };
	uint64_t key = data_get(r->m, "slub_debug_enabled", 16), pad;

	rig_cache(r, (struct model_cache_args){ .size = 256, .flags = RIG_PLAIN });
	rig_alloc(r, 0);
	/* As if it had them from the start; its slabs have no room for red zones. */
	pad = r->m->era->flags->red_zone | r->m->era->flags->poison | r->m->era->flags->store_user;
	rig_set(r, cache_flags, get(r->m, r->s, cache_flags) | pad);
	rig_set(r, cache_red_left_pad, 8);
	expect_nothing(&h);
	put32(r->m, key, 1);
	{
		struct run *run = check(&h);

		rig_is(r, run_count(run, "corrupt"), "%s", run->text);
		run_free(run);
	}
	heap_end(&h);
}
END_TEST

/* Slabs of other caches are read as little as ever: nothing of a full one. */
EACH_MODEL_ERA(cost)
{
	uint64_t bytes[2];

	for (unsigned int debug = 0; debug < 2; debug++) {
		struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 1 });
		struct heap_of h = { .r = r };
		struct run *run;
		const char *line;
		uint64_t *objects;

		rig_cache(r, (struct model_cache_args){
				     .size = 1024,
				     .flags = RIG_PLAIN | (debug ? MODEL_CACHE_STORE_USER : 0) });
		objects = rig_slabs(r, 0, 4);
		free(objects);
		run = check(&h);
		line = run_line(run, "type=summary");
		line = line ? strstr(line, "\"bytes_read\":") : NULL;
		rig_is(r, line != NULL, "no bytes_read");
		bytes[debug] = strtoull(line + strlen("\"bytes_read\":"), NULL, 10);
		run_free(run);
		heap_end(&h);
	}
	unit_check(bytes[1] >= bytes[0] + 3 * 4 * 1024, "%llu and %llu bytes", H(bytes[0]),
		   H(bytes[1]));
}

Suite *suite_checker_contents(void)
{
	Suite *suite = suite_create("checker_contents");
	TCase *filled = tcase_create("filled"), *tracked = tcase_create("tracked"),
	      *flight = tcase_create("flight"), *others = tcase_create("others");

	tcase_set_timeout(filled, RIG_TIMEOUT);
	tcase_add_test(filled, clean);
	tcase_add_test(filled, right);
	tcase_add_test(filled, right_far);
	tcase_add_test(filled, right_of_free);
	tcase_add_test(filled, left);
	tcase_add_test(filled, left_from_before);
	tcase_add_test(filled, state);
	tcase_add_test(filled, poison);
	tcase_add_test(filled, poison_end);
	tcase_add_test(filled, poison_bit);
	tcase_add_test(filled, poison_kept);
	tcase_add_test(filled, padding);
	tcase_add_test(filled, padding_of_word);
	tcase_add_test(filled, padding_of_slab);
	tcase_add_test(filled, cleared);
	tcase_add_test(filled, cleared_in_sheaf);
	tcase_add_test(filled, not_cleared);
	tcase_add_test(filled, kmalloc_not_cleared);
	suite_add_tcase(suite, filled);
	tcase_set_timeout(tracked, RIG_TIMEOUT);
	tcase_add_test(tracked, tracks);
	tcase_add_test(tracked, tracks_of_address);
	tcase_add_test(tracked, tracks_on_top);
	tcase_add_test(tracked, stack_wrong);
	tcase_add_test(tracked, track_wrong);
	tcase_add_test(tracked, kmalloc);
	tcase_add_test(tracked, orig_size);
	tcase_add_test(tracked, kmalloc_not_kept);
	tcase_add_test(tracked, boot_option_of_copies);
	suite_add_tcase(suite, tracked);
	tcase_set_timeout(flight, RIG_TIMEOUT);
	tcase_add_test(flight, half_filled);
	tcase_add_test(flight, looks_free);
	tcase_add_test(flight, kmalloc_half_filled);
	tcase_add_test(flight, given_back);
	tcase_add_test(flight, in_two_places);
	tcase_add_test(flight, given_up);
	suite_add_tcase(suite, flight);
	tcase_set_timeout(others, RIG_TIMEOUT);
	tcase_add_test(others, full);
	tcase_add_test(others, absent);
	tcase_add_test(others, owners_behind);
	tcase_add_test(others, owners_among);
	tcase_add_test(others, kasan);
	tcase_add_test(others, flags_idle);
	tcase_add_test(others, cost);
	suite_add_tcase(suite, others);
	return suite;
}
