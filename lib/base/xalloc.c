/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the process on lack of memory, in one place. A routing daemon that continues after
 * a failed small allocation needs an untested error path in every function; dying and being
 * restarted with the routes still in the kernel is the better service. The message goes out by
 * write(2): the log may want memory itself.
 *
 * A size of 0 gives a valid pointer, so that NULL never means two things.
 */
#include "lib/base/xalloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void xalloc_failed(void)
{
	static const char msg[] = "vbrd: out of memory\n";

	(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
	abort();
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		xalloc_failed();
	return p;
}

void *xaligned(size_t alignment, size_t size)
{
	void *p = aligned_alloc(alignment, size);

	if (!p)
		xalloc_failed();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = n && size ? calloc(n, size) : calloc(1, 1);

	if (!p)
		xalloc_failed();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);

	if (!q)
		xalloc_failed();
	return q;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		xalloc_failed();
	return xrealloc(p, total);
}

void xpopulate(void *p, size_t size)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t from = (uintptr_t)p & ~(page - 1);

	/* Where the kernel does not know it (before Linux 5.14), pages come by faults as usual. */
	(void)madvise((void *)from, (uintptr_t)p + size - from, MADV_POPULATE_WRITE);
}

char *xstrdup(const char *s)
{
	const size_t size = strlen(s) + 1;

	return memcpy(xmalloc(size), s, size);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		xalloc_failed();
	va_end(ap);
	return s;
}
