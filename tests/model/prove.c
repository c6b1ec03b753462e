/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds the checker against the model: many legal histories, many planted faults.
 *
 *   prove [-e ERA] [-f FAULT] [-m MODE] [-s SEED] [-n HISTORIES] [-o OPERATIONS] [-p FAULTS] [-j JOBS]
 *         [-a] [-t] [-c] [-u] [-J] [-l] [-v]
 *   prove -S [-e ERA] [-f FAULT] [-s SEED] [-n HISTORIES] [-o OPERATIONS] [-p FAULTS] [-a] [-t] [-c] [-u] [-v]
 *
 * -S: of SLAB, whose eras are named slab-2.6.32 and so on; else of SLUB.
 *
 * -n histories of an era, a third of them stopped in the middle, and -p faults for each of the others,
 * one after the other: at rest, while a CPU is stopped, with absent pages, two at once; or in -m MODE
 * (rest, stopped, absent, pair) only. With -l the kernel goes on while it is read. Each era is a process, -j of them at a time. -t prints a table of all
 * faults; -c (or --causes) one of how right the causes are that the reports name, and -J the same
 * for programs; -u (or --untrue) lists what findings say of words, places and numbers that is not so. -a prints all that does not hold, and
 * not only the first; -v each fault and its report: with -e, -f, -s and -n 1 that of one.
 *
 * Exit status 0: nothing was missed, and nothing found that is not there; with -c, the first cause
 * is right in 90 % and what is certain in 99 %; with -u, nothing is untrue.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/selftest.h"
#include "model/slab_proof.h"

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: prove [-e ERA] [-f FAULT] [-m MODE] [-s SEED] [-n HISTORIES] "
		"[-o OPERATIONS] [-p FAULTS] [-j JOBS] [-a] [-t] [-c] [-u] [-J] [-l] [-v]\n");
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
	enum model_fault fault;

	if (model_fault_find(name, &fault))
		return (int)fault;
	for (int i = 0; i < MODEL_FAULT_COUNT; i++)
		fprintf(stderr, "%-24s %s\n", model_fault_name((enum model_fault)i),
			model_fault_description((enum model_fault)i));
	exit(2);
}

/* The same of SLAB; its names are others. */
static int slab_era_of(const char *name)
{
	for (int i = 0; i < SLAB_ERAS; i++)
		if (!strcmp(slab_era((enum slab_era)i)->name, name))
			return i;
	usage();
}

static int slab_fault_of(const char *name)
{
	for (int i = 0; i < SLAB_FAULT_COUNT; i++)
		if (!strcmp(slab_fault_name((enum slab_fault)i), name))
			return i;
	for (int i = 0; i < SLAB_FAULT_COUNT; i++)
		fprintf(stderr, "%-24s %s\n", slab_fault_name((enum slab_fault)i),
			slab_fault_text((enum slab_fault)i));
	exit(2);
}

static int mode_of(const char *name)
{
	for (int i = 0; i < PROOF_MODE_COUNT; i++)
		if (!strcmp(proof_mode_name((enum proof_mode)i), name))
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

/* What a process has to say of its era. */
struct answer {
	struct proof_era era;
	uint64_t runs, why_nr;
	char why[PROOF_TEXT_MAX];
};

struct job {
	int fd, era; /* -1: none */
};

static void child(const struct proof_round *round, FILE *log, int fd)
{
	static struct proof proof;
	static struct answer answer;
	FILE *out = fdopen(fd, "w");

	proof.log = log;
	if (!out || !proof_run(&proof, round))
		_exit(2);
	answer.era = proof.eras[round->era];
	answer.runs = proof.runs;
	answer.why_nr = proof.why_nr;
	memcpy(answer.why, proof.why, sizeof(answer.why));
	fflush(stdout);
	if (fwrite(&answer, sizeof(answer), 1, out) != 1 || fclose(out))
		_exit(2);
	_exit(0);
}

static struct job job_start(const struct proof_round *round, FILE *log)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) || (pid = fork()) < 0) {
		perror("prove");
		exit(2);
	}
	if (!pid) {
		close(fds[0]);
		child(round, log, fds[1]);
	}
	close(fds[1]);
	return (struct job){ fds[0], (int)round->era };
}

static void job_end(struct job *job, struct proof *proof)
{
	static struct answer answer;
	FILE *in = fdopen(job->fd, "r");
	int status;

	if (!in || fread(&answer, sizeof(answer), 1, in) != 1) {
		fprintf(stderr, "prove: era %s died\n", model_era((enum model_era)job->era)->name);
		exit(2);
	}
	fclose(in);
	wait(&status);
	proof->eras[job->era] = answer.era;
	proof->runs += answer.runs;
	if (!proof->why_nr)
		memcpy(proof->why, answer.why, sizeof(proof->why));
	proof->why_nr += answer.why_nr;
	job->era = -1;
}

/* Eras take about as long as each other, so the oldest ends first. */
static void eras_run(struct proof_round *round, int only, unsigned int jobs, struct proof *proof)
{
	struct job running[MODEL_ERAS];
	unsigned int first = 0, next = 0;

	for (int i = 0; i < MODEL_ERAS; i++) {
		if (only >= 0 && only != i)
			continue;
		if (next - first == jobs)
			job_end(&running[first++], proof);
		round->era = (enum model_era)i;
		running[next++] = job_start(round, proof->log);
	}
	while (first < next)
		job_end(&running[first++], proof);
}

struct request {
	struct proof_round round;
	unsigned int jobs;
	int era; /* -1: all */
	bool all, faults, causes, untrue, json, slab;
};

static void option_take(struct request *r, int option, const char *value)
{
	switch (option) {
	case 'e':
		r->era = r->slab ? slab_era_of(value) : era_of(value);
		break;
	case 'f':
		r->round.fault = r->slab ? slab_fault_of(value) : fault_of(value);
		break;
	case 'j':
		r->jobs = number_of(value);
		break;
	case 's':
		r->round.seed = number_of(value);
		break;
	case 'm':
		r->round.mode = mode_of(value);
		break;
	case 'n':
		r->round.histories = number_of(value);
		break;
	case 'o':
		r->round.operations = number_of(value);
		break;
	case 'p':
		r->round.faults = number_of(value);
		break;
	default:
		usage();
	}
}

static void options_read(struct request *r, int argc, char **argv)
{
	static const struct option long_options[] = { { "causes", no_argument, NULL, 'c' },
						      { "untrue", no_argument, NULL, 'u' },
						      { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "ace:f:Jj:lm:s:Sn:o:p:tuv", long_options, NULL)) !=
	       -1) {
		if (option == 'a')
			r->all = true;
		else if (option == 't')
			r->faults = true;
		else if (option == 'S')
			r->slab = true;
		else if (option == 'c')
			r->causes = true;
		else if (option == 'u')
			r->untrue = true;
		else if (option == 'J')
			r->json = r->causes = true;
		else if (option == 'l')
			r->round.live = true;
		else if (option == 'v')
			r->round.verbose = stdout;
		else
			option_take(r, option, optarg);
	}
	if (optind != argc || !r->round.operations || !r->jobs)
		usage();
}

/* All eras of SLAB, or one, one after the other. Returns the exit status. */
static int slab_run(const struct request *r)
{
	static struct proof common;
	static struct slab_proof proof = { .common = &common };
	bool more_holds = true;
	struct slab_proof_round round = { .seed = r->round.seed,
					  .histories = r->round.histories,
					  .operations = r->round.operations,
					  .faults = r->round.faults,
					  .fault = r->round.fault,
					  .verbose = r->round.verbose };

	common.log = r->all ? stdout : NULL;
	for (int era = 0; era < SLAB_ERAS; era++) {
		round.era = (enum slab_era)era;
		if ((r->era < 0 || r->era == era) && !slab_proof_run(&proof, &round)) {
			fprintf(stderr, "prove: out of memory\n");
			return 2;
		}
	}
	slab_proof_table(&proof, stdout, r->faults);
	if (r->causes)
		more_holds = slab_proof_causes(&proof, stdout);
	if (r->untrue)
		more_holds = slab_proof_untrue(&proof, stdout) && more_holds;
	if (proof_holds(&common))
		return !more_holds;
	printf("%llu times it does not hold. First: %s\n", (unsigned long long)common.why_nr,
	       common.why);
	return 1;
}

int main(int argc, char **argv)
{
	struct request r = { .round = { .seed = 1,
					.histories = 300,
					.operations = 600,
					.faults = 1,
					.fault = -1,
					.mode = -1 },
			     .jobs = 1,
			     .era = -1 };
	static struct proof proof;
	bool more_holds = true;

	options_read(&r, argc, argv);
	if (r.slab)
		return slab_run(&r);
	proof.log = r.all ? stdout : NULL;
	fflush(stdout);
	eras_run(&r.round, r.era, r.jobs, &proof);
	if (!r.json)
		selftest_table(&proof, stdout, r.faults);
	if (r.causes)
		more_holds = proof_causes_table(&proof, stdout, r.json);
	if (r.untrue)
		more_holds = proof_untrue_table(&proof, stdout) && more_holds;
	if (proof_holds(&proof))
		return !more_holds;
	fprintf(r.json ? stderr : stdout, "%llu times it does not hold. First: %s\n",
		(unsigned long long)proof.why_nr, proof.why);
	return 1;
}
