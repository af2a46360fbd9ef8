/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPEN is judged in this order, and nothing behind a fault is looked at:
 *   1. the fixed part: version, hold time, identifier, two-octet AS (RFC 4271 6.2, 6286, 7607)
 *   2. the optional parameters as octets
 *   3. the AS with all its octets (RFC 6793)
 *   4. the roles (RFC 9234), and at least one family in common (RFC 5492 3)
 * So a stranger that guessed an address of ours does not get as far as the capability reader.
 */
#include "bgpd/session/negotiate.h"

#include <errno.h>

#define HOLD_MIN_S 3 /* RFC 4271 4.2 */

static int refuse(struct wire_err *err, uint8_t subcode, const char *why)
{
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_OPEN, subcode, why);
	return -EBADMSG;
}

/* The number on the wire, -1 for none: a role has no meaning inside an AS (RFC 9234 4). */
static int8_t wire_role(const struct session_conf *conf)
{
	return conf->local_as == conf->peer_as || conf->confed ? -1 : (int8_t)(conf->role - 1);
}

void negotiate_offer(const struct session_conf *conf, struct wire_open *o)
{
	*o = (struct wire_open){
		.version = BGP_VERSION,
		.as2 = conf->local_as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)conf->local_as,
		.hold_s = conf->hold_s,
		.router_id = conf->router_id,
		.as4 = conf->local_as,
		.families = conf->families,
		.has_mp = true,
		.refresh = true,
		.enhanced_refresh = true,
		.ext_message = true,
		.addpath_rx = conf->addpath_rx ? conf->families : 0,
		.addpath_tx = conf->addpath_tx ? conf->families : 0,
		.role = wire_role(conf),
	};
	if (conf->ext_nexthop)
		o->ext_nexthop = conf->families & BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	if (!conf->gr)
		return;
	o->gr = true;
	o->gr_restarted = conf->gr_restarted;
	o->gr_notification = true;
	o->gr_time_s = conf->gr_time_s;
	o->gr_families = conf->families;
	/* the kernel forwards while we are away (RFC 4724 3, F bit), if it was not away itself */
	o->gr_forwarding = conf->gr_cold ? 0 : conf->families;
	o->llgr = conf->llgr_time_s > 0;
	if (!o->llgr)
		return;
	o->llgr_families = conf->families;
	o->llgr_forwarding = o->gr_forwarding;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		o->llgr_time_s[f] = conf->llgr_time_s;
}

static int check_head(const struct session_conf *conf, const struct wire_open *o,
	struct wire_err *err)
{
	static const uint8_t version[2] = { 0, BGP_VERSION };

	if (o->version != BGP_VERSION) {
		(void)refuse(err, BGP_ERR_OPEN_VERSION, "version is not 4");
		wire_err_data(err, version, sizeof(version));
		return -EBADMSG;
	}
	/* RFC 7607: AS 0 is nobody; AS_TRANS says that the capability has the truth */
	if (o->as2 == 0 || (o->as2 != BGP_AS_TRANS && o->as2 != conf->peer_as))
		return refuse(err, BGP_ERR_OPEN_PEER_AS, "AS is not the configured one");
	if (o->hold_s > 0 && o->hold_s < HOLD_MIN_S)
		return refuse(err, BGP_ERR_OPEN_HOLD_TIME, "hold time is 1 or 2");
	/* RFC 6286: an identifier may repeat in another AS, not in our own */
	if (o->router_id == 0)
		return refuse(err, BGP_ERR_OPEN_ID, "identifier is zero");
	if (o->router_id == conf->router_id && conf->local_as == conf->peer_as)
		return refuse(err, BGP_ERR_OPEN_ID, "identifier is our own");
	return 0;
}

/* RFC 5492 4: the data are the capabilities that are missed. */
static int refuse_families(const struct session_conf *conf, struct wire_err *err)
{
	uint8_t data[BGP_FAMILY_COUNT * 6];
	struct cursor_w w = cursor_w_make(data, sizeof(data));

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		const uint16_t afi = wire_family_afi((enum bgp_family)f);
		const uint8_t cap[] = { BGP_CAP_MP, 4, (uint8_t)(afi >> 8), (uint8_t)afi, 0,
			BGP_SAFI_UNICAST };

		if (conf->families & BGP_FAMILY_BIT(f))
			cursor_w_bytes(&w, cap, sizeof(cap));
	}
	(void)refuse(err, BGP_ERR_OPEN_CAPABILITY, "no address family in common");
	wire_err_data(err, data, cursor_w_len(&w));
	return -EBADMSG;
}

/* RFC 9234 4.2: each role has one that fits. A peer without a role is taken as it is. */
static bool roles_fit(int8_t ours, int8_t theirs)
{
	static const int8_t fitting[] = {
		[BGP_ROLE_PROVIDER - 1] = BGP_ROLE_CUSTOMER - 1,
		[BGP_ROLE_RS - 1] = BGP_ROLE_RS_CLIENT - 1,
		[BGP_ROLE_RS_CLIENT - 1] = BGP_ROLE_RS - 1,
		[BGP_ROLE_CUSTOMER - 1] = BGP_ROLE_PROVIDER - 1,
		[BGP_ROLE_PEER - 1] = BGP_ROLE_PEER - 1,
	};

	return ours < 0 || theirs < 0 || fitting[ours] == theirs;
}

int negotiate_open(const struct session_conf *conf, const uint8_t *msg, size_t len,
	struct wire_open *o, struct wire_err *err)
{
	int ret = wire_open_head(msg, len, o, err);

	if (ret == 0)
		ret = check_head(conf, o, err);
	if (ret == 0)
		ret = wire_open_caps(msg, len, o, err);
	if (ret < 0)
		return ret;
	if (wire_open_as(o) != conf->peer_as)
		return refuse(err, BGP_ERR_OPEN_PEER_AS, "AS is not the configured one");
	if (!roles_fit(wire_role(conf), o->role))
		return refuse(err, BGP_ERR_OPEN_ROLE, "roles do not fit");
	/* RFC 9234 4.2, strict mode */
	if (conf->role_strict && wire_role(conf) >= 0 && o->role < 0)
		return refuse(err, BGP_ERR_OPEN_ROLE, "no role was offered");
	if ((o->families & conf->families) == 0)
		return refuse_families(conf, err);
	return 0;
}

void negotiate_result(const struct session_conf *conf, const struct wire_open *o,
	struct wire_session *ws)
{
	const uint8_t families = o->families & conf->families;

	*ws = (struct wire_session){
		.as4 = o->as4 != 0,
		.ibgp = conf->local_as == conf->peer_as,
		.confed = conf->confed,
		.ext_message = o->ext_message,
		.refresh = o->refresh,
		.enhanced_refresh = o->enhanced_refresh,
		.graceful = conf->gr && o->gr && o->gr_families & families,
		.families = families,
		.local_as = conf->local_as,
		.peer_as = conf->peer_as,
	};
	ws->llgr = o->gr && o->llgr; /* RFC 9494 3: not without the other */
	ws->graceful_notification = ws->graceful && o->gr_notification;
	/* RFC 7911 4: paths flow where one side sends and the other one receives. */
	if (conf->addpath_rx)
		ws->addpath_rx = o->addpath_tx & families;
	if (conf->addpath_tx)
		ws->addpath_tx = o->addpath_rx & families;
	if (conf->ext_nexthop)
		ws->ext_nexthop = o->ext_nexthop & families & BGP_FAMILY_BIT(BGP_FAMILY_IP4);
}

uint16_t negotiate_hold_s(const struct session_conf *conf, const struct wire_open *o)
{
	return o->hold_s < conf->hold_s ? o->hold_s : conf->hold_s;
}

bool negotiate_ours_stays(const struct session_conf *conf, const struct wire_open *o)
{
	if (conf->router_id != o->router_id)
		return conf->router_id > o->router_id;
	return conf->local_as > conf->peer_as;
}
