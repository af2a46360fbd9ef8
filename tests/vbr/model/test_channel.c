/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peering connections: consent with its limits in time, and the table of states.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/state/channel.h"

static void nothing_runs_that_is_not_wanted(void)
{
	for (unsigned i = 0; i < 2u * CHANNEL_CONSENT_COUNT * 4; i++) {
		const struct channel_facts f = {
			.enabled = i & 1,
			.is_up = i & 2,
			.in_step = i & 4,
			.consent = (enum channel_consent)(i / 8),
		};
		const enum channel_state s = channel_state(&f);
		const bool runs = s == CHANNEL_ACTIVE || s == CHANNEL_MODIFYING ||
			s == CHANNEL_ACTIVATING;

		CU_ASSERT_EQUAL(runs, f.enabled && f.consent == CHANNEL_CONSENT_GIVEN);
	}
}

static void every_row_is_needed(void)
{
	bool hit[64] = { false };
	unsigned n = 0;

	while (channel_row(n) != NULL)
		n++;
	CU_ASSERT_FATAL(n <= ARRAY_SIZE(hit));
	for (unsigned i = 0; i < 2u * CHANNEL_CONSENT_COUNT * 4; i++)
		for (unsigned r = 0; r < n; r++) {
			const struct channel_row *row = channel_row(r);
			const int facts[] = { i & 1, (int)(i / 8), (i & 2) != 0, (i & 4) != 0 };
			const int8_t want[] = { row->enabled, row->consent, row->is_up,
				row->in_step };
			bool fits = true;

			for (size_t k = 0; k < ARRAY_SIZE(want); k++)
				fits &= want[k] < 0 || want[k] == facts[k];
			hit[r] |= fits;
			if (fits)
				break;
		}
	for (unsigned r = 0; r < n; r++)
		CU_ASSERT(hit[r]);
}

static void the_page_draws_this_table(void)
{
	struct drawing d = { .n = 0 };

	drawing_line(&d, "| enabled | consent | up | in step | state |");
	drawing_line(&d, "|---|---|---|---|---|");
	for (unsigned i = 0; channel_row(i) != NULL; i++) {
		const struct channel_row *r = channel_row(i);

		drawing_line(&d, "| %s | %s | %s | %s | %s |", drawing_word(r->enabled),
			r->consent < 0 ? "" :
					 channel_consent_name((enum channel_consent)r->consent),
			drawing_word(r->is_up), drawing_word(r->in_step),
			channel_state_name(r->state));
	}
	CU_ASSERT(drawing_is_in(&d, "doc/objects.md"));
}

/* Consent */

static struct model_peering *across(struct model *m)
{
	return kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "prod"));
}

static void consent_is_for_one_peering_of_one_tenant_to_one_vpc(void)
{
	struct model *m = kit_new();
	const struct model_peering *p = across(m);

	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_NONE);
	kit_accept(m, "globex", "acme", "another", "prod");
	kit_accept(m, "globex", "initech", "to-globex", "prod");
	kit_accept(m, "acme", "acme", "to-globex", "prod");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_NONE);
	kit_accept(m, "globex", "acme", "to-globex", "other");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_NONE);
	kit_accept(m, "globex", "acme", "to-globex", "prod");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_GIVEN);
	model_del(m, MODEL_ACCEPT, "globex", "to-globex", "acme");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_NONE);
	model_free(m);
}

static void consent_ends_with_its_second(void)
{
	struct model *m = kit_new();
	const struct model_peering *p = across(m);

	kit_accept(m, "globex", "acme", "to-globex", "prod")->until_s = 1000;
	m->now_s = 999;
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_GIVEN);
	CU_ASSERT_EQUAL(model_next_expiry(m), 1000);
	m->now_s = 1000;
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_EXPIRED);
	CU_ASSERT_EQUAL(model_next_expiry(m), 0);
	kit_accept(m, "globex", "acme", "later", "prod")->until_s = 3000;
	kit_accept(m, "globex", "acme", "sooner", "prod")->until_s = 2000;
	CU_ASSERT_EQUAL(model_next_expiry(m), 2000);
	model_free(m);
}

static void a_model_that_is_copied_knows_the_time(void)
{
	struct model *m = kit_new();
	struct model *c;

	m->now_s = 7;
	c = model_copy(m);
	CU_ASSERT_EQUAL(c->now_s, 7);
	model_free(c);
	model_free(m);
}

static void nobody_consents_to_himself(void)
{
	static const struct {
		enum model_kind kind;
		const char *path;
		const char *text;
	} rows[] = {
		{ MODEL_ACCEPT, "accept-peering:acme/hz-a-prod",
			"peering hz-a-prod is of tenant acme itself and needs nobody's consent: "
			"delete this, or name another tenant" },
		{ MODEL_REJECT, "reject-peering:acme/hz-a-prod",
			"peering hz-a-prod is of tenant acme itself and needs nobody's consent: "
			"delete this, or name another tenant" },
		{ MODEL_ACCEPT_VBR, "accept-vbr:acme/hz-a-prod",
			"vbr hz-a-prod is of tenant acme itself and needs nobody's consent: "
			"delete this, or name another tenant" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();

		kit_consent(m, rows[i].kind, "acme", "hz-a-prod", "acme");
		CU_ASSERT(kit_is_refused(m, rows[i].path, rows[i].text));
		model_free(m);
	}
}

static void who_rejects_does_not_accept(void)
{
	struct model *m = kit_new();
	const struct model_peering *p = across(m);

	kit_consent(m, MODEL_REJECT, "globex", "to-globex", "acme");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_REJECTED);
	CU_ASSERT(kit_is_right(m));
	kit_accept(m, "globex", "acme", "to-globex", "prod");
	CU_ASSERT_EQUAL(model_peering_consent(m, p), CHANNEL_CONSENT_REJECTED);
	CU_ASSERT(kit_is_refused(m, "reject-peering:globex/to-globex",
		"peering to-globex of tenant acme is accepted and rejected: delete one"));
	model_free(m);
}

static void expired_consent_is_no_reason_to_compare_ranges(void)
{
	struct model *m = kit_new();

	kit_peering(m, "acme", "to-globex", kit_end_vpc("acme", "prod"),
		kit_end_vpc("globex", "prod"));
	kit_accept(m, "globex", "acme", "to-globex", "prod")->until_s = 10;
	m->now_s = 20;
	CU_ASSERT(kit_is_right(m));
	m->now_s = 5;
	CU_ASSERT_FALSE(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(nothing_runs_that_is_not_wanted),
	CU_CASE(every_row_is_needed),
	CU_CASE(the_page_draws_this_table),
	CU_CASE(consent_is_for_one_peering_of_one_tenant_to_one_vpc),
	CU_CASE(consent_ends_with_its_second),
	CU_CASE(a_model_that_is_copied_knows_the_time),
	CU_CASE(nobody_consents_to_himself),
	CU_CASE(who_rejects_does_not_accept),
	CU_CASE(expired_consent_is_no_reason_to_compare_ranges),
};

CU_SUITE(channel, cases);
