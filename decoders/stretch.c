/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/stretch.h"

#include <stdbool.h>

const char *stretch_name(enum stretch_kind kind)
{
	static const char *const names[STRETCH_KINDS] = { "none", "byte", "steps", "text" };

	return names[kind];
}

static bool is_text(uint8_t byte)
{
	return (byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Text to both sides of the bytes, which may end with what ends it. */
static struct stretch text_find(const uint8_t *bytes, size_t len, size_t low, size_t high)
{
	struct stretch s = { STRETCH_TEXT, low, low };

	while (s.high < len && is_text(bytes[s.high]))
		s.high++;
	while (s.low && is_text(bytes[s.low - 1]))
		s.low--;
	if (s.high < high && s.high + 1 == high && !bytes[s.high])
		s.high++;
	if (s.high < high || s.high == low)
		s.kind = STRETCH_NONE;
	return s;
}

static struct stretch steps_find(const uint8_t *bytes, size_t len, size_t low, size_t high)
{
	uint8_t step = high - low > 1 ? (uint8_t)(bytes[low + 1] - bytes[low]) : 0;
	struct stretch s = { step ? STRETCH_STEPS : STRETCH_BYTE, low, low + 1 };

	while (s.high < len && (uint8_t)(bytes[s.high] - bytes[s.high - 1]) == step)
		s.high++;
	while (s.low && (uint8_t)(bytes[s.low] - bytes[s.low - 1]) == step)
		s.low--;
	if (s.high < high || (!step && !bytes[low]))
		s.kind = STRETCH_NONE;
	return s;
}

struct stretch stretch_find(const uint8_t *bytes, size_t len, size_t low, size_t high)
{
	struct stretch s = steps_find(bytes, len, low, high);

	if (s.kind == STRETCH_NONE || s.high - s.low < STRETCH_MIN)
		s = text_find(bytes, len, low, high);
	if (s.kind == STRETCH_NONE || s.high - s.low < STRETCH_MIN)
		return (struct stretch){ STRETCH_NONE, low, high };
	return s;
}
