/* SPDX-License-Identifier: Apache-2.0 */
/* fibwatch - times routes appearing in (or leaving) a kernel routing table.
 * Build: cc -O2 -o fibwatch fibwatch.c
 *
 * Two ways of counting:
 *   dump   (default) the table is dumped, at first every --every ms, then at
 *          half of the time predicted to be left; exact count, time resolution
 *          of one dump; costs the kernel one table walk per dump
 *   notify RTM_NEWROUTE/RTM_DELROUTE notifications; exact times, but adds
 *          kernel work per route; after an overrun it dumps to recount
 * Times are CLOCK_MONOTONIC seconds, the clock of bgpblast's t0_mono.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static int family = AF_INET, proto = -1;
static unsigned table = RT_TABLE_MAIN;
static char buf[1 << 20];

static double mono(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int nl_open(unsigned groups)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), one = 1,
	    sz = 256 << 20;
	if (fd < 0 || bind(fd, (void *)&a, sizeof a)) {
		perror("fibwatch: netlink");
		exit(1);
	}
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &sz, sizeof sz))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &sz, sizeof sz);
	return fd;
}

/* 1 when the message is a route of our table (and protocol). */
static int ours(struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);
	unsigned t = r->rtm_table;
	if (r->rtm_family != family || r->rtm_type != RTN_UNICAST || (r->rtm_flags & RTM_F_CLONED))
		return 0;
	if (proto >= 0 && r->rtm_protocol != proto)
		return 0;
	int l = RTM_PAYLOAD(h);
	for (struct rtattr *a = RTM_RTA(r); RTA_OK(a, l); a = RTA_NEXT(a, l))
		if (a->rta_type == RTA_TABLE)
			t = *(unsigned *)RTA_DATA(a);
	return t == table;
}

static long dump(int fd)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
		struct rtattr a;
		unsigned t;
	} q = { .h = { sizeof q, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		.r = { .rtm_family = family, .rtm_table = table < 256 ? table : RT_TABLE_COMPAT },
		.a = { 8, RTA_TABLE },
		.t = table };
	long n = 0;
	if (send(fd, &q, sizeof q, 0) < 0)
		return -1;
	for (;;) {
		int l = recv(fd, buf, sizeof buf, 0);
		if (l < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (unsigned)l);
			h = NLMSG_NEXT(h, l)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return n;
			if (h->nlmsg_type == NLMSG_ERROR) {
				int e = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
				return e == ENOENT ? 0 : n;
			}
			if (h->nlmsg_type == RTM_NEWROUTE)
				n += ours(h);
		}
	}
}

int main(int argc, char **argv)
{
	long expect = -1, count = 0, peak = 0;
	int every = 100, notify = 0, down = 0, once = 0;
	double timeout = 600, t0, tfirst = 0, tdone = 0, marks[10] = { 0 }, since = 0;
	int nmark = 0, dumps = 0;
	static const struct option lo[] = { { "table", 1, 0, 't' }, { "expect", 1, 0, 'n' },
		{ "six", 0, 0, '6' }, { "every", 1, 0, 'e' }, { "notify", 0, 0, 'N' },
		{ "down", 0, 0, 'd' }, { "timeout", 1, 0, 'T' }, { "proto", 1, 0, 'p' },
		{ "once", 0, 0, '1' }, { "since", 1, 0, 's' }, { "netns", 1, 0, 'x' }, { 0 } };
	for (int c; (c = getopt_long(argc, argv, "t:n:6e:NdT:p:1s:x:", lo, NULL)) != -1;)
		switch (c) {
		case 't':
			table = strtoul(optarg, 0, 0);
			break;
		case 'n':
			expect = atol(optarg);
			break;
		case '6':
			family = AF_INET6;
			break;
		case 'e':
			every = atoi(optarg);
			break;
		case 'N':
			notify = 1;
			break;
		case 'd':
			down = 1;
			break;
		case 'T':
			timeout = atof(optarg);
			break;
		case 'p':
			proto = atoi(optarg);
			break;
		case '1':
			once = 1;
			break;
		case 's':
			since = atof(optarg);
			break;
		case 'x': {
			char f[256];
			snprintf(f, sizeof f, strchr(optarg, '/') ? "%s" : "/run/netns/%s", optarg);
			int fd = open(f, O_RDONLY);
			if (fd < 0 || setns(fd, CLONE_NEWNET)) {
				perror(f);
				return 1;
			}
			close(fd);
			break;
		}
		default:
			fprintf(stderr,
				"usage: fibwatch [--netns NAME] [--table N] [--six] [--proto N] --expect N [--down]\n"
				"                [--notify | --every MS] [--timeout S] [--since T0_MONO] | --once\n");
			return 2;
		}
	int df = nl_open(0);
	if (once) {
		printf("%ld\n", dump(df));
		return 0;
	}
	if (expect < 0)
		return 2;
	int nf = notify ? nl_open(family == AF_INET ? RTMGRP_IPV4_ROUTE : RTMGRP_IPV6_ROUTE) : -1;
	t0 = mono();
	count = dump(df);
	long start = count, over = 0;
	while (mono() - t0 < timeout) {
		double now = mono();
		if (!tfirst && count != start)
			tfirst = now;
		if (count > peak)
			peak = count;
		long want = down ? start - expect : expect, have = down ? start - count : count;
		while (nmark < 10 && want > 0 && have * 10 >= want * (nmark + 1))
			marks[nmark++] = now;
		if (down ? count <= expect : count >= expect) {
			tdone = now;
			break;
		}
		if (!notify) {
			/* sleep half of the time still needed at the pace seen so far, so
			 * that few dumps are taken, and those mostly near the end */
			double pause = every / 1000.0, gone = now - (tfirst ? tfirst : now);
			if (gone > 0 && have > 0)
				pause = gone / have * (want - have) / 2;
			if (pause > every / 1000.0)
				pause = tfirst ? (pause > 2 ? 2 : pause) : every / 1000.0;
			usleep(pause < 0.01 ? 10000 : (useconds_t)(pause * 1e6));
			count = dump(df);
			dumps++;
			continue;
		}
		struct pollfd p = { nf, POLLIN, 0 };
		if (poll(&p, 1, 200) <= 0)
			continue;
		int l = recv(nf, buf, sizeof buf, MSG_DONTWAIT);
		if (l < 0) {
			if (errno == ENOBUFS)
				over++, count = dump(df);
			continue;
		}
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (unsigned)l);
			h = NLMSG_NEXT(h, l)) {
			if (h->nlmsg_type == RTM_NEWROUTE && !(h->nlmsg_flags & NLM_F_REPLACE))
				count += ours(h);
			else if (h->nlmsg_type == RTM_DELROUTE)
				count -= ours(h);
		}
	}
	printf("{\"tool\":\"fibwatch\",\"ok\":%s,\"start\":%ld,\"count\":%ld,\"peak\":%ld,\"dumps\":%d,\"overruns\":%ld,"
	       "\"t_first_mono\":%.6f,\"t_done_mono\":%.6f,",
		tdone ? "true" : "false", start, count, peak, dumps, over, tfirst, tdone);
	if (since)
		printf("\"t_first\":%.4f,\"t_done\":%.4f,", tfirst - since, tdone - since);
	printf("\"deciles_mono\":[");
	for (int i = 0; i < 10; i++)
		printf("%s%.4f", i ? "," : "", marks[i]);
	printf("]}\n");
	return tdone ? 0 : 1;
}
