/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict of a health check: is the way through a peering connection alive? Pure: time,
 * answers and counters are told, nothing is read.
 *
 *   unknown -- an answer ------------------------------> alive
 *   unknown -- threshold lost, silence ----------------> dead
 *   alive ---- threshold lost, packets arrive ---------> noisy
 *   alive, noisy -- threshold lost, silence -----------> dead
 *   noisy, dead --- HEALTH_RECOVER answers in a row ---> alive
 *   dead before a restart -----------------------------> dead
 *
 * A way that never answered cannot be noisy: it stays unknown while packets arrive.
 *
 * Probes alone lie: routers answer them when they have time, and are told to answer few. So a way
 * whose probes are lost while packets keep arriving by it is noisy, not dead, until it has been
 * silent for as long as threshold probes take; and it is then probed less often. A session of BGP
 * that ended meanwhile is believed: nothing is noisy then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/monotime.h"

#define HEALTH_RECOVER    3  /* answers in a row that bring a way back */
#define HEALTH_SLOWER     4  /* at most so many times the interval, while it is noisy */
#define HEALTH_MAX_LOSSES 32 /* threshold is at most this */

enum health_state {
	HEALTH_UNKNOWN, /* not judged yet: used */
	HEALTH_ALIVE,
	HEALTH_NOISY, /* probes are lost, traffic is not: used */
	HEALTH_DEAD,
	HEALTH_STATES,
};

enum health_cause {
	HEALTH_CAUSE_NONE,
	HEALTH_CAUSE_ANSWERS,     /* probes are answered */
	HEALTH_CAUSE_PROBES_LOST, /* and nothing else is evidence */
	HEALTH_CAUSE_SILENCE,     /* nor does any other packet arrive */
	HEALTH_CAUSE_BGP_ENDED,   /* and a session ended meanwhile */
	HEALTH_CAUSE_TRAFFIC,     /* probes are lost, but packets arrive */
	HEALTH_CAUSE_BEFORE,      /* it was dead before vbrd was started */
	HEALTH_CAUSES,
};

/** "unknown", "alive", "noisy", "dead": part of the outside view, like the causes. */
const char *health_state_name(enum health_state s);
/** "answers", "silence", ...; "" for none. */
const char *health_cause_name(enum health_cause c);

struct health_conf {
	uint32_t interval_ms; /* between two probes */
	uint8_t threshold;    /* probes lost in a row, 1..HEALTH_MAX_LOSSES */
	bool probes_only;     /* traffic is no evidence */
};

/* What else is known when a probe is due. */
struct health_evidence {
	uint64_t rx_packets; /* counter of the device where answers arrive, all packets */
	bool bgp_ended;      /* a session of the VBR ended since the last probe */
};

struct health_check {
	struct health_conf conf;
	enum health_state state;
	enum health_cause cause; /* of state */
	struct mono since;       /* of state */
	uint16_t sequence;       /* of the last probe */
	uint32_t open;           /* bit i: probe sequence - i is not answered; of those sent */
	struct mono sent_at[HEALTH_MAX_LOSSES]; /* by sequence modulo */
	uint32_t lost_row;                      /* probes judged lost, since the last answer */
	uint32_t answered_row;
	uint32_t slower;      /* times the interval, now */
	struct mono heard_at; /* packets other than answers arrived; 0 = never */
	uint64_t rx_packets;
	uint32_t rx_answers; /* of them, since the last probe */
	bool bgp_ended;      /* since the last answer */
	/* for show */
	uint64_t sent;
	uint64_t answered;
	uint64_t lost;
	uint32_t rtt_us; /* of the last answer */
	uint32_t rtt_min_us;
	uint32_t rtt_max_us;
	uint32_t deaths;
};

/** Unknown, as of now. */
void health_begin(struct health_check *c, const struct health_conf *conf, struct mono now);
/** Just begun, and dead as it was before: answers bring it back as from any death. */
void health_recall(struct health_check *c);
/**
 * A probe is due: the one before is judged, the state may change. Send probe c->sequence now;
 * returns the time to the next one in microseconds.
 */
int64_t health_probe(struct health_check *c, struct mono now, const struct health_evidence *e);
/** An answer to probe sequence came. False: no such probe is open (late by far, or twice). */
bool health_answer(struct health_check *c, struct mono now, uint16_t sequence);
/** May the way be used? */
static inline bool health_is_usable(const struct health_check *c)
{
	return c->state != HEALTH_DEAD;
}
