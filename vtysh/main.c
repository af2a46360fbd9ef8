/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vbrsh: options, then lines from -c, from a file, or from a terminal.
 *
 * A file (-f) holds either commands or a configuration; its first line decides. A configuration,
 * in text form or JSON, is merged and committed as one. Commands of a file are written in full,
 * since an abbreviation that is unambiguous today may not be tomorrow. In a file, as in a
 * configuration, indentation closes blocks.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/schema.h"
#include "lib/base/xalloc.h"
#include "vtysh/commands.h"
#include "vtysh/edit.h"
#include "vtysh/shell.h"
#include "vtysh/text/output.h"

#define STDOUT_BUFFER (256u << 10)
#define STDOUT_PIPE   (1u << 20) /* what an unprivileged user may have (pipe(7)) */

static volatile sig_atomic_t interrupted;

static void on_sigint(int sig UNUSED)
{
	interrupted = 1;
}

static bool is_interrupted(void)
{
	return interrupted;
}

static void clear_interrupt(void)
{
	interrupted = 0;
}

struct options {
	char **commands; /* owned array of argv's strings */
	uint32_t n_commands;
	const char *file;
	char *socket; /* owned */
	bool keep_going;
	bool json;
	bool remote; /* an option of TLS was given */
};

static void usage(FILE *out)
{
	(void)fputs("usage: vbrsh [--run-dir DIR | --socket PATH] [-c COMMAND]...\n"
		    "             [-f FILE] [-n] [--json]\n"
		    "\n"
		    "Shell of vbrd. Interactive without -c and -f.\n"
		    "\n"
		    "  -c COMMAND     run it; several share one candidate configuration\n"
		    "  -f FILE        run the commands of a file, or merge and commit the\n"
		    "                 configuration in it ('-' reads standard input)\n"
		    "  -n             go on after a failure\n"
		    "  --json         as if every show ended in 'json'\n"
		    "  --run-dir DIR  directory of the daemon's socket (" VBRD_RUNDIR ")\n"
		    "  --socket PATH  the socket itself\n"
		    "  -V, -h         version, this text\n"
		    "\n"
		    "exit codes: 0 ok, 1 command failed (or edits left uncommitted), 2 usage or\n"
		    "parse error, 3 cannot connect, 4 permission denied, 5 validation or commit\n"
		    "failed, 6 timeout\n",
		out);
}

enum {
	OPT_RUN_DIR = 256,
	OPT_SOCKET,
	OPT_JSON,
	OPT_REMOTE,
};

static const struct option long_options[] = {
	{ "run-dir", required_argument, NULL, OPT_RUN_DIR },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "connect", required_argument, NULL, OPT_REMOTE },
	{ "cert", required_argument, NULL, OPT_REMOTE },
	{ "key", required_argument, NULL, OPT_REMOTE },
	{ "ca", required_argument, NULL, OPT_REMOTE },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void set_socket(struct options *o, char *take_path)
{
	free(o->socket);
	o->socket = take_path;
}

static void use_option(struct options *o, int opt)
{
	switch (opt) {
	case 'c':
		o->commands = xreallocarray(o->commands, o->n_commands + 1, sizeof(char *));
		o->commands[o->n_commands++] = optarg;
		break;
	case 'f':
		o->file = optarg;
		break;
	case 'n':
		o->keep_going = true;
		break;
	case OPT_RUN_DIR:
		set_socket(o, xasprintf("%s/vbrd.sock", optarg));
		break;
	case OPT_SOCKET:
		set_socket(o, xstrdup(optarg));
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_REMOTE:
		o->remote = true;
		break;
	default:
		break;
	}
}

/* -1 to go on, else an exit code. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "c:f:nVh", long_options, NULL)) != -1) {
		if (opt == 'V') {
			printf("vbrsh %s\n", PACKAGE_VERSION);
			return SHELL_OK;
		}
		if (opt == 'h') {
			usage(stdout);
			return SHELL_OK;
		}
		if (opt == '?') {
			(void)fputs("'vbrsh -h' lists the options\n", stderr);
			return SHELL_USAGE;
		}
		use_option(o, opt);
	}
	if (optind < argc) {
		fprintf(stderr, "%% \"%s\" is no option; commands are given by -c\n", argv[optind]);
		return SHELL_USAGE;
	}
	if (o->remote) {
		(void)fputs("% this release has no remote access (--connect, --cert, --key, --ca): "
			    "run vbrsh on the router, for example through ssh\n",
			stderr);
		return SHELL_USAGE;
	}
	if (!o->socket)
		o->socket = xstrdup(VBRD_RUNDIR "/vbrd.sock");
	return -1;
}

static int run_one(struct shell *sh, const char *text)
{
	char *line = xstrdup(text);
	int code;

	code = shell_line(sh, line);
	free(line);
	return code;
}

static int run_commands(struct shell *sh, const struct options *o)
{
	int first = SHELL_OK;

	for (uint32_t i = 0; i < o->n_commands && !sh->quit && !interrupted; i++) {
		const int code = run_one(sh, o->commands[i]);

		if (first == SHELL_OK)
			first = code;
		if (code != SHELL_OK && !o->keep_going)
			break;
	}
	return first;
}

/* Files */

static char *read_all(FILE *f, size_t *len)
{
	enum {
		STEP = 1 << 16
	};
	char *text = NULL;
	size_t n;

	*len = 0;
	do {
		text = xrealloc(text, *len + STEP + 1);
		n = fread(text + *len, 1, STEP, f);
		*len += n;
	} while (n > 0);
	text[*len] = '\0';
	return text;
}

static void is_command(void *ctx, const struct grammar_next *next)
{
	char **word = ctx;

	if (*word && next->word && strcmp(*word, next->word) == 0)
		*word = NULL;
}

/* Does the first line with words begin with a command? */
static bool is_script(struct shell *sh, const char *text)
{
	const struct grammar_query q = { .mode = COMMAND_EXEC };
	struct errbuf err;
	char *word;
	char *left;
	bool found;

	text += strspn(text, " \t\r\n");
	while (*text == '!' || *text == '#') {
		text += strcspn(text, "\n");
		text += strspn(text, " \t\r\n");
	}
	word = xasprintf("%.*s", (int)strcspn(text, " \t\r\n"), text);
	left = word;
	errbuf_init(&err);
	(void)grammar_next(sh->grammar, &q, is_command, &left, &err);
	errbuf_fini(&err);
	found = !left || !*word;
	free(word);
	return found;
}

/* Indentation of the lines that opened the blocks which are open now. */
struct indents {
	bool used; /* the file indents at all */
	uint32_t n;
	uint16_t at[64];
};

static void close_blocks(struct shell *sh, struct indents *in, uint16_t indent)
{
	if (!in->used || !sh->pos)
		return;
	if (in->n > schema_pos_depth(sh->pos))
		in->n = schema_pos_depth(sh->pos);
	while (in->n > 0 && indent <= in->at[in->n - 1])
		schema_pos_leave_to(sh->pos, --in->n);
}

static void note_block(struct shell *sh, struct indents *in, uint16_t indent)
{
	if (!sh->pos)
		in->n = 0;
	else if (schema_pos_depth(sh->pos) > in->n && in->n < ARRAY_SIZE(in->at))
		in->at[in->n++] = indent;
}

static int run_script_line(struct shell *sh, char *line, struct indents *in)
{
	const uint16_t indent = (uint16_t)strspn(line, " \t");
	int code;

	line[strcspn(line, "\r")] = '\0';
	if (line[indent] && !strchr("!#", line[indent]))
		close_blocks(sh, in, indent);
	code = run_one(sh, line);
	note_block(sh, in, indent);
	return code;
}

static int run_script(struct shell *sh, const struct options *o, char *text)
{
	struct indents in = { .used = strstr(text, "\n ") };
	uint32_t line_no = 0;
	int first = SHELL_OK;

	for (char *line = text; line && !sh->quit && !interrupted;) {
		char *next = strchr(line, '\n');
		char where[256];
		int code;

		if (next)
			*next++ = '\0';
		(void)snprintf(where, sizeof(where), "%s:%u", o->file, ++line_no);
		sh->where = where;
		code = run_script_line(sh, line, &in);
		sh->where = NULL;
		if (first == SHELL_OK)
			first = code;
		if (code != SHELL_OK && !o->keep_going)
			break;
		line = next;
	}
	return first;
}

static int run_configuration(struct shell *sh, const struct options *o, const char *text,
	size_t len)
{
	Vbrd__ConfigCommit commit = VBRD__CONFIG_COMMIT__INIT;
	struct errbuf err;
	int code;

	errbuf_init(&err);
	sh->where = o->file;
	sh->out = output_new(stdout, NULL, NULL, &err);
	code = config_load_text(sh, text, len, false);
	if (code == SHELL_OK)
		code = config_commit(sh, &commit);
	output_free(sh->out);
	sh->out = NULL;
	sh->where = NULL;
	errbuf_fini(&err);
	return code;
}

static int run_file(struct shell *sh, const struct options *o)
{
	const bool is_stdin = strcmp(o->file, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(o->file, "re");
	char *text;
	size_t len;
	int code;

	if (!f) {
		shell_error(sh, "%s: %s", o->file, strerror(errno));
		return SHELL_FAILED;
	}
	text = read_all(f, &len);
	if (!is_stdin)
		(void)fclose(f);
	sh->abbreviate = false;
	if (is_script(sh, text))
		code = run_script(sh, o, text);
	else
		code = run_configuration(sh, o, text, len);
	sh->abbreviate = true;
	free(text);
	return code;
}

static int run_batch(struct shell *sh, const struct options *o)
{
	int code = run_commands(sh, o);

	if (o->file && (code == SHELL_OK || o->keep_going)) {
		const int of_file = run_file(sh, o);

		code = code ? code : of_file;
	}
	if (sh->dirty && sh->client) {
		/* After a failure everybody knows why; else it was forgotten. */
		shell_error(sh, "uncommitted changes were discarded%s",
			code != SHELL_OK ? "" : ": end with 'commit'");
		code = code ? code : SHELL_FAILED;
	}
	return interrupted && !code ? SHELL_FAILED : code;
}

static int run_terminal(struct shell *sh, const char *name)
{
	int code;

	sh->interactive = true;
	/* ^Z means "end"; pressed a moment too early it must not suspend the shell. */
	(void)signal(SIGTSTP, SIG_IGN);
	code = shell_connect(sh);
	if (code != SHELL_OK)
		return code;
	return edit_run(sh, name);
}

/*
 * A table of a million routes is hundreds of megabytes: by pages, as stdio and pipes have it, the
 * writes and the reader's wake-ups cost more than the text. A command's end and each message of the
 * daemon flush, so nothing waits in here.
 */
static void enlarge_stdout(void)
{
	static char buffer[STDOUT_BUFFER];

	if (isatty(STDOUT_FILENO))
		return;
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	/* If it is no pipe, or no more is allowed, it stays as it is. */
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, STDOUT_PIPE);
}

int main(int argc, char **argv)
{
	const struct sigaction interrupt = { .sa_handler = on_sigint }; /* without SA_RESTART */
	struct options o = { 0 };
	struct shell sh;
	int code = parse_options(&o, argc, argv);

	if (code < 0) {
		enlarge_stdout();
		(void)sigaction(SIGINT, &interrupt, NULL);
		(void)signal(SIGPIPE, SIG_IGN);
		shell_init(&sh);
		sh.socket = o.socket;
		sh.json = o.json;
		sh.is_interrupted = is_interrupted;
		sh.clear_interrupt = clear_interrupt;
		if (!o.n_commands && !o.file && !isatty(STDIN_FILENO))
			o.file = "-";
		if (o.n_commands || o.file)
			code = run_batch(&sh, &o);
		else
			code = run_terminal(&sh, argv[0]);
		shell_fini(&sh);
	}
	free(o.commands);
	free(o.socket);
	return code;
}
