/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running vbrsh itself, as a user does.
 */
#pragma once

#include "tests/vtysh/fake_daemon.h"

/* One call, from start to end. */
struct program_run {
	char *out; /* owned; stdout */
	char *err; /* owned; stderr */
	int code;
};

/** Run with arguments (NULL at the end) against the daemon; program_run_fini frees. */
void program_run(struct program_run *r, const struct fake_daemon *f, const char *const *args);
void program_run_fini(struct program_run *r);
/** In a child: become vbrsh. Does not return. */
void program_exec(const struct fake_daemon *f, const char *const *args);
/** Content of a file, "" if there is none; the caller frees. */
char *program_read_file(const char *name);

#define VBRSH(r, f, ...) program_run(r, f, (const char *const[]){ __VA_ARGS__, NULL })
