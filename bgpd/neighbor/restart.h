/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of a neighbour that restarts (RFC 4724, 8538, 9494): called as its session goes down and
 * comes back. Part of the neighbour, for the files of bgpd/neighbor.
 */
#pragma once

#include "bgpd/engine_int.h"

void restart_init(struct bgp_peer *p);
void restart_fini(struct bgp_peer *p);
/** What the neighbour promises. */
void restart_learn(struct bgp_peer *p, const struct wire_open *remote);
/** It is back: do the routes that were kept for it stay? */
void restart_back(struct peer_family *pf, const struct wire_open *remote);
/** It has to send End-of-RIB for what was kept. */
void restart_watch_end_of_rib(struct bgp_peer *p);
void restart_end_of_rib(struct peer_family *pf);
bool restart_may_keep(const struct peer_family *pf, const struct session_down *why);
/** The session is down, its paths stay. */
void restart_keep(struct peer_family *pf);
/** Until the restart time is over. */
void restart_wait(struct bgp_peer *p);
/** Its paths go; the next session begins anew. */
void restart_drop(struct peer_family *pf);
/** Nobody waits any more for a neighbour that is down. */
void restart_forget(struct bgp_peer *p);
/** RFC 9494 4.2: neither what was received nor what became of it (may be NULL) says NO_LLGR. */
bool restart_may_live_long(const struct attrs *in, const struct attrs *at);
/** With LLGR_STALE, unless it has it or no room for it. Takes the reference, gives one. */
struct attrs *restart_mark_long_lived(struct bgp_engine *e, struct attrs *take_at);
/** FAMILY_WORK_LLGR; true when more is left. */
bool restart_llgr_slice(struct peer_family *pf);
