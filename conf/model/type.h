/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of the model in words for people: what a leaf takes ("in 0..2999"), what stands for its
 * value at a prompt ("<0-2999>"), and why a value was refused. Only conf/ sees libyang.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "lib/base/errbuf.h"

/** Type of a leaf or leaf-list, behind leafrefs. */
const struct lysc_type *type_of(const struct lysc_node *leaf);
/** Longest plain text of a secret leaf, 0 for all others. */
uint32_t type_secret_max(const struct lysc_node *leaf);
/** "a number in 0..2999", "one of auto, vrf, rules": what the leaf takes. The caller frees. */
char *type_expect(const struct lysc_node *leaf);
/** The error-message of the model that concerns value, or NULL. */
const char *type_hint(const struct lysc_type *type, const char *value);
/** Placeholder of a value: "<0-2999>", "A.B.C.D", "WORD". The caller frees. */
char *type_placeholder(const struct lysc_node *leaf);
/**
 * Check value against the leaf. 0, *canonical (may be NULL) to be freed by the caller; or -EINVAL
 * with a sentence that starts with the name of the leaf and never shows a secret.
 */
int type_check(const struct lysc_node *leaf, const char *value, char **canonical,
	struct errbuf *err);
