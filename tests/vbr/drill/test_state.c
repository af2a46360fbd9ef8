/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of drills: what must hold for every row, and the page that draws it.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "vbr/drill/state.h"

static struct drill_step step(int s, int e)
{
	return drill_next((enum drill_state)s, (enum drill_event)e);
}

static void what_does_not_change_the_state_does_nothing(void)
{
	for (int s = 0; s < DRILL_STATE_COUNT; s++)
		for (int e = 0; e < DRILL_EVENT_COUNT; e++) {
			CU_ASSERT_EQUAL(step(s, e).changes, step(s, e).next != (enum drill_state)s);
			if (!step(s, e).changes)
				CU_ASSERT_EQUAL(step(s, e).action, DRILL_DO_NOTHING);
		}
}

/* Whatever happens, in whatever order: who leaves the two states of absence brings it back. */
static void nobody_stays_down(void)
{
	for (int s = 0; s < DRILL_STATE_COUNT; s++)
		for (int e = 0; e < DRILL_EVENT_COUNT; e++) {
			const struct drill_step st = step(s, e);
			const bool was_away = drill_state_is_away((enum drill_state)s);

			if (was_away && !drill_state_is_away(st.next))
				CU_ASSERT(st.action == DRILL_DO_RESTORE ||
					st.action == DRILL_DO_CLOSE);
			if (!was_away && st.next != DRILL_DRAINING && st.next != DRILL_DOWN)
				CU_ASSERT(st.action == DRILL_DO_NOTHING ||
					st.action == DRILL_DO_PROBE || st.action == DRILL_DO_JUDGE);
		}
}

static void nothing_is_done_before_it_was_measured(void)
{
	for (int s = 0; s < DRILL_STATE_COUNT; s++)
		for (int e = 0; e < DRILL_EVENT_COUNT; e++)
			if (!drill_state_is_away((enum drill_state)s) &&
				drill_state_is_away(step(s, e).next))
				CU_ASSERT_EQUAL(s, DRILL_PROBING);
}

static void every_end_is_judged_and_has_an_outcome(void)
{
	for (int s = 0; s < DRILL_ENDED; s++)
		for (int e = 0; e < DRILL_EVENT_COUNT; e++) {
			const struct drill_step st = step(s, e);

			if (st.next == DRILL_ENDED)
				CU_ASSERT(
					st.action == DRILL_DO_JUDGE || st.action == DRILL_DO_CLOSE);
			/* By way of RETURNING the outcome is that of the event before. */
			if (s != DRILL_RETURNING && st.changes &&
				(st.next == DRILL_ENDED || st.next == DRILL_RETURNING))
				CU_ASSERT_NOT_EQUAL(drill_outcome(DRILL_OPEN, (enum drill_event)e),
					DRILL_OPEN);
		}
	for (int e = 0; e < DRILL_EVENT_COUNT; e++)
		CU_ASSERT_FALSE(step(DRILL_ENDED, e).changes);
}

static void what_did_not_return_in_peace_is_not_complete(void)
{
	const enum drill_outcome over = drill_outcome(DRILL_OPEN, DRILL_ON_OVER);
	const enum drill_outcome aborted = drill_outcome(DRILL_OPEN, DRILL_ON_ABORT);

	CU_ASSERT_EQUAL(over, DRILL_COMPLETED);
	CU_ASSERT_EQUAL(drill_outcome(over, DRILL_ON_BACK), DRILL_COMPLETED);
	CU_ASSERT_EQUAL(drill_outcome(over, DRILL_ON_LATE), DRILL_COMPLETED);
	CU_ASSERT_EQUAL(drill_outcome(over, DRILL_ON_HARM), DRILL_STOPPED);
	CU_ASSERT_EQUAL(drill_outcome(over, DRILL_ON_GONE), DRILL_STOPPED);
	CU_ASSERT_EQUAL(drill_outcome(over, DRILL_ON_RESTART), DRILL_INTERRUPTED);
	CU_ASSERT_EQUAL(drill_outcome(aborted, DRILL_ON_RESTART), DRILL_ABORTED);
}

static void a_restart_ends_what_runs_and_nothing_else(void)
{
	CU_ASSERT_FALSE(step(DRILL_SCHEDULED, DRILL_ON_RESTART).changes);
	for (int s = DRILL_PROBING; s < DRILL_ENDED; s++)
		CU_ASSERT_EQUAL(step(s, DRILL_ON_RESTART).next, DRILL_ENDED);
}

static void it_can_be_aborted_until_it_returns(void)
{
	for (int s = 0; s < DRILL_STATE_COUNT; s++)
		CU_ASSERT_EQUAL(step(s, DRILL_ON_ABORT).changes, s < DRILL_RETURNING);
}

static void the_page_draws_this_table(void)
{
	struct drawing table = { .n = 0 };
	struct drawing graph = { .n = 0 };

	drawing_line(&table, "| state | event | action | next state |");
	drawing_line(&table, "|---|---|---|---|");
	for (int s = 0; s < DRILL_STATE_COUNT; s++)
		for (int e = 0; e < DRILL_EVENT_COUNT; e++) {
			const struct drill_step st = step(s, e);
			const char *from = drill_state_name((enum drill_state)s);
			const char *event = drill_event_name((enum drill_event)e);

			if (!st.changes)
				continue;
			drawing_line(&table, "| %s | %s | %s | %s |", from, event,
				drill_action_name(st.action), drill_state_name(st.next));
			drawing_line(&graph, "    %s --> %s: %s", from, drill_state_name(st.next),
				event);
		}
	CU_ASSERT(drawing_is_in(&table, "doc/failover.md"));
	CU_ASSERT(drawing_is_in(&graph, "doc/failover.md"));
}

static const struct cu_case cases[] = {
	CU_CASE(what_does_not_change_the_state_does_nothing),
	CU_CASE(nobody_stays_down),
	CU_CASE(nothing_is_done_before_it_was_measured),
	CU_CASE(every_end_is_judged_and_has_an_outcome),
	CU_CASE(what_did_not_return_in_peace_is_not_complete),
	CU_CASE(a_restart_ends_what_runs_and_nothing_else),
	CU_CASE(it_can_be_aborted_until_it_returns),
	CU_CASE(the_page_draws_this_table),
};

CU_SUITE(drill_state, cases);
