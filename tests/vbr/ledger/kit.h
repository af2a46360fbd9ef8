/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world for the ledger: objects with a device each, a clock, and counters that the test
 * moves. It lives in memory of its own kind: kit_shared makes one that a child that is killed
 * leaves behind.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/ledger/ledger.h"

#define KIT_METERS 4
#define KIT_BEFORE 5000                /* octets in, before anybody metered: never counted */
#define KIT_T0     INT64_C(1795860000) /* 2026-11-28T10:00:00Z */

struct kit_meter {
	enum meter_kind kind;
	char tenant[16];
	char name[16];
	char detail[96];
	uint64_t rate_bps;
	bool is_there;
	uint32_t ifindex;
	struct meter_counts shown; /* by the kernel */
	struct meter_counts truth; /* of what the ledger must have counted in the end */
};

struct kit {
	struct meter_clock now;
	struct kit_meter m[KIT_METERS];
	uint32_t sample_keep_s;
	uint32_t hour_keep_s;
	uint32_t writes; /* that returned */
};

void kit_init(struct kit *k);
struct kit *kit_shared(void);
void kit_unshare(struct kit *k);
/** Time passes, on both clocks. */
void kit_pass(struct kit *k, int64_t s);
/** Traffic through a meter's device. */
void kit_move(struct kit *k, uint32_t i, uint64_t in, uint64_t out);
/** One reading of all that is there, written: ledger_write's answer. is_last: whose, or -1. */
int kit_write(struct kit *k, struct ledger *l, int is_last, struct errbuf *err);
/** The same, and it must succeed. */
void kit_sample(struct kit *k, struct ledger *l);
/** Octets in and out that the ledger has counted of a meter, from the samples, all of them. */
struct meter_counts kit_counted(struct ledger *l, const struct kit_meter *m);
/** Are all chains sound, the totals those of the samples, hours and samples the same? */
bool kit_is_sound(struct kit *k, struct ledger *l);
/** The export of both series as one text; the caller frees it. NULL if it cannot be read. */
char *kit_export(struct ledger *l);
/** First fault of any chain; seq of it if asked for. Errors of the file are LEDGER_FAULTS. */
enum ledger_fault kit_fault(struct ledger *l, uint64_t *seq);
