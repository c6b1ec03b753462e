/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Print what model/slub/types.c makes of an era, for check-types: "TYPE MEMBER OFFSET SIZE", with "-"
 * for the type itself, "= NAME VALUE" for enumerators, and "! TYPE MEMBER" or "! = NAME" for what
 * only other eras have.
 */
#include <stdio.h>
#include <stdlib.h>

/* The tables are nobody's interface. */
#include "model/machine/type_table.c"
#include "model/machine/kernel_types.c"
#undef SINCE
#undef UNTIL
#include "model/slub/types.c"

static bool name_in_type(model_features features, const struct type *type, const char *name)
{
	struct layout layout;

	return field_find(features, type, name, &layout);
}

static void type_print(model_features features, const struct type *type)
{
	struct target_member m;
	size_t size;

	if (model_type_size(features, type->name, &size))
		printf("%s - 0 %zu\n", type->name, size);
	for (size_t i = 0; i < type->nr; i++) {
		const struct field *field = &type->fields[i];

		if (!*field->name)
			continue;
		if (!exists(features, field->need, field->lack)) {
			if (!name_in_type(features, type, field->name))
				printf("! %s %s\n", type->name, field->name);
		} else if (model_type_member(features, type->name, field->name, &m)) {
			printf("%s %s %u %u\n", type->name, field->name, m.offset, m.size);
		}
	}
}

static void types_print(const struct type_table *of, model_features features)
{
	for (size_t i = 0; i < of->nr; i++) {
		const struct type *type = &of->types[i];

		if (exists(features, type->need, type->lack))
			type_print(features, type);
		else if (!type_find(of, features, type->name))
			printf("! %s -\n", type->name);
	}
}

static void constants_print(const struct type_table *of, model_features features)
{
	int64_t value;

	for (size_t i = 0; i < of->nr_constants; i++) {
		const struct constant *c = &of->constants[i];

		if (exists(features, c->need, c->lack))
			printf("= %s %lld\n", c->name, (long long)c->value);
		else if (!model_enumerator(features, c->name, &value))
			printf("! = %s\n", c->name);
	}
}

int main(int argc, char **argv)
{
	for (int era = 0; era < MODEL_ERAS; era++) {
		const struct era *e = model_era((enum model_era)era);

		if (argc == 2 && !strcmp(e->name, argv[1])) {
			types_print(&table, e->features);
			types_print(&kernel_types, e->features);
			constants_print(&table, e->features);
			constants_print(&kernel_types, e->features);
			return EXIT_SUCCESS;
		}
	}
	fprintf(stderr, "usage: types-print ERA\n");
	return EXIT_FAILURE;
}
