/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/ref_holder.h"

#include <stdlib.h>
#include <string.h>

#include "checker/image/frames.h"
#include "checker/image/task.h"
#include "checker/image/vmap.h"

/* What page tables map at once where memory is linear. */
#define STRIDE (UINT64_C(2) << 20)

/* The largest order of free pages: see PAGE_ORDER_MAX. */
#define FREE_ORDER_MAX 20u

/* Stable for programs. */
static const char *const kind_names[] = {
	[REF_REGISTER] = "register",   [REF_STACK] = "stack",
	[REF_PER_CPU] = "per-cpu",     [REF_KERNEL] = "kernel",
	[REF_MODULE] = "module",       [REF_OBJECT] = "object",
	[REF_SLAB] = "slab",	       [REF_FREEPOINTER] = "freepointer",
	[REF_ALLOCATOR] = "allocator", [REF_VMALLOC] = "vmalloc",
	[REF_PAGE] = "page",
};

static const char *const use_names[] = {
	[PAGE_UNKNOWN] = "unknown", [PAGE_FREE] = "free",     [PAGE_ANONYMOUS] = "anonymous",
	[PAGE_FILE] = "file",	    [PAGE_KERNEL] = "kernel",
};

const char *ref_kind_name(enum ref_kind kind)
{
	return kind_names[kind];
}

const char *page_use_name(enum page_use use)
{
	return use_names[use];
}

/* A frame that has a hit, and where else it is mapped; 0: nowhere that is known. */
struct frame {
	uint64_t frame, virt;
};

/* The slab that was looked at last: hits come by address, so those of one slab follow each other. */
struct slab_states {
	uint64_t page;
	struct slab_object_state {
		int32_t index;
		enum object_state state;
		struct holder holder;
		uint64_t link;
	} * objects;
	size_t nr, room;
};

/* How a struct page says who has it. */
struct page_words {
	struct target_member flags, mapping, type, mapcount, private;
	uint64_t buddy_mask,
		buddy; /* free when the type under the mask is this; mask 0: not known */
	uint32_t buddy_size;
	uint32_t buddy_offset;
};

struct ref_context {
	struct allocator *allocator;
	struct memory *memory;
	struct arena *arena;
	const struct cache_result *(*judged)(void *ctx, uint64_t cache);
	void *judged_ctx;
	struct task *tasks; /* by stack */
	size_t nr_tasks, tasks_room;
	bool tasks_whole;
	struct vmap_area *areas; /* by start */
	size_t nr_areas, areas_room;
	struct frame *frames; /* by number */
	size_t nr_frames;
	uint64_t static_start, static_end; /* per-CPU variables, as offsets */
	uint64_t unit;
	struct page_words page;
	struct slab_states holders, targets;
};

/* --- Tasks, areas, frames --- */

static bool task_add(void *ctx, const struct task *task)
{
	struct ref_context *c = ctx;
	struct task *tasks =
		arena_more(c->arena, c->tasks, c->nr_tasks, &c->tasks_room, 256, sizeof(*tasks));

	if (!tasks)
		return true;
	c->tasks = tasks;
	c->tasks[c->nr_tasks++] = *task;
	return false;
}

static bool area_add(void *ctx, const struct vmap_area *area)
{
	struct ref_context *c = ctx;
	struct vmap_area *areas =
		arena_more(c->arena, c->areas, c->nr_areas, &c->areas_room, 256, sizeof(*areas));

	if (!areas)
		return true;
	c->areas = areas;
	c->areas[c->nr_areas++] = *area;
	return false;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int task_compare(const void *a, const void *b)
{
	return compare(((const struct task *)a)->stack, ((const struct task *)b)->stack);
}

static int area_compare(const void *a, const void *b)
{
	return compare(((const struct vmap_area *)a)->start, ((const struct vmap_area *)b)->start);
}

/* The last element of an array that does not begin behind @key; NULL: none. All begin with a start. */
static const void *last_before(const void *array, size_t nr, size_t size, size_t at, uint64_t key)
{
	const uint8_t *bytes = array;
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t start;

		memcpy(&start, bytes + middle * size + at, sizeof(start));
		if (start <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? bytes + (low - 1) * size : NULL;
}

static struct frame *frame_find(const struct ref_context *c, uint64_t number)
{
	const struct frame *f = last_before(c->frames, c->nr_frames, sizeof(*f),
					    offsetof(struct frame, frame), number);

	return f && f->frame == number ? (struct frame *)f : NULL;
}

/* Addresses of which the first and the last page say that all between are mapped in order. */
static bool is_linear(struct target *t, uint64_t virt, uint64_t phys)
{
	uint64_t last, page = target_page_size(t);

	return !(virt & (STRIDE - 1)) &&
	       t->ops->translate(t, virt + STRIDE - page, &last) == TARGET_OK &&
	       last == phys + STRIDE - page;
}

static void frames_name(struct ref_context *c, uint64_t virt, uint64_t phys, uint64_t size)
{
	unsigned int shift = c->memory->target->page_shift;
	uint64_t first = phys >> shift, last = (phys + size - 1) >> shift;
	const struct frame *f = last_before(c->frames, c->nr_frames, sizeof(*f),
					    offsetof(struct frame, frame), last);

	for (; f && f >= c->frames && f->frame >= first; f--)
		((struct frame *)f)->virt = virt + ((f->frame - first) << shift);
}

/* Asks the page tables which of the frames are mapped in a range. */
static void range_map(struct ref_context *c, uint64_t start, uint64_t end)
{
	struct target *t = c->memory->target;
	uint64_t page = target_page_size(t), phys, size;

	start &= ~(page - 1);
	for (uint64_t virt = start; virt < end && virt >= start; virt += size) {
		size = page;
		if (memory_cancelled(c->memory) || t->ops->translate(t, virt, &phys) != TARGET_OK)
			continue;
		if (is_linear(t, virt, phys))
			size = STRIDE;
		frames_name(c, virt, phys & ~(page - 1), size);
	}
}

/* What is mapped twice: the memmap, the kernel's image, and vmalloc space with the modules. */
static void frames_map(struct ref_context *c)
{
	const struct address_range *image = &c->allocator->kernel->text.kernel;
	struct target *t = c->memory->target;
	uint64_t first, last;

	if (!t->ops->translate || !c->nr_frames)
		return;
	if (t->ops->frame_to_page(t, 0, &first) &&
	    t->ops->frame_to_page(t, t->nr_pages - 1, &last) && last > first)
		range_map(c, first, last + c->allocator->kernel->page.struct_size);
	range_map(c, image->start, image->end);
	for (size_t i = 0; i < c->nr_areas; i++)
		range_map(c, c->areas[i].start, c->areas[i].end);
}

static bool frames_gather(struct ref_context *c, const struct refs_found *found)
{
	unsigned int shift = c->memory->target->page_shift;

	c->frames = arena_array(c->arena, found->nr, sizeof(*c->frames));
	for (size_t i = 0; c->frames && i < found->nr; i++) {
		uint64_t number = found->hits[i].phys >> shift;

		if (!c->nr_frames || c->frames[c->nr_frames - 1].frame != number)
			c->frames[c->nr_frames++].frame = number;
	}
	return c->frames;
}

/* --- The kernel's own facts --- */

/*
 * The page allocator marks the first page of a free block in its type: up to 4.17 in _mapcount, up to 6.10
 * with a bit that is clear in a word of ones, in 6.11 with a bit of an enumeration, since 6.12 with a number
 * in the highest byte.
 */
static void page_words_find(struct page_words *p, struct target *t)
{
	int64_t value;
	bool typed = target_find(t, "page", "page_type", &p->type);

	target_find(t, "page", "flags", &p->flags);
	target_find(t, "page", "mapping", &p->mapping);
	target_find(t, "page", "private", &p->private);
	p->buddy_size = 4;
	p->buddy_offset = p->type.offset;
	if (t->ops->enumerator(t, "PGTY_buddy", &value)) {
		p->buddy_mask = 0xff000000;
		p->buddy = (uint64_t)value << 24;
	} else if (t->ops->enumerator(t, "PG_buddy", &value)) {
		p->buddy_mask = 0x80000000 | (uint64_t)value;
		p->buddy = 0x80000000;
	} else if (typed) {
		p->buddy_mask = 0xf0000080;
		p->buddy = 0xf0000000;
	} else if (target_find(t, "page", "_mapcount", &p->mapcount)) {
		p->buddy_offset = p->mapcount.offset;
		p->buddy_mask = 0xffffffff;
		p->buddy = (uint32_t)-128;
	}
}

/* Offsets of per-CPU variables; the unit is what a CPU has of the first chunk. */
static void per_cpu_learn(struct ref_context *c)
{
	struct target *t = c->memory->target;
	uint64_t at;

	if (!t->ops->symbol(t, "__per_cpu_start", &c->static_start) ||
	    !t->ops->symbol(t, "__per_cpu_end", &c->static_end))
		c->static_start = c->static_end = 0;
	if (!t->ops->symbol(t, "pcpu_unit_size", &at) ||
	    memory_value(c->memory, at, 4, &c->unit) != TARGET_OK)
		c->unit = c->static_end - c->static_start;
}

struct ref_context *ref_context_new(struct allocator *allocator, const struct refs_found *found,
				    const struct cache_result *(*judged)(void *ctx, uint64_t cache),
				    void *ctx)
{
	struct ref_context *c = arena_alloc(allocator->arena, sizeof(*c));

	if (!c)
		return NULL;
	c->allocator = allocator;
	c->memory = allocator->memory;
	c->arena = allocator->arena;
	c->judged = judged;
	c->judged_ctx = ctx;
	if (!frames_gather(c, found))
		return NULL;
	c->tasks_whole = tasks_visit(c->memory, task_add, c);
	vmap_visit(c->memory, area_add, c);
	if (c->nr_tasks)
		qsort(c->tasks, c->nr_tasks, sizeof(*c->tasks), task_compare);
	if (c->nr_areas)
		qsort(c->areas, c->nr_areas, sizeof(*c->areas), area_compare);
	page_words_find(&c->page, c->memory->target);
	per_cpu_learn(c);
	frames_map(c);
	return c;
}

/* --- Objects --- */

/* The visit of one slab. */
struct slab_visit {
	struct ref_context *c;
	struct slab_states *states;
};

static void state_object(void *ctx, const struct object_view *o)
{
	const struct slab_visit *v = ctx;
	struct slab_states *s = v->states;
	struct slab_object_state *objects =
		arena_more(v->c->arena, s->objects, s->nr, &s->room, 256, sizeof(*objects));

	if (!objects)
		return;
	s->objects = objects;
	s->objects[s->nr++] = (struct slab_object_state){ o->index, o->state, o->holder, o->link };
}

/* The states of a slab, kept until another one is asked for. */
static const struct slab_states *slab_states(struct ref_context *c, struct slab_states *states,
					     const struct location *at)
{
	struct slab_visit v = { c, states };
	const struct objects_visit visit = { .object = state_object, .ctx = &v };
	const struct cache_result *result;

	if (states->page == at->page)
		return states;
	states->page = at->page;
	states->nr = 0;
	result = c->judged(c->judged_ctx, at->cache);
	if (result)
		c->allocator->ops->slab_objects(c->allocator, result, at->page, &visit);
	return states;
}

/* What an address lies in, when @object->at says that it is an object. */
static void object_learn(struct ref_context *c, struct slab_states *states,
			 struct ref_object *object)
{
	const struct slab_states *s = slab_states(c, states, &object->at);

	c->allocator->ops->view(c->allocator, object->at.cache, &object->cache);
	object->state = OBJECT_UNKNOWN;
	object->holder.kind = HOLDER_NONE;
	/* In the order of their numbers, from 0 on. */
	if ((size_t)object->at.index < s->nr) {
		const struct slab_object_state *o = &s->objects[object->at.index];

		object->state = o->state;
		object->holder = o->holder;
		object->link = o->link;
	}
}

static bool in_object(const struct location *at)
{
	return at->cache && at->index >= 0;
}

bool ref_object_of(struct ref_context *c, uint64_t addr, struct ref_object *object)
{
	*object = (struct ref_object){ .at = c->allocator->ops->locate(c->allocator, addr) };
	if (!in_object(&object->at))
		return false;
	object_learn(c, &c->targets, object);
	return true;
}

/* --- Holders --- */

/* The entry of the sheaf or array that leads to the free object: it is the allocator's own. */
static bool is_holding_array(const struct reference *ref)
{
	const struct holder *h = &ref->target.holder;

	/* Arrays begin with some words of their own. */
	return h->kind == HOLDER_ARRAY && ref->addr - h->array < 8 * ((uint64_t)h->position + 16);
}

static void describe_array(struct ref_context *c, struct reference *ref)
{
	const struct holder *h = &ref->target.holder;

	(void)c;
	ref->kind = REF_ALLOCATOR;
	ref->structure = (struct structure){ .kind = STRUCTURE_SHEAF,
					     .start = h->array,
					     .cache = ref->target.at.cache,
					     .cpu = h->cpu,
					     .node = h->node,
					     .place = h->place };
}

static bool describe_stack(struct ref_context *c, struct reference *ref)
{
	const struct task *task = last_before(c->tasks, c->nr_tasks, sizeof(*task),
					      offsetof(struct task, stack), ref->addr);
	struct stack_frame around;
	uint64_t low;

	if (!task || ref->addr - task->stack >= task->stack_size)
		return false;
	ref->kind = REF_STACK;
	ref->start = task->stack;
	ref->pid = task->pid;
	memcpy(ref->comm, task->comm, sizeof(ref->comm));
	ref->below_sp = task->sp && ref->addr < task->sp;
	ref->life = ref->below_sp ? REF_DEAD : REF_LIVE;
	low = task->sp && !ref->below_sp ? task->sp : task->stack;
	around = frames_around(c->memory, c->allocator->kernel, low, task->stack + task->stack_size,
			       ref->addr);
	ref->frame = around.frame;
	ref->caller = around.caller;
	ref->switched = task->sp && !ref->below_sp && !around.frame.name;
	return true;
}

/* The variable of a per-CPU address; static ones of modules lie in the reserved part of the first chunk. */
static struct target_symbol per_cpu_symbol(struct ref_context *c, uint64_t offset)
{
	struct target *t = c->memory->target;
	struct target_symbol symbol = { 0 };

	if (t->ops->per_cpu_symbol_at)
		t->ops->per_cpu_symbol_at(t, offset, &symbol);
	return symbol;
}

/* An address that a CPU's part of the first chunk has. */
static bool describe_per_cpu(struct ref_context *c, struct reference *ref)
{
	const struct kernel *kernel = c->allocator->kernel;

	for (unsigned int cpu = 0; cpu < kernel->nr_cpus; cpu++) {
		uint64_t offset = ref->addr - kernel->cpu_offset[cpu];

		if (!kernel->cpu_possible[cpu] || offset - c->static_start >= c->unit)
			continue;
		ref->kind = REF_PER_CPU;
		ref->cpu = (int)cpu;
		ref->symbol = per_cpu_symbol(c, offset);
		return true;
	}
	return false;
}

/* Other chunks are areas that pcpu_get_vm_areas() made; with one group of CPUs their units follow each
 * other in it. */
static void chunk_cpu(struct ref_context *c, struct reference *ref)
{
	struct target *t = c->memory->target;
	uint64_t at, groups = 0;

	if (!c->unit || !t->ops->symbol(t, "pcpu_nr_groups", &at) ||
	    memory_value(c->memory, at, 4, &groups) != TARGET_OK || groups != 1)
		return;
	ref->cpu = (int)((ref->addr - ref->start) / c->unit);
}

/* Areas that are stacks: of a task when it is one of a task's, else one that is kept for the next task. The
 * caller that the kernel notes moved with its functions. */
static enum ref_life area_life(const struct target_symbol *maker)
{
	static const struct {
		const char *name;
		enum ref_life life;
	} rows[] = {
		{ "kernel_clone", REF_DEAD },	    { "_do_fork", REF_DEAD },
		{ "copy_process", REF_DEAD },	    { "dup_task_struct", REF_DEAD },
		{ "alloc_thread_stack", REF_DEAD }, { "irq_init_percpu_irqstack", REF_UNKNOWN },
	};

	for (size_t i = 0; maker->name && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(maker->name, rows[i].name, strlen(rows[i].name)))
			return rows[i].life;
	return REF_LIVE;
}

static bool describe_area(struct ref_context *c, struct reference *ref)
{
	const struct vmap_area *area = last_before(c->areas, c->nr_areas, sizeof(*area),
						   offsetof(struct vmap_area, start), ref->addr);

	if (!area || ref->addr >= area->end)
		return false;
	ref->start = area->start;
	ref->kind = REF_VMALLOC;
	if (area->caller)
		ref->symbol = symbol_of(c->memory, area->caller);
	ref->life = c->tasks_whole ? area_life(&ref->symbol) : REF_LIVE;
	if (ref->symbol.name && !strncmp(ref->symbol.name, "pcpu_", 5)) {
		ref->symbol = (struct target_symbol){ 0 };
		ref->kind = REF_PER_CPU;
		chunk_cpu(c, ref);
	}
	return true;
}

static bool describe_image(struct ref_context *c, struct reference *ref)
{
	struct target_symbol symbol;

	if (range_has(&c->allocator->kernel->text.kernel, ref->addr)) {
		ref->kind = REF_KERNEL;
		ref->symbol = symbol_of(c->memory, ref->addr);
		return true;
	}
	symbol = symbol_of(c->memory, ref->addr);
	if (!symbol.module)
		return false;
	ref->kind = REF_MODULE;
	ref->symbol = symbol;
	return true;
}

/* A freelist that begins in per-CPU memory, and the descriptor of a slab. */
static bool describe_structure(struct ref_context *c, struct reference *ref)
{
	structure_of(c->allocator, ref->addr, &ref->structure);
	if (!ref->structure.cache && ref->structure.kind != STRUCTURE_PAGE)
		return false;
	ref->kind = REF_ALLOCATOR;
	return true;
}

static bool in_memmap(struct ref_context *c, uint64_t addr)
{
	struct target *t = c->memory->target;
	uint64_t first, last;

	return t->ops->frame_to_page(t, 0, &first) &&
	       t->ops->frame_to_page(t, t->nr_pages - 1, &last) && addr >= first &&
	       addr - first <= last - first + c->allocator->kernel->page.struct_size;
}

/* --- Pages --- */

static bool is_buddy(struct ref_context *c, uint64_t page, unsigned int order)
{
	const struct page_words *p = &c->page;
	uint64_t type, of;

	return p->buddy_mask &&
	       memory_value(c->memory, page + p->buddy_offset, p->buddy_size, &type) == TARGET_OK &&
	       (type & p->buddy_mask) == p->buddy &&
	       memory_member(c->memory, page, p->private, &of) == TARGET_OK && of >= order;
}

/* Only the first page of a free block says so, and how large the block is. */
static bool is_free(struct ref_context *c, uint64_t frame)
{
	struct target *t = c->memory->target;
	uint64_t page;

	for (unsigned int order = 0; order <= FREE_ORDER_MAX; order++)
		if (t->ops->frame_to_page(t, frame >> order << order, &page) &&
		    is_buddy(c, page, order))
			return true;
	return false;
}

/* The low bits of page->mapping are flags: PAGE_MAPPING_ANON is the first of them. */
static enum page_use page_use_of(struct ref_context *c, uint64_t page, uint64_t frame)
{
	uint64_t mapping;

	if (is_free(c, frame))
		return PAGE_FREE;
	if (page_head(c->memory, &c->allocator->kernel->page, page, &page) != TARGET_OK ||
	    !member_exists(c->page.mapping) ||
	    memory_member(c->memory, page, c->page.mapping, &mapping) != TARGET_OK)
		return PAGE_UNKNOWN;
	if (!(mapping >> 63))
		return PAGE_KERNEL;
	return mapping & 3 ? (mapping & 1 ? PAGE_ANONYMOUS : PAGE_KERNEL) : PAGE_FILE;
}

static void describe_page(struct ref_context *c, struct reference *ref, uint64_t page,
			  uint64_t frame)
{
	ref->kind = REF_PAGE;
	ref->page = page ? page_use_of(c, page, frame) : PAGE_UNKNOWN;
	if (ref->page == PAGE_UNKNOWN)
		ref->life = REF_UNKNOWN;
	else if (ref->page != PAGE_KERNEL)
		ref->life = REF_DEAD;
}

/* Links that are not encoded are pointers like any other. */
static bool is_freepointer(struct ref_context *c, const struct reference *ref)
{
	const struct location *at = &ref->object.at;

	return ref->object.state == OBJECT_FREE && ref->object.link == ref->value &&
	       c->allocator->ops->linked_object(c->allocator, at->cache, ref->addr) ==
		       ref->addr - at->offset;
}

/* In the direct map. */
static void describe_direct(struct ref_context *c, struct reference *ref, uint64_t frame)
{
	ref->object.at = c->allocator->ops->locate(c->allocator, ref->addr);
	if (in_object(&ref->object.at)) {
		ref->kind = REF_OBJECT;
		object_learn(c, &c->holders, &ref->object);
		if (ref->object.state == OBJECT_FREE)
			ref->life = REF_DEAD;
		else if (ref->object.state != OBJECT_ALLOCATED)
			ref->life = REF_UNKNOWN;
		if (is_freepointer(c, ref)) {
			ref->kind = REF_FREEPOINTER;
			ref->addr -= ref->object.at.offset;
		}
	} else if (ref->object.at.cache || ref->object.at.kind == LOCATION_SLAB) {
		ref->kind = REF_SLAB;
		ref->life = REF_UNKNOWN;
	} else {
		describe_page(c, ref, ref->object.at.page, frame);
	}
}

static void holder_find(struct ref_context *c, struct reference *ref, uint64_t frame)
{
	if (describe_stack(c, ref))
		return;
	if (in_memmap(c, ref->addr) && describe_structure(c, ref))
		return;
	if (describe_image(c, ref))
		return;
	if (describe_per_cpu(c, ref) || describe_area(c, ref)) {
		if (ref->kind == REF_PER_CPU && !ref->symbol.name)
			describe_structure(c, ref);
		return;
	}
	describe_direct(c, ref, frame);
}

static bool is_dangling(const struct reference *ref)
{
	return ref->kind != REF_ALLOCATOR && ref->life == REF_LIVE && in_object(&ref->target.at) &&
	       ref->target.state == OBJECT_FREE;
}

void ref_describe(struct ref_context *c, const struct refs_hit *hit, struct reference *ref)
{
	unsigned int shift = c->memory->target->page_shift;
	uint64_t offset = hit->phys & (target_page_size(c->memory->target) - 1);
	const struct frame *frame = frame_find(c, hit->phys >> shift);

	*ref = (struct reference){ .addr = hit->addr, .value = hit->value, .cpu = -1 };
	if (frame && frame->virt)
		ref->addr = frame->virt + offset;
	ref_object_of(c, hit->value, &ref->target);
	if (is_holding_array(ref))
		describe_array(c, ref);
	else
		holder_find(c, ref, hit->phys >> shift);
	ref->dangling = is_dangling(ref);
}

void ref_register(struct ref_context *c, int cpu, const char *reg, uint64_t value,
		  struct reference *ref)
{
	*ref = (struct reference){ .kind = REF_REGISTER, .cpu = cpu, .reg = reg, .value = value };
	ref_object_of(c, value, &ref->target);
	ref->dangling = is_dangling(ref);
}

void ref_saved(struct ref_context *c, struct reference *ref, uint64_t addr, uint64_t ip)
{
	ref->addr = addr;
	ref->frame = symbol_of(c->memory, ip);
}
