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

/* @t->start is set. */
static bool table_read(struct table *t, struct memory *memory, struct arena *arena, uint64_t bytes)
{
	t->arch = memory->arch;
	if (!bytes || bytes > TABLE_MAX || !entry_layout(&t->layout, memory->target))
		return false;
	t->nr = (size_t)bytes / t->layout.size;
	t->bytes = arena_alloc(arena, t->nr * t->layout.size);
	return t->bytes &&
	       memory_bulk(memory, t->start, t->bytes, t->nr * t->layout.size) == TARGET_OK;
}

static bool kernel_table(struct table *t, struct memory *memory, struct arena *arena)
{
	struct target *target = memory->target;
	uint64_t end;

	return target->ops->symbol(target, "__start___bug_table", &t->start) &&
	       target->ops->symbol(target, "__stop___bug_table", &end) && end > t->start &&
	       table_read(t, memory, arena, end - t->start);
}

static void entry_read(const struct table *t, size_t index, struct memory *memory, struct bug *bug)
{
	const struct entry_layout *l = &t->layout;

	*bug = (struct bug){ .warning = number(t, index, l->flags) & WARNING,
			     .addr = pointer(t, index, l->addr, true) };
	if (!l->file.size || !is_path(memory, pointer(t, index, l->file, l->from_member), bug->file,
				      sizeof(bug->file)))
		bug->file[0] = '\0';
	else if (l->line.size)
		bug->line = (unsigned int)number(t, index, l->line);
}

static bool table_search(const struct table *t, struct memory *memory, uint64_t ip, struct bug *bug)
{
	for (size_t i = 0; i < t->nr; i++)
		/* The address is the entry's first member, so that both readings agree. */
		if (pointer(t, i, t->layout.addr, true) == ip) {
			entry_read(t, i, memory, bug);
			return true;
		}
	return false;
}

/* --- Modules --- */

#define MODULES_MAX 4096u

/* Members of struct module with CONFIG_GENERIC_BUG. */
struct module_layout {
	struct target_member list, table, nr;
	uint64_t head;
};

static bool module_layout(struct module_layout *l, struct target *t)
{
	return t->ops->symbol(t, "module_bug_list", &l->head) &&
	       target_find(t, "module", "bug_list", &l->list) &&
	       target_find(t, "module", "bug_table", &l->table) &&
	       target_find(t, "module", "num_bugs", &l->nr);
}

/* The tables of modules have the kernel's layout; the way distances are meant is the kernel's, too. */
static bool module_search(struct memory *memory, struct arena *arena, bool from_member, uint64_t ip,
			  struct bug *bug)
{
	struct module_layout l;
	uint64_t link, module, nr;
	bool found = false;

	if (!module_layout(&l, memory->target) ||
	    memory_value(memory, l.head, 8, &link) != TARGET_OK)
		return false;
	for (unsigned int i = 0; i < MODULES_MAX && link != l.head && !found; i++) {
		struct arena_mark mark = arena_mark(arena);
		struct table t;

		module = link - l.list.offset;
		if (memory_member(memory, module, l.table, &t.start) == TARGET_OK &&
		    memory_member(memory, module, l.nr, &nr) == TARGET_OK && nr < TABLE_MAX &&
		    entry_layout(&t.layout, memory->target) &&
		    table_read(&t, memory, arena, nr * t.layout.size)) {
			t.layout.from_member = from_member;
			found = table_search(&t, memory, ip, bug);
		}
		arena_release(arena, mark);
		if (memory_value(memory, link, 8, &link) != TARGET_OK)
			break;
	}
	return found;
}

enum bug_status bug_find(struct memory *memory, struct arena *arena, uint64_t ip, struct bug *bug)
{
	struct arena_mark mark = arena_mark(arena);
	enum bug_status status = BUG_UNKNOWN;
	struct table table;

	if (kernel_table(&table, memory, arena)) {
		from_member_elect(&table, memory);
		status = table_search(&table, memory, ip, bug) ||
					 module_search(memory, arena, table.layout.from_member, ip,
						       bug)
				 ? BUG_FOUND
				 : BUG_NONE;
	}
	arena_release(arena, mark);
	return status;
}

/* --- An entry that is known --- */

/* Bytes of code between the place that an entry names and the trap: the arguments are loaded there. */
#define BEFORE_TRAP UINT64_C(128)

static bool in_kernel_table(struct target *t, uint64_t entry, size_t size)
{
	uint64_t start, end;

	return t->ops->symbol(t, "__start___bug_table", &start) &&
	       t->ops->symbol(t, "__stop___bug_table", &end) && entry >= start &&
	       entry + size <= end && !((entry - start) % size);
}

enum bug_status bug_find_entry(struct memory *memory, uint64_t entry, uint64_t ip, struct bug *bug)
{
	struct table t = { .arch = memory->arch, .start = entry, .nr = 1 };
	uint8_t bytes[64];

	if (!entry_layout(&t.layout, memory->target) || !t.layout.relative ||
	    memory_read(memory, entry, bytes, t.layout.size) != TARGET_OK)
		return BUG_UNKNOWN;
	t.bytes = bytes;
	t.layout.from_member = true;
	entry_read(&t, 0, memory, bug);
	/* __WARN_trap() traps for who could not be patched: far away. */
	if (ip - bug->addr > BEFORE_TRAP && !in_kernel_table(memory->target, entry, t.layout.size))
		return BUG_UNKNOWN;
	return BUG_FOUND;
}

bool bug_in_file(const struct bug *bug, const char *path)
{
	size_t n = strlen(bug->file), wanted = strlen(path);

	return n >= wanted && !strcmp(bug->file + n - wanted, path) &&
	       (n == wanted || bug->file[n - wanted - 1] == '/');
}
