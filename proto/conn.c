/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of one connection, in and out.
 *
 * Bounded in every direction: a frame by RPC_FRAME_MAX before anything of it is kept, calls in
 * flight by RPC_MAX_CALLS, the output because calls stop producing at RPC_OUTPUT_MAX and reading
 * stops at PAUSE_OUTPUT (someone who asks and never reads), the work of one turn by BURST
 * requests.
 *
 * A frame that makes no sense ends the connection, since the next one cannot be found; a request
 * that is only unknown or impossible gets its status and the connection lives.
 */
#include "proto/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define BURST 64 /* requests a turn */
#define PAUSE_OUTPUT \
	(4 * RPC_OUTPUT_MAX) /* above the streams' own limit: Cancel is still read there */
#define CLOSE_LINGER 10      /* s that a closing client has to read its last answer */

size_t rpc_conn_output(const struct rpc_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

int rpc_conn_send(struct rpc_conn *c, const Vbrd__Response *r)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	const size_t len = vbrd__response__get_packed_size(r);
	struct evbuffer_iovec v;

	if (len > RPC_FRAME_MAX)
		return -EMSGSIZE;
	if (evbuffer_reserve_space(out, (ev_ssize_t)(RPC_FRAME_HEAD + len), &v, 1) != 1)
		abort(); /* out of memory: the same end as xmalloc's */
	rpc_frame_put(v.iov_base, (uint32_t)len);
	vbrd__response__pack(r, (uint8_t *)v.iov_base + RPC_FRAME_HEAD);
	v.iov_len = RPC_FRAME_HEAD + len;
	evbuffer_commit_space(out, &v, 1);
	return 0;
}

void rpc_conn_status(struct rpc_conn *c, uint32_t id, Vbrd__StatusCode code, const char *text)
{
	Vbrd__Error error = VBRD__ERROR__INIT;
	Vbrd__Error *errors[] = { &error };
	Vbrd__Status status = VBRD__STATUS__INIT;
	Vbrd__Response r = VBRD__RESPONSE__INIT;
	char *copy = text ? xstrdup(text) : NULL; /* protobuf-c has no const */

	error.text = copy;
	status.has_code = 1;
	status.code = code;
	status.errors = errors;
	status.n_errors = text ? 1 : 0;
	r.has_id = 1;
	r.id = id;
	r.status = &status;
	(void)rpc_conn_send(c, &r); /* a sentence fits a frame */
	free(copy);
}

static void hello(struct rpc_conn *c, const Vbrd__Request *req)
{
	static const char *const roles[] = {
		[RPC_ROLE_ADMIN] = "admin",
		[RPC_ROLE_OPERATOR] = "operator",
		[RPC_ROLE_TENANT] = "tenant",
	};
	const struct rpc_server_params *p = rpc_server_params(c->server);
	const char *hostname = p->hostname ? p->hostname(p->ctx) : NULL;
	Vbrd__HelloReply reply = VBRD__HELLO_REPLY__INIT;
	Vbrd__Response r = VBRD__RESPONSE__INIT;

	if (req->hello->has_api_version && req->hello->api_version != RPC_API_VERSION) {
		rpc_conn_status(c, req->id, VBRD__STATUS_CODE__USAGE,
			"this daemon speaks another version of the management protocol: use the "
			"vbrsh that was installed with it");
		return;
	}
	reply.has_api_version = 1;
	reply.api_version = RPC_API_VERSION;
	reply.version = xstrdup(p->version ? p->version : "");
	reply.hostname = hostname ? xstrdup(hostname) : NULL;
	reply.role = xstrdup(roles[c->user.role]);
	r.has_id = 1;
	r.id = req->id;
	r.body_case = VBRD__RESPONSE__BODY_HELLO;
	r.hello = &reply;
	(void)rpc_conn_send(c, &r);
	free(reply.version);
	free(reply.hostname);
	free(reply.role);
	rpc_conn_status(c, req->id, VBRD__STATUS_CODE__OK, NULL);
}

static struct rpc_call *find_call(struct rpc_conn *c, uint32_t id)
{
	struct rpc_call *call;

	TAILQ_FOREACH(call, &c->calls, entry) {
		if (call->id == id)
			return call;
	}
	return NULL;
}

static void cancel(struct rpc_conn *c, uint32_t id)
{
	struct rpc_call *call = find_call(c, id);

	if (!call) /* it ended while the cancel was on its way */
		return;
	rpc_call_cancel(call);
	rpc_conn_status(c, id, VBRD__STATUS_CODE__CANCELLED, NULL);
}

static const struct rpc_handler *find_handler(const struct rpc_server_params *p,
	Vbrd__Request__OpCase op)
{
	for (uint32_t i = 0; i < p->n_handlers; i++) {
		if (p->handlers[i].op == op)
			return &p->handlers[i];
	}
	return NULL;
}

static void start_call(struct rpc_conn *c, const struct rpc_handler *h, Vbrd__Request *take_req)
{
	struct rpc_call *call = xcalloc(1, sizeof(*call));

	call->conn = c;
	call->req = take_req;
	call->id = take_req->id;
	TAILQ_INSERT_TAIL(&c->calls, call, entry);
	c->n_calls++;
	c->starting = call;
	h->fn(call, take_req, rpc_server_params(c->server)->ctx);
	/* A handler that keeps its call must hear of the client's end. */
	assert(c->starting != call || call->ops);
	c->starting = NULL;
}

/* Takes the request. */
static void dispatch(struct rpc_conn *c, Vbrd__Request *req)
{
	const struct rpc_handler *h = find_handler(rpc_server_params(c->server), req->op_case);

	if (req->op_case == VBRD__REQUEST__OP_HELLO) {
		hello(c, req);
	} else if (req->op_case == VBRD__REQUEST__OP_CANCEL) {
		cancel(c, req->cancel->target);
	} else if (!h) {
		rpc_conn_status(c, req->id, VBRD__STATUS_CODE__UNKNOWN_REQUEST,
			"this daemon does not know the request: is it older than the client?");
	} else if (find_call(c, req->id)) {
		rpc_conn_status(c, req->id, VBRD__STATUS_CODE__USAGE,
			"a request with this id is in flight");
	} else if (c->n_calls >= RPC_MAX_CALLS) {
		rpc_conn_status(c, req->id, VBRD__STATUS_CODE__BUSY,
			"too many requests in flight on this connection");
	} else {
		start_call(c, h, req);
		return;
	}
	vbrd__request__free_unpacked(req, NULL);
}

static void cancel_all(struct rpc_conn *c)
{
	struct rpc_call *call;

	while ((call = TAILQ_FIRST(&c->calls)))
		rpc_call_cancel(call);
}

/* Cancel the calls, read no more, close once the output is written, or after a while. */
static void close_soon(struct rpc_conn *c)
{
	const struct timeval linger = { .tv_sec = CLOSE_LINGER };

	cancel_all(c);
	c->closing = true;
	bufferevent_disable(c->bev, EV_READ);
	bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
	bufferevent_set_timeouts(c->bev, NULL, &linger);
	if (rpc_conn_output(c) == 0)
		bufferevent_trigger(c->bev, EV_WRITE,
			BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

static void malformed(struct rpc_conn *c, const char *text)
{
	rpc_conn_status(c, 0, VBRD__STATUS_CODE__MALFORMED, text);
	close_soon(c);
}

/* Returns whether there may be more to do. */
static bool read_frame(struct rpc_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	uint8_t head[RPC_FRAME_HEAD];
	uint32_t len;
	ProtobufCMessage *msg;

	if (evbuffer_copyout(in, head, sizeof(head)) != (ev_ssize_t)sizeof(head))
		return false;
	len = rpc_frame_get(head);
	if (len > RPC_FRAME_MAX) {
		malformed(c, "frame is longer than 1 MiB");
		return false;
	}
	if (evbuffer_get_length(in) < RPC_FRAME_HEAD + len)
		return false;
	evbuffer_drain(in, RPC_FRAME_HEAD);
	msg = rpc_unpack(&vbrd__request__descriptor, len ? evbuffer_pullup(in, len) : head, len);
	evbuffer_drain(in, len);
	if (!msg) {
		malformed(c, "request cannot be decoded");
		return false;
	}
	dispatch(c, (Vbrd__Request *)msg);
	return true;
}

static void on_read(struct bufferevent *bev, void *ctx)
{
	struct rpc_conn *c = ctx;

	for (int i = 0; !c->closing; i++) {
		if (rpc_conn_output(c) > PAUSE_OUTPUT) {
			c->paused = true;
			bufferevent_disable(bev, EV_READ);
			return;
		}
		if (i == BURST) {
			bufferevent_trigger(bev, EV_READ,
				BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
			return;
		}
		if (!read_frame(c))
			return;
	}
}

/* Calls take turns: each goes to the tail before it may write, and may end itself while it does. */
static void wake_calls(struct rpc_conn *c)
{
	for (uint32_t n = c->n_calls; n > 0 && c->n_calls > 0; n--) {
		struct rpc_call *call = TAILQ_FIRST(&c->calls);

		if (rpc_conn_output(c) > RPC_OUTPUT_MAX)
			return;
		TAILQ_REMOVE(&c->calls, call, entry);
		TAILQ_INSERT_TAIL(&c->calls, call, entry);
		if (call->waiting) {
			call->waiting = false;
			call->ops->on_writable(call->stream);
		}
	}
}

static void on_write(struct bufferevent *bev, void *ctx)
{
	struct rpc_conn *c = ctx;

	if (c->closing) {
		if (rpc_conn_output(c) == 0)
			rpc_conn_free(c);
		return;
	}
	wake_calls(c);
	if (c->paused && rpc_conn_output(c) <= RPC_OUTPUT_LOW) {
		c->paused = false;
		bufferevent_enable(bev, EV_READ);
		/* Requests that came before the pause sit in the input already. */
		bufferevent_trigger(bev, EV_READ,
			BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	}
}

/* End of file, error, or the linger's time-out: all the same to us. */
static void on_event(struct bufferevent *bev UNUSED, short what UNUSED, void *ctx)
{
	rpc_conn_free(ctx);
}

struct rpc_conn *rpc_conn_new(struct rpc_server *s, int fd, const struct rpc_user *user)
{
	struct event_base *base = loop_base(rpc_server_params(s)->loop);
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	struct rpc_conn *c;

	if (!bev) {
		close(fd);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->server = s;
	c->bev = bev;
	c->user = *user;
	TAILQ_INIT(&c->calls);
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	/* Else libevent writes 16 KiB a turn of the loop: a table is thousands of turns. */
	(void)bufferevent_set_max_single_write(bev, RPC_OUTPUT_MAX);
	bufferevent_setwatermark(bev, EV_WRITE, RPC_OUTPUT_LOW, 0);
	bufferevent_setwatermark(bev, EV_READ, 0, RPC_FRAME_HEAD + RPC_FRAME_MAX);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	return c;
}

void rpc_conn_free(struct rpc_conn *c)
{
	c->closing = true;
	cancel_all(c);
	if (c->data_free)
		c->data_free(c->data);
	rpc_server_unlink(c->server, c);
	bufferevent_free(c->bev);
	free(c);
}
