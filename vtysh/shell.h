/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell without its terminal: takes lines, keeps the mode and the place in the configuration,
 * asks the daemon, prints. main.c and edit.c feed it; commands (cmd_*.c) run on it.
 *
 * The daemon is called when the first command needs it, the model is loaded when the first line of
 * configuration does, so that "vbrsh -c 'show bgp summary'" is as quick as it can be.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"
#include "proto/client.h"
#include "proto/vbrd.pb-c.h"
#include "vtysh/grammar.h"

struct output;
struct schema;
struct schema_pos;

/* Exit codes of vbrsh, and of each command. */
enum {
	SHELL_OK = 0,
	SHELL_FAILED = 1,
	SHELL_USAGE = 2,
	SHELL_NO_CONNECTION = 3,
	SHELL_DENIED = 4,
	SHELL_INVALID = 5,
	SHELL_TIMEOUT = 6,
};

#define SHELL_TIMEOUT_MS        60000                   /* between two parts of an answer */
#define SHELL_NO_TIMEOUT_MS     (24 * 3600 * 1000 * 20) /* twenty quiet days */
#define SHELL_COMMIT_TIMEOUT_MS 600000 /* loads and commits of large configurations */

struct shell {
	const char *socket;           /* borrowed */
	bool json;                    /* --json */
	bool interactive;             /* pager, notes for people */
	bool abbreviate;              /* lines are typed, not read from a file */
	const char *where;            /* put before errors: "FILE:12", or NULL */
	bool (*is_interrupted)(void); /* Ctrl-C since the command began; NULL: never */
	void (*clear_interrupt)(void);

	struct rpc_client *client; /* owned; NULL until needed */
	struct grammar *grammar;   /* owned */
	struct schema *schema;     /* owned; NULL until needed */
	struct schema_pos *pos;    /* owned; NULL outside configure */
	bool exclusive;
	bool dirty; /* edits that were not committed */
	bool quit;

	struct output *out; /* of the running command; owned by shell_line */
};

void shell_init(struct shell *sh);
void shell_fini(struct shell *sh);

/** Run one line; returns its exit code. The line is changed. */
int shell_line(struct shell *sh, char *line);
/** "edge(config-tenant-acme)# "; the caller frees it. */
char *shell_prompt(struct shell *sh);
bool shell_is_configuring(const struct shell *sh);

/** An error for people on stderr, "% " in front. */
void shell_error(const struct shell *sh, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** All sentences of err; returns code. Empties err. */
int shell_errors(const struct shell *sh, struct errbuf *err, int code);

/** Connect if that is not done. An exit code; errors are printed. */
int shell_connect(struct shell *sh);
/** Load the model if that is not done. An exit code; errors are printed. */
int shell_load_schema(struct shell *sh);

/* What becomes of an answer. */
struct shell_answer {
	bool (*body)(void *ctx,
		const ProtobufCMessage *msg); /* as in rpc_client_sink; may be NULL */
	void *ctx;
	int timeout_ms; /* 0 = SHELL_TIMEOUT_MS */
	bool quiet;     /* no errors on stderr: for completion */
};
/** One request with its answer; returns an exit code, errors are printed. */
int shell_call(struct shell *sh, Vbrd__Request *req, const struct shell_answer *answer);
/** The same, the answer rendered to the command's output as JSON or text. */
int shell_show(struct shell *sh, Vbrd__Request *req, const ProtobufCMessageDescriptor *reply,
	bool json);
