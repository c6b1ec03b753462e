/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/expect.h"

#include <jansson.h>
#include <string.h>

#include "triage/result.h"

/* Of a finding; the truth may demand any of them. */
static const char *const demanded[] = { "cache", "slab", "object", "slot", "raw" };

struct comparison {
	const json_t *must, *may;
	bool scan;
	json_t *findings; /* of the run */
	const char *verdict; /* of its summary, NULL: none */
	FILE *out;
	size_t differences;
};

static bool is_string(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

static bool finding_fits(const json_t *finding, const json_t *wanted)
{
	if (!json_equal(json_object_get(finding, "id"), json_object_get(wanted, "id")) ||
	    !is_string(json_object_get(finding, "severity"),
		       json_string_or(wanted, "severity", "corrupt")))
		return false;
	for (size_t i = 0; i < sizeof(demanded) / sizeof(*demanded); i++) {
		const json_t *value = json_object_get(wanted, demanded[i]);

		if (value && !json_equal(json_object_get(finding, demanded[i]), value))
			return false;
	}
	return true;
}

static void wanted_say(struct comparison *c, const json_t *wanted)
{
	fprintf(c->out, "missed: %s", json_string_or(wanted, "id", "?"));
	for (size_t i = 0; i < sizeof(demanded) / sizeof(*demanded); i++)
		if (json_object_get(wanted, demanded[i]))
			fprintf(c->out, ", %s %s", demanded[i],
				json_string_or(wanted, demanded[i], "null"));
	fputc('\n', c->out);
	c->differences++;
}

static void missed_find(struct comparison *c)
{
	const json_t *wanted, *finding;
	size_t i, j;

	json_array_foreach(c->must, i, wanted)
	{
		bool found = false;

		if (is_string(json_object_get(wanted, "option"), "-A") && !c->scan)
			continue;
		json_array_foreach(c->findings, j, finding) found |= finding_fits(finding, wanted);
		if (!found)
			wanted_say(c, wanted);
	}
}

static bool is_allowed(const struct comparison *c, const char *id)
{
	const json_t *value;
	size_t i;

	json_array_foreach(c->must, i,
			   value) if (is_string(json_object_get(value, "id"), id)) return true;
	json_array_foreach(c->may, i, value) if (is_string(value, id)) return true;
	return false;
}

static void false_alarms_find(struct comparison *c)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(c->findings, i, finding)
	{
		const char *id = json_string_or(finding, "id", "?");

		if (!is_string(json_object_get(finding, "severity"), "corrupt") ||
		    is_allowed(c, id))
			continue;
		fprintf(c->out, "false alarm: %s: %s\n", json_string_or(finding, "signature", id),
			json_string_or(finding, "message", ""));
		c->differences++;
	}
	if (json_array_size(c->must) || json_array_size(c->may) || !c->verdict ||
	    !strcmp(c->verdict, "clean"))
		return;
	fprintf(c->out, "false alarm: the verdict is %s, but nothing is wrong\n", c->verdict);
	c->differences++;
}

static json_t *record_next(const char **text, const char *end)
{
	const char *start = *text;
	const char *stop = memchr(start, '\n', (size_t)(end - start));

	*text = stop ? stop + 1 : end;
	return stop ? json_loadb(start, (size_t)(stop - start), 0, NULL) : NULL;
}

/* The summary is returned, since the verdict is a string in it. */
static json_t *run_read(struct comparison *c, const struct expect_run *run)
{
	const char *text = run->text, *end = text + run->length;
	json_t *summary = NULL;

	while (text < end) {
		json_t *record = record_next(&text, end);
		const char *type = json_string_or(record, "type", "");

		if (!strcmp(type, "finding"))
			json_array_append(c->findings, record);
		else if (!strcmp(type, "summary") && !summary)
			summary = json_incref(record);
		json_decref(record);
	}
	c->verdict = json_string_or(summary, "verdict", NULL);
	return summary;
}

static void run_compare(struct comparison *c, const struct expect_run *run)
{
	json_t *summary = run_read(c, run);

	if (c->verdict) {
		missed_find(c);
		false_alarms_find(c);
	} else {
		fputs("the run printed nothing\n", c->out);
		c->differences++;
	}
	json_decref(summary);
}

/* The caller owns the truth, which @c points into. */
static json_t *truth_read(struct comparison *c, const char *name, struct error *error)
{
	json_error_t why;
	json_t *truth = json_load_file(name, 0, &why);

	c->must = json_object_get(truth, "must");
	c->may = json_object_get(truth, "may");
	if (!truth)
		error_set(error, "%s: %s", name, why.text);
	else if (!json_is_array(c->must) || !json_is_array(c->may))
		error_set(error, "%s: no lists \"must\" and \"may\"", name);
	else
		return truth;
	json_decref(truth);
	return NULL;
}

bool expect_compare(const char *truth, bool scan, const struct expect_run *run, FILE *out,
		    struct error *error)
{
	struct comparison c = { .scan = scan, .out = out };
	json_t *all;

	*error = (struct error){ 0 };
	all = truth_read(&c, truth, error);
	if (!all)
		return false;
	c.findings = json_array();
	run_compare(&c, run);
	json_decref(c.findings);
	json_decref(all);
	return !c.differences;
}
