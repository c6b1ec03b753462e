/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/world.h"

#include <stdlib.h>

static void alpha_make(struct world *w)
{
	struct image_cache *c = image_cache(
		w->image, (struct image_spec){ .name = "alpha", .size = 64, .sheaves = true });

	w->alpha = c;
	w->cpu0 = image_slab(c, ON_CPU, 0, LIST(10, 2), LIST(5, 3, 9));
	w->cpu1 = image_slab(c, ON_CPU, 1, NONE, LIST(1));
	w->chain[0] = image_slab(c, ON_CPU_PARTIAL, 1, LIST(0, 1, 2), NULL);
	w->chain[1] = image_slab(c, ON_CPU_PARTIAL, 1, LIST(7), NULL);
	w->chain[2] = image_slab(c, ON_CPU_PARTIAL, 1, LIST(63, 62), NULL);
	w->node0[0] = image_slab(c, ON_NODE_PARTIAL, 0, LIST(4, 6, 8), NULL);
	w->node0[1] = image_slab(c, ON_NODE_PARTIAL, 0, LIST(1), NULL);
	w->node0[2] = image_slab(c, ON_NODE_PARTIAL, 0, LIST(20, 21), NULL);
	w->node1 = image_slab(c, ON_NODE_PARTIAL, 1, LIST(11, 12), NULL);
	w->full0 = image_slab(c, ON_NO_LIST, 0, NONE, NULL);
	w->full1 = image_slab(c, ON_NO_LIST, 1, NONE, NULL);
}

/* Objects of full0, which count as in use there. */
static void alpha_sheaves(struct world *w)
{
	struct image_cache *c = w->alpha;

	w->main0 = image_sheaf_of(c, IN_MAIN, 0);
	image_sheaf_put(w->main0, w->full0, LIST(20, 21, 22));
	w->main1 = image_sheaf_of(c, IN_MAIN, 1);
	w->spare0 = image_sheaf(c, IN_SPARE, 0);
	image_sheaf_put(w->spare0, w->full0, LIST(23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34));
	w->spare2 = image_sheaf(c, IN_SPARE, 2);
	w->rcu1 = image_sheaf(c, IN_RCU_FREE, 1);
	image_sheaf_put(w->rcu1, w->full0, LIST(35, 36));
	w->barn0[0] = image_sheaf(c, IN_FULL, 0);
	image_sheaf_put(w->barn0[0], w->full0,
			LIST(40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51));
	w->barn0[1] = image_sheaf(c, IN_FULL, 0);
	image_sheaf_put(w->barn0[1], w->full0, LIST(52, 53, 54));
	w->barn0[2] = image_sheaf(c, IN_FULL, 0);
	image_sheaf_put(w->barn0[2], w->full0, LIST(55));
	w->empty1 = image_sheaf(c, IN_EMPTY, 1);
}

struct world *world_unsealed(enum image_era era)
{
	struct world *w = calloc(1, sizeof(*w));
	struct image *image;

	IMAGE_NEED(w);
	image = w->image = image_new(era);
	alpha_make(w);
	if (image_has_sheaves(image))
		alpha_sheaves(w);
	w->beta =
		image_cache(image, (struct image_spec){ .name = "beta", .size = 1024, .order = 3 });
	w->big_cpu = image_slab(w->beta, ON_CPU, 2, LIST(8, 9), LIST(31, 0, 17));
	w->big_node = image_slab(w->beta, ON_NODE_PARTIAL, 0, LIST(3, 30, 12), NULL);
	w->gamma = image_cache(
		image, (struct image_spec){
			       .name = "gamma", .size = 96, .object_size = 72, .outside = true });
	w->wide_cpu = image_slab(w->gamma, ON_CPU, 0, NONE, LIST(41, 0));
	w->wide_node = image_slab(w->gamma, ON_NODE_PARTIAL, 1, LIST(40, 1, 2), NULL);
	if (era == ERA_3_13)
		return w;
	w->delta = image_cache(image, (struct image_spec){ .name = "delta",
							   .size = 256,
							   .object_size = 100,
							   .red_left_pad = 64,
							   .flags = IMAGE_RED_ZONE | IMAGE_POISON |
								    IMAGE_STORE_USER });
	w->debug_node = image_slab(w->delta, ON_NODE_PARTIAL, 0, LIST(0, 5), NULL);
	return w;
}

struct world *world_new(enum image_era era)
{
	struct world *w = world_unsealed(era);

	image_seal(w->image);
	return w;
}

void world_free(struct world *w)
{
	image_free(w->image);
	free(w);
}
