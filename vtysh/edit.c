/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libedit with four keys of our own. While a line is edited the terminal sends no signals: ^C and
 * ^Z are keys like others (forget the line; leave configure), so neither can leave the terminal
 * half-way. While a command runs they are signals again.
 *
 * History is kept across runs without lines that hold secrets.
 */
#include "vtysh/edit.h"

#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "lib/base/xalloc.h"
#include "vtysh/complete.h"
#include "vtysh/shell.h"

#define HISTORY_LINES 1000
#define HELP_COLUMN   22

struct edit {
	struct shell *sh;
	EditLine *el;     /* owned */
	History *history; /* owned */
	char *prompt;     /* owned */
	char *file;       /* owned; of the history, or NULL */
};

static struct edit *edit_of(EditLine *el)
{
	void *e = NULL;

	(void)el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *prompt(EditLine *el)
{
	return edit_of(el)->prompt;
}

static char *line_before_cursor(EditLine *el)
{
	const LineInfo *li = el_line(el);

	return xasprintf("%.*s", (int)(li->cursor - li->buffer), li->buffer);
}

static void print_candidates(const struct candidates *c)
{
	(void)fputc('\n', stdout);
	if (c->error)
		printf("%% %s\n", c->error);
	else if (!c->n)
		printf("%% nothing begins with \"%s\" here\n", c->partial);
	for (uint32_t i = 0; i < c->n && !c->error; i++) {
		const struct candidate *k = &c->v[i];

		if (*k->help)
			printf("  %-*s %s\n", HELP_COLUMN, k->word, k->help);
		else
			printf("  %s\n", k->word);
	}
	(void)fflush(stdout);
}

/* Is the cursor inside quotes? There '?' is a character like any other. */
static bool is_quoted(const char *line)
{
	bool quoted = false;

	for (; *line; line++) {
		if (*line == '\\' && quoted && line[1])
			line++;
		else if (*line == '"')
			quoted = !quoted;
	}
	return quoted;
}

static unsigned char on_help(EditLine *el, wint_t ch UNUSED)
{
	char *line = line_before_cursor(el);
	struct candidates c;
	unsigned char ret = CC_REDISPLAY;

	if (is_quoted(line)) {
		ret = el_insertstr(el, "?") ? CC_ERROR : CC_REFRESH;
	} else {
		candidates_find(edit_of(el)->sh, line, &c);
		print_candidates(&c);
		candidates_fini(&c);
	}
	free(line);
	return ret;
}

/* The only candidate, or NULL. */
static const struct candidate *only(const struct candidates *c)
{
	const struct candidate *found = NULL;

	for (uint32_t i = 0; i < c->n; i++) {
		if (c->v[i].placeholder)
			continue;
		if (found)
			return NULL;
		found = &c->v[i];
	}
	return found;
}

static const struct candidate *insertable(const struct candidates *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->v[i].placeholder)
			return &c->v[i];
	}
	return NULL;
}

static unsigned char on_tab(EditLine *el, wint_t ch UNUSED)
{
	char *line = line_before_cursor(el);
	struct candidates c;
	uint32_t common;
	unsigned char ret = CC_REFRESH;

	candidates_find(edit_of(el)->sh, line, &c);
	free(line);
	common = candidates_common(&c);
	if (c.error) {
		ret = CC_ERROR;
	} else if (common || only(&c)) {
		const struct candidate *k = insertable(&c);
		char *text = xasprintf("%.*s%s", (int)common, k->word + strlen(c.partial),
			only(&c) ? " " : "");

		ret = el_insertstr(el, text) ? CC_ERROR : CC_REFRESH;
		free(text);
	} else {
		print_candidates(&c);
		ret = CC_REDISPLAY;
	}
	candidates_fini(&c);
	return ret;
}

static void clear_line(EditLine *el)
{
	const LineInfo *li = el_line(el);

	(void)el_cursor(el, (int)(li->lastchar - li->cursor));
	el_deletestr(el, (int)(li->lastchar - li->buffer));
}

static unsigned char on_interrupt(EditLine *el, wint_t ch UNUSED)
{
	printf("^C\n");
	(void)fflush(stdout);
	clear_line(el);
	return CC_REDISPLAY;
}

static unsigned char on_end(EditLine *el, wint_t ch UNUSED)
{
	clear_line(el);
	if (!shell_is_configuring(edit_of(el)->sh))
		return CC_REFRESH;
	return el_insertstr(el, "end") ? CC_ERROR : CC_NEWLINE;
}

static void bind_keys(EditLine *el)
{
	static const struct {
		const char *key;
		const char *name;
		const wchar_t *wide; /* again: the narrow call leaks its copies */
		const wchar_t *help;
		unsigned char (*fn)(EditLine *el, wint_t ch);
	} keys[] = {
		{ "?", "vbrsh-help", L"vbrsh-help", L"list what may follow", on_help },
		{ "^I", "vbrsh-complete", L"vbrsh-complete", L"complete the word", on_tab },
		{ "^C", "vbrsh-interrupt", L"vbrsh-interrupt", L"forget the line", on_interrupt },
		{ "^Z", "vbrsh-end", L"vbrsh-end", L"leave configure", on_end },
	};

	(void)el_set(el, EL_EDITOR, "emacs");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		(void)el_wset(el, EL_ADDFN, keys[i].wide, keys[i].help, keys[i].fn);
		(void)el_set(el, EL_BIND, keys[i].key, keys[i].name, NULL);
	}
	(void)el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	(void)el_set(el, EL_SETTY, "-d", "-isig", NULL);
}

static void edit_init(struct edit *e, struct shell *sh, const char *name)
{
	const char *home = getenv("HOME");
	HistEvent ev;

	memset(e, 0, sizeof(*e));
	e->sh = sh;
	e->file = home ? xasprintf("%s/.vbrsh_history", home) : NULL;
	e->history = history_init();
	(void)history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	(void)history(e->history, &ev, H_SETUNIQUE, 1);
	if (e->file)
		(void)history(e->history, &ev, H_LOAD, e->file);
	e->el = el_init(name, stdin, stdout, stderr);
	(void)el_set(e->el, EL_CLIENTDATA, e);
	(void)el_set(e->el, EL_PROMPT, prompt);
	(void)el_set(e->el, EL_HIST, history, e->history);
	bind_keys(e->el);
}

static void edit_fini(struct edit *e)
{
	HistEvent ev;

	if (e->file)
		(void)history(e->history, &ev, H_SAVE, e->file);
	el_end(e->el);
	history_end(e->history);
	free(e->prompt);
	free(e->file);
}

static bool is_secret(const char *line)
{
	return strcasestr(line, "password") || strcasestr(line, "secret") || strstr(line, " key ");
}

static void remember(struct edit *e, const char *line)
{
	char *copy = xasprintf("%.*s", (int)strcspn(line, "\r\n"), line);
	HistEvent ev;

	if (*copy && !is_secret(copy))
		(void)history(e->history, &ev, H_ENTER, copy);
	free(copy);
}

/* ^D on an empty line is "exit": up one level, or out. */
static int next_line(struct edit *e)
{
	const char *line;
	char *copy;
	int code;
	int n = 0;

	free(e->prompt);
	e->prompt = shell_prompt(e->sh);
	line = el_gets(e->el, &n);
	if (!line || n <= 0) {
		(void)fputc('\n', stdout);
		copy = xstrdup("exit");
	} else {
		/* After ^Z the line has its length but no end: only n bytes are it. */
		copy = xasprintf("%.*s", n, line);
		remember(e, copy);
	}
	e->sh->clear_interrupt();
	code = shell_line(e->sh, copy);
	free(copy);
	return code;
}

int edit_run(struct shell *sh, const char *name)
{
	struct edit e;
	int code = SHELL_OK;

	edit_init(&e, sh, name);
	while (!sh->quit)
		code = next_line(&e);
	edit_fini(&e);
	return code;
}
