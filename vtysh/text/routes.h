/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one answer that has millions of rows: show bgp routes. It looks as any other, but a path of
 * which many are alike (see proto/shared.h) becomes text once, and each of them is a copy of that
 * with its own age.
 */
#pragma once

#include "proto/vbrd.pb-c.h"

struct jsonw;
struct output;
struct routes_text;
struct table;
struct table_state;

struct routes_text *routes_text_new(void);
void routes_text_free(struct routes_text *x);
/** The routes of one message, as elements of the array that j is in. */
void routes_json(struct routes_text *x, struct jsonw *j, const Vbrd__BgpRoutes *m);
/** Close the last route: an answer may end before all of its paths came. */
void routes_json_end(struct routes_text *x, struct jsonw *j);
/** The same as lines of the table, with titles before the first. */
void routes_lines(struct routes_text *x, const struct table *t, struct table_state *s,
	const Vbrd__BgpRoutes *m, struct output *o);
