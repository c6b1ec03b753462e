/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_LINK_SEARCH_H
#define SLUBCHECK_CHECKER_WHY_LINK_SEARCH_H
/*
 * Whose freepointer a word is, among all free objects of the image.
 *
 * A freepointer that is stored with a key looks like no other word. So a pointer that is one, or lies a
 * member's offset beside one, was read from an object that is free.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/why/word.h"

/**
 * struct link_found - A free object, and its freepointer.
 * @object: it
 * @slot, @raw: where the freepointer lies, and what is stored there
 */
struct link_found {
	uint64_t object, slot, raw;
};

/**
 * link_search() - Find the free object whose stored freepointer a word is.
 * @reach: how far beside the freepointer the word may be, bytes
 *
 * Caches whose freepointers are stored without a key are passed over.
 *
 * Return: false when there is none, or more than one.
 */
bool link_search(struct link_found *found, struct judged *j, uint64_t value, uint64_t reach);

#endif
