/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_CHECK_H
#define SLUBCHECK_CHECKER_CHECK_H
/*
 * The checker as its users (the crash command, the program, the tests) call it.
 */

#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/options.h"
#include "checker/image/target.h"

/* What the arena of a run may take, in bytes. The largest dumps need some tens of megabytes; the limit
 * is there for those that lie about sizes. */
#define CHECK_ARENA_LIMIT ((size_t)1 << 30)

/**
 * check_run() - Check the caches of an image and report on @options->out.
 * @target: the image
 * @arena:  memory of the run; the caller frees it afterwards. After a longjmp out of the target
 *	    it is all that has to be reclaimed.
 *
 * What cannot be read or makes no sense is reported and passed over. The report always ends with
 * a summary, even when the run was interrupted or failed.
 */
struct check_result check_run(struct target *target, struct arena *arena,
			      const struct check_options *options);

/**
 * check_knows_cache() - Whether there is a cache of that name, alias or address.
 *
 * Nothing is reported. It costs what the start of a run costs.
 */
bool check_knows_cache(struct target *target, struct arena *arena, const char *name);

/**
 * check_addresses() - Say what addresses are (the -s option).
 * @addrs, @nr: any addresses: of an object, the inside of one, a struct slab, a kmem_cache, ...
 *
 * All caches are judged, always with a scan, and each finding is reported that holds the address or the
 * structure it lies in. One that is about several of them is counted once.
 *
 * Return: as check_run(), of these findings; unknown when the image lacks what would say more.
 */
struct check_result check_addresses(struct target *target, struct arena *arena,
				    const uint64_t *addrs, size_t nr,
				    const struct check_options *options);

/**
 * check_usage() - Say how many objects caches have, and how many of them are in use (the -i option).
 *
 * Return: as check_run(); findings are counted and not listed.
 */
struct check_result check_usage(struct target *target, struct arena *arena,
				const struct check_options *options);

/**
 * check_top() - Say who has the memory (--top): by the line of the kernel that allocated an object, where its
 * cache keeps tracks (slub_debug=U) or the kernel allocation tags (CONFIG_MEM_ALLOC_PROFILING); and by the
 * memory cgroup that it is charged to.
 *
 * Always with a scan, whatever the options say.
 *
 * Return: as check_run(); findings are counted and not listed.
 */
struct check_result check_top(struct target *target, struct arena *arena,
			      const struct check_options *options);

/**
 * check_objects() - List the objects of caches, and which of them are free (the -o option).
 *
 * Always with a scan, whatever the options say.
 *
 * Return: as check_run(); findings are counted and not listed.
 */
struct check_result check_objects(struct target *target, struct arena *arena,
				  const struct check_options *options);

/**
 * check_map() - Draw slabs, with the state of each object (--map).
 * @addr: the slab of this address is drawn alone, unless @options->names[0] is a cache; 0: the caches
 *	  that the options name
 *
 * Always with a scan, whatever the options say.
 *
 * Return: as check_run(); findings are counted, and what they name is marked.
 */
struct check_result check_map(struct target *target, struct arena *arena, uint64_t addr,
			      const struct check_options *options);

/**
 * check_refs() - Say who points into ranges of addresses (--refs).
 * @ranges, @nr: a range of one address means the object that it lies in, if it does
 *
 * Return: clean when all memory of the machine was looked at; unknown when some is not in the dump, or
 * the pass was stopped. No finding is reported.
 */
struct check_result check_refs(struct target *target, struct arena *arena,
			       const struct check_range *ranges, size_t nr,
			       const struct check_options *options);

/**
 * check_dangling() - Say which free objects of the caches @options->names somebody who lives points to
 * (--dangling).
 *
 * Return: as check_refs().
 */
struct check_result check_dangling(struct target *target, struct arena *arena,
				   const struct check_options *options);

#endif
