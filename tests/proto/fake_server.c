/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/proto/fake_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "proto/shared.h"

struct stream {
	struct fake_server *f;
	struct rpc_call *call;
	uint32_t next;
	bool hold;
};

static void show_version(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx UNUSED)
{
	char text[] = "1.2.3";
	Vbrd__Version v = VBRD__VERSION__INIT;

	v.version = text;
	CU_ASSERT_EQUAL(rpc_reply_chunk(call, &v.base), 0);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}

static void show_tenant(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx UNUSED)
{
	struct errbuf err;

	errbuf_init(&err);
	errbuf_add(&err, "/vbrd:tenant[name='a']", 0, "has no route");
	errbuf_add(&err, NULL, 7, "unknown word");
	rpc_reply_end(call, VBRD__STATUS_CODE__INVALID, &err);
	errbuf_fini(&err);
}

static void show_memory(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx UNUSED)
{
	rpc_reply_error(call, VBRD__STATUS_CODE__DENIED, "role %s may not", "tenant");
}

static void stream_end(struct stream *s)
{
	s->f->n_streams--;
	free(s);
}

/* 256 routes of one path. */
static void send_slice(struct stream *s)
{
	enum {
		N = RPC_CHUNK_ROUTES
	};
	static char prefixes[N][24];
	static Vbrd__BgpRoute routes[N];
	Vbrd__BgpRoute *list[N];
	char peer[] = "10.0.0.2";
	Vbrd__BgpPath path = VBRD__BGP_PATH__INIT;
	Vbrd__BgpPath *paths[] = { &path };
	Vbrd__BgpRoutes msg = VBRD__BGP_ROUTES__INIT;

	path.peer = peer;
	for (; msg.n_routes < N && s->next < s->f->n_routes; s->next++) {
		const size_t i = msg.n_routes++;

		(void)snprintf(prefixes[i], sizeof(prefixes[i]), "10.%u.%u.0/24",
			s->next >> 8 & 255, s->next & 255);
		vbrd__bgp_route__init(&routes[i]);
		routes[i].prefix = prefixes[i];
		routes[i].paths = paths;
		routes[i].n_paths = 1;
		list[i] = &routes[i];
	}
	msg.routes = list;
	CU_ASSERT_EQUAL(rpc_reply_chunk(s->call, &msg.base), 0);
	s->f->n_slices++;
}

static void send_long(struct rpc_call *call)
{
	static char text[40000];
	static Vbrd__BgpPath path[LONG_PATHS];
	Vbrd__BgpPath *paths[LONG_PATHS];
	uint32_t like[LONG_PATHS];
	uint64_t age[LONG_PATHS];
	char prefix[] = "10.0.0.0/8";
	Vbrd__BgpRoute route = VBRD__BGP_ROUTE__INIT;
	Vbrd__BgpRoute none = VBRD__BGP_ROUTE__INIT;
	Vbrd__BgpRoute *list[] = { &none, &route };

	memset(text, 'x', sizeof(text) - 1);
	route.prefix = none.prefix = prefix;
	route.paths = paths;
	route.like = like;
	route.age = age;
	for (uint32_t i = 0; i < LONG_PATHS; i++) {
		const bool alike = i % 4 == 3;

		like[route.n_like++] = alike ? SHARED_LIKE_FIRST : SHARED_LIKE_REMEMBERED;
		vbrd__bgp_path__init(&path[i]);
		path[i].peer = text;
		path[i].has_med = 1;
		path[i].med = i;
		if (alike)
			age[route.n_age++] = i;
		else
			paths[route.n_paths++] = &path[i];
	}
	shared_reply(call, list, 2);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}

static void produce(void *ctx)
{
	struct stream *s = ctx;

	if (s->hold)
		return;
	while (s->next < s->f->n_routes) {
		if (rpc_call_is_congested(s->call))
			return;
		send_slice(s);
	}
	rpc_reply_end(s->call, VBRD__STATUS_CODE__OK, NULL);
	stream_end(s);
}

static void on_cancel(void *ctx)
{
	struct stream *s = ctx;

	s->f->n_cancelled++;
	stream_end(s);
}

static void data_free(void *data)
{
	struct fake_server *f = data;

	CU_ASSERT_EQUAL(f->n_streams, 0);
	f->n_data_freed++;
}

static void show_bgp_routes(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	static const struct rpc_call_ops ops = { .on_writable = produce, .on_cancel = on_cancel };
	struct fake_server *f = ctx;
	const char *prefix = req->show_bgp_routes->prefix;
	struct stream *s;

	if (prefix && strcmp(prefix, "long") == 0) {
		send_long(call);
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->f = f;
	s->call = call;
	s->hold = prefix && strcmp(prefix, "hold") == 0;
	f->n_streams++;
	rpc_call_set_data(call, f, data_free);
	CU_ASSERT_PTR_EQUAL(rpc_call_data(call), f);
	CU_ASSERT_PTR_EQUAL(rpc_call_request(call), req);
	CU_ASSERT_EQUAL(rpc_call_user(call)->uid, getuid());
	rpc_call_watch(call, &ops, s);
	produce(s);
}

static bool authorize(void *ctx, struct rpc_user *user)
{
	const struct fake_server *f = ctx;

	user->role = RPC_ROLE_OPERATOR;
	return !f->refuse_users;
}

static const char *hostname(void *ctx UNUSED)
{
	return "edge-1";
}

static const struct rpc_handler handlers[] = {
	{ VBRD__REQUEST__OP_SHOW_VERSION, show_version },
	{ VBRD__REQUEST__OP_SHOW_TENANT, show_tenant },
	{ VBRD__REQUEST__OP_SHOW_MEMORY, show_memory },
	{ VBRD__REQUEST__OP_SHOW_BGP_ROUTES, show_bgp_routes },
};

void fake_server_init(struct fake_server *f)
{
	struct rpc_server_params p = { .version = "0.1.0",
		.handlers = handlers,
		.n_handlers = ARRAY_SIZE(handlers),
		.ctx = f,
		.authorize = authorize,
		.hostname = hostname };
	struct errbuf err;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(f, 0, sizeof(*f));
	strcpy(f->dir, "/tmp/vbrd-proto-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/sock", f->dir);
	f->loop = loop_new("test");
	p.loop = f->loop;
	p.path = f->path;
	errbuf_init(&err);
	f->server = rpc_server_new(&p, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->server);
	errbuf_fini(&err);
}

static void *run(void *ctx)
{
	struct fake_server *f = ctx;

	CU_ASSERT_EQUAL(loop_run(f->loop), 0);
	return NULL;
}

void fake_server_run(struct fake_server *f)
{
	f->running = true;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&f->thread, NULL, run, f), 0);
}

void fake_server_fini(struct fake_server *f)
{
	if (f->running) {
		loop_stop(f->loop);
		(void)pthread_join(f->thread, NULL);
	}
	rpc_server_free(f->server);
	CU_ASSERT_EQUAL(f->n_streams, 0);
	CU_ASSERT_EQUAL(access(f->path, F_OK), -1);
	loop_free(f->loop);
	(void)rmdir(f->dir);
}
