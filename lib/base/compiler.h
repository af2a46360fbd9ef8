/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the compiler that the whole tree uses. The only header with #if on compilers.
 */
#pragma once

#include <stddef.h>

#define UNUSED                        __attribute__((unused))
#define PRINTF_LIKE(f, a)             __attribute__((format(printf, f, a)))
#define MUST_USE                      __attribute__((warn_unused_result))
#define likely(x)                     __builtin_expect(!!(x), 1)
#define unlikely(x)                   __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a)                 (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))
