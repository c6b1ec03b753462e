/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/modules.h"

#include <elf.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/memory.h"

/* What a dump may make us believe. */
#define MODULES_MAX 4096
#define SYMBOLS_MAX (1u << 19)
#define ALL_SYMBOLS_MAX (1u << 22) /* of all modules whose tables are read */
#define RANGES_MAX 16
#define NAME_MAX_BYTES 256
#define MODULE_NAME_MAX 64

/* A part of a module's memory. */
struct range {
	uint64_t base, size;
};

struct module {
	char name[MODULE_NAME_MAX];
	struct range ranges[RANGES_MAX];
	unsigned int nr_ranges;
	struct range per_cpu; /* offsets of its per-CPU variables; of size 0: none */
	uint64_t symtab, strtab;
	uint64_t nr_symbols;
	bool looked; /* for the symbols */
	uint8_t *symbols; /* Elf64_Sym; NULL: there are none to be had */
	char **names; /* of those that were asked for */
};

struct modules {
	pthread_mutex_t lock;
	bool looked, known; /* known: the list was read to its end */
	struct module *list;
	size_t nr;
	uint64_t nr_symbols; /* in the tables that were read */
};

/* Where things are in a struct module. */
struct module_layout {
	struct target_member list, name;
	/* The parts of its memory: an array (6.4), or a struct each (4.5), or plain members. */
	struct target_member parts[2]; /* structs, or an array of them */
	struct target_member base, size; /* in a part; or of the whole module */
	size_t part_bytes; /* 0: no structs */
	struct target_member per_cpu, per_cpu_size;
	/* The symbols: in a struct that a pointer leads to (4.5), or in the module. */
	struct target_member kallsyms;
	struct target_member symtab, strtab, nr_symbols;
};

struct modules *modules_new(void)
{
	struct modules *m = calloc(1, sizeof(*m));

	if (m)
		pthread_mutex_init(&m->lock, NULL);
	return m;
}

void modules_free(struct modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++) {
		struct module *module = &m->list[i];

		for (uint64_t j = 0; module->names && j < module->nr_symbols; j++)
			free(module->names[j]);
		free(module->names);
		free(module->symbols);
	}
	free(m->list);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static bool member(struct target *t, const char *type, const char *name, struct target_member *out)
{
	return t->ops->member(t, type, name, out);
}

static bool parts_layout(struct target *t, struct module_layout *l)
{
	if (member(t, "module", "mem", &l->parts[0]))
		return t->ops->type_size(t, "module_memory", &l->part_bytes) && l->part_bytes &&
		       member(t, "module_memory", "base", &l->base) &&
		       member(t, "module_memory", "size", &l->size);
	if (member(t, "module", "core_layout", &l->parts[0]) &&
	    member(t, "module", "init_layout", &l->parts[1]))
		return t->ops->type_size(t, "module_layout", &l->part_bytes) && l->part_bytes &&
		       member(t, "module_layout", "base", &l->base) &&
		       member(t, "module_layout", "size", &l->size);
	return member(t, "module", "module_core", &l->base) &&
	       member(t, "module", "core_size", &l->size);
}

static bool symbols_layout(struct target *t, struct module_layout *l)
{
	const char *type =
		member(t, "module", "kallsyms", &l->kallsyms) ? "mod_kallsyms" : "module";

	return member(t, type, "symtab", &l->symtab) && member(t, type, "strtab", &l->strtab) &&
	       member(t, type, "num_symtab", &l->nr_symbols);
}

static bool layout_learn(struct target *t, struct module_layout *l)
{
	memset(l, 0, sizeof(*l));
	if (!member(t, "module", "percpu", &l->per_cpu) ||
	    !member(t, "module", "percpu_size", &l->per_cpu_size))
		l->per_cpu_size.size = 0;
	return member(t, "module", "list", &l->list) && member(t, "module", "name", &l->name) &&
	       parts_layout(t, l) && symbols_layout(t, l);
}

static bool number_read(struct target *t, uint64_t base, struct target_member m, uint64_t *value)
{
	uint8_t bytes[8];

	if (!m.size || m.size > sizeof(bytes) ||
	    t->ops->read(t, base + m.offset, bytes, m.size) != TARGET_OK)
		return false;
	*value = value_get(arch_of(t), bytes, m.size);
	return true;
}

/* A string, as far as pages can be read; false when it does not end within @buf. */
static bool string_read(struct target *t, uint64_t addr, char *buf, size_t size)
{
	size_t page = target_page_size(t), got = 0;

	while (got < size) {
		size_t n = page - ((addr + got) & (page - 1));

		if (n > size - got)
			n = size - got;
		if (t->ops->read(t, addr + got, buf + got, n) != TARGET_OK)
			return false;
		if (memchr(buf + got, '\0', n))
			return true;
		got += n;
	}
	return false;
}

static void range_add(struct module *module, struct target *t, const struct module_layout *l,
		      uint64_t base)
{
	struct range *range = &module->ranges[module->nr_ranges];

	if (module->nr_ranges < RANGES_MAX && number_read(t, base, l->base, &range->base) &&
	    number_read(t, base, l->size, &range->size) && range->base && range->size)
		module->nr_ranges++;
}

static void ranges_read(struct module *module, struct target *t, const struct module_layout *l,
			uint64_t base)
{
	if (!l->part_bytes) {
		range_add(module, t, l, base);
		return;
	}
	for (size_t i = 0; i < 2; i++)
		for (uint32_t at = 0; at + l->part_bytes <= l->parts[i].size;
		     at += (uint32_t)l->part_bytes)
			range_add(module, t, l, base + l->parts[i].offset + at);
}

static bool module_read(struct module *module, struct target *t, const struct module_layout *l,
			uint64_t base)
{
	uint64_t table = base;

	if (!string_read(t, base + l->name.offset, module->name, sizeof(module->name)))
		return false;
	ranges_read(module, t, l, base);
	if (!number_read(t, base, l->per_cpu, &module->per_cpu.base) ||
	    !number_read(t, base, l->per_cpu_size, &module->per_cpu.size))
		module->per_cpu.size = 0;
	if (l->kallsyms.size && !number_read(t, base, l->kallsyms, &table))
		return false;
	return number_read(t, table, l->symtab, &module->symtab) &&
	       number_read(t, table, l->strtab, &module->strtab) &&
	       number_read(t, table, l->nr_symbols, &module->nr_symbols) &&
	       module->nr_symbols <= SYMBOLS_MAX;
}

static struct module *module_new(struct modules *m)
{
	struct module *list = realloc(m->list, (m->nr + 1) * sizeof(*list));

	if (!list)
		return NULL;
	m->list = list;
	memset(&list[m->nr], 0, sizeof(*list));
	return &list[m->nr];
}

/* A module that cannot be read is passed over; where the list is broken, or has a cycle, it ends.
 * The mark, moved at powers of two, is met again in any cycle (Brent). */
static void list_read(struct modules *m, struct target *t)
{
	const struct target_member word = { 0, 8 };
	struct module_layout l;
	uint64_t head, entry, mark = 0;

	if (!t->ops->symbol(t, "modules", &head) || !layout_learn(t, &l) ||
	    !number_read(t, head, word, &entry))
		return;
	for (unsigned int i = 1; entry != head && entry != mark && i <= MODULES_MAX; i++) {
		struct module *module = module_new(m);

		if (!(i & (i - 1)))
			mark = entry;
		if (!module)
			return;
		if (module_read(module, t, &l, entry - l.list.offset))
			m->nr++;
		if (!number_read(t, entry, word, &entry))
			return;
	}
	m->known = entry == head;
}

static void symbols_read(struct modules *m, struct module *module, struct target *t)
{
	size_t bytes = module->nr_symbols * sizeof(Elf64_Sym);

	module->looked = true;
	if (!module->nr_symbols || module->nr_symbols > ALL_SYMBOLS_MAX - m->nr_symbols)
		return;
	module->symbols = malloc(bytes);
	if (module->symbols && t->ops->read(t, module->symtab, module->symbols, bytes) == TARGET_OK)
		module->names = calloc(module->nr_symbols, sizeof(*module->names));
	if (module->names) {
		m->nr_symbols += module->nr_symbols;
		return;
	}
	free(module->symbols);
	module->symbols = NULL;
}

static uint64_t symbol_value(const struct module *module, const struct target *t, uint64_t index)
{
	return value_get(
		arch_of(t),
		module->symbols + index * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, st_value), 8);
}

static bool symbol_is_defined(const struct module *module, const struct target *t, uint64_t index)
{
	return value_get(arch_of(t),
			 module->symbols + index * sizeof(Elf64_Sym) +
				 offsetof(Elf64_Sym, st_shndx),
			 2) != SHN_UNDEF;
}

/* The name of a symbol, read once; NULL when it has none that says something. */
static const char *symbol_name(struct module *module, struct target *t, uint64_t index)
{
	uint64_t at = value_get(arch_of(t), module->symbols + index * sizeof(Elf64_Sym), 4);
	char name[NAME_MAX_BYTES];

	if (module->names[index])
		return module->names[index];
	/* "$x" and the like mark what follows as code or data on arm64, ".L" is the compiler's. */
	if (!string_read(t, module->strtab + at, name, sizeof(name)) || !*name || *name == '$' ||
	    !strncmp(name, ".L", 2))
		return NULL;
	module->names[index] = strdup(name);
	return module->names[index];
}

static bool module_symbol_at(struct modules *m, struct module *module, struct target *t,
			     const struct range *range, uint64_t addr, struct target_symbol *out)
{
	uint64_t best = range->base;
	const char *name = NULL;

	if (!module->looked)
		symbols_read(m, module, t);
	for (uint64_t i = 0; module->symbols && i < module->nr_symbols; i++) {
		uint64_t value = symbol_value(module, t, i);
		const char *candidate;

		if (value < best || value > addr || (name && value == best) ||
		    !symbol_is_defined(module, t, i))
			continue;
		candidate = symbol_name(module, t, i);
		if (!candidate)
			continue;
		name = candidate;
		best = value;
	}
	if (name)
		*out = (struct target_symbol){ name, module->name, addr - best };
	return name;
}

static void list_need(struct modules *m, struct target *t)
{
	if (!m->looked)
		list_read(m, t);
	m->looked = true;
}

static bool symbol_at_locked(struct modules *m, struct target *t, uint64_t addr,
			     struct target_symbol *out)
{
	list_need(m, t);
	for (size_t i = 0; i < m->nr; i++)
		for (unsigned int j = 0; j < m->list[i].nr_ranges; j++)
			if (addr - m->list[i].ranges[j].base < m->list[i].ranges[j].size)
				return module_symbol_at(m, &m->list[i], t, &m->list[i].ranges[j],
							addr, out);
	return false;
}

static bool per_cpu_at_locked(struct modules *m, struct target *t, uint64_t offset,
			      struct target_symbol *out)
{
	list_need(m, t);
	for (size_t i = 0; i < m->nr; i++)
		if (offset - m->list[i].per_cpu.base < m->list[i].per_cpu.size)
			return module_symbol_at(m, &m->list[i], t, &m->list[i].per_cpu, offset,
						out);
	return false;
}

bool modules_symbol_at(struct modules *m, struct target *t, uint64_t addr,
		       struct target_symbol *out)
{
	bool found;

	pthread_mutex_lock(&m->lock);
	found = symbol_at_locked(m, t, addr, out);
	pthread_mutex_unlock(&m->lock);
	return found;
}

bool modules_per_cpu_at(struct modules *m, struct target *t, uint64_t offset,
			struct target_symbol *out)
{
	bool found;

	pthread_mutex_lock(&m->lock);
	found = per_cpu_at_locked(m, t, offset, out);
	pthread_mutex_unlock(&m->lock);
	return found;
}

bool modules_each(struct modules *m, struct target *t, void (*fn)(void *ctx, const char *name),
		  void *ctx)
{
	bool known;

	pthread_mutex_lock(&m->lock);
	list_need(m, t);
	known = m->known;
	for (size_t i = 0; known && i < m->nr; i++)
		fn(ctx, m->list[i].name);
	pthread_mutex_unlock(&m->lock);
	return known;
}
