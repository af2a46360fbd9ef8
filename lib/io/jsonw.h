/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streaming JSON writer: text goes to a sink in pieces of a few kilobytes, the rest when the
 * document is complete or on jsonw_flush. Commas and escapes are its business; wrong nesting is
 * a bug and asserts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONW_DEPTH  32
#define JSONW_BUFFER 8192

struct jsonw {
	void (*sink)(void *ctx, const char *p, size_t len);
	void *ctx;
	uint8_t depth;
	bool pretty; /* two spaces a level */
	bool after_key;
	bool is_array[JSONW_DEPTH];
	bool has_item[JSONW_DEPTH];
	uint32_t len;
	char buf[JSONW_BUFFER]; /* len octets wait for the sink */
};

void jsonw_init(struct jsonw *j, bool pretty, void (*sink)(void *, const char *, size_t),
	void *ctx);
void jsonw_object(struct jsonw *j);
void jsonw_object_end(struct jsonw *j);
void jsonw_array(struct jsonw *j);
void jsonw_array_end(struct jsonw *j);
void jsonw_key(struct jsonw *j, const char *key);
void jsonw_string(struct jsonw *j, const char *s);
void jsonw_u64(struct jsonw *j, uint64_t v);
void jsonw_double(struct jsonw *j, double v);
void jsonw_bool(struct jsonw *j, bool v);
void jsonw_null(struct jsonw *j);
/**
 * A writer of one value that will stand where j is now, to be handed to j by jsonw_raw: what is the
 * same again and again is written once. Flush it.
 */
void jsonw_init_within(struct jsonw *piece, const struct jsonw *j,
	void (*sink)(void *, const char *, size_t), void *ctx);
/** A value inside the document, or the first part of it, that is text already. */
void jsonw_raw(struct jsonw *j, const char *p, size_t len);
/** More of it. */
void jsonw_raw_more(struct jsonw *j, const char *p, size_t len);
void jsonw_raw_u64(struct jsonw *j, uint64_t v);
/** What was written so far goes to the sink. */
void jsonw_flush(struct jsonw *j);
/** All closed? */
bool jsonw_is_done(const struct jsonw *j);
