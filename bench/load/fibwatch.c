/* SPDX-License-Identifier: Apache-2.0 */
/* fibwatch: times routes appearing in (or leaving) a kernel routing table.
 *
 * Two ways of counting:
 *   dump   (default) the table is dumped, at first every --every ms, then at half of the time
 *          predicted to be left; exact count, time resolution of one dump; costs the kernel one
 *          walk of the table per dump
 *   notify RTM_NEWROUTE and RTM_DELROUTE notifications; exact times, but adds work per route to
 *          the kernel; after an overrun it dumps to recount
 * Times are CLOCK_MONOTONIC seconds, the clock of bgpblast's t0_mono. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

enum {
	DECILES = 10,
	BUF = 1 << 20
};

struct watch {
	/* what is asked for */
	int family, protocol; /* protocol -1: any */
	uint32_t table;
	long expected; /* -1: not given */
	int every_ms;
	bool notify, down, once;
	double timeout_s, since_s;
	/* what is seen */
	int dump_fd, notify_fd;
	long start, count, peak, overruns;
	int dumps, n_deciles;
	double first_s, done_s, decile_s[DECILES];
	char buf[BUF];
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int open_netlink(unsigned groups)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int one = 1, size = 256 << 20;

	if (fd < 0 || bind(fd, (void *)&a, sizeof a)) {
		perror("fibwatch: netlink");
		exit(1);
	}
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}

/* The message is a route of the table (and protocol) that is watched. */
static bool is_ours(const struct watch *w, struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);
	uint32_t table = r->rtm_table;
	int n = RTM_PAYLOAD(h);

	if (r->rtm_family != w->family || r->rtm_type != RTN_UNICAST ||
		(r->rtm_flags & RTM_F_CLONED))
		return false;
	if (w->protocol >= 0 && r->rtm_protocol != w->protocol)
		return false;
	for (struct rtattr *a = RTM_RTA(r); RTA_OK(a, n); a = RTA_NEXT(a, n))
		if (a->rta_type == RTA_TABLE)
			memcpy(&table, RTA_DATA(a), sizeof table);
	return table == w->table;
}

static int ask_dump(const struct watch *w)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
		struct rtattr a;
		uint32_t table;
	} q = { .h = { sizeof q, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		.r = { .rtm_family = w->family,
			.rtm_table = w->table < 256 ? w->table : RT_TABLE_COMPAT },
		.a = { 8, RTA_TABLE },
		.table = w->table };

	return send(w->dump_fd, &q, sizeof q, 0) < 0 ? -errno : 0;
}

/* Counts the routes of one part of a dump; true when it was the last. */
static bool count_part(const struct watch *w, int len, long *count)
{
	for (struct nlmsghdr *h = (struct nlmsghdr *)(uintptr_t)w->buf; NLMSG_OK(h, (unsigned)len);
		h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return true;
		if (h->nlmsg_type == NLMSG_ERROR) {
			struct nlmsgerr *e = NLMSG_DATA(h);

			if (e->error == -ENOENT) /* no such table: it is empty */
				*count = 0;
			return true;
		}
		if (h->nlmsg_type == RTM_NEWROUTE)
			*count += is_ours(w, h);
	}
	return false;
}

/* Returns the routes of the table or -1. */
static long dump(struct watch *w)
{
	long count = 0;
	int n;

	if (ask_dump(w))
		return -1;
	do {
		n = recv(w->dump_fd, w->buf, BUF, 0);
		if (n < 0 && errno != EINTR)
			return -1;
	} while (n < 0 || !count_part(w, n, &count));
	return count;
}

static int enter_netns(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror(path);
		return -1;
	}
	close(fd);
	return 0;
}

static const struct option options[] = { { "table", 1, 0, 't' }, { "expect", 1, 0, 'n' },
	{ "six", 0, 0, '6' }, { "every", 1, 0, 'e' }, { "notify", 0, 0, 'N' },
	{ "down", 0, 0, 'd' }, { "timeout", 1, 0, 'T' }, { "proto", 1, 0, 'p' },
	{ "once", 0, 0, '1' }, { "since", 1, 0, 's' }, { "netns", 1, 0, 'x' }, { 0 } };

static _Noreturn void usage(void)
{
	fprintf(stderr,
		"usage: fibwatch [--netns NAME] [--table N] [--six] [--proto N] --expect N "
		"[--down]\n"
		"                [--notify | --every MS] [--timeout S] [--since T0_MONO] | "
		"--once\n");
	exit(2);
}

static void take_option(struct watch *w, int option, const char *value)
{
	switch (option) {
	case 't':
		w->table = strtoul(value, NULL, 0);
		break;
	case 'n':
		w->expected = atol(value);
		break;
	case '6':
		w->family = AF_INET6;
		break;
	case 'e':
		w->every_ms = atoi(value);
		break;
	case 'N':
		w->notify = true;
		break;
	case 'd':
		w->down = true;
		break;
	case 'T':
		w->timeout_s = atof(value);
		break;
	case 'p':
		w->protocol = atoi(value);
		break;
	case '1':
		w->once = true;
		break;
	case 's':
		w->since_s = atof(value);
		break;
	case 'x':
		if (enter_netns(value))
			exit(1);
		break;
	default:
		usage();
	}
}

/* Takes in the count as it is now: what was asked for and what there is of it. Returns true when
 * it is all there. */
static bool note_count(struct watch *w, double now, long *want, long *have)
{
	if (!w->first_s && w->count != w->start)
		w->first_s = now;
	if (w->count > w->peak)
		w->peak = w->count;
	*want = w->down ? w->start - w->expected : w->expected;
	*have = w->down ? w->start - w->count : w->count;
	while (w->n_deciles<DECILES && * want> 0 && *have * DECILES >= *want * (w->n_deciles + 1))
		w->decile_s[w->n_deciles++] = now;
	return w->down ? w->count <= w->expected : w->count >= w->expected;
}

/* Sleeps half of the time still needed at the pace seen so far, so that few dumps are taken, and
 * those mostly near the end. */
static void pause_and_dump(struct watch *w, double now, long want, long have)
{
	double every = w->every_ms / 1000.0, pause = every,
	       gone = w->first_s ? now - w->first_s : 0;

	if (gone > 0 && have > 0)
		pause = gone / have * (want - have) / 2;
	if (pause > every)
		pause = w->first_s ? (pause > 2 ? 2 : pause) : every;
	usleep(pause < 0.01 ? 10000 : (useconds_t)(pause * 1e6));
	w->count = dump(w);
	w->dumps++;
}

static void hear_notifications(struct watch *w)
{
	struct pollfd p = { w->notify_fd, POLLIN, 0 };
	int n;

	if (poll(&p, 1, 200) <= 0)
		return;
	n = recv(w->notify_fd, w->buf, BUF, MSG_DONTWAIT);
	if (n < 0) {
		if (errno != ENOBUFS)
			return;
		w->overruns++;
		w->count = dump(w);
		return;
	}
	for (struct nlmsghdr *h = (void *)w->buf; NLMSG_OK(h, (unsigned)n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type == RTM_NEWROUTE && !(h->nlmsg_flags & NLM_F_REPLACE))
			w->count += is_ours(w, h);
		else if (h->nlmsg_type == RTM_DELROUTE)
			w->count -= is_ours(w, h);
	}
}

static void watch_table(struct watch *w)
{
	double start = now_s();

	w->count = w->start = dump(w);
	while (now_s() - start < w->timeout_s) {
		double now = now_s();
		long want, have;

		if (note_count(w, now, &want, &have)) {
			w->done_s = now;
			return;
		}
		if (w->notify)
			hear_notifications(w);
		else
			pause_and_dump(w, now, want, have);
	}
}

static void print_result(const struct watch *w)
{
	printf("{\"tool\":\"fibwatch\",\"ok\":%s,\"start\":%ld,\"count\":%ld,\"peak\":%ld,"
	       "\"dumps\":%d,\"overruns\":%ld,\"t_first_mono\":%.6f,\"t_done_mono\":%.6f,",
		w->done_s ? "true" : "false", w->start, w->count, w->peak, w->dumps, w->overruns,
		w->first_s, w->done_s);
	if (w->since_s)
		printf("\"t_first\":%.4f,\"t_done\":%.4f,", w->first_s - w->since_s,
			w->done_s - w->since_s);
	printf("\"deciles_mono\":[");
	for (int i = 0; i < DECILES; i++)
		printf("%s%.4f", i ? "," : "", w->decile_s[i]);
	printf("]}\n");
}

static int run(struct watch *w)
{
	w->dump_fd = open_netlink(0);
	if (w->once) {
		printf("%ld\n", dump(w));
		return 0;
	}
	if (w->expected < 0)
		return 2;
	if (w->notify)
		w->notify_fd = open_netlink(
			w->family == AF_INET ? RTMGRP_IPV4_ROUTE : RTMGRP_IPV6_ROUTE);
	watch_table(w);
	print_result(w);
	return w->done_s ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct watch *w = calloc(1, sizeof *w);
	int c, ret;

	if (!w) {
		perror("fibwatch");
		return 1;
	}
	w->family = AF_INET;
	w->protocol = w->expected = -1;
	w->table = RT_TABLE_MAIN;
	w->every_ms = 100;
	w->timeout_s = 600;
	while ((c = getopt_long(argc, argv, "t:n:6e:NdT:p:1s:x:", options, NULL)) != -1)
		take_option(w, c, optarg);
	ret = run(w);
	free(w);
	return ret;
}
