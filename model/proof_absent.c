/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dumps that lack pages: cut, filtered, or of machines that could not write all of it. */
#include "model/machine/machine.h"
#include "model/machine/random.h"
#include "model/proof_modes.h"

static bool one_in(uint64_t *seed, uint64_t n)
{
	return !(random_brief(seed) % n);
}

/* Any frame, and not only slabs: areas of CPUs, too. */
static void hide_frames(struct model *m, const struct census *census, uint64_t *seed)
{
	uint64_t n = UINT64_C(2) << random_brief(seed) % 5;

	for (uint64_t i = m->first_frame; i < census->nr_frames; i++)
		if (one_in(seed, n))
			model_absent(m, m->direct_map + i * MODEL_PAGE);
}

/* What lies behind some frame: the file was cut. */
static void hide_tail(struct model *m, const struct census *census, uint64_t *seed)
{
	uint64_t nr = census->nr_frames - m->first_frame;

	for (uint64_t i = m->first_frame + random_brief(seed) % nr; i < census->nr_frames; i++)
		model_absent(m, m->direct_map + i * MODEL_PAGE);
}

static void hide_slab(struct model *m, const struct census_slab *slab, bool whole, uint64_t *seed)
{
	uint64_t pages = UINT64_C(1) << slab->order, only = random_brief(seed) % pages;

	for (uint64_t i = 0; i < pages; i++)
		if (whole || i == only)
			model_absent(m, slab->base + i * MODEL_PAGE);
}

static void hide_slabs(struct model *m, const struct census *census, uint64_t *seed)
{
	uint64_t n = UINT64_C(2) << random_brief(seed) % 4;

	for (size_t i = 0; i < census->nr_slabs; i++)
		if (one_in(seed, n))
			hide_slab(m, &census->slabs[i], one_in(seed, 2), seed);
}

/* The memmap: descriptors. */
static void hide_descriptors(struct model *m, const struct census *census, uint64_t *seed)
{
	uint64_t n = UINT64_C(2) << random_brief(seed) % 3;
	uint64_t bytes = census->nr_frames * m->shape.page_bytes;

	for (uint64_t at = m->first_frame * m->shape.page_bytes; at < bytes; at += MODEL_PAGE)
		if (one_in(seed, n))
			model_absent(m, m->memmap + at);
}

/*
 * As makedumpfile does: free pages are left out, and since a page's flags do not say any more that
 * it is a slab's (6.12), some slabs for pages of user space.
 */
static void hide_filtered(struct model *m, const struct census *census, uint64_t *seed)
{
	for (uint64_t i = m->first_frame; i < census->nr_frames; i++)
		if (i - m->first_frame < m->frames && !m->frame_state[i - m->first_frame])
			model_absent(m, m->direct_map + i * MODEL_PAGE);
	if (has(m, PAGE_TYPE))
		hide_slabs(m, census, seed);
}

void pages_hide(struct model *m, const struct census *census, uint64_t slab, uint64_t seed)
{
	const struct census_slab *there = slab ? census_slab_at(census, slab) : NULL;

	switch (random_brief(&seed) % 6) {
	case 0:
		hide_frames(m, census, &seed);
		break;
	case 1:
		hide_slabs(m, census, &seed);
		break;
	case 2:
		hide_descriptors(m, census, &seed);
		break;
	case 3:
		hide_filtered(m, census, &seed);
		break;
	case 4:
		hide_tail(m, census, &seed);
		break;
	default:
		if (there)
			hide_slab(m, there, one_in(&seed, 2), &seed);
		else
			hide_frames(m, census, &seed);
		break;
	}
}
