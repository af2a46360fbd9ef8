/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets at rest: AES-256-GCM under a key of this edge ("$v1$" + base64 of IV, ciphertext and
 * tag). What the configuration, its history and every output hold is the sealed form; it opens
 * on this edge only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"

struct vault;

/**
 * Key from state_dir/secret.key (0400), made on the first start. state_dir NULL: a key for this
 * process only (--check). NULL with a sentence in err.
 */
struct vault *vault_open(const char *state_dir, struct errbuf *err);
/** Wipes the key. NULL-safe. */
void vault_close(struct vault *s);
/** Sealed form on the heap; one that is sealed already comes back unchanged. NULL on failure. */
char *vault_seal(const struct vault *s, const char *plain) MUST_USE;
/** 0; -EBADMSG: not sealed by this key or damaged; -ENOSPC. */
int vault_unseal(const struct vault *s, const char *sealed, char *plain, size_t size);
/** Does a sealed form hold this plain text? */
bool vault_is_same(const struct vault *s, const char *sealed, const char *plain);
