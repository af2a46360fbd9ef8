/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The circuits of a VBR: on which physical connection, by which VLAN, with which addresses at the
 * two ends. Each VBR has one; further ones (additional-connection) lead to the same data centre,
 * into the same routing table. What is true of one line, a lock, a consent, a VLAN that is taken,
 * is true of one circuit; the VBR lives as long as one of them does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"
#include "vbr/model/line.h"
#include "vbr/model/subnet.h"

struct model_peer;

#define MODEL_MAX_CIRCUITS 8 /* of a VBR: as many as there are equal paths by default */

/* Addresses of one family. */
struct model_link {
	struct ip_addr local; /* family 0 = not configured */
	struct ip_addr peer;
	uint8_t len;
};

struct model_circuit {
	char physconn[MODEL_NAME_SIZE];
	char hosted[MODEL_NAME_SIZE]; /* "": vlan_id and bandwidth_bps are its own */
	bool disabled;
	uint16_t vlan_id;       /* model_circuit_vlan tells which counts */
	uint64_t bandwidth_bps; /* 0 = none; model_circuit_bandwidth */
	struct model_link ipv4;
	struct model_link ipv6;
};

/** Room for one more, zeroed. Pointers to the others are stale. */
struct model_circuit *model_vbr_add_circuit(struct model_vbr *v);
/** On a physical connection; NULL if none. */
const struct model_circuit *model_vbr_circuit_on(const struct model_vbr *v, const char *physconn);
/** Whose subnet has the address; NULL if none. */
const struct model_circuit *model_vbr_circuit_to(const struct model_vbr *v,
	const struct ip_addr *a);
/** That leads to a neighbour: the one that it names, or whose subnet it is on, or the first. */
const struct model_circuit *model_peer_circuit(const struct model_vbr *v,
	const struct model_peer *p);
/** Has one of them addresses of a family? */
bool model_vbr_has_family(const struct model_vbr *v, uint8_t family);
const struct model_link *model_circuit_link(const struct model_circuit *c, uint8_t family);
bool model_link_covers(const struct model_link *l, const struct ip_addr *a);

/** The share that a circuit stands on; NULL if none, or it is not there. */
const struct model_hosted *model_circuit_hosted(const struct model *m,
	const struct model_circuit *c);
/** False: it names a share that is none of the VBR's tenant, so there is nothing more to say. */
bool model_circuit_is_there(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c);
/** A hosted share decides about these, else the circuit. */
uint16_t model_circuit_vlan(const struct model *m, const struct model_circuit *c);
uint64_t model_circuit_bandwidth(const struct model *m, const struct model_circuit *c);
/** The tenant that pays for what leaves by it: the VBR's, or the line's owner. */
const char *model_circuit_payer(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c);
/**
 * Kernel device: the port itself, or port.vlan (hashed when too long). dst of MODEL_DEVICE_SIZE.
 */
char *model_circuit_device(const struct model *m, const struct model_circuit *c, char *dst);
/** The object by which somebody has consented to it: borrowed, NULL if nobody has. */
const struct model_obj *model_circuit_consent(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c);
/** Has who must consented to it? Whatever else holds it. */
bool model_circuit_is_confirmed(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c);
/** Why it is out of service; line, consent and VBR included. */
enum model_hold model_circuit_hold(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c);
/** Has everybody consented who must, for one circuit at least? Whatever else holds it. */
bool model_vbr_is_confirmed(const struct model *m, const struct model_vbr *v);
/** NONE while one circuit is in service; else that of the first. */
enum model_hold model_vbr_hold(const struct model *m, const struct model_vbr *v);
