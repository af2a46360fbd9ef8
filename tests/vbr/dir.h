/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state directory that lives as long as a test.
 */
#pragma once

#include <stddef.h>

/** A new empty directory under TMPDIR; static buffer. */
const char *dir_new(void);
/** Remove it and the files in it. */
void dir_remove(const char *dir);
/** Path of a file in it; static buffer, two live at a time. */
const char *dir_file(const char *dir, const char *name);
/** Replace a file's content. */
void dir_write(const char *dir, const char *name, const void *data, size_t size);
