/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many objects at once, between an array and sheaves. */
#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

/*
 * Make sure that main has objects. Called with the lock held, which it drops when that fails: in
 * bulk, objects that would first have to be put in a sheaf may as well come from slabs.
 */
static bool main_with_objects(struct model *m, uint64_t s, uint64_t pcs)
{
	uint64_t main = pcs_main(m, pcs), spare = pcs_spare(m, pcs), barn, full = 0;

	if (sheaf_size(m, main))
		return true;
	if (cache_has_sheaves(m, s)) {
		if (spare && sheaf_size(m, spare)) {
			note(m, MODEL_NOTE_SHEAF_SWAP, pcs, spare);
			pcs_swap(m, pcs);
			return true;
		}
		barn = get_barn(m, s);
		full = barn ? barn_replace_empty_sheaf(m, barn, main) : 0;
	}
	if (full)
		pcs_set_main(m, pcs, full);
	else
		pcs_unlock(m, s);
	return full != 0;
}

size_t alloc_from_pcs_bulk(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	size_t done = 0;

	(void)gfp; /* nothing is allocated on the way */
	if (!cache_has_pcs(m, s))
		return 0;
	while (done < nr) {
		uint64_t main;
		uint32_t size, batch;

		if (!pcs_trylock(m, s) || !main_with_objects(m, s, this_pcs(m, s)))
			break;
		main = pcs_main(m, this_pcs(m, s));
		size = sheaf_size(m, main);
		batch = nr - done < size ? (uint32_t)(nr - done) : size;
		size -= batch;
		sheaf_set_size(m, main, size);
		for (uint32_t i = 0; i < batch; i++)
			objects[done + i] = get64(m, sheaf_slot(m, main, size + i));
		pcs_unlock(m, s);
		done += batch;
	}
	return done;
}

/* Make sure that main has room. As main_with_objects(). */
static bool main_with_room(struct model *m, uint64_t s, uint64_t pcs)
{
	uint64_t main = pcs_main(m, pcs), spare = pcs_spare(m, pcs), barn, empty = 0;
	uint32_t capacity = cache_sheaf_capacity(m, s);
	bool too_many;

	if (sheaf_size(m, main) < capacity)
		return true;
	barn = get_barn(m, s);
	if (barn && spare && sheaf_size(m, spare) < capacity) {
		pcs_swap(m, pcs);
		return true;
	}
	if (barn && spare)
		empty = barn_replace_full_sheaf(m, barn, main, &too_many);
	else if (barn)
		empty = barn_get_empty_sheaf(m, barn);
	if (!empty) {
		pcs_unlock(m, s);
		return false;
	}
	if (!spare)
		pcs_set_spare(m, pcs, main);
	pcs_set_main(m, pcs, empty);
	return true;
}

/* Each object's hook; what no sheaf of this CPU takes goes to its slabs, in batches. Return: how many
 * remain. */
static size_t sort_out_remote(struct model *m, uint64_t s, size_t nr, uint64_t *objects,
			      struct objects remote, size_t *nr_remote)
{
	size_t i = 0;

	while (i < nr) {
		object_retire(m, s, objects[i]);
		if (can_free_to_pcs(m, head_page(m, objects[i]))) {
			i++;
			continue;
		}
		remote.host[(*nr_remote)++] = objects[i];
		objects[i] = objects[--nr];
		if (*nr_remote < PCS_BATCH_MAX)
			continue;
		free_to_slabs(m, s, *nr_remote, remote);
		*nr_remote = 0;
	}
	return nr;
}

void free_to_pcs_bulk(struct model *m, uint64_t s, size_t nr, uint64_t *objects)
{
	uint64_t room[PCS_BATCH_MAX];
	struct objects remote = { .host = room };
	size_t nr_remote = 0;

	nr = sort_out_remote(m, s, nr, objects, remote, &nr_remote);
	while (nr) {
		uint64_t main;
		uint32_t size, batch, free;

		if (!pcs_trylock(m, s) || !main_with_room(m, s, this_pcs(m, s))) {
			free_to_slabs(m, s, nr, (struct objects){ .host = objects });
			break;
		}
		main = pcs_main(m, this_pcs(m, s));
		size = sheaf_size(m, main);
		free = cache_sheaf_capacity(m, s) - size;
		batch = nr < free ? (uint32_t)nr : free;
		model_copy_in(m, sheaf_slot(m, main, size), objects, 8 * (uint64_t)batch);
		sheaf_set_size(m, main, size + batch);
		pcs_unlock(m, s);
		objects += batch;
		nr -= batch;
	}
	free_to_slabs(m, s, nr_remote, remote);
}
