/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings become records, sums and hours.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/ledger/kit.h"

struct world {
	const char *dir;
	struct ledger *l;
	struct kit k;
};

static void open_world(struct world *w)
{
	w->dir = dir_new();
	w->l = ledger_new(dir_file(w->dir, "ledger.db"));
	kit_init(&w->k);
}

static void close_world(struct world *w)
{
	ledger_free(w->l);
	dir_remove(w->dir);
}

static void reopen(struct world *w)
{
	ledger_free(w->l);
	w->l = ledger_new(dir_file(w->dir, "ledger.db"));
}

/* Of one object in a time. */
struct found {
	struct ledger_usage u;
	char detail[METER_DETAIL_SIZE];
	const char *name;
};

static void take(void *ctx, const struct ledger_usage *u)
{
	struct found *f = ctx;

	if (strcmp(u->name, f->name) != 0 || strcmp(u->tenant, "acme") != 0)
		return;
	f->u = *u;
	snprintf(f->detail, sizeof(f->detail), "%s", u->detail);
}

static struct found usage(struct world *w, const char *name, int64_t from, int64_t to)
{
	const struct ledger_filter f = { .from_s = KIT_T0 + from,
		.to_s = KIT_T0 + to,
		.interval_s = 300 };
	struct found found = { .name = name };
	struct ledger_place p = { 0 };
	struct errbuf err;

	errbuf_init(&err);
	while (ledger_usage(w->l, &f, &p, take, &found, &err) > 0)
		;
	CU_ASSERT_TRUE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return found;
}

static void what_was_before_is_not_counted(void)
{
	struct world w;

	open_world(&w);
	kit_sample(&w.k, w.l);
	CU_ASSERT_EQUAL(kit_counted(w.l, &w.k.m[0]).v[METER_IN], 0);
	kit_move(&w.k, 0, 1000, 70);
	kit_pass(&w.k, 300);
	kit_sample(&w.k, w.l);
	CU_ASSERT_EQUAL(kit_counted(w.l, &w.k.m[0]).v[METER_IN], 1000);
	CU_ASSERT_EQUAL(kit_counted(w.l, &w.k.m[0]).v[METER_OUT], 70);
	CU_ASSERT_EQUAL(kit_counted(w.l, &w.k.m[3]).v[METER_IN], 0);
	CU_ASSERT_TRUE(kit_is_sound(&w.k, w.l));
	close_world(&w);
}

static void sums_go_on_over_restarts_and_new_devices(void)
{
	struct world w;
	struct found f;

	open_world(&w);
	kit_sample(&w.k, w.l);
	for (int i = 0; i < 50; i++) {
		kit_pass(&w.k, 300);
		if (i % 7 == 3)
			reopen(&w);
		if (i % 10 == 5) { /* nothing moved since the last reading */
			w.k.m[0].ifindex += 10;
			memset(&w.k.m[0].shown, 0, sizeof(w.k.m[0].shown));
		}
		kit_move(&w.k, 0, cu_random(), cu_random());
		kit_move(&w.k, 1, 100, 200);
		kit_sample(&w.k, w.l);
	}
	f = usage(&w, "hz-a", 0, 86400);
	CU_ASSERT_EQUAL(memcmp(&f.u.total, &w.k.m[0].truth, sizeof(f.u.total)), 0);
	CU_ASSERT_EQUAL(memcmp(&f.u.c, &w.k.m[0].truth, sizeof(f.u.c)), 0);
	CU_ASSERT_EQUAL(f.u.flags, METER_FLAG_BEGIN | METER_FLAG_RECREATED);
	CU_ASSERT_EQUAL(f.u.hours, 5);
	CU_ASSERT_EQUAL(f.u.seconds, 50 * 300);
	CU_ASSERT_STRING_EQUAL(f.detail, "line=dedicated on=pc-1 mbps=500");
	CU_ASSERT_TRUE(kit_is_sound(&w.k, w.l));
	close_world(&w);
}

static void whose_records_it_has_is_known(void)
{
	struct errbuf err;
	struct world w;

	errbuf_init(&err);
	open_world(&w);
	CU_ASSERT_EQUAL(ledger_has_tenant(w.l, "acme", &err), 0);
	kit_sample(&w.k, w.l);
	kit_pass(&w.k, 300);
	kit_sample(&w.k, w.l);
	CU_ASSERT_EQUAL(ledger_has_tenant(w.l, "acme", &err), 1);
	reopen(&w);
	CU_ASSERT_EQUAL(ledger_has_tenant(w.l, "acme", &err), 1);
	CU_ASSERT_EQUAL(ledger_has_tenant(w.l, "acm", &err), 0);
	CU_ASSERT_EQUAL(ledger_has_tenant(w.l, "acme ", &err), 0);
	CU_ASSERT_TRUE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	close_world(&w);
}

static void an_object_of_the_same_name_goes_on(void)
{
	struct world w;
	struct errbuf err;

	errbuf_init(&err);
	open_world(&w);
	kit_sample(&w.k, w.l);
	kit_pass(&w.k, 100);
	kit_move(&w.k, 0, 1000, 1000);
	CU_ASSERT_EQUAL(kit_write(&w.k, w.l, 0, &err), 0); /* it is deleted */
	w.k.m[0].is_there = false;
	kit_pass(&w.k, 7200);
	kit_sample(&w.k, w.l);
	w.k.m[0].is_there = true;
	w.k.m[0].ifindex = 77;
	memset(&w.k.m[0].shown, 0, sizeof(w.k.m[0].shown));
	w.k.m[0].shown.v[METER_IN] = 9999; /* of a port that others used before */
	kit_pass(&w.k, 100);
	kit_sample(&w.k, w.l);
	kit_pass(&w.k, 300);
	kit_move(&w.k, 0, 500, 0);
	kit_sample(&w.k, w.l);
	CU_ASSERT_EQUAL(kit_counted(w.l, &w.k.m[0]).v[METER_IN], 1500);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 0, 86400).u.seconds, 400);
	/* The two hours in which it was not there are not its. */
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 0, 86400).u.hours, 2);
	CU_ASSERT_TRUE(kit_is_sound(&w.k, w.l));
	close_world(&w);
	errbuf_fini(&err);
}

static void a_time_has_its_part_of_the_use(void)
{
	struct world w;

	open_world(&w);
	kit_sample(&w.k, w.l);
	for (int i = 0; i < 24; i++) {
		kit_pass(&w.k, 300);
		kit_move(&w.k, 0, 1000, 0);
		kit_sample(&w.k, w.l);
	}
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 0, 7200).u.c.v[METER_IN], 24000);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 600, 1200).u.c.v[METER_IN], 2000);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 600, 1350).u.c.v[METER_IN], 2500);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 3600, 7200).u.hours, 1);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 3599, 7200).u.hours, 2);
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 7500, 9000).u.hours, 0);
	close_world(&w);
}

static void the_percentile_is_that_of_the_samples(void)
{
	struct world w;
	struct found f;

	open_world(&w);
	kit_sample(&w.k, w.l);
	for (uint64_t i = 1; i <= 20; i++) {
		kit_pass(&w.k, 300);
		kit_move(&w.k, 0, i * 37500, 0); /* i kbit/s */
		kit_sample(&w.k, w.l);
	}
	f = usage(&w, "hz-a", 0, 6000);
	CU_ASSERT_TRUE(f.u.has_percentile);
	CU_ASSERT_EQUAL(f.u.p95_in_bps, 19000);
	CU_ASSERT_EQUAL(f.u.p95_out_bps, 0);
	close_world(&w);
}

static void an_hour_of_two_specs_tells_the_larger(void)
{
	struct world w;
	struct found f;

	open_world(&w);
	kit_sample(&w.k, w.l);
	kit_pass(&w.k, 300);
	kit_sample(&w.k, w.l);
	snprintf(w.k.m[1].detail, sizeof(w.k.m[1].detail), "spec=Mini.2 mbps=2");
	w.k.m[1].rate_bps = 2;
	for (int i = 0; i < 12; i++) {
		kit_pass(&w.k, 300);
		kit_sample(&w.k, w.l);
	}
	f = usage(&w, "hz-a-prod", 3600, 7200);
	CU_ASSERT_STRING_EQUAL(f.detail, "spec=Mini.2 mbps=2");
	char *text = kit_export(w.l);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
		",2026-11-28T10:00:00Z,2026-11-28T11:00:00Z,3600,0,0,0,"
		"0,spec=Large.1 mbps=1000 from=vbr/hz-a to=vpc/prod,"));
	free(text);
	close_world(&w);
}

static void what_another_pays_is_in_a_record_of_its_own(void)
{
	static const struct {
		const char *detail;
		uint64_t out;
	} spans[] = {
		{ "line=hosted on=pc-1 mbps=500", 1000 },
		{ "line=hosted on=pc-1 mbps=500 payer=owner", 200 },
		{ "line=hosted on=pc-1 mbps=900 payer=owner", 30 }, /* no other payer */
		{ "line=hosted on=pc-1 mbps=500", 4 },
	};
	struct world w;
	char *text;

	open_world(&w);
	snprintf(w.k.m[0].detail, sizeof(w.k.m[0].detail), "%s", spans[0].detail);
	kit_sample(&w.k, w.l);
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		snprintf(w.k.m[0].detail, sizeof(w.k.m[0].detail), "%s", spans[i].detail);
		kit_pass(&w.k, 300);
		kit_move(&w.k, 0, 0, spans[i].out);
		kit_sample(&w.k, w.l);
	}
	for (int i = 0; i < 12; i++) {
		kit_pass(&w.k, 300);
		kit_sample(&w.k, w.l);
	}
	text = kit_export(w.l);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
		"vbr,hz-a,2026-11-28T10:00:00Z,2026-11-28T11:00:00Z,300,0,1000,1,1,"
		"line=hosted on=pc-1 mbps=500,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
		"vbr,hz-a,2026-11-28T10:00:00Z,2026-11-28T11:00:00Z,600,0,230,2,2,"
		"line=hosted on=pc-1 mbps=900 payer=owner,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
		"vbr,hz-a,2026-11-28T10:00:00Z,2026-11-28T11:00:00Z,2700,0,4,1,1,"
		"line=hosted on=pc-1 mbps=500,"));
	CU_ASSERT_EQUAL(usage(&w, "hz-a", 0, 3600).u.hours, 1);
	CU_ASSERT(kit_is_sound(&w.k, w.l));
	free(text);
	close_world(&w);
}

static void devices_of_an_object_are_summed_and_may_be_away(void)
{
	struct ledger_device dev[2] = { { "eth1", { 1, 5, { { 100 } } } },
		{ "eth2", { 1, 6, { { 100 } } } } };
	struct ledger_entry e = { .kind = METER_KIND_VPC,
		.tenant = "acme",
		.name = "prod",
		.n_devices = 2 };
	struct ledger_batch b = { .now = { 1, 1000000, KIT_T0 },
		.interval_s = 300,
		.entries = &e,
		.devices = dev,
		.n_entries = 1,
		.n_devices = 2 };
	struct world w;
	struct errbuf err;

	errbuf_init(&err);
	open_world(&w);
	CU_ASSERT_EQUAL(ledger_write(w.l, &b, &err), 0);
	b.now = (struct meter_clock){ 1, 301000000, KIT_T0 + 300 };
	dev[0].reading.c.v[0] = 150;
	dev[1].reading = (struct meter_reading){ 0 }; /* unplugged */
	CU_ASSERT_EQUAL(ledger_write(w.l, &b, &err), 0);
	b.now = (struct meter_clock){ 1, 601000000, KIT_T0 + 600 };
	dev[1].reading = (struct meter_reading){ 1, 9, { { 30 } } }; /* plugged in again */
	CU_ASSERT_EQUAL(ledger_write(w.l, &b, &err), 0);
	b.now = (struct meter_clock){ 1, 901000000, KIT_T0 + 900 };
	e.n_devices = b.n_devices = 1; /* eth2 belongs to it no more */
	CU_ASSERT_EQUAL(ledger_write(w.l, &b, &err), 0);
	e.n_devices = b.n_devices = 2; /* and again it does: a new beginning */
	b.now = (struct meter_clock){ 1, 1201000000, KIT_T0 + 1200 };
	dev[1].reading.c.v[0] = 5000;
	CU_ASSERT_EQUAL(ledger_write(w.l, &b, &err), 0);
	CU_ASSERT_EQUAL(usage(&w, "prod", 0, 3600).u.c.v[METER_IN], 50 + 30);
	close_world(&w);
	errbuf_fini(&err);
}

/* Clocks are set, devices come and go, the daemon is away; sums agree with the truth. */
static void random_lives_add_up(void)
{
	for (int life = 0; life < 5; life++) {
		struct world w;

		open_world(&w);
		kit_sample(&w.k, w.l);
		for (int step = 0; step < 120; step++) {
			const uint32_t i = cu_random_below(KIT_METERS);

			kit_pass(&w.k, cu_random_below(10) > 0 ? 300 : cu_random_below(100000));
			if (cu_random_below(15) == 0)
				w.k.now.wall_s += (int64_t)cu_random_below(200000) - 100000;
			if (cu_random_below(15) == 0)
				reopen(&w);
			if (cu_random_below(15) == 0) {
				w.k.m[i].ifindex += 4;
				memset(&w.k.m[i].shown, 0, sizeof(w.k.m[i].shown));
			}
			kit_move(&w.k, i, cu_random(), cu_random());
			kit_sample(&w.k, w.l);
		}
		for (uint32_t i = 0; i < KIT_METERS; i++) {
			const struct meter_counts c = kit_counted(w.l, &w.k.m[i]);

			CU_ASSERT_EQUAL(memcmp(&c, &w.k.m[i].truth, sizeof(c)), 0);
		}
		CU_ASSERT_TRUE(kit_is_sound(&w.k, w.l));
		close_world(&w);
	}
}

/* A port with a VLAN on it, of an untagged VBR; readings of both. */
static void write_port(struct world *w, uint64_t port, uint64_t vlan, uint32_t n)
{
	struct ledger_device devices[2] = {
		{ .name = "port-9", .reading = { 1, 7, { { port, port / 2, 0, 0 } } } },
		{ .name = "port-9.5",
			.reading = { 1, 8, { { vlan, vlan / 2, 0, 0 } } },
			.is_others = true },
	};
	struct ledger_entry e = { .kind = METER_KIND_VBR, .tenant = "acme", .name = "hz-9" };
	struct ledger_batch b = { .now = w->k.now, .interval_s = 300 };
	struct errbuf err;

	e.n_devices = n;
	b.entries = &e;
	b.n_entries = 1;
	b.devices = devices;
	b.n_devices = n;
	errbuf_init(&err);
	CU_ASSERT_EQUAL(ledger_write(w->l, &b, &err), 0);
	errbuf_fini(&err);
	kit_pass(&w->k, 300);
}

static void vlans_are_taken_out_of_their_port(void)
{
	struct world w;
	struct found f;

	open_world(&w);
	write_port(&w, 5000, 4000, 2); /* what was before is nobody's */
	write_port(&w, 9000, 5000, 2); /* 4000, of them 1000 of the VLAN */
	CU_ASSERT_EQUAL(usage(&w, "hz-9", 0, 86400).u.total.v[METER_IN], 3000);
	/* The VLAN is read with more than its port showed: it is made up for with the next one. */
	write_port(&w, 9100, 5400, 2);
	CU_ASSERT_EQUAL(usage(&w, "hz-9", 0, 86400).u.total.v[METER_IN], 3000);
	reopen(&w);
	write_port(&w, 10000, 5400, 2);
	f = usage(&w, "hz-9", 0, 86400);
	CU_ASSERT_EQUAL(f.u.total.v[METER_IN], 3600);
	CU_ASSERT_EQUAL(f.u.total.v[METER_OUT], 1800);
	CU_ASSERT_EQUAL(f.u.flags, METER_FLAG_BEGIN); /* of the VBR: a VLAN's are not its own */
	/* The VLAN goes; another of its name is not known from before. */
	write_port(&w, 11000, 5400, 1);
	write_port(&w, 12000, 100, 2);
	write_port(&w, 13000, 300, 2);
	CU_ASSERT_EQUAL(usage(&w, "hz-9", 0, 86400).u.total.v[METER_IN], 6400);
	CU_ASSERT_TRUE(kit_is_sound(&w.k, w.l));
	close_world(&w);
}

static const struct cu_case cases[] = {
	CU_CASE(what_was_before_is_not_counted),
	CU_CASE(sums_go_on_over_restarts_and_new_devices),
	CU_CASE(whose_records_it_has_is_known),
	CU_CASE(an_object_of_the_same_name_goes_on),
	CU_CASE(a_time_has_its_part_of_the_use),
	CU_CASE(the_percentile_is_that_of_the_samples),
	CU_CASE(an_hour_of_two_specs_tells_the_larger),
	CU_CASE(what_another_pays_is_in_a_record_of_its_own),
	CU_CASE(devices_of_an_object_are_summed_and_may_be_away),
	CU_CASE(random_lives_add_up),
	CU_CASE(vlans_are_taken_out_of_their_port),
};

CU_SUITE(ledger_write, cases);
