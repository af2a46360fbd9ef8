/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bandwidths to weights of next hops. A pure function.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Weights 1..255 in proportion to bandwidths, exact where that is possible: 10 G and 2.5 G give 4
 * and 1. false: one of them is 0 (unknown), so nobody is weighted.
 */
bool weights_of(const float *bandwidth, unsigned n, uint16_t *weight);
