/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who holds a pointer, in a clause that all outputs have. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/report/report.h"

const char *reference_life(const struct reference *ref)
{
	static const char *const names[] = {
		[REF_LIVE] = "live",
		[REF_DEAD] = "dead",
		[REF_UNKNOWN] = "unknown",
	};

	if (ref->dangling)
		return "dangling";
	return ref->kind == REF_ALLOCATOR ? "allocator" : names[ref->life];
}

/* A clause that is written piece by piece. */
struct clause {
	char *buf;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct clause *c, const char *format, ...)
{
	size_t used = strlen(c->buf);
	va_list args;

	va_start(args, format);
	vsnprintf(c->buf + used, c->len - used, format, args);
	va_end(args);
}

static void put_symbol(struct clause *c, const char *before, const struct target_symbol *symbol)
{
	char name[256];

	if (symbol->name)
		put(c, "%s%s", before, symbol_text(symbol, name, sizeof(name)));
}

static void stack_put(struct clause *c, const struct reference *ref)
{
	char comm[4 * sizeof(ref->comm)];

	put(c, "the stack of task %s (%" PRIu64 ")", text_escape(ref->comm, comm, sizeof(comm)),
	    ref->pid);
	if (ref->below_sp) {
		put(c, ", below its stack pointer: left over from an older call");
		return;
	}
	if (ref->switched)
		put(c, ", in the registers that a context switch saved");
	put_symbol(c, ", in the frame of ", &ref->frame);
	put_symbol(c, ", called from ", &ref->caller);
}

static void per_cpu_put(struct clause *c, const struct reference *ref)
{
	if (ref->symbol.name)
		put_symbol(c, "per-CPU variable ", &ref->symbol);
	else
		put(c, "dynamic per-CPU memory");
	if (ref->cpu >= 0)
		put(c, " of CPU %d", ref->cpu);
}

static const char *page_clause(enum page_use use)
{
	static const char *const clauses[] = {
		[PAGE_UNKNOWN] = "a page that the dump does not describe",
		[PAGE_FREE] = "a free page",
		[PAGE_ANONYMOUS] = "anonymous memory of a process",
		[PAGE_FILE] = "the page cache",
		[PAGE_KERNEL] = "a page that is not a slab's, and nobody's that is known",
	};

	return clauses[use];
}

static void object_put(struct clause *c, const struct report *report, const struct reference *ref)
{
	char what[256];

	put(c, "%s%s, %s", ref->kind == REF_FREEPOINTER ? "the freepointer of " : "",
	    report->allocator->ops->describe(report->allocator, &ref->object.at, what,
					     sizeof(what)),
	    object_state_name(ref->object.state));
}

char *reference_describe(const struct report *report, const struct reference *ref, char *buf,
			 size_t len)
{
	const struct allocator *a = report->allocator;
	struct clause c = { buf, len };
	char what[256];

	*buf = '\0';
	switch (ref->kind) {
	case REF_REGISTER:
		put(&c, "register %s of CPU %d%s", ref->reg, ref->cpu,
		    ref->addr ? ", saved by an exception or interrupt" : "");
		put_symbol(&c, " in ", &ref->frame);
		break;
	case REF_STACK:
		stack_put(&c, ref);
		break;
	case REF_PER_CPU:
		per_cpu_put(&c, ref);
		break;
	case REF_KERNEL:
	case REF_MODULE:
		put(&c, "%s", ref->symbol.name ? "" : "the kernel's image");
		put_symbol(&c, "", &ref->symbol);
		break;
	case REF_OBJECT:
	case REF_FREEPOINTER:
		object_put(&c, report, ref);
		break;
	case REF_SLAB:
		put(&c, "%s", a->ops->describe(a, &ref->object.at, what, sizeof(what)));
		break;
	case REF_ALLOCATOR:
		put(&c, "%s", structure_text(a, &ref->structure, what, sizeof(what)));
		break;
	case REF_VMALLOC:
		put(&c, "vmalloc area %" PRIx64 " + 0x%" PRIx64, ref->start,
		    ref->addr - ref->start);
		put_symbol(&c, ", made by ", &ref->symbol);
		break;
	default:
		put(&c, "%s", page_clause(ref->page));
		break;
	}
	return buf;
}
