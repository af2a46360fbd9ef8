/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route limits of a neighbour. Inside of the engine, as engine_int.h.
 */
#pragma once

#include "bgpd/engine_int.h"

enum limit_verdict {
	LIMIT_KEEP,
	LIMIT_DISCARD,
	LIMIT_STOP, /* the session is gone: stop reading */
};
/** limit_check where there is a limit. */
enum limit_verdict limit_check_max(struct peer_family *pf, const struct prefix *pfx,
	uint32_t path_id);
/** Before a prefix is offered; cheap below the limit. */
static inline enum limit_verdict limit_check(struct peer_family *pf, const struct prefix *pfx,
	uint32_t path_id)
{
	return pf->peer->conf.limit_max ? limit_check_max(pf, pfx, path_id) : LIMIT_KEEP;
}
/** After a message, or when stale paths were removed: warning marks, and whether there is room. */
void limit_account(struct peer_family *pf);
void limit_init(struct bgp_peer *p);
void limit_fini(struct bgp_peer *p);
void limit_reset(struct peer_family *pf);
/** The limit was changed: who was stopped by it stays so, unless the change lets in what it had. */
void limit_recheck(struct bgp_peer *p);
/** Who was stopped may run again; its owner sees to that (peer_run_or_stop). */
void limit_clear(struct bgp_peer *p);
/** The quota of the table was raised: what found no room in it is asked for again. */
void limit_room(struct bgp_peer *p);
/** Is it below its route-limit? The table of the tenant may be full all the same. */
bool limit_has_own_room(const struct peer_family *pf);
