/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user of nf_tables has of it: a socket for requests, another one for events, and turns of
 * the loop in which it compares and mends. One that is embedded belongs to its owner's loop.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "lib/io/loop.h"

struct nl;

struct nft_client_ops {
	/* Somebody has changed something, in any table; NULL: it was not seen what. */
	void (*event)(void *ctx, const struct nlmsghdr *nlh);
	/* Behind the events, and when woken. Or is_due: it is time, whatever happened. */
	void (*look)(void *ctx, bool is_due);
};

struct nft_client {
	struct nl *requests; /* owned; NULL = this kernel has no nf_tables */
	/* private */
	struct nl *events; /* owned; NULL likewise, or where nobody may listen: time is enough */
	struct io_watch watch;
	struct job job;
	struct timer timer;
	bool is_due;
	const struct nft_client_ops *ops;
	void *ctx;
};

void nft_client_init(struct nft_client *c, struct loop *l, const struct nft_client_ops *ops,
	void *ctx);
void nft_client_fini(struct nft_client *c);
/** Look in the next turn of the loop. */
void nft_client_wake(struct nft_client *c);
