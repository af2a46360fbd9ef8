/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec: UPDATEs of TABLE_EACH prefixes each are split and decoded, read again when their
 * attributes are known, written, and their attributes are looked up. One operation is one message.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/micro/micro.h"
#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

#define PEER_AS 65001
#define SIZE    256 /* of a message of ours, at most */

struct message {
	uint16_t len;
	uint8_t b[SIZE];
};

struct codec {
	struct wire_session s;
	struct arena *arena;
	struct attrs_table *at;
	struct message *messages; /* owned */
	struct attrs **sets;      /* owned, counted; what was found */
	struct message out;
	uint64_t n_prefixes;
	uint64_t n_octets;
	uint32_t n;
	uint32_t n_right;
};

/* Returns its length. */
static size_t encode(const struct codec *c, uint32_t i, struct message *m)
{
	struct table_lists room;
	const struct wire_attrs at = table_attrs(&room, i);
	const struct wire_announce an = { BGP_FAMILY_IP4, &at, m->b, sizeof(m->b) };
	struct wire_builder b;
	size_t len;

	if (wire_builder_announce(&b, &c->s, &an) < 0)
		return 0;
	for (uint32_t k = 0; k < TABLE_EACH; k++) {
		const struct prefix pfx = table_prefix(i * TABLE_EACH + k);

		if (wire_builder_add(&b, &pfx, 0) < 0)
			return 0;
	}
	len = wire_builder_end(&b);
	m->len = (uint16_t)len;
	return len;
}

static void *setup(uint32_t n)
{
	struct codec *c = xcalloc(1, sizeof(*c));

	c->s = table_session(PEER_AS);
	c->arena = arena_new(4096);
	c->at = attrs_table_new();
	c->n = n;
	c->messages = xcalloc(n, sizeof(*c->messages));
	c->sets = xcalloc(n, sizeof(struct attrs *));
	for (uint32_t i = 0; i < n; i++)
		c->n_octets += encode(c, i, &c->messages[i]);
	return c;
}

static void teardown(void *ctx)
{
	struct codec *c = ctx;

	for (uint32_t i = 0; i < c->n; i++)
		attrs_unref(c->at, c->sets[i]);
	attrs_table_free(c->at);
	arena_free(c->arena);
	free(c->messages);
	free(c->sets);
	free(c);
}

static void count_prefixes(struct codec *c, const struct wire_update *u)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;

	wire_nlri_begin(&it, &u->reach[0]);
	while (wire_nlri_next(&it, &pfx, &id))
		c->n_prefixes += pfx.len == 24;
}

static void decode(void *ctx, uint32_t n)
{
	struct codec *c = ctx;
	struct wire_update u;
	struct wire_err err;

	for (uint32_t i = 0; i < n; i++) {
		const struct message *m = &c->messages[i];

		arena_reset(c->arena);
		if (wire_update_split(m->b, m->len, &c->s, &u, &err) < 0 ||
			wire_update_decode(&u, &c->s, c->arena, &err) < 0)
			continue;
		c->n_right += err.action == WIRE_ACTION_NONE && u.attrs.as_path.len > 0;
		count_prefixes(c, &u);
	}
}

static bool is_decoded(void *ctx, uint32_t n)
{
	const struct codec *c = ctx;

	return c->n_right == n && c->n_prefixes == (uint64_t)n * TABLE_EACH;
}

/* What is left when the attributes were seen before. */
static void check_nlri(void *ctx, uint32_t n)
{
	struct codec *c = ctx;
	struct wire_update u;
	struct wire_err err;

	for (uint32_t i = 0; i < n; i++) {
		const struct message *m = &c->messages[i];

		if (wire_update_split(m->b, m->len, &c->s, &u, &err) < 0)
			continue;
		c->n_right += wire_update_check_nlri(&u, &err) == 0;
		count_prefixes(c, &u);
	}
}

static void write_all(void *ctx, uint32_t n)
{
	struct codec *c = ctx;

	for (uint32_t i = 0; i < n; i++)
		c->n_octets -= encode(c, i, &c->out);
}

/* The last one is as it was when all were made, and together they had as many octets. */
static bool is_written(void *ctx, uint32_t n)
{
	const struct codec *c = ctx;
	const struct message *last = &c->messages[n - 1];

	return c->n_octets == 0 && c->out.len == last->len && !memcmp(c->out.b, last->b, last->len);
}

static void intern(void *ctx, uint32_t n)
{
	struct codec *c = ctx;
	struct table_lists room;

	for (uint32_t i = 0; i < n; i++) {
		const struct wire_attrs a = table_attrs(&room, i);

		c->sets[i] = attrs_get(c->at, &a);
	}
}

static bool is_interned(void *ctx, uint32_t n)
{
	const struct codec *c = ctx;

	return attrs_count(c->at) == n && c->sets[0] != c->sets[n - 1];
}

static void *setup_interned(uint32_t n)
{
	struct codec *c = setup(n);

	intern(c, n);
	return c;
}

static void intern_again(void *ctx, uint32_t n)
{
	struct codec *c = ctx;
	struct table_lists room;

	for (uint32_t i = 0; i < n; i++) {
		const struct wire_attrs a = table_attrs(&room, i);
		struct attrs *set = attrs_get(c->at, &a);

		c->n_right += set == c->sets[i];
		attrs_unref(c->at, set);
	}
}

static bool is_found(void *ctx, uint32_t n)
{
	return ((const struct codec *)ctx)->n_right == n;
}

static const struct micro rows[] = {
	{ "codec.decode", 100000, setup, decode, is_decoded, teardown },
	{ "codec.decode-known", 100000, setup, check_nlri, is_decoded, teardown },
	{ "codec.encode", 100000, setup, write_all, is_written, teardown },
	{ "attrs.new", 100000, setup, intern, is_interned, teardown },
	{ "attrs.known", 100000, setup_interned, intern_again, is_found, teardown },
};

struct micro_set micro_codec(void)
{
	return (struct micro_set){ rows, ARRAY_SIZE(rows) };
}
