/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The management server: framed requests over a unix socket, on the loop of the thread that made
 * it. It knows connections, limits and back-pressure; what a request means is its handler's
 * business.
 *
 * A handler answers at once (chunks, then rpc_reply_end), or keeps the call and answers later, in
 * slices:
 *
 *	start:        rpc_call_watch(call, &ops, stream), ask for the first slice
 *	slice came:   rpc_reply_chunk(call, slice); ask for the next unless
 *	              rpc_call_is_congested(call)
 *	on_writable:  ask for the next
 *	no more:      rpc_reply_end(call, ...)
 *	on_cancel:    forget the call; a slice still on its way from another thread is dropped
 *
 * So a connection never holds more than RPC_OUTPUT_MAX plus two slices per call, however slow its
 * reader. libevent writes by writev: the process must ignore SIGPIPE.
 *
 * A call is valid from the handler's start until rpc_reply_end or on_cancel, whichever comes first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"
#include "proto/frame.h"
#include "proto/vbrd.pb-c.h"

struct loop;
struct rpc_server;
struct rpc_call;

#define RPC_MAX_CONNECTIONS 64u
#define RPC_MAX_CALLS       16u          /* in flight, a connection */
#define RPC_OUTPUT_MAX      (256u << 10) /* above this a call is congested */
#define RPC_OUTPUT_LOW      (64u << 10)  /* below this on_writable comes */

enum rpc_role {
	RPC_ROLE_ADMIN,
	RPC_ROLE_OPERATOR, /* reads and clears */
	RPC_ROLE_TENANT,   /* reads one tenant */
};

/* Who is at the other end; from the kernel (SO_PEERCRED). */
struct rpc_user {
	char name[64]; /* of the account, or "uid 1234" */
	uid_t uid;
	pid_t pid;
	enum rpc_role role;
	char tenant[64]; /* RPC_ROLE_TENANT */
};

/* One kind of request. req stays valid as long as the call. */
struct rpc_handler {
	Vbrd__Request__OpCase op;
	void (*fn)(struct rpc_call *call, const Vbrd__Request *req, void *ctx);
};

struct rpc_server_params {
	struct loop *loop;                  /* borrowed; its thread is ours */
	const char *path;                   /* of the socket; a stale one is replaced */
	const char *version;                /* borrowed: said in the answer to Hello */
	const struct rpc_handler *handlers; /* borrowed */
	uint32_t n_handlers;
	void *ctx; /* of the handlers */
	/*
	 * Optional: fill user->role (and tenant) from user->uid and name; false refuses. Without
	 * it root and our own uid are admins and nobody else comes in.
	 */
	bool (*authorize)(void *ctx, struct rpc_user *user);
	/* Optional: configured host name for the answer to Hello. Borrowed result, may be NULL. */
	const char *(*hostname)(void *ctx);
};

/**
 * Listens from now on (mode 0660). NULL with a sentence in err: in use, path too long, no
 * permission.
 */
struct rpc_server *rpc_server_new(const struct rpc_server_params *p, struct errbuf *err);
/** Cancels all calls, closes all connections, removes the socket. NULL-safe. */
void rpc_server_free(struct rpc_server *s);
/** Open connections. */
uint32_t rpc_server_connections(const struct rpc_server *s);

/** Borrowed, as long as the call. */
const struct rpc_user *rpc_call_user(const struct rpc_call *call);
const Vbrd__Request *rpc_call_request(const struct rpc_call *call);
/**
 * A pointer of the owner's on the connection (the candidate's session): the same for all its
 * calls. free_fn is called once when the connection ends, after its calls were cancelled.
 */
void *rpc_call_data(const struct rpc_call *call);
void rpc_call_set_data(struct rpc_call *call, void *data, void (*free_fn)(void *data));

/* For calls that outlive their handler. */
struct rpc_call_ops {
	void (*on_writable)(
		void *stream);           /* output fell to RPC_OUTPUT_LOW after it was congested */
	void (*on_cancel)(void *stream); /* by the client, or it went away: the call is dead */
};
/** stream belongs to the handler: it frees it at its rpc_reply_end or in on_cancel. */
void rpc_call_watch(struct rpc_call *call, const struct rpc_call_ops *ops, void *stream);
/** More than RPC_OUTPUT_MAX waits for the reader: stop; on_writable will come. */
bool rpc_call_is_congested(struct rpc_call *call);

/**
 * Send one message of the answer: any type that Response has a body of. The message is packed at
 * once and stays the caller's. 0, or -EMSGSIZE if it is larger than a frame.
 */
int rpc_reply_chunk(struct rpc_call *call, const ProtobufCMessage *msg);
/** Send status, with all of err (may be NULL); the call is dead. */
void rpc_reply_end(struct rpc_call *call, Vbrd__StatusCode code, const struct errbuf *err);
/** The same with one sentence. */
void rpc_reply_error(struct rpc_call *call, Vbrd__StatusCode code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
