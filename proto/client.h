/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocking end of the management protocol, for the shell and tools: one thread, waits with
 * time-outs. Requests may be sent ahead; answers are told apart by id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"
#include "proto/vbrd.pb-c.h"

struct rpc_client;

/**
 * Connect and say hello. NULL with a sentence in err and errno: ECONNREFUSED, ENOENT, EACCES,
 * ETIMEDOUT.
 */
struct rpc_client *rpc_client_new(const char *path, const char *name, int timeout_ms,
	struct errbuf *err);
void rpc_client_free(struct rpc_client *c);
/** What the server said of itself. Borrowed, never NULL after rpc_client_new. */
const Vbrd__HelloReply *rpc_client_server(const struct rpc_client *c);

/** Send; gives req->id. 0, or -errno (-EMSGSIZE: larger than a frame). */
int rpc_client_send(struct rpc_client *c, Vbrd__Request *req) MUST_USE;
/** Ask the server to end a request; its status (CANCELLED, or the one it had) still comes. */
int rpc_client_cancel(struct rpc_client *c, uint32_t id);
/**
 * Next response, whichever request it answers; it lives until the next call with this client.
 * 0, -ETIMEDOUT, -EINTR when a signal came, -ECONNRESET when the
 * server went away, -EPROTO for nonsense.
 */
int rpc_client_recv(struct rpc_client *c, int timeout_ms, Vbrd__Response **resp) MUST_USE;

/* How rpc_client_call works on a stream. */
struct rpc_client_sink {
	/* A part of the answer; false ends the request early. NULL: ignored. */
	bool (*body)(void *ctx, const ProtobufCMessage *msg);
	/* Asked before each wait: true ends the request early. NULL: never. */
	bool (*is_cancelled)(void *ctx);
	void *ctx;
};
/**
 * One request with its whole answer. timeout_ms bounds the wait for each part. status: the caller
 * frees it (vbrd__status__free_unpacked). 0, or as rpc_client_recv, then *status is NULL.
 */
int rpc_client_call(struct rpc_client *c, Vbrd__Request *req, const struct rpc_client_sink *sink,
	int timeout_ms, Vbrd__Status **status) MUST_USE;

/** The message in the body of a response, or NULL. Borrowed. */
const ProtobufCMessage *rpc_response_body(const Vbrd__Response *r);
