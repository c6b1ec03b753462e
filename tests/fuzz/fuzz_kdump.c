/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pages of makedumpfile's compressed format, read out of a dump whose headers, bitmaps, descriptors and
 * pages may hold anything.
 *
 * Input: a byte, the compression; then 12 bytes an overwrite: where (3 bytes, of which the upper half of
 * the first says in which part of the file), how many bytes, and their value.
 */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/kdump_image.h"
#include "triage/kdump_memory.h"

#define OVERWRITE 12
#define FRAMES 80u
#define PAGE_MAX (64u << 10)

/* Half of the overwrites hit the headers, a quarter the descriptors. */
static size_t place(const struct kdump_image *image, const uint8_t *at)
{
	size_t offset = (size_t)at[1] << 8 | at[2] | (size_t)(at[0] & 0xf) << 16;

	switch (at[0] >> 4 & 3) {
	case 0:
		return 424 + offset % 32; /* status, blocks, frames */
	case 1:
		return 4096 + offset % 112; /* sub header */
	case 2:
		return image->pages + offset % (image->data - image->pages);
	default:
		return offset % (image->size - 8);
	}
}

static void overwrites(struct kdump_image *image, const uint8_t *data, size_t size)
{
	for (; size >= OVERWRITE; data += OVERWRITE, size -= OVERWRITE)
		memcpy(image->bytes + place(image, data), data + 4, 1u << (data[3] & 3));
}

/* A page is the same whole and in parts, and through another door. */
static void page_try(struct kdump_reader *readers[2], uint64_t frame, unsigned int shift)
{
	static uint8_t whole[PAGE_MAX], part[PAGE_MAX];
	size_t size = (size_t)1 << shift, half = size / 2;
	uint64_t phys = frame << shift;
	enum kdump_got got = kdump_reader_read(readers[0], phys, whole, size);

	HOLDS(kdump_reader_read(readers[1], phys + half, part, half) == got);
	HOLDS(got != KDUMP_GOT || !memcmp(whole + half, part, half));
	HOLDS(kdump_reader_read(readers[0], phys, part, half) == got);
	HOLDS(got != KDUMP_GOT || !memcmp(whole, part, half));
}

static void file_try(const struct kdump_image *image)
{
	static const uint64_t far[] = { 1u << 20, UINT64_C(1) << 36, UINT64_MAX >> 16 };
	FILE *file = tmpfile();
	struct kdump_reader *readers[2];
	struct kdump_memory m;
	int fd;

	HOLDS(file && fwrite(image->bytes, 1, image->size, file) == image->size && !fflush(file));
	fd = fileno(file);
	kdump_memory_learn(&m, &fd, 1);
	for (size_t i = 0; m.nr && i < 2; i++)
		HOLDS((readers[i] = kdump_reader_new(&m)) != NULL);
	for (uint64_t frame = 0; m.nr && frame < FRAMES + 8; frame += 1 + frame % 3)
		page_try(readers, frame, m.shift);
	for (size_t i = 0; m.nr && i < sizeof(far) / sizeof(*far); i++)
		page_try(readers, far[i], m.shift);
	for (size_t i = 0; m.nr && i < 2; i++)
		kdump_reader_free(readers[i]);
	kdump_memory_free(&m);
	fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t flags[] = { 0, KDUMP_PAGE_ZLIB, KDUMP_PAGE_LZO, KDUMP_PAGE_SNAPPY,
					  KDUMP_PAGE_ZSTD };
	struct kdump_image_spec spec = { .frames = FRAMES };
	struct kdump_image image;

	if (!size)
		return 0;
	spec.flags = flags[data[0] % 5];
	/* What this build does not know is not compressed. */
	if (!kdump_image_make(&image, &spec)) {
		spec.flags = 0;
		HOLDS(kdump_image_make(&image, &spec));
	}
	overwrites(&image, data + 1, size - 1);
	file_try(&image);
	kdump_image_free(&image);
	return 0;
}
