/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/kernel_log.h"

#include <ctype.h>
#include <string.h>

/* LOG_BUF_SHIFT is at most 25; what log_buf_len= asks for is less than 2 GiB. */
#define LOG_BITS_MAX 31u
#define LOG_BYTES_MAX (UINT64_C(1) << LOG_BITS_MAX)
/* What is kept of it: lines, and bytes of their text. */
#define LINES_MAX ((size_t)1 << 20)
#define TEXT_MAX ((uint64_t)64 << 20)
/* A record's length is of 16 bits. */
#define RECORD_MAX 65535u
/* Of a caller's number (15341b1dd409, 5.1). */
#define CALLER_IS_CPU 0x80000000u

#define NS_PER_SECOND UINT64_C(1000000000)

struct reader {
	struct kernel_log *log;
	struct memory *memory;
	struct arena *arena;
	struct log_line *lines;
	size_t room;
	uint64_t bytes; /* of text that is kept */
	char *buf; /* RECORD_MAX + 1 bytes: a record's text */
};

/* Returns false when no more is kept. */
static bool line_add(struct reader *r, const struct log_line *like, const char *text, size_t len)
{
	struct kernel_log *log = r->log;
	struct log_line *line;
	char *copy;

	if (log->nr >= r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		struct log_line *lines =
			room <= LINES_MAX ? arena_array(r->arena, room, sizeof(*lines)) : NULL;

		if (!lines)
			return !(log->cut = true);
		if (r->lines)
			memcpy(lines, r->lines, log->nr * sizeof(*lines));
		r->lines = lines;
		r->room = room;
	}
	copy = r->bytes + len < TEXT_MAX ? arena_alloc(r->arena, len + 1) : NULL;
	if (!copy)
		return !(log->cut = true);
	memcpy(copy, text, len);
	for (size_t i = 0; i < len; i++)
		if (!copy[i])
			copy[i] = ' ';
	line = &r->lines[log->nr++];
	*line = *like;
	line->text = copy;
	log->lines = r->lines;
	r->bytes += len + 1;
	return true;
}

/* A record's text: it is a line, or several, and empty ones are printed too. */
static bool record_add(struct reader *r, const struct log_line *like, size_t len)
{
	const char *text = r->buf, *end;

	while ((end = memchr(text, '\n', len))) {
		if (!line_add(r, like, text, (size_t)(end - text)))
			return false;
		len -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	return line_add(r, like, text, len);
}

/* Numbers of a variable of four or eight bytes. */
static bool variable(struct memory *memory, const char *name, size_t size, uint64_t *value)
{
	uint64_t addr;

	return memory->target->ops->symbol(memory->target, name, &addr) &&
	       memory_value(memory, addr, size, value) == TARGET_OK;
}

static void caller_set(struct log_line *line, uint64_t id)
{
	line->called = true;
	line->by_cpu = id & CALLER_IS_CPU;
	line->caller = (uint32_t)id & ~CALLER_IS_CPU;
}

/*
 * struct printk_ringbuffer: a ring of descriptors, whose state and id are one word; a ring of what they
 * say (struct printk_info), with the same indexes; a ring of text, whose blocks begin with the id again.
 */
struct ring_layout {
	struct target_member desc_ring, text_ring;
	struct target_member count_bits, descs, infos, head_id, tail_id;
	struct target_member size_bits, data;
	struct target_member state, lpos, begin, next;
	struct target_member time, text_len, facility, caller;
	size_t desc_size, info_size;
};

struct ring {
	struct ring_layout layout;
	uint64_t count_bits, descs, infos, head, tail;
	uint64_t size_bits, data;
};

/* The upper two bits of a descriptor's word; below it is the id. */
enum {
	RECORD_RESERVED,
	RECORD_COMMITTED,
	RECORD_FINALIZED,
	RECORD_REUSABLE,
};
#define STATE_SHIFT 62
#define ID_MASK ((UINT64_C(1) << STATE_SHIFT) - 1)
/* Positions of a record that has no text there, both of them: an empty line; bit 0 alone: it had no room. */
#define IS_DATALESS 1u
#define EMPTY_LINE 3u
#define BLOCK_HEAD 8u /* bytes of a text block before the text */

static bool ring_layout(struct ring_layout *l, struct target *t)
{
	const struct {
		const char *type, *name;
		struct target_member *member;
	} rows[] = {
		{ "printk_ringbuffer", "desc_ring", &l->desc_ring },
		{ "printk_ringbuffer", "text_data_ring", &l->text_ring },
		{ "prb_desc_ring", "count_bits", &l->count_bits },
		{ "prb_desc_ring", "descs", &l->descs },
		{ "prb_desc_ring", "infos", &l->infos },
		{ "prb_desc_ring", "head_id", &l->head_id },
		{ "prb_desc_ring", "tail_id", &l->tail_id },
		{ "prb_data_ring", "size_bits", &l->size_bits },
		{ "prb_data_ring", "data", &l->data },
		{ "prb_desc", "state_var", &l->state },
		{ "prb_desc", "text_blk_lpos", &l->lpos },
		{ "prb_data_blk_lpos", "begin", &l->begin },
		{ "prb_data_blk_lpos", "next", &l->next },
		{ "printk_info", "ts_nsec", &l->time },
		{ "printk_info", "text_len", &l->text_len },
		{ "printk_info", "facility", &l->facility },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!target_find(t, rows[i].type, rows[i].name, rows[i].member))
			return false;
	target_find(t, "printk_info", "caller_id", &l->caller);
	return t->ops->type_size(t, "prb_desc", &l->desc_size) && l->desc_size &&
	       t->ops->type_size(t, "printk_info", &l->info_size) && l->info_size;
}

static bool ring_find(struct ring *ring, struct memory *memory)
{
	const struct ring_layout *l = &ring->layout;
	const struct memory_wanted of_descs[] = {
		{ l->count_bits, &ring->count_bits }, { l->descs, &ring->descs },
		{ l->infos, &ring->infos },	      { l->head_id, &ring->head },
		{ l->tail_id, &ring->tail },
	};
	const struct memory_wanted of_text[] = {
		{ l->size_bits, &ring->size_bits },
		{ l->data, &ring->data },
	};
	uint64_t prb;

	if (!variable(memory, "prb", 8, &prb) ||
	    memory_members(memory, prb + l->desc_ring.offset, of_descs, 5) != TARGET_OK ||
	    memory_members(memory, prb + l->text_ring.offset, of_text, 2) != TARGET_OK)
		return false;
	return ring->count_bits < 31 && ring->size_bits > 3 && ring->size_bits <= LOG_BITS_MAX;
}

/*
 * Where a block of text is in the ring: bytes from its beginning, and how many the block has. One that
 * would reach over the ring's end begins at the ring's beginning instead. Until 6.18 (67e1b0052f6b) so did
 * one that would fill the ring to its very end; then none ends there, so that both are read alike.
 */
static bool block_place(const struct ring *ring, uint64_t begin, uint64_t next, uint64_t *offset,
			uint64_t *size)
{
	uint64_t ring_size = UINT64_C(1) << ring->size_bits, mask = ring_size - 1;
	uint64_t turns = ((next - 1) >> ring->size_bits) - (begin >> ring->size_bits);

	turns &= UINT64_MAX >> ring->size_bits;
	if (turns == 0) {
		*offset = begin & mask;
		*size = next - begin;
	} else if (turns == 1) {
		*offset = 0;
		*size = next & mask;
	} else {
		return false;
	}
	return *size > BLOCK_HEAD && *size <= ring_size - *offset;
}

/* How a record is counted that gives no line. */
enum record_status {
	RECORD_GOOD,
	RECORD_NOTHING, /* there is none */
	RECORD_ABSENT,
	RECORD_WRITING,
	RECORD_DAMAGED,
};

/* Copies the text of a record into r->buf. */
static enum record_status block_read(struct reader *r, const struct ring *ring, uint64_t id,
				     const uint64_t lpos[2], uint64_t len)
{
	uint64_t offset, size, block_id;

	if (lpos[0] & IS_DATALESS && lpos[1] & IS_DATALESS)
		return lpos[0] == EMPTY_LINE && !len ? RECORD_GOOD : RECORD_DAMAGED;
	if (!block_place(ring, lpos[0], lpos[1], &offset, &size) || len > size - BLOCK_HEAD)
		return RECORD_DAMAGED;
	if (memory_value(r->memory, ring->data + offset, BLOCK_HEAD, &block_id) != TARGET_OK)
		return RECORD_ABSENT;
	if (block_id != id)
		return RECORD_DAMAGED;
	if (memory_read(r->memory, ring->data + offset + BLOCK_HEAD, r->buf, len) != TARGET_OK)
		return RECORD_ABSENT;
	return RECORD_GOOD;
}

static enum record_status record_read(struct reader *r, const struct ring *ring, uint64_t id,
				      struct log_line *line, uint64_t *len)
{
	const struct ring_layout *l = &ring->layout;
	uint64_t index = id & ((UINT64_C(1) << ring->count_bits) - 1), state = 0, caller = 0;
	uint64_t desc = ring->descs + index * l->desc_size, lpos[2] = { 0, 0 };
	uint64_t info = ring->infos + index * l->info_size, level = 0;
	const struct target_member level_at = { l->facility.offset + 1, 1 };
	const struct memory_wanted of_info[] = {
		{ l->time, &line->ns },
		{ l->text_len, len },
		{ l->caller, &caller },
		{ level_at, &level }, /* u8 flags:5, level:3 */
	};

	if (memory_member(r->memory, desc, l->state, &state) != TARGET_OK ||
	    memory_member(r->memory, desc + l->lpos.offset, l->begin, &lpos[0]) != TARGET_OK ||
	    memory_member(r->memory, desc + l->lpos.offset, l->next, &lpos[1]) != TARGET_OK)
		return RECORD_ABSENT;
	if (state >> STATE_SHIFT == RECORD_REUSABLE)
		return RECORD_NOTHING;
	/* The descriptor is an older record's until its new one has reserved it. */
	if ((state & ID_MASK) != id || state >> STATE_SHIFT == RECORD_RESERVED)
		return RECORD_WRITING;
	if (memory_members(r->memory, info, of_info, 4) != TARGET_OK)
		return RECORD_ABSENT;
	line->timed = true;
	line->level = (uint8_t)(level >> 5);
	if (l->caller.size)
		caller_set(line, caller);
	return block_read(r, ring, id, lpos, *len);
}

/* Counts what gives no line. */
static void status_count(struct kernel_log *log, enum record_status status)
{
	log->absent += status == RECORD_ABSENT;
	log->writing += status == RECORD_WRITING;
	log->damaged += status == RECORD_DAMAGED;
}

static bool ring_read(struct reader *r)
{
	struct ring ring = { 0 };
	uint64_t nr;

	if (!ring_layout(&ring.layout, r->memory->target))
		return false;
	r->log->form = KERNEL_LOG_RINGBUFFER;
	if (!ring_find(&ring, r->memory))
		return false;
	nr = ((ring.head - ring.tail) & ID_MASK) + 1;
	if (nr > UINT64_C(1) << ring.count_bits) {
		r->log->damaged++;
		nr = UINT64_C(1) << ring.count_bits;
	}
	for (uint64_t i = nr; i-- > 0;) {
		struct log_line line = { 0 };
		uint64_t len = 0;
		enum record_status status =
			record_read(r, &ring, (ring.head - i) & ID_MASK, &line, &len);

		status_count(r->log, status);
		if (status == RECORD_GOOD && !record_add(r, &line, (size_t)len))
			break;
		if (memory_cancelled(r->memory)) {
			r->log->cut = true;
			break;
		}
	}
	return true;
}

/*
 * struct printk_log: records one behind the other in log_buf, each with its length. One of length 0 says
 * that the next one is at the buffer's beginning.
 */
struct records {
	struct target_member time, len, text_len, dict_len, facility, caller, level;
	size_t head; /* bytes of a record before its text */
	uint64_t buf, size, at, end;
	uint64_t last; /* time of the record before */
	bool wrapped;
};

/* A record is aligned to the alignment of its head: at most eight bytes. */
#define RECORD_ALIGN 4u
#define RECORD_PADDING 8u

static bool records_layout(struct records *s, struct target *t)
{
	const char *type = "printk_log";

	if (!target_find(t, type, "ts_nsec", &s->time))
		type = "log";
	if (!target_find(t, type, "ts_nsec", &s->time) || !target_find(t, type, "len", &s->len) ||
	    !target_find(t, type, "text_len", &s->text_len) ||
	    !target_find(t, type, "dict_len", &s->dict_len) ||
	    !t->ops->type_size(t, type, &s->head) || s->head < 16 || s->head > 64)
		return false;
	target_find(t, type, "facility", &s->facility);
	target_find(t, type, "level", &s->level);
	target_find(t, type, "caller_id", &s->caller);
	return true;
}

static bool records_find(struct records *s, struct memory *memory)
{
	return variable(memory, "log_buf", 8, &s->buf) &&
	       variable(memory, "log_buf_len", 4, &s->size) &&
	       variable(memory, "log_first_idx", 4, &s->at) &&
	       variable(memory, "log_next_idx", 4, &s->end) && s->size >= s->head &&
	       s->size <= LOG_BYTES_MAX && s->at < s->size && s->end <= s->size;
}

struct record {
	uint64_t time, len, text_len, dict_len, level, caller;
};

/* Whether a record can be at an offset of the buffer. */
static enum record_status head_read(struct reader *r, const struct records *s, uint64_t at,
				    struct record *record)
{
	/* Until 3.6 (c313af145b9b) a member of its own, then three bits behind the facility. */
	struct target_member level = { s->facility.offset + 1, s->facility.size ? 1 : 0 };
	const struct memory_wanted wanted[] = {
		{ s->time, &record->time },
		{ s->len, &record->len },
		{ s->text_len, &record->text_len },
		{ s->dict_len, &record->dict_len },
		{ s->caller, &record->caller },
		{ level.size ? level : s->level, &record->level },
	};
	uint64_t used;

	*record = (struct record){ 0 };
	if (s->size - at < s->head)
		return RECORD_DAMAGED;
	if (memory_members(r->memory, s->buf + at, wanted, 6) != TARGET_OK)
		return RECORD_ABSENT;
	if (!record->len)
		return RECORD_NOTHING;
	used = s->head + record->text_len + record->dict_len;
	if (record->len % RECORD_ALIGN || used > record->len ||
	    record->len - used >= RECORD_PADDING || record->len > s->size - at)
		return RECORD_DAMAGED;
	record->level = level.size ? record->level >> 5 : record->level & 7;
	return RECORD_GOOD;
}

/* Whether a record and the one behind it make sense, with times that follow the last one. */
static bool record_plausible(struct reader *r, const struct records *s, uint64_t at)
{
	struct record first, second;

	if (head_read(r, s, at, &first) != RECORD_GOOD || !first.text_len || first.time < s->last)
		return false;
	at += first.len;
	if (at == s->end || at == s->size)
		return true;
	return at < s->size && head_read(r, s, at, &second) == RECORD_GOOD && second.text_len &&
	       second.time >= first.time && second.time - first.time < 1000000 * NS_PER_SECOND;
}

/* After a record whose length is not known: look for the next one. False: there is none. */
static bool records_resume(struct reader *r, struct records *s)
{
	uint64_t end = s->wrapped || s->at < s->end ? s->end : s->size;

	for (s->at += RECORD_ALIGN; s->at + s->head <= end; s->at += RECORD_ALIGN) {
		uint8_t byte;

		if (memory_read(r->memory, s->buf + s->at, &byte, 1) != TARGET_OK)
			s->at |= r->memory->page_size - RECORD_ALIGN; /* the rest of a page */
		else if (record_plausible(r, s, s->at))
			return true;
		if (memory_cancelled(r->memory))
			return false;
	}
	if (s->wrapped || end == s->end)
		return false;
	s->wrapped = true;
	s->at = 0;
	return true;
}

static bool records_end(const struct records *s)
{
	return s->at == s->end || s->at >= s->size || (s->wrapped && s->at > s->end);
}

/* A step from record to record. False: this was the last. */
static bool records_step(struct reader *r, struct records *s)
{
	struct log_line line = { .timed = true };
	struct record record;
	enum record_status status = head_read(r, s, s->at, &record);

	if (status == RECORD_NOTHING && !s->wrapped) {
		s->wrapped = true;
		s->at = 0;
		return true;
	}
	if (status == RECORD_NOTHING)
		status = RECORD_DAMAGED;
	if (status == RECORD_GOOD && memory_read(r->memory, s->buf + s->at + s->head, r->buf,
						 record.text_len) != TARGET_OK) {
		r->log->absent++;
		s->at += record.len;
		return true;
	}
	status_count(r->log, status);
	if (status != RECORD_GOOD)
		return records_resume(r, s);
	s->last = line.ns = record.time;
	line.level = (uint8_t)record.level;
	if (s->caller.size)
		caller_set(&line, record.caller);
	s->at += record.len;
	return record_add(r, &line, record.text_len);
}

static bool records_read(struct reader *r)
{
	struct records s = { 0 };
	uint64_t first_seq = 0, next_seq = 0;

	if (!records_layout(&s, r->memory->target))
		return false;
	r->log->form = KERNEL_LOG_RECORDS;
	if (!records_find(&s, r->memory))
		return false;
	/* Full to the last byte, both ends are at one place. */
	if (s.at == s.end && variable(r->memory, "log_first_seq", 8, &first_seq) &&
	    variable(r->memory, "log_next_seq", 8, &next_seq) && first_seq != next_seq &&
	    !records_step(r, &s))
		return true;
	while (!records_end(&s) && records_step(r, &s))
		if (memory_cancelled(r->memory)) {
			r->log->cut = true;
			break;
		}
	return true;
}

/* Takes "<4>" and "[   12.345678] " off the beginning of a line of text. */
static const char *text_prefix(const char *text, struct log_line *line)
{
	uint64_t seconds = 0, fraction = 0;
	const char *at = text;
	unsigned int digits = 0;

	line->level = LOG_LEVEL_UNKNOWN;
	if (at[0] == '<' && isdigit((unsigned char)at[1]) && at[2] == '>') {
		line->level = (uint8_t)(at[1] - '0') & 7;
		at = text += 3;
	}
	if (*at++ != '[')
		return text;
	while (*at == ' ')
		at++;
	for (; isdigit((unsigned char)*at) && seconds < UINT32_MAX; at++)
		seconds = 10 * seconds + (uint64_t)(*at - '0');
	if (*at++ != '.')
		return text;
	for (; isdigit((unsigned char)*at) && digits < 9; at++, digits++)
		fraction = 10 * fraction + (uint64_t)(*at - '0');
	if (*at != ']' || !digits)
		return text;
	for (; digits < 9; digits++)
		fraction *= 10;
	line->timed = true;
	line->ns = seconds * NS_PER_SECOND + fraction;
	return at[1] == ' ' ? at + 2 : at + 1;
}

/* The bytes in r->buf are a line. */
static bool text_line(struct reader *r, size_t len)
{
	struct log_line line = { 0 };
	const char *text;

	r->buf[len] = '\0';
	text = text_prefix(r->buf, &line);
	return !len || line_add(r, &line, text, len - (size_t)(text - r->buf));
}

/* Characters of a ring of @size at @buf, the last @nr before position @end of an endless text. */
static void text_walk(struct reader *r, uint64_t buf, uint64_t size, uint64_t end, uint64_t nr)
{
	size_t len = 0;

	for (uint64_t i = end - nr; i != end; i++) {
		uint64_t at = buf + (i & (size - 1));
		bool page_begins = i == end - nr || !(at & (r->memory->page_size - 1));
		char byte;

		if (page_begins && memory_cancelled(r->memory)) {
			r->log->cut = true;
			return;
		}
		if (memory_read(r->memory, at, &byte, 1) != TARGET_OK) {
			r->log->absent += page_begins;
			len = 0;
			continue;
		}
		if (byte != '\n')
			r->buf[len++] = byte;
		if (byte == '\n' || len == RECORD_MAX) {
			if (!text_line(r, len))
				return;
			len = 0;
		}
	}
	text_line(r, len);
}

static bool text_read(struct reader *r)
{
	uint64_t buf, size, end, chars = 0, addr;
	struct target *t = r->memory->target;

	if (!t->ops->symbol(t, "log_end", &addr) || !t->ops->symbol(t, "log_buf", &addr))
		return false;
	r->log->form = KERNEL_LOG_TEXT;
	if (!variable(r->memory, "log_buf", 8, &buf) ||
	    !variable(r->memory, "log_buf_len", 4, &size) ||
	    !variable(r->memory, "log_end", 4, &end) || !size || size > LOG_BYTES_MAX ||
	    size & (size - 1))
		return false;
	/* log_end is of 32 bits and counts on; "dmesg -c" sets logged_chars to 0 and leaves the text. */
	variable(r->memory, "logged_chars", 4, &chars);
	chars = chars > end ? chars : end;
	text_walk(r, buf, size, end + size, chars < size ? chars : size);
	return true;
}

bool kernel_log_read(struct kernel_log *log, struct memory *memory, struct arena *arena)
{
	struct reader r = { .log = log, .memory = memory, .arena = arena };

	*log = (struct kernel_log){ 0 };
	r.buf = arena_alloc(arena, RECORD_MAX + 1);
	if (!r.buf)
		return false;
	return ring_read(&r) || (log->form == KERNEL_LOG_NONE && records_read(&r)) ||
	       (log->form == KERNEL_LOG_NONE && text_read(&r));
}
