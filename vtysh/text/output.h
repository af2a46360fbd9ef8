/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a command's text goes: through the pipes of its line ("| include RE"), to stdout or a
 * pager. Text streams: nothing is kept but an unfinished line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"

struct output;

/**
 * Cut the pipes off a line, in place: the first '|' that stands as a word of its own outside
 * quotes ends the command. Returns what stands behind it, or NULL.
 */
char *output_cut_pipes(char *line);

/**
 * pipes: as cut off a line, or NULL. pager: command to page with, or NULL. NULL with a sentence
 * in err for an unknown pipe or a bad expression.
 */
struct output *output_new(FILE *out, const char *pipes, const char *pager, struct errbuf *err);
void output_write(struct output *o, const char *p, size_t len);
void output_printf(struct output *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Let the user see what came so far. */
void output_flush(struct output *o);
/** The reader has gone (the pager was left): more is of no use. */
bool output_is_closed(const struct output *o);
/** Ends the last line, prints counts, waits for the pager. NULL-safe. */
void output_free(struct output *o);
