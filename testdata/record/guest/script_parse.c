// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_parse: from a script's text to its steps.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "slubscript.h"

typedef int (*parse_fn)(struct script *script, char **at);

/* The next word of a line, NULL at its end. */
static char *word_next(char **at)
{
	char *word;

	do
		word = strsep(at, " ");
	while (word && !*word);
	return word;
}

static int number_next(char **at, int *number)
{
	char *word = word_next(at);

	return word ? kstrtoint(word, 10, number) : -EINVAL;
}

static int count_next(char **at, int *count)
{
	int err = number_next(at, count);

	return err ? err : *count < 0 ? -EINVAL : 0;
}

static int cpu_next(char **at, int *cpu)
{
	int err = number_next(at, cpu);

	if (err)
		return err;
	return *cpu >= 0 && *cpu < MAX_CPUS && cpu_online(*cpu) ? 0 : -EINVAL;
}

static int flag_add(struct script *script, const char *word)
{
	static const struct {
		const char *word;
		slab_flags_t flag;
	} flags[] = {
		{ "hwcache-align", SLAB_HWCACHE_ALIGN }, { "rcu", SLAB_TYPESAFE_BY_RCU },
		{ "red-zone", SLAB_RED_ZONE },		 { "poison", SLAB_POISON },
		{ "store-user", SLAB_STORE_USER },	 { "checks", SLAB_CONSISTENCY_CHECKS },
		{ "reclaim", SLAB_RECLAIM_ACCOUNT },
	};
	size_t i;

	if (!strcmp(word, "ctor")) {
		script->ctor = true;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!strcmp(word, flags[i].word)) {
			script->flags |= flags[i].flag;
			return 0;
		}
	}
	return -EINVAL;
}

/* cache SIZE ALIGN FLAGS... */
static int parse_cache(struct script *script, char **at)
{
	int err = count_next(at, &script->size);
	char *word;

	if (!err)
		err = count_next(at, &script->align);
	while (!err && (word = word_next(at)))
		err = flag_add(script, word);
	return err;
}

static int parse_min_partial(struct script *script, char **at)
{
	return count_next(at, &script->min_partial);
}

static int parse_cpu_partial(struct script *script, char **at)
{
	return count_next(at, &script->cpu_partial);
}

static int parse_cpu_partial_slabs(struct script *script, char **at)
{
	return count_next(at, &script->cpu_partial_slabs);
}

/* remote never|always */
static int parse_remote(struct script *script, char **at)
{
	char *word = word_next(at);

	if (!word)
		return -EINVAL;
	script->remote = !strcmp(word, "always");
	return script->remote || !strcmp(word, "never") ? 0 : -EINVAL;
}

static struct step *step_last(struct script *script)
{
	return &script->steps[script->nr_steps - 1];
}

static struct step *step_add(struct script *script, char what)
{
	struct step *step;

	script->nr_steps++;
	step = step_last(script);
	*step = (struct step){ .what = what, .cpu = ABSENT };
	return step;
}

static int parse_alloc(struct script *script, char **at)
{
	struct step *step = step_add(script, 'a');
	int err = cpu_next(at, &step->cpu);

	if (!err)
		err = number_next(at, &step->node);
	if (!err && step->node != NUMA_NO_NODE && (step->node < 0 || !node_online(step->node)))
		err = -EINVAL;
	script->nr_objects++;
	return err;
}

static int parse_alloc_bulk(struct script *script, char **at)
{
	struct step *step = step_add(script, 'A');
	int err = cpu_next(at, &step->cpu);

	if (!err)
		err = count_next(at, &step->count);
	if (!err)
		script->nr_objects += step->count;
	return err;
}

static int parse_frees(struct script *script, char **at, struct step *step)
{
	int err = cpu_next(at, &step->cpu);
	char *word;

	step->first = script->nr_numbers;
	while (!err && (word = word_next(at))) {
		unsigned int *number = &script->numbers[script->nr_numbers++];

		err = kstrtouint(word, 10, number);
		if (!err && *number >= script->nr_objects)
			err = -EINVAL;
		step->count++;
	}
	return step->count ? err : -EINVAL;
}

static int parse_free(struct script *script, char **at)
{
	int err = parse_frees(script, at, step_add(script, 'f'));

	return err ? err : step_last(script)->count == 1 ? 0 : -EINVAL;
}

static int parse_free_rcu(struct script *script, char **at)
{
	int err = parse_frees(script, at, step_add(script, 'r'));

	return err ? err : step_last(script)->count == 1 ? 0 : -EINVAL;
}

static int parse_free_bulk(struct script *script, char **at)
{
	return parse_frees(script, at, step_add(script, 'F'));
}

static int parse_shrink(struct script *script, char **at)
{
	step_add(script, 's');
	return 0;
}

static int parse_set_min(struct script *script, char **at)
{
	return count_next(at, &step_add(script, 'm')->count);
}

static int parse_flush(struct script *script, char **at)
{
	return count_next(at, &step_add(script, 'g')->count);
}

static const struct {
	const char *word;
	parse_fn parse;
} lines[] = {
	{ "cache", parse_cache },
	{ "min_partial", parse_min_partial },
	{ "cpu_partial", parse_cpu_partial },
	{ "cpu_partial_slabs", parse_cpu_partial_slabs },
	{ "remote", parse_remote },
	{ "a", parse_alloc },
	{ "A", parse_alloc_bulk },
	{ "f", parse_free },
	{ "F", parse_free_bulk },
	{ "r", parse_free_rcu },
	{ "s", parse_shrink },
	{ "m", parse_set_min },
	{ "g", parse_flush },
};

static int parse_line(struct script *script, char *line)
{
	char *word = word_next(&line);
	size_t i;
	int err;

	if (!word || *word == '#')
		return 0;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (strcmp(word, lines[i].word))
			continue;
		err = lines[i].parse(script, &line);
		return err ? err : word_next(&line) ? -EINVAL : 0;
	}
	return -EINVAL;
}

/* No more steps than lines, no more numbers than words. */
static int room_make(struct script *script, const char *text)
{
	unsigned int nr_lines = 1;
	unsigned int nr_words = 1;

	for (; *text; text++) {
		nr_lines += *text == '\n';
		nr_words += isspace(*text) != 0;
	}
	script->steps = kvcalloc(nr_lines, sizeof(*script->steps), GFP_KERNEL);
	script->numbers = kvcalloc(nr_words, sizeof(*script->numbers), GFP_KERNEL);
	return script->steps && script->numbers ? 0 : -ENOMEM;
}

int script_parse(struct script *script, const char *name, char *text)
{
	unsigned int number = 0;
	int err;

	*script = (struct script){
		.name = name,
		.min_partial = ABSENT,
		.cpu_partial = ABSENT,
		.cpu_partial_slabs = ABSENT,
	};
	err = room_make(script, text);
	while (!err && text) {
		number++;
		err = parse_line(script, strsep(&text, "\n"));
		if (err)
			pr_err("slubscript: %s:%u is no such line\n", name, number);
	}
	return err || script->size ? err : -EINVAL;
}

void script_free(struct script *script)
{
	kvfree(script->steps);
	kvfree(script->numbers);
}
