/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes of both families as values. Addresses are kept as bytes in the order
 * of the wire, so there is no host order to confuse; unused bytes and host bits are always
 * zero, so values compare with memcmp.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/base/compiler.h"

struct ip_addr {
	uint8_t family; /* AF_INET, AF_INET6, or 0: no address */
	uint8_t b[16];  /* 4 or 16 used */
};

struct prefix {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t len;    /* bits, 0..32 or 0..128 */
	uint8_t b[16];  /* host bits zero */
};

#define IP_STRLEN     46 /* with NUL */
#define PREFIX_STRLEN 50

static inline uint8_t family_bits(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

static inline uint8_t family_bytes(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/** "ipv4" / "ipv6". */
const char *family_name(uint8_t family);

struct ip_addr ip_from_v4(uint32_t host_order);
struct ip_addr ip_from_bytes(uint8_t family, const uint8_t *bytes);
/** IPv4 address as a number in host order (router ids, order of addresses). */
uint32_t ip_to_v4(const struct ip_addr *a);
/** 0 or -EINVAL. Accepts both families. */
int ip_parse(const char *s, struct ip_addr *a);
/** dst of IP_STRLEN; returns dst. "" for no address. */
char *ip_format(const struct ip_addr *a, char *dst);
bool ip_is_equal(const struct ip_addr *a, const struct ip_addr *b);
/** As memcmp over family, then bytes. */
int ip_cmp(const struct ip_addr *a, const struct ip_addr *b);
bool ip_is_set(const struct ip_addr *a);
bool ip_is_link_local(const struct ip_addr *a);
/** Multicast, loopback, 0/8, 240/4 and so on: cannot be a next hop or a host (RFC 6890). */
bool ip_is_martian(const struct ip_addr *a);
/** Fill sa (sockaddr_in or sockaddr_in6; scope id for link-local); returns its length. */
socklen_t ip_to_sockaddr(const struct ip_addr *a, uint16_t port, uint32_t ifindex,
	struct sockaddr_storage *ss);
/** 0 or -EAFNOSUPPORT; port may be NULL. Maps v4-mapped IPv6 to IPv4. */
int ip_from_sockaddr(const struct sockaddr *sa, struct ip_addr *a, uint16_t *port);

/** 0.0.0.0/0 or ::/0. */
struct prefix prefix_any(uint8_t family);
/** Address cut to len bits. */
struct prefix prefix_make(const struct ip_addr *a, uint8_t len);
struct prefix prefix_host(const struct ip_addr *a);
struct ip_addr prefix_addr(const struct prefix *p);
/** 0, -EINVAL (no prefix), -EDOM (host bits set: *p holds the cut form). */
int prefix_parse(const char *s, struct prefix *p);
/** dst of PREFIX_STRLEN; returns dst. */
char *prefix_format(const struct prefix *p, char *dst);
bool prefix_is_equal(const struct prefix *a, const struct prefix *b);
/** Order of the tables: family, address, length. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
/** Does outer cover inner (or equal it)? */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
bool prefix_covers_addr(const struct prefix *outer, const struct ip_addr *a);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/** Table of martians: never valid in routing (RFC 6890, contract section 2). /0 is not one. */
bool prefix_is_martian(const struct prefix *p);
/** The table itself. */
const struct prefix *prefix_martians(size_t *n);
