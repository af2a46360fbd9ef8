/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transaction of nf_tables: messages that take effect together, or not at all.
 *
 *	nft_batch_begin(&b, nl, room);
 *	nft_put_x(nft_batch_next(&b, NFT_MSG_NEWRULE, NLM_F_CREATE), ...);
 *	nft_batch_done(&b);
 *	...
 *	ret = nft_batch_send(&b, text);
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

struct nl;

/** By value; fields are private. */
struct nft_batch {
	uint8_t *buf; /* owned */
	size_t len;
	struct nlmsghdr *last;
	struct nl *nl; /* borrowed */
};

/** @room octets that all messages together take at most. */
void nft_batch_begin(struct nft_batch *b, struct nl *nl, size_t room);
/** Start a message: see nft_request. */
struct nlmsghdr *nft_batch_next(struct nft_batch *b, uint16_t type, uint16_t flags);
/** It is complete. */
void nft_batch_done(struct nft_batch *b);
/** End, send, free. 0 or -errno, with the kernel's words ("" if it gave none). */
int nft_batch_send(struct nft_batch *b, char text[80]);
