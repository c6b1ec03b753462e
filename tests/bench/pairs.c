/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many pairs of an allocation and a free the model does on its fast path, and how many
 * malloc() and free() do in the same run.
 *
 *   pairs [ROUNDS]
 *
 * Rounds go through all eras in turn, so that what else the machine does hits them alike; the
 * median of each is printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "checker/image/clock.h"
#include "model/slub/model.h"

#define PAIRS 1000000
#define ROUNDS_MAX 99

static double model_seconds(struct model *m, uint64_t cache)
{
	uint32_t gfp = model_gfp_kernel(m);
	struct timespec start = clock_now();
	uint64_t object;

	for (int i = 0; i < PAIRS; i++) {
		model_alloc(m, 0, cache, gfp, MODEL_ANY_NODE, &object);
		model_free_object(m, 0, cache, object);
	}
	return clock_seconds_since(&start);
}

static double malloc_seconds(void)
{
	struct timespec start = clock_now();

	for (int i = 0; i < PAIRS; i++) {
		void *volatile p = malloc(64);

		free(p);
	}
	return clock_seconds_since(&start);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *seconds, int n)
{
	qsort(seconds, (size_t)n, sizeof(*seconds), ascending);
	return seconds[n / 2];
}

int main(int argc, char **argv)
{
	static double seconds[MODEL_ERAS + 1][ROUNDS_MAX];
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 9;
	struct model *m[MODEL_ERAS];
	uint64_t cache[MODEL_ERAS];
	double reference;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct model_config config = { .era = model_era((enum model_era)i),
						     .seed = 1,
						     .tid_step = 8 };
		const struct model_cache_args args = { .name = "pairs", .size = 64 };

		m[i] = model_new(&config);
		if (!m[i] || model_cache_create(m[i], 0, &args, &cache[i]) != MODEL_DONE)
			return 2;
	}
	for (long r = 0; r < rounds; r++) {
		for (int i = 0; i < MODEL_ERAS; i++)
			seconds[i][r] = model_seconds(m[i], cache[i]);
		seconds[MODEL_ERAS][r] = malloc_seconds();
	}
	reference = median(seconds[MODEL_ERAS], (int)rounds);
	printf("%-10s %14s %16s\n", "ERA", "MILLION PAIRS/S", "TIMES MALLOC'S");
	for (int i = 0; i < MODEL_ERAS; i++) {
		double s = median(seconds[i], (int)rounds);

		printf("%-10s %14.1f %16.1f\n", model_era((enum model_era)i)->name, PAIRS / s / 1e6,
		       s / reference);
		model_free(m[i]);
	}
	printf("%-10s %14.1f %16.1f\n", "malloc", PAIRS / reference / 1e6, 1.0);
	return 0;
}
