/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces by unshare: the test process enters a new one for each lab, the former one dies
 * with what is in it. A customer is a forked process that only holds a namespace open; commands
 * enter it by nsenter, the echo by setns in a process of its own.
 */
#include "tests/fib/link/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/monotime.h"
#include "tests/cu_main.h"

#define ECHO_ID 0x5642

int lab_sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;
	int st;

	va_start(ap, fmt);
	(void)vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	st = system(cmd);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static void on_changed(void *ctx, const char *name, const struct link_status *st)
{
	struct lab *lab = ctx;

	(void)name;
	lab->reports++;
	lab->last = *st;
}

static void start_plane(struct lab *lab)
{
	lab->plane = linkplane_new(lab->loop, lab->mode, on_changed, lab);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lab->plane);
}

bool lab_start(struct lab *lab, enum link_mode mode)
{
	memset(lab, 0, sizeof(*lab));
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
		cu_skip("needs the right to make network namespaces");
		return false;
	}
	if (lab_sh("command -v ip tc nsenter >/dev/null && ip link set lo up") != 0) {
		cu_skip("needs iproute2 and nsenter");
		return false;
	}
	lab->mode = mode;
	lab->loop = loop_new("lab");
	start_plane(lab);
	return true;
}

void lab_stop(struct lab *lab)
{
	linkplane_free(lab->plane);
	loop_free(lab->loop);
	for (unsigned i = 0; i < lab->n_customers; i++) {
		kill(lab->customers[i], SIGKILL);
		waitpid(lab->customers[i], NULL, 0);
	}
	memset(lab, 0, sizeof(*lab));
}

void lab_restart(struct lab *lab)
{
	linkplane_free(lab->plane);
	start_plane(lab);
}

void lab_settle(struct lab *lab)
{
	(void)linkplane_sync(lab->plane);
	for (int i = 0; i < 10000 && loop_turn(lab->loop); i++)
		;
}

struct link_status lab_status(struct lab *lab, const char *name)
{
	struct link_status st = { 0 };

	lab_settle(lab);
	CU_ASSERT_EQUAL(linkplane_status(lab->plane, name, &st), 0);
	return st;
}

/* Child: a namespace, a word when it is there, and nothing more. */
static void hold_namespace(int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) != 0 || write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

pid_t lab_customer(struct lab *lab, const char *dev, const char *addr, const char *gateway)
{
	int fds[2];
	char word;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		hold_namespace(fds[1]);
	close(fds[1]);
	CU_ASSERT_EQUAL_FATAL(read(fds[0], &word, 1), 1);
	close(fds[0]);
	lab->customers[lab->n_customers++] = pid;
	CU_ASSERT_EQUAL(lab_sh("ip link add %s type veth peer name e0 netns %d && "
			       "nsenter -t %d -n sh -c 'ip link set lo up; ip addr add %s dev e0; "
			       "ip link set e0 up; ip route add default via %s'",
				dev, pid, pid, addr, gateway),
		0);
	return pid;
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static bool is_answer(int fd)
{
	uint8_t buf[256];
	const ssize_t n = recv(fd, buf, sizeof(buf), 0);
	const struct iphdr *ip = (const void *)buf;
	const struct icmphdr *icmp;

	if (n < (ssize_t)(sizeof(*ip) + sizeof(*icmp)))
		return false;
	icmp = (const void *)(buf + ip->ihl * 4);
	return icmp->type == ICMP_ECHOREPLY && icmp->un.echo.id == htons(ECHO_ID);
}

/* Send one echo; a second one after a second, since the first may die of address resolution. */
static bool echo(const struct sockaddr *to, socklen_t len)
{
	const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	const struct mono end = mono_add_s(mono_now(), 2);
	struct icmphdr icmp = { .type = ICMP_ECHO, .un.echo.id = htons(ECHO_ID) };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	icmp.checksum = checksum(&icmp, sizeof(icmp));
	while (fd >= 0 && mono_is_before(mono_now(), end)) {
		(void)sendto(fd, &icmp, sizeof(icmp), 0, to, len);
		while (poll(&p, 1, 400) > 0) {
			if (is_answer(fd))
				return true;
		}
	}
	return false;
}

bool lab_ping(pid_t customer, const char *dst)
{
	const pid_t pid = fork();
	int st = 1;

	if (pid == 0) {
		struct sockaddr_storage ss;
		struct ip_addr a;
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", customer);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (ip_parse(dst, &a) || fd < 0 || setns(fd, CLONE_NEWNET) != 0)
			_exit(2);
		_exit(echo((const void *)&ss, ip_to_sockaddr(&a, 0, 0, &ss)) ? 0 : 1);
	}
	waitpid(pid, &st, 0);
	return st == 0;
}

void lab_add_addr(struct link_want *w, const char *addr, uint8_t len)
{
	CU_ASSERT_EQUAL(ip_parse(addr, &w->addrs[w->n_addrs].addr), 0);
	w->addrs[w->n_addrs++].len = len;
}

struct link_want lab_port(const char *name, uint32_t table, const char *addr, uint8_t len)
{
	struct link_want w;

	memset(&w, 0, sizeof(w));
	(void)snprintf(w.name, sizeof(w.name), "%s", name);
	w.kind = LINK_KIND_PORT;
	w.table = table;
	w.up = true;
	if (addr)
		lab_add_addr(&w, addr, len);
	return w;
}

struct link_want lab_made(const char *name, enum link_kind kind, uint32_t table)
{
	struct link_want w = lab_port(name, table, NULL, 0);

	w.kind = kind;
	(void)snprintf(w.alias, sizeof(w.alias), "vbrd:lab/test/%s", name);
	return w;
}
