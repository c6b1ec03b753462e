/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dump file as a target: dump, kernel_info, map and file_target together. */
#include "triage/file_target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"

static struct image *image;
static struct core *core;
static struct file_target ft;
static struct error error;

static void setup_era(enum image_era era)
{
	image = core_image(era);
	core = core_new(image);
	error = (struct error){ 0 };
}

static void setup(void)
{
	setup_era(ERA_6_1);
}

static void teardown(void)
{
	core_free(core);
	image_free(image);
}

static bool target_open(const struct kernel_info_options *options)
{
	const char *path = core->path;

	return file_target_open(&ft, &path, 1, options, &error);
}

/* The target says of the image what the image says of itself. */
static void same_memory(void)
{
	struct target *t = &ft.target;

	for (size_t i = 0; i < IMAGE_TABLE; i++) {
		const struct image_page *page = &image->table[i];
		uint8_t bytes[IMAGE_PAGE];

		if (!page->addr)
			continue;
		unit_check_eq(t->ops->read(t, page->addr, bytes, sizeof(bytes)), TARGET_OK);
		unit_check(!memcmp(bytes, page->bytes, sizeof(bytes)), "page %#llx",
			   (unsigned long long)page->addr);
	}
}

static void same_names(void)
{
	struct target *t = &ft.target;
	struct target_symbol at;
	uint64_t value;

	for (unsigned int i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];

		unit_check(t->ops->symbol(t, s->name, &value), "no %s", s->name);
		unit_check_eq(value, s->value);
		unit_check(t->ops->symbol_at(t, s->value + 1, &at), "nothing at %s", s->name);
		unit_check(!strcmp(at.name, s->name) && at.offset == 1, "%s", at.name);
	}
	unit_check(!t->ops->symbol(t, "no_such_symbol", &value), "found");
	unit_check(!t->ops->symbol_at(t, 0x1000, &at), "found");
}

static void same_types(void)
{
	struct target *t = &ft.target;
	struct target_member ours, theirs;
	int64_t value, expected;
	size_t size, wanted;

	for (size_t i = 0; i < 2; i++) {
		const char *type = i ? "kmem_cache" : "page";

		unit_check(t->ops->type_size(t, type, &size), "no %s", type);
		unit_check(image->target.ops->type_size(&image->target, type, &wanted), "no type");
		unit_check_eq(size, wanted);
	}
	unit_check(t->ops->member(t, "kmem_cache", "name", &ours), "no member");
	unit_check(image->target.ops->member(&image->target, "kmem_cache", "name", &theirs),
		   "none");
	unit_check(ours.offset == theirs.offset && ours.size == theirs.size, "another member");
	unit_check(t->ops->enumerator(t, "PG_locked", &value), "no enumerator");
	unit_check(image->target.ops->enumerator(&image->target, "PG_locked", &expected), "none");
	unit_check_eq(value, expected);
	unit_check(!t->ops->type_size(t, "no_such_type", &size), "found");
	unit_check(!t->ops->member(t, "kmem_cache", "nothing", &ours), "found");
	unit_check(!t->ops->enumerator(t, "NOTHING", &value), "found");
}

static void pages_and_addresses(void)
{
	struct target *t = &ft.target;
	uint64_t page, virt;

	unit_check_eq(t->nr_pages, CORE_FRAMES);
	unit_check(t->ops->frame_to_page(t, 100, &page), "no page");
	unit_check_eq(page, IMAGE_MEMMAP + 100 * 64);
	unit_check(t->ops->page_to_virt(t, page, &virt), "no address");
	unit_check_eq(virt, image->direct_map + 100 * IMAGE_PAGE);
	unit_check(t->ops->virt_to_page(t, virt, &page), "no page");
	unit_check_eq(page, IMAGE_MEMMAP + 100 * 64);
	unit_check(!t->ops->frame_to_page(t, CORE_FRAMES, &page), "past the end");
}

START_TEST(by_vmlinux)
{
	core_write(core, &(struct core_spec){ 0 });
	core_write_vmlinux(core, CORE_BUILD_ID);
	unit_check(target_open(&(struct kernel_info_options){ .vmlinux = core->vmlinux }), "%s",
		   error.text);
	same_memory();
	same_names();
	same_types();
	pages_and_addresses();
	unit_check(strstr(kernel_info_source(ft.info), "BTF and symbols of /") != NULL, "%s",
		   kernel_info_source(ft.info));
	file_target_close(&ft);
}
END_TEST

START_TEST(by_itself)
{
	core_write(core, &(struct core_spec){ 0 });
	unit_check(target_open(&(struct kernel_info_options){ .no_vmlinux = true }), "%s",
		   error.text);
	same_memory();
	same_types();
	pages_and_addresses();
	unit_check(!strcmp(kernel_info_source(ft.info), "BTF and kallsyms in the dump"), "%s",
		   kernel_info_source(ft.info));
	unit_check(!strcmp(kernel_info_release(ft.info), CORE_RELEASE), "%s",
		   kernel_info_release(ft.info));
	unit_check(!strcmp(kernel_info_build_id(ft.info), CORE_BUILD_ID), "%s",
		   kernel_info_build_id(ft.info));
	file_target_close(&ft);
}
END_TEST

static void refused(const struct kernel_info_options *options, const char *why)
{
	unit_check(!target_open(options), "opened");
	unit_check(strstr(error.text, why) != NULL, "\"%s\", not \"%s\"", error.text, why);
}

/* What a run found out is kept for the next one, which needs no file but the dump. */
START_TEST(kept)
{
	const struct kernel_info_options alone = { .no_vmlinux = true };
	size_t size;

	core_write(core, &(struct core_spec){ 0 });
	unit_check(target_open(&alone), "%s", error.text);
	unit_check(ft.target.ops->type_size(&ft.target, "kmem_cache", &size), "no type");
	file_target_close(&ft);
	/* The same build without types of its own. */
	core_write(core, &(struct core_spec){ .no_types = true });
	unit_check(target_open(&alone), "%s", error.text);
	unit_check(ft.target.ops->type_size(&ft.target, "kmem_cache", &size), "no type");
	file_target_close(&ft);
	refused(&(struct kernel_info_options){ .no_vmlinux = true, .no_cache = true },
		"a vmlinux of this kernel (" CORE_RELEASE ") is needed: the kernel has no BTF");
}
END_TEST

START_TEST(another_vmlinux)
{
	const struct kernel_info_options options = { .vmlinux = core->vmlinux };

	core_write(core, &(struct core_spec){ 0 });
	core_write_vmlinux(core, "ffffffffffffffff");
	refused(&options, "its build-id is ffffffffffffffff, the dump's kernel has " CORE_BUILD_ID);
	/* Without one in the file, or in the dump, nothing contradicts. */
	core_write_vmlinux(core, "");
	unit_check(target_open(&options), "%s", error.text);
	file_target_close(&ft);
	core_write_vmlinux(core, "ffffffffffffffff");
	core_write(core, &(struct core_spec){ .no_build_id = true });
	unit_check(target_open(&options), "%s", error.text);
	unit_check(!*kernel_info_build_id(ft.info), "%s", kernel_info_build_id(ft.info));
	file_target_close(&ft);
}
END_TEST

START_TEST(no_vmlinux)
{
	core_write(core, &(struct core_spec){ 0 });
	refused(&(struct kernel_info_options){ .vmlinux = "/nonexistent/vmlinux" },
		"/nonexistent/vmlinux: No such file");
	refused(&(struct kernel_info_options){ .vmlinux = core->folder }, "regular file");
	refused(&(struct kernel_info_options){ .vmlinux = core_file(core, "text", "no ELF", 6) },
		"/text: ");
	refused(&(struct kernel_info_options){ .vmlinux = "/proc/self/exe" }, "build-id");
	core_write(core, &(struct core_spec){ .no_info = true, .no_tables = true });
	unit_check(!target_open(&(struct kernel_info_options){ 0 }) && *error.text, "opened");
}
END_TEST

/* What is kept of the kernel does not stand in for a file that was named. */
START_TEST(no_vmlinux_but_kept)
{
	core_write(core, &(struct core_spec){ 0 });
	core_write_vmlinux(core, CORE_BUILD_ID);
	unit_check(target_open(&(struct kernel_info_options){ .vmlinux = core->vmlinux }), "%s",
		   error.text);
	file_target_close(&ft);
	refused(&(struct kernel_info_options){ .vmlinux = "/nonexistent/vmlinux" },
		"/nonexistent/vmlinux: No such file");
	refused(&(struct kernel_info_options){ .vmlinux = core_file(core, "text", "no ELF", 6) },
		"/text: ");
}
END_TEST

/* Its symbols would be those of another place. */
START_TEST(moved)
{
	core_write_vmlinux(core, CORE_BUILD_ID);
	core_write(core, &(struct core_spec){ .stext = IMAGE_TEXT + 0x200000 });
	refused(&(struct kernel_info_options){ .vmlinux = core->vmlinux },
		"the kernel's text is elsewhere");
}
END_TEST

START_TEST(another_kernel_in_memory)
{
	uint64_t banner = image_data(image, 64);

	image_symbol(image, "linux_banner", banner, 64);
	image_text(image, banner, "Linux version 2.6.32 (not this one)");
	core_write(core, &(struct core_spec){ 0 });
	refused(&(struct kernel_info_options){ .no_vmlinux = true },
		"there is no \"Linux version " CORE_RELEASE "\" at linux_banner");
}
END_TEST

/* Variables tell where the arrays are, if the page tables agree. */
START_TEST(variables)
{
	uint64_t direct = image_data(image, 8), memmap = image_data(image, 8);
	const struct kernel_info_options options = { .no_vmlinux = true, .no_cache = true };

	image_symbol(image, "page_offset_base", direct, 8);
	image_symbol(image, "vmemmap_base", memmap, 8);
	for (int right = 0; right < 2; right++) {
		image_set(image, direct, right ? image->direct_map : UINT64_C(0xffff900000000000));
		image_set(image, memmap, right ? IMAGE_MEMMAP : UINT64_C(0xffffeb0000000000));
		core_write(core, &(struct core_spec){ 0 });
		unit_check(target_open(&options), "%s", error.text);
		pages_and_addresses();
		file_target_close(&ft);
	}
}
END_TEST

/* A dump may end before the memory does. */
START_TEST(fewer_pages)
{
	uint64_t max = image_data(image, 8);

	image_symbol(image, "max_pfn", max, 8);
	image_set(image, max, 12000);
	core_write(core, &(struct core_spec){ 0 });
	unit_check(target_open(&(struct kernel_info_options){ .no_vmlinux = true }), "%s",
		   error.text);
	unit_check_eq(ft.target.nr_pages, 12000);
	file_target_close(&ft);
}
END_TEST

START_TEST(shared)
{
	struct target *t = &ft.target, *other;
	uint64_t word = 0;

	core_write(core, &(struct core_spec){ 0 });
	unit_check(target_open(&(struct kernel_info_options){ .no_vmlinux = true }), "%s",
		   error.text);
	other = t->ops->share(t);
	unit_check(other != NULL, "not shared");
	unit_check_eq(other->ops->read(other, image->slab_caches, &word, 8), TARGET_OK);
	unit_check_eq(word, image_word(image, image->slab_caches));
	other->ops->unshare(other);
	file_target_close(&ft);
}
END_TEST

START_TEST(reads)
{
	struct target *t = &ft.target;
	uint8_t bytes[3 * IMAGE_PAGE];
	uint64_t at = IMAGE_MEMMAP + CORE_FRAMES * 64;

	core_write(core, &(struct core_spec){ .absent = { 100 } });
	unit_check(target_open(&(struct kernel_info_options){ .no_vmlinux = true }), "%s",
		   error.text);
	/* Over the borders of pages, in the direct map and by the page tables; and up to an end. */
	unit_check_eq(t->ops->read(t, image->direct_map + 7, bytes, sizeof(bytes)), TARGET_OK);
	unit_check_eq(t->ops->read(t, IMAGE_MEMMAP + 100, bytes, sizeof(bytes)), TARGET_OK);
	unit_check_eq(t->ops->read(t, at - 8, bytes, 8), TARGET_OK);
	unit_check_eq(t->ops->read(t, at - 8, bytes, 16), TARGET_UNMAPPED);
	unit_check_eq(t->ops->read(t, image->direct_map + 100 * IMAGE_PAGE, bytes, 8),
		      TARGET_ABSENT);
	unit_check_eq(t->ops->read(t, 0, bytes, 8), TARGET_UNMAPPED);
	unit_check(!t->ops->cancelled(t), "nobody cancelled");
	file_target_close(&ft);
}
END_TEST

Suite *suite_triage_file_target(void)
{
	Suite *suite = suite_create("triage_file_target");
	TCase *tcase = tcase_create("file_target");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, by_vmlinux);
	tcase_add_test(tcase, by_itself);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, another_vmlinux);
	tcase_add_test(tcase, no_vmlinux);
	tcase_add_test(tcase, no_vmlinux_but_kept);
	tcase_add_test(tcase, moved);
	tcase_add_test(tcase, another_kernel_in_memory);
	tcase_add_test(tcase, variables);
	tcase_add_test(tcase, fewer_pages);
	tcase_add_test(tcase, shared);
	tcase_add_test(tcase, reads);
	suite_add_tcase(suite, tcase);
	return suite;
}
