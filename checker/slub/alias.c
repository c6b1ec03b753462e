/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/alias.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define KERNFS_TYPE_MASK 0x000f
#define KERNFS_LINK 0x0004

#define LINKS_MAX 65536
/* A red-black tree of that many nodes is at most 2*log2(n) deep. */
#define DEPTH_MAX 40

/* struct rb_node: the parent with the colour, then right, then left. */
#define RB_RIGHT 8
#define RB_LEFT 16

struct kernfs_layout {
	struct target_member rb, name, flags, priv, dir, children, symlink, target_kn, sd;
};

static bool kernfs_layout(struct kernfs_layout *l, struct target *t)
{
	const struct target_ops *ops = t->ops;

	return ops->member(t, "kernfs_node", "rb", &l->rb) &&
	       ops->member(t, "kernfs_node", "name", &l->name) &&
	       ops->member(t, "kernfs_node", "flags", &l->flags) &&
	       ops->member(t, "kernfs_node", "priv", &l->priv) &&
	       ops->member(t, "kernfs_node", "dir", &l->dir) &&
	       ops->member(t, "kernfs_elem_dir", "children", &l->children) &&
	       ops->member(t, "kernfs_node", "symlink", &l->symlink) &&
	       ops->member(t, "kernfs_elem_symlink", "target_kn", &l->target_kn) &&
	       ops->member(t, "kobject", "sd", &l->sd);
}

/* The search through /sys/kernel/slab. */
struct search {
	struct memory *memory;
	const struct layout *layout;
	const struct cache_list *caches;
	struct kernfs_layout l;
	const char *name;
	unsigned int left; /* nodes that may still be visited */
};

static uint64_t word(struct search *s, uint64_t addr)
{
	uint64_t value;

	return memory_value(s->memory, addr, 8, &value) == TARGET_OK ? value : 0;
}

/* The cache that a link of the wanted name leads to, or 0. */
static uint64_t link_cache(struct search *s, uint64_t node)
{
	uint64_t flags, target, cache;
	char name[CACHE_NAME_MAX];

	if (memory_member(s->memory, node, s->l.flags, &flags) != TARGET_OK ||
	    (flags & KERNFS_TYPE_MASK) != KERNFS_LINK ||
	    memory_string(s->memory, word(s, node + s->l.name.offset), name, sizeof(name)) !=
		    TARGET_OK ||
	    strcmp(name, s->name))
		return 0;
	target = word(s, node + s->l.symlink.offset + s->l.target_kn.offset);
	cache = word(s, target + s->l.priv.offset) - s->layout->cache.kobj.offset;
	return cache_list_has(s->caches, cache) ? cache : 0;
}

static uint64_t tree_search(struct search *s, uint64_t rb, unsigned int depth)
{
	uint64_t found;

	if (!rb || depth > DEPTH_MAX || !s->left)
		return 0;
	s->left--;
	found = link_cache(s, rb - s->l.rb.offset);
	if (!found)
		found = tree_search(s, word(s, rb + RB_LEFT), depth + 1);
	if (!found)
		found = tree_search(s, word(s, rb + RB_RIGHT), depth + 1);
	return found;
}

/* slab_kset is the directory; its entry hangs from kset.kobj.sd. */
static uint64_t by_alias(struct search *s)
{
	struct target *t = s->memory->target;
	struct target_member kobj;
	uint64_t kset, dir;

	if (!member_exists(s->layout->cache.kobj) || !kernfs_layout(&s->l, t) ||
	    !t->ops->symbol(t, "slab_kset", &kset) || !t->ops->member(t, "kset", "kobj", &kobj))
		return 0;
	dir = word(s, word(s, kset) + kobj.offset + s->l.sd.offset);
	s->left = LINKS_MAX;
	return tree_search(s, word(s, dir + s->l.dir.offset + s->l.children.offset), 0);
}

static uint64_t by_name(struct search *s)
{
	struct cache cache;

	for (size_t i = 0; i < s->caches->nr; i++) {
		cache_read(&cache, s->memory, s->layout, s->caches->addrs[i], FREEPTR_PLAIN);
		if (cache.status == TARGET_OK && !strcmp(cache.name, s->name))
			return cache.addr;
	}
	return 0;
}

uint64_t cache_by_address(const struct cache_list *caches, const char *text)
{
	char *end;
	uint64_t addr;

	if (!isxdigit((unsigned char)text[0]))
		return 0;
	addr = strtoull(text, &end, 16);
	return !*end && cache_list_has(caches, addr) ? addr : 0;
}

uint64_t cache_by_name(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, const char *name)
{
	struct search s = { .memory = memory, .layout = layout, .caches = caches, .name = name };
	uint64_t found = by_name(&s);

	if (!found)
		found = by_alias(&s);
	return found ? found : cache_by_address(caches, name);
}
