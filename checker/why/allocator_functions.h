/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_ALLOCATOR_FUNCTIONS_H
#define SLUBCHECK_CHECKER_WHY_ALLOCATOR_FUNCTIONS_H
/*
 * The functions of the allocator, and what it means that the kernel died in one.
 */

/* What a function does, hence where the pointers that it follows come from. */
enum allocator_job {
	JOB_NONE, /* it is not the allocator's */
	JOB_ALLOCATE, /* follows the allocator's own pointers: its caller gives it the cache alone */
	JOB_FREE, /* follows the caller's pointer first */
	JOB_MOVE, /* brings slabs and sheaves from list to list: pointers of its own alone */
	JOB_COPY, /* checks a copy to or from user space */
	JOB_CACHE, /* makes and destroys caches */
};

/**
 * allocator_job() - What a function does.
 * @name: a symbol; what compilers append (".cold", ".isra.0", ".part.0") and _noprof (6.10) are ignored
 */
enum allocator_job allocator_job(const char *name);

#endif
