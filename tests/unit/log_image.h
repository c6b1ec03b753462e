/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_LOG_IMAGE_H
#define SLUBCHECK_TESTS_UNIT_LOG_IMAGE_H
/*
 * A memory image with nothing but a kernel's log in it, in any of its forms, as the kernel writes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/kernel_log.h"
#include "checker/image/target.h"

#define LOG_BASE UINT64_C(0xffff888000100000)
#define LOG_PAGE 4096u
#define LOG_PAGES 16u

/* Where things are: variables and the printk_ringbuffer on the first page, then a page each. */
#define LOG_RING (LOG_BASE + 0x100)
#define LOG_DESCS (LOG_BASE + LOG_PAGE)
#define LOG_INFOS (LOG_BASE + 2 * LOG_PAGE)
#define LOG_DATA (LOG_BASE + 4 * LOG_PAGE)
#define LOG_DATA_SIZE (12 * LOG_PAGE)

#define LOG_DESC_SIZE 24u
#define LOG_INFO_SIZE 32u
#define LOG_HEAD 20u /* of a struct printk_log with a caller */

struct log_image {
	struct target target;
	enum kernel_log_form form;
	bool named_log; /* struct log, whose level is a member of its own: before 3.6 */
	bool fills; /* a block may end where the ring of text does: since 6.18 */
	uint8_t bytes[LOG_PAGES * LOG_PAGE];
	bool absent[LOG_PAGES];
	unsigned int count_bits, size_bits;
	uint64_t head_id, tail_id, head_lpos, ns;
	uint32_t first, next; /* of records */
};

/* Variables, by their place on the first page. */
enum log_variable {
	LOG_PRB = 0,
	LOG_BUF = 8,
	LOG_BUF_LEN = 16,
	LOG_FIRST_IDX = 20,
	LOG_NEXT_IDX = 24,
	LOG_FIRST_SEQ = 32,
	LOG_NEXT_SEQ = 40,
	LOG_END = 48,
	LOGGED_CHARS = 52,
};

/** log_image_init() - An empty log of 1 << @size_bits bytes, and of 1 << @count_bits descriptors. */
void log_image_init(struct log_image *image, enum kernel_log_form form, unsigned int count_bits,
		    unsigned int size_bits);

/** log_image_word() - Where the image has an address; it has to. */
void *log_image_word(struct log_image *image, uint64_t addr);

/** log_image_set() - Store a number of @size bytes. */
void log_image_set(struct log_image *image, uint64_t addr, size_t size, uint64_t value);

/** log_image_add() - printk() of @level by @caller, a second after the last; over the oldest if need be. */
void log_image_add(struct log_image *image, unsigned int level, uint32_t caller, const char *text);

/** log_image_desc() - Where the descriptor of a record of a ringbuffer is. */
uint64_t log_image_desc(const struct log_image *image, uint64_t id);

#endif
