/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wires of an instance. Each has a device of its own, to which the sessions of its neighbours
 * and the sockets that wait for them are bound: who comes by another wire is somebody else.
 *
 * A circuit is known by the name that its owner gave it, so that one that gets another device or
 * other addresses keeps its neighbours, and the others notice nothing.
 */
#pragma once

#include "bgpd/engine.h"

struct attrs;
struct listener;

struct circuit {
	struct bgp_instance *inst;
	struct bgp_link link;
	struct listener *listener[BGP_FAMILY_COUNT];
	bool is_touched;     /* marks of bgp_instance_set_links: something is other than before, */
	bool is_readdressed; /* the addresses are */
};

/** By name; never NULL: what is not there is a wire without a device. */
const struct circuit *circuit_find(const struct bgp_instance *i, const char *name);
/** Is the device there and up? */
bool circuit_is_up(const struct circuit *c);
/** May there be sessions? */
bool circuit_is_ready(const struct circuit *c);
/** Does its subnet have the address? */
bool link_covers(const struct bgp_link *link, const struct ip_addr *a);
/** Is it one of our own, on whichever wire? */
bool instance_has_address(const struct bgp_instance *i, const struct ip_addr *a);
/**
 * By which wire, and by which gateway there, packets to a next hop leave that a neighbour on home
 * has named; NULL if there is no way to it.
 */
const struct circuit *circuit_resolve(const struct bgp_instance *i, const struct circuit *home,
	const struct attrs *a, struct ip_addr *gw);
/** Become these; what has changed is marked. Returns whether anything has, with who is gone. */
bool circuits_set(struct bgp_instance *i, const struct bgp_link *links, uint8_t n,
	struct circuit **gone);
/** Their sockets are closed. */
void circuits_free(struct circuit **v);
/** Sockets follow link and peers; false: it has to be tried again. */
bool circuit_listen(struct circuit *c);
void circuit_unlisten(struct circuit *c);
