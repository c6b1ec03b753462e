/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libkdumpfile/addrxlat.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS_MAX 64

struct dump {
	kdump_ctx_t *ctx;
	addrxlat_ctx_t *xlat;
	addrxlat_sys_t *space;
	int fds[PARTS_MAX];
	size_t nr_fds; /* of a shared one 0: the original closes them */
	char *info, *format;
	char arch[16];
	unsigned int page_shift;
	uint64_t frames;
	int level; /* of makedumpfile, -1: the file does not say */
};

static bool fail(char *error, const char *what, const char *why)
{
	snprintf(error, DUMP_ERROR_MAX, why ? "%s: %s" : "%s", what, why);
	return false;
}

/* Formats that libkdumpfile does not know (0.5.1), and what can be done about them. */
static bool signature_refuse(int fd, char *error)
{
	static const struct {
		const char *bytes, *why;
	} known[] = {
		{ "makedumpfile", "flattened by makedumpfile: `makedumpfile -R NEW < FILE` makes a "
				  "file that can be read" },
		{ "\xfd"
		  "7zXZ",
		  "compressed with xz: unpack it first" },
		{ "\x1f\x8b", "compressed with gzip: unpack it first" },
		{ "\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first" },
	};
	char start[16];
	ssize_t got = pread(fd, start, sizeof(start), 0);

	if (got < 0)
		return fail(error, strerror(errno), NULL);
	if (!got)
		return fail(error, "the file is empty", NULL);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t length = strlen(known[i].bytes);

		if ((size_t)got >= length && !memcmp(start, known[i].bytes, length))
			return fail(error, known[i].why, NULL);
	}
	return true;
}

/* A FIFO would wait for a writer, so nothing is waited for before it is known what the file is. */
static bool part_open(struct dump *dump, const char *path, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return fail(error, strerror(errno), NULL);
	dump->fds[dump->nr_fds++] = fd;
	if (fstat(fd, &st))
		return fail(error, strerror(errno), NULL);
	if (S_ISDIR(st.st_mode))
		return fail(error, "a directory", NULL);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(error, "no regular file", NULL);
	return signature_refuse(fd, error);
}

static const char *string_attr(kdump_ctx_t *ctx, const char *key)
{
	const char *value;

	return kdump_get_string_attr(ctx, key, &value) == KDUMP_OK ? value : "";
}

static bool machine_learn(struct dump *dump, char *error)
{
	kdump_ctx_t *ctx = dump->ctx;
	const char *arch = string_attr(ctx, KDUMP_ATTR_ARCH_NAME);
	kdump_num_t order, pointer, shift;

	if (!*arch)
		return fail(error, "it does not say of which machine it is", NULL);
	snprintf(dump->arch, sizeof(dump->arch), "%s", arch);
	if (strcmp(arch, KDUMP_ARCH_X86_64) && strcmp(arch, KDUMP_ARCH_AARCH64)) {
		snprintf(error, DUMP_ERROR_MAX,
			 "of a machine that is not supported: %s, neither x86_64 nor aarch64",
			 arch);
		return false;
	}
	if (kdump_get_number_attr(ctx, KDUMP_ATTR_BYTE_ORDER, &order) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PTR_SIZE, &pointer) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PAGE_SHIFT, &shift) != KDUMP_OK)
		return fail(error, "it does not say how large its pages are", NULL);
	if (order != KDUMP_LITTLE_ENDIAN || pointer != 8 || shift < 12 || shift > 16)
		return fail(error, "not of a 64-bit little-endian kernel", NULL);
	dump->page_shift = (unsigned int)shift;
	return true;
}

/* kdump_vmcoreinfo_raw() would be made for this, and finds nothing (0.5.1). */
static char *info_copy(kdump_ctx_t *ctx)
{
	kdump_attr_t raw = { .type = KDUMP_BLOB };
	char *copy = NULL;
	void *bytes;

	if (kdump_get_typed_attr(ctx, "linux.vmcoreinfo.raw", &raw) != KDUMP_OK)
		return NULL;
	bytes = kdump_blob_pin(raw.val.blob);
	if (bytes)
		copy = strndup(bytes, kdump_blob_size(raw.val.blob));
	kdump_blob_unpin(raw.val.blob);
	return copy;
}

static void info_learn(struct dump *dump)
{
	const char *format = string_attr(dump->ctx, "file.description");

	/* Both are copied: the library may change them under another call. */
	dump->info = info_copy(dump->ctx);
	dump->format = strdup(*format ? format : string_attr(dump->ctx, "file.format"));
}

/* The last set bit of the map of pages; the library finds the next one only. */
static void frames_learn(struct dump *dump)
{
	kdump_attr_t map = { .type = KDUMP_BITMAP };
	kdump_addr_t low = 0, high = (kdump_addr_t)1 << (TARGET_PHYS_BITS - dump->page_shift);

	if (kdump_get_typed_attr(dump->ctx, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK)
		return;
	while (low < high) {
		kdump_addr_t middle = low + (high - low) / 2, set = middle;

		if (kdump_bmp_find_set(map.val.bitmap, &set) == KDUMP_OK)
			low = set + 1;
		else
			high = middle;
	}
	dump->frames = low;
}

static bool translation_start(struct dump *dump, char *error)
{
	if (kdump_set_string_attr(dump->ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK)
		return fail(error, "no way from virtual to physical addresses",
			    kdump_get_err(dump->ctx));
	if (kdump_get_addrxlat(dump->ctx, &dump->xlat, &dump->space) != KDUMP_OK)
		return fail(error, "no way from virtual to physical addresses",
			    kdump_get_err(dump->ctx));
	return true;
}

/* Whether it is an ELF file with all that its headers promise. */
static bool file_is_whole_elf(int fd)
{
	bool whole = false;
	struct stat st;
	size_t nr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && !fstat(fd, &st) && !elf_getphdrnum(elf, &nr)) {
		whole = nr != 0;
		for (size_t i = 0; i < nr && whole; i++) {
			uint64_t size = (uint64_t)st.st_size;
			GElf_Phdr header;

			whole = gelf_getphdr(elf, (int)i, &header) && header.p_offset <= size &&
				header.p_filesz <= size - header.p_offset;
		}
	}
	elf_end(elf);
	return whole;
}

/* Where makedumpfile's format has them; libkdumpfile 0.5.1 does not tell. */
#define KDUMP_SIGNATURE "KDUMP   "
#define KDUMP_BLOCK_SIZE 428 /* in the first header of a 64-bit machine */
#define KDUMP_LEVEL 8 /* in the second, which is the second block */
#define KDUMP_BLOCK_MAX (1 << 20)

static void level_learn(struct dump *dump)
{
	char signature[sizeof(KDUMP_SIGNATURE) - 1];
	int32_t block, level;
	int fd = dump->fds[0];

	dump->level = -1;
	if (pread(fd, signature, sizeof(signature), 0) != (ssize_t)sizeof(signature) ||
	    memcmp(signature, KDUMP_SIGNATURE, sizeof(signature)) ||
	    pread(fd, &block, sizeof(block), KDUMP_BLOCK_SIZE) != (ssize_t)sizeof(block) ||
	    block <= 0 || block > KDUMP_BLOCK_MAX ||
	    pread(fd, &level, sizeof(level), block + KDUMP_LEVEL) != (ssize_t)sizeof(level))
		return;
	dump->level = level;
}

bool dump_level(const struct dump *dump, unsigned int *level)
{
	if (dump->level < 0)
		return false;
	*level = (unsigned int)dump->level;
	return true;
}

/* Mapped files are read four times as fast. But what lies behind the end of one that was cut short
 * is a SIGBUS then, not an error (libkdumpfile 0.5.1). */
static void policy_set(struct dump *dump)
{
	bool whole = true;

	for (size_t i = 0; i < dump->nr_fds && whole; i++)
		whole = file_is_whole_elf(dump->fds[i]);
	kdump_set_number_attr(dump->ctx, KDUMP_ATTR_FILE_MMAP_POLICY,
			      whole ? KDUMP_MMAP_TRY : KDUMP_MMAP_NEVER);
}

static bool context_open(struct dump *dump, char *error)
{
	dump->ctx = kdump_new();
	if (!dump->ctx)
		return fail(error, "out of memory", NULL);
	policy_set(dump);
	if (kdump_open_fdset(dump->ctx, (unsigned int)dump->nr_fds, dump->fds) != KDUMP_OK)
		return fail(error, "no dump that can be read", kdump_get_err(dump->ctx));
	/* Zeros would end freelists. */
	kdump_set_number_attr(dump->ctx, KDUMP_ATTR_ZERO_EXCLUDED, 0);
	if (!machine_learn(dump, error))
		return false;
	info_learn(dump);
	level_learn(dump);
	frames_learn(dump);
	return translation_start(dump, error);
}

static bool parts_open(struct dump *dump, const char *const *paths, size_t nr, char *error)
{
	if (!nr || nr > PARTS_MAX)
		return fail(error, "too many parts", NULL);
	for (size_t i = 0; i < nr; i++)
		if (!part_open(dump, paths[i], error))
			return false;
	return context_open(dump, error);
}

struct dump *dump_open(const char *const *paths, size_t nr, char error[DUMP_ERROR_MAX])
{
	struct dump *dump = calloc(1, sizeof(*dump));

	if (!dump) {
		fail(error, "out of memory", NULL);
		return NULL;
	}
	if (parts_open(dump, paths, nr, error))
		return dump;
	dump_close(dump);
	return NULL;
}

struct dump *dump_share(const struct dump *from)
{
	struct dump *dump = malloc(sizeof(*dump));

	if (!dump)
		return NULL;
	*dump = *from;
	dump->nr_fds = 0;
	dump->info = from->info ? strdup(from->info) : NULL;
	dump->format = from->format ? strdup(from->format) : NULL;
	dump->xlat = NULL;
	dump->space = NULL;
	dump->ctx = kdump_clone(from->ctx, 0);
	if (dump->ctx && kdump_get_addrxlat(dump->ctx, &dump->xlat, &dump->space) == KDUMP_OK)
		return dump;
	dump_close(dump);
	return NULL;
}

void dump_close(struct dump *dump)
{
	if (!dump)
		return;
	if (dump->xlat)
		addrxlat_ctx_decref(dump->xlat);
	if (dump->space)
		addrxlat_sys_decref(dump->space);
	if (dump->ctx)
		kdump_free(dump->ctx);
	for (size_t i = 0; i < dump->nr_fds; i++)
		close(dump->fds[i]);
	free(dump->info);
	free(dump->format);
	free(dump);
}

enum target_status dump_read(struct dump *dump, uint64_t phys, void *buf, size_t len)
{
	size_t got = len;

	/* KDUMP_ERR_NODATA, and pages that cannot be unpacked, and files that end early: whatever
	 * the reason, the dump does not have it. */
	return kdump_read(dump->ctx, KDUMP_KPHYSADDR, phys, buf, &got) == KDUMP_OK ? TARGET_OK
										   : TARGET_ABSENT;
}

enum target_status dump_translate(struct dump *dump, uint64_t virt, uint64_t *phys)
{
	addrxlat_fulladdr_t addr = { .addr = virt, .as = ADDRXLAT_KVADDR };
	addrxlat_status status;

	status = addrxlat_fulladdr_conv(&addr, ADDRXLAT_KPHYSADDR, dump->xlat, dump->space);
	switch (status) {
	case ADDRXLAT_OK:
		*phys = addr.addr;
		return TARGET_OK;
	case ADDRXLAT_ERR_NOTPRESENT:
	case ADDRXLAT_ERR_INVALID:
	case ADDRXLAT_ERR_NOMETH:
		addrxlat_ctx_clear_err(dump->xlat);
		return TARGET_UNMAPPED;
	default:
		/* Of the tables' pages too something may be missing. */
		addrxlat_ctx_clear_err(dump->xlat);
		return TARGET_ABSENT;
	}
}

const char *dump_info(const struct dump *dump)
{
	return dump->info ? dump->info : "";
}

const char *dump_format(const struct dump *dump)
{
	return dump->format ? dump->format : "";
}

const char *dump_arch(const struct dump *dump)
{
	return dump->arch;
}

unsigned int dump_page_shift(const struct dump *dump)
{
	return dump->page_shift;
}

uint64_t dump_frames(const struct dump *dump)
{
	return dump->frames;
}
