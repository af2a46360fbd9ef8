/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of bfd/.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_packet;
extern const struct cu_suite suite_auth;
extern const struct cu_suite suite_session;
extern const struct cu_suite suite_timers;
extern const struct cu_suite suite_pair;
extern const struct cu_suite suite_sockets;
extern const struct cu_suite suite_thread;

int main(void)
{
	static const struct cu_suite *const suites[] = {
		&suite_packet,
		&suite_auth,
		&suite_session,
		&suite_timers,
		&suite_pair,
		&suite_sockets,
		&suite_thread,
	};

	return cu_main(suites, ARRAY_SIZE(suites));
}
