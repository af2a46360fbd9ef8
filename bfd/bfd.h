/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All BFD sessions of a loop: whoever wants to know whether a neighbour lives asks for a session by
 * a key of its own and is told of each change. Sockets are shared by the sessions of a device. A
 * session that nobody wants any more says AdminDown for a while, so that the other end does not
 * take it for a failure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bfd/session.h"
#include "lib/net/prefix.h"

#define BFD_DEVICE_SIZE 16
#define BFD_LABEL_SIZE  130
#define BFD_ALL_FEEDS   UINT32_MAX

struct bfd;
struct loop;

struct bfd_want {
	uint32_t key;        /* unique in the process */
	uint32_t owner;      /* given back in each report; means nothing here */
	uint32_t feed;       /* whom to report to */
	uint32_t generation; /* given back too */
	/* for people who look: tenant and VBR */
	char tenant[BFD_LABEL_SIZE];
	char name[BFD_LABEL_SIZE];
	bool is_vpc;                  /* it is a VPC's */
	char device[BFD_DEVICE_SIZE]; /* "" = any */
	uint32_t ifindex;
	struct ip_addr local; /* family 0: the kernel's choice */
	struct ip_addr remote;
	bool multihop;
	uint8_t min_hops; /* least TTL that is heard; single hop: 255 (RFC 5881 5) */
	struct bfd_session_conf session;
};

struct bfd_report {
	uint32_t key;
	uint32_t owner;
	uint32_t generation;
	uint8_t state;    /* enum bfd_state */
	uint8_t diag;     /* why it was down the last time */
	bool independent; /* C bit of the other end */
	bool ended;       /* nothing comes any more of this and earlier generations; no state */
	/* so far: a reader that missed states sees that there were some */
	uint32_t downs;
	uint32_t deaths; /* of them: all but by wish of the other end's operator */
};

/* Somebody has died, this second. */
struct bfd_death {
	uint32_t key;
	uint32_t generation;
	uint32_t deaths;
};

struct bfd_ops {
	/*
	 * Before the report of it, which follows when this was taken. 0, or -EAGAIN: bfd_space
	 * of BFD_ALL_FEEDS follows. May be NULL.
	 */
	int (*died)(void *ctx, const struct bfd_death *d);
	/* 0, or -EAGAIN: bfd_space follows, then it is told what is true by then. */
	int (*report)(void *ctx, uint32_t feed, const struct bfd_report *r);
};

struct bfd_view {
	const struct bfd_want *want;
	const struct bfd_session *session;
	int error; /* -errno: no sockets yet */
	bool leaving;
};

struct bfd *bfd_new(struct loop *l, const struct bfd_ops *ops, void *ctx);
/** Says AdminDown to all, frees all. NULL-safe. */
void bfd_free(struct bfd *b);
/** Make it so: a new session, or another configuration of one that lives. Secrets are copied. */
void bfd_set(struct bfd *b, const struct bfd_want *w);
/** Nobody wants it any more. */
void bfd_del(struct bfd *b, uint32_t key);
/** The reader of this feed (BFD_ALL_FEEDS: of deaths) has room again. */
void bfd_space(struct bfd *b, uint32_t feed);

/** Looking: sessions by key, those that leave left out; 0 begins. False at the end. */
bool bfd_next(const struct bfd *b, uint32_t after, struct bfd_view *v);
/** Packets that no session took, by reason. */
const uint64_t *bfd_dropped(const struct bfd *b);
