/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest is made over the packet with the key in the place of the digest, padded with zeros (RFC
 * 5880 6.7.3, 6.7.4). So one routine builds that image for both directions, and a received digest
 * is compared with ours in constant time.
 */
#include "bfd/auth.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lib/base/compiler.h"
#include "lib/net/cursor.h"

#define SECTION BFD_HEADER_LEN /* where it begins */
#define SEQ     (SECTION + 4)
#define DIGEST  (SECTION + 8)
#define SIMPLE  (SECTION + 3) /* where a password begins */

static const struct {
	uint8_t digest; /* length, 0 = a password in clear */
	uint8_t key_max;
	bool meticulous;
	const char *name; /* libcrypto's */
} types[] = {
	[BFD_AUTH_NONE] = { 0, 0, false, NULL },
	[BFD_AUTH_SIMPLE] = { 0, 16, false, NULL },
	[BFD_AUTH_MD5] = { 16, 16, false, "MD5" },
	[BFD_AUTH_METICULOUS_MD5] = { 16, 16, true, "MD5" },
	[BFD_AUTH_SHA1] = { 20, 20, false, "SHA1" },
	[BFD_AUTH_METICULOUS_SHA1] = { 20, 20, true, "SHA1" },
};

static_assert(ARRAY_SIZE(types) == BFD_AUTH_COUNT, "one row a type");

size_t bfd_key_max(enum bfd_auth_type t)
{
	return t < BFD_AUTH_COUNT ? types[t].key_max : 0;
}

uint8_t bfd_auth_len(const struct bfd_key *k)
{
	if (k->type == BFD_AUTH_NONE)
		return 0;
	return types[k->type].digest > 0 ? (uint8_t)(DIGEST - SECTION + types[k->type].digest) :
					   (uint8_t)(SIMPLE - SECTION + k->len);
}

/* The digest of p, whose own digest is replaced by the key. 0 or -EIO. */
static int make_digest(const struct bfd_key *k, const uint8_t *p, uint8_t *out)
{
	uint8_t image[BFD_PACKET_MAX] = { 0 };
	size_t got = 0;
	int ok;

	memcpy(image, p, DIGEST);
	memcpy(image + DIGEST, k->secret, k->len);
	ok = EVP_Q_digest(NULL, types[k->type].name, NULL, image,
		(size_t)DIGEST + types[k->type].digest, out, &got);
	OPENSSL_cleanse(image, sizeof(image));
	return ok && got == types[k->type].digest ? 0 : -EIO;
}

int bfd_auth_sign(const struct bfd_key *k, struct bfd_auth_state *st, uint8_t *p)
{
	struct cursor_w w = cursor_w_make(p + SECTION, BFD_AUTH_SECTION);

	cursor_w_u8(&w, k->type);
	cursor_w_u8(&w, bfd_auth_len(k));
	cursor_w_u8(&w, k->id);
	if (k->type == BFD_AUTH_SIMPLE) {
		cursor_w_bytes(&w, k->secret, k->len);
		return 0;
	}
	cursor_w_u8(&w, 0);
	cursor_w_u32(&w, ++st->xmit_seq);
	return make_digest(k, p, p + DIGEST);
}

/*
 * RFC 5880 6.7.3: from the last number (meticulous: the one after it) to 3 * multiplier beyond it,
 * in circular arithmetic.
 */
static bool is_in_window(const struct bfd_auth_state *st, uint32_t seq, uint8_t multiplier,
	bool meticulous)
{
	const uint32_t ahead = seq - st->rcv_seq;

	return !st->known || (ahead >= (meticulous ? 1 : 0) && ahead <= 3u * multiplier);
}

enum bfd_drop bfd_auth_check(const struct bfd_key *k, struct bfd_auth_state *st, const uint8_t *p,
	const struct bfd_packet *d, uint8_t multiplier)
{
	uint8_t digest[BFD_KEY_MAX];
	uint32_t seq;

	if (d->has_auth != (k->type != BFD_AUTH_NONE))
		return BFD_DROP_AUTH_MISSING;
	if (!d->has_auth)
		return BFD_DROP_NONE;
	/* RFC 5880 6.8.6: 26 octets at least were checked by the decoder, so both stand there */
	if (p[SECTION] != k->type || p[SECTION + 1] != bfd_auth_len(k) ||
		d->len != SECTION + bfd_auth_len(k) || p[SECTION + 2] != k->id)
		return BFD_DROP_AUTH_BAD;
	if (k->type == BFD_AUTH_SIMPLE)
		return CRYPTO_memcmp(p + SIMPLE, k->secret, k->len) == 0 ? BFD_DROP_NONE :
									   BFD_DROP_AUTH_BAD;
	seq = be32_get(p + SEQ);
	if (!is_in_window(st, seq, multiplier, types[k->type].meticulous))
		return BFD_DROP_AUTH_REPLAY;
	if (make_digest(k, p, digest) < 0 ||
		CRYPTO_memcmp(p + DIGEST, digest, types[k->type].digest) != 0)
		return BFD_DROP_AUTH_BAD;
	st->known = true;
	st->rcv_seq = seq;
	return BFD_DROP_NONE;
}
