/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions with real sockets on a loop of ours: who is heard, who is not, and what a loop that was
 * not given time makes of it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bfd/bfd.h"
#include "lib/io/loop.h"
#include "tests/bfd/wire.h"
#include "tests/cu_main.h"

struct rig {
	struct loop *loop;
	struct bfd *b;
	struct bfd_report last;
	unsigned n;
	bool full; /* the reader takes nothing */
	struct bfd_death death;
	unsigned n_deaths;
	unsigned n_at_death; /* reports so far */
	bool deaf;           /* who switches takes nothing */
};

static int on_death(void *ctx, const struct bfd_death *d)
{
	struct rig *g = ctx;

	if (g->deaf)
		return -EAGAIN;
	g->death = *d;
	g->n_deaths++;
	g->n_at_death = g->n;
	return 0;
}

static int on_report(void *ctx, uint32_t feed, const struct bfd_report *r)
{
	struct rig *g = ctx;

	(void)feed;
	if (g->full)
		return -EAGAIN;
	g->last = *r;
	g->n++;
	return 0;
}

static const struct bfd_ops ops = { .died = on_death, .report = on_report };

static bool rig_init(struct rig *g)
{
	*g = (struct rig){ 0 };
	if (!wire_enter()) {
		cu_skip("no privilege to make a network namespace");
		return false;
	}
	g->loop = loop_new("test");
	g->b = bfd_new(g->loop, &ops, g);
	return true;
}

static void rig_fini(struct rig *g)
{
	bfd_free(g->b);
	loop_free(g->loop);
}

static struct bfd_view view(const struct rig *g, uint32_t key)
{
	struct bfd_view v;

	CU_ASSERT_TRUE_FATAL(bfd_next(g->b, key - 1, &v));
	return v;
}

/* Until all that was sent has been read: what is on lo has arrived when it is sent. */
static void turn(struct rig *g)
{
	while (loop_turn(g->loop))
		;
}

static struct bfd_packet packet(const struct rig *g, enum bfd_state st)
{
	return (struct bfd_packet){
		.state = (uint8_t)st,
		.multiplier = 10, /* half a second: a loaded machine may stop us for a moment */
		.len = BFD_HEADER_LEN,
		.my_discr = 77,
		.your_discr = view(g, 1).session->discr,
		.desired_min_tx_us = 50000,
		.required_min_rx_us = 50000,
	};
}

static void go_up(struct rig *g, int fd)
{
	struct bfd_packet d = packet(g, BFD_STATE_DOWN);

	d.your_discr = 0;
	wire_send(fd, BFD_PORT, &d);
	d = packet(g, BFD_STATE_UP);
	wire_send(fd, BFD_PORT, &d);
	turn(g);
	CU_ASSERT_EQUAL_FATAL(view(g, 1).session->state, BFD_STATE_UP);
}

/* All of 127/8 being here, we hear what we say ourselves: from a stranger. */
static uint64_t strangers(const struct rig *g)
{
	return bfd_dropped(g->b)[BFD_DROP_NO_SESSION] - view(g, 1).session->stats.out;
}

static void only_the_neighbour_at_the_other_end_of_the_line_is_heard(void)
{
	struct bfd_packet d;
	struct bfd_want w;
	struct rig g;
	int near, far, stranger;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	bfd_set(g.b, &w);
	near = wire_socket("127.0.0.2", 255);
	far = wire_socket("127.0.0.2", 254);
	stranger = wire_socket("127.0.0.3", 255);
	d = packet(&g, BFD_STATE_DOWN);
	wire_send(far, BFD_PORT, &d);
	turn(&g);
	CU_ASSERT_EQUAL(bfd_dropped(g.b)[BFD_DROP_HOPS], 1);
	wire_send(stranger, BFD_PORT, &d);
	d.your_discr = 0;
	wire_send(stranger, BFD_PORT, &d);
	turn(&g);
	CU_ASSERT_EQUAL(strangers(&g), 2);
	d.your_discr = view(&g, 1).session->discr + 1;
	wire_send(near, BFD_PORT, &d);
	turn(&g);
	CU_ASSERT_EQUAL(strangers(&g), 3);
	CU_ASSERT_EQUAL(view(&g, 1).session->stats.in, 0);
	d.multiplier = 0;
	wire_send(near, BFD_PORT, &d);
	turn(&g);
	CU_ASSERT_EQUAL(bfd_dropped(g.b)[BFD_DROP_MULTIPLIER], 1);
	go_up(&g, near);
	CU_ASSERT_EQUAL(g.last.state, BFD_STATE_UP);
	close(near);
	close(far);
	close(stranger);
	rig_fini(&g);
}

static void a_multihop_session_has_its_own_port_and_least_ttl(void)
{
	struct bfd_packet d;
	struct bfd_want w;
	struct rig g;
	int near, far;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	w.multihop = true;
	w.min_hops = 250;
	bfd_set(g.b, &w);
	near = wire_socket("127.0.0.2", 250);
	far = wire_socket("127.0.0.2", 249);
	d = packet(&g, BFD_STATE_DOWN);
	wire_send(far, BFD_PORT_MULTIHOP, &d);
	turn(&g);
	CU_ASSERT_EQUAL(view(&g, 1).session->stats.dropped[BFD_DROP_HOPS], 1);
	CU_ASSERT_EQUAL(view(&g, 1).session->stats.in, 0);
	wire_send(near, BFD_PORT_MULTIHOP, &d);
	turn(&g);
	CU_ASSERT_EQUAL(view(&g, 1).session->state, BFD_STATE_INIT);
	close(near);
	close(far);
	rig_fini(&g);
}

/* Packets that arrived in time count, whenever they are read. */
static void nobody_is_declared_dead_before_the_socket_is_read(void)
{
	struct bfd_packet d;
	struct bfd_want w;
	struct rig g;
	int fd;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	bfd_set(g.b, &w);
	fd = wire_socket("127.0.0.2", 255);
	go_up(&g, fd);
	d = packet(&g, BFD_STATE_UP);
	usleep(600000);
	wire_send(fd, BFD_PORT, &d);
	turn(&g);
	CU_ASSERT_EQUAL(view(&g, 1).session->state, BFD_STATE_UP);
	CU_ASSERT_EQUAL(view(&g, 1).session->stats.expiry_saved, 1);
	CU_ASSERT_EQUAL(view(&g, 1).session->stats.downs, 0);
	usleep(600000);
	turn(&g);
	CU_ASSERT_EQUAL(view(&g, 1).session->state, BFD_STATE_DOWN);
	CU_ASSERT_EQUAL(g.last.diag, BFD_DIAG_EXPIRED);
	CU_ASSERT_EQUAL(g.last.downs, 1);
	close(fd);
	rig_fini(&g);
}

static void a_reader_that_was_full_is_told_what_is_true_then(void)
{
	struct bfd_want w;
	struct rig g;
	unsigned n;
	int fd;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	bfd_set(g.b, &w);
	n = g.n;
	g.full = true;
	fd = wire_socket("127.0.0.2", 255);
	go_up(&g, fd);
	CU_ASSERT_EQUAL(g.n, n);
	g.full = false;
	bfd_space(g.b, 1);
	CU_ASSERT_EQUAL(g.n, n);
	bfd_space(g.b, 0);
	CU_ASSERT_EQUAL(g.n, n + 1);
	CU_ASSERT_EQUAL(g.last.state, BFD_STATE_UP);
	bfd_space(g.b, 0);
	CU_ASSERT_EQUAL(g.n, n + 1);
	close(fd);
	rig_fini(&g);
}

static void who_is_wanted_no_more_says_goodbye_and_goes(void)
{
	struct bfd_want w;
	struct bfd_view v;
	struct rig g;
	unsigned n;
	int fd;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	bfd_set(g.b, &w);
	fd = wire_socket("127.0.0.2", 255);
	go_up(&g, fd);
	n = g.n;
	bfd_del(g.b, 1);
	CU_ASSERT_FALSE(bfd_next(g.b, 0, &v));
	CU_ASSERT_EQUAL(g.n, n);
	/* another one for the same neighbour, while the first one still lingers */
	w.key = 2;
	bfd_set(g.b, &w);
	CU_ASSERT_EQUAL(view(&g, 2).session->state, BFD_STATE_DOWN);
	/* and back before it has left */
	bfd_del(g.b, 2);
	bfd_set(g.b, &w);
	CU_ASSERT_EQUAL(view(&g, 2).session->state, BFD_STATE_DOWN);
	CU_ASSERT_FALSE(view(&g, 2).leaving);
	close(fd);
	rig_fini(&g);
}

/* The neighbour says that it is down: no need to wait for the detection time. */
static void say(struct rig *g, int fd, enum bfd_state st)
{
	const struct bfd_packet d = packet(g, st);

	wire_send(fd, BFD_PORT, &d);
	turn(g);
}

static void a_death_is_told_to_who_switches_before_it_is_reported(void)
{
	struct bfd_want w;
	struct rig g;
	unsigned n;
	int fd;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	w.generation = 5;
	bfd_set(g.b, &w);
	fd = wire_socket("127.0.0.2", 255);
	go_up(&g, fd);
	n = g.n;
	say(&g, fd, BFD_STATE_DOWN);
	CU_ASSERT_EQUAL(g.n_deaths, 1);
	CU_ASSERT_EQUAL(g.n_at_death, n);
	CU_ASSERT_EQUAL(g.death.key, 1);
	CU_ASSERT_EQUAL(g.death.generation, 5);
	CU_ASSERT_EQUAL(g.death.deaths, 1);
	CU_ASSERT_EQUAL(g.last.deaths, 1);

	/* the other operator's wish is none */
	go_up(&g, fd);
	say(&g, fd, BFD_STATE_ADMIN_DOWN);
	CU_ASSERT_EQUAL(g.n_deaths, 1);
	CU_ASSERT_EQUAL(g.last.downs, 2);
	CU_ASSERT_EQUAL(g.last.deaths, 1);

	/* not to be had: the report waits */
	go_up(&g, fd);
	n = g.n;
	g.deaf = true;
	say(&g, fd, BFD_STATE_DOWN);
	CU_ASSERT_EQUAL(g.n, n);
	g.deaf = false;
	bfd_space(g.b, BFD_ALL_FEEDS);
	CU_ASSERT_EQUAL(g.n_deaths, 2);
	CU_ASSERT_EQUAL(g.n, n + 1);
	CU_ASSERT_EQUAL(g.last.deaths, 2);
	close(fd);
	rig_fini(&g);
}

static void the_end_of_a_watch_is_reported_once_and_never_lost(void)
{
	struct bfd_want w;
	struct rig g;
	unsigned n;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	w.generation = 1;
	bfd_set(g.b, &w);
	n = g.n;
	g.full = true;
	bfd_del(g.b, 1);
	/* begun anew before it could be told */
	w.generation = 2;
	bfd_set(g.b, &w);
	CU_ASSERT_EQUAL(g.n, n);
	g.full = false;
	bfd_space(g.b, 0);
	CU_ASSERT_EQUAL(g.n, n + 2); /* the end of the first, then the state of the second */
	CU_ASSERT_FALSE(g.last.ended);
	CU_ASSERT_EQUAL(g.last.generation, 2);
	bfd_del(g.b, 1);
	CU_ASSERT_EQUAL(g.n, n + 3);
	CU_ASSERT_TRUE(g.last.ended);
	CU_ASSERT_EQUAL(g.last.generation, 2);
	bfd_del(g.b, 1);
	bfd_space(g.b, 0);
	CU_ASSERT_EQUAL(g.n, n + 3);
	rig_fini(&g);
}

static void a_device_that_is_not_there_is_an_error_that_is_shown(void)
{
	struct bfd_want w;
	struct rig g;

	if (!rig_init(&g))
		return;
	w = wire_want(1, "127.0.0.1", "127.0.0.2");
	memcpy(w.device, "nowhere", 8);
	bfd_set(g.b, &w);
	CU_ASSERT_EQUAL(view(&g, 1).error, -ENODEV);
	memcpy(w.device, "lo", 3);
	bfd_set(g.b, &w);
	CU_ASSERT_EQUAL(view(&g, 1).error, 0);
	rig_fini(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(only_the_neighbour_at_the_other_end_of_the_line_is_heard),
	CU_CASE(a_multihop_session_has_its_own_port_and_least_ttl),
	CU_CASE(nobody_is_declared_dead_before_the_socket_is_read),
	CU_CASE(a_reader_that_was_full_is_told_what_is_true_then),
	CU_CASE(who_is_wanted_no_more_says_goodbye_and_goes),
	CU_CASE(a_death_is_told_to_who_switches_before_it_is_reported),
	CU_CASE(the_end_of_a_watch_is_reported_once_and_never_lost),
	CU_CASE(a_device_that_is_not_there_is_an_error_that_is_shown),
};
CU_SUITE(sockets, cases);
