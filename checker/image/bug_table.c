/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/bug_table.h"

#include <ctype.h>
#include <string.h>

/* A kernel has some ten thousand checks. */
#define TABLE_MAX ((uint64_t)16 << 20)
#define WARNING 1u /* BUGFLAG_WARNING */
#define VOTERS 64u

/* Members of struct bug_entry. */
struct entry_layout {
	struct target_member addr, file, line, flags;
	size_t size;
	bool relative; /* CONFIG_GENERIC_BUG_RELATIVE_POINTERS */
	/* Distances are from the member that holds them; before 5.19 from the entry (b5cb15d9372a). */
	bool from_member;
};

struct table {
	struct entry_layout layout;
	const struct arch *arch;
	uint64_t start;
	size_t nr;
	uint8_t *bytes;
};

static bool entry_layout(struct entry_layout *l, struct target *t)
{
	*l = (struct entry_layout){ 0 };
	if (!t->ops->type_size(t, "bug_entry", &l->size) || !l->size || l->size > 64 ||
	    !target_find(t, "bug_entry", "flags", &l->flags))
		return false;
	l->relative = target_find(t, "bug_entry", "bug_addr_disp", &l->addr);
	if (!l->relative && !target_find(t, "bug_entry", "bug_addr", &l->addr))
		return false;
	if (target_find(t, "bug_entry", l->relative ? "file_disp" : "file", &l->file))
		target_find(t, "bug_entry", "line", &l->line);
	return true;
}

static uint64_t number(const struct table *t, size_t index, struct target_member m)
{
	return value_get(t->arch, t->bytes + index * t->layout.size + m.offset, m.size);
}

/* A pointer of an entry, or the distance that stands for one. */
static uint64_t pointer(const struct table *t, size_t index, struct target_member m,
			bool from_member)
{
	uint64_t value = number(t, index, m);

	if (!t->layout.relative)
		return value;
	return t->start + index * t->layout.size + (from_member ? m.offset : 0) +
	       (uint64_t)(int64_t)(int32_t)(uint32_t)value;
}

/* Whether a string begins there, and is a path. */
static bool is_path(struct memory *memory, uint64_t addr, char *buf, size_t len)
{
	uint64_t before;
	size_t n;

	if (memory_value(memory, addr - 1, 1, &before) != TARGET_OK || before ||
	    memory_string(memory, addr, buf, len) != TARGET_OK)
		return false;
	n = strlen(buf);
	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)buf[i]))
			return false;
	return n > 2 && buf[n - 2] == '.';
}

/* Both readings are four bytes or so apart, so that one of them does not lead to a path's beginning. */
static void from_member_elect(struct table *t, struct memory *memory)
{
	size_t step = t->nr / VOTERS + 1, entry = 0, of_member = 0;
	char path[96];

	if (!t->layout.relative || !t->layout.file.size)
		return;
	for (size_t i = 0; i < t->nr; i += step) {
		entry += is_path(memory, pointer(t, i, t->layout.file, false), path, sizeof(path));
		of_member +=
			is_path(memory, pointer(t, i, t->layout.file, true), path, sizeof(path));
	}
	t->layout.from_member = of_member > entry;
}

static bool table_read(struct table *t, struct memory *memory, struct arena *arena)
{
	struct target *target = memory->target;
	uint64_t end;

	t->arch = memory->arch;
	if (!target->ops->symbol(target, "__start___bug_table", &t->start) ||
	    !target->ops->symbol(target, "__stop___bug_table", &end) || end <= t->start ||
	    end - t->start > TABLE_MAX || !entry_layout(&t->layout, target))
		return false;
	t->nr = (size_t)(end - t->start) / t->layout.size;
	t->bytes = arena_alloc(arena, t->nr * t->layout.size);
	return t->bytes &&
	       memory_bulk(memory, t->start, t->bytes, t->nr * t->layout.size) == TARGET_OK;
}

static void entry_read(const struct table *t, size_t index, struct memory *memory, struct bug *bug)
{
	const struct entry_layout *l = &t->layout;

	*bug = (struct bug){ .warning = number(t, index, l->flags) & WARNING };
	if (!l->file.size || !is_path(memory, pointer(t, index, l->file, l->from_member), bug->file,
				      sizeof(bug->file)))
		bug->file[0] = '\0';
	else if (l->line.size)
		bug->line = (unsigned int)number(t, index, l->line);
}

enum bug_status bug_find(struct memory *memory, struct arena *arena, uint64_t ip, struct bug *bug)
{
	struct arena_mark mark = arena_mark(arena);
	enum bug_status status = BUG_UNKNOWN;
	struct table table;

	if (table_read(&table, memory, arena)) {
		status = BUG_NONE;
		from_member_elect(&table, memory);
		for (size_t i = 0; i < table.nr && status == BUG_NONE; i++) {
			/* The address is the entry's first member, so that both readings agree. */
			if (pointer(&table, i, table.layout.addr, true) != ip)
				continue;
			entry_read(&table, i, memory, bug);
			status = BUG_FOUND;
		}
	}
	arena_release(arena, mark);
	return status;
}

bool bug_in_file(const struct bug *bug, const char *path)
{
	size_t n = strlen(bug->file), wanted = strlen(path);

	return n >= wanted && !strcmp(bug->file + n - wanted, path) &&
	       (n == wanted || bug->file[n - wanted - 1] == '/');
}
