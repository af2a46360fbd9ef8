/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Echo requests and replies as whole packets (RFC 792, 4443), since a probe has to enter one
 * peering connection whatever the routing table prefers, and its answer has to leave by the same.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct sock_filter;

#define ECHO_SIZE       64 /* longest packet: 40 + 8 + 8 */
#define ECHO_FILTER_MAX 24

/* One flow of probes. */
struct echo {
	struct ip_addr source;
	struct ip_addr target; /* of the same family */
	uint16_t id;
	uint64_t cookie; /* nobody off the path knows it */
};

/** Octets written to buf of ECHO_SIZE: IP header and request. */
size_t echo_build(const struct echo *e, uint16_t sequence, uint8_t *buf);
/** 0 and the sequence, if the packet (from its IP header on) answers a probe of e; or -EBADMSG. */
int echo_parse(const struct echo *e, const uint8_t *b, size_t n, uint16_t *sequence);
/**
 * Classic BPF that passes nothing but such answers: the rest of the traffic of the device is not
 * even copied. Instructions written to f of ECHO_FILTER_MAX. The packet begins with its IP header.
 */
unsigned echo_filter(const struct echo *e, struct sock_filter *f);
