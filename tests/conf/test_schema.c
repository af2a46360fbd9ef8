/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar as the shell asks for it: words to edits, places, and what may follow.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"
#include "conf/words.h"
#include "tests/conf/fixture.h"

struct shell {
	struct schema *s;
	struct schema_pos *pos;
	struct errbuf err;
	char next[4096];
};

static void open_shell(struct shell *sh)
{
	memset(sh, 0, sizeof(*sh));
	errbuf_init(&sh->err);
	sh->s = schema_new(yang_dir(), &sh->err);
	CU_ASSERT_FATAL(sh->s != NULL);
	sh->pos = schema_pos_new(sh->s);
}

static void close_shell(struct shell *sh)
{
	schema_pos_free(sh->pos);
	schema_free(sh->s);
	errbuf_fini(&sh->err);
}

/* "set PATH VALUE", "delete PATH", with "enter" when the line opens a block, or the error. */
static char *resolve(struct shell *sh, const char *line, uint32_t flags, bool enter)
{
	static char out[1024];
	struct schema_edit e;
	struct words w;

	errbuf_fini(&sh->err);
	errbuf_init(&sh->err);
	CU_ASSERT_EQUAL(words_split(line, 0, &w, &sh->err), 0);
	if (schema_resolve(&(struct schema_query){ sh->pos, w.v, w.n, flags }, &e, &sh->err) < 0) {
		snprintf(out, sizeof(out), "%s", errbuf_first(&sh->err));
	} else {
		snprintf(out, sizeof(out), "%s %s%s%s%s", e.op == SCHEMA_OP_SET ? "set" : "delete",
			e.path, e.value != NULL ? " " : "", e.value != NULL ? e.value : "",
			e.enters ? " enter" : "");
		if (enter)
			schema_pos_enter(sh->pos, &e);
		schema_edit_fini(&e);
	}
	words_fini(&w);
	return out;
}

struct resolution {
	const char *line;
	uint32_t flags;
	const char *expect;
};

static const struct resolution resolutions[] = {
	{ "system hostname edge", 0, "set /vbrd:system/hostname edge" },
	{ "sys host edge", SCHEMA_ABBREVIATE, "set /vbrd:system/hostname edge" },
	{ "sys host edge", 0,
		"unknown word \"sys\" at the top: expected one of system, metering, policy, "
		"physical-connection, tenant" },
	{ "p x", SCHEMA_ABBREVIATE,
		"\"p\" is ambiguous: it may be policy or physical-connection; type more of the "
		"word" },
	{ "tenant a", 0, "set /vbrd:tenant[name='a'] enter" },
	{ "tenant a vbr b", 0, "set /vbrd:tenant[name='a']/vbr[name='b'] enter" },
	{ "tenant a vbr b vlan-id 7", 0, "set /vbrd:tenant[name='a']/vbr[name='b']/vlan-id 7" },
	{ "tenant a accept-peering g p", 0,
		"set /vbrd:tenant[name='a']/accept-peering[tenant='g'][name='p'] enter" },
	{ "tenant a accept-peering g", 0, "accept-peering: the name is missing; give a text" },
	{ "policy route-map ALLOW", 0, "set /vbrd:policy/route-map[name='ALLOW'] enter" },
	{ "tenant a vbr b bgp", 0, "set /vbrd:tenant[name='a']/vbr[name='b']/bgp enter" },
	{ "tenant a vbr b bgp peer 2001:DB8::0:1", 0,
		"set /vbrd:tenant[name='a']/vbr[name='b']/bgp/peer[address='2001:db8::1'] enter" },
	{ "tenant a vbr b static-route 10.1.2.3/8 blackhole", 0,
		"set "
		"/vbrd:tenant[name='a']/vbr[name='b']"
		"/static-route[prefix='10.0.0.0/8']/blackhole" },
	{ "tenant a vbr b en f", SCHEMA_ABBREVIATE,
		"set /vbrd:tenant[name='a']/vbr[name='b']/enabled false" },
	{ "no tenant a", 0, "delete /vbrd:tenant[name='a']" },
	{ "no tenant a vbr b ipv4", 0, "delete /vbrd:tenant[name='a']/vbr[name='b']/ipv4" },
	{ "no tenant a vpc v cidr 10.0.0.0/8", 0,
		"delete /vbrd:tenant[name='a']/vpc[name='v']/cidr 10.0.0.0/8" },
	{ "no tenant a vpc v cidr", 0, "delete /vbrd:tenant[name='a']/vpc[name='v']/cidr" },
	{ "no tenant", 0, "tenant: the name is missing; give a text" },
	{ "no", 0, "the line is empty" },
	{ "system", 0,
		"system: more is missing; go on with one of hostname, router-id, region, "
		"default-local-as, graceful-shutdown, data-plane, log" },
	{ "tenant", SCHEMA_PATH_ONLY, "set /vbrd:tenant" },
	{ "system", SCHEMA_PATH_ONLY, "set /vbrd:system" },
	{ "tenant a vbr b mtu", SCHEMA_PATH_ONLY, "set /vbrd:tenant[name='a']/vbr[name='b']/mtu" },
};

static void lines_resolve_to_edits(void)
{
	struct shell sh;

	open_shell(&sh);
	for (size_t i = 0; i < ARRAY_SIZE(resolutions); i++) {
		const struct resolution *r = &resolutions[i];

		CU_ASSERT_STRING_EQUAL(resolve(&sh, r->line, r->flags, false), r->expect);
	}
	close_shell(&sh);
}

static void places_are_entered_and_left(void)
{
	struct shell sh;
	struct schema_pos *dup;

	open_shell(&sh);
	CU_ASSERT_STRING_EQUAL(schema_pos_path(sh.pos), "");
	(void)resolve(&sh, "tenant acme vbr hz-a", 0, true);
	CU_ASSERT_EQUAL(schema_pos_depth(sh.pos), 2);
	CU_ASSERT_STRING_EQUAL(schema_pos_label(sh.pos, 0), "tenant acme");
	CU_ASSERT_STRING_EQUAL(schema_pos_label(sh.pos, 1), "vbr hz-a");
	(void)resolve(&sh, "bgp", 0, true);
	CU_ASSERT_STRING_EQUAL(schema_pos_path(sh.pos),
		"/vbrd:tenant[name='acme']/vbr[name='hz-a']/bgp");
	CU_ASSERT_STRING_EQUAL(resolve(&sh, "local-as 65001", 0, false),
		"set /vbrd:tenant[name='acme']/vbr[name='hz-a']/bgp/local-as 65001");
	dup = schema_pos_dup(sh.pos);
	CU_ASSERT(schema_pos_leave(sh.pos));
	CU_ASSERT_EQUAL(schema_pos_depth(sh.pos), 2);
	schema_pos_leave_to(sh.pos, 0);
	CU_ASSERT(!schema_pos_leave(sh.pos));
	CU_ASSERT_EQUAL(schema_pos_depth(dup), 3);
	schema_pos_free(dup);
	close_shell(&sh);
}

static void add_next(void *ctx, const struct schema_next *n)
{
	struct shell *sh = ctx;
	const size_t len = strlen(sh->next);

	snprintf(sh->next + len, sizeof(sh->next) - len, "%s%s%s%s%s%s%s",
		n->kind == SCHEMA_NEXT_END ? "<cr>" : n->word, n->units != NULL ? "/" : "",
		n->units != NULL ? n->units : "", n->values[0] != NULL ? "=" : "",
		n->values[0] != NULL ? n->values[0] : "", n->values[1] != NULL ? "+" : "", " ");
	CU_ASSERT(n->kind == SCHEMA_NEXT_END || n->help != NULL || strcmp(n->word, "false") == 0);
}

static const char *next(struct shell *sh, const char *line)
{
	struct words w;

	sh->next[0] = '\0';
	errbuf_fini(&sh->err);
	errbuf_init(&sh->err);
	CU_ASSERT_EQUAL(words_split(line, 0, &w, &sh->err), 0);
	if (schema_next(&(struct schema_query){ sh->pos, w.v, w.n, SCHEMA_ABBREVIATE }, add_next,
		    sh, &sh->err) < 0)
		snprintf(sh->next, sizeof(sh->next), "%s", errbuf_first(&sh->err));
	words_fini(&w);
	return sh->next;
}

static void what_may_follow_is_listed(void)
{
	struct shell sh;

	open_shell(&sh);
	CU_ASSERT_STRING_EQUAL(next(&sh, ""), "system metering policy physical-connection tenant ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant"), "WORD=/vbrd:tenant/name ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b vlan-id"), "<0-2999> ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b mtu"), "<1280-9216>/bytes ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b enabled"), "true false ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b physical-connection"),
		"WORD=/vbrd:physical-connection/name ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a peering p initiator vbr"),
		"WORD=/vbrd:tenant[name='a']/vbr/name ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b bgp peer 10.0.0.2 import-policy"),
		"WORD=/vbrd:policy/route-map/name+ ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b vlan-id 5"), "<cr> ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a vbr b vlan-id 5000"),
		"vlan-id: \"5000\" is not in 0..2999: a VLAN id is 0..2999; 0 = untagged");
	CU_ASSERT_STRING_EQUAL(next(&sh, "tenant a peering p acceptor"), "tenant vpc vbr ");
	CU_ASSERT_STRING_EQUAL(next(&sh, "no tenant a peering p acceptor"), "tenant vpc vbr <cr> ");
	close_shell(&sh);
}

static void missing_model_is_told(void)
{
	struct errbuf err;

	errbuf_init(&err);
	CU_ASSERT(schema_new("/nowhere", &err) == NULL);
	CU_ASSERT(!errbuf_is_empty(&err));
	errbuf_fini(&err);
}

static const struct cu_case cases[] = {
	CU_CASE(lines_resolve_to_edits),
	CU_CASE(places_are_entered_and_left),
	CU_CASE(what_may_follow_is_listed),
	CU_CASE(missing_model_is_told),
};

CU_SUITE(schema, cases);
