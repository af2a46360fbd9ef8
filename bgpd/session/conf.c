/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations that outlive who made them: strings and keys become the copy's own. Most sessions
 * have none of them, so they are no part of the struct.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/session/session.h"
#include "lib/base/xalloc.h"

/* Who borrows may not write; the owner of a copy may. */
static void *own(const void *p)
{
	return (void *)(uintptr_t)p;
}

const char *conf_text_copy(const char *s)
{
	return s && s[0] ? xstrdup(s) : NULL;
}

void conf_text_release(const char **s)
{
	free(own(*s));
	*s = NULL;
}

bool conf_text_is_equal(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

uint8_t session_conf_keys(const struct session_conf *c)
{
	return c->ao ? c->ao->n : 0;
}

void session_conf_copy(struct session_conf *dst, const struct session_conf *src)
{
	*dst = *src;
	dst->password = conf_text_copy(src->password);
	dst->shutdown_text = conf_text_copy(src->shutdown_text);
	dst->ao = NULL;
	if (session_conf_keys(src) > 0) {
		struct session_ao *ao = xmalloc(sizeof(*ao));

		*ao = *src->ao;
		dst->ao = ao;
	}
}

void session_conf_release(struct session_conf *c)
{
	if (c->password)
		explicit_bzero(own(c->password), strlen(c->password));
	if (c->ao)
		explicit_bzero(own(c->ao), sizeof(*c->ao));
	conf_text_release(&c->password);
	conf_text_release(&c->shutdown_text);
	free(own(c->ao));
	c->ao = NULL;
}
