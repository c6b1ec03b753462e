/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/symbol.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/escape.h"

struct target_symbol symbol_of(struct memory *memory, uint64_t addr)
{
	struct target_symbol symbol = { 0 };

	memory->target->ops->symbol_at(memory->target, addr, &symbol);
	return symbol;
}

char *symbol_text(const struct target_symbol *symbol, char *buf, size_t len)
{
	char name[96], module[96];

	text_escape(symbol->name, name, sizeof(name));
	if (symbol->module)
		snprintf(buf, len, "%s+0x%" PRIx64 " [%s]", name, symbol->offset,
			 text_escape(symbol->module, module, sizeof(module)));
	else
		snprintf(buf, len, "%s+0x%" PRIx64, name, symbol->offset);
	return buf;
}

bool symbol_describe(struct memory *memory, uint64_t addr, char *buf, size_t len)
{
	struct target_symbol symbol = symbol_of(memory, addr);

	if (symbol.name)
		symbol_text(&symbol, buf, len);
	return symbol.name;
}
