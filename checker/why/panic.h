/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_PANIC_H
#define SLUBCHECK_CHECKER_WHY_PANIC_H
/*
 * The exception that killed the machine, compared with the findings.
 *
 * A corrupted freelist kills whoever allocates next. The registers of that exception then are the
 * object, the cache and the kmem_cache_cpu of a finding, which shows that the panic is a
 * consequence of the corruption, and that the panicking task is not the culprit.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/allocator.h"
#include "checker/findings/findings.h"
#include "checker/image/memory.h"

#define PANIC_MATCHES_MAX 8

/* A register that holds an address of a finding. */
struct panic_match {
	const char *reg;
	uint64_t value;
	const char *what; /* "the object the freelist leads to", ... */
};

/**
 * struct panic - An exception frame whose registers match a finding.
 * @cpu:   where
 * @pid, @comm: the task; comm is raw bytes of the dump
 * @frame: address of the struct pt_regs on its stack
 * @ip:	   where the exception occurred
 * @symbol: the function of @ip
 * @finding: what it matches
 */
struct panic {
	int cpu;
	uint64_t pid;
	char comm[17];
	uint64_t frame;
	uint64_t ip;
	struct target_symbol symbol;
	const struct finding *finding;
	struct panic_match matches[PANIC_MATCHES_MAX];
	size_t nr_matches;
};

/**
 * panic_find() - Look through the stacks of the tasks that were running for an exception that one
 * of the findings explains.
 * @results: the caches that were judged
 * @nr:	     how many
 *
 * Return: false when there is none: no exception, or none that is related to a finding.
 */
bool panic_find(struct panic *panic, const struct allocator *allocator,
		const struct cache_result *const *results, size_t nr);

#endif
