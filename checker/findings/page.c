/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/page.h"

#include <stddef.h>
#include <string.h>

/* The page as it is, between two labels. Paths are from the top of the repository, where make runs. */
__asm__(".pushsection .rodata\n"
	".hidden findings_page_start\n"
	".globl findings_page_start\n"
	"findings_page_start:\n"
	".incbin \"docs/findings.md\"\n"
	".hidden findings_page_end\n"
	".globl findings_page_end\n"
	"findings_page_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char findings_page_start[], findings_page_end[];

/* Where @what begins between @from and @end; @end when it does not. */
static const char *find(const char *from, const char *end, const char *what)
{
	const char *found = strstr(from, what);

	return found && found < end ? found : end;
}

/* The section from its heading to the next one of the same level or above. */
static bool section_find(const char *id, const char **from, const char **end)
{
	char heading[80];
	const char *lower, *upper;

	if (strchr(id, '`') || strlen(id) > sizeof(heading) - 16)
		return false;
	snprintf(heading, sizeof(heading), "\n### `%s`\n", id);
	*from = find(findings_page_start, findings_page_end, heading);
	if (*from == findings_page_end)
		return false;
	*from += strlen("\n### ");
	lower = find(*from, findings_page_end, "\n### ");
	upper = find(*from, findings_page_end, "\n## ");
	*end = lower < upper ? lower : upper;
	return true;
}

bool page_print(const char *id, FILE *out)
{
	const char *at, *end;

	if (!section_find(id, &at, &end))
		return false;
	while (at < end) {
		const char *comment = find(at, end, "<!--");

		fwrite(at, 1, (size_t)(comment - at), out);
		if (comment == end)
			break;
		at = find(comment, end, "-->");
		at += at < end ? strlen("-->\n") : 0;
	}
	fputc('\n', out);
	return true;
}
