/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/trap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/exception.h"
#include "checker/slub/locate.h"
#include "checker/image/symbol.h"
#include "checker/why/allocator_functions.h"
#include "decoders/freeptr.h"
#include "decoders/operand.h"

#define TRAP_NR_UD 6
#define TRAP_NR_GP 13
#define TRAP_NR_PF 14

/* How far above its frame a small function's return address can be: what it saved lies between. */
#define CALLER_SEARCH ((size_t)256)

/* What a visit to the frames needs. */
struct search {
	struct trap *trap;
	struct finding *finding;
	struct memory *memory;
	const struct layout *layout;
	const struct cache_list *caches;
	struct arena *arena;
	const struct exception *e;
	uint64_t
		words_cache; /* of all that registers hold of the allocator's; 0: none, or several */
	enum allocator_job job; /* of the function, or of the one that called a check */
};

/* Names with and without what compilers append: cold code has a symbol of its own. */
static bool same_function(const char *a, const char *b)
{
	size_t length = strcspn(a, ".");

	return length == strcspn(b, ".") && !strncmp(a, b, length);
}

static bool is_list_check(const char *name)
{
	return !strncmp(name, "__list_add_valid", 16) ||
	       !strncmp(name, "__list_del_entry_valid", 22);
}

static bool is_copy_check(const char *name)
{
	return same_function(name, "usercopy_abort");
}

/* The first word on the stack behind a call of the function: return addresses of others, and what
 * is left of older calls, are behind other calls. */
static void caller_find(struct search *s)
{
	const struct exception *e = s->e;
	struct trap *trap = s->trap;
	uint8_t call[5];

	for (size_t at = 0; at + 8 <= e->nr_above && at < CALLER_SEARCH; at += 8) {
		uint64_t back = value_get(e->above + at, 8);
		struct target_symbol callee;

		if (!(back >> 63) ||
		    memory_read(s->memory, back - sizeof(call), call, sizeof(call)) != TARGET_OK ||
		    call[0] != 0xe8)
			continue;
		callee = symbol_of(s->memory,
				   back + (uint64_t)(int64_t)(int32_t)value_get(call + 1, 4));
		if (!callee.name || callee.offset || !same_function(callee.name, trap->symbol.name))
			continue;
		trap->caller = symbol_of(s->memory, back - sizeof(call));
		return;
	}
}

/* Names the function; false when what died there is not the kernel itself. */
static bool function_find(struct search *s)
{
	struct trap *trap = s->trap;

	trap->symbol = symbol_of(s->memory, trap->ip);
	if (!trap->symbol.name || trap->symbol.module)
		return false;
	s->job = allocator_job(trap->symbol.name);
	if (!is_list_check(trap->symbol.name) && !is_copy_check(trap->symbol.name))
		return true;
	caller_find(s);
	s->job = trap->caller.name && !trap->caller.module ? allocator_job(trap->caller.name)
							   : JOB_NONE;
	return true;
}

/* --- What registers hold --- */

static struct location slab_location(struct search *s, uint64_t page)
{
	struct target *t = s->memory->target;
	struct location none = { 0 };
	uint64_t virt;

	if (!t->ops->page_to_virt(t, page, &virt))
		return none;
	return locate(s->memory, s->layout, s->caches, virt);
}

static const char *cache_name(struct search *s, uint64_t addr, char buf[4 * CACHE_NAME_MAX])
{
	struct cache cache;

	cache_read(&cache, s->memory, s->layout, addr, FREEPTR_PLAIN);
	return text_escape(cache.name, buf, 4 * CACHE_NAME_MAX);
}

/* The cache that a value has to do with, and what the value is to it; 0: nothing. */
static uint64_t word_describe(struct search *s, uint64_t value, char *buf, size_t len)
{
	char name[4 * CACHE_NAME_MAX];
	struct location at;

	if (!(value >> 63))
		return 0;
	if (cache_list_has(s->caches, value)) {
		snprintf(buf, len, "the kmem_cache %s", cache_name(s, value, name));
		return value;
	}
	at = slab_location(s, value);
	if (at.cache && at.page == value) {
		snprintf(buf, len, "a slab of %s", cache_name(s, at.cache, name));
		return at.cache;
	}
	at = slab_location(s, value - s->layout->slab.list.offset);
	if (at.cache && at.page == value - s->layout->slab.list.offset) {
		snprintf(buf, len, "slab_list of a slab of %s", cache_name(s, at.cache, name));
		return at.cache;
	}
	at = locate(s->memory, s->layout, s->caches, value);
	if (at.kind != LOCATION_OBJECT && !(s->job == JOB_COPY && at.kind == LOCATION_INSIDE))
		return 0;
	location_describe(s->memory, s->layout, &at, buf, len);
	return at.cache;
}

/* Also notes the cache, when all that the registers hold is of one. */
static void words_find(struct search *s)
{
	struct trap *trap = s->trap;
	bool several = false;

	for (unsigned int i = 0; i < REG_GENERAL && trap->nr_words < TRAP_WORDS_MAX; i++) {
		struct trap_word *word = &trap->words[trap->nr_words];

		uint64_t cache = word_describe(s, s->e->regs[i], word->what, sizeof(word->what));

		if (!cache)
			continue;
		several |= s->words_cache && cache != s->words_cache;
		s->words_cache = cache;
		word->reg = exception_reg_name(i);
		word->value = s->e->regs[i];
		trap->nr_words++;
	}
	if (several)
		s->words_cache = 0;
}

/* The one kmem_cache whose address is in a register; 0: none, or several. */
static uint64_t cache_in_regs(struct search *s)
{
	uint64_t cache = 0;

	for (unsigned int i = 0; i < REG_GENERAL; i++) {
		uint64_t value = s->e->regs[i];

		if (!cache_list_has(s->caches, value) || value == cache)
			continue;
		if (cache)
			return 0;
		cache = value;
	}
	return cache;
}

static void about_slab(struct finding *f, const struct location *at)
{
	f->cache = at->cache;
	f->slab = at->page;
	f->slab_base = at->base;
	f->has |= FINDING_HAS_SLAB;
}

static void about_object(struct finding *f, const struct location *at)
{
	about_slab(f, at);
	f->object = at->addr - at->offset;
	f->object_index = at->index;
	f->has |= FINDING_HAS_OBJECT;
}

/* --- A check that failed --- */

/* Which list has the object as its head, or NULL: the CPU's freelist, or the slab's own. */
static const char *head_of(struct search *s, const struct location *at)
{
	const struct layout *layout = s->layout;
	struct cache cache;
	uint64_t head;

	if (memory_member(s->memory, at->page, layout->slab.freelist, &head) == TARGET_OK &&
	    head == at->addr)
		return "the head of its slab's freelist";
	cache_read(&cache, s->memory, layout, at->cache, FREEPTR_PLAIN);
	if (layout->has_cpu_slabs && cache.status == TARGET_OK &&
	    memory_member(s->memory, cache.cpu_slab + layout->kernel.cpu_offset[s->e->cpu],
			  layout->cpu.freelist, &head) == TARGET_OK &&
	    head == at->addr)
		return "the head of this CPU's freelist";
	return NULL;
}

static bool in_two_regs(const struct exception *e, uint64_t value)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < REG_GENERAL; i++)
		n += e->regs[i] == value;
	return n > 1;
}

/*
 * BUG_ON(object == fp) of set_freepointer() (ce6fa91b9363, 4.14): the object is to be linked to
 * itself. mm/slub.c has no other BUG() on the way of a free that knows an object of a slab.
 */
static bool double_free_find(struct search *s)
{
	struct finding *f = s->finding;

	for (unsigned int i = 0; i < REG_GENERAL; i++) {
		struct location at = locate(s->memory, s->layout, s->caches, s->e->regs[i]);
		const char *head;
		struct opinion *o;

		if (at.kind != LOCATION_OBJECT || cache_list_has(s->caches, at.addr))
			continue;
		head = head_of(s, &at);
		if (!head && !in_two_regs(s->e, at.addr))
			continue;
		about_object(f, &at);
		if (head)
			o = opine(&s->trap->opinion, CAUSE_DOUBLE_FREE, 98, true,
				  "Object %d is %s: it was free already when it was freed.",
				  at.index, head);
		else
			o = opine(&s->trap->opinion, CAUSE_DOUBLE_FREE, 98, true,
				  "Object %d was about to be linked to itself: it is twice in "
				  "the list that is being freed.",
				  at.index);
		o->object = at.addr;
		return true;
	}
	return false;
}

/* The slab whose links are checked. */
static void list_subject_find(struct search *s)
{
	for (unsigned int i = 0; i < REG_GENERAL && !s->finding->cache; i++) {
		uint64_t page = s->e->regs[i] - s->layout->slab.list.offset;
		struct location at = slab_location(s, page);

		if (at.cache && at.page == page)
			about_slab(s->finding, &at);
	}
}

static bool in_regs(const struct exception *e, uint64_t value)
{
	for (unsigned int i = 0; i < REG_GENERAL; i++)
		if (e->regs[i] == value)
			return true;
	return false;
}

/* The object that was to be copied: where the copy begins, where it ends and how long it is are all
 * in registers, or nobody knows which of them an address is. */
static void copy_subject_find(struct search *s)
{
	const uint64_t *regs = s->e->regs;

	for (unsigned int i = 0; i < REG_GENERAL; i++)
		for (unsigned int j = 0; j < REG_GENERAL; j++) {
			struct location at;

			if (regs[j] <= regs[i] || !in_regs(s->e, regs[j] - regs[i]))
				continue;
			at = locate(s->memory, s->layout, s->caches, regs[i]);
			if (at.cache && at.index >= 0 && !cache_list_has(s->caches, at.addr)) {
				about_object(s->finding, &at);
				return;
			}
		}
	s->finding->cache = cache_in_regs(s);
}

static const char *bug_meaning(struct search *s)
{
	const struct trap *trap = s->trap;

	if (is_list_check(trap->symbol.name)) {
		list_subject_find(s);
		return "the links of a list of slabs contradict each other";
	}
	if (s->job == JOB_COPY) {
		copy_subject_find(s);
		return "a copy to or from user space goes beyond its object, or beyond the part "
		       "that may be copied";
	}
	if ((s->job == JOB_FREE || s->job == JOB_MOVE) &&
	    (!trap->bug.file[0] || bug_in_file(&trap->bug, "mm/slub.c")) && double_free_find(s))
		return "the object to be freed is free already";
	return "a check of the allocator failed";
}

/* Checks of the allocator's own, wherever the compiler put them. */
static bool in_allocator_file(const struct bug *bug)
{
	return bug_in_file(bug, "mm/slub.c") || bug_in_file(bug, "mm/slab.h") ||
	       bug_in_file(bug, "mm/slab_common.c");
}

static bool bug_judge(struct search *s)
{
	struct trap *trap = s->trap;
	enum bug_status status = bug_find(s->memory, s->arena, trap->ip, &trap->bug);
	char where[112], file[sizeof(trap->bug.file)] = "", name[128];
	const char *meaning;

	/* Without the table a BUG() is told from a WARN() by what the task died of. */
	if (status == BUG_NONE || (status == BUG_FOUND && trap->bug.warning) ||
	    (status == BUG_UNKNOWN && s->e->trap_nr != TRAP_NR_UD))
		return false;
	if (!function_find(s) || (s->job == JOB_NONE && !in_allocator_file(&trap->bug)))
		return false;
	trap->kind = TRAP_BUG;
	words_find(s);
	meaning = bug_meaning(s);
	if (!s->finding->cache)
		s->finding->cache = cache_in_regs(s);
	if (!s->finding->cache)
		s->finding->cache = s->words_cache;
	snprintf(file, sizeof(file), "%s", trap->bug.file);
	where[0] = '\0';
	if (file[0])
		snprintf(where, sizeof(where), " at %s:%u", file, trap->bug.line);
	finding_message(s->finding, "kernel BUG%s in %s: %s", where,
			symbol_text(&trap->symbol, name, sizeof(name)), meaning);
	return true;
}

/* --- A pointer that led nowhere --- */

/* Whether an access to the address faults; what is not in the dump may be there. */
static bool faults(struct search *s, uint64_t address)
{
	struct location at = locate(s->memory, s->layout, s->caches, address);

	return at.kind == LOCATION_NULL || at.kind == LOCATION_USER ||
	       at.kind == LOCATION_INVALID || at.kind == LOCATION_UNMAPPED;
}

static enum trap_kind fault_kind(const struct exception *e, uint64_t address)
{
	uint64_t top = address >> 47;

	if (e->trap_nr == TRAP_NR_GP)
		return TRAP_GENERAL_PROTECTION;
	if (e->trap_nr == TRAP_NR_PF || !top || top == 0x1ffff)
		return TRAP_PAGE_FAULT;
	return TRAP_GENERAL_PROTECTION; /* not canonical, with four levels of tables */
}

/* Whether what was followed is the freepointer of an object that a freelist led to. */
static bool freelist_followed(struct search *s, uint64_t cache_addr)
{
	struct cache cache;
	uint64_t object;

	if (!cache_addr)
		return false;
	cache_read(&cache, s->memory, s->layout, cache_addr, FREEPTR_PLAIN);
	if (!cache_walkable(&cache))
		return false;
	object = s->trap->address - cache.offset;
	return object >= s->memory->page_size && in_regs(s->e, object);
}

/* What a fault means; the finding becomes a note where it proves nothing. */
static const char *fault_meaning(struct search *s)
{
	struct finding *f = s->finding;
	uint64_t cache = cache_in_regs(s);

	if (is_list_check(s->trap->symbol.name)) {
		list_subject_find(s);
		return "a link of a list of slabs points to unmapped memory";
	}
	f->cache = cache;
	if ((s->job == JOB_ALLOCATE || s->job == JOB_MOVE) && freelist_followed(s, cache))
		return "a freelist led to unmapped memory";
	f->severity = SEVERITY_NOTE;
	f->cache = 0;
	if (s->job == JOB_FREE)
		return "a free followed a bad pointer, most likely its caller's; this does not "
		       "prove that the allocator is damaged";
	return "this does not prove that the allocator is damaged";
}

static bool fault_judge(struct search *s, const uint8_t *code, size_t len)
{
	struct trap *trap = s->trap;
	uint64_t regs[16];
	char name[128];

	exception_machine_regs(s->e, regs);
	if (!insn_address(code, len, trap->ip, regs, &trap->address) || !faults(s, trap->address) ||
	    !function_find(s) || s->job == JOB_NONE)
		return false;
	trap->kind = fault_kind(s->e, trap->address);
	words_find(s);
	finding_message(s->finding, "%s at 0x%" PRIx64 " in %s: %s",
			trap->kind == TRAP_PAGE_FAULT ? "page fault" : "general protection fault",
			trap->address, symbol_text(&trap->symbol, name, sizeof(name)),
			fault_meaning(s));
	return true;
}

static bool frame_visit(void *ctx, const struct exception *e)
{
	struct search *s = ctx;
	struct trap *trap = s->trap;
	uint8_t code[INSN_MAX];
	size_t len = sizeof(code);

	if (!e->exact)
		return false;
	s->e = e;
	s->words_cache = 0;
	*trap = (struct trap){ .cpu = e->cpu, .pid = e->pid, .frame = e->frame };
	*s->finding = (struct finding){
		.id = FINDING_ALLOCATOR_TRAP, .place = PLACE_CPU, .cpu = e->cpu, .node = -1
	};
	memcpy(trap->comm, e->comm, sizeof(trap->comm));
	trap->ip = e->regs[REG_IP];
	/* At the end of a page that is the last one in the dump there are fewer. */
	while (len && memory_read(s->memory, trap->ip, code, len) != TARGET_OK)
		len--;
	trap->nr_code = len < TRAP_CODE_MAX ? (unsigned int)len : TRAP_CODE_MAX;
	memcpy(trap->code, code, trap->nr_code);
	if (!insn_is_ud2(code, len))
		return fault_judge(s, code, len);
	trap->nr_code = 2;
	return bug_judge(s);
}

bool trap_find(struct trap *trap, struct finding *finding, struct memory *memory,
	       const struct layout *layout, const struct cache_list *caches, struct arena *arena)
{
	struct search search = { .trap = trap,
				 .finding = finding,
				 .memory = memory,
				 .layout = layout,
				 .caches = caches,
				 .arena = arena };

	if (!exceptions_died(memory) ||
	    !exceptions_visit(memory, &layout->kernel, arena, frame_visit, &search))
		return false;
	finding->trap = trap;
	diagnosis_rank(&trap->opinion);
	return true;
}

bool trap_explains(struct trap *trap, const struct finding *finding, struct memory *memory,
		   const struct cache *cache, struct finding *orphans)
{
	uint64_t slot = finding->object + cache->offset, raw;

	if (orphans->id != FINDING_FREELIST_ORPHANS ||
	    diagnosis_cause(&trap->opinion) != CAUSE_DOUBLE_FREE ||
	    orphans->slab != finding->slab || memory_value(memory, slot, 8, &raw) != TARGET_OK ||
	    freeptr_decode(cache->encoding, raw, cache->random, slot))
		return false;
	/* It explains them, and blames nobody: they are not damaged. */
	if (!trap->rest.evidence[0])
		diagnosis_evidence(&trap->rest,
				   "They were behind object %d on the freelist. The free that the "
				   "kernel died of cleared its freepointer first.",
				   finding->object_index);
	orphans->diagnosis = &trap->rest;
	return true;
}
