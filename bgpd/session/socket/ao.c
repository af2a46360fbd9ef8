/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structures are the kernel's (linux/tcp.h of 6.7 and later), written down here because the
 * headers of a distribution are older than its kernels.
 *
 * Rollover. A key may sign as soon as the other side has it, and only that side knows when. So a
 * new key is added and asked for (RNextKeyID); the peer switches when it has it, and asks us for
 * its own preferred one, upon which our kernel switches the key that signs. Only when the signing
 * key is taken away is another put in its place by force.
 */
#include "bgpd/session/socket/ao.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define AO_ADD_KEY   38
#define AO_DEL_KEY   39
#define AO_INFO      40
#define AO_MAXKEYLEN 80
#define AO_MACLEN    12 /* RFC 5926 2.2: 96 bits */

struct ao_add {
	struct sockaddr_storage addr;
	char alg_name[64];
	int32_t ifindex;
	uint32_t set_current:1, set_rnext:1, reserved:30;
	uint16_t reserved2;
	uint8_t prefix;
	uint8_t sndid;
	uint8_t rcvid;
	uint8_t maclen;
	uint8_t keyflags;
	uint8_t keylen;
	uint8_t key[AO_MAXKEYLEN];
} __attribute__((aligned(8)));

struct ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t set_current:1, set_rnext:1, del_async:1, reserved:29;
	uint16_t reserved2;
	uint8_t prefix;
	uint8_t sndid;
	uint8_t rcvid;
	uint8_t current_key;
	uint8_t rnext;
	uint8_t keyflags;
} __attribute__((aligned(8)));

struct ao_info {
	uint32_t set_current:1, set_rnext:1, ao_required:1, set_counters:1, accept_icmps:1,
		reserved:27;
	uint16_t reserved2;
	uint8_t current_key;
	uint8_t rnext;
	uint64_t pkt_good;
	uint64_t pkt_bad;
	uint64_t pkt_key_not_found;
	uint64_t pkt_ao_required;
	uint64_t pkt_dropped_icmp;
} __attribute__((aligned(8)));

static_assert(sizeof(struct ao_add) == 288 && sizeof(struct ao_del) == 144 &&
		sizeof(struct ao_info) == 48,
	"as the kernel has them");
static_assert(SESSION_PASSWORD_MAX == AO_MAXKEYLEN, "one length for secrets of both kinds");

static const char *const algorithms[SESSION_AO_ALG_COUNT] = {
	[SESSION_AO_HMAC_SHA1] = "hmac(sha1)",
	[SESSION_AO_AES128_CMAC] = "cmac(aes128)",
	[SESSION_AO_HMAC_SHA256] = "hmac(sha256)",
};

bool ao_key_is_equal(const struct session_ao_key *a, const struct session_ao_key *b)
{
	return a->send_id == b->send_id && a->receive_id == b->receive_id &&
		a->algorithm == b->algorithm && strcmp(a->secret, b->secret) == 0;
}

static bool has(const struct ao_keys *k, const struct session_ao_key *key)
{
	for (uint8_t i = 0; i < k->n; i++) {
		if (ao_key_is_equal(&k->key[i], key))
			return true;
	}
	return false;
}

const struct session_ao_key *ao_preferred(const struct ao_keys *k)
{
	for (uint8_t i = 0; i < k->n; i++) {
		if (k->key[i].preferred)
			return &k->key[i];
	}
	return k->n > 0 ? &k->key[0] : NULL;
}

void ao_keys_make(struct ao_keys *k, const struct session_conf *conf, bool accepted)
{
	const bool range = accepted && conf->ao_net.family != 0;

	memset(k, 0, sizeof(*k));
	k->net = range ? conf->ao_net : prefix_host(&conf->remote);
	k->n = session_conf_keys(conf);
	if (k->n > 0)
		memcpy(k->key, conf->ao->key, k->n * sizeof(k->key[0]));
}

void ao_keys_wipe(struct ao_keys *k)
{
	explicit_bzero(k, sizeof(*k));
}

static int add(int fd, const struct prefix *net, const struct session_ao_key *key, bool use)
{
	const struct ip_addr addr = prefix_addr(net);
	struct ao_add a = {
		.set_current = use,
		.set_rnext = use,
		.prefix = net->len,
		.sndid = key->send_id,
		.rcvid = key->receive_id,
		.maclen = AO_MACLEN,
		.keylen = (uint8_t)strlen(key->secret),
	};
	int ret = 0;

	(void)ip_to_sockaddr(&addr, 0, 0, &a.addr);
	snprintf(a.alg_name, sizeof(a.alg_name), "%s", algorithms[key->algorithm]);
	memcpy(a.key, key->secret, a.keylen);
	if (setsockopt(fd, IPPROTO_TCP, AO_ADD_KEY, &a, sizeof(a)) < 0)
		ret = -errno;
	explicit_bzero(&a, sizeof(a));
	return ret;
}

/* instead: takes its place if it is in use; NULL on a listening socket. */
static int del(int fd, const struct prefix *net, const struct session_ao_key *key,
	const struct session_ao_key *instead)
{
	const struct ip_addr addr = prefix_addr(net);
	struct ao_del d = {
		.prefix = net->len,
		.sndid = key->send_id,
		.rcvid = key->receive_id,
	};
	struct ao_state st = { 0 };

	(void)ip_to_sockaddr(&addr, 0, 0, &d.addr);
	if (instead && ao_get(fd, &st) == 0) {
		d.set_current = st.current == key->send_id;
		d.current_key = instead->send_id;
		d.set_rnext = st.rnext == key->receive_id;
		d.rnext = instead->receive_id;
	}
	return setsockopt(fd, IPPROTO_TCP, AO_DEL_KEY, &d, sizeof(d)) < 0 ? -errno : 0;
}

static int ask_for(int fd, const struct session_ao_key *key)
{
	struct ao_info i = { .set_rnext = 1, .rnext = key->receive_id };

	return setsockopt(fd, IPPROTO_TCP, AO_INFO, &i, sizeof(i)) < 0 ? -errno : 0;
}

int ao_set(int fd, const struct ao_keys *k)
{
	const struct session_ao_key *first = ao_preferred(k);
	int ret = 0;

	for (uint8_t i = 0; i < k->n && ret == 0; i++)
		ret = add(fd, &k->net, &k->key[i], &k->key[i] == first);
	return ret;
}

static int add_new(int fd, const struct ao_keys *was, const struct ao_keys *k)
{
	int worst = 0;

	for (uint8_t i = 0; i < k->n; i++) {
		const int ret = has(was, &k->key[i]) ? 0 : add(fd, &k->net, &k->key[i], false);

		if (ret < 0)
			worst = ret;
	}
	return worst;
}

/* Does some new key have an id of this one? */
static bool is_in_the_way(const struct ao_keys *k, const struct session_ao_key *key)
{
	for (uint8_t i = 0; i < k->n; i++) {
		if (k->key[i].send_id == key->send_id || k->key[i].receive_id == key->receive_id)
			return true;
	}
	return false;
}

int ao_set_listener(int fd, const struct ao_keys *was, const struct ao_keys *k)
{
	int ret;

	/* two passes, so that there is never a moment without a key that stays or comes */
	for (uint8_t i = 0; i < was->n; i++) {
		if (!has(k, &was->key[i]) && is_in_the_way(k, &was->key[i]))
			(void)del(fd, &was->net, &was->key[i], NULL);
	}
	ret = add_new(fd, was, k);
	for (uint8_t i = 0; i < was->n; i++) {
		if (!has(k, &was->key[i]) && !is_in_the_way(k, &was->key[i]))
			(void)del(fd, &was->net, &was->key[i], NULL);
	}
	return ret;
}

int ao_roll(int fd, const struct ao_keys *was, const struct ao_keys *k)
{
	const struct session_ao_key *first = ao_preferred(k);
	int ret = add_new(fd, was, k);

	if (ret == 0 && first)
		ret = ask_for(fd, first);
	for (uint8_t i = 0; i < was->n && ret == 0; i++) {
		if (!has(k, &was->key[i]))
			ret = del(fd, &was->net, &was->key[i], first);
	}
	return ret;
}

int ao_accepted(int fd, const struct ao_keys *k)
{
	const struct session_ao_key *first = ao_preferred(k);
	struct ao_state st = { 0 };
	const int ret = ao_get(fd, &st);

	if (ret < 0 || !first)
		return ret;
	return st.rnext == first->receive_id ? 0 : ask_for(fd, first);
}

int ao_get(int fd, struct ao_state *st)
{
	struct ao_info i = { 0 };
	socklen_t len = sizeof(i);

	if (getsockopt(fd, IPPROTO_TCP, AO_INFO, &i, &len) < 0)
		return -errno;
	st->current = i.current_key;
	st->rnext = i.rnext;
	return 0;
}
