/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request carries a sequence number of its own, and answers with another number are passed
 * over: they belong to a request that was given up. With NETLINK_CAP_ACK the kernel does not send
 * the request back in its errors, so an error is 20 octets and the attributes of the extended ack.
 *
 * SO_RCVBUFFORCE needs CAP_NET_ADMIN in the first user namespace; without it the plain option gives
 * what the administrator allows, and overruns are more likely, never wrong (they are answered by a
 * dump).
 */
#include "fib/nl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/xalloc.h"

struct nl {
	struct mnl_socket *sock; /* owned */
	uint8_t *buf;            /* owned; NL_RECV_SIZE */
	uint32_t portid;
	uint32_t seq;
};

static void set_options(struct mnl_socket *s)
{
	const int fd = mnl_socket_get_fd(s);
	int on = 1;
	int size = NL_RCVBUF;

	/*
	 * All of these are improvements: a kernel without one gives poorer words, not other
	 * results.
	 */
	(void)mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(s, NETLINK_CAP_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(s, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static struct nl *new_of(int family)
{
	struct mnl_socket *s = mnl_socket_open2(family, SOCK_CLOEXEC);
	struct nl *nl;

	if (!s)
		return NULL;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		const int err = errno;

		mnl_socket_close(s);
		errno = err;
		return NULL;
	}
	set_options(s);
	nl = xcalloc(1, sizeof(*nl));
	nl->sock = s;
	nl->buf = xmalloc(NL_RECV_SIZE);
	nl->portid = mnl_socket_get_portid(s);
	nl->seq = 1;
	return nl;
}

struct nl *nl_new(void)
{
	return new_of(NETLINK_ROUTE);
}

struct nl *nl_new_netfilter(void)
{
	return new_of(NETLINK_NETFILTER);
}

void nl_free(struct nl *nl)
{
	if (!nl)
		return;
	mnl_socket_close(nl->sock);
	free(nl->buf);
	free(nl);
}

int nl_fd(const struct nl *nl)
{
	return mnl_socket_get_fd(nl->sock);
}

uint32_t nl_portid(const struct nl *nl)
{
	return nl->portid;
}

uint32_t nl_seqs(struct nl *nl, uint32_t n)
{
	uint32_t first = nl->seq + 1;

	/* 0 is what notifications carry: a series that would come to it begins behind it. */
	if (first + n - 1 < n)
		first = 1;
	nl->seq = first + n - 1;
	return first;
}

uint32_t nl_next_seq(struct nl *nl)
{
	return nl_seqs(nl, 1);
}

struct nlmsghdr *nl_request(void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return nlh;
}

static int send_request(struct nl *nl, struct nlmsghdr *nlh, uint16_t flags)
{
	nlh->nlmsg_flags = (uint16_t)(nlh->nlmsg_flags | flags);
	nlh->nlmsg_seq = nl_next_seq(nl);
	return mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* Where the attributes of an extended ack start depends on whether the request was sent back. */
static const struct nlattr *ext_ack_start(const struct nlmsghdr *nlh, const uint8_t **end)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*e);

	*end = mnl_nlmsg_get_payload_tail(nlh);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(e->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	if (mnl_nlmsg_get_payload_len(nlh) < skip)
		return NULL;
	return mnl_nlmsg_get_payload_offset(nlh, skip);
}

static void copy_text(const struct nlattr *a, char *text, size_t size)
{
	const size_t len = strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	const size_t n = len < size ? len : size - 1;

	memcpy(text, mnl_attr_get_payload(a), n);
	text[n] = '\0';
}

int nl_error(const struct nlmsghdr *nlh, char *text, size_t size)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;
	const uint8_t *end;

	if (text && size)
		text[0] = '\0';
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
		return -EBADMSG;
	if (!text || !size || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return e->error;
	a = ext_ack_start(nlh, &end);
	while (a && mnl_attr_ok(a, (int)(end - (const uint8_t *)a))) {
		if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
			copy_text(a, text, size);
		a = mnl_attr_next(a);
	}
	return e->error;
}

/* One received message of the request seq. */
struct answer {
	nl_fn fn; /* may be NULL */
	void *ctx;
	char *text;
	size_t size;
	bool interrupted;
	bool done;
	int ret;
};

static void take_message(struct answer *an, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		an->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		an->done = true;
		if (!an->ret)
			an->ret = nl_error(nlh, an->text, an->size);
		return;
	case NLMSG_DONE:
		an->done = true;
		/* A dump that ends badly says so here, not by NLMSG_ERROR. */
		if (!an->ret && mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
			memcpy(&an->ret, mnl_nlmsg_get_payload(nlh), sizeof(int));
		return;
	default:
		/* After fn has stopped, the rest is read only to empty the socket. */
		if (!an->ret && an->fn && nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			an->ret = an->fn(an->ctx, nlh);
	}
}

static int wait_answer(struct nl *nl, uint32_t seq, struct answer *an)
{
	while (!an->done) {
		ssize_t len = mnl_socket_recvfrom(nl->sock, nl->buf, NL_RECV_SIZE);
		int left = (int)len;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)nl->buf;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq == seq && !an->done)
				take_message(an, nlh);
		}
	}
	if (!an->ret && an->interrupted)
		return -EINTR;
	return an->ret;
}

int nl_talk(struct nl *nl, struct nlmsghdr *nlh, char *text, size_t size)
{
	struct answer an = { .text = text, .size = size };
	int ret;

	if (text && size)
		text[0] = '\0';
	ret = send_request(nl, nlh, NLM_F_ACK);
	return ret ? ret : wait_answer(nl, nlh->nlmsg_seq, &an);
}

int nl_get(struct nl *nl, struct nlmsghdr *nlh, nl_fn fn, void *ctx)
{
	struct answer an = { .fn = fn, .ctx = ctx };
	/* The acknowledgement follows the object and ends the wait. */
	int ret = send_request(nl, nlh, NLM_F_ACK);

	return ret ? ret : wait_answer(nl, nlh->nlmsg_seq, &an);
}

int nl_dump(struct nl *nl, struct nlmsghdr *nlh, nl_fn fn, void *ctx)
{
	struct answer an = { .fn = fn, .ctx = ctx };
	int ret = send_request(nl, nlh, NLM_F_DUMP);

	return ret ? ret : wait_answer(nl, nlh->nlmsg_seq, &an);
}

int nl_send(struct nl *nl, const void *buf, size_t len)
{
	return mnl_socket_sendto(nl->sock, buf, len) < 0 ? -errno : 0;
}

int nl_join(struct nl *nl, unsigned group)
{
	return mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ?
		-errno :
		0;
}

int nl_receive(struct nl *nl, unsigned max, nl_fn fn, void *ctx)
{
	for (unsigned i = 0; i < max; i++) {
		ssize_t len = recv(nl_fd(nl), nl->buf, NL_RECV_SIZE, MSG_DONTWAIT);
		int left = (int)len;
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)nl->buf;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			const int ret = fn(ctx, nlh);

			if (ret)
				return ret;
		}
	}
	return 1;
}

void nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr **tb, uint16_t max)
{
	struct nlattr *a; /* not const: libmnl's loop casts it to char * */

	memset(tb, 0, ((size_t)max + 1) * sizeof(tb[0]));
	if (mnl_nlmsg_get_payload_len(nlh) < header)
		return;
	mnl_attr_for_each(a, nlh, header)
	{
		if (mnl_attr_get_type(a) <= max)
			tb[mnl_attr_get_type(a)] = a;
	}
}

void nl_nested(const struct nlattr *a, const struct nlattr **tb, uint16_t max)
{
	struct nlattr *in; /* not const: libmnl's loop casts it to char * */

	memset(tb, 0, ((size_t)max + 1) * sizeof(tb[0]));
	if (!a)
		return;
	mnl_attr_for_each_nested(in, a)
	{
		if (mnl_attr_get_type(in) <= max)
			tb[mnl_attr_get_type(in)] = in;
	}
}

bool nl_attr_copy(void *dst, size_t size, const struct nlattr *a)
{
	if (!a || mnl_attr_get_payload_len(a) < size)
		return false;
	memcpy(dst, mnl_attr_get_payload(a), size);
	return true;
}

uint32_t nl_attr_u32_or(const struct nlattr *a, uint32_t other)
{
	return a && mnl_attr_get_payload_len(a) >= sizeof(uint32_t) ? mnl_attr_get_u32(a) : other;
}
