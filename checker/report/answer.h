/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_ANSWER_H
#define SLUBCHECK_CHECKER_REPORT_ANSWER_H
/*
 * What a report is made of, whatever it looks like.
 */

#include <stdbool.h>
#include <stdio.h>

#include "checker/allocator.h"
#include "checker/options.h"
#include "checker/why/complaints.h"
#include "checker/why/owner.h"
#include "checker/why/panic.h"
#include "checker/why/ref_holder.h"

struct report_ops;
struct report_kept;

/* What a report knows beside its findings. */
struct report {
	const struct check_options *options;
	const struct report_ops *ops; /* the output (report.h) */
	FILE *out;
	struct report_kept
		*kept; /* of an output that writes at the end (html_parts.h); else NULL */
	struct memory *memory;
	const struct allocator *allocator; /* NULL when the run failed before */
	unsigned int dump_level; /* of makedumpfile; 0: nothing was left out, or it is not known */
};

/* Sums over all caches that were checked. */
struct report_totals {
	size_t caches; /* on slab_caches */
	size_t caches_asked; /* to be checked */
	size_t caches_checked;
	size_t unresolved; /* names that are no cache */
	size_t caches_corrupt;
	size_t caches_unknown;
	uint64_t corrupt, transient, notes;
	uint64_t dropped; /* findings that are counted but not listed */
	uint64_t silenced,
		changed; /* by the user: ignored; with another severity than by default */
	struct coverage coverage;
	uint64_t reads, bytes;
	double seconds;
	bool interrupted;
	bool live; /* a running kernel, or a copy of one: nothing is judged harder than unknown */
	bool runs; /* a running kernel, of which only what stays is judged */
	unsigned int passes; /* over it */
	bool scanned;
	size_t address; /* -s: of how many; only what concerns them counts. --refs: 1 */
	bool stopped; /* --refs: at the end of its budget */
	bool elsewhere; /* that has nothing to do with the allocator */
	enum check_verdict verdict;
	bool telling; /* the kernel's log is shown, whatever was found */
	bool trapped; /* what is corrupt and of no cache is how the kernel died */
};

/* Another name of a cache: raw bytes of the dump. */
struct cache_alias {
	uint64_t cache;
	const char *name;
};

/**
 * struct report_usage - What -i says of a cache, or of all.
 * @cache: NULL: the sum
 * @bytes: memory of its slabs
 * @waste: of them, those that no object in use has; when @wasted: the counters do not contradict that
 * @aliases, @nr_aliases: names of caches that were merged into it
 * @aliases_known: these are all
 */
struct report_usage {
	const struct cache_view *cache;
	struct cache_usage usage;
	uint64_t bytes, waste;
	bool wasted;
	const struct cache_alias *aliases;
	size_t nr_aliases;
	bool aliases_known;
};

/** usage_fill() - Objects in use per hundred that there is room for; -1 when that is not known. */
int usage_fill(const struct report_usage *usage);

/**
 * struct top_site - Objects of a cache that one line of the kernel allocated.
 * @addr: what identifies it: the struct codetag when there is a @tag; else the address behind the call
 * @tag:  what the kernel notes of it; NULL: @symbol is all that is known
 */
struct top_site {
	const struct cache_view *cache;
	uint64_t addr;
	const struct object_owner *tag;
	struct target_symbol symbol;
	uint64_t objects, bytes;
};

/* Objects of all caches that are charged to a memory cgroup; memcg_addr of @owner identifies it. */
struct top_cgroup {
	const struct object_owner *owner;
	uint64_t objects, bytes;
};

/**
 * struct report_top - Who has the memory (--top): the most memory first.
 * @objects, @bytes: that are allocated, of the caches that were asked for
 * @sited, @charged: objects of them whose site is known, and that are charged to a memory cgroup
 * @untold: objects of which it is not known whether somebody has them, or who
 * @tags, @tracks, @charges: what this kernel notes at all
 */
struct report_top {
	const struct top_site *sites;
	size_t nr_sites;
	const struct top_cgroup *cgroups;
	size_t nr_cgroups;
	uint64_t objects, bytes, sited, charged, untold;
	bool tags, tracks, charges;
};

/** top_site_text() - As "alloc_pid+0x4d [module]", or "kernel/pid.c:213 alloc_pid [module]". Returns @buf. */
char *top_site_text(const struct top_site *site, char *buf, size_t len);

#define TOP_SITE_MAX 1536

/**
 * struct report_objects - What -o says of a cache, or of all, behind its objects.
 * @cache: NULL: the sum
 * @walkable: false when its sizes contradict each other, so that it is not known where objects begin
 */
struct report_objects {
	const struct cache_view *cache;
	bool walkable;
	struct objects_count count;
};

/**
 * struct report_address - What -s found out about an address.
 * @asked: the address
 * @addr:  the same; for that of a struct page of a slab the address of the page
 * @at:	   where @addr lies
 * @structure: the structure that @asked lies in
 * @cache: the slab's cache, NULL when it is not slab memory
 * @look:  what is known of its slab and of the objects around
 * @tracks: who allocated and freed the object, when @tracked
 */
struct report_address {
	uint64_t asked, addr;
	struct location at;
	struct structure structure;
	const struct cache_view *cache;
	struct slab_look look;
	bool tracked;
	struct track tracks[TRACKS];
};

/**
 * struct report_range - Addresses that pointers are looked for into.
 * @object: what they are of, when @is_object: an object of a cache
 */
struct report_range {
	uint64_t start, end;
	bool is_object;
	struct ref_object object;
};

/**
 * struct report_refs - What --refs or --dangling says behind its references.
 * @found, @dangling: references, and those of them that dangle
 * @unlisted: references that were found and are not listed
 * @all:    bytes of memory to visit
 * @pass:   how far that came
 */
struct report_refs {
	uint64_t found, dangling, unlisted, all;
	const struct refs_found *pass;
};

/**
 * holder_describe() - One clause on what leads to a free object, as "number 3 on the freelist of CPU 1".
 *
 * Return: @buf; empty when nothing does.
 */
char *holder_describe(const struct holder *holder, char *buf, size_t len);

/* Room for it. */
#define HOLDER_TEXT_MAX 96

/** address_state() - "free", "lost", "allocated", "padding" or "unknown". */
const char *address_state(const struct report_address *address);

/** address_describe() - One clause on what the address is. Returns @buf. */
char *address_describe(const struct report *report, const struct report_address *address, char *buf,
		       size_t len);

/** reference_describe() - One clause on who holds a pointer. Returns @buf. */
char *reference_describe(const struct report *report, const struct reference *ref, char *buf,
			 size_t len);

/** reference_life() - "dangling", "live", "dead", "unknown", or "allocator". */
const char *reference_life(const struct reference *ref);

/* The bit of a dump level that leaves out pages of user space. */
#define DUMP_LEVEL_USER 8u

/**
 * report_explains_absent() - Whether the dump lacks slabs because of how it was filtered: since 6.12 a
 * page's flags do not say that it is a slab's, and makedumpfile (1.7.2 to 1.7.8) takes some for
 * pages of user space.
 */
bool report_explains_absent(const struct report *report);

/** cache_verdict() - What a cache's findings and coverage come to. */
enum check_verdict cache_verdict(const struct cache_result *result);

/**
 * cache_boot_option() - What to boot with to catch who writes to a cache's objects the next time.
 *
 * Return: false when it would not help: nothing of its slabs is corrupt, or it is debugged already.
 */
bool cache_boot_option(const struct report *report, const struct cache_result *result,
		       char option[BOOT_OPTION_MAX]);

#endif
