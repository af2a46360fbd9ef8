/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table says which file gets which value on which kind of device in which mode, and why.
 *
 * rp_filter: in mode rules the reverse lookup of a packet has no incoming device, so no iif rule
 * matches and it ends in the main table: any filter would drop all of a tenant's traffic: 0. In
 * mode vrf the lookup is done in the instance: 2 (loose: the source must be known to the instance,
 * by whichever of its lines); fib/nft/doors.h is strict. The kernel takes the maximum of this and
 * of conf/all/rp_filter, hence the complaint about the latter in mode rules.
 */
#include "fib/link/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/compiler.h"

#define PORT 1U << LINK_KIND_PORT
#define VLAN 1U << LINK_KIND_VLAN
#define VETH 1U << LINK_KIND_VETH
#define VRF  1U << LINK_KIND_VRF
#define IFB  1U << LINK_KIND_IFB

struct setting {
	const char *family;
	const char *name;
	uint32_t kinds;
	int8_t rules; /* value in mode rules */
	int8_t vrf;   /* value in mode vrf */
};

/* clang-format off */
static const struct setting table[] = {
	{ "ipv4", "forwarding",       PORT | VLAN | VETH | VRF, 1, 1 },
	{ "ipv4", "rp_filter",        PORT | VLAN | VETH | VRF, 0, 2 },
	/* A gateway's answer that crosses a connection has a source that is local here, too. */
	{ "ipv4", "accept_local",     VETH,                     1, 0 },
	/* Equal addresses stand on several devices: each answers, and asks, for its own only. */
	{ "ipv4", "arp_ignore",       PORT | VLAN | VETH,       1, 1 },
	{ "ipv4", "arp_announce",     PORT | VLAN | VETH,       2, 2 },
	{ "ipv6", "disable_ipv6",     PORT | VLAN | VETH | VRF, 0, 0 },
	{ "ipv6", "forwarding",       PORT | VLAN | VETH | VRF, 1, 1 },
	/* Kernels from 6.17 on can forward without conf/all/forwarding. */
	{ "ipv6", "force_forwarding", PORT | VLAN | VETH | VRF, 1, 1 },
	/* A customer must not hand us a default route. */
	{ "ipv6", "accept_ra",        PORT | VLAN | VETH,       0, 0 },
	/* A flap of the line must not cost us the addresses. */
	{ "ipv6", "keep_addr_on_down", PORT | VLAN | VETH,      1, 1 },
	/* Both ends are ours: nobody to collide with, and link-local works at once. */
	{ "ipv6", "accept_dad",       VETH,                     0, 0 },
	/* An error of ICMPv6 has an address of where the packet came in, or one of any device. */
	{ "ipv6", "use_oif_addrs_only", PORT | VLAN | VETH,     1, 0 },
	/* Nothing lives there: no addresses, no solicitations. */
	{ "ipv6", "disable_ipv6",     IFB,                      1, 1 },
};
/* clang-format on */

#undef PORT
#undef VLAN
#undef VETH
#undef VRF
#undef IFB

_Static_assert(sizeof(table) / sizeof(table[0]) <= SETTINGS_MAX, "saved values need a place each");

static void path_of(char *path, size_t size, const struct setting *s, const char *dev)
{
	(void)snprintf(path, size, "/proc/sys/net/%s/conf/%s/%s", s->family, dev, s->name);
}

/* The number in the file, or -errno. Our values and those of the kernel's are not negative. */
static int32_t read_number(const char *path)
{
	char text[16];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	n = (ssize_t)strtol(text, NULL, 10);
	return n < 0 ? 0 : (int32_t)n;
}

static int write_number(const char *path, int32_t value)
{
	char text[16];
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const int len = snprintf(text, sizeof(text), "%d", value);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) != len)
		ret = -errno;
	close(fd);
	return ret;
}

/* An absent file is no problem: older kernel, or no IPv6. The old value, -1 if unchanged. */
static int32_t set_number(const char *path, int32_t value, char problem[LINK_ERROR_SIZE])
{
	const int32_t old = read_number(path);
	int ret = old;

	if (old == value || old == -ENOENT)
		return -1;
	if (old >= 0)
		ret = write_number(path, value);
	if (ret >= 0)
		return old;
	if (!problem[0])
		(void)snprintf(problem, LINK_ERROR_SIZE, "cannot write %d to %.90s: %s", value,
			path, strerror(-ret));
	return -1;
}

void settings_apply(const char *dev, enum link_kind kind, enum link_mode mode,
	struct settings_saved *saved, char problem[LINK_ERROR_SIZE])
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char path[128];
		int32_t old;

		if (!(table[i].kinds & 1U << kind))
			continue;
		path_of(path, sizeof(path), &table[i], dev);
		old = set_number(path, mode == LINK_MODE_VRF ? table[i].vrf : table[i].rules,
			problem);
		if (saved->v[i] < 0)
			saved->v[i] = old;
	}
}

void settings_restore(const char *dev, struct settings_saved *saved)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char path[128];

		path_of(path, sizeof(path), &table[i], dev);
		if (saved->v[i] >= 0)
			(void)write_number(path, saved->v[i]);
		saved->v[i] = -1;
	}
}

void settings_apply_global(enum link_mode mode, char problem[LINK_ERROR_SIZE])
{
	/* Reaches foreign devices too (they stop to hear RAs): only without force_forwarding. */
	if (read_number("/proc/sys/net/ipv6/conf/default/force_forwarding") < 0)
		(void)set_number("/proc/sys/net/ipv6/conf/all/forwarding", 1, problem);
	if (mode != LINK_MODE_RULES)
		return;
	/* ICMP errors get the address of the incoming device as source: a FROM rule matches. */
	(void)set_number("/proc/sys/net/ipv4/icmp_errors_use_inbound_ifaddr", 1, problem);
	/* What the kernel answers is routed by the mark of what it answers: a MARK rule matches. */
	(void)set_number("/proc/sys/net/ipv4/fwmark_reflect", 1, problem);
	(void)set_number("/proc/sys/net/ipv6/fwmark_reflect", 1, problem);
	if (read_number("/proc/sys/net/ipv4/conf/all/rp_filter") > 0 && !problem[0])
		(void)snprintf(problem, LINK_ERROR_SIZE,
			"net.ipv4.conf.all.rp_filter is not 0: it drops packets of all instances");
}
