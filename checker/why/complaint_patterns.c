/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/complaint_patterns.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define OF(kind) (1u << COMPLAINT_##kind)

/* What die() is called with: "text: code [#1]", since 6.10 behind "Oops: "; on arm64 behind "Internal error: ". The
 * ids of exceptions are those of TRAP_KINDS. */
#define OF_DEATH (OF(DEATH) | OF(CHECK) | OF(SLAB))
#define DIES(id, text, since)                                                                   \
	{ id, COMPLAINT_DEATH, 3, OF_DEATH, text ": %x [#", since },                            \
	{                                                                                       \
		id, COMPLAINT_DEATH, 3, OF_DEATH, "Oops: " text ": %x [#", since "; since 6.10" \
	}
#define DIES_ARM64(id, text, since)                                                        \
	{                                                                                  \
		id, COMPLAINT_DEATH, 3, OF_DEATH, "Internal error: " text, since "; arm64" \
	}

/*
 * Rows of one rank exclude each other. Text in front of a message, as pr_fmt() and the CPU or the task
 * put it there, is a '*'.
 */
const struct complaint_pattern complaint_patterns[] = {
	{ "report", COMPLAINT_WARNING, RANK_OPENER, OF(CHECK) | OF(SLAB),
	  "------------[ cut here ]------------", "2.6.12" },

	/* slab_bug() and those who call it: mm/slub.c */
	{ "slub-object-free", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Object already free", "2.6.22" },
	{ "slub-redzone", COMPLAINT_SLAB, 4, 0, "BUG %s (*: *edzone overwritten",
	  "2.6.22; Left and Right since 5.13" },
	{ "slub-poison", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Poison overwritten", "2.6.22" },
	{ "slub-padding", COMPLAINT_SLAB, 4, 0, "BUG %s (*: *adding overwritten", "2.6.22" },
	{ "slub-freelist", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Free*corrupt", "2.6.22" },
	{ "slub-remaining", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Objects remaining", "2.6.26" },
	/* kmem_cache_destroy(): a line of its own until 5.16, a WARN() since. */
	{ "slab-in-use", COMPLAINT_SLAB, 3, OF(SLAB),
	  "kmem_cache_destroy %s: Slab cache still has objects", "3.6" },
	{ "slub-metadata", COMPLAINT_SLAB, 4, 0,
	  "BUG %s (*: Slab disabled since SLUB metadata consistency check failed", "6.10" },
	{ "slub-wrong-slab", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Attempt to free object", "2.6.22" },
	{ "slub-pointer", COMPLAINT_SLAB, 4, 0, "BUG %s (*: Invalid object pointer", "2.6.22" },
	{ "slub-bug", COMPLAINT_SLAB, 3, 0, "BUG %s (*ainted*): ", "2.6.22" },
	{ "slub-fix", COMPLAINT_SLAB, 1, OF(SLAB), "FIX %s: ", "2.6.22" },
	/* cache_from_obj() */
	{ "slab-wrong-cache", COMPLAINT_SLAB, 4, 0, "*: Wrong slab cache. %s but object is from %s",
	  "3.7" },

	/* warn_free_bad_obj() */
	{ "slab-wrong-cache", COMPLAINT_SLAB, 4, 0,
	  "kmem_cache_free(%s, *): object belongs to different cache %s", "7.1" },
	{ "slub-pointer", COMPLAINT_SLAB, 4, 0,
	  "kmem_cache_free(%s, *): object is not in a slab page", "7.1" },

	{ "kasan", COMPLAINT_TOOL, 4, 0, "BUG: KASAN: ", "4.0" },
	{ "kfence", COMPLAINT_TOOL, 4, 0, "BUG: KFENCE: ", "5.12" },
	{ "ubsan", COMPLAINT_TOOL, 4, 0, "UBSAN: ", "4.5" },

	{ "refcount", COMPLAINT_CHECK, 4, 0, "refcount_t: ", "4.11" },
	{ "list-corruption", COMPLAINT_CHECK, 4, 0, "list_*del corruption", "2.6.18" },
	{ "list-corruption", COMPLAINT_CHECK, 4, 0, "list_*add corruption", "2.6.18" },
	{ "usercopy", COMPLAINT_CHECK, 4, 0,
	  "usercopy: Kernel memory * attempt detected * SL*B object '%s' (", "4.16" },
	{ "usercopy", COMPLAINT_CHECK, 3, 0, "usercopy: *ernel memory * attempt detected ", "4.8" },
	{ "bad-page", COMPLAINT_CHECK, 4, 0, "BUG: Bad page ", "2.6.28" },

	{ "page-fault", COMPLAINT_DEATH, 4, 0, "BUG: unable to handle *address: %x", "5.2; x86" },
	{ "page-fault", COMPLAINT_DEATH, 4, 0, "BUG: unable to handle kernel * at %x",
	  "until 5.1; x86" },
	{ "page-fault", COMPLAINT_DEATH, 4, 0, "Unable to handle kernel *at virtual address %x",
	  "arm64" },
	{ "general-protection", COMPLAINT_DEATH, 4, OF(DEATH),
	  "*general protection fault, * address %x", "5.6; behind \"Oops:\" since 6.10" },
	{ "general-protection", COMPLAINT_DEATH, 3, OF(DEATH), "general protection fault", "x86" },
	{ "general-protection", COMPLAINT_DEATH, 3, OF(DEATH), "Oops: general protection fault",
	  "6.10; x86" },
	{ "kernel-bug", COMPLAINT_DEATH, 3, OF(CHECK) | OF(SLAB), "kernel BUG at ", "2.6.12" },
	/* arch/x86/kernel/traps.c, and mm/fault.c */
	DIES("divide-error", "divide error", "2.6.12"),
	DIES("divide-error", "divide_error", "5.8"),
	DIES("breakpoint", "int3", "2.6.12"),
	DIES("arithmetic", "overflow", "2.6.12"),
	DIES("arithmetic", "bounds", "2.6.12"),
	DIES("invalid-opcode", "invalid opcode", "2.6.12"),
	DIES("fpu", "coprocessor segment overrun", "2.6.12"),
	DIES("fpu", "device not available", "2.6.12"),
	DIES("fpu", "unexpected #NM exception", "5.8"),
	DIES("fpu", "fpu exception", "2.6.29"),
	DIES("fpu", "simd exception", "2.6.29"),
	DIES("segment", "invalid TSS", "2.6.12"),
	DIES("segment", "segment not present", "2.6.12"),
	DIES("segment", "iret exception", "2.6.12"),
	DIES("stack-segment", "stack segment", "2.6.12"),
	DIES("alignment", "alignment check", "2.6.12"),
	/* It has a newline of its own. */
	{ "alignment", COMPLAINT_DEATH, 3, OF_DEATH, "Split lock detected", "5.8; x86" },
	{ "alignment", COMPLAINT_DEATH, 3, OF_DEATH, "Oops: Split lock detected", "6.10; x86" },
	{ "page-table", COMPLAINT_DEATH, 5, OF_DEATH, "*: Corrupted page table at address %x",
	  "2.6.12; x86" },
	DIES("page-table", "Bad pagetable", "2.6.12"),
	{ "double-fault", COMPLAINT_DEATH, 4, OF_DEATH,
	  "*PANIC: double fault, error_code: ", "3.17; x86" },
	DIES("double-fault", "double fault", "2.6.12"),
	{ "stack-overflow", COMPLAINT_DEATH, 5, OF_DEATH, "BUG: *stack guard page was hit at ",
	  "4.9; x86" },
	DIES("stack-overflow", "kernel stack overflow (double-fault)", "4.9"),
	DIES("stack-overflow", "kernel stack overflow (page fault)", "4.9"),
	DIES("stack-overflow", "stack guard page", "5.16"),
	{ "control-flow", COMPLAINT_DEATH, 4, OF_DEATH, "*CFI failure at ", "6.1" },
	{ "control-flow", COMPLAINT_DEATH, 4, OF_DEATH, "*Missing ENDBR: ", "5.18; x86" },
	DIES("control-flow", "control protection fault", "6.4"),
	DIES("other", "invalid or fatal FRED event", "6.9"),
	DIES("other", "Invalid or fatal FRED event", "6.9"),

	/* arch/arm64/kernel/traps.c, debug-monitors.c, and mm/fault.c */
	DIES_ARM64("control-flow", "Oops - BTI", "5.8"),
	DIES_ARM64("control-flow", "Oops - FPAC", "5.10"),
	DIES_ARM64("control-flow", "Oops - GCS", "6.13"),
	DIES_ARM64("control-flow", "Oops - CFI", "6.1"),
	DIES_ARM64("sanitizer", "Oops - KASAN", "5.0"),
	DIES_ARM64("sanitizer", "UBSAN: ", "6.5"),
	DIES_ARM64("invalid-opcode", "Oops - Undefined instruction", "5.10"),
	DIES_ARM64("invalid-opcode", "Oops - undefined instruction", "until 5.9"),
	DIES_ARM64("breakpoint", "Oops - BRK", "6.10"),
	DIES_ARM64("breakpoint", "BRK handler", "until 6.9"),
	DIES_ARM64("other", "Oops - bad mode", "until 5.13"),
	DIES_ARM64("alignment", "SP/PC alignment exception", "5.1"),
	DIES_ARM64("alignment", "sp/pc alignment ", "until 5.0"),
	DIES_ARM64("bus-error", "synchronous external abort", "3.7"),
	DIES_ARM64("bus-error", "synchronous parity ", "3.7"),
	DIES_ARM64("bus-error", "Synchronous external abort", "until 4.16"),
	{ "bus-error", COMPLAINT_DEATH, 4, OF_DEATH, "SError Interrupt on CPU%d, code ",
	  "4.13; arm64" },
	{ "stack-overflow", COMPLAINT_DEATH, 5, OF_DEATH,
	  "Insufficient stack space to handle exception!", "4.14; arm64" },
	{ "oops", COMPLAINT_DEATH, 2, OF_DEATH, "Oops: ", "2.6.12" },
	{ "oops", COMPLAINT_DEATH, 2, OF_DEATH, "Internal error: ", "arm64" },
	{ "panic", COMPLAINT_DEATH, 5, 0, "Kernel panic - not syncing: ", "2.6.12" },

	{ "machine-check", COMPLAINT_HARDWARE, 4, OF(HARDWARE), "*[Hardware Error]: ", "2.6.36" },
	{ "machine-check", COMPLAINT_HARDWARE, 4, OF(HARDWARE),
	  "mce: Uncorrected hardware memory error ", "4.5" },
	{ "edac", COMPLAINT_HARDWARE, 4, OF(HARDWARE), "EDAC *MC%d: %d CE ", "3.5" },
	{ "edac", COMPLAINT_HARDWARE, 4, OF(HARDWARE), "EDAC *MC%d: %d UE ", "3.5" },
	{ "memory-failure", COMPLAINT_HARDWARE, 4, OF(HARDWARE), "Memory failure: %x: ", "3.15" },

	{ "lockup", COMPLAINT_HANG, 4, 0, "*BUG: soft lockup - CPU#", "2.6.24" },
	{ "lockup", COMPLAINT_HANG, 4, 0, "*Watchdog detected hard LOCKUP on cpu ", "2.6.37" },
	{ "stall", COMPLAINT_HANG, 4, 0, "*INFO: rcu_*detected *stall", "2.6.32" },
	{ "hung-task", COMPLAINT_HANG, 4, 0, "INFO: task * blocked for more than ", "2.6.30" },

	{ "warning", COMPLAINT_WARNING, RANK_GENERAL, OF(CHECK) | OF(SLAB),
	  "WARNING: CPU: ", "3.12" },
	{ "warning", COMPLAINT_WARNING, RANK_GENERAL, OF(CHECK) | OF(SLAB), "WARNING: at ",
	  "until 3.11" },
	/* The file and the line come first (6.19). */
	{ "warning", COMPLAINT_WARNING, RANK_GENERAL, OF(CHECK) | OF(SLAB), "WARNING: *:%d at ",
	  "6.19" },
};

const size_t nr_complaint_patterns = sizeof(complaint_patterns) / sizeof(complaint_patterns[0]);

const char *complaint_kind_name(enum complaint_kind kind)
{
	static const char *const names[] = {
		[COMPLAINT_SLAB] = "slab",	   [COMPLAINT_TOOL] = "tool",
		[COMPLAINT_CHECK] = "check",	   [COMPLAINT_DEATH] = "death",
		[COMPLAINT_HARDWARE] = "hardware", [COMPLAINT_WARNING] = "warning",
		[COMPLAINT_HANG] = "hang",
	};

	return names[kind];
}

/* The first place in a text where @len bytes of @wanted are. */
static const char *text_find(const char *text, const char *wanted, size_t len)
{
	for (; strlen(text) >= len; text++) {
		text = len ? strchr(text, wanted[0]) : text;
		if (!text)
			return NULL;
		if (!strncmp(text, wanted, len))
			return text;
	}
	return NULL;
}

static bool number_take(const char **at, char kind, struct pattern_captures *c)
{
	const char *text = *at;
	unsigned int base = kind == 'x' ? 16 : 10, digits = 0;
	uint64_t value = 0;

	if (kind == 'x' && text[0] == '0' && text[1] == 'x')
		text += 2;
	for (; base == 16 ? isxdigit((unsigned char)*text) : isdigit((unsigned char)*text);
	     text++, digits++) {
		int digit = tolower((unsigned char)*text);

		value = value * base + (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	if (!digits || digits > 16)
		return false;
	if (c->nr_numbers < PATTERN_NUMBERS)
		c->numbers[c->nr_numbers++] = value;
	*at = text;
	return true;
}

static void name_keep(struct pattern_captures *c, const char *text, size_t len)
{
	if (c->nr_names < PATTERN_NAMES)
		snprintf(c->names[c->nr_names++], PATTERN_NAME_MAX, "%.*s",
			 (int)(len < PATTERN_NAME_MAX ? len : PATTERN_NAME_MAX - 1), text);
}

/* A '*' or a name: it goes as far as the literal text behind it lies. */
static bool any_take(const char **pattern, const char **at, bool keep, struct pattern_captures *c)
{
	size_t len = strcspn(*pattern, "*%");
	const char *end = text_find(*at, *pattern, len);

	if (!len)
		end = *at + (keep ? strcspn(*at, " \t") : 0);
	if (!end || (keep && end == *at))
		return false;
	if (keep)
		name_keep(c, *at, (size_t)(end - *at));
	*at = end + len;
	*pattern += len;
	return true;
}

bool pattern_match(const char *pattern, const char *line, struct pattern_captures *captures)
{
	char text[PATTERN_LINE_MAX];
	const char *at = text;

	/* Most lines are told by their first letter. */
	if (*pattern != '*' && *pattern != '%' && *pattern != *line)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, line);
	*captures = (struct pattern_captures){ 0 };
	while (*pattern) {
		char c = *pattern++;

		if (c == '*' || (c == '%' && *pattern == 's')) {
			pattern += c == '%';
			if (!any_take(&pattern, &at, c == '%', captures))
				return false;
		} else if (c == '%') {
			if (!number_take(&at, *pattern++, captures))
				return false;
		} else if (*at++ != c) {
			return false;
		}
	}
	return true;
}

const struct complaint_pattern *complaint_pattern_find(const char *line,
						       struct pattern_captures *captures)
{
	const struct complaint_pattern *best = NULL;
	struct pattern_captures found;

	for (size_t i = 0; i < nr_complaint_patterns; i++) {
		const struct complaint_pattern *p = &complaint_patterns[i];

		if ((best && best->rank >= p->rank) || !pattern_match(p->text, line, &found))
			continue;
		best = p;
		*captures = found;
	}
	return best;
}
