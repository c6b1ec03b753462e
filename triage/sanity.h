/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_SANITY_H
#define SLUBCHECK_TRIAGE_SANITY_H
/*
 * Whether a dump's pages are what its headers say.
 *
 * A hypervisor that dumps an encrypted guest (SEV, TDX), or a transfer that went wrong, makes a file
 * of noise with good headers. Nothing in it is a finding about the allocator.
 */

#include <stdbool.h>

#include "checker/image/target.h"
#include "triage/error.h"

#define SANITY_NOISE_SIZE 4096

/** sanity_noise() - Whether SANITY_NOISE_SIZE bytes look random, as encrypted or compressed ones. */
bool sanity_noise(const void *bytes);

/**
 * sanity_kernel() - Whether the kernel that VMCOREINFO names is in the memory.
 * @release: its name, as VMCOREINFO has it; may be ""
 * @error:   receives the reason when the return value is false
 *
 * Return: false when something else stands where the kernel keeps its name. What cannot be read
 * says nothing.
 */
bool sanity_kernel(struct target *t, const char *release, struct error *error);

/**
 * sanity_caches() - Whether the caches at both ends of the list of all caches can be caches.
 * @error: receives the reason when the return value is false
 *
 * Return: false when the pages of both are noise, as encrypted ones are: no bug writes all
 * byte values evenly over two pages. What cannot be read says nothing.
 */
bool sanity_caches(struct target *t, struct error *error);

#endif
