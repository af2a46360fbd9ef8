/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon asks of its process: privileges, limits, and word to the service manager.
 */
#pragma once

#include <stdbool.h>

/**
 * Keep only the capabilities that the work needs. 0, or -errno; what is missing is logged as a
 * warning.
 */
int process_drop_privileges(void);
/** Descriptors for every session that the model allows. */
void process_raise_limits(void);
/** Tell systemd ("READY=1", "STOPPING=1"), if it listens. */
void process_notify(const char *state);
/**
 * Has this kernel run since vbrd last did, as far as state_dir/boot-id tells? Then what it forwards
 * by is still there. Notes the answer for the next time.
 */
bool process_kernel_is_same(const char *state_dir);
/** The kernel's routes were taken away on purpose. */
void process_kernel_forget(const char *state_dir);
