/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail: out of memory ends the process with a message. For small
 * internal objects only; whatever a peer, tenant or client sizes is checked against a quota
 * first.
 */
#pragma once

#include <stddef.h>

#include "lib/base/compiler.h"

/** The end: for those who ask the kernel themselves. */
void xalloc_failed(void) __attribute__((noreturn));
void *xmalloc(size_t size) MUST_USE __attribute__((malloc));
/** size: a multiple of alignment. */
void *xaligned(size_t alignment, size_t size) MUST_USE __attribute__((malloc));
void *xcalloc(size_t n, size_t size) MUST_USE __attribute__((malloc));
void *xrealloc(void *p, size_t size) MUST_USE;
/** As xrealloc, with the product n * size checked for overflow. */
void *xreallocarray(void *p, size_t n, size_t size) MUST_USE;
/**
 * Have the kernel make all pages that a range touches in one step, for who is about to write all of
 * it: three quarters of the time that a fault for each of them takes. p and size: what was
 * allocated, or a part.
 */
void xpopulate(void *p, size_t size);
char *xstrdup(const char *s) MUST_USE;
/** Formatted string on the heap; the caller frees it. */
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_USE;
