/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/features.h"

#include <string.h>

#define NAME_ROOM 48

static const struct feature_info table[FEATURE_COUNT] = {
#define X(name, since, until, text, told) { #name, since, until, text, told },
	FEATURES(X)
#undef X
};

const struct feature_info *feature_info(enum feature feature)
{
	return &table[feature];
}

/* An expression that is read, and whom it asks. */
struct asking {
	const char *at;
	features_ask find;
	void *ctx;
};

static bool expression_holds(const char *text, features_ask find, void *ctx);

/* Take the next word off: up to a space or a dot. */
static void word_take(struct asking *a, char word[NAME_ROOM])
{
	size_t length = strcspn(a->at, " .");

	word[0] = '\0';
	if (length < NAME_ROOM) {
		memcpy(word, a->at, length);
		word[length] = '\0';
	}
	a->at += length;
}

static bool char_take(struct asking *a, char c)
{
	const char *at = a->at + strspn(a->at, " ");

	if (*at != c)
		return false;
	a->at = at + 1;
	a->at += strspn(a->at, " ");
	return true;
}

/* "type.member", of which the type is read; or with " < type.member" behind it. */
static bool member_holds(struct asking *a, const char *type)
{
	char member[NAME_ROOM], other_type[NAME_ROOM], other[NAME_ROOM];
	uint32_t at = 0, other_at = 0;
	bool holds;

	a->at++;
	word_take(a, member);
	holds = a->find(a->ctx, NAME_MEMBER, type, member, &at);
	if (!char_take(a, '<'))
		return holds;
	word_take(a, other_type);
	a->at++;
	word_take(a, other);
	return holds && a->find(a->ctx, NAME_MEMBER, other_type, other, &other_at) && at < other_at;
}

static bool feature_holds(const struct asking *a, const char *name)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (!strcmp(table[i].name, name))
			return expression_holds(table[i].told, a->find, a->ctx);
	return false;
}

static bool name_holds(struct asking *a)
{
	static const struct {
		const char *word;
		enum name_kind kind;
	} kinds[] = {
		{ "struct", NAME_TYPE },
		{ "enumerator", NAME_ENUMERATOR },
		{ "symbol", NAME_SYMBOL },
	};
	char word[NAME_ROOM];
	uint32_t offset;

	word_take(a, word);
	if (*a->at == '.')
		return member_holds(a, word);
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word, kinds[i].word))
			continue;
		a->at++;
		word_take(a, word);
		return a->find(a->ctx, kinds[i].kind, NULL, word, &offset);
	}
	return feature_holds(a, word);
}

/* Past what need not be asked any more: up to the next alternative, or the end. */
static void skip_alternative(struct asking *a)
{
	a->at += strcspn(a->at, "|");
}

/* "a & !b & c", as far as it holds. */
static bool alternative_holds(struct asking *a)
{
	do {
		bool not = char_take(a, '!');

		if (name_holds(a) == not ) {
			skip_alternative(a);
			return false;
		}
	} while (char_take(a, '&'));
	return true;
}

static bool expression_holds(const char *text, features_ask find, void *ctx)
{
	struct asking a = { text, find, ctx };

	if (!*text)
		return false;
	do {
		if (alternative_holds(&a))
			return true;
	} while (char_take(&a, '|'));
	return false;
}

feature_set features_told(void)
{
	feature_set told = 0;

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (*table[i].told)
			told |= UINT64_C(1) << i;
	return told;
}

feature_set features_find(feature_set wanted, features_ask find, void *ctx)
{
	feature_set found = 0;

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (wanted >> i & 1 && expression_holds(table[i].told, find, ctx))
			found |= UINT64_C(1) << i;
	return found;
}
