/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of a new kmem_cache, and its name. */
#include "model/slab/slab.h"

uint32_t slab_cache_bytes(const struct model *m)
{
	/* Up to the last node, or CPU and node, that there can be. */
	if (slab_has(m, NODE_POINTER))
		return m->shape.cache_array.offset + 8 * (m->nr_cpus + m->nr_nodes);
	return m->shape.cache_nodes.offset + 8 * m->nr_nodes;
}

uint64_t slab_literal(struct model *m, const char *text)
{
	uint64_t addr = data_get(m, NULL, (uint32_t)strlen(text) + 1);

	model_copy_in(m, addr, text, strlen(text) + 1);
	return addr;
}

/* kstrdup(); until 3.9 the caller's own string. */
uint64_t slab_text(struct model *m, const char *text)
{
	uint32_t bytes = (uint32_t)strlen(text) + 1;
	uint64_t addr;

	if (slab_has(m, CACHE_CHAIN) &&
	    m->next_data + bytes < MODEL_DATA + MODEL_DATA_BYTES - 0x400)
		return slab_literal(m, text);
	addr = slab_kmalloc_node(m, bytes, model_gfp_kernel(m), MODEL_ANY_NODE);
	if (addr)
		model_copy_in(m, addr, text, bytes);
	return addr;
}

static void members_set(struct model *m, uint64_t s, const struct slab_geometry *g,
			const struct slab_spec *spec)
{
	put(m, s, cache_num, g->num);
	put(m, s, cache_gfporder, g->order);
	put(m, s, cache_colour_off, g->colour_off);
	put(m, s, cache_colour, g->colour);
	put(m, s, cache_freelist_size, g->freelist_size);
	put(m, s, cache_flags, g->flags);
	put(m, s, cache_gfp,
	    (slab_has(m, CACHE_CHAIN) ? 0 : m->era->gfp->comp) |
		    (g->flags & m->era->flags->cache_dma ? m->era->gfp->dma : 0));
	put(m, s, cache_stride, g->size);
	put(m, s, cache_reciprocal, slab_reciprocal(m, g->size));
	if (has_member(m, cache_user_size))
		put(m, s, cache_user_size, g->object_size);
	if (has_member(m, cache_obj_offset))
		put(m, s, cache_obj_offset, g->obj_offset);
	if (has_member(m, cache_align))
		put(m, s, cache_align, g->align);
	put(m, s, cache_ctor, spec->ctor);
	put(m, s, cache_name, spec->name);
	if (has_member(m, cache_usersize)) {
		put(m, s, cache_useroffset, spec->useroffset);
		put(m, s, cache_usersize, spec->usersize);
	}
}

bool slab_cache_open(struct model *m, uint64_t s, const struct slab_spec *spec)
{
	struct slab_geometry g = { .flags = spec->flags,
				   .align = spec->align,
				   .object_size = spec->size,
				   .ctor = spec->ctor != 0 };

	if (!slab_geometry(m, &g))
		return false;
	members_set(m, s, &g, spec);
	if (slab_has(m, NODE_POINTER))
		put(m, s, cache_nodes, AT(m, s, cache_array) + 8 * (uint64_t)m->nr_cpus);
	if (g.flags & CFLGS_OFF_SLAB && has_member(m, cache_freelist_cache))
		put(m, s, cache_freelist_cache, slab_kmalloc_find(m, g.freelist_size, 0));
	return true;
}
