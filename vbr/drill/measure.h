/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a drill measures between a VPC and one address behind both VBRs of a group. Pure: probes,
 * answers, counters and what the kernel says are told with their times, nothing is read.
 *
 * A probe goes the way on which the kernel would forward a packet of the VPC at that moment, so it
 * fares as traffic does. Probes are settled in the order in which they were sent; so an answer that
 * overtakes another one on a faster way is no loss.
 *
 *	sent      |  |  |  |  |  |  |  |  |  |
 *	answered  *  *  *  .  .  .  .  *  *  *
 *	                   |<-------->|          outage
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/monotime.h"

#define MEASURE_TIMEOUT_US INT64_C(2000000) /* an answer that is later is none */
#define MEASURE_RING       64               /* probes under way: more than are sent in that time */
#define MEASURE_NEVER      INT64_C(-1)

enum measure_way {
	MEASURE_TARGET, /* by the one that is taken down */
	MEASURE_OTHER,  /* by the one that stays */
	MEASURE_NO_WAY, /* the kernel has no route, or one to elsewhere */
	MEASURE_WAYS,
};

enum measure_part {
	MEASURE_BEFORE,
	MEASURE_AWAY, /* from the order until the target is in service again */
	MEASURE_BACK,
	MEASURE_PARTS,
};

struct measure_result {
	uint32_t sent; /* settled ones */
	uint32_t answered;
	uint32_t lost;
	uint32_t crossed;    /* answers that came by another way than the probe had left */
	int64_t outage_us;   /* the longest time that nothing was answered */
	int64_t moved_us;    /* from the begin until the kernel forwarded another way, for good */
	int64_t traffic_us;  /* from the begin until most octets left by another way */
	uint64_t in;         /* octets that arrived while something was sent, */
	uint64_t in_strange; /* of them by the way that was not the one that carried */
};

/* Octets at the VPC's ends of both ways, since their devices are there. */
struct measure_counters {
	uint64_t out[2]; /* MEASURE_TARGET, MEASURE_OTHER */
	uint64_t in[2];
};

struct measure_probe {
	struct mono sent;
	uint8_t way;
	uint8_t part;
	bool is_answered;
	bool is_crossed;
};

struct measure {
	struct measure_result of[MEASURE_PARTS];
	/* private */
	enum measure_part part;
	struct mono begun;
	enum measure_way way;     /* as the kernel said last */
	enum measure_way way_was; /* at the begin of the part */
	struct measure_probe ring[MEASURE_RING];
	uint16_t first; /* sequence of the oldest that is not settled */
	uint16_t next;
	bool is_gap;
	enum measure_part gap_part;
	struct mono gap_from;
	bool has_counters;
	struct measure_counters counters;
};

void measure_init(struct measure *m, struct mono now);
void measure_begin(struct measure *m, enum measure_part part, struct mono now);
/** What the kernel says, before each probe. */
void measure_route(struct measure *m, enum measure_way way, struct mono now);
/** A probe is sent the way that the kernel has said. Returns its sequence. */
uint16_t measure_send(struct measure *m, struct mono now);
/** An answer came. False: nobody waits for it. */
bool measure_answer(struct measure *m, uint16_t sequence, enum measure_way by, struct mono now);
void measure_count(struct measure *m, const struct measure_counters *c, struct mono now);
/** As the kernel said last. */
enum measure_way measure_way(const struct measure *m);
/** The end: probes that may still be answered do not count. */
void measure_finish(struct measure *m, struct mono now);
