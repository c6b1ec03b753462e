/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/complaints.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "checker/image/escape.h"

/* A report of the kernel has some hundred lines at most, and is written at once. */
#define REPORT_LINES_MAX 400u
#define REPORT_PAUSE_NS UINT64_C(2000000000)
/* Several CPUs may be complaining at a time. */
#define OPEN_MAX 8u

/* A complaint whose report may go on. */
struct open_report {
	struct complaint *complaint; /* NULL: none */
	const struct log_line *last;
	bool trace; /* it has come to the call trace */
};

struct search {
	struct complaints *found;
	const struct arch *arch;
	struct open_report open[OPEN_MAX];
	unsigned int turn; /* whose place is taken next */
	struct complaint dropped; /* the last one that there is no room for */
};

const char *complaint_tie_name(enum complaint_tie tie)
{
	static const char *const names[] = {
		[TIE_NONE] = "none",
		[TIE_CACHE] = "cache",
		[TIE_SLAB] = "slab",
		[TIE_OBJECT] = "object",
	};

	return names[tie];
}

static bool same_caller(const struct log_line *a, const struct log_line *b)
{
	return a->called == b->called && a->by_cpu == b->by_cpu && a->caller == b->caller;
}

/* The report that a line can belong to. */
static struct open_report *open_find(struct search *s, const struct log_line *line)
{
	for (unsigned int i = 0; i < OPEN_MAX; i++) {
		struct open_report *o = &s->open[i];

		if (!o->complaint || !same_caller(o->last, line))
			continue;
		if (o->complaint->nr_lines < REPORT_LINES_MAX &&
		    (!line->timed || line->ns < o->last->ns ||
		     line->ns - o->last->ns < REPORT_PAUSE_NS))
			return o;
		o->complaint = NULL;
	}
	return NULL;
}

static void name_copy(char *to, size_t size, const char *from)
{
	if (!to[0])
		snprintf(to, size, "%.*s", (int)size - 1, from);
}

static void headline(struct complaint *c, const struct complaint_pattern *pattern,
		     const struct log_line *line, const struct pattern_captures *captures)
{
	/* What a WARN() says for itself is between the beginning of its report and this line. */
	if (!c->pattern || c->pattern->rank != RANK_OPENER || pattern->rank != RANK_GENERAL ||
	    c->line == c->first)
		c->line = line;
	c->pattern = pattern;
	if (captures->nr_names > 0)
		name_copy(c->cache, sizeof(c->cache), captures->names[0]);
	if (captures->nr_names > 1)
		name_copy(c->other_cache, sizeof(c->other_cache), captures->names[1]);
}

static struct complaint *complaint_new(struct search *s)
{
	struct complaints *found = s->found;

	if (found->nr < COMPLAINTS_KEPT_MAX - 1)
		return &found->list[found->nr++];
	found->dropped++;
	return &s->dropped;
}

static struct open_report *report_begin(struct search *s, const struct complaint_pattern *pattern,
					const struct log_line *line,
					const struct pattern_captures *captures)
{
	struct open_report *o = open_find(s, line);
	struct complaint *c = complaint_new(s);

	/* There is room for one that is dropped: whoever wrote it has lost it. */
	for (unsigned int i = 0; i < OPEN_MAX; i++)
		if (s->open[i].complaint == c)
			s->open[i].complaint = NULL;
	if (!o)
		o = &s->open[s->turn++ % OPEN_MAX];
	*c = (struct complaint){ .first = line, .cpu = -1, .pid = -1 };
	headline(c, pattern, line, captures);
	*o = (struct open_report){ .complaint = c, .last = line };
	return o;
}

/* Whether a line that matches a pattern is one more of an open report. */
static bool pattern_joins(const struct open_report *o, const struct complaint_pattern *pattern)
{
	const struct complaint_pattern *of = o->complaint->pattern;

	if (of->rank == RANK_OPENER)
		return pattern->rank != RANK_OPENER && pattern->kind != COMPLAINT_HANG;
	return pattern->joins >> of->kind & 1;
}

/* What SLUB says that it did about it follows the end of a report's trace (7.0). */
static bool fix_joins(const struct search *s, const struct complaint_pattern *pattern,
		      const struct pattern_captures *captures)
{
	const struct complaint *last = s->found->nr ? &s->found->list[s->found->nr - 1] : NULL;

	return last && last->pattern->kind == COMPLAINT_SLAB && pattern->kind == COMPLAINT_SLAB &&
	       pattern->joins && captures->nr_names && !strcmp(last->cache, captures->names[0]);
}

static void address_add(struct complaint *c, uint64_t addr, const char *reg)
{
	/* The upper half, without the error numbers at its end. */
	if (addr < UINT64_C(0xffff000000000000) || addr >= UINT64_MAX - 4096)
		return;
	for (unsigned int i = 0; i < c->nr_addresses; i++)
		if (c->addresses[i] == addr)
			return;
	if (c->nr_addresses == COMPLAINT_ADDRESSES)
		return;
	c->regs[c->nr_addresses] = reg;
	c->addresses[c->nr_addresses++] = addr;
}

/* The register that a number is of: "R12: ffff...", "x0 : ffff..."; NULL: it is none's. */
static const char *reg_before(const struct arch *arch, const char *text, const char *number)
{
	const char *end = number;
	size_t len;

	while (end > text && end[-1] == ' ')
		end--;
	if (end == text || *--end != ':')
		return NULL;
	while (end > text && end[-1] == ' ')
		end--;
	for (unsigned int i = 0; i < arch->nr_regs; i++) {
		len = strlen(arch->regs[i].name);
		if ((size_t)(end - text) >= len &&
		    !strncasecmp(end - len, arch->regs[i].name, len) &&
		    ((size_t)(end - text) == len || end[-1 - (ptrdiff_t)len] == ' '))
			return arch->regs[i].name;
	}
	return NULL;
}

/* Words of 16 hexadecimal digits. What %p hashes (4.15, ad67b74d2469) begins with zeros. */
static void addresses_find(struct complaint *c, const struct arch *arch, const char *text)
{
	for (size_t i = 0; i < PATTERN_LINE_MAX && text[i];) {
		size_t digits = 0;
		uint64_t value = 0;

		for (; isxdigit((unsigned char)text[i + digits]); digits++) {
			int digit = tolower((unsigned char)text[i + digits]);

			value = value << 4 |
				(uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
		}
		/* Rows of a hex dump begin with theirs, and a colon. */
		if (digits == 16 && text[i + digits] != ':')
			address_add(c, value, reg_before(arch, text, text + i));
		i += digits ? digits : 1;
	}
}

/* SLUB says which object it is about behind what else it knows of the slab. */
static void object_find(struct complaint *c, const struct arch *arch, const char *text)
{
	static const char *const patterns[] = { "Object %x @offset=", "INFO: Object %x @offset=" };
	struct pattern_captures got;
	struct complaint others;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		if (!pattern_match(patterns[i], text, &got))
			continue;
		others = *c;
		c->nr_addresses = 0;
		address_add(c, got.numbers[0], NULL);
		for (unsigned int k = 0; k < others.nr_addresses; k++)
			address_add(c, others.addresses[k], others.regs[k]);
	}
	addresses_find(c, arch, text);
}

/* The name of a task may have blanks: it ends where the kernel's taint begins. */
static void comm_set(struct complaint *c, const char *text)
{
	static const char *const ends[] = { " Tainted: ", " Not tainted ", " Kdump: loaded " };
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *end = strstr(text, ends[i]);

		if (end && (size_t)(end - text) < len)
			len = (size_t)(end - text);
	}
	if (len > 15)
		len = strcspn(text, " ");
	if (!c->comm[0])
		snprintf(c->comm, sizeof(c->comm), "%.*s", (int)(len < 16 ? len : 15), text);
}

/* Letters, and blanks between them: of each taint that can be, in its place (4.10). */
static void taint_set(struct complaint *c, const char *text)
{
	size_t used = 0;

	if (c->taint[0])
		return;
	for (; *text == ' ' || isupper((unsigned char)*text); text++)
		if (*text != ' ' && used + 1 < sizeof(c->taint))
			c->taint[used++] = *text;
	c->taint[used] = '\0';
}

static void who_find(struct complaint *c, const char *text)
{
	struct pattern_captures got;
	const char *taint = strstr(text, "Tainted: "), *comm = strstr(text, "Comm: ");

	if (taint)
		taint_set(c, taint + strlen("Tainted: "));
	if (pattern_match("CPU: %d *PID: %d Comm: ", text, &got) ||
	    pattern_match("WARNING: CPU: %d PID: %d at ", text, &got)) {
		c->cpu = c->cpu < 0 ? (int64_t)got.numbers[0] : c->cpu;
		c->pid = c->pid < 0 ? (int64_t)got.numbers[1] : c->pid;
		if (comm)
			comm_set(c, comm + strlen("Comm: "));
	} else if (pattern_match("Pid: %d, comm: %s ", text, &got)) { /* until 3.9 */
		c->pid = c->pid < 0 ? (int64_t)got.numbers[0] : c->pid;
		name_copy(c->comm, sizeof(c->comm), got.names[0]);
	} else if (pattern_match("WARNING: * at *, CPU#%d: %s/%d", text, &got)) { /* 6.19 */
		c->cpu = c->cpu < 0 ? (int64_t)got.numbers[0] : c->cpu;
		c->pid = c->pid < 0 ? (int64_t)got.numbers[1] : c->pid;
		name_copy(c->comm, sizeof(c->comm), got.names[0]);
	}
}

static void function_find(struct complaint *c, const char *text)
{
	static const char *const patterns[] = {
		"WARNING: CPU: %d PID: %d at * %s",
		"WARNING: *:%d at %s,",
		"RIP: 0010:%s",
		"RIP: 0010:[<*>] *] %s",
		"pc : %s",
	};
	struct pattern_captures got;

	for (size_t i = 0; !c->function[0] && i < sizeof(patterns) / sizeof(*patterns); i++)
		if (pattern_match(patterns[i], text, &got) && strchr(got.names[0], '+'))
			snprintf(c->function, sizeof(c->function), "%s", got.names[0]);
}

/* One more line of a report. */
static void report_line(struct open_report *o, const struct arch *arch, const struct log_line *line)
{
	struct complaint *c = o->complaint;

	c->nr_lines++;
	o->last = line;
	o->trace |= !strncmp(line->text, "Call ", 5);
	if (!o->trace)
		object_find(c, arch, line->text);
	who_find(c, line->text);
	function_find(c, line->text);
	if (!strncmp(line->text, "---[ end ", 9))
		o->complaint = NULL;
}

/* A line that matches a pattern. */
static struct open_report *pattern_line(struct search *s, const struct complaint_pattern *pattern,
					const struct log_line *line,
					const struct pattern_captures *captures)
{
	const unsigned int telling = 1u << COMPLAINT_DEATH | 1u << COMPLAINT_SLAB |
				     1u << COMPLAINT_TOOL | 1u << COMPLAINT_CHECK;
	struct open_report *o = open_find(s, line);

	s->found->telling |= telling >> pattern->kind & 1;
	if (!o && fix_joins(s, pattern, captures))
		return NULL;
	if (!o || !pattern_joins(o, pattern))
		return report_begin(s, pattern, line, captures);
	if (pattern->rank > o->complaint->pattern->rank)
		headline(o->complaint, pattern, line, captures);
	return o;
}

static void line_look(struct search *s, const struct log_line *line)
{
	struct pattern_captures captures;
	const struct complaint_pattern *pattern = complaint_pattern_find(line->text, &captures);
	struct open_report *o =
		pattern ? pattern_line(s, pattern, line, &captures) : open_find(s, line);

	if (!o)
		return;
	if (!pattern && o->complaint->pattern->rank == RANK_OPENER &&
	    o->complaint->line == o->complaint->first)
		o->complaint->line = line;
	/* slab_bug() draws one before a report. */
	if (!pattern && !strncmp(line->text, "=====", 5))
		o->complaint = NULL;
	else
		report_line(o, s->arch, line);
}

bool complaints_find(struct complaints *complaints, struct memory *memory, struct arena *arena)
{
	struct search *s = arena_alloc(arena, sizeof(*s));

	*complaints = (struct complaints){ 0 };
	if (!s)
		return false;
	complaints->list = arena_array(arena, COMPLAINTS_KEPT_MAX, sizeof(*complaints->list));
	if (!complaints->list || !kernel_log_read(&complaints->log, memory, arena))
		return false;
	complaints->known = true;
	s->found = complaints;
	s->arch = memory->arch;
	for (size_t i = 0; i < complaints->log.nr; i++)
		line_look(s, &complaints->log.lines[i]);
	if (complaints->dropped) {
		complaints->list[complaints->nr++] = s->dropped;
		complaints->dropped--;
	}
	return true;
}

static bool in_slab(const struct location *at)
{
	return at->kind == LOCATION_OBJECT || at->kind == LOCATION_INSIDE ||
	       at->kind == LOCATION_SLAB;
}

static enum complaint_tie tie_of(const struct complaint *c, uint64_t cache, const struct finding *f)
{
	uint64_t object = c->at.addr - c->at.offset;
	bool slab = in_slab(&c->at) && f->has & FINDING_HAS_SLAB && f->slab == c->at.page;

	if (slab && c->at.index >= 0 && f->has & FINDING_HAS_OBJECT && f->object == object)
		return TIE_OBJECT;
	if (slab)
		return TIE_SLAB;
	/* The cache by its name, or by the address of its kmem_cache. */
	for (unsigned int i = 0; i < c->nr_addresses; i++)
		if (f->cache && c->addresses[i] == f->cache)
			return TIE_CACHE;
	return cache && f->cache == cache ? TIE_CACHE : TIE_NONE;
}

static void findings_tie(struct complaint *c, uint64_t cache, const struct cache_result *result)
{
	findings_for_each (node, &result->findings) {
		enum complaint_tie tie = tie_of(c, cache, &node->finding);

		if (node->finding.severity != SEVERITY_CORRUPT || tie <= c->tie)
			continue;
		c->tie = tie;
		c->finding = &node->finding;
	}
}

/* Whether a location is in a slab of a cache that the complaint names; by its other names as well. */
static bool is_of_named(const struct complaint *c, struct allocator *allocator,
			const struct location *at)
{
	struct cache_view view;
	bool merged;

	if (!at->cache)
		return false;
	allocator->ops->view(allocator, at->cache, &view);
	return !strcmp(c->cache, view.name) || !strcmp(c->other_cache, view.name) ||
	       allocator->ops->find_cache(allocator, c->cache, &merged) == at->cache;
}

/*
 * The object that a complaint is about. Its text precedes the registers. Where it names a cache, objects of others that
 * registers hold are not it, and of that cache's objects the one that a register points to the start of is.
 */
static struct location subject_find(const struct complaint *c, struct allocator *allocator)
{
	struct location best = { .kind = LOCATION_NULL };
	unsigned int most = 0;

	for (unsigned int k = 0; k < c->nr_addresses; k++) {
		struct location at = allocator->ops->locate(allocator, c->addresses[k]);
		bool by_reg = c->regs[k] && c->cache[0];
		unsigned int worth = !by_reg ? 3 : at.kind == LOCATION_OBJECT ? 2 : 1;

		if (!in_slab(&at) || worth <= most || (by_reg && !is_of_named(c, allocator, &at)))
			continue;
		best = at;
		most = worth;
	}
	return best;
}

void complaints_tie(struct complaints *complaints, struct allocator *allocator,
		    const struct cache_result *const *results, size_t nr)
{
	for (size_t i = 0; i < complaints->nr; i++) {
		struct complaint *c = &complaints->list[i];
		uint64_t cache = 0;
		bool merged;

		c->at = subject_find(c, allocator);
		if (c->cache[0])
			cache = allocator->ops->find_cache(allocator, c->cache, &merged);
		else if (in_slab(&c->at))
			cache = c->at.cache;
		for (size_t k = 0; k < nr; k++)
			findings_tie(c, cache, results[k]);
	}
}

static char *text_put(const struct complaint *complaint, char *buf, size_t len)
{
	char cut[PATTERN_LINE_MAX / 2 + 1];

	snprintf(cut, sizeof(cut), "%.*s", (int)sizeof(cut) - 1, complaint->line->text);
	return text_escape(cut, buf, len);
}

char *complaint_text(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX])
{
	return text_put(complaint, buf, COMPLAINT_TEXT_MAX);
}

char *complaint_describe(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX])
{
	const struct log_line *line = complaint->line;
	int used = 0;

	if (line->timed)
		used = snprintf(buf, COMPLAINT_TEXT_MAX, "[%5" PRIu64 ".%06" PRIu64 "] ",
				line->ns / 1000000000, line->ns % 1000000000 / 1000);
	text_put(complaint, buf + used, COMPLAINT_TEXT_MAX - (size_t)used);
	return buf;
}

char *complaint_where(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX])
{
	char name[4 * COMPLAINT_NAME_MAX];
	size_t used = 0;

	buf[0] = '\0';
	if (complaint->cpu >= 0)
		used += (size_t)snprintf(buf, COMPLAINT_TEXT_MAX, "CPU %" PRId64, complaint->cpu);
	if (complaint->pid >= 0)
		used += (size_t)snprintf(buf + used, COMPLAINT_TEXT_MAX - used,
					 "%stask %s (%" PRId64 ")", used ? ", " : "",
					 text_escape(complaint->comm, name, sizeof(name)),
					 complaint->pid);
	if (complaint->function[0])
		snprintf(buf + used, COMPLAINT_TEXT_MAX - used, "%sin %s", used ? ", " : "",
			 text_escape(complaint->function, name, sizeof(name)));
	return buf;
}
