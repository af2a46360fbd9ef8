/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines in one process that speak to each other over the loopback, each with a fib that
 * only remembers: groups by id, routes by table, who was said to be dead, what happened. It may
 * pretend to be full at random. Next hops are 10.0.0.1 and .2 on a link that does not exist;
 * nothing is programmed anywhere.
 */
#pragma once

#include "bgpd/engine.h"
#include "bgpd/liveness/sets.h"
#include "bgpd/nhtable.h"
#include "lib/ds/ptable.h"
#include "lib/io/loop.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

#define LAB_TABLES  4 /* kernel tables 1..4 */
#define LAB_IFINDEX 7

struct lab_fib {
	struct ptable *route[LAB_TABLES + 1][BGP_FAMILY_COUNT]; /* owned */
	struct nhgroup *group;                                  /* owned, by id */
	bool *has_group;
	uint32_t cap;
	unsigned full_percent; /* how often the ring is full */
	bool is_full;
	unsigned n_ops;        /* routes taken */
	unsigned n_refused;    /* answers "full" */
	unsigned ops_at_death; /* n_ops when the last neighbour died */
	unsigned n_dead, n_alive;
	struct bgp_neighbor neighbor; /* said last */
	struct live_members set;      /* the same of a set of them, with its key */
	uint32_t set_key;
	unsigned n_sets; /* heard of */
	unsigned n_gone; /* neighbours and sets */
	bool synced[LAB_TABLES + 1][BGP_FAMILY_COUNT];
	unsigned events[BGP_EVENT_COUNT];
};

struct lab_node {
	struct lab *lab;
	struct bgp_engine *e;
	struct nhtable *nh;
	struct lab_fib fib;
	struct bgp_instance *i; /* table 1 */
	struct bgp_peer *p;
	uint16_t port;
	uint32_t next_key;
	struct bgp_bfd_want bfd; /* asked last */
	unsigned n_bfd;
};

struct lab {
	struct loop *l;
	struct attrs_table *attrs; /* of both nodes, as of the tenants of a worker */
	struct lab_node a;         /* 127.0.0.1, AS 65001, 10.0.0.1, fd00::1 */
	struct lab_node b;         /* 127.0.0.2, AS 65002, 10.0.0.2, fd00::2 */
};

void lab_init(struct lab *lab);
void lab_fini(struct lab *lab);
struct bgp_link lab_link(const struct lab_node *n);
struct bgp_instance_conf lab_instance_conf(const struct lab_node *n, uint32_t table);
/** A second instance of a node, without peers. */
struct bgp_instance *lab_instance(struct lab_node *n, uint32_t table);
struct bgp_peer_conf lab_peer_conf(const struct lab_node *n);
/** Peers on both sides, waits until they are up. */
void lab_connect(struct lab *lab);
bool lab_is_up(const struct lab_node *n);
/** Turn the loop until nothing happens any more, giving room to full rings. */
void lab_settle(struct lab *lab);
bool lab_until_up(struct lab *lab, bool up);

struct prefix lab_prefix(const char *s);
/** n network statements: 20.x.y.0/24 (or 2001:db8:..::/48) from index first on. */
void lab_announce(struct lab_node *n, uint32_t first, uint32_t count);
struct prefix lab_nth(uint8_t af, uint32_t k);
/** The only path of a prefix that a BGP peer offered; NULL if none. */
const struct rib_path *lab_path(const struct bgp_instance *i, const char *prefix);
/** Attributes of a path of any node: after policy (NULL: refused), and as received. */
struct attrs *lab_attrs(const struct lab *lab, const struct rib_path *p);
struct attrs *lab_in(const struct lab *lab, const struct rib_path *p);
struct bgp_peer_view lab_view(const struct bgp_peer *p);
/** Group that a prefix has in the fake fib; NULL = no route. */
const struct nhgroup *lab_route(const struct lab_node *n, uint32_t table, const struct prefix *pfx);
uint32_t lab_routes(const struct lab_node *n, uint32_t table, enum bgp_family f);
/** The fake fib has exactly what the RIBs of the instance say. */
void lab_check_fib(const struct lab_node *n, const struct bgp_instance *i);

/* A neighbour made of octets, in the place of node b. */
struct lab_raw {
	const char *src; /* its address; NULL = 127.0.0.2 */
	struct raw raw;
	struct rig rig;
	struct wire_session ws;
	bool addpath;     /* offers RFC 7911 both ways, and has path_id in what it writes */
	uint32_t path_id; /* of what it says next */
};
/** peer_as etc. as node b; gr: offers graceful restart for both families. */
bool lab_raw_up(struct lab_raw *r, struct lab *lab, bool gr);
/** What it offers there. */
struct wire_open lab_raw_offer(bool gr);
/** The same with another OPEN. */
bool lab_raw_open(struct lab_raw *r, struct lab *lab, const struct wire_open *o);
/** An announcement (or with NULL attributes a withdrawal) of one prefix. */
void lab_raw_say(struct lab_raw *r, const char *prefix, const struct wire_attrs *at);
void lab_raw_end_of_rib(struct lab_raw *r, enum bgp_family f);
/** AS path 65002, next hop 10.0.0.2 or fd00::2. */
struct wire_attrs lab_raw_attrs(uint8_t af);
/** Compiled, and freed: the maps and lists must be right. */
struct policy_set *lab_policy(struct policy_conf *take_conf);
/**
 * A map "m" that permits pfx, and what lies in it down to length le (0: nothing else), with a
 * local-preference (0: as it is). Nothing else is permitted.
 */
struct policy_set *lab_policy_only(const char *pfx, uint8_t le, uint32_t local_pref);
