/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A regular expression over AS paths as people write them for other routers: PCRE2, with `_` for a
 * boundary between AS numbers. Compiled once, immutable, counted: threads match with it at the
 * same time, each with scratch memory of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/errbuf.h"

struct aspath_regex;
struct policy_scratch;

/**
 * One reference; or NULL, with a sentence in err that has the place of the fault and its reason.
 * path: of the object that the text stands in, for err; may be NULL.
 */
struct aspath_regex *aspath_regex_new(const char *text, const char *path, struct errbuf *err);
struct aspath_regex *aspath_regex_ref(struct aspath_regex *re);
/** NULL-safe. */
void aspath_regex_unref(struct aspath_regex *re);
/** As it was written. */
const char *aspath_regex_text(const struct aspath_regex *re);
/** The expression as PCRE2 is given it: for tests. */
const char *aspath_regex_translated(const struct aspath_regex *re);

enum aspath_verdict {
	ASPATH_VERDICT_NO,
	ASPATH_VERDICT_YES,
	ASPATH_VERDICT_GAVE_UP, /* too much work: the limits of the scratch */
};
/** Does it match anywhere in the text of a path (aspath_format)? */
enum aspath_verdict aspath_regex_match(const struct aspath_regex *re, const char *text, size_t len,
	struct policy_scratch *s);
