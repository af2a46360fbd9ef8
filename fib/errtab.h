/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error texts by number: a million routes that fail for one reason share one text, and a route that
 * does not fail pays two octets. Counted; number 0 is "no error".
 */
#pragma once

#include <stdint.h>

struct errtab {
	struct errtab_row *rows; /* owned */
	uint32_t n;
	uint32_t last; /* the row of the last hit: errors come in series */
};

void errtab_init(struct errtab *t);
void errtab_fini(struct errtab *t);
/**
 * Number of an error (-errno) and its text, with one reference more. 0 (no error) when 65535
 * different ones are in use.
 */
uint16_t errtab_intern(struct errtab *t, int error, const char *text);
/** Drop a reference; 0 is ignored. */
void errtab_release(struct errtab *t, uint16_t i);
/** "" for 0. Borrowed until released. */
const char *errtab_text(const struct errtab *t, uint16_t i);
/** -errno; 0 for 0. */
int errtab_error(const struct errtab *t, uint16_t i);
/** Sentence of a failed operation: the kernel's words and the error in one line. */
const char *errtab_sentence(int error, const char *words, char *buf, uint32_t size);
