/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPEN. The fixed part, then optional parameters in one of two shapes:
 *
 *   version 1 | AS 2 | hold time 2 | identifier 4 | parameters' length 1 | parameters
 *   ordinary:  { type 1 | length 1 | value }...
 *   extended:  255 | length 2 | { type 1 | length 2 | value }...             (RFC 9072)
 *
 * The only parameter that is alive is Capabilities (2); its value is a list of { code 1 | length 1
 * | value }. A capability is a row of a table: the lengths it may have and how it is read. One that
 * has no row is skipped (RFC 5492 3); one that has a row and a wrong length is a malformed
 * recognised parameter, which RFC 4271 6.2 answers with subcode 0.
 */
#include "bgpd/wire/open.h"

#include <errno.h>
#include <stddef.h>

#include "bgpd/wire/message.h"
#include "lib/base/compiler.h"

#define PARAM_CAPABILITIES 2
#define PARAM_EXTENDED     255
#define ROLE_ABSENT        (-1)

#define GR_RESTARTED    0x8000 /* RFC 4724 3: R bit */
#define GR_NOTIFICATION 0x4000 /* RFC 8538 2: N bit */
#define GR_TIME_MASK    0x0fff
#define GR_FORWARDING   0x80

#define ADDPATH_RECEIVE 1 /* RFC 7911 4: bits of Send/Receive */
#define ADDPATH_SEND    2

struct cap_row {
	const char *fault; /* words for a wrong length; NULL: no such row */
	uint8_t min;       /* least length */
	uint8_t step;      /* what may follow, any number of times; 0: nothing */
	void (*read)(struct wire_open *o, struct cursor *c, struct wire_err *err);
};

static int fault(struct wire_err *err, uint8_t subcode, const char *why)
{
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_OPEN, subcode, why);
	return -EBADMSG;
}

/* AFI and SAFI to a bit of our set, 0 for a family that is not ours. */
static uint8_t family_bit(uint16_t afi, uint8_t safi)
{
	int f = wire_family(afi, safi);

	return f < 0 ? 0 : (uint8_t)BGP_FAMILY_BIT(f);
}

static void read_mp(struct wire_open *o, struct cursor *c, struct wire_err *err UNUSED)
{
	uint16_t afi = cursor_u16(c);

	cursor_u8(c); /* reserved */
	o->families |= family_bit(afi, cursor_u8(c));
	o->has_mp = true;
}

static void read_refresh(struct wire_open *o, struct cursor *c UNUSED, struct wire_err *err UNUSED)
{
	o->refresh = true;
}

static void read_enhanced_refresh(struct wire_open *o, struct cursor *c UNUSED,
	struct wire_err *err UNUSED)
{
	o->enhanced_refresh = true;
}

static void read_ext_message(struct wire_open *o, struct cursor *c UNUSED,
	struct wire_err *err UNUSED)
{
	o->ext_message = true;
}

static void read_ext_nexthop(struct wire_open *o, struct cursor *c, struct wire_err *err UNUSED)
{
	while (cursor_left(c)) {
		uint16_t afi = cursor_u16(c);
		uint16_t safi = cursor_u16(c);

		if (cursor_u16(c) == BGP_AFI_IP6 && safi == BGP_SAFI_UNICAST && afi == BGP_AFI_IP)
			o->ext_nexthop |= BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	}
}

static void read_role(struct wire_open *o, struct cursor *c, struct wire_err *err)
{
	uint8_t role = cursor_u8(c);

	/* Undefined like all from 5 on: to the check of pairs they are the same. */
	if (role > INT8_MAX)
		role = INT8_MAX;
	/* RFC 9234 4.2: several different roles are refused as if they mismatched. */
	if (o->role != ROLE_ABSENT && o->role != (int8_t)role)
		fault(err, BGP_ERR_OPEN_ROLE, "two BGP roles that differ");
	o->role = (int8_t)role;
}

static void read_graceful_restart(struct wire_open *o, struct cursor *c,
	struct wire_err *err UNUSED)
{
	uint16_t head = cursor_u16(c);

	o->gr = true;
	o->gr_restarted = head & GR_RESTARTED;
	o->gr_notification = head & GR_NOTIFICATION;
	o->gr_time_s = head & GR_TIME_MASK;
	o->gr_families = 0; /* RFC 4724 3: the last instance counts */
	o->gr_forwarding = 0;
	while (cursor_left(c)) {
		uint16_t afi = cursor_u16(c);
		uint8_t bit = family_bit(afi, cursor_u8(c));

		o->gr_families |= bit;
		if (cursor_u8(c) & GR_FORWARDING)
			o->gr_forwarding |= bit;
	}
}

static void read_llgr(struct wire_open *o, struct cursor *c, struct wire_err *err UNUSED)
{
	o->llgr = true;
	while (cursor_left(c)) {
		const uint16_t afi = cursor_u16(c);
		const int f = wire_family(afi, cursor_u8(c));
		const uint8_t flags = cursor_u8(c);
		const uint32_t high = cursor_u8(c);
		const uint32_t time_s = high << 16 | cursor_u16(c);

		if (f < 0)
			continue;
		o->llgr_families |= BGP_FAMILY_BIT(f);
		o->llgr_forwarding &= (uint8_t)~BGP_FAMILY_BIT(f);
		o->llgr_forwarding |= flags & GR_FORWARDING ? BGP_FAMILY_BIT(f) : 0;
		o->llgr_time_s[f] = time_s;
	}
}

static void read_as4(struct wire_open *o, struct cursor *c, struct wire_err *err)
{
	uint32_t as = cursor_u32(c);

	/* RFC 7607 2 for AS 0. RFC 6793 3: the old field says the same AS, or AS_TRANS. */
	if (as == 0 || (o->as2 != BGP_AS_TRANS && o->as2 != as))
		fault(err, BGP_ERR_OPEN_PEER_AS,
			"AS number of the capability is not that of the field");
	o->as4 = as;
}

static void read_add_path(struct wire_open *o, struct cursor *c, struct wire_err *err UNUSED)
{
	while (cursor_left(c)) {
		uint16_t afi = cursor_u16(c);
		uint8_t bit = family_bit(afi, cursor_u8(c));
		uint8_t mode = cursor_u8(c);

		if (mode > (ADDPATH_RECEIVE | ADDPATH_SEND)) /* RFC 7911 4: ignore the tuple */
			continue;
		o->addpath_rx |= mode & ADDPATH_RECEIVE ? bit : 0;
		o->addpath_tx |= mode & ADDPATH_SEND ? bit : 0;
	}
}

/* clang-format off */
static const struct cap_row caps[256] = {
	[BGP_CAP_MP] = { "multiprotocol: bad length", 4, 0, read_mp },
	[BGP_CAP_REFRESH] = { "route refresh: bad length", 0, 0, read_refresh },
	[BGP_CAP_EXT_NEXTHOP] = { "extended next hop: bad length", 0, 6, read_ext_nexthop },
	[BGP_CAP_EXT_MESSAGE] = { "extended message: bad length", 0, 0, read_ext_message },
	[BGP_CAP_ROLE] = { "role: bad length", 1, 0, read_role },
	[BGP_CAP_GRACEFUL_RESTART] = {
		"graceful restart: bad length", 2, 4, read_graceful_restart },
	[BGP_CAP_AS4] = { "four-octet AS: bad length", 4, 0, read_as4 },
	[BGP_CAP_ADD_PATH] = { "ADD-PATH: bad length", 0, 4, read_add_path },
	[BGP_CAP_ENHANCED_REFRESH] = {
		"enhanced refresh: bad length", 0, 0, read_enhanced_refresh },
	[BGP_CAP_LLGR] = { "long-lived graceful restart: bad length", 0, 7, read_llgr },
};
/* clang-format on */

static bool length_fits(const struct cap_row *row, size_t len)
{
	if (len < row->min)
		return false;
	return row->step ? (len - row->min) % row->step == 0 : len == row->min;
}

static int read_capabilities(struct wire_open *o, struct cursor c, struct wire_err *err)
{
	while (cursor_left(&c)) {
		uint8_t code = cursor_u8(&c);
		uint8_t len = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, len);
		const struct cap_row *row = &caps[code];

		if (c.fault)
			return fault(err, 0, "capability overruns its parameter");
		if (!row->fault)
			continue;
		if (!length_fits(row, len))
			return fault(err, 0, row->fault);
		row->read(o, &value, err);
		if (err->action != WIRE_ACTION_NONE)
			return -EBADMSG;
	}
	return 0;
}

int wire_open_head(const uint8_t *msg, size_t len, struct wire_open *o, struct wire_err *err)
{
	static const uint8_t highest_version[] = { 0, BGP_VERSION };
	struct cursor c = cursor_make(msg, len);

	*err = (struct wire_err){ 0 };
	*o = (struct wire_open){ .role = ROLE_ABSENT };
	cursor_take(&c, BGP_HEADER_LEN);
	o->version = cursor_u8(&c);
	o->as2 = cursor_u16(&c);
	o->hold_s = cursor_u16(&c);
	o->router_id = cursor_u32(&c);
	if (c.fault)
		return fault(err, 0, "OPEN is cut short");
	if (o->version != BGP_VERSION) {
		fault(err, BGP_ERR_OPEN_VERSION, "version is not 4");
		wire_err_data(err, highest_version, sizeof(highest_version));
		return -EBADMSG;
	}
	if (o->as2 == 0) /* RFC 7607 2 */
		return fault(err, BGP_ERR_OPEN_PEER_AS, "AS number is 0");
	if (o->hold_s == 1 || o->hold_s == 2)
		return fault(err, BGP_ERR_OPEN_HOLD_TIME, "hold time is 1 or 2 seconds");
	if (o->router_id == 0) /* RFC 6286 2.2: all else is fine */
		return fault(err, BGP_ERR_OPEN_ID, "BGP identifier is 0");
	return 0;
}

/* The octets of the parameters, and in which of the two shapes they are. */
static int find_parameters(struct cursor *c, bool *extended, struct wire_err *err)
{
	uint8_t len = cursor_u8(c);
	size_t left = cursor_left(c);

	*extended = len != 0 && left != 0 && c->p[0] == PARAM_EXTENDED; /* RFC 9072 2 */
	if (*extended) {
		cursor_u8(c);
		if (cursor_u16(c) != cursor_left(c) || c->fault)
			return fault(err, 0, "extended length of the parameters is wrong");
		return 0;
	}
	if (c->fault || len != left)
		return fault(err, 0, "length of the parameters is wrong");
	return 0;
}

int wire_open_caps(const uint8_t *msg, size_t len, struct wire_open *o, struct wire_err *err)
{
	struct cursor c = cursor_make(msg, len);
	bool extended;
	int ret;

	*err = (struct wire_err){ 0 };
	cursor_take(&c, BGP_HEADER_LEN + 9);
	ret = find_parameters(&c, &extended, err);
	while (!ret && cursor_left(&c)) {
		uint8_t type = cursor_u8(&c);
		size_t size = extended ? cursor_u16(&c) : cursor_u8(&c);
		struct cursor value = cursor_sub(&c, size);

		if (c.fault)
			ret = fault(err, 0, "optional parameter overruns the message");
		else if (type != PARAM_CAPABILITIES)
			ret = fault(err, BGP_ERR_OPEN_PARAMETER, "optional parameter is unknown");
		else
			ret = read_capabilities(o, value, err);
	}
	if (!o->has_mp)
		o->families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	return ret;
}

uint32_t wire_open_as(const struct wire_open *o)
{
	return o->as4 ? o->as4 : o->as2;
}

static void put_cap(struct cursor_w *w, uint8_t code, uint8_t len)
{
	cursor_w_u8(w, code);
	cursor_w_u8(w, len);
}

static void put_family(struct cursor_w *w, enum bgp_family f, uint8_t last)
{
	cursor_w_u16(w, wire_family_afi(f));
	cursor_w_u8(w, BGP_SAFI_UNICAST);
	cursor_w_u8(w, last);
}

/* A capability whose value is one { AFI | SAFI | octet } for each family of the set. */
static void put_family_list(struct cursor_w *w, uint8_t set, const uint8_t last[BGP_FAMILY_COUNT])
{
	for (unsigned int f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (set & BGP_FAMILY_BIT(f))
			put_family(w, f, last[f]);
	}
}

static uint8_t count_families(uint8_t set)
{
	return (uint8_t)__builtin_popcount(set & (BGP_FAMILY_BIT(BGP_FAMILY_COUNT) - 1));
}

static void put_mp(struct cursor_w *w, uint8_t set)
{
	for (unsigned int f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!(set & BGP_FAMILY_BIT(f)))
			continue;
		put_cap(w, BGP_CAP_MP, 4);
		cursor_w_u16(w, wire_family_afi(f));
		cursor_w_u8(w, 0);
		cursor_w_u8(w, BGP_SAFI_UNICAST);
	}
}

static void put_graceful_restart(struct cursor_w *w, const struct wire_open *o)
{
	uint8_t flags[BGP_FAMILY_COUNT];
	uint16_t head = o->gr_time_s & GR_TIME_MASK;

	for (unsigned int f = 0; f < BGP_FAMILY_COUNT; f++)
		flags[f] = o->gr_forwarding & BGP_FAMILY_BIT(f) ? GR_FORWARDING : 0;
	head |= o->gr_restarted ? GR_RESTARTED : 0;
	head |= o->gr_notification ? GR_NOTIFICATION : 0;
	put_cap(w, BGP_CAP_GRACEFUL_RESTART, (uint8_t)(2 + 4 * count_families(o->gr_families)));
	cursor_w_u16(w, head);
	put_family_list(w, o->gr_families, flags);
}

static void put_llgr(struct cursor_w *w, const struct wire_open *o)
{
	put_cap(w, BGP_CAP_LLGR, (uint8_t)(7 * count_families(o->llgr_families)));
	for (unsigned int f = 0; f < BGP_FAMILY_COUNT; f++) {
		const uint8_t bit = BGP_FAMILY_BIT(f);

		if (!(o->llgr_families & bit))
			continue;
		put_family(w, f, o->llgr_forwarding & bit ? GR_FORWARDING : 0);
		cursor_w_u8(w, (uint8_t)(o->llgr_time_s[f] >> 16));
		cursor_w_u16(w, (uint16_t)o->llgr_time_s[f]);
	}
}

static void put_add_path(struct cursor_w *w, const struct wire_open *o)
{
	uint8_t mode[BGP_FAMILY_COUNT];
	uint8_t set = o->addpath_rx | o->addpath_tx;

	for (unsigned int f = 0; f < BGP_FAMILY_COUNT; f++) {
		mode[f] = o->addpath_rx & BGP_FAMILY_BIT(f) ? ADDPATH_RECEIVE : 0;
		mode[f] |= o->addpath_tx & BGP_FAMILY_BIT(f) ? ADDPATH_SEND : 0;
	}
	put_cap(w, BGP_CAP_ADD_PATH, (uint8_t)(4 * count_families(set)));
	put_family_list(w, set, mode);
}

static void put_ext_nexthop(struct cursor_w *w)
{
	put_cap(w, BGP_CAP_EXT_NEXTHOP, 6);
	cursor_w_u16(w, BGP_AFI_IP);
	cursor_w_u16(w, BGP_SAFI_UNICAST);
	cursor_w_u16(w, BGP_AFI_IP6);
}

/* At most 77 octets: one ordinary parameter always holds them. */
static void put_capabilities(struct cursor_w *w, const struct wire_open *o)
{
	if (o->has_mp)
		put_mp(w, o->families);
	if (o->refresh)
		put_cap(w, BGP_CAP_REFRESH, 0);
	if (o->ext_nexthop & BGP_FAMILY_BIT(BGP_FAMILY_IP4))
		put_ext_nexthop(w);
	if (o->ext_message)
		put_cap(w, BGP_CAP_EXT_MESSAGE, 0);
	if (o->role != ROLE_ABSENT) {
		put_cap(w, BGP_CAP_ROLE, 1);
		cursor_w_u8(w, (uint8_t)o->role);
	}
	if (o->gr)
		put_graceful_restart(w, o);
	if (o->as4) {
		put_cap(w, BGP_CAP_AS4, 4);
		cursor_w_u32(w, o->as4);
	}
	if (o->addpath_rx | o->addpath_tx)
		put_add_path(w, o);
	if (o->enhanced_refresh)
		put_cap(w, BGP_CAP_ENHANCED_REFRESH, 0);
	if (o->llgr)
		put_llgr(w, o);
}

void wire_open_encode(struct cursor_w *w, const struct wire_open *o)
{
	size_t off = wire_header_begin(w, BGP_MSG_OPEN);
	size_t off_params;
	size_t off_caps;
	size_t size;

	cursor_w_u8(w, o->version);
	cursor_w_u16(w, o->as2);
	cursor_w_u16(w, o->hold_s);
	cursor_w_u32(w, o->router_id);
	off_params = cursor_w_reserve(w, 1);
	cursor_w_u8(w, PARAM_CAPABILITIES);
	off_caps = cursor_w_reserve(w, 1);
	put_capabilities(w, o);
	if (w->fault)
		return;
	size = cursor_w_len(w) - off_caps - 1;
	if (size == 0) { /* an old peer may not know the parameter at all */
		w->p = w->start + off_params + 1;
		cursor_w_patch_u8(w, off_params, 0);
	} else {
		cursor_w_patch_u8(w, off_params, (uint8_t)(size + 2));
		cursor_w_patch_u8(w, off_caps, (uint8_t)size);
	}
	wire_header_end(w, off);
}
