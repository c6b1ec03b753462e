/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds the checker against the model: many legal histories, many planted faults.
 *
 *   prove [-e ERA] [-f FAULT] [-s SEED] [-n HISTORIES] [-o OPERATIONS] [-p FAULTS] [-t]
 *
 * -n histories of an era, a third of them stopped in the middle, and -p faults for each of them,
 * one a heap. -t prints a table of all faults. Exit status 0: nothing was missed, and nothing
 * found that is not there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/selftest.h"

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: prove [-e ERA] [-f FAULT] [-s SEED] [-n HISTORIES] "
			"[-o OPERATIONS] [-p FAULTS] [-t]\n");
	exit(2);
}

static int era_of(const char *name)
{
	for (int i = 0; i < MODEL_ERAS; i++)
		if (!strcmp(model_era((enum model_era)i)->name, name))
			return i;
	usage();
}

static int fault_of(const char *name)
{
	for (int i = 0; i < MODEL_FAULT_COUNT; i++)
		if (!strcmp(model_fault_name((enum model_fault)i), name))
			return i;
	usage();
}

static unsigned int number_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end)
		usage();
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	struct proof_round round = {
		.seed = 1, .histories = 300, .operations = 600, .faults = 1, .fault = -1
	};
	static struct proof proof;
	bool faults = false;
	int option, era = -1;

	while ((option = getopt(argc, argv, "e:f:s:n:o:p:t")) != -1) {
		switch (option) {
		case 'e':
			era = era_of(optarg);
			break;
		case 'f':
			round.fault = fault_of(optarg);
			break;
		case 's':
			round.seed = number_of(optarg);
			break;
		case 'n':
			round.histories = number_of(optarg);
			break;
		case 'o':
			round.operations = number_of(optarg);
			break;
		case 'p':
			round.faults = number_of(optarg);
			break;
		case 't':
			faults = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !round.operations)
		usage();
	for (int i = 0; i < MODEL_ERAS; i++) {
		round.era = (enum model_era)i;
		if ((era < 0 || era == i) && !proof_run(&proof, &round))
			return 2;
	}
	selftest_table(&proof, stdout, faults);
	if (proof_holds(&proof))
		return 0;
	printf("%llu times it does not hold. First: %s\n", (unsigned long long)proof.why_nr,
	       proof.why);
	return 1;
}
