/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we offer in OPEN, whether we take what the peer offers, and what both have in common.
 */
#pragma once

#include <stdint.h>

#include "bgpd/session/session.h"

void negotiate_offer(const struct session_conf *conf, struct wire_open *o);

/** The whole OPEN of the peer, identity first. 0, or -EBADMSG with *err for the NOTIFICATION. */
int negotiate_open(const struct session_conf *conf, const uint8_t *msg, size_t len,
	struct wire_open *o, struct wire_err *err);
/** The common part of both sides; *o has passed negotiate_open. */
void negotiate_result(const struct session_conf *conf, const struct wire_open *o,
	struct wire_session *ws);
uint16_t negotiate_hold_s(const struct session_conf *conf, const struct wire_open *o);
/** Collision (RFC 4271 6.8, RFC 6286 2.3): does the connection that we opened stay? */
bool negotiate_ours_stays(const struct session_conf *conf, const struct wire_open *o);
