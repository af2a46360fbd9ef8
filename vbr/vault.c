/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "$v1$" base64(iv[12] ciphertext tag[16]). The prefix names key and method, so that a later
 * key can stand beside this one. The data path is not authenticated: an operator may move a
 * peer to another VBR by cutting and pasting its block, sealed password included.
 */
#include "vbr/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/base/xalloc.h"

#define KEY_SIZE  32
#define IV_SIZE   12
#define TAG_SIZE  16
#define PLAIN_MAX 1024
#define RAW_MAX   ((IV_SIZE + PLAIN_MAX + TAG_SIZE + 2) / 3 * 3) /* whole groups of base64 */

static const char prefix[] = "$v1$";

struct vault {
	unsigned char key[KEY_SIZE];
};

static int key_read(const char *path, unsigned char *key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, key, KEY_SIZE);
	close(fd);
	return n == KEY_SIZE ? 0 : -EBADMSG;
}

/* Written aside and renamed, so that a crash leaves a whole key or none. */
static int key_make(const char *path, unsigned char *key)
{
	char *tmp = xasprintf("%s.new", path);
	int ret = 0;
	int fd;

	if (RAND_bytes(key, KEY_SIZE) != 1) {
		free(tmp);
		return -EIO;
	}
	(void)unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0 || write(fd, key, KEY_SIZE) != KEY_SIZE || fsync(fd) != 0 ||
		rename(tmp, path) != 0)
		ret = errno != 0 ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	free(tmp);
	return ret;
}

struct vault *vault_open(const char *state_dir, struct errbuf *err)
{
	struct vault *s = xcalloc(1, sizeof(*s));
	char *path;
	int ret;

	if (state_dir == NULL) {
		if (RAND_bytes(s->key, KEY_SIZE) == 1)
			return s;
		errbuf_add(err, NULL, 0, "no random numbers to be had");
		free(s);
		return NULL;
	}
	path = xasprintf("%s/secret.key", state_dir);
	ret = key_read(path, s->key);
	if (ret == -ENOENT)
		ret = key_make(path, s->key);
	if (ret < 0) {
		errbuf_add(err, NULL, 0, "%s: cannot read or make the key of stored secrets: %s",
			path,
			ret == -EBADMSG ? "damaged, restore it from a backup "
					  "or delete it and set all passwords anew" :
					  strerror(-ret));
		free(s);
		s = NULL;
	}
	free(path);
	return s;
}

void vault_close(struct vault *s)
{
	if (s == NULL)
		return;
	OPENSSL_cleanse(s->key, sizeof(s->key));
	free(s);
}

char *vault_seal(const struct vault *s, const char *plain)
{
	size_t len = strlen(plain);
	unsigned char raw[IV_SIZE + PLAIN_MAX + TAG_SIZE];
	EVP_CIPHER_CTX *ctx = NULL;
	char *out = NULL;
	int n = 0;
	int tail = 0;

	if (strncmp(plain, prefix, sizeof(prefix) - 1) == 0)
		return xstrdup(plain);
	if (len > PLAIN_MAX || RAND_bytes(raw, IV_SIZE) != 1)
		return NULL;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, s->key, raw) == 1 &&
		EVP_EncryptUpdate(ctx, raw + IV_SIZE, &n, (const unsigned char *)plain, (int)len) ==
			1 &&
		EVP_EncryptFinal_ex(ctx, raw + IV_SIZE + n, &tail) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, raw + IV_SIZE + len) ==
			1) {
		size_t total = IV_SIZE + len + TAG_SIZE;

		out = xmalloc(sizeof(prefix) + (total + 2) / 3 * 4 + 1);
		memcpy(out, prefix, sizeof(prefix) - 1);
		EVP_EncodeBlock((unsigned char *)out + sizeof(prefix) - 1, raw, (int)total);
	}
	EVP_CIPHER_CTX_free(ctx);
	return out;
}

/* Octets of the base64 after the prefix, or -EBADMSG. raw has room for 3/4 of it. */
static int unpack(const char *sealed, unsigned char *raw, size_t size)
{
	const char *b64 = sealed + sizeof(prefix) - 1;
	size_t len = strlen(b64);
	unsigned char again[RAW_MAX / 3 * 4 + 1];
	int n;

	if (len % 4 != 0 || len == 0 || len / 4 * 3 > size)
		return -EBADMSG;
	n = EVP_DecodeBlock(raw, (const unsigned char *)b64, (int)len);
	if (n < 0)
		return -EBADMSG;
	/* EVP_DecodeBlock counts the padding as octets. */
	n -= b64[len - 1] == '=' ? b64[len - 2] == '=' ? 2 : 1 : 0;
	if (n < IV_SIZE + TAG_SIZE)
		return -EBADMSG;
	/* Bits behind the last octet must be zero: one spelling per secret. */
	EVP_EncodeBlock(again, raw, n);
	return memcmp(again, b64, len) == 0 ? n : -EBADMSG;
}

int vault_unseal(const struct vault *s, const char *sealed, char *plain, size_t size)
{
	unsigned char raw[RAW_MAX];
	EVP_CIPHER_CTX *ctx;
	int ret = -EBADMSG;
	int n = 0;
	int tail = 0;
	int total;
	int len;

	plain[0] = '\0';
	if (strncmp(sealed, prefix, sizeof(prefix) - 1) != 0)
		return -EBADMSG;
	total = unpack(sealed, raw, sizeof(raw));
	if (total < 0)
		return total;
	len = total - IV_SIZE - TAG_SIZE;
	if ((size_t)len >= size)
		return -ENOSPC;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, s->key, raw) == 1 &&
		EVP_DecryptUpdate(ctx, (unsigned char *)plain, &n, raw + IV_SIZE, len) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, raw + IV_SIZE + len) ==
			1 &&
		EVP_DecryptFinal_ex(ctx, (unsigned char *)plain + n, &tail) == 1)
		ret = 0;
	if (ret == 0)
		plain[len] = '\0';
	else
		OPENSSL_cleanse(plain, (size_t)len + 1);
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

bool vault_is_same(const struct vault *s, const char *sealed, const char *plain)
{
	char now[PLAIN_MAX + 1];
	bool same = vault_unseal(s, sealed, now, sizeof(now)) == 0 && strcmp(now, plain) == 0;

	OPENSSL_cleanse(now, sizeof(now));
	return same;
}
