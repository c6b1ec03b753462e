/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The symbol table: by name and by address. */
#include <stdlib.h>
#include <string.h>

#include "triage/dwarf_file.h"

static bool table_find(Elf *elf, GElf_Shdr *shdr, Elf_Data **data)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, shdr) && shdr->sh_type == SHT_SYMTAB && shdr->sh_entsize)
			return (*data = elf_getdata(section, NULL)) != NULL;
	return false;
}

/* Lower is better: what a programmer named, before aliases and labels. */
static uint8_t rank_of(const GElf_Sym *sym)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);
	uint8_t rank = type == STT_FUNC || type == STT_OBJECT ? 0 : 4;

	if (!sym->st_size)
		rank += 2;
	return rank + (GELF_ST_BIND(sym->st_info) == STB_LOCAL);
}

/* Whether it is a place in memory at all. */
static bool is_place(const GElf_Sym *sym, const char *name)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	return *name && sym->st_shndx != SHN_UNDEF && type != STT_SECTION && type != STT_FILE &&
	       type != STT_TLS;
}

/* Where a symbol ends as far as it says so itself. */
static uint64_t end_of(Elf *elf, const GElf_Sym *sym)
{
	Elf_Scn *section = elf_getscn(elf, sym->st_shndx);
	GElf_Shdr shdr;

	if (sym->st_size)
		return sym->st_value + sym->st_size;
	if (!section || !gelf_getshdr(section, &shdr))
		return sym->st_value;
	return shdr.sh_addr + shdr.sh_size;
}

static bool symbol_add(struct dwarf_file *f, const GElf_Sym *sym, const char *name)
{
	struct dwarf_symbols *symbols = &f->symbols;
	bool local = GELF_ST_BIND(sym->st_info) == STB_LOCAL;

	if (!is_place(sym, name))
		return true;
	/* Numbers that the linker was given cover nothing. */
	if (sym->st_shndx < SHN_LORESERVE)
		symbols->sorted[symbols->nr++] = (struct dwarf_symbol){
			.start = sym->st_value,
			.end = end_of(f->elf, sym),
			.name = name,
			.sized = sym->st_size,
			.rank = rank_of(sym),
		};
	return names_add(local ? &symbols->locals : &symbols->globals, name, sym->st_value);
}

static int compare(const void *a, const void *b)
{
	const struct dwarf_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void sort(struct dwarf_symbols *symbols)
{
	uint64_t next = UINT64_MAX, start = UINT64_MAX, reach = 0;

	if (symbols->is_sorted)
		return;
	symbols->is_sorted = true;
	qsort(symbols->sorted, symbols->nr, sizeof(*symbols->sorted), compare);
	for (size_t i = symbols->nr; i-- > 0;) {
		struct dwarf_symbol *s = &symbols->sorted[i];

		/* next: the first beginning behind this one's. */
		if (s->start != start) {
			next = start;
			start = s->start;
		}
		if (!s->sized && s->end > next)
			s->end = next;
	}
	for (size_t i = 0; i < symbols->nr; i++) {
		struct dwarf_symbol *s = &symbols->sorted[i];

		if (reach < s->end)
			reach = s->end;
		s->reach = reach;
	}
}

static enum dwarf_file_status table_read(struct dwarf_file *f)
{
	struct dwarf_symbols *symbols = &f->symbols;
	enum dwarf_file_status status = DWARF_FILE_FOUND;
	Elf_Data *data;
	GElf_Shdr shdr;
	size_t nr;

	if (!table_find(f->elf, &shdr, &data))
		return DWARF_FILE_NO_TABLE;
	nr = data->d_size / shdr.sh_entsize;
	symbols->sorted = calloc(nr + 1, sizeof(*symbols->sorted));
	if (!symbols->sorted)
		return DWARF_FILE_NO_MEMORY;
	for (size_t i = 1; i < nr; i++) {
		GElf_Sym sym;
		const char *name = NULL;

		if (gelf_getsym(data, (int)i, &sym))
			name = elf_strptr(f->elf, shdr.sh_link, sym.st_name);
		if (!name)
			status = DWARF_FILE_DAMAGED;
		else if (!symbol_add(f, &sym, name))
			return DWARF_FILE_NO_MEMORY;
	}
	return status;
}

static enum dwarf_file_status table_need(struct dwarf_file *f)
{
	if (!f->symbols.read) {
		f->symbols.status = table_read(f);
		f->symbols.read = true;
	}
	/* Of a damaged table there is a part. */
	return f->symbols.status == DWARF_FILE_DAMAGED ? DWARF_FILE_FOUND : f->symbols.status;
}

static enum dwarf_file_status none(const struct dwarf_file *f)
{
	return f->symbols.status == DWARF_FILE_DAMAGED ? DWARF_FILE_DAMAGED : DWARF_FILE_NONE;
}

enum dwarf_file_status dwarf_file_symbol(struct dwarf_file *f, const char *name, uint64_t *value)
{
	enum dwarf_file_status status = table_need(f);

	if (status != DWARF_FILE_FOUND)
		return status;
	if (names_find(&f->symbols.globals, name, value) ||
	    names_find(&f->symbols.locals, name, value))
		return DWARF_FILE_FOUND;
	return none(f);
}

/* The number of symbols that begin at or before an address. */
static size_t nr_before(const struct dwarf_symbols *symbols, uint64_t addr)
{
	size_t low = 0, high = symbols->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->sorted[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum dwarf_file_status dwarf_file_symbol_at(struct dwarf_file *f, uint64_t addr, const char **name,
					    uint64_t *offset)
{
	enum dwarf_file_status status = table_need(f);
	struct dwarf_symbols *symbols = &f->symbols;
	const struct dwarf_symbol *best = NULL;
	size_t i;

	if (status != DWARF_FILE_FOUND)
		return status;
	sort(symbols);
	/* Backwards: the nearest beginning whose symbol reaches this far, and of several there the
	 * first. */
	for (i = nr_before(symbols, addr); i-- > 0 && symbols->sorted[i].reach > addr;) {
		const struct dwarf_symbol *s = &symbols->sorted[i];

		if (best && s->start != best->start)
			break;
		if (s->end > addr)
			best = s;
	}
	if (!best)
		return none(f);
	*name = best->name;
	*offset = addr - best->start;
	return DWARF_FILE_FOUND;
}

void dwarf_symbols_free(struct dwarf_symbols *symbols)
{
	names_free(&symbols->globals);
	names_free(&symbols->locals);
	free(symbols->sorted);
}
