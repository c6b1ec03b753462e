// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * report: the truth, as one line of JSON on the console. It allocates nothing
 * and re-reads the damaged word, so that it says what the dump will show.
 */
#include <asm/pgtable.h>

#include "slubfault.h"

/* printk cuts a record at about 1,000 bytes (LOG_LINE_MAX of 6.1). */
static char line[960];
static unsigned int used;

__printf(1, 2) static void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += vscnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
}

static void put_text(const char *key, const char *value)
{
	if (value)
		put("\"%s\": \"%s\", ", key, value);
	else
		put("\"%s\": null, ", key);
}

static void put_hex(const char *key, u64 value)
{
	put("\"%s\": \"0x%llx\", ", key, value);
}

static void put_address(const char *key, const void *value)
{
	if (value)
		put_hex(key, (u64)value);
	else
		put_text(key, NULL);
}

static void put_number(const char *key, long value)
{
	put("\"%s\": %ld, ", key, value);
}

void truth_word(struct truth *t, void *word)
{
	t->slot = word;
	t->before = *(u64 *)word;
}

void truth_object(struct truth *t, struct kmem_cache *s, void *object, int index)
{
	t->object = object;
	t->index = index;
	truth_word(t, chain_slot(s, object));
}

static u64 word_read(const struct truth *t)
{
	return t->width == 4 ? READ_ONCE(*(u32 *)t->slot) : READ_ONCE(*(u64 *)t->slot);
}

static void put_word(const struct truth *t)
{
	u64 mask = t->width == 4 ? U32_MAX : U64_MAX;

	if (!t->slot)
		return;
	put_hex("slot", (u64)t->slot);
	/* A page table walk: the direct map, the memmap or percpu vmalloc. */
	put_hex("slot_phys", slow_virt_to_phys(t->slot));
	put_number("slot_bytes", t->width);
	put_hex("raw_before", t->before & mask);
	put_hex("raw", t->predicted ? t->now : word_read(t));
	if (t->repair)
		put_address("repair", t->repair);
	if (t->leads)
		put_text("leads", t->leads);
	if (!t->bad_first)
		return;
	put_address("first_bad", t->bad_first);
	put_address("last_bad", t->bad_last);
}

static void put_extent(const struct truth *t)
{
	if (t->orphans >= 0)
		put_number("orphans", t->orphans);
	if (t->wrote)
		put("\"extent\": [\"0x%llx\", \"0x%llx\"], ", (u64)t->wrote, (u64)t->wrote_last);
}

static void put_cache(const struct spot *spot)
{
	/* The bed's name, as the fault may be in s->name. */
	put_text("cache", spot->bed ? spot->bed->name : spot->s->name);
	put_address("cache_address", spot->s);
	put_number("offset", spot->s->offset);
	put_number("object_size", spot->s->object_size);
#ifdef CONFIG_SLAB_FREELIST_HARDENED
	put_hex("random", spot->s->random);
#endif
	put_number("node", spot->node);
	put_number("cpu", spot->cpu);
}

static void put_slab(const struct spot *spot)
{
	static const char *const lists[NR_PLACES] = {
		[CPU] = "cpu",
		[CPU_PARTIAL] = "cpu-partial",
		[NODE_PARTIAL] = "node-partial",
		[SHEAF_MAIN] = "sheaf-main",
		[SHEAF_SPARE] = "sheaf-spare",
		[BARN_FULL] = "barn-full",
		[FULL] = "full",
	};

	put_text("list", lists[spot->place]);
	if (spot->sheaf)
		put_address("sheaf", spot->sheaf);
	if (!spot->slab)
		return;
	put_address("slab", spot->slab);
	put_address("slab_base", slab_address(spot->slab));
	put_number("chain", spot->length);
}

#ifdef PG_partial
#define PARTIAL_FLAG 1
#else
#define PARTIAL_FLAG 0
#endif

void truth_print(const char *fault, struct spot *spot, struct truth *t)
{
	used = 0;
	put("{");
	if (spot->s) {
		put_cache(spot);
		put_slab(spot);
	}
	put_address("object", t->object);
	if (t->index >= 0)
		put_number("index", t->index);
	if (t->state)
		put_text("state", t->state);
	put_word(t);
	put_extent(t);
	put_address("other", t->other);
	if (t->holder)
		put_address("holder", t->holder);
	if (spot->bed && spot->bed->debug)
		put_text("debug", param_debug);
#ifdef TID_STEP
	put_number("tid_step", TID_STEP);
#endif
	put_number("partial_flag", PARTIAL_FLAG);
	put("\"fault\": \"%s\"}", fault);
	if (used >= sizeof(line) - 1)
		pr_err("slubfault: failed: the truth does not fit\n");
	else
		pr_info("slubfault: truth %s\n", line);
}
