/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a type. */
#include <dwarf.h>
#include <string.h>

#include "triage/dwarf_file.h"

/* More than any compiler nests; a damaged file may have cycles. */
#define DEPTH_MAX 32

/* Follow DW_AT_type. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, type);
}

/* Take typedefs and qualifiers off. False: damaged, or void. */
static bool type_peel(Dwarf_Die *type)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		switch (dwarf_tag(type)) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			if (!type_of(type, type))
				return false;
			break;
		default:
			return true;
		}
	}
	return false;
}

/* Elements of one dimension; 0: unknown, as of a flexible array. */
static uint64_t elements_of(Dwarf_Die *subrange)
{
	Dwarf_Attribute attr;
	int64_t value;

	if (dwarf_attr(subrange, DW_AT_count, &attr))
		return dwarf_constant(&attr, &value) && value > 0 ? (uint64_t)value : 0;
	if (!dwarf_attr(subrange, DW_AT_upper_bound, &attr) || !dwarf_constant(&attr, &value))
		return 0;
	/* [0] has an upper bound of -1, which some compilers write as an unsigned number. */
	return value >= 0 && value < INT32_MAX ? (uint64_t)value + 1 : 0;
}

static uint64_t all_elements_of(Dwarf_Die *array)
{
	uint64_t nr = 1, more;
	Dwarf_Die die;
	int end = dwarf_child(array, &die);

	for (; !end; end = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		more = elements_of(&die);
		if (nr > UINT32_MAX)
			return 0;
		nr *= more;
	}
	return nr;
}

/* Bytes of a type that is not an array. */
static bool element_bytes(Dwarf_Die *type, int64_t *size)
{
	Dwarf_Attribute attr;
	uint8_t address_size;
	Dwarf_Die unit;

	if (dwarf_attr(type, DW_AT_byte_size, &attr))
		return dwarf_constant(&attr, size) && *size >= 0 && *size <= UINT32_MAX;
	/* Clang leaves the size of pointers out. */
	if (dwarf_tag(type) != DW_TAG_pointer_type ||
	    !dwarf_diecu(type, &unit, &address_size, NULL))
		return false;
	*size = address_size;
	return true;
}

static bool type_bytes(Dwarf_Die type, uint32_t *bytes)
{
	uint64_t elements = 1;
	int64_t size;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!type_peel(&type))
			return false;
		if (dwarf_tag(&type) != DW_TAG_array_type) {
			if (!element_bytes(&type, &size) || elements * (uint64_t)size > UINT32_MAX)
				return false;
			*bytes = (uint32_t)(elements * (uint64_t)size);
			return true;
		}
		elements *= all_elements_of(&type);
		if (elements > UINT32_MAX || !type_of(&type, &type))
			return false;
	}
	return false;
}

/* The structure or union of a name. */
static enum dwarf_file_status struct_find(struct dwarf_types *types, const char *name,
					  Dwarf_Die *die)
{
	enum dwarf_file_status status;
	uint64_t offset;
	int tag;

	status = dwarf_name_find(types, &types->structs, &types->typedefs, name, &offset);
	if (status != DWARF_FILE_FOUND)
		return status;
	if (!dwarf_offdie(types->dwarf, offset, die))
		return DWARF_FILE_DAMAGED;
	if (!type_peel(die))
		return DWARF_FILE_NONE; /* typedef void ... */
	tag = dwarf_tag(die);
	if (tag != DW_TAG_structure_type && tag != DW_TAG_union_type)
		return DWARF_FILE_NONE;
	return DWARF_FILE_FOUND;
}

enum dwarf_file_status dwarf_file_type_size(struct dwarf_file *f, const char *type, size_t *size)
{
	enum dwarf_file_status status;
	Dwarf_Die die;
	uint32_t bytes;

	status = struct_find(&f->types, type, &die);
	if (status != DWARF_FILE_FOUND)
		return status;
	if (!type_bytes(die, &bytes))
		return dwarf_hasattr(&die, DW_AT_declaration) ? DWARF_FILE_NONE
							      : DWARF_FILE_DAMAGED;
	*size = bytes;
	return DWARF_FILE_FOUND;
}

/* Members. */

/* DW_AT_data_member_location is a number, or until DWARF 3 an expression that adds one. */
static bool location_of(Dwarf_Die *member, int64_t *bytes)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t nr;

	*bytes = 0;
	/* The members of a union have none. */
	if (!dwarf_attr(member, DW_AT_data_member_location, &attr))
		return true;
	if (dwarf_whatform(&attr) != DW_FORM_block1 && dwarf_whatform(&attr) != DW_FORM_exprloc)
		return dwarf_constant(&attr, bytes);
	if (dwarf_getlocation(&attr, &ops, &nr) || nr != 1 || ops[0].atom != DW_OP_plus_uconst)
		return false;
	*bytes = (int64_t)ops[0].number;
	return true;
}

/* Where a member begins, in bytes; a bit-field's word of @size bytes does. */
static bool offset_of(Dwarf_Die *member, uint32_t size, uint32_t *offset)
{
	Dwarf_Attribute attr;
	int64_t bytes, bits;

	if (dwarf_attr(member, DW_AT_data_bit_offset, &attr)) {
		if (!dwarf_constant(&attr, &bits) || !size)
			return false;
		bytes = bits / 8 / size * size;
	} else if (!location_of(member, &bytes)) {
		return false;
	}
	if (bytes < 0 || bytes > UINT32_MAX)
		return false;
	*offset = (uint32_t)bytes;
	return true;
}

static bool place_of(Dwarf_Die *member, struct target_member *place)
{
	Dwarf_Die type;

	return type_of(member, &type) && type_bytes(type, &place->size) &&
	       offset_of(member, place->size, &place->offset);
}

static enum dwarf_file_status member_find(Dwarf_Die *structure, const char *name, int depth,
					  struct target_member *out);

/* A member without a name, which is a structure or union: its members are the outer one's. */
static enum dwarf_file_status member_inside(Dwarf_Die *member, const char *name, int depth,
					    struct target_member *out)
{
	enum dwarf_file_status status;
	uint32_t offset;
	Dwarf_Die type;

	/* Padding is a bit-field without a name, and has none either. */
	if (!type_of(member, &type) || !type_peel(&type))
		return DWARF_FILE_DAMAGED;
	if (dwarf_tag(&type) != DW_TAG_structure_type && dwarf_tag(&type) != DW_TAG_union_type)
		return DWARF_FILE_NONE;
	if (!depth || !offset_of(member, 0, &offset))
		return DWARF_FILE_DAMAGED;
	status = member_find(&type, name, depth - 1, out);
	if (status == DWARF_FILE_FOUND)
		out->offset += offset;
	return status;
}

static enum dwarf_file_status member_is(Dwarf_Die *member, const char *name, int depth,
					struct target_member *out)
{
	const char *member_name = dwarf_diename(member);
	struct target_member place;

	if (!member_name)
		return member_inside(member, name, depth, out);
	if (strcmp(member_name, name))
		return DWARF_FILE_NONE;
	if (!place_of(member, &place))
		return DWARF_FILE_DAMAGED;
	*out = place;
	return DWARF_FILE_FOUND;
}

static enum dwarf_file_status member_find(Dwarf_Die *structure, const char *name, int depth,
					  struct target_member *out)
{
	enum dwarf_file_status status = DWARF_FILE_NONE, of_one;
	Dwarf_Die die;
	int end = dwarf_child(structure, &die);

	for (; !end; end = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) != DW_TAG_member)
			continue;
		of_one = member_is(&die, name, depth, out);
		if (of_one == DWARF_FILE_FOUND)
			return of_one;
		if (of_one == DWARF_FILE_DAMAGED)
			status = of_one;
	}
	return end < 0 ? DWARF_FILE_DAMAGED : status;
}

enum dwarf_file_status dwarf_file_member(struct dwarf_file *f, const char *type, const char *member,
					 struct target_member *out)
{
	enum dwarf_file_status status;
	Dwarf_Die die;

	status = struct_find(&f->types, type, &die);
	if (status != DWARF_FILE_FOUND)
		return status;
	return *member ? member_find(&die, member, DEPTH_MAX, out) : DWARF_FILE_NONE;
}
