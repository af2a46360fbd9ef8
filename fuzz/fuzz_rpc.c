/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The management server on hostile bytes: unpacking on its budget, and a whole connection, so that
 * framing, dispatch, cancels and calls left in flight are met too. The input is what a client
 * sends; handlers answer at once, stream, or wait for a cancel, by the kind of request.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "lib/io/loop.h"
#include "proto/server.h"

#define TURNS 64

static void answer(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	Vbrd__Version v = VBRD__VERSION__INIT;

	(void)req;
	(void)ctx;
	fuzz_check(rpc_reply_chunk(call, &v.base) == 0);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}

static void on_writable(void *stream)
{
	(void)stream;
}

static void on_cancel(void *stream)
{
	unsigned *waiting = stream;

	fuzz_check(*waiting > 0);
	--*waiting;
}

static void wait(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	static const struct rpc_call_ops ops = { .on_writable = on_writable,
		.on_cancel = on_cancel };
	unsigned *waiting = ctx;

	fuzz_check(req == rpc_call_request(call));
	++*waiting;
	rpc_call_watch(call, &ops, waiting);
}

static const struct rpc_handler handlers[] = {
	{ VBRD__REQUEST__OP_SHOW_VERSION, answer },
	{ VBRD__REQUEST__OP_CONFIG_EDIT, answer },
	{ VBRD__REQUEST__OP_CONFIG_LOAD, answer },
	{ VBRD__REQUEST__OP_SHOW_BGP_ROUTES, wait },
	{ VBRD__REQUEST__OP_SHOW_ROUTE, wait },
};

static void unpack(const uint8_t *data, size_t size)
{
	ProtobufCMessage *msg = rpc_unpack(&vbrd__request__descriptor, data, size);

	if (msg)
		protobuf_c_message_free_unpacked(msg, NULL);
}

static void talk(struct loop *l, const char *path, const uint8_t *data, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	fuzz_check(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	(void)send(fd, data, size, MSG_NOSIGNAL);
	for (int i = 0; i < TURNS; i++) {
		if (!loop_turn(l) && i > 4)
			break;
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/vbrd-fuzz-XXXXXX";
	char path[sizeof(dir) + 8];
	unsigned waiting = 0;
	struct rpc_server_params p = {
		.handlers = handlers,
		.n_handlers = ARRAY_SIZE(handlers),
		.ctx = &waiting,
	};
	struct errbuf err;
	struct rpc_server *s;

	(void)signal(SIGPIPE, SIG_IGN);
	unpack(data, size);
	fuzz_check(mkdtemp(dir) != NULL);
	memcpy(path, dir, sizeof(dir) - 1);
	memcpy(path + sizeof(dir) - 1, "/sock", sizeof("/sock"));
	p.loop = loop_new("fuzz");
	p.path = path;
	errbuf_init(&err);
	s = rpc_server_new(&p, &err);
	fuzz_check(s != NULL);
	talk(p.loop, path, data, size);
	rpc_server_free(s);
	fuzz_check(waiting == 0);
	loop_free(p.loop);
	errbuf_fini(&err);
	(void)rmdir(dir);
	return 0;
}
