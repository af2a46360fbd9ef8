/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all decoders share: the record of the worst fault, the words of the error registry, and the
 * mapping of address families.
 *
 * The names follow the IANA registry "BGP Error (Notification) Codes", so that an operator can
 * paste them into a search engine. A subcode that has no row gets the name of its code alone.
 */
#include "bgpd/wire/wire.h"

#include <assert.h>
#include <string.h>

#include "lib/base/compiler.h"

struct error_row {
	uint8_t code;
	uint8_t subcode; /* 0: the code itself, or its unspecific subcode */
	const char *name;
};

struct family_row {
	uint16_t afi;
	uint8_t af;
	const char *name;
};

/* clang-format off */
static const struct error_row errors[] = {
	{ BGP_ERR_HEADER, 0, "Message Header Error" },
	{ BGP_ERR_HEADER, BGP_ERR_HEADER_SYNC, "Message Header Error/Connection Not Synchronized" },
	{ BGP_ERR_HEADER, BGP_ERR_HEADER_LENGTH, "Message Header Error/Bad Message Length" },
	{ BGP_ERR_HEADER, BGP_ERR_HEADER_TYPE, "Message Header Error/Bad Message Type" },
	{ BGP_ERR_OPEN, 0, "OPEN Message Error" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_VERSION, "OPEN Message Error/Unsupported Version Number" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS, "OPEN Message Error/Bad Peer AS" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_ID, "OPEN Message Error/Bad BGP Identifier" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_PARAMETER,
		"OPEN Message Error/Unsupported Optional Parameter" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_HOLD_TIME, "OPEN Message Error/Unacceptable Hold Time" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_CAPABILITY, "OPEN Message Error/Unsupported Capability" },
	{ BGP_ERR_OPEN, BGP_ERR_OPEN_ROLE, "OPEN Message Error/Role Mismatch" },
	{ BGP_ERR_UPDATE, 0, "UPDATE Message Error" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_ATTR_LIST,
		"UPDATE Message Error/Malformed Attribute List" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_WELL_KNOWN_UNKNOWN,
		"UPDATE Message Error/Unrecognized Well-known Attribute" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_MISSING,
		"UPDATE Message Error/Missing Well-known Attribute" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_FLAGS, "UPDATE Message Error/Attribute Flags Error" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_LENGTH, "UPDATE Message Error/Attribute Length Error" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_ORIGIN, "UPDATE Message Error/Invalid ORIGIN Attribute" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_NEXT_HOP,
		"UPDATE Message Error/Invalid NEXT_HOP Attribute" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_OPTIONAL,
		"UPDATE Message Error/Optional Attribute Error" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_NETWORK, "UPDATE Message Error/Invalid Network Field" },
	{ BGP_ERR_UPDATE, BGP_ERR_UPDATE_AS_PATH, "UPDATE Message Error/Malformed AS_PATH" },
	{ BGP_ERR_HOLD_TIMER, 0, "Hold Timer Expired" },
	{ BGP_ERR_FSM, 0, "Finite State Machine Error" },
	{ BGP_ERR_FSM, BGP_ERR_FSM_OPEN_SENT,
		"Finite State Machine Error/Receive Unexpected Message in OpenSent State" },
	{ BGP_ERR_FSM, BGP_ERR_FSM_OPEN_CONFIRM,
		"Finite State Machine Error/Receive Unexpected Message in OpenConfirm State" },
	{ BGP_ERR_FSM, BGP_ERR_FSM_ESTABLISHED,
		"Finite State Machine Error/Receive Unexpected Message in Established State" },
	{ BGP_ERR_CEASE, 0, "Cease" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_MAX_PREFIX, "Cease/Maximum Number of Prefixes Reached" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_SHUTDOWN, "Cease/Administrative Shutdown" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_DECONFIGURED, "Cease/Peer De-configured" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_RESET, "Cease/Administrative Reset" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_REJECTED, "Cease/Connection Rejected" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_CONFIG_CHANGE, "Cease/Other Configuration Change" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_COLLISION, "Cease/Connection Collision Resolution" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_RESOURCES, "Cease/Out of Resources" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_HARD_RESET, "Cease/Hard Reset" },
	{ BGP_ERR_CEASE, BGP_ERR_CEASE_BFD_DOWN, "Cease/BFD Down" },
	{ BGP_ERR_REFRESH, 0, "ROUTE-REFRESH Message Error" },
	{ BGP_ERR_REFRESH, BGP_ERR_REFRESH_LENGTH,
		"ROUTE-REFRESH Message Error/Invalid Message Length" },
	{ BGP_ERR_SEND_HOLD, 0, "Send Hold Timer Expired" },
};
/* clang-format on */

static const struct family_row families[] = {
	[BGP_FAMILY_IP4] = { BGP_AFI_IP, AF_INET, "ipv4" },
	[BGP_FAMILY_IP6] = { BGP_AFI_IP6, AF_INET6, "ipv6" },
};
static_assert(ARRAY_SIZE(families) == BGP_FAMILY_COUNT, "one row for each family");

void wire_err_set(struct wire_err *e, enum wire_action action, uint8_t code, uint8_t subcode,
	const char *why)
{
	if (action <= e->action)
		return;
	*e = (struct wire_err){ .action = action, .code = code, .subcode = subcode, .why = why };
}

void wire_err_data(struct wire_err *e, const void *data, size_t len)
{
	e->data_len = (uint16_t)(len < sizeof(e->data) ? len : sizeof(e->data));
	if (e->data_len)
		memcpy(e->data, data, e->data_len);
}

const char *wire_err_name(uint8_t code, uint8_t subcode)
{
	const char *name = "Unknown Error";

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (errors[i].code != code)
			continue;
		if (errors[i].subcode == subcode)
			return errors[i].name;
		if (errors[i].subcode == 0)
			name = errors[i].name;
	}
	return name;
}

int wire_family(uint16_t afi, uint8_t safi)
{
	for (int f = 0; safi == BGP_SAFI_UNICAST && f < BGP_FAMILY_COUNT; f++) {
		if (families[f].afi == afi)
			return f;
	}
	return -1;
}

uint16_t wire_family_afi(enum bgp_family f)
{
	return families[f].afi;
}

uint8_t wire_family_af(enum bgp_family f)
{
	return families[f].af;
}

const char *wire_family_name(enum bgp_family f)
{
	return families[f].name;
}
