/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/overwrite.h"

#include <stdio.h>

#define WORD_BYTES 8

/* include/linux/poison.h: the same values in every release. */
#define POISON_FREE_BYTE 0x6b
#define POISON_INUSE_BYTE 0x5a
#define POISON_END_BYTE 0xa5
#define RED_INACTIVE_BYTE 0xbb
#define RED_ACTIVE_BYTE 0xcc

/* Whole words up to here are small numbers; 1 MiB is below any program's usual text. */
#define SMALL_MAX 0xfffffu
/* Halves of a word up to here are. Narrower, for one pointer in 65536 has such a lower half. */
#define HALF_MAX 0xffffu
/* The kernel's MAX_ERRNO. */
#define ERRNO_MAX 4095u

/*
 * User space ends at 2^47 (x86-64, 4 levels), 2^48 or 2^52 (arm64), 2^56 (x86-64, 5 levels), and
 * nothing in a word says on which machine it was written. Below 4 GiB an address cannot be told
 * from a 32-bit number next to a zero, and is more often the latter.
 */
#define USER_FIRST ((uint64_t)1 << 32)
#define USER_END ((uint64_t)1 << 56)

/*
 * The kernel half of x86-64 with 5 levels holds those of 4 levels (0xffff8000...) and of arm64
 * with 39, 48 and 52 bits (0xffffff80..., 0xffff0000..., 0xfff00000...).
 */
#define KERNEL_FIRST 0xff00000000000000u

static unsigned int byte_of(uint64_t word, unsigned int n)
{
	return word >> 8 * n & 0xff;
}

static uint64_t repeat(uint8_t byte)
{
	return byte * 0x0101010101010101u;
}

static bool is_printable(unsigned int c)
{
	/* Not isprint(): the answer must not depend on the user's locale. */
	return c >= 0x20 && c <= 0x7e;
}

/* The last byte of an object's poison is POISON_END; it may be the last of this word. */
static bool is_poison_free(uint64_t word)
{
	uint64_t last = (uint64_t)(POISON_FREE_BYTE ^ POISON_END_BYTE) << 56;

	return word == repeat(POISON_FREE_BYTE) || word == (repeat(POISON_FREE_BYTE) ^ last);
}

static bool is_red_zone(uint64_t word)
{
	return word == repeat(RED_INACTIVE_BYTE) || word == repeat(RED_ACTIVE_BYTE);
}

static bool is_list_poison(uint64_t word)
{
	switch (word) {
	/* LIST_POISON1 and 2 since 8a5e5e02fc83 (4.3) */
	case 0xdead000000000100u:
	case 0xdead000000000200u:
	/* LIST_POISON2 since 4c6080cd6f8b (5.3) */
	case 0xdead000000000122u:
	/* both before 4.3 on x86-64 */
	case 0xdead000000100100u:
	case 0xdead000000200200u:
	/* both before 4.3 without CONFIG_ILLEGAL_POINTER_VALUE, as on arm64 */
	case 0x0000000000100100u:
	case 0x0000000000200200u:
		return true;
	default:
		return false;
	}
}

/* An error code as a long, or as an int whose other half was cleared. */
static bool is_negative(uint64_t word)
{
	return word >= UINT64_MAX - ERRNO_MAX + 1 ||
	       (word <= UINT32_MAX && word >= UINT32_MAX - ERRNO_MAX + 1);
}

/* A short string ends in NULs; a longer one fills the word. Fewer than four bytes prove nothing. */
static bool is_text(uint64_t word)
{
	unsigned int n = 0;

	while (n < WORD_BYTES && is_printable(byte_of(word, n)))
		n++;
	return n >= 4 && (n == WORD_BYTES || word >> 8 * n == 0);
}

/*
 * Two neighbouring ints, counters or lengths. Of the negative upper halves only -1 counts: others
 * are the upper half of kernel addresses (0xfffffe00... is arm64's memmap).
 */
static bool is_two_words(uint64_t word)
{
	uint32_t low = (uint32_t)word;
	uint32_t high = (uint32_t)(word >> 32);

	if (high == 0)
		return true;
	if (high > HALF_MAX && high != UINT32_MAX)
		return false;
	return low <= HALF_MAX || low >= UINT32_MAX - ERRNO_MAX + 1;
}

/* The order matters: it is the contract in overwrite.h. */
enum overwrite_class overwrite_classify(uint64_t word)
{
	if (word == 0)
		return OVERWRITE_ZERO;
	if (is_poison_free(word))
		return OVERWRITE_POISON_FREE;
	if (word == repeat(POISON_INUSE_BYTE))
		return OVERWRITE_POISON_INUSE;
	if (is_red_zone(word))
		return OVERWRITE_RED_ZONE;
	if (is_list_poison(word))
		return OVERWRITE_LIST_POISON;
	if (word <= SMALL_MAX)
		return OVERWRITE_SMALL;
	if (is_negative(word))
		return OVERWRITE_NEGATIVE;
	if (word == repeat((uint8_t)word))
		return OVERWRITE_REPEATED;
	if (is_text(word))
		return OVERWRITE_ASCII;
	if (is_two_words(word))
		return OVERWRITE_TWO_WORDS;
	if (word >= KERNEL_FIRST)
		return OVERWRITE_KERNEL_POINTER;
	if (word >= USER_FIRST && word < USER_END)
		return OVERWRITE_USER_POINTER;
	return OVERWRITE_OTHER;
}

const char *overwrite_class_id(enum overwrite_class class)
{
	static const char *const ids[] = {
		[OVERWRITE_ZERO] = "zero",
		[OVERWRITE_SMALL] = "small",
		[OVERWRITE_NEGATIVE] = "negative",
		[OVERWRITE_ASCII] = "ascii",
		[OVERWRITE_REPEATED] = "repeated",
		[OVERWRITE_POISON_FREE] = "poison-free",
		[OVERWRITE_POISON_INUSE] = "poison-inuse",
		[OVERWRITE_RED_ZONE] = "red-zone",
		[OVERWRITE_LIST_POISON] = "list-poison",
		[OVERWRITE_USER_POINTER] = "user-pointer",
		[OVERWRITE_KERNEL_POINTER] = "kernel-pointer",
		[OVERWRITE_TWO_WORDS] = "two-words",
		[OVERWRITE_OTHER] = "other",
	};

	return (unsigned int)class < OVERWRITE_CLASS_COUNT ? ids[class] : "unknown";
}

const char *overwrite_class_text(enum overwrite_class class)
{
	static const char *const texts[] = {
#define X(id, text) [OVERWRITE_##id] = text,
		OVERWRITE_CLASSES(X)
#undef X
	};

	return (unsigned int)class < OVERWRITE_CLASS_COUNT ? texts[class] : "unknown";
}

/* Whether a word with @n bytes left in it says something: more than one byte value. */
static bool is_uniform(uint64_t word, unsigned int n)
{
	uint64_t mask = UINT64_MAX >> 8 * (WORD_BYTES - n);

	return (word & mask) == (repeat((uint8_t)word) & mask);
}

/*
 * How far the damaged word is the intended one displaced, in bytes, as by a copy to or from a
 * misaligned address. What entered at the open end is not looked at: it is the neighbour's.
 * At least half of the word has to have survived, as more than one byte value, and the shift
 * has to explain more bytes than it leaves open.
 */
static int find_shift(uint64_t damaged, uint64_t intended, unsigned int bytes)
{
	int n;

	for (n = 1; n <= WORD_BYTES / 2 && n < (int)bytes; n++) {
		unsigned int kept = (unsigned int)(WORD_BYTES - n);
		uint64_t down = intended >> 8 * n;
		uint64_t up = damaged >> 8 * n;

		if (!((down ^ damaged) << 8 * n) && !is_uniform(down, kept))
			return n;
		if (!((up ^ intended) << 8 * n) && !is_uniform(up, kept))
			return -n;
	}
	return 0;
}

struct word_diff word_compare(uint64_t damaged, uint64_t intended)
{
	struct word_diff diff = { .first_byte = -1, .bit = -1 };
	uint64_t changed = damaged ^ intended;
	unsigned int n, run;

	if (!changed)
		return diff;
	diff.zeroed = true;
	for (n = 0; n < WORD_BYTES; n++) {
		if (!byte_of(changed, n))
			continue;
		diff.bytes++;
		diff.byte_mask |= (uint8_t)(1u << n);
		if (byte_of(damaged, n))
			diff.zeroed = false;
	}
	diff.bits = (unsigned int)__builtin_popcountll(changed);
	diff.first_byte = __builtin_ctzll(changed) / 8;
	if (diff.bits == 1)
		diff.bit = __builtin_ctzll(changed);
	/* A run of ones, moved down to bit 0, is one less than a power of two. */
	run = (unsigned int)diff.byte_mask >> diff.first_byte;
	diff.contiguous = !(run & (run + 1));
	diff.low_bytes = diff.contiguous && diff.first_byte == 0 && diff.bytes < WORD_BYTES;
	diff.shift = find_shift(damaged, intended, diff.bytes);
	return diff;
}

/* "byte 5", "bytes 0-3", "bytes 0, 2 and 5", "all 8 bytes" */
static void name_bytes(const struct word_diff *diff, char *buf, size_t len)
{
	unsigned int n, named = 0;
	size_t used = 0;

	if (diff->bytes == WORD_BYTES) {
		snprintf(buf, len, "all %d bytes", WORD_BYTES);
		return;
	}
	if (diff->bytes == 1) {
		snprintf(buf, len, "byte %d", diff->first_byte);
		return;
	}
	if (diff->contiguous) {
		snprintf(buf, len, "bytes %d-%d", diff->first_byte,
			 diff->first_byte + (int)diff->bytes - 1);
		return;
	}
	for (n = 0; n < WORD_BYTES && used < len; n++) {
		const char *before = ", ";

		if (!(diff->byte_mask >> n & 1))
			continue;
		if (++named == 1)
			before = "bytes ";
		else if (named == diff->bytes)
			before = " and ";
		used += (size_t)snprintf(buf + used, len - used, "%s%u", before, n);
	}
}

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

/* From what explains the most to what explains nothing. */
char *word_diff_describe(const struct word_diff *diff, char *buf, size_t len)
{
	unsigned int distance = (unsigned int)(diff->shift < 0 ? -diff->shift : diff->shift);
	char which[48] = "";

	name_bytes(diff, which, sizeof(which));
	if (diff->bits == 0)
		snprintf(buf, len, "no difference");
	else if (diff->shift)
		snprintf(buf, len, "shifted %s by %u byte%s", diff->shift > 0 ? "right" : "left",
			 distance, plural(distance));
	else if (diff->bit >= 0 && diff->zeroed)
		snprintf(buf, len, "bit %d flipped, %s is 0 now", diff->bit, which);
	else if (diff->bit >= 0)
		snprintf(buf, len, "bit %d flipped", diff->bit);
	else if (diff->zeroed)
		snprintf(buf, len, "%s %s zeroed", which, diff->bytes == 1 ? "was" : "were");
	else if (diff->low_bytes)
		snprintf(buf, len, "%s overwritten, as by a short store", which);
	else if (diff->bytes == 1)
		snprintf(buf, len, "%s differs in %u bits", which, diff->bits);
	else
		snprintf(buf, len, "%s differ", which);
	return buf;
}

char *ascii_show(uint64_t word, char buf[9])
{
	unsigned int n;

	for (n = 0; n < WORD_BYTES; n++) {
		unsigned int c = byte_of(word, n);

		buf[n] = is_printable(c) ? (char)c : '.';
	}
	buf[WORD_BYTES] = '\0';
	return buf;
}
