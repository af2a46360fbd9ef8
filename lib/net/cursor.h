/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded reading and writing of big-endian octets with a sticky fault: after the first step
 * beyond the end all reads give 0 and all writes do nothing, and the caller checks ->fault
 * once. Sub-cursors make it impossible for an inner length field to reach beyond the outer one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

/** Four octets of the wire; the caller has checked that they are there. */
static inline uint32_t be32_get(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void be16_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void be32_put(uint8_t *p, uint32_t v)
{
	be16_put(p, (uint16_t)(v >> 16));
	be16_put(p + 2, (uint16_t)v);
}

struct cursor {
	const uint8_t *p; /* next octet */
	const uint8_t *end;
	bool fault;
};

struct cursor_w {
	uint8_t *start;
	uint8_t *p;
	uint8_t *end;
	bool fault;
};

static inline struct cursor cursor_make(const void *p, size_t len)
{
	const uint8_t *b = p;

	return (struct cursor){ .p = b, .end = len ? b + len : b };
}
static inline size_t cursor_left(const struct cursor *c)
{
	return c->fault ? 0 : (size_t)(c->end - c->p);
}
/** Borrow len octets in place; NULL on fault (also for len 0 at fault). */
static inline const uint8_t *cursor_take(struct cursor *c, size_t len)
{
	const uint8_t *p = c->p;

	if (unlikely(c->fault || (size_t)(c->end - p) < len)) {
		c->fault = true;
		return NULL;
	}
	if (len)
		c->p = p + len;
	return p;
}
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? p[0] : 0;
}
static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}
static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p ? be32_get(p) : 0;
}
uint64_t cursor_u64(struct cursor *c);
/** Copy len octets; zeroes dst on fault. */
void cursor_bytes(struct cursor *c, void *dst, size_t len);
/** A cursor over the next len octets, which this one skips; at fault both are faulty. */
struct cursor cursor_sub(struct cursor *c, size_t len);

static inline struct cursor_w cursor_w_make(void *p, size_t len)
{
	uint8_t *b = p;

	return (struct cursor_w){ .start = b, .p = b, .end = b + len };
}
static inline size_t cursor_w_len(const struct cursor_w *w)
{
	return (size_t)(w->p - w->start);
}
static inline size_t cursor_w_left(const struct cursor_w *w)
{
	return w->fault ? 0 : (size_t)(w->end - w->p);
}
/** len octets to be written; NULL on fault. */
static inline uint8_t *cursor_w_room(struct cursor_w *w, size_t len)
{
	uint8_t *p = w->p;

	if (unlikely(w->fault || (size_t)(w->end - p) < len)) {
		w->fault = true;
		return NULL;
	}
	if (len)
		w->p = p + len;
	return p;
}
static inline void cursor_w_u8(struct cursor_w *w, uint8_t v)
{
	uint8_t *p = cursor_w_room(w, 1);

	if (p)
		p[0] = v;
}
static inline void cursor_w_u16(struct cursor_w *w, uint16_t v)
{
	uint8_t *p = cursor_w_room(w, 2);

	if (p)
		be16_put(p, v);
}
static inline void cursor_w_u32(struct cursor_w *w, uint32_t v)
{
	uint8_t *p = cursor_w_room(w, 4);

	if (p)
		be32_put(p, v);
}
void cursor_w_bytes(struct cursor_w *w, const void *src, size_t len);
/** Leave room for len octets to be patched later; returns their offset. */
size_t cursor_w_reserve(struct cursor_w *w, size_t len);
/** Patch at an offset that was reserved. */
void cursor_w_patch_u8(struct cursor_w *w, size_t off, uint8_t v);
void cursor_w_patch_u16(struct cursor_w *w, size_t off, uint16_t v);
