/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KDUMP_ATTR_H
#define SLUBCHECK_TRIAGE_KDUMP_ATTR_H
/* An attribute of a dump, by all versions of libkdumpfile. */

#include <libkdumpfile/kdumpfile.h>
#include <stdbool.h>

/**
 * kdump_attr_value() - The value of an attribute of this type.
 *
 * Return: false when the dump has none, or one of another type. What a value points to is the
 * library's, and stays as long as the attribute.
 */
static inline bool kdump_attr_value(kdump_ctx_t *ctx, const char *key, kdump_attr_type_t type,
				    kdump_attr_value_t *value)
{
#if KDUMPFILE_VERSION >= KDUMPFILE_MKVER(0, 5, 6)
	return kdump_get_typed_attr(ctx, key, type, value) == KDUMP_OK;
#else
	kdump_attr_t attr = { .type = type };

	if (kdump_get_typed_attr(ctx, key, &attr) != KDUMP_OK)
		return false;
	*value = attr.val;
	return true;
#endif
}

#endif
