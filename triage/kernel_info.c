/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kernel_info.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/kernel_cache.h"
#include "triage/btf.h"
#include "triage/dwarf.h"
#include "triage/kallsyms.h"
#include "triage/packed.h"
#include "triage/vmcoreinfo.h"
#include "triage/vmlinux.h"
#include "triage/vmlinux_dir.h"

/* The BTF of large kernels has 7 MB. */
#define BTF_MAX (256u << 20)

struct kernel_info {
	struct target *t;
	const char *info;
	bool cached;
	char release[128], build_id[BUILD_ID_HEX_MAX];
	char path[VMLINUX_PATH_MAX]; /* "": there is no vmlinux */
	bool packed; /* the file of that path is */
	int unpacked; /* what is in it; -1: nobody needed it yet */
	uint64_t moved; /* from where it was linked to */
	pthread_mutex_t lock; /* of what follows: the cache, and the sources */
	struct kernel_cache cache;

	/* The sources, once a question needed them. */
	bool opened, symbols_opened;
	struct dwarf_file *vmlinux;
	struct btf_types *btf;
	struct kallsyms *kallsyms;

	char from[KERNEL_CACHE_FROM_MAX]; /* what @packed file it is, for the next run */
	char source[VMLINUX_PATH_MAX + 64];
};

static const char *kind_of(const struct kernel_info *f)
{
	return *f->path ? "vmlinux" : "dump";
}

static void source_say(struct kernel_info *f)
{
	if (*f->path)
		snprintf(f->source, sizeof(f->source), "%s and symbols of %s", f->cache.source,
			 f->path);
	else
		snprintf(f->source, sizeof(f->source), "%s and kallsyms in the dump",
			 f->cache.source);
}

static bool btf_take(struct kernel_info *f, const void *bytes, size_t size, struct error *error)
{
	size_t unused;

	f->btf = btf_types_read(bytes, size, error);
	if (!f->btf)
		return false;
	if (btf_types_size(f->btf, "kmem_cache", &unused))
		return true;
	btf_types_free(f->btf);
	f->btf = NULL;
	return error_set(error, "the BTF lacks struct kmem_cache");
}

/* The program's own name of what was unpacked. */
#define UNPACKED_MAX 32

static void unpacked_name(const struct kernel_info *f, char name[UNPACKED_MAX])
{
	snprintf(name, UNPACKED_MAX, "/proc/self/fd/%d", f->unpacked);
}

static bool unpack(struct kernel_info *f, struct error *error)
{
	const char *program;
	bool cut = false;
	int fd;

	if (f->unpacked >= 0)
		return true;
	fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	program = fd >= 0 ? packed_program_of(fd) : NULL;
	if (program)
		f->unpacked = packed_open(fd, program, &cut, error);
	else
		error_set(error, "it cannot be read any more");
	if (fd >= 0)
		close(fd);
	if (f->unpacked < 0 || !cut)
		return f->unpacked >= 0;
	return error_set(error, "%s unpacks it only in part: it is damaged", program);
}

static bool vmlinux_open(struct kernel_info *f, struct error *error)
{
	char name[UNPACKED_MAX];
	struct error unused;
	const void *bytes;
	size_t size;

	if (f->packed && !unpack(f, error))
		return error_context(error, "%s", f->path);
	unpacked_name(f, name);
	f->vmlinux = dwarf_file_open(f->packed ? name : f->path, error);
	if (!f->vmlinux)
		return error_context(error, "%s", f->path);
	size = dwarf_file_section(f->vmlinux, ".BTF", &bytes);
	if (size && btf_take(f, bytes, size, &unused)) {
		snprintf(f->cache.source, sizeof(f->cache.source), "BTF");
		return true;
	}
	snprintf(f->cache.source, sizeof(f->cache.source), "DWARF");
	if (dwarf_file_type_size(f->vmlinux, "kmem_cache", &size) == DWARF_FILE_FOUND)
		return true;
	return error_set(error, "%s: no debug information about struct kmem_cache", f->path);
}

static bool btf_from_dump(struct kernel_info *f, struct error *error)
{
	uint64_t start, end;
	bool good = false;
	char *bytes;

	/* The linker script has these where there is a section .BTF (5.2). */
	if (!kallsyms_symbol(f->kallsyms, "__start_BTF", &start) ||
	    !kallsyms_symbol(f->kallsyms, "__stop_BTF", &end) || end <= start ||
	    end - start > BTF_MAX)
		return error_set(error, "the kernel has no BTF");
	bytes = malloc(end - start);
	if (!bytes)
		return error_no_memory(error);
	if (f->t->ops->read(f->t, start, bytes, end - start) == TARGET_OK)
		good = btf_take(f, bytes, end - start, error);
	else
		error_set(error, "the BTF is not in the dump");
	free(bytes);
	return good;
}

static bool kallsyms_open(struct kernel_info *f, struct error *error)
{
	struct kallsyms_place place;
	uint64_t stext;

	if (f->kallsyms)
		return true;
	/* Before 6.0 it does not say where kallsyms is. */
	if (!kallsyms_place(f->info, &place) &&
	    !(vmcoreinfo_symbol(f->info, "_stext", &stext) && kallsyms_search(f->t, stext, &place)))
		return error_set(error, "kallsyms cannot be found in the dump");
	f->kallsyms = kallsyms_read(f->t, &place, error);
	return f->kallsyms;
}

static bool dump_open_sources(struct kernel_info *f, struct error *error)
{
	if (!kallsyms_open(f, error))
		return false;
	snprintf(f->cache.source, sizeof(f->cache.source), "BTF");
	return btf_from_dump(f, error);
}

static bool sources_open(struct kernel_info *f, struct error *error)
{
	if (f->opened)
		return f->btf || f->vmlinux;
	f->opened = true;
	return *f->path ? vmlinux_open(f, error) : dump_open_sources(f, error);
}

/* The source of symbols alone: who names an address may need no types, which cost as much. */
static bool symbols_open(struct kernel_info *f)
{
	struct error unused;

	if (f->opened || *f->path)
		return sources_open(f, &unused);
	if (f->symbols_opened)
		return f->kallsyms;
	f->symbols_opened = true;
	return kallsyms_open(f, &unused);
}

static bool source_symbol(struct kernel_info *f, const char *name, uint64_t *value)
{
	if (f->vmlinux)
		return dwarf_file_symbol(f->vmlinux, name, value) == DWARF_FILE_FOUND;
	if (!f->kallsyms || !kallsyms_symbol(f->kallsyms, name, value))
		return false;
	/* Kept as linked, like those of a vmlinux. */
	if (*value >= KALLSYMS_ADDRESS_MIN)
		*value -= f->moved;
	return true;
}

static bool source_type_size(struct kernel_info *f, const char *type, uint64_t *value)
{
	size_t size;
	bool found = f->btf ? btf_types_size(f->btf, type, &size)
			    : f->vmlinux && dwarf_file_type_size(f->vmlinux, type, &size) ==
						    DWARF_FILE_FOUND;

	if (found)
		*value = size;
	return found;
}

static bool source_member(struct kernel_info *f, const char *type, const char *member,
			  struct target_member *out)
{
	if (f->btf)
		return btf_types_member(f->btf, type, member, out);
	return f->vmlinux && dwarf_file_member(f->vmlinux, type, member, out) == DWARF_FILE_FOUND;
}

static bool source_enumerator(struct kernel_info *f, const char *name, int64_t *value)
{
	if (f->btf)
		return btf_types_enumerator(f->btf, name, value);
	return f->vmlinux && dwarf_file_enumerator(f->vmlinux, name, value) == DWARF_FILE_FOUND;
}

/* "m slab freelist". A name with a tab or a line's end in it is not a name of C. */
static bool question_make(char *question, size_t size, char kind, const char *first,
			  const char *second)
{
	int n = snprintf(question, size, "%c %s%s%s", kind, first, *second ? " " : "", second);

	return n > 0 && (size_t)n < size && !strpbrk(question, "\t\n");
}

/* The answer is asked of the source that fits the first letter of the question. */
static struct answer ask(struct kernel_info *f, const char *question, const char *first,
			 const char *second)
{
	struct answer answer = { .question = (char *)question };
	struct target_member member;
	struct error unused;
	int64_t number;

	if (!sources_open(f, &unused))
		return answer;
	switch (*question) {
	case 's':
		answer.found = source_symbol(f, first, &answer.value);
		break;
	case 't':
		answer.found = source_type_size(f, first, &answer.value);
		break;
	case 'm':
		answer.found = source_member(f, first, second, &member);
		if (answer.found) {
			answer.value = member.offset;
			answer.size = member.size;
		}
		break;
	case 'e':
		answer.found = source_enumerator(f, first, &number);
		if (answer.found)
			answer.value = (uint64_t)number;
		break;
	}
	kernel_cache_add(&f->cache, &answer);
	return answer;
}

static struct answer question_locked(struct kernel_info *f, char kind, const char *first,
				     const char *second)
{
	struct answer none = { 0 };
	const struct answer *known;
	char text[256];

	if (!question_make(text, sizeof(text), kind, first, second))
		return none;
	known = kernel_cache_find(&f->cache, text);
	none = known ? *known : ask(f, text, first, second);
	none.question = NULL;
	return none;
}

static struct answer question(struct kernel_info *f, char kind, const char *first,
			      const char *second)
{
	struct answer answer;

	pthread_mutex_lock(&f->lock);
	answer = question_locked(f, kind, first, second);
	pthread_mutex_unlock(&f->lock);
	return answer;
}

bool kernel_info_symbol(struct kernel_info *f, const char *name, uint64_t *value)
{
	struct answer answer = question(f, 's', name, "");

	if (!answer.found)
		return false;
	*value = answer.value >= KALLSYMS_ADDRESS_MIN ? answer.value + f->moved : answer.value;
	return true;
}

static bool source_symbol_at(struct kernel_info *f, uint64_t addr, const char **name,
			     uint64_t *offset)
{
	if (addr < KALLSYMS_ADDRESS_MIN || !symbols_open(f))
		return false;
	if (f->vmlinux)
		return dwarf_file_symbol_at(f->vmlinux, addr - f->moved, name, offset) ==
		       DWARF_FILE_FOUND;
	return f->kallsyms && kallsyms_symbol_at(f->kallsyms, addr, name, offset);
}

bool kernel_info_symbol_at(struct kernel_info *f, uint64_t addr, struct target_symbol *out)
{
	struct target_symbol symbol = { 0 };
	bool found;

	pthread_mutex_lock(&f->lock);
	found = source_symbol_at(f, addr, &symbol.name, &symbol.offset);
	pthread_mutex_unlock(&f->lock);
	if (found)
		*out = symbol;
	return found;
}

/* An offset is a small number, or since 6.15 (x86-64) and on arm64 an address of the image. */
static bool source_per_cpu_at(struct kernel_info *f, uint64_t offset, const char **name,
			      uint64_t *distance)
{
	uint64_t linked = offset >= KALLSYMS_ADDRESS_MIN ? offset - f->moved : offset;

	if (!symbols_open(f))
		return false;
	if (f->vmlinux)
		return dwarf_file_symbol_at(f->vmlinux, linked, name, distance) == DWARF_FILE_FOUND;
	return f->kallsyms && kallsyms_per_cpu_at(f->kallsyms, offset, name, distance);
}

bool kernel_info_per_cpu_at(struct kernel_info *f, uint64_t offset, struct target_symbol *out)
{
	struct target_symbol symbol = { 0 };
	bool found;

	pthread_mutex_lock(&f->lock);
	found = source_per_cpu_at(f, offset, &symbol.name, &symbol.offset);
	pthread_mutex_unlock(&f->lock);
	if (found)
		*out = symbol;
	return found;
}

bool kernel_info_type_size(struct kernel_info *f, const char *type, size_t *size)
{
	struct answer answer = question(f, 't', type, "");

	if (answer.found)
		*size = answer.value;
	return answer.found;
}

bool kernel_info_member(struct kernel_info *f, const char *type, const char *member,
			struct target_member *out)
{
	struct answer answer = question(f, 'm', type, member);

	if (answer.found)
		*out = (struct target_member){ (uint32_t)answer.value, (uint32_t)answer.size };
	return answer.found;
}

bool kernel_info_enumerator(struct kernel_info *f, const char *name, int64_t *value)
{
	struct answer answer = question(f, 'e', name, "");

	if (answer.found)
		*value = (int64_t)answer.value;
	return answer.found;
}

/* Kernels that can move say how far they did, on x86-64 and arm64. For others the address of one
 * symbol, as VMCOREINFO has it and as it was linked, tells. */
static bool moved_learn(struct kernel_info *f, struct error *error)
{
	uint64_t said, linked;
	bool knows = vmcoreinfo_moved(f->info, &f->moved);
	struct answer answer;

	answer = question(f, 's', "_stext", "");
	if (!answer.found || !vmcoreinfo_symbol(f->info, "_stext", &said))
		return true;
	linked = answer.value;
	if (!knows)
		f->moved = said - linked;
	if (linked + f->moved == said && !(f->moved % 4096))
		return true;
	return error_set(error, "%s: not the vmlinux of this dump: the kernel's text is elsewhere",
			 f->path);
}

/* What a packed file is known by: another one of that name has another size, or was changed later. */
static void identity_of(const struct kernel_info *f, const struct stat *st,
			char identity[KERNEL_CACHE_FROM_MAX])
{
	snprintf(identity, KERNEL_CACHE_FROM_MAX, "%s %lld %lld.%09ld", f->path,
		 (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	/* It is a line. */
	for (char *at = identity; *at; at++)
		if (*at == '\n')
			*at = ' ';
}

/* Whether the file of @path is packed; then @identity is set. */
static bool is_packed(const struct kernel_info *f, char identity[KERNEL_CACHE_FROM_MAX])
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool packed = false;
	struct stat st;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && packed_program_of(fd)) {
		identity_of(f, &st, identity);
		packed = true;
	}
	close(fd);
	return packed;
}

/* Whether a former run has unpacked it, and it was of this build. */
static bool packed_known(struct kernel_info *f, const char *identity)
{
	bool known = f->cached && kernel_cache_load(&f->cache, f->build_id, "vmlinux") &&
		     !strcmp(f->cache.from, identity);

	kernel_cache_free(&f->cache);
	return known;
}

static bool id_compare(const struct kernel_info *f, const char *id, struct error *error)
{
	if (!*f->build_id || !strcmp(id, f->build_id))
		return true;
	error_set(
		error,
		"not the vmlinux of this dump: its build-id is %.40s, the dump's kernel has %.40s",
		id, f->build_id);
	return error_context(error, "%s", f->path);
}

/* Whether a packed file is of this build. */
static bool packed_check(struct kernel_info *f, const char *identity, struct error *error)
{
	char name[UNPACKED_MAX], id[BUILD_ID_HEX_MAX];

	f->packed = true;
	if (packed_known(f, identity))
		return true;
	if (!unpack(f, error))
		return error_context(error, "%s", f->path);
	unpacked_name(f, name);
	if (!vmlinux_build_id(name, id)) {
		f->cached = false;
		return true;
	}
	return id_compare(f, id, error);
}

/* What is not an ELF file is refused when it is opened, with the reason. So nothing that is kept of
 * this kernel takes the place of opening it. */
static bool vmlinux_check(struct kernel_info *f, struct error *error)
{
	char identity[KERNEL_CACHE_FROM_MAX], id[BUILD_ID_HEX_MAX];

	if (is_packed(f, identity)) {
		if (!packed_check(f, identity, error))
			return false;
		snprintf(f->from, sizeof(f->from), "%s", identity);
		return true;
	}
	if (vmlinux_build_id(f->path, id))
		return id_compare(f, id, error);
	f->cached = false;
	return true;
}

static void vmlinux_forget(struct kernel_info *f)
{
	if (f->unpacked >= 0)
		close(f->unpacked);
	f->unpacked = -1;
	f->packed = false;
	*f->path = '\0';
}

/* The first of a folder that is of this build. */
static bool directory_choose(struct kernel_info *f, const struct vmlinux_dir *directory)
{
	const char *path;
	size_t from = 0;

	while (directory && (path = vmlinux_dir_find(directory, f->build_id, f->release, &from))) {
		bool cached = f->cached;
		struct error unused;

		snprintf(f->path, sizeof(f->path), "%s", path);
		if (vmlinux_check(f, &unused))
			return true;
		vmlinux_forget(f);
		f->cached = cached;
	}
	return false;
}

static bool vmlinux_choose(struct kernel_info *f, const struct kernel_info_options *options,
			   struct error *error)
{
	if (options->no_vmlinux)
		return true;
	if (options->vmlinux) {
		snprintf(f->path, sizeof(f->path), "%s", options->vmlinux);
		return vmlinux_check(f, error);
	}
	if (!directory_choose(f, options->directory) &&
	    !vmlinux_find(f->build_id, f->release, options->debuginfod, f->path))
		*f->path = '\0';
	return true;
}

/* A question that every kernel has an answer to shows whether there is a source at all. */
static bool source_choose(struct kernel_info *f, struct error *error)
{
	if (f->cached && kernel_cache_load(&f->cache, f->build_id, kind_of(f)))
		return true;
	if (sources_open(f, error))
		return true;
	if (*f->path)
		return false;
	return error_context(error, "a vmlinux of this kernel%s%s%s is needed",
			     *f->release ? " (" : "", f->release, *f->release ? ")" : "");
}

static bool kernel_info_start(struct kernel_info *f, const struct kernel_info_options *options,
			      struct error *error)
{
	if (!*f->info && !options->vmlinux)
		return error_set(error,
				 "no VMCOREINFO in the dump: nothing says which kernel it is");
	vmcoreinfo_line(f->info, "OSRELEASE", f->release, sizeof(f->release));
	vmcoreinfo_line(f->info, "BUILD-ID", f->build_id, sizeof(f->build_id));
	f->cached = !options->no_cache && *f->build_id;
	/* Addresses of kallsyms are made comparable with this from the start. */
	vmcoreinfo_moved(f->info, &f->moved);
	if (!vmlinux_choose(f, options, error) || !source_choose(f, error) ||
	    !moved_learn(f, error))
		return false;
	source_say(f);
	return true;
}

struct kernel_info *kernel_info_open(struct target *t, const char *info,
				     const struct kernel_info_options *options, struct error *error)
{
	struct kernel_info *f = calloc(1, sizeof(*f));

	if (!f) {
		error_no_memory(error);
		return NULL;
	}
	f->t = t;
	f->info = info;
	f->unpacked = -1;
	pthread_mutex_init(&f->lock, NULL);
	if (kernel_info_start(f, options, error))
		return f;
	f->cached = false;
	kernel_info_close(f);
	return NULL;
}

void kernel_info_close(struct kernel_info *f)
{
	if (!f)
		return;
	if (f->cached) {
		/* A file that is not packed is looked at each time. */
		if (f->packed && strcmp(f->cache.from, f->from)) {
			snprintf(f->cache.from, sizeof(f->cache.from), "%s", f->from);
			f->cache.changed = true;
		}
		kernel_cache_save(&f->cache, f->build_id, kind_of(f));
	}
	kernel_cache_free(&f->cache);
	dwarf_file_close(f->vmlinux);
	btf_types_free(f->btf);
	kallsyms_free(f->kallsyms);
	pthread_mutex_destroy(&f->lock);
	if (f->unpacked >= 0)
		close(f->unpacked);
	free(f);
}

const char *kernel_info_release(const struct kernel_info *f)
{
	return f->release;
}

const char *kernel_info_build_id(const struct kernel_info *f)
{
	return f->build_id;
}

const char *kernel_info_source(const struct kernel_info *f)
{
	return f->source;
}
