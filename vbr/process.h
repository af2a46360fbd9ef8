/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon asks of its process: privileges, limits, and word to the service manager.
 */
#pragma once

/**
 * Keep only the capabilities that the work needs. 0, or -errno; what is missing is logged as a
 * warning.
 */
int process_drop_privileges(void);
/** Descriptors for every session that the model allows. */
void process_raise_limits(void);
/** Tell systemd ("READY=1", "STOPPING=1"), if it listens. */
void process_notify(const char *state);
