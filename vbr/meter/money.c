/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A month of 100 Gbit/s is 32 PB; at a price of 10^6 a GB that is 3.2 * 10^19 millionths, beyond
 * 64 bits. So products are made in 128 bits and a sum that no bill will see stops at the end.
 */
#include "vbr/meter/money.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define MICRO    1000000
#define DECIMALS 6
#define UNITS    1000000000000 /* of the currency, the most that is read */

int money_parse(const char *s, int64_t *micro)
{
	int64_t v = 0;
	int decimals = 0;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		v = v * 10 + (*s - '0');
		if (v > UNITS)
			return -EINVAL;
	}
	if (*s == '.' && isdigit((unsigned char)s[1]))
		for (s++; isdigit((unsigned char)*s) && decimals < DECIMALS; s++, decimals++)
			v = v * 10 + (*s - '0');
	if (*s != '\0')
		return -EINVAL;
	for (; decimals < DECIMALS; decimals++)
		v *= 10;
	*micro = v;
	return 0;
}

char *money_format(int64_t micro, char *dst)
{
	const int n = snprintf(dst, MONEY_SIZE, "%" PRId64 ".%06" PRId64, micro / MICRO,
		micro % MICRO);

	for (int i = n - 1; i > n - 1 - (DECIMALS - 2) && dst[i] == '0'; i--)
		dst[i] = '\0';
	return dst;
}

int64_t money_of(uint64_t quantity, uint64_t per, int64_t micro)
{
	const unsigned __int128 v = ((unsigned __int128)quantity * (uint64_t)micro + per / 2) / per;

	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}
