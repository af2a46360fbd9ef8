/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both grammars list their first words; the word is held against both lists.
 */
#include "vtysh/owner.h"

#include <stdio.h>
#include <string.h>

#include "conf/schema.h"
#include "vtysh/grammar.h"
#include "vtysh/shell.h"

struct count {
	const char *word;
	bool exact;
	uint32_t n; /* words that it abbreviates */
	char list[256];
};

static void see(struct count *c, const char *candidate)
{
	const size_t used = strlen(c->list);

	if (strcmp(candidate, c->word) == 0)
		c->exact = true;
	if (strncmp(candidate, c->word, strlen(c->word)) != 0)
		return;
	c->n++;
	(void)snprintf(c->list + used, sizeof(c->list) - used, "%s%s", used ? " | " : "",
		candidate);
}

static void see_command(void *ctx, const struct grammar_next *next)
{
	if (next->word)
		see(ctx, next->word);
}

static void see_model(void *ctx, const struct schema_next *next)
{
	if (next->kind == SCHEMA_NEXT_WORD)
		see(ctx, next->word);
}

enum owner owner_of(struct shell *sh, const char *word, struct errbuf *err)
{
	const struct grammar_query gq = { .mode = COMMAND_CONFIG };
	const struct schema_query sq = { .pos = sh->pos };
	struct count commands = { .word = word };
	struct count model = { .word = word };
	struct errbuf none;

	errbuf_init(&none);
	(void)grammar_next(sh->grammar, &gq, see_command, &commands, &none);
	(void)schema_next(&sq, see_model, &model, &none);
	errbuf_fini(&none);
	if (strcmp(word, "no") == 0 || model.exact)
		return OWNER_MODEL;
	if (commands.exact)
		return OWNER_COMMAND;
	if (!sh->abbreviate || !commands.n)
		return OWNER_MODEL;
	if (!model.n)
		return OWNER_COMMAND;
	errbuf_add(err, NULL, 0, "ambiguous word \"%s\": %s | %s", word, commands.list, model.list);
	return OWNER_AMBIGUOUS;
}

static struct count commands_like(const struct shell *sh, uint32_t mode, const char *word)
{
	const struct grammar_query q = { .mode = mode };
	struct count c = { .word = word };
	struct errbuf none;

	errbuf_init(&none);
	(void)grammar_next(sh->grammar, &q, see_command, &c, &none);
	errbuf_fini(&none);
	return c;
}

static bool is_of_model(const struct shell *sh, const char *word)
{
	struct schema_pos *top = schema_pos_new(sh->schema);
	const struct schema_query q = { .pos = top };
	struct count c = { .word = word };
	struct errbuf none;

	errbuf_init(&none);
	(void)schema_next(&q, see_model, &c, &none);
	errbuf_fini(&none);
	schema_pos_free(top);
	return c.exact || strcmp(word, "no") == 0;
}

bool owner_is_configure_mode(struct shell *sh, const char *word)
{
	if (commands_like(sh, COMMAND_EXEC, word).n > 0)
		return false;
	if (commands_like(sh, COMMAND_CONFIG, word).exact)
		return true;
	return shell_load_schema(sh) == SHELL_OK && is_of_model(sh, word);
}
