/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world that is right in every point, and shorthands to make a point of it wrong.
 *
 * pc-1 (eth1), pc-2 (eth2); tenant acme with VBR hz-a (pc-1, VLAN 100, peer 10.0.0.2 in AS
 * 65001), VPC prod (172.16.0.0/16 on vpc-prod) and peering hz-a-prod between them; tenant
 * globex with VBR hz-g (pc-1, VLAN 200, the same link addresses) and VPC prod (172.16.0.0/16 on
 * vpc-glob).
 *
 * What the kit returns stays the model's; it may be written to, since nobody else has it.
 */
#pragma once

#include "vbr/model/model.h"

struct model *kit_new(void);

struct model_physconn *kit_physconn(struct model *m, const char *name, const char *interface);
struct model_tenant *kit_tenant(struct model *m, const char *name);
struct model_vpc *kit_vpc(struct model *m, const char *tenant, const char *name, const char *cidr);
struct model_vbr *kit_vbr(struct model *m, const char *tenant, const char *name,
	const char *physconn, uint16_t vlan);
struct model_peering *kit_peering(struct model *m, const char *tenant, const char *name,
	struct model_end initiator, struct model_end acceptor);
struct model_accept *kit_accept(struct model *m, const char *tenant, const char *initiator,
	const char *peering, const char *vpc);
/** One name more; "" is none. */
void kit_name(struct model_names *names, const char *name);
/** Policy of a scope with one route-map and one prefix-list; "" for none of the kind. */
struct model_policy *kit_policy(struct model *m, const char *tenant, const char *map,
	const char *list);

struct model_end kit_end_vbr(const char *tenant, const char *name);
struct model_end kit_end_vpc(const char *tenant, const char *name);
void kit_cidr(struct model_vpc *v, const char *cidr);
void kit_iface(struct model_vpc *v, const char *name, const char *address, uint8_t len);
struct model_peer *kit_peer(struct model_vbr *v, const char *address, uint32_t peer_as);
struct model_ao_key *kit_ao_key(struct model_peer *p, uint8_t id, uint8_t receive_id);
struct model_static *kit_vbr_static(struct model_vbr *v, const char *prefix);
struct model_static *kit_vpc_static(struct model_vpc *v, const char *prefix);
struct ip_addr kit_addr(const char *s);
struct prefix kit_prefix(const char *s);

/* Objects of the world. */
struct model_vbr *kit_hz_a(struct model *m);
struct model_vpc *kit_prod(struct model *m);
struct model_peering *kit_hz_a_prod(struct model *m);
struct model_tenant *kit_acme(struct model *m);

/** Whether the check says exactly this, once, of this object. */
bool kit_is_refused(const struct model *m, const char *path, const char *text);
/** A right world, spoilt in one point, and the one sentence that the check says then. */
struct kit_refusal {
	const char *name;
	void (*spoil)(struct model *m);
	const char *path;
	const char *text;
};
void kit_refuse_all(const struct kit_refusal *refusals, size_t n);
/** Whether the check says nothing. */
bool kit_is_right(const struct model *m);
/** One share more. */
struct model_hosted *kit_hosted(struct model *m, const char *connection, const char *name,
	const char *tenant, uint32_t mbps);
struct model_physconn *kit_pc(struct model *m, const char *name);
/** Consent of one of the kinds that are nothing but a key. */
void kit_consent(struct model *m, enum model_kind kind, const char *tenant, const char *name,
	const char *name2);
