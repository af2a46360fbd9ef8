/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the compiler that the whole tree uses. The only header with #if on compilers.
 */
#pragma once

#include <features.h>
#include <stddef.h>

#define UNUSED                        __attribute__((unused))
#define PRINTF_LIKE(f, a)             __attribute__((format(printf, f, a)))
#define MUST_USE                      __attribute__((warn_unused_result))
#define ALWAYS_INLINE                 static inline __attribute__((always_inline))
#define NEVER_INLINE                  __attribute__((noinline)) /* its frame is large, and rare */
#define likely(x)                     __builtin_expect(!!(x), 1)
#define unlikely(x)                   __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a)                 (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))
#define prefetch(p)                   __builtin_prefetch(p)

/* Whoever hands out memory by himself says so, and the address sanitizer sees who uses it later. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(WITH_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#define memory_gone(p, n) __asan_poison_memory_region(p, n)
#define memory_back(p, n) __asan_unpoison_memory_region(p, n)
#else
#define memory_gone(p, n) ((void)(p), (void)(n))
#define memory_back(p, n) ((void)(p), (void)(n))
#endif

/*
 * For functions that live by popcount: x86-64 has had the instruction since 2008, but the baseline
 * that distributions build for has not, and calls a function of the compiler's instead. The loader
 * chooses the version that the processor can run. Not under the thread sanitizer of gcc, which
 * instruments the choosing and then crashes, since it runs before the sanitizer is there.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_THREAD__)
#define WITH_POPCOUNT __attribute__((target_clones("popcnt", "default")))
#else
#define WITH_POPCOUNT
#endif
