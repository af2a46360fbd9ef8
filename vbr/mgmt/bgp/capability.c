/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capabilities of an OPEN as words: what either side offers, whether the other one does or not.
 * Those with families are one word a family, "add-path-receive-ipv4".
 */
#include <stddef.h>
#include <stdio.h>

#include "bgpd/wire/open.h"
#include "lib/base/compiler.h"
#include "vbr/mgmt/mgmt_int.h"

#define WORD_MAX 40

/* Offsets in struct wire_open. */
static const struct {
	const char *word;
	size_t off;
} by_family[] = {
	{ "multiprotocol", offsetof(struct wire_open, families) },
	{ "extended-next-hop", offsetof(struct wire_open, ext_nexthop) },
	{ "add-path-receive", offsetof(struct wire_open, addpath_rx) },
	{ "add-path-send", offsetof(struct wire_open, addpath_tx) },
	{ "graceful-restart", offsetof(struct wire_open, gr_families) },
	{ "long-lived-graceful-restart", offsetof(struct wire_open, llgr_families) },
}, plain[] = {
	{ "route-refresh", offsetof(struct wire_open, refresh) },
	{ "enhanced-route-refresh", offsetof(struct wire_open, enhanced_refresh) },
	{ "extended-message", offsetof(struct wire_open, ext_message) },
};

#define MOST (ARRAY_SIZE(by_family) * BGP_FAMILY_COUNT + ARRAY_SIZE(plain) + 2)

static char *family_word(struct arena *a, const char *word, enum bgp_family f)
{
	char buf[WORD_MAX];

	(void)snprintf(buf, sizeof(buf), "%s-%s", word, wire_family_name(f));
	return mgmt_str(a, buf);
}

char **mgmt_capabilities(struct arena *a, const struct wire_open *o, size_t *n)
{
	char **words = arena_calloc(a, MOST, sizeof(*words));

	*n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(by_family); i++)
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			if (((const uint8_t *)o)[by_family[i].off] & BGP_FAMILY_BIT(f))
				words[(*n)++] = family_word(a, by_family[i].word,
					(enum bgp_family)f);
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (*(const bool *)((const uint8_t *)o + plain[i].off))
			words[(*n)++] = mgmt_str(a, plain[i].word);
	if (o->as4 != 0)
		words[(*n)++] = mgmt_str(a, "four-octet-as");
	if (o->role >= 0)
		words[(*n)++] = mgmt_str(a, "role");
	return words;
}
