/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening socket and the list of connections. Access is the file's mode (0660: owner and
 * group) and then the peer's credentials as the kernel tells them; who does not get in hears why
 * before the connection closes, because a silent close looks like a broken daemon.
 */
#include "proto/server.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "proto/conn.h"

#define SOCKET_MODE 0660
#define BACKLOG     16

struct rpc_server {
	struct rpc_server_params p;
	struct sockaddr_un addr;
	struct evconnlistener *listener; /* owned, with its descriptor; NULL when draining */
	TAILQ_HEAD(, rpc_conn) conns;
	uint32_t n_conns;
	dev_t dev; /* of the socket file: another daemon's is not removed */
	ino_t ino;
};

const struct rpc_server_params *rpc_server_params(const struct rpc_server *s)
{
	return &s->p;
}

uint32_t rpc_server_connections(const struct rpc_server *s)
{
	return s->n_conns;
}

void rpc_server_unlink(struct rpc_server *s, struct rpc_conn *c)
{
	TAILQ_REMOVE(&s->conns, c, entry);
	s->n_conns--;
}

static int read_credentials(int fd, struct rpc_user *user)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct passwd pw;
	struct passwd *found = NULL;
	char buf[4096];

	memset(user, 0, sizeof(*user));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	user->uid = cred.uid;
	user->pid = cred.pid;
	if (getpwuid_r(cred.uid, &pw, buf, sizeof(buf), &found) == 0 && found)
		(void)snprintf(user->name, sizeof(user->name), "%s", pw.pw_name);
	else
		(void)snprintf(user->name, sizeof(user->name), "uid %u", cred.uid);
	return 0;
}

static bool is_allowed(const struct rpc_server *s, struct rpc_user *user)
{
	if (s->p.authorize)
		return s->p.authorize(s->p.ctx, user);
	user->role = RPC_ROLE_ADMIN;
	return user->uid == 0 || user->uid == geteuid();
}

/* One status on a socket that gets no connection. Short enough for any socket buffer. */
static void refuse(int fd, Vbrd__StatusCode code, const char *text)
{
	uint8_t frame[512];
	char copy[256];
	Vbrd__Error error = VBRD__ERROR__INIT;
	Vbrd__Error *errors[] = { &error };
	Vbrd__Status status = VBRD__STATUS__INIT;
	Vbrd__Response r = VBRD__RESPONSE__INIT;
	size_t len;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	error.text = copy;
	status.has_code = 1;
	status.code = code;
	status.n_errors = 1;
	status.errors = errors;
	r.has_id = 1;
	r.status = &status;
	len = vbrd__response__pack(&r, frame + RPC_FRAME_HEAD);
	rpc_frame_put(frame, (uint32_t)len);
	(void)send(fd, frame, RPC_FRAME_HEAD + len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void on_accept(struct evconnlistener *l UNUSED, evutil_socket_t fd,
	struct sockaddr *addr UNUSED, int len UNUSED, void *ctx)
{
	struct rpc_server *s = ctx;
	struct rpc_user user;
	struct rpc_conn *c;
	char text[2 * sizeof(user.name) + 64];

	if (s->n_conns >= RPC_MAX_CONNECTIONS) {
		refuse(fd, VBRD__STATUS_CODE__BUSY, "too many management connections");
		return;
	}
	if (read_credentials(fd, &user) || !is_allowed(s, &user)) {
		(void)snprintf(text, sizeof(text),
			"user %s has no role here: only root and the user that runs vbrd have",
			user.name);
		refuse(fd, VBRD__STATUS_CODE__DENIED, text);
		return;
	}
	c = rpc_conn_new(s, fd, &user);
	if (!c)
		return;
	TAILQ_INSERT_TAIL(&s->conns, c, entry);
	s->n_conns++;
}

/* Is somebody listening on the path? A file that refuses is left from a daemon that died. */
static bool is_in_use(const struct sockaddr_un *addr)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool used;

	if (fd < 0)
		return false;
	used = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN;
	close(fd);
	return used;
}

static int bind_socket(struct rpc_server *s, int fd, struct errbuf *err)
{
	const char *path = s->addr.sun_path;
	struct stat st;

	if (is_in_use(&s->addr)) {
		errbuf_add(err, NULL, 0,
			"%s: another daemon listens there: stop it, or use another directory",
			path);
		return -EADDRINUSE;
	}
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
	/*
	 * Before bind the mode of the descriptor limits the file's: never wider, not even for a
	 * moment.
	 */
	if (fchmod(fd, SOCKET_MODE) ||
		bind(fd, (const struct sockaddr *)&s->addr, sizeof(s->addr)) ||
		chmod(path, SOCKET_MODE) || stat(path, &st)) {
		errbuf_add(err, NULL, 0, "%s: %s", path, strerror(errno));
		return -errno;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static int open_listener(struct rpc_server *s, struct errbuf *err)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0) {
		errbuf_add(err, NULL, 0, "socket: %s", strerror(errno));
		return -errno;
	}
	ret = bind_socket(s, fd, err);
	if (ret)
		goto err_fd;
	s->listener = evconnlistener_new(loop_base(s->p.loop), on_accept, s,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (!s->listener) {
		ret = -EIO;
		errbuf_add(err, NULL, 0, "%s: cannot listen", s->addr.sun_path);
		goto err_fd;
	}
	return 0;
err_fd:
	close(fd);
	return ret;
}

struct rpc_server *rpc_server_new(const struct rpc_server_params *p, struct errbuf *err)
{
	struct rpc_server *s;
	int ret;

	if (strlen(p->path) >= sizeof(s->addr.sun_path)) {
		errbuf_add(err, NULL, 0, "%s: longer than the %zu bytes of a socket path", p->path,
			sizeof(s->addr.sun_path) - 1);
		errno = ENAMETOOLONG;
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->p = *p;
	TAILQ_INIT(&s->conns);
	s->addr.sun_family = AF_UNIX;
	memcpy(s->addr.sun_path, p->path, strlen(p->path) + 1);
	s->p.path = s->addr.sun_path;
	ret = open_listener(s, err);
	if (ret) {
		rpc_server_free(s);
		errno = -ret;
		return NULL;
	}
	return s;
}

static void stop_listening(struct rpc_server *s)
{
	struct stat st;

	if (!s->listener)
		return;
	evconnlistener_free(s->listener);
	s->listener = NULL;
	if (stat(s->addr.sun_path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		(void)unlink(s->addr.sun_path);
}

void rpc_server_free(struct rpc_server *s)
{
	struct rpc_conn *c;

	if (!s)
		return;
	stop_listening(s);
	while ((c = TAILQ_FIRST(&s->conns)))
		rpc_conn_free(c);
	free(s);
}
