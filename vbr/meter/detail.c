/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and not columns: kinds of objects come and gain properties, and records of years ago must
 * still give the same hash.
 */
#include "vbr/meter/detail.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"

const char *meter_kind_name(enum meter_kind k)
{
	static const char *const names[] = {
		[METER_KIND_VBR] = "vbr",
		[METER_KIND_PEERING] = "peering",
		[METER_KIND_VPC] = "vpc",
		[METER_KIND_PORT] = "port",
		[METER_KIND_HOSTED] = "hosted",
	};

	static_assert(ARRAY_SIZE(names) == METER_KIND_COUNT, "one name a kind");
	return k < METER_KIND_COUNT ? names[k] : "";
}

char *meter_detail_get(const char *detail, const char *key, char *dst, size_t size)
{
	const size_t len = strlen(key);

	dst[0] = '\0';
	for (const char *s = detail; *s != '\0';) {
		const size_t word = strcspn(s, " ");

		if (word > len && s[len] == '=' && strncmp(s, key, len) == 0) {
			snprintf(dst, size, "%.*s", (int)(word - len - 1), s + len + 1);
			return dst;
		}
		s += word;
		s += strspn(s, " ");
	}
	return dst;
}

uint32_t meter_detail_mbps(const char *detail)
{
	char word[METER_WORD_SIZE];

	return (uint32_t)strtoul(meter_detail_get(detail, "mbps", word, sizeof(word)), NULL, 10);
}
