/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replay of the collection of BGP messages that lies beside the source tree: every message must be
 * survived, and where the verdict is authoritative and about what the decoders decide, ours must be
 * it or one of its alternatives. vectors.py explains the lines that are read here.
 *
 * Each message is copied into an allocation of exactly its size, so that the address sanitizer sees
 * any step beyond its end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/update.h"
#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_vectors;

#define REASONS_MAX 16

struct vector {
	char id[64];
	char skip[32];
	char trust[8];
	int flags[6]; /* as4, ibgp, extended, addpath, ext-nexthop, enhanced refresh */
	int families;
	char *verdicts; /* into the line */
	uint8_t *msg;   /* owned */
	size_t len;
};

struct outcome {
	const char *what;
	uint8_t code;
	uint8_t subcode;
};

struct tally {
	unsigned int seen;
	unsigned int agreed;
	unsigned int derived; /* verdict of a rule engine: counted, not judged */
	unsigned int derived_differed;
	struct {
		char word[32];
		unsigned int n;
	} skipped[REASONS_MAX];
};

static uint8_t nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c);

	return at ? (uint8_t)(at - digits) : 0;
}

/* Ends at the first character that is no digit: the line feed, or the "-" of an empty message. */
static size_t read_hex(const char *hex, uint8_t *dst)
{
	size_t len = strspn(hex, "0123456789abcdef") / 2;

	for (size_t i = 0; i < len; i++)
		dst[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return len;
}

static bool parse_line(char *line, struct vector *v)
{
	int off = 0;
	char *hex;

	if (sscanf(line, "%63s %31s %7s %d %d %d %d %d %d %d %n", v->id, v->skip, v->trust,
		    &v->flags[0], &v->flags[1], &v->flags[2], &v->flags[3], &v->flags[4],
		    &v->flags[5], &v->families, &off) != 10)
		return false;
	v->verdicts = line + off;
	hex = strchr(v->verdicts, ' ');
	if (!hex)
		return false;
	*hex++ = '\0';
	v->msg = xmalloc(strlen(hex) / 2 + 1);
	v->len = read_hex(hex, v->msg);
	v->msg = xrealloc(v->msg, v->len ? v->len : 1);
	return true;
}

static struct wire_session session_of(const struct vector *v)
{
	uint8_t families = (uint8_t)v->families;

	return (struct wire_session){
		.as4 = v->flags[0],
		.ibgp = v->flags[1],
		.ext_message = v->flags[2],
		.refresh = true,
		.enhanced_refresh = v->flags[5],
		.families = families,
		.ext_nexthop = v->flags[4] ? BGP_FAMILY_BIT(BGP_FAMILY_IP4) : 0,
		.addpath_rx = v->flags[3] ? families : 0,
		.local_as = 65000,
		.peer_as = v->flags[1] ? 65000 : 65001,
	};
}

static struct outcome refused(const struct wire_err *err)
{
	return (struct outcome){ "notification", err->code, err->subcode };
}

static void walk(const struct wire_nlri *n)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;

	wire_nlri_begin(&it, n);
	while (wire_nlri_next(&it, &pfx, &id)) {
		struct ip_addr a = prefix_addr(&pfx);
		struct prefix cut = prefix_make(&a, pfx.len);

		CU_ASSERT(prefix_is_equal(&cut, &pfx));
	}
	CU_ASSERT(it.p == it.end);
}

static struct outcome decode_update(const struct vector *v, const struct wire_session *s,
	struct arena *a)
{
	static const char *const words[] = { "ok", "attribute-discard", "treat-as-withdraw" };
	struct wire_update u;
	struct wire_err err;

	if (wire_update_split(v->msg, v->len, s, &u, &err) || wire_update_decode(&u, s, a, &err)) {
		CU_ASSERT(err.action == WIRE_ACTION_RESET);
		return refused(&err);
	}
	for (int i = 0; i < 2; i++) {
		walk(&u.withdrawn[i]);
		walk(&u.reach[i]);
	}
	CU_ASSERT_FATAL(err.action < WIRE_ACTION_RESET);
	return (struct outcome){ words[err.action], 0, 0 };
}

static struct outcome decode_open(const struct vector *v)
{
	struct wire_open o;
	struct wire_err err;

	if (wire_open_head(v->msg, v->len, &o, &err) || wire_open_caps(v->msg, v->len, &o, &err))
		return refused(&err);
	return (struct outcome){ "ok", 0, 0 };
}

static struct outcome decode(const struct vector *v, struct arena *a)
{
	const struct wire_session s = session_of(v);
	struct wire_notification n;
	struct wire_refresh r;
	struct wire_err err;
	int len = wire_frame(v->msg, v->len, s.ext_message ? BGP_MAX_LEN_EXT : BGP_MAX_LEN, &err);

	if (len < 0)
		return refused(&err);
	if (len == 0 || (size_t)len != v->len)
		return (struct outcome){ "incomplete", 0, 0 };
	switch (v->msg[18]) {
	case BGP_MSG_OPEN:
		return decode_open(v);
	case BGP_MSG_UPDATE:
		return decode_update(v, &s, a);
	case BGP_MSG_NOTIFICATION:
		CU_ASSERT(wire_notification_decode(v->msg, v->len, &n) == 0);
		return (struct outcome){ "close", 0, 0 };
	case BGP_MSG_REFRESH:
		if (wire_refresh_decode(v->msg, v->len, &s, &r, &err))
			return refused(&err);
		return (struct outcome){ r.family < 0 ? "ignore" : "ok", 0, 0 };
	default:
		return (struct outcome){ "ok", 0, 0 };
	}
}

static bool number_fits(const char *want, uint8_t got)
{
	return want[0] == '*' || strtoul(want, NULL, 10) == got;
}

static bool one_agrees(const char *want, const struct outcome *got)
{
	char word[32], code[8], subcode[8];

	if (sscanf(want, "%31[^:]:%7[^:]:%7[^,]", word, code, subcode) != 3)
		return false;
	if (strcmp(word, "any") == 0)
		return true;
	if (strcmp(word, "ignore") == 0 && strcmp(got->what, "ok") == 0)
		return true;
	if (strcmp(word, "ok") == 0 && strcmp(got->what, "ignore") == 0)
		return true;
	return strcmp(word, got->what) == 0 &&
		(strcmp(word, "notification") != 0 ||
			(number_fits(code, got->code) && number_fits(subcode, got->subcode)));
}

static bool agrees(const struct vector *v, const struct outcome *got)
{
	for (const char *want = v->verdicts; want; want = strchr(want, ',')) {
		want += *want == ',';
		if (one_agrees(want, got))
			return true;
	}
	return false;
}

static void count_skipped(struct tally *t, const char *word)
{
	for (size_t i = 0; i < REASONS_MAX; i++) {
		if (t->skipped[i].n && strcmp(t->skipped[i].word, word) != 0)
			continue;
		snprintf(t->skipped[i].word, sizeof(t->skipped[i].word), "%s", word);
		t->skipped[i].n++;
		return;
	}
}

static void judge(const struct vector *v, const struct outcome *got, struct tally *t)
{
	bool fine = agrees(v, got);

	t->seen++;
	if (strcmp(v->skip, "-") != 0) {
		count_skipped(t, v->skip);
		return;
	}
	if (strcmp(v->trust, "must") != 0) {
		t->derived++;
		t->derived_differed += !fine;
	} else {
		t->agreed += fine;
		CU_ASSERT(fine);
	}
	if (!fine)
		printf("# %s (%s): got %s %u/%u, expected %s\n", v->id, v->trust, got->what,
			got->code, got->subcode, v->verdicts);
}

static void report(const struct tally *t)
{
	printf("# vectors: %u survived, %u authoritative agree, %u derived of which %u differ\n",
		t->seen, t->agreed, t->derived, t->derived_differed);
	for (size_t i = 0; i < REASONS_MAX && t->skipped[i].n; i++)
		printf("# vectors: %u not for the decoders: %s\n", t->skipped[i].n,
			t->skipped[i].word);
}

static FILE *open_vectors(void)
{
	const char *src = getenv("VBRD_SRCDIR");
	char path[4096], command[2 * 4096 + 64];

	if (!src)
		return NULL;
	snprintf(path, sizeof(path), "%s/../shared/vectors", src);
	if (access(path, R_OK) != 0)
		return NULL;
	snprintf(command, sizeof(command), "exec python3 '%s/tests/bgpd/wire/vectors.py' '%s'", src,
		path);
	return popen(command, "r");
}

/* RFC 7606, 4271 6. */
static void every_vector_is_survived_and_authoritative_verdicts_agree(void)
{
	struct arena *a = arena_new(4096);
	struct tally t = { 0 };
	FILE *f = open_vectors();
	char *line = NULL;
	size_t cap = 0;

	if (!f) {
		cu_skip("no vectors beside the source tree");
		arena_free(a);
		return;
	}
	while (getline(&line, &cap, f) > 0) {
		struct vector v = { 0 };
		struct outcome got;

		CU_ASSERT_FATAL(parse_line(line, &v));
		got = decode(&v, a);
		judge(&v, &got, &t);
		arena_reset(a);
		free(v.msg);
	}
	CU_ASSERT(pclose(f) == 0);
	CU_ASSERT(t.seen > 1000);
	report(&t);
	free(line);
	arena_free(a);
}

static const struct cu_case cases[] = {
	CU_CASE(every_vector_is_survived_and_authoritative_verdicts_agree),
};

CU_SUITE(vectors, cases);
