/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine/journal.h"

#include <stdlib.h>
#include <string.h>

#include "model/machine/machine.h"

struct model_journal {
	struct model_change *changes;
	size_t nr, room, marked;
	uint8_t *bytes; /* that the changes replaced, one after the other */
	size_t nr_bytes, bytes_room;
	bool failed;
	/* What the machine keeps outside of the image: at the start, at the mark. */
	struct state {
		struct model machine;
		uint8_t *frame_state;
	} states[2];
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

static void journal_store(struct model *m, uint64_t addr, const uint8_t *at, size_t len)
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
	j->nr = j->nr_bytes = j->marked = 0;
	j->failed = false;
}

static void state_keep(struct model *m, struct state *state)
{
	state->machine = *m;
	memcpy(state->frame_state, m->frame_state, m->frames);
}

static struct model_journal *journal_new(const struct model *m)
{
	struct model_journal *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->states[0].frame_state = malloc(2 * m->frames);
	if (!j->states[0].frame_state) {
		free(j);
		return NULL;
	}
	j->states[1].frame_state = j->states[0].frame_state + m->frames;
	return j;
}

bool model_journal_start(struct model *m)
{
	if (!m->journal)
		m->journal = journal_new(m);
	m->journal_store = journal_store;
	if (!m->journal)
		return false;
	journal_empty(m->journal);
	state_keep(m, &m->journal->states[0]);
	state_keep(m, &m->journal->states[1]);
	return true;
}

void model_journal_mark(struct model *m)
{
	if (!m->journal)
		return;
	m->journal->marked = m->journal->nr;
	state_keep(m, &m->journal->states[1]);
}

static bool journal_rewind(struct model *m, size_t to, const struct state *state)
{
	struct model_journal *j = m->journal;

	if (j->failed)
		return false;
	m->journal = NULL;
	while (j->nr > to) {
		const struct model_change *change = &j->changes[--j->nr];

		j->nr_bytes -= change->len;
		model_poke(m, change->addr, j->bytes + j->nr_bytes, change->len);
	}
	*m = state->machine;
	memcpy(m->frame_state, state->frame_state, m->frames);
	return true;
}

bool model_journal_back(struct model *m)
{
	return journal_rewind(m, m->journal->marked, &m->journal->states[1]);
}

bool model_journal_undo(struct model *m)
{
	struct model_journal *j = m->journal;

	if (!journal_rewind(m, 0, &j->states[0]))
		return false;
	j->marked = 0;
	state_keep(m, &j->states[1]);
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
	free(j->states[0].frame_state);
	free(j);
}

const struct model_change *model_journal_changes(const struct model *m, size_t *nr)
{
	const struct model_journal *j = m->journal;

	*nr = j ? j->nr - j->marked : 0;
	return *nr ? j->changes + j->marked : NULL;
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
	for (size_t i = j ? j->nr : 0; j && i-- > j->marked;) {
		at -= j->changes[i].len;
		uncover(&j->changes[i], j->bytes + at, addr, buf, len);
	}
	return true;
}
