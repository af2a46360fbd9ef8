/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon as the shell sees it, in a thread of the test: answers from constants, remembers what
 * it was told to edit. Fields are read by the test after fake_daemon_fini.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/server.h"

#define FAKE_EDITS 64u

struct fake_daemon {
	char dir[32];
	char path[64];
	struct loop *loop;
	struct rpc_server *server;
	pthread_t thread;
	uint32_t n_routes; /* what a stream of routes gives */
	uint32_t n_edits;
	char edits[FAKE_EDITS][192]; /* "set PATH VALUE" */
	uint32_t n_commits;
	char comment[64];
	uint32_t n_cancelled;
};

/** Listens and runs. */
void fake_daemon_init(struct fake_daemon *f);
void fake_daemon_fini(struct fake_daemon *f);
