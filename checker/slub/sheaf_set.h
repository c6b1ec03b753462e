/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SHEAF_SET_H
#define SLUBCHECK_CHECKER_SLUB_SHEAF_SET_H
/*
 * The sheaves of a cache (6.18): arrays of objects that CPUs allocate from and free to, and the
 * barns of nodes that keep them.
 *
 * All sheaves of one cache are kept at once, since an object may be in any of them: 16 bytes for each
 * object, in the order of their addresses, so that the objects of a slab lie together and an object
 * that is there twice has itself as its neighbour. sheaf.h gathers them; nothing is read here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/findings.h"
#include "checker/image/arena.h"
#include "checker/image/list_walk.h"
#include "checker/image/witness.h"
#include "checker/image/target.h"
#include "checker/slub/layout.h"

/* Where a sheaf is. */
enum sheaf_role {
	SHEAF_MAIN, /* of a CPU: allocations come from it, frees go to it */
	SHEAF_SPARE, /* of a CPU: full or empty, to swap with */
	SHEAF_RCU_FREE, /* of a CPU: objects that wait for a grace period */
	SHEAF_FULL, /* on a barn's list of sheaves with objects */
	SHEAF_EMPTY, /* on a barn's list of sheaves without */
};

/* What a pointer to a sheaf leads to. */
enum sheaf_kind {
	SHEAF_OWN, /* a sheaf of this cache */
	SHEAF_BOOTSTRAP, /* the static one that caches without sheaves have in place of main */
	SHEAF_FOREIGN, /* where a sheaf can be, but it names another cache or none */
	SHEAF_NONE, /* where no sheaf can be */
};

/**
 * struct sheaf - A sheaf, and where it is.
 * @addr:    its address
 * @slot:    address of the word that leads to it
 * @cpu, @node: of its place, -1 where it does not apply
 * @locked:  the CPU holds the lock of its sheaves, so that its place may be in the middle of a change
 * @dying:   the CPU is offline, and its sheaves may be in the middle of being flushed
 * @status:  how reading it ended
 * @kind:    see above; what follows is valid unless SHEAF_NONE
 * @cache:   the kmem_cache that it names
 * @size:    objects that it says it holds
 * @room:    objects that the memory it lies in has room for, UINT32_MAX when unknown
 * @nr:	     objects that were gathered; 0 when @size makes no sense
 * @objects_status: how reading these ended
 * @before:  index of the place where the same sheaf was met before; SHEAF_FIRST when it was not
 * @again:   another place leads to it too
 */
struct sheaf {
	uint64_t addr, slot;
	enum sheaf_role role;
	int cpu, node;
	bool locked, dying;
	enum target_status status;
	enum sheaf_kind kind;
	uint64_t cache, size;
	uint32_t room, nr;
	enum target_status objects_status;
	uint32_t before;
	bool again;
};

#define SHEAF_FIRST UINT32_MAX

/* What an entry of a sheaf leads to. */
enum entry_kind {
	ENTRY_OBJECT, /* an object of this cache */
	ENTRY_MISALIGNED, /* into a slab of this cache, but not to the start of an object */
	ENTRY_FOREIGN, /* into a slab of another cache */
	ENTRY_NO_SLAB, /* to a page that is not a slab */
	ENTRY_WILD, /* not to a page */
	ENTRY_ABSENT, /* to a page whose descriptor is not in the dump */
	ENTRY_KFENCE, /* into the pool of KFENCE, whose objects may wait for a grace period too */
};

/* An object in a sheaf. */
struct sheaf_entry {
	uint64_t object;
	uint32_t sheaf; /* index in sheaves.sheaves */
	uint16_t entry; /* its place in the sheaf */
	uint8_t kind; /* enum entry_kind */
};

/* A page that entries lead into, in most cases a slab of the cache: those from @first on, @nr. */
struct sheaf_slab {
	uint64_t page, base;
	uint64_t cache, freelist;
	uint16_t inuse, objects;
	uint8_t kind; /* enum entry_kind, of those that are not misaligned */
	bool listed; /* a list has led to it, so it has been judged as the slab that it is */
	size_t first, nr;
};

/* One of the two lists of a barn. */
struct barn_list {
	uint64_t said, counted;
	bool complete; /* the walk saw the whole list */
};

/* A node_barn. @status is TARGET_UNMAPPED when no barn can be there. */
struct barn_state {
	int node;
	uint64_t addr, slot;
	enum target_status status;
	bool locked;
	struct barn_list full, empty;
};

/* A link of a barn's list that is wrong. */
struct barn_fault {
	struct list_fault link;
	uint64_t sheaf; /* that holds it; 0: the list's head */
	enum sheaf_role role;
	int node;
	bool locked;
};

#define BARN_FAULTS_MAX 16

/* A CPU whose slub_percpu_sheaves could not be read. */
struct sheaf_cpu_fault {
	int cpu;
	uint64_t addr;
	enum target_status status;
	bool all; /* and no other CPU's leads to sheaves, so that the pointer is wrong */
};

/* All that was gathered of one cache. */
struct sheaves {
	struct arena *arena;
	struct sheaf *sheaves;
	size_t nr_sheaves, sheaves_room;
	size_t nr_mains; /* CPUs whose main sheaf is one of the cache */
	struct sheaf_entry *entries; /* ascending by address */
	size_t nr_entries, entries_room;
	struct sheaf_slab *slabs; /* likewise */
	size_t nr_slabs, slabs_room;
	struct barn_state *barns; /* one for each node at most */
	size_t nr_barns;
	struct barn_fault faults[BARN_FAULTS_MAX];
	size_t nr_faults;
	struct sheaf_cpu_fault *cpu_faults; /* one for each CPU at most */
	size_t nr_cpu_faults;
	uint32_t *index; /* of sheaves[] by address: a hash table */
	size_t index_room;
	uint64_t *words; /* scratch: the entries of one sheaf */
	size_t words_room;
	bool incomplete; /* no memory for all of it */
	bool barns_unknown; /* whether a node has a barn could not be read */
	/* Of a kernel that runs: what the sheaves of CPUs and those of barns rest on; else NULL. */
	struct witness *cpu_words, *barn_words;
	bool unsettled; /* some changed each time that they were gathered, and are left out */
};

/* How much was gathered at some time. */
struct sheaves_mark {
	size_t nr_sheaves, nr_entries, nr_barns, nr_faults, nr_cpu_faults;
};

/** sheaves_mark() - Remember the present state. */
struct sheaves_mark sheaves_mark(const struct sheaves *s);

/** sheaves_back() - Forget what was gathered since. */
void sheaves_back(struct sheaves *s, const struct sheaves_mark *mark);

/** sheaves_init() - Nothing gathered; false when there is no memory. */
bool sheaves_init(struct sheaves *s, const struct layout *layout, struct arena *arena);

/** sheaves_watch() - The kernel runs: note what is gathered rests on. False: no memory. */
bool sheaves_watch(struct sheaves *s, struct memory *memory);

/** sheaves_clear() - Forget what was gathered, and keep the memory for the next cache. */
void sheaves_clear(struct sheaves *s);

/**
 * sheaves_reserve() - Make room in one of the arrays.
 * @array, @room: the array and the elements that it has room for
 * @need:  elements that it has to have room for
 * @size:  bytes of one
 *
 * Return: false when there is no memory; then the set is incomplete.
 */
bool sheaves_reserve(struct sheaves *s, void **array, size_t *room, size_t need, size_t size);

/** sheaves_met() - Index of the place where a sheaf was met last; SHEAF_FIRST when it was not. */
uint32_t sheaves_met(const struct sheaves *s, uint64_t addr);

/**
 * sheaves_add() - Keep a place and the sheaf in it; sets its @before.
 *
 * Return: where it is kept until the next one is added; NULL when there is no memory.
 */
struct sheaf *sheaves_add(struct sheaves *s, const struct sheaf *sheaf);

/** sheaves_whole() - Whether all sheaves of the cache were found, and all objects in them. */
bool sheaves_whole(const struct sheaves *s);

/** sheaves_at() - First entry whose address is not below @addr; s->nr_entries when none is. */
size_t sheaves_at(const struct sheaves *s, uint64_t addr);

/** sheaves_lead_into() - Whether an entry of a sheaf is an address in [@start, @end). */
bool sheaves_lead_into(const struct sheaves *s, uint64_t start, uint64_t end);

/** sheaves_find() - The entry that holds an object, or NULL. @s may be NULL. */
const struct sheaf_entry *sheaves_find(const struct sheaves *s, uint64_t object);

/** sheaf_finding_place() - The place of findings about a sheaf. */
enum finding_place sheaf_finding_place(enum sheaf_role role);

/** sheaf_place() - Name a place, as "the main sheaf of CPU 3". Returns @buf. */
char *sheaf_place(const struct sheaf *sheaf, char *buf, size_t len);

#endif
