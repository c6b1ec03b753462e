/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as a page: whatever a dump holds becomes text of the page and nothing else of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker/image/memory.h"
#include "checker/report/html_parts.h"
#include "checker/report/page_file.h"
#include "checker/report/text.h"
#include "checker/slub/result.h"
#include "checker/slub/slub.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define LIST(...) ((const int[]){ __VA_ARGS__, -1 })

/* --- What is in a page --- */

static const char *const elements[] = {
	"html",	   "head", "meta", "title", "style",   "body",	  "a",	    "header",  "p",
	"span",	   "nav",  "ul",   "li",    "main",    "section", "h1",	    "h2",      "h3",
	"h4",	   "dl",   "div",  "dt",    "dd",      "code",	  "strong", "article", "ol",
	"details", "pre",  "mark", "table", "caption", "thead",	  "tbody",  "tr",      "th",
	"td",	   "svg",  "rect", "time",  "script",  "summary",
};

static const char *const attributes[] = {
	"lang",	  "charset", "http-equiv",  "content",	  "name",
	"class",  "href",    "id",	    "aria-label", "tabindex",
	"role",	  "scope",   "title",	    "data-v",	  "width",
	"height", "viewBox", "aria-hidden", "aria-live",  "aria-labelledby",
};

static bool is_listed(const char *const *list, int nr, const char *word, size_t length)
{
	for (int i = 0; i < nr; i++)
		if (strlen(list[i]) == length && !strncmp(list[i], word, length))
			return true;
	return false;
}

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
#define OPEN_MAX_DEPTH 64

/* A page that is being read. */
struct reading_page {
	const char *at;
	char open[OPEN_MAX_DEPTH][16];
	int depth;
	char ids[256][64];
	int nr_ids;
};

static void id_check(struct reading_page *p, const char *value, size_t length)
{
	ck_assert_int_lt(p->nr_ids, 256);
	snprintf(p->ids[p->nr_ids], sizeof(p->ids[0]), "%.*s", (int)length, value);
	for (int i = 0; i < p->nr_ids; i++)
		unit_check(strcmp(p->ids[i], p->ids[p->nr_ids]) != 0, "two ids %s", p->ids[i]);
	p->nr_ids++;
}

/* Behind the name of a tag: attributes, up to and with its end. True: the element ends with it. */
static bool attributes_read(struct reading_page *p)
{
	while (*p->at == ' ' || *p->at == '\n') {
		size_t length = strspn(++p->at, NAME), value;

		unit_check(is_listed(attributes, UNIT_COUNT(attributes), p->at, length),
			   "attribute %.40s", p->at);
		unit_check(!strncmp(p->at + length, "=\"", 2), "no value: %.40s", p->at);
		value = strcspn(p->at + length + 2, "\"");
		unit_check(!memchr(p->at + length + 2, '<', value), "value: %.80s", p->at);
		if (!strncmp(p->at, "id=", 3))
			id_check(p, p->at + 4, value);
		/* Nothing is asked of a network, and no script is a link. */
		unit_check(strncmp(p->at, "href=", 5) || p->at[6] == '#', "link %.60s", p->at);
		p->at += length + 2 + value + 1;
	}
	if (!strncmp(p->at, "/>", 2)) {
		p->at += 2;
		return true;
	}
	unit_check(*p->at == '>', "tag: %.60s", p->at);
	p->at++;
	return false;
}

static void element_end(struct reading_page *p)
{
	size_t length = strspn(p->at, NAME);

	unit_check(p->depth && strlen(p->open[p->depth - 1]) == length &&
			   !strncmp(p->open[p->depth - 1], p->at, length),
		   "%s is open, and this ends: %.60s", p->depth ? p->open[p->depth - 1] : "nothing",
		   p->at);
	p->depth--;
	p->at += length + 1;
}

static void element_begin(struct reading_page *p)
{
	size_t length = strspn(p->at, NAME);
	char name[16];

	unit_check(is_listed(elements, UNIT_COUNT(elements), p->at, length), "element %.60s",
		   p->at);
	snprintf(name, sizeof(name), "%.*s", (int)length, p->at);
	p->at += length;
	if (attributes_read(p) || !strcmp(name, "meta"))
		return;
	ck_assert_int_lt(p->depth, OPEN_MAX_DEPTH);
	snprintf(p->open[p->depth++], 16, "%s", name);
	/* The embedded files end with their elements. */
	if (!strcmp(name, "script") || !strcmp(name, "style")) {
		p->at = strstr(p->at, "</");
		ck_assert_ptr_nonnull(p->at);
	}
}

static size_t times(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Whole, nested as it should be, of known elements and attributes alone, with one script: ours. */
static void page_check(const char *page)
{
	struct reading_page *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	ck_assert(!strncmp(page, "<!DOCTYPE html>\n", 16));
	p->at = page + 16;
	while ((p->at += strcspn(p->at, "<"), *p->at)) {
		p->at++;
		if (*p->at == '/') {
			p->at++;
			element_end(p);
		} else {
			element_begin(p);
		}
	}
	ck_assert_int_eq(p->depth, 0);
	ck_assert_uint_eq(times(page, "<script"), 1);
	ck_assert_uint_eq(times(page, "<style"), 1);
	ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
	ck_assert_ptr_null(strstr(page, "unsafe"));
	ck_assert_ptr_nonnull(strstr(page, "</html>\n"));
	ck_assert_ptr_null(strstr(page, "http:"));
	ck_assert_ptr_null(strstr(page, "https:"));
	free(p);
}

static struct run *page_of(struct world *w, bool scan)
{
	struct run *run = run_check(
		w->image, (struct run_options){ .html = true, .scan = scan, .why = true });

	page_check(run->text);
	return run;
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

/* --- The writer --- */

/* What a writer makes of a text; the caller frees it. */
static char *written(void (*write)(FILE *out, const char *text), const char *text)
{
	char *made = NULL;
	size_t length;
	FILE *out = open_memstream(&made, &length);

	ck_assert_ptr_nonnull(out);
	write(out, text);
	fclose(out);
	return made;
}

static void expect_written(void (*write)(FILE *out, const char *text), const char *text,
			   const char *expected)
{
	char *made = written(write, text);

	ck_assert_str_eq(made, expected);
	free(made);
}

START_TEST(escapes)
{
	expect_written(html_text, "", "");
	expect_written(html_text, "<script>alert(1)</script>",
		       "&lt;script&gt;alert(1)&lt;/script&gt;");
	expect_written(html_text, "\" onload=\"x'&amp;", "&quot; onload=&quot;x&#39;&amp;amp;");
	expect_written(html_text, "a\nb\t\x01\x7f", "a\\x0ab\\x09\\x01\\x7f");
	/* UTF-8 that is none, and that is. */
	expect_written(html_text, "\xff\xc3\xa9\xe2\x80\xae", "\\xff\\xc3\\xa9\\xe2\\x80\\xae");
	expect_written(html_prose, "at ffff888003a41c40, <b> 0x1f",
		       "at <code>ffff888003a41c40</code>, "
		       "&lt;b&gt; <code>0x1f</code>");
	/* Words that only look like a part of an address. */
	expect_written(html_prose, "xffff888003a41c40 ffff888003a41c40x feed 0x",
		       "xffff888003a41c40 ffff888003a41c40x feed 0x");
}
END_TEST

START_TEST(every_byte)
{
	for (int c = 1; c < 256; c++) {
		char text[2] = { (char)c, '\0' };
		char *made = written(c % 2 ? html_text : html_prose, text);

		for (const char *at = made; *at; at++)
			unit_check(*at >= 0x20 && *at < 0x7f && !strchr("<>\"'", *at),
				   "byte %02x became %s", c, made);
		free(made);
	}
}
END_TEST

static void number_write(FILE *out, const char *text)
{
	html_number(out, strtoull(text, NULL, 10));
}

START_TEST(numbers)
{
	expect_written(number_write, "0", "0");
	expect_written(number_write, "999", "999");
	expect_written(number_write, "1000", "1,000");
	expect_written(number_write, "18446744073709551615", "18,446,744,073,709,551,615");
}
END_TEST

/* --- Rows --- */

static void row_join(void *ctx, const char *label, const char *text)
{
	fprintf(ctx, "[%s|%s]", label, text);
}

static void rows_write(FILE *out, const char *text)
{
	char *copy = strdup(text);

	text_rows_each(copy, row_join, out);
	free(copy);
}

START_TEST(rows_come_back)
{
	static const char *const texts[] = {
		"short",
		("a line that is so long that it is wrapped where the column of the text ends, and "
		 "then once more, since it is longer than two of them"),
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
	};

	for (int i = 0; i < UNIT_COUNT(texts); i++) {
		char *made = NULL, expected[400];
		size_t length;
		FILE *out = open_memstream(&made, &length);

		fputs("  a heading: of 20 and more columns\n", out);
		text_line(out, "what", "%s", texts[i]);
		text_line(out, "", "%s", "next");
		text_row(out, "sixteen-columns.", "%s", "row");
		fclose(out);
		snprintf(expected, sizeof(expected), "[what|%s\nnext][sixteen-columns.|row]",
			 texts[i]);
		expect_written(rows_write, made, expected);
		free(made);
	}
	expect_written(rows_write, "", "");
	expect_written(rows_write, "\n\n", "");
}
END_TEST

/* --- Pages --- */

EACH_ERA(clean_page)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = page_of(w, true);

	run_verdict(run, VERDICT_CLEAN);
	ck_assert_ptr_nonnull(strstr(run->text, ">CLEAN</h1>"));
	ck_assert_ptr_nonnull(strstr(run->text, "<th scope=\"row\" title=\"kmem_cache "));
	ck_assert_ptr_null(strstr(run->text, "id=\"findings\""));
	done(w, run);
}

static const char *const hostile[] = {
	"</script><script>alert(1)//",
	"\"onmouseover=\"alert(1)",
	"'><img src=x onerror=x()>",
	"<!--",
	"]]></style>&lt;",
	"\x01\x1b[2J\x7f\xff\xfe\xc0\xaf",
	("\xe2\x80\xae"
	 "evil"),
};

EACH(hostile_names, 2 * UNIT_COUNT(hostile))
{
	struct world *w = world_unsealed(ERA_6_1);
	struct image_cache *c =
		image_cache(w->image, (struct image_spec){ .name = hostile[turn / 2], .size = 64 });
	struct image_slab *slab = image_slab(c, ON_NODE_PARTIAL, 0, LIST(4, 6, 8), NULL);
	struct run *run;

	image_seal(w->image);
	/* A finding names the cache in all places where one can. */
	image_set(w->image, image_slot(slab, 4), 0x4141414141414141);
	run = page_of(w, turn % 2);
	run_verdict(run, VERDICT_CORRUPT);
	ck_assert_ptr_nonnull(strstr(run->text, "id=\"findings\""));
	ck_assert_ptr_nonnull(strstr(run->text, "<table class=\"map\""));
	done(w, run);
}

/* Of each id, with all that a finding can have, and with nothing. */
static void every_finding(struct cache_result *result, struct arena *arena,
			  const struct image_slab *slab)
{
	const struct diagnosis none = { .nr = 0 },
			       full = { .nr = 1,
					.opinions = { { .cause = CAUSE_OVERFLOW,
							.speaks_for = "<for>",
							.speaks_against = "<against>" } },
					.evidence = "<evidence>" };

	for (unsigned int id = 0; id < FINDING_COUNT; id++) {
		struct finding f = { .id = (enum finding_id)id,
				     .severity = finding_info((enum finding_id)id)->severity,
				     .cache = result->cache.addr,
				     .cache_name = result->cache.name,
				     .cpu = -1,
				     .node = -1,
				     .slab = slab->page,
				     .slab_base = slab->base,
				     .object = slab->base,
				     .slot = slab->base + 8,
				     .slot_name = "<slot>",
				     .message = "<b>\"message\"</b>" };

		f.bytes.first = f.bytes.last = slab->base + 9;
		findings_add(&result->findings, arena, &f, &none);
		f.has = FINDING_HAS_SLAB | FINDING_HAS_OBJECT | FINDING_HAS_SLOT | FINDING_HAS_RAW |
			FINDING_HAS_DECODED | FINDING_HAS_EXPECTED | FINDING_HAS_PREVIOUS |
			FINDING_HAS_HOP | FINDING_HAS_SHEAF | FINDING_HAS_ENTRY |
			FINDING_HAS_BYTES | FINDING_HAS_TRACKS;
		findings_add(&result->findings, arena, &f, &full);
	}
}

/* A report without a run: its findings are made up. */
struct made_up {
	struct world *world;
	struct arena arena;
	struct memory memory;
	struct check_options options;
	struct report report;
	struct slub_result result; /* as the allocator takes it to be */
	char *text;
	size_t length;
};

static void made_up_begin(struct made_up *m)
{
	char error[ALLOCATOR_ERROR_MAX];

	*m = (struct made_up){ .world = world_new(ERA_6_1) };
	arena_init(&m->arena, (size_t)64 << 20);
	m->options = (struct check_options){ .format = CHECK_HTML };
	m->options.out = open_memstream(&m->text, &m->length);
	report_init(&m->report, &m->options, &m->arena);
	ck_assert(memory_init(&m->memory, &m->world->image->target, &m->arena));
	m->report.memory = &m->memory;
	m->report.allocator = slub_allocator.prepare(&m->memory, &m->arena, error);
	ck_assert_ptr_nonnull(m->report.allocator);
	findings_init(&m->result.common.findings);
	m->report.allocator->ops->view(m->report.allocator, m->world->alpha->addr,
				       &m->result.common.cache);
}

/* The page, which is checked; made_up_end() frees it. */
static const char *made_up_page(struct made_up *m)
{
	const struct report_totals totals = { .verdict = VERDICT_CORRUPT };

	report_say(&m->report, cache, &m->result.common);
	report_end(&m->report, &totals);
	fclose(m->options.out);
	page_check(m->text);
	return m->text;
}

static void made_up_end(struct made_up *m)
{
	free(m->text);
	arena_free(&m->arena);
	world_free(m->world);
}

START_TEST(every_id)
{
	struct made_up m;
	const char *page;

	made_up_begin(&m);
	every_finding(&m.result.common, &m.arena, m.world->node0[0]);
	page = made_up_page(&m);
	for (unsigned int id = 0; id < FINDING_COUNT; id++) {
		char code[80];

		snprintf(code, sizeof(code), "<code>%s</code>",
			 finding_info((enum finding_id)id)->id);
		unit_check(strstr(page, code), "%s is not on the page", code);
	}
	ck_assert_ptr_nonnull(strstr(page, "&lt;b&gt;&quot;message&quot;"));
	ck_assert_ptr_nonnull(strstr(page, "&lt;against&gt;"));
	made_up_end(&m);
}
END_TEST

/* Thousands of findings: all are counted, and the page stays one that opens. */
START_TEST(limits)
{
	struct made_up m;
	struct finding f;
	const char *page;

	made_up_begin(&m);
	f = (struct finding){ .id = FINDING_FREELIST_WILD,
			      .severity = SEVERITY_CORRUPT,
			      .cpu = -1,
			      .node = -1,
			      .has = FINDING_HAS_SLAB,
			      .slab = m.world->node0[0]->page };
	for (int i = 0; i < 3000; i++)
		findings_add(&m.result.common.findings, &m.arena, &f,
			     &(struct diagnosis){ .nr = 0 });
	page = made_up_page(&m);
	ck_assert_uint_eq(times(page, "<article"), 8);
	ck_assert_uint_eq(times(page, "<table class=\"map\""), 1);
	/* 492 that are kept have no card, and 100 of them a line; 2500 were not kept. */
	ck_assert_ptr_nonnull(strstr(page, "2,992 more"));
	ck_assert_ptr_nonnull(strstr(page, "2,892 others not listed here"));
	ck_assert_uint_lt(m.length, 200000);
	made_up_end(&m);
}
END_TEST

/* No memory, nothing known: what is said is whole. */
START_TEST(empty_page)
{
	struct check_options options = { .format = CHECK_HTML };
	struct report_totals totals = { .verdict = VERDICT_UNKNOWN };
	struct report report;
	struct arena arena;
	char *text = NULL;
	size_t length;

	for (int turn = 0; turn < 2; turn++) {
		options.out = open_memstream(&text, &length);
		arena_init(&arena, 1 << 20);
		report_init(&report, &options, turn ? &arena : NULL);
		report_message(&report, "<%s>", "out of memory");
		report_end(&report, &totals);
		fclose(options.out);
		page_check(text);
		ck_assert_ptr_nonnull(strstr(text, ">UNKNOWN</h1>"));
		ck_assert(!turn || strstr(text, "&lt;out of memory&gt;"));
		free(text);
		arena_free(&arena);
	}
}
END_TEST

START_TEST(facts_of_the_dump)
{
	const struct check_fact facts[] = { { "dump", "/var/crash/<x>/vmcore" },
					    { "kernel", "6.1\"&" } };
	struct made_up m;
	const char *page;

	made_up_begin(&m);
	m.options.facts = facts;
	m.options.nr_facts = 2;
	page = made_up_page(&m);
	ck_assert_ptr_nonnull(strstr(page, "<title>corrupt: vmcore - slubcheck</title>"));
	ck_assert_ptr_nonnull(strstr(page, "/var/crash/&lt;x&gt;/vmcore"));
	ck_assert_ptr_nonnull(strstr(page, "6.1&quot;&amp;"));
	made_up_end(&m);
}
END_TEST

/* Starved at any point it is a page, or nothing was promised. */
START_TEST(starved)
{
	for (size_t limit = 64 << 10; limit < (size_t)8 << 20; limit += limit / 3) {
		struct world *w = world_new(ERA_6_12);
		struct run *run = run_check(w->image, (struct run_options){ .html = true,
									    .scan = true,
									    .why = true,
									    .arena_limit = limit });

		page_check(run->text);
		done(w, run);
	}
}
END_TEST

/* --- The file --- */

static char folder[64];

static void folder_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/slubcheck-html-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* What is in the file; "" when there is none. */
static const char *file_text(const char *path)
{
	static char text[64];
	FILE *file = fopen(path, "r");

	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

START_TEST(file_is_whole_or_not_there)
{
	char path[96], other[96];
	struct page_file file;

	folder_make();
	snprintf(path, sizeof(path), "%s/page", folder);
	snprintf(other, sizeof(other), "%s/missing/page", folder);
	ck_assert(page_file_begin(&file, path));
	fputs("one", file.stream);
	ck_assert_str_eq(file_text(path), "");
	ck_assert(page_file_end(&file));
	ck_assert_uint_eq(file.size, 3);
	ck_assert_str_eq(file_text(path), "one");
	/* Given up in the middle: the one before stays. */
	ck_assert(page_file_begin(&file, path));
	fputs("two", file.stream);
	page_file_abandon(&file);
	page_file_abandon(&file);
	ck_assert_str_eq(file_text(path), "one");
	/* A folder that is not there, and one in the way. */
	ck_assert(!page_file_begin(&file, other) && errno == ENOENT);
	ck_assert(!page_file_begin(&file, folder) && errno == EISDIR);
	ck_assert_int_eq(unlink(path), 0);
	/* Nothing else was left there. */
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(file_behind_a_link)
{
	char path[96], link[96];
	struct page_file file;
	struct stat before;

	folder_make();
	snprintf(path, sizeof(path), "%s/page", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	ck_assert_int_eq(close(creat(path, 0600)), 0);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert(page_file_begin(&file, link));
	fputs("text", file.stream);
	ck_assert(page_file_end(&file));
	ck_assert_str_eq(file_text(path), "text");
	ck_assert(!lstat(link, &before) && S_ISLNK(before.st_mode));
	unlink(link);
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(full_disk)
{
	struct page_file file;
	struct stat before;

	ck_assert(page_file_begin(&file, "/dev/full"));
	fputs("text", file.stream);
	ck_assert(!page_file_end(&file) && errno == ENOSPC);
	/* A device is not replaced. */
	ck_assert(page_file_begin(&file, "/dev/null"));
	fputs("text", file.stream);
	ck_assert(page_file_end(&file));
	ck_assert(!stat("/dev/null", &before) && S_ISCHR(before.st_mode));
}
END_TEST

Suite *suite_checker_html(void)
{
	Suite *suite = suite_create("checker_html");
	TCase *tests = tcase_create("pages");

	tcase_set_timeout(tests, UNIT_TIMEOUT);
	tcase_add_test(tests, escapes);
	tcase_add_test(tests, every_byte);
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, rows_come_back);
	tcase_add_test(tests, clean_page);
	tcase_add_test(tests, hostile_names);
	tcase_add_test(tests, every_id);
	tcase_add_test(tests, limits);
	tcase_add_test(tests, empty_page);
	tcase_add_test(tests, facts_of_the_dump);
	tcase_add_test(tests, starved);
	tcase_add_test(tests, file_is_whole_or_not_there);
	tcase_add_test(tests, file_behind_a_link);
	tcase_add_test(tests, full_disk);
	suite_add_tcase(suite, tests);
	return suite;
}
