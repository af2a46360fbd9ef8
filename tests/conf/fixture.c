/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's side of the tests. Objects are those that the daemon registers, so the splitting into
 * units is the real one.
 */
#include "tests/conf/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/xalloc.h"

static const struct conf_object objects[] = {
	{ "/vbrd:system", KIND_SYSTEM, 0 },
	{ "/vbrd:physical-connection", KIND_PORT, 1 },
	{ "/vbrd:tenant", KIND_TENANT, 1 },
	{ "/vbrd:tenant/vpc", KIND_VPC, 2 },
	{ "/vbrd:tenant/vbr", KIND_VBR, 2 },
	{ "/vbrd:tenant/vbr/bgp/peer", KIND_PEER, 3 },
	{ "/vbrd:tenant/peering", KIND_PEERING, 4 },
	{ "/vbrd:tenant/accept-peering", KIND_PEERING, 3 },
};

static const char *const kind_names[] = {
	[KIND_SYSTEM] = "system",
	[KIND_PORT] = "port",
	[KIND_TENANT] = "tenant",
	[KIND_VPC] = "vpc",
	[KIND_VBR] = "vbr",
	[KIND_PEER] = "peer",
	[KIND_PEERING] = "peering",
};
static const char *const op_names[] = { "create", "modify", "delete" };

static int validate(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct fixture *f = ctx;

	f->n_validate++;
	f->n_takes_back += conf_takes_back(f->conf);
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT((ch[i].before == NULL) == (ch[i].op == CONF_OP_CREATE));
		CU_ASSERT((ch[i].after == NULL) == (ch[i].op == CONF_OP_DELETE));
	}
	if (!f->fail_validate)
		return 0;
	errbuf_add(err, NULL, 0, "the owner does not like it");
	return -EINVAL;
}

static int prepare(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct fixture *f = ctx;

	(void)ch;
	(void)n;
	f->n_prepare++;
	if (!f->fail_prepare)
		return 0;
	errbuf_add(err, NULL, 0, "no room");
	return -ENOSPC;
}

static void apply(void *ctx, struct conf_change *ch, uint32_t n)
{
	struct fixture *f = ctx;
	size_t len = 0;

	f->n_apply++;
	f->log[0] = '\0';
	if (n > 0 && ch[n - 1].after != NULL)
		f->seen_local_as = conf_u32(ch[n - 1].after, "/system/default-local-as", 0);
	for (uint32_t i = 0; i < n && len < sizeof(f->log) - 512; i++)
		len += (size_t)snprintf(f->log + len, sizeof(f->log) - len, "%s %s %s\n",
			op_names[ch[i].op], kind_names[ch[i].kind], ch[i].path);
}

static void abort_changes(void *ctx, struct conf_change *ch, uint32_t n)
{
	struct fixture *f = ctx;

	(void)ch;
	(void)n;
	f->n_abort++;
}

static char *seal(void *ctx, const char *plain)
{
	char *out = xstrdup("$v1$");

	(void)ctx;
	for (; *plain != '\0'; plain++) {
		char *more = xasprintf("%s%02x", out, (unsigned char)*plain);

		free(out);
		out = more;
	}
	return out;
}

static bool same_secret(void *ctx, const char *sealed, const char *plain)
{
	char *again = seal(ctx, plain);
	const bool same = strcmp(again, sealed) == 0;

	free(again);
	return same;
}

static const struct conf_ops ops = {
	.validate = validate,
	.prepare = prepare,
	.apply = apply,
	.abort = abort_changes,
	.seal = seal,
	.same_secret = same_secret,
};

const char *yang_dir(void)
{
	const char *dir = getenv("VBRD_YANGDIR");

	return dir != NULL ? dir : "yang";
}

static void open_conf(struct fixture *f)
{
	const struct conf_params p = {
		.yang_dir = yang_dir(),
		.state_dir = f->dir[0] != '\0' ? f->dir : NULL,
		.objects = objects,
		.n_objects = ARRAY_SIZE(objects),
		.ops = &ops,
		.ctx = f,
		.loop = f->loop,
	};

	f->conf = conf_new(&p, &f->err);
	CU_ASSERT_FATAL(f->conf != NULL);
}

void fixture_init(struct fixture *f, bool on_disk)
{
	const char *tmp = getenv("TMPDIR");

	memset(f, 0, sizeof(*f));
	errbuf_init(&f->err);
	if (on_disk) {
		snprintf(f->dir, sizeof(f->dir), "%s/vbrd-conf-XXXXXX", tmp != NULL ? tmp : "/tmp");
		CU_ASSERT_FATAL(mkdtemp(f->dir) != NULL);
	}
	open_conf(f);
}

void fixture_init_loop(struct fixture *f)
{
	fixture_init(f, true);
	conf_free(f->conf);
	f->loop = loop_new("conf");
	open_conf(f);
}

void fixture_restart(struct fixture *f)
{
	conf_free(f->conf);
	open_conf(f);
}

void fixture_fini(struct fixture *f)
{
	char command[128];

	conf_free(f->conf);
	loop_free(f->loop);
	errbuf_fini(&f->err);
	if (f->dir[0] != '\0') {
		snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
		CU_ASSERT(system(command) == 0);
	}
}

int fixture_commit(struct fixture *f, const char *user, const char *text)
{
	struct conf_session *s = conf_session_new(f->conf, user);
	int rc = conf_load(s, text, CONF_FORMAT_AUTO, CONF_LOAD_MERGE, &f->err);

	if (rc == 0)
		rc = conf_commit(s, &(struct conf_commit){ 0 }, &f->err);
	conf_session_free(s);
	return rc;
}

char *fixture_text(struct fixture *f)
{
	return conf_print(f->conf, NULL, &(struct conf_print){ .format = CONF_FORMAT_TEXT },
		&f->err);
}

bool fixture_error_has(struct fixture *f, const char *part)
{
	char *all = errbuf_format(&f->err);
	const bool has = strstr(all, part) != NULL;

	if (!has)
		fprintf(stderr, "# errors: %s# wanted: %s\n", all, part);
	free(all);
	errbuf_fini(&f->err);
	errbuf_init(&f->err);
	return has;
}

const char *fixture_file(const struct fixture *f, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

void fixture_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_FATAL(f != NULL);
	fputs(text, f);
	fclose(f);
}

int fixture_start(struct fixture *f, const char *text, bool force, bool *from_snapshot)
{
	char *file = xstrdup(fixture_file(f, "vbrd.conf"));
	int rc;

	if (text != NULL)
		fixture_write(file, text);
	rc = conf_start(f->conf, text != NULL ? file : NULL, force, from_snapshot, &f->err);
	free(file);
	return rc;
}

void fixture_crash(struct fixture *f)
{
	char command[512];

	snprintf(command, sizeof(command), "cp -a '%s' '%s.now'", f->dir, f->dir);
	CU_ASSERT(system(command) == 0);
	conf_free(f->conf);
	f->conf = NULL;
	snprintf(command, sizeof(command), "rm -rf '%s' && mv '%s.now' '%s'", f->dir, f->dir,
		f->dir);
	CU_ASSERT(system(command) == 0);
	fixture_restart(f);
}
