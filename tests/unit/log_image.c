/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MASK (UINT64_MAX >> 2)
#define FINALIZED UINT64_C(2)
#define REUSABLE UINT64_C(3)

static enum target_status image_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	struct log_image *image = (struct log_image *)t;
	uint64_t at = addr - LOG_BASE;

	if (at >= sizeof(image->bytes) || len > sizeof(image->bytes) - at)
		return TARGET_UNMAPPED;
	for (size_t i = at / LOG_PAGE; len && i <= (at + len - 1) / LOG_PAGE; i++)
		if (image->absent[i])
			return TARGET_ABSENT;
	memcpy(buf, image->bytes + at, len);
	return TARGET_OK;
}

static bool image_symbol(struct target *t, const char *name, uint64_t *value)
{
	static const struct {
		enum kernel_log_form form;
		const char *name;
		enum log_variable at;
	} rows[] = {
		{ KERNEL_LOG_RINGBUFFER, "prb", LOG_PRB },
		{ KERNEL_LOG_RECORDS, "log_buf", LOG_BUF },
		{ KERNEL_LOG_RECORDS, "log_buf_len", LOG_BUF_LEN },
		{ KERNEL_LOG_RECORDS, "log_first_idx", LOG_FIRST_IDX },
		{ KERNEL_LOG_RECORDS, "log_next_idx", LOG_NEXT_IDX },
		{ KERNEL_LOG_RECORDS, "log_first_seq", LOG_FIRST_SEQ },
		{ KERNEL_LOG_RECORDS, "log_next_seq", LOG_NEXT_SEQ },
		{ KERNEL_LOG_TEXT, "log_buf", LOG_BUF },
		{ KERNEL_LOG_TEXT, "log_buf_len", LOG_BUF_LEN },
		{ KERNEL_LOG_TEXT, "log_end", LOG_END },
		{ KERNEL_LOG_TEXT, "logged_chars", LOGGED_CHARS },
	};
	const struct log_image *image = (const struct log_image *)t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].form != image->form || strcmp(rows[i].name, name))
			continue;
		*value = LOG_BASE + rows[i].at;
		return true;
	}
	return false;
}

static bool image_type_size(struct target *t, const char *type, size_t *size)
{
	const struct log_image *image = (const struct log_image *)t;

	if (image->form == KERNEL_LOG_RINGBUFFER && !strcmp(type, "prb_desc"))
		*size = LOG_DESC_SIZE;
	else if (image->form == KERNEL_LOG_RINGBUFFER && !strcmp(type, "printk_info"))
		*size = LOG_INFO_SIZE;
	else if (image->form == KERNEL_LOG_RECORDS &&
		 !strcmp(type, image->named_log ? "log" : "printk_log"))
		*size = image->named_log ? 16 : LOG_HEAD;
	else
		return false;
	return true;
}

struct member_row {
	const char *type, *member;
	struct target_member at;
};

static const struct member_row ring_rows[] = {
	{ "printk_ringbuffer", "desc_ring", { 0, 40 } },
	{ "printk_ringbuffer", "text_data_ring", { 40, 32 } },
	{ "prb_desc_ring", "count_bits", { 0, 4 } },
	{ "prb_desc_ring", "descs", { 8, 8 } },
	{ "prb_desc_ring", "infos", { 16, 8 } },
	{ "prb_desc_ring", "head_id", { 24, 8 } },
	{ "prb_desc_ring", "tail_id", { 32, 8 } },
	{ "prb_data_ring", "size_bits", { 0, 4 } },
	{ "prb_data_ring", "data", { 8, 8 } },
	{ "prb_desc", "state_var", { 0, 8 } },
	{ "prb_desc", "text_blk_lpos", { 8, 16 } },
	{ "prb_data_blk_lpos", "begin", { 0, 8 } },
	{ "prb_data_blk_lpos", "next", { 8, 8 } },
	{ "printk_info", "ts_nsec", { 8, 8 } },
	{ "printk_info", "text_len", { 16, 2 } },
	{ "printk_info", "facility", { 18, 1 } },
	{ "printk_info", "caller_id", { 20, 4 } },
};

static const struct member_row record_rows[] = {
	{ "printk_log", "ts_nsec", { 0, 8 } },	 { "printk_log", "len", { 8, 2 } },
	{ "printk_log", "text_len", { 10, 2 } }, { "printk_log", "dict_len", { 12, 2 } },
	{ "printk_log", "facility", { 14, 1 } }, { "printk_log", "caller_id", { 16, 4 } },
	{ "log", "ts_nsec", { 0, 8 } },		 { "log", "len", { 8, 2 } },
	{ "log", "text_len", { 10, 2 } },	 { "log", "dict_len", { 12, 2 } },
	{ "log", "level", { 14, 2 } },
};

static bool image_member(struct target *t, const char *type, const char *member,
			 struct target_member *out)
{
	const struct log_image *image = (const struct log_image *)t;
	bool ring = image->form == KERNEL_LOG_RINGBUFFER;
	const struct member_row *rows = ring ? ring_rows : record_rows;
	size_t nr = ring ? sizeof(ring_rows) : sizeof(record_rows), size;

	if (image->form == KERNEL_LOG_RECORDS && !image_type_size(t, type, &size))
		return false;
	for (size_t i = 0; image->form < KERNEL_LOG_TEXT && i < nr / sizeof(*rows); i++) {
		if (strcmp(rows[i].type, type) || strcmp(rows[i].member, member))
			continue;
		*out = rows[i].at;
		return true;
	}
	return false;
}

static bool image_enumerator(struct target *t, const char *name, int64_t *value)
{
	(void)t;
	(void)name;
	(void)value;
	return false;
}

static const struct target_ops image_ops = {
	.read = image_read,
	.symbol = image_symbol,
	.type_size = image_type_size,
	.member = image_member,
	.enumerator = image_enumerator,
};

void *log_image_word(struct log_image *image, uint64_t addr)
{
	if (addr - LOG_BASE >= sizeof(image->bytes))
		abort();
	return image->bytes + (addr - LOG_BASE);
}

void log_image_set(struct log_image *image, uint64_t addr, size_t size, uint64_t value)
{
	uint8_t *at = log_image_word(image, addr);

	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

uint64_t log_image_desc(const struct log_image *image, uint64_t id)
{
	return LOG_DESCS + (id & ((UINT64_C(1) << image->count_bits) - 1)) * LOG_DESC_SIZE;
}

/* As DEFINE_PRINTKRB() has it: the last of the descriptors is a record that nobody wrote. */
static void ring_init(struct log_image *image)
{
	uint64_t count = UINT64_C(1) << image->count_bits;

	image->head_id = image->tail_id = -(count + 1) & ID_MASK;
	image->head_lpos = -(UINT64_C(1) << image->size_bits);
	log_image_set(image, log_image_desc(image, image->head_id), 8,
		      REUSABLE << 62 | image->head_id);
	log_image_set(image, LOG_BASE + LOG_PRB, 8, LOG_RING);
	log_image_set(image, LOG_RING, 4, image->count_bits);
	log_image_set(image, LOG_RING + 8, 8, LOG_DESCS);
	log_image_set(image, LOG_RING + 16, 8, LOG_INFOS);
	log_image_set(image, LOG_RING + 24, 8, image->head_id);
	log_image_set(image, LOG_RING + 32, 8, image->tail_id);
	log_image_set(image, LOG_RING + 40, 4, image->size_bits);
	log_image_set(image, LOG_RING + 48, 8, LOG_DATA);
}

void log_image_init(struct log_image *image, enum kernel_log_form form, unsigned int count_bits,
		    unsigned int size_bits)
{
	*image = (struct log_image){
		.target = { .ops = &image_ops, .page_shift = 12, .nr_pages = 1 << 20 },
		.form = form,
		.count_bits = count_bits,
		.size_bits = size_bits,
	};
	if (form == KERNEL_LOG_RINGBUFFER)
		ring_init(image);
	log_image_set(image, LOG_BASE + LOG_BUF, 8, LOG_DATA);
	log_image_set(image, LOG_BASE + LOG_BUF_LEN, 4, UINT64_C(1) << size_bits);
}

/* The oldest record is given up. */
static void ring_drop(struct log_image *image)
{
	uint64_t desc = log_image_desc(image, image->tail_id);

	log_image_set(image, desc, 8, REUSABLE << 62 | image->tail_id);
	image->tail_id = (image->tail_id + 1) & ID_MASK;
	log_image_set(image, LOG_RING + 32, 8, image->tail_id);
}

/* Begin of the text of the oldest record. */
static uint64_t ring_tail(struct log_image *image)
{
	uint64_t begin;

	memcpy(&begin, log_image_word(image, log_image_desc(image, image->tail_id) + 8), 8);
	return begin;
}

static void ring_add(struct log_image *image, unsigned int level, uint32_t caller, const char *text)
{
	uint64_t size = UINT64_C(1) << image->size_bits, len = strlen(text);
	uint64_t need = (8 + len + 7) & ~UINT64_C(7), begin = image->head_lpos, next = begin + need;
	uint64_t id = (image->head_id + 1) & ID_MASK, turn = next >> image->size_bits, at, info;
	bool wraps = turn != begin >> image->size_bits && !(image->fills && !(next & (size - 1)));

	if (wraps)
		next = (turn << image->size_bits) + need;
	if (((id - image->tail_id) & ID_MASK) >= UINT64_C(1) << image->count_bits)
		ring_drop(image);
	while (image->tail_id != image->head_id && next - ring_tail(image) > size)
		ring_drop(image);
	at = LOG_DATA + (wraps ? 0 : begin & (size - 1));
	log_image_set(image, at, 8, id);
	memcpy(log_image_word(image, at + 8), text, len);
	image->head_lpos = next;
	image->head_id = id;
	log_image_set(image, LOG_RING + 24, 8, id);
	log_image_set(image, log_image_desc(image, id), 8, FINALIZED << 62 | id);
	log_image_set(image, log_image_desc(image, id) + 8, 8, begin);
	log_image_set(image, log_image_desc(image, id) + 16, 8, next);
	info = LOG_INFOS + (log_image_desc(image, id) - LOG_DESCS) / LOG_DESC_SIZE * LOG_INFO_SIZE;
	log_image_set(image, info + 8, 8, image->ns);
	log_image_set(image, info + 16, 2, len);
	log_image_set(image, info + 18, 2, level << 13);
	log_image_set(image, info + 20, 4, caller);
}

/* The oldest record of printk_log is given up. */
static void record_drop(struct log_image *image)
{
	const uint8_t *at = log_image_word(image, LOG_DATA + image->first);
	uint32_t len = at[8] | (uint32_t)at[9] << 8;

	image->first = len ? image->first + len : 0;
	at = log_image_word(image, LOG_DATA + image->first);
	if (!(at[8] | at[9]))
		image->first = 0;
}

static bool record_fits(const struct log_image *image, uint32_t need)
{
	uint32_t size = 1u << image->size_bits;

	if (image->next > image->first || image->first == image->next)
		return size - image->next >= need || image->first >= need;
	return image->first - image->next >= need;
}

static void records_add(struct log_image *image, unsigned int level, uint32_t caller,
			const char *text)
{
	uint32_t head = image->named_log ? 16 : LOG_HEAD, len = (uint32_t)strlen(text);
	uint32_t need = (head + len + 3) & ~3u, size = 1u << image->size_bits;
	uint64_t at;

	/* Room for the mark of the end has to be left as well. */
	while (image->first != image->next && !record_fits(image, need + head))
		record_drop(image);
	if (image->next + need + head > size) {
		memset(log_image_word(image, LOG_DATA + image->next), 0, head);
		image->next = 0;
	}
	at = LOG_DATA + image->next;
	log_image_set(image, at, 8, image->ns);
	log_image_set(image, at + 8, 2, need);
	log_image_set(image, at + 10, 2, len);
	log_image_set(image, at + 12, 2, 0);
	log_image_set(image, at + 14, 2, image->named_log ? level : level << 13);
	if (!image->named_log)
		log_image_set(image, at + 16, 4, caller);
	memcpy(log_image_word(image, at + head), text, len);
	image->next += need;
	log_image_set(image, LOG_BASE + LOG_FIRST_IDX, 4, image->first);
	log_image_set(image, LOG_BASE + LOG_NEXT_IDX, 4, image->next);
	log_image_set(image, LOG_BASE + LOG_NEXT_SEQ, 8, image->ns / 1000000000);
}

static void text_add(struct log_image *image, unsigned int level, const char *text)
{
	char line[512];
	int len = snprintf(line, sizeof(line), "<%u>[%5u.000000] %s\n", level,
			   (unsigned int)(image->ns / 1000000000), text);

	for (int i = 0; i < len; i++)
		log_image_set(image, LOG_DATA + (image->next++ & ((1u << image->size_bits) - 1)), 1,
			      (uint8_t)line[i]);
	log_image_set(image, LOG_BASE + LOG_END, 4, image->next);
}

void log_image_add(struct log_image *image, unsigned int level, uint32_t caller, const char *text)
{
	image->ns += 1000000000;
	if (image->form == KERNEL_LOG_RINGBUFFER)
		ring_add(image, level, caller, text);
	else if (image->form == KERNEL_LOG_RECORDS)
		records_add(image, level, caller, text);
	else
		text_add(image, level, text);
}
