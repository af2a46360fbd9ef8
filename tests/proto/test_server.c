/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server turned by hand, with a raw socket at the other end: what is sent, read or left
 * unread is in the test's hand byte by byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/io/loop.h"
#include "proto/server.h"
#include "proto/shared.h"
#include "tests/cu_main.h"
#include "tests/proto/fake_server.h"

struct peer {
	struct fake_server *f;
	int fd;
	uint8_t *buf; /* bytes not yet taken */
	size_t have;
	size_t cap;
	bool closed;
};

static void peer_init(struct peer *p, struct fake_server *f)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	memset(p, 0, sizeof(*p));
	p->f = f;
	p->cap = RPC_FRAME_HEAD + RPC_FRAME_MAX + 4096;
	p->buf = malloc(p->cap);
	strcpy(addr.sun_path, f->path);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(connect(p->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

static void peer_fini(struct peer *p)
{
	close(p->fd);
	free(p->buf);
	for (int i = 0; i < 10; i++)
		(void)loop_turn(p->f->loop);
}

static void turn(struct peer *p, int n)
{
	for (int i = 0; i < n; i++)
		(void)loop_turn(p->f->loop);
}

static void send_bytes(struct peer *p, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	while (len > 0) {
		const ssize_t n = send(p->fd, b, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			b += n;
			len -= (size_t)n;
		}
		turn(p, 1);
		if (n < 0 && errno != EAGAIN)
			return;
	}
}

static void send_request(struct peer *p, Vbrd__Request *req, uint32_t id)
{
	uint8_t frame[512];
	size_t len;

	req->has_id = 1;
	req->id = id;
	len = vbrd__request__pack(req, frame + RPC_FRAME_HEAD);
	rpc_frame_put(frame, (uint32_t)len);
	send_bytes(p, frame, RPC_FRAME_HEAD + len);
}

static void ask_version(struct peer *p, uint32_t id)
{
	Vbrd__ShowVersion show = VBRD__SHOW_VERSION__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	req.op_case = VBRD__REQUEST__OP_SHOW_VERSION;
	req.show_version = &show;
	send_request(p, &req, id);
}

static void ask_routes(struct peer *p, uint32_t id, const char *prefix)
{
	Vbrd__ShowBgpRoutes show = VBRD__SHOW_BGP_ROUTES__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	char text[16];

	strcpy(text, prefix);
	show.prefix = text;
	req.op_case = VBRD__REQUEST__OP_SHOW_BGP_ROUTES;
	req.show_bgp_routes = &show;
	send_request(p, &req, id);
}

static void ask_cancel(struct peer *p, uint32_t target)
{
	Vbrd__Cancel cancel = VBRD__CANCEL__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	cancel.has_target = 1;
	cancel.target = target;
	req.op_case = VBRD__REQUEST__OP_CANCEL;
	req.cancel = &cancel;
	send_request(p, &req, 999);
}

static void receive(struct peer *p)
{
	ssize_t n;

	if (p->have > RPC_FRAME_HEAD && p->have >= RPC_FRAME_HEAD + rpc_frame_get(p->buf))
		return;
	n = recv(p->fd, p->buf + p->have, 4096, MSG_DONTWAIT);
	if (n > 0)
		p->have += (size_t)n;
	else if (n == 0 || errno != EAGAIN)
		p->closed = true;
}

/* Next response, or NULL when the server has nothing more to say. The caller frees it. */
static Vbrd__Response *next_response(struct peer *p)
{
	for (int idle = 0; idle < 50; idle++) {
		uint32_t len;
		Vbrd__Response *r;

		turn(p, 1);
		receive(p);
		if (p->have < RPC_FRAME_HEAD)
			continue;
		len = rpc_frame_get(p->buf);
		CU_ASSERT_FATAL(len <= RPC_FRAME_MAX);
		if (p->have < RPC_FRAME_HEAD + len) {
			idle = 0;
			continue;
		}
		r = vbrd__response__unpack(NULL, len, p->buf + RPC_FRAME_HEAD);
		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		p->have -= RPC_FRAME_HEAD + len;
		memmove(p->buf, p->buf + RPC_FRAME_HEAD + len, p->have);
		return r;
	}
	return NULL;
}

/* Code of the next status; other responses are counted. -1: none came. */
static int next_status(struct peer *p, uint32_t *id, uint32_t *n_bodies)
{
	Vbrd__Response *r;

	while ((r = next_response(p))) {
		const int code = r->status ? (int)r->status->code : -1;

		if (id)
			*id = r->id;
		if (!r->status && n_bodies)
			++*n_bodies;
		vbrd__response__free_unpacked(r, NULL);
		if (code >= 0)
			return code;
	}
	return -1;
}

static void request_gets_body_and_then_status(void)
{
	struct fake_server f;
	struct peer p;
	Vbrd__Response *r;
	uint32_t id = 0;

	fake_server_init(&f);
	peer_init(&p, &f);
	ask_version(&p, 7);
	r = next_response(&p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->id, 7);
	CU_ASSERT_EQUAL_FATAL(r->body_case, VBRD__RESPONSE__BODY_VERSION);
	CU_ASSERT_STRING_EQUAL(r->version->version, "1.2.3");
	CU_ASSERT_PTR_NULL(r->status);
	vbrd__response__free_unpacked(r, NULL);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__OK);
	CU_ASSERT_EQUAL(id, 7);
	peer_fini(&p);
	CU_ASSERT_EQUAL(rpc_server_connections(f.server), 0);
	fake_server_fini(&f);
}

static void frame_that_comes_byte_by_byte_is_answered(void)
{
	static const uint8_t frame[] = { 0, 0, 0, 5, 0x08, 0x03, 0xc2, 0x02, 0x00 };
	struct fake_server f;
	struct peer p;
	uint32_t id = 0;

	fake_server_init(&f);
	peer_init(&p, &f);
	for (size_t i = 0; i < sizeof(frame); i++)
		send_bytes(&p, frame + i, 1);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__OK);
	CU_ASSERT_EQUAL(id, 3);
	peer_fini(&p);
	fake_server_fini(&f);
}

static void frame_that_is_too_long_or_nonsense_ends_the_connection(void)
{
	static const struct {
		uint8_t bytes[8];
		size_t len;
	} bad[] = {
		{ { 0x00, 0x10, 0x00, 0x01 }, 4 },
		{ { 0xff, 0xff, 0xff, 0xff }, 4 },
		{ { 0, 0, 0, 2, 0xff, 0xff }, 6 },
	};
	struct fake_server f;

	fake_server_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct peer p;
		uint32_t id = 1;

		peer_init(&p, &f);
		ask_routes(&p, 5, "hold");
		send_bytes(&p, bad[i].bytes, bad[i].len);
		CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__MALFORMED);
		CU_ASSERT_EQUAL(id, 0);
		CU_ASSERT_EQUAL(next_status(&p, NULL, NULL), -1);
		CU_ASSERT_TRUE(p.closed);
		CU_ASSERT_EQUAL(rpc_server_connections(f.server), 0);
		CU_ASSERT_EQUAL(f.n_cancelled, i + 1);
		peer_fini(&p);
	}
	fake_server_fini(&f);
}

static void unknown_and_empty_requests_leave_the_connection_alive(void)
{
	static const uint8_t later[] = { 0, 0, 0, 6, 0x08, 0x05, 0xc2, 0x3e, 0x01, 0x00 };
	static const uint8_t empty[] = { 0, 0, 0, 0 };
	struct fake_server f;
	struct peer p;

	fake_server_init(&f);
	peer_init(&p, &f);
	send_bytes(&p, later, sizeof(later));
	CU_ASSERT_EQUAL(next_status(&p, NULL, NULL), VBRD__STATUS_CODE__UNKNOWN_REQUEST);
	send_bytes(&p, empty, sizeof(empty));
	CU_ASSERT_EQUAL(next_status(&p, NULL, NULL), VBRD__STATUS_CODE__UNKNOWN_REQUEST);
	ask_version(&p, 6);
	CU_ASSERT_EQUAL(next_status(&p, NULL, NULL), VBRD__STATUS_CODE__OK);
	peer_fini(&p);
	fake_server_fini(&f);
}

static void requests_in_flight_are_told_apart_and_bounded(void)
{
	struct fake_server f;
	struct peer p;
	uint32_t id = 0;

	fake_server_init(&f);
	peer_init(&p, &f);
	for (uint32_t i = 1; i <= RPC_MAX_CALLS; i++)
		ask_routes(&p, i, "hold");
	turn(&p, 5);
	CU_ASSERT_EQUAL(f.n_streams, RPC_MAX_CALLS);
	ask_version(&p, 100);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__BUSY);
	CU_ASSERT_EQUAL(id, 100);
	ask_cancel(&p, 3);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__CANCELLED);
	CU_ASSERT_EQUAL(id, 3);
	ask_version(&p, 4);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__USAGE);
	ask_version(&p, 101);
	CU_ASSERT_EQUAL(next_status(&p, &id, NULL), VBRD__STATUS_CODE__OK);
	CU_ASSERT_EQUAL(id, 101);
	ask_cancel(&p, 3); /* gone already: silent */
	CU_ASSERT_EQUAL(next_status(&p, NULL, NULL), -1);
	peer_fini(&p);
	CU_ASSERT_EQUAL(f.n_cancelled, RPC_MAX_CALLS);
	CU_ASSERT_EQUAL(f.n_data_freed, 1);
	fake_server_fini(&f);
}

static void reader_that_does_not_read_stops_the_stream(void)
{
	struct fake_server f;
	struct peer p;
	uint32_t stopped_at;
	uint32_t n = 0;

	fake_server_init(&f);
	f.n_routes = 200000;
	peer_init(&p, &f);
	ask_routes(&p, 1, "all");
	turn(&p, 200);
	stopped_at = f.n_slices;
	turn(&p, 200);
	CU_ASSERT_EQUAL(f.n_slices, stopped_at);
	/* 256 routes are about 9 KiB: the buffer, plus what the kernel's socket takes. */
	CU_ASSERT_TRUE(stopped_at < 100);
	ask_version(&p, 2); /* is answered behind what waits */
	CU_ASSERT_EQUAL(next_status(&p, NULL, &n), VBRD__STATUS_CODE__OK);
	while (f.n_streams && next_status(&p, NULL, &n) >= 0)
		;
	while (next_status(&p, NULL, &n) >= 0)
		;
	CU_ASSERT_EQUAL(n, (200000 + 255) / 256 + 1);
	peer_fini(&p);
	fake_server_fini(&f);
}

static void client_that_goes_away_in_a_stream_is_forgotten(void)
{
	struct fake_server f;
	struct peer p;

	fake_server_init(&f);
	f.n_routes = 1000000;
	peer_init(&p, &f);
	ask_routes(&p, 1, "all");
	ask_routes(&p, 2, "all");
	turn(&p, 20);
	CU_ASSERT_EQUAL(f.n_streams, 2);
	peer_fini(&p);
	CU_ASSERT_EQUAL(f.n_streams, 0);
	CU_ASSERT_EQUAL(f.n_cancelled, 2);
	CU_ASSERT_EQUAL(rpc_server_connections(f.server), 0);
	fake_server_fini(&f);
}

/* Asks all the time and never reads: the answers must not pile up. */
static void flood_without_reading_stops_being_read(void)
{
	static const uint8_t frame[] = { 0, 0, 0, 5, 0x08, 0x03, 0xc2, 0x02, 0x00 };
	struct fake_server f;
	struct peer p;
	uint32_t sent = 0;
	uint32_t answered = 0;
	int stuck = 0;

	fake_server_init(&f);
	peer_init(&p, &f);
	while (stuck < 200 && sent < 1000000) {
		const ssize_t n = send(p.fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_NOSIGNAL);

		stuck = n == (ssize_t)sizeof(frame) ? 0 : stuck + 1;
		sent += n == (ssize_t)sizeof(frame);
		if (stuck || sent % 64 == 0)
			turn(&p, 1);
	}
	CU_ASSERT_TRUE(sent < 1000000);
	while (next_status(&p, NULL, NULL) >= 0)
		answered++;
	CU_ASSERT_EQUAL(answered, sent);
	peer_fini(&p);
	fake_server_fini(&f);
}

static void connections_are_bounded_and_the_refused_hears_why(void)
{
	struct fake_server f;
	struct peer peers[RPC_MAX_CONNECTIONS + 1];

	fake_server_init(&f);
	for (uint32_t i = 0; i <= RPC_MAX_CONNECTIONS; i++) {
		peer_init(&peers[i], &f);
		turn(&peers[i], 2);
	}
	CU_ASSERT_EQUAL(rpc_server_connections(f.server), RPC_MAX_CONNECTIONS);
	CU_ASSERT_EQUAL(next_status(&peers[RPC_MAX_CONNECTIONS], NULL, NULL),
		VBRD__STATUS_CODE__BUSY);
	CU_ASSERT_EQUAL(next_status(&peers[RPC_MAX_CONNECTIONS], NULL, NULL), -1);
	CU_ASSERT_TRUE(peers[RPC_MAX_CONNECTIONS].closed);
	for (uint32_t i = 0; i <= RPC_MAX_CONNECTIONS; i++)
		peer_fini(&peers[i]);
	fake_server_fini(&f);
}

static void socket_has_mode_0660_and_a_stale_one_is_replaced(void)
{
	struct fake_server f;
	struct rpc_server_params params = { 0 };
	struct rpc_server *second;
	struct errbuf err;
	struct stat st;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	fake_server_init(&f);
	CU_ASSERT_EQUAL(stat(f.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	errbuf_init(&err);
	params.loop = f.loop;
	params.path = f.path;
	CU_ASSERT_PTR_NULL(rpc_server_new(&params, &err));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	CU_ASSERT_FALSE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	CU_ASSERT_EQUAL(access(f.path, F_OK), 0);

	errbuf_init(&err);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/old", f.dir);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	params.path = addr.sun_path;
	second = rpc_server_new(&params, &err);
	CU_ASSERT_PTR_NOT_NULL(second);
	rpc_server_free(second);
	errbuf_fini(&err);
	fake_server_fini(&f);
}

/* Which paths a part of the long route has: at and med go on. */
static void check_part(const Vbrd__BgpRoute *r, uint32_t *at, uint32_t *med)
{
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	CU_ASSERT_STRING_EQUAL(r->prefix, "10.0.0.0/8");
	for (; shared_next(&it, &p); ++*at) {
		if (p.full)
			*med = p.full->med;
		CU_ASSERT_EQUAL(*med, *at % 4 == 3 ? *at - 1 : *at);
		CU_ASSERT_TRUE(p.full ? p.remember : p.back == 1 && p.age == *at);
	}
	CU_ASSERT_EQUAL(r->more, *at > 0 && *at < LONG_PATHS);
}

static void a_route_that_exceeds_a_frame_comes_in_parts(void)
{
	struct fake_server f;
	struct peer p;
	Vbrd__Response *r;
	uint32_t at = 0;
	uint32_t med = 0;
	uint32_t n = 0;

	fake_server_init(&f);
	peer_init(&p, &f);
	ask_routes(&p, 1, "long");
	while ((r = next_response(&p)) != NULL && !r->status) {
		CU_ASSERT_EQUAL_FATAL(r->body_case, VBRD__RESPONSE__BODY_BGP_ROUTES);
		CU_ASSERT_EQUAL_FATAL(r->bgp_routes->n_routes, 1);
		check_part(r->bgp_routes->routes[0], &at, &med);
		n++;
		vbrd__response__free_unpacked(r, NULL);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(r->status->code, VBRD__STATUS_CODE__OK);
	vbrd__response__free_unpacked(r, NULL);
	CU_ASSERT_EQUAL(at, LONG_PATHS);
	CU_ASSERT_EQUAL(n, 1 + 2); /* the route before it, and its halves */
	peer_fini(&p);
	fake_server_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(a_route_that_exceeds_a_frame_comes_in_parts),
	CU_CASE(request_gets_body_and_then_status),
	CU_CASE(frame_that_comes_byte_by_byte_is_answered),
	CU_CASE(frame_that_is_too_long_or_nonsense_ends_the_connection),
	CU_CASE(unknown_and_empty_requests_leave_the_connection_alive),
	CU_CASE(requests_in_flight_are_told_apart_and_bounded),
	CU_CASE(reader_that_does_not_read_stops_the_stream),
	CU_CASE(client_that_goes_away_in_a_stream_is_forgotten),
	CU_CASE(flood_without_reading_stops_being_read),
	CU_CASE(connections_are_bounded_and_the_refused_hears_why),
	CU_CASE(socket_has_mode_0660_and_a_stale_one_is_replaced),
};

CU_SUITE(server, cases);
