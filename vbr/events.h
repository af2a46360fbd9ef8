/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens on the edge, told to whoever listens (monitor events). Nothing is kept: who is not
 * there does not hear it. Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/net/prefix.h"

struct events;
struct fib_thread;
struct loop;
struct plane;

enum event_type {
	EVENT_PEER_UP,
	EVENT_PEER_DOWN,
	EVENT_LIMIT_WARNING,
	EVENT_LIMIT_REACHED,
	EVENT_POLICY_APPLIED, /* a changed policy has been run over all routes of a peer */
	EVENT_SECOND_ROUTER,  /* ignored on an unnumbered link */
	EVENT_BFD_UP,
	EVENT_BFD_DOWN,
	EVENT_VBR_IN,          /* in service */
	EVENT_VBR_OUT,         /* out of service, text says why */
	EVENT_CONNECTION_IN,   /* of a VBR on several lines: one of them */
	EVENT_CONNECTION_OUT,  /* text says why */
	EVENT_VBR_STATE,       /* of its life cycle: text is the new one */
	EVENT_SUBSCRIPTION,    /* of a line: text is the new state */
	EVENT_PEERING_STATE,   /* text is the new one */
	EVENT_FAILOVER_STATE,  /* text is the verdict, count what one of the VBRs lacks */
	EVENT_DRILL_STATE,     /* of a failover drill: text is the new one, count its number */
	EVENT_DRILL_ENDED,     /* text is what is to be said of it, count its number */
	EVENT_ASYMMETRY_BEGAN, /* of a prefix: text has the ways */
	EVENT_ASYMMETRY_ENDED,
	EVENT_ASYMMETRY_BLIND, /* the packets of a VBR cannot be sampled, text says why */
	EVENT_HEALTH_UNKNOWN,  /* of a peering connection: it is not there */
	EVENT_HEALTH_ALIVE,
	EVENT_HEALTH_NOISY,
	EVENT_HEALTH_DEAD,
	EVENT_COMMIT,
	EVENT_LINK_UP,
	EVENT_LINK_DOWN,
	EVENT_FIB_ERRORS,     /* the kernel has refused a route, or count writes */
	EVENT_DRIFT_REPAIRED, /* the kernel differed, in a route or in count, and is put right */
	EVENT_METERING_ERROR, /* the ledger cannot be written, text says why */
	EVENT_METERING_OK,    /* it can again, and nothing is missing */
	EVENT_COUNT,
};

struct event_report {
	enum event_type type;
	const char *tenant;          /* NULL: the edge as a whole */
	const char *instance;        /* NULL: none */
	struct ip_addr peer;         /* family 0: none */
	const char *device;          /* LINK_*, CONNECTION_*, else NULL */
	const char *line;            /* CONNECTION_*, SUBSCRIPTION, else NULL */
	const char *text;            /* why, NULL = nothing to say */
	uint64_t count;              /* routes, errors, objects of a commit */
	uint64_t revision;           /* COMMIT */
	const char *code;            /* word for text that never changes, NULL = none */
	uint8_t notification[2];     /* PEER_DOWN: code and subcode; 0 = none was said */
	const struct prefix *prefix; /* FIB_ERRORS, DRIFT_REPAIRED, ASYMMETRY_*: of one; or NULL */
	uint32_t kernel_table;       /* of that */
};

/** "peer-down", ...: part of the outside view. */
const char *event_name(enum event_type t);

/* Embedded in its owner. */
struct event_listener {
	LIST_ENTRY(event_listener) entry;
	void (*fn)(void *ctx,
		const struct event_report *ev); /* may remove itself, and nobody else */
	void *ctx;
};

struct events *events_new(struct loop *l);
/** Listeners must be gone. NULL-safe. */
void events_free(struct events *e);
/**
 * Whose errors and drift are told while somebody listens, and the plane that knows its tables;
 * NULL: none any more. A fib is stopped after another one is watched, and before events_free.
 */
void events_watch_fib(struct events *e, struct fib_thread *fib, const struct plane *plane);
void events_listen(struct events *e, struct event_listener *l);
void events_unlisten(struct events *e, struct event_listener *l);
void events_publish(struct events *e, const struct event_report *ev);
