/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each pattern becomes a small program (words, splits, jumps), and a line runs through all
 * programs at once, a set of threads per word: the classic simulation of a non-deterministic
 * automaton. So alternatives never need backtracking, and the set that is alive after some words
 * is exactly what '?' must list.
 *
 * Which word wins at one place: 1. a keyword typed in full, 2. a value that accepts the word, 3.
 * the only keyword that it abbreviates. A name is thus never shadowed by an abbreviation.
 */
#include "vtysh/grammar.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define MAX_INSTS   96u
#define MAX_THREADS 512u

enum inst_op {
	INST_OP_WORD,
	INST_OP_VARIABLE,
	INST_OP_SPLIT, /* to x and y */
	INST_OP_JUMP,  /* to x */
	INST_OP_ONCE,  /* the way of bit x of {..}: whoever has gone it ends here */
	INST_OP_END,
};

struct inst {
	enum inst_op op;
	uint8_t x;
	uint8_t y;
	char word[32];
	bool whole;                      /* no abbreviation */
	const struct variable *variable; /* borrowed */
};

struct program {
	const struct command *command; /* borrowed */
	uint32_t n;
	uint8_t n_once;
	struct inst insts[MAX_INSTS];
};

struct grammar {
	struct grammar_tables t;
	struct program *programs; /* owned */
};

/* Compiling */

struct compiler {
	const struct grammar *g;
	struct program *p;
	const char *s; /* rest of the pattern */
};

static void compile_choice(struct compiler *c);
static void compile_sequence(struct compiler *c);

static struct inst *emit(struct compiler *c, enum inst_op op)
{
	struct inst *i = &c->p->insts[c->p->n];

	assert(c->p->n < MAX_INSTS);
	c->p->n++;
	i->op = op;
	return i;
}

static const struct variable *find_variable(const struct grammar *g, const char *name)
{
	for (uint32_t i = 0; i < g->t.n_variables; i++) {
		if (strcmp(g->t.variables[i].name, name) == 0)
			return &g->t.variables[i];
	}
	return NULL;
}

static void compile_word(struct compiler *c)
{
	const size_t len = strcspn(c->s, " []{}()|.");
	const uint8_t start = (uint8_t)c->p->n;
	struct inst *i = emit(c, INST_OP_WORD);

	assert(len > 0 && len < sizeof(i->word));
	memcpy(i->word, c->s, len);
	i->whole = c->p->command->flags & COMMAND_WHOLE;
	if (isupper((unsigned char)i->word[0])) {
		i->op = INST_OP_VARIABLE;
		i->variable = find_variable(c->g, i->word);
		assert(i->variable);
	}
	c->s += len;
	if (strncmp(c->s, "...", 3) == 0) {
		c->s += 3;
		i = emit(c, INST_OP_SPLIT);
		i->x = start;
		i->y = (uint8_t)c->p->n;
	}
}

static void compile_group(struct compiler *c)
{
	const bool optional = *c->s++ == '[';
	struct inst *skip = optional ? emit(c, INST_OP_SPLIT) : NULL;

	if (skip)
		skip->x = (uint8_t)c->p->n;
	compile_choice(c);
	assert(*c->s == ']' || *c->s == ')');
	c->s++;
	if (skip)
		skip->y = (uint8_t)c->p->n;
}

/* A loop over the alternatives; a thread remembers which it has taken. */
static void compile_set(struct compiler *c)
{
	const uint8_t loop = (uint8_t)c->p->n;

	do {
		struct inst *split = emit(c, INST_OP_SPLIT);

		c->s++;
		split->x = (uint8_t)c->p->n;
		assert(c->p->n_once < 32);
		emit(c, INST_OP_ONCE)->x = c->p->n_once++;
		compile_sequence(c);
		emit(c, INST_OP_JUMP)->x = loop;
		split->y = (uint8_t)c->p->n;
	} while (*c->s == '|');
	assert(*c->s == '}');
	c->s++;
}

static void compile_sequence(struct compiler *c)
{
	while (*c->s && !strchr("|])}", *c->s)) {
		if (*c->s == ' ')
			c->s++;
		else if (*c->s == '{')
			compile_set(c);
		else if (*c->s == '[' || *c->s == '(')
			compile_group(c);
		else
			compile_word(c);
	}
}

/* Is there another alternative before the group's end? */
static bool has_bar(const char *s)
{
	int depth = 0;

	for (; *s && depth >= 0; s++) {
		if (*s == '|' && depth == 0)
			return true;
		depth += *s == '[' || *s == '(' || *s == '{';
		depth -= *s == ']' || *s == ')' || *s == '}';
	}
	return false;
}

static void compile_choice(struct compiler *c)
{
	if (!has_bar(c->s)) {
		compile_sequence(c);
		return;
	}
	struct inst *split = emit(c, INST_OP_SPLIT);
	struct inst *jump;

	split->x = (uint8_t)c->p->n;
	compile_sequence(c);
	jump = emit(c, INST_OP_JUMP);
	split->y = (uint8_t)c->p->n;
	assert(*c->s == '|');
	c->s++;
	compile_choice(c);
	jump->x = (uint8_t)c->p->n;
}

static void compile(const struct grammar *g, struct program *p, const struct command *command)
{
	struct compiler c = { .g = g, .p = p, .s = command->pattern };

	p->command = command;
	compile_choice(&c);
	assert(!*c.s);
	if (command->flags & COMMAND_JSON) {
		c.s = "[json]";
		compile_choice(&c);
	}
	emit(&c, INST_OP_END);
}

struct grammar *grammar_new(const struct grammar_tables *t)
{
	struct grammar *g = xcalloc(1, sizeof(*g));

	g->t = *t;
	g->programs = xcalloc(t->n_commands, sizeof(*g->programs));
	for (uint32_t i = 0; i < t->n_commands; i++)
		compile(g, &g->programs[i], &t->commands[i]);
	return g;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	free(g->programs);
	free(g);
}

/* Running */

struct thread {
	const struct program *p;
	uint8_t pc;    /* at a word, a variable or the end */
	uint32_t once; /* bits of INST_OP_ONCE */
	const struct inst *taken[GRAMMAR_MAX_WORDS];
};

struct set {
	uint32_t n;
	struct thread threads[MAX_THREADS];
};

struct run {
	const struct grammar_query *q;
	uint32_t n_taken;
	struct set *now; /* owned */
	struct set *then;
};

static bool set_has(const struct set *s, const struct program *p, uint8_t pc)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->threads[i].p == p && s->threads[i].pc == pc)
			return true;
	}
	return false;
}

/*
 * Follow splits and jumps; patterns nest a handful deep, loops only go back to a word. Who is at
 * one place of one program by the same words has gone the same ways of {..}: the first speaks for
 * all.
 */
static void set_add(struct set *s, const struct thread *from, uint8_t pc)
{
	const struct inst *i = &from->p->insts[pc];
	struct thread t;

	if (i->op == INST_OP_SPLIT) {
		set_add(s, from, i->x);
		set_add(s, from, i->y);
	} else if (i->op == INST_OP_JUMP) {
		set_add(s, from, i->x);
	} else if (i->op == INST_OP_ONCE) {
		if (from->once & UINT32_C(1) << i->x)
			return;
		t = *from;
		t.once |= UINT32_C(1) << i->x;
		set_add(s, &t, pc + 1);
	} else if (s->n < MAX_THREADS && !set_has(s, from->p, pc)) {
		s->threads[s->n] = *from;
		s->threads[s->n].pc = pc;
		s->n++;
	}
}

static const struct inst *head(const struct thread *t)
{
	return &t->p->insts[t->pc];
}

enum fit {
	FIT_NONE,
	FIT_PREFIX,
	FIT_VALUE,
	FIT_EXACT,
};

static enum fit fit(const struct inst *i, const char *word)
{
	switch (i->op) {
	case INST_OP_WORD:
		if (strcmp(i->word, word) == 0)
			return FIT_EXACT;
		if (i->whole)
			return FIT_NONE;
		return strncmp(i->word, word, strlen(word)) == 0 ? FIT_PREFIX : FIT_NONE;
	case INST_OP_VARIABLE:
		return !i->variable->accepts || i->variable->accepts(word) ? FIT_VALUE : FIT_NONE;
	default:
		return FIT_NONE;
	}
}

static const char *head_name(const struct inst *i, char *buf, size_t size)
{
	size_t k = 0;

	if (i->op == INST_OP_WORD)
		return i->word;
	if (i->op == INST_OP_END)
		return "end of line";
	buf[k++] = '<';
	for (const char *s = i->variable->name; *s && k < size - 2; s++)
		buf[k++] = (char)tolower((unsigned char)*s);
	buf[k++] = '>';
	buf[k] = '\0';
	return buf;
}

/* "a | b | c" of the heads that fit at least so well, each once. */
static void list_heads(const struct set *s, const char *word, enum fit least, char *buf,
	size_t size)
{
	size_t used = 0;
	char name[40];

	buf[0] = '\0';
	for (uint32_t k = 0; k < s->n; k++) {
		const struct inst *i = head(&s->threads[k]);
		bool seen = false;

		for (uint32_t m = 0; m < k && !seen; m++) {
			const struct inst *other = head(&s->threads[m]);

			seen = other->op == i->op && strcmp(other->word, i->word) == 0;
		}
		if (seen || (least && fit(i, word) < least))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? " | " : "",
			head_name(i, name, sizeof(name)));
		/* What not every word is says of which form it has to be. */
		if (used < size && i->op == INST_OP_VARIABLE && i->variable->accepts)
			used += (size_t)snprintf(buf + used, size - used, " (%s)",
				i->variable->help);
		if (used >= size)
			return;
	}
}

static char *words_before(const struct grammar_query *q, uint32_t n)
{
	char *text = xstrdup("");

	for (uint32_t i = 0; i < n; i++) {
		char *longer = xasprintf("%s%s%s", text, i ? " " : "", q->words[i]);

		free(text);
		text = longer;
	}
	return text;
}

/* Was it taken already, as one of {..}? Its full form, else NULL. */
static const char *taken_once(const struct run *r, const char *word)
{
	for (uint32_t k = 0; k < r->now->n; k++)
		for (uint32_t i = 1; i < r->n_taken; i++) {
			const struct inst *t = r->now->threads[k].taken[i];

			if (t[-1].op == INST_OP_ONCE && fit(t, word) != FIT_NONE)
				return t->word;
		}
	return NULL;
}

static void say_unknown(const struct run *r, const char *word, struct errbuf *err)
{
	const char *twice = taken_once(r, word);
	char *before = words_before(r->q, r->n_taken);
	char expected[512];

	list_heads(r->now, word, FIT_NONE, expected, sizeof(expected));
	if (twice)
		errbuf_add(err, NULL, 0,
			"\"%s\" stands twice: delete one of them; expected after \"%s\": %s", twice,
			before, expected);
	else if (r->n_taken)
		errbuf_add(err, NULL, 0, "unknown word \"%s\" after \"%s\"; expected: %s", word,
			before, expected);
	else
		errbuf_add(err, NULL, 0, "unknown command \"%s\"; expected: %s", word, expected);
	free(before);
}

/* Best fit of any head; *same tells whether all heads of that fit are the same keyword. */
static enum fit best_fit(const struct run *r, const char *word, bool *same)
{
	const char *first = NULL;
	enum fit best = FIT_NONE;

	*same = true;
	for (uint32_t k = 0; k < r->now->n; k++) {
		const struct inst *i = head(&r->now->threads[k]);
		const enum fit f = fit(i, word);

		if (f < best || f == FIT_NONE)
			continue;
		if (f > best) {
			best = f;
			first = i->word;
			*same = true;
		} else if (strcmp(first, i->word) != 0) {
			*same = false;
		}
	}
	return best;
}

static int step(struct run *r, const char *word, struct errbuf *err)
{
	bool same;
	const enum fit best = best_fit(r, word, &same);
	struct set *swap;

	if (best == FIT_NONE || (best == FIT_PREFIX && !r->q->abbreviate)) {
		say_unknown(r, word, err);
		return -EINVAL;
	}
	if (best == FIT_PREFIX && !same) {
		char list[512];

		list_heads(r->now, word, FIT_PREFIX, list, sizeof(list));
		errbuf_add(err, NULL, 0, "ambiguous word \"%s\": %s", word, list);
		return -EINVAL;
	}
	r->then->n = 0;
	for (uint32_t k = 0; k < r->now->n; k++) {
		struct thread *t = &r->now->threads[k];

		if (fit(head(t), word) != best)
			continue;
		t->taken[r->n_taken] = head(t);
		set_add(r->then, t, t->pc + 1);
	}
	r->n_taken++;
	swap = r->now;
	r->now = r->then;
	r->then = swap;
	return 0;
}

static void run_fini(struct run *r)
{
	free(r->now);
	free(r->then);
}

/* The threads alive behind the words of q. run_fini frees, also on failure. */
static int run_words(const struct grammar *g, const struct grammar_query *q, struct run *r,
	struct errbuf *err)
{
	r->q = q;
	r->n_taken = 0;
	r->now = xmalloc(sizeof(*r->now));
	r->then = xmalloc(sizeof(*r->then));
	r->now->n = 0;
	if (q->n > GRAMMAR_MAX_WORDS) {
		errbuf_add(err, NULL, 0, "more than %u words in one command", GRAMMAR_MAX_WORDS);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < g->t.n_commands; i++) {
		struct thread t = { .p = &g->programs[i] };

		if (t.p->command->flags & q->mode)
			set_add(r->now, &t, 0);
	}
	for (uint32_t i = 0; i < q->n; i++) {
		const int ret = step(r, q->words[i], err);

		if (ret)
			return ret;
	}
	return 0;
}

static void fill_args(struct args *a, const struct run *r, const struct thread *t)
{
	a->command = t->p->command;
	a->words = r->q->words;
	a->n = r->n_taken;
	memcpy(a->insts, t->taken, sizeof(a->insts));
}

int grammar_match(const struct grammar *g, const struct grammar_query *q, struct args *out,
	struct errbuf *err)
{
	struct run r;
	int ret = run_words(g, q, &r, err);

	for (uint32_t k = 0; !ret && k < r.now->n; k++) {
		if (head(&r.now->threads[k])->op == INST_OP_END) {
			fill_args(out, &r, &r.now->threads[k]);
			run_fini(&r);
			return 0;
		}
	}
	if (!ret) {
		char *before = words_before(q, q->n);
		char expected[512];

		list_heads(r.now, "", FIT_NONE, expected, sizeof(expected));
		errbuf_add(err, NULL, 0, "incomplete command \"%s\"; expected: %s", before,
			expected);
		free(before);
		ret = -EINVAL;
	}
	run_fini(&r);
	return ret;
}

static void say_next(const struct grammar *g, const struct run *r, uint32_t k,
	void (*fn)(void *ctx, const struct grammar_next *next), void *ctx)
{
	const struct thread *t = &r->now->threads[k];
	const struct inst *i = head(t);
	struct grammar_next next = { 0 };
	struct args args;
	char name[40];

	for (uint32_t m = 0; m < k; m++) {
		const struct inst *other = head(&r->now->threads[m]);

		if (other->op == i->op && strcmp(other->word, i->word) == 0)
			return;
	}
	fill_args(&args, r, t);
	next.args = &args;
	next.variable = i->variable;
	if (i->op != INST_OP_END)
		next.word = head_name(i, name, sizeof(name));
	if (i->op == INST_OP_END)
		next.help = t->p->command->help;
	else
		next.help = i->variable ? i->variable->help : g->t.word_help(i->word);
	fn(ctx, &next);
}

int grammar_next(const struct grammar *g, const struct grammar_query *q,
	void (*fn)(void *ctx, const struct grammar_next *next), void *ctx, struct errbuf *err)
{
	struct run r;
	const int ret = run_words(g, q, &r, err);

	for (uint32_t k = 0; !ret && k < r.now->n; k++)
		say_next(g, &r, k, fn, ctx);
	run_fini(&r);
	return ret;
}

/* Reading */

static bool is_item(const struct args *a, uint32_t i, enum inst_op op, const char *word)
{
	return a->insts[i]->op == op && strcmp(a->insts[i]->word, word) == 0;
}

char *args_get(const struct args *a, const char *variable)
{
	for (uint32_t i = 0; i < a->n; i++) {
		if (is_item(a, i, INST_OP_VARIABLE, variable))
			return a->words[i];
	}
	return NULL;
}

bool args_has(const struct args *a, const char *keyword)
{
	for (uint32_t i = 0; i < a->n; i++) {
		if (is_item(a, i, INST_OP_WORD, keyword))
			return true;
	}
	return false;
}

uint32_t args_u32(const struct args *a, const char *variable, uint32_t fallback)
{
	const char *text = args_get(a, variable);

	return text ? (uint32_t)strtoul(text, NULL, 10) : fallback;
}

uint32_t args_rest(const struct args *a, const char *variable, uint32_t *first)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		if (!is_item(a, i, INST_OP_VARIABLE, variable))
			continue;
		if (n++ == 0)
			*first = i;
	}
	return n;
}

char *args_join(const struct args *args, const char *variable)
{
	uint32_t first = 0;
	const uint32_t n = args_rest(args, variable, &first);
	char *text = n ? xstrdup(args->words[first]) : NULL;

	for (uint32_t i = 1; i < n; i++) {
		char *longer = xasprintf("%s %s", text, args->words[first + i]);

		free(text);
		text = longer;
	}
	return text;
}
