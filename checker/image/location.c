/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/location.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"

/* With as many levels of page tables as the kernel has; @depends: nobody knows, and with fewer it is not. */
static bool is_canonical(const struct memory *memory, uint64_t addr, bool *depends)
{
	const struct arch *arch = memory->arch;

	if (memory->va_bits && !arch->is_canonical)
		return bits_are_canonical(addr, memory->va_bits);
	*depends = arch->va_bits_least && arch_is_canonical(arch, addr) &&
		   !bits_are_canonical(addr, arch->va_bits_least);
	return arch_is_canonical(arch, addr);
}

bool location_begin(struct location *at, struct memory *memory, uint64_t addr)
{
	struct target *t = memory->target;
	enum target_status status;
	uint8_t byte;

	*at = (struct location){ .addr = memory_untag(memory, addr), .index = -1 };
	addr = at->addr;
	if (addr < memory->page_size) {
		at->kind = LOCATION_NULL;
		return true;
	}
	at->kind = is_canonical(memory, addr, &at->if_levels) ? LOCATION_USER : LOCATION_INVALID;
	if (at->kind == LOCATION_INVALID || !(addr >> 63))
		return true;
	if (t->ops->virt_to_page(t, addr, &at->page)) {
		at->if_levels = false;
		return false;
	}
	status = memory_read(memory, addr, &byte, 1);
	if (status == TARGET_OK) {
		/* What can be read tells how many levels there are. */
		at->kind = LOCATION_MAPPED;
		at->if_levels = false;
	} else {
		at->kind = status == TARGET_ABSENT ? LOCATION_ABSENT : LOCATION_UNMAPPED;
	}
	return true;
}

char *location_in_slab_describe(const struct location *at, const char *name, char *buf, size_t len)
{
	char text[4 * CACHE_NAME_MAX];

	text_escape(name, text, sizeof(text));
	if (at->kind == LOCATION_OBJECT)
		snprintf(buf, len, "object %d of %s", at->index, text);
	else if (at->index >= 0)
		snprintf(buf, len, "%s object %d + 0x%" PRIx64, text, at->index, at->offset);
	else
		snprintf(buf, len, "%s a slab of %s", at->unsure ? "in" : "the padding of", text);
	return buf;
}

/* What needs no look at the memory. */
static const char *const kind_texts[] = {
	[LOCATION_NULL] = "the first page of the address space",
	[LOCATION_USER] = "user space",
	[LOCATION_INVALID] = "a non-canonical address",
	[LOCATION_UNMAPPED] = "unmapped memory",
	[LOCATION_ABSENT] = "memory that is not in the dump",
	[LOCATION_NO_DESCRIPTOR] = "a page whose descriptor is not in the dump",
	[LOCATION_PAGE] = "not a slab page",
	[LOCATION_MAPPED] = "mapped memory outside of the direct map",
	[LOCATION_KFENCE] = "a page of KFENCE's pool",
};

char *location_describe_plain(struct memory *memory, const struct location *at, char *buf,
			      size_t len)
{
	if (at->if_levels)
		snprintf(buf, len,
			 "%s with 5 levels of page tables, and a non-canonical address with 4: the "
			 "dump does not tell which",
			 kind_texts[at->kind]);
	else if (at->kind != LOCATION_MAPPED || !symbol_describe(memory, at->addr, buf, len))
		snprintf(buf, len, "%s", kind_texts[at->kind]);
	return buf;
}
