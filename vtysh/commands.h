/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands: one table (commands.c) over functions by subject (cmd_*.c). Each takes the shell
 * and the words it was given, prints what it has to say and returns an exit code.
 */
#pragma once

#include <stdint.h>

#include "vtysh/grammar.h"
#include "vtysh/shell.h"

extern const struct grammar_tables command_tables;

/* Data of a show command whose request is filled from its words one by one. */
struct show {
	Vbrd__Request__OpCase op;
	const ProtobufCMessageDescriptor *reply;
	struct {
		const char *field; /* string field of the request's message */
		const char *variable;
	} fields[3];
};

int cmd_show(void *shell, const struct args *args);
int cmd_show_bgp_routes(void *shell, const struct args *args);
int cmd_show_route(void *shell, const struct args *args);
int cmd_explain(void *shell, const struct args *args);

int cmd_show_metering(void *shell, const struct args *args);
int cmd_show_metering_records(void *shell, const struct args *args);
int cmd_show_metering_bill(void *shell, const struct args *args);

int cmd_monitor(void *shell, const struct args *args);
int cmd_clear_bgp(void *shell, const struct args *args);
int cmd_request_vbr(void *shell, const struct args *args);
int cmd_request_drill(void *shell, const struct args *args);
int cmd_shutdown(void *shell, const struct args *args);
int cmd_exit(void *shell, const struct args *args);
int cmd_end(void *shell, const struct args *args);

int cmd_configure(void *shell, const struct args *args);
int cmd_show_running(void *shell, const struct args *args);
int cmd_show_candidate(void *shell, const struct args *args);
int cmd_show_history(void *shell, const struct args *args);
int cmd_compare(void *shell, const struct args *args);
int cmd_discard(void *shell, const struct args *args);
int cmd_commit(void *shell, const struct args *args);
int cmd_rollback(void *shell, const struct args *args);
int cmd_load(void *shell, const struct args *args);
int cmd_save(void *shell, const struct args *args);

/** A line of configuration at the open block: resolve, send, enter. */
int config_line(struct shell *sh, char *const *words, uint32_t n);
/** Leave configure. */
void config_leave(struct shell *sh);
/** Merge or replace the candidate by a text (of a file named in errors). */
int config_load_text(struct shell *sh, const char *text, size_t len, bool replace);
/** Plain commit with a note of what became of it. */
int config_commit(struct shell *sh, Vbrd__ConfigCommit *commit);
