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

/* A walk through the links of /sys/kernel/slab. */
struct walk {
	struct memory *memory;
	const struct layout *layout;
	const struct cache_list *caches;
	struct kernfs_layout l;
	unsigned int left; /* nodes that may still be visited */
	bool gap; /* something could not be read */
	/* Called with each link to a cache; false ends the walk. */
	bool (*visit)(void *ctx, uint64_t cache, const char *name);
	void *ctx;
};

static uint64_t word(struct walk *w, uint64_t addr)
{
	uint64_t value;

	if (memory_value(w->memory, addr, 8, &value) == TARGET_OK)
		return value;
	w->gap = true;
	return 0;
}

/* False: the walk ends. */
static bool node_visit(struct walk *w, uint64_t node)
{
	uint64_t flags, target, cache;
	char name[CACHE_NAME_MAX];

	if (memory_member(w->memory, node, w->l.flags, &flags) != TARGET_OK) {
		w->gap = true;
		return true;
	}
	if ((flags & KERNFS_TYPE_MASK) != KERNFS_LINK)
		return true;
	if (memory_string(w->memory, word(w, node + w->l.name.offset), name, sizeof(name)) !=
	    TARGET_OK) {
		w->gap = true;
		return true;
	}
	target = word(w, node + w->l.symlink.offset + w->l.target_kn.offset);
	cache = word(w, target + w->l.priv.offset) - w->layout->cache.kobj.offset;
	return !cache_list_has(w->caches, cache) || w->visit(w->ctx, cache, name);
}

/* In the order of the tree. False: the walk ends. */
static bool tree_walk(struct walk *w, uint64_t rb, unsigned int depth)
{
	if (!rb)
		return true;
	if (depth > DEPTH_MAX || !w->left) {
		w->gap = true;
		return true;
	}
	w->left--;
	return node_visit(w, rb - w->l.rb.offset) &&
	       tree_walk(w, word(w, rb + RB_LEFT), depth + 1) &&
	       tree_walk(w, word(w, rb + RB_RIGHT), depth + 1);
}

/* slab_kset is the directory; its entry hangs from kset.kobj.sd. */
static void links_walk(struct walk *w)
{
	struct target *t = w->memory->target;
	struct target_member kobj;
	uint64_t kset, dir;

	w->gap = true;
	if (!member_exists(w->layout->cache.kobj) || !kernfs_layout(&w->l, t) ||
	    !t->ops->symbol(t, "slab_kset", &kset) || !t->ops->member(t, "kset", "kobj", &kobj))
		return;
	w->gap = false;
	dir = word(w, word(w, kset) + kobj.offset + w->l.sd.offset);
	w->left = LINKS_MAX;
	tree_walk(w, word(w, dir + w->l.dir.offset + w->l.children.offset), 0);
}

/* A cache by one of its links. */
struct search {
	const char *name;
	uint64_t found;
};

static bool link_compare(void *ctx, uint64_t cache, const char *name)
{
	struct search *s = ctx;

	if (!strcmp(name, s->name))
		s->found = cache;
	return !s->found;
}

static uint64_t by_alias(struct memory *memory, const struct layout *layout,
			 const struct cache_list *caches, const char *name)
{
	struct search search = { .name = name };
	struct walk walk = { .memory = memory,
			     .layout = layout,
			     .caches = caches,
			     .visit = link_compare,
			     .ctx = &search };

	links_walk(&walk);
	return search.found;
}

bool cache_aliases(struct memory *memory, const struct layout *layout,
		   const struct cache_list *caches,
		   bool (*visit)(void *ctx, uint64_t cache, const char *name), void *ctx)
{
	struct walk walk = {
		.memory = memory, .layout = layout, .caches = caches, .visit = visit, .ctx = ctx
	};

	links_walk(&walk);
	return !walk.gap;
}

static uint64_t by_name(struct memory *memory, const struct layout *layout,
			const struct cache_list *caches, const char *name)
{
	struct cache cache;

	for (size_t i = 0; i < caches->nr; i++) {
		cache_read(&cache, memory, layout, caches->addrs[i], FREEPTR_PLAIN);
		if (cache.status == TARGET_OK && !strcmp(cache.name, name))
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
	uint64_t found = by_name(memory, layout, caches, name);

	if (!found)
		found = by_alias(memory, layout, caches, name);
	return found ? found : cache_by_address(caches, name);
}
