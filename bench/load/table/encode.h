/* SPDX-License-Identifier: Apache-2.0 */
/* Routes of the table as BGP messages, appended to octets that grow. All of it happens before the
 * clock starts. */
#pragma once
#include "bench/load/table/table.h"

enum {
	BGP_OPEN = 1,
	BGP_UPDATE = 2,
	BGP_NOTIFICATION = 3,
	BGP_KEEPALIVE = 4,
	BGP_HEADER = 19,
	BGP_MESSAGE_MAX = 4096,
	AFI_IPV4 = 1,
	AFI_IPV6 = 2,
	SAFI_UNICAST = 1
};

struct octets {
	uint8_t *p; /* owned */
	size_t n, cap;
};

/* Who announces. */
struct speaker {
	uint32_t asn;
	uint8_t nexthop4[4], nexthop6[16];
	int pack; /* most prefixes per UPDATE, 0: as many as fit */
};

/* What: prefixes of any set, with the attributes of this one. */
struct announcement {
	uint32_t attrs;
	int copies; /* of the sender's AS in front, 1 or 2 */
	const uint32_t *id;
	uint32_t n;
};

void encode_header(uint8_t *m, int len, int type);
void encode_announce(struct octets *out, const struct table *t, const struct speaker *from,
	const struct announcement *what);
void encode_withdraw(struct octets *out, const struct table *t, const uint32_t *id, uint32_t n);
/** End-of-RIB of the families that are on. */
void encode_end(struct octets *out, bool v4, bool v6);
