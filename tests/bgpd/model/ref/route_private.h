/* SPDX-License-Identifier: Apache-2.0 */
/* Types and flags of attributes, for the two files that read and write them. */
#pragma once

enum {
	ORIGIN = 1,
	AS_PATH = 2,
	NEXT_HOP = 3,
	MED = 4,
	LOCAL_PREF = 5,
	ATOMIC = 6,
	AGGREGATOR = 7,
	COMMUNITIES = 8,
	ORIGINATOR = 9,
	CLUSTERS = 10,
	MP_REACH = 14,
	MP_UNREACH = 15,
	EXTENDED = 16,
	LARGE = 32,
	OTC = 35,
	UNKNOWN_FROM = 200, /* types that nobody has assigned */
};

#define WELL_KNOWN          0x40
#define OPTIONAL            0x80
#define OPTIONAL_TRANSITIVE 0xc0
#define PARTIAL             0x20
#define EXTENDED_LENGTH     0x10
