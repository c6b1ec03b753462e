/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/fault_plant.h"

#include <string.h>

#include "model/machine/random.h"

/* The planting's own sequence, so that the machine's stays as it is. */
uint64_t fault_random(struct planting *p)
{
	return random_next(&p->seed);
}

uint64_t fault_below(struct planting *p, uint64_t n)
{
	return fault_random(p) % n;
}

uint64_t fault_word(const struct planting *p, uint64_t addr, uint32_t size)
{
	uint64_t value = 0;

	if (!size || !model_peek(p->m, addr, &value, size > 8 ? 8 : size))
		return 0;
	return value;
}

bool fault_readable(const struct planting *p, uint64_t addr)
{
	uint8_t byte;

	return model_peek(p->m, addr, &byte, 1);
}

bool fault_store(struct planting *p, uint64_t addr, uint32_t size, uint64_t value)
{
	uint64_t before = fault_word(p, addr, size);

	if (before == value || !model_poke(p->m, addr, &value, size))
		return false;
	p->truth->written = addr;
	p->truth->before = before;
	p->truth->now = value;
	p->truth->width = size;
	return true;
}

void fault_also(struct planting *p, uint64_t addr, uint32_t size, uint64_t value)
{
	model_poke(p->m, addr, &value, size);
}

bool truth_word(struct planting *p, uint64_t slot, uint64_t before)
{
	p->truth->written = slot;
	p->truth->before = before;
	p->truth->now = fault_word(p, slot, 8);
	p->truth->width = 8;
	return p->truth->now != before;
}

uint64_t fault_garbage(struct planting *p)
{
	uint64_t word;

	do
		word = fault_random(p);
	while (fault_readable(p, word) || fault_readable(p, word + 0x400));
	return word;
}
