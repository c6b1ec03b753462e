/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_ALLOCATOR_H
#define SLUBCHECK_CHECKER_ALLOCATOR_H
/*
 * What an allocator is to the rest of the house: one table of functions, and what they answer with.
 *
 * A run asks the table and nothing else; it knows no allocator by name and no member of its structures.
 * What another allocator needs is to fill in struct allocator_ops, a row in check.c, and its ids in the
 * one list (findings/findings.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/debug/debug_layout.h"
#include "checker/debug/track.h"
#include "checker/findings/finding_list.h"
#include "checker/findings/findings.h"
#include "checker/findings/severity.h"
#include "checker/findings/suspects.h"
#include "checker/image/arena.h"
#include "checker/image/bug_table.h"
#include "checker/image/kernel.h"
#include "checker/image/location.h"
#include "checker/image/memory.h"
#include "checker/image/target.h"
#include "checker/image/team.h"

/**
 * struct structure - A structure that an address lies in.
 * @kind:   STRUCTURE_NONE: none that is known
 * @start, @size: where it is; @size is 0 for STRUCTURE_VMALLOC
 * @cache:  whose it is, for those of the allocator but STRUCTURE_PAGE; else 0
 * @cpu, @node: whose; -1 where that does not apply
 * @place:  of a sheaf or an array
 * @member: names of the members at the address; empty when none is known
 * @describes: of a struct page: address of the page
 * @pid, @comm: of the task whose stack it is; raw bytes of the dump: escape before printing
 */
struct structure {
	enum structure_kind kind;
	uint64_t start, size;
	uint64_t cache;
	int cpu, node;
	enum finding_place place;
	char member[64];
	uint64_t describes;
	uint64_t pid;
	char comm[17];
};

/** structure_kind_name() - Stable name for programs: "kmem_cache_cpu", "stack", ... */
const char *structure_kind_name(enum structure_kind kind);

/**
 * struct cache_view - A cache as everybody sees it.
 * @addr:   its kmem_cache
 * @status: how reading that ended; nothing else is valid unless TARGET_OK
 * @name:   raw bytes of the dump, NUL-terminated: escape before printing
 * @size:   from one object to the next, bytes
 * @object_size: that its user has, bytes
 * @objects_per_slab, @pages_per_slab: of new slabs
 * @walkable: its sizes make sense, so that objects can be found
 * @debugged: options of slub_debug hold for it
 */
struct cache_view {
	uint64_t addr;
	enum target_status status;
	char name[CACHE_NAME_MAX];
	uint64_t size, object_size;
	unsigned int objects_per_slab, pages_per_slab;
	bool walkable;
	bool debugged;
};

/* How much of a cache was judged. */
struct coverage {
	uint64_t slabs;
	uint64_t objects; /* of those slabs */
	uint64_t objects_verified; /* whose slab's freelists were followed to their ends */
	uint64_t objects_unknown; /* of pages that lists lead to and that do not tell */
	uint64_t objects_free; /* that are on a freelist */
	uint64_t objects_spare; /* that slabs on nodes' lists have, as their counters say */
	uint64_t absent; /* things that the dump lacks */
	uint64_t said_slabs, said_objects; /* by the nodes' counters, full slabs included */
	bool said; /* the kernel keeps those counters */
	uint64_t sheaves, sheaf_objects; /* objects in sheaves, which count as in use */
	bool sheaved; /* the kernel has sheaves */
	/* Of a kernel that runs: what changed while it was gathered or judged, and objects in it. */
	uint64_t busy, objects_busy;
	uint64_t retries; /* slabs and lists that were gathered once more */
};

/* What became of a cache, or of what belongs to none. */
struct cache_result {
	struct cache_view cache;
	struct finding_list findings;
	size_t corrupt, transient, notes;
	size_t doubted; /* with a doubt */
	size_t silenced; /* findings that the user ignores: not among them, and not kept */
	size_t changed; /* findings that have another severity than by default */
	struct coverage coverage;
	bool finished; /* the walk was not interrupted */
};

/**
 * result_count() - Give a finding the severity that the user wants, and count it.
 * @severities: may be NULL
 *
 * Return: false when it is to be ignored.
 */
bool result_count(struct cache_result *result, const struct severities *severities,
		  struct finding *finding);

/* What leads to a free object. */
enum holder_kind {
	HOLDER_NONE,
	HOLDER_CPU_LIST, /* the freelist of a CPU */
	HOLDER_SLAB_LIST, /* the freelist of its slab */
	HOLDER_ARRAY, /* an array of free objects: a sheaf, or an array_cache */
};

/**
 * struct holder - Where a free object is.
 * @place:    of an array
 * @cpu, @node: whose; -1 where that does not apply
 * @array:    address of the array
 * @position: on the list or in the array, from 0
 */
struct holder {
	enum holder_kind kind;
	enum finding_place place;
	int cpu, node;
	uint64_t array;
	uint32_t position;
};

/**
 * struct slab_view - A slab, for who asks about it or its objects.
 * @page, @base: its descriptor, and its memory
 * @status: how reading the descriptor ended
 * @place:  on which kind of list it is: PLACE_CPU_SLAB, ..., PLACE_NO_LIST; PLACE_NODE_FULL, ...
 * @cpu, @node: whose; -1 where that does not apply
 * @inuse, @objects, @frozen: as its counters say
 * @absent: parts of its memory are not in the dump
 * @waits:  for a grace period, to be freed
 */
struct slab_view {
	uint64_t page, base;
	enum target_status status;
	enum finding_place place;
	int cpu, node;
	uint32_t inuse, objects;
	bool frozen, absent, waits;
};

/**
 * struct object_view - An object of a slab.
 * @addr:  its address, behind a left red zone
 * @index: its number in the slab
 * @state: free, allocated, lost or unknown
 * @holder: what leads to it when it is free
 * @link:  slab_objects(): the object that its freepointer leads to; 0: it is on no freelist, or the last
 */
struct object_view {
	const struct slab_view *slab;
	uint64_t addr;
	int32_t index;
	enum object_state state;
	struct holder holder;
	uint64_t link;
};

/* Objects of a cache, or of all. */
struct objects_count {
	uint64_t slabs, allocated, free, lost, unknown;
};

/**
 * struct objects_visit - Whom objects are handed to.
 * @slab:   called with each slab before its objects, or NULL
 * @object: called with each object
 */
struct objects_visit {
	void (*slab)(void *ctx, const struct slab_view *slab);
	void (*object)(void *ctx, const struct object_view *object);
	void *ctx;
};

/**
 * struct slab_look - What is known of the slab of an address.
 * @walked: its freelists were followed, so it is known what is free
 * @broken: one of them does not end as it should, so that objects are lost
 * @near:   the object before that of the address, itself, the one after
 * @holder: of the object of the address
 */
struct slab_look {
	struct slab_view slab;
	bool walked, broken;
	enum object_state near[3];
	struct holder holder;
};

/**
 * struct cache_usage - How many objects a cache has, and how many of them are in use.
 * @active:    objects in use by /proc/slabinfo's rule: all but those that slabs on nodes' lists have
 *	       to give; those on CPUs' lists and in sheaves count as active
 * @objects, @slabs: all of them, as the nodes count
 * @allocated: objects that somebody has: neither on a freelist nor in a sheaf
 * @pages:     of memory; of them @reclaimable with SLAB_RECLAIM_ACCOUNT
 * @known:     false when the kernel does not count (no CONFIG_SLUB_DEBUG)
 * @limit, @batchcount, @shared: where the allocator has arrays, their tunables
 * @shared_avail: objects in the arrays that the CPUs of a node share
 */
struct cache_usage {
	uint64_t active, objects, slabs, allocated, pages, reclaimable;
	bool known;
	uint64_t limit, batchcount, shared, shared_avail;
};

/* How the scan of all slab pages went. */
struct scan_outcome {
	bool done; /* false: the memmap of this machine cannot be scanned */
	bool incomplete; /* no memory for all slabs */
	uint64_t absent_bytes; /* of the memmap that the dump lacks */
};

/* A fact about how an image was read, for programs. */
struct reading_fact {
	const char *key;
	enum { FACT_TEXT, FACT_BOOL, FACT_NUMBER } kind;
	const char *text;
	uint64_t number;
};

#define READING_FACTS_MAX 8
#define READING_LINES_MAX 4
#define READING_LINE_MAX 128

/**
 * struct reading - How the data of an image is read, and how sure that is.
 * @proven: nothing of it is a guess
 * @facts, @lines: the same for programs and for people
 */
struct reading {
	bool proven;
	struct reading_fact facts[READING_FACTS_MAX];
	size_t nr_facts;
	char lines[READING_LINES_MAX][READING_LINE_MAX];
	size_t nr_lines;
};

/* What a function of the kernel does, hence where the pointers that it follows come from. */
enum allocator_job {
	JOB_NONE, /* it is not the allocator's */
	JOB_ALLOCATE, /* follows the allocator's own pointers: its caller gives it the cache alone */
	JOB_FREE, /* follows the caller's pointer first */
	JOB_MOVE, /* brings slabs and sheaves from list to list: pointers of its own alone */
	JOB_COPY, /* checks a copy to or from user space */
	JOB_CACHE, /* makes and destroys caches */
};

/**
 * struct named_value - A value that registers may hold.
 * @damage: nothing but the damage explains it; others are in the registers of every allocation
 */
struct named_value {
	uint64_t value;
	const char *what;
	bool damage;
};

#define NAMED_VALUES_MAX 4

/**
 * struct link_view - The place of the link in an object.
 * @slot, @raw: where, and what is stored there
 * @decoded: the address that it means
 * @encoded: it is stored with a key, so that nobody else writes such a word
 */
struct link_view {
	uint64_t slot, raw, decoded;
	bool encoded;
};

/**
 * struct owner_slots - Where the kernel notes whom an object is charged to.
 * @kept, @tags_kept: this kernel notes memory cgroups; the line that allocated an object
 * @objcg: address of the pointer to a struct obj_cgroup; 0: none
 * @memcg: address of the pointer to the struct mem_cgroup that has the whole cache; 0: none
 * @tag:   address of the pointer to a struct codetag; 0: none
 */
struct owner_slots {
	bool kept, tags_kept;
	uint64_t objcg, memcg, tag;
};

struct allocator;

#define BOOT_OPTION_MAX (4 * CACHE_NAME_MAX + 32)
#define ALLOCATOR_ERROR_MAX KERNEL_ERROR_MAX

/* An allocator. Where a worker is asked for, its door to the image and its memory are used. */
struct allocator_ops {
	const char *name;

	/** recognise() - Whether this is the kernel's allocator, from its types alone. Else @error says why. */
	bool (*recognise)(struct target *t, char error[ALLOCATOR_ERROR_MAX]);

	/** prepare() - Layout, caches, and what is elected. NULL: no; @error says why. It is the arena's. */
	struct allocator *(*prepare)(struct memory *memory, struct arena *arena,
				     char error[ALLOCATOR_ERROR_MAX]);

	/** worker_init() - Make a worker's own state over its door; false when there is no memory. */
	bool (*worker_init)(struct allocator *a, struct worker *w);

	/** find_cache() - A cache by name, alias or address; 0: none. @merged: it lives on under another name. */
	uint64_t (*find_cache)(struct allocator *a, const char *text, bool *merged);

	/**
	 * aliases() - Names of caches that were merged into others; @visit returns false when it has enough.
	 *
	 * Return: false when not all are known. NULL: such names are kept nowhere.
	 */
	bool (*aliases)(struct allocator *a,
			bool (*visit)(void *ctx, uint64_t cache, const char *name), void *ctx);

	/** view() - A cache as everybody sees it. */
	void (*view)(const struct allocator *a, uint64_t cache, struct cache_view *view);

	/** scan() - Find all slab pages, before caches are judged. */
	struct scan_outcome (*scan)(struct allocator *a, struct team *team);

	/** judge() - Judge a cache by its lists. NULL: no memory. */
	struct cache_result *(*judge)(struct allocator *a, struct worker *w, uint64_t cache);

	/**
	 * destroyed() - The cache of a slab that is on no list since it was destroyed with objects left. Nothing
	 * of it is judged, but its slabs and objects can be asked for. May be missing.
	 * @at: a location in a slab without a cache; filled in as locate() does for others
	 *
	 * Return: NULL when there is none, or no memory; @at is untouched then.
	 */
	struct cache_result *(*destroyed)(struct allocator *a, struct location *at);

	/** judge_unlisted() - After all caches, with a scan: what no list led to. Adds to @result. */
	void (*judge_unlisted)(struct allocator *a, struct worker *w, struct cache_result *result);

	/** judge_list() - Judge what belongs to no cache: slab_caches, slabs of nobody. NULL: no memory. */
	struct cache_result *(*judge_list)(struct allocator *a);

	/** locate() - What lies at an address. Three-valued: what the dump lacks is not denied. */
	struct location (*locate)(const struct allocator *a, uint64_t addr);

	/** describe() - One clause on a location, as "object 3 of kmalloc-64". Returns @buf. */
	char *(*describe)(const struct allocator *a, const struct location *at, char *buf,
			  size_t len);

	/** structure() - The structure of the allocator's that an address lies in. See structure_of(). */
	void (*structure)(struct allocator *a, uint64_t addr, struct structure *s);

	/** describe_structure() - One that structure() found, as structure_text() does. */
	char *(*describe_structure)(const struct allocator *a, const struct structure *s, char *buf,
				    size_t len);

	/** look() - The slab of a location in one, on which list it is, and what is free around @at. */
	void (*look)(struct allocator *a, const struct cache_result *owner,
		     const struct location *at, struct slab_look *look);

	/** objects() - All objects of a cache, by address. False: no memory, or the user wants to stop. */
	bool (*objects)(struct allocator *a, const struct cache_result *result,
			const struct objects_visit *visit, struct objects_count *count);

	/**
	 * slab_objects() - All objects of one slab; objects() says the same of them.
	 * @page: its struct page
	 *
	 * Return: false when the sizes of the cache contradict each other, or there is no memory.
	 */
	bool (*slab_objects)(struct allocator *a, const struct cache_result *result, uint64_t page,
			     const struct objects_visit *visit);

	/** tracks() - Who allocated and freed an object; false when nobody noted it, or it is not in the dump. */
	bool (*tracks)(const struct allocator *a, const struct cache_result *owner, uint64_t object,
		       struct track tracks[TRACKS]);

	/** usage() - Of a cache that was judged. */
	void (*usage)(const struct allocator *a, const struct cache_result *result,
		      struct cache_usage *usage);

	/** reading() - How the image was read. */
	void (*reading)(const struct allocator *a, struct reading *reading);

	/** boot_option() - What keeps watch over a cache the next time; false: nothing would. */
	bool (*boot_option)(const struct allocator *a, const struct cache_view *cache,
			    char option[BOOT_OPTION_MAX]);

	/** job() - What a function of the kernel does, by the name of its symbol. */
	enum allocator_job (*job)(const char *name);

	/** is_source() - Whether a BUG() or WARN() is in one of the allocator's own files. */
	bool (*is_source)(const struct bug *bug);

	/** values_of() - Values that a finding has beyond those in it. Returns how many. */
	unsigned int (*values_of)(const struct allocator *a, const struct cache_result *result,
				  const struct finding *f,
				  struct named_value values[NAMED_VALUES_MAX]);

	/**
	 * word_of() - What of the allocator's own a word is: a kmem_cache, a slab, the list entry of one.
	 * @at: set to where the slab is; its kind is LOCATION_NULL for a kmem_cache
	 *
	 * Return: a clause without the cache's name, as "a slab of"; NULL: nothing of its own.
	 */
	const char *(*word_of)(const struct allocator *a, uint64_t value, struct location *at);

	/** listed_slab() - The slab whose list entry lies at @value; false: it is not such an entry. */
	bool (*listed_slab)(const struct allocator *a, uint64_t value, struct location *at);

	/** head_of() - Which list begins with an object, as "the head of its slab's freelist"; NULL: none. */
	const char *(*head_of)(const struct allocator *a, int cpu, const struct location *object);

	/** linked_object() - The object whose link is stored at @slot; 0 when links are not kept so. */
	uint64_t (*linked_object)(const struct allocator *a, uint64_t cache, uint64_t slot);

	/** link() - The link that an object of a judged cache holds when it is free; false: not in the dump. */
	bool (*link)(const struct allocator *a, const struct cache_result *result, uint64_t object,
		     struct link_view *link);

	/**
	 * owner_slots() - Where it is noted whom an object is charged to.
	 * @at: a location in an object
	 *
	 * Return: TARGET_OK, or why that could not be read: then nothing but what is kept is told.
	 */
	enum target_status (*owner_slots)(const struct allocator *a, const struct cache_view *cache,
					  const struct location *at, struct owner_slots *slots);

	/** link_is_end() - Whether the link of an object of a judged cache is the end of a list. */
	bool (*link_is_end)(const struct allocator *a, const struct cache_result *result,
			    uint64_t object);
};

/**
 * struct allocator - The allocator of an image. What implements one begins with it.
 * @caches, @nr_caches: kmem_caches in the order of slab_caches
 * @caches_missing: there are more than these
 * @has_arrays: free objects are kept in arrays of CPUs and nodes, as SLAB does
 * @has_boot_options: options of the boot keep watch over a cache, as slub_debug does
 * @scanned: scan() has found the slab pages
 * @settles: it judges a kernel that runs by what stays as it is
 * @severities: what the user wants findings to be (result_count()); may be NULL
 * @suspects: of a kernel that runs: what passes have seen. NULL: nothing of one is judged
 * @tick:   called now and then during long walks, for progress; may be NULL
 */
struct allocator {
	const struct allocator_ops *ops;
	struct memory *memory;
	struct arena *arena;
	const struct kernel *kernel;
	const struct debug_layout *debug;
	const uint64_t *caches;
	size_t nr_caches;
	bool caches_missing;
	bool has_arrays, has_boot_options;
	bool scanned;
	bool settles;
	const struct severities *severities;
	struct suspects *suspects;
	void (*tick)(void *ctx, struct worker *w);
	void *tick_ctx;
};

/** structure_of() - The structure that an address lies in, of the allocator or of the kernel. */
void structure_of(struct allocator *a, uint64_t addr, struct structure *s);

/** structure_text() - As "tid of the kmem_cache_cpu of kmalloc-64, CPU 1". Returns @buf. */
char *structure_text(const struct allocator *a, const struct structure *s, char *buf, size_t len);

/** allocator_next() - What to do next about a finding, or about what is known of its cause. */
const char *allocator_next(const struct allocator *a, enum finding_id id, enum finding_cause cause);

/** allocator_has_cache() - Whether a kmem_cache is on the list. */
bool allocator_has_cache(const struct allocator *a, uint64_t addr);

#endif
