/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/trap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/exception.h"
#include "checker/image/symbol.h"
#include "checker/why/fault.h"
#include "checker/why/word.h"

/* How far above its frame a small function's return address can be: what it saved lies between. */
#define CALLER_SEARCH ((size_t)256)

/* What a visit to the frames needs. */
struct search {
	struct trap *trap;
	struct finding *finding;
	const struct allocator *allocator;
	struct memory *memory;
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

/* Whether an address is where a call of the function returns to; names who called then. */
static bool is_return(struct search *s, uint64_t back)
{
	const struct arch *arch = s->e->arch;
	uint8_t call[ARCH_INSN_MAX];
	struct target_symbol callee;
	uint64_t function;

	if (!(back >> 63) ||
	    memory_read(s->memory, back - arch->call_size, call, arch->call_size) != TARGET_OK ||
	    !arch->callee(call, back, &function))
		return false;
	callee = symbol_of(s->memory, function);
	if (!callee.name || callee.offset || !same_function(callee.name, s->trap->symbol.name))
		return false;
	s->trap->caller = symbol_of(s->memory, back - arch->call_size);
	return true;
}

/* The first word on the stack behind a call of the function: return addresses of others, and what
 * is left of older calls, are behind other calls. */
static void caller_find(struct search *s)
{
	const struct exception *e = s->e;

	if (!e->arch->callee || (e->arch->link >= 0 && is_return(s, e->regs[e->arch->link])))
		return;
	for (size_t at = 0; at + 8 <= e->nr_above && at < CALLER_SEARCH; at += 8)
		if (is_return(s, value_get(e->arch, e->above + at, 8)))
			return;
}

/* Names the function; false when what died there is not the kernel itself. */
static bool function_find(struct search *s)
{
	struct trap *trap = s->trap;

	trap->symbol = symbol_of(s->memory, trap->fault.ip);
	if (!trap->symbol.name || trap->symbol.module)
		return false;
	s->job = s->allocator->ops->job(trap->symbol.name);
	if (!is_list_check(trap->symbol.name) && !is_copy_check(trap->symbol.name))
		return true;
	caller_find(s);
	s->job = trap->caller.name && !trap->caller.module
			 ? s->allocator->ops->job(trap->caller.name)
			 : JOB_NONE;
	return true;
}

/* --- What registers hold --- */

static struct location located(const struct search *s, uint64_t addr)
{
	return s->allocator->ops->locate(s->allocator, addr);
}

/* The cache that a value has to do with, and what the value is to it; 0: nothing. */
static uint64_t word_describe(struct search *s, uint64_t value, char *buf, size_t len)
{
	const struct allocator *a = s->allocator;
	struct location at;

	if (!(value >> 63))
		return 0;
	if (word_of_allocator(a, value, &at, buf, len))
		return at.cache;
	at = located(s, value);
	if (at.kind != LOCATION_OBJECT && !(s->job == JOB_COPY && at.kind == LOCATION_INSIDE))
		return 0;
	a->ops->describe(a, &at, buf, len);
	return at.cache;
}

/* Also notes the cache, when all that the registers hold is of one. */
static void words_find(struct search *s)
{
	struct trap *trap = s->trap;
	bool several = false;

	for (unsigned int i = 0; i < s->e->arch->nr_general && trap->nr_words < TRAP_WORDS_MAX;
	     i++) {
		struct trap_word *word = &trap->words[trap->nr_words];

		uint64_t cache = word_describe(s, s->e->regs[i], word->what, sizeof(word->what));

		if (!cache)
			continue;
		several |= s->words_cache && cache != s->words_cache;
		s->words_cache = cache;
		word->reg = s->e->arch->regs[i].name;
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

	for (unsigned int i = 0; i < s->e->arch->nr_general; i++) {
		uint64_t value = s->e->regs[i];

		if (!allocator_has_cache(s->allocator, value) || value == cache)
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

static bool in_two_regs(const struct exception *e, uint64_t value)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < e->arch->nr_general; i++)
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

	for (unsigned int i = 0; i < s->e->arch->nr_general; i++) {
		struct location at = located(s, s->e->regs[i]);
		const char *head;
		struct opinion *o;

		if (at.kind != LOCATION_OBJECT || allocator_has_cache(s->allocator, at.addr))
			continue;
		head = s->allocator->ops->head_of(s->allocator, s->e->cpu, &at);
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
	for (unsigned int i = 0; i < s->e->arch->nr_general && !s->finding->cache; i++) {
		struct location at;

		if (s->allocator->ops->listed_slab(s->allocator, s->e->regs[i], &at))
			about_slab(s->finding, &at);
	}
}

static bool in_regs(const struct exception *e, uint64_t value)
{
	for (unsigned int i = 0; i < e->arch->nr_general; i++)
		if (e->regs[i] == value)
			return true;
	return false;
}

/* The object that was to be copied: where the copy begins, where it ends and how long it is are all
 * in registers, or nobody knows which of them an address is. */
static void copy_subject_find(struct search *s)
{
	const uint64_t *regs = s->e->regs;

	for (unsigned int i = 0; i < s->e->arch->nr_general; i++)
		for (unsigned int j = 0; j < s->e->arch->nr_general; j++) {
			struct location at;

			if (regs[j] <= regs[i] || !in_regs(s->e, regs[j] - regs[i]))
				continue;
			at = located(s, regs[i]);
			if (at.cache && at.index >= 0 &&
			    !allocator_has_cache(s->allocator, at.addr)) {
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
	    (!trap->fault.bug.file[0] || bug_in_file(&trap->fault.bug, "mm/slub.c")) &&
	    double_free_find(s))
		return "the object to be freed is free already";
	return "a check of the allocator failed";
}

static bool bug_judge(struct search *s)
{
	struct trap *trap = s->trap;
	char where[112], file[sizeof(trap->fault.bug.file)] = "", name[128];
	const char *meaning;

	if (!function_find(s) ||
	    (s->job == JOB_NONE && !s->allocator->ops->is_source(&trap->fault.bug)))
		return false;
	words_find(s);
	meaning = bug_meaning(s);
	if (!s->finding->cache)
		s->finding->cache = cache_in_regs(s);
	if (!s->finding->cache)
		s->finding->cache = s->words_cache;
	snprintf(file, sizeof(file), "%s", trap->fault.bug.file);
	where[0] = '\0';
	if (file[0])
		snprintf(where, sizeof(where), " at %s:%u", file, trap->fault.bug.line);
	finding_message(s->finding, "kernel BUG%s in %s: %s", where,
			symbol_text(&trap->symbol, name, sizeof(name)), meaning);
	return true;
}

/* --- A pointer that led nowhere --- */

/* Whether what was followed is the freepointer of an object that a freelist led to. */
static bool freelist_followed(struct search *s, uint64_t cache)
{
	uint64_t object =
		s->allocator->ops->linked_object(s->allocator, cache, s->trap->fault.address);

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

static bool fault_judge(struct search *s)
{
	struct trap *trap = s->trap;
	char name[128];

	if (!function_find(s) || s->job == JOB_NONE)
		return false;
	words_find(s);
	finding_message(s->finding, "%s at 0x%" PRIx64 " in %s: %s",
			trap_kind_text(trap->fault.kind), trap->fault.address,
			symbol_text(&trap->symbol, name, sizeof(name)), fault_meaning(s));
	return true;
}

static bool frame_visit(void *ctx, const struct exception *e)
{
	struct search *s = ctx;
	struct trap *trap = s->trap;

	s->e = e;
	s->words_cache = 0;
	*trap = (struct trap){ 0 };
	*s->finding = (struct finding){
		.id = FINDING_ALLOCATOR_TRAP, .place = PLACE_CPU, .cpu = e->cpu, .node = -1
	};
	if (!fault_of(&trap->fault, s->allocator, e) || trap->fault.warned || trap->fault.jumped ||
	    (trap->fault.kind != TRAP_BUG && !trap->fault.accessed))
		return false;
	return trap->fault.kind == TRAP_BUG ? bug_judge(s) : fault_judge(s);
}

bool trap_find(struct trap *trap, struct finding *finding, const struct allocator *allocator)
{
	struct search search = { .trap = trap,
				 .finding = finding,
				 .allocator = allocator,
				 .memory = allocator->memory };

	if (!exceptions_died(allocator->memory) ||
	    !exceptions_visit(allocator->memory, allocator->kernel, allocator->arena, frame_visit,
			      &search))
		return false;
	finding->trap = trap;
	diagnosis_rank(&trap->opinion);
	return true;
}

bool trap_explains(struct trap *trap, const struct finding *finding,
		   const struct allocator *allocator, const struct cache_result *result,
		   struct finding *orphans)
{
	if (orphans->id != FINDING_FREELIST_ORPHANS ||
	    diagnosis_cause(&trap->opinion) != CAUSE_DOUBLE_FREE ||
	    orphans->slab != finding->slab ||
	    !allocator->ops->link_is_end(allocator, result, finding->object))
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
