/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metering as it runs, on main: which objects have which devices, when they are read, and what
 * becomes of a ledger that cannot be written. The amounts are the ledger's business, on its own
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/ledger/thread.h"

struct daemon;
struct metering;
struct model_delta;

/** The ledger is DIR/ledger.db. NULL with errno set. */
struct metering *metering_new(struct daemon *d, const char *state_dir);
/** A last reading of all, written before this returns. While the plane is there. NULL-safe. */
void metering_free(struct metering *m);
/** A model is about to replace the present one: read what will go or change, as long as it is. */
void metering_before(struct metering *m, const struct model_delta *d);
/** It is applied. NULL: whatever there is now. */
void metering_applied(struct metering *m, const struct model_delta *d);
/** Read all now, synchronously: the devices go. */
void metering_read_all(struct metering *m);

/* For show commands. */
struct ledger_thread *metering_ledger(const struct metering *m);
/** Why the ledger cannot be written, "" if it can. */
const char *metering_error(const struct metering *m);
/** Wall clock of the last sample that was written in this run, 0 = none yet. */
int64_t metering_last_s(const struct metering *m);
/** How long the ledger took for it. */
uint64_t metering_write_us(const struct metering *m);
