/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BGP session: the state machine of RFC 4271 section 8 as a table, its timers, its sockets,
 * and the stream of messages. Knows nothing of routes: an UPDATE is handed up as octets. Belongs
 * to one loop.
 *
 * Two connections may exist while they collide (RFC 4271 6.8); the session hides that.
 *
 * Writing to a connection that the peer has closed raises SIGPIPE: the process ignores it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/open.h"
#include "bgpd/wire/wire.h"
#include "lib/base/monotime.h"
#include "lib/net/prefix.h"

struct loop;
struct session;

#define SESSION_PASSWORD_MAX 80  /* TCP_MD5SIG_MAXKEYLEN */
#define SESSION_TEXT_MAX     255 /* shutdown communication (RFC 9003) */
#define SESSION_DEVICE_MAX   16  /* IFNAMSIZ */

enum session_state {
	SESSION_STATE_IDLE,
	SESSION_STATE_CONNECT,
	SESSION_STATE_ACTIVE,
	SESSION_STATE_OPEN_SENT,
	SESSION_STATE_OPEN_CONFIRM,
	SESSION_STATE_ESTABLISHED,
	SESSION_STATE_COUNT,
};

#define SESSION_AO_KEYS 8 /* master key tuples of one session */

enum session_ao_algorithm { /* RFC 5926 2.2; each cut to 96 bits */
	SESSION_AO_HMAC_SHA1,
	SESSION_AO_AES128_CMAC,
	SESSION_AO_HMAC_SHA256,
	SESSION_AO_ALG_COUNT,
};

/* A master key tuple (RFC 5925 3.1). */
struct session_ao_key {
	uint8_t send_id;
	uint8_t receive_id;
	uint8_t algorithm; /* enum session_ao_algorithm */
	bool preferred;    /* one at most */
	char secret[SESSION_PASSWORD_MAX + 1];
};

struct session_ao {
	uint8_t n;
	struct session_ao_key key[SESSION_AO_KEYS];
};

/*
 * Two configurations are compared with session_conf_needs_reset. What it points to is borrowed, but
 * for that of a copy (session_conf_copy).
 */
struct session_conf {
	struct ip_addr local; /* source address; family 0 = kernel's choice */
	struct ip_addr remote;
	uint16_t port;                   /* of the peer, 0 = 179 */
	char device[SESSION_DEVICE_MAX]; /* SO_BINDTODEVICE; "" = none */
	uint32_t local_as;
	uint32_t peer_as;
	bool confed;          /* RFC 5065: the peer is in our confederation */
	uint32_t router_id;   /* host order */
	uint16_t hold_s;      /* 0 or 3..65535 */
	uint16_t keepalive_s; /* as configured; never above a third of the negotiated hold time */
	uint16_t connect_retry_s; /* base of the back-off */
	uint8_t delay_open_s;     /* wait so long for the peer's OPEN before ours; 0 = do not */
	bool passive;
	bool enabled;
	uint8_t ttl_security; /* GTSM (RFC 5082): hops allowed, 0 = off */
	uint8_t multihop;     /* TTL to send with, 0 = 1 for eBGP, 64 for iBGP */
	const char *password; /* TCP-MD5 (RFC 2385), SESSION_PASSWORD_MAX; NULL or "" = none */
	const struct session_ao *ao; /* TCP-AO (RFC 5925), in place of MD5; NULL = none */
	struct prefix ao_net; /* accepted connections have the keys of it; family 0 = of the host */
	uint8_t families;     /* BGP_FAMILY_BIT() offered */
	uint8_t role;         /* enum bgp_role; eBGP only. OTC is the policy's */
	bool role_strict;     /* a peer without a role is refused */
	const char *shutdown_text; /* RFC 9003: said when it is disabled, or NULL */
	bool ext_nexthop;          /* RFC 8950 offered for IPv4 */
	bool addpath_rx;           /* RFC 7911: offer to receive, in all families */
	bool addpath_tx;           /* offer to send */
	bool gr;                   /* RFC 4724 offered */
	bool gr_restarted; /* R bit of the next OPEN: we have just restarted. Changes live */
	bool gr_cold;      /* no F bit there: the kernel did not forward meanwhile. Changes live */
	uint16_t gr_time_s;
	uint32_t llgr_time_s; /* RFC 9494 offered with it, 24 bit; 0 = not */
};

enum session_down_reason {
	SESSION_DOWN_ADMIN,     /* session_stop */
	SESSION_DOWN_TCP,       /* closed or failed connection: errno in err */
	SESSION_DOWN_SENT,      /* we sent a NOTIFICATION: code, subcode */
	SESSION_DOWN_RECEIVED,  /* the peer sent one */
	SESSION_DOWN_HOLD,      /* hold timer */
	SESSION_DOWN_SEND_HOLD, /* RFC 9687 */
	SESSION_DOWN_BFD,       /* session_bfd_down: text says why */
	SESSION_DOWN_COUNT,
};

struct session_down {
	enum session_down_reason reason;
	uint8_t code; /* of a hard reset, what is wrapped in it */
	uint8_t subcode;
	bool hard;     /* it is or was a hard reset (RFC 8538) */
	bool graceful; /* both sides keep each other's routes, if they do so at all */
	int err;       /* errno of DOWN_TCP, 0 = the peer closed */
	char text[SESSION_TEXT_MAX + 1]; /* shutdown communication, or words about a wire error */
};

/* Upward calls, all on the loop's thread. None may free the session. */
struct session_ops {
	/* Both OPENs are agreed. remote is valid during the call only. */
	void (*established)(void *ctx, const struct wire_session *ws,
		const struct wire_open *remote);
	/*
	 * A framed UPDATE, whole message. Return 0 to go on, or -EBADMSG with *err filled: the
	 * session sends the NOTIFICATION and goes down. Or -EAGAIN: a long one, so far; unless the
	 * session goes down the same message comes again, before any other, when others had their
	 * turn.
	 */
	int (*update)(void *ctx, const uint8_t *msg, size_t len, struct wire_err *err);
	void (*refresh)(void *ctx, enum bgp_family f, uint8_t subtype);
	/* Left Established (was_up), or an attempt failed (!was_up). */
	void (*down)(void *ctx, const struct session_down *why, bool was_up);
	/* The output queue has fallen below the low mark after session_is_congested was true. */
	void (*writable)(void *ctx);
	/* State changed: for events and show. May be NULL. */
	void (*state)(void *ctx, enum session_state from, enum session_state to);
};

struct session_stats {
	uint64_t msgs_in[BGP_MSG_COUNT]; /* by enum bgp_msg_type */
	uint64_t msgs_out[BGP_MSG_COUNT];
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint32_t transitions; /* times Established was reached */
};

/** conf is copied; ops and ctx are borrowed. Idle until session_start. */
struct session *session_new(struct loop *l, const struct session_conf *conf,
	const struct session_ops *ops, void *ctx);
/** Closes without a word; use session_stop before. NULL-safe. Not from inside an ops call. */
void session_free(struct session *s);

/** ManualStart (with or without passive). Idempotent. Does nothing while conf.enabled is false. */
void session_start(struct session *s);
/**
 * ManualStop: Cease with subcode (enum bgp_error_cease) and text (RFC 9003, may be NULL); down()
 * is called before it returns. Stays Idle until session_start.
 */
void session_stop(struct session *s, uint8_t subcode, const char *text);
/** Cease, then try again with the usual back-off (clear bgp). */
void session_reset(struct session *s, uint8_t subcode, const char *text);
/**
 * The neighbour is not reached any more: Cease/BFD Down (RFC 9384), then again with the usual
 * back-off. keep: if both restart gracefully it may come back to its routes, and ours; then a
 * neighbour to whom a NOTIFICATION would mean the end of them (no N bit) is not sent one. Otherwise
 * it is a hard reset (RFC 8538). Does nothing unless Established.
 */
void session_bfd_down(struct session *s, bool keep, const char *text);
/** As session_reset with any error: for faults that only upper layers see. */
void session_fail(struct session *s, const struct wire_err *err);
/** Take over what can change live; returns true if the session had to be reset for it. */
bool session_reconf(struct session *s, const struct session_conf *conf);
bool session_conf_needs_reset(const struct session_conf *a, const struct session_conf *b);
/** Do routes that were exchanged under the one mean something else under the other? */
bool session_conf_changes_routes(const struct session_conf *a, const struct session_conf *b);
/** What src points to is copied as well: dst is given back by session_conf_release. */
void session_conf_copy(struct session_conf *dst, const struct session_conf *src);
/** Secrets are overwritten. */
void session_conf_release(struct session_conf *c);
/** How many keys of TCP-AO it has. */
uint8_t session_conf_keys(const struct session_conf *c);
/** The same for texts of other configurations; NULL is "" here. */
const char *conf_text_copy(const char *s);
void conf_text_release(const char **s);
bool conf_text_is_equal(const char *a, const char *b);

/** An accepted connection from this peer's address; takes the fd in every case. */
void session_accept(struct session *s, int fd);

/** Queue a copy of whole messages; n_msgs of them, UPDATEs. Dropped unless Established. */
void session_send(struct session *s, const void *msg, size_t len, uint32_t n_msgs);
/* Octets that several sessions share; no session copies them. */
struct session_shared {
	const void *p;
	size_t len;
	uint32_t n_updates;
	uint32_t n_refreshes;
	/* called once when this session is done with them, also when it goes down or drops them */
	void (*release)(void *arg);
	void *arg;
};
void session_send_shared(struct session *s, const struct session_shared *sh);
void session_send_refresh(struct session *s, enum bgp_family f, uint8_t subtype);
/** Above the high mark of the output queue: stop producing until writable(). */
bool session_is_congested(const struct session *s);

enum session_state session_state(const struct session *s);
const char *session_state_name(
	enum session_state st); /* the contract's words: idle, open-sent, ... */
const struct session_conf *session_conf(const struct session *s);
/** Negotiated options; valid while Established, else NULL. */
const struct wire_session *session_wire(const struct session *s);
/** What the peer's OPEN says, from OpenConfirm on, else NULL. */
const struct wire_open *session_remote_open(const struct session *s);
/** What our OPEN says; what would change it starts the session anew. */
void session_own_open(const struct session *s, struct wire_open *o);
/** When Established was reached (or left). */
struct mono session_since(const struct session *s);
const struct session_stats *session_stats(const struct session *s);
/** Last reason for going down; reason SESSION_DOWN_COUNT if never. */
const struct session_down *session_last_down(const struct session *s);
/** Words of the operators (RFC 9003), ours and the neighbour's, said last; "" if never. */
const char *session_text_sent(const struct session *s);
const char *session_text_received(const struct session *s);
/** "hold timer expired", "received Cease/Administrative Shutdown: \"bye\"", ...; returns dst. */
char *session_down_format(const struct session_down *d, char *dst, size_t size);
/**
 * The same as a word that never changes: "hold-timer-expired", "notification-received", ...; ""
 * if it was never up. Static.
 */
const char *session_down_code(const struct session_down *d);
/** Did a NOTIFICATION end it, ours or theirs: code and subcode say which. */
bool session_down_is_notified(const struct session_down *d);
uint32_t session_remote_id(const struct session *s);
/** Local address of the connection, family 0 when not connected. */
struct ip_addr session_local_addr(const struct session *s);
uint16_t session_hold_s(const struct session *s); /* negotiated */
