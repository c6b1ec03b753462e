/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several threads at one image: they say what one says, in the same order; and get by with fewer
 * doors than were asked for.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)((i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define THREADS 5
#define LONG_LIST 100

/* A target in front of an image, which has one door: they take turns at it. */
struct front {
	struct target target;
	struct target *image;
	pthread_mutex_t lock;
	unsigned int doors_max; /* share() gives no more */
	unsigned int doors, most; /* given now, and ever */
	unsigned int stop_at; /* the user stops the run when it asks for the time; 0: never */
	atomic_uint asked;
	bool slow; /* reads take as long as those of a compressed dump */
};

struct door {
	struct target target;
	struct front *front;
};

static struct front *front_of(struct target *t)
{
	return ((struct door *)t)->front;
}

static enum target_status door_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct front *f = front_of(t);
	enum target_status status;

	if (f->slow)
		nanosleep(&(struct timespec){ .tv_nsec = 10000 }, NULL);
	pthread_mutex_lock(&f->lock);
	status = f->image->ops->read(f->image, addr, buf, len);
	pthread_mutex_unlock(&f->lock);
	return status;
}

static bool door_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	struct front *f = front_of(t);
	bool found;

	pthread_mutex_lock(&f->lock);
	found = f->image->ops->symbol_at(f->image, addr, out);
	pthread_mutex_unlock(&f->lock);
	return found;
}

static bool door_symbol(struct target *t, const char *name, uint64_t *value)
{
	return front_of(t)->image->ops->symbol(front_of(t)->image, name, value);
}

static bool door_type_size(struct target *t, const char *type, size_t *size)
{
	return front_of(t)->image->ops->type_size(front_of(t)->image, type, size);
}

static bool door_member(struct target *t, const char *type, const char *member,
			struct target_member *out)
{
	return front_of(t)->image->ops->member(front_of(t)->image, type, member, out);
}

static bool door_enumerator(struct target *t, const char *name, int64_t *value)
{
	return front_of(t)->image->ops->enumerator(front_of(t)->image, name, value);
}

static bool door_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	return front_of(t)->image->ops->page_to_virt(front_of(t)->image, page, virt);
}

static bool door_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	return front_of(t)->image->ops->virt_to_page(front_of(t)->image, virt, page);
}

static bool door_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	return front_of(t)->image->ops->frame_to_page(front_of(t)->image, frame, page);
}

static bool door_cancelled(struct target *t)
{
	struct front *f = front_of(t);

	return f->stop_at && atomic_fetch_add(&f->asked, 1) + 1 >= f->stop_at;
}

static struct target *door_share(struct target *t)
{
	struct front *f = front_of(t);
	struct door *door;

	if (f->doors == f->doors_max)
		return NULL;
	door = malloc(sizeof(*door));
	ck_assert_ptr_nonnull(door);
	*door = *(struct door *)t;
	if (++f->doors > f->most)
		f->most = f->doors;
	return &door->target;
}

static void door_unshare(struct target *shared)
{
	front_of(shared)->doors--;
	free(shared);
}

static const struct target_ops door_ops = {
	.read = door_read,
	.symbol = door_symbol,
	.symbol_at = door_symbol_at,
	.type_size = door_type_size,
	.member = door_member,
	.enumerator = door_enumerator,
	.page_to_virt = door_page_to_virt,
	.virt_to_page = door_virt_to_page,
	.frame_to_page = door_frame_to_page,
	.cancelled = door_cancelled,
	.share = door_share,
	.unshare = door_unshare,
};

/* Run with threads at an image. */
static struct run *run_shared(struct front *front, const struct image *image, bool scan)
{
	struct door door = { .target = image->target, .front = front };
	struct run *run;

	pthread_mutex_init(&front->lock, NULL);
	door.target.ops = &door_ops;
	run = run_check_target(&door.target, "shared",
			       (struct run_options){ .scan = scan, .threads = THREADS });
	unit_check(!front->doors, "%u doors are left open", front->doors);
	pthread_mutex_destroy(&front->lock);
	return run;
}

/* Line by line; the last one, the summary, counts seconds and reads. */
static void same(const struct run *one, const struct run *many)
{
	unit_check(one->nr_lines == many->nr_lines, "%zu lines with one thread, %zu with several",
		   one->nr_lines, many->nr_lines);
	for (size_t i = 0; i + 1 < one->nr_lines; i++)
		unit_check(!strcmp(one->lines[i], many->lines[i]), "one: %s\nseveral: %s",
			   one->lines[i], many->lines[i]);
	unit_check(one->result.verdict == many->result.verdict &&
			   one->result.findings == many->result.findings,
		   "verdicts differ");
}

static void compare(struct world *w, bool scan)
{
	struct run *one = run_check(w->image, (struct run_options){ .scan = scan });

	for (unsigned int doors = 0; doors <= THREADS; doors++) {
		struct front front = { .image = &w->image->target, .doors_max = doors };
		struct run *many = run_shared(&front, w->image, scan);

		unit_check(front.most == doors, "%u doors of %u", front.most, doors);
		same(one, many);
		run_free(many);
	}
	run_free(one);
	world_free(w);
}

EACH_ERA_AND_SCAN(clean_heap)
{
	compare(world_new(ERA(turn)), SCAN(turn));
}

/* Faults in each of the caches: the findings come in the order of the caches. */
EACH_ERA_AND_SCAN(damaged_heap)
{
	struct world *w = world_new(ERA(turn));

	image_link(w->node0[0], 6, 4);
	image_link(w->big_node, 30, 3);
	image_link(w->wide_node, 1, 40);
	image_set(w->image, w->chain[0]->page, 0);
	compare(w, SCAN(turn));
}

/* Slabs of one cache on the list of another, whose walk may come before or after. */
EACH_ERA_AND_SCAN(slab_of_another_cache)
{
	struct world *w = world_new(ERA(turn));

	image_slab_store(w->node0[1], "slab_cache", w->gamma->addr);
	image_slab_store(w->big_node, "slab_cache", w->alpha->addr);
	compare(w, SCAN(turn));
}

/*
 * One cache with a long list of slabs of two pages each: those who have nothing to do read ahead. Links of
 * freelists are damaged, and one of the list, behind which it is walked from its other end.
 */
EACH_ERA_AND_SCAN(long_list)
{
	struct image *image = image_new(ERA(turn));
	struct image_cache *cache =
		image_cache(image, (struct image_spec){ .name = "long", .size = 512, .order = 1 });
	struct image_slab *slabs[LONG_LIST];
	struct run *one;

	for (int i = 0; i < LONG_LIST; i++)
		slabs[i] = image_slab(cache, ON_NODE_PARTIAL, 0, LIST(i % 16, (i + 9) % 16), NULL);
	image_seal(image);
	for (int i = 5; i < LONG_LIST; i += 23)
		image_link(slabs[i], (i + 9) % 16, i % 16);
	image_set(image, image_slab_field(slabs[LONG_LIST - 20], "slab_list"), 16);
	one = run_check(image, (struct run_options){ .scan = SCAN(turn) });
	unit_check(one->result.findings >= 4, "%zu findings", (size_t)one->result.findings);
	for (int i = 0; i < 3; i++) {
		struct front front = { .image = &image->target,
				       .doors_max = THREADS,
				       .slow = i == 0 };
		struct run *many = run_shared(&front, image, SCAN(turn));

		same(one, many);
		run_free(many);
	}
	run_free(one);
	image_free(image);
}

/* All threads stop when the user says so, and nothing is called clean then. */
EACH_ERA_AND_SCAN(stopped)
{
	struct world *w = world_new(ERA(turn));
	unsigned int at, times = 0;

	for (at = 1; at < 100; at += 3) {
		struct front front = { .image = &w->image->target,
				       .doors_max = THREADS,
				       .stop_at = at };
		struct run *run = run_shared(&front, w->image, SCAN(turn));

		times += run->result.interrupted;
		run_verdict(run, run->result.interrupted ? VERDICT_UNKNOWN : VERDICT_CLEAN);
		run_free(run);
	}
	unit_check(times > 3, "stopped %u times", times);
	world_free(w);
}

Suite *suite_checker_team(void)
{
	Suite *suite = suite_create("checker_team");
	TCase *tcase = tcase_create("team");

	tcase_add_test(tcase, clean_heap);
	tcase_add_test(tcase, damaged_heap);
	tcase_add_test(tcase, slab_of_another_cache);
	tcase_add_test(tcase, long_list);
	tcase_add_test(tcase, stopped);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
