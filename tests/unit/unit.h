/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_UNIT_H
#define SLUBCHECK_TESTS_UNIT_UNIT_H
/*
 * The unit tests, run by the Check framework.
 *
 * A suite is a file: suite_NAME() in tests/unit/test_NAME.c. To add one, write the file and a line
 * into the list below.
 */

#include <check.h>
#include <stdint.h>

#define UNIT_SUITES(X)         \
	X(decoders_btf)        \
	X(decoders_freeptr)    \
	X(decoders_insn)       \
	X(decoders_insn_arm64) \
	X(decoders_overwrite)  \
	X(decoders_slab)       \
	X(features)            \
	X(arena)               \
	X(ahead)               \
	X(image_arch)          \
	X(image_cpu_regs)      \
	X(linear_map)          \
	X(list_walk)           \
	X(kernel_log)          \
	X(complaints)          \
	X(checker_clean)       \
	X(checker_live)        \
	X(checker_refs)        \
	X(checker_machine)     \
	X(checker_faults)      \
	X(checker_expected)    \
	X(checker_disabled)    \
	X(checker_transient)   \
	X(checker_excuses)     \
	X(checker_elect)       \
	X(checker_absent)      \
	X(checker_hostile)     \
	X(checker_causes)      \
	X(checker_diagnose)    \
	X(checker_address)     \
	X(checker_sheaf)       \
	X(checker_usage)       \
	X(checker_kfence)      \
	X(checker_map)         \
	X(checker_objects)     \
	X(checker_contents)    \
	X(checker_story)       \
	X(checker_trap)        \
	X(checker_traps)       \
	X(checker_why)         \
	X(checker_extent)      \
	X(checker_owner)       \
	X(checker_destroyed)   \
	X(checker_report)      \
	X(checker_html)        \
	X(checker_layout)      \
	X(checker_severity)    \
	X(checker_types)       \
	X(checker_said)        \
	X(checker_signature)   \
	X(checker_team)        \
	X(model_incident)      \
	X(model_steps)         \
	X(model_linear)        \
	X(model_proof)         \
	X(model_tasks)         \
	X(model_alloc)         \
	X(model_free)          \
	X(model_debug)         \
	X(model_cache)         \
	X(model_kmalloc)       \
	X(model_gfp)           \
	X(model_slabinfo)      \
	X(slab_model)          \
	X(layout_fixtures)     \
	X(layout_listed)       \
	X(slab_layout)         \
	X(slab_excuses)        \
	X(layout_mixes)        \
	X(triage_kernel_cache) \
	X(triage_btf)          \
	X(triage_dwarf)        \
	X(triage_kallsyms)     \
	X(triage_modules)      \
	X(triage_elf_memory)   \
	X(triage_kcore)        \
	X(triage_kdump_memory) \
	X(triage_file_target)  \
	X(triage_error)        \
	X(triage_run)          \
	X(triage_scan)         \
	X(triage_packed)       \
	X(triage_diff)         \
	X(triage_group)        \
	X(triage_dump)         \
	X(triage_options)      \
	X(triage_result)       \
	X(triage_flat)         \
	X(triage_lost)         \
	X(triage_sanity)       \
	X(triage_watch)        \
	X(model_sheaf)         \
	X(model_memcg)         \
	X(model_attach)        \
	X(model_next)

/*
 * Seconds for one test: it is there for those that hang, not for machines that are busy. A test takes
 * one second at most, and some a minute under sanitizers.
 */
#define UNIT_TIMEOUT 1200

#define X(name) Suite *suite_##name(void);
UNIT_SUITES(X)
#undef X

/*
 * For loops and tables. Check writes a record for every ck_assert that passes, and forks for every
 * turn of its own loop tests; in loops of thousands that is most of a run. These cost nothing until
 * they fail.
 */
#define unit_check(condition, ...)                 \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* Compare numbers; a failure shows them in hex, as one reads addresses. */
#define unit_check_eq(a, b)                                                                        \
	do {                                                                                       \
		uint64_t a_ = (uint64_t)(a), b_ = (uint64_t)(b);                                   \
		unit_check(a_ == b_, "%s is %#llx, not %s, %#llx", #a, (unsigned long long)a_, #b, \
			   (unsigned long long)b_);                                                \
	} while (0)

#define UNIT_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Words that look random and are the same in every run. @state: any value to begin with. */
static inline uint64_t unit_random(uint64_t *state)
{
	/* The upper bits of a linear congruence are the better ones. */
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ *state >> 29;
}

#endif
