/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bandwidth classes of peering connections. The name is class base times digit: Mini 1, Small 10,
 * Middle 100, Large 1,000, Xlarge 10,000 Mbit/s.
 */
#include <string.h>

#include "lib/base/compiler.h"
#include "vbr/model/model.h"

static const struct {
	const char *name;
	uint32_t mbps;
} specs[] = {
	/* clang-format off */
	{ "Mini.2",       2 },
	{ "Mini.5",       5 },
	{ "Small.1",     10 },
	{ "Small.2",     20 },
	{ "Small.5",     50 },
	{ "Middle.1",   100 },
	{ "Middle.2",   200 },
	{ "Middle.5",   500 },
	{ "Large.1",   1000 },
	{ "Large.2",   2000 },
	{ "Large.5",   5000 },
	{ "Xlarge.1", 10000 },
	/* clang-format on */
};

uint64_t model_spec_bps(const char *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++)
		if (strcmp(specs[i].name, spec) == 0)
			return (uint64_t)specs[i].mbps * 1000000;
	return 0;
}
