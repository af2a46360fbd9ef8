/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transaction is answered inside of the call that sends it, so its errors are read at once. The
 * first one is told.
 */
#include "fib/nft/batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "fib/nft/rule.h"
#include "fib/nl.h"
#include "lib/base/xalloc.h"

#define DRAIN      64 /* datagrams a turn */
#define MARKS_ROOM 64 /* of begin and end */

static void batch_mark(struct nft_batch *b, uint16_t type)
{
	struct nlmsghdr *h = nl_request(b->buf + b->len, type, 0);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(NFNL_SUBSYS_NFTABLES);
	h->nlmsg_seq = nl_next_seq(b->nl);
	b->len += h->nlmsg_len;
}

void nft_batch_begin(struct nft_batch *b, struct nl *nl, size_t room)
{
	memset(b, 0, sizeof(*b));
	b->nl = nl;
	b->buf = xmalloc(MARKS_ROOM + room);
	batch_mark(b, NFNL_MSG_BATCH_BEGIN);
}

struct nlmsghdr *nft_batch_next(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	b->last = nft_request(b->buf + b->len, type, flags);
	b->last->nlmsg_seq = nl_next_seq(b->nl);
	return b->last;
}

void nft_batch_done(struct nft_batch *b)
{
	b->len += b->last->nlmsg_len;
}

struct answers {
	int error;
	bool is_acknowledged;
	uint32_t last;
	char text[80];
};

static int on_answer(void *ctx, const struct nlmsghdr *nlh)
{
	struct answers *a = ctx;
	char text[80];
	int ret;

	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	ret = nl_error(nlh, text, sizeof(text));
	if (ret && !a->error) {
		a->error = ret;
		memcpy(a->text, text, sizeof(text));
	}
	a->is_acknowledged |= !ret && nlh->nlmsg_seq == a->last;
	return 0;
}

int nft_batch_send(struct nft_batch *b, char text[80])
{
	struct answers a = { .last = b->last->nlmsg_seq };
	int ret;

	b->last->nlmsg_flags |= NLM_F_ACK;
	batch_mark(b, NFNL_MSG_BATCH_END);
	ret = nl_send(b->nl, b->buf, b->len);
	free(b->buf);
	while (!ret) {
		ret = nl_receive(b->nl, DRAIN, on_answer, &a);
		if (ret <= 0)
			break;
		ret = 0;
	}
	memcpy(text, a.text, sizeof(a.text));
	if (ret < 0 || a.error)
		return a.error ? a.error : ret;
	return a.is_acknowledged ? 0 : -EIO;
}
