/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names there are, from unit to unit. */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "triage/dwarf_file.h"

/* Names of this length are in .debug_str, where most compilers put all that are longer than an offset
 * into it; that this one does so shows in the units that are looked into. */
#define POOLED_MIN 4
#define MENTIONS_MAX 4

/* Where the allocator's types are, and those of most others that it is asked together with. Each
 * goes to the front, so the last one here is the first one there. */
static const char *const first_units[] = { "mm/slab_common.c", "mm/slub.c" };

/* Units. */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

static void unit_to_front(struct dwarf_types *types, const char *name)
{
	for (size_t i = 0; i < types->nr; i++) {
		const char *unit_name = dwarf_diename(&types->units[i].die);
		struct dwarf_unit unit = types->units[i];

		if (!unit_name || !ends_with(unit_name, name))
			continue;
		memmove(&types->units[1], &types->units[0], i * sizeof(unit));
		types->units[0] = unit;
		return;
	}
}

static bool unit_append(struct dwarf_types *types, const Dwarf_Die *unit)
{
	struct dwarf_unit *larger;

	/* Double at powers of two. */
	if (!(types->nr & (types->nr - 1))) {
		larger = realloc(types->units, (types->nr ? 2 * types->nr : 1) * sizeof(*larger));
		if (!larger)
			return false;
		types->units = larger;
	}
	types->units[types->nr++] = (struct dwarf_unit){ .die = *unit };
	return true;
}

/* The section that an address in libdw's memory lies in, uncompressed; all 0 when it is in none. */
static struct dwarf_bytes section_of(Elf *elf, const void *in)
{
	Elf_Scn *section = NULL;

	while (in && (section = elf_nextscn(elf, section))) {
		const char *at = in;
		GElf_Shdr shdr;
		Elf_Data *data;

		if (!gelf_getshdr(section, &shdr) || shdr.sh_type != SHT_PROGBITS)
			continue;
		data = elf_rawdata(section, NULL);
		if (data && data->d_buf && at >= (char *)data->d_buf &&
		    at < (char *)data->d_buf + data->d_size)
			return (struct dwarf_bytes){ data->d_buf, data->d_size };
	}
	return (struct dwarf_bytes){ NULL, 0 };
}

/* The bytes of each unit, from its entry to that of the next; empty when they cannot be told. */
static void units_measure(struct dwarf_types *types)
{
	struct dwarf_bytes info =
		section_of(dwarf_getelf(types->dwarf), types->nr ? types->units[0].die.addr : NULL);

	for (size_t i = 0; info.size && i < types->nr; i++) {
		const char *start = types->units[i].die.addr;
		const char *end =
			i + 1 < types->nr ? types->units[i + 1].die.addr : info.start + info.size;

		if (start >= info.start && start <= end && end <= info.start + info.size)
			types->units[i].bytes =
				(struct dwarf_bytes){ start, (size_t)(end - start) };
	}
}

static enum dwarf_file_status units_list(struct dwarf_types *types)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	size_t length;
	uint8_t kind;
	int end;

	types->nr = 0;
	while (!(end = dwarf_get_units(types->dwarf, unit, &unit, NULL, &kind, &die, NULL)))
		/* What has a section of its own (.debug_types) has no offset in .debug_info. */
		if ((kind == DW_UT_compile || kind == DW_UT_partial) && !unit_append(types, &die))
			return DWARF_FILE_NO_MEMORY;
	types->damaged = end < 0;
	units_measure(types);
	for (size_t i = 0; i < sizeof(first_units) / sizeof(first_units[0]); i++)
		unit_to_front(types, first_units[i]);
	types->strings =
		section_of(dwarf_getelf(types->dwarf), dwarf_getstring(types->dwarf, 0, &length));
	types->listed = true;
	return DWARF_FILE_FOUND;
}

/* Names of a unit. False: no memory. */

/* Compilers give a fixed size to what is not negative. */
bool dwarf_constant(Dwarf_Attribute *attr, int64_t *value)
{
	Dwarf_Word word;
	Dwarf_Sword number;

	switch (dwarf_whatform(attr)) {
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
	case DW_FORM_udata:
		if (dwarf_formudata(attr, &word))
			return false;
		*value = (int64_t)word;
		return true;
	default:
		if (dwarf_formsdata(attr, &number))
			return false;
		*value = number;
		return true;
	}
}

static const char *name_of(struct dwarf_types *types, Dwarf_Attribute *attr)
{
	const char *name = dwarf_formstring(attr);

	if (!name)
		types->damaged = true;
	else if (dwarf_whatform(attr) != DW_FORM_strp && strlen(name) >= POOLED_MIN)
		types->names_elsewhere = true;
	return name;
}

static bool is_wanted(const struct dwarf_types *types, const char *name)
{
	return !types->only || !strcmp(types->only, name);
}

static bool enumerator_add(struct dwarf_types *types, Dwarf_Die *die)
{
	const char *name = NULL;
	Dwarf_Attribute attr;
	int64_t value;

	if (dwarf_attr(die, DW_AT_name, &attr))
		name = name_of(types, &attr);
	if (!name || !dwarf_attr(die, DW_AT_const_value, &attr) || !dwarf_constant(&attr, &value)) {
		types->damaged = true;
		return true;
	}
	return !is_wanted(types, name) || names_add(&types->enumerators, name, (uint64_t)value);
}

static bool enumeration_add(struct dwarf_types *types, Dwarf_Die *enumeration)
{
	Dwarf_Die die;
	int end;

	if (!dwarf_haschildren(enumeration))
		return true;
	end = dwarf_child(enumeration, &die);
	for (; !end; end = dwarf_siblingof(&die, &die))
		if (dwarf_tag(&die) == DW_TAG_enumerator && !enumerator_add(types, &die))
			return false;
	types->damaged |= end < 0;
	return true;
}

static bool type_add(struct dwarf_types *types, Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	int tag = dwarf_tag(die);
	const char *name;

	switch (tag) {
	case DW_TAG_enumeration_type:
		return enumeration_add(types, die);
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_typedef:
		break;
	default:
		return true;
	}
	if (!dwarf_attr(die, DW_AT_name, &attr) || dwarf_hasattr(die, DW_AT_declaration))
		return true;
	name = name_of(types, &attr);
	if (!name || !is_wanted(types, name))
		return true;
	return names_add(tag == DW_TAG_typedef ? &types->typedefs : &types->structs, name,
			 dwarf_dieoffset(die));
}

static bool unit_add(struct dwarf_types *types, Dwarf_Die *unit)
{
	Dwarf_Die die;
	int end = dwarf_child(unit, &die);

	for (; !end; end = dwarf_siblingof(&die, &die))
		if (!type_add(types, &die))
			return false;
	types->damaged |= end < 0;
	return true;
}

/*
 * Most units never mention a name, which shows without a look at their entries: a name is an offset
 * into .debug_str, and the unit does not contain that number.
 */
struct mention {
	uint32_t offsets[MENTIONS_MAX]; /* linkers that merge strings leave one */
	size_t nr;
};

/* Whether numbers in the file are written as this machine writes them. */
static bool is_native(Elf *elf)
{
	const char *ident = elf_getident(elf, NULL);
	const uint16_t one = 1;

	return ident && ident[EI_DATA] == (*(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB);
}

/* False: this cannot be told by offsets. */
static bool mention_find(const struct dwarf_types *types, const char *name, struct mention *m)
{
	const char *at = types->strings.start, *end;
	size_t length = strlen(name);

	m->nr = 0;
	if (!types->seen || types->damaged || types->names_elsewhere || length < POOLED_MIN ||
	    !at || types->strings.size > UINT32_MAX || !is_native(dwarf_getelf(types->dwarf)))
		return false;
	end = at + types->strings.size;
	/* A string may begin inside of a longer one, so what is before it does not count. */
	for (; (at = memmem(at, (size_t)(end - at), name, length + 1)); at += length) {
		if (m->nr == MENTIONS_MAX)
			return false;
		m->offsets[m->nr++] = (uint32_t)(at - types->strings.start);
	}
	return true;
}

static bool is_mentioned(const struct dwarf_bytes *unit, const struct mention *m)
{
	if (!unit->size)
		return m->nr != 0;
	for (size_t i = 0; i < m->nr; i++)
		if (memmem(unit->start, unit->size, &m->offsets[i], sizeof(m->offsets[i])))
			return true;
	return false;
}

/* Take a name, and no other, from those of the units not yet seen that mention it, up to the first
 * that means it. The order of questions has no part in what a name means. */
static bool mentioned_add(struct dwarf_types *types, const struct names *names, const char *name,
			  const struct mention *m)
{
	uint64_t value;
	bool done = true;

	types->only = name;
	for (size_t i = types->seen; i < types->nr && done; i++) {
		if (!is_mentioned(&types->units[i].bytes, m))
			continue;
		done = unit_add(types, &types->units[i].die);
		if (names_find(names, name, &value))
			break;
	}
	types->only = NULL;
	return done;
}

/* Look into units until one means a name, or there are no more. False: no memory. */
static bool name_search(struct dwarf_types *types, const struct names *names, const char *name)
{
	struct mention m;
	uint64_t value;

	while (types->seen < types->nr && !names_find(names, name, &value)) {
		if (mention_find(types, name, &m))
			return mentioned_add(types, names, name, &m);
		if (!unit_add(types, &types->units[types->seen].die))
			return false;
		types->seen++;
	}
	return true;
}

enum dwarf_file_status dwarf_name_find(struct dwarf_types *types, const struct names *names,
				       const struct names *otherwise, const char *name,
				       uint64_t *value)
{
	enum dwarf_file_status status;

	if (!types->dwarf)
		return DWARF_FILE_NO_TABLE;
	status = types->listed ? DWARF_FILE_FOUND : units_list(types);
	if (status != DWARF_FILE_FOUND)
		return status;
	if (!name_search(types, names, name))
		return DWARF_FILE_NO_MEMORY;
	if (names_find(names, name, value) || (otherwise && names_find(otherwise, name, value)))
		return DWARF_FILE_FOUND;
	return types->damaged ? DWARF_FILE_DAMAGED : DWARF_FILE_NONE;
}

enum dwarf_file_status dwarf_file_enumerator(struct dwarf_file *f, const char *name, int64_t *value)
{
	struct dwarf_types *types = &f->types;
	enum dwarf_file_status status;
	uint64_t found;

	status = dwarf_name_find(types, &types->enumerators, NULL, name, &found);
	if (status == DWARF_FILE_FOUND)
		*value = (int64_t)found;
	return status;
}

void dwarf_types_free(struct dwarf_types *types)
{
	names_free(&types->structs);
	names_free(&types->typedefs);
	names_free(&types->enumerators);
	free(types->units);
}
