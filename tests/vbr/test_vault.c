/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: every length, another key, every damaged octet.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "vbr/vault.h"

static struct vault *open_vault(const char *dir)
{
	struct errbuf err;
	struct vault *v;

	errbuf_init(&err);
	v = vault_open(dir, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	errbuf_fini(&err);
	return v;
}

static void what_was_sealed_opens_at_every_length(void)
{
	struct vault *v = open_vault(NULL);
	char plain[1026] = "";
	char seen[1026];

	for (size_t len = 0; len <= 1024; len++) {
		char *sealed = vault_seal(v, plain);

		CU_ASSERT_PTR_NOT_NULL_FATAL(sealed);
		CU_ASSERT(strncmp(sealed, "$v1$", 4) == 0);
		CU_ASSERT_EQUAL(vault_unseal(v, sealed, seen, sizeof(seen)), 0);
		CU_ASSERT_STRING_EQUAL(seen, plain);
		CU_ASSERT(vault_is_same(v, sealed, plain));
		CU_ASSERT(!vault_is_same(v, sealed, "something else"));
		free(sealed);
		plain[len] = (char)('!' + cu_random_below(90));
		plain[len + 1] = '\0';
	}
	CU_ASSERT_PTR_NULL(vault_seal(v, plain));
	vault_close(v);
}

static void sealing_twice_differs_and_sealing_a_sealed_one_does_nothing(void)
{
	struct vault *v = open_vault(NULL);
	char *a = vault_seal(v, "s3cret");
	char *b = vault_seal(v, "s3cret");
	char *c = vault_seal(v, a);

	CU_ASSERT_STRING_NOT_EQUAL(a, b);
	CU_ASSERT_STRING_EQUAL(a, c);
	CU_ASSERT_PTR_NULL(strstr(a, "s3cret"));
	free(a);
	free(b);
	free(c);
	vault_close(v);
}

static void a_short_buffer_is_told_apart_from_damage(void)
{
	struct vault *v = open_vault(NULL);
	char *sealed = vault_seal(v, "12345678");
	char plain[9];

	CU_ASSERT_EQUAL(vault_unseal(v, sealed, plain, 8), -ENOSPC);
	CU_ASSERT_EQUAL(vault_unseal(v, sealed, plain, 9), 0);
	free(sealed);
	vault_close(v);
}

static void every_damaged_octet_is_noticed(void)
{
	struct vault *v = open_vault(NULL);
	char *sealed = vault_seal(v, "a password of some length");
	char plain[64];

	for (size_t i = 0; sealed[i] != '\0'; i++) {
		char was = sealed[i];

		/* Padding says how long it is, so '=' in the middle is damage as well. */
		sealed[i] = was == 'A' ? 'B' : 'A';
		CU_ASSERT_EQUAL(vault_unseal(v, sealed, plain, sizeof(plain)), -EBADMSG);
		CU_ASSERT_STRING_EQUAL(plain, "");
		sealed[i] = was;
	}
	for (size_t len = strlen(sealed); len-- > 0;) {
		sealed[len] = '\0';
		plain[0] = '\0';
		CU_ASSERT_EQUAL(vault_unseal(v, sealed, plain, sizeof(plain)), -EBADMSG);
	}
	free(sealed);
	vault_close(v);
}

static void the_key_stays_and_another_one_opens_nothing(void)
{
	const char *dir = dir_new();
	struct vault *v = open_vault(dir);
	struct vault *other = open_vault(NULL);
	char *sealed = vault_seal(v, "s3cret");
	char plain[16];
	struct stat st;

	CU_ASSERT_EQUAL(stat(dir_file(dir, "secret.key"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0400);
	vault_close(v);
	v = open_vault(dir);
	CU_ASSERT_EQUAL(vault_unseal(v, sealed, plain, sizeof(plain)), 0);
	CU_ASSERT_STRING_EQUAL(plain, "s3cret");
	CU_ASSERT_EQUAL(vault_unseal(other, sealed, plain, sizeof(plain)), -EBADMSG);
	free(sealed);
	vault_close(v);
	vault_close(other);
	dir_remove(dir);
}

static void a_damaged_key_is_refused_and_not_replaced(void)
{
	const char *dir = dir_new();
	struct errbuf err;

	dir_write(dir, "secret.key", "short", 5);
	errbuf_init(&err);
	CU_ASSERT_PTR_NULL(vault_open(dir, &err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(errbuf_first(&err));
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "/secret.key: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "damaged, restore it"));
	CU_ASSERT_PTR_NULL(vault_open(dir, &err));
	errbuf_fini(&err);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(what_was_sealed_opens_at_every_length),
	CU_CASE(sealing_twice_differs_and_sealing_a_sealed_one_does_nothing),
	CU_CASE(a_short_buffer_is_told_apart_from_damage),
	CU_CASE(every_damaged_octet_is_noticed),
	CU_CASE(the_key_stays_and_another_one_opens_nothing),
	CU_CASE(a_damaged_key_is_refused_and_not_replaced),
};
CU_SUITE(vault, cases);
