/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extension/crash_target.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/arch.h"
#include "extension/crash.h"
#include "extension/session.h"

/* Frames that crash is asked for to see whether the memmap is linear. */
#define MEMMAP_SAMPLES 64

static enum target_status target_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct crash_target *ct = (struct crash_target *)t;
	struct kernel_map *map = &ct->map;
	char *to = buf;

	if (ct->reads)
		fprintf(ct->reads, "%" PRIx64 " %zu\n", addr, len);
	while (len) {
		uint64_t phys, run;
		enum target_status status = kernel_map_translate(map, addr, &phys, &run);

		if (status != TARGET_OK)
			return status;
		if (run > linear_map_end(&map->linear) - phys)
			run = linear_map_end(&map->linear) - phys;
		if (run > len)
			run = len;
		if (!kernel_map_read(phys, to, run))
			return TARGET_ABSENT;
		addr += run;
		to += run;
		len -= run;
	}
	return TARGET_OK;
}

static bool target_symbol(struct target *t, const char *name, uint64_t *value)
{
	struct syment *sp;

	(void)t;
	/* symbol_exists() asks a hash table; symbol_search() reads all symbols in vain when there
	 * is none of the name. Neither prints, symbol_value() would be FATAL. */
	if (!symbol_exists((char *)name))
		return false;
	sp = symbol_search((char *)name);
	if (!sp)
		return false;
	*value = sp->value;
	return true;
}

static bool target_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	struct load_module *module = NULL;
	struct syment *sp;
	ulong distance = 0;

	(void)t;
	sp = value_search(addr, &distance);
	if (!sp)
		return false;
	*out = (struct target_symbol){ .name = sp->name, .offset = distance };
	if (module_symbol(addr, NULL, &module, NULL, *gdb_output_radix) && module)
		out->module = module->mod_name;
	return true;
}

/* The symbol of the kernel that is nearest at or below a value. */
static struct syment *nearest(ulong value)
{
	struct syment *best = NULL;

	for (struct syment *sp = st->symtable; sp && sp < st->symend; sp++)
		if (sp->value <= value && (!best || sp->value > best->value))
			best = sp;
	return best;
}

/* value_search() takes these for addresses of user space. Modules' variables are not in crash's
 * tables. */
static bool target_per_cpu_symbol_at(struct target *t, uint64_t offset, struct target_symbol *out)
{
	struct syment *sp;
	uint64_t start, end;

	if (!target_symbol(t, "__per_cpu_start", &start) ||
	    !target_symbol(t, "__per_cpu_end", &end) || offset < start || offset >= end)
		return false;
	sp = nearest(offset);
	if (!sp || sp->value < start)
		return false;
	*out = (struct target_symbol){ .name = sp->name, .offset = offset - sp->value };
	return true;
}

static struct lookup *lookup_find(const char *name, bool is_type)
{
	struct lookups *lookups = &session.lookups;

	for (size_t i = 0; i < lookups->nr; i++) {
		struct lookup *lookup = &lookups->entries[i];

		if (lookup->is_type == is_type && !strcmp(lookup->name, name))
			return lookup;
	}
	return NULL;
}

static void lookup_keep(const char *name, bool is_type, bool found, int64_t value)
{
	struct lookups *lookups = &session.lookups;
	struct lookup *lookup = &lookups->entries[lookups->nr];

	if (lookups->nr == LOOKUPS_MAX || strlen(name) >= sizeof(lookup->name))
		return;
	lookups->nr++;
	snprintf(lookup->name, sizeof(lookup->name), "%s", name);
	lookup->is_type = is_type;
	lookup->found = found;
	lookup->value = value;
}

/* datatype_info() copies and extends the name in a buffer of BUFSIZE, without looking. */
static bool name_fits(const char *name)
{
	return strlen(name) < BUFSIZE / 2;
}

/*
 * Returns false when there is no such type. Neither prints nor leaves: the request is made with
 * GNU_RETURN_ON_ERROR and with the null device for output.
 */
static bool datatype_ask(const char *type, const char *member, struct datatype_member *answer)
{
	bool found;

	memset(answer, 0, sizeof(*answer));
	if (!name_fits(type) || lookup_find(type, true))
		return false;
	interrupt_hold(&session.interrupt);
	datatype_info((char *)type, (char *)member, answer);
	interrupt_resume(&session.interrupt);
	/* The answer is left alone when gdb fails. Type 0 is: not found. */
	found = answer->type != 0;
	if (!found)
		lookup_keep(type, true, false, 0);
	return found;
}

static bool target_type_size(struct target *t, const char *type, size_t *size)
{
	struct datatype_member answer;

	(void)t;
	if (!datatype_ask(type, NULL, &answer) || answer.size <= 0)
		return false;
	*size = (size_t)answer.size;
	return true;
}

/*
 * Members of anonymous structures and unions are found too. ANON_MEMBER_OFFSET() and
 * ANON_MEMBER_SIZE() are not needed for them; the latter reads a decimal number as hexadecimal
 * (8.0.2 to 9.0.2).
 */
static bool target_member(struct target *t, const char *type, const char *member,
			  struct target_member *out)
{
	struct datatype_member answer;

	(void)t;
	if (!datatype_ask(type, member, &answer))
		return false;
	if (answer.member_offset < 0 || answer.member_size <= 0)
		return false;
	out->offset = (uint32_t)answer.member_offset;
	out->size = (uint32_t)answer.member_size;
	return true;
}

static bool target_enumerator(struct target *t, const char *name, int64_t *value)
{
	struct lookup *known = lookup_find(name, false);
	long number = 0;
	bool found;

	(void)t;
	if (known) {
		found = known->found;
		number = known->value;
	} else if (name_fits(name)) {
		interrupt_hold(&session.interrupt);
		found = enumerator_value((char *)name, &number);
		interrupt_resume(&session.interrupt);
		lookup_keep(name, false, found, number);
	} else {
		found = false;
	}
	if (found)
		*value = number;
	return found;
}

static bool target_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	struct crash_target *ct = (struct crash_target *)t;
	const struct linear_map *linear = &ct->map.linear;
	physaddr_t phys;
	ulong back;

	if (ct->memmap_linear)
		return linear_map_page_to_virt(linear, page, virt);
	/* What crash says of a damaged address has to hold in the other direction too. */
	if (!ct->page_struct_size || !is_page_ptr(page, &phys) || phys >= linear_map_end(linear) ||
	    !phys_to_page(phys, &back) || back != page)
		return false;
	*virt = linear->direct + phys;
	return true;
}

static bool target_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	struct crash_target *ct = (struct crash_target *)t;
	const struct linear_map *linear = &ct->map.linear;
	uint64_t phys;
	ulong found;

	if (ct->memmap_linear)
		return linear_map_virt_to_page(linear, virt, page);
	if (!ct->page_struct_size || !linear_map_phys(linear, virt, &phys) ||
	    !phys_to_page(phys, &found))
		return false;
	*page = found;
	return true;
}

static bool target_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	struct crash_target *ct = (struct crash_target *)t;

	if (frame >= t->nr_pages)
		return false;
	return target_virt_to_page(t, ct->map.linear.direct + (frame << t->page_shift), page);
}

static enum target_status target_translate(struct target *t, uint64_t virt, uint64_t *phys)
{
	uint64_t run;

	return kernel_map_translate(&((struct crash_target *)t)->map, virt, phys, &run);
}

static bool target_dump_level(struct target *t, unsigned int *level)
{
	int said = get_dump_level();

	(void)t;
	/* Only files in makedumpfile's own format have it. */
	if (said < 0)
		return false;
	*level = (unsigned int)said;
	return true;
}

/* By crash's own tables, which it made when it opened the dump, and which count CPUs by number. */
static bool target_cpu_regs(struct target *t, const struct target_cpu *cpu,
			    uint8_t note[TARGET_NOTE_MAX], size_t *len)
{
	const Elf64_Nhdr *header = NULL;

	(void)t;
	if (!cpu->online || cpu->cpu >= NR_CPUS)
		return false;
	if (DISKDUMP_DUMPFILE())
		header = diskdump_get_prstatus_percpu((int)cpu->cpu);
	else if (NETDUMP_DUMPFILE() || KDUMP_DUMPFILE())
		header = netdump_get_prstatus_percpu((int)cpu->cpu);
	if (!header || header->n_type != NT_PRSTATUS || !header->n_descsz ||
	    header->n_descsz > TARGET_NOTE_MAX)
		return false;
	*len = header->n_descsz;
	memcpy(note, (const uint8_t *)(header + 1) + ((header->n_namesz + 3) & ~3u), *len);
	return true;
}

static bool target_cancelled(struct target *t)
{
	(void)t;
	return session.interrupt.requested || output_failed(&session.output);
}

static const struct target_ops crash_ops = {
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
};

static void frames_init(struct crash_target *ct)
{
	struct target *t = &ct->target;
	uint64_t frames;

	t->nr_pages = ct->map.linear.frames;
	if (!target_variable(t, "max_pfn", &frames) || !frames || frames > t->nr_pages)
		return;
	t->nr_pages = frames;
	kernel_map_limit(&ct->map, frames);
}

/*
 * With SPARSEMEM_VMEMMAP, the rule on 64-bit machines, the memmap is one array in virtual memory.
 * x86-64 has kept its address in a variable since 4.9; other kernels' memmap is known by sampling
 * what crash says, which costs it a read for each answer.
 */
static bool memmap_from_variable(struct crash_target *ct)
{
	uint64_t base, phys, run;

	if (!target_variable(&ct->target, "vmemmap_base", &base))
		return false;
	/* The variable is no better protected than other memory. That the page tables are not in
	 * a truncated dump says nothing against it. */
	if (kernel_map_translate(&ct->map, base, &phys, &run) == TARGET_UNMAPPED)
		return false;
	return linear_map_memmap(&ct->map.linear, base, ct->page_struct_size);
}

static bool memmap_from_samples(struct crash_target *ct)
{
	uint64_t memmap = 0;
	uint64_t step = ct->target.nr_pages / MEMMAP_SAMPLES + 1;
	size_t answers = 0;

	for (uint64_t frame = 0; frame < ct->target.nr_pages; frame += step) {
		ulong page;
		uint64_t base;

		if (!phys_to_page(frame << ct->target.page_shift, &page))
			continue;
		base = page - frame * ct->page_struct_size;
		if (answers++ && base != memmap)
			return false;
		memmap = base;
	}
	return answers > 1 && linear_map_memmap(&ct->map.linear, memmap, ct->page_struct_size);
}

void crash_target_init(struct crash_target *ct)
{
	struct target *t = &ct->target;
	const char *reads = getenv("SLUBCHECK_READS");

	memset(ct, 0, sizeof(*ct));
	t->ops = &crash_ops;
	ct->reads = reads ? fopen(reads, "w") : NULL;
	t->page_shift = (unsigned int)__builtin_ctz(memory_page_size());
	t->machine = machine_type("ARM64")    ? TARGET_ARM64
		     : machine_type("X86_64") ? TARGET_X86_64
					      : TARGET_MACHINE_UNKNOWN;
	/* Also a dump that was taken of a running kernel, as snap.so does (LIVE_DUMP). */
	t->live = LIVE() || REMOTE_ACTIVE();
	kernel_map_init(&ct->map, t->page_shift);
	frames_init(ct);
	if (!target_type_size(t, "page", &ct->page_struct_size))
		return;
	ct->memmap_linear = memmap_from_variable(ct) || memmap_from_samples(ct);
}

void crash_target_end(struct crash_target *ct)
{
	if (ct->reads)
		fclose(ct->reads);
	ct->reads = NULL;
}
