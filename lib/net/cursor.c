/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every access goes through one length check, take() or room(), which sets the fault. The fault
 * also moves nothing: a caller that reports an offset after a fault reports the start of the
 * item that did not fit, which is what RFC 7606 wants in its error data.
 */
#include "lib/net/cursor.h"

#include <assert.h>
#include <string.h>

static const uint8_t *take(struct cursor *c, size_t len)
{
	const uint8_t *p = c->p;

	if (c->fault || (size_t)(c->end - c->p) < len) {
		c->fault = true;
		return NULL;
	}
	if (len)
		c->p += len;
	return p;
}

static uint64_t take_number(struct cursor *c, size_t len)
{
	const uint8_t *p = take(c, len);
	uint64_t v = 0;

	for (size_t i = 0; p && i < len; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t cursor_u8(struct cursor *c)
{
	return (uint8_t)take_number(c, 1);
}

uint16_t cursor_u16(struct cursor *c)
{
	return (uint16_t)take_number(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
	return (uint32_t)take_number(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
	return take_number(c, 8);
}

void cursor_bytes(struct cursor *c, void *dst, size_t len)
{
	const uint8_t *p = take(c, len);

	if (!len)
		return;
	if (p)
		memcpy(dst, p, len);
	else
		memset(dst, 0, len);
}

const uint8_t *cursor_take(struct cursor *c, size_t len)
{
	return take(c, len);
}

struct cursor cursor_sub(struct cursor *c, size_t len)
{
	const uint8_t *p = take(c, len);

	if (c->fault)
		return (struct cursor){ .p = c->p, .end = c->p, .fault = true };
	return cursor_make(p, len);
}

static uint8_t *room(struct cursor_w *w, size_t len)
{
	uint8_t *p = w->p;

	if (w->fault || (size_t)(w->end - w->p) < len) {
		w->fault = true;
		return NULL;
	}
	if (len)
		w->p += len;
	return p;
}

static void put_number(uint8_t *p, uint32_t v, size_t len)
{
	for (size_t i = len; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

void cursor_w_u8(struct cursor_w *w, uint8_t v)
{
	uint8_t *p = room(w, 1);

	if (p)
		*p = v;
}

void cursor_w_u16(struct cursor_w *w, uint16_t v)
{
	uint8_t *p = room(w, 2);

	if (p)
		put_number(p, v, 2);
}

void cursor_w_u32(struct cursor_w *w, uint32_t v)
{
	uint8_t *p = room(w, 4);

	if (p)
		put_number(p, v, 4);
}

void cursor_w_bytes(struct cursor_w *w, const void *src, size_t len)
{
	uint8_t *p = room(w, len);

	if (p && len)
		memcpy(p, src, len);
}

size_t cursor_w_reserve(struct cursor_w *w, size_t len)
{
	const size_t off = cursor_w_len(w);
	uint8_t *p = room(w, len);

	if (p && len)
		memset(p, 0, len);
	return off;
}

void cursor_w_patch_u8(struct cursor_w *w, size_t off, uint8_t v)
{
	if (w->fault)
		return;
	assert(off + 1 <= cursor_w_len(w));
	w->start[off] = v;
}

void cursor_w_patch_u16(struct cursor_w *w, size_t off, uint16_t v)
{
	if (w->fault)
		return;
	assert(off + 2 <= cursor_w_len(w));
	put_number(w->start + off, v, 2);
}
