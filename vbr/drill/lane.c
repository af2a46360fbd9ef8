/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/drill/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/drill/route.h"
#include "vbr/health/echo_socket.h"
#include "vbr/plane/plane.h"

/* The VPC's end of one of the two peering connections. */
struct side {
	struct drill_lane *lane;
	enum measure_way way;
	const struct model_peering *m; /* NULL: there is none */
	int end;                       /* 0: the VPC is the initiator */
	int fd;                        /* -1: none */
	struct plane_way at;           /* ifindex 0: it is not up */
	struct io_watch io;
};

struct drill_lane {
	struct drill_lane_params p;
	struct drill_lane_plan plan;
	struct echo echo;
	struct side side[2];
	struct measure m;
	bool is_deaf;
	bool is_stopped;
};

static void close_side(struct side *s)
{
	if (s->fd < 0)
		return;
	io_fini(&s->io);
	(void)close(s->fd);
	s->fd = -1;
}

static void on_answer(void *ctx)
{
	struct side *s = ctx;
	uint16_t sequence;
	struct mono at;

	for (int i = 0; i < MEASURE_RING && echo_socket_read(s->fd, &s->lane->echo, &sequence, &at);
		i++)
		(void)measure_answer(&s->lane->m, sequence, s->way, at);
}

/* A connection that is made anew has another device: the socket follows. */
static void look_at_side(struct side *s)
{
	const struct drill_lane *l = s->lane;
	struct plane_way now = { .ifindex = 0 };

	if (s->m != NULL)
		(void)plane_peering_way(l->p.plane, s->m->obj.tenant, s->m->obj.name, s->end, &now);
	if (s->fd >= 0 && now.ifindex != s->at.ifindex)
		close_side(s);
	s->at = now;
	if (s->fd >= 0 || now.ifindex == 0 || !drill_lane_is_probed(l))
		return;
	s->fd = echo_socket_open(&l->echo, now.ifindex);
	if (s->fd < 0)
		return; /* its probes count as lost, and it is tried again with the next one */
	io_init(&s->io, l->p.loop, s->fd, on_answer, NULL, s);
	io_want_read(&s->io, true);
}

/* Where packets of the VPC come from: one of its interfaces that is up. */
static uint32_t inlet(const struct drill_lane *l)
{
	const struct model_end *e = l->plan.vpc;
	const struct model_vpc *v = model_vpc(plane_model(l->p.plane), e->tenant, e->name);
	struct link_status st;

	for (uint32_t i = 0; v != NULL && i < v->n_ifaces; i++)
		if (linkplane_status(plane_links(l->p.plane), v->ifaces[i].name, &st) == 0 && st.up)
			return st.ifindex;
	/* All of its devices lead to its table. */
	return l->side[MEASURE_OTHER].at.ifindex;
}

static enum measure_way ask(const struct drill_lane *l)
{
	struct route_question q = {
		.in = inlet(l),
		.source = l->echo.source,
		.target = l->echo.target,
	};
	uint32_t out;
	int ret = route_ask(l->p.nl, &q, &out);

	/*
	 * In mode vrf the kernel minds where a packet comes from, loosely (rp_filter 2): what is
	 * attached nowhere ends in the blackhole of the VPC's CIDR, and is none. The target is one,
	 * while there is a way to it.
	 */
	if (ret < 0) {
		q.source = q.target;
		ret = route_ask(l->p.nl, &q, &out);
	}
	if (ret < 0)
		return MEASURE_NO_WAY;
	for (int k = 0; k < 2; k++)
		if (l->side[k].at.ifindex == out)
			return (enum measure_way)k;
	return MEASURE_NO_WAY;
}

static void probe(struct drill_lane *l)
{
	const enum measure_way way = ask(l);
	uint16_t sequence;

	measure_route(&l->m, way, mono_now());
	sequence = measure_send(&l->m, mono_now());
	if (way != MEASURE_NO_WAY && l->side[way].fd >= 0)
		(void)echo_socket_send(l->side[way].fd, &l->echo, sequence,
			&(struct echo_way){ l->side[way].at.ifindex, l->side[way].at.lladdr });
}

static void count(struct drill_lane *l)
{
	struct measure_counters c = { 0 };

	for (int k = 0; k < 2; k++) {
		struct link_counters now;

		if (l->side[k].at.ifindex == 0 ||
			linkplane_counters(plane_links(l->p.plane), l->side[k].at.device, &now) < 0)
			continue;
		c.out[k] = now.tx_bytes;
		c.in[k] = now.rx_bytes;
	}
	measure_count(&l->m, &c, mono_now());
}

void drill_lane_tick(struct drill_lane *l)
{
	if (l->is_stopped)
		return;
	for (int k = 0; k < 2; k++)
		look_at_side(&l->side[k]);
	/* Answers may have waited for as long as this thread was busy. */
	for (int k = 0; k < 2; k++)
		if (l->side[k].fd >= 0)
			on_answer(&l->side[k]);
	if (drill_lane_is_probed(l))
		probe(l);
	count(l); /* last: the kernel may have this wait for whoever changes devices or routes */
}

bool drill_lane_is_probed(const struct drill_lane *l)
{
	return l->plan.probe != NULL && !l->is_deaf;
}

void drill_lane_give_up(struct drill_lane *l)
{
	l->is_deaf = true;
}

struct measure *drill_lane_measure(struct drill_lane *l)
{
	return &l->m;
}

void drill_lane_stop(struct drill_lane *l)
{
	l->is_stopped = true;
	for (int k = 0; k < 2; k++)
		close_side(&l->side[k]);
}

static void random_bytes(void *dst, size_t n)
{
	if (getrandom(dst, n, 0) != (ssize_t)n)
		memset(dst, 0xa5, n); /* cannot be: n is small */
}

struct drill_lane *drill_lane_new(const struct drill_lane_params *p,
	const struct drill_lane_plan *plan)
{
	struct drill_lane *l = xcalloc(1, sizeof(*l));

	l->p = *p;
	l->plan = *plan;
	if (plan->probe != NULL) {
		l->echo.source = plan->source;
		l->echo.target = plan->probe->health.target;
		random_bytes(&l->echo.id, sizeof(l->echo.id));
		random_bytes(&l->echo.cookie, sizeof(l->echo.cookie));
	}
	for (int k = 0; k < 2; k++)
		l->side[k] = (struct side){
			.lane = l,
			.way = (enum measure_way)k,
			.m = plan->by[k],
			.end = plan->by[k] != NULL && plan->by[k]->acceptor.is_vbr ? 0 : 1,
			.fd = -1,
		};
	measure_init(&l->m, mono_now());
	return l;
}

void drill_lane_free(struct drill_lane *l)
{
	if (l == NULL)
		return;
	drill_lane_stop(l);
	free(l);
}
