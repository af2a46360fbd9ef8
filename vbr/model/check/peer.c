/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a neighbour. A range (range.c) says most of it, too, of whoever comes from it.
 */
#include <stdio.h>
#include <string.h>

#include "vbr/model/check/check.h"

/* RFC 9234 4: roles are for external neighbours. RFC 9494 3: not without graceful restart. */
static void check_options(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	if (p->role != 0 && p->peer_as == model_vbr_local_as(c->m, v))
		errbuf_add(c->err, v->obj.path, 0,
			"%s has a role, but is in our own AS: delete role here or in its group",
			who);
	if (p->role == 0 && p->role_strict)
		errbuf_add(c->err, v->obj.path, 0,
			"%s has role-strict, but no role: set role, or delete role-strict", who);
	if (p->llgr_time_s > 0 && !p->gr)
		errbuf_add(c->err, v->obj.path, 0,
			"%s has long-lived-stale-time, but graceful-restart is not enabled: "
			"enable it, or set long-lived-stale-time to 0",
			who);
}

/* The leaves may come from peer and group, so it is what results that is judged. */
static void check_origination(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	const bool exist = p->exist_policy[0] != '\0';
	const bool non_exist = p->non_exist_policy[0] != '\0';
	const bool advertise = p->advertise_policy[0] != '\0';

	if (p->default_policy[0] != '\0' && !p->default_originate)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: default-originate-policy has nothing to decide about: "
			"set default-originate true, or delete it",
			who);
	if (exist && non_exist)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: conditional-advertisement has exist-policy and "
			"non-exist-policy: delete one of them",
			who);
	if ((exist || non_exist) != advertise)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: conditional-advertisement needs advertise-policy (what is sent) "
			"and exist-policy or non-exist-policy (when): give both",
			who);
	check_map(c, &v->obj, MAP_USE_DEFAULT, p->default_policy);
	check_map(c, &v->obj, MAP_USE_ADVERTISE, p->advertise_policy);
	check_map(c, &v->obj, MAP_USE_EXIST, p->exist_policy);
	check_map(c, &v->obj, MAP_USE_NON_EXIST, p->non_exist_policy);
}

/*
 * What the VBR's device has are the gateway addresses. A neighbour that is further away may be
 * spoken to from another address of the instance, which others have put there: the kernel tells
 * whether it is there.
 */
static void check_source(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	const struct ip_addr *src = &p->update_source;
	const bool far = p->multihop > 1 || p->peer_as == model_vbr_local_as(c->m, v);
	char s[IP_STRLEN];

	if (!ip_is_set(src))
		return;
	ip_format(src, s);
	if (src->family != p->address.family)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s is of the other family: take an %s address", who, s,
			family_name(p->address.family));
	else if (ip_is_equal(src,
			 &model_circuit_link(model_peer_circuit(v, p), src->family)->local))
		return;
	else if (!far)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s is not the VBR's %s local-gateway: "
			"take that one, or set multihop",
			who, s, family_name(src->family));
	else if (ip_is_martian(src) || ip_is_link_local(src))
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s cannot be the address of a host: "
			"take a unicast address",
			who, s);
}

static void check_ao(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who)
{
	unsigned n_preferred = 0;

	if (p->n_ao > 0 && p->password[0] != '\0')
		errbuf_add(c->err, v->obj.path, 0,
			"%s has both a password and tcp-ao keys (its group counts): delete one",
			who);
	for (uint8_t i = 0; i < p->n_ao; i++) {
		n_preferred += p->ao[i].preferred;
		for (uint8_t k = 0; k < i; k++)
			if (p->ao[i].receive_id == p->ao[k].receive_id)
				errbuf_add(c->err, v->obj.path, 0,
					"%s: tcp-ao keys %u and %u have the same receive-id %u: "
					"change one",
					who, p->ao[k].id, p->ao[i].id, p->ao[i].receive_id);
	}
	if (n_preferred > 1)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: more than one tcp-ao key is preferred: leave one", who);
}

static void check_session(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	check_source(c, v, p, who);
	check_ao(c, v, p, who);
	if (strlen(p->shutdown_text) > 255)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: shutdown-text has %zu octets, the neighbour takes 255: shorten it",
			who, strlen(p->shutdown_text));
	check_map(c, &v->obj, MAP_USE_IMPORT, p->import_policy);
	check_map(c, &v->obj, MAP_USE_EXPORT, p->export_policy);
}

static void check_times(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	if (p->keepalive_s * 3 > p->hold_s + 2 && p->hold_s != 0)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: keepalive %u s is more than a third of hold-time %u s: "
			"lower it, or raise hold-time",
			who, p->keepalive_s, p->hold_s);
}

void check_neighbor(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who)
{
	check_as(c, v, p, who);
	check_options(c, v, p, who);
	check_origination(c, v, p, who);
	check_times(c, v, p, who);
	check_session(c, v, p, who);
}

void check_peer(const struct check *c, const struct model_vbr *v, const struct model_peer *p)
{
	const struct model_link *l = model_circuit_link(model_peer_circuit(v, p),
		p->address.family);
	uint32_t local_as = model_vbr_local_as(c->m, v);
	char who[IP_STRLEN + 8];
	char s[IP_STRLEN];

	ip_format(&p->address, s);
	snprintf(who, sizeof(who), "peer %s", s);
	if (p->peer_as == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s has no peer-as: set it here or in its group", s);
	if (!ip_is_set(&l->local)) {
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s: the VBR has no %s link: "
			"set %s local-gateway, peer-gateway and prefix-length",
			s, family_name(p->address.family), family_name(p->address.family));
		return;
	}
	if (ip_is_equal(&l->local, &p->address))
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s is the VBR's own local-gateway: "
			"give the address of the data centre's router",
			s);
	else if (p->multihop == 0 && p->peer_as != local_as &&
		model_vbr_circuit_to(v, &p->address) == NULL)
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s is outside the link's subnet: "
			"take an address on the link, or set multihop",
			s);
	check_peer_line(c, v, p, who);
	check_neighbor(c, v, p, who);
}
