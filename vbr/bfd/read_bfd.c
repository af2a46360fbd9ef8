/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges are the schema's; how long a secret may be depends on its type (RFC 5880 4.2 to 4.4)
 * and is known only when it is opened.
 */
#include "vbr/bfd/read_bfd.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bfd/auth.h"
#include "conf/conf_node.h"
#include "lib/base/compiler.h"
#include "vbr/vault.h"

#define DEFAULT_MS         1000
#define DEFAULT_MULTIPLIER 3

static const char *const types[] = {
	[BFD_AUTH_NONE] = "none",
	[BFD_AUTH_SIMPLE] = "simple-password",
	[BFD_AUTH_MD5] = "keyed-md5",
	[BFD_AUTH_METICULOUS_MD5] = "meticulous-keyed-md5",
	[BFD_AUTH_SHA1] = "keyed-sha1",
	[BFD_AUTH_METICULOUS_SHA1] = "meticulous-keyed-sha1",
};

static uint8_t type_of(const char *word)
{
	static_assert(ARRAY_SIZE(types) == BFD_AUTH_COUNT, "one word a type");
	for (uint8_t i = 0; word != NULL && i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i], word) == 0)
			return i;
	return BFD_AUTH_NONE;
}

static int read_secret(const struct conf_node *n, const struct vault *sec, const char *path,
	struct model_bfd *b, struct errbuf *err)
{
	const size_t max = bfd_key_max(b->auth_type);
	const int ret = vault_unseal(sec, conf_str(n, "bfd/authentication/secret"), b->secret,
		BFD_KEY_MAX + 1);

	if (ret == 0 && strlen(b->secret) <= max)
		return 0;
	if (ret == 0 || ret == -ENOSPC)
		errbuf_add(err, path, 0,
			"bfd authentication: the secret of %s has more than %zu characters: "
			"shorten it",
			types[b->auth_type], max);
	else
		errbuf_add(err, path, 0,
			"bfd authentication: the secret was sealed by another edge: "
			"set it again in plain text");
	return -EINVAL;
}

int read_bfd(const struct conf_node *n, const struct vault *sec, const char *path,
	struct model_bfd *b, struct errbuf *err)
{
	b->min_tx_ms = (uint16_t)conf_u32(n, "bfd/min-tx", DEFAULT_MS);
	b->min_rx_ms = (uint16_t)conf_u32(n, "bfd/min-rx", DEFAULT_MS);
	b->multiplier = (uint8_t)conf_u32(n, "bfd/multiplier", DEFAULT_MULTIPLIER);
	b->auth_type = type_of(conf_str(n, "bfd/authentication/type"));
	b->auth_id = (uint8_t)conf_u32(n, "bfd/authentication/key-id", 0);
	return b->auth_type == BFD_AUTH_NONE ? 0 : read_secret(n, sec, path, b, err);
}
