/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line is split into complete words and the one being typed; the grammar that owns the line
 * lists what may follow the complete ones; the list is filtered by the partial one. The daemon is
 * asked for names only where a name may stand, and its silence is no error: completion then knows
 * words only.
 */
#include "vtysh/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"
#include "vtysh/commands.h"
#include "vtysh/owner.h"
#include "vtysh/shell.h"
#include "vtysh/text/output.h"

#define VALUES_TIMEOUT_MS 2000 /* a key press should not hang */

struct finder {
	struct shell *sh;
	struct candidates *c;
	const struct grammar_query *q;
};

static bool has_word(const struct candidates *c, const char *word)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (strcmp(c->v[i].word, word) == 0)
			return true;
	}
	return false;
}

static void add(struct candidates *c, const char *word, const char *help, bool placeholder)
{
	struct candidate *k;

	if (!placeholder && strncmp(word, c->partial, strlen(c->partial)) != 0)
		return;
	if (c->n == CANDIDATES_MAX || has_word(c, word))
		return;
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	k = &c->v[c->n++];
	k->word = xstrdup(word);
	k->help = xstrdup(help ? help : "");
	k->placeholder = placeholder;
}

/* Existing names */

static bool add_values(void *ctx, const ProtobufCMessage *msg)
{
	struct finder *f = ctx;
	const Vbrd__Values *v = (const Vbrd__Values *)msg;

	if (msg->descriptor != &vbrd__values__descriptor)
		return true;
	for (size_t i = 0; i < v->n_values; i++) {
		char *word = words_quote(v->values[i]);

		add(f->c, word, "", false);
		free(word);
	}
	return true;
}

static void ask_values(struct finder *f, const char *path)
{
	const struct shell_answer answer = { .body = add_values,
		.ctx = f,
		.timeout_ms = VALUES_TIMEOUT_MS,
		.quiet = true };
	Vbrd__ConfigValues values = VBRD__CONFIG_VALUES__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	char *copy = xstrdup(path);

	values.path = copy;
	values.has_candidate = 1;
	values.candidate = shell_is_configuring(f->sh);
	req.op_case = VBRD__REQUEST__OP_CONFIG_VALUES;
	req.config_values = &values;
	if (f->sh->client)
		(void)shell_call(f->sh, &req, &answer);
	free(copy);
}

static void ask_variable(struct finder *f, const struct variable *v, const struct args *args)
{
	const char *keys[] = { "", "" };
	char path[512];
	const char *from = v->values;
	size_t used = 0;
	size_t k = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && v->needs[i]; i++) {
		keys[i] = args_get(args, v->needs[i]);
		if (!keys[i] || strchr(keys[i], '\''))
			return;
	}
	while (*from && used + 1 < sizeof(path)) {
		if (strncmp(from, "%s", 2) == 0 && k < ARRAY_SIZE(keys)) {
			used += (size_t)snprintf(path + used, sizeof(path) - used, "%s", keys[k++]);
			from += 2;
		} else {
			path[used++] = *from++;
		}
	}
	if (used >= sizeof(path))
		return;
	path[used] = '\0';
	ask_values(f, path);
}

/* Words of the model */

static void add_model(void *ctx, const struct schema_next *next)
{
	struct finder *f = ctx;
	char help[512];

	(void)snprintf(help, sizeof(help), "%s%s%s%s", next->help ? next->help : "",
		next->units ? " (" : "", next->units ? next->units : "", next->units ? ")" : "");
	if (next->kind == SCHEMA_NEXT_END) {
		add(f->c, "<cr>", "", true);
		return;
	}
	add(f->c, next->word, help, next->kind == SCHEMA_NEXT_VALUE);
	for (size_t i = 0; i < ARRAY_SIZE(next->values) && !next->is_secret; i++) {
		if (next->values[i])
			ask_values(f, next->values[i]);
	}
}

static void find_in_model(struct finder *f, const struct schema_query *q)
{
	struct errbuf err;

	errbuf_init(&err);
	if (schema_next(q, add_model, f, &err) && !f->c->error)
		f->c->error = xstrdup(errbuf_first(&err));
	errbuf_fini(&err);
}

/* The words of a PATH are the model's, from its root; those before it belong to the command. */
static void find_in_path(struct finder *f, const struct args *args)
{
	struct schema_query q = { .flags = SCHEMA_PATH_ONLY | SCHEMA_ABBREVIATE };
	struct schema_pos *root;
	uint32_t first = args->n;

	if (shell_load_schema(f->sh) != SHELL_OK)
		return;
	q.n = args_rest(args, "PATH", &first);
	q.words = args->words + first;
	root = schema_pos_new(f->sh->schema);
	q.pos = root;
	find_in_model(f, &q);
	schema_pos_free(root);
}

/* Words of the table */

static void add_command(void *ctx, const struct grammar_next *next)
{
	struct finder *f = ctx;

	if (!next->word) {
		add(f->c, "<cr>", next->help, true);
	} else if (!next->variable) {
		add(f->c, next->word, next->help, false);
	} else if (strcmp(next->variable->name, "PATH") == 0) {
		find_in_path(f, next->args);
	} else {
		if (!*f->c->partial || !next->variable->accepts ||
			next->variable->accepts(f->c->partial))
			add(f->c, next->word, next->help, true);
		if (next->variable->values)
			ask_variable(f, next->variable, next->args);
	}
}

static void find_in_table(struct finder *f)
{
	struct errbuf err;

	errbuf_init(&err);
	if (grammar_next(f->sh->grammar, f->q, add_command, f, &err) && !f->c->error)
		f->c->error = xstrdup(errbuf_first(&err));
	errbuf_fini(&err);
}

static void find_configuring(struct finder *f, struct grammar_query *gq)
{
	struct schema_query sq = { .pos = f->sh->pos,
		.words = gq->words,
		.n = gq->n,
		.flags = SCHEMA_ABBREVIATE };
	struct errbuf err;
	enum owner owner;

	gq->mode = COMMAND_CONFIG;
	if (gq->n == 0) {
		find_in_table(f);
		add(f->c, "do", "run a command of the other mode", false);
		add(f->c, "no", "delete", false);
		find_in_model(f, &sq);
		return;
	}
	if (strcmp(gq->words[0], "do") == 0) {
		gq->mode = COMMAND_EXEC;
		gq->words++;
		gq->n--;
		find_in_table(f);
		return;
	}
	errbuf_init(&err);
	owner = owner_of(f->sh, gq->words[0], &err);
	if (owner == OWNER_AMBIGUOUS)
		f->c->error = xstrdup(errbuf_first(&err));
	else if (owner == OWNER_COMMAND)
		find_in_table(f);
	else
		find_in_model(f, &sq);
	errbuf_fini(&err);
}

static void find_pipe(struct candidates *c, const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	c->partial = xstrdup(text);
	add(c, "include", "lines that match an expression", false);
	add(c, "exclude", "lines that do not match", false);
	add(c, "begin", "from the first line that matches", false);
	add(c, "count", "the number of lines", false);
	add(c, "no-more", "without a pager", false);
}

/* Behind the last of several pipes; NULL if there is none. */
static const char *last_pipe(char *line)
{
	char *pipe = output_cut_pipes(line);
	char *next = pipe;

	while (next) {
		pipe = next;
		next = output_cut_pipes(pipe);
	}
	return pipe;
}

void candidates_find(struct shell *sh, const char *line, struct candidates *c)
{
	char *copy = xstrdup(line);
	const char *pipe = last_pipe(copy);
	const size_t len = strlen(copy);
	const bool between = !len || isspace((unsigned char)copy[len - 1]);
	struct grammar_query q = { .mode = COMMAND_EXEC, .abbreviate = true };
	struct finder f = { .sh = sh, .c = c, .q = &q };
	struct words w = { 0 };
	struct errbuf err;

	memset(c, 0, sizeof(*c));
	errbuf_init(&err);
	if (pipe) {
		find_pipe(c, pipe);
	} else if (words_split(copy, 0, &w, &err)) {
		c->partial = xstrdup("");
		c->error = xstrdup(errbuf_first(&err));
	} else {
		q.words = w.v;
		q.n = between || !w.n ? w.n : w.n - 1;
		c->partial = xstrdup(q.n < w.n ? w.v[q.n] : "");
		if (sh->pos)
			find_configuring(&f, &q);
		else
			find_in_table(&f);
		words_fini(&w);
	}
	errbuf_fini(&err);
	free(copy);
}

uint32_t candidates_common(const struct candidates *c)
{
	const size_t skip = strlen(c->partial);
	const char *first = NULL;
	size_t common = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		const char *rest = c->v[i].word + skip;
		size_t k = 0;

		if (c->v[i].placeholder)
			continue;
		if (!first) {
			first = rest;
			common = strlen(rest);
			continue;
		}
		while (k < common && rest[k] == first[k])
			k++;
		common = k;
	}
	return (uint32_t)common;
}

void candidates_fini(struct candidates *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		free(c->v[i].word);
		free(c->v[i].help);
	}
	free(c->v);
	free(c->partial);
	free(c->error);
}
