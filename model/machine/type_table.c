/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine/type_table.h"

#include <string.h>

static bool exists(model_features features, model_features need, model_features lack)
{
	return (features & need) == need && !(features & lack);
}

static const struct type *type_find(const struct type_table *table, model_features features,
				    const char *name)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct type *type = &table->types[i];

		if (exists(features, type->need, type->lack) && !strcmp(type->name, name))
			return type;
	}
	return NULL;
}

static uint32_t align_up(uint32_t offset, uint32_t align)
{
	return (offset + align - 1) / align * align;
}

/* Lay a type out up to and with a member; NULL: all of it. */
struct layout {
	struct target_member found;
	uint32_t size; /* of the whole, so far */
	uint32_t align;
};

static bool field_find(model_features features, const struct type *type, const char *member,
		       struct layout *layout);

/* Where a field lies whose predecessors end at @next and reach to layout->size. */
static uint32_t field_place(model_features features, const struct type *type,
			    const struct field *field, uint32_t next, const struct layout *layout)
{
	struct layout first;

	if (field->over && field_find(features, type, field->over, &first))
		return first.found.offset;
	return align_up(field->after_all ? layout->size : next, field->align);
}

static bool field_find(model_features features, const struct type *type, const char *member,
		       struct layout *layout)
{
	uint32_t next = 0;

	*layout = (struct layout){ .align = type->align ? type->align : 1 };
	for (size_t i = 0; i < type->nr; i++) {
		const struct field *field = &type->fields[i];
		uint32_t offset;

		if (!exists(features, field->need, field->lack))
			continue;
		offset = field_place(features, type, field, next, layout);
		next = offset + field->size;
		if (layout->size < next)
			layout->size = next;
		if (layout->align < field->align)
			layout->align = field->align;
		layout->found = (struct target_member){ offset, field->size };
		if (member && !strcmp(field->name, member))
			return true;
	}
	layout->size = align_up(layout->size, layout->align);
	return !member;
}

bool table_type_size(const struct type_table *table, model_features features, const char *type,
		     size_t *size)
{
	const struct type *found = type_find(table, features, type);
	struct layout layout;

	if (!found)
		return false;
	field_find(features, found, NULL, &layout);
	*size = layout.size;
	return true;
}

bool table_type_member(const struct type_table *table, model_features features, const char *type,
		       const char *member, struct target_member *out)
{
	const struct type *found = type_find(table, features, type);
	struct layout layout;

	if (!found || !*member || !field_find(features, found, member, &layout))
		return false;
	*out = layout.found;
	return true;
}

bool table_enumerator(const struct type_table *table, model_features features, const char *name,
		      int64_t *value)
{
	for (size_t i = 0; i < table->nr_constants; i++) {
		const struct constant *c = &table->constants[i];

		if (exists(features, c->need, c->lack) && !strcmp(c->name, name)) {
			*value = c->value;
			return true;
		}
	}
	return false;
}
