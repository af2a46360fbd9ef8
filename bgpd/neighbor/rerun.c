/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work over all kept paths of one neighbour in slices: remove what an earlier restart left, mark
 * stale, import again, remove what is stale. One at a time and in this order, since each scans the
 * list of the source and the later ones build on the earlier. A work asked for while it runs begins
 * again.
 */
#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/neighbor/restart.h"

static void reimport(struct peer_family *pf, uint32_t h)
{
	struct attrs_table *at = pf->peer->inst->e->attrs;
	const struct rib *r = pf->table->rib;
	struct attrs *in = rib_path_in(r, rib_path(r, h));
	struct import im;

	if (!in)
		return;
	(void)attrs_ref(in);
	import_begin(&im, pf, in);
	import_again(&im, h);
	import_end(&im);
	attrs_unref(at, in);
}

/* By the clock, too: what a path costs is the policy's choice. */
static bool rerun_slice(struct peer_family *pf)
{
	const struct mono start = mono_now();

	arena_reset(pf->peer->inst->e->arena);
	for (unsigned n = 0; n < SLICE_PATHS && mono_sub_us(mono_now(), start) < SLICE_US; n++) {
		pf->cursor = rib_source_next(pf->table->rib, pf->source, pf->cursor);
		if (!pf->cursor)
			return false;
		reimport(pf, pf->cursor);
	}
	return true;
}

static bool work_slice(struct peer_family *pf)
{
	switch ((enum family_work)pf->doing) {
	case FAMILY_WORK_MARK:
		return rib_source_mark_stale(pf->table->rib, pf->source, SLICE_PATHS, &pf->cursor);
	case FAMILY_WORK_RERUN:
		return rerun_slice(pf);
	case FAMILY_WORK_PURGE:
	case FAMILY_WORK_STALE:
		return rib_source_flush(pf->table->rib, pf->source, SLICE_PATHS, true, &pf->cursor);
	case FAMILY_WORK_LLGR:
		return restart_llgr_slice(pf);
	}
	return false;
}

static bool begin_next(struct peer_family *pf)
{
	if (!pf->work)
		return false;
	pf->doing = (uint8_t)(pf->work & -pf->work); /* the lowest bit comes first */
	pf->work &= (uint8_t)~pf->doing;
	pf->cursor = 0;
	return true;
}

static void work_end(struct peer_family *pf)
{
	if (pf->doing == FAMILY_WORK_RERUN && pf->source->n_paths)
		peer_event(pf->peer, BGP_EVENT_POLICY_APPLIED, NULL, pf->source->n_paths);
	if (pf->doing == FAMILY_WORK_STALE)
		limit_account(pf); /* what was discarded may have its room now */
}

static bool slice(void *ctx)
{
	struct peer_family *pf = ctx;

	if (!pf->source || (!pf->doing && !begin_next(pf))) {
		pf->work = 0;
		pf->doing = 0;
		return false;
	}
	if (!work_slice(pf)) {
		work_end(pf);
		pf->doing = 0;
	}
	return pf->doing || pf->work;
}

void family_work_init(struct peer_family *pf)
{
	job_init(&pf->job, pf->peer->inst->e->loop, slice, pf);
}

void family_work_fini(struct peer_family *pf)
{
	job_cancel(&pf->job);
	pf->work = 0;
	pf->doing = 0;
}

/*
 * What was to be removed goes before others are marked: not all that is marked now was stale when
 * its End-of-RIB, or EoRR, was heard.
 */
static void purge_before_mark(struct peer_family *pf)
{
	if (!((pf->work | pf->doing) & FAMILY_WORK_STALE))
		return;
	pf->work = (uint8_t)((pf->work & ~FAMILY_WORK_STALE) | FAMILY_WORK_PURGE);
	if (pf->doing == FAMILY_WORK_STALE)
		pf->doing = 0;
}

void family_work_add(struct peer_family *pf, enum family_work w)
{
	if (!pf->source)
		return;
	if (w == FAMILY_WORK_MARK)
		purge_before_mark(pf);
	pf->work |= (uint8_t)w;
	if (pf->doing == w)
		pf->doing = 0;
	job_wake(&pf->job);
}

/* The first slice of the first work. One that was under way begins again: its cursor is lost. */
static void begin_now(struct peer_family *pf)
{
	pf->work |= pf->doing;
	(void)begin_next(pf);
	if (!work_slice(pf))
		pf->doing = 0;
}

void family_work_begin_purge(struct peer_family *pf)
{
	family_work_add(pf, FAMILY_WORK_PURGE);
	if (pf->work & FAMILY_WORK_PURGE)
		begin_now(pf);
}

void family_work_begin_mark(struct peer_family *pf)
{
	pf->work &= (uint8_t)~FAMILY_WORK_PURGE; /* too late for the rest: End-of-RIB does it */
	if (pf->doing == FAMILY_WORK_PURGE)
		pf->doing = 0;
	if (pf->work & FAMILY_WORK_MARK)
		begin_now(pf);
}

void peer_rerun(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		family_work_add(&p->family[f], FAMILY_WORK_RERUN);
}
