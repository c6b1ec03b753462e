/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine in the memory of a dump. */
#include "model/machine/attach.h"

#include <stdlib.h>

#include "model/machine/machine.h"

static bool word_read(struct model *m, const char *symbol, unsigned int size, uint64_t *value)
{
	uint64_t addr;

	*value = 0;
	return m->under->ops->symbol(m->under, symbol, &addr) && model_peek(m, addr, value, size);
}

const char *machine_cpus(struct model *m)
{
	uint64_t nr, offsets, home;
	uint32_t node;

	/* With CONFIG_FORCE_NR_CPUS (6.1) it is a constant, which no type tells. */
	if (!word_read(m, "nr_cpu_ids", 4, &nr) &&
	    m->under->ops->symbol(m->under, "__per_cpu_offset", &offsets))
		return "nr_cpu_ids";
	m->nr_cpus = nr ? (unsigned int)nr : 1;
	m->nr_nodes = word_read(m, "nr_node_ids", 4, &nr) ? (unsigned int)nr : 1;
	if (m->nr_cpus > MODEL_CPUS_MAX)
		m->nr_cpus = MODEL_CPUS_MAX;
	if (!m->under->ops->symbol(m->under, "__per_cpu_offset", &offsets))
		return m->nr_cpus == 1 ? NULL : "__per_cpu_offset";
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		if (!model_peek(m, offsets + 8 * i, &m->cpu_offset[i], 8))
			return "__per_cpu_offset";
		/* numa_node_id(); a per-CPU variable since 2.6.35 (7281201922a0). */
		if (m->nr_nodes > 1 && m->under->ops->symbol(m->under, "numa_node", &home) &&
		    model_peek(m, m->cpu_offset[i] + home, &node, 4) && node < m->nr_nodes)
			m->cpu_home[i] = node;
	}
	return NULL;
}

/* The target's answers about addresses are the model's. */
static bool under_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->page_to_virt(under, page, virt);
}

static bool under_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->virt_to_page(under, virt, page);
}

static bool under_symbol(struct target *t, const char *name, uint64_t *value)
{
	struct target *under = ((struct model *)t)->under;

	return under->ops->symbol(under, name, value);
}

static const struct target_ops under_ops = {
	.page_to_virt = under_page_to_virt,
	.virt_to_page = under_virt_to_page,
	.symbol = under_symbol,
};

struct model *machine_attach(struct target *target, const char **error)
{
	struct model *m = calloc(1, sizeof(*m));

	*error = "out of memory";
	if (!m)
		return NULL;
	m->under = target;
	m->target = *target;
	m->target.ops = &under_ops;
	m->fail_order = -1;
	m->overlay_room = OVERLAY_ROOM;
	m->overlay = calloc(OVERLAY_ROOM, sizeof(*m->overlay));
	if (!m->overlay) {
		model_free(m);
		return NULL;
	}
	model_shape_init(&m->shape, target);
	*error = NULL;
	return m;
}
