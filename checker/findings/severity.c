/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/severity.h"

#include <errno.h>
#include <string.h>

static const char *const level_names[] = {
	[LEVEL_CORRUPT] = "corrupt",
	[LEVEL_TRANSIENT] = "transient",
	[LEVEL_NOTE] = "note",
	[LEVEL_IGNORE] = "ignore",
};

/* A part of a text, without the blanks around it. */
struct word {
	const char *text;
	size_t length;
};

static struct word word_of(const char *text, size_t length)
{
	static const char blanks[] = " \t\r\n";

	while (length && strchr(blanks, *text)) {
		text++;
		length--;
	}
	while (length && strchr(blanks, text[length - 1]))
		length--;
	return (struct word){ text, length };
}

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.length && !memcmp(word.text, text, word.length);
}

static bool word_refuse(char error[SEVERITIES_ERROR_MAX], struct word word, const char *what)
{
	snprintf(error, SEVERITIES_ERROR_MAX, "\"%.*s\" is not %s",
		 word.length < 80 ? (int)word.length : 80, word.text, what);
	return false;
}

/* FINDING_COUNT when there is none of that name. */
static unsigned int id_of(struct word word)
{
	unsigned int id = 0;

	while (id < FINDING_COUNT && !word_is(word, finding_info((enum finding_id)id)->id))
		id++;
	return id;
}

/* LEVEL_DEFAULT when there is none of that name. */
static enum severity_level level_of(struct word word)
{
	for (unsigned int level = LEVEL_CORRUPT; level <= LEVEL_IGNORE; level++)
		if (word_is(word, level_names[level]))
			return (enum severity_level)level;
	return LEVEL_DEFAULT;
}

static bool pair_set(struct severities *s, struct word pair, char error[SEVERITIES_ERROR_MAX])
{
	const char *equals = memchr(pair.text, '=', pair.length);
	struct word name, value;
	enum severity_level level;
	unsigned int id;

	if (!equals)
		return word_refuse(error, pair, "ID=LEVEL");
	name = word_of(pair.text, (size_t)(equals - pair.text));
	value = word_of(equals + 1, pair.length - (size_t)(equals + 1 - pair.text));
	id = id_of(name);
	level = level_of(value);
	if (id == FINDING_COUNT)
		return word_refuse(error, name, "the id of a finding");
	if (level == LEVEL_DEFAULT)
		return word_refuse(error, value, "one of corrupt, transient, note and ignore");
	s->levels[id] = (uint8_t)level;
	s->given = true;
	return true;
}

bool severities_set(struct severities *s, const char *list, char error[SEVERITIES_ERROR_MAX])
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!pair_set(s, word_of(list, length), error))
			return false;
		if (!list[length])
			return true;
		list += length + 1;
	}
}

/* A line without its comment; true when nothing is left of it. */
static bool line_set(struct severities *s, char *line, char error[SEVERITIES_ERROR_MAX])
{
	line[strcspn(line, "#")] = '\0';
	return !word_of(line, strlen(line)).length || severities_set(s, line, error);
}

bool severities_read(struct severities *s, FILE *file, char error[SEVERITIES_ERROR_MAX])
{
	char line[SEVERITIES_TEXT_MAX], why[SEVERITIES_ERROR_MAX - 32];
	unsigned int number = 0;

	while (fgets(line, sizeof(line), file)) {
		number++;
		if (line_set(s, line, error))
			continue;
		snprintf(why, sizeof(why), "%s", error);
		snprintf(error, SEVERITIES_ERROR_MAX, "line %u: %s", number, why);
		return false;
	}
	if (!ferror(file))
		return true;
	snprintf(error, SEVERITIES_ERROR_MAX, "%s", strerror(errno));
	return false;
}

char *severities_text(const struct severities *s, char buf[SEVERITIES_TEXT_MAX])
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int id = 0; id < FINDING_COUNT; id++)
		if (s->levels[id] != LEVEL_DEFAULT && used < SEVERITIES_TEXT_MAX)
			used += (size_t)snprintf(
				buf + used, SEVERITIES_TEXT_MAX - used, "%s%s=%s", used ? "," : "",
				finding_info((enum finding_id)id)->id, level_names[s->levels[id]]);
	return buf;
}

static enum finding_severity severity_of(enum severity_level level)
{
	switch (level) {
	case LEVEL_CORRUPT:
		return SEVERITY_CORRUPT;
	case LEVEL_TRANSIENT:
		return SEVERITY_TRANSIENT;
	case LEVEL_DEFAULT:
	case LEVEL_NOTE:
	case LEVEL_IGNORE:
		break;
	}
	return SEVERITY_NOTE;
}

bool severities_apply(const struct severities *s, struct finding *f)
{
	enum severity_level level = s ? (enum severity_level)s->levels[f->id] : LEVEL_DEFAULT;
	enum finding_severity wanted = severity_of(level);

	if (level == LEVEL_DEFAULT)
		return true;
	if (level == LEVEL_IGNORE)
		return false;
	/* Softened by its rule; the milder severities are the larger values. */
	if (f->severity != finding_info(f->id)->severity && wanted < f->severity)
		wanted = f->severity;
	if (wanted != f->severity) {
		f->has |= FINDING_HAS_DEFAULT;
		f->severity_default = f->severity;
	}
	f->severity = wanted;
	return true;
}
