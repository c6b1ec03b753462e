/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as a target, and its beginning and end. */
#include <stdlib.h>
#include <string.h>

#include "model/machine/journal.h"
#include "model/machine/machine.h"
#include "model/machine/type_table.h"

static struct model *model_of(struct target *t)
{
	return (struct model *)t;
}

static bool is_absent(const struct model *m, uint64_t addr, size_t len)
{
	for (unsigned int i = 0; i < m->nr_windows; i++) {
		const struct window *w = &m->windows[i];

		if (!w->absent)
			continue;
		for (uint64_t page = addr / MODEL_PAGE; page <= (addr + len - 1) / MODEL_PAGE;
		     page++)
			if (page - w->base / MODEL_PAGE < w->size / MODEL_PAGE &&
			    w->absent[page - w->base / MODEL_PAGE])
				return true;
	}
	return false;
}

static enum target_status op_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct model *m = model_of(t);

	if (m->nr_absent && len && is_absent(m, addr, len))
		return TARGET_ABSENT;
	return model_peek(m, addr, buf, len) ? TARGET_OK : TARGET_UNMAPPED;
}

static bool op_symbol(struct target *t, const char *name, uint64_t *value)
{
	const struct model *m = model_of(t);

	for (unsigned int i = 0; i < m->nr_symbols; i++) {
		if (strcmp(m->symbols[i].name, name))
			continue;
		*value = m->symbols[i].value;
		return true;
	}
	return false;
}

static bool op_symbol_at(struct target *t, uint64_t addr, struct target_symbol *out)
{
	const struct model *m = model_of(t);

	for (unsigned int i = 0; i < m->nr_symbols; i++) {
		if (addr - m->symbols[i].value >= m->symbols[i].size)
			continue;
		*out = (struct target_symbol){ .name = m->symbols[i].name,
					       .offset = addr - m->symbols[i].value };
		return true;
	}
	return false;
}

static const struct type_table *types_of(struct target *t)
{
	return model_of(t)->era->allocator->types();
}

/* Whether a type is the allocator's: then the kernel's of that name is another release's. */
static bool is_own_type(struct target *t, const char *type)
{
	size_t size;

	return table_type_size(types_of(t), model_of(t)->type_features, type, &size);
}

static bool op_type_size(struct target *t, const char *type, size_t *size)
{
	const struct model *m = model_of(t);

	return table_type_size(types_of(t), m->type_features, type, size) ||
	       table_type_size(&kernel_types, m->features, type, size);
}

static bool op_member(struct target *t, const char *type, const char *member,
		      struct target_member *out)
{
	const struct model *m = model_of(t);

	if (is_own_type(t, type))
		return table_type_member(types_of(t), m->type_features, type, member, out);
	return table_type_member(&kernel_types, m->features, type, member, out);
}

static bool op_enumerator(struct target *t, const char *name, int64_t *value)
{
	const struct model *m = model_of(t);

	return table_enumerator(types_of(t), m->type_features, name, value) ||
	       table_enumerator(&kernel_types, m->features, name, value);
}

static bool op_page_to_virt(struct target *t, uint64_t page, uint64_t *virt)
{
	const struct model *m = model_of(t);
	uint64_t frame = (page - m->memmap) / m->shape.page_bytes;

	if (page < m->memmap || (page - m->memmap) % m->shape.page_bytes || frame >= t->nr_pages)
		return false;
	*virt = m->direct_map + frame * MODEL_PAGE;
	return true;
}

static bool op_virt_to_page(struct target *t, uint64_t virt, uint64_t *page)
{
	const struct model *m = model_of(t);
	uint64_t frame = (virt - m->direct_map) / MODEL_PAGE;

	if (virt < m->direct_map || frame >= t->nr_pages)
		return false;
	*page = m->memmap + frame * m->shape.page_bytes;
	return true;
}

static bool op_frame_to_page(struct target *t, uint64_t frame, uint64_t *page)
{
	const struct model *m = model_of(t);

	if (frame >= t->nr_pages)
		return false;
	*page = m->memmap + frame * m->shape.page_bytes;
	return true;
}

/* struct elf_prstatus: 27 registers behind what says of which task; of them rip and rsp. */
#define NOTE_BYTES 336
#define NOTE_IP (112 + 8 * 16)
#define NOTE_SP (112 + 8 * 19)

static bool op_cpu_regs(struct target *t, const struct target_cpu *cpu,
			uint8_t note[TARGET_NOTE_MAX], size_t *len)
{
	const struct model *m = model_of(t);
	uint64_t ip = cpu->cpu < m->nr_cpus ? m->cpu_ip[cpu->cpu] : 0, sp = ip & ~UINT64_C(15);

	if (!ip)
		return false;
	memset(note, 0, NOTE_BYTES);
	memcpy(note + NOTE_IP, &ip, sizeof(ip));
	memcpy(note + NOTE_SP, &sp, sizeof(sp));
	*len = NOTE_BYTES;
	return true;
}

void model_cpu_note(struct model *m, unsigned int cpu, uint64_t ip)
{
	m->cpu_ip[cpu] = ip;
}

static const struct target_ops model_ops = {
	.read = op_read,
	.symbol = op_symbol,
	.symbol_at = op_symbol_at,
	.type_size = op_type_size,
	.member = op_member,
	.enumerator = op_enumerator,
	.page_to_virt = op_page_to_virt,
	.virt_to_page = op_virt_to_page,
	.frame_to_page = op_frame_to_page,
	.cpu_regs = op_cpu_regs,
};

struct target *model_target(struct model *m)
{
	return &m->target;
}

/* Without ranges, nodes have equal parts of the frames. */
static void ranges_read(struct model *m, const struct model_config *config)
{
	uint64_t first = config->first_frame, frames = config->frames ? config->frames : 1024;

	for (size_t i = 0; i < config->nr_ranges && i < MODEL_RANGES_MAX; i++)
		m->ranges[m->nr_ranges++] = config->ranges[i];
	for (unsigned int i = 0; !config->nr_ranges && i < m->nr_nodes; i++) {
		uint64_t start = (i * frames + m->nr_nodes - 1) / m->nr_nodes;
		uint64_t end = ((i + 1) * frames + m->nr_nodes - 1) / m->nr_nodes;

		m->ranges[m->nr_ranges++] = (struct model_range){ first + start, end - start, i };
	}
	for (unsigned int i = 0; i < m->nr_ranges; i++)
		m->frames += m->ranges[i].frames;
	m->first_frame = m->ranges[0].first;
}

static bool window_add(struct model *m, uint64_t base, uint64_t size)
{
	struct window *w = &m->windows[m->nr_windows];

	*w = (struct window){ base, size, calloc(1, size), NULL };
	m->nr_windows += w->bytes != NULL;
	return w->bytes != NULL;
}

/* RAM and its memmap, with a window for all ranges between two holes. */
static bool ranges_map(struct model *m)
{
	uint32_t page_bytes = m->shape.page_bytes;

	for (unsigned int i = 0; i < m->nr_ranges; i++) {
		uint64_t first = m->ranges[i].first, n = m->ranges[i].frames;

		while (i + 1 < m->nr_ranges && m->ranges[i + 1].first == first + n)
			n += m->ranges[++i].frames;
		if (!window_add(m, m->direct_map + first * MODEL_PAGE, n * MODEL_PAGE) ||
		    !window_add(m, m->memmap + first * page_bytes, n * page_bytes))
			return false;
	}
	return true;
}

static void config_read(struct model *m, const struct model_config *config)
{
	m->era = config->era;
	m->features = config->era->features & ~config->without;
	m->own = (config->era->own & ~config->without_own) | config->with_own;
	m->type_features = m->own ? m->own : m->features;
	m->seed = config->seed;
	m->nr_cpus = config->nr_cpus ? config->nr_cpus : 4;
	m->nr_nodes = config->nr_nodes ? config->nr_nodes : 1;
	ranges_read(m, config);
	m->places = config->places;
	m->nr_places = config->nr_places;
	m->tid_step = config->tid_step ? config->tid_step : 1;
	m->init_on_free = config->init_on_free;
	m->kmalloc_flags = config->kmalloc_flags;
	m->wants_kmalloc = config->kmalloc || has(m, SHEAVES);
	m->encoding = !has(m, HARDENED) ? FREEPTR_PLAIN
		      : has(m, SWAB)	? FREEPTR_XOR_SWAB
					: FREEPTR_XOR;
	m->direct_map = m->era->direct_map;
	m->memmap = MODEL_MEMMAP;
	if (config->kaslr) {
		/* In steps of 1 GiB, as kernel_randomize_memory() does. */
		m->direct_map += model_below(m, 1 << 10) << 30;
		m->memmap += model_below(m, 1 << 8) << 30;
	}
	m->fail_order = -1;
	m->next_data = MODEL_DATA;
	m->percpu_bytes = config->percpu_bytes ? config->percpu_bytes : 0x8000;
	m->next_percpu = config->percpu_static ? config->percpu_static : 0x400;
}

static void mask_make(struct model *m, const char *name)
{
	uint64_t at = data_get(m, name, 8);

	put64(m, at, m->nr_cpus == 64 ? UINT64_MAX : (UINT64_C(1) << m->nr_cpus) - 1);
}

/* Offset in the areas of CPUs, of which the kernel's own variables have the beginning. */
#define NUMA_NODE 0x10

static void cpus_make(struct model *m, const struct model_config *config)
{
	uint64_t areas = frames_reserve(m, m->nr_cpus * m->percpu_bytes / MODEL_PAGE);
	uint64_t offsets = data_get(m, "__per_cpu_offset", 8 * MODEL_CPUS_MAX);

	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		m->cpu_offset[i] = areas + i * m->percpu_bytes;
		m->cpu_home[i] = config->cpu_nodes ? config->cpu_nodes[i] : i % m->nr_nodes;
		put64(m, offsets + 8 * i, m->cpu_offset[i]);
		put32(m, m->cpu_offset[i] + NUMA_NODE, m->cpu_home[i]);
	}
	symbol_add(m, "numa_node", NUMA_NODE, 4);
	put32(m, data_get(m, "nr_cpu_ids", 4), m->nr_cpus);
	put32(m, data_get(m, "nr_node_ids", 4), m->nr_nodes);
	mask_make(m, "__cpu_possible_mask");
	mask_make(m, "__cpu_online_mask");
	mask_make(m, "__cpu_active_mask");
}

static enum model_end boot(struct model *m, const struct model_config *config)
{
	OPERATION(m, 0, {
		pages_init(m);
		cpus_make(m, config);
		m->era->allocator->boot(m);
	});
}

struct model *model_new(const struct model_config *config)
{
	struct model *m = calloc(1, sizeof(*m));
	struct model_range last;

	if (!m)
		return NULL;
	config_read(m, config);
	last = m->ranges[m->nr_ranges - 1];
	m->target = (struct target){ .ops = &model_ops,
				     .page_shift = 12,
				     .machine = TARGET_X86_64,
				     .nr_pages = last.first + last.frames };
	m->frame_state = calloc(1, m->frames);
	m->frames_free = m->frames;
	model_shape_init(&m->shape, &m->target);
	if (m->era->allocator->missing(&m->shape) || !m->frame_state || !ranges_map(m) ||
	    !window_add(m, MODEL_DATA, MODEL_DATA_BYTES) ||
	    /* SLAB's constructors are looked for: to be there is all that they do. */
	    (m->own && !window_add(m, MODEL_TEXT + 0x200000, 0x4000)))
		goto fail;
	if (boot(m, config) == MODEL_DONE)
		return m;
fail:
	model_free(m);
	return NULL;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	model_journal_end(m);
	model_absent_none(m);
	for (unsigned int i = 0; i < m->nr_windows; i++)
		free(m->windows[i].bytes);
	for (size_t i = 0; i < m->overlay_room; i++)
		free(m->overlay[i].bytes);
	free(m->overlay);
	free(m->frame_state);
	free(m);
}
