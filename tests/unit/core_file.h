/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_CORE_FILE_H
#define SLUBCHECK_TESTS_UNIT_CORE_FILE_H
/*
 * An image (image.h) as files: the dump of an x86-64 machine, with page tables and VMCOREINFO, and the
 * vmlinux of its kernel, with symbols and BTF.
 *
 * Physical memory is CORE_FRAMES pages: that of the image, then the kernel's image as if it was mapped
 * at __START_KERNEL_map, then what the image has in other parts of the address space, and tables.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/image.h"

#define CORE_FRAMES UINT64_C(12288) /* 48 MiB */
#define CORE_TEXT UINT64_C(0xffffffff80000000) /* where physical address 0 would be mapped */
#define CORE_RELEASE "6.1.0-unit"
#define CORE_BUILD_ID "00112233445566778899aabbccddeeff00112233"
#define CORE_ABSENT_MAX 4
#define CORE_PATH_MAX 128

/* What is special about a dump; all zero is an ordinary one. */
struct core_spec {
	bool no_info; /* no VMCOREINFO */
	bool no_build_id; /* not in VMCOREINFO, as before 5.9 */
	bool no_types; /* the dump alone: kallsyms, but no BTF */
	bool live; /* it has the note of /proc/kcore */
	bool no_tables; /* VMCOREINFO does not say where the page tables are */
	uint64_t stext; /* what VMCOREINFO says; 0: the truth */
	uint16_t machine; /* of the ELF header; 0: x86-64 */
	uint64_t absent[CORE_ABSENT_MAX]; /* frames that are not in it; 0 ends the list */
};

struct core {
	char folder[64];
	char path[CORE_PATH_MAX], vmlinux[CORE_PATH_MAX];
	struct image *image;
	uint8_t *ram;
	uint64_t next_frame; /* free for tables and the like */
	uint64_t root; /* physical address of the first page table */
	char info[4096];
};

/**
 * core_new() - A folder with nothing in it; XDG_CACHE_HOME is another one below it.
 * @image: the memory, sealed; it stays the caller's, and may be NULL for a test without a dump
 */
struct core *core_new(struct image *image);
/** core_free() - Remove the folder and all that is in it. */
void core_free(struct core *c);

/** core_write() - Write the dump, ELF, to @path. */
void core_write(struct core *c, const struct core_spec *spec);

/* A file in makedumpfile's format. */
struct core_kdump {
	const char *machine; /* utsname.machine; "" as QEMU leaves it for arm64 */
	const char *release; /* "": QEMU says nothing of the kernel */
	int32_t level, block; /* block: 0 is a page */
};

/** core_write_kdump() - Write the same memory to @path in makedumpfile's format. */
void core_write_kdump(struct core *c, const struct core_kdump *kdump);

/** core_write_vmlinux() - Write the kernel's file; @build_id in hexadecimal, "": it has none. */
void core_write_vmlinux(struct core *c, const char *build_id);

/** core_file() - Write a file of this name into the folder; its path is valid until the next call. */
const char *core_file(struct core *c, const char *name, const void *bytes, size_t size);

/** core_image() - An ordinary heap: two caches beside those of the allocator, each with some slabs. */
struct image *core_image(enum image_era era);

#endif
