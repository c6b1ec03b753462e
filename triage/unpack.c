/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "triage/kdump_file.h"

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

struct unpack {
	void *zlib, *zstd; /* what libdeflate and libzstd work with */
};

/* Bytes of one page, and where they go. */
struct bytes {
	const void *from;
	size_t size;
	void *to;
	size_t len;
};

static enum unpack_result result(bool good)
{
	return good ? UNPACK_DONE : UNPACK_BROKEN;
}

/* Of a page that was not compressed. */
static enum unpack_result copy(const struct unpack *u, const struct bytes *b)
{
	(void)u;
	if (b->size == b->len)
		memcpy(b->to, b->from, b->len);
	return result(b->size == b->len);
}

#ifdef UNPACK_libdeflate
/* It fails on a page that ends early, since it is not asked for the length. */
static enum unpack_result zlib_page(const struct unpack *u, const struct bytes *b)
{
	return result(libdeflate_zlib_decompress(u->zlib, b->from, b->size, b->to, b->len, NULL) ==
		      LIBDEFLATE_SUCCESS);
}
#endif

#ifdef UNPACK_lzo2
static enum unpack_result lzo_page(const struct unpack *u, const struct bytes *b)
{
	lzo_uint len = b->len;

	(void)u;
	return result(lzo1x_decompress_safe(b->from, b->size, b->to, &len, NULL) == LZO_E_OK &&
		      len == b->len);
}
#endif

#ifdef UNPACK_snappy
static enum unpack_result snappy_page(const struct unpack *u, const struct bytes *b)
{
	size_t len = b->len;

	(void)u;
	return result(snappy_uncompress(b->from, b->size, b->to, &len) == SNAPPY_OK &&
		      len == b->len);
}
#endif

#ifdef UNPACK_libzstd
static enum unpack_result zstd_page(const struct unpack *u, const struct bytes *b)
{
	return result(ZSTD_decompressDCtx(u->zstd, b->to, b->len, b->from, b->size) == b->len);
}
#endif

static const struct {
	uint32_t flag;
	enum unpack_result (*page)(const struct unpack *u, const struct bytes *b);
} ways[] = {
	{ 0, copy },
#ifdef UNPACK_libdeflate
	{ KDUMP_PAGE_ZLIB, zlib_page },
#endif
#ifdef UNPACK_lzo2
	{ KDUMP_PAGE_LZO, lzo_page },
#endif
#ifdef UNPACK_snappy
	{ KDUMP_PAGE_SNAPPY, snappy_page },
#endif
#ifdef UNPACK_libzstd
	{ KDUMP_PAGE_ZSTD, zstd_page },
#endif
};

struct unpack *unpack_new(void)
{
	struct unpack *u = calloc(1, sizeof(*u));
	bool good = u != NULL;

#ifdef UNPACK_libdeflate
	if (good)
		good = (u->zlib = libdeflate_alloc_decompressor()) != NULL;
#endif
#ifdef UNPACK_libzstd
	if (good)
		good = (u->zstd = ZSTD_createDCtx()) != NULL;
#endif
	if (good)
		return u;
	unpack_free(u);
	return NULL;
}

static size_t way_of(uint32_t flags)
{
	size_t i = 0;

	while (i < sizeof(ways) / sizeof(*ways) && ways[i].flag != (flags & KDUMP_PAGE_COMPRESSED))
		i++;
	return i;
}

bool unpack_knows(uint32_t flags)
{
	return way_of(flags) < sizeof(ways) / sizeof(*ways);
}

enum unpack_result unpack_page(struct unpack *u, uint32_t flags, const void *from, size_t size,
			       void *to, size_t len)
{
	const struct bytes bytes = { from, size, to, len };

	return unpack_knows(flags) ? ways[way_of(flags)].page(u, &bytes) : UNPACK_UNKNOWN;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
#ifdef UNPACK_libdeflate
	libdeflate_free_decompressor(u->zlib);
#endif
#ifdef UNPACK_libzstd
	ZSTD_freeDCtx(u->zstd);
#endif
	free(u);
}
