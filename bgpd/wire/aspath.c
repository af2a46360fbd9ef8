/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything here walks the octets of a path with one iterator and keeps no state; a path is short
 * and lies in one or two cache lines, which no list of structs would beat. The iterator stops at a
 * segment that does not fit, so that octets of any origin are safe to walk.
 */
#include "bgpd/wire/aspath.h"

#include <string.h>

#include "bgpd/wire/attr_table.h"

#define SEGMENT_HEAD 2
#define SEGMENT_MAX  255

void aspath_iter_init(struct aspath_iter *it, struct octets path)
{
	*it = (struct aspath_iter){ .path = path };
}

bool aspath_iter_next(struct aspath_iter *it)
{
	size_t left = (size_t)it->path.len - it->off;
	const uint8_t *p;

	if (left < SEGMENT_HEAD)
		return false;
	p = it->path.p + it->off;
	if (left < SEGMENT_HEAD + (size_t)p[1] * 4)
		return false;
	it->type = p[0];
	it->count = p[1];
	it->as = p + SEGMENT_HEAD;
	it->off += (uint16_t)(SEGMENT_HEAD + it->count * 4);
	return true;
}

uint32_t aspath_iter_as(const struct aspath_iter *it, uint8_t i)
{
	return be32_get(it->as + (size_t)i * 4);
}

uint32_t aspath_length(struct octets path)
{
	struct aspath_iter it;
	uint32_t n = 0;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (it.type == BGP_AS_SEQUENCE)
			n += it.count;
		else if (it.type == BGP_AS_SET)
			n++;
	}
	return n;
}

uint32_t aspath_first(struct octets path)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (it.type == BGP_AS_SEQUENCE && it.count)
			return aspath_iter_as(&it, 0);
		if (it.type == BGP_AS_SET)
			return 0;
	}
	return 0;
}

uint32_t aspath_origin(struct octets path)
{
	struct aspath_iter it;
	uint32_t origin = 0;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (it.type == BGP_AS_SEQUENCE && it.count)
			origin = aspath_iter_as(&it, it.count - 1);
		else if (it.type == BGP_AS_SET)
			origin = 0;
	}
	return origin;
}

static uint32_t count_in_segment(const struct aspath_iter *it, uint32_t as)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < it->count; i++)
		n += aspath_iter_as(it, (uint8_t)i) == as;
	return n;
}

uint32_t aspath_count(struct octets path, uint32_t as)
{
	struct aspath_iter it;
	uint32_t n = 0;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (!aspath_is_confed(it.type))
			n += count_in_segment(&it, as);
	}
	return n;
}

uint32_t aspath_count_confed(struct octets path, uint32_t as)
{
	struct aspath_iter it;
	uint32_t n = 0;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (aspath_is_confed(it.type))
			n += count_in_segment(&it, as);
	}
	return n;
}

uint32_t aspath_first_member(struct octets path)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	if (!aspath_iter_next(&it) || it.type != BGP_AS_CONFED_SEQUENCE || !it.count)
		return 0;
	return aspath_iter_as(&it, 0);
}

bool aspath_has_set(struct octets path)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (it.type == BGP_AS_SET || it.type == BGP_AS_CONFED_SET)
			return true;
	}
	return false;
}

/* RFC 6996 5; 65535 and 4294967295 beside them are reserved, not private (RFC 7300). */
static bool is_private(uint32_t as)
{
	return (as >= 64512 && as <= 65534) || (as >= 4200000000u && as <= 4294967294u);
}

bool aspath_is_private(struct octets path)
{
	struct aspath_iter it;
	bool some = false;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		for (unsigned int i = 0; !aspath_is_confed(it.type) && i < it.count; i++) {
			if (!is_private(aspath_iter_as(&it, (uint8_t)i)))
				return false;
			some = true;
		}
	}
	return some;
}

/* Which numbers of a path become another one, or (to 0) go. */
struct change {
	bool privates; /* all private ones but `as`; else `as` alone */
	uint32_t as;
	uint32_t to;
};

static bool is_meant(const struct change *c, uint32_t as)
{
	return c->privates ? is_private(as) && as != c->as : as == c->as;
}

static bool has_meant(struct octets path, const struct change *c)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		for (unsigned int i = 0; !aspath_is_confed(it.type) && i < it.count; i++) {
			if (is_meant(c, aspath_iter_as(&it, (uint8_t)i)))
				return true;
		}
	}
	return false;
}

/* A segment of which nothing is left goes: it would be malformed (RFC 7606 7.2). */
static void put_changed(struct cursor_w *w, const struct aspath_iter *it, const struct change *c)
{
	uint8_t *head = w->p;
	uint8_t count = 0;

	cursor_w_u8(w, it->type);
	cursor_w_u8(w, 0);
	for (unsigned int i = 0; i < it->count; i++) {
		uint32_t as = aspath_iter_as(it, (uint8_t)i);

		if (is_meant(c, as))
			as = c->to;
		if (!as)
			continue;
		cursor_w_u32(w, as);
		count++;
	}
	head[1] = count;
	if (!count)
		w->p = head;
}

static void put_segment(struct cursor_w *w, const struct aspath_iter *it)
{
	cursor_w_bytes(w, it->as - SEGMENT_HEAD, SEGMENT_HEAD + (size_t)it->count * 4);
}

/* Numbers of the confederation are its own business and stay (RFC 5065 4). */
static struct octets changed(struct arena *a, struct octets path, const struct change *c)
{
	struct aspath_iter it;
	struct cursor_w w;

	if (!has_meant(path, c))
		return path;
	w = cursor_w_make(arena_alloc(a, path.len), path.len);
	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (aspath_is_confed(it.type))
			put_segment(&w, &it);
		else
			put_changed(&w, &it, c);
	}
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

struct octets aspath_replace(struct arena *a, struct octets path, uint32_t as, uint32_t by)
{
	return changed(a, path, &(struct change){ .as = as, .to = by });
}

struct octets aspath_strip_private(struct arena *a, struct octets path, uint32_t but)
{
	return changed(a, path, &(struct change){ .privates = true, .as = but });
}

struct octets aspath_replace_private(struct arena *a, struct octets path, uint32_t but, uint32_t by)
{
	return changed(a, path, &(struct change){ .privates = true, .as = but, .to = by });
}

static bool has_confed(struct octets path)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (aspath_is_confed(it.type))
			return true;
	}
	return false;
}

struct octets aspath_strip_confed(struct arena *a, struct octets path)
{
	struct aspath_iter it;
	struct cursor_w w;

	if (!has_confed(path))
		return path;
	w = cursor_w_make(arena_alloc(a, path.len), path.len);
	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		if (!aspath_is_confed(it.type))
			put_segment(&w, &it);
	}
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

static void put_repeated(struct cursor_w *w, uint32_t as, uint32_t n)
{
	while (n--)
		cursor_w_u32(w, as);
}

/* Octets that n numbers take in front, beyond the `room` that the first segment has for them. */
static size_t prepend_size(uint32_t n, uint32_t room)
{
	uint32_t fresh = n > room ? n - room : 0;

	return (size_t)n * 4 + (size_t)(fresh + SEGMENT_MAX - 1) / SEGMENT_MAX * SEGMENT_HEAD;
}

static struct octets prepend(struct arena *a, struct octets path, enum bgp_as_segment type,
	uint32_t as, uint32_t n)
{
	const bool joins = path.len >= SEGMENT_HEAD && path.p[0] == type;
	const uint32_t room = joins ? SEGMENT_MAX - path.p[1] : 0;
	const size_t most = UINT16_MAX - path.len; /* an attribute cannot be longer */
	struct cursor_w w;
	uint32_t fresh;
	size_t size;

	if (n > most / 4)
		n = (uint32_t)(most / 4);
	while (n && prepend_size(n, room) > most)
		n--;
	if (n == 0)
		return path;
	size = path.len + prepend_size(n, room);
	w = cursor_w_make(arena_alloc(a, size), size);
	/* New segments first, the odd number of them in the very first. */
	fresh = n > room ? n - room : 0;
	while (fresh) {
		uint32_t count = fresh % SEGMENT_MAX ? fresh % SEGMENT_MAX : SEGMENT_MAX;

		cursor_w_u8(&w, (uint8_t)type);
		cursor_w_u8(&w, (uint8_t)count);
		put_repeated(&w, as, count);
		fresh -= count;
	}
	if (joins) {
		uint32_t into = n < room ? n : room;

		cursor_w_u8(&w, (uint8_t)type);
		cursor_w_u8(&w, (uint8_t)(path.p[1] + into));
		put_repeated(&w, as, into);
		cursor_w_bytes(&w, path.p + SEGMENT_HEAD, path.len - SEGMENT_HEAD);
	} else {
		cursor_w_bytes(&w, path.p, path.len);
	}
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

struct octets aspath_prepend(struct arena *a, struct octets path, uint32_t as, uint32_t n)
{
	return prepend(a, path, BGP_AS_SEQUENCE, as, n);
}

struct octets aspath_prepend_member(struct arena *a, struct octets path, uint32_t as)
{
	return prepend(a, path, BGP_AS_CONFED_SEQUENCE, as, 1);
}

/* Append, cut at the end of dst. */
static void put_text(struct cursor_w *w, const char *text)
{
	size_t len = strlen(text);
	size_t left = cursor_w_left(w);

	cursor_w_bytes(w, text, len < left ? len : left);
}

static void put_number(struct cursor_w *w, uint32_t v)
{
	char text[11];
	char *p = text + sizeof(text) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put_text(w, p);
}

size_t aspath_write(struct octets path, char *dst, size_t size)
{
	/* open, between, close: by segment type */
	static const char *const marks[][3] = {
		[BGP_AS_SET] = { "{", ",", "}" },
		[BGP_AS_SEQUENCE] = { "", " ", "" },
		[BGP_AS_CONFED_SEQUENCE] = { "(", " ", ")" },
		[BGP_AS_CONFED_SET] = { "[", ",", "]" },
	};
	struct cursor_w w = cursor_w_make(dst, size - 1);
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (cursor_w_left(&w) && aspath_iter_next(&it)) {
		const char *const *mark;

		if (it.type < BGP_AS_SET || it.type > BGP_AS_CONFED_SET)
			break;
		mark = marks[it.type];
		if (cursor_w_len(&w))
			put_text(&w, " ");
		put_text(&w, mark[0]);
		for (unsigned int i = 0; i < it.count; i++) {
			put_text(&w, i ? mark[1] : "");
			put_number(&w, aspath_iter_as(&it, (uint8_t)i));
		}
		put_text(&w, mark[2]);
	}
	dst[cursor_w_len(&w)] = '\0';
	return cursor_w_len(&w);
}

char *aspath_format(struct octets path, char *dst, size_t size)
{
	(void)aspath_write(path, dst, size);
	return dst;
}
