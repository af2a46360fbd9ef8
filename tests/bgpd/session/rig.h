/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions on real sockets of the loopback: ends at 127.0.0.1 and 127.0.0.2 that talk to each
 * other, and a raw peer that says whatever a test wants said. One loop, driven by the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/session/session.h"
#include "bgpd/session/socket/listener.h"
#include "lib/io/loop.h"

#define RIG_AS_A 65001
#define RIG_AS_B 65002
#define RIG_ID_A 0x0a000001
#define RIG_ID_B 0x0a000002

struct rig;

struct rig_end {
	struct rig *rig;
	struct session *s;   /* owned */
	struct listener *ln; /* owned, may be NULL */
	struct ip_addr addr;
	bool no_listener;
	unsigned n_established;
	unsigned n_down;
	unsigned n_down_up; /* with was_up */
	unsigned n_writable;
	unsigned n_states;
	unsigned n_refresh;
	struct session_down down; /* last */
	struct wire_session ws;   /* of the last established */
	struct wire_open remote_open;
	uint64_t rx_bytes;
	uint64_t rx_hash;  /* over all octets of UPDATEs in order */
	struct mono slice; /* callback of the loop that brought the last UPDATE */
	unsigned in_slice;
	unsigned max_in_slice;
	int (*on_update)(struct rig_end *e, const uint8_t *msg, size_t len, struct wire_err *err);
	void (*on_established)(struct rig_end *e);
	void (*on_down)(struct rig_end *e);
};

struct rig {
	struct loop *l;
	uint16_t port;
	struct rig_end a; /* 127.0.0.1 */
	struct rig_end b; /* 127.0.0.2 */
};

/** Loop and a free port; no session, no listener yet. */
void rig_init(struct rig *r);
void rig_fini(struct rig *r);
/** Options for one end, active, hold time 30, both families. */
struct session_conf rig_conf(const struct rig *r, const struct rig_end *e);
/** Session (not started) and listener. */
void rig_add(struct rig_end *e, const struct session_conf *conf);
/** Turn the loop until cond or for ms at most; returns cond. */
bool rig_until(struct rig *r, bool (*cond)(void *ctx), void *ctx, int ms);
bool rig_until_state(struct rig_end *e, enum session_state st, int ms);
bool rig_until_both_up(struct rig *r, int ms);
/** Turn the loop for so long. */
void rig_run(struct rig *r, int ms);
/** A port that is free at all addresses: held by nobody but chance. */
uint16_t rig_free_port(void);
uint64_t rig_hash(uint64_t h, const uint8_t *p, size_t len);
/** A message with the body given; returns its length. */
size_t rig_msg(uint8_t *dst, uint8_t type, const void *body, size_t len);

/* The raw peer: at the address of end B, talks to end A. */
struct raw {
	struct rig *rig;
	int fd;
	uint8_t buf[65536];
	size_t len;
	bool eof;
	bool reset; /* ended by RST */
};

/** Connects to end A from src; false if that fails at once. */
bool raw_connect(struct raw *raw, struct rig *r, const char *src);
/** Accepts a connection of end A on a listening socket. */
bool raw_accept(struct raw *raw, struct rig *r, int listen_fd);
/** A listening socket at the address of end B. */
int raw_listen(struct rig *r);
void raw_close(struct raw *raw);
void raw_send(struct raw *raw, const void *p, size_t len);
void raw_send_keepalive(struct raw *raw);
/** What end A would take as a good OPEN of B. */
struct wire_open raw_open(void);
void raw_send_open(struct raw *raw, const struct wire_open *o);
/** Next message whose type is given, others skipped; its length, 0 if none comes in time. */
size_t raw_expect(struct raw *raw, uint8_t type, uint8_t *msg, int ms);
/** Next message, whatever it is; 0 if none comes in time or the connection has ended. */
size_t raw_next(struct raw *raw, uint8_t *msg, int ms);
/** NOTIFICATION as code * 256 + subcode; -1 if the connection ends without, -2 if nothing comes. */
int raw_notification(struct raw *raw);
/** OPEN and KEEPALIVE both ways; true when end A is Established. */
bool raw_establish(struct raw *raw, struct rig *r);
