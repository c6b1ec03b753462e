/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_KDUMP_IMAGE_H
#define SLUBCHECK_TESTS_UNIT_KDUMP_IMAGE_H
/*
 * A small dump in makedumpfile's compressed format, as makedumpfile writes it: pages of zeros share a
 * place, and a page that does not become smaller is stored as it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KDUMP_IMAGE_FRAMES 1500u

/* What is special about a dump; all zero is one of pages of 4 KiB that are not compressed. */
struct kdump_image_spec {
	uint32_t flags; /* of a kdump_page: how pages are compressed */
	uint32_t block; /* bytes of a page; 0: 4096 */
	uint32_t frames; /* of the whole dump; 0: KDUMP_IMAGE_FRAMES */
	bool split; /* one of many */
	uint32_t first, end; /* frames of this file, when it is one of many */
};

struct kdump_image {
	struct kdump_image_spec spec;
	uint8_t *bytes;
	size_t size;
	size_t bitmaps, pages, data; /* where they begin */
	size_t nr; /* descriptors */
};

/**
 * kdump_image_make() - Make a dump.
 *
 * Return: false when this build cannot compress in this way. kdump_image_free() gives it up.
 */
bool kdump_image_make(struct kdump_image *image, const struct kdump_image_spec *spec);
/** kdump_image_free() - Give up the bytes. */
void kdump_image_free(struct kdump_image *image);

/** kdump_image_has() - Whether a page frame is in the dumps that are made. */
bool kdump_image_has(uint64_t frame);
/** kdump_image_page() - The contents of a page frame. */
void kdump_image_page(uint64_t frame, uint8_t *page, size_t block);
/** kdump_image_descriptor() - Where in the file the descriptor of a page frame is. */
size_t kdump_image_descriptor(const struct kdump_image *image, uint64_t frame);

#endif
