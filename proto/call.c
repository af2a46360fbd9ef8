/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. The body of a response is found by the type of the message, so a handler says what it
 * has and never where it goes; a message type that Response does not carry is our own bug.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "proto/conn.h"

const struct rpc_user *rpc_call_user(const struct rpc_call *call)
{
	return &call->conn->user;
}

const Vbrd__Request *rpc_call_request(const struct rpc_call *call)
{
	return call->req;
}

void *rpc_call_data(const struct rpc_call *call)
{
	return call->conn->data;
}

void rpc_call_set_data(struct rpc_call *call, void *data, void (*free_fn)(void *data))
{
	call->conn->data = data;
	call->conn->data_free = free_fn;
}

void rpc_call_watch(struct rpc_call *call, const struct rpc_call_ops *ops, void *stream)
{
	call->ops = ops;
	call->stream = stream;
}

bool rpc_call_is_congested(struct rpc_call *call)
{
	if (rpc_conn_output(call->conn) <= RPC_OUTPUT_MAX)
		return false;
	call->waiting = call->ops;
	return true;
}

void rpc_call_free(struct rpc_call *call)
{
	struct rpc_conn *c = call->conn;

	TAILQ_REMOVE(&c->calls, call, entry);
	c->n_calls--;
	if (c->starting == call)
		c->starting = NULL;
	vbrd__request__free_unpacked(call->req, NULL);
	free(call);
}

void rpc_call_cancel(struct rpc_call *call)
{
	const struct rpc_call_ops *ops = call->ops;
	void *stream = call->stream;

	rpc_call_free(call);
	if (ops)
		ops->on_cancel(stream);
}

static const ProtobufCFieldDescriptor *find_body(const ProtobufCMessageDescriptor *type)
{
	const ProtobufCMessageDescriptor *d = &vbrd__response__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->descriptor == type)
			return f;
	}
	return NULL;
}

int rpc_reply_chunk(struct rpc_call *call, const ProtobufCMessage *msg)
{
	const ProtobufCFieldDescriptor *f = find_body(msg->descriptor);
	Vbrd__Response r = VBRD__RESPONSE__INIT;

	assert(f && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF));
	r.has_id = 1;
	r.id = call->id;
	r.body_case = (Vbrd__Response__BodyCase)f->id;
	memcpy((char *)&r + f->offset, &msg, sizeof(msg));
	return rpc_conn_send(call->conn, &r);
}

static void fill_error(Vbrd__Error *e, const struct errbuf_item *item)
{
	vbrd__error__init(e);
	e->path = item->path;
	e->text = item->text;
	e->has_line = item->line != 0;
	e->line = item->line;
}

void rpc_reply_end(struct rpc_call *call, Vbrd__StatusCode code, const struct errbuf *err)
{
	const uint32_t n = err ? err->n : 0;
	Vbrd__Error *errors = xcalloc(n + 1, sizeof(*errors));
	Vbrd__Error **list = xcalloc(n + 1, sizeof(Vbrd__Error *));
	Vbrd__Status status = VBRD__STATUS__INIT;
	Vbrd__Response r = VBRD__RESPONSE__INIT;
	char more[64];

	for (uint32_t i = 0; i <= n; i++)
		list[i] = &errors[i];
	for (uint32_t i = 0; i < n; i++)
		fill_error(list[i], &err->items[i]);
	status.n_errors = n;
	if (err && err->dropped) {
		(void)snprintf(more, sizeof(more), "and %u more errors", err->dropped);
		vbrd__error__init(list[n]);
		list[n]->text = more;
		status.n_errors = n + 1;
	}
	status.errors = list;
	status.has_code = 1;
	status.code = code;
	r.has_id = 1;
	r.id = call->id;
	r.status = &status;
	if (rpc_conn_send(call->conn, &r))
		rpc_conn_status(call->conn, call->id, code, "the error texts exceed a frame");
	free(list);
	free(errors);
	rpc_call_free(call);
}

void rpc_reply_error(struct rpc_call *call, Vbrd__StatusCode code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rpc_conn_status(call->conn, call->id, code, text);
	rpc_call_free(call);
}
