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
