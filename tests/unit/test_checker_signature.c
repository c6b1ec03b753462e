/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What two dumps of a bug have in common, and two bugs have not. */
#include "checker/findings/signature.h"

#include <string.h>

#include "checker/findings/diagnosis.h"
#include "tests/unit/unit.h"

static struct diagnosis opinion;

static void opinion_set(enum finding_cause cause, enum overwrite_class class)
{
	opinion = (struct diagnosis){ .opinions = { { .cause = cause } },
				      .nr = cause != CAUSE_UNKNOWN,
				      .raw_class = class };
}

static struct finding base(void)
{
	opinion_set(CAUSE_SHORT_STORE, OVERWRITE_OTHER);
	return (struct finding){
		.id = FINDING_FREELIST_WILD,
		.place = PLACE_CPU_FREELIST,
		.has = FINDING_HAS_SLOT | FINDING_HAS_OBJECT | FINDING_HAS_RAW |
		       FINDING_HAS_DECODED | FINDING_HAS_EXPECTED,
		.cache_name = "kmalloc-64",
		.object = 0xffff888004a41000,
		.slot = 0xffff888004a41020,
		.slot_name = "freepointer",
		.raw = 0x1122330066778899,
		.expected = 0x1122334466778899,
		.diagnosis = &opinion,
		.cpu = 1,
		.hop = 7,
	};
}

static void is(const struct finding *f, const char *expected)
{
	char signature[SIGNATURE_MAX];

	finding_signature(f, signature);
	unit_check(!strcmp(signature, expected), "%s, not %s", signature, expected);
}

START_TEST(parts)
{
	struct finding f = base();

	is(&f, "freelist-wild/kmalloc-64/cpu-freelist/+0x20/short-store/byte-4");
	opinion_set(CAUSE_BIT_FLIP, OVERWRITE_OTHER);
	f.raw = f.expected ^ 1ull << 44;
	is(&f, "freelist-wild/kmalloc-64/cpu-freelist/+0x20/bit-flip/bit-44");
	opinion_set(CAUSE_UNKNOWN, OVERWRITE_ASCII);
	is(&f, "freelist-wild/kmalloc-64/cpu-freelist/+0x20/ascii");
	f.has &= ~(uint32_t)FINDING_HAS_OBJECT;
	f.slot_name = "c->freelist";
	is(&f, "freelist-wild/kmalloc-64/cpu-freelist/c->freelist/ascii");
}
END_TEST

/* The same fault in another boot: other addresses, another CPU, another place in the chain. */
START_TEST(another_boot)
{
	char first[SIGNATURE_MAX], second[SIGNATURE_MAX];
	struct finding f = base();

	finding_signature(&f, first);
	f.object += 0x123456000;
	f.slot += 0x123456000;
	f.raw = 0xaabbcc00eeff0011;
	f.expected = 0xaabbcc77eeff0011;
	f.cpu = 0;
	f.hop = 2;
	finding_signature(&f, second);
	unit_check(!strcmp(first, second), "%s and %s", first, second);
}
END_TEST

START_TEST(names_of_caches)
{
	struct finding f = base();

	f.id = FINDING_CACHE_NODE;
	f.place = PLACE_NODE;
	f.has = 0;
	opinion_set(CAUSE_UNKNOWN, OVERWRITE_OTHER);
	f.cache_name = "kmalloc-rnd-05-64";
	is(&f, "cache-node/kmalloc-rnd-64/node");
	f.cache_name = "kmalloc-part-15-1k";
	is(&f, "cache-node/kmalloc-part-1k/node");
	f.cache_name = "dentry(913:session-4.scope)";
	is(&f, "cache-node/dentry/node");
	f.cache_name = "a/b\x01\n c";
	is(&f, "cache-node/abc/node");
	f.cache_name = "";
	is(&f, "cache-node/node");
	f.cache_name = NULL;
	is(&f, "cache-node/node");
	f.place = PLACE_CACHE;
	is(&f, "cache-node");
}
END_TEST

START_TEST(words_elsewhere)
{
	struct finding f = base();

	/* A slab's counters are not in the object that the finding names. */
	f.id = FINDING_FREELIST_COUNT;
	f.slot = 0xffffea0000123420;
	f.slot_name = "counters";
	f.has = FINDING_HAS_SLOT | FINDING_HAS_OBJECT | FINDING_HAS_RAW;
	opinion_set(CAUSE_METADATA_WRITE, OVERWRITE_OTHER);
	is(&f, "freelist-count/kmalloc-64/cpu-freelist/counters/metadata-write");
}
END_TEST

START_TEST(bytes)
{
	struct finding f = base();

	f.id = FINDING_REDZONE_RIGHT;
	f.has = FINDING_HAS_OBJECT | FINDING_HAS_BYTES | FINDING_HAS_SLOT;
	f.bytes.from_start = 64;
	f.bytes.from_end = 0;
	opinion_set(CAUSE_UNKNOWN, OVERWRITE_OTHER);
	is(&f, "redzone-right/kmalloc-64/cpu-freelist/end+0");
	f.bytes.from_start = -8;
	f.bytes.from_end = -72;
	is(&f, "redzone-right/kmalloc-64/cpu-freelist/start-8");
}
END_TEST

START_TEST(long_names)
{
	char name[400], signature[SIGNATURE_MAX];
	struct finding f = base();

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	f.cache_name = name;
	finding_signature(&f, signature);
	unit_check(strlen(signature) < SIGNATURE_MAX, "not ended");
}
END_TEST

Suite *suite_checker_signature(void)
{
	Suite *suite = suite_create("checker_signature");
	TCase *tcase = tcase_create("signature");

	tcase_add_test(tcase, parts);
	tcase_add_test(tcase, another_boot);
	tcase_add_test(tcase, names_of_caches);
	tcase_add_test(tcase, words_elsewhere);
	tcase_add_test(tcase, bytes);
	tcase_add_test(tcase, long_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
