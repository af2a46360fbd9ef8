/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page is read whole; what is drawn must be in it as one piece.
 */
#include "tests/vbr/model/drawing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

void drawing_line(struct drawing *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	d->n += (size_t)vsnprintf(d->text + d->n, sizeof(d->text) - d->n, fmt, ap);
	va_end(ap);
	d->n += (size_t)snprintf(d->text + d->n, sizeof(d->text) - d->n, "\n");
}

const char *drawing_word(int8_t fact)
{
	return fact < 0 ? "" : fact > 0 ? "yes" : "no";
}

bool drawing_is_in(const struct drawing *d, const char *page)
{
	const char *dir = getenv("VBRD_SRCDIR");
	char *path = xasprintf("%s/%s", dir != NULL ? dir : ".", page);
	FILE *f = fopen(path, "re");
	char *text = xcalloc(1, 1u << 20);
	bool found;

	free(path);
	if (f != NULL) {
		text[fread(text, 1, (1u << 20) - 1, f)] = '\0';
		fclose(f);
	}
	found = strstr(text, d->text) != NULL;
	free(text);
	if (!found)
		printf("# %s lacks this, or has it otherwise:\n%s\n", page, d->text);
	return found;
}
