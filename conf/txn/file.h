/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files: read at once, written so that a crash leaves the old or the new one, never a part.
 */
#pragma once

#include <stddef.h>

/** To be freed; NULL with errno. */
char *file_read(const char *path);
/** 0 or -errno. dir is where path lies. */
int file_write(const char *dir, const char *path, const char *text, size_t len);

/* The same in pieces: begin, any number of puts, end or drop. Nobody sees it before its end. */
struct file_writer;

/** NULL with errno. dir and path are borrowed until the end. */
struct file_writer *file_begin(const char *dir, const char *path);
/** A failure is told by file_end. */
void file_put(struct file_writer *w, const char *text, size_t len);
/** 0 or -errno; w is gone. */
int file_end(struct file_writer *w);
/** As if it had never begun; NULL-safe. */
void file_drop(struct file_writer *w);
