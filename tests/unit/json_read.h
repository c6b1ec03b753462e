/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_JSON_READ_H
#define SLUBCHECK_TESTS_UNIT_JSON_READ_H
/*
 * Just enough JSON to hold the report against its grammar and to look members up.
 */

#include <stdbool.h>
#include <stddef.h>

/** json_valid() - Whether @text is one JSON object (RFC 8259) in printable ASCII and no more. */
bool json_valid(const char *text);

/**
 * json_member() - Copy the value of a member, strings without their quotes, as they stand.
 * @path: keys, and numbers of elements of lists: "outer/inner", "list/0/inner"
 *
 * Return: false when there is no such member; @buf is empty then.
 */
bool json_member(const char *text, const char *path, char *buf, size_t len);

#endif
