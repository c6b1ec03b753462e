/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kallsyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/names.h"
#include "triage/vmcoreinfo.h"

/* Kernels have one to three hundred thousand symbols. */
#define SYMBOLS_MAX (4u << 20)
#define NAME_MAX_LENGTH 1024
#define TOKENS 256
/* Longer tables of tokens than some kilobytes there are not. */
#define TOKEN_TABLE_MAX (64u << 10)

struct symbol {
	uint64_t addr;
	uint32_t name; /* in texts[] */
	uint32_t number; /* in the order of the table */
	char kind; /* as nm has it */
};

struct kallsyms {
	struct symbol *symbols; /* sorted by address, of those at one address the best first */
	size_t nr;
	char *texts;
	size_t nr_texts, room_texts;
	struct names globals, locals;
};

/* A stream over the target's memory. */
struct stream {
	struct target *t;
	uint64_t at; /* of the byte after the buffer's last */
	uint8_t bytes[4096];
	size_t next, end;
};

static void stream_start(struct stream *s, struct target *t, uint64_t addr)
{
	s->t = t;
	s->at = addr;
	s->next = s->end = 0;
}

/* Up to the end of the page: the next one need not be there. */
static bool stream_fill(struct stream *s)
{
	size_t n = sizeof(s->bytes) - s->at % sizeof(s->bytes);

	if (s->t->ops->read(s->t, s->at, s->bytes, n) != TARGET_OK)
		return false;
	s->at += n;
	s->next = 0;
	s->end = n;
	return true;
}

static bool stream_byte(struct stream *s, uint8_t *byte)
{
	if (s->next == s->end && !stream_fill(s))
		return false;
	*byte = s->bytes[s->next++];
	return true;
}

static bool stream_number(struct stream *s, size_t size, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < size; i++) {
		uint8_t byte;

		if (!stream_byte(s, &byte))
			return false;
		*value |= (uint64_t)byte << (8 * i);
	}
	return true;
}

bool kallsyms_place(const char *info, struct kallsyms_place *place)
{
	struct kallsyms_place p = { 0 };

	if (!vmcoreinfo_symbol(info, "kallsyms_names", &p.names) ||
	    !vmcoreinfo_symbol(info, "kallsyms_num_syms", &p.nr_symbols) ||
	    !vmcoreinfo_symbol(info, "kallsyms_token_table", &p.token_table) ||
	    !vmcoreinfo_symbol(info, "kallsyms_token_index", &p.token_index))
		return false;
	if (vmcoreinfo_symbol(info, "kallsyms_offsets", &p.offsets))
		vmcoreinfo_symbol(info, "kallsyms_relative_base", &p.base);
	else if (!vmcoreinfo_symbol(info, "kallsyms_addresses", &p.addresses))
		return false;
	*place = p;
	return true;
}

/* What the bytes of a compressed name stand for. */
struct tokens {
	char table[TOKEN_TABLE_MAX + 1];
	size_t length;
	uint16_t index[TOKENS];
};

static bool tokens_read(struct tokens *tokens, struct target *t, const struct kallsyms_place *p)
{
	struct stream s;
	uint64_t number;
	uint8_t byte;

	stream_start(&s, t, p->token_index);
	for (size_t i = 0; i < TOKENS; i++) {
		if (!stream_number(&s, 2, &number))
			return false;
		tokens->index[i] = (uint16_t)number;
		if (i && tokens->index[i] <= tokens->index[i - 1])
			return false;
	}
	/* The table ends with the last token, whose end is the end of a string. */
	stream_start(&s, t, p->token_table);
	for (size_t n = 0; n < TOKEN_TABLE_MAX; n++) {
		if (!stream_byte(&s, &byte))
			return false;
		tokens->table[n] = (char)byte;
		if (!byte && n > tokens->index[TOKENS - 1]) {
			tokens->length = n + 1;
			return true;
		}
	}
	return false;
}

static bool text_add(struct kallsyms *k, const char *text, size_t length)
{
	if (k->nr_texts + length > UINT32_MAX)
		return false;
	if (k->nr_texts + length > k->room_texts) {
		size_t room = 2 * (k->nr_texts + length) + 4096;
		char *larger = realloc(k->texts, room);

		if (!larger)
			return false;
		k->texts = larger;
		k->room_texts = room;
	}
	memcpy(k->texts + k->nr_texts, text, length);
	k->nr_texts += length;
	return true;
}

/* Seven bits, and seven more when the highest says so (6.1). */
static bool length_read(struct stream *s, size_t *length)
{
	uint8_t byte, more;

	if (!stream_byte(s, &byte))
		return false;
	*length = byte;
	if (!(byte & 0x80))
		return true;
	if (!stream_byte(s, &more))
		return false;
	*length = (size_t)(byte & 0x7f) | (size_t)more << 7;
	return true;
}

/* The first letter is the kind. */
static bool name_read(struct kallsyms *k, struct stream *s, const struct tokens *tokens,
		      struct symbol *symbol)
{
	char name[NAME_MAX_LENGTH + 1];
	size_t length, n = 0;

	if (!length_read(s, &length))
		return false;
	while (length--) {
		const char *token;
		uint8_t byte;

		if (!stream_byte(s, &byte))
			return false;
		if (tokens->index[byte] >= tokens->length)
			return false;
		for (token = tokens->table + tokens->index[byte]; *token; token++) {
			if (n == NAME_MAX_LENGTH)
				return false;
			name[n++] = *token;
		}
	}
	if (n < 2)
		return false;
	name[n] = '\0';
	symbol->kind = name[0];
	symbol->name = (uint32_t)k->nr_texts;
	return text_add(k, name + 1, n);
}

static bool names_read(struct kallsyms *k, struct target *t, const struct kallsyms_place *p)
{
	struct tokens *tokens = malloc(sizeof(*tokens));
	struct stream s;
	bool good = tokens && tokens_read(tokens, t, p);

	stream_start(&s, t, p->names);
	for (size_t i = 0; good && i < k->nr; i++) {
		k->symbols[i].number = (uint32_t)i;
		good = name_read(k, &s, tokens, &k->symbols[i]);
	}
	free(tokens);
	return good;
}

static bool addresses_from_array(struct kallsyms *k, struct target *t, uint64_t array)
{
	struct stream s;

	stream_start(&s, t, array);
	for (size_t i = 0; i < k->nr; i++)
		if (!stream_number(&s, 8, &k->symbols[i].addr))
			return false;
	return true;
}

static uint64_t sign_extend(uint64_t word)
{
	return (uint64_t)(int64_t)(int32_t)(uint32_t)word;
}

/* With CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86 until 6.14) addresses are stored as -1 - distance, and
 * what is not negative is a value of its own. Without, nothing is negative. */
static uint64_t from_base(uint64_t base, uint64_t word, bool signs)
{
	if (!signs)
		return base + word;
	return word >> 31 ? base - 1 - sign_extend(word) : word;
}

static bool addresses_from_offsets(struct kallsyms *k, struct target *t,
				   const struct kallsyms_place *p)
{
	size_t negative = 0;
	uint64_t base = 0;
	struct stream s;

	if (p->base) {
		stream_start(&s, t, p->base);
		if (!stream_number(&s, 8, &base))
			return false;
	}
	stream_start(&s, t, p->offsets);
	for (size_t i = 0; i < k->nr; i++) {
		if (!stream_number(&s, 4, &k->symbols[i].addr))
			return false;
		negative += k->symbols[i].addr >> 31;
	}
	for (size_t i = 0; i < k->nr; i++) {
		uint64_t *addr = &k->symbols[i].addr;

		if (p->base)
			*addr = from_base(base, *addr, negative > k->nr / 2);
		else
			*addr = p->offsets + 4 * i + sign_extend(*addr);
	}
	return true;
}

static bool kind_is_global(char kind)
{
	return kind >= 'A' && kind <= 'Z';
}

static int symbol_order(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (kind_is_global(a->kind) != kind_is_global(b->kind))
		return kind_is_global(a->kind) ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* In the order of the table, since the first of a name counts; then the order of addresses. */
static bool index_make(struct kallsyms *k)
{
	for (size_t i = 0; i < k->nr; i++) {
		const struct symbol *symbol = &k->symbols[i];
		struct names *names = kind_is_global(symbol->kind) ? &k->globals : &k->locals;

		if (!names_add(names, k->texts + symbol->name, symbol->addr))
			return false;
	}
	qsort(k->symbols, k->nr, sizeof(*k->symbols), symbol_order);
	return true;
}

static bool table_read(struct kallsyms *k, struct target *t, const struct kallsyms_place *p,
		       struct error *error)
{
	struct stream s;
	uint64_t number;

	/* An unsigned int since 5.0 and a long before: the lower half will do. */
	stream_start(&s, t, p->nr_symbols);
	if (!stream_number(&s, 4, &number))
		return error_set(error, "the table of symbols is not in the dump");
	if (!number || number > SYMBOLS_MAX)
		return error_set(error, "the number of symbols is implausible");
	k->nr = number;
	k->symbols = calloc(number, sizeof(*k->symbols));
	if (!k->symbols)
		return error_no_memory(error);
	if (!names_read(k, t, p))
		return error_set(error, "the names of the symbols are damaged or not in the dump");
	if (p->addresses ? !addresses_from_array(k, t, p->addresses)
			 : !addresses_from_offsets(k, t, p))
		return error_set(error, "the addresses of the symbols are not in the dump");
	return index_make(k) || error_no_memory(error);
}

struct kallsyms *kallsyms_read(struct target *t, const struct kallsyms_place *place,
			       struct error *error)
{
	struct kallsyms *k = calloc(1, sizeof(*k));

	if (k ? table_read(k, t, place, error) : error_no_memory(error))
		return k;
	kallsyms_free(k);
	return NULL;
}

void kallsyms_free(struct kallsyms *k)
{
	if (!k)
		return;
	names_free(&k->globals);
	names_free(&k->locals);
	free(k->symbols);
	free(k->texts);
	free(k);
}

bool kallsyms_symbol(const struct kallsyms *k, const char *name, uint64_t *value)
{
	return names_find(&k->globals, name, value) || names_find(&k->locals, name, value);
}

/* How many symbols do not begin behind an address. */
static size_t nr_before(const struct kallsyms *k, uint64_t addr)
{
	size_t low = 0, high = k->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (k->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first of those with the same address as the one before @nr. */
static void symbol_name_at(const struct kallsyms *k, size_t nr, uint64_t addr, const char **name,
			   uint64_t *offset)
{
	while (nr > 1 && k->symbols[nr - 2].addr == k->symbols[nr - 1].addr)
		nr--;
	*name = k->texts + k->symbols[nr - 1].name;
	*offset = addr - k->symbols[nr - 1].addr;
}

bool kallsyms_symbol_at(const struct kallsyms *k, uint64_t addr, const char **name,
			uint64_t *offset)
{
	size_t nr = nr_before(k, addr);

	/* Before the first, or after the last, which is the image's end. */
	if (addr < KALLSYMS_ADDRESS_MIN || !nr || nr == k->nr ||
	    k->symbols[nr - 1].addr < KALLSYMS_ADDRESS_MIN)
		return false;
	symbol_name_at(k, nr, addr, name, offset);
	return true;
}

bool kallsyms_per_cpu_at(const struct kallsyms *k, uint64_t offset, const char **name,
			 uint64_t *distance)
{
	size_t nr = nr_before(k, offset);

	if (!nr || nr == k->nr)
		return false;
	symbol_name_at(k, nr, offset, name, distance);
	return true;
}

size_t kallsyms_number(const struct kallsyms *k)
{
	return k->nr;
}
