/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom an object is charged to, and which line allocated it: in the card of -w. */
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))
#define INDEX 30
#define OBJECTS 64

/* A world in which object INDEX of node0[0] is charged to a cgroup. */
struct charged {
	struct world *w;
	struct image *image;
	uint64_t object, vector, entry, memcg, css, nodes[3];
};

/* A page of its own, so that it can be absent. */
static uint64_t page_get(struct image *image)
{
	uint64_t at = image_data(image, 2 * IMAGE_PAGE);

	return (at + IMAGE_PAGE - 1) & ~(uint64_t)(IMAGE_PAGE - 1);
}

static uint64_t text_get(struct image *image, const char *text)
{
	uint64_t at = image_data(image, 64);

	image_text(image, at, text);
	return at;
}

static void parent_set(struct charged *c, uint64_t node, uint64_t parent)
{
	image_store(c->image, node, "kernfs_node", c->image->era == ERA_7_2 ? "__parent" : "parent",
		    parent);
}

/* "/", and below it "system.slice/web". */
static void cgroup_make(struct charged *c)
{
	static const char *const names[] = { "", "system.slice", "web" };
	uint64_t cgroup = image_data(c->image, 64);

	c->memcg = image_data(c->image, 256);
	c->css = image_field(c->image, c->memcg, "mem_cgroup", "css");
	image_store(c->image, c->css, "cgroup_subsys_state", "cgroup", cgroup);
	if (c->image->era == ERA_3_13)
		return;
	for (unsigned int i = 0; i < 3; i++) {
		c->nodes[i] = image_data(c->image, 128);
		image_store(c->image, c->nodes[i], "kernfs_node", "name",
			    text_get(c->image, names[i]));
		parent_set(c, c->nodes[i], i ? c->nodes[i - 1] : 0);
	}
	image_store(c->image, cgroup, "cgroup", "kn", c->nodes[2]);
}

static uint64_t objcg_make(struct charged *c)
{
	uint64_t objcg = image_data(c->image, 64);

	image_store(c->image, objcg, "obj_cgroup", "memcg", c->memcg);
	return objcg;
}

/* Which word of a slab leads to its vector. */
static const char *word_of(enum image_era era)
{
	return era == ERA_5_10 ? "obj_cgroups" : era == ERA_6_1 ? "memcg_data" : "obj_exts";
}

static void word_set(struct charged *c, uint64_t value)
{
	enum image_era era = c->image->era;

	image_store(c->image, c->w->node0[0]->page, era == ERA_5_10 ? "page" : "slab", word_of(era),
		    value);
}

/* Until 5.8 the cache is the cgroup's: such is the 3.13 of images. Since, the slab has a vector. */
static struct charged charged_new(enum image_era era)
{
	struct charged c = { .w = world_new(era) };
	size_t stride = era >= ERA_6_18 ? 16 : 8;

	c.image = c.w->image;
	c.object = image_object(c.w->node0[0], INDEX);
	cgroup_make(&c);
	c.vector = page_get(c.image);
	if (era == ERA_3_13) {
		image_store(c.image, c.w->alpha->addr, "kmem_cache", "memcg_params", c.vector);
		c.entry = image_field(c.image, c.vector, "memcg_cache_params", "memcg");
		image_set(c.image, c.entry, c.memcg);
		return c;
	}
	c.entry = c.vector + INDEX * stride;
	for (unsigned int i = 0; i < OBJECTS * stride / 8; i++)
		image_set(c.image, c.vector + 8 * i, 0);
	image_set(c.image, c.entry, objcg_make(&c));
	word_set(&c, c.vector | 1);
	return c;
}

static struct run *asked(const struct charged *c)
{
	return run_check(
		c->image,
		(struct run_options){ .address = c->object + 1, .is_address = true, .why = true });
}

static void expect(const struct charged *c, const char *known, const char *path,
		   const char *removed)
{
	struct run *run = asked(c);

	run_expect_type(run, "object-card",
			"object/memory_cgroup/known=%s object/memory_cgroup/path=%s "
			"object/memory_cgroup/removed=%s",
			known, path, removed);
	run_free(run);
}

static const char *path_in(enum image_era era)
{
	return era == ERA_3_13 ? "-" : "/system.slice/web";
}

EACH_ERA(known)
{
	struct charged c = charged_new((enum image_era)turn);
	struct run *run = asked(&c);

	run_expect_type(run, "object-card",
			"object/address=0x%llx object/memory_cgroup/known=known "
			"object/memory_cgroup/address=0x%llx object/memory_cgroup/path=%s "
			"object/memory_cgroup/removed=false",
			H(c.object), H(c.memcg), path_in((enum image_era)turn));
	run_free(run);
	run = run_check(c.image, (struct run_options){ .address = c.object,
						       .is_address = true,
						       .why = true,
						       .text = true });
	run_unfold(run);
	unit_check(strstr(run->text, turn == ERA_3_13 ? "memory cgroup ffff"
						      : "memory cgroup /system.slice/web "),
		   "%s", run->text);
	run_free(run);
	if (turn != ERA_3_13) {
		image_store(c.image, c.css, "cgroup_subsys_state", "flags", 16);
		expect(&c, "known", "/system.slice/web", "true");
	}
	world_free(c.w);
}

/* Another object of the slab, a slab without a vector, and a cache that is nobody's. */
EACH_ERA(nobody)
{
	struct charged c = charged_new((enum image_era)turn);

	image_set(c.image, c.entry, 0);
	expect(&c, "nobody", "-", "-");
	image_set(c.image, c.entry, c.memcg);
	if (turn == ERA_3_13) {
		image_put(c.image, c.vector, 1, 1);
		expect(&c, "nobody", "-", "-");
		image_store(c.image, c.w->alpha->addr, "kmem_cache", "memcg_params", 0);
	} else {
		word_set(&c, 0);
	}
	expect(&c, "nobody", "-", "-");
	/* The page is charged as a whole, which no slab is (MEMCG_DATA_KMEM); that no vector could be made. */
	if (turn == ERA_6_1) {
		word_set(&c, c.memcg | 2);
		expect(&c, "nobody", "-", "-");
	}
	if (turn >= ERA_6_12) {
		word_set(&c, 4);
		expect(&c, "nobody", "-", "-");
	}
	world_free(c.w);
}

static void free_expect(const struct charged *c, bool found, unsigned int index)
{
	struct run *run = run_check(c->image, (struct run_options){ .scan = true });
	size_t stride = c->image->era >= ERA_6_18 ? 16 : 8;

	if (found)
		run_expect(run,
			   "id=freelist-owned severity=corrupt place=node-partial cache=alpha "
			   "slab=0x%llx object=0x%llx index=%u slot=0x%llx slot_name=owner "
			   "cause=double-free",
			   H(c->w->node0[0]->page), H(image_object(c->w->node0[0], (int)index)),
			   index, H(c->vector + index * stride));
	run_nothing_else(run, "corrupt");
	run_free(run);
}

/* The list of the slab is 4 6 8. An owner is an object itself, and what is nothing like it tells nothing. */
EACH_ERA(of_free_object)
{
	struct charged c = charged_new((enum image_era)turn);
	size_t stride = turn >= ERA_6_18 ? 16 : 8;
	uint64_t objcg = image_object(c.w->full0, 3);

	if (turn == ERA_3_13) {
		world_free(c.w);
		return;
	}
	/* Of one in use it is as it should be. */
	image_set(c.image, c.entry, objcg);
	free_expect(&c, false, 0);
	image_set(c.image, c.vector + 6 * stride, objcg);
	free_expect(&c, true, 6);
	image_set(c.image, c.vector + 4 * stride, objcg);
	free_expect(&c, true, 4);
	image_set(c.image, c.vector + 4 * stride, UINT64_C(0x4141deadbeef4140));
	image_set(c.image, c.vector + 6 * stride, objcg | 2);
	free_expect(&c, false, 0);
	image_set(c.image, c.vector + 6 * stride, objcg);
	image_absent(c.image, c.vector);
	free_expect(&c, false, 0);
	world_free(c.w);
}

/* The list breaks off behind an object that is on it, and that somebody has. */
EACH_ERA(of_broken_list)
{
	struct charged c = charged_new((enum image_era)turn);
	size_t stride = turn >= ERA_6_18 ? 16 : 8;
	uint64_t object = image_object(c.w->node0[0], 6);
	struct run *run;

	image_set(c.image, c.vector + 6 * stride, image_object(c.w->full0, 3));
	image_set(c.image, image_slot(c.w->node0[0], 6), 0);
	run = run_check(c.image, (struct run_options){ .scan = true });
	if (turn >= ERA_5_10) {
		run_expect(run, "id=freelist-wild severity=corrupt object=0x%llx cause=double-free",
			   H(object));
		run_expect(run, "id=freelist-owned severity=corrupt object=0x%llx", H(object));
	} else {
		run_expect(run, "id=freelist-count severity=corrupt");
	}
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(c.w);
}

/* What the dump lacks is not denied. */
EACH_ERA(absent)
{
	struct charged c = charged_new((enum image_era)turn);

	image_absent(c.image, c.vector);
	expect(&c, "unknown", "-", "-");
	world_free(c.w);
}

/* Names that lead in a cycle, and pointers to nowhere. */
START_TEST(hostile)
{
	struct charged c = charged_new(ERA_6_12);

	parent_set(&c, c.nodes[0], c.nodes[2]);
	expect(&c, "known", "-", "false");
	parent_set(&c, c.nodes[0], 0);
	image_store(c.image, c.nodes[1], "kernfs_node", "name", 0x1234);
	expect(&c, "known", "-", "false");
	image_set(c.image, c.entry, 0x1234);
	expect(&c, "unknown", "-", "-");
	world_free(c.w);
}
END_TEST

/* The root's own cgroup. */
START_TEST(root)
{
	struct charged c = charged_new(ERA_6_1);

	image_store(c.image, image_load(c.image, c.css, "cgroup_subsys_state", "cgroup"), "cgroup",
		    "kn", c.nodes[0]);
	expect(&c, "known", "/", "false");
	world_free(c.w);
}
END_TEST

/* Since 7.0 each object may have its entry in itself. */
START_TEST(among_objects)
{
	struct charged c = charged_new(ERA_7_2);
	uint64_t first = image_object(c.w->node0[0], 0) + 48, objcg = image_word(c.image, c.entry);

	image_store(c.image, c.w->node0[0]->page, "slab", "stride", 64);
	image_set(c.image, first + 64 * INDEX, objcg);
	word_set(&c, first | 1);
	expect(&c, "known", "/system.slice/web", "false");
	world_free(c.w);
}
END_TEST

/* Which line allocated it; CODETAG_EMPTY stands for none. */
START_TEST(tags)
{
	enum image_era era = _i ? ERA_7_2 : ERA_6_18;
	struct charged c = charged_new(era);
	uint64_t tag = image_data(c.image, 64), slot = c.entry + 8;
	struct run *run;

	image_store(c.image, tag, "codetag", "filename", text_get(c.image, "fs/dcache.c"));
	image_store(c.image, tag, "codetag", "function", text_get(c.image, "__d_alloc"));
	image_store(c.image, tag, "codetag", "lineno", 1678);
	image_set(c.image, slot, tag);
	run = asked(&c);
	run_expect_type(run, "object-card",
			"object/allocated_at/known=known object/allocated_at/file=fs/dcache.c "
			"object/allocated_at/line=1678 object/allocated_at/function=__d_alloc "
			"object/allocated_at/module=-");
	run_free(run);
	image_store(c.image, tag, "codetag", "modname", text_get(c.image, "ext4"));
	run = run_check(c.image, (struct run_options){ .address = c.object,
						       .is_address = true,
						       .why = true,
						       .text = true });
	run_unfold(run);
	unit_check(strstr(run->text, "allocated at fs/dcache.c:1678, __d_alloc [ext4]"), "%s",
		   run->text);
	run_free(run);
	for (uint64_t none = 0; none < 2; none++) {
		image_set(c.image, slot, none);
		run = asked(&c);
		run_expect_type(run, "object-card",
				"object/allocated_at/known=nobody object/allocated_at/file=-");
		run_free(run);
	}
	image_set(c.image, slot, 0x1234);
	run = asked(&c);
	run_expect_type(run, "object-card", "object/allocated_at/known=unknown");
	run_free(run);
	world_free(c.w);
}
END_TEST

/* A kernel that does not note tags says nothing of them. */
START_TEST(no_tags)
{
	struct charged c = charged_new(ERA_6_12);
	struct run *run = asked(&c);

	run_expect_type(run, "object-card", "object/allocated_at=-");
	run_free(run);
	world_free(c.w);
}
END_TEST

/* --top: one object is charged, and others are not. */
EACH_ERA(top_cgroups)
{
	struct charged c = charged_new((enum image_era)turn);
	struct run *run = run_check(c.image, (struct run_options){ .top = true });
	const char *end;

	/* In 3.13 the whole cache is the cgroup's. */
	if (turn == ERA_3_13)
		run_expect_type(run, "cgroup", "address=0x%llx path=- removed=false", H(c.memcg));
	else
		run_expect_type(run, "cgroup",
				"address=0x%llx path=%s removed=false objects=1 bytes=64",
				H(c.memcg), path_in((enum image_era)turn));
	end = run_line(run, "type=top charges=true tracks=false sited=0");
	unit_check(end != NULL, "%s: %s", run->era, run->text);
	run_free(run);
	run = run_check(c.image, (struct run_options){ .top = true, .text = true });
	unit_check(strstr(run->text, "  CHARGED TO\n") != NULL, "%s: %s", run->era, run->text);
	unit_check(
		strstr(run->text, turn == ERA_3_13 ? "mem_cgroup ffff" : "  /system.slice/web\n"),
		"%s: %s", run->era, run->text);
	run_free(run);
	/* What the dump lacks is counted, and charged to nobody. */
	image_absent(c.image, c.vector);
	run = run_check(c.image, (struct run_options){ .top = true });
	unit_check(!run_line(run, "type=cgroup") && !run_line(run, "type=top untold=0"), "%s: %s",
		   run->era, run->text);
	run_free(run);
	/* Who asks for sites alone is spared the rest. */
	run = run_check(c.image, (struct run_options){ .top = true, .top_sites = true });
	unit_check(!run_line(run, "type=cgroup") &&
			   run_line(run, "type=top charges=false charged=0"),
		   "%s: %s", run->era, run->text);
	run_free(run);
	world_free(c.w);
}

/* Objects by their tags; those without one are not. */
START_TEST(top_tags)
{
	static const int columns[] = { 80, 120, 200 };
	struct charged c = charged_new(_i ? ERA_7_2 : ERA_6_18);
	uint64_t tag = image_data(c.image, 64);
	struct run *run;

	image_store(c.image, tag, "codetag", "filename",
		    text_get(c.image, "drivers/net/ethernet/intel/ixgbe/ixgbe_main.c"));
	image_store(c.image, tag, "codetag", "function", text_get(c.image, "ixgbe\033_alloc"));
	image_store(c.image, tag, "codetag", "modname", text_get(c.image, "ixgbe"));
	image_store(c.image, tag, "codetag", "lineno", 10472);
	image_set(c.image, c.entry + 8, tag);
	image_set(c.image, c.entry + 8 + 16, tag);
	for (int sites = 0; sites < 2; sites++) {
		run = run_check(c.image, (struct run_options){ .top = true, .top_sites = sites });
		run_expect_type(
			run, "site",
			"cache=alpha by=tag address=0x%llx line=10472 module=ixgbe objects=2 "
			"bytes=128",
			H(tag));
		unit_check(run_line(run, "type=top tags=true sited=2") != NULL, "%s", run->text);
		run_free(run);
	}
	for (size_t i = 0; i < UNIT_COUNT(columns); i++) {
		size_t len;

		run = run_check(
			c.image,
			(struct run_options){ .top = true, .text = true, .columns = columns[i] });
		unit_check(strstr(run->text, "ixgbe_main.c:10472"), "%s", run->text);
		for (const char *line = run->text; *line; line += len + (line[len] != '\0')) {
			len = strcspn(line, "\n");
			unit_check(len < (size_t)columns[i], "%d: %.*s", columns[i], (int)len,
				   line);
		}
		run_free(run);
	}
	/* A tag that leads nowhere is a number. */
	image_set(c.image, c.entry + 8, 0x1234560);
	run = run_check(c.image, (struct run_options){ .top = true });
	run_expect_type(run, "site", "address=0x1234560 objects=1 file=- symbol=-");
	run_free(run);
	world_free(c.w);
}
END_TEST

Suite *suite_checker_owner(void)
{
	Suite *suite = suite_create("checker_owner");
	TCase *tcase = tcase_create("owners");

	tcase_add_test(tcase, known);
	tcase_add_test(tcase, nobody);
	tcase_add_test(tcase, of_free_object);
	tcase_add_test(tcase, of_broken_list);
	tcase_add_test(tcase, absent);
	tcase_add_test(tcase, hostile);
	tcase_add_test(tcase, root);
	tcase_add_test(tcase, among_objects);
	tcase_add_loop_test(tcase, tags, 0, 2);
	tcase_add_test(tcase, no_tags);
	tcase_add_test(tcase, top_cgroups);
	tcase_add_loop_test(tcase, top_tags, 0, 2);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
