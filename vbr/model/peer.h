/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration says of a neighbour, as plain values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"
#include "vbr/model/subnet.h"

#define MODEL_ADD_PATH_SEND_BEST 1

/* Which of its options stand in the configuration, and where. */
enum model_add_path_has {
	MODEL_ADD_PATH_HAS_SEND = 1 << 0, /* at the peer */
	MODEL_ADD_PATH_HAS_BEST = 1 << 1,
	MODEL_ADD_PATH_GROUP_SEND = 1 << 2, /* from its group */
	MODEL_ADD_PATH_GROUP_BEST = 1 << 3,
};

enum model_add_path {
	MODEL_ADD_PATH_RECEIVE = 1 << 0,
	MODEL_ADD_PATH_SEND = 1 << 1,
};

#define MODEL_MAX_AO 8 /* TCP-AO keys of a session */

struct model_ao_key {
	uint8_t id;
	uint8_t receive_id;
	uint8_t algorithm; /* 0 hmac-sha-1-96, 1 aes-128-cmac-96, 2 hmac-sha-256 */
	bool preferred;
	char secret[96]; /* plain; wiped when the object goes */
};

/* Session parameters with group and built-in defaults already resolved. */
struct model_peer {
	struct ip_addr address;
	char line[MODEL_NAME_SIZE]; /* physical connection that leads to it; "" = by its address */
	char description[256];
	char group[MODEL_NAME_SIZE];
	bool enabled;
	uint32_t peer_as;
	char password[96];                    /* plain; wiped when the object goes */
	struct model_ao_key ao[MODEL_MAX_AO]; /* by id */
	uint8_t n_ao;
	struct ip_addr update_source; /* family 0 = the gateway address */
	char shutdown_text[1024];     /* 255 characters; octets are counted by the check */
	bool passive;
	uint16_t hold_s;
	uint16_t keepalive_s;
	uint16_t connect_retry_s;
	uint8_t delay_open_s;
	bool ttl_security;
	bool bfd;
	uint8_t multihop;
	bool ipv4;
	bool ipv6;
	uint32_t limit_max;
	uint8_t limit_warning;
	uint8_t limit_action; /* 0 discard, 1 warn, 2 teardown, 3 restart */
	uint32_t limit_restart_s;
	char import_policy[MODEL_NAME_SIZE];
	char export_policy[MODEL_NAME_SIZE];
	uint8_t allow_own_as;
	uint32_t fake_as; /* 0 = none */
	bool fake_no_prepend;
	bool fake_replace_as;
	bool as_override;
	uint8_t private_as; /* 0 keep, 1 remove whole paths, 2 remove, 3 replace */
	uint8_t withhold;   /* communities: 1 standard, 2 extended, 4 large */
	bool next_hop_self;
	bool next_hop_unchanged;
	bool rr_client;
	uint8_t role; /* 0 none, 1 provider, 2 rs, 3 rs-client, 4 customer, 5 peer */
	bool role_strict;
	uint8_t add_path;      /* enum model_add_path, or-ed */
	uint8_t add_path_send; /* 0 all, MODEL_ADD_PATH_SEND_BEST, 2 ecmp */
	uint8_t add_path_best; /* number of paths of 1 */
	uint8_t add_path_has;  /* enum model_add_path_has, or-ed */
	bool gshut;            /* graceful-shutdown of this peer */
	bool ignore_gshut;     /* honour-graceful-shutdown false */
	/* shortest prefix with BLACKHOLE that is accepted; 0 = none is */
	uint8_t blackhole4;
	uint8_t blackhole6;
	bool default_originate;
	char default_policy[MODEL_NAME_SIZE];
	/* conditional-advertisement */
	char advertise_policy[MODEL_NAME_SIZE];
	char exist_policy[MODEL_NAME_SIZE];
	char non_exist_policy[MODEL_NAME_SIZE];
	bool gr;
	uint16_t gr_time_s;
	uint32_t llgr_time_s; /* 0 = no long-lived graceful restart */
};

/* Neighbours that come from a range of addresses. */
struct model_range {
	struct prefix pfx;
	uint16_t limit;
	bool discover;          /* unnumbered: the whole of fe80::/10, for the router on the link */
	struct model_peer peer; /* what each has in common; address is that of the range */
};
