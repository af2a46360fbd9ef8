/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the first word of a line belong to a command or to the model?
 */
#pragma once

#include "lib/base/errbuf.h"

struct shell;

enum owner {
	OWNER_COMMAND,
	OWNER_MODEL, /* also for words that nobody knows: the model says what it expects */
	OWNER_AMBIGUOUS,
};

/**
 * In configure mode. OWNER_AMBIGUOUS leaves a sentence in err. A word in full wins over
 * abbreviations.
 */
enum owner owner_of(struct shell *sh, const char *word, struct errbuf *err);
/**
 * Outside of it, of a word that begins no command: does it, in full, mean something in configure
 * mode?
 */
bool owner_is_configure_mode(struct shell *sh, const char *word);
