/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of the reasons of going down: each way has the word that it had yesterday, and none is
 * without one. That sessions go down so is what the other tests of this folder show.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/session/session.h"
#include "tests/cu_main.h"

/* clang-format off */
static const struct {
	struct session_down why;
	const char *code;
} rows[] = {
#define SENT(c, s) { .reason = SESSION_DOWN_SENT, .code = BGP_ERR_##c, .subcode = s }
#define TCP(e)     { .reason = SESSION_DOWN_TCP, .err = e }
	{ SENT(HEADER, BGP_ERR_HEADER_SYNC),        "header-error" },
	{ SENT(HEADER, BGP_ERR_HEADER_TYPE),        "header-error" },
	{ SENT(OPEN, 0),                            "open-error" },
	{ SENT(OPEN, BGP_ERR_OPEN_VERSION),         "unsupported-version" },
	{ SENT(OPEN, BGP_ERR_OPEN_PEER_AS),         "wrong-peer-as" },
	{ SENT(OPEN, BGP_ERR_OPEN_ID),              "bad-router-id" },
	{ SENT(OPEN, BGP_ERR_OPEN_PARAMETER),       "open-error" },
	{ SENT(OPEN, BGP_ERR_OPEN_HOLD_TIME),       "unacceptable-hold-time" },
	{ SENT(OPEN, BGP_ERR_OPEN_CAPABILITY),      "unsupported-capability" },
	{ SENT(OPEN, BGP_ERR_OPEN_ROLE),            "role-mismatch" },
	{ SENT(UPDATE, BGP_ERR_UPDATE_ATTR_LIST),   "update-error" },
	{ SENT(UPDATE, BGP_ERR_UPDATE_AS_PATH),     "update-error" },
	{ SENT(HOLD_TIMER, 0),                      "hold-timer-expired" },
	{ SENT(FSM, BGP_ERR_FSM_OPEN_SENT),         "unexpected-message" },
	{ SENT(FSM, BGP_ERR_FSM_ESTABLISHED),       "unexpected-message" },
	{ SENT(CEASE, BGP_ERR_CEASE_MAX_PREFIX),    "route-limit" },
	{ SENT(CEASE, BGP_ERR_CEASE_SHUTDOWN),      "admin-shutdown" },
	{ SENT(CEASE, BGP_ERR_CEASE_DECONFIGURED),  "peer-removed" },
	{ SENT(CEASE, BGP_ERR_CEASE_RESET),         "admin-reset" },
	{ SENT(CEASE, BGP_ERR_CEASE_REJECTED),      "connection-rejected" },
	{ SENT(CEASE, BGP_ERR_CEASE_CONFIG_CHANGE), "configuration-change" },
	{ SENT(CEASE, BGP_ERR_CEASE_COLLISION),     "collision" },
	{ SENT(CEASE, BGP_ERR_CEASE_RESOURCES),     "out-of-resources" },
	{ SENT(CEASE, BGP_ERR_CEASE_HARD_RESET),    "notification-sent" },
	{ SENT(CEASE, BGP_ERR_CEASE_BFD_DOWN),      "bfd-down" },
	{ SENT(REFRESH, BGP_ERR_REFRESH_LENGTH),    "route-refresh-error" },
	{ SENT(SEND_HOLD, 0),                       "send-hold-timer-expired" },
	{ TCP(0),                                   "tcp-closed" },
	{ TCP(ECONNREFUSED),                        "tcp-refused" },
	{ TCP(ECONNRESET),                          "tcp-reset" },
	{ TCP(ETIMEDOUT),                           "tcp-timeout" },
	{ TCP(EHOSTUNREACH),                        "tcp-unreachable" },
	{ TCP(ENETUNREACH),                         "tcp-unreachable" },
	{ TCP(ENOPROTOOPT),                         "tcp-ao-unsupported" },
	{ TCP(EPIPE),                               "tcp-failed" },
	{ { .reason = SESSION_DOWN_HOLD },          "hold-timer-expired" },
	{ { .reason = SESSION_DOWN_SEND_HOLD },     "send-hold-timer-expired" },
	{ { .reason = SESSION_DOWN_BFD },           "bfd-down" },
	{ { .reason = SESSION_DOWN_COUNT },         "" },
};
/* clang-format on */

static void each_way_down_has_its_code(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_STRING_EQUAL(session_down_code(&rows[i].why), rows[i].code);
		if (strcmp(session_down_code(&rows[i].why), rows[i].code) != 0)
			(void)fprintf(stderr, "%s, not %s\n", session_down_code(&rows[i].why),
				rows[i].code);
	}
}

static bool is_code(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (!islower((unsigned char)*p) && *p != '-')
			return false;
	}
	return *s != '\0';
}

/* Whatever code and subcode: a word, and the same for what the operator stops. */
static void nothing_is_without_a_code(void)
{
	for (unsigned n = 0; n < 0x10000; n++) {
		struct session_down d = { .reason = SESSION_DOWN_SENT,
			.code = (uint8_t)(n >> 8),
			.subcode = (uint8_t)n };
		const char *sent = session_down_code(&d);

		CU_ASSERT_TRUE(is_code(sent));
		d.reason = SESSION_DOWN_ADMIN;
		CU_ASSERT_PTR_EQUAL(session_down_code(&d), sent);
		d.reason = SESSION_DOWN_RECEIVED;
		CU_ASSERT_STRING_EQUAL(session_down_code(&d), "notification-received");
		CU_ASSERT_EQUAL(session_down_is_notified(&d), d.code != 0);
	}
	for (int err = 0; err < 200; err++) {
		const struct session_down d = { .reason = SESSION_DOWN_TCP, .err = err };

		CU_ASSERT_TRUE(is_code(session_down_code(&d)));
		CU_ASSERT_FALSE(session_down_is_notified(&d));
	}
}

static const struct cu_case cases[] = {
	CU_CASE(each_way_down_has_its_code),
	CU_CASE(nothing_is_without_a_code),
};
CU_SUITE(down, cases);
