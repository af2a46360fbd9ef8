/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: the candidate lives in the daemon, private to this connection; here are only the
 * place of editing and the knowledge that something was edited.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/schema.h"
#include "lib/base/xalloc.h"
#include "proto/frame.h"
#include "vtysh/commands.h"
#include "vtysh/text/output.h"
#include "vtysh/text/render.h"

#define LOAD_PART (RPC_FRAME_MAX / 2)
#define LOAD_MAX  (256u << 20) /* bytes of a file: far above a million lines */

/* Answers */

struct state {
	bool known;
	Vbrd__ConfigState s;
	struct render *render; /* of what else comes; NULL: nothing is wanted */
};

static bool keep_state(void *ctx, const ProtobufCMessage *msg)
{
	struct state *st = ctx;

	if (msg->descriptor == &vbrd__config_state__descriptor) {
		st->known = true;
		st->s = *(const Vbrd__ConfigState *)msg; /* numbers only */
	} else if (st->render) {
		render_chunk(st->render, msg);
	}
	return true;
}

/* A request that changes the candidate: what the daemon says decides whether it is dirty. */
static int call_edit(struct shell *sh, Vbrd__Request *req, struct state *st)
{
	const struct shell_answer answer = { .body = keep_state,
		.ctx = st,
		.timeout_ms = SHELL_COMMIT_TIMEOUT_MS };
	const int ret = shell_call(sh, req, &answer);

	if (ret == SHELL_OK)
		sh->dirty = st->known && st->s.has_changed ? st->s.changed : true;
	return ret;
}

static bool print_text(void *ctx, const ProtobufCMessage *msg)
{
	struct shell *sh = ctx;
	const Vbrd__ConfigText *t = (const Vbrd__ConfigText *)msg;

	if (msg->descriptor == &vbrd__config_text__descriptor)
		output_write(sh->out, (const char *)t->text.data, t->text.len);
	return !output_is_closed(sh->out);
}

static int call_text(struct shell *sh, Vbrd__Request *req)
{
	const struct shell_answer answer = { .body = print_text, .ctx = sh };

	return shell_call(sh, req, &answer);
}

/* Modes */

static int set_exclusive(struct shell *sh, bool on)
{
	Vbrd__ConfigExclusive ex = VBRD__CONFIG_EXCLUSIVE__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	int ret;

	ex.has_on = 1;
	ex.on = on;
	req.op_case = VBRD__REQUEST__OP_CONFIG_EXCLUSIVE;
	req.config_exclusive = &ex;
	ret = shell_call(sh, &req, NULL);
	if (ret == SHELL_OK)
		sh->exclusive = on;
	return ret;
}

int cmd_configure(void *shell, const struct args *args)
{
	struct shell *sh = shell;
	int ret = shell_load_schema(sh);

	if (ret == SHELL_OK)
		ret = shell_connect(sh);
	if (ret == SHELL_OK && args_has(args, "exclusive"))
		ret = set_exclusive(sh, true);
	if (ret == SHELL_OK)
		sh->pos = schema_pos_new(sh->schema);
	return ret;
}

void config_leave(struct shell *sh)
{
	schema_pos_free(sh->pos);
	sh->pos = NULL;
	if (sh->exclusive)
		(void)set_exclusive(sh, false);
	if (sh->dirty && sh->interactive)
		fprintf(stderr, "%% edits are kept but not committed; 'configure' goes on\n");
}

/* Edits */

static int send_edit(struct shell *sh, const struct schema_edit *e)
{
	Vbrd__Edit edit = VBRD__EDIT__INIT;
	Vbrd__Edit *edits[] = { &edit };
	Vbrd__ConfigEdit config_edit = VBRD__CONFIG_EDIT__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct state st = { 0 };

	edit.has_op = 1;
	edit.op = e->op == SCHEMA_OP_SET ? VBRD__EDIT__OP__SET : VBRD__EDIT__OP__DELETE;
	edit.path = e->path;
	edit.value = e->value;
	config_edit.n_edits = 1;
	config_edit.edits = edits;
	req.op_case = VBRD__REQUEST__OP_CONFIG_EDIT;
	req.config_edit = &config_edit;
	return call_edit(sh, &req, &st);
}

struct find_word {
	const char *word;
	bool found;
};

static void find_word(void *ctx, const struct schema_next *next)
{
	struct find_word *f = ctx;

	if (next->kind == SCHEMA_NEXT_WORD && strcmp(next->word, f->word) == 0)
		f->found = true;
}

static bool knows_word(const struct schema_pos *pos, const char *word)
{
	const struct schema_query q = { .pos = pos };
	struct find_word f = { .word = word };
	struct errbuf err;

	errbuf_init(&err);
	(void)schema_next(&q, find_word, &f, &err);
	errbuf_fini(&err);
	return f.found;
}

/*
 * The place where a line belongs: here, or in the nearest block around that knows its first word
 * in full, so that a configuration can be pasted. NULL: here.
 */
static struct schema_pos *find_place(const struct schema_pos *here, char *const *words, uint32_t n)
{
	const bool no = n > 1 && strcmp(words[0], "no") == 0;
	const char *word = words[no ? 1 : 0];
	struct schema_pos *pos;

	if (no || knows_word(here, word))
		return NULL;
	pos = schema_pos_dup(here);
	while (schema_pos_leave(pos)) {
		if (knows_word(pos, word))
			return pos;
	}
	schema_pos_free(pos);
	return NULL;
}

int config_line(struct shell *sh, char *const *words, uint32_t n)
{
	struct schema_pos *outer = find_place(sh->pos, words, n);
	struct schema_query q = { .pos = outer ? outer : sh->pos, .words = words, .n = n };
	struct schema_edit edit;
	struct errbuf err;
	int ret;

	q.flags = sh->abbreviate ? SCHEMA_ABBREVIATE : 0;
	errbuf_init(&err);
	if (schema_resolve(&q, &edit, &err)) {
		schema_pos_free(outer);
		return shell_errors(sh, &err, SHELL_USAGE);
	}
	errbuf_fini(&err);
	ret = send_edit(sh, &edit);
	if (ret == SHELL_OK && outer) {
		schema_pos_leave_to(sh->pos, schema_pos_depth(outer));
	}
	if (ret == SHELL_OK && edit.enters)
		schema_pos_enter(sh->pos, &edit);
	schema_edit_fini(&edit);
	schema_pos_free(outer);
	return ret;
}

int cmd_discard(void *shell, const struct args *args UNUSED)
{
	struct shell *sh = shell;
	Vbrd__ConfigDiscard discard = VBRD__CONFIG_DISCARD__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	int ret;

	req.op_case = VBRD__REQUEST__OP_CONFIG_DISCARD;
	req.config_discard = &discard;
	ret = shell_call(sh, &req, NULL);
	if (ret == SHELL_OK)
		sh->dirty = false;
	return ret;
}

int cmd_rollback(void *shell, const struct args *args)
{
	Vbrd__ConfigRollback rollback = VBRD__CONFIG_ROLLBACK__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct state st = { 0 };

	rollback.has_n = 1;
	rollback.n = args_u32(args, "NUMBER", 0);
	req.op_case = VBRD__REQUEST__OP_CONFIG_ROLLBACK;
	req.config_rollback = &rollback;
	return call_edit(shell, &req, &st);
}

/* Commit */

static int call_pending(struct shell *sh, bool confirm)
{
	Vbrd__ConfigConfirm yes = VBRD__CONFIG_CONFIRM__INIT;
	Vbrd__ConfigCancel no = VBRD__CONFIG_CANCEL__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	const struct shell_answer answer = { .timeout_ms = SHELL_COMMIT_TIMEOUT_MS };

	if (confirm) {
		req.op_case = VBRD__REQUEST__OP_CONFIG_CONFIRM;
		req.config_confirm = &yes;
	} else {
		req.op_case = VBRD__REQUEST__OP_CONFIG_CANCEL;
		req.config_cancel = &no;
	}
	return shell_call(sh, &req, &answer);
}

static void say_committed(struct shell *sh, const Vbrd__ConfigCommit *commit,
	const struct state *st)
{
	if (st->known && st->s.has_changed && !st->s.changed)
		output_printf(sh->out, "nothing to commit\n");
	else if (st->known)
		output_printf(sh->out, "committed as revision %" PRIu64 "\n", st->s.revision);
	if (commit->confirmed_s)
		output_printf(sh->out,
			"it takes itself back in %u seconds unless you 'commit confirm'\n",
			commit->confirmed_s);
}

int config_commit(struct shell *sh, Vbrd__ConfigCommit *commit)
{
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct state st = { 0 };
	const struct shell_answer answer = { .body = keep_state,
		.ctx = &st,
		.timeout_ms = SHELL_COMMIT_TIMEOUT_MS };
	int ret;

	req.op_case = VBRD__REQUEST__OP_CONFIG_COMMIT;
	req.config_commit = commit;
	ret = shell_call(sh, &req, &answer);
	if (ret == SHELL_OK) {
		sh->dirty = false;
		say_committed(sh, commit, &st);
	}
	return ret == SHELL_FAILED ? SHELL_INVALID : ret;
}

static int commit_check(struct shell *sh, bool json)
{
	Vbrd__ConfigCommit commit = VBRD__CONFIG_COMMIT__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct state st = { .render = render_new(sh->out, json || sh->json,
				    &vbrd__what_if__descriptor) };
	const struct shell_answer answer = { .body = keep_state,
		.ctx = &st,
		.timeout_ms = SHELL_COMMIT_TIMEOUT_MS };
	int ret;

	commit.has_check = 1;
	commit.check = 1;
	req.op_case = VBRD__REQUEST__OP_CONFIG_COMMIT;
	req.config_commit = &commit;
	ret = shell_call(sh, &req, &answer);
	render_end(st.render, ret == SHELL_OK);
	render_free(st.render);
	return ret == SHELL_FAILED ? SHELL_INVALID : ret;
}

int cmd_commit(void *shell, const struct args *args)
{
	Vbrd__ConfigCommit commit = VBRD__CONFIG_COMMIT__INIT;
	int ret;

	if (args_has(args, "confirm") || args_has(args, "cancel"))
		return call_pending(shell, args_has(args, "confirm"));
	if (args_has(args, "check"))
		return commit_check(shell, args_has(args, "json"));
	commit.confirmed_s = args_u32(args, "SECONDS", 0);
	commit.has_confirmed_s = commit.confirmed_s != 0;
	commit.comment = args_join(args, "TEXT");
	ret = config_commit(shell, &commit);
	free(commit.comment);
	return ret;
}

/* Showing */

/* Words of a path -> data path; *path is NULL without words. */
static int resolve_path(struct shell *sh, const struct args *args, char **path)
{
	struct schema_query q = { .flags = SCHEMA_PATH_ONLY };
	struct schema_edit edit;
	struct schema_pos *root;
	struct errbuf err;
	uint32_t first = 0;
	int ret;

	*path = NULL;
	q.n = args_rest(args, "PATH", &first);
	if (!q.n)
		return SHELL_OK;
	ret = shell_load_schema(sh);
	if (ret != SHELL_OK)
		return ret;
	q.words = args->words + first;
	q.flags |= sh->abbreviate ? SCHEMA_ABBREVIATE : 0;
	root = schema_pos_new(sh->schema);
	q.pos = root;
	errbuf_init(&err);
	if (schema_resolve(&q, &edit, &err)) {
		ret = SHELL_USAGE;
	} else {
		*path = xstrdup(edit.path);
		schema_edit_fini(&edit);
	}
	schema_pos_free(root);
	return shell_errors(sh, &err, ret);
}

static int show_config(struct shell *sh, const struct args *args, Vbrd__ConfigGet__Source source)
{
	Vbrd__ConfigGet get = VBRD__CONFIG_GET__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	char *path;
	int ret = resolve_path(sh, args, &path);

	if (ret != SHELL_OK)
		return ret;
	get.has_source = 1;
	get.source = source;
	get.path = path;
	get.has_format = 1;
	get.format = VBRD__CONFIG_GET__FORMAT__TEXT;
	if (args_has(args, "json") || sh->json)
		get.format = VBRD__CONFIG_GET__FORMAT__JSON;
	if (args_has(args, "xml"))
		get.format = VBRD__CONFIG_GET__FORMAT__XML;
	get.has_with_defaults = 1;
	get.with_defaults = args_has(args, "with-defaults");
	req.op_case = VBRD__REQUEST__OP_CONFIG_GET;
	req.config_get = &get;
	ret = call_text(sh, &req);
	free(path);
	return ret;
}

int cmd_show_running(void *shell, const struct args *args)
{
	return show_config(shell, args, VBRD__CONFIG_GET__SOURCE__RUNNING);
}

int cmd_show_candidate(void *shell, const struct args *args)
{
	return show_config(shell, args, VBRD__CONFIG_GET__SOURCE__CANDIDATE);
}

int cmd_show_history(void *shell, const struct args *args)
{
	Vbrd__ConfigHistory history = VBRD__CONFIG_HISTORY__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	req.op_case = VBRD__REQUEST__OP_CONFIG_HISTORY;
	req.config_history = &history;
	return shell_show(shell, &req, &vbrd__revisions__descriptor, args_has(args, "json"));
}

int cmd_compare(void *shell, const struct args *args)
{
	Vbrd__ConfigCompare compare = VBRD__CONFIG_COMPARE__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	compare.has_n = args_has(args, "rollback");
	compare.n = args_u32(args, "NUMBER", 0);
	req.op_case = VBRD__REQUEST__OP_CONFIG_COMPARE;
	req.config_compare = &compare;
	return call_text(shell, &req);
}

/* Files */

int config_load_text(struct shell *sh, const char *text, size_t len, bool replace)
{
	Vbrd__ConfigLoad load = VBRD__CONFIG_LOAD__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct state st = { 0 };
	char *part = xmalloc(LOAD_PART);
	const bool was_dirty = sh->dirty;
	int ret;

	load.has_mode = 1;
	load.mode = replace ? VBRD__CONFIG_LOAD__MODE__REPLACE : VBRD__CONFIG_LOAD__MODE__MERGE;
	load.has_text = 1;
	load.has_more = 1;
	req.op_case = VBRD__REQUEST__OP_CONFIG_LOAD;
	req.config_load = &load;
	do {
		const size_t n = len < LOAD_PART ? len : LOAD_PART;

		memcpy(part, text, n);
		text += n;
		len -= n;
		load.text.data = (uint8_t *)part;
		load.text.len = n;
		load.more = len > 0;
		ret = call_edit(sh, &req, &st);
	} while (ret == SHELL_OK && len > 0);
	if (ret != SHELL_OK)
		sh->dirty = was_dirty && sh->client;
	free(part);
	return ret;
}

int cmd_load(void *shell, const struct args *args)
{
	struct shell *sh = shell;
	const char *name = args_get(args, "FILE");
	const char *where = sh->where;
	FILE *f = fopen(name, "re");
	char *text = NULL;
	size_t len = 0;
	size_t n;
	int ret = SHELL_OK;

	if (!f) {
		shell_error(sh, "%s: %s", name, strerror(errno));
		return SHELL_FAILED;
	}
	do {
		text = xrealloc(text, len + LOAD_PART);
		n = fread(text + len, 1, LOAD_PART, f);
		len += n;
	} while (n > 0 && len < LOAD_MAX);
	if (ferror(f) || n > 0) {
		shell_error(sh, "%s: %s", name, ferror(f) ? strerror(errno) : "too large");
		ret = SHELL_FAILED;
	} else {
		sh->where = name;
		ret = config_load_text(sh, text, len, args_has(args, "replace"));
		sh->where = where;
	}
	free(text);
	(void)fclose(f);
	return ret;
}

struct save {
	FILE *f;
	bool failed;
};

static bool save_text(void *ctx, const ProtobufCMessage *msg)
{
	struct save *s = ctx;
	const Vbrd__ConfigText *t = (const Vbrd__ConfigText *)msg;

	if (msg->descriptor == &vbrd__config_text__descriptor)
		s->failed = fwrite(t->text.data, 1, t->text.len, s->f) != t->text.len;
	return !s->failed;
}

/* Beside the file and then renamed: an old one stays whole until the new one is. */
int cmd_save(void *shell, const struct args *args)
{
	struct shell *sh = shell;
	const char *name = args_get(args, "FILE");
	char *tmp = xasprintf("%s.new", name);
	const int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct save save = { .f = fd < 0 ? NULL : fdopen(fd, "w") };
	const struct shell_answer answer = { .body = save_text, .ctx = &save };
	Vbrd__ConfigGet get = VBRD__CONFIG_GET__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	int ret = SHELL_FAILED;

	req.op_case = VBRD__REQUEST__OP_CONFIG_GET;
	req.config_get = &get;
	if (!save.f) {
		shell_error(sh, "%s: %s", tmp, strerror(errno));
		free(tmp);
		return ret;
	}
	ret = shell_call(sh, &req, &answer);
	if (fflush(save.f) || fsync(fd))
		save.failed = true;
	(void)fclose(save.f);
	if (ret == SHELL_OK && (save.failed || rename(tmp, name))) {
		shell_error(sh, "%s: %s", name, strerror(errno));
		ret = SHELL_FAILED;
	}
	if (ret != SHELL_OK)
		(void)unlink(tmp);
	free(tmp);
	return ret;
}
