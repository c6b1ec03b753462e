/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/journal.h"

#include <stdlib.h>
#include <string.h>

#include "model/machine.h"

struct model_journal {
	struct model_change *changes;
	size_t nr, room;
	uint8_t *bytes; /* that the changes replaced, one after the other */
	size_t nr_bytes, bytes_room;
	bool failed;
	/* What the machine keeps outside of the image. */
	struct model machine;
	uint8_t *frame_state;
};

static void *grow(void *old, size_t *room, size_t needed, size_t size)
{
	size_t more = *room ? *room : 64;
	void *grown;

	while (more < needed)
		more *= 2;
	if (more == *room)
		return old;
	grown = realloc(old, more * size);
	if (grown)
		*room = more;
	return grown;
}

static bool journal_room(struct model_journal *j, size_t len)
{
	struct model_change *changes = grow(j->changes, &j->room, j->nr + 1, sizeof(*j->changes));
	uint8_t *bytes;

	if (!changes)
		return false;
	j->changes = changes;
	bytes = grow(j->bytes, &j->bytes_room, j->nr_bytes + len, 1);
	if (!bytes)
		return false;
	j->bytes = bytes;
	return true;
}

void model_journal_store(struct model *m, uint64_t addr, const uint8_t *at, size_t len)
{
	struct model_journal *j = m->journal;

	if (!journal_room(j, len)) {
		j->failed = true;
		return;
	}
	j->changes[j->nr++] = (struct model_change){ addr, len };
	memcpy(j->bytes + j->nr_bytes, at, len);
	j->nr_bytes += len;
}

static void journal_empty(struct model_journal *j)
{
	j->nr = j->nr_bytes = 0;
	j->failed = false;
}

bool model_journal_start(struct model *m)
{
	struct model_journal *j = m->journal;

	if (!j) {
		j = calloc(1, sizeof(*j));
		if (!j)
			return false;
		j->frame_state = malloc(m->frames);
		if (!j->frame_state) {
			free(j);
			return false;
		}
		m->journal = j;
	}
	journal_empty(j);
	j->machine = *m;
	memcpy(j->frame_state, m->frame_state, m->frames);
	return true;
}

bool model_journal_undo(struct model *m)
{
	struct model_journal *j = m->journal;
	size_t at = j->nr_bytes;

	if (j->failed)
		return false;
	m->journal = NULL;
	for (size_t i = j->nr; i--;) {
		at -= j->changes[i].len;
		model_poke(m, j->changes[i].addr, j->bytes + at, j->changes[i].len);
	}
	*m = j->machine;
	memcpy(m->frame_state, j->frame_state, m->frames);
	journal_empty(j);
	return true;
}

void model_journal_end(struct model *m)
{
	struct model_journal *j = m->journal;

	if (!j)
		return;
	m->journal = NULL;
	free(j->changes);
	free(j->bytes);
	free(j->frame_state);
	free(j);
}

const struct model_change *model_journal_changes(const struct model *m, size_t *nr)
{
	*nr = m->journal ? m->journal->nr : 0;
	return m->journal ? m->journal->changes : NULL;
}

/* Put what a change replaced where it overlaps. */
static void uncover(const struct model_change *change, const uint8_t *bytes, uint64_t addr,
		    uint8_t *buf, size_t len)
{
	uint64_t from = change->addr > addr ? change->addr : addr;
	uint64_t change_end = change->addr + change->len, end = addr + len;

	if (change_end < end)
		end = change_end;
	if (from < end)
		memcpy(buf + (from - addr), bytes + (from - change->addr), end - from);
}

bool model_before(struct model *m, uint64_t addr, void *buf, size_t len)
{
	const struct model_journal *j = m->journal;
	size_t at = j ? j->nr_bytes : 0;

	if (!model_peek(m, addr, buf, len))
		return false;
	for (size_t i = j ? j->nr : 0; i--;) {
		at -= j->changes[i].len;
		uncover(&j->changes[i], j->bytes + at, addr, buf, len);
	}
	return true;
}
