/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "tests/cu_main.h"

extern const struct cu_suite suite_fsm;
extern const struct cu_suite suite_delay;
extern const struct cu_suite suite_down;
extern const struct cu_suite suite_fsm_wire;
extern const struct cu_suite suite_nd;
extern const struct cu_suite suite_retry;
extern const struct cu_suite suite_guard;
extern const struct cu_suite suite_ao;
extern const struct cu_suite suite_pair;
extern const struct cu_suite suite_peer;
extern const struct cu_suite suite_graceful;
extern const struct cu_suite suite_notify;
extern const struct cu_suite suite_socket;

static const struct cu_suite *const suites[] = {
	&suite_fsm,
	&suite_delay,
	&suite_down,
	&suite_fsm_wire,
	&suite_nd,
	&suite_retry,
	&suite_guard,
	&suite_ao,
	&suite_pair,
	&suite_peer,
	&suite_graceful,
	&suite_notify,
	&suite_socket,
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cu_main(suites, ARRAY_SIZE(suites));
}
