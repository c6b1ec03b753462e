/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/kernel_change.h"

/* A counter that was touched once or twice; more is not told from an arbitrary store. */
#define DELTA_MAX 2

static uint32_t half(uint64_t word, unsigned int n)
{
	return (uint32_t)(word >> 32 * n);
}

/* The difference of two numbers when it is small, or 0. */
static int small_delta(uint64_t before, uint64_t after)
{
	uint64_t up = after - before, down = before - after;

	if (up && up <= DELTA_MAX)
		return (int)up;
	return down && down <= DELTA_MAX ? -(int)down : 0;
}

static struct kernel_change change(enum kernel_change_kind kind, unsigned int at,
				   unsigned int width, int delta)
{
	return (struct kernel_change){ kind, at, width, delta, -1 };
}

/* One half changed, and the other is as it was. */
static struct kernel_change half_change(uint64_t before, uint64_t after, unsigned int n)
{
	uint32_t was = half(before, n), is = half(after, n);
	int delta = small_delta(was, is);

	if (is == REFCOUNT_SATURATED)
		return change(CHANGE_REFCOUNT, 4 * n, 4, 0);
	/* Halves wrap on their own. */
	if (!delta && was - is <= DELTA_MAX)
		delta = -(int)(was - is);
	if (!delta && is - was <= DELTA_MAX)
		delta = (int)(is - was);
	if (delta)
		return change(CHANGE_COUNTER, 4 * n, 4, delta);
	if (!(is & 0xff) && is == (was & ~0xffu))
		return change(CHANGE_UNLOCK, 4 * n, 1, 0);
	return change(CHANGE_NONE, 0, 0, 0);
}

struct kernel_change kernel_change_find(uint64_t before, uint64_t after)
{
	uint64_t changed = before ^ after;
	struct kernel_change found = change(CHANGE_NONE, 0, 0, 0);

	if (!changed)
		return found;
	for (unsigned int n = 0; n < 2 && found.kind == CHANGE_NONE; n++)
		if (half(changed, n) && !half(changed, 1 - n))
			found = half_change(before, after, n);
	if (found.kind == CHANGE_NONE && small_delta(before, after))
		found = change(CHANGE_COUNTER, 0, 8, small_delta(before, after));
	if (changed & (changed - 1))
		return found;
	if (found.kind == CHANGE_NONE)
		found = change(CHANGE_FLAG, (unsigned int)__builtin_ctzll(changed) / 8, 1, 0);
	found.bit = __builtin_ctzll(changed);
	return found;
}
