/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buffer of one frame, poll and recv. A frame is handed out as soon as it is complete; what
 * follows it stays for the next call. Responses are unpacked into an arena: one with 256 routes
 * is thousands of small pieces that all end together. A broken pipe while sending is not yet the
 * end: the server may have said why, and that is read first.
 */
#include "proto/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "proto/frame.h"

#define ARENA_FIRST 16384u

struct rpc_client {
	int fd;
	uint32_t next_id;
	Vbrd__HelloReply *hello; /* owned */
	struct arena *arena;     /* owned: the last response */
	size_t at;               /* of buf: what stands before it was used */
	size_t have;             /* bytes from there on */
	uint8_t buf[RPC_FRAME_HEAD + RPC_FRAME_MAX];
};

const Vbrd__HelloReply *rpc_client_server(const struct rpc_client *c)
{
	return c->hello;
}

const ProtobufCMessage *rpc_response_body(const Vbrd__Response *r)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
		&vbrd__response__descriptor, r->body_case);
	const ProtobufCMessage *msg;

	if (r->body_case == VBRD__RESPONSE__BODY__NOT_SET || !f)
		return NULL;
	memcpy(&msg, (const char *)r + f->offset, sizeof(msg));
	return msg;
}

static int wait_for(int fd, short events, struct mono until)
{
	struct pollfd p = { .fd = fd, .events = events };
	const int64_t left_us = mono_sub_us(until, mono_now());
	const int n = poll(&p, 1, left_us > 0 ? (int)((left_us + 999) / 1000) : 0);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* Sending never gives up half-way for a signal: the rest of a frame must follow. */
static int send_all(struct rpc_client *c, const uint8_t *p, size_t len)
{
	const struct mono until = mono_add_s(mono_now(), 60);

	while (len > 0) {
		const ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int ret;

		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		ret = wait_for(c->fd, POLLOUT, until);
		if (ret && ret != -EINTR)
			return ret;
	}
	return 0;
}

int rpc_client_send(struct rpc_client *c, Vbrd__Request *req)
{
	const uint32_t id = c->next_id++;
	uint8_t *frame;
	size_t len;
	int ret;

	req->has_id = 1;
	req->id = id;
	len = vbrd__request__get_packed_size(req);
	if (len > RPC_FRAME_MAX)
		return -EMSGSIZE;
	frame = xmalloc(RPC_FRAME_HEAD + len);
	rpc_frame_put(frame, (uint32_t)len);
	vbrd__request__pack(req, frame + RPC_FRAME_HEAD);
	ret = send_all(c, frame, RPC_FRAME_HEAD + len);
	free(frame);
	return ret;
}

int rpc_client_cancel(struct rpc_client *c, uint32_t id)
{
	Vbrd__Cancel cancel = VBRD__CANCEL__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	cancel.has_target = 1;
	cancel.target = id;
	req.op_case = VBRD__REQUEST__OP_CANCEL;
	req.cancel = &cancel;
	return rpc_client_send(c, &req);
}

static void *unpack_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void unpack_free(void *arena UNUSED, void *p UNUSED)
{
}

static Vbrd__Response *unpack(struct rpc_client *c, size_t len)
{
	ProtobufCAllocator allocator = { unpack_alloc, unpack_free, c->arena };

	arena_reset(c->arena);
	return vbrd__response__unpack(&allocator, len, c->buf + c->at + RPC_FRAME_HEAD);
}

/* 1 with a frame's response, 0 if the buffer holds none yet, -EPROTO. */
static int take_frame(struct rpc_client *c, Vbrd__Response **resp)
{
	uint32_t len;
	size_t used;

	if (c->have < RPC_FRAME_HEAD)
		return 0;
	len = rpc_frame_get(c->buf + c->at);
	used = RPC_FRAME_HEAD + (size_t)len;
	if (len > RPC_FRAME_MAX)
		return -EPROTO;
	if (c->have < used)
		return 0;
	*resp = unpack(c, len);
	if (!*resp)
		return -EPROTO;
	c->at += used;
	c->have -= used;
	return 1;
}

/* Only when no whole frame is left: of many that came at once none is moved. */
static ssize_t receive(struct rpc_client *c)
{
	ssize_t n;

	memmove(c->buf, c->buf + c->at, c->have);
	c->at = 0;
	n = recv(c->fd, c->buf + c->have, sizeof(c->buf) - c->have, MSG_DONTWAIT);
	if (n > 0)
		c->have += (size_t)n;
	return n;
}

int rpc_client_recv(struct rpc_client *c, int timeout_ms, Vbrd__Response **resp)
{
	const struct mono until = mono_add_us(mono_now(), (int64_t)timeout_ms * 1000);

	*resp = NULL;
	for (;;) {
		int ret = take_frame(c, resp);
		ssize_t n;

		if (ret)
			return ret < 0 ? ret : 0;
		ret = wait_for(c->fd, POLLIN, until);
		if (ret)
			return ret;
		n = receive(c);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN)
			return -errno;
	}
}

/* Is it for us? A status for id 0 is about the connection as a whole. */
static bool is_answer(const Vbrd__Response *r, uint32_t id)
{
	return r->id == id || (r->id == 0 && r->status);
}

static void use_response(struct rpc_client *c, Vbrd__Response *r, uint32_t id,
	const struct rpc_client_sink *sink, bool *cancelled)
{
	const ProtobufCMessage *body = rpc_response_body(r);

	if (*cancelled || !body || !sink || !sink->body)
		return;
	if (!sink->body(sink->ctx, body)) {
		*cancelled = true;
		(void)rpc_client_cancel(c, id);
	}
}

/* What is to outlive its response: free it with protobuf_c_message_free_unpacked(m, NULL). */
static void *copy_of(const ProtobufCMessage *m)
{
	const size_t len = protobuf_c_message_get_packed_size(m);
	uint8_t *packed = xmalloc(len + 1);
	ProtobufCMessage *copy;

	protobuf_c_message_pack(m, packed);
	copy = protobuf_c_message_unpack(m->descriptor, NULL, len, packed);
	free(packed);
	if (!copy)
		abort(); /* out of memory: the same end as xmalloc's */
	return copy;
}

int rpc_client_call(struct rpc_client *c, Vbrd__Request *req, const struct rpc_client_sink *sink,
	int timeout_ms, Vbrd__Status **status)
{
	bool cancelled = false;
	int ret = rpc_client_send(c, req);

	*status = NULL;
	if (ret && ret != -EPIPE && ret != -ECONNRESET)
		return ret;
	while (!*status) {
		Vbrd__Response *r;

		if (!cancelled && sink && sink->is_cancelled && sink->is_cancelled(sink->ctx)) {
			cancelled = true;
			(void)rpc_client_cancel(c, req->id);
		}
		ret = rpc_client_recv(c, timeout_ms, &r);
		if (ret == -EINTR)
			continue;
		if (ret)
			return ret;
		if (is_answer(r, req->id)) {
			use_response(c, r, req->id, sink, &cancelled);
			if (r->status)
				*status = copy_of(&r->status->base);
		}
	}
	return 0;
}

static bool keep_hello(void *ctx, const ProtobufCMessage *msg)
{
	struct rpc_client *c = ctx;

	if (msg->descriptor == &vbrd__hello_reply__descriptor && !c->hello)
		c->hello = copy_of(msg);
	return true;
}

static int code_to_errno(Vbrd__StatusCode code)
{
	switch (code) {
	case VBRD__STATUS_CODE__DENIED:
		return EACCES;
	case VBRD__STATUS_CODE__BUSY:
		return EBUSY;
	default:
		return EPROTO;
	}
}

/* 0, or an errno with the sentence in err. */
static int say_hello(struct rpc_client *c, const char *name, int timeout_ms, struct errbuf *err)
{
	const struct rpc_client_sink sink = { .body = keep_hello, .ctx = c };
	Vbrd__Hello hello = VBRD__HELLO__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	Vbrd__Status *status;
	char *copy = xstrdup(name);
	int ret;

	hello.has_api_version = 1;
	hello.api_version = RPC_API_VERSION;
	hello.client = copy;
	req.op_case = VBRD__REQUEST__OP_HELLO;
	req.hello = &hello;
	ret = -rpc_client_call(c, &req, &sink, timeout_ms, &status);
	free(copy);
	if (ret) {
		errbuf_add(err, NULL, 0, "no answer from the daemon: %s", strerror(ret));
		return ret;
	}
	if (status->code != VBRD__STATUS_CODE__OK || !c->hello) {
		ret = code_to_errno(status->code);
		errbuf_add(err, NULL, 0, "%s",
			status->n_errors ? status->errors[0]->text : "the daemon refuses");
	}
	vbrd__status__free_unpacked(status, NULL);
	return ret;
}

struct rpc_client *rpc_client_new(const char *path, const char *name, int timeout_ms,
	struct errbuf *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000 };
	struct rpc_client *c;
	int ret = ENAMETOOLONG;

	c = xmalloc(sizeof(*c)); /* not zeroed: a megabyte that mostly stays untouched */
	c->next_id = 1;
	c->hello = NULL;
	c->arena = arena_new(ARENA_FIRST);
	c->at = 0;
	c->have = 0;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) < sizeof(addr.sun_path)) {
		/* A full backlog makes connect wait; SO_SNDTIMEO bounds that. */
		(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		memcpy(addr.sun_path, path, strlen(path) + 1);
		ret = connect(c->fd, (const struct sockaddr *)&addr, sizeof(addr)) ? errno : 0;
	}
	if (ret)
		errbuf_add(err, NULL, 0, "cannot connect to %s: %s", path, strerror(ret));
	else
		ret = say_hello(c, name, timeout_ms, err);
	if (ret) {
		rpc_client_free(c);
		errno = ret;
		return NULL;
	}
	return c;
}

void rpc_client_free(struct rpc_client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	if (c->hello)
		vbrd__hello_reply__free_unpacked(c->hello, NULL);
	arena_free(c->arena);
	free(c);
}
