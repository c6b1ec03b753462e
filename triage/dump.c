/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/dump.h"

#include <libkdumpfile/addrxlat.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/dump_part.h"
#include "triage/elf_memory.h"
#include "triage/kdump_attr.h"
#include "triage/kdump_memory.h"
#include "triage/live.h"
#include "triage/lost.h"
#include "triage/sanity.h"
#include "triage/vmcoreinfo.h"

#define PARTS_MAX 64
#define SAMPLES 64

struct dump {
	kdump_ctx_t *ctx;
	addrxlat_ctx_t *xlat;
	addrxlat_sys_t *space;
	int fds[PARTS_MAX];
	size_t nr_fds; /* of a shared one 0: the original closes them */
	struct lost lost; /* of a shared one the original's, as are @elf and @kdump */
	struct elf_memory elf;
	struct kdump_memory kdump;
	struct kdump_reader *reader; /* of @kdump; NULL: libkdumpfile reads */
	bool cut; /* flattened, and the last record is missing */
	bool live; /* the memory of a kernel that ran while it was read */
	char *info, *format;
	char remark[128];
	struct dump_date date;
	char arch[16];
	unsigned int page_shift;
	unsigned int file_shift; /* of a page in the file, which can be larger */
	uint64_t frames;
	int level; /* of makedumpfile, -1: the file does not say */
};

/* What a status means for a dump. The library's own words for them are about its attributes. */
static const char *status_words(kdump_status status)
{
	switch (status) {
	case KDUMP_ERR_SYSTEM:
		return "the system refuses a call, or there is not enough memory";
	case KDUMP_ERR_NOTIMPL:
		return "libkdumpfile does not know such dumps";
	case KDUMP_ERR_NODATA:
	case KDUMP_ERR_NOKEY:
		return "the dump lacks what that takes";
	case KDUMP_ERR_CORRUPT:
		return "the file is damaged";
	case KDUMP_ERR_EOF:
		return "the file ends too early";
	case KDUMP_ERR_ADDRXLAT:
		return "its page tables cannot be followed";
	default:
		return "a number in the file makes no sense";
	}
}

/* Of the library's words those about the dump are kept. */
static bool library_refused(struct dump *dump, kdump_status status, struct error *error)
{
	const char *text = kdump_get_err(dump->ctx);

	return error_set(error, "%s",
			 text && *text && !error_foreign(text) ? text : status_words(status));
}

static const char *string_attr(kdump_ctx_t *ctx, const char *key)
{
	const char *value;

	return kdump_get_string_attr(ctx, key, &value) == KDUMP_OK ? value : "";
}

/* kdump_vmcoreinfo_raw() would be made for this, and finds nothing (0.5.1). */
static char *info_copy(kdump_ctx_t *ctx)
{
	kdump_attr_value_t raw;
	char *copy = NULL;
	void *bytes;

	if (!kdump_attr_value(ctx, "linux.vmcoreinfo.raw", KDUMP_BLOB, &raw))
		return NULL;
	bytes = kdump_blob_pin(raw.blob);
	if (bytes)
		copy = strndup(bytes, kdump_blob_size(raw.blob));
	kdump_blob_unpin(raw.blob);
	return copy;
}

/* In the first header of makedumpfile's format. */
#define KDUMP_MACHINE 272
#define KDUMP_MACHINE_SIZE 65

/*
 * QEMU's kdump formats name the machine only, and of the kernel nothing; libkdumpfile (0.5.1) takes a
 * header without a kernel's name for one without names. The machine can be "Unknown" too, as that of
 * arm64 is; then VMCOREINFO has what only kernels of that machine say.
 */
static const char *machine_guess(const struct dump *dump)
{
	char name[KDUMP_MACHINE_SIZE + 1] = "";
	char *info = info_copy(dump->ctx);
	const char *arch = "";
	uint64_t unused;

	if (pread(dump->fds[0], name, KDUMP_MACHINE_SIZE, KDUMP_MACHINE) != KDUMP_MACHINE_SIZE)
		*name = '\0';
	if (!strcmp(name, KDUMP_ARCH_X86_64) ||
	    (info && vmcoreinfo_number(info, "phys_base", &unused)))
		arch = KDUMP_ARCH_X86_64;
	else if (!strcmp(name, KDUMP_ARCH_AARCH64) ||
		 (info && vmcoreinfo_number(info, "kimage_voffset", &unused)))
		arch = KDUMP_ARCH_AARCH64;
	free(info);
	return arch;
}

static const char *machine_name(struct dump *dump)
{
	const char *arch = string_attr(dump->ctx, KDUMP_ATTR_ARCH_NAME);

	if (*arch || strcmp(string_attr(dump->ctx, KDUMP_ATTR_FILE_FORMAT), "diskdump"))
		return arch;
	arch = machine_guess(dump);
	if (!*arch || kdump_set_string_attr(dump->ctx, KDUMP_ATTR_ARCH_NAME, arch) != KDUMP_OK)
		return "";
	return arch;
}

/* Where makedumpfile's format has them; libkdumpfile 0.5.1 does not tell. */
#define KDUMP_SIGNATURE "KDUMP   "
#define KDUMP_BLOCK_SIZE 428 /* in the first header of a 64-bit machine */
#define KDUMP_LEVEL 8 /* in the second, which is the second block */
#define KDUMP_BLOCK_MAX (1 << 20)
#define KDUMP_BLOCK_SHIFT_MAX 16

static bool kdump_signature(const struct dump *dump)
{
	char signature[sizeof(KDUMP_SIGNATURE) - 1];

	return pread(dump->fds[0], signature, sizeof(signature), 0) == (ssize_t)sizeof(signature) &&
	       !memcmp(signature, KDUMP_SIGNATURE, sizeof(signature));
}

/*
 * QEMU's kdump files of arm64 have pages of 64 KiB, whatever the kernel's are. libkdumpfile (0.5.1)
 * takes VMCOREINFO's word for the pages of the file, so it is told about the file again, and about
 * the page tables apart from that.
 */
static bool block_learn(struct dump *dump, struct error *error)
{
	kdump_status status;
	int32_t block;

	if (!kdump_signature(dump) ||
	    pread(dump->fds[0], &block, sizeof(block), KDUMP_BLOCK_SIZE) !=
		    (ssize_t)sizeof(block) ||
	    block <= 1 << dump->page_shift)
		return true;
	while (1 << dump->file_shift < block && dump->file_shift < KDUMP_BLOCK_SHIFT_MAX)
		dump->file_shift++;
	status = kdump_set_number_attr(dump->ctx, KDUMP_ATTR_PAGE_SIZE, 1ull << dump->file_shift);
	if (status == KDUMP_OK)
		status = kdump_set_number_attr(dump->ctx, KDUMP_ATTR_XLAT_FORCE ".page_shift",
					       dump->page_shift);
	if (status == KDUMP_OK)
		return true;
	library_refused(dump, status, error);
	return error_context(error, "its pages are larger than the kernel's");
}

static bool machine_learn(struct dump *dump, struct error *error)
{
	kdump_ctx_t *ctx = dump->ctx;
	const char *arch = machine_name(dump);
	kdump_num_t order, pointer, shift;

	if (!*arch)
		return error_set(error, "it does not say which machine it is from");
	snprintf(dump->arch, sizeof(dump->arch), "%s", arch);
	if (strcmp(arch, KDUMP_ARCH_X86_64) && strcmp(arch, KDUMP_ARCH_AARCH64))
		return dump_machine_refuse(arch, error);
	if (kdump_get_number_attr(ctx, KDUMP_ATTR_BYTE_ORDER, &order) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PTR_SIZE, &pointer) != KDUMP_OK ||
	    kdump_get_number_attr(ctx, KDUMP_ATTR_PAGE_SHIFT, &shift) != KDUMP_OK)
		return error_set(error, "it does not say how large its pages are");
	if (order != KDUMP_LITTLE_ENDIAN || pointer != 8 || shift < 12 || shift > 16)
		return error_set(error, "not of a 64-bit little-endian kernel");
	dump->page_shift = dump->file_shift = (unsigned int)shift;
	return block_learn(dump, error);
}

static void info_learn(struct dump *dump)
{
	const char *format = string_attr(dump->ctx, "file.description");

	/* Both are copied: the library may change them under another call. */
	dump->info = info_copy(dump->ctx);
	dump->format = strdup(*format ? format : string_attr(dump->ctx, "file.format"));
}

/* The next frame from @frame on that is in the file. */
static bool frame_next(struct dump *dump, uint64_t *frame)
{
	kdump_addr_t set = *frame;
	kdump_attr_value_t map;

	if (!kdump_attr_value(dump->ctx, KDUMP_ATTR_FILE_PAGEMAP, KDUMP_BITMAP, &map) ||
	    kdump_bmp_find_set(map.bitmap, &set) != KDUMP_OK)
		return false;
	*frame = set;
	return true;
}

/* Whether nearly all of some pages from everywhere are noise. There are such machines, full of
 * compressed files; so it is a guess at why a dump makes no sense, and nothing else. */
static bool is_noise(struct dump *dump)
{
	uint8_t page[SANITY_NOISE_SIZE];
	unsigned int read = 0, noise = 0;

	for (uint64_t i = 0; i < SAMPLES && dump->frames; i++) {
		uint64_t frame =
			(dump->frames << dump->page_shift >> dump->file_shift) * i / SAMPLES;

		if (!frame_next(dump, &frame) ||
		    dump_read(dump, frame << dump->file_shift, page, sizeof(page)) != TARGET_OK)
			continue;
		read++;
		noise += sanity_noise(page);
	}
	return read >= SAMPLES / 4 && noise >= read - read / 10;
}

void dump_error_remark(struct dump *dump, struct error *error)
{
	const char *why = dump->remark;

	if (!*why && dump->ctx && is_noise(dump))
		why = "its pages are noise: encrypted, or damaged";
	if (*why)
		error_remark(error, why);
}

/* The last set bit of the map of pages; the library finds the next one only. */
static void frames_learn(struct dump *dump)
{
	kdump_addr_t low = 0, high = (kdump_addr_t)1 << (TARGET_PHYS_BITS - dump->file_shift);
	kdump_attr_value_t map;

	if (!kdump_attr_value(dump->ctx, KDUMP_ATTR_FILE_PAGEMAP, KDUMP_BITMAP, &map))
		return;
	while (low < high) {
		kdump_addr_t middle = low + (high - low) / 2, set = middle;

		if (kdump_bmp_find_set(map.bitmap, &set) == KDUMP_OK)
			low = set + 1;
		else
			high = middle;
	}
	dump->frames = low << (dump->file_shift - dump->page_shift);
}

static bool translation_start(struct dump *dump, struct error *error)
{
	kdump_status status = kdump_set_string_attr(dump->ctx, KDUMP_ATTR_OSTYPE, "linux");

	if (status == KDUMP_OK)
		status = kdump_get_addrxlat(dump->ctx, &dump->xlat, &dump->space);
	if (status == KDUMP_OK)
		return true;
	library_refused(dump, status, error);
	return error_context(error, "virtual addresses cannot be translated");
}

static void level_learn(struct dump *dump)
{
	int32_t block, level;
	int fd = dump->fds[0];

	dump->level = -1;
	if (!kdump_signature(dump) ||
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

/* A dump of makedumpfile's format that libkdumpfile (0.5.1) refuses leaves handlers behind that are
 * gone; to free it would be to call them. So little memory is lost. */
static bool file_refused(struct dump *dump, kdump_status status, struct error *error)
{
	library_refused(dump, status, error);
	if (kdump_signature(dump))
		dump->ctx = NULL;
	return error_context(error, "not a readable dump");
}

/* Memory is read from where it lies in the files, if that is known; but not where a test wants to
 * have it from libkdumpfile. */
static bool memory_learn(struct dump *dump, const int *fds, unsigned int nr, struct error *error)
{
	const char *reader = getenv("SLUBCHECK_READER"), *mixed = NULL;

	if (reader && !strcmp(reader, "libkdumpfile"))
		return true;
	if (nr == 1)
		elf_memory_learn(&dump->elf, fds[0]);
	if (!dump->elf.nr)
		mixed = kdump_memory_learn(&dump->kdump, fds, nr);
	return !mixed || error_set(error, "%s", mixed);
}

/*
 * Mapped files are read four times as fast. But what lies behind the end of one that was cut short
 * is a SIGBUS then, not an error (libkdumpfile 0.5.1). Parts of a split dump that are empty, as small
 * dumps have them, are not shown to it: it looks for other parts' pages in them.
 */
static bool files_open(struct dump *dump, struct error *error)
{
	int fds[PARTS_MAX];
	kdump_status status;
	unsigned int nr = 0;
	bool mappable = true;

	for (size_t i = 0; i < dump->nr_fds; i++) {
		struct lost_file file;

		if (!lost_learn(&dump->lost, dump->fds[i], &file))
			return error_no_memory(error);
		if (file.broken)
			return error_set(error, "not a readable dump: %s", file.broken);
		mappable &= file.mappable;
		if (!file.empty)
			fds[nr++] = dump->fds[i];
	}
	if (!nr)
		return error_set(error, "it contains no pages");
	if (!memory_learn(dump, fds, nr, error))
		return false;
	kdump_set_number_attr(dump->ctx, KDUMP_ATTR_FILE_MMAP_POLICY,
			      mappable ? KDUMP_MMAP_TRY : KDUMP_MMAP_NEVER);
	status = kdump_open_fdset(dump->ctx, nr, fds);
	return status == KDUMP_OK || file_refused(dump, status, error);
}

static void remark_make(struct dump *dump)
{
	const struct lost *lost = &dump->lost;
	char *text = dump->remark;
	size_t size = sizeof(dump->remark);

	if (lost->parts && lost->parts_frames < lost->frames)
		snprintf(text, size, "%s of a dump that was split: --split takes all of its parts",
			 lost->parts > 1 ? "not all parts" : "one part");
	else if (lost->bytes)
		snprintf(text, size, "cut short: %.1f MiB of the memory that it lists are missing",
			 (double)lost->bytes / (1 << 20));
	else if (dump->cut)
		snprintf(text, size, "cut short: its end is missing");
}

/* Under Xen the file has the hypervisor's memory, and the kernel's own numbers of pages are others. */
static void xen_heed(struct dump *dump)
{
	kdump_num_t type;

	if (kdump_get_number_attr(dump->ctx, KDUMP_ATTR_XEN_TYPE, &type) == KDUMP_OK &&
	    type != KDUMP_XEN_NONE) {
		elf_memory_free(&dump->elf);
		kdump_memory_free(&dump->kdump);
	}
}

/* Without memory for it libkdumpfile reads. */
static void reader_make(struct dump *dump)
{
	if (dump->kdump.nr)
		dump->reader = kdump_reader_new(&dump->kdump);
}

static bool context_open(struct dump *dump, struct error *error)
{
	dump->ctx = kdump_new();
	if (!dump->ctx)
		return error_no_memory(error);
	if (!files_open(dump, error))
		return false;
	/* Zeros would end freelists. */
	kdump_set_number_attr(dump->ctx, KDUMP_ATTR_ZERO_EXCLUDED, 0);
	if (!machine_learn(dump, error))
		return false;
	info_learn(dump);
	dump_date_learn(&dump->date, dump->fds[0], dump_info(dump));
	dump->live = live_is(dump->fds[0]);
	level_learn(dump);
	frames_learn(dump);
	remark_make(dump);
	if (!translation_start(dump, error))
		return false;
	xen_heed(dump);
	reader_make(dump);
	return true;
}

static bool parts_open(struct dump *dump, const char *const *paths, size_t nr, struct error *error)
{
	if (!nr || nr > PARTS_MAX)
		return error_set(error, "too many parts");
	for (size_t i = 0; i < nr; i++) {
		int fd = dump_part_open(paths[i], &dump->cut, error);

		/* The first one stands for the dump, and is named by whoever reports the error. */
		if (fd < 0)
			return i ? error_context(error, "%s", paths[i]) : false;
		dump->fds[dump->nr_fds++] = fd;
	}
	if (context_open(dump, error))
		return true;
	remark_make(dump);
	dump_error_remark(dump, error);
	return false;
}

struct dump *dump_open(const char *const *paths, size_t nr, struct error *error)
{
	struct dump *dump = calloc(1, sizeof(*dump));

	if (!dump) {
		error_no_memory(error);
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
	/* Of the original, which outlives this one. */
	dump->reader = from->reader ? kdump_reader_new(&from->kdump) : NULL;
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
	kdump_reader_free(dump->reader);
	for (size_t i = 0; i < dump->nr_fds; i++)
		close(dump->fds[i]);
	if (dump->nr_fds) {
		lost_free(&dump->lost);
		elf_memory_free(&dump->elf);
		kdump_memory_free(&dump->kdump);
	}
	free(dump->info);
	free(dump->format);
	free(dump);
}

enum target_status dump_library_read(struct dump *dump, uint64_t phys, void *buf, size_t len)
{
	size_t got = len;

	/* Zeros would be read there. */
	if (lost_any(&dump->lost, phys, len))
		return TARGET_ABSENT;
	/* KDUMP_ERR_NODATA, and pages that cannot be unpacked, and files that end early: whatever
	 * the reason, the dump does not have it. */
	return kdump_read(dump->ctx, KDUMP_KPHYSADDR, phys, buf, &got) == KDUMP_OK ? TARGET_OK
										   : TARGET_ABSENT;
}

bool dump_by_library(const struct dump *dump)
{
	return !dump->elf.nr && !dump->reader;
}

enum target_status dump_read(struct dump *dump, uint64_t phys, void *buf, size_t len)
{
	if (dump->elf.nr)
		return elf_memory_read(&dump->elf, phys, buf, len) ? TARGET_OK : TARGET_ABSENT;
	if (!dump->reader)
		return dump_library_read(dump, phys, buf, len);
	switch (kdump_reader_read(dump->reader, phys, buf, len)) {
	case KDUMP_GOT:
		return TARGET_OK;
	case KDUMP_FOREIGN:
		return dump_library_read(dump, phys, buf, len);
	default:
		return TARGET_ABSENT;
	}
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
		/* A table that the file lacks reads as zeros. */
		return dump->lost.nr ? TARGET_ABSENT : TARGET_UNMAPPED;
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

const struct dump_date *dump_date(const struct dump *dump)
{
	return &dump->date;
}

const char *dump_remark(const struct dump *dump)
{
	return dump->remark;
}

/* The one of that number among the notes of the file. */
static bool note_copy(struct dump *dump, kdump_num_t number, uint8_t note[TARGET_NOTE_MAX],
		      size_t *len)
{
	kdump_attr_value_t raw;
	char key[32];
	void *bytes;

	snprintf(key, sizeof(key), "cpu.%u.PRSTATUS", (unsigned int)number);
	if (!kdump_attr_value(dump->ctx, key, KDUMP_BLOB, &raw))
		return false;
	bytes = kdump_blob_pin(raw.blob);
	*len = kdump_blob_size(raw.blob);
	if (bytes && *len <= TARGET_NOTE_MAX)
		memcpy(note, bytes, *len);
	kdump_blob_unpin(raw.blob);
	return bytes && *len && *len <= TARGET_NOTE_MAX;
}

bool dump_cpu_note(struct dump *dump, const struct target_cpu *cpu, uint8_t note[TARGET_NOTE_MAX],
		   size_t *len)
{
	kdump_num_t nr;

	if (kdump_get_number_attr(dump->ctx, KDUMP_ATTR_NUM_CPUS, &nr) != KDUMP_OK)
		return false;
	/* As many as are online are theirs, in order. */
	if (nr == cpu->nr_online && !cpu->online)
		return false;
	return note_copy(dump, nr == cpu->nr_online ? cpu->nth : cpu->cpu, note, len);
}

bool dump_live(const struct dump *dump)
{
	return dump->live;
}

bool dump_kcore(const struct dump *dump, struct kcore *kcore)
{
	return dump->live && kcore_is(dump->fds[0]) && kcore_learn(kcore, dump->fds[0]);
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
