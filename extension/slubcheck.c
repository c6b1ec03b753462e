/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command `slubcheck` of the crash utility. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "checker/check.h"
#include "checker/findings/page.h"
#include "checker/findings/severity.h"
#include "extension/crash.h"
#include "extension/session.h"
#include "model/next_report.h"
#include "model/selftest.h"

struct session session;

/* Of -r and -s. */
#define RANGES_MAX 64
/* Of -c. */
#define NAMES_MAX 64

/* Options without a letter. */
enum {
	OPTION_SELFTEST = 256,
	OPTION_EXPLAIN,
	OPTION_VERSION,
	OPTION_SORT,
	OPTION_TOP,
	OPTION_BUDGET,
	OPTION_UNALIGNED,
	OPTION_OUTSIDE,
	OPTION_ORDER,
	OPTION_HTML,
};

struct arguments {
	struct check_options options;
	struct severities severities; /* of -S and -F */
	char *addresses[RANGES_MAX]; /* of -s */
	size_t nr_addresses;
	char *names[NAMES_MAX]; /* of -c and behind the options */
	const char *next_cpu; /* of -n */
	const char *explain; /* of --explain */
	const char *html; /* of --html */
	bool version;
	bool lists; /* -L */
	bool selftest;
	bool usage; /* -i */
	bool objects; /* -o */
	bool dangling; /* -D */
	bool map; /* -m */
	bool top; /* --top */
	const char *ranges[RANGES_MAX]; /* of -r */
	size_t nr_ranges;
};

static void session_free(void)
{
	output_abandon(&session.output);
	page_file_abandon(&session.page);
	model_free(session.model);
	session.model = NULL;
	selftest_abandon(&session.proofs);
	crash_target_end(&session.target);
	arena_free(&session.arena);
	session.running = false;
}

/* crash's handler leaves by longjmp, and what it left half freed would be freed again. */
static void session_end(void)
{
	sigset_t before = interrupt_block();

	if (session.running)
		session_free();
	interrupt_unblock(&before);
	interrupt_disarm(&session.interrupt);
}

/* Called by crash (restore_sanity()) before it reads a command and when it leaves one by longjmp,
 * as every entry of a command table with the flag CLEANUP is. */
static void session_clean_up(void)
{
	/* Inside of a signal handler nothing is freed: the signal may have interrupted malloc().
	 * crash calls again from its main loop. */
	if (session.interrupt.passed_on)
		session.interrupt.passed_on = false;
	else
		session_end();
}

/* Only terminals, pagers and pipes share the screen with the line of progress. */
static bool output_is_shared(void)
{
	return fp == pc->stdpipe || fp == pc->pipe || fp == pc->ifile_pipe;
}

/* Of the terminal where the output ends, also through crash's pager; 0: it does not. */
static int output_columns(void)
{
	struct winsize size;

	if (fp != pc->stdpipe && !isatty(fileno(fp)))
		return 0;
	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

static bool session_begin(void)
{
	sigset_t before;

	session_end();
	before = interrupt_block();
	session.running = output_begin(&session.output, fp, output_is_shared(), output_columns());
	if (session.running) {
		arena_init(&session.arena, CHECK_ARENA_LIMIT);
		interrupt_arm(&session.interrupt);
		crash_target_init(&session.target);
	}
	interrupt_unblock(&before);
	return session.running;
}

static bool number_parse(const char *s, ulong *value)
{
	char *end;

	/* strtoul() would take a sign or a space. */
	if (!isxdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoul(s, &end, 16);
	return !errno && !*end;
}

static bool symbol_parse(char *s, ulong *value)
{
	struct syment *sp = symbol_exists(s) ? symbol_search(s) : NULL;

	if (!sp)
		return false;
	*value = sp->value;
	return true;
}

static bool term_parse(char *s, ulong *value)
{
	s = clean_line(s);
	/* symbol_exists() complains about an empty name. */
	if (!*s)
		return false;
	return number_parse(s, value) || symbol_parse(s, value);
}

/*
 * A hexadecimal number or a symbol, or a sum or difference of two of them, in parentheses or not,
 * as crash's own commands have it. Its evall() is of no use: it never returns from "(1/0)".
 */
static bool address_parse(const char *s, ulong *addr)
{
	char work[BUFSIZE], *first = work, *second;
	ulong base = 0, offset = 0;
	char sign = '+';

	snprintf(work, sizeof(work), "%s", s);
	if (*first == '(' && work[strlen(work) - 1] == ')') {
		work[strlen(work) - 1] = '\0';
		first++;
	}
	second = strpbrk(first, "+-");
	if (second) {
		sign = *second;
		*second++ = '\0';
	}
	if (!term_parse(first, &base) || (second && !term_parse(second, &offset)))
		return false;
	*addr = sign == '+' ? base + offset : base - offset;
	return true;
}

/* Prints the line and crash's usual usage; does not return. */
#define arguments_reject(...)                    \
	do {                                     \
		error(INFO, __VA_ARGS__);        \
		cmd_usage(pc->curcmd, SYNOPSIS); \
	} while (0)

/* The options that take nothing; false for all others. */
static bool flag_set(struct arguments *arguments, int option)
{
	const struct {
		int option;
		bool *set;
	} rows[] = {
		{ 'a', &arguments->options.all_caches },
		{ 'A', &arguments->options.scan },
		{ 'L', &arguments->lists },
		{ 'i', &arguments->usage },
		{ 'o', &arguments->objects },
		{ 'D', &arguments->dangling },
		{ 'm', &arguments->map },
		{ OPTION_TOP, &arguments->top },
		{ OPTION_ORDER, &arguments->options.map_order },
		{ 'v', &arguments->options.verbose },
		{ 'w', &arguments->options.why },
		{ OPTION_UNALIGNED, &arguments->options.unaligned },
		{ OPTION_OUTSIDE, &arguments->options.outside },
		{ OPTION_SELFTEST, &arguments->selftest },
		{ OPTION_VERSION, &arguments->version },
	};

	if (option == 'j')
		arguments->options.format = CHECK_JSON;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].option != option)
			continue;
		*rows[i].set = true;
		return true;
	}
	return option == 'j';
}

static void severity_set(struct arguments *arguments, const char *list)
{
	char why[SEVERITIES_ERROR_MAX];

	if (!severities_set(&arguments->severities, list, why))
		arguments_reject("-S: %s\n", why);
}

static void severity_file_read(struct arguments *arguments, const char *path)
{
	FILE *file = fopen(path, "re");
	char why[SEVERITIES_ERROR_MAX];
	bool good;

	if (!file)
		arguments_reject("%s: %s\n", path, strerror(errno));
	good = severities_read(&arguments->severities, file, why);
	fclose(file);
	if (!good)
		arguments_reject("%s: %s\n", path, why);
}

/* What an option needs. */
static const char *need_of(int option)
{
	switch (option) {
	case 'n':
		return "a CPU and a cache";
	case 'c':
		return "a cache";
	case 'F':
	case OPTION_HTML:
		return "a file";
	case 'S':
		return "ID=LEVEL";
	case OPTION_BUDGET:
		return "seconds or bytes";
	case OPTION_SORT:
		return "size, objects, waste or name";
	default:
		return "an address";
	}
}

/* What getopt_long() did not understand; does not return. */
static void option_refuse(int option)
{
	if (option == ':' && optopt > UCHAR_MAX)
		arguments_reject("%s needs %s\n", args[optind - 1], need_of(optopt));
	if (option == ':')
		arguments_reject("-%c needs %s\n", optopt, need_of(optopt));
	if (optopt)
		arguments_reject("unknown option: -%c\n", optopt);
	arguments_reject("unknown option: %s\n", args[optind - 1]);
}

/* "ADDRESS,ADDRESS"; the argument is taken apart. */
static void addresses_add(struct arguments *arguments, char *list)
{
	while (list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = '\0';
		if (arguments->nr_addresses == RANGES_MAX)
			arguments_reject("-s takes at most %d addresses\n", RANGES_MAX);
		arguments->addresses[arguments->nr_addresses++] = list;
		list = comma;
	}
}

static void name_add(struct arguments *arguments, char *name)
{
	struct check_options *o = &arguments->options;

	if (o->nr_names == NAMES_MAX)
		arguments_reject("at most %d names of caches; a pattern is one name\n", NAMES_MAX);
	arguments->names[o->nr_names++] = name;
	o->names = arguments->names;
}

/* Options that may be repeated; false for all others. */
static bool list_add(struct arguments *arguments, int option)
{
	switch (option) {
	case 's':
		addresses_add(arguments, optarg);
		return true;
	case 'c':
		name_add(arguments, optarg);
		return true;
	case 'r':
		if (arguments->nr_ranges == RANGES_MAX)
			arguments_reject("-r can be given %d times\n", RANGES_MAX);
		arguments->ranges[arguments->nr_ranges++] = optarg;
		return true;
	}
	return false;
}

/* The options whose text is taken as it is; false for all others. */
static bool text_set(struct arguments *arguments, int option)
{
	if (option == OPTION_EXPLAIN)
		arguments->explain = optarg;
	else if (option == OPTION_HTML)
		arguments->html = optarg;
	else
		return false;
	return true;
}

static void option_parse(struct arguments *arguments, int option)
{
	if (flag_set(arguments, option) || list_add(arguments, option) ||
	    text_set(arguments, option))
		return;
	switch (option) {
	case 'n':
		if (arguments->next_cpu)
			arguments_reject("-n takes one CPU and can be given once\n");
		arguments->next_cpu = optarg;
		break;
	case 'h':
		cmd_usage(pc->curcmd, COMPLETE_HELP);
		break;
	case 'S':
		severity_set(arguments, optarg);
		break;
	case 'F':
		severity_file_read(arguments, optarg);
		break;
	case OPTION_SORT:
		if (!check_sort_parse(optarg, &arguments->options))
			arguments_reject("--sort takes size, objects, waste or name, not %s\n",
					 optarg);
		break;
	case OPTION_BUDGET:
		if (!check_budget_parse(optarg, &arguments->options))
			arguments_reject(
				"--budget takes seconds, or bytes with K, M, G or T, not %s\n",
				optarg);
		break;
	default:
		option_refuse(option);
	}
}

static void next_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;

	if (!arguments->next_cpu)
		return;
	if (o->nr_names != 1)
		arguments_reject("-n needs a CPU and a cache\n");
	if (o->scan || arguments->lists || o->all_caches || arguments->nr_addresses)
		arguments_reject("-n cannot be combined with -a, -A, -L or -s\n");
}

static void counts_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;
	bool other = o->all_caches || arguments->nr_addresses || arguments->next_cpu ||
		     arguments->selftest;

	if (arguments->usage && (other || o->scan || arguments->lists || arguments->objects))
		arguments_reject(
			"-i cannot be combined with -a, -A, -L, -n, -o, -s or --selftest\n");
	if (o->sort != SORT_LISTED && !arguments->usage)
		arguments_reject("--sort needs -i\n");
	if (arguments->objects && (other || arguments->lists))
		arguments_reject("-o cannot be combined with -a, -i, -L, -n, -s or --selftest\n");
	if (arguments->lists && o->scan)
		arguments_reject("-A and -L exclude each other\n");
}

/* The memmap is read for all caches at once: by default when all are wanted. */
static void scan_choose(struct arguments *arguments)
{
	struct check_options *o = &arguments->options;

	if (o->scan || arguments->lists || arguments->objects || o->nr_names)
		return;
	o->scan = o->scan_optional = true;
}

static void severities_validate(struct arguments *arguments)
{
	if (!arguments->severities.given)
		return;
	if (arguments->next_cpu || arguments->selftest)
		arguments_reject("-S and -F cannot be combined with -n or --selftest\n");
	arguments->options.severities = &arguments->severities;
}

static void selftest_validate(const struct arguments *arguments)
{
	if (arguments->selftest &&
	    (arguments->options.nr_names || arguments->nr_addresses || arguments->next_cpu))
		arguments_reject("--selftest takes no arguments\n");
}

static void address_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;

	if (!arguments->nr_addresses)
		return;
	if (o->nr_names)
		arguments_reject("-s takes addresses and no caches\n");
	if (o->scan || arguments->lists || o->all_caches)
		arguments_reject("-s cannot be combined with -a, -A or -L\n");
}

/* -w ADDRESS is -w -s ADDRESS. */
static void why_take(struct arguments *arguments)
{
	struct check_options *o = &arguments->options;

	if (!o->why || arguments->nr_addresses || o->nr_names != 1 ||
	    !hexadecimal(o->names[0], 0) || strlen(o->names[0]) < 8)
		return;
	arguments->addresses[arguments->nr_addresses++] = o->names[0];
	o->nr_names = 0;
}

static void refs_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;
	bool pass = arguments->nr_ranges || arguments->dangling;
	bool other = o->all_caches || o->scan || arguments->lists || arguments->nr_addresses ||
		     arguments->next_cpu || arguments->usage || arguments->objects ||
		     arguments->selftest || o->why;

	if (pass && (other || (arguments->nr_ranges && arguments->dangling)))
		arguments_reject("-D and -r cannot be combined with another question\n");
	if (arguments->nr_ranges && o->nr_names)
		arguments_reject("-r takes no caches\n");
	if (arguments->dangling && !o->nr_names)
		arguments_reject("-D needs a cache\n");
	if (!pass && (o->budget_bytes || o->budget_seconds || o->unaligned || o->outside))
		arguments_reject("--budget, --unaligned and --outside need -D or -r\n");
}

static void map_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;

	if (!arguments->map) {
		if (o->map_order)
			arguments_reject("--order needs -m\n");
		return;
	}
	if (o->all_caches || o->scan || arguments->lists || arguments->nr_addresses ||
	    arguments->next_cpu || arguments->usage || arguments->objects || arguments->selftest ||
	    arguments->nr_ranges || arguments->dangling || o->why)
		arguments_reject("-m cannot be combined with another question\n");
	if (!o->nr_names)
		arguments_reject("-m needs a cache or an address\n");
}

static void top_validate(const struct arguments *arguments)
{
	const struct check_options *o = &arguments->options;

	if (arguments->top &&
	    (o->all_caches || o->scan || arguments->lists || arguments->nr_addresses ||
	     arguments->next_cpu || arguments->usage || arguments->objects || arguments->selftest ||
	     arguments->nr_ranges || arguments->dangling || arguments->map || o->why))
		arguments_reject("--top cannot be combined with another question\n");
}

/* A page is the answer to a run over caches. */
static void html_take(struct arguments *arguments)
{
	struct check_options *o = &arguments->options;

	if (!arguments->html)
		return;
	if (arguments->nr_addresses || arguments->next_cpu || arguments->usage ||
	    arguments->objects || arguments->selftest || arguments->nr_ranges ||
	    arguments->dangling || arguments->map || arguments->top || o->format == CHECK_JSON)
		arguments_reject("--html cannot be combined with another question or -j\n");
	o->format = CHECK_HTML;
	o->why = true;
}

static void arguments_parse(struct arguments *arguments)
{
	static const struct option words[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "memmap", no_argument, NULL, 'A' },
		{ "lists-only", no_argument, NULL, 'L' },
		{ "cache", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "slabinfo", no_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "next", required_argument, NULL, 'n' },
		{ "objects", no_argument, NULL, 'o' },
		{ "address", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "why", no_argument, NULL, 'w' },
		{ "selftest", no_argument, NULL, OPTION_SELFTEST },
		{ "explain", required_argument, NULL, OPTION_EXPLAIN },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "severity", required_argument, NULL, 'S' },
		{ "severity-file", required_argument, NULL, 'F' },
		{ "refs", required_argument, NULL, 'r' },
		{ "dangling", no_argument, NULL, 'D' },
		{ "html", required_argument, NULL, OPTION_HTML },
		{ "map", no_argument, NULL, 'm' },
		{ "top", no_argument, NULL, OPTION_TOP },
		{ "order", no_argument, NULL, OPTION_ORDER },
		{ "sort", required_argument, NULL, OPTION_SORT },
		{ "budget", required_argument, NULL, OPTION_BUDGET },
		{ "unaligned", no_argument, NULL, OPTION_UNALIGNED },
		{ "outside", no_argument, NULL, OPTION_OUTSIDE },
		{ 0 },
	};
	int option;

	memset(arguments, 0, sizeof(*arguments));
	/* The colon keeps getopt() from printing: crash has set opterr. */
	while ((option = getopt_long(argcnt, args, ":aAc:DF:hijLmn:or:s:S:vw", words, NULL)) != EOF)
		option_parse(arguments, option);
	while (optind < argcnt)
		name_add(arguments, args[optind++]);
	why_take(arguments);
	next_validate(arguments);
	selftest_validate(arguments);
	severities_validate(arguments);
	counts_validate(arguments);
	address_validate(arguments);
	refs_validate(arguments);
	map_validate(arguments);
	top_validate(arguments);
	html_take(arguments);
	if (!arguments->nr_addresses && !arguments->nr_ranges && !arguments->dangling)
		scan_choose(arguments);
}

/* "ADDRESS" or "ADDRESS..END"; does not return when it is neither. */
static struct check_range range_parse(const char *text)
{
	const char *dots = strstr(text, "..");
	struct check_range range;
	char start[BUFSIZE];
	ulong first = 0, end;

	snprintf(start, sizeof(start), "%.*s", dots ? (int)(dots - text) : BUFSIZE - 1, text);
	if (!address_parse(start, &first))
		arguments_reject("invalid address: %s\n", text);
	end = first + 1;
	if (dots && (!address_parse(dots + 2, &end) || end <= first))
		arguments_reject("invalid range of addresses: %s\n", text);
	range = (struct check_range){ first, end };
	return range;
}

/* What is no cache may be an address. */
static struct check_result map_run(struct arguments *arguments)
{
	struct check_options *options = &arguments->options;
	ulong addr = 0;

	if (options->nr_names == 1 && !address_parse(options->names[0], &addr))
		addr = 0;
	options->map_columns = (unsigned int)output_columns();
	options->map_colour = options->map_columns && !getenv("NO_COLOR");
	return check_map(&session.target.target, &session.arena, addr, options);
}

static struct check_result page_failed(const char *path)
{
	error(INFO, "%s: %s\n", path, strerror(errno));
	return (struct check_result){ .verdict = VERDICT_UNKNOWN, .failed = true };
}

/* The page has all of the report; one line says that it is there. */
static struct check_result page_run(struct arguments *arguments)
{
	struct check_options *options = &arguments->options;
	const struct check_fact facts[] = {
		{ "dump", pc->dumpfile ? pc->dumpfile : "the kernel that runs here" },
		{ "kernel", kt->utsname.release },
		{ "symbols from", pc->namelist ? pc->namelist : "unknown" },
	};
	struct check_result result;

	options->facts = facts;
	options->nr_facts = sizeof(facts) / sizeof(*facts);
	if (!page_file_begin(&session.page, arguments->html))
		return page_failed(arguments->html);
	options->out = session.page.stream;
	result = check_run(&session.target.target, &session.arena, options);
	if (!page_file_end(&session.page))
		return page_failed(arguments->html);
	fprintf(session.output.stream, "%s: %s, %llu finding%s, %zu KiB\n", arguments->html,
		verdict_name(result.verdict), (unsigned long long)result.findings,
		result.findings == 1 ? "" : "s", (session.page.size + 1023) >> 10);
	return result;
}

static struct check_result arguments_run(struct arguments *arguments, const uint64_t *addrs,
					 const struct check_range *ranges)
{
	struct check_options *options = &arguments->options;

	options->out = session.output.stream;
	options->progress = output_progress;
	options->reading = output_reading;
	options->progress_ctx = &session.output;
	if (arguments->nr_ranges)
		return check_refs(&session.target.target, &session.arena, ranges,
				  arguments->nr_ranges, options);
	if (arguments->dangling)
		return check_dangling(&session.target.target, &session.arena, options);
	if (arguments->map)
		return map_run(arguments);
	if (arguments->top)
		return check_top(&session.target.target, &session.arena, options);
	if (arguments->usage)
		return check_usage(&session.target.target, &session.arena, options);
	if (arguments->objects)
		return check_objects(&session.target.target, &session.arena, options);
	if (arguments->nr_addresses)
		return check_addresses(&session.target.target, &session.arena, addrs,
				       arguments->nr_addresses, options);
	if (arguments->html)
		return page_run(arguments);
	return check_run(&session.target.target, &session.arena, options);
}

static bool selftest_cancelled(void *ctx)
{
	struct target *t = ctx;

	return t->ops->cancelled(t);
}

static void selftest(const struct arguments *arguments)
{
	struct selftest test = { .seed = 1,
				 .seconds = SELFTEST_SECONDS,
				 .json = arguments->options.format == CHECK_JSON,
				 .cancelled = selftest_cancelled,
				 .ctx = &session.target.target,
				 .out = session.output.stream };

	memset(&session.proofs, 0, sizeof(session.proofs));
	selftest_run(&test, &session.proofs);
}

static void next(const struct arguments *arguments, unsigned int cpu)
{
	struct next_question question = { .cpu = cpu,
					  .cache = arguments->options.names[0],
					  .json = arguments->options.format == CHECK_JSON,
					  .out = session.output.stream,
					  .model = &session.model };

	next_report(&question, &session.target.target, &session.arena);
}

static unsigned int cpu_parse(const char *s)
{
	unsigned long cpu;
	char *end;

	cpu = strtoul(s, &end, 10);
	if (!isdigit((unsigned char)*s) || *end || cpu > 0xffff)
		arguments_reject("invalid CPU: %s\n", s);
	return (unsigned int)cpu;
}

/* Whether a name reads as an address. A number has to be as long as addresses are: "add" is a cache that
 * does not exist. */
static bool name_is_address(const char *name)
{
	ulong unused;

	return (!hexadecimal((char *)name, 0) || strlen(name) >= 8) && address_parse(name, &unused);
}

/* slubcheck ADDRESS is slubcheck -s ADDRESS, where it is not a cache. */
static void addresses_find(struct arguments *arguments)
{
	struct check_options *o = &arguments->options;

	if (!o->nr_names || arguments->usage || arguments->objects || arguments->dangling ||
	    arguments->map || arguments->top || arguments->next_cpu || arguments->lists ||
	    o->all_caches || (o->scan && !o->scan_optional))
		return;
	for (size_t i = 0; i < o->nr_names; i++)
		if (!name_is_address(o->names[i]) ||
		    check_knows_cache(&session.target.target, &session.arena, o->names[i]))
			return;
	for (size_t i = 0; i < o->nr_names; i++)
		arguments->addresses[arguments->nr_addresses++] = o->names[i];
	o->nr_names = 0;
}

static void addresses_parse(const struct arguments *arguments, uint64_t *addrs)
{
	for (size_t i = 0; i < arguments->nr_addresses; i++) {
		ulong addr = 0;

		if (!address_parse(arguments->addresses[i], &addr))
			arguments_reject("invalid address: %s\n", arguments->addresses[i]);
		addrs[i] = addr;
	}
}

static void cmd_slubcheck(void)
{
	struct check_result result = { 0 };
	struct check_range ranges[RANGES_MAX];
	uint64_t addrs[RANGES_MAX];
	struct arguments arguments;
	unsigned int cpu = 0;

	arguments_parse(&arguments);
	if (arguments.version) {
		fprintf(fp, "slubcheck %s\n", SLUBCHECK_VERSION_TEXT);
		return;
	}
	if (arguments.explain) {
		if (!page_print(arguments.explain, fp))
			arguments_reject("no finding has the id %s\n", arguments.explain);
		return;
	}
	addresses_parse(&arguments, addrs);
	for (size_t i = 0; i < arguments.nr_ranges; i++)
		ranges[i] = range_parse(arguments.ranges[i]);
	if (arguments.next_cpu)
		cpu = cpu_parse(arguments.next_cpu);
	if (!session_begin())
		error(FATAL, "cannot open the output: %s\n", strerror(errno));
	addresses_find(&arguments);
	addresses_parse(&arguments, addrs);
	if (arguments.selftest)
		selftest(&arguments);
	else if (arguments.next_cpu)
		next(&arguments, cpu);
	else
		result = arguments_run(&arguments, addrs, ranges);
	output_end(&session.output);
	session_end();
	/* In a file of commands Ctrl-C ends the file, as it does for crash's own commands. */
	if (result.interrupted && pc->redirect & FROM_INPUT_FILE)
		restart(SIGINT);
}

/* clang-format off */
static char *help_slubcheck[] = {
	"slubcheck",
	"check the slab allocator for corruption",
	"[-a] [-A | -L] [-v] [-j] [-S id=level,...] [-F file] [cache ...] |\n"
	"            --html file [-A | -L] [-S id=level,...] [-F file] [cache ...] |\n"
	"            [-s] address ... [-v] [-j] |\n"
	"            -n cpu cache [-j] | -i [--sort key] [-j] [cache ...] |\n"
	"            -o [-j] [cache ...] | -r address[..end] [-j] |\n"
	"            -D [-j] cache ... | --top [-v] [-j] [cache ...] |\n"
	"            -m [--order] [-j] cache|address |\n"
	"            --selftest [-j] |\n"
	"            -w [address] [-v] [-j] | --explain id | --version",
	"  Walk the caches of the slab allocator and report what is corrupt: the slab,",
	"  the object, the word, its expected value, and what probably overwrote it.",
	"  Without arguments every cache is checked, and those that are not clean are",
	"  reported. What the dump does not hold is unknown, not corrupt.",
	"",
	"       cache  check only this cache: its name, one of its aliases, the address",
	"              of its kmem_cache structure, or a pattern like kmalloc-*. Several",
	"              are separated by spaces or commas. The same as -c cache.",
	"          -a  print a line for every cache, also for clean ones.",
	"          -A  also read the whole memmap: find full slabs and slabs on no",
	"              list, and compare them with the counters of the nodes. This is",
	"              the default when no cache is named.",
	"          -L  check caches by their lists only. A clean dump is reported as",
	"              \"CLEAN (lists only)\".",
	"  -s address  explain an address: the object, free or allocated, with its slab",
	"              and cache; or the structure of the allocator, with its owner and",
	"              the member; or the stack of a task. Each finding that names the",
	"              address is reported. The address is hexadecimal, a symbol or an",
	"              expression like (symbol+offset). Several are separated by commas,",
	"              or -s is repeated. Without -s, an address that is not a cache is",
	"              explained, too.",
	"-n cpu cache  say what the next allocation from the cache on that CPU would",
	"              return and touch, and whether it or a later one would die. A",
	"              model of the allocator computes this from the dump.",
	"          -i  print the numbers of objects and slabs of each cache, as",
	"              /proc/slabinfo does, and how many objects somebody owns: objects",
	"              on CPUs' freelists and in sheaves are free, but the kernel",
	"              counts them as active.",
	"  --sort key  of -i: order the caches by size, objects, waste or name, and",
	"              print the memory of each: how full its slabs are, how much of",
	"              them nobody has an object in, and the names of caches that were",
	"              merged into it.",
	"          -o  list every object: its address, and whether it is allocated, or",
	"              on which freelist or in which sheaf it is free. An object is lost",
	"              when the damaged list does not lead to it, and unknown where",
	"              damage or absent memory leaves that open.",
	"       --top  say who has the memory: which line of the kernel allocated it,",
	"              where slub_debug=U or CONFIG_MEM_ALLOC_PROFILING notes that, and",
	"              which memory cgroup it is charged to. -v prints all of them.",
	"  -r address[..end]",
	"              find every pointer to these addresses, and say who holds it: the",
	"              stack of which task in which function, which variable, which",
	"              object in which state. An address in an object means the object.",
	"              May be repeated. Reads all memory. The same as --refs.",
	"    -D cache  list the free objects of the cache that something live points",
	"              to, and who holds the pointers. The same as --dangling.",
	"-m cache|address",
	"              draw the slabs of a cache, or the slab of an address: a slab a",
	"              row, an object a cell. Slabs that are alike are folded, but",
	"              not with -v. The same as --map.",
	"     --order  of -m: where on its list each free object is.",
	"    --budget n",
	"              of -D and -r: stop after n seconds, or n bytes with K, M, G or T.",
	" --unaligned  of -D and -r: look at words at any address.",
	"   --outside  of -D and -r: pass over pointers inside of the addresses.",
	"  --selftest  test the checks of this build against the model: healthy and",
	"              damaged heaps of many kernels. Takes seconds and does not read",
	"              the dump.",
	"          -v  print all evidence of every finding.",
	"          -w  say why the kernel died, and what the slab allocator has to do",
	"              with it. With an address, explain it as -s does, and print its",
	"              object.",
	"--explain id  print what the documentation says of a finding.",
	"   --version  print the version.",
	" -S id=level  give findings of that id another severity: corrupt, transient,",
	"              note, or ignore, which only counts them. Separate several with",
	"              commas.",
	"     -F file  read the same from a file, one id=level per line; # begins a",
	"              comment.",
	"          -j  print one JSON object per line; the last one has the type",
	"              \"summary\".",
	" --html file  write a page for a browser to the file: the verdict, why the",
	"              kernel died, the findings with their slabs, the log, all caches.",
	"",
	"  Ctrl-C ends the run early; the findings so far are reported.",
	"\nEXAMPLES",
	"  Check all caches:\n",
	"    %s> slubcheck\n",
	"  Check the caches dentry and kmalloc-64, with all evidence:\n",
	"    %s> slubcheck -v dentry kmalloc-64\n",
	"  Explain an address:\n",
	"    %s> slubcheck -s ffff888003a41c40\n",
	"  List the allocated objects of the cache dentry:\n",
	"    %s> slubcheck -o dentry | grep ' allocated'\n",
	"  Say what the next kmalloc(64) on CPU 0 would do:\n",
	"    %s> slubcheck -n 0 kmalloc-64\n",
	"  Say who still points to the object of an address:\n",
	"    %s> slubcheck -r ffff888003a41c40\n",
	"  Keep the findings for a program:\n",
	"    %s> slubcheck -j > findings.json",
	NULL
};

static char *help_clean_up[] = {
	"slubcheck-clean-up",
	"part of slubcheck, not a command",
	"",
	"  crash calls it between commands, to clean up after a slubcheck that was",
	"  interrupted.",
	NULL
};

static struct command_table_entry command_table[] = {
	{ "slubcheck", cmd_slubcheck, help_slubcheck, MINIMAL },
	/* No command but a hook: only `extend` lists it. */
	{ "slubcheck-clean-up", session_clean_up, help_clean_up,
	  CLEANUP | HIDDEN_COMMAND | MINIMAL },
	{ NULL, NULL, NULL, 0 },
};
/* clang-format on */

static void __attribute__((constructor)) slubcheck_load(void)
{
	register_extension(command_table);
}

static void __attribute__((destructor)) slubcheck_unload(void)
{
	session_end();
}
