/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/signature.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checker/findings/trap_evidence.h"
#include "checker/findings/diagnosis.h"
#include "decoders/overwrite.h"

/* Slabs have at most 2^10 pages; what is farther away is not in the object. */
#define OBJECT_MAX (4ull << 20)

__attribute__((format(printf, 2, 3))) static void add(char *signature, const char *format, ...)
{
	size_t length = strlen(signature);
	va_list args;

	va_start(args, format);
	vsnprintf(signature + length, SIGNATURE_MAX - length, format, args);
	va_end(args);
}

/* A part of its own; characters that separate, and those that no terminal shows, are left out. */
static void add_text(char *signature, const char *text)
{
	add(signature, "/");
	for (; *text; text++)
		if (isgraph((unsigned char)*text) && *text != '/')
			add(signature, "%c", *text);
}

/*
 * Which of the copies of a kmalloc cache an allocation is served by is chosen anew at each boot
 * (CONFIG_RANDOM_KMALLOC_CACHES, 6.6: "kmalloc-rnd-05-64", "kmalloc-part-05-64" in 7.2), and until 5.8
 * memory cgroups had caches of their own, with a number in the name ("dentry(913:session.scope)").
 */
static void add_cache(char *signature, const char *name)
{
	static const char *const copies[] = { "kmalloc-rnd-", "kmalloc-part-" };
	char plain[128];
	size_t length;

	snprintf(plain, sizeof(plain), "%s", name);
	plain[strcspn(plain, "(")] = '\0';
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		length = strlen(copies[i]);
		if (!strncmp(plain, copies[i], length) && isdigit((unsigned char)plain[length]) &&
		    isdigit((unsigned char)plain[length + 1]) && plain[length + 2] == '-')
			memmove(plain + length, plain + length + 3, strlen(plain + length + 3) + 1);
	}
	add_text(signature, plain);
}

static void add_slot(char *signature, const struct finding *f)
{
	if (f->has & FINDING_HAS_BYTES) {
		if (f->bytes.from_end >= 0)
			add(signature, "/end+%" PRId64, f->bytes.from_end);
		else
			add(signature, "/start%+" PRId64, f->bytes.from_start);
		return;
	}
	if (!(f->has & FINDING_HAS_SLOT))
		return;
	/* The word may lie elsewhere, as a slab's counters do. */
	if (f->has & FINDING_HAS_OBJECT && f->slot - f->object < OBJECT_MAX)
		add(signature, "/+0x%" PRIx64, f->slot - f->object);
	else
		add_text(signature, f->slot_name);
}

/* Of a store that hit a part of a word the place is the same in every dump, and the value is not. */
static void add_overwrite(char *signature, const struct finding *f)
{
	enum finding_cause cause = diagnosis_cause(f->diagnosis);
	uint64_t expected, difference = 0;

	if (finding_expected(f, &expected))
		difference = f->raw ^ expected;
	if (cause != CAUSE_UNKNOWN)
		add(signature, "/%s", cause_id(cause));
	if (cause == CAUSE_BIT_FLIP && difference) {
		add(signature, "/bit-%d", __builtin_ctzll(difference));
		return;
	}
	if (cause == CAUSE_SHORT_STORE && difference) {
		add(signature, "/byte-%d", __builtin_ctzll(difference) / 8);
		return;
	}
	if (f->has & FINDING_HAS_DECODED && f->diagnosis &&
	    f->diagnosis->raw_class != OVERWRITE_OTHER)
		add(signature, "/%s", overwrite_class_id(f->diagnosis->raw_class));
	if (f->id == FINDING_SHEAF_WILD && f->has & FINDING_HAS_RAW)
		add(signature, "/%s", overwrite_class_id(overwrite_classify(f->raw)));
}

/* Where the kernel died. Offsets and lines differ between builds that have the same fault. */
static void add_trap(char *signature, const struct trap *trap)
{
	char function[64];

	add_text(signature, trap_kind_id(trap->fault.kind));
	snprintf(function, sizeof(function), "%.*s", (int)strcspn(trap->symbol.name, "."),
		 trap->symbol.name);
	add_text(signature, function);
}

void finding_signature(const struct finding *f, char signature[SIGNATURE_MAX])
{
	snprintf(signature, SIGNATURE_MAX, "%s", finding_info(f->id)->id);
	if (f->cache_name && *f->cache_name)
		add_cache(signature, f->cache_name);
	if (f->place != PLACE_CACHE)
		add_text(signature, finding_place_name(f->place));
	if (f->trap)
		add_trap(signature, f->trap);
	add_slot(signature, f);
	add_overwrite(signature, f);
}
