/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percentiles of rates. Pure.
 */
#pragma once

#include <stdint.h>

#include "vbr/meter/span.h"

/* A rate and how many intervals had it. */
struct meter_rate {
	uint64_t bps;
	uint32_t weight;
};

/**
 * The rates of a row, in and out. False if it covers less than half an interval: its amount counts,
 * but it is no sample. A row over several intervals stands for as many samples.
 */
bool meter_row_rates(const struct meter_row *row, uint32_t interval_s, struct meter_rate *in,
	struct meter_rate *out);
/**
 * Nearest rank: the smallest rate such that at least percent of all samples are no greater. 0 for
 * no samples. Sorts v.
 */
uint64_t meter_percentile(struct meter_rate *v, uint32_t n, uint32_t percent);
