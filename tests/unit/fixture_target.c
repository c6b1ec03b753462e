/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/fixture_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/slub/types.h"
#include "tests/unit/unit.h"

static const struct {
	const char *name;
	uint64_t at;
} variables[] = {
	{ "nr_cpu_ids", 0x0 },
	{ "nr_node_ids", 0x8 },
	{ "slab_caches", 0x10 },
	{ "__per_cpu_offset", 0x100 },
	{ "__cpu_possible_mask", 0x200 },
	{ "__cpu_online_mask", 0x220 },
	{ "__cpu_active_mask", 0x240 },
	{ "slab_mutex", 0x300 },
	{ "cpu_hotplug_lock", 0x400 },
	{ "init_on_alloc", 0x500 },
	{ "rcu_free_slab", 0x600 },
	{ "__kfence_pool", 0x700 },
};

static struct dwarf_file *file_of(struct target *t)
{
	return ((struct fixture_target *)t)->file;
}

static enum target_status op_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct fixture_target *ft = (struct fixture_target *)t;
	uint64_t at = addr - VARIABLES;

	if (at >= VARIABLES_SIZE || len > VARIABLES_SIZE - at)
		return TARGET_UNMAPPED;
	memcpy(buf, ft->memory + at, len);
	return TARGET_OK;
}

static bool op_symbol(struct target *t, const char *name, uint64_t *value)
{
	(void)t;
	for (int i = 0; i < UNIT_COUNT(variables); i++) {
		if (strcmp(variables[i].name, name))
			continue;
		*value = VARIABLES + variables[i].at;
		return true;
	}
	return false;
}

static bool op_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	(void)t;
	(void)addr;
	(void)out;
	return false;
}

/* A fixture is whole: whatever it does not have it was not meant to have. */
static bool answer(enum dwarf_file_status status)
{
	unit_check(status == DWARF_FILE_FOUND || status == DWARF_FILE_NONE, "%s",
		   dwarf_file_status_text(status));
	return status == DWARF_FILE_FOUND;
}

static model_features features_of(struct target *t)
{
	return ((struct fixture_target *)t)->features;
}

/* What a file lists of a type; NULL when it does not have it, or no file lists types. */
static json_t *listed_type(struct target *t, const char *type)
{
	json_t *listed = ((struct fixture_target *)t)->listed;

	return json_object_get(json_object_get(listed, "types"), type);
}

static bool is_listed(struct target *t)
{
	return ((struct fixture_target *)t)->listed;
}

static bool op_type_size(struct target *t, const char *type, size_t *size)
{
	if (is_listed(t)) {
		*size = (size_t)json_integer_value(json_object_get(listed_type(t, type), "size"));
		return *size;
	}
	if (!file_of(t))
		return model_type_size(features_of(t), type, size);
	return answer(dwarf_file_type_size(file_of(t), type, size));
}

static bool op_member(struct target *t, const char *type, const char *member,
		      struct target_member *out)
{
	if (is_listed(t)) {
		json_t *at =
			json_object_get(json_object_get(listed_type(t, type), "members"), member);

		if (json_array_size(at) != 2)
			return false;
		out->offset = (uint32_t)json_integer_value(json_array_get(at, 0));
		out->size = (uint32_t)json_integer_value(json_array_get(at, 1));
		return true;
	}
	if (!file_of(t))
		return model_type_member(features_of(t), type, member, out);
	return answer(dwarf_file_member(file_of(t), type, member, out));
}

static bool op_enumerator(struct target *t, const char *name, int64_t *value)
{
	if (is_listed(t)) {
		json_t *listed = ((struct fixture_target *)t)->listed;
		json_t *enumerator = json_object_get(json_object_get(listed, "enumerators"), name);

		*value = json_integer_value(enumerator);
		return enumerator;
	}
	if (!file_of(t))
		return model_enumerator(features_of(t), name, value);
	return answer(dwarf_file_enumerator(file_of(t), name, value));
}

static bool op_no_page(struct target *t, uint64_t address, uint64_t *out)
{
	(void)t;
	(void)address;
	(void)out;
	return false;
}

static const struct target_ops ops = {
	.read = op_read,
	.symbol = op_symbol,
	.symbol_at = op_symbol_at,
	.type_size = op_type_size,
	.member = op_member,
	.enumerator = op_enumerator,
	.page_to_virt = op_no_page,
	.virt_to_page = op_no_page,
	.frame_to_page = op_no_page,
};

uint64_t fixture_variable(const char *name)
{
	uint64_t addr;

	unit_check(op_symbol(NULL, name, &addr), "no variable %s", name);
	return addr;
}

void fixture_put(struct fixture_target *t, uint64_t addr, uint64_t value, size_t size)
{
	memcpy(t->memory + (addr - VARIABLES), &value, size);
}

struct fixture_target *fixture_target_model(model_features features)
{
	struct fixture_target *t = calloc(1, sizeof(*t));

	unit_check(t != NULL, "no memory");
	t->target = (struct target){ .ops = &ops, .page_shift = 12 };
	t->features = features;
	fixture_put(t, fixture_variable("nr_cpu_ids"), 4, 4);
	fixture_put(t, fixture_variable("nr_node_ids"), 2, 4);
	return t;
}

struct fixture_target *fixture_target_listed(json_t *listed)
{
	struct fixture_target *t = fixture_target_model(0);

	t->listed = listed;
	return t;
}

struct fixture_target *fixture_target_new(const char *name)
{
	struct fixture_target *t = fixture_target_model(0);
	char path[1024];
	struct error error;

	snprintf(path, sizeof(path), "%s/eras/%s.o", FIXTURES, name);
	t->file = dwarf_file_open(path, &error);
	unit_check(t->file != NULL, "%s: %s", path, error.text);
	return t;
}

void fixture_target_free(struct fixture_target *t)
{
	dwarf_file_close(t->file);
	json_decref(t->listed);
	free(t);
}
