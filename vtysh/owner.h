/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In configure mode: does the first word of a line belong to a command or to the model?
 */
#pragma once

#include "lib/base/errbuf.h"

struct shell;

enum owner {
	OWNER_COMMAND,
	OWNER_MODEL, /* also for words that nobody knows: the model says what it expects */
	OWNER_AMBIGUOUS,
};

/** OWNER_AMBIGUOUS leaves a sentence in err. A word in full wins over abbreviations. */
enum owner owner_of(struct shell *sh, const char *word, struct errbuf *err);
