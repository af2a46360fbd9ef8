/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk under SQLite that fails when it is told to: the n-th time that something is written,
 * synchronised or cut. All ledgers of the process are on it.
 */
#pragma once

#include <stdint.h>

enum disk_mode {
	DISK_GOOD,
	DISK_FULL,      /* that one fails, and all writes after it, until the mode changes */
	DISK_BROKEN,    /* the same, as an I/O error */
	DISK_KILL,      /* the process gets SIGKILL before it */
	DISK_KILL_HALF, /* after half of a write */
};

/** Once, before the first ledger. */
void disk_install(void);
/** From now on, fail at the n-th operation, counted from 1. */
void disk_set(enum disk_mode mode, uint32_t n);
/** Operations since disk_set. */
uint32_t disk_count(void);
