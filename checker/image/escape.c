/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/escape.h"

#include <ctype.h>
#include <stdio.h>

char *text_escape(const char *in, char *out, size_t len)
{
	size_t used = 0;

	for (; *in && used + 5 <= len; in++) {
		unsigned char c = (unsigned char)*in;

		if (isprint(c) && c != '\\' && c < 0x7f)
			out[used++] = (char)c;
		else
			used += (size_t)snprintf(out + used, len - used, "\\x%02x", c);
	}
	out[used] = '\0';
	return out;
}
