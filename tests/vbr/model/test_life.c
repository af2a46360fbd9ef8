/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life cycle's table: what must hold for every row, whatever the rows are, and the page that
 * draws it.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "vbr/model/state/life.h"

static void every_state_is_reached_and_left(void)
{
	bool reached[LIFE_STATE_COUNT] = { [LIFE_UNCONFIRMED] = true };
	bool grows = true;

	while (grows) {
		grows = false;
		for (int s = 0; s < LIFE_STATE_COUNT; s++)
			for (int e = 0; reached[s] && e < LIFE_EVENT_COUNT; e++) {
				const struct life_step st = life_next((enum life_state)s,
					(enum life_event)e);

				grows |= !reached[st.next];
				reached[st.next] = true;
			}
	}
	for (int s = 0; s < LIFE_STATE_COUNT; s++)
		CU_ASSERT(reached[s]);
}

static void what_does_not_change_the_state_does_nothing(void)
{
	for (int s = 0; s < LIFE_STATE_COUNT; s++)
		for (int e = 0; e < LIFE_EVENT_COUNT; e++) {
			const struct life_step st = life_next((enum life_state)s,
				(enum life_event)e);

			CU_ASSERT_EQUAL(st.changes, st.next != (enum life_state)s);
			if (!st.changes)
				CU_ASSERT_EQUAL(st.action, LIFE_STAY);
		}
}

static void deletion_is_possible_in_every_life_and_only_once(void)
{
	for (int s = 0; s < LIFE_DELETING; s++)
		CU_ASSERT_EQUAL(life_next((enum life_state)s, LIFE_DELETE).next, LIFE_DELETING);
	CU_ASSERT_FALSE(life_next(LIFE_DELETING, LIFE_DELETE).changes);
	CU_ASSERT_FALSE(life_next(LIFE_GONE, LIFE_DELETE).changes);
	for (int e = 0; e < LIFE_EVENT_COUNT; e++)
		CU_ASSERT_FALSE(life_next(LIFE_GONE, (enum life_event)e).changes);
}

/* Draining takes a VBR out of service by way of SHUT, whatever comes between. */
static void who_is_terminated_is_shut_until_recovered(void)
{
	for (int s = 0; s < LIFE_STATE_COUNT; s++)
		for (int e = 0; e < LIFE_EVENT_COUNT; e++) {
			const struct life_step st = life_next((enum life_state)s,
				(enum life_event)e);

			if (st.changes && st.next == LIFE_TERMINATED)
				CU_ASSERT_EQUAL(st.action, LIFE_SHUT);
			if (st.changes && s == LIFE_TERMINATED && st.next != LIFE_DELETING)
				CU_ASSERT(e == LIFE_RECOVER && st.action == LIFE_SERVE);
			if (st.action == LIFE_DRAIN)
				CU_ASSERT_EQUAL(st.next, LIFE_TERMINATING);
		}
}

static void the_way_there_and_back(void)
{
	static const struct {
		enum life_event e;
		enum life_state state;
		enum life_action action;
	} way[] = {
		{ LIFE_CONFIRM, LIFE_ACTIVE, LIFE_SERVE },
		{ LIFE_TERMINATE, LIFE_TERMINATING, LIFE_DRAIN },
		{ LIFE_RECOVER, LIFE_ACTIVE, LIFE_SERVE }, /* nothing has gone down */
		{ LIFE_TERMINATE, LIFE_TERMINATING, LIFE_DRAIN },
		{ LIFE_DRAINED, LIFE_TERMINATED, LIFE_SHUT },
		{ LIFE_CONFIRM, LIFE_TERMINATED, LIFE_STAY }, /* consent is no order */
		{ LIFE_UP, LIFE_TERMINATED, LIFE_STAY },
		{ LIFE_RECOVER, LIFE_RECOVERING, LIFE_SERVE },
		{ LIFE_UP, LIFE_ACTIVE, LIFE_STAY },
		{ LIFE_REVOKE, LIFE_UNCONFIRMED, LIFE_STAY },
		{ LIFE_DELETE, LIFE_DELETING, LIFE_STAY },
		{ LIFE_REMOVED, LIFE_GONE, LIFE_FORGET },
	};
	enum life_state s = LIFE_UNCONFIRMED;

	for (size_t i = 0; i < ARRAY_SIZE(way); i++) {
		const struct life_step st = life_next(s, way[i].e);

		CU_ASSERT_EQUAL(st.next, way[i].state);
		CU_ASSERT_EQUAL(st.action, way[i].action);
		s = st.next;
	}
}

static void the_page_draws_this_table(void)
{
	struct drawing table = { .n = 0 };
	struct drawing graph = { .n = 0 };

	drawing_line(&table, "| state | event | action | next state |");
	drawing_line(&table, "|---|---|---|---|");
	for (int s = 0; s < LIFE_STATE_COUNT; s++)
		for (int e = 0; e < LIFE_EVENT_COUNT; e++) {
			const struct life_step st = life_next((enum life_state)s,
				(enum life_event)e);
			const char *from = life_state_name((enum life_state)s);
			const char *event = life_event_name((enum life_event)e);

			if (!st.changes)
				continue;
			drawing_line(&table, "| %s | %s | %s | %s |", from, event,
				life_action_name(st.action), life_state_name(st.next));
			drawing_line(&graph, "    %s --> %s: %s", from, life_state_name(st.next),
				event);
		}
	CU_ASSERT(drawing_is_in(&table, "doc/objects.md"));
	CU_ASSERT(drawing_is_in(&graph, "doc/objects.md"));
}

static const struct cu_case cases[] = {
	CU_CASE(every_state_is_reached_and_left),
	CU_CASE(what_does_not_change_the_state_does_nothing),
	CU_CASE(deletion_is_possible_in_every_life_and_only_once),
	CU_CASE(who_is_terminated_is_shut_until_recovered),
	CU_CASE(the_way_there_and_back),
	CU_CASE(the_page_draws_this_table),
};

CU_SUITE(life, cases);
