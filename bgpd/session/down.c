/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for the reasons of going down: the one place where they are made, for show, events and
 * log. Sentences are for people and may change; codes are part of the outside view (JSON key
 * "code"): one once given is not changed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/session/session.h"
#include "lib/base/compiler.h"

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
	case SESSION_DOWN_BFD:
		snprintf(dst, size, "BFD down: %s", d->text);
		break;
	case SESSION_DOWN_COUNT:
		snprintf(dst, size, "never up");
		break;
	}
	return dst;
}

#define ANY 0 /* the first row that fits counts, so rows of a subcode stand first */

/* What we have said, or would have: why the session ended is known exactly. */
/* clang-format off */
static const struct {
	uint8_t code;
	uint8_t subcode;
	const char *name;
} said[] = {
	{ BGP_ERR_HEADER,     ANY,                         "header-error" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_VERSION,        "unsupported-version" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_PEER_AS,        "wrong-peer-as" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_ID,             "bad-router-id" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_HOLD_TIME,      "unacceptable-hold-time" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_CAPABILITY,     "unsupported-capability" },
	{ BGP_ERR_OPEN,       BGP_ERR_OPEN_ROLE,           "role-mismatch" },
	{ BGP_ERR_OPEN,       ANY,                         "open-error" },
	{ BGP_ERR_UPDATE,     ANY,                         "update-error" },
	{ BGP_ERR_HOLD_TIMER, ANY,                         "hold-timer-expired" },
	{ BGP_ERR_FSM,        ANY,                         "unexpected-message" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_MAX_PREFIX,    "route-limit" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_SHUTDOWN,      "admin-shutdown" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_DECONFIGURED,  "peer-removed" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_RESET,         "admin-reset" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_REJECTED,      "connection-rejected" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_CONFIG_CHANGE, "configuration-change" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_COLLISION,     "collision" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_RESOURCES,     "out-of-resources" },
	{ BGP_ERR_CEASE,      BGP_ERR_CEASE_BFD_DOWN,      "bfd-down" },
	{ BGP_ERR_REFRESH,    ANY,                         "route-refresh-error" },
	{ BGP_ERR_SEND_HOLD,  ANY,                         "send-hold-timer-expired" },
};

static const struct {
	int err; /* 0: the last row, for all others */
	const char *name;
} tcp[] = {
	{ ECONNREFUSED, "tcp-refused" },
	{ ECONNRESET,   "tcp-reset" },
	{ ETIMEDOUT,    "tcp-timeout" },
	{ EHOSTUNREACH, "tcp-unreachable" },
	{ ENETUNREACH,  "tcp-unreachable" },
	{ ENOPROTOOPT,  "tcp-ao-unsupported" },
	{ 0,            "tcp-failed" },
};
/* clang-format on */

static const char *code_of_said(const struct session_down *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		if (said[i].code == d->code &&
			(said[i].subcode == ANY || said[i].subcode == d->subcode))
			return said[i].name;
	}
	return "notification-sent";
}

static const char *code_of_tcp(int err)
{
	size_t i = 0;

	if (err == 0)
		return "tcp-closed";
	while (tcp[i].err && tcp[i].err != err)
		i++;
	return tcp[i].name;
}

const char *session_down_code(const struct session_down *d)
{
	switch (d->reason) {
	case SESSION_DOWN_ADMIN:
	case SESSION_DOWN_SENT:
		return code_of_said(d);
	case SESSION_DOWN_TCP:
		return code_of_tcp(d->err);
	case SESSION_DOWN_RECEIVED:
		return "notification-received";
	case SESSION_DOWN_HOLD:
		return "hold-timer-expired";
	case SESSION_DOWN_SEND_HOLD:
		return "send-hold-timer-expired";
	case SESSION_DOWN_BFD:
		return "bfd-down";
	case SESSION_DOWN_COUNT:
		break;
	}
	return "";
}

bool session_down_is_notified(const struct session_down *d)
{
	return d->code && d->reason != SESSION_DOWN_TCP && d->reason != SESSION_DOWN_COUNT;
}
