/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "proto/client.h"
#include "tests/cu_main.h"
#include "tests/proto/fake_server.h"

#define TIMEOUT_MS 20000

struct seen {
	uint32_t n_chunks;
	uint32_t n_routes;
	uint32_t stop_after; /* chunks; 0 = never */
};

static bool count_routes(void *ctx, const ProtobufCMessage *msg)
{
	struct seen *s = ctx;

	CU_ASSERT_PTR_EQUAL(msg->descriptor, &vbrd__bgp_routes__descriptor);
	s->n_chunks++;
	s->n_routes += (uint32_t)((const Vbrd__BgpRoutes *)msg)->n_routes;
	return s->n_chunks != s->stop_after;
}

static struct rpc_client *connect_to(struct fake_server *f)
{
	struct errbuf err;
	struct rpc_client *c;

	errbuf_init(&err);
	c = rpc_client_new(f->path, "test", TIMEOUT_MS, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_TRUE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return c;
}

static int ask_routes(struct rpc_client *c, struct seen *seen, Vbrd__Status **status)
{
	const struct rpc_client_sink sink = { .body = count_routes, .ctx = seen };
	Vbrd__ShowBgpRoutes show = VBRD__SHOW_BGP_ROUTES__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	req.op_case = VBRD__REQUEST__OP_SHOW_BGP_ROUTES;
	req.show_bgp_routes = &show;
	return rpc_client_call(c, &req, &sink, TIMEOUT_MS, status);
}

static void hello_tells_version_host_and_role(void)
{
	struct fake_server f;
	struct rpc_client *c;

	fake_server_init(&f);
	fake_server_run(&f);
	c = connect_to(&f);
	CU_ASSERT_STRING_EQUAL(rpc_client_server(c)->version, "0.1.0");
	CU_ASSERT_STRING_EQUAL(rpc_client_server(c)->hostname, "edge-1");
	CU_ASSERT_STRING_EQUAL(rpc_client_server(c)->role, "operator");
	rpc_client_free(c);
	fake_server_fini(&f);
}

static void stream_comes_whole_and_the_errors_with_their_places(void)
{
	Vbrd__ShowTenant show = VBRD__SHOW_TENANT__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct fake_server f;
	struct rpc_client *c;
	struct seen seen = { 0 };
	Vbrd__Status *status;

	fake_server_init(&f);
	f.n_routes = 100000;
	fake_server_run(&f);
	c = connect_to(&f);
	CU_ASSERT_EQUAL(ask_routes(c, &seen, &status), 0);
	CU_ASSERT_EQUAL(status->code, VBRD__STATUS_CODE__OK);
	CU_ASSERT_EQUAL(seen.n_routes, 100000);
	vbrd__status__free_unpacked(status, NULL);

	req.op_case = VBRD__REQUEST__OP_SHOW_TENANT;
	req.show_tenant = &show;
	CU_ASSERT_EQUAL(rpc_client_call(c, &req, NULL, TIMEOUT_MS, &status), 0);
	CU_ASSERT_EQUAL(status->code, VBRD__STATUS_CODE__INVALID);
	CU_ASSERT_EQUAL_FATAL(status->n_errors, 2);
	CU_ASSERT_STRING_EQUAL(status->errors[0]->path, "/vbrd:tenant[name='a']");
	CU_ASSERT_STRING_EQUAL(status->errors[0]->text, "has no route");
	CU_ASSERT_EQUAL(status->errors[1]->line, 7);
	vbrd__status__free_unpacked(status, NULL);
	rpc_client_free(c);
	fake_server_fini(&f);
}

static void stream_that_is_cut_short_ends_as_cancelled(void)
{
	struct fake_server f;
	struct rpc_client *c;
	struct seen seen = { .stop_after = 3 };
	Vbrd__Status *status;

	fake_server_init(&f);
	f.n_routes = 1000000;
	fake_server_run(&f);
	c = connect_to(&f);
	CU_ASSERT_EQUAL(ask_routes(c, &seen, &status), 0);
	CU_ASSERT_EQUAL(status->code, VBRD__STATUS_CODE__CANCELLED);
	CU_ASSERT_EQUAL(seen.n_chunks, 3);
	vbrd__status__free_unpacked(status, NULL);
	rpc_client_free(c);
	fake_server_fini(&f);
	CU_ASSERT_TRUE(f.n_slices < 500);
}

static void silence_times_out_and_a_server_that_ends_is_noticed(void)
{
	Vbrd__ShowBgpRoutes show = VBRD__SHOW_BGP_ROUTES__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	char hold[] = "hold";
	struct fake_server f;
	struct rpc_client *c;
	Vbrd__Response *r;
	Vbrd__Status *status;

	fake_server_init(&f);
	fake_server_run(&f);
	c = connect_to(&f);
	show.prefix = hold;
	req.op_case = VBRD__REQUEST__OP_SHOW_BGP_ROUTES;
	req.show_bgp_routes = &show;
	CU_ASSERT_EQUAL(rpc_client_call(c, &req, NULL, 50, &status), -ETIMEDOUT);
	CU_ASSERT_PTR_NULL(status);
	fake_server_fini(&f);
	CU_ASSERT_EQUAL(rpc_client_recv(c, TIMEOUT_MS, &r), -ECONNRESET);
	rpc_client_free(c);
}

static void who_may_not_hears_why_and_nobody_there_says_so(void)
{
	struct fake_server f;
	struct errbuf err;
	char path[64];

	fake_server_init(&f);
	f.refuse_users = true;
	strcpy(path, f.path);
	fake_server_run(&f);
	errbuf_init(&err);
	CU_ASSERT_PTR_NULL(rpc_client_new(path, "test", TIMEOUT_MS, &err));
	CU_ASSERT_EQUAL(errno, EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "has no role here"));
	errbuf_fini(&err);
	fake_server_fini(&f);
	errbuf_init(&err);
	CU_ASSERT_PTR_NULL(rpc_client_new(path, "test", TIMEOUT_MS, &err));
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), path));
	errbuf_fini(&err);
}

static const struct cu_case cases[] = {
	CU_CASE(hello_tells_version_host_and_role),
	CU_CASE(stream_comes_whole_and_the_errors_with_their_places),
	CU_CASE(stream_that_is_cut_short_ends_as_cancelled),
	CU_CASE(silence_times_out_and_a_server_that_ends_is_noticed),
	CU_CASE(who_may_not_hears_why_and_nobody_there_says_so),
};

CU_SUITE(client, cases);
