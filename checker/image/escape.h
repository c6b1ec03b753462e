/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ESCAPE_H
#define SLUBCHECK_CHECKER_IMAGE_ESCAPE_H
/*
 * Text of the dump on its way to a terminal.
 */

#include <stddef.h>

/**
 * text_escape() - Copy a string with every byte that is not printable ASCII as \xNN.
 * @out: receives a NUL-terminated string, cut at @len bytes between two characters
 *
 * Return: @out.
 */
char *text_escape(const char *in, char *out, size_t len);

#endif
