/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 64-bit digest of values, taken one after the other: "is it the same as before?" for what is
 * too long to be kept or compared. Two that differ have the same digest once in 2^64; nothing that
 * protects anybody may lean on it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Digest of what d stands for, followed by these octets. Start with 0. */
uint64_t digest_add(uint64_t d, const void *p, size_t len);
uint64_t digest_add_u64(uint64_t d, uint64_t v);
/** Its length counts: "a", "b" is not "ab". NULL is not "". */
uint64_t digest_add_str(uint64_t d, const char *s);
