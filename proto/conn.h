/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the server: one client's connection and its calls. server.c makes and closes
 * connections, conn.c reads frames and dispatches, call.c answers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/bufferevent.h>

#include "proto/server.h"

struct rpc_call {
	TAILQ_ENTRY(rpc_call) entry;
	struct rpc_conn *conn;          /* borrowed: outlives its calls */
	Vbrd__Request *req;             /* owned */
	const struct rpc_call_ops *ops; /* NULL until rpc_call_watch */
	void *stream;                   /* the handler's */
	uint32_t id;
	bool waiting; /* wants on_writable */
};

struct rpc_conn {
	TAILQ_ENTRY(rpc_conn) entry;
	struct rpc_server *server; /* borrowed */
	struct bufferevent *bev;   /* owned, with its descriptor */
	TAILQ_HEAD(, rpc_call) calls;
	uint32_t n_calls;
	struct rpc_call *starting; /* its handler runs and has not ended it */
	struct rpc_user user;
	void *data; /* the owner's */
	void (*data_free)(void *data);
	bool closing; /* when the output is written; nothing is read any more */
	bool paused;  /* reading waits for the output */
};

/** Takes the descriptor. NULL if libevent refuses; the descriptor is closed then. */
struct rpc_conn *rpc_conn_new(struct rpc_server *s, int fd, const struct rpc_user *user);
/** Cancels its calls, closes, leaves the server's list. */
void rpc_conn_free(struct rpc_conn *c);
/** Append one framed response; 0 or -EMSGSIZE. */
int rpc_conn_send(struct rpc_conn *c, const Vbrd__Response *r);
/** Status of a request that has no call, or no longer. */
void rpc_conn_status(struct rpc_conn *c, uint32_t id, Vbrd__StatusCode code, const char *text);
size_t rpc_conn_output(const struct rpc_conn *c);

/** Remove without an answer. */
void rpc_call_free(struct rpc_call *call);
/** Tell the handler that nobody listens any more, then remove. */
void rpc_call_cancel(struct rpc_call *call);

const struct rpc_server_params *rpc_server_params(const struct rpc_server *s);
void rpc_server_unlink(struct rpc_server *s, struct rpc_conn *c);
