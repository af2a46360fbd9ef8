/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the route writer needs from a forwarding plane: write a batch, dump, tell that something
 * changed by itself. netlink.c is the kernel, memory.c a small one for tests.
 *
 * Writing is synchronous. The kernel works a batch off inside sendmsg and its answers lie in the
 * socket when sendmsg returns, so a second batch on the way would gain nothing, and a route would
 * have one more state. Bounded batches keep the thread responsive.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/fib.h"
#include "lib/base/compiler.h"

#define FIB_BATCH          128 /* messages a write: fastest of 16..512 when measured */
#define FIB_METRIC         20  /* of our routes: whatever the administrator adds comes first */
#define FIB_GUARD_METRIC   4278198272 /* of "unreachable default": after everything else */
#define FIB_ID_BASE        0x56420000 /* our nexthop ids, with FIB_PROTOCOL */
#define FIB_ID_COUNT       0x20000
#define FIB_MAX_DUMP_GROUP 64 /* members of a group that are read back */

/* What a nexthop object is; compared with memcmp, so build it from zeroed memory. */
struct fib_nexthop {
	uint32_t ifindex;
	uint8_t kind;   /* enum nexthop_kind */
	uint8_t family; /* of the gateway; without one: of the routes (IPv6 refuses IPv4 objects) */
	uint8_t pad;
	struct ip_addr gw;
};

struct fib_member {
	uint32_t id;
	uint16_t weight; /* 1..256 */
	uint16_t pad;
};

enum fib_op_kind {
	FIB_OP_ROUTE_ADD,     /* table, pfx, id; -EEXIST when the place is taken, by whomever */
	FIB_OP_ROUTE_REPLACE, /* table, pfx, id; our route is there, or at least nobody else's */
	FIB_OP_ROUTE_DEL,     /* table, pfx */
	FIB_OP_GUARD_ADD,     /* table, pfx (any of the family) */
	FIB_OP_GUARD_DEL,
	FIB_OP_NEXTHOP_SET, /* id, nexthop: create or replace */
	FIB_OP_GROUP_SET,   /* id, members, spread: create, or replace (with the same buckets) */
	FIB_OP_OBJECT_DEL,  /* id */
	FIB_OP_COUNT,
};

/* What a route needs comes first: a cache line of each. */
struct fib_op {
	uint8_t kind; /* enum fib_op_kind */
	uint8_t n_members;
	struct prefix pfx;
	uint32_t table;
	uint32_t id;
	int error; /* result: 0 or -errno */
	union {    /* the caller's */
		void *owner;
		uint32_t handle;
	};
	struct fib_nexthop nexthop;
	struct fib_member members[NHGROUP_MAX];
	struct nhspread spread;
	char text[FIB_ERROR_SIZE]; /* result, when error is set: the kernel's words, or "" */
};

enum fib_owner {
	FIB_OWNER_US,
	FIB_OWNER_GUARD,
	FIB_OWNER_OTHER,
};

struct fib_dump_route {
	struct prefix pfx;
	uint8_t owner; /* enum fib_owner */
	uint32_t table;
	uint32_t id; /* nexthop object, 0 = none */
};

/* Only objects of our protocol and range are shown. */
struct fib_dump_object {
	uint32_t id;
	uint8_t n_members; /* 0: a nexthop */
	struct fib_nexthop nexthop;
	struct nhspread spread; /* of a group */
	struct fib_member members[FIB_MAX_DUMP_GROUP];
};

#define FIB_EVENT_LINKS 64

/* What happened by itself since the last look. */
struct fib_events {
	bool objects;   /* a nexthop or group of ours went or changed */
	bool lost;      /* notifications were dropped: anything may have happened */
	bool all_links; /* more devices than fit below */
	uint32_t n_links;
	uint32_t links[FIB_EVENT_LINKS]; /* devices that came, went, or changed their state */
};

static inline void fib_events_add_link(struct fib_events *ev, uint32_t ifindex)
{
	if (ev->n_links < FIB_EVENT_LINKS)
		ev->links[ev->n_links++] = ifindex;
	else
		ev->all_links = true;
}

/* Called inside a dump: must not use the backend. */
typedef void (*fib_route_fn)(void *ctx, const struct fib_dump_route *r);
typedef void (*fib_object_fn)(void *ctx, const struct fib_dump_object *o);

struct fib_backend {
	const struct fib_backend_ops *ops;
};

struct fib_backend_ops {
	/*
	 * n <= FIB_BATCH, in order. 0: each op has its result. -ENOBUFS: it may or may not have
	 * happened, for each of them. Other -errno: nothing happened.
	 */
	int (*write)(struct fib_backend *b, struct fib_op *ops, uint32_t n);
	/* All of them. 0, -EINTR when some may be missing, or -errno. */
	int (*dump_objects)(struct fib_backend *b, fib_object_fn fn, void *ctx);
	/*
	 * One dump at a time. table 0: all tables, but then only what is ours. Ends a dump
	 * that is under way.
	 */
	int (*dump_start)(struct fib_backend *b, uint32_t table, uint8_t family);
	/* A slice. 1: there is more; 0, -EINTR, -errno: the end, as above. */
	int (*dump_step)(struct fib_backend *b, fib_route_fn fn, void *ctx);
	/* Readable when there are events; -1: never. */
	int (*event_fd)(const struct fib_backend *b);
	/* Does the device carry packets now? Does not wait for others who configure devices. */
	bool (*is_link_up)(const struct fib_backend *b, uint32_t ifindex);
	/*
	 * A device that drops all packets, up; made if it is not there. Its ifindex, or -errno.
	 * Not wanted any more: removed.
	 */
	int64_t (*sink)(struct fib_backend *b, bool wanted);
	/* Adds to *ev. */
	void (*events)(struct fib_backend *b, struct fib_events *ev);
	void (*free)(struct fib_backend *b);
};

/** The kernel, in the network namespace of the calling thread. NULL with errno set. */
struct fib_backend *fib_backend_netlink_new(void) MUST_USE;
