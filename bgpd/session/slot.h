/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to bgpd/session: one run of the state machine with its connection and timers, and what
 * a session is made of. A session has two slots: the connection that we open and the one that
 * the peer opens. More than one of them is in use only during a collision.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/session/conn.h"
#include "bgpd/session/fsm.h"
#include "bgpd/session/retry.h"
#include "bgpd/session/session.h"
#include "bgpd/session/socket/linger.h"
#include "bgpd/wire/message.h"

enum slot_dir {
	SLOT_OUT, /* we open it; its machine also waits between attempts */
	SLOT_IN,  /* the peer opened it; Idle while there is none */
	SLOT_COUNT,
};

struct slot {
	struct session *s; /* borrowed: contains us */
	uint8_t dir;       /* enum slot_dir */
	uint8_t state;     /* enum session_state */
	struct conn conn;
	struct timer retry; /* connect-retry, idle-hold */
	struct timer delay; /* DelayOpenTimer: runs while our OPEN waits for the peer's */
	struct timer hold;
	struct timer keepalive;
	struct timer send_hold;
	struct mono last_rx;
	bool again;      /* the owner has not taken the whole UPDATE yet: it comes again */
	int connect_err; /* connect failed at once: told at the next turn */
	uint16_t hold_s;
	struct wire_open remote; /* from OpenConfirm on */
	struct wire_session ws;
};

struct session {
	struct loop *loop; /* borrowed */
	struct session_conf conf;
	const struct session_ops *ops; /* borrowed */
	void *ctx;
	struct slot slot[SLOT_COUNT];
	struct linger_list lingers;
	struct retry retry;
	struct session_stats stats;
	struct session_down *last_down; /* owned; NULL = it was never up, nor tried in vain */
	char *said;                     /* owned; RFC 9003, last: ours, or NULL */
	char *heard;                    /* and the peer's */
	struct mono since;
	uint8_t told;  /* state as last told to the upper layers */
	bool started;  /* session_start was called */
	bool quiesced; /* slots are being stopped on purpose: they report nothing, start nothing */
};

/* What comes with an event; all borrowed, absent parts NULL. */
struct slot_input {
	const uint8_t *msg;
	size_t len;
	const struct wire_notification *note; /* to be sent if the cell says so */
	const struct session_down *why;       /* NULL: nothing to tell */
};

/* What a peer did wrong, as it is told to the peer and to the upper layers. */
struct slot_fault {
	struct wire_notification note; /* data borrowed of the wire_err */
	struct session_down why;
};

/* slot.c */
void slot_fault_make(struct slot_fault *f, const struct wire_err *err);
void slot_init(struct slot *sl, struct session *s, enum slot_dir dir);
void slot_fini(struct slot *sl);
void slot_event(struct slot *sl, enum fsm_event ev, const struct slot_input *in);
/**
 * Does the end of this connection leave routes where they are? RFC 4724 4.2: a connection that
 * breaks does. RFC 8538 4: so does a NOTIFICATION or the hold timer if both have the N bit, but no
 * hard reset.
 */
bool slot_ends_gracefully(const struct slot *sl, const struct session_down *why);
/** Take an accepted connection; the slot is Idle. */
void slot_accept(struct slot *sl, int take_fd);
struct slot *slot_other(struct slot *sl);
/** Slot in Established, or NULL. */
struct slot *slot_established(struct session *s);
/** Drop for the sake of the other connection (RFC 4271 6.8). */
void slot_dump(struct slot *sl);
/** Connected, and our OPEN waits for the peer's (RFC 4271 8.1.1, DelayOpen). */
bool slot_is_waiting(const struct slot *sl);

/* hear.c */
/** What a connection reports: messages, faults, the end. ctx is the slot. */
const struct conn_ops *slot_conn_ops(void);
/** As a message of the peer would be: FSM_EV_* by the error's code. */
void slot_error(struct slot *sl, const struct wire_err *err);

/* session.c: calls of a slot */
/** A slot has left a connection behind. Tells the upper layers, last of all. */
void session_slot_lost(struct slot *sl, bool was_up, const struct session_down *why);
/** A connect attempt was given up for the next one. */
void session_attempt_failed(struct session *s, const struct session_down *why);
/** Tell the upper layers if the state seen from outside has changed. */
void session_sync_state(struct session *s);
