/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record says of its object, in words KEY=VALUE with a blank between; values have neither
 * blank nor comma. It stands in the record because the configuration changes and bills must not.
 *
 *   vbr      line=dedicated|hosted on=CONNECTION [mbps=N] [payer=owner]
 *   hosted   for=TENANT [mbps=N]                     what the owner pays of a tenant's VBR
 *   peering  spec=NAME|bandwidth|unlimited [mbps=N] from=KIND/NAME to=[TENANT/]KIND/NAME
 *            [pair=same-region|inter-region]          pair: two VPCs
 *   port     type=NAME [mbps=N]
 *   vpc      nothing
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METER_DETAIL_SIZE 320
#define METER_NAME_SIZE   64
#define METER_OBJECT_SIZE 128 /* of a hosted connection: CONNECTION/NAME */
#define METER_WORD_SIZE   24

enum meter_kind {
	METER_KIND_VBR,
	METER_KIND_PEERING,
	METER_KIND_VPC,
	METER_KIND_PORT,   /* of a tenant that owns a physical connection */
	METER_KIND_HOSTED, /* of the owner of its line, who pays for it; its number is in ledgers */
	METER_KIND_COUNT,
};

/** "vbr", "peering", "vpc", "port", "hosted". */
const char *meter_kind_name(enum meter_kind k);
/** Value of a key, "" if there is none; returns dst. */
char *meter_detail_get(const char *detail, const char *key, char *dst, size_t size);
uint32_t meter_detail_mbps(const char *detail);
