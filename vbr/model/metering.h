/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How usage is sampled and kept, and what it costs: at most one object of a model.
 */
#pragma once

#include "vbr/meter/bill.h"
#include "vbr/model/model.h"

#define MODEL_METERING_INTERVAL_S 300
#define MODEL_METERING_SAMPLES    40
#define MODEL_METERING_HOURS      400

struct model_metering {
	struct model_obj obj;
	uint32_t interval_s;
	uint32_t keep_samples; /* days */
	uint32_t keep_hours;   /* days */
	char currency[4];
	struct bill_sheet *sheets; /* owned, by time */
	uint32_t n_sheets;
};

/** What is configured, else the defaults; never NULL. */
const struct model_metering *model_metering(const struct model *m);
