/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/owner.h"

#include <stdio.h>
#include <string.h>

/* cgroup.max.depth has no limit by default, but paths have. */
#define DEPTH_MAX 64u

/* Follows the pointer at @addr + the member of a type; false when that is not known. */
static bool follow(struct memory *memory, uint64_t base, const char *type, const char *name,
		   uint64_t *to)
{
	struct target_member m;

	return target_find(memory->target, type, name, &m) &&
	       memory_pointer(memory, base + m.offset, to) == TARGET_OK;
}

static bool member_text(struct memory *memory, uint64_t base, const char *type, const char *name,
			char *buf, size_t len)
{
	uint64_t at;

	buf[0] = '\0';
	return follow(memory, base, type, name, &at) &&
	       (!at || memory_string(memory, at, buf, len) == TARGET_OK);
}

/* The names from @node up to the root, whose own is not part of a path. */
static bool path_read(struct memory *memory, uint64_t node, char path[OWNER_PATH_MAX])
{
	char name[256], rest[OWNER_PATH_MAX];
	uint64_t parent;

	path[0] = '\0';
	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		/* RCU protects it since 6.15. */
		if (!follow(memory, node, "kernfs_node", "parent", &parent) &&
		    !follow(memory, node, "kernfs_node", "__parent", &parent))
			return false;
		if (!parent) {
			if (!path[0])
				snprintf(path, OWNER_PATH_MAX, "/");
			return true;
		}
		if (!member_text(memory, node, "kernfs_node", "name", name, sizeof(name)) ||
		    strlen(name) + strlen(path) + 2 > OWNER_PATH_MAX)
			return false;
		memcpy(rest, path, sizeof(rest));
		snprintf(path, OWNER_PATH_MAX, "/%.255s%.254s", name, rest);
		node = parent;
	}
	return false;
}

/* A cgroup before 3.15 is not in kernfs: of that only the address is told. */
void owner_memcg_read(struct object_owner *owner, struct memory *memory, uint64_t memcg)
{
	struct target *t = memory->target;
	struct target_member css, flags;
	uint64_t cgroup, node, value;
	int64_t dying;

	owner->memcg_addr = memcg;
	if (!target_find(t, "mem_cgroup", "css", &css))
		return;
	if (follow(memory, memcg + css.offset, "cgroup_subsys_state", "cgroup", &cgroup) &&
	    follow(memory, cgroup, "cgroup", "kn", &node) && !path_read(memory, node, owner->path))
		owner->path[0] = '\0';
	if (target_find(t, "cgroup_subsys_state", "flags", &flags) &&
	    t->ops->enumerator(t, "CSS_DYING", &dying) &&
	    memory_member(memory, memcg + css.offset, flags, &value) == TARGET_OK)
		owner->removed = value & (uint64_t)dying;
}

enum owner_known owner_memcg(struct memory *memory, const struct owner_slots *slots,
			     uint64_t *memcg)
{
	uint64_t objcg;

	if (!slots->objcg && !slots->memcg)
		return OWNER_NOBODY;
	if (slots->memcg) {
		if (memory_pointer(memory, slots->memcg, memcg) != TARGET_OK)
			return OWNER_UNKNOWN;
	} else {
		if (memory_pointer(memory, slots->objcg, &objcg) != TARGET_OK)
			return OWNER_UNKNOWN;
		if (!objcg)
			return OWNER_NOBODY;
		if (!follow(memory, objcg, "obj_cgroup", "memcg", memcg) || !*memcg)
			return OWNER_UNKNOWN;
	}
	return *memcg ? OWNER_KNOWN : OWNER_NOBODY;
}

/* CODETAG_EMPTY: an allocation that is not to be counted. */
#define TAG_EMPTY 1u

enum owner_known owner_tag(struct memory *memory, const struct owner_slots *slots, uint64_t *tag)
{
	if (!slots->tag)
		return OWNER_NOBODY;
	if (memory_pointer(memory, slots->tag, tag) != TARGET_OK)
		return OWNER_UNKNOWN;
	return *tag <= TAG_EMPTY ? OWNER_NOBODY : OWNER_KNOWN;
}

bool owner_tag_read(struct object_owner *owner, struct memory *memory, uint64_t tag)
{
	struct target_member line;
	uint64_t number;

	if (!member_text(memory, tag, "codetag", "filename", owner->file, sizeof(owner->file)) ||
	    !member_text(memory, tag, "codetag", "function", owner->function,
			 sizeof(owner->function)) ||
	    !member_text(memory, tag, "codetag", "modname", owner->module, sizeof(owner->module)) ||
	    !target_find(memory->target, "codetag", "lineno", &line) ||
	    memory_member(memory, tag, line, &number) != TARGET_OK || !owner->file[0])
		return false;
	owner->line = (uint32_t)number;
	return true;
}

static enum owner_known tag_find(struct object_owner *owner, struct memory *memory,
				 const struct owner_slots *slots)
{
	uint64_t tag;
	enum owner_known known = owner_tag(memory, slots, &tag);

	return known == OWNER_KNOWN && !owner_tag_read(owner, memory, tag) ? OWNER_UNKNOWN : known;
}

void object_owner_find(struct object_owner *owner, struct judged *j, const struct location *at)
{
	const struct allocator *a = j->allocator;
	const struct cache_result *result = judged_cache(j, at->cache);
	struct owner_slots slots = { 0 };
	enum target_status status;
	uint64_t memcg;

	*owner = (struct object_owner){ .memcg = OWNER_NOT_KEPT, .tag = OWNER_NOT_KEPT };
	if (!result || !a->ops->owner_slots)
		return;
	status = a->ops->owner_slots(a, &result->cache, at, &slots);
	if (slots.kept)
		owner->memcg = status == TARGET_OK ? owner_memcg(a->memory, &slots, &memcg)
						   : OWNER_UNKNOWN;
	if (slots.tags_kept)
		owner->tag =
			status == TARGET_OK ? tag_find(owner, a->memory, &slots) : OWNER_UNKNOWN;
	if (owner->memcg == OWNER_KNOWN)
		owner_memcg_read(owner, a->memory, memcg);
}
