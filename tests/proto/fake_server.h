/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with handlers that do what the tests need, on a loop of its own: turned by the test
 * itself, or run by a thread while the test blocks in the client.
 *
 *	ShowVersion               one chunk, OK
 *	ShowTenant                one error of each shape, INVALID
 *	ShowBgpRoutes             n_routes routes in slices; prefix "hold": no answer
 *	                          prefix "long": one of LONG_PATHS, more than a frame; each
 *	                          fourth is as the one before, MED or age is the number
 *	ShowMemory                ends with DENIED
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/server.h"

#define LONG_PATHS 64u

struct fake_server {
	char dir[32];
	char path[64];
	struct loop *loop;
	struct rpc_server *server;
	pthread_t thread;
	bool running;
	uint32_t n_routes;  /* what ShowBgpRoutes gives */
	uint32_t n_streams; /* alive */
	uint32_t n_cancelled;
	uint32_t n_data_freed;
	uint32_t n_slices;
	bool refuse_users;
};

void fake_server_init(struct fake_server *f);
void fake_server_fini(struct fake_server *f);
/** Serve from a thread until fake_server_fini. */
void fake_server_run(struct fake_server *f);
