/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE: splitting, NLRI of both families, and building.
 *
 *   withdrawn length | withdrawn routes | attributes length | path attributes | NLRI (IPv4)
 *
 * IPv6 (and IPv4 with IPv6 next hops) travels in MP_REACH_NLRI and MP_UNREACH_NLRI.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bgpd/wire/attr.h"
#include "lib/net/cursor.h"

/* NLRI of one family inside a message. */
struct wire_nlri {
	int family; /* enum bgp_family; -1: none, or one that we do not speak */
	bool addpath;
	struct octets o;
};

struct wire_update {
	struct wire_nlri withdrawn[2]; /* IPv4 field, MP_UNREACH */
	struct wire_nlri reach[2];     /* IPv4 field, MP_REACH */
	struct ip_addr mp_next_hop;    /* next hop of reach[1] (reach[0] uses attrs.next_hop) */
	struct ip_addr mp_next_hop_ll;
	struct octets raw_attrs; /* the section as received: key of an attribute cache if !has_mp */
	bool has_mp;             /* valid after wire_update_decode */
	struct wire_attrs attrs; /* for reach[0]; for reach[1] the caller puts mp_next_hop in */
	int end_of_rib;          /* enum bgp_family or -1 (RFC 4724 2) */
};

/**
 * Slices only: field lengths, no attribute is read. Zeroes *u and *err first. -EBADMSG with *err
 * when the fields do not fit.
 */
int wire_update_split(const uint8_t *msg, size_t len, const struct wire_session *s,
	struct wire_update *u, struct wire_err *err);
/**
 * The rest: attributes, MP attributes, NLRI syntax, mandatory attributes. Call after
 * wire_update_split.
 *
 * Returns 0 (also with err->action DISCARD or WITHDRAW: then every prefix of reach[] counts as
 * withdrawn), or -EBADMSG when the session must be reset.
 */
int wire_update_decode(struct wire_update *u, const struct wire_session *s, struct arena *a,
	struct wire_err *err);
/**
 * For a message whose raw_attrs were accepted before without any fault and without MP attributes:
 * checks only the NLRI. Results as of wire_update_decode.
 *
 * Cache raw_attrs only of messages with something in reach[0]: without it no attribute is
 * mandatory, and a section that lacks NEXT_HOP would be let in by its double.
 */
int wire_update_check_nlri(const struct wire_update *u, struct wire_err *err);

/* Prefixes of a wire_nlri that has been checked. */
struct wire_nlri_iter {
	const uint8_t *p;
	const uint8_t *end;
	uint8_t af;
	bool addpath;
};
void wire_nlri_begin(struct wire_nlri_iter *it, const struct wire_nlri *n);
/** False at the end. path_id is 0 without ADD-PATH. Host bits that the peer has set are cleared. */
static inline bool wire_nlri_next(struct wire_nlri_iter *it, struct prefix *pfx, uint32_t *path_id)
{
	const uint8_t *p = it->p;
	unsigned int n;

	if (p >= it->end)
		return false;
	*path_id = 0;
	if (it->addpath) {
		*path_id = be32_get(p);
		p += 4;
	}
	*pfx = (struct prefix){ .family = it->af, .len = *p++ };
	n = (pfx->len + 7u) / 8u;
	it->p = p + n;
	if (likely(it->af == AF_INET && it->end - p >= 4)) { /* whatever follows is masked away */
		be32_put(pfx->b, be32_get(p) & (uint32_t) ~(UINT64_C(0xffffffff) >> pfx->len));
		return true;
	}
	for (unsigned int i = 0; i < n; i++)
		pfx->b[i] = p[i];
	if (pfx->len % 8)
		pfx->b[n - 1] &= (uint8_t)(0xff00u >> (pfx->len % 8));
	return true;
}
/** Octets that the prefix takes in NLRI. */
size_t wire_nlri_size(const struct prefix *pfx, bool addpath);

/*
 * Building: begin, add prefixes until -ENOSPC, end. One message carries one family, either
 * announced with one attribute set or withdrawn.
 */
struct wire_builder { /* private */
	struct cursor_w w;
	const struct wire_session *s;
	enum bgp_family family;
	bool addpath;
	bool mp;
	size_t off_len;
	size_t off_section;
	size_t off_mp;
	size_t tail_len; /* attributes that wait at the end of the buffer */
	bool withdraws;
	uint32_t n;
};
/* What to announce with, and where to write it. */
struct wire_announce {
	enum bgp_family family;
	const struct wire_attrs *attrs;
	uint8_t *buf;
	size_t size; /* 4096, or 65535 with extended messages */
};
/**
 * Start an announcement. IPv4 with an IPv4 next hop uses the classic fields; all else MP_REACH_NLRI
 * with attrs->next_hop (and next_hop_ll if set), in front of the other attributes (RFC 7606 5.1).
 *
 * Returns 0, -EMSGSIZE when the attributes leave no room for a prefix, or -EAFNOSUPPORT when the
 * session cannot carry this next hop for this family. After an error the builder must not be used.
 */
int wire_builder_announce(struct wire_builder *b, const struct wire_session *s,
	const struct wire_announce *an);
void wire_builder_withdraw(struct wire_builder *b, const struct wire_session *s, enum bgp_family f,
	uint8_t *buf, size_t size);
/** wire_builder_add of so many bits of an address: 4 or 16 octets, whatever the length. */
static inline int wire_builder_put(struct wire_builder *b, uint8_t bits, const uint8_t *addr,
	uint32_t path_id)
{
	const size_t len = (bits + 7u) / 8u;
	const size_t head = b->addpath ? 4 + 1 : 1;
	const size_t left = cursor_w_left(&b->w);
	uint8_t *p = b->w.p;

	if (unlikely(left < head + len))
		return -ENOSPC;
	if (b->addpath)
		be32_put(p, path_id);
	p[head - 1] = bits;
	if (likely(len <= 4 && left >= head + 4)) /* what is too much is written over */
		memcpy(p + head, addr, 4);
	else
		memcpy(p + head, addr, len);
	b->w.p = p + head + len;
	b->n++;
	return 0;
}
/** 0, or -ENOSPC: message full, this prefix was not added. */
static inline int wire_builder_add(struct wire_builder *b, const struct prefix *pfx,
	uint32_t path_id)
{
	return wire_builder_put(b, pfx->len, pfx->b, path_id);
}
/** Length of the message, 0 if no prefix was added. */
size_t wire_builder_end(struct wire_builder *b);
/** End-of-RIB for a family (RFC 4724 2). */
void wire_end_of_rib_encode(struct cursor_w *w, enum bgp_family f);
