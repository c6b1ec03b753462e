/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * slubscript: runs scripts of allocations and frees, each on a cache of its own,
 * and leaves in memory what was allocated where. testdata/record/SCRIPTS.md has
 * the format of a script.
 */
#ifndef SLUBSCRIPT_H
#define SLUBSCRIPT_H

#include <linux/page-flags.h>

#include "slub.h"

#define NAME_SIZE 40
#define MAX_CPUS 8

/* A header line that is not there. */
#define ABSENT (-1)

/* One operation. */
struct step {
	char what;
	int cpu; /* ABSENT: the last one */
	int node;
	int count; /* objects of `f`, `A` and `F`, argument of `m` and `g` */
	unsigned int first; /* the first of them in the script's numbers[] */
};

struct script {
	const char *name;
	int size;
	int align;
	slab_flags_t flags;
	bool ctor;
	int min_partial;
	int cpu_partial;
	int cpu_partial_slabs;
	bool remote; /* whether other nodes' partial slabs are taken */
	struct step *steps;
	unsigned int nr_steps;
	unsigned int *numbers; /* the objects that are freed */
	unsigned int nr_numbers;
	unsigned int nr_objects; /* that are allocated */
};

/* The rest is read by observed.py, field by field, out of the dump. */

/*
 * A page that was given back to the page allocator has lost all its flags. So a
 * slab whose page has this one is a slab that was seen before. Neither SLUB nor
 * the page allocator looks at it.
 */
#define PG_seen PG_owner_priv_1

struct log_entry {
	u64 object; /* of FRESH_SLAB: where in the random sequence the slab begins */
	u32 pfn; /* of the slab */
	u16 objects; /* of the slab */
	u8 node; /* of the slab */
	u8 kind;
};

enum log_kind {
	OBJECT,
	FRESH_OBJECT, /* its slab was not seen before */
	FRESH_SLAB, /* a slab that was not seen before, and no object */
};

/* One script that ran. Addresses are physical. */
struct recording {
	char name[NAME_SIZE];
	u64 cache;
	u64 log;
	u64 nr_log;
	u64 room; /* for so many entries */
	u64 cpu[MAX_CPUS]; /* its percpu struct, which can lie in vmalloc space */
};

static_assert(sizeof(struct log_entry) == 16);
static_assert(sizeof(struct recording) == NAME_SIZE + 32 + 8 * MAX_CPUS);

/* script_parse.c: `text` is written to; the script keeps the name. */
int script_parse(struct script *script, const char *name, char *text);
void script_free(struct script *script);

/* script_steps.c */
int steps_prepare(void);
int script_run(struct script *script, struct recording *recording);

/* script_flush.c: between begin and end, CPUs flush the cache one after the other. */
int flush_order_init(void);
void flush_order_begin(struct kmem_cache *s);
void flush_order_end(void);
#ifdef HAS_kmem_cache__cpu_sheaves
void flush_all_cpus(struct kmem_cache *s);
#endif

/* script_slabs.c: around each step */
#ifdef HAS_kmem_cache__cpu_sheaves
int slabs_watch_init(void);
void slabs_watch_begin(void);
void slabs_watch_end(struct recording *recording, struct kmem_cache *s);
#else
static inline int slabs_watch_init(void)
{
	return 0;
}
static inline void slabs_watch_begin(void)
{
}
static inline void slabs_watch_end(struct recording *recording, struct kmem_cache *s)
{
}
#endif

/* script_log.c: there is room for `count` objects. */
int log_begin(struct recording *recording, struct kmem_cache *s, unsigned int count);
void log_object(struct recording *recording, void *object);
void log_slab(struct recording *recording, struct slab *slab, u32 start);
bool log_is_full(struct recording *recording);
int log_table(struct recording *recordings, unsigned int count);

#endif
