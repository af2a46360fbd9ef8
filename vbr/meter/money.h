/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money in millionths of the currency's unit, whole numbers all the way: nothing is ever rounded
 * but where it says so. Pure.
 */
#pragma once

#include <stdint.h>

#include "lib/base/compiler.h"

#define MONEY_SIZE 32

/** "0.05", "12": at most six decimals. 0, or -EINVAL. */
int money_parse(const char *s, int64_t *micro) MUST_USE;
/** At least two decimals, no more zeros behind them than that; dst of MONEY_SIZE. */
char *money_format(int64_t micro, char *dst);
/**
 * Price of a quantity when so many (per) cost micro: rounded half up to a millionth. Stops at
 * INT64_MAX.
 */
int64_t money_of(uint64_t quantity, uint64_t per, int64_t micro);
