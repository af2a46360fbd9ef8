/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usage as CSV, bills as text and as CSV.
 */
#pragma once

#include <stdbool.h>

#include "proto/vbrd.pb-c.h"

struct output;

/**
 * The elements of a stream's chunk, a line each, fields in the order of the message (RFC 4180, but
 * lines end in a line feed alone). title: first the names of the columns.
 */
void metering_csv(struct output *o, const ProtobufCMessage *chunk, bool title);
/**
 * The same of bills: a line for what each object adds to a line of a bill, so the amounts of a
 * tenant add up to his total. Who has used nothing has no line.
 */
void metering_bills_csv(struct output *o, const Vbrd__MeteringBills *m, bool title);
/** Bills with their lines, and what each object adds to a line. */
void metering_bills_text(struct output *o, const Vbrd__MeteringBills *m);
