/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices of a connection that is not wanted are gone in the same turn of the loop, so
 * "deactivating" and "deleting", which other clouds have, would be states that nobody can see.
 */
#include "vbr/model/state/channel.h"

#include <assert.h>
#include <stddef.h>

#include "lib/base/compiler.h"

#define NONE     CHANNEL_CONSENT_NONE
#define GIVEN    CHANNEL_CONSENT_GIVEN
#define REJECTED CHANNEL_CONSENT_REJECTED
#define EXPIRED  CHANNEL_CONSENT_EXPIRED

/* clang-format off */
static const struct channel_row rows[] = {
	/* enabled, consent, up, in step */
	{  0, -1,       -1, -1, CHANNEL_INACTIVE },
	{  1, NONE,     -1, -1, CHANNEL_CONNECTING },
	{  1, REJECTED, -1, -1, CHANNEL_REJECTED },
	{  1, EXPIRED,  -1, -1, CHANNEL_EXPIRED },
	{  1, GIVEN,     0, -1, CHANNEL_ACTIVATING },
	{  1, GIVEN,     1,  0, CHANNEL_MODIFYING },
	{  1, GIVEN,     1,  1, CHANNEL_ACTIVE },
};
/* clang-format on */

static bool fits(int8_t want, int is)
{
	return want < 0 || want == is;
}

enum channel_state channel_state(const struct channel_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct channel_row *r = &rows[i];

		if (fits(r->enabled, f->enabled) && fits(r->consent, (int)f->consent) &&
			fits(r->is_up, f->is_up) && fits(r->in_step, f->in_step))
			return r->state;
	}
	assert(!"the rows cover all facts");
	return CHANNEL_INACTIVE;
}

const struct channel_row *channel_row(unsigned i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const char *channel_state_name(enum channel_state s)
{
	static const char *const names[] = { "connecting", "rejected", "expired", "activating",
		"active", "modifying", "inactive" };

	static_assert(ARRAY_SIZE(names) == CHANNEL_STATE_COUNT, "one name a state");
	return names[s];
}

const char *channel_consent_name(enum channel_consent c)
{
	static const char *const names[] = { "none", "given", "rejected", "expired" };

	static_assert(ARRAY_SIZE(names) == CHANNEL_CONSENT_COUNT, "one name each");
	return names[c];
}
