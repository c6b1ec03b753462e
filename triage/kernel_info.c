/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kernel_info.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/kernel_cache.h"
#include "triage/btf.h"
#include "triage/dwarf.h"
#include "triage/kallsyms.h"
#include "triage/vmcoreinfo.h"
#include "triage/vmlinux.h"

/* The BTF of large kernels has 7 MB. */
#define BTF_MAX (256u << 20)

struct kernel_info {
	struct target *t;
	const char *info;
	bool cached;
	char release[128], build_id[BUILD_ID_HEX_MAX];
	char path[VMLINUX_PATH_MAX]; /* "": there is no vmlinux */
	uint64_t moved; /* from where it was linked to */
	pthread_mutex_t lock; /* of what follows: the cache, and the sources */
	struct kernel_cache cache;

	/* The sources, once a question needed them. */
	bool opened;
	struct dwarf_file *vmlinux;
	struct btf_types *btf;
	struct kallsyms *kallsyms;

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

static bool vmlinux_open(struct kernel_info *f, struct error *error)
{
	struct error unused;
	const void *bytes;
	size_t size;

	f->vmlinux = dwarf_file_open(f->path, error);
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

static bool dump_open_sources(struct kernel_info *f, struct error *error)
{
	struct kallsyms_place place;
	uint64_t stext;

	/* Before 6.0 it does not say where kallsyms is. */
	if (!kallsyms_place(f->info, &place) &&
	    !(vmcoreinfo_symbol(f->info, "_stext", &stext) && kallsyms_search(f->t, stext, &place)))
		return error_set(error, "kallsyms cannot be found in the dump");
	f->kallsyms = kallsyms_read(f->t, &place, error);
	if (!f->kallsyms)
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
	struct error unused;

	if (addr < KALLSYMS_ADDRESS_MIN || !sources_open(f, &unused))
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
	struct error unused;

	if (!sources_open(f, &unused))
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

static bool vmlinux_choose(struct kernel_info *f, const struct kernel_info_options *options,
			   struct error *error)
{
	char id[BUILD_ID_HEX_MAX];

	if (options->no_vmlinux)
		return true;
	if (!options->vmlinux) {
		if (!vmlinux_find(f->build_id, f->release, options->debuginfod, f->path))
			*f->path = '\0';
		return true;
	}
	snprintf(f->path, sizeof(f->path), "%s", options->vmlinux);
	/* What is not an ELF file is refused when it is opened, with the reason. So nothing that is kept of
	 * this kernel takes the place of opening it. */
	if (!vmlinux_build_id(f->path, id)) {
		f->cached = false;
		return true;
	}
	if (!*f->build_id || !strcmp(id, f->build_id))
		return true;
	error_set(
		error,
		"not the vmlinux of this dump: its build-id is %.40s, the dump's kernel has %.40s",
		id, f->build_id);
	return error_context(error, "%s", f->path);
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
	return error_context(error, "a vmlinux of this kernel%s%s is needed",
			     *f->release ? ", " : "", f->release);
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
	if (f->cached)
		kernel_cache_save(&f->cache, f->build_id, kind_of(f));
	kernel_cache_free(&f->cache);
	dwarf_file_close(f->vmlinux);
	btf_types_free(f->btf);
	kallsyms_free(f->kallsyms);
	pthread_mutex_destroy(&f->lock);
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
