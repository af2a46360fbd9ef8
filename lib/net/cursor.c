/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every access goes through one length check, cursor_take() or cursor_w_room(), which sets the
 * fault. The fault also moves nothing: a caller that reports an offset after a fault reports the
 * start of the item that did not fit, which is what RFC 7606 wants in its error data.
 */
#include "lib/net/cursor.h"

#include <assert.h>
#include <string.h>

uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 8);

	return p ? (uint64_t)be32_get(p) << 32 | be32_get(p + 4) : 0;
}

void cursor_bytes(struct cursor *c, void *dst, size_t len)
{
	const uint8_t *p = cursor_take(c, len);

	if (!len)
		return;
	if (p)
		memcpy(dst, p, len);
	else
		memset(dst, 0, len);
}

struct cursor cursor_sub(struct cursor *c, size_t len)
{
	const uint8_t *p = cursor_take(c, len);

	if (c->fault)
		return (struct cursor){ .p = c->p, .end = c->p, .fault = true };
	return cursor_make(p, len);
}

void cursor_w_bytes(struct cursor_w *w, const void *src, size_t len)
{
	uint8_t *p = cursor_w_room(w, len);

	if (p && len)
		memcpy(p, src, len);
}

size_t cursor_w_reserve(struct cursor_w *w, size_t len)
{
	const size_t off = cursor_w_len(w);
	uint8_t *p = cursor_w_room(w, len);

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
	be16_put(w->start + off, v);
}
