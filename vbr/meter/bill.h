/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From hours of use to what is to be paid for them. Pure: records and prices in, lines out. The
 * rules, with an example each, are in doc/metering.md:
 *
 *  - a peering connection is paid by its initiator, by the hour and the spec; a part of an hour is
 *    an hour; an hour with two specs is one of the larger
 *  - two VPCs of one region pay nothing, two of different regions pay for the data that moved
 *  - what goes out by VBRs is paid by volume, summed for the tenant; dedicated and hosted lines
 *    are summed apart; a hosted connection may be paid by the owner of its line
 *  - a port is paid by the month; a part of a month is a month
 *
 * Each line is divided among the objects that it comes from, to the last millionth.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/meter/detail.h"

#define BILL_NO_PRICE INT64_C(-1)
#define BILL_GB       UINT64_C(1000000000)
#define BILL_MAX_S    (400 * 24 * 3600) /* longest time of a bill */

struct bill;

struct bill_price {
	char product[METER_WORD_SIZE];
	int64_t micro;
};

/* Prices from a time on, in millionths of the currency; BILL_NO_PRICE = not given. */
struct bill_sheet {
	int64_t from_s;
	int64_t dedicated;        /* a GB out */
	int64_t hosted;           /* a GB out */
	int64_t inter_region;     /* a GB between two VPCs */
	int64_t bandwidth;        /* an hour of 1 Mbit/s, for peerings without a spec */
	struct bill_price *specs; /* an hour */
	struct bill_price *ports; /* a month */
	uint32_t n_specs;
	uint32_t n_ports;
};

enum bill_item {
	BILL_OUTBOUND,     /* outbound-traffic; octets */
	BILL_PEERING,      /* peering; hours */
	BILL_PEERING_DATA, /* peering-data; octets */
	BILL_PORT,         /* port; months */
	BILL_ITEM_COUNT,
};

/** "outbound-traffic", ... */
const char *bill_item_name(enum bill_item i);
/** What quantities are counted in, and how much the price is for: "GB", "hour", "month". */
const char *bill_item_unit(enum bill_item i);

/* An hour record of one object, of one tenant. */
struct bill_use {
	enum meter_kind kind;
	const char *name;
	const char *detail;
	int64_t hour_s;
	uint64_t octets_in;
	uint64_t octets_out;
};

/* What one object adds to a line. */
struct bill_share {
	enum meter_kind kind;
	char name[METER_OBJECT_SIZE];
	uint64_t quantity;
	int64_t amount;
};

struct bill_line {
	enum bill_item item;
	char product[METER_WORD_SIZE]; /* dedicated, Large.1, same-region, 10GBase-LR, ... */
	int64_t sheet_s;               /* prices of this time; 0 = none are in force */
	int64_t price;                 /* BILL_NO_PRICE: the sheet has none, the amount is 0 */
	uint64_t quantity;
	int64_t amount;
	const struct bill_share *shares;
	uint32_t n_shares;
};

/**
 * Of one tenant, for whole hours: from is cut to its hour, to goes to the end of its hour.
 *
 * @sheets  borrowed, in the order of their times
 *
 * Returns NULL if the time is empty or longer than BILL_MAX_S.
 */
struct bill *bill_new(const struct bill_sheet *sheets, uint32_t n, int64_t from_s, int64_t to_s);
/** NULL-safe. */
void bill_free(struct bill *b);
/** In any order. What is outside of the bill's time is passed over. */
void bill_add(struct bill *b, const struct bill_use *u);
/** No more use: make the lines. */
void bill_finish(struct bill *b);
uint32_t bill_line_count(const struct bill *b);
/** Borrowed, until bill_free. */
const struct bill_line *bill_line_at(const struct bill *b, uint32_t i);
/** Sum of all lines; *complete is false if one has no price. */
int64_t bill_total(const struct bill *b, bool *complete);
