/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/object_type.h"

#include <stdio.h>
#include <string.h>

/* Caches that are not named as their type is. */
static const struct {
	const char *cache, *type;
} odd_names[] = {
	{ "filp", "file" },
	{ "cred_jar", "cred" },
	{ "skbuff_head_cache", "sk_buff" },
	{ "skbuff_fclone_cache", "sk_buff_fclones" },
	{ "sock_inode_cache", "socket_alloc" },
	{ "radix_tree_node", "xa_node" },
	{ "mnt_cache", "mount" },
	{ "bdev_cache", "bdev_inode" },
	{ "TCP", "tcp_sock" },
	{ "TCPv6", "tcp6_sock" },
	{ "UDP", "udp_sock" },
	{ "UDPv6", "udp6_sock" },
	{ "UNIX", "unix_sock" },
	{ "PING", "inet_sock" },
	{ "RAW", "raw_sock" },
};

/* How types are asked for by name. */
struct asked {
	type_size_fn *size;
	void *ctx;
	const struct cache_view *cache;
	char *type;
};

static bool try_name(const struct asked *a, const char *base, const char *end)
{
	uint64_t size;

	snprintf(a->type, OBJECT_TYPE_MAX, "%.64s%s", base, end);
	if (a->size(a->ctx, a->type, &size) && size == a->cache->object_size)
		return true;
	a->type[0] = '\0';
	return false;
}

bool object_type_by_name(const struct cache_view *cache, type_size_fn *type_size, void *ctx,
			 char type[OBJECT_TYPE_MAX])
{
	static const char *const ends[] = { "", "_struct", "_info" };
	static const char *const suffixes[] = { "_cachep", "_cache", "_slab" };
	const struct asked asked = { type_size, ctx, cache, type };
	char base[CACHE_NAME_MAX];

	type[0] = '\0';
	if (!cache->name[0] || object_type_is_mixed(cache))
		return false;
	for (size_t i = 0; i < sizeof(odd_names) / sizeof(*odd_names); i++)
		if (!strcmp(cache->name, odd_names[i].cache))
			return try_name(&asked, odd_names[i].type, "");
	/* Clones for memory cgroups have more behind the name (until 5.8). */
	snprintf(base, sizeof(base), "%.*s", (int)strcspn(cache->name, "("), cache->name);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		char *end = strstr(base, suffixes[i]);

		if (end && !strcmp(end, suffixes[i]))
			*end = '\0';
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (try_name(&asked, base, ends[i]))
			return true;
	return false;
}

bool object_type_is_mixed(const struct cache_view *cache)
{
	return !strncmp(cache->name, "kmalloc-", 8) || !strncmp(cache->name, "dma-kmalloc-", 12);
}

static bool target_size(void *ctx, const char *type, uint64_t *size)
{
	struct target *t = ctx;
	size_t found;

	if (!t->ops->type_size(t, type, &found))
		return false;
	*size = found;
	return true;
}

bool object_type_find(struct target *t, const struct cache_view *cache, char type[OBJECT_TYPE_MAX])
{
	return object_type_by_name(cache, target_size, t, type);
}
