/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prices are decimals of the schema and whole millionths of the currency from here on.
 */
#include "vbr/metering/read_metering.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf_node.h"
#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"
#include "vbr/meter/money.h"

static int64_t read_price(const struct conf_node *n, const char *name)
{
	const char *s = conf_str(n, name);
	int64_t micro;

	return s != NULL && money_parse(s, &micro) == 0 ? micro : BILL_NO_PRICE;
}

static struct bill_price *read_list(const struct conf_node *n, const char *list, const char *key,
	uint32_t *n_out)
{
	const uint32_t total = conf_count(n, list);
	struct bill_price *v = total > 0 ? xcalloc(total, sizeof(*v)) : NULL;
	uint32_t i = 0;

	for (const struct conf_node *e = conf_next(n, list, NULL); e != NULL;
		e = conf_next(n, list, e), i++) {
		snprintf(v[i].product, sizeof(v[i].product), "%s", conf_str(e, key));
		v[i].micro = read_price(e, "price");
	}
	*n_out = total;
	return v;
}

static int by_time(const void *a, const void *b)
{
	const struct bill_sheet *x = a;
	const struct bill_sheet *y = b;

	return x->from_s < y->from_s ? -1 : x->from_s > y->from_s;
}

int read_metering(const struct conf_node *n, struct model_metering *m, struct errbuf *err)
{
	const uint32_t total = conf_count(n, "price-sheet");
	int ret = 0;

	m->interval_s = conf_u32(n, "interval", MODEL_METERING_INTERVAL_S);
	m->keep_samples = conf_u32(n, "keep-samples", MODEL_METERING_SAMPLES);
	m->keep_hours = conf_u32(n, "keep-hours", MODEL_METERING_HOURS);
	snprintf(m->currency, sizeof(m->currency), "%s", conf_str(n, "currency"));
	m->sheets = total > 0 ? xcalloc(total, sizeof(*m->sheets)) : NULL;
	for (const struct conf_node *e = conf_next(n, "price-sheet", NULL); e != NULL;
		e = conf_next(n, "price-sheet", e)) {
		struct bill_sheet *s = &m->sheets[m->n_sheets++];

		if (walltime_parse(conf_str(e, "valid-from"), &s->from_s) < 0) {
			errbuf_add(err, "/vbrd:metering", 0,
				"price-sheet %s: there is no such day: give one as 2026-11-01",
				conf_str(e, "valid-from"));
			ret = -EINVAL;
		}
		s->dedicated = read_price(e, "outbound-dedicated");
		s->hosted = read_price(e, "outbound-hosted");
		s->inter_region = read_price(e, "inter-region");
		s->bandwidth = read_price(e, "bandwidth");
		s->specs = read_list(e, "peering", "spec", &s->n_specs);
		s->ports = read_list(e, "port", "type", &s->n_ports);
	}
	if (total > 0)
		qsort(m->sheets, m->n_sheets, sizeof(*m->sheets), by_time);
	return ret;
}
