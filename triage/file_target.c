/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/file_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checker/image/arch.h"
#include "triage/sanity.h"
#include "triage/vmcoreinfo.h"

/* Flags in the low bits of mem_section.section_mem_map, of which there are up to six (6.15); a
 * memmap begins on a page. */
#define SECTION_FLAGS 0xfffull
#define SECTION_HAS_MEMMAP 2u

static struct file_target *file(struct target *t)
{
	return (struct file_target *)t;
}

static enum target_status target_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	if (file(t)->kcore.nr)
		return kcore_read(&file(t)->kcore, addr, buf, len);
	return map_read(&file(t)->map, addr, buf, len);
}

static bool target_symbol(struct target *t, const char *name, uint64_t *value)
{
	return kernel_info_symbol(file(t)->info, name, value);
}

static bool target_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	/* Names of the kernel itself can cost all of its symbols, those of modules do not. */
	return modules_symbol_at(file(t)->modules, t, addr, out) ||
	       kernel_info_symbol_at(file(t)->info, addr, out);
}

/* What lies behind the kernel's own variables is dynamic memory, or a module's. */
static bool target_per_cpu_symbol_at(struct target *t, uint64_t offset, struct target_symbol *out)
{
	uint64_t end;

	if (modules_per_cpu_at(file(t)->modules, t, offset, out))
		return true;
	return target_symbol(t, "__per_cpu_end", &end) && offset < end &&
	       kernel_info_per_cpu_at(file(t)->info, offset, out);
}

static bool target_type_size(struct target *t, const char *type, size_t *size)
{
	return kernel_info_type_size(file(t)->info, type, size);
}

static bool target_member(struct target *t, const char *type, const char *member,
			  struct target_member *out)
{
	return kernel_info_member(file(t)->info, type, member, out);
}

static bool target_enumerator(struct target *t, const char *name, int64_t *value)
{
	return kernel_info_enumerator(file(t)->info, name, value);
}

static bool target_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	return linear_map_page_to_virt(&file(t)->map.linear, page, virt);
}

static bool target_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	return linear_map_virt_to_page(&file(t)->map.linear, virt, page);
}

static bool target_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	return linear_map_page(&file(t)->map.linear, frame, page);
}

static enum target_status target_translate(struct target *t, uint64_t virt, uint64_t *phys)
{
	uint64_t run;

	return map_translate(&file(t)->map, virt, phys, &run);
}

static bool target_dump_level(struct target *t, unsigned int *level)
{
	return dump_level(file(t)->dump, level);
}

static bool target_cpu_regs(struct target *t, const struct target_cpu *cpu,
			    uint8_t note[TARGET_NOTE_MAX], size_t *len)
{
	return dump_cpu_note(file(t)->dump, cpu, note, len);
}

static bool target_cancelled(struct target *t)
{
	return file(t)->cancelled && file(t)->cancelled();
}

/* Where memory is mapped is known by now, and pages that were translated stay where they are. */
static struct target *target_share(struct target *t)
{
	struct file_target *ft = malloc(sizeof(*ft));

	if (!ft)
		return NULL;
	*ft = *file(t);
	ft->dump = dump_share(ft->dump);
	ft->map.dump = ft->dump;
	if (ft->dump)
		return &ft->target;
	free(ft);
	return NULL;
}

static void target_unshare(struct target *shared)
{
	struct file_target *ft = file(shared);

	dump_close(ft->dump);
	free(ft);
}

static void frames_refresh(struct file_target *ft);

/* Memory may have been plugged in or taken out. */
static bool target_again(struct target *t, unsigned int ms)
{
	struct file_target *ft = file(t);
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* A signal ends it. */
	nanosleep(&pause, NULL);
	if (target_cancelled(t) || !kcore_learn(&ft->kcore, ft->kcore.fd))
		return false;
	frames_refresh(ft);
	return true;
}

static const struct target_ops file_ops = {
	.read = target_read,
	.symbol = target_symbol,
	.symbol_at = target_symbol_at,
	.per_cpu_symbol_at = target_per_cpu_symbol_at,
	.type_size = target_type_size,
	.member = target_member,
	.enumerator = target_enumerator,
	.page_to_virt = target_page_to_virt,
	.virt_to_page = target_virt_to_page,
	.frame_to_page = target_frame_to_page,
	.translate = target_translate,
	.dump_level = target_dump_level,
	.cpu_regs = target_cpu_regs,
	.cancelled = target_cancelled,
	.share = target_share,
	.unshare = target_unshare,
	.again = target_again,
};

static bool word_read(struct target *t, uint64_t addr, uint64_t *value)
{
	return target_read(t, addr, value, sizeof(*value)) == TARGET_OK;
}

/* Whether the page tables agree that physical memory is mapped in order from @base on: at a page
 * that is mapped there, wherever memory begins. */
static bool direct_map_fits(struct file_target *ft, uint64_t base)
{
	uint64_t phys, frames = ft->target.nr_pages;

	if (base & (target_page_size(&ft->target) - 1) || !frames)
		return false;
	for (uint64_t i = 1; i <= 8; i++) {
		uint64_t at = (frames * i / 8 - 1) << ft->target.page_shift;

		if (dump_translate(ft->dump, base + at, &phys) == TARGET_OK)
			return phys == at;
	}
	return false;
}

/*
 * Where the direct map begins: a variable where it is chosen at boot (x86-64 since 4.8), a constant
 * otherwise. VMCOREINFO has the address of an array that lies in it, from which it can be told too.
 */
static bool direct_map_find(struct file_target *ft)
{
	static const uint64_t constants[] = {
		0xffff888000000000, /* x86-64 since 4.20 */
		0xffff880000000000,
		0xff11000000000000, /* with five levels of page tables */
		0xff10000000000000,
	};
	const char *info = dump_info(ft->dump);
	uint64_t base, phys, virt, bits;

	if (target_variable(&ft->target, "page_offset_base", &base) && direct_map_fits(ft, base))
		goto found;
	if (vmcoreinfo_symbol(info, "mem_section", &virt) &&
	    dump_translate(ft->dump, virt, &phys) == TARGET_OK) {
		base = virt - phys;
		if (direct_map_fits(ft, base))
			goto found;
	}
	/* arm64: the half of the kernel's addresses begins with it (5.4), memory need not begin at 0. */
	if (vmcoreinfo_number(info, "VA_BITS", &bits) && bits && bits < 64 &&
	    vmcoreinfo_number(info, "PHYS_OFFSET", &phys)) {
		base = (UINT64_MAX << bits) - phys;
		if (direct_map_fits(ft, base))
			goto found;
	}
	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
		base = constants[i];
		if (direct_map_fits(ft, base))
			goto found;
	}
	return false;
found:
	linear_map_direct(&ft->map.linear, base);
	return true;
}

/* What the first section of memory says of the memmap. With SPARSEMEM_VMEMMAP, the rule on 64-bit
 * machines, all say the same: where frame 0's struct page would be. */
static bool memmap_from_sections(struct file_target *ft, uint64_t *memmap)
{
	const char *info = dump_info(ft->dump);
	struct target *t = &ft->target;
	struct target_member map;
	uint64_t roots, first, word;

	if (!vmcoreinfo_symbol(info, "mem_section", &roots) ||
	    !target_member(t, "mem_section", "section_mem_map", &map))
		return false;
	/* Sections without memory, as those before the machine's, have no map. */
	for (uint64_t i = 0; i < 4096; i++) {
		size_t size;

		if (!word_read(t, roots + 8 * i, &first))
			return false;
		if (!first || !target_type_size(t, "mem_section", &size) || !size)
			continue;
		for (uint64_t j = 0; j < target_page_size(t) / size; j++) {
			if (!word_read(t, first + j * size + map.offset, &word))
				break;
			if (word & SECTION_HAS_MEMMAP) {
				*memmap = word & ~SECTION_FLAGS;
				return true;
			}
		}
	}
	return false;
}

/* A frame that is in the dump has a descriptor that is mapped. */
static bool memmap_fits(struct file_target *ft, uint64_t memmap, size_t size)
{
	uint64_t page, phys;

	return linear_map_memmap(&ft->map.linear, memmap, size) &&
	       linear_map_page(&ft->map.linear, ft->target.nr_pages - 1, &page) &&
	       dump_translate(ft->dump, page, &phys) != TARGET_UNMAPPED;
}

static bool memmap_find(struct file_target *ft)
{
	uint64_t memmap;
	size_t size;

	if (!target_type_size(&ft->target, "page", &size))
		return false;
	if ((target_variable(&ft->target, "vmemmap_base", &memmap) &&
	     memmap_fits(ft, memmap, size)) ||
	    (memmap_from_sections(ft, &memmap) && memmap_fits(ft, memmap, size)))
		return true;
	linear_map_memmap(&ft->map.linear, 0, 0);
	return false;
}

/* A kernel can have more memory than the dump, which ends with the last page that was kept, and
 * less: QEMU adds the machine's ROM. */
static void frames_find(struct file_target *ft)
{
	struct target *t = &ft->target;
	uint64_t frames;

	t->nr_pages = dump_frames(ft->dump);
	if (target_variable(t, "max_pfn", &frames) && frames && frames <= ft->map.linear.frames)
		t->nr_pages = frames;
	linear_map_limit(&ft->map.linear, t->nr_pages);
	t->nr_pages = ft->map.linear.frames;
}

static void frames_refresh(struct file_target *ft)
{
	uint64_t frames;

	if (!target_variable(&ft->target, "max_pfn", &frames) || !frames)
		return;
	linear_map_limit(&ft->map.linear, frames);
	ft->target.nr_pages = ft->map.linear.frames;
}

static bool target_start(struct file_target *ft, const struct kernel_info_options *options,
			 struct error *error)
{
	ft->info = kernel_info_open(&ft->target, dump_info(ft->dump), options, error);
	if (!ft->info)
		return false;
	if (!sanity_kernel(&ft->target, kernel_info_release(ft->info), error))
		return false;
	frames_find(ft);
	if (!direct_map_find(ft))
		return error_set(error, "cannot tell where memory is mapped");
	if (!memmap_find(ft))
		return error_set(error, "cannot tell where the memmap is");
	return sanity_caches(&ft->target, error);
}

static bool kcore_opens(struct error *error)
{
	int fd = open(KCORE_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return kcore_refused(errno, error);
	close(fd);
	return true;
}

bool file_target_open(struct file_target *ft, const char *const *paths, size_t nr,
		      const struct kernel_info_options *options, struct error *error)
{
	const char *reads = getenv("SLUBCHECK_READS");

	memset(ft, 0, sizeof(*ft));
	ft->target.ops = &file_ops;
	if (nr == 1 && !strcmp(paths[0], KCORE_PATH) && !kcore_opens(error))
		return false;
	ft->dump = dump_open(paths, nr, error);
	if (!ft->dump)
		return false;
	ft->target.page_shift = dump_page_shift(ft->dump);
	ft->target.machine = !strcmp(dump_arch(ft->dump), "aarch64") ? TARGET_ARM64 : TARGET_X86_64;
	ft->target.live = dump_live(ft->dump);
	ft->target.runs = dump_kcore(ft->dump, &ft->kcore);
	map_init(&ft->map, ft->dump);
	if (reads)
		ft->map.reads = fopen(reads, "we");
	ft->modules = modules_new();
	if (!ft->modules) {
		error_no_memory(error);
	} else if (target_start(ft, options, error)) {
		/* Of sources that were tried in vain before one could be read. */
		*error = (struct error){ 0 };
		return true;
	}
	dump_error_remark(ft->dump, error);
	file_target_close(ft);
	return false;
}

void file_target_close(struct file_target *ft)
{
	modules_free(ft->modules);
	kernel_info_close(ft->info);
	kcore_free(&ft->kcore);
	dump_close(ft->dump);
	if (ft->map.reads)
		fclose(ft->map.reads);
	ft->map.reads = NULL;
	ft->modules = NULL;
	ft->info = NULL;
	ft->dump = NULL;
}
