/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_ANSWER_H
#define SLUBCHECK_CHECKER_REPORT_ANSWER_H
/*
 * What a report is made of, whatever it looks like.
 */

#include <stdbool.h>
#include <stdio.h>

#include "checker/slub/elect.h"
#include "checker/slub/judge.h"
#include "checker/slub/layout.h"
#include "checker/slub/locate.h"
#include "checker/slub/objects.h"
#include "checker/options.h"
#include "checker/why/panic.h"
#include "checker/slub/sheaf.h"
#include "checker/slub/structure.h"
#include "checker/debug/track.h"

struct report_ops;

/* What a report knows beside its findings. */
struct report {
	const struct check_options *options;
	const struct report_ops *ops; /* the output (report.h) */
	FILE *out;
	struct memory *memory;
	const struct layout *layout; /* NULL when the run failed before */
	const struct election *election;
	const struct cache_list *caches;
	unsigned int dump_level; /* of makedumpfile; 0: it left nothing out, or nobody knows */
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
	struct coverage coverage;
	uint64_t reads, bytes;
	double seconds;
	bool interrupted;
	bool live; /* a running kernel: nothing is judged harder than unknown */
	bool scanned;
	bool address; /* -s: only what concerns one address counts */
	bool elsewhere; /* that has nothing to do with SLUB */
	enum check_verdict verdict;
	bool trapped; /* what is corrupt and of no cache is how the kernel died */
};

/**
 * struct report_usage - What -i says of a cache, or of all.
 * @active:    objects in use by /proc/slabinfo's rule: all but those that slabs on nodes' lists have
 *	       to give; those on CPUs' lists and in sheaves count as active
 * @objects, @slabs: all of them, as the nodes count
 * @allocated: objects that somebody has: neither on a freelist nor in a sheaf
 * @pages:     of memory; of them @reclaimable with SLAB_RECLAIM_ACCOUNT
 * @known:     false when the kernel does not count (no CONFIG_SLUB_DEBUG)
 */
struct report_usage {
	const struct cache *cache; /* NULL: the sum */
	uint64_t active, objects, slabs, allocated, pages, reclaimable;
	bool known;
};

/**
 * struct report_objects - What -o says of a cache, or of all, behind its objects.
 * @cache: NULL: the sum
 * @walkable: false when its sizes make no sense, so that nobody knows where objects begin
 */
struct report_objects {
	const struct cache *cache;
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
 * @slab:  its slab; the freelists' positions are no longer valid
 * @walked: the slab's freelists were followed, so it is known what is free
 * @own_hop, @cpu_hop: 1 + position on the slab's and the CPU's freelist, 0: not on it
 * @sheaf, @entry: where in a sheaf the object is; NULL when it is in none
 * @broken: and one of them does not end as it should, so that objects are lost
 * @near:  the object before, the object itself, the one after
 * @tracks: who allocated and freed the object, when @tracked
 */
struct report_address {
	uint64_t asked, addr;
	struct location at;
	struct structure structure;
	const struct cache *cache;
	struct slab_state slab;
	bool walked;
	uint32_t own_hop, cpu_hop;
	const struct sheaf *sheaf;
	uint32_t entry;
	bool broken;
	enum neighbour near[3];
	bool tracked;
	struct track tracks[TRACKS];
};

/** address_state() - "free", "lost", "allocated", "padding" or "unknown". */
const char *address_state(const struct report_address *address);

/** address_describe() - One clause on what the address is. Returns @buf. */
char *address_describe(const struct report *report, const struct report_address *address, char *buf,
		       size_t len);

/** slab_place_name() - On which kind of list the address's slab is. */
const char *slab_place_name(const struct report_address *address);

/** sheaf_place_name() - The same of a sheaf: "sheaf-main", "barn-full", ... */
const char *sheaf_place_name(enum sheaf_role role);

/* The bit of a dump level that leaves out pages of user space. */
#define DUMP_LEVEL_USER 8u

/**
 * report_explains_absent() - Whether the dump lacks slabs because of how it was filtered: since 6.12 a
 * page's flags do not say that it is a slab's, and makedumpfile (1.7.2 to 1.7.8) takes some for
 * pages of user space.
 */
bool report_explains_absent(const struct report *report);

/** verdict_name() - "clean", "corrupt" or "unknown". */
const char *verdict_name(enum check_verdict verdict);

/** cache_verdict() - What a cache's findings and coverage come to. */
enum check_verdict cache_verdict(const struct cache_result *result);

#define BOOT_OPTION_MAX (4 * CACHE_NAME_MAX + 32)

/**
 * cache_boot_option() - What to boot with to catch who writes to a cache's objects the next time.
 *
 * Return: false when it would not help: nothing of its slabs is corrupt, or it is debugged already.
 */
bool cache_boot_option(const struct report *report, const struct cache_result *result,
		       char option[BOOT_OPTION_MAX]);

#endif
