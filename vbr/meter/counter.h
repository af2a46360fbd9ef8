/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's counters say, made into amounts that only grow. Pure: readings in, amounts out;
 * who reads and who keeps them is not known here.
 *
 * A reading carries the identity of what was read. Between two readings of the same device the
 * amount is the difference; of a device that was made anew it is all that it shows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum meter_value {
	METER_IN,  /* octets that the edge received on the device */
	METER_OUT, /* octets that it sent */
	METER_PACKETS_IN,
	METER_PACKETS_OUT,
	METER_VALUES,
};

struct meter_counts {
	uint64_t v[METER_VALUES];
};

/* What is to be known about an amount; or-ed. Part of the outside view by meter_flags_text. */
enum meter_flag {
	METER_FLAG_BEGIN = 1 << 0,     /* first reading: what was before is not counted */
	METER_FLAG_END = 1 << 1,       /* last reading: the object goes */
	METER_FLAG_RECREATED = 1 << 2, /* the device was made anew meanwhile */
	METER_FLAG_WRAPPED = 1 << 3,   /* a counter passed its end */
	METER_FLAG_RESET = 1 << 4,     /* a counter began again at 0 */
	METER_FLAG_LATE = 1 << 5,      /* covers more than one interval */
	METER_FLAG_CLOCK = 1 << 6,     /* the wall clock was set meanwhile */
	METER_FLAG_CUT = 1 << 7,       /* attributed to the last days of a longer span */
	METER_FLAG_COUNT = 8,
};

#define METER_FLAGS_SIZE 80

/** "begin+late", "" for none; dst of METER_FLAGS_SIZE. */
char *meter_flags_text(uint32_t flags, char *dst);

struct meter_reading {
	/* Of the running kernel and its network namespace: indices mean nothing in another one. */
	uint64_t epoch; /* 0 = never read */
	uint32_t ifindex;
	struct meter_counts c;
};

/**
 * Add what was counted between two readings of one device to sum; returns enum meter_flag.
 *
 * last unknown (epoch 0): nothing, the reading only marks the beginning.
 * Another epoch or index: the device is new and began at 0.
 * A value went back: if half the range of its width (32 bit as long as it showed no more, else 64)
 * explains each that did, it passed its end; else the counters were reset and began at 0.
 */
uint32_t meter_count(const struct meter_reading *last, const struct meter_reading *now,
	struct meter_counts *sum);
/**
 * Take what is others' out of sum, as far as it goes; what does not fit stays in others, for the
 * next time: the devices are not read in one instant.
 */
void meter_counts_take(struct meter_counts *sum, struct meter_counts *others);
/** Stops at the largest number that a ledger can hold (2^63 - 1). */
void meter_counts_add(struct meter_counts *sum, const struct meter_counts *c);
