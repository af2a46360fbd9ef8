/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a thread of ours. Ending it is its owner's: a flag or a message, then pthread_join.
 */
#pragma once

#include <pthread.h>

/**
 * Run fn(arg) on a new thread with all signals blocked: signals are main's, whose loop turns
 * them into events, and no thread of ours is interrupted by one. name is for who looks at the
 * threads of the process ("top -H"), 15 characters of it.
 *
 * Returns 0 or -errno (-EAGAIN: no more threads for us).
 */
int thread_start(pthread_t *id, const char *name, void *(*fn)(void *arg), void *arg);
