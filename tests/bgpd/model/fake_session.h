/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bgpd/session/session.h and listener.h without sockets, clocks and messages of their own: the
 * engine that is linked with it believes that it has sessions. What a neighbour would do is said by
 * calls, and what the engine says comes back by a hook. Whoever adds a function to those headers
 * that the engine calls adds it here.
 */
#pragma once

#include "bgpd/session/session.h"

struct fake_hook {
	/* Whole messages of the engine. */
	void (*sent)(void *ctx, const uint8_t *p, size_t len);
	/* The session has left Established. */
	void (*down)(void *ctx, const struct session_down *why);
	/* The neighbour is asked to say a family again (RFC 2918). */
	void (*asked)(void *ctx, enum bgp_family f);
};

void fake_session_set_hook(struct session *s, const struct fake_hook *hook, void *ctx);
/** May it come up now? */
bool fake_session_is_waiting(const struct session *s);
/** Both OPENs are agreed on. */
void fake_session_up(struct session *s, const struct wire_session *ws,
	const struct wire_open *remote);
/** The connection broke, or the neighbour sent a NOTIFICATION; may routes be kept (RFC 8538)? */
void fake_session_down(struct session *s, enum session_down_reason reason, bool graceful);
/** The neighbour says an UPDATE. */
void fake_session_say(struct session *s, const uint8_t *msg, size_t len);
void fake_session_refresh(struct session *s, enum bgp_family f, uint8_t subtype);
/** The neighbour reads no more, or reads on. */
void fake_session_congest(struct session *s, bool on);
