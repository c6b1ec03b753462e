/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/kdump_image.h"

#include <stdlib.h>
#include <string.h>

#ifdef UNPACK_libdeflate
#include <libdeflate.h>
#endif
#ifdef UNPACK_lzo2
#include <lzo/lzo1x.h>
#endif
#ifdef UNPACK_snappy
#include <snappy-c.h>
#endif
#ifdef UNPACK_libzstd
#include <zstd.h>
#endif

#include "triage/kdump_file.h"

#define BLOCK_MAX (64u << 10)
#define VERSION 6
#define BITMAP_BLOCKS 2u /* of both bitmaps */

static void put(struct kdump_image *image, size_t at, uint64_t value, size_t size)
{
	memcpy(image->bytes + at, &value, size);
}

bool kdump_image_has(uint64_t frame)
{
	return frame % 7 && frame % 512 < 450;
}

static bool is_zero(uint64_t frame)
{
	return frame % 5 == 0;
}

static bool is_noise(uint64_t frame)
{
	return frame % 11 == 0;
}

void kdump_image_page(uint64_t frame, uint8_t *page, size_t block)
{
	uint64_t word = frame * UINT64_C(0x9e3779b97f4a7c15);

	memset(page, 0, block);
	for (size_t i = 0; i < block && !is_zero(frame); i += sizeof(word)) {
		if (is_noise(frame) || i % 256 == 0)
			word = word * 6364136223846793005u + 1442695040888963407u;
		memcpy(page + i, &word, sizeof(word));
	}
}

/* The size of a page when it is compressed; 0: it does not become smaller. */
static size_t compress(uint32_t flags, const uint8_t *page, uint8_t *to, size_t block)
{
	size_t size = 2 * block;

	(void)flags;
	(void)page;
	(void)to;
#ifdef UNPACK_libdeflate
	if (flags == KDUMP_PAGE_ZLIB) {
		struct libdeflate_compressor *c = libdeflate_alloc_compressor(1);

		size = libdeflate_zlib_compress(c, page, block, to, size);
		libdeflate_free_compressor(c);
	}
#endif
#ifdef UNPACK_lzo2
	if (flags == KDUMP_PAGE_LZO) {
		static uint8_t work[LZO1X_1_MEM_COMPRESS] __attribute__((aligned(16)));
		lzo_uint length = size;

		lzo1x_1_compress(page, block, to, &length, work);
		size = length;
	}
#endif
#ifdef UNPACK_snappy
	if (flags == KDUMP_PAGE_SNAPPY &&
	    snappy_compress((const char *)page, block, (char *)to, &size) != SNAPPY_OK)
		return 0;
#endif
#ifdef UNPACK_libzstd
	if (flags == KDUMP_PAGE_ZSTD)
		size = ZSTD_compress(to, size, page, block, 1);
#endif
	return size && size < block ? size : 0;
}

static void headers_put(struct kdump_image *image)
{
	const struct kdump_image_spec *s = &image->spec;
	size_t sub = s->block;

	memcpy(image->bytes, "KDUMP   ", 8);
	put(image, 8, VERSION, 4);
	memcpy(image->bytes + 272, "x86_64", 6);
	put(image, 424, s->flags, 4);
	put(image, 428, s->block, 4);
	put(image, 432, 1, 4); /* blocks of the sub header */
	put(image, 436, BITMAP_BLOCKS, 4);
	put(image, 440, s->frames, 4);
	put(image, sub + 12, s->split, 4);
	put(image, sub + 16, s->first, 8);
	put(image, sub + 24, s->end, 8);
	put(image, sub + 96, s->frames, 8);
	for (uint32_t i = 0; i < s->frames; i++) {
		image->bytes[image->bitmaps + i / 8] |= (uint8_t)(1 << i % 8);
		if (kdump_image_has(i))
			image->bytes[image->bitmaps + s->block + i / 8] |= (uint8_t)(1 << i % 8);
	}
}

static void page_put(struct kdump_image *image, uint64_t frame)
{
	static uint8_t page[BLOCK_MAX], packed[2 * BLOCK_MAX];
	const struct kdump_image_spec *s = &image->spec;
	struct kdump_page descriptor = { .offset = image->data, .size = s->block };

	kdump_image_page(frame, page, s->block);
	if (!is_zero(frame)) {
		size_t size = s->flags ? compress(s->flags, page, packed, s->block) : 0;

		descriptor.offset = image->size;
		if (size) {
			descriptor.size = (uint32_t)size;
			descriptor.flags = s->flags;
		}
		memcpy(image->bytes + image->size, size ? packed : page, descriptor.size);
		image->size += descriptor.size;
	}
	memcpy(image->bytes + kdump_image_descriptor(image, frame), &descriptor,
	       sizeof(descriptor));
}

static bool can_compress(uint32_t flags)
{
	static uint8_t page[4096], to[2 * 4096];

	return !flags || compress(flags, page, to, sizeof(page));
}

bool kdump_image_make(struct kdump_image *image, const struct kdump_image_spec *spec)
{
	struct kdump_image_spec *s = &image->spec;

	*image = (struct kdump_image){ .spec = *spec };
	s->block = s->block ? s->block : 4096;
	s->frames = s->frames ? s->frames : KDUMP_IMAGE_FRAMES;
	if (!s->split)
		s->end = s->frames;
	if (!can_compress(s->flags))
		return false;
	for (uint32_t i = s->first; i < s->end; i++)
		image->nr += kdump_image_has(i);
	image->bitmaps = 2 * (size_t)s->block;
	image->pages = image->bitmaps + BITMAP_BLOCKS * (size_t)s->block;
	image->data = image->pages + image->nr * sizeof(struct kdump_page);
	image->size = image->data + s->block;
	image->bytes = calloc(1, image->size + image->nr * s->block);
	if (!image->bytes)
		abort();
	headers_put(image);
	for (uint32_t i = s->first; i < s->end; i++)
		if (kdump_image_has(i))
			page_put(image, i);
	return true;
}

void kdump_image_free(struct kdump_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

size_t kdump_image_descriptor(const struct kdump_image *image, uint64_t frame)
{
	size_t number = 0;

	for (uint64_t i = image->spec.first; i < frame; i++)
		number += kdump_image_has(i);
	return image->pages + number * sizeof(struct kdump_page);
}
