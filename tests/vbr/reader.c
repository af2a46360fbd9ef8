/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's side is the daemon's validate without its checks: each change is read and put into a
 * model.
 */
#include "tests/vbr/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/read.h"
#include "vbr/vault.h"

static int validate(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct reader *r = ctx;
	int ret = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct model_obj *o;
		struct read_key k;

		if (ch[i].op == CONF_OP_DELETE) {
			read_key(&ch[i], &k);
			model_del(r->model, ch[i].kind, k.tenant, k.name, k.name2);
			continue;
		}
		o = read_object(&ch[i], r->vault, err);
		if (o == NULL)
			ret = -EINVAL;
		else
			model_put(r->model, o);
	}
	return ret;
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
	return vault_seal(((const struct reader *)ctx)->vault, plain);
}

static const struct conf_ops ops = {
	.validate = validate,
	.prepare = prepare,
	.apply = nothing,
	.abort = nothing,
	.seal = seal,
};

void reader_init(struct reader *r)
{
	struct conf_params p = { .ops = &ops, .ctx = r };
	const char *dir = getenv("VBRD_YANGDIR");

	memset(r, 0, sizeof(*r));
	errbuf_init(&r->err);
	r->vault = vault_open(NULL, &r->err);
	r->model = model_new();
	p.yang_dir = dir != NULL ? dir : "yang";
	p.objects = read_objects(&p.n_objects);
	r->conf = conf_new(&p, &r->err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->conf);
}

void reader_fini(struct reader *r)
{
	conf_free(r->conf);
	model_free(r->model);
	vault_close(r->vault);
	errbuf_fini(&r->err);
}

/* Replace everything by text. */
int reader_load(struct reader *r, const char *text)
{
	struct conf_session *s = conf_session_new(r->conf, "test");
	int ret = conf_load(s, text, CONF_FORMAT_TEXT, CONF_LOAD_REPLACE, &r->err);

	if (ret == 0)
		ret = conf_commit(s, &(struct conf_commit){ 0 }, &r->err);
	conf_session_free(s);
	return ret;
}

void reader_must_load(struct reader *r, const char *text)
{
	int ret = reader_load(r, text);

	if (ret < 0)
		fprintf(stderr, "%s\n", errbuf_first(&r->err));
	CU_ASSERT_EQUAL_FATAL(ret, 0);
}

bool reader_ip_is(const struct ip_addr *a, const char *text)
{
	char s[IP_STRLEN];

	return strcmp(ip_format(a, s), text) == 0;
}

const struct model_peer *reader_peer(const struct reader *r, const char *address)
{
	const struct model_vbr *v = model_vbr(r->model, "acme", "a");

	for (uint8_t i = 0; v != NULL && i < v->n_peers; i++)
		if (reader_ip_is(&v->peers[i].address, address))
			return &v->peers[i];
	CU_FAIL_FATAL("no such peer");
	return NULL;
}
