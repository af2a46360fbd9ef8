/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of VPCs and VBRs: static routes, interfaces, vSwitches; and the sizes of names.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define MODEL_NAME_SIZE   64
#define MODEL_DEVICE_SIZE 16

#define MODEL_MAX_GATEWAYS 64 /* next hops with bfd of a VBR or VPC */

struct model_static {
	struct prefix pfx;
	bool blackhole;
	char interface[MODEL_DEVICE_SIZE]; /* "" = none */
	struct ip_addr next_hop[8];
	uint8_t n_next_hops;
	bool bfd; /* next hops are watched */
};

struct model_iface {
	char name[MODEL_DEVICE_SIZE];
	char vswitch[MODEL_NAME_SIZE]; /* "" = none */
	struct {
		struct ip_addr addr;
		uint8_t len;
	} addr[8];
	uint8_t n_addrs;
};

/* A subnet of a VPC. */
struct model_vswitch {
	char name[MODEL_NAME_SIZE];
	struct prefix cidr;
};
