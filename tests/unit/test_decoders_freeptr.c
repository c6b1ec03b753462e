/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/freeptr.h"
#include "tests/unit/unit.h"

#define OBJECT 0xffff888112345600u
#define SLOT 0xffff888112345678u
#define RANDOM 0x0123456789abcdefu

/* How each encoding stores a link from SLOT, computed by hand. swab(SLOT) is 785634128188ffff. */
static const struct {
	enum freeptr_encoding encoding;
	uint64_t object;
	uint64_t raw;
} worked[] = {
	{ FREEPTR_PLAIN, OBJECT, 0xffff888112345600u },
	{ FREEPTR_PLAIN, 0, 0 },
	/* object ^ slot is 78, the offset between the two */
	{ FREEPTR_XOR, OBJECT, 0x0123456789abcd97u },
	{ FREEPTR_XOR, 0, 0xfedccde69b9f9b97u },
	{ FREEPTR_XOR_SWAB, OBJECT, 0x868af9f41a176410u },
	{ FREEPTR_XOR_SWAB, 0, 0x7975717508233210u },
};

START_TEST(worked_values)
{
	int n;

	for (n = 0; n < UNIT_COUNT(worked); n++) {
		enum freeptr_encoding encoding = worked[n].encoding;
		uint64_t object = worked[n].object;
		uint64_t raw = worked[n].raw;

		unit_check_eq(freeptr_encode(encoding, object, RANDOM, SLOT), raw);
		unit_check_eq(freeptr_decode(encoding, raw, RANDOM, SLOT), object);
	}
}
END_TEST

START_TEST(plain_ignores_the_rest)
{
	unit_check_eq(freeptr_decode(FREEPTR_PLAIN, OBJECT, UINT64_MAX, UINT64_MAX), OBJECT);
	unit_check_eq(freeptr_encode(FREEPTR_PLAIN, OBJECT, UINT64_MAX, UINT64_MAX), OBJECT);
}
END_TEST

/* Whoever knows a link's object learns s->random from its raw word: the election relies on it. */
START_TEST(random_is_recoverable)
{
	uint64_t raw = freeptr_encode(FREEPTR_XOR_SWAB, OBJECT, RANDOM, SLOT);

	unit_check_eq(freeptr_encode(FREEPTR_XOR_SWAB, OBJECT, raw, SLOT), RANDOM);
}
END_TEST

START_TEST(round_trip)
{
	enum freeptr_encoding encoding = (enum freeptr_encoding)_i;
	uint64_t state = 1;
	int n;

	for (n = 0; n < 10000; n++) {
		uint64_t object = unit_random(&state);
		uint64_t random = unit_random(&state);
		uint64_t slot = unit_random(&state);
		uint64_t raw = freeptr_encode(encoding, object, random, slot);

		unit_check_eq(freeptr_decode(encoding, raw, random, slot), object);
	}
}
END_TEST

/* One bit wrong in the raw word is the same one bit wrong in the object, whatever the encoding. */
START_TEST(errors_do_not_spread)
{
	enum freeptr_encoding encoding = (enum freeptr_encoding)_i;
	uint64_t raw = freeptr_encode(encoding, OBJECT, RANDOM, SLOT);
	int n;

	for (n = 0; n < 64; n++) {
		uint64_t bit = (uint64_t)1 << n;

		unit_check_eq(freeptr_decode(encoding, raw ^ bit, RANDOM, SLOT), OBJECT ^ bit);
	}
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(freeptr_encoding_name(FREEPTR_PLAIN), "plain");
	ck_assert_str_eq(freeptr_encoding_name(FREEPTR_XOR), "xor");
	ck_assert_str_eq(freeptr_encoding_name(FREEPTR_XOR_SWAB), "xor-swab");
	ck_assert_str_eq(freeptr_encoding_name(FREEPTR_ENCODINGS), "unknown");
	ck_assert_str_eq(freeptr_encoding_name((enum freeptr_encoding)77), "unknown");
}
END_TEST

Suite *suite_decoders_freeptr(void)
{
	Suite *suite = suite_create("decoders_freeptr");
	TCase *tcase = tcase_create("freeptr");

	tcase_add_test(tcase, worked_values);
	tcase_add_test(tcase, plain_ignores_the_rest);
	tcase_add_test(tcase, random_is_recoverable);
	tcase_add_loop_test(tcase, round_trip, 0, FREEPTR_ENCODINGS);
	tcase_add_loop_test(tcase, errors_do_not_spread, 0, FREEPTR_ENCODINGS);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return suite;
}
