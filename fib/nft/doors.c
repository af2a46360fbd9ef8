/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this process has written it knows, and writes differences. The first time, and when somebody
 * else touched the table (events tell, whose they are not), all is written anew in one transaction:
 * no packet slips through in between.
 */
#include "fib/nft/doors.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "fib/nft/batch.h"
#include "fib/nft/client.h"
#include "fib/nft/doors_rules.h"
#include "fib/nft/rule.h"
#include "fib/nft/set.h"
#include "fib/nft/tally.h"
#include "fib/nl.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"

#define TALLY_US 1000000 /* counts are as old at most */

struct doors {
	struct nft_client client;
	struct nft_elems next[PART_COUNT]; /* being declared */
	struct nft_elems want[PART_COUNT];
	struct nft_elems has[PART_COUNT]; /* in the kernel, by us */
	bool at_entry;                    /* hook: prerouting, not forward */
	bool is_too_old;                  /* the kernel, for sources */
	bool is_written;                  /* the table is as we made it */
	bool is_asked;                    /* somebody said which doors there are */
	struct nft_tally tallies[DOORS_DROPS];
	struct mono tallied_at;
	bool is_tallied;
	char error[DOORS_ERROR_SIZE];
};

static uint32_t count(const struct nft_elems v[PART_COUNT])
{
	uint32_t n = 0;

	for (int i = 0; i < PART_COUNT; i++)
		n += v[i].n;
	return n;
}

/* What was dropped */

static const enum part counting[DOORS_DROPS] = {
	[DOORS_SPOOFED] = PART_SPOOFED,
	[DOORS_STRAYED] = PART_STRAYED,
};

static void read_tallies(struct doors *d)
{
	for (int i = 0; i < DOORS_DROPS; i++)
		nft_tally_read(&d->tallies[i], d->client.requests, NFPROTO_INET,
			doors_sets[counting[i]].name);
	d->tallied_at = mono_now();
	d->is_tallied = true;
}

uint64_t doors_dropped(struct doors *d, enum doors_drop why, const char *name)
{
	if (!d->client.requests)
		return 0;
	/* Who asks for one device asks for a thousand. */
	if (!d->is_tallied || mono_is_before(mono_add_us(d->tallied_at, TALLY_US), mono_now()))
		read_tallies(d);
	return nft_tally_of(&d->tallies[why], name);
}

/* Transactions */

static struct nlmsghdr *next(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_batch_next(b, type, flags);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = NFPROTO_INET;
	return h;
}

/* Deleting what is not there is an error, making what is there is none: so make, delete, make. */
static void fresh_table(struct nft_batch *b)
{
	(void)next(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_batch_done(b);
	(void)next(b, NFT_MSG_DELTABLE, 0);
	nft_batch_done(b);
}

static int write_all(struct doors *d, char text[80])
{
	size_t room = DOORS_RULES_ROOM;
	struct nft_batch b;
	int ret;

	for (int i = 0; i < PART_COUNT; i++)
		room += nft_set_room(d->want[i].n);
	read_tallies(d);
	nft_batch_begin(&b, d->client.requests, room);
	fresh_table(&b);
	if (count(d->want) > 0) {
		(void)next(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		nft_batch_done(&b);
		for (int i = 0; i < PART_COUNT; i++) {
			nft_set_make(&b, NFPROTO_INET, &doors_sets[i]);
			nft_set_change(&b, NFPROTO_INET, &doors_sets[i], NFT_MSG_NEWSETELEM,
				&d->want[i]);
		}
		doors_put_rules(&b, d->at_entry, !d->is_too_old);
	}
	ret = nft_batch_send(&b, text);
	for (int i = 0; ret == 0 && i < DOORS_DROPS; i++)
		nft_tally_restart(&d->tallies[i]);
	d->is_tallied = false;
	return ret;
}

static int write_difference(struct doors *d, char text[80])
{
	struct nft_elems gone[PART_COUNT] = { 0 };
	struct nft_elems come[PART_COUNT] = { 0 };
	size_t room = DOORS_RULES_ROOM;
	struct nft_batch b;
	int ret = 0;

	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_minus(&d->has[i], &d->want[i], &gone[i]);
		nft_elems_minus(&d->want[i], &d->has[i], &come[i]);
		room += nft_set_room(gone[i].n + come[i].n);
	}
	if (count(gone) + count(come) > 0) {
		nft_batch_begin(&b, d->client.requests, room);
		for (int i = 0; i < PART_COUNT; i++) {
			nft_set_change(&b, NFPROTO_INET, &doors_sets[i], NFT_MSG_DELSETELEM,
				&gone[i]);
			nft_set_change(&b, NFPROTO_INET, &doors_sets[i], NFT_MSG_NEWSETELEM,
				&come[i]);
		}
		ret = nft_batch_send(&b, text);
	}
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_fini(&gone[i]);
		nft_elems_fini(&come[i]);
	}
	return ret;
}

static void copy(struct nft_elems *to, const struct nft_elems *from)
{
	nft_elems_fini(to);
	to->v = xcalloc(from->n + 1U, sizeof(*to->v));
	if (from->n > 0)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
	to->n = from->n;
}

int doors_sync(struct doors *d)
{
	const bool can = d->client.requests;
	const bool is_any = count(d->want) > 0;
	char text[80] = "";
	int ret = -EPROTONOSUPPORT;

	d->error[0] = '\0';
	if (can && d->is_written && count(d->has) > 0 && is_any)
		ret = write_difference(d, text);
	if (can && ret)
		ret = write_all(d, text);
	d->is_written = ret == 0;
	for (int i = 0; d->is_written && i < PART_COUNT; i++)
		copy(&d->has[i], &d->want[i]);
	if (!is_any)
		return ret;
	if (!d->is_written)
		(void)snprintf(d->error, sizeof(d->error),
			"sources and targets of packets are not checked: nf_tables: %s%s%s",
			strerror(-ret), text[0] ? ": " : "", text);
	else if (d->is_too_old)
		(void)snprintf(d->error, sizeof(d->error),
			"sources of packets are checked by rp_filter only, loosely and for IPv4: "
			"with VRF devices more needs Linux 6.1");
	return ret;
}

/* The loop */

static void on_event(void *ctx, const struct nlmsghdr *nlh)
{
	struct doors *d = ctx;
	const struct nfgenmsg *g = nlh ? mnl_nlmsg_get_payload(nlh) : NULL;

	if (!g ||
		(nft_names_our_table(nlh) && g->nfgen_family == NFPROTO_INET &&
			nlh->nlmsg_pid != nl_portid(d->client.requests)))
		d->is_written = false;
}

static bool is_in_step(const struct doors *d)
{
	if (!d->is_written)
		return false;
	for (int i = 0; i < PART_COUNT; i++)
		if (!nft_elems_are_equal(&d->has[i], &d->want[i]))
			return false;
	return true;
}

/* What did not succeed before is tried again when it is time. */
static void on_look(void *ctx, bool is_due)
{
	struct doors *d = ctx;

	(void)is_due;
	if (d->is_asked && !is_in_step(d))
		(void)doors_sync(d);
}

static const struct nft_client_ops client_ops = {
	.event = on_event,
	.look = on_look,
};

/* From release on; of one that is not understood the best is thought. */
static bool is_kernel(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned has[2];

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &has[0], &has[1]) != 2)
		return true;
	return has[0] > major || (has[0] == major && has[1] >= minor);
}

struct doors *doors_new(struct loop *l, bool has_vrfs)
{
	struct doors *d = xcalloc(1, sizeof(*d));

	d->at_entry = has_vrfs;
	d->is_too_old = has_vrfs && !is_kernel(6, 1);
	nft_client_init(&d->client, l, &client_ops, d);
	return d;
}

void doors_free(struct doors *d)
{
	if (!d)
		return;
	nft_client_fini(&d->client);
	for (int i = 0; i < DOORS_DROPS; i++)
		nft_tally_fini(&d->tallies[i]);
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_fini(&d->next[i]);
		nft_elems_fini(&d->want[i]);
		nft_elems_fini(&d->has[i]);
	}
	free(d);
}

void doors_begin(struct doors *d)
{
	for (int i = 0; i < PART_COUNT; i++)
		nft_elems_fini(&d->next[i]);
}

static void add(struct doors *d, enum part part, const uint32_t *mark, const char *name,
	uint32_t value)
{
	nft_elems_add(&d->next[part], mark, name, strnlen(name, IFNAMSIZ - 1), value);
}

void doors_add(struct doors *d, const char *name)
{
	add(d, PART_DOORS, NULL, name, 0);
	add(d, PART_SPOOFED, NULL, name, 0);
}

void doors_add_to(struct doors *d, const char *name, uint32_t mark)
{
	add(d, PART_LINES, NULL, name, mark);
	add(d, PART_SPOOFED, NULL, name, 0);
	add(d, PART_ALLOWED, &mark, name, 0);
}

void doors_inside(struct doors *d, const char *name, uint32_t mark)
{
	add(d, PART_INSIDE, NULL, name, mark);
	add(d, PART_STRAYED, NULL, name, 0);
	add(d, PART_MEMBERS, NULL, name, 0);
}

void doors_home(struct doors *d, uint32_t mark, const struct ip_addr *a)
{
	const bool is4 = a->family == AF_INET;
	const size_t len = is4 ? 4 : 16;

	nft_elems_add(&d->next[is4 ? PART_HOMES4 : PART_HOMES6], &mark, a->b, len, 0);
	/* With VRF devices it is not local to others. */
	if (!d->at_entry)
		nft_elems_add(&d->next[is4 ? PART_OURS4 : PART_OURS6], NULL, a->b, len, 0);
}

bool doors_end(struct doors *d)
{
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_end(&d->next[i]);
		nft_elems_fini(&d->want[i]);
		d->want[i] = d->next[i];
		d->next[i] = (struct nft_elems){ 0 };
	}
	d->is_asked = true;
	nft_client_wake(&d->client);
	return !is_in_step(d);
}

const char *doors_error(const struct doors *d)
{
	return d->error;
}

void doors_withdraw(struct doors *d)
{
	doors_begin(d);
	(void)doors_end(d);
	(void)doors_sync(d);
}
