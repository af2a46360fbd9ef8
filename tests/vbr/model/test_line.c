/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: every status with what it does to a VBR, shares and their sum, pairs, consent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/walltime.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/delta.h"

static enum model_hold hold_of(struct model *m)
{
	return model_vbr_hold(m, kit_hz_a(m));
}

static void each_status_of_a_line_holds_its_vbrs_or_does_not(void)
{
	static const struct {
		struct model_line line;
		bool disabled;
		enum model_hold hold;
	} rows[] = {
		{ { .status = MODEL_LINE_ENABLED }, false, MODEL_HOLD_NONE },
		{ { .status = MODEL_LINE_CONFIRMED }, false, MODEL_HOLD_LINE_CONFIRMED },
		{ { .status = MODEL_LINE_CANCELED }, false, MODEL_HOLD_LINE_CANCELED },
		{ { .status = MODEL_LINE_TERMINATED }, false, MODEL_HOLD_LINE_TERMINATED },
		{ { .business = MODEL_BUSINESS_NORMAL }, false, MODEL_HOLD_NONE },
		{ { .business = MODEL_BUSINESS_FINANCIAL_LOCKED }, false,
			MODEL_HOLD_LINE_FINANCIAL },
		{ { .business = MODEL_BUSINESS_SECURITY_LOCKED }, false, MODEL_HOLD_LINE_SECURITY },
		{ { .loa = MODEL_LOA_NONE }, false, MODEL_HOLD_NONE },
		{ { .loa = MODEL_LOA_APPLYING }, false, MODEL_HOLD_LINE_LOA },
		{ { .loa = MODEL_LOA_ACCEPT }, false, MODEL_HOLD_LINE_LOA },
		{ { .loa = MODEL_LOA_AVAILABLE }, false, MODEL_HOLD_NONE },
		{ { .loa = MODEL_LOA_REJECTED }, false, MODEL_HOLD_LINE_LOA },
		{ { .loa = MODEL_LOA_COMPLETING }, false, MODEL_HOLD_NONE },
		{ { .loa = MODEL_LOA_COMPLETE }, false, MODEL_HOLD_NONE },
		{ { .loa = MODEL_LOA_DELETED }, false, MODEL_HOLD_LINE_LOA },
		{ { .status = MODEL_LINE_ENABLED }, true, MODEL_HOLD_LINE_DISABLED },
		/* of several the first is told */
		{ { .status = MODEL_LINE_CANCELED, .business = MODEL_BUSINESS_FINANCIAL_LOCKED },
			false, MODEL_HOLD_LINE_CANCELED },
		{ { .business = MODEL_BUSINESS_SECURITY_LOCKED, .loa = MODEL_LOA_REJECTED }, false,
			MODEL_HOLD_LINE_SECURITY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();

		kit_pc(m, "pc-1")->line = rows[i].line;
		kit_pc(m, "pc-1")->enabled = !rows[i].disabled;
		CU_ASSERT_EQUAL(hold_of(m), rows[i].hold);
		CU_ASSERT(kit_is_right(m)); /* a lock is no fault of the configuration */
		model_free(m);
	}
}

static void the_line_is_named_before_the_vbr(void)
{
	struct model *m = kit_new();

	kit_hz_a(m)->enabled = false;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_DISABLED);
	kit_pc(m, "pc-1")->line.business = MODEL_BUSINESS_FINANCIAL_LOCKED;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_LINE_FINANCIAL);
	model_free(m);
}

static void every_reason_has_a_name_of_its_own(void)
{
	for (int i = 0; i < MODEL_HOLD_COUNT; i++)
		for (int k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(model_hold_name((enum model_hold)i),
				model_hold_name((enum model_hold)k));
	CU_ASSERT_STRING_EQUAL(model_hold_name(MODEL_HOLD_NONE), "");
}

static void untagged_vbr_must_not_limit_vlans_on_its_port(void)
{
	struct model *m = kit_new();

	kit_hz_a(m)->circuits[0].vlan_id = 0; /* hz-g is on VLAN 200 */
	kit_hz_a(m)->circuits[0].bandwidth_bps = 0;
	CU_ASSERT(kit_is_right(m));
	kit_hz_a(m)->circuits[0].bandwidth_bps = 10000000;
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a",
		"the bandwidth of VBR hz-a, on VLAN 0, would limit VBR hz-g of tenant globex on "
		"the same port: take a VLAN, or no bandwidth"));
	model_free(m);
}

/* Subscriptions */

static void months_end_on_the_day_of_their_number_or_the_last(void)
{
	static const struct {
		const char *from;
		uint32_t months;
		const char *until;
	} rows[] = {
		{ "2026-12-01", 1, "2027-01-01T00:00:00Z" },
		{ "2026-12-31T12:34:56Z", 1, "2027-01-31T12:34:56Z" },
		{ "2027-01-31", 1, "2027-02-28T00:00:00Z" },
		{ "2028-01-30", 1, "2028-02-29T00:00:00Z" },
		{ "2026-08-31", 3, "2026-11-30T00:00:00Z" },
		{ "2026-06-15", 9, "2027-03-15T00:00:00Z" },
		{ "2024-02-29", 12, "2025-02-28T00:00:00Z" },
		{ "2024-02-29", 48, "2028-02-29T00:00:00Z" },
		{ "2096-02-29", 48, "2100-02-28T00:00:00Z" },
		{ "2026-11-28T17:00:00Z", 60, "2031-11-28T17:00:00Z" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[WALLTIME_SIZE];
		int64_t from;

		CU_ASSERT_EQUAL_FATAL(walltime_parse(rows[i].from, &from), 0);
		CU_ASSERT_STRING_EQUAL(
			walltime_format(subscription_make(from, rows[i].months, 30).until_s, text),
			rows[i].until);
	}
}

static void a_subscription_changes_at_the_second_of_each_of_its_times(void)
{
	static const struct subscription s = { .from_s = 1000, .warn_s = 2000, .until_s = 3000 };
	static const struct {
		int64_t now;
		enum subscription_state state;
		int64_t next;
	} rows[] = {
		{ 0, SUBSCRIPTION_PENDING, 1000 },
		{ 999, SUBSCRIPTION_PENDING, 1000 },
		{ 1000, SUBSCRIPTION_RUNNING, 2000 },
		{ 1999, SUBSCRIPTION_RUNNING, 2000 },
		{ 2000, SUBSCRIPTION_ENDING, 3000 },
		{ 2999, SUBSCRIPTION_ENDING, 3000 },
		{ 3000, SUBSCRIPTION_ENDED, 0 },
		{ INT64_MAX, SUBSCRIPTION_ENDED, 0 },
	};
	static const struct subscription none = { 0 };
	struct model *m = kit_new();

	kit_pc(m, "pc-1")->line.subscription = s;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m->now_s = rows[i].now;
		CU_ASSERT_EQUAL(subscription_state(&s, rows[i].now), rows[i].state);
		CU_ASSERT_EQUAL(model_next_expiry(m), rows[i].next);
		CU_ASSERT_EQUAL(subscription_state(&none, rows[i].now), SUBSCRIPTION_NONE);
		CU_ASSERT_EQUAL(subscription_next(&none, rows[i].now), 0);
	}
	model_free(m);
}

static void a_warning_is_never_before_the_beginning(void)
{
	const struct subscription s = subscription_make(1000, 1, 90);

	CU_ASSERT_EQUAL(s.warn_s, 1000);
	CU_ASSERT_EQUAL(subscription_state(&s, 999), SUBSCRIPTION_PENDING);
	CU_ASSERT_EQUAL(subscription_state(&s, 1000), SUBSCRIPTION_ENDING);
	CU_ASSERT_EQUAL(subscription_make(0, 2, 30).warn_s, (59 - 30) * 86400);
}

static void a_line_is_in_service_for_the_time_that_it_is_bought_for(void)
{
	static const struct subscription s = { .from_s = 1000, .warn_s = 2000, .until_s = 3000 };
	struct model *m = kit_new();
	struct model_line *l = &kit_pc(m, "pc-1")->line;

	m->now_s = INT64_MAX; /* without one it has no end */
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_NONE);
	l->subscription = s;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_LINE_FINANCIAL);
	CU_ASSERT(kit_is_right(m));
	m->now_s = 999;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_LINE_CONFIRMED);
	m->now_s = 1000;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_NONE);
	m->now_s = 2999;
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_NONE);
	model_free(m);
}

static void a_subscription_takes_back_no_word_of_the_provider(void)
{
	static const struct subscription s = { .from_s = 1000, .warn_s = 2000, .until_s = 3000 };
	struct model *m = kit_new();
	struct model_line *l = &kit_pc(m, "pc-1")->line;

	l->subscription = s;
	for (m->now_s = 500; m->now_s < 4000; m->now_s += 1000) {
		l->status = MODEL_LINE_CANCELED;
		CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_LINE_CANCELED);
		l->status = MODEL_LINE_ENABLED;
		l->business = MODEL_BUSINESS_SECURITY_LOCKED;
		CU_ASSERT_EQUAL(hold_of(m),
			m->now_s < 1000 ? MODEL_HOLD_LINE_CONFIRMED : MODEL_HOLD_LINE_SECURITY);
		CU_ASSERT_EQUAL(model_line_business(l, m->now_s), MODEL_BUSINESS_SECURITY_LOCKED);
		l->business = MODEL_BUSINESS_NORMAL;
	}
	model_free(m);
}

static void the_clock_alone_touches_who_stands_on_the_line(void)
{
	static const struct subscription s = { .from_s = 1000, .warn_s = 2000, .until_s = 3000 };
	struct model *m = kit_new();
	struct model *next;
	struct model_delta d;
	uint32_t i = 0;

	kit_pc(m, "pc-2")->line.subscription = s;
	m->now_s = 1500;
	next = model_copy(m);
	next->now_s = 1999;
	model_delta_init(&d, m, next);
	CU_ASSERT_EQUAL(d.n, 0);
	model_delta_fini(&d);
	next->now_s = 3000;
	model_delta_init(&d, m, next);
	CU_ASSERT_EQUAL(d.n, 1);
	CU_ASSERT_PTR_NULL(model_delta_next(&d, MODEL_VBR, &i)); /* both are on pc-1 */
	model_delta_fini(&d);
	snprintf(kit_hz_a(next)->circuits[0].physconn, MODEL_NAME_SIZE, "pc-2");
	model_delta_init(&d, m, next);
	CU_ASSERT_PTR_EQUAL(model_delta_next(&d, MODEL_VBR, &i), &kit_hz_a(next)->obj);
	model_delta_fini(&d);
	model_free(next);
	model_free(m);
}

static void the_page_draws_what_a_subscription_makes_of_a_line(void)
{
	static const struct subscription s = { .from_s = 1, .warn_s = 2, .until_s = 3 };
	struct drawing d = { .n = 0 };

	drawing_line(&d, "| subscription | status | business-status |");
	drawing_line(&d, "|---|---|---|");
	for (int64_t t = -1; t <= 3; t++) {
		const struct model_line l = { .subscription = t < 0 ? (struct subscription){ 0 } :
								      s };

		drawing_line(&d, "| %s | %s | %s |",
			subscription_state_name(subscription_state(&l.subscription, t)),
			model_line_status_name(model_line_status(&l, t)),
			model_business_name(model_line_business(&l, t)));
	}
	CU_ASSERT(drawing_is_in(&d, "doc/objects.md"));
}

/* Shares */

static struct model *with_share(void)
{
	struct model *m = kit_new();

	kit_pc(m, "pc-1")->bandwidth_bps = 1000000000;
	kit_hosted(m, "pc-1", "h1", "acme", 200);
	snprintf(kit_hz_a(m)->circuits[0].hosted, MODEL_NAME_SIZE, "h1");
	kit_hz_a(m)->circuits[0].vlan_id = 0;
	return m;
}

static void a_vbr_takes_vlan_and_bandwidth_of_its_share(void)
{
	struct model *m = with_share();
	char device[MODEL_DEVICE_SIZE];

	CU_ASSERT(kit_is_right(m));
	CU_ASSERT_EQUAL(model_circuit_vlan(m, &kit_hz_a(m)->circuits[0]), 1001);
	CU_ASSERT_EQUAL(model_circuit_bandwidth(m, &kit_hz_a(m)->circuits[0]), 200000000);
	CU_ASSERT_STRING_EQUAL(model_circuit_device(m, &kit_hz_a(m)->circuits[0], device),
		"eth1.1001");
	kit_hz_a(m)->circuits[0].hosted[0] = '\0';
	kit_hz_a(m)->circuits[0].vlan_id = 100;
	CU_ASSERT_EQUAL(model_circuit_vlan(m, &kit_hz_a(m)->circuits[0]), 100);
	CU_ASSERT_EQUAL(model_circuit_bandwidth(m, &kit_hz_a(m)->circuits[0]), 0);
	model_free(m);
}

static void a_share_is_unconfirmed_until_its_tenant_accepts(void)
{
	struct model *m = with_share();

	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_UNCONFIRMED_HOSTED);
	CU_ASSERT_FALSE(model_vbr_is_confirmed(m, kit_hz_a(m)));
	kit_consent(m, MODEL_ACCEPT_HOSTED, "globex", "pc-1", "h1");
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_UNCONFIRMED_HOSTED);
	kit_consent(m, MODEL_ACCEPT_HOSTED, "acme", "pc-2", "h1");
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_UNCONFIRMED_HOSTED);
	kit_consent(m, MODEL_ACCEPT_HOSTED, "acme", "pc-1", "h1");
	CU_ASSERT(model_vbr_is_confirmed(m, kit_hz_a(m)));
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_NONE);
	model_del(m, MODEL_ACCEPT_HOSTED, "acme", "pc-1", "h1");
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_UNCONFIRMED_HOSTED);
	model_free(m);
}

static void shares_fit_into_the_port_to_the_last_bit(void)
{
	struct model *m = with_share();

	kit_hosted(m, "pc-1", "h2", "globex", 800);
	CU_ASSERT(kit_is_right(m));
	kit_hosted(m, "pc-1", "h3", "globex", 50);
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"hosted connections have 1050 Mbit/s together, the port has 1000: "
		"make 50 Mbit/s free, or raise bandwidth"));
	kit_pc(m, "pc-1")->bandwidth_bps = 0;
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"hosted connections share a port whose bandwidth is not known: set bandwidth"));
	model_free(m);
}

static void the_vlan_of_a_share_is_taken_even_without_a_vbr(void)
{
	struct model *m = with_share();

	kit_hosted(m, "pc-1", "h2", "globex", 100)->vlan_id = 200; /* hz-g has it */
	CU_ASSERT(kit_is_refused(m, "vbr:globex/hz-g",
		"vlan-id 200 of physical-connection pc-1 belongs to a hosted connection: "
		"take another VLAN"));
	model_free(m);
}

static void a_share_carries_one_vbr(void)
{
	struct model *m = with_share();

	snprintf(kit_vbr(m, "acme", "hz-b", "pc-1", 0)->circuits[0].hosted, MODEL_NAME_SIZE, "h1");
	CU_ASSERT_FALSE(kit_is_right(m));
	model_free(m);
}

static void a_share_of_another_tenant_is_as_if_it_were_not_there(void)
{
	struct model *m = with_share();
	static const char fmt[] = "hosted-connection \"%s\" of physical-connection pc-1 is none of "
				  "tenant acme: correct the name, or ask the line's owner for a "
				  "share";
	char text[256];

	kit_hosted(m, "pc-1", "theirs", "globex", 100);
	snprintf(kit_hz_a(m)->circuits[0].hosted, MODEL_NAME_SIZE, "theirs");
	snprintf(text, sizeof(text), fmt, "theirs");
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a", text));
	snprintf(kit_hz_a(m)->circuits[0].hosted, MODEL_NAME_SIZE, "nobodys");
	snprintf(text, sizeof(text), fmt, "nobodys");
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a", text));
	model_free(m);
}

/* What follows from a wrong name is not said: of who stands on it nobody may hear anyway. */
static void a_wrong_share_is_one_error(void)
{
	static const char *const names[] = { "theirs", "nobodys" };
	struct model *m = with_share();
	char text[512];

	kit_hosted(m, "pc-1", "theirs", "globex", 100);
	snprintf(kit_vbr(m, "globex", "hz-h", "pc-1", 0)->circuits[0].hosted, MODEL_NAME_SIZE,
		"theirs");
	CU_ASSERT(kit_is_right(m));
	model_put(m, model_obj_new(MODEL_QOS, "acme", "gold", ""));
	snprintf(kit_hz_a(m)->qos, MODEL_NAME_SIZE, "gold");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct errbuf err;
		char *said;

		errbuf_init(&err);
		snprintf(kit_hz_a(m)->circuits[0].hosted, MODEL_NAME_SIZE, "%s", names[i]);
		snprintf(text, sizeof(text),
			"vbr:acme/hz-a: hosted-connection \"%s\" of physical-connection pc-1 is "
			"none of tenant acme: correct the name, or ask the line's owner for a "
			"share",
			names[i]);
		CU_ASSERT_NOT_EQUAL(model_check(m, &err), 0);
		said = errbuf_format(&err);
		CU_ASSERT_STRING_EQUAL(said, text);
		free(said);
		errbuf_fini(&err);
	}
	model_free(m);
}

/* Payers */

static void the_owner_of_the_line_pays_for_a_share_if_it_says_so(void)
{
	struct model *m = with_share();
	const struct model_vbr *v = kit_hz_a(m);
	const struct model_circuit *c = &v->circuits[0];
	struct model_line *l = &kit_pc(m, "pc-1")->line;

	CU_ASSERT_STRING_EQUAL(model_circuit_payer(m, v, c), "acme");
	l->hosted[0].owner_pays = true;
	CU_ASSERT_STRING_EQUAL(model_circuit_payer(m, v, c), "acme");
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"hosted h1: payer owner, but the line has none: "
		"set owner of the line, or payer tenant"));
	snprintf(l->owner, MODEL_NAME_SIZE, "globex");
	CU_ASSERT(kit_is_right(m));
	CU_ASSERT_STRING_EQUAL(model_circuit_payer(m, v, c), "globex");
	l->hosted[0].owner_pays = false;
	CU_ASSERT_STRING_EQUAL(model_circuit_payer(m, v, c), "acme");
	model_free(m);
}

static void a_vbr_has_one_payer(void)
{
	struct model *m = with_share();
	struct model_circuit *c;

	snprintf(kit_pc(m, "pc-1")->line.owner, MODEL_NAME_SIZE, "globex");
	kit_pc(m, "pc-1")->line.hosted[0].owner_pays = true;
	kit_pc(m, "pc-2")->bandwidth_bps = 1000000000;
	kit_hosted(m, "pc-2", "h2", "acme", 200);
	c = model_vbr_add_circuit(kit_hz_a(m));
	snprintf(c->physconn, MODEL_NAME_SIZE, "pc-2");
	snprintf(c->hosted, MODEL_NAME_SIZE, "h2");
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a",
		"additional-connection pc-2: its hosted connection is paid by another tenant than "
		"that on pc-1: take connections with one payer"));
	snprintf(kit_pc(m, "pc-2")->line.owner, MODEL_NAME_SIZE, "globex");
	kit_pc(m, "pc-2")->line.hosted[0].owner_pays = true;
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

/* Owners */

static void a_vbr_on_the_line_of_another_tenant_needs_its_word(void)
{
	struct model *m = kit_new();

	snprintf(kit_pc(m, "pc-1")->line.owner, MODEL_NAME_SIZE, "acme");
	CU_ASSERT(kit_is_right(m));
	CU_ASSERT_EQUAL(hold_of(m), MODEL_HOLD_NONE); /* acme's own */
	CU_ASSERT_EQUAL(model_vbr_hold(m, model_vbr(m, "globex", "hz-g")),
		MODEL_HOLD_UNCONFIRMED_OWNER);
	kit_consent(m, MODEL_ACCEPT_VBR, "acme", "hz-g", "globex");
	CU_ASSERT_EQUAL(model_vbr_hold(m, model_vbr(m, "globex", "hz-g")), MODEL_HOLD_NONE);
	snprintf(kit_pc(m, "pc-1")->line.owner, MODEL_NAME_SIZE, "nobody");
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"owner \"nobody\" does not exist: create the tenant, or correct the name"));
	model_free(m);
}

/* Pairs */

static void a_pair_is_said_on_both_lines(void)
{
	struct model *m = kit_new();
	struct model_line *a = &kit_pc(m, "pc-1")->line;
	struct model_line *b = &kit_pc(m, "pc-2")->line;

	snprintf(a->redundant_with, MODEL_NAME_SIZE, "pc-2");
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"redundant-with pc-2: a pair is said on both sides, and pc-2 has no pair: "
		"set redundant-with pc-1 there"));
	snprintf(b->redundant_with, MODEL_NAME_SIZE, "pc-1");
	CU_ASSERT(kit_is_right(m));
	snprintf(a->redundant_with, MODEL_NAME_SIZE, "pc-9");
	b->redundant_with[0] = '\0';
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"redundant-with \"pc-9\" does not exist: create it, or correct the name"));
	snprintf(a->redundant_with, MODEL_NAME_SIZE, "pc-1");
	CU_ASSERT(kit_is_refused(m, "physical-connection:/pc-1",
		"redundant-with names the connection itself: name the other line"));
	model_free(m);
}

/* With the model's own check, and what it says of the way from one to the next. */
static bool may_follow(const struct model *was, const struct model *now, struct errbuf *err)
{
	struct model_delta d;
	bool may;

	CU_ASSERT(kit_is_right(now));
	errbuf_fini(err);
	errbuf_init(err);
	model_delta_init(&d, was, now);
	may = model_check_fixed(&d, err) == 0;
	CU_ASSERT_EQUAL(may, errbuf_is_empty(err));
	model_delta_fini(&d);
	return may;
}

/* The model with its lines made anew: twins of pc-1, of pc-2 ("" = none, NULL = no such line). */
static struct model *paired(const struct model *m, const char *first, const char *second)
{
	struct model *next = model_copy(m);

	snprintf(kit_physconn(next, "pc-1", "eth1")->line.redundant_with, MODEL_NAME_SIZE, "%s",
		first);
	if (second != NULL)
		snprintf(kit_physconn(next, "pc-2", "eth2")->line.redundant_with, MODEL_NAME_SIZE,
			"%s", second);
	else
		model_del(next, MODEL_PHYSCONN, "", "pc-2", "");
	return next;
}

static void a_pair_is_fixed_once_it_is_made(void)
{
	struct model *single = kit_new();
	struct model *pair = paired(single, "pc-2", "pc-1");
	struct model *parted = paired(pair, "", "");
	struct model *alone = paired(pair, "", NULL);
	struct model *other = paired(parted, "pc-3", "");
	struct model *renewed = paired(alone, "pc-3", NULL);
	struct errbuf err;

	errbuf_init(&err);
	snprintf(kit_physconn(other, "pc-3", "eth3")->line.redundant_with, MODEL_NAME_SIZE, "pc-1");
	snprintf(kit_physconn(renewed, "pc-3", "eth3")->line.redundant_with, MODEL_NAME_SIZE,
		"pc-1");
	CU_ASSERT(may_follow(single, pair, &err));
	CU_ASSERT(may_follow(pair, pair, &err));
	CU_ASSERT(!may_follow(pair, parted, &err));
	CU_ASSERT_EQUAL(err.n, 2);
	CU_ASSERT_STRING_EQUAL(errbuf_first(&err),
		"redundant-with pc-2 is fixed once the pair is made: keep it, or delete "
		"physical-connection pc-1 or pc-2, which may be created anew with a later commit");
	CU_ASSERT(!may_follow(pair, other, &err));
	/* Without the twin it is free: none, or a new one with the same commit. */
	CU_ASSERT(may_follow(pair, alone, &err));
	CU_ASSERT(may_follow(alone, parted, &err));
	CU_ASSERT(may_follow(pair, renewed, &err));
	errbuf_fini(&err);
	model_free(single);
	model_free(pair);
	model_free(parted);
	model_free(alone);
	model_free(other);
	model_free(renewed);
}

static void a_pair_in_one_building_is_warned_of(void)
{
	struct model *m = kit_new();
	struct model_physconn *a = kit_pc(m, "pc-1");
	struct model_physconn *b = kit_pc(m, "pc-2");

	snprintf(a->line.redundant_with, MODEL_NAME_SIZE, "pc-2");
	snprintf(b->line.redundant_with, MODEL_NAME_SIZE, "pc-1");
	CU_ASSERT_STRING_EQUAL(model_line_warning(m, a), ""); /* nobody knows where */
	snprintf(a->access_point, sizeof(a->access_point), "hall 3");
	snprintf(b->access_point, sizeof(b->access_point), "hall 4");
	CU_ASSERT_STRING_EQUAL(model_line_warning(m, a), "");
	snprintf(b->access_point, sizeof(b->access_point), "hall 3");
	CU_ASSERT_STRING_EQUAL(model_line_warning(m, a), "same-access-point");
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(untagged_vbr_must_not_limit_vlans_on_its_port),
	CU_CASE(each_status_of_a_line_holds_its_vbrs_or_does_not),
	CU_CASE(the_line_is_named_before_the_vbr),
	CU_CASE(every_reason_has_a_name_of_its_own),
	CU_CASE(months_end_on_the_day_of_their_number_or_the_last),
	CU_CASE(a_subscription_changes_at_the_second_of_each_of_its_times),
	CU_CASE(a_warning_is_never_before_the_beginning),
	CU_CASE(a_line_is_in_service_for_the_time_that_it_is_bought_for),
	CU_CASE(a_subscription_takes_back_no_word_of_the_provider),
	CU_CASE(the_clock_alone_touches_who_stands_on_the_line),
	CU_CASE(the_page_draws_what_a_subscription_makes_of_a_line),
	CU_CASE(a_vbr_takes_vlan_and_bandwidth_of_its_share),
	CU_CASE(a_share_is_unconfirmed_until_its_tenant_accepts),
	CU_CASE(shares_fit_into_the_port_to_the_last_bit),
	CU_CASE(the_vlan_of_a_share_is_taken_even_without_a_vbr),
	CU_CASE(a_share_carries_one_vbr),
	CU_CASE(a_share_of_another_tenant_is_as_if_it_were_not_there),
	CU_CASE(a_wrong_share_is_one_error),
	CU_CASE(the_owner_of_the_line_pays_for_a_share_if_it_says_so),
	CU_CASE(a_vbr_has_one_payer),
	CU_CASE(a_vbr_on_the_line_of_another_tenant_needs_its_word),
	CU_CASE(a_pair_is_said_on_both_lines),
	CU_CASE(a_pair_is_fixed_once_it_is_made),
	CU_CASE(a_pair_in_one_building_is_warned_of),
};

CU_SUITE(line, cases);
