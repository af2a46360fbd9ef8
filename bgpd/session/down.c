/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for the reasons of going down: the one place where they are made, for show, events and
 * log.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/session/session.h"

static void put_tcp(const struct session_down *d, char *dst, size_t size)
{
	if (d->err == 0)
		snprintf(dst, size, "connection closed by the peer");
	else if (d->err == ENOPROTOOPT)
		snprintf(dst, size, "the kernel has no TCP-AO (CONFIG_TCP_AO)");
	else
		snprintf(dst, size, "connection failed: %s",
			strerrordesc_np(d->err) != NULL ? strerrordesc_np(d->err) :
							  "unknown error");
}

/* What was said: code and subcode by name, then words of the operator or of the decoder. */
static void put_notification(const struct session_down *d, const char *verb, char *dst, size_t size)
{
	const char *name = wire_err_name(d->code, d->subcode);
	const char *hard = d->hard && d->subcode != BGP_ERR_CEASE_HARD_RESET ? " hard reset," : "";

	if (d->text[0] == '\0')
		snprintf(dst, size, "%s%s %s", verb, hard, name);
	else if (d->code == BGP_ERR_CEASE)
		snprintf(dst, size, "%s%s %s: \"%s\"", verb, hard, name, d->text);
	else
		snprintf(dst, size, "%s%s %s: %s", verb, hard, name, d->text);
}

char *session_down_format(const struct session_down *d, char *dst, size_t size)
{
	switch (d->reason) {
	case SESSION_DOWN_ADMIN:
		put_notification(d, "stopped:", dst, size);
		break;
	case SESSION_DOWN_TCP:
		put_tcp(d, dst, size);
		break;
	case SESSION_DOWN_SENT:
		put_notification(d, "sent", dst, size);
		break;
	case SESSION_DOWN_RECEIVED:
		put_notification(d, "received", dst, size);
		break;
	case SESSION_DOWN_HOLD:
		snprintf(dst, size, "hold timer expired");
		break;
	case SESSION_DOWN_SEND_HOLD:
		snprintf(dst, size, "send hold timer expired");
		break;
	case SESSION_DOWN_COUNT:
		snprintf(dst, size, "never up");
		break;
	}
	return dst;
}
