/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line: cut off its pipes, split it, find out whose it is, run it into an output of its own.
 * In configure mode a first word may belong to a command or to the model; both are asked, and an
 * abbreviation that fits both is refused like any other ambiguous one.
 */
#include "vtysh/shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/schema.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"
#include "vtysh/commands.h"
#include "vtysh/owner.h"
#include "vtysh/text/output.h"
#include "vtysh/text/render.h"

void shell_init(struct shell *sh)
{
	memset(sh, 0, sizeof(*sh));
	sh->grammar = grammar_new(&command_tables);
	sh->abbreviate = true;
}

void shell_fini(struct shell *sh)
{
	schema_pos_free(sh->pos);
	schema_free(sh->schema);
	grammar_free(sh->grammar);
	rpc_client_free(sh->client);
}

bool shell_is_configuring(const struct shell *sh)
{
	return sh->pos;
}

/* Errors */

void shell_error(const struct shell *sh, const char *fmt, ...)
{
	va_list ap;

	if (sh->out) /* what was said so far comes first */
		output_flush(sh->out);
	fprintf(stderr, "%% %s%s", sh->where ? sh->where : "", sh->where ? ": " : "");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

static void say_item(const struct shell *sh, const char *path, uint32_t line, const char *text)
{
	const char *sep = path && *path ? ": " : "";

	if (!path)
		path = "";
	if (line)
		shell_error(sh, "line %u: %s%s%s", line, path, sep, text);
	else
		shell_error(sh, "%s%s%s", path, sep, text);
}

int shell_errors(const struct shell *sh, struct errbuf *err, int code)
{
	for (uint32_t i = 0; i < err->n; i++)
		say_item(sh, err->items[i].path, err->items[i].line, err->items[i].text);
	if (err->dropped)
		shell_error(sh, "and %u more errors", err->dropped);
	errbuf_fini(err);
	return code;
}

/* The daemon */

int shell_connect(struct shell *sh)
{
	struct errbuf err;
	int code;

	if (sh->client)
		return SHELL_OK;
	errbuf_init(&err);
	sh->client = rpc_client_new(sh->socket, "vbrsh " PACKAGE_VERSION, SHELL_TIMEOUT_MS, &err);
	if (sh->client) {
		errbuf_fini(&err);
		return SHELL_OK;
	}
	code = errno == EACCES ? SHELL_DENIED : SHELL_NO_CONNECTION;
	if (errno == ENOENT || errno == ECONNREFUSED)
		errbuf_add(&err, NULL, 0,
			"is vbrd running? --run-dir or --socket tells where its socket is");
	return shell_errors(sh, &err, code);
}

static const int exit_codes[] = {
	[VBRD__STATUS_CODE__OK] = SHELL_OK,
	[VBRD__STATUS_CODE__FAILED] = SHELL_FAILED,
	[VBRD__STATUS_CODE__USAGE] = SHELL_USAGE,
	[VBRD__STATUS_CODE__UNKNOWN_REQUEST] = SHELL_FAILED,
	[VBRD__STATUS_CODE__DENIED] = SHELL_DENIED,
	[VBRD__STATUS_CODE__INVALID] = SHELL_INVALID,
	[VBRD__STATUS_CODE__TIMEOUT] = SHELL_TIMEOUT,
	[VBRD__STATUS_CODE__NOT_FOUND] = SHELL_FAILED,
	[VBRD__STATUS_CODE__BUSY] = SHELL_FAILED,
	[VBRD__STATUS_CODE__CANCELLED] = SHELL_FAILED,
	[VBRD__STATUS_CODE__MALFORMED] = SHELL_FAILED,
};

static int use_status(const struct shell *sh, const Vbrd__Status *s, bool quiet)
{
	const unsigned code = (unsigned)s->code;
	const int ret = code < ARRAY_SIZE(exit_codes) ? exit_codes[code] : SHELL_FAILED;

	for (size_t i = 0; i < s->n_errors && !quiet; i++)
		say_item(sh, s->errors[i]->path, s->errors[i]->line,
			s->errors[i]->text ? s->errors[i]->text : "");
	if (ret != SHELL_OK && !s->n_errors && !quiet && code != VBRD__STATUS_CODE__CANCELLED)
		shell_error(sh, "the daemon refuses and gives no reason (status %u)", code);
	return ret;
}

/* A connection in an unknown state is of no more use; its candidate went with it. */
static int lose_connection(struct shell *sh, int ret, bool quiet)
{
	rpc_client_free(sh->client);
	sh->client = NULL;
	if (!quiet) {
		shell_error(sh, "%s",
			ret == -ETIMEDOUT ? "no answer from the daemon in time" :
					    "the daemon has closed the connection");
		if (sh->dirty)
			shell_error(sh, "the edits that were not committed are gone");
	}
	sh->dirty = false;
	sh->exclusive = false;
	return ret == -ETIMEDOUT ? SHELL_TIMEOUT : SHELL_NO_CONNECTION;
}

static bool is_cancelled(void *ctx)
{
	const struct shell *sh = ctx;

	return sh->is_interrupted && sh->is_interrupted();
}

struct relay {
	struct shell *sh;
	const struct shell_answer *answer;
};

static bool relay_body(void *ctx, const ProtobufCMessage *msg)
{
	const struct relay *r = ctx;

	return !r->answer->body || r->answer->body(r->answer->ctx, msg);
}

static bool relay_cancelled(void *ctx)
{
	const struct relay *r = ctx;

	return is_cancelled(r->sh);
}

int shell_call(struct shell *sh, Vbrd__Request *req, const struct shell_answer *answer)
{
	static const struct shell_answer none;
	struct relay relay = { .sh = sh, .answer = answer ? answer : &none };
	const struct rpc_client_sink sink = { .body = relay_body,
		.is_cancelled = relay_cancelled,
		.ctx = &relay };
	const int timeout_ms = relay.answer->timeout_ms ? relay.answer->timeout_ms :
							  SHELL_TIMEOUT_MS;
	Vbrd__Status *status;
	int ret = shell_connect(sh);

	if (ret != SHELL_OK)
		return ret;
	ret = rpc_client_call(sh->client, req, &sink, timeout_ms, &status);
	if (ret == -EMSGSIZE) {
		shell_error(sh, "the request is larger than the protocol allows (1 MiB)");
		return SHELL_FAILED;
	}
	if (ret)
		return lose_connection(sh, ret, relay.answer->quiet);
	ret = use_status(sh, status, relay.answer->quiet);
	vbrd__status__free_unpacked(status, NULL);
	return ret;
}

struct show_run {
	struct shell *sh;
	struct render *render;
};

static bool show_body(void *ctx, const ProtobufCMessage *msg)
{
	struct show_run *r = ctx;

	render_chunk(r->render, msg);
	output_flush(r->sh->out);
	return !output_is_closed(r->sh->out);
}

int shell_show(struct shell *sh, Vbrd__Request *req, const ProtobufCMessageDescriptor *reply,
	bool json)
{
	struct show_run run = { .sh = sh };
	const struct shell_answer answer = { .body = show_body, .ctx = &run };
	int ret;

	run.render = render_new(sh->out, json || sh->json, reply);
	ret = shell_call(sh, req, &answer);
	render_end(run.render, ret == SHELL_OK);
	render_free(run.render);
	return output_is_closed(sh->out) ? SHELL_OK : ret;
}

int shell_load_schema(struct shell *sh)
{
	const char *dir = getenv("VBRD_YANGDIR");
	struct errbuf err;

	if (sh->schema)
		return SHELL_OK;
	errbuf_init(&err);
	sh->schema = schema_new(dir ? dir : VBRD_YANGDIR, &err);
	if (!sh->schema)
		return shell_errors(sh, &err, SHELL_FAILED);
	errbuf_fini(&err);
	return SHELL_OK;
}

/* Lines */

static int run_command(struct shell *sh, const struct grammar_query *q)
{
	struct args args;
	struct errbuf err;

	errbuf_init(&err);
	if (grammar_match(sh->grammar, q, &args, &err) == 0) {
		errbuf_fini(&err);
		return args.command->run(sh, &args);
	}
	if (sh->pos || !owner_is_configure_mode(sh, q->words[0]))
		return shell_errors(sh, &err, SHELL_USAGE);
	errbuf_fini(&err);
	shell_error(sh, "\"%s\" belongs to the configure mode: enter configure first", q->words[0]);
	return SHELL_USAGE;
}

static int run_words(struct shell *sh, char *const *words, uint32_t n)
{
	struct grammar_query q = { .words = words,
		.n = n,
		.mode = COMMAND_EXEC,
		.abbreviate = sh->abbreviate };
	struct errbuf err;
	enum owner owner;

	if (!sh->pos)
		return run_command(sh, &q);
	if (strcmp(words[0], "do") == 0 && n > 1) {
		q.words++;
		q.n--;
		return run_command(sh, &q);
	}
	errbuf_init(&err);
	owner = owner_of(sh, words[0], &err);
	if (owner == OWNER_AMBIGUOUS)
		return shell_errors(sh, &err, SHELL_USAGE);
	errbuf_fini(&err);
	q.mode = COMMAND_CONFIG;
	return owner == OWNER_COMMAND ? run_command(sh, &q) : config_line(sh, words, n);
}

static const char *find_pager(const struct shell *sh)
{
	const char *pager = getenv("VBRSH_PAGER");

	if (!sh->interactive || !isatty(STDOUT_FILENO))
		return NULL;
	if (!pager)
		pager = getenv("PAGER");
	if (!pager || strcmp(pager, "less") == 0)
		pager = "less -FRX";
	return *pager ? pager : NULL;
}

/* Only commands that print much are worth a pager. */
static bool is_show(const char *word)
{
	return strncmp(word, "show", strlen(word)) == 0 || strcmp(word, "do") == 0 ||
		strncmp(word, "compare", strlen(word)) == 0;
}

static int run_line(struct shell *sh, const struct words *w, const char *pipes)
{
	struct errbuf err;
	int ret;

	errbuf_init(&err);
	sh->out = output_new(stdout, pipes, is_show(w->v[0]) ? find_pager(sh) : NULL, &err);
	if (!sh->out)
		return shell_errors(sh, &err, SHELL_USAGE);
	errbuf_fini(&err);
	ret = run_words(sh, w->v, w->n);
	output_free(sh->out);
	sh->out = NULL;
	return ret;
}

int shell_line(struct shell *sh, char *line)
{
	struct words w;
	struct errbuf err;
	const char *pipes;
	int ret = SHELL_OK;

	while (isspace((unsigned char)*line))
		line++;
	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '!' && sh->pos) /* closes a top-level block of the text form */
		schema_pos_leave_to(sh->pos, 0);
	if (!*line || *line == '!' || *line == '#')
		return SHELL_OK;
	pipes = output_cut_pipes(line);
	errbuf_init(&err);
	if (words_split(line, 0, &w, &err))
		return shell_errors(sh, &err, SHELL_USAGE);
	errbuf_fini(&err);
	if (w.n)
		ret = run_line(sh, &w, pipes);
	words_fini(&w);
	return ret;
}

char *shell_prompt(struct shell *sh)
{
	const char *host = sh->client ? rpc_client_server(sh->client)->hostname : NULL;
	const uint32_t depth = sh->pos ? schema_pos_depth(sh->pos) : 0;
	char local[65] = "vbrd";
	char *place = xstrdup("");
	char *prompt;

	if (!host || !*host) {
		(void)gethostname(local, sizeof(local) - 1);
		host = local;
	}
	for (uint32_t i = 0; i < depth; i++) {
		char *longer = xasprintf("%s-%s", place, schema_pos_label(sh->pos, i));

		free(place);
		place = longer;
	}
	for (char *s = place; *s; s++) {
		if (*s == ' ')
			*s = '-';
	}
	prompt = sh->pos ? xasprintf("%s(config%s)# ", host, place) : xasprintf("%s# ", host);
	free(place);
	return prompt;
}
