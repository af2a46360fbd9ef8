/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket options. GTSM (RFC 5082) is done by the kernel: IP_MINTTL drops a segment before TCP
 * sees it, so a stranger many hops away cannot even reset the connection. Both ends then send
 * with 255.
 */
#include "bgpd/session/socket/sockopt.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/session.h"
#include "lib/net/priority.h"

#define TOS_CS6  0xc0 /* internetwork control: routing survives a full link */
#define TTL_MAX  255
#define TTL_IBGP 64
#define TTL_EBGP 1

static int set_int(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v)) < 0 ? -errno : 0;
}

static int set_common(int fd, uint8_t family)
{
	int ret = set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);

	if (ret < 0)
		return ret;
	ret = family == AF_INET6 ? set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_CS6) :
				   set_int(fd, IPPROTO_IP, IP_TOS, TOS_CS6);
	if (ret < 0)
		return ret;
	/*
	 * After IP_TOS, which sets the priority too. It needs a right, and a session without
	 * priority is still a session.
	 */
	(void)set_int(fd, SOL_SOCKET, SO_PRIORITY, (int)PRIORITY_CONTROL);
	return 0;
}

int sockopt_socket(uint8_t family, const char *device)
{
	const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int ret;

	if (fd < 0)
		return -errno;
	ret = set_common(fd, family);
	if (ret == 0 && family == AF_INET6)
		ret = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (ret == 0 && device[0] != '\0' &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

int sockopt_accepted(int fd, uint8_t family)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return set_common(fd, family);
}

int sockopt_send_ttl(int fd, uint8_t family, int ttl)
{
	if (family == AF_INET6)
		return set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
	return set_int(fd, IPPROTO_IP, IP_TTL, ttl);
}

int sockopt_ttl(int fd, const struct session_conf *conf)
{
	const uint8_t family = conf->remote.family;
	int ret;

	if (conf->ttl_security == 0) {
		const int fallback = conf->local_as == conf->peer_as ? TTL_IBGP : TTL_EBGP;

		return sockopt_send_ttl(fd, family, conf->multihop ? conf->multihop : fallback);
	}
	ret = sockopt_send_ttl(fd, family, TTL_MAX);
	if (ret < 0)
		return ret;
	if (family == AF_INET6)
		return set_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT,
			TTL_MAX + 1 - conf->ttl_security);
	return set_int(fd, IPPROTO_IP, IP_MINTTL, TTL_MAX + 1 - conf->ttl_security);
}

/* The kernel takes the key of the longest prefix that covers the other end (tcp_md5_do_lookup). */
int sockopt_md5(int fd, const struct prefix *remote, const char *key)
{
	struct tcp_md5sig sig = {
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
		.tcpm_prefixlen = remote->len,
	};
	const struct ip_addr addr = prefix_addr(remote);
	const size_t len = strlen(key);

	if (len > TCP_MD5SIG_MAXKEYLEN)
		return -EINVAL;
	(void)ip_to_sockaddr(&addr, 0, 0, &sig.tcpm_addr);
	sig.tcpm_keylen = (uint16_t)len;
	memcpy(sig.tcpm_key, key, len);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &sig, sizeof(sig)) < 0) {
		const int err = errno;

		explicit_bzero(&sig, sizeof(sig));
		/* taking away a key that was never there */
		if (len == 0 && err == ENOENT)
			return 0;
		/* no CONFIG_TCP_MD5SIG; ENOPROTOOPT is the word for a kernel without TCP-AO */
		return err == ENOPROTOOPT ? -EOPNOTSUPP : -err;
	}
	explicit_bzero(&sig, sizeof(sig));
	return 0;
}

uint32_t sockopt_ifindex(const char *device)
{
	return device[0] != '\0' ? if_nametoindex(device) : 0;
}
