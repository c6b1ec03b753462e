/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/sanity.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Of 4096 random bytes 16 are zero, with a deviation of 4, and no value is missing. Half of what
 * surrounds a kmem_cache is zero. */
#define NOISE_ZEROS 64
#define NOISE_VALUES 250

bool sanity_kernel(struct target *t, const char *release, struct error *error)
{
	char wanted[160], there[sizeof(wanted)] = "";
	uint64_t banner;

	/* init/version.c, in every release. */
	snprintf(wanted, sizeof(wanted), "Linux version %s", release);
	if (!t->ops->symbol(t, "linux_banner", &banner) ||
	    t->ops->read(t, banner, there, strlen(wanted)) != TARGET_OK ||
	    !memcmp(there, wanted, strlen(wanted)))
		return true;
	return error_set(error,
			 "its pages are encrypted, damaged, or another kernel's: there is no "
			 "\"%.100s\" at linux_banner",
			 wanted);
}

bool sanity_noise(const void *bytes)
{
	const uint8_t *byte = bytes;
	uint16_t times[256] = { 0 };
	int values = 0;

	for (size_t i = 0; i < SANITY_NOISE_SIZE; i++)
		times[byte[i]]++;
	for (size_t i = 0; i < 256; i++)
		values += times[i] != 0;
	return times[0] < NOISE_ZEROS && values >= NOISE_VALUES;
}

/* SANITY_NOISE_SIZE is the smallest page there is. */
static bool is_noise(struct target *t, uint64_t addr)
{
	uint8_t bytes[SANITY_NOISE_SIZE];

	addr &= ~(uint64_t)(sizeof(bytes) - 1);
	return t->ops->read(t, addr, bytes, sizeof(bytes)) == TARGET_OK && sanity_noise(bytes);
}

bool sanity_caches(struct target *t, struct error *error)
{
	uint64_t list, ends[2];

	if (!t->ops->symbol(t, "slab_caches", &list) ||
	    t->ops->read(t, list, ends, sizeof(ends)) != TARGET_OK || !is_noise(t, ends[0]) ||
	    !is_noise(t, ends[1]))
		return true;
	return error_set(error, "its pages are encrypted or damaged: those of the first and the "
				"last cache are noise");
}
