/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: line editing, '?' and Tab, history. Knows nothing of commands but where to ask.
 */
#pragma once

struct shell;

/** Read and run lines until the user leaves. name: argv[0]. Returns the exit code. */
int edit_run(struct shell *sh, const char *name);
