/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of a policy through the schema, the reader and the compiler, then evaluated on a route. The
 * input is the text, a zero octet, and octets that make the route: source, numbers, a path and
 * communities. Checked: who is refused is told why; the same text compiled again is an equal map;
 * a route evaluated again has the same verdict and the same attributes.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "vbr/policy/read_policy.h"
#include "vbr/read.h"

#define TEXT_MAX 16384

struct owner {
	struct conf *conf;
	struct model_obj *policy; /* counted; NULL = the text has none, or was refused */
	struct errbuf err;
};

static int validate(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct owner *o = ctx;

	for (uint32_t i = 0; i < n; i++) {
		struct model_obj *obj;

		if (ch[i].kind != MODEL_POLICY || ch[i].op == CONF_OP_DELETE)
			continue;
		obj = read_object(&ch[i], NULL, err);
		if (!obj)
			return -EINVAL;
		model_obj_unref(o->policy);
		o->policy = obj;
	}
	return 0;
}

static int prepare(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	(void)ctx;
	(void)ch;
	(void)n;
	(void)err;
	return 0;
}

static void nothing(void *ctx, struct conf_change *ch, uint32_t n)
{
	(void)ctx;
	(void)ch;
	(void)n;
}

static char *seal(void *ctx, const char *plain)
{
	(void)ctx;
	return xstrdup(plain);
}

static const struct conf_ops ops = {
	.validate = validate,
	.prepare = prepare,
	.apply = nothing,
	.abort = nothing,
	.seal = seal,
};

/* The schema is read once: it takes longer than an input. */
static struct owner *owner_get(void)
{
	static struct owner *o;
	struct conf_params p = { .ops = &ops };
	const char *dir = getenv("VBRD_YANGDIR");

	if (o)
		return o;
	o = xcalloc(1, sizeof(*o));
	errbuf_init(&o->err);
	p.ctx = o;
	p.yang_dir = dir ? dir : "yang";
	p.objects = read_objects(&p.n_objects);
	o->conf = conf_new(&p, &o->err);
	fuzz_check(o->conf != NULL);
	return o;
}

static bool load(struct owner *o, const char *text)
{
	struct conf_session *s = conf_session_new(o->conf, "fuzz");
	int ret;

	model_obj_unref(o->policy);
	o->policy = NULL;
	errbuf_fini(&o->err);
	errbuf_init(&o->err);
	ret = conf_load(s, "", CONF_FORMAT_TEXT, CONF_LOAD_REPLACE, &o->err);
	if (ret == 0)
		ret = conf_commit(s, &(struct conf_commit){ 0 }, &o->err);
	fuzz_check(ret == 0);
	ret = conf_load(s, text, CONF_FORMAT_TEXT, CONF_LOAD_REPLACE, &o->err);
	if (ret == 0)
		ret = conf_commit(s, &(struct conf_commit){ 0 }, &o->err);
	conf_session_free(s);
	fuzz_check(ret == 0 || !errbuf_is_empty(&o->err));
	return ret == 0 && o->policy;
}

struct route {
	struct wire_attrs at;
	struct policy_query q;
};

static uint8_t take(const uint8_t **p, const uint8_t *end)
{
	return *p < end ? *(*p)++ : 0;
}

static struct octets take_octets(const uint8_t **p, const uint8_t *end, unsigned unit)
{
	struct octets o = { *p, (uint16_t)(take(p, end) % 8 * unit) };

	o.p = *p;
	if (o.len > end - *p)
		o.len = (uint16_t)((size_t)(end - *p) / unit * unit);
	*p += o.len;
	return o;
}

static void make_route(struct route *r, const uint8_t *p, const uint8_t *end)
{
	struct ip_addr a = { .family = AF_INET };

	memset(r, 0, sizeof(*r));
	r->q.source = (enum rib_source_kind)(take(&p, end) % RIB_SOURCE_COUNT);
	r->q.local_as = 65000;
	r->q.path_id = 7;
	for (unsigned i = 0; i < 4; i++)
		a.b[i] = take(&p, end);
	r->q.pfx = prefix_make(&a, take(&p, end) % 33);
	r->at.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | take(&p, end);
	r->at.origin = take(&p, end) % 3;
	r->at.med = take(&p, end);
	r->at.local_pref = take(&p, end);
	r->at.next_hop = a;
	r->at.communities = take_octets(&p, end, 4);
	r->at.ext_communities = take_octets(&p, end, 8);
	r->at.large_communities = take_octets(&p, end, 12);
	r->at.as_path = (struct octets){ p, (uint16_t)(end - p) };
}

static bool is_same(struct octets a, struct octets b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void check_map(const struct policy_map *m, const struct route *r, struct policy_scratch *s)
{
	struct arena *a = arena_new(4096);
	struct wire_attrs at[2] = { r->at, r->at };
	struct policy_query q = r->q;
	struct policy_verdict v[2];

	q.arena = a;
	q.scratch = s;
	for (unsigned i = 0; i < 2; i++)
		v[i] = policy_eval(m, &q, &at[i]);
	fuzz_check(v[0].permit == v[1].permit && v[0].term == v[1].term &&
		v[0].changed == v[1].changed);
	fuzz_check(at[0].has == at[1].has && at[0].med == at[1].med &&
		at[0].local_pref == at[1].local_pref && at[0].weight == at[1].weight);
	fuzz_check(is_same(at[0].as_path, at[1].as_path) &&
		is_same(at[0].communities, at[1].communities) &&
		is_same(at[0].ext_communities, at[1].ext_communities) &&
		is_same(at[0].large_communities, at[1].large_communities));
	fuzz_check(v[0].modified || v[0].next_hop == POLICY_NEXT_HOP_SELF ||
		is_same(at[0].communities, r->at.communities));
	arena_free(a);
}

static void check_policy(const struct model_policy *p, const struct route *r)
{
	struct policy_scratch *s = policy_scratch_new();
	struct policy_set *set[2];
	struct errbuf err;

	errbuf_init(&err);
	set[0] = policy_compile(p->rules, NULL, &err);
	set[1] = policy_compile(p->rules, set[0], &err);
	fuzz_check((set[0] && set[1]) || !errbuf_is_empty(&err));
	for (uint32_t i = 0; set[0] && set[1] && i < p->has[MODEL_POLICY_MAP].n; i++) {
		const char *name = p->has[MODEL_POLICY_MAP].v[i];
		const struct policy_map *m = policy_find(set[0], name);

		fuzz_check(m != NULL && policy_find(set[1], name) != NULL);
		check_map(m, r, s);
	}
	policy_set_unref(set[0]);
	policy_set_unref(set[1]);
	set[0] = policy_compile(p->rules, NULL, &err);
	set[1] = policy_compile(p->rules, NULL, &err);
	for (uint32_t i = 0; set[0] && i < p->has[MODEL_POLICY_MAP].n; i++)
		fuzz_check(policy_map_is_equal(policy_find(set[0], p->has[MODEL_POLICY_MAP].v[i]),
			policy_find(set[1], p->has[MODEL_POLICY_MAP].v[i])));
	policy_set_unref(set[0]);
	policy_set_unref(set[1]);
	errbuf_fini(&err);
	policy_scratch_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	const size_t len = end ? (size_t)(end - data) : size;
	struct owner *o = owner_get();
	struct route r;
	char *text;

	if (len > TEXT_MAX || size - len > TEXT_MAX)
		return 0;
	text = xcalloc(len + 1, 1);
	memcpy(text, data, len);
	make_route(&r, data + len + (end != NULL), data + size);
	if (load(o, text))
		check_policy((const struct model_policy *)o->policy, &r);
	model_obj_unref(o->policy);
	o->policy = NULL;
	free(text);
	return 0;
}
